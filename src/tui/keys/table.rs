//! The rows, most wanted first: the footer shows as many of them as fit.
//!
//! Ctrl-B, Ctrl-A, Ctrl-S and Ctrl-Q belong to tmux, screen and the terminal and are left alone. `A`, `B`, `C` and `D` stay
//! unbound: over a slow link the end of an arrow key can arrive on its own.

use crossterm::event::KeyCode;

use super::reasons::{always, in_the_demo, once_found, room_says, wants_a_plan};
use super::{Chord, Command, Key, Look, Place, Play, WhyNot};
use crate::tui::view::Screen;

const fn key(letter: char) -> Chord {
    Chord::char(letter)
}

const fn row(
    on: &'static [Chord],
    places: &'static [Place],
    does: Command,
    label: &'static str,
    says: &'static str,
    why_not: WhyNot,
) -> Key {
    Key { on, places, does, label, says, why_not }
}

use Place::{On, Replay};
use Screen::{Checklists, Details, Diagnostics, Gate, Gauge, Guides, Log, Main, Messages, Output, Timeline};

const LIVE: &[Place] = &[
    On(Main),
    On(Gate),
    On(Gauge),
    On(Checklists),
    On(Timeline),
    On(Output),
    On(Log),
    On(Guides),
    On(Messages),
    On(Details),
    On(Diagnostics),
];
const EVERYWHERE: &[Place] = &[
    On(Main),
    On(Gate),
    On(Gauge),
    On(Checklists),
    On(Timeline),
    On(Output),
    On(Log),
    On(Guides),
    On(Messages),
    On(Details),
    On(Diagnostics),
    Replay,
];
const STEPS: &[Place] = &[On(Main), On(Output)];
const TEXTS: &[Place] = &[On(Output), On(Log), On(Guides), On(Messages), On(Details), Replay];

