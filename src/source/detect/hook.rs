//! Hooks files, and the hooks inside settings and manifests, to drafts and to the list of what
//! they run. All known shapes are read: with and without the inner `hooks` list, as a list, with
//! `events` in place of `hooks`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::draft::{Draft, Ground};
use super::{fields, layout, plugin, secret, text};
use crate::error::{Place, Problem};
use crate::format::frontmatter;
use crate::model::artifact::HookAction;
use crate::model::id::Kind;
use crate::model::path::RelPath;

/// A hooks file, if it is one. `listed`: a manifest says that it is.
pub(super) fn draft(
    ground: &Ground<'_>,
    file: &RelPath,
    listed: bool,
) -> Result<Option<Draft>, Problem> {
    let is_settings = layout::is_settings(file);
    let value = match text::value(ground.desk, file) {
        Ok(value) => value,
        Err(problem) if is_settings => return Err(problem),
        Err(problem) => {
            let mut draft = whole_file(ground, file);
            draft.artifact.problems.push(problem);
            return Ok(Some(draft));
        }
    };
    if is_settings {
        let hooks = value.get("hooks").filter(|hooks| !is_empty(hooks));
        return Ok(hooks.map(|hooks| {
            let name = layout::stem(file.file_name());
            part(ground, file, &format!("{file}#hooks"), name, hooks)
        }));
    }
    let actions = actions(&value);
    if actions.is_empty() && !listed && value.get("hooks").is_none() {
        return Ok(None);
    }
    let mut draft = whole_file(ground, file);
    describe(&mut draft, &value, file);
    introduce(ground, &mut draft, file);
    Ok(Some(draft))
}

/// A JSON file in a folder of hooks that is named as it likes: `hooks/git/guard.json`. With it go
/// the files beside it that share its name.
pub(super) fn guessed(ground: &Ground<'_>, file: &RelPath) -> Option<Draft> {
    let value = text::value(ground.desk, file).ok()?;
    if value.get("hooks").is_none() || actions(&value).is_empty() {
        return None;
    }
    let stem = layout::stem(file.file_name());
    let mut draft = Draft::new(ground, Kind::Hook, file.to_string(), stem).at(ground, file);
    let dir = file.parent();
    let is_beside = |path: &RelPath| {
        let rest = path.below(&dir).and_then(|name| name.strip_prefix(stem));
        rest.is_some_and(|rest| rest.starts_with('.') && !rest.contains('/'))
    };
    draft.add_below(ground.tree, &dir, is_beside);
    describe(&mut draft, &value, file);
    Some(draft)
}

/// Hooks that stand inside another file, as a hooks file of their own.
pub(super) fn part(
    ground: &Ground<'_>,
    file: &RelPath,
    path: &str,
    name: &str,
    hooks: &Value,
) -> Draft {
    let mut draft = Draft::new(ground, Kind::Hook, path.to_owned(), name).at(ground, file);
    let wrapped = match hooks.get("hooks") {
        Some(_) => hooks.clone(),
        None => json!({ "hooks": hooks }),
    };
    describe(&mut draft, &wrapped, file);
    draft.add_bytes("hooks.json", plugin::pretty(&wrapped));
    draft
}

fn whole_file(ground: &Ground<'_>, file: &RelPath) -> Draft {
    let dir = layout::hooks_dir(file);
    let stem = layout::stem(file.file_name());
    let name = match &dir {
        // `hooks/format-code/hooks.json` is called by its directory.
        Some(dir) if stem == "hooks" && layout::hooks_dir(dir).is_some() => {
            if dir.file_name().eq_ignore_ascii_case("hooks") { stem } else { dir.file_name() }
        }
        _ => stem,
    };
    let mut draft = Draft::new(ground, Kind::Hook, file.to_string(), name).at(ground, file);
    draft.add_file(file.file_name(), file, ground.tree);
    if let Some(dir) = &dir {
        draft.add_below(ground.tree, dir, |path| !layout::is_hooks_file(path) && path != file);
    }
    let is_readme = |path: &str| path.eq_ignore_ascii_case("readme.md");
    let readme = draft.pieces.iter().find(|piece| is_readme(&piece.path));
    draft.artifact.document = readme.map(|piece| piece.path.clone());
    draft
}

/// JSON has no place for a description; the front matter of a README beside it may have one.
fn introduce(ground: &Ground<'_>, draft: &mut Draft, file: &RelPath) {
    let artifact = &mut draft.artifact;
    let Some(readme) = artifact.document.as_ref().map(|name| file.parent().join(name)) else {
        return;
    };
    ground.desk.count(&readme);
    let (text, _) = text::read(ground.desk, &readme);
    let about = frontmatter::read(readme.as_str(), &text);
    if artifact.description.is_empty() && about.get_text(&["description"]).is_some() {
        fields::apply(artifact, &about);
        artifact.title = fields::title(&about, artifact.id.short_name());
    }
}

