//! The catalog's own files: configuration, lock, collections, pages.

use std::collections::BTreeMap;
use std::path::Path;

use walkdir::WalkDir;

use super::folder;
use super::{ContentImage, ContentPage, Stamps};
use crate::disk;
use crate::env::Env;
use crate::error::{Error, Place, Problem, Result};
use crate::format::config::{self, Config};
use crate::format::lock::{self, Lock};
use crate::format::{collection, frontmatter};
use crate::model::collection::Collection;
use crate::model::hash::ContentHash;
use crate::model::slug;

/// Where collections live, relative to the catalog.
pub const COLLECTIONS: &str = "collections";

/// A lock of 100,000 artifacts is about 20 MB.
pub const LOCK_BYTES_MAX: u64 = 128 << 20;

/// As many as people compare.
const STAMP_DIGITS: usize = 12;

/// Where a catalog's own templates live, relative to the catalog.
pub const TEMPLATES: &str = "templates";

/// Addresses below `/collections/` that the site itself has: no collection may take one.
pub const RESERVED_SLUGS: [&str; 1] = ["all"];

/// The first folders of the site's own addresses: a page of the catalog there moves below `pages/`.
const RESERVED: [&str; 13] = [
    "404",
    "a",
    "api",
    "assets",
    "collections",
    "deployments",
    "kinds",
    "projects",
    "search",
    "settings",
    "sources",
    "sync",
    "tags",
];

pub fn config(env: &Env) -> Result<Config> {
    match disk::read_text(&env.root.join(config::FILE))? {
        Some(text) => config::parse(&text),
        None => {
            let text = format!("there is no `{}` in `{}`", config::FILE, env.root.display());
            let help = "go to a catalog's folder, name it with `-C DIR`, or make one with \
                        `skillmeat init`";
            Err(Problem::error("SM100", text).help(help).into())
        }
    }
}

pub fn lock(env: &Env) -> Result<Lock> {
    lock_text(env)?.map_or_else(|| Ok(Lock::default()), |text| lock::parse(&text))
}

pub(super) fn lock_text(env: &Env) -> Result<Option<String>> {
    disk::read_text_up_to(&env.root.join(lock::FILE), LOCK_BYTES_MAX)
}

/// What tells one state of the catalog's files from another.
pub fn stamps(env: &Env) -> Result<Stamps> {
    let config = disk::read_text(&env.root.join(config::FILE))?;
    Ok(Stamps { config: config.as_deref().map(stamp), lock: lock_text(env)?.as_deref().map(stamp) })
}

fn stamp(text: &str) -> String {
    ContentHash::of(text.as_bytes()).short(STAMP_DIGITS)
}

/// The catalog's own templates and static files, by their path below `templates/`.
pub fn templates(env: &Env) -> Result<BTreeMap<String, Vec<u8>>> {
    let root = env.root.join(TEMPLATES);
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(&root).into_iter().filter_map(std::result::Result::ok) {
        let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        if let (true, Some(name)) = (entry.file_type().is_file(), below.to_str()) {
            let bytes = disk::read_up_to(entry.path(), disk::TEXT_BYTES_MAX)?;
            files.insert(name.replace('\\', "/"), bytes);
        }
    }
    Ok(files)
}

/// The hashes of files that were read, by their paths below the catalog.
pub type Hashes = BTreeMap<String, ContentHash>;

