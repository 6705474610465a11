//! What it costs to check a runbook of five thousand steps: read, proved, and asked about by every rule.

use std::fmt::Write;

use divan::Bencher;
use divan::counter::ItemsCount;

use warroom::runbook::lint::examine;

const PHASES: usize = 50;
const STEPS: usize = 100;

fn main() {
    divan::main();
}

fn plan() -> String {
    let mut text = "warroom: 1\ntitle: Many\nphases:\n".to_owned();
    for phase in 0..PHASES {
        let _ = writeln!(text, "  - title: Phase {phase}\n    steps:");
        for step in 0..STEPS {
            let script =
                format!("set -e\n          kubectl apply -f step-{step}.yaml\n          kubectl rollout status deployment/shop");
            let _ = writeln!(text, "      - title: Step {step}\n        run: |\n          {script}\n        timeout: 2m");
        }
    }
    text
}

#[divan::bench(sample_count = 10)]
fn five_thousand_steps(bencher: Bencher<'_, '_>) {
    let text = plan();
    let steps = ItemsCount::new(PHASES * STEPS);
    bencher.counter(steps).bench_local(|| examine("many.yaml", &text, None).map(|(_, warnings)| warnings.warnings.len()));
}
