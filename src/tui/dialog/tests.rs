use super::{DEAF_FOR, Purpose, TEXT_MAX};
use crate::id::RoleId;
use crate::link::Ask;
use crate::room::event::Vote;
use crate::room::people::Person;
use crate::room::{Action, Event};
use crate::time::Span;
use crate::tui::commands::Wish;
use crate::tui::testing::Desk;

#[test]
fn a_rollback_takes_a_key_a_reason_and_enter() {
    let mut desk = Desk::underway();
    assert_eq!(desk.press("R"), None);
    assert!(desk.text(80, 24).contains("ROLL BACK"));
    assert!(desk.text(80, 24).contains("budget 5:00"), "{}", desk.text(80, 24));
    assert_eq!(desk.press("Enter"), None, "without a reason nothing starts");
    desk.press("e r r o r s");
    desk.press("Enter");
    assert_eq!(desk.done, [Action::RollBack { reason: "errors".to_owned() }]);
}

#[test]
fn a_new_dialog_is_deaf_to_what_was_typed_ahead() {
    let mut desk = Desk::underway();
    desk.press("R");
    desk.bytes(b"x");
    desk.now = desk.now + DEAF_FOR - Span(1);
    desk.bytes(b"y");
    assert_eq!(desk.session.view.dialogs[0].text(), "");
    desk.now = desk.now + Span(1);
    desk.bytes(b"z");
    assert_eq!(desk.session.view.dialogs[0].text(), "z");
}

#[test]
fn enter_held_down_runs_one_step_and_answers_no_dialog() {
    let mut desk = Desk::underway();
    desk.act(Action::SkipStep { step: "blue.1".into(), reason: "test".to_owned() });
    // blue.2 is dangerous, so Enter opens a dialog; the terminal then repeats it for ten seconds.
    desk.press("Enter");
    assert!(matches!(desk.session.view.dialogs[0].purpose, Purpose::Run(_)));
    desk.now = desk.now + Span(500);
    for _ in 0..300 {
        desk.bytes(b"\r");
        desk.now = desk.now + Span(33);
    }
    assert_eq!(desk.done, []);
    desk.press("Enter");
    assert_eq!(desk.done, [Action::RunStep { step: "blue.2".into() }]);
}

#[test]
fn text_survives_esc_and_a_refusal_and_goes_once_it_is_accepted() {
    let mut desk = Desk::underway();
    desk.press("m h i Esc");
    assert!(desk.session.view.dialogs.is_empty());
    desk.press("m");
    assert_eq!(desk.session.view.dialogs[0].text(), "hi");
    let Some(Wish::Act { action, draft }) = desk.press("Enter") else { panic!("nothing was asked") };
    let Ask::Act { id, .. } = desk.session.ask(action.clone(), draft.clone()) else { panic!("something else was asked") };
    let refused = crate::link::Update::Refused { id, refusal: crate::room::Refusal::new("no") };
    desk.session.update(&refused, desk.now);
    assert_eq!(desk.notice(), "note refused: no");
    desk.press("m");
    assert_eq!(desk.session.view.dialogs[0].text(), "hi");
    desk.press("Enter");
    let Ask::Act { id, .. } = desk.session.ask(action, draft) else { panic!("something else was asked") };
    desk.session.update(&crate::link::Update::Accepted { id }, desk.now);
    desk.press("m");
    assert_eq!(desk.session.view.dialogs[0].text(), "");
}

#[test]
fn a_paste_into_a_field_is_text_and_submits_nothing() {
    let mut desk = Desk::underway();
    desk.press("R");
    desk.now = desk.now + Span::SECOND;
    assert_eq!(desk.bytes(b"\x1b[200~too many\nerrors \x1b[31mred\r\x1b[201~"), None);
    let text = desk.session.view.dialogs[0].text();
    assert!(text.starts_with("too many errors") && !text.contains('\x1b'), "{text}");
    desk.bytes(&[b"\x1b[200~".as_slice(), &vec![b'x'; 5_000], b"\x1b[201~"].concat());
    assert_eq!(desk.session.view.dialogs[0].text().chars().count(), TEXT_MAX);
}

