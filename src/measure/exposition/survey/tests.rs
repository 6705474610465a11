use super::*;

fn complaints(body: &str) -> Vec<String> {
    let survey = Survey::of(body.as_bytes(), Dialect::Text);
    survey.complaints.iter().map(|(line, why)| format!("{line}: {why}")).collect()
}

#[test]
fn samples_are_put_to_the_family_that_was_announced() {
    let body = "# HELP took_seconds Time\\nspent.\n# TYPE took_seconds histogram\ntook_seconds_bucket{le=\"+Inf\"} 1\ntook_seconds_sum 1 5000\n\
        took_seconds_count 1\nother_count 1\n# TYPE wait summary\nwait{quantile=\"0.5\"} 1\nwait_sum 2 4000\n# HELP nothing of this name\n\
        {\"dotted.name\"} 1\n";
    let survey = Survey::of(body.as_bytes(), Dialect::Text);
    let families: Vec<_> = survey
        .families
        .iter()
        .map(|family| (family.name.as_str(), family.kind, family.help.as_str(), family.samples.len()))
        .collect();
    let expected = [
        ("took_seconds", Kind::Histogram, "Time spent.", 3),
        ("other_count", Kind::Unknown, "", 1),
        ("wait", Kind::Summary, "", 2),
        ("dotted.name", Kind::Unknown, "", 1),
    ];
    assert_eq!(families, expected);
    assert_eq!((survey.complaint_count, survey.newest), (0, Some(Moment(5_000))));
}

#[test]
fn openmetrics_names_its_samples_otherwise() {
    let body = b"# TYPE hits counter\n# UNIT hits hits\nhits_total 1\n# TYPE build info\nbuild_info 1\n# EOF\n";
    let survey = Survey::of(body, Dialect::OpenMetrics);
    let families: Vec<_> = survey.families.iter().map(|family| (family.name.as_str(), family.samples[0].as_str())).collect();
    assert_eq!(families, [("hits", "hits_total"), ("build", "build_info")]);
    assert_eq!((survey.families[0].unit.as_str(), survey.complaint_count), ("hits", 0));
}

#[test]
fn comments_and_blanks_may_stand_anywhere() {
    let body = "#\n# A comment\n # HELP  up \t is it\n\n  #   TYPE\tup   gauge \nup{ a = \"b\" , }1\n# HELP\n# HELP up\n# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n \t";
    assert_eq!(complaints(body), Vec::<String>::new());
}

#[test]
fn whatever_is_wrong_is_told_with_its_line() {
    let cases = [
        ("up 1\nup2 2", "2: the last line has no end: the text may be cut short"),
        ("up{a=\"\\t\"} 1\n", "1: `\\t\"}` starts with an escape that the format does not have"),
        ("# HELP up one\n# HELP up two\n", "2: `up` has its help told twice"),
        ("# TYPE up gauge\n# TYPE up gauge\n", "2: `up` has its type told twice, or after its samples"),
        ("up 1\n# TYPE up gauge\n", "2: `up` has its type told twice, or after its samples"),
        ("# TYPE up meter\n", "1: `meter` is not a type"),
        ("# TYPE my-app gauge\n", "1: `my-app` is not a metric's name"),
        ("# TYPE \"up gauge\n", "1: a quote is not closed"),
        ("# TYPE s summary\ns{quantile=\"half\"} 1\n", "2: `half` is not a number: `le` and `quantile` must be"),
        ("# TYPE h histogram\nh_bucket{le=\"0x1\"} 1\n", "2: `0x1` is not a number: `le` and `quantile` must be"),
        ("# TYPE h histogram\nh_count -1\n", "2: a histogram can't count less than nothing"),
        ("up{a=\"1\",a=\"2\"} 1\n", "1: `a` is given twice"),
        ("{a=\"b\"} 1\n", "1: the series has no name"),
    ];
    for (body, why) in cases {
        assert_eq!(complaints(body), [why], "{body}");
    }
}

#[test]
fn many_complaints_are_counted_and_the_first_told() {
    let survey = Survey::of("up\n".repeat(100).as_bytes(), Dialect::Text);
    assert_eq!((survey.complaint_count, survey.complaints.len()), (100, COMPLAINTS_TOLD));
}

proptest::proptest! {
    #[test]
    fn no_bytes_upset_the_survey(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let survey = Survey::of(&body, Dialect::Text);
        proptest::prop_assert!(survey.complaint_count <= body.split(|byte| *byte == b'\n').count());
    }

    #[test]
    fn nearly_right_lines_do_not_either(body in "([# ]{0,3}(HELP|TYPE|UNIT)?[a-c{}\"=,\\\\ 0-9.#+eINaf_-]{0,30}\n){0,8}") {
        for dialect in [Dialect::Text, Dialect::OpenMetrics] {
            let survey = Survey::of(body.as_bytes(), dialect);
            proptest::prop_assert!(survey.complaint_count <= 8);
        }
    }
}
