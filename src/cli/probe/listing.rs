//! The list of what is exposed: families with their types, and the series of each with their newest value.

use std::fmt::Write;
use std::io;

use crate::cli::out;
use crate::cli::probe::answer::number;
use crate::measure::exposition::Survey;
use crate::measure::series::Store;
use crate::text;
use crate::time::Moment;

pub(super) fn print(survey: &Survey, store: &Store, at: Moment) -> io::Result<()> {
    out::line(list(survey, store, at).trim_end())
}

fn list(survey: &Survey, store: &Store, at: Moment) -> String {
    let mut list = String::new();
    for family in &survey.families {
        let unit = if family.unit.is_empty() { String::new() } else { format!(", in {}", family.unit) };
        let help = if family.help.is_empty() { String::new() } else { format!(": {}", family.help) };
        let head = format!("{} ({}{unit}){help}", family.name, family.kind);
        let _ = writeln!(list, "{}", text::clean_line(&head));
        for series in family.samples.iter().flat_map(|name| store.select(Some(name))) {
            let Some(point) = series.points.last_measured(at) else { continue };
            let earlier = series.points.as_slice().len() - 1;
            let history = if earlier > 0 { format!(" ({earlier} earlier)") } else { String::new() };
            let line = format!("{} {}{history}", series.labels, number(point.value));
            let _ = writeln!(list, "  {}", text::clean_line(&line));
        }
    }
    let (families, series) = (survey.families.len(), store.len());
    let _ = writeln!(list, "{families} {}, {series} series", if families == 1 { "family" } else { "families" });
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::exposition::Dialect;
    use crate::time::Span;

    #[test]
    fn every_family_is_listed_with_its_series() {
        let body = b"# HELP hits_total Requests\\nanswered.\n# TYPE hits_total counter\nhits_total{code=\"200\"} 1 1000\n\
            hits_total{code=\"200\"} 5 2000\n# TYPE s histogram\ns_bucket{le=\"+Inf\"} 2\ns_count 2\ns_sum 1.5\nother NaN\n";
        let survey = Survey::of(body, Dialect::Text);
        let mut store = Store::everything(Span::HOUR);
        store.ingest(body, Moment(2_000)).unwrap();
        let expected = "hits_total (counter): Requests answered.\n  hits_total{code=\"200\"} 5 (1 earlier)\ns (histogram)\n  \
            s_bucket{le=\"+Inf\"} 2\n  s_count 2\n  s_sum 1.5\nother (unknown)\n  other NaN\n3 families, 5 series\n";
        assert_eq!(list(&survey, &store, Moment(2_000)), expected);
    }
}
