//! Hooks: files of any known shape to what is run at which event, and such handlers put into the
//! settings of Claude Code or taken out of them. It does not know what a command does.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::json::{Node, gap};
use super::{is_blank, only, read, splice, unreadable};
use crate::error::Result;
use crate::model::hash::ContentHash;
use crate::words;

/// How a handler of a list names its event.
const EVENT_KEYS: [&str; 5] = ["event", "events", "on", "trigger", "hookEvent"];

/// One thing that is run at one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    pub event: String,
    pub matcher: Option<String>,
    /// As written: `{"type": "command", "command": …}`.
    pub body: Value,
}

impl Handler {
    pub fn digest(&self) -> ContentHash {
        super::digest(&json!([self.event, self.matcher(), self.body]))
    }

    /// One that is empty matches as none does.
    fn matcher(&self) -> Option<&str> {
        self.matcher.as_deref().filter(|matcher| !matcher.is_empty())
    }
}

/// The handlers of a hooks file or of settings (any shape of `formats`), in the order they stand.
pub fn handlers(value: &Value) -> Vec<Handler> {
    let mut found = Vec::new();
    match value.get("hooks").or_else(|| value.get("events")).unwrap_or(value) {
        Value::Object(map) => {
            for (event, groups) in map {
                let groups = match groups {
                    Value::Array(items) => items.as_slice(),
                    one => std::slice::from_ref(one),
                };
                for group in groups.iter().filter_map(Value::as_object) {
                    add_group(&mut found, event, group, &[]);
                }
            }
        }
        Value::Array(items) => {
            for item in items.iter().filter_map(Value::as_object) {
                let event = EVENT_KEYS.iter().find_map(|key| item.get(*key));
                add_group(&mut found, &event.map(shown).unwrap_or_default(), item, &EVENT_KEYS);
            }
        }
        _ => {}
    }
    found
}

/// A group with handlers of its own, or a handler that stands for its group.
fn add_group(found: &mut Vec<Handler>, event: &str, group: &Map<String, Value>, not: &[&str]) {
    let matcher = group.get("matcher").map(shown).filter(|text| !text.is_empty());
    let bodies: Vec<Map<String, Value>> = match group.get("hooks") {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_object).cloned().collect(),
        Some(Value::Object(one)) => vec![one.clone()],
        _ => {
            let own = |key: &str| key != "matcher" && !not.contains(&key);
            let pairs = group.iter().filter(|(key, _)| own(key));
            vec![pairs.map(|(key, value)| (key.clone(), value.clone())).collect()]
        }
    };
    for body in bodies.into_iter().filter(runs) {
        let (event, matcher) = (event.to_owned(), matcher.clone());
        found.push(Handler { event, matcher, body: Value::Object(body) });
    }
}

