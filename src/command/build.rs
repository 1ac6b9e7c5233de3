//! `skillmeat build`

mod last;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::json;

use super::lack::{self, Completed};
use super::{Context, age, report};
use crate::cache::Cache;
use crate::catalog::inputs::Inputs;
use crate::catalog::load::Loaded;
use crate::catalog::{contents, files, folder};
use crate::disk;
use crate::env::Env;
use crate::error::{Error, Exit, Problem, Result, Severity};
use crate::format::config::Config;
use crate::model::hash::{ContentHash, Hashing};
use crate::site::made::Made;
use crate::site::routes::Routes;
use crate::site::shard::Shard;
use crate::site::theme::Theme;
use crate::site::write::{self, Guard, Memory, Written};
use crate::site::{Options, Output, Site, VOLATILE};
use crate::words;
use last::Last;

/// Render the catalog to a static site
///
/// Fetches first what the lock names and the cache lacks. Writes only files whose bytes differ,
/// deletes only files it wrote, and leaves the output as it was when anything fails.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to write the site
    #[arg(short, long, default_value = "public", env = "SKILLMEAT_OUTPUT", value_name = "DIR")]
    output: String,
    /// Address the site will have, in place of `site.base_url`
    #[arg(short = 'u', long, env = "SKILLMEAT_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Make a copy that is read from a disk or a zip: links name the file of each page
    #[arg(long, env = "SKILLMEAT_OFFLINE_COPY")]
    offline_copy: bool,
    /// Build one part of so many, as in `2/8`; all parts together are the site
    #[arg(long, env = "SKILLMEAT_SHARD", value_name = "I/N")]
    shard: Option<Shard>,
    /// Fail when the cache lacks something that the lock names and that cannot be fetched
    #[arg(long)]
    locked: bool,
    /// Write over files in the way, and over files of the last build that were changed since
    #[arg(short, long)]
    force: bool,
    /// Exit with 1 when there are warnings
    #[arg(long)]
    strict: bool,
    /// Say at the end how long each phase took
    #[arg(long)]
    pub(super) timings: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let start = Instant::now();
    let _writer = alone(ctx, &args.output);
    // Looked at before anything is read: what changes meanwhile is seen the next time.
    let config = files::config(&ctx.env)?;
    let made = ctx.env.timings.phase("inputs", || made(ctx, args, &config));
    if let Some(exit) = made.and_then(|made| again(ctx, args, (&config, made), start)) {
        return Ok(exit);
    }
    let cache = ctx.cache()?;
    match build(ctx, args, &cache, made, start) {
        // Damaged contents are noticed when they are read, and are lacking from then on.
        Err(error) if error.problems.iter().any(|problem| problem.code == contents::LOST) => {
            build(ctx, args, &cache, made, start)
        }
        done => done,
    }
}

/// One hash of all that the site is made from, by how it stands; `None` where that cannot be told.
fn made(ctx: &Context, args: &Args, config: &Config) -> Option<ContentHash> {
    // That of the run may be fixed to another.
    let now = SystemTime::now();
    let standing = Inputs::new(&ctx.env, config).standing(now)?;
    let mut hashing = Hashing::default();
    // Where to, and which part of it, the memory of the last build has a file for each.
    let Args {
        output: _,
        shard: _,
        base_url,
        offline_copy,
        locked: _,
        force: _,
        strict: _,
        timings: _,
    } = args;
    hashing.add(format!("{standing} {base_url:?} {offline_copy} {}", program()).as_bytes());
    Some(hashing.done())
}

/// Says what the last build said, where it was made from the same and all of it still stands.
fn again(
    ctx: &Context,
    args: &Args,
    (config, made): (&Config, ContentHash),
    start: Instant,
) -> Option<Option<Exit>> {
    if args.force {
        return None;
    }
    let out = ctx.env.path(&args.output);
    let memory_file = memory_file(&ctx.env, &out, args.shard);
    let is_wanted = |note: &str| Last::read(note, made).is_some();
    let look = || write::standing(&memory_file, (&out, args.shard), is_wanted);
    let standing = ctx.env.timings.phase("look", look)?;
    let last = Last::read(&standing.note, made)?;
    let written = Written { files: standing.files, ..Written::default() };
    Some(close(ctx, args, &written, (&last, &[], config), start))
}

/// One build at a time for each output folder, as far as builds share a cache that can be written:
/// the second waits and finds nothing to do.
fn alone(ctx: &Context, output: &str) -> Option<disk::FileLock> {
    let out = ctx.env.path(output).display().to_string();
    // A few files for all folders there will ever be.
    let name = format!("build-{}.lock", ContentHash::of(out.as_bytes()).short(1));
    let lock = disk::FileLock::acquire(&ctx.env.cache_dir.join(name), |holder| {
        ctx.say(&format!("waiting for {}, which is building", words::visible(holder)));
    });
    lock.ok()
}

fn build(
    ctx: &Context,
    args: &Args,
    cache: &Arc<Cache>,
    made: Option<ContentHash>,
    start: Instant,
) -> Result<Option<Exit>> {
    let Completed { loaded, why } = ctx.env.timings.phase("load", || lack::complete(ctx, cache))?;
    let lacking = loaded.lacking.iter();
    let lacking = lacking.map(|lack| why.problem(&ctx.env, &loaded.catalog, lack, args.locked));
    let (errors, warnings): (Vec<_>, Vec<_>) =
        lacking.partition(|problem| problem.severity == Severity::Error);
    Error::check(errors)?;
    warnings.iter().for_each(|problem| ctx.problem(problem));
    let last = Last::new(made.unwrap_or(ContentHash::of(b"")), &loaded);
    let is_whole = made.is_some() && loaded.lacking.is_empty();
    let note = if is_whole { last.text() } else { String::new() };
    let written = render(ctx, args, &loaded, &note)?;
    Ok(close(ctx, args, &written, (&last, &warnings, &loaded.config), start))
}

