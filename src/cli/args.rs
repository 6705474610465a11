//! The command line, as clap reads it. These comments are the help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The console for the person who runs a production deployment
#[derive(Debug, Parser)]
#[command(name = "warroom", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  done: deployment completed, runbook good, list printed
  1  something failed, or a runbook has problems
  2  not usable like this: wrong arguments, or no terminal
  3  the deployment was left before its end, or abandoned
  4  the deployment was rolled back

Rooms are kept in the user's data folder; WARROOM_DATA names another one.
Try it: `warroom demo`. Look at a recorded deployment: `warroom rooms`, then `warroom replay ROOM`.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Play a deployment of a few minutes against a built-in service that you may break (key F)
    Demo {
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Run a deployment by its runbook
    Run {
        /// The runbook, a YAML file
        file: PathBuf,
        /// Set a variable of the runbook (repeat for several)
        #[arg(long = "var", value_name = "NAME=VALUE")]
        vars: Vec<String>,
        /// When T is: `09:00`, `2026-11-22 09:00` (in the runbook's time zone), `+30m`, or RFC 3339.
        /// Without it T is when you start the deployment
        #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
        t0: Option<String>,
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Find what is wrong with runbooks, without running anything
    Check {
        /// Runbooks, YAML files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Open the screen on a recorded deployment: play, pause, step, search
    Replay {
        /// The name of a room as `warroom rooms` lists it, or a journal file
        #[arg(value_name = "ROOM")]
        journal: PathBuf,
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// List the recorded rooms, newest first
    Rooms,
    /// Check that a journal is as it was written, and print its anchor: the hash that stands for all of it
    Verify {
        /// The name of a room as `warroom rooms` lists it, or a journal file
        #[arg(value_name = "ROOM")]
        journal: PathBuf,
        /// The anchor that was kept: fails unless a record of the journal has it
        #[arg(long, value_name = "HASH")]
        anchor: Option<String>,
    },
    /// Start a program in a session of its own (for warroom itself)
    #[command(name = "__exec", hide = true)]
    Exec {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        program: Vec<OsString>,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct ScreenArgs {
    /// Colours: default, high-contrast, colour-blind, mono, or a theme file. NO_COLOR means mono
    #[arg(long, value_name = "NAME|FILE", env = "WARROOM_THEME")]
    pub(super) theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
}
