//! What this machine has: its environment, and the programs on PATH.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Whether an environment variable is set, and not to nothing.
pub(super) fn env(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether a program can be started by this name.
pub(super) fn program(name: &str) -> bool {
    if name.contains('/') {
        return can_run(Path::new(name));
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    std::env::split_paths(&path).any(|folder| can_run(&folder.join(name)))
}

fn can_run(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}
