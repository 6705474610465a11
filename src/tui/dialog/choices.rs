//! What can be chosen from.

use super::Purpose;
use super::answer::Answer;
use crate::id::{OperatorId, PhaseId, RoleId, StepId};
use crate::link::Fault;
use crate::room::Action;
use crate::room::event::{Mode, Vote};
use crate::room::say;
use crate::room::state::{Ballot, Signature};
use crate::runbook::model::{ChoiceOption, Letter, Role, StepKind};
use crate::tui::commands::{Wish, others};
use crate::tui::scene::Facts;

/// One line of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) text: String,
    pub(super) answer: Answer,
}

pub(super) fn choices(purpose: &Purpose, facts: &Facts) -> Vec<Choice> {
    match purpose {
        Purpose::GiveWord => words(facts),
        Purpose::Voter { phase, by_voice } => {
            let gate = facts.state.runbook.phase(phase).and_then(|phase| phase.gate.as_ref());
            let roles = gate.map_or(&[][..], |gate| &gate.poll);
            let to_ballot = |role: &RoleId| {
                let by_voice = *by_voice || !facts.state.holds(facts.me, role);
                Purpose::Ballot { phase: phase.clone(), role: role.clone(), by_voice }
            };
            let line = |role| Choice { text: role_line(phase, role, facts), answer: Answer::Then(to_ballot(role)) };
            roles.iter().map(line).collect()
        }
        Purpose::Ballot { phase, role, by_voice } => ballots(phase, role, *by_voice, facts),
        Purpose::Signer => signers(facts),
        Purpose::Verdict(role) => {
            let Some(sign_off) = &facts.state.runbook.sign_off else { return Vec::new() };
            let own = facts.state.holds(facts.me, role);
            let then = |verdict: &String| {
                let (role, verdict) = (role.clone(), verdict.clone());
                if own { Purpose::Signature { role, verdict, by_voice: None } } else { Purpose::Signatory { role, verdict } }
            };
            let says = |verdict: &String| {
                let refuses = sign_off.refuses.contains(verdict);
                if refuses { format!("{verdict}: does not accept it") } else { verdict.clone() }
            };
            let choices = sign_off.verdicts.iter();
            choices.map(|verdict| Choice { text: says(verdict), answer: Answer::Then(then(verdict)) }).collect()
        }
        Purpose::HandOver => hand_overs(facts),
        Purpose::GiveRole => others(facts).flat_map(|to| roles_for(to, facts)).collect(),
        Purpose::Question(of) => [(true, "yes  it is done"), (false, "no   it is left out, by your word")]
            .into_iter()
            .map(|(yes, says)| {
                let action = Action::Answer { of: of.clone(), yes };
                Choice { text: says.to_owned(), answer: Answer::Wish(Wish::act(action)) }
            })
            .collect(),
        Purpose::Choose(step) => options(step, facts),
        Purpose::Break => faults(facts)
            .iter()
            .map(|fault| Choice { text: fault_line(*fault, facts), answer: Answer::Wish(Wish::Break(*fault)) })
            .collect(),
        Purpose::Quit => leaving(facts),
        _ => Vec::new(),
    }
}

fn signers(facts: &Facts) -> Vec<Choice> {
    let roles = facts.state.runbook.sign_off.iter().flat_map(|sign_off| &sign_off.roles);
    let line = |role: &RoleId| {
        let seat = if facts.state.holds(facts.me, role) { "yours" } else { "by voice" };
        let signed = facts.state.signed.get(role).map_or_else(|| "-".to_owned(), Signature::told);
        Choice { text: format!("{role:<12} {seat:<8}  {signed}"), answer: Answer::Then(Purpose::Verdict(role.clone())) }
    };
    roles.map(line).collect()
}

