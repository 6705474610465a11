//! What the journal costs: a decision on its way to the disk, and opening a long recording.

use std::collections::BTreeMap;
use std::hint::black_box;

use warroom::id::{MetricId, OperatorId, RoomId, SourceId, StepId};
use warroom::journal::storage::{DiskStorage, SimStorage, Storage};
use warroom::journal::{self, FILE, Journal};
use warroom::measure::reading::Reading;
use warroom::room::event::{Mode, Opened, Outcome, Output};
use warroom::room::{Event, Record};
use warroom::time::{Moment, Span};

fn main() {
    divan::main();
}

fn opened() -> Event {
    Event::Opened(Box::new(Opened {
        format: journal::FORMAT,
        room: RoomId::new("bench"),
        mode: Mode::Rehearsal,
        file: "canary.yaml".to_owned(),
        runbook: "warroom: 1\ntitle: Canary\n".to_owned(),
        values: BTreeMap::new(),
        t0: None,
        operator: OperatorId::new("ada"),
        host: "bastion".to_owned(),
        version: "0.1.0".to_owned(),
        rehearsal: None,
    }))
}

fn event(number: u64) -> Event {
    match number % 4 {
        0 => Event::Noted { text: format!("note {number}"), by: OperatorId::new("ada") },
        1 => {
            let lines = vec![format!("line {number} of what a step printed, about as long as lines are")];
            Event::StepOutput {
                step: StepId::new("canary.1"),
                attempt: 1,
                output: Output { lines, omitted: 0, to: None, late: false, printed_by: None },
            }
        }
        _ => Event::SourcePolled {
            source: SourceId::new("app"),
            took: Span(12),
            outcome: Outcome::Up { status: 200 },
            readings: ["error_rate", "p95", "rss"].map(|id| (MetricId::new(id), Reading::Number(number as f64 / 7.0))).into(),
            during: None,
            notes: Vec::new(),
            alerts: None,
            ages: std::collections::BTreeMap::new(),
        },
    }
}

fn record(seq: u64) -> Record {
    let event = if seq == 0 { opened() } else { event(seq) };
    Record { seq, at: Moment(1_795_231_980_000 + seq.cast_signed() * 100), ask: None, event }
}

/// A journal of 100,000 records, as it lies on a disk.
fn recorded() -> Vec<u8> {
    let folder = std::path::Path::new("room");
    let storage = SimStorage::with_folder(folder);
    let records: Vec<Record> = (0..100_000).map(record).collect();
    if let Ok(mut journal) = Journal::create(&storage, folder, &records[0])
        && journal.append(&records[1..]).is_ok()
    {
        return storage.bytes(&folder.join(FILE)).unwrap_or_default();
    }
    Vec::new()
}

fn in_new_room(bencher: divan::Bencher, sync: bool) {
    let Ok(home) = tempfile::tempdir() else { return };
    let folder = home.path().join("room");
    let made = DiskStorage.create_dir(&folder).and_then(|()| Journal::create(&DiskStorage, &folder, &record(0)));
    let Ok(mut journal) = made else { return };
    bencher.bench_local(|| {
        let written = journal.append(&[record(journal.next_seq())]);
        if sync { written.and_then(|()| journal.sync()) } else { written }
    });
}

#[divan::bench]
fn append(bencher: divan::Bencher) {
    in_new_room(bencher, false);
}

#[divan::bench]
fn append_and_sync(bencher: divan::Bencher) {
    in_new_room(bencher, true);
}

#[divan::bench(sample_count = 20)]
fn read_100_000_records(bencher: divan::Bencher) {
    let bytes = recorded();
    bencher.counter(divan::counter::BytesCount::new(bytes.len())).bench_local(|| journal::read(black_box(&bytes[..])));
}

/// What the same text costs without the chain.
#[divan::bench(sample_count = 20)]
fn decode_100_000_records(bencher: divan::Bencher) {
    let bytes = recorded();
    bencher.counter(divan::counter::BytesCount::new(bytes.len())).bench_local(|| {
        let decoded = black_box(&bytes[..]).split(|byte| *byte == b'\n').map(serde_json::from_slice::<Record>);
        decoded.filter_map(Result::ok).collect::<Vec<_>>()
    });
}
