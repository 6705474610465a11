use super::*;
use crate::measure::reading::Reading;

const EVERY: i64 = 15_000;

fn query(text: &str) -> Query {
    Query::compile(text).unwrap()
}

fn store(query: &Query) -> Store {
    Store::new(&[query])
}

fn read(query: &Query, store: &Store) -> Reading {
    query.read(store, store.last().unwrap())
}

#[test]
fn a_series_that_vanishes_from_a_scrape_is_gone_at_once() {
    let up = query("up");
    let mut store = store(&up);
    store.ingest(b"up 1\nother 2\n", Moment(0)).unwrap();
    assert_eq!(read(&up, &store), Reading::Number(1.0));
    let scrape = store.ingest(b"other 2\n", Moment(EVERY)).unwrap();
    assert_eq!((scrape.kept, scrape.skipped), (0, 1));
    assert_eq!(read(&up, &store), Reading::Missing("up is no longer exposed, last seen 15s ago".to_owned()));
    store.ingest(b"up 3\n", Moment(2 * EVERY)).unwrap();
    assert_eq!(read(&up, &store), Reading::Number(3.0));
}

#[test]
fn a_failed_scrape_takes_all_series_with_it() {
    let rate = query("rate(hits_total[1m])");
    let mut store = store(&rate);
    store.ingest(b"hits_total 1\n", Moment(0)).unwrap();
    store.ingest(b"hits_total 2\n", Moment(EVERY)).unwrap();
    assert!(matches!(read(&rate, &store), Reading::Number(_)));
    store.scrape_failed(Moment(2 * EVERY));
    assert_eq!(read(&rate, &store), Reading::Missing("the last scrape failed".to_owned()));
    assert_eq!(query("hits_total").answer(&store, Moment(2 * EVERY)), Ok(crate::measure::promql::Answer::Vector(vec![])));
}

#[test]
fn a_login_page_is_a_failed_scrape_and_leaves_nothing_behind() {
    let up = query("up");
    let mut store = store(&up);
    store.ingest(b"up 1\n", Moment(0)).unwrap();
    assert_eq!(store.ingest(b"<html>\nup 7\n</html>", Moment(EVERY)), Err(ExpositionError::WebPage));
    assert!(store.ingest(b"Service up 24/7, please log in", Moment(2 * EVERY)).is_err());
    assert_eq!(read(&up, &store), Reading::Missing("the last scrape failed".to_owned()));
}

#[test]
fn half_an_openmetrics_answer_is_a_failed_scrape() {
    let up = query("up");
    let mut store = store(&up);
    assert!(store.ingest_as(b"up 1\n# EOF\n", Dialect::OpenMetrics, Moment(0)).is_ok());
    assert_eq!(store.ingest_as(b"up 1\n", Dialect::OpenMetrics, Moment(EVERY)), Err(ExpositionError::CutShort));
    assert_eq!(read(&up, &store), Reading::Missing("the last scrape failed".to_owned()));
}

#[test]
fn a_line_that_cannot_be_read_makes_its_metric_doubtful_and_no_other() {
    let errors = query("sum(errors_total)");
    let up = query("up");
    let mut store = Store::new(&[&errors, &up]);
    let scrape = store.ingest(b"up 1\nerrors_total{code=\"500\"} many\nerrors_total{code=\"502\"} 2\n", Moment(0)).unwrap();
    assert_eq!((scrape.kept, scrape.bad), (2, vec![(2, "`many` is not a number".to_owned())]));
    assert_eq!(read(&errors, &store), Reading::Invalid("errors_total, line 2: `many` is not a number".to_owned()));
    assert_eq!(read(&up, &store), Reading::Number(1.0));
    store.ingest(b"up 1\nerrors_total{code=\"500\"} 1\nerrors_total{code=\"502\"} 2\n", Moment(EVERY)).unwrap();
    assert_eq!(read(&errors, &store), Reading::Number(3.0));
}

