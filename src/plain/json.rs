//! The same for programs: one JSON object, whose names stay.

use serde_json::{Value, json};

use crate::id::OperatorId;
use crate::measure::judge::Judgement;
use crate::measure::reading::Standing;
use crate::room::State;
use crate::room::decide::{how_ended, reservation, seats};
use crate::room::event::{Acceptance, By};
use crate::room::state::{Mark, Stage, StepStatus, TriggerState};
use crate::room::{say, schedule};
use crate::runbook::model::Checklist;
use crate::time::{Moment, Span};

/// How the room stands at `now`. Times are RFC 3339 in UTC, spans are seconds, what is not known is `null`.
pub fn json(state: &State, now: Moment) -> Value {
    let window = schedule::window(state);
    json!({
        "room": state.room().as_str(),
        "mode": state.mode(),
        "title": state.runbook.title,
        "seq": state.seq,
        "at": now.iso(),
        "stage": stage(state),
        "t0": state.started.or(state.t0).map(Moment::iso),
        "hold": state.hold.as_ref().map(|hold| json!({ "by": who(state, &hold.by), "reason": hold.reason, "since": hold.since.iso() })),
        "window": window.map(|window| json!({
            "opens": window.opens.iso(),
            "closes": window.closes.iso(),
            "latest_rollback": window.latest_rollback.map(Moment::iso),
        })),
        "drift_s": schedule::drift(state, now).map(Span::as_seconds),
        "commander": state.commander().map(|commander| commander.as_str().to_owned()),
        "here": state.operators.keys().filter(|operator| state.is_here(operator)).map(OperatorId::as_str).collect::<Vec<_>>(),
        "steps": state.runbook.all_steps().map(|step| json!({
            "id": step.id.as_str(),
            "number": step.number,
            "title": step.title,
            "status": state.steps.get(&step.id).map_or("waiting", |step| word(&step.status)),
        })).collect::<Vec<_>>(),
        "checklists": state.lists().map(|list| {
            let (done, required) = state.required_done(list);
            let watch = state.watch_of(list).and_then(|watch| state.watch.get(&watch.id));
            json!({
                "id": list.id.as_str(),
                "title": list.title,
                "done": done,
                "required": required,
                "tick": watch.map(|at| at.tick),
                "overdue": watch.map(|at| at.overdue),
                "missed": watch.map(|at| &at.missed),
                "items": items(state, list),
            })
        }).collect::<Vec<_>>(),
        "signed": state.runbook.sign_off.iter().flat_map(|sign_off| &sign_off.roles).map(|role| json!({
            "role": role.as_str(),
            "signature": state.signed.get(role),
        })).collect::<Vec<_>>(),
        "gate": gate(state, now),
        "triggers": state.runbook.triggers.iter().map(|trigger| json!({
            "id": trigger.id.as_str(),
            "title": trigger.title,
            "state": state.triggers.get(&trigger.id).map_or("quiet", trigger_word),
        })).collect::<Vec<_>>(),
        "metrics": state.runbook.metrics.iter().map(|(id, metric)| {
            let standing = state.metrics.get(id).map_or(Standing::Never, |history| history.standing(now, state.runbook.fresh_for(id)));
            let value = if let Standing::Number(value) = standing { Some(value) } else { None };
            json!({
                "id": id.as_str(),
                "value": value,
                "unit": metric.unit.to_string(),
                "age_s": state.metrics.get(id).and_then(|history| history.age(now)).map(Span::as_seconds),
            })
        }).collect::<Vec<_>>(),
        "closed": state.closed,
    })
}

/// The bare name, as every other here.
fn who(state: &State, by: &By) -> String {
    match by {
        By::Operator(operator) => operator.as_str().to_owned(),
        By::Trigger(_) | By::Plan => say::by(state, by),
    }
}

/// Every item that can be ticked, with the number that `tick` takes.
fn items(state: &State, list: &Checklist) -> Vec<Value> {
    let numbered = state.runbook.numbered_items().into_iter();
    let here = numbered.filter(|(_, item)| list.walk().iter().any(|(_, one)| one.id == item.id));
    let said = here.map(|(number, item)| {
        let known = state.items.get(&item.id);
        let mark = match known.map_or(&Mark::Open, |item| &item.mark) {
            Mark::Open => "open",
            Mark::Ticked(_) => "ticked",
            Mark::Waived(..) => "waived",
        };
        json!({
            "id": item.id.as_str(),
            "number": number,
            "text": item.text,
            "required": item.required,
            "mark": mark,
            "value": known.and_then(|item| item.value.as_ref()),
        })
    });
    said.collect()
}

fn stage(state: &State) -> Value {
    match &state.stage {
        Stage::Planned => json!({ "is": "planned" }),
        Stage::Underway { phase } => json!({ "is": "underway", "phase": state.runbook.phases[*phase].id.as_str() }),
        Stage::RollingBack => json!({ "is": "rolling_back", "reason": state.rollback.as_ref().map(|rollback| &rollback.reason) }),
        Stage::Ended(ending, at) => {
            let refused = reservation(state).is_some_and(|(_, signature)| signature.acceptance == Acceptance::Refused);
            json!({ "is": "ended", "how": how_ended(state, ending), "accepted": !refused, "at": at.iso() })
        }
    }
}

fn gate(state: &State, now: Moment) -> Value {
    let Stage::Underway { phase } = state.stage else { return Value::Null };
    let at = &state.phases[phase].gate;
    let (Some(gate), Some(since)) = (&state.runbook.phases[phase].gate, at.open) else { return Value::Null };
    let evidence = state.gate_evidence(phase, now);
    json!({
        "question": gate.question,
        "since": since.iso(),
        "instance": at.instance,
        "criteria": evidence.iter().map(judged).collect::<Vec<_>>(),
        "votes": seats(state, phase, &evidence, now).into_iter().map(|seat| json!({
            "role": seat.role.as_str(),
            "vote": seat.ballot.map(|ballot| ballot.vote),
            "by": seat.ballot.map(|ballot| ballot.by.as_str()),
            "stale": seat.stale,
        })).collect::<Vec<_>>(),
    })
}

fn judged(judged: &Judgement) -> Value {
    json!({ "criterion": judged.criterion, "verdict": judged.verdict, "now": judged.now, "reason": judged.reason })
}

fn word(status: &StepStatus) -> &'static str {
    match status {
        StepStatus::Waiting => "waiting",
        StepStatus::Running { .. } => "running",
        StepStatus::Done { .. } => "done",
        StepStatus::Failed { .. } => "failed",
        StepStatus::Skipped { .. } => "skipped",
        StepStatus::Lost { .. } => "lost",
    }
}

fn trigger_word(state: &TriggerState) -> &'static str {
    match state {
        TriggerState::Quiet => "quiet",
        TriggerState::Pending { .. } => "pending",
        TriggerState::Fired { .. } => "fired",
        TriggerState::Vetoed { .. } => "vetoed",
    }
}
