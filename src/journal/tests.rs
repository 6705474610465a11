use std::io::{self, BufReader, Cursor};
use std::ops::ControlFlow;
use std::path::Path;

use super::fixture::{bytes_of, mixed, noted, opened, polled, records};
use super::line::{self, Hash, Place};
use super::*;
use crate::journal::storage::sim::Dice;
use crate::journal::storage::{DiskStorage, SimStorage};
use crate::room::{Event, Record};

/// Where each line ends, the newline included.
fn ends(bytes: &[u8]) -> Vec<usize> {
    memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).collect()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// As `sha256sum` prints it.
fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn damage(bytes: &[u8]) -> (u64, u64, u64) {
    match read(bytes) {
        Err(JournalError::Damaged { line, offset, seq, .. }) => (line, offset, seq),
        other => panic!("damage was not noticed: {other:?}"),
    }
}

#[test]
fn what_is_written_is_read_back() {
    let written = mixed(300);
    let recording = read(bytes_of(written.chunks(7)).as_slice()).unwrap();
    assert_eq!(recording.records, written);
    assert_eq!(recording.torn, None);
}

#[test]
fn numbers_come_back_to_the_last_bit() {
    let values = [0.1 + 0.2, 1.0 / 3.0, 123_456_789.123_456_78, 5e-324, f64::MAX, 2.225_073_858_507_201e-308];
    let written = records(values.map(polled));
    assert_eq!(read(bytes_of([&written[..]]).as_slice()).unwrap().records, written);
}

#[test]
fn each_line_can_be_checked_with_standard_tools() {
    let bytes = bytes_of([&mixed(3)[..]]);
    let mut prev = "0".repeat(64);
    for line in lines(&bytes) {
        let text = std::str::from_utf8(line).unwrap().trim_end();
        let (body, rest) = text.rsplit_once(",\"hash\":\"").unwrap();
        let hash = sha256(body);
        assert_eq!(rest, format!("{hash}\"}}"));
        let parsed: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(parsed["prev"], prev);
        prev = hash;
    }
    assert_eq!(read(bytes.as_slice()).unwrap().last_hash, prev);
}

#[test]
fn a_journal_cut_at_any_byte_keeps_every_whole_line() {
    let written = mixed(3_600);
    let bytes = bytes_of(written.chunks(4));
    assert!(bytes.len() > 1 << 20, "{} bytes", bytes.len());
    let mut place = Place::START;
    for (line, record) in lines(&bytes).into_iter().zip(&written) {
        let start = place.offset as usize;
        // Reading on from the place where the lines before end is what reading from the beginning comes to.
        for cut in 1..line.len() {
            let mut reader = Reader::from(&bytes[start..start + cut], place);
            assert!(reader.next::<Event>().unwrap().is_none());
            assert_eq!(reader.torn(), Some(Torn { offset: start as u64, bytes: cut as u64 }));
        }
        let mut reader = Reader::from(line, place);
        assert_eq!(reader.next::<Event>().unwrap().unwrap().event, record.event);
        place = reader.place();
    }
    for (whole, end) in ends(&bytes).into_iter().enumerate().take(3_599).step_by(301) {
        let recording = read(&bytes[..end + 9]).unwrap();
        assert_eq!(recording.records, written[..=whole]);
        assert_eq!(recording.torn, Some(Torn { offset: end as u64, bytes: 9 }));
    }
}

#[test]
fn a_tail_of_zeros_or_garbage_is_cut() {
    let written = mixed(5);
    let bytes = bytes_of([&written[..]]);
    for tail in [vec![0; 4096], vec![b'\n'; 3], b"{\"seq\":5,\"safe\"".to_vec(), vec![0xff; 700], b"\0\n\0\n{}\n".to_vec()] {
        let recording = read([&bytes[..], &tail].concat().as_slice()).unwrap();
        assert_eq!(recording.records, written);
        assert_eq!(recording.torn, Some(Torn { offset: bytes.len() as u64, bytes: tail.len() as u64 }));
    }
}

