//! `--plain`: the room line by line, for screen readers and for terminals that can do nothing else.
//!
//! What happens is printed as it happens; what is typed is asked of the room. Whatever can't be taken back is asked about
//! once more, and an answer that was there before the question could be read does not count.

use std::io::BufRead;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use tokio::sync::mpsc;

use crate::cli::ctl::{gone, waits_for};
use crate::cli::{FAILED, NOT_COMPLETED, look, out, room};
use crate::journal::Anchor;
use crate::link::client::RoomTime;
use crate::link::{Ask, Port, Update};
use crate::plain::{self, Meant, Words, Wrong};
use crate::room::{Action, State, apply};
use crate::time::{Moment, Span};

/// Nobody reads a question and answers it in less.
const READING: Span = Span(400);

/// The longest line that is taken in.
const LINE_MAX: usize = 16 * 1_024;

/// A line as it is typed.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_version_flag = true, color = clap::ColorChoice::Never, name = "")]
struct Typed {
    #[command(subcommand)]
    what: Spoken,
}

#[derive(Debug, clap::Subcommand)]
enum Spoken {
    #[command(flatten)]
    Words(Words),
    /// Leave; the room goes on
    Quit,
}

/// Something that waits for a `yes`.
struct Doubt {
    meant: Meant,
    asked: Moment,
}

struct Talk {
    port: Port,
    time: RoomTime,
    state: Option<State>,
    /// What the journal came to when this end came in.
    anchor: Option<Anchor>,
    /// Since when nothing is heard of the room.
    lost: Option<Moment>,
    doubt: Option<Doubt>,
    /// How to say who this is, where nothing tells; said once.
    unnamed: Option<&'static str>,
}

/// Talks until the room ends, the input does, or the person leaves.
pub(super) async fn talk(port: Port, time: RoomTime, unnamed: Option<&'static str>) -> anyhow::Result<u8> {
    let mut talk = Talk { port, time, state: None, anchor: None, lost: None, doubt: None, unnamed };
    let code = talk.goes_on().await?;
    room::say_goodbye(talk.port).await;
    Ok(code)
}

impl Talk {
    async fn goes_on(&mut self) -> anyhow::Result<u8> {
        let mut lines = input();
        loop {
            tokio::select! {
                update = self.port.updates.recv() => {
                    let Some(update) = update else { return Ok(FAILED) };
                    if let Some(why) = gone(&update).filter(|_| !matches!(update, Update::Lost { .. })) {
                        out::line(&format!("The room says nothing more: {why}."))?;
                        return Ok(code(self.state.as_ref()));
                    }
                    self.hear(update)?;
                }
                // How the room stands is told first, the anchor last of it: also to who leaves at once.
                line = lines.recv(), if self.anchor.is_some() || self.lost.is_some() => {
                    let Some(line) = line else { return Ok(code(self.state.as_ref())) };
                    if !self.typed(line.trim()).await? {
                        return Ok(code(self.state.as_ref()));
                    }
                }
            }
        }
    }
}

