//! How problems look.

use super::{told, with};
use crate::runbook::load;

#[test]
fn a_problem_shows_the_line_points_at_the_word_and_says_what_would_be_right() {
    let text = "\
warroom: 1
title: Canary
sources: { app: { scrape: \"http://127.0.0.1:1/metrics\" }, health: { health: \"http://127.0.0.1:1/health\" } }
metrics:
  error_rate: { unit: \"%\", source: app, query: errors }
phases:
  - title: Deploy
    gate:
      require: [ eror_rate < 0.5%, health is up ]
      pol: commander
";
    let shown = load("canary.yaml", text).unwrap_err().to_string();
    assert_eq!(
        shown,
        "\
canary.yaml:9:18  unknown metric `eror_rate`
    9 |       require: [ eror_rate < 0.5%, health is up ]
                         ^^^^^^^^^ did you mean `error_rate`? metrics are defined at line 5
canary.yaml:10:7  unknown key `pol` in a gate
   10 |       pol: commander
              ^^^ did you mean `poll`?
"
    );
}

#[test]
fn a_long_line_is_shown_around_the_problem_only() {
    let text = with(&format!("about: x\ntriggers: [ {{ title: {}, when: nope > 1 }} ]", "long ".repeat(400)));
    let shown = load("long.yaml", &text).unwrap_err().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 130), "{shown}");
    let at = lines[2].find('^').unwrap();
    let before_caret = lines[1].chars().count() - lines[1].chars().skip(at).count();
    assert_eq!(lines[1].chars().skip(before_caret).take(4).collect::<String>(), "nope");
}

#[test]
fn what_is_shown_of_a_file_never_acts_on_the_terminal() {
    let text = with("about: x\nti\u{202e}tle: \u{200b}wide 漢字 ok");
    let shown = load("wide.yaml", &text).unwrap_err().to_string();
    assert!(shown.lines().nth(1).unwrap().contains("ti\u{fffd}tle: \u{fffd}wide 漢字 ok"), "{shown}");
    let escape = load("esc.yaml", "title: \u{1b}[2J").unwrap_err().to_string();
    assert!(!escape.contains('\u{1b}'), "{escape:?}");
}

#[test]
fn carets_stay_below_the_word_behind_wide_characters() {
    let text = with("contacts: [ { name: 漢字, phon: 1 } ]");
    let shown = load("wide.yaml", &text).unwrap_err().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    // Two characters of two columns each stand before it.
    let expected = lines[1].split("phon").next().unwrap().chars().count() + 2;
    assert_eq!(lines[2].find('^'), Some(expected), "{shown}");
}

#[test]
fn after_a_hundred_problems_the_rest_is_counted() {
    let unknown = (0..130).map(|number| format!("key{number}: x")).collect::<Vec<_>>().join("\n");
    assert_eq!(told(&with(&unknown)).len(), 130);
    let shown = load("many.yaml", &with(&unknown)).unwrap_err().to_string();
    assert!(shown.ends_with("and 30 more problems\n"), "{shown}");
}
