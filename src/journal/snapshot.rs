//! Snapshots beside the journal: a shorter way to the state, so that resuming does not fold a week again.
//!
//! A snapshot is never a record of its own. It says at which place of the journal it was taken, by sequence and hash; one whose
//! place is not in this journal, or whose bytes are not what was written, counts for nothing, and the whole journal is
//! folded instead.

use std::io::{self, BufRead, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::journal::line::{self, Hash, Place};
use crate::journal::storage::{Storage, write_all};
use crate::journal::{FILE, SNAPSHOT, segment};
use crate::room::{State, snapshot};

/// More than this is no snapshot of ours.
const BYTES_MAX: u64 = 256 << 20;

/// The first line of the file; the state follows.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// How many records are in the state.
    records: u64,
    segment: u32,
    offset: u64,
    /// Of the last of those records.
    hash: String,
    bytes: u64,
    sha256: String,
}

/// Puts a snapshot beside the journal in `folder`, in the place of an older one. `place` is where the record after it belongs;
/// everything before must be safe.
pub(super) fn keep(storage: &dyn Storage, folder: &Path, place: Place, state: &[u8]) -> io::Result<()> {
    let head = Head {
        records: place.seq,
        segment: place.segment,
        offset: place.offset,
        hash: place.prev.as_str().to_owned(),
        bytes: state.len() as u64,
        sha256: Hash::of(state).as_str().to_owned(),
    };
    let path = folder.join(SNAPSHOT);
    let new = path.with_extension("snapshot.new");
    match storage.remove(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => {}
    }
    let mut file = storage.create(&new)?;
    let mut bytes = serde_json::to_vec(&head)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(state);
    write_all(&mut *file, &bytes)?;
    file.sync_data()?;
    storage.rename(&new, &path)?;
    storage.sync_dir(folder)
}

/// The state of the snapshot beside the journal, and where the record after it belongs; `None` where there is none that can be
/// relied on.
pub(super) fn kept(storage: &dyn Storage, folder: &Path) -> Option<(State, Place)> {
    let mut input = storage.read(&folder.join(SNAPSHOT)).ok()?;
    let mut first = Vec::new();
    (&mut input).take(4_096).read_until(b'\n', &mut first).ok()?;
    let head: Head = serde_json::from_slice(&first).ok()?;
    let mut bytes = Vec::new();
    input.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 != head.bytes || Hash::of(&bytes).as_str() != head.sha256 {
        return None;
    }
    let place = place_in_journal(storage, folder, &head)?;
    let state = snapshot::load(&bytes).inspect_err(|unfit| tracing::info!("the snapshot is of no use: {unfit}")).ok()?;
    (state.seq + 1 == place.seq).then_some((state, place))
}

/// Where the head points, if that is the end of the line that it names.
fn place_in_journal(storage: &dyn Storage, folder: &Path, head: &Head) -> Option<Place> {
    let path = segment::path(&folder.join(FILE), head.segment);
    let last = segment::last_lines(storage, &path, head.offset, 1).ok()?;
    let intact = line::intact(&last).ok()?;
    let same = intact.seq + 1 == head.records && intact.hash.as_str() == head.hash;
    same.then_some(Place { seq: head.records, segment: head.segment, offset: head.offset, prev: intact.hash })
}
