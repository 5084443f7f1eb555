//! The world: gestori, the network between them, and what happens in it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use pec_gestore::{BodyRef, EffectId, Key, Role};
use pec_smime::crypto::CryptoProvider;
use pec_smime::sign::SoftwareSigner;

use super::hostile::Hostile;
use super::network::{Dialogue, Verdict};
use super::node::USERS;
use super::store::SimStore;
use super::user::Letter;
use super::{
    Authority, Clock, Fault, FaultPlan, Ledger, Mode, Node, Options, Random, cryptography,
};

/// Domains of gestori; the last one is the hostile one's, if there is one.
const DOMAINS: [&str; 7] = [
    "alfa.example",
    "beta.example",
    "gamma.example",
    "delta.example",
    "epsilon.example",
    "zeta.example",
    "ostile.example",
];

/// A domain outside the network.
pub const OUTSIDE: &str = "world.example";

/// Something that happens at an instant.
#[derive(Debug)]
pub(super) enum Event {
    /// A user hands in a message.
    Submit { node: usize, letter: Box<Letter>, attempt: u32 },
    /// A gestore does an effect of its outbox.
    Run { node: usize, epoch: u64, effect: EffectId },
    /// A message reaches a host.
    Arrive(Box<Dialogue>),
    /// The replies for the recipients of a relay reach the one who relays.
    Answer { node: usize, epoch: u64, effect: EffectId, results: Vec<(Address, Verdict)> },
    /// A deadline of a state is reached.
    Wake { node: usize, epoch: u64, key: Key },
    /// A gestore starts again.
    Restart { node: usize },
    /// A gestore takes directory and revocation lists.
    Refresh { node: usize },
    /// The weather changes.
    Turn(Turn),
    /// The hostile gestore does something.
    Mischief,
    /// Ordinary mail comes from outside.
    Stranger,
    /// What is old is archived.
    Archive,
}

/// A change of the circumstances.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    /// A scanner stops or answers again.
    Scanner { node: usize, answers: bool },
    /// A mailbox is full, or not.
    Full { node: usize, user: String, is: bool },
    /// A mailbox is suspended, or not.
    Suspended { node: usize, user: String, is: bool },
    /// A gestore stops for hours.
    Outage { node: usize, hours: i64 },
    /// A clock steps.
    Step { node: usize, offset: TimeDelta },
    /// A gestore stops to get directory and lists, or gets them again.
    Refreshes { node: usize, is: bool },
    /// All faults end.
    Calm,
}

/// The world of one run.
pub struct World {
    pub(super) options: Options,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) clock: Clock<Event>,
    pub(super) random: Random,
    pub(super) faults: FaultPlan,
    /// Whether nothing goes wrong in the whole run.
    pub(super) is_sound: bool,
    pub(super) authority: Authority,
    pub(super) crypto: CryptoProvider,
    /// The signers by their certificates: reading a key takes longer than a fake signature.
    pub(super) signers: HashMap<Vec<u8>, Arc<SoftwareSigner>>,
    pub(super) nodes: Vec<Node>,
    pub(super) hostile: Option<Hostile>,
    pub(super) ledger: Ledger,
    pub(super) crash_points: u64,
    pub(super) letters: u64,
    /// Everybody who can be written to.
    pub(super) certified: Vec<Address>,
    pub(super) unknown: Vec<Address>,
    pub(super) ordinary: Vec<Address>,
    /// States and bodies in the order in which they came, for the archive.
    pub(super) old_keys: VecDeque<(DateTime<Utc>, usize, Key)>,
    pub(super) old_bodies: VecDeque<(DateTime<Utc>, usize, BodyRef)>,
}

