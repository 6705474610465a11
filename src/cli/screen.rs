//! What every screen is started with: the theme, the characters it may draw, and who sits at it.

use anyhow::Context;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

use crate::cli::Usage;
use crate::cli::args::ScreenArgs;
use crate::id::OperatorId;
use crate::serve::peer::operator_here;
use crate::tui;

/// The program's own diagnostics (key `p`), kept in memory. The logger's own thread, which would look for news a hundred times
/// a second, is never started: whoever paints a frame takes in what came.
fn keep_diagnostics() -> anyhow::Result<()> {
    tui_logger::set_default_level(tui_logger::LevelFilter::Debug);
    // What the libraries say is of no use to a commander, unless it is a warning.
    let worth_keeping = filter_fn(|event| event.target().starts_with("warroom") || *event.level() <= tracing::Level::WARN);
    let layer = tui_logger::TuiTracingSubscriberLayer.with_filter(worth_keeping);
    tracing_subscriber::registry().with(layer).try_init().context("can't keep diagnostics")
}

/// Whether there is a terminal that can show a screen.
pub(super) fn is_there() -> bool {
    use std::io::IsTerminal;
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && !dumb
}

/// How the screen is to look, and whether there is one at all.
pub(super) fn options(screen: &ScreenArgs) -> anyhow::Result<tui::Options> {
    use std::io::IsTerminal;
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let theme = match (&screen.theme, set("NO_COLOR")) {
        (_, Some(_)) => tui::Theme::builtin("mono").context("the mono theme is missing")?,
        (None, None) => tui::Theme::builtin("default").context("the default theme is missing")?,
        (Some(name), None) => theme(name)?,
    };
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Usage("no terminal: the screen needs standard input and output to be one".to_owned()).into());
    }
    if set("TERM").is_some_and(|term| term == "dumb") {
        return Err(Usage("TERM=dumb: this terminal can't show a full screen".to_owned()).into());
    }
    keep_diagnostics()?;
    let lang = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let marks = if screen.ascii { tui::Marks::for_locale(Some("C")) } else { tui::Marks::for_locale(lang.as_deref()) };
    Ok(tui::Options { theme, marks, me: operator(screen) })
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

/// Who sits here: the name they gave, or the account that logged in, whatever the environment says.
pub(super) fn operator(screen: &ScreenArgs) -> OperatorId {
    operator_here(screen.name.as_deref())
}
