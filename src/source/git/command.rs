//! Runs the system's `git` so that nothing but what we ask for runs: own settings, own environment,
//! argument lists, a watchdog. Output comes back as bytes, failures as words to classify.
//!
//! Git is run as a program because it alone can fetch in parts and knows the user's logins.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::env::Stop;
use crate::error::Result;

use super::address::Address;
use super::failure::{Failure, missing, too_old};
use crate::source::http::retry;

/// From 2.32 on Git can be told to read no configuration but ours.
const VERSION_MIN: (u32, u32) = (2, 32);

/// Largest output kept; a listing of 100,000 files takes about 10 MB.
const OUTPUT_BYTES_MAX: usize = 512 << 20;

/// The end of what Git says on stderr is kept: the cause stands last.
const STDERR_BYTES_MAX: usize = 16 << 10;

/// Settings of the user that are kept: how to log in, and how to reach a host.
const KEPT: &str = concat!(
    r"^(credential\..*|url\..*\.insteadof|core\.sshcommand|",
    r"http\.(.*\.)?(proxy|sslcainfo|sslcapath))$"
);

/// What every call is told, after the user's settings: nothing runs, nothing is written elsewhere.
const SETTINGS: [(&str, &str); 28] = [
    ("core.hooksPath", "/dev/null"),
    ("core.attributesFile", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.symlinks", "false"),
    ("core.askPass", ""),
    ("core.quotePath", "false"),
    ("credential.interactive", "false"),
    ("protocol.version", "2"),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("transfer.bundleURI", "false"),
    ("transfer.fsckObjects", "true"),
    // Slips of old tools that are in the history of many good repositories and cannot hurt.
    ("fetch.fsck.zeroPaddedFilemode", "ignore"),
    ("fetch.fsck.missingSpaceBeforeDate", "ignore"),
    ("fetch.fsck.badTimezone", "ignore"),
    ("fetch.fsck.missingEmail", "ignore"),
    ("fetch.fsck.badEmail", "ignore"),
    ("fetch.fsck.missingSpaceBeforeEmail", "ignore"),
    ("fetch.fsck.missingNameBeforeEmail", "ignore"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("log.showSignature", "false"),
    // A redirect could lead into the network of whoever runs this.
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "60"),
    ("init.defaultBranch", "main"),
];

/// The user's own settings for reaching a remote; everything else Git would read is dropped.
const ENV_KEPT: [&str; 9] = [
    "GIT_EXEC_PATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_PROXY_SSL_CAINFO",
];

/// Without a terminal ssh cannot ask; it must not wait for ever either.
const SSH: &str = "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15";

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Without a byte, progress included.
    pub idle: Duration,
    pub total: Duration,
}

const PATIENCE: Patience =
    Patience { idle: Duration::from_secs(90), total: Duration::from_secs(1800) };

/// Calls that fail in a way that may pass are made so often in all.
const TRIES: u32 = 3;

/// How often a silent call is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A usable `git` and what it is told on each call.
#[derive(Clone)]
pub struct Git {
    /// The user's settings that are kept, then ours.
    pub(super) settings: Vec<(String, String)>,
    /// Added to the environment of each call; tests set their own `HOME` here.
    pub(super) env: Vec<(String, String)>,
    pub(super) patience: Patience,
    /// A call is given up when the run is to end.
    pub(super) stop: Stop,
}

/// One call.
pub(super) struct Call<'a> {
    pub dir: &'a Path,
    pub args: &'a [&'a str],
    pub input: Vec<u8>,
    /// Without one, no transport at all is allowed.
    pub remote: Option<&'a Address>,
}

impl Git {
    /// Finds `git` in `PATH`, checks its version and reads how the user logs in.
    pub fn find(stop: Stop) -> Result<Self> {
        Self::find_with(Vec::new(), stop)
    }

