//! The JSON Schema (draft 2020-12) of the runbook file, for editors: completion, hover texts, checks while one writes.
//!
//! It lets through what only the checker can prove (names that lead somewhere, criteria, queries), never the other way round.

use serde_json::{Map, Value as Json, json};

use super::forms::Form;
use super::{Key, Part, RUNBOOK, Takes, parts};
use crate::runbook::check::json as plain;
use crate::runbook::file::{self, Value};
use crate::runbook::notes::Notes;

/// The schema of the whole file.
pub fn schema() -> Json {
    let definitions: Map<String, Json> = parts().into_iter().map(|part| (part.name.to_owned(), mapping(part))).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "warroom runbook",
        "description": RUNBOOK.about,
        "$ref": format!("#/$defs/{}", RUNBOOK.name),
        "$defs": definitions,
    })
}

fn mapping(part: &Part) -> Json {
    let properties: Map<String, Json> = part.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let mut schema = json!({
        "type": "object",
        "title": part.name,
        "description": part.about,
        "properties": properties,
        "additionalProperties": false,
    });
    let needed: Vec<&str> = part.keys.iter().filter(|key| key.needed).map(|key| key.name).collect();
    if !needed.is_empty() {
        schema["required"] = json!(needed);
    }
    let required = |keys: &[&str]| keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>();
    if !part.one_of.is_empty() {
        schema["oneOf"] = json!(required(part.one_of));
    }
    if !part.any_of.is_empty() {
        schema["anyOf"] = json!(required(part.any_of));
    }
    let beside = part.keys.iter().filter(|key| !key.beside.is_empty());
    let beside: Map<String, Json> = beside.map(|key| (key.name.to_owned(), json!({ "anyOf": required(key.beside) }))).collect();
    if !beside.is_empty() {
        schema["dependentSchemas"] = Json::Object(beside);
    }
    schema
}

fn property(key: &Key) -> Json {
    let mut schema = value(&key.takes);
    let default = key.default.map(|default| format!("\n\nWithout it: {default}.")).unwrap_or_default();
    schema["description"] = format!("{}{default}", key.about).into();
    if let Some(literal) = key.default.and_then(|default| literal(&key.takes, default)) {
        schema["default"] = literal;
    }
    if let Some(example) = example(key) {
        schema["examples"] = json!([example]);
    }
    schema
}

/// A default that stands in the table as it would be written.
fn literal(takes: &Takes, default: &str) -> Option<Json> {
    match takes {
        Takes::Flag => Some((default == "true").into()),
        Takes::Whole(..) => default.parse::<i64>().ok().map(Json::from),
        Takes::Word(words) => words.iter().any(|(word, _)| *word == default).then(|| default.into()),
        Takes::Form(form) => {
            let word = !default.contains([' ', ':']) && form.pattern.is_some();
            word.then(|| default.into())
        }
        Takes::Name(_)
        | Takes::Json
        | Takes::Nothing
        | Takes::Part(_)
        | Takes::List(_)
        | Takes::OneOrMore(_)
        | Takes::Named(..)
        | Takes::Either(_) => None,
    }
}

/// The key's value in its own example.
fn example(key: &Key) -> Option<Json> {
    let mut notes = Notes::on(key.example);
    let node = file::read(key.example, &mut notes)?;
    let Value::Map(entries) = node.value else { return None };
    entries.iter().find(|entry| &*entry.key == key.name).map(|entry| plain(&entry.value))
}

fn value(takes: &Takes) -> Json {
    match takes {
        Takes::Form(form) => text(form),
        Takes::Flag => json!({ "type": "boolean" }),
        Takes::Whole(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Takes::Word(words) => word(words),
        Takes::Name(_) => json!({ "type": ["string", "number"] }),
        Takes::Json => json!({ "type": ["string", "number", "boolean", "object", "array"] }),
        Takes::Nothing => json!({ "type": "null" }),
        Takes::Part(part) => json!({ "$ref": format!("#/$defs/{}", part.name) }),
        Takes::List(inner) => json!({ "type": "array", "items": value(inner) }),
        Takes::OneOrMore(inner) => {
            let list = json!({ "type": "array", "items": value(inner) });
            json!({ "anyOf": [value(inner), list] })
        }
        Takes::Named(word, inner) => {
            let pattern = name_pattern(word);
            json!({ "type": "object", "patternProperties": { pattern: value(inner) }, "additionalProperties": false })
        }
        Takes::Either(some) => {
            let distinct = some.iter().enumerate().all(|(place, one)| some[..place].iter().all(|other| kind(one) != kind(other)));
            let values: Vec<Json> = some.iter().map(value).collect();
            if distinct { json!({ "oneOf": values }) } else { json!({ "anyOf": values }) }
        }
    }
}

/// What a value of this kind is to JSON; of two that are the same, both may fit.
fn kind(takes: &Takes) -> &'static str {
    match takes {
        Takes::Part(_) | Takes::Named(..) => "mapping",
        Takes::List(_) => "list",
        Takes::Nothing => "nothing",
        Takes::Form(_) | Takes::Word(_) | Takes::Name(_) | Takes::Flag | Takes::Whole(..) => "text",
        Takes::OneOrMore(_) | Takes::Json | Takes::Either(_) => "anything",
    }
}

/// A text without quotes may look like a number or `true` to an editor.
fn text(form: &Form) -> Json {
    match form.pattern {
        Some(pattern) if form.bare_number => json!({ "type": ["string", "number"], "pattern": pattern }),
        Some(pattern) => json!({ "type": "string", "pattern": pattern }),
        None => json!({ "type": ["string", "number", "boolean"] }),
    }
}

fn word(words: &[(&str, &str)]) -> Json {
    let each = words.iter().map(|(word, meaning)| match word.parse::<i64>() {
        Ok(number) => json!({ "enum": [number, word], "description": meaning }),
        Err(_) => json!({ "const": word, "description": meaning }),
    });
    json!({ "oneOf": each.collect::<Vec<_>>() })
}

/// The names that may be given to things of that word.
fn name_pattern(word: &str) -> &'static str {
    match word {
        "NAME" => "^[A-Za-z_][A-Za-z0-9_]*$",
        "ROLE" | "SOURCE" | "METRIC" => "^[\\p{L}_][\\p{L}\\p{N}_-]*$",
        _ => "^.+$",
    }
}
