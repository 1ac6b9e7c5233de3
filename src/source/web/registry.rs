//! An MCP registry to a tree.

use super::{Gathered, Request};
use crate::error::{Problem, Result};

pub(super) fn open(_request: &Request<'_>) -> Result<Gathered> {
    Err(Problem::error("SM106", "this version cannot read an MCP registry yet").into())
}
