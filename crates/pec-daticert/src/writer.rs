//! The writer: one form, the one that providers use.

use quick_xml::escape::partial_escape;

use crate::{CertificationData, Element, WriteError, limits::MAX_DOCUMENT_BYTES};

impl CertificationData {
    /// Writes the document in the form seen in deployment (norms §1.5): UTF-8 with an XML
    /// declaration, no DOCTYPE, indented by four blanks, `errore` always written out, elements in
    /// the order of the DTD, a line feed at the end. The same data give the same bytes.
    ///
    /// ```
    /// # let data = pec_daticert::fuzzing::example();
    /// let xml = data.to_xml()?;
    /// assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<postacert tipo=\""));
    /// # Ok::<(), pec_daticert::WriteError>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::TooLarge`] when the document would exceed 1 MiB.
    // rfc6109 §4.3.3, §4.4; norms 3, 6
    pub fn to_xml(&self) -> Result<String, WriteError> {
        let mut document = Document::new(self.size_hint());
        document.open(
            0,
            Element::Postacert,
            &[("tipo", self.kind().as_str()), ("errore", self.event.error().as_str())],
        );
        self.write_header(&mut document);
        self.write_data(&mut document);
        document.close(0, Element::Postacert);
        match document.text.len() {
            size if size > MAX_DOCUMENT_BYTES => Err(WriteError::TooLarge { size }),
            _ => Ok(document.text),
        }
    }

    fn write_header(&self, document: &mut Document) {
        let header = &self.header;
        document.open(1, Element::Intestazione, &[]);
        document.leaf(2, Element::Mittente, &[], header.sender.as_str());
        for recipient in &header.recipients {
            let tipo = [("tipo", recipient.recipient_type.as_str())];
            document.leaf(2, Element::Destinatari, &tipo, recipient.address.as_str());
        }
        document.leaf(2, Element::Risposte, &[], &header.reply_to);
        if let Some(subject) = &header.subject {
            document.leaf(2, Element::Oggetto, &[], subject);
        }
        document.close(1, Element::Intestazione);
    }

    fn write_data(&self, document: &mut Document) {
        document.open(1, Element::Dati, &[]);
        document.leaf(2, Element::GestoreEmittente, &[], &self.provider);
        document.open(2, Element::Data, &[("zona", &self.time.zone())]);
        document.leaf(3, Element::Giorno, &[], &self.time.day());
        document.leaf(3, Element::Ora, &[], &self.time.hour());
        document.close(2, Element::Data);
        document.leaf(2, Element::Identificativo, &[], self.pec_msgid.as_str());
        if let Some(msgid) = &self.msgid {
            document.leaf(2, Element::Msgid, &[], msgid.as_str());
        }
        if let Some(receipt_type) = self.event.receipt_type() {
            document.empty(2, Element::Ricevuta, &[("tipo", receipt_type.as_str())]);
        }
        if let Some(delivered_to) = self.event.delivered_to() {
            document.leaf(2, Element::Consegna, &[], delivered_to.as_str());
        }
        for address in self.event.received_for() {
            document.leaf(2, Element::Ricezione, &[], address.as_str());
        }
        if let Some(error_detail) = self.event.error_detail() {
            document.leaf(2, Element::ErroreEsteso, &[], error_detail);
        }
        document.close(1, Element::Dati);
    }

    /// Room for the usual document, so that writing allocates once.
    fn size_hint(&self) -> usize {
        let people = self.header.recipients.len().saturating_add(self.event.received_for().len());
        people.saturating_mul(96).saturating_add(1024)
    }
}

/// The text that grows.
struct Document {
    text: String,
}

impl Document {
    fn new(capacity: usize) -> Self {
        let mut text = String::with_capacity(capacity);
        text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self { text }
    }

    fn open(&mut self, depth: usize, element: Element, attributes: &[(&str, &str)]) {
        self.tag(depth, element, attributes);
        self.text.push_str(">\n");
    }

    fn close(&mut self, depth: usize, element: Element) {
        self.indent(depth);
        self.end_tag(element);
    }

    fn leaf(&mut self, depth: usize, element: Element, attributes: &[(&str, &str)], text: &str) {
        self.tag(depth, element, attributes);
        self.text.push('>');
        // `<`, `>` and `&` are all that element content needs escaped.
        self.text.push_str(&partial_escape(text));
        self.end_tag(element);
    }

    fn empty(&mut self, depth: usize, element: Element, attributes: &[(&str, &str)]) {
        self.tag(depth, element, attributes);
        self.text.push_str(" />\n");
    }

    /// `<name attribute="value"`, left open. Values are words of the DTD or digits: no escaping.
    fn tag(&mut self, depth: usize, element: Element, attributes: &[(&str, &str)]) {
        self.indent(depth);
        self.text.push('<');
        self.text.push_str(element.name());
        for (name, value) in attributes {
            for piece in [" ", name, "=\"", value, "\""] {
                self.text.push_str(piece);
            }
        }
    }

    fn end_tag(&mut self, element: Element) {
        for piece in ["</", element.name(), ">\n"] {
            self.text.push_str(piece);
        }
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.text.push_str("    ");
        }
    }
}
