//! The runbook of the stories: a canary release on the way to production. Shared with the benchmark.

use indexmap::IndexMap;

use crate::id::{ChecklistId, ItemId, PhaseId, RoleId, StepId};
use crate::measure::criterion::{Criterion, Op, Test};
use crate::measure::metric::{Bands, End, Metric, Query, Range};
use crate::measure::unit::Unit;
use crate::runbook::Runbook;
use crate::runbook::model::{
    Access, At, Checklist, Contact, Course, Document, Expect, Field, FieldKind, Gate, Guide, Item, Link, ListAbout, NoGo, Phase,
    Planned, Role, Rollback, Shell, Source, SourceKind, Step, StepKind, Then, Trigger, Window,
};
use crate::runbook::template::Template;
use crate::time::{Span, Zone};

pub(crate) fn clock(text: &str) -> chrono::NaiveTime {
    chrono::NaiveTime::parse_from_str(text, "%H:%M:%S").unwrap()
}

fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

fn about(minutes: i64) -> Planned {
    Planned { expected: Span::minutes(minutes), limit: Span::minutes(minutes) }
}

fn source(kind: SourceKind, every: i64) -> Source {
    let (every, deadline) = (Span::seconds(every), Span::seconds(2));
    Source { kind, every, deadline, headers: IndexMap::new(), access: Access::default(), expect: Expect::default() }
}

/// A metric with a warning and a critical limit; none where they are negative.
pub(crate) fn metric(title: &str, unit: Unit, source: &str, warning: f64, critical: f64) -> Metric {
    let above = |value: f64| (value >= 0.0).then_some(Range { low: Some(End { value, included: true }), high: None });
    let bands = Bands { normal: None, warning: above(warning), critical: above(critical), ..Bands::default() };
    Metric {
        title: title.to_owned(),
        unit,
        source: source.into(),
        against: None,
        query: Query::PromQl("up".to_owned()),
        bands,
        phases: indexmap::IndexMap::new(),
        better: None,
        baseline: None,
    }
}

fn step(id: &str, number: &str, title: &str, kind: StepKind) -> Step {
    Step::plain(id.into(), number.to_owned(), title.to_owned(), kind)
}

fn script(id: &str, number: &str, title: &str, minutes: i64) -> Step {
    let kind =
        StepKind::Run { script: "true".to_owned(), shell: Shell::Bash, env: IndexMap::new(), dir: None, course: Course::Once };
    Step { duration: Some(about(minutes)), timeout: Some(Span::minutes(2 * minutes)), ..step(id, number, title, kind) }
}

fn manual(id: &str, number: &str, title: &str, instruction: &str) -> Step {
    step(id, number, title, StepKind::Manual { instruction: template(instruction) })
}

fn bake(id: &str, number: &str, minutes: i64, criteria: Vec<Criterion>) -> Step {
    let span = Span::minutes(minutes);
    step(id, number, &format!("Bake {span}"), StepKind::Bake { span, criteria })
}

pub(crate) fn below(metric: &str, limit: f64, written: &str) -> Criterion {
    let test = Test::Compare { metric: metric.into(), op: Op::Less, limit: limit.into(), hold: Span::ZERO };
    Criterion { text: written.to_owned(), test }
}

fn errors() -> Criterion {
    below("error_rate", 0.5, "error_rate < 0.5%")
}

fn latency() -> Criterion {
    below("p95", 200.0, "p95 < 200ms")
}

fn healthy() -> Criterion {
    Criterion { text: "health is up".to_owned(), test: Test::Health { source: None, up: true, hold: Span::ZERO } }
}

fn no_complaints() -> Criterion {
    let what = "no user complaints".to_owned();
    Criterion { text: format!("operator confirms \"{what}\""), test: Test::Confirmed { what } }
}

fn phase(id: &str, number: usize, title: &str, at: i64, minutes: i64, steps: Vec<Step>) -> Phase {
    let at = Some(At::T(Span::minutes(at)));
    Phase {
        id: PhaseId::new(id),
        number,
        written: Some(number - 1),
        title: title.to_owned(),
        at,
        duration: Some(about(minutes)),
        owner: None,
        about: None,
        links: Vec::new(),
        when: None,
        with: IndexMap::new(),
        steps,
        gate: None,
    }
}

