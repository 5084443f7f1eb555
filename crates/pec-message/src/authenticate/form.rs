//! Formal correctness: what must be as the norm says, and what deployed providers do otherwise.

use pec_daticert::{CertificationData, DeviationKind, Event, Incomplete, ReadError, ReceiptType};
use pec_smime::multipart::StructureRemark;
use pec_smime::verify::{Grade, SignerVerification, Verification};
use pec_smime::x509::ProfileItem;

use super::origin::KnownOrigin;
use super::{IssuerRule, SignedMessage, headers, issuer};
use crate::{
    Claimed, ClaimedKind, FoundBy, Mail, Message, MessageKind, Oddity, OddityKind, read_up_to,
};

/// A breach of form for which a provider's message is not certified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    // The header
    /// The header marks no kind of message.
    #[error("the header marks no kind of message")]
    NotMarked,
    /// The header marks a kind that the norm does not know.
    #[error("{field}: {value} marks no kind that the norm knows")]
    UnknownMarker {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The marker stands more than once, with different values.
    #[error("{field} stands more than once, with different values")]
    ContradictoryMarker {
        /// The field.
        field: &'static str,
    },
    /// A field that may stand once stands more than once.
    #[error("{0} stands more than once")]
    RepeatedField(&'static str),
    /// `Sender` names somebody else than `From` (rfc6109 §2.1#5).
    #[error("Sender differs from From")]
    SenderDiffers,

    // The kind
    /// An anomaly envelope whose signature is a provider's. It certifies nothing of what it
    /// carries (RFC 6109 §3.2.2).
    #[error("an anomaly envelope certifies nothing")]
    AnomalyEnvelope {
        /// The provider's name, if it is known.
        provider: Option<String>,
    },
    /// The header claims another kind than the certification data certify.
    #[error("the header claims {claimed}, the certification data say {certified}")]
    KindDiffers {
        /// The kind of the header.
        claimed: MessageKind,
        /// The kind of the certification data.
        certified: MessageKind,
    },
    /// The provider does not manage the domain that it certifies about.
    #[error("the signer's provider does not manage {domain}, about which it certifies")]
    IssuerOfOtherDomain {
        /// The domain.
        domain: String,
    },

    // The parts
    /// Programs would differ in what the parts are.
    #[error("{0}")]
    Ambiguous(Ambiguity),
    /// What is signed is no `multipart/mixed` (norms 2).
    #[error("what is signed is {0} instead of multipart/mixed")]
    NotMixed(String),
    /// There are no certification data.
    #[error("there are no certification data")]
    NoDaticert,
    /// Several parts could be the certification data.
    #[error("several parts could be the certification data")]
    RepeatedDaticert,
    /// The transfer encoding of the certification data is damaged.
    #[error("the transfer encoding of the certification data is damaged")]
    DamagedDaticert,
    /// The certification data are no document that is read.
    #[error(transparent)]
    Daticert(ReadError),
    /// Something that the kind needs is missing from the certification data, or not understood.
    #[error(transparent)]
    IncompleteDaticert(Incomplete),
    /// The certification data contradict themselves: programs would differ in what they say.
    #[error("the certification data contradict themselves: {0}")]
    ContradictoryDaticert(pec_daticert::Deviation),
    /// A transport envelope without the original message.
    #[error("the original message is missing")]
    NoOriginal,
    /// Several parts could be the original message.
    #[error("several parts could be the original message")]
    RepeatedOriginal,
    /// A kind to which the original message must not be attached (rfc6109 §3.1.2#2).
    #[error("{0} must not carry the original message")]
    ForbiddenOriginal(MessageKind),
}

/// What programs would read differently, and where in the signed entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Ambiguity(pub(super) Oddity);

impl Ambiguity {
    /// What is odd. Its path counts from the signed entity.
    #[must_use]
    pub const fn oddity(&self) -> &Oddity {
        &self.0
    }
}

impl Fault {
    /// The section of the norm that is not kept.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::SenderDiffers | Self::RepeatedField(_) => "rfc6109 §2.1",
            Self::NotMarked | Self::UnknownMarker { .. } | Self::ContradictoryMarker { .. } => {
                "rfc6109 §8.1"
            }
            Self::AnomalyEnvelope { .. } => "rfc6109 §3.2.2",
            Self::IssuerOfOtherDomain { .. } => "rfc6109 §7",
            Self::NoOriginal => "rfc6109 §3.1.5",
            Self::ForbiddenOriginal(_) => "rfc6109 §3.1.2",
            Self::KindDiffers { .. }
            | Self::Daticert(_)
            | Self::IncompleteDaticert(_)
            | Self::ContradictoryDaticert(_) => "rfc6109 §4.4",
            Self::Ambiguous(_)
            | Self::NotMixed(_)
            | Self::NoDaticert
            | Self::RepeatedDaticert
            | Self::DamagedDaticert
            | Self::RepeatedOriginal => "rfc6109 §4.3",
        }
    }
}