#[test]
fn however_many_metrics_have_bad_lines_none_of_them_shows_a_partial_sum() {
    let queries: Vec<Query> = (0..30).map(|number| query(&format!("sum(errors_{number})"))).collect();
    let mut store = Store::new(&queries.iter().collect::<Vec<_>>());
    let lines: Vec<String> = (0..30).map(|at| format!("errors_{at} 1\nerrors_{at}{{code=\"500\"}} many\n")).collect();
    assert_eq!(store.ingest(lines.concat().as_bytes(), Moment(0)).unwrap().bad_count, 30);
    for query in &queries {
        assert!(matches!(read(query, &store), Reading::Invalid(why) if why.contains("`many` is not a number")), "{query}");
    }
}

#[test]
fn more_names_with_bad_lines_than_are_told_apart_make_everything_doubtful() {
    let (any, up) = (query("count({__name__=~\"x.*\"})"), query("up"));
    let mut store = Store::new(&[&any, &up]);
    let lines: Vec<String> = (0..=1_000).map(|number| format!("x{number} many\n")).collect();
    store.ingest(format!("up 1\n{}", lines.concat()).as_bytes(), Moment(0)).unwrap();
    let why = "more than 1000 metrics have bad lines; x1000, line 1002: `many` is not a number";
    assert_eq!(read(&up, &store), Reading::Invalid(why.to_owned()));
}

#[test]
fn a_bad_line_with_a_quoted_name_is_known_by_it_and_one_of_no_name_concerns_all() {
    let (errors, up) = (query("sum({\"http.errors\"})"), query("up"));
    let invalid = |why: &str| Reading::Invalid(why.to_owned());
    let of = |line: &str| {
        let mut store = Store::new(&[&errors, &up]);
        store.ingest(format!("up 1\n{{\"http.errors\",code=\"500\"}} 3\n{line}\n").as_bytes(), Moment(0)).unwrap();
        [read(&errors, &store), read(&up, &store)]
    };
    let known = [
        ("{\"http.errors\",code=\"501\"} 9x", "`9x` is not a number"),
        ("{code=\"501\",\"http.errors\"} 9x", "`9x` is not a number"),
        ("{\"http.errors\",code=501} 9", "`=501` stands where `=\"value\"` should be"),
        ("http.errors{code=\"501\"} 9", "`http.errors{code=\"501\"} 9` holds a character that no metric's name has"),
    ];
    for (line, why) in known {
        let [errors, up] = of(line);
        assert_eq!((errors, up), (invalid(&format!("http.errors, line 3: {why}")), Reading::Number(1.0)), "{line}");
    }
    let why = invalid("a line of some metric, line 3: the series has no name");
    assert_eq!(of("{code=\"501\"} 9"), [why.clone(), why]);
    assert_eq!(of("{\"other.errors\",code=\"501\"} 9x"), [Reading::Number(3.0), Reading::Number(1.0)]);
}

#[test]
fn a_text_that_ends_within_a_line_is_not_taken_at_its_word_there() {
    let (errors, up) = (query("errors"), query("up"));
    let of = |body: &str| {
        let mut store = Store::new(&[&errors, &up]);
        store.ingest_as(body.as_bytes(), Dialect::Text, Moment(0)).unwrap();
        [read(&errors, &store), read(&up, &store)]
    };
    let why = |whose: &str, line: u8| {
        Reading::Invalid(format!("{whose}, line {line}: the last line has no end: the text may be cut short"))
    };
    assert_eq!(of("up 1\nerrors 95\n"), [Reading::Number(95.0), Reading::Number(1.0)]);
    assert_eq!(of("up 1\nerrors 9"), [why("errors", 2), Reading::Number(1.0)]);
    assert!(matches!(of("up 1\nerrors 1\nerrors{a=\"")[0], Reading::Invalid(_)));
    assert!(matches!(of("up 1\nerrors 1\nerr"), [Reading::Invalid(_), Reading::Number(_)]));
    assert_eq!(of("up 1\nerrors 1\nother 9"), [Reading::Number(1.0), Reading::Number(1.0)]);
    assert_eq!(of("up 1\nerrors 1\n# HEL")[1], why("a line of some metric", 3));
}

