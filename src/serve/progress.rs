//! How a refresh goes and what came of it: what sync tells to the state that pages and programs
//! are told, in numbers and in words. Pure; it knows no thread and no clock.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::error::{Problem, Result};
use crate::sync::{self, Event, SourceReport};
use crate::words;

/// The shape of [`State::to_json`]; only ever added to.
const SCHEMA: u32 = 1;

/// Who wanted a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// A person.
    Manual,
    /// The time that passed.
    #[default]
    Background,
    /// Data that was old when the server started.
    Start,
}

impl Trigger {
    pub fn word(self) -> &'static str {
        match self {
            Trigger::Manual => "manual",
            Trigger::Background => "background",
            Trigger::Start => "start",
        }
    }
}

/// What came of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Updated,
    Unchanged,
    /// Some sources failed, and keep what they had.
    Partial,
    Failed,
    Cancelled,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Updated => "updated",
            Outcome::Unchanged => "unchanged",
            Outcome::Partial => "partial",
            Outcome::Failed => "failed",
            Outcome::Cancelled => "cancelled",
        }
    }
}

/// One refresh, running or ended; the default is the one before the first.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Counts the refreshes since the start.
    pub id: u64,
    pub trigger: Trigger,
    /// Those that are asked, in the order of the configuration.
    pub sources: Vec<Line>,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
    /// `None` while it runs.
    pub outcome: Option<Outcome>,
    /// What is wrong and concerns no source alone.
    pub problems: Vec<Problem>,
    /// Why it failed as a whole.
    failure: Option<String>,
}

/// What is known besides of the sources, whichever were asked by the newest refresh.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outlook {
    /// When some are asked again by themselves.
    pub next: Option<Timestamp>,
    /// Each failed when it was last asked.
    pub is_unreachable: bool,
}

/// One source.
#[derive(Clone, Debug)]
pub struct Line {
    pub name: String,
    pub step: Step,
    /// What is done right now: `reading 40 of 200`.
    doing: Option<String>,
    counts: Counts,
    /// Why it failed.
    pub problems: Vec<Problem>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Waiting,
    Running,
    Updated,
    Unchanged,
    Failed,
    /// The refresh ended before it was read.
    Stopped,
}

impl Step {
    pub fn word(self) -> &'static str {
        match self {
            Step::Waiting => "waiting",
            Step::Running => "running",
            Step::Updated => "updated",
            Step::Unchanged => "unchanged",
            Step::Failed => "failed",
            Step::Stopped => "stopped",
        }
    }

    fn is_done(self) -> bool {
        !matches!(self, Step::Waiting | Step::Running)
    }
}

/// Of artifacts.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    found: usize,
    written: usize,
    added: usize,
    changed: usize,
    removed: usize,
}

impl State {
    pub fn begun(id: u64, trigger: Trigger, names: &[String], at: Timestamp) -> Self {
        let sources = names.iter().map(|name| Line::new(name)).collect();
        Self { id, trigger, sources, started: Some(at), ..Self::default() }
    }

