//! Calls of functions. The parser has already counted and typed the arguments.

use promql_parser::parser::{Call, Expr};

use super::Compiler;
use super::parts::{pattern, string};
use crate::measure::promql::over::OverFunction;
use crate::measure::promql::plan::{LabelTest, Plan, Relabel, Selector, Window, Windowed};
use crate::measure::promql::{QueryError, each};
use crate::measure::series::Labels;

/// Functions of plain answers that are more than a calculation with each value.
const PLAIN: [&str; 13] = [
    "time",
    "pi",
    "scalar",
    "vector",
    "timestamp",
    "sort",
    "sort_desc",
    "clamp",
    "clamp_min",
    "clamp_max",
    "histogram_quantile",
    "histogram_fraction",
    "absent",
];

impl Compiler<'_> {
    pub(super) fn call(&self, call: &Call, depth: usize) -> Result<Plan, QueryError> {
        let arguments: Vec<&Expr> = call.args.args.iter().map(|argument| &**argument).collect();
        let name = call.func.name;
        if let Some(function) = OverFunction::named(name) {
            return self.over(function, &arguments, depth);
        }
        if let Some(function) = each::of_time(name) {
            let of = match arguments.first() {
                Some(of) => self.plan(of, depth)?,
                None => Plan::Vector(Box::new(Plan::Time)),
            };
            return Ok(Plan::Each { function, of: Box::new(of), with: Vec::new() });
        }
        if name == "label_replace" || name == "label_join" {
            return self.relabel(name, &arguments, depth);
        }
        if name == "absent_over_time" {
            let window = Box::new(self.window(argument(&arguments, 0)?, depth)?);
            let labels = window_labels(&window);
            return Ok(Plan::AbsentOver { window, labels });
        }
        if !PLAIN.contains(&name) && each::named(name).is_none() {
            return Err(self.unsupported(name));
        }
        let plans = arguments.iter().map(|argument| self.plan(argument, depth)).collect::<Result<Vec<_>, _>>()?;
        self.plain(name, plans)
    }

    /// A function of plain answers.
    fn plain(&self, name: &str, plans: Vec<Plan>) -> Result<Plan, QueryError> {
        let mut plans = plans.into_iter();
        let mut next = || plans.next().map(Box::new).ok_or_else(|| QueryError::new("an argument is missing"));
        Ok(match name {
            "time" => Plan::Time,
            "pi" => Plan::Number(std::f64::consts::PI),
            "scalar" => Plan::Scalar(next()?),
            "vector" => Plan::Vector(next()?),
            "timestamp" => Plan::Timestamp(next()?),
            "sort" => Plan::Sort { of: next()?, falling: false },
            "sort_desc" => Plan::Sort { of: next()?, falling: true },
            "clamp" => Plan::Clamp { of: next()?, low: Some(next()?), high: Some(next()?) },
            "clamp_min" => Plan::Clamp { of: next()?, low: Some(next()?), high: None },
            "clamp_max" => Plan::Clamp { of: next()?, low: None, high: Some(next()?) },
            "histogram_quantile" => Plan::HistogramQuantile { quantile: next()?, of: next()? },
            "histogram_fraction" => Plan::HistogramFraction { low: next()?, high: next()?, of: next()? },
            "absent" => {
                let of = next()?;
                let labels = match &*of {
                    Plan::Instant(selector) => certain_labels(selector),
                    _ => Labels::default(),
                };
                Plan::Absent { of, labels }
            }
            _ => {
                let function = each::named(name).ok_or_else(|| self.unsupported(name))?;
                Plan::Each { function, of: next()?, with: plans.collect() }
            }
        })
    }

    fn over(&self, function: OverFunction, arguments: &[&Expr], depth: usize) -> Result<Plan, QueryError> {
        let (window, parameter) = match (function, arguments) {
            (OverFunction::Quantile, [parameter, window]) | (_, [window, parameter]) => (*window, Some(*parameter)),
            (_, [window]) => (*window, None),
            (_, _) => return Err(QueryError::new("an argument is missing")),
        };
        let parameter = parameter.map(|parameter| self.plan(parameter, depth)).transpose()?.map(Box::new);
        Ok(Plan::Over { function, parameter, window: Box::new(self.window(window, depth)?) })
    }

    fn relabel(&self, name: &str, arguments: &[&Expr], depth: usize) -> Result<Plan, QueryError> {
        let text = |at: usize| string(arguments.get(at).copied());
        let relabel = if name == "label_replace" {
            Relabel::Replace { target: text(1)?, replacement: text(2)?, source: text(3)?, pattern: pattern(&text(4)?)? }
        } else {
            let sources = (3..arguments.len()).map(text).collect::<Result<_, _>>()?;
            Relabel::Join { target: text(1)?, separator: text(2)?, sources }
        };
        let of = Box::new(self.plan(argument(arguments, 0)?, depth)?);
        Ok(Plan::Relabel { of, relabel: Box::new(relabel) })
    }
}

fn argument<'e>(arguments: &[&'e Expr], at: usize) -> Result<&'e Expr, QueryError> {
    arguments.get(at).copied().ok_or_else(|| QueryError::new("an argument is missing"))
}

fn window_labels(window: &Window) -> Labels {
    match &window.of {
        Windowed::Selector(selector) => certain_labels(selector),
        Windowed::Subquery { .. } => Labels::default(),
    }
}

/// The labels that what is absent would have had for certain: those asked for by `=`, once.
fn certain_labels(selector: &Selector) -> Labels {
    let mut labels = Labels::default();
    let [all] = selector.any.as_slice() else { return labels };
    let mut met: Vec<&str> = Vec::new();
    for matcher in all.iter().filter(|matcher| matcher.label != Labels::NAME) {
        match &matcher.test {
            LabelTest::Is(value) if !met.contains(&matcher.label.as_str()) => labels.set(&matcher.label, value),
            LabelTest::Is(_) | LabelTest::IsNot(_) | LabelTest::Like(_) | LabelTest::Unlike(_) => labels.set(&matcher.label, ""),
        }
        met.push(&matcher.label);
    }
    labels
}
