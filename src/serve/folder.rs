//! The folder that sockets lie in: the user's own, where nobody else can put anything.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::serve::peer::Group;

/// The longest path that a socket can have.
pub const PATH_MAX: usize = 107;

/// Why a folder can't be used for sockets.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("can't {doing} {}: {source}", path.display())]
    Disk { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is not safe for a room's socket: {what}. Remove it, or set XDG_RUNTIME_DIR to a folder of your own", path.display())]
    Unsafe { path: PathBuf, what: String },
}

/// Where this user's sockets may lie, best first: `$XDG_RUNTIME_DIR`, `/run/user/UID`, the user's cache.
pub fn candidates() -> Vec<PathBuf> {
    let uid = rustix::process::getuid().as_raw();
    let given = std::env::var_os("XDG_RUNTIME_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    let system = Some(PathBuf::from(format!("/run/user/{uid}"))).filter(|folder| given.is_none() && is_own(folder));
    let runtime = given.or(system).filter(|folder| folder.is_absolute() && folder.is_dir()).map(|folder| folder.join("warroom"));
    let cache = directories::ProjectDirs::from("", "", "warroom").map(|dirs| dirs.cache_dir().join("run"));
    runtime.into_iter().chain(cache).chain([shared()]).collect()
}

/// A short place that others can reach too: for a room with a group, or where all others have long names. Being in a folder
/// that everybody may write to, it is checked like any other.
pub fn shared() -> PathBuf {
    Path::new("/tmp").join(format!("warroom-{}", rustix::process::getuid().as_raw()))
}

fn is_own(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir() && found.uid() == rustix::process::getuid().as_raw())
}

/// Makes the folder where it is not there, and checks that it is ours alone (or ours and the group's).
pub fn prepare(folder: &Path, group: Option<&Group>) -> Result<(), FolderError> {
    let failed = |doing| move |source| FolderError::Disk { doing, path: folder.to_owned(), source };
    if let Some(parent) = folder.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(failed("make the folder above"))?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(failed("make")(error)),
        Ok(()) | Err(_) => {}
    }
    check(folder)?;
    if let Some(group) = group {
        let gid = Some(rustix::fs::Gid::from_raw(group.gid));
        rustix::fs::chown(folder, None, gid).map_err(io::Error::from).map_err(failed("give the group"))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o750)).map_err(failed("open for the group"))?;
    }
    Ok(())
}

/// Ours, a folder and no link, and not writable for anybody else; nobody may look in either, but where it is a group's.
pub fn check(folder: &Path) -> Result<(), FolderError> {
    let found =
        fs::symlink_metadata(folder).map_err(|source| FolderError::Disk { doing: "look at", path: folder.to_owned(), source })?;
    let own = rustix::process::getuid().as_raw();
    let what = if found.file_type().is_symlink() {
        "it is a symbolic link".to_owned()
    } else if !found.is_dir() {
        "it is not a folder".to_owned()
    } else if found.uid() != own {
        format!("it belongs to uid {}, not to you (uid {own})", found.uid())
    } else if found.mode() & 0o027 != 0 {
        format!("others may reach into it (mode {:o}, wanted 700)", found.mode() & 0o777)
    } else {
        return Ok(());
    };
    Err(FolderError::Unsafe { path: folder.to_owned(), what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_others_can_reach_or_redirect_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        prepare(&at("good"), None).unwrap();
        prepare(&at("good"), None).unwrap();
        std::os::unix::fs::symlink(at("good"), at("link")).unwrap();
        fs::write(at("file"), "").unwrap();
        fs::create_dir(at("open")).unwrap();
        fs::set_permissions(at("open"), fs::Permissions::from_mode(0o777)).unwrap();
        for (name, wanted) in [("link", "symbolic link"), ("file", "not a folder"), ("open", "mode 777")] {
            let said = prepare(&at(name), None).unwrap_err().to_string();
            assert!(said.contains(wanted) && said.contains("XDG_RUNTIME_DIR"), "{said}");
        }
    }
}
