//! SkillMeat's record of what is deployed in a project (`.skillmeat-deployed.toml`): text to entries,
//! and entries put into a text or taken out of it, so that all others stay byte for byte.
//!
//! The format is that of `storage/deployment.py` and `core/deployment.py` of SkillMeat 0.9, written
//! as its TOML writer lays it out. It passes over keys that it does not know, as `handlers` is.

use toml::{Table, Value};

use crate::error::{Place, Problem, Result};
use crate::model::id::Kind;

/// The name of the file, in the folder of a profile.
pub const FILE: &str = ".skillmeat-deployed.toml";

/// The profile of records that name none.
pub const PROFILE: &str = "claude_code";

/// How each entry begins.
const HEADER: &str = "[[deployed]]";

/// One `[[deployed]]`. Fields that we neither read nor write stay in the text as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// `skill`, `composite` for a plugin.
    pub kind: String,
    pub from_collection: String,
    /// As written: a local time without a zone.
    pub deployed_at: Option<String>,
    /// Below the folder of the profile.
    pub path: String,
    /// Hex; `collection_sha` of older files.
    pub hash: Option<String>,
    /// Newest first.
    pub lineage: Vec<String>,
    pub profile: Option<String>,
    pub platform: Option<String>,
    pub root: Option<String>,
    pub uuid: Option<String>,
    /// Of hooks: the digests of the handlers that were put into the settings. Ours.
    pub handlers: Vec<String>,
}

/// What tells entries apart: name, kind as written, profile.
type Key<'a> = (&'a str, &'a str, &'a str);

impl Entry {
    fn key(&self) -> Key<'_> {
        (&self.name, &self.kind, self.profile.as_deref().unwrap_or(PROFILE))
    }
}

/// The entries of a record, and what cannot be read of it.
pub fn read(file: &str, text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    let table = match whole(text) {
        Ok(table) => table,
        Err((line, why)) => return (entries, vec![unusable(file, line, &why)]),
    };
    let all = table.get("deployed").and_then(Value::as_array);
    for (number, value) in all.into_iter().flatten().enumerate() {
        let read = value.as_table().ok_or_else(|| "it is no table".to_owned()).and_then(entry);
        match read {
            Ok(entry) => entries.push(entry),
            Err(why) => {
                let header = text.match_indices(HEADER).nth(number);
                let line = header.map_or(1, |(at, _)| line_of(text, at));
                problems.push(unusable(file, line, &why));
            }
        }
    }
    (entries, problems)
}

/// The text as TOML; else what is wrong with it, and in which line.
fn whole(text: &str) -> std::result::Result<Table, (usize, String)> {
    toml::from_str::<Table>(text).map_err(|cause| {
        let line = cause.span().map_or(1, |span| line_of(text, span.start));
        (line, cause.message().lines().next().unwrap_or_default().to_owned())
    })
}

/// The kind that SkillMeat calls so.
pub fn kind(word: &str) -> std::result::Result<Kind, String> {
    if word == "composite" { Ok(Kind::Plugin) } else { word.parse() }
}

/// What SkillMeat calls a kind.
fn word(kind: Kind) -> &'static str {
    if kind == Kind::Plugin { "composite" } else { kind.word() }
}

/// The text with these entries in place of those of the same name, kind and profile, or after all
/// others, and without `gone` (name, kind, profile). `None` where nothing is left: the file goes.
pub fn put(
    file: &str,
    text: Option<&str>,
    entries: &[Entry],
    gone: &[(String, Kind, String)],
) -> Result<Option<String>> {
    let text = text.unwrap_or_default();
    let blocks = blocks(text).map_err(|(line, why)| unusable(file, line, &why))?;
    let mut out = String::new();
    let mut new: Vec<&Entry> = entries.iter().collect();
    for block in &blocks {
        let old = if block.is_entry { entry(&block.table).ok() } else { None };
        let Some(old) = old else {
            out.push_str(block.text);
            continue;
        };
        let is_gone =
            gone.iter().any(|(name, kind, profile)| old.key() == (name, word(*kind), profile));
        match new.iter().position(|new| new.key() == old.key()) {
            Some(at) => {
                out.push_str(&written(new.remove(at)));
                let space = block.text.len() - block.text.trim_end().len();
                out.push_str(&"\n".repeat(space.saturating_sub(1)));
            }
            None if is_gone => {}
            None => out.push_str(block.text),
        }
    }
    new.into_iter().for_each(|entry| push(&mut out, &written(entry)));
    // What goes with the last entry of a file was between entries.
    let out = if out.ends_with("\n\n") { format!("{}\n", out.trim_end()) } else { out };
    Ok((!out.trim().is_empty()).then_some(out))
}

