//! An honest gestore: who it is, what it keeps, what it forgets when it crashes.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use pec_daticert::Address;
use pec_directory::DirectoryHistory;
use pec_gestore::{
    Context, Correspondents, EffectId, Ids, Limits, MailboxFacts, MailboxState, Mailboxes,
    OrdinaryPolicy, Provider, Scan,
};
use pec_message::identifier::NodeIds;
use pec_message::write::SystemAddress;
use pec_smime::x509::TrustStore;

use super::authority::service_mailbox;
use super::store::SimStore;
use super::{Authority, Random};

/// An honest gestore.
pub struct Node {
    /// Who it is, as the library asks for it.
    pub provider: Provider,
    /// Its place in the directory.
    pub listed: usize,
    /// What it keeps.
    pub store: Box<dyn SimStore + Send>,
    /// Its mailboxes.
    pub boxes: Boxes,
    /// How far its clock is from true time.
    pub offset: TimeDelta,
    /// Whether its clock has ever stepped.
    pub has_stepped: bool,
    /// Counts its starts; what was begun before a crash belongs to an earlier one.
    pub epoch: u64,
    /// When it started last, in true time.
    pub started: DateTime<Utc>,
    /// Whether it runs.
    pub is_up: bool,
    /// Whether its scanner answers.
    pub has_scanner: bool,
    /// Whether it gets new directories and revocation lists.
    pub is_refreshed: bool,
    /// The directories that it has seen.
    pub directories: DirectoryHistory,
    /// The revocation lists that it has.
    pub trust: TrustStore,
    /// Of each relay that is under way, who has not got it. A crash forgets this.
    pub under_way: HashMap<EffectId, Vec<Address>>,
    ids: NodeIds,
    random: Random,
}

impl Node {
    /// A gestore of a name and domains, with its mailboxes.
    ///
    /// # Panics
    /// When name or domains are none.
    #[must_use]
    pub fn new(
        listed: usize,
        authority: &Authority,
        store: Box<dyn SimStore + Send>,
        random: Random,
    ) -> Self {
        let entry = &authority.listed[listed];
        let domain = &entry.domains[0];
        let provider = Provider {
            name: entry.name.parse().expect("a name"),
            system: SystemAddress::at(domain).expect("a domain"),
            service_mailbox: service_mailbox(domain).parse().expect("an address"),
            domains: entry.domains.clone(),
            limits: Limits {
                message_octets: 100_000,
                product_octets: 30_000_000,
                recipients: 50,
                hops: 25,
            },
        };
        let boxes = Boxes::new(&provider);
        Self {
            listed,
            store,
            boxes,
            offset: TimeDelta::zero(),
            has_stepped: false,
            epoch: 0,
            started: DateTime::<Utc>::MIN_UTC,
            is_up: true,
            has_scanner: true,
            is_refreshed: true,
            directories: DirectoryHistory::new(),
            trust: TrustStore::new(),
            under_way: HashMap::new(),
            ids: node_ids(domain),
            random,
            provider,
        }
    }

    /// The domain of its addresses.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.provider.domains[0]
    }

    /// Whether it manages the domain of an address.
    #[must_use]
    pub fn manages(&self, address: &Address) -> bool {
        let domain = address.domain().to_ascii_lowercase();
        self.provider.domains.contains(&domain)
    }

    /// What its clock says.
    #[must_use]
    pub fn time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + self.offset
    }

    /// The process dies.
    pub fn crash(&mut self) {
        self.is_up = false;
        self.epoch += 1;
        self.under_way.clear();
        self.store.crash();
        // A new process counts its identifiers from the beginning.
        self.ids = node_ids(self.domain());
    }

    /// Takes what is published.
    pub fn refresh(&mut self, authority: &Authority, now: DateTime<Utc>) {
        let published = authority.directory(now);
        self.directories.forget_before(now - TimeDelta::days(4));
        self.directories.insert(published.confirmed_at(now));
        self.trust = authority.trust(now);
    }

    /// A fresh identifier.
    pub fn fresh_id(&mut self, now: DateTime<Utc>) -> pec_daticert::PecMsgid {
        use pec_message::identifier::IdGenerator;
        self.ids.next_id(now, self.random.octets())
    }

    /// What planning looks at; `now` is what its clock says.
    ///
    /// # Panics
    /// When it has never seen a directory.
    pub fn context<'n>(&'n self, now: DateTime<Utc>, random: [u8; 16]) -> Context<'n> {
        Context {
            now,
            ids: Ids::new(&self.ids, now, random),
            provider: &self.provider,
            directory: self.directories.latest().expect("a directory from the start"),
            mailboxes: &self.boxes,
        }
    }

    /// Octets for the identifiers of one planning.
    pub fn randomness(&mut self) -> [u8; 16] {
        self.random.octets()
    }

    /// What its scanner says; `misses` is whether it does not know the virus.
    #[must_use]
    pub fn scan(&self, octets: &[u8], misses: impl FnOnce(&str) -> bool) -> Scan {
        if !self.has_scanner {
            return Scan::Failed;
        }
        match virus_in(octets) {
            Some(virus) if !misses(&virus) => Scan::Infected(virus.parse().expect("a word")),
            _ => Scan::Clean,
        }
    }
}

fn node_ids(domain: &str) -> NodeIds {
    NodeIds::new("n1", domain).expect("a domain")
}

/// Begins the name of a virus in a message.
pub const VIRUS: &str = "X5O!P-SIMULATED-";

fn virus_in(octets: &[u8]) -> Option<String> {
    let start = memchr::memmem::find(octets, VIRUS.as_bytes())?;
    let name = &octets[start..];
    let number = name.get(VIRUS.len()).filter(|octet| octet.is_ascii_digit())?;
    // What the scanner calls it must not look like the virus: notices tell the name.
    Some(format!("Simulato-{}", char::from(*number)))
}

/// The mailboxes of a gestore.
#[derive(Debug)]
pub struct Boxes(BTreeMap<String, MailboxFacts>);

/// The local parts of the mailboxes of every gestore.
pub const USERS: [&str; 4] = ["anna", "bruno", "carla", "dario"];

impl Boxes {
    fn new(provider: &Provider) -> Self {
        let mut boxes = BTreeMap::new();
        for domain in &provider.domains {
            for (number, user) in USERS.iter().enumerate() {
                let ordinary = match number {
                    0 => OrdinaryPolicy::Envelope,
                    1 => OrdinaryPolicy::Forward("fuori@world.example".parse().expect("address")),
                    _ => OrdinaryPolicy::Refuse,
                };
                boxes.insert(format!("{user}@{domain}"), facts(ordinary));
            }
        }
        for own in [&provider.service_mailbox, provider.system.address()] {
            boxes.insert(own.as_str().to_owned(), facts(OrdinaryPolicy::Refuse));
        }
        Self(boxes)
    }

    /// The facts of one mailbox, to be changed.
    pub fn get_mut(&mut self, address: &str) -> Option<&mut MailboxFacts> {
        self.0.get_mut(&address.to_ascii_lowercase())
    }
}

fn facts(ordinary: OrdinaryPolicy) -> MailboxFacts {
    MailboxFacts {
        state: MailboxState::Active,
        quota_left: None,
        rate_left: None,
        ordinary,
        correspondents: Correspondents::All,
    }
}

impl Mailboxes for Boxes {
    fn facts(&self, address: &Address) -> Option<MailboxFacts> {
        self.0.get(&address.as_str().to_ascii_lowercase()).cloned()
    }
}
