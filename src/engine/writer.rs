//! The journal's own thread: what the disk takes long for, nobody else waits for.
//!
//! For: writing batches in the order they come, together where they queue, and saying when they may take effect.
//! May not touch: what is in them. Which events need a sync is `journal::must_sync`'s business.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot, watch};

use crate::journal::{Anchor, Journal, must_sync};
use crate::room::Record;

/// Batches that may wait; who has more waits with them.
const QUEUE_MAX: usize = 64;

/// What a power failure may cost of what printed and what was polled.
const UNSYNCED_MAX_BYTES: u64 = 1 << 20;

/// Why nothing is written any more. It stays so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal can't be written: {0}")]
pub struct Frozen(pub Arc<str>);

/// What becomes of a batch.
pub type Written = oneshot::Receiver<Result<(), Frozen>>;

/// Hands batches to the thread that owns the journal. When all of these are gone the thread closes the journal and
/// ends.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Batch>,
    low: watch::Receiver<Low>,
    anchor: watch::Receiver<Anchor>,
}

/// Why the journal is low, once it is.
type Low = Option<Arc<str>>;

/// A state as bytes, with the sequence of the last record in it.
#[derive(Debug)]
struct Snapshot {
    seq: u64,
    state: Vec<u8>,
}

#[derive(Debug)]
struct Batch {
    records: Vec<Arc<Record>>,
    sync: bool,
    snapshot: Option<Snapshot>,
    done: oneshot::Sender<Result<(), Frozen>>,
}

impl Writer {
    /// On a thread of its own.
    pub fn start(journal: Journal) -> io::Result<Self> {
        let (writer, mut work, mut batches) = Self::over(journal);
        let thread = thread::Builder::new().name("journal".to_owned());
        thread.spawn(move || {
            while let Some(first) = batches.blocking_recv() {
                work.turn(first, &mut batches);
            }
            work.close();
        })?;
        Ok(writer)
    }

    /// In a task of the runtime, which stands still while it writes: for a disk that takes no time.
    pub fn start_in_task(journal: Journal) -> Self {
        let (writer, mut work, mut batches) = Self::over(journal);
        tokio::spawn(async move {
            while let Some(first) = batches.recv().await {
                work.turn(first, &mut batches);
            }
            work.close();
        });
        writer
    }

    fn over(journal: Journal) -> (Self, Work, mpsc::Receiver<Batch>) {
        let (queue, batches) = mpsc::channel(QUEUE_MAX);
        let (tell, low) = watch::channel(journal.low().map(Arc::from));
        let (tell_anchor, anchor) = watch::channel(journal.anchor());
        let Anchor { records, hash } = journal.anchor();
        tracing::info!("the journal's anchor is {hash} at its opening, with {records} records");
        let work = Work { low: tell, anchor: tell_anchor, journal, frozen: None };
        (Self { queue, low, anchor }, work, batches)
    }

    /// Why the disk takes little more ([`Journal::low`]): what was begun can be brought to its end, and nothing new
    /// should begin. It is known when the append that met the full disk comes back, and it stays so.
    pub fn low(&self) -> Option<Arc<str>> {
        self.low.borrow().clone()
    }

    /// The hash that all written records come to: who keeps it can tell later whether the journal was written anew.
    pub fn anchor(&self) -> Anchor {
        self.anchor.borrow().clone()
    }

    /// Waits until everything queued is written and the journal is closed, or has failed. Clones hold it open.
    pub async fn close(self) {
        let Self { queue, mut low, .. } = self;
        drop(queue);
        // The thread lets go of its end as the last it does.
        while low.changed().await.is_ok() {}
    }

    /// Queues records, waiting while the queue is full. What comes back tells when they are written, and synced
    /// where one of them must be.
    pub async fn submit(&self, records: Vec<Arc<Record>>) -> Written {
        let sync = records.iter().any(|record| must_sync(&record.event));
        self.queue(records, sync).await
    }

