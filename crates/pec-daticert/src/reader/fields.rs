//! From elements and their texts to the fields of a [`Reading`].

use std::borrow::Cow;

use super::{
    Seen,
    attribute::{attribute_value, next_attribute},
    findings::Findings,
    is_blank,
};
use crate::{
    DeviationKind, Element, ErrorCode, EventTime, Kind, ReadRecipient, Reading, TimeError, Value,
    matrix::{self, Present},
    time::{parse_day, parse_hour, parse_zone},
};

/// An element that was found, and where.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) element: Element,
    pub(super) at: usize,
    /// It may stand once, and is there once more.
    pub(super) repeated: bool,
}

/// The reading while it grows.
pub(super) struct Assembly<'f> {
    reading: Reading,
    findings: &'f mut Findings,
    /// Elements seen anywhere in the document.
    pub(super) seen: Seen,
    /// A declaration after the root element.
    pub(super) late_doctype: Option<usize>,
    /// Position of the root element, once it was seen.
    root: Option<usize>,
    data_at: usize,
    /// Where `dati` ends: where an element that the kind must have is missing.
    pub(super) dati_end: Option<usize>,
}

impl<'f> Assembly<'f> {
    pub(super) fn new(findings: &'f mut Findings) -> Self {
        Self {
            reading: Reading::default(),
            findings,
            seen: Seen::default(),
            late_doctype: None,
            root: None,
            data_at: 0,
            dati_end: None,
        }
    }

    pub(super) fn has_root(&self) -> bool {
        self.root.is_some()
    }

    pub(super) fn deviation(
        &mut self,
        at: usize,
        element: impl Into<Option<Element>>,
        kind: DeviationKind,
    ) {
        self.findings.add(at, element.into(), kind);
    }

    pub(super) fn unknown_element(&mut self, name: &str, at: usize) {
        self.deviation(at, None, DeviationKind::UnknownElement);
        self.reading.unknown_elements.push(name.to_owned());
    }

    /// The text of an element; `tipo` is its attribute, for the one that has it.
    pub(super) fn text(&mut self, found: Found, text: &str, tipo: Option<Cow<'_, str>>) {
        match found.element {
            Element::Destinatari => {
                let address = self.address(found, text);
                let recipient_type = tipo.map(|word| self.word(found, &word, "tipo"));
                self.reading.recipients.push(ReadRecipient { address, recipient_type });
            }
            Element::Ricezione => {
                let address = self.address(found, text);
                self.reading.received_for.push(address);
            }
            Element::Mittente => {
                let value = self.address(found, text);
                self.keep(found, |reading| &mut reading.sender, value);
            }
            Element::Consegna => {
                let value = self.address(found, text);
                self.keep(found, |reading| &mut reading.delivered_to, value);
            }
            Element::Identificativo => {
                let value = self.pec_msgid(found, text);
                self.keep(found, |reading| &mut reading.pec_msgid, value);
            }
            Element::Msgid => {
                let value = self.msgid(found, text);
                self.keep(found, |reading| &mut reading.msgid, value);
            }
            Element::Giorno => {
                let text = self.trimmed(found, text);
                self.note_form(found, parse_day(text), TimeError::Day);
                self.keep(found, |reading| &mut reading.time.day, text.to_owned());
            }
            Element::Ora => {
                let text = self.trimmed(found, text);
                self.note_form(found, parse_hour(text), TimeError::Hour);
                self.keep(found, |reading| &mut reading.time.hour, text.to_owned());
            }
            _ => self.line_of_text(found, text),
        }
    }

    /// The elements that hold one line of free text.
    fn line_of_text(&mut self, found: Found, text: &str) {
        let value = self.line(found, text);
        match found.element {
            Element::Risposte => self.keep(found, |reading| &mut reading.reply_to, value),
            Element::Oggetto => self.keep(found, |reading| &mut reading.subject, value),
            Element::GestoreEmittente => self.keep(found, |reading| &mut reading.provider, value),
            _ => self.keep(found, |reading| &mut reading.error_detail, value),
        }
    }

    pub(super) fn receipt_type(&mut self, found: Found, tipo: Option<Cow<'_, str>>) {
        if let Some(word) = tipo {
            let value = self.word(found, &word, "tipo");
            self.keep(found, |reading| &mut reading.receipt_type, value);
        }
    }

