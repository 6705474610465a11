//! What later steps need of a step's output: a backup's name, a row count, the release before.

use std::collections::BTreeMap;

use jsonpath_rust::JsonPath;

use crate::engine::steps::expect::{JSON_MAX, document, pattern};
use crate::engine::steps::mask::Mask;
use crate::id::VarName;
use crate::runbook::model::{Capture, CaptureFrom};
use crate::text;

/// The longest value, in bytes: it has to fit into a child's environment.
const VALUE_BYTES_MAX: usize = 32 * 1024;

/// Keeps the output of a step from which something is captured.
#[derive(Default)]
pub struct Captures {
    wanted: Vec<Capture>,
    kept: Vec<u8>,
    overflowed: bool,
}

impl Captures {
    pub fn new(wanted: &[Capture]) -> Self {
        Self { wanted: wanted.to_vec(), ..Self::default() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if self.wanted.is_empty() {
            return;
        }
        let kept = bytes.len().min(JSON_MAX - self.kept.len());
        self.kept.extend_from_slice(&bytes[..kept]);
        self.overflowed |= kept < bytes.len();
    }

    /// What was found, or what is not there: a later step would run with nothing. A value that holds a secret can't be
    /// handed on either, since it would be written down as any other.
    pub fn values(&self, mask: &Mask) -> Result<BTreeMap<VarName, String>, String> {
        if self.overflowed {
            return Err(format!("the output is larger than {} KiB, too much to capture from", JSON_MAX / 1024));
        }
        let found = self.wanted.iter().map(|capture| Ok((capture.name.clone(), self.value(capture)?)));
        let found: BTreeMap<VarName, String> = found.collect::<Result<_, String>>()?;
        match found.iter().find(|(_, value)| mask.text(value) != **value) {
            Some((name, _)) => Err(format!("what it gave for {name} holds a secret, which is not recorded")),
            None => Ok(found),
        }
    }

    fn value(&self, capture: &Capture) -> Result<String, String> {
        let output = String::from_utf8_lossy(&self.kept);
        let found = match &capture.from {
            CaptureFrom::LastLine => output.lines().rev().find(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned()),
            CaptureFrom::Pattern(written) => {
                let found = pattern(written)?.captures(&output).and_then(|found| found.get(1).or_else(|| found.get(0)));
                found.map(|found| found.as_str().to_owned())
            }
            CaptureFrom::Json(path) => document(&self.kept).and_then(|document| at(&document, path)),
        };
        let value = found.map(|value| text::clean_line(&value).into_owned()).filter(|value| !value.is_empty());
        match value {
            Some(value) if value.len() > VALUE_BYTES_MAX => Err(format!("what it gave for {} is too long", capture.name)),
            Some(value) => Ok(value),
            None => Err(format!("the output gives nothing for {}", capture.name)),
        }
    }
}

/// The value at a path, as a text.
fn at(document: &serde_json::Value, path: &str) -> Option<String> {
    let found = document.query(path).ok()?;
    found.first().map(|value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_line_a_group_or_a_place_in_a_document() {
        let capture = |from| Capture { name: VarName::new("backup"), from };
        let cases = [
            (CaptureFrom::LastLine, "dumping\nbackup-17.sql\n\n", Ok("backup-17.sql")),
            (CaptureFrom::Pattern(r"written to (\S+),".to_owned()), "written to a.sql, 3 rows", Ok("a.sql")),
            (CaptureFrom::Pattern(r"\d+ rows".to_owned()), "written to a.sql, 3 rows", Ok("3 rows")),
            (CaptureFrom::Json("$.count".to_owned()), "# sqlite\n{\"count\": 6331}", Ok("6331")),
            (CaptureFrom::Json("$.count".to_owned()), "{}", Err("the output gives nothing for backup")),
            (CaptureFrom::LastLine, " \n", Err("the output gives nothing for backup")),
        ];
        for (from, output, wanted) in cases {
            let mut captures = Captures::new(&[capture(from.clone())]);
            captures.push(output.as_bytes());
            let found = captures.values(&Mask::default()).map(|values| values["backup"].clone());
            assert_eq!(found.as_deref().map_err(String::as_str), wanted, "{from:?}");
        }
    }
}
