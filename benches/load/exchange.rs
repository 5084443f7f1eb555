//! The whole exchange of one message in memory: no socket, no disk, no state. Four signatures and
//! three verifications with all that belongs to them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use pec_daticert::{CertificationData, Event, EventTime, Header, ReceiptType, Recipient};
use pec_demo::{Problem, Provider, Result};
use pec_message::original::Original;
use pec_message::write::{Draft, Issue, SystemAddress};
use pec_message::{Authentication, Origin, authenticate, read_up_to};
use pec_server::world::World;
use pec_smime::crypto::CryptoProvider;
use pec_smime::verify::{Policy, Verifier};

use crate::senders::ANNA;

/// Both providers' keys and what they believe.
pub struct Exchange {
    crypto: CryptoProvider,
    alfa: Side,
    beta: Side,
    now: DateTime<Utc>,
}

struct Side {
    world: Arc<World>,
    system: SystemAddress,
    service: pec_daticert::Address,
}

impl Exchange {
    /// Of two providers that run.
    pub fn new(alfa: &Provider, beta: &Provider) -> Result<Self> {
        let side = |provider: &Provider| -> Result<Side> {
            let gestore = provider.running()?.gestore();
            let (system, service) = {
                let provider = gestore.provider();
                (provider.system.clone(), provider.service_mailbox.clone())
            };
            Ok(Side { world: gestore.world(), system, service })
        };
        let crypto = pec_crypto_aws_lc::provider();
        Ok(Self { crypto, alfa: side(alfa)?, beta: side(beta)?, now: Utc::now() })
    }

    /// One exchange: acceptance and envelope, take-in-charge, complete delivery receipt, and the
    /// three of them that another provider gets verified.
    pub fn run(&self, message: &[u8]) -> Result<()> {
        let original = Original::new(message)?;
        let data = self.data(&original)?;
        let of = |event: Event| CertificationData { event, ..data.clone() };
        self.seal(
            &self.alfa,
            &Draft::notification(&of(Event::Acceptance), &self.issue(&self.alfa, 1)?)?,
        )?;
        let envelope = Draft::transport_envelope(&data, &self.alfa.system, &original)?;
        let envelope = self.seal(&self.alfa, &envelope)?;
        self.verify(&self.beta, &envelope)?;
        let anna: pec_daticert::Address = ANNA.parse()?;
        let taken = of(Event::TakeInCharge { received_for: anna.clone().into() });
        let issue = self.issue(&self.beta, 2)?;
        let taken = Draft::take_in_charge(&taken, &issue, &self.alfa.service)?;
        let taken = self.seal(&self.beta, &taken)?;
        self.verify(&self.alfa, &taken)?;
        let mail = read_up_to(&envelope, envelope.len());
        let carried = mail.original().ok_or_else(|| Problem::new("no original"))?.octets();
        let carried = Original::new(&carried)?;
        let receipt_type = ReceiptType::Complete;
        let delivered = of(Event::Delivery { receipt_type, delivered_to: anna });
        let issue = self.issue(&self.beta, 3)?;
        let delivered = Draft::complete_delivery(&delivered, &issue, &carried)?;
        let delivered = self.seal(&self.beta, &delivered)?;
        self.verify(&self.alfa, &delivered)
    }

    fn data(&self, original: &Original<'_>) -> Result<CertificationData> {
        Ok(CertificationData {
            header: Header {
                sender: "mario@alfa.example".parse()?,
                recipients: Recipient::certified(ANNA.parse()?).into(),
                reply_to: original.reply_to(),
                subject: original.subject(),
            },
            provider: "Alfa PEC S.p.A.".parse()?,
            time: EventTime::legal(self.now)?,
            pec_msgid: "n1.20261121090000.1.00ff@alfa.example".parse()?,
            msgid: original.msgid(),
            event: Event::TransportEnvelope { receipt_type: ReceiptType::Complete },
        })
    }

    fn issue(&self, side: &Side, number: u32) -> Result<Issue> {
        let domain = side.system.address().domain();
        let message_id = format!("n1.20261121090000.{number}.77aa@{domain}").parse()?;
        Ok(Issue { from: side.system.clone(), message_id })
    }

    fn seal(&self, side: &Side, draft: &Draft<'_>) -> Result<Vec<u8>> {
        let signer = side.world.keys.at(self.now)?;
        Ok(draft.seal(signer, &self.crypto)?.to_vec())
    }

    fn verify(&self, side: &Side, message: &[u8]) -> Result<()> {
        let world = &side.world;
        let verifier = Verifier::new(&world.trust, &self.crypto, Policy::strict());
        let verification = verifier.message(message, Utc::now());
        let (history, limits, crypto) = (&world.history, world.limits, &self.crypto);
        let origin = Origin::Directory { history, limits, crypto };
        let mail = read_up_to(message, message.len());
        match authenticate(&mail, &verification, &origin) {
            Authentication::Certified(_) => Ok(()),
            Authentication::Untrusted { why, .. } => Err(Problem::new(why.to_string())),
            _ => Err(Problem::new("undecided")),
        }
    }
}
