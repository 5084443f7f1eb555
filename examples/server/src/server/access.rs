//! The desk of the access point: users submit.

use std::sync::Arc;

use pec_daticert::Address;

use super::envelope::{Arriving, Memory, reply};
use crate::accounts::{Gate, Login};
use crate::listen::{Desk, Peer};
use crate::shell::Gestore;
use crate::smtp::{Reply, Request};
use crate::wire::Credentials;

/// The desk of one session.
#[derive(Debug)]
pub(super) struct AccessDesk {
    gestore: Gestore,
    gate: Arc<Gate>,
    host: String,
    account: Option<Address>,
    arriving: Arriving,
}

impl AccessDesk {
    pub(super) const fn new(
        gestore: Gestore,
        gate: Arc<Gate>,
        host: String,
        memory: Memory,
    ) -> Self {
        Self { gestore, gate, host, account: None, arriving: Arriving::new(memory) }
    }

    async fn login(&mut self, credentials: Credentials, peer: &Peer) -> Reply {
        let user = credentials.user.clone();
        match self.gate.login(credentials, peer.address, self.gestore.now()).await {
            Ok(Login::Granted(address)) => {
                self.account = Some(address);
                Reply::new(235, "2.7.0", "Authentication successful")
            }
            Ok(Login::MustChange(_)) => {
                Reply::new(534, "5.7.12", "The password must be changed before it can be used")
            }
            Ok(Login::Refused) => {
                tracing::info!(%user, address = %peer.address, "a login was refused");
                metrics::counter!("pec_logins_refused_total").increment(1);
                Reply::new(535, "5.7.8", "User or password is wrong")
            }
            Ok(Login::TryLater(seconds)) => {
                let text = format!("Too many refused logins, come again in {seconds} seconds");
                Reply::new(454, "4.7.0", "").with_text(text)
            }
            Err(error) => {
                tracing::error!(%error, "a login came to nothing");
                Reply::new(454, "4.7.0", "Logins are not possible now")
            }
        }
    }

    /// RFC 6109 §3.1.1 leaves it to SMTP that nobody writes in the name of another.
    fn mail(&mut self, from: Option<Address>) -> Reply {
        let (Some(from), Some(account)) = (from, &self.account) else {
            return Reply::new(553, "5.7.1", "<>: Sender address rejected: not owned by user");
        };
        if !from.is_same_mailbox(account) {
            let text = format!("<{from}>: Sender address rejected: not owned by user {account}");
            return Reply::new(553, "5.7.1", "").with_text(text);
        }
        self.arriving.begin(Some(from));
        Reply::new(250, "2.1.0", "Ok")
    }

    async fn message(&mut self) -> Reply {
        let Some(account) = self.account.clone() else {
            return Reply::new(530, "5.7.0", "Authentication required");
        };
        let (envelope, message, _held) = match self.arriving.take().await {
            Ok(taken) => taken,
            Err(refusal) => return refusal,
        };
        metrics::counter!("pec_submissions_total").increment(1);
        reply(self.gestore.submit(account, envelope, message).await)
    }
}

impl Desk for AccessDesk {
    async fn answer(&mut self, request: Request, peer: &Peer) -> Reply {
        match request {
            Request::Authenticate(credentials) => self.login(credentials, peer).await,
            Request::Mail(path) => self.mail(path.address),
            Request::Rcpt(path) => {
                self.arriving.to.push(path.address);
                Reply::new(250, "2.1.5", "Ok")
            }
            Request::Data => {
                self.arriving.trace(peer, &self.host, &self.gestore);
                Reply::new(354, "", "End data with <CR><LF>.<CR><LF>")
            }
            Request::Message(_) => self.message().await,
        }
    }

    async fn chunk(&mut self, octets: Vec<u8>) {
        self.arriving.push(&octets).await;
    }

    fn drop_message(&mut self) {
        self.arriving.clear();
    }
}
