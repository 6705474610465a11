use warroom::journal::storage::SimStorage;
use warroom::journal::storage::sim::Faults;
use warroom::room::Action;
use warroom::room::state::{Ending, Stage, StepStatus};

use super::live::Live;

const PLAN: &str = r#"
warroom: 1
title: Full
phases:
  - id: work
    title: Work
    steps: [ { run: "true" }, { run: "true" } ]
rollback:
  budget: 1m
  steps: [ { run: echo back } ]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_new_begins_and_the_way_back_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SimStorage::with_folder(folder.path());
    let mut room = Live::open_on(&disk, folder, PLAN, &[]);
    room.ask(Action::StartDeployment).await.ask(Action::RunStep { step: "work.1".into() }).await;
    room.until("work.1 is done", |state| matches!(state.steps["work.1"].status, StepStatus::Done { .. })).await;

    // Not a byte more than what is there, its reserve included.
    disk.set_faults(Faults { size: Some(disk.used()), ..Faults::default() });
    room.ask(Action::Note { text: "the disk fills up".into() }).await;
    let refusal = room.tries(Action::RunStep { step: "work.2".into() }).await.expect_err("a step on a full disk");
    assert!(refusal.0.contains("nothing new is begun"), "{refusal}");

    room.ask(Action::RollBack { reason: "the disk is full".into() }).await;
    room.until("rolled back", |state| matches!(state.stage, Stage::Ended(..))).await;
    let state = room.end().await;
    assert!(matches!(state.stage, Stage::Ended(Ending::RolledBack { .. }, _)));
}
