//! Text that is read: titles, facts beside their labels, paragraphs; broken to the width, scrolled and searched.

use std::borrow::Cow;

use ratatui::style::Style;

use crate::text;
use crate::tui::layout::wrap;
use crate::tui::panes::kit::Page;
use crate::tui::panes::search;
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;

/// Lines of one text; a runbook with more is cut here, and says so.
const LINES_MAX: usize = 5_000;
/// No line is so long.
const ALOUD: usize = 100_000;
/// How far the rest of a broken line of a script stands in.
const HANGS: &str = "    ";
/// From here on labels and margins are as wide as they like.
const ROOMY: usize = 60;

/// What a line is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    Title,
    Plain,
    Quiet,
    Link,
    Careful,
    Bad,
}

/// A line as it stands on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    ink: Ink,
}

/// A text for a column of so many cells.
pub(crate) struct Prose {
    width: usize,
    /// Nobody sees columns: a label stands before its text, and a paragraph is one line.
    aloud: bool,
    lines: Vec<Line>,
}

impl Ink {
    fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Title => theme.title(),
            Self::Plain => theme.normal(),
            Self::Quiet => theme.muted(),
            Self::Link => theme.accent(),
            Self::Careful => theme.warning(),
            Self::Bad => theme.critical(),
        }
    }
}

impl Prose {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, aloud: false, lines: Vec::new() }
    }

    /// For whoever hears it or reads it line by line.
    pub(crate) fn aloud() -> Self {
        Self { width: ALOUD, aloud: true, lines: Vec::new() }
    }

    pub(crate) fn is_aloud(&self) -> bool {
        self.aloud
    }

    pub(crate) fn into_text(self) -> Vec<String> {
        self.lines.into_iter().map(|line| line.text).collect()
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Cells before a text.
    pub(crate) fn margin(&self) -> usize {
        match self.aloud {
            true => 0,
            false if self.width >= ROOMY => 3,
            false => 1,
        }
    }

    /// Cells of a label.
    fn label(&self) -> usize {
        if self.width >= ROOMY { 15 } else { 11 }
    }

    /// A heading, apart from what stands above it.
    pub(crate) fn title(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.put(String::new(), Ink::Plain);
        }
        let before = if self.aloud { "" } else { " " };
        self.put(format!("{before}{}", text::clean_line(text)), Ink::Title);
    }

    /// Behind `lead`, which stands once, as many lines as the text takes.
    pub(crate) fn hang(&mut self, lead: &str, text: &str, ink: Ink) {
        self.hang_at(lead, text::width(lead), text, ink);
    }

    /// The same with the lines below the first one at `indent`.
    fn hang_at(&mut self, lead: &str, indent: usize, text: &str, ink: Ink) {
        if self.aloud {
            let words: Vec<&str> = lead.split_whitespace().collect();
            let whole = format!("{} {}", words.join(" "), text::clean_line(text));
            return self.put(whole.trim().to_owned(), ink);
        }
        let room = self.width.saturating_sub(indent.max(text::width(lead))).max(8);
        let mut lead = lead.to_owned();
        for piece in wrap(&broken(&text::clean_line(text), room), room) {
            self.put(format!("{lead}{piece}"), ink);
            lead = " ".repeat(indent);
        }
    }

    /// `   owner          SRE lead`; a label that is longer than its column keeps its words.
    pub(crate) fn fact(&mut self, label: &str, text: &str, ink: Ink) {
        if self.aloud {
            let lead = if label.is_empty() { String::new() } else { format!("{}: ", text::clean_line(label)) };
            return self.put(format!("{lead}{}", text::clean_line(text)), ink);
        }
        let (margin, column) = (self.margin(), self.label());
        let label = text::clean_line(label);
        let label = text::clip(&label, self.width / 2);
        let lead = if text::width(&label) < column { text::fit(&label, column) } else { format!("{label}  ") };
        self.hang_at(&format!("{:margin$}{lead}", ""), margin + column, text, ink);
    }

    /// Paragraphs, each broken where it has to be; lists and indented lines stay as they are.
    pub(crate) fn text(&mut self, text: &str, ink: Ink) {
        let margin = " ".repeat(self.margin());
        for line in paragraphs(text::clean_lines(text)) {
            for piece in wrap(&line, self.width.saturating_sub(margin.len() + 1)) {
                self.put(format!("{margin}{piece}"), ink);
            }
        }
    }

    /// A script: to the last character, since what a line ends with may be what matters. What goes on below hangs under it.
    pub(crate) fn script(&mut self, text: &str) {
        let margin = " ".repeat(self.margin());
        let room = self.width.saturating_sub(margin.len() + HANGS.len() + 1).max(8);
        for line in text::clean_lines(text) {
            let mut lead = "";
            for piece in text::pieces(line.trim_end(), room) {
                self.put(format!("{margin}{lead}{piece}"), Ink::Quiet);
                lead = HANGS;
            }
        }
    }

    pub(crate) fn put(&mut self, text: String, ink: Ink) {
        if self.lines.len() < LINES_MAX {
            self.lines.push(Line { text, ink });
        } else if self.lines.len() == LINES_MAX {
            self.lines.push(Line { text: format!(" only the first {LINES_MAX} lines are shown"), ink: Ink::Careful });
        }
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines
    }
}

