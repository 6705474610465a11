//! Room on the disk that is set aside while there is some, so that a journal outlives a disk that fills up.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::journal::RESERVE;
use crate::journal::storage::Storage;

/// Enough to bring a rollback to its end, with all that its steps print.
pub(super) const BYTES: u64 = 8 << 20;

/// A file beside the journal that nobody reads: it only takes room, until the journal needs it.
#[derive(Debug)]
pub(super) struct Reserve {
    storage: Arc<dyn Storage>,
    folder: PathBuf,
}

impl Reserve {
    /// Sets it aside in `folder`, or makes an earlier one whole. Its name is safe with the next sync of the folder.
    pub(super) fn set_aside(storage: &dyn Storage, folder: &Path) -> io::Result<Self> {
        let path = folder.join(RESERVE);
        storage.allocate(&path, BYTES).map_err(|error| {
            // A part of it would only take what others need.
            drop(storage.remove(&path));
            refused(&error, folder)
        })?;
        Ok(Self { storage: storage.share(), folder: folder.to_owned() })
    }

    /// Gives its room back to the disk.
    pub(super) fn release(self) -> io::Result<()> {
        match self.storage.remove(&self.folder.join(RESERVE)) {
            // Somebody who made room on the disk may have taken it already.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
        self.storage.sync_dir(&self.folder)
    }
}

/// Whether the disk, or what this user may take of it, is full. Only then does giving back the reserve help.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

fn refused(error: &io::Error, folder: &Path) -> io::Error {
    let what = if is_full(error) { "no room for" } else { "can't set aside" };
    let text = format!("{what} the journal's reserve of {} MiB in {}: {error}", BYTES >> 20, folder.display());
    io::Error::new(error.kind(), text)
}
