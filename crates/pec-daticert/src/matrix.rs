//! The field matrix: which fields and which errors each kind has (norms §1.3, §1.5).

use crate::{
    Address, DeliveryErrorCause, DeviationKind, Element, ErrorCode, Event, Kind,
    NonAcceptanceCause, ReceiptType, Text, reading::Incomplete,
};

/// The fields that depend on the kind, before it is known whether they fit it.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) error: Option<ErrorCode>,
    pub(crate) receipt_type: Option<ReceiptType>,
    pub(crate) delivered_to: Option<Address>,
    pub(crate) received_for: Vec<Address>,
    pub(crate) error_detail: Option<Text>,
}

/// Which of those fields a document has, whether or not their values could be understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present {
    pub(crate) error: ErrorCode,
    pub(crate) receipt_type: bool,
    pub(crate) delivered_to: bool,
    pub(crate) received_for: usize,
    pub(crate) error_detail: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Required,
    Optional,
    Forbidden,
}

use Need::{Forbidden, Optional, Required};

/// One row of the matrix, transposed: `ricevuta`, `consegna`, `ricezione`, `errore-esteso`.
const fn needs(kind: Kind) -> [(Element, Need); 4] {
    let [ricevuta, consegna, ricezione, errore_esteso] = match kind {
        Kind::Acceptance => [Forbidden, Forbidden, Forbidden, Forbidden],
        Kind::NonAcceptance => [Forbidden, Forbidden, Forbidden, Required],
        Kind::TransportEnvelope => [Required, Forbidden, Forbidden, Forbidden],
        Kind::TakeInCharge => [Forbidden, Forbidden, Required, Forbidden],
        Kind::Delivery => [Required, Required, Forbidden, Forbidden],
        Kind::DeliveryError => [Optional, Required, Forbidden, Required],
        Kind::DeliveryNotice => [Forbidden, Required, Forbidden, Required],
        // Either place holds the recipient (erratum 14); `breaches` wants exactly one of them.
        Kind::VirusDetection => [Forbidden, Optional, Optional, Required],
    };
    [
        (Element::Ricevuta, ricevuta),
        (Element::Consegna, consegna),
        (Element::Ricezione, ricezione),
        (Element::ErroreEsteso, errore_esteso),
    ]
}

/// The value of `errore` to assume where the written one is no word of the DTD.
pub(crate) const fn assumed_error(kind: Kind) -> ErrorCode {
    match errors(kind) {
        [first, ..] => *first,
        [] => ErrorCode::None,
    }
}

/// The values of `errore` that a kind may have; the first is the one to assume.
const fn errors(kind: Kind) -> &'static [ErrorCode] {
    match kind {
        Kind::Acceptance | Kind::TransportEnvelope | Kind::TakeInCharge | Kind::Delivery => {
            &[ErrorCode::None]
        }
        Kind::NonAcceptance => &[ErrorCode::Other, ErrorCode::Virus],
        Kind::DeliveryError => {
            &[ErrorCode::Other, ErrorCode::NoRecipient, ErrorCode::NoDomain, ErrorCode::Virus]
        }
        Kind::DeliveryNotice => &[ErrorCode::Other],
        Kind::VirusDetection => &[ErrorCode::Virus],
    }
}

/// Every place where `present` does not fit `kind`.
pub(crate) fn breaches(kind: Kind, present: Present) -> Vec<(Element, DeviationKind)> {
    let mut breaches = Vec::new();
    if !errors(kind).contains(&present.error) {
        let found = present.error;
        breaches.push((Element::Postacert, DeviationKind::ErrorNotOfKind { kind, found }));
    }
    for (element, need) in needs(kind) {
        let is_present = match element {
            Element::Ricevuta => present.receipt_type,
            Element::Consegna => present.delivered_to,
            Element::Ricezione => present.received_for > 0,
            _ => present.error_detail,
        };
        match (need, is_present) {
            (Required, false) => breaches.push((element, DeviationKind::Missing)),
            (Forbidden, true) => breaches.push((element, DeviationKind::NotOfKind { kind })),
            _ => {}
        }
    }
    if kind == Kind::VirusDetection {
        match (present.delivered_to, present.received_for) {
            (true, 0) | (false, 1) => {}
            (true, _) => breaches.push((Element::Ricezione, DeviationKind::NotOfKind { kind })),
            (false, 0) => breaches.push((Element::Consegna, DeviationKind::Missing)),
            (false, _) => {
                breaches.push((Element::Ricezione, DeviationKind::Repeated { same: false }));
            }
        }
    }
    breaches
}

/// Builds the event of `kind`. Fields that the kind does not have are left aside; what can be
/// left out without loss of meaning has a default, listed at [`Incomplete`].
pub(crate) fn event(kind: Kind, fields: Fields) -> Result<Event, Incomplete> {
    let Fields { error, receipt_type, delivered_to, received_for, error_detail } = fields;
    let receipt_or_complete = receipt_type.unwrap_or(ReceiptType::Complete);
    let consegna =
        |address: Option<Address>| address.ok_or(Incomplete { element: Element::Consegna });
    Ok(match kind {
        Kind::Acceptance => Event::Acceptance,
        Kind::NonAcceptance => Event::NonAcceptance {
            cause: match error {
                Some(ErrorCode::Virus) => NonAcceptanceCause::Virus,
                _ => NonAcceptanceCause::FormalException,
            },
            error_detail: error_detail.unwrap_or_default(),
        },
        Kind::TransportEnvelope => Event::TransportEnvelope { receipt_type: receipt_or_complete },
        Kind::TakeInCharge => Event::TakeInCharge {
            received_for: received_for
                .try_into()
                .map_err(|_| Incomplete { element: Element::Ricezione })?,
        },
        Kind::Delivery => Event::Delivery {
            receipt_type: receipt_or_complete,
            delivered_to: consegna(delivered_to)?,
        },
        Kind::DeliveryError => Event::DeliveryError {
            cause: match error {
                Some(ErrorCode::NoRecipient) => DeliveryErrorCause::NoRecipient,
                Some(ErrorCode::NoDomain) => DeliveryErrorCause::NoDomain,
                Some(ErrorCode::Virus) => DeliveryErrorCause::Virus,
                _ => DeliveryErrorCause::Other,
            },
            delivered_to: consegna(delivered_to)?,
            receipt_type,
            error_detail: error_detail.unwrap_or_default(),
        },
        Kind::DeliveryNotice => Event::DeliveryNotice {
            delivered_to: consegna(delivered_to)?,
            error_detail: error_detail.unwrap_or_default(),
        },
        Kind::VirusDetection => Event::VirusDetection {
            delivered_to: consegna(delivered_to.or_else(|| received_for.into_iter().next()))?,
            error_detail: error_detail.unwrap_or_default(),
        },
    })
}
