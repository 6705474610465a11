//! Stories of what is looked at again and again, and of lists that are not for the start.

use warroom::plain;
use warroom::room::event::Event;
use warroom::room::log::Tone;
use warroom::room::state::{Ending, Mark, Stage};
use warroom::room::{Action, Asked, decide, watch};
use warroom::time::{Span, Zone};

use super::healthy;
use crate::story::{Story, seconds};

const WATCHED: &str = r#"
warroom: 1
title: Watched
sources: { app: { scrape: "http://127.0.0.1:1/", every: 1s, deadline: 1s } }
metrics: { error_rate: { unit: "%", source: app, query: errors }, p95: { unit: ms, source: app, query: p95 } }
phases:
  - { id: shift, title: Shift, steps: [ { run: ./shift }, { run: ./more } ] }
rollback: { budget: 1m, steps: [ { run: ./back } ] }
watch:
  - { title: Shifting, every: 10m, during: shift, items: [ Pods are up ] }
  - title: The first day
    every: { 5m: 10m, 30m: 70m }
    items: [ No new errors, { item: Users are content, required: false } ]
  - { title: The week, every: 1d, for: 7d, within: 1h, items: [ Trends ] }
  - { title: Users, every: 20m, for: 40m, from: shift, items: [ No complaints ] }
"#;

fn tick(item: &str) -> Action {
    Action::Tick { item: item.into() }
}

fn ticked(story: &Story, item: &str) -> bool {
    matches!(story.state.items[item].mark, Mark::Ticked(_))
}

fn told(story: &Story, of: &str) -> String {
    let lines = plain::status(&story.state, story.now);
    lines.into_iter().find(|line| line.contains(of)).unwrap_or_else(|| panic!("no word of {of}"))
}

/// Each tick of a watch that was missed.
fn missed(story: &Story, of: &str) -> Vec<u32> {
    let missed = story.events().filter_map(|event| match event {
        Event::TickMissed { watch, tick } if watch.as_str() == of => Some(*tick),
        _ => None,
    });
    missed.collect()
}

fn completed() -> Story {
    let mut story = healthy(WATCHED);
    story.start().does("shift.1").does("shift.2");
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    story
}

#[test]
fn each_tick_of_a_watch_is_a_fresh_checklist_and_what_nobody_looked_at_is_overdue_and_then_missed() {
    let mut story = completed();
    story.refused(tick("watch.the-first-day.1"), "not due yet");
    story.pass(Span::minutes(5)).ask(tick("watch.the-first-day.1"));
    assert!(told(&story, "Watch The first day").contains("tick 1 of 4 done, next 09:10"), "{}", told(&story, "The first day"));
    story.pass(Span::minutes(5));
    assert!(!ticked(&story, "watch.the-first-day.1"), "the second tick is a list of its own");
    assert!(told(&story, "Next:").contains("tick what is due in The first day"));
    story.pass(Span::minutes(16));
    assert!(told(&story, "Watch The first day").contains("OVERDUE since 09:10"), "{}", told(&story, "The first day"));
    story.pass(Span::minutes(15));
    assert_eq!(missed(&story, "the-first-day"), [2], "the third, half an hour later, is due");
    assert!(story.log().iter().any(|line| line.contains("watch \"The first day\" was MISSED, tick 2")));
    story.ask(tick("watch.the-first-day.1")).pass(Span::minutes(60));
    assert_eq!(missed(&story, "the-first-day"), [2, 4], "also the last is missed when its time is over");
    story.refused(tick("watch.the-first-day.1"), "was missed");
    story.replays_to_the_same_state();
}

#[test]
fn a_watch_of_a_phase_ends_with_it_or_outlives_it_and_keeps_nothing_waiting() {
    let mut story = healthy(WATCHED);
    story.start().does("shift.1").pass(Span::minutes(21));
    assert_eq!(missed(&story, "shifting"), [1]);
    story.does("shift.2").pass(Span::minutes(11));
    assert_eq!(missed(&story, "shifting"), [1, 2], "the phase was over before the third");
    assert!(missed(&story, "users").is_empty(), "the first tick may be looked at until the second");
    story.pass(Span::minutes(10));
    assert_eq!(missed(&story, "users"), [1], "and goes on behind the end of the plan");
    story.replays_to_the_same_state();
}

