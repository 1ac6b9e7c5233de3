//! Hooks in the settings of Claude Code, and in the files that sources have them in.

use serde_json::{Map, Value, json};

use super::json::{self, Data, Node};
use crate::error::{Place, Problem, Result};
use crate::model::hash::ContentHash;

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
        super::digest(&json!([self.event, self.matcher, self.body]))
    }
}

/// The handlers of a hooks file or of settings, in the order they stand: with and without the inner
/// `hooks` list, as a list, with `events` in place of `hooks`.
pub fn handlers(value: &Value) -> Vec<Handler> {
    let mut found = Vec::new();
    match value.get("hooks").or_else(|| value.get("events")).unwrap_or(value) {
        Value::Object(map) => {
            for (event, groups) in map {
                let groups = match groups {
                    Value::Array(items) => items.as_slice(),
                    one => std::slice::from_ref(one),
                };
                groups.iter().filter_map(Value::as_object).for_each(|group| {
                    add_group(&mut found, event, group);
                });
            }
        }
        Value::Array(items) => {
            for item in items.iter().filter_map(Value::as_object) {
                let keys = ["event", "events", "on", "trigger", "hookEvent"];
                let event =
                    keys.iter().find_map(|key| item.get(*key)?.as_str()).unwrap_or_default();
                let body = item.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
                let body = body.map(|(key, value)| (key.clone(), value.clone())).collect();
                add_group(&mut found, event, &body);
            }
        }
        _ => {}
    }
    found
}

/// A group with handlers of its own, or a handler that stands for its group.
fn add_group(found: &mut Vec<Handler>, event: &str, group: &Map<String, Value>) {
    let matcher = group.get("matcher").and_then(Value::as_str).filter(|text| !text.is_empty());
    let bodies: Vec<Value> = match group.get("hooks") {
        Some(Value::Array(items)) => items.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => {
            let own = group.iter().filter(|(key, _)| *key != "matcher");
            let own = own.map(|(key, value)| (key.clone(), value.clone()));
            vec![Value::Object(own.collect())]
        }
    };
    let runs = ["command", "bash", "powershell", "script", "prompt", "url", "tool"];
    let is_handler = |body: &Value| runs.iter().any(|key| body.get(key).is_some());
    for body in bodies.into_iter().filter(is_handler) {
        let (event, matcher) = (event.to_owned(), matcher.map(str::to_owned));
        found.push(Handler { event, matcher, body });
    }
}

/// The hash of some handlers, in whatever order.
pub fn digest(handlers: &[Handler]) -> ContentHash {
    let mut digests: Vec<String> = handlers.iter().map(|one| one.digest().hex()).collect();
    digests.sort();
    digests.dedup();
    super::digest(&json!(digests))
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

/// What stands for the folder of a plugin in its commands.
const ROOT: &str = "CLAUDE_PLUGIN_ROOT";

/// The handlers as they run in a project: `${CLAUDE_PLUGIN_ROOT}` of a hooks file at `file` (its path
/// below the plugin or source) becomes `dir` below `$CLAUDE_PROJECT_DIR`. `Err` with why not where
/// a command names a file of the plugin that is not among `files` (paths beside the hooks file).
pub fn settled(
    handlers: Vec<Handler>,
    file: &str,
    files: &[&str],
    dir: &str,
) -> std::result::Result<Vec<Handler>, String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let place = Layout { folder, files, dir };
    let settle = |handler: Handler| Ok(Handler { body: place.settle(handler.body)?, ..handler });
    handlers.into_iter().map(settle).collect()
}

struct Layout<'a> {
    /// Of the hooks file, below the plugin.
    folder: &'a str,
    files: &'a [&'a str],
    dir: &'a str,
}

