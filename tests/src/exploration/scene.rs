//! What is on the stage: a sender's gestore, its transmission, and everything that may come.

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::{
    Address, CertificationData, DeliveryErrorCause, Event, EventTime, OneOrMore, ReceiptType,
};
use pec_gestore::{
    Action, Arrival, Effect, EffectId, Input, Key, MessageFacts, Outcome, Plan, RelayResult,
    Report, Scan, SmtpEnvelope, Snapshot, Submission, Unsigned, plan,
};
use pec_message::write::{Draft, Issue, SystemAddress};
use pec_smime::crypto::CryptoProvider;

use super::oracle::Stimulus;
use crate::simulation::store::body_ref;
use crate::simulation::{Authority, MemoryStore, Node, Random, cryptography};

/// The stage.
pub struct Scene {
    /// When the message was dispatched.
    pub dispatched: DateTime<Utc>,
    /// The recipients.
    pub recipients: Vec<Address>,
    /// Everything that may come, except the timer.
    pub happenings: Vec<Happening>,
    /// The state after the dispatch.
    pub begun: Snapshot,
    /// The relay of the envelope.
    pub relay: EffectId,
    key: Key,
    node: Node,
}

/// Something that may come, however often.
pub struct Happening {
    /// Its name in a sequence.
    pub name: String,
    /// What it is, and about whom.
    pub stimuli: Vec<(usize, Stimulus)>,
    /// The same things with other octets count once more, the same octets do not.
    pub is_receipt: bool,
    /// The input.
    pub input: Input,
}

/// What a plan, and the reports that follow by themselves, came to.
pub struct Consequences {
    /// The state afterwards.
    pub state: Snapshot,
    /// Whether anything changed.
    pub is_empty: bool,
    /// What was made.
    pub made: Vec<CertificationData>,
    /// How many receipts that came were put into the sender's mailbox.
    pub copies: usize,
    /// Rows that are in no mailbox where they may be.
    pub astray: Vec<String>,
    /// Whether the envelope's relay was withdrawn.
    pub withdrawn: bool,
    /// When to ring.
    pub deadline: Option<DateTime<Utc>>,
}

const SENDER: &str = "anna@alfa.example";

impl Scene {
    /// A message from Anna to one recipient or two, all of them at one gestore.
    ///
    /// # Panics
    /// When the library does not accept a sound message.
    #[must_use]
    pub fn new(recipients: &[&str]) -> Self {
        let dispatched: DateTime<Utc> = "2026-03-28T08:30:00Z".parse().expect("an instant");
        let crypto = cryptography::fake(1);
        let mut authority = Authority::new(dispatched);
        for (name, domain) in [("Alfa S.p.A.", "alfa.example"), ("Beta S.p.A.", "beta.example")] {
            authority.list(name, &[domain.to_owned()]);
        }
        let store = Box::new(MemoryStore::default());
        let mut node = Node::new(0, &authority, store, Random::new(1));
        node.refresh(&authority, dispatched);
        let recipients: Vec<Address> =
            recipients.iter().map(|address| address.parse().expect("an address")).collect();
        let submission = submission(&mut node, &recipients, dispatched);
        let key = submission.key(node.provider.name.as_str());
        let random = node.randomness();
        let first = plan(None, &submission, &node.context(dispatched, random));
        let (relay, data) = dispatch(&first);
        let begun = Snapshot { version: 1, state: first.state().cloned().expect("it is accepted") };
        let mut scene = Self {
            dispatched,
            happenings: Vec::new(),
            begun: begun.clone(),
            relay,
            key,
            node,
            recipients,
        };
        scene.begun = scene.settle(begun, first.effects(), dispatched).state;
        scene.happenings = scene.relay_happenings();
        let receipts = receipts(&data, &scene.recipients);
        for (name, stimuli, data, number) in receipts {
            let arrival = scene.arrival(&data, number, &authority, &crypto);
            let input = Input::Arrival(arrival);
            scene.happenings.push(Happening { name, stimuli, is_receipt: true, input });
        }
        scene
    }

    /// The answers of the next hop.
    fn relay_happenings(&self) -> Vec<Happening> {
        let results = [
            ("accepted", Stimulus::RelayAccepted, RelayResult::Accepted),
            ("refused", Stimulus::RelayRefused, RelayResult::Refused(550, "5.1.1 no".to_owned())),
            ("expired", Stimulus::RelayExpired, RelayResult::Expired),
        ];
        let mut happenings = Vec::new();
        for (place, recipient) in self.recipients.iter().enumerate() {
            for (name, stimulus, result) in results.clone() {
                let outcome = Outcome::Relayed(vec![(recipient.clone(), result)]);
                happenings.push(Happening {
                    name: format!("relay {name} {place}"),
                    stimuli: vec![(place, stimulus)],
                    is_receipt: false,
                    input: self.report(&self.relay, outcome),
                });
            }
        }
        happenings
    }

