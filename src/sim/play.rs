//! One seed from its beginning to its end: moves made by chance, and after each the laws.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::clock::Clock;
use crate::engine::resume;
use crate::id::{AskId, OperatorId, RoomId};
use crate::journal::storage::Storage;
use crate::journal::storage::sim::{Dice, Faults};
use crate::journal::{self, FILE, FORMAT, Journal};
use crate::link::{Call, Leaving, Update};
use crate::room::event::{Event, Mode, Opened};
use crate::room::state::Stage;
use crate::room::{Action, Asked, Record, State, apply, decide, snapshot};
use crate::sim::laws::{Shown, fold};
use crate::sim::life::Life;
use crate::sim::people::{Client, everybody, witness};
use crate::sim::world::World;
use crate::sim::{Broken, Summary, Tell, moves};
use crate::time::Span;

/// Moves of one seed; where it is calm the deployment is to come to its end.
const MOVES: usize = 45;
const MOVES_CALM: usize = 100;
/// Processes that a room has at most, without those that did not come to live.
const LIVES: u32 = 5;

const PLAN: &str = include_str!("plan.yaml");

pub(super) struct Play<'a> {
    seed: u64,
    dice: Dice,
    /// Little goes wrong, so that the deployment comes far.
    calm: bool,
    tell: Tell<'a>,
    lives: u32,
    /// Clients that were there; each has another number.
    clients: u128,
    /// The last ask of each that was answered or lost, to be asked again.
    again: Option<(AskId, u64, Action, OperatorId)>,
    /// A go that was asked for together with a rollback, and who asked for that.
    raced: Option<(AskId, OperatorId)>,
}

/// A room that lives.
struct Living {
    world: World,
    shown: Shown,
    life: Life,
    wall: Client,
    present: Vec<Client>,
}

type Outcome<T> = Result<T, String>;

/// What ends a life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Power,
    Killed,
    /// The disk stopped in the middle of an operation: whether with the host, or only for this process, is chance.
    Cut,
    Closed,
}

impl<'a> Play<'a> {
    pub(super) fn of(seed: u64, tell: Tell<'a>) -> Self {
        Self { seed, dice: Dice(seed), calm: seed.is_multiple_of(4), tell, lives: 0, clients: 0, again: None, raced: None }
    }

    pub(super) fn through(mut self) -> Result<Summary, Broken> {
        let mut seq = 0;
        self.all(&mut seq).map_err(|what| Broken { seed: self.seed, life: self.lives, seq, what })
    }

    fn all(&mut self, seq: &mut u64) -> Outcome<Summary> {
        let mut living = self.open()?;
        for _ in 0..if self.calm { MOVES_CALM } else { MOVES } {
            let end = self.one_move(&mut living);
            *seq = living.shown.state.seq;
            let end = end?;
            if let Some(end) = end {
                if end == End::Closed {
                    break;
                }
                living = self.next_life(living, end)?;
                if self.lives > LIVES {
                    break;
                }
            }
        }
        let closed = self.close(living);
        if let Ok((state, ..)) = &closed {
            *seq = state.seq;
        }
        closed.map(|(_, summary)| summary)
    }

    fn tells(&mut self, text: impl FnOnce() -> String) {
        if let Some(tell) = &mut self.tell {
            tell(&text());
        }
    }

    fn open(&mut self) -> Outcome<Living> {
        let world = World::of(self.seed).map_err(|error| format!("no folder for scripts: {error}"))?;
        let opened = opened();
        let record = Record { seq: 0, at: world.clock.now(), ask: None, event: Event::Opened(Box::new(opened.clone())) };
        let runbook = snapshot::runbook_of(&opened).map_err(|problems| problems.to_string())?;
        let mut state = State::open(&opened, record.at, Arc::new(runbook));
        apply(&mut state, &record);
        let journal = Journal::create(&world.disk, world.folder(), &record).map_err(|error| error.to_string())?;
        let life = Life::first(&world, state.clone(), journal).map_err(|error| error.to_string())?;
        Ok(self.enter(world, Shown::of(state, record), life))
    }

    /// A life begins, with those who come at once.
    fn enter(&mut self, world: World, shown: Shown, life: Life) -> Living {
        self.lives += 1;
        let wall = Client::join(&life.calls, witness(), self.number());
        let mut living = Living { world, shown, life, wall, present: Vec::new() };
        for person in everybody() {
            if self.dice.roll(4) != 0 {
                let client = Client::join(&living.life.calls, person, self.number());
                living.present.push(client);
            }
        }
        living
    }

    fn number(&mut self) -> u128 {
        self.clients += 1;
        (u128::from(self.seed) << 64) + self.clients
    }

