//! Languages made of words, quotes and comments: one reader, led by a table.

use super::{Class, Html};

/// What is particular to a language.
pub struct Syntax {
    pub line_comments: &'static [&'static str],
    pub block_comment: Option<(&'static str, &'static str)>,
    pub quotes: &'static [Quote],
    /// Letters that may stand before a quote: `f"…"`.
    pub prefixes: &'static [u8],
    /// Sorted; in upper case where `any_case`.
    pub keywords: &'static [&'static str],
    pub any_case: bool,
    /// Beside letters, digits and `_`.
    pub letters: &'static [u8],
    /// What makes the word after it a name: `$`, `@`.
    pub sigils: &'static [u8],
    pub keys: Keys,
    /// Options (`--all`) and texts that go on to a word of their own (`<<EOF`).
    pub shell: bool,
}

/// How a text in quotes begins and ends.
pub struct Quote {
    pub open: &'static str,
    pub close: &'static str,
    /// A backslash takes the next character along.
    pub escapes: bool,
    pub reach: Reach,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One character: `'a'`, unlike the lifetime `'a`.
    Character,
    Line,
    Text,
}

/// Which words are keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    None,
    /// `"key": value`
    Quoted,
    /// `key: value`
    Colon,
    /// `key=value`
    Equals,
    /// `key = value`, and `[section]`
    Sections,
}

/// No language: what tables start from.
pub const PLAIN: Syntax = Syntax {
    line_comments: &[],
    block_comment: None,
    quotes: &[],
    prefixes: &[],
    keywords: &[],
    any_case: false,
    letters: &[],
    sigils: &[],
    keys: Keys::None,
    shell: false,
};

/// Values in every language.
const CONSTANTS: [&str; 8] = ["False", "None", "True", "false", "nil", "null", "true", "undefined"];
const ESCAPE_BYTES_MAX: usize = 12;
const KEYWORD_BYTES_MAX: usize = 20;
/// How far the `=` may stand behind its key.
const GAP_MAX: usize = 40;
const NAME_BYTES_MAX: usize = 128;

pub fn lex(syntax: &Syntax, text: &str, out: &mut Html) {
    let never = vec![0; syntax.quotes.len()];
    let mut reader = Reader {
        syntax,
        text,
        at: 0,
        written: 0,
        unclosed: never,
        here: None,
        endless: false,
        out,
    };
    while reader.at < text.len() {
        reader.step();
    }
    reader.out.plain(&text[reader.written..]);
}

struct Reader<'a> {
    syntax: &'a Syntax,
    text: &'a str,
    at: usize,
    /// Up to here it is in `out`.
    written: usize,
    /// For each quote: up to where none closes it, so that nothing is looked for twice.
    unclosed: Vec<usize>,
    /// After this line a text begins that ends where this word is a line of its own.
    here: Option<&'a str>,
    /// Such a text had no end; no other is looked for.
    endless: bool,
    out: &'a mut Html,
}

impl<'a> Reader<'a> {
    fn step(&mut self) {
        let byte = self.byte(self.at);
        if byte == b'\n' {
            self.at += 1;
            return self.here();
        }
        if matches!(byte, b' ' | b'\t') {
            self.at += 1;
            return;
        }
        if let Some(end) = self.comment() {
            return self.part(Class::Comment, end);
        }
        if let Some(end) = self.quoted() {
            let key = self.syntax.keys == Keys::Quoted && self.next_is(end, b':');
            return self.part(if key { Class::Name } else { Class::Text }, end);
        }
        if let Some((class, end)) = self.sign(byte) {
            return self.part(class, end);
        }
        if self.is_letter(byte) {
            return self.word();
        }
        // No letter is a part of a longer character.
        self.at += 1;
    }

    /// At the start of a line.
    fn here(&mut self) {
        let Some(word) = self.here.take().filter(|_| !self.endless) else { return };
        match end_of_here(self.text, self.at, word) {
            Some(end) => self.part(Class::Text, end),
            None => self.endless = true,
        }
    }

    /// A byte, or a space where the text is over.
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    fn before(&self) -> u8 {
        self.at.checked_sub(1).map_or(b'\n', |at| self.byte(at))
    }