    /// Reads the attributes of a tag; gives back the `tipo` of a recipient or of a receipt.
    pub(super) fn attributes<'t>(&mut self, found: Found, raw: &'t str) -> Option<Cow<'t, str>> {
        let Found { element, at, .. } = found;
        let mut tipo = None;
        if !raw.bytes().all(is_blank) {
            tipo = self.read_attributes(found, raw);
        }
        let missing = match element {
            Element::Postacert => {
                self.root.get_or_insert(at);
                self.reading.kind.is_none().then_some("tipo")
            }
            Element::Data => {
                self.data_at = at;
                self.reading.time.zone.is_none().then_some("zona")
            }
            Element::Ricevuta => tipo.is_none().then_some("tipo"),
            _ => None,
        };
        if let Some(name) = missing {
            self.deviation(at, element, DeviationKind::MissingAttribute(name));
        }
        tipo
    }

    fn read_attributes<'t>(&mut self, found: Found, raw: &'t str) -> Option<Cow<'t, str>> {
        let Found { element, at, .. } = found;
        let (mut tipo, mut seen, mut rest) = (None, [false; 2], raw);
        while let Some((name, written, after)) = next_attribute(rest) {
            rest = after;
            let known = element.attributes().iter().zip(&mut seen).find(|known| *known.0 == name);
            let Some((_, seen)) = known else {
                self.deviation(at, element, DeviationKind::UnknownAttribute);
                continue;
            };
            let repeated = std::mem::replace(seen, true);
            let Some(value) = attribute_value(written).filter(|_| !repeated) else {
                self.deviation(at, element, DeviationKind::MalformedAttributes);
                continue;
            };
            match (element, name) {
                (Element::Postacert, "tipo") => {
                    let value = self.word::<Kind>(found, &value, "tipo");
                    self.reading.kind.get_or_insert(value);
                }
                (Element::Postacert, _) => {
                    let value = self.word::<ErrorCode>(found, &value, "errore");
                    self.reading.error.get_or_insert(value);
                }
                (Element::Data, _) => self.zone(found, &value),
                _ => tipo = Some(value),
            }
        }
        if !rest.bytes().all(is_blank) {
            self.deviation(at, element, DeviationKind::MalformedAttributes);
        }
        tipo
    }

    fn zone(&mut self, found: Found, value: &str) {
        let text = self.trimmed(found, value);
        self.note_form(found, parse_zone(text), TimeError::Zone);
        self.reading.time.zone.get_or_insert_with(|| text.to_owned());
    }

    /// After the last element: what only the whole can tell.
    pub(super) fn finish(mut self, end: usize) -> Reading {
        if self.seen.has(Element::Giorno) && self.seen.has(Element::Ora) {
            self.check_time();
        }
        if let Some(&kind) = self.reading.kind.as_ref().and_then(Value::known) {
            let root = self.root.unwrap_or_default();
            let end = self.dati_end.unwrap_or(end);
            let reading = &self.reading;
            let present = Present {
                error: match &reading.error {
                    None => ErrorCode::None,
                    Some(Value::Known(code)) => *code,
                    // An unknown word has been listed; it is no second breach.
                    Some(Value::Text(_)) => matrix::assumed_error(kind),
                },
                receipt_type: self.seen.has(Element::Ricevuta),
                delivered_to: reading.delivered_to.is_some(),
                received_for: reading.received_for.len(),
                error_detail: reading.error_detail.is_some(),
            };
            for (element, breach) in matrix::breaches(kind, present) {
                let at = if breach == DeviationKind::Missing { end } else { root };
                self.deviation(at, element, breach);
            }
        }
        self.reading
    }

    /// Three parts that are right each by itself can still be no time together.
    fn check_time(&mut self) {
        let time = &self.reading.time;
        let (Some(day), Some(hour), Some(zone)) = (&time.day, &time.hour, &time.zone) else {
            return;
        };
        if let Err(error @ (TimeError::LeapSecond | TimeError::Year)) =
            EventTime::from_wire(day, hour, zone)
        {
            self.deviation(self.data_at, Element::Data, DeviationKind::BadTime(error));
        }
    }

    /// Keeps the first value of an element that stands once.
    fn keep<T: PartialEq>(
        &mut self,
        found: Found,
        field: impl Fn(&mut Reading) -> &mut Option<T>,
        value: T,
    ) {
        let slot = field(&mut self.reading);
        let same = slot.as_ref() == Some(&value);
        if slot.is_none() {
            *slot = Some(value);
        }
        if found.repeated {
            self.deviation(found.at, found.element, DeviationKind::Repeated { same });
        }
    }
}
