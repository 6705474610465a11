//! `warroom rehearse`: the whole plan with nothing behind it. By hand on the screen, or by itself and told line by line.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use crate::cli::args::RehearseArgs;
use crate::cli::{NOT_COMPLETED, REFUSED, ROLLED_BACK, STUCK, UNTRIED, Usage, check, clock_time, out, room, screen, verify};
use crate::engine::clock::{Clock, SystemClock};
use crate::id::{RoomId, VarName};
use crate::journal::storage::DiskStorage;
use crate::journal::{self, Journal};
use crate::plain;
use crate::rehearse::{self, Play, Rehearsed, Scenario, Tried};
use crate::room::event::{Event, Mode, Opened, Record, Rehearsal};
use crate::room::standstill::standstill;
use crate::room::state::{Ending, Stage};
use crate::room::{State, apply};
use crate::runbook::template::Values;
use crate::runbook::{self, Runbook};
use crate::text;
use crate::time::Moment;

/// Records written together.
const TOGETHER: usize = 256;

/// What stands for a value that nobody has given: it reaches nothing but what is shown.
const PLAYED: &str = "rehearsed";

pub(super) fn rehearse(args: &RehearseArgs) -> anyhow::Result<u8> {
    let name = args.file.display().to_string();
    let text = check::read(&args.file)?;
    let runbook = runbook::load(&name, &text).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let values = values(&runbook, &room::pairs(&args.vars)?)?;
    let (scenario, rehearsal) = scenario(args, &runbook)?;
    let now = SystemClock::new().now();
    let opened = Opened {
        format: journal::FORMAT,
        room: RoomId::new("rehearsal"),
        mode: Mode::Rehearsal,
        file: name,
        runbook: text,
        values: room::public(&runbook, &values).0,
        t0: runbook.t0.map(|time| clock_time::next(time, runbook.zone, now)),
        operator: screen::operator(&args.screen),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rehearsal: Some(rehearsal),
    };
    let filled = Arc::new(runbook.clone().fill(&Values(opened.values.clone())));
    let from = rehearse::begins(&State::open(&opened, now, filled.clone()));
    if args.auto {
        by_itself(opened, &filled, scenario, from)
    } else {
        room::rehearse(opened, &runbook, values, from, &args.room, &args.screen)
    }
}

/// All values, so that anybody can rehearse: secrets are not looked for, and what nobody has given is played.
fn values(runbook: &Runbook, given: &[(String, String)]) -> anyhow::Result<Values> {
    let secret = |name: &str| runbook.vars.values().any(|var| var.secret && var.env.as_deref() == Some(name));
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty() && !secret(name));
    let is_given = |name: &VarName| given.iter().any(|(given, _)| given == name.as_str());
    let played = runbook.vars.iter().filter(|(name, var)| {
        var.default.is_none() && !is_given(name) && var.env.as_deref().and_then(env).is_none() && !var.at_rollback
    });
    let mut all: Vec<_> = played.map(|(name, _)| (name.as_str().to_owned(), PLAYED.to_owned())).collect();
    all.extend_from_slice(given);
    runbook::resolve(runbook, &all, &env).map_err(|wrong| Usage(wrong.join("\n  ")).into())
}

/// A built-in scenario by its name, else a file; checked against the runbook.
fn scenario(args: &RehearseArgs, runbook: &Runbook) -> anyhow::Result<(Scenario, Rehearsal)> {
    let name = args.scenario.as_str();
    let text = match rehearse::builtin(name) {
        Some(text) => text.to_owned(),
        None if PathBuf::from(name).exists() => check::read(name.as_ref())?,
        None => {
            let known = rehearse::builtins().collect::<Vec<_>>().join(", ");
            return Err(Usage(format!("no scenario {name}: built in are {known}; any other is a file")).into());
        }
    };
    let scenario = rehearse::read(name, &text, runbook)?;
    Ok((scenario, Rehearsal { scenario: name.to_owned(), text, speed: args.speed }))
}

