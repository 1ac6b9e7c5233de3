//! Feeds: what was added, changed and removed, newest first, as Atom and as JSON Feed.
//!
//! All of it comes from the dates in the lock, so a feed changes when the catalog does and never
//! because it was built again. An id is made of the catalog's title and of what happened when to
//! which artifact: it is the same in every feed and needs no address of the site.

use std::cmp::Reverse;

use jiff::civil::Date;
use serde_json::json;

use super::link::{Links, line, xml};
use super::{Format, Scope, folder};
use crate::catalog::Index;
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::site::Site;
use crate::site::page::List;

const ENTRIES_MAX: usize = 50;

/// What a feed with nothing to tell was last changed at.
const NEVER: &str = "1970-01-01T00:00:00Z";

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Added,
    Changed,
    Removed,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            What::Added => "added",
            What::Changed => "changed",
            What::Removed => "removed",
        }
    }
}

/// Something that happened to an artifact, or to one that is no more, by its place among these.
#[derive(Clone, Copy)]
struct Event<'a> {
    date: Date,
    id: &'a ArtifactId,
    what: What,
    at: usize,
}

struct Entry {
    id: String,
    title: String,
    text: String,
    /// Below the site.
    url: String,
    date: String,
    kind: Kind,
}

/// What a feed is called.
pub(super) fn title(site: &Site<'_>, scope: Scope) -> String {
    let catalog = site.catalog;
    match scope {
        Scope::All => line(&catalog.site.title),
        Scope::Collection(at) => {
            let title = &catalog.collections[at].definition.title;
            format!("{} in {}", line(title), line(&catalog.site.title))
        }
        Scope::Source(at) => {
            let name = &catalog.sources[at].source.name;
            format!("{} in {}", line(name), line(&catalog.site.title))
        }
    }
}

fn description(site: &Site<'_>, scope: Scope) -> String {
    match scope {
        Scope::All => line(&site.catalog.site.description),
        Scope::Collection(at) => line(&site.catalog.collections[at].definition.description),
        Scope::Source(at) => {
            format!("Artifacts from {}", line(&site.catalog.sources[at].address))
        }
    }
}

pub(super) fn atom(site: &Site<'_>, path: &str, scope: Scope) -> String {
    let links = Links::new(site, path);
    let entries = entries(site, scope);
    let home = folder(site.routes, scope);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <id>{}</id>\n<title>{}</title>\n",
        urn(site, &["feed", &home]),
        xml(&title(site, scope)),
    );
    let subtitle = description(site, scope);
    if !subtitle.is_empty() {
        out.push_str(&format!("<subtitle>{}</subtitle>\n", xml(&subtitle)));
    }
    out.push_str(&format!(
        "<updated>{}</updated>\n<author><name>{}</name></author>\n\
         <generator version=\"{}\">skillmeat</generator>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n",
        entries.first().map_or(NEVER, |entry| &entry.date),
        xml(&site.catalog.site.title),
        env!("CARGO_PKG_VERSION"),
        xml(&links.to(&home)),
    ));
    if let Some(own) = links.absolute(path) {
        let media_type = Format::Atom.media_type();
        let own = xml(&own);
        out.push_str(&format!("<link rel=\"self\" type=\"{media_type}\" href=\"{own}\"/>\n"));
    }
    for entry in &entries {
        out.push_str(&format!(
            "<entry>\n<id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>\n\
             <category term=\"{}\" label=\"{}\"/>\n<summary>{}</summary>\n</entry>\n",
            entry.id,
            xml(&entry.title),
            entry.date,
            xml(&links.to(&entry.url)),
            entry.kind,
            entry.kind.label(),
            xml(&entry.text),
        ));
    }
    out + "</feed>\n"
}