impl World {
    /// The world of a seed, before anything happens.
    #[must_use]
    pub fn new(options: &Options, stores: &mut dyn FnMut() -> Box<dyn SimStore + Send>) -> Self {
        let mut random = Random::new(options.seed);
        let faults = match &options.faults {
            Some(faults) => FaultPlan::only(faults),
            None => FaultPlan::of(options.mode, &mut random.fork("faults")),
        };
        let start = start(options, &mut random);
        let end = start + TimeDelta::hours(options.hours);
        let is_real = options.real.unwrap_or_else(|| random.fork("crypto").chance(60));
        let crypto = if is_real {
            cryptography::real(options.seed)
        } else {
            cryptography::fake(options.seed)
        };
        let mut world = Self {
            options: options.clone(),
            start,
            end,
            clock: Clock::starting(start),
            is_sound: faults == FaultPlan::default(),
            faults,
            authority: Authority::new(start),
            crypto,
            signers: HashMap::new(),
            nodes: Vec::new(),
            hostile: None,
            ledger: Ledger::default(),
            crash_points: 0,
            letters: 0,
            certified: Vec::new(),
            unknown: Vec::new(),
            ordinary: vec![address("mario@", OUTSIDE), address("lucia@", OUTSIDE)],
            old_keys: VecDeque::new(),
            old_bodies: VecDeque::new(),
            random,
        };
        world.found(stores);
        world.forecast();
        world.plan_letters();
        world
    }

    /// Founds the gestori.
    fn found(&mut self, stores: &mut dyn FnMut() -> Box<dyn SimStore + Send>) {
        let mut random = self.random.fork("gestori");
        let count = self.options.gestori.unwrap_or_else(|| 2 + random.below(5));
        for (number, domain) in DOMAINS.iter().take(count).enumerate() {
            let mut domains = vec![(*domain).to_owned()];
            if number == 0 {
                domains.push("comune.example".to_owned());
            }
            let listed = self.authority.list(&format!("Gestore {domain} S.p.A."), &domains);
            let node = Node::new(listed, &self.authority, stores(), random.fork(domain));
            let users = USERS.iter().map(|user| address(&format!("{user}@"), domain));
            self.certified.extend(users);
            self.unknown.push(address("nessuno@", domain));
            self.nodes.push(node);
        }
        self.certified.push(address("anna@", "comune.example"));
        if self.faults.happens(Fault::Hostile, &mut random) {
            let domain = DOMAINS[DOMAINS.len() - 1];
            let listed = self.authority.list("Gestore ostile S.p.A.", &[domain.to_owned()]);
            self.certified.push(address("victor@", domain));
            self.hostile = Some(Hostile::new(listed, domain, random.fork("hostile")));
        }
    }

    /// Draws the weather of the whole run, and what is regular.
    fn forecast(&mut self) {
        let mut random = self.random.fork("weather");
        let day = TimeDelta::hours(24);
        for node in 0..self.nodes.len() {
            self.certificates(node, &mut random);
            self.nodes[node].refresh(&self.authority, self.start);
            for refresh in 1..=self.options.hours / 12 + 8 {
                let at = self.start + TimeDelta::hours(12 * refresh) + TimeDelta::minutes(5);
                self.clock.at(at, Event::Refresh { node });
            }
            let mut morning = self.start;
            while morning < self.end {
                self.day(node, morning, &mut random);
                morning += day;
            }
        }
        let mut at = self.start;
        while at < self.end {
            if self.hostile.is_some() {
                self.clock.at(at + TimeDelta::minutes(7), Event::Mischief);
            }
            if self.faults.happens(Fault::OrdinaryIncoming, &mut random) {
                self.clock.at(at + TimeDelta::minutes(11), Event::Stranger);
            }
            at += TimeDelta::minutes(40);
        }
        for archive in 1..=self.options.hours / 24 {
            self.clock.at(self.start + day * i32::try_from(archive).unwrap_or(1), Event::Archive);
        }
        self.clock.at(self.end, Event::Turn(Turn::Calm));
    }

