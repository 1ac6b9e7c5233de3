//! Orders to files of projects, and back: deploy, update, undeploy, roll back.
//!
//! An [`order`](order::Order) becomes a [`plan`](plan::Plan) of every byte; the [`Deployer`] writes
//! it, all or nothing, below the project alone and only over what the plan saw, and keeps a receipt.
//! Nothing that is written is ever run. It knows nothing of pages or of the lock.

pub mod compare;
mod deployer;
pub mod order;
pub mod plan;
pub mod refusal;

pub use deployer::{Deployer, Done, Given, recover};
