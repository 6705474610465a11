//! `warroom rehearse --auto`: the whole plan with nothing behind it, as it is called in CI.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::commands::warroom;

const PLAN: &str = r#"
warroom: 1
title: Small
vars: { token: { env: NOBODY_HAS_THIS, secret: true } }
roles: { lead: Lead }
sources: { app: { scrape: "http://shop.example/metrics", every: 5s } }
metrics: { errors: { unit: "%", source: app, query: error_percent, normal: < 1, critical: "> 5" } }
checklists: [ { title: Before, items: [ The backup is there ] } ]
phases:
  - id: deploy
    title: Deploy
    steps:
      - { id: deploy-it, title: Deploy it, run: touch MARK, timeout: 1m, expect: { contains: deployed } }
      - { title: Let it settle, wait: 2m }
    gate: { question: Keep it?, require: errors < 2%, poll: lead, no_go: rollback }
triggers: [ { title: Errors, when: errors > 5%, for: 10s, then: rollback, countdown: 5s } ]
rollback: { budget: 5m, verify: errors < 2%, steps: [ { title: Back, run: touch MARK } ] }
"#;

struct Plan {
    home: TempDir,
}

impl Plan {
    fn of(text: &str) -> Self {
        let plan = Self { home: TempDir::new().unwrap() };
        plan.write("plan.yaml", &text.replace("MARK", plan.mark().to_str().unwrap()));
        plan
    }

