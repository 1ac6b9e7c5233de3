//! The shapes of the files people write, as JSON Schema for editors.
//!
//! Draft 7, which YAML editors know best. A test holds the keys to those that the readers know;
//! the readers check more than a schema can say.

use serde_json::{Map, Value, json};

use super::collection::COLORS;
use crate::model::id::Kind;

const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// Of `skillmeat.yaml`.
pub fn config() -> Value {
    let site = object(
        "The site's own words and addresses",
        json!({
            "title": text("Shown on every page; `Agent catalog` when absent"),
            "description": text("One or two sentences about the catalog"),
            "base_url": pattern("^https?://[^/?#@]+[^?#]*$", "Where the site will be published"),
            "edit_url": pattern(
                "^https?://.*\\{path\\}",
                "Where a file can be edited; `{path}` stands for its path",
            ),
            "pages": texts("Folders whose Markdown files become pages; `[content]` when absent"),
        }),
    );
    let sync = object(
        "How fresh data has to be",
        json!({
            "interval": duration("How long `serve` waits between refreshes; 10m when absent"),
            "stale_after": duration("Older data is called stale; 1h when absent"),
            "force_after": duration("`serve` refreshes older data at start; 24h when absent"),
        }),
    );
    let mut file = object(
        "The configuration of a skillmeat catalog",
        json!({
            "version": {"const": 1, "description": "The version of this file's format"},
            "site": site,
            "sync": sync,
            "sources": names("Where artifacts come from, by name", source()),
            "projects": names("Projects that artifacts are deployed in, by name", project()),
        }),
    );
    file["$schema"] = DIALECT.into();
    file["required"] = json!(["version"]);
    file
}

fn source() -> Value {
    let mut source = object(
        "One source: a folder, a repository, or what answers over HTTP",
        json!({
            "path": text("A folder: absolute, `~/…`, or relative to the catalog"),
            "git": text("A Git repository: `https://…`, `git@host:path`, `ssh://…`, or an absolute path"),
            "ref": text("A branch or tag; the default branch when absent"),
            "include": texts("Globs over paths in the source; everything when absent"),
            "exclude": texts("Globs over paths in the source"),
            "tags": texts("Given to every artifact of the source"),
            "skillmeat": text("A SkillMeat 0.9 server, or the folder of its store"),
            "site": text("Another site that skillmeat built"),
            "mcp": text("A registry of MCP servers"),
            "index": text("An `agent-skills/index.json`"),
            "search": text("What an MCP registry is asked for; everything when absent"),
        }),
    );
    let addresses = ["path", "git", "skillmeat", "site", "mcp", "index"];
    source["oneOf"] = addresses.map(|name| json!({"required": [name]})).to_vec().into();
    source
}

fn project() -> Value {
    let path = text("A folder: absolute, `~/…`, or relative to the catalog");
    let of = json!({
        "description": text("A line about it"),
        "path": path,
        "git": text("Its repository, read where there is no such folder"),
        "ref": text("Branch or tag; the default branch when absent"),
    });
    let mut project = object("One project", of);
    project["anyOf"] = ["path", "git"].map(|name| json!({"required": [name]})).to_vec().into();
    project
}

/// Of `collections/<slug>/collection.yaml`.
pub fn collection() -> Value {
    let pin = object(
        "How it is pinned",
        json!({
            "at": pattern("^[0-9a-fA-F]{7,64}$", "A commit to hold it at"),
            "note": text("Why"),
        }),
    );
    let view = object(
        "A saved filter that becomes a page",
        json!({"title": text("Made from the name when absent"), "include": include()}),
    );
    file(
        "A collection of artifacts",
        json!({
            "title": text("Made from the folder's name when absent"),
            "description": text("One or two sentences"),
            "owner": text("Who looks after it"),
            "order": whole("Lower comes first"),
            "include": include(),
            "exclude": exclude(),
            "pin": ids("Artifacts it holds whatever the selectors say", pin),
            "views": map("Saved filters, by the name in their address", VIEW, view),
        }),
    )
}

/// Of `collections/<slug>/groups/<group>.yaml`.
pub fn group() -> Value {
    let member =
        object("A member", json!({"rank": whole("Lower comes first; without one, by id")}));
    file(
        "A group of artifacts inside a collection",
        json!({
            "title": text("Made from the file's name when absent"),
            "description": text("One or two sentences"),
            "icon": text("The name of an icon"),
            "color": {"enum": COLORS, "description": "The name of a colour"},
            "order": whole("Lower comes first"),
            "include": include(),
            "members": ids("Artifacts it holds, one line per id", member),
            "exclude": exclude(),
        }),
    )
}

fn file(description: &str, properties: Value) -> Value {
    let mut file = object(description, properties);
    file["$schema"] = DIALECT.into();
    // An empty file is one with all defaults.
    file["type"] = json!(["object", "null"]);
    file
}

