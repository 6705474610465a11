//! Styles by meaning: what good, stale or dangerous looks like. The only place that knows colours.
//!
//! For: the built-in themes, themes from files, and the characters that frames, charts and marks are made of.
//! May not touch: files, the environment, the room's state. A theme's text and the locale's name are handed in.
//!
//! Colour is never the only carrier of a meaning: in `mono` there is none, and every word is still there.

use ratatui::style::Style;
use thiserror::Error;

use crate::measure::judge::Verdict;
use crate::measure::metric::Band;
use crate::room::log::Tone;

mod file;
mod marks;

pub use marks::Marks;

/// What is used where nothing else is asked for.
pub const DEFAULT: &str = "default";

/// What is used where colours are not wanted (`NO_COLOR`).
pub const NO_COLOUR: &str = "mono";

const BUILTIN: [(&str, &str); 4] = [
    (DEFAULT, include_str!("../../../themes/default.yaml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.yaml")),
    ("colour-blind", include_str!("../../../themes/colour-blind.yaml")),
    (NO_COLOUR, include_str!("../../../themes/mono.yaml")),
];

/// Why a theme is not one: where, what, and what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ThemeError {
    #[error("{theme}:{line}: {what}")]
    Wrong { theme: String, line: u64, what: String },
    #[error("{theme}: a theme of more than {max} bytes is not read")]
    TooLong { theme: String, max: usize },
}

macro_rules! meanings {
    ($($(#[$doc:meta])* $name:ident)+) => {
        /// Every meaning that a theme gives a style to.
        pub const MEANINGS: &[&str] = &[$(stringify!($name)),+];

        /// A style for each meaning.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Theme {
            name: String,
            $($name: Style,)+
        }

        impl Theme {
            $($(#[$doc])*
            pub fn $name(&self) -> Style {
                self.$name
            })+

            fn style_mut(&mut self, meaning: &str) -> Option<&mut Style> {
                match meaning {
                    $(stringify!($name) => Some(&mut self.$name),)+
                    _ => None,
                }
            }

            #[cfg(test)]
            fn styles(&self) -> Vec<(&'static str, Style)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }
    };
}

meanings! {
    /// Plain text, and the ground everything is drawn on.
    normal
    /// Healthy, passed, done.
    good
    /// Outside what is normal; not yet bad.
    warning
    /// Bad, failed, in the critical band.
    critical
    /// Not known: never as calm as good.
    unknown
    /// Was known, and is too old to rely on.
    stale
    /// What steps back: units, hints, finished things.
    muted
    /// Headings of panes and dialogs.
    title
    /// What the eye should find first in a pane: the current step, the now line.
    accent
    /// The row that keys act on.
    selected
    /// A pane's frame.
    border
    /// The frame of the pane that has the keys.
    focus
    /// LIVE
    badge_live
    /// REHEARSAL
    badge_rehearsal
    /// REPLAY
    badge_replay
    /// OBSERVER
    badge_observer
    /// DEMO
    badge_demo
    /// What a person decided.
    decision
    /// What a step printed.
    output
    /// A key that can be pressed.
    key
    /// A dialog's ground and frame.
    dialog
    /// What cannot be taken back: rollback, countdown, kill.
    danger
}

impl Theme {
    /// One of [`Theme::names`].
    pub fn builtin(name: &str) -> Option<Self> {
        let (name, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        file::read(name, text, Self::default()).ok()
    }

    /// A theme from a file's text; what it does not mention looks as in the default theme.
    pub fn load(name: &str, text: &str) -> Result<Self, ThemeError> {
        file::read(name, text, Self::builtin(DEFAULT).unwrap_or_default())
    }

    /// The built-in themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn verdict(&self, verdict: Verdict) -> Style {
        match verdict {
            Verdict::Pass => self.good,
            Verdict::Fail => self.critical,
            Verdict::Unknown => self.unknown,
        }
    }

    /// A value that has no bands promises nothing and is drawn plainly.
    pub fn band(&self, band: Option<Band>) -> Style {
        match band {
            Some(Band::Normal) => self.good,
            Some(Band::Between) | None => self.normal,
            Some(Band::Warning) => self.warning,
            Some(Band::Critical) => self.critical,
        }
    }

    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.normal,
            Tone::Output => self.output,
            Tone::Decision => self.decision,
            Tone::Good => self.good,
            Tone::Warning => self.warning,
            Tone::Bad => self.critical,
        }
    }
}

#[cfg(test)]
mod tests;
