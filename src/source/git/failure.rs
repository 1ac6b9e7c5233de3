//! What Git said when it failed, to a problem with a remedy. Git's words are matched in English,
//! which `LC_ALL=C` asks for; what is not known is passed on.

use std::time::Duration;

use crate::error::{Error, Exit, Problem};
use crate::words;

use super::address::scrub;

/// Git's own words are cut here.
const WORDS_MAX: usize = 300;

/// How a call failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Its last words, as it wrote them.
    Said(String),
    TimedOut(Duration),
    TooMuch,
    /// The run is to end.
    Stopped(Error),
}

/// What Git says, in lower case, and what that means. The first that is found counts.
const MEANINGS: [(&str, Meaning); 36] = [
    ("host key verification failed", Meaning::HostKey),
    ("authentication failed", Meaning::Login),
    ("could not read username", Meaning::Login),
    ("could not read password", Meaning::Login),
    ("terminal prompts disabled", Meaning::Login),
    ("permission denied", Meaning::Login),
    ("returned error: 401", Meaning::Login),
    ("returned error: 403", Meaning::Login),
    ("returned error: 429", Meaning::RateLimit),
    ("returned error: 30", Meaning::Moved),
    ("unable to update url base from redirection", Meaning::Moved),
    ("returned error: 404", Meaning::NotFound),
    ("returned error: 410", Meaning::NotFound),
    ("repository not found", Meaning::NotFound),
    ("not found", Meaning::NotFound),
    ("does not appear to be a git repository", Meaning::NotFound),
    ("not a git repository", Meaning::NotFound),
    ("does not exist", Meaning::NotFound),
    ("no such file or directory", Meaning::NotFound),
    ("dubious ownership", Meaning::Owner),
    ("could not resolve host", Meaning::Unreachable),
    ("failed to connect", Meaning::Unreachable),
    ("connection refused", Meaning::Unreachable),
    ("connection timed out", Meaning::Unreachable),
    ("connection reset", Meaning::Unreachable),
    ("hung up unexpectedly", Meaning::Unreachable),
    ("returned error: 50", Meaning::Unreachable),
    ("operation too slow", Meaning::Unreachable),
    ("unable to access", Meaning::Unreachable),
    ("fsck error", Meaning::Unsafe),
    ("error in object", Meaning::Unsafe),
    ("repository corruption on the remote", Meaning::Incomplete),
    ("pack-objects died", Meaning::Incomplete),
    ("not our ref", Meaning::Incomplete),
    ("early eof", Meaning::Unreachable),
    ("invalid index-pack output", Meaning::Unsafe),
];

/// What Git says of a connection that broke, or of a server that is not well: worth another try. A
/// host that is not found or refuses is not: mostly nobody is there.
const PASSING: [&str; 9] = [
    "connection reset",
    "connection timed out",
    "early eof",
    "hung up unexpectedly",
    "operation too slow",
    "unexpected disconnect",
    "returned error: 429",
    "returned error: 50",
    "ssl_error_syscall",
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    HostKey,
    Login,
    RateLimit,
    Moved,
    NotFound,
    Owner,
    Unreachable,
    Incomplete,
    Unsafe,
    Unknown,
}

impl Failure {
    pub(super) fn said(words: &str) -> Self {
        Self::Said(words.to_owned())
    }

    /// Whether the same call may do better in a moment.
    pub(super) fn is_passing(&self) -> bool {
        let Failure::Said(stderr) = self else { return false };
        let words = stderr.to_lowercase();
        // A remote that speaks ssh also hangs up on whoever it does not let in.
        !matches!(meaning(stderr), Meaning::Login | Meaning::HostKey | Meaning::NotFound)
            && PASSING.iter().any(|said| words.contains(said))
    }

