//! What was added, changed and removed when, newest first, by the dates in the lock.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::List;
use super::card::{KindView, source_link};
use super::frame::{Link, line};
use crate::model::id::ArtifactId;
use crate::site::Site;
use crate::words;

/// What happened on one day to an artifact, or to so many of a source.
#[derive(Serialize)]
pub(super) struct Change {
    label: String,
    url: String,
    /// That of the artifact; none where it is about several.
    kind: Option<KindView>,
    source: Link,
    /// `added`, `changed`, `removed`.
    what: &'static str,
    date: String,
}

/// More than this of one source on one day are told as one.
const TOLD_MAX: usize = 3;

type Event = (Reverse<Date>, usize, &'static str);

/// Of one source, by its place, or of all.
pub(super) fn latest(site: &Site<'_>, source: Option<usize>, max: usize) -> Vec<Change> {
    let mut events: BTreeMap<Event, Vec<(ArtifactId, String, String)>> = BTreeMap::new();
    let sources: Vec<usize> =
        source.map_or_else(|| (0..site.catalog.sources.len()).collect(), |at| vec![at]);
    for source in sources {
        for at in site.members(List::Source(source)) {
            let artifact = &site.catalog.artifacts[at];
            // What is new has not changed as well.
            let what = if artifact.changed == artifact.added { "added" } else { "changed" };
            if let Some(date) = artifact.changed.or(artifact.added) {
                let told = (artifact.id.clone(), line(artifact.label()), site.artifact_url(at));
                events.entry((Reverse(date), source, what)).or_default().push(told);
            }
        }
        let name = &site.catalog.sources[source].source.name;
        for (removed, url) in site.catalog.removed.iter().zip(&site.routes.removed) {
            if let Some(url) = url.as_ref().filter(|_| removed.id.source == *name) {
                let told = (removed.id.clone(), line(removed.id.short_name()), url.clone());
                events.entry((Reverse(removed.date), source, "removed")).or_default().push(told);
            }
        }
    }
    let told = events.into_iter().flat_map(|(event, told)| tell(site, event, told));
    told.take(max).collect()
}

fn tell(
    site: &Site<'_>,
    (Reverse(date), source, what): Event,
    told: Vec<(ArtifactId, String, String)>,
) -> Vec<Change> {
    let source = source_link(site, &site.catalog.sources[source].source.name);
    let change = |label, url, kind| Change {
        label,
        url,
        kind,
        source: source.clone(),
        what,
        date: date.to_string(),
    };
    if told.len() > TOLD_MAX {
        let label = words::count(told.len(), "artifact");
        return vec![change(label, source.url.clone(), None)];
    }
    let one =
        |(id, label, url): (ArtifactId, String, String)| change(label, url, Some(id.kind.into()));
    told.into_iter().map(one).collect()
}