/// Standard input, a line at a time, read by a thread of its own: it can't be waited for otherwise.
fn input() -> mpsc::Receiver<String> {
    let (send, lines) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut line = String::new();
        while std::io::Read::take(&mut input, LINE_MAX as u64).read_line(&mut line).is_ok_and(|read| read > 0) {
            if send.blocking_send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    lines
}

fn code(state: Option<&State>) -> u8 {
    state.map_or(NOT_COMPLETED, |state| room::how_it_ended(state).1)
}

impl Talk {
    fn hear(&mut self, update: Update) -> anyhow::Result<()> {
        match update {
            Update::Lost { since, why } => self.lose(since, &why)?,
            Update::Picture(picture) if self.lost.is_some() => self.rejoin(picture.state())?,
            Update::Picture(picture) => {
                let state = picture.state().clone();
                out::line(&plain::status(&state, self.time.now()).join("\n"))?;
                out::line("Type help for what can be typed, quit to leave.")?;
                self.state = Some(state);
            }
            Update::Records(records) => {
                let Some(state) = &mut self.state else { return Ok(()) };
                for record in records.iter().filter(|record| record.seq > state.seq).cloned().collect::<Vec<Arc<_>>>() {
                    apply(state, &record);
                    plain::told(state, &record).iter().try_for_each(|line| out::line(line))?;
                }
            }
            Update::Refused { refusal, .. } => out::line(&format!("REFUSED: {refusal}"))?,
            Update::JournalFailed { why } => out::line(&format!("ATTENTION: NOTHING IS RECORDED ANY MORE: {why}"))?,
            Update::JournalLow { why } => out::line(&format!("ATTENTION: the disk is full: {why}"))?,
            Update::Anchor { records, hash } => {
                let anchor = Anchor { records, hash };
                out::line(&look::anchored(&anchor))?;
                self.anchor = Some(anchor);
            }
            Update::NotDurable { since: Some(_) } => {
                out::line("ATTENTION: NOT DURABLE: the disk does not answer. Nothing new begins until it does.")?;
            }
            Update::NotDurable { since: None } => out::line("The disk answers again.")?,
            Update::Waits { why, .. } => out::line(&format!("It waits: {why}."))?,
            Update::NotRecorded { what } => out::line(&format!("ATTENTION: NOT RECORDED: {what}"))?,
            Update::Broken(fault) => out::line(&format!("The fault is now: {}", fault.word()))?,
            Update::Accepted { .. } => out::line("Done.")?,
            Update::Welcome(welcome) => {
                let how = self.unnamed.take().map_or_else(String::new, |how| format!(" (unverified): {how}"));
                out::line(&format!("You are {}{how}.", welcome.you))?;
            }
            Update::Dismissed { .. } | Update::Gone { .. } => {}
        }
        Ok(())
    }

    fn lose(&mut self, since: Moment, why: &str) -> anyhow::Result<()> {
        if self.lost.is_some() {
            return Ok(out::line(&format!("Still lost: {why}."))?);
        }
        self.lost = Some(since);
        // What was asked about is not done to a room that is another one by then.
        self.doubt = None;
        let Some(state) = &self.state else { return Ok(out::line(&format!("ATTENTION: LINK LOST: {why}."))?) };
        let clock = state.wall(since).clock(state.runbook.zone);
        Ok(out::line(&format!("ATTENTION: LINK LOST at {clock}: {why}. {}; quit leaves.", waits_for(state)))?)
    }

    /// The room is back: what happened meanwhile, and what is next.
    fn rejoin(&mut self, back: &State) -> anyhow::Result<()> {
        let now = self.time.now();
        let away = self.lost.take().map_or(Span::ZERO, |since| now - since);
        out::line(&format!("Rejoined: the room was lost for {away}. Meanwhile:"))?;
        let seen = self.state.as_ref().map_or(0, |state| state.seq);
        let newer = back.log.iter().filter(|line| line.seq > seen);
        newer.map(|line| plain::line(back, line)).try_for_each(|line| out::line(&line))?;
        out::line(plain::status(back, now).last().map_or("", String::as_str))?;
        self.state = Some(back.clone());
        Ok(())
    }

    /// Whether the talk goes on.
    async fn typed(&mut self, line: &str) -> anyhow::Result<bool> {
        if let Some(doubt) = self.doubt.take() {
            return self.answered(line, doubt).await;
        }
        if line.is_empty() {
            return Ok(true);
        }
        let words = match split(line).map(Typed::try_parse_from) {
            Ok(Ok(typed)) => match typed.what {
                Spoken::Quit => return Ok(false),
                Spoken::Words(words) => words,
            },
            Ok(Err(error)) => {
                let mut said = error.render().to_string().trim_end().to_owned();
                if error.kind() == clap::error::ErrorKind::InvalidSubcommand {
                    let all = Typed::command();
                    let known: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
                    said = format!("{said}\nThe words are {}.", known.join(", "));
                }
                return out::line(&said).map(|()| true).map_err(Into::into);
            }
            Err(what) => return out::line(what).map(|()| true).map_err(Into::into),
        };
        let Some(state) = &self.state else {
            out::line("The room has not said yet how it stands: wait a moment.")?;
            return Ok(true);
        };
        match plain::meaning(&words, state, self.time.now()) {
            Err(Wrong::Unknown(what)) => out::line(&what)?,
            Err(Wrong::Refused(why)) => out::line(&format!("REFUSED: {why}"))?,
            Ok(Meant::Look) => self.look(&words)?,
            Ok(meant) => match doubted(&words, &meant, state) {
                None => return self.ask(meant).await,
                Some(question) => {
                    out::line(&format!("{question} Type yes to do it."))?;
                    self.doubt = Some(Doubt { meant, asked: self.time.now() });
                }
            },
        }
        Ok(true)
    }

    async fn answered(&mut self, line: &str, doubt: Doubt) -> anyhow::Result<bool> {
        // In a rehearsal's time more has passed than for who reads.
        let speed = self.state.as_ref().map_or(1, |state| state.opened.speed());
        if self.time.now() - doubt.asked < Span(READING.0 * i64::from(speed)) {
            out::line("Not done: that was typed before the question could be read. Say it again.")?;
            return Ok(true);
        }
        if line != "yes" {
            out::line("Not done.")?;
            return Ok(true);
        }
        self.ask(doubt.meant).await
    }

    async fn ask(&mut self, meant: Meant) -> anyhow::Result<bool> {
        let (id, seen) = (self.port.names.next_name(), self.state.as_ref().map_or(0, |state| state.seq));
        let ask = match meant {
            Meant::Look => return Ok(true),
            Meant::Act(action) => Ask::Act { id, seen, action },
            Meant::Close { why } => Ask::Close { id, why },
        };
        Ok(self.port.asks.send(ask).await.is_ok())
    }

    fn look(&self, words: &Words) -> anyhow::Result<()> {
        let (Some(state), Words::Look(at)) = (&self.state, words) else { return Ok(()) };
        let (Ok(text) | Err(text)) = look::look(at, state, self.anchor.as_ref(), self.time.now());
        Ok(out::line(&text)?)
    }
}

fn doubted(words: &Words, meant: &Meant, state: &State) -> Option<String> {
    plain::unsure(words, meant, state).map(|unsure| format!("{}.", unsure.why)).or_else(|| question(meant, state))
}

/// What is asked back before something is done that can't be taken back.
fn question(meant: &Meant, state: &State) -> Option<String> {
    match meant {
        Meant::Look => None,
        Meant::Close { .. } => Some("The room ends for everybody.".to_owned()),
        Meant::Act(action) => match action {
            Action::StartDeployment => Some("The deployment begins; T is now, where it was not planned.".to_owned()),
            Action::RollBack { .. } => Some("The rollback starts.".to_owned()),
            Action::Abandon { .. } => Some("The deployment ends here, without a rollback.".to_owned()),
            Action::Go { waiver: Some(_), .. } => Some("GO against what speaks against it.".to_owned()),
            Action::Go { waiver: None, .. } => Some("GO: the deployment goes on.".to_owned()),
            Action::NoGo { .. } => Some("NO-GO: the gate leads to what the runbook says.".to_owned()),
            Action::CancelStep { .. } => Some("The step is stopped.".to_owned()),
            Action::SkipStep { .. } => Some("The step is left out.".to_owned()),
            Action::Veto { .. } => Some("The trigger is vetoed: the rollback does not start by itself.".to_owned()),
            Action::AcceptRollback { .. } => Some("The rollback ends although it is not verified.".to_owned()),
            Action::TakeConn { .. } => Some(
                state
                    .commander()
                    .map_or_else(|| "You take the conn.".to_owned(), |commander| format!("{commander} is asked for the conn.")),
            ),
            // Whether the step is one to ask about, the words and the plan say.
            Action::RunStep { .. }
            | Action::RetryStep { .. }
            | Action::Tick { .. }
            | Action::Untick { .. }
            | Action::Fill { .. }
            | Action::WaiveItem { .. }
            | Action::Confirm { .. }
            | Action::WithdrawConfirmation { .. }
            | Action::FinishStep { .. }
            | Action::FailStep { .. }
            | Action::Answer { .. }
            | Action::Choose { .. }
            | Action::SecondStep { .. }
            | Action::GiveValue { .. }
            | Action::OpenGate { .. }
            | Action::Vote { .. }
            | Action::Sign { .. }
            | Action::HoldGate { .. }
            | Action::Hold { .. }
            | Action::Resume
            | Action::HandOver { .. }
            | Action::KeepConn { .. }
            | Action::AssignRole { .. }
            | Action::Note { .. } => None,
        },
    }
}

/// Words as a shell would take them: apart at spaces, together in quotes.
fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (end, Some(open)) if end == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (space, None) if space.is_whitespace() => words.extend(word.take()),
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    if quote.is_some() {
        return Err("A quote is open: put one at the end too.");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(split(r#"no-go --reason "errors in the cart""#).unwrap(), ["no-go", "--reason", "errors in the cart"]);
        assert_eq!(split("  tick   1.2 ").unwrap(), ["tick", "1.2"]);
        assert_eq!(split("note ''").unwrap(), ["note", ""]);
        assert!(split("note 'it").is_err());
    }
}