/// Whether it is a handler at all.
fn runs(body: &Map<String, Value>) -> bool {
    ["command", "bash", "powershell", "script", "prompt", "url", "tool"]
        .iter()
        .any(|key| body.get(*key).is_some_and(Value::is_string))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The hash of some handlers, in whatever order.
pub fn digest(handlers: &[Handler]) -> ContentHash {
    let all: BTreeSet<String> = handlers.iter().map(|one| one.digest().hex()).collect();
    super::digest(&all.into_iter().collect())
}

/// The same with the scripts that come with them, by their paths beside the hooks file: another
/// script is another hook, whatever its command says.
pub fn digest_with(handlers: &[Handler], scripts: &[(&str, ContentHash)]) -> ContentHash {
    let own = digest(handlers);
    match scripts {
        [] => own,
        scripts => ContentHash::of_files(std::iter::once(("", own)).chain(scripts.iter().copied())),
    }
}

/// The handlers as they run in a project: `${CLAUDE_PLUGIN_ROOT}` of a hooks file at `file` (its path
/// below the plugin or source) becomes `dir` below `$CLAUDE_PROJECT_DIR`. `Err` with why not where
/// a command names a file of the plugin that is not among `files` (paths beside the hooks file).
pub fn settled(
    handlers: Vec<Handler>,
    file: &str,
    files: &[&str],
    dir: &str,
) -> std::result::Result<Vec<Handler>, String> {
    let ground = super::rooted::Ground { file, files, dir };
    let settled = |handler: Handler| {
        if !handler.event.starts_with(|c: char| c.is_ascii_uppercase()) {
            let event = words::visible(&handler.event);
            return Err(format!("`{event}` is no event of Claude Code"));
        }
        let body = ground.body(typed(handler.body)?)?;
        Ok(Handler { body, ..handler })
    };
    handlers.into_iter().map(settled).collect()
}

/// With the word for what it is, without which Claude Code takes none of the settings.
fn typed(body: Value) -> std::result::Result<Value, String> {
    let Value::Object(mut map) = body else { return Ok(body) };
    if !map.contains_key("type") {
        let words =
            [("command", "command"), ("prompt", "prompt"), ("url", "http"), ("tool", "mcp_tool")];
        let Some((_, word)) = words.iter().find(|(key, _)| map.contains_key(*key)) else {
            return Err("its hooks are written for another agent".to_owned());
        };
        map.insert("type".to_owned(), (*word).into());
    }
    Ok(Value::Object(map))
}

/// The settings without `remove` and with `add`, each once; `None` for text where nothing is there
/// yet, or nothing is left. `file` is for what is told.
pub fn put(
    file: &str,
    text: Option<&str>,
    remove: &[Handler],
    add: &[Handler],
) -> Result<Option<String>> {
    let mut out = text.map(str::to_owned);
    let is_same = |a: &Handler, b: &Handler| a.digest() == b.digest();
    for handler in remove {
        if !add.iter().any(|one| is_same(one, handler)) {
            out = without(file, out, handler)?;
        }
    }
    for handler in add {
        out = Some(with(file, out.as_deref(), handler)?);
    }
    Ok(out)
}

/// The events of settings.
struct Settings<'a> {
    file: &'a str,
    text: &'a str,
    root: &'a Node,
}

impl<'a> Settings<'a> {
    fn member(&self, node: &'a Node, key: &str) -> Result<Option<(usize, &'a Node)>> {
        only(self.file, self.text, node, key)
    }

    fn refused<T>(&self, node: &Node, why: &str) -> Result<T> {
        Err(unreadable(self.file, self.text, node.span.start, why))
    }

    fn hooks(&self) -> Result<Option<(usize, &'a Node)>> {
        if self.root.members().is_none() {
            return self.refused(self.root, "it is no map");
        }
        match self.member(self.root, "hooks")? {
            Some((_, node)) if node.members().is_none() => {
                self.refused(node, "`hooks` is no map of events")
            }
            found => Ok(found),
        }
    }

    fn event(&self, hooks: &'a Node, event: &str) -> Result<Option<(usize, &'a Node)>> {
        match self.member(hooks, event)? {
            Some((_, node)) if node.items().is_none() => {
                self.refused(node, "an event has no list of hooks")
            }
            found => Ok(found),
        }
    }