    fn is_letter(&self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric()
            || byte == b'_'
            || !byte.is_ascii()
            || self.syntax.letters.contains(&byte)
    }

    fn part(&mut self, class: Class, end: usize) {
        self.out.plain(&self.text[self.written..self.at]);
        self.out.part(class, &self.text[self.at..end]);
        self.at = end;
        self.written = end;
    }

    fn comment(&self) -> Option<usize> {
        let rest = &self.text[self.at..];
        if let Some((open, close)) = self.syntax.block_comment
            && rest.starts_with(open)
        {
            let inner = &rest[open.len()..];
            let end = inner.find(close).map_or(rest.len(), |at| open.len() + at + close.len());
            return Some(self.at + end);
        }
        let start = self.syntax.line_comments.iter().find(|start| rest.starts_with(**start))?;
        let before = self.before();
        let begins = match *start {
            "#" | ";" => matches!(before, b'\n' | b' ' | b'\t' | b';' | b'('),
            _ => before != b':',
        };
        begins.then(|| self.line_end())
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].find('\n').map_or(self.text.len(), |at| self.at + at)
    }

    /// Where the text in quotes that begins here ends.
    fn quoted(&mut self) -> Option<usize> {
        let prefix = |at: &usize| self.syntax.prefixes.contains(&self.byte(*at));
        let joined = self.is_letter(self.before());
        let after_prefix = (self.at..).take(2).take_while(prefix).count();
        let starts = if joined { 0..=0 } else { 0..=after_prefix };
        for skipped in starts {
            let at = self.at + skipped;
            let rest = &self.text[at..];
            let Some(which) = self.syntax.quotes.iter().position(|q| rest.starts_with(q.open))
            else {
                continue;
            };
            let quote = &self.syntax.quotes[which];
            // As in "don't".
            if joined && quote.open == "'" {
                return None;
            }
            if at < self.unclosed[which] {
                return None;
            }
            return match closing(self.text, at + quote.open.len(), quote) {
                Ok(end) => Some(end),
                Err(searched) => {
                    self.unclosed[which] = searched;
                    None
                }
            };
        }
        None
    }

    /// What a sign makes of the word after it.
    fn sign(&mut self, byte: u8) -> Option<(Class, usize)> {
        let syntax = self.syntax;
        let after = self.at + 1;
        if syntax.keys == Keys::Sections && byte == b'[' && self.before() == b'\n' {
            return Some((Class::Keyword, self.line_end()));
        }
        if syntax.shell && byte == b'-' && matches!(self.before(), b' ' | b'\t' | b'\n') {
            let end = self.word_end(after);
            return (end > after + usize::from(self.byte(after) == b'-'))
                .then_some((Class::Name, end));
        }
        if syntax.shell && byte == b'<' && self.before() != b'<' && self.here.is_none() {
            self.here = self.text[self.at..].strip_prefix("<<").and_then(here_word);
        }
        if !syntax.sigils.contains(&byte) || self.is_letter(self.before()) {
            return None;
        }
        if byte == b'$' && self.byte(after) == b'{' {
            let near = &self.text[after..floor(self.text, after + NAME_BYTES_MAX)];
            let close = near.find(['}', '\n'])?;
            return near[close..].starts_with('}').then_some((Class::Name, after + close + 1));
        }
        let end = self.word_end(after);
        (end > after).then_some((Class::Name, end))
    }

    fn word_end(&self, from: usize) -> usize {
        let rest = &self.text.as_bytes()[from.min(self.text.len())..];
        from + rest.iter().take_while(|byte| self.is_letter(**byte)).count()
    }

    fn word(&mut self) {
        let mut end = self.word_end(self.at);
        // `1.5`
        while self.byte(self.at).is_ascii_digit()
            && self.byte(end) == b'.'
            && self.byte(end + 1).is_ascii_digit()
        {
            end = self.word_end(end + 1);
        }
        let word = &self.text[self.at..end];
        // `v1.2.3` is no number, nor is the end of it.
        let joined = self.before() == b'.' && self.at > 1 && self.is_letter(self.byte(self.at - 2));
        let class = if is_number(word) {
            (!joined).then_some(Class::Number)
        } else if self.is_keyword(word, end) {
            Some(Class::Keyword)
        } else if self.is_key(end) {
            Some(Class::Name)
        } else if CONSTANTS.binary_search(&word).is_ok() && self.before() != b'-' {
            Some(Class::Number)
        } else if self.byte(end) == b'(' && !self.syntax.shell {
            Some(Class::Name)
        } else {
            None
        };
        match class {
            Some(class) => self.part(class, end),
            None => self.at = end,
        }
    }

    fn is_keyword(&self, word: &str, end: usize) -> bool {
        let joined = matches!(self.before(), b'.' | b'-' | b'/');
        // `test.sh`, `cd/`
        let goes_on = self.syntax.shell && matches!(self.byte(end), b'.' | b'/');
        if word.len() > KEYWORD_BYTES_MAX || joined || goes_on {
            return false;
        }
        let upper = if self.syntax.any_case { word.to_ascii_uppercase() } else { String::new() };
        let word = if self.syntax.any_case { &upper } else { word };
        self.syntax.keywords.binary_search(&word).is_ok()
    }

    /// Whether the word that ends here is a key.
    fn is_key(&self, end: usize) -> bool {
        match self.syntax.keys {
            Keys::None | Keys::Quoted => false,
            Keys::Colon => self.byte(end) == b':' && self.byte(end + 1).is_ascii_whitespace(),
            Keys::Equals => self.byte(end) == b'=' && self.byte(end + 1) != b'=',
            Keys::Sections => self.next_is(end, b'='),
        }
    }

    /// Whether this comes next, after spaces.
    fn next_is(&self, at: usize, wanted: u8) -> bool {
        let near = self.text.as_bytes().get(at..).unwrap_or_default().iter().take(GAP_MAX);
        near.copied().find(|byte| !matches!(byte, b' ' | b'\t')) == Some(wanted)
    }
}

