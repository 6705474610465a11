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
    Coming(JoinHandle<anyhow::Result<Ready>>),
    /// It has shown something already.
    Ready(Box<Ready>),
    /// Nothing is made before it is asked for.
    Later(ScreenArgs),
}

impl Prepared {
    /// Begins, where there is to be a screen.
    pub(super) fn begin(args: &ScreenArgs) -> Self {
        let making = args.clone();
        let started = (!args.plain).then(|| Builder::new().name("prepare".to_owned()).spawn(move || make(&making)));
        match started {
            Some(Ok(coming)) => Self::Coming(coming),
            Some(Err(_)) | None => Self::Later(args.clone()),
        }
    }

    /// The screen's beginnings, or what is wrong with the terminal. Asked for last: what is wrong with the call or the plan is
    /// told without a terminal too.
    pub(super) fn ready(self) -> anyhow::Result<Ready> {
        match self {
            Self::Coming(coming) => coming.join().ok().context("the screen could not be prepared")?,
            Self::Ready(ready) => Ok(*ready),
            Self::Later(args) => make(&args),
        }
    }
}

fn make(args: &ScreenArgs) -> anyhow::Result<Ready> {
    Ok(Ready { options: screen::options(args)?, blank: tui::Blank::prepared(), runtime: super::runtime()? })
}
