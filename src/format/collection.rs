//! Collection and group files to the model, and new ones back to text.
//!
//! Which artifacts a selector finds, and whether an id exists, is not known here. Text is written
//! only for files that do not exist yet; files that do are changed by the lossless edit.

mod text;

use super::fields::{Codes, Fields, Reader, Text};
use super::yaml::{Data, Key, Node};
use crate::error::{Error, Place, Problem, Result};
use crate::model::collection::{Collection, Group, Member, Pinned, Rule, Selector, View};
use crate::model::glob::{NameGlobs, PathGlobs};
use crate::model::id::{ArtifactId, Kind};
use crate::model::slug::slug as slug_of;
use crate::words;

pub(super) use text::selector_text;
pub use text::{write_collection, write_group};

/// The names a group's `color` may have: classes of the page, so that themes can change them.
pub const COLORS: [&str; 12] = [
    "slate", "gray", "red", "orange", "amber", "green", "teal", "blue", "indigo", "purple", "pink",
    "rose",
];

/// The `order` of a file that names none: after those that do, in gaps of 10.
pub const ORDER: i64 = 1000;

const CODES: Codes = Codes { syntax: "SM201", key: "SM202", value: "SM205", glob: "SM207" };

/// Reads `collections/<slug>/collection.yaml`; its groups are files of their own and are left
/// empty. An empty file is a collection with all defaults. The error holds all problems.
pub fn parse_collection(slug: &str, file: &str, text: &str) -> Result<Collection> {
    let known = ["title", "description", "owner", "order", "include", "exclude", "pin", "views"];
    parse(file, text, &known, |reader, fields| Collection {
        slug: slug.to_owned(),
        file: file.to_owned(),
        title: title(reader, fields, slug),
        description: optional(reader, fields, "description").unwrap_or_default(),
        owner: optional(reader, fields, "owner"),
        order: reader.whole(fields, "order").unwrap_or(ORDER),
        include: selectors(reader, fields),
        exclude: rules(reader, fields),
        pins: pins(reader, fields),
        views: views(reader, fields),
        groups: Vec::new(),
    })
}

/// Reads `collections/<collection>/groups/<slug>.yaml`, as [`parse_collection`] does.
pub fn parse_group(slug: &str, file: &str, text: &str) -> Result<Group> {
    let known = ["title", "description", "icon", "color", "order", "include", "members", "exclude"];
    parse(file, text, &known, |reader, fields| Group {
        slug: slug.to_owned(),
        file: file.to_owned(),
        title: title(reader, fields, slug),
        description: optional(reader, fields, "description").unwrap_or_default(),
        icon: optional(reader, fields, "icon"),
        color: color(reader, fields),
        order: reader.whole(fields, "order").unwrap_or(ORDER),
        include: selectors(reader, fields),
        members: members(reader, fields),
        exclude: rules(reader, fields),
    })
}

fn parse<T>(
    file: &str,
    text: &str,
    known: &[&str],
    read: impl FnOnce(&mut Reader<'_>, &Fields<'_>) -> T,
) -> Result<T> {
    let mut reader = Reader::new(file, CODES);
    let value = reader.tree(text).map(|root| {
        let fields = reader.fields(&root, "", known);
        read(&mut reader, &fields)
    });
    reader.problems.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    Error::check(reader.problems)?;
    // Without a tree there is a problem, so that the value is there.
    value.ok_or_else(|| Problem::error(CODES.syntax, "the file cannot be read").into())
}

fn optional(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str) -> Option<String> {
    reader.text(fields, name).map(|text| text.text)
}

/// The title as written, or made from the slug: `my-team` is `My team`.
fn title(reader: &mut Reader<'_>, fields: &Fields<'_>, slug: &str) -> String {
    optional(reader, fields, "title").unwrap_or_else(|| title_of(slug))
}

