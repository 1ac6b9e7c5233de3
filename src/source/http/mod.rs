//! Bytes over HTTP: within limits, from addresses that may be connected to, tried again where that
//! may help, and not sent again where the server confirms the old ones.
//!
//! Only ever asks (`GET`). Knows nothing of what the bytes mean, but that JSON is JSON.

mod client;
mod exchange;
mod failure;
mod json;
mod limits;
mod pages;
mod reach;
pub(super) mod retry;
mod token;
mod url;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(in crate::source) use client::Setting;
pub use client::{Client, Fetched};
pub use failure::{too_large, unusable};
pub use json::{Json, read as read_json};
pub use limits::Limits;
pub use pages::Pages;
#[cfg(test)]
pub(in crate::source) use retry::Monotonic;
pub use token::variable;
pub use url::{encoded, shown, with_query};
