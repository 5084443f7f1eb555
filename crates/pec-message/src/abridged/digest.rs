//! Digests of the whole message, computed from slices of its skeleton.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use pec_smime::crypto::{CryptoProvider, Digest, DigestAlgorithm, DigestProvider, Hasher};

use super::{Abridged, Octets, Unreadable};

/// What could not be read.
#[derive(Clone, Default)]
pub(super) struct Faults(Arc<Mutex<Option<Unreadable>>>);

impl Faults {
    /// # Errors
    /// The first fault there was.
    pub(super) fn none(&self) -> Result<(), Unreadable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    fn tell(&self, fault: Unreadable) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }
}

/// `crypto`, but with digests that fill the gaps.
pub(super) fn provider(
    abridged: &Arc<Abridged>,
    octets: &Arc<dyn Octets>,
    crypto: &CryptoProvider,
) -> (CryptoProvider, Faults) {
    let faults = Faults::default();
    let filling = Filling {
        abridged: Arc::clone(abridged),
        octets: Arc::clone(octets),
        faults: faults.clone(),
    };
    let digests = Arc::new(FillingDigests { filling, inner: Arc::clone(&crypto.digests) });
    (CryptoProvider { digests, ..crypto.clone() }, faults)
}

#[derive(Clone)]
struct Filling {
    abridged: Arc<Abridged>,
    octets: Arc<dyn Octets>,
    faults: Faults,
}

struct FillingDigests {
    filling: Filling,
    inner: Arc<dyn DigestProvider>,
}

impl DigestProvider for FillingDigests {
    fn start(&self, algorithm: DigestAlgorithm) -> Option<Box<dyn Hasher>> {
        let inner = self.inner.start(algorithm)?;
        Some(Box::new(FillingHasher { filling: self.filling.clone(), inner }))
    }
}

struct FillingHasher {
    filling: Filling,
    inner: Box<dyn Hasher>,
}

impl FillingHasher {
    fn skeleton(&mut self, range: Range<usize>) {
        let Filling { abridged, .. } = &self.filling;
        self.inner.update(abridged.skeleton.get(range).unwrap_or_default());
    }
}

impl Hasher for FillingHasher {
    fn update(&mut self, data: &[u8]) {
        let abridged = Arc::clone(&self.filling.abridged);
        let Some(within) = abridged.within(data) else { return self.inner.update(data) };
        let mut position = within.start;
        for gap in abridged.gaps_in(&within) {
            self.skeleton(position..gap.at);
            position = gap.at;
            let place = u64::try_from(gap.at).unwrap_or(u64::MAX).saturating_add(gap.before);
            let range = place..place.saturating_add(gap.octets);
            let inner = &mut self.inner;
            if let Err(fault) = self.filling.octets.read(range, &mut |octets| inner.update(octets))
            {
                self.filling.faults.tell(fault);
            }
        }
        self.skeleton(position..within.end);
    }

    fn finish(self: Box<Self>) -> Digest {
        self.inner.finish()
    }
}