    /// All that is wrong.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.sources.iter().flat_map(|line| &line.problems))
    }

    pub fn is_running(&self) -> bool {
        self.started.is_some() && self.outcome.is_none()
    }

    /// Takes in what sync tells.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Waiting(_) => {}
            Event::Started { source, .. } => self.line(source).step = Step::Running,
            Event::Progress { source, phase, done, total } => {
                self.line(source).doing = Some(match total {
                    0 => phase.word().to_owned(),
                    total => format!("{} {done} of {total}", phase.word()),
                });
            }
            Event::Finished { report, .. } => self.line(&report.name).finish(report),
        }
    }

    fn line(&mut self, name: &str) -> &mut Line {
        let at = self.sources.iter().position(|line| line.name == name);
        let at = at.unwrap_or_else(|| {
            self.sources.push(Line::new(name));
            self.sources.len() - 1
        });
        &mut self.sources[at]
    }

    /// What came of it; the report has counts that are known at the end alone.
    pub fn end(&mut self, result: Result<sync::Report>, is_cancelled: bool, at: Timestamp) {
        match result {
            Ok(report) => {
                report.sources.iter().for_each(|one| self.line(&one.name).finish(one));
                self.problems = report.problems;
            }
            Err(error) if error.is_stop() => {}
            Err(error) => {
                self.failure = error.problems.first().map(|problem| problem.message.clone());
                self.problems = error.problems;
            }
        }
        for line in &mut self.sources {
            line.doing = None;
            if !line.step.is_done() {
                line.step = Step::Stopped;
            }
        }
        self.ended = Some(at);
        self.outcome = Some(self.judged(is_cancelled));
    }

    fn judged(&self, is_cancelled: bool) -> Outcome {
        let n = |step: Step| self.sources.iter().filter(|line| line.step == step).count();
        let total = self.total();
        let is_news = total.added + total.changed + total.removed > 0;
        match n(Step::Failed) {
            _ if is_cancelled => Outcome::Cancelled,
            _ if self.failure.is_some() => Outcome::Failed,
            0 if is_news => Outcome::Updated,
            0 => Outcome::Unchanged,
            failed if failed == self.sources.len() => Outcome::Failed,
            _ => Outcome::Partial,
        }
    }

    /// Artifacts that were read anew.
    pub fn n_written(&self) -> usize {
        self.sources.iter().map(|line| line.counts.written).sum()
    }

    fn total(&self) -> Counts {
        let add = |mut total: Counts, line: &Line| {
            total.added += line.counts.added;
            total.changed += line.counts.changed;
            total.removed += line.counts.removed;
            total
        };
        self.sources.iter().fold(Counts::default(), add)
    }

    /// In a line: `2 of 4 sources`, `12 new, 5 updated`, `nothing new; 1 source failed: team: …`.
    pub fn message(&self) -> String {
        let Some(outcome) = self.outcome else {
            return if self.is_running() { self.so_far() } else { String::new() };
        };
        let mut parts = match outcome {
            Outcome::Cancelled => vec!["cancelled".to_owned()],
            Outcome::Failed => Vec::new(),
            _ => vec![self.news()],
        };
        parts.extend(self.failure.clone());
        parts.extend(self.failures());
        parts.join("; ")
    }

    fn so_far(&self) -> String {
        format!("{} of {}", self.n_done(), words::count(self.sources.len(), "source"))
    }

    fn n_done(&self) -> usize {
        self.sources.iter().filter(|line| line.step.is_done()).count()
    }

    fn news(&self) -> String {
        let total = self.total();
        let counts = [(total.added, "new"), (total.changed, "updated"), (total.removed, "removed")];
        let told = counts.into_iter().filter(|(n, _)| *n > 0);
        let told: Vec<String> = told.map(|(n, word)| format!("{n} {word}")).collect();
        if told.is_empty() { "nothing new".to_owned() } else { told.join(", ") }
    }

    /// How many sources failed, and why the first did.
    fn failures(&self) -> Option<String> {
        let failed: Vec<&Line> =
            self.sources.iter().filter(|line| line.step == Step::Failed).collect();
        let first = failed.first()?;
        let why = first.error().unwrap_or("the reason is not known");
        let n = words::count(failed.len(), "source");
        Some(format!("{n} failed: {}: {}", words::visible(&first.name), words::visible(why)))
    }

    /// As the API answers.
    pub fn to_json(&self, outlook: Outlook) -> Value {
        let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
        json!({
            "schema": SCHEMA,
            "id": self.id,
            "state": if self.is_running() { "running" } else { "idle" },
            "trigger": self.started.map(|_| self.trigger.word()),
            "done": self.n_done(),
            "total": self.sources.len(),
            "sources": self.sources.iter().map(Line::to_json).collect::<Vec<_>>(),
            "started": at(self.started),
            "ended": at(self.ended),
            "outcome": self.outcome.map(Outcome::word),
            "message": self.message(),
            "next": at(outlook.next),
            "unreachable": outlook.is_unreachable,
        })
    }
}

