//! `warroom check`: every problem of every file, what there is to ask about, and an exit code.

mod here;
mod json;
mod probe;
mod rules;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;

use crate::cli::args::CheckArgs;
use crate::cli::out::{self, count};
use crate::cli::{DONE, FAILED};
use crate::runbook::lint::{Here, Warnings, examine};
use crate::runbook::{Problems, Runbook};

/// Runbooks larger than this are refused unread.
pub(super) const FILE_MAX: u64 = 4 * 1024 * 1024;

/// What became of a file.
enum Checked {
    Unread(String),
    Wrong(Problems),
    Good(Box<Runbook>, Warnings),
}

pub(super) fn check(args: &CheckArgs) -> anyhow::Result<u8> {
    if let Some(name) = &args.explain {
        return rules::explain(name);
    }
    if args.rules {
        return rules::list();
    }
    let mut checked = Vec::new();
    for file in &args.files {
        checked.push((file, one(file, args)?));
    }
    if args.format == Format::Json {
        json::print(&checked)?;
    } else {
        for (file, checked) in &checked {
            tell(file, checked)?;
        }
    }
    let fails = |checked: &Checked| match checked {
        Checked::Unread(_) | Checked::Wrong(_) => true,
        Checked::Good(_, warnings) => args.strict && !warnings.warnings.is_empty(),
    };
    Ok(if checked.iter().any(|(_, checked)| fails(checked)) { FAILED } else { DONE })
}

/// How the findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people: each with its line, marked
    Text,
    /// One document for editors and CI
    Json,
}

fn one(file: &Path, args: &CheckArgs) -> anyhow::Result<Checked> {
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => return Ok(Checked::Unread(format!("{error:#}"))),
    };
    let name = file.display().to_string();
    let down = if args.probe { probe::down(&name, &text, &args.vars)? } else { None };
    let (env, program) = (here::env, here::program);
    let here = Here { env: &env, program: &program, down: down.as_deref() };
    Ok(match examine(&name, &text, (!args.elsewhere).then_some(here)) {
        Ok((runbook, warnings)) => Checked::Good(Box::new(runbook), warnings),
        Err(problems) => Checked::Wrong(problems),
    })
}

fn tell(file: &Path, checked: &Checked) -> anyhow::Result<()> {
    match checked {
        Checked::Unread(why) => out::error(why),
        Checked::Wrong(problems) => {
            out::error(&problems.to_string());
            out::error("warnings were not looked for: they are once these are mended");
        }
        Checked::Good(runbook, warnings) => {
            let said = warnings.to_string();
            if !said.is_empty() {
                out::line(said.trim_end())?;
            }
            let number = match warnings.warnings.len() {
                0 => String::new(),
                number => format!(", with {}", count(number as u64, "warning")),
            };
            out::line(&format!("{}: good{number}. {}", out::name(file), summary(runbook)))?;
        }
    }
    Ok(())
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
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        anyhow::anyhow!("{name}:{line}:{column}: this is not UTF-8 text (byte {good} of the file); save the file as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook;

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
