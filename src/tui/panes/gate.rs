//! The gate: the question, every criterion with what it is now, the poll, the advice, and what each answer does.
//!
//! Where rows are short, what is passed and what is quiet gives way; the question, the advice and the answers stay.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::id::RoleId;
use crate::measure::criterion::Criterion;
use crate::measure::judge::{Judgement, Verdict};
use crate::room::advice::{Advice, Counsel, advice};
use crate::room::decide::{objections, obstacle, seats};
use crate::room::event::{Decision, Vote};
use crate::room::order;
use crate::room::schedule;
use crate::room::state::{Decided, GateState, PhaseState};
use crate::runbook::model::{Gate, NoGo, Phase};
use crate::text;
use crate::tui::keys::Command;
use crate::tui::panes::kit::{Page, Row, count};
use crate::tui::panes::words::{press, vote_style};
use crate::tui::scene::{Scene, Shown};

/// Rows that the advice and the answers take.
const ANSWERS: usize = 4;

/// Cells of a vote in the poll, or of the words that there is none.
const VOTE: usize = 10;

pub fn draw(frame: &mut Frame, area: Rect, scene: &Scene) {
    let mut page = Page::new(frame.buffer_mut(), area);
    let Some((place, phase, state)) = scene.gate() else {
        let none = match scene.shown() {
            Shown::Phase(_) => " no gate here: this phase has none",
            Shown::Rollback => " no gate was decided before the rollback: l shows what led to it",
        };
        page.row().put(none, scene.theme.muted());
        return;
    };
    let Some(gate) = phase.gate.as_ref() else { return };
    let past = past(gate, &state.gate);
    let evidence = past.map_or_else(|| scene.state.gate_evidence(place, scene.now), |decided| decided.evidence.clone());
    question(&mut page.row(), scene, phase, gate, state);
    // What is left after the least of everything goes to reasons in full, then to air between the parts.
    let least = ANSWERS + evidence.len() + gate.poll.len() + 2;
    let mut spare = Spare(page.room().saturating_sub(least));
    // Before the gate is asked, what people still have to do or say is no failure yet.
    let ahead = state.gate.open.is_none() && state.gate.decided.is_none();
    let waits: Vec<bool> =
        gate.require.iter().zip(&evidence).map(|(criterion, judged)| ahead && waits(criterion, judged)).collect();
    let judged: Vec<Judgement> =
        evidence.iter().zip(&waits).filter(|(_, waits)| !**waits).map(|(judged, _)| judged.clone()).collect();
    let advice = advice(scene.state, place, &judged, scene.now).filter(|_| past.is_none());
    let advice_rows = 1 + usize::from(spare.take(1));
    let go_rows = 1 + usize::from(spare.take(1));
    let reasons = reasons(scene, gate, &evidence, state.gate.open.is_some());
    let why_rows = spare.take_up_to(long_reasons(page.width(), &evidence, &reasons));
    let air = spare.take(3);
    let table_rows = page.room().saturating_sub(ANSWERS + gate.poll.len() + 1).max(3);
    let gap = |page: &mut Page| {
        if air {
            page.gap();
        }
    };
    gap(&mut page);
    evidence_table(&mut page, scene, (&evidence, &reasons, &waits), (table_rows, why_rows));
    gap(&mut page);
    if page.room() > ANSWERS + gate.poll.len() {
        poll(&mut page, scene, gate, &state.gate);
    } else {
        poll_in_short(&mut page.row(), scene, gate, &state.gate);
    }
    gap(&mut page);
    if let Some(advice) = advice {
        draw_advice(&mut page, scene, &advice, state.gate.open.is_some(), advice_rows);
    }
    if past.is_none() {
        answers(&mut page, scene, place, phase, &evidence, go_rows);
    }
    if let Some(decided) = state.gate.decided.as_ref().filter(|_| state.gate.open.is_none() || page.room() > 1) {
        let at = scene.state.wall(decided.at).clock(scene.state.runbook.zone);
        let said = match &decided.decision {
            Decision::Go { waiver: None } => "GO".to_owned(),
            Decision::Go { waiver: Some(why) } => format!("GO with a waiver: {}", text::clean(why)),
            Decision::NoGo { reason } => format!("NO-GO: {}", text::clean(reason)),
            Decision::Hold { reason } => format!("HOLD: {}", text::clean(reason)),
        };
        let when = if past.is_some() { "decided on this evidence at" } else { "decided before:" };
        page.row().put(&format!(" {when} {at}: {} {said}", text::clean(decided.by.as_str())), scene.theme.decision());
    }
}

