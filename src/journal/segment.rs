//! The files of one journal: the first, and those that a failing disk made it go on in.
//!
//! A sync that failed once is never relied on again: what it should have made safe is written once more, to a new file
//! beside the first (`journal.2.jsonl`, then `journal.3.jsonl`). Lines keep their chain across files. Where a later file
//! begins with the sequence that would come next, the earlier one has nothing more to say: whatever follows in it was never
//! known to be safe.

use std::io::{self, BufRead, Cursor, Read};
use std::path::{Path, PathBuf};

use crate::journal::JournalError;
use crate::journal::line::{self, LINE_MAX, Place};
use crate::journal::read::Reader;
use crate::journal::storage::Storage;

/// Where the number is, or none for the first: `journal.jsonl`, `journal.2.jsonl`.
pub(super) fn path(first: &Path, number: u32) -> PathBuf {
    if number <= 1 {
        return first.to_owned();
    }
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, "jsonl"));
    first.with_file_name(format!("{stem}.{number}.{ending}"))
}

/// A file that comes after the first.
pub(super) struct Later<R> {
    pub(super) number: u32,
    /// The sequence it begins with; the highest there is where its first line can't be read.
    pub(super) begins: u64,
    pub(super) input: R,
}

impl<R> std::fmt::Debug for Later<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "segment {} from {}", self.number, self.begins)
    }
}

/// Reads the journal whose first file is at `path`, with all that it went on in.
pub fn open(storage: &dyn Storage, path: &Path) -> Result<Reader<Box<dyn BufRead>>, JournalError> {
    open_from(storage, path, Place::START)
}

/// The same from a place in it on.
pub(super) fn open_from(storage: &dyn Storage, path: &Path, place: Place) -> Result<Reader<Box<dyn BufRead>>, JournalError> {
    let failed = |source| JournalError::Disk { doing: "read", path: path.to_owned(), source };
    let input = storage.read_from(&self::path(path, place.segment), place.offset).map_err(failed)?;
    let mut reader = Reader::from(input, place);
    let numbers = numbers(storage, path).map_err(failed)?;
    for number in numbers.into_iter().filter(|number| *number > place.segment) {
        reader.goes_on(later(storage, path, number).map_err(failed)?);
    }
    Ok(reader)
}

/// How long each file of the journal is, by its number.
pub fn sizes(storage: &dyn Storage, path: &Path) -> Result<Vec<(u32, u64)>, JournalError> {
    let size = |number: u32| Ok((number, storage.size(&self::path(path, number))?));
    let numbers = numbers(storage, path);
    let sizes = numbers.and_then(|later| std::iter::once(1).chain(later).map(size).collect::<io::Result<_>>());
    sizes.map_err(|source| JournalError::Disk { doing: "read", path: path.to_owned(), source })
}

/// The last lines of what is before `end` in a file, as many as there are.
pub(super) fn last_lines(storage: &dyn Storage, path: &Path, end: u64, lines: usize) -> io::Result<Vec<u8>> {
    let mut span = 64 << 10;
    loop {
        let from = end.saturating_sub(span);
        let mut bytes = Vec::new();
        storage.read_from(path, from)?.take(end - from).read_to_end(&mut bytes)?;
        // The newline before the first of them.
        let before = memchr::memrchr_iter(b'\n', &bytes).nth(lines);
        match before {
            Some(before) => return Ok(bytes.split_off(before + 1)),
            None if from == 0 => return Ok(bytes),
            None => span *= 4,
        }
    }
}

/// Which later files there are, in order.
pub(super) fn numbers(storage: &dyn Storage, first: &Path) -> io::Result<Vec<u32>> {
    let folder = first.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let number = |name: &String| -> Option<u32> {
        let number = name.rsplit('.').nth(1)?.parse().ok().filter(|number| *number > 1)?;
        (path(first, number).file_name()?.to_string_lossy() == *name).then_some(number)
    };
    let mut numbers: Vec<u32> = storage.list(folder)?.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn later(storage: &dyn Storage, first: &Path, number: u32) -> io::Result<Later<Box<dyn BufRead>>> {
    let mut input = storage.read(&path(first, number))?;
    let mut line = Vec::new();
    (&mut input).take(LINE_MAX as u64).read_until(b'\n', &mut line)?;
    let begins = line::intact(&line).map_or(u64::MAX, |intact| intact.seq);
    Ok(Later { number, begins, input: Box::new(Cursor::new(line).chain(input)) })
}
