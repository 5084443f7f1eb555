//! An accredited gestore that lies: reused identifiers, receipts for other domains, receipts that
//! contradict each other, replays, receipts for transmissions that never were.

use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, EventTime, Header, PecMsgid,
    ReceiptType, Recipient,
};
use pec_gestore::SmtpEnvelope;
use pec_message::original::Original;
use pec_message::read;
use pec_message::write::{Draft, Issue, SystemAddress};

use super::network::{Dialogue, Origin, Verdict};
use super::store::Octets;
use super::world::{World, address};
use super::{Random, authority};

/// How many messages of others it keeps for replays.
const MEMORY: usize = 40;

/// The hostile gestore.
pub struct Hostile {
    /// Its place in the directory.
    pub(super) listed: usize,
    /// Its domain.
    pub(super) domain: String,
    random: Random,
    captured: Vec<Captured>,
    made: u64,
}

/// A message of an honest gestore that passed through its hands.
#[derive(Clone)]
struct Captured {
    octets: Octets,
    envelope: SmtpEnvelope,
    data: Option<CertificationData>,
}

impl Hostile {
    pub(super) fn new(listed: usize, domain: &str, random: Random) -> Self {
        Self { listed, domain: domain.to_owned(), random, captured: Vec::new(), made: 0 }
    }

    fn system(&self) -> SystemAddress {
        SystemAddress::at(&self.domain).expect("a domain")
    }

    fn fresh_id(&mut self) -> PecMsgid {
        self.made += 1;
        let id = format!("x{}.{:016x}@{}", self.made, self.random.next(), self.domain);
        id.parse().expect("an identifier")
    }

    /// A transmission that it has seen, or makes up.
    fn subject_matter(&mut self) -> CertificationData {
        let known: Vec<_> = self.captured.iter().filter_map(|one| one.data.clone()).collect();
        if !known.is_empty() && self.random.chance(800) {
            return self.random.pick(&known).clone();
        }
        let sender = address("anna@", "alfa.example");
        CertificationData {
            header: Header {
                sender,
                recipients: Recipient::certified(address("bruno@", "beta.example")).into(),
                reply_to: "anna@alfa.example".parse().expect("text"),
                subject: None,
            },
            provider: "Gestore ostile S.p.A.".parse().expect("text"),
            time: "2026-06-15T10:00:00+02:00".parse().expect("a time"),
            pec_msgid: self.fresh_id(),
            msgid: None,
            event: Event::Acceptance,
        }
    }

    /// A lie, or for once the truth, about one recipient of a transmission.
    fn event(&mut self, about: &CertificationData) -> Event {
        let recipients: Vec<_> = about.header.recipients.iter().map(|one| &one.address).collect();
        let mut one = (*self.random.pick(&recipients)).clone();
        let own = recipients.iter().find(|address| address.domain() == self.domain);
        if let Some(own) = own
            && self.random.chance(500)
        {
            one = (*own).clone();
        }
        let text = |text: &str| text.parse().expect("text");
        match self.random.below(7) {
            0 => Event::TakeInCharge { received_for: one.into() },
            1 | 2 => {
                let receipt_type = ReceiptType::Concise;
                Event::Delivery { receipt_type, delivered_to: one }
            }
            3 => Event::DeliveryError {
                cause: DeliveryErrorCause::Other,
                delivered_to: one,
                receipt_type: None,
                error_detail: text("5.1.1 - menzogna"),
            },
            4 => Event::VirusDetection { delivered_to: one, error_detail: text("menzogna") },
            5 => Event::DeliveryNotice { delivered_to: one, error_detail: text("5.4.1 - no") },
            _ => Event::Acceptance,
        }
    }
}

impl World {
    /// A message reaches the hostile gestore.
    pub(super) fn hostile_takes(&mut self, dialogue: &Dialogue) -> Vec<(Address, Verdict)> {
        let Some(hostile) = &mut self.hostile else { return Vec::new() };
        let mail = read(&dialogue.octets);
        let xml = mail.message().daticert().map(|daticert| daticert.xml().into_owned());
        let data = xml.and_then(|xml| CertificationData::from_xml(&xml).ok());
        let captured =
            Captured { octets: dialogue.octets.clone(), envelope: dialogue.envelope.clone(), data };
        if hostile.captured.len() < MEMORY {
            hostile.captured.push(captured);
        } else {
            let place = hostile.random.below(MEMORY);
            hostile.captured[place] = captured;
        }
        let verdict = match hostile.random.below(12) {
            0 => Verdict::NotNow,
            1 => Verdict::Never(550),
            _ => Verdict::Taken,
        };
        let all = dialogue.envelope.forward_paths.iter();
        all.map(|to| (to.clone(), verdict)).collect()
    }