/// Once a gate is decided, what counts is what it was decided on.
fn past<'a>(gate: &Gate, state: &'a GateState) -> Option<&'a Decided> {
    let decided = state.decided.as_ref().filter(|_| state.open.is_none())?;
    let is_whole = decided.evidence.len() == gate.require.len();
    (is_whole && !matches!(decided.decision, Decision::Hold { .. })).then_some(decided)
}

/// Whether a criterion does not pass since people have something left to do or to say.
fn waits(criterion: &Criterion, judged: &Judgement) -> bool {
    judged.verdict != Verdict::Pass && criterion.test.waits_for_people()
}

/// Rows that are not needed yet.
struct Spare(usize);

impl Spare {
    fn take(&mut self, rows: usize) -> bool {
        let enough = self.0 >= rows;
        if enough {
            self.0 -= rows;
        }
        enough
    }

    fn take_up_to(&mut self, rows: usize) -> usize {
        let taken = rows.min(self.0);
        self.0 -= taken;
        taken
    }
}

/// Why each criterion is as it is; where a person's word is missing, the key that gives it.
fn reasons(scene: &Scene, gate: &Gate, evidence: &[Judgement], open: bool) -> Vec<String> {
    let unsaid = scene.state.open_statements();
    let missing = |criterion: &Criterion| criterion.test.confirmations().iter().any(|what| unsaid.contains(what));
    let reason = |(criterion, judged): (&Criterion, &Judgement)| {
        let said = text::clean(&judged.reason).into_owned();
        if open && missing(criterion) { format!("{said} ({} gives your word)", press(scene, Command::GiveWord)) } else { said }
    };
    gate.require.iter().zip(evidence).map(reason).collect()
}

/// ` GATE 2   Continue to 50 % of the traffic?            open for 0:42`
fn question(row: &mut Row, scene: &Scene, phase: &Phase, gate: &Gate, state: &PhaseState) {
    let theme = scene.theme;
    let (said, style) = match (state.gate.open, &state.gate.decided) {
        (Some(since), _) => (format!("open for {} ", scene.now - since), theme.accent()),
        (None, Some(decided)) => {
            let at = scene.state.wall(decided.at).clock(scene.state.runbook.zone);
            (format!("decided at {at} "), theme.muted())
        }
        (None, None) => ("not open yet ".to_owned(), theme.muted()),
    };
    row.put(&format!(" GATE {}   ", phase.number), theme.title());
    row.right(&said, style).right("  ", theme.normal());
    row.put(&text::clean(&gate.question), theme.title());
}

/// Widths of the evidence table's columns.
struct Columns {
    name: usize,
    now: usize,
    must_be: usize,
    held: usize,
}

impl Columns {
    /// What is left for the reason behind the verdict.
    fn reason(&self, width: usize) -> usize {
        width.saturating_sub(3 + self.name + self.now + 3 + self.must_be + self.held + 3 + 9)
    }
}

fn columns(width: usize, evidence: &[Judgement]) -> Columns {
    let widest = |least: usize, most: usize, of: fn(&Judgement) -> usize| {
        evidence.iter().map(of).max().unwrap_or(0).clamp(least, most) + 2
    };
    let now = widest(6, 14, |judged| text::width(&judged.now));
    let must_be = widest(7, 16, |judged| text::width(&judged.must_be));
    let name = widest(8, 44, |judged| text::width(&judged.criterion)).min(width.saturating_sub(now + must_be + 26).max(12));
    Columns { name, now, must_be, held: 10 }
}

