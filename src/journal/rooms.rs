//! Where rooms live, what they are called, and which there are.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::id::RoomId;
use crate::journal::read::Reader;
use crate::journal::storage::Storage;
use crate::journal::{FILE, JournalError, segment};
use crate::room::event::{Acceptance, Mode, Opened};
use crate::text::clean;
use crate::time::{Moment, Zone};

/// The longest part of a room's name that comes from a title.
const SLUG_MAX: usize = 48;

/// Folders looked at; more than this is no list for a person any more.
const ROOMS_MAX: usize = 10_000;

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

/// The folder that holds the rooms: `rooms` in `$WARROOM_DATA`, or in the user's data folder. It is made where it
/// is not there yet.
pub fn home() -> io::Result<PathBuf> {
    let given = std::env::var_os("WARROOM_DATA").filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = || directories::ProjectDirs::from("", "", "warroom").map(|dirs| dirs.data_dir().to_owned());
    let data = given.or_else(usual).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, "there is no home folder to keep rooms in: set WARROOM_DATA to a folder")
    })?;
    let rooms = data.join("rooms");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&rooms)?;
    Ok(rooms)
}

/// `2026-11-21-0333-moshimoshi-1-0-0`, in UTC; with `-2`, `-3` … behind it where that `exists`.
pub fn new_room_id(title: &str, now: Moment, exists: impl Fn(&str) -> bool) -> RoomId {
    let free = names(title, now).find(|name| !exists(name));
    RoomId::new(&free.unwrap_or_default())
}

fn names(title: &str, now: Moment) -> impl Iterator<Item = String> {
    let base = format!("{}-{}", now.utc().format("%Y-%m-%d-%H%M"), slug(title));
    (1..=u32::MAX).map(move |number| if number == 1 { base.clone() } else { format!("{base}-{number}") })
}

/// Letters and digits of ASCII, with one hyphen for whatever is between them.
fn slug(title: &str) -> String {
    let lower = title.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = words.collect::<Vec<_>>().join("-");
    slug.truncate(SLUG_MAX);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "room".to_owned() } else { slug.to_owned() }
}

