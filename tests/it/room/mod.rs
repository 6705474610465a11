//! Stories about the pure room.

mod ages;
mod checklists;
mod compares;
mod failures;
mod gates;
mod may;
mod moves;
mod parts;
mod people;
mod resumes;
mod rollbacks;
mod schedules;
mod seeded;
mod steps;
mod triggers;
mod watches;
mod words;

/// A canary plan, small enough to hold in one's head.
pub(crate) const CANARY: &str = r#"
warroom: 1
title: Canary
window: { opens: "08:00", closes: "12:00", timezone: UTC }
roles: { commander: Commander, sre: SRE lead }
sources:
  health: { health: "http://127.0.0.1:1/health", every: 1s, deadline: 1s }
  app: { scrape: "http://127.0.0.1:1/metrics", every: 1s, deadline: 1s }
metrics:
  error_rate: { unit: "%", source: app, query: "rate(errors_total[1m])", normal: < 0.5, critical: "> 1" }
  p95: { unit: ms, source: app, query: p95, normal: < 200 }
phases:
  - id: deploy
    title: Deploy
    duration: 10m
    steps:
      - { title: Push, run: ./push, duration: 2m }
      - { title: Look, manual: Look at the pods }
  - id: canary
    title: 10 %
    duration: 30m
    steps:
      - { title: Shift, run: ./shift 10, grace: 5s }
      - { bake: 60s, while: [ error_rate < 0.5%, p95 < 200ms ] }
    gate:
      question: On to 100 %?
      require: [ error_rate < 0.5%, p95 < 200ms, health is up, no critical metrics ]
      poll: [ commander, sre ]
      no_go: rollback
  - id: full
    title: 100 %
    duration: 20m
    steps:
      - { title: Shift, run: ./shift 100 }
      - { wait: 30s }
triggers:
  - { id: errors, title: error rate, when: error_rate > 5%, for: 10s, during: [ canary, full ], then: rollback, countdown: 15s }
  - { id: slow, title: p95 high, when: p95 > 1000ms, for: 5s, then: propose }
rollback:
  budget: 5m
  steps:
    - { title: Traffic back, run: ./shift 0 }
    - { title: Caches, run: ./purge, optional: true }
  verify: [ error_rate < 0.5%, health is up ]
"#;

use crate::story::Story;

/// Every source answers and everything measured is good.
pub(crate) fn healthy(yaml: &str) -> Story {
    let mut story = Story::of(yaml);
    story.measures("error_rate", 0.1).measures("p95", 120.0).source("health", true).pass(crate::story::seconds(5));
    story
}

/// In the canary phase, its bake done and its gate open.
pub(crate) fn at_the_gate() -> Story {
    let mut story = healthy(CANARY);
    story.start().does("deploy.1").ask(warroom::room::Action::FinishStep { step: "deploy.2".into(), note: String::new() });
    story.does("canary.1").pass(crate::story::seconds(65));
    story
}
