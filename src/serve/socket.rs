//! One room's socket: made by one process only, found by others, and gone with its room.
//!
//! Beside each socket lies a file that says whose it is, locked for as long as the room's process lives.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::net::UnixListener;

use crate::id::RoomId;
use crate::serve::folder::{self, FolderError, PATH_MAX};
use crate::serve::peer::Group;
use crate::time::Moment;

/// Of a file that says whose socket it lies beside.
const SIGN_BYTES_MAX: u64 = 64 * 1024;

/// Folders of sockets and signs in them that are looked at.
const LOOKED_AT_MAX: usize = 1_000;

/// What is said beside a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    pub room: RoomId,
    /// Where it is recorded: rooms of one name may be in several folders.
    #[serde(default)]
    pub folder: PathBuf,
    pub title: String,
    pub pid: u32,
    /// Of warroom.
    pub version: String,
    pub since: Moment,
}

/// A room that lives, as found from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub sign: Sign,
    pub socket: PathBuf,
    /// Whose it is.
    pub uid: u32,
}

impl Found {
    /// Whether it is the room of this name that is recorded among the rooms of `home`.
    pub fn is_at(&self, home: &Path, room: &RoomId) -> bool {
        self.sign.room == *room && std::path::absolute(home.join(room.as_str())).is_ok_and(|folder| folder == self.sign.folder)
    }
}

/// A socket that is ours. Dropping it removes it.
#[derive(Debug)]
pub struct Place {
    socket: PathBuf,
    sign: PathBuf,
    /// Locked until it is dropped.
    _lock: File,
}

/// Why a room has no socket.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("can't {doing} {}: {source}", path.display())]
    Disk { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("the room {0} lives in another process already: warroom attach {0}")]
    Lives(RoomId),
    #[error("no folder for the room's socket has a short enough name: set XDG_RUNTIME_DIR to one of at most 80 characters")]
    TooLong,
}

impl Place {
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Whatever is left is recognised as dead, because nobody holds the lock.
        let _ = fs::remove_file(&self.socket);
        let _ = fs::remove_file(&self.sign);
    }
}

/// Listens for a room, in the first folder that will do.
pub fn bind(sign: &Sign, group: Option<&Group>) -> Result<(UnixListener, Place), BindError> {
    let folders = if group.is_some() { vec![folder::shared()] } else { folder::candidates() };
    bind_in(&folders, sign, group)
}

/// The same, in one of these folders.
pub fn bind_in(folders: &[PathBuf], sign: &Sign, group: Option<&Group>) -> Result<(UnixListener, Place), BindError> {
    let fits = folders.iter().find_map(|folder| Some((folder, stem(folder, sign)?)));
    let (folder, stem) = fits.ok_or(BindError::TooLong)?;
    folder::prepare(folder, group)?;
    let (socket, paper) = (folder.join(format!("{stem}.sock")), folder.join(format!("{stem}.room")));
    let lock = lock(&paper, sign)?;
    // Whoever is here alone now: the lock is held until the room ends.
    if UnixStream::connect(&socket).is_ok() {
        return Err(BindError::Lives(sign.room.clone()));
    }
    let failed = |doing| {
        let path = socket.clone();
        move |source| BindError::Disk { doing, path, source }
    };
    match fs::remove_file(&socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove the dead socket")(error)),
        Ok(()) | Err(_) => {}
    }
    let before = rustix::process::umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(&socket);
    rustix::process::umask(before);
    let listener = bound.map_err(failed("listen at"))?;
    let place = Place { socket: socket.clone(), sign: paper.clone(), _lock: lock };
    if let Some(group) = group {
        for (path, mode) in [(&socket, 0o660), (&paper, 0o640)] {
            let gid = Some(rustix::fs::Gid::from_raw(group.gid));
            rustix::fs::chown(path, None, gid).map_err(io::Error::from).map_err(failed("give the group"))?;
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed("open for the group"))?;
        }
    }
    Ok((listener, place))
}

/// What the room's files are called, so that the socket's path fits: its name with a mark of where it is recorded, since another
/// folder may hold a room of the same name, or a short stand-in for both.
fn stem(folder: &Path, sign: &Sign) -> Option<String> {
    let fits = |stem: &String| folder.as_os_str().len() + 1 + stem.len() + ".sock".len() <= PATH_MAX;
    let mark = |bytes: &[u8]| Sha256::digest(bytes).iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let (room, home) = (sign.room.as_str(), mark(sign.folder.as_os_str().as_encoded_bytes()));
    let named = format!("{room}.{:08x}", home >> 32);
    let short = format!("{:016x}", mark(room.as_bytes()) ^ home);
    [named, short].into_iter().find(fits)
}

/// How often the lock is asked for. Who lists the rooms holds it shared for a moment, and that is no room.
const TRIES: usize = 100;

