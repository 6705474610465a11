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
    /// It went on in the reserve, or in another file.
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
        go_on(&mut journal, written, dice, &mut promised)
    })();
    promised.failed = outcome.is_err();
    promised
}

fn go_on(journal: &mut Journal, written: &[Record], dice: &mut Dice, promised: &mut Promised) -> io::Result<()> {
    while promised.handed < written.len() {
        let from = promised.handed;
        promised.handed = (from + 1 + dice.roll(6)).min(written.len());
        journal.append(&written[from..promised.handed])?;
        promised.low = journal.low().is_some();
        if dice.roll(3) == 0 {
            journal.sync()?;
            promised.low = journal.low().is_some();
            promised.safe = promised.handed;
        }
    }
    Ok(())
}

const ROOM: &str = "rooms/2026-11-21-0333-canary";

fn whole(storage: &SimStorage) -> Result<Recording, JournalError> {
    open(storage, &Path::new(ROOM).join(FILE))?.collect()
}

/// What the next start finds, checked against what was promised. Says how many records it goes on from, where it can.
fn check(after: &SimStorage, written: &[Record], promised: &Promised, story: &str) -> Option<Journal> {
    let opened = match open_for_append(after, Path::new(ROOM)) {
        Ok((journal, recording)) => {
            assert_eq!(recording.records, written[..recording.records.len()], "{story}");
            Some((journal, recording.records.len()))
        }
        // Of the first record a crash may leave a part, or zeros in its place.
        Err(JournalError::Empty | JournalError::Foreign { offset: 0 }) => None,
        Err(JournalError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => None,
        Err(error) => panic!("{story}: {error}"),
    };
    let kept = opened.as_ref().map_or(0, |(_, kept)| *kept);
    assert!(kept >= promised.safe, "{story}: {kept} of {} promised records are left", promised.safe);
    assert!(kept <= promised.handed, "{story}");
    opened.map(|(journal, _)| journal)
}

/// The same, and the rest can be written after it and read back.
fn check_to_the_end(after: &SimStorage, written: &[Record], promised: &Promised, story: &str) {
    let Some(mut journal) = check(after, written, promised, story) else { return };
    let kept = journal.next_seq() as usize;
    journal.append(&written[kept..]).unwrap_or_else(|error| panic!("{story}: {error}"));
    journal.sync().unwrap_or_else(|error| panic!("{story}: {error}"));
    let whole = whole(after).unwrap_or_else(|error| panic!("{story}: {error}"));
    assert_eq!(whole.records, written, "{story}");
}

/// One life after another on the same disk, each ended by a crash, after or between other faults.
fn lives(seed: u64, written: &[Record]) {
    let mut dice = Dice(seed);
    let mut disk = SimStorage::with_folder(Path::new("rooms"));
    let fault = |dice: &mut Dice, within: usize| Faults {
        crash: Some(dice.roll(within) as u64),
        write_max: (dice.roll(3) == 0).then(|| 1 + dice.roll(900)),
        fail: (dice.roll(2) == 0).then(|| {
            let kind = [io::ErrorKind::Other, io::ErrorKind::StorageFull, io::ErrorKind::Interrupted][dice.roll(3)];
            (dice.roll(within) as u64, kind)
        }),
        ..Faults::default()
    };
    disk.set_faults(fault(&mut dice, 26));
    let mut promised = write(&disk, written, &mut dice);
    for life in 0..3 {
        disk = disk.after_crash(seed + life);
        let story = format!("seed {seed}, life {life}");
        if life == 2 {
            return check_to_the_end(&disk, written, &promised, &story);
        }
        // Also the repair may be cut off, or run into a failing disk.
        disk.set_faults(fault(&mut dice, 20));
        let Ok((mut journal, recording)) = open_for_append(&disk, Path::new(ROOM)) else { continue };
        let kept = recording.records.len();
        assert!(kept >= promised.safe && recording.records == written[..kept], "{story}: {kept} left of {promised:?}");
        promised = Promised { safe: kept, handed: kept, ..Promised::default() };
        drop(go_on(&mut journal, written, &mut dice, &mut promised));
    }
}

#[test]
fn no_crash_loses_what_was_promised_or_leaves_a_journal_unreadable() {
    let written = mixed(24);
    // Three crashes each.
    for seed in 0..3_400 {
        lives(seed, &written);
    }
}

#[test]
fn a_disk_that_fails_once_at_any_operation_of_a_journal_makes_it_low_and_nothing_is_lost() {
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
            if promised.low {
                low += 1;
                let whole = whole(&storage).unwrap();
                assert_eq!((whole.records, whole.torn), (written.clone(), None), "{story}");
            } else {
                assert_eq!(promised.safe, 0, "only a room that had not begun may fail: {story}");
            }
            for seed in 0..8 {
                check_to_the_end(&storage.after_crash(seed), &written, &promised, &story);
            }
        }
    }
    assert!(low >= 24, "{low}");
}

