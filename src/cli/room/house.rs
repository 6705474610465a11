//! The room: its journal, its engine, its door. In a process of its own (`keep`), or in that of its screen.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::orders::{Answer, Opening, Orders, What};
use super::rehearsed;
use crate::cli::DONE;
use crate::cli::signals::Signals;
use crate::demo::Target;
use crate::engine::actor::{Breaker, Setup};
use crate::engine::clock::{Clock, HurriedClock, SystemClock};
use crate::engine::hold::boot_id;
use crate::engine::net::HttpNet;
use crate::engine::resume::resume;
use crate::engine::spawn::SystemSpawner;
use crate::engine::writer::Writer;
use crate::engine::{Engine, Outside};
use crate::id::{OperatorId, RoomId, VarName};
use crate::journal::storage::DiskStorage;
use crate::journal::{self, Journal};
use crate::link::Call;
use crate::room::event::{Event, Mode, Opened, Record};
use crate::room::{State, apply};
use crate::runbook::template::Values;
use crate::runbook::{self, Runbook};
use crate::serve::peer::Group;
use crate::serve::{self, Door, House, Sign};
use crate::time::Span;

/// Calls that may wait for the room.
const CALLS_MAX: usize = 1_024;

/// How long last words may take.
const LAST_WORDS: Span = Span(200);

/// What the room's process says about itself, beside its journal.
const LOG: &str = "room.log";

/// A room that runs.
pub(super) struct Kept {
    pub(super) room: RoomId,
    pub(super) folder: PathBuf,
    pub(super) state: State,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) calls: mpsc::Sender<Call>,
    pub(super) engine: JoinHandle<State>,
}

/// What the hidden command does: becomes the room's process, answers one line, and keeps the room until it is closed.
pub(in crate::cli) fn keep() -> anyhow::Result<u8> {
    // It fails only for who leads a session or a group already, and that one is no terminal's child any more.
    let _ = rustix::process::setsid();
    let orders = Orders::read(io::stdin().lock()).context("the room's process was told nothing that it understands")?;
    super::runtime()?.block_on(async {
        let opened = open(orders).await;
        let (kept, door) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                Answer::Failed { why: format!("{error:#}") }.write(io::stdout().lock())?;
                return Ok(DONE);
            }
        };
        let answer = Answer::Ready { room: kept.room.clone(), socket: door.socket() };
        // Who started this may be gone by now; the room is not.
        let _ = answer.write(io::stdout().lock());
        detach(&kept.folder).context("can't let go of the terminal's pipes")?;
        live(kept, door).await
    })
}

async fn open(orders: Orders) -> anyhow::Result<(Kept, Door)> {
    let group = orders.group.as_deref().map(Group::named).transpose().map_err(anyhow::Error::msg)?;
    let kept = begin(orders)?;
    let sign = Sign {
        room: kept.room.clone(),
        folder: std::path::absolute(&kept.folder).context("can't tell where the room's folder is")?,
        title: kept.state.runbook.title.clone(),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        since: SystemClock::new().wall(),
    };
    let bound = match serve::bind(&sign, group.as_ref()) {
        Ok(bound) => bound,
        Err(error) => {
            let _ = kept.calls.send(Call::End { why: "it has no socket".to_owned() }).await;
            let _ = kept.engine.await;
            return Err(anyhow::Error::new(error).context("the room has no socket at which to join it"));
        }
    };
    let house = House {
        room: kept.room.clone(),
        folder: kept.folder.clone(),
        calls: kept.calls.clone(),
        clock: Arc::new(SystemClock::new()),
        room_clock: kept.clock.clone(),
        group,
    };
    Ok((kept, Door::new(bound, house)))
}

/// Standard streams go nowhere, and what is said about the program goes to a file in the room's folder.
fn detach(folder: &Path) -> io::Result<()> {
    let nowhere = File::options().read(true).write(true).open("/dev/null")?;
    let log = OpenOptions::new().create(true).append(true).mode(0o600).open(folder.join(LOG));
    rustix::stdio::dup2_stdin(&nowhere)?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    // A disk that is full costs the log, not the room.
    rustix::stdio::dup2_stderr(log.as_ref().unwrap_or(&nowhere))?;
    let told = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_max_level(tracing::Level::INFO);
    let _ = told.try_init();
    Ok(())
}

/// Keeps the room until it has closed. A hangup is nothing to it: it has no terminal.
async fn live(mut kept: Kept, door: Door) -> anyhow::Result<u8> {
    let mut signals = Signals::listen().context("can't listen for signals")?;
    let _hangup = signal(SignalKind::hangup()).context("can't listen for a hangup")?;
    let serving = tokio::spawn(door.serve());
    loop {
        tokio::select! {
            ended = &mut kept.engine => {
                ended.context("the room's task ended badly")?;
                break;
            }
            name = signals.next() => {
                let _ = kept.calls.send(Call::End { why: format!("stopped by {name}") }).await;
            }
        }
    }
    // Last words are on their way to whoever is attached; then the socket goes.
    let clock = SystemClock::new();
    clock.sleep_until(clock.now() + LAST_WORDS).await;
    serving.abort();
    let _ = serving.await;
    Ok(DONE)
}

/// Opens the room, or takes it up again, and lets its engine run.
pub(super) fn begin(orders: Orders) -> anyhow::Result<Kept> {
    match orders.what {
        What::Open(opening) => begin_new(&opening, orders.values),
        What::Resume { folder, operator } => begin_again(&folder, operator, orders.values),
    }
}

