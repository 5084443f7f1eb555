//! The readers. There is one pass over the document; the strict reader is the tolerant one that
//! takes no deviation, so that the two cannot disagree.

mod attribute;
mod content;
mod encoding;
mod fields;
mod findings;
mod markup;
mod values;

use crate::{
    CertificationData, Deviation, DeviationKind, Element, ReadError, Reading, StrictError,
    limits::MAX_DOCUMENT_BYTES,
};

use findings::Findings;
use markup::Parser;

impl CertificationData {
    /// Reads a document that keeps the norm to the letter: valid by the DTD of RFC 6109 §4.4 but
    /// without DOCTYPE, UTF-8 without byte order mark, dates, offsets, addresses and identifiers
    /// in their form, and the fields that its kind must have (norms §1.5), no others.
    ///
    /// An omitted `errore` or `tipo` of a recipient is valid by the DTD and has its default.
    ///
    /// ```
    /// use pec_daticert::{CertificationData, DeviationKind, Element, StrictError};
    /// # let xml = pec_daticert::fuzzing::example().to_xml()?;
    /// let data = CertificationData::from_xml(xml.as_bytes())?;
    ///
    /// let without_colon = xml.replace(":", ".");
    /// let refusal = CertificationData::from_xml(without_colon.as_bytes()).unwrap_err();
    /// let StrictError::Deviates(deviation) = refusal else { unreachable!() };
    /// assert_eq!(deviation.element, Some(Element::Ora));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`StrictError`] names the first breach with element, byte position and rule.
    // rfc6109 §4.4; norms 6, 62
    pub fn from_xml(document: &[u8]) -> Result<Self, StrictError> {
        let (reading, deviations) = read(document)?;
        if let Some(deviation) = deviations.into_iter().next() {
            return Err(StrictError::Deviates(deviation));
        }
        // Without deviation every value is there and understood. Should a gap ever open between
        // the list of deviations and the model, the document is refused, not misread.
        Self::try_from(reading).map_err(|incomplete| {
            StrictError::Deviates(Deviation {
                at: 0,
                element: Some(incomplete.element),
                kind: DeviationKind::Missing,
            })
        })
    }
}

/// The one pass that both readers share.
pub(crate) fn read(document: &[u8]) -> Result<(Reading, Vec<Deviation>), ReadError> {
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err(ReadError::TooLarge { size: document.len() });
    }
    let mut findings = Findings::default();
    let decoded = encoding::decode(document, &mut findings)?;
    let result = Parser::new(decoded.body(), &mut findings).run();
    let positions = decoded.positions();
    match result {
        Ok(reading) => Ok((reading, findings.into_deviations(&positions))),
        Err(error) => Err(positions.place(error)),
    }
}

/// The set of elements that were seen inside one element.
#[derive(Clone, Copy, Debug, Default)]
struct Seen(u32);

impl Seen {
    /// Notes the element; tells whether it had been there before.
    fn note(&mut self, element: Element) -> bool {
        let before = self.has(element);
        self.0 |= element.bit();
        before
    }

    fn has(self, element: Element) -> bool {
        self.0 & element.bit() != 0
    }
}

/// White space of XML 1.0 (production 3, `S`).
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}