/// What is said at the end, and whether the build passes.
fn close(
    ctx: &Context,
    args: &Args,
    written: &Written,
    (last, warnings, config): (&Last, &[Problem], &Config),
    start: Instant,
) -> Option<Exit> {
    let elapsed_ms = start.elapsed().as_millis();
    last.problems.iter().for_each(|problem| ctx.problem(problem));
    tell(ctx, args, written, elapsed_ms);
    // Whether a build passes does not depend on the hour: age is said and never counted.
    age::say(ctx, &last.synced, &config.sync.limits());
    let is_flawed =
        !warnings.is_empty() || last.problems.iter().any(|p| p.severity <= Severity::Warning);
    (args.strict && is_flawed).then_some(Exit::No)
}

/// The site to its folder.
fn render(ctx: &Context, args: &Args, loaded: &Loaded, note: &str) -> Result<Written> {
    let timings = &ctx.env.timings;
    let theme = timings.phase("theme", || Theme::load(files::templates(&ctx.env)?))?;
    // A copy for a disk has no address, whatever that of the site is.
    let base_url = base_url(args.base_url.as_deref(), loaded)?.filter(|_| !args.offline_copy);
    let options = Options {
        base_url,
        live: None,
        stale_after: loaded.config.sync.limits().stale_after,
        offline_copy: args.offline_copy,
    };
    let routes = timings.phase("routes", || Routes::new(&loaded.catalog, &theme, &options));
    let site = Site {
        catalog: &loaded.catalog,
        contents: &loaded.contents,
        theme: &theme,
        options: &options,
        routes: &routes,
    };
    let outputs: Vec<&Output> =
        args.shard.map_or_else(|| site.outputs().iter().collect(), |shard| shard.outputs(&site));
    let out = ctx.env.path(&args.output);
    let paths: Vec<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
    let inputs = inputs(&ctx.env, loaded);
    let made = timings.phase("compare", || Made::new(&site, &program()))?;
    let made: Vec<_> = outputs.iter().map(|output| made.of(output)).collect();
    let memory_file = memory_file(&ctx.env, &out, args.shard);
    let guard = Guard {
        home: ctx.env.home.as_deref(),
        inputs: &inputs,
        extent: args.shard,
        force: args.force,
        volatile: &VOLATILE,
        progress: None,
        memory: Some(Memory { file: &memory_file, made: &made, note }),
        timings: timings.clone(),
    };
    write::write(&paths, |at| site.render(outputs[at]), &out, &guard)
}

fn tell(ctx: &Context, args: &Args, written: &Written, elapsed_ms: u128) {
    for file in &written.kept {
        ctx.say(&format!("kept `{file}`: it was changed since the last build, which wrote it"));
    }
    if ctx.json {
        let json = json!({
            "schema": 1,
            "shard": args.shard.map(|shard| shard.to_string()),
            "pages": written.files,
            "rendered": written.rendered,
            "written": written.written,
            "deleted": written.deleted.len(),
            "elapsed_ms": elapsed_ms,
        });
        report::json(&json);
    }
    let part = args.shard.map_or_else(String::new, |shard| format!(" of part {shard}"));
    ctx.say(&format!(
        "built {}{part} in `{}`: {} written, {} deleted ({elapsed_ms} ms)",
        words::count(written.files, "file"),
        args.output,
        written.written,
        written.deleted.len(),
    ));
}

/// What the last build of this machine made in a folder, which may be one of several parts there.
fn memory_file(env: &Env, out: &Path, shard: Option<Shard>) -> PathBuf {
    let of = shard.map_or_else(String::new, |shard| format!("\0{shard}"));
    let name = ContentHash::of(format!("{}{of}", out.display()).as_bytes()).short(16);
    env.cache_dir.join("builds").join(name)
}

/// Tells apart two programs that may render differently: a version, and while that is being worked
/// on, the file it runs from.
fn program() -> String {
    let file = std::env::current_exe().ok().and_then(|path| disk::file_state(&path));
    let file = file.map(|state| (state.size, state.modified_ns));
    format!("{} {file:?}", env!("CARGO_PKG_VERSION"))
}

fn base_url(given: Option<&str>, loaded: &Loaded) -> Result<Option<String>> {
    match given {
        Some(url) => crate::format::config::base_url(url).map(Some).map_err(Error::from),
        None => Ok(loaded.catalog.site.base_url.clone()),
    }
}

/// What the output must not be or hold: the catalog, and every folder that is read.
fn inputs(env: &Env, loaded: &Loaded) -> Vec<PathBuf> {
    let mut inputs: Vec<PathBuf> = vec![env.root.clone(), env.cache_dir.clone()];
    inputs.extend(loaded.config.sources.iter().filter_map(|source| folder::path_of(env, source)));
    inputs.extend(loaded.config.site.pages.iter().map(|pages| env.path(pages)));
    let folders = loaded.config.projects.iter().filter_map(|project| project.path.as_ref());
    inputs.extend(folders.map(|path| env.path(path)));
    for dir in [files::COLLECTIONS, files::TEMPLATES] {
        inputs.push(env.root.join(dir));
    }
    inputs
}
