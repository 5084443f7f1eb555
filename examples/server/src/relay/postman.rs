//! Sends mail for the shell: finds the hosts, keeps connections, gives one answer for each
//! recipient.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use pec_daticert::Address;
use pec_gestore::Route;
use tokio_rustls::TlsConnector;

use super::{
    Connections, Envelope, Failure, Hop, Link, Resolver, RouteError, Rules, Timeouts, TlsNeed,
    Verdict,
};
use crate::content::Outgoing;
use crate::shell::{RelayAnswer, RelayRequest, Relays};

/// How to reach other servers.
pub struct Postman {
    /// Our name, for EHLO.
    pub host: String,
    /// Where mail goes.
    pub resolver: Arc<dyn Resolver>,
    /// TLS with providers: authenticated.
    pub providers: TlsConnector,
    /// TLS with the ordinary world.
    pub world: TlsConnector,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Our own incoming point: mail inside a domain goes the same way (RFC 6109 §3.4).
    pub own: Own,
    /// Connections to other servers.
    pub connections: Connections,
}

/// Our own incoming point.
pub struct Own {
    /// The domains that we manage, in lower case.
    pub domains: Vec<String>,
    /// Where it is.
    pub hop: Hop,
    /// TLS that believes our own certificate alone.
    pub connector: TlsConnector,
}

/// The longest wait for a connection to a host that has as many as it may have.
const PLACE: Duration = Duration::from_secs(10);

impl Relays for Postman {
    fn relay(&self, request: RelayRequest) -> BoxFuture<'_, Vec<(Address, RelayAnswer)>> {
        Box::pin(self.send(request))
    }
}

impl Postman {
    async fn send(&self, request: RelayRequest) -> Vec<(Address, RelayAnswer)> {
        let (domain, need) = match &request.route {
            Route::Provider(domain) => (domain.to_lowercase(), TlsNeed::Required),
            Route::Ordinary(domain) => (domain.to_lowercase(), TlsNeed::IfOffered),
        };
        let is_own = self.own.domains.contains(&domain);
        let hops = match is_own {
            true => Ok(vec![self.own.hop.clone()]),
            false => self.resolver.hops(&domain).await,
        };
        let all = |answer: &RelayAnswer| {
            let recipients = request.envelope.forward_paths.iter();
            recipients.map(|recipient| (recipient.clone(), answer.clone())).collect()
        };
        let hops = match hops {
            Ok(hops) => hops,
            Err(error @ RouteError::NoMail(_)) => {
                return all(&RelayAnswer::Refused(550, format!("5.1.10 {error}")));
            }
            Err(error) => return all(&RelayAnswer::PutOff(451, format!("4.4.3 {error}"))),
        };
        let connector = match (is_own, need) {
            (true, _) => &self.own.connector,
            (false, TlsNeed::Required) => &self.providers,
            (false, TlsNeed::IfOffered) => &self.world,
        };
        let envelope = envelope(&request);
        let mut last = format!("4.4.1 no host of {domain} is known");
        for hop in &hops {
            match self.try_hop(hop, need, connector, &envelope, &request.message).await {
                Ok(verdicts) => return verdicts.into_iter().map(answer).collect(),
                Err(Trouble { failure, may_be_taken }) => {
                    tracing::warn!(host = %hop.host, %failure, "a host cannot be sent to");
                    metrics::counter!("pec_relay_failures_total").increment(1);
                    last = format!("4.4.1 {failure}");
                    if may_be_taken {
                        break;
                    }
                }
            }
        }
        all(&RelayAnswer::PutOff(451, last))
    }

    /// Sends over a connection that is open, or over a new one.
    async fn try_hop(
        &self,
        hop: &Hop,
        need: TlsNeed,
        connector: &TlsConnector,
        envelope: &Envelope,
        message: &Outgoing,
    ) -> Result<Vec<Verdict>, Trouble> {
        let name = (hop.connect.clone(), need == TlsNeed::Required);
        // Who waits here keeps others from going to other hosts: soon it is put off.
        let place = tokio::time::timeout(PLACE, self.connections.place(name)).await;
        let mut place = place.map_err(|_| Trouble::late(Failure::Timeout))?;
        if let Some(mut link) = place.link.take() {
            // The other side may have closed it meanwhile: then a new one is opened.
            match link.send(envelope.clone(), &mut *message.read()).await {
                Ok(verdicts) => {
                    self.connections.keep(&place, link);
                    return Ok(verdicts);
                }
                Err(failure) if link.has_sent_body() => return Err(Trouble::late(failure)),
                Err(_) => {}
            }
        }
        let rules = Rules { host: self.host.clone(), tls: need };
        let opening = Link::open(hop, rules, connector.clone(), self.timeouts).await;
        let mut link = opening.map_err(|failure| Trouble { failure, may_be_taken: false })?;
        match link.send(envelope.clone(), &mut *message.read()).await {
            Ok(verdicts) => {
                self.connections.keep(&place, link);
                Ok(verdicts)
            }
            Err(failure) => Err(Trouble { failure, may_be_taken: link.has_sent_body() }),
        }
    }

    /// Says goodbye on all connections that are open.
    pub async fn close(&self) {
        for link in self.connections.drain() {
            link.close().await;
        }
    }
}

/// Why a host gave no verdict. One that may have taken the message is asked again later, and no
/// other host now: the ordinary world does not know repeats as providers do.
struct Trouble {
    failure: Failure,
    may_be_taken: bool,
}

impl Trouble {
    const fn late(failure: Failure) -> Self {
        Self { failure, may_be_taken: true }
    }
}

fn envelope(request: &RelayRequest) -> Envelope {
    Envelope {
        from: request.envelope.reverse_path.clone(),
        to: request.envelope.forward_paths.clone(),
        octets: request.message.octets(),
        needs_8bitmime: !request.message.is_ascii(),
        needs_smtputf8: !request.message.has_ascii_header(),
    }
}

fn answer(verdict: Verdict) -> (Address, RelayAnswer) {
    let reply = verdict.reply;
    let text = format!("{} {}", reply.status, reply.text).trim_start().to_owned();
    let answer = match reply.code {
        200..300 => RelayAnswer::Accepted,
        500..600 => RelayAnswer::Refused(reply.code, text),
        code => RelayAnswer::PutOff(code, text),
    };
    (verdict.recipient, answer)
}

impl std::fmt::Debug for Postman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postman").field("host", &self.host).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("hop", &self.hop).finish_non_exhaustive()
    }
}
