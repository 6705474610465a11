//! What evaluation passes on: numbers with the labels they belong to. Labels are borrowed from the store as long as nothing changes them.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::measure::series::Labels;

/// The labels of a result. Most functions drop the metric's name, which is only noted here.
#[derive(Clone, Debug)]
pub(super) struct Tags<'a> {
    labels: Cow<'a, Labels>,
    nameless: bool,
}

impl<'a> Tags<'a> {
    pub(super) fn none() -> Self {
        Self::own(Labels::default())
    }

    pub(super) fn lent(labels: &'a Labels) -> Self {
        Self { labels: Cow::Borrowed(labels), nameless: false }
    }

    pub(super) fn own(labels: Labels) -> Self {
        Self { labels: Cow::Owned(labels), nameless: false }
    }

    #[must_use]
    pub(super) fn without_name(self) -> Self {
        Self { nameless: true, ..self }
    }

    pub(super) fn get(&self, label: &str) -> &str {
        if self.nameless && label == Labels::NAME { "" } else { self.labels.get(label) }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().filter(|(label, _)| !(self.nameless && *label == Labels::NAME))
    }

    pub(super) fn into_labels(self) -> Labels {
        let mut labels = self.labels.into_owned();
        if self.nameless {
            labels.set(Labels::NAME, "");
        }
        labels
    }
}

#[derive(Clone, Debug)]
pub(super) struct Element<'a> {
    pub(super) tags: Tags<'a>,
    pub(super) value: f64,
}

impl<'a> Element<'a> {
    /// The same number under the same labels, no longer called by the metric's name.
    #[must_use]
    pub(super) fn derived(self, value: f64) -> Self {
        Self { tags: self.tags.without_name(), value }
    }

    pub(super) fn new(tags: Tags<'a>, value: f64) -> Self {
        Self { tags, value }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Scalar(f64),
    Vector(Vec<Element<'a>>),
}

/// The labels on which series are told apart, in a fixed order.
pub(super) type Key<'t> = Vec<(&'t str, &'t str)>;

/// Which labels count when series are grouped or matched.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Grouping {
    /// `by`, `on`
    Only(Vec<String>),
    /// `without`, `ignoring`: these do not count, and neither does the name.
    Except(Vec<String>),
}

impl Grouping {
    /// The labels of `tags` that count.
    pub(super) fn key<'t>(&self, tags: &'t Tags<'_>) -> Key<'t> {
        tags.iter().filter(|(label, _)| self.counts(label)).collect()
    }

    pub(super) fn counts(&self, label: &str) -> bool {
        match self {
            Self::Only(labels) => labels.iter().any(|only| only == label),
            Self::Except(labels) => label != Labels::NAME && !labels.iter().any(|except| except == label),
        }
    }
}

pub(super) fn labels_of(key: &[(&str, &str)]) -> Labels {
    let mut labels = Labels::default();
    for (label, value) in key {
        labels.set(label, value);
    }
    labels
}

/// Two series that became one by losing their names have no single value.
pub(super) fn refuse_twins(elements: Vec<Element<'_>>) -> Result<Vec<Element<'_>>, String> {
    if elements.len() > 1 {
        let mut seen = HashSet::with_capacity(elements.len());
        for element in &elements {
            if !seen.insert(element.tags.iter().collect::<Vec<_>>()) {
                let labels = element.tags.clone().into_labels();
                return Err(format!("two series have the same labels after their names are dropped: {labels}"));
            }
        }
    }
    Ok(elements)
}
