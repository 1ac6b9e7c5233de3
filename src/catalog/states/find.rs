//! A record or a copy to the artifact it means: by what it was taken for before, by content, by name
//! and by where its record says that it is from.

use std::collections::HashMap;

use super::source::single;
use super::{States, is_called, is_of_market};
use crate::catalog::{Index, Removed};
use crate::error::Result;
use crate::model::artifact::Artifact;
use crate::model::deployment::By;
use crate::model::hash::ContentHash;
use crate::model::id::{ArtifactId, Kind};
use crate::model::shared::Shared;
use crate::model::source::{Address, Source};
use crate::project::digest::{self, GH, GIT_TREE, ORIGINAL, OWN, PART, SKILLS};
use crate::project::{Origin, Record, sanitised};

/// What a record means.
pub(super) enum Chosen {
    One(Index),
    /// One that its source no longer has.
    Gone(ArtifactId),
    /// Which of several cannot be told.
    Several,
    None,
}

/// The artifacts of a catalog by what a record may say of them.
pub(super) struct Names<'a> {
    artifacts: &'a [Shared<Artifact>],
    removed: &'a [Removed],
    /// The repositories of sources, as `owner/name`.
    repositories: HashMap<&'a str, String>,
    named: HashMap<(Kind, String), Vec<Index>>,
    /// By the own hash.
    own: HashMap<(Kind, ContentHash), Vec<Index>>,
    /// By the bytes of their only file.
    files: HashMap<(Kind, String), Vec<Index>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        artifacts: &'a [Shared<Artifact>],
        removed: &'a [Removed],
        sources: &'a [Source],
    ) -> Self {
        let repository = |source: &'a Source| match &source.address {
            Address::Git { url, .. } => Some((source.name.as_str(), repository(url))),
            _ => None,
        };
        let mut names = Self {
            artifacts,
            removed,
            repositories: sources.iter().filter_map(repository).collect(),
            named: HashMap::new(),
            own: HashMap::new(),
            files: HashMap::new(),
        };
        for (index, artifact) in artifacts.iter().enumerate() {
            names.add(index, artifact);
        }
        names
    }

    fn add(&mut self, index: Index, artifact: &Artifact) {
        let id = &artifact.id;
        let mut called = vec![id.short_name().to_owned(), id.name.clone()];
        if id.kind == Kind::Skill {
            // `npx skills` goes by the name that a skill gives itself.
            let own = artifact.title.as_deref().unwrap_or(id.short_name());
            called.extend([own.to_owned(), sanitised(own)]);
        }
        called.sort();
        called.dedup();
        for name in called {
            self.named.entry((id.kind, name)).or_default().push(index);
        }
        if !artifact.files.is_empty() {
            self.own.entry((id.kind, artifact.hash)).or_default().push(index);
        }
        if let Some(file) = single(artifact) {
            self.files.entry((id.kind, file.hash.hex())).or_default().push(index);
        }
    }

    /// Those that the name of a record may mean, but for those of another repository than it says.
    fn named(&self, record: &Record) -> Vec<Index> {
        let all = self.named.get(&(record.kind, record.name.clone()));
        let all = all.map_or(&[][..], Vec::as_slice).iter().copied();
        let said = record.from.as_ref().map(|from| repository(&from.repository));
        let is_there = |index: &Index| {
            let source = self.artifacts[*index].id.source.as_str();
            match (&said, self.repositories.get(source)) {
                (Some(said), Some(has)) => has.ends_with(said) || said.ends_with(has.as_str()),
                _ => true,
            }
        };
        let all: Vec<Index> = all.filter(is_there).collect();
        let at = |index: &Index| {
            let path = record.from.as_ref().and_then(|from: &Origin| from.path.as_deref());
            let dir = path.map(|path| path.strip_suffix("/SKILL.md").unwrap_or(path));
            dir == Some(self.artifacts[*index].path.as_str())
        };
        let placed: Vec<Index> = all.iter().copied().filter(at).collect();
        if placed.len() == 1 { placed } else { all }
    }

    /// One of that name that its source no longer has.
    fn gone(&self, record: &Record) -> Option<ArtifactId> {
        let is_it = |gone: &&Removed| is_called(record.kind, &gone.id, &record.name);
        self.removed.iter().find(is_it).map(|gone| gone.id.clone())
    }
}

