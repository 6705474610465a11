use warroom::id::OperatorId;
use warroom::plain;
use warroom::room::action::Saw;
use warroom::room::event::{By, Done, Event, Failure, Vote};
use warroom::room::people::{Person, join, leave};
use warroom::room::state::Stage;
use warroom::room::{Action, Asked, Refusal, decide, say};
use warroom::time::Span;

use super::{CANARY, at_the_gate};
use crate::story::{Story, seconds};

const STAFFED: &str = "roles:\n  commander: { people: [ ana, carol ] }\n  sre: { people: [ bob, deploy ], veto: true }\n  qa: { may: observe, people: [ dave ] }\n";

fn staffed() -> String {
    CANARY.replace("roles: { commander: Commander, sre: SRE lead }\n", STAFFED)
}

pub(super) fn person(name: &str, account: &str, uid: u32) -> Person {
    let verified = false;
    Person { operator: name.into(), account: account.into(), uid, login_uid: Some(uid), groups: Vec::new(), verified }
}

pub(super) fn comes(story: &mut Story, person: &Person) {
    for event in join(&story.state, person).unwrap() {
        story.happens(event);
    }
}

fn goes(story: &mut Story, name: &str) {
    for event in leave(&story.state, &name.into(), "link lost") {
        story.happens(event);
    }
}

/// ana opened it; ana, bob, carol and dave are here, each with an account of their own.
fn four(mut story: Story) -> Story {
    for (name, uid) in [("ana", 1), ("bob", 2), ("carol", 3), ("dave", 4)] {
        comes(&mut story, &person(name, name, uid));
    }
    story
}

pub(super) fn gate_of_four() -> Story {
    let mut story = super::healthy(&staffed());
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(65));
    four(story)
}

fn tries(story: &mut Story, by: &str, seen: u64, action: &Action) -> Result<(), Refusal> {
    let by = OperatorId::new(by);
    let events = decide(&story.state, action, &Asked { by: &by, seen, now: story.now })?;
    for event in events {
        story.happens(event);
    }
    Ok(())
}

fn does(story: &mut Story, by: &str, action: &Action) -> Result<(), Refusal> {
    let seen = story.state.seq;
    tries(story, by, seen, action)
}

fn ballot(role: &str, vote: Vote) -> Action {
    let reason = "seen".to_owned();
    Action::Vote { phase: "canary".into(), role: role.into(), vote, reason, by_voice: false, saw: None }
}

fn refusal(answer: Result<(), Refusal>) -> String {
    answer.expect_err("it was granted").0
}

fn reason() -> String {
    "because it is so".to_owned()
}

fn go() -> Action {
    Action::Go { phase: "canary".into(), waiver: None }
}

#[test]
fn each_seat_votes_for_itself_and_nobody_for_another() {
    let mut story = gate_of_four();
    assert!(refusal(does(&mut story, "ana", &ballot("sre", Vote::Go))).contains("bob votes for sre, not ana"));
    assert!(refusal(does(&mut story, "dave", &ballot("sre", Vote::Go))).contains("not dave"));
    does(&mut story, "bob", &ballot("sre", Vote::Go)).unwrap();
    does(&mut story, "ana", &ballot("commander", Vote::Go)).unwrap();
    assert!(refusal(does(&mut story, "carol", &ballot("commander", Vote::NoGo))).contains("ana has voted for commander"));
    does(&mut story, "ana", &go()).unwrap();
    assert_eq!(story.state.stage, Stage::Underway { phase: 2 });
    story.replays_to_the_same_state();
}

#[test]
fn the_commander_records_a_voice_but_not_over_the_head_of_who_voted_and_is_here() {
    let mut story = gate_of_four();
    let voice =
        |vote| Action::Vote { phase: "canary".into(), role: "sre".into(), vote, reason: reason(), by_voice: true, saw: None };
    assert!(refusal(does(&mut story, "bob", &voice(Vote::Go))).contains("the commander records votes"));
    does(&mut story, "bob", &ballot("sre", Vote::NoGo)).unwrap();
    assert!(refusal(does(&mut story, "ana", &voice(Vote::Go))).contains("bob has voted for sre and is here"));
    goes(&mut story, "bob");
    does(&mut story, "ana", &voice(Vote::Go)).unwrap();
    assert!(story.log().iter().any(|line| line.contains("by voice, recorded by ana")));
}

#[test]
fn a_veto_is_not_waived() {
    let mut story = gate_of_four();
    does(&mut story, "bob", &ballot("sre", Vote::NoGo)).unwrap();
    let waived = Action::Go { phase: "canary".into(), waiver: Some(reason()) };
    assert!(refusal(does(&mut story, "ana", &waived)).contains("can't be waived"));
}

