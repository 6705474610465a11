//! `warroom run` and `warroom demo`: a room is opened, the screen is attached to it, and how it ended is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::cli::args::ScreenArgs;
use crate::cli::signals::Signals;
use crate::cli::{DONE, NOT_COMPLETED, ROLLED_BACK, Usage, check, clock_time, out, screen, verify};
use crate::demo::{self, Target};
use crate::engine::actor::{Breaker, Setup};
use crate::engine::clock::{Clock, SystemClock};
use crate::engine::net::HttpNet;
use crate::engine::spawn::SystemSpawner;
use crate::engine::writer::Writer;
use crate::engine::{Engine, Outside};
use crate::id::{RoomId, VarName};
use crate::journal::storage::DiskStorage;
use crate::journal::{self, Journal};
use crate::link::{self, Call, GuestId};
use crate::room::event::{Event, Mode, Opened, Record};
use crate::room::state::{Ending, Stage};
use crate::room::{State, apply, decide};
use crate::runbook::template::Values;
use crate::runbook::{self, Runbook};
use crate::serve::peer::Peer;
use crate::time::Moment;
use crate::tui;

/// Messages that may wait between the room and its screen.
const LINK_CAPACITY: usize = 1_024;

/// What a room is opened for.
struct Plan {
    mode: Mode,
    file: String,
    text: String,
    runbook: Runbook,
    values: Values,
    t0: Option<Moment>,
}

pub(super) fn run(file: &Path, vars: &[String], t0: Option<&str>, args: &ScreenArgs) -> anyhow::Result<u8> {
    let pairs = pairs(vars)?;
    let clock = Arc::new(SystemClock::new());
    let name = file.display().to_string();
    let text = check::read(file)?;
    let runbook = runbook::load(&name, &text).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let values = values(&runbook, &pairs)?;
    let t0 = match (t0, runbook.t0) {
        (Some(text), _) => Some(clock_time::t0(text, runbook.zone, clock.now())?),
        (None, Some(time)) => Some(clock_time::next(time, runbook.zone, clock.now())),
        (None, None) => None,
    };
    // The terminal comes last: what is wrong with the call is told without one too.
    let options = screen::options(args)?;
    let plan = Plan { mode: Mode::Live, file: name, text, runbook, values, t0 };
    runtime()?.block_on(open(plan, clock, None, options))
}