#[test]
fn a_field_says_what_it_wants_and_keeps_what_was_typed() {
    let mut desk = Desk::open();
    desk.session.view.screen = crate::tui::view::Screen::Checklists;
    desk.press("Down e n o o n Enter");
    assert!(desk.text(80, 24).contains("is not a time: write 18:50"), "{}", desk.text(80, 24));
    for _ in 0..4 {
        desk.now = desk.now + Span::SECOND;
        desk.bytes(b"\x7f");
    }
    desk.press("0 7 : 0 5 Enter");
    assert_eq!(desk.done, [Action::Fill { item: "before.2".into(), value: "07:05".to_owned() }]);
}

#[test]
fn go_against_the_evidence_asks_for_a_waiver_and_shows_what_is_against_it() {
    let mut desk = Desk::at_the_gate();
    desk.press("a");
    assert!(matches!(desk.session.view.dialogs[0].purpose, Purpose::Waiver(_)));
    let shown = desk.text(100, 40);
    assert!(shown.contains("GO AGAINST THE EVIDENCE") && shown.contains("qa has not voted"), "{shown}");
    assert_eq!(desk.press("Enter"), None);
    desk.press("o k Enter");
    assert_eq!(desk.done, [], "what says nothing is no reason");
    assert!(desk.text(100, 40).contains("says too little to who reads it later: 3 words, or 10 characters"));
    desk.press("a y , SP q a SP i s SP i l l Enter".replace("SP", "Space").as_str());
    assert_eq!(desk.done, [Action::Go { phase: "blue".into(), waiver: Some("okay, qa is ill".to_owned()) }]);
}

#[test]
fn a_vote_names_role_answer_and_reason() {
    let mut desk = Desk::at_the_gate();
    desk.press("v Down Enter Down Enter");
    assert_eq!(desk.press("Enter"), None, "a NO-GO says why");
    desk.press("b u g Enter");
    let vote = Action::Vote {
        phase: "blue".into(),
        role: RoleId::new("qa"),
        vote: Vote::NoGo,
        reason: "bug".to_owned(),
        by_voice: true,
        saw: crate::room::decide::saw(&desk.session.state, 0, desk.now),
    };
    assert_eq!(desk.done, [vote]);
}

#[test]
fn the_way_back_is_open_over_any_dialog_but_not_in_the_middle_of_typing() {
    let mut desk = Desk::at_the_gate();
    desk.press("v R");
    assert!(matches!(desk.session.view.dialogs.last().unwrap().purpose, Purpose::RollBack));
    let mut desk = Desk::at_the_gate();
    desk.press("m R");
    assert_eq!(desk.session.view.dialogs.last().unwrap().text(), "R");
    desk.press("Esc R");
    assert!(matches!(desk.session.view.dialogs.last().unwrap().purpose, Purpose::RollBack));
}

/// A trigger has fired, and the rollback it asks for is due in twelve seconds.
fn count_down(desk: &mut Desk) {
    use crate::measure::judge::{Judgement, Verdict};
    use crate::room::state::TriggerState;
    let evidence = Judgement {
        criterion: "health is down".to_owned(),
        verdict: Verdict::Pass,
        now: "down".to_owned(),
        must_be: "down".to_owned(),
        held: None,
        reason: String::new(),
    };
    let rollback_at = Some(desk.now + Span::seconds(13));
    let fired = TriggerState::Fired { since: desk.now, at: desk.now, evidence, rollback_at };
    let trigger = desk.session.state.runbook.triggers[0].id.clone();
    desk.session.state.triggers.insert(trigger, fired);
}

#[test]
fn leaving_leaves_the_room_and_only_who_has_the_conn_may_close_it() {
    let mut desk = Desk::underway();
    desk.press("q");
    assert!(desk.text(90, 30).contains("> leave           the room goes on"), "{}", desk.text(90, 30));
    assert_eq!(desk.press("Enter"), Some(Wish::Leave));
    desk.press("q");
    assert_eq!(desk.press("Down Enter"), Some(Wish::Close));
    desk.session.state.conn = "bob".into();
    desk.press("q");
    assert!(!desk.text(90, 30).contains("close the room  it ends"), "{}", desk.text(90, 30));
    assert_eq!(desk.press("Down Enter"), Some(Wish::Leave));
}

