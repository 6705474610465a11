//! The fast tests: the room as stories, the seeded commander, the tidy tree. One binary, so that it is linked once.

mod engine;
mod room;
mod story;
