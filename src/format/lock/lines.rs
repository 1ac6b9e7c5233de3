//! The lines of a lock to its entries, for the one layout that sync writes: five times as fast as
//! reading YAML. What it takes means the same as YAML; what it does not know it refuses.

use std::borrow::Cow;

use crate::format::yaml::conflict_marker;

/// The entries of a lock before they mean anything.
#[derive(Debug, Default)]
pub(super) struct Raw<'t> {
    /// With its line.
    pub version: Option<(Cow<'t, str>, usize)>,
    pub sources: Vec<Entry<'t>>,
    pub artifacts: Vec<Entry<'t>>,
    pub structures: Vec<Entry<'t>>,
    pub projects: Vec<Entry<'t>>,
}

#[derive(Debug)]
pub(super) struct Entry<'t> {
    pub name: Cow<'t, str>,
    /// Counted from 1.
    pub line: usize,
    pub fields: Fields<'t>,
    /// Of a project: its deployments with their lines.
    pub items: Vec<(Fields<'t>, usize)>,
}

/// The fields that are lists.
pub(super) const LISTED: [&str; 2] = ["was", "links"];

/// Stands between the items of a list, which are one value until somebody asks for them.
pub(super) const LIST: &str = "\n";

pub(super) type Fields<'t> = Vec<(Cow<'t, str>, Cow<'t, str>)>;

/// What to do with a name that stands there twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    Refuse,
    TakeLater,
}

/// The line, counted from 1, of the first conflict marker of Git.
pub(super) fn conflict(text: &str) -> Option<usize> {
    text.lines().position(|line| conflict_marker(line).is_some()).map(|at| at + 1)
}

/// The text without conflict markers and without the common base some of them show; the number of
/// lines stays, so that places stay right. A conflict may begin in one section and end in the next:
/// its second side then begins in the section where the first one began.
pub(super) fn both_sides(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_base = false;
    let mut section = "";
    let mut section_of_conflict = "";
    for line in text.lines() {
        match conflict_marker(line) {
            Some(sign) => {
                in_base = sign == '|';
                match sign {
                    '<' => section_of_conflict = section,
                    '=' => out.push_str(section_of_conflict),
                    _ => {}
                }
            }
            None if !in_base => {
                out.push_str(line);
                if line.ends_with(':') && !line.starts_with(' ') {
                    section = line;
                }
            }
            None => {}
        }
        out.push('\n');
    }
    out
}

#[derive(Clone, Copy)]
enum Section {
    Sources,
    Artifacts,
    Structures,
    Projects,
}

/// The entries, or the first line (from 1) that is not as sync writes it.
pub(super) fn read(text: &str, repeats: Repeats) -> Result<Raw<'_>, usize> {
    let mut raw = Raw::default();
    let mut section = None;
    for (at, line) in text.lines().enumerate() {
        let number = at + 1;
        let line = if at == 0 { line.trim_start_matches('\u{feff}') } else { line };
        match line {
            "" => {}
            comment if comment.starts_with('#') => {}
            "sources:" => section = Some(Section::Sources),
            "artifacts:" => section = Some(Section::Artifacts),
            "structures:" => section = Some(Section::Structures),
            "projects:" => section = Some(Section::Projects),
            line => match (line.strip_prefix("version: "), section) {
                (Some(version), _) if raw.version.is_none() || repeats == Repeats::TakeLater => {
                    raw.version = Some((plain(version).ok_or(number)?, number));
                }
                (None, Some(section)) => {
                    below(&mut raw, section, line, number).ok_or(number)?;
                }
                _ => return Err(number),
            },
        }
    }
    for entries in [&mut raw.sources, &mut raw.artifacts, &mut raw.structures, &mut raw.projects] {
        unique(entries, repeats)?;
    }
    Ok(raw)
}

/// A line inside a section.
fn below<'t>(raw: &mut Raw<'t>, section: Section, line: &'t str, number: usize) -> Option<()> {
    let entries = match section {
        Section::Sources => &mut raw.sources,
        Section::Artifacts => &mut raw.artifacts,
        Section::Structures => &mut raw.structures,
        Section::Projects => &mut raw.projects,
    };
    let rest = line.strip_prefix("  ")?;
    if !rest.starts_with(' ') {
        let (name, rest) = name(rest)?;
        let fields = match (rest, section) {
            ("", Section::Projects) => Vec::new(),
            (rest, _) => flow(rest.strip_prefix(' ')?)?,
        };
        entries.push(Entry { name, line: number, fields, items: Vec::new() });
        return Some(());
    }
    // Only projects have lines below their name.
    let project = match section {
        Section::Projects => entries.last_mut()?,
        Section::Sources | Section::Artifacts | Section::Structures => return None,
    };
    match rest.strip_prefix("  ")? {
        "deployments:" => {}
        rest => match rest.strip_prefix("  - ") {
            Some(item) => project.items.push((flow(item)?, number)),
            None => {
                let date = plain(rest.strip_prefix("scanned: ")?)?;
                project.fields.push(("scanned".into(), date));
            }
        },
    }
    Some(())
}

