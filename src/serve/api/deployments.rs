//! Deployments: orders carried out or worked out, and what was deployed before, as JSON. Forms that
//! are sent by script get the same answers.

use serde_json::{Value, json};

use super::answer::{SCHEMA, more};
use super::body::{self, Body, Wrong};
use crate::deploy::order::{Choice, Order, What};
use crate::deploy::plan::{FileChange, Plan, Run, Step};
use crate::deploy::refusal::Refused;
use crate::disk::beneath::Held;
use crate::error::Problem;
use crate::format::diff;
use crate::model::hash::ContentHash;
use crate::model::history::{Difference, Patch};
use crate::model::id::ArtifactId;
use crate::model::profile::Profile;
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::deploys::{self, Deployed, NotDone};
use crate::serve::http::Asked;
use crate::site::data::live::{Operation, Route};
use crate::state::receipts::{Kept, Receipt, ReceiptFile};
use crate::words;

/// Deploys, updates, removes or goes back, as the route says.
pub fn order(server: &Server, route: &Route, asked: &Asked) -> Result<Answer, Wrong> {
    let body = body::read(asked.body, route.body_shape())?;
    let order = Order {
        project: body.text("project").unwrap_or_default(),
        what: what(server, route.operation, &body)?,
        choice: body.text("choice").and_then(|word| word.parse().ok()),
        choices: choices(&body)?,
        allow_hidden: body.is_true("allow_hidden"),
    };
    if body.is_true("dry_run") {
        return Ok(match deploys::plan(server, &order) {
            Ok(plan) => Answer::json(200, &told(server.board.view().revision, None, None, &plan)),
            Err(why) => not_done(&why, false),
        });
    }
    let consent: Option<ContentHash> = body.text("consent").and_then(|hash| hash.parse().ok());
    Ok(match deploys::apply(server, &order, consent) {
        Ok(deployed) => done(&deployed),
        Err(why) => not_done(&why, consent.is_some()),
    })
}

fn what(server: &Server, operation: Operation, body: &Body) -> Result<What, Wrong> {
    let profile: Option<Profile> = body.text("profile").and_then(|word| word.parse().ok());
    Ok(match operation {
        Operation::Deploy => What::Deploy {
            ids: some(ids(server, body)?)?,
            profile: profile.unwrap_or(Profile::ClaudeCode),
            at: body.text("at"),
        },
        Operation::Redeploy => What::Update { ids: ids(server, body)?, profile },
        Operation::Undeploy => What::Undeploy { ids: some(ids(server, body)?)?, profile },
        _ => match (number(body, "to")?, number(body, "receipt")?) {
            (Some(to), None) => What::Rollback { to },
            (None, Some(receipt)) => What::Undo { receipt },
            _ => return Err(Wrong::field("receipt", "Give this or `to`, and not both")),
        },
    })
}

/// What is named, or what a place holds.
fn ids(server: &Server, body: &Body) -> Result<Vec<ArtifactId>, Wrong> {
    let Some(collection) = body.text("collection") else { return Ok(body.ids()) };
    if body.has("ids") {
        return Err(Wrong::field("collection", "Give this or `ids`, and not both"));
    }
    let view = server.board.view();
    let catalog = view.pages.as_ref().map(|pages| pages.catalog());
    let group = body.text("group");
    let found = catalog.and_then(|all| deploys::members(all, &collection, group.as_deref()));
    found.ok_or_else(|| {
        let place = [Some(collection), group].into_iter().flatten().collect::<Vec<_>>().join("/");
        let problem = Problem::error("SM751", format!("there is no `{}`", words::visible(&place)))
            .help("see `/api/v1/collections.json` for what there is");
        Wrong::Answered(Box::new(not_done(&NotDone::Refused(Refused::Unknown(problem)), false)))
    })
}

fn some(ids: Vec<ArtifactId>) -> Result<Vec<ArtifactId>, Wrong> {
    match ids.is_empty() {
        true => Err(Wrong::field("ids", "Name at least one artifact")),
        false => Ok(ids),
    }
}

