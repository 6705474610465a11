//! What a good file becomes.

use super::{MOSHIMOSHI, good, with, with_step};
use crate::id::{MetricId, PhaseId, SourceId, VarName};
use crate::measure::criterion::{Op, Test};
use crate::runbook::model::{At, Channel, Method, NoGo, Runbook, Severity, StepKind, Then};
use crate::runbook::template::{Template, Values};
use crate::time::{Span, Zone};

#[test]
fn the_sketch_of_the_design_becomes_the_plan_it_describes() {
    let runbook = good(MOSHIMOSHI);
    assert_eq!(runbook.title, "Moshimoshi {{ version }} to production");
    assert_eq!(runbook.zone, Zone::UTC);
    assert_eq!(runbook.window.map(|window| window.closes.to_string()), Some("12:00:00".to_owned()));
    assert_eq!(runbook.sources[&SourceId::new("lb")].fresh_for(), Span::seconds(18));
    assert_eq!(runbook.checklists[0].due, Some(At::T(Span::minutes(-720))));
    assert_eq!(runbook.checklists[0].items[1].id.as_str(), "the-evening-before.2");
    let numbers: Vec<String> = runbook.all_steps().map(|step| format!("{} {} {}", step.number, step.id, step.title)).collect();
    assert_eq!(
        numbers,
        [
            "1.1 canary.1 Send 10 % to blue",
            "1.2 canary.2 Bake 10:00",
            "2.1 half.1 POST {{ target }}/config/traffic-weights",
            "2.2 half.2 POST {{ target }}/config/traffic-weights",
            "2.3 half.3 Look at the dashboard",
            "2.4 half.4 Wait 0:30",
            "R1 rollback.1 kubectl rollout undo deployment/blue",
        ]
    );
    let gate = runbook.phases[0].gate.as_ref().unwrap();
    assert_eq!(gate.no_go, NoGo::Rollback);
    assert_eq!(
        gate.require.iter().map(|criterion| &*criterion.text).collect::<Vec<_>>(),
        ["error_rate < 0.5%", "p95 < 200ms", "health is up", "no critical metrics"]
    );
    assert_eq!(runbook.triggers[0].then, Then::Rollback { countdown: Span::seconds(15) });
    assert_eq!(runbook.triggers[0].during, [PhaseId::new("canary"), PhaseId::new("half")]);
}

#[test]
fn what_is_written_stays_as_it_is_written() {
    let runbook = good(&with("vars: { a: 1.10, b: 007, c: yes, d: 0x1f, e: '~', f: 2026-11-21, g: 1e3 }"));
    let defaults: Vec<&str> = runbook.vars.values().map(|var| var.default.as_deref().unwrap()).collect();
    assert_eq!(defaults, ["1.10", "007", "yes", "0x1f", "~", "2026-11-21", "1e3"]);
}

#[test]
fn limits_are_turned_into_the_unit_of_their_metric() {
    let text = with(
        r#"
sources: { app: { scrape: "http://a/" } }
metrics:
  rss: { source: app, query: x, unit: bytes, critical: "> 1GB" }
  errors: { source: app, query: y, unit: fraction, warning: 0.5% .. 1%, normal: < 0.5% }
triggers:
  - when: rss >= 2 GiB or errors > 5 % for 1m
  - when: errors != 1%"#,
    );
    let runbook = good(&text);
    let rss = &runbook.metrics[&MetricId::new("rss")];
    assert_eq!(rss.bands.critical.and_then(|range| range.low).map(|end| (end.value, end.included)), Some((1e9, false)));
    let errors = &runbook.metrics[&MetricId::new("errors")];
    assert!(errors.bands.normal.is_some_and(|range| range.contains(0.0) && !range.contains(0.005)));
    assert!(errors.bands.warning.is_some_and(|range| range.contains(0.005) && range.contains(0.01) && !range.contains(0.02)));
    let Test::Any(tests) = &runbook.triggers[0].when.test else { panic!("an or") };
    let compare =
        |metric: &str, op, limit, hold| Test::Compare { metric: MetricId::new(metric), op, limit: f64::into(limit), hold };
    assert_eq!(tests[0], compare("rss", Op::AtLeast, 2.0 * 1024.0 * 1024.0 * 1024.0, Span::ZERO));
    assert_eq!(tests[1], compare("errors", Op::More, 0.05, Span::MINUTE));
}

