//! Writing a journal: appended, synced, owned by one process.

use std::borrow::Borrow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::journal::line::{self, Place};
use crate::journal::read::{Reader, Recording, Torn};
use crate::journal::reserve::{Reserve, is_full};
use crate::journal::storage::{Storage, StoredFile, write_all};
use crate::journal::{FILE, JournalError, RESERVE};
use crate::room::{Event, Record};

/// A journal that this process writes. After a failed write or sync it takes nothing more: what the disk holds then
/// is not known, and a sync that failed once would say that all is well the next time.
#[derive(Debug)]
pub struct Journal {
    file: Box<dyn StoredFile>,
    place: Place,
    /// How many records are safe.
    safe: u64,
    /// Where in the file they end.
    safe_offset: u64,
    failed: Option<String>,
    /// Room on the disk for the time when there is none, until it is needed.
    reserve: Option<Reserve>,
    low: Option<String>,
    lines: Vec<u8>,
}

impl Journal {
    /// Begins a journal in `folder` with its first record, safe on disk when this returns, and with a reserve beside
    /// it. Where that fails nothing is left of the room, nor of its folder when nothing else is in it.
    pub fn create(storage: &dyn Storage, folder: &Path, opened: &Record) -> io::Result<Self> {
        if !matches!(opened.event, Event::Opened(_)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a journal begins with the opening of a room"));
        }
        let begun = match storage.create(&folder.join(FILE)) {
            // It is somebody else's, and so is the folder.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            made => made.and_then(|file| Self::begin(file, storage, folder, opened)),
        };
        begun.inspect_err(|_| {
            for path in [folder.join(FILE), folder.join(RESERVE), folder.to_owned()] {
                drop(storage.remove(&path));
            }
        })
    }

    fn begin(file: Box<dyn StoredFile>, storage: &dyn Storage, folder: &Path, opened: &Record) -> io::Result<Self> {
        let reserve = Reserve::set_aside(storage, folder)?;
        let mut journal = Self::over(file, Place::START);
        journal.append(std::slice::from_ref(opened))?;
        journal.sync()?;
        storage.sync_dir(folder)?;
        folder.parent().map_or(Ok(()), |home| storage.sync_dir(home))?;
        journal.reserve = Some(reserve);
        Ok(journal)
    }

    fn over(file: Box<dyn StoredFile>, place: Place) -> Self {
        let (safe, safe_offset) = (place.seq, place.offset);
        Self { file, place, safe, safe_offset, failed: None, reserve: None, low: None, lines: Vec::new() }
    }

    /// Adds records in one write. They are not safe before [`Journal::sync`]. On a full disk this takes the reserve,
    /// once, and the journal is [`Journal::low`] from then on.
    pub fn append<R: Borrow<Record>>(&mut self, records: &[R]) -> io::Result<()> {
        self.check()?;
        self.lines.clear();
        let mut place = self.place;
        for record in records.iter().map(Borrow::borrow) {
            if record.seq != place.seq {
                let text = format!("record {} was to be written where {} belongs", record.seq, place.seq);
                return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
            }
            place.prev = line::encode(record, self.safe, &place.prev, &mut self.lines)?;
            place.seq += 1;
        }
        place.offset += self.lines.len() as u64;
        let mut written = write_all(&mut *self.file, &self.lines);
        if let Err(error) = &written
            && is_full(error)
            && let Some(reserve) = self.reserve.take()
        {
            let why = format!("{error}; the journal goes on in what was kept for it");
            written = self.write_again(reserve).map(|()| self.low = Some(why));
        }
        self.note("write", written)?;
        self.place = place;
        Ok(())
    }

    /// Makes everything appended so far safe.
    pub fn sync(&mut self) -> io::Result<()> {
        self.check()?;
        let synced = self.file.sync_data();
        self.note("sync", synced)?;
        (self.safe, self.safe_offset) = (self.place.seq, self.place.offset);
        Ok(())
    }

