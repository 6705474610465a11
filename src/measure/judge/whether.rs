//! A condition on a number, and on all numbers between two at once: what a folded stretch of samples is asked.

use crate::measure::criterion::Op;
use crate::measure::metric::Range;

#[derive(Clone, Copy, Debug)]
pub(super) enum Whether {
    Is(Op, f64),
    Inside(Range),
    Outside(Range),
}

impl Whether {
    pub(super) fn holds(self, value: f64) -> bool {
        match self {
            Self::Is(op, limit) => op.holds(value, limit),
            Self::Inside(range) => range.contains(value),
            Self::Outside(range) => !range.contains(value),
        }
    }

    /// True or false where it is so of every number from `least` to `greatest`; nothing where it differs.
    pub(super) fn of_all(self, least: f64, greatest: f64) -> Option<bool> {
        if least == greatest {
            return Some(self.holds(least));
        }
        let of_ends = (self.holds(least) == self.holds(greatest)).then(|| self.holds(least));
        match self {
            Self::Is(Op::Less | Op::AtMost | Op::More | Op::AtLeast, _) => of_ends,
            // What lies between the two ends may be the very number, or the range.
            Self::Is(Op::Equal | Op::NotEqual, limit) => of_ends.filter(|_| limit < least || limit > greatest),
            Self::Inside(range) => inside(range, least, greatest),
            Self::Outside(range) => inside(range, least, greatest).map(|inside| !inside),
        }
    }
}

fn inside(range: Range, least: f64, greatest: f64) -> Option<bool> {
    if range.contains(least) && range.contains(greatest) {
        return Some(true);
    }
    (range.is_above(greatest) || range.is_below(least)).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::metric::End;

    #[test]
    fn what_is_said_of_a_stretch_is_so_of_each_number_in_it() {
        let end = |value| Some(End { value, included: value > 0.0 });
        let mut conditions: Vec<Whether> = [Op::Less, Op::AtMost, Op::More, Op::AtLeast, Op::Equal, Op::NotEqual]
            .into_iter()
            .flat_map(|op| [-1.0, 0.0, 2.0].map(|limit| Whether::Is(op, limit)))
            .collect();
        for range in [Range { low: end(-1.0), high: end(1.0) }, Range { low: end(0.0), high: None }] {
            conditions.extend([Whether::Inside(range), Whether::Outside(range)]);
        }
        let numbers: Vec<f64> = (-6..=6).map(|half| f64::from(half) / 2.0).collect();
        for (from, least) in numbers.iter().enumerate() {
            for (to, greatest) in numbers.iter().enumerate().skip(from) {
                for whether in &conditions {
                    if let Some(said) = whether.of_all(*least, *greatest) {
                        assert!(numbers[from..=to].iter().all(|value| whether.holds(*value) == said), "{whether:?}");
                    }
                }
            }
        }
    }
}