    /// For a call that talks to the remote at `url`, which is shown scrubbed.
    pub(super) fn remote(&self, url: &str) -> Error {
        let url = scrub(url);
        let (meaning, cause) = match self {
            Failure::Said(stderr) => (meaning(stderr), cause(stderr)),
            Failure::TimedOut(after) => {
                let message = format!("`{url}` was given up after {} s", after.as_secs());
                return Problem::error("SM418", message).help("try again later").into();
            }
            Failure::TooMuch => (Meaning::Unknown, "it sent too much".to_owned()),
            Failure::Stopped(error) => return error.clone(),
        };
        let (code, exit, what, help) = match meaning {
            Meaning::HostKey => (
                "SM421",
                Exit::Denied,
                "is not a host that ssh knows",
                "connect to it once with `ssh`, which asks whether to trust its key",
            ),
            Meaning::Login => (
                "SM420",
                Exit::Denied,
                "asks for a login, or does not exist",
                "check the address; for a private repository set up a credential helper or an ssh \
                 key, so that `git ls-remote` works without asking",
            ),
            Meaning::RateLimit => {
                ("SM422", Exit::Denied, "takes no more requests for now", "try again later")
            }
            Meaning::Moved => (
                "SM423",
                Exit::Failed,
                "answers with a redirect, which is not followed",
                "write the address it has now; some hosts want it to end in `.git`",
            ),
            Meaning::NotFound => {
                ("SM416", Exit::Failed, "is not a repository", "correct `git:` of the source")
            }
            Meaning::Owner => (
                "SM416",
                Exit::Failed,
                "belongs to another user",
                "make it yours, or write its address as `ssh://…`",
            ),
            Meaning::Unreachable => {
                ("SM417", Exit::Failed, "cannot be reached", "check the network and the address")
            }
            Meaning::Incomplete => (
                "SM427",
                Exit::Failed,
                "lacks objects of its own",
                "name the address it was cloned from, or run `git fetch --refetch` in it",
            ),
            Meaning::Unsafe => (
                "SM424",
                Exit::Failed,
                "holds objects that Git takes for malformed or hostile",
                "ask its owner to run `git fsck`; the source is not read until then",
            ),
            Meaning::Unknown => (
                "SM419",
                Exit::Failed,
                "could not be fetched",
                "run `git ls-remote` on the address to see more",
            ),
        };
        let message = format!("the repository `{url}` {what}: {cause}");
        Error::new(exit, Problem::error(code, message).help(help))
    }

    /// For a call that reads our own clone.
    pub(super) fn local(&self) -> Error {
        let cause = match self {
            Failure::Said(stderr) => cause(stderr),
            Failure::TimedOut(after) => format!("given up after {} s", after.as_secs()),
            Failure::TooMuch => "it holds too much".to_owned(),
            Failure::Stopped(error) => return error.clone(),
        };
        damaged(&cause)
    }
}

/// Our clone cannot be read; fetching makes a new one.
pub(super) fn damaged(cause: &str) -> Error {
    let message = format!("the cached clone cannot be read: {cause}");
    Problem::error("SM425", message).help("run `skillmeat sync`, which makes it anew").into()
}

pub(super) fn missing(cause: &std::io::Error) -> Error {
    let message = format!("`git` cannot be run: {}", cause.kind());
    Problem::error("SM411", message).help("install Git 2.32 or newer, and put it in `PATH`").into()
}

pub(super) fn too_old(version: &str, (major, minor): (u32, u32)) -> Problem {
    let version = words::visible(version);
    Problem::error("SM411", format!("`{version}` is too old"))
        .help(format!("install Git {major}.{minor} or newer"))
}

fn meaning(stderr: &str) -> Meaning {
    let words = stderr.to_lowercase();
    let found = MEANINGS.iter().find(|(said, _)| words.contains(said));
    found.map_or(Meaning::Unknown, |(_, meaning)| *meaning)
}

/// The line that says why, fit for a terminal: no login, no escapes, not too long.
fn cause(stderr: &str) -> String {
    let lines = || stderr.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    let marked = lines().find_map(|line| {
        let line = line.strip_prefix("remote: ").unwrap_or(line);
        ["fatal: ", "error: ", "ERROR: "].iter().find_map(|mark| line.strip_prefix(mark))
    });
    let line = marked.or_else(|| lines().next_back()).unwrap_or("git says nothing");
    let clean = words::visible(&scrub(line));
    clean.chars().take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_has_a_code_an_exit_and_no_password() {
        for (stderr, code, exit) in [
            ("fatal: Authentication failed for 'https://u:pw@h/x/'", "SM420", Exit::Denied),
            ("fatal: could not read Username for 'https://h': x", "SM420", Exit::Denied),
            ("git@h: Permission denied (publickey).\nfatal: x", "SM420", Exit::Denied),
            ("Host key verification failed.\nfatal: x", "SM421", Exit::Denied),
            (
                "fatal: unable to access 'h': The requested URL returned error: 429",
                "SM422",
                Exit::Denied,
            ),
            (
                "fatal: unable to access 'h': The requested URL returned error: 301",
                "SM423",
                Exit::Failed,
            ),
            (
                "remote: Repository not found.\nfatal: repository 'h' not found",
                "SM416",
                Exit::Failed,
            ),
            ("fatal: unable to access 'h': Could not resolve host: h", "SM417", Exit::Failed),
            (
                "error: object 12: hasDotgit: contains '.git'\nfatal: fsck error in packed object",
                "SM424",
                Exit::Failed,
            ),
            ("fatal: something new\u{1b}[2J", "SM419", Exit::Failed),
        ] {
            let error = Failure::said(stderr).remote("https://u:pw@h/x");
            let text = error.to_string();
            assert_eq!((error.problems[0].code.as_str(), error.exit), (code, exit), "{stderr}");
            assert!(!text.contains("pw") && !text.contains('\u{1b}'), "{text}");
        }
    }
}
