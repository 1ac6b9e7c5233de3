//! `skillmeat init`

mod plan;
mod take;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Context, report};
use crate::disk;
use crate::error::{Exit, Problem, Result};
use crate::format::scalar;
use crate::model::id::Kind;
use crate::source::store;
use crate::words;

use plan::Plan;
use take::Taken;

/// Make a catalog that builds at once
///
/// Writes a `skillmeat.yaml`, a `.gitignore` and an example. With `--from-skillmeat` it takes over
/// what SkillMeat 0.9 keeps on disk: artifacts as files, collections and groups as YAML. Nothing that
/// stands there is written over without `--force`, and nothing of SkillMeat's is changed.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder of the catalog, which is made if it is not there
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
    /// Take over the store of SkillMeat 0.9: `~/.skillmeat`, or one of its collections
    #[arg(long, value_name = "DIR")]
    from_skillmeat: Option<PathBuf>,
    /// Leave the artifacts in that store, and name it as a source
    #[arg(long, requires = "from_skillmeat")]
    no_copy: bool,
    /// Title of the site
    #[arg(long, value_name = "TITLE")]
    name: Option<String>,
    /// Write over files that are there
    #[arg(short, long)]
    force: bool,
}

/// The example: one command that says what it is for.
const EXAMPLE: (&str, &str) = (
    "content/artifacts/commands/greet.md",
    "---\ndescription: Greet somebody\nargument-hint: \"[name]\"\n---\n\n\
     Greet $ARGUMENTS in one friendly sentence.\n",
);

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let root = ctx.env.root.join(&args.folder);
    let store = args.from_skillmeat.as_ref().map(|dir| ctx.env.root.join(dir));
    if let Some(store) = &store {
        check_apart(&root, store)?;
    }
    let mut plan = Plan::default();
    let mut taken = Vec::new();
    let sources = match &store {
        None => {
            plan.add(EXAMPLE.0, EXAMPLE.1.as_bytes().to_vec());
            "  local: {path: content/artifacts}\n".to_owned()
        }
        Some(store) if args.no_copy => {
            store::folders(store).map_err(|error| named(error, store))?;
            format!("  store: {{skillmeat: {}}}\n", scalar::quoted(&written(ctx, store)))
        }
        Some(store) => {
            taken = take::all(store).map_err(|error| named(error, store))?;
            taken.iter_mut().for_each(|one| one.move_into(&mut plan));
            taken.iter().map(Taken::source_line).collect()
        }
    };
    plan.ignore(&root, "/public/")?;
    plan.add("skillmeat.yaml", config(args.name.as_deref(), &sources).into_bytes());
    let files = plan.write(&root, args.force)?;

    if ctx.json {
        report::json(&json!({ "schema": 1, "files": files, "collections": taken_json(&taken) }));
    }
    for one in &taken {
        one.problems.iter().for_each(|problem| ctx.problem(problem));
        ctx.say(&one.line());
    }
    for line in closing(ctx, args, &files) {
        ctx.say(&line);
    }
    Ok(None)
}

/// Refuses a catalog inside the store, and a store inside the catalog's own artifacts: nothing of
/// the store may be changed.
fn check_apart(root: &Path, store: &Path) -> Result<()> {
    let Some(store) = disk::real_path(store) else { return Ok(()) };
    // The nearest folder that is there, for the catalog's may not be.
    let root = root.ancestors().find_map(disk::real_path).unwrap_or_else(|| root.to_owned());
    if !root.starts_with(&store) && !store.starts_with(root.join("content")) {
        return Ok(());
    }
    let text = "the catalog would stand in SkillMeat's own folder, which stays as it is";
    let help = "name another folder: `skillmeat init DIR --from-skillmeat STORE`";
    Err(Problem::error("SM012", text).help(help).into())
}

/// The error with the folder that it is about, as far as it does not name it.
fn named(mut error: crate::error::Error, store: &Path) -> crate::error::Error {
    for problem in &mut error.problems {
        problem.message = format!("`{}`: {}", store.display(), problem.message);
    }
    error
}

/// The store's path as a configuration that is shared should have it.
fn written(ctx: &Context, store: &Path) -> String {
    let real = disk::real_path(store).unwrap_or_else(|| store.to_owned());
    let home = ctx.env.home.as_ref().and_then(|home| disk::real_path(home));
    match home.as_ref().and_then(|home| real.strip_prefix(home).ok()) {
        Some(below) => format!("~/{}", below.display()),
        None => real.display().to_string(),
    }
}

fn config(name: Option<&str>, sources: &str) -> String {
    let site = name.map(|name| format!("site: {{title: {}}}\n", scalar::value(name)));
    format!(
        "version: 1\n{}\n\
         # Where artifacts are used: `skillmeat sync` reads what is deployed there.\n\
         # projects:\n#   web-shop: {{path: ../web-shop}}\n\n\
         # Where artifacts come from: folders, repositories, servers.\nsources:\n{sources}",
        site.unwrap_or_default()
    )
}

fn taken_json(taken: &[Taken]) -> Vec<serde_json::Value> {
    let one = |one: &Taken| {
        let kinds = Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), one.count(kind)));
        json!({
            "name": one.name,
            "title": one.collection.title,
            "groups": one.collection.groups.len(),
            "artifacts": kinds.filter(|(_, n)| *n > 0).collect::<BTreeMap<_, _>>(),
            "problems": one.problems,
        })
    };
    taken.iter().map(one).collect()
}

fn closing(ctx: &Context, args: &Args, files: &[String]) -> Vec<String> {
    let dir = args.folder.display();
    let at = if dir.to_string() == "." { String::new() } else { format!(" -C {dir}") };
    let mut lines = vec![format!("wrote {} in `{dir}`", words::count(files.len(), "file"))];
    if args.from_skillmeat.is_some() {
        lines.push(
            "what SkillMeat has is as it was; docs/migration.md says how to take over what its web \
             pages hold"
                .to_owned(),
        );
    }
    lines.push(format!("next: `skillmeat{at} sync`, then `skillmeat{at} build`"));
    let root = disk::real_path(&ctx.env.root.join(&args.folder)).unwrap_or_default();
    let is_in_git = root.ancestors().any(|dir| dir.join(".git").exists());
    if !is_in_git {
        lines.push("it is meant to be kept in Git: `git init`".to_owned());
    }
    lines
}