    /// What a step would leave behind if it were run.
    fn mark(&self) -> PathBuf {
        self.home.path().join("mark")
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The exit code, and the story.
    fn rehearsed(&self, scenario: &str) -> (i32, String) {
        let file = self.home.path().join("plan.yaml");
        let (code, said) = warroom(&self.home, &["rehearse", file.to_str().unwrap(), "--auto", "--scenario", scenario]);
        assert!(!self.mark().exists(), "a step was run: {said}");
        (code, said)
    }
}

/// The lines that tell a story are there, in this order.
fn told(said: &str, wanted: &[&str]) {
    let mut rest = said;
    for words in wanted {
        let at = rest.find(words).unwrap_or_else(|| panic!("{words:?} is not told, or not there: {said}"));
        rest = &rest[at + words.len()..];
    }
}

#[test]
fn a_calm_rehearsal_is_told_to_its_end_and_runs_nothing() {
    let plan = Plan::of(PLAN);
    let (code, said) = plan.rehearsed("calm");
    assert_eq!(code, 0, "{said}");
    let story = [
        "REHEARSAL of Small, scenario calm: nothing is run, nothing leaves this machine",
        "ticked The backup is there",
        "started the deployment",
        "1.1 done",
        "lead votes GO",
        "deployment completed",
        "REHEARSAL: The deployment was completed. It took 2:",
    ];
    told(&said, &story);
}

#[test]
fn its_journal_is_verified_listed_and_says_what_it_was() {
    let plan = Plan::of(PLAN);
    let (_, said) = plan.rehearsed("calm");
    let room = said.lines().find_map(|line| line.strip_prefix("See it again: warroom replay ")).unwrap().to_owned();
    let anchor = said.lines().find_map(|line| line.strip_prefix("Its anchor: ")).unwrap().to_owned();
    let (code, verified) = warroom(&plan.home, &["verify", &room, "--anchor", &anchor]);
    assert_eq!(code, 0, "{verified}");
    told(&warroom(&plan.home, &["rooms"]).1, &[&room, "rehearsal", "completed"]);
    // Nobody can take it for a deployment that was cut off.
    let (code, refused) = warroom(&plan.home, &["resume", &room]);
    assert!(code == 1 && refused.contains("the rehearsal is over"), "{refused}");
}

#[test]
fn each_scenario_ends_with_the_code_that_says_how() {
    let plan = Plan::of(PLAN);
    for (scenario, code, words) in [
        ("error-burst", 4, &["started the ROLLBACK", "R1 done", "rolled back, and that was verified"][..]),
        ("blind", 4, &["rolled back; that was NOT verified"]),
        ("stuck-step", 4, &["1.1 FAILED", "1.1 FAILED", "rolled back, and that was verified"]),
        ("failed-rollback-step", 4, &["started the ROLLBACK", "R1 FAILED", "skipped R1", "rolled back; that was NOT verified"]),
    ] {
        let (exit, said) = plan.rehearsed(scenario);
        assert_eq!(exit, code, "{scenario}: {said}");
        told(&said, words);
    }
}

#[test]
fn a_scenario_that_never_came_true_is_no_rehearsal_of_it() {
    // Nothing watches in this plan, and what vanishes does so a minute after somebody would have watched.
    let short = PLAN.replace("wait: 2m", "wait: 5s");
    let short = short.lines().filter(|line| !line.starts_with("triggers:")).collect::<Vec<_>>().join("\n");
    let (code, said) = Plan::of(&short).rehearsed("blind");
    assert_eq!(code, 7, "{said}");
    told(&said, &["NOTHING WAS TRIED", "anything of the scenario blind came true"]);
}

#[test]
fn a_scenario_that_finds_nothing_to_touch_has_tried_nothing() {
    // There is no trigger and no metric in the first, nothing that rolls back in the second, no machine's step in the third.
    let first = include_str!("../../sample-runbooks/first.yaml");
    let unwatched = PLAN.lines().filter(|line| !line.starts_with("triggers:")).collect::<Vec<_>>().join("\n");
    let by_hand = "warroom: 1\ntitle: By hand\nphases: [ { title: One, steps: [ { manual: Turn the key. } ] } ]\n";
    for (plan, scenarios) in [
        (first, &["error-burst", "slow-leak", "failed-rollback-step"][..]),
        (&unwatched, &["failed-rollback-step"]),
        (by_hand, &["stuck-step"]),
    ] {
        let plan = Plan::of(plan);
        for scenario in scenarios {
            let (code, said) = plan.rehearsed(scenario);
            assert_eq!(code, 7, "{scenario}: {said}");
            told(&said, &["NOTHING WAS TRIED", &format!("anything of the scenario {scenario} came true")]);
        }
    }
}

#[test]
fn a_rollback_step_that_was_to_fail_and_never_ran_is_told_though_the_trigger_came() {
    // The trigger only says so, and nobody goes back for it.
    let notes = PLAN.replace("then: rollback, countdown: 5s", "then: notify");
    assert_ne!(notes, PLAN);
    let notes = notes.replace("require: errors < 2%", "require: errors < 99%");
    let (code, said) = Plan::of(&notes).rehearsed("failed-rollback-step");
    assert_eq!(code, 7, "{said}");
    told(&said, &["NOT ALL WAS TRIED: a step that was to fail was never run"]);
}

#[test]
fn without_a_way_back_it_is_abandoned() {
    let text = PLAN.lines().filter(|line| !line.starts_with("rollback:") && !line.starts_with("triggers:"));
    let text = text.collect::<Vec<_>>().join("\n").replace(", no_go: rollback", ", no_go: hold");
    let plan = Plan::of(&text);
    let faults = plan.write("bad.yaml", "faults: [ { metric: errors, becomes: 3, during: deploy, after: 1m } ]\n");
    let (code, said) = plan.rehearsed(&faults);
    assert_eq!(code, 3, "{said}");
    told(&said, &["abandoned"]);
}

#[test]
fn whoever_may_not_start_is_refused_and_told_why() {
    let lead = PLAN.replace("lead: Lead", "lead: { title: Lead, people: [ bob ], may: command }");
    let (code, said) = Plan::of(&lead).rehearsed("calm");
    assert_eq!(code, 5, "{said}");
    told(&said, &["REHEARSAL: the start was refused: "]);
}

#[test]
fn a_scenario_of_ones_own_is_a_file_and_what_is_wrong_with_it_has_a_line() {
    let plan = Plan::of(PLAN);
    let own = plan.write("own.yaml", "faults: [ { step: deploy-it, becomes: failed, during: always } ]\n");
    let (code, said) = plan.rehearsed(&own);
    assert_eq!(code, 4, "{said}");
    told(&said, &["1.1 FAILED", "1.1 FAILED", "rolled back"]);
    let wrong = plan.write(
        "wrong.yaml",
        "late: soon\nfaults:\n  - { metric: erors, becomes: awful }\n  - { step: deploy, after: 5m, durng: always }\n  - step: first\n    during: deply\n",
    );
    let (code, said) = plan.rehearsed(&wrong);
    assert_eq!(code, 1, "{said}");
    for told in [
        "wrong.yaml:1:7: `soon` is not a time such as `30s` or `5m`",
        "wrong.yaml:3:15: the runbook has no metric `erors`; the nearest is `errors`",
        "wrong.yaml:3:31: a metric becomes `critical`, `warning`, `missing`, `growing` or a number, not `awful`",
        "wrong.yaml:4:13: the runbook has no step `deploy`; the nearest is `deploy.2`",
        "wrong.yaml:4:32: a fault has no `durng:`; the nearest is `during`",
        "wrong.yaml:6:13: the runbook has no phase `deply`; the nearest is `deploy`",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let (code, said) = plan.rehearsed("clam");
    assert!(code == 2 && said.contains("no scenario clam: built in are calm, error-burst"), "{said}");
    let (code, said) = warroom(&plan.home, &["rehearse", "x.yaml", "--auto", "--speed", "5"]);
    assert!(code == 2 && said.contains("cannot be used with"), "{said}");
    let (code, said) = warroom(&plan.home, &["rehearse", "x.yaml", "--speed", "5000"]);
    assert!(code == 2 && said.contains("1..=100"), "{said}");
}