#[test]
fn leaving_a_room_in_the_same_process_says_what_becomes_of_what_runs_and_of_what_counts_down() {
    let mut desk = Desk::underway();
    desk.session.view.in_one_process = true;
    desk.act(Action::RunStep { step: "blue.1".into() });
    desk.press("q");
    let shown = desk.text(90, 30);
    assert!(shown.contains("1.1 Say hello is running: its end is waited for and recorded."), "{shown}");
    assert!(shown.contains("No step begins") && !shown.contains("counts down"), "{shown}");
    count_down(&mut desk);
    let shown = desk.text(90, 30);
    assert!(shown.contains("The rollback that counts down (0:13 left) starts all the same"), "{shown}");
    desk.act(Action::RollBack { reason: "errors".to_owned() });
    let shown = desk.text(90, 30);
    assert!(shown.contains("The rollback is not called off") && !shown.contains("No step begins"), "{shown}");
}

#[test]
fn suspending_asks_only_where_it_stops_a_room_that_is_underway() {
    assert_eq!(Desk::underway().press("\u{1a}"), Some(Wish::Suspend), "the room goes on");
    let mut desk = Desk::underway();
    desk.session.view.in_one_process = true;
    assert_eq!(desk.press("\u{1a} \u{1a}"), None);
    let shown = desk.text(90, 30);
    assert!(shown.contains("STOPS the room until `fg`") && shown.contains("nothing is polled"), "{shown}");
    assert_eq!(desk.session.view.dialogs.len(), 1);
    assert_eq!(desk.press("Enter"), Some(Wish::Suspend));
}

#[test]
fn evidence_that_turns_under_an_open_go_is_seen_and_leads_to_the_waiver() {
    let mut desk = Desk::at_the_gate();
    desk.say_yes_to_everything();
    desk.press("a");
    assert!(desk.text(90, 30).contains("Every criterion passes and every role says GO."), "{}", desk.text(90, 30));
    desk.act(Action::WithdrawConfirmation { what: "no complaints".to_owned() });
    let shown = desk.text(90, 30);
    assert!(shown.contains("against it: operator confirms \"no complaints\"") && !shown.contains("Every criterion"), "{shown}");
    assert_eq!(desk.press("Enter"), None);
    assert!(matches!(desk.session.view.dialogs[0].purpose, Purpose::Waiver(_)));
    assert_eq!(desk.done, []);
}

#[test]
fn a_go_that_a_countdown_forbids_is_refused_in_the_dialog() {
    let mut desk = Desk::at_the_gate();
    desk.say_yes_to_everything();
    desk.press("a");
    count_down(&mut desk);
    desk.press("Enter");
    assert_eq!(desk.done, []);
    assert!(desk.text(90, 30).contains("counts down to the rollback: veto it first"), "{}", desk.text(90, 30));
}

#[test]
fn unsent_text_stays_with_what_it_was_typed_for() {
    let mut desk = Desk::underway();
    desk.press("s f o r Space 1 Esc Down s");
    assert_eq!(desk.session.view.dialogs[0].text(), "");
    desk.press("Esc Up s");
    assert_eq!(desk.session.view.dialogs[0].text(), "for 1");
}

#[test]
fn a_lost_step_runs_again_only_after_a_question() {
    let mut desk = Desk::underway();
    desk.act(Action::RunStep { step: "blue.1".into() });
    desk.tell(crate::room::Event::StepLost { step: "blue.1".into(), attempt: 1, why: String::new() });
    assert_eq!(desk.press("r"), None);
    assert!(desk.text(90, 30).contains("it may still be running"), "{}", desk.text(90, 30));
    assert_eq!(desk.press("Enter"), Some(Wish::act(Action::RetryStep { step: "blue.1".into() })));
}

