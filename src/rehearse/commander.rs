//! A scripted commander: goes when the evidence is good, rolls back on no-go, and takes their time.
//!
//! They know what a person at the screen knows, and ask for what such a person could ask for. A decision falls only after
//! the same thing has wanted it for a while, so that nothing is decided on a passing value.

use crate::measure::criterion::Criterion;
use crate::measure::judge::{Judgement, Verdict};
use crate::room::Action;
use crate::room::decide::{counting_down, open_before_start, signature_waited_for};
use crate::room::event::{Subject, Vote};
use crate::room::order::{self, is_settled};
use crate::room::state::{Mark, PhaseStatus, Stage, State, StepStatus, TriggerState};
use crate::room::watch;
use crate::runbook::model::{Checklist, FieldKind, Gate, Item, Letter, Phase, Step, StepKind, Then, Trigger};
use crate::time::{Moment, Span};

/// From seeing what is wanted to doing it.
const PACE: Span = Span(3_000);

/// How long a person takes for what they do with their hands.
const BY_HAND: Span = Span(20_000);

/// How long failing or unknown evidence is given to recover before it is a no-go.
const PATIENCE: Span = Span(120_000);

/// How often the same gate is held for evidence that does not get better.
const HELD_AT_MOST: u32 = 3;

/// How long a step that nobody limited may run before it is given up.
const HANGS: Span = Span(900_000);

#[derive(Clone, Debug)]
pub struct Commander {
    /// How long they take longer than usual.
    late: Span,
    /// What they are about to do, and since when.
    wanted: Option<(Wish, Moment)>,
}

/// Something to do, and how long it is thought over.
#[derive(Clone, Debug, PartialEq)]
struct Wish {
    action: Action,
    after: Span,
    /// It speaks of a number that may move on without a change of mind. What is not known yet may still come, and so is another
    /// thing each time.
    moves_on: bool,
    /// What goes into the record, where it is more than what is wanted depends on.
    because: Option<String>,
}

#[expect(clippy::unnecessary_wraps, reason = "a wish is said where there may be none")]
impl Wish {
    fn soon(action: Action) -> Option<Self> {
        Some(Self { action, after: PACE, moves_on: false, because: None })
    }

    fn after(after: Span, action: Action) -> Option<Self> {
        Some(Self { action, after, moves_on: false, because: None })
    }

    /// Whether it is what was wanted before.
    fn goes_on(&self, before: &Self) -> bool {
        if let (Action::NoGo { phase, .. }, Action::NoGo { phase: earlier, .. }) = (&self.action, &before.action)
            && self.moves_on
            && before.moves_on
        {
            return phase == earlier;
        }
        (&self.action, self.after, self.moves_on) == (&before.action, before.after, before.moves_on)
    }

    /// With the reason as it is by now.
    fn action(&self) -> Action {
        let Some(because) = self.because.clone() else { return self.action.clone() };
        match &self.action {
            Action::NoGo { phase, .. } => Action::NoGo { phase: phase.clone(), reason: because },
            Action::RollBack { .. } => Action::RollBack { reason: because },
            Action::Abandon { .. } => Action::Abandon { reason: because },
            Action::AcceptRollback { .. } => Action::AcceptRollback { reason: because },
            other => other.clone(),
        }
    }
}

impl Commander {
    pub fn new(late: Span) -> Self {
        Self { late, wanted: None }
    }

    /// What they ask for at `now`.
    pub fn asks(&mut self, state: &State, now: Moment) -> Option<Action> {
        let wish = wish(state, now);
        let since = match (&wish, &self.wanted) {
            (Some(wish), Some((wanted, since))) if wish.goes_on(wanted) => *since,
            (Some(_), _) => now,
            (None, _) => {
                self.wanted = None;
                return None;
            }
        };
        self.wanted = wish.map(|wish| (wish, since));
        let (wish, _) = self.wanted.as_ref()?;
        (now - since >= wish.after + self.late).then(|| wish.action())
    }

