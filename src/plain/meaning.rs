//! From words to what they ask of the room.

use super::find;
use super::words::{Answer, Reason, Words};
use crate::id::{PhaseId, VarName};
use crate::room::decide::{self, is_settled};
use crate::room::event::Subject;
use crate::room::state::{Stage, StepStatus};
use crate::room::{Action, State};
use crate::runbook::model::{Letter, Step};
use crate::time::Moment;

/// What somebody means by what they typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// To be told something, now or for as long as it goes on.
    Look,
    Act(Action),
    /// The end of the room, for everybody.
    Close {
        why: String,
    },
}

/// Why words mean nothing now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// They name something that is not there.
    Unknown(String),
    /// They mean something that the room refuses as things stand: it is not even asked.
    Refused(String),
}

impl From<String> for Wrong {
    fn from(unknown: String) -> Self {
        Self::Unknown(unknown)
    }
}

/// What the words mean to who sees this state.
pub fn meaning(words: &Words, state: &State, now: Moment) -> Result<Meant, Wrong> {
    let reason = |why: &Reason| why.reason.clone();
    let action = match words {
        Words::Look(_) => return Ok(Meant::Look),
        Words::Close(why) => return Ok(Meant::Close { why: reason(why) }),

        Words::Begin => Action::StartDeployment,
        Words::Tick { item } => Action::Tick { item: find::item(state, item)? },
        Words::Untick { item } => Action::Untick { item: find::item(state, item)? },
        Words::Fill { item, value } => Action::Fill { item: find::item(state, item)?, value: value.clone() },
        Words::Waive { item, why } => Action::WaiveItem { item: find::item(state, item)?, reason: reason(why) },
        Words::Confirm { what } => Action::Confirm { what: what.clone() },
        Words::Withdraw { what } => Action::WithdrawConfirmation { what: what.clone() },

        Words::Run { step: Some(step), .. } => Action::RunStep { step: find::step(state, step)? },
        Words::Run { step: None, .. } => Action::RunStep { step: next(state)?.id.clone() },
        Words::Stop { step, why } => Action::CancelStep { step: find::step(state, step)?, reason: reason(why) },
        Words::Retry { step, .. } => Action::RetryStep { step: find::step(state, step)? },
        Words::Skip { step, why } => Action::SkipStep { step: find::step(state, step)?, reason: reason(why) },
        Words::Done { step, note } => Action::FinishStep { step: find::step(state, step)?, note: note.clone() },
        Words::Failed { step, why } => Action::FailStep { step: find::step(state, step)?, reason: reason(why) },

        Words::Answer { what, answer } => Action::Answer { of: subject(state, what)?, yes: *answer == Answer::Yes },
        Words::Choose { step, option } => Action::Choose { step: find::step(state, step)?, option: letter(*option)? },
        Words::Second { step, person } => Action::SecondStep { step: find::step(state, step)?, person: person.clone() },

        Words::Value { name, value } => Action::GiveValue { name: VarName::new(name), value: value.clone() },

        Words::OpenGate => Action::OpenGate { phase: gate(state)? },
        Words::Vote { role, vote, reason, by_voice } => Action::Vote {
            phase: gate(state)?,
            role: find::role(state, role)?,
            vote: (*vote).into(),
            reason: reason.clone(),
            by_voice: *by_voice,
            saw: state.current_phase().and_then(|place| decide::saw(state, place, now)),
        },
        Words::Sign { role, verdict, note, by_voice } => Action::Sign {
            role: find::role(state, role)?,
            person: by_voice.clone().unwrap_or_default(),
            verdict: verdict.clone(),
            note: note.clone(),
            by_voice: by_voice.is_some(),
        },
        Words::Go { waiver } => Action::Go { phase: gate(state)?, waiver: waiver.clone() },
        Words::NoGo(why) => Action::NoGo { phase: gate(state)?, reason: reason(why) },
        Words::Hold(why) => hold(state, reason(why)),
        Words::Resume => Action::Resume,

        Words::Veto { trigger, why } => Action::Veto { trigger: find::trigger(state, trigger)?, reason: reason(why) },
        Words::Rollback(why) => Action::RollBack { reason: reason(why) },
        Words::AcceptRollback(why) => Action::AcceptRollback { reason: reason(why) },
        Words::Abandon(why) => Action::Abandon { reason: reason(why) },
        Words::Note { text } => Action::Note { text: text.clone() },

        Words::HandOver { to } => Action::HandOver { to: find::operator(state, to)? },
        Words::TakeConn(why) => Action::TakeConn { reason: reason(why) },
        Words::KeepConn { reason } => Action::KeepConn { reason: reason.clone() },
        Words::AssignRole { role, to } => Action::AssignRole { role: find::role(state, role)?, to: find::operator(state, to)? },
    };
    Ok(Meant::Act(action))
}

