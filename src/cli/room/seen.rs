//! How far somebody has followed a room: where they are when they come back.

use std::fs;
use std::path::PathBuf;

use crate::id::RoomId;
use crate::journal;

/// Beside the rooms: for each room the sequence that was seen last.
fn path(room: &RoomId) -> Option<PathBuf> {
    let plain = !room.as_str().contains('/') && !room.as_str().starts_with('.');
    let home = journal::home().ok().filter(|_| plain)?;
    Some(home.parent()?.join("seen").join(room.as_str()))
}

/// Only a courtesy: where it can't be read or written, nobody is stopped by it.
pub(super) fn last(room: &RoomId) -> Option<u64> {
    fs::read_to_string(path(room)?).ok()?.trim().parse().ok()
}

pub(super) fn remember(room: &RoomId, seq: u64) {
    let Some(path) = path(room) else { return };
    let made = path.parent().map(fs::create_dir_all);
    if matches!(made, Some(Ok(()))) {
        let _ = fs::write(path, seq.to_string());
    }
}
