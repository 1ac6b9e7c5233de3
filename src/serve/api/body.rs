//! Bodies of requests: JSON to values that fit a shape of the table, or what is wrong with which
//! field.
//!
//! Strict: what a shape does not name is refused, so that a slip of the pen never passes for a wish.

use serde_json::{Map, Value};

use crate::edit::change::{About, Seen};
use crate::error::Problem;
use crate::format::collection::COLORS;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::slug;
use crate::serve::answer::Answer;
use crate::serve::api::answer;
use crate::serve::edits::NotDone;
use crate::site::data::shapes::{self, SLUG_MAX, TITLE_MAX, WORDS_MAX};
use crate::words;

/// Why a request is not done.
pub enum Wrong {
    NotJson(Problem),
    /// By the names of the fields: `changes[0].ids`.
    Fields(Vec<(String, String)>),
    NotDone(NotDone),
    /// What is answered is known already.
    Answered(Box<Answer>),
}

/// A body that fits its shape.
pub struct Body {
    fields: Map<String, Value>,
}

/// Reads a body of this shape.
pub fn read(bytes: &[u8], shape: &str) -> Result<Body, Wrong> {
    let not_json = |message: String| {
        let help = format!("send a JSON object: {shape} in `/api/v1/openapi.json`");
        Wrong::NotJson(Problem::error("SM731", message).help(help))
    };
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|cause| not_json(format!("the body is no JSON: {cause}")))?;
    let mut wrong = Vec::new();
    check(&value, shape, "", &mut wrong);
    match value {
        Value::Object(fields) if wrong.is_empty() => Ok(Body { fields }),
        Value::Object(_) => Err(Wrong::Fields(wrong)),
        _ => Err(not_json("the body is no JSON object".to_owned())),
    }
}

type Found = Vec<(String, String)>;

/// Holds a value against a word of the table, and notes by its place what is wrong.
fn check(value: &Value, word: &str, at: &str, wrong: &mut Found) {
    if let Some(word) = word.strip_suffix('?') {
        if !value.is_null() {
            check(value, word, at, wrong);
        }
        return;
    }
    let inner = |open, close| word.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(word) = inner('[', ']') {
        match value {
            Value::Array(items) => {
                for (i, item) in items.iter().enumerate() {
                    check(item, word, &format!("{at}[{i}]"), wrong);
                }
            }
            _ => wrong.push((at.to_owned(), "Must be a list".to_owned())),
        }
    } else if let Some(word) = inner('{', '}') {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    check(value, word, &format!("{at}[{}]", words::visible(key)), wrong);
                }
            }
            _ => wrong.push((at.to_owned(), "Must be an object".to_owned())),
        }
    } else if word.starts_with(|c: char| c.is_ascii_uppercase()) {
        shaped(value, word, at, wrong);
    } else if let Some(message) = plain(value, word) {
        wrong.push((at.to_owned(), message));
    }
}

/// Against a shape, or that of several which its `do` names.
fn shaped(value: &Value, shapes: &str, at: &str, wrong: &mut Found) {
    let Value::Object(fields) = value else {
        wrong.push((at.to_owned(), "Must be an object".to_owned()));
        return;
    };
    let inside = |name: &str| match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    };
    let mut shape = shapes;
    if shapes.contains('|') {
        let known: Vec<String> = shapes.split('|').map(str::to_ascii_lowercase).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let does = fields.get("do").and_then(Value::as_str).unwrap_or_default();
        let chosen = shapes.split('|').find(|shape| shape.to_ascii_lowercase() == does);
        let Some(chosen) = chosen else {
            let help = words::did_you_mean(does, known.iter().copied(), words::list_or(&known));
            wrong.push((inside("do"), format!("Must be one of the things to do: {help}")));
            return;
        };
        shape = chosen;
    }
    let known = shapes::named(shape).map(|shape| shape.fields).unwrap_or_default();
    for (name, word, _) in known {
        let bare = name.trim_end_matches('?');
        match fields.get(bare) {
            Some(value) => check(value, word, &inside(bare), wrong),
            None if bare == *name => wrong.push((inside(bare), "Is missing".to_owned())),
            None => {}
        }
    }
    let names = || known.iter().map(|(name, ..)| name.trim_end_matches('?'));
    for key in fields.keys().filter(|key| names().all(|name| name != key.as_str())) {
        let all: Vec<&str> = names().collect();
        let otherwise = match all.as_slice() {
            [] => "nothing is read here".to_owned(),
            all => format!("known here: {}", all.join(", ")),
        };
        let help = words::did_you_mean(key, names(), otherwise);
        wrong.push((inside(&words::visible(key)), format!("Is not known: {help}")));
    }
}

