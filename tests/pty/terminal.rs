//! The harness itself, tried on a shell: a story about warroom is only as good as what tells it.

use std::sync::Arc;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::harness::Screen;

fn shell(script: &str) -> Screen {
    Screen::program("/bin/sh", &["-c", script], &[], 40, 10, Arc::new(TempDir::new().unwrap()))
}

#[test]
fn text_comes_and_goes_and_the_exit_code_is_seen() {
    let screen = shell("printf 'hello'; read line; printf '\\033[2J\\033[Hgot <%s>' \"$line\"; read line; exit 3");
    screen.wait_for("hello").type_text("tea").press("Enter");
    screen.wait_gone("hello").wait_for("got <tea>").press("Enter");
    assert_eq!(screen.exit_code(), 3);
}

#[test]
fn a_full_screen_that_is_left_properly_passes() {
    let screen = shell(
        "printf '\\033[?1049h\\033[?25l\\033[?2004h\\033[31mfull'; read x; printf '\\033[m\\033[?2004l\\033[?25h\\033[?1049l'",
    );
    screen.wait_for_full_screen().wait_for("full").press("Enter");
    assert_eq!(screen.exit_code(), 0);
    screen.assert_terminal_restored();
    assert!(screen.raw_bytes().starts_with(b"\x1b[?1049h"));
}

#[test]
fn each_thing_left_behind_is_noticed() {
    let cases = [
        ("printf '\\033[?1049h'", "the alternate screen was not left"),
        ("printf '\\033[?25l'", "the cursor is still hidden"),
        ("printf '\\033[?2004h'", "bracketed paste is still on"),
        ("printf '\\033[?1000h'", "the mouse is still captured"),
        ("printf '\\033[31m'", "a colour is still on"),
        ("stty raw -echo", "the line settings differ"),
    ];
    for (script, complaint) in cases {
        let screen = shell(script);
        assert_eq!(screen.exit_code(), 0, "{script}");
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            screen.assert_terminal_restored();
        }));
        let said = looked.expect_err(script);
        let said = said.downcast_ref::<String>().map_or("", String::as_str);
        assert!(said.contains(complaint), "{script}: {said}");
    }
}

#[test]
fn a_new_size_reaches_the_program_and_the_model() {
    let screen = shell("trap 'stty size' WINCH; printf ready; while :; do read x && exit; done");
    screen.wait_for("ready").resize(60, 20).wait_for("20 60").press("Enter");
    assert_eq!(screen.exit_code(), 0);
}

#[test]
fn a_signal_ends_the_program_and_the_wait_for_it() {
    let screen = shell("printf ready; read x");
    screen.wait_for("ready").signal(Signal::TERM);
    assert_eq!(screen.exit_code(), 128 + 15);
}

#[test]
fn keys_and_pastes_arrive_as_a_terminal_sends_them() {
    let screen = shell("stty raw -echo; printf ready; head -c 17 | od -An -c; printf done");
    screen.wait_for("ready").press("Ctrl-g").press("Up").press("R").paste("");
    let text = screen.wait_for("done").text();
    let words: Vec<&str> = text.split_whitespace().filter(|word| !matches!(*word, "ready" | "done")).collect();
    assert_eq!(words, "\\a 033 [ A R 033 [ 2 0 0 ~ 033 [ 2 0 1 ~".split(' ').collect::<Vec<_>>(), "{text}");
}

#[test]
fn waiting_in_vain_says_what_stood_on_the_screen() {
    let screen = shell("printf 'something else'");
    let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        screen.wait_for("this");
    }));
    let said = waited.expect_err("it was never there");
    let said = said.downcast_ref::<String>().unwrap();
    assert!(said.contains("\"this\" to appear") && said.contains("something else"), "{said}");
}
