//! Documents from a folder of real artifacts, repeated under new names until there are as many as
//! wanted.

use std::fs;
use std::path::Path;

use super::corpus::{COLLECTIONS, Document, TYPES};

/// What stands in a text for a template of the peers would be run by them.
const TEMPLATES: [(&str, &str); 3] = [("{{", "{ {"), ("{%", "{ %"), ("{#", "{ #")];

pub struct Real(Vec<Text>);

struct Text {
    name: String,
    kind: &'static str,
    description: String,
    body: String,
}

impl Real {
    /// All Markdown files below a folder, in the order of their paths.
    pub fn read(dir: &Path) -> Self {
        let files = walkdir::WalkDir::new(dir).sort_by_file_name().into_iter();
        let files = files.map(|file| file.expect("a folder that can be read").into_path());
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "md"));
        let texts: Vec<Text> = files.map(|path| text(dir, &path)).collect();
        assert!(!texts.is_empty(), "no Markdown below {}", dir.display());
        Self(texts)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn document(&self, at: usize) -> Document {
        let text = &self.0[at % self.0.len()];
        Document {
            slug: format!("{}-{at:06}", text.name),
            kind: text.kind,
            collection: COLLECTIONS[at % COLLECTIONS.len()],
            group: "core",
            version: "1.0.0".to_owned(),
            tags: vec!["markdown".to_owned()],
            description: text.description.clone(),
            body: text.body.clone(),
        }
    }
}

fn text(dir: &Path, path: &Path) -> Text {
    let bytes = fs::read(path).expect("a file that can be read");
    let all = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    let (front, body) = split(&all);
    let below = path.strip_prefix(dir).expect("it is below").to_string_lossy().to_lowercase();
    let stem = match path.file_name().is_some_and(|name| name == "SKILL.md") {
        true => path.parent().and_then(Path::file_name),
        false => path.file_stem(),
    };
    let stem = stem.unwrap_or_default().to_string_lossy().to_lowercase();
    let letters = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let mut name = letters.collect::<Vec<_>>().join("-");
    name.truncate(50);
    let body = TEMPLATES.iter().fold(body.to_owned(), |text, (from, to)| text.replace(from, to));
    Text {
        description: description(front).unwrap_or_else(|| name.clone()),
        name: name.trim_end_matches('-').to_owned(),
        kind: TYPES.into_iter().find(|kind| below.contains(kind)).unwrap_or("skill"),
        body,
    }
}

fn split(text: &str) -> (&str, &str) {
    let rest = text.strip_prefix("---\n");
    rest.and_then(|rest| rest.split_once("\n---\n")).unwrap_or(("", text))
}

/// In one line, of a thousand letters at most.
fn description(front: &str) -> Option<String> {
    let mut lines = front.lines().skip_while(|line| !line.starts_with("description:"));
    let first = lines.next()?.strip_prefix("description:")?;
    let more = lines.take_while(|line| line.starts_with(' ') || line.is_empty());
    let all = [first].into_iter().chain(more).flat_map(str::split_whitespace);
    let all = all.filter(|word| !matches!(*word, "|" | ">" | "|-" | ">-"));
    let all: String = all.collect::<Vec<_>>().join(" ").chars().take(1_000).collect();
    let plain = all.trim_matches(['"', '\'']).replace(['"', '\\'], "'");
    (!plain.is_empty()).then_some(plain)
}
