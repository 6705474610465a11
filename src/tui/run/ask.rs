//! The form before the room: shown, typed into, left.

use std::io;

use super::keyboard::Keyboard;
use super::signals::{Caught, Signals};
use crate::id::VarName;
use crate::runbook::Question;
use crate::tui::form::{self, Filled, Form};
use crate::tui::input::unburst;
use crate::tui::session::Options;
use crate::tui::terminal::{Blank, Held, is_gone};

/// The answers to what a runbook asks, or nothing where the person left.
pub async fn ask(title: &str, questions: Vec<Question>, options: &Options) -> io::Result<Option<Vec<(VarName, String)>>> {
    // Signals are listened for before the terminal is touched, as for every screen.
    let mut signals = Signals::listen()?;
    let mut held = Held::enter(Blank::default())?;
    let mut keyboard = Keyboard::open()?;
    let mut form = Form::new(title, questions);
    loop {
        held.screen().draw(|frame| form::draw(frame, &form, &options.theme, &options.marks))?;
        let inputs = tokio::select! {
            biased;
            caught = signals.next() => {
                match caught {
                    Caught::End(_) => return Ok(None),
                    Caught::Suspend => held.suspend()?,
                    Caught::Continued => held.retake()?,
                    Caught::Resized => {}
                }
                Vec::new()
            }
            read = keyboard.read() => match read {
                Ok(inputs) => unburst(inputs),
                Err(error) if is_gone(&error) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        for input in inputs {
            match form.input(&input) {
                Filled::NotYet => {}
                Filled::Left => return Ok(None),
                Filled::All(answers) => {
                    // The room's screen is painted over nothing, also where a terminal has no second one for that.
                    held.repaint()?;
                    return Ok(Some(answers));
                }
            }
        }
    }
}
