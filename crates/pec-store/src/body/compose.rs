//! Bodies that are made of new octets and of those that are stored.

use std::ops::Range;

use pec_gestore::{BodyRef, Digest};
use sha2::{Digest as _, Sha256};

use super::objects::PART_OCTETS;
use super::within::{OWN_OCTETS_MAX, SHARED_OCTETS_MIN};
use super::{Body, Part, length};
use crate::{Store, StoreError};

/// A part of a body that is composed of new octets and stored ones.
///
/// ```
/// use pec_store::{Fragment, Options, Store, reference_of};
///
/// let store = Store::open(Options::memory("n1"))?;
/// let message = vec![b'x'; 1 << 20];
/// let body = store.body(message.clone()).wait()?;
/// # let now = "2026-11-21T09:00:00Z".parse().unwrap();
/// let message_ref = store.add_directory(body, now).wait()?; // or a plan that names it
/// let envelope = store.compose(vec![
///     Fragment::Own(b"head".to_vec()),
///     Fragment::Of { body: message_ref, range: 0..1 << 20 },
///     Fragment::Own(b"tail".to_vec()),
/// ]);
/// let octets = [b"head", message.as_slice(), b"tail"].concat();
/// assert_eq!(envelope.wait()?.reference(), reference_of(&octets));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The two cases are all there are (closed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fragment {
    /// New octets.
    Own(Vec<u8>),
    /// A range of a stored body.
    Of {
        /// The body.
        body: BodyRef,
        /// Which of its octets.
        range: Range<u64>,
    },
}

/// Makes the body of the fragments. They are read once, for the digest, a part at a time.
pub(crate) async fn compose(store: &Store, fragments: Vec<Fragment>) -> Result<Body, StoreError> {
    let mut joined: Vec<Fragment> = Vec::new();
    for fragment in fragments {
        push(&mut joined, fragment);
    }
    let mut parts: Vec<Fragment> = Vec::new();
    for fragment in joined {
        // A short range is not worth a reference.
        let fragment = match fragment {
            Fragment::Of { body, range } if extent(&range) < length_of(SHARED_OCTETS_MIN) => {
                Fragment::Own(store.body_ranges(&body).await?.read(range).await?)
            }
            other => other,
        };
        push(&mut parts, fragment);
    }
    let own = parts.iter().fold(0_usize, |sum, part| match part {
        Fragment::Own(octets) => sum.saturating_add(octets.len()),
        Fragment::Of { .. } => sum,
    });
    let shares = parts.iter().any(|part| matches!(part, Fragment::Of { .. }));
    if !shares || own > OWN_OCTETS_MAX {
        return copy(store, parts).await;
    }
    refer(store, parts).await
}

/// Joins a fragment to the last one where they belong together.
fn push(fragments: &mut Vec<Fragment>, fragment: Fragment) {
    match (fragments.last_mut(), fragment) {
        (Some(Fragment::Own(last)), Fragment::Own(next)) => last.extend_from_slice(&next),
        (Some(Fragment::Of { body: last, range: before }), Fragment::Of { body, range })
            if *last == body && before.end == range.start =>
        {
            before.end = range.end;
        }
        (_, fragment) => fragments.push(fragment),
    }
}

/// All octets, written anew.
async fn copy(store: &Store, parts: Vec<Fragment>) -> Result<Body, StoreError> {
    let mut writer = store.body_writer();
    for part in parts {
        match part {
            Fragment::Own(octets) => writer.write(&octets).await?,
            Fragment::Of { body, range } => {
                let ranges = store.body_ranges(&body).await?;
                for range in pieces(range) {
                    writer.write(&ranges.read(range).await?).await?;
                }
            }
        }
    }
    writer.finish().await
}

/// New octets and references.
async fn refer(store: &Store, fragments: Vec<Fragment>) -> Result<Body, StoreError> {
    let (mut hash, mut octets) = (Sha256::new(), 0_u64);
    let mut parts = Vec::new();
    for fragment in fragments {
        parts.push(match fragment {
            Fragment::Own(own) => {
                hash.update(&own);
                octets = octets.saturating_add(length(&own));
                Part::Own(own)
            }
            Fragment::Of { body, range } => {
                let ranges = store.body_ranges(&body).await?;
                for piece in pieces(range.clone()) {
                    hash.update(ranges.read(piece).await?);
                }
                let length = extent(&range);
                octets = octets.saturating_add(length);
                Part::Of { source: body, offset: range.start, octets: length }
            }
        });
    }
    let sha256 = Digest(hash.finalize().into());
    Ok(Body::composed(BodyRef { sha256, octets }, parts))
}

/// A range in pieces that are read at once.
fn pieces(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let starts = range.clone().step_by(PART_OCTETS);
    starts.map(move |start| start..start.saturating_add(length_of(PART_OCTETS)).min(range.end))
}

const fn extent(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

fn length_of(octets: usize) -> u64 {
    u64::try_from(octets).unwrap_or(u64::MAX)
}
