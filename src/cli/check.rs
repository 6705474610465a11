//! `warroom check`: every problem of every file, and an exit code.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::out::{self, count};
use crate::cli::{DONE, FAILED};
use crate::runbook::{self, Runbook};

/// Runbooks larger than this are refused unread.
pub(super) const FILE_MAX: u64 = 4 * 1024 * 1024;

pub(super) fn check(files: &[PathBuf]) -> anyhow::Result<u8> {
    let mut code = DONE;
    for file in files {
        match load(file) {
            Ok(runbook) => out::line(&format!("{}: good. {}", out::name(file), summary(&runbook)))?,
            Err(error) => {
                out::error(&format!("{error:#}"));
                code = FAILED;
            }
        }
    }
    Ok(code)
}

fn summary(runbook: &Runbook) -> String {
    let phases = count(runbook.phases.len() as u64, "phase");
    let steps = count(runbook.phases.iter().map(|phase| phase.steps.len() as u64).sum(), "step");
    let back = runbook.rollback.as_ref().map_or_else(
        || "no rollback".to_owned(),
        |rollback| format!("rollback of {} within {}", count(rollback.steps.len() as u64, "step"), rollback.budget),
    );
    format!("\"{}\": {phases}, {steps}, {back}", out::quoted(&runbook.title))
}

/// Reads and checks a runbook; the error holds all of its problems.
pub(super) fn load(file: &Path) -> anyhow::Result<Runbook> {
    let text = read(file)?;
    runbook::load(&file.display().to_string(), &text).map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// The text of a runbook file. What never ends (a device) or never begins (a FIFO) is refused before it is opened.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    let name = out::name(file);
    let cant = || format!("can't read the runbook {name}");
    let about = std::fs::metadata(file).with_context(cant)?;
    if about.is_dir() {
        anyhow::bail!("{}: it is a folder", cant());
    }
    if !about.is_file() {
        anyhow::bail!("{}: it is not a regular file; save it to one", cant());
    }
    let mut bytes = Vec::new();
    // The size that the file claims to have is not relied on: it may grow, and some files claim none.
    File::open(file).with_context(cant)?.take(FILE_MAX + 1).read_to_end(&mut bytes).with_context(cant)?;
    if bytes.len() as u64 > FILE_MAX {
        anyhow::bail!("{name} has more than {} MiB, which no runbook needs", FILE_MAX >> 20);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = String::from_utf8_lossy(&error.as_bytes()[..good]).lines().count().max(1);
        anyhow::anyhow!("{name}:{line} is not UTF-8 text (byte {good}); save the file as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_good_is_summed_up_without_what_its_title_would_do_to_a_terminal() {
        let step = "{ id: one, steps: [ { run: x } ] }";
        let text = format!("warroom: 1\ntitle: \"A\\e]0;owned\\a\"\nphases: [ {step} ]\n");
        let runbook = runbook::load("x.yaml", &text).unwrap();
        assert_eq!(summary(&runbook), "\"A\\e]0;owned\\a\": 1 phase, 1 step, no rollback");
    }

    #[test]
    fn only_a_regular_file_of_bounded_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        for file in [&fifo, Path::new("/dev/zero")] {
            let why = read(file).unwrap_err().to_string();
            assert!(why.ends_with("it is not a regular file; save it to one"), "{why}");
        }
        let large = folder.path().join("large");
        File::create(&large).unwrap().set_len(FILE_MAX + 1).unwrap();
        assert!(read(&large).unwrap_err().to_string().ends_with("has more than 4 MiB, which no runbook needs"));
        File::create(&large).unwrap().set_len(3).unwrap();
        assert_eq!(read(&large).unwrap(), "\0\0\0");
    }
}
