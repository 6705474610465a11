//! The real disk.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{FallocateFlags, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::{Storage, StoredFile, owner};

/// Files are for their owner alone and are never reached through a link that somebody put there.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskStorage;

#[derive(Debug)]
struct DiskFile(File);

impl Storage for DiskStorage {
    fn create_dir(&self, folder: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        check_folder(path)?;
        own(path, private().write(true).create_new(true).mode(0o600).open(path)?)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        check_folder(path)?;
        own(path, private().write(true).open(path)?)
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Box<dyn BufRead>> {
        let mut file = private().read(true).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
        }
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        fs::metadata(path).map(|found| found.len())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn allocate(&self, path: &Path, bytes: u64) -> io::Result<()> {
        check_folder(path)?;
        let mut file = private().write(true).create(true).mode(0o600).open(path)?;
        match retry_on_intr(|| rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes)) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => fill(&mut file, bytes)?,
            allocated => allocated?,
        }
        // Some disks find out only now that the room is not there.
        file.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if fs::symlink_metadata(path)?.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn sign(&self, path: &Path) {
        owner::sign(path);
    }

    fn is_owned(&self, path: &Path) -> io::Result<bool> {
        let file = private().read(true).open(path)?;
        match file.try_lock_shared() {
            Ok(()) => file.unlock().map(|()| false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn share(&self) -> Arc<dyn Storage> {
        Arc::new(*self)
    }
}

/// Takes room the long way, where the disk knows no shorter one.
fn fill(file: &mut File, bytes: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(bytes), file).map(drop)
}

/// Neither follows a link nor waits for the other end of a pipe.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    options
}

/// How often the lock is asked for. Who lists the rooms holds it shared for a moment, and that is no owner.
const TRIES: usize = 100;

/// The lock goes with the file when the process ends, however it ends.
fn own(path: &Path, mut file: File) -> io::Result<Box<dyn StoredFile>> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => {
                // Not before: who owned it until now may have written.
                file.seek(SeekFrom::End(0))?;
                return Ok(Box::new(DiskFile(file)));
            }
            Err(TryLockError::WouldBlock) => std::thread::yield_now(),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    let who = owner::of(path).map_or_else(|| "another process".to_owned(), |owner| owner.to_string());
    Err(io::Error::new(io::ErrorKind::WouldBlock, format!("{who} has it open")))
}

/// What is written in a folder that others may change can be changed by them too.
fn check_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let found = fs::symlink_metadata(folder)?;
    let wrong = if !found.is_dir() {
        "is not a folder"
    } else if found.uid() != rustix::process::geteuid().as_raw() {
        "belongs to somebody else"
    } else if found.mode() & 0o022 != 0 {
        "can be written by others: chmod go-w it"
    } else {
        return Ok(());
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{} {wrong}", folder.display())))
}

/// A step that is being started holds every descriptor for a moment, and with it the lock: it is given back by name.
impl Drop for DiskFile {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::debug!(%error, "the lock goes with the process");
        }
    }
}

impl StoredFile for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_over(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        self.0.seek(SeekFrom::Start(length)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    use super::super::write_all;
    use super::*;

    fn room() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("room");
        DiskStorage.create_dir(&folder).unwrap();
        (home, folder)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_and_folders_are_for_their_owner_alone() {
        let (_home, folder) = room();
        let path = folder.join("journal");
        write_all(&mut *DiskStorage.create(&path).unwrap(), b"hello").unwrap();
        assert_eq!((mode(&folder), mode(&path)), (0o700, 0o600));
        assert_eq!(DiskStorage.create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(DiskStorage.create_dir(&folder).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_folder_that_others_may_write_in_is_refused() {
        let (_home, folder) = room();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let refused = DiskStorage.create(&folder.join("journal")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert!(refused.to_string().contains("chmod go-w"), "{refused}");
    }

    #[test]
    fn links_are_not_followed() {
        let (home, folder) = room();
        let elsewhere = home.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        symlink(&elsewhere, folder.join("journal")).unwrap();
        DiskStorage.open(&folder.join("journal")).unwrap_err();
        DiskStorage.create(&folder.join("journal")).unwrap_err();
        DiskStorage.read(&folder.join("journal")).err().unwrap();
        symlink(&folder, home.path().join("linked")).unwrap();
        let refused = DiskStorage.create(&home.path().join("linked/other")).unwrap_err();
        assert!(refused.to_string().contains("is not a folder"), "{refused}");
        assert_eq!(fs::read_to_string(elsewhere).unwrap(), "precious");
    }

    #[test]
    fn a_file_has_one_owner_until_it_is_dropped() {
        let (_home, folder) = room();
        let path = folder.join("journal");
        let owner = DiskStorage.create(&path).unwrap();
        assert_eq!(DiskStorage.open(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(DiskStorage.is_owned(&path).unwrap());
        drop(owner);
        assert!(!DiskStorage.is_owned(&path).unwrap());
        DiskStorage.open(&path).unwrap();
    }

    #[test]
    fn allocated_room_is_taken_once_and_given_back() {
        let (_home, folder) = room();
        let path = folder.join("reserve");
        fs::write(&path, "what an earlier start left").unwrap();
        for _ in 0..2 {
            DiskStorage.allocate(&path, 100_000).unwrap();
            assert!(fs::metadata(&path).unwrap().blocks() * 512 >= 100_000);
        }
        assert_eq!(DiskStorage.remove(&folder).unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
        DiskStorage.remove(&path).unwrap();
        DiskStorage.remove(&folder).unwrap();
        assert!(!folder.exists());
    }

    #[test]
    fn room_is_taken_also_where_the_disk_knows_no_short_way() {
        let (_home, folder) = room();
        let mut file = File::create(folder.join("reserve")).unwrap();
        fill(&mut file, 100_000).unwrap();
        file.sync_all().unwrap();
        assert!(file.metadata().unwrap().blocks() * 512 >= 100_000);
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let (_home, folder) = room();
        assert!(DiskStorage.read(&folder).is_err());
        assert!(DiskStorage.read(Path::new("/dev/zero")).is_err());
    }
}
