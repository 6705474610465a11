//! `warroom replay` and `warroom rooms`: what was recorded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::cli::args::ScreenArgs;
use crate::cli::{DONE, Usage, out, screen};
use crate::engine::clock::{Clock, SystemClock};
use crate::journal::storage::DiskStorage;
use crate::journal::{self, RoomSummary};
use crate::link::client::{self, RoomTime, Way};
use crate::replay::Player;
use crate::serve;
use crate::time::Zone;
use crate::tui;

/// Names that are listed where several are meant.
const LISTED_MAX: usize = 10;

/// Rooms looked at for one of them.
const NAMES_MAX: usize = 10_000;

pub(super) fn replay(named: &Path, args: &ScreenArgs) -> anyhow::Result<u8> {
    let path = find(named)?;
    let recording = Player::begin(&path).with_context(|| format!("can't replay {}", out::name(&path)))?;
    let options = screen::options(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
    let clock = SystemClock::new();
    let player = runtime.block_on(tui::replay(recording, options, Arc::new(move || clock.now())))?;
    match player.into_failure() {
        Some(failure) => Err(failure).with_context(|| format!("not all of {} could be replayed", out::name(&path))),
        None => Ok(DONE),
    }
}

/// A journal by its path, a room's folder, or the name of a room or a part of it that no other has.
pub(super) fn find(named: &Path) -> anyhow::Result<PathBuf> {
    if named.is_file() {
        return Ok(named.to_owned());
    }
    let inside = |folder: &Path| folder.join(journal::FILE);
    if inside(named).is_file() {
        return Ok(inside(named));
    }
    let home = journal::home().context("can't find the folder of the rooms")?;
    // A name leads into that folder and nowhere else.
    if named.components().count() == 1 && inside(&home.join(named)).is_file() {
        return Ok(inside(&home.join(named)));
    }
    let mut meant = called(&home, &named.to_string_lossy());
    match meant.len() {
        0 => anyhow::bail!("no journal or room {}: `warroom rooms` lists the rooms in {}", out::name(named), home.display()),
        1 => Ok(inside(&home.join(meant.remove(0)))),
        _ => {
            let listed: Vec<String> = meant.iter().take(LISTED_MAX).map(|room| format!("\n  {}", out::quoted(room))).collect();
            let listed = listed.concat();
            let more = meant.len().saturating_sub(LISTED_MAX);
            let more = if more == 0 { String::new() } else { format!("\n  and {more} older ones") };
            Err(Usage(format!("several rooms have \"{}\" in their name:{listed}{more}", out::name(named))).into())
        }
    }
}

/// The recorded rooms that have this in their name, the newest first.
pub(super) fn called(home: &Path, part: &str) -> Vec<String> {
    if part.is_empty() || part.contains('/') {
        return Vec::new();
    }
    let names = std::fs::read_dir(home).into_iter().flatten().flatten().take(NAMES_MAX);
    let names = names.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.contains(part));
    let mut rooms: Vec<String> = names.filter(|name| home.join(name).join(journal::FILE).is_file()).collect();
    // A room's name begins with its date.
    rooms.sort_by(|one, other| other.cmp(one));
    rooms
}

pub(super) fn rooms() -> anyhow::Result<u8> {
    let home = journal::home().context("can't find the folder of the rooms")?;
    let mut rooms = journal::rooms(&DiskStorage, &home).with_context(|| format!("can't list the rooms in {}", home.display()))?;
    if rooms.iter().any(is_running) {
        say_who_is_there(&home, &mut rooms)?;
    }
    if rooms.is_empty() {
        out::line(&format!("No rooms in {} yet. `warroom demo` makes one.", home.display()))?;
    } else {
        out::line(journal::table(&rooms, Zone::UTC).trim_end())?;
    }
    Ok(DONE)
}

fn is_running(room: &RoomSummary) -> bool {
    room.ending == "running"
}

/// How many people are attached to each room that lives, where it lets us look.
fn say_who_is_there(home: &Path, rooms: &mut [RoomSummary]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
    let live = serve::live();
    for room in rooms.iter_mut().filter(|room| is_running(room)) {
        let Some(found) = live.iter().find(|found| found.is_at(home, &room.id)) else { continue };
        let way = Way { socket: found.socket.clone(), name: None, looks: true };
        let joined = runtime.block_on(client::join(way, RoomTime::new(Arc::new(SystemClock::new()))));
        if let Ok(joined) = joined {
            let here = joined.picture.state().operators.values().filter(|attendee| attendee.left.is_none()).count();
            let attached = if here == 0 { "nobody".to_owned() } else { here.to_string() };
            room.ending = format!("running, {attached} attached");
        }
    }
    Ok(())
}
