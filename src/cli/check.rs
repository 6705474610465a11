//! `warroom check`: every problem of every file, and an exit code.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::{DONE, FAILED, out};
use crate::runbook::{self, Runbook};

/// Runbooks larger than this are refused unread.
pub(super) const FILE_MAX: u64 = 4 * 1024 * 1024;

pub(super) fn check(files: &[PathBuf]) -> anyhow::Result<u8> {
    let mut code = DONE;
    for file in files {
        match load(file) {
            Ok(runbook) => out::line(&format!("{}: good. {}", file.display(), summary(&runbook)))?,
            Err(error) => {
                out::error(&format!("{error:#}"));
                code = FAILED;
            }
        }
    }
    Ok(code)
}

fn summary(runbook: &Runbook) -> String {
    let steps = runbook.phases.iter().map(|phase| phase.steps.len()).sum();
    let back = runbook.rollback.as_ref().map_or_else(
        || "no rollback".to_owned(),
        |rollback| format!("rollback of {} within {}", count(rollback.steps.len(), "step"), rollback.budget),
    );
    format!("\"{}\": {}, {}, {back}", runbook.title, count(runbook.phases.len(), "phase"), count(steps, "step"))
}

/// `1 step`, `3 steps`.
fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Reads and checks a runbook; the error holds all of its problems.
pub(super) fn load(file: &Path) -> anyhow::Result<Runbook> {
    let text = read(file)?;
    runbook::load(&file.display().to_string(), &text).map_err(|problems| anyhow::anyhow!("{problems}"))
}

/// The text of a runbook file.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    let name = file.display();
    let about = std::fs::metadata(file).with_context(|| format!("can't read the runbook {name}"))?;
    if about.is_dir() {
        anyhow::bail!("can't read the runbook {name}: it is a folder");
    }
    if about.len() > FILE_MAX {
        anyhow::bail!("{name} has {} bytes; a runbook has at most {FILE_MAX}", about.len());
    }
    let bytes = std::fs::read(file).with_context(|| format!("can't read the runbook {name}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = String::from_utf8_lossy(&error.as_bytes()[..good]).lines().count().max(1);
        anyhow::anyhow!("{name}:{line} is not UTF-8 text (byte {good}); save the file as UTF-8")
    })
}
