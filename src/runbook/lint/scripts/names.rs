//! Variables that a script uses and nobody declares.

use super::Code;
use crate::runbook::lint::Lint;
use crate::runbook::lint::rules::UNKNOWN_VAR;
use crate::runbook::lint::shell::{self, Command, Script, is_name};
use crate::runbook::lint::vars::Names;
use crate::runbook::notes::nearest;

/// What every shell has, and what a step is started with.
const GIVEN: [&str; 34] = [
    "HOME",
    "PATH",
    "PWD",
    "OLDPWD",
    "USER",
    "LOGNAME",
    "SHELL",
    "HOSTNAME",
    "HOSTTYPE",
    "OSTYPE",
    "MACHTYPE",
    "UID",
    "EUID",
    "PPID",
    "LANG",
    "TZ",
    "TERM",
    "TMPDIR",
    "IFS",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "LINENO",
    "FUNCNAME",
    "PIPESTATUS",
    "REPLY",
    "OPTARG",
    "OPTIND",
    "COLUMNS",
    "LINES",
    "SHLVL",
    "_",
];
const GIVEN_BEGINNINGS: [&str; 4] = ["BASH", "LC_", "WARROOM_", "XDG_"];

impl Lint<'_> {
    pub(super) fn names(&mut self, code: &Code<'_>, names: &mut Names) {
        for one in &code.script.uses {
            names.is_used(&one.name);
        }
        let own = assigned(&code.script);
        for one in code.script.uses.iter().filter(|one| !one.excused && !own.contains(&one.name)) {
            names.flow.uses(code.text, &one.name, code.places.extent(one.at..one.at + one.name.len()));
        }
        // What is read in from elsewhere may declare anything.
        if code.script.commands.iter().any(|command| matches!(command.program(), "." | "source" | "eval")) {
            return;
        }
        let mut said: Vec<&str> = Vec::new();
        for one in code.script.uses.iter().filter(|one| !one.excused) {
            let name = one.name.as_str();
            let given = GIVEN.contains(&name) || GIVEN_BEGINNINGS.iter().any(|begin| name.starts_with(begin));
            if given || said.contains(&name) || names.declared.contains(name) || own.iter().any(|own| own == name) {
                continue;
            }
            let near = nearest(name, names.declared.iter().map(String::as_str).chain(own.iter().map(String::as_str)));
            // In capitals it may come from the environment, which is handed on.
            let from_outside = !name.bytes().any(|byte| byte.is_ascii_lowercase());
            if from_outside && self.here.map_or(near.is_none(), |here| (here.env)(name)) {
                continue;
            }
            said.push(name);
            let help = match near {
                Some(near) => format!("did you mean `${near}`?"),
                None if from_outside => format!("set it before, or declare it: `{}: {{ env: {name} }}`", name.to_lowercase()),
                None => "declare it under `vars:`, or set it in the script".to_owned(),
            };
            let at = code.places.extent(one.at..one.at + name.len());
            self.warn(&UNKNOWN_VAR, at, format!("nothing declares `${name}`"), help);
        }
    }
}

/// The variables that a script takes from its environment and without which it would go on with an empty text.
pub(in crate::runbook) fn wanted(script: &str) -> Vec<String> {
    let script = shell::read(script);
    let own = assigned(&script);
    let wanted = script.uses.iter().filter(|one| !one.excused).map(|one| one.name.clone());
    wanted.filter(|name| !own.contains(name)).collect()
}

/// The names that a script gives values, by `=` or by a command that does.
fn assigned(script: &Script) -> Vec<String> {
    let mut names = script.assigned.clone();
    for command in &script.commands {
        names.extend(named_by(command));
    }
    names
}

fn named_by(command: &Command) -> Vec<String> {
    let name = |text: &str| text.split('=').next().filter(|name| is_name(name)).map(str::to_owned);
    let args = command.args();
    match command.program() {
        "export" | "local" | "declare" | "readonly" | "typeset" | "read" | "mapfile" | "readarray" | "unset" | "let" => {
            args.iter().filter_map(|word| name(&word.text)).collect()
        }
        "printf" => match args {
            [option, to, ..] if option.text == "-v" => name(&to.text).into_iter().collect(),
            _ => Vec::new(),
        },
        "getopts" => args.get(1).and_then(|word| name(&word.text)).into_iter().collect(),
        _ => Vec::new(),
    }
}
