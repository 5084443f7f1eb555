//! The stage: both providers, their mailboxes as they fill, and what is waited for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use pec_server::clock::Clock as _;

use crate::clock::MovableClock;
use crate::judge::judge;
use crate::play::{Act, Expected, MARIO};
use crate::post;
use crate::problem::Result;
use crate::providers::Provider;
use crate::story::{Fate, Finding, Letter, Story, Transmission};
use crate::timeline::Timeline;

/// How long to wait for what is expected.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often mailboxes are looked at.
const LOOK: Duration = Duration::from_millis(60);

/// Both providers, and what came so far.
pub(crate) struct Stage {
    /// The sender's.
    pub(crate) alfa: Provider,
    /// The other.
    pub(crate) beta: Provider,
    /// Their clock.
    pub(crate) clock: MovableClock,
    /// What is told.
    pub(crate) story: Story,
    /// The messages that came, by their place in the story.
    pub(crate) octets: Vec<Vec<u8>>,
    timeline: Timeline,
    seen: BTreeSet<(String, String)>,
}

impl Stage {
    /// With nothing played yet.
    pub(crate) fn new(providers: [Provider; 2], clock: MovableClock, timeline: Timeline) -> Self {
        let [alfa, beta] = providers;
        let (story, octets, seen) = (Story::default(), Vec::new(), BTreeSet::new());
        Self { alfa, beta, clock, story, octets, timeline, seen }
    }

    /// Hands a message in and waits for what is expected of it.
    ///
    /// # Errors
    /// When a server does not answer.
    pub(crate) async fn play(&mut self, act: &Act) -> Result<()> {
        self.timeline.step(act.title);
        let number = self.story.transmissions.len().saturating_add(1);
        let date = self.clock.now().to_rfc2822();
        let octets = act.original.to_octets(number, &date);
        let recipients = [act.original.to.as_slice(), act.original.cc.as_slice()].concat();
        let said = post::submit(&self.alfa, MARIO, act.reverse_path, &recipients, &octets).await?;
        self.timeline.says(&format!("{MARIO:22} hands in {} octets: {said}", octets.len()));
        let fate = |recipient| Fate { recipient, ..Fate::default() };
        self.story.transmissions.push(Transmission {
            title: act.title.to_owned(),
            id: None,
            sender: MARIO.to_owned(),
            recipients: recipients.into_iter().map(fate).collect(),
            smtp: said.clone(),
        });
        let is_right = said.starts_with(act.reply);
        self.find(format!("{}: the provider answers {}", act.title, act.reply), is_right, || said);
        self.wait_for(act.title, &act.expected).await
    }

    /// Waits for what is expected, and a little longer for what is not.
    ///
    /// # Errors
    /// When a server does not answer.
    pub(crate) async fn wait_for(&mut self, title: &str, expected: &[Expected]) -> Result<()> {
        let first = self.story.letters.len();
        let until = Instant::now().checked_add(PATIENCE);
        let mut expected = expected.to_vec();
        expected.sort();
        let mut is_settled = false;
        loop {
            self.collect().await?;
            let came = self.story.letters.get(first..).unwrap_or_default();
            let mut came: Vec<Expected> = came.iter().filter_map(as_expected).collect();
            came.sort();
            let is_late = until.is_none_or(|until| Instant::now() >= until);
            if came == expected && !is_settled {
                // What should not come would be on its way now.
                is_settled = true;
            } else if came == expected || is_late {
                let what = format!("{title}: {} messages, each where it belongs", expected.len());
                self.find(what, came == expected, || difference(&expected, &came));
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        self.identify(first);
        Ok(())
    }

    /// Moves the clock of both providers ahead.
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.timeline.says(&format!("the clock is moved {} hours ahead", by.num_hours()));
        self.clock.advance(by);
        for provider in [&self.alfa, &self.beta] {
            if let Ok(running) = provider.running() {
                running.wake();
            }
        }
    }

    /// Says something that no message says.
    pub(crate) fn says(&self, words: &str) {
        self.timeline.says(words);
    }

    /// A new step begins.
    pub(crate) fn step(&self, title: &str) {
        self.timeline.step(title);
    }

    /// The end of what is shown.
    pub(crate) fn end(&self) {
        self.timeline.end();
    }

    /// Notes something that the norm asks for.
    pub(crate) fn find(&mut self, what: String, is_right: bool, instead: impl FnOnce() -> String) {
        let instead = (!is_right).then(instead);
        if let Some(instead) = &instead {
            self.timeline.says(&format!("EXPECTED {what}, BUT {instead}"));
        }
        self.story.findings.push(Finding { what, instead });
    }

    /// Fetches what is new in all mailboxes of the servers that run, and judges it.
    async fn collect(&mut self) -> Result<()> {
        for provider in [&self.alfa, &self.beta] {
            if !provider.is_running() {
                continue;
            }
            let world = provider.running()?.gestore().world();
            for mailbox in provider.mailboxes() {
                for octets in post::fetch(provider, &mailbox, &mut self.seen).await? {
                    let (gestore, mailbox) = (provider.domain.clone(), mailbox.clone());
                    let judged = judge(&octets, &world, self.clock.now());
                    let letter = Letter { gestore, mailbox, ..judged };
                    self.timeline.came(&letter);
                    self.story.letters.push(letter);
                    self.octets.push(octets);
                }
            }
        }
        Ok(())
    }

    /// The last transmission is the one that new messages from `first` on are about.
    fn identify(&mut self, first: usize) {
        let came = self.story.letters.get(first..).unwrap_or_default();
        let id = came.iter().find_map(|letter| letter.transmission.clone());
        if let (Some(last), Some(id)) = (self.story.transmissions.last_mut(), id) {
            last.id.get_or_insert(id);
        }
    }
}

/// What a message is, in the words of what is expected. Mail that is nothing is not compared.
fn as_expected(letter: &Letter) -> Option<Expected> {
    Some(Expected {
        mailbox: letter.mailbox.clone(),
        kind: letter.kind?,
        about: letter.delivered_to.clone(),
        has_original: letter.has_original,
    })
}

fn difference(expected: &[Expected], came: &[Expected]) -> String {
    let list = |all: &[Expected], of: &[Expected]| {
        let missing: Vec<String> = all
            .iter()
            .filter(|one| !of.contains(one))
            .map(|one| format!("{} to {}", one.kind, one.mailbox))
            .collect();
        if missing.is_empty() { "nothing".to_owned() } else { missing.join(", ") }
    };
    format!("missing: {}; unexpected: {}", list(expected, came), list(came, expected))
}
