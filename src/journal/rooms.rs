//! Where rooms live, what they are called, and which there are.

use std::io;
use std::path::{Path, PathBuf};

use crate::engine::storage::Storage;
use crate::id::RoomId;
use crate::room::event::Mode;
use crate::time::{Moment, Zone};

/// One recorded room, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    pub id: RoomId,
    pub title: String,
    pub mode: Option<Mode>,
    pub started: Option<Moment>,
    pub last: Option<Moment>,
    /// In words: `completed`, `rolled back`, `running`, `cut off`.
    pub ending: String,
    pub events: u64,
    /// Why it can't be relied on, or not be read at all.
    pub damaged: Option<String>,
}

/// The folder that holds the rooms: `rooms` in `$WARROOM_DATA`, or in the user's data folder.
pub fn home() -> io::Result<PathBuf> {
    Err(io::ErrorKind::NotFound.into())
}

/// `2026-11-21-0333-moshimoshi-1-0-0`, in UTC; with `-2`, `-3` … behind it where that `exists`.
pub fn new_room_id(title: &str, now: Moment, exists: impl Fn(&str) -> bool) -> RoomId {
    let _ = (title, now, exists(""));
    RoomId::new("")
}

/// Makes the folder of a new room, and says its name.
pub fn create_room(storage: &dyn Storage, home: &Path, title: &str, now: Moment) -> io::Result<(RoomId, PathBuf)> {
    let _ = (storage, title, now);
    Ok((RoomId::new(""), home.to_owned()))
}

/// The rooms under `home`, newest first. One that can't be read says why and hides none of the others.
pub fn rooms(storage: &dyn Storage, home: &Path) -> io::Result<Vec<RoomSummary>> {
    let _ = (storage, home);
    Ok(Vec::new())
}

/// What `warroom rooms` prints.
pub fn table(rooms: &[RoomSummary], zone: Zone) -> String {
    let _ = (rooms, zone);
    String::new()
}