/// What a certified message does otherwise than the norm, or an outer header otherwise than what
/// is signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Deviation {
    // Outer header against certification data
    /// A header field disagrees with what is certified. Believe what is certified.
    #[error("{field} says {header:?}, certified is {certified:?}")]
    HeaderDiffers {
        /// The field.
        field: &'static str,
        /// What it says.
        header: String,
        /// What is certified.
        certified: String,
    },
    /// A header field is missing.
    #[error("{0} is missing")]
    HeaderMissing(&'static str),
    /// The markers of an envelope and of a receipt stand together.
    #[error("X-Trasporto and X-Ricevuta stand together")]
    BothMarkers,
    /// A field of the PEC system is written in other letter case (norms §6.1, 1).
    #[error("{0} in other letter case")]
    FieldNameCase(&'static str),

    // Signed parts
    /// The readable text is not the first part.
    #[error("the text is not the first part")]
    TextNotFirst,
    /// The readable text is in another charset than ISO-8859-1.
    #[error("the text is in charset {0}")]
    TextCharset(String),
    /// The certification data are named otherwise than `daticert.xml`.
    #[error("the certification data are not named daticert.xml")]
    DaticertName,
    /// The certification data have another type than `application/xml`.
    #[error("the certification data are {0}")]
    DaticertType(String),
    /// The certification data depart from the DTD or the usual form.
    #[error("certification data: {0}")]
    Daticert(pec_daticert::Deviation),
    /// The original message is named otherwise than `postacert.eml`.
    #[error("the original message is not named postacert.eml")]
    OriginalName,
    /// The original message is no `message/rfc822`, or has a transfer encoding.
    #[error("the original message is no plain message/rfc822")]
    OriginalType,
    /// A receipt of this kind has no original message.
    #[error("an original message that does not belong there")]
    UnexpectedOriginal,
    /// The original bears another Message-ID than the transmission (rfc6109 §2.2.1#4).
    #[error("the original bears another Message-ID than the transmission")]
    OriginalMessageId,

    // The signature
    /// The form of the signed message.
    #[error("form of the signed message: {0:?}")]
    Structure(StructureRemark),
    /// The `micalg` parameter names another digest than the signature.
    #[error("micalg names another digest")]
    Micalg,
    /// SHA-1 or RSA below 2048 bits somewhere.
    #[error("SHA-1 or RSA below 2048 bits")]
    LegacyAlgorithms,
    /// The certificate breaks an item of the profile of RFC 6109 §5.5.
    #[error("certificate profile: {0}")]
    Profile(ProfileItem),
}

/// What the fourth test looks at.
pub(super) struct Form<'f, 'a> {
    pub(super) mail: &'f Mail<'a>,
    pub(super) claimed: &'f Claimed,
    pub(super) verification: &'f Verification<'a>,
    pub(super) signer: &'f SignerVerification,
    pub(super) origin: &'f KnownOrigin<'f>,
}

impl<'a> Form<'_, 'a> {
    /// The fourth test of RFC 6109 §2.2.2, over the signed octets alone.
    pub(super) fn judge(
        &self,
        signed: &'a [u8],
    ) -> Result<(SignedMessage<'a>, IssuerRule, Vec<Deviation>), Fault> {
        let claimed = self.marked_kind()?;
        self.check_header()?;
        let mut deviations = self.of_signature();
        // What could be read of the whole message can be read of a part of it.
        let mail = read_up_to(signed, usize::MAX);
        let data = certification_data(&mail, &mut deviations)?.ok_or_else(|| match claimed {
            MessageKind::AnomalyEnvelope => {
                Fault::AnomalyEnvelope { provider: self.origin.provider.clone() }
            }
            _ => Fault::NoDaticert,
        })?;
        let certified = MessageKind::from(data.kind());
        if claimed != certified {
            return Err(Fault::KindDiffers { claimed, certified });
        }
        check_original(mail.message(), &data, &mut deviations)?;
        let rule = issuer::judge(&data, self.origin)?;
        check_text(mail.message(), &mut deviations);
        headers::compare(self.mail, self.claimed, &data, &mut deviations);
        Ok((SignedMessage::new(mail, data), rule, deviations))
    }

    fn marked_kind(&self) -> Result<MessageKind, Fault> {
        match &self.claimed.kind {
            ClaimedKind::Pec(kind) => Ok(*kind),
            ClaimedKind::Unknown { field, value } => {
                Err(Fault::UnknownMarker { field, value: value.clone() })
            }
            ClaimedKind::Contradictory { field } => Err(Fault::ContradictoryMarker { field }),
            ClaimedKind::Ordinary => Err(Fault::NotMarked),
        }
    }

    fn check_header(&self) -> Result<(), Fault> {
        if let Some(field) = self.claimed.repeated.first() {
            return Err(Fault::RepeatedField(field));
        }
        // erratum 12: only a different one is a fault.
        let address = |mailboxes: &[crate::Mailbox]| {
            mailboxes.iter().map(|one| one.address.to_ascii_lowercase()).collect::<Vec<_>>()
        };
        let has_sender = self.mail.message().part().entity().field("Sender").is_some();
        if has_sender && address(&self.claimed.sender) != address(&self.claimed.from) {
            return Err(Fault::SenderDiffers);
        }
        Ok(())
    }

    fn of_signature(&self) -> Vec<Deviation> {
        let remarks = self.verification.remarks().iter().copied().map(Deviation::Structure);
        let micalg = self.verification.disagreeing_micalg().map(|_| Deviation::Micalg);
        let algorithms =
            (self.signer.grade() == Grade::Legacy).then_some(Deviation::LegacyAlgorithms);
        let breaches = self.signer.profile().into_iter().flat_map(|profile| profile.breaches());
        remarks.chain(micalg).chain(algorithms).chain(breaches.map(Deviation::Profile)).collect()
    }
}