    /// What becomes of the certificates and the listing of a gestore.
    fn certificates(&mut self, node: usize, random: &mut Random) {
        let listed = self.nodes[node].listed;
        let hours = self.options.hours;
        let within = |least: i64, random: &mut Random| {
            let most = TimeDelta::hours((hours * 2 / 3).max(least + 1));
            self.start + random.between(TimeDelta::hours(least), most)
        };
        if self.faults.happens(Fault::Expiry, random) {
            let expiry = within(6, random);
            self.authority.let_expire(listed, expiry);
            let late = random.between(TimeDelta::hours(-5), TimeDelta::hours(5));
            self.authority.renew(listed, expiry + late);
        } else if self.faults.happens(Fault::Revocation, random) {
            let revoked = within(6, random);
            self.authority.revoke(listed, revoked);
            let late = random.between(TimeDelta::hours(0), TimeDelta::hours(10));
            self.authority.renew(listed, revoked + late);
        }
        if self.faults.happens(Fault::DirectoryChange, random) {
            let from = within(6, random);
            let to = from + random.between(TimeDelta::hours(6), TimeDelta::hours(30));
            self.authority.listed[listed].absent = Some((from, to));
        }
    }

    /// What the weather of a day is at a gestore.
    fn day(&mut self, node: usize, morning: DateTime<Utc>, random: &mut Random) {
        let spell = |world: &mut Self, fault, random: &mut Random| {
            let from = morning + random.between(TimeDelta::zero(), TimeDelta::hours(20));
            let to = from + random.between(TimeDelta::minutes(10), TimeDelta::hours(9));
            world.faults.happens(fault, random).then_some((from, to))
        };
        let mut turns = Vec::new();
        if let Some((from, to)) = spell(self, Fault::ScannerDown, random) {
            turns.push((from, Turn::Scanner { node, answers: false }));
            turns.push((to, Turn::Scanner { node, answers: true }));
        }
        let user = format!("{}@{}", random.pick(&USERS), self.nodes[node].domain());
        if let Some((from, to)) = spell(self, Fault::FullMailbox, random) {
            turns.push((from, Turn::Full { node, user: user.clone(), is: true }));
            turns.push((to, Turn::Full { node, user: user.clone(), is: false }));
        }
        if let Some((from, to)) = spell(self, Fault::SuspendedMailbox, random) {
            turns.push((from, Turn::Suspended { node, user: user.clone(), is: true }));
            turns.push((to, Turn::Suspended { node, user, is: false }));
        }
        if let Some((from, _)) = spell(self, Fault::Outage, random) {
            let hours = i64::try_from(1 + random.below(18)).unwrap_or(1);
            turns.push((from, Turn::Outage { node, hours }));
        }
        if let Some((from, _)) = spell(self, Fault::ClockStep, random) {
            let offset = random.between(TimeDelta::seconds(-60), TimeDelta::seconds(60));
            turns.push((from, Turn::Step { node, offset }));
        }
        if let Some((from, _)) = spell(self, Fault::StaleTrust, random) {
            turns.push((from, Turn::Refreshes { node, is: false }));
            let days = i64::try_from(1 + random.below(9)).unwrap_or(1);
            turns.push((from + TimeDelta::days(days), Turn::Refreshes { node, is: true }));
        }
        for (at, turn) in turns {
            self.clock.at(at, Event::Turn(turn));
        }
    }

    /// Lets events happen until an instant, or until a rule is broken.
    pub(super) fn run_until(&mut self, end: DateTime<Utc>) {
        while self.ledger.breaches.is_empty() {
            let Some(event) = self.clock.next(end) else { return };
            self.happen(event);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Submit { node, letter, attempt } => self.submit(node, letter, attempt),
            Event::Run { node, epoch, effect } => {
                if self.is_running(node, epoch) {
                    self.run_effect(node, &effect);
                }
            }
            Event::Arrive(dialogue) => self.arrive(*dialogue),
            Event::Answer { node, epoch, effect, results } => {
                if self.is_running(node, epoch) {
                    self.answered(node, &effect, results);
                }
            }
            Event::Wake { node, epoch, key } => {
                if self.is_running(node, epoch) {
                    self.wake(node, &key);
                }
            }
            Event::Restart { node } => self.restart(node),
            Event::Refresh { node } => {
                if self.nodes[node].is_refreshed {
                    let now = self.clock.now();
                    self.nodes[node].refresh(&self.authority, now);
                }
            }
            Event::Turn(turn) => self.turn(turn),
            Event::Mischief => self.mischief(),
            Event::Stranger => self.stranger(),
            Event::Archive => self.archive(),
        }
    }