/// Plays it as fast as it can be reckoned, by a scripted commander, and tells the story.
fn by_itself(mut opened: Opened, runbook: &Arc<Runbook>, scenario: Scenario, from: Moment) -> anyhow::Result<u8> {
    let home = journal::home().context("can't find the folder for rooms")?;
    let (room, folder) = journal::create_room(&DiskStorage, &home, &runbook.title, SystemClock::new().wall())
        .with_context(|| format!("can't make a folder for the room in {}", home.display()))?;
    opened.room = room;
    let first = Record { seq: 0, at: from, ask: None, event: Event::Opened(Box::new(opened.clone())) };
    let journal = Journal::create(&DiskStorage, &folder, &first)
        .with_context(|| format!("can't begin the journal in {}", folder.display()))?;
    let mut state = State::open(&opened, from, runbook.clone());
    apply(&mut state, &first);
    let title = out::quoted(&runbook.title);
    out::line(&format!("REHEARSAL of {title}, scenario {}: nothing is run, nothing leaves this machine", scenario.name))?;
    let mut book = Book { journal, waiting: Vec::new(), heard: true, day: String::new() };
    let (named, has_faults) = (scenario.name.clone(), !scenario.faults.is_empty());
    let play = Play::of(runbook, scenario, room::SEED);
    let rehearsed = rehearse::drive(state, play, |state, record| book.keep(state, record))?;
    book.close(&rehearsed.state)?;
    let mut code = ending(&rehearsed)?;
    let untried = match rehearsed.tried {
        Tried::Nothing if has_faults => Some("NOTHING WAS TRIED: the plan was over before anything of the scenario"),
        Tried::NotEachStep => Some("NOT ALL WAS TRIED: a step that was to fail was never run, so that not all of the scenario"),
        Tried::Nothing | Tried::All => None,
    };
    if let Some(untried) = untried {
        out::line(&format!("{untried} {named} came true"))?;
        code = UNTRIED;
    }
    let journal = folder.join(journal::FILE);
    let proof = verify::prove(&journal, None).with_context(|| format!("the journal {} is NOT intact", journal.display()))?;
    let room = rehearsed.state.room();
    out::line(&format!("Recorded in {}\nIts anchor: {}\nSee it again: warroom replay {room}", journal.display(), proof.anchor))?;
    Ok(code)
}

/// The journal of a rehearsal, and its reader at the terminal.
struct Book {
    journal: Journal,
    waiting: Vec<Record>,
    /// Somebody still reads what is told.
    heard: bool,
    day: String,
}

impl Book {
    fn keep(&mut self, state: &State, record: &Record) -> anyhow::Result<()> {
        self.waiting.push(record.clone());
        if self.waiting.len() >= TOGETHER {
            self.write()?;
        }
        // What steps print is played, and says nothing.
        if self.heard && !matches!(record.event, Event::StepOutput { .. }) {
            self.tell(state, record)?;
        }
        Ok(())
    }

    fn tell(&mut self, state: &State, record: &Record) -> anyhow::Result<()> {
        let lines = plain::told(state, record);
        if lines.is_empty() {
            return Ok(());
        }
        let day = state.wall(record.at).day(state.runbook.zone).to_string();
        if day != self.day {
            self.heard = out::line_heard(&format!("{day} ({})", state.runbook.zone))?;
            self.day = day;
        }
        self.heard = self.heard && out::line_heard(&lines.join("\n"))?;
        Ok(())
    }

    fn write(&mut self) -> anyhow::Result<()> {
        let records: Vec<&Record> = self.waiting.iter().collect();
        self.journal.append(&records).context("the rehearsal can't be recorded, and was broken off")?;
        self.waiting.clear();
        Ok(())
    }

    fn close(mut self, state: &State) -> anyhow::Result<()> {
        let event = Event::Closed { why: "the rehearsal is over".to_owned() };
        self.waiting.push(Record { seq: state.seq + 1, at: state.at, ask: None, event });
        self.write()?;
        self.journal.close().context("the journal was not closed in order")
    }
}

/// How it ended, and the exit code that says so.
fn ending(rehearsed: &Rehearsed) -> anyhow::Result<u8> {
    let Rehearsed { state, took, refused, .. } = rehearsed;
    let why = refused.as_ref().map_or_else(String::new, |refusal| format!(": {}", out::quoted(&refusal.to_string())));
    let refused = if why.is_empty() { String::new() } else { format!("; the commander was refused{why}") };
    let (how, code) = match &state.stage {
        Stage::Ended(Ending::Completed, _) => room::how_it_ended(state),
        Stage::Ended(Ending::RolledBack { .. }, _) => (room::how_it_ended(state).0, ROLLED_BACK),
        Stage::Ended(Ending::Abandoned { .. }, _) => (room::how_it_ended(state).0, NOT_COMPLETED),
        Stage::Planned => (format!("REHEARSAL: the start was refused{why}."), REFUSED),
        Stage::Underway { phase } => {
            let phase = &state.runbook.phases[*phase];
            let stands = stands(state);
            (format!("REHEARSAL: STUCK in phase {} {}: {stands}{refused}.", phase.number, out::quoted(&phase.title)), STUCK)
        }
        Stage::RollingBack => (format!("REHEARSAL: STUCK in the rollback: {}{refused}.", stands(state)), STUCK),
    };
    out::line(&format!("{how} It took {took} of its own time."))?;
    Ok(code)
}

/// The step that goes nowhere, and what it waits for.
fn stands(state: &State) -> String {
    text::clean_line(&standstill(state, state.at)).into_owned()
}
