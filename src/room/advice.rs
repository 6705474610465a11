//! What the evidence and the poll come to, before a person decides.

use crate::measure::judge::{Judgement, Verdict};
use crate::room::decide::{Seat, is_settled, seats};
use crate::room::event::Vote;
use crate::room::schedule;
use crate::room::state::{State, TriggerState};
use crate::runbook::model::{Gate, Phase, Then};
use crate::time::Moment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counsel {
    Go,
    NoGo,
    Hold,
}

impl Counsel {
    pub fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Hold => "HOLD",
        }
    }
}

/// A recommendation and, in words, what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub counsel: Counsel,
    pub reason: String,
}

/// What is advised at the gate of the phase in this place, on evidence judged at `now`.
pub fn advice(state: &State, phase: usize, evidence: &[Judgement], now: Moment) -> Option<Advice> {
    let plan = state.runbook.phases.get(phase)?;
    let gate = plan.gate.as_ref()?;
    let seats = seats(state, phase, evidence, now);
    let against = against(state, plan, &seats, evidence);
    if !against.is_empty() {
        return Some(Advice { counsel: Counsel::NoGo, reason: sentence(&against) });
    }
    let open = open_questions(state, plan, (gate, &seats), evidence, now);
    if !open.is_empty() {
        return Some(Advice { counsel: Counsel::Hold, reason: sentence(&open) });
    }
    Some(Advice { counsel: Counsel::Go, reason: sentence(&in_favour(gate, evidence)) })
}

fn in_favour(gate: &Gate, evidence: &[Judgement]) -> Vec<String> {
    let mut good = Vec::new();
    match evidence.len() {
        0 => {}
        1 => good.push("the criterion passes".to_owned()),
        all => good.push(format!("all {all} criteria pass")),
    }
    if !gate.poll.is_empty() {
        good.push(if gate.quorum < gate.poll.len() { "enough roles say go" } else { "every role says go" }.to_owned());
    }
    if good.is_empty() {
        good.push("the steps are done and nothing else is asked".to_owned());
    }
    good
}

/// What speaks for going back.
fn against(state: &State, plan: &Phase, seats: &[Seat], evidence: &[Judgement]) -> Vec<String> {
    let mut reasons = Vec::new();
    let failing: Vec<&str> = named(evidence, Verdict::Fail);
    match failing.as_slice() {
        [] => {}
        [one] => reasons.push(format!("{one} fails")),
        [one, rest @ ..] => reasons.push(format!("{one} and {} more fail", rest.len())),
    }
    for trigger in &state.runbook.triggers {
        let fired = matches!(state.triggers.get(&trigger.id), Some(TriggerState::Fired { .. }));
        let here = trigger.during.is_empty() || trigger.during.contains(&plan.id);
        let goes_back = matches!(trigger.then, Then::Rollback { .. } | Then::Propose);
        if fired && here && goes_back {
            reasons.push(format!("the trigger {} fired", trigger.title));
        }
    }
    let (go, no_go) = (voters(seats, Vote::Go), voters(seats, Vote::NoGo));
    if go.is_empty() && !no_go.is_empty() {
        reasons.push(format!("{} no-go", says(&no_go)));
    }
    reasons
}

/// What has to be cleared before anybody can say go.
fn open_questions(
    state: &State,
    plan: &Phase,
    (gate, seats): (&Gate, &[Seat]),
    evidence: &[Judgement],
    now: Moment,
) -> Vec<String> {
    let mut reasons = Vec::new();
    let unknown = named(evidence, Verdict::Unknown);
    match unknown.as_slice() {
        [] => {}
        [one] => reasons.push(format!("{one} is unknown")),
        [one, rest @ ..] => reasons.push(format!("{one} and {} more are unknown", rest.len())),
    }
    for trigger in &state.runbook.triggers {
        let fired = matches!(state.triggers.get(&trigger.id), Some(TriggerState::Fired { .. }));
        let open = matches!(trigger.then, Then::Hold | Then::Investigate);
        if fired && open {
            reasons.push(format!("the trigger {} fired", trigger.title));
        }
    }
    match plan.steps.iter().filter(|step| !is_settled(state, step)).count() {
        0 => {}
        1 => reasons.push("a step is not done".to_owned()),
        several => reasons.push(format!("{several} steps are not done")),
    }
    for vote in [Vote::NoGo, Vote::Hold] {
        let against = voters(seats, vote);
        if !against.is_empty() {
            reasons.push(format!("{} {}", says(&against), vote.word().to_lowercase()));
        }
    }
    if voters(seats, Vote::Go).len() < gate.quorum {
        let turned: Vec<&str> =
            seats.iter().filter(|seat| seat.stale && seat.vote().is_none()).map(|seat| seat.role.as_str()).collect();
        if !turned.is_empty() {
            reasons.push(format!("the evidence changed since {} voted", turned.join(", ")));
        }
        let silent: Vec<&str> = seats.iter().filter(|seat| seat.ballot.is_none()).map(|seat| seat.role.as_str()).collect();
        if !silent.is_empty() {
            reasons.push(format!("no vote yet from {}", silent.join(", ")));
        }
    }
    if schedule::too_late_for_rollback(state, now) {
        reasons.push("a rollback would no longer fit into the window".to_owned());
    }
    reasons
}

fn named(evidence: &[Judgement], verdict: Verdict) -> Vec<&str> {
    evidence.iter().filter(|judged| judged.verdict == verdict).map(|judged| judged.criterion.as_str()).collect()
}

fn voters<'a>(seats: &[Seat<'a>], vote: Vote) -> Vec<&'a str> {
    seats.iter().filter(|seat| seat.vote() == Some(vote)).map(|seat| seat.role.as_str()).collect()
}

fn says(roles: &[&str]) -> String {
    format!("{} {}", roles.join(", "), if roles.len() == 1 { "says" } else { "say" })
}

/// The reasons as one sentence.
fn sentence(reasons: &[String]) -> String {
    match reasons {
        [] => String::new(),
        [one] => format!("{one}."),
        [first @ .., last] => format!("{} and {last}.", first.join(", ")),
    }
}
