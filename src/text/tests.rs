use std::borrow::Cow;

use proptest::prelude::*;

use super::*;

/// A terminal that remembers whether it was told anything but text.
#[derive(Default)]
struct Alarm {
    heard: Vec<String>,
}

impl vt100::Callbacks for Alarm {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.heard.push("bell".to_owned());
    }
    fn visual_bell(&mut self, _: &mut vt100::Screen) {
        self.heard.push("visual bell".to_owned());
    }
    fn resize(&mut self, _: &mut vt100::Screen, to: (u16, u16)) {
        self.heard.push(format!("resize to {to:?}"));
    }
    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, name: &[u8]) {
        self.heard.push(format!("icon {name:?}"));
    }
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.heard.push(format!("title {title:?}"));
    }
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        self.heard.push(format!("copy {data:?}"));
    }
    fn paste_from_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.heard.push("paste".to_owned());
    }
    fn unhandled_control(&mut self, _: &mut vt100::Screen, byte: u8) {
        self.heard.push(format!("control {byte:x}"));
    }
    fn unhandled_escape(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, byte: u8) {
        self.heard.push(format!("escape {byte:x}"));
    }
    fn unhandled_csi(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, _: &[&[u16]], last: char) {
        self.heard.push(format!("CSI {last}"));
    }
    fn unhandled_osc(&mut self, _: &mut vt100::Screen, _: &[&[u8]]) {
        self.heard.push("OSC".to_owned());
    }
}

/// Prints `text` on one long row and says how many columns it took there.
fn draw(text: &str) -> usize {
    let mut terminal = vt100::Parser::new_with_callbacks(2, 4_000, 0, Alarm::default());
    // This terminal leaves out the replacement character, taking it for a byte it could not read.
    terminal.process(text.replace('\u{fffd}', "?").as_bytes());
    assert_eq!(terminal.callbacks().heard, Vec::<String>::new(), "heard in {text:?}");
    let screen = terminal.screen();
    let modes = [
        screen.hide_cursor(),
        screen.alternate_screen(),
        screen.application_keypad(),
        screen.application_cursor(),
        screen.bracketed_paste(),
        screen.bold() || screen.inverse() || screen.underline(),
        screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
    ];
    assert_eq!(modes, [false; 7], "modes after {text:?}");
    assert_eq!(screen.cursor_position().0, 0, "the row after {text:?}");
    usize::from(screen.cursor_position().1)
}

fn is_harmless(text: &str) -> bool {
    !text.chars().any(|character| character.is_control() || doubt::is_doubtful(character))
}

/// All that comes out of one read.
fn lines_of(bytes: &[u8]) -> Vec<String> {
    let mut lines = Lines::default();
    let mut all = lines.push(bytes);
    all.extend(lines.finish());
    all
}

#[test]
fn plain_text_is_lent_and_not_copied() {
    assert!(matches!(clean("patched: ingress/canary ~ {ok}"), Cow::Borrowed(_)));
    assert_eq!(clean("Grüße, 世界, ✓, │ and e\u{301}"), "Grüße, 世界, ✓, │ and e\u{301}");
}

