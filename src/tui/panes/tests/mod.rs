//! The screens, as people see them.

mod after;
mod decisions;
mod moved;
mod people;
mod plan;
mod stories;
mod story;
mod weeks;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::id::OperatorId;
use crate::time::Moment;
use crate::tui::scene::{LinkState, Scene};
use crate::tui::theme::{Marks, Theme};
use crate::tui::view::View;

use self::story::{Story, at};

type Draw = fn(&mut ratatui::Frame, Rect, &Scene);

/// How a story is looked at.
struct Look {
    now: Moment,
    view: View,
    link: LinkState,
    theme: &'static str,
    marks: Marks,
    me: OperatorId,
}

impl Look {
    fn at(when: &str) -> Self {
        Self {
            now: at(when),
            view: View::default(),
            link: LinkState::Up,
            theme: "default",
            marks: Marks::UNICODE,
            me: "ana".into(),
        }
    }

    /// As a terminal without colour and without UTF-8 shows it.
    fn plain(when: &str) -> Self {
        Self { theme: "mono", marks: Marks::ASCII, ..Self::at(when) }
    }

    /// As somebody else sees it.
    fn by(self, me: &str) -> Self {
        Self { me: me.into(), ..self }
    }

    fn draw(&self, story: &Story, size: (u16, u16), draw: Draw) -> Terminal<TestBackend> {
        let theme = Theme::builtin(self.theme).unwrap();
        let scene = Scene {
            state: &story.state,
            view: &self.view,
            theme: &theme,
            marks: &self.marks,
            now: self.now,
            transport: None,
            anchor: None,
            link: &self.link,
            fault: None,
            me: &self.me,
        };
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        terminal.draw(|frame| draw(frame, frame.area(), &scene)).unwrap();
        terminal
    }

    /// What stands on the screen, line by line.
    fn text(&self, story: &Story, size: (u16, u16), draw: Draw) -> String {
        let terminal = self.draw(story, size, draw);
        let buffer = terminal.backend().buffer();
        let line = |y: u16| (0..size.0).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..size.1).map(|y| line(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// The style of the first cell of `wanted`, wherever it stands.
    fn style_of(&self, story: &Story, size: (u16, u16), draw: Draw, wanted: &str) -> Style {
        let terminal = self.draw(story, size, draw);
        let buffer = terminal.backend().buffer();
        for y in 0..size.1 {
            let cells: Vec<&str> = (0..size.0).map(|x| buffer[(x, y)].symbol()).collect();
            let found = (0..cells.len()).find(|x| cells[*x..].concat().starts_with(wanted));
            if let Some(x) = found {
                return buffer[(x as u16, y)].style();
            }
        }
        panic!("{wanted} is not on the screen:\n{}", self.text(story, size, draw));
    }
}
