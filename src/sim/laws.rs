//! What must hold, whatever happens. It is judged by what the room showed, beside what only the simulation knows.

use std::sync::Arc;

use crate::engine::spawn::Exit;
use crate::id::{AskId, OperatorId, RoleId, StepId};
use crate::journal::must_sync;
use crate::measure::judge::Verdict;
use crate::room::event::{By, Decision, Done, Event, Failure, Vote};
use crate::room::state::{Stage, StepStatus};
use crate::room::{Action, Asked, Record, State, apply, decide, say};
use crate::sim::children::{Children, Fate};

/// All that the room ever showed.
pub(super) struct Shown {
    pub(super) state: State,
    pub(super) records: Vec<Arc<Record>>,
    /// Asks of which somebody was told that they are done.
    accepted: Vec<AskId>,
}

type Law = Result<(), String>;

fn holds(so: bool, what: impl FnOnce() -> String) -> Law {
    if so { Ok(()) } else { Err(what()) }
}

impl Shown {
    pub(super) fn of(state: State, first: Record) -> Self {
        Self { state, records: vec![Arc::new(first)], accepted: Vec::new() }
    }

    /// Records that became durable together.
    pub(super) fn batch(&mut self, records: &[Arc<Record>], children: &Children) -> Law {
        for record in records {
            self.follows(record)?;
            self.may_happen(record, children)?;
            apply(&mut self.state, record);
            self.records.push(Arc::clone(record));
        }
        one_step_at_a_time(&self.state)?;
        a_way_back(&self.state)
    }

    /// Without a gap, and never back in time.
    fn follows(&self, record: &Record) -> Law {
        holds(record.seq == self.state.seq + 1, || format!("record {} is shown after {}", record.seq, self.state.seq))?;
        holds(record.at >= self.state.at, || format!("record {} goes back in time", record.seq))?;
        let Some(ask) = &record.ask else { return Ok(()) };
        // What one ask became stands together.
        let before = self.records.iter().rposition(|other| other.ask.as_ref() == Some(ask));
        holds(before.is_none_or(|place| place + 1 == self.records.len()), || format!("{ask} was carried out twice"))
    }

    /// The event, by the state before it.
    fn may_happen(&self, record: &Record, children: &Children) -> Law {
        match &record.event {
            Event::GateDecided { decision: Decision::Go { waiver }, phase, evidence, .. } => {
                let place = self.state.runbook.phases.iter().position(|known| known.id == *phase);
                let in_time = self.state.stage != Stage::RollingBack;
                holds(in_time, || format!("GO at {phase} after the rollback began"))?;
                let proven = !evidence.is_empty() && evidence.iter().all(|judged| judged.verdict == Verdict::Pass);
                let waived = waiver.as_ref().is_some_and(|reason| !reason.trim().is_empty());
                let voted = place.is_some_and(|place| self.quorum(place));
                let vetoed = place.is_some_and(|place| self.vetoed(place));
                holds(((proven && voted) || waived) && !vetoed, || {
                    format!("GO at {phase} without votes, evidence or a waiver: {evidence:?}")
                })
            }
            Event::PhaseEnded { phase } => self.went_through_its_gate(phase.as_str()),
            Event::RollbackEnded { verified: true, evidence, .. } => {
                let proven = !evidence.is_empty() && evidence.iter().all(|judged| judged.verdict == Verdict::Pass);
                holds(proven, || format!("a rollback is verified by {evidence:?}"))
            }
            Event::ConnHandedOver { by, to } => {
                let may = self.state.conn == *by && self.state.is_here(to);
                holds(may, || format!("{by} hands the conn to {to}, and {} has it", self.state.conn))
            }
            Event::ConnTaken { by, from, .. } => {
                let may = self.state.conn == *from && !self.state.is_here(from) && self.state.is_here(by);
                holds(may, || format!("{by} takes the conn of {from}, who is here"))
            }
            Event::ConnAsked { by, of, .. } => {
                let may = self.state.conn == *of && self.state.is_here(of) && self.state.is_here(by) && by != of;
                holds(may, || format!("{by} asks {of} for the conn, which {} has", self.state.conn))
            }
            Event::ConnKept { by, from, .. } => {
                let asked = self.state.conn_asked.as_ref().is_some_and(|asked| asked.by == *from);
                holds(asked && self.state.conn == *by, || format!("{by} keeps the conn from {from}, who did not ask"))
            }
            Event::ConnAskLapsed { by, of } => {
                let asked = self.state.conn_asked.as_ref().is_some_and(|asked| asked.by == *by && record.at >= asked.lapses());
                holds(asked && self.state.conn == *of, || format!("{by}'s ask for the conn lapses before its time"))
            }
            Event::StepStarted { step, attempt, by } => {
                let again = *attempt > 1 && *by == By::Plan && !self.begun_anew(step);
                holds(!again, || format!("{step} was run again by itself"))
            }
            event => self.told_as_it_was(event, children),
        }
    }

