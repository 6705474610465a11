//! Single values: texts, templates, yes or no, whole numbers, JSON.

use std::ops::RangeInclusive;
use std::sync::Arc;

use indexmap::IndexMap;

use super::Check;
use crate::runbook::file::{Node, Style, Value};
use crate::runbook::notes::suggest;
use crate::runbook::template::Template;

impl Check<'_> {
    /// The text exactly as written.
    pub(super) fn raw(&mut self, node: &Node) -> Arc<str> {
        if self.notes.is_full() {
            return Arc::from("");
        }
        if let Value::Text { text, .. } = &node.value {
            return text.clone();
        }
        let help = match node.value {
            Value::Map(_) => Some("put the text in quotes if it holds `: ` or begins with `{`".to_owned()),
            Value::List(_) => Some("put the text in quotes if it begins with `[` or `-`".to_owned()),
            Value::Nothing | Value::Text { .. } => None,
        };
        self.say(node.head(), format!("a text was expected; this is {}", node.noun()), help);
        Arc::from("")
    }

    /// A text for people, which may hold variables.
    pub(super) fn human(&mut self, node: &Node) -> String {
        self.template(node);
        match &node.value {
            Value::Text { text, .. } => text.trim_end().to_owned(),
            Value::Nothing | Value::List(_) | Value::Map(_) => String::new(),
        }
    }

    /// A text for people that may not be empty and is one line.
    pub(super) fn title(&mut self, node: &Node) -> String {
        let text = self.human(node);
        if text.trim().is_empty() && matches!(node.value, Value::Text { .. }) {
            self.say(node.extent, "an empty text", "say in a few words what it is");
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A text whose variables are all declared.
    pub(super) fn template(&mut self, node: &Node) -> Template {
        let text = self.raw(node);
        self.template_of(&text, node)
    }

    pub(super) fn template_of(&mut self, text: &str, node: &Node) -> Template {
        let template = Template::parse(text).unwrap_or_else(|(offset, what)| {
            let at = self.inside(node, offset..offset + 2);
            self.say(at, what, "a variable is written `{{ name }}`");
            Template::default()
        });
        for name in template.vars() {
            if self.names.vars.get(name.as_str()).is_none() && !self.notes.is_full() {
                let at = self.word_inside(node, name.as_str());
                let help = suggest(name.as_str(), self.names.vars.all());
                let help = help.or_else(|| Some("declare it under `vars:`".to_owned()));
                self.say(at, format!("unknown variable `{name}`"), help);
            }
        }
        template
    }

    /// A text that is filled in before the room opens and then shown or journaled: no place for a secret.
    pub(super) fn open_text(&mut self, node: &Node) -> String {
        let template = self.template(node);
        for name in template.vars() {
            if self.names.vars.get(name.as_str()).is_some_and(|var| var.secret) {
                let at = self.word_inside(node, name.as_str());
                self.say(at, format!("the secret `{name}` cannot be used here"), "this text is shown and recorded");
            }
        }
        self.raw(node).to_string()
    }

    /// The same, kept as a template because parts of it are known only later.
    pub(super) fn open_template(&mut self, node: &Node) -> Template {
        let text = self.open_text(node);
        Template::parse(&text).unwrap_or_default()
    }

    pub(super) fn flag(&mut self, node: &Node) -> bool {
        let Value::Text { text, style: Style::Plain } = &node.value else {
            self.say(node.head(), format!("true or false was expected; this is {}", node.noun()), None);
            return false;
        };
        match &**text {
            "true" | "True" | "TRUE" => true,
            "false" | "False" | "FALSE" => false,
            other => {
                self.say(node.extent, format!("`{other}` is neither true nor false"), "write `true` or `false`");
                false
            }
        }
    }

    pub(super) fn integer(&mut self, node: &Node, within: RangeInclusive<i64>) -> i64 {
        let text = self.raw(node);
        match text.parse::<i64>() {
            Ok(number) if within.contains(&number) => number,
            _ if text.is_empty() => *within.start(),
            _ => {
                let help = format!("write a whole number from {} to {}", within.start(), within.end());
                self.say(node.extent, format!("`{text}` is not a number that can stand here"), help);
                *within.start()
            }
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, of: &[(&str, T)]) -> Option<T> {
        let text = self.raw(node);
        let found = of.iter().find(|(word, _)| *word == &*text).map(|(_, value)| *value);
        if found.is_none() && !text.is_empty() {
            let help = suggest(&text, of.iter().map(|(word, _)| *word));
            self.say(node.extent, format!("`{text}` is not one of the words that can stand here"), help);
        }
        found
    }

    pub(super) fn templates(&mut self, node: Option<&Node>, what: &str) -> IndexMap<String, Template> {
        self.entries(node, what).iter().map(|entry| (entry.key.to_string(), self.template(&entry.value))).collect()
    }
}

/// The value as JSON has it: only what is written without quotes is a number, `true` or `null`.
pub(in crate::runbook) fn json(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.value {
        Value::Nothing => Json::Null,
        Value::Text { text, style: Style::Plain } => plain_json(text),
        Value::Text { text, style: Style::Quoted | Style::Block } => Json::String(text.to_string()),
        Value::List(nodes) => Json::Array(nodes.iter().map(json).collect()),
        Value::Map(entries) => Json::Object(entries.iter().map(|entry| (entry.key.to_string(), json(&entry.value))).collect()),
    }
}

fn plain_json(text: &str) -> serde_json::Value {
    use serde_json::Value as Json;
    match text {
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        _ => {
            // JSON's own idea of a number: `007` and `1_000` are texts.
            let number = text.parse::<serde_json::Number>().ok();
            number.map_or_else(|| Json::String(text.to_owned()), Json::Number)
        }
    }
}
