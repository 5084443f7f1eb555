//! Finding the certification data and the original message among the parts of a message.

use memchr::memmem;

use super::{Mail, Message, Oddity, OddityKind, Part};
use crate::header::{X_RICEVUTA, X_TRASPORTO};
use crate::{ClaimedKind, MessageKind, limits};

/// How a part was recognised, best first. These are all the ways there are (closed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FoundBy {
    /// By the name that the norm gives it.
    Name,
    /// By its media type.
    MediaType,
    /// By what is in it.
    Content,
}

/// What was found in one message: numbers of parts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) daticert: Option<(usize, FoundBy)>,
    pub(super) original: Option<(usize, FoundBy)>,
    pub(super) is_daticert_repeated: bool,
    pub(super) is_original_repeated: bool,
}

/// `certdata.xml` is what the RFC calls it by mistake (erratum 1).
pub(crate) const DATICERT_NAMES: [&str; 2] = ["daticert.xml", "certdata.xml"];

const ORIGINAL_NAME: &str = "postacert.eml";

/// How much of a part is looked at to tell whether it is the certification data, encoded.
const LOOKED_AT: usize = 4096;

/// Looks into every message of the tree.
pub(super) fn in_all_messages(mail: &Mail<'_>) -> (Vec<(usize, Found)>, Vec<Oddity>) {
    let mut all = Vec::new();
    let mut oddities = Vec::new();
    for message in mail.messages() {
        let found = in_message(message);
        let has_room = mail.oddities.len().saturating_add(oddities.len()) < limits::ODDITIES;
        if has_room {
            let kinds = odd(message, &found);
            let path = message.part().path();
            oddities.extend(kinds.into_iter().map(|kind| Oddity { path: path.clone(), kind }));
        }
        all.push((message.part().number(), found));
    }
    (all, oddities)
}

fn in_message(message: Message<'_, '_>) -> Found {
    let mut found = Found::default();
    for part in message.own_parts() {
        if let Some(by) = daticert(part) {
            found.is_daticert_repeated |= better(&mut found.daticert, part.number(), by);
        }
        if let Some(by) = original(part) {
            found.is_original_repeated |= better(&mut found.original, part.number(), by);
        }
    }
    found
}

/// Keeps the best; of equally good ones the first. Says whether two are equally good and best.
fn better(best: &mut Option<(usize, FoundBy)>, number: usize, by: FoundBy) -> bool {
    match *best {
        Some((_, known)) if known < by => false,
        Some((_, known)) if known == by => true,
        _ => {
            *best = Some((number, by));
            false
        }
    }
}

fn is_named(part: Part<'_, '_>, names: &[&str]) -> bool {
    part.name().is_some_and(|name| names.iter().any(|known| name.eq_ignore_ascii_case(known)))
}

fn daticert(part: Part<'_, '_>) -> Option<FoundBy> {
    let is_leaf = part.children().next().is_none();
    if !is_leaf || part.media_type().starts_with("message/") {
        return None;
    }
    if is_named(part, &DATICERT_NAMES) {
        return Some(FoundBy::Name);
    }
    // Invoices are XML too: the type alone says nothing.
    let is_xml = matches!(part.media_type(), "application/xml" | "text/xml");
    let by = if is_xml { FoundBy::MediaType } else { FoundBy::Content };
    has_certification_data(part).then_some(by)
}

/// Whether a part may be the certification data or the original message: then it is read whole.
pub(crate) fn is_system_part(part: Part<'_, '_>) -> bool {
    daticert(part).is_some() || original(part).is_some()
}

/// Whether the part begins as an XML document with the root element of certification data.
fn has_certification_data(part: Part<'_, '_>) -> bool {
    let decoded = part.decode_prefix(LOOKED_AT);
    let octets = decoded.octets();
    let text = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets).trim_ascii_start();
    text.starts_with(b"<") && memmem::find(text, b"<postacert").is_some()
}

fn original(part: Part<'_, '_>) -> Option<FoundBy> {
    if part.is_message_root() {
        return None;
    }
    if is_named(part, &[ORIGINAL_NAME]) {
        return Some(FoundBy::Name);
    }
    matches!(part.media_type(), "message/rfc822" | "message/global").then_some(FoundBy::MediaType)
}

fn odd(message: Message<'_, '_>, found: &Found) -> Vec<OddityKind> {
    let mut odd = Vec::new();
    let claimed = message.claimed_kind();
    let is_pec = matches!(claimed, ClaimedKind::Pec(_)) || found.daticert.is_some();
    if !is_pec {
        return odd;
    }
    if found.daticert.is_some_and(|(_, by)| by != FoundBy::Name) {
        odd.push(OddityKind::DaticertByOtherThanName);
    }
    if found.is_daticert_repeated {
        odd.push(OddityKind::RepeatedDaticert);
    }
    // The received message in an anomaly envelope has no name of its own.
    let is_anomaly = claimed == ClaimedKind::Pec(MessageKind::AnomalyEnvelope);
    if found.original.is_some_and(|(_, by)| by != FoundBy::Name) && !is_anomaly {
        odd.push(OddityKind::OriginalByOtherThanName);
    }
    if found.is_original_repeated {
        odd.push(OddityKind::RepeatedOriginal);
    }
    if matches!(claimed, ClaimedKind::Pec(_)) && !is_anomaly && found.daticert.is_none() {
        odd.push(OddityKind::MissingDaticert);
    }
    let header = message.part().entity();
    if header.field(X_TRASPORTO).is_some() && header.field(X_RICEVUTA).is_some() {
        odd.push(OddityKind::BothMarkers);
    }
    odd
}