#[test]
fn the_rollback_says_what_it_waits_for_what_it_may_leave_out_and_what_is_chosen() {
    let plan = r#"
warroom: 1
title: There and back
vars: { warm: { default: "no" } }
phases:
  - { title: There, steps: [ { title: Copy the data, run: sleep 60, grace: 20s }, { title: Switch over, run: "true" } ] }
rollback:
  budget: 5m
  steps:
    - { title: Stop the traffic, run: "true" }
    - { title: Warm the caches, run: "true", when: warm == yes }
    - { title: Undo the migration, run: "true", when: { ask: Was anything migrated? } }
    - choose: Which backup
      options:
        - { title: the snapshot, steps: [ { title: Restore the snapshot, run: "true" } ] }
        - { title: the dump, steps: [ { title: Load the dump, run: "true" }, { title: Check the dump, run: "true" } ] }
"#;
    let mut desk = Desk::of(plan);
    let values = crate::runbook::template::Values([("warm".into(), "no".to_owned())].into());
    let filled = desk.session.state.runbook.as_ref().clone().fill(&values);
    desk.session.state.runbook = std::sync::Arc::new(filled);
    desk.act(Action::StartDeployment);
    desk.press("R");
    let shown = desk.text(80, 24);
    for said in [
        "Starts the rollback at once: 3 steps, budget 5:00.",
        "R1 Stop the traffic",
        "R3 Undo the migration, if you say so: Was anything migrated?",
        "R4 Which backup (one of: A the snapshot, B the dump)",
        "Left out: R2 Warm the caches (",
    ] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    assert!(!shown.contains("Load the dump"), "{shown}");

    desk.press("Esc");
    desk.act(Action::RunStep { step: "there.1".into() });
    desk.press("R");
    let shown = desk.text(80, 24);
    assert!(shown.contains("Stops 1.1 Copy the data first: TERM, KILL after 0:20. The rollback"), "{shown}");
    assert!(shown.contains("Starts the rollback once that has ended: 3 steps"), "{shown}");
}

#[test]
fn the_commander_sees_who_asks_for_the_conn_and_says_who_gets_it() {
    let mut desk = Desk::underway();
    let bo = || crate::id::OperatorId::new("bo");
    let person =
        Person { operator: bo(), account: "bo".to_owned(), uid: 7, login_uid: Some(7), groups: Vec::new(), verified: true };
    desk.tell(Event::OperatorJoined { person });
    desk.tell(Event::ConnAsked { by: bo(), of: crate::tui::testing::me(), reason: "the shift ends".to_owned() });
    let shown = desk.text(80, 24);
    assert!(shown.contains("bo asks for the conn: the shift ends"), "{shown}");
    desk.press("T");
    let shown = desk.text(80, 24);
    assert!(shown.contains("asks for it: the shift ends") && shown.contains("nobody: bo is told that you keep it"), "{shown}");
    desk.now = desk.now + Span::SECOND;
    desk.press("Down Enter");
    assert_eq!(desk.done, [Action::KeepConn { reason: String::new() }]);
}

#[test]
fn the_whole_anchor_stands_below_the_keys_also_on_a_narrow_screen() {
    let mut desk = Desk::underway();
    let hash = "0123456789abcdef".repeat(4);
    desk.session.anchor = Some(hash.clone());
    desk.press("?");
    assert!(desk.text(80, 150).contains(&hash), "{}", desk.text(80, 150));
}

#[test]
fn on_the_smallest_screen_the_question_and_its_keys_are_in_sight() {
    let at_the_gate = |keys: &str| {
        let mut desk = Desk::at_the_gate();
        desk.press(keys);
        desk.now = desk.now + Span(1_000);
        desk.text(40, 10)
    };
    let underway = |keys: &str| {
        let mut desk = Desk::underway();
        desk.press(keys);
        desk.now = desk.now + Span(1_000);
        desk.text(40, 10)
    };
    for (shown, question, keys) in [
        (underway("R"), "Starts the rollback", "Enter ROLL BACK Esc back"),
        (underway("h"), "Hold", "Enter hold Esc back"),
        (underway("q"), "Leave, or close the room", "Enter choose Esc back"),
        (at_the_gate("a"), "GO AGAINST THE EVIDENCE: Go on?", "Enter GO with waiver Esc back"),
        (at_the_gate("n"), "NO-GO: Go on?", "Enter NO-GO Esc back"),
        (at_the_gate("r"), "Record a vote given by voice: for", "Enter next Esc back"),
    ] {
        assert!(shown.contains(question) && shown.contains(keys), "{question} / {keys}:\n{shown}");
    }
    assert!(underway("R").contains("more lines: a taller"), "{}", underway("R"));
    // What was said of the key before does not lie over them.
    let mut desk = Desk::open();
    desk.press("h q");
    desk.now = desk.now + Span(1_000);
    let shown = desk.text(40, 10);
    assert!(shown.contains("Enter choose Esc back") && !shown.contains("not been"), "{shown}");
}

