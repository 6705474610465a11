//! The command line, as clap reads it. These comments are the help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, FromArgMatches, Parser, Subcommand};

use crate::plain::Words;

use crate::cli::check::Format;

/// The console for the person who runs a production deployment
#[derive(Debug, Parser)]
#[command(name = "warroom", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "Exit codes:
  0  done: deployment completed, runbook good, text parsed, list printed
  1  something failed, or a runbook or an exposition has problems
  2  not usable like this: wrong arguments, or no terminal
  3  the deployment was left before its end (its room goes on), abandoned, or not accepted by who signed
  4  the deployment was rolled back
  5  the room refused what `warroom ctl` asked, or the start of a rehearsal
  6  a rehearsal got stuck
  7  a rehearsal was over before anything of its scenario came true

Rooms are kept in the user's data folder; WARROOM_DATA names another one.
Try it: `warroom demo`. Look at a recorded deployment: `warroom rooms`, then `warroom replay ROOM`.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Play a deployment of a few minutes against a built-in service that you may break (key F)
    Demo {
        #[command(flatten)]
        room: RoomArgs,
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
        room: RoomArgs,
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Rehearse a deployment: the whole plan, with nothing run and nothing leaving this machine
    #[command(after_help = REHEARSAL_CODES)]
    Rehearse(RehearseArgs),
    /// Join a room that lives: from another terminal, or after a connection broke
    Attach {
        /// The name of a room as `warroom rooms` lists it, or a part of it that no other has; without it the only one that lives
        room: Option<String>,
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Ask something of a room that lives, without a screen: `warroom ctl status`, `warroom ctl ROOM tick 1.2`
    #[command(args_conflicts_with_subcommands = false, subcommand_precedence_over_arg = true)]
    Ctl(CtlArgs),
    /// Take a room up again whose process is gone: its journal is continued, and nothing is run twice by itself
    Resume {
        /// The name of a room as `warroom rooms` lists it, or a part of it; without it the newest that was cut off
        #[arg(id = "resumed", value_name = "ROOM")]
        name: Option<String>,
        /// Set a variable that is not in the journal: secrets (repeat for several)
        #[arg(long = "var", value_name = "NAME=VALUE")]
        vars: Vec<String>,
        #[command(flatten)]
        room: RoomArgs,
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Find what is wrong with runbooks, without running anything
    Check(CheckArgs),
    /// Print the JSON Schema of the runbook file, for completion and checks in editors
    Schema,
    /// Say what a key of the runbook file means, its default, and an example
    Explain {
        /// A key (`bake`), a key of a part (`step.timeout`), or a part (`gate`); without it the parts are listed
        key: Option<String>,
        /// Print all of it as one page, in Markdown
        #[arg(long, conflicts_with = "key")]
        all: bool,
    },
    /// Open the screen on a recorded deployment: play, pause, step, search
    Replay {
        /// The name of a room as `warroom rooms` lists it, a part of it that no other has, or a journal file
        #[arg(value_name = "ROOM")]
        journal: PathBuf,
        #[command(flatten)]
        screen: ScreenArgs,
    },
    /// Look at what an endpoint exposes, and try PromQL queries on it
    Probe(ProbeArgs),
    /// List the rooms, newest first, those that live and those that are recorded
    Rooms,
    /// Keep a room (for warroom itself)
    #[command(name = "__room", hide = true)]
    Room,
    /// Check that a journal is as it was written, and print its anchor: the hash that stands for all of it
    Verify {
        /// The name of a room as `warroom rooms` lists it, a part of it that no other has, or a journal file
        #[arg(value_name = "ROOM")]
        journal: PathBuf,
        /// The anchor that was kept: fails unless a record of the journal has it
        #[arg(long, value_name = "HASH")]
        anchor: Option<String>,
    },
    /// Play a room in a world made by chance, and hold it against what must hold (for who works on warroom)
    #[command(name = "sim", hide = true)]
    Sim {
        /// Which chance
        #[arg(long, value_name = "N")]
        seed: u64,
        /// How many chances, one after the other from that one on
        #[arg(long, value_name = "N", default_value_t = 1)]
        count: u64,
        /// Tell each move and each record
        #[arg(long)]
        verbose: bool,
    },
    /// Start a program in a session of its own (for warroom itself)
    #[command(name = "__exec", hide = true)]
    Exec {
        /// Wait for a byte on standard input first
        #[arg(long)]
        gated: bool,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        program: Vec<OsString>,
    },
    /// Hold a step, so that it outlives its room (for warroom itself)
    #[command(name = "__hold", hide = true)]
    Hold,
}

const REHEARSAL_CODES: &str = "Scenarios:
  calm                  everything goes as planned
  error-burst           what the first trigger watches for comes true
  slow-leak             memory grows past every limit
  blind                 nothing is measured any more
  stuck-step            the first step that a machine does never ends
  failed-rollback-step  rolled back, and the rollback's first step fails

Exit codes of --auto:
  0  the deployment was completed
  1  the runbook or the scenario has problems, or nothing could be recorded
  2  wrong arguments
  3  the deployment was abandoned
  4  the deployment was rolled back
  5  the start was refused
  6  stuck: nobody knew what to do next
  7  the plan was over before anything of the scenario came true";

#[derive(Debug, clap::Args)]
pub(super) struct RehearseArgs {
    /// The runbook, a YAML file
    pub(super) file: PathBuf,
    /// How many times faster than real the clock runs
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(super) speed: u32,
    /// What goes wrong: one of those below, or a YAML file
    #[arg(long, value_name = "NAME|FILE", default_value = "calm")]
    pub(super) scenario: String,
    /// Let a scripted commander decide, without a screen and without waiting; the story is printed line by line
    #[arg(long, conflicts_with_all = ["speed", "group", "foreground", "plain"])]
    pub(super) auto: bool,
    /// Set a variable of the runbook (repeat for several). What has no value is played, secrets always
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub(super) vars: Vec<String>,
    #[command(flatten)]
    pub(super) room: RoomArgs,
    #[command(flatten)]
    pub(super) screen: ScreenArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Runbooks, YAML files
    #[arg(required_unless_present_any = ["rules", "explain"])]
    pub(super) files: Vec<PathBuf>,
    /// Let warnings count: exit code 1 where there is one
    #[arg(long)]
    pub(super) strict: bool,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub(super) format: Format,
    /// The plan will run on another machine: don't look for its programs and its environment on this one
    #[arg(long)]
    pub(super) elsewhere: bool,
    /// Ask each source once, and say what came
    #[arg(long, conflicts_with = "elsewhere")]
    pub(super) probe: bool,
    /// Set a variable of the runbook, for --probe (repeat for several)
    #[arg(long = "var", value_name = "NAME=VALUE", requires = "probe")]
    pub(super) vars: Vec<String>,
    /// List the rules by which warnings are given
    #[arg(long)]
    pub(super) rules: bool,
    /// Say what a rule finds, why that matters, and what to do
    #[arg(long, value_name = "RULE")]
    pub(super) explain: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ProbeArgs {
    /// A URL, a file, or `-` for standard input: Prometheus or OpenMetrics text. Lines with timestamps make a history
    pub(super) target: String,
    /// Evaluate this PromQL expression instead of listing what is exposed
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub(super) query: Option<String>,
    /// When to evaluate: seconds since 1970, or RFC 3339. Without it: the newest timestamp of the text, else now
    #[arg(long, value_name = "TIME", requires = "query", allow_hyphen_values = true)]
    pub(super) at: Option<String>,
    /// Print the answer as the data object of Prometheus' HTTP API
    #[arg(long, requires = "query")]
    pub(super) json: bool,
    /// Read the target again and again (every 5s, or as often as said) and print the answer each time
    #[arg(long, value_name = "EVERY", num_args = 0..=1, require_equals = true, default_missing_value = "5s")]
    #[arg(requires = "query", conflicts_with_all = ["at", "json"])]
    pub(super) watch: Option<humantime::Duration>,
    /// Propose the `metrics:` section of a runbook: errors, latency, throughput, memory, CPU, as far as they are exposed
    #[arg(long, conflicts_with = "query")]
    pub(super) suggest: bool,
    /// Take the text for OpenMetrics 1.0 and refuse whatever that standard forbids
    #[arg(long)]
    pub(super) openmetrics: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct RoomArgs {
    /// Let the members of this Unix group join too
    #[arg(long, value_name = "GROUP")]
    pub(super) group: Option<String>,
    /// Keep the room in this process: it ends with its screen
    #[arg(long, conflicts_with = "group")]
    pub(super) foreground: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct CtlArgs {
    /// The name of a room as `warroom rooms` lists it, or a part of it that no other has; without it the only one that lives
    pub(super) room: Option<String>,
    /// Who you are, where several people share this account
    #[arg(long = "as", value_name = "NAME", env = "WARROOM_AS", global = true)]
    pub(super) name: Option<String>,
    #[command(subcommand)]
    pub(super) words: Deferred<Words>,
}

/// Subcommands that are put together when their command is asked for: they are many, and every start would pay for them.
#[derive(Debug)]
pub(super) struct Deferred<S>(pub(super) S);

impl<S: FromArgMatches> FromArgMatches for Deferred<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        S::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<S: Subcommand> Subcommand for Deferred<S> {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        command.defer(S::augment_subcommands)
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        command.defer(S::augment_subcommands_for_update)
    }

    fn has_subcommand(name: &str) -> bool {
        S::has_subcommand(name)
    }
}

#[derive(Clone, Debug, clap::Args)]
pub(super) struct ScreenArgs {
    /// No screen but lines, read and typed one by one: for screen readers, and for `TERM=dumb`
    #[arg(long)]
    pub(super) plain: bool,
    /// Who you are, where several people share this account: it is asked for where nothing tells
    #[arg(long = "as", value_name = "NAME", env = "WARROOM_AS")]
    pub(super) name: Option<String>,
    /// Colours: default, high-contrast, colour-blind, mono, or a theme file. NO_COLOR means mono
    #[arg(long, value_name = "NAME|FILE", env = "WARROOM_THEME")]
    pub(super) theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn every_command_can_be_called() {
        super::Args::command().debug_assert();
    }
}
