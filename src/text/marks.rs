//! Combining marks, bounded: a character carries a few of them, not a column of ink over the lines above.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::text::doubt;

/// Marks that one base character keeps.
const MARKS_MAX: usize = 4;

/// Characters that are kept of what is drawn as one.
const CLUSTER_MAX: usize = 16;

/// Copies `run` to `out`, cluster by cluster, each in a form whose width does not depend on who draws it.
pub(super) fn settle(run: &str, out: &mut String) {
    if run.is_ascii() {
        out.push_str(run);
        return;
    }
    for cluster in run.graphemes(true) {
        if cluster.is_ascii() {
            out.push_str(cluster);
        } else {
            settle_cluster(cluster, out);
        }
    }
}

fn settle_cluster(cluster: &str, out: &mut String) {
    let drawn_apart: usize = cluster.chars().map(columns_of).sum();
    let certain = drawn_apart == cluster.width();
    let (mut kept, mut marks, mut omitted) = (0, 0, 0);
    let mut has_base = false;
    for character in cluster.chars() {
        let is_mark = columns_of(character) == 0;
        marks = if is_mark { marks + 1 } else { 0 };
        if kept == CLUSTER_MAX || marks > MARKS_MAX {
            omitted += 1;
            continue;
        }
        // A mark without a base would settle on whatever is drawn before it, such as a border.
        if is_mark && !has_base || !certain && kept > 0 {
            doubt::spell(out, character);
        } else {
            has_base = true;
            out.push(character);
        }
        kept += 1;
    }
    if omitted > 0 {
        // Writing to a string does not fail.
        let _ = write!(out, "<+{omitted}>");
    }
}

fn columns_of(character: char) -> usize {
    character.width().unwrap_or(0)
}
