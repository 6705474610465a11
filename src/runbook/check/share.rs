//! Whether a query is a share of two rates, and whether it counts that share in hundredths.

use promql_parser::parser::{BinaryExpr, Expr};

/// Divides one rate by another, so that no unit is left; or says what is left of the whole.
pub(super) fn is_fraction(query: &Expr) -> bool {
    match bare(query) {
        Expr::Binary(binary) => match op(binary).as_str() {
            "/" => is_rate(&binary.lhs) && is_rate(&binary.rhs),
            "-" => is_number(&binary.lhs, 1.0) && is_fraction(&binary.rhs),
            _ => false,
        },
        _ => false,
    }
}

/// The same, a hundred times.
pub(super) fn is_percentage(query: &Expr) -> bool {
    let Expr::Binary(binary) = bare(query) else { return false };
    match op(binary).as_str() {
        "*" => hundredfold(binary).is_some_and(is_fraction),
        "/" => match bare(&binary.lhs) {
            Expr::Binary(above) if op(above) == "*" => hundredfold(above).is_some_and(is_rate) && is_rate(&binary.rhs),
            _ => false,
        },
        "-" => is_number(&binary.lhs, 100.0) && is_percentage(&binary.rhs),
        _ => false,
    }
}

/// What is multiplied by a hundred.
fn hundredfold(product: &BinaryExpr) -> Option<&Expr> {
    if is_number(&product.lhs, 100.0) {
        return Some(&product.rhs);
    }
    is_number(&product.rhs, 100.0).then_some(&*product.lhs)
}

fn is_rate(query: &Expr) -> bool {
    match bare(query) {
        Expr::Aggregate(aggregate) => matches!(aggregate.op.to_string().as_str(), "sum" | "avg") && is_rate(&aggregate.expr),
        Expr::Call(call) => matches!(call.func.name, "rate" | "irate" | "increase"),
        _ => false,
    }
}

fn is_number(query: &Expr, number: f64) -> bool {
    matches!(bare(query), Expr::NumberLiteral(literal) if literal.val == number)
}

fn bare(query: &Expr) -> &Expr {
    match query {
        Expr::Paren(inner) => bare(&inner.expr),
        query => query,
    }
}

fn op(binary: &BinaryExpr) -> String {
    binary.op.to_string()
}
