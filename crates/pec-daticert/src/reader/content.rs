//! The text of one element: pieces, references, and markup that should have been escaped.

use std::{borrow::Cow, io::BufRead as _};

use quick_xml::events::{BytesRef, Event};

use super::markup::Parser;
use crate::{DeviationKind, Element, ReadError, text::is_xml_char};

impl<'t> Parser<'t, '_> {
    /// The text up to the end tag; `None` where the document breaks off before it.
    pub(super) fn text_content(
        &mut self,
        element: Element,
    ) -> Result<Option<Cow<'t, str>>, ReadError> {
        let start = self.position();
        if let Some(text) = self.ahead(element, start) {
            return Ok(Some(text));
        }
        let mut content: Option<Cow<'t, str>> = None;
        loop {
            let (event, at) = self.next_event()?;
            let piece = match event {
                None => return Ok(None),
                Some(Event::Text(text)) => {
                    let text = text.into_inner();
                    self.note_text_faults(element, &text, at);
                    text
                }
                Some(Event::CData(text)) => text.into_inner(),
                Some(Event::GeneralRef(reference)) => self.reference(element, &reference, at),
                Some(Event::Comment(text)) => {
                    self.comment(&text, at);
                    continue;
                }
                Some(Event::PI(instruction)) => {
                    self.instruction(&instruction, at);
                    continue;
                }
                Some(Event::End(tag)) if tag.name().as_ref() == element.name() => {
                    return Ok(Some(content.unwrap_or_default()));
                }
                Some(event) => match self.unexpected(element, event, start, at) {
                    Some(text) => return Ok(Some(text)),
                    None if self.pending.is_some() => {
                        return Ok(Some(content.unwrap_or_default()));
                    }
                    None => continue,
                },
            };
            match &mut content {
                None => content = Some(piece),
                Some(content) => content.to_mut().push_str(&piece),
            }
        }
    }

    /// Looks ahead to the first markup, for the two cases that need no events: nothing but text
    /// before the end tag, which is nearly every element; and markup that should have been escaped,
    /// where a quote would lead the event reader astray.
    fn ahead(&mut self, element: Element, start: usize) -> Option<Cow<'t, str>> {
        let rest = self.rest_at(start);
        let (text, markup) = rest.split_at_checked(memchr::memchr(b'<', rest.as_bytes())?)?;
        if let Some(after) = markup.strip_prefix("</") {
            let ends = after.strip_prefix(element.name())?.starts_with('>');
            let is_plain = memchr::memchr2(b'&', b'>', text.as_bytes()).is_none();
            if !(ends && is_plain) {
                return None;
            }
            let end_tag = element.name().len().saturating_add("</>".len());
            self.reader.stream().consume(text.len().saturating_add(end_tag));
            return Some(Cow::Borrowed(text));
        }
        if markup.starts_with("<!") || markup.starts_with("<?") {
            return None;
        }
        self.take_raw(element, start, start)
    }

    fn take_raw(&mut self, element: Element, start: usize, at: usize) -> Option<Cow<'t, str>> {
        if self.unclosed.has(element) {
            return None;
        }
        let end_tag = format!("</{element}>");
        let rest = self.rest_at(at);
        let Some(offset) = memchr::memmem::find(rest.as_bytes(), end_tag.as_bytes()) else {
            self.unclosed.note(element); // so that the rest is searched once, not once per element
            return None;
        };
        let raw = self.text.get(start..at.saturating_add(offset))?;
        if raw.contains("<!") {
            return None; // the reader decides on comments, CDATA and declarations
        }
        self.assembly.deviation(at, element, DeviationKind::UnescapedMarkup);
        self.restart(at.saturating_add(offset).saturating_add(end_tag.len()));
        // Escapes beside unescaped markup mean what they say.
        Some(quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw)))
    }

    /// A tag inside a text: markup that should have been escaped, or a missing end tag.
    fn unexpected(
        &mut self,
        element: Element,
        event: Event<'t>,
        start: usize,
        at: usize,
    ) -> Option<Cow<'t, str>> {
        match &event {
            Event::Start(_) | Event::Empty(_) => {
                if let Some(text) = self.take_raw(element, start, at) {
                    return Some(text);
                }
            }
            // The end of an element around this one; any other end tag is skipped.
            Event::End(tag) => {
                self.assembly.deviation(at, element, DeviationKind::MismatchedEndTag);
                let name = tag.name();
                if !self.frames.iter().any(|frame| frame.name == name.as_ref()) {
                    return None;
                }
                self.pending = Some((event, at));
                return None;
            }
            _ => {
                self.assembly.deviation(at, element, DeviationKind::MalformedDeclaration);
                return None;
            }
        }
        self.assembly.deviation(at, element, DeviationKind::MismatchedEndTag);
        self.pending = Some((event, at));
        None
    }

    fn note_text_faults(&mut self, element: Element, text: &str, at: usize) {
        if text.starts_with('&') {
            self.assembly.deviation(at, element, DeviationKind::BareAmpersand);
        }
        // `>` alone is legal and rare; the search for all three is the dear one.
        if memchr::memchr(b'>', text.as_bytes()).is_some()
            && let Some(offset) = text.find("]]>")
        {
            let at = at.saturating_add(offset);
            self.assembly.deviation(at, element, DeviationKind::CdataEnd);
        }
    }

    /// What a reference stands for; as written where it stands for nothing.
    fn reference(&mut self, element: Element, reference: &BytesRef<'t>, at: usize) -> Cow<'t, str> {
        let name: &str = reference;
        if let Some(digits) = name.strip_prefix('#') {
            if let Some(character) = referenced_character(digits) {
                return Cow::Owned(character.to_string());
            }
            self.assembly.deviation(at, element, DeviationKind::BadCharacterReference);
        } else if let Some(text) = quick_xml::escape::resolve_xml_entity(name) {
            return Cow::Borrowed(text);
        } else {
            self.assembly.deviation(at, element, DeviationKind::UnknownEntity);
        }
        Cow::Owned(format!("&{name};"))
    }
}

/// The character of `&#digits;` or `&#xhex;`, when XML allows it (production 66, `CharRef`).
fn referenced_character(digits: &str) -> Option<char> {
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
    if !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let character = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    is_xml_char(character).then_some(character)
}
