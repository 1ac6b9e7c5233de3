//! What stands in a project where an artifact is meant to: its files or entries, and their record.

use std::collections::BTreeMap;

use serde_json::Value;

use super::draft::Draft;
use super::target::Target;
use super::wanted::{Part, Wanted, hooks_hash, original};
use crate::catalog::states;
use crate::disk::beneath::Held;
use crate::error::Result;
use crate::format::deployed::{self, Entry};
use crate::format::part::hooks::{self, Handler};
use crate::format::part::{self, servers};
use crate::model::deployment::State;
use crate::model::hash::ContentHash;
use crate::model::profile::Where;

pub(super) struct Standing {
    /// Below the project.
    pub files: BTreeMap<String, Held>,
    /// The entry of a server.
    pub server: Option<Value>,
    /// Of the handlers that are recorded or wanted, those there are.
    pub handlers: Vec<Handler>,
    /// As records have it, hex; `None` when nothing is there.
    pub here: Option<String>,
    pub record: Option<Entry>,
}

impl Standing {
    pub(super) fn read(
        draft: &mut Draft<'_>,
        target: &Target,
        wanted: Option<&Wanted>,
    ) -> Result<Self> {
        let record = record(draft, target)?;
        let mut standing =
            Self { files: BTreeMap::new(), server: None, handlers: Vec::new(), here: None, record };
        match &target.place {
            Where::Dir(dir) => {
                standing.files = draft.below(dir)?;
                let is_there = !standing.files.is_empty();
                standing.here = is_there.then(|| original(dir, &standing.files));
            }
            Where::File(path) => {
                if let Some(held) = draft.read(path)? {
                    standing.here = Some(ContentHash::of(&held.bytes).hex());
                    standing.files.insert(path.clone(), held);
                }
            }
            Where::Server { file, format } => {
                let text = draft.read_text(file)?.unwrap_or_default();
                let all = servers::servers(file, *format, &text)?;
                let found = all.into_iter().find(|(name, _)| *name == target.name);
                standing.server = found.map(|(_, entry)| entry);
                standing.here = standing.server.as_ref().map(|entry| part::digest(entry).hex());
            }
            Where::Hooks { file, dir } => {
                standing.files = draft.below(dir)?;
                let settings = part::value(file, &draft.read_text(file)?.unwrap_or_default())?;
                standing.read_hooks(&settings, dir, wanted);
            }
        }
        Ok(standing)
    }

    /// Of the handlers that are recorded those that are there; without a record those count that the
    /// source has now.
    fn read_hooks(&mut self, settings: &Value, dir: &str, wanted: Option<&Wanted>) {
        let recorded: &[String] = self.record.as_ref().map_or(&[], |entry| &entry.handlers);
        let wanted: Vec<String> = match wanted.map(|wanted| &wanted.part) {
            Some(Part::Hooks(all)) => all.iter().map(|one| one.digest().hex()).collect(),
            _ => Vec::new(),
        };
        let known: &[String] = if recorded.is_empty() { &wanted } else { recorded };
        for handler in hooks::handlers(settings) {
            let digest = handler.digest().hex();
            if known.contains(&digest) && !self.handlers.contains(&handler) {
                self.handlers.push(handler);
            }
        }
        let hash = || hooks_hash(&self.handlers, dir, &self.files);
        self.here = (!self.handlers.is_empty()).then(hash);
    }

    /// The hash as it was deployed.
    pub(super) fn base(&self) -> Option<&str> {
        self.record.as_ref()?.hash.as_deref()
    }

    /// The state against what the source has; `None` where there is neither a copy nor a record.
    pub(super) fn state(&self, wanted: Option<&Wanted>) -> Option<State> {
        if self.here.is_none() && self.record.is_none() {
            return None;
        }
        let source = wanted.map(|wanted| wanted.hash.as_str());
        Some(states::state(self.base(), self.here.as_deref(), source))
    }
}

/// The path of the record of a target, below the project.
pub(super) fn record_file(target: &Target) -> String {
    format!("{}/{}", target.root, deployed::FILE)
}

fn record(draft: &mut Draft<'_>, target: &Target) -> Result<Option<Entry>> {
    let file = record_file(target);
    let Some(text) = draft.read_text(&file)? else { return Ok(None) };
    let (entries, problems) = deployed::read(&file, &text);
    // Of a record that cannot be read at all nothing is known; it is not written over.
    if let (true, Some(problem)) = (entries.is_empty(), problems.into_iter().next()) {
        return Err(problem.into());
    }
    let is_it = |entry: &&Entry| {
        entry.name == target.name
            && deployed::kind(&entry.kind) == Ok(target.kind)
            && entry.profile.as_deref().unwrap_or("claude_code") == target.profile
    };
    Ok(entries.iter().find(is_it).cloned())
}
