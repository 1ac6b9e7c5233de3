//! `llms.txt`: what the site is and where the Markdown of each artifact is, for agents.
//!
//! Few artifacts are listed by kind; many are in the Markdown of the kinds, in parts.

use super::link::{Links, line, markdown};
use super::{Machine, path as path_of, twin};
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::List;
use crate::words;

/// More artifacts are not listed here.
const LISTED_MAX: usize = 300;

pub(super) fn text(site: &Site<'_>, path: &str) -> String {
    let catalog = site.catalog;
    let links = Links::new(site, path);
    let mut out = format!("# {}\n\n", markdown(&catalog.site.title));
    let description = line(&catalog.site.description);
    if !description.is_empty() {
        out.push_str(&format!("> {}\n\n", markdown(&description)));
    }
    out.push_str(&format!(
        "A catalog of agent artifacts: {}. Each has a Markdown page: its document below a front \
         matter with its id, version and files, each file with a link to its text.\n",
        words::count(catalog.artifacts.len(), "artifact"),
    ));
    if !catalog.collections.is_empty() {
        out.push_str("\n## Collections\n\n");
    }
    for (at, collection) in catalog.collections.iter().enumerate() {
        let url = links.to(&path_of(catalog, site.routes, Machine::List(List::Collection(at), 1)));
        let definition = &collection.definition;
        let mut about = words::count(collection.members.len(), "artifact");
        if !line(&definition.description).is_empty() {
            about = format!("{about}. {}", twin::short(&definition.description));
        }
        out.push_str(&format!("- [{}]({url}): {about}\n", markdown(&definition.title)));
    }
    for (kind, members) in &site.routes.kinds {
        out.push_str(&format!("\n## {}\n\n", words::plural(kind.label())));
        if catalog.artifacts.len() <= LISTED_MAX {
            members.iter().for_each(|at| out.push_str(&twin::row(site, &links, *at)));
        } else {
            out.push_str(&parts(site, &links, *kind, members));
        }
    }
    out.push_str("\n## Optional\n\n");
    let index = links.to("api/v1/index.json");
    out.push_str(&format!("- [JSON]({index}): all of it for programs, with links to each part\n"));
    if !site.options.offline_copy {
        let feed = links.to("feed.xml");
        out.push_str(&format!("- [Changes]({feed}): what was added, changed and removed\n"));
    }
    out
}

/// One line for each part of a kind's artifacts.
fn parts(site: &Site<'_>, links: &Links<'_>, kind: Kind, members: &[usize]) -> String {
    let label = words::plural(kind.label());
    let n_parts = twin::n_parts(members.len());
    let line = |(part, members): (usize, &[usize])| {
        let machine = Machine::List(List::Kind(kind), part + 1);
        let url = links.to(&path_of(site.catalog, site.routes, machine));
        let id = |at: Option<&usize>| {
            at.map(|at| markdown(&site.catalog.artifacts[*at].id.to_string())).unwrap_or_default()
        };
        let (first, last) = (id(members.first()), id(members.last()));
        let n = words::count(members.len(), "artifact");
        match n_parts {
            1 => format!("- [{label}]({url}): {n}\n"),
            _ => format!("- [{label}, part {}]({url}): {n}, from {first} to {last}\n", part + 1),
        }
    };
    members.chunks(twin::ROWS_MAX).enumerate().map(line).collect()
}
