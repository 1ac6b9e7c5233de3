//! The forms that deploy: what they send to orders, and these to plans that are shown first. An
//! order is carried out only as its plan was shown, to the byte.

use serde_json::{Value, json};

use super::wish::Sent;
use super::{back_to, found, made};
use crate::catalog::Catalog;
use crate::deploy::order::{Order, What};
use crate::deploy::refusal::Refused;
use crate::error::Problem;
use crate::model::hash::ContentHash;
use crate::model::id::ArtifactId;
use crate::model::profile::Profile;
use crate::serve::Server;
use crate::serve::answer::Answer;
use crate::serve::api::deployments as api;
use crate::serve::deploys::{self, Deployed, NotDone};
use crate::serve::http::Asked;
use crate::serve::pages::Pages;
use crate::site::page::edit;
use crate::site::page::edit::deploy::{FORMS, Outcome};
use crate::state::receipts::ReceiptId;

/// A page about deployments; `None` for what is another form.
pub fn read(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    name: &str,
    sent: &Sent,
) -> Option<Answer> {
    let project = sent.one("project").unwrap_or_default();
    match name {
        "compare" => compare(server, asked, pages, project, sent.one("path")?),
        "receipts" => {
            pages.project_url(project)?;
            let receipts = match deploys::log(server, project) {
                Ok(receipts) => receipts,
                Err(why) => return Some(api::not_done_to(asked, &why, false)),
            };
            made(asked, 200, pages.receipts(project, &receipts))
        }
        _ if FORMS.contains(&name) => {
            let sent = with_defaults(pages.catalog(), name, sent);
            form(server, asked, pages, 200, (name, &sent))
        }
        _ => None,
    }
}

fn compare(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    project: &str,
    path: &str,
) -> Option<Answer> {
    let deployment = pages.deployment(project, path)?;
    let compared = match deploys::compared(server, project, deployment) {
        Ok(files) => Ok(files),
        Err(why) => Err(problems(why)),
    };
    made(asked, 200, pages.compare(project, path, &compared))
}

/// Carries out what a form of these says, or shows its plan; `None` for another form.
pub fn write(server: &Server, asked: &Asked, pages: &Pages, sent: &Sent) -> Option<Answer> {
    let action = match sent.one("action").unwrap_or_default() {
        // What was chosen in a list.
        "show" => sent.one("form").filter(|form| *form == "deploy")?,
        action => FORMS.into_iter().find(|form| *form == action)?,
    };
    let is_chosen_now = sent.one("action") == Some("show");
    if is_chosen_now || sent.one("show").is_some() {
        let shown = sent.without(&["token", "seen", "consent", "form", "show"]);
        let shown = match is_chosen_now {
            true => with_defaults(pages.catalog(), action, &shown.without(&["action"])),
            false => shown,
        };
        return Some(found(asked, form(server, asked, pages, 200, (action, &shown))));
    }
    let orders = match orders(pages.catalog(), action, sent) {
        Some(orders) => orders,
        None => return Some(asked.wrong(404, "Not found", &[])),
    };
    if orders.is_empty() {
        let wrong = [("project".to_owned(), "Choose at least one project.".to_owned())];
        if asked.wants_json() {
            return Some(super::api::answer::invalid(&wrong));
        }
        let wanted = edit::Asked { fields: &sent.0, wrong: &wrong };
        return Some(found(asked, made(asked, 422, pages.deploy_form(action, &wanted, &[]))));
    }
    Some(carried_out(server, asked, pages, (action, sent), &orders))
}

fn carried_out(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    (action, sent): (&str, &Sent),
    orders: &[Order],
) -> Answer {
    let mut done = Vec::new();
    for order in orders {
        let agreed = consent(sent, &order.project);
        // Who agreed to nothing was shown nothing.
        let made = match agreed {
            None => deploys::plan(server, order)
                .and_then(|plan| Err(NotDone::Refused(Refused::NotAgreed(Box::new(plan))))),
            Some(agreed) => deploys::apply(server, order, Some(agreed)),
        };
        match made {
            Ok(one) => done.push(one),
            Err(why) => return refused(server, asked, pages, (action, sent), (&done, &why)),
        }
    }
    if asked.wants_json() {
        return Answer::json(200, &told(&done));
    }
    let project = done.first().and_then(|one| one.url.clone()).unwrap_or_default();
    match sent.one("next").filter(|next| !next.is_empty()) {
        Some(next) => back_to(next),
        None => back_to(&project),
    }
}

/// What was done in several projects, as `edit.js` tells it.
fn told(done: &[Deployed]) -> Value {
    let all: Vec<Value> = done
        .iter()
        .map(|one| {
            let receipt = one.done.receipt.map(|id| id.to_string());
            api::told(one.revision, receipt, one.url.as_deref(), &one.done.plan)
        })
        .collect();
    let messages: Vec<&str> = done.iter().map(|one| one.done.plan.message.as_str()).collect();
    let files: Vec<&Value> =
        all.iter().filter_map(|one| one["plan"]["files"].as_array()).flatten().collect();
    let receipts: Vec<Value> = all
        .iter()
        .filter(|one| one["receipt"].is_string())
        .map(|one| json!({"project": one["project"], "receipt": one["receipt"]}))
        .collect();
    json!({
        "revision": done.iter().map(|one| one.revision).max(),
        "message": messages.join("; "),
        "url": done.first().and_then(|one| one.url.as_deref()),
        "files": files,
        "receipts": receipts,
    })
}

