//! The room is killed again and again while steps print at full speed, and taken up again each time. No child is lost, no byte
//! of its output, no exit code, nothing is run twice, and whatever a screen was told is in the journal.

#[cfg(test)]
mod judge;
#[cfg(test)]
mod room;

#[cfg(test)]
fn main() {
    // Called by itself, with a folder: the process that is killed.
    let args: Vec<_> = std::env::args().collect();
    if let [_, command, folder] = args.as_slice()
        && command == "room"
    {
        return room::live(folder.as_ref());
    }
    // `cargo test NAME` asks every test program for NAME.
    if args.iter().skip(1).any(|arg| !arg.starts_with('-') && !"soak".contains(arg.as_str())) {
        return;
    }
    let rounds = std::env::var("WARROOM_SOAK").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(10);
    for round in 1..=rounds {
        judge::round(round);
    }
    println!("soak: the rooms were killed and taken up again in {rounds} rounds, and nothing was lost");
}

#[cfg(not(test))]
fn main() {}
