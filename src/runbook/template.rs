//! Strings with `{{ variables }}` in them.
//!
//! Only what never becomes shell code is a template: addresses, headers, bodies, texts. A script gets its
//! variables as environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::VarName;

/// A string whose variables are all known to the runbook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Text(String),
    Var(VarName),
}

/// The values the room runs with, secrets included: kept in memory, never journaled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(pub BTreeMap<VarName, String>);

impl Template {
    /// Reads `text`; an opening `{{` without its end, or an empty name, is told with its byte offset.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let offset = text.len() - rest.len() + open;
            let Some(close) = rest[open..].find("}}") else {
                return Err((offset, "`{{` without its `}}`".to_owned()));
            };
            let name = rest[open + 2..open + close].trim();
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return Err((offset, format!("`{name}` is not the name of a variable")));
            }
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(Part::Var(VarName::new(name)));
            rest = &rest[open + close + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The variables it needs.
    pub fn vars(&self) -> impl Iterator<Item = &VarName> {
        self.parts.iter().filter_map(|part| match part {
            Part::Var(name) => Some(name),
            Part::Text(_) => None,
        })
    }

    /// The text with each variable's value in its place; a variable without a value shows as `{{ name }}`.
    pub fn render(&self, values: &Values) -> String {
        self.render_with(values, |value, text| text.push_str(value))
    }

    /// The same where variables stand inside the strings of a JSON document: quotes and the like are escaped.
    pub fn render_json(&self, values: &Values) -> String {
        self.render_with(values, |value, text| {
            let quoted = serde_json::Value::from(value).to_string();
            text.push_str(&quoted[1..quoted.len() - 1]);
        })
    }

    fn render_with(&self, values: &Values, put: impl Fn(&str, &mut String)) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Var(name) => match values.0.get(name) {
                    Some(value) => put(value, &mut text),
                    None => text.extend(["{{ ", name.as_str(), " }}"]),
                },
            }
        }
        text
    }

    /// As it was written, with its variables' names.
    pub fn written(&self) -> String {
        self.render(&Values::default())
    }

    /// The same with the variables that have a value in `values` put in. A value is never read for variables itself.
    #[must_use]
    pub fn fill(&self, values: &Values) -> Self {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(_) => part.clone(),
            Part::Var(name) => values.0.get(name).map_or_else(|| part.clone(), |value| Part::Text(value.clone())),
        });
        Self { parts: parts.collect() }
    }
}
