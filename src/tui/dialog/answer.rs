//! What an answered dialog comes to.

use crossterm::event::KeyCode;

use super::Purpose;
use super::choices::Choice;
use crate::id::PhaseId;
use crate::room::action::Saw;
use crate::room::event::Vote;
use crate::room::{Action, decide};
use crate::runbook::model::FieldKind;
use crate::tui::commands::Wish;
use crate::tui::keys::Chord;
use crate::tui::scene::Facts;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Wish(Wish),
    /// One more question.
    Then(Purpose),
    /// It will not do: why.
    Wrong(String),
}

/// `text` is trimmed, and there where it is required.
pub(super) fn answer(purpose: &Purpose, text: &str, facts: &Facts) -> Answer {
    let reason = || text.to_owned();
    let action = match purpose.clone() {
        Purpose::Begin => Action::StartDeployment,
        Purpose::Run(step) => Action::RunStep { step },
        Purpose::Retry(step) => Action::RetryStep { step },
        Purpose::Stop(step) => Action::CancelStep { step, reason: reason() },
        Purpose::Skip(step) => Action::SkipStep { step, reason: reason() },
        Purpose::Finish(step) => Action::FinishStep { step, note: reason() },
        Purpose::Fail(step) => Action::FailStep { step, reason: reason() },
        Purpose::Fill(item) => match wrong_value(facts, &item, text) {
            Some(why) => return Answer::Wrong(why),
            None => Action::Fill { item, value: reason() },
        },
        Purpose::Waive(item) => Action::WaiveItem { item, reason: reason() },
        Purpose::Go(phase) => return go(phase, facts),
        Purpose::Waiver(phase) => Action::Go { phase, waiver: Some(reason()) },
        Purpose::NoGo(phase) => Action::NoGo { phase, reason: reason() },
        Purpose::HoldGate(phase) => Action::HoldGate { phase, reason: reason() },
        Purpose::Hold => Action::Hold { reason: reason() },
        Purpose::VoteReason { phase, role, by_voice } => {
            let saw = saw(&phase, facts);
            Action::Vote { phase, role, vote: Vote::NoGo, reason: reason(), by_voice, saw }
        }
        Purpose::Signatory { role, verdict } => {
            return Answer::Then(Purpose::Signature { role, verdict, by_voice: Some(reason()) });
        }
        Purpose::Signature { role, verdict, by_voice: person } => {
            let by_voice = person.is_some();
            Action::Sign { role, person: person.unwrap_or_default(), verdict, note: reason(), by_voice }
        }
        Purpose::Veto(trigger) => Action::Veto { trigger, reason: reason() },
        Purpose::RollBack => Action::RollBack { reason: reason() },
        Purpose::AcceptRollback => Action::AcceptRollback { reason: reason() },
        Purpose::TakeConn => Action::TakeConn { reason: reason() },
        Purpose::Abandon => Action::Abandon { reason: reason() },
        Purpose::Note => Action::Note { text: reason() },
        Purpose::Second(step) => Action::SecondStep { step, person: reason() },
        Purpose::Value { name, .. } => Action::GiveValue { name, value: reason() },
        Purpose::Name => return Answer::Wish(Wish::CallMe(reason())),
        Purpose::Suspend => return Answer::Wish(Wish::Suspend),
        Purpose::Quit => return Answer::Wish(Wish::Leave),
        Purpose::GiveWord
        | Purpose::Voter { .. }
        | Purpose::Ballot { .. }
        | Purpose::Signer
        | Purpose::Verdict(_)
        | Purpose::Question(_)
        | Purpose::Choose(_)
        | Purpose::HandOver
        | Purpose::GiveRole
        | Purpose::Break => {
            return Answer::Wrong("choose a line".to_owned());
        }
    };
    Answer::Wish(Wish::act(action))
}

/// The gate as it is before the voter now.
pub(super) fn saw(phase: &PhaseId, facts: &Facts) -> Option<Saw> {
    let place = facts.state.runbook.phases.iter().position(|known| known.id == *phase)?;
    decide::saw(facts.state, place, facts.now)
}

/// The evidence may have turned while the dialog was open: then a waiver is asked for, or it is said what forbids it.
fn go(phase: PhaseId, facts: &Facts) -> Answer {
    let asked = |waiver| {
        let action = Action::Go { phase: phase.clone(), waiver };
        decide(facts.state, &action, &facts.asked()).map(|_| action)
    };
    match (asked(None), asked(Some("a reason that is still to be given".to_owned()))) {
        (Ok(action), _) => Answer::Wish(Wish::act(action)),
        (Err(_), Ok(_)) => Answer::Then(Purpose::Waiver(phase)),
        (Err(_), Err(refusal)) => Answer::Wrong(refusal.0),
    }
}

/// Why the item's field does not take this value.
fn wrong_value(facts: &Facts, item: &crate::id::ItemId, text: &str) -> Option<String> {
    let kind = &facts.state.runbook.item(item)?.field.as_ref()?.kind;
    match kind {
        FieldKind::Text => None,
        FieldKind::OneOf(words) => (!words.iter().any(|word| word == text)).then(|| format!("write one of {}", words.join(", "))),
        FieldKind::Number if text.parse::<f64>().is_ok_and(f64::is_finite) => None,
        FieldKind::Number => Some(format!("\"{text}\" is not a number: 42 or 0.5, without unit")),
        FieldKind::Time => {
            let reads = decide::time_of_day(text).is_some();
            (!reads).then(|| format!("\"{text}\" is not a time: write 18:50, 1850, or 18:50:30"))
        }
    }
}

/// The line selected after a key.
pub(super) fn choose(selected: usize, chord: Chord, choices: &[Choice]) -> usize {
    let last = choices.len().saturating_sub(1);
    match chord.code {
        KeyCode::Up | KeyCode::Char('k') => selected.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => (selected + 1).min(last),
        KeyCode::Home => 0,
        KeyCode::End => last,
        KeyCode::Char(digit @ '1'..='9') => (digit as usize - '1' as usize).min(last),
        _ => selected.min(last),
    }
}
