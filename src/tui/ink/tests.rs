use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::Pen;

const COLUMNS: u16 = 12;
const ROWS: u16 = 5;

/// Somewhere on the screen a few words in some style.
fn words() -> impl Strategy<Value = (u16, u16, String, Style)> {
    let colour = prop_oneof![
        Just(Color::Reset),
        Just(Color::Red),
        Just(Color::White),
        Just(Color::DarkGray),
        Just(Color::Indexed(200)),
        Just(Color::Rgb(1, 2, 3)),
    ];
    let modifier = prop_oneof![
        Just(Modifier::empty()),
        Just(Modifier::BOLD),
        Just(Modifier::DIM),
        Just(Modifier::BOLD | Modifier::REVERSED),
        Just(Modifier::UNDERLINED),
    ];
    let style =
        (colour.clone(), colour, modifier).prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier));
    (0..COLUMNS, 0..ROWS, "[a-z █▁─ä漢]{1,8}", style)
}

fn drawn<B: Backend>(backend: B, frames: &[Vec<(u16, u16, String, Style)>])
where
    B::Error: std::fmt::Debug,
{
    let area = Rect::new(0, 0, COLUMNS, ROWS);
    let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(backend, options).unwrap();
    for frame in frames {
        let draw = |buffer: &mut Buffer| {
            for (x, y, text, style) in frame {
                // What is bold and dim at once looks different from terminal to terminal, so nothing shines through.
                buffer.set_stringn(*x, *y, text, usize::from(COLUMNS - x), Style::reset().patch(*style));
            }
        };
        terminal.draw(|frame| draw(frame.buffer_mut())).unwrap();
    }
}

/// What a person sees: each cell's text and look. Of a blank only what can be seen of a blank.
fn seen(bytes: &[u8]) -> Vec<String> {
    let mut terminal = vt100::Parser::new(ROWS, COLUMNS, 0);
    terminal.process(bytes);
    let cells = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
    let look = |(row, column)| {
        let cell = terminal.screen().cell(row, column).unwrap();
        let ground = format!("{:?} {} {}", cell.bgcolor(), cell.underline(), cell.inverse());
        if cell.contents().trim().is_empty() && !cell.inverse() {
            return format!("{row},{column} blank {ground}");
        }
        let ink = format!("{:?} {} {}", cell.fgcolor(), cell.bold(), cell.dim());
        format!("{row},{column} {:?} {ground} {ink}", cell.contents())
    };
    cells.map(look).collect()
}

proptest! {
    #[test]
    fn a_terminal_shows_what_it_would_show_otherwise(frames in prop::collection::vec(prop::collection::vec(words(), 0..6), 1..5)) {
        let (mut few, mut many) = (Vec::new(), Vec::new());
        drawn(Pen::new(&mut few), &frames);
        drawn(CrosstermBackend::new(&mut many), &frames);
        // Hiding the cursor is the holder's business here, and where it stands nobody sees.
        few.extend(b"\x1b[?25l\x1b[m\x1b[H");
        many.extend(b"\x1b[?25l\x1b[m\x1b[H");
        prop_assert_eq!(seen(&few), seen(&many));
        prop_assert!(few.len() <= many.len());
    }
}

#[test]
fn a_digit_of_the_clock_costs_a_dozen_bytes() {
    let frame = |text: &str| vec![(3, 1, text.to_owned(), Style::new())];
    let mut bytes = Vec::new();
    drawn(Pen::new(&mut bytes), &[frame("09:12:40"), frame("09:12:41")]);
    let written = String::from_utf8_lossy(&bytes);
    assert!(written.contains("09:12:40\x1b[2;11H\x1b[m1"), "{written:?}");
}

#[test]
fn what_comes_after_the_last_column_is_gone_to_by_its_place() {
    let frame = |words: [&str; 2]| vec![(10, 0, words[0].to_owned(), Style::new()), (8, 1, words[1].to_owned(), Style::new())];
    let mut bytes = Vec::new();
    drawn(Pen::new(&mut bytes), &[frame(["aa", "bb"]), frame(["cc", "dd"])]);
    let written = String::from_utf8_lossy(&bytes);
    assert!(written.contains("\x1b[1;11H\x1b[mcc\x1b[2;9Hdd"), "{written:?}");
}
