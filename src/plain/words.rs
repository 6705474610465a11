//! What can be typed, on the command line behind `warroom ctl` and line by line with `--plain`. These comments are the help texts.

use clap::{Args, Subcommand, ValueEnum};

use crate::room::event::Vote;

/// Everything that can be asked of a room. Steps, items and triggers are named by number (`2.1`), by id, or by the beginning of
/// their title.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Words {
    #[command(flatten)]
    Look(Look),

    /// Begin the deployment: T is now
    Begin,

    /// Tick an item of a checklist
    Tick {
        /// Its number as `status` lists it (`1.2`), its id, or the beginning of its text
        item: String,
    },
    /// Take a tick back
    Untick {
        /// Its number as `status` lists it (`1.2`), its id, or the beginning of its text
        item: String,
    },
    /// Fill in an item's field, which also ticks it
    Fill {
        /// Its number as `status` lists it (`1.2`), its id, or the beginning of its text
        item: String,
        /// What the field asks for: a time (`18:50` or `1850`), a number, a text, or one of its words
        value: String,
    },
    /// Leave an item out tonight
    Waive {
        /// Its number as `status` lists it (`1.2`), its id, or the beginning of its text
        item: String,
        #[command(flatten)]
        why: Reason,
    },
    /// Give your word for something that no metric shows
    Confirm {
        /// The statement, as the criterion has it
        what: String,
    },
    /// Take your word back
    Withdraw {
        /// The statement, as the criterion has it
        what: String,
    },

    /// Run a step; without a name, the next one. A dangerous one has to be named, and is asked about once more
    Run {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: Option<String>,
        /// You know that it is dangerous, past return, or warned of, and mean it all the same
        #[arg(long, requires = "step")]
        sure: bool,
    },
    /// Stop a running step
    Stop {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        #[command(flatten)]
        why: Reason,
    },
    /// Run a failed, skipped or lost step again; a lost or dangerous one is asked about once more
    Retry {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        /// You know that it is lost, dangerous, past return, or warned of, and mean it all the same
        #[arg(long)]
        sure: bool,
    },
    /// Leave a step out
    Skip {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        #[command(flatten)]
        why: Reason,
    },
    /// A manual step is done, or a lost one turned out to be
    Done {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        /// How it went; needed for a lost step. Where the plan asks for a value, the value and nothing else
        #[arg(long, value_name = "NOTE|VALUE", default_value = "")]
        note: String,
    },
    /// A manual step failed, or a lost one turned out to have
    Failed {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        #[command(flatten)]
        why: Reason,
    },

    /// Say whether something applies, where the plan asks: a step, or `phase` for the present one
    Answer {
        /// A step by its number (`2.1`), its id or the beginning of its title; or `phase`
        what: String,
        /// Whether it applies
        answer: Answer,
    },
    /// Take one of the options of a choice: `choose 2.1 A`
    Choose {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        /// The letter of the option
        option: char,
    },
    /// Agree, as a second person, that a step may run
    Second {
        /// Its number (`2.1`), its id, or the beginning of its title
        step: String,
        /// Who agrees
        person: String,
    },

    /// Give a value that a step needs and that no step has captured
    Value {
        /// Its name, as the runbook's `capture:` has it
        name: String,
        /// What it is
        value: String,
    },

    /// Put the gate before the people although steps are left
    OpenGate,
    /// Vote for a role at the open gate
    Vote {
        /// The role that is asked: its id (`sre`), or the beginning of its title
        role: String,
        /// What it says; a no-go needs a reason, abstaining a quorum that does without it
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
        /// The role that signs: its id (`sre`), or the beginning of its title
        role: String,
        /// One of the runbook's verdicts
        verdict: String,
        /// What is to be remembered
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
        /// Its place in the runbook (`1`), its id, or the beginning of its title
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
    Note {
        /// In quotes, if it has several words
        text: String,
    },

    /// Give the conn to somebody who is here
    HandOver {
        /// Who takes over: a name as `status` lists it
        to: String,
    },
    /// Take the conn of a commander who is gone, or ask one who is here for it: they have a minute to answer
    TakeConn(Reason),
    /// Tell who asks for the conn that they do not get it
    KeepConn {
        /// It goes into the record
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Give somebody a role
    AssignRole {
        /// The role: its id (`sre`), or the beginning of its title; one that the runbook gives to nobody
        role: String,
        /// Who gets it: a name as `status` lists it
        to: String,
    },
    /// End the room for everybody, as soon as nothing runs
    Close(Reason),
}

/// What is only looked at: nothing is asked of the room.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Look {
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
    /// Whom to call: the escalation with the rung that is due, contacts, channels
    Contacts,
    /// What to read: guides, pages, the document
    Guides,
    /// What to say: each message with its values, where it goes, and whether it was sent
    Messages {
        /// The whole text of this one
        name: Option<String>,
    },
    /// All about a step or an item: what it is for, owner, time, what must be seen, its script
    Details {
        /// Its number, its id, or the beginning of its title
        what: String,
    },
    /// Every phase as planned, as it was and as projected
    Timeline,
    /// What a step printed, the last lines that are kept
    Output {
        /// Its number, its id, or the beginning of its title; without it, the one that runs
        step: Option<String>,
    },
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