/// Takes the lock and puts up the sign.
fn lock(path: &Path, sign: &Sign) -> Result<File, BindError> {
    let failed = |doing| move |source| BindError::Disk { doing, path: path.to_owned(), source };
    let nofollow = OFlags::NOFOLLOW.bits().cast_signed();
    for _ in 0..TRIES {
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(nofollow).open(path);
        let mut file = open.map_err(failed("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                std::thread::yield_now();
                continue;
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock")(error)),
        }
        // A room that has just ended may have taken the name away from under the lock.
        let (ours, there) = (file.metadata(), fs::symlink_metadata(path));
        if !matches!((ours, there), (Ok(ours), Ok(there)) if ours.ino() == there.ino() && ours.dev() == there.dev()) {
            continue;
        }
        let text = serde_json::to_vec(sign).map_err(io::Error::from).map_err(failed("write"))?;
        file.set_len(0).and_then(|()| file.write_all(&text)).map_err(failed("write"))?;
        return Ok(file);
    }
    Err(BindError::Lives(sign.room.clone()))
}

/// The rooms that live and may be reached: this user's, and those of others that are open to a group of theirs.
pub fn live() -> Vec<Found> {
    let mut folders = folder::candidates();
    let names = fs::read_dir("/tmp").into_iter().flatten().flatten().take(LOOKED_AT_MAX);
    let others = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("warroom-")).map(|entry| entry.path());
    folders.extend(others);
    folders.sort();
    folders.dedup();
    let mut found: Vec<Found> = folders.iter().flat_map(|folder| live_in(folder)).collect();
    found.sort_by(|a, b| b.sign.since.cmp(&a.sign.since).then_with(|| a.sign.room.cmp(&b.sign.room)));
    found
}

/// The rooms that live with a socket in this folder.
pub fn live_in(folder: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().take(LOOKED_AT_MAX).filter_map(|entry| living(&entry.path())).collect()
}

/// The room whose sign this is, if its process holds it.
fn living(path: &Path) -> Option<Found> {
    (path.extension()? == "room").then_some(())?;
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path).ok()?;
    if !matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        // By name: a step that another thread is starting holds the descriptor for a moment too.
        let _ = file.unlock();
        return None;
    }
    let uid = file.metadata().ok()?.uid();
    let mut text = String::new();
    (&file).take(SIGN_BYTES_MAX).read_to_string(&mut text).ok()?;
    let sign = serde_json::from_str(&text).ok()?;
    Some(Found { sign, socket: path.with_extension("sock"), uid })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(room: &str) -> Sign {
        Sign {
            room: room.into(),
            folder: "/data/rooms/a".into(),
            title: "Shop".into(),
            pid: 1,
            version: "0".into(),
            since: Moment(0),
        }
    }

    #[tokio::test]
    async fn one_process_has_the_socket_and_who_is_gone_leaves_no_trace() {
        let home = tempfile::tempdir().unwrap();
        let folders = [home.path().join("run")];
        let (listener, place) = bind_in(&folders, &sign("a"), None).unwrap();
        assert!(matches!(bind_in(&folders, &sign("a"), None), Err(BindError::Lives(_))));
        assert_eq!(live_in(&folders[0])[0].sign, sign("a"));
        let mode = fs::metadata(place.socket()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
        drop((listener, place));
        assert_eq!(fs::read_dir(&folders[0]).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_socket_that_a_dead_process_left_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("run");
        folder::prepare(&folder, None).unwrap();
        let stem = stem(&folder, &sign("a")).unwrap();
        drop(std::os::unix::net::UnixListener::bind(folder.join(format!("{stem}.sock"))).unwrap());
        fs::write(folder.join(format!("{stem}.room")), "half a si").unwrap();
        assert_eq!(live_in(&folder), []);
        let (_listener, place) = bind_in(&[folder], &sign("a"), None).unwrap();
        assert!(UnixStream::connect(place.socket()).is_ok());
    }

    #[tokio::test]
    async fn rooms_of_one_name_in_two_folders_live_beside_each_other() {
        let home = tempfile::tempdir().unwrap();
        let folders = [home.path().join("run")];
        let at = |folder: &str| Sign { folder: folder.into(), ..sign("a") };
        let (_one, first) = bind_in(&folders, &at("/one/a"), None).unwrap();
        let (_two, second) = bind_in(&folders, &at("/two/a"), None).unwrap();
        assert_ne!(first.socket(), second.socket());
        let found = live_in(&folders[0]);
        let of = |folder: &str| found.iter().filter(|found| found.is_at(Path::new(folder), &"a".into())).count();
        assert_eq!((found.len(), of("/one"), of("/two"), of("/three")), (2, 1, 1, 0));
        assert!(matches!(bind_in(&folders, &at("/one/a"), None), Err(BindError::Lives(_))), "of one room there is one process");
    }

    #[tokio::test]
    async fn long_names_are_shortened_and_too_long_folders_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let (long, short) = (home.path().join("x".repeat(90)), home.path().join("run"));
        let room = format!("2026-11-21-0000-{}", "y".repeat(80));
        let (_listener, place) = bind_in(&[long.clone(), short.clone()], &sign(&room), None).unwrap();
        assert!(place.socket().starts_with(&short) && place.socket().as_os_str().len() <= PATH_MAX, "{place:?}");
        assert_eq!(live_in(&short)[0].sign.room.as_str(), room, "it is found by its whole name");
        assert!(matches!(bind_in(&[long], &sign("a"), None), Err(BindError::TooLong)));
    }

    #[tokio::test]
    async fn of_fifty_that_start_at_once_one_has_it() {
        let home = tempfile::tempdir().unwrap();
        let folders = vec![home.path().join("run")];
        let starts: Vec<_> = (0..50)
            .map(|_| {
                let folders = folders.clone();
                tokio::task::spawn_blocking(move || lock_only(&folders[0]))
            })
            .collect();
        let mut owners = Vec::new();
        for start in starts {
            owners.extend(start.await.unwrap());
        }
        assert_eq!(owners.len(), 1);
    }

    fn lock_only(folder: &Path) -> Option<File> {
        folder::prepare(folder, None).unwrap();
        lock(&folder.join("a.room"), &sign("a")).ok()
    }
}
