//! Files that were made to hurt, and files that were hurt.

use std::fmt::Write;

use proptest::prelude::*;

use super::{MOSHIMOSHI, good, told, with};
use crate::runbook::load;

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a: &a [ x, x, x, x, x, x, x, x, x, x ]\n".to_owned();
    for (name, before) in ('b'..='z').zip('a'..='y') {
        let alias = format!("*{before}, ").repeat(10);
        writeln!(text, "{name}: &{name} [ {alias} ]").unwrap();
    }
    let said = told(&text);
    assert!(said.last().unwrap().contains("more than 100000 parts"), "{said:?}");
}

#[test]
fn anchors_inside_anchors_are_refused_before_they_fill_the_memory() {
    let anchors: String = ('a'..='z').fold(String::new(), |text, name| text + &format!("&{name} ["));
    let text = format!("a: {anchors}{}{}", "x, ".repeat(150_000), "]".repeat(26));
    assert!(told(&text)[0].contains("more than 100000 parts"));
}

#[test]
fn aliases_of_one_long_text_are_refused() {
    let text = format!("a: &a {}\nb: [ {} ]\n", "long".repeat(100_000), "*a, ".repeat(1_000));
    assert!(told(&text)[0].contains("16 MiB of text"));
}

#[test]
fn nesting_is_refused_at_its_beginning_however_deep_it_is_and_whatever_it_is_made_of() {
    let links = ('a'..='z').zip('b'..='z').map(|(inner, outer)| format!("{outer}: &{outer} [ [ *{inner} ] ]"));
    let chain = links.collect::<Vec<_>>().join("\n");
    let cases =
        ["[".repeat(10_000), "{ a: ".repeat(10_000), "- ".repeat(10_000), "[".repeat(4_000_000), format!("a: &a [ x ]\n{chain}")];
    for text in cases {
        let said = told(&text);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("nested more than 32 levels deep"), "{said:?}");
    }
}

#[test]
fn ten_megabytes_are_not_read_at_all() {
    assert_eq!(told(&"[".repeat(10 << 20)), ["1:1+1 a file of 10 MiB | a runbook has at most 4 MiB"]);
}

#[test]
fn a_mapping_with_too_many_keys_is_refused() {
    let vars = (0..3_000).map(|number| format!("  v{number}: x")).collect::<Vec<_>>().join("\n");
    assert_eq!(told(&with(&format!("vars:\n{vars}"))), ["2005:3+5 more than 2000 keys in one mapping"]);
}

#[test]
fn queries_and_paths_are_bounded() {
    let metric = |query: String| {
        with(&format!("sources: {{ a: {{ scrape: \"http://a/\" }} }}\nmetrics: {{ m: {{ source: a, query: \"{query}\" }} }}"))
    };
    for query in ["(".repeat(2_000), format!("{}1", "-".repeat(2_000)), format!("{}1", "- ".repeat(1_000)), "x".repeat(5_000)] {
        let said = told(&metric(query));
        assert!(said[0].contains("this query is too large"), "{said:?}");
    }
    let path = format!("$[?{}]", "(".repeat(250));
    assert!(
        told(&with(&format!("sources: {{ a: {{ health: \"http://a/\", expect: {{ json: {{ \"{path}\": x }} }} }} }}")))[0]
            .contains("is not a JSON path")
    );
}

#[test]
fn a_plan_of_five_thousand_steps_is_read_whole() {
    let mut text = "warroom: 1\ntitle: Many\nphases:\n".to_owned();
    for phase in 0..50 {
        writeln!(text, "  - title: Phase {phase}\n    steps:").unwrap();
        for step in 0..100 {
            let options = "timeout: 2m\n        optional: true\n        expect: { stdout: [ ok, done ], absent: error }";
            writeln!(text, "      - title: Step {step}\n        run: echo {step}\n        {options}").unwrap();
        }
    }
    let runbook = good(&text);
    assert_eq!(runbook.all_steps().count(), 5_000);
    assert_eq!(runbook.phases[49].steps[99].number, "50.100");
}

