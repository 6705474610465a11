//! A source that is asked at another address in some phase.

use super::plan::runbook;
use super::{Look, Story, at};
use crate::measure::reading::Reading;
use crate::room::event::{Event, Mode};
use crate::runbook::model::SourceKind;
use crate::tui::panes::gauge;

#[test]
fn where_the_source_is_asked_elsewhere_the_chart_is_marked() {
    let mut plan = runbook();
    let app = &mut plan.sources["app"].kind;
    let (SourceKind::Health { url } | SourceKind::Scrape { url } | SourceKind::Json { url }) = app else { panic!("{app:?}") };
    let elsewhere = url.usual.clone();
    url.during.insert("canary".into(), elsewhere);
    let mut story = Story::open(plan, Mode::Live, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "blue".into() });
    story.tell("08:20:00", Event::PhaseEnded { phase: "blue".into() });
    story.tell("08:20:00", Event::PhaseBegan { phase: "canary".into() });
    story.polled(at("08:20:00"), "app", &[("errors", Reading::Number(0.1))]);
    let shown = Look::plain("09:12:40").text(&story, (80, 18), gauge::draw);
    assert!(shown.contains("|T 1 Blue") && shown.contains("|@2 Canary"), "{shown}");
}
