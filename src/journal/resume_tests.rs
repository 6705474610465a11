use std::path::Path;

use super::fixture::{mixed, opened, records};
use super::*;
use crate::journal::storage::sim::{Dice, Faults};
use crate::journal::storage::{DiskStorage, SimStorage, Storage};
use crate::room::{Event, Record, State, apply, snapshot as room_snapshot};

const FOLDER: &str = "rooms/canary";
const PLAN: &str = "warroom: 1\ntitle: Canary\nphases: [ { id: canary, title: Push, steps: [ { run: 'true' } ] } ]\n";

/// Records of a room whose runbook can be read.
fn written(count: u64) -> Vec<Record> {
    let mut written = mixed(count);
    written[0].event = opened("canary", PLAN);
    written
}

fn fold(records: &[Record]) -> State {
    let Event::Opened(opened) = &records[0].event else { panic!("it opens a room") };
    let plan = room_snapshot::runbook_of(opened).unwrap();
    let mut state = State::open(opened, records[0].at, std::sync::Arc::new(plan));
    for record in records {
        apply(&mut state, record);
    }
    state
}

/// A journal of these records, with a snapshot taken after the first `at` of them.
fn journal(storage: &SimStorage, records: &[Record], at: usize) {
    let folder = Path::new(FOLDER);
    let mut journal = Journal::create(storage, folder, &records[0]).unwrap();
    journal.append(&records[1..at]).unwrap();
    journal.sync().unwrap();
    journal.keep_snapshot(&room_snapshot::save(&fold(&records[..at]))).unwrap();
    journal.append(&records[at..]).unwrap();
    journal.sync().unwrap();
}

fn disk() -> SimStorage {
    SimStorage::with_folder(Path::new(FOLDER))
}

#[test]
fn a_room_is_taken_up_from_its_snapshot_and_what_came_after() {
    let (storage, records) = (disk(), written(60));
    journal(&storage, &records, 50);
    let resumed = resume(&storage, Path::new(FOLDER)).unwrap();
    assert_eq!(resumed.folded, 10);
    assert!(resumed.state == fold(&records));
    assert_eq!(resumed.journal.next_seq(), 60);
}

#[test]
fn a_snapshot_at_the_very_end_is_enough() {
    let (storage, records) = (disk(), written(50));
    journal(&storage, &records, 50);
    let resumed = resume(&storage, Path::new(FOLDER)).unwrap();
    assert_eq!(resumed.folded, 0);
    assert!(resumed.state == fold(&records));
}

#[test]
fn a_snapshot_that_is_damaged_or_missing_counts_for_nothing() {
    let records = written(60);
    let storage = disk();
    journal(&storage, &records, 50);
    let path = Path::new(FOLDER).join(SNAPSHOT);
    let whole = storage.bytes(&path).unwrap();
    let mut dice = Dice(1);
    for case in 0..200 {
        let mut bytes = whole.clone();
        if case % 2 == 0 {
            bytes.truncate(dice.roll(whole.len()));
        } else {
            bytes[dice.roll(whole.len())] ^= 1 << dice.roll(8);
        }
        storage.overwrite(&path, &bytes).unwrap();
        let resumed = resume(&storage, Path::new(FOLDER)).unwrap();
        assert!(resumed.state == fold(&records), "case {case}");
    }
    storage.remove(&path).unwrap();
    assert_eq!(resume(&storage, Path::new(FOLDER)).unwrap().folded, 60);
}

#[test]
fn a_snapshot_of_another_journal_counts_for_nothing() {
    let (ours, other) = (disk(), disk());
    let records = written(60);
    let mut theirs = written(60);
    theirs[0].event = opened("another", PLAN);
    journal(&ours, &records, 50);
    journal(&other, &theirs, 50);
    let path = Path::new(FOLDER).join(SNAPSHOT);
    ours.overwrite(&path, &other.bytes(&path).unwrap()).unwrap();
    let resumed = resume(&ours, Path::new(FOLDER)).unwrap();
    assert_eq!((resumed.folded, resumed.state.room().as_str()), (60, "canary"));
}

