//! `label_replace` and `label_join`: the same numbers under other labels.

use regex::Regex;

use super::plan::Relabel;
use super::vector::{Element, Tags, refuse_twins};

pub(super) fn relabel<'a>(relabel: &Relabel, elements: Vec<Element<'a>>) -> Result<Vec<Element<'a>>, String> {
    let set = |element: Element<'a>, target: &str, value: Option<String>| match value {
        None => element,
        Some(value) => {
            let mut labels = element.tags.into_labels();
            labels.set(target, &value);
            Element::new(Tags::own(labels), element.value)
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
    refuse_twins(relabelled.collect())
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