fn choices(body: &Body) -> Result<Vec<(ArtifactId, Choice)>, Wrong> {
    let one = |(id, word): (String, String)| {
        let known = id.parse().ok().zip(word.parse().ok());
        known.ok_or_else(|| {
            let name = format!("choices[{}]", words::visible(&id));
            Wrong::field(name, "Must be named by the id of an artifact")
        })
    };
    body.pairs("choices").into_iter().map(one).collect()
}

fn number(body: &Body, name: &str) -> Result<Option<i64>, Wrong> {
    let parsed = body.text(name).map(|text| text.parse());
    parsed.transpose().map_err(|_| Wrong::field(name, "Must be the id of a receipt"))
}

/// What was done.
pub fn done(deployed: &Deployed) -> Answer {
    let receipt = deployed.done.receipt.map(|id| id.to_string());
    let url = deployed.url.as_deref();
    Answer::json(200, &told(deployed.revision, receipt, url, &deployed.done.plan))
}

pub fn told(revision: u64, receipt: Option<String>, url: Option<&str>, plan: &Plan) -> Value {
    json!({
        "schema": SCHEMA,
        "revision": revision,
        "project": plan.order.project,
        "message": plan.message,
        "receipt": receipt,
        "url": url,
        "plan": self::plan(plan),
    })
}

/// Why it was not done; `agreed` says that a plan had been agreed to.
pub fn not_done(why: &NotDone, agreed: bool) -> Answer {
    match why {
        NotDone::Unreadable(problems) => {
            Answer::problem(503, "The catalog cannot be read as it is", problems)
        }
        NotDone::Refused(refused) => self::refused(refused, agreed),
    }
}

/// The same, for a person where one asks.
pub fn not_done_to(asked: &Asked, why: &NotDone, agreed: bool) -> Answer {
    if asked.wants_json() {
        return not_done(why, agreed);
    }
    match why {
        NotDone::Unreadable(problems) => {
            asked.wrong(503, "The catalog cannot be read as it is", problems)
        }
        NotDone::Refused(Refused::Unknown(problem)) => {
            asked.wrong(404, "Not found", std::slice::from_ref(problem))
        }
        NotDone::Refused(Refused::Impossible(problems)) => {
            asked.wrong(422, "It cannot be deployed so", problems)
        }
        NotDone::Refused(Refused::Failed(error)) => {
            asked.wrong(500, "It failed, and nothing was changed", &error.problems)
        }
        NotDone::Refused(Refused::Changed(paths)) => {
            asked.wrong(412, "Changed meanwhile", &changed(paths))
        }
        NotDone::Refused(Refused::Undecided(_) | Refused::NotAgreed(_)) => {
            asked.wrong(409, "Changed meanwhile: look again", &[])
        }
    }
}

fn changed(paths: &[String]) -> Vec<Problem> {
    let problem = |path: &String| {
        let message = format!("`{}` changed while it was written", words::visible(path));
        Problem::error("SM754", message).help("look at the project, and do it again")
    };
    paths.iter().map(problem).collect()
}

fn refused(refused: &Refused, agreed: bool) -> Answer {
    let with_plan = |status, title, problem: Problem, plan: &Plan| {
        more(status, title, &[problem], "plan", self::plan(plan))
    };
    match refused {
        Refused::Unknown(problem) => {
            Answer::problem(404, "Not found", std::slice::from_ref(problem))
        }
        Refused::Impossible(problems) => Answer::problem(422, "It cannot be deployed so", problems),
        Refused::Undecided(plan) => {
            let names: Vec<&str> = plan.undecided().map(|step| step.label.as_str()).collect();
            let message = format!("a person changed {}", words::list_and(&names));
            let problem = Problem::error("SM752", message)
                .help("say in `choices` what is to be done: `keep`, `source` or `merge`");
            with_plan(409, "A choice is needed", problem, plan)
        }
        Refused::NotAgreed(plan) if agreed => {
            let problem = Problem::error("SM753", "this is not the plan that was agreed to")
                .help("look at the plan as it is now, and agree to that");
            with_plan(412, "Changed meanwhile", problem, plan)
        }
        Refused::NotAgreed(plan) => {
            let message = format!("{} would run", words::count(plan.runs.len(), "command"));
            let problem = Problem::error("SM753", message)
                .help("look at `plan.runs`, and send its `digest` as `consent`");
            with_plan(409, "Consent is needed", problem, plan)
        }
        Refused::Changed(paths) => Answer::problem(412, "Changed meanwhile", &changed(paths)),
        Refused::Failed(error) => {
            Answer::problem(500, "It failed, and nothing was changed", &error.problems)
        }
    }
}

