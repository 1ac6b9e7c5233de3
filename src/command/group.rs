//! `skillmeat group`

use serde_json::{Value, json};

use super::edits::{self, How};
use super::{Context, report};
use crate::catalog::{ResolvedCollection, ResolvedGroup};
use crate::edit::change::{About, Change, Position};
use crate::error::{Exit, Result};

/// List, make and change the groups of a collection
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
    /// List those of a collection in their order
    List(List),
    /// Make one
    Add(Add),
    /// Change what one says of itself and what it holds
    Edit(Edit),
    /// Move one among the others
    Move(Move),
    /// Delete one; what it holds stays in the collection
    Remove(Remove),
}

#[derive(clap::Args)]
struct List {
    /// Name of the collection's folder
    #[arg(value_name = "COLLECTION")]
    collection: String,
}

/// Which one.
#[derive(clap::Args)]
struct Which {
    /// Name of the collection's folder
    #[arg(value_name = "COLLECTION")]
    collection: String,
    /// Name of the group's file, without its ending
    #[arg(value_name = "GROUP")]
    group: String,
}

#[derive(clap::Args)]
struct Add {
    /// Name of the collection's folder
    #[arg(value_name = "COLLECTION")]
    collection: String,
    /// What people call it
    #[arg(value_name = "TITLE")]
    title: String,
    /// Name of its file; made from the title by default
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
    /// The icon beside its title; empty takes it away
    #[arg(long, value_name = "ICON")]
    icon: Option<String>,
    /// A colour of the palette; empty takes it away
    #[arg(long, value_name = "NAME")]
    colour: Option<String>,
}

#[derive(clap::Args)]
struct Edit {
    #[command(flatten)]
    which: Which,
    /// What people call it
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    texts: Texts,
    /// An artifact to put in, in the order given; may be given several times
    #[arg(long, value_name = "ID")]
    with: Vec<String>,
    /// The member that those go before; by default they stand by name, behind those with a place
    #[arg(long, value_name = "ID", requires = "with")]
    at: Option<String>,
    /// An artifact to take out; it stays in the collection; may be given several times
    #[arg(long, value_name = "ID")]
    without: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args)]
struct Move {
    #[command(flatten)]
    which: Which,
    /// The group that it goes before; to the end by default
    #[arg(long, value_name = "GROUP")]
    before: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(clap::Args)]
struct Remove {
    #[command(flatten)]
    which: Which,
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
        Action::List(args) => {
            list(ctx, edits::collection(catalog, &args.collection)?);
            return Ok(None);
        }
        Action::Add(args) => {
            let about = about(Some(&args.title), &args.texts);
            let members = edits::ids(catalog, &args.with)?;
            let (collection, slug) = (args.collection.clone(), args.slug.clone());
            (&args.how, vec![Change::CreateGroup { collection, slug, about, members }])
        }
        Action::Edit(args) => {
            let names = || (args.which.collection.clone(), args.which.group.clone());
            let about = about(args.title.as_ref(), &args.texts);
            let (with, without) =
                (edits::ids(catalog, &args.with)?, edits::ids(catalog, &args.without)?);
            let before = edits::ids(catalog, args.at.as_slice())?.pop();
            let mut changes = Vec::new();
            let (collection, group) = names();
            if !edits::is_empty(&about) {
                changes.push(Change::EditGroup { collection, group, about });
            }
            let (collection, group) = names();
            if !with.is_empty() {
                let at = before.map_or(Position::Unranked, Position::Before);
                changes.push(Change::AddToGroup { collection, group, ids: with, at });
            }
            let (collection, group) = names();
            if !without.is_empty() {
                changes.push(Change::RemoveFromGroup { collection, group, ids: without });
            }
            (&args.how, changes)
        }
        Action::Move(args) => {
            let (collection, group) = (args.which.collection.clone(), args.which.group.clone());
            let before = args.before.clone();
            (&args.how, vec![Change::PlaceGroup { collection, group, before }])
        }
        Action::Remove(args) => {
            let (collection, group) = (args.which.collection.clone(), args.which.group.clone());
            if !args.how.dry_run && !edits::agrees(&format!("delete the group {group}?"), args.yes)?
            {
                return Ok(Some(Exit::No));
            }
            (&args.how, vec![Change::DeleteGroup { collection, group }])
        }
    };
    edits::make(ctx, catalog, how, &changes)
}

fn about(title: Option<&String>, texts: &Texts) -> About {
    About {
        title: title.map(|title| Some(title.clone())),
        description: edits::text(texts.description.as_ref()),
        icon: edits::text(texts.icon.as_ref()),
        color: edits::text(texts.colour.as_ref()),
        ..About::default()
    }
}

fn list(ctx: &Context, collection: &ResolvedCollection) {
    let groups = &collection.groups;
    if ctx.json {
        let one = |it: &ResolvedGroup| {
            let about = &it.definition;
            json!({
                "slug": about.slug, "title": about.title, "file": about.file,
                "order": about.order, "artifacts": it.members.len(),
            })
        };
        let groups: Vec<Value> = groups.iter().map(one).collect();
        report::json(&json!({"schema": 1, "groups": groups}));
        return;
    }
    let row = |it: &ResolvedGroup| {
        let about = &it.definition;
        vec![about.slug.clone(), it.members.len().to_string(), about.title.clone()]
    };
    let mut rows = vec![["name", "artifacts", "title"].map(str::to_owned).to_vec()];
    rows.extend(groups.iter().map(row));
    report::out(&report::table(&rows));
}
