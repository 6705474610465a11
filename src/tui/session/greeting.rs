//! What was decided while somebody was away, in as few words as fit beside the keys.

use std::cmp::Reverse;

use crate::id::OperatorId;
use crate::room::State;
use crate::room::decide::how_ended;
use crate::room::event::{Decision, Event};
use crate::room::say;
use crate::room::state::Stage;
use crate::text;
use crate::time::Moment;

/// What became of it that this person asked for the conn.
pub(super) fn answered(state: &State, event: &Event, me: &OperatorId) -> Option<String> {
    match event {
        Event::ConnAskLapsed { by, of } if by == me => {
            Some(format!("{} has not answered: you do not get the conn, and may ask again (K)", state.called(of)))
        }
        Event::ConnKept { by, from, reason } if from == me => {
            let why = if reason.is_empty() { String::new() } else { format!(": {}", text::clean_line(reason)) };
            Some(format!("{} keeps the conn{why}", state.called(by)))
        }
        Event::ConnHandedOver { by, to } if to == me => Some(format!("{} handed the conn over to you", state.called(by))),
        _ => None,
    }
}

/// `: ana GO at gate 2, HOLD by bo`, the newest first; nothing where nobody decided anything.
pub(super) fn decided(state: &State, since: Moment, room: usize) -> String {
    let mut all: Vec<(Moment, String)> = Vec::new();
    for (phase, plan) in state.phases.iter().zip(&state.runbook.phases) {
        if let Some(decided) = &phase.gate.decided {
            let word = match &decided.decision {
                Decision::Go { waiver: None } => "GO",
                Decision::Go { waiver: Some(_) } => "GO with a waiver",
                Decision::NoGo { .. } => "NO-GO",
                Decision::Hold { .. } => "HOLD",
            };
            all.push((decided.at, format!("{} {word} at gate {}", decided.by, plan.number)));
        }
    }
    // A gate that is held is told already.
    let hold = state.hold.as_ref().filter(|hold| all.iter().all(|(at, _)| *at != hold.since));
    all.extend(hold.map(|hold| (hold.since, format!("HOLD by {}", say::by(state, &hold.by)))));
    all.extend(state.rollback.as_ref().map(|back| (back.started, format!("ROLLBACK by {}", say::by(state, &back.by)))));
    all.extend(state.started.map(|started| (started, "the start".to_owned())));
    if let Stage::Ended(ending, at) = &state.stage {
        all.push((*at, format!("the end: {}", how_ended(state, ending))));
    }
    all.retain(|(at, _)| *at >= since);
    all.sort_by_key(|(at, _)| Reverse(*at));
    let mut said = String::new();
    for (place, (_, one)) in all.iter().enumerate() {
        let next = format!("{}{}", if place == 0 { "; " } else { ", " }, text::clean_line(one));
        if place > 0 && text::width(&said) + text::width(&next) > room {
            return format!("{said}, +{}", all.len() - place);
        }
        said.push_str(&next);
    }
    said
}
