//! `skillmeat sync`

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{Context, interrupt, report};
use crate::cache::Cache;
use crate::catalog::load::Lack;
use crate::error::{Exit, Result};
use crate::sync::{self, Event, Options, Outcome, Report, SourceReport};
use crate::words;

/// Pull artifacts from their sources into the cache, and update the lock
///
/// Writes `skillmeat.lock`, and a first collection for a source that is new. Sources that fail
/// keep what they had; the others go on, and the exit code is 3.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Sources to sync; all of them by default
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Fetch exactly what the lock names and write no tracked file
    #[arg(long)]
    locked: bool,
    /// Say what would change and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Read again what has not changed
    #[arg(long)]
    force: bool,
    /// Believe a source that has nothing left, or a tenth of what it had
    #[arg(long)]
    accept_removals: bool,
    /// Say at the end how long each phase took
    #[arg(long)]
    pub(super) timings: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let options = Options {
        only: args.sources.clone(),
        locked: args.locked,
        dry_run: args.dry_run,
        force: args.force,
        accept_removals: args.accept_removals,
    };
    let cache = if args.dry_run { ctx.cache_if_any()? } else { ctx.cache()? };
    let report = with_progress(ctx, |on_event| sync::run(&ctx.env, &cache, &options, on_event))?;
    if ctx.json {
        report::json(&to_json(&report));
    }
    report.problems.iter().for_each(|problem| ctx.problem(problem));
    for line in written(&report.files) {
        ctx.say(&format!("{} {line}", if args.dry_run { "would write" } else { "wrote" }));
    }
    if report.is_stopped() {
        let done = report.sources.iter().filter(|source| source.outcome != Outcome::Failed).count();
        let total = words::count(report.sources.len(), "source");
        ctx.say(&format!("stopped: {done} of {total} done and kept; `skillmeat sync` goes on"));
    }
    if report.sources.iter().any(|source| source.problems > 0) {
        ctx.say("`skillmeat check` says what the problems are");
    }
    let exit = report.exit();
    // With `--locked` the question is whether exactly the lock could be had.
    Ok(if args.locked { exit.map(|_| Exit::No) } else { exit })
}

/// Fetches what the lock names and the cache lacks, before a build or a page. What could not be
/// had, and why, is for the caller to say.
pub(super) fn restore(ctx: &Context, cache: &Arc<Cache>, lacking: &[Lack]) -> Result<Report> {
    let names: Vec<String> = lacking.iter().map(|lack| lack.source.clone()).collect();
    ctx.say(&format!("fetching {} that the cache lacks", words::count(names.len(), "source")));
    with_progress(ctx, |on_event| {
        sync::restore(&ctx.env, cache, &names, &|event| match event {
            // What it comes to depends on what is asked for: the caller tells, with the reason.
            Event::Finished { report, .. } if report.error.is_some() => {}
            event => on_event(event),
        })
    })
}

/// A bar on a terminal; a line for each source in any case.
fn with_progress<T>(
    ctx: &Context,
    work: impl FnOnce(&(dyn Fn(Event) + Sync)) -> Result<T>,
) -> Result<T> {
    interrupt::listen(&ctx.env.stop)?;
    let target =
        if ctx.progress { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len}  {msg}") {
        bar.set_style(style);
    }
    let say = |line: &str| bar.suspend(|| ctx.say(line));
    let result = work(&|event| match event {
        Event::Waiting(holder) => {
            let holder = words::visible(holder);
            say(&format!("waiting for {holder}, which is syncing"));
        }
        Event::Started { source, total } => {
            bar.set_length(total as u64);
            bar.set_message(source.to_owned());
        }
        Event::Progress { source, phase, done, total } => bar.set_message(match total {
            0 => format!("{source}: {}", phase.word()),
            total => format!("{source}: {} {done} of {total}", phase.word()),
        }),
        Event::Finished { report, done, .. } => {
            say(&line(report));
            if let Some(error) = report.error.as_ref().filter(|error| !error.is_stop()) {
                bar.suspend(|| report::error(error));
            }
            bar.set_position(done as u64);
        }
    });
    bar.finish_and_clear();
    result
}

/// What came of a source, in a line.
pub(super) fn line(report: &SourceReport) -> String {
    let name = words::visible(&report.name);
    let mut parts = Vec::new();
    match report.outcome {
        Outcome::Failed if report.is_stopped() => {
            parts.push("stopped; what it had is kept".to_owned());
        }
        Outcome::Failed => parts.push("failed; what it had is kept".to_owned()),
        outcome => {
            parts.push(format!("{}, {}", outcome.word(), words::count(report.found, "artifact")));
            for (n, word) in [(report.written, "new or changed"), (report.removed, "removed")] {
                if n > 0 {
                    parts.push(format!("{n} {word}"));
                }
            }
            if report.problems > 0 {
                parts.push(words::count(report.problems, "problem"));
            }
        }
    }
    format!("{name}: {} ({} ms)", parts.join(", "), report.elapsed_ms)
}

/// One line a file, and one a new collection with its groups.
fn written(files: &[String]) -> Vec<String> {
    let mut lines: Vec<(&str, usize)> = Vec::new();
    for file in files {
        let (name, n_groups) = match file.split_once("/groups/") {
            Some((collection, _)) => (collection, 1),
            None => (file.strip_suffix("/collection.yaml").unwrap_or(file), 0),
        };
        match lines.iter_mut().find(|(line, _)| *line == name) {
            Some((_, groups)) => *groups += n_groups,
            None => lines.push((name, n_groups)),
        }
    }
    let line = |(name, n_groups): (&str, usize)| match n_groups {
        0 => name.to_owned(),
        n => format!("{name} with {}", words::count(n, "group")),
    };
    lines.into_iter().map(line).collect()
}

fn to_json(report: &Report) -> serde_json::Value {
    let sources: Vec<_> = report
        .sources
        .iter()
        .map(|source| {
            json!({
                "name": source.name,
                "outcome": source.outcome.word(),
                "found": source.found,
                "parsed": source.parsed,
                "written": source.written,
                "removed": source.removed,
                "problems": source.problems,
                "error": source.error.as_ref().map(|error| &error.problems),
                "elapsed_ms": source.elapsed_ms,
            })
        })
        .collect();
    json!({
        "schema": 1,
        "sources": sources,
        "files": report.files,
        "problems": report.problems,
    })
}