/// Adds a block after an empty line.
fn push(out: &mut String, block: &str) {
    if !out.is_empty() {
        let lacking = ["\n\n", "\n"].iter().position(|end| out.ends_with(end)).unwrap_or(2);
        out.push_str(&"\n".repeat(lacking));
    }
    out.push_str(block);
}

/// A part of the text that stands on its own: one entry, or what is none.
struct Block<'t> {
    text: &'t str,
    is_entry: bool,
    /// What it says; of an entry its fields.
    table: Table,
}

/// Cuts a text before each header; each part must be whole by itself.
fn blocks(text: &str) -> std::result::Result<Vec<Block<'_>>, (usize, String)> {
    // What is wrong with the whole is told of the whole.
    whole(text)?;
    let mut starts = vec![0];
    let mut at = 0;
    let mut open = String::new();
    for line in text.split_inclusive('\n') {
        // A line within a longer value is no header, whatever it looks like.
        if line.trim_end().starts_with('[') && toml::from_str::<Table>(&open).is_ok() {
            if at > 0 {
                starts.push(at);
            }
            open.clear();
        }
        open.push_str(line);
        at += line.len();
    }
    starts.push(text.len());
    let pairs = starts.windows(2).filter(|pair| pair[0] < pair[1]);
    pairs
        .map(|pair| {
            let part = &text[pair[0]..pair[1]];
            let mut table = whole(part)?;
            let is_entry = part.starts_with(HEADER);
            if let (true, Some(Value::Array(all))) = (is_entry, table.remove("deployed")) {
                let first = all.into_iter().next();
                table = first.and_then(|one| one.as_table().cloned()).unwrap_or_default();
            }
            Ok(Block { text: part, is_entry, table })
        })
        .collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text.get(..at).map_or(1, |before| before.matches('\n').count() + 1)
}

fn entry(table: &Table) -> std::result::Result<Entry, String> {
    let text = |name: &str| match table.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(other @ Value::Datetime(_)) => Some(other.to_string()),
        _ => None,
    };
    let list = |name: &str| -> Vec<String> {
        let items = table.get(name).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let needed = |name: &str| text(name).ok_or_else(|| format!("it has no `{name}`"));
    let entry = Entry {
        name: needed("artifact_name")?,
        kind: needed("artifact_type")?,
        from_collection: text("from_collection").unwrap_or_default(),
        deployed_at: text("deployed_at"),
        path: needed("artifact_path")?,
        hash: text("content_hash").or_else(|| text("collection_sha")),
        lineage: list("version_lineage"),
        profile: text("deployment_profile_id"),
        platform: text("platform"),
        root: text("profile_root_dir"),
        uuid: text("artifact_uuid"),
        handlers: list("handlers"),
    };
    kind(&entry.kind)?;
    Ok(entry)
}

/// An entry as SkillMeat writes it right after it deployed.
fn written(entry: &Entry) -> String {
    let mut out = format!("{HEADER}\n");
    let mut field = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out += &format!("{name} = {}\n", quoted(value));
        }
    };
    field("artifact_name", Some(&entry.name));
    field("artifact_type", Some(&entry.kind));
    field("from_collection", Some(&entry.from_collection));
    field("deployed_at", entry.deployed_at.as_deref());
    field("artifact_path", Some(&entry.path));
    field("content_hash", entry.hash.as_deref());
    out += "local_modifications = false\n";
    push_list(&mut out, "version_lineage", &entry.lineage);
    let mut field = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            out += &format!("{name} = {}\n", quoted(value));
        }
    };
    field("merge_base_snapshot", entry.hash.as_deref());
    field("deployment_profile_id", entry.profile.as_deref());
    field("platform", entry.platform.as_deref());
    field("profile_root_dir", entry.root.as_deref());
    field("artifact_uuid", entry.uuid.as_deref());
    field("collection_sha", entry.hash.as_deref());
    push_list(&mut out, "handlers", &entry.handlers);
    out
}

fn push_list(out: &mut String, name: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    out.push_str(&format!("{name} = [\n"));
    items.iter().for_each(|item| out.push_str(&format!("    {},\n", quoted(item))));
    out.push_str("]\n");
}

