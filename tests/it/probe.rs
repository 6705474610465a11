//! `warroom probe` as it is typed: what it prints, and how it ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

#[expect(clippy::disallowed_methods, reason = "the program itself is what is tried here")]
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.arg("probe").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Exit code, standard output and standard error of `warroom probe` with this text on standard input.
fn probe(text: &str, args: &[&str]) -> (i32, String, String) {
    let mut child = command().arg("-").args(args).spawn().unwrap();
    // A wrong command line is refused before anything is read.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

const HISTORY: &str =
    "# TYPE hits_total counter\nhits_total{pod=\"a\"} 10 0\nhits_total{pod=\"a\"} 40 30000\nhits_total{pod=\"a\"} 70 60000\n";

#[test]
fn what_is_exposed_is_listed() {
    let (code, out, err) = probe(HISTORY, &[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "hits_total (counter)\n  hits_total{pod=\"a\"} 70 (2 earlier)\n1 family, 1 series\n");
}

#[test]
fn a_query_is_answered_at_the_newest_time_or_at_the_one_that_is_given() {
    let cases: [(&[&str], &str); 7] = [
        (&["--query", "rate(hits_total[1m])"], "{pod=\"a\"} => 1 @[60]\n"),
        (&["--query", "hits_total", "--at", "30"], "hits_total{pod=\"a\"} => 40 @[30]\n"),
        (&["--query", "hits_total", "--at", "1970-01-01T00:00:30Z"], "hits_total{pod=\"a\"} => 40 @[30]\n"),
        (&["--query", "-hits_total"], "{pod=\"a\"} => -70 @[60]\n"),
        (&["--query", "1 + 1", "--at", "-5"], "scalar: 2 @[-5]\n"),
        (&["--query", "hits_total[30s]"], "hits_total{pod=\"a\"} =>\n70 @[60]\n"),
        (
            &["--query", "hits_total", "--json"],
            "{\"result\":[{\"metric\":{\"__name__\":\"hits_total\",\"pod\":\"a\"},\"value\":[60,\"70\"]}],\"resultType\":\"vector\"}\n",
        ),
    ];
    for (args, printed) in cases {
        assert_eq!(probe(HISTORY, args), (0, printed.to_owned(), String::new()), "{args:?}");
    }
}

#[test]
fn a_text_that_is_wrong_ends_with_one_and_says_in_which_line() {
    let cases: [(&str, &[&str], &str); 4] = [
        (
            "up 1\nup{a=\"b} 2\nlast 3\n",
            &["--query", "last", "--at", "0"],
            "warroom: -: line 2: the labels are not closed with `}`\n",
        ),
        ("only words here\n", &[], "warroom: -: line 1: `words` is not a number\n"),
        ("<html>", &[], "warroom: -: the answer is a web page, not metrics: does the address end in /metrics?\n"),
        ("up 1\n", &["--openmetrics"], "warroom: -: line 1: `# EOF` is missing at the end: the text may be cut short\n"),
    ];
    for (text, args, said) in &cases {
        let (code, _, err) = probe(text, args);
        assert_eq!((code, err.as_str()), (1, *said), "{text}");
    }
    // What could be read is answered all the same.
    assert_eq!(probe(cases[0].0, cases[0].1).1, "last => 3 @[0]\n");
}

#[test]
fn a_wrong_command_line_ends_with_two() {
    let cases: [&[&str]; 6] = [
        &["--at", "5"],
        &["--json"],
        &["--query", "sum("],
        &["--query", "up", "--at", "soon"],
        &["--query", "up", "--watch"],
        &["--query", "up", "--suggest"],
    ];
    for args in cases {
        let (code, out, err) = probe(HISTORY, args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(!err.is_empty(), "{args:?}");
    }
}

#[test]
fn metrics_are_proposed_from_what_is_there() {
    let (code, out, _) = probe("# TYPE http_requests_total counter\nhttp_requests_total 5\n", &["--suggest"]);
    assert!(code == 0 && out.contains("query: 'sum(rate(http_requests_total[1m]))'"), "{out}");
    let (code, _, err) = probe("temperature 5\n", &["--suggest"]);
    assert!(code == 1 && err.contains("usual name"), "{err}");
}

#[test]
fn a_watched_file_is_read_again_until_nobody_looks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metrics");
    std::fs::write(&file, "up 1\n").unwrap();
    let mut child = command().arg(&file).args(["--query", "up + 1", "--watch=100ms"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut answer = || lines.nth(1).map(|line| line.split(" @").next().unwrap_or_default().to_owned());
    assert_eq!(answer().as_deref(), Some("{} => 2"));
    std::fs::remove_file(&file).unwrap();
    let told = std::iter::from_fn(&mut answer).find(|line| line != "{} => 2");
    assert!(told.as_ref().is_some_and(|line| line.starts_with("no answer: can't read ")), "{told:?}");
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
