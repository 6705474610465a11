//! Pointing into a text: from a place in the value to the place in the file.

use std::ops::Range;

use super::Check;
use crate::runbook::file::{Extent, Node, Value};

impl Check<'_> {
    /// Where the bytes `range` of a text's value stand in the file.
    pub(super) fn inside(&self, node: &Node, range: Range<usize>) -> Extent {
        let (Value::Text { text: value, .. }, Some(written)) = (&node.value, self.text.get(node.extent.start..node.extent.end))
        else {
            return node.head();
        };
        // Plain texts stand there as they are, quoted ones begin after the quote.
        let shift = if written.starts_with(&**value) {
            Some(0)
        } else {
            written.get(1..).filter(|rest| rest.starts_with(&**value)).map(|_| 1)
        };
        if let Some(shift) = shift {
            let start = node.extent.start + shift + range.start;
            return Extent { start, end: node.extent.start + shift + range.end };
        }
        // Texts of many lines and texts with escapes: the words themselves are looked for.
        let end = range.end.min(value.len());
        let word = value.get(range.start.min(end)..end).unwrap_or_default();
        self.word_inside(node, word)
    }

    /// Where `word` first stands in a text, as a word of its own.
    pub(super) fn word_inside(&self, node: &Node, word: &str) -> Extent {
        let written = self.text.get(node.extent.start..node.extent.end).unwrap_or_default();
        let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
        let begins_name = word.chars().next().is_some_and(part_of_a_name);
        let place = written.match_indices(word).find(|(place, _)| {
            let alone_before = !written[..*place].chars().next_back().is_some_and(part_of_a_name);
            let alone_after = !written[place + word.len()..].chars().next().is_some_and(part_of_a_name);
            !begins_name || (alone_before && alone_after)
        });
        match place {
            Some((place, _)) if !word.is_empty() => {
                Extent { start: node.extent.start + place, end: node.extent.start + place + word.len() }
            }
            _ => node.head(),
        }
    }
}
