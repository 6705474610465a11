//! What is printed from the table: the schema agrees with the checker, and the page is complete.

use super::{explain, parts, reference, schema};

fn written(text: &str) -> serde_json::Value {
    let mut notes = crate::runbook::notes::Notes::on(text);
    let node = crate::runbook::file::read(text, &mut notes).expect("YAML");
    crate::runbook::check::json(&node)
}

/// The little of JSON Schema that this schema uses; a keyword that is not known here fails the test.
fn fits(root: &serde_json::Value, schema: &serde_json::Value, value: &serde_json::Value) -> bool {
    let keywords = schema.as_object().unwrap();
    let all = |name: &str| schema[name].as_array().unwrap().iter().filter(|one| fits(root, one, value)).count();
    keywords.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$ref" => fits(root, root.pointer(&rule.as_str().unwrap()[1..]).unwrap(), value),
        "type" => {
            rule.as_array().map_or(vec![rule], |some| some.iter().collect()).iter().any(|kind| is(kind.as_str().unwrap(), value))
        }
        "properties" => value.as_object().is_none_or(|map| {
            rule.as_object().unwrap().iter().all(|(key, schema)| map.get(key).is_none_or(|value| fits(root, schema, value)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|map| {
            let known = |key: &&String| schema["properties"].get(key.as_str()).is_some();
            let patterned = |key: &&String| {
                schema["patternProperties"].as_object().is_some_and(|some| some.keys().any(|one| matches(one, key)))
            };
            map.keys().all(|key| known(&key) || patterned(&key))
        }),
        "patternProperties" => value.as_object().is_none_or(|map| {
            let fitting = |key: &str, value| {
                rule.as_object().unwrap().iter().all(|(pattern, schema)| !matches(pattern, key) || fits(root, schema, value))
            };
            map.iter().all(|(key, value)| fitting(key, value))
        }),
        "required" => {
            value.as_object().is_none_or(|map| rule.as_array().unwrap().iter().all(|key| map.contains_key(key.as_str().unwrap())))
        }
        "dependentSchemas" => value.as_object().is_none_or(|map| {
            rule.as_object().unwrap().iter().all(|(key, schema)| !map.contains_key(key) || fits(root, schema, value))
        }),
        "oneOf" => all("oneOf") == 1,
        "anyOf" => all("anyOf") >= 1,
        "items" => value.as_array().is_none_or(|list| list.iter().all(|value| fits(root, rule, value))),
        "const" => rule == value,
        "enum" => rule.as_array().unwrap().contains(value),
        "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
        "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
        "$schema" | "$defs" | "title" | "description" | "default" | "examples" => true,
        other => panic!("`{other}` is not known to this test"),
    })
}

fn is(kind: &str, value: &serde_json::Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64(),
        "null" => value.is_null(),
        other => panic!("no such type: {other}"),
    }
}

/// Classes of letters are all letters of the alphabet here.
fn matches(pattern: &str, text: &str) -> bool {
    let pattern = pattern.replace("\\p{L}", "A-Za-z").replace("\\p{N}", "0-9");
    regex::Regex::new(&pattern).unwrap().is_match(text)
}

fn accepts(text: &str) -> bool {
    let schema = schema();
    fits(&schema, &schema, &written(text))
}

#[test]
fn the_schema_takes_every_runbook_and_every_example_that_the_checker_takes() {
    for text in [
        include_str!("../../../sample-runbooks/demo.yaml"),
        include_str!("../../../sample-runbooks/first.yaml"),
        include_str!("../../../sample-runbooks/friday.yaml"),
        include_str!("../../../sample-runbooks/granter.yaml"),
        include_str!("../../../sample-runbooks/moshimoshi.yaml"),
        include_str!("../../../sample-runbooks/safla.yaml"),
        include_str!("../../../sample-runbooks/cohort-analyzer.yaml"),
        include_str!("../tests/moshimoshi.yaml"),
    ] {
        assert!(accepts(text), "{text}");
    }
    for part in parts() {
        for key in part.keys {
            let text = super::tests::plan(part, key.example);
            assert!(accepts(&text), "{}.{}\n{text}", part.name, key.name);
        }
    }
}

#[test]
fn the_schema_refuses_what_an_editor_can_know_to_be_wrong() {
    let plan = |section: &str| format!("warroom: 1\ntitle: x\nphases: [ {{ title: a, steps: [ {{ run: x }} ] }} ]\n{section}\n");
    let with_step = |step: &str| format!("warroom: 1\ntitle: x\nphases: [ {{ title: a, steps: [ {step} ] }} ]\n");
    assert!(accepts(&plan("")) && accepts(&with_step("{ run: x, timeout: 2m }")));
    let broken = [
        "title: x\nphases: []\n".to_owned(),
        plan("").replace("warroom: 1", "warroom: 2"),
        plan("contacs: []"),
        plan("roles:"),
        plan("contacts: Ana"),
        plan("t0: 9am"),
        plan("window: { opens: \"08:00\" }"),
        plan("vars: { a-b: 1 }"),
        plan("vars: { a: { secret: maybe } }"),
        plan("sources: { app: { every: 5s } }"),
        plan("sources: { app: { scrape: \"http://a/\", json: \"http://a/\" } }"),
        plan("sources: { app: { scrape: \"http://a/\", every: 5 } }"),
        plan("sources: { app: { scrape: localhost } }"),
        plan("metrics: { m: { query: x } }"),
        plan("checklists: [ { title: a } ]"),
        plan("triggers: [ { when: a > 1, then: rolback } ]"),
        plan("rollback: { steps: [] }"),
        with_step("{ title: x }"),
        with_step("{ run: x, bake: 1m }"),
        with_step("{ wait: 30 }"),
        with_step("{ wait: 1m, shell: sh }"),
        with_step("{ run: x, dangerous: often }"),
        with_step("{ run: x, expect: { exit: 300 } }"),
        with_step("{ run: x, expect: { sdtout: y } }"),
        with_step("{ http: { method: PSOT, url: \"http://a/\" } }"),
        with_step("{ rnu: x }"),
    ];
    for text in broken {
        assert!(!accepts(&text), "{text}");
    }
}

#[test]
fn a_key_is_explained_by_its_name_alone_and_by_its_part() {
    let timeout = explain("step.timeout").unwrap();
    assert!(timeout.starts_with("step.timeout   a duration\n  The step fails when it takes longer.\n"), "{timeout}");
    assert!(timeout.contains("without it: no limit") && timeout.contains("    timeout: 2m\n"), "{timeout}");
    assert!(explain("bake").unwrap().contains("step.bake"));
    let gate = explain("gate").unwrap();
    assert!(gate.contains("keys: question, require") && gate.contains("phase.gate"), "{gate}");
    assert_eq!(explain("step.timout").unwrap_err(), "did you mean `timeout`?");
    assert_eq!(explain("trigers").unwrap_err(), "did you mean `triggers`?");
}

#[test]
fn the_reference_is_the_page_that_the_table_prints() {
    let page = include_str!("../../../sample-runbooks/REFERENCE.md");
    assert!(page == reference(), "run `cargo run -- explain --all > sample-runbooks/REFERENCE.md`");
}
