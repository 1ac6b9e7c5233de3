//! Drafts to unique names: what the lock named keeps its name, then the original takes the plain
//! name, and the others get a part of their path's hash. The original is the path that lies least
//! aside (a translation in `docs/` or a backup is a copy), of those the first in byte order.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use crate::model::hash::ContentHash;
use crate::model::id::Kind;

/// What the lock already called the artifact of a kind at a path: its name in its id.
pub type Sticky = BTreeMap<(Kind, String), String>;

pub(super) fn assign(drafts: &mut [Draft], sticky: &Sticky) {
    drafts.sort_by_cached_key(|draft| (draft.artifact.id.kind, draft.artifact.path.clone()));
    let mut taken: BTreeSet<(Kind, String)> = BTreeSet::new();
    let mut waiting = Vec::new();
    for Draft { artifact, is_inside, .. } in drafts {
        let kind = artifact.id.kind;
        match sticky.get(&(kind, artifact.path.clone())) {
            Some(name) if taken.insert((kind, name.clone())) => artifact.id.name = name.clone(),
            _ => waiting.push((artifact, *is_inside)),
        }
    }
    waiting.sort_by_cached_key(|(artifact, _)| (artifact.id.kind, aside(artifact.file_path())));
    for (artifact, is_inside) in waiting {
        let kind = artifact.id.kind;
        let plain = match &artifact.plugin {
            Some(plugin) if is_inside => format!("{plugin}:{}", artifact.id.name),
            _ => artifact.id.name.clone(),
        };
        let hash = ContentHash::of(artifact.path.as_bytes());
        let suffixed = [6, 12, 64].map(|digits| format!("{plain}~{}", hash.short(digits)));
        // No two paths have the same 64 digits, so one of these is free.
        let free =
            std::iter::once(plain).chain(suffixed).find(|name| taken.insert((kind, name.clone())));
        if let Some(name) = free {
            artifact.id.name = name;
        }
    }
}

/// Directories that hold copies rather than originals.
const ASIDE: [&str; 20] = [
    "__tests__",
    "archive",
    "archived",
    "archives",
    "backup",
    "backups",
    "deprecated",
    "doc",
    "docs",
    "example",
    "examples",
    "fixtures",
    "i18n",
    "legacy",
    "locales",
    "old",
    "test",
    "test-data",
    "tests",
    "translations",
];

/// How far a path is from being the original: 1 below a hidden directory, 2 below one of copies.
fn aside(path: &str) -> u8 {
    let dirs = path.rsplit_once('/').map_or("", |(dirs, _)| dirs);
    let rank = |dir: &str| match dir.to_lowercase().as_str() {
        dir if ASIDE.contains(&dir) => 2,
        dir if dir.starts_with('.') => 1,
        _ => 0,
    };
    dirs.split('/').map(rank).max().unwrap_or_default()
}
