//! What a form says, to what is to be changed. Pure: the fields of a form and the catalog that it was
//! made from, to changes or to what is wrong with which field.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::edit::change::{About, Change, Position, Seen};
use crate::model::id::ArtifactId;
use crate::state::journal::EditId;

/// The fields of a form or of an address, in their order.
pub struct Sent(pub Vec<(String, String)>);

/// What somebody wants who sends a form.
pub enum Wish {
    /// The changes, and the form that comes back when they are refused.
    Change {
        form: &'static str,
        changes: Vec<Change>,
    },
    /// A form for what was chosen.
    Show(&'static str),
    Undo(EditId),
    Wrong {
        form: &'static str,
        fields: Vec<(String, String)>,
    },
}

impl Sent {
    pub fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub fn all<'a, 'b>(&'a self, name: &'b str) -> impl Iterator<Item = &'a str> + use<'a, 'b> {
        let fields = self.0.iter().filter(move |(key, _)| key == name);
        fields.map(|(_, value)| value.as_str())
    }

    pub fn filled(&self, name: &str) -> Option<String> {
        self.one(name).filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    pub fn without(&self, names: &[&str]) -> Sent {
        let kept = self.0.iter().filter(|(key, _)| !names.contains(&key.as_str()));
        Sent(kept.cloned().collect())
    }

    /// `path=hash`, or `path=` for a file that was not there; what is neither was not seen.
    pub fn seen(&self) -> Seen {
        let one = |text: &str| {
            let (path, hash) = text.rsplit_once('=')?;
            let hash = if hash.is_empty() { None } else { Some(hash.parse().ok()?) };
            Some((path.to_owned(), hash))
        };
        self.all("seen").filter_map(one).collect()
    }

    pub fn ids(&self) -> Option<Vec<ArtifactId>> {
        self.all("id").map(|id| id.parse().ok()).collect()
    }

    /// The texts that the form has; an empty one is taken away.
    fn about(&self, title: &str) -> About {
        let text = |name: &str| {
            let text = self.one(name)?.trim();
            Some((!text.is_empty()).then(|| text.replace("\r\n", "\n")))
        };
        About {
            title: text(title),
            description: text("description"),
            owner: text("owner"),
            icon: text("icon"),
            color: text("color"),
        }
    }
}

/// `None` for what no form of ours sends.
pub fn wish(catalog: &Catalog, action: &str, sent: &Sent) -> Option<Wish> {
    let text = |name: &str| sent.one(name).map(str::to_owned);
    let change = |form, change| Some(Wish::Change { form, changes: vec![change] });
    let about = sent.about("title");
    // `slug/before`, as a step up or down says it, or a field for each.
    let placed = |name: &str| match sent.one("place").and_then(|place| place.split_once('/')) {
        Some((slug, before)) => Some((slug.to_owned(), before.to_owned())),
        None => Some((text(name)?, text("before").unwrap_or_default())),
    };
    let before = |slug: String| (!slug.is_empty()).then_some(slug);
    match action {
        "show" => {
            let forms = ["groups", "collections", "remove"];
            Some(Wish::Show(forms.into_iter().find(|form| Some(*form) == sent.one("form"))?))
        }
        "undo" => Some(Wish::Undo(sent.one("id")?.parse().ok()?)),
        "create-collection" => {
            let members = sent.ids()?;
            change("collection", Change::CreateCollection { slug: None, about, members })
        }
        "edit-collection" => {
            let collection = text("collection")?;
            change("collection", Change::EditCollection { collection, about })
        }
        "delete-collection" => {
            let collection = text("collection")?;
            change("delete-collection", Change::DeleteCollection { collection })
        }
        "place-collection" => {
            let (collection, next) = placed("collection")?;
            change("order", Change::PlaceCollection { collection, before: before(next) })
        }
        "create-group" => {
            let (collection, members) = (text("collection")?, sent.ids()?);
            change("group", Change::CreateGroup { collection, slug: None, about, members })
        }
        "edit-group" => {
            let (collection, group) = (text("collection")?, text("group")?);
            change("group", Change::EditGroup { collection, group, about })
        }
        "delete-group" => {
            let (collection, group) = (text("collection")?, text("group")?);
            change("delete-group", Change::DeleteGroup { collection, group })
        }
        "place-group" => {
            let (collection, (group, next)) = (text("collection")?, placed("group")?);
            let form = if sent.one("place").is_some() { "order-groups" } else { "move-group" };
            change(form, Change::PlaceGroup { collection, group, before: before(next) })
        }
        "groups" => Some(groups(catalog, sent, sent.ids()?)),
        "collections" => Some(collections(sent, sent.ids()?)),
        "remove" => {
            let (collection, ids) = (text("collection")?, sent.ids()?);
            let removed = match sent.filled("group") {
                Some(group) => Change::RemoveFromGroup { collection, group, ids },
                None => Change::RemoveFromCollection { collection, ids },
            };
            change("remove", removed)
        }
        "move" => Some(Wish::Change { form: "move", changes: vec![moved(sent, sent.ids()?)?] }),
        _ => None,
    }
}

/// The groups that were ticked and are no more, and the other way round.
fn groups(catalog: &Catalog, sent: &Sent, ids: Vec<ArtifactId>) -> Wish {
    let was: BTreeSet<&str> = sent.all("was").collect();
    let is: BTreeSet<&str> = sent.all("in").collect();
    let set = |sign: char| sent.all("set").filter_map(move |one| one.strip_prefix(sign));
    let split = |value: &str| value.split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let added = is.difference(&was).copied().chain(set('+')).filter_map(split);
    let mut changes: Vec<Change> = added
        .map(|(collection, group)| {
            let ids = ids.clone();
            Change::AddToGroup { collection, group, ids, at: Position::default() }
        })
        .collect();
    let removed = was.difference(&is).copied().chain(set('-')).filter_map(split);
    changes.extend(removed.map(|(collection, group)| {
        let ids = held(catalog, &collection, &group, &ids);
        Change::RemoveFromGroup { collection, group, ids }
    }));
    if let (Some(_), Some(collection)) = (sent.filled("new_title"), sent.filled("new_in")) {
        let about = About { title: sent.about("new_title").title, ..About::default() };
        changes.push(Change::CreateGroup { collection, slug: None, about, members: ids });
    }
    Wish::Change { form: "groups", changes }
}

/// Those of them that a group holds.
fn held(catalog: &Catalog, collection: &str, group: &str, ids: &[ArtifactId]) -> Vec<ArtifactId> {
    let of = catalog.collections.iter().find(|one| one.definition.slug == collection);
    let group = of.and_then(|of| of.groups.iter().find(|one| one.definition.slug == group));
    let is_in = |id: &&ArtifactId| {
        group.is_none_or(|group| catalog.find(id).is_some_and(|at| group.members.contains(&at)))
    };
    ids.iter().filter(is_in).cloned().collect()
}

/// Into collections, and out of the one they come from where they are moved.
fn collections(sent: &Sent, ids: Vec<ArtifactId>) -> Wish {
    let mut changes: Vec<Change> = sent
        .all("to")
        .map(|to| Change::AddToCollection { collection: to.to_owned(), ids: ids.clone() })
        .collect();
    if sent.filled("new_title").is_some() {
        let about = About { title: sent.about("new_title").title, ..About::default() };
        changes.push(Change::CreateCollection { slug: None, about, members: ids.clone() });
    }
    if changes.is_empty() {
        let message = "Choose a collection, or name a new one.".to_owned();
        return Wish::Wrong { form: "collections", fields: vec![("to".to_owned(), message)] };
    }
    let from = sent.filled("collection").filter(|_| sent.one("do") == Some("move"));
    changes.extend(from.map(|collection| Change::RemoveFromCollection { collection, ids }));
    Wish::Change { form: "collections", changes }
}

/// To a place in a group, or out of one.
fn moved(sent: &Sent, ids: Vec<ArtifactId>) -> Option<Change> {
    let collection = sent.filled("collection")?;
    let from = sent.filled("from");
    let Some(group) = sent.filled("group") else {
        return Some(Change::RemoveFromGroup { collection, group: from?, ids });
    };
    let beside = || sent.one("beside")?.parse::<ArtifactId>().ok();
    let at = match sent.one("position") {
        Some("first") => Position::First,
        Some("before") => Position::Before(beside()?),
        Some("after") => Position::After(beside()?),
        Some("last") => Position::Last,
        _ => Position::default(),
    };
    Some(Change::MoveToGroup { collection, from, group, ids, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> Sent {
        Sent::read(text.as_bytes())
    }

    fn changes(wish: Wish) -> Vec<Change> {
        match wish {
            Wish::Change { changes, .. } => changes,
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_was_seen_is_read_with_its_hash_or_as_not_there() {
        let hash = format!("sha256:{}", "0".repeat(64));
        let seen = sent(&format!("seen=a={hash}&seen=b=&seen=c=1&seen=d")).seen();
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert!(seen["a"].is_some() && seen["b"].is_none());
    }

    #[test]
    fn artifacts_are_copied_to_all_that_are_ticked_and_leave_where_they_are_moved_from() {
        let id = "a/skill/b".parse::<ArtifactId>().unwrap();
        let ids = vec![id];
        let into = |to: &str| Change::AddToCollection { collection: to.into(), ids: ids.clone() };
        let copied = collections(&sent("do=copy&collection=x&to=y&to=z"), ids.clone());
        assert_eq!(changes(copied), [into("y"), into("z")]);
        let moved = collections(&sent("do=move&collection=x&to=y"), ids.clone());
        let out = Change::RemoveFromCollection { collection: "x".into(), ids: ids.clone() };
        assert_eq!(changes(moved), [into("y"), out]);
        let nowhere = collections(&sent("do=move&collection=x"), ids);
        assert!(matches!(nowhere, Wish::Wrong { form: "collections", .. }));
    }

    #[test]
    fn an_empty_text_is_taken_away_and_one_that_is_not_sent_stays() {
        let about = sent("title= A &description=a%0D%0Ab&owner=").about("title");
        assert_eq!(about.title, Some(Some("A".to_owned())));
        assert_eq!(about.description, Some(Some("a\nb".to_owned())));
        assert_eq!((about.owner, about.color), (Some(None), None));
    }
}
