//! A Git source and its clone in the cache: which commit is wanted, and its files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

use super::Run;
use super::pull::Opened;
use crate::disk;
use crate::error::{Error, Problem, Result};
use crate::format::lock::LockedSource;
use crate::model::hash::ContentHash;
use crate::model::source::{Source, published_url};
use crate::source::filter::Filter;
use crate::source::git::{self, Git, Wanted};
use crate::source::listing::Listing;

/// A Git source with its clone, which no other process and no other source touches meanwhile.
pub(super) struct Remote<'a> {
    run: &'a Run<'a>,
    source: &'a Source,
    git: Git,
    url: &'a str,
    reference: Option<&'a str>,
    dir: PathBuf,
    filter: Filter,
    _hold: Hold,
}

/// What keeps a clone for one process.
enum Hold {
    /// Nobody else fetches into it.
    Lock(#[expect(dead_code, reason = "held, not read")] disk::FileLock),
    /// It is gone afterwards: a dry run writes nothing.
    Scratch(#[expect(dead_code, reason = "held, not read")] tempfile::TempDir),
}

impl<'a> Remote<'a> {
    pub(super) fn new(
        run: &'a Run<'a>,
        source: &'a Source,
        url: &'a str,
        reference: Option<&'a str>,
    ) -> Result<Self> {
        let name = ContentHash::of(url.as_bytes()).short(32);
        let (clones, hold) = if run.options.dry_run && !run.env.offline {
            let scratch = disk::scratch_dir()?;
            (scratch.path().to_owned(), Hold::Scratch(scratch))
        } else {
            let clones = run.env.cache_dir.join("git");
            let lock = disk::FileLock::acquire(&clones.join(format!("{name}.lock")), |_| ())?;
            // What a fetch that was killed had written so far: nobody else fetches now.
            disk::sweep_now(&clones.join(format!("{name}.git/objects/pack")), "tmp_")?;
            (clones, Hold::Lock(lock))
        };
        Ok(Self {
            run,
            source,
            git: Git::find()?,
            url,
            reference,
            filter: Filter::new(&source.include, &source.exclude)?,
            _hold: hold,
            dir: clones.join(format!("{name}.git")),
        })
    }

    /// The commit to read and its date: the newest, or the one the lock names.
    pub(super) fn commit(&self) -> Result<(String, Date)> {
        let Run { env, lock, options, .. } = self.run;
        let pinned = match lock.sources.get(&self.source.name) {
            Some(LockedSource::Git { url, commit, .. }) if *url == published_url(self.url) => {
                Some(commit.as_str())
            }
            _ => None,
        };
        let is_pinned = options.locked || env.offline;
        let wanted = match pinned {
            Some(commit) if is_pinned => Wanted::Commit(commit),
            None if is_pinned => return Err(self.not_in_lock()),
            _ => Wanted::Newest,
        };
        if let (true, Wanted::Commit(commit)) = (env.offline, wanted) {
            return match git::commit_date(&self.git, &self.dir, commit) {
                Ok(date) => Ok((commit.to_owned(), date)),
                Err(_) => Err(self.not_here()),
            };
        }
        let request = git::Request {
            url: self.url,
            reference: self.reference,
            dir: &self.dir,
            filter: &self.filter,
            wanted,
        };
        let fetched = git::fetch(&self.git, &request).map_err(|e| e.at(&self.source.place))?;
        Ok((fetched.commit, fetched.date))
    }

    /// The files of the commit.
    pub(super) fn open(&self, commit: String, date: Date) -> Result<Opened> {
        let tree = git::open(&self.git, &self.dir, &commit, &self.filter)?;
        let (dates, problems) = match git::history(&self.git, &self.dir, &commit) {
            Ok(dates) => (dates, Vec::new()),
            Err(_) => (BTreeMap::new(), vec![no_dates()]),
        };
        let source = LockedSource::Git {
            // What may be a secret in the address stays in the configuration.
            url: published_url(self.url),
            reference: self.reference.map(str::to_owned),
            commit,
            date: Some(date),
        };
        let revision = source.commit().map(str::to_owned);
        Ok(Opened {
            tree,
            source,
            revision,
            dates: Some(dates),
            structure: None,
            listing: Listing::default(),
            problems,
        })
    }

    fn not_in_lock(&self) -> Error {
        let text = "the lock does not know it, or knows another address of it";
        let why = if self.run.env.offline { " with the network" } else { "" };
        let problem = Problem::error("SM437", text).at(self.source.place.clone());
        problem.help(format!("run `skillmeat sync {}`{why}", self.source.name)).into()
    }

    fn not_here(&self) -> Error {
        let text = "it is not in the cache, and this run is offline";
        let problem = Problem::error("SM436", text).at(self.source.place.clone());
        problem.help("run `skillmeat sync` with the network").into()
    }
}

/// Without its history a repository is still read; only its dates are not known.
fn no_dates() -> Problem {
    Problem::warning("SM439", "the history cannot be read, so artifacts have no dates")
        .help("run `skillmeat sync` again; if it stays, run `git log` in the repository")
}
