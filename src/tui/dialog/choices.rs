//! What can be chosen from.

use super::Purpose;
use super::answer::Answer;
use crate::link::Fault;
use crate::room::Action;
use crate::room::event::Vote;
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
            let to_ballot =
                |role: &crate::id::RoleId| Purpose::Ballot { phase: phase.clone(), role: role.clone(), by_voice: *by_voice };
            roles.iter().map(|role| Choice { text: role_line(role, facts), answer: Answer::Then(to_ballot(role)) }).collect()
        }
        Purpose::Ballot { phase, role, by_voice } => [Vote::Go, Vote::NoGo, Vote::Abstain]
            .into_iter()
            .map(|vote| {
                let (phase, role, by_voice) = (phase.clone(), role.clone(), *by_voice);
                let says = match vote {
                    Vote::Go => "GO       this role is for going on",
                    Vote::NoGo => "NO-GO    this role is against it (asks why)",
                    Vote::Abstain => "ABSTAIN  this role does not decide",
                };
                Choice { text: says.to_owned(), answer: Answer::Then(Purpose::VoteReason { phase, role, vote, by_voice }) }
            })
            .collect(),
        Purpose::Break => Fault::ALL
            .into_iter()
            .map(|fault| Choice { text: fault_line(fault, facts), answer: Answer::Wish(Wish::Break(fault)) })
            .collect(),
        _ => Vec::new(),
    }
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

fn role_line(role: &crate::id::RoleId, facts: &Facts) -> String {
    let title = facts.state.runbook.roles.get(role).map_or("", |role| role.title.as_str());
    if title.is_empty() { role.to_string() } else { format!("{role:<12} {title}") }
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
