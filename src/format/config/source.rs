//! The entries of `sources`: where artifacts come from.

use super::{CODES, check_names, folder, later};
use crate::error::Problem;
use crate::format::fields::{Fields, Reader, Text};
use crate::format::yaml::{Key, Node};
use crate::model::glob::PathGlobs;
use crate::model::source::{
    Address, Source, Web, WebKind, check_git_url, check_reference, check_web_url,
};
use crate::words;

pub(super) fn all(reader: &mut Reader<'_>, file: &Fields<'_>) -> Vec<Source> {
    let entries = reader.named(file, "sources");
    check_names(reader, "source", entries.iter().map(|(key, _)| key));
    entries.into_iter().filter_map(|(key, node)| source(reader, key, node)).collect()
}

fn source(reader: &mut Reader<'_>, key: &Key, node: &Node) -> Option<Source> {
    let known = [
        "path",
        "git",
        "ref",
        "include",
        "exclude",
        "tags",
        "follow",
        "skillmeat",
        "site",
        "mcp",
        "index",
        "search",
    ];
    let fields = reader.fields(node, &format!("sources.{}", words::visible(&key.text)), &known);
    let address = address(reader, key, &fields);
    let include = reader.globs(&fields, "include", PathGlobs::check);
    let exclude = reader.globs(&fields, "exclude", PathGlobs::check);
    let tags = reader.texts(&fields, "tags").into_iter().map(|tag| tag.text).collect();
    if reader.flag(&fields, "follow") == Some(true)
        && let Some(key) = fields.key("follow")
    {
        let problem = later(&fields.path("follow")).at(reader.key_place(key));
        reader.problems.push(problem.help("list the plugins' repositories as sources"));
    }
    let place = reader.key_place(key);
    Some(Source { name: key.text.clone(), address: address?, include, exclude, tags, place })
}

fn address(reader: &mut Reader<'_>, key: &Key, fields: &Fields<'_>) -> Option<Address> {
    let kinds = WebKind::ALL.map(WebKind::key);
    let named: Vec<&str> = ["path", "git"]
        .into_iter()
        .chain(kinds)
        .filter(|name| fields.get(name).is_some())
        .collect();
    let name = words::visible(&key.text);
    let problem = match named.as_slice() {
        [one] => {
            only_with(reader, fields, "ref", *one == "git", "a Git repository");
            only_with(reader, fields, "search", *one == "mcp", "an MCP registry");
            return match WebKind::ALL.into_iter().find(|kind| kind.key() == *one) {
                Some(kind) => web_address(reader, fields, kind),
                None if *one == "git" => git_address(reader, fields)
                    .map(|(url, reference)| Address::Git { url, reference }),
                None => folder(reader, fields, one).map(Address::Path),
            };
        }
        [] if !fields.is_mapping() => return None,
        [] => {
            let help = "give it `path: FOLDER`, `git: URL`, or one of `skillmeat`, `site`, `mcp` \
                        and `index`";
            Problem::error("SM105", format!("source `{name}` has no address")).help(help)
        }
        several => {
            let message =
                format!("source `{name}` has more than one address: `{}`", several.join("`, `"));
            Problem::error("SM105", message).help("keep one of them")
        }
    };
    reader.problems.push(problem.at(reader.key_place(key)));
    None
}

/// A key that says something only of one kind of address.
fn only_with(reader: &mut Reader<'_>, fields: &Fields<'_>, name: &str, fits: bool, what: &str) {
    if let (false, Some(key)) = (fits, fields.key(name)) {
        let message = format!("`{}` has a meaning only for {what}", fields.path(name));
        let problem = Problem::error(CODES.value, message).at(reader.key_place(key));
        reader.problems.push(problem.help("remove it"));
    }
}

/// An address to ask over HTTP. Under `skillmeat` also the folder of a store.
fn web_address(reader: &mut Reader<'_>, fields: &Fields<'_>, kind: WebKind) -> Option<Address> {
    let name = kind.key();
    let search = reader.text(fields, "search").map(|search| search.text);
    let Text { text: url, node } = reader.text(fields, name)?;
    if kind == WebKind::Server && !url.contains("://") {
        return folder(reader, fields, name).map(Address::Store);
    }
    match check_web_url(&url) {
        Ok(()) => Some(Address::Web(Web { kind, url, search })),
        Err(reason) => {
            let message = format!("`{}` cannot be used: {reason}", fields.path(name));
            let problem = Problem::error("SM107", message).at(reader.place(node));
            reader.problems.push(problem.help("write it as `https://host/path/`"));
            None
        }
    }
}

/// A URL, and the branch or tag.
pub(super) fn git_address(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
) -> Option<(String, Option<String>)> {
    let url = reader.text(fields, "git")?;
    let reference = reader.text(fields, "ref");
    let checks = [
        Some(("git", &url, check_git_url(&url.text))),
        reference.as_ref().map(|name| ("ref", name, check_reference(&name.text))),
    ];
    let mut safe = true;
    for (name, text, check) in checks.into_iter().flatten() {
        let Err(reason) = check else { continue };
        safe = false;
        let message = format!("`{}` cannot be used: {reason}", fields.path(name));
        let help = match name {
            "git" => "use `https://…`, `git@host:path`, `ssh://…`, `file://…` or an absolute path",
            _ => "name a branch or a tag",
        };
        let place = reader.place(text.node);
        reader.problems.push(Problem::error("SM107", message).at(place).help(help));
    }
    let reference = reference.map(|name| name.text);
    safe.then_some((url.text, reference))
}
