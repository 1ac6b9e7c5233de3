//! `skillmeat show`

use serde_json::json;

use super::{Context, lack, list, report};
use crate::catalog::{Catalog, Index};
use crate::error::{Exit, Problem, Result};
use crate::words;

/// Show one artifact: facts, files, problems
#[derive(clap::Args)]
pub(super) struct Args {
    /// An id as `list` prints it; `kind:name` or `name` where only one fits
    #[arg(value_name = "ID")]
    id: String,
}

pub(super) fn run(ctx: &Context, args: &Args) -> Result<Option<Exit>> {
    let loaded = lack::as_far_as_can_be(ctx)?;
    let catalog = &loaded.catalog;
    let index = find(catalog, &args.id)?;
    if ctx.json {
        let artifact = &catalog.artifacts[index];
        let mut json = list::to_json(catalog, index, &catalog.groups()[index]);
        json["files"] = json!(artifact.files);
        json["can"] = json!(artifact.can);
        json["fields"] = json!(artifact.fields);
        report::json(&json!({ "schema": 1, "artifact": json }));
        return Ok(None);
    }
    print(ctx, catalog, index);
    Ok(None)
}

/// The artifact that a word means: an id, or the short forms `kind:name` and `name`.
pub(super) fn find(catalog: &Catalog, wanted: &str) -> Result<Index> {
    let short = |index: &Index| {
        let id = &catalog.artifacts[*index].id;
        let forms = [
            id.to_string(),
            format!("{}:{}", id.kind, id.name),
            format!("{}:{}", id.kind, id.short_name()),
        ];
        forms.iter().any(|form| form == wanted) || id.name == wanted || id.short_name() == wanted
    };
    let all = 0..catalog.artifacts.len();
    let exact = all.clone().find(|&index| catalog.artifacts[index].id.to_string() == wanted);
    let fitting: Vec<Index> = exact.map_or_else(|| all.filter(short).collect(), |one| vec![one]);
    let ids = |indices: &[Index]| -> Vec<String> {
        indices.iter().take(10).map(|&i| catalog.artifacts[i].id.to_string()).collect()
    };
    match fitting.as_slice() {
        [one] => Ok(*one),
        [] => {
            let known: Vec<String> = catalog.artifacts.iter().map(|a| a.id.to_string()).collect();
            let names = known.iter().map(String::as_str);
            let problem = Problem::error("SM203", format!("unknown artifact `{wanted}`"));
            let otherwise = "`skillmeat list` prints the ids there are";
            Err(problem.help(words::did_you_mean(wanted, names, otherwise)).into())
        }
        several => {
            let text = format!("`{wanted}` fits {} artifacts", several.len());
            let help = format!("name one: {}", words::list_or(&ids(several)));
            Err(Problem::error("SM234", text).help(help).into())
        }
    }
}

fn print(ctx: &Context, catalog: &Catalog, index: Index) {
    let artifact = &catalog.artifacts[index];
    let mut rows = vec![vec!["id".to_owned(), artifact.id.to_string()]];
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            rows.push(vec![name.to_owned(), value]);
        }
    };
    add("title", artifact.title.clone());
    add("version", artifact.version.clone());
    add("license", artifact.license.clone());
    add("author", artifact.author.clone());
    add("tags", Some(artifact.tags.join(", ")));
    add("tools", Some(artifact.can.tools.join(", ")));
    add("path", Some(artifact.path.clone()));
    add("hash", Some(artifact.hash.to_string()));
    add("changed", artifact.changed.map(|date| date.to_string()));
    let held = catalog.memberships[index].iter().map(|&at| &catalog.collections[at].definition);
    add("in", Some(held.map(|c| c.slug.clone()).collect::<Vec<_>>().join(", ")));
    report::out(&report::table(&rows));
    if !artifact.description.is_empty() {
        let lines: Vec<String> = artifact.description.lines().map(words::visible).collect();
        report::out(&format!("\n{}", lines.join("\n")));
    }
    let size = words::bytes(artifact.size());
    report::out(&format!("\n{}, {size}", words::count(artifact.files.len(), "file")));
    let files: Vec<Vec<String>> = artifact
        .files
        .iter()
        .map(|file| vec![String::new(), file.path.clone(), words::bytes(file.size)])
        .collect();
    report::out(&report::table(&files));
    artifact.problems.iter().for_each(|problem| ctx.problem(problem));
}
