//! `skillmeat collection`

use serde_json::{Value, json};

use super::edits::{self, How};
use super::{Context, report};
use crate::catalog::ResolvedCollection;
use crate::edit::change::{About, Change};
use crate::error::{Exit, Result};

/// List, make and change collections
///
/// The same edits as in the browser: small diffs of the files below `collections/`, which
/// `skillmeat undo` takes back. Nothing is committed.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List them in their order
    List,
    /// Make one
    Add(Add),
    /// Change what one says of itself and what it holds
    Edit(Edit),
    /// Move one among the others
    Move(Move),
    /// Delete one; its artifacts stay where they are
    Remove(Remove),
}

#[derive(clap::Args)]
struct Add {
    /// What people call it
    #[arg(value_name = "TITLE")]
    title: String,
    /// Name of its folder; made from the title by default
    #[arg(long, value_name = "NAME")]
    slug: Option<String>,
    #[command(flatten)]
    texts: Texts,
    /// An artifact that it holds; may be given several times
    #[arg(long, value_name = "ID")]
    with: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args)]
struct Texts {
    /// What it is for; empty takes it away
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who looks after it; empty takes it away
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
}

#[derive(clap::Args)]
struct Edit {
    /// Name of its folder
    #[arg(value_name = "COLLECTION")]
    collection: String,
    /// What people call it
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    texts: Texts,
    /// An artifact to put in; may be given several times
    #[arg(long, value_name = "ID")]
    with: Vec<String>,
    /// An artifact to take out, of its groups, too; may be given several times
    #[arg(long, value_name = "ID")]
    without: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args)]
struct Move {
    /// Name of its folder
    #[arg(value_name = "COLLECTION")]
    collection: String,
    /// The collection that it goes before; to the end by default
    #[arg(long, value_name = "COLLECTION")]
    before: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args)]
struct Remove {
    /// Name of its folder
    #[arg(value_name = "COLLECTION")]
    collection: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = edits::load(ctx)?;
    let catalog = &loaded.catalog;
    let (how, changes) = match &args.action {
        Action::List => {
            list(ctx, &catalog.collections);
            return Ok(None);
        }
        Action::Add(args) => {
            let about = about(Some(&args.title), &args.texts);
            let members = edits::ids(catalog, &args.with)?;
            let slug = args.slug.clone();
            (&args.how, vec![Change::CreateCollection { slug, about, members }])
        }
        Action::Edit(args) => {
            let collection = || args.collection.clone();
            let about = about(args.title.as_ref(), &args.texts);
            let (with, without) =
                (edits::ids(catalog, &args.with)?, edits::ids(catalog, &args.without)?);
            let mut changes = Vec::new();
            if !edits::is_empty(&about) {
                changes.push(Change::EditCollection { collection: collection(), about });
            }
            if !with.is_empty() {
                changes.push(Change::AddToCollection { collection: collection(), ids: with });
            }
            if !without.is_empty() {
                let collection = collection();
                changes.push(Change::RemoveFromCollection { collection, ids: without });
            }
            (&args.how, changes)
        }
        Action::Move(args) => {
            let (collection, before) = (args.collection.clone(), args.before.clone());
            (&args.how, vec![Change::PlaceCollection { collection, before }])
        }
        Action::Remove(args) => {
            let title = &edits::collection(catalog, &args.collection)?.definition.title;
            if !args.how.dry_run
                && !edits::agrees(&format!("delete the collection {title}?"), args.yes)?
            {
                return Ok(Some(Exit::No));
            }
            let collection = args.collection.clone();
            (&args.how, vec![Change::DeleteCollection { collection }])
        }
    };
    edits::make(ctx, catalog, how, &changes)
}

fn about(title: Option<&String>, texts: &Texts) -> About {
    About {
        title: title.map(|title| Some(title.clone())),
        description: edits::text(texts.description.as_ref()),
        owner: edits::text(texts.owner.as_ref()),
        ..About::default()
    }
}

fn list(ctx: &Context, all: &[ResolvedCollection]) {
    if ctx.json {
        let one = |it: &ResolvedCollection| {
            let about = &it.definition;
            json!({
                "slug": about.slug, "title": about.title, "file": about.file,
                "order": about.order, "artifacts": it.members.len(), "groups": it.groups.len(),
            })
        };
        let collections: Vec<Value> = all.iter().map(one).collect();
        report::json(&json!({"schema": 1, "collections": collections}));
        return;
    }
    let row = |it: &ResolvedCollection| {
        let about = &it.definition;
        let (members, groups) = (it.members.len(), it.groups.len());
        vec![about.slug.clone(), members.to_string(), groups.to_string(), about.title.clone()]
    };
    let mut rows = vec![["name", "artifacts", "groups", "title"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(row));
    report::out(&report::table(&rows));
}
