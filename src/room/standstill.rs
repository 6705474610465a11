//! What a deployment stands still for: the step by its number and title, or the gate, and what that waits for.

use crate::measure::judge::{Judgement, Verdict};
use crate::room::decide::{self, is_settled, signature_waited_for};
use crate::room::order;
use crate::room::say;
use crate::room::state::{Stage, State, StepStatus};
use crate::runbook::model::{Phase, Step, StepKind};
use crate::time::Moment;

/// `2.2 Bake 10:00 stands still with 6:12 left: error_rate is unknown`
pub fn standstill(state: &State, now: Moment) -> String {
    let steps = order::current(state);
    if let Some(hold) = state.hold.as_ref().filter(|_| state.stage != Stage::RollingBack) {
        return format!("on hold by {} for {}: {}", say::by(state, &hold.by), now - hold.since, hold.reason);
    }
    if let Some(step) = wanting(state, steps) {
        return format!("{} {} {}", step.number, step.title, at_step(state, steps, step, now));
    }
    match &state.stage {
        Stage::Planned => "the deployment waits for its start".to_owned(),
        Stage::Underway { phase } => at_the_end_of(state, &state.runbook.phases[*phase], *phase, now),
        Stage::RollingBack => format!("the verification of the rollback waits: {}", not_passing(&state.rollback_evidence(now))),
        Stage::Ended(..) => String::new(),
    }
}

/// The first that is not settled; of a group that runs, one of its own.
fn wanting<'a>(state: &'a State, steps: &'a [Step]) -> Option<&'a Step> {
    let first = steps.iter().find(|step| !is_settled(state, step))?;
    let runs = matches!(first.kind, StepKind::Group) && order::is_running(state, &first.id);
    let inner = runs.then(|| order::left_in_group(state, steps, first).next()).flatten();
    inner.or(Some(first))
}

fn at_step(state: &State, steps: &[Step], step: &Step, now: Moment) -> String {
    match state.steps.get(&step.id).map(|step| &step.status) {
        None | Some(StepStatus::Waiting) => not_begun(state, steps, step),
        Some(StepStatus::Failed { why, .. }) => {
            format!("failed ({}): run it again, skip it, or roll back", say::failure(state, why))
        }
        Some(StepStatus::Lost { .. }) => "is LOST: somebody has to say how it ended".to_owned(),
        Some(StepStatus::Running { started, bake, .. }) => {
            let gone = now - *started;
            let paused = bake.as_ref().and_then(|bake| bake.paused.as_deref()).map(|why| format!(": {why}")).unwrap_or_default();
            match &step.kind {
                StepKind::Bake { span, .. } => {
                    let held = bake.as_ref().map(|bake| bake.held_at(now)).unwrap_or_default();
                    format!("stands still with {} of {span} left, for {gone} by now{paused}", (*span - held).or_zero())
                }
                StepKind::Until { criteria, .. } => {
                    let wanted: Vec<&str> = criteria.iter().map(|criterion| criterion.text.as_str()).collect();
                    format!("waits for {}, for {gone} by now{paused}", wanted.join(" and "))
                }
                StepKind::Manual { .. } | StepKind::Message { .. } => {
                    format!("waits for somebody to say that it is done, for {gone} by now")
                }
                StepKind::Run { .. } | StepKind::Http(_) if step.timeout.is_none() => {
                    format!("has run for {gone}, and has no timeout that would end it")
                }
                StepKind::Run { .. } | StepKind::Http(_) | StepKind::Wait { .. } | StepKind::Choose { .. } | StepKind::Group => {
                    format!("has run for {gone}")
                }
            }
        }
        Some(StepStatus::Done { .. } | StepStatus::Skipped { .. }) => "is over".to_owned(),
    }
}

fn not_begun(state: &State, steps: &[Step], step: &Step) -> String {
    let phase = if let Stage::Underway { phase } = state.stage { order::open_phase_question(state, phase) } else { None };
    let seconded = state.steps.get(&step.id).is_some_and(|step| step.seconded.is_some());
    let running = order::in_its_place(state, steps, step);
    match (phase.or_else(|| order::open_question(state, step)), running) {
        (Some(question), _) => format!("waits for an answer: {question}"),
        (None, Some(running)) => format!("waits for {} {}, which runs", running.number, running.title),
        (None, None) if order::lacks(state, step).is_some() => {
            let lacking = order::lacking(state, step).unwrap_or_default();
            format!("waits for a value: {lacking}")
        }
        (None, None) if matches!(step.kind, StepKind::Choose { .. }) => "waits for somebody to choose".to_owned(),
        (None, None) if step.second_person && !seconded => "waits for a second person to agree".to_owned(),
        (None, None) => "waits for somebody to run it".to_owned(),
    }
}

fn at_the_end_of(state: &State, phase: &Phase, place: usize, now: Moment) -> String {
    let roles: Vec<&str> = signature_waited_for(state).into_iter().map(crate::id::RoleId::as_str).collect();
    if !roles.is_empty() {
        return format!("the end waits for the signature of {}", roles.join(", "));
    }
    let Some(gate) = &phase.gate else { return "every step is done".to_owned() };
    let question = &gate.question;
    if state.phases[place].gate.open.is_none() {
        return format!("the gate \"{question}\" is not open");
    }
    let evidence = state.gate_evidence(place, now);
    match decide::objections(state, place, &evidence, now).as_slice() {
        [] => format!("the gate \"{question}\" waits for somebody to decide"),
        against => format!("the gate \"{question}\" waits: {}", against.join("; ")),
    }
}

fn not_passing(evidence: &[Judgement]) -> String {
    let bad = evidence.iter().filter(|judged| judged.verdict != Verdict::Pass);
    let said = bad.map(|judged| {
        let reason = if judged.reason.is_empty() { String::new() } else { format!(" ({})", judged.reason) };
        format!("{} {}{reason}", judged.criterion, judged.verdict.word())
    });
    said.collect::<Vec<_>>().join("; ")
}
