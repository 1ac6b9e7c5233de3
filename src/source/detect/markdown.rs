//! Skills, commands and agents: one Markdown (or TOML) file each, to drafts.

use serde_json::Value;

use super::draft::{Draft, Ground};
use super::fields::{self, Fields};
use super::layout::{self, Guess};
use super::{rules, text};
use crate::error::{Place, Problem};
use crate::format::frontmatter;
use crate::model::id::Kind;
use crate::model::path::RelPath;

/// Keys that only agents have.
const AGENT_KEYS: [&str; 11] = [
    "tools",
    "disallowed-tools",
    "model",
    "color",
    "permission-mode",
    "max-turns",
    "skills",
    "mcp-servers",
    "memory",
    "isolation",
    "initial-prompt",
];

const COMMAND_KEYS: [&str; 2] = ["allowed-tools", "argument-hint"];

/// A file as read.
struct Page {
    fields: Vec<(String, Value)>,
    text: String,
    /// Where the body starts.
    body: usize,
    problems: Vec<Problem>,
}

pub(super) fn skill(ground: &Ground<'_>, dir: &RelPath, file: &RelPath) -> Draft {
    let page = read(ground, file);
    let own_name = fields::text(&page.fields, "name");
    let name = match dir.is_root() {
        false => dir.file_name().to_owned(),
        true => own_name.unwrap_or_else(|| ground.source.name.clone()).replace('/', "-"),
    };
    let mut draft = Draft::new(ground, Kind::Skill, dir.to_string(), &name).at(ground, dir);
    describe(&mut draft, &page, &name);
    let dir_name = (!dir.is_root()).then_some(name.as_str());
    draft.artifact.problems.extend(rules::skill(file, &page.text, &page.fields, dir_name));
    draft.artifact.document = Some(file.file_name().to_owned());
    draft.add_below(ground.tree, dir, |path| ground.skill_of(path).as_ref() == Some(dir));
    draft
}

/// A command or an agent, if that is what the file is.
pub(super) fn single(ground: &Ground<'_>, file: &RelPath, guess: Guess) -> Option<Draft> {
    let page = read(ground, file);
    let described = fields::text(&page.fields, "description").is_some();
    let kind = match guess {
        Guess::Is(kind) => kind,
        Guess::IfDescribed(kind) if described => kind,
        Guess::IfDescribed(_) => return None,
        Guess::Unknown => kind_by_fields(&page)?,
    };
    let is_toml = file.file_name().ends_with(".toml");
    let broken = page.problems.iter().any(|problem| problem.code == "SM331");
    let no_prompt = is_toml
        && kind == Kind::Command
        && !broken
        && fields::get(&page.fields, "prompt").is_none();
    if no_prompt && !layout::is_gemini(file) {
        return None;
    }
    let name = layout::stem(file.file_name());
    let mut draft = Draft::new(ground, kind, file.to_string(), name).at(ground, file);
    describe(&mut draft, &page, name);
    if no_prompt {
        draft.artifact.problems.push(
            Problem::warning("SM333", "the command has no `prompt`")
                .at(Place::new(file.as_str(), 1, 0))
                .help("add `prompt = \"…\"`"),
        );
    }
    if kind == Kind::Agent && !broken {
        draft.artifact.problems.extend(rules::agent(file, &page.fields));
    }
    draft.artifact.document = Some(file.file_name().to_owned());
    draft.add_file(file.file_name(), file, ground.tree);
    Some(draft)
}

/// A command that a manifest holds as text.
pub(super) fn inline_command(ground: &Ground<'_>, path: &str, name: &str, entry: &Value) -> Draft {
    let fields = entry.as_object().map(fields::from_map).unwrap_or_default();
    let body = fields::get(&fields, "content").and_then(Value::as_str).unwrap_or_default();
    let mut draft = Draft::new(ground, Kind::Command, path.to_owned(), name);
    let shown: Vec<(String, Value)> =
        fields.iter().filter(|(key, _)| key != "content").cloned().collect();
    fields::apply(&mut draft.artifact, &shown);
    fields::capabilities(&mut draft.artifact, &shown);
    draft.artifact.fields = fields::one_lines(&shown);
    let file = format!("{}.md", draft.artifact.id.name.replace('/', "-"));
    draft.add_bytes(&file, body.as_bytes().to_vec());
    draft.artifact.document = Some(file);
    draft
}

fn read(ground: &Ground<'_>, file: &RelPath) -> Page {
    let (text, problem) = text::read(ground.tree, file);
    let mut problems: Vec<Problem> = problem.into_iter().collect();
    if file.file_name().ends_with(".toml") {
        let table = text::toml(file.as_str(), &text);
        let fields = match table {
            Ok(Value::Object(map)) => fields::from_map(&map),
            Ok(_) => Vec::new(),
            Err(problem) => {
                problems.push(problem);
                Vec::new()
            }
        };
        return Page { fields, body: text.len(), text, problems };
    }
    let mut front = frontmatter::read(file.as_str(), &text);
    problems.append(&mut front.problems);
    Page { fields: front.fields, body: front.body, text, problems }
}

/// Fills the metadata from the fields.
fn describe(draft: &mut Draft, page: &Page, name: &str) {
    let artifact = &mut draft.artifact;
    fields::apply(artifact, &page.fields);
    fields::capabilities(artifact, &page.fields);
    artifact.title = fields::title(&page.fields, name);
    // What TOML holds besides metadata is the prompt itself: the document shows it.
    let is_prompt = |key: &str| matches!(key, "prompt" | "developer_instructions");
    let shown: Vec<(String, Value)> =
        page.fields.iter().filter(|(key, _)| !is_prompt(key)).cloned().collect();
    artifact.fields = fields::one_lines(&shown);
    artifact.problems.extend(page.problems.iter().cloned());
}

/// What a file that stands nowhere in particular says of itself.
fn kind_by_fields(page: &Page) -> Option<Kind> {
    let has = |keys: &[&str]| keys.iter().any(|key| fields::get(&page.fields, key).is_some());
    let fields: &Fields = &page.fields;
    let described = fields::text(fields, "description").is_some();
    if described && has(&["name"]) && has(&AGENT_KEYS) {
        return Some(Kind::Agent);
    }
    let body = page.text.get(page.body..).unwrap_or_default();
    let is_command = has(&COMMAND_KEYS) || described && body.contains("$ARGUMENTS");
    is_command.then_some(Kind::Command)
}