#[test]
fn any_flipped_bit_of_a_long_journal_is_noticed_with_its_place() {
    let written = mixed(225);
    let bytes = bytes_of(written.chunks(1));
    assert!(bytes.len() > 64 << 10, "{} bytes", bytes.len());
    let lines = lines(&bytes);
    let mut place = Place::START;
    for (number, pair) in lines.windows(2).enumerate() {
        // What comes before a line is read as ever, and of what comes after it one whole line is enough.
        let mut both = pair.concat();
        for bit in 0..pair[0].len() * 8 {
            both[bit / 8] ^= 1 << (bit % 8);
            match Reader::from(&both[..], place).next::<Event>() {
                Err(JournalError::Damaged { line, offset, seq, .. }) => {
                    assert_eq!((line, offset, seq), (number as u64 + 1, place.offset, number as u64), "bit {bit}");
                }
                other => panic!("bit {bit} of line {number} was flipped: {other:?}"),
            }
            both[bit / 8] ^= 1 << (bit % 8);
        }
        let mut reader = Reader::from(pair[0], place);
        reader.next::<Event>().unwrap();
        place = reader.place();
    }
}

#[test]
fn a_flipped_bit_in_the_last_line_keeps_all_before_it_and_is_said() {
    let written = mixed(5);
    let mut bytes = bytes_of(written.chunks(1));
    let start = ends(&bytes)[3];
    for bit in start * 8..bytes.len() * 8 {
        // It can't be told from a tear.
        bytes[bit / 8] ^= 1 << (bit % 8);
        let recording = read(bytes.as_slice()).unwrap();
        assert_eq!(recording.records, written[..4], "bit {bit}");
        assert_eq!(recording.torn.map(|torn| torn.offset), Some(start as u64), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn swapped_deleted_doubled_and_replaced_lines_are_refused() {
    let bytes = bytes_of(mixed(200).chunks(1));
    let lines = lines(&bytes);
    let mut place = Place::START;
    let noticed = |place: Place, changed: &[&[u8]], what: &str| {
        let changed = changed.concat();
        let mut reader = Reader::from(&changed[..], place);
        loop {
            match reader.next::<Event>() {
                Ok(Some(_)) => {}
                Err(JournalError::Damaged { seq, .. }) => return seq,
                other => panic!("{what}: {other:?}"),
            }
        }
    };
    for first in 0..lines.len() {
        for second in first + 1..lines.len() {
            // As far as one line beyond the change.
            let mut swapped = lines[first..(second + 2).min(lines.len())].to_vec();
            swapped.swap(0, second - first);
            assert_eq!(noticed(place, &swapped, "swapped"), first as u64, "{first} and {second} swapped");
        }
        let mut doubled = lines[first..].to_vec();
        doubled.insert(0, lines[first]);
        assert_eq!(noticed(place, &doubled, "doubled"), first as u64 + 1, "{first} doubled");
        if first + 1 < lines.len() {
            assert_eq!(noticed(place, &lines[first + 1..], "deleted"), first as u64, "{first} deleted");
        }
        let mut reader = Reader::from(lines[first], place);
        reader.next::<Event>().unwrap();
        place = reader.place();
    }
}

#[test]
fn a_line_of_another_room_does_not_fit_in() {
    let ours = bytes_of(mixed(4).chunks(1));
    let mut other = mixed(4);
    other[0].event = opened("another-room", "warroom: 1\n");
    let other = bytes_of(other.chunks(1));
    let mixed_up = [lines(&ours)[0], lines(&other)[1], lines(&ours)[2]].concat();
    assert_eq!(damage(&mixed_up).2, 1);
}

#[test]
fn zeros_in_what_was_never_synced_are_a_tear_and_elsewhere_damage() {
    let written = mixed(40);
    let (safe, unsynced) = written.split_at(20);
    let mut torn = bytes_of([safe, unsynced]);
    let ends = ends(&torn);
    // One sector inside the second batch never reached the disk, although those behind it did.
    let sector = ends[24].div_ceil(512) * 512;
    torn[sector..sector + 512].fill(0);
    let kept = ends.partition_point(|end| *end <= sector);
    assert_eq!(read(torn.as_slice()).unwrap().records, written[..kept]);

    let mut damaged = bytes_of([safe, unsynced]);
    let sector = ends[4].div_ceil(512) * 512;
    damaged[sector..sector + 512].fill(0);
    assert_eq!(damage(&damaged).2, ends.partition_point(|end| *end <= sector) as u64);
}

/// What is read line by line, by one thread and with serde alone, and how that ended.
fn line_by_line(bytes: &[u8]) -> (Vec<Record>, Result<Option<Torn>, String>) {
    let (mut reader, mut records) = (Reader::new(bytes), Vec::new());
    loop {
        match reader.next::<Event>() {
            Ok(Some(line)) => records.push(Record { seq: line.seq, at: line.at, ask: line.ask, event: line.event }),
            Ok(None) => return (records, Ok(reader.torn())),
            Err(error) => return (records, Err(error.to_string())),
        }
    }
}

fn in_blocks(bytes: &[u8]) -> (Vec<Record>, Result<Option<Torn>, String>) {
    let (mut reader, mut records) = (Reader::new(bytes), Vec::new());
    let ended = reader.blocks(|_, some| {
        records.append(some);
        ControlFlow::Continue(())
    });
    (records, ended.map(|()| reader.torn()).map_err(|error| error.to_string()))
}

#[test]
fn a_long_journal_is_read_in_blocks_as_it_is_line_by_line_wherever_it_is_torn_or_damaged() {
    let mut written = mixed(6_000);
    // One line is longer than any block.
    written[3_000].event = noted(&"x".repeat(3 << 20));
    let whole = bytes_of(written.chunks(1_000));
    assert_eq!(in_blocks(&whole), (written, Ok(None)));
    let mut dice = Dice(9);
    for round in 0..24 {
        let place = if round % 2 == 0 { dice.roll(1_000_000) } else { whole.len() - 1 - dice.roll(1_000_000) };
        let mut bytes = whole.clone();
        match round % 3 {
            0 => bytes[place] ^= 4,
            1 => bytes.truncate(place),
            _ => {
                // A whole line is missing.
                let from = memchr::memchr(b'\n', &bytes[place..]).map_or(0, |end| place + end + 1);
                let to = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |end| from + end + 1);
                bytes.drain(from..to);
            }
        }
        assert!(in_blocks(&bytes) == line_by_line(&bytes), "round {round} at {place}");
    }
}

/// A line as a later version might write it, in its place in the chain.
fn line_after(place: Place, body: &str) -> Vec<u8> {
    let body = format!("{{\"seq\":{},\"safe\":0,{body},\"prev\":\"{}\"", place.seq, place.prev.as_str());
    let hash = sha256(&body);
    format!("{body},\"hash\":\"{hash}\"}}\n").into_bytes()
}

#[test]
fn what_a_newer_version_wrote_is_said_to_be_so() {
    let bytes = bytes_of([&mixed(1)[..]]);
    let mut reader = Reader::new(&bytes[..]);
    reader.next::<Event>().unwrap();
    let unknown = line_after(reader.place(), r#""at":1,"event":{"probe_launched":{"to":"moon"}}"#);
    let known = line_after(reader.place(), r#""at":1,"event":"deployment_completed","colour":"blue""#);
    let format_2 = line_after(Place::START, r#""at":1,"event":{"opened":{"format":2,"shape":"round"}}"#);

    let error = read([&bytes[..], &unknown].concat().as_slice()).unwrap_err();
    assert!(matches!(error, JournalError::Newer { line: 2, seq: 1, .. }), "{error:?}");
    assert!(error.to_string().contains("written by a newer warroom"), "{error}");
    assert!(error.to_string().contains("probe_launched"), "{error}");
    assert!(matches!(read(&format_2[..]), Err(JournalError::Newer { line: 1, .. })));
    assert_eq!(read([&bytes[..], &known].concat().as_slice()).unwrap().records.len(), 2);
}

#[test]
fn what_is_no_journal_is_refused() {
    let no_opening = line_after(Place::START, r#""at":1,"event":"deployment_completed""#);
    assert_eq!(damage(&no_opening), (1, 0, 0));
    for text in [&b"hello\n"[..], b"\x7fELF", &vec![0; 100_000], b"\xff\xfe{\0\"\0", b"[]\n{\"seq\":0}\n"] {
        let why = read(text).unwrap_err().to_string();
        assert_eq!(why, "this is not a journal: it begins otherwise than one (line 1, byte 0)");
    }
    assert!(matches!(read(&b"{\"sequence\":0}\n"[..]), Err(JournalError::Foreign { offset: 5 })));
}

#[test]
fn only_a_first_line_that_was_cut_off_passes_for_a_room_that_never_opened() {
    let whole = bytes_of(mixed(3).chunks(1));
    let first = ends(&whole)[0];
    for cut in 0..first {
        assert!(matches!(read(&whole[..cut]), Err(JournalError::Empty)), "cut at {cut}");
    }
    // The second sector of a long first line never reached the disk.
    let mut hole = bytes_of([&records([])[..]]);
    hole.splice(20..20, [b' '; 1_200]);
    hole[512..1_024].fill(0);
    assert!(matches!(read(hole.as_slice()), Err(JournalError::Empty)));

    let mut changed = whole[..first].to_owned();
    changed[first / 2] ^= 1;
    assert_eq!(damage(&changed), (1, 0, 0));
    assert_eq!(damage(&[&changed[..], b"{\"seq\":1"].concat()), (1, 0, 0));
    let transferred = String::from_utf8(whole).unwrap().replace('\n', "\r\n");
    assert_eq!(damage(transferred.as_bytes()), (1, 0, 0));
    let why = read(transferred.as_bytes()).unwrap_err().to_string();
    assert!(why.ends_with("it ends in CR LF, as after a transfer as text"), "{why}");
    let old = transferred.replace("\r\n", "\r");
    assert_eq!(damage(old.as_bytes()), (1, 0, 0));
}

#[test]
fn a_line_without_end_is_read_in_bounded_memory() {
    struct Endless(u64);
    impl io::Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = into.len().min(self.0 as usize);
            into[..count].fill(b'x');
            self.0 -= count as u64;
            Ok(count)
        }
    }
    let bytes = bytes_of([&mixed(2)[..]]);
    let input = BufReader::new(io::Read::chain(Cursor::new(bytes.clone()), Endless(40 << 20)));
    let mut reader = Reader::new(input);
    let recording = reader.collect().unwrap();
    assert_eq!(recording.torn, Some(Torn { offset: bytes.len() as u64, bytes: 40 << 20 }));
    assert!(reader.memory_bytes() <= 3 * line::LINE_MAX, "{}", reader.memory_bytes());
}

#[test]
fn what_could_not_be_read_back_is_not_written() {
    let folder = Path::new("room");
    let storage = SimStorage::with_folder(folder);
    let first = &mixed(1)[0];
    let mut journal = Journal::create(&storage, folder, first).unwrap();
    let before = storage.bytes(&folder.join(FILE));
    let at = first.at;
    for (seq, event) in
        [(1, polled(f64::NAN)), (1, noted(&"x".repeat(line::LINE_MAX))), (2, noted("too early")), (0, noted("again"))]
    {
        let refused = journal.append(&[Record { seq, at, ask: None, event }]).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
    }
    assert_eq!(storage.bytes(&folder.join(FILE)), before);
    journal.append(&[Record { seq: 1, at, ask: None, event: noted("fine") }]).unwrap();
}

#[test]
fn a_second_owner_is_refused_and_a_reader_is_not() {
    let home = tempfile::tempdir().unwrap();
    let disk = DiskStorage;
    let (_, folder) = create_room(&disk, home.path(), "Canary", fixture::START).unwrap();
    let journal = Journal::create(&disk, &folder, &mixed(1)[0]).unwrap();
    assert!(matches!(open_for_append(&disk, &folder), Err(JournalError::Owned { .. })));
    let recording = read(crate::journal::storage::Storage::read(&disk, &folder.join(FILE)).unwrap()).unwrap();
    assert_eq!(recording.records.len(), 1);
    drop(journal);
    let (mut journal, _) = open_for_append(&disk, &folder).unwrap();
    assert_eq!(journal.next_seq(), 1);
    journal.append(&mixed(2)[1..]).unwrap();
}

#[test]
fn a_torn_end_is_kept_beside_and_writing_goes_on_after_the_last_whole_line() {
    let folder = Path::new("room");
    let storage = SimStorage::with_folder(folder);
    let path = folder.join(FILE);
    let written = mixed(20);
    drop(Journal::create(&storage, folder, &written[0]).unwrap());
    let bytes = bytes_of([&written[..10]]);
    for (suffix, tail) in [("", &b"{\"seq\":10,"[..]), ("-2", &[0; 600])] {
        storage.overwrite(&path, &[&bytes[..], tail].concat()).unwrap();
        let (mut journal, recording) = open_for_append(&storage, folder).unwrap();
        assert_eq!(recording.records, written[..10]);
        assert_eq!(storage.bytes(&folder.join(format!("{FILE}.torn{suffix}"))).unwrap(), tail);
        journal.append(&written[10..]).unwrap();
        assert_eq!(read(storage.bytes(&path).unwrap().as_slice()).unwrap().records, written);
    }
}

#[test]
fn the_hash_before_the_first_line_is_all_zeros() {
    assert!(Hash::ORIGIN.as_str().bytes().all(|digit| digit == b'0'));
    let first = bytes_of([&mixed(1)[..]]);
    assert_eq!(line::intact(&first).unwrap().prev, Hash::ORIGIN);
}
