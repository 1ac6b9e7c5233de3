//! Deployments of a running server: orders to plans, to files of projects, and to the catalog that
//! shows what became of them.
//!
//! It knows neither JSON nor forms. A refresh that runs is not waited for.

use std::sync::mpsc::channel;

use jiff::Timestamp;

use super::owner::Event;
use super::{CacheInUse, Server, lock};
use crate::catalog::{Catalog, files};
use crate::deploy::compare::{Compared, compare};
use crate::deploy::order::{Consent, Order};
use crate::deploy::plan::Plan;
use crate::deploy::refusal::Refused;
use crate::deploy::{Deployer, Done, Given};
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::model::deployment::Deployment;
use crate::model::id::ArtifactId;
use crate::state::receipts::Receipt;
use crate::sync;

/// So many of the last deployments of a project are told.
pub const LOG_LEN: usize = 50;

/// What deploys for a server; one that only reads has none.
pub struct Deploys {
    pub env: Env,
    pub deployer: Deployer,
    pub cache: CacheInUse,
}

/// An order that was carried out, and is shown.
pub struct Deployed {
    pub done: Done,
    /// Of the catalog that shows it.
    pub revision: u64,
    /// The page of the project, below the site.
    pub url: Option<String>,
}

/// Why an order was not carried out.
pub enum NotDone {
    Refused(Refused),
    /// The files of the catalog cannot be read as they are.
    Unreadable(Vec<Problem>),
}

/// What an order would come to; nothing is written.
pub(super) fn plan(server: &Server, order: &Order) -> Result<Plan, NotDone> {
    with(server, |deploys, given| deploys.deployer.plan(&given, order).map_err(NotDone::Refused))
}

/// Carries an order out and shows what became of it.
pub(super) fn apply(server: &Server, order: &Order, consent: Consent) -> Result<Deployed, NotDone> {
    let _turn = lock(&server.editing);
    let done = with(server, |deploys, given| {
        let done = deploys.deployer.apply(&given, order, consent, Timestamp::now());
        done.map_err(NotDone::Refused)
    })?;
    let revision = match done.receipt {
        None => server.board.view().revision,
        Some(_) => show(server, &order.project),
    };
    let url =
        server.board.view().pages.as_ref().and_then(|pages| pages.project_url(&order.project));
    Ok(Deployed { done, revision, url })
}

/// The last receipts of a project, the newest first.
pub(super) fn log(server: &Server, project: &str) -> Result<Vec<Receipt>, NotDone> {
    with(server, |deploys, given| {
        let receipts = deploys.deployer.log(&given, project, LOG_LEN);
        receipts.map_err(|error| NotDone::Refused(Refused::Failed(error)))
    })
}

/// The files of a copy that are not as its source has them.
pub(super) fn compared(
    server: &Server,
    project: &str,
    deployment: &Deployment,
) -> Result<Vec<Compared>, NotDone> {
    with(server, |_, given| {
        compare(&given, project, deployment).map_err(|error| NotDone::Refused(error.into()))
    })
}

/// The artifacts of a collection, or of a group of it, in their order; `None` where there is none.
pub(super) fn members(
    catalog: &Catalog,
    collection: &str,
    group: Option<&str>,
) -> Option<Vec<ArtifactId>> {
    let of = catalog.collections.iter().find(|one| one.definition.slug == collection)?;
    let members = match group {
        None => &of.members,
        Some(slug) => &of.groups.iter().find(|one| one.definition.slug == slug)?.members,
    };
    Some(members.iter().map(|at| catalog.artifacts[*at].id.clone()).collect())
}

fn with<T>(
    server: &Server,
    make: impl Fn(&Deploys, Given<'_>) -> Result<T, NotDone>,
) -> Result<T, NotDone> {
    let Some(deploys) = &server.deploys else {
        let problem = Problem::error("SM750", "nothing can be deployed from here")
            .help("start `skillmeat serve` without `--read-only`");
        return Err(NotDone::Refused(problem.into()));
    };
    let view = server.board.view();
    let Some(pages) = &view.pages else {
        return Err(NotDone::Unreadable(view.failure.clone()));
    };
    let unreadable = |error: crate::error::Error| NotDone::Unreadable(error.problems);
    let env = deploys.env();
    let config = files::config(&env).map_err(unreadable)?;
    let (catalog, contents) = (pages.catalog(), pages.contents());
    make(deploys, Given { env: &env, config: &config, catalog, contents })
}

impl Deploys {
    /// A server runs for days: what it does is dated when it happens.
    fn env(&self) -> Env {
        Env { now: Timestamp::now(), ..self.env.clone() }
    }
}

/// Has the project scanned and waits until what it has now is shown.
fn show(server: &Server, project: &str) -> u64 {
    if let Some(deploys) = &server.deploys {
        let scanned = sync::rescan(&deploys.env(), &(deploys.cache)(), project);
        let problems = scanned.unwrap_or_else(|error| error.problems);
        if !problems.is_empty() {
            (server.sink)(super::Report::Trouble(problems));
        }
    }
    let (whom, shown) = channel();
    let shown = server.events.send(Event::Show(whom)).ok().and_then(|()| shown.recv().ok());
    shown.map_or_else(|| server.board.view().revision, |shown| shown.revision)
}
