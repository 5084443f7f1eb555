//! The pass over the markup: which element stands where.

use std::{borrow::Cow, io::BufRead as _};

use quick_xml::{
    Reader,
    events::{BytesPI, BytesStart, Event},
};

use super::{
    Seen,
    fields::{Assembly, Found},
    findings::Findings,
    is_blank,
};
use crate::{DeviationKind, Element, ReadError, Reading, element::Content, limits::MAX_DEPTH};

/// An element that is open and holds others.
pub(super) struct Frame<'t> {
    /// `None` for one that the DTD does not know.
    element: Option<Element>,
    pub(super) name: &'t str,
    seen: Seen,
    last: Option<Element>,
}

pub(super) struct Parser<'t, 'f> {
    pub(super) text: &'t str,
    /// Where the current reader began: a new one is started after raw text.
    pub(super) base: usize,
    pub(super) reader: Reader<&'t [u8]>,
    pub(super) frames: Vec<Frame<'t>>,
    /// An event that ended a text element which was never closed, and its position.
    pub(super) pending: Option<(Event<'t>, usize)>,
    /// Text elements for which no end tag stands in the rest of the document.
    pub(super) unclosed: Seen,
    pub(super) assembly: Assembly<'f>,
}

/// Whether the document goes on.
enum Flow {
    Continue,
    End,
}

impl<'t, 'f> Parser<'t, 'f> {
    pub(super) fn new((text, body): (&'t str, usize), findings: &'f mut Findings) -> Self {
        let mut parser = Self {
            text,
            base: body,
            reader: reader_at(text, body),
            frames: Vec::with_capacity(4),
            pending: None,
            unclosed: Seen::default(),
            assembly: Assembly::new(findings),
        };
        parser.restart(body);
        parser
    }

    /// Goes on at `at` with a new reader of events. A reader drops a byte order mark that it begins
    /// with and does not count it; positions would be wrong from there on.
    pub(super) fn restart(&mut self, at: usize) {
        let mut at = at;
        loop {
            at = at.saturating_add(blanks_before(self.rest_at(at)));
            if !self.rest_at(at).starts_with(BYTE_ORDER_MARK) {
                break;
            }
            self.assembly.deviation(at, None, DeviationKind::StrayText);
            at = at.saturating_add(BYTE_ORDER_MARK.len_utf8());
        }
        self.base = at;
        self.reader = reader_at(self.text, at);
    }

    pub(super) fn run(mut self) -> Result<Reading, ReadError> {
        loop {
            self.skip_blanks();
            let (event, at) = self.next_event()?;
            let flow = match event {
                Some(Event::Start(tag)) => self.start(&tag, at, true)?,
                Some(Event::Empty(tag)) => self.start(&tag, at, false)?,
                Some(Event::End(tag)) => self.end(tag.name().into_inner(), at),
                Some(event) => self.between_elements(&event, at),
                None => Flow::End,
            };
            if matches!(flow, Flow::End) {
                break;
            }
        }
        if self.assembly.has_root() {
            self.finish()
        } else {
            Err(ReadError::NotCertificationData { at: self.position(), found: None })
        }
    }

    /// Blanks between elements mean nothing; passing them here is cheaper than as events. In an
    /// element that must be empty they do count.
    fn skip_blanks(&mut self) {
        let inside = self.frames.last().and_then(|frame| frame.element);
        if self.pending.is_none() && inside != Some(Element::Ricevuta) {
            let blanks = blanks_before(self.rest_at(self.position()));
            self.reader.stream().consume(blanks);
        }
    }

    /// The next event and where it begins; `None` at the end of the document or where its markup
    /// breaks off.
    pub(super) fn next_event(&mut self) -> Result<(Option<Event<'t>>, usize), ReadError> {
        if let Some((event, at)) = self.pending.take() {
            return Ok((Some(event), at));
        }
        let at = self.position();
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(ReadError::Doctype { at }),
            Ok(Event::Eof) => Ok((None, at)),
            Ok(event) => Ok((Some(event), at)),
            // Broken markup that begins like a declaration is one for all we know.
            Err(_) if is_declaration(self.rest_at(at)) => Err(ReadError::Doctype { at }),
            Err(_) => Ok((None, at)),
        }
    }

