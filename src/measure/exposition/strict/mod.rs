//! OpenMetrics 1.0 to the letter: what the standard forbids is an error, and one error spoils the whole.
//!
//! For: judging an exposition that claims to be OpenMetrics, in one pass and without copying it.
//! May not touch: samples for the store; those are read by `Reader`, which is as lenient as Prometheus is.
//! Start reading at [`check`], then `family` (what belongs together), `point` (what a type demands).

mod family;
mod metadata;
mod point;
mod sample;

use std::collections::HashSet;

use memchr::memchr;

use super::{Dialect, Flaw};
use family::Family;
use metadata::Metadata;

/// What the standard forbids, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Forbidden {
    /// Counted from one.
    pub line: usize,
    pub why: Flaw,
}

/// Finds the first thing that OpenMetrics 1.0 forbids.
pub fn check(body: &[u8]) -> Result<(), Forbidden> {
    let mut exposition = Exposition::default();
    let (mut rest, mut line) = (body, 0);
    while !rest.is_empty() {
        line += 1;
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        exposition.line(&rest[..end]).map_err(|why| Forbidden { line, why })?;
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    exposition.end().map_err(|why| Forbidden { line: line.max(1), why })
}

/// What is known of the lines so far.
#[derive(Default)]
struct Exposition<'a> {
    family: Option<Family<'a>>,
    /// Every name that a sample of the families before could have.
    taken: HashSet<Box<[u8]>>,
    ended: bool,
}

impl<'a> Exposition<'a> {
    fn line(&mut self, line: &'a [u8]) -> Result<(), Flaw> {
        if self.ended {
            return Err(Flaw::new("nothing may stand behind `# EOF`"));
        }
        if line.is_empty() {
            return Err(Flaw::new("a line is empty"));
        }
        if line.ends_with(b"\r") {
            return Err(Flaw::new("the line ends with a carriage return; only line feeds are allowed"));
        }
        std::str::from_utf8(line).map_err(|_| Flaw::about(line, "is not valid UTF-8"))?;
        if line == b"# EOF" {
            self.ended = true;
            return Ok(());
        }
        match line[0] {
            b'#' => self.metadata(&metadata::read(line)?),
            _ => self.sample(line),
        }
    }

    fn metadata(&mut self, metadata: &Metadata<'a>) -> Result<(), Flaw> {
        self.family_named(metadata.name)?.describe(metadata)
    }

    fn sample(&mut self, line: &'a [u8]) -> Result<(), Flaw> {
        let sample = sample::read(line)?;
        if self.family.as_ref().is_none_or(|family| family.suffix(sample.name).is_none()) {
            self.begin(sample.name)?;
        }
        self.family.as_mut().map_or(Ok(()), |family| family.take(&sample))
    }

    /// The family that the line before was about, if it has this name; else the next one.
    fn family_named(&mut self, name: &'a [u8]) -> Result<&mut Family<'a>, Flaw> {
        if self.family.as_ref().is_none_or(|family| family.name != name) {
            self.begin(name)?;
        }
        self.family.as_mut().ok_or(Flaw::new("a family is missing"))
    }

    fn begin(&mut self, name: &'a [u8]) -> Result<(), Flaw> {
        self.close()?;
        if name.starts_with(b"_") {
            return Err(Flaw::about(name, "starts with an underscore: such names are reserved"));
        }
        self.family = Some(Family::new(name));
        Ok(())
    }

    /// Ends the family so far; no later one may have a name in common with it.
    fn close(&mut self) -> Result<(), Flaw> {
        let Some(mut family) = self.family.take() else { return Ok(()) };
        family.end()?;
        // The bare name is the family's own, whatever its samples are called.
        let suffixes = family.kind.suffixes(Dialect::OpenMetrics).iter().filter(|suffix| !suffix.is_empty());
        for suffix in [""].iter().chain(suffixes) {
            let name = [family.name, suffix.as_bytes()].concat();
            if !self.taken.insert(name.into_boxed_slice()) {
                return Err(Flaw::about(family.name, "has a name in common with a family before it"));
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Flaw> {
        self.close()?;
        if self.ended { Ok(()) } else { Err(Flaw::new("`# EOF` is missing at the end: the text may be cut short")) }
    }
}

#[cfg(test)]
mod tests;