    /// Queues records and waits until they may take effect.
    pub async fn append(&self, records: Vec<Arc<Record>>) -> Result<(), Frozen> {
        outcome(self.submit(records).await).await
    }

    /// Makes everything queued so far safe.
    pub async fn sync(&self) -> Result<(), Frozen> {
        outcome(self.queue(Vec::new(), true).await).await
    }

    /// Puts a snapshot of the state after the record `seq` beside the journal, when nothing was written since. Nobody waits for
    /// it: where there is no room for it now, there will be a later one.
    pub fn keep_snapshot(&self, seq: u64, state: Vec<u8>) {
        let (done, _) = oneshot::channel();
        let snapshot = Some(Snapshot { seq, state });
        drop(self.queue.try_send(Batch { records: Vec::new(), sync: false, snapshot, done }));
    }

    async fn queue(&self, records: Vec<Arc<Record>>, sync: bool) -> Written {
        let (done, written) = oneshot::channel();
        // Where the thread is gone the batch is dropped, and with it the end that would have answered.
        drop(self.queue.send(Batch { records, sync, snapshot: None, done }).await);
        written
    }
}

/// The answer to a batch; a thread that is gone has written nothing.
pub async fn outcome(written: Written) -> Result<(), Frozen> {
    written.await.unwrap_or_else(|_| Err(Frozen(Arc::from("its thread is gone"))))
}

/// The journal with who wants to know how it is.
struct Work {
    low: watch::Sender<Low>,
    anchor: watch::Sender<Anchor>,
    journal: Journal,
    frozen: Option<Frozen>,
}

impl Work {
    /// Writes a batch, and what has queued up behind it.
    fn turn(&mut self, first: Batch, batches: &mut mpsc::Receiver<Batch>) {
        let group = drain(first, batches);
        let outcome = match &self.frozen {
            Some(why) => Err(why.clone()),
            None => write(&mut self.journal, &group).map_err(|error| Frozen(Arc::from(error.to_string()))),
        };
        self.frozen = outcome.as_ref().err().cloned();
        self.anchor.send_replace(self.journal.anchor());
        self.low.send_if_modified(|told| {
            let news = told.is_none() && self.journal.low().is_some();
            if news {
                *told = self.journal.low().map(Arc::from);
            }
            news
        });
        for batch in group {
            // Who asked may have stopped waiting.
            drop(batch.done.send(outcome.clone()));
            if let Some(snapshot) = batch.snapshot.filter(|_| self.frozen.is_none()) {
                keep(&mut self.journal, &snapshot);
            }
        }
    }

    fn close(self) {
        if self.frozen.is_none()
            && let Err(error) = self.journal.close()
        {
            tracing::error!("the journal was not closed in order: {error}");
        }
    }
}

/// What went wrong with a snapshot costs time at the next start, and nothing else; a journal that failed says so next.
fn keep(journal: &mut Journal, snapshot: &Snapshot) {
    if journal.next_seq() == snapshot.seq + 1
        && let Err(error) = journal.keep_snapshot(&snapshot.state)
    {
        tracing::warn!("there is no new snapshot beside the journal: {error}");
    }
}

/// What has queued up behind `first` goes with it.
fn drain(first: Batch, batches: &mut mpsc::Receiver<Batch>) -> Vec<Batch> {
    let mut group = vec![first];
    while group.len() < QUEUE_MAX
        && let Ok(next) = batches.try_recv()
    {
        group.push(next);
    }
    group
}

/// One write and at most one sync for all of them. After a failure nobody knows what the disk holds, so nothing is
/// tried again.
fn write(journal: &mut Journal, group: &[Batch]) -> io::Result<()> {
    let records: Vec<&Record> = group.iter().flat_map(|batch| &batch.records).map(Arc::as_ref).collect();
    if !records.is_empty() {
        journal.append(&records)?;
    }
    if group.iter().any(|batch| batch.sync) || journal.unsynced_bytes() > UNSYNCED_MAX_BYTES { journal.sync() } else { Ok(()) }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
