use std::process::Command;

use warroom::journal::storage::sim::Faults;
use warroom::journal::storage::{DiskStorage, SimStorage};
use warroom::room::state::{Ending, Stage, StepStatus};
use warroom::room::{Action, State};

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

/// A small disk in memory, as only root makes one; taken away again when it is dropped.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    #[expect(clippy::disallowed_methods, reason = "the disk is made by the system's own program")]
    fn of(megabytes: u32) -> Option<Self> {
        let at = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=700"), "warroom-test"]).arg(at.path());
        mount.output().is_ok_and(|made| made.status.success()).then_some(Self(at))
    }
}

impl Drop for Tmpfs {
    #[expect(clippy::disallowed_methods, reason = "the disk is taken away by the system's own program")]
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0.path()).output());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_real_disk_that_is_full_it_is_the_same() {
    let Some(disk) = Tmpfs::of(16) else {
        eprintln!("SKIPPED: no tmpfs can be mounted here, which takes root");
        return;
    };
    let folder = tempfile::tempdir_in(disk.0.path()).unwrap();
    let failing = PLAN.replacen("true", "false", 1);
    let failed = |state: &State| matches!(state.steps["work.1"].status, StepStatus::Failed { .. });
    let mut room = Live::open_on(&DiskStorage, folder, &failing, &[]);
    room.ask(Action::StartDeployment).await.ask(Action::RunStep { step: "work.1".into() }).await;
    room.until("work.1 has failed", failed).await;

    let mut filler = std::fs::File::create(disk.0.path().join("filler")).unwrap();
    let full = std::io::copy(&mut std::io::repeat(0), &mut filler).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    let mut notes = 0;
    let refusal = loop {
        // The page that the journal ends in may still have room.
        room.ask(Action::Note { text: "x".repeat(1_000) }).await;
        notes += 1;
        assert!(notes < 100, "a full disk is not noticed");
        if let Err(refusal) = room.tries(Action::RetryStep { step: "work.1".into() }).await {
            break refusal;
        }
        room.until("work.1 has failed again", failed).await;
    };
    assert!(refusal.0.contains("nothing new is begun"), "{refusal}");
    assert!(refusal.0.contains("roll back, or mend the disk"), "{refusal}");

    room.ask(Action::RollBack { reason: "the disk is full".into() }).await;
    room.until("rolled back", |state| matches!(state.stage, Stage::Ended(..))).await;
    let journal = std::fs::read(room.journal()).unwrap();
    let told = room.state.seq;
    let kept = warroom::journal::read(journal.as_slice()).unwrap().records;
    assert!(kept.last().unwrap().seq >= told && kept.len() > notes, "what was said to be recorded is there");
    room.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_operation_of_the_disk_fails_first_nothing_is_said_to_be_recorded_that_is_not() {
    for broken in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let disk = SimStorage::with_folder(folder.path());
        let path = folder.path().join(warroom::journal::FILE);
        let mut room = Live::open_on(&disk, folder, PLAN, &[]);
        room.ask(Action::StartDeployment).await;
        disk.set_faults(Faults { fail_from: Some((broken, std::io::ErrorKind::Other)), ..Faults::default() });
        let mut done = Vec::new();
        for number in 0..10 {
            let text = format!("note {number}");
            if room.tries(Action::Note { text: text.clone() }).await.is_ok() {
                done.push(text);
            }
        }
        let refusal = room.tries(Action::RunStep { step: "work.1".into() }).await.expect_err("a step without a record");
        assert!(refusal.0.contains("not done: the journal can't be written"), "{refusal}");
        let kept = warroom::journal::open(&disk.after_crash(broken), &path).unwrap().collect().unwrap().records;
        let kept = format!("{kept:?}");
        assert!(done.len() < 10 && done.iter().all(|text| kept.contains(text)), "operation {broken}: {done:?}");
    }
}
