//! A connection over TLS on which lines are read and written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use encodify::pem;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::account::Endpoint;

/// Longest line of an answer, in octets, its line break included.
pub const LINE_OCTETS: usize = 8 * 1024;

/// How long to wait for a connection, and for one answer or one piece of it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for the answer to a message that was sent (RFC 5321 §4.5.3.2.6).
pub const PATIENCE_AFTER_MESSAGE: Duration = Duration::from_secs(600);

/// Why a connection fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The network or TLS says why.
    #[error("{place}: {error}")]
    Io {
        /// The server.
        place: String,
        /// What is wrong.
        error: io::Error,
    },
    /// No answer in time.
    #[error("{0}: no answer in time")]
    Timeout(String),
    /// The server closed the connection.
    #[error("{0}: the server closed the connection")]
    Closed(String),
    /// A line longer than [`LINE_OCTETS`].
    #[error("{0}: an answer is too long")]
    TooLong(String),
    /// The name of the server is none.
    #[error("{0:?} is no name of a server")]
    Name(String),
    /// The certificates that certify servers cannot be read.
    #[error("{path}: {error}")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: String,
    },
    /// No file with the system's authorities is known.
    #[error("no certificates of authorities found: name a file with `ca` in the configuration")]
    NoAuthorities,
}

/// Whom to believe who a server is.
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Where systems keep the certificates of authorities.
const SYSTEM_FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

impl Tls {
    /// Believes the authorities of a PEM file; without one those of the system, or of
    /// `$SSL_CERT_FILE`.
    ///
    /// # Errors
    /// [`WireError::Authorities`], [`WireError::NoAuthorities`]
    pub fn new(ca: Option<&Path>) -> Result<Self, WireError> {
        let variable = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let system = || SYSTEM_FILES.iter().map(PathBuf::from).find(|path| path.is_file());
        let path = ca.map(Path::to_owned).or(variable).or_else(system);
        let path = path.ok_or(WireError::NoAuthorities)?;
        let failed = |error: String| WireError::Authorities { path: path.clone(), error };
        let text = fs::read(&path).map_err(|error| failed(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        for block in pem::STANDARD.blocks(&text) {
            let block = block.map_err(|_| failed("broken PEM".to_owned()))?;
            if block.label == "CERTIFICATE" {
                let certificate = CertificateDer::from(block.contents.to_vec());
                let added = roots.add(certificate);
                // A system's file may hold one that is not understood; the user's own must not.
                if let (Err(error), true) = (added, ca.is_some()) {
                    return Err(failed(error.to_string()));
                }
            }
        }
        if roots.is_empty() {
            return Err(failed("no certificate in it".to_owned()));
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Connects to a server; `port` is the protocol's.
    ///
    /// # Errors
    /// [`WireError`]
    pub async fn connect(&self, server: &Endpoint, port: u16) -> Result<Wire, WireError> {
        let port = server.port.unwrap_or(port);
        let place = format!("{}:{port}", server.host);
        let name = ServerName::try_from(server.host.clone())
            .map_err(|_| WireError::Name(server.host.clone()))?;
        let address = server.connect.clone().unwrap_or_else(|| place.clone());
        let connected = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            self.0.connect(name, stream).await
        };
        let stream = match timeout(PATIENCE, connected).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(WireError::Io { place, error }),
            Err(_) => return Err(WireError::Timeout(place)),
        };
        Ok(Wire { place, stream: BufReader::new(stream), patience: PATIENCE })
    }
}

/// A connection.
#[derive(Debug)]
pub struct Wire {
    place: String,
    stream: BufReader<TlsStream<TcpStream>>,
    pub(crate) patience: Duration,
}

impl Wire {
    /// One line without its line break.
    ///
    /// # Errors
    /// [`WireError`]
    pub async fn line(&mut self) -> Result<Vec<u8>, WireError> {
        let mut line = Vec::new();
        if !self.piece(&mut line, LINE_OCTETS).await? {
            return Err(WireError::TooLong(self.place.clone()));
        }
        while line.last().is_some_and(|octet| matches!(octet, b'\r' | b'\n')) {
            line.pop();
        }
        Ok(line)
    }

    /// Appends a line with its line break, but at most `limit` octets of it; says whether that was
    /// the end of the line.
    pub(crate) async fn piece(
        &mut self,
        piece: &mut Vec<u8>,
        limit: usize,
    ) -> Result<bool, WireError> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut limited = (&mut self.stream).take(limit);
        let read = timeout(self.patience, limited.read_until(b'\n', piece)).await;
        match read {
            Err(_) => Err(WireError::Timeout(self.place.clone())),
            Ok(Err(error)) => Err(self.failed(error)),
            Ok(Ok(0)) => Err(WireError::Closed(self.place.clone())),
            Ok(Ok(_)) => Ok(piece.last() == Some(&b'\n')),
        }
    }

    /// Writes octets.
    ///
    /// # Errors
    /// [`WireError`]
    pub async fn send(&mut self, octets: &[u8]) -> Result<(), WireError> {
        let written = async {
            let stream = self.stream.get_mut();
            stream.write_all(octets).await?;
            stream.flush().await
        };
        // A large message takes longer than an answer; the other side's silence is what counts.
        match timeout(PATIENCE_AFTER_MESSAGE, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_) => Err(WireError::Timeout(self.place.clone())),
        }
    }

    /// The stream itself, for a protocol that another crate speaks.
    #[must_use]
    pub fn into_stream(self) -> BufReader<TlsStream<TcpStream>> {
        self.stream
    }

    /// The server.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    fn failed(&self, error: io::Error) -> WireError {
        WireError::Io { place: self.place.clone(), error }
    }
}
