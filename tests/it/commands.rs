//! Commands without a screen, run as a person runs them.

use std::fs;
use std::process::Output;

use tempfile::TempDir;

const ROOM: &str = include_str!("../../src/journal/format_1.jsonl");

#[expect(clippy::disallowed_methods, reason = "the built program is what is tested here")]
pub(crate) fn warroom(home: &TempDir, args: &[&str]) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_warroom"));
    let Output { status, stdout, stderr } = command.args(args).env("WARROOM_DATA", home.path()).output().unwrap();
    (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[test]
fn a_journal_is_verified_and_its_anchor_holds_it() {
    let home = TempDir::new().unwrap();
    let journal = home.path().join("journal.jsonl");
    fs::write(&journal, ROOM).unwrap();
    let path = journal.to_str().unwrap();

    let (code, said) = warroom(&home, &["verify", path]);
    assert_eq!(code, 0, "{said}");
    let anchor = said.lines().find_map(|line| line.strip_prefix("anchor: ")).unwrap().to_owned();
    assert_eq!(warroom(&home, &["verify", path, "--anchor", &anchor]).0, 0);
    let (code, said) = warroom(&home, &["verify", path, "--anchor", &"0".repeat(64)]);
    assert_eq!(code, 1);
    assert!(said.contains("no record has this anchor"), "{said}");

    // An anchor that was kept earlier still proves what came before it.
    let all_but_one = ROOM.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n";
    fs::write(&journal, all_but_one).unwrap();
    let (_, said) = warroom(&home, &["verify", path]);
    let earlier = said.lines().find_map(|line| line.strip_prefix("anchor: ")).unwrap().to_owned();
    fs::write(&journal, ROOM).unwrap();
    let (code, said) = warroom(&home, &["verify", path, "--anchor", &earlier]);
    assert_eq!(code, 0);
    assert!(said.contains("1 came after"), "{said}");
}

#[test]
fn a_changed_journal_is_refused_with_the_place() {
    let home = TempDir::new().unwrap();
    let journal = home.path().join("journal.jsonl");
    fs::write(&journal, ROOM.replacen("\"seq\":3", "\"seq\":4", 1)).unwrap();
    let (code, said) = warroom(&home, &["verify", journal.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(said.contains("NOT intact") && said.contains("line 4"), "{said}");
}

/// The journal once more, as if these changes had been made before it was written.
fn rewritten(change: impl Fn(usize, &str) -> String) -> String {
    use sha2::{Digest, Sha256};
    let (mut prev, mut text) = ("0".repeat(64), String::new());
    for (place, line) in ROOM.lines().enumerate() {
        let (body, _) = line.split_once(",\"prev\":").unwrap();
        let body = format!("{},\"prev\":\"{prev}\"", change(place, body));
        prev = Sha256::digest(&body).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        text = [text.as_str(), &body, ",\"hash\":\"", &prev, "\"}\n"].concat();
    }
    text
}

#[test]
fn a_journal_of_a_newer_version_is_verified_and_said_not_to_be_understood() {
    let home = TempDir::new().unwrap();
    let folder = home.path().join("rooms/newer");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("journal.jsonl"), rewritten(|_, body| body.replace("\"format\":1", "\"format\":2"))).unwrap();
    let (code, said) = warroom(&home, &["verify", "newer"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("intact: ") && said.contains("newer: its format is 2"), "{said}");
    let (code, said) = warroom(&home, &["resume", "newer"]);
    assert_ne!(code, 0);
    assert!(said.contains("its format is 2, and this one reads up to 1; use that version"), "{said}");

    // Kinds of events that are not known here.
    let unknown = |place: usize, body: &str| {
        let event = if place >= 4 { "\"event\":{\"x_" } else { "\"event\":{\"" };
        body.replace("\"event\":{\"", event)
    };
    fs::write(folder.join("journal.jsonl"), rewritten(unknown)).unwrap();
    let (code, said) = warroom(&home, &["verify", "newer"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("intact: ") && said.contains(", from line 5 on, can't be understood here"), "{said}");
}

const DOUBTFUL: &str = "warroom: 1\ntitle: x\nphases:\n  - title: a\n    steps:\n      - run: ./migrate || true\n";

#[test]
fn warnings_are_told_apart_from_problems_and_count_only_when_asked() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("plan.yaml");
    fs::write(&file, DOUBTFUL).unwrap();
    let path = file.to_str().unwrap();
    let (code, said) = warroom(&home, &["check", path]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(":6:27  warning: `|| true` hides that it failed [masked-exit]"), "{said}");
    assert!(said.contains("good, with 1 warning."), "{said}");
    assert_eq!(warroom(&home, &["check", "--strict", path]).0, 1);
    fs::write(&file, DOUBTFUL.replace("true", "true     # warroom: allow masked-exit")).unwrap();
    let (code, said) = warroom(&home, &["check", "--strict", path]);
    assert_eq!((code, said.contains("good. ")), (0, true), "{said}");
}

#[test]
fn findings_are_one_document_for_editors() {
    let home = TempDir::new().unwrap();
    let (good, bad) = (home.path().join("good.yaml"), home.path().join("bad.yaml"));
    fs::write(&good, DOUBTFUL).unwrap();
    fs::write(&bad, DOUBTFUL.replace("phases", "phasse")).unwrap();
    let (code, said) = warroom(&home, &["check", "--format", "json", good.to_str().unwrap(), bad.to_str().unwrap()]);
    let document: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &document["errors"], &document["warnings"]), (1, &1.into(), &1.into()), "{said}");
    let warning = &document["findings"][0];
    assert_eq!((&warning["line"], &warning["column"], &warning["rule"]), (&6.into(), &27.into(), &"masked-exit".into()));
    let error = &document["findings"][1];
    assert_eq!((&error["severity"], &error["nearest"], &error["line"]), (&"error".into(), &"phases".into(), &3.into()));
}

#[test]
fn sources_are_asked_once_and_what_came_is_told() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("plan.yaml");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let plan = DOUBTFUL.replace("./migrate || true", "./migrate");
    fs::write(&file, format!("{plan}vars: {{ target: ~ }}\nsources: {{ app: {{ health: \"{{{{ target }}}}/health\" }} }}\n"))
        .unwrap();
    let path = file.to_str().unwrap();
    let target = format!("target=http://127.0.0.1:{port}");
    let (code, said) = warroom(&home, &["check", "--strict", "--probe", "--var", &target, path]);
    assert!(code == 1 && said.contains(":8:12  warning: the source `app` is down: connection refused"), "{said}");
    let (code, said) = warroom(&home, &["check", "--probe", path]);
    assert!(code == 2 && said.contains("`target` has no value"), "{said}");
}

#[test]
fn rules_and_keys_are_explained() {
    let home = TempDir::new().unwrap();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["check", "--rules"], 0, "masked-exit"),
        (&["check", "--explain", "never-ends"], 0, "kubectl logs --since=5m"),
        (&["check", "--explain", "never-end"], 2, "did you mean `never-ends`?"),
        (&["explain", "step.timeout"], 0, "without it: no limit"),
        (&["explain"], 0, "rollback"),
        (&["explain", "timout"], 2, "did you mean `timeout`?"),
        (&["schema"], 0, "https://json-schema.org/draft/2020-12/schema"),
    ];
    for (args, code, words) in cases {
        let (exit, said) = warroom(&home, args);
        assert!(exit == code && said.contains(words), "{args:?}: {exit} {said}");
    }
}