/// What has to be said once more before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsure {
    pub why: String,
    /// The words that mean it.
    pub surely: String,
}

/// Whether a step that is asked for has to be asked for once more, unless these words said that it is meant.
pub fn unsure(words: &Words, meant: &Meant, state: &State) -> Option<Unsure> {
    let (Words::Run { sure: false, .. } | Words::Retry { sure: false, .. }) = words else { return None };
    let Meant::Act(Action::RunStep { step } | Action::RetryStep { step }) = meant else { return None };
    let word = if matches!(words, Words::Retry { .. }) { "retry" } else { "run" };
    let number = &state.runbook.step(step)?.number;
    Some(Unsure { why: decide::careful(state, step)?, surely: format!("{word} {number} --sure") })
}

fn subject(state: &State, what: &str) -> Result<Subject, Wrong> {
    if what == "phase" {
        return gate(state).map(Subject::Phase);
    }
    Ok(Subject::Step(find::step(state, what)?))
}

/// The phase whose gate can be decided.
fn gate(state: &State) -> Result<PhaseId, Wrong> {
    match &state.stage {
        Stage::Underway { phase } => Ok(state.runbook.phases[*phase].id.clone()),
        other @ (Stage::Planned | Stage::RollingBack | Stage::Ended(..)) => {
            Err(Wrong::Refused(format!("no gate is open: {}", instead(other))))
        }
    }
}

/// What it is at in place of a phase.
fn instead(stage: &Stage) -> String {
    match stage {
        Stage::Planned => "the deployment has not begun: begin starts it".to_owned(),
        Stage::Underway { .. } => "a phase is under way".to_owned(),
        Stage::RollingBack => "the rollback is running".to_owned(),
        Stage::Ended(ending, _) => format!("the deployment has ended, {}", decide::ended(ending)),
    }
}

/// `A` is the first.
fn letter(option: char) -> Result<Letter, String> {
    let place = u8::try_from(option.to_ascii_uppercase()).ok().and_then(|letter| letter.checked_sub(b'A'));
    place.filter(|place| *place < 26).map(Letter).ok_or_else(|| format!("an option is a letter from A on, not {option:?}"))
}

/// At an open gate to hold is an answer to it.
fn hold(state: &State, reason: String) -> Action {
    match state.stage {
        Stage::Underway { phase } if state.phases[phase].gate.open.is_some() => {
            Action::HoldGate { phase: state.runbook.phases[phase].id.clone(), reason }
        }
        Stage::Planned | Stage::Underway { .. } | Stage::RollingBack | Stage::Ended(..) => Action::Hold { reason },
    }
}

/// The step that everything behind it waits for.
pub(super) fn unsettled(state: &State) -> Option<&Step> {
    let steps: &[Step] = match state.stage {
        Stage::Underway { phase } => &state.runbook.phases[phase].steps,
        Stage::RollingBack => state.runbook.rollback.as_ref().map_or(&[], |rollback| &rollback.steps),
        Stage::Planned | Stage::Ended(..) => &[],
    };
    steps.iter().find(|step| !is_settled(state, step))
}

fn next(state: &State) -> Result<&Step, Wrong> {
    let none = || match &state.stage {
        Stage::Underway { phase } if state.phases[*phase].gate.open.is_some() => {
            "every step here is done: the gate is open, vote, then go or no-go".to_owned()
        }
        Stage::Underway { .. } => "every step of this phase is done".to_owned(),
        other @ (Stage::Planned | Stage::RollingBack | Stage::Ended(..)) => format!("no step can be run: {}", instead(other)),
    };
    let step = unsettled(state).ok_or_else(|| Wrong::Refused(none()))?;
    match state.steps.get(&step.id).map(|step| &step.status) {
        Some(StepStatus::Waiting) | None => Ok(step),
        // What went wrong is not begun again by somebody who may not know of it.
        Some(_) => {
            Err(Wrong::Refused(format!("the next step, {} {}, is not waiting: name what you mean", step.number, step.title)))
        }
    }
}
