//! `label_replace` and `label_join`: the same numbers under other labels.

use std::collections::HashSet;

use regex::Regex;

use super::plan::Relabel;
use super::vector::{Element, Tags};
use crate::measure::series::Labels;

pub(super) fn relabel<'a>(relabel: &Relabel, elements: Vec<Element<'a>>) -> Result<Vec<Element<'a>>, String> {
    let set = |element: Element<'a>, target: &str, value: Option<String>| match value {
        None => element,
        Some(value) => {
            let (mut labels, nameless) = element.tags.into_parts();
            labels.set(target, &value);
            // A name that is set on purpose stays.
            Element::new(Tags::own(labels).without_name(nameless && target != Labels::NAME), element.value)
        }
    };
    let relabelled = elements.into_iter().map(|element| match relabel {
        Relabel::Replace { target, replacement, source, pattern } => {
            let value = replaced(pattern, element.tags.get(source), replacement);
            set(element, target, value)
        }
        Relabel::Join { target, separator, sources } => {
            let values: Vec<&str> = sources.iter().map(|source| element.tags.get(source)).collect();
            let value = values.join(separator);
            set(element, target, Some(value))
        }
    });
    let relabelled: Vec<Element<'a>> = relabelled.collect();
    let mut seen = HashSet::with_capacity(relabelled.len());
    for element in &relabelled {
        if !seen.insert(element.tags.iter().collect::<Vec<_>>()) {
            let labels = element.tags.clone().into_labels();
            return Err(format!("two series have the same labels once they are changed: {labels}"));
        }
    }
    Ok(relabelled)
}

fn replaced(pattern: &Regex, source: &str, replacement: &str) -> Option<String> {
    let found = pattern.captures(source)?;
    let mut value = String::new();
    found.expand(replacement, &mut value);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_the_pattern_is_put_in_where_the_whole_value_matches() {
        let pattern = Regex::new("^(?s:(.*):.*)$").unwrap();
        assert_eq!(replaced(&pattern, "blue:8080", "host-$1"), Some("host-blue".to_owned()));
        assert_eq!(replaced(&pattern, "blue", "host-$1"), None);
    }
}
