//! Who owns a file: a note beside it, for the words with which a second owner is refused.
//!
//! The lock decides, never this note: what it says may be left over from a process that is gone.

use std::fmt;
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

/// A process, told from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    pub pid: u32,
    /// In ticks since the host started.
    pub started: u64,
    /// Of the host's start.
    pub boot: String,
}

impl Owner {
    /// This process.
    fn me() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The name in parentheses may hold anything, also parentheses.
        let started = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        Some(Self { pid: std::process::id(), started, boot })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {}", self.pid)
    }
}

fn note(path: &Path) -> PathBuf {
    path.with_extension("owner")
}

/// Says beside `path` that this process owns it. Where that fails only the words of a refusal are poorer.
pub(super) fn sign(path: &Path) {
    let Some(text) = Owner::me().and_then(|me| serde_json::to_string(&me).ok()) else { return };
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    if let Ok(mut file) = options.open(note(path)) {
        drop(std::io::Write::write_all(&mut file, text.as_bytes()));
    }
}

/// Who said last that the file at `path` is theirs.
pub fn of(path: &Path) -> Option<Owner> {
    let text = fs::read(note(path)).ok()?;
    serde_json::from_slice(text.get(..1_024).unwrap_or(&text)).ok()
}
