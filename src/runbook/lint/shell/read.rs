//! Commands: lists, pipelines, compound commands, here-documents.

use super::{COMMANDS_MAX, Command, DEPTH_MAX, Joint, Loop, Script, Word, is_name};

/// Takes a script apart.
pub(in crate::runbook::lint) fn read(text: &str) -> Script {
    let mut script = Script::default();
    Reader::new(text, &mut script, 0).list();
    super::peel::elsewhere(&mut script);
    script
}

pub(super) struct Reader<'s> {
    pub(super) text: &'s str,
    pub(super) at: usize,
    /// What lies behind is not read, though it is there.
    pub(super) end: usize,
    pub(super) depth: usize,
    /// How deep `${ ${ … } }` is open.
    pub(super) braces: usize,
    pub(super) out: &'s mut Script,
    command: Command,
    /// `x=$(…)`, as long as nothing else stands in the command, and the first command of what it is given.
    assigning: Option<(Word, usize)>,
    negated: bool,
    condition_of: Option<Loop>,
    before: Joint,
    within: Vec<Within>,
    here: Vec<Here>,
}

/// The compound commands that are open.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    /// Between `if`, `while`, `until` and `then`, `do`.
    Condition,
    Body,
    /// Between the `do` and the `done` of a loop.
    Turn,
    /// Before a pattern of a `case`, or its `esac`.
    Pattern,
    Arm,
    Subshell,
}

/// A here-document whose lines are still to come.
struct Here {
    delimiter: String,
    tabs: bool,
    expands: bool,
    command: Option<usize>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(text: &'s str, out: &'s mut Script, depth: usize) -> Self {
        let (end, before) = (text.len(), Joint::Next);
        Self {
            text,
            at: 0,
            end,
            depth,
            braces: 0,
            out,
            command: Command::default(),
            assigning: None,
            negated: false,
            condition_of: None,
            before,
            within: Vec::new(),
            here: Vec::new(),
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at..self.end)?.chars().next()
    }