/// Sorted by name, each once; for projects the deployments of both are kept.
fn unique(entries: &mut Vec<Entry<'_>>, repeats: Repeats) -> Result<(), usize> {
    // Stable: of equal names the earlier line is first.
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    if repeats == Repeats::Refuse {
        let again = entries.windows(2).find(|pair| pair[0].name == pair[1].name);
        return again.map_or(Ok(()), |pair| Err(pair[1].line));
    }
    entries.dedup_by(|later, earlier| {
        let same = later.name == earlier.name;
        if same {
            std::mem::swap(later, earlier);
            for item in later.items.drain(..) {
                if !earlier.items.iter().any(|(fields, _)| *fields == item.0) {
                    earlier.items.push(item);
                }
            }
        }
        same
    });
    Ok(())
}

/// A key up to its `:`, and what follows.
fn name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if text.starts_with('"') {
        let (name, rest) = quoted(text)?;
        return Some((name, rest.strip_prefix(':')?));
    }
    let (name, rest) = match text.split_once(": ") {
        // The space belongs to what follows.
        Some((name, _)) => text.split_at(name.len() + 1),
        None => (text, ""),
    };
    Some((plain_key(name.strip_suffix(':')?)?, rest))
}

/// `{a: b, c: "d"}` to its pairs.
fn flow(text: &str) -> Option<Fields<'_>> {
    let mut rest = text.strip_prefix('{')?;
    let mut fields = Vec::new();
    if rest == "}" {
        return Some(fields);
    }
    loop {
        let (key, after) = rest.split_once(": ")?;
        let key = plain(key)?;
        let value;
        (value, rest) = if after.starts_with('"') {
            quoted(after)?
        } else if let Some(items) =
            after.strip_prefix('[').filter(|_| LISTED.contains(&key.as_ref()))
        {
            list(items)?
        } else {
            let (value, rest) = after.split_at(after.find([',', '}'])?);
            (plain(value)?, rest)
        };
        if fields.iter().any(|(known, _)| *known == key) {
            return None;
        }
        fields.push((key, value));
        match rest {
            "}" => return Some(fields),
            _ => rest = rest.strip_prefix(", ")?,
        }
    }
}

/// `"a", "b"]` to its items as one value, and what follows.
fn list(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (first, mut rest) = quoted(text)?;
    let mut items = first.into_owned();
    while let Some(more) = rest.strip_prefix(", ") {
        let (item, after) = quoted(more)?;
        items.push_str(LIST);
        items.push_str(&item);
        rest = after;
    }
    Some((Cow::Owned(items), rest.strip_prefix(']')?))
}

/// Text without quotes, when it is only letters and signs that mean nothing in YAML.
fn plain(text: &str) -> Option<Cow<'_, str>> {
    let sign = |c: char| c.is_alphanumeric() || " _-./~+@()".contains(c);
    let ends = text.starts_with(' ') || text.ends_with(' ') || text.starts_with(['-', '@', '~']);
    let null = text.eq_ignore_ascii_case("null");
    (!text.is_empty() && !ends && !null && text.chars().all(sign)).then_some(Cow::Borrowed(text))
}

fn plain_key(text: &str) -> Option<Cow<'_, str>> {
    let colon = text.starts_with(':') || text.ends_with(':') || text.contains(": ");
    // A colon inside ends nothing, whatever stands behind it: `plugin:~name` is one key.
    let is_plain = || match text.contains(':') {
        true => plain(&text.replace(':', "_")).is_some(),
        false => plain(text).is_some(),
    };
    (!colon && is_plain()).then_some(Cow::Borrowed(text))
}

/// A text in double quotes, and what follows it; the escapes are those that `scalar` writes.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let inside = text.strip_prefix('"')?;
    let end = inside.find(['"', '\\'])?;
    if inside.as_bytes()[end] == b'"' {
        return Some((Cow::Borrowed(&inside[..end]), &inside[end + 1..]));
    }
    let mut out = inside[..end].to_owned();
    let mut rest = &inside[end..];
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '"' => return Some((Cow::Owned(out), rest)),
            '\\' => {
                let (c, length) = unescape(rest)?;
                out.push(c);
                rest = rest.get(length..)?;
            }
            c => out.push(c),
        }
    }
}

/// The character after a backslash and the bytes that name it.
fn unescape(text: &str) -> Option<(char, usize)> {
    let code = |digits: usize| {
        let hex = text.get(1..=digits)?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, 1 + digits))
    };
    match text.bytes().next()? {
        b'"' => Some(('"', 1)),
        b'\\' => Some(('\\', 1)),
        b'n' => Some(('\n', 1)),
        b't' => Some(('\t', 1)),
        b'u' => code(4),
        b'U' => code(8),
        _ => None,
    }
}