fn include() -> Value {
    let description = "An artifact is taken when one of these fits";
    let list = json!({"type": "array", "items": selector()});
    json!({"description": description, "anyOf": [selector(), list]})
}

fn exclude() -> Value {
    let rule = json!({"anyOf": [pattern(ID, "One artifact"), selector()]});
    let description = "An artifact is left out when one of these fits";
    json!({"description": description, "anyOf": [rule, {"type": "array", "items": rule}]})
}

fn selector() -> Value {
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let kind = json!({"enum": kinds});
    let mut selector = object(
        "All that is named must hold, one value of each is enough",
        json!({
            "source": texts("Names of sources"),
            "kind": {"anyOf": [kind, {"type": "array", "items": kind}]},
            "tag": texts("Tags"),
            "path": texts("Globs over the path in the source"),
            "name": texts("Globs over the name"),
            "plugin": texts("Names of plugins"),
            "category": texts("Categories of a marketplace"),
        }),
    );
    selector["minProperties"] = 1.into();
    selector
}

/// A view's name is a part of its address.
const VIEW: &str = "^(?!x-)[a-z0-9._-]+$";

const ID: &str = "^[^/]+/(skill|command|agent|hook|mcp|plugin)/.+$";

/// A mapping with known keys; `x-` keys pass.
fn object(description: &str, properties: Value) -> Value {
    json!({
        "type": "object",
        "description": description,
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": false,
    })
}

/// A mapping from names to the same thing.
fn map(description: &str, names: &str, value: Value) -> Value {
    let mut patterns = Map::new();
    patterns.insert("^x-[^/]*$".to_owned(), json!({}));
    patterns.insert(names.to_owned(), value);
    json!({
        "type": "object",
        "description": description,
        "patternProperties": patterns,
        "additionalProperties": false,
    })
}

/// A mapping whose keys are names of sources or projects.
fn names(description: &str, value: Value) -> Value {
    map(description, "^(?!x-)[A-Za-z0-9][A-Za-z0-9._-]*$", value)
}

/// A mapping whose keys are ids; the values may be left out.
fn ids(description: &str, value: Value) -> Value {
    map(description, ID, json!({"anyOf": [value, {"type": "null"}]}))
}

/// Numbers and dates are taken as they are written.
fn text(description: &str) -> Value {
    json!({"type": ["string", "number", "boolean"], "description": description})
}

fn texts(description: &str) -> Value {
    let one = json!({"type": ["string", "number", "boolean"]});
    json!({"description": description, "anyOf": [one, {"type": "array", "items": one}]})
}

fn whole(description: &str) -> Value {
    json!({"type": "integer", "description": description})
}

fn pattern(pattern: &str, description: &str) -> Value {
    json!({"type": "string", "pattern": pattern, "description": description})
}

fn duration(description: &str) -> Value {
    pattern("^[0-9]+[smhd]$", description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Result;
    use crate::format::collection::{parse_collection, parse_group};
    use crate::format::config::parse;

    /// The keys that the reader names when it meets one it does not know.
    fn known<T>(result: Result<T>) -> Vec<String> {
        let Err(error) = result else { panic!("an unknown key is a problem") };
        let help = error
            .problems
            .iter()
            .find_map(|problem| problem.help.as_deref()?.strip_prefix("known keys: "));
        let list = help.expect("names the known keys").split(';').next().unwrap_or_default();
        list.replace(" or ", ", ").split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
    }

    fn keys(object: &Value) -> Vec<String> {
        object["properties"].as_object().expect("an object").keys().cloned().collect()
    }

    #[test]
    fn schemas_name_the_keys_that_readers_know() {
        let text = |path: &str| format!("version: 1\n{path}");
        let of = |path: &str| known(parse(&text(path)));
        let schema = config();
        assert_eq!(of("qqqqqq: 1\n"), keys(&schema));
        assert_eq!(of("site: {qqqqqq: 1}\n"), keys(&schema["properties"]["site"]));
        assert_eq!(of("sync: {qqqqqq: 1}\n"), keys(&schema["properties"]["sync"]));
        // A key of a later version is known, but not yet offered.
        let mut known_source = of("sources: {a: {path: x, qqqqqq: 1}}\n");
        known_source.retain(|key| key != "follow");
        assert_eq!(known_source, keys(&source()));
        assert_eq!(
            of("projects: {a: {path: x, qqqqqq: 1}}\n"),
            ["description", "path", "git", "ref"]
        );

        let of = |text: &str| known(parse_collection("c", "c.yaml", text));
        assert_eq!(of("qqqqqq: 1\n"), keys(&collection()));
        assert_eq!(of("include: [{tag: a, qqqqqq: 1}]\n"), keys(&selector()));
        assert_eq!(known(parse_group("g", "g.yaml", "qqqqqq: 1\n")), keys(&group()));
    }
}
