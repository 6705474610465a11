//! From the text of a query to a plan; what is not supported is refused here, with its place.

mod call;
mod parts;
mod scan;

use promql_parser::parser::token::{
    T_ADD, T_ATAN2, T_AVG, T_BOTTOMK, T_COUNT, T_COUNT_VALUES, T_DIV, T_EQLC, T_GROUP, T_GTE, T_GTR, T_LAND, T_LOR, T_LSS, T_LTE,
    T_LUNLESS, T_MAX, T_MIN, T_MOD, T_MUL, T_NEQ, T_POW, T_QUANTILE, T_STDDEV, T_STDVAR, T_SUB, T_SUM, T_TOPK, TokenType,
};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{AggregateExpr, BinModifier, BinaryExpr, Expr, VectorMatchCardinality};

use super::QueryError;
use super::plan::{Aggregate, Aggregation, Arithmetic, Binary, Many, Matching, Operation, Plan, SetOperation, Window};
use super::vector::Grouping;
use crate::measure::criterion::Op;

/// The longest query, in bytes.
pub const QUERY_MAX: usize = 4_096;
/// How deep parts of a query may stand within each other.
pub(super) const DEPTH_MAX: usize = 100;

/// What a text asks for.
pub(super) enum Compiled {
    Numbers(Plan),
    Points(Window),
    Text(String),
}

/// A query whose answer are numbers: the only ones that a metric can be made of.
pub(super) fn compile(text: &str) -> Result<Plan, QueryError> {
    match compile_any(text)? {
        Compiled::Numbers(plan) => Ok(plan),
        Compiled::Points(_) => Err(QueryError::at(0, "a range of points is no number: put a function such as rate(…) around it")),
        Compiled::Text(_) => Err(QueryError::at(0, "a text is no number")),
    }
}

pub(super) fn compile_any(text: &str) -> Result<Compiled, QueryError> {
    scan::check(text)?;
    let expression = promql_parser::parser::parse(text).map_err(|why| parts::parser_error(text, &why))?;
    let compiler = Compiler { text };
    Ok(match expression.value_type() {
        ValueType::Vector | ValueType::Scalar => Compiled::Numbers(compiler.plan(&expression, 0)?),
        ValueType::Matrix => Compiled::Points(compiler.window(&expression, 0)?),
        ValueType::String => Compiled::Text(parts::string(Some(&expression))?),
    })
}

/// Where in a text it is that the parser refused with these words, as far as that can be told.
pub fn stumbled_at(text: &str, why: &str) -> Option<usize> {
    match scan::check(text) {
        Err(error) => error.at,
        Ok(()) => parts::parser_error(text, why).at,
    }
}

struct Compiler<'t> {
    text: &'t str,
}