fn options(id: &StepId, facts: &Facts) -> Vec<Choice> {
    let Some(StepKind::Choose { options }) = facts.state.runbook.step(id).map(|step| &step.kind) else { return Vec::new() };
    let line = |(place, option): (usize, &ChoiceOption)| {
        let letter = Letter(u8::try_from(place).unwrap_or(u8::MAX));
        let about = option.about.as_ref().map(|about| format!("  ({about})")).unwrap_or_default();
        let action = Action::Choose { step: id.clone(), option: letter };
        Choice { text: format!("{}  {}{about}", letter.letter(), option.title), answer: Answer::Wish(Wish::act(action)) }
    };
    options.iter().enumerate().map(line).collect()
}

/// Who has the conn may also end the room, for everybody.
fn leaving(facts: &Facts) -> Vec<Choice> {
    let line = |text: &str, wish| Choice { text: text.to_owned(), answer: Answer::Wish(wish) };
    let leave = line("leave           the room goes on; `warroom attach` comes back", Wish::Leave);
    let close = line("close the room  it ends here, for everybody", Wish::Close);
    if facts.state.conn == *facts.me { vec![leave, close] } else { vec![leave] }
}

/// Who asks for it comes first, and may be told that they do not get it.
fn hand_overs(facts: &Facts) -> Vec<Choice> {
    let asks = facts.state.conn_asked.as_ref().map(|asked| &asked.by);
    let mut to: Vec<&OperatorId> = others(facts).collect();
    to.sort_by_key(|to| Some(*to) != asks);
    let mut choices: Vec<Choice> = to.into_iter().map(|to| hand_over(to, facts)).collect();
    if let Some(who) = asks {
        let text = format!("nobody: {} is told that you keep it", facts.state.called(who));
        choices.push(Choice { text, answer: Answer::Wish(Wish::act(Action::KeepConn { reason: String::new() })) });
    }
    choices
}

fn hand_over(to: &OperatorId, facts: &Facts) -> Choice {
    let roles: Vec<&str> = facts.state.roles_of(to).map(RoleId::as_str).collect();
    let asks = facts.state.conn_asked.as_ref().filter(|asked| asked.by == *to);
    let asks = asks.map(|asked| format!("  asks for it: {}", asked.reason)).unwrap_or_default();
    let text = format!("{:<24} {}{asks}", facts.state.called(to), roles.join(", ")).trim_end().to_owned();
    Choice { text, answer: Answer::Wish(Wish::act(Action::HandOver { to: to.clone() })) }
}

/// The roles that the runbook leaves to the commander and that this person does not hold.
fn roles_for(to: &OperatorId, facts: &Facts) -> Vec<Choice> {
    let free = facts.state.runbook.roles.iter().filter(|(id, role)| !role.is_staffed() && !facts.state.holds(to, id));
    let line = |(id, role): (&RoleId, &Role)| Choice {
        text: format!("{:<24} {id:<12}  {}", facts.state.called(to), role.title),
        answer: Answer::Wish(Wish::act(Action::AssignRole { role: id.clone(), to: to.clone() })),
    };
    free.map(line).collect()
}

/// What a seat may say here; not to decide only where the quorum does without it.
fn ballots(phase: &PhaseId, role: &RoleId, by_voice: bool, facts: &Facts) -> Vec<Choice> {
    let gate = facts.state.runbook.phase(phase).and_then(|phase| phase.gate.as_ref());
    let may_abstain = gate.is_some_and(|gate| gate.quorum < gate.poll.len());
    let choice = |vote| {
        let (phase, role) = (phase.clone(), role.clone());
        let cast = |phase: PhaseId, role| {
            let saw = super::answer::saw(&phase, facts);
            Answer::Wish(Wish::act(Action::Vote { phase, role, vote, reason: String::new(), by_voice, saw }))
        };
        let (says, answer) = match vote {
            Vote::Go => ("GO       this role is for going on", cast(phase, role)),
            Vote::NoGo => {
                ("NO-GO..  this role is against it; asks why", Answer::Then(Purpose::VoteReason { phase, role, by_voice }))
            }
            Vote::Hold => ("HOLD     this role is not ready to say", cast(phase, role)),
            Vote::Abstain => ("ABSTAIN  this role does not decide", cast(phase, role)),
        };
        Choice { text: says.to_owned(), answer }
    };
    let votes = [Vote::Go, Vote::NoGo, Vote::Hold, Vote::Abstain].into_iter();
    votes.filter(|vote| may_abstain || *vote != Vote::Abstain).map(choice).collect()
}