    fn is_running(&self, node: usize, epoch: u64) -> bool {
        let node = &self.nodes[node];
        node.is_up && node.epoch == epoch
    }

    fn turn(&mut self, turn: Turn) {
        use pec_gestore::MailboxState::{Active, Suspended};
        match turn {
            Turn::Scanner { node, answers } => self.nodes[node].has_scanner = answers,
            Turn::Full { node, user, is } => {
                if let Some(facts) = self.nodes[node].boxes.get_mut(&user) {
                    facts.quota_left = is.then_some(10);
                }
            }
            Turn::Suspended { node, user, is } => {
                if let Some(facts) = self.nodes[node].boxes.get_mut(&user) {
                    facts.state = if is { Suspended } else { Active };
                }
            }
            Turn::Outage { node, hours } => self.crash(node, TimeDelta::hours(hours)),
            Turn::Step { node, offset } => {
                self.nodes[node].offset = offset;
                self.nodes[node].has_stepped = true;
            }
            Turn::Refreshes { node, is } => {
                self.nodes[node].is_refreshed = is;
                if is {
                    let now = self.clock.now();
                    self.nodes[node].refresh(&self.authority, now);
                }
            }
            Turn::Calm => self.calm(),
        }
    }

    /// From now on nothing goes wrong any more.
    fn calm(&mut self) {
        use pec_gestore::MailboxState::Active;
        self.faults.clear();
        let now = self.clock.now();
        for node in &mut self.nodes {
            node.has_scanner = true;
            node.is_refreshed = true;
            for user in USERS {
                for domain in node.provider.domains.clone() {
                    if let Some(facts) = node.boxes.get_mut(&format!("{user}@{domain}")) {
                        (facts.state, facts.quota_left) = (Active, None);
                    }
                }
            }
            node.refresh(&self.authority, now);
        }
    }

    /// States and messages of more than a month ago go to the archive; transmissions that are at
    /// their end are judged and forgotten.
    fn archive(&mut self) {
        let month = self.clock.now() - TimeDelta::days(30);
        while let Some((at, node, key)) = self.old_keys.pop_front() {
            if at > month {
                self.old_keys.push_front((at, node, key));
                break;
            }
            if key.role == Role::Sender {
                self.judge_end(&key.id);
                self.ledger.forget(&key.id);
            }
            self.nodes[node].store.archive(&key);
        }
        while let Some((at, node, body)) = self.old_bodies.pop_front() {
            if at > month {
                self.old_bodies.push_front((at, node, body));
                break;
            }
            self.nodes[node].store.forget_body(&body);
        }
    }

    /// What came from where: the host of a domain.
    pub(super) fn node_of(&self, domain: &str) -> Option<usize> {
        let domain = domain.to_ascii_lowercase();
        self.nodes.iter().position(|node| node.provider.domains.contains(&domain))
    }

    /// A point at which a gestore may crash; whether it does.
    pub(super) fn crash_point(&mut self, node: usize) -> bool {
        self.crash_points += 1;
        let crashes = match self.options.mode {
            Mode::CrashAt(point) => self.crash_points == point,
            _ => self.faults.happens(Fault::Crash, &mut self.random),
        };
        if crashes {
            let down = self.random.between(TimeDelta::seconds(1), TimeDelta::minutes(20));
            self.crash(node, down);
        }
        crashes
    }

    fn crash(&mut self, node: usize, down: TimeDelta) {
        if self.nodes[node].is_up {
            self.ledger.count("crashes");
            self.nodes[node].crash();
            self.clock.after(down, Event::Restart { node });
        }
    }
}

/// When a run starts: around changes of summer time, a leap second, or an ordinary day.
fn start(options: &Options, random: &mut Random) -> DateTime<Utc> {
    let starts = [
        "2026-03-27T22:30:00Z",
        "2026-10-23T21:00:00Z",
        "2016-12-30T08:00:00Z",
        "2026-06-15T06:00:00Z",
    ];
    let chosen = random.fork("start").pick(&starts).parse().expect("an instant");
    options.start.unwrap_or(chosen)
}

pub(super) fn address(local: &str, domain: &str) -> Address {
    format!("{local}{domain}").parse().expect("an address")
}
