//! What an operator's action means now: the events it becomes, or why it may not happen.
//!
//! A refusal says who or what stands in the way, and what would clear it. The wish to roll back is refused only
//! where there is nothing to roll back with or to.

mod answer;
mod bounds;
mod careful;
mod checklist;
mod conn;
mod gate;
mod may;
mod poll;
mod race;
mod rollback;
mod sign;
mod steps;

pub use crate::room::order::{is_busy, is_running, is_settled};
pub use bounds::{TEXT_MAX, stops, too_long};
pub use careful::careful;
pub use checklist::{open_before_start, time_of_day};
pub use gate::{objections, objections_measured, obstacle};
pub use poll::{Seat, evidence_mark, saw, seats};
pub use rollback::{begin as rollback_begins, counting_down};
pub use sign::{how_ended, reservation, reserved, signature_waited_for, signs_now, unsigned};

use crate::id::OperatorId;
use crate::room::action::{Action, Refusal};
use crate::room::event::Event;
use crate::room::say;
use crate::room::state::{Ending, Hold, Stage, State};
use crate::time::Moment;

type Decision = Result<Vec<Event>, Refusal>;

/// Who asks, when, and what they were looking at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    pub by: &'a OperatorId,
    /// The `seq` of the state that was before them.
    pub seen: u64,
    pub now: Moment,
}

pub fn decide(state: &State, action: &Action, asked: &Asked) -> Decision {
    let Asked { by, now, .. } = *asked;
    if let Some(why) = &state.closed {
        return refuse(format!("the room is closed: {why}"));
    }
    may::may(state, action, by)?;
    let action = &bounds::bounded(action)?;
    race::in_time(state, action, asked)?;
    match action {
        Action::StartDeployment => start(state, by),

        Action::Tick { item } => checklist::tick(state, item, by),
        Action::Untick { item } => checklist::untick(state, item, by),
        Action::Fill { item, value } => checklist::fill(state, item, value, by),
        Action::WaiveItem { item, reason } => checklist::waive(state, item, reason, by),
        Action::Confirm { what } => checklist::confirm(state, what, by),
        Action::WithdrawConfirmation { what } => checklist::withdraw(state, what, by),

        Action::RunStep { step } => steps::run(state, step, by),
        Action::CancelStep { step, reason } => steps::cancel(state, step, reason, by),
        Action::RetryStep { step } => steps::retry(state, step, by),
        Action::SkipStep { step, reason } => steps::skip(state, step, reason, by),
        Action::Answer { of, yes } => answer::answer(state, of, *yes, by),
        Action::Choose { step, option } => answer::choose(state, step, *option, by),
        Action::SecondStep { step, person } => answer::second(state, step, person, by),
        Action::GiveValue { name, value } => answer::give(state, name, value, by),
        Action::FinishStep { step, note } => steps::finish(state, step, note, by),
        Action::FailStep { step, reason } => steps::fail(state, step, reason, by),

        Action::OpenGate { phase } => gate::open(state, phase),
        Action::Vote { .. } => poll::vote(state, action, by, now),
        Action::Sign { .. } => sign::sign(state, action, by),
        Action::Go { phase, waiver } => gate::go(state, phase, waiver.as_deref(), by, now),
        Action::NoGo { phase, reason } => gate::no_go(state, phase, reason, by, now),
        Action::HoldGate { phase, reason } => gate::hold(state, phase, reason, by, now),

        Action::Hold { reason } => hold(state, reason, by),
        Action::Resume => match &state.hold {
            Some(_) => Ok(vec![Event::HoldEnded { by: by.clone() }]),
            None => refuse("nothing is held"),
        },

        Action::Veto { trigger, reason } => rollback::veto(state, trigger, reason, by),
        Action::RollBack { reason } => rollback::start(state, reason, by),
        Action::AcceptRollback { reason } => rollback::accept(state, reason, by, now),
        Action::Abandon { reason } => rollback::abandon(state, reason, by),
        Action::HandOver { to } => conn::hand_over(state, to, by),
        Action::TakeConn { reason } => conn::take(state, reason, by),
        Action::KeepConn { reason } => conn::keep(state, reason, by),
        Action::AssignRole { role, to } => conn::assign(state, role, to, by),
        Action::Note { text } => match text.trim() {
            "" => refuse("a note needs a text"),
            text => Ok(vec![Event::Noted { text: text.to_owned(), by: by.clone() }]),
        },
    }
}

fn refuse(text: impl Into<String>) -> Decision {
    Err(Refusal::new(text))
}

/// What goes against the evidence, the plan or a warning is read again afterwards, and has to say something: so many words, or
/// so many characters. What stops or goes back is not held up by that.
pub const REASON_WORDS: usize = 3;
pub const REASON_CHARS: usize = 10;

/// Whether a reason is of any use to who reads it later.
pub fn says_something(reason: &str) -> bool {
    reason.split_whitespace().count() >= REASON_WORDS || reason.trim().chars().count() >= REASON_CHARS
}

/// What is missing of a reason that says too little.
pub fn says_too_little() -> String {
    format!("that says too little to who reads it later: {REASON_WORDS} words, or {REASON_CHARS} characters")
}

fn need_substance(reason: &str, what: &str) -> Result<String, Refusal> {
    let reason = need_reason(reason, what)?;
    if says_something(&reason) {
        Ok(reason)
    } else {
        Err(Refusal::new(format!("{what} needs a reason, and {}", says_too_little())))
    }
}

/// A reason is what the post-mortem will read: it can't be empty.
fn need_reason(reason: &str, what: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() { Err(Refusal::new(format!("{what} needs a reason"))) } else { Ok(reason.to_owned()) }
}

fn start(state: &State, by: &OperatorId) -> Decision {
    match &state.stage {
        Stage::Planned => {}
        Stage::Underway { .. } | Stage::RollingBack => return refuse("the deployment has been started already"),
        Stage::Ended(ending, _) => return refuse(format!("the deployment has ended: {}", ended(ending))),
    }
    if let Some(open) = checklist::in_the_way_of_the_start(state) {
        return refuse(open);
    }
    Ok(vec![Event::DeploymentStarted { by: by.clone() }])
}

/// How a deployment ended, in words.
pub fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Completed => "completed".to_owned(),
        Ending::RolledBack { verified: true } => "rolled back and verified".to_owned(),
        Ending::RolledBack { verified: false } => "rolled back, not verified".to_owned(),
        Ending::Abandoned { reason } => format!("abandoned, {reason}"),
    }
}

fn hold(state: &State, reason: &str, by: &OperatorId) -> Decision {
    if let Some(Hold { by, reason, .. }) = &state.hold {
        return refuse(format!("already held by {}: {reason}", say::by(state, by)));
    }
    match state.stage {
        Stage::Underway { .. } => {}
        Stage::Planned => return refuse("the deployment has not been started, so there is nothing to hold"),
        Stage::RollingBack => return refuse("a rollback can't be held; a step of it can be stopped"),
        Stage::Ended(..) => return refuse("the deployment has ended"),
    }
    Ok(vec![Event::HoldBegan { by: by.clone(), reason: need_reason(reason, "holding")? }])
}
