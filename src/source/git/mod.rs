//! A Git repository to a tree: a bare clone in the cache, brought up to date, read without a
//! checkout.
//!
//! A clone has all commits and directories, which history needs, and of the contents only what was
//! asked for, where the remote can serve parts. Only [`fetch`] talks to a remote. Knows nothing of
//! the lock: it is told which commit is wanted.

mod address;
mod blobs;
mod command;
mod failure;
mod history;
mod listing;
mod parts;
mod past;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::disk;
use crate::error::{Error, Problem, Result};
use crate::model::hash::ContentHash;

use self::address::{Address, check, check_reference, is_commit_id, scrub};
use self::command::Call;
pub use self::command::Git;
use self::failure::{Failure, damaged};
pub use self::history::{Change, Commit, Dates, Log, history};
use self::listing::plan;
pub use self::past::{Content, Past, past};
use super::filter::Filter;
use super::tree::Tree;

/// What is asked of a remote.
pub struct Request<'a> {
    pub url: &'a str,
    /// A branch, a tag or a whole commit id; the remote's default branch when absent.
    pub reference: Option<&'a str>,
    /// Where the clone is kept: an absolute path, one for each URL. Made when missing, and made
    /// anew when it cannot be read. One process at a time fetches into it.
    pub dir: &'a Path,
    /// Whose contents are fetched.
    pub filter: &'a Filter,
    pub wanted: Wanted<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// What the reference names now.
    Newest,
    /// The newest as [`tip`] has just told it; asks no remote when it is there.
    Tip(&'a str),
    /// A commit by its whole id, as the lock names it; asks no remote when it is there.
    Commit(&'a str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The whole id.
    pub commit: String,
    /// Of the committer, in UTC.
    pub date: Date,
    /// Whether anything had to be fetched.
    pub has_news: bool,
}

/// Where the clone of a repository is kept in a cache; beside it, ending in `.lock`, the file that is
/// held by whoever uses it.
pub fn clone_dir(cache: &Path, url: &str) -> PathBuf {
    let name = ContentHash::of(url.as_bytes()).short(32);
    cache.join("git").join(format!("{name}.git"))
}

/// The id that the reference has at the remote now, and nothing is fetched. None where there is no
/// clone yet to ask from, or none that is good for it: [`fetch`] makes one.
pub fn tip(git: &Git, request: &Request) -> Result<Option<String>> {
    if let Some(id) = request.reference.filter(|id| is_commit_id(id)) {
        return Ok(Some(id.to_owned()));
    }
    let address = check(request.url)?;
    if let Some(reference) = request.reference {
        check_reference(reference)?;
    }
    if !request.dir.is_dir() {
        return Ok(None);
    }
    let is_in_parts = address.is_local && parts::is_marked(request.dir);
    let address = if is_in_parts { address.in_parts() } else { address };
    disk::write_changed(&request.dir.join("config"), config(&address).as_bytes())?;
    let clone = Clone { git, address: &address, dir: request.dir, is_new: false };
    match clone.tip(request.reference) {
        Err(error) if is_worth_a_new_one(&error) => Ok(None),
        told => told.map(Some),
    }
}

/// Brings a commit and the contents that the filter takes into the clone.
pub fn fetch(git: &Git, request: &Request) -> Result<Fetched> {
    let address = check(request.url)?;
    if address.is_local && parts::is_marked(request.dir) {
        return fetch_from(git, request, &address.in_parts());
    }
    match fetch_from(git, request, &address) {
        // A repository on this machine may itself be a clone in parts: it can give parts, too.
        Err(error) if address.is_local && is_incomplete(&error) => {
            fetch_from(git, request, &address.in_parts())
        }
        done => done,
    }
}

fn fetch_from(git: &Git, request: &Request, address: &Address) -> Result<Fetched> {
    if let Some(reference) = request.reference {
        check_reference(reference)?;
    }
    if let Wanted::Commit(id) | Wanted::Tip(id) = request.wanted {
        check_commit(id)?;
    }
    if request.dir.is_dir() {
        disk::write_changed(&request.dir.join("config"), config(address).as_bytes())?;
        let clone = Clone { git, address, dir: request.dir, is_new: false };
        match clone.bring(request) {
            Err(error) if is_worth_a_new_one(&error) => {}
            done => return done,
        }
    }
    let scratch = disk::scratch_beside(request.dir)?;
    let clone = Clone { git, address, dir: scratch.path(), is_new: true };
    clone.make()?;
    let fetched = clone.bring(request)?;
    disk::place_dir(scratch, request.dir)?;
    Ok(fetched)
}

/// The tree of a commit that [`fetch`] brought with the same filter. Asks no remote.
pub fn open(git: &Git, dir: &Path, commit: &str, filter: &Filter) -> Result<Tree> {
    check_commit(commit)?;
    let plan = plan(git, dir, commit, filter, &parts::absent(dir)?)?;
    if plan.missing.is_empty() { Ok(plan.tree) } else { Err(damaged("contents are missing")) }
}

/// The committer's date of a commit in the clone, in UTC.
pub fn commit_date(git: &Git, dir: &Path, commit: &str) -> Result<Date> {
    check_commit(commit)?;
    peel(git, dir, commit).map(|(_, date)| date)
}

fn check_commit(id: &str) -> Result<()> {
    if is_commit_id(id) {
        return Ok(());
    }
    let problem = Problem::error("SM413", format!("`{id}` is not a whole commit id"));
    Err(problem.help("run `skillmeat sync`, which writes the lock anew").into())
}

/// Whether a damaged clone may be what is behind it: then a new one is tried, and only a whole one
/// takes the place of the old.
fn is_worth_a_new_one(error: &Error) -> bool {
    let may_be = |code: &str| matches!(code, "SM415" | "SM416" | "SM419" | "SM424" | "SM425");
    error.problems.iter().any(|problem| may_be(&problem.code))
}

/// Whether the repository itself lacks objects.
fn is_incomplete(error: &Error) -> bool {
    error.problems.iter().any(|problem| problem.code == "SM427")
}

/// The configuration of a clone. The address stands here and not in argument lists, where other
/// users of the machine would see a password in it.
fn config(address: &Address) -> String {
    let url = address.url.replace('\\', "\\\\").replace('"', "\\\"");
    let core = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
    format!("{core}[remote \"origin\"]\n\turl = \"{url}\"\n")
}

/// The commit an object comes to, through tags, and its date.
fn peel(git: &Git, dir: &Path, id: &str) -> Result<(String, Date)> {
    let args = ["log", "-1", "--no-decorate", "--format=%H %ct", id, "--"];
    let call = Call { dir, args: &args, input: Vec::new(), remote: None };
    let output = git.run(call).map_err(|failure| failure.local())?;
    let text = String::from_utf8_lossy(&output);
    let parts = text.trim().split_once(' ');
    let read = parts.and_then(|(id, seconds)| Some((id.to_owned(), date(seconds)?)));
    read.ok_or_else(|| damaged("a commit has no date"))
}

/// Seconds since 1970, to the day in UTC.
fn date(seconds: &str) -> Option<Date> {
    let timestamp = Timestamp::from_second(seconds.parse().ok()?).ok()?;
    Some(timestamp.to_zoned(TimeZone::UTC).date())
}

struct Clone<'a> {
    git: &'a Git,
    address: &'a Address,
    dir: &'a Path,
    /// Just made: nothing can be in it.
    is_new: bool,
}

