//! Failures that nobody would see.

use super::{Code, quote};
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::{IGNORED_EXIT, MASKED_EXIT};
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
            let hidden = command.after == Joint::Pipe && can_fail(command);
            if hidden && (without || off.is_some_and(|off| place > off)) {
                let what = format!("the pipe hides that `{}` failed", quote(command));
                let help = "`shell: bash` sets `pipefail`; or write the output to a file first";
                self.about(&MASKED_EXIT, code, command, what, help);
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
            if strict || place >= last || command.tested || command.after == Joint::Pipe || !can_fail(command) {
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

fn can_fail(command: &Command) -> bool {
    !HARMLESS.contains(&command.program())
}

/// `set -e`, `set -euo pipefail`, `set -o errexit`
fn sets_errexit(command: &Command) -> bool {
    let on = |text: &str| text == "errexit" || text.starts_with('-') && !text.starts_with("--") && text.contains('e');
    command.program() == "set" && command.args().iter().any(|word| on(&word.text))
}
