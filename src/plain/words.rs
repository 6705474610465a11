//! What can be typed, on the command line behind `warroom ctl` and line by line with `--plain`. These comments are the help texts.

use clap::{Args, Subcommand, ValueEnum};

use crate::room::event::Vote;

/// Everything that can be asked of a room. Steps, items and triggers are named by number (`2.1`), by id, or by the beginning of
/// their title.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Words {
    /// Say how the room stands, and what comes next
    Status {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print what happened, a line for each
    Events {
        /// Go on as it happens, until the room ends
        #[arg(long)]
        follow: bool,
        /// Only what happened after this record
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        since: u64,
        /// Each as the journal has it (only what happens from now on)
        #[arg(long, requires = "follow")]
        json: bool,
    },
    /// Begin the deployment: T is now
    Begin,

    /// Tick an item of a checklist
    Tick { item: String },
    /// Take a tick back
    Untick { item: String },
    /// Fill in an item's field, which also ticks it
    Fill { item: String, value: String },
    /// Leave an item out tonight
    Waive {
        item: String,
        #[command(flatten)]
        why: Reason,
    },
    /// Give your word for something that no metric shows
    Confirm { what: String },
    /// Take your word back
    Withdraw { what: String },

    /// Run a step; without a name, the next one
    Run { step: Option<String> },
    /// Stop a running step
    Stop {
        step: String,
        #[command(flatten)]
        why: Reason,
    },
    /// Run a failed, skipped or lost step again
    Retry { step: String },
    /// Leave a step out
    Skip {
        step: String,
        #[command(flatten)]
        why: Reason,
    },
    /// A manual step is done, or a lost one turned out to be
    Done {
        step: String,
        #[arg(long, default_value = "")]
        note: String,
    },
    /// A manual step failed, or a lost one turned out to have
    Failed {
        step: String,
        #[command(flatten)]
        why: Reason,
    },

    /// Say whether something applies, where the plan asks: a step, or `phase` for the present one
    Answer { what: String, answer: Answer },
    /// Take one of the options of a choice: `choose 2.1 A`
    Choose { step: String, option: char },
    /// Agree, as a second person, that a step may run
    Second {
        step: String,
        /// Who agrees
        person: String,
    },

    /// Put the gate before the people although steps are left
    OpenGate,
    /// Vote for a role at the open gate
    Vote {
        role: String,
        vote: Ballot,
        /// Needed for a no-go
        #[arg(long, default_value = "")]
        reason: String,
        /// The vote was given by voice, and you record it
        #[arg(long)]
        by_voice: bool,
    },
    /// Sign for a role, once the plan is done
    Sign {
        role: String,
        /// One of the runbook's verdicts
        verdict: String,
        #[arg(long, default_value = "")]
        note: String,
        /// It was given by voice, by this person, and you record it
        #[arg(long, value_name = "PERSON")]
        by_voice: Option<String>,
    },
    /// Decide the open gate: the deployment goes on
    Go {
        /// Against the evidence or without all votes: why all the same
        #[arg(long, value_name = "REASON")]
        waiver: Option<String>,
    },
    /// Decide the open gate: it does not
    NoGo(Reason),
    /// Hold the deployment, at its gate or between steps
    Hold(Reason),
    /// End the hold
    Resume,

    /// Stop a trigger that has fired
    Veto {
        trigger: String,
        #[command(flatten)]
        why: Reason,
    },
    /// Start the rollback
    Rollback(Reason),
    /// End a rollback whose verification does not pass
    AcceptRollback(Reason),
    /// End the deployment here, without a rollback
    Abandon(Reason),
    /// Write something into the record
    Note { text: String },

    /// Give the conn to somebody who is here
    HandOver { to: String },
    /// Take the conn of a commander who is gone, or ask one who is here for it
    TakeConn(Reason),
    /// Tell who asks for the conn that they do not get it
    KeepConn {
        /// It goes into the record
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Give somebody a role
    AssignRole { role: String, to: String },
    /// End the room for everybody, as soon as nothing runs
    Close(Reason),
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Reason {
    /// It goes into the record
    #[arg(long)]
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ballot {
    Go,
    NoGo,
    Hold,
    Abstain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Answer {
    Yes,
    No,
}

impl From<Ballot> for Vote {
    fn from(ballot: Ballot) -> Self {
        match ballot {
            Ballot::Go => Self::Go,
            Ballot::NoGo => Self::NoGo,
            Ballot::Hold => Self::Hold,
            Ballot::Abstain => Self::Abstain,
        }
    }
}
