//! A scenario's text: a short YAML file, or one of the built-in names.

use serde::Deserialize;
use serde_yaml::Spanned;

use super::scenario::{Becomes, Fault, Pick, PickStep, Scenario, What, When};
use crate::id::{MetricId, PhaseId, SourceId, StepId, TriggerId};
use crate::runbook::Runbook;
use crate::text::clean_line;
use crate::time::Span;

/// A scenario has some ten short lines.
const BYTES_MAX: usize = 64 * 1_024;
const FAULTS_MAX: usize = 200;

const BUILTIN: [(&str, &str); 6] = [
    ("calm", include_str!("scenarios/calm.yaml")),
    ("error-burst", include_str!("scenarios/error-burst.yaml")),
    ("slow-leak", include_str!("scenarios/slow-leak.yaml")),
    ("blind", include_str!("scenarios/blind.yaml")),
    ("stuck-step", include_str!("scenarios/stuck-step.yaml")),
    ("failed-rollback-step", include_str!("scenarios/failed-rollback-step.yaml")),
];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct ScenarioError {
    pub file: String,
    pub line: u64,
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    about: String,
    #[serde(default)]
    faults: Vec<Spanned<Line>>,
    #[serde(default)]
    late: Option<Spanned<String>>,
}

/// One fault: `step:`, `metric:`, `source:` or `trigger:` says what, the rest how and when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    step: Option<String>,
    metric: Option<String>,
    source: Option<String>,
    trigger: Option<String>,
    becomes: Option<String>,
    over: Option<String>,
    during: Option<String>,
    after: Option<String>,
    #[serde(rename = "for")]
    lasts: Option<String>,
}

/// The names of the built-in scenarios.
pub fn builtins() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// The text of a built-in scenario.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The scenario that `text` describes for this runbook.
pub fn read(file: &str, text: &str, runbook: &Runbook) -> Result<Scenario, ScenarioError> {
    let wrong = |line: u64, what: String| ScenarioError { file: file.to_owned(), line, what };
    if text.len() > BYTES_MAX {
        return Err(wrong(1, format!("a scenario has at most {} KiB", BYTES_MAX >> 10)));
    }
    let read: File = serde_yaml::from_str(text).map_err(|error| {
        let message = error.without_snippet().to_string();
        let first = clean_line(message.lines().next().unwrap_or("not a scenario")).into_owned();
        wrong(error.location().map_or(1, |at| at.line()), first)
    })?;
    if read.faults.len() > FAULTS_MAX {
        return Err(wrong(1, format!("a scenario has at most {FAULTS_MAX} faults")));
    }
    let late = match &read.late {
        Some(late) => span(&late.value).map_err(|what| wrong(late.referenced.line(), what))?,
        None => Span::ZERO,
    };
    let fault = |line: &Spanned<Line>| fault(&line.value, runbook).map_err(|what| wrong(line.referenced.line(), what));
    let faults = read.faults.iter().map(fault).collect::<Result<_, _>>()?;
    Ok(Scenario { name: file.to_owned(), about: read.about, faults, late })
}

fn fault(line: &Line, runbook: &Runbook) -> Result<Fault, String> {
    let when = match line.during.as_deref() {
        None => When::Watched,
        Some("always") => When::Always,
        Some(phase) => {
            When::Phase(known(phase, runbook.phases.iter().map(|phase| phase.id.as_str()), "phase").map(PhaseId::new)?)
        }
    };
    let lasts = line.lasts.as_deref().map(span).transpose()?;
    let after = line.after.as_deref().map_or(Ok(Span::ZERO), span)?;
    Ok(Fault { what: what(line, runbook)?, when, after, lasts })
}

fn what(line: &Line, runbook: &Runbook) -> Result<What, String> {
    let becomes = line.becomes.as_deref();
    match (&line.step, &line.metric, &line.source, &line.trigger) {
        (Some(step), None, None, None) => {
            let pick = match step.as_str() {
                "first" => PickStep::First,
                "rollback" => PickStep::Rollback,
                "all" => PickStep::All,
                id => PickStep::Named(known(id, runbook.all_steps().map(|step| step.id.as_str()), "step").map(StepId::new)?),
            };
            match becomes {
                None | Some("failed") => Ok(What::StepFails(pick)),
                Some("hanging") => Ok(What::StepHangs(pick)),
                Some(other) => Err(format!("a step becomes `failed` or `hanging`, not `{other}`")),
            }
        }
        (None, Some(metric), None, None) => {
            let pick = pick(metric, runbook.metrics.keys().map(MetricId::as_str), "metric", MetricId::new)?;
            Ok(What::Metric(pick, metric_becomes(becomes, line.over.as_deref())?))
        }
        (None, None, Some(source), None) => match becomes {
            None | Some("down") => {
                Ok(What::SourceDown(pick(source, runbook.sources.keys().map(SourceId::as_str), "source", SourceId::new)?))
            }
            Some(other) => Err(format!("a source becomes `down`, not `{other}`")),
        },
        (None, None, None, Some(trigger)) => {
            let ids = runbook.triggers.iter().map(|trigger| trigger.id.as_str());
            Ok(What::Trigger(pick(trigger, ids, "trigger", TriggerId::new)?))
        }
        _ => Err("a fault has one of `step:`, `metric:`, `source:`, `trigger:`".to_owned()),
    }
}

fn metric_becomes(becomes: Option<&str>, over: Option<&str>) -> Result<Becomes, String> {
    match becomes {
        None | Some("critical") => Ok(Becomes::Critical),
        Some("warning") => Ok(Becomes::Warning),
        Some("missing") => Ok(Becomes::Missing),
        Some("growing") => Ok(Becomes::Growing(over.map(span).transpose()?)),
        Some(number) => number
            .parse()
            .map(Becomes::Value)
            .map_err(|_| format!("a metric becomes `critical`, `warning`, `missing`, `growing` or a number, not `{number}`")),
    }
}

fn pick<'a, Id>(
    name: &str,
    names: impl Iterator<Item = &'a str>,
    what: &str,
    id: impl Fn(&str) -> Id,
) -> Result<Pick<Id>, String> {
    match name {
        "first" => Ok(Pick::First),
        "all" => Ok(Pick::All),
        name => known(name, names, what).map(|name| Pick::Named(id(name))),
    }
}

fn known<'a, 'n>(name: &'n str, names: impl Iterator<Item = &'a str>, what: &str) -> Result<&'n str, String> {
    let names: Vec<&str> = names.collect();
    if names.contains(&name) {
        return Ok(name);
    }
    let near = names.iter().min_by_key(|known| strsim::osa_distance(known, name));
    let near = near.map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
    Err(format!("the runbook has no {what} `{name}`{near}"))
}

fn span(text: &str) -> Result<Span, String> {
    let read = humantime::parse_duration(text).map(Span::from_std);
    read.map_err(|_| format!("`{text}` is not a time such as `30s` or `5m`"))
}
