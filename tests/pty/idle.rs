//! Over a slow line: what is written while nobody presses a key.

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
    let room = Quick::on(&QUICK.replace("500ms", "1s").replace("[2s]", "[4s]"), columns, rows);
    room.wait_answered();
    let begins = clock(&room.text()).expect("a clock is on the screen");
    // It begins with a fresh second.
    room.wait_until_text("the next second", |screen| clock(screen).is_some_and(|now| now != begins));
    let (from, bytes) = (clock(&room.text()).unwrap(), room.raw_bytes().len());
    room.wait_until_text("some seconds to pass", |screen| clock(screen).is_some_and(|now| now % 86_400 >= from + SECONDS));
    let written = room.raw_bytes()[bytes..].len();
    let each = written / SECONDS as usize;
    println!("{columns} x {rows}: {each} bytes/s");
    assert!(each > 10, "nothing moves: {each} bytes/s");
    assert!(each < most, "{each} bytes/s while nothing is done");
}
