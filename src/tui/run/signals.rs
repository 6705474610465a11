//! Signals that concern the screen.

use std::io;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

#[derive(Clone, Copy)]
pub(super) enum Caught {
    /// To end, in order.
    End(&'static str),
    /// To stop, as on Ctrl-Z.
    Suspend,
    /// It was stopped, and runs again; who knows what became of the terminal.
    Continued,
    Resized,
}

pub(super) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
    quit: Signal,
    stop: Signal,
    cont: Signal,
    winch: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let of = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            stop: of(Number::TSTP)?,
            cont: of(Number::CONT)?,
            winch: signal(SignalKind::window_change())?,
        })
    }

    pub(super) async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.term.recv() => Caught::End("SIGTERM"),
            _ = self.int.recv() => Caught::End("SIGINT"),
            _ = self.hup.recv() => Caught::End("SIGHUP"),
            _ = self.quit.recv() => Caught::End("SIGQUIT"),
            _ = self.stop.recv() => Caught::Suspend,
            _ = self.cont.recv() => Caught::Continued,
            _ = self.winch.recv() => Caught::Resized,
        }
    }
}