impl Layout<'_> {
    fn settle(&self, value: Value) -> std::result::Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(&text)?),
            Value::Array(items) => {
                let items = items.into_iter().map(|item| self.settle(item));
                Value::Array(items.collect::<std::result::Result<_, _>>()?)
            }
            Value::Object(map) => {
                let map = map.into_iter().map(|(key, value)| Ok((key, self.settle(value)?)));
                Value::Object(map.collect::<std::result::Result<_, String>>()?)
            }
            plain => plain,
        })
    }

    fn text(&self, text: &str) -> std::result::Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((at, len)) = next_root(rest) {
            let after = &rest[at + len..];
            let quote = rest[..at].ends_with('"');
            let (path, used) = path_of(after, quote)?;
            let file = self.file(path)?;
            let target = format!("{}/{file}", self.dir);
            let before = if quote { &rest[..at - 1] } else { &rest[..at] };
            out.push_str(before);
            let has_space = target.contains(' ');
            let shown = match has_space {
                true => format!("\"$CLAUDE_PROJECT_DIR/{target}\""),
                false => format!("\"$CLAUDE_PROJECT_DIR\"/{target}"),
            };
            out.push_str(&shown);
            rest = &after[used..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The file beside the hooks file that a path below the plugin means.
    fn file(&self, path: &str) -> std::result::Result<&str, String> {
        let prefix = format!("{}/", self.folder);
        let below = path.strip_prefix(&prefix).unwrap_or(path);
        let found = self.files.iter().find(|file| **file == below || **file == path);
        found.copied().ok_or_else(|| format!("it runs `{path}`, which is not among its own files"))
    }
}

/// Where the folder of the plugin is named next, and how long the name is.
fn next_root(text: &str) -> Option<(usize, usize)> {
    let forms = [format!("${{{ROOT}}}"), format!("${ROOT}")];
    let found = forms.iter().filter_map(|form| Some((text.find(form.as_str())?, form.len())));
    found.min_by_key(|(at, len)| (*at, std::cmp::Reverse(*len)))
}

/// The path after the name of the folder, and how much of the text it takes: with the quotes
/// around it, whether they end before the path or after it.
fn path_of(after: &str, is_quoted: bool) -> std::result::Result<(&str, usize), String> {
    let alone = || "it names the folder of its plugin".to_owned();
    let (skipped, rest) = match after.strip_prefix("\"/").filter(|_| is_quoted) {
        Some(rest) => (2, rest),
        None => (1, after.strip_prefix('/').ok_or_else(alone)?),
    };
    let is_inside = is_quoted && skipped == 1;
    let end = match is_inside {
        true => rest.find('"').unwrap_or(rest.len()),
        false => rest
            .find([' ', '\t', '\n', '"', '\'', ';', '|', '&', '<', '>', ')'])
            .unwrap_or(rest.len()),
    };
    let used = skipped + end + usize::from(is_inside && end < rest.len());
    if end == 0 { Err(alone()) } else { Ok((&rest[..end], used)) }
}

/// The settings without `remove` and with `add`, each once; `None` for text where nothing is there
/// yet, or nothing is left. `file` is for what is told.
pub fn put(
    file: &str,
    text: Option<&str>,
    remove: &[Handler],
    add: &[Handler],
) -> Result<Option<String>> {
    let mut text = text.filter(|text| !text.trim().is_empty()).map(str::to_owned);
    for handler in remove.iter().filter(|handler| !add.contains(handler)) {
        let Some(now) = text else { return put(file, None, &[], add) };
        text = without(file, now, handler)?;
    }
    for handler in add {
        let now = text.unwrap_or_else(|| "{}\n".to_owned());
        text = Some(with(file, now, handler)?);
    }
    Ok(text)
}

fn with(file: &str, text: String, handler: &Handler) -> Result<String> {
    let root = object(file, &text)?;
    if handlers(&root.value()).contains(handler) && root.get("hooks").is_some() {
        return Ok(text);
    }
    let mut group = Map::new();
    group.extend(handler.matcher.iter().map(|text| ("matcher".to_owned(), json!(text))));
    group.insert("hooks".to_owned(), json!([handler.body]));
    let Some(hooks) = root.get("hooks") else {
        return Ok(json::with_member(&text, &root, "hooks", &json!({&handler.event: [group]})));
    };
    let Some(event) = hooks.get(&handler.event) else {
        if !matches!(hooks.data, Data::Object(_)) {
            return Err(unknown(file, &text, hooks).into());
        }
        return Ok(json::with_member(&text, hooks, &handler.event, &json!([group])));
    };
    let Data::Array(groups) = &event.data else { return Err(unknown(file, &text, event).into()) };
    let fits = |group: &&Node| matcher_of(group) == handler.matcher;
    let list = groups
        .iter()
        .filter(fits)
        .find_map(|group| group.get("hooks").filter(|list| matches!(list.data, Data::Array(_))));
    Ok(match list {
        Some(list) => json::with_item(&text, list, &handler.body),
        None => json::with_item(&text, event, &Value::Object(group)),
    })
}

/// Takes a handler out, and what it leaves empty.
fn without(file: &str, text: String, handler: &Handler) -> Result<Option<String>> {
    let root = object(file, &text)?;
    let Some(hooks) = root.get("hooks") else { return Ok(Some(text)) };
    let Some((event, groups)) = hooks.get(&handler.event).and_then(|event| match &event.data {
        Data::Array(groups) => Some((event, groups)),
        _ => None,
    }) else {
        return Ok(Some(text));
    };
    for (place, group) in groups.iter().enumerate() {
        if matcher_of(group) != handler.matcher {
            continue;
        }
        let list = group.get("hooks");
        let items = match list.map(|list| &list.data) {
            Some(Data::Array(items)) => items,
            _ => continue,
        };
        let Some(at) = items.iter().position(|item| item.value() == handler.body) else { continue };
        let (Some(list), true) = (list, items.len() > 1) else {
            return Ok(empty(&text, &root, hooks, (event, groups.len(), &handler.event), place));
        };
        return Ok(Some(json::without(&text, list, at)));
    }
    Ok(Some(text))
}

/// Takes out a group that holds nothing more, and what is empty without it.
fn empty(
    text: &str,
    root: &Node,
    hooks: &Node,
    (event, n_groups, name): (&Node, usize, &str),
    group: usize,
) -> Option<String> {
    let place = |of: &Node, key: &str| match &of.data {
        Data::Object(members) => members.iter().rposition(|member| member.key == key),
        _ => None,
    };
    let len = |of: &Node| match &of.data {
        Data::Object(members) => members.len(),
        _ => 0,
    };
    if n_groups > 1 {
        return Some(json::without(text, event, group));
    }
    if len(hooks) > 1 {
        return Some(json::without(text, hooks, place(hooks, name)?));
    }
    let left = json::without(text, root, place(root, "hooks")?);
    Some(left).filter(|left| left.trim() != "{}")
}

fn matcher_of(group: &Node) -> Option<String> {
    let matcher = group.get("matcher")?.value();
    matcher.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn object(file: &str, text: &str) -> Result<Node> {
    let root = json::parse(file, text)?;
    match root.data {
        Data::Object(_) => Ok(root),
        _ => Err(unknown(file, text, &root).into()),
    }
}

fn unknown(file: &str, text: &str, node: &Node) -> Problem {
    let line = text.get(..node.start).map_or(1, |before| before.matches('\n').count() + 1);
    Problem::error("SM649", "hooks do not stand here as the agent reads them")
        .at(Place::new(file, line, 1))
        .help("hooks look like {\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": …}]}]}}")
}