fn gated(phase: Phase, question: &str, require: Vec<Criterion>) -> Phase {
    let poll = ["commander", "sre", "qa"].map(RoleId::from).to_vec();
    Phase {
        gate: Some(Gate {
            question: question.to_owned(),
            require,
            quorum: poll.len(),
            poll,
            expires: None,
            waive: Vec::new(),
            no_go: NoGo::Rollback,
        }),
        ..phase
    }
}

fn item(list: &str, place: &str, text: &str, required: bool) -> Item {
    let id = ItemId::new(&format!("{list}.{place}"));
    Item { required, ..Item::plain(id, text.to_owned()) }
}

fn checklists() -> Vec<Checklist> {
    let list = "evening";
    let field = Some(Field { ask: "Backup time".to_owned(), kind: FieldKind::Time });
    let backup = Item { field, ..item(list, "2", "Database backup finished", true) };
    let people = Item {
        items: vec![item(list, "3.1", "Support desk", true), item(list, "3.2", "Status page drafted", false)],
        ..item(list, "3", "People who must know", false)
    };
    let owned = Item { owner: Some("sre".into()), ..item(list, "4", "Feature flags are off", false) };
    let evening = Checklist {
        id: ChecklistId::new(list),
        title: "The evening before".to_owned(),
        due: Some(At::T(Span::minutes(-30))),
        about: ListAbout::Start,
        items: vec![item(list, "1", "Staging tests passed", true), backup, people, owned],
    };
    let after = Checklist {
        id: ChecklistId::new("after"),
        title: "Afterwards".to_owned(),
        due: None,
        about: ListAbout::Start,
        items: vec![item("after", "1", "Old pods removed", false)],
    };
    vec![evening, after]
}

fn phases() -> Vec<Phase> {
    let blue = vec![
        script("blue.1", "1.1", "Deploy to blue", 8),
        manual(
            "blue.2",
            "1.2",
            "Smoke test",
            "Open {{ target }}, log in as the test user, put something into the cart and pay for it",
        ),
    ];
    let canary = vec![script("canary.1", "2.1", "Send 10 % to blue", 1), bake("canary.2", "2.2", 10, vec![errors(), latency()])];
    let half = vec![
        script("half.1", "3.1", "Send 50 % to blue", 1),
        bake("half.2", "3.2", 15, vec![errors()]),
        manual("half.3", "3.3", "Look at the carts", "Buy something"),
    ];
    let full = vec![script("full.1", "4.1", "Send 100 % to blue", 1), bake("full.2", "4.2", 20, vec![errors()])];
    let evidence = vec![errors(), latency(), healthy(), no_complaints()];
    vec![
        phase("blue", 1, "Blue", 0, 60, blue),
        gated(phase("canary", 2, "Canary 10%", 60, 30, canary), "Continue to 50 % of the traffic?", evidence),
        gated(phase("half", 3, "50%", 90, 30, half), "All of it?", vec![errors(), healthy()]),
        gated(phase("full", 4, "100%", 120, 30, full), "Keep it?", vec![errors()]),
        phase("switch", 5, "Switch DNS", 150, 15, vec![script("switch.1", "5.1", "Switch DNS", 2)]),
        phase("cleanup", 6, "Clean up", 165, 15, vec![script("cleanup.1", "6.1", "Remove green", 5)]),
    ]
}

fn rollback() -> Rollback {
    let steps = vec![
        script("rollback.1", "R1", "Send all traffic to green", 1),
        script("rollback.2", "R2", "Restore the configuration", 1),
        manual("rollback.3", "R3", "Tell the support desk", "Call them"),
    ];
    Rollback { budget: Span::minutes(5), steps, verify: vec![errors(), healthy()] }
}

fn guides() -> Vec<Guide> {
    let links = vec![Link { title: "Dashboard".to_owned(), url: "https://grafana.example/d/shop".to_owned() }];
    let text =
        "If p95 climbs:\n  look at the pool first, it is always the pool, and only then at the queries of the last release"
            .to_owned();
    vec![Guide { title: "Latency".to_owned(), text, links }]
}

