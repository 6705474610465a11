//! The table is true: every example loads, every key is read, every word is one that the checker knows.

use super::{Key, Part, Takes, parts};
use crate::runbook::{Problems, Runbook, load};

/// The sections of a plan around an example; one that holds a `@` takes the example in its place.
const SECTIONS: [(&str, &str); 9] = [
    ("warroom", "warroom: 1"),
    ("title", "title: Example"),
    ("vars", "vars: { version: 2.4.0, target: \"http://127.0.0.1:8080\", token: { env: TOKEN, secret: true } }"),
    ("roles", "roles: { commander: Commander, sre: SRE on duty }"),
    ("channels", "channels: { team: { slack: \"#team\" } }"),
    ("sources", SOURCES),
    (
        "metrics",
        "metrics:\n  error_rate: { unit: \"%\", source: app, query: a }\n  p95: { unit: ms, source: app, query: b, critical: \"> 1s\" }",
    ),
    ("phases", "phases: [ { id: canary, steps: [ { run: 'true' } ] }, { id: half, steps: [ { run: 'true' } ] } ]"),
    ("rollback", "rollback: { budget: 1m, steps: [ { run: 'true' } ] }"),
];
const SOURCES: &str = "sources:\n  health: { health: \"http://a/\" }\n  app: { scrape: \"http://a/\" }\n  canary: { scrape: \"http://a/\" }\n  stats: { json: \"http://a/\" }\n  alerts: { alertmanager: \"http://a/\" }\n  depth: { script: x }";