#[test]
fn a_series_that_is_written_twice_with_two_values_is_none() {
    let (dup, up) = (query("dup"), query("up"));
    let mut store = Store::new(&[&dup, &up]);
    let scrape = store.ingest(b"dup 1\nup 1\ndup 99\n", Moment(0)).unwrap();
    assert_eq!(scrape.bad, [(3, "written twice in one scrape, with 1 and 99".to_owned())]);
    let why = "dup, line 3: written twice in one scrape, with 1 and 99";
    assert_eq!([read(&dup, &store), read(&up, &store)], [Reading::Invalid(why.to_owned()), Reading::Number(1.0)]);
    store.ingest(b"dup 7\ndup 7\n", Moment(EVERY)).unwrap();
    assert_eq!(read(&dup, &store), Reading::Number(7.0));
    let timed = store.ingest(b"up 1 20000\nup 2 20000\n", Moment(2 * EVERY)).unwrap();
    assert_eq!((timed.bad_count, timed.out_of_order), (1, 1));
}

#[test]
fn times_that_the_exposition_gives_are_honoured_and_its_silence_is_not_an_end() {
    let up = query("timestamp(up)");
    let mut store = store(&up);
    store.ingest(b"up 1 100000\n", Moment(110_000)).unwrap();
    assert_eq!(read(&up, &store), Reading::Number(100.0));
    store.ingest(b"# nothing\n", Moment(120_000)).unwrap();
    assert_eq!(read(&up, &store), Reading::Number(100.0));
    assert!(matches!(query("up").read(&store, Moment(100_000 + 300_000)), Reading::Missing(_)));
    let late = store.ingest(b"up 1 90000\n", Moment(130_000)).unwrap();
    let ahead = store.ingest(b"up 1 9000000\n", Moment(140_000)).unwrap();
    assert_eq!([late.out_of_order, ahead.out_of_order], [1, 1]);
    assert!(matches!(read(&up, &store), Reading::Invalid(why) if why.contains("ahead")));
}

#[test]
fn a_sample_is_as_old_as_it_says_itself_and_not_as_its_scrape() {
    let now = Moment(1_000_000);
    let of = |text: &str, body: &str| {
        let asked = query(text);
        let mut store = store(&asked);
        store.ingest(body.as_bytes(), now).unwrap();
        asked.read_aged(&store, now, Span::seconds(15)).0
    };
    assert_eq!(of("x", "x 1\n"), Reading::Number(1.0));
    assert_eq!(of("x", "x 1 990000\n"), Reading::Number(1.0));
    let old = "x was measured 4:40 ago, says its own timestamp";
    assert_eq!(of("x", "x 1 720000\n"), Reading::Missing(old.to_owned()));
    assert_eq!(of("sum(x)", "x{a=\"1\"} 1 720000\nx{a=\"2\"} 1 999000\n"), Reading::Missing(old.to_owned()));
    assert_eq!(of("max_over_time(x[10m])", "x 1 720000\n"), Reading::Missing(old.to_owned()));
    assert_eq!(of("time() - timestamp(x)", "x 1 720000\n"), Reading::Number(280.0));
    let ahead = of("sum(x)", "x{a=\"1\"} 1 999000\nx{a=\"2\"} 1 1180000\n");
    assert_eq!(ahead, Reading::Missing("x is dated 3:00 ahead: the source's clock is wrong".to_owned()));
}

#[test]
fn a_clock_put_back_does_not_stop_the_measuring() {
    let up = query("up");
    let mut store = store(&up);
    store.ingest(b"up 1\n", Moment(3_600_000)).unwrap();
    let scrape = store.ingest(b"up 2\n", Moment(1_000)).unwrap();
    assert_eq!((scrape.kept, scrape.out_of_order), (1, 0));
    assert_eq!(read(&up, &store), Reading::Number(2.0));
}

