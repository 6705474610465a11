//! Evaluation of a plan over a store at one moment.

use std::cell::Cell;
use std::collections::HashMap;

use super::over::{Frame, OverFunction};
use super::plan::{Anchor, Plan, Selector, When, Window, Windowed};
use super::vector::{self, Element, Tags, Value};
use super::{aggregate, binary, each, histogram, relabel};
use crate::measure::series::{Labels, Point, Points, Series, Store};
use crate::time::{Moment, Span};

/// How long a series counts as being there after its newest point.
pub(super) const LOOKBACK: Span = Span(5 * 60_000);
/// Steps of subqueries that one evaluation may take, all of them together.
pub(super) const STEPS_MAX: u32 = 50_000;

pub(super) struct Evaluation<'a> {
    pub(super) store: &'a Store,
    /// When the whole query is asked.
    asked: Moment,
    /// When this part of it is asked: a subquery asks at many moments.
    now: Moment,
    steps_left: &'a Cell<u32>,
}

type Vector<'a> = Vec<Element<'a>>;

impl<'a> Evaluation<'a> {
    pub(super) fn new(store: &'a Store, at: Moment, steps_left: &'a Cell<u32>) -> Self {
        Self { store, asked: at, now: at, steps_left }
    }

    pub(super) fn value(&self, plan: &Plan) -> Result<Value<'a>, String> {
        Ok(match plan {
            Plan::Number(number) => Value::Scalar(*number),
            Plan::Time => Value::Scalar(seconds(self.now)),
            Plan::Negate(of) => match self.value(of)? {
                Value::Scalar(value) => Value::Scalar(-value),
                Value::Vector(elements) => Value::Vector(map(elements, |value| -value)),
            },
            Plan::Binary(plan) => binary::binary(plan, self.value(&plan.left)?, self.value(&plan.right)?)?,
            Plan::Scalar(of) => Value::Scalar(match self.vector(of)?.as_slice() {
                [only] => only.value,
                [] | [_, _, ..] => f64::NAN,
            }),
            Plan::Instant(_)
            | Plan::Aggregate(_)
            | Plan::Over { .. }
            | Plan::Each { .. }
            | Plan::Clamp { .. }
            | Plan::Timestamp(_)
            | Plan::Vector(_)
            | Plan::Absent { .. }
            | Plan::AbsentOver { .. }
            | Plan::HistogramQuantile { .. }
            | Plan::HistogramFraction { .. }
            | Plan::Relabel { .. }
            | Plan::Sort { .. } => Value::Vector(self.vector(plan)?),
        })
    }

    fn vector(&self, plan: &Plan) -> Result<Vector<'a>, String> {
        match plan {
            Plan::Instant(selector) => Ok(self.instant(selector, |point| point.value)),
            Plan::Aggregate(plan) => {
                let parameter = self.parameter(plan.parameter.as_ref())?;
                aggregate::aggregate(plan, &self.vector(&plan.of)?, parameter)
            }
            Plan::Over { function, parameter, window } => self.over(*function, self.parameter(parameter.as_deref())?, window),
            Plan::Each { function, of, with } => {
                let with = with.iter().map(|with| self.scalar(with)).collect::<Result<Vec<_>, _>>()?;
                Ok(map(self.vector(of)?, |value| function(value, &with)))
            }
            Plan::Clamp { of, low, high } => self.clamp(of, low.as_deref(), high.as_deref()),
            Plan::Timestamp(of) => match &**of {
                Plan::Instant(selector) => Ok(map(self.instant(selector, |point| seconds(point.at)), |value| value)),
                of => Ok(map(self.vector(of)?, |_| seconds(self.now))),
            },
            Plan::Vector(of) => Ok(vec![Element::new(Tags::none(), self.scalar(of)?)]),
            Plan::Absent { of, labels } => Ok(absent(self.vector(of)?.is_empty(), labels)),
            Plan::AbsentOver { window, labels } => Ok(absent(self.over(OverFunction::Present, 0.0, window)?.is_empty(), labels)),
            Plan::HistogramQuantile { quantile, of } => {
                let quantile = self.scalar(quantile)?;
                Ok(histogram::each_histogram(&self.vector(of)?, |buckets| histogram::quantile(quantile, buckets)))
            }
            Plan::HistogramFraction { low, high, of } => {
                let (low, high) = (self.scalar(low)?, self.scalar(high)?);
                Ok(histogram::each_histogram(&self.vector(of)?, |buckets| histogram::fraction(low, high, buckets)))
            }
            Plan::Relabel { of, relabel } => relabel::relabel(relabel, self.vector(of)?),
            Plan::Sort { of, falling } => Ok(sorted(self.vector(of)?, *falling)),
            Plan::Number(_) | Plan::Time | Plan::Negate(_) | Plan::Binary(_) | Plan::Scalar(_) => match self.value(plan)? {
                Value::Vector(elements) => Ok(elements),
                Value::Scalar(value) => Ok(vec![Element::new(Tags::none(), value)]),
            },
        }
    }

    pub(super) fn scalar(&self, plan: &Plan) -> Result<f64, String> {
        match self.value(plan)? {
            Value::Scalar(value) => Ok(value),
            Value::Vector(_) => Err("a single number is needed here".to_owned()),
        }
    }

    fn parameter(&self, plan: Option<&Plan>) -> Result<f64, String> {
        plan.map_or(Ok(f64::NAN), |plan| self.scalar(plan))
    }

    pub(super) fn asked(&self) -> Moment {
        self.asked
    }

    pub(super) fn moment(&self, when: When) -> Moment {
        let anchor = match when.anchor {
            Anchor::Now => self.now,
            Anchor::Fixed(at) => at,
            Anchor::Query => self.asked,
        };
        anchor - when.offset
    }

    pub(super) fn frame(&self, window: &Window) -> Frame {
        let end = self.moment(window.when());
        Frame { start: end - window.range, end, now: self.now }
    }

    pub(super) fn series(&self, selector: &Selector) -> impl Iterator<Item = &'a Series> {
        let store: &'a Store = self.store;
        store.select(selector.name.as_deref()).filter(|series| selector.matches(&series.labels))
    }

    fn instant(&self, selector: &Selector, of: impl Fn(Point) -> f64) -> Vector<'a> {
        let at = self.moment(selector.when);
        let present = self.series(selector).filter_map(|series| Some((&*series.labels, series.points.latest(at, LOOKBACK)?)));
        present.map(|(labels, point)| Element::new(Tags::lent(labels), of(point))).collect()
    }

    fn over(&self, function: OverFunction, parameter: f64, window: &Window) -> Result<Vector<'a>, String> {
        let frame = self.frame(window);
        let mut results = Vec::new();
        match &window.of {
            Windowed::Selector(selector) => {
                for series in self.series(selector) {
                    let points = series.points.within(frame.start, frame.end);
                    let value = function.of(&points, frame, parameter);
                    results.extend(value.map(|value| Element::new(Tags::lent(&series.labels), value)));
                }
            }
            Windowed::Subquery { plan, step, .. } => {
                for (tags, points) in self.subquery(plan, *step, frame)? {
                    let value = function.of(points.as_slice(), frame, parameter);
                    results.extend(value.map(|value| Element::new(tags, value)));
                }
            }
        }
        Ok(if function.keeps_name() { results } else { map(results, |value| value) })
    }

    /// The points inside of a window themselves, of each series that has some.
    pub(super) fn points(&self, window: &Window) -> Result<Vec<(Labels, Vec<Point>)>, String> {
        let frame = self.frame(window);
        let mut found: Vec<(Labels, Vec<Point>)> = match &window.of {
            Windowed::Selector(selector) => {
                let within = |series: &Series| series.points.within(frame.start, frame.end).into_owned();
                self.series(selector).map(|series| ((*series.labels).clone(), within(series))).collect()
            }
            Windowed::Subquery { plan, step, .. } => {
                let (tags, points): (Vec<_>, Vec<_>) = self.subquery(plan, *step, frame)?.into_iter().unzip();
                let elements = tags.into_iter().map(|tags| Element::new(tags, f64::NAN)).collect();
                let labels = vector::settled(elements)?.into_iter().map(|(labels, _)| labels);
                labels.zip(points.iter().map(|points| points.as_slice().to_vec())).collect()
            }
        };
        found.retain(|(_, points)| !points.is_empty());
        Ok(found)
    }

    /// Asks the plan again at every full step inside of the frame, and gathers the answers as series.
    fn subquery(&self, plan: &Plan, step: Span, frame: Frame) -> Result<Vec<(Tags<'a>, Points)>, String> {
        let mut series: Vec<(Tags<'a>, Points)> = Vec::new();
        let mut places: HashMap<(Labels, bool), usize> = HashMap::new();
        let mut now = Moment(frame.start.0.div_euclid(step.0).saturating_add(1).saturating_mul(step.0));
        while now <= frame.end {
            let left = self.steps_left.get().checked_sub(1);
            self.steps_left.set(left.ok_or("the subqueries take too many steps: choose a longer step or a shorter range")?);
            let inner = Evaluation { store: self.store, asked: self.asked, now, steps_left: self.steps_left };
            for element in inner.vector(plan)? {
                let (labels, nameless) = element.tags.into_parts();
                let place = *places.entry((labels.clone(), nameless)).or_insert(series.len());
                if place == series.len() {
                    series.push((Tags::own(labels).without_name(nameless), Points::default()));
                }
                series[place].1.push(now, element.value);
            }
            now = now + step;
        }
        Ok(series)
    }

    fn clamp(&self, of: &Plan, low: Option<&Plan>, high: Option<&Plan>) -> Result<Vector<'a>, String> {
        let low = low.map_or(Ok(f64::NEG_INFINITY), |low| self.scalar(low))?;
        let high = high.map_or(Ok(f64::INFINITY), |high| self.scalar(high))?;
        let elements = self.vector(of)?;
        Ok(if high < low { Vec::new() } else { map(elements, |value| each::clamp(value, low, high)) })
    }
}

fn absent<'a>(absent: bool, labels: &Labels) -> Vector<'a> {
    if absent { vec![Element::new(Tags::own(labels.clone()), 1.0)] } else { Vec::new() }
}

fn seconds(at: Moment) -> f64 {
    at.0 as f64 / 1_000.0
}

/// Other numbers, which the metric's name does not stand for any more.
fn map(elements: Vector<'_>, of: impl Fn(f64) -> f64) -> Vector<'_> {
    let mapped = elements.into_iter().map(|element| {
        let value = of(element.value);
        element.derived(value)
    });
    mapped.collect()
}

/// By value; NaN comes last either way.
fn sorted(mut elements: Vector<'_>, falling: bool) -> Vector<'_> {
    elements.sort_by(|a, b| {
        let rising = a.value.partial_cmp(&b.value).unwrap_or(std::cmp::Ordering::Equal);
        a.value.is_nan().cmp(&b.value.is_nan()).then(if falling { rising.reverse() } else { rising })
    });
    elements
}
