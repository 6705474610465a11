//! What it costs to fold events into the room, and to ask after each what follows: the whole of a turn but the disk.

use divan::Bencher;
use divan::counter::ItemsCount;

use warroom::measure::reading::Reading;
use warroom::measure::unit::Unit;
use warroom::room::event::{Event, Mode, Outcome, Output, Record};
use warroom::room::{State, apply, follow};
use warroom::runbook::model::{Then, Trigger};
use warroom::time::{Moment, Span};
// The plan and the story are the tests' own: they find these rooms at the root of their crate.
use warroom::{id, measure, room, runbook, time};

#[path = "../src/tui/panes/tests/plan.rs"]
#[expect(clippy::unwrap_used, reason = "shared with the stories, and written as tests are")]
mod plan;
#[path = "../src/tui/panes/tests/story.rs"]
#[expect(clippy::unwrap_used, dead_code, reason = "shared with the stories, which tell more than is measured here")]
mod story;

use story::{Story, at};

const EVENTS: u64 = 1_000_000;
const GAUGES: usize = 20;
const TRIGGERS: usize = 8;
const CLOCK: &str = "08:00:00";

fn main() {
    divan::main();
}

/// Half an hour into a night with twenty gauges: the first phase's step runs, and eight triggers watch.
fn night() -> Story {
    let mut plan = plan::runbook();
    for number in plan.metrics.len()..GAUGES {
        let metric = plan::metric(&format!("queue {number}"), Unit::None, "app", 70.0, 90.0);
        plan.metrics.insert(format!("queue_{number}").as_str().into(), metric);
    }
    for number in 0..TRIGGERS {
        let metric = &plan.metrics.get_index(GAUGES - 1 - number).map(|(id, _)| id.to_string()).unwrap_or_default();
        let mut when = plan::below(metric, 1_000.0, &format!("{metric} >= 1000 for 5m"));
        when.test = measure::criterion::Test::Compare {
            metric: metric.as_str().into(),
            op: measure::criterion::Op::AtLeast,
            limit: 1_000.0.into(),
            hold: Span::minutes(5),
        };
        let id = format!("watch-{number}").as_str().into();
        let hold = Span::ZERO;
        plan.triggers.push(Trigger {
            id,
            title: format!("{metric} is high"),
            when,
            hold,
            during: Vec::new(),
            then: Then::Propose,
            with: indexmap::IndexMap::new(),
        });
    }
    let mut story = Story::open(plan, Mode::Live, "07:40:00");
    story.tell(CLOCK, Event::DeploymentStarted { by: "ana".into() });
    let phase = story.state.runbook.phases[0].clone();
    story.tell(CLOCK, Event::PhaseBegan { phase: phase.id });
    let step = phase.steps[0].id.clone();
    story.started(CLOCK, step.as_str());
    story
}

/// Events as a busy night has them: mostly polls of all gauges, some lines printed, now and then a word of a person.
fn events(state: &State) -> Vec<Record> {
    let metrics: Vec<_> = state.runbook.metrics.keys().cloned().collect();
    let step = state.runbook.phases[0].steps[0].id.clone();
    let item = state.runbook.checklists[0].items[0].id.clone();
    let start = at("08:00:01");
    let event = |number: u64| match number % 8 {
        0..=4 => {
            // Each gauge stays within its band for a while, and then leaves it.
            let value = |place: usize| Reading::Number(((number / 64 + place as u64) % 80) as f64);
            let readings = metrics.iter().enumerate().map(|(place, id)| (id.clone(), value(place))).collect();
            Event::SourcePolled {
                source: "app".into(),
                took: Span(12),
                outcome: Outcome::Up { status: 200 },
                readings,
                during: None,
                notes: Vec::new(),
                alerts: None,
                ages: std::collections::BTreeMap::new(),
            }
        }
        5 | 6 => {
            let lines = (0..10).map(|line| format!("{number}.{line}: deployment.apps/shop condition met")).collect();
            Event::StepOutput {
                step: step.clone(),
                attempt: 1,
                output: Output { lines, omitted: 0, to: None, late: false, printed_by: None },
            }
        }
        _ => Event::ItemTicked { item: item.clone(), by: "ana".into() },
    };
    // As many as repeat: a million different ones would measure the machine's memory.
    (0..4_096)
        .map(|number| Record { seq: number, at: start + Span(number.cast_signed() * 250), ask: None, event: event(number) })
        .collect()
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn apply_1_000_000_events(bencher: Bencher) {
    let story = night();
    let records = events(&story.state);
    bencher.counter(ItemsCount::new(EVENTS)).with_inputs(|| story.state.clone()).bench_local_values(|mut state| {
        for record in records.iter().cycle().take(EVENTS as usize) {
            apply(&mut state, record);
        }
        state
    });
}

/// A night whose every history is full, an hour and more of it without any news.
fn full(quiet: bool) -> (Story, Moment) {
    let mut story = night();
    let ids: Vec<String> = story.state.runbook.metrics.keys().map(ToString::to_string).collect();
    let mut now = at("08:00:01");
    for round in 0..2 * measure::history::RECENT_MAX as u64 {
        now = now + Span::SECOND;
        let value = |place: u64| if quiet { 1.0 } else { ((round + place) % 60) as f64 };
        let readings: Vec<(&str, Reading)> = (0..).zip(&ids).map(|(at, id)| (id.as_str(), Reading::Number(value(at)))).collect();
        story.polled(now, "app", &readings);
    }
    (story, now)
}

/// Asked after each event and each second.
#[divan::bench(args = [true, false])]
fn follow_with_full_histories(bencher: Bencher, quiet: bool) {
    let (story, now) = full(quiet);
    bencher.bench_local(|| follow(&story.state, now));
}

/// The engine opens a gate and a screen shows one with the same words: every criterion with what is measured now.
#[divan::bench(args = [true, false])]
fn gate_evidence_with_full_histories(bencher: Bencher, quiet: bool) {
    let (story, now) = full(quiet);
    let gated = story.state.runbook.phases.iter().position(|phase| phase.gate.is_some()).unwrap_or_default();
    bencher.bench_local(|| story.state.gate_evidence(gated, now));
}
