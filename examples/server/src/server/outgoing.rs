//! How mail leaves: routes and trust of the configuration.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsConnector;

use super::StartError;
use crate::clock::Clock;
use crate::config::Config;
use crate::relay::{Connections, Hop, MxResolver, Own, Postman, Resolver, StaticRoutes, Timeouts};
use crate::tls::{self, Shown, Trust};

/// What sends our mail. `incoming` is where our own incoming point listens, with the certificate
/// that is shown.
pub(super) fn postman(
    folder: &Path,
    config: &Config,
    incoming: Option<SocketAddr>,
    shown: Shown,
    clock: &Arc<dyn Clock>,
) -> Result<Postman, StartError> {
    let fault = |what: &dyn std::fmt::Display, reason: &dyn std::fmt::Display| StartError::Tls {
        what: what.to_string(),
        reason: reason.to_string(),
    };
    let connector = |what: &str, trust: Trust| -> Result<TlsConnector, StartError> {
        tls::connector(&trust, Arc::clone(clock)).map_err(|error| fault(&what, &error))
    };
    Ok(Postman {
        host: config.host().to_owned(),
        resolver: resolver(config)?,
        providers: connector("relay.authorities", trust(folder, config)?)?,
        world: connector("relay", Trust::Anybody)?,
        timeouts: Timeouts::default(),
        own: Own {
            domains: config.provider.domains.iter().map(|domain| domain.to_lowercase()).collect(),
            hop: Hop { host: config.host().to_owned(), connect: own_address(config, incoming) },
            connector: connector("tls.certificate", Trust::Own(shown))?,
        },
        connections: Connections::default(),
    })
}

/// How our own incoming point is reached from this host.
fn own_address(config: &Config, incoming: Option<SocketAddr>) -> String {
    match incoming {
        Some(address) if address.ip().is_unspecified() => {
            format!("localhost:{}", address.port())
        }
        Some(address) => address.to_string(),
        None => format!("{}:25", config.host()),
    }
}

/// Whom the relay believes that it is a provider's server.
fn trust(folder: &Path, config: &Config) -> Result<Trust, StartError> {
    let relay = &config.relay;
    if !relay.pinned.is_empty() {
        let hashes: Option<Vec<[u8; 32]>> = relay.pinned.iter().map(|hex| hash(hex)).collect();
        return hashes.map(Trust::Pinned).ok_or_else(|| StartError::Config {
            key: "relay.pinned",
            reason: "a certificate is named by 64 hexadecimal digits".to_owned(),
        });
    }
    let Some(file) = &relay.authorities else {
        let reason = "name the authorities of other providers' TLS certificates, or pin them";
        return Err(StartError::Config { key: "relay.authorities", reason: reason.to_owned() });
    };
    let file = folder.join(file);
    let fault = |reason: &dyn std::fmt::Display| StartError::Tls {
        what: file.display().to_string(),
        reason: reason.to_string(),
    };
    let pem = std::fs::read(&file).map_err(|error| fault(&error))?;
    Ok(Trust::Authorities(tls::certificates(&pem).map_err(|error| fault(&error))?))
}

fn hash(hex: &str) -> Option<[u8; 32]> {
    pec_gestore::Digest::try_from(hex.replace(':', "")).ok().map(|digest| digest.0)
}

fn resolver(config: &Config) -> Result<Arc<dyn Resolver>, StartError> {
    let mut table = BTreeMap::new();
    for (domain, route) in &config.relay.routes {
        let connect = route.connect.clone().unwrap_or_else(|| format!("{}:25", route.host));
        let hop = Hop { host: route.host.clone(), connect };
        table.insert(domain.to_lowercase(), vec![hop]);
    }
    let otherwise: Option<Arc<dyn Resolver>> = match config.relay.mx {
        false => None,
        true => {
            let mx = MxResolver::of_system();
            Some(Arc::new(mx.map_err(|reason| StartError::Config { key: "relay.mx", reason })?))
        }
    };
    Ok(Arc::new(StaticRoutes::new(table, otherwise)))
}
