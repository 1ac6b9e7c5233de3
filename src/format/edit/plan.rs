//! One edit to the bytes it replaces.

use std::ops::Range;

use super::intend::place_in_list;
use super::layout::{Entry, Group, Part, Shape, Style};
use super::splice::{over, put};
use super::{Edit, Form, Step, lines};
use crate::format::collection::selector_text;
use crate::format::scalar;

/// A text and where its parts stand.
pub(super) struct Plan<'a> {
    pub(super) text: &'a str,
    /// None when the text holds no value.
    pub(super) root: Option<&'a Part>,
    pub(super) form: Form,
}

/// The byte that stands in the way, and why.
pub(super) type Refused = (usize, String);

type Planned = Result<Step, Refused>;

/// The keys of each file in the order people expect them.
fn order_of_keys(form: Form) -> &'static [&'static str] {
    match form {
        Form::Collection => {
            &["title", "description", "owner", "order", "include", "exclude", "pin", "views"]
        }
        Form::Group => {
            &["title", "description", "icon", "color", "order", "include", "members", "exclude"]
        }
    }
}

impl<'a> Plan<'a> {
    pub(super) fn step(&self, edit: &Edit) -> Planned {
        match edit {
            Edit::Text(key, Some(value)) => self.set(key.name(), value, true),
            Edit::Order(Some(order)) => self.set("order", &order.to_string(), false),
            Edit::Text(key, None) => self.unset(key.name()),
            Edit::Order(None) => self.unset("order"),
            Edit::Member(id, rank) => self.member(&id.to_string(), *rank),
            Edit::Pin(id) => self.named("pin", &id.to_string(), ""),
            Edit::NoMember(id) => self.without("members", &id.to_string()),
            Edit::NoPin(id) => self.without("pin", &id.to_string()),
            Edit::Exclude(id) => {
                self.listed("exclude", &scalar::value(&id.to_string()), Some(&id.to_string()))
            }
            Edit::NoExclude(id) => self.without("exclude", &id.to_string()),
            Edit::Include(selector) => self.listed("include", &selector_text(selector), None),
        }
    }