    pub(super) fn starts(&self, sign: &str) -> bool {
        self.text.get(self.at..self.end).is_some_and(|rest| rest.starts_with(sign))
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Everything up to the end, or to the `)` that closes a substitution.
    pub(super) fn list(&mut self) {
        while self.out.commands.len() < COMMANDS_MAX {
            self.blanks();
            if self.within.last() == Some(&Within::Pattern) && self.command.words.is_empty() {
                self.pattern();
                continue;
            }
            let Some(next) = self.peek() else { break };
            match next {
                '#' => self.comment(),
                '\n' => self.line_end(),
                ';' => self.semicolon(),
                '&' if self.starts("&>") => self.redirection(),
                '&' | '|' => self.joint(),
                '(' => self.open(),
                ')' if !self.close() => break,
                ')' => {}
                '<' | '>' if self.starts("<(") || self.starts(">(") => self.take_word(),
                '<' | '>' => self.redirection(),
                _ => self.take_word(),
            }
        }
        self.finish(Joint::Next);
        self.bodies();
    }

    fn blanks(&mut self) {
        loop {
            if self.starts("\\\n") {
                self.at += 2;
            } else if matches!(self.peek(), Some(' ' | '\t' | '\r')) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn comment(&mut self) {
        self.at = self.text[self.at..self.end].find('\n').map_or(self.end, |length| self.at + length);
    }

    fn line_end(&mut self) {
        self.at += 1;
        self.finish(Joint::Next);
        self.bodies();
    }

    fn semicolon(&mut self) {
        let arm_ends = self.starts(";;") || self.starts(";&");
        while matches!(self.peek(), Some(';')) || arm_ends && self.starts("&") {
            self.at += 1;
        }
        self.finish(Joint::Next);
        if arm_ends && self.within.last() == Some(&Within::Arm) {
            self.within.pop();
            self.within.push(Within::Pattern);
        }
    }

    fn joint(&mut self) {
        let signs = [("&&", Joint::And), ("||", Joint::Or), ("|&", Joint::Pipe), ("|", Joint::Pipe), ("&", Joint::Beside)];
        if let Some((sign, joint)) = signs.into_iter().find(|(sign, _)| self.starts(sign)) {
            self.at += sign.len();
            self.finish(joint);
        }
    }

    /// `(`: a subshell, arithmetic, or the mark of a function.
    fn open(&mut self) {
        let words = &self.command.words;
        if self.starts("((") && (words.is_empty() || words[0].text == "for") {
            self.arithmetic();
        } else if let [name] = words.as_slice() {
            self.out.functions.push(name.text.clone());
            self.command.words.clear();
            while matches!(self.peek(), Some('(' | ')' | ' ')) {
                self.at += 1;
            }
        } else {
            self.at += 1;
            self.before = Joint::Next;
            self.within.push(Within::Subshell);
        }
    }

    /// Whether the `)` closed something of this list; else it closes the list itself.
    fn close(&mut self) -> bool {
        self.finish(Joint::Next);
        let Some(place) = self.within.iter().rposition(|one| *one == Within::Subshell) else {
            return self.depth == 0 && self.step();
        };
        self.within.truncate(place);
        self.step()
    }

    fn step(&mut self) -> bool {
        self.bump();
        true
    }

    /// `>file`, `2>&1`, `<<EOF`, `<<<word`: no word of the command.
    fn redirection(&mut self) {
        let start = self.at;
        while matches!(self.peek(), Some('<' | '>' | '&' | '|')) && self.at - start < 3 {
            self.at += 1;
        }
        let sign = self.text[start..self.at].to_owned();
        if sign == "<<" && self.starts("-") {
            self.at += 1;
        }
        let tabs = self.at - start == 3 && sign == "<<";
        self.blanks();
        let word = self.word();
        if sign == "<<" {
            self.here.push(Here { delimiter: word.text, tabs, expands: !word.quoted, command: None });
        } else if sign == "<<<" {
            self.command.input.push_str(&word.text);
        }
    }

    fn take_word(&mut self) {
        let (before, first) = (self.at, self.out.commands.len());
        let word = self.word();
        if self.at == before {
            // Nothing that a word is made of: a stray sign.
            self.bump();
            return;
        }
        let number = !word.quoted && word.text.bytes().all(|byte| byte.is_ascii_digit());
        if number && word.end == self.at && matches!(self.peek(), Some('<' | '>')) {
            return;
        }
        if self.command.words.is_empty() && !word.quoted && self.keyword(&word) {
            return;
        }
        if self.command.words.is_empty() && self.assignment(&word) {
            if self.assigning.is_none() && self.out.commands.len() > first {
                self.assigning = Some((word, first));
            }
            return;
        }
        if self.command.words.is_empty() {
            self.command.at = word.at;
        }
        let is_test = self.command.words.is_empty() && word.text == "[[";
        self.command.words.push(word);
        match self.command.words.first().map(|first| first.text.as_str()) {
            Some("[[") if is_test => self.double_brackets(),
            Some("case") if self.command.words.last().is_some_and(|last| last.text == "in") => {
                self.command.words.clear();
                self.within.push(Within::Pattern);
            }
            _ => {}
        }
    }

    /// `name=value` before a command, or alone.
    fn assignment(&mut self, word: &Word) -> bool {
        let raw = &self.text[word.at..word.end];
        let Some((left, _)) = raw.split_once('=') else { return false };
        let name = left.trim_end_matches('+').split('[').next().unwrap_or_default();
        if is_name(name) {
            self.out.assigned.push(name.to_owned());
        }
        is_name(name)
    }

    /// Whether the word belongs to a compound command, not to a simple one.
    fn keyword(&mut self, word: &Word) -> bool {
        if matches!(&*word.text, "if" | "while" | "until" | "{") {
            // What joins the whole does not join its first command.
            self.before = Joint::Next;
        }
        match &*word.text {
            "if" | "while" | "until" => {
                self.condition_of = [("while", Loop::While), ("until", Loop::Until)]
                    .into_iter()
                    .find_map(|(name, of)| (*name == *word.text).then_some(of));
                self.within.push(Within::Condition);
            }
            "elif" => self.replace(Within::Condition),
            "then" | "else" => self.replace(Within::Body),
            "do" => match self.within.last() {
                Some(Within::Condition) => self.replace(Within::Turn),
                _ => self.within.push(Within::Turn),
            },
            "fi" | "done" | "esac" | "}" => {
                self.within.pop();
            }
            "{" => self.within.push(Within::Body),
            "!" => self.negated = true,
            "time" | "coproc" => {}
            "function" => {
                self.blanks();
                let name = self.word();
                self.out.functions.push(name.text);
            }
            _ => return false,
        }
        true
    }

    fn replace(&mut self, with: Within) {
        self.within.pop();
        self.within.push(with);
    }

    /// `[[ … ]]`, in which `&&`, `<` and `(` are its own.
    fn double_brackets(&mut self) {
        while let Some(next) = self.peek() {
            if next == '\n' {
                return;
            }
            self.blanks();
            let word = self.word();
            if word.end == word.at {
                self.bump();
            }
            let last = word.text == "]]";
            self.command.words.push(word);
            if last {
                return;
            }
        }
    }

    /// A pattern of a `case` up to its `)`, or `esac`.
    fn pattern(&mut self) {
        match self.peek() {
            None => {
                self.within.pop();
            }
            Some('\n') => self.line_end(),
            Some('#') => self.comment(),
            Some('(' | '|') => self.at += 1,
            Some(')') => {
                self.at += 1;
                self.replace(Within::Arm);
            }
            Some(_) => {
                let word = self.word();
                if word.text == "esac" && !word.quoted {
                    self.within.pop();
                } else if word.end == word.at {
                    self.bump();
                }
            }
        }
    }

    /// `(( … ))`: names in it are used, and may be given values.
    pub(super) fn arithmetic(&mut self) {
        let start = self.at;
        let mut open = 0_usize;
        while let Some(next) = self.bump() {
            match next {
                '(' => open += 1,
                ')' if open <= 1 => break,
                ')' => open -= 1,
                _ => {}
            }
        }
        let mut at = start;
        for name in self.text[start..self.at].split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            if is_name(name) {
                self.out.uses.push(super::Use { name: name.to_owned(), at, excused: true });
            }
            at += name.len();
            at += self.text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }

    pub(super) fn assigns_here(&mut self) {
        self.command.substituted = true;
    }

    pub(super) fn has_words(&self) -> bool {
        !self.command.words.is_empty()
    }

    fn finish(&mut self, joint: Joint) {
        let mut command = std::mem::take(&mut self.command);
        let assigning = self.assigning.take().filter(|_| command.words.is_empty());
        if let Some((word, first)) = assigning {
            let name = word.text.split('=').next().unwrap_or_default();
            command.at = word.at;
            command.assigns = Some(first..self.out.commands.len());
            command.words.push(Word { text: format!("{name}=$(…)"), ..word });
        }
        if command.words.is_empty() {
            // A line may end after `&&`: the joint is still the one before.
            if joint != Joint::Next {
                self.before = joint;
            }
            return;
        }
        if matches!(&*command.words[0].text, "for" | "select") && !command.words[0].quoted {
            self.out.assigned.extend(command.words.get(1).map(|name| name.text.clone()));
            self.before = Joint::Next;
            return;
        }
        let negated = std::mem::take(&mut self.negated);
        let in_condition = self.within.last() == Some(&Within::Condition);
        command.tested = negated || in_condition || matches!(joint, Joint::And | Joint::Or);
        (command.before, command.after, command.depth) = (self.before, joint, self.depth);
        command.condition_of = self.condition_of.take();
        command.turns = self.within.iter().filter(|within| **within == Within::Turn).count();
        self.before = joint;
        let place = self.out.commands.len();
        for here in self.here.iter_mut().filter(|here| here.command.is_none()) {
            here.command = Some(place);
        }
        self.out.commands.push(command);
    }

    /// The here-documents that begin on the next line.
    fn bodies(&mut self) {
        for here in std::mem::take(&mut self.here) {
            let start = self.at;
            let mut body_end = self.end;
            while self.at < self.end {
                let line_end = self.text[self.at..self.end].find('\n').map_or(self.end, |length| self.at + length);
                let line = &self.text[self.at..line_end];
                let line = if here.tabs { line.trim_start_matches('\t') } else { line };
                let last = line == here.delimiter;
                if last {
                    body_end = self.at;
                }
                self.at = (line_end + 1).min(self.end);
                if last || line_end == self.end {
                    break;
                }
            }
            let next = self.at;
            if let Some(command) = here.command.and_then(|place| self.out.commands.get_mut(place)) {
                command.input.push_str(&self.text[start..body_end]);
            }
            if here.expands {
                self.expand(start, body_end);
            }
            self.at = next;
        }
    }

    /// Variables and substitutions in the lines of a here-document.
    fn expand(&mut self, start: usize, end: usize) {
        let outer = std::mem::replace(&mut self.end, end);
        self.at = start;
        while let Some(next) = self.bump() {
            match next {
                '\\' => {
                    self.bump();
                }
                '$' => {
                    self.dollar();
                }
                _ => {}
            }
        }
        self.end = outer;
    }

    /// The commands of a substitution, up to its `)`; those of one that is nested too deep are passed over.
    pub(super) fn substitution(&mut self) {
        if self.depth >= DEPTH_MAX {
            let mut open = 1_usize;
            while let Some(next) = self.bump() {
                match next {
                    '(' => open += 1,
                    ')' if open == 1 => return,
                    ')' => open -= 1,
                    _ => {}
                }
            }
            return;
        }
        let mut inner = Reader::new(self.text, self.out, self.depth + 1);
        (inner.at, inner.end) = (self.at, self.end);
        inner.list();
        self.at = inner.at;
        if self.starts(")") {
            self.at += 1;
        }
    }
}