impl Compiler<'_> {
    fn plan(&self, expression: &Expr, depth: usize) -> Result<Plan, QueryError> {
        if depth > DEPTH_MAX {
            return Err(QueryError::new("the query is nested too deeply"));
        }
        let depth = depth + 1;
        match expression {
            Expr::Paren(inner) => self.plan(&inner.expr, depth),
            Expr::NumberLiteral(number) => Ok(Plan::Number(number.val)),
            Expr::Unary(unary) => Ok(Plan::Negate(Box::new(self.plan(&unary.expr, depth)?))),
            Expr::Binary(binary) => self.binary(binary, depth),
            Expr::Aggregate(aggregate) => self.aggregate(aggregate, depth),
            Expr::Call(call) => self.call(call, depth),
            Expr::VectorSelector(selector) => Ok(Plan::Instant(parts::selector(selector))),
            Expr::MatrixSelector(_) | Expr::Subquery(_) => {
                Err(QueryError::new("a range of points stands where a number should be"))
            }
            Expr::StringLiteral(_) => Err(QueryError::new("a text stands where a number should be")),
            Expr::Extension(_) => Err(QueryError::new("an unknown kind of expression")),
        }
    }

    fn binary(&self, binary: &BinaryExpr, depth: usize) -> Result<Plan, QueryError> {
        let (left, right) = (self.plan(&binary.lhs, depth)?, self.plan(&binary.rhs, depth)?);
        let op = operation(binary.op).ok_or_else(|| self.unsupported(&binary.op.to_string()))?;
        let modifier = binary.modifier.clone().unwrap_or_default();
        let says_bool = modifier.return_bool;
        Ok(Plan::Binary(Box::new(Binary { op, left, right, says_bool, matching: matching(modifier) })))
    }

    fn aggregate(&self, aggregate: &AggregateExpr, depth: usize) -> Result<Plan, QueryError> {
        let parameter = aggregate.param.as_deref();
        let function = match aggregate.op.id() {
            T_SUM => Aggregation::Sum,
            T_AVG => Aggregation::Average,
            T_MIN => Aggregation::Min,
            T_MAX => Aggregation::Max,
            T_COUNT => Aggregation::Count,
            T_GROUP => Aggregation::Group,
            T_STDDEV => Aggregation::Deviation,
            T_STDVAR => Aggregation::Variance,
            T_TOPK => Aggregation::Top,
            T_BOTTOMK => Aggregation::Bottom,
            T_QUANTILE => Aggregation::Quantile,
            T_COUNT_VALUES => Aggregation::CountValues(parts::string(parameter)?),
            _ => return Err(self.unsupported(&aggregate.op.to_string())),
        };
        let parameter = match (&function, parameter) {
            (Aggregation::CountValues(_), _) | (_, None) => None,
            (_, Some(parameter)) => Some(self.plan(parameter, depth)?),
        };
        let by = aggregate.modifier.as_ref().map_or(Grouping::Only(Vec::new()), parts::grouping);
        Ok(Plan::Aggregate(Box::new(Aggregate { function, of: self.plan(&aggregate.expr, depth)?, by, parameter })))
    }

    /// Refuses `word`, and points at where it stands.
    fn unsupported(&self, word: &str) -> QueryError {
        QueryError { message: format!("`{word}` is not supported"), at: scan::find_word(self.text, word) }
    }
}

fn operation(op: TokenType) -> Option<Operation> {
    Some(match op.id() {
        T_ADD => Operation::Arithmetic(Arithmetic::Add),
        T_SUB => Operation::Arithmetic(Arithmetic::Subtract),
        T_MUL => Operation::Arithmetic(Arithmetic::Multiply),
        T_DIV => Operation::Arithmetic(Arithmetic::Divide),
        T_MOD => Operation::Arithmetic(Arithmetic::Remainder),
        T_POW => Operation::Arithmetic(Arithmetic::Power),
        T_ATAN2 => Operation::Arithmetic(Arithmetic::Atan2),
        T_EQLC => Operation::Compare(Op::Equal),
        T_NEQ => Operation::Compare(Op::NotEqual),
        T_LSS => Operation::Compare(Op::Less),
        T_LTE => Operation::Compare(Op::AtMost),
        T_GTR => Operation::Compare(Op::More),
        T_GTE => Operation::Compare(Op::AtLeast),
        T_LAND => Operation::Set(SetOperation::And),
        T_LOR => Operation::Set(SetOperation::Or),
        T_LUNLESS => Operation::Set(SetOperation::Unless),
        _ => return None,
    })
}

fn matching(modifier: BinModifier) -> Matching {
    let (many, include) = match modifier.card {
        VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => (Many::Neither, Vec::new()),
        VectorMatchCardinality::ManyToOne(labels) => (Many::Left, labels.labels),
        VectorMatchCardinality::OneToMany(labels) => (Many::Right, labels.labels),
    };
    Matching {
        on: modifier.matching.as_ref().map_or(Grouping::Except(Vec::new()), parts::grouping),
        many,
        include,
        fill_left: modifier.fill_values.lhs,
        fill_right: modifier.fill_values.rhs,
    }
}
