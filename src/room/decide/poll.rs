//! The poll of a gate: who votes for which seat, on which evidence, and what it comes to.
//!
//! A seat votes from its own terminal, or the commander records what it says by voice. A vote for GO stands as long as the
//! evidence is what it was; a NO-GO or HOLD stands until whoever gave it takes it back.

use crate::id::{EvidenceMark, OperatorId, RoleId};
use crate::measure::judge::Judgement;
use crate::room::action::{Action, Refusal, Saw};
use crate::room::decide::gate::{objections_measured, opened};
use crate::room::decide::{Decision, need_reason, refuse};
use crate::room::event::{Event, Vote};
use crate::room::state::{Ballot, GateState, State};
use crate::runbook::model::Gate;
use crate::time::Moment;

/// One role that is asked.
#[derive(Clone, Copy, Debug)]
pub struct Seat<'a> {
    pub role: &'a RoleId,
    pub ballot: Option<&'a Ballot>,
    /// The evidence has changed since: it has to be looked at again.
    pub stale: bool,
}

impl Seat<'_> {
    /// The vote that counts.
    pub fn vote(&self) -> Option<Vote> {
        let vote = self.ballot?.vote;
        match vote {
            Vote::Go | Vote::Abstain => (!self.stale).then_some(vote),
            Vote::NoGo | Vote::Hold => Some(vote),
        }
    }
}

/// A short hash over each criterion's verdict and what else speaks against GO (FNV-1a).
pub fn evidence_mark(state: &State, evidence: &[Judgement], now: Moment) -> EvidenceMark {
    let verdicts = evidence.iter().map(|judged| format!("{} {}", judged.criterion, judged.verdict.word()));
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for text in verdicts.chain(objections_measured(state, evidence, now)) {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    EvidenceMark::new(&format!("{hash:016x}"))
}

/// What a voter at the gate of this phase has before them at `now`.
pub fn saw(state: &State, place: usize, now: Moment) -> Option<Saw> {
    let instance = state.phases.get(place)?.gate.instance;
    Some(Saw { instance, evidence: evidence_mark(state, &state.gate_evidence(place, now), now) })
}

/// Every role that is asked at the gate of this phase, with what it said.
pub fn seats<'a>(state: &'a State, place: usize, evidence: &[Judgement], now: Moment) -> Vec<Seat<'a>> {
    let Some(gate) = state.runbook.phases.get(place).and_then(|phase| phase.gate.as_ref()) else { return Vec::new() };
    let mark = evidence_mark(state, evidence, now);
    let votes = &state.phases[place].gate.votes;
    let seat = |role| {
        let ballot = votes.get(role);
        let turned = ballot.and_then(|ballot| ballot.saw.as_ref()).is_some_and(|saw| *saw != mark);
        Seat { role, ballot, stale: turned }
    };
    gate.poll.iter().map(seat).collect()
}

/// What the poll has against GO.
pub(super) fn against(state: &State, place: usize, evidence: &[Judgement], now: Moment) -> Vec<String> {
    let Some(gate) = state.runbook.phases.get(place).and_then(|phase| phase.gate.as_ref()) else { return Vec::new() };
    let seats = seats(state, place, evidence, now);
    let enough = seats.iter().filter(|seat| seat.vote() == Some(Vote::Go)).count() >= gate.quorum;
    let says = |seat: &Seat| match seat.vote() {
        Some(Vote::Go) => None,
        Some(vote @ (Vote::NoGo | Vote::Hold)) => Some(format!("{} votes {}", seat.role, vote.word())),
        Some(Vote::Abstain) | None if enough => None,
        Some(Vote::Abstain) => Some(format!("{} votes ABSTAIN", seat.role)),
        None if seat.stale => Some(format!("{} has not voted since the evidence changed", seat.role)),
        None => Some(format!("{} has not voted", seat.role)),
    };
    seats.iter().filter_map(says).collect()
}

