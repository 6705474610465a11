//! What the runbook carries for the humans, on its screens.

use crate::measure::reading::Reading;
use crate::room::event::{By, Done, Event, Mode};
use crate::runbook::load;
use crate::runbook::template::Values;
use crate::time::Span;
use crate::tui::panes::{checklist, details, guides, main_screen, messages};
use crate::tui::view::Detail;

use super::{Look, Story, at};

const PLAN: &str = r##"
warroom: 1
title: Teapot shop {{ version }}
about: The spring release of the shop.
vars:
  version: 2.4.0
  token: { env: TOKEN, secret: true }
roles:
  commander: { title: Deployment commander, phone: "+00 555 0101" }
  oncall: { title: Engineer on call, phone: "+00 555 0102" }
  lead: { title: Technical lead, phone: "+00 555 0103" }
  board: { title: The board }
channels:
  team: { title: The room of the deployment, slack: "#deployment", url: "{{ token }}", for: [ warning, critical, rollback ] }
  pager: { pagerduty: shop-production, key: "{{ token }}", for: rollback }
  status: { status_page: "https://status.shop.example" }
  hook: { webhook: "https://hooks.shop.example/deploy" }
messages:
  planned: { at: T-30m, to: [ team, status ], subject: "Teapot shop {{ version }} goes out at eight", text: Nobody has to do anything. }
  begun: { at: T, to: [ team, status ], text: "Deployment of {{ version }} has begun. The backup is {{ backup }}." }
  paused: { to: team, text: We have stopped and are looking into it. }
  finished:
    at: T+1h
    to: [ team, status ]
    subject: Teapot shop {{ version }} is out
    text: |
      All metrics are normal, and monitoring goes on.

      - the shop is open
      - the queues are empty
escalation:
  - { after: 0m, call: [ oncall, lead ], authority: decides on small fixes, escalate_if: not solved in 15 minutes }
  - { after: 15m, call: commander, do: Decide on the rollback }
  - { after: 1h, call: board }
contacts:
  - { name: Kim Database, role: DBA on call, phone: "+00 555 0104", email: kim@shop.example }
  - { name: The data centre, link: "https://tickets.datacentre.example/teapot" }
guides:
  - title: When answers are slow
    text: |
      Look at the pool first,
      it is always the pool.
      1. Its size
      2. Its users
    links: { Grafana: "https://grafana.shop.example/d/pool" }
document:
  Version: "1.3"
  Deployment commander: Ana, or whoever has the conn
  links: { The whole story: "https://wiki.shop.example/runbooks/teapot-shop/releases/spring/2026" }
checklists:
  - title: Before
    due: T-15m
    items:
      - item: Database backup finished
        about: The nightly one will do.
        at: "07:00"
        owner: oncall
        field: { ask: Finished at, kind: time }
        links: { Jobs: "https://jobs.shop.example" }
      - { item: People know, items: [ Support, { item: Press, required: false } ] }
sources:
  app: { scrape: "http://127.0.0.1:1/metrics", every: 5s }
metrics:
  error_rate: { title: error rate, unit: "%", source: app, query: errors, warning: 1 .. 5, critical: "> 5" }
phases:
  - id: blue
    title: Blue
    duration: 20m
    about: The new version beside the old one.
    links: { Plan of blue: "https://wiki.shop.example/blue" }
    steps:
      - title: Back up
        about: Everything that the rollback needs is in this one file.
        run: |
          # 1. Stop the queue
          ./queue.sh stop
          ./backup.sh --to "$folder"
        env: { folder: "/backups/{{ version }}", key: "{{ token }}" }
        capture: { backup: 'to (\S+)' }
        owner: oncall
        at: T+5m
        duration: 2m..5m
        timeout: 10m
        second_person: true
        dangerous: true
        warn: The queue stands still meanwhile.
        point_of_no_return: orders that come now are only in the new version
        outline: [ Stop the queue: 10s, Write the file: 2m, Start the queue ]
        expect: { stdout: written, absent: ERROR, number: { 'rows: (\d+)': ">= 6000" }, exit: 0 }
        verify: [ error_rate < 1%, look at the queue ]
        links: { Backups: "https://backup.shop.example" }
      - message: begun
      - { message: "Support: the cart may be slow until half past.", to: hook }
triggers:
  - { title: Too many errors, when: error_rate > 5%, for: 30s, then: rollback, countdown: 15s }
rollback:
  budget: 5m
  steps:
    - { title: Tell everybody, message: "We are rolling back {{ version }}.", to: [ team, pager ] }
    - { title: Back to green, run: ./green.sh }
"##;

