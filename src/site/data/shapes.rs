//! The shapes of the JSON, as one table: what `openapi.json` says, the documentation lists and the
//! tests hold every file against.
//!
//! A type is a word: `text`, `date`, `hash`, `number`, `yes`, a list of words that a value is one
//! of (`a|b`), or the name of a shape. `[…]` is a list of it, `{…}` a map from names to it, and
//! what ends in `?` may be null. A field whose name ends in `?` may be absent. Bodies that a server
//! reads also have a `title`, `words`, a `slug`, an `id`, a `color`, and one of several shapes.

use serde_json::{Map, Value, json};

use super::SCHEMA;
use super::live;
use crate::format::collection::COLORS;

pub struct Shape {
    pub name: &'static str,
    pub about: &'static str,
    /// Name, type, meaning.
    pub fields: &'static [(&'static str, &'static str, &'static str)],
}

/// A file that a site has, or many of one shape.
pub struct Endpoint {
    /// Below `api/v1/`.
    pub path: &'static str,
    /// The name of a shape, or [`CSV`].
    pub shape: &'static str,
    pub about: &'static str,
}

/// What is no JSON: a table as RFC 4180 has it, with a line of names.
pub const CSV: &str = "CSV";

/// Characters of a title at most, as a person writes it.
pub const TITLE_MAX: usize = 255;
/// Of other texts.
pub const WORDS_MAX: usize = 10_000;
pub const SLUG_MAX: usize = 100;

const KIND: &str = "skill|command|agent|hook|mcp|plugin";
const STATE: &str = "in-sync|outdated|modified|diverged|missing|untracked|orphaned|unknown";

pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: "index.json", shape: "Index", about: "Where everything else is" },
    Endpoint { path: "artifacts.json", shape: "Artifacts", about: "All artifacts" },
    Endpoint { path: "artifacts/{part}.json", shape: "Artifacts", about: "A part of many" },
    Endpoint {
        path: "a/{source}/{kind}/{name}.json",
        shape: "ArtifactInFull",
        about: "One artifact with all that is known of it",
    },
    Endpoint { path: "files.json", shape: "Files", about: "The files of all artifacts" },
    Endpoint { path: "files/{part}.json", shape: "Files", about: "A part of many" },
    Endpoint { path: "collections.json", shape: "Collections", about: "All collections" },
    Endpoint {
        path: "collections/{collection}.json",
        shape: "CollectionInFull",
        about: "One collection with its members in order",
    },
    Endpoint { path: "deployments.json", shape: "Deployments", about: "What projects have" },
    Endpoint { path: "deployments.csv", shape: CSV, about: "The same as a table" },
    Endpoint { path: "projects/{project}.json", shape: "ProjectInFull", about: "One project" },
    Endpoint { path: "projects/{project}.csv", shape: CSV, about: "The same as a table" },
    Endpoint { path: "sources.json", shape: "Sources", about: "Where artifacts come from" },
];