/// A repository by the end of its address, whatever way it is written: `owner/name`.
fn repository(text: &str) -> String {
    let text = text.trim_end_matches('/').trim_end_matches(".git");
    let mut names = text.rsplit(['/', ':']).filter(|name| !name.is_empty());
    let (name, owner) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    format!("{owner}/{name}").to_lowercase()
}

impl States<'_> {
    pub(super) fn choose(&self, record: &Record) -> Result<Chosen> {
        if let Some(chosen) = self.as_before(record) {
            return Ok(chosen);
        }
        // Handlers that no hook of the catalog has: their name is that of the file.
        if record.by.is_none() && record.kind == Kind::Hook && record.path.ends_with("#hooks") {
            return Ok(Chosen::None);
        }
        let mut named = self.names.named(record);
        if record.by == Some(By::Settings) {
            named.retain(|index| is_of_market(&self.artifacts[*index], &record.path));
        }
        let found = match record.by {
            None => self.by_content(record, &named)?,
            Some(_) => self.by_record(record, &named)?,
        };
        Ok(match found {
            Chosen::None => match self.names.gone(record) {
                Some(id) if record.by.is_some() => Chosen::Gone(id),
                _ => Chosen::None,
            },
            found => found,
        })
    }

    /// What it was taken for when the project was looked at last, while that is known.
    fn as_before(&self, record: &Record) -> Option<Chosen> {
        let id = record.id.as_ref()?;
        let found = self.artifacts.binary_search_by(|artifact| artifact.id.cmp(id)).ok();
        let gone = || self.names.removed.iter().any(|gone| gone.id == *id);
        match found {
            Some(index) => Some(Chosen::One(index)),
            None => gone().then(|| Chosen::Gone(id.clone())),
        }
    }

    /// Content first, name second.
    fn by_content(&self, record: &Record, named: &[Index]) -> Result<Chosen> {
        let alike = self.alike(record)?;
        let both: Vec<Index> =
            alike.iter().copied().filter(|index| named.contains(index)).collect();
        Ok(match (both.as_slice(), alike, named) {
            ([one], ..) | ([], [one], _) | ([], [], [one]) => Chosen::One(*one),
            ([], [], []) => Chosen::None,
            _ => Chosen::Several,
        })
    }

    fn by_record(&self, record: &Record, named: &[Index]) -> Result<Chosen> {
        let fits = match named {
            [] => return Ok(Chosen::None),
            [one] => return Ok(Chosen::One(*one)),
            _ => self.fitting(record, named)?,
        };
        Ok(match fits.as_slice() {
            [one] => Chosen::One(*one),
            _ => Chosen::Several,
        })
    }

    /// Of several those that a record's hashes name: as the copy is, or as it was deployed.
    fn fitting(&self, record: &Record, named: &[Index]) -> Result<Vec<Index>> {
        let hashes = [record.here.as_deref(), record.base.as_deref()];
        let mut fits = Vec::new();
        for &index in named {
            for hash in hashes.into_iter().flatten() {
                let is_it = match digest::parts(hash).0 {
                    SKILLS => self.hashes.skills(index)?.iter().any(|one| one == hash),
                    algorithm => self.hashes.of(index, algorithm)? == Some(hash),
                };
                if is_it && !fits.contains(&index) {
                    fits.push(index);
                }
            }
        }
        Ok(fits)
    }

    /// Artifacts whose content is that of a copy.
    fn alike(&self, record: &Record) -> Result<&[Index]> {
        let Some(here) = record.here.as_deref() else { return Ok(&[]) };
        let (algorithm, hex) = digest::parts(here);
        let found = match algorithm {
            OWN => here.parse().ok().and_then(|hash| self.names.own.get(&(record.kind, hash))),
            ORIGINAL => self.names.files.get(&(record.kind, hex.to_owned())),
            PART if record.kind == Kind::Mcp => return self.hashes.servers(here),
            GH | GIT_TREE | SKILLS => None,
            _ => None,
        };
        Ok(found.map_or(&[], Vec::as_slice))
    }
}
