//! Words: quotes, variables, substitutions.

use super::read::Reader;
use super::{DEPTH_MAX, Use, Word, is_name};

impl Reader<'_> {
    /// The word that begins here; an empty one where none does.
    pub(super) fn word(&mut self) -> Word {
        let mut word = Word { at: self.at, ..Word::default() };
        while let Some(next) = self.peek() {
            match next {
                '<' | '>' if self.starts("<(") || self.starts(">(") => {
                    self.at += 2;
                    self.substitution();
                    word.text.push_str("$()");
                }
                '(' if word.text.ends_with('=') && !word.quoted => self.array(),
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | ')' | '<' | '>' | '(' => break,
                '\\' => self.escape(&mut word),
                '\'' => self.single(&mut word),
                '"' => self.double(&mut word),
                '`' => self.backticks(&mut word),
                '$' => self.variable(&mut word),
                _ => word.text.extend(self.bump()),
            }
        }
        word.end = self.at;
        if word.text.contains("=$()") && self.has_words() {
            self.assigns_here();
        }
        word
    }

    fn escape(&mut self, word: &mut Word) {
        self.at += 1;
        match self.bump() {
            Some('\n') | None => {}
            Some(next) => {
                word.quoted = true;
                word.text.push(next);
            }
        }
    }

    fn single(&mut self, word: &mut Word) {
        self.at += 1;
        word.quoted = true;
        let rest = &self.text[self.at..self.end];
        let length = rest.find('\'').unwrap_or(rest.len());
        word.text.push_str(&rest[..length]);
        self.at = (self.at + length + 1).min(self.end);
    }

    fn double(&mut self, word: &mut Word) {
        self.at += 1;
        word.quoted = true;
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    self.at += 1;
                    return;
                }
                '\\' => {
                    self.at += 1;
                    let escaped = self.bump();
                    if !matches!(escaped, Some('"' | '\\' | '$' | '`' | '\n')) {
                        word.text.push('\\');
                    }
                    word.text.extend(escaped.filter(|c| *c != '\n'));
                }
                '`' => self.backticks(word),
                '$' => {
                    self.at += 1;
                    let written = self.dollar();
                    word.text.push_str(&written);
                }
                _ => word.text.extend(self.bump()),
            }
        }
    }

    fn variable(&mut self, word: &mut Word) {
        self.at += 1;
        match self.peek() {
            // `$'…'` knows escapes; `$"…"` is a text like another.
            Some('\'') => {
                self.at += 1;
                word.quoted = true;
                while let Some(next) = self.bump() {
                    match next {
                        '\'' => break,
                        '\\' => {
                            self.bump();
                        }
                        _ => word.text.push(next),
                    }
                }
            }
            Some('"') => self.double(word),
            _ => {
                let written = self.dollar();
                word.text.push_str(&written);
            }
        }
    }

    /// What follows a `$`: a name, `{…}`, `(…)`, or a sign of the shell's own.
    pub(super) fn dollar(&mut self) -> String {
        match self.peek() {
            Some('(') if self.starts("((") => {
                self.arithmetic();
                "$()".to_owned()
            }
            Some('(') => {
                self.at += 1;
                self.substitution();
                "$()".to_owned()
            }
            Some('{') if self.braces < DEPTH_MAX => {
                self.braces += 1;
                let written = self.in_braces();
                self.braces -= 1;
                written
            }
            Some(next) if next.is_ascii_alphabetic() || next == '_' => {
                let at = self.at;
                let name = self.name();
                self.out.uses.push(Use { name: name.clone(), at, excused: false });
                format!("${name}")
            }
            Some(next) if next.is_ascii_digit() || "?!@*#$-".contains(next) => {
                self.bump();
                format!("${next}")
            }
            _ => "$".to_owned(),
        }
    }

    fn name(&mut self) -> String {
        let rest = &self.text[self.at..self.end];
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        self.at += length;
        rest[..length].to_owned()
    }

    /// `${name}`, `${name:-otherwise}`, `${#name}`, `${name%/*}`.
    fn in_braces(&mut self) -> String {
        self.at += 1;
        while matches!(self.peek(), Some('#' | '!')) {
            self.at += 1;
        }
        let at = self.at;
        let name = self.name();
        let excused = ["-", ":-", "=", ":=", "+", ":+", "?", ":?"].iter().any(|sign| self.starts(sign));
        if is_name(&name) {
            self.out.uses.push(Use { name: name.clone(), at, excused });
        }
        while let Some(next) = self.bump() {
            match next {
                '}' => break,
                '\\' => {
                    self.bump();
                }
                '$' => {
                    self.dollar();
                }
                '\'' | '"' if self.text[self.at..self.end].contains(next) => {
                    self.at -= 1;
                    let mut inner = Word::default();
                    if next == '"' { self.double(&mut inner) } else { self.single(&mut inner) }
                }
                _ => {}
            }
        }
        format!("${name}")
    }

    fn backticks(&mut self, word: &mut Word) {
        self.at += 1;
        let start = self.at;
        while let Some(next) = self.bump() {
            match next {
                '`' => break,
                '\\' => {
                    self.bump();
                }
                _ => {}
            }
        }
        let after = self.at;
        let outer = self.end;
        (self.at, self.end) = (start, after.saturating_sub(1).max(start));
        self.substitution();
        (self.at, self.end) = (after, outer);
        word.text.push_str("$()");
    }

    /// `names=( a b )`
    fn array(&mut self) {
        self.at += 1;
        while let Some(next) = self.peek() {
            match next {
                ')' => {
                    self.at += 1;
                    return;
                }
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' => self.at += 1,
                '#' => self.at = self.text[self.at..self.end].find('\n').map_or(self.end, |length| self.at + length),
                _ => {
                    let before = self.at;
                    self.word();
                    if self.at == before {
                        self.bump();
                    }
                }
            }
        }
    }
}
