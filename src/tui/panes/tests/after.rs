//! What stands on the screen when the plan is done: what is watched on, and who signs.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::room::event::{Acceptance, Event, Mode};
use crate::room::follow::follow;
use crate::runbook::load;
use crate::tui::panes::main_screen;
use crate::tui::scene::Scene;
use crate::tui::view::Screen;

use super::{Look, Story, at};

const PLAN: &str = r#"
warroom: 1
title: Teapot shop 2.4.0
roles:
  commander: { title: Deployment commander }
  sre: { title: SRE lead }
  qa: { title: QA lead }
phases:
  - { id: all, title: All users, steps: [ { title: Switch, run: "true" } ] }
rollback: { budget: 5m, steps: [ { title: Back to green, run: "true" } ] }
watch:
  - title: The first hour
    every: 5m
    for: 1h
    items: [ No new errors, { item: Queue length, field: { ask: Length, kind: number } }, { item: Users are content, required: false } ]
sign_off: { question: Is the new version accepted?, roles: [ commander, sre, qa ], required: false }
"#;

/// The plan is done since 08:10, and what is looked at every five minutes was not looked at in time once.
fn watched() -> Story {
    let mut story = Story::open(load("shop.yaml", PLAN).unwrap(), Mode::Live, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "all".into() });
    story.started("08:00:10", "all.1");
    story.done("08:09:00", "all.1");
    for when in ["08:10:00", "08:15:00", "08:20:00"] {
        goes_on(&mut story, when);
    }
    story
}

/// What follows by itself.
fn goes_on(story: &mut Story, when: &str) {
    for _ in 0..9 {
        for event in follow(&story.state, at(when)) {
            story.tell(when, event);
        }
    }
}

/// The sre has accepted it, and the others have not signed yet.
fn signed() -> Story {
    let mut story = watched();
    let signed = |role: &str, person: &str, note: &str, by_voice| Event::Signed {
        role: role.into(),
        person: person.to_owned(),
        verdict: "accepted".to_owned(),
        note: note.to_owned(),
        by: "ana".into(),
        by_voice,
        acceptance: Acceptance::Accepted,
    };
    story.tell("08:21:00", signed("sre", "bo", "two slow queries are left", true));
    story.tell("08:21:30", signed("commander", "ana", "", false));
    story
}

#[test]
fn a_watch_says_which_tick_is_due_what_was_missed_and_when_the_next_is() {
    let story = watched();
    let mut look = Look::at("08:21:00");
    insta::assert_snapshot!("watch_main_80x24", look.text(&story, (80, 23), main_screen::draw));
    insta::assert_snapshot!("watch_main_120x40", look.text(&story, (120, 39), main_screen::draw));
    look.view.screen = Screen::Checklists;
    look.view.size = (80, 24);
    insta::assert_snapshot!("watch_80x24", look.text(&story, (80, 24), whole));
    insta::assert_snapshot!("watch_120x40", look.text(&story, (120, 40), whole));
    let mut late = watched();
    goes_on(&mut late, "08:23:00");
    let shown = Look::at("08:23:00").text(&late, (80, 23), main_screen::draw);
    assert!(shown.contains("OVERDUE since 08:20"), "{shown}");
}

#[test]
fn before_its_first_tick_a_watch_says_when_that_is_due_and_missed_ticks_stand_in_what_is_next() {
    let mut story = Story::open(load("shop.yaml", PLAN).unwrap(), Mode::Live, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    let mut look = Look::at("08:00:10");
    look.view.screen = Screen::Checklists;
    let shown = look.text(&story, (80, 24), whole);
    assert!(shown.contains("The first hour   not due yet: it begins where the plan"), "{shown}");
    story.tell("08:00:00", Event::PhaseBegan { phase: "all".into() });
    story.started("08:00:10", "all.1");
    story.done("08:09:00", "all.1");
    goes_on(&mut story, "08:10:00");
    let shown = look.text(&story, (80, 24), whole);
    assert!(shown.contains("The first hour   first due 08:15"), "{shown}");
    let shown = Look::at("08:21:00").text(&watched(), (80, 23), main_screen::draw);
    assert!(shown.contains(" next: c lists what is due in The first hour: 1 MISSED, tick 2 of 12"), "{shown}");
}

#[test]
fn the_sign_off_says_who_signed_what_for_whom_and_who_is_left() {
    let story = signed();
    let mut look = Look::at("08:22:00");
    look.view.screen = Screen::Checklists;
    look.view.size = (80, 24);
    insta::assert_snapshot!("sign_off_80x24", look.text(&story, (80, 24), whole));
    insta::assert_snapshot!("sign_off_120x40", look.text(&story, (120, 40), whole));
}

fn whole(frame: &mut Frame, _: Rect, scene: &Scene) {
    crate::tui::screen::draw(frame, scene);
}