/// A basic string, with the escapes that TOML asks for.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\t' => out += "\\t",
            '\r' => out += "\\r",
            c if c.is_control() => out += &format!("\\u{:04x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn unusable(file: &str, line: usize, reason: &str) -> Problem {
    Problem::warning("SM435", format!("a deployment record cannot be read: {reason}"))
        .at(Place::new(file, line, 1))
        .help("deploy the artifact again with the tool that wrote the record")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# kept
[[deployed]]
artifact_name = "brainstorming"
artifact_type = "skill"
from_collection = "default"
deployed_at = "2026-11-22T12:51:09.482748"
artifact_path = "skills/brainstorming"
content_hash = "1fbe"
local_modifications = false
version_lineage = [
    "1fbe",
]
modification_detected_at = "2026-11-22T12:51:16.459248"
merge_base_snapshot = "1fbe"
deployment_profile_id = "claude_code"
platform = "claude_code"
profile_root_dir = ".claude"
collection_sha = "1fbe"

[[deployed]]
artifact_name = "django-pro"
artifact_type = "agent"
from_collection = "default"
deployed_at = "2026-11-22T12:51:09.715161"
artifact_path = "agents/django-pro.md"
content_hash = "ed6b"
local_modifications = false
version_lineage = [
    "ed6b",
]
merge_base_snapshot = "ed6b"
deployment_profile_id = "claude_code"
platform = "claude_code"
profile_root_dir = ".claude"
collection_sha = "ed6b"
"#;

    fn django() -> Entry {
        read("f", TEXT).0.remove(1)
    }

    /// What SkillMeat wrote right after it deployed is what we write for the same entry.
    #[test]
    fn an_entry_is_written_as_skillmeat_writes_it() {
        let start = TEXT.rfind(HEADER).unwrap();
        assert_eq!(written(&django()), &TEXT[start..]);
        assert_eq!(put("f", Some(TEXT), &[django()], &[]).unwrap().unwrap(), TEXT);
        assert_eq!(put("f", None, &[django()], &[]).unwrap().unwrap(), &TEXT[start..]);
    }

    #[test]
    fn an_entry_comes_and_goes_and_all_others_stay_as_they_are() {
        let new = Entry { name: "new \"x\"".into(), handlers: vec!["aa".into()], ..django() };
        let with = put("f", Some(TEXT), std::slice::from_ref(&new), &[]).unwrap().unwrap();
        assert!(with.starts_with(TEXT));
        assert_eq!(read("f", &with).0[2], new);
        let gone = |name: &str, kind| (name.to_owned(), kind, PROFILE.to_owned());
        let without = put("f", Some(&with), &[], &[gone("new \"x\"", Kind::Agent)]).unwrap();
        assert_eq!(without.unwrap(), TEXT);
        let one = [gone("django-pro", Kind::Agent)];
        let both = [gone("django-pro", Kind::Agent), gone("brainstorming", Kind::Skill)];
        let start = TEXT.rfind(HEADER).unwrap();
        assert_eq!(put("f", Some(TEXT), &[], &one).unwrap().unwrap(), TEXT[..start - 1]);
        assert_eq!(put("f", Some(TEXT), &[], &both).unwrap().unwrap(), "# kept\n");
        let bare = TEXT.trim_start_matches("# kept\n");
        assert_eq!(put("f", Some(bare), &[], &both).unwrap(), None);
        // Another kind or profile of this name is another entry.
        assert_eq!(
            put("f", Some(TEXT), &[], &[gone("django-pro", Kind::Skill)]).unwrap().unwrap(),
            TEXT
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_line_and_stays() {
        let text = "[[deployed]]\nartifact_name = \"x\"\n\n[[deployed]]\nartifact_name = \"y\"\n\
                    artifact_type = \"skill\"\nartifact_path = \"skills/y\"\n\
                    collection_sha = \"aa\"\n";
        let (entries, problems) = read("f", text);
        assert_eq!((entries.len(), entries[0].hash.as_deref()), (1, Some("aa")));
        assert_eq!(
            problems[0].message,
            "a deployment record cannot be read: it has no `artifact_type`"
        );
        let with = put("f", Some(text), &[django()], &[]).unwrap().unwrap();
        assert!(with.starts_with(text));
        assert!(put("f", Some("[[deployed]\n"), &[django()], &[]).is_err());
    }
}
