//! Skills, commands and agents: what one Markdown (or TOML) file says of itself, and where it stands,
//! to drafts.

use serde_json::Value;

use super::draft::{Draft, Ground};
use super::layout::{self, Guess};
use super::reading::Reading;
use super::{fields, rules};
use crate::error::{Place, Problem};
use crate::model::id::Kind;
use crate::model::path::RelPath;

pub(super) fn skill(ground: &Ground<'_>, dir: &RelPath, file: &RelPath) -> Draft {
    let reading = ground.desk.reading(file);
    let name = match dir.is_root() {
        false => dir.file_name().to_owned(),
        true => {
            reading.name.clone().unwrap_or_else(|| ground.source.name.clone()).replace('/', "-")
        }
    };
    let mut draft = Draft::new(ground, Kind::Skill, dir.to_string(), &name).at(ground, dir);
    let skill_problems = reading.skill_problems.clone();
    describe(&mut draft, reading, &name);
    draft.artifact.problems.extend(skill_problems);
    draft.artifact.document = Some(file.file_name().to_owned());
    draft.add_below(ground.tree, dir, |path| ground.skill_of(path).as_ref() == Some(dir));
    draft
}

/// A command or an agent, if that is what the file is.
pub(super) fn single(ground: &Ground<'_>, file: &RelPath, guess: Guess) -> Option<Draft> {
    let reading = ground.desk.reading(file);
    let kind = match guess {
        Guess::Is(kind) => kind,
        Guess::IfDescribed(kind) if reading.description.is_some() => kind,
        Guess::IfDescribed(_) => return None,
        Guess::Unknown => reading.kind?,
    };
    let is_toml = file.file_name().ends_with(".toml");
    let broken = reading.is_broken();
    let no_prompt = is_toml && kind == Kind::Command && !broken && !reading.has_prompt;
    if no_prompt && !layout::is_gemini(file) {
        return None;
    }
    // A folder of a program's own sources may be called `commands`, too.
    if is_toml && broken && !layout::is_gemini(file) && !reading.names_prompt {
        return None;
    }
    let name = layout::stem(file.file_name());
    let mut draft = Draft::new(ground, kind, file.to_string(), name).at(ground, file);
    if no_prompt {
        draft.artifact.problems.push(
            Problem::warning("SM333", "the command has no `prompt`")
                .at(Place::new(file.as_str(), 1, 0))
                .help("add `prompt = \"…\"`"),
        );
    }
    if kind == Kind::Agent && !broken {
        let has =
            [("name", reading.name.is_some()), ("description", reading.description.is_some())];
        draft.artifact.problems.extend(rules::agent(file, has));
    }
    describe(&mut draft, reading, name);
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

/// Fills the metadata; `name` is the one in its id.
fn describe(draft: &mut Draft, reading: Reading, name: &str) {
    let artifact = &mut draft.artifact;
    artifact.title = reading.label.filter(|label| label != name);
    artifact.description = reading.description.unwrap_or_default();
    artifact.version = reading.version;
    artifact.license = reading.license;
    artifact.author = reading.author;
    artifact.homepage = reading.homepage;
    artifact.category = reading.category;
    artifact.tags = reading.tags;
    artifact.can = reading.can;
    artifact.fields = reading.fields;
    artifact.problems.extend(reading.problems);
}
