//! What each file of a site is made from, as one hash: in two sites in which it is the same, the
//! file is the same, so that it need not be made again.
//!
//! A file is made from all that the site shares, from one artifact with its contents, or from all of
//! these: what is not sure to need less is made from all. Knows nothing of what is on disk.

use std::fmt::Write;

use rayon::prelude::*;

use super::page::Page;
use super::{Output, Site};
use crate::catalog::{Catalog, Index, SourceState};
use crate::error::Result;
use crate::model::artifact::{Artifact, File};
use crate::model::hash::{ContentHash, Hashing};
use crate::model::id::Kind;

/// Hashes of what a site is made from.
pub struct Made {
    /// Of what any page may show, the artifacts only as far as pages of others show them.
    shared: ContentHash,
    /// Beside the artifacts: of that, the artifact and its contents.
    own: Vec<ContentHash>,
    /// Of everything.
    all: ContentHash,
}

impl Made {
    /// `program` tells two programs apart that render differently.
    pub fn new(site: &Site<'_>, program: &str) -> Result<Self> {
        let n = site.catalog.artifacts.len();
        let outlines: Vec<ContentHash> =
            (0..n).into_par_iter().map(|at| outline(site, at)).collect();
        let alone: Vec<ContentHash> =
            (0..n).into_par_iter().map(|at| alone(site, at)).collect::<Result<_>>()?;
        let mut hashing = Hashing::default();
        shared(&mut hashing, site);
        add(&mut hashing, format_args!("{program} {:?} {}", site.options, site.theme.hash()));
        outlines.iter().for_each(|hash| add(&mut hashing, format_args!("{hash}")));
        let shared = hashing.done();
        let own: Vec<ContentHash> = (0..n).map(|at| own(site, at, shared, &alone)).collect();
        let mut hashing = Hashing::default();
        add(&mut hashing, format_args!("{shared} {:?}", site.catalog.stamps));
        own.iter().for_each(|hash| add(&mut hashing, format_args!("{hash}")));
        Ok(Self { shared, own, all: hashing.done() })
    }

    /// What a file is made from; nothing where it depends on the time.
    pub fn of(&self, output: &Output) -> Option<ContentHash> {
        if let Some(at) = output.page.artifact() {
            return Some(self.own[at]);
        }
        match output.page {
            Page::Status => None,
            Page::Asset(_)
            | Page::Collections
            | Page::Content(_)
            | Page::Find(_)
            | Page::Groups(..)
            | Page::Image(_)
            | Page::Listing(..)
            | Page::NotFound
            | Page::Removed(_)
            | Page::Tags => Some(self.shared),
            _ => Some(self.all),
        }
    }
}

/// Writing to a hash cannot fail.
fn add(hashing: &mut Hashing, words: std::fmt::Arguments<'_>) {
    let _ = hashing.write_fmt(words);
    let _ = hashing.write_str("\n");
}

/// Everything but the artifacts. Each part of the catalog is named, so that a new one is thought of.
fn shared(hashing: &mut Hashing, site: &Site<'_>) {
    let Catalog {
        site: settings,
        sources,
        artifacts: _,
        slugs,
        removed,
        collections,
        memberships,
        projects,
        abouts,
        pages,
        images,
        problems,
        // Of the page that shows these alone.
        stamps: _,
        files,
    } = site.catalog;
    add(
        hashing,
        format_args!("{settings:?} {slugs:?} {removed:?} {collections:?} {memberships:?}"),
    );
    add(hashing, format_args!("{projects:?} {abouts:?} {pages:?} {problems:?}"));
    for (file, hash) in files {
        add(hashing, format_args!("{file} {hash}"));
    }
    for image in images {
        add(hashing, format_args!("{} {}", image.file, ContentHash::of(&image.bytes)));
    }
    for state in sources {
        let SourceState {
            source,
            address,
            web,
            commit,
            commit_date,
            inside,
            // No page tells the time.
            synced_at: _,
            failed: _,
            is_locked,
            problems,
        } = state;
        add(hashing, format_args!("{source:?} {address:?} {web:?} {commit:?} {commit_date:?}"));
        add(hashing, format_args!("{inside} {is_locked} {problems:?}"));
    }
}

/// What pages of others may show of an artifact, and where they lead in it: all but its bytes. Each
/// part is named, so that a new one is thought of.
fn outline(site: &Site<'_>, at: Index) -> ContentHash {
    let Artifact {
        id,
        path,
        hash: _,
        context: _,
        title,
        description,
        version,
        license,
        author,
        homepage,
        tags,
        category,
        plugin,
        can,
        fields,
        document,
        files,
        aliases,
        problems,
        added,
        changed,
        was: _,
    } = &*site.catalog.artifacts[at];
    let mut hashing = Hashing::default();
    json(&mut hashing, &(id, path, title, description, version, license, author, homepage));
    json(&mut hashing, &(tags, category, plugin, can, fields, document, aliases, problems));
    for File { path, size: _, hash: _, executable } in files {
        json(&mut hashing, &(path, executable));
    }
    let links = &site.routes.links[at];
    add(&mut hashing, format_args!("{added:?} {changed:?} {:?} {:?}", links.raw, links.shown));
    hashing.done()
}

/// An artifact with its contents and what it was, and who has the same bytes.
fn alone(site: &Site<'_>, at: Index) -> Result<ContentHash> {
    let artifact = &*site.catalog.artifacts[at];
    let mut hashing = Hashing::default();
    json(&mut hashing, artifact);
    let twins = site.routes.kin.same_bytes(artifact);
    let history = site.contents.history_hash(artifact)?;
    add(&mut hashing, format_args!("{:?} {history} {twins:?}", artifact.was));
    Ok(hashing.done())
}

/// With all that the site shares; a plugin with its members, whose abilities it has.
fn own(site: &Site<'_>, at: Index, shared: ContentHash, alone: &[ContentHash]) -> ContentHash {
    let mut hashing = Hashing::default();
    add(&mut hashing, format_args!("{shared} {}", alone[at]));
    if site.catalog.artifacts[at].id.kind == Kind::Plugin {
        let members = &site.routes.links[at].members;
        members.iter().for_each(|member| add(&mut hashing, format_args!("{}", alone[*member])));
    }
    hashing.done()
}

/// Values of the model always become JSON.
fn json(hashing: &mut Hashing, value: &impl serde::Serialize) {
    let _ = serde_json::to_writer(&mut *hashing, value);
}
