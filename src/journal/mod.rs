//! The record on disk: what happened in a room, one JSON line for each event, hash-chained.
//!
//! For: writing events so that a crash loses nothing that was acknowledged, reading them back so that nothing
//! changed goes unnoticed, and finding the rooms of this machine.
//! May not touch: the clock, the room's meaning, the disk except through `journal::storage`.
//! Start reading at [`line`] (the format), then `write`, then `read`.
//!
//! What holds, whatever happens to the disk:
//! - A record of which [`Journal::sync`] said that it is safe is there after any crash. [`must_sync`] says which
//!   events wait for that before they take effect; `engine::writer` writes and syncs in groups on its own thread.
//! - A failed write or sync freezes the journal for good: nothing is tried again on the same file, and nothing is
//!   acknowledged that may not be there.
//! - With one exception, for a write (never a sync) on a full disk: what of it got through is cut, [`RESERVE`] is
//!   given back to the disk, and it is written once more. From then on the journal is [`Journal::low`]; the next
//!   failure freezes it. A journal that is closed in order gives the reserve back too; nobody ever reads it.
//! - What a crash tore off the end is copied to `journal.jsonl.torn` beside, cut and said. Zeros that a crash left
//!   between lines written together count as torn only where no later line knows the place to have been safe.
//! - Everything else that does not fit the chain is damage and refused with line, byte and sequence.
//! - What fits the chain and can't be understood was written by a newer version, and is refused with these words.
//! - The chain does not stop who rewrites the whole file: for that somebody else keeps the last hash
//!   ([`Recording::last_hash`]).
//! - One process owns a journal, by a lock that ends with the process. Reading needs no lock.

use std::io;
use std::path::PathBuf;

pub mod line;
mod read;
mod reserve;
mod rooms;
pub mod storage;
mod sync;
mod write;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod full_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;

pub use read::{Reader, Recording, Torn, read};
pub use rooms::{RoomSummary, create_room, home, new_room_id, rooms, table};
pub use sync::must_sync;
pub use write::{Journal, open_for_append};

/// What the journal of a room is called in the room's folder.
pub const FILE: &str = "journal.jsonl";

/// What the room on the disk is called that is kept for the journal, beside it.
pub const RESERVE: &str = "journal.reserve";

/// The format that this program writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// Why a journal can't be read or opened.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("can't {doing} {}: {source}", path.display())]
    Disk { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("can't read on after byte {offset}: {source}")]
    Unreadable { offset: u64, source: io::Error },
    #[error("the journal is empty: the room was cut off before it opened")]
    Empty,
    #[error("this is not a journal: it begins otherwise than one (line 1, byte {offset})")]
    Foreign { offset: u64 },
    #[error("the journal is damaged at line {line} (byte {offset}, sequence {seq}): {what}")]
    Damaged { line: u64, offset: u64, seq: u64, what: String },
    #[error("line {line} (byte {offset}, sequence {seq}) was written by a newer warroom: {what}; read it with that version")]
    Newer { line: u64, offset: u64, seq: u64, what: String },
    #[error("another process writes the journal {}: attach to its room, or end it", path.display())]
    Owned { path: PathBuf },
}
