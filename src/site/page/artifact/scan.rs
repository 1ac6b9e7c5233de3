//! Text of an artifact's files to facts that only the text tells: the hosts it names, characters
//! that do not show, what interprets a script, commands that run as the text is read.
//!
//! No judgement, and bounded by counts: the same files give the same facts on any machine.

use std::collections::BTreeMap;

use crate::words::is_invisible;

/// What was found in the files read so far.
#[derive(Default, Debug, PartialEq)]
pub(super) struct Scan {
    /// Addresses on the web by host.
    pub hosts: BTreeMap<String, usize>,
    pub hidden: Vec<Hidden>,
    /// Lines with hidden characters beyond those named.
    pub n_more_hidden: usize,
}

/// Characters that do not show in one line of a file.
#[derive(Debug, PartialEq)]
pub(super) struct Hidden {
    /// Of the artifact's files.
    pub place: usize,
    pub line: usize,
    /// Each with its name and how often.
    pub chars: Vec<(char, usize)>,
    /// What tag characters spell, which only machines read.
    pub spelt: String,
}

/// Hosts beyond these are not counted.
const HOSTS_MAX: usize = 500;
const HIDDEN_MAX: usize = 50;
const HOST_CHARS_MAX: usize = 100;

impl Scan {
    pub fn add(&mut self, place: usize, text: &str) {
        self.add_hosts(text);
        // At the very start it marks an encoding.
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        if !body.chars().any(is_invisible) {
            return;
        }
        for (at, line) in body.lines().enumerate() {
            if let Some(hidden) = hidden(place, at + 1, line) {
                if self.hidden.len() < HIDDEN_MAX {
                    self.hidden.push(hidden);
                } else {
                    self.n_more_hidden += 1;
                }
            }
        }
    }

    fn add_hosts(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find("://") {
            let (head, tail) = rest.split_at(at);
            rest = &tail[3..];
            let web = head.ends_with("http") || head.ends_with("https");
            if let Some(host) = host(rest).filter(|_| web)
                && (self.hosts.len() < HOSTS_MAX || self.hosts.contains_key(&host))
            {
                *self.hosts.entry(host).or_default() += 1;
            }
        }
    }
}

/// The host at the start of what stands behind `://`, without user, password and port.
fn host(text: &str) -> Option<String> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-._:@%~$&+=".contains(c)));
    let authority = &text[..end.unwrap_or(text.len())];
    let host = authority.rsplit('@').next()?.split(':').next()?;
    let host = host.trim_end_matches(['.', '_', '-']).to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let known = host == "localhost" || (host.contains('.') && !host.contains(".."));
    let fits = !host.starts_with('.') && host.len() <= HOST_CHARS_MAX;
    (known && fits && host.chars().all(plain)).then_some(host)
}

fn hidden(place: usize, line_number: usize, line: &str) -> Option<Hidden> {
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for c in line.chars().filter(|c| is_invisible(*c)) {
        *counts.entry(plain_tag(c).map_or(c, |_| TAG)).or_default() += 1;
    }
    let spelt = line.chars().filter_map(plain_tag).collect();
    let chars: Vec<(char, usize)> = counts.into_iter().collect();
    (!chars.is_empty()).then_some(Hidden { place, line: line_number, chars, spelt })
}

/// Stands for all tag characters.
const TAG: char = '\u{e0020}';

/// The letter that a tag character stands for.
fn plain_tag(c: char) -> Option<char> {
    let ascii = u32::from(c).checked_sub(0xe0000)?;
    char::from_u32(ascii).filter(|c| (' '..='~').contains(c))
}

/// What a character that does not show is called.
pub(super) fn name(c: char) -> &'static str {
    match c {
        '\u{200b}' => "zero width space",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "end of embedding",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{2061}'..='\u{2065}' => "invisible operator",
        '\u{2066}'..='\u{2069}' => "directional isolate",
        '\u{feff}' => "zero width no-break space",
        _ => "tag characters",
    }
}

/// What a first line such as `#!/usr/bin/env python3` says runs the file.
pub(super) fn interpreter(text: &str) -> Option<String> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words = line.split_whitespace();
    let program = words.next()?;
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    if name(program) != "env" {
        return Some(name(program));
    }
    let plain = |word: &&str| !word.starts_with('-') && !word.contains('=');
    words.find(plain).map(name)
}

/// Shell commands that a client runs while it reads the prompt: `` !`git status` ``, outside of
/// examples between fences.
pub(super) fn prompt_commands(text: &str, max: usize) -> Vec<String> {
    let mut commands = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() {
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.find("!`") {
            let begins = rest[..at].chars().next_back().is_none_or(char::is_whitespace);
            rest = &rest[at + 2..];
            let Some(end) = rest.find('`') else { break };
            if begins && end > 0 && commands.len() < max {
                commands.push(rest[..end].to_owned());
            }
            rest = &rest[end + 1..];
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<(String, usize)> {
        let mut scan = Scan::default();
        scan.add(0, text);
        scan.hosts.into_iter().collect()
    }

    #[test]
    fn addresses_are_counted_by_host_and_tell_no_password() {
        let text = "https://A.example/x (http://a.example:8080), [y](https://u:s3cret@b.example.) \
                    https://${HOST}/z https://localhost:3000 ftp://c.example https://x";
        let one = |host: &str, n| (host.to_owned(), n);
        assert_eq!(hosts(text), [one("a.example", 2), one("b.example", 1), one("localhost", 1)]);
    }

    #[test]
    fn characters_that_do_not_show_are_named_with_their_line() {
        let mut scan = Scan::default();
        scan.add(3, "\u{feff}a\nb\u{200b}\u{200b}c\u{202e}\nd\u{e0068}\u{e0069}\n");
        assert_eq!(
            scan.hidden,
            [
                Hidden {
                    place: 3,
                    line: 2,
                    chars: vec![('\u{200b}', 2), ('\u{202e}', 1)],
                    spelt: String::new()
                },
                Hidden { place: 3, line: 3, chars: vec![(TAG, 2)], spelt: "hi".into() },
            ]
        );
        let names: Vec<&str> = scan.hidden.iter().map(|one| name(one.chars[0].0)).collect();
        assert_eq!(names, ["zero width space", "tag characters"]);
    }

    #[test]
    fn a_script_says_what_runs_it() {
        for (text, wanted) in [
            ("#!/bin/sh\n", Some("sh")),
            ("#!/usr/bin/env -S python3 -u\nx", Some("python3")),
            ("#! /usr/bin/env\tA=b node", Some("node")),
            ("#!\n", None),
            ("echo", None),
        ] {
            assert_eq!(interpreter(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn commands_that_run_as_a_prompt_is_read_are_found_outside_examples() {
        let text = "Now: !`git status` and!`no`\n```\n!`example`\n```\n!`a` !`b` !``\n!`open";
        assert_eq!(prompt_commands(text, 9), ["git status", "a", "b"]);
        assert_eq!(prompt_commands(text, 1), ["git status"]);
    }
}
