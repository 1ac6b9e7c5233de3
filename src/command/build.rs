//! `skillmeat build`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use super::{Context, report, sync};
use crate::cache::Cache;
use crate::catalog::load::{self, Loaded};
use crate::catalog::{files, folder};
use crate::env::Env;
use crate::error::{Error, Exit, Problem, Result, Severity};
use crate::site::routes::Routes;
use crate::site::theme::Theme;
use crate::site::{Options, Site, write};
use crate::words;

/// Render the catalog to a static site
///
/// Fetches first what the lock names and the cache lacks. Writes only files whose bytes differ,
/// deletes only files it wrote, and leaves the output as it was when anything fails.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Where to write the site
    #[arg(short, long, default_value = "public", env = "SKILLMEAT_OUTPUT", value_name = "DIR")]
    output: PathBuf,
    /// Address the site will have, in place of `site.base_url`
    #[arg(short = 'u', long, env = "SKILLMEAT_BASE_URL", value_name = "URL")]
    base_url: Option<String>,
    /// Fail when the cache lacks something that the lock names and that cannot be fetched
    #[arg(long)]
    locked: bool,
    /// Exit with 1 when there are warnings
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let start = Instant::now();
    let cache = ctx.cache()?;
    let loaded = complete(ctx, &cache, args.locked)?;
    let theme = Theme::load(files::templates(&ctx.env)?)?;
    let options = Options {
        base_url: base_url(args.base_url.as_deref(), &loaded)?,
        live: false,
        stale_after: loaded.config.sync.stale_after,
    };
    let routes = Routes::new(&loaded.catalog, &theme, &options);
    let site = Site {
        catalog: &loaded.catalog,
        contents: &loaded.contents,
        theme: &theme,
        options: &options,
        routes: &routes,
    };
    let outputs = site.outputs();
    let out = ctx.env.root.join(&args.output);
    let paths: Vec<&str> = outputs.iter().map(|output| output.path.as_str()).collect();
    let written =
        write::write(&paths, |i| site.render(&outputs[i]), &out, &guard(&ctx.env, &loaded))?;

    let elapsed_ms = start.elapsed().as_millis();
    loaded.catalog.problems.iter().for_each(report::problem);
    written.problems.iter().for_each(report::problem);
    if ctx.json {
        let json = json!({
            "schema": 1,
            "pages": paths.len(),
            "written": written.written,
            "deleted": written.deleted,
            "elapsed_ms": elapsed_ms,
        });
        report::out(&json.to_string());
    }
    ctx.say(&format!(
        "built {} in `{}`: {} written, {} deleted ({elapsed_ms} ms)",
        words::count(paths.len(), "file"),
        args.output.display(),
        written.written,
        written.deleted,
    ));
    let is_flawed = loaded.catalog.problems.iter().any(|p| p.severity <= Severity::Warning);
    Ok((args.strict && is_flawed).then_some(Exit::No))
}

/// The catalog with all that its lock names, fetched where the cache lacks it.
pub(super) fn complete(ctx: &Context, cache: &Arc<Cache>, locked: bool) -> Result<Loaded> {
    let loaded = load::load(&ctx.env, cache)?;
    if loaded.lacking.is_empty() {
        return Ok(loaded);
    }
    let restored = sync::restore(ctx, cache, &loaded.lacking)?;
    let loaded = load::load(&ctx.env, cache)?;
    let mut problems = Vec::new();
    for source in &loaded.lacking {
        let text = format!("the cache lacks artifacts of `{source}` that the lock names");
        let problem =
            if locked { Problem::error("SM507", text) } else { Problem::warning("SM507", text) };
        problems.push(problem.help(format!("run `skillmeat sync {source}`")));
    }
    if restored.exit().is_some() || !problems.is_empty() {
        if locked || loaded.catalog.artifacts.is_empty() {
            problems.iter_mut().for_each(|problem| problem.severity = Severity::Error);
            return Error::check(problems).map(|()| loaded);
        }
        problems.iter().for_each(report::problem);
    }
    Ok(loaded)
}

fn base_url(given: Option<&str>, loaded: &Loaded) -> Result<Option<String>> {
    match given {
        Some(url) => crate::format::config::base_url(url).map(Some).map_err(Error::from),
        None => Ok(loaded.catalog.site.base_url.clone()),
    }
}

/// What the output must not be or hold: the catalog, the home, and every folder that is read.
fn guard(env: &Env, loaded: &Loaded) -> write::Guard {
    let mut inputs: Vec<PathBuf> = vec![env.root.clone(), env.cache_dir.clone()];
    inputs.extend(loaded.config.sources.iter().filter_map(|source| folder::path_of(env, source)));
    inputs.extend(loaded.config.site.pages.iter().map(|pages| env.path(pages)));
    inputs.extend(loaded.config.projects.iter().map(|project| env.path(&project.path)));
    for dir in [files::COLLECTIONS, files::TEMPLATES] {
        inputs.push(env.root.join(dir));
    }
    write::Guard { home: env.home.clone(), inputs }
}
