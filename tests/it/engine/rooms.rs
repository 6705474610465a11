use warroom::room::Action;
use warroom::room::event::{Done, Failure};
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

const KEPT: &str = r#"
warroom: 1
title: Kept
phases:
  - id: work
    title: Work
    steps:
      - { run: 'printf "a\nb\nrelease-7\n\n"', capture: release, expect: { lines: 3 } }
      - { run: 'printf "now at %s\n" "$release"', expect: { contains: "now at {{ release }}" } }
      - { run: 'printf "one\ntwo"', expect: { lines: ">= 3" } }
      - { background: 'echo "$$"; exec sleep 600', keep: true }
      - { background: 'exec sleep 600', keep: plan }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_runs_on_after_the_plan_and_the_room_and_expectations_know_what_was_captured() {
    let mut room = Live::open(KEPT, &[]);
    room.ask(Action::StartDeployment).await;
    let over =
        |id: &'static str| move |state: &State| !matches!(step(state, id), StepStatus::Waiting | StepStatus::Running { .. });
    for id in ["work.1", "work.2", "work.3"] {
        room.ask(Action::RunStep { step: id.into() }).await.until(id, over(id)).await;
    }
    assert!(matches!(step(&room.state, "work.1"), StepStatus::Done { .. }), "{:?}", room.state.steps["work.1"]);
    assert!(matches!(step(&room.state, "work.2"), StepStatus::Done { .. }), "{:?}", room.state.steps["work.2"]);
    let StepStatus::Failed { why: Failure::Unmet { what }, .. } = step(&room.state, "work.3") else {
        panic!("{:?}", room.state.steps["work.3"]);
    };
    assert_eq!(what, "the output has 2 lines, it must be >= 3");
    room.ask(Action::SkipStep { step: "work.3".into(), reason: "meant so".into() }).await;
    room.ask(Action::RunStep { step: "work.4".into() }).await.until("it prints", |state| state.steps["work.4"].printed > 0).await;
    let kept = room.state.steps["work.4"].output[0].parse().ok().and_then(rustix::process::Pid::from_raw).unwrap();
    room.ask(Action::RunStep { step: "work.5".into() }).await;
    room.until("the plan is done", |state| matches!(state.stage, Stage::Ended(..)))
        .await
        .until("5 is stopped", over("work.5"))
        .await;
    assert!(matches!(step(&room.state, "work.4"), StepStatus::Done { how: Done::LeftRunning, .. }));
    assert!(matches!(step(&room.state, "work.5"), StepStatus::Done { how: Done::Stopped, .. }));
    assert!(room.log().iter().any(|line| line.contains("LEFT RUNNING")), "{:?}", room.log());
    room.close().await;
    // Still there to be killed.
    rustix::process::kill_process(kept, rustix::process::Signal::KILL).unwrap();
}

const WATCHED: &str = r"
warroom: 1
title: Watched
phases:
  - { id: work, title: Work, steps: [ { run: echo said }, { manual: Look } ] }
watch:
  - { title: Pulse, from: work, every: 1s, for: 20m, items: [ It is alive ] }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_ticks_while_the_plan_runs_and_goes_on_after_it() {
    let mut room = Live::open(WATCHED, &[]);
    let tick = |state: &State| state.watch.get("watch.pulse").or_else(|| state.watch.values().next()).map_or(0, |at| at.tick);
    room.ask(Action::StartDeployment).await.ask(Action::RunStep { step: "work.1".into() }).await;
    room.until("the second tick", |state| tick(state) >= 2).await;
    assert!(matches!(room.state.stage, Stage::Underway { .. }), "the plan waits for somebody to look");
    room.ask(Action::FinishStep { step: "work.2".into(), note: String::new() }).await;
    room.until("the end of the plan", |state| matches!(state.stage, Stage::Ended(..))).await;
    let then = tick(&room.state);
    room.until("a tick after the end", |state| tick(state) > then).await;
    room.close().await;
}
