//! `warroom replay` and `warroom rooms`: what was recorded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::cli::args::ScreenArgs;
use crate::cli::{DONE, Usage, out, room};
use crate::engine::clock::{Clock, SystemClock};
use crate::journal;
use crate::journal::storage::DiskStorage;
use crate::replay::Player;
use crate::time::Zone;
use crate::tui;

pub(super) fn replay(named: &Path, screen: &ScreenArgs) -> anyhow::Result<u8> {
    let options = options(screen)?;
    let path = find(named)?;
    let player = Player::open(&path).with_context(|| format!("can't replay {}", path.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
    let clock = SystemClock::new();
    runtime.block_on(tui::replay(player, options, Arc::new(move || clock.now())))?;
    Ok(DONE)
}

/// A journal by its path, a room's folder, or the name of a room.
fn find(named: &Path) -> anyhow::Result<PathBuf> {
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
    anyhow::bail!("no journal or room {}: `warroom rooms` lists the rooms in {}", named.display(), home.display())
}

pub(super) fn rooms() -> anyhow::Result<u8> {
    let home = journal::home().context("can't find the folder of the rooms")?;
    let rooms = journal::rooms(&DiskStorage, &home).with_context(|| format!("can't list the rooms in {}", home.display()))?;
    if rooms.is_empty() {
        out::line(&format!("No rooms in {} yet. `warroom demo` makes one.", home.display()))?;
    } else {
        out::line(journal::table(&rooms, Zone::UTC).trim_end())?;
    }
    Ok(DONE)
}

/// How the screen is to look, and whether there is one at all.
pub(super) fn options(screen: &ScreenArgs) -> anyhow::Result<tui::Options> {
    use std::io::IsTerminal;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Usage("no terminal: the screen needs standard input and output to be one".to_owned()).into());
    }
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set("TERM").is_some_and(|term| term == "dumb") {
        return Err(Usage("TERM=dumb: this terminal can't show a full screen".to_owned()).into());
    }
    let theme = match (&screen.theme, set("NO_COLOR")) {
        (_, Some(_)) => tui::Theme::builtin("mono").context("the mono theme is missing")?,
        (None, None) => tui::Theme::builtin("default").context("the default theme is missing")?,
        (Some(name), None) => theme(name)?,
    };
    let lang = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let marks = if screen.ascii { tui::Marks::for_locale(Some("C")) } else { tui::Marks::for_locale(lang.as_deref()) };
    Ok(tui::Options { theme, marks, me: room::operator() })
}

fn theme(name: &str) -> anyhow::Result<tui::Theme> {
    if let Some(theme) = tui::Theme::builtin(name) {
        return Ok(theme);
    }
    let text = std::fs::read_to_string(name).map_err(|error| {
        Usage(format!("no theme {name} ({error}); built in are {}", tui::Theme::names().collect::<Vec<_>>().join(", ")))
    })?;
    tui::Theme::load(name, &text).map_err(|error| Usage(error.to_string()).into())
}