/// norms 2; and nothing that two programs would split differently. What is inside the original
/// message is the sender's and not judged.
fn check_structure(signed: &Mail<'_>) -> Result<(), Fault> {
    let root = signed.message().part();
    let is_own = |oddity: &&Oddity| {
        signed.part(&oddity.path).is_some_and(|part| part.message().part().path().is_empty())
    };
    let is_ambiguous = |kind: &OddityKind| {
        matches!(
            kind,
            OddityKind::DamagedHeader(_)
                | OddityKind::RepeatedField(_)
                | OddityKind::RepeatedParameter
                | OddityKind::MissingBoundary
                | OddityKind::DamagedMultipart(_)
                | OddityKind::TooManyParts
                | OddityKind::TooDeep
        )
    };
    let mut ambiguous =
        signed.oddities().iter().filter(is_own).filter(|oddity| is_ambiguous(&oddity.kind));
    if let Some(oddity) = ambiguous.next() {
        return Err(Fault::Ambiguous(Ambiguity(oddity.clone())));
    }
    if root.media_type() != "multipart/mixed" {
        return Err(Fault::NotMixed(root.media_type().to_owned()));
    }
    Ok(())
}

/// The certification data of what is signed, if there are any.
fn certification_data(
    signed: &Mail<'_>,
    deviations: &mut Vec<Deviation>,
) -> Result<Option<CertificationData>, Fault> {
    check_structure(signed)?;
    let Some(daticert) = signed.daticert() else { return Ok(None) };
    let is_repeated =
        |oddity: &Oddity| oddity.path.is_empty() && oddity.kind == OddityKind::RepeatedDaticert;
    if signed.oddities().iter().any(is_repeated) {
        return Err(Fault::RepeatedDaticert);
    }
    if daticert.found_by() != FoundBy::Name {
        deviations.push(Deviation::DaticertName);
    }
    let part = daticert.part();
    if part.media_type() != "application/xml" {
        deviations.push(Deviation::DaticertType(part.media_type().to_owned()));
    }
    let decoded = part.decode();
    if decoded.is_damaged() {
        return Err(Fault::DamagedDaticert);
    }
    let (reading, found) =
        pec_daticert::Reading::from_xml(decoded.octets()).map_err(Fault::Daticert)?;
    if let Some(contradiction) = found.iter().find(|deviation| is_contradictory(&deviation.kind)) {
        return Err(Fault::ContradictoryDaticert(contradiction.clone()));
    }
    deviations.extend(found.into_iter().map(Deviation::Daticert));
    CertificationData::try_from(reading).map(Some).map_err(Fault::IncompleteDaticert)
}

