//! What the screens show at the moments that matter.

use crate::measure::against::{Against, Compare};
use crate::measure::judge::{Judgement, Verdict};
use crate::measure::metric::Metric;
use crate::measure::reading::Reading;
use crate::measure::unit::Unit;
use crate::room::event::{Acceptance, By, Decision, Event, Failure, Mode, Vote};
use crate::time::Span;
use crate::tui::panes::{checklist, gate, gauge, guides, main_screen, metrics, output, timeline};
use crate::tui::scene::LinkState;

use super::plan::{metric, runbook, step_id};
use super::{Draw, Look, Story, at};

/// 80×24, without the footer's row.
const SMALL: (u16, u16) = (80, 23);
const MIDDLE: (u16, u16) = (120, 39);
const WALL: (u16, u16) = (200, 59);

/// The deployment has begun, blue is deployed, a tenth of the traffic goes there, and the bake is on.
fn baking() -> Story {
    let mut story = Story::open(runbook(), Mode::Live, "07:40:00");
    story.ticked("07:41:00", "evening.1");
    story.tell("07:42:10", Event::FieldFilled { item: "evening.2".into(), value: "07:10".to_owned(), by: "ana".into() });
    story.ticked("07:43:00", "evening.3.1");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "blue".into() });
    story.started("08:00:00", "blue.1");
    story.done("08:07:31", "blue.1");
    story.started("08:08:00", "blue.2");
    story.done("08:59:40", "blue.2");
    story.tell("09:00:00", Event::PhaseEnded { phase: "blue".into() });
    story.tell("09:00:00", Event::PhaseBegan { phase: "canary".into() });
    story.polled(at("08:59:59"), "db", &[("pool", Reading::Number(31.0))]);
    story.calm("09:00:02", "09:08:42");
    story.started("09:08:47", "canary.1");
    story.printed("09:08:51", "canary.1", &["ingress.networking.k8s.io/shop-canary patched", "weight is 10 now"]);
    story.done("09:08:51", "canary.1");
    story.started("09:08:52", "canary.2");
    story.tell("09:08:52", Event::BakeResumed { step: step_id("canary.2"), attempt: 1 });
    story.calm("09:08:52", "09:12:37");
    story.polled(at("09:12:39"), "db", &[("pool", Reading::Missing("no such series".to_owned()))]);
    story
}

/// The bake is over and the gate is before the people; the database does not answer any more.
fn at_the_gate() -> Story {
    let mut story = baking();
    story.calm("09:12:42", "09:18:50");
    story.tell(
        "09:18:52",
        Event::StepDone { step: step_id("canary.2"), attempt: 1, how: crate::room::event::Done::Elapsed, ended: None },
    );
    story.tell("09:18:52", Event::GateOpened { phase: "canary".into(), instance: 1 });
    let vote = |role: &str, vote, reason: &str, by: &str, by_voice| Event::VoteCast {
        phase: "canary".into(),
        instance: 1,
        role: role.into(),
        vote,
        reason: reason.to_owned(),
        by: by.into(),
        by_voice,
        saw: None,
    };
    story.tell("09:19:02", vote("sre", Vote::Go, "", "ana", false));
    story.tell("09:19:20", vote("qa", Vote::NoGo, "cart errors in two sessions", "bo", true));
    story.calm("09:19:21", "09:19:31");
    story
}

/// Errors rise over the trigger's limit, and the countdown to the rollback runs.
fn counting_down() -> Story {
    let mut story = baking();
    for seconds in 0..10 {
        story.polled(at("09:12:42") + Span::seconds(5 * seconds), "app", &[("error_rate", Reading::Number(6.2))]);
    }
    story.tell("09:12:42", Event::TriggerPending { trigger: "trigger-1".into() });
    let evidence = Judgement {
        criterion: "error_rate > 5%".to_owned(),
        verdict: Verdict::Pass,
        now: "6.2 %".to_owned(),
        must_be: "> 5 %".to_owned(),
        held: Some(Span::seconds(30)),
        reason: String::new(),
    };
    let rollback_at = Some(at("09:13:27"));
    story.tell("09:13:12", Event::TriggerFired { trigger: "trigger-1".into(), evidence, rollback_at });
    story
}

