use super::*;
use crate::link::Batch;
use crate::room::Refusal;
use crate::tui::testing::{Desk, me, state};

fn session() -> Session {
    let options = Options { me: me(), theme: Theme::default(), marks: Marks::ASCII };
    Session::new(state(), options)
}

fn noted(seq: u64) -> Arc<Record> {
    Arc::new(Record { seq, at: Moment(2), ask: None, event: Event::Noted { text: "hello".to_owned(), by: me() } })
}

fn records(seqs: &[u64]) -> Update {
    Update::Records(Batch::of(seqs.iter().copied().map(noted).collect()))
}

fn asked(session: &mut Session, action: Action) -> AskId {
    match session.ask(action, None) {
        Ask::Act { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_that_comes_twice_counts_once() {
    let mut session = session();
    session.update(&records(&[1, 1]), Moment(2));
    session.update(&records(&[1, 2]), Moment(2));
    assert_eq!((session.state.seq, session.state.log.len()), (2, 2));
}

#[test]
fn answers_are_told_with_what_was_asked() {
    let mut session = session();
    let id = asked(&mut session, Action::StartDeployment);
    session.update(&Update::Refused { id, refusal: Refusal::new("an item is open") }, Moment(0));
    assert_eq!(session.view.notice(Moment(0)).unwrap().text, "begin refused: an item is open");
    let id = asked(&mut session, Action::Resume);
    session.update(&Update::Accepted { id }, Moment(0));
    assert_eq!(session.view.notice(Moment(0)).unwrap().text, "resume");
    assert_eq!(session.view.notice(Moment(60_000)), None);
}

#[test]
fn a_room_that_ended_is_said_and_asked_nothing_more() {
    let mut desk = Desk::underway();
    desk.session.update(&Update::Gone { why: "its disk is full".to_owned() }, desk.now);
    desk.press("Enter R h");
    assert_eq!(desk.done, []);
    assert!(desk.notice().contains("its disk is full"), "{}", desk.notice());
    assert_eq!(desk.press("q"), Some(Wish::Leave));
}

#[test]
fn a_lost_room_is_told_from_one_that_ended_and_is_rejoined_when_it_is_back() {
    let mut desk = Desk::underway();
    let picture = Update::Picture(crate::link::Picture::of(desk.session.state.clone()));
    let since = desk.now;
    desk.session.update(&Update::Lost { since, why: "its process is gone".to_owned() }, since);
    desk.press("Enter R h");
    assert_eq!(desk.done, []);
    assert!(desk.notice().contains("the link to the room is lost: warroom resume room"), "{}", desk.notice());
    desk.session.update(&picture, since + Span::seconds(90));
    assert_eq!(desk.session.link, LinkState::Up);
    assert_eq!(desk.session.view.notices.last().unwrap().text, "rejoined: the room was lost for 1:30");
    // Nothing more being heard of a room that has ended in order makes no lost one of it.
    desk.session.update(&Update::Gone { why: "ana left".to_owned() }, desk.now);
    desk.session.unheard(desk.now);
    assert!(matches!(desk.session.link, LinkState::Gone { .. }));
}

#[test]
fn a_journal_that_failed_stays_failed_whatever_is_still_told() {
    let mut session = session();
    session.update(&Update::JournalFailed { why: "no space".to_owned() }, Moment(0));
    assert!(matches!(session.link, LinkState::JournalFailed { .. }));
    session.update(&records(&[1]), Moment(0));
    assert!(matches!(session.link, LinkState::JournalFailed { .. }));
}

#[test]
fn a_rollback_brings_the_main_screen_forward_and_the_log_stays_open() {
    for (screen, after) in [(Screen::Gate, Screen::Main), (Screen::Checklists, Screen::Main), (Screen::Log, Screen::Log)] {
        let mut session = session();
        session.view.screen = screen;
        session.view.step = Some("blue.1".into());
        let by = crate::room::event::By::Operator(me());
        let event = Event::RollbackStarted { by, reason: "errors".to_owned() };
        session
            .update(&Update::Records(Batch::of(vec![Arc::new(Record { seq: 1, at: Moment(2), ask: None, event })])), Moment(2));
        assert_eq!((session.view.screen, session.view.step), (after, None));
    }
}

#[test]
fn who_comes_back_is_told_what_happened_once_the_room_has_told_it() {
    let mut session = session();
    session.seen_before = Some(2);
    session.update(&records(&[1, 2]), Moment(2));
    session.update(&Update::Picture(crate::link::Picture::of(session.state.clone())), Moment(2));
    session.greet(Moment(2));
    assert_eq!(session.view.notice(Moment(2)), None, "the picture is older than what was seen");
    session.update(&records(&[3, 4]), Moment(2));
    session.greet(Moment(2));
    let said = &session.view.notice(Moment(2)).unwrap().text;
    assert_eq!(said, "while you were away: 2 new (l)");
}

#[test]
fn who_comes_back_is_told_what_was_decided_and_the_log_opens_at_its_end_with_a_mark_where_the_new_begins() {
    let mut desk = Desk::at_the_gate();
    for place in 0..40 {
        desk.act(Action::Note { text: format!("note {place}") });
    }
    desk.session.seen_before = Some(desk.session.state.seq);
    desk.session.update(&Update::Picture(crate::link::Picture::of(desk.session.state.clone())), desk.now);
    desk.now = desk.now + Span::MINUTE;
    let (phase, reason) = ("blue".into(), "errors in the cart".to_owned());
    desk.act(Action::HoldGate { phase, reason });
    desk.session.greet(desk.now);
    assert_eq!(desk.notice(), "while you were away: 2 new (l); ana HOLD at gate 1");
    assert!(desk.text(80, 24).contains(" next: on hold"), "{}", desk.text(80, 24));
    desk.press("l");
    let shown = desk.text(80, 24);
    assert!(shown.contains("errors in the cart") && !shown.contains("held, newer below"), "{shown}");
    assert!(shown.lines().any(|line| line.contains(" NEW ") && line.contains("HOLD")), "{shown}");
}
