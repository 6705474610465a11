//! What a commander does with a few keys, waiting each time for what the screen shows.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::Screen;

impl Screen {
    /// Answers the dialog on top once it hears: `does` is what it says that Enter does.
    pub(crate) fn answer(&self, does: &str) -> &Self {
        let offered = format!("Enter {does}   Esc");
        self.wait_for(&offered).press("Enter");
        self.wait_gone(&offered)
    }

    /// Types into the dialog on top and answers it.
    pub(crate) fn answer_with(&self, text: &str, does: &str) -> &Self {
        self.wait_for(&format!("Enter {does}   Esc")).type_text(text);
        // Keys and an Enter that come all at once are taken for a paste.
        self.wait_for(&format!("> {text}")).answer(does)
    }

    /// Ends the room, and with it the screen.
    pub(crate) fn close_room(&self) -> &Self {
        self.press("q").wait_for_all(&["Leave, or close the room", "Enter choose   Esc"]).press("Down");
        self.wait_for("> close the room").answer("choose")
    }

    /// Enter as a fresh press: the one before it may have been Enter too, and a held Enter runs nothing.
    pub(crate) fn enter(&self) -> &Self {
        self.press("Ctrl-l").press("Enter")
    }

    /// Back to the main screen. Esc is only pressed where it shows: for a while it could be the beginning of another key.
    pub(crate) fn to_main(&self) -> &Self {
        if !self.wait_answered().text().contains(" STEPS ") {
            self.press("Esc").wait_for(" STEPS ");
        }
        self
    }

    pub(crate) fn begin(&self) -> &Self {
        self.press("b").answer("begin").wait_for("T+0:00")
    }

    /// Opens the gate's screen and votes GO for each of these roles, once all evidence passes: a vote on evidence that
    /// changes afterwards has to be given again.
    pub(crate) fn vote_go(&self, roles: &[&str]) -> &Self {
        self.press("g").wait_until_text("the evidence of the open gate to pass", |screen| {
            let below = screen.lines().skip_while(|line| !line.contains(" verdict")).skip(1);
            let mut rows = below.map(str::trim).take_while(|line| !line.starts_with("poll ") && !line.is_empty()).peekable();
            screen.contains("open for") && rows.peek().is_some() && rows.all(|row| row.ends_with("pass"))
        });
        for (place, role) in roles.iter().enumerate() {
            self.press("v");
            if roles.len() > 1 {
                self.wait_for_all(&["which role?", "Enter next   Esc"]);
                for _ in 0..place {
                    self.press("Down");
                }
                self.press("Enter");
            }
            self.wait_for(&format!("Vote of {role}")).answer("vote").wait_for("ok vote");
        }
        self
    }

    /// GO at the open gate: every criterion passes and every role is for it.
    pub(crate) fn go(&self) -> &Self {
        self.wait_for("advice: GO").press("a").answer("GO").wait_for("ok GO").to_main()
    }

    /// What was journalled so far, without what was polled: the name of each event and the event.
    pub(crate) fn journalled(&self) -> Vec<(String, Value)> {
        let text = std::fs::read_to_string(self.journal()).unwrap();
        // The last line may be on its way.
        let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let named = records.map(|record| match &record["event"] {
            Value::String(name) => (name.clone(), Value::Null),
            Value::Object(event) => event.iter().next().map(|(name, what)| (name.clone(), what.clone())).unwrap(),
            other => panic!("{other} is no event"),
        });
        named.filter(|(name, _)| name != "source_polled").collect()
    }

    pub(crate) fn count_journalled(&self, name: &str) -> usize {
        self.journalled().iter().filter(|(known, _)| known == name).count()
    }

    /// The last event of this name.
    pub(crate) fn last_journalled(&self, name: &str) -> Value {
        let all = self.journalled();
        let found = all.iter().rev().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no {name} in the journal: {all:#?}")).1.clone()
    }

    /// The journal of the only room there is.
    pub(crate) fn journal(&self) -> PathBuf {
        let mut rooms = std::fs::read_dir(self.home().join("data/rooms")).unwrap().map(|room| room.unwrap().path());
        let (room, more) = (rooms.next().unwrap(), rooms.next());
        assert_eq!(more, None, "more than one room");
        room.join("journal.jsonl")
    }
}