    pub(super) fn find_with(env: Vec<(String, String)>, stop: Stop) -> Result<Self> {
        let mut git = Self { settings: Vec::new(), env, patience: PATIENCE, stop };
        let output = git.command().arg("version").output().map_err(|cause| missing(&cause))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if version(&text).is_none_or(|version| version < VERSION_MIN) {
            return Err(too_old(text.trim(), VERSION_MIN).into());
        }
        git.settings = git.user_settings();
        git.settings.extend(SETTINGS.map(|(key, value)| (key.to_owned(), value.to_owned())));
        Ok(git)
    }

    /// The kept settings from the system's and the user's configuration, and from no repository's.
    fn user_settings(&self) -> Vec<(String, String)> {
        let mut command = self.command();
        for name in ["GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_GLOBAL"] {
            command.env_remove(name);
        }
        command.env("GIT_DIR", "/dev/null").args(["config", "--null", "--get-regexp", KEPT]);
        // Exit code 1 means none; a configuration that Git cannot read gives none either.
        let Ok(output) = command.output() else { return Vec::new() };
        let text = String::from_utf8_lossy(&output.stdout);
        let pairs = text.split('\0').filter_map(|pair| pair.split_once('\n'));
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            let git = name.to_str().is_some_and(|name| name.starts_with("GIT_"));
            if git && !ENV_KEPT.iter().any(|kept| name == *kept) {
                command.env_remove(&name);
            }
        }
        command
            .env_remove("SSH_ASKPASS")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "")
            .env("GCM_INTERACTIVE", "never")
            .env("GIT_PROTOCOL_FROM_USER", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("LC_ALL", "C")
            .envs(self.env.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::null());
        command
    }

    /// The command of a call, with all settings in its environment: a password in one of them, or
    /// in an address, is not seen in the list of processes.
    fn prepared(&self, call: &Call) -> Command {
        let mut command = self.command();
        let mut settings = self.settings.clone();
        if call.remote.is_some_and(|remote| !remote.is_local) {
            // Said here and not in the repository: a call without a remote then takes a missing
            // blob as missing and never goes to fetch it.
            settings.push(("remote.origin.promisor".into(), "true".into()));
            settings.push(("remote.origin.partialclonefilter".into(), "blob:none".into()));
        }
        if call.remote.is_some_and(|remote| !remote.is_local && remote.is_file()) {
            // Servers are set up to give parts, a repository on this machine seldom is.
            let serve = "git -c uploadpack.allowFilter=true upload-pack";
            settings.push(("remote.origin.uploadpack".into(), serve.into()));
        }
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (i, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{i}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{i}"), value);
        }
        let is_ssh = |name: &str| matches!(name, "GIT_SSH" | "GIT_SSH_COMMAND");
        let has_ssh = settings.iter().any(|(key, _)| key == "core.sshcommand")
            || self.env.iter().any(|(name, _)| is_ssh(name))
            || std::env::vars_os().any(|(name, _)| name.to_str().is_some_and(is_ssh));
        if !has_ssh {
            command.env("GIT_SSH_COMMAND", SSH);
        }
        let protocols = call.remote.map_or("none", |remote| remote.protocols);
        command.env("GIT_ALLOW_PROTOCOL", protocols);
        command.arg("--git-dir").arg(call.dir).args(call.args).current_dir("/");
        command
    }

    /// A process to talk to, for a call that lasts.
    pub(super) fn start(&self, call: &Call) -> std::io::Result<Child> {
        let mut command = self.prepared(call);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    }

    /// Runs a call to its end and gives what it printed. One that talks to a remote is tried again
    /// where the failure is one that passes.
    pub(super) fn run(&self, call: Call) -> std::result::Result<Vec<u8>, Failure> {
        let mut tries = 1;
        loop {
            match self.run_once(&call) {
                Err(failure) if call.remote.is_some() && tries < TRIES && failure.is_passing() => {
                    retry::pause(tries, &self.stop).map_err(Failure::Stopped)?;
                    tries += 1;
                }
                done => return done,
            }
        }
    }

    fn run_once(&self, call: &Call) -> std::result::Result<Vec<u8>, Failure> {
        let mut command = self.prepared(call);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|cause| Failure::said(&cause.to_string()))?;
        let (send, receive) = channel();
        if let Some(mut stdin) = child.stdin.take() {
            // Git may end without reading all; its own words say why.
            let input = call.input.clone();
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        if let Some(stdout) = child.stdout.take() {
            let send = send.clone();
            thread::spawn(move || {
                pump(stdout, &send, Piece::Out);
                send.send(Piece::OutEnd)
            });
        }
        if let Some(stderr) = child.stderr.take() {
            thread::spawn(move || pump(stderr, &send, Piece::Err));
        }
        let heard = listen(&receive, &mut child, self.patience, &self.stop);
        if heard.is_err() {
            // Its own helpers end when their pipes break, or by their own time limits.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|cause| Failure::said(&cause.to_string()))?;
        let (output, stderr) = heard?;
        match self.stop.check() {
            _ if status.success() => Ok(output),
            // A terminal sends Ctrl-C to Git, too.
            Err(stopped) => Err(Failure::Stopped(stopped)),
            Ok(()) => Err(Failure::said(&stderr)),
        }
    }
}

