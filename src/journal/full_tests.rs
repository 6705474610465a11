//! A disk that fills up: what the reserve is for, and when it is given back.

use std::io;
use std::path::Path;

use super::fixture::{START, mixed, noted};
use super::*;
use crate::journal::storage::sim::Faults;
use crate::journal::storage::{DiskStorage, SimStorage, Storage};
use crate::room::Record;

const FOLDER: &str = "rooms/canary";

fn begin() -> (SimStorage, Journal) {
    let storage = SimStorage::with_folder(Path::new(FOLDER));
    let journal = Journal::create(&storage, Path::new(FOLDER), &mixed(1)[0]).unwrap();
    (storage, journal)
}

/// The disk takes `bytes` more.
fn leave(storage: &SimStorage, bytes: usize) {
    storage.set_faults(Faults { size: Some(storage.used() + bytes), ..Faults::default() });
}

fn reserved(storage: &SimStorage) -> bool {
    storage.list(Path::new(FOLDER)).unwrap().contains(&RESERVE.to_owned())
}

fn on_disk(storage: &SimStorage) -> Recording {
    open(storage, &Path::new(FOLDER).join(FILE)).unwrap().collect().unwrap()
}

#[test]
fn on_a_full_disk_the_journal_goes_on_once_whatever_still_fits() {
    let written = mixed(8);
    // From nothing that fits to all of the batch but its last byte.
    for left in [0, 1, 100, 600, 1_000] {
        let (storage, mut journal) = begin();
        journal.append(&written[1..3]).unwrap();
        leave(&storage, left);
        assert_eq!(journal.low(), None);
        journal.append(&written[3..7]).unwrap();
        journal.sync().unwrap();
        let why = journal.low().unwrap().to_owned();
        assert!(why.ends_with("the journal goes on in what was kept for it"), "{why}");
        assert!(!reserved(&storage));
        assert_eq!(on_disk(&storage).records, written[..7]);

        leave(&storage, left / 10);
        journal.append(&written[7..]).unwrap_err();
        assert_eq!(journal.sync().unwrap_err().to_string(), format!("an earlier write failed: {}", storage_full()));
        assert_eq!(journal.low(), Some(why.as_str()));
        for seed in 0..10 {
            let after = storage.after_crash(seed);
            let (_, recording) = open_for_append(&after, Path::new(FOLDER)).unwrap();
            assert_eq!(recording.records, written[..7], "{left} left, seed {seed}");
        }
    }
}

fn storage_full() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

#[test]
fn the_reserve_holds_much_more_than_a_rollback_prints() {
    let (storage, mut journal) = begin();
    leave(&storage, 0);
    for seq in 1..=100 {
        journal.append(&[Record { seq, at: START, ask: None, event: noted(&"x".repeat(60_000)) }]).unwrap();
    }
    assert_eq!(on_disk(&storage).records.len(), 101);
}

#[test]
fn only_a_full_disk_takes_the_reserve() {
    // The first operation is the write, the second its sync.
    let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    for (kind, at) in full.into_iter().chain([io::ErrorKind::Other]).flat_map(|kind| [(kind, 0), (kind, 1)]) {
        let (storage, mut journal) = begin();
        storage.set_faults(Faults { fail: Some((at, kind)), ..Faults::default() });
        journal.append(&mixed(2)[1..]).and_then(|()| journal.sync()).unwrap();
        assert!(journal.low().is_some(), "{kind} at {at}");
        assert_eq!(reserved(&storage), !full.contains(&kind), "{kind} at {at}");
        assert_eq!(on_disk(&storage).records, mixed(2), "{kind} at {at}");
    }
}

