//! Small geometry that the overlays share.

use ratatui::layout::Rect;

use crate::text;

/// Rows from which on there is enough beside a box in the middle.
const TALL: u16 = 36;

/// What stays in sight below a box at the foot: the rule, and what to do next.
const FOOT: u16 = 2;

/// A box of at most this size in the middle of `area`, never outside it. In a low one it lies at the foot: what a decision
/// rests on, the evidence above all, stands at the top and stays in sight.
pub fn boxed(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let below = area.height - height;
    let y = area.y + if area.height < TALL { below.saturating_sub(FOOT) } else { below / 2 };
    Rect { x, y, width, height }
}

/// `text` in lines of at most `columns`, broken between words; a word that is wider than a line is cut.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let indent: String = text.chars().take_while(|letter| *letter == ' ').collect();
    let mut line = indent.clone();
    let mut empty = true;
    for word in text.split_whitespace() {
        let needed = text::width(&line) + usize::from(!empty) + text::width(word);
        if needed > columns && !empty {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(&text::clip(word, columns.max(1)));
        empty = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_no_line_is_wider_than_asked() {
        assert_eq!(wrap("stops the step which runs now", 12), ["stops the", "step which", "runs now"]);
        assert_eq!(wrap("  R1 undo", 6), ["  R1", "  undo"]);
        for columns in 1..20 {
            assert!(wrap("a considerably long sentence of words", columns).iter().all(|line| text::width(line) <= columns));
        }
    }

    #[test]
    fn a_box_never_leaves_its_area() {
        for (width, height) in [(1, 1), (5, 3), (80, 24)] {
            let area = Rect::new(2, 1, width, height);
            assert_eq!(boxed(area, 60, 10).intersection(area), boxed(area, 60, 10));
        }
    }
}
