//! What a command does: a look elsewhere, a dialog, or a wish for the loop to carry out.
//!
//! For: going from a row of the key table to what comes of it.
//! May not touch: the room, the terminal. A wish is handed back, not carried out.
//! Start reading at [`perform`].

mod intent;
mod look;
mod next;

pub use intent::intent;
pub(in crate::tui) use intent::others;
pub(in crate::tui) use next::comes_to_nothing;

use crate::id::PhaseId;
use crate::link::Fault;
use crate::room::Action;
use crate::room::decide;
use crate::room::state::Stage;
use crate::text;
use crate::tui::dialog::{Dialog, Purpose};
use crate::tui::keys::{Chord, Command, Key, Play};
use crate::tui::panes::messages;
use crate::tui::scene::Facts;
use crate::tui::view::{Detail, NoticeTone, Palette, Screen, View};

/// What a key comes to, outside the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Ask the room for it. With whose draft to drop once it is accepted.
    Act {
        action: Action,
        draft: Option<Purpose>,
    },
    Break(Fault),
    /// Ask the terminal to put it into the clipboard.
    Copy(String),
    /// Come into the room once more, by this name.
    CallMe(String),
    Play(Play),
    Suspend,
    Repaint,
    /// End the screen. A room in the same process ends with it; any other goes on.
    Leave,
    /// End the room, for everybody.
    Close,
}

impl Wish {
    pub fn act(action: Action) -> Self {
        Self::Act { action, draft: None }
    }
}

/// Does what a row says, or says why not.
pub fn perform(key: &Key, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    if let Some(why) = key.refusal(facts, view) {
        view.say(NoticeTone::Refused, why, facts.now);
        return None;
    }
    let command = match key.does {
        Command::Play(Play::Tenth(_)) => Command::Play(Play::Tenth(digit(chord))),
        other => other,
    };
    run(command, chord, view, facts)
}

fn digit(chord: Chord) -> u8 {
    chord.typed().and_then(|letter| letter.to_digit(10)).map_or(0, |digit| digit as u8)
}

fn run(command: Command, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    match command {
        Command::Look(look) => {
            look::around(look, view, facts);
            None
        }
        Command::Open(screen) => {
            if screen == Screen::Details && view.screen != Screen::Details {
                view.detail = if view.screen == Screen::Checklists { Detail::Item } else { Detail::Step };
                view.details = 0;
            }
            view.screen = if view.screen == screen { view.below() } else { screen };
            None
        }
        Command::Help => {
            view.help = Some(0);
            None
        }
        Command::Palette => {
            view.palette = Some(Palette::default());
            None
        }
        Command::Search => {
            view.search.typing = true;
            None
        }
        Command::Copy => copy(view, facts),
        Command::Quit => quit(chord, view, facts),
        Command::Suspend => suspend(chord, view, facts),
        Command::Repaint => Some(Wish::Repaint),
        Command::Play(play) => Some(Wish::Play(play)),
        Command::Next => next::next(chord, view, facts),
        Command::Break => ask(Purpose::Break, chord, view, facts),
        Command::GiveWord => ask(Purpose::GiveWord, chord, view, facts),
        Command::Tick
        | Command::Fill
        | Command::Waive
        | Command::Begin
        | Command::Stop
        | Command::Retry
        | Command::Skip
        | Command::Finish
        | Command::Sent
        | Command::Fail
        | Command::OpenGate
        | Command::Go
        | Command::NoGo
        | Command::Hold
        | Command::Resume
        | Command::Vote
        | Command::VoteByVoice
        | Command::Sign
        | Command::Veto
        | Command::RollBack
        | Command::AcceptRollback
        | Command::Abandon
        | Command::TakeConn
        | Command::HandOver
        | Command::GiveRole
        | Command::Note => match intent(command, facts, view) {
            Ok(action) => lead(action, command, chord, view, facts),
            Err(why) => {
                view.say(NoticeTone::Refused, why, facts.now);
                None
            }
        },
    }
}

fn ask(purpose: Purpose, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let dialog = Dialog::open(purpose, Some(chord), view, facts);
    view.dialogs.push(dialog);
    None
}

