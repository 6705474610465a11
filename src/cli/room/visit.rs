//! The screen at a room: attached, left, and what is said then.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::orders::{Opening, Orders, What};
use super::{house, seen, start};
use crate::cli::signals::Signals;
use crate::cli::{DONE, NOT_COMPLETED, ROLLED_BACK, out, plain, verify};
use crate::engine::clock::{Clock, SystemClock};
use crate::id::RoomId;
use crate::journal;
use crate::link::client::{self, Ends, JoinError, RoomTime, Way};
use crate::link::wire::Entry;
use crate::link::{self, Ask, AskNames, Call, GuestId, Port, Update};
use crate::room::event::{Acceptance, Event, Mode, Record};
use crate::room::state::{Ending, Stage};
use crate::room::{State, apply, decide};
use crate::runbook::Runbook;
use crate::serve::live;
use crate::serve::peer::Peer;
use crate::time::Span;
use crate::tui::{self, Leave, Start};

/// Messages that may wait between a room in this process and its screen.
const CAPACITY: usize = 1_024;

/// What a room is called on the screen until it has its name.
const OPENING: &str = "opening";

/// How the screen looks, and its empty frames.
type Shown = (tui::Options, tui::Blank);

/// How long a room that nobody is in any more may take to close, and how often it is looked for.
const CLOSES_WITHIN: Span = Span(5_000);
const LOOK_EVERY: Span = Span(50);

/// How long a goodbye may take.
const GOODBYE: Span = Span(1_000);

/// Opens a room in a process of its own. The screen shows the plan while that comes up.
pub(super) async fn open(orders: &Orders, runbook: &Runbook, shown: Shown, name: Option<String>) -> anyhow::Result<u8> {
    let time = RoomTime::new(Arc::new(SystemClock::new()));
    if let What::Open(Opening { rehearsal: Some((rehearsal, from)), .. }) = &orders.what {
        time.run_at(rehearsal.speed);
        time.heard(*from);
    }
    let first = match &orders.what {
        What::Open(opening) => {
            let public = house::public(runbook, &orders.values);
            let opened = house::opened(opening, &RoomId::new(OPENING), public.clone());
            let record = Record { seq: 0, at: time.now(), ask: None, event: Event::Opened(Box::new(opened.clone())) };
            let mut state = State::open(&opened, record.at, Arc::new(runbook.clone().fill(&public)));
            apply(&mut state, &record);
            state
        }
        // What a resumed room has been through is not guessed at.
        What::Resume { .. } => {
            let socket = start::start(orders).await?;
            return attach(Way { socket, name, looks: false }, time, shown).await;
        }
    };
    let (port, ends) = client::port(AskNames::of(GuestId::random().context("can't get random numbers")?));
    let now = time.clone();
    let mut shown = Box::pin(tui::run(port, first, shown, Arc::new(move || now.now()), Start::Opening));
    let mut coming = Box::pin(come_in(orders, name, &time, ends));
    let mut came = None;
    let left = loop {
        tokio::select! {
            biased;
            left = &mut shown => break left?,
            how = &mut coming, if came.is_none() => came = Some(how),
        }
    };
    if left.state.room().as_str() != OPENING || matches!(left.why, Leave::NotOpened(_)) {
        return leave(left).await;
    }
    // Left before the room was there. It comes up all the same, and must not stand there without anybody knowing.
    let mut signals = Signals::listen().context("can't listen for signals")?;
    let came = if let Some(came) = came {
        came
    } else {
        tokio::select! {
            came = &mut coming => came,
            name = signals.next() => anyhow::bail!("{name}: the room's opening is not waited for; `warroom rooms` says whether it lives"),
        }
    };
    let state = came.map_err(anyhow::Error::msg)?;
    goes_on(&state, None)
}

/// Starts the room and joins it, for a screen that is shown already. Which room it became, or why none, which the screen is
/// told too.
async fn come_in(orders: &Orders, name: Option<String>, time: &RoomTime, ends: Ends) -> Result<Box<State>, String> {
    let updates = ends.updates.clone();
    let joined = match start::start(orders).await {
        Ok(socket) => client::join(Way { socket, name, looks: false }, time.clone()).await.map_err(anyhow::Error::new),
        Err(error) => Err(error),
    };
    match joined {
        Ok(joined) => {
            let state = Box::new(joined.picture.state().clone());
            seen::remember(state.room(), state.seq);
            tokio::spawn(joined.serve(ends));
            Ok(state)
        }
        Err(error) => {
            let why = format!("{error:#}");
            let _ = updates.send(Update::Lost { since: time.now(), why: why.clone() }).await;
            Err(why)
        }
    }
}