    /// One move, all that comes of it, and the laws.
    fn one_move(&mut self, living: &mut Living) -> Outcome<Option<End>> {
        let any = self.dice.roll(100);
        let troubles = any >= 80 && self.calm && self.dice.roll(6) != 0;
        match if troubles { any - 80 } else { any } {
            0..3 if self.race(living) => {}
            3..6 => self.thinks_better(living),
            0..45 => self.asks(living),
            45..70 => {
                let span = Span([200, 1_000, 2_000, 5_000, 9_000, 21_000][self.dice.roll(6)]);
                self.tells(|| format!("    {} s pass", span.0 as f64 / 1_000.0));
                return self.passes(living, span);
            }
            70..80 => {
                let words = living.world.net_turns(&mut self.dice);
                self.tells(|| format!("    {words}"));
            }
            80..88 => self.comes_or_goes(living),
            88..92 => self.asks_again(living),
            92..95 => {
                let words = living.world.disk_turns(&mut self.dice);
                self.tells(|| format!("    {words}"));
            }
            95 => {
                let step = Span([-90_000, 3_000, 3_600_000][self.dice.roll(3)]);
                self.tells(|| format!("    the wall clock is set by {} s", step.0 / 1_000));
                living.world.clock.set_wall_by(step);
            }
            // What was asked just now is cut off before the room hears of it, or after.
            96 | 97 => {
                self.asks(living);
                return Ok(Some(if self.dice.roll(2) == 0 { End::Killed } else { End::Power }));
            }
            98 => return Ok(Some(End::Power)),
            _ => return Ok(Some(End::Killed)),
        }
        self.settles(living)
    }

    /// One or two people ask, at once.
    fn asks(&mut self, living: &mut Living) {
        let Living { shown, life, present, .. } = living;
        if present.is_empty() {
            return;
        }
        let count = 1 + usize::from(self.dice.roll(4) == 0);
        for _ in 0..count {
            // Mostly who commands.
            let commands = present.iter().position(|client| client.person.operator == shown.state.conn);
            let any = self.dice.roll(present.len());
            let place = commands.filter(|_| self.dice.roll(3) != 0).unwrap_or(any);
            let client = &mut present[place];
            let Some(action) = moves::any(&shown.state, self.calm, &mut self.dice) else { return };
            let seen = shown.state.seq - (self.dice.roll(4) as u64).min(shown.state.seq);
            let id = client.name();
            self.tells(|| format!("    {} asks: {action:?}", client.person.operator));
            client.ask(&life.calls, id.clone(), seen, action.clone());
            self.again = Some((id, seen, action, client.person.operator.clone()));
        }
    }

    /// Where the commander would say GO at a gate, they do, and somebody else who may asks for the rollback at the same time,
    /// on the same picture. Whether there was such a gate.
    fn race(&mut self, living: &mut Living) -> bool {
        let Living { shown, life, present, .. } = living;
        let state = &shown.state;
        let Some(phase) = state.phases.iter().position(|phase| phase.gate.open.is_some()) else { return false };
        let phase = state.runbook.phases[phase].id.clone();
        let go = Action::Go { phase, waiver: Some("because it is so".to_owned()) };
        let back = Action::RollBack { reason: "no".to_owned() };
        let may = |client: &Client, action: &Action| {
            let by = &client.person.operator;
            decide(state, action, &Asked { by, seen: state.seq, now: state.at }).is_ok()
        };
        let Some(one) = present.iter().position(|client| may(client, &go)) else { return false };
        let first = present[one].person.operator.clone();
        let other = present.iter().position(|client| client.person.operator != first && may(client, &back));
        let Some(other) = other else { return false };
        let mut order = [(one, go), (other, back)];
        if self.dice.roll(2) == 0 {
            order.reverse();
        }
        let rival = present[other].person.operator.clone();
        for (place, action) in order {
            let client = &mut present[place];
            let id = client.name();
            self.tells(|| format!("    {} asks at the same time: {action:?}", client.person.operator));
            if matches!(action, Action::Go { .. }) {
                self.raced = Some((id.clone(), rival.clone()));
            }
            client.ask(&life.calls, id, state.seq, action);
        }
        true
    }

    /// Somebody begins a step, and asks for what stops it in the same breath.
    fn thinks_better(&mut self, living: &mut Living) {
        let Living { shown, life, present, .. } = living;
        let Some(client) = present.iter_mut().find(|client| client.person.operator == shown.state.conn) else { return };
        for action in moves::and_back(&shown.state, &mut self.dice).into_iter().flatten() {
            let id = client.name();
            self.tells(|| format!("    {} asks in one breath: {action:?}", client.person.operator));
            client.ask(&life.calls, id, shown.state.seq, action);
        }
    }

