//! Where the outer header, which nobody signed, and the certification data disagree.

use pec_message::Deviation;
use serde::Serialize;

/// One disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mismatch {
    /// The header field.
    pub field: String,
    /// What the header says; `None` where the field is missing.
    pub header: Option<String>,
    /// What the certification data say; `None` where the field should not be there.
    pub certified: Option<String>,
}

impl Mismatch {
    /// The disagreement that a deviation is; `None` for one of another sort.
    #[must_use]
    pub fn of(deviation: &Deviation) -> Option<Self> {
        let (field, header, certified) = match deviation {
            Deviation::HeaderDiffers { field, header, certified } => {
                let certified = Some(certified.clone()).filter(|text| !text.is_empty());
                ((*field).to_owned(), Some(header.clone()), certified)
            }
            Deviation::HeaderMissing(field) => ((*field).to_owned(), None, None),
            Deviation::BothMarkers => ("X-Ricevuta".to_owned(), None, None),
            _ => return None,
        };
        Some(Self { field, header, certified })
    }
}

/// The header field that a deviation is about.
pub(crate) const fn field_of(deviation: &Deviation) -> Option<&'static str> {
    match deviation {
        Deviation::HeaderDiffers { field, .. }
        | Deviation::HeaderMissing(field)
        | Deviation::FieldNameCase(field) => Some(field),
        Deviation::BothMarkers => Some("X-Ricevuta"),
        _ => None,
    }
}
