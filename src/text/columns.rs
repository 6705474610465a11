//! How wide text is drawn, and text made to fit. For text that [`crate::text::clean`] has seen.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

use crate::text::clean::is_plain;

/// What stands for the rest of a clipped text: it needs no Unicode and is not taken for a part of the text.
const OMISSION: &str = "..";

/// Columns that `text` takes on the screen.
pub fn width(text: &str) -> usize {
    if is_plain(text.as_bytes()) { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// `text` in at most `columns`; what does not fit is replaced by `..`.
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns <= OMISSION.len() {
        return Cow::Borrowed(&OMISSION[..columns]);
    }
    Cow::Owned(format!("{}{OMISSION}", head(text, columns - OMISSION.len())))
}

/// `text` in exactly `columns`, on the left.
pub fn fit(text: &str, columns: usize) -> String {
    let text = clip(text, columns);
    let padding = columns - width(&text);
    format!("{text}{:padding$}", "")
}

/// `text` in exactly `columns`, on the right: for numbers.
pub fn fit_right(text: &str, columns: usize) -> String {
    let text = clip(text, columns);
    let padding = columns - width(&text);
    format!("{:padding$}{text}", "")
}

/// `text` in pieces of at most `columns`, nothing added and nothing left out. A character that is wider stands alone.
pub fn pieces(text: &str, columns: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut first = true;
    std::iter::from_fn(move || {
        if rest.is_empty() && !first {
            return None;
        }
        first = false;
        let fits = head(rest, columns).len();
        let one = rest.graphemes(true).next().map_or(0, str::len);
        let (piece, after) = rest.split_at(fits.max(one));
        rest = after;
        Some(piece)
    })
}

/// As much of the beginning as fits, without cutting a character.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.grapheme_indices(true).find(|(_, cluster)| {
        used += cluster.width();
        used > columns
    });
    end.map_or(text, |(at, _)| &text[..at])
}
