//! The ends of SMTP transactions: submissions and arrivals.

use std::sync::Arc;

use pec_daticert::Address;
use pec_gestore::{Arrival, Input, MessageFacts, Reply, Scan, SmtpEnvelope, Submission};
use pec_store::{Committed, reference_of};

use super::judge::judge;
use super::{Gestore, ShellError};

impl Gestore {
    /// Takes a message of an authenticated user at the access point (*punto di accesso*). A
    /// positive reply says that it is stored.
    pub async fn submit(&self, account: Address, envelope: SmtpEnvelope, octets: Vec<u8>) -> Reply {
        let scan = self.0.screening.screen(&octets, true).await;
        answer(self.try_submit(account, envelope, Arc::new(octets), scan).await)
    }

    async fn try_submit(
        &self,
        account: Address,
        envelope: SmtpEnvelope,
        octets: Arc<Vec<u8>>,
        scan: Scan,
    ) -> Result<Committed, ShellError> {
        let message = Arc::clone(&octets);
        let (message, facts) = self
            .compute(octets.len(), move |_| (reference_of(&message), MessageFacts::of(&message)))
            .await?;
        let id = self.fresh_id(self.now())?;
        let submission = Submission { id, account, envelope, message, facts, scan };
        self.handle(move |_, _| Ok(Input::Submission(submission.clone())), Some(&octets)).await
    }

    /// Takes a message of another host at the incoming point (*punto di ricezione*). A positive
    /// reply says that it is stored.
    pub async fn arrive(
        &self,
        peer: String,
        over_tls: bool,
        envelope: SmtpEnvelope,
        octets: Vec<u8>,
    ) -> Reply {
        let scan = self.0.screening.screen(&octets, false).await;
        answer(self.try_arrive(peer, over_tls, envelope, Arc::new(octets), scan).await)
    }

    async fn try_arrive(
        &self,
        peer: String,
        over_tls: bool,
        envelope: SmtpEnvelope,
        octets: Arc<Vec<u8>>,
        scan: Scan,
    ) -> Result<Committed, ShellError> {
        let now = self.now();
        let world = self.world();
        let received = Arc::clone(&octets);
        let (message, facts, judgement) = self
            .compute(octets.len(), move |inner| {
                let judgement = judge(&world, &received, &inner.crypto, now);
                (reference_of(&received), MessageFacts::of(&received), judgement)
            })
            .await?;
        let id = self.fresh_id(now)?;
        let arrival = Arrival { id, peer, over_tls, envelope, message, facts, judgement, scan };
        self.handle(move |_, _| Ok(Input::Arrival(arrival.clone())), Some(&octets)).await
    }
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
