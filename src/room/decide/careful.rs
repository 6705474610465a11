//! What is asked about once more before it runs: law 4, for every way in which a step can be begun.

use crate::id::StepId;
use crate::room::state::{State, StepStatus};

/// Why a step is not begun by one word or one key, if so. It is no refusal: who has read this may begin it.
pub fn careful(state: &State, id: &StepId) -> Option<String> {
    let step = state.runbook.step(id)?;
    let lost = state.step(id).is_some_and(|now| matches!(now.status, StepStatus::Lost { .. }));
    let why = [
        lost.then(|| "is LOST: it may still be running, and would then run twice".to_owned()),
        step.dangerous.then(|| "is marked dangerous".to_owned()),
        step.point_of_no_return.as_ref().map(|why| format!("is the point of no return: {why}")),
        step.warn.as_ref().map(|warn| format!("has a warning: {}", warn.trim())),
    ];
    let why: Vec<String> = why.into_iter().flatten().collect();
    if why.is_empty() { None } else { Some(format!("{} {} {}", step.number, step.title, why.join("; it "))) }
}
