//! The stamp that `gh skill` puts into the front matter of a `SKILL.md`: read, and taken out.
//!
//! It writes the whole front matter anew, sorted, so the bytes of a copy never equal its source's.
//! What is compared is the values and the text below.

use serde_json::{Map, Value};

use super::Origin;
use crate::format::frontmatter;

/// Keys of the stamp, and those of its older releases.
const KEYS: [&str; 8] = [
    "github-repo",
    "github-ref",
    "github-sha",
    "github-tree-sha",
    "github-path",
    "github-pinned",
    "github-owner",
    "local-path",
];

/// What a stamp says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The id of the directory in Git that was installed.
    pub tree: Option<String>,
    pub from: Option<Origin>,
}

/// Whether it writes a stamp into a file of that path.
pub(super) fn is_stamped(path: &str) -> bool {
    path.rsplit('/').next() == Some("SKILL.md")
}

/// The stamp of a `SKILL.md`, where it has one.
pub(super) fn read(text: &str) -> Option<Stamp> {
    let front = frontmatter::read("SKILL.md", text);
    let metadata = front.get(&["metadata"])?.as_object()?;
    let word = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(repository) = word("github-repo") {
        let from = Some(Origin { repository, path: word("github-path") });
        return Some(Stamp { tree: word("github-tree-sha").filter(|id| is_id(id)), from });
    }
    word("local-path").map(|_| Stamp::default())
}

fn is_id(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The same bytes for a source and for a copy of it, stamped or not.
pub(super) fn without(path: &str, bytes: &[u8]) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let front = frontmatter::read(path, text);
    let mut fields: Map<String, Value> = front.fields.into_iter().collect();
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        metadata.retain(|key, _| !KEYS.contains(&key.as_str()));
        if metadata.is_empty() {
            fields.remove("metadata");
        }
    }
    let body = text.get(front.body..).unwrap_or_default();
    let values = plain(Value::Object(fields)).to_string();
    format!("{values}\n{}\n", body.trim_matches(['\r', '\n'])).into_bytes()
}

/// A value as it is after its YAML was written anew: keys sorted, numbers and dates in one form.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(key, one)| (key, plain(one))).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(plain).collect()),
        Value::String(text) => Value::String(scalar(&text)),
        other => other,
    }
}

fn scalar(text: &str) -> String {
    let looks_like_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    match text.parse::<f64>() {
        Ok(number) if looks_like_number => number.to_string(),
        _ => text.strip_suffix("T00:00:00Z").unwrap_or(text).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "---\nname: pdf\ndescription: >\n  Reads and\n  writes\nversion: 1.10\n\
                          metadata:\n  author: acme\n---\n\n# PDF\n\ntext\n";
    const COPY: &str = "---\ndescription: |\n    Reads and writes\nmetadata:\n    author: acme\n    \
                        github-path: skills/pdf\n    github-ref: refs/tags/v1\n    \
                        github-repo: https://github.com/acme/skills\n    github-tree-sha: \
                        5089395d759f3b5cc7710453624857e1131bf65d\nname: pdf\nversion: 1.1\n---\n\
                        # PDF\n\ntext\n";

    #[test]
    fn a_stamped_copy_is_its_source_once_the_stamp_is_out() {
        let source = without("SKILL.md", SOURCE.as_bytes());
        assert_eq!(source, without("SKILL.md", COPY.as_bytes()));
        let edited = COPY.replace("text\n", "other\n");
        assert_ne!(source, without("SKILL.md", edited.as_bytes()));
        let renamed = COPY.replace("author: acme", "author: me");
        assert_ne!(source, without("SKILL.md", renamed.as_bytes()));
    }

    #[test]
    fn a_stamp_says_where_a_copy_is_from_and_never_a_path_of_a_machine() {
        let stamp = read(COPY).unwrap();
        let from = Origin {
            repository: "https://github.com/acme/skills".into(),
            path: Some("skills/pdf".into()),
        };
        assert_eq!(stamp.tree.as_deref(), Some("5089395d759f3b5cc7710453624857e1131bf65d"));
        assert_eq!(stamp.from, Some(from));
        let local = "---\nname: x\nmetadata: {local-path: /somewhere/x}\n---\n";
        assert_eq!(read(local), Some(Stamp::default()));
        assert_eq!(read(SOURCE), None);
    }
}
