//! `ClamAV`'s daemon, over a Unix socket or TCP.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clamav_client::tokio::{self as client, TransportProtocol as _};
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{ScanFailure, Scanner};
use crate::content::Content;

/// How long `clamd` may take for one message.
const PATIENCE: Duration = Duration::from_secs(60);
/// Octets of an answer that are read.
const ANSWER_OCTETS_MAX: u64 = 64 * 1024;

/// Where `clamd` listens. Closed: it listens nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClamdAddress {
    /// A Unix socket.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

/// `ClamAV`'s daemon.
#[derive(Clone, Debug)]
pub struct Clamd {
    address: ClamdAddress,
}

impl Clamd {
    /// The daemon at `address`.
    #[must_use]
    pub const fn new(address: ClamdAddress) -> Self {
        Self { address }
    }

    async fn ask(&self, message: &Content) -> Result<Vec<u8>, ScanFailure> {
        match &self.address {
            ClamdAddress::Unix(socket_path) => {
                stream(message, client::Socket { socket_path }.connect().await?).await
            }
            ClamdAddress::Tcp(host_address) => {
                stream(message, client::Tcp { host_address }.connect().await?).await
            }
        }
    }
}

/// Sends a message with the command INSTREAM, piece by piece, and reads the answer. The client's
/// own function wants the whole message in memory.
async fn stream(
    message: &Content,
    mut clamd: impl AsyncRead + AsyncWrite + Unpin,
) -> Result<Vec<u8>, ScanFailure> {
    clamd.write_all(b"zINSTREAM\0").await?;
    let mut sent = 0_u64;
    loop {
        let piece = message.piece(sent).await;
        let piece = piece.map_err(|error| ScanFailure::Unreadable(error.to_string()))?;
        // A piece of no octets ends the stream.
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        clamd.write_all(&length.to_be_bytes()).await?;
        if length == 0 {
            break;
        }
        clamd.write_all(&piece).await?;
        sent = sent.saturating_add(u64::from(length));
    }
    clamd.flush().await?;
    let mut answer = Vec::new();
    clamd.take(ANSWER_OCTETS_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

impl Scanner for Clamd {
    fn name(&self) -> String {
        format!("clamd at {}", self.address)
    }

    fn scan<'a>(
        &'a self,
        message: &'a Content,
    ) -> BoxFuture<'a, Result<Option<String>, ScanFailure>> {
        Box::pin(async move {
            let answer = tokio::time::timeout(PATIENCE, self.ask(message)).await;
            let answer = answer.map_err(|_| ScanFailure::Late(PATIENCE.as_secs()))??;
            verdict(&answer)
        })
    }
}

/// Reads `stream: OK` and `stream: NAME FOUND`; anything else, as an error or a size limit of
/// `clamd`, is no verdict.
fn verdict(answer: &[u8]) -> Result<Option<String>, ScanFailure> {
    let text = String::from_utf8_lossy(answer);
    let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let said = text.strip_prefix("stream: ").unwrap_or(text);
    match said.strip_suffix(" FOUND") {
        Some(name) => Ok(Some(name.to_owned())),
        None if said == "OK" => Ok(None),
        None => Err(ScanFailure::Odd(text.chars().take(200).collect())),
    }
}

impl fmt::Display for ClamdAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "{}", path.display()),
            Self::Tcp(address) => f.write_str(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_verdict_is_a_verdict() {
        assert_eq!(verdict(b"stream: OK\0").unwrap(), None);
        assert_eq!(
            verdict(b"stream: Eicar-Signature FOUND\0").unwrap().unwrap(),
            "Eicar-Signature"
        );
        for odd in [&b""[..], b"INSTREAM size limit exceeded. ERROR\0", b"stream: ", b"PONG\0"] {
            assert!(matches!(verdict(odd), Err(ScanFailure::Odd(_))), "{odd:?}");
        }
    }

    #[tokio::test]
    async fn a_daemon_that_is_not_there_is_a_failure() {
        let address = ClamdAddress::Unix("/nonexistent/clamd.sock".into());
        let found = Clamd::new(address).scan(&b"x".to_vec().into()).await;
        assert!(matches!(found, Err(ScanFailure::Unreachable(_))));
    }

    /// A daemon that reads a stream, keeps its octets and finds nothing.
    async fn daemon(listener: tokio::net::TcpListener) -> Vec<u8> {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut command = [0; 10];
        stream.read_exact(&mut command).await.unwrap();
        assert_eq!(&command, b"zINSTREAM\0");
        let mut octets = Vec::new();
        loop {
            let length = stream.read_u32().await.unwrap();
            if length == 0 {
                break;
            }
            let mut piece = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut piece).await.unwrap();
            octets.extend(piece);
        }
        stream.write_all(b"stream: OK\0").await.unwrap();
        octets
    }

    #[tokio::test]
    async fn all_octets_are_sent_wherever_they_are() {
        let large = b"one of many lines\r\n".repeat(100_000);
        let message = [b"Subject: x\r\n\r\n", large.as_slice()].concat();
        let store = pec_store::Store::open(pec_store::Options::memory("n1")).unwrap();
        let mut receiver = crate::content::Contents::new(store).receiver(Vec::new());
        receiver.push(&message).await.unwrap();
        let abridged = receiver.finish().await.unwrap().content().clone();
        assert!(abridged.abridged().is_some());
        for content in [abridged, message.clone().into(), Vec::new().into()] {
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = ClamdAddress::Tcp(listener.local_addr().unwrap().to_string());
            let daemon = tokio::spawn(daemon(listener));
            assert_eq!(Clamd::new(address).scan(&content).await.unwrap(), None);
            let expected = if content.octets() == 0 { &[][..] } else { &message };
            assert!(daemon.await.unwrap() == expected);
        }
    }
}