    /// When they will act, as things stand.
    pub fn due(&self) -> Option<Moment> {
        self.wanted.as_ref().map(|(wish, since)| *since + wish.after + self.late)
    }
}

fn wish(state: &State, now: Moment) -> Option<Wish> {
    if state.closed.is_some() || counting_down(state).is_some() {
        return None;
    }
    match state.stage {
        Stage::Planned => before_the_start(state),
        Stage::Underway { phase } => underway(state, &state.runbook.phases[phase], phase, now),
        Stage::RollingBack => rolling_back(state, now),
        Stage::Ended(..) => None,
    }
}

fn before_the_start(state: &State) -> Option<Wish> {
    let open = open_before_start(state).next().map(|(list, _)| list);
    open.map_or_else(|| Wish::soon(Action::StartDeployment), |list| tick_one(state, list))
}

/// The first required item of the list that is open.
fn tick_one(state: &State, list: &Checklist) -> Option<Wish> {
    let open = |item: &Item| {
        let mark = state.items.get(&item.id).map(|item| &item.mark);
        item.required && item.items.is_empty() && item.not_for_us().is_none() && matches!(mark, Some(Mark::Open) | None)
    };
    let item = list.walk().into_iter().map(|(_, item)| item).find(|item| open(item))?;
    Wish::soon(match &item.field {
        None => Action::Tick { item: item.id.clone() },
        Some(field) => Action::Fill { item: item.id.clone(), value: plausible(&field.kind).to_owned() },
    })
}

fn plausible(kind: &FieldKind) -> &str {
    match kind {
        FieldKind::Time => "07:00",
        FieldKind::Number => "1",
        FieldKind::Text => "rehearsed",
        FieldKind::OneOf(words) => words.first().map_or("rehearsed", String::as_str),
    }
}

fn underway(state: &State, phase: &Phase, place: usize, now: Moment) -> Option<Wish> {
    if let Some(trigger) = state.runbook.triggers.iter().find(|trigger| proposes(state, trigger)) {
        return back(state, format!("the trigger \"{}\" fired", trigger.title));
    }
    if state.hold.is_some() {
        return Wish::after(PATIENCE, Action::Resume);
    }
    if order::open_phase_question(state, place).is_some() && state.phases[place].status == PhaseStatus::Waiting {
        return Wish::soon(Action::Answer { of: Subject::Phase(phase.id.clone()), yes: true });
    }
    if phase.steps.iter().any(|step| !is_settled(state, step)) {
        // The first step of a phase is begun by a person, whatever it is: the phase begins with it.
        let begun = matches!(state.phases[place].status, PhaseStatus::Active { .. });
        let by_itself = |step: &Step| begun && order::begins_by_itself(state, &phase.steps, step);
        let wish = at_steps(state, &phase.steps, now, by_itself, |_, reason| back(state, reason));
        return wish.or_else(|| looks(state));
    }
    // Nothing waits for a look, and so it must not wait for a gate that is open for days.
    if let Some(wish) = looks(state) {
        return Some(wish);
    }
    if let (Some(role), Some(sign_off)) = (signature_waited_for(state).first(), &state.runbook.sign_off) {
        return Wish::soon(Action::Sign {
            role: (*role).clone(),
            person: "rehearsed".to_owned(),
            verdict: sign_off.verdicts.first().cloned().unwrap_or_default(),
            note: String::new(),
            by_voice: true,
        });
    }
    let gate = phase.gate.as_ref().filter(|_| state.phases[place].gate.open.is_some())?;
    at_gate(state, phase, place, gate, now)
}

/// What a watch wants to be looked at, one thing after the other.
fn looks(state: &State) -> Option<Wish> {
    watch::open(state).and_then(|list| tick_one(state, list))
}

fn proposes(state: &State, trigger: &Trigger) -> bool {
    let back = matches!(trigger.then, Then::Rollback { .. } | Then::Propose);
    back && matches!(state.triggers.get(&trigger.id), Some(TriggerState::Fired { rollback_at: None, .. }))
}

