//! What is left of a held child on the disk: who may start it, who holds it, how it ended.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::hold::bounded::Layout;
use crate::engine::spawn::{Exit, Survivor, started};
use crate::engine::spool::{private_file, private_folder};
use crate::id::VarName;
use crate::time::Moment;

const CLAIM: &str = "claim.json";
const END: &str = "end.json";

/// A record is a few lines; a file that is larger is none of ours.
const RECORD_MAX: u64 = 1024 * 1024;

/// Who settled whether the attempt runs. It is made once and stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Claim {
    /// From here on the child may run.
    Held(Holder),
    /// Nobody may start it any more, and nobody has.
    Withdrawn,
}

/// The shim, the child that it holds, and the start of the host in which both are what these numbers say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) boot: String,
    pub(super) shim: Process,
    pub(super) child: Process,
}

/// A process by its number and its start, since numbers are given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// In ticks since the host was started.
    pub(super) start: u64,
}

impl Process {
    pub(super) fn of(pid: u32) -> Self {
        Self { pid, start: started(pid).unwrap_or_default() }
    }

    pub(super) fn is_running(self) -> bool {
        started(self.pid) == Some(self.start)
    }
}

/// How a child ended, and what it printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub exit: Exit,
    /// What the wall clock showed when it exited: a room that was gone then learns it later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// When the last of its output came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed: Option<Printed>,
    /// Whether all of its output was read; else somebody goes on holding it open.
    pub whole: bool,
    /// The first expectation on the output that was not met, in words.
    pub unmet: Option<String>,
    /// What later steps need of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub captured: BTreeMap<VarName, String>,
    pub holders: Vec<Survivor>,
    /// Bytes that it printed, without secrets, and the hash of all of them.
    pub bytes: u64,
    pub sha256: String,
    pub layout: Layout,
    /// Why the output is not on disk, or only in part.
    pub unkept: Option<String>,
}

/// Output up to that byte, and what the wall clock showed when the last of it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    pub bytes: u64,
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum End {
    Ended(Box<Ended>),
    /// It could not be started.
    Broken(String),
}

/// From one start of the host to the next. Where the host does not tell it is empty, and never the same as another.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Makes the claim, unless one is there already. Whether it was made; safe on disk when this returns.
pub(super) fn claim(folder: &Path, claim: &Claim) -> io::Result<bool> {
    private_folder(folder)?;
    let draft = folder.join(format!("claim.{}.tmp", std::process::id()));
    write_synced(&draft, claim)?;
    // A link is made or it is not: of two at once one finds the other's.
    let made = match fs::hard_link(&draft, folder.join(CLAIM)) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error),
    };
    fs::remove_file(&draft)?;
    // The folder's own name has to be there as well after a crash, and that of the one which it is in.
    for folder in folder.ancestors().take(3).filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(made)
}

pub(super) fn claimed(folder: &Path) -> io::Result<Option<Claim>> {
    read(&folder.join(CLAIM))
}

pub(super) fn write_end(folder: &Path, end: &End) -> io::Result<()> {
    let draft = folder.join("end.tmp");
    write_synced(&draft, end)?;
    fs::rename(&draft, folder.join(END))?;
    File::open(folder)?.sync_all()
}

pub(super) fn ended(folder: &Path) -> io::Result<Option<End>> {
    read(&folder.join(END))
}

fn write_synced(path: &Path, record: &impl Serialize) -> io::Result<()> {
    let mut file = private_file(path)?;
    file.write_all(&serde_json::to_vec(record)?)?;
    file.sync_all()
}

fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(serde_json::from_reader(io::Read::take(file, RECORD_MAX))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_who_claim_at_once_one_succeeds_and_the_others_find_its_claim() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("held/a.1");
        assert!(claim(&folder, &Claim::Withdrawn).unwrap());
        let me = Process::of(std::process::id());
        let held = Claim::Held(Holder { boot: boot_id(), shim: me, child: me });
        assert!(!claim(&folder, &held).unwrap());
        assert_eq!(claimed(&folder).unwrap(), Some(Claim::Withdrawn));
    }

    #[test]
    fn another_process_with_the_same_number_is_not_the_same_process() {
        let me = Process::of(std::process::id());
        assert!(me.is_running());
        assert!(!Process { start: me.start + 1, ..me }.is_running());
    }
}