pub const SHAPES: &[Shape] = &[
    Shape {
        name: "Index",
        about: "What the site is, and links to the rest.",
        fields: &[
            ("schema", "schema", "version of the shapes"),
            ("title", "text", "of the catalog"),
            ("description", "text", "empty where there is none"),
            ("counts", "Counts", ""),
            ("links", "Links", ""),
        ],
    },
    Shape {
        name: "Counts",
        about: "How many there are.",
        fields: &[
            ("artifacts", "number", ""),
            ("collections", "number", ""),
            ("sources", "number", ""),
            ("projects", "number", ""),
            ("kinds", "{number}", "artifacts of each kind that there is"),
        ],
    },
    Shape {
        name: "Links",
        about: "Where the other files are.",
        fields: &[
            ("artifacts", "[text]", "the list of artifacts, in one part or in several"),
            ("files", "[text]", "the files of all artifacts, likewise"),
            ("collections", "text", ""),
            ("deployments", "text", ""),
            ("deployments_csv", "text", ""),
            ("sources", "text", ""),
            ("openapi", "text", "the description of these files"),
            ("llms", "text", "the way in for agents"),
            ("feed?", "text", "what changed, as JSON Feed; not in a copy for a disk"),
        ],
    },
    Shape {
        name: "Artifacts",
        about: "Artifacts as lists show them, sorted by id.",
        fields: &[("schema", "schema", ""), ("artifacts", "[Artifact]", "")],
    },
    Shape { name: "Artifact", about: "What lists show of an artifact.", fields: ARTIFACT },
    Shape {
        name: "ArtifactInFull",
        about: "An artifact with all that is known of it: besides these the fields of `Artifact`, \
                with `problems` in full.",
        fields: &[
            ("schema", "schema", ""),
            ("homepage", "text?", ""),
            ("document", "text?", "the file that its page shows, by its path in `files`"),
            ("aliases", "[text]", "other paths in the source that lead to it"),
            ("files", "[File]", "sorted by path"),
            ("members", "[text]", "ids of the artifacts of this plugin"),
            ("tools", "[text]", "tools it may use without asking"),
            ("model", "text?", ""),
            ("argument_hint", "text?", ""),
            ("hooks", "[Hook]", "what it runs by itself"),
            ("server", "Server?", "how an MCP server is reached"),
            ("external", "External?", "where an artifact without files lives"),
            ("problems", "[Problem]", ""),
            ("history", "History?", "the versions it had"),
        ],
    },
    Shape {
        name: "History",
        about: "The versions an artifact had. Its page shows the lines that differ.",
        fields: &[
            ("kept_by", "commits|syncs|repository", "who knows of them"),
            ("versions", "[Version]", "the newest first"),
            ("more", "yes", "there are older ones"),
        ],
    },
    Shape {
        name: "Version",
        about: "One version of an artifact.",
        fields: &[
            ("commit", "text?", ""),
            ("date", "date?", ""),
            ("subject", "text", "the first line of what the commit says"),
            ("version", "text?", "as the artifact called itself then"),
            ("version_before", "text?", "as it called itself before"),
            ("files", "[Touched]", "sorted by path"),
            ("more_files", "number", "how many are not among these"),
        ],
    },
    Shape {
        name: "Touched",
        about: "A file that differs from the version before.",
        fields: &[
            ("path", "text", ""),
            ("from", "text?", "its path before, where it was moved"),
            ("how", "added|changed|moved|removed", ""),
        ],
    },
    Shape {
        name: "External",
        about: "Where an artifact lives that has no files here.",
        fields: &[
            ("url", "text", ""),
            ("path", "text?", "in the repository there"),
            ("at", "text?", "branch, tag or commit"),
        ],
    },
    Shape {
        name: "Hook",
        about: "One thing that a hooks file runs.",
        fields: &[
            ("event", "text", ""),
            ("matcher", "text?", ""),
            ("type", "text", "`command`, `prompt` and so on"),
            ("action", "text", "the command line, prompt or address"),
        ],
    },
    Shape {
        name: "Server",
        about: "How an MCP server is reached. Of `env` and `headers` only the names are here.",
        fields: &[
            ("transport", "text", "`stdio`, `http`, `sse` or `ws`"),
            ("command", "text?", ""),
            ("args", "[text]", ""),
            ("url", "text?", ""),
            ("env", "[text]", ""),
            ("headers", "[text]", ""),
        ],
    },
    Shape {
        name: "Files",
        about: "The files of artifacts, sorted by id.",
        fields: &[("schema", "schema", ""), ("artifacts", "[FilesOfOne]", "")],
    },
    Shape {
        name: "FilesOfOne",
        about: "The files of one artifact.",
        fields: &[("id", "text", ""), ("files", "[File]", "sorted by path")],
    },
    Shape {
        name: "File",
        about: "A file of an artifact. `hash` and `size` are those of the source's own bytes.",
        fields: &[
            ("path", "text", "relative to the artifact"),
            ("size", "number", "in bytes"),
            ("hash", "hash", ""),
            ("executable", "yes", ""),
            ("raw", "text?", "its copy: text as it is, all else in base64; none above 2 MiB"),
            ("redacted?", "yes", "secrets in the copy are masked"),
            ("published_hash?", "hash", "of the copy, where it is redacted"),
            ("published_size?", "number", "of the copy, where it is redacted"),
        ],
    },
    Shape {
        name: "Collections",
        about: "Collections in their order.",
        fields: &[("schema", "schema", ""), ("collections", "[Collection]", "")],
    },
    Shape {
        name: "Collection",
        about: "What lists show of a collection.",
        fields: &[
            ("slug", "text", ""),
            ("title", "text", ""),
            ("description", "text", "empty where there is none"),
            ("owner", "text?", ""),
            ("order", "number", "small ones come first"),
            ("file", "text", "where it is written, in the catalog's repository"),
            ("url", "text", "its page"),
            ("json", "text", "this collection in full"),
            ("artifacts", "number", "how many"),
            ("groups", "number", "how many"),
        ],
    },
    Shape {
        name: "CollectionInFull",
        about: "A collection with its members: besides these the fields of `Collection`, with \
                `groups` in full.",
        fields: &[
            ("schema", "schema", ""),
            ("members", "[text]", "ids, sorted"),
            ("groups", "[Group]", "in their order"),
            ("views", "[View]", ""),
            ("files?", "{hash}", "its files, where it can be edited: what `seen` wants"),
            ("gone", "[text]", "ids that its file names and no source has any more"),
        ],
    },
    Shape {
        name: "Group",
        about: "A group of a collection.",
        fields: &[
            ("slug", "text", ""),
            ("title", "text", ""),
            ("description", "text", "empty where there is none"),
            ("icon", "text?", ""),
            ("color", "text?", "by name"),
            ("order", "number", ""),
            ("file", "text", ""),
            ("url", "text", ""),
            ("members", "[text]", "ids in the order in which pages show them"),
            ("gone", "[text]", "as in a collection"),
        ],
    },
    Shape {
        name: "View",
        about: "A saved filter of a collection.",
        fields: &[
            ("slug", "text", ""),
            ("title", "text", ""),
            ("url", "text", ""),
            ("members", "[text]", "ids"),
        ],
    },
    Shape {
        name: "Deployments",
        about: "What each project has.",
        fields: &[("schema", "schema", ""), ("projects", "[Project]", "")],
    },
    Shape {
        name: "Project",
        about: "A project as the last scan found it.",
        fields: &[
            ("name", "text", ""),
            ("url", "text", ""),
            ("scanned", "date?", "the day its facts last changed"),
            ("deployments", "[Deployment]", ""),
        ],
    },
    Shape {
        name: "ProjectInFull",
        about: "A project alone: besides this the fields of `Project`.",
        fields: &[("schema", "schema", "")],
    },
    Shape {
        name: "Deployment",
        about: "One artifact in one project.",
        fields: &[
            ("kind", KIND, ""),
            ("name", "text", "as the project calls it"),
            ("id", "text?", "the artifact of the catalog, where one fits"),
            ("source", "text?", "the source of that artifact"),
            ("url", "text?", "its page, where the source still has it"),
            ("profile", "text", "whose folder it is in: `claude_code` and so on"),
            ("state", STATE, ""),
            ("path", "text", "relative to the project"),
            ("deployed_at", "date?", ""),
            ("deployed_version", "text?", "where it is known"),
            ("latest_version", "text?", "what the source has now"),
            ("base", "text?", "hash as it was deployed, after the name of its algorithm"),
            ("here", "text?", "hash of what is there now, likewise"),
        ],
    },
    Shape {
        name: "Sources",
        about: "Sources in the order of the configuration.",
        fields: &[("schema", "schema", ""), ("sources", "[Source]", "")],
    },
    Shape {
        name: "Source",
        about: "Where artifacts come from.",
        fields: &[
            ("name", "text", ""),
            ("url", "text", "its page"),
            ("address", "text", "without user, password and folders of a machine"),
            ("web", "text?", "where people can look at it"),
            ("commit", "text?", "what the lock names"),
            ("commit_date", "date?", ""),
            ("inside", "yes", "a folder of the catalog's own repository"),
            ("artifacts", "number", "how many"),
            ("problems", "[Problem]", ""),
        ],
    },
    Shape {
        name: "Problem",
        about: "What is wrong with something, and where.",
        fields: &[
            ("code", "text", "`SM…`, as on the command line"),
            ("severity", "error|warning|note", ""),
            ("file", "text?", ""),
            ("line", "number?", "from 1"),
            ("column", "number?", "from 1"),
            ("message", "text", ""),
            ("help", "text?", ""),
        ],
    },
];