/// The title of a slug: its words, the first letter large.
pub fn title_of(slug: &str) -> String {
    let words = slug.replace(['-', '_'], " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn color(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<String> {
    let Text { text, node } = reader.text(fields, "color")?;
    if COLORS.contains(&text.as_str()) {
        return Some(text);
    }
    let help = words::did_you_mean(&text, COLORS, words::list_or(&COLORS));
    reader.wrong(node, "color", &format!("the name of a colour: {help}"));
    None
}

fn selectors(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Selector> {
    let path = fields.path("include");
    reader.items(fields, "include").iter().map(|node| selector(reader, node, &path)).collect()
}

fn selector(reader: &mut Reader<'_>, node: &Node, path: &str) -> Selector {
    let known = ["source", "kind", "tag", "path", "name", "plugin", "category"];
    let problems_before = reader.problems.len();
    let fields = reader.fields(node, path, &known);
    let mut texts = |name| reader.texts(&fields, name).into_iter().map(|text| text.text).collect();
    let mut selector = Selector {
        source: texts("source"),
        tag: texts("tag"),
        plugin: texts("plugin"),
        category: texts("category"),
        kind: kinds(reader, &fields),
        path: reader.globs(&fields, "path", PathGlobs::check),
        name: reader.globs(&fields, "name", NameGlobs::check),
        place: None,
    };
    // It would mean everything, which nobody says by saying nothing.
    if selector == Selector::default() && reader.problems.len() == problems_before {
        reader.wrong(node, path, &format!("selectors with {}", words::list_or(&known)));
    }
    selector.place = Some(reader.place(node));
    selector
}

fn kinds(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for Text { text, node } in reader.texts(fields, "kind") {
        match text.parse() {
            Ok(kind) => kinds.push(kind),
            Err(_) => {
                let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
                reader.wrong(node, &fields.path("kind"), &words::list_or(&words));
            }
        }
    }
    kinds
}

fn rules(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Rule> {
    let path = fields.path("exclude");
    let mut rules = Vec::new();
    for node in reader.items(fields, "exclude") {
        match &node.data {
            Data::Scalar { text, .. } if !node.is_null() => {
                let place = reader.place(node);
                if let Some(id) = id(reader, text, &place) {
                    rules.push(Rule::Id(id, place));
                }
            }
            _ => rules.push(Rule::Matching(selector(reader, node, &path))),
        }
    }
    rules
}

fn members(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Member> {
    let mut members = Vec::new();
    for (key, node) in reader.named(fields, "members") {
        let fields = reader.fields(node, &named("members", key), &["rank"]);
        let rank = reader.whole(&fields, "rank");
        let place = reader.key_place(key);
        if let Some(id) = id(reader, &key.text, &place) {
            members.push(Member { id, rank, place });
        }
    }
    members
}

fn pins(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<Pinned> {
    let mut pins = Vec::new();
    for (key, node) in reader.named(fields, "pin") {
        let fields = reader.fields(node, &named("pin", key), &["at", "note"]);
        let at = commit(reader, &fields);
        let note = optional(reader, &fields, "note");
        let place = reader.key_place(key);
        if let Some(id) = id(reader, &key.text, &place) {
            pins.push(Pinned { id, at, note, place });
        }
    }
    pins
}

/// `at`: enough hex digits to name a commit.
fn commit(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<String> {
    let Text { text, node } = reader.text(fields, "at")?;
    if (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    reader.wrong(node, &fields.path("at"), "a commit: 7 to 64 hex digits");
    None
}

fn views(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Vec<View> {
    let mut views = Vec::new();
    for (key, node) in reader.named(fields, "views") {
        let path = named("views", key);
        if slug_of(&key.text) != key.text {
            let message = format!("`{path}` cannot be a part of an address");
            let problem = Problem::error(CODES.value, message).at(reader.key_place(key));
            reader.problems.push(problem.help(format!("name it `{}`", slug_of(&key.text))));
        }
        let fields = reader.fields(node, &path, &["title", "include"]);
        let title = title(reader, &fields, &key.text);
        views.push(View { slug: key.text.clone(), title, include: selectors(reader, &fields) });
    }
    views
}

fn named(list: &str, key: &Key) -> String {
    format!("{list}.{}", words::visible(&key.text))
}

fn id(reader: &mut Reader<'_>, text: &str, place: &Place) -> Option<ArtifactId> {
    match text.parse() {
        Ok(id) => Some(id),
        Err(reason) => {
            let problem = Problem::error("SM206", words::visible(&reason)).at(place.clone());
            reader.problems.push(problem.help("ids look like `anthropics/skill/pdf`"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
