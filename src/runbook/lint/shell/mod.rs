//! What a shell would see in a script: its commands, how they are joined, the variables they use. Nothing is run.
//!
//! For: the rules about scripts. It reads quotes, comments, here-documents, pipelines, lists, compound commands and
//! substitutions as bash does, and gives up on what is nested deeper than anybody writes.
//! May not touch: what is good or bad. A script that is no shell at all becomes commands that mean nothing.

mod peel;
mod read;
#[cfg(test)]
mod tests;
mod word;

use std::ops::Range;

pub(super) use peel::has_option;
pub(super) use read::read;

/// How deep substitutions may be nested.
const DEPTH_MAX: usize = 12;
/// So many commands are looked at.
const COMMANDS_MAX: usize = 10_000;

/// A script, taken apart.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// In the order of the text; those of a substitution come before the command that it stands in.
    pub(super) commands: Vec<Command>,
    pub(super) uses: Vec<Use>,
    /// Names that the script gives a value itself.
    pub(super) assigned: Vec<String>,
    pub(super) functions: Vec<String>,
}

/// How a command is joined to its neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Joint {
    /// `;`, a line's end, or the end of the script.
    #[default]
    Next,
    Pipe,
    And,
    Or,
    /// `&`
    Beside,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    /// Where it begins, in bytes of the script.
    pub(super) at: usize,
    pub(super) before: Joint,
    pub(super) after: Joint,
    /// Whether its exit code is looked at: in a condition, before `&&` or `||`, after `!`.
    pub(super) tested: bool,
    /// How many substitutions it is inside of.
    pub(super) depth: usize,
    /// What a quoted text hands to another shell: `ssh host '…'`, `sh -c '…'`.
    pub(super) elsewhere: bool,
    /// What it reads from here-documents and here-strings.
    pub(super) input: String,
    /// Whether a substitution stands behind an assignment in it: `export X=$(…)`.
    pub(super) substituted: bool,
    /// It is nothing but `x=$(…)`, and ends as the commands of the substitution do: which of the script's those are.
    pub(super) assigns: Option<Range<usize>>,
    /// The loop whose condition it is.
    pub(super) condition_of: Option<Loop>,
    /// How many loops it is in the body of.
    pub(super) turns: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loop {
    While,
    Until,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    /// Without its quotes; a substitution is `$()` in it.
    pub(super) text: String,
    pub(super) at: usize,
    pub(super) end: usize,
    pub(super) quoted: bool,
}

/// `$name` in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) name: String,
    /// Where the name begins.
    pub(super) at: usize,
    /// `${name:-…}` and the like say what holds without a value; in arithmetic a name may be anything.
    pub(super) excused: bool,
}

impl Word {
    /// Whether it is known before the script runs.
    pub(super) fn is_fixed(&self) -> bool {
        !self.text.contains(['$', '`'])
    }
}

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.as_bytes()[0].is_ascii_digit()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
