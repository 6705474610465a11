//! A disk in memory that crashes, tears and fails where it is told to.
//!
//! It keeps apart what was synced and what was only written. A crash keeps all of the first, and of the second
//! whatever a seed says: some sectors, some names, an older length.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Cursor};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{Storage, StoredFile};

/// What a disk writes whole or not at all.
pub const SECTOR: usize = 512;

/// Clones share one disk.
#[derive(Clone, Debug, Default)]
pub struct SimStorage {
    disk: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    disk: Mutex<Disk>,
    answers: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What goes wrong, counted in operations that change something: creating, allocating, writing, syncing,
/// truncating, renaming, removing.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The operation with this number (from 0) fails so; a write that fails leaves a part of itself.
    pub fail: Option<(u64, io::ErrorKind)>,
    /// From this one on all of them fail so.
    pub fail_from: Option<(u64, io::ErrorKind)>,
    /// The power goes with the operation of this number: it happens in part, and nothing answers any more.
    pub crash: Option<u64>,
    /// No write takes more than this at once.
    pub write_max: Option<usize>,
    /// The disk holds this many bytes and no more.
    pub size: Option<usize>,
}

#[derive(Debug, Default)]
struct Disk {
    files: Vec<File>,
    names: BTreeMap<PathBuf, Entry>,
    names_synced: BTreeMap<PathBuf, Entry>,
    owned: BTreeSet<usize>,
    faults: Faults,
    operations: u64,
    syncs: u64,
    crashed: bool,
    /// Whoever syncs waits.
    hangs: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File(usize),
}

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    /// Bytes that a failed sync has given up: they are read as if they were there, and no later sync writes them.
    lost: BTreeSet<usize>,
    /// Taken without anything written there.
    allocated: usize,
}

/// What an operation runs into.
enum Fate {
    Well,
    Fails(io::Error),
    Crashes,
}

impl Disk {
    /// Counts an operation and says what becomes of it.
    fn next(&mut self) -> Fate {
        if self.crashed {
            return Fate::Fails(power_lost());
        }
        let number = self.operations;
        self.operations += 1;
        if self.faults.crash == Some(number) {
            self.crashed = true;
            return Fate::Crashes;
        }
        let once = self.faults.fail.filter(|(at, _)| *at == number);
        let from_now_on = self.faults.fail_from.filter(|(from, _)| *from <= number);
        once.or(from_now_on).map_or(Fate::Well, |(_, kind)| Fate::Fails(kind.into()))
    }

    /// The same for an operation that happens whole or, when it fails, not at all.
    fn next_whole(&mut self) -> io::Result<()> {
        match self.next() {
            Fate::Well => Ok(()),
            Fate::Fails(error) => Err(error),
            Fate::Crashes => Err(power_lost()),
        }
    }

    fn alive(&self) -> io::Result<()> {
        if self.crashed { Err(power_lost()) } else { Ok(()) }
    }

