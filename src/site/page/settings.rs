//! The settings of a running server, as a person reads them: what it works with, how the cache is,
//! what the last refreshes brought.
//!
//! The one page that depends on the moment, and may name paths of this machine: it is never built.
//! A server fills it; nothing here is known of how.

use serde::Serialize;

use super::frame::{self, Head, line};
use crate::error::Result;
use crate::site::Site;

/// Where it stands, as a file of the site.
pub const PATH: &str = "settings/index.html";

/// Plain words.
#[derive(Debug, Default, Serialize)]
pub struct Settings {
    pub offline: bool,
    pub running: bool,
    pub refresh: Vec<Fact>,
    pub cache: Vec<Fact>,
    /// Why nothing can be said of the cache.
    pub cache_problem: Option<String>,
    /// Whether the person is asked to confirm that the cache be cleared.
    pub confirms: bool,
    pub log: Vec<LogLine>,
    pub configuration: Vec<Row>,
    pub machine: Vec<Fact>,
}

/// `Next refresh`: `in 4 minutes`.
#[derive(Debug, Serialize)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    /// The moment that `value` tells of.
    pub at: Option<String>,
    /// Whether it is written in a file or a path.
    pub is_code: bool,
}

/// One value of the configuration.
#[derive(Debug, Serialize)]
pub struct Row {
    pub key: String,
    pub value: String,
    pub origin: String,
    pub is_default: bool,
}

/// One refresh that ended.
#[derive(Debug, Serialize)]
pub struct LogLine {
    pub at: String,
    pub ago: String,
    pub trigger: &'static str,
    /// The name of an icon.
    pub icon: &'static str,
    pub message: String,
    pub took: String,
}

pub fn render(site: &Site<'_>, settings: &Settings) -> Result<Vec<u8>> {
    let title = "Settings".to_owned();
    let description = line("What this server works with, and how its cache is");
    let head = Head { title, description, section: PATH, ..Head::default() };
    frame::render(site, PATH, "settings.html", &head, settings)
}