/// Rolls back where there is a way, and gives up where there is none.
fn back(state: &State, reason: String) -> Option<Wish> {
    Wish::soon(if state.runbook.rollback.is_some() { Action::RollBack { reason } } else { Action::Abandon { reason } })
}

/// The first thing that one of these steps wants of a person. Several may run beside each other.
fn at_steps(
    state: &State,
    steps: &[Step],
    now: Moment,
    by_itself: impl Fn(&Step) -> bool,
    give_up: impl Fn(&Step, String) -> Option<Wish>,
) -> Option<Wish> {
    steps.iter().filter(|step| !is_settled(state, step)).find_map(|step| {
        let known = state.steps.get(&step.id)?;
        let id = || step.id.clone();
        match &known.status {
            StepStatus::Waiting => {
                let free = order::before(state, steps, step).is_none() && order::in_its_place(state, steps, step).is_none();
                if free { begin(state, step, by_itself(step)) } else { None }
            }
            StepStatus::Running { started, cancelled: None, .. } => at_work(state, step, now - *started),
            StepStatus::Running { cancelled: Some(_), .. } | StepStatus::Done { .. } | StepStatus::Skipped { .. } => None,
            // Once may be chance.
            StepStatus::Failed { .. } if known.attempt < 2 => Wish::soon(Action::RetryStep { step: id() }),
            StepStatus::Failed { .. } => give_up(step, format!("{} {} failed {} times", step.number, step.title, known.attempt)),
            StepStatus::Lost { .. } => {
                Wish::soon(Action::FailStep { step: id(), reason: "nobody knows how it ended".to_owned() })
            }
        }
    })
}

/// Says yes to every question and takes the first option, so that as much as possible is rehearsed.
fn begin(state: &State, step: &Step, by_itself: bool) -> Option<Wish> {
    let id = || step.id.clone();
    if order::open_question(state, step).is_some() {
        return Wish::soon(Action::Answer { of: Subject::Step(id()), yes: true });
    }
    if let Some(name) = order::lacks(state, step) {
        return Wish::soon(Action::GiveValue { name, value: "rehearsed".to_owned() });
    }
    if matches!(step.kind, StepKind::Choose { .. }) {
        return Wish::soon(Action::Choose { step: id(), option: Letter(0) });
    }
    if step.second_person && state.steps.get(&step.id).is_some_and(|step| step.seconded.is_none()) {
        return Wish::soon(Action::SecondStep { step: id(), person: "somebody else, in rehearsal".to_owned() });
    }
    if by_itself { None } else { Wish::soon(Action::RunStep { step: id() }) }
}

/// What a running step wants: hands, a word, or an end.
fn at_work(state: &State, step: &Step, took: Span) -> Option<Wish> {
    match &step.kind {
        StepKind::Manual { .. } | StepKind::Message { .. } => {
            Wish::after(BY_HAND, Action::FinishStep { step: step.id.clone(), note: "rehearsed".to_owned() })
        }
        StepKind::Run { .. } | StepKind::Http(_) => {
            let own = step.kind.own_length().unwrap_or_default() + step.duration.map_or(Span::ZERO, |planned| planned.expected);
            let reason = format!("it runs for {took} and does not end");
            if took >= HANGS + own { Wish::soon(Action::CancelStep { step: step.id.clone(), reason }) } else { None }
        }
        StepKind::Until { criteria, .. } | StepKind::Bake { criteria, .. } => {
            if let Some(wish) = give_word(state, criteria) {
                return Some(wish);
            }
            // Twice its time and more: what it waits for is not seen any more.
            let own = step.kind.own_length()?;
            let reason = format!("it waits for {took}, and its evidence does not come");
            if took >= own + own + HANGS { Wish::soon(Action::CancelStep { step: step.id.clone(), reason }) } else { None }
        }
        StepKind::Wait { .. } | StepKind::Choose { .. } | StepKind::Group => None,
    }
}

