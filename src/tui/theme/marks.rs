//! The characters that frames, charts and lists are drawn with, in Unicode and in plain ASCII.

use ratatui::symbols::border;

use crate::measure::show;

/// One set of drawing characters. Each mark is one column wide unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marks {
    pub border: border::Set<'static>,
    /// A line across, and one down.
    pub across: &'static str,
    pub down: &'static str,
    /// Levels of a sparkline, lowest first.
    pub spark: &'static [char],
    /// The filled and the empty part of a bar.
    pub full: &'static str,
    pub empty: &'static str,
    /// Where now is, on a line of time.
    pub now: &'static str,
    pub bullet: &'static str,
    /// The row that keys act on.
    pub pointer: &'static str,
    /// The thumb of a scrollbar.
    pub thumb: &'static str,
    /// Two columns: what runs, what is done, what failed, what is not known.
    pub running: &'static str,
    pub done: &'static str,
    pub failed: &'static str,
    pub unknown: &'static str,
    /// Three columns: an item open, ticked, waived.
    pub open: &'static str,
    pub ticked: &'static str,
    pub waived: &'static str,
}

impl Marks {
    pub const ASCII: Self = Self {
        border: border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        },
        across: "-",
        down: "|",
        spark: &show::SPARK_ASCII,
        full: "#",
        empty: ".",
        now: "^",
        bullet: "*",
        pointer: ">",
        thumb: "#",
        running: ">>",
        done: "ok",
        failed: "!!",
        unknown: "??",
        open: "[ ]",
        ticked: "[x]",
        waived: "[-]",
    };

    /// Words and list marks stay ASCII: box drawing and blocks are one column everywhere, arrows and ticks are not.
    pub const UNICODE: Self = Self {
        border: border::PLAIN,
        across: "─",
        down: "│",
        spark: &show::SPARK,
        full: "█",
        empty: "░",
        thumb: "█",
        ..Self::ASCII
    };

    /// The set that a terminal of this locale (`LC_ALL`, else `LC_CTYPE`, else `LANG`) can draw: without UTF-8 in its name, ASCII.
    pub fn for_locale(lang: Option<&str>) -> Self {
        // Some systems name nothing but the encoding: `UTF-8`.
        let codeset = lang.map(|lang| lang.split_once('.').map_or(lang, |(_, codeset)| codeset));
        let is_utf8 = codeset.is_some_and(|codeset| codeset.to_ascii_lowercase().replace('-', "").starts_with("utf8"));
        if is_utf8 { Self::UNICODE } else { Self::ASCII }
    }
}
