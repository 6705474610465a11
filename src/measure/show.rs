//! Numbers as a commander reads them, and small charts.

/// Levels of a sparkline, lowest first.
pub const SPARK: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The same where only ASCII can be drawn.
pub const SPARK_ASCII: [char; 7] = ['_', '.', '-', '=', '+', '*', '#'];
