//! Many series to few: sums, means, the largest, how many.

use std::collections::HashMap;

use super::plan::{Aggregate, Aggregation};
use super::sums;
use super::vector::{Element, Grouping, Key, Tags, labels_of};

/// One group's labels and its members.
type Group<'t, 'a> = (Key<'t>, Vec<&'t Element<'a>>);

pub(super) fn aggregate<'a>(plan: &Aggregate, elements: &[Element<'a>], parameter: f64) -> Result<Vec<Element<'a>>, String> {
    match &plan.function {
        Aggregation::Top => ranked(plan, elements, parameter, |a, b| b.total_cmp(&a)),
        Aggregation::Bottom => ranked(plan, elements, parameter, |a, b| a.total_cmp(&b)),
        Aggregation::CountValues(label) => Ok(count_values(plan, elements, label)),
        Aggregation::Sum
        | Aggregation::Average
        | Aggregation::Min
        | Aggregation::Max
        | Aggregation::Count
        | Aggregation::Group
        | Aggregation::Deviation
        | Aggregation::Variance
        | Aggregation::Quantile => {
            let whole = |(key, members): Group<'_, 'a>| {
                let value = plan.function.of(&members, parameter);
                let nameless = members.iter().any(|member| member.tags.is_nameless());
                Element::new(Tags::own(labels_of(&key)).without_name(nameless), value)
            };
            Ok(groups(plan, elements).into_iter().map(whole).collect())
        }
    }
}

/// The groups in the order in which they are met first.
fn groups<'t, 'a>(plan: &Aggregate, elements: &'t [Element<'a>]) -> Vec<Group<'t, 'a>> {
    // Most are asked for the sum of all.
    if matches!(&plan.by, Grouping::Only(labels) if labels.is_empty()) && !elements.is_empty() {
        return vec![(Key::default(), elements.iter().collect())];
    }
    let mut places: HashMap<Key<'_>, usize> = HashMap::new();
    let mut groups: Vec<Group<'t, 'a>> = Vec::new();
    for element in elements {
        let key = plan.by.key(&element.tags);
        let place = *places.entry(key.clone()).or_insert(groups.len());
        if place == groups.len() {
            groups.push((key, Vec::new()));
        }
        groups[place].1.push(element);
    }
    groups
}

impl Aggregation {
    fn of(&self, members: &[&Element<'_>], parameter: f64) -> f64 {
        let values = || members.iter().map(|member| member.value);
        match self {
            Self::Sum => sums::total(values()),
            Self::Average => sums::mean(values()),
            Self::Min => values().fold(f64::NAN, |least, value| if value < least || least.is_nan() { value } else { least }),
            Self::Max => values().fold(f64::NAN, |most, value| if value > most || most.is_nan() { value } else { most }),
            Self::Count => members.len() as f64,
            Self::Group => 1.0,
            Self::Deviation => sums::variance(values()).sqrt(),
            Self::Variance => sums::variance(values()),
            Self::Quantile => sums::quantile(parameter, values().collect()),
            Self::Top | Self::Bottom | Self::CountValues(_) => f64::NAN,
        }
    }
}

/// The first few of each group in an order in which NaN always comes last.
fn ranked<'a>(
    plan: &Aggregate,
    elements: &[Element<'a>],
    count: f64,
    order: fn(f64, f64) -> std::cmp::Ordering,
) -> Result<Vec<Element<'a>>, String> {
    if count.is_nan() {
        return Err("how many is not a number".to_owned());
    }
    // Zero and minus zero are the same here, and the one met first comes first.
    let unsigned = |value: f64| if value == 0.0 { 0.0 } else { value };
    let mut all = Vec::new();
    for (_, mut members) in groups(plan, elements) {
        members.sort_by(|a, b| a.value.is_nan().cmp(&b.value.is_nan()).then_with(|| order(unsigned(a.value), unsigned(b.value))));
        all.extend(members.into_iter().take(count.max(0.0) as usize).cloned());
    }
    Ok(all)
}

fn count_values<'a>(plan: &Aggregate, elements: &[Element<'a>], label: &str) -> Vec<Element<'a>> {
    let mut counts: Vec<(crate::measure::series::Labels, f64)> = Vec::new();
    let mut places = HashMap::new();
    for element in elements {
        let mut labels = labels_of(&plan.by.key(&element.tags));
        labels.set(label, &written(element.value));
        let place = *places.entry(labels.clone()).or_insert(counts.len());
        if place == counts.len() {
            counts.push((labels, 0.0));
        }
        counts[place].1 += 1.0;
    }
    counts.into_iter().map(|(labels, count)| Element::new(Tags::own(labels), count)).collect()
}

/// A value as a label's text: without an exponent, infinities with their sign.
fn written(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned() } else { value.to_string() }
}
