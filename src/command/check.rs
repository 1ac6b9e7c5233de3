//! `skillmeat check`

use serde_json::json;

use super::{Context, report};
use crate::catalog::load::{self, Lack, Loaded};
use crate::error::{Exit, Place, Problem, Result, Severity};
use crate::model::source::Address;
use crate::words;

/// Check configuration, collections and artifacts
///
/// Exits with 1 when there are errors, with `--strict` also when there are warnings, and with 2
/// when the configuration itself cannot be read.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Warnings fail too
    #[arg(long)]
    strict: bool,
    /// How to print what is found
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
    Github,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let is_human = args.format == Format::Human && !ctx.json;
    let problems = match load::load(&ctx.env, &ctx.cache()?) {
        Ok(loaded) => findings(&loaded),
        Err(error) if ctx.damage().is_some() => return Err(error),
        // With nothing looked at there are no findings: to a person this is plain failure.
        Err(error) if is_human && error.problems.iter().any(is_in_the_way) => return Err(error),
        Err(error) => error.problems,
    };
    let n = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let (n_errors, n_warnings) = (n(Severity::Error), n(Severity::Warning));
    match args.format {
        Format::Github => problems.iter().for_each(|problem| report::out(&annotation(problem))),
        Format::Human if is_human => {
            problems.iter().for_each(|problem| report::out_styled(&report::styled(problem)));
        }
        Format::Human | Format::Json => report::json(&to_json(&problems)),
    }
    let errors = words::count(n_errors, "error");
    ctx.say(&format!("{errors}, {}", words::count(n_warnings, "warning")));
    let is_bad = n_errors > 0 || (args.strict && n_warnings > 0);
    let is_blind = problems.iter().any(is_in_the_way);
    Ok(if is_blind { Some(Exit::Failed) } else { is_bad.then_some(Exit::No) })
}

/// Whether a problem kept everything else from being looked at: no configuration, lock or cache, or
/// a broken one.
fn is_in_the_way(problem: &Problem) -> bool {
    problem.severity == Severity::Error
        && ["SM0", "SM1", "SM5"].iter().any(|at| problem.code.starts_with(at))
}

/// Everything that is known to be wrong, with places as a person finds them.
fn findings(loaded: &Loaded) -> Vec<Problem> {
    let catalog = &loaded.catalog;
    let mut problems = catalog.problems.clone();
    for state in &catalog.sources {
        // Files of this repository by their path in it, others by their source.
        let prefix = match (&state.source.address, state.inside) {
            (Address::Path(path), true) => format!("{}/", path.trim_end_matches('/')),
            _ => format!("{}:", state.source.name),
        };
        let own = catalog.artifacts.iter().filter(|a| a.id.source == state.source.name);
        let found = own.flat_map(|artifact| &artifact.problems).chain(&state.problems);
        problems.extend(found.cloned().map(|mut problem| {
            problem.place = problem
                .place
                .map(|place| Place { file: format!("{prefix}{}", place.file), ..place });
            problem
        }));
    }
    problems.extend(loaded.lacking.iter().map(Lack::warning));
    problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    problems.dedup();
    problems
}

fn to_json(problems: &[Problem]) -> serde_json::Value {
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| {
            let place = problem.place.as_ref();
            json!({
                "code": problem.code,
                "severity": problem.severity,
                "file": place.map(|place| &place.file),
                "line": place.map(|place| place.line).filter(|&line| line > 0),
                "column": place.map(|place| place.column).filter(|&column| column > 0),
                "message": problem.message,
                "help": problem.help,
            })
        })
        .collect();
    json!({ "schema": 1, "problems": problems })
}

/// A workflow command of GitHub Actions, which shows it beside the line.
fn annotation(problem: &Problem) -> String {
    let word = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut line = format!("::{word} title={}", property(&problem.code));
    if let Some(place) = &problem.place {
        line += &format!(",file={}", property(&place.file));
        if place.line > 0 {
            line += &format!(",line={}", place.line);
        }
        if place.column > 0 {
            line += &format!(",col={}", place.column);
        }
    }
    let help = problem.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    format!("{line}::{}", data(&format!("{}{help}", problem.message)))
}

fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(words::visible).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