/// The rollback runs; its second step failed.
fn rolling_back() -> Story {
    let mut story = counting_down();
    story.tell("09:13:27", Event::StepFailed { step: step_id("canary.2"), attempt: 1, why: Failure::Cancelled, ended: None });
    story.tell("09:13:27", Event::RollbackStarted { by: By::Trigger("trigger-1".into()), reason: "error rate > 5 %".to_owned() });
    story.started("09:13:27", "rollback.1");
    story.done("09:13:58", "rollback.1");
    story.started("09:13:58", "rollback.2");
    story.printed("09:14:20", "rollback.2", &["restoring config 41", "\u{1b}[31merror: config 41 is locked\u{1b}[0m"]);
    story.tell(
        "09:14:21",
        Event::StepFailed { step: step_id("rollback.2"), attempt: 1, why: Failure::Exit { code: 3 }, ended: None },
    );
    story.down(at("09:14:22"), "cart", "connection refused");
    story
}

#[test]
fn in_the_middle_of_a_bake() {
    let (story, look) = (baking(), Look::at("09:12:40"));
    insta::assert_snapshot!("bake_80x24", look.text(&story, SMALL, main_screen::draw));
    insta::assert_snapshot!("bake_40x10", look.text(&story, (40, 10), main_screen::draw));
    insta::assert_snapshot!("bake_120x40", look.text(&story, MIDDLE, main_screen::draw));
    insta::assert_snapshot!("bake_200x60", look.text(&story, WALL, main_screen::draw));
    insta::assert_snapshot!("bake_80x24_plain", Look::plain("09:12:40").text(&story, SMALL, main_screen::draw));
}

#[test]
fn a_gate_with_an_unknown_criterion() {
    let (story, look) = (at_the_gate(), Look::at("09:19:34"));
    insta::assert_snapshot!("gate_80x24", look.text(&story, (80, 17), gate::draw));
    insta::assert_snapshot!("gate_80x24_plain", Look::plain("09:19:34").text(&story, (80, 17), gate::draw));
    insta::assert_snapshot!("gate_80x11", look.text(&story, (80, 11), gate::draw));
    insta::assert_snapshot!("gate_main_80x24", look.text(&story, SMALL, main_screen::draw));
    insta::assert_snapshot!("gate_200x60", look.text(&story, WALL, main_screen::draw));
}

#[test]
fn the_advice_follows_evidence_and_poll() {
    let vote = |role: &str, vote| Event::VoteCast {
        phase: "canary".into(),
        instance: 1,
        role: role.into(),
        vote,
        reason: "seen".to_owned(),
        by: "ana".into(),
        by_voice: false,
        saw: None,
    };
    let advice = |story: &Story| {
        let shown = Look::at("09:19:34").text(story, (160, 30), gate::draw);
        shown.lines().find(|line| line.contains("advice:")).unwrap().trim().to_owned()
    };
    let mut story = at_the_gate();
    story.tell("09:19:31", Event::Confirmed { what: "no user complaints".to_owned(), by: "ana".into(), asked_by: Vec::new() });
    assert_eq!(advice(&story), "advice: HOLD  qa says no-go and no vote yet from commander.");
    for role in ["qa", "commander"] {
        story.tell("09:19:32", vote(role, Vote::Go));
    }
    assert_eq!(advice(&story), "advice: GO  all 4 criteria pass and every role says go.");
    story.down(at("09:19:33"), "cart", "connection refused");
    assert_eq!(advice(&story), "advice: NO-GO  health is up fails.");
}

#[test]
fn the_timeline_as_a_screen_of_its_own() {
    let look = Look::at("09:12:40");
    insta::assert_snapshot!("timeline_80x20", look.text(&baking(), (80, 20), timeline::draw_whole));
    insta::assert_snapshot!("timeline_120x40", look.text(&baking(), MIDDLE, timeline::draw_whole));
}

#[test]
fn the_timeline_shows_a_rollback_against_its_budget_and_reaches_now() {
    let mut story = rolling_back();
    let running = Look::at("09:14:30").text(&story, MIDDLE, timeline::draw_whole);
    assert!(running.lines().any(|line| line.contains("ROLLBACK") && line.contains("in budget")), "{running}");
    assert!(running.contains("now 09:14"), "{running}");
    story.tell("13:10:00", Event::RollbackEnded { verified: true, by: By::Plan, reason: String::new(), evidence: Vec::new() });
    let over = Look::at("13:20:00").text(&story, MIDDLE, timeline::draw_whole);
    assert!(over.lines().any(|line| line.contains("ROLLBACK") && line.contains("over")), "{over}");
    assert!(over.contains("13:20 now ^"), "{over}");
}

