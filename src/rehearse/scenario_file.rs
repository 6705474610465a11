//! A scenario's text: a short YAML file, or one of the built-in names.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
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

/// All that is wrong with a scenario, each with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    pub file: String,
    pub problems: Vec<Wrong>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// From 1, as the column.
    pub line: u64,
    pub column: u64,
    pub what: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Wrong { line, column, what }) in self.problems.iter().enumerate() {
            let next = if place == 0 { "" } else { "\n" };
            write!(f, "{next}{}:{line}:{column}: {}", self.file, clean_line(what))?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioError {}

/// A word of the file, with its place.
type Word = Spanned<String>;

/// What a fault may say: `step:`, `metric:`, `source:` or `trigger:` says what, the rest how and when.
const KEYS: [&str; 9] = ["step", "metric", "source", "trigger", "becomes", "over", "during", "after", "for"];

/// A mapping as it is written. What its keys mean is asked afterwards, so that all that is wrong can be told.
#[derive(Default)]
struct Line(Vec<(Word, Word)>);

#[derive(Default)]
struct File {
    about: String,
    faults: Vec<Spanned<Line>>,
    late: Option<Word>,
    unknown: Vec<Word>,
}

struct Reads<T>(T);

impl<'de> Visitor<'de> for Reads<Line> {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault, such as `{ metric: error_rate, becomes: critical }`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Line, A::Error> {
        while let Some(entry) = map.next_entry()? {
            self.0.0.push(entry);
        }
        Ok(self.0)
    }
}

impl<'de> Visitor<'de> for Reads<File> {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scenario: `about:`, `faults:` and `late:`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<File, A::Error> {
        while let Some(key) = map.next_key::<Word>()? {
            match key.value.as_str() {
                "about" => self.0.about = map.next_value()?,
                "faults" => self.0.faults = map.next_value()?,
                "late" => self.0.late = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    self.0.unknown.push(key);
                }
            }
        }
        Ok(self.0)
    }
}

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Reads(Self::default()))
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Reads(Self::default()))
    }
}

/// The names of the built-in scenarios.
pub fn builtins() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|(name, _)| *name)
}

/// The text of a built-in scenario.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The scenario that `text` describes for this runbook, or everything that is wrong with it.
pub fn read(file: &str, text: &str, runbook: &Runbook) -> Result<Scenario, ScenarioError> {
    let mut reader = Reader { runbook, problems: Vec::new() };
    match reader.scenario(file, text) {
        Some(scenario) if reader.problems.is_empty() => Ok(scenario),
        _ => {
            reader.problems.sort_by_key(|wrong| (wrong.line, wrong.column));
            Err(ScenarioError { file: file.to_owned(), problems: reader.problems })
        }
    }
}

struct Reader<'r> {
    runbook: &'r Runbook,
    problems: Vec<Wrong>,
}

