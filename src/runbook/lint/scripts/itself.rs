//! Searches among processes that find whoever searches.

use super::{Code, quote};
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::FINDS_ITSELF;
use crate::runbook::lint::shell::{Command, Joint};

impl Lint<'_> {
    pub(super) fn itself(&mut self, code: &Code<'_>) {
        let commands = &code.script.commands;
        for (place, command) in commands.iter().enumerate() {
            let program = command.program();
            if matches!(program, "pkill" | "pgrep") && command.has_option(&["-f", "--full"]) && !is_careful(command) {
                let what = format!("`{}` also finds whoever mentions it: `sudo`, `ssh`, an editor", quote(command));
                let help = format!("use a PID file, `systemctl`, or `{program} -x NAME`");
                self.about(&FINDS_ITSELF, code, command, what, help);
            }
            let searches = matches!(program, "grep" | "egrep" | "fgrep" | "rg" | "awk") && command.before == Joint::Pipe;
            if searches && !is_careful(command) && lists_processes(commands, place) && !sorted_out(commands, place) {
                let what = format!("`ps | {}` always finds itself", quote(command));
                self.about(&FINDS_ITSELF, code, command, what, "use `pgrep -x NAME`, or write `grep '[n]ame'`");
            }
        }
    }
}

/// `'[s]hop'` does not match its own command line; `-v` sorts out instead of finding.
fn is_careful(command: &Command) -> bool {
    command.has_option(&["-v", "--invert-match"]) || command.args().iter().any(|word| word.text.contains('['))
}

/// Whether the pipe begins with `ps`.
fn lists_processes(commands: &[Command], place: usize) -> bool {
    let same = |command: &&Command| command.depth == commands[place].depth && command.elsewhere == commands[place].elsewhere;
    let mut before = commands[..place].iter().rev().filter(same);
    let mut joint = commands[place].before;
    while joint == Joint::Pipe {
        let Some(command) = before.next() else { return false };
        if command.program() == "ps" {
            return true;
        }
        joint = command.before;
    }
    false
}

/// `| grep -v grep` further on, or before.
fn sorted_out(commands: &[Command], place: usize) -> bool {
    let near = &commands[place.saturating_sub(3)..commands.len().min(place + 4)];
    let inverts = |command: &Command| command.program().ends_with("grep") && command.has_option(&["-v", "--invert-match"]);
    near.iter().any(|command| command.before == Joint::Pipe && inverts(command))
}
