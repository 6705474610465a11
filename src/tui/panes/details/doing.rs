//! What a step does, in words; and the script, the request or the text itself, last, since it may be long.

use crate::room::alarm;
use crate::runbook::model::{Body, ChoiceOption, Course, Ends, Inside, Letter, Request, Shell, Step, StepKind};
use crate::runbook::template::{Template, Values};
use crate::tui::panes::prose::{Ink, Prose};
use crate::tui::scene::Facts;

pub(super) fn tell(prose: &mut Prose, facts: &Facts, step: &Step) {
    let does = match &step.kind {
        StepKind::Run { course, .. } => course_of(*course),
        StepKind::Http(_) => "sends a request".to_owned(),
        StepKind::Manual { .. } => "a person does it, and says so".to_owned(),
        StepKind::Wait { span } => format!("lets {span} pass, by itself"),
        StepKind::Bake { span, .. } => format!("holds for {span} while all of it stays true, by itself"),
        StepKind::Until { hold, .. } if hold.0 == 0 => "waits until all of it is true".to_owned(),
        StepKind::Until { hold, .. } => format!("waits until all of it has been true for {hold}"),
        StepKind::Message { to, .. } => format!("a person sends it, and says so: {}", alarm::reach(facts.state, to)),
        StepKind::Choose { .. } => "one of the options is chosen; the steps of the others are left out".to_owned(),
        StepKind::Group => "its steps run beside each other".to_owned(),
    };
    prose.fact(step.kind.word(), &does, Ink::Plain);
    match &step.kind {
        StepKind::Choose { options } => {
            for (place, option) in options.iter().enumerate() {
                prose.fact("", &option_line(place, option), Ink::Plain);
            }
        }
        StepKind::Group => {
            let parts = facts.state.runbook.all_steps();
            for part in parts.filter(|part| matches!(&part.inside, Some(Inside::Group(group)) if *group == step.id)) {
                prose.fact("", &format!("{} {}", part.number, part.title), Ink::Plain);
            }
        }
        StepKind::Run { .. }
        | StepKind::Http(_)
        | StepKind::Manual { .. }
        | StepKind::Wait { .. }
        | StepKind::Bake { .. }
        | StepKind::Until { .. }
        | StepKind::Message { .. } => {}
    }
}

fn course_of(course: Course) -> String {
    match course {
        Course::Once => "runs a script, which ends by itself".to_owned(),
        Course::Background { until: Ends::Phase } => "runs on beside what comes after it, until the phase ends".to_owned(),
        Course::Background { until: Ends::Plan } => "runs on beside what comes after it, until the plan ends".to_owned(),
        Course::Background { until: Ends::Never } => "runs on, also when all is over".to_owned(),
        Course::Watch { span, every: None } => format!("is watched for {span}, then stopped"),
        Course::Watch { span, every: Some(every) } => format!("is run every {every} for {span}"),
        Course::Until { every } => format!("is run every {every} until it succeeds"),
    }
}

fn option_line(place: usize, option: &ChoiceOption) -> String {
    let letter = Letter(u8::try_from(place).unwrap_or(u8::MAX)).letter();
    let about = option.about.as_ref().map_or_else(String::new, |about| format!(": {about}"));
    format!("{letter}  {}{about}", option.title)
}

/// With the values that people may see; a secret keeps its name.
pub(super) fn tell_text(prose: &mut Prose, facts: &Facts, step: &Step) {
    let mut values = facts.state.shown_values();
    let own: Vec<_> = step.with.iter().map(|(name, value)| (name.clone(), value.render(&values))).collect();
    values.0.extend(own);
    match &step.kind {
        StepKind::Run { script, shell, env, dir, .. } => {
            prose.title(match shell {
                Shell::Bash => "SCRIPT, for bash",
                Shell::Sh => "SCRIPT, for sh",
            });
            prose.script(script);
            for (name, value) in env {
                prose.fact(&format!("${name}"), &value.render(&values), Ink::Quiet);
            }
            if let Some(dir) = dir {
                prose.fact("in the folder", &dir.render(&values), Ink::Quiet);
            }
        }
        StepKind::Http(request) => tell_request(prose, request, &values),
        StepKind::Manual { instruction } => tell_words(prose, "INSTRUCTION", instruction, &values),
        StepKind::Message { subject, text, .. } => {
            tell_words(prose, "MESSAGE", text, &values);
            if let Some(subject) = subject {
                prose.fact("subject", &subject.render(&values), Ink::Plain);
            }
        }
        StepKind::Wait { .. } | StepKind::Bake { .. } | StepKind::Until { .. } | StepKind::Choose { .. } | StepKind::Group => {}
    }
}

fn tell_words(prose: &mut Prose, title: &str, text: &Template, values: &Values) {
    prose.title(title);
    prose.text(&text.render(values), Ink::Plain);
}

fn tell_request(prose: &mut Prose, request: &Request, values: &Values) {
    prose.title("REQUEST");
    prose.fact(request.method.word(), &request.url.render(values), Ink::Link);
    for (name, value) in &request.headers {
        prose.fact(name, &value.render(values), Ink::Quiet);
    }
    if let Some(Body::Text(body) | Body::Json(body)) = &request.body {
        prose.script(&body.render(values));
    }
}