impl Clone<'_> {
    /// An empty clone in an empty directory.
    fn make(&self) -> Result<()> {
        let args = ["init", "--quiet", "--bare", "--template="];
        let call = Call { dir: self.dir, args: &args, input: Vec::new(), remote: None };
        self.git.run(call).map_err(|failure| failure.local())?;
        disk::write(&self.dir.join("config"), config(self.address).as_bytes())
    }

    fn bring(&self, request: &Request) -> Result<Fetched> {
        let (id, mut has_news) = match request.wanted {
            Wanted::Newest => self.newest(request)?,
            Wanted::Tip(id) => self.bring_commit(id.to_owned())?,
            Wanted::Commit(id) => self.pinned(id, request)?,
        };
        let (commit, date) = peel(self.git, self.dir, &id)?;
        // First what the filter takes and all links, then what links lead to. From a remote on this
        // machine all contents came along.
        let n_rounds = if self.address.is_local { 0 } else { 2 };
        // What the remote lacked last time is asked for again: it may have been mended.
        let mut absent = BTreeSet::new();
        for _round in 0..n_rounds {
            let missing = plan(self.git, self.dir, &commit, request.filter, &absent)?.missing;
            if missing.is_empty() {
                break;
            }
            has_news |= self.fetch_blobs(missing, &mut absent)?;
        }
        parts::mark(self.dir, self.address, &absent)?;
        Ok(Fetched { commit, date, has_news })
    }

    /// The id the reference has at the remote, fetched if it is not here.
    fn newest(&self, request: &Request) -> Result<(String, bool)> {
        let id = match request.reference {
            Some(id) if is_commit_id(id) => return self.pinned(id, request),
            reference => self.tip(reference)?,
        };
        self.bring_commit(id)
    }

    /// A commit that a branch or tag of the remote names, and whether it had to be fetched.
    fn bring_commit(&self, id: String) -> Result<(String, bool)> {
        let is_here = !self.is_new && self.has(&id);
        if !is_here {
            self.fetch_commit(&id).map_err(|failure| failure.remote(&self.address.url))?;
        }
        Ok((id, !is_here))
    }

    fn pinned(&self, id: &str, request: &Request) -> Result<(String, bool)> {
        if !self.is_new && self.has(id) {
            return Ok((id.to_owned(), false));
        }
        let Err(failure) = self.fetch_commit(id) else { return Ok((id.to_owned(), true)) };
        // Old servers give only what a branch or tag names: the commit may lie behind one.
        let reference = request.reference.filter(|reference| !is_commit_id(reference));
        let tip = self.tip(reference)?;
        if !self.has(&tip) {
            self.fetch_commit(&tip).map_err(|failure| failure.remote(&self.address.url))?;
        }
        if self.has(id) {
            return Ok((id.to_owned(), true));
        }
        let cause = failure.remote(&self.address.url);
        let why = cause.problems.first().map_or("", |problem| problem.message.as_str());
        let message = format!("the commit `{id}` cannot be had: {why}");
        let help = "its history was rewritten; run `skillmeat sync` to take the newest";
        Err(Problem::error("SM415", message).help(help).into())
    }

    /// What a branch, else a tag, or the default branch is at the remote.
    fn tip(&self, reference: Option<&str>) -> Result<String> {
        let names = match reference {
            Some(name) => vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")],
            None => vec!["HEAD".to_owned()],
        };
        let mut args = vec!["ls-remote", "--", "origin"];
        args.extend(names.iter().map(String::as_str));
        let output = self.remote(&args, Vec::new());
        let output = output.map_err(|failure| failure.remote(&self.address.url))?;
        let text = String::from_utf8_lossy(&output);
        let found = names.iter().find_map(|name| {
            let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
            lines.find(|(_, at)| at == name).map(|(id, _)| id)
        });
        match found {
            Some(id) if is_commit_id(id) => Ok(id.to_owned()),
            _ => Err(self.unknown(reference)),
        }
    }

    fn unknown(&self, reference: Option<&str>) -> Error {
        let url = scrub(&self.address.url);
        let (what, help) = match reference {
            Some(name) => {
                (format!("has no branch or tag `{name}`"), "correct `ref:` of the source")
            }
            None => ("has no default branch".to_owned(), "name a branch with `ref:`"),
        };
        Problem::error("SM414", format!("the repository `{url}` {what}")).help(help).into()
    }

    /// Whether the commit lies behind something that an earlier fetch brought to its end.
    fn has(&self, id: &str) -> bool {
        let contains = format!("--contains={id}");
        let args = ["for-each-ref", "--count=1", contains.as_str(), "refs/skillmeat/"];
        self.local(&args).is_ok_and(|found| !found.is_empty())
    }

    /// Commits and directories; the contents too where the remote is on this machine, or cannot
    /// serve parts. The reference is written last and keeps the commit.
    fn fetch_commit(&self, id: &str) -> std::result::Result<(), Failure> {
        let refspec = format!("+{id}:refs/skillmeat/{id}");
        let mut args = vec!["fetch", "--progress", "--no-tags", "--no-write-fetch-head"];
        // The remote may have only the end of its history.
        args.push("--update-shallow");
        if !self.address.is_local {
            args.push("--filter=blob:none");
        }
        args.extend(["--", "origin", refspec.as_str()]);
        self.remote(&args, Vec::new()).map(drop)
    }

    /// Contents by id, all in one go; what the remote itself lacks is `absent`. Says whether any
    /// came.
    fn fetch_blobs(
        &self,
        mut ids: BTreeSet<String>,
        absent: &mut BTreeSet<String>,
    ) -> Result<bool> {
        while !ids.is_empty() {
            let input: String = ids.iter().flat_map(|id| [id.as_str(), "\n"]).collect();
            let Err(failure) = self.remote(&parts::FETCH, input.into_bytes()) else {
                return Ok(true);
            };
            match parts::lacking(&failure).filter(|id| ids.remove(id)) {
                Some(id) if absent.len() < parts::ABSENT_MAX => absent.insert(id),
                _ => return Err(failure.remote(&self.address.url)),
            };
        }
        Ok(false)
    }

    fn remote(&self, args: &[&str], input: Vec<u8>) -> std::result::Result<Vec<u8>, Failure> {
        self.git.run(Call { dir: self.dir, args, input, remote: Some(self.address) })
    }

    fn local(&self, args: &[&str]) -> std::result::Result<Vec<u8>, Failure> {
        self.git.run(Call { dir: self.dir, args, input: Vec::new(), remote: None })
    }
}