#[test]
fn what_is_folded_is_counted_by_what_is_known_of_it() {
    let fold = |story: &Story, rows| {
        let shown = Look::at("09:08:44").text(story, (40, rows), metrics::draw);
        shown.lines().last().unwrap().trim().to_owned()
    };
    let young = Story::open(runbook(), Mode::Live, "07:40:00");
    assert_eq!(fold(&young, 9), "3 more, all waiting");
    let mut story = young;
    story.polled(at("09:08:41"), "db", &[("pool", Reading::Number(31.0))]);
    story.calm("09:08:32", "09:08:42");
    assert_eq!(fold(&story, 6), "4 more, all ok");
    // The unjudged one folds last.
    assert_eq!(fold(&story, 3), "7 more, all ok");
    assert_eq!(fold(&story, 2), "8 more: 7 ok, 1 unjudged");
}

#[test]
fn a_gate_where_only_votes_are_missing_says_whose() {
    let mut story = baking();
    story.calm("09:12:42", "09:18:50");
    story.polled(at("09:18:51"), "db", &[("pool", Reading::Number(31.0))]);
    story.tell(
        "09:18:52",
        Event::StepDone { step: step_id("canary.2"), attempt: 1, how: crate::room::event::Done::Elapsed, ended: None },
    );
    story.tell("09:18:52", Event::GateOpened { phase: "canary".into(), instance: 1 });
    story.tell("09:18:53", Event::Confirmed { what: "no user complaints".to_owned(), by: "ana".into(), asked_by: Vec::new() });
    let shown = Look::at("09:18:54").text(&story, (160, 30), gate::draw);
    assert!(shown.contains("Needs the votes of commander, sre and qa, or a waiver."), "{shown}");
}

#[test]
fn a_trigger_counting_down() {
    let (story, look) = (counting_down(), Look::at("09:13:15"));
    insta::assert_snapshot!("countdown_80x24", look.text(&story, SMALL, main_screen::draw));
    insta::assert_snapshot!("countdown_80x24_plain", Look::plain("09:13:15").text(&story, SMALL, main_screen::draw));
}

#[test]
fn an_alert_shows_what_is_measured_now_and_not_what_fired_it() {
    let mut story = counting_down();
    let banner = |story: &Story, now: &str| {
        let shown = Look::at(now).text(story, (120, 39), main_screen::draw);
        shown.lines().find(|line| line.contains("!! error rate")).unwrap().trim().to_owned()
    };
    story.polled(at("09:13:32"), "app", &[("error_rate", Reading::Number(7.5))]);
    assert_eq!(banner(&story, "09:13:33"), "!! error rate > 5 %: 7.5 % for 0:51 (since 09:12:42)");
    story.polled(at("09:13:37"), "app", &[("error_rate", Reading::Number(0.3))]);
    assert_eq!(banner(&story, "09:13:38"), "!! error rate > 5 %: 0.3 % now, no longer so (since 09:12:42)");
    assert!(banner(&story, "09:14:30").contains("UNKNOWN now"), "{}", banner(&story, "09:14:30"));
}

#[test]
fn a_phase_that_is_over_says_what_was_skipped_or_waived_in_it() {
    let mut story = baking();
    story.tell("09:13:00", Event::StepSkipped { step: step_id("canary.2"), by: "ana".into(), reason: "late".to_owned() });
    story.tell("09:13:01", Event::GateOpened { phase: "canary".into(), instance: 1 });
    let decision = Decision::Go { waiver: Some("late".to_owned()) };
    let go =
        |decision| Event::GateDecided { phase: "canary".into(), instance: 1, decision, by: "ana".into(), evidence: Vec::new() };
    story.tell("09:13:02", go(decision));
    story.tell("09:13:02", Event::PhaseEnded { phase: "canary".into() });
    let look = Look::at("09:13:10");
    let shown = look.text(&story, SMALL, main_screen::draw);
    assert!(shown.contains("1 Blue ok | 2 Canary 10% ok, waived, 1 skipped | 3 50%"), "{shown}");
    let theme = crate::tui::theme::Theme::builtin("default").unwrap();
    let style = look.style_of(&story, SMALL, main_screen::draw, "ok, waived");
    assert_eq!((style.fg, style.add_modifier), plain_of(theme.warning()));
}

