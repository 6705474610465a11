//! `or` binds weaker than `and`, `and` weaker than `not`; each line of the grammar is one function.

use super::lex::{Kind, Token};
use super::{DEPTH_MAX, Flaw};
use crate::id::{ChecklistId, MetricId, SourceId};
use crate::measure::criterion::{Op, Test};
use crate::measure::unit::{Quantity, Unit};
use crate::runbook::names::Names;
use crate::runbook::notes::suggest;
use crate::runbook::{quantity, span};
use crate::time::Span;

const EXPECTED: &str = "write a comparison like `error_rate < 0.5%`, `health is up`, `no critical metrics`, \
                        `checklist \"…\" is complete` or `operator confirms \"…\"`";

pub(super) struct Parser<'t, 'n> {
    tokens: Vec<Token<'t>>,
    next: usize,
    length: usize,
    depth: usize,
    names: &'n Names,
    pub(super) flaws: Vec<Flaw>,
}

/// Nothing means that the flaw is told and reading cannot go on.
type Parsed<T> = Option<T>;

impl<'t, 'n> Parser<'t, 'n> {
    pub(super) fn new(tokens: Vec<Token<'t>>, length: usize, names: &'n Names) -> Self {
        Self { tokens, next: 0, length, depth: 0, names, flaws: Vec::new() }
    }

    pub(super) fn whole(&mut self) -> Parsed<Test> {
        let test = self.any()?;
        let Some(token) = self.tokens.get(self.next).cloned() else { return Some(test) };
        let help = match token.kind {
            Kind::Close => "there is no `(` for it".to_owned(),
            Kind::Word if token.text == "for" => "`for` goes right behind a single comparison".to_owned(),
            _ => "join two conditions with `and` or `or`".to_owned(),
        };
        self.flaw(&token, format!("`{}` is too much here", token.text), help)
    }

    fn any(&mut self) -> Parsed<Test> {
        let mut tests = vec![self.all()?];
        while self.word("or") {
            tests.push(self.all()?);
        }
        if tests.len() == 1 { tests.pop() } else { Some(Test::Any(tests)) }
    }

    fn all(&mut self) -> Parsed<Test> {
        let mut tests = vec![self.not()?];
        while self.word("and") {
            tests.push(self.not()?);
        }
        if tests.len() == 1 { tests.pop() } else { Some(Test::All(tests)) }
    }

