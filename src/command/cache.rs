//! `skillmeat cache`

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Context, report};
use crate::cache::{self, Cleaned, Damage, Info, SourceInfo};
use crate::catalog::{files, load};
use crate::disk;
use crate::error::{Exit, Problem, Result};
use crate::model::age;
use crate::sync::care::{self, Cleared, Vacuumed};
use crate::words;

/// Look at the cache and look after it
///
/// The cache holds what `sync` read, for all catalogs of a user. Nothing in it is yours: all of it
/// can be fetched again.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Say where it is, how large, what it holds of each source, and how old that is
    Info,
    /// Compare every row and every content with its hash; exit 1 when something is damaged
    Check,
    /// Take out what is damaged, so that the next sync fetches it
    Repair,
    /// Forget what nothing needs any more, and give the space back
    Vacuum,
    /// Write a copy to a file, while others may go on using the cache
    Backup(Backup),
    /// Forget what is kept of sources, or everything
    Clear(Clear),
}

#[derive(clap::Args)]
struct Backup {
    /// Where to write it
    #[arg(value_name = "FILE")]
    file: String,
    /// Write over a file that is there
    #[arg(short, long)]
    force: bool,
}

#[derive(clap::Args)]
struct Clear {
    /// Sources of this catalog; everything, of all catalogs, by default
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    match &args.action {
        Action::Info => info(ctx),
        Action::Check => check(ctx),
        Action::Repair => repair(ctx),
        Action::Vacuum => vacuum(ctx),
        Action::Backup(args) => backup(ctx, args),
        Action::Clear(args) => clear(ctx, args),
    }
}

fn info(ctx: &Context) -> Result<Option<Exit>> {
    let Some(info) = cache::info(&ctx.env.cache_dir)? else { return Ok(none(ctx)) };
    let names = names(ctx);
    if ctx.json {
        report::json(&info_json(&info, &names));
        return Ok(None);
    }
    let bytes = words::bytes;
    let (n_all, n_free) = (info.contents, info.orphans);
    let mut rows = vec![
        ("cache", info.path.display().to_string()),
        ("size", format!("{}, {} of it free", bytes(info.size), bytes(info.free))),
        ("log", bytes(info.log)),
        ("schema", format!("{}, SQLite {}", info.schema, cache::sqlite_version())),
        ("contents", format!("{n_all} of {}, {n_free} unused", bytes(info.content_bytes))),
        ("stale", words::count(info.stale, "artifact")),
        ("cleaned", ago(ctx, info.cleaned_at)),
    ];
    rows.extend(info.network.iter().map(|system| ("disk", format!("network, {system}"))));
    let rows: Vec<Vec<String>> =
        rows.into_iter().map(|(word, text)| vec![word.to_owned(), text]).collect();
    report::out(&report::table(&rows));
    if !info.sources.is_empty() {
        report::out(&format!("\n{}", report::table(&source_rows(ctx, &info, &names))));
    }
    Ok(None)
}

fn ago(ctx: &Context, at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| age::ago(at, ctx.env.now))
}

fn source_rows(ctx: &Context, info: &Info, names: &BTreeMap<String, String>) -> Vec<Vec<String>> {
    let head = ["source", "artifacts", "states", "synced", "tried", "hits", "reads", "outcome"];
    let row = |(key, source): (&String, &SourceInfo)| {
        vec![
            name_of(key, source, names),
            source.artifacts.to_string(),
            source.states.to_string(),
            ago(ctx, source.synced_at),
            ago(ctx, source.attempted_at),
            source.hits.to_string(),
            source.refreshes.to_string(),
            source.outcome.clone().unwrap_or_default(),
        ]
    };
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(info.sources.iter().map(row));
    rows[1..].sort();
    rows
}

/// What a person knows a source by: its name in this catalog, else its address.
fn name_of(key: &str, source: &SourceInfo, names: &BTreeMap<String, String>) -> String {
    let known = names.get(key).or(source.address.as_ref());
    known.map_or_else(|| key.to_owned(), Clone::clone)
}

