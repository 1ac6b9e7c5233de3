//! What happens while serving, on standard error: sentences for people, or a line of JSON an event.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::command::{self, Context, report, sync};
use crate::error::{Problem, Severity};
use crate::serve::Report;
use crate::serve::log::{self, Entry, Level};
use crate::serve::metrics::Metrics;
use crate::words;

#[derive(clap::Args)]
pub(super) struct LogArgs {
    /// How what happens is written to standard error
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT")]
    #[arg(env = "SKILLMEAT_LOG_FORMAT")]
    log_format: Format,
    /// Say of every request how it was answered, too
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    /// Count what happens, and show it at `/metrics` as Prometheus reads it
    #[arg(long, env = "SKILLMEAT_METRICS", value_parser = clap::builder::FalseyValueParser::new())]
    pub(super) metrics: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Sentences
    Text,
    /// One object a line
    Json,
}

pub(super) struct Log {
    format: Format,
    /// What is less than this is not said.
    level: Level,
    metrics: Option<Arc<Metrics>>,
    /// The catalog's problems that were said already.
    told: Mutex<Vec<Problem>>,
}

impl Log {
    pub(super) fn new(ctx: &Context, args: &LogArgs, metrics: Option<Arc<Metrics>>) -> Self {
        let level = match (ctx.quiet, args.verbose) {
            (true, _) => Level::Error,
            (_, true) => Level::Debug,
            _ => Level::Info,
        };
        Self { format: args.log_format, level, metrics, told: Mutex::default() }
    }

    /// Says where the server can be reached.
    pub(super) fn serving(&self, address: &str) {
        match self.format {
            Format::Json => {
                self.write(&Entry::new(Level::Info, "serving", json!({"address": address})));
            }
            Format::Text if self.level >= Level::Info => {
                report::line(&format!("serving {address} (Ctrl-C ends it)"));
            }
            Format::Text => {}
        }
    }

    /// Says what happened; a problem that stays from load to load is said once.
    pub(super) fn tell(&self, report: &Report) {
        if let Some(metrics) = &self.metrics {
            metrics.see(report);
        }
        let problems = self.untold(report);
        match self.format {
            Format::Json => {
                log::event(report).iter().for_each(|entry| self.write(entry));
                problems.iter().for_each(|one| self.write(&log::problem(one)));
            }
            Format::Text => {
                self.say(report);
                let quiet = self.level == Level::Error;
                let said = |one: &&Problem| !quiet || one.severity == Severity::Error;
                problems.iter().filter(said).for_each(report::problem);
            }
        }
    }

    /// Of the problems that a report comes with, those that are news.
    fn untold(&self, report: &Report) -> Vec<Problem> {
        let mut problems = log::problems(report);
        if let Report::Loaded { .. } = report {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let before = std::mem::replace(&mut *told, problems.clone());
            problems.retain(|problem| !before.contains(problem));
        }
        problems
    }

    fn write(&self, entry: &Entry) {
        if entry.level <= self.level {
            report::log(&entry.json(command::now().unwrap_or(Timestamp::UNIX_EPOCH)));
        }
    }

    fn say(&self, report: &Report) {
        let text = match report {
            Report::Loaded { revision, elapsed, phases, problems } => {
                let n = words::count(problems.len(), "problem");
                let phase =
                    |(name, took): &(&str, Duration)| format!("{name} {}", took.as_millis());
                let phases = phases.iter().map(phase).collect::<Vec<_>>().join(", ");
                format!("revision {revision}, {n} ({} ms: {phases})", elapsed.as_millis())
            }
            Report::Refreshed { state, elapsed } => {
                let (word, message) = (state.trigger.word(), words::visible(&state.message()));
                format!("{word} refresh: {message} ({} ms)", elapsed.as_millis())
            }
            Report::Synced(one) => sync::line(one),
            Report::Noticed => "files changed".to_owned(),
            Report::Overflowed => "too many changes at once: all files are looked at".to_owned(),
            Report::Dropped => "a page that took nothing was let go".to_owned(),
            Report::Answered { method, route, status, elapsed } => {
                format!("{} {route}: {status} ({} ms)", method.word(), elapsed.as_millis())
            }
            Report::Refused { reason, status, code } => {
                let code = code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
                format!("refused{code}: {reason}, {status}")
            }
            Report::Failed(_) | Report::Trouble(_) | Report::Deaf(_) => return,
        };
        if log::event(report).is_some_and(|entry| entry.level <= self.level) {
            report::line(&text);
        }
    }
}
