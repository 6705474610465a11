//! The record on disk: what happened in a room, one JSON line for each event, hash-chained.
//!
//! For: writing events so that a crash loses nothing that was acknowledged, reading them back so that nothing
//! changed goes unnoticed, and finding the rooms of this machine.
//! May not touch: the clock, the room's meaning (`resume` only folds), the disk except through `journal::storage`.
//! Start reading at [`line`] (the format), then `write`, then `read`.
//!
//! What holds, whatever happens to the disk:
//! - A record of which [`Journal::sync`] said that it is safe is there after any crash. [`must_sync`] says which
//!   events wait for that before they take effect; `engine::writer` writes and syncs in groups on its own thread.
//! - A failed write or sync is never tried again on the same file as if nothing had happened: a sync that failed once says
//!   that all is well the next time. All that is not known to be safe is written to a new file and synced there
//!   ([`segment`]), and from then on the journal is [`Journal::low`]: no new step should begin, and what is begun, and the
//!   way back, is still recorded. Where the new file fails too the journal is frozen for good, and nothing is
//!   acknowledged that may not be there.
//! - On a full disk, what got through of a write is cut, [`RESERVE`] is given back to the disk, and it is written once
//!   more to the same file; the journal is low then too. One that is closed in order gives the reserve back as well; nobody
//!   ever reads it.
//! - What a crash tore off the end is copied to `journal.jsonl.torn` beside, cut and said. Zeros that a crash left
//!   between lines written together count as torn only where no later line knows the place to have been safe.
//! - Everything else that does not fit the chain is damage and refused with line, byte and sequence.
//! - What fits the chain and can't be understood was written by a newer version, and is refused with these words. Who only
//!   looks is shown what comes before ([`Reader::of_any_format`]).
//! - The chain does not stop who rewrites the whole file: for that somebody else keeps the last hash
//!   ([`Recording::last_hash`]).
//! - A snapshot beside the journal makes [`resume`] quick. It is only believed when the journal has the record it was
//!   taken after, and this build made it.
//! - One process owns a journal, by a lock that ends with the process. Reading needs no lock.

use std::io;
use std::path::PathBuf;

mod decode;
pub mod line;
mod quick;
mod read;
mod reserve;
mod resume;
mod rooms;
mod segment;
mod snapshot;
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
mod resume_tests;
#[cfg(test)]
mod tests;

pub use read::{Reader, Recording, Torn, read};
pub use resume::{ResumeError, Resumed, look, resume};
pub use rooms::{RoomSummary, create_room, home, new_room_id, rooms, table};
pub use segment::{open, sizes};
pub use sync::must_sync;
pub use write::{Anchor, Journal, open_for_append};

/// What the journal of a room is called in the room's folder.
pub const FILE: &str = "journal.jsonl";

/// What the room on the disk is called that is kept for the journal, beside it.
pub const RESERVE: &str = "journal.reserve";

/// What the snapshot is called that makes resuming quick, beside the journal.
pub const SNAPSHOT: &str = "journal.snapshot";

/// What the note is called that says which process owns the journal, beside it.
pub const OWNER: &str = "journal.owner";

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
    #[error("line {line} (byte {offset}, sequence {seq}) was written by a newer warroom: {what}; use that version for it")]
    Newer { line: u64, offset: u64, seq: u64, what: String },
    #[error("can't write the journal {}: {by}. Attach to its room, or end it", path.display())]
    Owned { path: PathBuf, by: String },
}
