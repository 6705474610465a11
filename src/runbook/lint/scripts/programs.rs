//! Programs that are not there.

use super::Code;
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::MISSING_PROGRAM;
use crate::runbook::lint::shell::Script;
use crate::runbook::lint::vars::Names;
use crate::runbook::notes::nearest;

/// What bash knows itself.
const BUILTINS: [&str; 58] = [
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "cd",
    "command",
    "compgen",
    "complete",
    "continue",
    "declare",
    "dirs",
    "disown",
    "echo",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "test",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unset",
];
const ALSO: [&str; 4] = ["wait", "unalias", "suspend", "time"];

impl Lint<'_> {
    pub(super) fn programs(&mut self, code: &Code<'_>, names: &mut Names) {
        let Some(here) = self.here else { return };
        let mut said: Vec<String> = Vec::new();
        for command in code.script.commands.iter().filter(|command| !command.elsewhere) {
            let wrapper = command.words.first();
            for word in wrapper.into_iter().chain(command.peeled().first()).filter(|word| word.is_fixed()) {
                let name = &*word.text;
                // A path is taken from the step's folder, which may only be there tonight.
                let looked_up = !name.contains('/') || name.starts_with('/');
                let known = BUILTINS.contains(&name) || ALSO.contains(&name) || name.is_empty() || !looked_up;
                if known || is_own(&code.script, name) || said.iter().any(|one| one == name) {
                    continue;
                }
                let there = *names.programs.entry(name.to_owned()).or_insert_with(|| (here.program)(name));
                if !there {
                    said.push(name.to_owned());
                    let others = names.programs.iter().filter(|(_, there)| **there).map(|(name, _)| name.as_str());
                    let help = nearest(name, others).map(|near| format!("did you mean `{near}`?"));
                    let help =
                        help.unwrap_or_else(|| "install it, or check on the machine from which the plan is run".to_owned());
                    let at = code.places.extent(word.at..word.end);
                    self.warn(&MISSING_PROGRAM, at, format!("there is no program `{name}` on PATH"), help);
                }
            }
        }
    }
}

/// A function of the script, or a program whose absence the script itself looks for.
fn is_own(script: &Script, name: &str) -> bool {
    let asks = |program: &str| matches!(program, "command" | "which" | "type" | "hash");
    let asked = script.commands.iter().filter(|command| command.words.first().is_some_and(|word| asks(&word.text)));
    script.functions.iter().any(|function| function == name)
        || asked.flat_map(|command| command.words.iter().skip(1)).any(|word| word.text == name)
            && script.commands.iter().any(|command| command.tested)
}
