use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::engine::stand_in::StandIn;
use crate::id::{OperatorId, RoomId};
use crate::room::event::{Event, Mode, Opened, Outcome, Record};
use crate::room::state::{Ending, Stage};
use crate::room::{State, apply};
use crate::runbook;
use crate::time::Moment;

fn opened(text: &str) -> State {
    let runbook = Arc::new(runbook::load("rehearsed.yaml", text).unwrap());
    let opened = Opened {
        format: 1,
        room: RoomId::new("rehearsal"),
        mode: Mode::Rehearsal,
        file: "rehearsed.yaml".into(),
        runbook: text.into(),
        values: BTreeMap::new(),
        t0: None,
        operator: OperatorId::new("ana"),
        host: "bastion".into(),
        version: "0".into(),
        rehearsal: None,
    };
    let record = Record { seq: 0, at: Moment(1_763_715_600_000), ask: None, event: Event::Opened(Box::new(opened.clone())) };
    let mut state = State::open(&opened, record.at, runbook);
    apply(&mut state, &record);
    state
}

fn rehearse(text: &str, scenario: &str) -> Rehearsed {
    let state = opened(text);
    let scenario = read(scenario, builtin(scenario).unwrap(), &state.runbook).unwrap();
    let play = Play::of(&state.runbook, scenario, 7);
    drive(state, play, |_, _| Ok::<_, ()>(())).unwrap()
}

fn ending(rehearsed: &Rehearsed) -> &Ending {
    match &rehearsed.state.stage {
        Stage::Ended(ending, _) => ending,
        other => {
            let log: Vec<_> = rehearsed.state.log.iter().map(|line| line.text.clone()).collect();
            panic!("{other:?} after {}: {log:#?}", rehearsed.took)
        }
    }
}

#[test]
fn a_calm_rehearsal_of_the_demo_goes_to_its_end() {
    assert_eq!(*ending(&rehearse(crate::demo::RUNBOOK, "calm")), Ending::Completed);
}

#[test]
fn a_burst_of_errors_takes_it_through_the_trigger_into_a_verified_rollback() {
    let rehearsed = rehearse(crate::demo::RUNBOOK, "error-burst");
    assert_eq!(*ending(&rehearsed), Ending::RolledBack { verified: true });
    assert!(rehearsed.state.log.iter().any(|line| line.text.contains("Too many errors")));
}

#[test]
fn a_leak_that_a_trigger_proposes_to_roll_back_is_rolled_back() {
    assert_eq!(*ending(&rehearse(crate::demo::RUNBOOK, "slow-leak")), Ending::RolledBack { verified: true });
}

#[test]
fn who_sees_nothing_goes_nowhere() {
    assert!(matches!(
        ending(&rehearse(crate::demo::RUNBOOK, "blind")),
        Ending::RolledBack { verified: false } | Ending::Abandoned { .. }
    ));
}

#[test]
fn a_no_go_for_what_nobody_knows_says_why_nobody_knows_it() {
    let rehearsed = rehearse(crate::demo::RUNBOOK, "blind");
    let lines: Vec<_> = rehearsed.state.log.iter().filter(|line| line.text.contains("UNKNOWN")).map(|line| &line.text).collect();
    assert!(!lines.is_empty(), "nothing was unknown");
    assert!(lines.iter().all(|line| !line.contains("UNKNOWN: ?")), "{lines:#?}");
}

#[test]
fn a_step_that_hangs_is_stopped_and_given_up_after_the_second_time() {
    let rehearsed = rehearse(crate::demo::RUNBOOK, "stuck-step");
    assert!(matches!(ending(&rehearsed), Ending::RolledBack { .. }), "{:?}", rehearsed.state.stage);
}

#[test]
fn a_rollback_whose_step_fails_goes_on_without_it_and_says_so() {
    let rehearsed = rehearse(crate::demo::RUNBOOK, "failed-rollback-step");
    assert!(matches!(ending(&rehearsed), Ending::RolledBack { .. }));
    assert!(rehearsed.state.log.iter().any(|line| line.text.contains("failed 2 times")));
}

