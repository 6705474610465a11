//! One screen and what it knows: its own copy of the room's state, folded from the records it is told.
//!
//! For: taking in what the room says, turning wishes into asks, and telling what came of them.
//! May not touch: the terminal, the clock, the channel. So it is tested without any of them.

mod greeting;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::commands::Wish;
use super::dialog::{Dialog, Purpose};
use super::input::{Input, handle};
use super::run::Leave;
use super::scene::{Facts, LinkState, Scene, Tape};
use super::theme::{Marks, Theme};
use super::view::{NoticeTone, Screen, View};
use crate::id::{AskId, OperatorId};
use crate::link::{Ask, AskNames, Fault, GuestId, Update};
use crate::room::alarm;
use crate::room::event::Mode;
use crate::room::log::Tone;
use crate::room::{Action, Event, Record, State, apply};
use crate::time::{Moment, Span};

/// Long enough to be read by somebody who has just sat down.
const GREETING_STAYS: Span = Span(20_000);

/// What a screen is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who sits here.
    pub me: OperatorId,
    pub theme: Theme,
    pub marks: Marks,
}

/// Something asked and not answered yet.
#[derive(Clone, Debug)]
struct Asked {
    what: &'static str,
    draft: Option<Purpose>,
}

#[derive(Debug)]
pub struct Session {
    pub view: View,
    pub state: State,
    pub link: LinkState,
    pub fault: Option<Fault>,
    pub tape: Option<Tape>,
    /// What the journal came to when this screen came in.
    pub anchor: Option<String>,
    options: Options,
    asked: BTreeMap<AskId, Asked>,
    names: AskNames,
    /// The ask to close the room, until it is answered.
    closing: Option<AskId>,
    /// The room has agreed to close.
    pub closed: bool,
    /// The last record that this person saw when they were here before, until they are told what came after.
    pub seen_before: Option<u64>,
    /// The room has told how it stands.
    caught_up: bool,
    /// The room was lost and is back, until that is said with what came meanwhile.
    rejoined: bool,
}

/// Cells that the ways to all keys take beside a notice, with its mark.
const BESIDE_THE_KEYS: usize = 24;

impl Session {
    pub fn new(state: State, options: Options) -> Self {
        let fault = match state.mode() {
            Mode::Live => None,
            Mode::Demo | Mode::Rehearsal => Some(Fault::None),
        };
        let link = LinkState::Up;
        let names = AskNames::of(GuestId::from_bytes([0; 16]));
        Self {
            view: View { speed: state.opened.speed(), ..View::default() },
            state,
            link,
            fault,
            tape: None,
            anchor: None,
            options,
            asked: BTreeMap::new(),
            names,
            closing: None,
            closed: false,
            seen_before: None,
            caught_up: false,
            rejoined: false,
        }
    }

    /// Asks by these names: those of the link that it asks through.
    #[must_use]
    pub fn asking_as(self, names: AskNames) -> Self {
        Self { names, ..self }
    }

