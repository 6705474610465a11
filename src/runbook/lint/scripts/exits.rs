//! Failures that nobody would see.

use super::{Code, quote};
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::{CUT_PIPE, IGNORED_EXIT, MASKED_EXIT};
use crate::runbook::lint::shell::{Command, Joint};

/// Commands that do not fail, or whose failure is of no interest.
const HARMLESS: [&str; 32] = [
    "echo", "printf", ":", "true", "false", "sleep", "set", "shopt", "export", "local", "declare", "readonly", "typeset",
    "unset", "shift", "trap", "wait", "[", "[[", "test", "exec", "read", "return", "exit", "break", "continue", "date",
    "hostname", "whoami", "id", "pwd", "umask",
];

impl Lint<'_> {
    pub(super) fn exits(&mut self, code: &Code<'_>) {
        self.or_true(code);
        self.pipes(code);
        self.pipes_there(code);
        self.cut_pipes(code);
        self.answers(code);
        self.assigned(code);
        self.unseen(code);
    }

    /// `… || true`, `… || echo failed`
    fn or_true(&mut self, code: &Code<'_>) {
        let mut before: Option<&Command> = None;
        for (_, command) in code.outermost() {
            let ends_well = command.before == Joint::Or && !command.tested && command.after != Joint::Pipe;
            let of_a_test = before.is_some_and(|before| matches!(before.program(), "[" | "[[" | "test" | "command" | "grep"));
            let always = is_good_end(command);
            if ends_well && (always || matches!(command.program(), "echo" | "printf") && !of_a_test) {
                let what = format!("`|| {}` hides that it failed", quote(command));
                self.about(&MASKED_EXIT, code, command, what, "let it fail, or say which failure is expected: `if ! …; then …`");
            }
            before = Some(command);
        }
    }

    /// In `sh`, and after `set +o pipefail`, a pipe ends as its last command does.
    fn pipes(&mut self, code: &Code<'_>) {
        let without = code.beside("shell") == Some("sh");
        let turned_off =
            |command: &Command| command.program() == "set" && command.args().iter().any(|word| word.text == "pipefail");
        let off = code.outermost().find(|(_, command)| turned_off(command) && command.args()[0].text.starts_with('+'));
        let off = off.map(|(place, _)| place);
        for (place, command) in code.outermost() {
            let hidden = command.after == Joint::Pipe && can_fail(code, command);
            if hidden && (without || off.is_some_and(|off| place > off)) {
                let what = format!("the pipe hides that `{}` failed", quote(command));
                let help = "`shell: bash` sets `pipefail`; or write the output to a file first";
                self.about(&MASKED_EXIT, code, command, what, help);
            }
        }
    }

    /// `ssh host 'a | b'`: the shell there knows nothing of the `pipefail` that is set here.
    fn pipes_there(&mut self, code: &Code<'_>) {
        let mut told_of = Vec::new();
        let there: Vec<&Command> = code.script.commands.iter().filter(|command| command.elsewhere).collect();
        for (place, command) in there.iter().enumerate() {
            let same = |other: &&&Command| other.at == command.at;
            let sets = |other: &Command| other.args().iter().any(|word| word.text.contains("pipefail"));
            let set = there[..place].iter().filter(same).any(|other| other.program() == "set" && sets(other));
            let told = code.script.commands.iter().any(|other| {
                let shell = matches!(other.program(), "bash" | "zsh") && sets(other);
                shell && other.words.iter().any(|word| word.at == command.at)
            });
            let first = !told_of.contains(&command.at);
            if command.after == Joint::Pipe && can_fail(code, command) && !set && !told && first {
                told_of.push(command.at);
                let what = format!("the pipe hides that `{}` failed: the shell there sets no `pipefail`", quote(command));
                let help = "begin it with `set -o pipefail;` where bash reads it, or pipe on this side of the connection";
                self.about(&MASKED_EXIT, code, command, what, help);
            }
        }
    }

    /// `… | head` stops reading, and what writes on is killed: with `pipefail` that is a failure.
    fn cut_pipes(&mut self, code: &Code<'_>) {
        if code.beside("shell") == Some("sh") || code.may_go_on() {
            return;
        }
        let mut before: Option<&Command> = None;
        for (_, command) in code.outermost() {
            let small = before.is_some_and(|before| !can_fail(code, before));
            if command.program() == "head" && command.before == Joint::Pipe && !command.tested && !small {
                let what = format!("`{}` stops reading, and what still writes then fails the step", quote(command));
                let help = "the step runs with `pipefail`: read to the end, `sed -n 1,20p` or `awk 'NR <= 20'`";
                self.about(&CUT_PIPE, code, command, what, help);
            }
            before = Some(command);
        }
    }

    /// `curl … | jq`: an answer of 500 is an answer, unless curl is told that it is none.
    fn answers(&mut self, code: &Code<'_>) {
        if code.text.beside("expect").is_some() || code.may_go_on() {
            return;
        }
        let told = ["-f", "--fail", "--fail-with-body", "-w", "--write-out"];
        for (_, command) in code.outermost() {
            if command.program() == "curl" && command.after == Joint::Pipe && !command.has_option(&told) {
                let what = format!("`{}` ends well whatever the server answers", quote(command));
                self.about(&MASKED_EXIT, code, command, what, "add `-f`: a status of 400 and more is then a failure");
            }
        }
    }

    /// `export X=$(…)` ends well whatever the substitution did.
    fn assigned(&mut self, code: &Code<'_>) {
        for (_, command) in code.outermost() {
            let program = command.program();
            if command.substituted && matches!(program, "export" | "local" | "declare" | "readonly" | "typeset") {
                let what = format!("`{program}` hides that the command in `$(…)` failed");
                self.about(&MASKED_EXIT, code, command, what, format!("assign first, `{program}` on the next line"));
            }
        }
    }

    /// A command that is followed by others, where nothing ends the script when it fails.
    fn unseen(&mut self, code: &Code<'_>) {
        if code.text.value.contains("$?") {
            return;
        }
        let Some((last, end)) = code.outermost().next_back() else { return };
        let mut strict = false;
        for (place, command) in code.outermost() {
            strict |= sets_errexit(command);
            if strict || place >= last || command.tested || command.after == Joint::Pipe || !can_fail(code, command) {
                continue;
            }
            if is_good_end(end) && end.before == Joint::Next {
                let what = format!("`{}` at the end hides that a command before it failed", quote(end));
                self.about(&MASKED_EXIT, code, end, what, "remove it, or begin the script with `set -e`");
            } else if command.after == Joint::Next {
                let what = format!("`{}` may fail unseen: the script goes on", quote(command));
                self.about(&IGNORED_EXIT, code, command, what, "begin the script with `set -e`, or join its commands with `&&`");
            }
            return;
        }
    }
}

/// `true`, `:`, `exit 0`
fn is_good_end(command: &Command) -> bool {
    let zero = command.args().first().is_some_and(|word| word.text == "0");
    matches!(command.program(), "true" | ":") || matches!(command.program(), "exit" | "return") && zero
}

/// An assignment fails as what is assigned does.
fn can_fail(code: &Code<'_>, command: &Command) -> bool {
    match &command.assigns {
        Some(given) => code.script.commands[given.clone()].iter().any(|given| !HARMLESS.contains(&given.program())),
        None => !HARMLESS.contains(&command.program()),
    }
}

/// `set -e`, `set -euo pipefail`, `set -o errexit`
fn sets_errexit(command: &Command) -> bool {
    let on = |text: &str| text == "errexit" || text.starts_with('-') && !text.starts_with("--") && text.contains('e');
    command.program() == "set" && command.args().iter().any(|word| on(&word.text))
}
