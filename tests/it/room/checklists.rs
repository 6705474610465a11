use warroom::room::Action;
use warroom::room::state::Stage;

use crate::story::{Story, clock};

const LISTS: &str = r#"
warroom: 1
title: Lists
checklists:
  - title: Before
    items:
      - item: Backups
        items: [ Database, { item: Files, required: false } ]
      - { item: Backup taken, field: { ask: Backup time, kind: time } }
  - { title: After, due: T+1h, items: [ Close the tickets ] }
phases:
  - { id: only, title: Only, steps: [ { run: "true" } ] }
"#;

fn tick(item: &str) -> Action {
    Action::Tick { item: item.into() }
}

#[test]
fn the_deployment_starts_when_what_is_required_before_it_is_done() {
    let mut story = Story::of(LISTS);
    story.refused(Action::StartDeployment, "2 required items are open in \"Before\"");
    story.refused(tick("before.1"), "is done when the items under it are");
    story.ask(tick("before.1.1")).refused(tick("before.1.1"), "done already");
    story.refused(tick("before.2"), "wants to be filled in: Backup time");
    let fill = |value: &str| Action::Fill { item: "before.2".into(), value: value.into() };
    for slip in ["soon", "7:00", "07:0", "07:00:1", "24:00", "+7:00"] {
        story.refused(fill(slip), "a time such as 07:00");
    }
    story.ask(fill("07:00"));
    assert_eq!(story.state.items["before.2"].value.as_deref(), Some("07:00"));
    story.start();
    assert_eq!(story.state.stage, Stage::Underway { phase: 0 });
    story.replays_to_the_same_state();
}

#[test]
fn an_item_that_does_not_apply_is_waived_with_its_reason() {
    let mut story = Story::of(LISTS);
    story.refused(Action::WaiveItem { item: "before.1.1".into(), reason: String::new() }, "needs a reason");
    story.refused(Action::WaiveItem { item: "before.1.1".into(), reason: "x".into() }, "says too little");
    story.ask(Action::WaiveItem { item: "before.1.1".into(), reason: "no database in this one".into() });
    story.ask(Action::Untick { item: "before.1.1".into() }).refused(Action::StartDeployment, "2 required items");
    story.replays_to_the_same_state();
}

/// Checks are a phase of their own here, an hour before T.
const CHECKED_FIRST: &str = r#"
warroom: 1
title: Checked first
t0: "14:00"
checklists:
  - { title: The day before, due: T-1d 18:00, items: [ Staging is good ] }
  - { title: Checks, due: "14:00", items: [ All is ready ] }
  - { title: Watching, due: "19:00", items: [ All is well ] }
phases:
  - { title: Check, at: "13:00", duration: 1h, gate: { require: 'checklist "Checks" is complete', no_go: hold } }
  - { title: Deploy, at: T, steps: [ { run: "true" } ] }
"#;

#[test]
fn only_what_is_due_when_the_plan_begins_is_in_the_way_of_its_start() {
    let mut story = Story::planned(CHECKED_FIRST, Some(clock("14:00")));
    story.refused(Action::StartDeployment, "1 required item is open in \"The day before\": tick");
    story.ask(tick("the-day-before.1")).start();
    assert_eq!(story.state.stage, Stage::Underway { phase: 0 });
    story.replays_to_the_same_state();
}