const ARTIFACT: &[(&str, &str, &str)] = &[
    ("id", "text", "`source/kind/name`"),
    ("kind", KIND, ""),
    ("source", "text", ""),
    ("name", "text", "without the plugin that stands before it in the id"),
    ("plugin", "text?", "the plugin it is a member of"),
    ("title", "text?", "the name it gives itself, where that is another"),
    ("description", "text", "as written; empty where there is none"),
    ("version", "text?", ""),
    ("license", "text?", ""),
    ("author", "text?", ""),
    ("tags", "[text]", ""),
    ("category", "text?", "the shelf a marketplace puts it on"),
    ("path", "text", "in its source; a part of a file after `#`"),
    ("hash", "hash", "over its files"),
    ("added", "date?", ""),
    ("changed", "date?", ""),
    ("url", "text", "its page"),
    ("collections", "[text]", "slugs"),
    ("groups", "[text]", "`collection/group`, slugs"),
    ("problems", "number", "how many"),
    ("external?", "External", "where it lives, if it has no files"),
];

/// Shapes that have the fields of another as well.
const BASES: [(&str, &str); 3] = [
    ("ArtifactInFull", "Artifact"),
    ("CollectionInFull", "Collection"),
    ("ProjectInFull", "Project"),
];

/// Every field of a shape: its own in the place of those of the same name that it takes over.
pub fn fields(shape: &Shape) -> Vec<(&'static str, &'static str, &'static str)> {
    let base = BASES.iter().find(|(name, _)| *name == shape.name);
    let base = base.and_then(|(_, base)| SHAPES.iter().find(|shape| shape.name == *base));
    let bare = |name: &'static str| name.trim_end_matches('?');
    let is_own = |name: &'static str| shape.fields.iter().any(|own| bare(own.0) == bare(name));
    let inherited = base.map(|base| base.fields).unwrap_or_default().iter();
    inherited.filter(|field| !is_own(field.0)).chain(shape.fields).copied().collect()
}

