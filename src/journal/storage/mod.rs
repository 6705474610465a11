//! The disk as the journal sees it: one of the four seams between the program and the outside.
//!
//! For: creating, appending, syncing, reading and listing files, by the real disk or by a simulated one that
//! crashes, tears and fails where a test tells it to.
//! May not touch: what is in the files. That is [`crate::journal`]'s business.

use std::fmt;
use std::io::{self, BufRead};
use std::path::Path;
use std::sync::Arc;

mod disk;
mod owner;
pub mod sim;

pub use disk::DiskStorage;
pub use owner::{Owner, of as owner_of};
pub use sim::SimStorage;

/// A disk. Nothing is safe from a crash before it is synced: neither bytes nor names.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Makes a folder that only its owner can enter; fails where the name is taken.
    fn create_dir(&self, folder: &Path) -> io::Result<()>;

    /// Makes a file that was not there, and owns it.
    fn create(&self, path: &Path) -> io::Result<Box<dyn StoredFile>>;

    /// Opens a file for appending, and owns it; `WouldBlock` where another process does.
    fn open(&self, path: &Path) -> io::Result<Box<dyn StoredFile>>;

    /// Reads a file from its beginning, whoever owns it.
    fn read(&self, path: &Path) -> io::Result<Box<dyn BufRead>> {
        self.read_from(path, 0)
    }

    /// Reads a file from a place in it on.
    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Box<dyn BufRead>>;

    /// How many bytes a file has now.
    fn size(&self, path: &Path) -> io::Result<u64> {
        io::copy(&mut self.read(path)?, &mut io::sink())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Sees to it that a file, made where it is not there, takes `bytes` of the disk. What is in it is nobody's
    /// business. Where the room is missing, a part of it may be left.
    fn allocate(&self, path: &Path, bytes: u64) -> io::Result<()>;

    /// Removes a file, or a folder that nothing is in.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a folder safe.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;

    /// The names in a folder, in no order.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Says beside a file that this process owns it, for the words with which another is refused.
    fn sign(&self, path: &Path);

    /// Whether a process owns the file now.
    fn is_owned(&self, path: &Path) -> io::Result<bool>;

    /// The same disk, for who needs it later.
    fn share(&self) -> Arc<dyn Storage>;
}

/// A file that this process owns until it is dropped.
pub trait StoredFile: Send + fmt::Debug {
    /// Adds bytes at the end and says how many: it may be fewer than asked.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes bytes over what is there from `offset` on.
    fn write_over(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes everything written so far safe.
    fn sync_data(&mut self) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// Adds all of `bytes`, in one call where the disk takes them in one.
pub fn write_all(file: &mut dyn StoredFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::WriteZero, "the disk took nothing")),
            Ok(count) => bytes = &bytes[count.min(bytes.len())..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
