//! `against:` and `compare:` a metric that compares two sources.

use super::Check;
use super::fields::Fields;
use super::names::unknown;
use super::query::{WAYS, ways_of};
use crate::id::SourceId;
use crate::measure::against::{Against, Compare};
use crate::measure::unit::Unit;

const COMPARE: [(&str, Compare); 2] = [("difference", Compare::Difference), ("ratio", Compare::Ratio)];

impl Check<'_> {
    /// The other source, which is asked the same as `source`.
    pub(super) fn against(&mut self, fields: &Fields<'_>, source: Option<&SourceId>, unit: &Unit) -> Option<Against> {
        let compare = fields.get("compare").and_then(|node| self.choice(node, &COMPARE)).unwrap_or_default();
        let Some(node) = fields.get("against") else {
            if let Some(entry) = fields.entry("compare") {
                let help = "add `against: SOURCE`, or remove it";
                self.say(entry.key_extent, "`compare` means nothing without `against`", help);
            }
            return None;
        };
        let name = self.raw(node);
        let missing = unknown(&self.names.sources, &name);
        self.tell(node, "source", &name, missing, "add it under `sources:`");
        if source.is_some_and(|source| source.as_str() == &*name) {
            self.say(node.extent, format!("`{name}` would be compared with itself"), "name the other source");
        }
        self.asked_the_same(fields, &name);
        self.ratio_has_no_unit(fields, compare, unit);
        Some(Against { source: SourceId::new(&name), compare })
    }

    fn asked_the_same(&mut self, fields: &Fields<'_>, name: &str) {
        let (Some(node), Some(word)) = (fields.get("against"), self.names.sources.get(name).and_then(|source| source.word))
        else {
            return;
        };
        let asked = WAYS.iter().find_map(|way| fields.entry(way));
        let understood = asked.map_or(word == "script", |asked| ways_of(word).contains(&&*asked.key));
        if !understood {
            let asked = asked.map_or_else(|| "the last number of its output".to_owned(), |asked| format!("`{}`", asked.key));
            let help = "both sources are asked the same: they must be of one kind";
            self.say(node.extent, format!("`{name}` is a {word} source and can't be asked for {asked}"), help);
        }
    }

    /// Milliseconds by milliseconds are no milliseconds.
    fn ratio_has_no_unit(&mut self, fields: &Fields<'_>, compare: Compare, unit: &Unit) {
        let bare = matches!(unit, Unit::None | Unit::Percent | Unit::Fraction | Unit::Other(_));
        if let (Compare::Ratio, false, Some(node)) = (compare, bare, fields.get("unit")) {
            let help = "leave the unit out for 1.5, or write `%` for 150 %";
            self.say(node.extent, format!("a ratio is not measured in {unit}"), help);
        }
    }
}
