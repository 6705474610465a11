//! What is wrong with a script although a shell would run it.

mod ends;
mod exits;
mod harm;
mod itself;
mod names;
mod network;
mod programs;

pub(in crate::runbook) use names::wanted;

use super::Lint;
use super::place::Places;
use super::rules::SECRET_IN_URL;
use super::shell::{self, Command, Script, Word};
use super::vars::Names;
use super::walk::Text;
use crate::runbook::file::{Extent, Node, Value};
use crate::runbook::notes::IntoHelp;

use super::rules::Rule;

/// A script with the step that it belongs to.
struct Code<'c> {
    text: &'c Text<'c>,
    script: Script,
    places: Places,
}

impl Lint<'_> {
    pub(super) fn script(&mut self, text: &Text<'_>, names: &mut Names) {
        let script = shell::read(text.value);
        let code = Code { text, places: Places::of(self.text, text.node, text.value), script };
        self.exits(&code);
        self.ends(&code);
        self.harm(&code);
        self.itself(&code);
        self.network(&code);
        self.programs(&code, names);
        self.names(&code, names);
        self.secret_words(&code);
    }

    fn about(&mut self, rule: &'static Rule, code: &Code<'_>, command: &Command, what: impl Into<String>, help: impl IntoHelp) {
        self.warn(rule, code.extent(command), what, help);
    }

    /// `curl "https://shop/?token=$token"`
    fn secret_words(&mut self, code: &Code<'_>) {
        let words = code.script.commands.iter().filter(|command| !command.elsewhere).flat_map(|command| &command.words);
        for word in words.filter(|word| word.text.contains("://")) {
            let inside = code.script.uses.iter().filter(|one| (word.at..word.end).contains(&one.at));
            for one in inside {
                if self.runbook.vars.get(one.name.as_str()).is_some_and(|var| var.secret) {
                    let what = format!("the secret `{}` stands in an address", one.name);
                    let at = code.places.extent(one.at..one.at + one.name.len());
                    self.warn(&SECRET_IN_URL, at, what, "send it as a header, out of a file that only you can read");
                }
            }
        }
    }
}

impl Code<'_> {
    fn extent(&self, command: &Command) -> Extent {
        let end = command.words.iter().map(|word| word.end).filter(|end| *end > command.at).max();
        self.places.extent(command.at..end.unwrap_or(command.at + 1))
    }

    /// Commands that this script itself runs, not inside substitutions.
    fn outermost(&self) -> impl DoubleEndedIterator<Item = (usize, &Command)> {
        self.script.commands.iter().enumerate().filter(|(_, command)| command.depth == 0 && !command.elsewhere)
    }

    /// The value of a key beside the script.
    fn beside(&self, key: &str) -> Option<&str> {
        match self.text.beside(key) {
            Some(Node { value: Value::Text { text, .. }, .. }) => Some(text),
            Some(_) | None => None,
        }
    }

    /// Whether it may run on beside the plan or is stopped after its time.
    fn may_go_on(&self) -> bool {
        matches!(self.text.key.name, "background" | "watch")
    }
}

/// The command as a warning quotes it.
fn quote(command: &Command) -> String {
    let words: Vec<&str> = command.peeled().iter().map(|word| &*word.text).collect();
    let line = words.join(" ");
    if line.chars().count() <= 40 { line } else { line.chars().take(39).chain(['…']).collect() }
}

/// The first word that is no option, and what follows it.
fn subcommand(words: &[Word]) -> Option<(&str, &[Word])> {
    let place = words.iter().position(|word| !word.text.starts_with('-'))?;
    Some((&words[place].text, &words[place + 1..]))
}

/// Whether `sub` is one of the first words that are no options: `kubectl -n shop logs`.
fn says(command: &Command, sub: &str) -> bool {
    command.args().iter().take_while(|word| word.text != "--").take(6).any(|word| word.text == sub)
}