    fn start(&mut self, tag: &BytesStart<'t>, at: usize, open: bool) -> Result<Flow, ReadError> {
        let name = name_of(tag, self.text, at);
        let element = Element::from_name(name);
        if self.frames.is_empty() && element != Some(Element::Postacert) {
            return Err(ReadError::NotCertificationData { at, found: Some(name.to_owned()) });
        }
        if self.frames.len() >= MAX_DEPTH {
            return Err(ReadError::TooDeep { at });
        }
        let inside_unknown = self.frames.last().is_some_and(|frame| frame.element.is_none());
        let Some(element) = element.filter(|_| !inside_unknown) else {
            // What stands inside an unknown element is its own affair, whatever it is called.
            if !inside_unknown {
                self.assembly.unknown_element(name, at);
            }
            if open {
                self.push(None, name);
            }
            return Ok(Flow::Continue);
        };
        let repeated = self.note_place(element, at);
        if repeated && element.content() == Content::Elements {
            self.assembly.deviation(at, element, DeviationKind::Repeated { same: false });
        }
        let found = Found { element, at, repeated };
        let tipo = self.assembly.attributes(found, self.attributes_of(tag, at, open));
        match element.content() {
            Content::Elements if open => self.push(Some(element), name),
            Content::Elements => self.close(&Frame::new(Some(element), name), at),
            Content::Text => {
                let text = if open { self.text_content(element)? } else { Some(Cow::Borrowed("")) };
                if let Some(text) = text {
                    self.assembly.text(found, &text, tipo);
                }
            }
            Content::Nothing => {
                self.assembly.receipt_type(found, tipo);
                if open {
                    self.push(Some(element), name);
                }
            }
        }
        // `<postacert/>` is its own end.
        Ok(if self.frames.is_empty() { self.after_root() } else { Flow::Continue })
    }

