//! A YAML tree to typed values: every key and value that is wrong becomes a problem with its place,
//! and reading goes on, so that a person sees all of them at once.
//!
//! Keys that start with `x-` pass everywhere: they belong to other tools.

use super::yaml::{Data, Key, Limits, Node};
use crate::error::{Place, Problem};
use crate::model::glob::BadGlob;
use crate::words;

/// The codes of one kind of file.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// Not valid YAML.
    pub syntax: &'static str,
    /// An unknown key.
    pub key: &'static str,
    /// A value of the wrong type or out of range.
    pub value: &'static str,
    /// A pattern that is no glob.
    pub glob: &'static str,
}

/// Reads one file and keeps what is wrong with it.
pub struct Reader<'a> {
    file: &'a str,
    codes: Codes,
    pub problems: Vec<Problem>,
}

/// A mapping whose keys are known.
pub struct Fields<'n> {
    /// As a person would say it: `site`, `sources.team`; empty for the file.
    path: String,
    entries: &'n [(Key, Node)],
    is_mapping: bool,
}

/// A text with the node it stood in.
pub struct Text<'n> {
    pub text: String,
    pub node: &'n Node,
}

impl<'n> Fields<'n> {
    /// The value of a key; nothing, `~` and `null` count as absent.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        let found = self.entries.iter().find(|(key, _)| key.text == name);
        found.map(|(_, node)| node).filter(|node| !node.is_null())
    }

    /// The key itself, also where its value is null.
    pub fn key(&self, name: &str) -> Option<&'n Key> {
        self.entries.iter().map(|(key, _)| key).find(|key| key.text == name)
    }

    /// Whether there was a mapping, or nothing; what else there was is a problem already.
    pub fn is_mapping(&self) -> bool {
        self.is_mapping
    }

    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a str, codes: Codes) -> Self {
        Self { file, codes, problems: Vec::new() }
    }

    /// The tree of the text; `None`, and a problem, when it is no YAML.
    pub fn tree(&mut self, text: &str) -> Option<Node> {
        match super::yaml::parse(text, Limits::FILE) {
            Ok(node) => Some(node),
            Err(broken) => {
                self.problems.push(broken.problem(self.codes.syntax, self.file));
                None
            }
        }
    }

    pub fn place(&self, node: &Node) -> Place {
        Place::new(self.file, node.line, node.column)
    }

    pub fn key_place(&self, key: &Key) -> Place {
        Place::new(self.file, key.line, key.column)
    }

    /// A value that cannot be: "`site.title` must be text".
    pub fn wrong(&mut self, node: &Node, path: &str, must: &str) {
        let subject = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let problem = Problem::error(self.codes.value, format!("{subject} must be {must}"));
        self.problems.push(problem.at(self.place(node)));
    }

    /// A mapping with the `known` keys; null is an empty one.
    pub fn fields<'n>(&mut self, node: &'n Node, path: &str, known: &[&str]) -> Fields<'n> {
        let entries = self.mapping(node, path);
        for (key, _) in entries.iter().filter(|(key, _)| !key.text.starts_with("x-")) {
            if !known.contains(&key.text.as_str()) {
                self.unknown(key, path, known);
            }
        }
        let is_mapping = node.is_null() || matches!(node.data, Data::Map(_));
        Fields { path: path.to_owned(), entries, is_mapping }
    }

    /// The entries of a mapping whose keys are names.
    pub fn named<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Vec<&'n (Key, Node)> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        let foreign = |key: &Key| key.text.starts_with("x-") && !key.text.contains('/');
        let entries = self.mapping(node, &fields.path(name));
        entries.iter().filter(|(key, _)| !foreign(key)).collect()
    }

    fn mapping<'n>(&mut self, node: &'n Node, path: &str) -> &'n [(Key, Node)] {
        match &node.data {
            Data::Map(entries) => entries,
            _ => {
                if !node.is_null() {
                    self.wrong(node, path, "a mapping: lines of `key: value` without `- `");
                }
                &[]
            }
        }
    }

    fn unknown(&mut self, key: &Key, path: &str, known: &[&str]) {
        let name = words::visible(&key.text);
        let inside = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
        let otherwise = format!("known keys: {}; `x-` keys are ignored", words::list_or(known));
        let help = words::did_you_mean(&key.text, known.iter().copied(), otherwise);
        let problem = Problem::error(self.codes.key, format!("unknown key `{name}`{inside}"));
        self.problems.push(problem.at(self.key_place(key)).help(help));
    }

    /// One text; a number or a date is taken as it is written.
    pub fn text<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Option<Text<'n>> {
        let node = fields.get(name)?;
        match &node.data {
            Data::Scalar { text, .. } => Some(Text { text: text.clone(), node }),
            _ => {
                self.wrong(node, &fields.path(name), "text");
                None
            }
        }
    }

    /// One text or a list of them.
    pub fn texts<'n>(&mut self, fields: &Fields<'n>, name: &str) -> Vec<Text<'n>> {
        let Some(node) = fields.get(name) else { return Vec::new() };
        let items = match &node.data {
            Data::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.data {
                Data::Scalar { text, .. } if !item.is_null() => {
                    texts.push(Text { text: text.clone(), node: item });
                }
                _ => self.wrong(item, &fields.path(name), "text or a list of texts"),
            }
        }
        texts
    }

    /// One glob or a list of them, as written.
    pub fn globs(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        check: fn(&str) -> Result<(), BadGlob>,
    ) -> Vec<String> {
        let mut globs = Vec::new();
        for Text { text, node } in self.texts(fields, name) {
            if let Err(BadGlob { why, .. }) = check(&text) {
                let shown = words::visible(&text);
                let message = format!("`{shown}` in `{}` is no glob: {why}", fields.path(name));
                let help = "globs look like `skills/**` or `{a,b}-*`";
                let problem = Problem::error(self.codes.glob, message).at(self.place(node));
                self.problems.push(problem.help(help));
            } else {
                globs.push(text);
            }
        }
        globs
    }

    /// A list of anything; one thing alone is a list of one.
    pub fn items<'n>(&mut self, fields: &Fields<'n>, name: &str) -> &'n [Node] {
        match fields.get(name) {
            None => &[],
            Some(Node { data: Data::List(items), .. }) => items,
            Some(node) => std::slice::from_ref(node),
        }
    }

    pub fn whole(&mut self, fields: &Fields<'_>, name: &str) -> Option<i64> {
        let node = fields.get(name)?;
        if let Data::Scalar { text, plain: true } = &node.data
            && let Ok(number) = text.parse()
        {
            return Some(number);
        }
        self.wrong(node, &fields.path(name), "a whole number");
        None
    }

    /// `true` or `false`, and nothing that only looks like it.
    pub fn flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        let node = fields.get(name)?;
        match &node.data {
            Data::Scalar { text, plain: true } if text == "true" => return Some(true),
            Data::Scalar { text, plain: true } if text == "false" => return Some(false),
            _ => self.wrong(node, &fields.path(name), "`true` or `false`"),
        }
        None
    }
}