/// The lines from `first` on, with what is searched for marked; how many more there are is said.
pub(crate) fn draw(page: &mut Page, scene: &Scene, lines: &[Line], first: usize) {
    let from = first.min(lines.len().saturating_sub(page.room()));
    let cut = lines.len() > from + page.room();
    let shown = if cut { page.room().saturating_sub(1) } else { page.room() };
    for line in lines.iter().skip(from).take(shown) {
        search::put(&mut page.row(), scene, &line.text, line.ink.style(scene.theme));
    }
    if cut {
        let below = lines.len() - from - shown;
        page.row().put(&format!(" {below} more lines below"), scene.theme.muted());
    }
}

/// A word that is wider than the room, an address, goes on in the next line instead of being cut.
fn broken(text: &str, room: usize) -> Cow<'_, str> {
    if text.split(' ').all(|word| text::width(word) <= room) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let cells = text::width(letter.encode_utf8(&mut [0; 4]));
        if used + cells > room && letter != ' ' {
            whole.push(' ');
            used = 0;
        }
        used = if letter == ' ' { 0 } else { used + cells };
        whole.push(letter);
    }
    Cow::Owned(whole)
}

/// Lines that the author broke to fit the file are joined again: the screen breaks them where it needs to. A line of a list,
/// or one that is indented, stays a line of its own; an empty one parts.
fn paragraphs(lines: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for line in lines {
        let line = line.as_ref().trim_end();
        match joined.last_mut() {
            Some(last) if !last.is_empty() && !last.starts_with(' ') && !line.is_empty() && !stands_alone(line) => {
                last.push(' ');
                last.push_str(line);
            }
            Some(_) | None => joined.push(line.to_owned()),
        }
    }
    joined
}

fn stands_alone(line: &str) -> bool {
    let after_number = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    line.starts_with([' ', '-']) || (after_number.len() < line.len() && after_number.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_one_text_and_a_list_stays_a_list() {
        let text = ["Roll back first,", "then look.", "", "1. Stop", "the job", "2. Wait", "- or not", "   indented"];
        let shown = ["Roll back first, then look.", "", "1. Stop the job", "2. Wait", "- or not", "   indented"];
        assert_eq!(paragraphs(text), shown);
    }

    #[test]
    fn what_hangs_behind_a_label_stays_behind_it_and_never_leaves_the_column() {
        let mut prose = Prose::new(40);
        prose.fact("owner", "the engineer on call of the database team", Ink::Plain);
        let lines: Vec<_> = prose.into_lines().into_iter().map(|line| line.text).collect();
        assert_eq!(lines, [" owner      the engineer on call of the", "            database team"]);
    }

    #[test]
    fn an_address_that_is_wider_than_its_column_is_all_there() {
        let mut prose = Prose::new(22);
        prose.fact("page", "see https://wiki.example/runbooks", Ink::Link);
        let lines: Vec<_> = prose.into_lines().into_iter().map(|line| line.text.trim().to_owned()).collect();
        assert_eq!(lines, ["page       see", "https://wi", "ki.example", "/runbooks"]);
    }
}