/// All collections, sorted by order and then slug; `hashes` gets each of their files. All problems
/// of all files are reported at once.
pub fn collections(env: &Env, hashes: &mut Hashes) -> Result<Vec<Collection>> {
    let dir = env.root.join(COLLECTIONS);
    let mut all = Vec::new();
    let mut problems = Vec::new();
    for slug in disk::list_dirs(&dir)? {
        if slug.starts_with('.') {
            continue;
        }
        if slug::slug(&slug) != slug {
            problems.push(bad_name(format!("{COLLECTIONS}/{slug}"), &slug));
            continue;
        }
        if RESERVED_SLUGS.contains(&slug.as_str()) {
            let text =
                format!("the site has `/{COLLECTIONS}/{slug}/` already: it shows everything");
            let place = Place::file(format!("{COLLECTIONS}/{slug}"));
            let help = "rename the folder; the collection's title may be anything";
            problems.push(Problem::error("SM232", text).at(place).help(help));
            continue;
        }
        match read_collection(env, &slug, hashes) {
            Ok(collection) => all.push(collection),
            Err(mut error) => problems.append(&mut error.problems),
        }
    }
    Error::check(problems)?;
    all.sort_by(|a: &Collection, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
    Ok(all)
}

/// The text of a file, with its hash noted; nothing where there is none.
fn read_noted(env: &Env, file: &str, hashes: &mut Hashes) -> Result<String> {
    let text = disk::read_text(&env.root.join(file))?;
    if let Some(text) = &text {
        hashes.insert(file.to_owned(), ContentHash::of(text.as_bytes()));
    }
    Ok(text.unwrap_or_default())
}

/// One collection with its groups, as its folder has it; `hashes` gets each of their files.
pub fn read_collection(env: &Env, slug: &str, hashes: &mut Hashes) -> Result<Collection> {
    let dir = format!("{COLLECTIONS}/{slug}");
    let file = format!("{dir}/collection.yaml");
    let text = read_noted(env, &file, hashes)?;
    let mut problems = Vec::new();
    let mut groups = Vec::new();
    for name in disk::list_files(&env.root.join(&dir).join("groups"))? {
        let file = format!("{dir}/groups/{name}");
        let Some(slug) = group_slug(&name) else { continue };
        if slug::slug(slug) != slug {
            problems.push(bad_name(file, slug));
            continue;
        }
        let text = read_noted(env, &file, hashes)?;
        match collection::parse_group(slug, &file, &text) {
            Ok(group) => groups.push(group),
            Err(mut error) => problems.append(&mut error.problems),
        }
    }
    match collection::parse_collection(slug, &file, &text) {
        Ok(mut collection) if problems.is_empty() => {
            groups.sort_by(|a, b| (a.order, &a.slug).cmp(&(b.order, &b.slug)));
            collection.groups = groups;
            Ok(collection)
        }
        Ok(_) => Err(Error { exit: crate::error::Exit::Failed, problems }),
        Err(mut error) => {
            error.problems.append(&mut problems);
            Err(error)
        }
    }
}

/// The slug of the group in a file of this name; `None` where it is none.
pub fn group_slug(name: &str) -> Option<&str> {
    name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))
}

fn bad_name(file: String, slug: &str) -> Problem {
    let good = slug::slug(slug);
    Problem::error("SM232", format!("`{slug}` cannot be part of a URL"))
        .at(Place::file(file))
        .help(format!("rename it to `{good}`; its title may be anything"))
}

/// What the page folders hold, less path sources: pages and the images beside them.
#[derive(Default)]
pub struct Content {
    /// Sorted by file, as are the images.
    pub pages: Vec<ContentPage>,
    pub images: Vec<ContentImage>,
}

/// Larger images are left out, with a problem.
pub const IMAGE_BYTES_MAX: u64 = 2 << 20;
/// All images together, so that a folder of photographs does not fill the memory.
const IMAGES_BYTES_MAX: usize = 64 << 20;
const IMAGE_ENDINGS: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "avif", "svg"];