/// What happens to files: pieces get lost, doubled, moved and mistyped.
#[derive(Clone, Debug)]
enum Hurt {
    Cut(usize, usize),
    Insert(usize, String),
    DoubleLine(usize),
    SwapLines(usize, usize),
}

fn hurt() -> impl Strategy<Value = Hurt> {
    let place = any::<prop::sample::Index>().prop_map(|index| index.index(1 << 20));
    let characters = r#"[\]\[{}()&*!|>'"%@,:#?\- \n\t\r\x00<=$.~a-z0-9é漢]{1,6}"#;
    prop_oneof![
        (place.clone(), 1..40_usize).prop_map(|(at, length)| Hurt::Cut(at, length)),
        (place.clone(), characters).prop_map(|(at, text)| Hurt::Insert(at, text)),
        place.clone().prop_map(Hurt::DoubleLine),
        (place.clone(), place).prop_map(|(one, other)| Hurt::SwapLines(one, other)),
    ]
}

impl Hurt {
    fn to(&self, text: &str) -> String {
        let characters: Vec<char> = text.chars().collect();
        let mut lines: Vec<&str> = text.split('\n').collect();
        let at = |place: usize| place % (characters.len() + 1);
        let line = |place: usize| place % text.split('\n').count();
        match self {
            Self::Cut(place, length) => {
                characters.iter().take(at(*place)).chain(characters.iter().skip(at(*place) + length)).collect()
            }
            Self::Insert(place, new) => {
                let (before, after) = characters.split_at(at(*place));
                before.iter().copied().chain(new.chars()).chain(after.iter().copied()).collect()
            }
            Self::DoubleLine(place) => {
                lines.insert(line(*place), text.split('\n').nth(line(*place)).unwrap());
                lines.join("\n")
            }
            Self::SwapLines(one, other) => {
                lines.swap(line(*one), line(*other));
                lines.join("\n")
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_to_a_file_it_loads_or_its_problems_point_into_it(hurts in prop::collection::vec(hurt(), 1..6)) {
        let text = hurts.iter().fold(MOSHIMOSHI.to_owned(), |text, hurt| hurt.to(&text));
        if let Err(problems) = load("hurt.yaml", &text) {
            prop_assert!(!problems.problems.is_empty());
            prop_assert!(!problems.to_string().contains(|c: char| c.is_control() && c != '\n'));
            let lines: Vec<&str> = problems.text.split('\n').collect();
            for problem in &problems.problems {
                let line = lines.get(problem.line - 1);
                prop_assert!(line.is_some_and(|line| problem.column <= line.chars().count() + 1), "{:?}", problem);
            }
        }
    }

    #[test]
    fn whatever_stands_in_a_query_a_path_or_a_criterion_is_read_or_refused(
        query in r#"([a-z_]{1,4}|[0-9.]{1,3}|rate|sum|by|offset|\[5m\]|[\[\](){}=~!<>+*/%^,:@é -]|"[^"]{0,3}"){1,12}"#,
        path in r"\$(\.[a-zé]{1,3}|\[[0-9:*?@<()'-]{0,6}\]|[.*?@()\[\]'$!&|]){0,8}",
        criterion in r#"((m|app|health|is|up|no|critical|metrics|not|and|or|for|[<>=!]{1,2}|[0-9.%smé]{1,4}|\(|\)|"[^"]?"?) ?){1,12}"#,
    ) {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let text = with(&format!(
            "sources: {{ app: {{ scrape: \"http://a/\" }}, up: {{ health: \"http://a/\", expect: {{ json: {{ {}: 1 }} }} }} }}\n\
             metrics: {{ m: {{ source: app, query: {} }} }}\ntriggers: [ {{ when: {} }} ]",
            quoted(&path), quoted(&query), quoted(&criterion),
        ));
        if let Err(problems) = load("any.yaml", &text) {
            prop_assert!(problems.problems.iter().all(|problem| (4..=6).contains(&problem.line)), "{}", problems);
        }
    }

    #[test]
    fn any_text_at_all_is_read_or_refused(text in "\\PC{0,200}") {
        prop_assert!(load("any.yaml", &text).is_err());
    }
}
