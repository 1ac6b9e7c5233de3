//! YAML text to a tree that knows where each part stands.
//!
//! Strict: one document, no duplicate keys, no merge keys, no tags of one's own, keys are text,
//! and limits on depth and size, so that hostile text ends in an error. A scalar keeps its text as
//! written (`1.10` stays `1.10`); what it means is the reader's affair. It knows no file format.
//!
//! The tree is made from the events of the parser below serde-saphyr, because serde would lose
//! the places of unknown keys and the text of numbers.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle, ScanError, Span};

use crate::error::{Place, Problem};
use crate::words;

/// One node, with the line and column (from 1) on which it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub line: usize,
    pub column: usize,
    pub data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `plain` when it stood without quotes and could mean a number, a boolean or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the text.
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub text: String,
    pub line: usize,
    pub column: usize,
}

/// Why a text is no YAML this program reads, and where; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    pub line: usize,
    pub column: usize,
    pub reason: String,
    pub help: Option<&'static str>,
}

/// How much one text may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of the text, and again of what aliases repeat.
    pub bytes: usize,
    pub nodes: usize,
}

impl Limits {
    /// For the front matter of files that anybody wrote.
    pub const FRONT_MATTER: Limits = Limits { bytes: 1 << 20, nodes: 20_000 };
    /// For the catalog's own files.
    pub const FILE: Limits = Limits { bytes: 2 << 20, nodes: 500_000 };
    /// For the lock, which this program writes.
    pub const LOCK: Limits = Limits { bytes: 1 << 28, nodes: 20_000_000 };
}

/// Lists and mappings inside each other.
const DEPTH_MAX: usize = 32;

impl Broken {
    /// As a problem of `file`.
    pub fn problem(self, code: &str, file: &str) -> Problem {
        let place = Place::new(file, self.line, self.column);
        let problem = Problem::error(code, format!("not valid YAML: {}", self.reason)).at(place);
        match self.help {
            Some(help) => problem.help(help),
            None => problem.help(
                "correct that line; text with `: `, `#` or a leading `[`, `{`, `@` wants quotes",
            ),
        }
    }
}

impl Node {
    /// Whether there is nothing: no value, `~` or `null`.
    pub fn is_null(&self) -> bool {
        match &self.data {
            Data::Scalar { text, plain: true } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }
}

/// Reads one document; a text without any is a null node.
pub fn parse(text: &str, limits: Limits) -> Result<Node, Broken> {
    if text.len() > limits.bytes {
        return Err(broken(1, 1, "it is too large"));
    }
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_comments: false,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
        // The limit of YAML is 1024; a quoted name may be longer.
        simple_key_max_lookahead: 1 << 16,
    };
    let parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { parser, anchors: HashMap::new(), limits, nodes: 0, repeated: 0 };
    builder.document().map_err(|broken| conflict(text).unwrap_or(broken))
}

/// The better reason for a text that holds both sides of a merge.
fn conflict(text: &str) -> Option<Broken> {
    let line = text.lines().position(|line| conflict_marker(line) == Some('<'))?;
    let help = "keep what is right of both sides and delete the lines of `<<<<<<<` and `>>>>>>>`";
    Some(broken(line + 1, 1, "it holds a merge conflict").helped(help))
}

/// `<`, `|`, `=` or `>` when the line is one of Git's conflict markers: seven of them, alone or
/// before a name.
pub fn conflict_marker(line: &str) -> Option<char> {
    let sign = line.chars().next().filter(|c| "<|=>".contains(*c))?;
    let rest = line.trim_start_matches(sign);
    let ends = rest.trim_end().is_empty() || rest.starts_with(' ');
    (line.len() - rest.len() == 7 && ends).then_some(sign)
}