    pub fn scene(&self, now: Moment) -> Scene<'_> {
        Scene {
            state: &self.state,
            view: &self.view,
            theme: &self.options.theme,
            marks: &self.options.marks,
            now,
            transport: self.tape.as_ref(),
            link: &self.link,
            anchor: self.anchor.as_deref(),
            fault: self.fault,
            me: &self.options.me,
        }
    }

    pub fn input(&mut self, input: &Input, now: Moment) -> Option<Wish> {
        let facts = Facts {
            state: &self.state,
            now,
            me: &self.options.me,
            link: &self.link,
            // In a recording nothing can be broken any more.
            fault: self.fault.filter(|_| self.tape.is_none()),
            transport: self.tape.as_ref(),
        };
        handle(input, &mut self.view, &facts)
    }

    /// Asks who of those that share the account sits here.
    pub fn ask_name(&mut self, now: Moment) {
        let facts = self.scene(now).facts();
        let dialog = Dialog::open(Purpose::Name, None, &self.view, &facts);
        self.view.dialogs.push(dialog);
    }

    /// The ask for an action, numbered so that its answer is recognised.
    pub fn ask(&mut self, action: Action, draft: Option<Purpose>) -> Ask {
        let id = self.names.next_name();
        self.asked.insert(id.clone(), Asked { what: name(&action), draft });
        Ask::Act { id, seen: self.state.seq, action }
    }

    /// What leaving means, as things stand.
    pub fn how_left(&self) -> Leave {
        match &self.link {
            LinkState::Gone { why, .. } if self.state.closed.is_none() => Leave::Gone(why.clone()),
            LinkState::Gone { .. } => Leave::Closed,
            LinkState::Lost { remedy, why, .. } => Leave::Gone(format!("`{remedy}` {}; {why}", brings(remedy))),
            LinkState::Up
            | LinkState::Opening
            | LinkState::JournalFailed { .. }
            | LinkState::JournalLow { .. }
            | LinkState::NotDurable { .. } => Leave::Quit,
        }
    }

    /// The ask to close the room for everybody.
    pub fn ask_to_close(&mut self) -> Ask {
        let id = self.names.next_name();
        self.asked.insert(id.clone(), Asked { what: "close the room", draft: None });
        self.closing = Some(id.clone());
        Ask::Close { id, why: "the operator left".to_owned() }
    }

    /// What happened since this person was here last, by the log.
    pub fn greet(&mut self, now: Moment) {
        // The picture that one is let in with may be older than what one has seen; the records since then follow on it.
        let Some(seen) = self.seen_before.filter(|seen| self.caught_up && *seen < self.state.seq) else { return };
        self.seen_before = None;
        let lines: Vec<_> = self.state.log.iter().collect();
        let Some(first) = lines.iter().position(|line| line.seq > seen) else { return };
        let of = |tone: Tone| lines[first..].iter().filter(|line| line.tone == tone).count();
        let (all, bad) = (lines.len() - first, of(Tone::Bad));
        self.view.unseen = Some(lines[first].seq);
        // Short enough to stand beside the keys: what is next must not be hidden from who has just come back.
        let when = if std::mem::take(&mut self.rejoined) { "rejoined; meanwhile" } else { "while you were away" };
        let failed = if bad == 0 { String::new() } else { format!(", {bad} failed") };
        let counted = format!("{when}: {all} new{failed} (l)");
        let room = usize::from(self.view.size.0).saturating_sub(counted.len() + BESIDE_THE_KEYS);
        let text = format!("{counted}{}", greeting::decided(&self.state, lines[first].at, room));
        self.view.say(NoticeTone::Plain, text, now);
        let greeting_stays = self.view.by_hand(GREETING_STAYS);
        if let Some(notice) = self.view.notices.last_mut() {
            notice.until = now + greeting_stays;
        }
    }

    /// An ask that did not get through: what was typed for it stays.
    pub fn not_asked(&mut self, ask: &Ask, why: &str, now: Moment) {
        if let Ask::Act { id, .. } = ask {
            self.asked.remove(id);
        }
        self.view.say(NoticeTone::Refused, format!("not asked: {why}"), now);
    }

    /// Takes in what the room says.
    pub fn update(&mut self, update: &Update, now: Moment) {
        match update {
            Update::Records(records) => records.iter().for_each(|record| self.record(record, now)),
            Update::Welcome(welcome) => self.options.me = welcome.you.clone(),
            Update::Picture(picture) => {
                if let LinkState::Lost { since, .. } = self.link {
                    self.seen_before = Some(self.state.seq);
                    self.rejoined = true;
                    self.view.say(NoticeTone::Good, format!("rejoined: the room was lost for {}", now - since), now);
                }
                self.state.clone_from(picture.state());
                self.caught_up = true;
                // Whatever else is wrong is told behind it.
                self.link = LinkState::Up;
            }
            Update::Accepted { id } => self.accepted(id, now),
            Update::Refused { id, refusal } => {
                let what = self.asked.remove(id).map_or("", |asked| asked.what);
                self.view.say(NoticeTone::Refused, format!("{what} refused: {refusal}"), now);
            }
            Update::Broken(fault) => {
                self.fault = Some(*fault);
                self.view.say(NoticeTone::Plain, format!("the fault is now: {}", fault.word()), now);
            }
            Update::JournalFailed { why } => self.link = LinkState::JournalFailed { why: why.clone() },
            Update::JournalLow { why } => self.link = LinkState::JournalLow { why: why.clone() },
            Update::Anchor { hash, .. } => self.anchor = Some(hash.clone()),
            Update::NotDurable { since: Some(since) } => self.link = LinkState::NotDurable { since: *since },
            // Whatever else is wrong is told behind it.
            Update::NotDurable { since: None } => self.link = LinkState::Up,
            Update::Waits { id, why } => {
                if let Some(asked) = self.asked.get(id) {
                    self.view.say(NoticeTone::Refused, format!("{} waits: {why}", asked.what), now);
                }
            }
            Update::NotRecorded { what } => self.view.say(NoticeTone::Refused, format!("NOT RECORDED: {what}"), now),
            Update::Gone { why } => self.gone(why, now),
            Update::Dismissed { why } => self.lost(now, "attach", why),
            Update::Lost { since, why } => self.lost(*since, "resume", why),
        }
    }

    fn lost(&mut self, since: Moment, command: &str, why: &str) {
        let remedy = format!("warroom {command} {}", self.state.room());
        self.link = LinkState::Lost { since, remedy, why: why.to_owned() };
    }

    /// Nothing will be heard any more. Where it was told why, that stands.
    pub fn unheard(&mut self, now: Moment) {
        if self.link.over_since().is_none() {
            self.lost(now, "resume", "nothing is heard from it any more");
        }
    }

    fn gone(&mut self, why: &str, now: Moment) {
        if !matches!(self.link, LinkState::Gone { .. }) {
            self.link = LinkState::Gone { why: why.to_owned(), at: now };
        }
    }

    fn record(&mut self, record: &Arc<Record>, now: Moment) {
        if record.seq <= self.state.seq {
            return;
        }
        let mut calls = alarm::calls(&self.state, &record.event);
        calls.extend(greeting::answered(&self.state, &record.event, &self.options.me));
        apply(&mut self.state, record);
        self.follow(&record.event);
        for call in calls {
            self.view.say(NoticeTone::Refused, call, now);
        }
    }

    /// What the eye was held at by hand is let go where the plan moves on under it, and a screen that has served its
    /// purpose makes way for the main one.
    fn follow(&mut self, event: &Event) {
        let view = &mut self.view;
        if matches!(event, Event::RollbackStarted { .. } | Event::PhaseBegan { .. }) {
            view.shown = None;
            view.step = None;
        }
        let rolls_back = matches!(event, Event::RollbackStarted { .. });
        let served = match view.screen {
            Screen::Gate => rolls_back || matches!(event, Event::PhaseEnded { .. }),
            Screen::Checklists => rolls_back || matches!(event, Event::DeploymentStarted { .. }),
            Screen::Main
            | Screen::Gauge
            | Screen::Timeline
            | Screen::Output
            | Screen::Log
            | Screen::Guides
            | Screen::Messages
            | Screen::Details
            | Screen::Diagnostics => false,
        };
        if served {
            view.screen = Screen::Main;
        }
    }

    fn accepted(&mut self, id: &AskId, now: Moment) {
        self.closed |= self.closing.as_ref() == Some(id);
        let Some(asked) = self.asked.remove(id) else { return };
        if let Some(draft) = asked.draft {
            self.view.drafts.remove(&draft);
        }
        self.view.say(NoticeTone::Good, asked.what, now);
    }
}