pub(super) fn vote(state: &State, action: &Action, by: &OperatorId, now: Moment) -> Decision {
    let Action::Vote { phase, role, vote, reason, by_voice, saw } = action else {
        return refuse("that is not a vote");
    };
    let (place, phase, gate) = opened(state, phase)?;
    if !gate.poll.contains(role) {
        return refuse(format!("{role} is not polled at this gate; polled are {}", list(&gate.poll)));
    }
    let asked = &state.phases[place].gate;
    if *by_voice {
        may_record(state, asked, role, by)?;
    } else {
        may_vote(state, asked, role, by)?;
    }
    let evidence = evidence_mark(state, &state.gate_evidence(place, now), now);
    answers_what_is_asked(state, asked, saw.as_ref(), &evidence, *vote)?;
    needs_no_abstention(gate, *vote)?;
    let reason = if *vote == Vote::NoGo { need_reason(reason, "a NO-GO")? } else { reason.trim().to_owned() };
    Ok(vec![Event::VoteCast {
        phase: phase.id.clone(),
        instance: asked.instance,
        role: role.clone(),
        vote: *vote,
        reason,
        by: by.clone(),
        by_voice: *by_voice,
        saw: Some(evidence),
    }])
}

fn list(roles: &[RoleId]) -> String {
    roles.iter().map(RoleId::as_str).collect::<Vec<_>>().join(", ")
}

/// A vote that was meant for another opening of the gate, or for evidence that is gone, is not one.
fn answers_what_is_asked(
    state: &State,
    gate: &GateState,
    saw: Option<&Saw>,
    evidence: &EvidenceMark,
    vote: Vote,
) -> Result<(), Refusal> {
    let Some(saw) = saw else { return Ok(()) };
    if saw.instance != gate.instance {
        let at = gate.open.map_or_else(String::new, |open| format!(" at {}", state.wall(open).clock(state.runbook.zone)));
        return Err(Refusal::new(format!("the gate was opened anew{at}: look at it, and vote again")));
    }
    match vote {
        Vote::Go | Vote::Abstain if saw.evidence != *evidence => {
            Err(Refusal::new("the evidence changed while you voted: look at it, and vote again"))
        }
        Vote::Go | Vote::Abstain | Vote::NoGo | Vote::Hold => Ok(()),
    }
}

fn needs_no_abstention(gate: &Gate, vote: Vote) -> Result<(), Refusal> {
    if vote == Vote::Abstain && gate.quorum >= gate.poll.len() {
        return Err(Refusal::new("every seat has to say GO here: vote GO, NO-GO or HOLD"));
    }
    Ok(())
}

/// The commander records what was said by voice; not over the head of a seat that has voted itself and is here.
fn may_record(state: &State, gate: &GateState, role: &RoleId, by: &OperatorId) -> Result<(), Refusal> {
    if !state.in_command(by) {
        return Err(Refusal::new(format!("the commander records votes given by voice; {} has the conn", state.conn)));
    }
    match gate.votes.get(role) {
        Some(ballot) if !ballot.by_voice && ballot.by != *by && state.is_here(&ballot.by) => {
            Err(Refusal::new(format!("{} has voted for {role} and is here: only they change it", ballot.by)))
        }
        Some(_) | None => Ok(()),
    }
}

/// From one's own terminal one votes for one's own seat, and an account has one seat.
fn may_vote(state: &State, gate: &GateState, role: &RoleId, by: &OperatorId) -> Result<(), Refusal> {
    if !state.holds(by, role) {
        let here: Vec<&str> = state.holders_here(role).into_iter().map(OperatorId::as_str).collect();
        let who = if here.is_empty() { "nobody here".to_owned() } else { here.join(", ") };
        return Err(Refusal::new(format!("{who} votes for {role}, not {by}; the commander records a vote given by voice")));
    }
    match gate.votes.get(role) {
        Some(ballot) if !ballot.by_voice && ballot.by != *by && state.is_here(&ballot.by) => {
            return Err(Refusal::new(format!("{} has voted for {role} and is here: only they change it", ballot.by)));
        }
        Some(_) | None => {}
    }
    let same = |ballot: &Ballot| !ballot.by_voice && state.same_account(&ballot.by, by);
    let other = gate.votes.iter().find(|(seat, ballot)| *seat != role && same(ballot));
    match other {
        Some((seat, ballot)) if !(state.runbook.shared_accounts && ballot.by != *by) => {
            Err(Refusal::new(format!("{} has voted for {seat} already: one person, one seat", ballot.by)))
        }
        Some(_) | None => Ok(()),
    }
}
