//! Numbers as a commander reads them, and small charts.

/// Levels of a sparkline, lowest first.
pub const SPARK: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The same where only ASCII can be drawn.
pub const SPARK_ASCII: [char; 7] = ['_', '.', '-', '=', '+', '*', '#'];

/// A value with its unit.
pub fn number(value: f64, unit: &crate::measure::unit::Unit) -> String {
    format!("{value:.2} {unit}").trim_end().to_owned()
}
