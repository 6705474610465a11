//! warroom: the console a deployment commander keeps open for the whole deployment window.
//!
//! The pure middle, which depends on nothing that waits and nothing that is drawn:
//! [`runbook`] the plan as written, [`measure`] numbers and verdicts, [`room`] what happened and what it means.
//!
//! The rim around it:
//! [`journal`] the record on disk, [`link`] where a screen meets a room, [`serve`] the door to it, [`engine`] the only place that waits, spawns, polls or asks the clock,
//! [`tui`] screens as functions of the room's state, [`replay`] a recorded room played again,
//! [`plain`] the room in words, [`rehearse`] the whole plan with nothing behind it, [`sim`] the whole room in a world made by chance,
//! [`demo`] the service that the newcomer may break, [`cli`] the commands.
//!
//! [`time`], [`id`] and [`text`] are the small words everybody uses.

pub mod cli;
pub mod demo;
pub mod engine;
pub mod id;
pub mod journal;
pub mod link;
pub mod measure;
pub mod plain;
mod random;
pub mod rehearse;
pub mod replay;
pub mod room;
pub mod runbook;
pub mod serve;
pub mod sim;
pub mod text;
pub mod time;
pub mod tui;
