//! The way from an order to files on disk, and back.

use jiff::Timestamp;

use super::order::{Consent, Order};
use super::plan::Plan;
use super::refusal::Refused;
use crate::catalog::Catalog;
use crate::catalog::contents::Contents;
use crate::env::Env;
use crate::error::{Problem, Result};
use crate::format::config::Config;
use crate::state::State;
use crate::state::receipts::{Receipt, ReceiptId};

/// What an order is worked out from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub env: &'a Env,
    pub config: &'a Config,
    pub catalog: &'a Catalog,
    pub contents: &'a dyn Contents,
}

/// Deploys to the projects of one catalog. A clone does the same.
pub struct Deployer {
    state: State,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// To take it back by; `None` where everything was so already.
    pub receipt: Option<ReceiptId>,
    pub plan: Plan,
}

impl Deployer {
    pub fn new(env: &Env) -> Result<Self> {
        Ok(Self { state: State::open(env)? })
    }

    /// What the order would come to; nothing is written.
    pub fn plan(&self, given: &Given<'_>, order: &Order) -> Result<Plan, Refused> {
        let _ = (given, order, &self.state);
        Err(Problem::error("SM600", "not yet").into())
    }

    /// Carries the order out, if it still comes to what was agreed to. Without consent only where
    /// nothing would run that this project did not run before.
    pub fn apply(
        &self,
        given: &Given<'_>,
        order: &Order,
        consent: Consent,
        now: Timestamp,
    ) -> Result<Done, Refused> {
        let _ = (given, order, consent, now);
        Err(Problem::error("SM600", "not yet").into())
    }

    /// The last receipts of a project, the newest first.
    pub fn log(&self, given: &Given<'_>, project: &str, n: usize) -> Result<Vec<Receipt>> {
        let _ = (given, project, n);
        Ok(Vec::new())
    }
}

/// Finishes what a crash cut short, in any project, and tells of it.
pub fn recover(env: &Env) -> Result<Vec<Problem>> {
    let _ = env;
    Ok(Vec::new())
}
