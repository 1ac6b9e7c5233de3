//! JSON as people and editors write it, with comments and commas behind the last entry, to a tree
//! that knows where in the text each part stands. It changes nothing.

use std::ops::Range;

use serde_json::{Map, Value};

/// As deep as `serde_json` reads.
const DEPTH_MAX: usize = 120;

/// A value and the bytes that it takes.
#[derive(Debug)]
pub(super) struct Node {
    pub span: Range<usize>,
    pub of: Of,
}

#[derive(Debug)]
pub(super) enum Of {
    Map(Vec<Member>),
    List(Vec<Node>),
    Plain(Value),
}

#[derive(Debug)]
pub(super) struct Member {
    pub key: String,
    /// Where the key begins.
    pub start: usize,
    pub node: Node,
}

/// Why a text is no JSON, and at which byte.
#[derive(Debug)]
pub(super) struct Trouble {
    pub at: usize,
    pub why: &'static str,
}

impl Node {
    pub(super) fn members(&self) -> Option<&[Member]> {
        match &self.of {
            Of::Map(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn items(&self) -> Option<&[Node]> {
        match &self.of {
            Of::List(items) => Some(items),
            _ => None,
        }
    }

    /// The last one of that name, which is the one that readers take.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        Some(&self.members()?.iter().rfind(|member| member.key == key)?.node)
    }

    /// What the parts of a map or a list take, keys included.
    pub(super) fn parts(&self) -> Vec<Range<usize>> {
        match &self.of {
            Of::Map(members) => {
                members.iter().map(|member| member.start..member.node.span.end).collect()
            }
            Of::List(items) => items.iter().map(|item| item.span.clone()).collect(),
            Of::Plain(_) => Vec::new(),
        }
    }

    pub(super) fn value(&self) -> Value {
        match &self.of {
            Of::Map(members) => {
                let pairs = members.iter().map(|member| (member.key.clone(), member.node.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            Of::List(items) => items.iter().map(Node::value).collect(),
            Of::Plain(value) => value.clone(),
        }
    }
}

/// The one value of a text.
pub(super) fn read(text: &str) -> Result<Node, Trouble> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { text, at, depth: 0 };
    let node = scanner.value()?;
    scanner.skip()?;
    match scanner.byte() {
        None => Ok(node),
        Some(_) => Err(scanner.trouble("there is more behind the end")),
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Scanner<'_> {
    fn trouble(&self, why: &'static str) -> Trouble {
        Trouble { at: self.at.min(self.text.len()), why }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// To the next byte that is neither space nor of a comment.
    fn skip(&mut self) -> Result<(), Trouble> {
        while let Some(byte) = self.byte() {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let len = match byte {
                b' ' | b'\t' | b'\n' | b'\r' => 1,
                b'/' => comment(rest).ok_or_else(|| self.trouble("a comment has no end"))?,
                _ => return Ok(()),
            };
            if len == 0 {
                return Ok(());
            }
            self.at += len;
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Node, Trouble> {
        self.skip()?;
        let start = self.at;
        let of = match self.byte() {
            None => return Err(self.trouble("a value is missing")),
            Some(b'{') => Of::Map(self.inside(b'}', Self::member)?),
            Some(b'[') => Of::List(self.inside(b']', Self::value)?),
            Some(b'"') => Of::Plain(Value::String(self.string()?)),
            Some(_) => Of::Plain(self.word()?),
        };
        Ok(Node { span: start..self.at, of })
    }

    fn member(&mut self) -> Result<Member, Trouble> {
        let start = self.at;
        if self.byte() != Some(b'"') {
            return Err(self.trouble("a name in quotes is missing"));
        }
        let key = self.string()?;
        self.skip()?;
        if self.byte() != Some(b':') {
            return Err(self.trouble("a `:` is missing"));
        }
        self.at += 1;
        Ok(Member { key, start, node: self.value()? })
    }

    fn inside<T>(
        &mut self,
        close: u8,
        one: fn(&mut Self) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.trouble("it is nested too deep"));
        }
        self.at += 1;
        let mut all = Vec::new();
        loop {
            self.skip()?;
            if self.byte() == Some(close) {
                break;
            }
            all.push(one(self)?);
            self.skip()?;
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == close => break,
                _ => return Err(self.trouble("a `,` or the end of a list or map is missing")),
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(all)
    }

    fn string(&mut self) -> Result<String, Trouble> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => return Err(Trouble { at: start, why: "a text in quotes has no end" }),
            }
        }
        self.at += 1;
        let trouble = Trouble { at: start, why: "a text in quotes is not as JSON writes it" };
        serde_json::from_str(&self.text[start..self.at]).map_err(|_| trouble)
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Value, Trouble> {
        let rest = &self.text[self.at..];
        let is_end = |c: char| c.is_ascii_whitespace() || ",:/\"[]{}".contains(c);
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let value = serde_json::from_str(word).map_err(|_| self.trouble("here is no value"))?;
        self.at += word.len();
        Ok(value)
    }
}

/// How long the comment is with which bytes begin: 0 where they begin with none, `None` where it
/// has no end. The end of its line is not of it.
fn comment(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1) {
        Some(b'/') => Some(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())),
        Some(b'*') => {
            let end = bytes.get(2..)?.windows(2).position(|pair| pair == b"*/")?;
            Some(end + 4)
        }
        _ => Some(0),
    }
}

/// What stands between two parts.
#[derive(Debug)]
pub(super) struct Gap {
    pub comma: Option<usize>,
    /// Behind the last comma or comment, else where the gap begins.
    pub end: usize,
    /// A comment that goes to the end of its line is the last of it.
    pub is_line: bool,
    pub has_comment: bool,
}

/// Takes a part of a text that was read, between two values.
pub(super) fn gap(text: &str, range: Range<usize>) -> Gap {
    let mut gap = Gap { comma: None, end: range.start, is_line: false, has_comment: false };
    let mut at = range.start;
    while at < range.end {
        let rest = &text.as_bytes()[at..range.end];
        match rest[0] {
            b',' => {
                gap = Gap { comma: Some(at), end: at + 1, is_line: false, ..gap };
                at += 1;
            }
            b'/' => {
                let len = comment(rest).unwrap_or(rest.len()).max(1);
                at += len;
                gap.has_comment = true;
                gap.is_line = rest.get(1) == Some(&b'/');
                // `\r\n` ends a line, too.
                gap.end = if gap.is_line && text[..at].ends_with('\r') { at - 1 } else { at };
            }
            _ => at += 1,
        }
    }
    gap
}