/// All of the fourth test that needs neither signature nor origin, for the fuzzer.
pub(crate) fn unsigned(mail: &Mail<'_>) -> Result<Vec<Deviation>, Fault> {
    let mut deviations = Vec::new();
    let data = certification_data(mail, &mut deviations)?.ok_or(Fault::NoDaticert)?;
    check_original(mail.message(), &data, &mut deviations)?;
    check_text(mail.message(), &mut deviations);
    headers::compare(mail, &mail.claimed(), &data, &mut deviations);
    Ok(deviations)
}

/// What another program may understand otherwise.
const fn is_contradictory(kind: &DeviationKind) -> bool {
    matches!(
        kind,
        DeviationKind::Repeated { same: false }
            | DeviationKind::ErrorNotOfKind { .. }
            | DeviationKind::Truncated
            | DeviationKind::MismatchedEndTag
            | DeviationKind::MalformedAttributes
            | DeviationKind::TooMany
    )
}

fn check_original(
    message: Message<'_, '_>,
    data: &CertificationData,
    deviations: &mut Vec<Deviation>,
) -> Result<(), Fault> {
    let kind = MessageKind::from(data.kind());
    let originals = message.own_parts().filter(|part| part.media_type() == "message/rfc822");
    if originals.count() > 1 {
        return Err(Fault::RepeatedOriginal);
    }
    let Some(original) = message.original() else {
        return match kind {
            MessageKind::TransportEnvelope => Err(Fault::NoOriginal),
            _ => Ok(()),
        };
    };
    match &data.event {
        Event::NonAcceptance { .. }
        | Event::DeliveryNotice { .. }
        | Event::VirusDetection { .. } => {
            return Err(Fault::ForbiddenOriginal(kind));
        }
        Event::Acceptance
        | Event::TakeInCharge { .. }
        | Event::Delivery { receipt_type: ReceiptType::Concise, .. } => {
            deviations.push(Deviation::UnexpectedOriginal);
        }
        _ => {}
    }
    if original.found_by() != FoundBy::Name {
        deviations.push(Deviation::OriginalName);
    }
    match original.message() {
        None => deviations.push(Deviation::OriginalType),
        Some(inner) => {
            let found = inner.claimed().message_id;
            if found.as_deref() != Some(data.pec_msgid.to_message_id().as_str()) {
                deviations.push(Deviation::OriginalMessageId);
            }
        }
    }
    Ok(())
}

/// norms 2, 3
fn check_text(message: Message<'_, '_>, deviations: &mut Vec<Deviation>) {
    let first = message.part().children().next();
    let is_text = first
        .is_some_and(|part| matches!(part.media_type(), "text/plain" | "multipart/alternative"));
    if !is_text {
        deviations.push(Deviation::TextNotFirst);
    }
    let text = message.own_parts().find(|part| part.media_type() == "text/plain");
    let charset = text.and_then(|part| {
        let content_type = part.entity().content_type()?;
        Some(content_type.parameter("charset")?.text())
    });
    if let Some(charset) = charset.filter(|name| !name.eq_ignore_ascii_case("iso-8859-1")) {
        deviations.push(Deviation::TextCharset(charset));
    }
}
