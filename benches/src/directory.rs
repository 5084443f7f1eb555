//! A directory of the size of the network.

use pec_directory::{Contents, fuzzing};

/// Domains of the network, in round numbers (norms §3).
pub const DOMAINS: usize = 300_000;
/// Providers of the network.
pub const PROVIDERS: usize = 20;

/// The network: 20 providers that manage 300,000 domains, the first of them more than half.
#[must_use]
pub fn network() -> Contents {
    let names: Vec<String> = (0..PROVIDERS).map(|n| format!("Gestore {n} S.p.A.")).collect();
    let owner = |domain: usize| if domain.is_multiple_of(2) { 0 } else { domain % PROVIDERS };
    let mut domains: Vec<Vec<String>> = vec![Vec::new(); PROVIDERS];
    for n in 0..DOMAINS {
        domains[owner(n)].push(format!("pec.societa-di-esempio-{n}.example"));
    }
    for (n, domains) in domains.iter_mut().enumerate() {
        domains.push(format!("pec.gestore-{n}.example"));
    }
    let providers = names.iter().zip(&domains);
    let providers: Vec<(&str, &[u8], &[String])> = providers
        .map(|(name, domains)| (name.as_str(), name.as_bytes(), domains.as_slice()))
        .collect();
    fuzzing::contents(&providers)
}