#[test]
fn only_those_who_may_waive_do() {
    let yaml = CANARY.replace("roles: { commander: Commander, sre: SRE lead }", "roles: { commander: C, sre: { waive: true } }");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(65));
    let waived = Action::Go { phase: "canary".into(), waiver: Some(reason()) };
    story.refused(waived, "only sre may waive that");
}

#[test]
fn a_vote_on_evidence_that_changed_is_stale_and_counts_as_none() {
    let mut story = at_the_gate();
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go);
    story.measures("p95", 900.0).pass(seconds(2));
    story.refused(go(), "sre has not voted since the evidence changed");
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go);
    story.refused(go(), "p95 < 200ms");
    story.measures("p95", 100.0).pass(seconds(2));
    story.refused(go(), "commander has not voted since the evidence changed");
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go).go("canary");
}

#[test]
fn a_vote_for_another_opening_of_the_gate_or_for_other_evidence_is_refused() {
    let mut story = gate_of_four();
    let phase = story.state.runbook.phases.iter().position(|phase| phase.id.as_str() == "canary").unwrap();
    let saw = decide::saw(&story.state, phase, story.now);
    let with = |saw| Action::Vote {
        phase: "canary".into(),
        role: "sre".into(),
        vote: Vote::Go,
        reason: String::new(),
        by_voice: false,
        saw,
    };
    let old = saw.clone().map(|saw| Saw { instance: saw.instance + 1, ..saw });
    assert!(refusal(does(&mut story, "bob", &with(old))).contains("opened anew"));
    story.measures("p95", 900.0).pass(seconds(2));
    assert!(refusal(does(&mut story, "bob", &with(saw))).contains("the evidence changed while you voted"));
}

#[test]
fn a_quorum_does_without_the_silent_but_not_over_a_no_go() {
    let yaml = CANARY.replace("poll: [ commander, sre ]", "poll: [ commander, sre ]\n      quorum: 1");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(65));
    story.refused(go(), "commander has not voted; sre has not voted");
    story.vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Hold);
    story.refused(go(), "sre votes HOLD");
    story.vote("canary", "sre", Vote::Abstain).go("canary");
}

#[test]
fn a_gate_expires_into_a_hold_and_is_asked_anew_when_resumed() {
    let yaml = CANARY.replace("no_go: rollback", "no_go: rollback\n      expires: 2m");
    let mut story = super::healthy(&yaml);
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(seconds(65)).vote("canary", "commander", Vote::Go).vote("canary", "sre", Vote::Go);
    story.pass(Span::minutes(2));
    assert!(story.events().any(|event| matches!(event, Event::GateExpired { instance: 1, .. })));
    assert!(story.state.hold.is_some());
    story.refused(go(), "expired at");
    story.ask(Action::Resume);
    assert_eq!((story.state.phases[1].gate.instance, story.state.phases[1].gate.votes.len()), (2, 0));
    story.replays_to_the_same_state();
}

#[test]
fn the_conn_passes_by_hand_or_from_who_is_gone_and_never_by_itself() {
    let mut story = four(Story::of(&staffed()));
    let take = Action::TakeConn { reason: reason() };
    let to = |name: &str| Action::HandOver { to: name.into() };
    assert!(refusal(does(&mut story, "ana", &to("bob"))).contains("bob may not command"));
    does(&mut story, "ana", &to("carol")).unwrap();
    assert_eq!(story.state.commander(), Some(&"carol".into()));
    goes(&mut story, "carol");
    assert_eq!(story.state.commander(), None, "nobody has it now");
    assert!(refusal(does(&mut story, "ana", &Action::StartDeployment)).contains("nobody has the conn, carol is gone"));
    assert!(refusal(does(&mut story, "bob", &take)).contains("bob may not command"));
    does(&mut story, "ana", &take).unwrap();
    comes(&mut story, &person("carol", "carol", 3));
    assert_eq!(story.state.commander(), Some(&"ana".into()), "who comes back does not have it again");
    story.replays_to_the_same_state();
}