    /// Enough seats said GO, and none anything against it.
    fn quorum(&self, place: usize) -> bool {
        let votes = &self.state.phases[place].gate.votes;
        let Some(gate) = &self.state.runbook.phases[place].gate else { return false };
        let ballots: Vec<Vote> = gate.poll.iter().filter_map(|role| Some(votes.get(role)?.vote)).collect();
        let go = ballots.iter().filter(|vote| **vote == Vote::Go).count();
        go >= gate.quorum && !ballots.iter().any(|vote| matches!(vote, Vote::NoGo | Vote::Hold))
    }

    /// A seat with a veto said NO-GO.
    fn vetoed(&self, place: usize) -> bool {
        let has_veto = |role: &RoleId| self.state.runbook.roles.get(role).is_some_and(|role| role.veto);
        let votes = &self.state.phases[place].gate.votes;
        votes.iter().any(|(role, ballot)| has_veto(role) && ballot.vote == Vote::NoGo)
    }

    fn went_through_its_gate(&self, phase: &str) -> Law {
        let place = self.state.runbook.phases.iter().position(|known| known.id.as_str() == phase);
        let Some(place) = place.filter(|place| self.state.runbook.phases[*place].gate.is_some()) else { return Ok(()) };
        let decided = self.state.phases[place].gate.decided.as_ref().map(|decided| &decided.decision);
        let left = matches!(decided, Some(Decision::Go { .. } | Decision::NoGo { .. }));
        holds(left, || format!("{phase} ended, and nobody decided its gate: {decided:?}"))
    }

    /// A phase that is gone back to, or a rollback that is begun again, has all its steps before it once more.
    fn begun_anew(&self, step: &StepId) -> bool {
        self.state.steps.get(step).is_some_and(|now| now.status == StepStatus::Waiting)
    }

    /// How a child ended, against how it really did.
    fn told_as_it_was(&self, event: &Event, children: &Children) -> Law {
        if let Event::StepOutput { step, attempt, output } = event
            && let Some(at) = output.printed_by
        {
            let so = output.late && children.printed_at(step.as_str(), *attempt, at);
            return holds(so, || format!("{step} is said to have printed by {at:?}, and did not then"));
        }
        let (step, attempt, told) = match event {
            Event::StepDone { step, attempt, how: Done::Exit { code }, .. }
            | Event::StepFailed { step, attempt, why: Failure::Exit { code }, .. } => (step, *attempt, Exit::Code(*code)),
            Event::StepFailed { step, attempt, why: Failure::Signal { signal }, .. } => (step, *attempt, Exit::Signal(*signal)),
            Event::StepLost { step, attempt, .. } if self.is_script(step) => {
                let fate = children.fate(step.as_str(), *attempt);
                return holds(fate == Fate::Forgotten, || format!("{step} is lost, and yet: {fate:?}"));
            }
            Event::StepFailed { step, attempt, why: Failure::Broken { .. }, .. } if self.is_script(step) => {
                let fate = children.fate(step.as_str(), *attempt);
                return holds(fate == Fate::NeverBegun, || format!("{step} is said not to have begun, and yet: {fate:?}"));
            }
            _ => return Ok(()),
        };
        if let Event::StepDone { ended: Some(told), .. } | Event::StepFailed { ended: Some(told), .. } = event {
            let really = children.ended(step.as_str(), attempt);
            holds(really == Some(*told), || format!("{step} ended at {really:?} and is said to at {told:?}"))?;
        }
        let printed = self.state.steps.get(step).map_or(0, |now| now.printed);
        match children.fate(step.as_str(), attempt) {
            Fate::Ended { exit, .. } if exit != told => Err(format!("{step} ended with {exit:?} and is said to with {told:?}")),
            Fate::Ended { lines, .. } if lines != printed => Err(format!("{step} printed {lines} lines, and {printed} came")),
            Fate::Ended { .. } => Ok(()),
            other => Err(format!("{step} is said to have ended with {told:?}: {other:?}")),
        }
    }