/// The shape of this name, of files or of what a running server reads and answers.
pub fn named(name: &str) -> Option<&'static Shape> {
    let all = SHAPES.iter().chain(live::answers::SHAPES).chain(live::bodies::SHAPES);
    all.into_iter().find(|shape| shape.name == name)
}

/// As a JSON Schema.
pub(super) fn schema(shape: &Shape) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, word, about) in fields(shape) {
        let bare = name.trim_end_matches('?');
        let mut value = typed(word);
        if !about.is_empty() {
            value["description"] = about.into();
        }
        properties.insert(bare.to_owned(), value);
        if bare == name {
            required.push(Value::from(bare));
        }
    }
    let mut schema = json!({
        "type": "object",
        "description": shape.about,
        "properties": properties,
        "required": required,
    });
    // What is read is read strictly, what is answered may grow.
    if live::bodies::SHAPES.iter().any(|body| body.name == shape.name) {
        schema["additionalProperties"] = false.into();
    }
    schema
}

/// What a word of the table means.
fn typed(word: &str) -> Value {
    let inner = |open, close| word.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(word) = word.strip_suffix('?') {
        return json!({"anyOf": [typed(word), {"type": "null"}]});
    }
    if let Some(item) = inner('[', ']') {
        return json!({"type": "array", "items": typed(item)});
    }
    if let Some(item) = inner('{', '}') {
        return json!({"type": "object", "additionalProperties": typed(item)});
    }
    match word {
        "text" => json!({"type": "string"}),
        "date" => json!({"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\d$"}),
        "hash" => json!({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}),
        "number" => json!({"type": "integer"}),
        "yes" => json!({"type": "boolean"}),
        "schema" => json!({"const": SCHEMA}),
        "title" => json!({"type": "string", "minLength": 1, "maxLength": TITLE_MAX}),
        "words" => json!({"type": "string", "maxLength": WORDS_MAX}),
        "slug" => {
            json!({"type": "string", "pattern": "^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$", "maxLength": SLUG_MAX})
        }
        "id" => json!({"type": "string", "pattern": format!("^[^/]+/({KIND})/.+$")}),
        "color" => json!({"enum": COLORS}),
        shapes if shapes.starts_with(|c: char| c.is_ascii_uppercase()) && shapes.contains('|') => {
            json!({"oneOf": shapes.split('|').map(typed).collect::<Vec<_>>()})
        }
        shape if shape.starts_with(|c: char| c.is_ascii_uppercase()) => {
            json!({"$ref": format!("#/components/schemas/{shape}")})
        }
        words => json!({"enum": words.split('|').collect::<Vec<_>>()}),
    }
}