fn at_gate(state: &State, phase: &Phase, place: usize, gate: &Gate, now: Moment) -> Option<Wish> {
    let evidence = state.gate_evidence(place, now);
    if let Some(wish) = own_word(state, &evidence, gate) {
        return Some(wish);
    }
    if let Some(against) = evidence.iter().find(|judgement| judgement.verdict != Verdict::Pass) {
        let reason = format!("{} {}: {}", against.criterion, against.verdict.word(), against.now);
        let because = Some(why(against));
        // A NO-GO that only held the plan, and changed nothing, is not said for ever.
        if state.phases[place].gate.instance > HELD_AT_MOST {
            return back(state, reason).map(|wish| Wish { because, ..wish });
        }
        let action = Action::NoGo { phase: phase.id.clone(), reason };
        return Some(Wish { action, after: PATIENCE, moves_on: against.verdict == Verdict::Fail, because });
    }
    let votes = &state.phases[place].gate.votes;
    let silent = gate.poll.iter().find(|role| votes.get(*role).is_none_or(|ballot| ballot.vote != Vote::Go));
    Wish::soon(match silent {
        Some(role) => Action::Vote {
            phase: phase.id.clone(),
            role: role.clone(),
            vote: Vote::Go,
            reason: String::new(),
            by_voice: true,
            saw: None,
        },
        None => Action::Go { phase: phase.id.clone(), waiver: None },
    })
}

/// `error_rate < 1% FAIL: 1.5 %`; of what is unknown, why nobody knows it.
fn why(judged: &Judgement) -> String {
    let said = if judged.verdict == Verdict::Unknown && !judged.reason.is_empty() { &judged.reason } else { &judged.now };
    format!("{} {}: {said}", judged.criterion, judged.verdict.word())
}

/// The first word that these criteria ask for and nobody has given.
fn give_word<'a>(state: &State, criteria: impl IntoIterator<Item = &'a Criterion>) -> Option<Wish> {
    let open = state.open_statements();
    let mut wanted = criteria.into_iter().flat_map(|criterion| criterion.test.confirmations());
    wanted.find(|what| open.contains(what)).and_then(|what| Wish::soon(Action::Confirm { what: what.to_owned() }))
}

/// What only a person can bring: a checklist that is to be complete, a word that is to be given.
fn own_word(state: &State, evidence: &[Judgement], gate: &Gate) -> Option<Wish> {
    for (criterion, judged) in gate.require.iter().zip(evidence) {
        if judged.verdict == Verdict::Pass {
            continue;
        }
        if let Some(wish) = give_word(state, [criterion]) {
            return Some(wish);
        }
        let wanted = |list: &&Checklist| judged.criterion.contains(&format!("\"{}\"", list.title));
        if let Some(wish) = state.runbook.checklists.iter().find(wanted).and_then(|list| tick_one(state, list)) {
            return Some(wish);
        }
    }
    None
}

fn rolling_back(state: &State, now: Moment) -> Option<Wish> {
    let rollback = state.runbook.rollback.as_ref()?;
    if rollback.steps.iter().any(|step| !is_settled(state, step)) {
        let by_itself = |step: &Step| !step.waits_for_a_person() || order::begins_by_itself(state, &rollback.steps, step);
        // There is no way back from the way back: what fails twice is left out, and said to be.
        return at_steps(state, &rollback.steps, now, by_itself, |step, reason| {
            Wish::soon(Action::SkipStep { step: step.id.clone(), reason })
        });
    }
    let evidence = state.rollback_evidence(now);
    if let Some(wish) = give_word(state, &rollback.verify) {
        return Some(wish);
    }
    let open = evidence.iter().find(|judgement| judgement.verdict != Verdict::Pass)?;
    let reason = format!("{} {}: {}", open.criterion, open.verdict.word(), open.now);
    let because = Some(why(open));
    Wish::after(PATIENCE.max(rollback.budget), Action::AcceptRollback { reason }).map(|wish| Wish { because, ..wish })
}
