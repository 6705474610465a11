//! Who may ask for what: every action by every kind of person, read row by row.

use std::collections::BTreeSet;
use std::mem::discriminant;

use warroom::id::OperatorId;
use warroom::room::event::{Subject, Vote};
use warroom::room::{Action, Asked, decide};
use warroom::runbook::model::Letter;

use super::people::{comes, gate_of_four, person};

/// Each with an account of their own, but for erin, who came by bob's: ana commands, carol may, bob sits for sre, dave observes,
/// and mallory never joined.
const PEOPLE: [&str; 6] = ["ana", "carol", "bob", "erin", "dave", "mallory"];

fn reason() -> String {
    "because it is so".to_owned()
}

fn vote(role: &str, by_voice: bool) -> Action {
    Action::Vote { phase: "canary".into(), role: role.into(), vote: Vote::Go, reason: reason(), by_voice, saw: None }
}

fn sign() -> Action {
    let (person, verdict, note) = ("bob".to_owned(), "success".to_owned(), String::new());
    Action::Sign { role: "sre".into(), person, verdict, note, by_voice: false }
}

/// `y` where the room looks at what is asked, `.` where it looks at who asks and refuses.
fn table() -> Vec<(&'static str, Action)> {
    let step = || "full.1".into();
    vec![
        // ana, carol, bob, erin, dave, mallory
        ("y.....", Action::StartDeployment),
        ("y.....", Action::RunStep { step: step() }),
        ("y.....", Action::RetryStep { step: step() }),
        ("y.....", Action::SkipStep { step: step(), reason: reason() }),
        ("y.....", Action::FinishStep { step: step(), note: reason() }),
        ("y.....", Action::FailStep { step: step(), reason: reason() }),
        ("y.....", Action::Answer { of: Subject::Step(step()), yes: true }),
        ("y.....", Action::Choose { step: step(), option: Letter(0) }),
        ("y.....", Action::GiveValue { name: "backup".into(), value: "backup-17.sql".to_owned() }),
        ("y.....", Action::OpenGate { phase: "canary".into() }),
        ("y.....", Action::Go { phase: "canary".into(), waiver: None }),
        ("y.....", Action::NoGo { phase: "canary".into(), reason: reason() }),
        ("y.....", Action::HoldGate { phase: "canary".into(), reason: reason() }),
        ("y.....", Action::Resume),
        ("y.....", Action::Veto { trigger: "errors".into(), reason: reason() }),
        ("y.....", Action::AcceptRollback { reason: reason() }),
        ("y.....", Action::Abandon { reason: reason() }),
        ("y.....", Action::HandOver { to: "carol".into() }),
        ("y.....", Action::AssignRole { role: "sre".into(), to: "dave".into() }),
        ("y.....", Action::KeepConn { reason: reason() }),
        // Of who is here it is asked.
        ("yy....", Action::TakeConn { reason: reason() }),
        ("y.....", vote("sre", true)),
        ("yy....", vote("commander", false)),
        ("..yy..", vote("sre", false)),
        // Whoever may command may stop, whoever has the conn.
        ("yy....", Action::RollBack { reason: reason() }),
        ("yy....", Action::CancelStep { step: step(), reason: reason() }),
        ("yyyy..", Action::Hold { reason: reason() }),
        ("yyyy..", Action::SecondStep { step: step(), person: "bob".to_owned() }),
        ("yyyy..", Action::Tick { item: "x".into() }),
        ("yyyy..", Action::Untick { item: "x".into() }),
        ("yyyy..", Action::Fill { item: "x".into(), value: "1".to_owned() }),
        ("yyyy..", Action::WaiveItem { item: "x".into(), reason: reason() }),
        ("yyyy..", Action::Confirm { what: "x".to_owned() }),
        ("yyyy..", Action::WithdrawConfirmation { what: "x".to_owned() }),
        // Nobody is asked to sign this plan: at the end of one that asks, the seat is looked at as in a vote.
        ("yyyyy.", sign()),
        ("yyyyy.", Action::Note { text: reason() }),
    ]
}

#[test]
fn what_a_role_may_not_do_is_refused() {
    let mut wrong = Vec::new();
    let mut story = gate_of_four();
    comes(&mut story, &person("erin", "bob", 2));
    for (wanted, action) in table() {
        let mut found = String::new();
        for who in PEOPLE {
            let by = OperatorId::new(who);
            let asked = Asked { by: &by, seen: story.state.seq, now: story.now };
            let answer = decide(&story.state, &action, &asked).err().map(|refusal| refusal.0).unwrap_or_default();
            let for_another = format!("not {who}");
            let barred = ["has the conn", "not joined", "may not command", "the commander records", &for_another];
            found.push(if barred.iter().any(|words| answer.contains(words)) { '.' } else { 'y' });
        }
        if found != wanted {
            wrong.push(format!("{found} and not {wanted}: {action:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_action_is_missing_in_the_table() {
    let kinds: Vec<_> = table().iter().map(|(_, action)| discriminant(action)).collect();
    let mut listed = Vec::new();
    for kind in kinds {
        if !listed.contains(&kind) {
            listed.push(kind);
        }
    }
    // Every action has its name as the first word of its kind in the source of actions.
    let source = include_str!("../../../src/room/action.rs");
    let body = source.split("pub enum Action {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let names: BTreeSet<&str> =
        body.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with(char::is_uppercase)).collect();
    assert_eq!(listed.len(), names.len(), "{names:?}");
}
