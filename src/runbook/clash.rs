//! Whether what passes and what fires can both be true of one value.

use crate::id::MetricId;
use crate::measure::criterion::{Limit, Op, Test};

/// `error_rate < 5`, in the metric's unit.
pub(super) type Compared<'t> = (&'t MetricId, Op, f64);

/// The part of what fires that can be true while `passes` is.
pub(super) fn clash<'t>(passes: Compared<'_>, fires: &'t Test) -> Option<Compared<'t>> {
    any(fires).into_iter().filter_map(compared).find(|fires| fires.0 == passes.0 && both(passes, *fires))
}

/// Whether there is a value at which both are true, one bounding it from above and the other from below.
fn both((_, passes, high): Compared, (_, fires, low): Compared) -> bool {
    match (passes, fires) {
        (Op::AtMost, Op::AtLeast) => low <= high,
        (Op::Less | Op::AtMost, Op::More | Op::AtLeast) => low < high,
        (Op::AtLeast, Op::AtMost) => low >= high,
        (Op::More | Op::AtLeast, Op::Less | Op::AtMost) => low > high,
        _ => false,
    }
}

/// The parts each of which is enough.
pub(super) fn any(test: &Test) -> Vec<&Test> {
    match test {
        Test::Any(tests) => tests.iter().flat_map(any).collect(),
        one => vec![one],
    }
}

pub(super) fn compared(test: &Test) -> Option<Compared<'_>> {
    if let Test::Compare { metric, op, limit: Limit::Fixed(limit), .. } = test { Some((metric, *op, *limit)) } else { None }
}