/// A plan for programs, every file with the lines that differ.
pub fn plan(plan: &Plan) -> Value {
    let run = |run: &Run| {
        json!({
            "id": run.id.to_string(),
            "when": run.when,
            "what": run.what,
            "env": run.env,
        })
    };
    json!({
        "digest": plan.digest(),
        "message": plan.message,
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "files": plan.files.iter().map(file).collect::<Vec<_>>(),
        "runs": plan.runs.iter().map(run).collect::<Vec<_>>(),
        "hidden": plan.hidden,
    })
}

fn step(step: &Step) -> Value {
    let choices = Plan::choices(step).iter().map(|choice| choice.word());
    json!({
        "id": step.id.as_ref().map(ToString::to_string),
        "label": step.label,
        "profile": step.profile,
        "path": step.path,
        "action": step.action.word(),
        "state": step.state.map(|state| state.word()),
        "note": step.note,
        "conflicts": step.conflicts,
        "choices": choices.collect::<Vec<_>>(),
    })
}

fn file(file: &FileChange) -> Value {
    let held = |side: &Option<Held>| {
        side.as_ref().map(|held| {
            json!({
                "sha256": ContentHash::of(&held.bytes),
                "bytes": held.bytes.len(),
                "executable": held.executable,
            })
        })
    };
    let bytes = |side: &'_ Option<Held>| side.as_ref().map(|held| held.bytes.clone());
    let [old, new] = [bytes(&file.before), bytes(&file.after)].map(Option::unwrap_or_default);
    let difference = diff::between(&file.path, &old, &new);
    let (added, removed, text) = match &difference {
        Difference::Lines(patch) => (patch.plus, patch.minus, Some(unified(patch))),
        _ => (0, 0, None),
    };
    json!({
        "path": file.path,
        "before": held(&file.before),
        "after": held(&file.after),
        "added": added,
        "removed": removed,
        "diff": text,
    })
}

fn unified(patch: &Patch) -> String {
    let mut text = String::new();
    for hunk in &patch.hunks {
        text += &format!("@@ -{} +{} @@\n", hunk.old, hunk.new);
        for line in &hunk.lines {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// The last receipts of a project, by the name in its address.
pub fn receipts(server: &Server, asked: &Asked, slug: &str) -> Answer {
    let view = server.board.view();
    let name = view.pages.as_ref().and_then(|pages| pages.project_at(slug));
    let Some(name) = name else {
        let problem = Problem::error("SM755", format!("no project `{}`", words::visible(slug)))
            .help("see `/api/v1/deployments.json` for those there are");
        return asked.wrong(404, "Not found", &[problem]);
    };
    let receipts = match server.deploys {
        None => Ok(Vec::new()),
        Some(_) => deploys::log(server, name),
    };
    match receipts {
        Ok(receipts) => {
            let receipts: Vec<Value> = receipts.iter().map(receipt).collect();
            let told = json!({"schema": SCHEMA, "project": name, "receipts": receipts});
            Answer::json(200, &told)
        }
        Err(why) => not_done(&why, false),
    }
}

fn receipt(one: &Receipt) -> Value {
    let hash = |kept: Option<Kept>| kept.map(|kept| kept.hash.to_string());
    let file = |file: &ReceiptFile| json!({"path": file.path, "before": hash(file.before), "after": hash(file.after)});
    json!({
        "id": one.id.to_string(),
        "at": one.at,
        "message": one.message,
        "undone_by": one.undone_by.map(|id| id.to_string()),
        "undoes": one.undoes.map(|id| id.to_string()),
        "files": one.files.iter().map(file).collect::<Vec<_>>(),
    })
}
