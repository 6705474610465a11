//! Files that are not YAML, or not the YAML that was meant.

use super::{told, with};

#[test]
fn the_slips_that_everybody_makes_are_told_in_words() {
    let cases = [
        (
            "about: {{ x }}/health",
            "3:8+6 this text begins with `{{`, which YAML reads as something else | a text that begins with `{{` must be in quotes",
        ),
        (
            "m:\n  critical: > 1",
            "4:13+3 this text begins with `>`, which YAML reads as something else | a text that begins with `>` must be in quotes, like \"> 1\"",
        ),
        ("m: { unit: % }", "3:12+1 a text cannot begin with `%` | put the text in quotes"),
        (
            "phases:\n  - title: a\n\tsteps: []",
            "5:1+1 a tab stands here | YAML is indented with spaces: replace the tab by spaces",
        ),
        ("phases:\n\t- title: a", "4:1+1 a tab stands here | YAML is indented with spaces: replace the tab by spaces"),
        ("about: echo a: b", "3:14+1 a second `: ` in one line | put the text in quotes, or on lines of its own after a `|`"),
        ("about: \"a\nroles: {}", "3:8+1 this quote is never closed | close it on the same line"),
        ("about: 'it's'", "3:8+1 this quote is never closed | close it on the same line"),
        ("about: [ a, b", "3:8+1 a `[` is never closed | close it, or put a text that holds brackets in quotes"),
        (
            "m:\n  a: x\n b: y",
            "5:2+1 this line does not fit in with the lines before it | is it indented like its neighbours, with its `key:` or `-`?",
        ),
        (
            "about: a\n  b: c",
            "4:3+1 this line does not fit in with the lines before it | is it indented like its neighbours, with its `key:` or `-`?",
        ),
        (
            "about: *x",
            "3:8+2 nothing is marked `&x` | a text that begins with `*` must be in quotes; otherwise `*x` repeats what `&x` marks",
        ),
        (
            "about: \"a\\d\"",
            "3:8+1 a `\\` in this text means nothing to YAML | use single quotes, in which a `\\` is only itself",
        ),
        ("about: x\n---\nmore: y", "4:1+3 a second document begins here | a runbook is one document: remove the `---`"),
    ];
    for (text, expected) in cases {
        assert_eq!(told(&format!("warroom: 1\ntitle: x\n{text}\n")), [expected], "\n{text}");
    }
}

#[test]
fn a_nul_does_not_end_the_file_unseen() {
    let said = told("warroom: 1\ntitle: x\n\0phases: not read otherwise\n");
    assert_eq!(said, ["3:1+1 a control character, U+0000 | a runbook is plain text: remove it"]);
}

#[test]
fn the_mark_at_the_beginning_of_a_windows_file_is_no_problem() {
    let said = told("\u{feff}warroom: 1\r\ntitel: x\r\nphases: [ { id: a, steps: [ { run: x } ] } ]\r\n");
    assert_eq!(said, ["2:1+5 unknown key `titel` in a runbook | did you mean `title`?"]);
}

#[test]
fn the_corners_of_yaml_that_a_runbook_does_not_use_are_named() {
    let said = ["4:1+2 `<<` takes over the keys of a mapping | write `<<: *name` with what `&name` marks"];
    assert_eq!(told(&with("<<: x")), said);
    let said = ["4:11+4 the tag `!all` means nothing in a runbook | a text that begins with `!` must be in quotes"];
    assert_eq!(told(&with("contacts: !all [x]"))[..1], said);
}
