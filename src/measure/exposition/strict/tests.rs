use proptest::prelude::*;

use super::*;

/// What is wrong with these lines and an `# EOF` behind them, as `line: why`.
fn wrong(lines: &str) -> Option<String> {
    let body = format!("{lines}\n# EOF\n");
    check(body.trim_start_matches('\n').as_bytes()).err().map(|Forbidden { line, why }| format!("{line}: {why}"))
}

#[test]
fn expositions_as_the_standard_has_them() {
    let cases = [
        "",
        "up 1",
        "up{} 1",
        "up{job=\"a b\",zone=\"\"} -0.5e-3 1700000000.25",
        "# TYPE hits counter\n# UNIT hits \n# HELP hits Requests \\n answered \"well\"\nhits_total 3 # {trace=\"x\"} 1 2.5\nhits_created 1e9",
        "# TYPE hits counter\nhits_total{a=\"1\"} 1 10\nhits_total{a=\"1\"} 2 20\nhits_total{a=\"2\"} 1 5",
        "# TYPE took_seconds histogram\n# UNIT took_seconds seconds\ntook_seconds_bucket{le=\"0.5\"} 1 # {} 0.5\ntook_seconds_bucket{le=\"+Inf\"} 2\n\
         took_seconds_count 2\ntook_seconds_sum 3.5\ntook_seconds_created 5",
        "# TYPE depth gaugehistogram\ndepth_bucket{le=\"-1\"} 1\ndepth_bucket{le=\"+Inf\"} 2\ndepth_gcount 2\ndepth_gsum -3",
        "# TYPE took summary\ntook{quantile=\"0.5\"} NaN\ntook{quantile=\"1\"} 4\ntook_count 2\ntook_sum 5",
        "# TYPE build info\nbuild_info{version=\"1\"} 1",
        "# TYPE door stateset\ndoor{door=\"open\"} 1\ndoor{door=\"shut\"} 0",
        "# TYPE a gauge\na +Inf\n# TYPE b gauge\nb -inf\nc nan",
        "# TYPE alone counter",
    ];
    for lines in cases {
        let body = if lines.is_empty() { "# EOF".to_owned() } else { format!("{lines}\n# EOF\n") };
        assert_eq!(check(body.as_bytes()), Ok(()), "{lines}");
    }
}

#[test]
fn a_line_that_breaks_the_grammar_is_named() {
    let cases = [
        ("up  1", "1: a space and a number are missing"),
        ("up 1 ", "1: a space and a number are missing"),
        ("up", "1: a space and a number are missing"),
        ("up 1\r", "1: the line ends with a carriage return; only line feeds are allowed"),
        ("up 1\n\nup2 1", "2: a line is empty"),
        ("up 1\n# EOF\nup2 1", "3: nothing may stand behind `# EOF`"),
        (" up 1", "1: ` up 1` does not start with a metric's name"),
        ("_up 1", "1: `_up` starts with an underscore: such names are reserved"),
        ("{\"up\"} 1", "1: `{\"up\"} 1` does not start with a metric's name"),
        ("up 0x1", "1: `0x1` is not a number"),
        ("up 1 NaN", "1: a timestamp must be a finite number"),
        ("up{a=\"1\",} 1", "1: `} 1` does not start with a label's name"),
        ("up{a=\"1\"b=\"2\"} 1", "1: `b=\"2\"} 1` stands where a comma or `}` should be"),
        ("up{a= \"1\"} 1", "1: `a` is not followed by `=\"value\"`"),
        ("up{a=\"1} 1", "1: a quote is not closed"),
        ("up{a=\"1\",a=\"2\"} 1", "1: `a` is given twice"),
        ("up{__a=\"1\"} 1", "1: `__a` starts with two underscores: such labels are reserved"),
        ("# a comment", "1: `# a comment` is neither `# TYPE`, `# UNIT`, `# HELP` nor `# EOF`"),
        ("#HELP up x", "1: `#HELP up x` is neither `# TYPE`, `# UNIT`, `# HELP` nor `# EOF`"),
        ("# HELP up", "1: `# HELP up` has too few words"),
        ("# HELP up x\\", "1: a backslash at the end escapes nothing"),
        ("# TYPE up gauge ", "1: `gauge ` is not a type"),
        ("# TYPE up untyped", "1: `untyped` is not a type"),
        ("# TYPE 1up gauge", "1: `1up` is not a metric's name"),
        ("# UNIT up_s seconds", "1: `seconds` is a unit that the metric's name does not end with"),
    ];
    for (lines, why) in cases {
        assert_eq!(wrong(lines).as_deref(), Some(why), "{lines}");
    }
}

#[test]
fn what_belongs_together_stands_together_and_is_described_once_before_it() {
    let cases = [
        ("# TYPE a gauge\n# TYPE a gauge", "2: `a` is described twice in the same way"),
        ("# HELP a x\na 1\n# TYPE a gauge", "3: `a` is described after its samples"),
        ("# TYPE a_s info\n# UNIT a_s s", "2: `a_s` may have no unit: it is no measurement"),
        ("a 1\nb 1\na 2", "4: `a` has a name in common with a family before it"),
        ("# TYPE a_total gauge\n# TYPE a counter\nb 1", "3: `a` has a name in common with a family before it"),
        ("# TYPE a counter\na 1", "3: `a` has a name in common with a family before it"),
        (
            "# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 1\na{x=\"1\"} 2",
            "4: `a` is interleaved: samples with the same labels must stand together",
        ),
        ("a 1\na 2", "2: `a` stands twice with the same labels"),
        ("a 1 5\na 2 4", "2: the timestamp lies before the one above it"),
        ("a 1\na 2 4", "2: samples with the same labels must all have a timestamp, or none of them"),
    ];
    for (lines, why) in cases {
        assert_eq!(wrong(lines).as_deref(), Some(why), "{lines}");
    }
}

