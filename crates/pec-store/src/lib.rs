//! Durability for a gestore of Posta Elettronica Certificata: transactions, message bodies, mailboxes, outbox, deadlines, log.
