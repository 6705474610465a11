//! Writing a journal: appended, synced, owned by one process.

use std::borrow::Borrow;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::journal::line::{self, Place};
use crate::journal::read::{Reader, Recording, Torn};
use crate::journal::reserve::{Reserve, is_full};
use crate::journal::storage::{Storage, StoredFile, write_all};
use crate::journal::{FILE, JournalError, OWNER, RESERVE, segment, snapshot};
use crate::room::{Event, Record};

/// A journal that this process writes. What a write or a sync failed on is written once more to a new file and synced there:
/// what the disk holds of the old one is not known, and a sync that failed once would say that all is well the next
/// time. Where that fails too it takes nothing more.
#[derive(Debug)]
pub struct Journal {
    storage: Arc<dyn Storage>,
    folder: PathBuf,
    file: Box<dyn StoredFile>,
    /// Files that were left, kept open: the lock is on the first.
    left: Vec<Box<dyn StoredFile>>,
    place: Place,
    /// How many records are safe.
    safe: u64,
    /// The lines after those.
    unsafe_lines: Vec<u8>,
    failed: Option<String>,
    /// Room on the disk for the time when there is none, until it is needed.
    reserve: Option<Reserve>,
    low: Option<String>,
}

/// The hash that a journal ends with, and how many records it covers. Whoever keeps it can tell later whether the journal was
/// written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub records: u64,
    pub hash: String,
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
            for path in [folder.join(FILE), folder.join(RESERVE), folder.join(OWNER), folder.to_owned()] {
                drop(storage.remove(&path));
            }
        })
    }

    fn begin(file: Box<dyn StoredFile>, storage: &dyn Storage, folder: &Path, opened: &Record) -> io::Result<Self> {
        storage.sign(&folder.join(FILE));
        let reserve = Reserve::set_aside(storage, folder)?;
        let mut journal = Self::over(storage, folder, file, Place::START);
        // A disk that fails already now is none to begin on.
        journal.encode(std::slice::from_ref(opened))?;
        write_all(&mut *journal.file, &journal.unsafe_lines)?;
        journal.file.sync_data()?;
        journal.all_is_safe();
        storage.sync_dir(folder)?;
        folder.parent().map_or(Ok(()), |home| storage.sync_dir(home))?;
        journal.reserve = Some(reserve);
        Ok(journal)
    }

    pub(super) fn over(storage: &dyn Storage, folder: &Path, file: Box<dyn StoredFile>, place: Place) -> Self {
        Self {
            storage: storage.share(),
            folder: folder.to_owned(),
            file,
            left: Vec::new(),
            place,
            safe: place.seq,
            unsafe_lines: Vec::new(),
            failed: None,
            reserve: None,
            low: None,
        }
    }

    /// Adds records in one write. They are not safe before [`Journal::sync`]. On a full disk this takes the reserve,
    /// once; where the disk fails otherwise the journal goes on in another file. It is [`Journal::low`] from then on.
    pub fn append<R: Borrow<Record>>(&mut self, records: &[R]) -> io::Result<()> {
        self.check()?;
        let from = self.encode(records)?;
        let mut written = write_all(&mut *self.file, &self.unsafe_lines[from..]);
        if let Err(error) = &written
            && is_full(error)
            && let Some(reserve) = self.reserve.take()
        {
            let why = format!("{error}; the journal goes on in what was kept for it");
            written = self.write_again(reserve, from).map(|()| self.low = Some(why));
        }
        written.or_else(|error| self.go_on_elsewhere("write", error))
    }

    /// Makes everything appended so far safe.
    pub fn sync(&mut self) -> io::Result<()> {
        self.check()?;
        match self.file.sync_data() {
            Ok(()) => {
                self.all_is_safe();
                Ok(())
            }
            Err(error) => self.go_on_elsewhere("sync", error),
        }
    }

    /// Ends the journal in order: all of it is safe, and the disk has the reserve back. One that failed is left as it
    /// is, and so is one that is dropped; that harms nothing but the room it takes.
    pub fn close(mut self) -> io::Result<()> {
        self.sync()?;
        self.reserve.take().map_or(Ok(()), Reserve::release)
    }

    /// Why nothing new should begin: the disk is full or has failed, and nothing is kept for the journal beyond what it
    /// goes on with. It stays so until the journal is opened again.
    pub fn low(&self) -> Option<&str> {
        self.low.as_deref()
    }

    /// The sequence that the next record must have.
    pub fn next_seq(&self) -> u64 {
        self.place.seq
    }

    /// What it ends with now.
    pub fn anchor(&self) -> Anchor {
        Anchor { records: self.place.seq, hash: self.place.prev.as_str().to_owned() }
    }

    /// Puts a snapshot of the state that all records come to beside the journal, so that it is resumed quickly. Everything is
    /// safe first. Where the disk is short of room there is none.
    pub fn keep_snapshot(&mut self, state: &[u8]) -> io::Result<()> {
        self.sync()?;
        if self.low.is_some() || self.place.offset == 0 {
            return Ok(());
        }
        snapshot::keep(&*self.storage, &self.folder, self.place, state)
    }

    /// How much a crash could take.
    pub fn unsynced_bytes(&self) -> u64 {
        self.unsafe_lines.len() as u64
    }

    /// Adds the lines of these records to those that are not safe yet, all or none, and says where they begin.
    fn encode<R: Borrow<Record>>(&mut self, records: &[R]) -> io::Result<usize> {
        let from = self.unsafe_lines.len();
        let mut place = self.place;
        for record in records.iter().map(Borrow::borrow) {
            let encoded = if record.seq == place.seq {
                line::encode(record, self.safe, &place.prev, &mut self.unsafe_lines)
            } else {
                let text = format!("record {} was to be written where {} belongs", record.seq, place.seq);
                Err(io::Error::new(io::ErrorKind::InvalidInput, text))
            };
            place.prev = encoded.inspect_err(|_| self.unsafe_lines.truncate(from))?;
            place.seq += 1;
        }
        place.offset += (self.unsafe_lines.len() - from) as u64;
        self.place = place;
        Ok(from)
    }

    fn all_is_safe(&mut self) {
        self.safe = self.place.seq;
        self.unsafe_lines.clear();
    }

    /// Makes room by the reserve, cuts what a full disk took of a write, and writes the same once more.
    fn write_again(&mut self, reserve: Reserve, from: usize) -> io::Result<()> {
        reserve.release()?;
        let lines = &self.unsafe_lines[from..];
        self.file.truncate(self.place.offset - lines.len() as u64)?;
        write_all(&mut *self.file, lines)
    }

    /// The disk failed this file: all that is not known to be safe is written to a new one, and is safe there when this
    /// returns. Where that fails as well, it ends here.
    fn go_on_elsewhere(&mut self, doing: &str, error: io::Error) -> io::Result<()> {
        if is_full(&error)
            && let Some(reserve) = self.reserve.take()
        {
            drop(reserve.release());
        }
        let number = self.place.segment + 1;
        let path = segment::path(&self.folder.join(FILE), number);
        if let Ok(file) = self.begin_segment(&path) {
            self.left.push(std::mem::replace(&mut self.file, file));
            self.place = Place { segment: number, offset: self.unsafe_lines.len() as u64, ..self.place };
            self.all_is_safe();
            let name = path.file_name().unwrap_or_default().display();
            self.low = Some(format!("a {doing} failed ({error}); the journal goes on in {name}"));
            return Ok(());
        }
        // What is left of it would only take room; who reads it finds nothing in it that is not in the others.
        drop(self.storage.remove(&path));
        self.failed = Some(format!("an earlier {doing} failed: {error}"));
        Err(error)
    }

    fn begin_segment(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        let mut file = self.storage.create(path)?;
        write_all(&mut *file, &self.unsafe_lines)?;
        file.sync_data()?;
        self.storage.sync_dir(&self.folder)?;
        Ok(file)
    }

    fn check(&self) -> io::Result<()> {
        self.failed.as_ref().map_or(Ok(()), |why| Err(io::Error::other(why.clone())))
    }
}

