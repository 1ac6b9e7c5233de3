//! What stands around the text of a file and between its parts without a meaning of its own.

use proptest::prelude::*;

/// What else people, and their editors, do to a file.
#[derive(Clone, Debug)]
pub(super) struct Dress {
    byte_order_mark: bool,
    /// `---` above it.
    marked: bool,
    /// All of it further in.
    indent: usize,
    /// Tabs before comments and behind the colon of a title.
    tabs: bool,
    /// The quotes around its keys.
    quotes: Option<char>,
    /// Keys that are nobody's business, with an anchor and an alias: first, or last.
    own: Option<bool>,
    /// Every so many lines end as on Windows.
    crlf: Option<usize>,
    /// A blank line holds spaces.
    spaces: bool,
}

pub(super) fn a_dress() -> impl Strategy<Value = Dress> {
    let seldom = || prop::bool::weighted(0.15);
    let quotes = prop_oneof![5 => Just(None), 1 => Just(Some('"')), 1 => Just(Some('\''))];
    let own = prop_oneof![4 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let crlf = prop_oneof![5 => Just(None), 1 => (2..4_usize).prop_map(Some)];
    let indent = prop_oneof![5 => Just(0), 1 => 1..4_usize];
    let flags = (seldom(), seldom(), seldom(), seldom());
    (flags, indent, quotes, own, crlf).prop_map(|(flags, indent, quotes, own, crlf)| {
        let (byte_order_mark, marked, tabs, spaces) = flags;
        Dress { byte_order_mark, marked, indent, tabs, quotes, own, crlf, spaces }
    })
}

const OWN: &str = "x-own: &own [a, {b: 1}]  # a/skill/b\nx-too:\n  members: *own\n";
const KEYS: [&str; 7] = ["title", "description", "icon", "owner", "members", "pin", "exclude"];

impl Dress {
    pub(super) fn put_on(&self, text: &str) -> String {
        let mut out = if self.byte_order_mark { "\u{feff}".to_owned() } else { String::new() };
        if self.marked {
            out.push_str("---\n");
        }
        let (first, last) = match self.own {
            Some(true) => (OWN, ""),
            Some(false) => ("", OWN),
            None => ("", ""),
        };
        // What is said of the file stays at its head.
        let head = text.find("server: x\n").map_or(0, |at| at + "server: x\n".len());
        let (head, text) = text.split_at(head);
        for (at, line) in format!("{head}{first}{text}{last}").lines().enumerate() {
            out.push_str(&self.line(line));
            let is_crlf = self.crlf.is_some_and(|every| at % every == 1);
            out.push_str(if is_crlf { "\r\n" } else { "\n" });
        }
        out
    }

    fn line(&self, line: &str) -> String {
        if line.is_empty() {
            return if self.spaces { "  ".to_owned() } else { String::new() };
        }
        let key = KEYS.iter().find(|key| line.starts_with(&format!("{key}:")));
        let mut line = match (self.quotes, key) {
            (Some(quote), Some(key)) => format!("{quote}{key}{quote}{}", &line[key.len()..]),
            _ => line.to_owned(),
        };
        if self.tabs {
            line = line.replace("  # behind", "\t# behind").replace("title: ", "title:\t");
        }
        format!("{}{line}", " ".repeat(self.indent))
    }
}
