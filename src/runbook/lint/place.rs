//! From a place in a text's value to the place in the file, line by line: texts of many lines are indented there.

use std::ops::Range;

use crate::runbook::file::{Extent, Node};

/// Where the lines of a text's value stand in the file.
pub(super) struct Places {
    head: Extent,
    /// For each line of the value: where it begins there, and in the file.
    lines: Vec<(usize, Option<usize>)>,
}

impl Places {
    pub(super) fn of(file: &str, node: &Node, value: &str) -> Self {
        let mut lines = Vec::new();
        let (mut start, mut cursor, mut lost) = (0, node.extent.start, false);
        for line in value.split('\n') {
            let trimmed = line.trim();
            let mut place = None;
            if !trimmed.is_empty() && !lost {
                let found = file.get(cursor..node.extent.end).and_then(|rest| rest.find(trimmed));
                // Once a line is not there as it is (it has escapes), the rest cannot be told apart.
                lost = found.is_none();
                place = found.map(|offset| cursor + offset);
                cursor = place.map_or(cursor, |place| place + trimmed.len());
            }
            let indentation = line.len() - line.trim_start().len();
            lines.push((start + indentation, place));
            start += line.len() + 1;
        }
        Self { head: node.head(), lines }
    }

    /// Where the bytes `range` of the value stand; the head of the text where that cannot be told.
    pub(super) fn extent(&self, range: Range<usize>) -> Extent {
        let number = self.lines.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
        match self.lines.get(number) {
            Some((start, Some(place))) if range.start >= *start => {
                let begin = place + (range.start - start);
                let next = self.lines.get(number + 1).map_or(usize::MAX, |(next, _)| next.saturating_sub(1));
                Extent { start: begin, end: begin + range.end.min(next).saturating_sub(range.start) }
            }
            _ => self.head,
        }
    }
}