    fn is_script(&self, step: &StepId) -> bool {
        self.state.runbook.step(step).is_some_and(|step| step.kind.word() == "run")
    }

    /// Somebody was told that this is done.
    pub(super) fn accepted(&mut self, ask: AskId) -> Law {
        let known = self.records.iter().rev().any(|record| record.ask.as_ref() == Some(&ask));
        holds(known, || format!("{ask} is accepted, and nothing was recorded of it"))?;
        self.accepted.push(ask);
        Ok(())
    }

    /// Somebody was told that this is not done.
    pub(super) fn refused(&self, ask: &AskId) -> Law {
        let known = self.records.iter().rev().any(|record| record.ask.as_ref() == Some(ask));
        holds(!known, || format!("{ask} is refused, and was recorded"))
    }

    /// A go lost against a rollback that was asked for on the same picture: where that was recorded, who said go is told who
    /// was first, and when.
    pub(super) fn lost_the_race(&self, rival: &OperatorId, told: &str) -> Law {
        let state = &self.state;
        let Some(back) = state.rollback.as_ref().filter(|back| back.by == By::Operator(rival.clone())) else { return Ok(()) };
        let clock = state.wall(back.started).clock(state.runbook.zone);
        let first = format!("{} started the rollback at {clock}", say::by(state, &back.by));
        holds(told.contains(&first), || format!("who said go is told \"{told}\", and not that {first}"))
    }

