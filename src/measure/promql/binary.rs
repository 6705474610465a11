//! Operators between two answers, and which series of one side belongs to which of the other.

use std::collections::{HashMap, HashSet};

use super::plan::{Arithmetic, Binary, Many, Matching, Operation, SetOperation};
use super::vector::{Element, Grouping, Key, Tags, Value, labels_of};
use crate::measure::series::Labels;

pub(super) fn binary<'a>(plan: &Binary, left: Value<'a>, right: Value<'a>) -> Result<Value<'a>, String> {
    Ok(match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => Value::Scalar(outcome(plan, left, right).unwrap_or(0.0)),
        (Value::Vector(left), Value::Scalar(right)) => Value::Vector(with_scalar(plan, left, |value| (value, right))),
        (Value::Scalar(left), Value::Vector(right)) => Value::Vector(with_scalar(plan, right, |value| (left, value))),
        (Value::Vector(left), Value::Vector(right)) => Value::Vector(match plan.op {
            Operation::Set(op) => set(op, &plan.matching.on, left, right),
            Operation::Arithmetic(_) | Operation::Compare(_) => matched(plan, &left, &right)?,
        }),
    })
}

impl Arithmetic {
    fn of(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
            Self::Power => left.powf(right),
            Self::Atan2 => left.atan2(right),
        }
    }
}

impl Binary {
    /// A comparison that filters leaves the metric what it was; everything else makes something new of it.
    fn drops_name(&self) -> bool {
        matches!(self.op, Operation::Arithmetic(_)) || self.says_bool
    }
}

/// The value of one pair; `None` where a comparison filters it out.
fn outcome(plan: &Binary, left: f64, right: f64) -> Option<f64> {
    match plan.op {
        Operation::Arithmetic(op) => Some(op.of(left, right)),
        Operation::Compare(op) if plan.says_bool => Some(f64::from(u8::from(op.holds(left, right)))),
        Operation::Compare(op) => op.holds(left, right).then_some(left),
        Operation::Set(_) => None,
    }
}

fn with_scalar<'a>(plan: &Binary, elements: Vec<Element<'a>>, sides: impl Fn(f64) -> (f64, f64)) -> Vec<Element<'a>> {
    let filters = matches!(plan.op, Operation::Compare(_)) && !plan.says_bool;
    let results = elements.into_iter().filter_map(|element| {
        let (left, right) = sides(element.value);
        let value = outcome(plan, left, right)?;
        // What a filter keeps is the series' own value, on whichever side it stands.
        Some(if filters { element } else { element.derived(value) })
    });
    results.collect()
}

fn set<'a>(op: SetOperation, on: &Grouping, mut left: Vec<Element<'a>>, right: Vec<Element<'a>>) -> Vec<Element<'a>> {
    match op {
        SetOperation::And => among(on, left, &right, true),
        SetOperation::Unless => among(on, left, &right, false),
        SetOperation::Or => {
            let more = among(on, right, &left, false);
            left.extend(more);
            left
        }
    }
}

/// The elements that match one of the others; or those that do not.
fn among<'a>(on: &Grouping, mut elements: Vec<Element<'a>>, others: &[Element<'a>], wanted: bool) -> Vec<Element<'a>> {
    let keys: HashSet<_> = others.iter().map(|other| on.key(&other.tags)).collect();
    elements.retain(|element| keys.contains(&on.key(&element.tags)) == wanted);
    elements
}

fn matched<'a>(plan: &Binary, left: &[Element<'a>], right: &[Element<'a>]) -> Result<Vec<Element<'a>>, String> {
    let matching = &plan.matching;
    let swapped = matching.many == Many::Right;
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    // Prometheus fills in by the sides as they stand after the swap, and so is read here.
    let (fill_many, fill_one) = (matching.fill_left, matching.fill_right);
    if (many.is_empty() && fill_many.is_none()) || (one.is_empty() && fill_one.is_none()) {
        return Ok(Vec::new());
    }
    let ones = unique(matching, one, swapped)?;
    let mut met = HashSet::new();
    let mut results = Vec::new();
    let mut pair = |many: &Element<'a>, one: &Element<'a>| -> Result<(), String> {
        let labels = result_labels(plan, &many.tags, &one.tags);
        if !met.insert(labels.clone()) {
            return Err(format!(
                "several series on one side match the same one on the other: {labels}; use group_left or group_right"
            ));
        }
        let (left, right) = if swapped { (one.value, many.value) } else { (many.value, one.value) };
        results.extend(outcome(plan, left, right).map(|value| Element::new(Tags::own(labels), value)));
        Ok(())
    };
    let mut used = HashSet::new();
    for element in many {
        let key = matching.on.key(&element.tags);
        if let Some(other) = ones.get(&key) {
            if !used.insert(key) && matching.many == Many::Neither {
                return Err(
                    "several series on the left match the same one on the right: use group_left or group_right".to_owned()
                );
            }
            pair(element, other)?;
        } else if let Some(fill) = fill_one {
            let stand_in = Element::new(Tags::own(labels_of(&key)), fill);
            pair(element, &stand_in)?;
        }
    }
    if let Some(fill) = fill_many {
        for element in one {
            let key = matching.on.key(&element.tags);
            if !used.contains(&key) {
                let stand_in = Element::new(Tags::own(labels_of(&key)), fill);
                pair(&stand_in, element)?;
            }
        }
    }
    Ok(results)
}

/// The series of the one side by what they are matched on; two of the same are refused.
fn unique<'t, 'a>(
    matching: &Matching,
    one: &'t [Element<'a>],
    swapped: bool,
) -> Result<HashMap<Key<'t>, &'t Element<'a>>, String> {
    let mut found = HashMap::with_capacity(one.len());
    for element in one {
        if let Some(twin) = found.insert(matching.on.key(&element.tags), element) {
            let side = if swapped { "left" } else { "right" };
            let (first, second) = (twin.tags.clone().into_labels(), element.tags.clone().into_labels());
            return Err(format!("several series on the {side} match the same one on the other side: {first} and {second}"));
        }
    }
    Ok(found)
}

fn result_labels(plan: &Binary, many: &Tags<'_>, one: &Tags<'_>) -> Labels {
    let matching = &plan.matching;
    let mut labels = many.clone().into_labels();
    if plan.drops_name() {
        labels.retain(|label| !Labels::names(label));
    }
    if matching.many == Many::Neither {
        match &matching.on {
            Grouping::Only(only) => labels.retain(|label| only.iter().any(|kept| kept == label)),
            Grouping::Except(except) => labels.retain(|label| !except.iter().any(|dropped| dropped == label)),
        }
    }
    for label in &matching.include {
        labels.set(label, one.get(label));
    }
    labels
}