/// How many reasons do not fit behind their verdict.
fn long_reasons(width: usize, evidence: &[Judgement], reasons: &[String]) -> usize {
    let room = columns(width, evidence).reason(width);
    reasons.iter().filter(|reason| text::width(reason) > room).count()
}

/// In at most `rows`, of which `why_rows` are for reasons that do not fit behind their verdict.
fn evidence_table(
    page: &mut Page,
    scene: &Scene,
    (evidence, reasons, waits): (&[Judgement], &[String], &[bool]),
    (rows, mut why_rows): (usize, usize),
) {
    let theme = scene.theme;
    let width = page.width();
    let columns = columns(width, evidence);
    let mut row = page.row();
    let is_past =
        scene.gate().is_some_and(|(_, phase, state)| phase.gate.as_ref().is_some_and(|gate| past(gate, &state.gate).is_some()));
    let now = if is_past { "then" } else { "now" };
    row.put(" ", theme.muted()).column("evidence", columns.name + 2, theme.muted()).number(now, columns.now, theme.muted());
    row.put("   ", theme.muted()).column("must be", columns.must_be, theme.muted()).number(
        "held for",
        columns.held,
        theme.muted(),
    );
    row.put("   verdict", theme.muted());
    if evidence.is_empty() {
        page.row().put("   nothing is measured for this gate", theme.muted());
        return;
    }
    let rows = rows.saturating_sub(1).max(1);
    let cut = evidence.len() > rows;
    let shown = if cut { rows.saturating_sub(1) } else { evidence.len() };
    let mut judged: Vec<((&Judgement, &String), &bool)> = evidence.iter().zip(reasons).zip(waits).collect();
    if cut {
        // What does not pass is seen first where not everything is.
        judged.sort_by_key(|((judged, _), waits)| judged.verdict == Verdict::Pass || **waits);
    }
    let from = scene.view.gate.min(evidence.len() - shown);
    for ((judged, reason), waits) in judged.iter().skip(from).take(shown) {
        evidence_row(&mut page.row(), scene, (judged, reason, **waits), &columns);
        let long = text::width(reason) > columns.reason(width);
        if long && why_rows > 0 {
            why_rows -= 1;
            let style = if **waits { theme.muted() } else { theme.verdict(judged.verdict) };
            page.row().skip(5).put(reason, style);
        }
    }
    if cut {
        let hidden = || judged.iter().enumerate().filter(|(at, _)| *at < from || *at >= from + shown).map(|(_, (row, _))| row.0);
        let (text, style) = match hidden().filter(|judged| judged.verdict != Verdict::Pass).count() {
            0 => (", all pass".to_owned(), theme.muted()),
            bad => (format!(", not passing: {bad}"), theme.warning()),
        };
        page.row().put(&format!("   {} more{text}", hidden().count()), style);
    }
}

/// `   error rate           0.08 %        < 0.5 %      10:00     pass`
fn evidence_row(row: &mut Row, scene: &Scene, (judged, reason, waits): (&Judgement, &str, bool), columns: &Columns) {
    let theme = scene.theme;
    let (word, style) = if waits { ("not yet", theme.muted()) } else { (judged.verdict.word(), theme.verdict(judged.verdict)) };
    let held = judged.held.map_or_else(|| "-".to_owned(), |held| held.to_string());
    let now = if judged.verdict == Verdict::Pass { theme.normal() } else { style };
    row.put("   ", theme.normal()).column(&text::clean(&judged.criterion), columns.name, theme.normal());
    row.number(&text::clean(&judged.now), columns.now, now).put("   ", theme.normal());
    row.column(&text::clean(&judged.must_be), columns.must_be, theme.muted()).number(&held, columns.held, theme.normal());
    row.put("   ", theme.normal()).column(word, 9, style);
    if text::width(reason) <= row.room() {
        row.put(reason, style);
    }
}

