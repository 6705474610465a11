//! Stories of steps that are made of steps, that may not apply, and of what passes from one to another.

use warroom::room::Action;
use warroom::room::event::{By, Done, Event, Subject};
use warroom::room::state::{Ending, PhaseStatus, Stage, StepStatus};
use warroom::runbook::model::Letter;

use crate::story::{Story, seconds};

/// A plan around the steps of its one phase.
fn steps(steps: &str) -> String {
    format!(
        "warroom: 1\ntitle: Parts\nvars: {{ strategy: blue-green }}\nsources: {{ app: {{ scrape: \"http://127.0.0.1:1/\", every: 1s, deadline: 1s }} }}\n\
         metrics: {{ error_rate: {{ unit: \"%\", source: app, query: errors }} }}\n\
         phases:\n  - id: one\n    title: One\n    steps:\n{steps}\n  - id: two\n    title: Two\n    steps: [ {{ run: ./after }} ]\n"
    )
}

fn is_skipped_by_the_plan(story: &Story, step: &str) -> bool {
    matches!(story.status(step), StepStatus::Skipped { by: By::Plan, .. })
}

#[test]
fn the_steps_of_a_group_run_beside_each_other_and_the_next_waits_for_all() {
    let mut story =
        Story::of(&steps("      - { group: Watch, steps: [ { run: ./cpu }, { run: ./memory } ] }\n      - { run: ./next }"));
    story.start().run("one.1");
    assert!(matches!(story.status("one.1.1"), StepStatus::Running { .. }));
    assert!(matches!(story.status("one.1.2"), StepStatus::Running { .. }));
    story.ends("one.1.2").refused(Action::RunStep { step: "one.2".into() }, "1.1 is still running");
    story.ends("one.1.1");
    assert!(matches!(story.status("one.1"), StepStatus::Done { how: Done::Parts, .. }));
    story.does("one.2").replays_to_the_same_state();
}

