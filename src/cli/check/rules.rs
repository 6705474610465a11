//! `--rules` and `--explain RULE`: what warnings there are.

use crate::cli::{DONE, Usage, out};
use crate::runbook::lint::{RULES, rule};

pub(super) fn list() -> anyhow::Result<u8> {
    for rule in RULES {
        out::line(&format!("{:16}  {}", rule.name, rule.finds))?;
    }
    out::line(
        "\n`warroom check --explain RULE` says more. What is meant: `# warroom: allow RULE` on the line, or the line above.",
    )?;
    Ok(DONE)
}

pub(super) fn explain(name: &str) -> anyhow::Result<u8> {
    let rule = rule(name).map_err(|help| Usage(format!("there is no rule `{name}`: {help}")))?;
    out::line(&format!("{}: {}\n\n{}\n\n  instead of   {}", rule.name, rule.finds, rule.why, rule.wrong))?;
    out::line(&format!("  write        {}\n\nWhere it is meant: # warroom: allow {}", rule.right, rule.name))?;
    Ok(DONE)
}
