//! What a screen needs whatever the plan says: made on a thread of its own while the plan is read, so that neither waits for
//! the other.

use std::thread::{Builder, JoinHandle};

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::cli::args::ScreenArgs;
use crate::cli::screen;
use crate::tui;

pub(super) struct Ready {
    pub(super) options: tui::Options,
    pub(super) blank: tui::Blank,
    pub(super) runtime: Runtime,
}

pub(super) enum Prepared {
    Coming(JoinHandle<anyhow::Result<Beside>>),
    /// It has shown something already.
    Ready(Box<Ready>),
    /// Nothing is made before it is asked for.
    Later,
}

/// What is made beside the reading: about as long a piece of work as that.
type Beside = (tui::Blank, Runtime);

impl Prepared {
    /// Begins, where there is to be a screen.
    pub(super) fn begin(args: &ScreenArgs) -> Self {
        let started = (!args.plain).then(|| Builder::new().name("prepare".to_owned()).spawn(beside));
        match started {
            Some(Ok(coming)) => Self::Coming(coming),
            Some(Err(_)) | None => Self::Later,
        }
    }

    /// The screen's beginnings, or what is wrong with the terminal. Asked for last: what is wrong with the call or the plan is
    /// told without a terminal too.
    pub(super) fn ready(self, args: &ScreenArgs) -> anyhow::Result<Ready> {
        let options = || screen::options(args);
        let (options, (blank, runtime)) = match self {
            Self::Ready(ready) => return Ok(*ready),
            Self::Coming(coming) => (options()?, coming.join().ok().context("the screen could not be prepared")??),
            Self::Later => (options()?, beside()?),
        };
        Ok(Ready { options, blank, runtime })
    }
}

fn beside() -> anyhow::Result<Beside> {
    Ok((tui::Blank::prepared(), super::runtime()?))
}