fn words(facts: &Facts) -> Vec<Choice> {
    let line = |what: &str| {
        let what_is = || what.to_owned();
        let given = facts.state.word_on(what).map(|word| {
            let text = format!("[x] {what}  ({} at {}; Enter withdraws it)", word.by, word.at.clock(facts.state.runbook.zone));
            Choice { text, answer: Answer::Wish(Wish::act(Action::WithdrawConfirmation { what: what_is() })) }
        });
        given.unwrap_or_else(|| {
            let asked_by: Vec<_> = facts.state.askers_of(what).iter().map(|asker| say::asker(facts.state, asker)).collect();
            let text = format!("[ ] {what}  (for {})", asked_by.join(", "));
            Choice { text, answer: Answer::Wish(Wish::act(Action::Confirm { what: what_is() })) }
        })
    };
    facts.state.statements().into_iter().map(line).collect()
}

fn role_line(phase: &PhaseId, role: &RoleId, facts: &Facts) -> String {
    let title = facts.state.runbook.roles.get(role).map_or("", |role| role.title.as_str());
    let voted = ballot(phase, role, facts).map_or("-", |ballot| ballot.vote.word());
    let seat = if facts.state.holds(facts.me, role) { "yours" } else { "by voice" };
    format!("{role:<12} {voted:<7}  {seat:<8}  {title}").trim_end().to_owned()
}

fn ballot<'a>(phase: &PhaseId, role: &RoleId, facts: &Facts<'a>) -> Option<&'a Ballot> {
    let place = facts.state.runbook.phases.iter().position(|known| known.id == *phase)?;
    facts.state.phases.get(place)?.gate.votes.get(role)
}

/// The line that is marked when a choice opens: for a vote the first role that has not voted.
pub(super) fn first(purpose: &Purpose, facts: &Facts) -> usize {
    if let (Purpose::Signer, Some(sign_off)) = (purpose, &facts.state.runbook.sign_off) {
        return sign_off.roles.iter().position(|role| !facts.state.signed.contains_key(role)).unwrap_or(0);
    }
    let Purpose::Voter { phase, .. } = purpose else { return 0 };
    let gate = facts.state.runbook.phase(phase).and_then(|phase| phase.gate.as_ref());
    gate.and_then(|gate| gate.poll.iter().position(|role| ballot(phase, role, facts).is_none())).unwrap_or(0)
}

fn faults(facts: &Facts) -> &'static [Fault] {
    match facts.state.mode() {
        Mode::Live => &[],
        Mode::Demo => &Fault::OF_THE_DEMO,
        Mode::Rehearsal => &Fault::OF_A_REHEARSAL,
    }
}

fn fault_line(fault: Fault, facts: &Facts) -> String {
    let says = match (fault, facts.state.mode()) {
        (Fault::None, _) => "heal it: everything as it should be",
        (Fault::Down, Mode::Rehearsal) => "no source answers",
        (Fault::Latency, _) => "slow answers",
        (Fault::Errors, _) => "500s for users of the new version, once it has any",
        (Fault::Memory, _) => "resident memory grows",
        (Fault::Hang, _) => "connections are taken and never answered",
        (Fault::Down, Mode::Live | Mode::Demo) => "connections are refused",
        (Fault::Triggers, _) => "what the triggers watch for comes true",
        (Fault::Critical, _) => "every metric is critical",
        (Fault::Missing, _) => "no metric is measured any more",
        (Fault::StepsFail, _) => "steps that a machine does fail, from the next on",
        (Fault::StepsHang, _) => "steps that a machine does never end, from the next on",
    };
    let now = if facts.fault == Some(fault) { "  (now)" } else { "" };
    format!("{:<10} {says}{now}", fault.word())
}