pub(crate) fn runbook() -> Runbook {
    let url = || template("{{ target }}/health").into();
    let sources = [
        ("app", source(SourceKind::Scrape { url: url() }, 5)),
        ("db", source(SourceKind::Json { url: url() }, 5)),
        ("shop", source(SourceKind::Health { url: url() }, 5)),
        ("cart", source(SourceKind::Health { url: url() }, 5)),
        ("pay", source(SourceKind::Health { url: url() }, 5)),
    ];
    let metrics = [
        ("error_rate", metric("error rate", Unit::Percent, "app", 0.1, 1.0)),
        ("p95", metric("p95", Unit::Milliseconds, "app", 140.0, 500.0)),
        ("cpu", metric("cpu", Unit::Percent, "app", 70.0, 90.0)),
        ("memory", metric("memory", Unit::Percent, "app", 60.0, 80.0)),
        ("rps", metric("requests", Unit::PerSecond, "app", -1.0, -1.0)),
        ("restarts", metric("restarts", Unit::None, "app", 1.0, 3.0)),
        ("pool", metric("db pool", Unit::Percent, "db", 80.0, 95.0)),
    ];
    let trigger = Trigger {
        id: "trigger-1".into(),
        title: "error rate > 5 %".to_owned(),
        when: Criterion {
            text: "error_rate > 5%".to_owned(),
            test: Test::Compare { metric: "error_rate".into(), op: Op::More, limit: 5.0.into(), hold: Span::ZERO },
        },
        hold: Span::seconds(30),
        during: vec!["canary".into(), "half".into()],
        then: Then::Rollback { countdown: Span::seconds(15) },
        with: indexmap::IndexMap::new(),
    };
    let role = |title: &str| Role { phone: Some("+49 30 1234".to_owned()), ..Role::titled(title) };
    let contact = Contact {
        name: "Kim Database".to_owned(),
        role: Some("DBA on call".to_owned()),
        phone: Some("+49 30 5678".to_owned()),
        email: None,
        link: None,
    };
    Runbook {
        title: "Moshimoshi 1.0.0 to production".to_owned(),
        about: None,
        zone: Zone::UTC,
        window: Some(Window { opens: clock("08:00:00"), closes: clock("12:00:00") }),
        t0: None,
        vars: IndexMap::new(),
        roles: [("commander", role("Deployment commander")), ("sre", role("SRE lead")), ("qa", role("QA lead"))]
            .map(|(id, role)| (id.into(), role))
            .into(),
        shared_accounts: false,
        sources: sources.map(|(id, source)| (id.into(), source)).into_iter().collect(),
        metrics: metrics.map(|(id, metric)| (id.into(), metric)).into_iter().collect(),
        checklists: checklists(),
        phases: phases(),
        triggers: vec![trigger],
        rollback: Some(rollback()),
        contacts: vec![contact],
        guides: guides(),
        channels: IndexMap::new(),
        messages: Vec::new(),
        watch: Vec::new(),
        sign_off: None,
        escalation: Vec::new(),
        document: Document::default(),
    }
}

pub(crate) fn step_id(text: &str) -> StepId {
    StepId::new(text)
}

#[test]
fn what_may_be_stuck_says_so_below_its_title_and_above_the_steps_within_eighty_columns() {
    use crate::room::Action;
    use crate::tui::testing::Desk;
    let title = "Copy everything that there is from the old database to the new one";
    let plan = format!(
        "warroom: 1\ntitle: x\nphases:\n  - {{ id: a, title: A, duration: 1m..2m, steps: [ {{ title: {title}, run: ./copy }} ] }}\n"
    );
    let mut desk = Desk::of(&plan);
    desk.act(Action::StartDeployment);
    desk.act(Action::RunStep { step: "a.1".into() });
    assert!(!desk.text(80, 24).contains("STUCK?"), "{}", desk.text(80, 24));
    desk.now = desk.now + crate::time::Span::minutes(4);
    let shown = desk.text(80, 24);
    assert_eq!(shown.matches("STUCK? no output for 4:00").count(), 2, "{shown}");
    assert!(shown.contains("x stops it"), "{shown}");
    assert!(shown.contains("! 1 A is TOO LATE: 2:00 over its 2:00 at most"), "{shown}");
    assert!(shown.lines().all(|line| crate::text::width(line.trim_matches('"')) <= 80), "{shown}");
}
