//! `--probe`: each source is asked once, within its deadline.

use std::sync::Arc;

use anyhow::Context;

use crate::cli::{out, room};
use crate::engine::Outside;
use crate::engine::clock::SystemClock;
use crate::engine::net::HttpNet;
use crate::engine::poll::{Place, pollers};
use crate::engine::spawn::SystemSpawner;
use crate::engine::steps::Setting;
use crate::id::{RoomId, SourceId};
use crate::measure::reading::Reading;
use crate::room::event::{Event, Outcome};
use crate::runbook;

/// The sources that are down, with what came instead of an answer; nothing where the runbook has problems.
pub(super) fn down(name: &str, text: &str, vars: &[String]) -> anyhow::Result<Option<Vec<(SourceId, String)>>> {
    let Ok(runbook) = runbook::load(name, text) else { return Ok(None) };
    let values = room::values(&runbook, &room::pairs(vars)?)?;
    let setting = Arc::new(Setting::new(&runbook, values, RoomId::new("check"), std::env::temp_dir()));
    let clock = SystemClock::new();
    let outside = Outside {
        clock: Arc::new(clock),
        spawner: Arc::new(SystemSpawner::without_session()),
        net: Arc::new(HttpNet::new(Arc::new(clock))),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("can't start the runtime")?;
    let polls = pollers(&runbook, &setting, &Place::nowhere()).into_iter().map(|mut poller| {
        let outside = outside.clone();
        async move { poller.poll(&outside).await }
    });
    let events = runtime.block_on(futures_util::future::join_all(polls));
    let mut down = Vec::new();
    for event in events {
        if let Event::SourcePolled { source, took, outcome, readings, .. } = event {
            let values = readings.iter().filter(|(_, reading)| matches!(reading, Reading::Number(_))).count();
            match outcome {
                Outcome::Up { status } => {
                    let metrics =
                        if readings.is_empty() { String::new() } else { format!(", {values} of {} metrics", readings.len()) };
                    out::line(&format!("{name}: {source}: status {status} after {} ms{metrics}", took.0))?;
                }
                Outcome::Down { why } => down.push((source, why)),
            }
        }
    }
    Ok(Some(down))
}