fn is_number(word: &str) -> bool {
    let bytes = word.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    if let [b'0', b'x' | b'X' | b'b' | b'o', digits @ ..] = bytes {
        return digits.iter().all(|b| b.is_ascii_hexdigit() || *b == b'_');
    }
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'_'));
    let unit = &bytes[digits.count()..];
    unit.len() <= 4 && unit.iter().all(u8::is_ascii_alphanumeric)
}

fn floor(text: &str, max: usize) -> usize {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// Where a text in quotes ends, or up to where nothing ends it.
fn closing(text: &str, from: usize, quote: &Quote) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let close = quote.close.as_bytes();
    let mut at = from;
    if quote.reach == Reach::Character {
        let first = text.get(from..).and_then(|rest| rest.chars().next());
        let len = match first {
            Some('\\') => return closing_near(text, from, close),
            Some(c) => c.len_utf8(),
            None => 0,
        };
        at += len;
        let closes = len > 0 && bytes[at..].starts_with(close);
        return if closes { Ok(at + close.len()) } else { Err(from) };
    }
    while let Some(byte) = bytes.get(at) {
        if quote.escapes && *byte == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(close) {
            return Ok(at + close.len());
        } else if *byte == b'\n' && quote.reach == Reach::Line {
            return Err(at);
        } else {
            at += 1;
        }
    }
    Err(text.len())
}

/// The end of an escaped character: `'\u{1f}'`.
fn closing_near(text: &str, from: usize, close: &[u8]) -> Result<usize, usize> {
    let near = text.as_bytes()[from..].iter().take(ESCAPE_BYTES_MAX);
    let inside = near.skip(2).position(|byte| *byte == close[0]);
    inside.map(|n| from + 2 + n + close.len()).ok_or(from)
}

/// The word that ends a text: `EOF` of `<<-'EOF'`.
fn here_word(rest: &str) -> Option<&str> {
    // `<<<` takes a word, no lines.
    let rest = rest.trim_start_matches(['-', '\'', '"', ' ']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let word = &rest[..end.unwrap_or(rest.len())];
    word.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(word)
}

/// The start of the line that is this word alone.
fn end_of_here(text: &str, from: usize, word: &str) -> Option<usize> {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        if line.trim() == word {
            return Some(at);
        }
        at += line.len();
    }
    None
}