fn info_json(info: &Info, names: &BTreeMap<String, String>) -> Value {
    let source = |(key, source): (&String, &SourceInfo)| {
        json!({
            "key": key,
            "name": names.get(key),
            "address": source.address,
            "artifacts": source.artifacts,
            "states": source.states,
            "last_sync": source.synced_at,
            "last_attempt": source.attempted_at,
            "outcome": source.outcome,
            "hits": source.hits,
            "refreshes": source.refreshes,
        })
    };
    json!({
        "schema": 1,
        "path": info.path,
        "network": info.network,
        "size": info.size,
        "free": info.free,
        "log": info.log,
        "cache_version": info.schema,
        "sqlite": cache::sqlite_version(),
        "contents": info.contents,
        "content_bytes": info.content_bytes,
        "orphans": info.orphans,
        "stale": info.stale,
        "cleaned_at": info.cleaned_at,
        "sources": info.sources.iter().map(source).collect::<Vec<_>>(),
    })
}

/// The names that this catalog has for sources, by their keys; none without a catalog.
fn names(ctx: &Context) -> BTreeMap<String, String> {
    let sources = files::config(&ctx.env).map(|config| config.sources).unwrap_or_default();
    sources.into_iter().map(|source| (load::identity(&ctx.env, &source), source.name)).collect()
}

/// What to say where there is no cache.
fn none(ctx: &Context) -> Option<Exit> {
    if ctx.json {
        report::json(&json!({ "schema": 1, "path": null }));
    }
    let dir = ctx.env.cache_dir.display();
    ctx.say(&format!("there is no cache in {dir} yet; `skillmeat sync` makes one"));
    None
}

fn check(ctx: &Context) -> Result<Option<Exit>> {
    let Some(checked) = cache::check(&ctx.env.cache_dir)? else { return Ok(none(ctx)) };
    let problems = problems(&checked.damage);
    if ctx.json {
        report::json(&json!({
            "schema": 1,
            "path": ctx.env.cache_dir,
            "rows": checked.n_rows,
            "damage": damage_json(&checked.damage),
            "problems": problems,
        }));
    } else if problems.is_empty() {
        report::out(&format!("the cache is whole: {}", words::count(checked.n_rows, "row")));
    }
    problems.iter().for_each(report::problem);
    Ok((!problems.is_empty()).then_some(Exit::No))
}

/// One for the file, one for its rows.
fn problems(damage: &Damage) -> Vec<Problem> {
    const HELP: &str = "run `skillmeat cache repair`, then `skillmeat sync`";
    let mut problems = Vec::new();
    if let Some(first) = damage.file.first() {
        let text = format!("the file of the cache is damaged: {first}");
        problems.push(Problem::error("SM532", text).help(HELP));
    }
    let lost = lost(damage);
    if !lost.is_empty() {
        let text = format!("the cache is damaged: {lost} not as written");
        problems.push(Problem::error("SM533", text).help(HELP));
    }
    problems
}

/// `1 artifact, 2 contents`.
pub(super) fn lost(damage: &Damage) -> String {
    let counts = [
        (damage.artifacts, "artifact"),
        (damage.contents, "content"),
        (damage.files, "note on a file"),
        (damage.facts, "note on a source"),
        (damage.members, "member of a collection"),
    ];
    let words = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| match n {
        1 => format!("1 {word}"),
        _ => match word.split_once(' ') {
            Some((noun, rest)) => format!("{} {rest}", words::count(n, noun)),
            None => words::count(n, word),
        },
    });
    words.collect::<Vec<_>>().join(", ")
}

fn damage_json(damage: &Damage) -> Value {
    json!({
        "file": damage.file,
        "artifacts": damage.artifacts,
        "contents": damage.contents,
        "files": damage.files,
        "facts": damage.facts,
        "members": damage.members,
    })
}

fn repair(ctx: &Context) -> Result<Option<Exit>> {
    let Some(repaired) = care::repair(&ctx.env, &|holder| tell_waiting(ctx, holder))? else {
        return Ok(none(ctx));
    };
    if ctx.json {
        report::json(&json!({
            "schema": 1,
            "damage": damage_json(&repaired.damage),
            "set_aside": repaired.aside,
        }));
        return Ok(None);
    }
    let lost = lost(&repaired.damage);
    if repaired.damage.is_none() {
        report::out("the cache is whole: there was nothing to repair");
    } else if let Some(aside) = &repaired.aside {
        report::out(&format!("the cache could not be repaired; it is now in {}", aside.display()));
        report::out("a new one is in its place: `skillmeat sync` fills it");
    } else {
        report::out(&format!("removed {lost}: `skillmeat sync` fetches what is still needed"));
    }
    Ok(None)
}