#[test]
fn a_failure_on_the_way_to_the_reserve_makes_the_journal_go_on_elsewhere() {
    // The first two operations are the writes that meet the full disk.
    for (at, doing) in ["removing", "syncing the folder", "cutting", "writing again"].into_iter().enumerate() {
        let (storage, mut journal) = begin();
        let size = Some(storage.used() + 1_000);
        storage.set_faults(Faults { size, fail: Some((at as u64 + 2, io::ErrorKind::Other)), ..Faults::default() });
        let long = Record { seq: 1, at: START, ask: None, event: noted(&"x".repeat(1_000)) };
        let outcome = journal.append(std::slice::from_ref(&long));
        // While the reserve is still there, there is no room for another file either.
        assert_eq!(outcome.is_ok(), at > 0, "{doing}: {outcome:?}");
        assert_eq!(journal.low().is_some(), outcome.is_ok(), "{doing}");
        let expected = if outcome.is_ok() { vec![mixed(1).remove(0), long] } else { mixed(1) };
        assert_eq!(on_disk(&storage).records, expected, "{doing}");
    }
}

#[test]
fn a_room_that_cannot_begin_leaves_nothing_and_says_what_is_missing() {
    let home = Path::new("rooms");
    let untroubled = SimStorage::with_folder(home);
    let begin = |storage: &SimStorage| {
        let (_, folder) = create_room(storage, home, "Canary", START)?;
        Journal::create(storage, &folder, &mixed(1)[0])
    };
    begin(&untroubled).unwrap();
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
        for at in 0..untroubled.operations() {
            let storage = SimStorage::with_folder(home);
            storage.set_faults(Faults { fail: Some((at, kind)), ..Faults::default() });
            begin(&storage).unwrap_err();
            assert_eq!(storage.list(home).unwrap(), Vec::<String>::new(), "{kind} at {at}");
        }
    }
    let storage = SimStorage::with_folder(home);
    storage.set_faults(Faults { size: Some((8 << 20) - 1), ..Faults::default() });
    let why = begin(&storage).unwrap_err().to_string();
    let expected = "no room for the journal's reserve of 8 MiB in rooms/2026-11-21-0333-canary: ";
    assert!(why.starts_with(expected), "{why}");
}

#[test]
fn a_journal_that_is_there_already_is_left_alone() {
    let (storage, journal) = begin();
    let taken = Journal::create(&storage, Path::new(FOLDER), &mixed(1)[0]).unwrap_err();
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    drop(journal);
    assert!(reserved(&storage));
    assert_eq!(on_disk(&storage).records, mixed(1));
}

#[test]
fn a_journal_closed_in_order_gives_the_reserve_back() {
    let home = tempfile::tempdir().unwrap();
    let (_, folder) = create_room(&DiskStorage, home.path(), "Canary", START).unwrap();
    let mut journal = Journal::create(&DiskStorage, &folder, &mixed(1)[0]).unwrap();
    assert_eq!(std::fs::metadata(folder.join(RESERVE)).unwrap().len(), 8 << 20);
    journal.append(&mixed(2)[1..]).unwrap();
    journal.close().unwrap();
    assert!(!folder.join(RESERVE).exists());
    assert_eq!(rooms(&DiskStorage, home.path()).unwrap().len(), 1);
}

#[test]
fn a_reserve_that_somebody_took_away_stops_nothing() {
    let (storage, mut journal) = begin();
    storage.remove(&Path::new(FOLDER).join(RESERVE)).unwrap();
    storage.set_faults(Faults { fail: Some((0, io::ErrorKind::StorageFull)), ..Faults::default() });
    journal.append(&mixed(2)[1..]).unwrap();
    assert!(journal.low().is_some());
    assert_eq!(on_disk(&storage).records, mixed(2));
}

#[test]
fn opened_again_a_journal_sets_its_reserve_aside_anew_or_is_low() {
    let (storage, mut journal) = begin();
    leave(&storage, 0);
    journal.append(&mixed(2)[1..]).unwrap();
    drop(journal);
    storage.set_faults(Faults::default());
    let (journal, _) = open_for_append(&storage, Path::new(FOLDER)).unwrap();
    assert!(journal.low().is_none() && reserved(&storage));
    journal.close().unwrap();

    leave(&storage, 5_000);
    let (mut journal, _) = open_for_append(&storage, Path::new(FOLDER)).unwrap();
    let why = journal.low().unwrap();
    assert!(why.starts_with("no room for the journal's reserve of 8 MiB in rooms/canary"), "{why}");
    journal.append(&mixed(3)[2..]).unwrap();
    assert_eq!(on_disk(&storage).records, mixed(3));
}
