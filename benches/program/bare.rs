//! The least that a full-screen program can be: what a first paint is compared with.

use std::io::{Read, stdin};

use ratatui::widgets::Paragraph;

pub(crate) const ARG: &str = "bare";
pub(crate) const TEXT: &str = "a bare screen";

pub(crate) fn run() {
    let mut terminal = ratatui::init();
    terminal.draw(|frame| frame.render_widget(Paragraph::new(TEXT), frame.area())).unwrap();
    let _ = stdin().read(&mut [0]);
    ratatui::restore();
}
