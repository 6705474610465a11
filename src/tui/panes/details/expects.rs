//! What must be seen for a success, in words.

use crate::measure::judge::{Verdict, judge};
use crate::runbook::model::{Expect, Inside, Number, Step};
use crate::tui::panes::prose::{Ink, Prose};
use crate::tui::scene::Facts;

pub(super) fn tell(prose: &mut Prose, facts: &Facts, step: &Step) {
    for criterion in step.kind.criteria() {
        let judged = judge(criterion, facts.state, facts.now);
        let ink = match judged.verdict {
            Verdict::Pass => Ink::Plain,
            Verdict::Fail => Ink::Bad,
            Verdict::Unknown => Ink::Careful,
        };
        let said = match judged.verdict {
            Verdict::Unknown => format!("{} ({}: {})", criterion.text, judged.verdict.word(), judged.reason),
            Verdict::Pass | Verdict::Fail => format!("{} ({} now: {})", criterion.text, judged.verdict.word(), judged.now),
        };
        prose.fact("must be", &said, ink);
    }
    for line in expectations(&step.expect) {
        prose.fact("must be", &line, Ink::Plain);
    }
    let verifies = |part: &&Step| matches!(&part.inside, Some(Inside::Verify(of)) if *of == step.id);
    for part in facts.state.runbook.all_steps().filter(verifies) {
        prose.fact("verified by", &format!("{} {}", part.number, part.title), Ink::Plain);
    }
}

fn expectations(expect: &Expect) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(expect.exit.map(|code| format!("it exits with {code}")));
    lines.extend(expect.status.map(|status| format!("the answer has the status {status}")));
    lines.extend(expect.contains.iter().map(|text| format!("\"{text}\" is in its output")));
    lines.extend(expect.absent.iter().map(|text| format!("\"{text}\" is NOT in its output")));
    lines.extend(expect.matches.iter().map(|pattern| format!("a line of its output matches \"{pattern}\"")));
    lines.extend(expect.value.iter().map(|value| format!("its whole output is \"{value}\"")));
    lines.extend(expect.numbers.iter().map(number));
    lines.extend(expect.json.iter().map(|(path, value)| format!("{path} of its JSON is {value}")));
    lines
}

fn number(number: &Number) -> String {
    match &number.pattern {
        Some(pattern) => format!("the number that \"{pattern}\" finds is {}", number.written),
        None => format!("the number that it prints is {}", number.written),
    }
}
