//! The real engine: real scripts, real HTTP on loopback, a real journal.

mod door;
mod full_disk;
mod held;
mod hostile;
mod live;
mod rooms;
mod samples;
mod stand_ins;
mod strangers;
