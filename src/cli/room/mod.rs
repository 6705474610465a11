//! `warroom run`, `demo`, `attach` and `resume`: a room is opened in a process of its own, the screen is attached to it, and
//! how that ended is told.
//!
//! Start reading at [`run`]; then `orders` (what the room's process is told), `house` (that process), `visit` (the screen).

mod house;
mod orders;
mod prepared;
mod rehearsed;
mod seen;
mod start;
mod visit;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::cli::args::{RoomArgs, ScreenArgs};
use crate::cli::{Usage, check, clock_time, screen};
use crate::demo;
use crate::engine::clock::{Clock, SystemClock};
use crate::engine::resume::{given as earlier, look, runbook as runbook_of};
use crate::id::VarName;
use crate::journal::storage::DiskStorage;
use crate::link::client::{RoomTime, Way};
use crate::room::event::{Mode, Opened};
use crate::room::people::NAME_MAX;
use crate::runbook::template::Values;
use crate::runbook::{self, Question, Runbook};
use crate::serve::peer::{Peer, operator_here};
use crate::serve::{Found, live};
use crate::time::Moment;
use crate::tui;

use orders::{Opening, Orders, What};
use prepared::{Prepared, Ready};

pub(super) use house::{keep, public};
pub(super) use rehearsed::SEED;
pub(super) use visit::{how_it_ended, say_goodbye, unnamed};

pub(super) fn run(file: &Path, vars: &[String], t0: Option<&str>, room: &RoomArgs, args: &ScreenArgs) -> anyhow::Result<u8> {
    let prepared = Prepared::begin(args);
    let pairs = pairs(vars)?;
    let name = file.display().to_string();
    let text = check::read(file)?;
    let runbook = plan(&name, &text, args)?;
    let Asked { values, person, prepared } = values_asked_for(&runbook, pairs, args, prepared)?;
    let args = &ScreenArgs { name: person, ..args.clone() };
    let now = SystemClock::new().now();
    let t0 = match (t0, runbook.t0) {
        (Some(text), _) => Some(clock_time::t0(text, runbook.zone, now)?),
        (None, Some(time)) => Some(clock_time::next(time, runbook.zone, now)),
        (None, None) => None,
    };
    open(What::Open(opening(Mode::Live, name, text, t0, args)), &runbook, values, room, (args, prepared))
}

pub(super) fn demo(room: &RoomArgs, args: &ScreenArgs) -> anyhow::Result<u8> {
    let prepared = Prepared::begin(args);
    let runbook = plan("demo.yaml", demo::RUNBOOK, args)?;
    // Where its target listens is known once the room's process has started it.
    let values = values(&runbook, &[("target".to_owned(), "http://127.0.0.1:0".to_owned())])?;
    let opening = opening(Mode::Demo, "demo.yaml".to_owned(), demo::RUNBOOK.to_owned(), None, args);
    open(What::Open(opening), &runbook, values, room, (args, prepared))
}

