//! The screen: what a commander sees, and what their keys ask for.
//!
//! For: drawing the room's [`State`](crate::room::State) as a value, turning keys into what is asked of the room, and holding
//! the terminal while that goes on.
//! May not touch: the engine, the journal, the disk. A screen cannot send an event, only ask for an action; `now` is handed in.
//! Start reading at `scene` (what a frame is drawn from), then `keys` (what can be pressed), then `run`.

pub mod aloud;
mod clipboard;
pub mod commands;
pub mod dialog;
pub mod footer;
pub mod form;
pub mod help;
mod ink;
pub mod input;
pub mod keys;
pub mod layout;
pub mod palette;
pub mod panes;
pub mod run;
pub mod scene;
pub mod screen;
pub mod session;
pub mod tape;
pub mod terminal;
pub mod theme;
pub mod view;

#[cfg(test)]
mod testing;

pub use run::{Leave, Left, Now, Start, ask, replay, run};
pub use scene::Scene;
pub use screen::draw;
pub use session::Options;
pub use terminal::Blank;
pub use theme::{Marks, Theme};
pub use view::View;