fn poll(page: &mut Page, scene: &Scene, gate: &Gate, state: &GateState) {
    let theme = scene.theme;
    if gate.poll.is_empty() {
        page.row().put(" poll: nobody is asked at this gate", theme.muted());
        return;
    }
    let name = gate.poll.iter().map(|role| text::width(role.as_str())).max().unwrap_or(0).clamp(10, 20) + 2;
    let mut row = page.row();
    row.put(" ", theme.muted()).column("poll", name + 2, theme.muted()).column("vote", VOTE, theme.muted());
    row.column("when", 11, theme.muted()).put("who", theme.muted());
    let place = scene.gate().map_or(0, |(place, _, _)| place);
    let evidence = scene.state.gate_evidence(place, scene.now);
    for seat in seats(scene.state, place, &evidence, scene.now) {
        let mut row = page.row();
        let mine = scene.state.holds(scene.me, seat.role);
        let (lead, style) = if mine && state.open.is_some() { (" > ", theme.accent()) } else { ("   ", theme.normal()) };
        row.put(lead, style).column(&text::clean(seat.role.as_str()), name, style);
        let Some(ballot) = seat.ballot else {
            row.column("not yet", VOTE, theme.muted()).put(&holders(scene, seat.role), theme.muted());
            continue;
        };
        let at = scene.state.wall(ballot.at).clock(scene.state.runbook.zone);
        row.column(ballot.vote.word(), VOTE, vote_style(ballot.vote, theme)).column(&at, 11, theme.normal());
        row.put(&text::clean(&scene.state.called(&ballot.by)), theme.normal());
        if ballot.by_voice {
            row.put(", by voice", theme.muted());
        }
        if seat.stale && past(gate, state).is_none() {
            row.put(", STALE: the evidence changed", theme.warning());
        }
        if !ballot.reason.is_empty() {
            row.put(&format!(": \"{}\"", text::clean(&ballot.reason)), theme.normal());
        }
    }
}

/// Who of those who are here could vote for it.
fn holders(scene: &Scene, role: &RoleId) -> String {
    if scene.state.operators.is_empty() {
        return String::new();
    }
    let here: Vec<String> = scene.state.holders_here(role).into_iter().map(|holder| scene.state.called(holder)).collect();
    let said = if here.is_empty() { "nobody here holds it".to_owned() } else { here.join(", ") };
    format!("{:11}{}", "", text::clean(&said))
}

/// ` poll: 1 GO, 1 NO-GO, 1 missing`
fn poll_in_short(row: &mut Row, scene: &Scene, gate: &Gate, state: &GateState) {
    let votes =
        |vote: Vote| gate.poll.iter().filter(|role| state.votes.get(*role).is_some_and(|ballot| ballot.vote == vote)).count();
    let missing = gate.poll.iter().filter(|role| !state.votes.contains_key(*role)).count();
    let text = format!(" poll: {} GO, {} NO-GO, {missing} missing", votes(Vote::Go), votes(Vote::NoGo));
    row.put(&text, if votes(Vote::NoGo) > 0 { scene.theme.critical() } else { scene.theme.normal() });
}

/// Before the gate is open it is a forecast and stays quiet.
fn draw_advice(page: &mut Page, scene: &Scene, advice: &Advice, open: bool, rows: usize) {
    let theme = scene.theme;
    let style = match advice.counsel {
        Counsel::Go | Counsel::Hold | Counsel::NoGo if !open => theme.muted(),
        Counsel::Go => theme.good(),
        Counsel::NoGo => theme.critical(),
        Counsel::Hold => theme.warning(),
    };
    let lead = if open { format!(" advice: {}", advice.counsel.word()) } else { " not asked yet".to_owned() };
    page.wrapped((&lead, style), text::width(&lead) + 2, (&text::clean(&advice.reason), theme.normal()), rows);
}