/// Opens the journal in `folder` to go on with it. A torn tail is copied to a file beside it and cut. Where no
/// reserve can be set aside any more, it is [`Journal::low`] from the beginning.
pub fn open_for_append(storage: &dyn Storage, folder: &Path) -> Result<(Journal, Recording), JournalError> {
    let opening = Opening::of(storage, folder)?;
    let mut reader = segment::open(storage, &folder.join(FILE))?;
    let recording = reader.collect()?;
    Ok((opening.journal(&reader)?, recording))
}

/// A journal that this process owns, and whose end it has still to find.
pub(super) struct Opening<'a> {
    storage: &'a dyn Storage,
    folder: &'a Path,
    first: Box<dyn StoredFile>,
}

impl<'a> Opening<'a> {
    pub(super) fn of(storage: &'a dyn Storage, folder: &'a Path) -> Result<Self, JournalError> {
        let path = folder.join(FILE);
        let first = storage.open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => JournalError::Owned { path, by: source.to_string() },
            _ => JournalError::Disk { doing: "open", path, source },
        })?;
        storage.sign(&folder.join(FILE));
        Ok(Self { storage, folder, first })
    }

    /// The journal, to be written on where `reader` has come to its end.
    pub(super) fn journal<R: BufRead>(self, reader: &Reader<R>) -> Result<Journal, JournalError> {
        let Self { storage, folder, first } = self;
        let failed = |doing| move |source| JournalError::Disk { doing, path: folder.join(FILE), source };
        // In a later file that nothing whole is in nothing was ever safe: the one before it has the end.
        let place = reader.left().filter(|_| reader.place().offset == 0).unwrap_or(reader.place());
        if let Some(torn) = reader.torn().filter(|_| place == reader.place()) {
            keep(storage, &segment::path(&folder.join(FILE), place.segment), torn)
                .map_err(failed("keep a copy of the torn end of"))?;
        }
        remove_later(storage, folder, place.segment).map_err(failed("remove what comes after the end of"))?;
        let mut journal = Journal::over(storage, folder, first, place);
        if place.segment > 1 {
            let file = storage.open(&segment::path(&folder.join(FILE), place.segment)).map_err(failed("open the end of"))?;
            journal.left.push(std::mem::replace(&mut journal.file, file));
        }
        if reader.torn().is_some() {
            journal.file.truncate(place.offset).map_err(failed("cut the torn end of"))?;
        }
        make_safe(&mut journal, reader.safe()).map_err(failed("sync"))?;
        match Reserve::set_aside(storage, folder) {
            Ok(reserve) => journal.reserve = Some(reserve),
            Err(error) => journal.low = Some(error.to_string()),
        }
        storage.sync_dir(folder).map_err(failed("sync the folder of"))?;
        Ok(journal)
    }
}

