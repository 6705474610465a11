//! The room in words, a line for each thing: for scripts, for screen readers, for terminals that can do nothing else.
//!
//! For: saying how a room stands, and turning what is typed as words into the same actions that keys become.
//! May not touch: colours, cursor, columns. A line is a sentence that can be read aloud; a mark is never the only way it says so.
//! Start reading at [`status`]; [`Words`] is what can be typed, [`meaning`] what it asks for.

mod find;
mod gauges;
mod json;
mod meaning;
mod status;
mod timeline;
mod words;

pub use find::{Thing, thing};
pub use json::json;
pub use meaning::{Meant, Unsure, Wrong, meaning, unsure};
pub use status::{line, status, told};
pub use timeline::{output, timeline};
pub use words::{Look, Reason, Words};