/// What can be taken back is asked of the room at once; everything else goes through a dialog.
fn lead(action: Action, command: Command, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let purpose = match action {
        Action::Tick { ref item } | Action::Untick { ref item } => {
            view.item = Some(item.clone());
            return Some(Wish::act(action));
        }
        Action::Resume | Action::OpenGate { .. } | Action::WithdrawConfirmation { .. } => return Some(Wish::act(action)),
        Action::StartDeployment => Purpose::Begin,
        Action::Fill { item, .. } => Purpose::Fill(item),
        Action::WaiveItem { item, .. } => Purpose::Waive(item),
        Action::Confirm { .. } => Purpose::GiveWord,
        Action::RunStep { step } => return start(Purpose::Run(step), chord, view, facts),
        Action::RetryStep { step } => return start(Purpose::Retry(step), chord, view, facts),
        Action::CancelStep { step, .. } => Purpose::Stop(step),
        Action::SkipStep { step, .. } => Purpose::Skip(step),
        Action::FinishStep { step, .. } => Purpose::Finish(step),
        Action::FailStep { step, .. } => Purpose::Fail(step),
        Action::Vote { phase, .. } => {
            let by_voice = command == Command::VoteByVoice;
            return vote(phase, by_voice, chord, view, facts);
        }
        Action::Go { phase, .. } => go(phase, facts),
        Action::NoGo { phase, .. } => Purpose::NoGo(phase),
        Action::HoldGate { phase, .. } => Purpose::HoldGate(phase),
        Action::Hold { .. } => Purpose::Hold,
        Action::Answer { of, .. } => Purpose::Question(of),
        Action::Choose { step, .. } => Purpose::Choose(step),
        Action::SecondStep { step, .. } => Purpose::Second(step),
        Action::GiveValue { .. } => return None,
        Action::Veto { trigger, .. } => Purpose::Veto(trigger),
        Action::RollBack { .. } => Purpose::RollBack,
        Action::AcceptRollback { .. } => Purpose::AcceptRollback,
        Action::TakeConn { .. } => Purpose::TakeConn,
        Action::HandOver { .. } | Action::KeepConn { .. } => Purpose::HandOver,
        Action::AssignRole { .. } => Purpose::GiveRole,
        Action::Abandon { .. } => Purpose::Abandon,
        Action::Note { .. } => Purpose::Note,
        Action::Sign { .. } => Purpose::Signer,
    };
    ask(purpose, chord, view, facts)
}

/// A step runs at once, unless the plan calls it dangerous or warns of it, or it may still be running from before.
fn start(purpose: Purpose, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let (Purpose::Run(id) | Purpose::Retry(id)) = &purpose else { return None };
    if decide::careful(facts.state, id).is_some() || facts.state.runbook.step(id).is_none() {
        return ask(purpose, chord, view, facts);
    }
    // From here on the selection follows what comes next by itself.
    view.step = None;
    let step = id.clone();
    Some(Wish::act(if matches!(purpose, Purpose::Run(_)) { Action::RunStep { step } } else { Action::RetryStep { step } }))
}

/// With one role to vote for, the question which one is spared.
fn vote(phase: PhaseId, by_voice: bool, chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let gate = facts.state.runbook.phase(&phase).and_then(|phase| phase.gate.as_ref());
    let purpose = match gate.map(|gate| gate.poll.as_slice()) {
        Some([role]) => {
            let by_voice = by_voice || !facts.state.holds(facts.me, role);
            Purpose::Ballot { phase, role: role.clone(), by_voice }
        }
        Some(_) | None => Purpose::Voter { phase, by_voice },
    };
    ask(purpose, chord, view, facts)
}

/// The room is asked whether GO would do without a waiver; what it would answer stands in the dialog.
fn go(phase: PhaseId, facts: &Facts) -> Purpose {
    let plain = Action::Go { phase: phase.clone(), waiver: None };
    match decide(facts.state, &plain, &facts.asked()) {
        Ok(_) => Purpose::Go(phase),
        Err(_) => Purpose::Waiver(phase),
    }
}

/// A room in this process stands still with the screen: asked before, where that can hurt.
pub(in crate::tui) fn suspend(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    let at_stake = match facts.state.stage {
        Stage::Underway { .. } | Stage::RollingBack => !is_left(facts),
        Stage::Planned | Stage::Ended(..) => false,
    };
    if !at_stake || !view.in_one_process {
        return Some(Wish::Suspend);
    }
    let asked = view.dialogs.last().is_some_and(|dialog| dialog.purpose == Purpose::Suspend);
    if asked { None } else { ask(Purpose::Suspend, chord, view, facts) }
}

/// The terminal does not answer whether it took it, so that is not said.
fn copy(view: &mut View, facts: &Facts) -> Option<Wish> {
    let entries = messages::entries(facts.state);
    let Some(entry) = entries.get(messages::selected(facts, view, &entries)) else {
        view.say(NoticeTone::Refused, "the runbook prepares no messages", facts.now);
        return None;
    };
    let text = text::clean_lines(&entry.whole(facts.state)).collect::<Vec<_>>().join("\n");
    let said = format!("\"{}\" is offered to the terminal's clipboard; not every terminal takes it", entry.name);
    view.say(NoticeTone::Plain, said, facts.now);
    Some(Wish::Copy(text))
}

fn quit(chord: Chord, view: &mut View, facts: &Facts) -> Option<Wish> {
    if is_left(facts) || matches!(facts.state.stage, Stage::Ended(..)) {
        Some(Wish::Leave)
    } else {
        ask(Purpose::Quit, chord, view, facts)
    }
}

/// Whether there is no room behind the screen, or none any more.
fn is_left(facts: &Facts) -> bool {
    facts.transport.is_some() || facts.state.closed.is_some() || facts.link.over_since().is_some()
}
