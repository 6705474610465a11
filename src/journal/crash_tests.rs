//! What a crash or a failing disk leaves, at every operation and for many seeds.

use std::io;
use std::path::Path;

use super::fixture::mixed;
use super::*;
use crate::journal::storage::sim::{Dice, Faults};
use crate::journal::storage::{SimStorage, Storage};
use crate::room::Record;

/// What was promised before it ended.
#[derive(Debug, Default, PartialEq)]
struct Promised {
    /// Records of which a sync said that they are safe.
    safe: usize,
    /// Records that were handed over at all.
    handed: usize,
    /// It went on in the reserve.
    low: bool,
    failed: bool,
}

/// A room that writes `written` in batches of seeded size, with a sync after some of them, until the disk fails.
fn write(storage: &SimStorage, written: &[Record], dice: &mut Dice) -> Promised {
    let mut promised = Promised::default();
    let outcome = (|| -> io::Result<()> {
        let (_, folder) = create_room(storage, Path::new("rooms"), "Canary", fixture::START)?;
        promised.handed = 1;
        let mut journal = Journal::create(storage, &folder, &written[0])?;
        promised.safe = 1;
        while promised.handed < written.len() {
            let from = promised.handed;
            promised.handed = (from + 1 + dice.roll(6)).min(written.len());
            journal.append(&written[from..promised.handed])?;
            promised.low = journal.low().is_some();
            if dice.roll(3) == 0 {
                journal.sync()?;
                promised.safe = promised.handed;
            }
        }
        Ok(())
    })();
    promised.failed = outcome.is_err();
    promised
}

const ROOM: &str = "rooms/2026-11-21-0333-canary";

/// What the next start finds, checked against what was promised.
fn check(after: &SimStorage, written: &[Record], promised: &Promised, story: &str) {
    let folder = Path::new(ROOM);
    let kept = match open_for_append(after, folder) {
        Ok((mut journal, recording)) => {
            let kept = recording.records.len();
            assert_eq!(recording.records, written[..kept], "{story}");
            journal.append(&written[kept..]).unwrap_or_else(|error| panic!("{story}: {error}"));
            journal.sync().unwrap_or_else(|error| panic!("{story}: {error}"));
            let whole = read(after.read(&folder.join(FILE)).unwrap()).unwrap_or_else(|error| panic!("{story}: {error}"));
            assert_eq!(whole.records, written, "{story}");
            kept
        }
        // Of the first record a crash may leave a part, or zeros in its place.
        Err(JournalError::Empty | JournalError::Foreign { offset: 0 }) => 0,
        Err(JournalError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => panic!("{story}: {error}"),
    };
    assert!(kept >= promised.safe, "{story}: {kept} of {} promised records are left", promised.safe);
    assert!(kept <= promised.handed, "{story}");
}

#[test]
fn no_crash_loses_what_was_promised_or_leaves_a_journal_unreadable() {
    let written = mixed(24);
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let storage = SimStorage::with_folder(Path::new("rooms"));
        let crash = dice.roll(24) as u64;
        let write_max = (dice.roll(3) == 0).then(|| 1 + dice.roll(900));
        storage.set_faults(Faults { crash: Some(crash), write_max, ..Faults::default() });
        let promised = write(&storage, &written, &mut dice);
        check(&storage.after_crash(seed), &written, &promised, &format!("seed {seed}, crash at {crash}"));
    }
}

#[test]
fn a_crash_during_the_repair_of_a_crash_loses_nothing_either() {
    let written = mixed(24);
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let storage = SimStorage::with_folder(Path::new("rooms"));
        storage.set_faults(Faults { crash: Some(9 + dice.roll(12) as u64), ..Faults::default() });
        let promised = write(&storage, &written, &mut dice);
        let first = storage.after_crash(seed);
        first.set_faults(Faults { crash: Some(dice.roll(8) as u64), ..Faults::default() });
        drop(open_for_append(&first, Path::new(ROOM)));
        check(&first.after_crash(seed ^ 0xabc), &written, &promised, &format!("seed {seed}"));
    }
}

#[test]
fn a_disk_that_fails_at_any_operation_freezes_the_journal_or_makes_it_low_and_promises_nothing_false() {
    let written = mixed(24);
    let untroubled = SimStorage::with_folder(Path::new("rooms"));
    assert!(!write(&untroubled, &written, &mut Dice(1)).failed);
    let mut low = 0;
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::Other] {
        for at in 0..untroubled.operations() {
            let storage = SimStorage::with_folder(Path::new("rooms"));
            storage.set_faults(Faults { fail: Some((at, kind)), ..Faults::default() });
            let promised = write(&storage, &written, &mut Dice(1));
            let story = format!("{kind} at {at}");
            assert_ne!(promised.failed, promised.low, "{story}");
            assert!(kind != io::ErrorKind::Other || promised.failed, "{story}");
            if promised.low {
                low += 1;
                let whole = read(storage.read(&Path::new(ROOM).join(FILE)).unwrap()).unwrap();
                assert_eq!((whole.records, whole.torn), (written.clone(), None), "{story}");
                assert_eq!(storage.bytes(&Path::new(ROOM).join(RESERVE)), None, "{story}");
            }
            for seed in 0..8 {
                check(&storage.after_crash(seed), &written, &promised, &story);
            }
        }
    }
    assert!(low >= 4, "{low}");
}

#[test]
fn a_crash_while_the_journal_takes_its_reserve_loses_nothing() {
    let written = mixed(24);
    for seed in 0..1_000 {
        let mut dice = Dice(seed);
        let storage = SimStorage::with_folder(Path::new("rooms"));
        let full = 7 + dice.roll(12) as u64;
        let crash = full + 1 + dice.roll(6) as u64;
        let fail = Some((full, io::ErrorKind::StorageFull));
        storage.set_faults(Faults { fail, crash: Some(crash), ..Faults::default() });
        let promised = write(&storage, &written, &mut dice);
        let story = format!("seed {seed}, full at {full}, crash at {crash}");
        check(&storage.after_crash(seed), &written, &promised, &story);
    }
}

#[test]
fn after_a_failed_sync_the_same_file_is_never_tried_again() {
    let folder = Path::new("rooms");
    let written = mixed(4);
    let storage = SimStorage::with_folder(folder);
    let mut journal = Journal::create(&storage, folder, &written[0]).unwrap();
    storage.set_faults(Faults { fail: Some((1, io::ErrorKind::StorageFull)), ..Faults::default() });
    journal.append(&written[1..2]).unwrap();
    journal.sync().unwrap_err();
    let operations = storage.operations();
    journal.sync().unwrap_err();
    let why = journal.append(&written[2..]).unwrap_err().to_string();
    assert!(why.contains("an earlier sync failed"), "{why}");
    assert_eq!(storage.operations(), operations, "the disk was asked again");
}
