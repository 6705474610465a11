//! The commands beside the screen: what they say, and the exit codes that scripts rely on.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::harness::Screen;
use crate::quick::QUICK;

#[expect(clippy::disallowed_methods, reason = "the program itself is what is tried")]
fn warroom(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(args).stdin(Stdio::null()).env("WARROOM_DATA", home).env_remove("WARROOM_THEME");
    command.output().unwrap()
}

/// The exit code and all that was said, without a terminal.
pub(crate) fn says(home: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = warroom(home, args);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn check_tells_what_is_wrong_with_a_file() {
    let home = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(home.path().join(name), bytes).unwrap();
        home.path().join(name).display().to_string()
    };
    let good = file("good.yaml", QUICK.as_bytes());
    let misspelt = file("misspelt.yaml", QUICK.replace("errors < 1%", "erors < 1%").as_bytes());
    let not_text = file("latin1.yaml", b"warroom: 1\ntitle: caf\xe9\n");
    let deep = file("deep.yaml", format!("warroom: 1\ntitle: {}", "[".repeat(10 * 1024 * 1024)).as_bytes());
    let deep_but_small = file("small.yaml", format!("warroom: 1\ntitle: {}", "[".repeat(100_000)).as_bytes());
    let empty = file("empty.yaml", b"");
    let folder = home.path().display().to_string();
    let cases: [(&str, i32, &[&str]); 8] = [
        (&good, 0, &["good.", "Quick one"]),
        (&misspelt, 1, &["misspelt.yaml:", "erors", "errors"]),
        (&not_text, 1, &["latin1.yaml:2", "UTF-8"]),
        (&deep, 1, &["deep.yaml", "more than 4 MiB"]),
        (&deep_but_small, 1, &["small.yaml"]),
        (&empty, 1, &["empty.yaml"]),
        (&folder, 1, &["folder"]),
        ("/nowhere/at-all.yaml", 1, &["/nowhere/at-all.yaml", "No such file"]),
    ];
    for (path, code, words) in cases {
        let (exit, said) = says(home.path(), &["check", path]);
        assert_eq!(exit, Some(code), "{path}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{path}: {said}");
        assert!(said.len() < 20_000, "{path}: {} bytes", said.len());
    }
    let (exit, said) = says(home.path(), &["check", &good, &misspelt]);
    assert!(exit == Some(1) && said.contains("good.") && said.contains("erors"), "{said}");
}

/// As hostile as a file can be: the system itself refuses the program more than 64 MiB for all of it.
#[test]
fn hostile_files_are_told_with_their_place_in_64_mib() {
    let home = TempDir::new().unwrap();
    let bomb = (1..9).fold("a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let below = vec![format!("*a{}", level - 1); 8].join(", ");
        format!("{text}a{level}: &a{level} [{below}]\n")
    });
    let keys = (0..200_000).fold(String::new(), |text, key| text + "k" + &key.to_string() + ": 1\n");
    let many = |count: usize, part: &str| part.repeat(count);
    let cases = [
        ("bomb", bomb, ":6:10"),
        ("levels", format!("title: {}", many(10_000, "[")), ":1:"),
        ("keys", keys, ":2001:"),
        ("wrong", format!("warroom: 1\ntitle: x\nphases:\n{}", many(11_000, "  - { id: p, stepz: [ { rum: 1 } ] }\n")), ":5:11"),
        ("steps", format!("warroom: 1\ntitle: x\nphases: [ {{ steps: [ {} ] }} ]\n", many(60_000, "{ run: x }, ")), ":3:"),
        ("huge", format!("title: {}\n", many(100_000_000, "y")), "more than 4 MiB"),
    ];
    for (name, text, place) in cases {
        let path = home.path().join(format!("{name}.yaml"));
        std::fs::write(&path, text).unwrap();
        let script = format!("ulimit -d 65536; exec '{}' check '{}'", env!("CARGO_BIN_EXE_warroom"), path.display());
        #[expect(clippy::disallowed_methods, reason = "the program itself is what is tried, with little memory")]
        let output = Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(said.contains(&format!("{name}.yaml")) && said.contains(place), "{name}: {said}");
    }
}