#[test]
fn a_watch_begins_where_the_one_before_it_ends() {
    let mut story = completed();
    story.pass(Span::minutes(70)).refused(tick("watch.the-week.1"), "not due yet");
    story.pass(Span::minutes(24 * 60)).ask(tick("watch.the-week.1"));
}

#[test]
fn ticks_that_passed_while_no_room_was_there_are_missed() {
    let mut story = completed();
    story.pass(Span::minutes(5)).ask(tick("watch.the-first-day.1")).is_taken_up_after(Span::minutes(36));
    assert_eq!(missed(&story, "the-first-day"), [2]);
    assert!(told(&story, "Watch The first day").contains("tick 3 of 4 due 09:40"), "{}", told(&story, "The first day"));
    story.replays_to_the_same_state();
}

#[test]
fn what_was_seen_of_one_tick_is_not_said_of_the_next() {
    let mut story = completed();
    story.pass(Span::minutes(5));
    let seen = story.state.seq;
    story.pass(Span::minutes(5));
    let late = Asked { seen, ..story.asked() };
    let refusal = decide(&story.state, &tick("watch.the-first-day.1"), &late).unwrap_err();
    assert!(refusal.0.contains("is due again since what you saw"), "{refusal}");
}

#[test]
fn a_rollback_ends_every_watch() {
    let mut story = completed();
    story.pass(Span::minutes(6)).ask(Action::RollBack { reason: "errors after all".into() });
    story.ends("rollback.1").pass(Span::minutes(120));
    assert!(missed(&story, "the-first-day").is_empty());
    assert!(told(&story, "Watch The first day").contains("over, the plan was left at tick 1"));
    story.replays_to_the_same_state();
}

const LISTS: &str = r#"
warroom: 1
title: Lists
checklists:
  - { title: Before, items: [ Backup ] }
  - { title: Canary looks good, items: [ Users are content ] }
  - { title: Success, when: after, items: [ Tickets are closed ] }
  - title: After a rollback
    when: rollback
    items: [ Incident report, { item: Only if there is time, required: false, items: [ Old logs, { item: Old images } ] } ]
phases:
  - { id: canary, steps: [ { run: ./shift } ], gate: { require: checklist "Canary looks good" is complete } }
rollback: { budget: 1m, steps: [ { run: ./back } ] }
"#;

#[test]
fn the_start_waits_only_for_lists_that_are_about_it() {
    let mut story = Story::of(LISTS);
    story.refused(Action::StartDeployment, "1 required item is open in \"Before\": tick");
    story.ask(tick("before.1")).start().does("canary.1").refused(Action::Go { phase: "canary".into(), waiver: None }, "waiver");
    story.ask(tick("canary-looks-good.1")).go("canary");
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    story.replays_to_the_same_state();
}

#[test]
fn a_list_for_the_rollback_is_there_from_then_on_and_keeps_nothing_waiting() {
    let mut story = Story::of(LISTS);
    story.refused(tick("after-a-rollback.1"), "is for the rollback, and there is none");
    assert!(plain::status(&story.state, story.now).iter().all(|line| !line.contains("After a rollback")));
    story.ask(tick("before.1")).start().ask(Action::RollBack { reason: "no".into() });
    assert!(
        told(&story, "After a rollback").contains("0 of 1 required"),
        "what is below an item that is not required is not either"
    );
    story.ask(tick("after-a-rollback.1")).ends("rollback.1").pass(seconds(2));
    assert!(matches!(story.state.stage, Stage::Ended(Ending::RolledBack { .. }, _)));
    story.replays_to_the_same_state();
}

const SIGNED: &str = r"
warroom: 1
title: Signed
roles: { commander: Commander, sre: { people: [ bob ] } }
phases:
  - { id: shift, title: Shift, steps: [ { run: ./shift } ] }
sign_off: { question: Was the runbook followed?, roles: [ commander, sre ], verdicts: [ yes, partial, no ] }
";

fn sign(role: &str, person: &str, verdict: &str, by_voice: bool) -> Action {
    Action::Sign { role: role.into(), person: person.into(), verdict: verdict.into(), note: "as planned".into(), by_voice }
}

