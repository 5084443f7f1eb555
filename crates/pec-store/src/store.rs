//! The store as its users see it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::channel::oneshot;
use object_store::ObjectStore;
use pec_daticert::Address;
use pec_gestore::{BodyRef, EffectId};

use crate::body::{Objects, compose, shared_with};
use crate::chain::Closure;
use crate::encoded::Encoded;
use crate::engine::{Engine, Reader, Write, Written};
use crate::gate::Gate;
use crate::mailbox::{FlagChange, Mailbox, NewMailbox, Settings};
use crate::options::{Options, Place};
use crate::pending::block_on;
use crate::sqlite::{self, SqliteEngine};
use crate::threads::{Job, Threads};
use crate::{
    Body, BodyRanges, BodyReader, BodyWriter, Commit, CommitError, Committed, Fragment,
    INLINE_OCTETS_MAX, Lease, LeaseRequest, OpenError, Pending, PutOff, StoreError, View, Worker,
    durable,
};

/// A store. Clones share it; it closes when the last one is dropped.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    threads: Threads,
    pub(crate) objects: Arc<Objects>,
    gate: Gate,
    /// Held as long as the store is open.
    _lock: Option<File>,
}

impl Store {
    /// Opens a store, or makes it. One of an earlier release is migrated.
    ///
    /// # Errors
    /// When the folder cannot be used, is in use, or holds something else or later.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let gate = Gate::default();
        let (engine, lock, local) = match &options.place {
            Place::Memory => {
                (SqliteEngine::memory(options.node.clone())?, None, Objects::memory(gate.clone()))
            }
            Place::Folder(folder) => {
                durable::create_folder(folder)?;
                let lock = lock(folder)?;
                let local = Objects::local(folder, gate.clone())?;
                let engine = SqliteEngine::open(sqlite::file(folder), options.node.clone())?;
                durable::sync_folder(folder)?;
                (engine, Some(lock), local)
            }
        };
        let objects = match options.objects {
            Some((bodies, quarantine)) => Objects::foreign(bodies, quarantine, gate.clone()),
            None => local,
        };
        Self::start(Box::new(engine), options.readers.get(), objects, gate, lock)
    }

    /// A store on another engine, with its bodies in object stores.
    ///
    /// # Errors
    /// When the engine gives no reader.
    pub fn with_engine(
        engine: Box<dyn Engine>,
        bodies: Arc<dyn ObjectStore>,
        quarantine: Arc<dyn ObjectStore>,
    ) -> Result<Self, OpenError> {
        let gate = Gate::default();
        let objects = Objects::foreign(bodies, quarantine, gate.clone());
        Self::start(engine, 1, objects, gate, None)
    }

    fn start(
        engine: Box<dyn Engine>,
        readers: usize,
        objects: Objects,
        gate: Gate,
        lock: Option<File>,
    ) -> Result<Self, OpenError> {
        block_on(objects.remove_incoming())?;
        let readers = (0..readers).map(|_| engine.reader()).collect::<Result<_, _>>()?;
        let threads = Threads::start(engine, readers, gate.clone())?;
        let objects = Arc::new(objects);
        Ok(Self { inner: Arc::new(Inner { threads, objects, gate, _lock: lock }) })
    }

    /// The failure since which the store refuses all work, until it is opened again.
    #[must_use]
    pub fn failure(&self) -> Option<StoreError> {
        self.inner.gate.failure()
    }

    /// Makes a plan durable: with its answer comes what the client may hear and what is to be done.
    pub fn commit(&self, commit: Commit) -> Pending<Committed, CommitError> {
        let write = match Encoded::new(commit) {
            Ok(encoded) => Write::Commit(Box::new(encoded)),
            Err(error) => return Pending::ready(Err(error.into())),
        };
        self.write_with(write, |written| match written {
            Written::Committed(committed) => Some(committed),
            _ => None,
        })
    }

    /// Reads on a thread of its own: all that `job` sees is of one moment. Planning may happen
    /// here.
    pub fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn View) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        self.with_reader(move |reader| {
            let mut job = Some(job);
            let mut answer = None;
            reader.snapshot(&mut |view| answer = job.take().map(|job| job(view)))?;
            answer.unwrap_or(Err(StoreError::Refusing))
        })
    }

    pub(crate) fn with_reader<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<T> {
        if let Err(error) = self.inner.gate.pass() {
            return Pending::ready(Err(error));
        }
        let (sender, receiver) = oneshot::channel();
        let gate = self.inner.gate.clone();
        self.inner.threads.read(Box::new(move |reader| {
            let answer = job(reader);
            if let Err(error) = &answer {
                gate.close_on(error);
            }
            drop(sender.send(answer));
        }));
        Pending::receiving(receiver)
    }

    /// Takes a message as it comes.
    #[must_use]
    pub fn body_writer(&self) -> BodyWriter {
        BodyWriter::new(Arc::clone(&self.inner.objects))
    }

    /// Takes octets that are at hand.
    pub fn body(&self, octets: Vec<u8>) -> Pending<Body> {
        if octets.len() <= INLINE_OCTETS_MAX {
            return Pending::ready(Ok(Body::inline(octets)));
        }
        let mut writer = self.body_writer();
        Pending::new(async move {
            writer.write(&octets).await?;
            writer.finish().await
        })
    }

    /// Takes octets that hold those of stored bodies, as an envelope holds the submission and a
    /// receipt the envelope: what they share is not stored again.
    pub fn body_within(&self, octets: Vec<u8>, known: &[BodyRef]) -> Pending<Body> {
        if octets.len() <= INLINE_OCTETS_MAX {
            return Pending::ready(Ok(Body::inline(octets)));
        }
        let (store, known) = (self.clone(), known.to_vec());
        Pending::new(async move {
            for base in known.into_iter().filter(|base| base.octets > 0) {
                let held = match store.read_body(&base).await {
                    Ok(held) => held,
                    // Nothing to share with: the octets at hand are whole.
                    Err(StoreError::UnknownBody(_) | StoreError::DamagedBody(_)) => continue,
                    Err(error) => return Err(error),
                };
                if let Some(body) = shared_with(&octets, base, &held) {
                    return Ok(body);
                }
            }
            store.body(octets).await
        })
    }

    /// Takes octets that are partly those of stored bodies: where that is much, they are not stored
    /// again. Nothing large comes into memory.
    pub fn compose(&self, fragments: Vec<Fragment>) -> Pending<Body> {
        let store = self.clone();
        Pending::new(async move { compose(&store, fragments).await })
    }

    /// The octets of a body, a part at a time.
    pub fn open_body(&self, body: &BodyRef) -> Pending<BodyReader> {
        let ranges = self.body_ranges(body);
        Pending::new(async move { Ok(ranges.await?.reader()) })
    }

    /// The octets of a body by their place in it.
    pub fn body_ranges(&self, body: &BodyRef) -> Pending<BodyRanges> {
        let (body, objects) = (*body, Arc::clone(&self.inner.objects));
        let pieces = self.read(move |view| view.pieces(&body));
        Pending::new(async move {
            let pieces = pieces.await?.ok_or(StoreError::UnknownBody(body))?;
            Ok(BodyRanges::new(objects, body, pieces))
        })
    }

    /// As [`body_ranges`](Self::body_ranges) of a body that is in no transaction yet. Hold it while
    /// they are read.
    pub fn new_body_ranges(&self, body: &Body) -> Pending<BodyRanges> {
        let (store, body) = (self.clone(), body.clone());
        Pending::new(async move {
            let (objects, reference) = (Arc::clone(&store.inner.objects), body.reference);
            let pieces = body.pieces(&store).await?;
            Ok(BodyRanges::new(objects, reference, pieces))
        })
    }

    /// All octets of a body.
    pub fn read_body(&self, body: &BodyRef) -> Pending<Vec<u8>> {
        let reader = self.open_body(body);
        Pending::new(async move { reader.await?.read_all().await })
    }

    /// Keeps octets under the name of the effect that sealed them, unless there are some: those
    /// that are named in the answer are the ones to send.
    pub fn seal(&self, effect: EffectId, body: Body, now: DateTime<Utc>) -> Pending<BodyRef> {
        self.write(Write::Seal(effect, body, now), |written| match written {
            Written::Body(body) => Some(body),
            _ => None,
        })
    }

    /// Keeps an infected message apart until an instant; whether it was not there (RFC 6109
    /// §2.2.4).
    pub fn quarantine(
        &self,
        effect: EffectId,
        message: BodyRef,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Pending<bool> {
        let (store, objects) = (self.clone(), Arc::clone(&self.inner.objects));
        Pending::new(async move {
            let reader = store.open_body(&message).await?;
            let _pin = objects.pin(message.sha256).await;
            objects.quarantine(reader).await?;
            store.changed(Write::Quarantine(effect, message, now, until)).await
        })
    }

    /// The octets of an infected message.
    pub fn read_quarantined(&self, message: &BodyRef) -> Pending<Vec<u8>> {
        let (message, objects) = (*message, Arc::clone(&self.inner.objects));
        Pending::new(async move {
            let path = Objects::quarantine_path(message.sha256);
            let store = Arc::clone(&objects.quarantine);
            let range = 0..message.octets;
            let octets = objects.read(&message, store.as_ref(), &path, range).await?;
            if crate::body::reference_of(&octets) == message {
                Ok(octets)
            } else {
                Err(StoreError::DamagedBody(message))
            }
        })
    }

    /// Keeps a directory as it was fetched.
    pub fn add_directory(&self, body: Body, now: DateTime<Utc>) -> Pending<BodyRef> {
        self.write(Write::AddDirectory(body, now), |written| match written {
            Written::Body(body) => Some(body),
            _ => None,
        })
    }

    /// Gives a worker effects to run, in the order in which they were planned.
    pub fn lease(&self, request: LeaseRequest) -> Pending<Vec<Lease>> {
        self.write(Write::Lease(request), |written| match written {
            Written::Leased(leases) => Some(leases),
            _ => None,
        })
    }

    /// A longer lease; `false` when it has gone to another worker or the effect is finished.
    pub fn renew(&self, worker: &Worker, effect: &EffectId, until: DateTime<Utc>) -> Pending<bool> {
        self.changed(Write::Renew(worker.clone(), effect.clone(), until))
    }

    /// A later try; `false` when the lease has gone to another worker or the effect is finished.
    /// With what the plan of a report says, rather [`Commit::put_off`].
    pub fn put_off(&self, put_off: PutOff) -> Pending<bool> {
        self.changed(Write::PutOff(put_off))
    }

    /// All that a worker has is due for others; how much that is.
    pub fn release(&self, worker: &Worker, now: DateTime<Utc>) -> Pending<u64> {
        self.count(Write::Release(worker.clone(), now))
    }

    /// Makes a mailbox.
    pub fn create_mailbox(&self, new: NewMailbox) -> Pending<Mailbox> {
        self.write(Write::CreateMailbox(Box::new(new)), |written| match written {
            Written::Mailbox(mailbox) => Some(*mailbox),
            _ => None,
        })
    }

    /// Gives a mailbox other settings.
    pub fn change_mailbox(&self, address: &Address, settings: Settings) -> Pending<bool> {
        self.changed(Write::ChangeMailbox(address.clone(), Box::new(settings)))
    }

    /// Removes a mailbox with its messages and secrets; whether there was one.
    pub fn remove_mailbox(&self, address: &Address) -> Pending<bool> {
        self.changed(Write::RemoveMailbox(address.clone()))
    }

    /// Sets a secret of a mailbox, or with `None` takes it away; whether something changed.
    pub fn set_credential(
        &self,
        address: &Address,
        name: &str,
        secret: Option<String>,
        now: DateTime<Utc>,
    ) -> Pending<bool> {
        self.changed(Write::SetCredential(address.clone(), name.to_owned(), secret, now))
    }

    /// Changes the marks of messages; how many of them are there.
    pub fn set_flags(&self, address: &Address, uids: Vec<u32>, change: FlagChange) -> Pending<u64> {
        self.count(Write::SetFlags(address.clone(), uids, change))
    }

    /// Removes messages from a mailbox; how many of them were there.
    pub fn expunge(&self, address: &Address, uids: Vec<u32>) -> Pending<u64> {
        self.count(Write::Expunge(address.clone(), uids))
    }

    /// Closes the log as it stands: at least once a day (norms 72). The answer is to be signed.
    pub fn close_log(&self, now: DateTime<Utc>) -> Pending<Closure> {
        self.write(Write::CloseLog(now), |written| match written {
            Written::Closed(closure) => Some(*closure),
            _ => None,
        })
    }

    /// Adds the signature of a closure, once.
    pub fn sign_closure(&self, number: u64, signature: Vec<u8>) -> Pending<bool> {
        self.changed(Write::SignClosure(number, signature))
    }

    fn changed(&self, write: Write) -> Pending<bool> {
        self.write(write, |written| match written {
            Written::Changed(changed) => Some(changed),
            _ => None,
        })
    }

    fn count(&self, write: Write) -> Pending<u64> {
        self.write(write, |written| match written {
            Written::Count(count) => Some(count),
            _ => None,
        })
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        write: Write,
        answer: fn(Written) -> Option<T>,
    ) -> Pending<T> {
        let pending = self.write_with(write, answer);
        Pending::new(async move {
            pending.await.map_err(|error| match error {
                CommitError::Store(error) => error,
                stale @ CommitError::Stale { .. } => StoreError::Engine(stale.to_string()),
            })
        })
    }

    fn write_with<T: Send + 'static>(
        &self,
        write: Write,
        answer: fn(Written) -> Option<T>,
    ) -> Pending<T, CommitError> {
        if let Err(error) = self.inner.gate.pass() {
            return Pending::ready(Err(error.into()));
        }
        let (sender, receiver) = oneshot::channel();
        self.inner.threads.write(Job { write, answer: sender });
        let written = Pending::receiving(receiver);
        Pending::new(async move {
            let other = || StoreError::Engine("the engine answers something else".to_owned());
            answer(written.await?).ok_or_else(|| other().into())
        })
    }
}

/// A store belongs to one process at a time.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let name = folder.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| durable::failure(&name, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(durable::failure(&name, &error)),
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
