//! `# warroom: allow masked-exit`: what is meant, said beside the place, on its line or the line above.

use std::collections::HashSet;

use super::rules::{MISSING_ENV, MISSING_PROGRAM, SOURCE_DOWN, UNUSED_ALLOW};
use super::{Found, Lint, Rule, rule};
use crate::runbook::file::Extent;
use crate::runbook::notes::Notes;
use crate::runbook::problem::Problems;

const MARK: &str = "# warroom: allow";

/// A name behind the mark.
struct Allow {
    name: Extent,
    rule: &'static Rule,
    /// The line that it is about, from 1.
    line: usize,
}

impl Lint<'_> {
    /// What is left of `found`, and what the runbook allows without need. A rule that does not exist is a problem.
    pub(super) fn allowed(&self, found: Vec<Found>, file_name: &str) -> Result<Vec<Found>, Problems> {
        let mut notes = Notes::on(self.text);
        let allows = allows(self.text, &mut notes);
        if !notes.is_empty() {
            return Err(notes.into_problems(file_name, self.text));
        }
        let known: HashSet<(usize, &str)> = allows.iter().map(|allow| (allow.line, allow.rule.name)).collect();
        let mut used = HashSet::new();
        let mut left = Vec::new();
        for one in found {
            let place = (self.notes.line(one.at), one.rule.name);
            if known.contains(&place) {
                used.insert(place);
            } else {
                left.push(one);
            }
        }
        // What this machine has was not looked at, and so nothing could be allowed.
        let looked_at = |rule: &Rule| {
            let here = *rule == MISSING_ENV || *rule == MISSING_PROGRAM;
            if *rule == SOURCE_DOWN { self.here.is_some_and(|here| here.down.is_some()) } else { !here || self.here.is_some() }
        };
        for allow in allows.iter().filter(|allow| looked_at(allow.rule) && !used.contains(&(allow.line, allow.rule.name))) {
            let what = format!("there is no `{}` to allow here", allow.rule.name);
            let help = "remove it, or put it on the line it is about or the line above".to_owned();
            left.push(Found { at: allow.name, rule: &UNUSED_ALLOW, what, help: Some(help) });
        }
        left.sort_by_key(|one| (one.at.start, one.at.end));
        Ok(left)
    }
}

fn allows(text: &str, notes: &mut Notes) -> Vec<Allow> {
    let mut allows: Vec<Allow> = Vec::new();
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if let Some(place) = line.find(MARK) {
            let alone = line[..place].trim_matches([' ', '\t', '-']).is_empty();
            let names = &line[place + MARK.len()..];
            let offset = start + place + MARK.len();
            // A comment of its own is about the next line.
            read(names, offset, number + 1 + usize::from(alone), &mut allows, notes);
        } else {
            start += line.len();
            continue;
        }
        start += line.len();
    }
    stack(text, &mut allows);
    allows
}

/// Several comments above a line are all about it.
fn stack(text: &str, allows: &mut [Allow]) {
    let lines: Vec<&str> = text.lines().collect();
    let is_comment = |line: usize| lines.get(line - 1).is_some_and(|line| line.trim_start().starts_with(MARK));
    for allow in allows.iter_mut() {
        while is_comment(allow.line) {
            allow.line += 1;
        }
    }
}

fn read(names: &str, offset: usize, line: usize, allows: &mut Vec<Allow>, notes: &mut Notes) {
    let mut at = offset;
    let mut any = false;
    for name in names.split_inclusive([' ', ',', '\n', '\r', '\t', ':']) {
        let bare = name.trim_end_matches([' ', ',', '\n', '\r', '\t', ':']);
        let extent = Extent { start: at, end: at + bare.len() };
        at += name.len();
        if bare.is_empty() {
            continue;
        }
        match rule(bare) {
            Ok(rule) => allows.push(Allow { name: extent, rule, line }),
            // Behind the names may stand why: `# warroom: allow masked-exit: it may be gone already`.
            Err(_) if any && !names[..extent.start - offset].trim_end().ends_with(',') => break,
            Err(help) => notes.say(extent, format!("unknown rule `{bare}`"), help),
        }
        any = true;
    }
    if !any {
        let end = offset - 1;
        notes.say(
            Extent { start: end - MARK.len() + 1, end },
            "this allows nothing",
            "name a rule: `warroom check --rules` lists them",
        );
    }
}