#[test]
fn the_deployment_is_completed_once_each_role_has_signed() {
    let mut story = Story::of(SIGNED);
    story.start().refused(sign("commander", "", "yes", false), "signed at the end");
    story.does("shift.1").pass(seconds(5));
    assert!(matches!(story.state.stage, Stage::Underway { .. }), "it waits for who has to sign");
    assert!(told(&story, "Next:").contains("sign for commander, sre"), "{}", told(&story, "Next:"));
    story.refused(sign("commander", "", "perhaps", false), "write one of yes, partial, no");
    story.refused(sign("sre", "", "yes", false), "ana does not hold sre");
    story.refused(sign("sre", " ", "yes", true), "needs the name of who gave it");
    story.ask(sign("commander", "", "yes", false)).ask(sign("sre", "Bob Lamp", "partial", true));
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    assert!(told(&story, "Signature of sre").contains("partial, Bob Lamp, by voice: as planned"));
    assert!(story.log().iter().any(|line| line.contains("commander signs: yes, ana")), "{:?}", story.log());
    story.replays_to_the_same_state();
}

#[test]
fn a_sign_off_that_is_not_required_keeps_nothing_waiting_and_may_be_made_good_later() {
    let mut story = Story::of(&SIGNED.replace("roles: [ commander, sre ], ", "roles: [ commander, sre ], required: false, "));
    story.start().does("shift.1");
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    assert!(told(&story, "Signature of commander").contains("none yet"));
    story.ask(sign("commander", "", "no", false));
    assert!(told(&story, "Signature of commander").contains("no, ana"));
    assert!(told(&story, "Ended at").contains("completed, NOT ACCEPTED by commander"), "also where it had ended before");
    story.replays_to_the_same_state();
}

#[test]
fn a_deployment_that_is_not_accepted_is_said_to_be_so_wherever_it_is_told() {
    let mut story = Story::of(SIGNED);
    story.start().does("shift.1").pass(seconds(5));
    story.ask(sign("commander", "", "partial", false)).ask(sign("sre", "Bob Lamp", "no", true));
    assert!(told(&story, "Ended at").contains("completed, NOT ACCEPTED by sre"), "{}", told(&story, "Ended at"));
    let json = plain::json(&story.state, story.now);
    assert_eq!((&json["stage"]["accepted"], &json["stage"]["how"]), (&false.into(), &"completed, NOT ACCEPTED by sre".into()));
    let last = story.state.log.newest_first().next().unwrap();
    assert_eq!((last.tone, last.text.as_str()), (Tone::Bad, "deployment completed, NOT ACCEPTED by sre"));
    story.replays_to_the_same_state();
}

#[test]
fn a_remark_is_told_and_the_runbook_may_say_which_verdicts_refuse() {
    let mut story = Story::of(SIGNED);
    story.start().does("shift.1").pass(seconds(5));
    story.ask(sign("commander", "", "yes", false)).ask(sign("sre", "Bob Lamp", "partial", true));
    assert!(told(&story, "Ended at").contains("completed, sre: partial"), "{}", told(&story, "Ended at"));
    let mut story = Story::of(&SIGNED.replace("[ yes, partial, no ]", "[ yes, partial, no ], refuses: [ partial, no ]"));
    story.start().does("shift.1").pass(seconds(5));
    story.ask(sign("commander", "", "yes", false)).ask(sign("sre", "Bob Lamp", "partial", true));
    assert!(told(&story, "Ended at").contains("NOT ACCEPTED by sre"), "{}", told(&story, "Ended at"));
}

/// What is said of the only watch.
fn watching(story: &Story) -> String {
    watch::told(&story.state, &story.state.runbook.watch[0], story.now)
}

#[test]
fn a_watch_begins_where_the_plan_ends_and_not_with_the_last_signature() {
    let watched = format!("{SIGNED}watch: [ {{ title: The first hour, every: 10m, for: 1h, items: [ Look ] }} ]\n");
    let mut story = Story::of(&watched);
    assert!(watching(&story).contains("not due yet: it begins where the plan"));
    story.start().does("shift.1").pass(seconds(2));
    let due = (story.now + Span::minutes(10) - seconds(2)).clock_minutes(Zone::UTC);
    assert!(watching(&story).contains(&format!("first due {due}")), "{}", watching(&story));
    story.pass(Span::minutes(25));
    assert!(matches!(story.state.stage, Stage::Underway { .. }), "nobody has signed");
    assert_eq!(missed(&story, "the-first-hour"), [1]);
    story.ask(sign("commander", "", "yes", false)).ask(sign("sre", "Bob Lamp", "yes", true));
    story.pass(Span::minutes(10));
    assert_eq!(missed(&story, "the-first-hour"), [1, 2], "it goes on as it began");
    story.replays_to_the_same_state();
}
