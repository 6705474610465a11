//! A commander who presses anything, in a world where anything happens: what must hold holds whatever the seed.

use warroom::measure::judge::Verdict;
use warroom::measure::reading::Reading;
use warroom::room::Action;
use warroom::room::event::{Decision, Event, Vote};
use warroom::room::state::{Stage, StepStatus};

use super::CANARY;
use crate::story::{Story, seconds};

const SEEDS: u64 = 150;
const MOVES: usize = 120;

/// splitmix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

const STEPS: [&str; 8] = ["deploy.1", "deploy.2", "canary.1", "canary.2", "full.1", "full.2", "rollback.1", "rollback.2"];
const PHASES: [&str; 3] = ["deploy", "canary", "full"];

fn any_action(dice: &mut Dice) -> Action {
    let (some_step, phase) = (*dice.pick(&STEPS), *dice.pick(&PHASES));
    let reason = if dice.roll(3) == 0 { String::new() } else { "because".into() };
    match dice.roll(22) {
        0 | 1 => Action::StartDeployment,
        2..=5 => Action::RunStep { step: some_step.into() },
        6 => Action::CancelStep { step: some_step.into(), reason },
        7 | 8 => Action::RetryStep { step: some_step.into() },
        9 => Action::SkipStep { step: some_step.into(), reason },
        10 | 11 => Action::FinishStep { step: some_step.into(), note: reason },
        12 => Action::FailStep { step: some_step.into(), reason },
        13 => Action::OpenGate { phase: phase.into() },
        14 | 15 => {
            let vote = *dice.pick(&[Vote::Go, Vote::Go, Vote::NoGo, Vote::Abstain]);
            Action::Vote {
                phase: phase.into(),
                role: (*dice.pick(&["commander", "sre"])).into(),
                vote,
                reason,
                by_voice: true,
                saw: None,
            }
        }
        16 | 17 => Action::Go { phase: phase.into(), waiver: (dice.roll(4) == 0).then_some(reason) },
        18 => match dice.roll(3) {
            0 => Action::NoGo { phase: phase.into(), reason },
            1 => Action::HoldGate { phase: phase.into(), reason },
            _ => Action::Hold { reason },
        },
        19 => Action::Resume,
        20 if dice.roll(6) == 0 => Action::RollBack { reason },
        20 => Action::Veto { trigger: (*dice.pick(&["errors", "slow", "none"])).into(), reason },
        _ if dice.roll(12) == 0 => Action::Abandon { reason },
        _ => Action::Note { text: reason },
    }
}

fn world(dice: &mut Dice, story: &mut Story) {
    let running: Vec<String> = STEPS.iter().filter(|step| runs(story, step)).map(ToString::to_string).collect();
    match dice.roll(8) {
        0 | 1 if !running.is_empty() => {
            story.ends(&dice.pick(&running).clone());
        }
        2 if !running.is_empty() => {
            story.fails(&dice.pick(&running).clone(), 1);
        }
        3 => {
            story.measures("error_rate", *dice.pick(&[0.0, 0.1, 0.4, 0.6, 2.0, 7.0]));
        }
        4 => {
            story.reads(
                "p95",
                dice.pick(&[Reading::Number(90.0), Reading::Missing("gone".into()), Reading::of(f64::NAN)]).clone(),
            );
        }
        5 => {
            story.source("health", dice.roll(4) != 0);
        }
        6 => {
            story.silence("app");
        }
        _ => {
            story.measures("error_rate", 0.1).measures("p95", 100.0);
        }
    }
    let time = *dice.pick(&[1, 1, 2, 7, 31]);
    story.pass(seconds(time));
}

fn runs(story: &Story, step: &str) -> bool {
    matches!(story.status(step), StepStatus::Running { .. })
}

/// What must be so after every move.
fn check(story: &Story, seed: u64) {
    let in_plan = STEPS.iter().filter(|step| runs(story, step)).count();
    assert!(in_plan <= 1, "seed {seed}: two steps at once");
    if story.state.stage == Stage::RollingBack {
        assert!(story.state.rollback.is_some(), "seed {seed}");
    }
    if let Stage::Underway { .. } = story.state.stage {
        let back = warroom::room::decide(&story.state, &Action::RollBack { reason: "now".into() }, &story.asked());
        assert!(back.is_ok(), "seed {seed}: rollback out of reach: {back:?}");
    }
}

#[test]
fn whatever_is_pressed_and_whatever_happens_the_laws_hold() {
    for seed in 0..SEEDS {
        let mut dice = Dice(seed);
        let mut story = Story::of(CANARY);
        story.measures("error_rate", 0.1).measures("p95", 100.0).source("health", true);
        for _ in 0..MOVES {
            // A refusal is an answer like any other; what counts is what the room is like afterwards.
            let _ = story.tries(&any_action(&mut dice));
            check(&story, seed);
            if dice.roll(2) == 0 {
                world(&mut dice, &mut story);
                check(&story, seed);
            }
        }
        for event in story.events() {
            if let Event::GateDecided { decision: Decision::Go { waiver: None }, evidence, .. } = event {
                let proven = !evidence.is_empty() && evidence.iter().all(|judgement| judgement.verdict == Verdict::Pass);
                assert!(proven, "seed {seed}: GO without a waiver on {evidence:?}");
            }
        }
        story.replays_to_the_same_state();
    }
}