#[test]
fn a_rollback_running() {
    let (story, look) = (rolling_back(), Look::at("09:14:30"));
    insta::assert_snapshot!("rollback_80x24", look.text(&story, SMALL, main_screen::draw));
    insta::assert_snapshot!("rollback_80x24_plain", Look::plain("09:14:30").text(&story, SMALL, main_screen::draw));
    insta::assert_snapshot!("rollback_120x40", look.text(&story, MIDDLE, main_screen::draw));
}

#[test]
fn checklists_before_the_start() {
    let mut story = Story::open(runbook(), Mode::Rehearsal, "07:20:00");
    story.ticked("07:21:00", "evening.1");
    let waived = Event::ItemWaived { item: "evening.3.2".into(), by: "bo".into(), reason: "no page tonight".to_owned() };
    story.tell("07:22:00", waived);
    insta::assert_snapshot!("checklist_80x24", Look::at("07:25:00").text(&story, (80, 20), checklist::draw));
    insta::assert_snapshot!("checklist_80x24_plain", Look::plain("07:35:00").text(&story, (80, 20), checklist::draw));
    insta::assert_snapshot!("before_80x24", Look::at("07:25:00").text(&story, SMALL, main_screen::draw));
}

#[test]
fn twenty_gauges_have_their_charts_on_a_wall() {
    let mut plan = runbook();
    for number in plan.metrics.len()..20 {
        let metric = metric(&format!("queue {number}"), Unit::None, "app", 70.0, 90.0);
        plan.metrics.insert(format!("queue_{number}").as_str().into(), metric);
    }
    let ids: Vec<String> = plan.metrics.keys().map(ToString::to_string).collect();
    let mut story = Story::open(plan, Mode::Demo, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "canary".into() });
    for round in 0..40_u32 {
        let readings: Vec<_> = ids.iter().map(|id| (id.as_str(), Reading::Number(f64::from(20 + round)))).collect();
        story.polled(at("09:00:00") + Span::seconds(i64::from(round)), "app", &readings);
    }
    insta::assert_snapshot!(Look::at("09:00:41").text(&story, WALL, main_screen::draw));
}

/// What compares names both of its sources, and whoever may be answered by anybody has a mark on every gauge.
#[test]
fn a_gauge_that_compares_two_sources_one_of_which_is_insecure() {
    let mut plan = runbook();
    plan.sources["pay"].access.insecure = true;
    let canary = plan.sources["app"].clone();
    plan.sources.insert("canary".into(), crate::runbook::model::Source { access: plan.sources["pay"].access.clone(), ..canary });
    let against = Some(Against { source: "app".into(), compare: Compare::Difference });
    let compared = Metric { against, ..metric("canary errors", Unit::Percent, "canary", 0.5, 1.0) };
    plan.metrics.shift_insert(0, "canary_errors".into(), compared);
    let mut story = Story::open(plan, Mode::Live, "07:40:00");
    story.calm("08:00:00", "08:01:00");
    for second in (0..60).step_by(5) {
        let now = at("08:00:00") + Span::seconds(second);
        story.polled(now, "app", &[("canary_errors", Reading::Number(0.1))]);
        story.polled(now, "canary", &[("canary_errors", Reading::Number(0.1 + second as f64 / 100.0))]);
    }
    let look = Look::at("08:01:02");
    insta::assert_snapshot!("compared_80x24", look.text(&story, SMALL, main_screen::draw));
    insta::assert_snapshot!("compared_gauges_100x20", look.text(&story, (100, 20), metrics::draw));
    insta::assert_snapshot!("compared_gauge_80x24", look.text(&story, SMALL, gauge::draw));
}

#[test]
fn what_a_person_has_to_do_is_shown_in_full() {
    let mut story = Story::open(runbook(), Mode::Live, "07:40:00");
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "blue".into() });
    story.started("08:00:00", "blue.1");
    story.done("08:07:31", "blue.1");
    insta::assert_snapshot!("next_80x24", Look::at("08:07:40").text(&story, SMALL, main_screen::draw));
    story.started("08:08:00", "blue.2");
    insta::assert_snapshot!("manual_80x24", Look::at("08:09:00").text(&story, SMALL, main_screen::draw));
}