/// T is 08:00; `{{ version }}` has its value, and nothing has begun.
fn shop() -> Story {
    let values = Values([("version".into(), "2.4.0".to_owned())].into());
    let mut story = Story::open(load("shop.yaml", PLAN).unwrap().fill(&values), Mode::Live, "07:40:00");
    std::sync::Arc::make_mut(&mut story.state.opened).values = values.0;
    story
}

/// The backup is done and the message about the start is to be sent.
fn telling() -> Story {
    let mut story = shop();
    story.tell("08:00:00", Event::DeploymentStarted { by: "ana".into() });
    story.tell("08:00:00", Event::PhaseBegan { phase: "blue".into() });
    story.started("08:00:00", "blue.1");
    let values = [("backup".into(), "shop-0800.dump".to_owned())].into();
    story.tell("08:01:10", Event::ValuesCaptured { step: "blue.1".into(), attempt: 1, values });
    story.done("08:01:10", "blue.1");
    for step in ["blue.1.v1", "blue.1.v2"] {
        story.started("08:01:20", step);
        story.done("08:01:20", step);
    }
    story.started("08:01:30", "blue.2");
    story
}

/// Errors since 08:05, and the rollback counts down.
fn in_trouble() -> Story {
    let mut story = telling();
    let how = Done::Manual { by: "ana".into(), note: String::new() };
    story.tell("08:02:00", Event::StepDone { step: "blue.2".into(), attempt: 1, how, ended: None });
    story.polled(at("08:04:55"), "app", &[("error_rate", Reading::Number(0.2))]);
    for seconds in 0..8 {
        story.polled(at("08:05:00") + Span::seconds(5 * seconds), "app", &[("error_rate", Reading::Number(6.2))]);
    }
    story.tell("08:05:35", Event::TriggerPending { trigger: "trigger-1".into() });
    story.tell("08:06:05", fired());
    story
}

fn fired() -> Event {
    use crate::measure::judge::{Judgement, Verdict};
    let evidence = Judgement {
        criterion: "error_rate > 5%".to_owned(),
        verdict: Verdict::Pass,
        now: "6.2 %".to_owned(),
        must_be: "> 5 %".to_owned(),
        held: Some(Span::seconds(30)),
        reason: String::new(),
    };
    Event::TriggerFired { trigger: "trigger-1".into(), evidence, rollback_at: Some(at("08:06:20")) }
}

#[test]
fn whom_to_call_and_what_to_read() {
    let story = shop();
    insta::assert_snapshot!("people_80x60", Look::at("07:45:00").text(&story, (80, 60), guides::draw));
    insta::assert_snapshot!("people_40x30", Look::plain("07:45:00").text(&story, (40, 30), guides::draw));
    insta::assert_snapshot!("people_200x30", Look::at("07:45:00").text(&story, (200, 30), guides::draw));
}

#[test]
fn the_rung_of_an_escalation_that_is_due_is_counted_from_what_went_wrong_first() {
    let rung = |story: &Story, now: &str, marks: &[&str]| {
        let shown = Look::at(now).text(story, (80, 40), guides::draw);
        let lines: Vec<_> = shown.lines().map(str::trim).filter(|line| marks.iter().any(|mark| line.starts_with(mark))).collect();
        lines.join("\n")
    };
    let mut story = in_trouble();
    assert_eq!(
        rung(&story, "08:07:30", &["counted", "NOW", "due", "in "]),
        "counted from 08:05:00, 2:30 ago: error rate is critical\n\
         NOW       0:00   call Engineer on call, +00 555 0102\n\
         in 12:30  15:00  call Deployment commander, +00 555 0101\n\
         in 57:30  1h00m  call The board"
    );
    assert_eq!(rung(&story, "08:20:10", &["NOW", "due"]).lines().map(|line| &line[..3]).collect::<Vec<_>>(), ["due", "NOW"]);
    story.tell("08:21:00", Event::TriggerVetoed { trigger: "trigger-1".into(), by: "ana".into(), reason: "a test".to_owned() });
    story.polled(at("08:21:05"), "app", &[("error_rate", Reading::Number(0.1))]);
    assert_eq!(
        rung(&story, "08:21:06", &["the console", "NOW"]),
        "the console knows of nothing that is wrong: count from when it began"
    );
}

#[test]
fn the_message_that_is_to_be_sent_now_stands_there_with_its_values() {
    let story = telling();
    insta::assert_snapshot!("messages_80x18", Look::at("08:01:40").text(&story, (80, 18), messages::draw));
    insta::assert_snapshot!("messages_40x10", Look::plain("08:01:40").text(&story, (40, 10), messages::draw));
    insta::assert_snapshot!("messages_200x20", Look::at("08:01:40").text(&story, (200, 20), messages::draw));
    let before = Look::at("07:59:00").text(&shop(), (80, 18), messages::draw);
    assert!(before.contains("not known yet  backup"), "{before}");
}

