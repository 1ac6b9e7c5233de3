//! What an artifact can do once an agent has it: what its metadata says and its files show, as
//! facts.

use serde::Serialize;

use super::scan::{self, Scan};
use crate::catalog::Index;
use crate::error::Result;
use crate::format::redact;
use crate::model::artifact::{Artifact, Capabilities, External, File, HookAction, Server};
use crate::model::id::Kind;
use crate::site::Site;
use crate::site::page::facts;
use crate::site::page::frame::{line, web_link};
use crate::site::routes::is_binary;

#[derive(Serialize)]
pub(super) struct Can {
    /// How many facts there are.
    pub n: usize,
    tools: Vec<String>,
    model: Option<String>,
    argument_hint: Option<String>,
    hooks: Vec<HookView>,
    server: Option<ServerView>,
    pub external: Option<ExternalView>,
    scripts: Vec<ScriptView>,
    /// Run while a client reads the prompt.
    prompt_commands: Vec<String>,
    hosts: Vec<HostView>,
    n_more_hosts: usize,
    hidden: Vec<HiddenView>,
    n_more_hidden: usize,
    binaries: Vec<BinaryView>,
    n_more_binaries: usize,
    /// Files whose text was looked through, and those that were not.
    n_read: usize,
    n_unread: usize,
}

#[derive(Serialize)]
struct HookView {
    event: String,
    matcher: Option<String>,
    kind: String,
    action: String,
}

#[derive(Serialize)]
struct ServerView {
    transport: String,
    command: Option<String>,
    url: Option<String>,
    env: Vec<String>,
    headers: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct ExternalView {
    url: String,
    link: Option<String>,
    path: Option<String>,
    at: Option<String>,
}

#[derive(Serialize)]
struct ScriptView {
    path: String,
    url: Option<String>,
    size: u64,
    executable: bool,
    interpreter: Option<String>,
}

#[derive(Serialize)]
struct HostView {
    host: String,
    n: usize,
}

#[derive(Serialize)]
struct HiddenView {
    path: String,
    url: Option<String>,
    line: usize,
    chars: Vec<String>,
    spelt: String,
}

#[derive(Serialize)]
struct BinaryView {
    path: String,
    size: u64,
}

/// Larger files are not looked through, nor more files or bytes of one artifact.
const FILE_BYTES_MAX: u64 = 256 << 10;
const FILES_MAX: usize = 200;
const BYTES_MAX: u64 = 4 << 20;
/// Of a long list, so many are shown.
const SHOWN_MAX: usize = 40;

/// What the texts say, with what runs each script.
struct Read {
    scan: Scan,
    /// Beside the files: the program of the first line.
    interpreters: Vec<Option<String>>,
    prompt_commands: Vec<String>,
    /// Beside the files: bytes that are no text.
    binary: Vec<bool>,
    n_read: usize,
    n_unread: usize,
}

pub(super) fn can(site: &Site<'_>, at: Index) -> Result<Can> {
    let artifact = &site.catalog.artifacts[at];
    let can: &Capabilities = &artifact.can;
    let read = read(site, artifact)?;
    let scripts = scripts(site, at, &read.interpreters);
    let mut hosts: Vec<HostView> =
        read.scan.hosts.into_iter().map(|(host, n)| HostView { host, n }).collect();
    hosts.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.host.cmp(&b.host)));
    let n_hosts = hosts.len();
    hosts.truncate(SHOWN_MAX);
    let mut binaries: Vec<BinaryView> = std::iter::zip(&artifact.files, &read.binary)
        .filter(|(_, binary)| **binary)
        .map(|(file, _)| BinaryView { path: line(&file.path), size: file.size })
        .collect();
    let n_binaries = binaries.len();
    binaries.truncate(SHOWN_MAX);
    let n_hidden = read.scan.hidden.len() + read.scan.n_more_hidden;
    let n = can.tools.len()
        + usize::from(can.model.is_some())
        + usize::from(can.argument_hint.is_some())
        + can.hooks.len()
        + usize::from(can.server.is_some())
        + scripts.len()
        + read.prompt_commands.len()
        + n_hosts
        + n_hidden
        + n_binaries;
    Ok(Can {
        n,
        tools: can.tools.iter().map(|tool| line(tool)).collect(),
        model: can.model.as_deref().map(line),
        argument_hint: can.argument_hint.as_deref().map(line),
        hooks: can.hooks.iter().map(hook).collect(),
        server: can.server.as_ref().map(server),
        external: can.external.as_ref().map(external),
        scripts,
        prompt_commands: read.prompt_commands.iter().map(|one| line(&redact::urls(one))).collect(),
        hosts,
        n_more_hosts: n_hosts.saturating_sub(SHOWN_MAX),
        hidden: hidden(site, at, &read.scan.hidden),
        n_more_hidden: read.scan.n_more_hidden,
        binaries,
        n_more_binaries: n_binaries.saturating_sub(SHOWN_MAX),
        n_read: read.n_read,
        n_unread: read.n_unread,
    })
}

