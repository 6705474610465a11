use super::RUNBOOK;
use crate::runbook::load;

#[test]
fn the_demos_runbook_is_a_good_one() {
    if let Err(problems) = load("demo.yaml", RUNBOOK) {
        panic!("{problems}");
    }
}

/// Whatever the plan looks at must stay reachable while it is played, so everything it asks for is the target's.
#[test]
fn nothing_but_the_target_is_polled_or_called() {
    let runbook = load("demo.yaml", RUNBOOK).unwrap();
    let target = crate::id::VarName::new("target");
    for source in runbook.sources.values() {
        assert!(source.kind.url().vars().any(|name| *name == target), "{:?}", source.kind);
    }
    for step in runbook.all_steps() {
        if let crate::runbook::model::StepKind::Http(request) = &step.kind {
            assert!(request.url.vars().any(|name| *name == target), "{}", step.title);
        }
    }
}