enum Piece {
    Out(Vec<u8>),
    OutEnd,
    Err(Vec<u8>),
}

fn pump(mut from: impl Read, to: &Sender<Piece>, piece: fn(Vec<u8>) -> Piece) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n) = from.read(&mut buffer) {
        if n == 0 || to.send(piece(buffer[..n].to_vec())).is_err() {
            return;
        }
    }
}

/// Collects both streams until they end, or the output and the process, or patience.
fn listen(
    from: &Receiver<Piece>,
    child: &mut Child,
    patience: Patience,
    stop: &Stop,
) -> std::result::Result<(Vec<u8>, String), Failure> {
    let start = Instant::now();
    let mut heard = start;
    let mut is_whole = false;
    let (mut output, mut stderr) = (Vec::new(), VecDeque::new());
    while output.len() <= OUTPUT_BYTES_MAX {
        if let Err(stopped) = stop.check() {
            return Err(Failure::Stopped(stopped));
        }
        match from.recv_timeout(LOOK_EVERY.min(patience.idle)) {
            Ok(Piece::Out(bytes)) => output.extend_from_slice(&bytes),
            Ok(Piece::OutEnd) => is_whole = true,
            Ok(Piece::Err(bytes)) => {
                stderr.extend(bytes);
                let over = stderr.len().saturating_sub(STDERR_BYTES_MAX);
                stderr.drain(..over);
            }
            // A connection that ssh keeps for later holds stderr open after git has ended.
            Err(RecvTimeoutError::Timeout)
                if is_whole && matches!(child.try_wait(), Ok(Some(_))) =>
            {
                return Ok((output, text(stderr)));
            }
            Err(RecvTimeoutError::Timeout) if heard.elapsed() < patience.idle => continue,
            Err(RecvTimeoutError::Timeout) => return Err(Failure::TimedOut(heard.elapsed())),
            Err(RecvTimeoutError::Disconnected) => return Ok((output, text(stderr))),
        }
        heard = Instant::now();
        if start.elapsed() > patience.total {
            return Err(Failure::TimedOut(start.elapsed()));
        }
    }
    Err(Failure::TooMuch)
}

fn text(bytes: VecDeque<u8>) -> String {
    String::from_utf8_lossy(&Vec::from(bytes)).into_owned()
}

/// `git version 2.47.3`, `git version 2.39.5 (Apple Git-154)`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert_eq!(version("git version 2.47.3\n"), Some((2, 47)));
        assert_eq!(version("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(version("git version 3.0"), Some((3, 0)));
        assert_eq!(version("something else"), None);
    }
}