/// The plan, as far as it is shown while the room's process reads it once more, to the last query. Where there is no screen to
/// show it on, or questions are asked before there is a room, all that is wrong with it is told now.
fn plan(name: &str, text: &str, args: &ScreenArgs) -> anyhow::Result<Runbook> {
    let is_shown = !args.plain && screen::is_there();
    let glanced = is_shown.then(|| runbook::glance(name, text)).transpose();
    let asks = |runbook: &Runbook| runbook.vars.values().any(|var| var.ask.is_some());
    let read = match glanced {
        Ok(Some(runbook)) if !asks(&runbook) => Ok(runbook),
        Ok(_) => runbook::load(name, text),
        Err(problems) => Err(problems),
    };
    read.map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// A rehearsal on the screen; its clock shows `from` at first.
pub(super) fn rehearse(
    rehearsal: Opened,
    runbook: &Runbook,
    values: Values,
    from: Moment,
    room: &RoomArgs,
    args: &ScreenArgs,
) -> anyhow::Result<u8> {
    let Opened { mode, file, runbook: text, t0, operator, rehearsal, .. } = rehearsal;
    let rehearsal = rehearsal.map(|rehearsal| (rehearsal, from));
    open(What::Open(Opening { mode, file, text, t0, operator, rehearsal }), runbook, values, room, (args, Prepared::Later))
}

fn opening(mode: Mode, file: String, text: String, t0: Option<Moment>, args: &ScreenArgs) -> Opening {
    Opening { mode, file, text, t0, operator: screen::operator(args), rehearsal: None }
}

/// The terminal comes last: what is wrong with the call is told without one too.
fn open(
    what: What,
    runbook: &Runbook,
    values: Values,
    room: &RoomArgs,
    (args, prepared): (&ScreenArgs, Prepared),
) -> anyhow::Result<u8> {
    if let Some(group) = &room.group {
        crate::serve::peer::Group::named(group).map_err(Usage)?;
    }
    let orders = Orders { what, values, group: room.group.clone() };
    if args.plain {
        return runtime()?.block_on(visit::open_plain(&orders, said(args)));
    }
    let Ready { options, blank, runtime } = prepared.ready(args)?;
    let shown = (options, blank);
    runtime.block_on(async {
        if room.foreground {
            return visit::in_one_process(orders, shown).await;
        }
        Box::pin(visit::open(&orders, runbook, shown, said(args))).await
    })
}

/// `warroom attach`: joins a room that lives.
pub(super) fn attach(named: Option<&str>, args: &ScreenArgs) -> anyhow::Result<u8> {
    let found = living(named)?;
    let way = Way { socket: found.socket, name: said(args), looks: false };
    if args.plain {
        return runtime()?.block_on(visit::attach_plain(way));
    }
    let options = screen::options(args)?;
    runtime()?.block_on(async {
        let time = RoomTime::new(Arc::new(SystemClock::new()));
        visit::attach(way, time, (options, tui::Blank::default())).await
    })
}

/// The room of this name, or the newest; several without a name are listed instead.
pub(super) fn living(named: Option<&str>) -> anyhow::Result<Found> {
    let mut rooms = live();
    let list = |rooms: &[Found]| {
        // Of several with one name the socket tells which.
        let name = |found: &Found| match rooms.iter().filter(|other| other.sign.room == found.sign.room).count() {
            1 => found.sign.room.to_string(),
            _ => found.socket.display().to_string(),
        };
        let line = |found: &Found| format!("\n  {}   {}", name(found), found.sign.title);
        rooms.iter().map(line).collect::<String>()
    };
    let home = crate::journal::home().ok();
    let is_own = |found: &Found| home.as_ref().is_some_and(|home| found.is_at(home, &found.sign.room));
    let Some(name) = named else {
        // Whoever names none means one of those that are recorded where their own are, if there is any.
        if rooms.iter().any(is_own) {
            rooms.retain(is_own);
        }
        return match rooms.len() {
            0 => Err(anyhow::anyhow!(
                "no room lives: `warroom rooms` lists the recorded ones, `warroom resume` takes one up again"
            )),
            1 => Ok(rooms.remove(0)),
            _ => Err(Usage(format!("several rooms live, name one of them:{}", list(&rooms))).into()),
        };
    };
    let is_meant = |found: &Found| found.sign.room.as_str() == name || found.socket == Path::new(name);
    let (mut meant, mut rooms): (Vec<_>, Vec<_>) = rooms.into_iter().partition(is_meant);
    if let (2.., Some(own)) = (meant.len(), meant.iter().position(is_own)) {
        return Ok(meant.remove(own));
    }
    match meant.len() {
        0 => {}
        1 => return Ok(meant.remove(0)),
        _ => return Err(Usage(format!("several rooms are called {name}:{}", list(&meant))).into()),
    }
    // A part of the name will do, where only one that lives has it.
    let part = |found: &Found| found.sign.room.as_str().contains(name);
    match rooms.iter().filter(|found| part(found)).count() {
        0 => {}
        1 if !name.is_empty() => return rooms.into_iter().find(part).context("the room is gone"),
        _ => {
            rooms.retain(part);
            return Err(Usage(format!("several rooms live that have \"{name}\" in their name:{}", list(&rooms))).into());
        }
    }
    let others = if rooms.is_empty() { String::new() } else { format!(". Those that live:{}", list(&rooms)) };
    Err(anyhow::anyhow!("{}{others}", not_living(name)))
}

/// Why nobody can join the room of this name, and what can be done with it.
fn not_living(name: &str) -> String {
    let home = crate::journal::home().ok();
    let recorded = home.and_then(|home| crate::journal::rooms(&DiskStorage, &home).ok()).unwrap_or_default();
    match recorded.iter().find(|room| room.id.as_str() == name) {
        Some(room) if is_cut_off(room) => {
            format!("the process of the room {name} is gone: `warroom resume {name}` takes the room up again")
        }
        Some(room) => format!("the room {name} does not live any more ({}): `warroom replay {name}` shows it", room.ending),
        None => format!("no room is called {name}: `warroom rooms` lists them"),
    }
}

/// Whether it has neither ended nor a process.
fn is_cut_off(room: &crate::journal::RoomSummary) -> bool {
    matches!(room.ending.as_str(), "cut off" | "rollback not ended")
}

/// `warroom resume`: a room whose process is gone is taken up again on its journal, by a new one.
pub(super) fn resume(named: Option<&str>, vars: &[String], room: &RoomArgs, args: &ScreenArgs) -> anyhow::Result<u8> {
    let folder = match named {
        Some(name) => meant(name)?,
        None => newest_cut_off()?,
    };
    let given = pairs(vars)?;
    // The room's process takes possession of it; here it is only looked at.
    let state = look(&DiskStorage, &folder).with_context(|| format!("can't take up the room in {}", folder.display()))?;
    if let Some(why) = &state.closed {
        anyhow::bail!("the room {} was closed in order ({why}): `warroom replay {0}` shows it", state.room());
    }
    let runbook = runbook_of(&state)?;
    let mut pairs = earlier(&state);
    pairs.extend(given);
    let Asked { values, person, prepared } = values_asked_for(&runbook, pairs, args, Prepared::Later)?;
    let args = &ScreenArgs { name: person, ..args.clone() };
    let operator = screen::operator(args);
    open(What::Resume { folder, operator }, &runbook, values, room, (args, prepared))
}

/// The folder of the room of this name. Where several have it in theirs, the one of them that was cut off.
fn meant(name: &str) -> anyhow::Result<std::path::PathBuf> {
    let found = crate::cli::replay::find(Path::new(name));
    if let (Err(_), Ok(home)) = (&found, crate::journal::home()) {
        let several = crate::cli::replay::called(&home, name);
        let rooms = if several.len() > 1 { crate::journal::rooms(&DiskStorage, &home).unwrap_or_default() } else { Vec::new() };
        let mut cut_off = rooms.iter().filter(|room| is_cut_off(room) && several.iter().any(|one| one == room.id.as_str()));
        if let (Some(room), None) = (cut_off.next(), cut_off.next()) {
            return Ok(home.join(room.id.as_str()));
        }
    }
    Ok(found?.parent().map(Path::to_owned).unwrap_or_default())
}

/// The folder of the newest room that was cut off.
fn newest_cut_off() -> anyhow::Result<std::path::PathBuf> {
    let home = crate::journal::home().context("can't find the folder of the rooms")?;
    let rooms =
        crate::journal::rooms(&DiskStorage, &home).with_context(|| format!("can't list the rooms in {}", home.display()))?;
    match rooms.iter().find(|room| is_cut_off(room)) {
        Some(room) => Ok(home.join(room.id.as_str())),
        None => anyhow::bail!("no room was cut off: `warroom attach` joins one that lives, `warroom rooms` lists all"),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().context("can't start the runtime")
}

pub(super) fn pairs(vars: &[String]) -> Result<Vec<(String, String)>, Usage> {
    let pair = |var: &String| match var.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.to_owned())),
        None => Err(Usage(format!("--var {var}: write NAME=VALUE"))),
    };
    vars.iter().map(pair).collect()
}

