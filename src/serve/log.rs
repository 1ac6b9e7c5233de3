//! What happens while serving, as a log has it: a report to events of one line each.
//!
//! Pure. A field holds a word of our own, a number, or what a problem says; never what a client
//! sent: no address, no query, no token.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::progress::Outcome as Ended;
use super::{Report, guard};
use crate::error::{Problem, Severity};
use crate::sync::{Outcome, SourceReport};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

/// One line of a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub level: Level,
    /// What happened, in one word.
    pub event: &'static str,
    pub fields: Map<String, Value>,
}

impl Entry {
    pub fn new(level: Level, event: &'static str, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self { level, event, fields }
    }

    /// As a program reads it, on one line.
    pub fn json(&self, at: Timestamp) -> Value {
        let mut line = Map::new();
        line.insert("time".to_owned(), json!(at.to_string()));
        line.insert("level".to_owned(), json!(self.level.word()));
        line.insert("event".to_owned(), json!(self.event));
        line.extend(self.fields.clone());
        Value::Object(line)
    }
}

/// What a report says besides its problems.
pub fn event(report: &Report) -> Option<Entry> {
    let entry = match report {
        Report::Loaded { revision, elapsed, phases, problems } => {
            let phases = phases.iter().map(|(name, took)| ((*name).to_owned(), json!(ms(took))));
            let fields = json!({
                "revision": revision, "ms": ms(elapsed), "problems": problems.len(),
                "phases": phases.collect::<Map<_, _>>(),
            });
            Entry::new(Level::Info, "loaded", fields)
        }
        Report::Refreshed { state, elapsed } => {
            let outcome = state.outcome.map(Ended::word);
            let fields = json!({
                "id": state.id, "trigger": state.trigger.word(), "outcome": outcome,
                "ms": ms(elapsed),
            });
            Entry::new(Level::Info, "refreshed", fields)
        }
        Report::Failed(problems) => {
            Entry::new(Level::Error, "load_failed", json!({"problems": problems.len()}))
        }
        Report::Synced(one) => synced(one),
        Report::Noticed => Entry::new(Level::Debug, "changed", json!({})),
        Report::Overflowed => Entry::new(Level::Info, "overflowed", json!({})),
        Report::Dropped => Entry::new(Level::Debug, "dropped", json!({"route": "events"})),
        Report::Answered { method, route, status, elapsed } => {
            let level = if method.writes() { Level::Info } else { Level::Debug };
            let fields = json!({
                "method": method.word(), "route": route, "status": status, "ms": ms(elapsed),
            });
            Entry::new(level, "answered", fields)
        }
        Report::Refused { reason, status, code } => {
            let fields = json!({"outcome": reason, "status": status, "code": code});
            // Somebody on this machine knows the token and is not its owner.
            let level = if *reason == guard::BY_PEER { Level::Warn } else { Level::Debug };
            Entry::new(level, "refused", fields)
        }
        Report::Trouble(_) | Report::Deaf(_) => return None,
    };
    Some(entry)
}

fn synced(one: &SourceReport) -> Entry {
    let level = match one.outcome {
        Outcome::Updated => Level::Info,
        Outcome::Unchanged => Level::Debug,
        Outcome::Failed => Level::Warn,
    };
    let outcome = if one.is_stopped() { "stopped" } else { one.outcome.word() };
    let fields = json!({
        "source": one.name, "outcome": outcome, "ms": u64::try_from(one.elapsed_ms).unwrap_or(u64::MAX),
        "found": one.found, "written": one.written, "removed": one.removed,
    });
    Entry::new(level, "synced", fields)
}

fn ms(elapsed: &Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}

/// The problems that a report comes with.
pub fn problems(report: &Report) -> Vec<Problem> {
    match report {
        Report::Loaded { problems, .. } | Report::Failed(problems) | Report::Trouble(problems) => {
            problems.clone()
        }
        Report::Refreshed { state, .. } => state.all_problems().cloned().collect(),
        Report::Deaf(problem) => vec![problem.clone()],
        Report::Synced(_)
        | Report::Noticed
        | Report::Overflowed
        | Report::Dropped
        | Report::Answered { .. }
        | Report::Refused { .. } => Vec::new(),
    }
}

/// A problem as an event of its own.
pub fn problem(problem: &Problem) -> Entry {
    let level = match problem.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warn,
        Severity::Note => Level::Info,
    };
    let place = problem.place.as_ref().map(ToString::to_string);
    let fields = json!({
        "code": problem.code, "message": problem.message, "place": place, "help": problem.help,
    });
    Entry::new(level, "problem", fields)
}
