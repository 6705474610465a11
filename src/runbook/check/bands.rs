//! The bands of a metric: three with open ends, or a target and an alarm with a grey zone between; others in some phases.
//!
//! What is checked here is that they make sense together: no band over another, no hole in a scale, the worst at its end.

use super::Check;
use super::fields::Fields;
use crate::id::{InOrder, MetricId, PhaseId};
use crate::measure::metric::{Bands, Better, End, Metric, Range, Words};
use crate::measure::show;
use crate::measure::unit::Unit;
use crate::runbook::file::{Node, Value};
use crate::runbook::notes::suggest;
use crate::runbook::{quantity, words};

/// Whether a metric says `key`, itself or in one of its phases.
pub(super) fn says(node: &Node, key: &str) -> bool {
    let Value::Map(entries) = &node.value else { return false };
    entries.iter().any(|entry| match &entry.value.value {
        Value::Map(phases) if &*entry.key == "phases" => phases.iter().any(|phase| says(&phase.value, key)),
        _ => &*entry.key == key,
    })
}

/// A band, and where it is written.
type Written<'n> = Option<(Range, &'n Node)>;

impl Check<'_> {
    pub(super) fn bands(&mut self, fields: &Fields<'_>, unit: &Unit, better: Option<Better>) -> Bands {
        let mut written = |key: &str, other: &str| {
            let (first, second) = (fields.get(key), fields.entry(other));
            if let (Some(_), Some(entry)) = (first, second) {
                let help = format!("`{other}` is another word for `{key}`: keep one of them");
                self.say(entry.key_extent, format!("`{key}` and `{other}` together"), help);
            }
            let node = first.or_else(|| fields.get(other))?;
            Some((self.range(node, unit)?, node))
        };
        let (normal, critical) = (written("normal", "target"), written("critical", "alert_if"));
        let warning = fields.get("warning").and_then(|node| Some((self.range(node, unit)?, node)));
        let words = if fields.has("target") || fields.has("alert_if") { Words::Target } else { Words::Bands };
        self.overlaps(normal, warning, critical, unit);
        if self.order(normal, warning, critical, better) {
            self.holes(normal, warning, critical, unit);
        }
        let range = |written: Written| written.map(|(range, _)| range);
        Bands { normal: range(normal), warning: range(warning), critical: range(critical), words }
    }

    /// The bands of the phases that have other ones. Phases are known only after metrics were read.
    pub(super) fn phase_bands(&mut self, node: Option<&Node>, metrics: &mut InOrder<MetricId, Metric>) {
        let Some(Value::Map(entries)) = node.map(|node| &node.value) else { return };
        for entry in entries {
            let Value::Map(keys) = &entry.value.value else { continue };
            let Some(metric) = metrics.get_mut(&*entry.key) else { continue };
            let node = keys.iter().find(|key| &*key.key == "phases").map(|key| &key.value);
            for phase in self.entries(node, "bands for phases") {
                if self.names.phases.get(&phase.key).is_none() {
                    let help = suggest(&phase.key, self.names.phases.all());
                    self.say(phase.key_extent, format!("unknown phase `{}`", phase.key), help);
                }
                if let Some(fields) = self.fields(&phase.value, &words::BANDS) {
                    let bands = self.bands(&fields, &metric.unit, metric.better);
                    metric.phases.insert(PhaseId::new(&phase.key), bands);
                }
            }
        }
    }

    fn overlaps(&mut self, normal: Written, warning: Written, critical: Written, unit: &Unit) {
        for (one, other) in [(normal, warning), (warning, critical), (normal, critical)] {
            let (Some((one, _)), Some((other, node))) = (one, other) else { continue };
            if !is_before(&one, &other) && !is_before(&other, &one) {
                let help = "each value belongs to one band only";
                let what = format!("this band overlaps the one that is {}", show::range(&one, unit));
                self.say(node.extent, what, help);
                return;
            }
        }
    }

    /// Whether the worst lies at one end of the scale.
    fn order(&mut self, normal: Written, warning: Written, critical: Written, better: Option<Better>) -> bool {
        let upwards = |one: Written, other: Written| {
            let ((one, _), (other, _)) = (one?, other?);
            if is_before(&one, &other) { Some(true) } else { is_before(&other, &one).then_some(false) }
        };
        if let (Some(to_warning), Some(to_critical), Some((_, node))) =
            (upwards(normal, warning), upwards(warning, critical), warning)
            && to_warning != to_critical
        {
            self.say(
                node.extent,
                "the warning band does not lie between the two others",
                "values get worse from one band to the next",
            );
            return false;
        }
        let between = upwards(normal, critical).or_else(|| upwards(normal, warning)).or_else(|| upwards(warning, critical));
        // One band that is open at one end tells as much.
        let bad = critical.or(warning);
        let alone = || bad.map_or_else(|| normal.and_then(open_upwards).map(|up| !up), open_upwards);
        let contradicted = match (between.or_else(alone), better) {
            (Some(true), Some(Better::Higher)) => Some("higher"),
            (Some(false), Some(Better::Lower)) => Some("lower"),
            (_, None) | (None, _) | (Some(true), Some(Better::Lower)) | (Some(false), Some(Better::Higher)) => None,
        };
        if let (Some(word), Some((_, node))) = (contradicted, bad.or(normal)) {
            let (bands, are) = if between.is_some() { ("bands", "are") } else { ("band", "is") };
            let help = format!("the metric says `better: {word}`: turn the {bands} round, or correct that");
            self.say(node.extent, format!("the {bands} {are} the wrong way round"), help);
        }
        true
    }

    /// Where there is a warning band the scale is meant to be whole.
    fn holes(&mut self, normal: Written, warning: Written, critical: Written, unit: &Unit) {
        for (one, other) in [(normal, warning), (warning, critical)] {
            let (Some((one, _)), Some((other, node))) = (one, other) else { continue };
            let (below, above) = if is_before(&one, &other) { (one, other) } else { (other, one) };
            let (Some(from), Some(to)) = (below.high, above.low) else { continue };
            // Counts have nothing between two of them that follow each other.
            let counts = matches!(unit, Unit::None | Unit::Other(_)) && from.value.fract() == 0.0 && to.value == from.value + 1.0;
            if counts || from.value > to.value || (from.value == to.value && (from.included || to.included)) {
                continue;
            }
            let what = if from.value == to.value {
                format!("{} itself is in no band", show::number(from.value, unit))
            } else {
                format!("what lies between {} and {} is in no band", show::number(from.value, unit), show::number(to.value, unit))
            };
            let help = "let the bands touch; a grey zone is written as `target:` and `alert_if:`, without `warning:`";
            self.say(node.extent, what, help);
        }
    }

    /// `< 0.1`, `0.1 .. 1`, `>= 3`, `0`; a bare number is in the metric's own unit.
    fn range(&mut self, node: &Node, unit: &Unit) -> Option<Range> {
        let text = self.raw(node);
        if text.is_empty() {
            return None;
        }
        range(&text, unit).map_err(|help| self.say(node.extent, format!("`{text}` is not a range"), help)).ok()
    }
}