#[test]
fn of_a_commander_who_is_here_the_conn_is_asked_and_they_say_who_gets_it() {
    let mut story = four(Story::of(&staffed()));
    let take = Action::TakeConn { reason: reason() };
    let keep = Action::KeepConn { reason: "in a minute".to_owned() };
    assert!(refusal(does(&mut story, "bob", &take)).contains("bob may not command"));
    assert!(refusal(does(&mut story, "ana", &keep)).contains("nobody asks for the conn"));

    does(&mut story, "carol", &take).unwrap();
    assert_eq!(story.state.commander(), Some(&"ana".into()), "asking takes nothing");
    assert!(story.log().iter().any(|line| line.contains("carol asks ana for the conn: ")));
    assert!(refusal(does(&mut story, "carol", &take)).contains("you have asked ana for it at"));
    assert!(refusal(does(&mut story, "carol", &keep)).contains("ana has the conn"), "only the commander answers");
    does(&mut story, "ana", &keep).unwrap();
    assert!(story.log().iter().any(|line| line.ends_with("does not get it: in a minute")));

    does(&mut story, "carol", &take).unwrap();
    does(&mut story, "ana", &Action::HandOver { to: "carol".into() }).unwrap();
    assert_eq!((story.state.commander(), &story.state.conn_asked), (Some(&"carol".into()), &None));

    // Whoever goes asks no more, and of who is gone it is taken.
    does(&mut story, "ana", &take).unwrap();
    goes(&mut story, "ana");
    assert_eq!(story.state.conn_asked, None);
    comes(&mut story, &person("ana", "ana", 1));
    does(&mut story, "ana", &take).unwrap();
    goes(&mut story, "carol");
    assert_eq!(story.state.conn_asked, None);
    does(&mut story, "ana", &take).unwrap();
    assert_eq!(story.state.commander(), Some(&"ana".into()));
    story.replays_to_the_same_state();
}

#[test]
fn an_ask_for_the_conn_that_is_not_answered_in_time_lapses_and_hands_nothing_over() {
    let mut story = four(Story::of(&staffed()));
    let take = Action::TakeConn { reason: reason() };
    does(&mut story, "carol", &take).unwrap();
    let said = say::by(&story.state, &By::Operator("carol".into()));
    story.pass(seconds(59));
    assert!(refusal(does(&mut story, "carol", &take)).contains("ana has until "), "it is still open");
    assert!(plain::status(&story.state, story.now).iter().any(|line| line.starts_with(&format!("{said} asks for the conn: "))));
    story.pass(seconds(1));
    assert_eq!((story.state.commander(), &story.state.conn_asked), (Some(&"ana".into()), &None), "who is here keeps it");
    let lapsed = "ana has not answered within 1:00: carol does not get the conn, and may ask again";
    assert!(story.log().iter().any(|line| line.contains(lapsed)), "{:?}", story.log());

    // Asked again, and the commander's link is dead: then it is taken as ever.
    does(&mut story, "carol", &take).unwrap();
    goes(&mut story, "ana");
    does(&mut story, "carol", &take).unwrap();
    assert_eq!(story.state.commander(), Some(&"carol".into()));
    story.pass(seconds(120));
    let count = story.events().filter(|event| matches!(event, Event::ConnAskLapsed { .. })).count();
    assert_eq!(count, 1, "an ask that was settled does not lapse");
    story.replays_to_the_same_state();
}

#[test]
fn what_is_said_with_an_action_is_cleaned_and_bounded_and_what_stops_is_cut_and_not_refused() {
    let mut story = gate_of_four();
    let long = "x".repeat(decide::TEXT_MAX + 1);
    let note = |text: &str| Action::Note { text: text.to_owned() };
    let told = "that has 2001 characters, and the record takes 2000";
    for action in [
        note(&long),
        Action::TakeConn { reason: long.clone() },
        Action::SkipStep { step: "full.1".into(), reason: long.clone() },
        Action::Go { phase: "canary".into(), waiver: Some(long.clone()) },
        Action::Vote {
            phase: "canary".into(),
            role: "commander".into(),
            vote: Vote::NoGo,
            reason: long.clone(),
            by_voice: false,
            saw: None,
        },
    ] {
        assert!(refusal(does(&mut story, "ana", &action)).contains(told), "{action:?}");
    }
    let name = Action::SecondStep { step: "full.1".into(), person: "y".repeat(41) };
    assert!(refusal(does(&mut story, "ana", &name)).contains("a name has at most 40 characters, and this one 41"));
    does(&mut story, "ana", &note("red\u{1b}[2J\u{7} and \u{202e}back")).unwrap();
    assert!(story.log().iter().any(|line| line.contains("red\\e[2J\\a and ")), "{:?}", story.log());
    assert!(!story.log().iter().any(|line| line.contains(['\u{1b}', '\u{7}', '\u{202e}'])));
    assert!(join(&story.state, &person("e\u{202e}ve", "eve", 7)).is_err(), "nor does a name turn the line around");

    does(&mut story, "ana", &Action::RollBack { reason: long }).unwrap();
    let reason = &story.state.rollback.as_ref().unwrap().reason;
    assert!(reason.ends_with("[+41 characters]") && reason.chars().count() <= decide::TEXT_MAX, "{reason}");
}