/// Joins a room that lives. Who comes by an account that others come by too is asked for their name, and comes in by that.
pub(super) async fn attach(mut way: Way, time: RoomTime, shown: Shown) -> anyhow::Result<u8> {
    let (mut options, mut blank) = shown;
    loop {
        let joined = client::join(way.clone(), time.clone()).await.map_err(advised)?;
        let first = joined.picture.state().clone();
        let seen = seen::last(first.room());
        // A screen that is killed remembers nothing: then it was here at least until now.
        seen::remember(first.room(), first.seq);
        let shared = way.name.is_none() && is_shared(&first, &joined.entry);
        let (now, how) = (time.clone(), Start::Attached { seen, shared });
        let left = tui::run(joined.open(), first, (options.clone(), blank), Arc::new(move || now.now()), how).await;
        let left = left.context("the screen failed")?;
        let Leave::CalledBy(name) = left.why else { return leave(left).await };
        say_goodbye(left.port).await;
        options.me = Peer::of_this_process().person(Some(&name)).operator;
        (way.name, blank) = (Some(name), tui::Blank::default());
    }
}

/// Whether others come by the account of who has just come: from another screen that is there already, or under another name.
fn is_shared(state: &State, Entry { you, others, .. }: &Entry) -> bool {
    if state.is_verified(you) {
        return false;
    }
    let uid = state.operators.get(you).map(|known| known.person.uid);
    *others > 0 || state.operators.values().any(|other| other.person.operator != *you && Some(other.person.uid) == uid)
}

/// The same without a screen, line by line.
pub(super) async fn open_plain(orders: &Orders, name: Option<String>) -> anyhow::Result<u8> {
    let socket = start::start(orders).await?;
    attach_plain(Way { socket, name, looks: false }).await
}

pub(super) async fn attach_plain(way: Way) -> anyhow::Result<u8> {
    let time = RoomTime::new(Arc::new(SystemClock::new()));
    let unnamed = unnamed(way.name.as_deref());
    let joined = client::join(way, time.clone()).await.map_err(advised)?;
    plain::talk(joined.open(), time, unnamed).await
}

/// How who sits here says who they are, where nothing tells it and nobody can be asked.
pub(in crate::cli) fn unnamed(said: Option<&str>) -> Option<&'static str> {
    let named = said.is_some_and(|name| !name.trim().is_empty());
    (!named && Peer::of_this_process().is_nobody_known())
        .then_some("nothing tells who sits at this account: --as NAME, or WARROOM_AS, says who you are")
}

fn advised(error: JoinError) -> anyhow::Error {
    let gone = matches!(error, JoinError::NotThere { .. });
    let error = anyhow::Error::new(error);
    if gone { error.context("the room's process is gone: `warroom resume` takes the room up again") } else { error }
}

/// Everything in this process, which ends with its screen.
pub(super) async fn in_one_process(orders: Orders, shown: Shown) -> anyhow::Result<u8> {
    let house::Kept { state, clock, calls, mut engine, .. } = house::begin(orders)?;
    let guest = GuestId::random().context("can't get random numbers")?;
    let person = Peer::of_this_process().person(Some(state.opened.operator.as_str()));
    let port = link::local::join(calls.clone(), guest, person, CAPACITY);
    let left = tui::run(port, state, shown, Arc::new(move || clock.now()), Start::InOneProcess).await;
    let why = left.as_ref().map_or_else(|_| "its screen failed".to_owned(), |left| left.why.to_string());
    // A room that has ended by itself needs no telling.
    let _ = calls.send(Call::End { why }).await;
    if let Some(running) = left.as_ref().ok().and_then(|left| running_outside(&left.state)) {
        say_waiting(&running);
    }
    let mut signals = Signals::listen().context("can't listen for signals")?;
    let mut told = false;
    let state = loop {
        tokio::select! {
            ended = &mut engine => break ended.context("the room's task ended badly")?,
            name = signals.next() => {
                anyhow::ensure!(!told, "given up by a second {name}: what still runs goes on unrecorded");
                say_stopping(name);
                let _ = calls.send(Call::End { why: format!("stopped by {name}") }).await;
                told = true;
            }
        }
    };
    left.context("the screen failed")?;
    report(&state)
}

/// What is said, and the exit code, once there is no screen any more.
async fn leave(left: tui::Left) -> anyhow::Result<u8> {
    let tui::Left { why, state, anchor, port } = left;
    seen::remember(state.room(), state.seq);
    match why {
        Leave::NotOpened(why) => Err(anyhow::anyhow!("{why}")),
        Leave::Closed => report(&see_out(port, state).await?),
        Leave::Gone(why) => {
            out::error(&format!("the room was lost: {why}"));
            Ok(NOT_COMPLETED)
        }
        Leave::Quit | Leave::CalledBy(_) | Leave::Signal(_) | Leave::TerminalGone => {
            say_goodbye(port).await;
            let over = matches!(state.stage, Stage::Ended(..));
            if why == Leave::Quit && over && closes(state.room()).await {
                return report(&state);
            }
            goes_on(&state, anchor.as_deref())
        }
    }
}

/// Lets go of a room, and waits until it has been told: who just ends looks like a link that broke.
pub(in crate::cli) async fn say_goodbye(port: Port) {
    let Port { asks, mut updates, .. } = port;
    drop(asks);
    let clock = SystemClock::new();
    tokio::select! {
        biased;
        () = async { while updates.recv().await.is_some() {} } => {}
        () = clock.sleep_until(clock.now() + GOODBYE) => {}
    }
}

