use proptest::prelude::*;

use super::*;
use crate::time::Moment;

/// What a body says, each sample as `series value [@time]`, each bad line as `line: why`.
fn said(body: &str) -> (Vec<String>, Vec<String>) {
    let (mut samples, mut bad) = (Vec::new(), Vec::new());
    for line in Reader::new(body.as_bytes(), Dialect::of(body.as_bytes()), &Wanted::All) {
        match line.map(|sample| (sample, sample.series.decode())) {
            Ok((Sample { value, at, .. }, Ok(labels))) => {
                let at = at.map(|Moment(at)| format!(" @{at}")).unwrap_or_default();
                samples.push(format!("{labels} {value}{at}"));
            }
            Ok((_, Err(why))) => bad.push(why.to_string()),
            Err(line) => bad.push(format!("{}: {}", line.line, line.why)),
        }
    }
    (samples, bad)
}

fn check(body: &[u8], dialect: Dialect) -> Result<(), ExpositionError> {
    let mut feed = Feed::new(dialect, &Wanted::All);
    feed.push(body, &mut |_, _| {})?;
    feed.finish(&mut |_, _| {})
}

#[test]
fn lines_as_programs_in_the_wild_write_them() {
    let cases = [
        ("up 1", "up 1"),
        ("up 1\n", "up 1"),
        ("up 1\r\n", "up 1"),
        ("  up\t 1  ", "up 1"),
        ("up{} 1", "up 1"),
        ("up {a=\"b\"} 1", "up{a=\"b\"} 1"),
        ("up{a=\"b\"}1", "up{a=\"b\"} 1"),
        ("up{ a = \"b\" , c=\"d\" , } 1", "up{a=\"b\", c=\"d\"} 1"),
        ("a:b:c 1e3", "a:b:c 1000"),
        ("up -1.5e-3", "up -0.0015"),
        ("up .5", "up 0.5"),
        ("up +Inf", "up inf"),
        ("up -Inf", "up -inf"),
        ("up NaN", "up NaN"),
        ("up 123456789012345678", "up 123456789012345680"),
        ("up 1 1700000000000", "up 1 @1700000000000"),
        ("up 1 -5", "up 1 @-5"),
        ("up 1 1700000000.25\n# EOF\n", "up 1 @1700000000250"),
        ("up 1 # {trace_id=\"x\"} 0.5 1.5", "up 1"),
        ("up{a=\"}\"} 1", "up{a=\"}\"} 1"),
        ("up{a=\"x\\\"}y\"} 1", "up{a=\"x\\\"}y\"} 1"),
        ("up{a=\"\"} 1", "up 1"),
        ("{\"http.requests\", a=\"b\"} 1", "http.requests{a=\"b\"} 1"),
        ("{a=\"b\",\"up\"} 1", "up{a=\"b\"} 1"),
        ("up{\"any label\"=\"b\"} 1", "up{any label=\"b\"} 1"),
    ];
    for (line, sample) in cases {
        assert_eq!(said(line), (vec![sample.to_owned()], vec![]), "{line}");
    }
}

#[test]
fn the_content_type_tells_how_times_are_meant_and_else_the_last_line() {
    let cases = [
        (Some("application/openmetrics-text; version=1.0.0; charset=utf-8"), "up 1", Dialect::OpenMetrics),
        (Some("text/plain; version=0.0.4"), "up 1\n# EOF", Dialect::Text),
        (Some("application/octet-stream"), "up 1\n# EOF\n", Dialect::OpenMetrics),
        (None, "up 1\n# EOF\n", Dialect::OpenMetrics),
        (None, "up 1\n", Dialect::Text),
    ];
    for (kind, body, dialect) in cases {
        assert_eq!(Dialect::told(kind, body.as_bytes()), dialect, "{kind:?} {body}");
    }
}

#[test]
fn escapes_are_undone_once() {
    let body = br#"up{path="C:\\new",say="a \"b\"\nc",odd="\d"} 1"#;
    let wanted = Wanted::All;
    let sample = Reader::new(body, Dialect::Text, &wanted).next().unwrap().unwrap();
    let labels = sample.series.decode().unwrap();
    assert_eq!([labels.get("path"), labels.get("say"), labels.get("odd")], ["C:\\new", "a \"b\"\nc", "\\d"]);
}

#[test]
fn a_bad_line_is_told_with_its_number_and_the_good_ones_stay() {
    let cases = [
        ("up", "there is no value"),
        ("up one", "`one` is not a number"),
        ("up 0x10", "`0x10` is not a number"),
        ("up 1_000", "`1_000` is not a number"),
        ("up 1e999", "`1e999` is not a number"),
        ("up -nan", "`-nan` is not a number"),
        ("up 1 soon", "`soon` is not a timestamp"),
        ("up 1 1.5", "`1.5` is not a timestamp"),
        ("up 1 2 3", "`3` stands behind the end of the sample"),
        ("up{a=\"b\" 1", "the labels are not closed with `}`"),
        ("up{a=\"b 1", "the labels are not closed with `}`"),
        ("1up 1", "`1up 1` does not start with a metric's name"),
        ("my-app 1", "`my-app 1` holds a character that no metric's name has"),
        ("{} ", "there is no value"),
    ];
    for (line, why) in cases {
        let (samples, bad) = said(&format!("# HELP up is it\nfirst 1\n\n{line}\nlast 2\n"));
        assert_eq!(samples, ["first 1", "last 2"], "{line}");
        assert_eq!(bad, [format!("4: {why}")], "{line}");
    }
}

