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

/// Adds the commands that a script hands to other shells: `ssh host '…'`, `sh -c '…'`, `kubectl exec pod -- …`.
pub(super) fn elsewhere(script: &mut Script) {
    let mut more = Vec::new();
    for command in &script.commands {
        for text in handed_over(command) {
            more.extend(inner(&text.0, text.1));
        }
    }
    script.commands.extend(more);
}

fn inner(text: &str, at: usize) -> Vec<Command> {
    let mut script = Script::default();
    Reader::new(text, &mut script, 1).list();
    let moved = script.commands.into_iter().map(|mut command| {
        command.at = at;
        command.elsewhere = true;
        for word in &mut command.words {
            (word.at, word.end) = (at, at);
        }
        command
    });
    moved.collect()
}

/// The texts that another shell reads, with where they begin.
fn handed_over(command: &Command) -> Vec<(String, usize)> {
    let args = command.args();
    let joined = |words: &[Word]| {
        let text = words.iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ");
        words.first().map(|first| (text, first.at)).into_iter().collect()
    };
    match command.program() {
        "ssh" => {
            let host = after_options(args, "bcDEeFIiJLlmOopQRSWw");
            let words = host.get(1..).unwrap_or_default();
            if words.is_empty() && !command.input.is_empty() { vec![(command.input.clone(), command.at)] } else { joined(words) }
        }
        "bash" | "sh" | "zsh" | "dash" | "su" => {
            let code = args.iter().position(|word| word.text.starts_with('-') && word.text.ends_with('c'));
            let code = code.and_then(|place| args.get(place + 1)).map(|word| (word.text.clone(), word.at));
            code.into_iter().collect()
        }
        "kubectl" | "oc" | "docker" | "podman" => {
            let split = args.iter().position(|word| word.text == "--");
            joined(split.map_or(&[], |place| &args[place + 1..]))
        }
        _ => Vec::new(),
    }
}