/// Makes the folder of a new room, and says its name. Two that start in the same minute get two folders.
pub fn create_room(storage: &dyn Storage, home: &Path, title: &str, now: Moment) -> io::Result<(RoomId, PathBuf)> {
    for name in names(title, now) {
        let folder = home.join(&name);
        match storage.create_dir(&folder) {
            Ok(()) => return Ok((RoomId::new(&name), folder)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The rooms under `home`, newest first. One that can't be read says why and hides none of the others.
pub fn rooms(storage: &dyn Storage, home: &Path) -> io::Result<Vec<RoomSummary>> {
    let mut names = storage.list(home)?;
    // Names begin with the day and the minute.
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.truncate(ROOMS_MAX);
    let mut rooms: Vec<_> = names.iter().filter_map(|name| summary(storage, home, name)).collect();
    rooms.sort_by_key(|room| std::cmp::Reverse(room.started));
    Ok(rooms)
}

/// `None` for what is no room: a file, or a folder without a journal.
fn summary(storage: &dyn Storage, home: &Path, name: &str) -> Option<RoomSummary> {
    let path = home.join(name).join(FILE);
    let mut room = RoomSummary {
        id: RoomId::new(name),
        title: "?".to_owned(),
        mode: None,
        started: None,
        last: None,
        ending: "?".to_owned(),
        events: 0,
        damaged: None,
    };
    let outcome = match segment::open(storage, &path) {
        Ok(mut reader) => skim(&mut reader, &mut room),
        Err(JournalError::Disk { source, .. })
            if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return None;
        }
        Err(error) => Err(error),
    };
    match outcome {
        // A line that is being written while it is read looks torn, and is not.
        Ok(_) if storage.is_owned(&path).unwrap_or(false) => "running".clone_into(&mut room.ending),
        Ok(torn) => room.damaged = torn,
        Err(error) => room.damaged = Some(error.to_string()),
    }
    Some(room)
}

/// Goes through a journal once, checks all of it and keeps what a list shows. What was torn comes back in words.
fn skim(reader: &mut Reader<impl io::BufRead>, room: &mut RoomSummary) -> Result<Option<String>, JournalError> {
    let (mut ending, mut closed, mut refused) = (None, false, false);
    while let Some(line) = reader.next::<&RawValue>()? {
        let event = line.event.get();
        if line.seq == 0 {
            open(event, room);
            room.started = Some(line.at);
        }
        ending = ending_of(event).or(ending);
        refused |= refuses(event);
        closed = event.starts_with("{\"closed\"");
        room.last = Some(line.at);
        room.events = line.seq + 1;
    }
    if room.events == 0 {
        return Err(JournalError::Empty);
    }
    if refused && ending == Some("completed") {
        ending = Some("completed, NOT ACCEPTED");
    }
    room.ending.replace_range(.., ending.unwrap_or(if closed { "closed before its end" } else { "cut off" }));
    Ok(reader.torn().map(|torn| format!("torn: {} bytes after byte {} were never whole", torn.bytes, torn.offset)))
}

fn open(event: &str, room: &mut RoomSummary) {
    #[derive(Deserialize)]
    struct First {
        opened: Opened,
    }
    if let Ok(First { opened }) = serde_json::from_str(event) {
        room.title = title_of(&opened.runbook).unwrap_or(opened.file);
        room.mode = Some(opened.mode);
    }
}

/// The `title:` of a runbook, without reading the rest of it: the list shows also what no longer loads.
fn title_of(runbook: &str) -> Option<String> {
    let value = runbook.lines().find_map(|line| line.strip_prefix("title:"))?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    let title = unquoted.unwrap_or(value);
    (!title.is_empty()).then(|| title.to_owned())
}

/// Whether somebody signed at the end that it is not accepted.
fn refuses(event: &str) -> bool {
    #[derive(Deserialize)]
    struct Signed {
        signed: Verdict,
    }
    #[derive(Deserialize)]
    struct Verdict {
        #[serde(default)]
        acceptance: Acceptance,
    }
    let signed = event.starts_with("{\"signed\"").then(|| serde_json::from_str::<Signed>(event).ok()).flatten();
    signed.is_some_and(|signed| signed.signed.acceptance == Acceptance::Refused)
}

fn ending_of(event: &str) -> Option<&'static str> {
    #[derive(Deserialize)]
    struct Ended {
        rollback_ended: Verified,
    }
    #[derive(Deserialize)]
    struct Verified {
        verified: bool,
    }
    if event == "\"deployment_completed\"" {
        Some("completed")
    } else if event.starts_with("{\"deployment_abandoned\"") {
        Some("abandoned")
    } else if event.starts_with("{\"rollback_started\"") {
        Some("rollback not ended")
    } else if event.starts_with("{\"rollback_ended\"") {
        let ended: Option<Ended> = serde_json::from_str(event).ok();
        let verified = ended.is_some_and(|ended| ended.rollback_ended.verified);
        Some(if verified { "rolled back" } else { "rolled back, not verified" })
    } else {
        None
    }
}

/// What `warroom rooms` prints.
pub fn table(rooms: &[RoomSummary], zone: Zone) -> String {
    if rooms.is_empty() {
        return "no rooms yet: `warroom demo` or `warroom run FILE` opens one\n".to_owned();
    }
    let width = rooms.iter().map(|room| room.id.as_str().chars().count()).max().unwrap_or(0).min(70);
    let mut text = format!("{:width$}  {:9}  {:20}  {:>8}  {:>7}  {}\n", "ROOM", "MODE", "STARTED", "TOOK", "EVENTS", "ENDING");
    for room in rooms {
        let started = room
            .started
            .map_or("?".to_owned(), |at| format!("{} {} {}", at.day(zone), at.clock_minutes(zone), zone.abbreviation(at)));
        let took = room.last.zip(room.started).map_or("?".to_owned(), |(last, started)| (last - started).to_string());
        let ending = room.damaged.as_ref().map_or_else(|| room.ending.clone(), |why| format!("{}; {why}", room.ending));
        let _ = writeln!(
            text,
            "{:width$}  {:9}  {started:20}  {took:>8}  {:>7}  {}",
            clean(room.id.as_str()),
            mode_word(room.mode),
            room.events,
            clean(&ending)
        );
    }
    text
}

fn mode_word(mode: Option<Mode>) -> &'static str {
    match mode {
        Some(Mode::Live) => "live",
        Some(Mode::Demo) => "demo",
        Some(Mode::Rehearsal) => "rehearsal",
        None => "?",
    }
}

#[cfg(test)]
#[path = "rooms_tests.rs"]
mod tests;
