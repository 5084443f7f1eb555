//! The desk of the incoming point: other servers deliver.

use pec_daticert::Address;
use pec_gestore::OrdinaryPolicy;

use super::envelope::{Arriving, Memory, reply};
use crate::listen::{Desk, Peer};
use crate::shell::Gestore;
use crate::smtp::{Reply, Request};

/// The desk of one session.
#[derive(Debug)]
pub(super) struct IncomingDesk {
    gestore: Gestore,
    host: String,
    arriving: Arriving,
    /// What the first recipient wants of ordinary mail; `None` until there is one.
    policy: Option<Wish>,
}

/// What a recipient wants of ordinary mail.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wish(Option<OrdinaryPolicy>);

impl IncomingDesk {
    pub(super) const fn new(gestore: Gestore, host: String, memory: Memory) -> Self {
        Self { gestore, host, arriving: Arriving::new(memory), policy: None }
    }

    /// Any mailbox of a domain that we manage: whether there is one of that name is told by a
    /// receipt to the sender of a certified message, not by a reply.
    async fn rcpt(&mut self, recipient: Address) -> Reply {
        let provider = self.gestore.provider();
        let domain = recipient.domain().to_lowercase();
        let system = provider.system.address();
        if !provider.domains.contains(&domain) && !system.is_same_mailbox(&recipient) {
            let text = format!("<{recipient}>: Relay access denied");
            return Reply::new(554, "5.7.1", "").with_text(text);
        }
        if !self.is_from_provider() {
            let wish = match wish(&self.gestore, recipient.clone()).await {
                Ok(wish) => wish,
                Err(refusal) => return refusal,
            };
            // One message has one answer: recipients that want different ones come alone.
            if self.policy.as_ref().is_some_and(|first| *first != wish) {
                return Reply::new(452, "4.5.3", "This recipient in a transaction of its own");
            }
            self.policy = Some(wish);
        }
        self.arriving.to.push(recipient);
        Reply::new(250, "2.1.5", "Ok")
    }

    /// Whether the reverse path is one of the PEC network. It is what the client says, so nothing
    /// is trusted for it but this: that recipients are not split.
    fn is_from_provider(&self) -> bool {
        let Some(Some(from)) = &self.arriving.from else { return false };
        self.gestore.world().directory.manager(from.domain()).is_some()
    }

    async fn message(&mut self, peer: &Peer) -> Reply {
        let (envelope, message, _held) = match self.arriving.take().await {
            Ok(taken) => taken,
            Err(refusal) => return refusal,
        };
        metrics::counter!("pec_arrivals_total").increment(1);
        let name = format!("{} [{}]", peer.name, peer.address);
        reply(self.gestore.arrive(name, peer.is_secure, envelope, message).await)
    }
}

/// What a recipient wants of ordinary mail.
async fn wish(gestore: &Gestore, recipient: Address) -> Result<Wish, Reply> {
    let reading = gestore.store().read(move |view| view.mailbox(&recipient));
    match reading.await {
        Ok(mailbox) => Ok(Wish(mailbox.map(|mailbox| mailbox.settings.ordinary))),
        Err(error) => {
            tracing::error!(%error, "a recipient cannot be looked up");
            Err(Reply::new(451, "4.3.0", "The service is impaired, come again"))
        }
    }
}

impl Desk for IncomingDesk {
    async fn answer(&mut self, request: Request, peer: &Peer) -> Reply {
        match request {
            Request::Authenticate(_) => Reply::new(502, "5.5.1", "No logins on this port"),
            Request::Mail(path) => {
                self.policy = None;
                self.arriving.begin(path.address);
                Reply::new(250, "2.1.0", "Ok")
            }
            Request::Rcpt(path) => self.rcpt(path.address).await,
            Request::Data => {
                self.arriving.trace(peer, &self.host, &self.gestore);
                Reply::new(354, "", "End data with <CR><LF>.<CR><LF>")
            }
            Request::Message(_) => self.message(peer).await,
        }
    }

    async fn chunk(&mut self, octets: Vec<u8>) {
        self.arriving.push(&octets).await;
    }

    fn drop_message(&mut self) {
        self.arriving.clear();
    }
}