#[test]
fn contacts_and_guides() {
    insta::assert_snapshot!(Look::at("09:12:40").text(&baking(), (80, 20), guides::draw));
}

#[test]
fn what_a_step_prints_stands_behind_a_margin_and_holds_no_escapes() {
    let mut look = Look::at("09:14:30");
    look.view.step = Some(step_id("rollback.2"));
    insta::assert_snapshot!(look.text(&rolling_back(), (80, 6), output::draw));
}

#[test]
fn what_is_wrong_is_said_in_its_style() {
    let story = rolling_back();
    let look = Look::at("09:14:30");
    let theme = crate::tui::theme::Theme::builtin("default").unwrap();
    let cases = [
        ("FAIL", theme.critical()),
        ("exit 3", theme.critical()),
        ("ROLLBACK from", theme.danger()),
        ("DOWN", theme.critical()),
        ("connec", theme.critical()),
        ("??", theme.stale()),
        ("LIVE", theme.badge_live()),
    ];
    for (text, style) in cases {
        let shown = look.style_of(&story, SMALL, main_screen::draw, text);
        assert_eq!((shown.fg, shown.add_modifier), plain_of(style), "{text}");
    }
}

/// The style as it comes out of a buffer, where colours that are not set are the terminal's own.
fn plain_of(style: ratatui::style::Style) -> (Option<ratatui::style::Color>, ratatui::style::Modifier) {
    (style.fg.or(Some(ratatui::style::Color::Reset)), style.add_modifier)
}

#[test]
fn a_journal_that_cannot_be_written_and_a_hold_are_said_in_the_header() {
    let mut story = baking();
    story.tell("09:12:00", Event::HoldBegan { by: "bo".into(), reason: "waiting for the DBA".to_owned() });
    let mut look = Look::at("09:12:40");
    let held = look.text(&story, SMALL, main_screen::draw);
    assert!(held.contains("HOLD 0:40 by bo: waiting for the DBA"), "{held}");
    look.link = LinkState::JournalFailed { why: "no space left on device".to_owned() };
    let failed = look.text(&story, SMALL, main_screen::draw);
    assert!(failed.contains("JOURNAL NOT WRITTEN, nothing new begins: no space left on device"), "{failed}");
    assert!(failed.contains(" next: nothing new begins: no space left on device"), "{failed}");
    look.link = LinkState::NotDurable { since: at("09:12:28") };
    let late = look.text(&story, SMALL, main_screen::draw);
    assert!(late.contains("NOT DURABLE for 0:12: the disk does not answer, nothing new begins"), "{late}");
    assert!(late.contains(" next: the disk does not answer, so no step begins"), "{late}");
}

#[test]
fn a_lost_link_is_no_live_room_and_its_clock_stands_still_beside_the_command_that_brings_it_back() {
    let story = baking();
    let mut look = Look::at("09:20:00");
    let remedy = "warroom resume 2026-11-21-0733-moshimoshi-1-0-0-to-production".to_owned();
    look.link = LinkState::Lost { since: at("09:12:40"), remedy, why: "the room's process is gone".to_owned() };
    let whole: Draw = |frame, _, scene| crate::tui::screen::draw(frame, scene);
    let lost = look.text(&story, SMALL, whole);
    for wanted in [
        " LINK LOST ",
        "was 09:12:40 UTC",
        "LINK LOST since 09:12:40: this is how it was then",
        " next: warroom resume 2026-11-21-0733-moshimoshi-1-0-0-to-production",
    ] {
        assert!(lost.contains(wanted), "{wanted} is not in\n{lost}");
    }
    assert!(!lost.contains("LIVE") && !lost.contains("09:20"), "{lost}");
    look.link = LinkState::Gone { why: "the operator left".to_owned(), at: at("09:12:40") };
    let ended = look.text(&story, SMALL, whole);
    assert!(ended.contains(" ENDED ") && ended.contains("ROOM ENDED") && !ended.contains("LINK LOST"), "{ended}");
}