#[test]
fn a_request_is_a_line_or_its_parts() {
    let request = |step: &str| match good(&with_step(step)).phases[0].steps[0].kind.clone() {
        StepKind::Http(request) => request,
        other => panic!("{other:?}"),
    };
    assert_eq!(request("{ http: http://a/b }").method, Method::Get);
    assert_eq!(request("{ http: DELETE http://a/b }").method, Method::Delete);
    let weights = request("{ http: { url: http://a/, body: { blue: 50, on: true, version: \"{{ version }}\" } } }");
    assert_eq!(weights.method, Method::Post);
    assert_eq!(weights.body.unwrap().render(&Values::default()), r#"{"blue":50,"on":true,"version":"{{ version }}"}"#);
    assert_eq!(weights.headers["Content-Type"].written(), "application/json");
    let own = request("{ http: { method: PUT, url: http://a/, headers: { content-type: text/plain }, body: '{x' } }");
    assert_eq!(own.headers.len(), 1);
}

#[test]
fn parts_may_be_shared_by_anchors_and_merges() {
    let runbook = good(
        "warroom: 1\ntitle: x\nphases:\n  - id: a\n    steps:\n      - &deploy { run: deploy, timeout: 2m, warn: Careful }\n  - id: b\n    steps:\n      - { <<: *deploy, timeout: 5m }\n",
    );
    let again = runbook.all_steps().nth(1).unwrap();
    assert_eq!((again.title.as_str(), again.timeout, again.warn.as_deref()), ("deploy", Some(Span::minutes(5)), Some("Careful")));
}

#[test]
fn the_word_health_means_all_of_them_unless_a_source_is_called_so() {
    let health = |sources: &str| {
        let text = with(&format!("sources: {sources}\ntriggers: [ {{ when: health is down }} ]"));
        good(&text).triggers[0].when.test.clone()
    };
    let down = |source| Test::Health { source, up: false, hold: Span::ZERO };
    assert_eq!(health("{ a: { health: \"http://a/\" }, b: { health: \"http://b/\" } }"), down(None));
    assert_eq!(health("{ health: { health: \"http://a/\" } }"), down(Some(SourceId::new("health"))));
}

#[test]
fn braces_that_are_not_ours_may_stay_in_a_script() {
    let runbook = good(&with_step("{ run: \"docker inspect -f '{{.State}}{{ end }}' x\" }"));
    assert!(matches!(&runbook.phases[0].steps[0].kind, StepKind::Run { script, .. } if script.contains("{{.State}}")));
}

#[test]
fn a_script_without_a_title_goes_by_its_first_command() {
    let runbook = good(&with_step("{ run: \"# 1. Deploy\\nset -e\\nkubectl   apply -f x\\nrest\" }"));
    assert_eq!(runbook.phases[0].steps[0].title, "kubectl apply -f x");
}

#[test]
fn the_first_runbook_of_the_readme_is_good() {
    let text = include_str!("../../../sample-runbooks/first.yaml");
    let runbook: Runbook = good(text);
    assert_eq!(text.lines().count(), 16);
    assert_eq!(runbook.vars.keys().map(VarName::as_str).collect::<Vec<_>>(), ["service", "address"]);
    assert!(runbook.rollback.is_some());
}

#[test]
fn a_value_cannot_break_out_of_a_json_body() {
    let runbook = good(&with_step("{ http: { url: \"http://h/x\", body: { version: \"{{ version }}\" } } }"));
    let StepKind::Http(request) = &runbook.phases[0].steps[0].kind else { panic!("{:?}", runbook.phases[0].steps) };
    let values = Values([(VarName::new("version"), "1\",\"admin\":\"yes\n".to_owned())].into());
    let sent: serde_json::Value = serde_json::from_str(&request.body.as_ref().unwrap().render(&values)).unwrap();
    assert_eq!(sent, serde_json::json!({ "version": "1\",\"admin\":\"yes\n" }));
}

const MESSAGES: &str =
    "channels: { team: { slack: '#deploy', for: [ critical, rollback ] }, pd: { pagerduty: shop, for: rollback } }
messages: { begun: { to: team, subject: Release, text: It begins. } }";

#[test]
fn a_step_that_names_a_prepared_message_is_that_message_and_may_send_it_elsewhere() {
    let said = |step: &str| {
        let runbook = good(&format!("{}\n{MESSAGES}", with_step(step)));
        let StepKind::Message { name, to, subject, text } = &runbook.phases[0].steps[0].kind else { panic!("{step}") };
        let to: Vec<_> = to.iter().map(ToString::to_string).collect();
        format!("{name:?} {} {:?} {}", to.join("+"), subject.as_ref().map(Template::written), text.written())
    };
    assert_eq!(said("{ message: begun }"), "Some(\"begun\") team Some(\"Release\") It begins.");
    assert_eq!(said("{ message: begun, to: pd, subject: Now }"), "Some(\"begun\") pd Some(\"Now\") It begins.");
    assert_eq!(said("{ message: It is done., to: [ team, pd ] }"), "None team+pd None It is done.");
}

#[test]
fn channels_say_how_bad_a_thing_must_be_for_them() {
    let runbook = good(&with(MESSAGES));
    let told = |severity| runbook.told(severity).map(Channel::reach).collect::<Vec<_>>().join(", ");
    assert_eq!(told(Severity::Warning), "");
    assert_eq!(told(Severity::Critical), "tell #deploy");
    assert_eq!(told(Severity::Rollback), "tell #deploy, page shop");
}
