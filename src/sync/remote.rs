//! A Git source and its clone in the cache: which commit is wanted, and its files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::civil::Date;

use super::Run;
use super::pull::Opened;
use crate::disk;
use crate::error::{Error, Problem, Result};
use crate::format::lock::LockedSource;
use crate::model::source::{Source, published_url};
use crate::source::filter::Filter;
use crate::source::git::{self, Git, Log, Past, Wanted};
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

/// Which commit is to be read.
pub(super) enum Target {
    /// The one the lock names, which is the remote's newest or the only one allowed.
    Locked(LockedSource),
    /// The remote's newest, by its id where there was a clone to ask from.
    Newest(Option<String>),
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
        let (dir, hold) = if run.options.dry_run && !run.env.offline {
            let scratch = disk::scratch_dir()?;
            (git::clone_dir(scratch.path(), url), Hold::Scratch(scratch))
        } else {
            let clone = git::clone_dir(&run.env.cache_dir, url);
            let lock = clone.with_extension("lock");
            let lock = disk::FileLock::acquire_while(&lock, |_| (), || run.env.stop.check())?;
            // What a fetch that was killed had written so far: nobody else fetches now.
            disk::sweep_now(&clone.join("objects/pack"), "tmp_")?;
            (clone, Hold::Lock(lock))
        };
        Ok(Self {
            run,
            source,
            git: Git::find(run.env.stop.clone())?,
            url,
            reference,
            filter: Filter::new(&source.include, &source.exclude)?,
            _hold: hold,
            dir,
        })
    }

    /// The line of the lock that is to hold, and what of it has to be asked of the clone.
    pub(super) fn target(&self) -> Result<Target> {
        let Run { env, lock, options, .. } = self.run;
        let pinned = match lock.sources.get(&self.source.name) {
            Some(LockedSource::Git { url, reference, commit, date })
                if *url == published_url(self.url) =>
            {
                Some((reference.as_deref(), commit.clone(), *date))
            }
            _ => None,
        };
        if options.locked || env.offline {
            let (_, commit, date) = pinned.ok_or_else(|| self.not_in_lock())?;
            return Ok(Target::Locked(self.line(commit, date)));
        }
        let tip = git::tip(&self.git, &self.request(Wanted::Newest));
        let tip = tip.map_err(|error| error.at(&self.source.place))?;
        match pinned {
            Some((reference, commit, date))
                if reference == self.reference && Some(&commit) == tip.as_ref() =>
            {
                Ok(Target::Locked(self.line(commit, date)))
            }
            _ => Ok(Target::Newest(tip)),
        }
    }

    /// Brings the target's commit into the clone; gives the line that the lock will have of it.
    pub(super) fn fetch(&self, target: &Target) -> Result<LockedSource> {
        let wanted = match target {
            Target::Newest(None) => Wanted::Newest,
            Target::Newest(Some(tip)) => Wanted::Tip(tip),
            Target::Locked(line) => Wanted::Commit(line.commit().unwrap_or_default()),
        };
        if let (true, Wanted::Commit(commit)) = (self.run.env.offline, wanted) {
            return match git::commit_date(&self.git, &self.dir, commit) {
                Ok(date) => Ok(self.line(commit.to_owned(), Some(date))),
                Err(_) => Err(self.not_here()),
            };
        }
        let fetched = git::fetch(&self.git, &self.request(wanted));
        let fetched = fetched.map_err(|e| e.at(&self.source.place))?;
        Ok(self.line(fetched.commit, Some(fetched.date)))
    }

    /// The files of the line's commit, which [`Remote::fetch`] brought.
    pub(super) fn open(&self, source: LockedSource) -> Result<Opened> {
        let commit = source.commit().unwrap_or_default();
        let tree = git::open(&self.git, &self.dir, commit, &self.filter)?;
        let (log, problems) = match git::history(&self.git, &self.dir, commit) {
            Ok(log) => (Some(log), Vec::new()),
            Err(error) if error.is_stop() => return Err(error),
            Err(_) => (None, vec![no_dates()]),
        };
        let revision = Some(commit.to_owned());
        Ok(Opened {
            tree,
            source,
            revision,
            dates: Some(log.as_ref().map(Log::dates).unwrap_or_default()),
            log,
            structure: None,
            listing: Listing::default(),
            problems,
        })
    }

    /// Contents of earlier commits; those that are not here are fetched unless this run is offline.
    pub(super) fn past(&self, ids: &BTreeSet<&str>) -> Result<Past> {
        let may_ask = !self.run.env.offline;
        git::past(&self.git, &self.request(Wanted::Newest), ids, may_ask)
    }

    fn line(&self, commit: String, date: Option<Date>) -> LockedSource {
        LockedSource::Git {
            // What may be a secret in the address stays in the configuration.
            url: published_url(self.url),
            reference: self.reference.map(str::to_owned),
            commit,
            date,
        }
    }

    fn request<'b>(&'b self, wanted: Wanted<'b>) -> git::Request<'b> {
        git::Request {
            url: self.url,
            reference: self.reference,
            dir: &self.dir,
            filter: &self.filter,
            wanted,
        }
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
