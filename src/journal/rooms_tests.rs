use std::path::Path;

use super::*;
use crate::id::OperatorId;
use crate::journal::Journal;
use crate::journal::fixture::{START, noted, opened, polled};
use crate::journal::storage::{DiskStorage, SimStorage};
use crate::room::event::By;
use crate::room::{Event, Record};
use crate::time::Span;

/// Records a room that opened `minutes` after the first, and leaves it.
fn record(storage: &dyn Storage, title: &str, minutes: i64, events: Vec<Event>) -> (RoomId, PathBuf) {
    let at = START + Span::minutes(minutes);
    let (id, folder) = create_room(storage, Path::new("rooms"), title, at).unwrap();
    let first = opened(id.as_str(), &format!("warroom: 1\ntitle: \"{title}\"\n"));
    let mut journal = Journal::create(storage, &folder, &Record { seq: 0, at, ask: None, event: first }).unwrap();
    for (event, seq) in events.into_iter().zip(1_u64..) {
        journal.append(&[Record { seq, at: at + Span::minutes(seq.cast_signed()), ask: None, event }]).unwrap();
    }
    (id, folder)
}

fn closed() -> Event {
    Event::Closed { why: "done".to_owned() }
}

#[test]
fn a_room_is_called_after_its_minute_and_its_title() {
    let cases = [
        ("Moshimoshi 1.0.0", "2026-11-21-0333-moshimoshi-1-0-0"),
        ("  ../../etc/passwd\n", "2026-11-21-0333-etc-passwd"),
        ("\u{65e5}\u{672c}", "2026-11-21-0333-room"),
    ];
    for (title, name) in cases {
        assert_eq!(new_room_id(title, START, |_| false).as_str(), name);
    }
    let taken = ["2026-11-21-0333-canary", "2026-11-21-0333-canary-2"];
    assert_eq!(new_room_id("Canary", START, |name| taken.contains(&name)).as_str(), "2026-11-21-0333-canary-3");
    assert!(new_room_id(&"long ".repeat(99), START, |_| false).as_str().len() <= 16 + SLUG_MAX);
}

#[test]
fn two_rooms_of_one_minute_get_two_folders() {
    let home = tempfile::tempdir().unwrap();
    let (first, _) = create_room(&DiskStorage, home.path(), "Canary", START).unwrap();
    let (second, folder) = create_room(&DiskStorage, home.path(), "Canary", START).unwrap();
    assert_eq!(second.as_str(), format!("{first}-2"));
    assert!(folder.is_dir());
}

#[test]
fn the_list_says_how_each_room_ended_newest_first() {
    let storage = SimStorage::with_folder(Path::new("rooms"));
    let by = OperatorId::new("ada");
    let back = |verified| {
        let (by, evidence) = (By::Plan, Vec::new());
        vec![
            Event::RollbackStarted { by: By::Operator(OperatorId::new("ada")), reason: "errors".to_owned() },
            Event::RollbackEnded { verified, by, reason: String::new(), evidence },
            polled(1.0),
            closed(),
        ]
    };
    let abandoned = Event::DeploymentAbandoned { by: by.clone(), reason: "wrong window".to_owned() };
    record(
        &storage,
        "One",
        0,
        vec![Event::DeploymentStarted { by: by.clone() }, Event::DeploymentCompleted, polled(1.0), closed()],
    );
    let signed = Event::Signed {
        role: "qa".into(),
        person: "bob".to_owned(),
        verdict: "bad".to_owned(),
        note: String::new(),
        by: by.clone(),
        by_voice: false,
        acceptance: Acceptance::Refused,
    };
    record(&storage, "Nine", 8, vec![signed, Event::DeploymentCompleted, closed()]);
    record(&storage, "Two", 1, back(true));
    record(&storage, "Three", 2, back(false));
    record(&storage, "Four", 3, vec![abandoned, closed()]);
    record(&storage, "Five", 4, vec![noted("hello")]);
    record(&storage, "Six", 5, vec![noted("hello"), closed()]);
    record(&storage, "Seven", 6, back(true)[..1].to_vec());
    let (_, folder) = record(&storage, "Eight", 7, Vec::new());
    let _owner = crate::journal::open_for_append(&storage, &folder).unwrap();

    let rooms = rooms(&storage, Path::new("rooms")).unwrap();
    let endings: Vec<_> = rooms.iter().map(|room| (room.title.as_str(), room.ending.as_str())).collect();
    let expected = [
        ("Nine", "completed, NOT ACCEPTED"),
        ("Eight", "running"),
        ("Seven", "rollback not ended"),
        ("Six", "closed before its end"),
        ("Five", "cut off"),
        ("Four", "abandoned"),
        ("Three", "rolled back, not verified"),
        ("Two", "rolled back"),
        ("One", "completed"),
    ];
    assert_eq!(endings, expected);
    assert_eq!((rooms[8].events, rooms[8].started, rooms[8].last), (5, Some(START), Some(START + Span::minutes(4))));
    assert!(rooms.iter().all(|room| room.damaged.is_none()));
}