#[test]
fn a_signature_by_voice_asks_who_gave_it_and_then_for_a_note() {
    let plan = r#"
warroom: 1
title: There
roles: { sre: { title: SRE, people: [ bo ] }, commander: { title: Commander } }
phases: [ { title: There, steps: [ { title: Switch over, run: "true" } ] } ]
sign_off: { question: Did it go well?, roles: [ sre ] }
"#;
    let mut desk = Desk::of(plan);
    desk.act(Action::StartDeployment);
    desk.act(Action::SkipStep { step: "there.1".into(), reason: "a test".to_owned() });
    desk.act(Action::Note { text: "on it goes".to_owned() });
    desk.press("S Enter Enter");
    assert!(desk.text(80, 24).contains("who says so"), "{}", desk.text(80, 24));
    desk.press("b o : Enter");
    assert!(desk.text(80, 24).contains("a note (may stay empty)"), "{}", desk.text(80, 24));
    desk.press("f i n e Enter");
    let Some(Action::Sign { person, note, by_voice: true, .. }) = desk.done.last() else { panic!("{:?}", desk.done) };
    assert_eq!((person.as_str(), note.as_str()), ("bo:", "fine"));
}

#[test]
fn a_time_is_taken_with_and_without_its_colon_and_what_is_none_says_the_form() {
    let mut desk = Desk::open();
    desk.session.view.item = Some("before.2".into());
    desk.press("c e 1 8 5 Enter");
    assert!(desk.text(80, 24).contains("write 18:50, 1850, or 18:50:30"), "{}", desk.text(80, 24));
    desk.press("0 Enter");
    let Some(action) = desk.done.pop() else { panic!("nothing was asked") };
    desk.act(action);
    assert_eq!(desk.session.state.items["before.2"].value.as_deref(), Some("18:50"));
}

#[test]
fn enter_asks_for_the_value_that_nothing_captured_before_it_runs_the_step() {
    let dump = "{ title: Dump, run: ./dump, capture: backup, optional: true }";
    let plan = format!(
        "warroom: 1\ntitle: x\nphases:\n  - {{ id: a, title: A, steps: [ {dump}, {{ title: Restore, run: './load $backup' }} ] }}\n"
    );
    let mut desk = Desk::of(&plan);
    desk.act(Action::StartDeployment);
    desk.act(Action::SkipStep { step: "a.1".into(), reason: String::new() });
    assert!(
        desk.text(80, 24).contains("Enter gives a value: 1.2 needs backup, which 1.1 has not captured"),
        "{}",
        desk.text(80, 24)
    );
    desk.press("Enter");
    assert!(desk.text(80, 24).contains("A value for 1.2 Restore"), "{}", desk.text(80, 24));
    desk.press("a . s q l Enter");
    assert_eq!(desk.done, [Action::GiveValue { name: "backup".into(), value: "a.sql".to_owned() }]);
    desk.act(Action::GiveValue { name: "backup".into(), value: "a.sql".to_owned() });
    desk.press("Enter");
    assert_eq!(desk.done.last(), Some(&Action::RunStep { step: "a.2".into() }));
}

#[test]
fn a_choice_of_which_nothing_is_said_shows_all_of_its_lines() {
    let plan = "warroom: 1\ntitle: x\nroles: { commander: Commander }\nphases:\n  - { id: a, title: A, steps: [ { title: Look, manual: Look } ] }\nsign_off: { roles: [ commander ] }\n";
    let mut desk = Desk::of(plan);
    desk.act(Action::StartDeployment);
    desk.act(Action::FinishStep { step: "a.1".into(), note: String::new() });
    desk.press("S");
    desk.press("Enter");
    let shown = desk.text(80, 24);
    for verdict in ["> accepted", "accepted with remarks", "refused: does not accept it"] {
        assert!(shown.contains(verdict), "{shown}");
    }
}
