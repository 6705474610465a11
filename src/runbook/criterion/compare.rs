//! What is said of a metric: a comparison with a number or with its baseline, its target, its growth.

use super::Flaw;
use super::lex::{Kind, Token};
use super::parse::{EXPECTED, Parsed, Parser};
use crate::id::MetricId;
use crate::measure::criterion::{Amount, Limit, Op, Test, Way};
use crate::measure::unit::{Quantity, Unit};
use crate::runbook::notes::suggest;
use crate::runbook::quantity;
use crate::time::Span;

const BASELINE: &str = "write it like `rps >= 95% of baseline`, `p95 < baseline + 20%` or `p95 at most 10% above baseline`";

impl<'t> Parser<'t, '_> {
    pub(super) fn comparison(&mut self, name: &Token<'t>) -> Parsed<Test> {
        let known = self.names.metrics.get(name.text);
        if known.is_none() {
            let (what, help) = self.unknown(name.text);
            self.flaws.push(Flaw { at: name.at.clone(), what, help });
        }
        let unit = known.map(|metric| metric.unit.clone());
        let metric = MetricId::new(name.text);
        let Some(token) = self.tokens.get(self.next).cloned() else {
            // That the metric is unknown was said above, and is enough.
            unit?;
            return self.flaw(name, "a comparison is missing".to_owned(), EXPECTED.to_owned());
        };
        self.next += 1;
        match (&token.kind, token.text) {
            (Kind::Op(op), _) => {
                let limit = self.limit(name, unit.as_ref(), *op)?;
                self.held(&Test::Compare { metric, op: *op, limit, hold: Span::ZERO })
            }
            (Kind::Word, "grows") => self.change(metric, Way::Grows, unit.as_ref()),
            (Kind::Word, "falls") => self.change(metric, Way::Falls, unit.as_ref()),
            (Kind::Word, "meets") => self.target(metric, name),
            (Kind::Word, "at" | "no") => {
                let (op, limit) = self.beside_in_words(name, token.text)?;
                self.held(&Test::Compare { metric, op, limit, hold: Span::ZERO })
            }
            _ => {
                unit?;
                let help = "compare with <, <=, >, >=, == or !=".to_owned();
                self.flaw(&token, format!("a comparison was expected behind `{}`", name.text), help)
            }
        }
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

    /// `meets its target`
    fn target(&mut self, metric: MetricId, name: &Token<'t>) -> Parsed<Test> {
        self.expect("its", "p95 meets its target")?;
        self.expect("target", "p95 meets its target")?;
        if self.names.metrics.get(name.text).is_some_and(|metric| !metric.normal) {
            let help = "give it one like `target: < 200ms`, or a `normal:` band".to_owned();
            return self.flaw(name, format!("`{}` has no target", name.text), help);
        }
        self.held(&Test::Target { metric, hold: Span::ZERO })
    }

    /// `grows < 5% in 30m`
    fn change(&mut self, metric: MetricId, way: Way, unit: Option<&Unit>) -> Parsed<Test> {
        const EXAMPLE: &str = "rss grows < 5% in 30m";
        let token = self.take()?;
        let Kind::Op(op) = token.kind else {
            return self.flaw(&token, format!("a comparison was expected behind `{}`", way.word()), format!("write `{EXAMPLE}`"));
        };
        let number = self.tokens.get(self.next).cloned();
        let limit = self.amount(metric.as_str(), unit, op)?;
        let (Amount::Share(value) | Amount::Plain(value)) = limit;
        if let Some(number) = number.filter(|_| value < 0.0) {
            let other = if way == Way::Grows { Way::Falls } else { Way::Grows };
            let what = format!("what {} by less than nothing {}", way.word(), other.word());
            return self.flaw(&number, what, format!("write it with `{}` and without the minus", other.word()));
        }
        self.expect("in", EXAMPLE)?;
        let at = self.tokens.get(self.next).map(|token| token.at.clone());
        let over = self.span()?;
        let test = Test::Change { metric, way, op, limit, over };
        if let (Some((what, help)), Some(at)) = (self.names.too_short(&test, over), at) {
            self.flaws.push(Flaw { at, what, help: Some(help) });
        }
        Some(test)
    }

    /// `no more than 10% above baseline`, `at most 10% below baseline`; the first word is taken.
    fn beside_in_words(&mut self, name: &Token<'t>, first: &str) -> Parsed<(Op, Limit)> {
        const EXAMPLE: &str = "p95 at most 10% above baseline";
        if first == "no" {
            self.expect("more", EXAMPLE)?;
            self.expect("than", EXAMPLE)?;
        } else {
            self.expect("most", EXAMPLE)?;
        }
        let unit = self.names.metrics.get(name.text).map(|metric| metric.unit.clone());
        let number = self.peek()?;
        let amount = self.amount(name.text, unit.as_ref(), Op::AtMost)?;
        let token = self.take()?;
        let below = match token.text {
            "above" => false,
            "below" => true,
            _ => {
                return self.flaw(
                    &token,
                    format!("`{}` is neither `above` nor `below`", token.text),
                    format!("write `{EXAMPLE}`"),
                );
            }
        };
        let (Amount::Share(value) | Amount::Plain(value)) = amount;
        if value < 0.0 {
            let other = if below { "above" } else { "below" };
            let what = format!("less than nothing {} the baseline is {other} it", token.text);
            return self.flaw(&number, what, format!("write it with `{other}` and without the minus"));
        }
        let baseline = self.take()?;
        if baseline.text != "baseline" {
            return self.flaw(&baseline, "`baseline` was expected".to_owned(), format!("write `{EXAMPLE}`"));
        }
        self.has_baseline(name, &baseline);
        Some(if below { (Op::AtLeast, Limit::Beside(negated(amount))) } else { (Op::AtMost, Limit::Beside(amount)) })
    }

    fn limit(&mut self, metric: &Token<'t>, unit: Option<&Unit>, op: Op) -> Parsed<Limit> {
        let token = self.peek()?;
        if token.kind == Kind::Word && token.text == "baseline" {
            self.next += 1;
            self.has_baseline(metric, &token);
            return self.beside(metric, unit, op);
        }
        let (limit, token) = self.quantity(unit, op)?;
        if !self.word("of") {
            return Some(Limit::Fixed(self.converted(metric.text, &limit, unit, &token)));
        }
        let baseline = self.take()?;
        let share = Some(limit.value / 100.0).filter(|_| limit.unit == Unit::Percent);
        match share {
            Some(share) if baseline.text == "baseline" && share > 0.0 => {
                self.has_baseline(metric, &baseline);
                Some(Limit::OfBaseline(share))
            }
            Some(_) if baseline.text == "baseline" => {
                self.flaw(&token, format!("`{}` of a baseline is no limit", token.text), BASELINE.to_owned())
            }
            Some(_) => self.flaw(&baseline, "`baseline` was expected".to_owned(), BASELINE.to_owned()),
            None => self.flaw(&token, format!("`{}` is not a share of the baseline", token.text), BASELINE.to_owned()),
        }
    }

    /// What follows the word `baseline`: nothing, or `+ 20%`.
    fn beside(&mut self, metric: &Token<'t>, unit: Option<&Unit>, op: Op) -> Parsed<Limit> {
        let Some(sign) = self.tokens.get(self.next).filter(|token| token.text.starts_with(['+', '-'])).cloned() else {
            return Some(Limit::OfBaseline(1.0));
        };
        if sign.kind == Kind::Other {
            self.next += 1;
        }
        let amount = self.amount(metric.text, unit, op)?;
        // A sign that stands alone counts for the number behind it; with a second one nobody can tell what was meant.
        let (Amount::Share(value) | Amount::Plain(value)) = amount;
        if sign.kind == Kind::Other && value < 0.0 {
            return self.flaw(&sign, "two signs behind the baseline".to_owned(), BASELINE.to_owned());
        }
        let minus = sign.kind == Kind::Other && sign.text == "-";
        Some(Limit::Beside(if minus { negated(amount) } else { amount }))
    }

    fn has_baseline(&mut self, metric: &Token<'t>, at: &Token<'t>) {
        if self.names.metrics.get(metric.text).is_some_and(|metric| !metric.baseline) {
            let what = format!("`{}` has no baseline", metric.text);
            let help = Some("give it one like `baseline: 15m before T`, or a value".to_owned());
            self.flaws.push(Flaw { at: at.at.clone(), what, help });
        }
    }

    /// A difference: a percentage is a share of what it is compared with, anything else is in the metric's unit.
    fn amount(&mut self, metric: &str, unit: Option<&Unit>, op: Op) -> Parsed<Amount> {
        let (amount, token) = self.quantity(unit, op)?;
        if let Some(share) = Some(amount.value / 100.0).filter(|_| amount.unit == Unit::Percent) {
            return Some(Amount::Share(share));
        }
        if let Some(own @ (Unit::Percent | Unit::Fraction)) = unit {
            if matches!(&amount.unit, Unit::Other(word) if word == "pp" || word == "points") {
                return Unit::Percent.convert(amount.value, own).map(Amount::Plain);
            }
            let help = "write `20%` for a share of it, or `0.5pp` for percentage points".to_owned();
            return self.flaw(&token, format!("`{}` is not clear here", token.text), help);
        }
        Some(Amount::Plain(self.converted(metric, &amount, unit, &token)))
    }

    /// A number with its unit, which may stand behind a space.
    fn quantity(&mut self, own: Option<&Unit>, op: Op) -> Parsed<(Quantity, Token<'t>)> {
        let mut token = self.take()?;
        let help = || "write it like `0.5%` or `200ms`".to_owned();
        if token.kind != Kind::Number {
            return self.flaw(&token, format!("a number was expected behind `{}`", op.sign()), help());
        }
        let Some(mut limit) = quantity::parse(token.text) else {
            return self.flaw(&token, format!("`{}` is not a number", token.text), help());
        };
        if limit.unit == Unit::None
            && let Some((unit, end)) = self.unit(own)
        {
            limit.unit = unit;
            token.at.end = end;
        }
        Some((limit, token))
    }

    /// A unit with a space before it: `0.5 %`. A word counts as one where it is known as a unit, or is the metric's own.
    fn unit(&mut self, own: Option<&Unit>) -> Option<(Unit, usize)> {
        let token = self.tokens.get(self.next)?;
        let unit = Unit::of(token.text);
        let is_unit = match token.kind {
            Kind::Unit => true,
            Kind::Word => !matches!(unit, Unit::Other(_)) || own == Some(&unit) || matches!(token.text, "pp" | "points"),
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
}

fn negated(amount: Amount) -> Amount {
    match amount {
        Amount::Share(share) => Amount::Share(-share),
        Amount::Plain(plain) => Amount::Plain(-plain),
    }
}