    fn report(&self, effect: &EffectId, outcome: Outcome) -> Input {
        Input::Report(Report { key: self.key.clone(), effect: effect.clone(), outcome })
    }

    /// A receipt of the recipients' gestore, signed and authenticated.
    fn arrival(
        &mut self,
        data: &CertificationData,
        number: usize,
        authority: &Authority,
        crypto: &CryptoProvider,
    ) -> Arrival {
        use pec_gestore::Judgement;
        use pec_message::{Origin, authenticate, read};
        use pec_smime::verify::{Policy, Verifier};

        let beta = SystemAddress::at("beta.example").expect("a domain");
        let message_id = format!("r{number}@beta.example").parse().expect("an identifier");
        let issue = Issue { from: beta.clone(), message_id };
        let service = self.node.provider.service_mailbox.clone();
        let (draft, to) = match &data.event {
            Event::TakeInCharge { .. } => (Draft::take_in_charge(data, &issue, &service), service),
            Event::VirusDetection { .. } => {
                (Draft::virus_detection(data, &issue, &service), service)
            }
            _ => (Draft::notification(data, &issue), SENDER.parse().expect("an address")),
        };
        let draft = draft.expect("sound data");
        let signer = authority.identity_of(1, self.dispatched).signer(crypto);
        let octets = draft.seal(&signer, crypto).expect("a signature").to_vec();
        let verifier = Verifier::new(&self.node.trust, crypto, Policy::strict());
        let verification = verifier.message(&octets, self.dispatched);
        let origin = Origin::directory(&self.node.directories, crypto);
        let judgement = Judgement::of(authenticate(&read(&octets), &verification, &origin), crypto);
        assert!(matches!(judgement, Judgement::Certified(_)), "{judgement:?}");
        Arrival {
            id: self.node.fresh_id(self.dispatched),
            peer: "mx.beta.example [192.0.2.2]".to_owned(),
            over_tls: true,
            envelope: SmtpEnvelope {
                reverse_path: Some(beta.address().clone()),
                forward_paths: vec![to],
            },
            message: body_ref(&octets),
            facts: MessageFacts::of(&octets),
            judgement,
            scan: Scan::Clean,
        }
    }

    /// Gives an input at an age of the transmission, and lets follow what follows by itself.
    #[must_use]
    pub fn give(&self, from: &Snapshot, input: &Input, age: TimeDelta) -> Consequences {
        let now = self.dispatched + age;
        let planned = self.plan(from, input, now);
        let mut consequences = self.follow(from, &planned, now);
        consequences.is_empty = planned.is_empty();
        consequences
    }

    /// The timer.
    #[must_use]
    pub fn ring(&self) -> Input {
        Input::Deadline(self.key.clone())
    }

    fn plan(&self, from: &Snapshot, input: &Input, now: DateTime<Utc>) -> Plan {
        plan(Some(from), input, &self.node.context(now, [7; 16]))
    }

    fn follow(&self, from: &Snapshot, planned: &Plan, now: DateTime<Utc>) -> Consequences {
        assert_eq!(planned.based_on(), Some(from.version), "a plan is made from its state");
        let state = planned.state().cloned().expect("a transmission is not forgotten");
        let next = Snapshot { version: from.version, state };
        let mut consequences = self.settle(next, planned.effects(), now);
        consequences.note(self, planned);
        consequences
    }

    /// Reports everything that a shell does by itself: all but the relay of the envelope.
    fn settle(&self, state: Snapshot, effects: &[Effect], now: DateTime<Utc>) -> Consequences {
        let mut consequences = Consequences {
            deadline: state.state.next_deadline(),
            state,
            is_empty: false,
            made: Vec::new(),
            copies: 0,
            astray: Vec::new(),
            withdrawn: false,
        };
        for effect in effects {
            let outcome = match &effect.action {
                Action::Seal(unsigned) => {
                    consequences.made.extend(super::scene::certified(unsigned).cloned());
                    Outcome::Sealed(body_ref(effect.id.as_str().as_bytes()))
                }
                Action::Deposit { .. } => Outcome::Depositable,
                Action::Relay { .. } => continue,
                Action::Withdraw(relay) => {
                    consequences.withdrawn |= *relay == self.relay;
                    Outcome::Done
                }
                _ => Outcome::Done,
            };
            let report = self.report(&effect.id, outcome);
            let planned = self.plan(&consequences.state, &report, now);
            let after = self.follow(&consequences.state, &planned, now);
            consequences.join(after);
        }
        consequences
    }
}

impl Consequences {
    fn join(&mut self, after: Self) {
        self.state = after.state;
        self.made.extend(after.made);
        self.copies += after.copies;
        self.astray.extend(after.astray);
        self.withdrawn |= after.withdrawn;
        self.deadline = after.deadline;
    }

