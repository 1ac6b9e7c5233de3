//! New collections and groups to the text of their files, in the order of keys that people expect.

use super::ORDER;
use crate::format::scalar;
use crate::model::collection::{Collection, Group, Rule, Selector};
use crate::model::id::ArtifactId;

/// The text of a new collection file, without its groups. Selectors lose their places, members
/// and pins are sorted by id; else [`super::parse_collection`] gives back the same.
pub fn write_collection(collection: &Collection) -> String {
    let mut out = String::new();
    head(&mut out, &collection.title, &collection.description);
    line(&mut out, "owner", collection.owner.as_deref());
    order(&mut out, collection.order);
    write_selectors(&mut out, "", &collection.include);
    write_rules(&mut out, &collection.exclude);
    write_entries(&mut out, "pin", &collection.pins, |pin| {
        let at = pin.at.as_deref().map(|at| format!("at: {}", scalar::value(at)));
        let note = pin.note.as_deref().map(|note| format!("note: {}", scalar::value(note)));
        (&pin.id, at.into_iter().chain(note).collect())
    });
    if !collection.views.is_empty() {
        out.push_str("views:\n");
    }
    for view in &collection.views {
        out.push_str(&format!("  {}:\n", scalar::key(&view.slug)));
        out.push_str(&format!("    title: {}\n", scalar::value(&view.title)));
        write_selectors(&mut out, "    ", &view.include);
    }
    out
}

/// The text of a new group file, as [`write_collection`].
pub fn write_group(group: &Group) -> String {
    let mut out = String::new();
    head(&mut out, &group.title, &group.description);
    line(&mut out, "icon", group.icon.as_deref());
    line(&mut out, "color", group.color.as_deref());
    order(&mut out, group.order);
    write_selectors(&mut out, "", &group.include);
    write_entries(&mut out, "members", &group.members, |member| {
        let rank = member.rank.map(|rank| format!("rank: {rank}"));
        (&member.id, rank.into_iter().collect())
    });
    write_rules(&mut out, &group.exclude);
    out
}

fn head(out: &mut String, title: &str, description: &str) {
    line(out, "title", Some(title));
    line(out, "description", Some(description).filter(|text| !text.is_empty()));
}

fn line(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push_str(&format!("{key}: {}\n", scalar::value(value)));
    }
}

fn order(out: &mut String, order: i64) {
    if order != ORDER {
        out.push_str(&format!("order: {order}\n"));
    }
}

fn write_selectors(out: &mut String, indent: &str, selectors: &[Selector]) {
    if selectors.is_empty() {
        return;
    }
    out.push_str(&format!("{indent}include:\n"));
    for selector in selectors {
        out.push_str(&format!("{indent}  - {}\n", selector_text(selector)));
    }
}

/// `{source: anthropics, kind: [skill, agent]}`
pub(in crate::format) fn selector_text(selector: &Selector) -> String {
    let mut shown = Vec::new();
    for (name, values) in selector.named() {
        let values: Vec<_> = values.iter().map(|value| scalar::value(value)).collect();
        match values.as_slice() {
            [one] => shown.push(format!("{name}: {one}")),
            several => shown.push(format!("{name}: [{}]", several.join(", "))),
        }
    }
    format!("{{{}}}", shown.join(", "))
}

fn write_rules(out: &mut String, rules: &[Rule]) {
    if rules.is_empty() {
        return;
    }
    out.push_str("exclude:\n");
    for rule in rules {
        let text = match rule {
            Rule::Id(id, _) => scalar::value(&id.to_string()).into_owned(),
            Rule::Matching(selector) => selector_text(selector),
        };
        out.push_str(&format!("  - {text}\n"));
    }
}

/// One line for each, sorted by id: what two branches add lands on different lines.
fn write_entries<T>(
    out: &mut String,
    name: &str,
    items: &[T],
    shown: impl Fn(&T) -> (&ArtifactId, Vec<String>),
) {
    if items.is_empty() {
        return;
    }
    out.push_str(&format!("{name}:\n"));
    let mut lines: Vec<(String, Vec<String>)> =
        items.iter().map(&shown).map(|(id, rest)| (id.to_string(), rest)).collect();
    lines.sort();
    for (id, rest) in lines {
        let rest =
            if rest.is_empty() { String::new() } else { format!(" {{{}}}", rest.join(", ")) };
        out.push_str(&format!("  {}:{rest}\n", scalar::key(&id)));
    }
}
