//! A small language for stories about a room: time passes, samples come in, people ask, and the state answers.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use warroom::id::{OperatorId, PhaseId, RoomId, SourceId, StepId};
use warroom::measure::judge::Verdict;
use warroom::measure::reading::Reading;
use warroom::room::event::{Done, Event, Failure, Mode, Opened, Outcome, Output, Vote};
use warroom::room::state::{PhaseStatus, StepStatus, TriggerState};
use warroom::room::{Action, Asked, Record, Refusal, State, apply, decide, follow, snapshot};
use warroom::runbook::template::Values;
use warroom::runbook::{self, Runbook};
use warroom::time::{Moment, Span};

/// 2026-11-21, a Saturday, at the given time in UTC.
pub(crate) fn clock(time: &str) -> Moment {
    chrono::DateTime::parse_from_rfc3339(&format!("2026-11-21T{time}:00Z")).map(|time| Moment(time.timestamp_millis())).unwrap()
}

pub(crate) fn seconds(count: i64) -> Span {
    Span::seconds(count)
}

pub(crate) struct Story {
    pub(crate) state: State,
    pub(crate) now: Moment,
    records: Vec<Record>,
    runbook: Arc<Runbook>,
    me: OperatorId,
    /// What every metric measures until told otherwise.
    readings: BTreeMap<String, Reading>,
    /// Sources that answer, once a second.
    up: BTreeMap<SourceId, bool>,
    /// How many records were there when they were last replayed.
    replayed: Cell<usize>,
}

/// What every story proves at its end, whatever it is about.
impl Drop for Story {
    fn drop(&mut self) {
        if !std::thread::panicking() && self.replayed.get() != self.records.len() {
            self.replays_to_the_same_state();
        }
    }
}

impl Story {
    /// A room on this runbook, opened at 09:00 UTC by ana, before its start. Nothing has been polled yet.
    pub(crate) fn of(yaml: &str) -> Self {
        Self::planned(yaml, None)
    }

    /// The same with T planned.
    pub(crate) fn planned(yaml: &str, t0: Option<Moment>) -> Self {
        let runbook = runbook::load("story.yaml", yaml).unwrap_or_else(|problems| panic!("{problems}"));
        let defaults = runbook.vars.iter().filter_map(|(name, var)| Some((name.clone(), var.default.clone()?)));
        let values: BTreeMap<_, _> = defaults.collect();
        let runbook = Arc::new(runbook.fill(&Values(values.clone())));
        let opened = Opened {
            format: 1,
            room: RoomId::new("story"),
            mode: Mode::Live,
            file: "story.yaml".into(),
            runbook: yaml.into(),
            values,
            t0,
            operator: OperatorId::new("ana"),
            host: "bastion".into(),
            version: "0".into(),
            rehearsal: None,
        };
        let now = clock("09:00");
        let record = Record { seq: 0, at: now, ask: None, event: Event::Opened(Box::new(opened.clone())) };
        let mut state = State::open(&opened, now, runbook.clone());
        apply(&mut state, &record);
        Self {
            state,
            now,
            records: vec![record],
            runbook,
            me: OperatorId::new("ana"),
            readings: BTreeMap::new(),
            up: BTreeMap::new(),
            replayed: Cell::new(0),
        }
    }

    /// What happens in the world outside: recorded as the engine would.
    pub(crate) fn happens(&mut self, event: Event) -> &mut Self {
        self.record(event);
        self.settle();
        self
    }