    /// A client that lost its answer asks once more by the same name.
    fn asks_again(&mut self, living: &mut Living) {
        let Some((id, seen, action, operator)) = self.again.clone() else { return };
        let mut clients = living.present.iter_mut();
        let Some(client) = clients.find(|client| client.person.operator == operator) else { return };
        self.tells(|| format!("    {operator} asks again: {action:?}"));
        client.ask(&living.life.calls, id, seen, action);
    }

    fn comes_or_goes(&mut self, living: &mut Living) {
        if living.present.is_empty() || self.dice.roll(2) == 0 {
            let person = everybody()[self.dice.roll(4)].clone();
            self.tells(|| format!("    {} comes", person.operator));
            let client = Client::join(&living.life.calls, person, self.number());
            living.present.push(client);
        } else {
            let place = self.dice.roll(living.present.len());
            let client = living.present.remove(place);
            let lost = self.dice.roll(2) == 0;
            self.tells(|| format!("    {} goes", client.person.operator));
            let how = if lost { Leaving::Lost("its link broke".to_owned()) } else { Leaving::Quit };
            client.leaves(&living.life.calls, how);
        }
    }

    /// Time passes from one moment that somebody waits for to the next.
    fn passes(&mut self, living: &mut Living, span: Span) -> Outcome<Option<End>> {
        let end = living.world.clock.now() + span;
        loop {
            if let Some(ended) = self.settles(living)? {
                return Ok(Some(ended));
            }
            let now = living.world.clock.now();
            if now >= end {
                return Ok(None);
            }
            let next = living.world.clock.next_wake().map_or(end, |at| at.min(end));
            living.world.clock.advance(next - now);
        }
    }

    /// The room comes to rest, and what it said is held against the laws.
    fn settles(&mut self, living: &mut Living) -> Outcome<Option<End>> {
        living.life.settle();
        let Living { world, shown, life, wall, present } = living;
        let before = shown.records.len();
        for update in wall.hears() {
            match update {
                Update::Records(records) => {
                    for record in records.iter() {
                        self.tells(|| format!("{:>5} {}", record.seq, in_words(&record.event)));
                    }
                    shown.batch(&records, &world.children)?;
                }
                Update::Picture(picture) => catch_up(shown, picture.state(), world)?,
                Update::Welcome(_)
                | Update::Accepted { .. }
                | Update::Refused { .. }
                | Update::Broken(_)
                | Update::Anchor { .. }
                | Update::NotDurable { .. }
                | Update::Waits { .. }
                | Update::Dismissed { .. }
                | Update::Lost { .. }
                | Update::Gone { .. } => {}
                Update::JournalFailed { why } | Update::JournalLow { why } | Update::NotRecorded { what: why } => {
                    self.tells(|| format!("    the room says: {why}"));
                }
            }
        }
        for client in present.iter_mut() {
            for update in client.hears() {
                match update {
                    Update::Accepted { id } => shown.accepted(id)?,
                    Update::Refused { id, refusal } => {
                        self.tells(|| format!("    {} is refused: {refusal}", client.person.operator));
                        shown.refused(&id)?;
                        if let Some((_, rival)) = self.raced.take_if(|(go, _)| *go == id) {
                            shown.lost_the_race(&rival, &refusal.0)?;
                        }
                    }
                    Update::Picture(picture) => catch_up(shown, picture.state(), world)?,
                    Update::Records(_)
                    | Update::Welcome(_)
                    | Update::Broken(_)
                    | Update::Anchor { .. }
                    | Update::NotDurable { .. }
                    | Update::Waits { .. }
                    | Update::JournalFailed { .. }
                    | Update::JournalLow { .. }
                    | Update::NotRecorded { .. }
                    | Update::Dismissed { .. }
                    | Update::Lost { .. }
                    | Update::Gone { .. } => {}
                }
            }
        }
        shown.stopped_before_it_began(before, &world.children)?;
        if let Some(broken) = world.children.broken() {
            return Err(broken);
        }
        if world.disk.has_crashed() {
            return Ok(Some(End::Cut));
        }
        if let Some(client) = present.iter().find(|client| client.unanswered > 0 && !life.has_ended()) {
            return Err(format!("{} asked and got no answer", client.person.operator));
        }
        Ok(life.has_ended().then_some(End::Closed))
    }

