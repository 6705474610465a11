//! Colours and marks by meaning.

use ratatui::style::{Modifier, Style};

/// Styles by meaning.
#[derive(Clone, Debug, Default)]
pub struct Theme;

impl Theme {
    pub fn critical(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }
}

/// Marks and borders, plain or drawn.
#[derive(Clone, Debug, Default)]
pub struct Marks;
