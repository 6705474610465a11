//! The sign-off: which of its verdicts refuses, where the runbook does not say so.

use super::Lint;
use super::rules::GUESSED_REFUSAL;
use crate::runbook::file::Node;
use crate::runbook::written::entry;

/// What a verdict that refuses begins with.
const NO: [&str; 9] = ["no-", "no ", "not ", "refuse", "reject", "fail", "declin", "unaccept", "denied"];

impl Lint<'_> {
    pub(super) fn verdicts(&mut self, root: &Node) {
        let Some(sign_off) = entry(root, "sign_off") else { return };
        let Some(verdicts) = entry(&sign_off.value, "verdicts") else { return };
        let said = self.runbook.sign_off.as_ref().map(|sign_off| sign_off.verdicts.as_slice()).unwrap_or_default();
        let [_, .., last] = said else { return };
        if entry(&sign_off.value, "refuses").is_some() || says_no(last) {
            return;
        }
        let no = said.iter().find(|verdict| says_no(verdict)).unwrap_or(last);
        let what = format!("\"{last}\" stands last, and so counts as a refusal");
        self.warn(
            &GUESSED_REFUSAL,
            verdicts.value.head(),
            what,
            format!("say which do not accept the deployment: `refuses: {no}`"),
        );
    }
}

fn says_no(verdict: &str) -> bool {
    let verdict = verdict.to_lowercase();
    verdict == "no" || NO.iter().any(|no| verdict.starts_with(no))
}
