//! The parts that queries are made of: selectors, windows, groupings, texts.

use std::time::{Duration, SystemTime};

use promql_parser::label::{MatchOp, Matcher as ParsedMatcher};
use promql_parser::parser::{AtModifier, Expr, LabelModifier, Offset, SubqueryExpr, VectorSelector};
use regex::{Regex, RegexBuilder};

use super::{Compiler, scan};
use crate::measure::promql::QueryError;
use crate::measure::promql::eval::STEPS_MAX;
use crate::measure::promql::plan::{Anchor, LabelTest, Matcher, Selector, When, Window, Windowed};
use crate::measure::promql::vector::Grouping;
use crate::time::{Moment, Span};

/// The step of a subquery that names none.
const STEP: Span = Span(60_000);
/// What a compiled pattern may take, in bytes.
const PATTERN_MAX: usize = 1 << 20;

impl Compiler<'_> {
    pub(super) fn window(&self, expression: &Expr, depth: usize) -> Result<Window, QueryError> {
        match expression {
            Expr::Paren(inner) => self.window(&inner.expr, depth),
            Expr::MatrixSelector(matrix) => {
                let of = Windowed::Selector(selector(&matrix.vs));
                Ok(Window { of, range: span(matrix.range) })
            }
            Expr::Subquery(subquery) => self.subquery(subquery, depth),
            Expr::Aggregate(_)
            | Expr::Unary(_)
            | Expr::Binary(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::VectorSelector(_)
            | Expr::Call(_)
            | Expr::Extension(_) => Err(QueryError::new("a range such as [1m] is missing")),
        }
    }

    fn subquery(&self, subquery: &SubqueryExpr, depth: usize) -> Result<Window, QueryError> {
        let range = span(subquery.range);
        let step = subquery.step.map_or(STEP, span);
        if step.0 < 1 || range.0 / step.0 > i64::from(STEPS_MAX) {
            return Err(QueryError::new("the subquery has too many steps: choose a longer step or a shorter range"));
        }
        let plan = self.plan(&subquery.expr, depth)?;
        let when = when(subquery.at.as_ref(), subquery.offset.as_ref());
        Ok(Window { of: Windowed::Subquery { plan, step, when }, range })
    }
}

pub(super) fn selector(written: &VectorSelector) -> Selector {
    let lists = if written.matchers.or_matchers.is_empty() {
        std::slice::from_ref(&written.matchers.matchers)
    } else {
        &written.matchers.or_matchers
    };
    let any = lists.iter().map(|all| all.iter().map(matcher).collect()).collect();
    let when = when(written.at.as_ref(), written.offset.as_ref());
    let text = VectorSelector::new(written.name.clone(), written.matchers.clone()).to_string();
    Selector { text, name: written.name.clone(), any, when }
}

fn matcher(written: &ParsedMatcher) -> Matcher {
    // The parser's own pattern understands braces as Go does, but not that a dot matches any character.
    let like = |parsed: &Regex| pattern(&written.value).unwrap_or_else(|_| parsed.clone());
    let test = match &written.op {
        MatchOp::Equal => LabelTest::Is(written.value.clone()),
        MatchOp::NotEqual => LabelTest::IsNot(written.value.clone()),
        MatchOp::Re(parsed) => LabelTest::Like(like(parsed)),
        MatchOp::NotRe(parsed) => LabelTest::Unlike(like(parsed)),
    };
    Matcher { label: written.name.clone(), test }
}

/// What the parser says of a text that it cannot place at all.
const NO_QUERY: &str = "invalid promql query";

pub(super) fn parser_error(text: &str, why: &str) -> QueryError {
    if why == NO_QUERY {
        // A wrong type is no matter of where a query stops being one; a word that is none at all is.
        let is_query = |text: &str| match promql_parser::parser::parse(text) {
            Ok(_) => true,
            Err(why) => why != NO_QUERY && promql_parser::parser::lexer(text).is_ok(),
        };
        return scan::stumble(text, is_query).unwrap_or_else(|| QueryError::new("this is not a PromQL query"));
    }
    // The parser names what it stumbled over in quotes, but not where that stands.
    let word = why.split(['\'', '`']).nth(1).filter(|word| !word.is_empty());
    QueryError { message: why.to_owned(), at: word.and_then(|word| scan::find_only(text, word)) }
}

/// A pattern that must match the whole value, dots and line ends included.
pub(super) fn pattern(written: &str) -> Result<Regex, QueryError> {
    let compiled = RegexBuilder::new(&format!("^(?s:{written})$")).size_limit(PATTERN_MAX).build();
    compiled.map_err(|_| QueryError::new(&format!("`{written}` is not a regular expression")))
}

pub(super) fn string(expression: Option<&Expr>) -> Result<String, QueryError> {
    match expression {
        Some(Expr::StringLiteral(text)) => Ok(text.val.clone()),
        Some(Expr::Paren(inner)) => string(Some(&inner.expr)),
        _ => Err(QueryError::new("a text in quotes is missing")),
    }
}

pub(super) fn grouping(modifier: &LabelModifier) -> Grouping {
    match modifier {
        LabelModifier::Include(labels) => Grouping::Only(labels.labels.clone()),
        LabelModifier::Exclude(labels) => Grouping::Except(labels.labels.clone()),
    }
}

fn when(at: Option<&AtModifier>, offset: Option<&Offset>) -> When {
    let anchor = match at {
        None => Anchor::Now,
        Some(AtModifier::Start | AtModifier::End) => Anchor::Query,
        Some(AtModifier::At(time)) => Anchor::Fixed(moment(*time)),
    };
    let offset = match offset {
        None => Span::ZERO,
        Some(Offset::Pos(duration)) => span(*duration),
        Some(Offset::Neg(duration)) => -span(*duration),
    };
    When { anchor, offset }
}

fn moment(time: SystemTime) -> Moment {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => Moment(0) + span(after),
        Err(before) => Moment(0) - span(before.duration()),
    }
}

fn span(duration: Duration) -> Span {
    Span::from_std(duration)
}
