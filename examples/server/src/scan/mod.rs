//! What may not pass: viruses, and attachments that the provider forbids (norms 21, 34, 68).
//!
//! A scanner that does not answer defers the mail; it never lets it pass.

mod clamd;
mod eicar;
mod policy;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use pec_daticert::Text;
use pec_gestore::Scan;
use pec_message::abridged::Unreadable;
use tokio::sync::Semaphore;

use crate::content::Content;

pub use clamd::{Clamd, ClamdAddress};
pub use eicar::Eicar;
pub use policy::{AttachmentPolicy, ExtensionError};

/// A program that knows viruses.
pub trait Scanner: Send + Sync {
    /// What it is, for the log.
    fn name(&self) -> String;

    /// Looks for a virus in a whole message; its name, if there is one.
    fn scan<'a>(
        &'a self,
        message: &'a Content,
    ) -> BoxFuture<'a, Result<Option<String>, ScanFailure>>;
}

/// Why a scanner gave no answer: the mail waits.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanFailure {
    /// It cannot be reached, or the connection broke.
    #[error("the scanner cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    /// The message cannot be read.
    #[error("the message cannot be read: {0}")]
    Unreadable(String),
    /// It did not answer in time.
    #[error("the scanner did not answer within {0} seconds")]
    Late(u64),
    /// It answered something else than a verdict.
    #[error("the scanner answered {0:?}")]
    Odd(String),
}

/// All that is looked for in a message.
#[derive(Clone)]
pub struct Screening {
    scanner: Option<Arc<dyn Scanner>>,
    policy: Arc<AttachmentPolicy>,
}

impl Screening {
    /// With a scanner, or with none, which is for tries alone, and a policy for attachments.
    #[must_use]
    pub fn new(scanner: Option<Arc<dyn Scanner>>, policy: AttachmentPolicy) -> Self {
        Self { scanner, policy: Arc::new(policy) }
    }

    /// What is looked for, for the log at the start.
    #[must_use]
    pub fn describe(&self) -> String {
        let scanner = self.scanner.as_ref().map_or("none".to_owned(), |scanner| scanner.name());
        format!("antivirus: {scanner}; attachments: {}", self.policy)
    }

    /// Screens a message. `is_submission`: the policy for attachments is for our own users; what
    /// others certified is delivered.
    pub async fn screen(&self, message: &Content, is_submission: bool) -> Scan {
        let screened = match self.virus(message).await {
            Ok(None) if is_submission => self.attachments(message).await,
            Ok(None) => Ok(Scan::Clean),
            Ok(Some(virus)) => Ok(Scan::Infected(line(&virus))),
            Err(failure) => Err(failure),
        };
        screened.unwrap_or_else(|failure| {
            tracing::error!(%failure, "the scanner failed: mail is deferred");
            metrics::counter!("gestore_scanner_failures_total").increment(1);
            Scan::Failed
        })
    }

    async fn virus(&self, message: &Content) -> Result<Option<String>, ScanFailure> {
        match &self.scanner {
            Some(scanner) => scanner.scan(message).await,
            None => Ok(None),
        }
    }

    async fn attachments(&self, message: &Content) -> Result<Scan, ScanFailure> {
        if self.policy.is_off() {
            return Ok(Scan::Clean);
        }
        let policy = Arc::clone(&self.policy);
        let forbidden = look(message, move |message| policy.forbidden(message)).await?;
        Ok(forbidden.map_or(Scan::Clean, |name| Scan::Forbidden(line(&name))))
    }
}

/// Large messages that are looked at here at once.
static LARGE_ONES: Semaphore = Semaphore::const_new(2);

/// Looks at a message, on a thread of its own where that may block.
async fn look<T: Send + 'static>(
    message: &Content,
    job: impl FnOnce(&Content) -> Result<T, Unreadable> + Send + 'static,
) -> Result<T, ScanFailure> {
    let looked = if message.may_block() {
        // It takes parts whole, and its thread waits for others of the same pool.
        let place = LARGE_ONES.acquire().await;
        let _place = place.map_err(|error| ScanFailure::Unreadable(error.to_string()))?;
        let message = message.clone();
        let looking = tokio::task::spawn_blocking(move || job(&message)).await;
        looking.map_err(|error| ScanFailure::Unreadable(error.to_string()))?
    } else {
        job(message)
    };
    looked.map_err(|error| ScanFailure::Unreadable(error.to_string()))
}

impl fmt::Debug for Screening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Screening").field(&self.describe()).finish()
    }
}

