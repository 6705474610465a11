//! What a plan says is run, against what really ran.

/// A command as the plan has it, and what has become of it.
pub(super) enum Planned<'p> {
    As(&'p str),
    /// The plan's, what runs, and why.
    Instead(&'p str, &'p str, &'p str),
    /// What the plan does not have, and why.
    Added(&'p str, &'p str),
    /// What is not run, and why.
    LeftOut(&'p str, &'p str),
}
/// What the stand-ins write down when all of this runs as it is said to.
pub(super) fn calls(planned: &[Planned<'_>]) -> Vec<String> {
    let ran = planned.iter().filter_map(|planned| match planned {
        Planned::As(command) => Some(called(command)),
        Planned::Instead(command, ran, why) => {
            assert!(called(command) != *ran && !why.is_empty(), "{ran} is what the plan has");
            Some((*ran).to_owned())
        }
        Planned::Added(ran, why) => (!why.is_empty()).then(|| (*ran).to_owned()),
        Planned::LeftOut(command, why) => {
            assert!(!why.is_empty(), "{command} is left out for no reason");
            None
        }
    });
    ran.collect()
}

/// A command line as the program gets it: without quotes, and without what the shell does behind it.
fn called(command: &str) -> String {
    let (mut quote, mut plain) = (None::<char>, String::new());
    for letter in command.chars() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (None, '|' | '<' | '>' | '&') => break,
            (Some(open), _) if open == letter => quote = None,
            _ => plain.push(letter),
        }
    }
    plain.trim_end().replace("$(date +%Y%m%d-%H%M%S)", NOW)
}

/// What `date` says.
pub(super) const NOW: &str = "20260122-120000";
