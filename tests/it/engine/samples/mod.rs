//! The samples live, forward to their end and then back: what really ran is what their plans say, in order.

mod cohort_analyzer;
mod friday;
mod granter;
mod moshimoshi;
mod planned;
mod safla;

use std::fs;
use std::path::Path;

use warroom::id::{PhaseId, RoleId};
use warroom::journal::storage::DiskStorage;
use warroom::measure::criterion::{Criterion, Test};
use warroom::room::Action;
use warroom::room::decide::signature_waited_for;
use warroom::room::event::{Subject, Vote};
use warroom::room::order;
use warroom::room::state::{Ending, Mark, Stage, State, StepStatus};
use warroom::runbook::model::{FieldKind, Letter, Step, StepKind};
use warroom::time::Span;

use super::live::Live;
use super::stand_ins::StandIns;

/// A sample whose times are short: nobody waits a week here.
fn sample(file: &str, shorter: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-runbooks").join(file);
    let mut text = fs::read_to_string(path).unwrap();
    for (long, short) in shorter {
        assert!(text.contains(long), "{file} has no {long}");
        text = text.replace(long, short);
    }
    text
}

/// All that somebody could do next, whether it is time for it or not: the room refuses what it is too early for.
fn deeds(state: &State) -> Vec<Action> {
    let steps: Vec<&Step> = match state.stage {
        Stage::Planned => {
            let mut deeds: Vec<Action> = items(state).collect();
            deeds.push(Action::StartDeployment);
            return deeds;
        }
        Stage::Underway { phase } => state.runbook.phases[phase].steps.iter().collect(),
        Stage::RollingBack => state.runbook.rollback.iter().flat_map(|rollback| &rollback.steps).collect(),
        Stage::Ended(..) => Vec::new(),
    };
    // What runs in the background has to have begun before the next.
    let begins = |step: &&Step| {
        let state = &state.steps[&step.id];
        step.kind.background().is_some() && matches!(state.status, StepStatus::Running { .. }) && state.printed == 0
    };
    if steps.iter().any(begins) {
        return Vec::new();
    }
    let mut deeds: Vec<Action> = steps.iter().filter_map(|step| deed(state, step)).collect();
    if let Stage::Underway { phase } = state.stage {
        deeds.extend(signature_waited_for(state).first().map(|role| signature(state, role)));
        deeds.extend(decision(state, phase));
    }
    deeds
}

fn deed(state: &State, step: &Step) -> Option<Action> {
    let id = step.id.clone();
    match (&state.steps[&step.id].status, &step.kind) {
        (StepStatus::Waiting, _) if order::open_question(state, step).is_some() => {
            Some(Action::Answer { of: Subject::Step(id), yes: true })
        }
        (StepStatus::Waiting, StepKind::Choose { .. }) => Some(Action::Choose { step: id, option: Letter(0) }),
        (StepStatus::Waiting, _) => Some(Action::RunStep { step: id }),
        (StepStatus::Running { .. }, StepKind::Manual { .. } | StepKind::Message { .. }) => {
            Some(Action::FinishStep { step: id, note: "done".into() })
        }
        (StepStatus::Running { .. }, StepKind::Until { criteria, .. } | StepKind::Bake { criteria, .. }) => {
            let (mut words, open) =
                (criteria.iter().flat_map(|criterion| criterion.test.confirmations()), state.open_statements());
            let open = words.find(|what| open.contains(what))?;
            Some(Action::Confirm { what: open.to_owned() })
        }
        (StepStatus::Failed { why, .. }, _) => panic!("{} failed: {why:?}; {:?}", step.title, state.steps[&step.id].output),
        _ => None,
    }
}

/// Every item that is open, ticked or filled in.
fn items(state: &State) -> impl Iterator<Item = Action> {
    let all = state.runbook.checklists.iter().flat_map(|list| list.walk());
    all.filter(|(_, item)| item.items.is_empty() && state.items[&item.id].mark == Mark::Open).map(|(_, item)| {
        let id = item.id.clone();
        let Some(field) = &item.field else { return Action::Tick { item: id } };
        let value = match &field.kind {
            FieldKind::Time => "02:10".to_owned(),
            FieldKind::Number => "1".to_owned(),
            FieldKind::Text => "today".to_owned(),
            FieldKind::OneOf(words) => words[0].clone(),
        };
        Action::Fill { item: id, value }
    })
}

fn decision(state: &State, phase: usize) -> Vec<Action> {
    let (plan, gate) = (&state.runbook.phases[phase], &state.phases[phase].gate);
    let (Some(asked), Some(_)) = (&plan.gate, gate.open) else { return Vec::new() };
    let unsaid = state.open_statements();
    let confirmed = asked.require.iter().filter_map(|criterion| match criterion {
        Criterion { test: Test::Confirmed { what }, .. } if unsaid.contains(&what.as_str()) => {
            Some(Action::Confirm { what: what.clone() })
        }
        _ => None,
    });
    let phase: &PhaseId = &plan.id;
    // Votes on evidence that has changed since are given again.
    let votes = asked.poll.iter().map(|role| Action::Vote {
        phase: phase.clone(),
        role: role.clone(),
        vote: Vote::Go,
        reason: String::new(),
        by_voice: true,
        saw: None,
    });
    confirmed.chain(votes).chain([Action::Go { phase: phase.clone(), waiver: None }]).collect()
}

fn signature(state: &State, role: &RoleId) -> Action {
    let mut verdicts = state.runbook.sign_off.iter().flat_map(|sign_off| &sign_off.verdicts);
    Action::Sign {
        role: role.clone(),
        person: format!("the {role}"),
        verdict: verdicts.next().cloned().unwrap(),
        note: String::new(),
        by_voice: true,
    }
}

/// Somebody does whatever can be done, until this is so.
async fn play(room: &mut Live, so: impl Fn(&State) -> bool) {
    // Nothing of a shortened plan takes as long.
    let began = room.state.at;
    while !so(&room.state) {
        let mut refused = Vec::new();
        let seq = room.state.seq;
        for deed in deeds(&room.state) {
            let (asked, runs) = (format!("{deed:?}"), matches!(deed, Action::RunStep { .. }));
            match room.tries(deed).await {
                // What comes next is seen only when this has begun.
                Ok(()) if runs => break,
                Ok(()) => {}
                Err(refusal) => refused.push(format!("{asked}: {refusal}")),
            }
        }
        assert!(room.state.at - began < Span::seconds(60), "{:?} goes on for ever: {refused:#?}", room.state.stage);
        room.until("something happens", |state| state.seq > seq || so(state)).await;
    }
}

async fn forward_and_back(yaml: &str, vars: &[(&str, &str)], stand_ins: &StandIns) -> (Vec<String>, Vec<String>) {
    let mut room = Live::open_with(stand_ins.spawner(), &DiskStorage, tempfile::tempdir().unwrap(), yaml, vars);
    play(&mut room, |state| matches!(state.stage, Stage::Ended(..))).await;
    assert!(matches!(room.state.stage, Stage::Ended(Ending::Completed, _)), "{:?}", room.state.stage);
    let forward = stand_ins.calls();
    room.ask(Action::RollBack { reason: "it is too slow".into() }).await;
    play(&mut room, |state| matches!(state.stage, Stage::Ended(..))).await;
    let Stage::Ended(Ending::RolledBack { verified: true }, _) = room.close().await.stage else { panic!("it is not back") };
    let back = stand_ins.calls().split_off(forward.len());
    (forward, back)
}
