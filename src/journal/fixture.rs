//! Records and journals for tests.

use std::collections::BTreeMap;
use std::path::Path;

use crate::id::{MetricId, OperatorId, RoomId, SourceId, StepId};
use crate::journal::storage::SimStorage;
use crate::journal::{FILE, Journal};
use crate::measure::reading::Reading;
use crate::room::event::{Mode, Opened, Outcome, Output};
use crate::room::{Event, Record};
use crate::time::{Moment, Span};

/// 2026-11-21 03:33:00 UTC.
pub(crate) const START: Moment = Moment(1_795_231_980_000);

pub(crate) fn opened(room: &str, runbook: &str) -> Event {
    Event::Opened(Box::new(Opened {
        format: 1,
        room: RoomId::new(room),
        mode: Mode::Rehearsal,
        file: "canary.yaml".to_owned(),
        runbook: runbook.to_owned(),
        values: BTreeMap::new(),
        t0: None,
        operator: OperatorId::new("ada"),
        host: "bastion".to_owned(),
        version: "0.1.0".to_owned(),
        rehearsal: None,
    }))
}

pub(crate) fn noted(text: &str) -> Event {
    Event::Noted { text: text.to_owned(), by: OperatorId::new("ada") }
}

pub(crate) fn printed(line: &str) -> Event {
    let output = Output { lines: vec![line.to_owned()], omitted: 0, to: None, late: false, printed_by: None };
    Event::StepOutput { step: StepId::new("canary.1"), attempt: 1, output }
}

pub(crate) fn polled(value: f64) -> Event {
    let readings = vec![(MetricId::new("error_rate"), Reading::Number(value))];
    Event::SourcePolled {
        source: SourceId::new("app"),
        took: Span(12),
        outcome: Outcome::Up { status: 200 },
        readings,
        during: None,
        notes: Vec::new(),
        alerts: None,
        ages: std::collections::BTreeMap::new(),
    }
}

/// One event a second, the first of them opening the room.
pub(crate) fn records(events: impl IntoIterator<Item = Event>) -> Vec<Record> {
    let first = opened("2026-11-21-0333-canary", "warroom: 1\ntitle: Canary\n");
    let events = std::iter::once(first).chain(events).zip(0_u64..);
    events.map(|(event, seq)| Record { seq, at: START + Span::seconds(seq.cast_signed()), ask: None, event }).collect()
}

/// What a room of `count` events looks like: mostly polls and output, a note now and then.
pub(crate) fn mixed(count: u64) -> Vec<Record> {
    records((1..count).map(|number| match number % 5 {
        0 => noted(&format!("note {number}: \"quoted\" {{\"seq\":7}} \u{1f680}")),
        1 | 3 => printed(&format!("line {number}")),
        _ => polled(number as f64 / 3.0),
    }))
}

/// The bytes of a journal in which each batch was synced before the next was written.
pub(crate) fn bytes_of<'a>(batches: impl IntoIterator<Item = &'a [Record]>) -> Vec<u8> {
    let folder = Path::new("room");
    let storage = SimStorage::with_folder(folder);
    let mut journal: Option<Journal> = None;
    for mut batch in batches {
        if journal.is_none() {
            journal = Some(Journal::create(&storage, folder, &batch[0]).unwrap());
            batch = &batch[1..];
        }
        let journal = journal.as_mut().unwrap();
        journal.append(batch).unwrap();
        journal.sync().unwrap();
    }
    storage.bytes(&folder.join(FILE)).unwrap()
}
