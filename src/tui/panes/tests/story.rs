//! A room whose events are told one by one, by the clock on the wall. Shared with the benchmark.

use std::sync::Arc;

use crate::id::MetricId;
use crate::measure::reading::Reading;
use crate::room::event::{By, Done, Event, Mode, Opened, Outcome, Output, Record};
use crate::room::{State, apply};
use crate::runbook::Runbook;
use crate::time::{Moment, Span, Zone};

use super::plan::{clock, step_id};

pub(crate) struct Story {
    pub(crate) state: State,
    seq: u64,
}

/// The moment at which clocks show this, on the day of the story.
pub(crate) fn at(text: &str) -> Moment {
    Zone::UTC.moment(chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(), clock(text))
}

impl Story {
    pub(crate) fn open(runbook: Runbook, mode: Mode, when: &str) -> Self {
        let opened = Opened {
            format: 1,
            room: "20261121-0740-shop".into(),
            mode,
            file: "shop.yaml".to_owned(),
            runbook: String::new(),
            values: [("target".into(), "https://shop.example".to_owned())].into(),
            t0: Some(at("08:00:00")),
            operator: "ana".into(),
            host: "bastion".to_owned(),
            version: "0.1.0".to_owned(),
            rehearsal: None,
        };
        Self { state: State::open(&opened, at(when), Arc::new(runbook)), seq: 0 }
    }

    pub(crate) fn tell(&mut self, when: &str, event: Event) {
        self.tell_at(at(when), event);
    }

    pub(crate) fn tell_at(&mut self, at: Moment, event: Event) {
        self.seq += 1;
        apply(&mut self.state, &Record { seq: self.seq, at, ask: None, event });
    }

    pub(crate) fn ticked(&mut self, when: &str, item: &str) {
        self.tell(when, Event::ItemTicked { item: item.into(), by: "ana".into() });
    }

    pub(crate) fn started(&mut self, when: &str, step: &str) {
        let by = By::Operator("ana".into());
        self.tell(when, Event::StepStarted { step: step_id(step), attempt: 1, by });
    }

    pub(crate) fn printed(&mut self, when: &str, step: &str, lines: &[&str]) {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        self.tell(
            when,
            Event::StepOutput {
                step: step_id(step),
                attempt: 1,
                output: Output { lines, omitted: 0, to: None, late: false, printed_by: None },
            },
        );
    }

    pub(crate) fn done(&mut self, when: &str, step: &str) {
        self.tell(when, Event::StepDone { step: step_id(step), attempt: 1, how: Done::Exit { code: 0 }, ended: None });
    }

    /// One answer of a source, with what it gave.
    pub(crate) fn polled(&mut self, at: Moment, source: &str, readings: &[(&str, Reading)]) {
        let readings = readings.iter().map(|(id, reading)| (MetricId::new(id), reading.clone())).collect();
        let outcome = Outcome::Up { status: 200 };
        self.tell_at(
            at,
            Event::SourcePolled {
                source: source.into(),
                took: Span(12),
                outcome,
                readings,
                during: None,
                notes: Vec::new(),
                alerts: None,
                ages: std::collections::BTreeMap::new(),
            },
        );
    }

    pub(crate) fn down(&mut self, at: Moment, source: &str, why: &str) {
        let outcome = Outcome::Down { why: why.to_owned() };
        self.tell_at(
            at,
            Event::SourcePolled {
                source: source.into(),
                took: Span(12),
                outcome,
                readings: Vec::new(),
                during: None,
                notes: Vec::new(),
                alerts: None,
                ages: std::collections::BTreeMap::new(),
            },
        );
    }

    /// Every source answers every five seconds from `from` to `to`, calmly; p95 climbs and memory is high.
    pub(crate) fn calm(&mut self, from: &str, to: &str) {
        let (from, to) = (at(from), at(to));
        let mut now = from;
        let mut round: u32 = 0;
        while now <= to {
            let wave = f64::from(round % 7) / 7.0;
            let climb = f64::from(round) / 4.0;
            let readings = [
                ("error_rate", 0.04 + 0.04 * wave),
                ("p95", 92.0 + climb),
                ("cpu", 38.0 + 3.0 * wave),
                ("memory", 58.0 + climb / 10.0),
                ("rps", 3_800.0 + 95.0 * wave),
                ("restarts", 0.0),
            ]
            .map(|(id, value)| (id, Reading::Number(value)));
            self.polled(now, "app", &readings);
            for source in ["shop", "cart", "pay"] {
                self.polled(now + Span::SECOND, source, &[]);
            }
            now = now + Span::seconds(5);
            round += 1;
        }
    }
}