/// Whether it goes on without an end to the higher values, or to the lower ones.
fn open_upwards((range, _): (Range, &Node)) -> Option<bool> {
    (range.low.is_some() != range.high.is_some()).then_some(range.high.is_none())
}

/// Whether all of `one` lies below `other`; they may touch in one value.
fn is_before(one: &Range, other: &Range) -> bool {
    one.high.zip(other.low).is_some_and(|(high, low)| high.value <= low.value)
}

fn range(text: &str, unit: &Unit) -> Result<Range, String> {
    let text = text.trim();
    let end = |text: &str, included| limit(text, unit).map(|value| Some(End { value, included }));
    if let Some((low, high)) = text.split_once("..") {
        let range = Range { low: end(low, true)?, high: end(high, true)? };
        let upside_down = range.low.zip(range.high).is_some_and(|(low, high)| low.value > high.value);
        return if upside_down { Err("the lower end comes first: `0.1 .. 1`".to_owned()) } else { Ok(range) };
    }
    let (sign, rest) = text.split_at(text.find(|c| !"<>=≤≥".contains(c)).unwrap_or(text.len()));
    Ok(match sign {
        "<" => Range { low: None, high: end(rest, false)? },
        "<=" | "≤" => Range { low: None, high: end(rest, true)? },
        ">" => Range { low: end(rest, false)?, high: None },
        ">=" | "≥" => Range { low: end(rest, true)?, high: None },
        "" | "=" | "==" => Range { low: end(rest, true)?, high: end(rest, true)? },
        _ => return Err("write it like `< 0.1`, `0.1 .. 1` or `\">= 3\"`".to_owned()),
    })
}

pub(super) fn limit(text: &str, unit: &Unit) -> Result<f64, String> {
    let quantity = quantity::parse(text).ok_or("write it like `< 0.1`, `0.1 .. 1` or `\">= 3\"`")?;
    if *unit == Unit::Fraction && quantity.unit == Unit::None && quantity.value.abs() > 1.0 {
        return Err(format!("a fraction is 0 to 1: write `{}%` if that is meant", quantity.value));
    }
    if quantity.unit == Unit::None { Ok(quantity.value) } else { quantity::in_unit(&quantity, unit) }
}
