//! Skills, commands and agents: one Markdown (or TOML) file each, to drafts.

use serde_json::Value;

use super::draft::{Draft, Ground};
use super::layout::{self, Guess};
use super::{fields, rules, text};
use crate::error::{Place, Problem};
use crate::format::frontmatter::{self, FrontMatter};
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

/// A file as read.
struct Page {
    /// Its problems have those of the file itself.
    fields: FrontMatter,
    text: String,
}

pub(super) fn skill(ground: &Ground<'_>, dir: &RelPath, file: &RelPath) -> Draft {
    let page = read(ground, file);
    let own_name = page.fields.get_text(&["name"]);
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
    let described = page.fields.get_text(&["description"]).is_some();
    let kind = match guess {
        Guess::Is(kind) => kind,
        Guess::IfDescribed(kind) if described => kind,
        Guess::IfDescribed(_) => return None,
        Guess::Unknown => kind_by_fields(&page)?,
    };
    let is_toml = file.file_name().ends_with(".toml");
    let broken = page.fields.problems.iter().any(|problem| problem.code == "SM331");
    let no_prompt =
        is_toml && kind == Kind::Command && !broken && page.fields.get(&["prompt"]).is_none();
    if no_prompt && !layout::is_gemini(file) {
        return None;
    }
    // A folder of a program's own sources may be called `commands`, too.
    let is_stranger = || !page.text.lines().any(|line| line.starts_with("prompt"));
    if is_toml && broken && !layout::is_gemini(file) && is_stranger() {
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
    let fields = entry.as_object().cloned().map(fields::from_map).unwrap_or_default();
    let body = fields.get(&["content"]).and_then(Value::as_str).unwrap_or_default();
    let mut draft = Draft::new(ground, Kind::Command, path.to_owned(), name);
    fields::apply(&mut draft.artifact, &fields);
    fields::capabilities(&mut draft.artifact, &fields);
    draft.artifact.fields = fields::one_lines(&fields, |key| key == "content");
    let file = format!("{}.md", draft.artifact.id.name.replace('/', "-"));
    draft.add_bytes(&file, body.as_bytes().to_vec());
    draft.artifact.document = Some(file);
    draft
}

fn read(ground: &Ground<'_>, file: &RelPath) -> Page {
    let (text, problem) = text::read(ground.tree, file);
    let mut fields = if file.file_name().ends_with(".toml") {
        toml(file, &text)
    } else {
        frontmatter::read(file.as_str(), &text)
    };
    fields.problems.extend(problem);
    Page { fields, text }
}

/// A table stands for front matter without a body.
fn toml(file: &RelPath, text: &str) -> FrontMatter {
    let mut fields = match text::toml(file.as_str(), text) {
        Ok(Value::Object(map)) => fields::from_map(map),
        Ok(_) => FrontMatter::default(),
        Err(problem) => FrontMatter { problems: vec![problem], ..FrontMatter::default() },
    };
    fields.body = text.len();
    fields
}

/// Fills the metadata from the fields.
fn describe(draft: &mut Draft, page: &Page, name: &str) {
    let artifact = &mut draft.artifact;
    fields::apply(artifact, &page.fields);
    fields::capabilities(artifact, &page.fields);
    artifact.title = fields::title(&page.fields, name);
    // What TOML holds besides metadata is the prompt itself: the document shows it.
    let is_prompt = |key: &str| matches!(key, "prompt" | "developer_instructions");
    artifact.fields = fields::one_lines(&page.fields, is_prompt);
    artifact.problems.extend(page.fields.problems.iter().cloned());
}

/// What a file that stands nowhere in particular says of itself.
fn kind_by_fields(page: &Page) -> Option<Kind> {
    let has = |keys: &[&str]| page.fields.get(keys).is_some();
    let described = page.fields.get_text(&["description"]).is_some();
    // A workflow of GitHub's looks like an agent, but says when it runs.
    if has(&["on"]) {
        return None;
    }
    if described && has(&["name"]) && has(&AGENT_KEYS) {
        return Some(Kind::Agent);
    }
    let body = page.text.get(page.fields.body..).unwrap_or_default();
    // Prompts of evaluations have `allowed_tools`, too, but nothing that introduces them.
    let is_command = has(&["argument-hint"])
        || described && (has(&["allowed-tools"]) || body.contains("$ARGUMENTS"));
    is_command.then_some(Kind::Command)
}
