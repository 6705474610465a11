//! The real engine: real scripts, real HTTP on loopback, a real journal.

mod hostile;
mod live;
mod rooms;
