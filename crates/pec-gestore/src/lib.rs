//! The gestore of Posta Elettronica Certificata as a pure state machine: access, incoming and delivery points, tracking, timers, log and audit.