/// The plan as it is now, or why there is none.
fn refused(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    (action, sent): (&str, &Sent),
    (done, why): (&[Deployed], &NotDone),
) -> Answer {
    let has_plan = matches!(why, NotDone::Refused(Refused::NotAgreed(_) | Refused::Undecided(_)));
    if asked.wants_json() || !has_plan {
        return api::not_done_to(asked, why, consents(sent));
    }
    // What was done already is not to be done again.
    let is_done = |name: &str| done.iter().any(|one| one.done.plan.order.project == name);
    let mut shown = sent.without(&["token", "seen", "consent"]);
    shown.0.retain(|(key, value)| key != "project" || !is_done(value));
    shown.0.push(("again".to_owned(), "1".to_owned()));
    found(asked, form(server, asked, pages, 409, (action, &shown)))
}

/// The form with what its orders come to.
fn form(
    server: &Server,
    asked: &Asked,
    pages: &Pages,
    status: u16,
    (name, sent): (&str, &Sent),
) -> Option<Answer> {
    let outcome = |order: Order| Outcome {
        plan: deploys::plan(server, &order).map_err(problems),
        project: order.project,
    };
    let outcomes: Vec<Outcome> =
        orders(pages.catalog(), name, sent)?.into_iter().map(outcome).collect();
    let wanted = edit::Asked { fields: &sent.0, wrong: &[] };
    made(asked, status, pages.deploy_form(name, &wanted, &outcomes))
}

fn problems(why: NotDone) -> Vec<Problem> {
    match why {
        NotDone::Unreadable(problems) => problems,
        NotDone::Refused(Refused::Unknown(problem)) => vec![problem],
        NotDone::Refused(Refused::Impossible(problems)) => problems,
        NotDone::Refused(Refused::Failed(error)) => error.problems,
        NotDone::Refused(Refused::Changed(_) | Refused::Undecided(_) | Refused::NotAgreed(_)) => {
            Vec::new()
        }
    }
}

/// The digest that was agreed to for a project: `sha256:… name`.
fn consent(sent: &Sent, project: &str) -> Option<ContentHash> {
    let own =
        |text: &str| text.split_once(' ').filter(|(_, name)| *name == project)?.0.parse().ok();
    sent.all("consent").find_map(own)
}

fn consents(sent: &Sent) -> bool {
    sent.one("consent").is_some()
}

/// An order for each project; `None` where the form says what cannot be.
fn orders(catalog: &Catalog, name: &str, sent: &Sent) -> Option<Vec<Order>> {
    let what = what(catalog, name, sent)?;
    let choice = |text: &str| {
        let (word, id) = text.split_once(' ')?;
        Some((id.parse::<ArtifactId>().ok()?, word.parse().ok()?))
    };
    let choices: Vec<_> = sent.all("choice").filter_map(choice).collect();
    let order = |project: &str| Order {
        project: project.to_owned(),
        what: what.clone(),
        choice: None,
        choices: choices.clone(),
        allow_hidden: sent.one("allow_hidden").is_some(),
    };
    Some(sent.all("project").map(order).collect())
}

fn what(catalog: &Catalog, name: &str, sent: &Sent) -> Option<What> {
    let ids = || match sent.one("collection").filter(|_| sent.one("id").is_none()) {
        Some(collection) => {
            let group = sent.one("group").filter(|group| !group.is_empty());
            deploys::members(catalog, collection, group)
        }
        None => sent.ids(),
    };
    let number = |name: &str| sent.one(name)?.parse::<ReceiptId>().ok();
    let profile = match sent.one("profile").filter(|word| !word.is_empty()) {
        None => None,
        Some(word) => Some(word.parse::<Profile>().ok()?),
    };
    match name {
        "deploy" => Some(What::Deploy {
            ids: ids().filter(|ids| !ids.is_empty())?,
            profile: profile.unwrap_or(Profile::ClaudeCode),
            at: sent.filled("at"),
        }),
        "update" => Some(What::Update { ids: ids()?, profile }),
        "undeploy" => Some(What::Undeploy { ids: ids().filter(|ids| !ids.is_empty())?, profile }),
        _ => match (number("to"), number("receipt")) {
            (Some(to), _) => Some(What::Rollback { to }),
            (None, receipt) => Some(What::Undo { receipt: receipt? }),
        },
    }
}

/// What an address leaves open: the one project that lacks it, the first agent that takes it.
fn with_defaults(catalog: &Catalog, name: &str, sent: &Sent) -> Sent {
    let mut sent = sent.without(&[]);
    if name != "deploy" {
        return sent;
    }
    let ids = match what(catalog, name, &sent) {
        Some(What::Deploy { ids, .. }) => ids,
        _ => return sent,
    };
    if sent.one("project").is_none() {
        let lacks = |at: &usize| {
            let is_here = catalog.abouts.get(*at).is_none_or(|about| about.is_here);
            let deployments = &catalog.projects[*at].deployments;
            is_here
                && !deployments.iter().any(|one| one.id.as_ref().is_some_and(|id| ids.contains(id)))
        };
        let lacking: Vec<usize> = (0..catalog.projects.len()).filter(lacks).collect();
        if let [one] = lacking.as_slice() {
            sent.0.push(("project".to_owned(), catalog.projects[*one].name.clone()));
        }
    }
    if sent.one("profile").is_none() {
        let takes = |profile: &Profile| {
            ids.iter().any(|id| profile.place(id.kind, id.short_name()).is_ok())
        };
        let first = Profile::ALL.into_iter().find(takes).unwrap_or(Profile::ClaudeCode);
        sent.0.push(("profile".to_owned(), first.word().to_owned()));
    }
    sent
}
