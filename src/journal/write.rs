//! Writing a journal: appended, synced, owned by one process.

use std::borrow::Borrow;
use std::io;
use std::path::Path;

use crate::engine::storage::{Storage, StoredFile};
use crate::journal::{FILE, JournalError, Recording};
use crate::room::Record;

/// A journal that this process writes. After a failed write or sync it takes nothing more.
#[derive(Debug)]
pub struct Journal {
    file: Box<dyn StoredFile>,
}

impl Journal {
    /// Begins a journal in `folder` with its first record, safe on disk when this returns.
    pub fn create(storage: &dyn Storage, folder: &Path, opened: &Record) -> io::Result<Self> {
        let _ = opened;
        Ok(Self { file: storage.create(&folder.join(FILE))? })
    }

    /// Adds records in one write. They are not safe before [`Journal::sync`].
    pub fn append<R: Borrow<Record>>(&mut self, records: &[R]) -> io::Result<()> {
        let _ = records;
        Ok(())
    }

    /// Makes everything appended so far safe.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The sequence that the next record must have.
    pub fn next_seq(&self) -> u64 {
        0
    }
}

/// Opens the journal in `folder` to go on with it. A torn tail is copied to a file beside it and cut.
pub fn open_for_append(storage: &dyn Storage, folder: &Path) -> Result<(Journal, Recording), JournalError> {
    let _ = (storage, folder);
    Err(JournalError::Empty)
}