#[test]
fn the_scenario_of_the_readme_is_one() {
    let page = include_str!("../../README.md");
    let from = page.find("about: The database is slow").unwrap();
    let text = &page[from..from + page[from..].find("```").unwrap()];
    let state = opened(crate::demo::RUNBOOK);
    assert_eq!(read("readme.yaml", text, &state.runbook).map(|scenario| scenario.faults.len()), Ok(3));
}

#[test]
fn what_somebody_makes_go_wrong_goes_wrong_until_they_mend_it() {
    let state = opened(crate::demo::RUNBOOK);
    let mut play = Play::of(&state.runbook, Scenario::default(), 7);
    let app = "app".into();
    let polled =
        |play: &mut Play| matches!(play.poll(&state, &app, state.at), Event::SourcePolled { outcome: Outcome::Up { .. }, .. });
    assert!(polled(&mut play));
    play.on_demand().set(vec![What::SourceDown(Pick::All)]);
    assert!(!polled(&mut play));
    play.on_demand().set(Vec::new());
    assert!(polled(&mut play));
}

#[test]
fn a_share_is_never_more_than_all_of_it_unless_the_runbook_says_so() {
    const SHARES: &str = r#"
warroom: 1
title: Shares
sources:
  app: { scrape: "http://127.0.0.1:1/metrics" }
metrics:
  hits: { unit: "%", source: app, query: hits, normal: "> 95" , critical: "< 80" }
  truth: { source: app, query: truth, normal: ">= 0.94" }
  ready: { unit: fraction, source: app, query: ready, normal: "> 0.9" }
  disk: { unit: "%", source: app, query: disk, warning: "80 .. 95", critical: "> 95" }
  cores: { unit: "%", source: app, query: cores, critical: "> 350" }
phases:
  - { title: One, steps: [ { title: Say so, run: "true" } ] }
triggers:
  - { title: Full, when: disk > 90%, then: notify }
"#;
    let range = |what: Vec<What>| {
        let mut state = opened(SHARES);
        let began = Record { seq: 1, at: state.at, ask: None, event: Event::DeploymentStarted { by: "ana".into() } };
        apply(&mut state, &began);
        let mut play = Play::of(&state.runbook, Scenario::default(), 7);
        play.on_demand().set(what);
        let mut seen: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        for _ in 0..300 {
            let Event::SourcePolled { readings, .. } = play.poll(&state, &"app".into(), state.at) else { panic!("no answer") };
            for (id, reading) in readings {
                let value = reading.number().unwrap();
                let (low, high) = seen.entry(id.to_string()).or_insert((value, value));
                (*low, *high) = (low.min(value), high.max(value));
            }
        }
        seen
    };
    let calm = range(Vec::new());
    assert!(calm["hits"].0 > 95.0 && calm["hits"].1 <= 100.0, "{calm:?}");
    assert!(calm["truth"].0 >= 0.94 && calm["truth"].1 <= 1.0, "{calm:?}");
    assert!(calm["ready"].0 > 0.9 && calm["ready"].1 <= 1.0, "{calm:?}");
    let bad = range(vec![What::Metric(Pick::All, Becomes::Critical)]);
    assert!(bad["disk"].0 > 95.0 && bad["disk"].1 <= 100.0, "{bad:?}");
    assert!(bad["cores"].0 > 350.0, "{bad:?}");
    let full = range(vec![What::Trigger(Pick::All)]);
    assert!(full["disk"].0 > 90.0 && full["disk"].1 <= 100.0, "{full:?}");
}

#[test]
fn a_rehearsal_that_goes_nowhere_names_the_step_and_what_it_waits_for() {
    const FOR_EVER: &str = r#"
warroom: 1
title: For ever
sources:
  app: { scrape: "http://127.0.0.1:1/metrics" }
metrics:
  lag: { source: app, query: lag, normal: "< 5" }
phases:
  - title: One
    steps:
      - { title: Say so, run: "true" }
      - { title: The queue is longer than ever, until: lag > 1000 }
"#;
    let rehearsed = rehearse(FOR_EVER, "calm");
    assert!(rehearsed.stuck);
    let said = crate::room::standstill::standstill(&rehearsed.state, rehearsed.state.at);
    assert!(said.starts_with("1.2 The queue is longer than ever waits for lag > 1000, for "), "{said}");
}