fn describe(draft: &mut Draft, value: &Value, file: &RelPath) {
    let artifact = &mut draft.artifact;
    if let Some(map) = value.as_object() {
        let about = map
            .iter()
            .filter(|(key, value)| !matches!(key.as_str(), "hooks" | "events") && !value.is_array())
            .map(|(key, value)| (key.clone(), secret::mask_value(key, value)));
        let about = fields::from_map(about.collect());
        if map.contains_key("hooks") || map.contains_key("events") {
            fields::apply(artifact, &about);
            artifact.fields = fields::one_lines(&about, |_| false);
        }
    }
    let events = events(value);
    if !events.is_empty() {
        artifact.fields.push(("events".to_owned(), events.join(", ")));
    }
    artifact.can.hooks = actions(value);
    if artifact.can.hooks.is_empty() {
        let problem = Problem::warning("SM344", format!("`{file}` has no hook that runs anything"));
        artifact.problems.push(
            problem
                .at(Place::file(file.as_str()))
                .help("hooks look like {\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": …}]}]}}"),
        );
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

/// The part of a file that holds the hooks.
fn inner(value: &Value) -> &Value {
    value.get("hooks").or_else(|| value.get("events")).unwrap_or(value)
}

/// The events for which something runs, in order, each once.
pub(super) fn events(value: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let events = actions(value).into_iter().map(|action| action.event);
    events.filter(|event| !event.is_empty() && seen.insert(event.clone())).collect()
}

/// What hooks run, in the order of the file.
pub(super) fn actions(value: &Value) -> Vec<HookAction> {
    let mut found = Vec::new();
    match inner(value) {
        Value::Object(map) => {
            for (event, groups) in map {
                add_groups(&mut found, event, groups);
            }
        }
        Value::Array(items) => {
            for item in items.iter().filter_map(Value::as_object) {
                let event = ["event", "events", "on", "trigger", "hookEvent"]
                    .iter()
                    .find_map(|key| item.get(*key))
                    .map(frontmatter::shown)
                    .unwrap_or_default();
                add_group(&mut found, &event, item);
            }
        }
        _ => {}
    }
    found
}

fn add_groups(found: &mut Vec<HookAction>, event: &str, groups: &Value) {
    let items = match groups {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for item in items {
        if let Value::Object(group) = item {
            add_group(found, event, group);
        }
    }
}

/// A group with handlers of its own, or a handler that stands for its group.
fn add_group(found: &mut Vec<HookAction>, event: &str, group: &Map<String, Value>) {
    let matcher = group.get("matcher").map(frontmatter::shown).filter(|text| !text.is_empty());
    let handlers: Vec<&Map<String, Value>> = match group.get("hooks") {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).collect(),
        Some(Value::Object(one)) => vec![one],
        _ => vec![group],
    };
    for handler in handlers {
        if let Some((kind, action)) = handler_action(handler) {
            let (event, matcher) = (event.to_owned(), matcher.clone());
            found.push(HookAction { event, matcher, kind, action });
        }
    }
}

fn handler_action(handler: &Map<String, Value>) -> Option<(String, String)> {
    let text = |key: &str| handler.get(key).and_then(Value::as_str);
    let with = |kind: &str, action: String| Some((kind.to_owned(), action));
    let command = ["command", "bash", "powershell", "script"].iter().find_map(|key| text(key));
    if let Some(command) = command {
        let args = handler.get("args").and_then(Value::as_array);
        let args: Vec<String> = args.into_iter().flatten().map(frontmatter::shown).collect();
        let args = secret::mask_args(&args).into_iter();
        let words: Vec<String> = std::iter::once(secret::mask_text(command)).chain(args).collect();
        return with("command", words.join(" "));
    }
    if let Some(prompt) = text("prompt") {
        let kind = if text("type") == Some("agent") { "agent" } else { "prompt" };
        return with(kind, secret::mask_text(prompt));
    }
    if let Some(url) = text("url") {
        return with("http", secret::mask_url(url));
    }
    let tool = text("tool")?;
    with("mcp_tool", format!("{}/{tool}", text("server").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(value: Value) -> Vec<String> {
        actions(&value)
            .iter()
            .map(|a| {
                let matcher = a.matcher.as_deref().unwrap_or("-");
                format!("{} {matcher} {} {}", a.event, a.kind, a.action)
            })
            .collect()
    }

    #[test]
    fn every_shape_of_hooks_is_read() {
        let claude = json!({"hooks": {"Stop": [{"matcher": "x", "hooks": [
            {"type": "command", "command": "a"}, {"type": "agent", "prompt": "b"},
            {"type": "http", "url": "https://u:p@h/"},
            {"type": "mcp_tool", "server": "s", "tool": "t"}]}]}});
        assert_eq!(
            lines(claude),
            [
                "Stop x command a",
                "Stop x agent b",
                "Stop x http https://***@h/",
                "Stop x mcp_tool s/t"
            ]
        );
        let copilot = json!({"version": 1, "hooks": {"sessionStart": [{"bash": "a"}]}});
        assert_eq!(lines(copilot), ["sessionStart - command a"]);
        let list = json!({"hooks": [{"event": "Stop", "command": "a", "args": ["b"]}]});
        assert_eq!(lines(list), ["Stop - command a b"]);
        let bare = json!({"Stop": {"hooks": {"command": "a"}}, "note": "x"});
        assert_eq!(lines(bare), ["Stop - command a"]);
    }
}
