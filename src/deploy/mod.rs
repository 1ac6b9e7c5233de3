//! Orders to files of projects, and back: deploy, update, undeploy, roll back.
//!
//! An [`order`](order::Order) becomes a [`plan`](plan::Plan) of every byte; the [`Deployer`] writes
//! it, all or nothing, below the project alone and only over what the plan saw, and keeps a receipt.
//! Nothing that is written is ever run. It knows nothing of pages or of the lock.

mod at;
mod back;
pub mod compare;
mod decide;
mod deployer;
mod draft;
mod hidden;
mod merging;
pub mod order;
pub mod plan;
mod planner;
pub mod refusal;
mod standing;
mod target;
#[cfg(test)]
mod tests;
mod wanted;
mod writing;

pub use deployer::{Deployer, Done, Given, recover};
