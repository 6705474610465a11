//! `warroom schema` and `warroom explain`: the words of the runbook file.

use crate::cli::{DONE, Usage, out};
use crate::runbook::words;

pub(super) fn schema() -> anyhow::Result<u8> {
    out::line(&serde_json::to_string_pretty(&words::schema())?)?;
    Ok(DONE)
}

pub(super) fn explain(key: Option<&str>, all: bool) -> anyhow::Result<u8> {
    let said = match key {
        _ if all => words::reference(),
        Some(key) => words::explain(key).map_err(|help| Usage(format!("there is no key or part `{key}`: {help}")))?,
        None => words::list(),
    };
    out::line(said.trim_end())?;
    Ok(DONE)
}
