//! A look over a whole exposition: which families it has, of which types, and every line that is not as the format wants it.
//!
//! `Reader` reads what it can, as Prometheus does; this tells what is wrong all the same, to whoever writes or debugs an endpoint.

use std::collections::HashMap;

use memchr::{memchr, memchr2};

use super::{Dialect, Flaw, Kind, Sample, UNENDED, line};
use crate::measure::series::Labels;
use crate::time::Moment;

/// Complaints that are told; all of them are counted.
pub(super) const COMPLAINTS_TOLD: usize = 20;

/// A metric family: samples that belong together, and what is said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    pub name: String,
    pub kind: Kind,
    pub help: String,
    pub unit: String,
    /// The names that its samples go by.
    pub samples: Vec<String>,
    typed: bool,
    helped: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// In the order in which they are met first.
    pub families: Vec<Family>,
    /// The first lines that are wrong: number, and what is wrong.
    pub complaints: Vec<(usize, String)>,
    pub complaint_count: usize,
    /// The newest time that the exposition itself gives.
    pub newest: Option<Moment>,
    places: HashMap<String, usize>,
}

impl Survey {
    pub fn of(body: &[u8], dialect: Dialect) -> Self {
        let mut survey = Self::default();
        let (mut rest, mut number) = (body, 0);
        while !rest.is_empty() {
            number += 1;
            let end = memchr(b'\n', rest);
            let text = line::trim(&rest[..end.unwrap_or(rest.len())]);
            if let Err(why) = survey.line(text, dialect) {
                survey.complain(number, &why);
            } else if end.is_none() && !text.is_empty() && dialect == Dialect::Text {
                survey.complain(number, &UNENDED);
            }
            rest = end.map_or(&[][..], |end| &rest[end + 1..]);
        }
        survey.families.retain(|family| family.typed || !family.samples.is_empty());
        survey
    }

    fn complain(&mut self, number: usize, why: &Flaw) {
        self.complaint_count += 1;
        if self.complaints.len() < COMPLAINTS_TOLD {
            self.complaints.push((number, why.to_string()));
        }
    }

    fn line(&mut self, text: &[u8], dialect: Dialect) -> Result<(), Flaw> {
        match text.split_first() {
            None => Ok(()),
            Some((b'#', comment)) => self.comment(line::trim(comment), dialect),
            Some(_) => {
                let sample = line::read(text, line::bare_name(text), dialect)?;
                let labels = sample.series.decode()?;
                self.newest = self.newest.max(sample.at);
                no_odd_escape(sample.series.text, dialect)?;
                self.sample(&sample, &labels, dialect)
            }
        }
    }

    /// `HELP`, `TYPE` and `UNIT` say something, other comments do not.
    fn comment(&mut self, comment: &[u8], dialect: Dialect) -> Result<(), Flaw> {
        let (word, rest) = word(comment);
        if !matches!(word, b"HELP" | b"TYPE" | b"UNIT") || rest.is_empty() {
            return Ok(());
        }
        let (name, text) = name(rest, dialect)?;
        if text.is_empty() {
            return Ok(());
        }
        no_odd_escape(text, dialect)?;
        let said = String::from_utf8(text.to_owned()).map_err(|_| Flaw::about(text, "is not valid UTF-8"))?;
        let family = self.family(&name);
        match word {
            b"TYPE" => {
                if family.typed || !family.samples.is_empty() {
                    return Err(Flaw::about(name.as_bytes(), "has its type told twice, or after its samples"));
                }
                family.kind = Kind::named(text, dialect).ok_or_else(|| Flaw::about(text, "is not a type"))?;
                family.typed = true;
            }
            b"HELP" => {
                if std::mem::replace(&mut family.helped, true) {
                    return Err(Flaw::about(name.as_bytes(), "has its help told twice"));
                }
                family.help = said.replace("\\n", " ").replace("\\\\", "\\");
            }
            _ => family.unit = said,
        }
        Ok(())
    }

    fn family(&mut self, name: &str) -> &mut Family {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.families.push(Family { name: name.to_owned(), ..Family::default() });
            self.families.len() - 1
        });
        &mut self.families[place]
    }

    fn sample(&mut self, sample: &Sample<'_>, labels: &Labels, dialect: Dialect) -> Result<(), Flaw> {
        let name = labels.name();
        let (owner, suffix) = self.owner(name, dialect);
        let family = self.family(&owner);
        // Samples of one name stand together, nearly always.
        if family.samples.last().is_none_or(|last| last != name) && !family.samples.iter().any(|known| known == name) {
            family.samples.push(name.to_owned());
        }
        fits(family.kind, suffix, labels, sample.value)
    }

    /// The family that a sample of this name belongs to, and what is left of the name.
    fn owner(&self, name: &str, dialect: Dialect) -> (String, &'static str) {
        let known = |owner: &str| self.places.get(owner).map(|place| &self.families[*place]).filter(|family| family.typed);
        if known(name).is_none() {
            for suffix in ["_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum"] {
                let owner = name.strip_suffix(suffix);
                if let Some(family) = owner.and_then(known).filter(|family| family.kind.suffixes(dialect).contains(&suffix)) {
                    return (family.name.clone(), suffix);
                }
            }
        }
        (name.to_owned(), "")
    }
}

/// What histograms and summaries demand of each of their samples.
fn fits(kind: Kind, suffix: &str, labels: &Labels, value: f64) -> Result<(), Flaw> {
    let told = match (kind, suffix) {
        (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => labels.get("le"),
        (Kind::Summary, "") => labels.get("quantile"),
        _ => "",
    };
    if !told.is_empty() && line::number(told.as_bytes()).is_none() {
        return Err(Flaw::about(told.as_bytes(), "is not a number: `le` and `quantile` must be"));
    }
    if kind == Kind::Histogram && matches!(suffix, "_bucket" | "_count") && value < 0.0 {
        return Err(Flaw::new("a histogram can't count less than nothing"));
    }
    Ok(())
}

/// In Prometheus text only `\\`, `\"` and `\n` may be escaped.
fn no_odd_escape(text: &[u8], dialect: Dialect) -> Result<(), Flaw> {
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest).filter(|_| dialect == Dialect::Text) {
        match rest.get(at + 1) {
            Some(b'\\' | b'"' | b'n') => rest = &rest[at + 2..],
            Some(_) | None => return Err(Flaw::about(&rest[at..], "starts with an escape that the format does not have")),
        }
    }
    Ok(())
}

fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr2(b' ', b'\t', text).unwrap_or(text.len());
    (&text[..end], line::trim(&text[end..]))
}

/// The name in a comment, bare or in quotes, and what is said of it.
fn name(text: &[u8], dialect: Dialect) -> Result<(String, &[u8]), Flaw> {
    let Some(inside) = text.strip_prefix(b"\"") else {
        let (name, rest) = word(text);
        if line::bare_name(name) != name {
            return Err(Flaw::about(name, "is not a metric's name"));
        }
        return Ok((String::from_utf8_lossy(name).into_owned(), rest));
    };
    no_odd_escape(inside, dialect)?;
    let (name, rest) = line::quoted(inside)?;
    Ok((name, line::trim(rest)))
}

#[cfg(test)]
mod tests;
