//! What a step can't do without: the captured values that its script, its request or its text is made with.

use super::lint::wanted;
use super::model::{Body, Expect, Runbook, Step, StepKind};
use super::template::Template;
use crate::id::VarName;

impl Runbook {
    /// The first step of the plan that captures a value of this name.
    pub fn captures(&self, name: &VarName) -> Option<&Step> {
        self.all_steps().find(|step| step.capture.iter().any(|capture| capture.name == *name))
    }

    /// The captured values that a step uses, in the order of their use. Those that it says how to do without
    /// (`${backup:-none}`) are not among them.
    pub fn needs(&self, step: &Step) -> Vec<VarName> {
        let mut needs = Vec::new();
        for name in step.uses() {
            if !needs.contains(&name) && self.captures(&name).is_some() {
                needs.push(name);
            }
        }
        needs
    }
}

impl Step {
    /// The names that it does not give a value itself.
    fn uses(&self) -> Vec<VarName> {
        let of = |template: &Template| template.vars().cloned().collect::<Vec<_>>();
        let mut uses: Vec<VarName> = match &self.kind {
            StepKind::Run { script, env, dir, .. } => {
                let own = |name: &VarName| env.contains_key(name.as_str());
                let script = wanted(script).into_iter().map(|name| VarName::new(&name)).filter(|name| !own(name));
                script.chain(env.values().chain(dir).flat_map(of)).collect()
            }
            StepKind::Http(request) => {
                let body = request.body.as_ref().map(|(Body::Text(body) | Body::Json(body))| body);
                std::iter::once(&request.url).chain(request.headers.values()).chain(body).flat_map(of).collect()
            }
            StepKind::Manual { instruction } => of(instruction),
            StepKind::Message { subject, text, .. } => subject.iter().chain([text]).flat_map(of).collect(),
            StepKind::Wait { .. }
            | StepKind::Bake { .. }
            | StepKind::Until { .. }
            | StepKind::Choose { .. }
            | StepKind::Group => Vec::new(),
        };
        uses.extend(self.expect.uses());
        uses.retain(|name| !self.with.contains_key(name));
        self.with.values().flat_map(of).chain(uses).collect()
    }
}

impl Expect {
    fn uses(&self) -> Vec<VarName> {
        let texts = self.contains.iter().chain(&self.absent).chain(&self.matches).chain(&self.value);
        let json = self.json.iter().filter_map(|(_, value)| value.as_str());
        let templates = texts.map(String::as_str).chain(json).filter_map(|text| Template::parse(text).ok());
        templates.flat_map(|template| template.vars().cloned().collect::<Vec<_>>()).collect()
    }
}
