//! The program that a command really runs, behind `sudo`, `timeout`, `env`; and what is handed to another shell.

use super::read::Reader;
use super::{Command, Script, Word};

/// Programs that run what stands behind them, with their options that take a word of their own.
const WRAPPERS: [(&str, &str); 14] = [
    ("sudo", "ughpCDRT"),
    ("doas", "uC"),
    ("env", "uCS"),
    ("nohup", ""),
    ("time", "of"),
    ("nice", "n"),
    ("ionice", "cn"),
    ("timeout", "ks"),
    ("stdbuf", "ioe"),
    ("setsid", ""),
    ("command", ""),
    ("exec", "a"),
    ("builtin", ""),
    ("xargs", "IndLPsaE"),
];

impl Command {
    /// The words from the program that really does something on.
    pub(in crate::runbook::lint) fn peeled(&self) -> &[Word] {
        let mut words = self.words.as_slice();
        // `sudo timeout 5 env A=1 nice cmd` is as deep as it gets.
        for _ in 0..6 {
            let Some((_, with_word)) = words.first().and_then(|first| WRAPPERS.iter().find(|(name, _)| *name == first.text))
            else {
                break;
            };
            let is_timeout = words[0].text == "timeout";
            let mut rest = after_options(&words[1..], with_word);
            if is_timeout {
                rest = rest.get(1..).unwrap_or_default();
            }
            while rest.first().is_some_and(|word| word.text.split_once('=').is_some_and(|(name, _)| super::is_name(name))) {
                rest = &rest[1..];
            }
            if rest.is_empty() {
                break;
            }
            words = rest;
        }
        words
    }

    pub(in crate::runbook::lint) fn program(&self) -> &str {
        let name = self.peeled().first().map_or("", |word| &*word.text);
        name.rsplit('/').next().unwrap_or(name)
    }

    /// Everything behind the program.
    pub(in crate::runbook::lint) fn args(&self) -> &[Word] {
        self.peeled().get(1..).unwrap_or_default()
    }

    pub(in crate::runbook::lint) fn is_limited(&self) -> bool {
        self.words.iter().take(self.words.len() - self.peeled().len()).any(|word| word.text == "timeout")
    }

    /// Whether one of these options is given; one of a single letter also among others: `-rf`.
    pub(in crate::runbook::lint) fn has_option(&self, options: &[&str]) -> bool {
        has_option(self.args(), options)
    }
}

/// Whether one of `options` is among `words`, before a `--`.
pub(in crate::runbook::lint) fn has_option(words: &[Word], options: &[&str]) -> bool {
    words.iter().map(|word| &*word.text).take_while(|word| *word != "--").any(|word| {
        options.iter().any(|option| {
            let short = option.len() == 2 && word.starts_with('-') && !word.starts_with("--");
            word == *option
                || word.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
                || short && word[1..].bytes().all(|byte| byte.is_ascii_alphanumeric()) && word.contains(&option[1..])
        })
    })
}

/// What is left behind the options; those in `with_word` take the next word, unless it is written onto them.
pub(in crate::runbook::lint) fn after_options<'w>(mut words: &'w [Word], with_word: &str) -> &'w [Word] {
    while let [first, rest @ ..] = words {
        if first.text == "--" {
            return rest;
        }
        if !first.text.starts_with('-') || first.text == "-" {
            return words;
        }
        let takes = !first.text.starts_with("--") && first.text.len() == 2 && first.text.ends_with(|c| with_word.contains(c));
        words = if takes { rest.get(1..).unwrap_or_default() } else { rest };
    }
    words
}

/// How often a shell may hand on to another: `ssh host "docker exec pg sh -c '…'"`.
const HANDED_ON_MAX: usize = 4;

/// Adds the commands that a script hands to other shells: `ssh host '…'`, `sh -c '…'`, `kubectl exec pod -- …`.
pub(super) fn elsewhere(script: &mut Script) {
    let mut from = 0;
    for _ in 0..HANDED_ON_MAX {
        let more: Vec<Command> = script.commands[from..].iter().flat_map(handed_over).collect();
        from = script.commands.len();
        script.commands.extend(more);
    }
}

/// What a shell there makes of a text. All of it stands where the text begins.
fn read_there(text: &str, at: usize) -> Vec<Command> {
    let mut script = Script::default();
    Reader::new(text, &mut script, 1).list();
    script.commands.into_iter().map(|command| there(command, at)).collect()
}

fn there(mut command: Command, at: usize) -> Command {
    (command.at, command.elsewhere) = (at, true);
    for word in &mut command.words {
        (word.at, word.end) = (at, at);
    }
    command
}

/// The commands that run in another shell, or in a container without one.
fn handed_over(command: &Command) -> Vec<Command> {
    let args = command.args();
    match command.program() {
        "ssh" => {
            let host = after_options(args, "bcDEeFIiJLlmOopQRSWw");
            let words = host.get(1..).unwrap_or_default();
            match words.first() {
                Some(first) => {
                    let text = words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
                    read_there(&text, first.at)
                }
                None if command.input.is_empty() => Vec::new(),
                None => read_there(&command.input, command.at),
            }
        }
        "bash" | "sh" | "zsh" | "dash" | "su" => {
            let code = args.iter().position(|word| word.text.starts_with('-') && word.text.ends_with('c'));
            code.and_then(|place| args.get(place + 1)).map_or_else(Vec::new, |word| read_there(&word.text, word.at))
        }
        "kubectl" | "oc" | "docker" | "podman" | "docker-compose" => in_container(args, command),
        _ => Vec::new(),
    }
}

/// `kubectl exec pod -- psql -c '…'`, `docker exec -i pg psql -c '…'`: the words are the command's own, no shell reads them again.
fn in_container(args: &[Word], command: &Command) -> Vec<Command> {
    let behind_dashes = args.iter().position(|word| word.text == "--").map(|place| &args[place + 1..]);
    let words = behind_dashes.or_else(|| {
        let start = args.iter().take(4).position(|word| matches!(&*word.text, "exec" | "run"))?;
        let mut rest = &args[start + 1..];
        while let [option, more @ ..] = rest {
            let takes =
                matches!(&*option.text, "-e" | "--env" | "-u" | "--user" | "-w" | "--workdir" | "--env-file" | "-v" | "--name");
            if !option.text.starts_with('-') {
                // It is the container or image.
                return Some(more);
            }
            rest = if takes { more.get(1..).unwrap_or_default() } else { more };
        }
        None
    });
    let words = words.unwrap_or_default();
    let Some(first) = words.first() else { return Vec::new() };
    // What is piped or read into it reaches the command inside.
    let own = Command { words: words.to_vec(), input: command.input.clone(), before: command.before, ..Command::default() };
    vec![there(Command { depth: 1, ..own }, first.at)]
}
