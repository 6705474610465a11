//! `warroom rehearse` on the screen: the same room, hurried, with nothing behind it, and never to be mistaken.

use tempfile::TempDir;

use crate::harness::Screen;

const PLAN: &str = r#"
warroom: 1
title: Small
sources: { app: { scrape: "http://shop.example/metrics", every: 5s } }
metrics: { errors: { unit: "%", source: app, query: error_percent, normal: < 1, critical: "> 5" } }
phases:
  - title: Deploy
    steps:
      - { title: Deploy it, run: touch MARK, timeout: 10m, expect: { contains: deployed } }
      - { title: An hour at rest, wait: 1h }
triggers: [ { title: Errors, when: errors > 5%, for: 10s, then: rollback, countdown: 5s } ]
rollback: { budget: 5m, verify: errors < 2%, steps: [ { title: Back, run: touch MARK } ] }
"#;

#[test]
fn a_rehearsal_says_so_everywhere_runs_nothing_and_is_broken_and_left_by_keys() {
    let folder = TempDir::new().unwrap();
    let (file, mark) = (folder.path().join("plan.yaml"), folder.path().join("mark"));
    std::fs::write(&file, PLAN.replace("MARK", mark.to_str().unwrap())).unwrap();
    let screen = Screen::start(&["rehearse", file.to_str().unwrap(), "--speed", "60"], 80, 24);
    screen.wait_for_all(&["REHEARSAL", "b begins the deployment"]).press("b").answer("begin").to_main();
    screen.wait_for("Enter runs 1.1").enter().wait_for("rehearsed: nothing was run");
    Screen::start_at_home(&["ctl", "status"], 80, 24, screen.shared_home()).wait_for("REHEARSAL: Small");
    screen.press("F").wait_for_all(&["Break what is rehearsed", "Enter do it   Esc"]).press("Down").answer("do it");
    screen.wait_for("the fault is now: triggers").wait_for("ROLLING BACK");
    screen.press("F").wait_for_all(&["Break what is rehearsed", "Enter do it   Esc"]).answer("do it");
    screen.wait_for("rolled back, and verified").press("q");
    assert_eq!(screen.exit_code(), 4);
    screen.assert_terminal_restored().wait_for("REHEARSAL: The deployment was rolled back, and that was verified.");
    assert_eq!(screen.last_journalled("opened")["rehearsal"]["speed"], 60);
    assert!(!mark.exists(), "a step was run");
}