#[test]
fn a_message_that_was_sent_says_by_whom_and_when() {
    let mut look = Look::at("08:10:00");
    look.view.message = Some(1);
    let shown = look.text(&in_trouble(), (80, 18), messages::draw);
    assert!(shown.contains("sent at 08:02:00 (1.2, ana says so)"), "{shown}");
}

#[test]
fn a_message_step_shows_where_it_goes_and_what_it_says_and_which_key_says_that_it_was_sent() {
    let shown = Look::at("08:01:40").text(&telling(), (120, 39), main_screen::draw);
    assert!(shown.contains("1.2 Message: begun"), "{shown}");
    assert!(shown.contains("https://status.shop.example: Deployment of 2.4.0"), "{shown}");
    assert!(
        shown.contains("next: tell #deployment, update https://status.shop.example (M shows the message), then d"),
        "{shown}"
    );
    let said = crate::plain::status(&telling().state, at("08:01:40")).join("\n");
    let text = "Deployment of 2.4.0 has begun. The backup is shop-0800.dump.";
    let next = format!("tell #deployment, update https://status.shop.example: \"{text}\". Then done 1.2.");
    assert!(said.contains(&next), "{said}");
}

#[test]
fn what_fires_says_whom_to_tell_by_how_bad_it_is() {
    let mut story = in_trouble();
    let banner = |story: &Story, now: &str| {
        let shown = Look::at(now).text(story, (80, 23), main_screen::draw);
        shown.lines().find(|line| line.trim_start().starts_with("tell #deployment, page")).map(|line| line.trim().to_owned())
    };
    assert_eq!(banner(&telling(), "08:01:40"), None);
    assert_eq!(banner(&story, "08:06:10").unwrap(), "tell #deployment, page shop-production");
    let logged = |story: &Story, what: &str| {
        story.state.log.iter().filter(|line| line.text.contains(what)).map(|line| line.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(logged(&story, "CRITICAL"), ["error rate entered CRITICAL: 6.2 %; tell #deployment"]);
    let reason = "errors".to_owned();
    story.tell("08:06:12", Event::RollbackStarted { by: By::Operator("ana".into()), reason });
    assert_eq!(logged(&story, "ROLLBACK"), ["ana started the ROLLBACK: errors; tell #deployment, page shop-production"]);
    assert_eq!(banner(&story, "08:06:15").unwrap(), "tell #deployment, page shop-production");
}

#[test]
fn all_about_a_step_that_is_done() {
    let mut look = Look::at("08:01:40");
    look.view.step = Some("blue.1".into());
    insta::assert_snapshot!("step_80x60", look.text(&telling(), (80, 60), details::draw));
    look.marks = crate::tui::theme::Marks::ASCII;
    insta::assert_snapshot!("step_40x10", look.text(&telling(), (40, 10), details::draw));
}

#[test]
fn all_about_an_item_that_is_late() {
    let mut look = Look::at("07:45:00");
    look.view.detail = Detail::Item;
    insta::assert_snapshot!("item_80x14", look.text(&shop(), (80, 14), details::draw));
}

#[test]
fn a_checklist_shows_when_each_of_its_items_is_due() {
    let shown = Look::at("06:30:00").text(&shop(), (80, 10), checklist::draw);
    assert!(shown.contains("07:00 Database backup finished"), "{shown}");
}

#[test]
fn a_rung_whose_role_has_no_number_calls_the_contact_that_has_the_role() {
    let plan = PLAN.replace(
        r"board: { title: The board }",
        r"board: { title: The board }
  dba: { title: DBA on call }
  desk: { title: Support desk }",
    );
    let plan = plan.replace("call: board }", "call: [ board, dba, desk ] }");
    let plan = plan.replace("contacts:", "contacts:\n  - { name: Support desk, email: desk@shop.example }\n  - { name: Lou, role: \"dba, queues\", phone: \"+00 555 0199\" }");
    let story = Story::open(load("shop.yaml", &plan).unwrap(), Mode::Live, "07:40:00");
    let shown = Look::at("07:45:00").text(&story, (80, 30), guides::draw);
    for called in [
        "call The board\n",
        "call DBA on call (Lou), +00 555 0199",
        "call DBA on call (Kim Database), +00 555 0104",
        "call Support desk, desk@shop.example",
    ] {
        assert!(shown.contains(called), "{called}:\n{shown}");
    }
}
