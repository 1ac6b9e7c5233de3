//! An `agent-skills/index.json` to a tree of `skills/<name>/…`.
//!
//! The forms it takes (cloudflare/agent-skills-discovery-rfc): `files` as paths (0.1), `files` with a
//! digest each (a draft of 0.2), and one `url` with a digest, of a `SKILL.md` or an archive (0.2).
//! A digest that does not fit fails the source; an entry that cannot be used is left out and told.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::contents::{Contents, check_name, left_out, path_below, revision};
use super::{Gathered, Request, archive};
use crate::error::{Error, Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::model::path::RelPath;
use crate::source::http::{encoded, shown, unusable};
use crate::source::listing::Listing;
use crate::source::memory::Answer;
use crate::source::{FILES_MAX, too_many};
use crate::words;

/// Where an index is, below the root of a site: now, and before.
const PLACES: [&str; 2] =
    ["/.well-known/agent-skills/index.json", "/.well-known/skills/index.json"];

/// What the `$schema` of a form that we know holds.
const SCHEMA: &str = "/discovery/0.2";

/// More skills than any index has.
const SKILLS_MAX: usize = 50_000;

/// One file that an index names.
struct Wanted {
    /// The skill's directory, for an archive; else the file's own path.
    path: RelPath,
    url: String,
    digest: Option<ContentHash>,
    is_archive: bool,
}

/// What an index comes to.
#[derive(Default)]
struct Read {
    wanted: Vec<Wanted>,
    /// Directories of skills of which the index says one digest for all files.
    sums: Vec<(RelPath, ContentHash)>,
    problems: Vec<Problem>,
}

pub(super) fn open(request: &Request<'_>) -> Result<Gathered> {
    let (url, index) = find(request)?;
    let Read { wanted, sums, mut problems } = read(request, &url, &index)?;
    if wanted.len() > FILES_MAX {
        return Err(too_many().into());
    }
    let mut contents = Contents::new(request.memory);
    let is_taken = |one: &Wanted| one.is_archive || request.filter.takes(&one.path);
    let wanted: Vec<Wanted> = wanted.into_iter().filter(is_taken).collect();
    fetch(request, wanted, &mut contents, &mut problems)?;
    for (dir, digest) in sums {
        if contents.sum_below(&dir).is_some_and(|sum| sum != digest) {
            return Err(differs(&url, &format!("the files of `{}`", dir.file_name())).into());
        }
    }
    let (tree, files) = contents.into_tree(request.filter)?;
    let revision = revision(files, &problems);
    Ok(Gathered { tree, revision, structure: None, listing: Listing::default(), problems })
}

/// The index, and where it was found in the end.
fn find(request: &Request<'_>) -> Result<(String, Value)> {
    let base = request.web.url.trim_end_matches('/');
    if base.ends_with(".json") {
        let json = request.client.get_json(base)?;
        return Ok((json.url, json.value));
    }
    let places: Vec<String> = match base.find("/.well-known/") {
        Some(_) => vec![format!("{base}/index.json")],
        None => PLACES.iter().map(|place| format!("{base}{place}")).collect(),
    };
    for url in places {
        if let Some(json) = request.client.find_json(&url)? {
            return Ok((json.url, json.value));
        }
    }
    let text = format!("`{}` has no index of skills", shown(base));
    let help = "give the address of a site with `/.well-known/agent-skills/index.json`";
    Err(Problem::error("SM442", text).help(help).into())
}

fn read(request: &Request<'_>, url: &str, index: &Value) -> Result<Read> {
    if let Some(schema) = index.get("$schema").and_then(Value::as_str)
        && !schema.contains(SCHEMA)
    {
        let schema: String = words::visible(schema).chars().take(100).collect();
        return Err(unusable(url, &format!("has a form that is not known: `{schema}`")));
    }
    let Some(skills) = index.get("skills").and_then(Value::as_array) else {
        return Err(unusable(url, "has no list `skills`"));
    };
    if skills.len() > SKILLS_MAX {
        return Err(unusable(url, &format!("names more than {SKILLS_MAX} skills")));
    }
    let mut read = Read::default();
    let mut names = BTreeSet::new();
    for (at, skill) in skills.iter().enumerate() {
        let name = skill.get("name").and_then(Value::as_str).unwrap_or_default();
        let checked = match check_name(name) {
            _ if name.contains('/') => Err("holds a slash"),
            Ok(()) if name.starts_with('.') => Err("starts with a dot"),
            checked => checked,
        };
        if let Err(why) = checked {
            let name = words::visible(&name.chars().take(100).collect::<String>());
            let text = match name.as_str() {
                "" => format!("skill {} has no name", at + 1),
                name => format!("the name `{name}` of skill {} {why}", at + 1),
            };
            read.problems.push(left_out(text));
            continue;
        }
        if !names.insert(name) {
            return Err(unusable(url, &format!("names the skill `{name}` twice")));
        }
        let dir = RelPath::root().join("skills").join(name);
        let skill = skill.as_object();
        if let Err(why) = skill
            .ok_or_else(String::new)
            .and_then(|skill| entry(request, url, &dir, skill, &mut read))
        {
            let place = Place::file(dir.as_str());
            read.problems.push(left_out(format!("the skill `{name}` {why}")).at(place));
        }
    }
    Ok(read)
}

fn message(error: Error) -> String {
    error.problems.into_iter().map(|problem| problem.message).collect()
}

/// The files of one entry, or why it cannot be used.
fn entry(
    request: &Request<'_>,
    url: &str,
    dir: &RelPath,
    skill: &Map<String, Value>,
    read: &mut Read,
) -> std::result::Result<(), String> {
    let text = |key: &str| skill.get(key).and_then(Value::as_str);
    let digest = text("digest").map(digest_of).transpose()?;
    if let Some(link) = text("url") {
        let is_archive = match text("type") {
            Some("skill-md") => false,
            Some("archive") => true,
            None => !link.to_ascii_lowercase().ends_with(".md"),
            Some(other) => {
                let other: String = words::visible(other).chars().take(60).collect();
                return Err(format!("is of the unknown type `{other}`"));
            }
        };
        let url = request
            .client
            .join(url, link)
            .map_err(|error| format!("is nowhere: {}", message(error)))?;
        let path = if is_archive { dir.clone() } else { dir.join("SKILL.md") };
        read.wanted.push(Wanted { path, url, digest, is_archive });
        return Ok(());
    }
    let Some(files) = skill.get("files").and_then(Value::as_array) else {
        return Err("has neither `url` nor `files`".to_owned());
    };
    let (mut wanted, mut n_refused) = (Vec::new(), 0);
    for file in files {
        let text = file.as_str().or_else(|| file.get("path")?.as_str()).unwrap_or_default();
        let path = match path_below(dir, text) {
            Ok(path) => path,
            Err(why) => {
                let text = words::visible(&text.chars().take(100).collect::<String>());
                let words = format!("the path `{text}` of `{}` {why}", dir.file_name());
                read.problems.push(left_out(words).at(Place::file(dir.as_str())));
                n_refused += 1;
                continue;
            }
        };
        let digest = file.get("digest").and_then(Value::as_str).map(digest_of).transpose()?;
        let names: Vec<String> = path.names().skip(1).map(encoded).collect();
        let url = request
            .client
            .join(url, &names.join("/"))
            .map_err(|error| format!("is nowhere: {}", message(error)))?;
        wanted.push(Wanted { path, url, digest, is_archive: false });
    }
    let is_whole = n_refused == 0 && wanted.iter().all(|one| request.filter.takes(&one.path));
    read.sums.extend(digest.filter(|_| is_whole).map(|digest| (dir.clone(), digest)));
    read.wanted.append(&mut wanted);
    Ok(())
}

fn digest_of(text: &str) -> std::result::Result<ContentHash, String> {
    let text: String = text.chars().take(100).collect();
    text.parse()
        .map_err(|why: String| format!("has a digest that is none: {}", words::visible(&why)))
}

/// Takes what is remembered from memory and the rest from the server.
fn fetch(
    request: &Request<'_>,
    wanted: Vec<Wanted>,
    contents: &mut Contents,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    let (mut anew, mut unsure) = (Vec::new(), Vec::new());
    for one in wanted {
        match one.digest {
            Some(digest) if one.is_archive => match request.memory.answer(&one.url) {
                Some(old) if ContentHash::of(&old.body) == digest => {
                    unpack(&one, &old.body, contents, problems)?;
                }
                _ => anew.push(one),
            },
            Some(digest) if contents.recall(&one.path, digest) => {}
            Some(_) => anew.push(one),
            None => unsure.push(one),
        }
    }
    let (n_anew, total) = (anew.len(), anew.len() + unsure.len());
    let urls = |list: &[Wanted]| list.iter().map(|one| one.url.clone()).collect::<Vec<_>>();
    let on_anew = |done, _| (request.on_progress)(done, total);
    let found = request.client.get_all(&urls(&anew), &on_anew)?;
    for (one, fetched) in anew.into_iter().zip(found) {
        if one.digest.is_some_and(|digest| ContentHash::of(&fetched.body) != digest) {
            return Err(differs(&one.url, "its content").into());
        }
        if one.is_archive {
            unpack(&one, &fetched.body, contents, problems)?;
            // Its digest says whether it is still the same: no need to ask for it.
            let answer = Answer { etag: None, modified: None, body: fetched.body };
            request.memory.keep_answer(&one.url, answer);
        } else {
            contents.add(one.path, fetched.body, false);
        }
    }
    let on_unsure = |done, _| (request.on_progress)(n_anew + done, total);
    let found = request.client.confirm_all(&urls(&unsure), &on_unsure)?;
    for (one, fetched) in unsure.into_iter().zip(found) {
        let is_page = fetched.media.as_deref() == Some("text/html");
        if is_page && !one.path.as_str().to_ascii_lowercase().contains(".htm") {
            return Err(unusable(&one.url, "is a page, not the file: perhaps a login page"));
        }
        if one.is_archive {
            unpack(&one, &fetched.body, contents, problems)?;
        } else {
            contents.add(one.path, fetched.body, false);
        }
    }
    Ok(())
}

fn unpack(
    one: &Wanted,
    bytes: &[u8],
    contents: &mut Contents,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    let name = one.path.file_name();
    let place = Place::file(one.path.as_str());
    match archive::unpack(bytes) {
        Ok(unpacked) => {
            if unpacked.n_others > 0 {
                let links = words::count(unpacked.n_others, "link or device");
                let text = format!("the archive of `{name}` holds {links}, which are left out");
                problems.push(Problem::warning("SM453", text).at(place));
            }
            for file in unpacked.files {
                let path = file.path.names().fold(one.path.clone(), |dir, name| dir.join(name));
                contents.add(path, file.bytes, file.executable);
            }
        }
        Err(why) => problems.push(left_out(format!("the archive of `{name}` {why}")).at(place)),
    }
    contents.check_size(&one.url)
}

fn differs(url: &str, what: &str) -> Problem {
    let text = format!("{what} at `{}` is not what the index says: its digest differs", shown(url));
    let help =
        "nothing of the source is taken; it may be about to change: run `skillmeat sync` again";
    Problem::error("SM452", text).help(help)
}
