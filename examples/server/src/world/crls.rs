//! Revocation lists, fetched before they are out of date (norms 29).

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pec_smime::x509::Crl;
use sha2::{Digest as _, Sha256};

use crate::config::TrustSection;

/// Largest list, in octets.
const LIST_OCTETS: u64 = 64 * 1024 * 1024;

/// Fetches the lists whose next update is near or past. Returns how many are new; failures are
/// logged and counted, and the old list stays.
pub fn fetch_crls(folder: &Path, section: &TrustSection, now: DateTime<Utc>) -> usize {
    let lists = folder.join(&section.crls);
    let before = TimeDelta::hours(i64::from(section.crl_refresh_hours));
    let soon = now.checked_add_signed(before).unwrap_or(now);
    let mut fetched = 0_usize;
    for url in &section.crl_urls {
        let name: String =
            Sha256::digest(url).iter().take(8).map(|octet| format!("{octet:02x}")).collect();
        let file = lists.join(format!("{name}.crl"));
        let known = std::fs::read(&file).ok().and_then(|der| Crl::from_der(&der).ok());
        if known.as_ref().and_then(Crl::next_update).is_some_and(|next| next > soon) {
            continue;
        }
        match fetch(url).and_then(|der| keep(&file, &der, known.as_ref())) {
            Ok(true) => fetched = fetched.saturating_add(1),
            Ok(false) => {}
            Err(reason) => {
                metrics::counter!("pec_crl_fetch_failures_total").increment(1);
                tracing::error!(%url, reason, "ALARM: a revocation list could not be fetched");
            }
        }
    }
    fetched
}

/// The earliest next update of the lists of a folder: when mail begins to wait.
#[must_use]
pub fn next_update(folder: &Path, section: &TrustSection) -> Option<DateTime<Utc>> {
    let entries = std::fs::read_dir(folder.join(&section.crls)).ok()?;
    let lists = entries.filter_map(|entry| std::fs::read(entry.ok()?.path()).ok());
    let read = lists.filter_map(|der| Crl::from_der(&der).ok());
    read.filter_map(|list| list.next_update()).min()
}

fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).build().into();
    let mut response = agent.get(url).call().map_err(|error| error.to_string())?;
    let mut der = Vec::new();
    let reader = response.body_mut().as_reader();
    reader.take(LIST_OCTETS).read_to_end(&mut der).map_err(|error| error.to_string())?;
    Ok(der)
}

/// Keeps a list if it is one and not older than the known one. Its signature is checked whenever it
/// is used.
fn keep(file: &Path, der: &[u8], known: Option<&Crl>) -> Result<bool, String> {
    let list = Crl::from_der(der).map_err(|error| error.to_string())?;
    if known.is_some_and(|known| known.this_update() >= list.this_update()) {
        return Ok(false);
    }
    let new = file.with_extension("new");
    std::fs::write(&new, der).map_err(|error| error.to_string())?;
    std::fs::rename(&new, file).map_err(|error| error.to_string())?;
    Ok(true)
}
