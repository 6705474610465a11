//! The fast tests: the room as stories, the engine for real, the command line, the tidy tree. One binary, so that it is linked once.

// `cfg(test)` tells the lints that everything in here is a test, helpers too.
#[cfg(test)]
mod commands;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod probe;
#[cfg(test)]
mod prometheus;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod room;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod story;
#[cfg(test)]
mod tidy;
