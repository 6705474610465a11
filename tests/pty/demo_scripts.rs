//! The scripts of the demo's plan, run for real against its target: they must do what the plan expects of them.

use std::sync::Arc;

use tempfile::TempDir;
use warroom::demo::{RUNBOOK, Target};
use warroom::runbook::load;
use warroom::runbook::model::{Step, StepKind};
use warroom::time::Moment;

use crate::harness::Screen;

const START: Moment = Moment(1_800_000_000_000);

/// A target at which 2.4.0 has all the traffic.
async fn live_target() -> Target {
    let target = Target::start(Arc::new(|| START)).unwrap();
    // The second to install it is told so, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asks = [("/deploy", r#"{"version":"2.4.0","slot":"blue"}"#), ("/config/traffic-weights", r#"{"blue":100,"green":0}"#)];
    for (path, body) in asks {
        let answer = client.post(target.address() + path).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    target
}

fn run(step: &Step, script: &str, target: &str, version: &str) -> (i32, String) {
    let env = [("target", target), ("version", version)];
    let args = ["-o", "pipefail", "-c", script];
    let screen = Screen::program("bash", &args, &env, 120, 40, Arc::new(TempDir::new().unwrap()));
    let code = screen.exit_code();
    assert!(step.timeout.is_some(), "{} has an end", step.title);
    (code, screen.text())
}

#[test]
fn each_script_succeeds_and_says_what_is_expected_of_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let target = runtime.block_on(live_target());
    let runbook = load("demo.yaml", RUNBOOK).unwrap();
    let mut count = 0;
    for step in runbook.all_steps() {
        if let StepKind::Run { script, .. } = &step.kind {
            let (code, said) = run(step, script, &target.address(), "2.4.0");
            assert_eq!(code, 0, "{}: {said}", step.title);
            for text in &step.expect.contains {
                assert!(said.contains(text.as_str()), "{} must say {text:?}: {said}", step.title);
            }
            count += 1;
        }
    }
    assert!(count >= 3, "the plan shows scripts, but only {count}");
}

#[test]
fn the_validation_fails_when_another_release_is_live() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let target = runtime.block_on(live_target());
    let runbook = load("demo.yaml", RUNBOOK).unwrap();
    let step = runbook.all_steps().find(|step| step.title.contains("which release")).unwrap();
    let StepKind::Run { script, .. } = &step.kind else { panic!("{} is a script", step.title) };
    let (code, said) = run(step, script, &target.address(), "9.9.9");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("live is something else"), "{said}");
}
