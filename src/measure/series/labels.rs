//! The labels that tell one series from another; its name is the label `__name__`.

use std::fmt;

/// Sorted by label, none of them twice, none of them empty: an empty label is the same as none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(Vec<(Box<str>, Box<str>)>);

impl Labels {
    /// The label that holds a series' name.
    pub const NAME: &'static str = "__name__";

    /// Whether a label only says what the metric is: its name, or the type and unit that newer servers put beside it.
    pub fn names(label: &str) -> bool {
        matches!(label, Self::NAME | "__type__" | "__unit__")
    }

    /// Refuses a label that is given twice, and returns its name.
    pub fn new(pairs: Vec<(String, String)>) -> Result<Self, String> {
        let mut pairs: Vec<(Box<str>, Box<str>)> =
            pairs.into_iter().map(|(label, value)| (label.into_boxed_str(), value.into_boxed_str())).collect();
        pairs.sort_unstable();
        if let Some(twice) = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(twice[0].0.to_string());
        }
        pairs.retain(|(_, value)| !value.is_empty());
        Ok(Self(pairs))
    }

    /// Empty where the series has no such label.
    pub fn get(&self, label: &str) -> &str {
        match self.place(label) {
            Ok(at) => &self.0[at].1,
            Err(_) => "",
        }
    }

    pub fn name(&self) -> &str {
        self.get(Self::NAME)
    }

    pub fn set(&mut self, label: &str, value: &str) {
        match (self.place(label), value.is_empty()) {
            (Ok(at), true) => {
                self.0.remove(at);
            }
            (Ok(at), false) => self.0[at].1 = value.into(),
            (Err(_), true) => {}
            (Err(at), false) => self.0.insert(at, (label.into(), value.into())),
        }
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|(label, _)| keep(label));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(label, value)| (&**label, &**value))
    }

    fn place(&self, label: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(label))
    }
}

/// `http_requests_total{code="200", method="get"}`, as queries write it.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let mut labels = self.iter().filter(|(label, _)| *label != Self::NAME).peekable();
        if labels.peek().is_none() {
            return f.write_str(if self.name().is_empty() { "{}" } else { "" });
        }
        for (index, (label, value)) in labels.enumerate() {
            write!(f, "{}{label}={value:?}", if index == 0 { "{" } else { ", " })?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_as_a_query_writes_them_and_an_empty_label_is_none() {
        let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let mut labels = Labels::new(vec![pair("b", "2"), pair("__name__", "up"), pair("a", "1"), pair("gone", "")]).unwrap();
        assert_eq!(labels.to_string(), r#"up{a="1", b="2"}"#);
        labels.set("a", "");
        labels.set("c", "3");
        assert_eq!(labels.to_string(), r#"up{b="2", c="3"}"#);
        assert_eq!(Labels::new(vec![pair("a", "1"), pair("a", "2")]), Err("a".to_owned()));
    }
}