#[test]
fn labels_that_cannot_be_decoded_are_told_when_the_series_is_met() {
    let cases = [
        ("up{a=\"b\",a=\"c\"} 1", "`a` is given twice"),
        ("up{a=b} 1", "`=b` stands where `=\"value\"` should be"),
        ("up{1a=\"b\"} 1", "`1a=\"b\"` does not start with a label's name"),
        ("up{a=\"b\" c=\"d\"} 1", "`c=\"d\"` stands where a comma or `}` should be"),
        ("{a=\"b\"} 1", "the series has no name"),
        ("up{\"other\"} 1", "`__name__` is given twice"),
    ];
    for (line, why) in cases {
        assert_eq!(said(line), (vec![], vec![why.to_owned()]), "{line}");
    }
}

#[test]
fn names_that_nobody_wants_are_passed_over_unread() {
    let wanted = Wanted::Names([b"up".as_slice().into(), b"a.b".as_slice().into()].into());
    let body = b"other{broken 1\nup 1\nupper 2\nother 3\n{\"a.b\"} 4\n{\"a.c\"} 5\n";
    let mut reader = Reader::new(body, Dialect::Text, &wanted);
    let values: Vec<f64> = reader.by_ref().map(|line| line.unwrap().value).collect();
    assert_eq!((values, reader.skipped()), (vec![1.0, 4.0], 4));
}

#[test]
fn something_else_than_an_exposition_is_refused_as_a_whole() {
    let page = ExpositionError::WebPage;
    assert_eq!(check(b"<!DOCTYPE html>\n<p>\nup 1\n", Dialect::Text), Err(page.clone()));
    assert_eq!(check(b"\n  <html>", Dialect::Text), Err(page));
    for body in ["{\"status\": \"ok\"}", "OK", "Please log in\nfirst", "\x00\x01\x02 binary"] {
        assert!(matches!(check(body.as_bytes(), Dialect::Text), Err(ExpositionError::NoSample { line: 1, .. })), "{body}");
    }
    for body in ["", "\n", "# HELP up nothing yet\n# EOF\n", "garbage here\nup 1"] {
        assert_eq!(check(body.as_bytes(), Dialect::of(body.as_bytes())), Ok(()), "{body}");
    }
}

proptest! {
    #[test]
    fn no_bytes_upset_the_reader(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let lines = body.split(|byte| *byte == b'\n').count();
        let mut read = 0;
        for line in Reader::new(&body, Dialect::Text, &Wanted::All) {
            read += 1;
            let _ = line.map(|sample| sample.series.decode());
        }
        prop_assert!(read <= lines);
    }

    #[test]
    fn nearly_right_lines_do_not_either(body in "[a-c{}\"=,\\\\ 0-9.#\n+eINaf-]{0,200}") {
        for line in Reader::new(body.as_bytes(), Dialect::OpenMetrics, &Wanted::All).flatten() {
            let _ = line.series.decode();
        }
    }

    #[test]
    fn what_is_written_is_read_again(label in "[a-z_][a-z0-9_]{0,8}", value in ".{0,20}", number in any::<f64>()) {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let line = format!("up{{{label}=\"{escaped}\"}} {number:?}");
        let wanted = Wanted::All;
        let sample = Reader::new(line.as_bytes(), Dialect::Text, &wanted).next().unwrap().unwrap();
        let labels = sample.series.decode().unwrap();
        prop_assert_eq!(labels.get(&label), value);
        prop_assert!(sample.value == number || (sample.value.is_nan() && number.is_nan()));
    }
}

#[test]
fn a_line_without_an_end_is_held_no_longer_than_its_bound_and_the_next_one_is_read() {
    let mut feed = Feed::new(Dialect::Text, &Wanted::All);
    let mut met = Vec::new();
    let mut take = |line: usize, read: Result<Sample<'_>, BadLine<'_>>| met.push((line, read.map(|sample| sample.value).is_ok()));
    feed.push(b"up 1\nlong{a=\"", &mut take).unwrap();
    for _ in 0..1_000 {
        feed.push(&[b'x'; 1_000], &mut take).unwrap();
    }
    assert!(feed.held() <= LINE_MAX + 1);
    feed.push(b"\"} 1\nup 2", &mut take).unwrap();
    feed.finish(&mut take).unwrap();
    assert_eq!(met, [(1, true), (2, false), (3, true), (3, false)], "the last line has no end");
}