/// Whether the room ends, now that somebody has left it.
async fn closes(room: &RoomId) -> bool {
    let clock = SystemClock::new();
    let end = clock.now() + CLOSES_WITHIN;
    while clock.now() < end {
        if !live().iter().any(|found| found.sign.room == *room) {
            return true;
        }
        clock.sleep_until(clock.now() + LOOK_EVERY).await;
    }
    false
}

fn goes_on(state: &State, anchor: Option<&str>) -> anyhow::Result<u8> {
    let room = state.room();
    let how = match &state.stage {
        Stage::Planned => "The deployment is not started yet.".to_owned(),
        Stage::Underway { phase } => {
            let phase = &state.runbook.phases[*phase];
            format!("The deployment is in phase {} {}.", phase.number, out::quoted(&phase.title))
        }
        Stage::RollingBack => "The deployment is rolling back.".to_owned(),
        Stage::Ended(..) => "The deployment has ended.".to_owned(),
    };
    let rehearsal = rehearsal(state);
    let anchor = anchor.map_or_else(String::new, |hash| format!("\nIts anchor as you came in: {hash}"));
    out::line(&format!(
        "{rehearsal}The room goes on without this screen. {how}\nCome back to it: warroom attach {room}{anchor}"
    ))?;
    Ok(how_it_ended(state).1)
}

/// The room closes; it lets a running step end before. A signal stops the step as it declares, a second one gives up
/// waiting even for that.
async fn see_out(mut port: Port, mut state: State) -> anyhow::Result<State> {
    if let Some(running) = running_outside(&state) {
        say_waiting(&running);
    }
    let mut signals = Signals::listen().context("can't listen for signals")?;
    let mut told = false;
    loop {
        tokio::select! {
            update = port.updates.recv() => match update {
                Some(Update::Picture(picture)) => state.clone_from(picture.state()),
                Some(Update::Records(records)) => {
                    records.iter().filter(|record| record.seq > state.seq).cloned().collect::<Vec<_>>().iter().for_each(|record| apply(&mut state, record));
                }
                Some(Update::Gone { .. }) | None => return Ok(state),
                Some(Update::Lost { why, .. } | Update::Dismissed { why }) => anyhow::bail!("the room closes, but {why}"),
                Some(Update::Welcome(_) | Update::Accepted { .. } | Update::Refused { .. } | Update::Broken(_)
                    | Update::JournalFailed { .. } | Update::JournalLow { .. } | Update::Anchor { .. } | Update::NotDurable { .. } | Update::Waits { .. } | Update::NotRecorded { .. }) => {}
            },
            name = signals.next() => {
                anyhow::ensure!(!told, "not waited for any longer, by a second {name}: the room closes once that has ended");
                say_stopping(name);
                let id = port.names.next_name();
                let _ = port.asks.send(Ask::Close { id, why: format!("stopped by {name}") }).await;
                told = true;
            }
        }
    }
}

fn say_waiting(running: &str) {
    out::error(&format!("{running} is still running; waiting for its end, so that it is recorded (Ctrl-C stops it)"));
}

fn say_stopping(name: &str) {
    out::error(&format!("{name}: stopping what runs, by TERM and after its grace by KILL"));
}

/// The step that a machine is at, by number and title.
fn running_outside(state: &State) -> Option<String> {
    let mut steps = state.runbook.all_steps().filter(|step| step.kind.runs_outside());
    steps.find(|step| decide::is_running(state, &step.id)).map(|step| format!("{} {}", step.number, out::quoted(&step.title)))
}

/// The word that must stand before all that is said of a rehearsal.
fn rehearsal(state: &State) -> &'static str {
    match state.mode() {
        Mode::Live | Mode::Demo => "",
        Mode::Rehearsal => "REHEARSAL: ",
    }
}

/// How the deployment ended in words, and the exit code.
pub(in crate::cli) fn how_it_ended(state: &State) -> (String, u8) {
    let (how, code) = match &state.stage {
        Stage::Ended(Ending::Completed, _) => match decide::reserved(state) {
            None => ("The deployment was completed.".to_owned(), DONE),
            Some((acceptance, against)) => {
                let code = if acceptance == Acceptance::Refused { NOT_COMPLETED } else { DONE };
                (format!("The deployment was completed, {}.", out::quoted(&against)), code)
            }
        },
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
    (format!("{}{how}", rehearsal(state)), code)
}

/// How it ended, where the record is, and the exit code.
fn report(state: &State) -> anyhow::Result<u8> {
    let (how, code) = how_it_ended(state);
    let room = state.room();
    let home = journal::home().context("can't find the folder of the rooms")?;
    let journal: PathBuf = home.join(room.as_str()).join(journal::FILE);
    if !journal.is_file() {
        // It is in the house of who opened it.
        out::line(&how)?;
        return Ok(code);
    }
    // Whoever keeps this hash can tell later that the record was not written anew.
    let anchor = verify::prove(&journal, None).map_or_else(|error| format!("NOT intact, {error}"), |proof| proof.anchor);
    out::line(&format!("{how}\nRecorded in {}\nIts anchor: {anchor}\nSee it again: warroom replay {room}", journal.display()))?;
    Ok(code)
}
