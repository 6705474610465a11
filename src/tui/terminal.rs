//! The terminal: taken over, and given back as it was.
//!
//! For: alternate screen, raw mode, cursor and pasted text on the way in; all of it undone on every way out: return, error,
//! panic, signal, suspension.
//! May not touch: the view, the room.
//!
//! Leaving is idempotent and may be done from anywhere, also from a panic's hook on another thread. Mouse and focus reports
//! are never asked for, so that selecting text with the mouse works as ever.

use std::io::{self, BufWriter, IsTerminal, Stdout};
use std::mem::ManuallyDrop;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use ratatui::Terminal;

use super::clipboard;
use super::ink::Pen;

/// Room for a whole frame, so that one frame is one write.
const FRAME_BYTES: usize = 256 * 1024;

/// Whether the terminal is ours at the moment.
static HELD: AtomicBool = AtomicBool::new(false);

pub type Screen = Terminal<Pen<BufWriter<Stdout>>>;

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub struct Held {
    /// Never dropped: its own drop would write the rest of a broken frame over what is there by then, and complain on
    /// standard error with a panic where that is gone too. That would end the room, and its running step with it.
    screen: ManuallyDrop<Screen>,
}

/// The two empty frames of a screen. They are large, and may be made while something else is waited for; nothing of the
/// terminal is changed by that.
#[derive(Debug, Default)]
pub struct Blank(Option<Screen>);

impl Blank {
    pub fn prepared() -> Self {
        Self(blank().ok())
    }
}

fn blank() -> io::Result<Screen> {
    Terminal::new(Pen::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout())))
}

impl Held {
    /// Takes the terminal over. The panic hook is in place before anything is changed.
    pub fn enter(prepared: Blank) -> io::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::other("no terminal: warroom draws on a screen and reads keys, and here is none"));
        }
        give_back_on_panic();
        let screen = prepared.0.map_or_else(blank, Ok)?;
        let mut held = Self { screen: ManuallyDrop::new(screen) };
        held.take()?;
        Ok(held)
    }

    pub fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }

    /// Asks the terminal to take the text into its clipboard, in whatever way it has.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let Some(told) = clipboard::told(text) else { return Ok(()) };
        io::Write::write_all(self.screen.backend_mut(), told.as_bytes())?;
        io::Write::flush(self.screen.backend_mut())
    }

    fn take(&mut self) -> io::Result<()> {
        HELD.store(true, Ordering::SeqCst);
        let taken = enable_raw_mode().and_then(|()| {
            queue!(self.screen.backend_mut(), EnterAlternateScreen, EnableBracketedPaste, Hide)?;
            io::Write::flush(self.screen.backend_mut())
        });
        if taken.is_err() {
            give_back();
        }
        taken
    }

    /// Gives the terminal back, stops this process as Ctrl-Z does everywhere, and takes the terminal again on `fg`.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP)?;
        self.take()?;
        self.repaint()
    }

    /// After this process was stopped by somebody else: nothing is known of the terminal any more.
    pub fn retake(&mut self) -> io::Result<()> {
        give_back();
        self.take()?;
        self.repaint()
    }

    /// The next frame is painted whole, whatever the terminal shows now. (`Terminal::clear` would ask the terminal where its
    /// cursor is, and wait for the answer among the keys.)
    pub fn repaint(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        self.screen.resize(size.into())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        give_back();
    }
}

/// Undoes everything [`Held::enter`] did; once, however often it is called. Errors are of no use any more here.
pub fn give_back() {
    if !HELD.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(out, ResetColor, DisableBracketedPaste, Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
}

/// First the terminal is given back, then the message is printed, so that it can be read.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
    });
}

/// Whether an error of the terminal says that there is none any more.
pub fn is_gone(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    let gone = [rustix::io::Errno::IO, rustix::io::Errno::BADF, rustix::io::Errno::PIPE, rustix::io::Errno::NXIO];
    error.kind() == io::ErrorKind::UnexpectedEof || gone.iter().any(|errno| code == Some(errno.raw_os_error()))
}
