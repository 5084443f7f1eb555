//! The shell round the pure gestore: it stores what was planned, and does what the plans ask for.
//!
//! Everything goes one way: an input is planned on a snapshot of the store, the plan is committed,
//! and only then there are a reply and effects. An effect that ends is an input again.

mod bounce;
mod closure;
mod deposit;
mod effects;
mod judge;
mod reissue;
mod relays;
mod sealing;
mod timers;
mod transaction;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use pec_gestore::{Context, Ids, Input, Plan, Provider};
use pec_message::abridged::Unreadable;
use pec_message::identifier::{IdGenerator as _, NodeIds};
use pec_smime::crypto::CryptoProvider;
use pec_store::{Commit, CommitError, Committed, RetrySchedule, Store, StoreError, View, Worker};
use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;
use crate::content::{Contents, Incoming};
use crate::random;
use crate::scan::Screening;
use crate::world::World;

pub use reissue::ReissueFailure;
pub use relays::{RelayAnswer, RelayRequest, Relays};

/// How long a worker has an effect to itself.
const LEASE: TimeDelta = TimeDelta::minutes(10);
/// Relays under way at once.
const RELAYS: usize = 128;
/// How often a plan is made again because its state changed under it.
const TRIES: usize = 64;

/// What a gestore is made of.
pub struct Parts {
    /// Who we are.
    pub provider: Provider,
    /// The name of this node: letters and digits.
    pub node: String,
    /// What must not be lost.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Cryptography.
    pub crypto: CryptoProvider,
    /// What we believe and sign with.
    pub world: Arc<World>,
    /// What may not pass.
    pub screening: Screening,
    /// How mail leaves.
    pub relays: Arc<dyn Relays>,
    /// When what was put off is tried again.
    pub retries: RetrySchedule,
}

/// A running gestore: clones are handles of one.
#[derive(Clone)]
pub struct Gestore(Arc<Inner>);

struct Inner {
    provider: Provider,
    store: Store,
    contents: Contents,
    ids: NodeIds,
    clock: Arc<dyn Clock>,
    crypto: CryptoProvider,
    world: RwLock<Arc<World>>,
    screening: Screening,
    relays: Arc<dyn Relays>,
    retries: RetrySchedule,
    worker: Worker,
    wake: Notify,
    /// Threads that compute: as many as there are cores.
    computing: Semaphore,
    relaying: Semaphore,
    running: effects::Running,
}

/// Why an input came to nothing: the client is told to come again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShellError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others changed the state again and again.
    #[error("the state of the transmission keeps changing")]
    Contended,
    /// The system has no random octets.
    #[error(transparent)]
    Random(#[from] random::NoRandom),
    /// The octets of a large message could not be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A thread died.
    #[error("a computation was cut short")]
    Interrupted,
}

impl Gestore {
    /// Puts a gestore together. [`Gestore::run`] makes it work through what is due.
    ///
    /// # Errors
    /// When the node's name or the provider's domain cannot stand in identifiers.
    pub fn new(parts: Parts) -> Result<Self, pec_message::identifier::NodeError> {
        let ids = NodeIds::new(&parts.node, parts.provider.system.address().domain())?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self(Arc::new(Inner {
            provider: parts.provider,
            contents: Contents::new(parts.store.clone()),
            store: parts.store,
            ids,
            clock: parts.clock,
            crypto: parts.crypto,
            world: RwLock::new(parts.world),
            screening: parts.screening,
            relays: parts.relays,
            retries: parts.retries,
            worker: Worker::new(parts.node),
            wake: Notify::new(),
            computing: Semaphore::new(cores.max(2)),
            relaying: Semaphore::new(RELAYS),
            running: effects::Running::default(),
        })))
    }

    /// Who we are.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.0.provider
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// What we believe and sign with, as it stands now.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        Arc::clone(&self.0.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over a renewed directory, renewed revocation lists or keys.
    pub fn set_world(&self, world: Arc<World>) {
        *self.0.world.write().unwrap_or_else(PoisonError::into_inner) = world;
    }

    /// Looks at once at what is due: after the clock was moved, or the outbox was changed from
    /// outside.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    fn fresh_id(&self, now: DateTime<Utc>) -> Result<pec_daticert::PecMsgid, ShellError> {
        Ok(self.0.ids.next_id(now, random::octets()?))
    }

    /// Plans an input, which is made on the snapshot that it is planned on, and commits the plan.
    /// `brought` is the message that the input brings.
    async fn handle<F>(&self, input: F, brought: Option<&Incoming>) -> Result<Committed, ShellError>
    where
        F: Fn(&dyn View, DateTime<Utc>) -> Result<Input, StoreError> + Send + Sync + 'static,
    {
        let input = Arc::new(input);
        for _ in 0..TRIES {
            let now = self.now();
            let plan = self.plan(Arc::clone(&input), now).await?;
            if plan.is_empty() {
                let reply = plan.reply().cloned();
                return Ok(Committed { reply, effects: Vec::new(), version: plan.based_on() });
            }
            let until = now.checked_add_signed(LEASE).unwrap_or(now);
            let key = plan.key().clone();
            let mut commit = Commit::new(plan, now).leased_to(self.0.worker.clone(), until);
            if let Some(message) = brought
                && let Some(body) = message.body(&self.0.store).await?
            {
                commit = commit.with_body(body);
            }
            match self.0.store.commit(commit).await {
                Ok(committed) => {
                    self.start(&key, committed.effects.clone());
                    return Ok(committed);
                }
                Err(CommitError::Stale { .. }) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(_) => return Err(ShellError::Interrupted),
            }
        }
        Err(ShellError::Contended)
    }

    async fn plan<F>(&self, input: Arc<F>, now: DateTime<Utc>) -> Result<Plan, ShellError>
    where
        F: Fn(&dyn View, DateTime<Utc>) -> Result<Input, StoreError> + Send + Sync + 'static,
    {
        let random = random::octets()?;
        let inner = Arc::clone(&self.0);
        let world = self.world();
        let plan = self.0.store.read(move |view| {
            let input = input(view, now)?;
            let current = view.state(&input.key(&inner.provider.name))?;
            let mailboxes = view.lookup(now);
            let context = Context {
                now,
                ids: Ids::new(&inner.ids, now, random),
                provider: &inner.provider,
                directory: &world.directory,
                mailboxes: &mailboxes,
            };
            let plan = pec_gestore::plan(current.as_ref(), &input, &context);
            // An error of reading must not pass for "no such mailbox".
            mailboxes.finish()?;
            Ok(plan)
        });
        Ok(plan.await?)
    }

    /// Computes on a thread of its own, when it takes long enough to be worth it.
    async fn compute<T: Send + 'static>(
        &self,
        octets: usize,
        job: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, ShellError> {
        const WORTH_A_THREAD: usize = 32 * 1024;
        if octets < WORTH_A_THREAD {
            return Ok(job(&self.0));
        }
        let permit = self.0.computing.acquire().await.map_err(|_| ShellError::Interrupted)?;
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || job(&inner)).await;
        drop(permit);
        done.map_err(|_| ShellError::Interrupted)
    }
}

impl fmt::Debug for Gestore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gestore").field(&self.0.provider.name.as_str()).finish()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("provider", &self.provider).finish_non_exhaustive()
    }
}
