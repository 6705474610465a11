//! Temporary.
use crate::time::Moment;
pub use crate::tui::{Marks, Theme};
use std::sync::Arc;
pub type Now = Arc<dyn Fn() -> Moment + Send + Sync>;
pub struct Options {
    pub theme: Theme,
    pub marks: Marks,
    pub me: crate::id::OperatorId,
}
pub struct Left {
    pub why: String,
    pub state: crate::room::State,
}
pub async fn run(_: crate::link::Port, state: crate::room::State, _: Options, _: Now) -> anyhow::Result<Left> {
    Ok(Left { why: String::new(), state })
}
pub async fn replay(_: crate::replay::Player, _: Options, _: Now) -> anyhow::Result<()> {
    Ok(())
}