#[test]
fn a_deployment_that_is_not_accepted_is_not_green() {
    let mut story = baking();
    let signed = |acceptance| Event::Signed {
        role: "qa".into(),
        person: "bo".to_owned(),
        verdict: "bad".to_owned(),
        note: String::new(),
        by: "ana".into(),
        by_voice: true,
        acceptance,
    };
    story.tell("09:30:00", signed(Acceptance::Refused));
    story.tell("09:30:00", Event::DeploymentCompleted);
    let (look, theme) = (Look::at("09:31:00"), crate::tui::theme::Theme::builtin("default").unwrap());
    let shown = look.style_of(&story, SMALL, main_screen::draw, "COMPLETED, NOT ACCEPTED by qa");
    assert_eq!((shown.fg, shown.add_modifier), plain_of(theme.critical()));
    let text = look.text(&story, SMALL, main_screen::draw);
    assert!(text.contains(" next: done: the deployment is completed, NOT ACCEPTED by qa. q leaves"), "{text}");
    story.tell("09:32:00", signed(Acceptance::Remarks));
    let shown = look.style_of(&story, SMALL, main_screen::draw, "COMPLETED, qa: bad");
    assert_eq!((shown.fg, shown.add_modifier), plain_of(theme.warning()));
}

#[test]
fn every_pane_draws_at_any_size() {
    let looks =
        [(baking(), Look::at("09:12:40")), (at_the_gate(), Look::at("09:19:34")), (rolling_back(), Look::plain("09:14:30"))];
    for (story, look) in &looks {
        for width in [1, 2, 7, 20, 41, 59, 80, 111, 160] {
            for height in [1, 2, 4, 7, 12, 24, 46] {
                for draw in [main_screen::draw, gate::draw, checklist::draw, output::draw, guides::draw] {
                    look.draw(story, (width, height), draw);
                }
            }
        }
    }
}

#[test]
fn one_gauge_shows_all_that_stands_behind_its_number() {
    let mut look = Look::plain("09:12:40");
    insta::assert_snapshot!("gauge_80x24", look.text(&baking(), (80, 18), gauge::draw));
    look.view.cursor = Some(at("09:10:00"));
    look.view.metric = 1;
    insta::assert_snapshot!("gauge_200x60", look.text(&baking(), (200, 50), gauge::draw));
}

#[test]
fn a_lost_step_says_why_nobody_knows_since_when_and_what_it_said_last() {
    let mut story = baking();
    story.tell(
        "09:12:38",
        Event::StepFailed {
            step: step_id("canary.2"),
            attempt: 1,
            why: Failure::Manual { by: "ana".into(), reason: "try".to_owned() },
            ended: None,
        },
    );
    story.started("09:12:39", "canary.1");
    story.printed("09:12:39", "canary.1", &["ingress.networking.k8s.io/shop-canary patched"]);
    let why = "the host was started anew since".to_owned();
    story.tell("09:12:39", Event::StepLost { step: step_id("canary.1"), attempt: 1, why });
    let look = Look::at("09:12:40");
    insta::assert_snapshot!("lost_80x24", look.text(&story, SMALL, main_screen::draw));
    let mut output = Look::at("09:12:40");
    output.view.screen = crate::tui::view::Screen::Output;
    insta::assert_snapshot!("lost_output_80x10", output.text(&story, (80, 10), output::draw));
}

#[test]
fn after_a_rollback_the_gate_shows_what_it_was_decided_on() {
    let mut story = at_the_gate();
    let evidence = story.state.gate_evidence(1, at("09:19:31"));
    let decided = Event::GateDecided {
        phase: "canary".into(),
        instance: 1,
        decision: Decision::NoGo { reason: "errors in the cart".to_owned() },
        by: "ana".into(),
        evidence,
    };
    story.tell("09:19:40", decided);
    story.tell("09:19:40", Event::RollbackStarted { by: By::Operator("ana".into()), reason: "errors in the cart".to_owned() });
    for seconds in 0..24 {
        story.polled(at("09:20:00") + Span::seconds(5 * seconds), "app", &[("error_rate", Reading::Number(9.9))]);
    }
    let shown = Look::at("09:22:00").text(&story, (80, 17), gate::draw);
    insta::assert_snapshot!("gate_after_the_rollback_80x17", shown);
    assert!(!shown.contains("9.9 %"), "what was measured since is not what it was decided on:\n{shown}");

    let nothing = Look::at("09:14:30").text(&rolling_back(), (80, 17), gate::draw);
    assert!(nothing.contains("GATE 2"), "the gate of the phase it went back from:\n{nothing}");
}