#[test]
fn a_disk_that_fails_from_any_operation_on_freezes_the_journal_and_promises_nothing_false() {
    let written = mixed(24);
    let untroubled = SimStorage::with_folder(Path::new("rooms"));
    write(&untroubled, &written, &mut Dice(1));
    for at in 0..untroubled.operations() {
        let storage = SimStorage::with_folder(Path::new("rooms"));
        storage.set_faults(Faults { fail_from: Some((at, io::ErrorKind::Other)), ..Faults::default() });
        let promised = write(&storage, &written, &mut Dice(1));
        assert!(promised.failed && !promised.low, "at {at}");
        for seed in 0..8 {
            check_to_the_end(&storage.after_crash(seed), &written, &promised, &format!("from {at} on, seed {seed}"));
        }
    }
}

#[test]
fn a_disk_that_takes_a_byte_at_a_time_and_interrupts_is_written_to_all_the_same() {
    let written = mixed(12);
    let storage = SimStorage::with_folder(Path::new("rooms"));
    storage.set_faults(Faults { write_max: Some(1), fail: Some((40, io::ErrorKind::Interrupted)), ..Faults::default() });
    let promised = write(&storage, &written, &mut Dice(1));
    assert_eq!(promised, Promised { safe: promised.safe, handed: 12, low: false, failed: false });
    assert_eq!(whole(&storage).unwrap().records, written);
}

#[test]
fn after_a_failed_sync_the_same_file_is_never_relied_on_again() {
    let folder = Path::new(ROOM);
    let written = mixed(8);
    let storage = SimStorage::with_folder(folder);
    let mut journal = Journal::create(&storage, folder, &written[0]).unwrap();
    storage.set_faults(Faults { fail: Some((1, io::ErrorKind::Other)), ..Faults::default() });
    journal.append(&written[1..4]).unwrap();
    journal.sync().unwrap();
    assert_eq!(journal.low().unwrap(), "a sync failed (other error); the journal goes on in journal.2.jsonl");
    // The disk lost what the sync failed on; it is in the other file.
    for seed in 0..50 {
        assert_eq!(whole(&storage.after_crash(seed)).unwrap().records, written[..4], "seed {seed}");
    }
    assert!(storage.is_owned(&folder.join(FILE)).unwrap());
    journal.append(&written[4..6]).unwrap();
    journal.sync().unwrap();
    journal.close().unwrap();
    let (mut journal, recording) = open_for_append(&storage, folder).unwrap();
    assert_eq!((recording.records.len(), journal.low()), (6, None));
    journal.append(&written[6..]).unwrap();
    assert_eq!(whole(&storage).unwrap().records, written);
}

#[test]
fn what_a_frozen_journal_left_in_memory_is_written_again_before_anything_is_built_on_it() {
    let folder = Path::new(ROOM);
    let written = mixed(8);
    let storage = SimStorage::with_folder(folder);
    let mut journal = Journal::create(&storage, folder, &written[0]).unwrap();
    storage.set_faults(Faults { fail_from: Some((1, io::ErrorKind::Other)), ..Faults::default() });
    journal.append(&written[1..4]).unwrap();
    journal.sync().unwrap_err();
    assert!(journal.append(&written[4..]).unwrap_err().to_string().contains("an earlier sync failed"));
    drop(journal);
    storage.set_faults(Faults::default());
    // The process is started anew, the machine is not: its memory still shows what the disk never got.
    let (journal, recording) = open_for_append(&storage, folder).unwrap();
    assert_eq!(recording.records, written[..4]);
    drop(journal);
    for seed in 0..50 {
        assert_eq!(whole(&storage.after_crash(seed)).unwrap().records, written[..4], "seed {seed}");
    }
}

#[test]
fn a_later_file_that_is_missing_is_noticed() {
    let folder = Path::new(ROOM);
    let written = mixed(8);
    let storage = SimStorage::with_folder(folder);
    let mut journal = Journal::create(&storage, folder, &written[0]).unwrap();
    for place in 1..4 {
        storage.set_faults(Faults { fail: Some((0, io::ErrorKind::Other)), ..Faults::default() });
        journal.append(&written[2 * place - 1..=2 * place]).unwrap();
        journal.sync().unwrap();
    }
    assert_eq!(whole(&storage).unwrap().records, written[..7]);
    storage.remove(&folder.join("journal.3.jsonl")).unwrap();
    let why = whole(&storage).unwrap_err().to_string();
    assert_eq!(why, "the journal is damaged at line 5 (byte 873, sequence 4): it is not a whole line, in segment 2");
}
