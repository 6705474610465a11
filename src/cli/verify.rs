//! `warroom verify`: whether a journal is as it was written, and the hash that proves it to others.

use std::path::Path;

use anyhow::Context;
use serde_json::value::RawValue;

use crate::cli::{DONE, FAILED, out, replay};
use crate::journal::storage::DiskStorage;
use crate::journal::{self, JournalError, Torn};
use crate::room::Event;

/// What a journal proves.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    pub(super) records: u64,
    /// The hash of the last record: who keeps it can tell later whether the journal was written anew.
    pub(super) anchor: String,
    /// The record with the hash that was asked for.
    found: Option<u64>,
    torn: Option<Torn>,
    format: u32,
    /// Records of events that this version does not know, and the first of them.
    unknown: Option<(u64, u64)>,
}

pub(super) fn verify(named: &Path, anchor: Option<&str>) -> anyhow::Result<u8> {
    let path = replay::find(named)?;
    let proof = prove(&path, anchor).with_context(|| format!("{} is NOT intact", out::name(&path)))?;
    let Proof { records, anchor: last, found, torn, format, unknown } = proof;
    out::line(&format!("intact: {}, each following on the one before\nanchor: {last}", out::count(records, "record")))?;
    if format > journal::FORMAT {
        out::line(&format!(
            "newer: its format is {format}, and this warroom understands up to {}: what its records mean, only that version can say",
            journal::FORMAT
        ))?;
    }
    if let Some((count, first)) = unknown {
        let what = out::count(count, "record");
        out::line(&format!(
            "newer: {what}, from line {} on, can't be understood here: replay it with the warroom that wrote it",
            first + 1
        ))?;
    }
    if let Some(Torn { offset, bytes }) = torn {
        out::line(&format!(
            "cut off: {bytes} bytes at offset {offset} were being written when the room was cut off, and count for nothing"
        ))?;
    }
    match (anchor, found) {
        (None, _) => Ok(DONE),
        (Some(_), Some(record)) if record + 1 == records => {
            out::line("the anchor is that of the last record: nothing was changed, and nothing came after it")?;
            Ok(DONE)
        }
        (Some(_), Some(record)) => {
            out::line(&format!(
                "the anchor is that of record {record}: nothing before it was changed; {} came after",
                records - 1 - record
            ))?;
            Ok(DONE)
        }
        (Some(_), None) => {
            out::error("no record has this anchor: the journal was written anew, or it is that of another room");
            Ok(FAILED)
        }
    }
}

/// Follows the chain from the first record to the last.
pub(super) fn prove(path: &Path, anchor: Option<&str>) -> Result<Proof, JournalError> {
    let failed = |source| JournalError::Disk { doing: "find", path: path.to_owned(), source };
    let mut reader = journal::open(&DiskStorage, &path.canonicalize().map_err(failed)?)?.of_any_format();
    let (mut found, mut unknown) = (None, None);
    while let Some(line) = reader.next::<Box<RawValue>>()? {
        if serde_json::from_str::<Event>(line.event.get()).is_err() {
            let (count, _) = unknown.get_or_insert((0, line.seq));
            *count += 1;
        }
        if anchor.is_some_and(|anchor| anchor.eq_ignore_ascii_case(reader.place().prev.as_str())) {
            found = Some(line.seq);
        }
    }
    let place = reader.place();
    if place.seq == 0 {
        return Err(JournalError::Empty);
    }
    Ok(Proof {
        records: place.seq,
        anchor: place.prev.as_str().to_owned(),
        found,
        torn: reader.torn(),
        format: reader.format(),
        unknown,
    })
}
