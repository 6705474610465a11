//! Dialogs: what is asked before something is done that can't be taken back.
//!
//! For: saying what will happen and what will not, taking a reason, a value or a choice, and turning that into a wish.
//! May not touch: the room, the terminal, the clock.
//!
//! A new dialog is deaf for a moment, so that keys typed ahead do not answer it, and a held key never answers at all.
//! Text that was typed survives Esc and a refusal. Start reading at [`Purpose`].

mod answer;
mod back;
mod choices;
mod draw;
mod press;
mod words;

pub use draw::draw;
pub(in crate::tui) use press::{one_line, room_left, type_into};
pub use press::{paste, press};

use crossterm::event::KeyCode;
use ratatui_textarea::{CursorMove, TextArea, WrapMode};

use crate::id::{ItemId, PhaseId, RoleId, StepId, TriggerId, VarName};
use crate::room::event::Subject;
use crate::time::{Moment, Span};
use crate::tui::keys::Chord;
use crate::tui::scene::Facts;
use crate::tui::view::View;

/// How long a new dialog hears nothing.
const DEAF_FOR: Span = Span(400);
/// The same for one that Enter opened: longer than terminals wait before they repeat a held key.
const DEAF_TO_ENTER_FOR: Span = Span(700);
/// Characters of a reason, a note or a value.
pub const TEXT_MAX: usize = 400;

/// What a dialog is about; also the name under which its unsent text is kept, so that no item gets another's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Begin,
    Run(StepId),
    Retry(StepId),
    Stop(StepId),
    Skip(StepId),
    Finish(StepId),
    Fail(StepId),
    Fill(ItemId),
    Waive(ItemId),
    GiveWord,
    Go(PhaseId),
    /// GO against the evidence or without the votes.
    Waiver(PhaseId),
    NoGo(PhaseId),
    HoldGate(PhaseId),
    Hold,
    Voter {
        phase: PhaseId,
        by_voice: bool,
    },
    Ballot {
        phase: PhaseId,
        role: RoleId,
        by_voice: bool,
    },
    VoteReason {
        phase: PhaseId,
        role: RoleId,
        by_voice: bool,
    },
    /// For which role it is signed.
    Signer,
    Verdict(RoleId),
    /// Who gave it by voice.
    Signatory {
        role: RoleId,
        verdict: String,
    },
    Signature {
        role: RoleId,
        verdict: String,
        /// Whose it is, where it was given by voice.
        by_voice: Option<String>,
    },
    Veto(TriggerId),
    RollBack,
    AcceptRollback,
    Abandon,
    TakeConn,
    HandOver,
    GiveRole,
    Note,
    /// Whether a step or a phase applies.
    Question(Subject),
    /// Which option of a choice.
    Choose(StepId),
    /// Who agrees as the second person.
    Second(StepId),
    /// What a step needs and no step has captured.
    Value {
        step: StepId,
        name: VarName,
    },
    /// Who of those that share the account this is.
    Name,
    Break,
    /// Stop the whole room until it is brought back.
    Suspend,
    Quit,
}

/// How it is answered.
#[derive(Clone, Debug)]
pub enum Form {
    /// With Enter, or not.
    Confirm,
    /// With a text.
    Text { area: Box<TextArea<'static>>, required: bool },
    /// With one of several.
    Choose { selected: usize },
}

#[derive(Clone, Debug)]
pub struct Dialog {
    pub purpose: Purpose,
    pub form: Form,
    /// Why what was typed will not do.
    pub error: Option<String>,
    deaf_until: Moment,
}

impl Dialog {
    /// `by` is the key that opened it.
    pub fn open(purpose: Purpose, by: Option<Chord>, view: &View, facts: &Facts) -> Self {
        let form = form(&purpose, view, facts);
        let by_enter = by.is_some_and(|chord| chord.code == KeyCode::Enter);
        let deaf_for = if by_enter { DEAF_TO_ENTER_FOR } else { DEAF_FOR };
        Self { purpose, form, error: None, deaf_until: facts.now + view.by_hand(deaf_for) }
    }

    /// Until when it hears nothing; before that it does not show its keys either.
    pub fn deaf_until(&self) -> Moment {
        self.deaf_until
    }

    pub fn is_typed_in(&self) -> bool {
        matches!(self.form, Form::Text { .. })
    }

    /// The text typed so far, in one line.
    pub fn text(&self) -> String {
        match &self.form {
            Form::Text { area, .. } => area.lines().join(" "),
            Form::Confirm | Form::Choose { .. } => String::new(),
        }
    }
}

fn form(purpose: &Purpose, view: &View, facts: &Facts) -> Form {
    let text = |required| Form::Text { area: Box::new(field(purpose, view, facts)), required };
    match purpose {
        Purpose::Begin | Purpose::Run(_) | Purpose::Retry(_) | Purpose::Go(_) | Purpose::Suspend => Form::Confirm,
        Purpose::Quit if view.in_one_process => Form::Confirm,
        Purpose::Quit
        | Purpose::GiveWord
        | Purpose::Voter { .. }
        | Purpose::Ballot { .. }
        | Purpose::Signer
        | Purpose::Verdict(_)
        | Purpose::HandOver
        | Purpose::GiveRole
        | Purpose::Question(_)
        | Purpose::Choose(_)
        | Purpose::Break => Form::Choose { selected: choices::first(purpose, facts) },
        Purpose::Finish(step) => {
            text(takes_a_value(step, facts) || matches!(facts.state.step(step), Some(state) if lost(&state.status)))
        }
        Purpose::Signature { .. } => text(false),
        Purpose::Skip(step) => text(!facts.state.runbook.step(step).is_some_and(|step| step.optional)),
        Purpose::Stop(_)
        | Purpose::Fail(_)
        | Purpose::Fill(_)
        | Purpose::Waive(_)
        | Purpose::Waiver(_)
        | Purpose::NoGo(_)
        | Purpose::HoldGate(_)
        | Purpose::VoteReason { .. }
        | Purpose::Hold
        | Purpose::Veto(_)
        | Purpose::RollBack
        | Purpose::AcceptRollback
        | Purpose::Abandon
        | Purpose::Signatory { .. }
        | Purpose::Second(_)
        | Purpose::Value { .. }
        | Purpose::TakeConn
        | Purpose::Name
        | Purpose::Note => text(true),
    }
}

/// Whether the plan asks for a value that a later step needs.
fn takes_a_value(id: &StepId, facts: &Facts) -> bool {
    facts.state.runbook.step(id).is_some_and(|step| step.kind.by_hand() && !step.capture.is_empty())
}

fn lost(status: &crate::room::state::StepStatus) -> bool {
    matches!(status, crate::room::state::StepStatus::Lost { .. })
}

/// A field with what was typed there before and not sent; a value that was filled in before comes back too.
fn field(purpose: &Purpose, view: &View, facts: &Facts) -> TextArea<'static> {
    let before = match purpose {
        Purpose::Fill(item) => facts.state.items.get(item).and_then(|state| state.value.clone()),
        _ => None,
    };
    let text = view.drafts.get(purpose).cloned().or(before).unwrap_or_default();
    let mut area = TextArea::new(vec![text]);
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(ratatui::style::Style::default());
    area.set_max_histories(20);
    area.move_cursor(CursorMove::End);
    area
}

#[cfg(test)]
mod tests;