fn begin_new(opening: &Opening, mut values: Values) -> anyhow::Result<Kept> {
    let clock: Arc<dyn Clock> = match &opening.rehearsal {
        Some((rehearsal, from)) => Arc::new(HurriedClock::new(*from, rehearsal.speed)),
        None => Arc::new(SystemClock::new()),
    };
    let breaker = match opening.mode {
        Mode::Demo => Some(target(&clock, &mut values)?),
        Mode::Live | Mode::Rehearsal => None,
    };
    let runbook = runbook::load(&opening.file, &opening.text).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let public = public(&runbook, &values);
    let filled = Arc::new(runbook.fill(&public));
    let home = journal::home().context("can't find the folder for rooms")?;
    let (room, folder) = journal::create_room(&DiskStorage, &home, &filled.title, SystemClock::new().wall())
        .with_context(|| format!("can't make a folder for the room in {}", home.display()))?;
    let opened = opened(opening, &room, public);
    let record = Record { seq: 0, at: clock.now(), ask: None, event: Event::Opened(Box::new(opened.clone())) };
    let journal = Journal::create(&DiskStorage, &folder, &record)
        .with_context(|| format!("can't begin the journal in {}", folder.display()))?;
    let writer = Writer::start(journal).context("can't start the journal's thread")?;
    let mut state = State::open(&opened, record.at, filled);
    apply(&mut state, &record);
    let setup = Setup { state, writer, values, folder };
    start(setup, clock, breaker, |engine| engine)
}

fn begin_again(folder: &Path, operator: OperatorId, values: Values) -> anyhow::Result<Kept> {
    let found = resume(&DiskStorage, folder).with_context(|| format!("can't take up the room in {}", folder.display()))?;
    let clock: Arc<dyn Clock> = match &found.state.opened.rehearsal {
        Some(rehearsal) => Arc::new(HurriedClock::new(found.state.at, rehearsal.speed)),
        None => Arc::new(found.clock()),
    };
    let breaker = match found.state.mode() {
        Mode::Demo => Some(target_again(&clock, &values)?),
        Mode::Live | Mode::Rehearsal => None,
    };
    let torn = found.torn;
    let setup = found.setup(values).context("can't start the journal's thread")?;
    start(setup, clock, breaker, |engine| engine.resuming(operator, host(), boot_id(), torn))
}

fn start(
    setup: Setup,
    clock: Arc<dyn Clock>,
    breaker: Option<Breaker>,
    finish: impl FnOnce(Engine) -> Engine,
) -> anyhow::Result<Kept> {
    let spawner = SystemSpawner::new().context("can't find this program's own file, which starts the steps")?;
    let outside = Outside { clock: clock.clone(), spawner: Arc::new(spawner), net: Arc::new(HttpNet::new(clock.clone())) };
    let (calls, called) = mpsc::channel(CALLS_MAX);
    let (state, folder) = (setup.state.clone(), setup.folder.clone());
    let play = rehearsed::play(&setup.state)?;
    let breaker = play.as_ref().map(rehearsed::breaker).or(breaker);
    let engine = finish(Engine::new(setup, outside, called, breaker));
    let engine = match play {
        Some(play) => engine.rehearsed(Box::new(play)),
        None => engine,
    };
    let engine = tokio::spawn(engine.run());
    Ok(Kept { room: state.room().clone(), folder, state, clock, calls, engine })
}

/// Starts the demo's service, and says where it is.
fn target(clock: &Arc<dyn Clock>, values: &mut Values) -> anyhow::Result<Breaker> {
    let now = clock.clone();
    let target = Target::start(Arc::new(move || now.now())).context("can't start the demo's target service on loopback")?;
    values.0.insert(VarName::new("target"), target.address());
    Ok(breaker(target))
}

/// The demo's service ended with the room's process. Another takes its place where the journal says that it is.
fn target_again(clock: &Arc<dyn Clock>, values: &Values) -> anyhow::Result<Breaker> {
    let (now, address) = (clock.clone(), values.0.get("target").map_or("", String::as_str));
    let target = Target::start_again(address, Arc::new(move || now.now())).with_context(|| {
        format!(
            "can't start the demo's target service at {address:?} again, where its room looks for it; the room was not taken up"
        )
    })?;
    Ok(breaker(target))
}

fn breaker(target: Target) -> Breaker {
    Box::new(move |fault| target.fault(fault))
}

/// The values that may be journaled and shown.
pub(in crate::cli) fn public(runbook: &Runbook, values: &Values) -> Values {
    let secret = |name: &VarName| runbook.vars.get(name).is_some_and(|var| var.secret);
    let shown = values.0.iter().filter(|(name, _)| !secret(name));
    Values(shown.map(|(name, value)| (name.clone(), value.clone())).collect())
}

pub(super) fn opened(opening: &Opening, room: &RoomId, values: Values) -> Opened {
    Opened {
        format: journal::FORMAT,
        room: room.clone(),
        mode: opening.mode,
        file: opening.file.clone(),
        runbook: opening.text.clone(),
        values: values.0,
        t0: opening.t0,
        operator: opening.operator.clone(),
        host: host(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rehearsal: opening.rehearsal.as_ref().map(|(rehearsal, _)| rehearsal.clone()),
    }
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
