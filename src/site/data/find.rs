//! What the browser searches: per list of artifacts, scripts that hand over compact JSON.
//!
//! Scripts, because pages opened from a folder may not fetch; a text inside them, because browsers
//! read that faster than a literal. Names are fixed, so that an edit touches no page; a part holds
//! so many artifacts and has its own tables, so that an edit rewrites no more than its part.
//! Knows nothing of how a query is understood: that is `find.js`.

mod columns;
mod places;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::super::page::{self, List};
use crate::catalog::{Catalog, Index};
use crate::model::deployment::State;
use crate::model::id::Kind;
use crate::site::Site;
use columns::{Column, Table, several};

/// Artifacts in one part.
pub const PART_MAX: usize = 2_500;
/// Characters of a description that are searched and shown.
const TEXT_MAX: usize = 120;

/// Which file it is; parts are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Find {
    /// What lists need of each artifact, but for its description.
    Core(Scope, usize),
    Text(Scope, usize),
    /// What can be found besides artifacts.
    Places,
}

/// Which artifacts: all, or those of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    All,
    Collection(usize),
}

impl Scope {
    fn list(self) -> List {
        match self {
            Scope::All => List::All,
            Scope::Collection(at) => List::Collection(at),
        }
    }

    fn len(self, catalog: &Catalog) -> usize {
        match self {
            Scope::All => catalog.artifacts.len(),
            Scope::Collection(at) => catalog.collections[at].members.len(),
        }
    }

    /// How many parts its data has.
    pub fn n_parts(self, catalog: &Catalog) -> usize {
        self.len(catalog).div_ceil(PART_MAX)
    }
}

/// Every file of a site.
pub(in crate::site) fn all(catalog: &Catalog) -> Vec<Find> {
    let collections = (0..catalog.collections.len()).map(Scope::Collection);
    let scopes = std::iter::once(Scope::All).chain(collections);
    let parts = scopes.flat_map(|scope| {
        let parts = 1..=scope.n_parts(catalog);
        parts.flat_map(move |part| [Find::Core(scope, part), Find::Text(scope, part)])
    });
    parts.chain([Find::Places]).collect()
}

/// The name of a file's part: `1`, `text-1`, `places`.
pub(in crate::site) fn name(find: Find) -> String {
    match find {
        Find::Core(_, part) => part.to_string(),
        Find::Text(_, part) => format!("text-{part}"),
        Find::Places => "places".to_owned(),
    }
}

/// The folder of the list it belongs to.
pub(in crate::site) fn folder(find: Find) -> List {
    match find {
        Find::Core(scope, _) | Find::Text(scope, _) => scope.list(),
        Find::Places => List::All,
    }
}

pub(in crate::site) fn render(site: &Site<'_>, find: Find) -> Vec<u8> {
    let of = |scope: Scope, part: usize| {
        let members = site.members(scope.list());
        members.chunks(PART_MAX).nth(part - 1).unwrap_or_default().to_vec()
    };
    let value = match find {
        Find::Core(scope, part) => core(site, scope, &of(scope, part)),
        Find::Text(scope, part) => texts(site, &of(scope, part)),
        Find::Places => places::places(site),
    };
    let scope = site.list_url(folder(find));
    let (scope, name) = (quoted(&scope), quoted(&name(find)));
    format!("SM.load({scope},{name},{})\n", quoted(&value.to_string())).into_bytes()
}

/// A text as a script says it. `<` could end a script, or begin a comment in one.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '<' => out.push_str("\\x3c"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

fn texts(site: &Site<'_>, members: &[Index]) -> Value {
    let one = |at: &Index| match page::instead(&site.catalog.artifacts[*at]) {
        Some(instead) => json!([instead.words, page::words_of(&instead.code, TEXT_MAX)]),
        None => Value::from(page::words_of(site.routes.summary(site.catalog, *at), TEXT_MAX)),
    };
    members.iter().map(one).collect()
}

