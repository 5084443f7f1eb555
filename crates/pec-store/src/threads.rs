//! The threads of a store: one writes, some read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use crate::engine::{Answer, Engine, Reader, Write};
use crate::gate::Gate;
use crate::{CommitError, StoreError};

/// At most so many writes share a transaction.
const BATCH_WRITES_MAX: usize = 1024;

/// A write and who waits for it.
pub(crate) struct Job {
    pub(crate) write: Write,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// A reading.
pub(crate) type Reading = Box<dyn FnOnce(&mut dyn Reader) + Send>;

/// The threads; dropping ends them after the work that was given.
pub(crate) struct Threads {
    jobs: Option<Sender<Job>>,
    readings: Option<Sender<Reading>>,
    handles: Vec<JoinHandle<()>>,
}

impl Threads {
    pub(crate) fn start(
        engine: Box<dyn Engine>,
        readers: Vec<Box<dyn Reader>>,
        gate: Gate,
    ) -> Result<Self, StoreError> {
        let (jobs, jobs_in) = channel();
        let (readings, readings_in) = channel();
        let readings_in = Arc::new(Mutex::new(readings_in));
        let mut handles = vec![spawn("store-writer", move || write(engine, &jobs_in, &gate))?];
        for reader in readers {
            let readings_in = Arc::clone(&readings_in);
            handles.push(spawn("store-reader", move || read(reader, &readings_in))?);
        }
        Ok(Self { jobs: Some(jobs), readings: Some(readings), handles })
    }

    /// Gives a write to its thread. One that is gone drops it, and who waits learns that.
    pub(crate) fn write(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            drop(jobs.send(job));
        }
    }

    /// Gives a reading to the threads.
    pub(crate) fn read(&self, reading: Reading) {
        if let Some(readings) = &self.readings {
            drop(readings.send(reading));
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        (self.jobs, self.readings) = (None, None);
        let this = thread::current().id();
        for handle in self.handles.drain(..) {
            // The last owner may be a reading, which runs on one of them.
            if handle.thread().id() != this {
                drop(handle.join());
            }
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let builder = thread::Builder::new().name(name.to_owned());
    builder.spawn(body).map_err(|error| StoreError::Engine(error.to_string()))
}

/// What gathers while one batch is synced is the next. A lone write is synced at once; where many
/// came together the last time, their writers are given a moment to come again, since a sync that
/// goes without them is one that they wait for.
fn write(mut engine: Box<dyn Engine>, jobs: &Receiver<Job>, gate: &Gate) {
    let mut company = Company::default();
    while let Ok(first) = jobs.recv() {
        let gathered = company.gather(first, jobs);
        let begun = Instant::now();
        let (batch, waiting): (Vec<Write>, Vec<_>) =
            gathered.into_iter().map(|job| (job.write, job.answer)).unzip();
        let applied = gate.pass().and_then(|()| engine.apply(&batch));
        company = Company { count: batch.len(), took: begun.elapsed() };
        // Bodies are pinned until the rows that name them are durable, so the batch lives on.
        match applied {
            Ok(answers) => {
                for (waiting, answer) in waiting.into_iter().zip(answers) {
                    drop(waiting.send(answer));
                }
            }
            Err(error) => {
                gate.close_on(&error);
                for waiting in waiting {
                    drop(waiting.send(Err(CommitError::Store(error.clone()))));
                }
            }
        }
        drop(batch);
    }
}

/// How many writes the last batch had, and how long it took.
#[derive(Default)]
struct Company {
    count: usize,
    took: Duration,
}

impl Company {
    /// The next batch: all that waits, and for an eighth of the last batch's time those who may
    /// still come.
    fn gather(&self, first: Job, jobs: &Receiver<Job>) -> Vec<Job> {
        let mut batch = vec![first];
        let begun = Instant::now();
        let patience = self.took.checked_div(8).unwrap_or_default();
        loop {
            batch.extend(jobs.try_iter().take(BATCH_WRITES_MAX.saturating_sub(batch.len())));
            if batch.len() >= self.count.min(BATCH_WRITES_MAX) {
                return batch;
            }
            match jobs.recv_timeout(patience.saturating_sub(begun.elapsed())) {
                Ok(job) => batch.push(job),
                Err(_) => return batch,
            }
        }
    }
}

fn read(mut reader: Box<dyn Reader>, readings: &Mutex<Receiver<Reading>>) {
    loop {
        let next = readings.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // A job of the caller that panics tells the caller, who gets no answer; the thread
            // stays.
            Ok(reading) => {
                drop(catch_unwind(AssertUnwindSafe(|| reading(reader.as_mut()))));
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn job() -> Job {
        Job { write: Write::CloseLog(DateTime::UNIX_EPOCH), answer: oneshot::channel().0 }
    }

    #[test]
    fn those_who_came_together_are_waited_for_and_nobody_else() {
        let (sender, jobs) = channel();
        let hour = Duration::from_secs(3600);
        let alone = Company { count: 1, took: hour };
        assert_eq!(alone.gather(job(), &jobs).len(), 1);

        let later = sender.clone();
        let writers = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            [job(), job()].into_iter().all(|job| later.send(job).is_ok())
        });
        let together = Company { count: 3, took: hour };
        assert_eq!(together.gather(job(), &jobs).len(), 3);
        assert!(writers.join().is_ok_and(|sent| sent));

        let gone = Company { count: 3, took: Duration::from_millis(80) };
        assert_eq!(gone.gather(job(), &jobs).len(), 1);

        for _ in 0..2048 {
            drop(sender.send(job()));
        }
        assert_eq!(together.gather(job(), &jobs).len(), BATCH_WRITES_MAX);
    }
}
