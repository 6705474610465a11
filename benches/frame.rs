//! One whole frame at 200x60 with 20 gauges and 10,000 lines of output. It has to stay under 2 ms.

use divan::Bencher;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use warroom::id::OperatorId;
use warroom::measure::reading::Reading;
use warroom::measure::unit::Unit;
use warroom::room::event::{Event, Mode};
use warroom::time::Span;
use warroom::tui::scene::{LinkState, Scene};
use warroom::tui::theme::{Marks, Theme};
use warroom::tui::view::View;
// The plan and the story are the tests' own: they find these rooms at the root of their crate.
use warroom::{id, measure, room, runbook, time};

#[path = "../src/tui/panes/tests/plan.rs"]
#[expect(clippy::unwrap_used, reason = "shared with the stories, and written as tests are")]
mod plan;
#[path = "../src/tui/panes/tests/story.rs"]
#[expect(clippy::unwrap_used, dead_code, reason = "shared with the stories, which tell more than is measured here")]
mod story;

use story::{Story, at};

const GAUGES: usize = 20;
const LINES: usize = 10_000;
const SAMPLES: i64 = 1_000;

fn main() {
    divan::main();
}

/// A long night: every gauge has a long history, and a step has printed all that is kept.
fn night() -> Story {
    let mut plan = plan::runbook();
    for number in plan.metrics.len()..GAUGES {
        let metric = plan::metric(&format!("queue {number}"), Unit::None, "app", 70.0, 90.0);
        plan.metrics.insert(format!("queue_{number}").as_str().into(), metric);
    }
    let ids: Vec<String> = plan.metrics.keys().map(ToString::to_string).collect();
    let mut story = Story::open(plan, Mode::Live, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "canary".into() });
    for round in 0..SAMPLES {
        let value = |at: usize| Reading::Number(((round as usize + at) % 60) as f64);
        let readings: Vec<(&str, Reading)> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), value(at))).collect();
        story.polled(at("08:00:01") + Span::seconds(round * 3), "app", &readings);
    }
    story.started("08:50:00", "canary.1");
    let lines: Vec<String> = (0..LINES).map(|line| format!("{line}: deployment.apps/shop condition met after a while")).collect();
    story.printed("08:50:02", "canary.1", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    story
}

#[divan::bench]
fn frame_200x60(bencher: Bencher) {
    let story = night();
    let (view, link, me) = (View::default(), LinkState::Up, OperatorId::new("ana"));
    let theme = Theme::builtin("default").unwrap_or_default();
    let Ok(mut terminal) = Terminal::new(TestBackend::new(200, 60));
    bencher.bench_local(|| {
        let scene = Scene {
            state: &story.state,
            view: &view,
            theme: &theme,
            marks: &Marks::UNICODE,
            now: at("08:50:03"),
            transport: None,
            link: &link,
            anchor: None,
            fault: None,
            me: &me,
        };
        let Ok(drawn) = terminal.draw(|frame| warroom::tui::draw(frame, &scene));
        divan::black_box(drawn.area)
    });
}
