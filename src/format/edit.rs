//! Changes to the text of a collection or group that somebody wrote: only the lines that an edit
//! means change; comments, quotes, order, blank lines and line ends stay.
//!
//! Text in, text out. The text is read strictly before; what comes of it is read again and must
//! mean exactly what was intended, else nothing is changed and the reason is told. Cuts and
//! insertions are made at the byte positions that the same parser gives ([`layout`]).

mod intend;
mod layout;
mod lines;
mod plan;
mod splice;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::collection;
use super::yaml::{self, Limits};
use crate::error::{Place, Problem, Result};
use crate::model::collection::Selector;
use crate::model::id::ArtifactId;
use splice::Splice;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Collection,
    Group,
}

/// A key that holds one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKey {
    Title,
    Description,
    Owner,
    Icon,
    Color,
}

/// One change. What is so already changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Sets a text, or takes its line away.
    Text(TextKey, Option<String>),
    Order(Option<i64>),
    /// The artifact is a member of the group, with this rank.
    Member(ArtifactId, Option<i64>),
    NoMember(ArtifactId),
    /// The collection names the artifact.
    Pin(ArtifactId),
    NoPin(ArtifactId),
    Exclude(ArtifactId),
    NoExclude(ArtifactId),
    /// One more selector.
    Include(Selector),
}

/// The text with all edits made, or why it stays as it is: `SM241` where lines cannot be changed
/// safely, else what is wrong with the file itself.
pub fn apply(form: Form, file: &str, text: &str, edits: &[Edit]) -> Result<String> {
    check(form, file, text)?;
    let broken = |broken: yaml::Broken| broken.problem("SM201", file);
    let mut intended = yaml::parse(text, Limits::FILE).map_err(broken)?;
    for edit in edits {
        intend::apply(&mut intended, edit);
    }
    let edited = rewrite(form, file, text, edits)?;
    let refused = || refuse(file, text, 0, "the file is laid out in a way that cannot be changed");
    let now = yaml::parse(&edited, Limits::FILE).map_err(|_| refused())?;
    if !intend::same(&intended, &now) {
        return Err(refused().into());
    }
    // What was read before can be read after; a value that the format refuses is the caller's.
    check(form, file, &edited)?;
    Ok(edited)
}

fn check(form: Form, file: &str, text: &str) -> Result<()> {
    match form {
        Form::Collection => collection::parse_collection("c", file, text).map(drop),
        Form::Group => collection::parse_group("g", file, text).map(drop),
    }
}

/// `SM241`, at the line of a byte of the text.
fn refuse(file: &str, text: &str, at: usize, why: &str) -> Problem {
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let help = "change it by hand, or write it one thing a line as `skillmeat` does";
    Problem::error("SM241", why).at(Place::new(file, line, 1)).help(help)
}

/// What one edit takes: changes of a text that belong together.
enum Step {
    /// It is so already.
    Nothing,
    /// These may be made together with those of other edits.
    Apart(Vec<Splice>),
    /// These move what stands around them: made at once, then the text is looked at anew.
    Alone(Vec<Splice>),
}

/// Makes the edits, as many of them as possible in one go.
fn rewrite(form: Form, file: &str, text: &str, edits: &[Edit]) -> Result<String, Problem> {
    if text.replace("\r\n", "").contains('\r') {
        return Err(refuse(file, text, 0, "the file has line ends of a kind that is not known"));
    }
    let newline = lines::newline(text);
    let mut text = Cow::Borrowed(text);
    let mut rest = edits;
    while !rest.is_empty() {
        let root = layout::read(&text);
        let mut pending = Vec::new();
        let mut touched: BTreeSet<String> = BTreeSet::new();
        while let Some((edit, after)) = rest.split_first() {
            let thing = edit.thing();
            if touched.contains(&thing) {
                break;
            }
            let plan = plan::Plan { text: &text, root: root.as_ref(), form };
            let step = plan.step(edit).map_err(|(at, why)| refuse(file, &text, at, &why))?;
            match step {
                Step::Nothing => {}
                Step::Apart(splices) => pending.extend(splices),
                Step::Alone(splices) if pending.is_empty() => {
                    pending = splices;
                    rest = after;
                    break;
                }
                Step::Alone(_) => break,
            }
            touched.insert(thing);
            rest = after;
        }
        text = Cow::Owned(splice::make(&text, pending));
    }
    // Where every line of before went, nothing was left to tell how lines end.
    Ok(if newline == "\r\n" && !text.contains(newline) {
        text.replace('\n', newline)
    } else {
        text.into_owned()
    })
}

impl TextKey {
    pub fn name(self) -> &'static str {
        match self {
            TextKey::Title => "title",
            TextKey::Description => "description",
            TextKey::Owner => "owner",
            TextKey::Icon => "icon",
            TextKey::Color => "color",
        }
    }
}

impl Edit {
    /// What it is about: two edits of one thing are made one after the other.
    fn thing(&self) -> String {
        match self {
            Edit::Text(key, _) => key.name().to_owned(),
            Edit::Order(_) => "order".to_owned(),
            Edit::Member(id, _) | Edit::NoMember(id) => format!("members {id}"),
            Edit::Pin(id) | Edit::NoPin(id) => format!("pin {id}"),
            Edit::Exclude(id) | Edit::NoExclude(id) => format!("exclude {id}"),
            Edit::Include(_) => "include".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
