//! `or` binds weaker than `and`, `and` weaker than `not`; each line of the grammar is one function.

use super::lex::{Kind, Token};
use super::{DEPTH_MAX, Flaw};
use crate::id::{ChecklistId, SourceId};
use crate::measure::criterion::{Due, Test};
use crate::measure::unit::Unit;
use crate::runbook::model::At;
use crate::runbook::names::Names;
use crate::runbook::notes::suggest;
use crate::runbook::{quantity, span};
use crate::time::Span;

/// The kinds of sources that tell of alerts.
const OF_ALERTS: [&str; 2] = ["prometheus", "alertmanager"];

fn is_of_alerts(word: &str) -> bool {
    OF_ALERTS.contains(&word)
}

pub(super) const EXPECTED: &str = "write a comparison like `error_rate < 0.5%`, `health is up`, `no critical metrics`, \
                        `checklist \"…\" is complete` or `operator confirms \"…\"`";

pub(super) struct Parser<'t, 'n> {
    pub(super) tokens: Vec<Token<'t>>,
    pub(super) next: usize,
    length: usize,
    depth: usize,
    pub(super) names: &'n Names,
    pub(super) flaws: Vec<Flaw>,
}

/// Nothing means that the flaw is told and reading cannot go on.
pub(super) type Parsed<T> = Option<T>;

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
        let test = if self.word("not") {
            let inner = self.next;
            self.not().and_then(|test| self.negated(test, &token, inner))
        } else {
            self.single().and_then(|test| self.due(test))
        };
        self.depth -= 1;
        test
    }

    /// `not x > 1 for 8s` could mean either; whoever writes it says which. `inner` is where the negated condition begins.
    fn negated(&mut self, test: Test, not: &Token<'t>, inner: usize) -> Parsed<Test> {
        let written = &self.tokens[inner..self.next];
        let grouped = written.first().is_some_and(|token| token.kind == Kind::Open);
        let time = if grouped { Span::ZERO } else { test.own_hold() };
        if time == Span::ZERO {
            return Some(Test::Not(Box::new(test)));
        }
        let words = |tokens: &[Token<'t>]| tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
        let begin = written.iter().rposition(|token| token.text == "for").unwrap_or(written.len());
        let (condition, behind) = written.split_at(begin);
        let once = format!("`not ({})` is true as soon as it is not so", words(written));
        let help = match opposite(condition) {
            Some(turned) => {
                format!("{once}, `{turned} {}` once it has not been so for that time: write which is meant", words(behind))
            }
            None => format!("write `not ({})`, which is true as soon as it is not so", words(written)),
        };
        let end = written.last().map_or(not.at.end, |token| token.at.end);
        self.flaws.push(Flaw {
            at: not.at.start..end,
            what: format!("`not … {}` can be read in two ways", words(behind)),
            help: Some(help),
        });
        None
    }

    fn single(&mut self) -> Parsed<Test> {
        let token = self.take()?;
        match &token.kind {
            Kind::Open => self.group(&token),
            Kind::Word if token.text == "no" => self.none_critical(&token),
            Kind::Word if token.text == "checklist" => self.checklist(),
            Kind::Word if token.text == "operator" => self.confirmation(),
            Kind::Word if self.word("is") => self.health(&token),
            Kind::Word if self.word("was") => self.uptime(&token),
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

    fn none_critical(&mut self, no: &Token<'t>) -> Parsed<Test> {
        self.expect("critical", "no critical metrics")?;
        if self.word("alerts") {
            return self.no_alerts(no);
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

    /// `no critical alerts`, `no critical alerts from prom`
    fn no_alerts(&mut self, no: &Token<'t>) -> Parsed<Test> {
        let source = if self.word("from") { Some(self.take()?) } else { None };
        let sources = &self.names.sources;
        let tells_alerts = |name: &str| sources.get(name).is_some_and(|source| source.word.is_none_or(is_of_alerts));
        let sound = source.as_ref().map_or_else(|| sources.all().any(tells_alerts), |token| tells_alerts(token.text));
        if !sound {
            let end = self.tokens.get(self.next - 1).map_or(no.at.end, |token| token.at.end);
            let what = source.as_ref().map_or_else(
                || "there is no source of alerts".to_owned(),
                |token| format!("`{}` is no source of alerts", token.text),
            );
            let help = Some(format!("the sources that tell alerts are {}", OF_ALERTS.map(|word| format!("`{word}`")).join(", ")));
            self.flaws.push(Flaw { at: no.at.start..end, what, help });
        }
        let source = source.map(|token| SourceId::new(token.text));
        self.held(&Test::NoAlerts { source, hold: Span::ZERO })
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

    /// `health was up 99.9% of 24h`
    fn uptime(&mut self, name: &Token<'t>) -> Parsed<Test> {
        const EXAMPLE: &str = "health was up 99.9% of 24h";
        self.expect("up", EXAMPLE)?;
        let token = self.take()?;
        let share = quantity::parse(token.text).and_then(|read| read.unit.convert(read.value, &Unit::Fraction));
        let Some(share) = share.filter(|share| *share > 0.0 && *share <= 1.0) else {
            let what = format!("`{}` is not a share of a time", token.text);
            return self.flaw(&token, what, format!("write `{EXAMPLE}`"));
        };
        self.expect("of", EXAMPLE)?;
        let over = self.span()?;
        let source = self.source(name);
        Some(Test::Uptime { source, share, over })
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

    /// The test with its `for 5m`, if that is there.
    pub(super) fn held(&mut self, test: &Test) -> Parsed<Test> {
        if !self.word("for") {
            return Some(test.clone());
        }
        let at = self.tokens.get(self.next).map(|token| token.at.clone());
        let hold = self.span()?;
        if let (Some((what, help)), Some(at)) = (self.names.too_short(test, hold), at) {
            self.flaws.push(Flaw { at, what, help: Some(help) });
        }
        Some(test.held_for(hold))
    }

    /// A duration that is not nothing.
    pub(super) fn span(&mut self) -> Parsed<Span> {
        let token = self.take()?;
        match span::parse(token.text) {
            Ok(Span::ZERO) => self.flaw(&token, "no time at all".to_owned(), "write a duration of at least `1s`".to_owned()),
            Ok(span) => Some(span),
            Err(help) => self.flaw(&token, format!("`{}` is not a duration", token.text), help),
        }
    }

    /// The test with its `by 09:30`, `by T+2h` or `within 2h of T`, if that is there.
    fn due(&mut self, test: Test) -> Parsed<Test> {
        let due = if self.word("within") {
            let span = self.span()?;
            self.expect("of", "within 2h of T")?;
            self.expect("T", "within 2h of T")?;
            Due::T(span)
        } else if self.word("by") {
            self.moment()?
        } else {
            return Some(test);
        };
        Some(Test::Due { test: Box::new(test), due })
    }

    /// `09:30`, `T+2h`
    fn moment(&mut self) -> Parsed<Due> {
        let token = self.take()?;
        let mut text = token.text.to_owned();
        if token.text == "T"
            && let Some(offset) = self.tokens.get(self.next).filter(|next| next.text.starts_with(['+', '-']))
        {
            text.push_str(offset.text);
            self.next += 1;
        }
        match span::at(&text) {
            Ok(At::T(span)) => Some(Due::T(span)),
            Ok(At::Clock(time)) => Some(Due::Clock(time)),
            Ok(At::Day(..) | At::Weekday(..) | At::Date(_)) | Err(_) => {
                self.flaw(&token, format!("`{text}` is not a time"), "write `by 09:30` or `within 2h of T`".to_owned())
            }
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

    pub(super) fn expect(&mut self, word: &str, example: &str) -> Parsed<()> {
        let token = self.take()?;
        if token.text == word {
            Some(())
        } else {
            self.flaw(&token, format!("`{word}` was expected"), format!("write `{example}`"))
        }
    }

    pub(super) fn word(&mut self, word: &str) -> bool {
        let here = self.tokens.get(self.next).is_some_and(|token| token.kind == Kind::Word && token.text == word);
        self.next += usize::from(here);
        here
    }

    pub(super) fn peek(&mut self) -> Parsed<Token<'t>> {
        if let Some(token) = self.tokens.get(self.next) {
            return Some(token.clone());
        }
        let at = self.tokens.last().map_or(0..self.length, |token| token.at.clone());
        let what = if self.tokens.is_empty() { "an empty criterion" } else { "the criterion ends too early" };
        self.flaws.push(Flaw { at, what: what.to_owned(), help: Some(EXPECTED.to_owned()) });
        None
    }

    pub(super) fn take(&mut self) -> Parsed<Token<'t>> {
        let token = self.peek()?;
        self.next += 1;
        Some(token)
    }

    pub(super) fn flaw<T>(&mut self, token: &Token<'t>, what: String, help: String) -> Parsed<T> {
        self.flaws.push(Flaw { at: token.at.clone(), what, help: Some(help) });
        None
    }
}

/// The opposite of a single comparison, or of being up, in the words of the language.
fn opposite(condition: &[Token]) -> Option<String> {
    let turned = |token: &Token| match (&token.kind, token.text) {
        (Kind::Op(op), _) => Some(op.opposite().sign()),
        (Kind::Word, "up") => Some("down"),
        (Kind::Word, "down") => Some("up"),
        _ => None,
    };
    let grows = condition.iter().any(|token| matches!(token.text, "grows" | "falls" | "was"));
    let place = condition.iter().position(|token| turned(token).is_some()).filter(|_| !grows)?;
    let words = condition.iter().enumerate();
    let words = words.map(|(at, token)| if at == place { turned(token).unwrap_or(token.text) } else { token.text });
    Some(words.collect::<Vec<_>>().join(" "))
}
