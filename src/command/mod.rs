//! The command line: one file a subcommand. The only room that prints.

mod age;
mod build;
mod cache;
mod check;
mod collection;
mod deploy;
mod deployed;
mod deployments;
mod diff;
mod edits;
mod group;
mod init;
mod interrupt;
mod lack;
mod list;
mod orders;
mod planned;
mod project;
mod report;
mod retype;
mod rollback;
mod schema;
mod serve;
mod show;
mod status;
mod sync;
mod undeploy;
mod undo;
mod update;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use clap::builder::FalseyValueParser;
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use crate::cache::Cache;
use crate::catalog::load::{self, Loaded};
use crate::edit;
use crate::env::{Env, Stop};
use crate::error::{Error, Exit, Problem, Result, Severity};
use crate::timings::Timings;

/// Where the help of each subcommand lists the flags that all of them have.
const FOR_ALL: &str = "For all commands";

/// Keep a Git-tracked catalog of agent artifacts
#[derive(Parser)]
#[command(name = "skillmeat", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// Folder of the catalog
    #[arg(short = 'C', long = "dir", global = true, default_value = ".", value_name = "DIR")]
    #[arg(help_heading = FOR_ALL)]
    dir: PathBuf,
    /// Print JSON to standard output
    #[arg(long, global = true, help_heading = FOR_ALL)]
    json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, help_heading = FOR_ALL)]
    quiet: bool,
    /// Show no progress bar
    #[arg(long, global = true, env = "SKILLMEAT_NO_PROGRESS", value_parser = FalseyValueParser::new())]
    #[arg(help_heading = FOR_ALL)]
    no_progress: bool,
    /// Use no network
    #[arg(long, global = true, env = "SKILLMEAT_OFFLINE", value_parser = FalseyValueParser::new())]
    #[arg(help_heading = FOR_ALL)]
    offline: bool,
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    #[arg(help_heading = FOR_ALL)]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Sync(sync::Args),
    Build(build::Args),
    Serve(serve::Args),
    Check(check::Args),
    Status(status::Args),
    List(list::Args),
    Show(show::Args),
    Collection(collection::Args),
    Group(group::Args),
    Undo(undo::Args),
    Deploy(deploy::Args),
    Update(update::Args),
    Undeploy(undeploy::Args),
    Rollback(rollback::Args),
    Deployments(deployments::Args),
    Diff(diff::Args),
    Project(project::Args),
    Cache(cache::Args),
    Schema(schema::Args),
}

/// What every subcommand is given.
struct Context {
    env: Env,
    json: bool,
    quiet: bool,
    progress: bool,
    cache: OnceLock<Arc<Cache>>,
}

impl Context {
    /// The cache; what it has to say about its file is said at once.
    fn cache(&self) -> Result<Arc<Cache>> {
        self.opened(Cache::open)
    }

    /// As [`Context::cache`], without making one.
    fn cache_if_any(&self) -> Result<Arc<Cache>> {
        self.opened(Cache::open_existing)
    }

    fn opened(&self, open: fn(&Path, Timestamp) -> Result<Cache>) -> Result<Arc<Cache>> {
        let cache = Arc::new(open(&self.env.cache_dir, self.env.now)?);
        if let Some(warning) = &cache.warning {
            self.problem(warning);
        }
        Ok(Arc::clone(self.cache.get_or_init(|| cache)))
    }

    /// What was met of damage in the cache, if anything was.
    fn damage(&self) -> Option<&Error> {
        self.cache.get().and_then(|cache| cache.damage())
    }

    /// A problem for the person; only errors when they want to hear of nothing else.
    fn problem(&self, problem: &Problem) {
        if !self.quiet || problem.severity == Severity::Error {
            report::problem(problem);
        }
    }

    /// The catalog as it can be read here; what its cache lacks is said.
    fn load(&self) -> Result<Loaded> {
        let loaded = load::load(&self.env, &self.cache()?)?;
        loaded.lacking.iter().for_each(|lack| self.problem(&lack.warning()));
        Ok(loaded)
    }

    /// As [`Context::load`], of each artifact as much as a list shows.
    fn outline(&self) -> Result<Loaded> {
        let loaded = load::outline(&self.env, &self.cache()?)?;
        loaded.lacking.iter().for_each(|lack| self.problem(&lack.warning()));
        Ok(loaded)
    }

    /// A line for the person, on standard error.
    fn say(&self, line: &str) {
        if !self.quiet {
            report::line(line);
        }
    }
}

/// Runs the program. The exit code is 0 when all is done, 1 when the answer is no, 2 for usage,
/// configuration and files, 3 when some sources failed, 4 when access was denied.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let json = cli.json;
    match run(&cli) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(exit)) => ExitCode::from(exit as u8),
        Err(error) => {
            report::error(&error);
            if json {
                // One document in any case: whoever reads it need not guess from the exit code.
                report::json(&json!({ "schema": 1, "problems": error.problems }));
            }
            ExitCode::from(error.exit as u8)
        }
    }
}