/// Takes away the files after that with the end: nothing whole is in them. What is in them is kept for who wants to look.
fn remove_later(storage: &dyn Storage, folder: &Path, last: u32) -> io::Result<()> {
    let first = folder.join(FILE);
    for number in segment::numbers(storage, &first)?.into_iter().filter(|number| *number > last) {
        let path = segment::path(&first, number);
        if !storage.read(&path)?.fill_buf()?.is_empty() {
            keep(storage, &path, Torn { offset: 0, bytes: 0 })?;
        }
        storage.remove(&path)?;
    }
    Ok(())
}

/// What was read may still be in memory only, and an earlier sync of it may have failed: it is written over by itself, so that
/// the sync is about it. Nothing is built on it before.
fn make_safe(journal: &mut Journal, safe: u64) -> io::Result<()> {
    let lines = usize::try_from(journal.place.seq.saturating_sub(safe)).unwrap_or(usize::MAX);
    let path = segment::path(&journal.folder.join(FILE), journal.place.segment);
    let tail = segment::last_lines(&*journal.storage, &path, journal.place.offset, lines)?;
    journal.file.write_over(journal.place.offset - tail.len() as u64, &tail)?;
    journal.file.sync_data()
}

/// Copies what is to be cut, so that a person can still look at it.
fn keep(storage: &dyn Storage, path: &Path, torn: Torn) -> io::Result<()> {
    let mut input = storage.read_from(path, torn.offset)?;
    let folder = path.parent().unwrap_or(Path::new("."));
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