#[test]
fn the_same_series_written_in_another_order_is_the_same_series() {
    let up = query("up");
    let mut store = store(&up);
    store.ingest(b"up{a=\"1\",b=\"2\"} 1\n", Moment(0)).unwrap();
    store.ingest(b"up{b=\"2\", a=\"1\"} 2\n", Moment(EVERY)).unwrap();
    assert_eq!((store.len(), read(&up, &store)), (1, Reading::Number(2.0)));
}

#[test]
fn what_no_query_looks_back_to_is_forgotten() {
    let rate = query("rate(hits_total[1m])");
    let mut store = store(&rate);
    for scrape in 0..100_u32 {
        let body = format!("hits_total{{pod=\"{scrape}\"}} 1\nhits_total 5\n");
        store.ingest(body.as_bytes(), Moment(i64::from(scrape) * EVERY)).unwrap();
    }
    assert!(store.len() <= 7, "{} series are kept of one minute", store.len());
    let longest = store.select(None).map(|series| series.points.as_slice().len()).max();
    assert_eq!(longest, Some(4));
}

#[test]
fn more_series_than_are_kept_make_every_answer_doubtful() {
    let count = query("count(many)");
    let mut store = store(&count);
    let lines: Vec<String> = (0..=SERIES_MAX).map(|id| format!("many{{id=\"{id}\"}} 1")).collect();
    let scrape = store.ingest(lines.join("\n").as_bytes(), Moment(0)).unwrap();
    assert_eq!((scrape.kept, scrape.refused), (SERIES_MAX, 1));
    assert_eq!(read(&count, &store), Reading::Invalid("the source exposes more series than are kept".to_owned()));
}

#[test]
fn ingest_takes_any_bytes() {
    proptest::proptest!(|(bodies in proptest::collection::vec(proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), 0..5))| {
        let all = query("{__name__=~\".+\"}");
        let mut store = store(&all);
        for (at, body) in (0..).zip(&bodies) {
            let _ = store.ingest(body, Moment(at));
        }
    });
}

/// Series come, go and change places from scrape to scrape; each keeps its own value.
#[test]
fn no_series_is_taken_for_another() {
    use proptest::prelude::*;
    let scrapes = proptest::collection::vec(proptest::collection::vec((0_u8..12, any::<bool>(), 0_u32..1_000), 0..16), 1..8);
    proptest!(|(scrapes in scrapes)| {
        let all = query("things");
        let mut store = store(&all);
        for (round, scrape) in (1..).zip(&scrapes) {
            let mut expected = std::collections::BTreeMap::new();
            let mut lines = vec!["things_total 1".to_owned()];
            for (id, swapped, value) in scrape {
                let labels = if *swapped { format!("a=\"x\",id=\"{id}\"") } else { format!("id=\"{id}\",a=\"x\"") };
                lines.push(format!("things{{{labels}}} {value}"));
                expected.entry(id.to_string()).or_insert(f64::from(*value));
            }
            // Every series may stay away long enough to be forgotten.
            let at = Moment(round * 200_000);
            store.ingest(lines.join("\n").as_bytes(), at).unwrap();
            let Ok(crate::measure::promql::Answer::Vector(found)) = all.answer(&store, at) else { unreachable!() };
            let found = found.into_iter().map(|(labels, value)| (labels.get("id").to_owned(), value)).collect();
            prop_assert_eq!(expected, found);
        }
    });
}

/// What is left in a store after two scrapes, with the second one cut into pieces.
fn after(body: &[u8], cuts: &[usize], dialect: Dialect) -> (String, Result<Scrape, ExpositionError>) {
    let all = query("count by (a) ({__name__=~\"[a-c]|up\"})");
    let mut store = store(&all);
    store.ingest(b"up 1\na{a=\"1\"} 1\n", Moment(0)).unwrap();
    let wanted = store.wanted();
    let mut intake = Intake::open(&mut store, &wanted, dialect, Moment(EVERY));
    let mut from = 0;
    let ends = cuts.iter().copied().chain([body.len()]);
    let piece = |end: usize| &body[std::mem::replace(&mut from, end)..end];
    let pushed = ends.map(piece).try_for_each(|piece| intake.push(piece));
    let result = match pushed {
        Ok(()) => intake.finish(),
        Err(error) => {
            intake.abandon();
            Err(error)
        }
    };
    let mut series: Vec<_> =
        store.select(None).map(|series| format!("{:?} {:?}", series.labels, series.points.as_slice())).collect();
    series.sort();
    (format!("{series:?} {}", store.failed()), result)
}