#[test]
fn what_only_styles_goes_and_everything_else_is_spelled_out() {
    let cases = [
        ("\u{1b}[1;31mred\u{1b}[0m \u{1b}[38:5:208mcolon\u{1b}[m", "red colon"),
        ("\u{1b}[Kgrep\u{1b}[m\u{1b}[K", "grep"),
        ("tput\u{1b}(B\u{1b}[m", "tput"),
        ("\u{1b}[2J\u{1b}[H", "\\e[2J\\e[H"),
        ("\u{1b}[?1049h\u{1b}[?25l", "\\e[?1049h\\e[?25l"),
        ("\u{1b}[>4;1m", "\\e[>4;1m"),
        ("\u{1b}]0;owned\u{7}", "\\e]0;owned\\a"),
        ("\u{1b}]52;c;aGk=\u{1b}\\", "\\e]52;c;aGk=\\e\\"),
        ("\u{1b}P+q544e\u{1b}\\", "\\eP+q544e\\e\\"),
        ("\u{1b}_Gi=1\u{1b}\\\u{1b}^pm\u{1b}\\\u{1b}Xsos\u{1b}\\", "\\e_Gi=1\\e\\\\e^pm\\e\\\\eXsos\\e\\"),
        ("\u{1b}c\u{1b}#8\u{1b}", "\\ec\\e#8\\e"),
        ("\u{1b}[", "\\e["),
        ("\u{1b}[31", "\\e[31"),
        ("\u{1b}]0;never ended, and the rest is still there", "\\e]0;never ended, and the rest is still there"),
        ("\u{9b}2J\u{9d}0;t\u{9c}\u{85}", "<U+009B>2J<U+009D>0;t<U+009C><U+0085>"),
        ("nul\0 bell\u{7} back\u{8} del\u{7f} so\u{e}", "nul\\0 bell\\a back\\b del\\x7f so\\x0e"),
        ("one\r\ntwo\u{b}\u{c}", "one\\r\\ntwo\\v\\f"),
    ];
    for (text, cleaned) in cases {
        assert_eq!(clean(text), cleaned);
        draw(&clean(text));
    }
}

#[test]
fn tabs_reach_the_next_eighth_column_as_drawn() {
    assert_eq!(clean("a\tb\t\tc"), "a       b               c");
    assert_eq!(clean("\u{1b}[31mred\u{1b}[m\t|"), "red     |");
    assert_eq!(clean("世界\t|"), "世界    |");
    assert_eq!(clean("12345678\t|"), "12345678        |");
}

#[test]
fn what_is_invisible_or_turns_the_reading_order_is_shown() {
    let cases = [
        ("admin\u{202e}txt.exe", "admin<U+202E>txt.exe"),
        ("\u{2066}isolate\u{2069}", "<U+2066>isolate<U+2069>"),
        ("pass\u{200b}word\u{feff}\u{ad}", "pass<U+200B>word<U+FEFF><U+00AD>"),
        ("tag\u{e0041}", "tag<U+E0041>"),
        ("glyph \u{e0b0}\u{f0000}", "glyph <U+E0B0><U+F0000>"),
        ("flag \u{1f1e9}\u{1f1ea}", "flag <U+1F1E9><U+1F1EA>"),
        ("wave 👋\u{1f3fd}", "wave 👋<U+1F3FD>"),
        ("family 👨\u{200d}👩", "family 👨<U+200D>👩"),
        ("heart ❤\u{fe0f} and 1\u{fe0f}\u{20e3}", "heart ❤ and 1\u{20e3}"),
        ("line\u{2028}separator", "line<U+2028>separator"),
    ];
    for (text, cleaned) in cases {
        assert_eq!(clean(text), cleaned);
    }
}

#[test]
fn a_flood_of_combining_marks_is_capped_and_one_without_a_base_is_shown() {
    let flood = format!("z{}!", "\u{301}".repeat(100));
    assert_eq!(clean(&flood), format!("z{}<+96>!", "\u{301}".repeat(4)));
    assert_eq!(clean("\u{301}x"), "<U+0301>x");
    assert_eq!(clean("\t\u{301}x"), "        <U+0301>x");
}

#[test]
fn no_pair_of_bytes_reaches_the_terminal_as_anything_but_text() {
    let introducers: [&[u8]; 6] = [b"", b"\x1b", b"\x1b[", b"\x1b[?1", b"\x1b]0;", b"\x1bP"];
    for introducer in introducers {
        for first in 0..=u8::MAX {
            let mut all = String::new();
            for second in 0..=u8::MAX {
                let bytes = [introducer, &[first, second], b"x"].concat();
                all.extend(lines_of(&bytes));
                all.push(' ');
            }
            assert!(is_harmless(&all), "{introducer:?} {first}");
            all.chars().collect::<Vec<_>>().chunks(1_500).for_each(|chunk| {
                draw(&chunk.iter().collect::<String>());
            });
        }
    }
}

