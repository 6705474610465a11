//! What can be chosen from.

use super::Purpose;
use super::answer::Answer;
use crate::id::{PhaseId, RoleId};
use crate::link::Fault;
use crate::room::Action;
use crate::room::event::Vote;
use crate::room::state::Ballot;
use crate::tui::commands::{Wish, statements};
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
            let to_ballot = |role: &RoleId| Purpose::Ballot { phase: phase.clone(), role: role.clone(), by_voice: *by_voice };
            let line = |role| Choice { text: role_line(phase, role, facts), answer: Answer::Then(to_ballot(role)) };
            roles.iter().map(line).collect()
        }
        Purpose::Ballot { phase, role, by_voice } => [Vote::Go, Vote::NoGo, Vote::Abstain]
            .into_iter()
            .map(|vote| {
                let (phase, role, by_voice) = (phase.clone(), role.clone(), *by_voice);
                let cast = |phase, role| Action::Vote { phase, role, vote, reason: String::new(), by_voice };
                let (says, answer) = match vote {
                    Vote::Go => ("GO       this role is for going on", Answer::Wish(Wish::act(cast(phase, role)))),
                    Vote::Abstain => ("ABSTAIN  this role does not decide", Answer::Wish(Wish::act(cast(phase, role)))),
                    Vote::NoGo => (
                        "NO-GO..  this role is against it; asks why",
                        Answer::Then(Purpose::VoteReason { phase, role, by_voice }),
                    ),
                };
                Choice { text: says.to_owned(), answer }
            })
            .collect(),
        Purpose::Break => Fault::ALL
            .into_iter()
            .map(|fault| Choice { text: fault_line(fault, facts), answer: Answer::Wish(Wish::Break(fault)) })
            .collect(),
        Purpose::Quit => leaving(facts),
        _ => Vec::new(),
    }
}

/// Who has the conn may also end the room, for everybody.
fn leaving(facts: &Facts) -> Vec<Choice> {
    let line = |text: &str, wish| Choice { text: text.to_owned(), answer: Answer::Wish(wish) };
    let leave = line("leave           the room goes on; `warroom attach` comes back", Wish::Leave);
    let close = line("close the room  it ends here, for everybody", Wish::Close);
    if facts.state.conn == *facts.me { vec![leave, close] } else { vec![leave] }
}

fn words(facts: &Facts) -> Vec<Choice> {
    let line = |what: &str| match facts.state.confirmed.get(what) {
        Some(word) => Choice {
            text: format!("[x] {what}  ({} at {}; Enter withdraws it)", word.by, word.at.clock(facts.state.runbook.zone)),
            answer: Answer::Wish(Wish::act(Action::WithdrawConfirmation { what: what.to_owned() })),
        },
        None => {
            Choice { text: format!("[ ] {what}"), answer: Answer::Wish(Wish::act(Action::Confirm { what: what.to_owned() })) }
        }
    };
    statements(facts).into_iter().map(line).collect()
}

fn role_line(phase: &PhaseId, role: &RoleId, facts: &Facts) -> String {
    let title = facts.state.runbook.roles.get(role).map_or("", |role| role.title.as_str());
    let voted = ballot(phase, role, facts).map_or("-", |ballot| ballot.vote.word());
    format!("{role:<12} {voted:<7}  {title}").trim_end().to_owned()
}

fn ballot<'a>(phase: &PhaseId, role: &RoleId, facts: &Facts<'a>) -> Option<&'a Ballot> {
    let place = facts.state.runbook.phases.iter().position(|known| known.id == *phase)?;
    facts.state.phases.get(place)?.gate.votes.get(role)
}

/// The line that is marked when a choice opens: for a vote the first role that has not voted.
pub(super) fn first(purpose: &Purpose, facts: &Facts) -> usize {
    let Purpose::Voter { phase, .. } = purpose else { return 0 };
    let gate = facts.state.runbook.phase(phase).and_then(|phase| phase.gate.as_ref());
    gate.and_then(|gate| gate.poll.iter().position(|role| ballot(phase, role, facts).is_none())).unwrap_or(0)
}

fn fault_line(fault: Fault, facts: &Facts) -> String {
    let says = match fault {
        Fault::None => "heal it: everything as it should be",
        Fault::Latency => "slow answers",
        Fault::Errors => "a share of the new version's answers are 500",
        Fault::Memory => "resident memory grows",
        Fault::Hang => "connections are taken and never answered",
        Fault::Down => "connections are refused",
    };
    let now = if facts.fault == Some(fault) { "  (now)" } else { "" };
    format!("{:<8} {says}{now}", fault.word())
}
