//! The built program in a real terminal: what a person types, and what that person sees.

// `cfg(test)` tells the lints that everything in here is a test, helpers too.
#[cfg(test)]
mod asking;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod demo_scripts;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod idle;
#[cfg(test)]
mod input;
#[cfg(test)]
mod leaving;
#[cfg(test)]
mod moves;
#[cfg(test)]
mod output;
#[cfg(test)]
mod quick;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod resize;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod rollback;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod watches;