    /// The hostile gestore does something.
    pub(super) fn mischief(&mut self) {
        let Some(hostile) = &mut self.hostile else { return };
        self.ledger.count("mischief");
        match hostile.random.below(4) {
            0 => self.replay(),
            1 => self.reuse_identifier(),
            _ => self.lie(),
        }
    }

    /// Something captured comes again, to its recipients or to somebody else.
    fn replay(&mut self) {
        let Some(hostile) = &mut self.hostile else { return };
        if hostile.captured.is_empty() {
            return;
        }
        let captured = hostile.random.pick(&hostile.captured.clone()).clone();
        let mut envelope = captured.envelope;
        if hostile.random.chance(700) {
            let to = hostile.random.pick(&self.certified).clone();
            envelope.forward_paths = vec![to];
        }
        let domain = envelope.forward_paths[0].domain().to_owned();
        self.send(Origin::Nobody, envelope, &domain, captured.octets, None);
    }

    /// An envelope of its own under an identifier that is another's, or that it has used before.
    fn reuse_identifier(&mut self) {
        let Some(hostile) = &mut self.hostile else { return };
        let about = hostile.subject_matter();
        let to = hostile.random.pick(&self.certified).clone();
        let number = hostile.random.below(3);
        let text = format!(
            "From: victor@{0}\r\nTo: {to}\r\nSubject: Altro {number}\r\n\r\nAltro.\r\n",
            hostile.domain
        );
        let original = Original::new(text.as_bytes()).expect("canonical");
        let time = EventTime::legal(self.clock.now()).expect("a year of four digits");
        let sender = address("victor@", &hostile.domain);
        let data = CertificationData {
            header: Header {
                sender: sender.clone(),
                recipients: Recipient::certified(to.clone()).into(),
                reply_to: original.reply_to(),
                subject: original.subject(),
            },
            time,
            msgid: None,
            event: Event::TransportEnvelope { receipt_type: ReceiptType::Complete },
            ..about
        };
        let system = hostile.system();
        let Ok(draft) = Draft::transport_envelope(&data, &system, &original) else { return };
        self.send_lie(&draft, Some(sender), to);
    }

    /// A receipt.
    fn lie(&mut self) {
        let Some(hostile) = &mut self.hostile else { return };
        let about = hostile.subject_matter();
        let event = hostile.event(&about);
        let message_id = hostile.fresh_id();
        let issue = Issue { from: hostile.system(), message_id };
        let time = EventTime::legal(self.clock.now()).expect("a year of four digits");
        let sender = about.header.sender.clone();
        let data = CertificationData { time, event, ..about };
        let service = authority::service_mailbox(sender.domain());
        let service: Address = service.parse().expect("an address");
        let (draft, to) = match &data.event {
            Event::TakeInCharge { .. } => (Draft::take_in_charge(&data, &issue, &service), service),
            Event::VirusDetection { .. } => {
                (Draft::virus_detection(&data, &issue, &service), service)
            }
            _ => (Draft::notification(&data, &issue), sender),
        };
        let from = hostile.system().address().clone();
        if let Ok(draft) = draft {
            self.send_lie(&draft, Some(from), to);
        }
    }

    fn send_lie(&mut self, draft: &Draft<'_>, from: Option<Address>, to: Address) {
        let Some(listed) = self.hostile.as_ref().map(|hostile| hostile.listed) else { return };
        let signer = self.signer_of(listed);
        let Ok(sealed) = draft.seal(&*signer, &self.crypto) else { return };
        let octets: Octets = sealed.to_vec().into();
        let domain = to.domain().to_owned();
        let envelope = SmtpEnvelope { reverse_path: from, forward_paths: vec![to] };
        // Sometimes twice.
        if self.random.chance(300) {
            self.send(Origin::Nobody, envelope.clone(), &domain, octets.clone(), None);
        }
        self.send(Origin::Nobody, envelope, &domain, octets, None);
    }
}
