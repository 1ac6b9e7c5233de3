//! What can be found besides artifacts: collections, groups, views, sources, projects, kinds and
//! the catalog's own pages. Tags are not among them: they are in the tables beside the artifacts.

use serde_json::{Value, json};

use super::Scope;
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::{self, List};

/// Characters of a description.
const TEXT_MAX: usize = 120;

/// Each as `[what, label, address, how many artifacts or nothing, words about it]`, and the number
/// of parts that the data of all artifacts has.
pub(super) fn places(site: &Site<'_>) -> Value {
    let catalog = site.catalog;
    let mut all = Vec::new();
    let mut add = |what: &str, label: &str, url: String, n: Option<usize>, about: &str| {
        all.push(json!([what, page::line(label), url, n, page::words_of(about, TEXT_MAX)]));
    };
    let len = |list| site.members(list).len();
    for (at, resolved) in catalog.collections.iter().enumerate() {
        let definition = &resolved.definition;
        let list = List::Collection(at);
        let n = Some(resolved.members.len());
        add("collection", &definition.title, site.list_url(list), n, &definition.description);
        for (group, one) in resolved.groups.iter().enumerate() {
            let about = match one.definition.description.as_str() {
                "" => format!("In {}", definition.title),
                words => format!("In {}. {words}", definition.title),
            };
            let url = site.list_url(List::Group(at, group));
            add("group", &one.definition.title, url, Some(one.members.len()), &about);
        }
        for (view, one) in resolved.views.iter().enumerate() {
            let about = format!("In {}", definition.title);
            let url = site.list_url(List::View(at, view));
            add("view", &one.definition.title, url, Some(one.members.len()), &about);
        }
    }
    for (at, state) in catalog.sources.iter().enumerate() {
        let list = List::Source(at);
        let address = crate::format::redact::urls(&state.address);
        add("source", &state.source.name, site.list_url(list), Some(len(list)), &address);
    }
    for (at, project) in catalog.projects.iter().enumerate() {
        add("project", &project.name, site.routes.project_url(at), None, "");
    }
    for kind in Kind::ALL {
        let list = List::Kind(kind);
        add("kind", &crate::words::plural(kind.label()), site.list_url(list), Some(len(list)), "");
    }
    for own in catalog.pages.iter().filter(|own| !own.url.is_empty()) {
        add("page", &own.title, own.url.clone(), None, &own.body);
    }
    json!({"parts": Scope::All.n_parts(catalog), "places": all})
}