    /// The list of the handlers of a group that says nothing but for what they are.
    fn list(&self, group: &'a Node, matcher: Option<&str>) -> Option<&'a Node> {
        let members = group.members()?;
        let is_plain =
            members.iter().all(|member| matches!(member.key.as_str(), "matcher" | "hooks"));
        let there = match group.get("matcher").map(Node::value) {
            None => None,
            Some(Value::String(text)) => Some(text).filter(|text| !text.is_empty()),
            Some(_) => return None,
        };
        let list = group.get("hooks").filter(|list| list.items().is_some())?;
        (is_plain && members.len() < 3 && there.as_deref() == matcher).then_some(list)
    }
}

fn with(file: &str, text: Option<&str>, handler: &Handler) -> Result<String> {
    let mut group = Map::new();
    if let Some(matcher) = handler.matcher() {
        group.insert("matcher".to_owned(), matcher.into());
    }
    group.insert("hooks".to_owned(), json!([handler.body]));
    let events = json!({ &handler.event: [group] });
    let Some(text) = text.filter(|text| !is_blank(text)) else {
        return Ok(splice::fresh(&json!({ "hooks": events })));
    };
    let root = read(file, text)?;
    let settings = Settings { file, text, root: &root };
    let add = |node, key, value: &Value| splice::add(text, &root, node, key, value);
    let Some((_, hooks)) = settings.hooks()? else { return Ok(add(&root, Some("hooks"), &events)) };
    let Some((_, event)) = settings.event(hooks, &handler.event)? else {
        return Ok(add(hooks, Some(&handler.event), &events[&handler.event]));
    };
    if find(event, handler).is_some() {
        return Ok(text.to_owned());
    }
    let groups = event.items().unwrap_or_default();
    let list = groups.iter().find_map(|group| settings.list(group, handler.matcher()));
    Ok(match list {
        Some(list) => add(list, None, &handler.body),
        None => add(event, None, &Value::Object(group)),
    })
}

/// Where a handler stands: the number of its group and, if the group has more, of itself in it.
fn find(event: &Node, handler: &Handler) -> Option<(usize, Option<usize>)> {
    for (at, group) in event.items().unwrap_or_default().iter().enumerate() {
        let whole = group.value();
        let Some(map) = whole.as_object() else { continue };
        let matcher = map.get("matcher").map(shown).filter(|text| !text.is_empty());
        if matcher.as_deref() != handler.matcher() {
            continue;
        }
        if let Some(items) = group.get("hooks").and_then(Node::items) {
            if let Some(inner) = items.iter().position(|item| item.value() == handler.body) {
                return Some((at, Some(inner)));
            }
            continue;
        }
        let mut bodies = Vec::new();
        add_group(&mut bodies, &handler.event, map, &[]);
        if bodies.iter().any(|one| one.body == handler.body) {
            return Some((at, None));
        }
    }
    None
}

/// Takes out a handler wherever it stands.
fn without(file: &str, text: Option<String>, handler: &Handler) -> Result<Option<String>> {
    let mut text = text;
    loop {
        let Some(old) = text.as_deref().filter(|text| !is_blank(text)) else { return Ok(text) };
        let root = read(file, old)?;
        let settings = Settings { file, text: old, root: &root };
        let Some((at_hooks, hooks)) = settings.hooks()? else { return Ok(text) };
        let Some((at_event, event)) = settings.event(hooks, &handler.event)? else {
            return Ok(text);
        };
        let Some((at_group, inner)) = find(event, handler) else { return Ok(text) };
        let mut path = vec![(&root, at_hooks), (hooks, at_event), (event, at_group)];
        if let Some(inner) = inner {
            let group = &event.items().unwrap_or_default()[at_group];
            let list = settings.list(group, handler.matcher());
            // A group that says more than for what it is stays, if empty.
            match (list.filter(|_| !has_comment(old, group)), group.get("hooks")) {
                (Some(list), _) => path.push((list, inner)),
                (None, Some(list)) => path = vec![(list, inner)],
                (None, None) => return Ok(text),
            }
        }
        let new = cut(old, &path);
        text = (new.trim_start_matches('\u{feff}').trim() != "{}").then_some(new);
    }
}

/// Takes out the last of a path, and what would be left empty by that.
fn cut(text: &str, path: &[(&Node, usize)]) -> String {
    let mut level = path.len() - 1;
    while level > 0 && is_alone(text, path[level].0) {
        // The list of a group goes with its group, which is what the level above names.
        level -= 1;
    }
    let (node, index) = path[level];
    splice::without(text, node, index)
}

/// Whether there is but one part in it and no comment.
fn is_alone(text: &str, node: &Node) -> bool {
    node.parts().len() == 1 && !has_comment(text, node)
}

/// Whether a comment stands between its parts.
fn has_comment(text: &str, node: &Node) -> bool {
    let mut at = node.span.start + 1;
    let mut found = false;
    for part in node.parts() {
        found |= gap(text, at..part.start).has_comment;
        at = part.end;
    }
    found || gap(text, at..node.span.end - 1).has_comment
}
