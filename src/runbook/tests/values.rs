//! Where values come from, and where they go.

use super::{good, with};
use crate::id::{SourceId, VarName};
use crate::measure::criterion::Test;
use crate::runbook::model::StepKind;
use crate::runbook::template::Values;
use crate::runbook::{questions, resolve};

const PLAN: &str = r#"
warroom: 1
title: "{{ service }} {{ version }} with {{ token }}"
vars:
  service: shop
  version: { about: what is deployed }
  region: { default: eu, env: REGION }
  token: { env: TOKEN, secret: true }
sources: { up: { health: "http://{{ service }}/health", headers: { Authorization: "Bearer {{ token }}" }, expect: { contains: "{{ version }}" } } }
checklists: [ { title: "Before {{ version }}", items: [ { item: a, items: [ "see {{ region }}" ] } ] } ]
phases:
  - title: To {{ region }}
    steps: [ { manual: "look at {{ service }} with {{ token }}" } ]
    gate: { question: "Keep {{ version }}?", require: 'operator confirms "{{ version }} is live"' }
contacts: [ { name: Ana, link: "http://wiki/{{ service }}" } ]
guides: [ { title: "{{ service }}", text: "{{ region }}", links: { Logs: "http://logs/{{ service }}" } } ]
"#;

fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_command_line_comes_before_the_environment_and_that_before_the_default() {
    let runbook = good(PLAN);
    let env = |name: &str| {
        [("REGION", "us"), ("TOKEN", "s3cret")].iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    let values = resolve(&runbook, &given(&[("version", "1"), ("version", "2")]), &env).unwrap();
    let value = |name: &str| values.0[&VarName::new(name)].clone();
    assert_eq!([value("service"), value("version"), value("region"), value("token")], ["shop", "2", "us", "s3cret"]);
    let values = resolve(&runbook, &given(&[("version", "1"), ("region", "ap")]), &env).unwrap();
    assert_eq!(values.0[&VarName::new("region")], "ap");
    let unset = |name: &str| Some(if name == "TOKEN" { "x" } else { "" }.to_owned());
    assert_eq!(resolve(&runbook, &given(&[("version", "1")]), &unset).unwrap().0[&VarName::new("region")], "eu");
}

#[test]
fn all_that_is_missing_or_unknown_is_told_at_once() {
    let problems = resolve(&good(PLAN), &given(&[("verison", "1")]), &|_| None).unwrap_err();
    assert_eq!(
        problems,
        [
            "the runbook has no variable `verison`: did you mean `version`?",
            "`version` (what is deployed) has no value: give `--var version=…`",
            "`token` has no value: set TOKEN in the environment",
        ]
    );
    assert_eq!(
        resolve(&good(&with("")), &given(&[("x", "1")]), &|_| None).unwrap_err(),
        ["the runbook has no variable `x`: the runbook has no `vars:`"]
    );
}

#[test]
fn texts_are_filled_in_and_secrets_are_not() {
    let values = [("service", "shop"), ("version", "1.10"), ("region", "{{ token }}"), ("token", "s3cret")];
    let values = Values(values.into_iter().map(|(name, value)| (VarName::new(name), value.to_owned())).collect());
    let runbook = good(PLAN).fill(&values);
    assert_eq!(runbook.title, "shop 1.10 with {{ token }}");
    assert_eq!(runbook.checklists[0].title, "Before 1.10");
    assert_eq!(runbook.sources[&SourceId::new("up")].expect.contains, ["1.10"]);
    let gate = runbook.phases[0].gate.as_ref().unwrap();
    assert_eq!(gate.question, "Keep 1.10?");
    assert_eq!(gate.require[0].text, "operator confirms \"1.10 is live\"");
    assert_eq!(gate.require[0].test, Test::Confirmed { what: "1.10 is live".to_owned() });
    let StepKind::Manual { instruction } = &runbook.phases[0].steps[0].kind else { panic!("a manual step") };
    assert_eq!(instruction.written(), "look at shop with {{ token }}");
    assert_eq!(runbook.contacts[0].link.as_deref(), Some("http://wiki/shop"));
    assert_eq!(runbook.guides[0].links[0].url, "http://logs/shop");
    // What a value says is not read for variables again.
    assert_eq!(runbook.guides[0].text, "{{ token }}");
    assert!(!format!("{runbook:?}").contains("s3cret"));
}

#[test]
fn addresses_and_headers_stay_templates_until_they_are_used() {
    let runbook = good(PLAN);
    let values = resolve(&runbook, &given(&[("version", "1")]), &|_| Some("x".to_owned())).unwrap();
    let runbook = runbook.fill(&values);
    let source = &runbook.sources[&SourceId::new("up")];
    assert_eq!(source.kind.address().unwrap().usual.written(), "http://{{ service }}/health");
    assert_eq!(source.headers["Authorization"].render(&values), "Bearer x");
}

#[test]
fn only_what_nothing_else_gives_is_asked_for_and_without_anybody_to_ask_it_is_named() {
    let runbook = good(&with(
        "vars:\n  sha: { ask: Which commit runs now? }\n  token: { ask: The token?, env: TOKEN, secret: true }\n  region: { ask: Where?, default: eu }\n  reason: { ask: Why?, when: rollback }",
    ));
    let asked = |pairs: &[(&str, &str)], env: &dyn Fn(&str) -> Option<String>| {
        let asked = questions(&runbook, &given(pairs), env);
        asked.iter().map(|one| format!("{} {} {}", one.name, one.ask, one.secret)).collect::<Vec<_>>()
    };
    assert_eq!(asked(&[], &|_| None), ["sha Which commit runs now? false", "token The token? true"]);
    assert_eq!(asked(&[("sha", "1")], &|_| Some("x".to_owned())), Vec::<String>::new());
    assert_eq!(
        resolve(&runbook, &[], &|_| None).unwrap_err(),
        [
            "`sha` (Which commit runs now?) has no value: give `--var sha=…`",
            "`token` (The token?) has no value: set TOKEN in the environment",
        ]
    );
    let sha = &questions(&runbook, &[], &|_| None)[0];
    assert_eq!(sha.flaw(" "), Some("it needs a value: type it, then Enter".to_owned()));
    assert!(sha.flaw(&"x".repeat(65_537)).is_some() && sha.flaw("3f2a91c").is_none());
}

#[test]
fn the_failure_of_a_phase_that_is_used_again_bears_its_name_there() {
    let runbook = good(
        r#"
warroom: 1
title: Twice
vars: { name: x }
phases:
  - id: a
    title: "B {{ name }}"
    steps: [ { run: "true" } ]
    fail: { when: 'operator confirms "{{ name }} is broken"', then: investigate }
  - { id: b, use: a, with: { name: first } }
"#,
    );
    let values = resolve(&runbook, &[], &|_| None).unwrap();
    let filled = runbook.fill(&values);
    let told: Vec<_> = filled.triggers.iter().map(|trigger| (trigger.title.as_str(), trigger.when.test.clone())).collect();
    let broken = |name: &str| Test::Confirmed { what: format!("{name} is broken") };
    assert_eq!(told, [("B x fails", broken("x")), ("B first fails", broken("first"))]);
    assert_eq!(filled.phases[1].title, "B first");
}