#[test]
fn a_room_that_can_t_be_read_says_why_and_hides_none_of_the_others() {
    let storage = SimStorage::with_folder(Path::new("rooms"));
    record(&storage, "Good", 0, vec![closed()]);
    let spoil = |title, change: fn(&mut Vec<u8>)| {
        let (_, folder) = record(&storage, title, 1, vec![noted("a"), noted("b"), closed()]);
        let path = folder.join(FILE);
        let mut bytes = storage.bytes(&path).unwrap();
        change(&mut bytes);
        storage.overwrite(&path, &bytes).unwrap();
    };
    spoil("Empty", Vec::clear);
    spoil("Torn", |bytes| bytes.truncate(bytes.len() - 5));
    spoil("Changed", |bytes| {
        let note = memchr::memmem::find(bytes, b"\"text\":\"a\"").unwrap();
        bytes[note + 8] = b'x';
    });
    spoil("Foreign", |bytes| *bytes = vec![0; 100_000]);
    create_room(&storage, Path::new("rooms"), "No journal in it", START).unwrap();
    let (_, only_reserve) = create_room(&storage, Path::new("rooms"), "Cut off at once", START).unwrap();
    storage.allocate(&only_reserve.join(crate::journal::RESERVE), 1 << 20).unwrap();

    let rooms = rooms(&storage, Path::new("rooms")).unwrap();
    let why = |name: &str| {
        let room = rooms.iter().find(|room| room.id.as_str().ends_with(name)).unwrap();
        (room.events, room.damaged.clone().unwrap_or_default())
    };
    assert_eq!(rooms.len(), 5);
    assert_eq!(why("good"), (2, String::new()));
    assert!(why("empty").1.contains("empty"), "{:?}", why("empty"));
    assert!(why("foreign").1.starts_with("this is not a journal"), "{:?}", why("foreign"));
    assert!(why("torn").1.starts_with("torn: "), "{:?}", why("torn"));
    assert!(why("changed").1.contains("damaged at line 2"), "{:?}", why("changed"));
}

#[test]
fn the_table_reads_at_a_glance_and_lets_no_control_sequence_through() {
    let storage = SimStorage::with_folder(Path::new("rooms"));
    record(&storage, "Canary", 0, vec![Event::DeploymentCompleted, closed()]);
    let mut rooms = rooms(&storage, Path::new("rooms")).unwrap();
    let text = table(&rooms, Zone::UTC);
    let expected = "\
ROOM                    MODE       STARTED                   TOOK   EVENTS  ENDING
2026-11-21-0333-canary  rehearsal  2026-11-21 03:33 UTC      2:00        3  completed
";
    assert_eq!(text, expected);
    rooms[0].id = RoomId::new("evil\u{1b}]0;owned\u{7}");
    rooms[0].damaged = Some("\u{1b}[2J".to_owned());
    let cleaned = table(&rooms, Zone::UTC);
    assert!(!cleaned.contains(['\u{1b}', '\u{7}']), "{cleaned:?}");
    assert!(table(&[], Zone::UTC).contains("no rooms yet"));
}