pub fn content(env: &Env, config: &Config, problems: &mut Vec<Problem>) -> Result<Content> {
    let sources: Vec<_> =
        config.sources.iter().filter_map(|source| folder::path_of(env, source)).collect();
    let mut content = Content::default();
    for folder in &config.site.pages {
        let root = env.path(folder);
        let walk = WalkDir::new(&root).sort_by_file_name().into_iter().filter_entry(|entry| {
            let is_hidden =
                entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
            !is_hidden && !sources.iter().any(|source| entry.path() == source)
        });
        for entry in walk.filter_map(std::result::Result::ok) {
            if !entry.file_type().is_file() {
                continue;
            }
            let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
            let ending = entry.path().extension().unwrap_or_default().to_string_lossy();
            if ending == "md" {
                content.pages.extend(page(folder, below, entry.path(), problems)?);
            } else if IMAGE_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()) {
                let taken = content.images.iter().map(|image| image.bytes.len()).sum();
                content.images.extend(image(folder, below, entry.path(), taken, problems)?);
            }
        }
    }
    content.pages.sort_by(|a: &ContentPage, b| a.file.cmp(&b.file));
    content.images.sort_by(|a: &ContentImage, b| a.file.cmp(&b.file));
    content.images.dedup_by(|a, b| a.file == b.file);
    Ok(content)
}

/// One image; `None`, and a problem, when it is too large.
fn image(
    folder: &str,
    below: &Path,
    path: &Path,
    taken: usize,
    problems: &mut Vec<Problem>,
) -> Result<Option<ContentImage>> {
    let below = below.to_string_lossy().replace('\\', "/");
    let file = format!("{}/{below}", folder.trim_matches('/'));
    let bytes = disk::read_up_to(path, IMAGE_BYTES_MAX + 1)?;
    let why = if bytes.len() as u64 > IMAGE_BYTES_MAX {
        format!("the image is larger than {} MiB", IMAGE_BYTES_MAX >> 20)
    } else if taken + bytes.len() > IMAGES_BYTES_MAX {
        format!("the images of all pages are larger than {} MiB", IMAGES_BYTES_MAX >> 20)
    } else {
        return Ok(Some(ContentImage { file, bytes }));
    };
    let problem = Problem::warning("SM622", format!("{why} and is left out"));
    problems.push(problem.at(Place::file(file)).help("make it smaller, or link to it instead"));
    Ok(None)
}

/// One page; `None` when the file went away meanwhile.
fn page(
    folder: &str,
    below: &Path,
    path: &Path,
    problems: &mut Vec<Problem>,
) -> Result<Option<ContentPage>> {
    let folder = folder.trim_matches('/');
    let below = below.to_string_lossy().replace('\\', "/");
    let file = format!("{folder}/{below}");
    let Some(text) = disk::read_text(path)? else { return Ok(None) };
    let matter = frontmatter::read(&file, &text);
    problems.extend(matter.problems.iter().cloned());
    let mut url = page_url(folder, &below);
    if RESERVED.contains(&url.split('/').next().unwrap_or_default()) {
        let text = format!("`/{url}` is the site's own address, so the page is at `/pages/{url}`");
        let problem = Problem::note("SM621", text).at(Place::file(file.clone()));
        problems.push(problem.help("rename the file to choose another"));
        url = format!("pages/{url}");
    }
    let body = text.get(matter.body..).unwrap_or_default().to_owned();
    let title = matter.get_text(&["title"]).or_else(|| first_heading(&body));
    let stem = below.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
    Ok(Some(ContentPage {
        title: title.unwrap_or_else(|| stem.to_owned()),
        description: matter.get_text(&["description"]),
        order: matter.get_text(&["order"]).and_then(|order| order.parse().ok()),
        file,
        url,
        body,
    }))
}

/// `content/guide.md` is `guide/`, `docs/guide.md` is `docs/guide/`, an index is its folder.
fn page_url(folder: &str, below: &str) -> String {
    let stem = below.trim_end_matches(".md");
    let mut names: Vec<String> = Vec::new();
    if folder.rsplit('/').next() != Some("content") {
        names.push(slug::slug(folder.rsplit('/').next().unwrap_or_default()));
    }
    names.extend(stem.split('/').map(slug::slug));
    if names.last().is_some_and(|last| last == "index" || last == "readme") {
        names.pop();
    }
    names.iter().map(|name| format!("{name}/")).collect()
}

fn first_heading(body: &str) -> Option<String> {
    body.lines().find_map(|line| line.strip_prefix("# ")).map(|title| title.trim().to_owned())
}
