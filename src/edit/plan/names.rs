//! What people call things: checked, each complaint to stand beside its field.

use super::super::change::About;
use super::super::refusal::{FieldProblem, Refused};
use crate::catalog::files::RESERVED_SLUGS;
use crate::format::collection::COLORS;
use crate::format::edit::{Edit, TextKey};
use crate::model::slug;
use crate::words;

const TITLE_MAX: usize = 255;
const DESCRIPTION_MAX: usize = 10_000;
/// An owner or the name of an icon.
const WORD_MAX: usize = 255;

/// What is being named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Collection,
    Group,
}

/// The texts as they are written: trimmed, with the line ends of the file, nothing for empty ones.
/// `others` are the titles that are taken; a new thing needs one.
pub(super) fn check(
    thing: Thing,
    about: &About,
    others: &[&str],
    is_new: bool,
) -> Result<About, Refused> {
    let mut wrong = Vec::new();
    let title = match (&about.title, is_new) {
        (None, false) => None,
        (title, _) => {
            let title = title.clone().flatten().unwrap_or_default().trim().to_owned();
            if let Err(message) = check_title(thing, &title, others) {
                wrong.push(FieldProblem { field: "title", message });
            }
            Some(Some(title))
        }
    };
    let mut text = |field: &'static str, value: &Option<Option<String>>, max: usize| {
        let value = value.as_ref()?;
        let value = value.as_deref().unwrap_or_default().replace("\r\n", "\n");
        let value = value.trim().to_owned();
        let lines = field == "description";
        if let Err(message) = check_text(&value, max, lines) {
            wrong.push(FieldProblem { field, message });
        }
        Some(Some(value).filter(|value| !value.is_empty()))
    };
    let checked = About {
        description: text("description", &about.description, DESCRIPTION_MAX),
        owner: text("owner", &about.owner, WORD_MAX),
        icon: text("icon", &about.icon, WORD_MAX),
        color: text("color", &about.color, WORD_MAX),
        title,
    };
    if let Some(Some(color)) = &checked.color
        && !COLORS.contains(&color.as_str())
    {
        let message = format!("This is no colour of the palette: {}.", words::list_or(&COLORS));
        wrong.push(FieldProblem { field: "color", message });
    }
    wrong.extend(misplaced(thing, &checked));
    if wrong.is_empty() { Ok(checked) } else { Err(Refused::Invalid(wrong)) }
}

fn check_title(thing: Thing, title: &str, others: &[&str]) -> Result<(), String> {
    let word = if thing == Thing::Collection { "collection" } else { "group" };
    if title.is_empty() {
        return Err("Give it a name.".to_owned());
    }
    check_text(title, TITLE_MAX, false)?;
    let folded = title.to_lowercase();
    match others.iter().find(|other| other.to_lowercase() == folded) {
        Some(_) => Err(format!("There is a {word} of this name already.")),
        None => Ok(()),
    }
}

fn check_text(text: &str, max: usize, lines: bool) -> Result<(), String> {
    let n = text.chars().count();
    if n > max {
        return Err(format!("This has {n} characters; at most {max} fit."));
    }
    let is_allowed = |c: char| lines && matches!(c, '\n' | '\t');
    if text.chars().any(|c| (c.is_control() || words::is_invisible(c)) && !is_allowed(c)) {
        return Err("This holds a control character.".to_owned());
    }
    Ok(())
}

/// A group has no owner, a collection neither icon nor colour.
fn misplaced(thing: Thing, about: &About) -> Vec<FieldProblem> {
    let fields: &[(&'static str, &Option<Option<String>>)] = match thing {
        Thing::Collection => &[("icon", &about.icon), ("color", &about.color)],
        Thing::Group => &[("owner", &about.owner)],
    };
    let word = if thing == Thing::Collection { "A collection" } else { "A group" };
    let is_set = |value: &Option<Option<String>>| matches!(value, Some(Some(_)));
    let wrong = fields.iter().filter(|(_, value)| is_set(value));
    wrong
        .map(|(field, _)| FieldProblem { field, message: format!("{word} has no {field}.") })
        .collect()
}

/// The edits that say so.
pub(super) fn edits(about: &About) -> Vec<Edit> {
    let keys = [
        (TextKey::Title, &about.title),
        (TextKey::Description, &about.description),
        (TextKey::Owner, &about.owner),
        (TextKey::Icon, &about.icon),
        (TextKey::Color, &about.color),
    ];
    keys.into_iter().filter_map(|(key, text)| Some(Edit::Text(key, text.clone()?))).collect()
}

/// The slug somebody asked for, or one made from the title; `is_taken` says what cannot be had.
pub(super) fn slug(
    thing: Thing,
    asked: Option<&str>,
    title: &str,
    is_taken: impl Fn(&str) -> Result<bool, Refused>,
) -> Result<String, Refused> {
    let is_taken = |slug: &str| {
        let is_reserved = thing == Thing::Collection && RESERVED_SLUGS.contains(&slug);
        Ok::<_, Refused>(is_reserved || is_taken(slug)?)
    };
    if let Some(asked) = asked.map(str::trim).filter(|asked| !asked.is_empty()) {
        let good = slug::slug(asked);
        if good != asked {
            let message = format!("This cannot be part of an address; `{good}` can.");
            return Err(Refused::field("slug", message));
        }
        if is_taken(asked)? {
            return Err(Refused::field("slug", "This address is taken already."));
        }
        return Ok(asked.to_owned());
    }
    let plain = slug::slug(&squeezed(title));
    let mut slug = plain.clone();
    let mut n = 1;
    while is_taken(&slug)? {
        n += 1;
        slug = format!("{plain}-{n}");
    }
    Ok(slug)
}

/// Runs of what no address holds become one hyphen: `Tools & tips` is `tools-tips`.
fn squeezed(title: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let words: Vec<&str> = title.split(|c| !is_plain(c)).filter(|word| !word.is_empty()).collect();
    if words.is_empty() { title.to_owned() } else { words.join("-") }
}