/// Names come from outside: what cannot stand in one line of text is replaced.
fn line(name: &str) -> Text {
    let legal = |c: char| if Text::new(c).is_ok() { c } else { char::REPLACEMENT_CHARACTER };
    Text::new(name.chars().take(200).map(legal).collect::<String>()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EICAR: &str =
        concat!("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");

    fn content(message: &str) -> Content {
        message.as_bytes().to_vec().into()
    }

    struct Broken;

    impl Scanner for Broken {
        fn name(&self) -> String {
            "broken".into()
        }

        fn scan<'a>(
            &'a self,
            _: &'a Content,
        ) -> BoxFuture<'a, Result<Option<String>, ScanFailure>> {
            Box::pin(async { Err(ScanFailure::Late(30)) })
        }
    }

    #[tokio::test]
    async fn a_scanner_that_fails_lets_nothing_pass() {
        let screening = Screening::new(Some(Arc::new(Broken)), AttachmentPolicy::off());
        assert_eq!(screening.screen(&content("Subject: x\r\n\r\n"), true).await, Scan::Failed);
        assert!(screening.describe().contains("broken"));
    }

    #[tokio::test]
    async fn viruses_come_before_attachments_and_policy_is_for_submissions() {
        let policy = AttachmentPolicy::new(["exe"], true).unwrap();
        let screening = Screening::new(Some(Arc::new(Eicar)), policy);
        let message = |body: &str| {
            format!("Content-Type: application/octet-stream; name=a.exe\r\n\r\n{body}\r\n")
        };
        let infected = message(EICAR);
        let found = screening.screen(&content(&infected), true).await;
        assert!(matches!(found, Scan::Infected(_)), "{found:?}");
        let plain = message("nothing");
        assert_eq!(
            screening.screen(&content(&plain), true).await,
            Scan::Forbidden("a.exe".parse().unwrap())
        );
        assert_eq!(screening.screen(&content(&plain), false).await, Scan::Clean);
    }

    #[test]
    fn names_become_one_line() {
        assert_eq!(line("a\r\nb").as_str(), "a\u{fffd}\u{fffd}b");
    }

    /// A message whose attachment is not in memory.
    async fn large(name: &str, octets: &[u8]) -> Content {
        let store = pec_store::Store::open(pec_store::Options::memory("n1")).unwrap();
        let mut receiver = crate::content::Contents::new(store).receiver(Vec::new());
        let header = format!(
            "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        );
        receiver.push(header.as_bytes()).await.unwrap();
        let encoded = encodify::base64::MIME.encode(octets);
        receiver.push(encoded.as_bytes()).await.unwrap();
        let content = receiver.finish().await.unwrap().content().clone();
        assert!(content.view().len() < 64 * 1024);
        content
    }

    #[tokio::test]
    async fn what_is_not_in_memory_is_screened_too() {
        let policy = AttachmentPolicy::new(["exe"], true).unwrap();
        let screening = Screening::new(Some(Arc::new(Eicar)), policy);
        let filler = vec![b'x'; 1_000_001];
        let clean = large("a.bin", &[&filler[..], b"nothing", &filler].concat()).await;
        assert_eq!(screening.screen(&clean, true).await, Scan::Clean);
        let infected = large("a.bin", &[&filler[..], EICAR.as_bytes(), &filler].concat()).await;
        let found = screening.screen(&infected, true).await;
        assert!(matches!(found, Scan::Infected(_)), "{found:?}");
        let named = large("a.exe", &[filler.as_slice(), &filler].concat()).await;
        let found = screening.screen(&named, true).await;
        assert!(matches!(found, Scan::Forbidden(_)), "{found:?}");
        // An archive is opened, wherever it is.
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for (name, octets) in
            [("filler", filler.as_slice()), ("x.exe", b"x"), ("y", EICAR.as_bytes())]
        {
            archive.start_file(name, stored).unwrap();
            std::io::Write::write_all(&mut archive, octets).unwrap();
        }
        let archive = large("a.zip", &archive.finish().unwrap().into_inner()).await;
        let found = screening.screen(&archive, true).await;
        assert!(matches!(found, Scan::Infected(_)), "{found:?}");
        let policy = AttachmentPolicy::new(["exe"], true).unwrap();
        let found = Screening::new(None, policy).screen(&archive, true).await;
        assert_eq!(found, Scan::Forbidden("a.zip: x.exe".parse().unwrap()));
    }
}