impl Reader<'_> {
    fn say(&mut self, (line, column): (u64, u64), what: String) {
        self.problems.push(Wrong { line, column, what });
    }

    /// What a word means, if it means anything; else that is told.
    fn take<T>(&mut self, word: Option<&Word>, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let word = word?;
        read(&word.value).map_err(|what| self.say(place(word), what)).ok()
    }

    fn scenario(&mut self, name: &str, text: &str) -> Option<Scenario> {
        if text.len() > BYTES_MAX {
            self.say((1, 1), format!("a scenario has at most {} KiB", BYTES_MAX >> 10));
            return None;
        }
        let read = serde_yaml::from_str::<File>(text).map_err(|error| {
            let message = error.without_snippet().to_string();
            let at = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            self.say(at, message.lines().next().unwrap_or("not a scenario").to_owned());
        });
        let read = read.ok()?;
        if read.faults.len() > FAULTS_MAX {
            self.say((1, 1), format!("a scenario has at most {FAULTS_MAX} faults"));
            return None;
        }
        for key in &read.unknown {
            self.unknown(key, &["about", "faults", "late"], "a scenario");
        }
        let late = self.take(read.late.as_ref(), span).unwrap_or_default();
        let faults = read.faults.iter().filter_map(|line| self.fault(line)).collect();
        Some(Scenario { name: name.to_owned(), about: read.about, faults, late })
    }

    fn unknown(&mut self, key: &Word, known: &[&str], whose: &str) {
        let near = nearest(&key.value, known);
        self.say(place(key), format!("{whose} has no `{}:`{near}", key.value));
    }

    fn fault(&mut self, line: &Spanned<Line>) -> Option<Fault> {
        let entries = &line.value.0;
        let unknown: Vec<&Word> = entries.iter().map(|(key, _)| key).filter(|key| !KEYS.contains(&key.value.as_str())).collect();
        for key in &unknown {
            self.unknown(key, &KEYS, "a fault");
        }
        let say = |name: &str| entries.iter().find(|(key, _)| key.value == name).map(|(_, value)| value);
        let phases = || self.runbook.phases.iter().map(|phase| phase.id.as_str());
        let phase = say("during").map(|word| match word.value.as_str() {
            "always" => Ok(When::Always),
            name => known(name, phases(), "phase").map(|name| When::Phase(PhaseId::new(name))),
        });
        let when = match phase {
            None => When::Watched,
            Some(read) => self.take(say("during"), |_| read).unwrap_or(When::Watched),
        };
        let after = self.take(say("after"), span).unwrap_or_default();
        let lasts = self.take(say("for"), span);
        let over = self.take(say("over"), span);
        let whats = ["step", "metric", "source", "trigger"].map(|kind| (kind, say(kind)));
        let mut named = whats.into_iter().filter_map(|(kind, word)| Some((kind, word?)));
        let what = match (named.next(), named.next()) {
            (Some((kind, word)), None) => self.what(kind, word, say("becomes"), over),
            // A misspelt key is told already.
            (None, _) if !unknown.is_empty() => None,
            (None, _) | (_, Some(_)) => {
                let at = entries.first().map_or((line.referenced.line(), line.referenced.column()), |(key, _)| place(key));
                self.say(at, "a fault has one of `step:`, `metric:`, `source:`, `trigger:`".to_owned());
                None
            }
        };
        Some(Fault { what: what?, when, after, lasts })
    }

    /// Both halves are read, so that both are told where both are wrong.
    fn what(&mut self, kind: &str, word: &Word, becomes: Option<&Word>, over: Option<Span>) -> Option<What> {
        let runbook = self.runbook;
        match kind {
            "step" => {
                let step = self.take(Some(word), |name| pick_step(name, runbook));
                let hangs = becomes.map_or(Some(false), |becomes| self.take(Some(becomes), step_becomes))?;
                Some(if hangs { What::StepHangs(step?) } else { What::StepFails(step?) })
            }
            "metric" => {
                let ids = runbook.metrics.keys().map(MetricId::as_str);
                let metric = self.take(Some(word), |name| pick(name, ids, "metric", MetricId::new));
                let read = |becomes: &str| metric_becomes(becomes, over);
                let becomes = becomes.map_or(Some(Becomes::Critical), |becomes| self.take(Some(becomes), read))?;
                Some(What::Metric(metric?, becomes))
            }
            "source" => {
                let ids = runbook.sources.keys().map(SourceId::as_str);
                let source = self.take(Some(word), |name| pick(name, ids, "source", SourceId::new));
                becomes.map_or(Some(()), |becomes| self.take(Some(becomes), source_becomes))?;
                Some(What::SourceDown(source?))
            }
            _ => {
                let ids = runbook.triggers.iter().map(|trigger| trigger.id.as_str());
                self.take(Some(word), |name| pick(name, ids, "trigger", TriggerId::new)).map(What::Trigger)
            }
        }
    }
}

fn place(word: &Word) -> (u64, u64) {
    (word.referenced.line(), word.referenced.column())
}

fn pick_step(name: &str, runbook: &Runbook) -> Result<PickStep, String> {
    match name {
        "first" => Ok(PickStep::First),
        "rollback" => Ok(PickStep::Rollback),
        "all" => Ok(PickStep::All),
        id => known(id, runbook.all_steps().map(|step| step.id.as_str()), "step").map(|id| PickStep::Named(StepId::new(id))),
    }
}

/// Whether it hangs; else it fails.
fn step_becomes(becomes: &str) -> Result<bool, String> {
    match becomes {
        "failed" => Ok(false),
        "hanging" => Ok(true),
        other => Err(format!("a step becomes `failed` or `hanging`, not `{other}`")),
    }
}

fn source_becomes(becomes: &str) -> Result<(), String> {
    if becomes == "down" { Ok(()) } else { Err(format!("a source becomes `down`, not `{becomes}`")) }
}

fn metric_becomes(becomes: &str, over: Option<Span>) -> Result<Becomes, String> {
    match becomes {
        "critical" => Ok(Becomes::Critical),
        "warning" => Ok(Becomes::Warning),
        "missing" => Ok(Becomes::Missing),
        "growing" => Ok(Becomes::Growing(over)),
        number => number
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
    Err(format!("the runbook has no {what} `{name}`{}", nearest(name, &names)))
}

fn nearest(name: &str, names: &[&str]) -> String {
    let near = names.iter().min_by_key(|known| strsim::osa_distance(known, name));
    near.map_or_else(String::new, |near| format!("; the nearest is `{near}`"))
}

fn span(text: &str) -> Result<Span, String> {
    let read = humantime::parse_duration(text).map(Span::from_std);
    read.map_err(|_| format!("`{text}` is not a time such as `30s` or `5m`"))
}
