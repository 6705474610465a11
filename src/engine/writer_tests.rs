use std::io;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::journal::fixture::{START, noted, printed, records};
use crate::journal::storage::sim::Faults;
use crate::journal::storage::{SimStorage, Storage};
use crate::journal::{FILE, Journal, RESERVE, SNAPSHOT, read};
use crate::room::{Event, Record};

const FOLDER: &str = "room";

fn begin(events: Vec<Event>) -> (SimStorage, Writer, Vec<Arc<Record>>) {
    let storage = SimStorage::with_folder(Path::new(FOLDER));
    let mut records = records(events);
    let journal = Journal::create(&storage, Path::new(FOLDER), &records.remove(0)).unwrap();
    (storage, Writer::start(journal).unwrap(), records.into_iter().map(Arc::new).collect())
}

fn on_disk(storage: &SimStorage) -> usize {
    read(storage.read(&Path::new(FOLDER).join(FILE)).unwrap()).unwrap().records.len()
}

#[tokio::test]
async fn a_decision_is_safe_before_it_may_take_effect() {
    let (storage, writer, records) = begin(vec![printed("so far so good"), noted("we go on")]);
    let syncs = storage.syncs();
    writer.append(records[..1].to_vec()).await.unwrap();
    assert_eq!(storage.syncs(), syncs, "output waits for no disk");
    writer.append(records[1..].to_vec()).await.unwrap();
    for seed in 0..20 {
        assert_eq!(on_disk(&storage.after_crash(seed)), 3);
    }
}

#[tokio::test]
async fn what_queues_up_is_written_in_order_with_few_syncs() {
    let (storage, writer, records) = begin((0..500).map(|number| noted(&format!("note {number}"))).collect());
    let mut pending = Vec::new();
    for record in records {
        pending.push(writer.submit(vec![record]).await);
    }
    for written in pending {
        outcome(written).await.unwrap();
    }
    assert_eq!(on_disk(&storage), 501);
    assert!(storage.syncs() <= 501);
    assert_eq!(on_disk(&storage.after_crash(7)), 501);
}

#[tokio::test]
async fn a_full_disk_makes_the_writer_low_and_then_freezes_it() {
    let (storage, writer, records) = begin(vec![noted("one"), noted("two"), noted("three")]);
    let fill_up = || storage.set_faults(Faults { size: Some(storage.used()), ..Faults::default() });
    writer.append(records[..1].to_vec()).await.unwrap();
    assert_eq!(writer.low(), None);
    fill_up();
    writer.append(records[1..2].to_vec()).await.unwrap();
    let why = writer.low().unwrap();
    assert!(why.ends_with("; the journal goes on in what was kept for it"), "{why}");
    fill_up();
    writer.append(records[2..].to_vec()).await.unwrap_err();
    assert_eq!(writer.low(), Some(why));
    assert_eq!(on_disk(&storage), 3);
}

#[tokio::test]
async fn who_closes_the_writer_waits_until_all_is_safe_and_the_reserve_is_gone() {
    let (storage, writer, records) = begin(vec![printed("so far so good")]);
    drop(writer.submit(records).await);
    writer.close().await;
    assert_eq!(storage.bytes(&Path::new(FOLDER).join(RESERVE)), None);
    assert_eq!(on_disk(&storage.after_crash(3)), 2);
    crate::journal::open_for_append(&storage, Path::new(FOLDER)).unwrap();
}

#[tokio::test]
async fn a_failing_disk_freezes_the_writer_for_good_and_says_why() {
    let (storage, writer, records) = begin(vec![noted("one"), noted("two"), noted("three")]);
    storage.set_faults(Faults { fail_from: Some((2, io::ErrorKind::Other)), ..Faults::default() });
    writer.append(records[..1].to_vec()).await.unwrap();
    let frozen = writer.append(records[1..2].to_vec()).await.unwrap_err();
    let operations = storage.operations();
    assert!(frozen.to_string().starts_with("the journal can't be written: "), "{frozen}");
    assert_eq!(writer.append(records[2..].to_vec()).await, Err(frozen.clone()));
    assert_eq!(writer.sync().await, Err(frozen));
    assert_eq!(storage.operations(), operations, "something was tried after the failure");
    assert_eq!(on_disk(&storage), 2);
    writer.close().await;
    assert_eq!(storage.operations(), operations, "a journal that failed is left as it is");
}

#[tokio::test]
async fn a_disk_that_fails_once_makes_the_writer_low_and_nothing_is_lost() {
    let (storage, writer, records) = begin(vec![noted("one"), noted("two"), noted("three")]);
    storage.set_faults(Faults { fail: Some((3, io::ErrorKind::Other)), ..Faults::default() });
    for record in records {
        writer.append(vec![record]).await.unwrap();
    }
    assert_eq!(writer.low().as_deref(), Some("a sync failed (other error); the journal goes on in journal.2.jsonl"));
    writer.close().await;
    let whole = crate::journal::open(&storage.after_crash(1), &Path::new(FOLDER).join(FILE)).unwrap().collect().unwrap();
    assert_eq!(whole.records.len(), 4);
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_stops_nothing() {
    let (storage, writer, records) = begin(vec![noted("one"), noted("two")]);
    drop(writer.submit(records[..1].to_vec()).await);
    writer.append(records[1..].to_vec()).await.unwrap();
    assert_eq!(on_disk(&storage), 3);
}

#[tokio::test]
async fn a_record_out_of_order_is_not_written() {
    let (storage, writer, _) = begin(Vec::new());
    let skipped = Record { seq: 9, at: START, ask: None, event: noted("from where?") };
    let frozen = writer.append(vec![Arc::new(skipped)]).await.unwrap_err();
    assert!(frozen.to_string().contains("record 9 was to be written where 1 belongs"), "{frozen}");
    assert_eq!(on_disk(&storage), 1);
}

#[tokio::test]
async fn much_output_is_synced_although_nothing_in_it_asks_for_it() {
    let (storage, writer, records) = begin((0..40).map(|_| printed(&"x".repeat(60_000))).collect());
    let syncs = storage.syncs();
    for record in records {
        writer.append(vec![record]).await.unwrap();
    }
    assert!((2..6).contains(&(storage.syncs() - syncs)), "{} syncs", storage.syncs() - syncs);
}

#[tokio::test]
async fn the_anchor_is_that_of_the_last_record_written() {
    let (storage, writer, records) = begin(vec![noted("one"), noted("two")]);
    assert_eq!(writer.anchor().records, 1);
    writer.append(records).await.unwrap();
    let anchor = writer.anchor();
    let last = read(storage.read(&Path::new(FOLDER).join(FILE)).unwrap()).unwrap().last_hash;
    assert_eq!((anchor.records, anchor.hash), (3, last));
}

#[tokio::test]
async fn a_snapshot_is_kept_of_the_state_after_the_last_record_and_of_no_other() {
    let (storage, writer, records) = begin(vec![noted("one"), noted("two")]);
    writer.append(records).await.unwrap();
    let kept = || storage.bytes(&Path::new(FOLDER).join(SNAPSHOT));
    writer.keep_snapshot(1, b"too old".to_vec());
    writer.sync().await.unwrap();
    assert_eq!(kept(), None);
    writer.keep_snapshot(2, b"the state".to_vec());
    writer.close().await;
    assert!(kept().unwrap().ends_with(b"the state"));
}