fn brings(remedy: &str) -> &'static str {
    if remedy.contains("resume") { "takes it up again" } else { "comes back to it" }
}

/// How a notice calls what was asked.
fn name(action: &Action) -> &'static str {
    match action {
        Action::StartDeployment => "begin",
        Action::Tick { .. } => "tick",
        Action::Untick { .. } => "untick",
        Action::Fill { .. } => "fill in",
        Action::WaiveItem { .. } => "waive item",
        Action::Confirm { .. } => "confirm",
        Action::WithdrawConfirmation { .. } => "withdraw confirmation",
        Action::RunStep { .. } => "run step",
        Action::CancelStep { .. } => "stop step",
        Action::RetryStep { .. } => "retry step",
        Action::SkipStep { .. } => "skip step",
        Action::FinishStep { .. } => "step done",
        Action::FailStep { .. } => "step failed",
        Action::OpenGate { .. } => "open gate",
        Action::Vote { .. } => "vote",
        Action::Sign { .. } => "sign",
        Action::Go { .. } => "GO",
        Action::NoGo { .. } => "NO-GO",
        Action::HoldGate { .. } | Action::Hold { .. } => "hold",
        Action::Resume => "resume",
        Action::Veto { .. } => "veto",
        Action::RollBack { .. } => "roll back",
        Action::AcceptRollback { .. } => "end rollback",
        Action::Abandon { .. } => "abandon",
        Action::HandOver { .. } => "hand over the conn",
        Action::TakeConn { .. } => "take the conn",
        Action::KeepConn { .. } => "keep the conn",
        Action::AssignRole { .. } => "give role",
        Action::Note { .. } => "note",
        Action::Answer { .. } => "answer",
        Action::Choose { .. } => "choose",
        Action::SecondStep { .. } => "second person",
        Action::GiveValue { .. } => "value",
    }
}

#[cfg(test)]
mod tests;