pub(super) fn demo(args: &ScreenArgs) -> anyhow::Result<u8> {
    let options = screen::options(args)?;
    let clock = Arc::new(SystemClock::new());
    let runtime = runtime()?;
    let _inside = runtime.enter();
    let target_clock = clock.clone();
    let target =
        Target::start(Arc::new(move || target_clock.now())).context("can't start the demo's target service on loopback")?;
    let runbook = runbook::load("demo.yaml", demo::RUNBOOK).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let values = values(&runbook, &[("target".to_owned(), target.address())])?;
    let plan = Plan { mode: Mode::Demo, file: "demo.yaml".to_owned(), text: demo::RUNBOOK.to_owned(), runbook, values, t0: None };
    let breaker: Breaker = Box::new(move |fault| target.fault(fault));
    runtime.block_on(open(plan, clock, Some(breaker), options))
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

pub(super) fn values(runbook: &Runbook, given: &[(String, String)]) -> anyhow::Result<Values> {
    let env = |name: &str| std::env::var(name).ok();
    runbook::resolve(runbook, given, &env).map_err(|missing| Usage(missing.join("\n  ")).into())
}

async fn open(plan: Plan, clock: Arc<SystemClock>, breaker: Option<Breaker>, options: tui::Options) -> anyhow::Result<u8> {
    let storage = DiskStorage;
    let home = journal::home().context("can't find the folder for rooms")?;
    let title = plan.runbook.clone().fill(&public(&plan)).title;
    let (room, folder) = journal::create_room(&storage, &home, &title, clock.wall())
        .with_context(|| format!("can't make a folder for the room in {}", home.display()))?;
    let opened = opened(&plan, &room);
    let record = Record { seq: 0, at: clock.now(), ask: None, event: Event::Opened(Box::new(opened.clone())) };
    let journal = Journal::create(&storage, &folder, &record)
        .with_context(|| format!("can't begin the journal in {}", folder.display()))?;
    let writer = Writer::start(journal).context("can't start the journal's thread")?;
    let state = first_state(&plan, &opened, &record);
    let spawner = SystemSpawner::new().context("can't find this program's own file, which starts the steps")?;
    let outside = Outside { clock: clock.clone(), spawner: Arc::new(spawner), net: Arc::new(HttpNet::new(clock.clone())) };

    let (calls, called) = mpsc::channel(LINK_CAPACITY);
    let guest = GuestId::random().context("can't get a random number for this screen's name")?;
    let port =
        link::local::join(calls.clone(), guest, Peer::of_this_process().person(Some(opened.operator.as_str())), LINK_CAPACITY);
    let setup = Setup { state: state.clone(), writer, values: plan.values, folder: folder.clone() };
    let engine = tokio::spawn(Engine::new(setup, outside, called, breaker).run());
    let left = tui::run(port, state, options, Arc::new(move || clock.now())).await;
    let why = left.as_ref().map_or_else(|_| "its screen failed".to_owned(), |left| left.why.to_string());
    // A room that has ended by itself needs no telling.
    let _ = calls.send(Call::End { why }).await;
    let state = see_out(engine, &calls, left.as_ref().ok().map(|left| &left.state)).await?;
    left.context("the screen failed")?;
    report(&room, &folder, &state)
}

/// The screen is gone and the terminal as it was; the room lets a running step end before it closes. A signal stops the
/// step as it declares, a second one gives up waiting even for that.
async fn see_out(mut engine: JoinHandle<State>, calls: &mpsc::Sender<Call>, left: Option<&State>) -> anyhow::Result<State> {
    if let Some(running) = left.and_then(running_outside) {
        out::error(&format!("{running} is still running; waiting for its end, so that it is recorded (Ctrl-C stops it)"));
    }
    let mut signals = Signals::listen().context("can't listen for signals")?;
    let mut told = false;
    loop {
        tokio::select! {
            ended = &mut engine => return ended.context("the room's task ended badly"),
            name = signals.next() => {
                anyhow::ensure!(!told, "given up by a second {name}: what still runs goes on unrecorded");
                out::error(&format!("{name}: stopping what runs, by TERM and after its grace by KILL"));
                // A room that has just ended needs no telling.
                let _ = calls.send(Call::End { why: format!("stopped by {name}") }).await;
                told = true;
            }
        }
    }
}

/// The step that a machine is at, by number and title.
fn running_outside(state: &State) -> Option<String> {
    let mut steps = state.runbook.all_steps().filter(|step| step.kind.runs_outside());
    steps.find(|step| decide::is_running(state, &step.id)).map(|step| format!("{} {}", step.number, out::quoted(&step.title)))
}

/// The values that may be journaled and shown.
fn public(plan: &Plan) -> Values {
    let secret = |name: &VarName| plan.runbook.vars.get(name).is_some_and(|var| var.secret);
    let values = plan.values.0.iter().filter(|(name, _)| !secret(name));
    Values(values.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn opened(plan: &Plan, room: &RoomId) -> Opened {
    Opened {
        format: journal::FORMAT,
        room: room.clone(),
        mode: plan.mode,
        file: plan.file.clone(),
        runbook: plan.text.clone(),
        values: public(plan).0,
        t0: plan.t0,
        operator: screen::operator(),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The state after the first record.
fn first_state(plan: &Plan, opened: &Opened, record: &Record) -> State {
    let runbook = Arc::new(plan.runbook.clone().fill(&public(plan)));
    let mut state = State::open(opened, record.at, runbook);
    apply(&mut state, record);
    state
}

/// How it ended, where the record is, and the exit code.
fn report(room: &RoomId, folder: &Path, state: &State) -> anyhow::Result<u8> {
    let (how, code) = match &state.stage {
        Stage::Ended(Ending::Completed, _) => ("The deployment was completed.".to_owned(), DONE),
        Stage::Ended(Ending::RolledBack { verified: true }, _) => {
            ("The deployment was rolled back, and that was verified.".to_owned(), ROLLED_BACK)
        }
        Stage::Ended(Ending::RolledBack { verified: false }, _) => {
            ("The deployment was rolled back; that was NOT verified.".to_owned(), ROLLED_BACK)
        }
        Stage::Ended(Ending::Abandoned { reason }, _) => {
            (format!("The deployment was abandoned: {}.", out::quoted(reason)), NOT_COMPLETED)
        }
        Stage::Planned => ("The deployment was not started.".to_owned(), NOT_COMPLETED),
        Stage::Underway { phase } => {
            let phase = &state.runbook.phases[*phase];
            (format!("The deployment was left in phase {} {}.", phase.number, out::quoted(&phase.title)), NOT_COMPLETED)
        }
        Stage::RollingBack => ("The deployment was left while it was rolling back.".to_owned(), NOT_COMPLETED),
    };
    let journal: PathBuf = folder.join(journal::FILE);
    // Whoever keeps this hash can tell later that the record was not written anew.
    let anchor = verify::prove(&journal, None).map_or_else(|error| format!("NOT intact, {error}"), |proof| proof.anchor);
    out::line(&format!("{how}\nRecorded in {}\nIts anchor: {anchor}\nSee it again: warroom replay {room}", journal.display()))?;
    Ok(code)
}
