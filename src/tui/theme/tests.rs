use ratatui::style::{Color, Modifier};

use super::*;

#[test]
fn every_built_in_theme_is_read_and_names_every_meaning() {
    for (name, text) in BUILTIN {
        let theme = file::read(name, text, Theme::default()).unwrap();
        assert_eq!(theme.name(), name);
        for meaning in MEANINGS {
            assert!(text.lines().any(|line| line.starts_with(&format!("{meaning}:"))), "{name} leaves out {meaning}");
        }
    }
}

#[test]
fn what_must_not_be_confused_looks_different_in_every_theme() {
    for name in Theme::names() {
        let theme = Theme::builtin(name).unwrap();
        for bad in [theme.critical(), theme.unknown(), theme.stale(), theme.warning()] {
            assert_ne!(bad, theme.good(), "in {name}");
            assert_ne!(bad, theme.normal(), "in {name}");
        }
        assert_ne!(theme.stale(), theme.unknown(), "in {name}");
        assert_ne!(theme.badge_live(), theme.badge_rehearsal(), "in {name}");
        assert_ne!(theme.badge_live(), theme.badge_replay(), "in {name}");
        assert_ne!(theme.focus(), theme.border(), "in {name}");
    }
}

#[test]
fn mono_has_no_colour_and_the_default_only_the_terminals_own_and_never_one_on_another() {
    for (meaning, style) in Theme::builtin(NO_COLOUR).unwrap().styles() {
        assert_eq!((style.fg, style.bg), (None, None), "{meaning} in mono");
    }
    for (meaning, style) in Theme::builtin(DEFAULT).unwrap().styles() {
        assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{meaning} in the default theme");
        assert_eq!(style.bg, None, "{meaning} in the default theme");
    }
}

#[test]
fn a_theme_file_changes_what_it_mentions_and_leaves_the_rest_as_in_the_default() {
    let theme =
        Theme::load("night.yaml", "good: { fg: \"#00ff88\", dim: false }\nstale: { fg: 240, underline: true }\n").unwrap();
    assert_eq!(theme.good().fg, Some(Color::Rgb(0, 255, 136)));
    assert_eq!(theme.stale().fg, Some(Color::Indexed(240)));
    assert!(theme.stale().add_modifier.contains(Modifier::UNDERLINED));
    assert_eq!(theme.critical(), Theme::builtin(DEFAULT).unwrap().critical());
}

#[test]
fn a_wrong_theme_says_the_line_and_the_nearest_name() {
    let cases = [
        ("good: {}\nwarnning: { fg: red }\n", "t:2: unknown meaning `warnning`, did you mean `warning`?"),
        ("good: {}\n\ncritical:\n  fg: red\n  bould: true\n", "t:5: unknown attribute `bould`, did you mean `bold`?"),
        ("good: { fg: gren }\n", "t:1: unknown colour `gren`, did you mean `green`?"),
        ("good: {}\nstale: { bold: 7 }\n", "t:2: `bold` is true or false"),
        ("good:\n  fg: #00ff00\n", "t:2: no colour is given: `#` begins a comment, so write \"#ff8800\" in quotes"),
    ];
    for (text, message) in cases {
        assert_eq!(Theme::load("t", text).unwrap_err().to_string(), message);
    }
}

#[test]
fn what_is_no_theme_at_all_is_refused() {
    for text in
        ["- good\n", "good: green\n", "good: {", "good: { fg: red }\ngood: { fg: blue }\n", "good: { fg: 900 }", "\u{1b}[2J"]
    {
        let error = Theme::load("t", text).unwrap_err().to_string();
        assert!(error.starts_with("t:"), "{error}");
        assert!(!error.contains('\u{1b}') && !error.contains('\n'), "{error:?}");
    }
    let long = "#".repeat(100_000);
    assert!(Theme::load("t", &long).unwrap_err().to_string().contains("more than"));
}

#[test]
fn a_terminal_whose_locale_is_not_utf8_gets_ascii() {
    for (lang, unicode) in [
        (Some("en_US.UTF-8"), true),
        (Some("C.utf8"), true),
        (Some("UTF-8"), true),
        (Some("de_DE.UTF-8@euro"), true),
        (Some("de_DE.ISO-8859-1"), false),
        (Some("C"), false),
        (Some("POSIX"), false),
        (Some(""), false),
        (None, false),
    ] {
        assert_eq!(Marks::for_locale(lang) == Marks::UNICODE, unicode, "{lang:?}");
    }
}

#[test]
fn every_mark_of_the_ascii_set_is_ascii_and_both_sets_line_up() {
    let texts = |marks: Marks| {
        let border = marks.border;
        let frame = [border.top_left, border.top_right, border.bottom_left, border.bottom_right, border.vertical_left];
        let lines = [border.vertical_right, border.horizontal_top, border.horizontal_bottom, marks.across, marks.down];
        let bars = [marks.full, marks.empty, marks.now, marks.bullet, marks.pointer, marks.thumb];
        let words = [marks.running, marks.done, marks.failed, marks.unknown, marks.open, marks.ticked, marks.waived];
        frame.into_iter().chain(lines).chain(bars).chain(words).collect::<Vec<_>>()
    };
    for (ascii, unicode) in texts(Marks::ASCII).into_iter().zip(texts(Marks::UNICODE)) {
        assert!(ascii.is_ascii());
        assert_eq!(crate::text::width(ascii), crate::text::width(unicode));
    }
    assert!(Marks::ASCII.spark.iter().all(char::is_ascii));
}
