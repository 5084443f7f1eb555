//! What is inside a message: its parts, those of nested messages, and what zip archives hold.

use std::borrow::Cow;
use std::io::{Cursor, Read as _};

use pec_message::{PartKind, read_up_to};
use zip::ZipArchive;

/// Something with a name or octets inside a message.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    /// Its name, where it has one; in archives the path inside.
    pub name: Option<String>,
    /// Its octets, decoded; what is too large inside an archive is cut off.
    pub octets: Cow<'a, [u8]>,
}

/// Archives inside archives are opened so deep.
const DEPTH: usize = 3;
/// Octets of one entry of an archive that are looked at.
const ENTRY_OCTETS: u64 = 8 * 1024 * 1024;
/// Octets of all archives of a message that are looked at: a small archive can hold petabytes.
const ARCHIVED_OCTETS: u64 = 64 * 1024 * 1024;
/// Entries of all archives of a message that are looked at.
const ENTRIES: usize = 2_000;

/// Calls `visit` for everything inside a message until it says stop by `Some`.
pub fn items<R>(message: &[u8], visit: &mut dyn FnMut(&Item<'_>) -> Option<R>) -> Option<R> {
    let mail = read_up_to(message, message.len());
    let mut budget = Budget { octets: ARCHIVED_OCTETS, entries: ENTRIES };
    for part in mail.parts() {
        if matches!(part.kind(), PartKind::Multipart) {
            continue;
        }
        let octets = part.decode().into_octets();
        let item = Item { name: part.name().map(str::to_owned), octets };
        if let Some(found) = visit(&item) {
            return Some(found);
        }
        if let Some(found) = archived(&item.octets, DEPTH, &mut budget, visit) {
            return Some(found);
        }
    }
    None
}

struct Budget {
    octets: u64,
    entries: usize,
}

fn archived<R>(
    octets: &[u8],
    depth: usize,
    budget: &mut Budget,
    visit: &mut dyn FnMut(&Item<'_>) -> Option<R>,
) -> Option<R> {
    if depth == 0 || !octets.starts_with(b"PK") {
        return None;
    }
    let mut archive = ZipArchive::new(Cursor::new(octets)).ok()?;
    for index in 0..archive.len() {
        if budget.entries == 0 {
            return None;
        }
        budget.entries = budget.entries.saturating_sub(1);
        // An entry that is encrypted, or packed in a way that is not known, still has a name.
        let name = archive.name_for_index(index).and_then(Result::ok).map(Cow::into_owned);
        let mut content = Vec::new();
        if let Ok(entry) = archive.by_index(index) {
            let limit = ENTRY_OCTETS.min(budget.octets);
            let _ = entry.take(limit).read_to_end(&mut content);
        }
        budget.octets = budget.octets.saturating_sub(content.len() as u64);
        let item = Item { name, octets: Cow::Borrowed(&content) };
        if let Some(found) = visit(&item) {
            return Some(found);
        }
        if let Some(found) = archived(&content, depth.saturating_sub(1), budget, visit) {
            return Some(found);
        }
    }
    None
}
