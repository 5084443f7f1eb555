//! HTTPS with our own TLS: our clock, our cryptography, our certificate. The HTTP is ureq's.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, TcpConnector, Transport,
    TransportAdapter,
};
use ureq::{Agent, Error};

/// How long a transfer may take in all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Gets a document of at most so many octets. Only from the host that is named: redirections are
/// not followed.
pub(super) fn get(url: &str, tls: Arc<ClientConfig>, limit: u64) -> Result<Vec<u8>, String> {
    let config = Agent::config_builder()
        .https_only(true)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(PATIENCE))
        .build();
    let connector = TcpConnector::default().chain(OwnTls(tls));
    let agent = Agent::with_parts(config, connector, DefaultResolver::default());
    let mut response = agent.get(url).call().map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(format!("the server says {status}"));
    }
    let mut octets = Vec::new();
    let reader = response.body_mut().as_reader().take(limit.saturating_add(1));
    { reader }.read_to_end(&mut octets).map_err(|error| error.to_string())?;
    match u64::try_from(octets.len()) {
        Ok(length) if length <= limit => Ok(octets),
        _ => Err(format!("it has more than {limit} octets")),
    }
}

/// Begins TLS on a connection.
struct OwnTls(Arc<ClientConfig>);

/// A connection under TLS.
struct Secured<T: Transport> {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter<T>>,
}

impl<T: Transport> Connector<T> for OwnTls {
    type Out = Secured<T>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<T>,
    ) -> Result<Option<Secured<T>>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        let host = details.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|error| Error::Other(Box::new(error)))?;
        let connection = ClientConnection::new(Arc::clone(&self.0), name);
        let mut connection = connection.map_err(|error| Error::Other(Box::new(error)))?;
        let mut socket = TransportAdapter::new(transport, Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket)?;
        let (input, output) =
            (details.config.input_buffer_size(), details.config.output_buffer_size());
        let buffers = LazyBuffers::new(input, output);
        Ok(Some(Secured { buffers, stream: StreamOwned::new(connection, socket) }))
    }
}

impl<T: Transport> Transport for Secured<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        Ok(self.stream.write_all(output)?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let count = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for OwnTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnTls")
    }
}

impl<T: Transport> fmt::Debug for Secured<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}