    /// All that was asked of the room between two moments waited there together: a step whose start and whose stop people asked
    /// for then is not begun only to be killed. `from` is the first record that came of it.
    pub(super) fn stopped_before_it_began(&self, from: usize, children: &Children) -> Law {
        let mut begun = Vec::new();
        for record in self.records.get(from..).unwrap_or_default() {
            match &record.event {
                Event::StepStarted { step, attempt, .. } if record.ask.is_some() => begun.push((step, *attempt)),
                Event::StepCancelled { step, attempt, .. } if record.ask.is_some() && begun.contains(&(step, *attempt)) => {
                    let fate = children.fate(step.as_str(), *attempt);
                    let never = !self.is_script(step) || fate == Fate::NeverBegun;
                    holds(never, || format!("{step} was begun, although its stop waited: {fate:?}"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// No request was sent more often than it was to be.
    pub(super) fn sent_once(&self, sent: usize) -> Law {
        let http = |step: &StepId| self.state.runbook.step(step).is_some_and(|step| step.kind.word() == "http");
        let begins = |record: &&Arc<Record>| matches!(&record.event, Event::StepStarted { step, .. } if http(step));
        let begun = self.records.iter().filter(begins).count();
        holds(sent <= begun, || format!("a request was sent {sent} times, and begun {begun} times"))
    }

    /// What the next start found, against what was shown: of what was to be safe nothing is missing, and where only the
    /// process died nothing at all.
    pub(super) fn found_again(&mut self, found: &[Record], state: &State, power: bool, children: &Children) -> Law {
        let needed = if power {
            self.records.iter().rposition(|record| must_sync(&record.event)).map_or(0, |place| place + 1)
        } else {
            self.records.len()
        };
        holds(found.len() >= needed, || format!("{} records are left of {needed} that were acknowledged", found.len()))?;
        let differs = found.iter().zip(&self.records).find(|(found, shown)| **found != ***shown);
        holds(differs.is_none(), || format!("record {:?} was shown otherwise", differs.map(|(found, _)| found)))?;
        let lost = self.accepted.iter().find(|ask| !found.iter().any(|record| record.ask.as_ref() == Some(*ask)));
        holds(lost.is_none(), || format!("{lost:?} was accepted and is lost"))?;
        for (step, attempt) in children.begun() {
            let is_it = |event: &Event| matches!(event, Event::StepStarted { step: s, attempt: a, .. } if s.as_str() == step && *a == attempt);
            let known = found.iter().any(|record| is_it(&record.event));
            holds(known, || format!("{step} attempt {attempt} was begun, and the journal does not know of it"))?;
        }
        let folded = fold(found, &self.state)?;
        holds(folded == *state, || "the records fold to another state than the one taken up".to_owned())?;
        self.records = found.iter().cloned().map(Arc::new).collect();
        self.state = folded;
        Ok(())
    }
}

/// The state that these records come to.
pub(super) fn fold(records: &[Record], like: &State) -> Result<State, String> {
    let Some(Record { event: Event::Opened(opened), at, .. }) = records.first() else {
        return Err("the journal does not begin with an opening".to_owned());
    };
    let mut state = State::open(opened, *at, Arc::clone(&like.runbook));
    for record in records {
        apply(&mut state, record);
    }
    Ok(state)
}

fn one_step_at_a_time(state: &State) -> Law {
    let runs =
        |step: &StepId| matches!(state.steps.get(step).map(|now| &now.status), Some(StepStatus::Running { cancelled: None, .. }));
    let running: Vec<_> = state.runbook.all_steps().filter(|step| runs(&step.id)).map(|step| step.id.as_str()).collect();
    holds(running.len() <= 1, || format!("{running:?} run at once"))
}

/// Whoever is here and may command can roll back, or take the conn and then roll back.
fn a_way_back(state: &State) -> Law {
    let Stage::Underway { .. } = state.stage else { return Ok(()) };
    if state.closed.is_some() {
        return Ok(());
    }
    let may = |by, action: &Action| decide(state, action, &Asked { by, seen: state.seq, now: state.at }).is_ok();
    let reason = || "now".to_owned();
    let mut commanders = state.operators.keys().filter(|operator| state.is_here(operator) && state.may_command(operator));
    let stuck = commanders
        .find(|by| !may(by, &Action::RollBack { reason: reason() }) && !may(by, &Action::TakeConn { reason: reason() }));
    holds(stuck.is_none(), || format!("{stuck:?} may command, and can't roll back"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock::VirtualClock;
    use crate::room::snapshot::runbook_of;
    use crate::sim::play::opened;
    use crate::time::Moment;

    fn record(seq: u64, ask: Option<&str>, event: Event) -> Arc<Record> {
        Arc::new(Record { seq, at: Moment(0), ask: ask.map(AskId::new), event })
    }

    fn shown() -> (Shown, Children) {
        let first = record(0, None, Event::Opened(Box::new(opened())));
        let mut state = State::open(&opened(), first.at, Arc::new(runbook_of(&opened()).unwrap()));
        apply(&mut state, &first);
        let clock = Arc::new(VirtualClock::at(Moment(0)));
        (Shown::of(state, (*first).clone()), Children::new(0, clock))
    }

    fn note(seq: u64, ask: &str) -> Arc<Record> {
        record(seq, Some(ask), Event::Noted { text: "so far".to_owned(), by: "ana".into() })
    }

    #[test]
    fn a_gap_and_an_ask_carried_out_twice_are_found() {
        let (mut shown, children) = shown();
        assert_eq!(shown.batch(&[note(2, "a")], &children), Err("record 2 is shown after 0".to_owned()));
        shown.batch(&[note(1, "a"), note(2, "b")], &children).unwrap();
        assert_eq!(shown.batch(&[note(3, "a")], &children), Err("a was carried out twice".to_owned()));
    }

    #[test]
    fn a_go_without_votes_and_evidence_is_found_and_so_is_a_phase_that_ends_without_one() {
        let (mut shown, children) = shown();
        let go = |waiver: Option<&str>| {
            let decision = Decision::Go { waiver: waiver.map(str::to_owned) };
            let event =
                Event::GateDecided { phase: "deploy".into(), instance: 1, decision, by: "ana".into(), evidence: Vec::new() };
            record(1, None, event)
        };
        let ends = record(1, None, Event::PhaseEnded { phase: "deploy".into() });
        assert!(shown.batch(&[go(None)], &children).unwrap_err().starts_with("GO at deploy without votes"));
        assert!(shown.batch(&[go(Some(" "))], &children).is_err(), "an empty waiver is none");
        assert!(shown.batch(&[ends], &children).unwrap_err().starts_with("deploy ended, and nobody decided its gate"));
        shown.batch(&[go(Some("it is known"))], &children).unwrap();
    }

    #[test]
    fn a_go_after_a_rollback_and_a_loser_who_is_not_told_who_was_first_are_found() {
        let (mut shown, children) = shown();
        shown.state.stage = Stage::Underway { phase: 0 };
        let back = Event::RollbackStarted { by: By::Operator("cy".into()), reason: "no".to_owned() };
        shown.batch(&[record(1, None, back)], &children).unwrap();
        let decision = Decision::Go { waiver: Some("it is known".to_owned()) };
        let go = Event::GateDecided { phase: "deploy".into(), instance: 1, decision, by: "ana".into(), evidence: Vec::new() };
        assert_eq!(shown.batch(&[record(2, None, go)], &children), Err("GO at deploy after the rollback began".to_owned()));
        assert!(shown.lost_the_race(&"cy".into(), "no gate is open").is_err());
        let clock = shown.state.wall(Moment(0)).clock(shown.state.runbook.zone);
        let told = format!("cy started the rollback at {clock}, after what you saw");
        assert_eq!(shown.lost_the_race(&"cy".into(), &told), Ok(()));
        assert_eq!(shown.lost_the_race(&"bo".into(), "no gate is open"), Ok(()), "it was not bo who won");
    }

    #[test]
    fn an_end_that_nobody_can_know_and_two_steps_at_once_are_found() {
        let (mut shown, children) = shown();
        let begun = |seq, step: &str| record(seq, None, Event::StepStarted { step: step.into(), attempt: 1, by: By::Plan });
        let done = Event::StepDone { step: "deploy.1".into(), attempt: 1, how: Done::Exit { code: 0 }, ended: None };
        shown.batch(&[begun(1, "deploy.1")], &children).unwrap();
        assert!(shown.batch(&[record(2, None, done)], &children).unwrap_err().contains("NeverBegun"));
        assert!(shown.batch(&[begun(2, "canary.1")], &children).unwrap_err().contains("run at once"));
    }

    #[test]
    fn a_step_that_was_begun_although_its_stop_waited_is_found() {
        let (mut shown, children) = shown();
        let started = Event::StepStarted { step: "deploy.1".into(), attempt: 1, by: By::Operator("ana".into()) };
        let reason = String::new();
        let stopped = Event::StepCancelled { step: "deploy.1".into(), attempt: 1, by: By::Operator("cy".into()), reason };
        shown.batch(&[record(1, Some("a"), started), record(2, Some("b"), stopped)], &children).unwrap();
        assert_eq!(shown.stopped_before_it_began(1, &children), Ok(()));
        children.begins("deploy.1", 1);
        assert!(shown.stopped_before_it_began(1, &children).unwrap_err().contains("although its stop waited"));
        assert_eq!(shown.stopped_before_it_began(2, &children), Ok(()), "it had begun before anybody asked");
    }

    #[test]
    fn what_was_acknowledged_and_is_gone_is_found() {
        let (mut shown, children) = shown();
        shown.batch(&[note(1, "a")], &children).unwrap();
        shown.accepted(AskId::new("a")).unwrap();
        let (state, left) = (shown.state.clone(), vec![(*shown.records[0]).clone()]);
        let lost = shown.found_again(&left, &state, true, &children);
        assert_eq!(lost, Err("1 records are left of 2 that were acknowledged".to_owned()));
    }
}