#[test]
fn a_crash_at_any_moment_of_taking_a_snapshot_costs_nothing_but_the_snapshot() {
    let records = written(30);
    for seed in 0..500 {
        let storage = disk();
        journal(&storage, &records[..20], 10);
        let (mut journal, _) = open_for_append(&storage, Path::new(FOLDER)).unwrap();
        let mut dice = Dice(seed);
        storage.set_faults(Faults {
            crash: Some(dice.roll(9) as u64),
            write_max: Some(100 + dice.roll(900)),
            ..Faults::default()
        });
        drop(journal.keep_snapshot(&room_snapshot::save(&fold(&records[..20]))));
        drop(journal.append(&records[20..]).and_then(|()| journal.sync()));
        let after = storage.after_crash(seed);
        let resumed = resume(&after, Path::new(FOLDER)).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let count = resumed.journal.next_seq() as usize;
        assert!(count >= 20 && resumed.state == fold(&records[..count]), "seed {seed}");
    }
}

#[test]
fn a_snapshot_is_found_also_after_the_journal_went_on_in_another_file() {
    let (storage, records) = (disk(), written(60));
    let folder = Path::new(FOLDER);
    let mut journal = Journal::create(&storage, folder, &records[0]).unwrap();
    for (from, to) in [(1, 20), (20, 40)] {
        storage.set_faults(Faults { fail: Some((1, std::io::ErrorKind::Other)), ..Faults::default() });
        journal.append(&records[from..to]).unwrap();
        journal.sync().unwrap();
    }
    drop(journal);
    let (mut journal, _) = open_for_append(&storage, folder).unwrap();
    journal.keep_snapshot(&room_snapshot::save(&fold(&records[..40]))).unwrap();
    storage.set_faults(Faults { fail: Some((1, std::io::ErrorKind::Other)), ..Faults::default() });
    journal.append(&records[40..]).unwrap();
    journal.sync().unwrap();
    drop(journal);
    let resumed = resume(&storage, folder).unwrap();
    assert_eq!(resumed.folded, 20);
    assert!(resumed.state == fold(&records));
}

#[test]
fn of_fifty_that_start_on_one_journal_at_once_one_owns_it() {
    let home = tempfile::tempdir().unwrap();
    let (_, folder) = create_room(&DiskStorage, home.path(), "Canary", fixture::START).unwrap();
    drop(Journal::create(&DiskStorage, &folder, &written(1)[0]).unwrap());
    let starts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..50).map(|_| scope.spawn(|| resume(&DiskStorage, &folder))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let owners = starts.iter().filter(|start| start.is_ok()).count();
    assert_eq!(owners, 1);
    let me = format!("process {} has it open", std::process::id());
    for refused in starts.iter().filter_map(|start| start.as_ref().err()) {
        assert!(refused.to_string().contains(&me), "{refused}");
    }
}

#[test]
fn the_newest_records_of_a_long_journal_come_in_their_order() {
    let records = records((1..5_000).map(|number| fixture::noted(&format!("{number} {}", "x".repeat(number % 400)))));
    let bytes = fixture::bytes_of(records.chunks(100));
    assert!(read(&bytes[..]).unwrap().records == records);
}

#[test]
fn looking_at_a_room_changes_nothing_and_what_is_cut_is_told_to_who_takes_it_up() {
    let (storage, records) = (disk(), written(20));
    journal(&storage, &records, 20);
    let path = Path::new(FOLDER).join(FILE);
    let torn = [storage.bytes(&path).unwrap(), b"{\"seq\":20,\"sa".to_vec()].concat();
    storage.overwrite(&path, &torn).unwrap();
    assert_eq!(look(&storage, Path::new(FOLDER)).unwrap(), fold(&records));
    assert_eq!(storage.bytes(&path).unwrap(), torn);
    assert_eq!(resume(&storage, Path::new(FOLDER)).unwrap().torn.map(|torn| torn.bytes), Some(13));
}
