//! What the journal costs beside the least that it could cost, both in one run: `cargo bench --bench ratios`.

// What is measured here is real time on a real disk: none of the seams is in between.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the machine's clock")]
#![expect(clippy::print_stdout, reason = "its figures are all it is for")]
#![expect(clippy::unwrap_used, reason = "a measurement that can't be made ends with the reason")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use warroom::id::{MetricId, OperatorId, RoomId, SourceId, StepId};
use warroom::journal::storage::{DiskStorage, SimStorage, Storage};
use warroom::journal::{self, FILE, Journal};
use warroom::measure::reading::Reading;
use warroom::replay::Player;
use warroom::room::event::{Mode, Opened, Outcome, Output};
use warroom::room::{Event, Record};
use warroom::time::{Moment, Span};

const PLAN: &str = "warroom: 1\ntitle: Canary\nsources: { app: { scrape: 'http://127.0.0.1:9/metrics' } }\n\
metrics: { error_rate: { source: app, query: a }, p95: { source: app, query: b }, rss: { source: app, query: c } }\n\
phases: [ { id: canary, title: Push, steps: [ { run: 'true' } ] } ]\n";

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
    let opened = || Opened {
        format: journal::FORMAT,
        room: RoomId::new("bench"),
        mode: Mode::Rehearsal,
        file: "canary.yaml".to_owned(),
        runbook: PLAN.to_owned(),
        values: BTreeMap::new(),
        t0: None,
        operator: OperatorId::new("ada"),
        host: "bastion".to_owned(),
        version: "0.1.0".to_owned(),
        rehearsal: None,
    };
    let event = if seq == 0 { Event::Opened(Box::new(opened())) } else { event(seq) };
    Record { seq, at: Moment(1_795_231_980_000 + seq.cast_signed() * 100), ask: None, event }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

/// `batch` events a sync, against the same bytes appended and synced by hand. Turn by turn, so that both meet the same disk.
fn durable(home: &Path, batch: u64, rounds: u64) -> f64 {
    let folder = home.join(format!("room-{batch}"));
    DiskStorage.create_dir(&folder).unwrap();
    let mut journal = Journal::create(&DiskStorage, &folder, &record(0)).unwrap();
    let mut raw = File::create(home.join(format!("raw-{batch}"))).unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let from = 1 + round * batch;
        let records: Vec<Record> = (from..from + batch).map(record).collect();
        let before = std::fs::metadata(folder.join(FILE)).unwrap().len();
        ours.push(timed(|| journal.append(&records).and_then(|()| journal.sync()).unwrap()));
        let bytes = std::fs::read(folder.join(FILE)).unwrap().split_off(before as usize);
        theirs.push(timed(|| raw.write_all(&bytes).and_then(|()| raw.sync_data()).unwrap()));
    }
    median(ours) / median(theirs)
}

/// A journal of `count` records as it lies on a disk, in `folder`.
fn recorded(folder: &Path, count: u64) {
    let memory = SimStorage::with_folder(Path::new("room"));
    let mut journal = Journal::create(&memory, Path::new("room"), &record(0)).unwrap();
    for from in (1..count).step_by(1_000) {
        let records: Vec<Record> = (from..(from + 1_000).min(count)).map(record).collect();
        // As a room's own is: all but the end was safe long ago.
        if from + 1_000 >= count {
            journal.sync().unwrap();
        }
        journal.append(&records).unwrap();
    }
    DiskStorage.create_dir(folder).unwrap();
    std::fs::write(folder.join(FILE), memory.bytes(&Path::new("room").join(FILE)).unwrap()).unwrap();
}

fn main() {
    let home = tempfile::tempdir().unwrap();
    println!(
        "a durable event        {:.2} times append + fdatasync of its bytes (wanted: 1.2 at most)",
        durable(home.path(), 1, 400)
    );
    let group = 1.0 / durable(home.path(), 128, 200);
    println!("128 events a sync      {group:.2} of the raw loop's events a second (wanted: 0.8 at least)");

    let long = home.path().join("long");
    recorded(&long, 1_000_000);
    let bytes = std::fs::read(long.join(FILE)).unwrap();
    let (mut folded, mut played) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let plain = timed(|| {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            assert_eq!(lines.filter(|line| serde_json::from_slice::<Record>(line).is_ok()).count(), 1_000_000);
        });
        let fold = timed(|| assert_eq!(journal::look(&DiskStorage, &long).unwrap().seq, 999_999));
        let mut first = Duration::ZERO;
        let play = timed(|| {
            let mut recording = None;
            first = timed(|| recording = Some(Player::begin(&long.join(FILE)).unwrap()));
            let (mut tape, mut coming) = recording.unwrap();
            while let Some(heard) = coming.wait() {
                tape.hear(heard);
            }
            tape.to_end();
            assert_eq!(tape.state().seq, 999_999);
            // Who looks at it does not wait for it to be thrown away.
            std::mem::forget(tape);
        });
        println!(
            "1,000,000 events       decoded alone in {:.2} s, folded in {:.2} s; for the screen in {:.2} s, the first of it after {:.0} ms",
            plain.as_secs_f64(),
            fold.as_secs_f64(),
            play.as_secs_f64(),
            first.as_secs_f64() * 1_000.0
        );
        folded.push(plain.as_secs_f64() / fold.as_secs_f64());
        played.push(plain.as_secs_f64() / play.as_secs_f64());
    }
    for (what, mut ratios) in [("folded to the end     ", folded), ("replayed on the screen", played)] {
        ratios.sort_by(f64::total_cmp);
        println!("{what} {:.2} times as fast as decoding alone (wanted: 1.5 at least)", ratios[2]);
    }

    let short = home.path().join("short");
    recorded(&short, 100_000);
    let resume = timed(|| drop(journal::resume(&DiskStorage, &short).unwrap()));
    println!("100,000 events         resumed in {:.0} ms (wanted: 500 at most)", resume.as_secs_f64() * 1_000.0);
}