proptest::proptest! {
    #[test]
    fn wherever_a_body_is_cut_the_same_comes_of_it(
        body in "(( |\n){0,2}([abc](\\{a=\"[1\\\\n\"é]{0,2}\"\\})? ?[0-9N]{0,2} ?[0-9]{0,2}|# EOF|#x|<p>|\"up\" 1)[ \r]?\n){0,5}(a 1|# EOF| )?",
        cuts in proptest::collection::vec(0_usize..60, 0..5),
        strict in proptest::bool::ANY,
    ) {
        let body = body.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < body.len()).collect();
        cuts.sort_unstable();
        let dialect = if strict { Dialect::OpenMetrics } else { Dialect::Text };
        proptest::prop_assert_eq!(after(body, &cuts, dialect), after(body, &[], dialect));
    }
}

#[test]
fn a_body_that_breaks_off_leaves_nothing_behind() {
    let up = query("up");
    let mut store = store(&up);
    store.ingest(b"up 1\n", Moment(0)).unwrap();
    let wanted = store.wanted();
    let mut intake = Intake::open(&mut store, &wanted, Dialect::Text, Moment(EVERY));
    intake.push(b"up 2\nup{a=\"1\"} 3\nup{a=").unwrap();
    intake.abandon();
    assert_eq!(read(&up, &store), Reading::Missing("the last scrape failed".to_owned()));
    let points: Vec<_> = store.select(None).map(|series| series.points.as_slice().len()).collect();
    assert_eq!(points, [2], "the first sample and the mark where it ended");
}

/// A source whose labels change from scrape to scrape, as a careless one's do: session ids, request paths.
#[test]
fn whatever_a_source_exposes_a_store_stays_within_its_bounds() {
    use proptest::prelude::*;
    let series = || (0_u16..60, 0_usize..40, any::<bool>());
    let scrapes = proptest::collection::vec(proptest::collection::vec(series(), 0..30), 1..40);
    let bounds = (1_usize..20, 50_usize..600, 10_usize..100);
    proptest!(|(scrapes in scrapes, (series, text_bytes, points) in bounds)| {
        let many = query("sum(rate(many[1h]))");
        let mut store = store(&many);
        store.shelf.bounds = Bounds { series, text_bytes, points };
        for (round, scrape) in (1..).zip(&scrapes) {
            let line = |(id, length, turned): &(u16, usize, bool)| {
                let (id, path) = (format!("id=\"{id}\""), format!("path=\"/{}\"", "x".repeat(*length)));
                if *turned { format!("many{{{path},{id}}} {round}\n") } else { format!("many{{{id},{path}}} {round}\n") }
            };
            let body: String = scrape.iter().map(line).collect();
            let taken = store.ingest(body.as_bytes(), Moment(round * EVERY)).unwrap();
            prop_assert_eq!(taken.kept + taken.refused + taken.out_of_order, scrape.len());
            prop_assert!(store.len() <= series, "{} series", store.len());
            prop_assert!(store.shelf.text_bytes() <= text_bytes, "{} bytes", store.shelf.text_bytes());
            let kept: usize = store.select(None).map(|series| series.points.as_slice().len()).sum();
            // A rate needs two points of each series, however many there are.
            prop_assert!(kept <= points.max(2 * series), "{kept} points");
            prop_assert!(store.select(None).all(|series| series.points.held() <= 2 * series.points.as_slice().len() + 64));
        }
    });
}