    fn not(&mut self) -> Parsed<Test> {
        let token = self.peek()?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.flaw(
                &token,
                format!("nested more than {DEPTH_MAX} levels deep"),
                "make several criteria of it".to_owned(),
            );
        }
        let test = if self.word("not") { self.not().map(|test| Test::Not(Box::new(test))) } else { self.single() };
        self.depth -= 1;
        test
    }

    fn single(&mut self) -> Parsed<Test> {
        let token = self.take()?;
        match &token.kind {
            Kind::Open => self.group(&token),
            Kind::Word if token.text == "no" => self.no_critical(&token),
            Kind::Word if token.text == "checklist" => self.checklist(),
            Kind::Word if token.text == "operator" => self.confirmation(),
            Kind::Word if self.word("is") => self.health(&token),
            Kind::Word => self.comparison(&token),
            Kind::Number => self.flaw(&token, "a comparison begins with the metric".to_owned(), EXPECTED.to_owned()),
            Kind::Unit | Kind::Quoted(_) | Kind::Op(_) | Kind::Close | Kind::Other => {
                self.flaw(&token, format!("`{}` does not begin a condition", token.text), EXPECTED.to_owned())
            }
        }
    }

    fn group(&mut self, open: &Token<'t>) -> Parsed<Test> {
        let test = self.any()?;
        if self.tokens.get(self.next).is_some_and(|token| token.kind == Kind::Close) {
            self.next += 1;
            return Some(test);
        }
        self.flaw(open, "this `(` is never closed".to_owned(), "add a `)`".to_owned())
    }

    fn no_critical(&mut self, no: &Token<'t>) -> Parsed<Test> {
        self.expect("critical", "no critical metrics")?;
        if self.word("alerts") {
            return self.no_critical_alerts(no);
        }
        self.expect("metrics", "no critical metrics")?;
        let metrics = &self.names.metrics;
        if !metrics.all().any(|name| metrics.get(name).is_some_and(|metric| metric.critical)) {
            let end = self.tokens.get(self.next - 1).map_or(no.at.end, |token| token.at.end);
            let what = "no metric has a critical band, so that this could never fail".to_owned();
            let help = Some("give a metric a band like `critical: \"> 1\"`".to_owned());
            self.flaws.push(Flaw { at: no.at.start..end, what, help });
        }
        self.held(&Test::NoCritical { hold: Span::ZERO })
    }

    /// Every metric that counts critical alerts counts none.
    fn no_critical_alerts(&mut self, no: &Token<'t>) -> Parsed<Test> {
        let end = self.tokens.get(self.next - 1).map_or(no.at.end, |token| token.at.end);
        let none = |metric: &String| Test::Compare { metric: MetricId::new(metric), op: Op::Equal, limit: 0.0, hold: Span::ZERO };
        let mut tests: Vec<Test> = self.names.critical_alerts.iter().map(none).collect();
        if tests.is_empty() {
            let what = "no metric counts critical alerts".to_owned();
            let help = Some(
                "add one: `{ source: …, alerts: severity=\"critical\" }` of a `prometheus` or `alertmanager` source".to_owned(),
            );
            self.flaws.push(Flaw { at: no.at.start..end, what, help });
        }
        let test = if tests.len() == 1 { tests.pop()? } else { Test::All(tests) };
        self.held(&test)
    }

    fn checklist(&mut self) -> Parsed<Test> {
        let (token, title) = self.quoted("checklist \"Before\" is complete")?;
        self.expect("is", "checklist \"…\" is complete")?;
        self.expect("complete", "checklist \"…\" is complete")?;
        let checklist = self.names.checklists.get(title).cloned().unwrap_or_else(|| {
            let help = suggest(title, self.names.checklists.all());
            self.flaws.push(Flaw { at: token.at, what: format!("unknown checklist `{title}`"), help });
            ChecklistId::new(title)
        });
        Some(Test::Complete { checklist })
    }

    fn confirmation(&mut self) -> Parsed<Test> {
        self.expect("confirms", "operator confirms \"…\"")?;
        let (token, what) = self.quoted("operator confirms \"users can log in\"")?;
        if what.trim().is_empty() {
            return self.flaw(&token, "nothing to confirm".to_owned(), "say what the operator has to look at".to_owned());
        }
        Some(Test::Confirmed { what: what.to_owned() })
    }

    fn health(&mut self, name: &Token<'t>) -> Parsed<Test> {
        let token = self.take()?;
        let up = match token.text {
            "up" => true,
            "down" => false,
            _ => {
                return self.flaw(
                    &token,
                    format!("`{}` is neither `up` nor `down`", token.text),
                    "write `is up` or `is down`".to_owned(),
                );
            }
        };
        let source = self.source(name);
        self.held(&Test::Health { source, up, hold: Span::ZERO })
    }

    /// `health` means every health source, unless one is called so.
    fn source(&mut self, name: &Token<'t>) -> Option<SourceId> {
        let sources = &self.names.sources;
        if name.text == "health" && sources.get("health").is_none() {
            // A source whose kind is wrong may have been meant as one of them.
            if sources.all().all(|name| sources.get(name).and_then(|source| source.word).is_some_and(|word| word != "health")) {
                let help = Some("add one under `sources`, like `app: { health: \"http://…/health\" }`".to_owned());
                self.flaws.push(Flaw { at: name.at.clone(), what: "there is no health source".to_owned(), help });
            }
            return None;
        }
        if sources.get(name.text).is_none() {
            let help = suggest(name.text, sources.all().chain(["health"]));
            self.flaws.push(Flaw { at: name.at.clone(), what: format!("unknown source `{}`", name.text), help });
        }
        Some(SourceId::new(name.text))
    }

    fn comparison(&mut self, name: &Token<'t>) -> Parsed<Test> {
        let known = self.names.metrics.get(name.text);
        if known.is_none() {
            let (what, help) = self.unknown(name.text);
            self.flaws.push(Flaw { at: name.at.clone(), what, help });
        }
        let unit = known.map(|metric| metric.unit.clone());
        let Some(token) = self.tokens.get(self.next).cloned() else {
            // That the metric is unknown was said above, and is enough.
            unit?;
            return self.flaw(name, "a comparison is missing".to_owned(), EXPECTED.to_owned());
        };
        let Kind::Op(op) = token.kind else {
            unit?;
            let help = "compare with <, <=, >, >=, == or !=".to_owned();
            return self.flaw(&token, format!("a comparison was expected behind `{}`", name.text), help);
        };
        self.next += 1;
        let limit = self.limit(name.text, unit.as_ref(), op)?;
        self.held(&Test::Compare { metric: MetricId::new(name.text), op, limit, hold: Span::ZERO })
    }

    fn unknown(&self, name: &str) -> (String, Option<String>) {
        if self.names.sources.get(name).is_some() {
            return (
                format!("`{name}` is a source, not a metric"),
                Some(format!("write `{name} is up`, or compare one of its metrics")),
            );
        }
        (format!("unknown metric `{name}`"), suggest(name, self.names.metrics.all()))
    }

    fn limit(&mut self, metric: &str, unit: Option<&Unit>, op: Op) -> Parsed<f64> {
        let mut token = self.take()?;
        if token.kind != Kind::Number {
            return self.flaw(
                &token,
                format!("a number was expected behind `{}`", op.sign()),
                "write it like `0.5%` or `200ms`".to_owned(),
            );
        }
        let Some(mut limit) = quantity::parse(token.text) else {
            return self.flaw(&token, format!("`{}` is not a number", token.text), "write it like `0.5%` or `200ms`".to_owned());
        };
        if limit.unit == Unit::None
            && let Some((unit, end)) = self.unit(unit)
        {
            limit.unit = unit;
            token.at.end = end;
        }
        Some(self.converted(metric, &limit, unit, &token))
    }

    /// A unit with a space before it: `0.5 %`. A word counts as one where it is known as a unit, or is the metric's own.
    fn unit(&mut self, own: Option<&Unit>) -> Option<(Unit, usize)> {
        let token = self.tokens.get(self.next)?;
        let unit = Unit::of(token.text);
        let is_unit = match token.kind {
            Kind::Unit => true,
            Kind::Word => !matches!(unit, Unit::Other(_)) || own == Some(&unit),
            Kind::Number | Kind::Quoted(_) | Kind::Op(_) | Kind::Open | Kind::Close | Kind::Other => false,
        };
        let end = token.at.end;
        self.next += usize::from(is_unit);
        is_unit.then_some((unit, end))
    }

    fn converted(&mut self, metric: &str, limit: &Quantity, unit: Option<&Unit>, token: &Token<'t>) -> f64 {
        let Some(unit) = unit else { return limit.value };
        quantity::in_unit(limit, unit).unwrap_or_else(|help| {
            let written = format!("{}{}", limit.value, limit.unit);
            let what = match unit {
                Unit::None => format!("`{written}` cannot be compared with {metric}, which has no unit"),
                unit => format!("`{written}` cannot be compared with {metric}, which is measured in {unit}"),
            };
            self.flaws.push(Flaw { at: token.at.clone(), what, help: Some(help) });
            limit.value
        })
    }

    /// The test with its `for 5m`, if that is there.
    fn held(&mut self, test: &Test) -> Parsed<Test> {
        if !self.word("for") {
            return Some(test.clone());
        }
        let token = self.take()?;
        match span::parse(token.text) {
            Ok(hold) => {
                if let Some((what, help)) = self.names.unprovable(test, hold) {
                    self.flaws.push(Flaw { at: token.at, what, help: Some(help) });
                }
                Some(test.held_for(hold))
            }
            Err(help) => self.flaw(&token, format!("`{}` is not a duration", token.text), help),
        }
    }

    fn quoted(&mut self, example: &str) -> Parsed<(Token<'t>, &'t str)> {
        let token = self.take()?;
        match token.kind {
            Kind::Quoted(Some(inner)) => Some((token, inner)),
            Kind::Quoted(None) => self.flaw(&token, "this quote is never closed".to_owned(), format!("write `{example}`")),
            Kind::Word | Kind::Number | Kind::Unit | Kind::Op(_) | Kind::Open | Kind::Close | Kind::Other => {
                self.flaw(&token, "a text in quotes was expected".to_owned(), format!("write `{example}`"))
            }
        }
    }

    fn expect(&mut self, word: &str, example: &str) -> Parsed<()> {
        let token = self.take()?;
        if token.text == word {
            Some(())
        } else {
            self.flaw(&token, format!("`{word}` was expected"), format!("write `{example}`"))
        }
    }

    fn word(&mut self, word: &str) -> bool {
        let here = self.tokens.get(self.next).is_some_and(|token| token.kind == Kind::Word && token.text == word);
        self.next += usize::from(here);
        here
    }

    fn peek(&mut self) -> Parsed<Token<'t>> {
        if let Some(token) = self.tokens.get(self.next) {
            return Some(token.clone());
        }
        let at = self.tokens.last().map_or(0..self.length, |token| token.at.clone());
        let what = if self.tokens.is_empty() { "an empty criterion" } else { "the criterion ends too early" };
        self.flaws.push(Flaw { at, what: what.to_owned(), help: Some(EXPECTED.to_owned()) });
        None
    }

    fn take(&mut self) -> Parsed<Token<'t>> {
        let token = self.peek()?;
        self.next += 1;
        Some(token)
    }

    fn flaw<T>(&mut self, token: &Token<'t>, what: String, help: String) -> Parsed<T> {
        self.flaws.push(Flaw { at: token.at.clone(), what, help: Some(help) });
        None
    }
}