/// What each answer will do, in words.
fn answers(page: &mut Page, scene: &Scene, place: usize, phase: &Phase, evidence: &[Judgement], go_rows: usize) {
    let theme = scene.theme;
    let mut go = format!("goes on to {}.", after_go(scene, place));
    let mut style = theme.normal();
    if let Some(why) = obstacle(scene.state, phase) {
        let key = if why.ends_with("veto it first") { format!(" ({})", press(scene, Command::Veto)) } else { String::new() };
        go = format!("is not possible now: {}{key}.", text::clean(&why));
        style = if scene.state.phases[place].gate.open.is_some() { theme.warning() } else { theme.muted() };
    } else {
        let silent = silent(scene, place, phase);
        match objections(scene.state, place, evidence, scene.now).len() {
            0 => {}
            against if against > silent.len() => {
                go.push_str(" Needs a waiver with its reason.");
                style = theme.warning();
            }
            // Nothing speaks against it yet but that not everybody has spoken.
            _ => go = format!("{go} Needs {}, or a waiver.", votes_of(&silent)),
        }
    }
    page.wrapped(("   GO     ", theme.title()), 10, (&go, style), go_rows);
    let no_go = phase.gate.as_ref().map_or_else(String::new, |gate| after_no_go(scene, gate));
    page.row().put("   NO-GO  ", theme.title()).put(&no_go, theme.normal());
    let window = schedule::window(scene.state).map_or_else(String::new, |window| {
        let left = window.closes - scene.now;
        if left.0 > 0 { format!("; the window goes on: {left} left") } else { format!("; the window closed {} ago", -left) }
    });
    page.row().put("   HOLD   ", theme.title()).put(&format!("stays here{window}."), theme.normal());
}

/// Who is asked and has not voted.
fn silent<'a>(scene: &Scene<'a>, place: usize, phase: &'a Phase) -> Vec<&'a str> {
    let voted = |role: &&RoleId| scene.state.phases[place].gate.votes.contains_key(*role);
    let poll = phase.gate.as_ref().map_or(&[][..], |gate| &gate.poll);
    poll.iter().filter(|role| !voted(role)).map(RoleId::as_str).collect()
}

/// `the votes of commander and sre`
fn votes_of(roles: &[&str]) -> String {
    let said = match roles {
        [one] => format!("the vote of {one}"),
        [first @ .., last] => format!("the votes of {} and {last}", first.join(", ")),
        [] => "no vote".to_owned(),
    };
    text::clean(&said).into_owned()
}

fn after_go(scene: &Scene, place: usize) -> String {
    let Some(next) = scene.state.runbook.phases.get(place + 1) else {
        return "the end: the deployment is completed".to_owned();
    };
    let planned = next.duration.map_or_else(String::new, |planned| format!(", about {}", planned.expected));
    format!(
        "phase {} {} ({}{planned})",
        next.number,
        text::clean(&next.title),
        count(order::to_be_done(scene.state, &next.steps), "step")
    )
}

fn after_no_go(scene: &Scene, gate: &Gate) -> String {
    let runbook = &scene.state.runbook;
    match (&gate.no_go, &runbook.rollback) {
        (NoGo::Rollback, Some(rollback)) => {
            let steps = count(order::to_be_done(scene.state, &rollback.steps), "step");
            format!("starts the rollback ({steps}, budget {}).", rollback.budget)
        }
        (NoGo::Rollback, None) => "is meant to roll back, but the runbook has no rollback steps.".to_owned(),
        (NoGo::Hold, _) => "holds the deployment here.".to_owned(),
        (NoGo::Phase(id), _) => match runbook.phase(id) {
            Some(phase) => format!("goes to phase {} {}, which is done again.", phase.number, text::clean(&phase.title)),
            None => format!("goes to phase {id}."),
        },
    }
}
