//! Characters that are not shown as they are: they are invisible, turn the reading order, or nobody knows how wide they are drawn.

use std::fmt::Write as _;

/// Whether a character is spelled out as `<U+202E>`.
pub(super) fn is_doubtful(character: char) -> bool {
    is_invisible(character) || is_of_unknown_width(character)
}

pub(super) fn spell(out: &mut String, character: char) {
    // Writing to a string does not fail.
    let _ = write!(out, "<U+{:04X}>", u32::from(character));
}

/// Control and format characters (C1, Cf), line separators, and what Unicode calls default-ignorable.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Private use and noncharacters, flags and skin tones (one picture or two, depending on the terminal), and the two Katakana
/// marks that are a cell of their own in one terminal and none in the next.
fn is_of_unknown_width(character: char) -> bool {
    matches!(character,
        '\u{e000}'..='\u{f8ff}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{ff9e}'..='\u{ff9f}'
        | '\u{1f1e6}'..='\u{1f1ff}'
        | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{f0000}'..='\u{10ffff}')
        || u32::from(character) & 0xfffe == 0xfffe
}