/// Looks through the texts, in the order of their paths, as far as the limits go.
fn read(site: &Site<'_>, artifact: &Artifact) -> Result<Read> {
    let n = artifact.files.len();
    let mut read = Read {
        scan: Scan::default(),
        interpreters: vec![None; n],
        prompt_commands: Vec::new(),
        binary: artifact.files.iter().map(|file| is_binary(&file.path)).collect(),
        n_read: 0,
        n_unread: 0,
    };
    let mut left = BYTES_MAX;
    for (place, file) in artifact.files.iter().enumerate() {
        if read.binary[place] {
            continue;
        }
        if file.size > FILE_BYTES_MAX || file.size > left || read.n_read == FILES_MAX {
            read.n_unread += 1;
            continue;
        }
        left -= file.size;
        let Ok(text) = String::from_utf8(site.contents.read(artifact, file)?) else {
            read.binary[place] = true;
            continue;
        };
        read.n_read += 1;
        read.scan.add(place, &text);
        read.interpreters[place] = scan::interpreter(&text);
        let is_prompt = matches!(artifact.id.kind, Kind::Command | Kind::Skill);
        if is_prompt && artifact.document.as_ref() == Some(&file.path) {
            read.prompt_commands = scan::prompt_commands(&text, SHOWN_MAX);
        }
    }
    Ok(read)
}

fn scripts(site: &Site<'_>, at: Index, interpreters: &[Option<String>]) -> Vec<ScriptView> {
    let files = site.catalog.artifacts[at].files.iter().zip(interpreters).enumerate();
    let is_one = |file: &File, interpreter: &Option<String>| {
        file.executable || interpreter.is_some() || by_ending(&file.path).is_some()
    };
    files
        .filter(|(_, (file, interpreter))| is_one(file, interpreter))
        .map(|(place, (file, interpreter))| ScriptView {
            path: line(&file.path),
            url: site.routes.file_url(site.catalog, at, place),
            size: file.size,
            executable: file.executable,
            interpreter: interpreter
                .as_deref()
                .map(line)
                .or_else(|| by_ending(&file.path).map(ToOwned::to_owned)),
        })
        .collect()
}

/// What usually runs a file of this name.
fn by_ending(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "sh" => "sh",
        "bash" => "bash",
        "py" => "python",
        "js" | "mjs" | "cjs" => "node",
        "ts" => "TypeScript",
        "rb" => "ruby",
        "pl" => "perl",
        "ps1" => "PowerShell",
        _ => return None,
    })
}

fn hidden(site: &Site<'_>, at: Index, hidden: &[scan::Hidden]) -> Vec<HiddenView> {
    let one = |one: &scan::Hidden| {
        let chars = one.chars.iter().map(|(c, n)| {
            let code = format!("U+{:04X}", u32::from(*c));
            let times = if *n > 1 { format!(", {n} times") } else { String::new() };
            match scan::name(*c) {
                name @ "tag characters" => format!("{n} {name}"),
                name => format!("{code} {name}{times}"),
            }
        });
        HiddenView {
            path: line(&site.catalog.artifacts[at].files[one.place].path),
            url: site.routes.file_url(site.catalog, at, one.place),
            line: one.line,
            chars: chars.collect(),
            spelt: line(&one.spelt),
        }
    };
    hidden.iter().map(one).collect()
}

fn hook(hook: &HookAction) -> HookView {
    HookView {
        event: line(&hook.event),
        matcher: hook.matcher.as_deref().map(line),
        kind: line(&hook.kind),
        action: line(&redact::urls(&hook.action)),
    }
}

fn server(server: &Server) -> ServerView {
    ServerView {
        transport: line(&server.transport),
        command: facts::command_line(server),
        url: facts::address(server),
        env: server.env.iter().map(|name| line(name)).collect(),
        headers: server.headers.iter().map(|name| line(name)).collect(),
    }
}

fn external(external: &External) -> ExternalView {
    ExternalView {
        url: line(&redact::url(&external.url)),
        link: web_link(&external.url),
        path: external.path.as_deref().map(line),
        at: external.at.as_deref().map(|at| {
            let is_commit = at.len() == 40 && at.bytes().all(|b| b.is_ascii_hexdigit());
            if is_commit { facts::short(at) } else { line(at) }
        }),
    }
}
