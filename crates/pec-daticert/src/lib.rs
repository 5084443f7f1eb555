//! Certification data of Posta Elettronica Certificata.