#[test]
fn each_type_demands_its_own() {
    let of = |kind: &str, lines: &str| wrong(&format!("# TYPE a {kind}\n{lines}"));
    let cases = [
        ("counter", "a_total -1", "2: a counter must be neither NaN nor below zero"),
        ("counter", "a_created 1", "3: the counter above has no `_total`"),
        ("counter", "a_total 1\na_created NaN", "3: a time of creation must be a finite number"),
        (
            "counter",
            "a_total 1\na_created 1 # {} 1",
            "3: `a_created` may have no exemplar: only buckets and a counter's total may",
        ),
        ("gauge", "a 1 # {} 1", "2: `a` may have no exemplar: only buckets and a counter's total may"),
        ("info", "a_info 2", "2: an info's value is always 1"),
        ("stateset", "a{a=\"x\"} 2", "2: a state's value is 0 or 1"),
        ("stateset", "a{b=\"x\"} 1", "2: `a` is a label that is missing here"),
        ("summary", "a 1", "2: `quantile` is a label that is missing here"),
        ("summary", "a{quantile=\"1.1\"} 1", "2: `1.1` is not a quantile between 0 and 1"),
        ("summary", "a{quantile=\"1\"} -1", "2: a quantile's value must not be below zero"),
        ("summary", "a_count 1.5", "2: a count must be a whole number"),
        ("histogram", "a_bucket 1", "2: `le` is a label that is missing here"),
        ("histogram", "a_bucket{le=\"x\"} 1", "2: `x` is not a bucket's bound"),
        ("histogram", "a_bucket{le=\"Inf\"} 1", "2: `Inf` is not a bucket's bound: infinity is written `+Inf`"),
        ("histogram", "a_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1", "3: `1` is not above the bucket before it"),
        (
            "histogram",
            "a_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1",
            "3: `+Inf` is a bucket that counts less than the one before it",
        ),
        ("histogram", "a_bucket{le=\"1\"} 2 # {} 1.5", "2: `1` is a bucket that the exemplar's value lies outside of"),
        ("histogram", "a_bucket{le=\"1\"} 2", "3: the histogram above has no last bucket `+Inf`"),
        (
            "histogram",
            "a_bucket{le=\"+Inf\"} 2\na_sum 1",
            "4: the histogram above has a sum without a count, or a count without a sum",
        ),
        (
            "histogram",
            "a_bucket{le=\"+Inf\"} 2\na_count 3\na_sum 1",
            "5: the histogram above counts something else than its bucket `+Inf`",
        ),
        (
            "histogram",
            "a_bucket{le=\"-1\"} 0\na_bucket{le=\"+Inf\"} 2\na_count 2\na_sum 1",
            "6: the histogram above has buckets below zero and a sum",
        ),
        ("gaugehistogram", "a_bucket{le=\"+Inf\"} 2\na_gcount 2\na_gsum -1", "5: the histogram above has a sum below zero"),
        (
            "histogram",
            "a_bucket{x=\"1\",le=\"1\"} 1\na_bucket{x=\"2\",le=\"+Inf\"} 2",
            "3: the histogram above has no last bucket `+Inf`",
        ),
    ];
    for (kind, lines, why) in cases {
        assert_eq!(of(kind, lines).as_deref(), Some(why), "{kind}: {lines}");
    }
}

#[test]
fn an_exemplar_has_at_most_128_characters_of_labels() {
    let of = |length: usize| wrong(&format!("# TYPE a counter\na_total 1 # {{t=\"{}\\\"\"}} 1", "ü".repeat(length)));
    assert_eq!(of(126), None);
    assert_eq!(of(127).as_deref(), Some("2: the exemplar's labels have more than 128 characters"));
    assert_eq!(wrong("# TYPE a counter\na_total 1 #{} 1").as_deref(), Some("2: `#{}` is not a number"));
    assert_eq!(wrong("# TYPE a counter\na_total 1 # {} 1 2 3").as_deref(), Some("2: ` 3` stands behind the end of the exemplar"));
}

#[test]
fn half_an_exposition_is_none() {
    for (body, line) in [("", 1), ("up 1\n", 1), ("up 1\n# EO", 2), ("up 1\n# TYPE b gauge\n", 2)] {
        assert_eq!(check(body.as_bytes()).map_err(|forbidden| forbidden.line), Err(line), "{body}");
    }
    assert_eq!(check(b"up{a=\"\xff\"} 1\n# EOF").map_err(|forbidden| forbidden.line), Err(1));
}

proptest! {
    #[test]
    fn no_lines_upset_the_check(lines in "([a-c{}\"=,\\\\ 0-9.#+eINaf_-]{0,30}\n|# TYPE [ab] (counter|histogram|summary)\n|a_(total|bucket|sum|count)(\\{le=\"1\"\\})? 1 ?1?\n){0,12}") {
        let found = check(lines.as_bytes());
        prop_assert!(found.is_err_and(|forbidden| forbidden.line <= lines.lines().count().max(1)), "there is no `# EOF`");
    }
}