pub(super) fn json(site: &Site<'_>, path: &str, scope: Scope) -> String {
    let links = Links::new(site, path);
    let item = |entry: Entry| {
        json!({
            "id": entry.id,
            "url": links.to(&entry.url),
            "title": entry.title,
            "content_text": entry.text,
            "date_published": entry.date,
            "tags": [entry.kind.word()],
        })
    };
    let items: Vec<_> = entries(site, scope).into_iter().map(item).collect();
    let mut feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": title(site, scope),
        "description": description(site, scope),
        "authors": [{"name": line(&site.catalog.site.title)}],
    });
    // Both have to be absolute.
    if let (Some(home), Some(own)) =
        (links.absolute(&folder(site.routes, scope)), links.absolute(path))
    {
        feed["home_page_url"] = home.into();
        feed["feed_url"] = own.into();
    }
    feed["items"] = items.into();
    // Maps with text keys and text: nothing in them can fail.
    serde_json::to_string_pretty(&feed).unwrap_or_default() + "\n"
}

fn entries(site: &Site<'_>, scope: Scope) -> Vec<Entry> {
    let members = match scope {
        Scope::All => site.members(List::All),
        Scope::Collection(at) => site.members(List::Collection(at)),
        Scope::Source(at) => site.members(List::Source(at)),
    };
    let mut events: Vec<Event<'_>> = Vec::new();
    for at in members {
        let artifact = &site.catalog.artifacts[at];
        let mut tell = |date: Option<Date>, what| {
            events.extend(date.map(|date| Event { date, id: &artifact.id, what, at }));
        };
        tell(artifact.added, What::Added);
        // What is new has not changed as well.
        tell(artifact.changed.filter(|_| artifact.changed != artifact.added), What::Changed);
    }
    for (at, removed) in site.catalog.removed.iter().enumerate() {
        if site.routes.removed[at].is_some() && is_missed(site, scope, &removed.id) {
            events.push(Event { date: removed.date, id: &removed.id, what: What::Removed, at });
        }
    }
    events.sort_by_key(|event| (Reverse(event.date), event.id, event.what));
    events.truncate(ENTRIES_MAX);
    events.into_iter().map(|event| entry(site, event)).collect()
}

/// Whether what was removed was of the scope: of a collection's past, its files tell what they
/// still name.
fn is_missed(site: &Site<'_>, scope: Scope, id: &ArtifactId) -> bool {
    match scope {
        Scope::All => true,
        Scope::Source(at) => site.catalog.sources[at].source.name == id.source,
        Scope::Collection(at) => {
            let collection = &site.catalog.collections[at];
            let groups = collection.groups.iter().flat_map(|group| &group.gone);
            collection.gone.iter().chain(groups).any(|gone| gone == id)
        }
    }
}

fn entry(site: &Site<'_>, event: Event<'_>) -> Entry {
    let Event { id, what, at, .. } = event;
    let removed = what == What::Removed;
    let label = if removed { id.short_name() } else { site.catalog.artifacts[at].label() };
    let about = if removed { "its source no longer has it".to_owned() } else { about(site, at) };
    let part = id.name.split_once(':').map(|(plugin, _)| format!("{} in ", line(plugin)));
    let from = part.unwrap_or_default() + &line(&id.source);
    let from = format!("{} from {from}", id.kind.label());
    let text = if about.is_empty() { from } else { format!("{from}: {about}") };
    let url = if removed {
        site.routes.removed[at].clone().unwrap_or_default()
    } else {
        site.artifact_url(at)
    };
    Entry {
        id: urn(site, &["entry", &id.to_string(), what.word(), &event.date.to_string()]),
        title: format!("{} {}", line(label), what.word()),
        text,
        url,
        date: format!("{}T00:00:00Z", event.date),
        kind: id.kind,
    }
}

fn about(site: &Site<'_>, at: Index) -> String {
    let version = site.catalog.artifacts[at].version.as_deref().map(line);
    let description = line(site.routes.summary(site.catalog, at));
    match version {
        Some(version) if description.is_empty() => format!("version {version}"),
        Some(version) => format!("{description} (version {version})"),
        None => description,
    }
}

/// A UUID made of words, of the version for such schemes (8), as a URN.
fn urn(site: &Site<'_>, words: &[&str]) -> String {
    let name = format!("skillmeat\0{}\0{}", site.catalog.site.title, words.join("\0"));
    let mut bytes = *ContentHash::of(name.as_bytes()).as_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = ContentHash::from_bytes(bytes).short(32);
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("urn:uuid:{}", parts.join("-"))
}
