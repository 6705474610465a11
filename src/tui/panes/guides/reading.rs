//! What to read: the guides, the pages, and what the document says of itself.

use crate::runbook::model::Link;
use crate::tui::panes::prose::{Ink, Prose};
use crate::tui::scene::Facts;

pub(super) fn tell(prose: &mut Prose, facts: &Facts) {
    let runbook = &facts.state.runbook;
    for guide in &runbook.guides {
        prose.title(&guide.title);
        prose.text(&guide.text, Ink::Plain);
        links(prose, &guide.links);
    }
    let phases = || runbook.phases.iter().filter(|phase| !phase.links.is_empty());
    if !runbook.document.links.is_empty() || phases().next().is_some() {
        prose.title("PAGES");
        links(prose, &runbook.document.links);
        for phase in phases() {
            prose.text(&format!("phase {} {}", phase.number, phase.title), Ink::Quiet);
            links(prose, &phase.links);
        }
    }
    if !runbook.document.facts.is_empty() || runbook.about.is_some() {
        prose.title("THE DOCUMENT");
        if let Some(about) = &runbook.about {
            prose.text(about, Ink::Plain);
        }
        for (fact, value) in &runbook.document.facts {
            prose.fact(fact, value, Ink::Plain);
        }
    }
}

pub(in crate::tui::panes) fn links(prose: &mut Prose, links: &[Link]) {
    for link in links {
        prose.fact(&link.title, &link.url, Ink::Link);
    }
}
