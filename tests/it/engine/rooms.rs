use warroom::room::Action;
use warroom::room::state::{Ending, Stage, State, StepStatus};

use super::live::Live;

const PLAN: &str = r#"
warroom: 1
title: Scripts
vars: { release: { default: "1.0; rm -rf /" } }
phases:
  - id: work
    title: Work
    steps:
      - { run: 'printf "release is %s\n" "$release"', expect: { stdout: "1.0; rm -rf /" } }
      - { run: 'echo before; trap "" TERM; while :; do read -t 1 < <(:); sleep 0.1; done', grace: 1s }
rollback:
  budget: 1m
  steps:
    - { run: 'echo "back because $WARROOM_REASON"' }
"#;

fn step<'a>(state: &'a State, id: &str) -> &'a StepStatus {
    &state.steps[id].status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_reaches_a_script_as_environment_and_never_as_code() {
    let mut room = Live::open(PLAN, &[]);
    room.ask(Action::StartDeployment).await.ask(Action::RunStep { step: "work.1".into() }).await;
    room.until("work.1 ends", |state| !matches!(step(state, "work.1"), StepStatus::Running { .. })).await;
    assert!(matches!(step(&room.state, "work.1"), StepStatus::Done { .. }), "{:?}", room.state.steps["work.1"]);
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_in_the_middle_of_a_stubborn_step_kills_it_and_then_runs() {
    let mut room = Live::open(PLAN, &[]);
    room.ask(Action::StartDeployment).await.ask(Action::RunStep { step: "work.1".into() }).await;
    room.until("work.1 is done", |state| matches!(step(state, "work.1"), StepStatus::Done { .. })).await;
    room.ask(Action::RunStep { step: "work.2".into() }).await;
    room.until("work.2 prints", |state| state.steps["work.2"].printed > 0).await;
    room.ask(Action::RollBack { reason: "it hangs".into() }).await;
    room.until("rolled back", |state| matches!(state.stage, Stage::Ended(..))).await;
    assert!(matches!(room.state.stage, Stage::Ended(Ending::RolledBack { verified: false }, _)), "nothing verifies this one");
    assert!(matches!(step(&room.state, "work.2"), StepStatus::Failed { .. }));
    let said = room.state.steps["rollback.1"].output.iter().any(|line| line == "back because it hangs");
    assert!(said, "{:?}", room.state.steps["rollback.1"]);
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_whose_screen_leaves_lets_its_running_step_end_and_records_it() {
    let yaml = PLAN.replace("trap \"\" TERM; while :; do read -t 1 < <(:); sleep 0.1; done", "sleep 0.3; echo after");
    let mut room = Live::open(&yaml, &[]);
    room.ask(Action::StartDeployment).await.ask(Action::SkipStep { step: "work.1".into(), reason: "not now".into() }).await;
    room.ask(Action::RunStep { step: "work.2".into() }).await;
    room.until("work.2 prints", |state| state.steps["work.2"].printed > 0).await;
    let journal = room.journal();
    assert!(std::fs::metadata(&journal).unwrap().len() > 0);
    room.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_wish_to_end_stops_what_runs() {
    let mut room = Live::open(PLAN, &[]);
    room.ask(Action::StartDeployment).await.ask(Action::SkipStep { step: "work.1".into(), reason: "not now".into() }).await;
    room.ask(Action::RunStep { step: "work.2".into() }).await;
    room.until("work.2 prints", |state| state.steps["work.2"].printed > 0).await;
    room.wish_to_end().await;
    // The first wish waits for the step; this step never ends by itself.
    let state = room.close().await;
    assert!(matches!(step(&state, "work.2"), StepStatus::Failed { .. }), "{:?}", state.steps["work.2"].status);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_in_a_room_see_the_same_and_only_who_asked_is_answered() {
    let mut room = Live::open(PLAN, &[]);
    let mut bob = room.another("bob").await;
    room.ask(Action::StartDeployment).await;
    bob.until(|state| state.started.is_some()).await;
    bob.ask(Action::Note { text: "bob is here".into() }).await;
    room.until("bob's note", |state| state.log.iter().any(|line| line.text.contains("bob is here"))).await;
    assert!(bob.closes().await.unwrap_err().to_string().contains("only ana"), "bob does not have the conn");
    assert_eq!(bob.answers, 2, "nobody else's answers reach bob");
    drop(bob);
    room.ask(Action::Note { text: "still here".into() }).await;
    room.close().await;
}