    /// The attributes of a tag as they stand in the document.
    fn attributes_of(&self, tag: &BytesStart<'t>, at: usize, open: bool) -> &'t str {
        let start = at.saturating_add(1).saturating_add(tag.name().as_ref().len());
        let end = self.position().saturating_sub(if open { 1 } else { 2 });
        self.text.get(start..end).unwrap_or_default()
    }

    fn push(&mut self, element: Option<Element>, name: &'t str) {
        self.frames.push(Frame::new(element, name));
    }

    /// Notes parent, order and number of an element; tells whether it had been there before.
    fn note_place(&mut self, element: Element, at: usize) -> bool {
        let Some(frame) = self.frames.last_mut() else {
            return false;
        };
        if frame.element != element.parent() {
            self.assembly.deviation(at, element, DeviationKind::Misplaced);
            return self.assembly.seen.note(element) && !element.repeats();
        }
        frame.seen.note(element);
        match frame.last {
            Some(last) if last > element => {
                self.assembly.deviation(at, element, DeviationKind::OutOfOrder);
            }
            _ => frame.last = Some(element),
        }
        self.assembly.seen.note(element) && !element.repeats()
    }

    fn end(&mut self, name: &str, at: usize) -> Flow {
        match self.frames.iter().rposition(|frame| frame.name == name) {
            Some(open) => {
                if open.saturating_add(1) != self.frames.len() {
                    self.assembly.deviation(at, None, DeviationKind::MismatchedEndTag);
                }
                while self.frames.len() > open {
                    if let Some(frame) = self.frames.pop() {
                        self.close(&frame, at);
                    }
                }
            }
            None => self.assembly.deviation(at, None, DeviationKind::MismatchedEndTag),
        }
        if self.frames.is_empty() { self.after_root() } else { Flow::Continue }
    }

    /// At the end of an element: what it must hold and does not.
    fn close(&mut self, frame: &Frame<'_>, at: usize) {
        let Some(parent) = frame.element else { return };
        if parent == Element::Dati {
            self.assembly.dati_end.get_or_insert(at);
        }
        let children = Element::ALL.iter().filter(|child| child.parent() == Some(parent));
        for child in children.filter(|child| child.is_required() && !frame.seen.has(**child)) {
            // One that stands elsewhere is misplaced, and that has been said.
            if !self.assembly.seen.has(*child) {
                self.assembly.deviation(at, *child, DeviationKind::Missing);
            }
        }
    }

    /// Anything but tags, outside the elements that hold text.
    fn between_elements(&mut self, event: &Event<'t>, at: usize) -> Flow {
        let inside = self.frames.last().map(|frame| frame.element);
        if inside == Some(Some(Element::Ricevuta)) {
            self.assembly.deviation(at, Element::Ricevuta, DeviationKind::NotEmpty);
        }
        match event {
            Event::Text(text) if text.bytes().all(is_blank) => {}
            Event::Comment(text) => self.comment(text, at),
            Event::PI(instruction) => self.instruction(instruction, at),
            Event::Decl(_) => {
                self.assembly.deviation(at, None, DeviationKind::MalformedDeclaration);
            }
            // Text in an element that the DTD does not know is part of what is skipped.
            _ if inside == Some(None) => {}
            _ => self.assembly.deviation(at, inside.flatten(), DeviationKind::StrayText),
        }
        Flow::Continue
    }

    /// After the root there may be comments, instructions and blanks, never a declaration.
    fn after_root(&mut self) -> Flow {
        let at = loop {
            let at = self.position();
            match self.next_event() {
                Ok((Some(Event::Text(text)), _)) if text.bytes().all(is_blank) => {}
                Ok((Some(Event::Comment(text)), _)) => self.comment(&text, at),
                Ok((Some(Event::PI(instruction)), _)) => self.instruction(&instruction, at),
                Ok((None, _)) if self.rest_at(at).is_empty() => return Flow::End,
                // A declaration is found again below.
                Ok(_) | Err(_) => break at,
            }
        };
        let at = at.saturating_add(blanks_before(self.rest_at(at)));
        self.assembly.deviation(at, None, DeviationKind::TrailingBytes);
        let rest = self.rest_at(at).as_bytes();
        self.assembly.late_doctype = memchr::memmem::find_iter(rest, b"<!")
            .map(|offset| at.saturating_add(offset))
            .find(|at| is_declaration(self.rest_at(*at)));
        Flow::End
    }

    fn finish(mut self) -> Result<Reading, ReadError> {
        if let Some(at) = self.assembly.late_doctype {
            return Err(ReadError::Doctype { at });
        }
        let at = self.position();
        if !self.frames.is_empty() {
            self.assembly.deviation(at, None, DeviationKind::Truncated);
        }
        while let Some(frame) = self.frames.pop() {
            self.close(&frame, at);
        }
        Ok(self.assembly.finish(at))
    }

    pub(super) fn comment(&mut self, text: &str, at: usize) {
        if text.contains("--") || text.ends_with('-') {
            self.assembly.deviation(at, None, DeviationKind::MalformedComment);
        }
    }

    pub(super) fn instruction(&mut self, instruction: &BytesPI<'_>, at: usize) {
        let target = instruction.target();
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let well_formed = target.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && target.chars().all(legal)
            && !target.eq_ignore_ascii_case("xml");
        if !well_formed {
            self.assembly.deviation(at, None, DeviationKind::MalformedInstruction);
        }
    }

    /// Position of the next event, in bytes of the text.
    pub(super) fn position(&self) -> usize {
        let read = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        self.base.saturating_add(read)
    }

    pub(super) fn rest_at(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }
}

impl<'t> Frame<'t> {
    fn new(element: Option<Element>, name: &'t str) -> Self {
        Self { element, name, seen: Seen::default(), last: None }
    }
}

/// U+FEFF, which at the start of a document is a mark and anywhere else a character.
const BYTE_ORDER_MARK: char = '\u{feff}';

fn blanks_before(text: &str) -> usize {
    text.bytes().take_while(|byte| is_blank(*byte)).count()
}

fn reader_at(text: &str, at: usize) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text.get(at..).unwrap_or_default());
    let config = reader.config_mut();
    // What does not match is listed here as a deviation, not refused there as an error.
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    reader
}

/// Whether markup begins like a document type or entity declaration, whole or broken.
fn is_declaration(markup: &str) -> bool {
    markup.starts_with("<!") && !markup.starts_with("<!--") && !markup.starts_with("<![CDATA[")
}

/// The name of a tag as a slice of the document, which outlives the event.
fn name_of<'t>(tag: &BytesStart<'_>, text: &'t str, at: usize) -> &'t str {
    let start = at.saturating_add(1);
    text.get(start..start.saturating_add(tag.name().as_ref().len())).unwrap_or_default()
}
