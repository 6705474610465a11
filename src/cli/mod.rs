//! The commands: what is typed, what comes back, and the exit code.
//!
//! For: turning arguments into a room, a replay, a check, a probe or a list, and errors into words.
//! May not touch: what a room decides. It opens rooms, hands over the screen, and reports how it ended.

mod args;
mod check;
mod clock_time;
mod ctl;
mod look;
mod out;
mod plain;
mod probe;
mod rehearse;
mod replay;
mod room;
mod screen;
mod signals;
mod sim;
mod verify;
mod words;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};

use args::{Args, Command};

/// Done: the deployment was completed, the runbook is good, the text parsed, the list was printed.
const DONE: u8 = 0;
/// Something failed, or a runbook or an exposition has problems.
const FAILED: u8 = 1;
/// The command line, or the terminal it was typed into, is not usable.
const USAGE: u8 = 2;
/// The deployment was left before its end, or abandoned.
const NOT_COMPLETED: u8 = 3;
/// The deployment was rolled back.
const ROLLED_BACK: u8 = 4;
/// The room refused what was asked of it.
const REFUSED: u8 = 5;
/// A rehearsal in which nobody knew what to do next.
const STUCK: u8 = 6;
/// A rehearsal ended before anything of its scenario came true.
const UNTRIED: u8 = 7;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // Whatever the shell had open is not for rooms, holders and steps, which outlive it: a pipe would never be closed.
    close_fds::set_fds_cloexec(3, &[]);
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(mut error) => {
            suggest(&mut error);
            if let Some(what) = unknown_word(&error) {
                out::error(&what);
                return ExitCode::from(USAGE);
            }
            // Clap prints help to standard output and errors to standard error, and so exits with 0 or 2.
            let code = if error.use_stderr() { USAGE } else { DONE };
            return if error.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(FAILED) };
        }
    };
    match run(args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let usage = error.is::<Usage>();
            out::error(&format!("{error:#}"));
            ExitCode::from(if usage { USAGE } else { FAILED })
        }
    }
}

/// Names the command that was meant when two letters changed places, which clap does not recognise.
fn suggest(error: &mut clap::Error) {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return };
    if error.get(ContextKind::SuggestedSubcommand).is_some() {
        return;
    }
    let command = Args::command();
    let names = command.get_subcommands().filter(|one| !one.is_hide_set()).map(clap::Command::get_name);
    let near: Vec<String> = names.filter(|name| strsim::osa_distance(name, typed) <= 1).map(str::to_owned).collect();
    if !near.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(near));
    }
}

/// A word behind `ctl` that is none is taken for the name of a room, with no word behind it.
fn unknown_word(error: &clap::Error) -> Option<String> {
    if error.kind() != clap::error::ErrorKind::MissingSubcommand {
        return None;
    }
    let mut typed = std::env::args().skip(1);
    let word = typed.by_ref().find(|word| word == "ctl").and_then(|_| typed.find(|word| !word.starts_with('-')))?;
    let mut ctl = Args::command().find_subcommand("ctl")?.clone();
    ctl.build();
    let known: Vec<&str> = ctl.get_subcommands().map(clap::Command::get_name).collect();
    let near = known.iter().min_by_key(|name| strsim::osa_distance(name, &word));
    let near = near
        .filter(|name| strsim::osa_distance(name, &word) <= 2)
        .map_or_else(String::new, |name| format!("; the nearest is {name}"));
    let said = out::quoted(&word);
    Some(format!("{said} is no word of ctl, nor a room with a word behind it{near}. The words are {}", known.join(", ")))
}

/// Something is wrong with how the program was called, not with what it did.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

fn run(args: Args) -> anyhow::Result<u8> {
    match args.command {
        Command::Demo { room, screen } => room::demo(&room, &screen),
        Command::Run { file, vars, t0, room, screen } => room::run(&file, &vars, t0.as_deref(), &room, &screen),
        Command::Rehearse(args) => rehearse::rehearse(&args),
        Command::Attach { room, screen } => room::attach(room.as_deref(), &screen),
        Command::Ctl(args) => ctl::ctl(&args),
        Command::Resume { name, vars, room, screen } => room::resume(name.as_deref(), &vars, &room, &screen),
        Command::Room => room::keep(),
        Command::Check(args) => check::check(&args),
        Command::Schema => words::schema(),
        Command::Explain { key, all } => words::explain(key.as_deref(), all),
        Command::Replay { journal, screen } => replay::replay(&journal, &screen),
        Command::Probe(args) => probe::probe(&args),
        Command::Rooms => replay::rooms(),
        Command::Verify { journal, anchor } => verify::verify(&journal, anchor.as_deref()),
        Command::Sim { seed, count, verbose } => sim::sim(seed, count, verbose),
        Command::Exec { gated: true, .. } if !crate::engine::hold::pass_gate()? => Ok(FAILED),
        Command::Exec { program, .. } => Err(crate::engine::spawn::exec_in_new_session(&program).into()),
        Command::Hold => crate::engine::hold::hold().map(|()| DONE).map_err(Into::into),
    }
}
