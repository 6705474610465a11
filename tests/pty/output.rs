//! What a step writes is text: no escape of it reaches the terminal.

use crate::quick::{QUICK, Quick};

#[test]
fn escapes_in_a_steps_output_never_reach_the_terminal() {
    let evil = [
        r"\033[5;31mCSI-was-here\033[2J\033[1;1H",
        r"\033]52;c;ZXZpbA==\007OSC-was-here",
        r"\033]0;evil title\033\\title-was-here",
        r"\033Pq#0;2;0;0;0\033\\DCS-was-here",
        r"\033_apc\033\\\033^pm\033\\APC-was-here",
        r"\302\2335;35mC1-was-here\302\235 2;evil\302\234",
        r"\2335;36mraw-C1-was-here",
        r"bell\007\007-was-here\b\b\017\016",
        r"\033c\033[?1049l\033[?1000h\033[6n\033[>creports-were-here",
        r"\342\200\256turned-was-here",
    ];
    let script = evil.map(|line| format!("printf '{line}\\n'")).join("; ");
    let runbook =
        QUICK.replace("run: echo something was said", &format!("run: \"{}; echo something\"", script.replace('\\', "\\\\")));
    let room = Quick::on(&runbook, 80, 24);
    room.begin().wait_for("Enter runs 1.1").enter().wait_for("Enter runs 1.2");
    room.press("Up").press("o").wait_for(" OUTPUT ");
    room.wait_for_all(&["CSI-was-here", "OSC-was-here", "bell\\a\\a-was-here", "turned-was-here", "reports-were-here"])
        .press("l")
        .wait_for(" LOG ")
        .wait_answered();
    let raw = room.raw_bytes();
    let has = |bytes: &[u8]| raw.windows(bytes.len()).any(|window| window == bytes);
    let never: [&[u8]; 13] = [
        b"\x07",
        b"\x0e",
        b"\x0f",
        b"\x1b]",
        b"\x1bP",
        b"\x1b_",
        b"\x1b^",
        b"\x1bc",
        b"\x1b[5;31m",
        b"\x1b[?1049l",
        b"\x1b[?1000h",
        b"\x1b[6n",
        "\u{202e}".as_bytes(),
    ];
    for bytes in never {
        assert!(!has(bytes), "{:?} reached the terminal", String::from_utf8_lossy(bytes));
    }
    let text = String::from_utf8(raw).expect("only UTF-8 is written");
    assert!(!text.contains(|c: char| ('\u{80}'..='\u{9f}').contains(&c)), "a C1 character reached the terminal");
}
