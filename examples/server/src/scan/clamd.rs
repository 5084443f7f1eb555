//! `ClamAV`'s daemon.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clamav_client::tokio::{Socket, Tcp, scan_buffer};
use futures::future::BoxFuture;
use tokio::time::timeout;

use super::{ScanError, Scanner};

/// Where clamd listens. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    /// A socket of this host.
    Unix(PathBuf),
    /// `host:port`.
    Tcp(String),
}

/// Asks clamd by INSTREAM.
#[derive(Clone, Debug)]
pub struct Clamd {
    address: ClamdAddress,
    patience: Duration,
}

impl Clamd {
    /// clamd at an address.
    #[must_use]
    pub const fn new(address: ClamdAddress, patience: Duration) -> Self {
        Self { address, patience }
    }

    async fn ask(&self, message: &[u8]) -> Result<Option<String>, ScanError> {
        let asking = async {
            match &self.address {
                ClamdAddress::Unix(socket_path) => {
                    scan_buffer(message, Socket { socket_path }, None).await
                }
                ClamdAddress::Tcp(host_address) => {
                    scan_buffer(message, Tcp { host_address }, None).await
                }
            }
        };
        let answer = match timeout(self.patience, asking).await {
            Ok(answer) => answer.map_err(|error| ScanError(error.to_string()))?,
            Err(_) => return Err(ScanError("not in time".to_owned())),
        };
        verdict(&String::from_utf8_lossy(&answer))
    }
}

/// `stream: OK`, `stream: NAME FOUND`, or anything else, which is no verdict.
fn verdict(answer: &str) -> Result<Option<String>, ScanError> {
    let answer = answer.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let words = answer.strip_prefix("stream: ").unwrap_or(answer);
    match words.strip_suffix(" FOUND") {
        Some(name) => Ok(Some(name.to_owned())),
        None if words == "OK" => Ok(None),
        None => Err(ScanError(answer.to_owned())),
    }
}

impl Scanner for Clamd {
    fn scan<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Option<String>, ScanError>> {
        Box::pin(self.ask(message))
    }

    fn name(&self) -> &'static str {
        "clamd"
    }
}

impl FromStr for ClamdAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(("tcp", address)) if address.contains(':') => Ok(Self::Tcp(address.to_owned())),
            _ => Err("write unix:/path/of/the/socket or tcp:host:port"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_is_a_verdict() {
        assert_eq!(verdict("stream: OK\0").unwrap(), None);
        let found = verdict("stream: Eicar-Test FOUND\0").unwrap();
        assert_eq!(found.as_deref(), Some("Eicar-Test"));
        for answer in ["", "stream: ", "INSTREAM size limit exceeded. ERROR", "stream: OKAY"] {
            assert!(verdict(answer).is_err(), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_scanner_that_is_not_there_fails() {
        let nowhere = ClamdAddress::Unix("/nonexistent/clamd.ctl".into());
        let clamd = Clamd::new(nowhere, Duration::from_secs(1));
        assert!(clamd.scan(b"x").await.is_err());
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!("tcp:[::1]:3310".parse(), Ok(ClamdAddress::Tcp("[::1]:3310".to_owned())));
        assert_eq!("unix:/run/x".parse(), Ok(ClamdAddress::Unix("/run/x".into())));
        for bad in ["", "tcp:", "unix:run", "/run/x"] {
            assert!(bad.parse::<ClamdAddress>().is_err(), "{bad}");
        }
    }
}
