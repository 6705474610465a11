//! The table for people: a key on the screen, and all of it as one page.

use std::fmt::Write;

use super::{Key, Part, Takes, parts};
use crate::runbook::notes::suggest;

/// What a key or a part means; else the help about a name that is none.
pub fn explain(name: &str) -> Result<String, String> {
    let all = parts();
    let (part_name, key_name) = name.split_once('.').map_or((None, name), |(part, key)| (Some(part), key));
    let mut said = String::new();
    let own = all.iter().find(|part| part_name.is_none() && part.name == key_name);
    if let Some(part) = own {
        said.push_str(&about_part(part));
    }
    for part in all.iter().filter(|part| part_name.is_none_or(|name| name == part.name)) {
        if let Some(key) = part.key(key_name) {
            said.push_str(&about_key(part, key));
        }
    }
    if !said.is_empty() {
        return Ok(said);
    }
    if let Some(part) = part_name.and_then(|name| all.iter().find(|part| part.name == name)) {
        return Err(suggest(key_name, part.names()).unwrap_or_default());
    }
    let mut known: Vec<&str> = all.iter().flat_map(|part| part.names().chain([part.name])).collect();
    known.sort_unstable();
    known.dedup();
    Err(suggest(part_name.unwrap_or(key_name), known).unwrap_or_default())
}

/// The parts of the file, each with its keys.
pub fn list() -> String {
    let mut said = String::new();
    for part in parts() {
        let keys: Vec<&str> = part.names().collect();
        let _ = writeln!(said, "{:12} {}", part.name, keys.join(", "));
    }
    said + "\n`warroom explain KEY` says more: `warroom explain gate`, `warroom explain step.timeout`.\n"
}

fn about_part(part: &Part) -> String {
    let keys: Vec<&str> = part.names().collect();
    format!("{}\n  {}\n  keys: {}\n\n", part.name, part.about, keys.join(", "))
}

fn about_key(part: &Part, key: &Key) -> String {
    let mut said = format!("{}.{}   {}\n  {}\n", part.name, key.name, takes(&key.takes), key.about);
    if let Takes::Word(words) = key.takes {
        for (word, meaning) in words {
            let _ = writeln!(said, "    {word:10} {meaning}");
        }
    }
    for line in conditions(key) {
        let _ = writeln!(said, "  {line}");
    }
    said.push_str("  example:\n");
    for line in key.example.lines() {
        let _ = writeln!(said, "    {line}");
    }
    said + "\n"
}

/// Whether it must be there, what holds without it, and where it may stand.
fn conditions(key: &Key) -> Vec<String> {
    let mut lines = Vec::new();
    if key.needed {
        lines.push("must be there".to_owned());
    }
    lines.extend(key.default.map(|default| format!("without it: {default}")));
    if !key.beside.is_empty() {
        let keys: Vec<String> = key.beside.iter().map(|key| format!("`{key}`")).collect();
        lines.push(format!("only beside {}", keys.join(", ")));
    }
    lines
}

/// What can be a value, in words.
fn takes(takes: &Takes) -> String {
    match takes {
        Takes::Form(form) => form.noun.to_owned(),
        Takes::Flag => "true or false".to_owned(),
        Takes::Whole(from, to) => format!("a whole number from {from} to {to}"),
        Takes::Word(words) => words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", "),
        Takes::Name(what) => format!("the name of a {what}"),
        Takes::Json => "any value".to_owned(),
        Takes::Nothing => "nothing".to_owned(),
        Takes::Part(part) => format!("{} (see {})", part.noun, part.name),
        Takes::List(inner) => format!("a list, each {}", self::takes(inner)),
        Takes::OneOrMore(inner) => format!("{}, or a list of them", self::takes(inner)),
        Takes::Named(name, inner) => format!("`{name}: …` lines, each {}", self::takes(inner)),
        Takes::Either(some) => some.iter().map(self::takes).collect::<Vec<_>>().join("; or "),
    }
}

/// The whole table as one page of Markdown.
pub fn reference() -> String {
    let mut page = String::from(BEGINNING);
    for part in parts() {
        let _ = writeln!(page, "\n## {}\n\n{}", part.name, part.about);
        if !part.one_of.is_empty() {
            let _ = writeln!(page, "\nExactly one of `{}` must be there.", part.one_of.join("`, `"));
        }
        for key in part.keys {
            page.push_str(&entry(key));
        }
    }
    page
}

const BEGINNING: &str = "# Every key of the runbook file

This page is printed by `warroom explain --all` from the table that the checker reads, and every example in it is tried by a
test. `warroom explain KEY` shows a part of it in a terminal, `warroom schema` gives it to an editor.

Durations are written `90s`, `30m`, `1h30m`, `2d`; times `T`, `T+1h`, `T-30m` or by the clock, `\"09:00\"`, in the runbook's time
zone. `{{ name }}` in a text is replaced by a variable's value; a script finds it in its environment, as `$name`. A text that
begins with `{`, `[`, `>`, `*`, `&`, `!`, `%` or a backtick, or that holds `: ` or ` #`, must be in quotes.
";

fn entry(key: &Key) -> String {
    let mut said = format!("\n### `{}`\n\n{}\n\n- takes {}\n", key.name, key.about, takes(&key.takes));
    if let Takes::Word(words) = key.takes {
        for (word, meaning) in words {
            let _ = writeln!(said, "  - `{word}`: {meaning}");
        }
    }
    for line in conditions(key) {
        let _ = writeln!(said, "- {line}");
    }
    let _ = writeln!(said, "\n```yaml\n{}\n```", key.example);
    said
}
