//! The search.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use pec_daticert::Event;
use pec_gestore::Snapshot;
use sha2::{Digest as _, Sha256};

use super::oracle::{Duty, Message, Oracle};
use super::scene::{Consequences, Scene};

/// What a search found.
#[derive(Debug)]
pub struct Explored {
    /// How many recipients the message had.
    pub recipients: usize,
    /// How many pairs of state and oracle, each at an age, there are.
    pub pairs: usize,
    /// How many steps lead from one to another, or to the same one.
    pub steps: u64,
    /// How many sequences of steps that change something there are, all of which it stands for.
    pub sequences: f64,
    /// The longest of them.
    pub longest: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// What is not as the oracle says: the first few, each with a shortest way to it.
    pub differences: Vec<String>,
}

type Name = [u8; 16];

struct Place {
    state: Snapshot,
    oracle: Oracle,
    /// Which receipts came: their octets count once.
    came: u32,
    age: usize,
    way: Option<(usize, String)>,
}

struct Search<'s> {
    scene: &'s Scene,
    ages: &'s [TimeDelta],
    known: HashMap<Name, usize>,
    places: Vec<Place>,
    arrows: Vec<Vec<usize>>,
    steps: u64,
    differences: Vec<String>,
}

/// Explores everything that may happen in a scene at these ages of the transmission, in order.
#[must_use]
pub fn explore(scene: &Scene, ages: &[TimeDelta]) -> Explored {
    let started = Instant::now();
    let mut search = Search::new(scene, ages);
    let mut next = 0;
    while next < search.places.len() && search.differences.len() < 5 {
        search.leave(next);
        next += 1;
    }
    let (sequences, longest) = search.count();
    Explored {
        recipients: scene.recipients.len(),
        pairs: search.places.len(),
        steps: search.steps,
        sequences,
        longest,
        elapsed: started.elapsed(),
        differences: search.differences,
    }
}

/// Walks one way through a scene: each octet is a step. What is not as the oracle says.
#[must_use]
pub fn walk(scene: &Scene, octets: &[u8]) -> Vec<String> {
    let quarters = |step: &u8| TimeDelta::minutes(15 * i64::from(step >> 4));
    let mut age = TimeDelta::minutes(1);
    let mut ages = vec![age];
    ages.extend(octets.iter().map(|step| {
        age += quarters(step);
        age
    }));
    let mut search = Search::new(scene, &ages);
    let mut at = 0;
    for step in octets {
        let before = search.places[at].age;
        at = search.grow_older(at);
        debug_assert_eq!(search.places[at].age, before + 1);
        let happening = usize::from(step & 0x0f);
        at = if happening < scene.happenings.len() {
            search.happen(at, happening)
        } else {
            search.ring(at)
        };
        if !search.differences.is_empty() {
            break;
        }
    }
    search.differences
}

impl<'s> Search<'s> {
    fn new(scene: &'s Scene, ages: &'s [TimeDelta]) -> Self {
        let mut search = Self {
            scene,
            ages,
            known: HashMap::new(),
            places: Vec::new(),
            arrows: Vec::new(),
            steps: 0,
            differences: Vec::new(),
        };
        let oracle = Oracle::new(scene.recipients.len());
        search.enter(Place { state: scene.begun.clone(), oracle, came: 0, age: 0, way: None });
        search
    }
}

