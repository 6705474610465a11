//! What evaluation passes on: numbers with the labels they belong to. Labels are borrowed from the store as long as nothing changes them.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::measure::series::Labels;

/// The labels of a result. Most functions drop the metric's name: that is only noted here and done at the very end, so that
/// `label_replace` and `by (__name__)` still see it.
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

    /// The name is dropped at the end if `nameless`, or if that was settled before.
    #[must_use]
    pub(super) fn without_name(self, nameless: bool) -> Self {
        Self { nameless: self.nameless || nameless, ..self }
    }

    pub(super) fn is_nameless(&self) -> bool {
        self.nameless
    }

    pub(super) fn get(&self, label: &str) -> &str {
        self.labels.get(label)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter()
    }

    /// Those that the result will have.
    fn lasting(&self) -> impl Iterator<Item = (&str, &str)> {
        self.labels.iter().filter(|(label, _)| !(self.nameless && Labels::names(label)))
    }

    /// Labels and whether their name goes in the end.
    pub(super) fn into_parts(self) -> (Labels, bool) {
        (self.labels.into_owned(), self.nameless)
    }

    pub(super) fn into_labels(self) -> Labels {
        let (mut labels, nameless) = self.into_parts();
        if nameless {
            labels.retain(|label| !Labels::names(label));
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
        Self { tags: self.tags.without_name(true), value }
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

/// The labels that the result has in the end. Two series that became one by losing their names have no single value.
pub(super) fn settled(elements: Vec<Element<'_>>) -> Result<Vec<(Labels, f64)>, String> {
    if elements.len() > 1 {
        let mut seen = HashSet::with_capacity(elements.len());
        for element in &elements {
            if !seen.insert(element.tags.lasting().collect::<Vec<_>>()) {
                let labels = element.tags.clone().into_labels();
                return Err(format!("two series have the same labels after their names are dropped: {labels}"));
            }
        }
    }
    Ok(elements.into_iter().map(|element| (element.tags.into_labels(), element.value)).collect())
}
