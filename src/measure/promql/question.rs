//! What may be asked by somebody who explores: besides numbers also the points themselves, and plain texts.

use std::cell::Cell;

use super::QueryError;
use super::compile::{self, Compiled};
use super::eval::{Evaluation, STEPS_MAX};
use super::vector::{self, Value};
use crate::measure::series::{Labels, Point, Store};
use crate::time::Moment;

pub struct Question(Compiled);

/// What was found, of each of the kinds that a Prometheus server answers with.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Scalar(f64),
    Vector(Vec<(Labels, f64)>),
    Matrix(Vec<(Labels, Vec<Point>)>),
    Text(String),
}

impl Question {
    pub fn compile(text: &str) -> Result<Self, QueryError> {
        compile::compile_any(text).map(Self)
    }

    /// The exact answer, or why there cannot be one.
    pub fn answer(&self, store: &Store, at: Moment) -> Result<Found, String> {
        let steps_left = Cell::new(STEPS_MAX);
        let evaluation = Evaluation::new(store, at, &steps_left);
        Ok(match &self.0 {
            Compiled::Text(text) => Found::Text(text.clone()),
            Compiled::Points(window) => Found::Matrix(evaluation.points(window)?),
            Compiled::Numbers(plan) => match evaluation.value(plan)? {
                Value::Scalar(value) => Found::Scalar(value),
                Value::Vector(elements) => Found::Vector(vector::settled(elements)?),
            },
        })
    }
}
