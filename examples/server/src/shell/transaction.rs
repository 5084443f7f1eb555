//! The ends of SMTP transactions: submissions and arrivals.

use pec_daticert::Address;
use pec_gestore::{Arrival, Input, MessageFacts, Reply, Scan, SmtpEnvelope, Submission};
use pec_store::Committed;

use super::judge::judge;
use super::{Gestore, Inner, ShellError};
use crate::content::{Content, Incoming, Receiver};

impl Gestore {
    /// Takes a message as it comes, `octets` first, to be handed to [`submit`](Self::submit) or
    /// [`arrive`](Self::arrive).
    #[must_use]
    pub fn receiver(&self, octets: Vec<u8>) -> Receiver {
        self.0.contents.receiver(octets)
    }

    /// Takes a message of an authenticated user at the access point (*punto di accesso*). A
    /// positive reply says that it is stored.
    pub async fn submit(
        &self,
        account: Address,
        envelope: SmtpEnvelope,
        message: Incoming,
    ) -> Reply {
        let scan = self.0.screening.screen(message.content(), true).await;
        let committed = self.try_submit(account, envelope, &message, scan).await;
        message.discard(&self.0.store).await;
        answer(committed)
    }

    async fn try_submit(
        &self,
        account: Address,
        envelope: SmtpEnvelope,
        incoming: &Incoming,
        scan: Scan,
    ) -> Result<Committed, ShellError> {
        let looking = |incoming: &Incoming, inner: &Inner| {
            let facts = incoming.content().examine(&inner.crypto, |view, _| MessageFacts::of(view));
            facts.map(|facts| (incoming.reference(), facts))
        };
        let (message, facts) = self.look_at(incoming, looking).await??;
        let facts = with_length(facts, incoming.content());
        let id = self.fresh_id(self.now())?;
        let submission = Submission { id, account, envelope, message, facts, scan };
        self.handle(move |_, _| Ok(Input::Submission(submission.clone())), Some(incoming)).await
    }

    /// Takes a message of another host at the incoming point (*punto di ricezione*). A positive
    /// reply says that it is stored.
    pub async fn arrive(
        &self,
        peer: String,
        over_tls: bool,
        envelope: SmtpEnvelope,
        message: Incoming,
    ) -> Reply {
        let scan = self.0.screening.screen(message.content(), false).await;
        let committed = self.try_arrive(peer, over_tls, envelope, &message, scan).await;
        message.discard(&self.0.store).await;
        answer(committed)
    }

    async fn try_arrive(
        &self,
        peer: String,
        over_tls: bool,
        envelope: SmtpEnvelope,
        incoming: &Incoming,
        scan: Scan,
    ) -> Result<Committed, ShellError> {
        let now = self.now();
        let world = self.world();
        let looking = move |incoming: &Incoming, inner: &Inner| {
            let judged = incoming.content().examine(&inner.crypto, |view, crypto| {
                (MessageFacts::of(view), judge(&world, view, crypto, now))
            });
            judged.map(|(facts, judgement)| (incoming.reference(), facts, judgement))
        };
        let (message, facts, judgement) = self.look_at(incoming, looking).await??;
        let facts = with_length(facts, incoming.content());
        let id = self.fresh_id(now)?;
        let arrival = Arrival { id, peer, over_tls, envelope, message, facts, judgement, scan };
        self.handle(move |_, _| Ok(Input::Arrival(arrival.clone())), Some(incoming)).await
    }

    async fn look_at<T: Send + 'static>(
        &self,
        incoming: &Incoming,
        job: impl FnOnce(&Incoming, &Inner) -> T + Send + 'static,
    ) -> Result<T, ShellError> {
        let incoming = incoming.clone();
        let octets = incoming.content().octets();
        let octets = usize::try_from(octets).unwrap_or(usize::MAX);
        self.compute(octets, move |inner| job(&incoming, inner)).await
    }
}

/// What was read in a skeleton is said of the whole message.
fn with_length(mut facts: MessageFacts, content: &Content) -> MessageFacts {
    facts.octets = content.octets();
    facts
}

/// What the client is told. What is not stored is never acknowledged.
fn answer(committed: Result<Committed, ShellError>) -> Reply {
    match committed {
        Ok(Committed { reply: Some(reply), .. }) => reply,
        Ok(_) => temporary("no decision"),
        Err(error) => {
            tracing::error!(%error, "a transaction came to nothing");
            temporary("the service is impaired, come again")
        }
    }
}

fn temporary(text: &str) -> Reply {
    Reply { code: 451, enhanced: "4.3.0".to_owned(), text: text.to_owned() }
}