impl Search<'_> {
    /// A place is reached; its number.
    fn enter(&mut self, place: Place) -> usize {
        let state = serde_json::to_vec(&place.state.state).expect("a state is JSON");
        let oracle = format!("{:?}{}/{}", place.oracle, place.came, place.age);
        let digest = Sha256::new().chain_update(&state).chain_update(oracle).finalize();
        let name: Name = digest[..16].try_into().expect("16 of 32");
        let next = self.places.len();
        let number = *self.known.entry(name).or_insert(next);
        if number == next {
            self.places.push(place);
            self.arrows.push(Vec::new());
        }
        number
    }

    /// Everything that may happen at a place.
    fn leave(&mut self, number: usize) {
        if self.places[number].age + 1 < self.ages.len() {
            self.grow_older(number);
        }
        self.ring(number);
        (0..self.scene.happenings.len()).for_each(|happening| _ = self.happen(number, happening));
    }

    /// Time passes.
    fn grow_older(&mut self, number: usize) -> usize {
        let from = &self.places[number];
        let (state, oracle, came) = (from.state.clone(), from.oracle.clone(), from.came);
        let age = from.age + 1;
        let way = Some((number, format!("age {}", self.ages[age])));
        self.arrow(number, Place { state, oracle, came, age, way })
    }

    /// The timer rings, when it is time or not.
    fn ring(&mut self, number: usize) -> usize {
        let from = &self.places[number];
        let (mut expected, came, now) = (from.oracle.clone(), from.came, self.ages[from.age]);
        let ring = self.scene.give(&from.state, &self.scene.ring(), now);
        let duties = expected.ring(now);
        self.judge(number, "timer", &ring, &duties, false);
        self.step(number, "timer", ring, expected, came)
    }

    /// One of the things that may come comes, for the first time or again.
    fn happen(&mut self, number: usize, place: usize) -> usize {
        let happening = &self.scene.happenings[place];
        let from = &self.places[number];
        let (oracle, came, now) = (from.oracle.clone(), from.came, self.ages[from.age]);
        let seen = self.scene.give(&from.state, &happening.input, now);
        let bit = 1 << place;
        let is_repeated = happening.is_receipt && came & bit != 0;
        let came = if happening.is_receipt { came | bit } else { came };
        let mut expected = oracle.clone();
        let mut duties = vec![Vec::new(); oracle.recipients.len()];
        if !is_repeated {
            for (recipient, stimulus) in &happening.stimuli {
                let made = |message| count(self.scene, &seen, *recipient, message) > 0;
                duties[*recipient] = expected.receive(*recipient, *stimulus, &made);
            }
        }
        let is_over = expected == oracle && !happening.is_receipt;
        self.judge(number, &happening.name, &seen, &duties, is_repeated || is_over);
        self.step(number, &happening.name, seen, expected, came)
    }

    fn step(
        &mut self,
        from: usize,
        name: &str,
        seen: Consequences,
        oracle: Oracle,
        came: u32,
    ) -> usize {
        let age = self.places[from].age;
        let due = oracle.next_timer().map(|due| self.scene.dispatched + due);
        if seen.deadline != due {
            let what = format!("the timer is set to {:?} instead of {due:?}", seen.deadline);
            self.differ(from, name, &what);
        }
        let way = Some((from, name.to_owned()));
        self.arrow(from, Place { state: seen.state, oracle, came, age, way })
    }

    fn arrow(&mut self, from: usize, to: Place) -> usize {
        self.steps += 1;
        let to = self.enter(to);
        if to != from && !self.arrows[from].contains(&to) {
            self.arrows[from].push(to);
        }
        to
    }

    /// Compares what was made with what is owed.
    fn judge(
        &mut self,
        from: usize,
        name: &str,
        seen: &Consequences,
        duties: &[Vec<(Message, Duty)>],
        is_nothing: bool,
    ) {
        if is_nothing && !seen.is_empty {
            self.differ(from, name, "a repeat is planned again");
        }
        if !seen.astray.is_empty() {
            self.differ(from, name, &format!("rows in {:?}", seen.astray));
        }
        for (recipient, duties) in duties.iter().enumerate() {
            for (message, duty) in duties {
                let times = count(self.scene, seen, recipient, *message);
                let is_right = match duty {
                    Duty::Must => times == 1,
                    Duty::MustNot => times == 0,
                    Duty::May => times <= 1,
                };
                if !is_right {
                    let what = format!("{message:?} to recipient {recipient}: {duty:?}, {times}");
                    self.differ(from, name, &what);
                }
            }
        }
    }

    fn differ(&mut self, from: usize, name: &str, what: &str) {
        let mut steps = vec![name.to_owned()];
        let mut place = from;
        while let Some((before, step)) = &self.places[place].way {
            steps.push(step.clone());
            place = *before;
        }
        steps.reverse();
        let state = &self.places[from].state;
        let sequence = steps.join(", ");
        self.differences.push(format!("{what} after: {sequence}\n    state before: {state:?}"));
    }

    /// Sequences of changing steps: what can happen only grows, so there are no circles.
    fn count(&self) -> (f64, usize) {
        let mut ways = vec![0.0_f64; self.places.len()];
        let mut depth = vec![0_usize; self.places.len()];
        let mut missing = vec![0_usize; self.places.len()];
        self.arrows.iter().flatten().for_each(|to| missing[*to] += 1);
        let mut ready = vec![0];
        if let Some(first) = ways.first_mut() {
            *first = 1.0;
        }
        while let Some(from) = ready.pop() {
            for to in &self.arrows[from] {
                ways[*to] += ways[from];
                depth[*to] = depth[*to].max(depth[from] + 1);
                missing[*to] -= 1;
                if missing[*to] == 0 {
                    ready.push(*to);
                }
            }
        }
        (ways.iter().sum(), depth.into_iter().max().unwrap_or_default())
    }
}

/// How often a message about a recipient was made, or a receipt put into the sender's mailbox.
fn count(scene: &Scene, seen: &Consequences, recipient: usize, message: Message) -> usize {
    if message == Message::Copy {
        return seen.copies;
    }
    let address = &scene.recipients[recipient];
    let is_such = |event: &Event| match event {
        Event::DeliveryNotice { delivered_to, error_detail } if delivered_to == address => {
            let is_final = error_detail.as_str().starts_with("5.4.1");
            message == if is_final { Message::FinalNotice } else { Message::FirstNotice }
        }
        Event::DeliveryError { cause, delivered_to, .. } if delivered_to == address => {
            let is_virus = *cause == pec_daticert::DeliveryErrorCause::Virus;
            message == if is_virus { Message::VirusError } else { Message::Error }
        }
        _ => false,
    };
    seen.made.iter().filter(|data| is_such(&data.event)).count()
}

impl Explored {
    /// Fails when something is not as the oracle says.
    ///
    /// # Panics
    /// That is what it is for.
    pub fn demand(&self) {
        assert!(self.differences.is_empty(), "\n{}\n", self.differences.join("\n"));
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} recipients: {} pairs of state and oracle, {} steps; they stand for {:.2e} \
             sequences of up to {} steps; {:.1} s",
            self.recipients,
            self.pairs,
            self.steps,
            self.sequences,
            self.longest,
            self.elapsed.as_secs_f64()
        )
    }
}