impl Line {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            step: Step::Waiting,
            doing: None,
            counts: Counts::default(),
            problems: Vec::new(),
        }
    }

    /// In a line.
    fn error(&self) -> Option<&str> {
        let message = self.problems.first()?.message.as_str();
        let after = message.strip_prefix("source `").and_then(|rest| rest.strip_prefix(&self.name));
        Some(after.and_then(|rest| rest.strip_prefix("`: ")).unwrap_or(message))
    }

    fn finish(&mut self, report: &SourceReport) {
        self.doing = None;
        self.counts = Counts {
            found: report.found,
            written: report.written,
            added: report.added,
            changed: report.changed,
            removed: report.removed,
        };
        self.step = match report.outcome {
            _ if report.is_stopped() => Step::Stopped,
            sync::Outcome::Updated => Step::Updated,
            sync::Outcome::Unchanged => Step::Unchanged,
            sync::Outcome::Failed => Step::Failed,
        };
        if let Some(error) = report.error.as_ref().filter(|_| self.step == Step::Failed) {
            self.problems = error.problems.clone();
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "outcome": self.step.word(),
            "doing": self.doing,
            "found": self.counts.found,
            "written": self.counts.written,
            "new": self.counts.added,
            "updated": self.counts.changed,
            "removed": self.counts.removed,
            "error": self.error(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn report(name: &str, outcome: sync::Outcome, moved: [usize; 3]) -> SourceReport {
        let [added, changed, removed] = moved;
        SourceReport {
            name: name.to_owned(),
            outcome,
            found: 20,
            parsed: 0,
            written: added + changed,
            added,
            changed,
            removed,
            problems: 0,
            error: (outcome == sync::Outcome::Failed).then(|| {
                Problem::error("SM441", format!("source `{name}`: cannot be reached")).into()
            }),
            elapsed_ms: 0,
        }
    }

    fn ended(reports: &[SourceReport], is_cancelled: bool) -> State {
        let names: Vec<String> = reports.iter().map(|report| report.name.clone()).collect();
        let mut state = State::begun(3, Trigger::Manual, &names, Timestamp::UNIX_EPOCH);
        let sources = reports.to_vec();
        let report = sync::Report { sources, files: Vec::new(), problems: Vec::new() };
        state.end(Ok(report), is_cancelled, Timestamp::UNIX_EPOCH);
        state
    }

    #[test]
    fn what_came_of_it_is_a_word_and_a_line() {
        use sync::Outcome::{Failed, Unchanged, Updated};
        let one = |outcome, moved| vec![report("team", outcome, moved)];
        let two =
            |outcome, moved| vec![report("team", Failed, [0; 3]), report("b", outcome, moved)];
        for (reports, is_cancelled, wanted) in [
            (Vec::new(), false, (Outcome::Unchanged, "nothing new")),
            (one(Unchanged, [0; 3]), false, (Outcome::Unchanged, "nothing new")),
            (one(Updated, [0; 3]), false, (Outcome::Unchanged, "nothing new")),
            (one(Updated, [12, 5, 1]), false, (Outcome::Updated, "12 new, 5 updated, 1 removed")),
            (
                one(Failed, [0; 3]),
                false,
                (Outcome::Failed, "1 source failed: team: cannot be reached"),
            ),
            (
                two(Updated, [0, 1, 0]),
                false,
                (Outcome::Partial, "1 updated; 1 source failed: team: cannot be reached"),
            ),
            (
                two(Failed, [0; 3]),
                false,
                (Outcome::Failed, "2 sources failed: team: cannot be reached"),
            ),
            (one(Updated, [1, 0, 0]), true, (Outcome::Cancelled, "cancelled")),
        ] {
            let state = ended(&reports, is_cancelled);
            assert_eq!((state.outcome, state.message().as_str()), (Some(wanted.0), wanted.1));
        }
    }

    #[test]
    fn a_running_refresh_is_told_as_it_goes_and_an_idle_server_says_so() {
        assert_eq!(State::default().to_json(Outlook::default())["state"], "idle");
        let names = ["a".to_owned(), "b".to_owned()];
        let mut state = State::begun(1, Trigger::Background, &names, Timestamp::UNIX_EPOCH);
        state.hear(&Event::Started { source: "a", total: 2 });
        state.hear(&Event::Started { source: "b", total: 2 });
        let phase = sync::Phase::Read;
        state.hear(&Event::Progress { source: "b", phase, done: 4, total: 9 });
        let report = report("a", sync::Outcome::Updated, [1, 0, 0]);
        state.hear(&Event::Finished { report: &report, done: 1, total: 2 });
        let outlook = Outlook { next: Some(Timestamp::UNIX_EPOCH), is_unreachable: true };
        assert_eq!(
            state.to_json(outlook).to_string(),
            "{\"schema\":1,\"id\":1,\"state\":\"running\",\"trigger\":\"background\",\
             \"done\":1,\"total\":2,\"sources\":[\
             {\"name\":\"a\",\"outcome\":\"updated\",\"doing\":null,\"found\":20,\"written\":1,\
             \"new\":1,\"updated\":0,\"removed\":0,\"error\":null},\
             {\"name\":\"b\",\"outcome\":\"running\",\"doing\":\"reading 4 of 9\",\"found\":0,\
             \"written\":0,\"new\":0,\"updated\":0,\"removed\":0,\"error\":null}],\
             \"started\":\"1970-01-01T00:00:00Z\",\"ended\":null,\"outcome\":null,\
             \"message\":\"1 of 2 sources\",\"next\":\"1970-01-01T00:00:00Z\",\
             \"unreachable\":true}"
        );
    }

    #[test]
    fn what_ends_it_as_a_whole_is_told_with_every_source_stopped() {
        let names = ["a".to_owned()];
        let mut state = State::begun(1, Trigger::Manual, &names, Timestamp::UNIX_EPOCH);
        let error: Error = Problem::error("SM101", "the file cannot be read").into();
        state.end(Err(error), false, Timestamp::UNIX_EPOCH);
        assert_eq!((state.outcome, state.sources[0].step), (Some(Outcome::Failed), Step::Stopped));
        assert_eq!(state.message(), "the file cannot be read");
    }
}