#[test]
fn with_nobody_in_command_no_step_begins_by_itself() {
    let mut story = four(super::healthy(&staffed()));
    story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.run("canary.1");
    goes(&mut story, "ana");
    story.ends("canary.1").pass(seconds(10));
    assert_eq!(story.state.steps["canary.2"].attempt, 0, "the bake waits");
    comes(&mut story, &person("ana", "ana", 1));
    assert_eq!(story.state.steps["canary.2"].attempt, 1);
}

#[test]
fn a_shared_account_is_unverified_and_has_one_seat() {
    let mut story = gate_of_four();
    assert!(story.state.is_verified(&"bob".into()));
    comes(&mut story, &person("erin", "deploy", 9));
    comes(&mut story, &person("finn", "deploy", 9));
    assert!(!story.state.is_verified(&"erin".into()));
    assert!(join(&story.state, &person("erin", "mallory", 66)).is_err(), "a name belongs to one account");
    comes(&mut story, &person("bobby", "bob", 2));
    assert!(!story.state.is_verified(&"bob".into()), "a second name for an account takes that from the first");
    assert_eq!(say::done(&story.state, &Done::Manual { by: "erin".into(), note: String::new() }), "erin (unverified) says so");
    let failed = Failure::Manual { by: "erin".into(), reason: "it is red".to_owned() };
    assert_eq!(say::failure(&story.state, &failed), "erin (unverified) says it failed: it is red");
    does(&mut story, "erin", &ballot("sre", Vote::Go)).unwrap();
    assert!(story.log().iter().any(|line| line.contains("erin (unverified)")));
}

#[test]
fn an_account_does_not_fill_two_seats_unless_the_runbook_allows_it() {
    let roles = "roles:\n  commander: { people: [ deploy ] }\n  sre: { people: [ deploy ] }\n";
    for (allow, granted) in [("", false), ("shared_accounts: allow\n", true)] {
        let yaml = CANARY.replace("roles: { commander: Commander, sre: SRE lead }\n", &format!("{roles}{allow}"));
        let mut story = Story::of(&yaml);
        comes(&mut story, &person("ana", "deploy", 9));
        comes(&mut story, &person("bob", "deploy", 9));
        story.measures("error_rate", 0.1).measures("p95", 120.0).source("health", true).pass(seconds(5));
        story.start().does("deploy.1").ask(Action::FinishStep { step: "deploy.2".into(), note: String::new() });
        story.does("canary.1").pass(seconds(65));
        does(&mut story, "ana", &ballot("commander", Vote::Go)).unwrap();
        assert_eq!(does(&mut story, "bob", &ballot("sre", Vote::Go)).is_ok(), granted, "{allow}");
    }
}

/// Every order in which two lists of actions can come.
fn interleavings(left: usize, right: usize) -> Vec<Vec<bool>> {
    if left == 0 || right == 0 {
        return vec![[vec![true; left], vec![false; right]].concat()];
    }
    let after = |first: bool, rest: Vec<Vec<bool>>| rest.into_iter().map(move |rest| [vec![first], rest].concat());
    after(true, interleavings(left - 1, right)).chain(after(false, interleavings(left, right - 1))).collect()
}

#[test]
fn of_go_and_rollback_one_wins_and_the_other_is_told_under_every_interleaving() {
    let back = Action::RollBack { reason: "errors".into() };
    let ana = [ballot("commander", Vote::Go), go(), Action::RunStep { step: "full.1".into() }];
    let carol = [Action::Note { text: "look".into() }, back, Action::Note { text: "back".into() }];
    for order in interleavings(ana.len(), carol.len()) {
        let mut story = gate_of_four();
        does(&mut story, "bob", &ballot("sre", Vote::Go)).unwrap();
        // Both decide on what they see now.
        let seen = story.state.seq;
        let (mut left, mut right) = (ana.iter(), carol.iter());
        let mut told = Vec::new();
        for first in order {
            let (who, action) = if first { ("ana", left.next()) } else { ("carol", right.next()) };
            if let Err(refusal) = tries(&mut story, who, seen, action.unwrap()) {
                told.push((who, refusal.0));
            }
        }
        assert_eq!(story.state.stage, Stage::RollingBack, "the way back is never barred");
        let went = story.events().any(|event| matches!(event, Event::GateDecided { .. }));
        assert!(told.iter().all(|(who, _)| *who == "ana"), "{told:?}");
        assert_eq!(told.iter().any(|(_, why)| why.contains("carol started the rollback at")), !told.is_empty(), "{told:?}");
        assert!(went || !told.is_empty(), "who lost was told");
        story.replays_to_the_same_state();
    }
}
