//! Over a slow line: what is written while nobody presses a key.

use std::cell::Cell;

use crate::quick::{QUICK, Quick};

/// The seconds of the clock in the upper right corner.
fn clock(screen: &str) -> Option<u32> {
    let time = screen.lines().next()?.trim_end().strip_suffix(" UTC")?.rsplit(' ').next()?;
    let mut parts = time.split(':').map(|part| part.parse::<u32>().ok());
    Some(parts.next()?? * 3600 + parts.next()?? * 60 + parts.next()??)
}

#[test]
fn eight_moving_gauges_take_little_of_a_slow_line() {
    assert_little(80, 24, 900);
}

/// The charts fill the large screen, and all of them move on with each second.
#[test]
fn on_a_large_screen_the_charts_take_more_but_not_much() {
    assert_little(200, 60, 1_500);
}

fn assert_little(columns: u16, rows: u16, most: usize) {
    const SECONDS: u32 = 5;
    const DAY: u32 = 86_400;
    let room = Quick::on(&QUICK.replace("500ms", "1s").replace("[2s]", "[4s]"), columns, rows);
    room.wait_answered();
    // A frame may be half drawn at any look: a time counts as soon as it is read whole.
    let read = |what: &str, good: &dyn Fn(u32) -> bool| {
        let seen = Cell::new(0);
        let there = |now| {
            seen.set(now);
            good(now)
        };
        room.wait_until_text(what, |screen| clock(screen).is_some_and(there));
        seen.get()
    };
    let begins = read("a clock", &|_| true);
    // It begins with a fresh second.
    let from = read("the next second", &|now| now != begins);
    let bytes = room.raw_bytes().len();
    read("some seconds to pass", &|now| (now + DAY - from) % DAY >= SECONDS);
    let written = room.raw_bytes()[bytes..].len();
    let each = written / SECONDS as usize;
    println!("{columns} x {rows}: {each} bytes/s");
    assert!(each > 10, "nothing moves: {each} bytes/s");
    assert!(each < most, "{each} bytes/s while nothing is done");
}