    fn record(&mut self, event: Event) {
        let record = Record { seq: self.state.seq + 1, at: self.now, ask: None, event };
        apply(&mut self.state, &record);
        self.records.push(record);
    }

    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 100, "the room does not come to rest: {:?}", follow(&self.state, self.now));
            let due = follow(&self.state, self.now);
            if due.is_empty() {
                return;
            }
            for event in due {
                self.record(event);
            }
        }
    }

    /// As the person of the story asks, who sees all there is.
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked { by: &self.me, seen: self.state.seq, now: self.now }
    }

    /// Asks; a refusal is an answer.
    pub(crate) fn tries(&mut self, action: &Action) -> Result<(), Refusal> {
        let events = decide(&self.state, action, &self.asked())?;
        for event in events {
            self.record(event);
        }
        self.settle();
        Ok(())
    }

    /// Asks for what must be granted.
    #[expect(clippy::needless_pass_by_value, reason = "a story reads better without an & before each action")]
    pub(crate) fn ask(&mut self, action: Action) -> &mut Self {
        if let Err(refusal) = self.tries(&action) {
            panic!("{action:?} was refused: {refusal}");
        }
        self
    }

    /// Asks for what must be refused, for a reason that holds `words`.
    #[expect(clippy::needless_pass_by_value, reason = "a story reads better without an & before each action")]
    pub(crate) fn refused(&mut self, action: Action, words: &str) -> &mut Self {
        match self.tries(&action) {
            Ok(()) => panic!("{action:?} was granted"),
            Err(refusal) => assert!(refusal.0.contains(words), "{action:?} was refused with \"{refusal}\", not with \"{words}\""),
        }
        self
    }

    /// From now on every poll of the metric's source measures this.
    pub(crate) fn measures(&mut self, metric: &str, value: f64) -> &mut Self {
        self.reads(metric, Reading::of(value))
    }

    pub(crate) fn reads(&mut self, metric: &str, reading: Reading) -> &mut Self {
        let source = self.runbook.metrics.get(metric).unwrap_or_else(|| panic!("no metric {metric}")).source.clone();
        self.readings.insert(metric.into(), reading);
        self.up.insert(source, true);
        self
    }

    /// From now on the source answers, or does not.
    pub(crate) fn source(&mut self, source: &str, up: bool) -> &mut Self {
        self.up.insert(SourceId::new(source), up);
        self
    }

    /// From now on the source is not even polled any more.
    pub(crate) fn silence(&mut self, source: &str) -> &mut Self {
        self.up.remove(source);
        self
    }

    /// Time passes, a second at a time, and every source that is polled is polled in each.
    pub(crate) fn pass(&mut self, span: Span) -> &mut Self {
        let end = self.now + span;
        while self.now < end {
            self.now = self.now + Span::SECOND;
            self.poll();
            self.settle();
        }
        self
    }

    /// The process ends; after `gone`, in which nobody polls, another takes the room up on its snapshot.
    pub(crate) fn is_taken_up_after(&mut self, gone: Span) -> &mut Self {
        let saved = snapshot::save(&self.state);
        self.state = snapshot::load(&saved).unwrap_or_else(|unfit| panic!("{unfit}"));
        self.now = self.now + gone;
        let (operator, host) = (self.me.clone(), "bastion".to_owned());
        self.record(Event::Resumed { operator, host, boot: "another".to_owned(), version: "0".to_owned(), torn: None });
        for event in follow::counted_anew(&self.state, self.now) {
            self.record(event);
        }
        self.settle();
        self
    }

    /// Every source is polled once, now.
    pub(crate) fn poll(&mut self) -> &mut Self {
        for (source, up) in self.up.clone() {
            let metrics = self.runbook.metrics.iter().filter(|(_, metric)| metric.asks(&source));
            let readings = metrics
                .map(|(id, metric)| {
                    let known = match self.readings.get(id.as_str()) {
                        Some(Reading::Number(value)) => Reading::of(metric.side(&source, *value)),
                        other => other.cloned().unwrap_or(Reading::Missing("never told".into())),
                    };
                    (id.clone(), if up { known } else { Reading::Missing("connection refused".into()) })
                })
                .collect();
            let outcome = if up { Outcome::Up { status: 200 } } else { Outcome::Down { why: "connection refused".into() } };
            let during = self.state.asked_at(&source).cloned();
            self.record(Event::SourcePolled {
                source,
                took: Span(3),
                outcome,
                readings,
                during,
                notes: Vec::new(),
                alerts: None,
                ages: std::collections::BTreeMap::new(),
            });
        }
        self.settle();
        self
    }

    pub(crate) fn start(&mut self) -> &mut Self {
        self.ask(Action::StartDeployment)
    }

    pub(crate) fn run(&mut self, step: &str) -> &mut Self {
        self.ask(Action::RunStep { step: step.into() })
    }

    /// The step is run and ends well.
    pub(crate) fn does(&mut self, step: &str) -> &mut Self {
        self.run(step).ends(step)
    }

    pub(crate) fn ends(&mut self, step: &str) -> &mut Self {
        let attempt = self.state.steps[step].attempt;
        self.happens(Event::StepDone { step: step.into(), attempt, how: Done::Exit { code: 0 }, ended: None })
    }

    pub(crate) fn fails(&mut self, step: &str, code: i32) -> &mut Self {
        let attempt = self.state.steps[step].attempt;
        self.happens(Event::StepFailed { step: step.into(), attempt, why: Failure::Exit { code }, ended: None })
    }

    pub(crate) fn stopped(&mut self, step: &str) -> &mut Self {
        let attempt = self.state.steps[step].attempt;
        self.happens(Event::StepFailed { step: step.into(), attempt, why: Failure::Cancelled, ended: None })
    }

    pub(crate) fn prints(&mut self, step: &str, lines: &[&str]) -> &mut Self {
        let attempt = self.state.steps[step].attempt;
        let output = Output {
            lines: lines.iter().map(ToString::to_string).collect(),
            omitted: 0,
            to: None,
            late: false,
            printed_by: None,
        };
        self.happens(Event::StepOutput { step: step.into(), attempt, output })
    }

    pub(crate) fn vote(&mut self, phase: &str, role: &str, vote: Vote) -> &mut Self {
        let reason = if vote == Vote::NoGo { "errors in the cart".into() } else { String::new() };
        self.ask(Action::Vote { phase: phase.into(), role: role.into(), vote, reason, by_voice: true, saw: None })
    }

    pub(crate) fn go(&mut self, phase: &str) -> &mut Self {
        self.ask(Action::Go { phase: phase.into(), waiver: None })
    }

    pub(crate) fn status(&self, step: &str) -> &StepStatus {
        &self.state.steps[&StepId::new(step)].status
    }

    pub(crate) fn trigger(&self, trigger: &str) -> &TriggerState {
        &self.state.triggers[trigger]
    }

    pub(crate) fn phase(&self, phase: &str) -> PhaseStatus {
        let place = self.runbook.phases.iter().position(|known| known.id == PhaseId::new(phase)).unwrap();
        self.state.phases[place].status
    }

    /// What the criteria of the phase's gate come to now.
    pub(crate) fn verdicts(&self, phase: &str) -> Vec<Verdict> {
        let place = self.runbook.phases.iter().position(|known| known.id == PhaseId::new(phase)).unwrap();
        self.state.gate_evidence(place, self.now).iter().map(|judgement| judgement.verdict).collect()
    }

    pub(crate) fn log(&self) -> Vec<&str> {
        self.state.log.iter().map(|line| line.text.as_str()).collect()
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.records.iter().map(|record| &record.event)
    }

    /// The journal, written as JSON and read again, folds to the state that was lived through; and so it does when at any
    /// place the state so far is put into a snapshot and taken out again.
    pub(crate) fn replays_to_the_same_state(&self) {
        let mut again: Option<State> = None;
        let stretch = self.records.len() / 4 + 1;
        for (place, record) in self.records.iter().enumerate() {
            let line = serde_json::to_string(record).unwrap();
            let read: Record = serde_json::from_str(&line).unwrap();
            assert_eq!(read, *record, "{line}");
            let state = again.get_or_insert_with(|| match &read.event {
                Event::Opened(opened) => State::open(opened, read.at, self.runbook.clone()),
                other => panic!("the journal begins with {other:?}"),
            });
            apply(state, &read);
            if place % stretch == 0 || place + 1 == self.records.len() {
                let saved = snapshot::save(state);
                let loaded = snapshot::load(&saved).unwrap_or_else(|unfit| panic!("after record {place}: {unfit}"));
                assert!(loaded == *state, "after record {place} the snapshot differs from the state");
                assert!(snapshot::save(&loaded) == saved, "after record {place} the same state gives other bytes");
                *state = loaded;
            }
        }
        assert!(again.as_ref() == Some(&self.state), "the replayed state differs from the one lived through");
        self.replayed.set(self.records.len());
    }
}