    fn add(&mut self, path: &Path, entry: Entry) -> io::Result<()> {
        let parent = path.parent().unwrap_or(Path::new(""));
        if !parent.as_os_str().is_empty() && self.names.get(parent) != Some(&Entry::Folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        if self.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.names.insert(path.to_owned(), entry);
        Ok(())
    }

    fn used(&self) -> usize {
        let files = self.names.values().filter_map(|entry| match entry {
            Entry::File(id) => Some(&self.files[*id]),
            Entry::Folder => None,
        });
        files.map(|file| file.bytes.len().max(file.allocated)).sum()
    }

    fn free(&self) -> usize {
        self.faults.size.map_or(usize::MAX, |size| size.saturating_sub(self.used()))
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        match self.names.get(path) {
            Some(Entry::File(id)) => Ok(*id),
            Some(Entry::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn power_lost() -> io::Error {
    io::Error::other("the power is gone")
}

impl SimStorage {
    /// A disk with these folders on it, all of them safe.
    pub fn with_folder(folder: &Path) -> Self {
        let storage = Self::default();
        {
            let mut disk = storage.lock();
            for part in folder.ancestors().filter(|part| !part.as_os_str().is_empty()) {
                disk.names.insert(part.to_owned(), Entry::Folder);
            }
            disk.names_synced = disk.names.clone();
        }
        storage
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock()
    }

    /// From now on no sync comes back, until [`SimStorage::goes_on`].
    pub fn hang(&self) {
        self.lock().hangs = true;
    }

    pub fn goes_on(&self) {
        self.lock().hangs = false;
        self.disk.answers.notify_all();
    }

    fn of(disk: Disk) -> Self {
        Self { disk: Arc::new(Shared { disk: Mutex::new(disk), answers: Condvar::new() }) }
    }

    /// What goes wrong from now on; operations are counted from here.
    pub fn set_faults(&self, faults: Faults) {
        let mut disk = self.lock();
        disk.operations = 0;
        disk.faults = faults;
    }

    /// Operations since the faults were set.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// How often bytes were synced.
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// What all files take together.
    pub fn used(&self) -> usize {
        self.lock().used()
    }

    /// The bytes of a file as a reader would see them now.
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let disk = self.lock();
        disk.file(path).ok().map(|id| disk.files[id].bytes.clone())
    }

    /// Puts bytes into a file behind everybody's back, as a broken disk or a curious person would.
    pub fn overwrite(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.lock();
        let id = disk.file(path)?;
        disk.files[id] = File { bytes: bytes.to_owned(), synced: bytes.to_owned(), ..File::default() };
        Ok(())
    }

    /// Whether the power went, so that nothing answers any more.
    pub fn has_crashed(&self) -> bool {
        self.lock().crashed
    }

    /// The disk as the next start finds it after the process was killed: all that was written is there, safe or not.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let disk = self.lock();
        let (files, names) = (disk.files.clone(), disk.names.clone());
        let after = Disk { files, names, names_synced: disk.names_synced.clone(), ..Disk::default() };
        Self::of(after)
    }

    /// The disk as the next start finds it after the power went: `seed` says what of the unsynced part is left.
    #[must_use]
    pub fn after_crash(&self, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let disk = self.lock();
        let mut names = disk.names_synced.clone();
        for (path, entry) in &disk.names {
            if !names.contains_key(path) && dice.roll(2) == 0 {
                names.insert(path.clone(), *entry);
            }
        }
        for path in disk.names_synced.keys() {
            if !disk.names.contains_key(path) && dice.roll(2) == 0 {
                names.remove(path);
            }
        }
        let files = disk.files.iter().map(|file| file.after_crash(&mut dice)).collect();
        let after = Disk { files, names_synced: names.clone(), names, ..Disk::default() };
        Self::of(after)
    }
}

impl File {
    /// What a sync that fails does on a real system: what it should have written counts as written from then on.
    fn lose(&mut self) {
        let same = self.bytes.iter().zip(&self.synced).take_while(|(now, then)| now == then).count();
        self.lost.extend(same..self.bytes.len());
    }

    /// The bytes as a sync writes them.
    fn reaching_the_disk(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for at in &self.lost {
            bytes[*at] = 0;
        }
        bytes
    }

    /// Sectors that were synced are there; of the others each is there or reads as zeros, up to some length.
    fn after_crash(&self, dice: &mut Dice) -> Self {
        let whole = self.reaching_the_disk();
        let common = whole.iter().zip(&self.synced).take_while(|(now, then)| now == then).count();
        if common < self.synced.len() && dice.roll(2) == 0 {
            // It was cut, and the cut did not get through.
            let bytes = self.synced.clone();
            return Self { synced: bytes.clone(), bytes, lost: BTreeSet::new(), allocated: self.allocated };
        }
        let length = common + dice.roll(whole.len() - common + 1);
        let mut bytes = whole[..length].to_owned();
        if dice.roll(2) == 0 {
            for start in (common / SECTOR * SECTOR..length).step_by(SECTOR) {
                if dice.roll(3) == 0 {
                    let end = (start + SECTOR).min(length);
                    bytes[start.max(common)..end].fill(0);
                }
            }
        }
        Self { synced: bytes.clone(), bytes, lost: BTreeSet::new(), allocated: self.allocated }
    }
}

/// Numbers that look random and are the same for the same seed (splitmix64).
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// From 0 up to `sides` without it.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides.max(1) as u64) as usize
    }
}

impl Storage for SimStorage {
    fn create_dir(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        disk.add(folder, Entry::Folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        let mut disk = self.lock();
        disk.next_whole()?;
        let id = disk.files.len();
        disk.add(path, Entry::File(id))?;
        disk.files.push(File::default());
        disk.owned.insert(id);
        Ok(Box::new(SimFile { disk: Arc::clone(&self.disk), id }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        let mut disk = self.lock();
        disk.alive()?;
        let id = disk.file(path)?;
        if !disk.owned.insert(id) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(Box::new(SimFile { disk: Arc::clone(&self.disk), id }))
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Box<dyn BufRead>> {
        let disk = self.lock();
        disk.alive()?;
        let id = disk.file(path)?;
        let bytes = &disk.files[id].bytes;
        Ok(Box::new(Cursor::new(bytes[bytes.len().min(offset as usize)..].to_owned())))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        let entry = disk.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        disk.names.insert(to.to_owned(), entry);
        Ok(())
    }

    fn allocate(&self, path: &Path, bytes: u64) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        if !disk.names.contains_key(path) {
            let id = disk.files.len();
            disk.add(path, Entry::File(id))?;
            disk.files.push(File::default());
        }
        let id = disk.file(path)?;
        if (bytes as usize).saturating_sub(disk.files[id].allocated) > disk.free() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.files[id].allocated = bytes as usize;
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        if disk.names.keys().any(|name| name.parent() == Some(path)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        disk.names.remove(path).map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        let inside = |path: &PathBuf| path.parent() == Some(folder);
        let gone: Vec<_> =
            disk.names_synced.keys().filter(|path| inside(path) && !disk.names.contains_key(*path)).cloned().collect();
        for path in gone {
            disk.names_synced.remove(&path);
        }
        let there: Vec<_> =
            disk.names.iter().filter(|(path, _)| inside(path)).map(|(path, entry)| (path.clone(), *entry)).collect();
        disk.names_synced.extend(there);
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let disk = self.lock();
        disk.alive()?;
        if disk.names.get(folder) != Some(&Entry::Folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let names = disk.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(names.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
    }

    fn sign(&self, _: &Path) {}

    fn is_owned(&self, path: &Path) -> io::Result<bool> {
        let disk = self.lock();
        let id = disk.file(path)?;
        Ok(disk.owned.contains(&id))
    }

    fn share(&self) -> Arc<dyn Storage> {
        Arc::new(self.clone())
    }
}

#[derive(Debug)]
struct SimFile {
    disk: Arc<Shared>,
    id: usize,
}

impl SimFile {
    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock()
    }
}

impl StoredFile for SimFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.lock();
        let fate = disk.next();
        let free = disk.free();
        let most = disk.faults.write_max.unwrap_or(usize::MAX).min(bytes.len()).min(free);
        let file = &mut disk.files[self.id].bytes;
        match fate {
            Fate::Well if free == 0 && !bytes.is_empty() => Err(io::ErrorKind::StorageFull.into()),
            Fate::Well => {
                file.extend_from_slice(&bytes[..most]);
                Ok(most)
            }
            // A full disk takes what still fits, and what the power cut off was partly in the cache.
            Fate::Fails(error) => {
                if !disk.crashed && error.kind() != io::ErrorKind::Interrupted {
                    disk.files[self.id].bytes.extend_from_slice(&bytes[..most / 2]);
                }
                Err(error)
            }
            Fate::Crashes => {
                file.extend_from_slice(&bytes[..most]);
                Err(power_lost())
            }
        }
    }

    fn write_over(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        let file = &mut disk.files[self.id];
        let (from, to) = (offset as usize, offset as usize + bytes.len());
        file.bytes.resize(file.bytes.len().max(to), 0);
        file.bytes[from..to].copy_from_slice(bytes);
        file.lost.retain(|at| !(from..to).contains(at));
        Ok(())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let waiting = self.disk.answers.wait_while(self.lock(), |disk| disk.hangs);
        let mut disk = waiting.unwrap_or_else(PoisonError::into_inner);
        let synced = disk.next_whole();
        if synced.is_err() && !disk.crashed {
            disk.files[self.id].lose();
        }
        synced?;
        disk.syncs += 1;
        let file = &mut disk.files[self.id];
        file.synced = file.reaching_the_disk();
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut disk = self.lock();
        disk.next_whole()?;
        let file = &mut disk.files[self.id];
        file.bytes.truncate(length as usize);
        file.lost.retain(|at| *at < length as usize);
        Ok(())
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        self.lock().owned.remove(&self.id);
    }
}
