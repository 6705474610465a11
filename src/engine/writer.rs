//! The journal's own thread: what the disk takes long for, nobody else waits for.
//!
//! For: writing batches in the order they come, together where they queue, and saying when they are safe.
//! May not touch: what is in them.

use std::io;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::journal::Journal;
use crate::room::Record;

/// Why nothing is written any more. It stays so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal can't be written: {0}")]
pub struct Frozen(pub Arc<str>);

/// Hands batches to the thread that owns the journal.
#[derive(Clone, Debug)]
pub struct Writer {}

impl Writer {
    pub fn start(journal: Journal) -> io::Result<Self> {
        drop(journal);
        Ok(Self {})
    }

    /// Queues records, waiting while the queue is full. What comes back tells when they are written, and synced
    /// where one of them must be.
    pub async fn submit(&self, records: Vec<Arc<Record>>) -> oneshot::Receiver<Result<(), Frozen>> {
        let _ = records;
        std::future::ready(oneshot::channel().1).await
    }

    /// Queues records and waits until they may take effect.
    pub async fn append(&self, records: Vec<Arc<Record>>) -> Result<(), Frozen> {
        self.submit(records).await.await.unwrap_or_else(|_| Err(Frozen(Arc::from("its thread is gone"))))
    }

    /// Makes everything queued so far safe.
    pub async fn sync(&self) -> Result<(), Frozen> {
        std::future::ready(Ok(())).await
    }
}
