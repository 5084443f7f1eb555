//! The client's side of Posta Elettronica Certificata: follow what was sent, correlate receipts, keep and judge the evidence.