fn vacuum(ctx: &Context) -> Result<Option<Exit>> {
    if cache::info(&ctx.env.cache_dir)?.is_none() {
        return Ok(none(ctx));
    }
    let Vacuumed { cleaned, before, after } =
        care::vacuum(&ctx.env, &*ctx.cache()?, &|holder| tell_waiting(ctx, holder))?;
    if ctx.json {
        let mut json = cleaned_json(&cleaned);
        json["bytes_before"] = before.into();
        json["bytes_after"] = after.into();
        report::json(&json);
        return Ok(None);
    }
    report::out(&format!(
        "removed {} and {}; {} before, {} now",
        words::count(cleaned.states, "old state"),
        words::count(cleaned.contents, "unused content"),
        words::bytes(before),
        words::bytes(after)
    ));
    Ok(None)
}

fn cleaned_json(cleaned: &Cleaned) -> Value {
    json!({
        "schema": 1,
        "states": cleaned.states,
        "contents": cleaned.contents,
        "content_bytes": cleaned.content_bytes,
    })
}

fn backup(ctx: &Context, args: &Backup) -> Result<Option<Exit>> {
    if cache::info(&ctx.env.cache_dir)?.is_none() {
        let text = format!("there is no cache in `{}`", ctx.env.cache_dir.display());
        return Err(Problem::error("SM534", text).help("run `skillmeat sync` first").into());
    }
    let to = ctx.env.path(&args.file);
    match disk::kind(&to)? {
        Some(disk::Kind::File) if args.force => {}
        None => {}
        Some(there) => {
            let text = format!("`{}` is there already", args.file);
            let help = match there {
                disk::Kind::File => "name another file, or write over it with `-f`",
                _ => "name another file",
            };
            return Err(Problem::error("SM535", text).help(help).into());
        }
    }
    ctx.cache()?.backup(&to)?;
    let size = disk::size(&to).unwrap_or_default();
    if ctx.json {
        report::json(&json!({ "schema": 1, "file": to, "size": size }));
    } else {
        report::out(&format!("wrote {}, {}", args.file, words::bytes(size)));
    }
    Ok(None)
}

fn clear(ctx: &Context, args: &Clear) -> Result<Option<Exit>> {
    let Some(info) = cache::info(&ctx.env.cache_dir)? else { return Ok(none(ctx)) };
    let keys = keys(ctx, &args.sources)?;
    let n = match args.sources.as_slice() {
        [] => info.sources.values().map(|source| source.artifacts).sum(),
        _ => keys.iter().filter_map(|key| info.sources.get(key)).map(|one| one.artifacts).sum(),
    };
    let what = match args.sources.as_slice() {
        [] => format!("all {} of all catalogs", words::count(n, "artifact")),
        names => format!("{} of {}", words::count(n, "artifact"), words::list_and(names)),
    };
    if !args.yes && !agrees(&what)? {
        ctx.say("nothing was cleared");
        return Ok(Some(Exit::No));
    }
    let what_is = match keys.as_slice() {
        [] => Cleared::Everything,
        keys => Cleared::Sources(keys),
    };
    let on_wait = |holder: &str| tell_waiting(ctx, holder);
    let cleaned = care::clear(&ctx.env, &*ctx.cache()?, &what_is, &on_wait)?;
    if ctx.json {
        report::json(&cleaned_json(&cleaned));
    } else {
        let contents = words::count(cleaned.contents, "content");
        let size = words::bytes(cleaned.content_bytes);
        report::out(&format!("cleared {what}, with {contents} of {size}"));
    }
    Ok(None)
}

/// The keys of sources of this catalog.
fn keys(ctx: &Context, sources: &[String]) -> Result<Vec<String>> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let config = files::config(&ctx.env)?;
    let key = |name: &String| Ok(load::identity(&ctx.env, config.source(name)?));
    sources.iter().map(key).collect()
}

/// Asks a person on a terminal.
fn agrees(what: &str) -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let text = format!("`cache clear` asks before it clears {what}, and nobody can answer");
        return Err(Problem::error("SM536", text).help("add `-y`").into());
    }
    report::line(&format!("clear {what}? They are fetched again when they are needed. [y/N]"));
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn tell_waiting(ctx: &Context, holder: &str) {
    ctx.say(&format!("waiting for {}, which is syncing", words::visible(holder)));
}
