//! Numbers with units, what stands behind them, and what they prove.
//!
//! For: reading expositions, evaluating queries, keeping a metric's history, judging criteria.
//! May not touch: sockets, tasks, the clock, the room, the screen. Bytes and `now` are handed in.
//! Start reading at `reading` (a number or the reason why there is none), then `judge`.

pub mod against;
pub mod alerts;
pub mod criterion;
pub mod exposition;
pub mod history;
pub mod json;
pub mod judge;
pub mod metric;
pub mod output;
pub mod promql;
pub mod reading;
pub mod series;
pub mod server;
pub mod show;
pub mod suggest;
pub mod unit;
