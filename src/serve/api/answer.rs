//! Answers to edits: what was done, or why not, as JSON. Forms that are sent by script get the same.

use serde_json::{Map, Value, json};

use crate::edit::plan::FileChange;
use crate::edit::refusal::{Conflict, FieldProblem, Refused};
use crate::error::Problem;
use crate::model::hash::ContentHash;
use crate::serve::answer::{Answer, PROBLEM_JSON, problem_text};
use crate::serve::edits::{Edited, NotDone};
use crate::words;

/// Only ever added to.
pub const SCHEMA: u32 = 1;

/// What was done: a status of 200, or 201 for what is new.
pub fn done(status: u16, edited: &Edited) -> Answer {
    let file = |file: &FileChange| {
        json!({
            "path": file.path,
            "added": file.added,
            "removed": file.removed,
            "sha256": hash(file.after.as_deref()),
        })
    };
    let plan = &edited.done.plan;
    let answer = Answer::json(
        status,
        &json!({
            "schema": SCHEMA,
            "revision": edited.revision,
            "message": plan.message,
            "undo": edited.done.id.map(|id| id.to_string()),
            "files": plan.files.iter().map(file).collect::<Vec<_>>(),
            "url": edited.url,
        }),
    );
    match edited.url.as_ref().filter(|_| status == 201) {
        Some(url) => answer.with("Location", format!("/{url}")),
        None => answer,
    }
}

/// Why it was not done.
pub fn not_done(why: &NotDone) -> Answer {
    match why {
        NotDone::Unreadable(problems) => {
            Answer::problem(503, "The catalog cannot be read as it is", problems)
        }
        NotDone::Refused(refused) => self::refused(refused),
    }
}

fn refused(refused: &Refused) -> Answer {
    match refused {
        Refused::Invalid(fields) => {
            let named = |one: &FieldProblem| (one.field.to_owned(), one.message.clone());
            invalid(&fields.iter().map(named).collect::<Vec<_>>())
        }
        Refused::Unknown(problem) => {
            Answer::problem(404, "Not found", std::slice::from_ref(problem))
        }
        Refused::Unseen(files) => {
            let problem = |file: &String| {
                let message = format!("`seen` does not name `{}`", words::visible(file));
                Problem::error("SM734", message)
                    .help("name it with its hash, or with `null` where there is no such file")
            };
            let problems: Vec<Problem> = files.iter().map(problem).collect();
            Answer::problem(428, "Not all files were seen", &problems)
        }
        Refused::Changed(conflicts) => changed(conflicts),
        Refused::Failed(error) => {
            Answer::problem(500, "It failed, and nothing was changed", &error.problems)
        }
    }
}

/// What is wrong with which field.
pub fn invalid(fields: &[(String, String)]) -> Answer {
    let problem = |(name, message): &(String, String)| {
        Problem::error("SM732", format!("`{name}`: {}", lower(message)))
    };
    let problems: Vec<Problem> = fields.iter().map(problem).collect();
    let fields = fields.iter().map(|(name, message)| (name.clone(), json!(message)));
    let fields: Map<String, Value> = fields.collect();
    more(422, "Something is wrong with what was sent", &problems, "fields", fields.into())
}

fn changed(conflicts: &[Conflict]) -> Answer {
    let problem = |conflict: &Conflict| {
        let path = words::visible(&conflict.path);
        Problem::error("SM733", format!("`{path}` changed since it was seen"))
            .help("look at what it holds now, and make the edit again")
    };
    let conflict = |conflict: &Conflict| {
        json!({
            "path": conflict.path,
            "seen": conflict.seen,
            "sha256": hash(conflict.now.as_deref()),
            "text": conflict.now,
            "yours": conflict.yours,
        })
    };
    let problems: Vec<Problem> = conflicts.iter().map(problem).collect();
    let conflicts = conflicts.iter().map(conflict).collect::<Vec<_>>();
    more(412, "Changed meanwhile", &problems, "conflicts", conflicts.into())
}

/// A problem with one member more.
pub fn more(status: u16, title: &str, problems: &[Problem], name: &str, value: Value) -> Answer {
    let text = problem_text(status, title, problems);
    let mut body: Value = serde_json::from_str(&text).unwrap_or_default();
    body[name] = value;
    Answer::whole(status, PROBLEM_JSON, &format!("{body}\n"))
}

fn hash(text: Option<&str>) -> Option<ContentHash> {
    text.map(|text| ContentHash::of(text.as_bytes()))
}

/// As it goes on after a colon.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