/// Runs the command; once more where the cache turned out to be damaged on the way, with a new one
/// in its place: it holds nothing that cannot be read again.
fn run(cli: &Cli) -> Result<Option<Exit>> {
    let ctx = context(cli)?;
    // A journal that cannot be read stands in the way of edits and deployments alone.
    for recover in [edit::recover, crate::deploy::recover] {
        for problem in recover(&ctx.env).unwrap_or_else(|error| error.problems) {
            ctx.problem(&Problem { severity: Severity::Warning, ..problem });
        }
    }
    let result = dispatch(&ctx, &cli.command);
    for (phase, took) in ctx.env.timings.phases() {
        report::line(&format!("time: {phase} {} ms", took.as_millis()));
    }
    match (&result, ctx.damage()) {
        (Err(_), Some(damage)) => {
            let warning = Cache::replace(&ctx.env.cache_dir, ctx.env.now, damage)?;
            warning.iter().for_each(|warning| ctx.problem(warning));
            dispatch(&context(cli)?, &cli.command)
        }
        _ => result,
    }
}

fn context(cli: &Cli) -> Result<Context> {
    Ok(Context {
        env: env(cli)?,
        json: cli.json,
        quiet: cli.quiet,
        progress: !cli.quiet && !cli.json && !cli.no_progress,
        cache: OnceLock::new(),
    })
}

fn dispatch(ctx: &Context, command: &Command) -> Result<Option<Exit>> {
    match command {
        Command::Init(args) => init::run(ctx, args),
        Command::Sync(args) => sync::run(ctx, args),
        Command::Build(args) => build::run(ctx, args),
        Command::Serve(args) => serve::run(ctx, args),
        Command::Check(args) => check::run(ctx, args),
        Command::Status(args) => status::run(ctx, args),
        Command::List(args) => list::run(ctx, args),
        Command::Show(args) => show::run(ctx, args),
        Command::Collection(args) => collection::run(ctx, args),
        Command::Group(args) => group::run(ctx, args),
        Command::Undo(args) => undo::run(ctx, args),
        Command::Deploy(args) => deploy::run(ctx, args),
        Command::Update(args) => update::run(ctx, args),
        Command::Undeploy(args) => undeploy::run(ctx, args),
        Command::Rollback(args) => rollback::run(ctx, args),
        Command::Deployments(args) => deployments::run(ctx, args),
        Command::Diff(args) => diff::run(ctx, args),
        Command::Project(args) => project::run(ctx, args),
        Command::Cache(args) => cache::run(ctx, args),
        Command::Schema(args) => Ok(schema::run(args)),
    }
}

/// Looks around once: nothing below this asks for the time, the environment or the home.
fn env(cli: &Cli) -> Result<Env> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let root = std::path::absolute(&cli.dir)
        .ok()
        .and_then(|dir| crate::disk::real_path(&dir))
        .ok_or_else(|| {
            let text = format!("there is no folder `{}`", cli.dir.display());
            Problem::error("SM003", text).help("name a catalog's folder with `-C DIR`")
        })?;
    let home = variable("HOME").map(PathBuf::from);
    let cache_dir = match (variable("SKILLMEAT_CACHE_DIR"), &home) {
        (Some(dir), _) => root.join(dir),
        (None, Some(home)) => home.join(".skillmeat/cache"),
        (None, None) => {
            let problem = Problem::error("SM004", "neither HOME nor SKILLMEAT_CACHE_DIR is set");
            return Err(problem.help("set SKILLMEAT_CACHE_DIR to a folder for the cache").into());
        }
    };
    let state_dir = match (variable("SKILLMEAT_STATE_DIR"), &home) {
        (Some(dir), _) => root.join(dir),
        (None, Some(home)) => home.join(".skillmeat"),
        (None, None) => cache_dir.clone(),
    };
    let timings = match &cli.command {
        Command::Build(args) if args.timings => Timings::on(),
        Command::Sync(args) if args.timings => Timings::on(),
        _ => Timings::default(),
    };
    let (now, stop) = (now()?, Stop::default());
    Ok(Env { root, home, cache_dir, state_dir, now, offline: cli.offline, stop, timings })
}

/// The time, or the one that `SOURCE_DATE_EPOCH` fixes.
fn now() -> Result<Timestamp> {
    let Ok(fixed) = std::env::var("SOURCE_DATE_EPOCH") else { return Ok(Timestamp::now()) };
    let parsed = fixed.parse().ok().and_then(|s: i64| Timestamp::from_second(s).ok());
    parsed.ok_or_else(|| {
        let text = format!("SOURCE_DATE_EPOCH is `{fixed}`, not seconds since 1970");
        Error::from(Problem::error("SM005", text).help("set it as in `SOURCE_DATE_EPOCH=0`"))
    })
}