/// Where an example of a part stands in a plan, and the lines that it needs beside it unless it has one of these keys
/// (none: of those that say what kind of thing it is).
type Place = (&'static str, &'static [(&'static [&'static str], &'static str)]);

fn place(part: &str) -> Place {
    match part {
        "window" => ("window:\n  @", &[(&["opens"], "opens: \"08:00\""), (&["closes"], "closes: \"12:00\"")]),
        "var" => ("vars:\n  version: 1\n  target: http://a\n  token: x\n  example:\n    @", &[]),
        "role" => ("roles:\n  commander: Commander\n  sre:\n    @", &[]),
        "source" => ("sources:\n  app: { scrape: \"http://a/\" }\n  example:\n    @", &[(&[], "health: \"http://a/\"")]),
        "basic" => (
            "sources:\n  app: { scrape: \"http://a/\" }\n  example:\n    health: \"http://a/\"\n    basic:\n      @",
            &[(&["user"], "user: a"), (&["password"], "password: \"{{ token }}\"")],
        ),
        "metric" => {
            ("metrics:\n  example:\n    @", &[(&["source"], "source: app"), (&["query", "json", "alerts", "regex"], "query: up")])
        }
        "bands" => (
            "metrics:\n  example:\n    source: app\n    query: up\n    phases:\n      canary:\n        @",
            &[(&["normal", "warning", "critical", "target", "alert_if"], "normal: < 5")],
        ),
        "baseline" => ("metrics:\n  example:\n    unit: ms\n    source: app\n    query: up\n    baseline:\n      @", &[]),
        "checklist" => ("checklists:\n  -\n    @", &[(&["title"], "title: A"), (&["items"], "items: [ a ]")]),
        "item" => ("checklists:\n  - title: A\n    items:\n      -\n        @", &[(&["item"], "item: a")]),
        "field" => {
            ("checklists:\n  - title: A\n    items:\n      - item: a\n        field:\n          @", &[(&["ask"], "ask: When")])
        }
        "phase" => (
            "phases:\n  -\n    @\n  - { id: other, steps: [ { run: x } ] }",
            &[(&["title", "id"], "title: A"), (&["steps", "gate"], "steps: [ { run: x } ]")],
        ),
        "gate" => (
            "phases:\n  - id: canary\n    gate:\n      @\n  - { id: half, steps: [ { run: x } ] }",
            &[(&["question", "require", "poll"], "question: Go on?")],
        ),
        "step" => ("phases:\n  - id: canary\n    steps:\n      -\n        @", &[(&[], "run: echo hello")]),
        "request" => ("phases:\n  - id: canary\n    steps:\n      - http:\n          @", &[(&["url"], "url: http://a/")]),
        "output" => ("phases:\n  - id: canary\n    steps:\n      - run: x\n        expect:\n          @", &[]),
        "answer" => ("phases:\n  - id: canary\n    steps:\n      - http: http://a/\n        expect:\n          @", &[]),
        "trigger" => ("triggers:\n  -\n    @", &[(&["when"], "when: error_rate > 5%")]),
        "rollback" => ("rollback:\n  @", &[(&["budget"], "budget: 5m"), (&["steps"], "steps: [ { run: x } ]")]),
        "contact" => ("contacts:\n  -\n    @", &[(&["name"], "name: Ana")]),
        "guide" => ("guides:\n  -\n    @", &[(&["title"], "title: A"), (&["text", "links"], "text: a")]),
        "link" => ("guides:\n  - title: A\n    links:\n      -\n        @", &[(&["url"], "url: http://a/")]),
        "sign_off" => ("sign_off:\n  @", &[(&["roles"], "roles: sre")]),
        "fail" => (
            "phases:\n  - id: canary\n    fail:\n      @\n    steps: [ { run: x } ]\n  - { id: half, steps: [ { run: x } ] }",
            &[(&["when"], "when: error_rate > 5%")],
        ),
        "watch" => {
            ("watch:\n  -\n    @", &[(&["title"], "title: A"), (&["every"], "every: { 5m: 1h }"), (&["items"], "items: [ a ]")])
        }
        "probe" => ("phases:\n  - id: canary\n    steps:\n      - until:\n          @", &[(&["run"], "run: ./ready.sh")]),
        "option" => (
            "phases:\n  - id: canary\n    steps:\n      - choose: Which?\n        options:\n          -\n            @\n          - { title: B }",
            &[(&["title"], "title: A")],
        ),
        "condition" => ("phases:\n  - id: canary\n    when:\n      @\n    steps: [ { run: x } ]", &[(&["ask"], "ask: Is it?")]),
        "channel" => ("channels:\n  team:\n    @", &[(&[], "slack: \"#team\"")]),
        "message" => ("messages:\n  example:\n    @", &[(&["text"], "text: Hello")]),
        "level" => ("escalation:\n  -\n    @", &[(&["call", "do"], "do: Look")]),
        other => panic!("`{other}` needs a place in which its examples are tried: add it above"),
    }
}

/// The keys that stand in an example, each with its lines.
fn entries(example: &str) -> Vec<(&str, Vec<&str>)> {
    let mut entries: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in example.lines() {
        match entries.last_mut() {
            Some((_, lines)) if line.starts_with(' ') => lines.push(line),
            _ => entries.push((line.split(':').next().unwrap(), vec![line])),
        }
    }
    entries
}

/// A whole plan around the lines of a mapping of this kind.
pub(in crate::runbook) fn plan(part: &Part, example: &str) -> String {
    let has = |keys: &[&str]| entries(example).iter().any(|(key, _)| keys.contains(key));
    if part.name == "runbook" {
        let rest = SECTIONS.iter().filter(|(key, _)| ["warroom", "title", "phases"].contains(key) && !has(&[key]));
        return rest.map(|(_, line)| *line).chain([example]).collect::<Vec<_>>().join("\n") + "\n";
    }
    let (section, company) = place(part.name);
    let company =
        company.iter().filter(|(keys, _)| !has(if keys.is_empty() { part.one_of } else { keys })).map(|(_, line)| *line);
    let lines: Vec<&str> = example.lines().chain(company).collect();
    let own = section.lines().map(|line| match line.trim_start().strip_prefix('@') {
        Some(_) => lines.iter().map(|inner| line.replace('@', inner)).collect::<Vec<_>>().join("\n"),
        None => line.to_owned(),
    });
    let own = own.collect::<Vec<_>>().join("\n");
    let name = section.split(':').next().unwrap();
    let rest = SECTIONS.iter().filter(|(key, _)| *key != name).map(|(_, text)| *text);
    rest.chain([own.as_str()]).collect::<Vec<_>>().join("\n") + "\n"
}

fn try_out(part: &Part, example: &str) -> Result<Runbook, Problems> {
    load("example.yaml", &plan(part, example))
}

/// The example with another value for the key itself.
fn with_value(key: &Key, value: &str) -> String {
    let rest = entries(key.example).into_iter().filter(|(name, _)| *name != key.name).flat_map(|(_, lines)| lines);
    let own = format!("{}: {value}", key.name);
    rest.chain([own.as_str()]).collect::<Vec<_>>().join("\n")
}

fn rows() -> impl Iterator<Item = (&'static Part, &'static Key)> {
    parts().into_iter().flat_map(|part| part.keys.iter().map(move |key| (part, key)))
}

#[test]
fn every_key_says_what_it_means_and_its_example_loads() {
    for (part, key) in rows() {
        let name = format!("{}.{}", part.name, key.name);
        assert!(key.about.ends_with('.') && part.about.ends_with('.'), "{name}: whole sentences");
        assert!(entries(key.example).iter().any(|(one, _)| *one == key.name), "{name} is not in its own example");
        if let Err(problems) = try_out(part, key.example) {
            panic!("the example of {name} does not load:\n{problems}");
        }
    }
}

#[test]
fn every_key_is_really_read() {
    for (part, key) in rows().filter(|(_, key)| !matches!(key.takes, Takes::Json)) {
        let nonsense = with_value(key, "[[[ ]]]");
        assert!(try_out(part, &nonsense).is_err(), "{}.{} takes anything", part.name, key.name);
    }
}

#[test]
fn the_words_that_a_key_takes_are_those_that_the_checker_knows() {
    for (part, key) in rows() {
        let Takes::Word(words) = key.takes else { continue };
        for (word, meaning) in words {
            assert!(!meaning.is_empty());
            if let Err(problems) = try_out(part, &with_value(key, word)) {
                panic!("{}.{} does not take `{word}`:\n{problems}", part.name, key.name);
            }
        }
        let problems = try_out(part, &with_value(key, "xxxxxxxx")).expect_err("a word that means nothing").problems;
        let known = problems.iter().find_map(|problem| problem.help.as_ref()?.strip_prefix("known here: ").map(str::to_owned));
        if let Some(known) = known {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            assert_eq!(known, words.join(", "), "{}.{}", part.name, key.name);
        }
    }
}

#[test]
fn names_of_parts_and_keys_are_given_once() {
    let all = parts();
    for (place, part) in all.iter().enumerate() {
        assert!(all[..place].iter().all(|other| other.name != part.name), "two parts called {}", part.name);
        for (place, key) in part.keys.iter().enumerate() {
            assert!(part.keys[..place].iter().all(|other| other.name != key.name), "{}.{} twice", part.name, key.name);
        }
        let known = |name: &&str| part.key(name).is_some();
        let beside = part.keys.iter().flat_map(|key| key.beside);
        assert!(part.one_of.iter().chain(part.any_of).chain(beside).all(known), "{} names a key that it has not", part.name);
    }
}
