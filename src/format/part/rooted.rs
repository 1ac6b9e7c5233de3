//! Commands of a plugin's hooks to commands of a project: where they name the folder of the plugin,
//! they come to name the folder into which the files beside the hooks were put.

use serde_json::{Map, Value};

const ROOT: &str = "CLAUDE_PLUGIN_ROOT";
const PROJECT: &str = "$CLAUDE_PROJECT_DIR";

/// What ends a word of a shell that is not in quotes.
const ENDS: &[char] =
    &[' ', '\t', '\n', '\r', ';', '&', '|', '<', '>', '(', ')', '"', '\'', '`', '$', '\\', ','];

pub(super) struct Ground<'a> {
    /// The hooks file below the plugin.
    pub file: &'a str,
    /// Paths beside it.
    pub files: &'a [&'a str],
    /// Where these are below the project.
    pub dir: &'a str,
}

/// The quotes around a place in a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

impl Ground<'_> {
    /// A handler in which nothing names the plugin any more.
    pub(super) fn body(&self, body: Value) -> Result<Value, String> {
        let Value::Object(map) = body else { return Ok(body) };
        let settled = |(key, value): (String, Value)| match value {
            Value::String(text) if key == "command" => Ok((key, self.command(&text)?.into())),
            value if value.to_string().contains(ROOT) => {
                Err(format!("its `{key}` names the folder of the plugin"))
            }
            value => Ok((key, value)),
        };
        Ok(Value::Object(map.into_iter().map(settled).collect::<Result<Map<_, _>, String>>()?))
    }

    fn command(&self, text: &str) -> Result<String, String> {
        let (mut out, mut at, mut quote) = (String::new(), 0, Quote::None);
        while let Some(c) = text[at..].chars().next() {
            if let Some(len) = variable(&text[at..]) {
                at = self.path(text, at, len, &mut out, &mut quote)?;
                continue;
            }
            at += c.len_utf8();
            out.push(c);
            match (c, quote) {
                ('\\', Quote::None | Quote::Double) => {
                    if let Some(next) = text[at..].chars().next() {
                        out.push(next);
                        at += next.len_utf8();
                    }
                }
                ('"', Quote::None) => quote = Quote::Double,
                ('\'', Quote::None) => quote = Quote::Single,
                ('"', Quote::Double) | ('\'', Quote::Single) => quote = Quote::None,
                _ => {}
            }
        }
        if out.contains(ROOT) {
            return Err("it looks at the folder of the plugin".to_owned());
        }
        Ok(out)
    }

    /// Writes what the variable at a place and the path behind it become; gives where it goes on.
    fn path(
        &self,
        text: &str,
        at: usize,
        len: usize,
        out: &mut String,
        quote: &mut Quote,
    ) -> Result<usize, String> {
        let mark = match quote {
            Quote::None => None,
            Quote::Single => Some('\''),
            Quote::Double => Some('"'),
        };
        let is_first = mark.is_some_and(|mark| out.ends_with(mark));
        let mut from = at + len;
        // `"${…}"/x.sh`: the quotes are around the variable alone.
        if let Some(mark) = mark.filter(|mark| is_first && text[from..].starts_with(*mark)) {
            from += mark.len_utf8();
            let end = word_end(text, from);
            let file = self.file(&text[from..end])?;
            out.pop();
            *quote = Quote::None;
            out.push_str(&self.bare(&file));
            return Ok(end);
        }
        let Some(mark) = mark else {
            let end = word_end(text, from);
            out.push_str(&self.bare(&self.file(&text[from..end])?));
            return Ok(end);
        };
        // `"${…}/x y.sh"`: all that is in the quotes is the path.
        let closing = text[from..].find(mark).map(|end| from + end);
        if let Some(end) = closing.filter(|_| is_first)
            && let Ok(file) = self.file(&text[from..end])
        {
            out.pop();
            *quote = Quote::None;
            out.push_str(&self.bare(&file));
            return Ok(end + mark.len_utf8());
        }
        let end = word_end(text, from);
        let file = self.file(&text[from..end])?;
        if mark == '\''
            || file.contains(['"', '$', '`', '\\'])
            || self.dir.contains(['"', '$', '`', '\\'])
        {
            return Err("it names the folder of the plugin in a way that is not understood".into());
        }
        out.push_str(&format!("{PROJECT}/{}/{file}", self.dir));
        Ok(end)
    }

    /// For a place without quotes.
    fn bare(&self, file: &str) -> String {
        let path = format!("{}/{file}", self.dir);
        let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%:=".contains(c);
        if path.chars().all(is_plain) {
            format!("\"{PROJECT}\"/{path}")
        } else {
            format!("\"{PROJECT}\"/'{}'", path.replace('\'', r"'\''"))
        }
    }

    /// The file (or folder of files) beside the hooks that a path below the plugin names.
    fn file(&self, path: &str) -> Result<String, String> {
        let Some(path) = path.strip_prefix('/').filter(|path| !path.is_empty()) else {
            return Err("it names the folder of the plugin as a whole".to_owned());
        };
        let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let plain = parts.join("/");
        let there = |path: &str| {
            let below = |file: &&str| {
                file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            !path.is_empty() && self.files.iter().any(below)
        };
        let dir = self.file.rsplit_once('/').map_or("", |(dir, _)| dir);
        let beside = match dir {
            "" => Some(plain.as_str()),
            dir => plain.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/')),
        };
        let found = beside
            .filter(|path| there(path))
            .or_else(|| Some(plain.as_str()).filter(|path| there(path)));
        match found {
            Some(found) if !parts.contains(&"..") => Ok(found.to_owned()),
            _ => Err(format!(
                "it names `{}`, which is not beside the hooks",
                crate::words::visible(path)
            )),
        }
    }
}

/// How long the variable is with which a text begins.
fn variable(text: &str) -> Option<usize> {
    let name = text.strip_prefix('$')?;
    if name.strip_prefix('{').and_then(|name| name.strip_prefix(ROOT)?.strip_prefix('}')).is_some()
    {
        return Some(ROOT.len() + 3);
    }
    let rest = name.strip_prefix(ROOT)?;
    let goes_on = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (!goes_on).then_some(ROOT.len() + 1)
}

fn word_end(text: &str, from: usize) -> usize {
    text[from..].find(ENDS).map_or(text.len(), |end| from + end)
}