/// What was given and what was asked for, with the screen that asked.
struct Asked {
    values: Values,
    /// Who sits here, where the account does not say so.
    person: Option<String>,
    prepared: Prepared,
}

/// What the form calls the question for a name: as the command line does.
const NAME: &str = "--as";

/// Who sits here is asked where nothing tells: nobody has logged in for this account, or the plan says that accounts are shared.
fn who(runbook: &Runbook, args: &ScreenArgs) -> Option<Question> {
    let peer = Peer::of_this_process();
    let asked = said(args).is_none() && (peer.is_nobody_known() || runbook.shared_accounts);
    let about = format!("The account {} does not tell. The record has this name, as unverified.", peer.account);
    let (name, ask) = (VarName::new(NAME), "Who are you?".to_owned());
    asked.then_some(Question { name, ask, about: Some(about), secret: false, longest: Some(NAME_MAX) })
}

/// The name that was given.
fn said(args: &ScreenArgs) -> Option<String> {
    args.name.clone().filter(|name| !name.trim().is_empty())
}

/// The values, asked for on the screen where the runbook asks and nothing else gives them; and the screen that did that.
/// Without one, what is missing is refused by name.
fn values_asked_for(
    runbook: &Runbook,
    mut given: Vec<(String, String)>,
    args: &ScreenArgs,
    prepared: Prepared,
) -> anyhow::Result<Asked> {
    let env = |name: &str| std::env::var(name).ok();
    let mut questions = runbook::questions(runbook, &given, &env);
    let who = who(runbook, args);
    if (questions.is_empty() && who.is_none()) || args.plain || !screen::is_there() {
        return Ok(Asked { values: values(runbook, &given)?, person: said(args), prepared });
    }
    // What no answer mends is told before anything is asked.
    let mut answered = given.clone();
    answered.extend(questions.iter().map(|question| (question.name.to_string(), "-".to_owned())));
    let mut known = values(runbook, &answered)?;
    known.0.retain(|name, _| questions.iter().all(|question| question.name != *name));
    let title = runbook.clone().fill(&known).title;
    let Ready { mut options, blank, runtime } = prepared.ready(args)?;
    questions.splice(0..0, who);
    let names = questions.iter().map(|question| format!("`{}`", question.name)).collect::<Vec<_>>().join(", ");
    let answers = runtime.block_on(tui::ask(&title, questions, &options)).context("the screen failed")?;
    let Some(answers) = answers else {
        return Err(Usage(format!("left: nothing was opened. Asked for was {names}")).into());
    };
    let (who, answers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(name, _)| name.as_str() == NAME);
    let person = who.into_iter().next().map(|(_, name)| name).or_else(|| said(args));
    options.me = operator_here(person.as_deref());
    given.extend(answers.into_iter().map(|(name, value)| (name.to_string(), value)));
    Ok(Asked { values: values(runbook, &given)?, person, prepared: Prepared::Ready(Box::new(Ready { options, blank, runtime })) })
}

pub(super) fn values(runbook: &Runbook, given: &[(String, String)]) -> anyhow::Result<Values> {
    let env = |name: &str| std::env::var(name).ok();
    runbook::resolve(runbook, given, &env).map_err(|missing| Usage(missing.join("\n  ")).into())
}
