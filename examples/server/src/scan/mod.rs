//! What looks into messages: the antivirus and the policy for attachments.
//!
//! A scanner that does not answer never lets a message pass: it waits (the issue of a scan is one of
//! the inputs of a plan, and a failed one becomes a temporary refusal).

mod clamd;
mod contents;
mod eicar;
mod policy;

use futures::future::BoxFuture;
use pec_daticert::Text;
use pec_gestore::Scan;

pub use clamd::{Clamd, ClamdAddress};
pub use contents::{Item, items};
pub use eicar::Eicar;
pub use policy::AttachmentPolicy;

/// A scanner.
pub trait Scanner: Send + Sync {
    /// Looks at a message. The name of a virus, if there is one.
    fn scan<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Option<String>, ScanError>>;

    /// What it is, for the log.
    fn name(&self) -> &'static str;
}

/// The scanner did not answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the scanner did not answer: {0}")]
pub struct ScanError(pub String);

/// No scanner.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoScanner;

impl Scanner for NoScanner {
    fn scan<'a>(&'a self, _message: &'a [u8]) -> BoxFuture<'a, Result<Option<String>, ScanError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn name(&self) -> &'static str {
        "none"
    }
}

/// Scanner and policy together, as plans ask.
pub async fn judge(scanner: &dyn Scanner, policy: &AttachmentPolicy, message: &[u8]) -> Scan {
    match scanner.scan(message).await {
        Err(error) => {
            metrics::counter!("pec_scan_failures_total").increment(1);
            tracing::error!(%error, "a message waits");
            Scan::Failed
        }
        Ok(Some(virus)) => Scan::Infected(text(&virus)),
        Ok(None) => match policy.forbidden(message) {
            Some(name) => Scan::Forbidden(text(&name)),
            None => Scan::Clean,
        },
    }
}

/// Names go into certification data, where control characters cannot stand.
fn text(name: &str) -> Text {
    let printable: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    printable.parse().unwrap_or_default()
}