    /// Looks at the rows of a plan.
    fn note(&mut self, scene: &Scene, planned: &Plan) {
        self.deadline = self.state.state.next_deadline();
        for row in planned.deposits() {
            let is_came = matches!(row.message, pec_gestore::MessageRef::Body(_));
            let is_user = row.mailbox.as_str() == SENDER;
            if is_user && is_came {
                self.copies += 1;
            } else if !is_user && row.mailbox != scene.node.provider.service_mailbox {
                self.astray.push(row.mailbox.to_string());
            }
        }
    }
}

/// What a message certifies, if it does.
pub(super) fn certified(unsigned: &Unsigned) -> Option<&CertificationData> {
    match unsigned {
        Unsigned::Notification { data, .. } => Some(data),
        _ => None,
    }
}

fn submission(node: &mut Node, recipients: &[Address], now: DateTime<Utc>) -> Input {
    let to: Vec<&str> = recipients.iter().map(Address::as_str).collect();
    let octets = format!(
        "From: {SENDER}\r\nTo: {}\r\nSubject: Prova\r\nMessage-ID: <1@client.example>\r\n\
         Date: Sat, 28 Mar 2026 09:30:00 +0100\r\n\r\nCiao.\r\n",
        to.join(", ")
    );
    let account: Address = SENDER.parse().expect("an address");
    Input::Submission(Submission {
        id: node.fresh_id(now),
        account: account.clone(),
        envelope: SmtpEnvelope { reverse_path: Some(account), forward_paths: recipients.to_vec() },
        message: body_ref(octets.as_bytes()),
        facts: MessageFacts::of(octets.as_bytes()),
        scan: Scan::Clean,
    })
}

/// The relay of the envelope, and what the envelope certifies.
fn dispatch(first: &Plan) -> (EffectId, CertificationData) {
    let relays = first.effects().iter().filter(|e| matches!(e.action, Action::Relay { .. }));
    let relays: Vec<_> = relays.map(|effect| effect.id.clone()).collect();
    assert_eq!(relays.len(), 1, "recipients of one domain have one relay: {:?}", first.effects());
    let data = first.effects().iter().find_map(|effect| match &effect.action {
        Action::Seal(unsigned) => match &**unsigned {
            Unsigned::TransportEnvelope { data, .. } => Some(data.clone()),
            _ => None,
        },
        _ => None,
    });
    (relays[0].clone(), data.expect("a transport envelope"))
}

type Receipt = (String, Vec<(usize, Stimulus)>, CertificationData, usize);

/// What the recipients' gestore may say. With one recipient everything, and delivery twice in
/// different octets; with two what matters between them.
fn receipts(envelope: &CertificationData, recipients: &[Address]) -> Vec<Receipt> {
    let time = EventTime::legal(envelope.time.to_utc() + TimeDelta::minutes(1)).expect("a time");
    let data = |event| CertificationData {
        event,
        provider: "Beta S.p.A.".parse().expect("text"),
        time,
        ..envelope.clone()
    };
    let delivered = |one: &Address| Event::Delivery {
        receipt_type: ReceiptType::Concise,
        delivered_to: one.clone(),
    };
    let mut all: Vec<Receipt> = Vec::new();
    let mut add = |name: String, stimuli: Vec<(usize, Stimulus)>, event: Event| {
        let number = all.len();
        all.push((name, stimuli, data(event), number));
    };
    for (place, one) in recipients.iter().enumerate() {
        let about = |stimulus| vec![(place, stimulus)];
        let received_for: OneOrMore<Address> = one.clone().into();
        let taken = Event::TakeInCharge { received_for };
        add(format!("take-in-charge {place}"), about(Stimulus::TakeInCharge), taken);
        add(format!("delivery {place}"), about(Stimulus::Delivery), delivered(one));
        let failed = Event::DeliveryError {
            cause: DeliveryErrorCause::NoRecipient,
            delivered_to: one.clone(),
            receipt_type: None,
            error_detail: "5.1.1 - Beta - indirizzo non valido".parse().expect("text"),
        };
        add(format!("error {place}"), about(Stimulus::Error), failed);
        if place == 0 {
            let virus = Event::VirusDetection {
                delivered_to: one.clone(),
                error_detail: "Eicar".parse().expect("text"),
            };
            add(format!("virus {place}"), about(Stimulus::Virus), virus);
        }
        if recipients.len() == 1 {
            let again = format!("another delivery {place}");
            add(again, about(Stimulus::Delivery), delivered(one));
        }
    }
    if recipients.len() > 1 {
        let received_for: OneOrMore<Address> = recipients.to_vec().try_into().expect("some");
        let both = (0..recipients.len()).map(|place| (place, Stimulus::TakeInCharge)).collect();
        add("take-in-charge of all".to_owned(), both, Event::TakeInCharge { received_for });
    }
    all
}