#[test]
fn every_character_there_is_comes_out_harmless_and_as_wide_as_it_is_measured() {
    let planes = ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}').chain('\u{10ff00}'..=char::MAX);
    for character in planes.filter(|character| !character.is_control()) {
        let text = format!("a{character}b");
        let cleaned = clean(&text);
        assert!(is_harmless(&cleaned), "{character:?}");
        let apart: usize = cleaned.chars().map(|one| unicode_width::UnicodeWidthChar::width(one).unwrap_or(0)).sum();
        assert_eq!(width(&cleaned), apart, "{character:?}");
    }
}

#[test]
fn a_line_is_bounded_and_says_what_was_left_out() {
    let long = "ä".repeat(10_000);
    let line = clean_line(&long);
    assert_eq!(line.chars().count(), LINE_MAX - 40 + " [+5944 characters]".len());
    assert!(line.ends_with("ä [+5944 characters]"));
    assert_eq!(clean_line(&line), line);
    assert_eq!(clean_line(&"x".repeat(LINE_MAX)).len(), LINE_MAX);
}

#[test]
fn clipping_keeps_characters_whole_and_fitting_gives_exactly_the_columns() {
    let cases = [
        ("error rate", 10, "error rate", "error rate", "error rate"),
        ("error rate", 7, "error..", "error..", "error.."),
        ("ok", 4, "ok", "ok  ", "  ok"),
        ("世界世界", 7, "世界..", "世界.. ", " 世界.."),
        ("世界", 3, "..", ".. ", " .."),
        ("e\u{301}e\u{301}e\u{301}e\u{301}", 3, "e\u{301}..", "e\u{301}..", "e\u{301}.."),
        ("abc", 2, "..", "..", ".."),
        ("abc", 1, ".", ".", "."),
        ("abc", 0, "", "", ""),
        ("", 2, "", "  ", "  "),
    ];
    for (text, columns, clipped, left, right) in cases {
        assert_eq!(clip(text, columns), clipped);
        assert_eq!(fit(text, columns), left);
        assert_eq!(fit_right(text, columns), right);
    }
}

/// Text made of what goes wrong.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        3 => "[ -~]{0,6}",
        2 => prop::sample::select(vec![
            "\u{1b}[", "\u{1b}]", "\u{1b}P", "\u{1b}", "\u{1b}[31m", "\u{1b}(B", "\u{1b}[K", "\u{9b}", "\u{7}", "\r", "\t", "\0", "\u{8}",
            "\u{301}", "\u{20e3}", "\u{fe0f}", "\u{200d}", "\u{202e}", "世", "👋", "👩", "\u{1f3fd}", "\u{1f1e9}", "ﾞ", "か", "\u{3099}",
            "क\u{94d}ष", "\u{17d2}", "ក", "\u{1160}", "ᄀ", "ᅡ", "لا", "\u{e0b0}", "\u{d4e}", "\u{600}", "நி", "ำ", "\u{1a17}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn cleaned_text_is_harmless_stays_the_same_and_is_drawn_as_wide_as_measured(text in nasty()) {
        let cleaned = clean(&text).into_owned();
        prop_assert!(is_harmless(&cleaned), "{cleaned:?}");
        let again = clean(&cleaned);
        prop_assert_eq!(again.as_ref(), cleaned.as_str());
        prop_assert_eq!(draw(&cleaned), width(&cleaned), "{:?}", cleaned);
    }

    #[test]
    fn clipped_and_fitted_text_keeps_to_its_columns(text in nasty(), columns in 0..60usize) {
        let cleaned = clean(&text);
        prop_assert!(width(&clip(&cleaned, columns)) <= columns);
        prop_assert_eq!(width(&fit(&cleaned, columns)), columns);
        prop_assert_eq!(width(&fit_right(&cleaned, columns)), columns);
    }
}

#[test]
fn pieces_of_a_line_leave_nothing_out_and_fit_where_a_character_does() {
    for text in ["", "curl -fsS http://shop/ready && echo 世界 e\u{301}t\u{e9} || true", "世界"] {
        for columns in 1..12 {
            let pieces: Vec<&str> = pieces(text, columns).collect();
            assert_eq!(pieces.concat(), text);
            assert!(!pieces.is_empty() && pieces.iter().all(|piece| width(piece) <= columns.max(2)), "{columns}: {pieces:?}");
        }
    }
}