/// The tables that rows point into, each row `[key, label, path, more]`: `0` for a label that is
/// the key, what is missing at the end left out.
#[derive(Default)]
struct Tables {
    kind: Table,
    source: Table,
    tag: Table,
    status: Table,
    plugin: Table,
    project: Table,
    collection: Table,
    group: Table,
    view: Table,
    date: Table,
}

impl Tables {
    fn into_json(self) -> Value {
        let tables = [
            ("kind", self.kind),
            ("source", self.source),
            ("tag", self.tag),
            ("status", self.status),
            ("plugin", self.plugin),
            ("project", self.project),
            ("collection", self.collection),
            ("group", self.group),
            ("view", self.view),
            ("date", self.date),
        ];
        let filled = tables.into_iter().filter(|(_, table)| !table.is_empty());
        let named = filled.map(|(name, table)| (name.to_owned(), table.into_json()));
        Value::Object(named.collect::<Map<_, _>>())
    }

    fn kind(&mut self, kind: Kind) -> usize {
        self.kind.place(kind.word(), || json!([kind.word(), kind.label()]))
    }

    fn status(&mut self, state: State) -> usize {
        self.status.place(state.word(), || json!([state.word(), state.label()]))
    }

    fn source(&mut self, site: &Site<'_>, at: Index) -> usize {
        let name = &site.catalog.artifacts[at].id.source;
        self.source.place(name, || {
            let path = site.routes.artifact_path(site.catalog, at);
            let slug = path.split('/').next().unwrap_or_default();
            let via = site.catalog.source(name).map_or("folder", page::icon);
            json!([page::line(name), 0, slug, via])
        })
    }

    fn tag(&mut self, site: &Site<'_>, name: &str) -> usize {
        self.tag.place(name, || {
            let at = site.routes.tags.binary_search_by(|tag| tag.name.as_str().cmp(name));
            let slug = at.map(|at| site.routes.tags[at].slug.as_str()).unwrap_or_default();
            let shown = page::line(name);
            if slug == shown { json!([shown]) } else { json!([shown, 0, slug]) }
        })
    }

    /// Among all artifacts, a group is named with its collection.
    fn group(&mut self, site: &Site<'_>, scope: Scope, (at, group): (usize, usize)) -> usize {
        let (collection, slug) = (&site.routes.collections[at], &site.routes.groups[at][group]);
        let key = match scope {
            Scope::All => format!("{collection}/{slug}"),
            Scope::Collection(_) => slug.clone(),
        };
        self.group.place(&key, || {
            let definition = &site.catalog.collections[at].groups[group].definition;
            let color = page::color(definition.color.as_deref());
            json!([
                key,
                page::line(&definition.title),
                format!("{collection}/groups/{slug}"),
                color
            ])
        })
    }

    fn plugin(&mut self, name: &str) -> usize {
        self.plugin.place(name, || json!([page::line(name)]))
    }

    fn date(&mut self, date: Date) -> usize {
        let date = date.to_string();
        self.date.place(&date, || Value::from(date.as_str()))
    }

    fn collection(&mut self, site: &Site<'_>, at: usize) -> usize {
        let slug = &site.routes.collections[at];
        let title = &site.catalog.collections[at].definition.title;
        self.collection.place(slug, || json!([slug, page::line(title)]))
    }

    fn project(&mut self, site: &Site<'_>, at: usize) -> usize {
        let slug = &site.routes.projects[at];
        self.project.place(slug, || json!([slug, page::line(&site.catalog.projects[at].name)]))
    }
}

/// The columns; [`row`] has a value for each.
const COLUMNS: [&str; 16] = [
    "name",
    "label",
    "slug",
    "kind",
    "source",
    "tag",
    "status",
    "plugin",
    "project",
    "collection",
    "group",
    "view",
    "version",
    "problems",
    "added",
    "changed",
];