#[test]
fn what_is_not_usable_is_told_apart_from_what_failed() {
    let home = TempDir::new().unwrap();
    let runbook = home.path().join("quick.yaml").display().to_string();
    std::fs::write(&runbook, QUICK).unwrap();
    let cases: [(&[&str], i32, &str); 15] = [
        (&["demo"], 2, "no terminal"),
        // What is wrong with the call is told first: a terminal would not help.
        (&["demo", "--theme", "pink"], 2, "colour-blind"),
        (&["run", "/nowhere.yaml"], 1, "/nowhere.yaml"),
        (&["run", &runbook, "--var", "target"], 2, "NAME=VALUE"),
        (&["run", &runbook, "--var", "target=http://127.0.0.1:1", "--t0", "25:00"], 2, "--t0 25:00"),
        (&["run", &runbook, "--var", "target=http://127.0.0.1:1"], 2, "no terminal"),
        (&["replay", "nothing"], 1, "`warroom rooms` lists"),
        (&["rnu"], 2, "'run'"),
        (&["demo", "--faster"], 2, "--faster"),
        (&["dmeo"], 2, "dmeo"),
        (&[], 2, "Usage"),
        (&["check"], 2, "<FILES>"),
        (&["replay"], 2, "<ROOM>"),
        (&["rooms"], 0, "`warroom demo` makes one"),
        (&["--version"], 0, "warroom "),
    ];
    for (args, code, word) in cases {
        let (exit, said) = says(home.path(), args);
        assert_eq!(exit, Some(code), "{args:?}: {said}");
        assert!(said.contains(word), "{args:?}: {said}");
    }
}

#[test]
fn in_a_terminal_that_will_not_do_it_says_why_and_touches_nothing() {
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], i32, &'a str);
    let cases: [Case; 6] = [
        (&["demo"], &[("TERM", "dumb")], 2, "TERM=dumb"),
        (&["demo", "--theme", "pink"], &[], 2, "colour-blind"),
        (&["replay", "nothing"], &[], 1, "`warroom rooms` lists"),
        (&["run", "/nowhere.yaml"], &[], 1, "/nowhere.yaml"),
        (&["run", "RUNBOOK"], &[], 2, "target"),
        (&["run", "RUNBOOK", "--var", "target"], &[], 2, "NAME=VALUE"),
    ];
    let folder = TempDir::new().unwrap();
    let runbook = folder.path().join("quick.yaml").display().to_string();
    std::fs::write(&runbook, QUICK).unwrap();
    for (args, env, code, word) in cases {
        let args: Vec<&str> = args.iter().map(|arg| if *arg == "RUNBOOK" { runbook.as_str() } else { arg }).collect();
        let screen = Screen::start_with(&args, env, 100, 24);
        assert_eq!(screen.exit_code(), code, "{args:?}: {}", screen.text());
        screen.wait_for(word).assert_terminal_restored();
        assert!(!screen.raw_bytes().contains(&0x1b), "{args:?}: {}", screen.text());
        let rooms = std::fs::read_dir(screen.home().join("data/rooms")).map_or(0, Iterator::count);
        assert_eq!(rooms, 0, "{args:?}: a room was opened");
    }
}

#[test]
fn without_colours_there_are_none() {
    let screen = Screen::start_with(&["demo"], &[("NO_COLOR", "1")], 80, 24);
    screen.wait_for("c lists 5 items to tick").press("R").wait_answered().press("?").wait_answered();
    let raw = String::from_utf8(screen.raw_bytes()).unwrap();
    for sequence in raw.split("\x1b[").skip(1) {
        let Some((numbers, _)) =
            sequence.split_once('m').filter(|(numbers, _)| numbers.chars().all(|c| c.is_ascii_digit() || c == ';'))
        else {
            continue;
        };
        for number in numbers.split(';').filter_map(|number| number.parse::<u32>().ok()) {
            // The default colours (39, 49, 59) are no colours.
            let colour = matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107);
            assert!(!colour, "a colour was written: {numbers:?}");
        }
    }
}

#[test]
fn where_the_locale_knows_only_ascii_nothing_else_is_drawn() {
    for (args, lang) in [(["demo"].as_slice(), "C"), (["demo", "--ascii"].as_slice(), "C.UTF-8")] {
        let screen = Screen::start_with(args, &[("LANG", lang)], 120, 40);
        screen.wait_for("c lists 5 items to tick").wait_gone("needs two");
        for key in ["c", "o", "l", "g", "i", "m"] {
            screen.press(key).wait_answered();
        }
        let raw = screen.raw_bytes();
        assert!(raw.is_ascii(), "{args:?}: {}", screen.text());
    }
}
