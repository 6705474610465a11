//! One line of the journal, and its place in the chain.
//!
//! ```text
//! {"seq":7,"safe":5,"at":1795231980000,"event":{…},"prev":"<64 hex digits>","hash":"<64 hex digits>"}
//! ```
//!
//! - `seq` counts from 0 without a gap; `at` is room time in milliseconds since 1970.
//! - `ask` names the ask that the record comes of, where it comes of one; it stands between `at` and `event`.
//! - `safe` is how many records were synced to disk when this one was written: damage before that many can't be
//!   the tear of a crash.
//! - `prev` is the `hash` of the line before, 64 zeros in the first. The first record holds the room's id, so no
//!   line of another room fits in.
//! - `hash` is the SHA-256 of the line's bytes up to where `,"hash":` begins. Standard tools check it:
//!   `sed -n 8p journal.jsonl | sed 's/,"hash":"[0-9a-f]*"}$//' | tr -d '\n' | sha256sum`
//!
//! The order of the fields is fixed, there is no space outside of strings, and every line ends with a newline.

use std::io;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::id::AskId;
use crate::journal::quick::{self, Names};
use crate::measure::reading::Reading;
use crate::room::{Event, Record};
use crate::time::Moment;

/// The longest line that is written or read. The first holds the runbook's whole text.
pub const LINE_MAX: usize = 16 << 20;

const SEQ: &[u8] = b"{\"seq\":";
const SAFE: &[u8] = b",\"safe\":";
const AT: &[u8] = b",\"at\":";
const EVENT: &[u8] = b",\"event\":";
const PREV: &[u8] = b",\"prev\":\"";
const HASH: &[u8] = b",\"hash\":\"";

/// How much of a line comes after the event.
const TAIL: usize = PREV.len() + 64 + 1 + HASH.len() + 64 + b"\"}\n".len();

/// A SHA-256 in hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash([u8; 64]);

impl Hash {
    /// What comes before the first line.
    pub const ORIGIN: Self = Self([b'0'; 64]);

    pub(super) fn of(bytes: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(Sha256::digest(bytes)) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(hex)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Where the next line belongs: what it must follow on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub seq: u64,
    /// Which file of the journal it is in, from 1.
    pub segment: u32,
    /// In bytes from the beginning of that file.
    pub offset: u64,
    pub prev: Hash,
}

impl Place {
    pub const START: Self = Self { seq: 0, segment: 1, offset: 0, prev: Hash::ORIGIN };
}

/// A decoded line. `E` is an [`Event`], or less where less is asked.
#[derive(Debug, Deserialize)]
pub struct Line<E> {
    pub seq: u64,
    pub at: Moment,
    #[serde(default)]
    pub ask: Option<AskId>,
    pub event: E,
}

/// Decodes a line that is [`intact`]. Most lines are nothing but a time and an event around which everything is known, so
/// only the event is parsed.
pub(super) fn record(line: &[u8], names: &mut Names) -> serde_json::Result<Record> {
    if let Some((seq, at, event)) = seq_at_event(line)
        && let Some(event) = quick::event(event, names).or_else(|| serde_json::from_slice(event).ok())
    {
        return Ok(Record { seq, at, ask: None, event });
    }
    // It says more than that, or can't be understood: why is found out by reading it whole.
    serde_json::from_slice(line)
}

fn seq_at_event(line: &[u8]) -> Option<(u64, Moment, &[u8])> {
    let (seq, rest) = split_number(line.strip_prefix(SEQ)?)?;
    let (_, rest) = split_number(rest.strip_prefix(SAFE)?)?;
    let (at, rest) = split_number(rest.strip_prefix(AT)?)?;
    let rest = rest.strip_prefix(EVENT)?;
    let end = rest.len().checked_sub(TAIL)?;
    Some((seq, Moment(i64::try_from(at).ok()?), rest.get(..end)?))
}

#[derive(Serialize)]
struct Body<'a> {
    seq: u64,
    safe: u64,
    at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<&'a AskId>,
    event: &'a Event,
    prev: &'a str,
}

/// Adds the line of `record` to `into`, and gives its hash.
pub fn encode(record: &Record, safe: u64, prev: &Hash, into: &mut Vec<u8>) -> io::Result<Hash> {
    let start = into.len();
    check_numbers(record)?;
    let body = Body { seq: record.seq, safe, at: record.at, ask: record.ask.as_ref(), event: &record.event, prev: prev.as_str() };
    serde_json::to_writer(&mut *into, &body)?;
    into.pop();
    let hash = Hash::of(&into[start..]);
    into.extend_from_slice(HASH);
    into.extend_from_slice(&hash.0);
    into.extend_from_slice(b"\"}\n");
    if into.len() - start > LINE_MAX {
        return Err(refused(record, &format!("is longer than {LINE_MAX} bytes")));
    }
    Ok(hash)
}

/// JSON has no word for NaN: such a record could be written but never be read again.
fn check_numbers(record: &Record) -> io::Result<()> {
    if let Event::SourcePolled { readings, .. } = &record.event {
        let unwritable = |reading: &Reading| reading.number().is_some_and(|number| !number.is_finite());
        if readings.iter().any(|(_, reading)| unwritable(reading)) {
            return Err(refused(record, "has a number that is not finite"));
        }
    }
    Ok(())
}

fn refused(record: &Record, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("record {} {why}", record.seq))
}

/// What can be said of a line that nobody changed since it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intact {
    pub seq: u64,
    pub safe: u64,
    pub prev: Hash,
    pub hash: Hash,
}

/// Checks a line by itself, its newline included; the reason in words where something is wrong with it.
pub fn intact(line: &[u8]) -> Result<Intact, &'static str> {
    let (body, hash) = line.strip_suffix(b"\"}\n").and_then(|text| split_hash(text, HASH)).ok_or("it is not a whole line")?;
    if Hash::of(body) != hash {
        return Err("its hash does not fit its content");
    }
    let (_, prev) =
        body.strip_suffix(b"\"").and_then(|text| split_hash(text, PREV)).ok_or("it does not say what it follows on")?;
    let (seq, rest) = body.strip_prefix(SEQ).and_then(split_number).ok_or("it has no sequence")?;
    let (safe, _) = rest.strip_prefix(SAFE).and_then(split_number).ok_or("it does not say what was safe")?;
    Ok(Intact { seq, safe, prev, hash })
}

/// Takes the 64 digits and the key before them off the end of `text`.
fn split_hash<'a>(text: &'a [u8], key: &[u8]) -> Option<(&'a [u8], Hash)> {
    let (rest, digits) = text.split_last_chunk::<64>()?;
    Some((rest.strip_suffix(key)?, Hash(*digits)))
}

fn split_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    let add = |number: u64, digit: &u8| number.checked_mul(10)?.checked_add(u64::from(digit - b'0'));
    let number = digits.iter().try_fold(0, add).filter(|_| length > 0)?;
    Some((number, rest))
}

/// The first of these bytes that no line begins with; a part of a line begins as it does.
pub fn foreign(bytes: &[u8]) -> Option<usize> {
    bytes.iter().zip(SEQ).position(|(there, expected)| there != expected)
}

/// Where a line may begin in `bytes`: inside of an event these bytes can't stand, because its quotes are escaped.
pub fn last_beginning(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(bytes, SEQ)
}