struct Builder<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// What aliases stand for.
    anchors: HashMap<usize, Node>,
    limits: Limits,
    nodes: usize,
    /// Bytes and nodes that aliases have repeated so far.
    repeated: usize,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Node, Broken> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(..) if root.is_some() => {
                    return Err(at(&span, "there is a second document after `---`"));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        Ok(root.unwrap_or_else(|| null(1, 1)))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Broken> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(syntax(&error)),
            None => Err(broken(1, 1, "it ends too early")),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Broken> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(at(&span, "it has too many parts"));
        }
        if depth > DEPTH_MAX {
            return Err(at(&span, "lists and mappings are nested too deeply"));
        }
        if let Some(tag) = event.tag().filter(|tag| !tag.is_yaml_core_schema()) {
            let reason =
                format!("the tag `{}` has no meaning here", words::visible(&tag.original()));
            return Err(at(&span, &reason).helped("put the value in quotes"));
        }
        let anchor = event.anchor_id();
        let data = match event {
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                Data::Scalar { text: text.into_owned(), plain }
            }
            Event::SequenceStart(..) => Data::List(self.items(depth)?),
            Event::MappingStart(..) => Data::Map(self.entries(depth)?),
            Event::Alias(id) => return self.repeat(id, &span),
            _ => return Err(at(&span, "a value is expected here")),
        };
        let node = Node { line: span.start.line(), column: span.start.col() + 1, data };
        if let Some(id) = anchor {
            self.anchors.insert(id, node.clone());
        }
        Ok(node)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Broken> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, Broken> {
        let mut entries = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, style, ..), span) => {
                    if style == ScalarStyle::Plain && text == "<<" {
                        return Err(at(&span, "merge keys `<<` are not read")
                            .helped("write the entries out"));
                    }
                    let (line, column) = (span.start.line(), span.start.col() + 1);
                    Key { text: text.into_owned(), line, column }
                }
                (_, span) => return Err(at(&span, "a key must be plain text")),
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push((key, value));
        }
        match duplicate(&entries) {
            None => Ok(entries),
            Some((first, again)) => {
                let name = words::visible(&again.text);
                let reason = format!("the key `{name}` is already on line {}", first.line);
                Err(broken(again.line, again.column, &reason).helped("keep one of the two"))
            }
        }
    }

    /// A copy of what the alias stands for, as long as the copies stay small.
    fn repeat(&mut self, id: usize, span: &Span) -> Result<Node, Broken> {
        let Some(node) = self.anchors.get(&id) else {
            return Err(at(span, "an alias stands inside what it repeats"));
        };
        self.repeated += weight(node);
        if self.repeated > self.limits.bytes {
            return Err(at(span, "aliases repeat too much"));
        }
        Ok(node.clone())
    }
}

/// Bytes of text and a fixed cost for each node.
fn weight(node: &Node) -> usize {
    const NODE: usize = 64;
    NODE + match &node.data {
        Data::Scalar { text, .. } => text.len(),
        Data::List(items) => items.iter().map(weight).sum(),
        Data::Map(entries) => entries.iter().map(|(key, node)| key.text.len() + weight(node)).sum(),
    }
}

/// The first key, in the order of the text, that stands there twice, and its first place.
fn duplicate(entries: &[(Key, Node)]) -> Option<(&Key, &Key)> {
    let mut keys: Vec<&Key> = entries.iter().map(|(key, _)| key).collect();
    // Stable: equal keys stay in the order of the text.
    keys.sort_by(|a, b| a.text.cmp(&b.text));
    let pairs = keys.windows(2).filter(|pair| pair[0].text == pair[1].text);
    pairs.map(|pair| (pair[0], pair[1])).min_by_key(|(_, again)| (again.line, again.column))
}

fn null(line: usize, column: usize) -> Node {
    Node { line, column, data: Data::Scalar { text: String::new(), plain: true } }
}

impl Broken {
    fn helped(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }
}

fn broken(line: usize, column: usize, reason: &str) -> Broken {
    Broken { line, column, reason: reason.to_owned(), help: None }
}

fn at(span: &Span, reason: &str) -> Broken {
    broken(span.start.line(), span.start.col() + 1, reason)
}

/// The parser's error in the words of this program.
fn syntax(error: &ScanError) -> Broken {
    use granit_parser::ErrorKind;
    let mark: &Marker = error.marker();
    let (reason, help) = match error.kind() {
        ErrorKind::InvalidSimpleKey | ErrorKind::SimpleKeyExpected => {
            ("a key and `:` are expected here".to_owned(), "put values that hold `: ` in quotes")
        }
        ErrorKind::MappingValueNotAllowed => {
            ("a value without quotes holds `: `".to_owned(), "put the value in quotes")
        }
        ErrorKind::RecursionLimitExceeded => {
            ("lists and mappings are nested too deeply".to_owned(), "")
        }
        ErrorKind::UnknownAnchor => {
            ("an alias names no anchor".to_owned(), "put a value that starts with `*` in quotes")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation => {
            ("a tab stands where only spaces may".to_owned(), "indent with spaces")
        }
        _ => (plain_words(&error.info()), ""),
    };
    let help = Some(help).filter(|help| !help.is_empty());
    Broken { line: mark.line().max(1), column: mark.col() + 1, reason, help }
}

/// One line, lower case, ending without a full stop.
fn plain_words(info: &str) -> String {
    let line = info.lines().next().unwrap_or_default();
    let line = line.trim_end_matches('.').replace("unexpected eof", "it ends too early");
    let line =
        line.replace("unexpected EOF", "the text ends").replace("did not find", "there is no");
    words::visible(&line)
}

#[cfg(test)]
mod tests;