    /// The process is gone, by itself or with its host; time passes, and another takes the room up.
    fn next_life(&mut self, living: Living, end: End) -> Outcome<Living> {
        let Living { mut world, mut shown, life, .. } = living;
        drop(life);
        let mut power = end == End::Power || (end == End::Cut && self.dice.roll(2) == 0);
        self.tells(|| (if power { "    the host goes down" } else { "    the room's process is killed" }).to_owned());
        world.goes_down(power, &mut self.dice);
        world.clock.advance(Span([10, 3_000, 45_000][self.dice.roll(3)]));
        loop {
            // Also taking up may be cut off.
            let cut = self.dice.roll(4) == 0;
            let crash = cut.then(|| self.dice.roll(8) as u64);
            world.disk.set_faults(Faults { crash, ..Faults::default() });
            let found = match resume(&world.disk, world.folder()) {
                Ok(found) => found,
                Err(_) if cut => {
                    let host = self.dice.roll(2) == 0;
                    power |= host;
                    world.goes_down(host, &mut self.dice);
                    continue;
                }
                Err(error) => return Err(format!("the room can't be taken up again: {error}")),
            };
            let records = records(&world)?;
            shown.found_again(&records, &found.state, power, &world.children)?;
            self.tells(|| format!("    taken up again at record {}", found.state.seq));
            let life = Life::another(&world, found).map_err(|error| error.to_string())?;
            return Ok(self.enter(world, shown, life));
        }
    }

    /// In the end the room is told to end; what is in the journal is what was lived through.
    fn close(&mut self, mut living: Living) -> Outcome<(State, Summary)> {
        self.tells(|| "    the room is told to end".to_owned());
        living.world.disk.set_faults(Faults::default());
        for _ in 0..4 {
            let _ = living.life.calls.try_send(Call::End { why: "the simulation is over".to_owned() });
            if let Some(End::Closed) = self.passes(&mut living, Span::MINUTE)? {
                break;
            }
        }
        // Its journal may have been cut off just before.
        let Living { world, shown, life, .. } = living;
        if !life.has_ended() && !world.disk.has_crashed() {
            return Err(format!("the room does not end: {:?}", shown.state.stage));
        }
        if life.has_ended() {
            let left = life.end()?;
            let records = records(&world)?;
            // A journal that failed may hold the record that it failed on.
            let known = records.len().min(left.seq as usize + 1);
            let folded = fold(&records[..known], &shown.state)?;
            if folded != left {
                return Err("the journal folds to another state than the room was left in".to_owned());
            }
            if shown.state != left {
                return Err("what was shown is another state than the room was left in".to_owned());
            }
        }
        shown.sent_once(world.told())?;
        let reader = journal::open(&world.disk, &world.folder().join(FILE)).and_then(|mut reader| reader.collect());
        let anchor = reader.map_or_else(|error| error.to_string(), |recording| recording.last_hash);
        let stage = match &shown.state.stage {
            Stage::Planned => "never begun".to_owned(),
            Stage::Underway { phase } => format!("in phase {}", phase + 1),
            Stage::RollingBack => "rolling back".to_owned(),
            Stage::Ended(ending, _) => crate::room::decide::ended(ending),
        };
        let (lives, children) = (self.lives, world.children.count());
        let summary = Summary { seed: self.seed, lives, records: shown.state.seq + 1, children, anchor, stage };
        Ok((shown.state, summary))
    }
}

/// What the room is opened with.
pub(super) fn opened() -> Opened {
    Opened {
        format: FORMAT,
        room: RoomId::new("sim"),
        mode: Mode::Live,
        file: "plan.yaml".to_owned(),
        runbook: PLAN.to_owned(),
        values: BTreeMap::new(),
        t0: None,
        operator: OperatorId::new("ana"),
        host: "bastion".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rehearsal: None,
    }
}

/// The picture that a newcomer is given is the state that was shown, with what happened before they came.
fn catch_up(shown: &mut Shown, picture: &State, world: &World) -> Outcome<()> {
    if picture.seq > shown.state.seq {
        let missed: Vec<_> = records(world)?.into_iter().map(Arc::new).collect();
        let from = missed.len().min(shown.records.len());
        let to = missed.len().min(picture.seq as usize + 1);
        shown.batch(&missed[from..to.max(from)], &world.children)?;
    }
    if picture.seq == shown.state.seq && *picture != shown.state {
        return Err(format!("the picture at record {} is not what was shown", picture.seq));
    }
    Ok(())
}

fn records(world: &World) -> Outcome<Vec<Record>> {
    // A disk that has just gone is looked at all the same.
    let storage: &dyn Storage = &world.disk.after_kill();
    let reader = journal::open(storage, &world.folder().join(FILE)).and_then(|mut reader| reader.collect());
    reader.map(|recording| recording.records).map_err(|error| format!("the journal can't be read: {error}"))
}

/// The event, shortened.
fn in_words(event: &Event) -> String {
    let text = format!("{event:?}");
    text.chars().take(160).collect()
}