#[test]
fn a_step_of_a_group_that_failed_is_run_again_while_the_others_go_on() {
    let mut story = Story::of(&steps("      - { group: Both, steps: [ { run: ./a }, { run: ./b } ] }"));
    story.start().run("one.1").fails("one.1.1", 1);
    story.ask(Action::RetryStep { step: "one.1.1".into() }).ends("one.1.1").ends("one.1.2");
    assert!(matches!(story.phase("one"), PhaseStatus::Over { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn of_several_options_only_the_chosen_one_is_done() {
    let choice = "      - choose: How?\n        options:\n          - { title: Blue-green, steps: [ { run: ./bg } ] }\n          - { title: Direct, steps: [ { run: ./direct }, { run: ./restart } ] }";
    let mut story = Story::of(&steps(choice));
    story.start().refused(Action::RunStep { step: "one.1".into() }, "take one of A, B");
    story.ask(Action::Choose { step: "one.1".into(), option: Letter(1) });
    assert!(is_skipped_by_the_plan(&story, "one.1.A1"));
    story.does("one.1.B1").does("one.1.B2");
    assert!(matches!(story.phase("one"), PhaseStatus::Over { .. }));
    assert!(story.log().contains(&"1.1 done, ana chose B, Direct, 0.0 s"), "{:?}", story.log());
    story.replays_to_the_same_state();
}

#[test]
fn a_question_is_answered_in_place_and_no_leaves_the_step_out() {
    let mut story = Story::of(&steps("      - { run: ./restore, when: { ask: Is a restore needed? } }"));
    story.start().refused(Action::RunStep { step: "one.1".into() }, "asks first: Is a restore needed?");
    story.ask(Action::Answer { of: Subject::Step("one.1".into()), yes: false });
    assert!(is_skipped_by_the_plan(&story, "one.1"));
    assert!(matches!(story.phase("one"), PhaseStatus::Over { .. }));
    story.replays_to_the_same_state();
}

#[test]
fn what_the_values_rule_out_is_left_out_with_its_reason() {
    let text = steps("      - { run: ./direct, when: strategy == direct }\n      - { run: ./bg, when: strategy == blue-green }");
    let mut story = Story::of(&text);
    story.start();
    assert!(is_skipped_by_the_plan(&story, "one.1"));
    assert!(story.log().contains(&"1.1 ./direct is not needed: strategy is blue-green"), "{:?}", story.log());
    story.does("one.2").replays_to_the_same_state();
}

#[test]
fn a_phase_that_does_not_apply_is_left_out_whole() {
    let text = steps("      - { run: ./x }")
        .replace("    title: Two\n", "    title: Two\n    when: { ask: Is the second region in use? }\n");
    let mut story = Story::of(&text);
    story.start().does("one.1").refused(Action::RunStep { step: "two.1".into() }, "the phase asks first");
    story.ask(Action::Answer { of: Subject::Phase("two".into()), yes: false });
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    story.replays_to_the_same_state();
}

#[test]
fn what_runs_in_the_background_lets_the_plan_go_on_and_ends_with_its_phase() {
    let mut story = Story::of(&steps("      - { background: ./monitor }\n      - { run: ./shift }"));
    story.start().run("one.1").does("one.2");
    assert!(matches!(story.status("one.1"), StepStatus::Running { cancelled: Some(_), .. }), "{:?}", story.status("one.1"));
    story.happens(Event::StepDone { step: "one.1".into(), attempt: 1, how: Done::Stopped, ended: None });
    story.does("two.1");
    assert!(matches!(story.state.stage, Stage::Ended(Ending::Completed, _)));
    story.replays_to_the_same_state();
}

#[test]
fn a_verification_begins_by_itself_and_what_it_finds_wrong_is_done_again() {
    let mut story =
        Story::of(&steps("      - { run: ./deploy, verify: [ { run: ./check }, look at the board ] }\n      - { run: ./next }"));
    story.start().run("one.1").ends("one.1");
    assert!(matches!(story.status("one.1.v1"), StepStatus::Running { .. }));
    story.fails("one.1.v1", 1).refused(Action::RunStep { step: "one.2".into() }, "1.1.v1 comes first");
    story.ask(Action::RetryStep { step: "one.1".into() }).ends("one.1").ends("one.1.v1");
    story.ask(Action::FinishStep { step: "one.1.v2".into(), note: String::new() }).does("one.2");
    story.replays_to_the_same_state();
}

#[test]
fn until_counts_only_what_held_without_a_break() {
    let mut story = Story::of(&steps("      - { until: error_rate < 1%, for: 60s }"));
    story.measures("error_rate", 0.1).start().run("one.1").pass(seconds(40));
    story.measures("error_rate", 5.0).pass(seconds(3)).measures("error_rate", 0.1).pass(seconds(50));
    assert!(matches!(story.status("one.1"), StepStatus::Running { .. }));
    story.pass(seconds(15));
    assert!(matches!(story.status("one.1"), StepStatus::Done { how: Done::Seen, .. }), "{:?}", story.status("one.1"));
    story.replays_to_the_same_state();
}

#[test]
fn what_was_not_known_for_a_while_does_not_count_as_until_it_held() {
    let mut story = Story::of(&steps("      - { until: error_rate < 1%, for: 60s }"));
    story.measures("error_rate", 0.1).start().run("one.1").pass(seconds(40));
    story.silence("app").pass(seconds(20)).measures("error_rate", 0.1).pass(seconds(50));
    assert!(matches!(story.status("one.1"), StepStatus::Running { .. }));
    story.pass(seconds(15));
    assert!(matches!(story.status("one.1"), StepStatus::Done { how: Done::Seen, .. }), "{:?}", story.status("one.1"));
}

#[test]
fn a_value_that_a_person_types_is_known_from_then_on() {
    let mut story = Story::of(&steps("      - { manual: Which release ran before?, capture: previous }"));
    story.start().run("one.1").refused(Action::FinishStep { step: "one.1".into(), note: String::new() }, "asks for a value");
    story.ask(Action::FinishStep { step: "one.1".into(), note: "v1.9.0".into() });
    assert_eq!(story.state.captured["previous"], "v1.9.0");
    story.replays_to_the_same_state();
}

#[test]
fn a_second_person_has_to_agree_before_the_step_runs() {
    let mut story = Story::of(&steps("      - { run: ./drop, second_person: true }"));
    story.start().refused(Action::RunStep { step: "one.1".into() }, "wants a second person besides ana");
    story.ask(Action::SecondStep { step: "one.1".into(), person: "ana".into() });
    story.refused(Action::RunStep { step: "one.1".into() }, "wants a second person besides ana");
    story.ask(Action::SecondStep { step: "one.1".into(), person: "bo".into() }).does("one.1");
    story.replays_to_the_same_state();
}

fn give(name: &str, value: &str) -> Action {
    Action::GiveValue { name: name.into(), value: value.into() }
}

#[test]
fn a_step_whose_value_was_never_captured_is_not_begun_with_nothing_in_its_place() {
    let uses = [
        "run: ./restore \"$backup\"",
        "http: \"GET http://shop/{{ backup }}\"",
        "run: ./restore, env: { FILE: \"{{ backup }}\" }",
    ];
    for uses in uses {
        let mut story =
            Story::of(&steps(&format!("      - {{ run: ./dump, capture: backup, optional: true }}\n      - {{ {uses} }}")));
        story.start().refused(give("backup", ""), "say what backup is").refused(give("bckup", "x"), "no step captures bckup");
        story.ask(Action::SkipStep { step: "one.1".into(), reason: String::new() });
        let needs = "1.2 needs backup, which 1.1 has not captured";
        story.refused(Action::RunStep { step: "one.2".into() }, needs);
        assert_eq!(*story.status("one.2"), StepStatus::Waiting, "{uses}");
        assert!(warroom::room::standstill::standstill(&story.state, story.now).contains(needs));
        story.ask(give("backup", "backup-17.sql")).does("one.2").refused(give("backup", "other.sql"), "backup is known");
        assert!(story.log().iter().any(|line| line.contains("ana gave backup: backup-17.sql")), "{:?}", story.log());
        story.replays_to_the_same_state();
    }
}

#[test]
fn a_script_that_says_what_holds_without_a_value_needs_none() {
    for script in ["./restore \"${backup:-none}\"", "backup=own.sql; ./restore $backup", "ssh host 'echo $backup'"] {
        let mut story = Story::of(&steps(&format!(
            "      - {{ run: ./dump, capture: backup, optional: true }}\n      - run: |\n          {script}"
        )));
        story.start().ask(Action::SkipStep { step: "one.1".into(), reason: String::new() }).does("one.2");
    }
}

#[test]
fn a_rollback_waits_for_a_value_that_nothing_captured_and_goes_on_by_itself_once_it_is_given() {
    let plan = steps("      - { run: ./first }\n      - { run: ./dump, capture: backup }");
    let back = "rollback: { budget: 5m, steps: [ { run: ./switch-back }, { run: './restore \"$backup\"' } ] }\n";
    let mut story = Story::of(&format!("{plan}{back}"));
    story.start().does("one.1").ask(Action::RollBack { reason: "errors".into() }).ends("rollback.1").pass(seconds(60));
    assert_eq!(*story.status("rollback.2"), StepStatus::Waiting, "nothing is restored from nowhere");
    let now = story.now;
    assert!(warroom::room::standstill::standstill(&story.state, now).contains("R2 needs backup, which 1.2 has not captured"));
    story.ask(give("backup", "backup-17.sql"));
    assert!(matches!(story.status("rollback.2"), StepStatus::Running { .. }));
    story.ends("rollback.2");
    assert!(matches!(story.state.stage, Stage::Ended(Ending::RolledBack { .. }, _)));
    story.replays_to_the_same_state();
}
