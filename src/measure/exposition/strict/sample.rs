//! One sample line as the grammar has it: `name{label="value",…} value [timestamp] [# {…} value [timestamp]]`.

use super::Flaw;
use crate::measure::exposition::line::{self, LABELS_MAX, TEXT_MAX};

/// Label and value as written, sorted by label.
pub(super) type Pairs<'a> = Vec<(&'a [u8], &'a [u8])>;

pub(super) struct Sample<'a> {
    pub(super) name: &'a [u8],
    pub(super) labels: Pairs<'a>,
    pub(super) value: f64,
    pub(super) at: Option<f64>,
    /// Its value.
    pub(super) exemplar: Option<f64>,
}

/// The characters that an exemplar's labels may have together.
const EXEMPLAR_MAX: usize = 128;

pub(super) fn read(line: &[u8]) -> Result<Sample<'_>, Flaw> {
    let name = line::bare_name(line);
    if name.is_empty() {
        return Err(Flaw::about(line, "does not start with a metric's name"));
    }
    let (labels, rest) = labels(&line[name.len()..])?;
    if line.len() - rest.len() > TEXT_MAX {
        return Err(Flaw::new("the series is too long"));
    }
    let (value, rest) = number(rest)?;
    let (at, rest) = timestamp(rest)?;
    let exemplar = exemplar(rest)?;
    Ok(Sample { name, labels, value, at, exemplar })
}

/// The labels, if braces follow, and what stands behind them.
fn labels(rest: &[u8]) -> Result<(Pairs<'_>, &[u8]), Flaw> {
    let mut pairs = Vec::new();
    let Some(mut rest) = rest.strip_prefix(b"{") else { return Ok((pairs, rest)) };
    if let Some(rest) = rest.strip_prefix(b"}") {
        return Ok((pairs, rest));
    }
    loop {
        let label = line::bare_name(rest);
        if label.is_empty() || label.contains(&b':') {
            return Err(Flaw::about(rest, "does not start with a label's name"));
        }
        let value = rest[label.len()..].strip_prefix(b"=\"");
        let value = value.ok_or_else(|| Flaw::about(label, "is not followed by `=\"value\"`"))?;
        let end = line::closing_quote(value).ok_or(Flaw::new("a quote is not closed"))?;
        pairs.push((label, &value[..end]));
        rest = &value[end + 1..];
        match rest.split_first() {
            Some((b',', more)) => rest = more,
            Some((b'}', more)) => return Ok((sorted(pairs)?, more)),
            Some(_) | None => return Err(Flaw::about(rest, "stands where a comma or `}` should be")),
        }
    }
}

fn sorted(mut pairs: Pairs<'_>) -> Result<Pairs<'_>, Flaw> {
    pairs.sort_unstable();
    if let Some(twice) = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Flaw::about(twice[0].0, "is given twice"));
    }
    if let Some((reserved, _)) = pairs.iter().find(|(label, _)| label.starts_with(b"__")) {
        return Err(Flaw::about(reserved, "starts with two underscores: such labels are reserved"));
    }
    if pairs.len() > LABELS_MAX { Err(Flaw::new("too many labels")) } else { Ok(pairs) }
}

/// One space and the word behind it.
fn word(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.strip_prefix(b" ")?;
    let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
    Some(rest.split_at(end))
}

fn number(rest: &[u8]) -> Result<(f64, &[u8]), Flaw> {
    let (word, rest) = word(rest).filter(|(word, _)| !word.is_empty()).ok_or(Flaw::new("a space and a number are missing"))?;
    let value = line::number(word).ok_or_else(|| Flaw::about(word, "is not a number"))?;
    Ok((value, rest))
}

fn timestamp(rest: &[u8]) -> Result<(Option<f64>, &[u8]), Flaw> {
    if rest.is_empty() || rest.starts_with(b" # ") {
        return Ok((None, rest));
    }
    let (at, rest) = number(rest)?;
    if at.is_finite() { Ok((Some(at), rest)) } else { Err(Flaw::new("a timestamp must be a finite number")) }
}

fn exemplar(rest: &[u8]) -> Result<Option<f64>, Flaw> {
    if rest.is_empty() {
        return Ok(None);
    }
    let braces = rest.strip_prefix(b" # ").filter(|rest| rest.starts_with(b"{"));
    let braces = braces.ok_or_else(|| Flaw::about(rest, "stands behind the end of the sample"))?;
    let (pairs, rest) = labels(braces)?;
    if pairs.iter().map(|(label, value)| characters(label) + characters(value)).sum::<usize>() > EXEMPLAR_MAX {
        return Err(Flaw::new("the exemplar's labels have more than 128 characters"));
    }
    let (value, rest) = number(rest)?;
    let (_, rest) = timestamp(rest)?;
    if rest.is_empty() { Ok(Some(value)) } else { Err(Flaw::about(rest, "stands behind the end of the exemplar")) }
}

/// How many characters a text has once its escapes are undone.
fn characters(written: &[u8]) -> usize {
    let mut escaped = false;
    let mut counted = |character: &char| {
        escaped = !escaped && *character == '\\';
        !escaped
    };
    String::from_utf8_lossy(written).chars().filter(&mut counted).count()
}