pub const KEYS: &[Key] = &[
    row(&[key(' ')], &[Replay], Command::Play(Play::Toggle), "play", "play, or pause", always),
    row(&[key('+'), key('=')], &[Replay], Command::Play(Play::Faster), "faster", "play faster", always),
    row(&[key('-')], &[Replay], Command::Play(Play::Slower), "slower", "play slower", always),
    row(&[Chord::of(KeyCode::Right)], &[Replay], Command::Play(Play::Forward), "event", "to the next event", always),
    row(&[Chord::of(KeyCode::Left)], &[Replay], Command::Play(Play::Back), "back", "to the event before", always),
    row(&[key(']')], &[Replay], Command::Play(Play::NextDecision), "decision", "to the next decision", always),
    row(&[key('[')], &[Replay], Command::Play(Play::DecisionBefore), "", "to the decision before", always),
    row(&TENTHS, &[Replay], Command::Play(Play::Tenth(0)), "", "to this many tenths of the whole", always),
    row(
        &[key('a')],
        &[On(Gate)],
        Command::Go,
        "GO..",
        "GO: on to the next phase (asks; against the evidence it needs a waiver)",
        room_says,
    ),
    row(&[key('n')], &[On(Gate)], Command::NoGo, "NO-GO..", "NO-GO, with its reason", room_says),
    row(&[key('v')], &[On(Gate)], Command::Vote, "vote..", "vote for a role", room_says),
    row(&[key('r')], &[On(Gate)], Command::VoteByVoice, "by voice..", "record a vote that was given by voice", room_says),
    row(
        &[Chord::of(KeyCode::Enter)],
        &[On(Main)],
        Command::Next,
        "next",
        "run the selected step, or whatever comes next",
        wants_a_plan,
    ),
    row(&[key('v')], &[On(Main)], Command::Veto, "veto..", "veto the rollback that counts down, with a reason", room_says),
    row(&[key('V')], LIVE, Command::Veto, "", "veto the rollback that counts down, from any screen", room_says),
    row(&[key('b')], &[On(Main), On(Checklists)], Command::Begin, "begin..", "begin the deployment: T is now (asks)", room_says),
    row(&[key('F')], LIVE, Command::Break, "break..", "make the demo's target or the rehearsal fail, or heal it", in_the_demo),
    row(&[key(' ')], &[On(Checklists)], Command::Tick, "tick", "tick the item, or take the tick back", room_says),
    row(&[Chord::of(KeyCode::Enter)], &[On(Checklists)], Command::Next, "fill/tick", "fill in or tick the item", wants_a_plan),
    row(&[key('e')], &[On(Checklists)], Command::Fill, "fill in..", "fill in the item's field", room_says),
    row(&[key('n')], &[On(Checklists)], Command::Waive, "n/a..", "the item does not apply tonight, with the reason", room_says),
    row(
        &[key('w')],
        &[On(Gate), On(Checklists)],
        Command::GiveWord,
        "word..",
        "give your word on what no metric shows",
        room_says,
    ),
    row(
        &[Chord::of(KeyCode::Enter)],
        &[On(Messages)],
        Command::Sent,
        "sent..",
        "you have sent the message: its step is done",
        room_says,
    ),
    row(
        &[key('y')],
        &[On(Messages)],
        Command::Copy,
        "copy",
        "copy the message to the clipboard, where the terminal takes it",
        always,
    ),
    row(&[key('d')], STEPS, Command::Finish, "done..", "the manual (or lost) step is done", room_says),
    row(&[key('f')], STEPS, Command::Fail, "failed..", "the manual (or lost) step has failed, with the reason", room_says),
    row(&[key('x')], STEPS, Command::Stop, "stop step..", "stop the running step, with a reason", room_says),
    row(&[key('r')], STEPS, Command::Retry, "retry", "run a failed, skipped or lost step again", room_says),
    row(&[key('s')], STEPS, Command::Skip, "skip..", "skip the step, with a reason", room_says),
    row(&[key('u')], LIVE, Command::Resume, "resume", "go on after a hold", room_says),
    row(
        &[key('E')],
        &[On(Main)],
        Command::AcceptRollback,
        "end unverified..",
        "end a rollback that is not verified, with a reason",
        room_says,
    ),
    row(
        &[key('R')],
        LIVE,
        Command::RollBack,
        "roll back..",
        "roll back, with a reason; from any screen, also over a dialog",
        room_says,
    ),
    row(
        &[Chord::of(KeyCode::Esc)],
        EVERYWHERE,
        Command::Look(Look::Back),
        "",
        "back to the main screen; let selections follow again",
        always,
    ),
    row(&[key('g')], EVERYWHERE, Command::Open(Gate), "gate", "the gate: evidence, poll, decision", always),
    row(&[key('c')], EVERYWHERE, Command::Open(Checklists), "checklists", "the checklists", always),
    row(&[Chord::of(KeyCode::Tab)], &[On(Main), Replay], Command::Look(Look::NextPane), "pane", "to the next pane", always),
    row(&[Chord::of(KeyCode::BackTab)], &[On(Main), Replay], Command::Look(Look::PaneBefore), "", "to the pane before", always),
    row(
        &[key('t')],
        EVERYWHERE,
        Command::Open(Timeline),
        "timeline",
        "the timeline: every phase as planned, as it was, as projected",
        always,
    ),
    row(&[key('z')], EVERYWHERE, Command::Open(Gauge), "", "the selected gauge by itself, over the whole deployment", always),
    row(
        &[key(',')],
        &[On(Gauge), Replay],
        Command::Look(Look::CursorBefore),
        "before",
        "read the gauge's chart at a time before",
        always,
    ),
    row(
        &[key('.')],
        &[On(Gauge), Replay],
        Command::Look(Look::CursorAfter),
        "after",
        "read the gauge's chart at a time after",
        always,
    ),
    row(&[Chord::of(KeyCode::Left)], &[On(Gauge)], Command::Look(Look::CursorBefore), "", "the same as `,`", always),
    row(&[Chord::of(KeyCode::Right)], &[On(Gauge)], Command::Look(Look::CursorAfter), "", "the same as `.`", always),
    row(&[key('o')], EVERYWHERE, Command::Open(Output), "output", "the output of the step", always),
    row(&[key('l')], EVERYWHERE, Command::Open(Log), "log", "the log of the room", always),
    row(
        &[key('i')],
        EVERYWHERE,
        Command::Open(Guides),
        "contacts",
        "whom to call: escalation, contacts, channels; guides, pages, the document",
        always,
    ),
    row(
        &[key('M')],
        EVERYWHERE,
        Command::Open(Messages),
        "messages",
        "what to say: each message with its values, and where it goes",
        always,
    ),
    row(&[key('I')], EVERYWHERE, Command::Open(Details), "details", "all about the selected step or item", always),
    row(&[key('h')], LIVE, Command::Hold, "hold..", "hold: nothing new begins until it is resumed", room_says),
    row(&[key('G')], LIVE, Command::OpenGate, "", "put the gate before the people although steps are left", room_says),
    row(&[key('S')], LIVE, Command::Sign, "", "sign for a role, once the plan is done (asks)", room_says),
    row(&[key('m')], LIVE, Command::Note, "note..", "write a note into the log", room_says),
    row(&[key('K')], LIVE, Command::TakeConn, "", "take the conn of a commander who is gone, with a reason", room_says),
    row(&[key('T')], LIVE, Command::HandOver, "", "hand the conn over to somebody who is here", room_says),
    row(&[key('P')], LIVE, Command::GiveRole, "", "give a role to somebody who is here", room_says),
    row(&[key('X')], LIVE, Command::Abandon, "", "end the deployment here without a rollback, with a reason", room_says),
    row(&[Chord::of(KeyCode::Up), key('k')], EVERYWHERE, Command::Look(Look::Up), "", "up", always),
    row(&[Chord::of(KeyCode::Down), key('j')], EVERYWHERE, Command::Look(Look::Down), "", "down", always),
    row(&[Chord::of(KeyCode::PageUp)], EVERYWHERE, Command::Look(Look::PageUp), "", "a page up", always),
    row(&[Chord::of(KeyCode::PageDown)], EVERYWHERE, Command::Look(Look::PageDown), "", "a page down", always),
    row(&[Chord::of(KeyCode::Home)], EVERYWHERE, Command::Look(Look::Top), "", "to the first", always),
    row(
        &[Chord::of(KeyCode::End)],
        EVERYWHERE,
        Command::Look(Look::Bottom),
        "",
        "to the last; a text follows its end again",
        always,
    ),
    row(&[Chord::of(KeyCode::Left)], &[On(Details)], Command::Look(Look::OneBefore), "before", "the step or item before", always),
    row(&[Chord::of(KeyCode::Right)], &[On(Details)], Command::Look(Look::OneAfter), "after", "the next step or item", always),
    row(&[Chord::of(KeyCode::Left)], STEPS, Command::Look(Look::PhaseBefore), "", "look at the phase before", always),
    row(
        &[Chord::of(KeyCode::Right)],
        STEPS,
        Command::Look(Look::PhaseAfter),
        "",
        "look at the next phase, at last the rollback",
        always,
    ),
    row(&[key('<')], &[Replay], Command::Look(Look::PhaseBefore), "", "look at the phase before", always),
    row(&[key('>')], &[Replay], Command::Look(Look::PhaseAfter), "", "look at the next phase, at last the rollback", always),
    row(&[key('/')], TEXTS, Command::Search, "search", "search output, log, contacts, guides, messages and details", always),
    row(&[key('n')], TEXTS, Command::Look(Look::NextMatch), "next", "to the next match", once_found),
    row(&[key('N')], TEXTS, Command::Look(Look::MatchBefore), "", "to the match before", once_found),
    row(&[key('p')], EVERYWHERE, Command::Open(Diagnostics), "", "what the program says about itself", always),
    row(&[key(':')], EVERYWHERE, Command::Palette, "all", "every command by its words", always),
    row(&[key('?')], EVERYWHERE, Command::Help, "keys", "every key that works here", always),
    row(&[Chord::ctrl('l')], EVERYWHERE, Command::Repaint, "", "paint the screen anew", always),
    row(&[Chord::ctrl('z')], EVERYWHERE, Command::Suspend, "", "suspend the screen until `fg`; the room goes on", always),
    row(
        &[key('q'), Chord::ctrl('c')],
        EVERYWHERE,
        Command::Quit,
        "",
        "leave; the room goes on, or is closed (asks while the deployment is not over)",
        always,
    ),
];

const TENTHS: [Chord; 10] = [key('0'), key('1'), key('2'), key('3'), key('4'), key('5'), key('6'), key('7'), key('8'), key('9')];