fn core(site: &Site<'_>, scope: Scope, members: &[Index]) -> Value {
    let mut tables = Tables::default();
    let mut columns = COLUMNS.map(|name| (name, Column::default()));
    let views = views(site, scope, members, &mut tables);
    for (at, views) in members.iter().zip(&views) {
        let values = row(site, scope, *at, views, &mut tables);
        for ((_, column), value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
    }
    let filled = columns
        .into_iter()
        .filter_map(|(name, column)| column.into_json().map(|column| (name.to_owned(), column)));
    let mut value: Map<String, Value> = filled.collect();
    value.insert("ranks".to_owned(), ranks(site, scope, members));
    value.insert("tables".to_owned(), tables.into_json());
    Value::Object(value)
}

/// An artifact as the columns have it; what it does not have is nothing or `0`.
fn row(
    site: &Site<'_>,
    scope: Scope,
    at: Index,
    views: &[usize],
    tables: &mut Tables,
) -> [Value; COLUMNS.len()] {
    let artifact = &site.catalog.artifacts[at];
    let name = page::line(&artifact.id.name);
    let label = page::line(artifact.label());
    let slug = &site.catalog.slugs[at];
    let own_slug = (*slug != name.replace(':', "--")).then_some(slug);
    let here = |(at, _): &&(usize, usize)| scope == Scope::All || scope == Scope::Collection(*at);
    let mut projects: Vec<usize> =
        site.routes.deployed[at].iter().map(|(project, _)| *project).collect();
    projects.dedup();
    let groups = site.routes.held[at].iter().filter(here);
    let collections = match scope {
        Scope::All => site.catalog.memberships[at].as_slice(),
        Scope::Collection(_) => &[],
    };
    [
        json!(name),
        json!((label != page::line(artifact.id.short_name())).then_some(label)),
        json!(own_slug),
        json!(tables.kind(artifact.id.kind)),
        json!(tables.source(site, at)),
        several(artifact.tags.iter().map(|tag| tables.tag(site, tag))),
        json!(page::worst(site, at).map(|state| tables.status(state))),
        json!(artifact.plugin.as_deref().map(|plugin| tables.plugin(plugin))),
        several(projects.iter().map(|at| tables.project(site, *at))),
        several(collections.iter().map(|at| tables.collection(site, *at))),
        several(groups.map(|one| tables.group(site, scope, *one))),
        several(views.iter().copied()),
        json!(artifact.version.as_deref().map(page::line)),
        json!(artifact.problems.len()),
        json!(artifact.added.map(|date| tables.date(date))),
        json!(artifact.changed.map(|date| tables.date(date))),
    ]
}

/// Beside `members`: the views of the collection that show each.
fn views(site: &Site<'_>, scope: Scope, members: &[Index], tables: &mut Tables) -> Vec<Vec<usize>> {
    let mut of = vec![Vec::new(); members.len()];
    let Scope::Collection(at) = scope else { return of };
    for (view, resolved) in site.catalog.collections[at].views.iter().enumerate() {
        for row in resolved.members.iter().filter_map(|at| members.binary_search(at).ok()) {
            let (collection, slug) = (&site.routes.collections[at], &site.routes.views[at][view]);
            let title = page::line(&resolved.definition.title);
            let line = || json!([slug, title, format!("{collection}/views/{slug}")]);
            of[row].push(tables.view.place(slug, line));
        }
    }
    of
}

/// The order of members that a person gave to groups: group, row, place. Others stand by id.
fn ranks(site: &Site<'_>, scope: Scope, members: &[Index]) -> Value {
    let Scope::Collection(at) = scope else { return json!({}) };
    let groups = site.catalog.collections[at].groups.iter().enumerate();
    let ordered = groups.filter(|(_, group)| !group.members.is_sorted());
    let one = |(at_group, group): (usize, &crate::catalog::ResolvedGroup)| {
        let places = group.members.iter().enumerate();
        let here = places.filter_map(|(place, member)| {
            let row = members.binary_search(member).ok()?;
            Some((row.to_string(), Value::from(place)))
        });
        (site.routes.groups[at][at_group].clone(), Value::Object(here.collect()))
    };
    Value::Object(ordered.map(one).collect())
}