    /// The mapping that the file is; none when it is empty.
    fn top(&self) -> Result<Option<&'a Group>, Refused> {
        match self.root {
            Some(root) if !root.is_null() => match root.group() {
                Some(group) if group.is_map => Ok(Some(group)),
                _ => Err((root.range.start, "the file is no mapping".to_owned())),
            },
            _ => Ok(None),
        }
    }

    /// A key of the file with its value, if it may be changed.
    fn key(&self, name: &str) -> Result<Option<(usize, &'a Entry)>, Refused> {
        let Some((at, entry)) = self.top()?.and_then(|top| top.entry(name)) else {
            return Ok(None);
        };
        if entry.value.is_odd || entry.key.as_ref().is_none_or(|key| key.is_odd) {
            let odd = "an anchor, an alias, a tag or a key after `?`";
            return Err((
                entry.range.start,
                format!("`{name}` holds {odd}, and cannot be changed"),
            ));
        }
        Ok(Some((at, entry)))
    }

    /// `key: value` of the file.
    fn set(&self, name: &str, value: &str, is_text: bool) -> Planned {
        let shown = if is_text { scalar::value(value).into_owned() } else { value.to_owned() };
        match self.key(name)? {
            None => self.add_key(name, &format!(" {shown}"), &[]),
            Some((_, entry)) => match &entry.value.shape {
                Shape::Scalar { text, style } => {
                    if text == value && !entry.value.is_null() {
                        return Ok(Step::Nothing);
                    }
                    let shown = if is_text { as_before(value, *style) } else { shown };
                    self.replace(entry, &shown)
                }
                Shape::Group(_) => Err((entry.range.start, format!("`{name}` is no text"))),
            },
        }
    }

    fn unset(&self, name: &str) -> Planned {
        match (self.key(name)?, self.top()?) {
            (Some((at, _)), Some(top)) => Ok(Step::Alone(vec![self.cut(top, at)])),
            _ => Ok(Step::Nothing),
        }
    }

    /// The value of an entry by another one; none is put behind the colon.
    fn replace(&self, entry: &Entry, shown: &str) -> Planned {
        let Some(colon) = entry.colon else {
            return Ok(Step::Apart(vec![put(entry.range.end, format!(": {shown}"))]));
        };
        let value = &entry.value;
        let is_block = matches!(value.shape, Shape::Scalar { style: Style::Block, .. });
        if value.range.is_empty() {
            return Ok(Step::Apart(vec![put(colon + 1, format!(" {shown}"))]));
        }
        let start = if is_block { colon + 1 } else { value.range.start };
        let text = if is_block { format!(" {shown}") } else { shown.to_owned() };
        Ok(Step::Apart(vec![over(start..value.range.end, text)]))
    }

    /// A member of a group with its rank.
    fn member(&self, id: &str, rank: Option<i64>) -> Planned {
        let shown = rank.map(|rank| format!("{{rank: {rank}}}")).unwrap_or_default();
        let group = self.key("members")?.and_then(|(_, entry)| entry.value.group());
        match group.and_then(|group| group.entry(id).map(|(_, member)| (group, member))) {
            None => self.named("members", id, &shown),
            Some((group, member)) => self.rank(group, member, rank, &shown),
        }
    }

    /// The rank of a member that is there.
    fn rank(&self, group: &Group, member: &Entry, rank: Option<i64>, shown: &str) -> Planned {
        let fields = member.value.group();
        let found = fields.and_then(|fields| Some((fields, fields.entry("rank")?)));
        match (rank, fields, found) {
            (Some(rank), _, Some((_, (_, entry)))) => {
                if entry.value.scalar() == Some(&rank.to_string()) {
                    return Ok(Step::Nothing);
                }
                self.replace(entry, &rank.to_string())
            }
            (Some(rank), Some(fields), None) if !fields.entries.is_empty() => {
                let entry = format!("rank: {rank}");
                self.insert(fields, &member.value, 0, &entry).map(Step::Alone)
            }
            (Some(_), _, None) => self.replace(member, shown),
            (None, _, None) => Ok(Step::Nothing),
            (None, _, Some((fields, _))) if fields.entries.len() == 1 => {
                let value = &member.value.range;
                Ok(Step::Apart(vec![match (member.colon, group.is_flow) {
                    (Some(colon), false) if fields.is_flow => {
                        over(colon + 1..value.end, String::new())
                    }
                    (_, false) => self.cut(fields, 0),
                    (_, true) => over(value.clone(), "null".to_owned()),
                }]))
            }
            (None, _, Some((fields, (at, _)))) => Ok(Step::Alone(vec![self.cut(fields, at)])),
        }
    }

    /// An entry of a map of ids, if it is not there.
    fn named(&self, list: &str, id: &str, shown: &str) -> Planned {
        let key = scalar::key(id);
        let in_block = if shown.is_empty() { format!("{key}:") } else { format!("{key}: {shown}") };
        let in_flow = if shown.is_empty() { format!("{key}: null") } else { in_block.clone() };
        let Some((_, entry)) = self.key(list)? else {
            return self.add_key(list, &format!(" {{{in_flow}}}"), &[in_block]);
        };
        match entry.value.group() {
            Some(group) if group.entry(id).is_some() => Ok(Step::Nothing),
            Some(group) if !group.entries.is_empty() => {
                let at = group.entries.iter().position(|entry| entry.name() > id);
                let at = at.unwrap_or(group.entries.len());
                let shown = if group.is_flow { &in_flow } else { &in_block };
                let mut splices = self.insert(group, &entry.value, at, shown)?;
                if group.is_flow {
                    return Ok(Step::Alone(splices));
                }
                splices.iter_mut().for_each(|splice| id.clone_into(&mut splice.rank));
                Ok(Step::Apart(splices))
            }
            _ => self.fill(entry, &in_flow, &in_block, ["{", "}"]),
        }
    }

    /// An item of a list, if it is not there; `text` is the item where it is a text.
    fn listed(&self, list: &str, shown: &str, text: Option<&str>) -> Planned {
        let item = format!("- {shown}");
        let Some((_, entry)) = self.key(list)? else {
            return self.add_key(list, &format!(" [{shown}]"), &[item]);
        };
        match entry.value.group() {
            Some(group) if !group.is_map && !group.entries.is_empty() => {
                if text.is_some_and(|text| group.item(text).is_some()) {
                    return Ok(Step::Nothing);
                }
                let names: Vec<Option<&str>> =
                    group.entries.iter().map(|entry| entry.value.scalar()).collect();
                let at = text.map_or(names.len(), |text| place_in_list(&names, text));
                let shown = if group.is_flow { shown } else { &item };
                self.insert(group, &entry.value, at, shown).map(Step::Alone)
            }
            Some(group) if group.entries.is_empty() => self.fill(entry, shown, &item, ["[", "]"]),
            None if entry.value.is_null() => self.fill(entry, shown, &item, ["[", "]"]),
            // One thing alone is a list of one.
            _ => {
                if text.is_some() && entry.value.scalar() == text {
                    return Ok(Step::Nothing);
                }
                let is_before = match (text, entry.value.scalar()) {
                    (Some(new), Some(old)) => new < old,
                    _ => false,
                };
                let Range { start, end } = entry.value.range.clone();
                let is_block = !entry.value.group().is_none_or(|group| group.is_flow);
                if is_block
                    || matches!(entry.value.shape, Shape::Scalar { style: Style::Block, .. })
                {
                    return Err((start, format!("`{list}` is one thing over several lines")));
                }
                Ok(Step::Alone(if is_before {
                    vec![put(start, format!("[{shown}, ")), put(end, "]".to_owned())]
                } else {
                    vec![put(start, "[".to_owned()), put(end, format!(", {shown}]"))]
                }))
            }
        }
    }

    /// The first entry of a map or list that is there and empty.
    fn fill(&self, entry: &Entry, in_flow: &str, in_block: &str, around: [&str; 2]) -> Planned {
        let is_flow = self.top()?.is_none_or(|top| top.is_flow);
        let (Some(colon), false) = (entry.colon, is_flow) else {
            let shown = format!("{}{in_flow}{}", around[0], around[1]);
            return match self.replace(entry, &shown)? {
                Step::Apart(splices) => Ok(Step::Alone(splices)),
                step => Ok(step),
            };
        };
        let inside = &self.text[entry.value.range.clone()];
        if inside.contains('#') {
            return Err((entry.range.start, format!("`{}` holds only a comment", entry.name())));
        }
        let indent = format!("{}  ", lines::indent(self.text, entry.range.start));
        let at = lines::end(self.text, entry.range.end);
        let line = lines::inserted(self.text, at, &format!("{indent}{in_block}"));
        let mut splices = vec![put(at, line)];
        if !entry.value.range.is_empty() {
            splices.push(over(colon + 1..entry.value.range.end, String::new()));
        }
        Ok(Step::Alone(splices))
    }

    /// Takes an entry of a map or list away, if it is there.
    fn without(&self, list: &str, name: &str) -> Planned {
        let Some((at, entry)) = self.key(list)? else { return Ok(Step::Nothing) };
        let Some(group) = entry.value.group() else {
            // One thing alone is a list of one.
            return match (entry.value.scalar() == Some(name), self.top()?) {
                (true, Some(top)) => Ok(Step::Alone(vec![self.cut(top, at)])),
                _ => Ok(Step::Nothing),
            };
        };
        let found =
            if group.is_map { group.entry(name).map(|(at, _)| at) } else { group.item(name) };
        let Some(found) = found else { return Ok(Step::Nothing) };
        let cut = match self.top()? {
            // The only key stays: nobody keeps a file with nothing in it.
            Some(top)
                if group.entries.len() == 1
                    && top.entries.len() > 1
                    && self.is_bare(top, entry, group) =>
            {
                self.cut_key(top, at)
            }
            _ => self.cut(group, found),
        };
        Ok(Step::Alone(vec![cut]))
    }

    /// A new key of the file, behind those that come before it; `items` are its lines in a block.
    fn add_key(&self, name: &str, in_flow: &str, items: &[String]) -> Planned {
        let newline = lines::newline(self.text);
        let lines_of = |indent: &str| match items {
            [] => format!("{indent}{name}:{in_flow}"),
            items => {
                let items = items.iter().map(|item| format!("{newline}{indent}  {item}"));
                format!("{indent}{name}:{}", items.collect::<String>())
            }
        };
        let Some(top) = self.top()?.filter(|top| !top.entries.is_empty()) else {
            if self.root.is_some_and(|root| !root.range.is_empty()) {
                return Err((0, "the file is laid out in a way that cannot be changed".to_owned()));
            }
            let at = self.text.len();
            return Ok(Step::Alone(vec![put(at, lines::inserted(self.text, at, &lines_of("")))]));
        };
        let keys = order_of_keys(self.form);
        let rank = |name: &str| keys.iter().position(|key| *key == name);
        let is_before = |entry: &Entry| rank(entry.name()).is_some_and(|it| Some(it) < rank(name));
        let at = top.entries.iter().rposition(is_before).map_or(0, |at| at + 1);
        let Some(root) = self.root.filter(|_| top.is_flow) else {
            let indent = lines::indent(self.text, top.entries[0].range.start);
            return Ok(Step::Alone(vec![self.insert_line(top, at, &lines_of(indent))]));
        };
        self.insert(top, root, at, &format!("{name}:{in_flow}")).map(Step::Alone)
    }
}

/// A text in the quotes that were there before.
fn as_before(value: &str, style: Style) -> String {
    let quoted = scalar::quoted(value);
    match style {
        Style::Double => quoted,
        Style::Single if !quoted.contains('\\') && !value.contains('\'') => format!("'{value}'"),
        _ => scalar::value(value).into_owned(),
    }
}
