//! What two bodies share: an envelope holds the submission, a receipt the envelope.

use memchr::memmem;
use pec_gestore::BodyRef;

use super::{Body, Part, length, reference_of};
use crate::INLINE_OCTETS_MAX;

/// Less than this is not worth a reference.
pub(super) const SHARED_OCTETS_MIN: usize = INLINE_OCTETS_MAX;
/// What stands before and after the shared octets goes into the database up to this much.
pub(super) const OWN_OCTETS_MAX: usize = 4 * INLINE_OCTETS_MAX;
/// How many octets are looked for.
const ANCHOR_OCTETS: usize = 64;

/// `octets` as a body that refers to `base` for what both hold; `None` when that is not enough.
/// Every octet is compared, so the composed body is exactly `octets`.
pub(crate) fn shared_with(octets: &[u8], source: BodyRef, base: &[u8]) -> Option<Body> {
    let start = after_header(base)?;
    let anchor = base.get(start..start.checked_add(ANCHOR_OCTETS)?)?;
    memmem::find_iter(octets, anchor).find_map(|at| {
        let (before, behind) = (octets.get(..at)?, octets.get(at..)?);
        let (base_before, base_behind) = (base.get(..start)?, base.get(start..)?);
        let back = equal(before.iter().rev(), base_before.iter().rev());
        let forth = equal(behind.iter(), base_behind.iter());
        let from = at.checked_sub(back)?;
        let to = at.checked_add(forth)?;
        let shared = octets.get(from..to)?;
        let own = octets.len().checked_sub(shared.len())?;
        if shared.len() < SHARED_OCTETS_MIN || own > OWN_OCTETS_MAX {
            return None;
        }
        let offset = u64::try_from(start.checked_sub(back)?).ok()?;
        let parts = vec![
            Part::Own(octets.get(..from)?.to_vec()),
            Part::Of { source, offset, octets: length(shared) },
            Part::Own(octets.get(to..)?.to_vec()),
        ];
        Some(Body::composed(reference_of(octets), parts))
    })
}

/// Where the body of a message begins: its header changes on the way, that does not.
fn after_header(message: &[u8]) -> Option<usize> {
    let blank = |line: &[u8]| memmem::find(message, line).and_then(|at| at.checked_add(line.len()));
    match (blank(b"\r\n\r\n"), blank(b"\n\n")) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// How many octets agree.
fn equal<'a>(a: impl Iterator<Item = &'a u8>, b: impl Iterator<Item = &'a u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}