/// Against a word for one value; what is asked for instead, where it does not fit.
fn plain(value: &Value, word: &str) -> Option<String> {
    let text = value.as_str();
    let length = |max: usize| {
        let n = text?.chars().count();
        (n > max).then(|| format!("Must have at most {max} characters, and has {n}"))
    };
    match (word, text) {
        ("yes", _) => (!value.is_boolean()).then(|| "Must be true or false".to_owned()),
        (_, None) => Some("Must be a text".to_owned()),
        ("title", Some(text)) if text.trim().is_empty() => Some("Must not be empty".to_owned()),
        ("title", _) => length(TITLE_MAX),
        ("words", _) => length(WORDS_MAX),
        ("slug", Some(text)) => {
            let good = slug::slug(text);
            let is_one = !text.is_empty() && good == text;
            (!is_one || text.len() > SLUG_MAX)
                .then(|| format!("Must be made of a-z, 0-9, `.`, `_` and `-`: `{good}`"))
        }
        ("id", Some(text)) => text
            .parse::<ArtifactId>()
            .err()
            .map(|_| "Must be the id of an artifact: `source/kind/name`".to_owned()),
        ("hash", Some(text)) => text
            .parse::<ContentHash>()
            .err()
            .map(|_| "Must be `sha256:` and 64 hex digits".to_owned()),
        ("color", Some(text)) => {
            let help = || words::did_you_mean(text, COLORS, words::list_or(&COLORS));
            (!COLORS.contains(&text)).then(|| format!("Must be the name of a colour: {}", help()))
        }
        ("text", _) => None,
        (words_, Some(text)) => {
            let known: Vec<&str> = words_.split('|').collect();
            (!known.contains(&text)).then(|| format!("Must be {}", words::list_or(&known)))
        }
    }
}

impl Body {
    pub fn seen(&self) -> Seen {
        let Some(Value::Object(files)) = self.fields.get("seen") else { return Seen::new() };
        let hash = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        files.iter().map(|(path, value)| (path.clone(), hash(value))).collect()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        text(&self.fields, name)
    }

    pub fn ids(&self) -> Vec<ArtifactId> {
        ids(&self.fields, "ids")
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// A list of texts; empty where it is not given.
    pub fn texts_of(&self, name: &str) -> Vec<String> {
        let items = self.fields.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    }

    /// The names of a map with their texts.
    pub fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let map = self.fields.get(name).and_then(Value::as_object).into_iter().flatten();
        map.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub fn list(&self, name: &str) -> Vec<&Map<String, Value>> {
        let items = self.fields.get(name).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_object).collect()
    }

    /// The texts that are given; `null` and the empty text take one away.
    pub fn texts(&self) -> About {
        self.about(None)
    }

    /// All texts: one that is not given is taken away.
    pub fn all_texts(&self) -> About {
        self.about(Some(None))
    }

    fn about(&self, absent: Option<Option<String>>) -> About {
        let of = |name: &str| match self.fields.get(name) {
            Some(value) => Some(value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)),
            None => absent.clone(),
        };
        About {
            title: of("title"),
            description: of("description"),
            owner: of("owner"),
            icon: of("icon"),
            color: of("color"),
        }
    }
}

pub fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

pub fn ids(fields: &Map<String, Value>, name: &str) -> Vec<ArtifactId> {
    let items = fields.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|id| id.as_str()?.parse().ok()).collect()
}

impl Wrong {
    pub fn field(name: impl Into<String>, message: &str) -> Self {
        Wrong::Fields(vec![(name.into(), message.to_owned())])
    }

    pub fn answer(self) -> Answer {
        match self {
            Wrong::NotJson(problem) => Answer::problem(400, "Not JSON", &[problem]),
            Wrong::Fields(fields) => answer::invalid(&fields),
            Wrong::NotDone(not_done) => answer::not_done(&not_done),
            Wrong::Answered(answer) => *answer,
        }
    }
}

impl From<NotDone> for Wrong {
    fn from(not_done: NotDone) -> Self {
        Wrong::NotDone(not_done)
    }
}
