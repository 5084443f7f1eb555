//! Where a domain's mail goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

/// A host that takes mail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// Its name: the certificate must bear it.
    pub host: String,
    /// Where to connect, as `host:port` or `address:port`.
    pub connect: String,
}

/// Why no host is known. The list is closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// There is no such domain, or it takes no mail (RFC 7505).
    #[error("the domain {0} takes no mail")]
    NoMail(String),
    /// It cannot be told now.
    #[error("no route to {domain} is known now: {reason}")]
    Unknown {
        /// The domain.
        domain: String,
        /// Why.
        reason: String,
    },
}

/// Says where a domain's mail goes.
pub trait Resolver: Send + Sync {
    /// The hosts of a domain, best first.
    fn hops<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Hop>, RouteError>>;
}

/// Routes of the configuration, and another resolver for all else.
pub struct StaticRoutes {
    table: BTreeMap<String, Vec<Hop>>,
    otherwise: Option<Arc<dyn Resolver>>,
}

impl StaticRoutes {
    /// Routes by domain, in lower case; `*` is every other domain. Without `otherwise`, domains
    /// without a route wait: a missing line of the configuration must lose nothing.
    #[must_use]
    pub fn new(table: BTreeMap<String, Vec<Hop>>, otherwise: Option<Arc<dyn Resolver>>) -> Self {
        Self { table, otherwise }
    }
}

impl Resolver for StaticRoutes {
    fn hops<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Hop>, RouteError>> {
        let found = self.table.get(&domain.to_ascii_lowercase()).or_else(|| self.table.get("*"));
        match (found, &self.otherwise) {
            (Some(hops), _) => Box::pin(std::future::ready(Ok(hops.clone()))),
            (None, Some(resolver)) => resolver.hops(domain),
            (None, None) => {
                let reason = "the configuration has no route, and MX is not asked".to_owned();
                let error = RouteError::Unknown { domain: domain.to_owned(), reason };
                Box::pin(std::future::ready(Err(error)))
            }
        }
    }
}

/// MX records of the DNS (RFC 5321 §5).
pub struct MxResolver {
    resolver: TokioResolver,
}

impl MxResolver {
    /// With the resolvers of the system.
    ///
    /// # Errors
    ///
    /// When the system's configuration cannot be read.
    pub fn of_system() -> Result<Self, String> {
        let builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
        let resolver = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { resolver })
    }

    async fn ask(&self, domain: &str) -> Result<Vec<Hop>, RouteError> {
        let absolute = format!("{}.", domain.trim_end_matches('.'));
        let hop = |host: &str| Hop { host: host.to_owned(), connect: format!("{host}:25") };
        let found = match self.resolver.mx_lookup(absolute).await {
            Ok(found) => found,
            // RFC 5321 §5.1: without MX the domain itself is the host.
            Err(error) if error.is_no_records_found() && !error.is_nx_domain() => {
                return Ok(vec![hop(domain)]);
            }
            Err(error) if error.is_nx_domain() => {
                return Err(RouteError::NoMail(domain.to_owned()));
            }
            Err(error) => {
                let reason = error.to_string();
                return Err(RouteError::Unknown { domain: domain.to_owned(), reason });
            }
        };
        let mut hosts: Vec<(u16, String)> = Vec::new();
        for record in found.answers() {
            if let RData::MX(mx) = &record.data {
                let host = mx.exchange.to_utf8().trim_end_matches('.').to_ascii_lowercase();
                hosts.push((mx.preference, host));
            }
        }
        hosts.sort();
        // RFC 7505: a single MX of the root says that the domain takes no mail.
        if hosts.iter().all(|(_, host)| host.is_empty()) {
            return Err(RouteError::NoMail(domain.to_owned()));
        }
        Ok(hosts.iter().filter(|(_, host)| !host.is_empty()).map(|(_, host)| hop(host)).collect())
    }
}

impl Resolver for MxResolver {
    fn hops<'a>(&'a self, domain: &'a str) -> BoxFuture<'a, Result<Vec<Hop>, RouteError>> {
        Box::pin(self.ask(domain))
    }
}

impl std::fmt::Debug for MxResolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MxResolver")
    }
}

impl std::fmt::Debug for StaticRoutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticRoutes").field("table", &self.table).finish_non_exhaustive()
    }
}