    /// Ends the journal in order: all of it is safe, and the disk has the reserve back. One that failed is left as it
    /// is, and so is one that is dropped; that harms nothing but the room it takes.
    pub fn close(mut self) -> io::Result<()> {
        self.sync()?;
        self.reserve.take().map_or(Ok(()), Reserve::release)
    }

    /// Why little can be written any more: the disk is full, and nothing is kept for the journal beyond what it
    /// goes on with. It stays so until the journal is opened again.
    pub fn low(&self) -> Option<&str> {
        self.low.as_deref()
    }

    /// The sequence that the next record must have.
    pub fn next_seq(&self) -> u64 {
        self.place.seq
    }

    /// How much a crash could take.
    pub fn unsynced_bytes(&self) -> u64 {
        self.place.offset - self.safe_offset
    }

    /// Cuts what a full disk took of a write, makes room by the reserve, and writes the same once more.
    fn write_again(&mut self, reserve: Reserve) -> io::Result<()> {
        self.file.truncate(self.place.offset)?;
        reserve.release()?;
        write_all(&mut *self.file, &self.lines)
    }

    fn check(&self) -> io::Result<()> {
        self.failed.as_ref().map_or(Ok(()), |why| Err(io::Error::other(why.clone())))
    }

    /// Remembers the first failure, and stays with it.
    fn note(&mut self, doing: &str, outcome: io::Result<()>) -> io::Result<()> {
        if let Err(error) = &outcome {
            self.failed = Some(format!("an earlier {doing} failed: {error}"));
        }
        outcome
    }
}

/// Opens the journal in `folder` to go on with it. A torn tail is copied to a file beside it and cut. Where no
/// reserve can be set aside any more, it is [`Journal::low`] from the beginning.
pub fn open_for_append(storage: &dyn Storage, folder: &Path) -> Result<(Journal, Recording), JournalError> {
    let path = folder.join(FILE);
    let failed = |doing| {
        let path = path.clone();
        move |source| JournalError::Disk { doing, path, source }
    };
    let mut file = storage.open(&path).map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => JournalError::Owned { path: path.clone() },
        _ => failed("open")(source),
    })?;
    let mut reader = Reader::new(storage.read(&path).map_err(failed("read"))?);
    let recording = reader.collect()?;
    let place = reader.place();
    if let Some(torn) = recording.torn {
        keep(storage, folder, torn).map_err(failed("keep a copy of the torn end of"))?;
        file.truncate(place.offset).map_err(failed("cut the torn end of"))?;
    }
    // What was read may still be in memory only: nothing is built on it before it is safe.
    file.sync_data().map_err(failed("sync"))?;
    let mut journal = Journal::over(file, place);
    match Reserve::set_aside(storage, folder) {
        Ok(reserve) => journal.reserve = Some(reserve),
        Err(error) => journal.low = Some(error.to_string()),
    }
    storage.sync_dir(folder).map_err(failed("sync the folder of"))?;
    Ok((journal, recording))
}

/// Copies what is to be cut, so that a person can still look at it.
fn keep(storage: &dyn Storage, folder: &Path, torn: Torn) -> io::Result<()> {
    let mut input = storage.read(&folder.join(FILE))?;
    io::copy(&mut (&mut input).take(torn.offset), &mut io::sink())?;
    let mut copy = create_free(storage, folder)?;
    let mut part = Vec::new();
    while (&mut input).take(1 << 20).read_to_end(&mut part)? > 0 {
        write_all(&mut *copy, &part)?;
        part.clear();
    }
    copy.sync_data()?;
    storage.sync_dir(folder)
}

/// `journal.jsonl.torn`, or with a number where earlier crashes left some.
fn create_free(storage: &dyn Storage, folder: &Path) -> io::Result<Box<dyn StoredFile>> {
    let names = (1..=u32::MAX).map(|number| if number == 1 { String::new() } else { format!("-{number}") });
    let paths = names.map(|suffix| -> PathBuf { folder.join(format!("{FILE}.torn{suffix}")) });
    for path in paths {
        match storage.create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
