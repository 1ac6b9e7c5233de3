//! What a running server answers: statuses and the shapes of their bodies.

use super::super::shapes::Shape;

/// One status of a route.
#[derive(Clone, Copy)]
pub struct Said {
    pub status: u16,
    /// The name of a shape, or [`EVENT_STREAM`].
    pub shape: &'static str,
    pub about: &'static str,
}

/// What is no JSON: lines that go on for as long as somebody listens.
pub const EVENT_STREAM: &str = "EVENTS";
/// The shape of everything that goes wrong, sent as `application/problem+json`.
pub const WRONG: &str = "Wrong";

const fn said(status: u16, shape: &'static str, about: &'static str) -> Said {
    Said { status, shape, about }
}

pub(super) const NONE: &[Said] = &[];
pub(super) const STATUS: &[Said] = &[said(200, "Status", "How it stands")];
pub(super) const EVENTS: &[Said] = &[said(200, EVENT_STREAM, "Lines, until one of both leaves")];
pub(super) const BUSY: &[Said] =
    &[said(503, WRONG, "Too many listen or ask; `Retry-After` says when to come back")];
pub(super) const REFRESH: &[Said] = &[said(200, "RefreshState", "How it goes")];
pub(super) const REFRESHING: &[Said] = &[said(202, "RefreshState", "It goes on")];
pub(super) const OFFLINE: &[Said] =
    &[said(409, WRONG, "The server was started offline, or that is no source to be asked")];
pub(super) const CREATED: &[Said] =
    &[said(201, "Edited", "It is made and shown; `Location` says where it is")];
pub(super) const EDITED: &[Said] = &[said(200, "Edited", "It is written and shown")];
pub(super) const EDITS: &[Said] = &[said(200, "Edits", "The edits")];
pub(super) const CARED: &[Said] = &[said(200, "Cared", "It is done")];
pub(super) const ASKING: &[Said] = &[said(409, WRONG, "The sources are being asked meanwhile")];

/// Of what edits files.
pub(super) const CHANGING: &[Said] = &[
    said(404, WRONG, "No such collection, group or artifact; so it is for a second `DELETE`, too"),
    said(412, WRONG, "A file changed since it was seen: `conflicts` has what it holds now"),
    said(428, WRONG, "`seen` does not name every file that this touches"),
];
pub(super) const UNDOING: &[Said] = &[
    said(404, WRONG, "No such edit"),
    said(412, WRONG, "A file changed since that edit: `conflicts` has what it holds now"),
];

pub(super) const DEPLOYED: &[Said] =
    &[said(200, "Deployed", "It is written and shown; with `dry_run` only worked out")];
/// Of what writes to projects.
pub(super) const DEPLOYING: &[Said] = &[
    said(404, WRONG, "No such project, collection, artifact, deployment or receipt"),
    said(
        409,
        WRONG,
        "A person changed a copy, or something would run: `plan` says what. Send a choice, or its \
         `digest` as `consent`",
    ),
    said(412, WRONG, "It is not what was agreed to any more: `plan` says what it is now"),
    said(422, WRONG, "It cannot be deployed so, or `fields` says what is wrong with which field"),
];
/// Of what takes from projects, or back.
pub(super) const TAKING: &[Said] = &[
    said(404, WRONG, "No such project, collection, artifact, deployment or receipt"),
    said(412, WRONG, "It is not what was agreed to any more, or a file changed since"),
    said(422, WRONG, "It cannot be done so, or `fields` says what is wrong with which field"),
];
pub(super) const RECEIPTS: &[Said] = &[said(200, "Receipts", "The receipts")];
pub(super) const NO_PROJECT: &[Said] = &[said(404, WRONG, "No such project")];

/// Of every route that reads.
pub const READING: &[Said] = &[
    said(400, WRONG, "Not a request as HTTP has it"),
    said(403, WRONG, "The `Host` is none of this server's names"),
    said(408, WRONG, "The head of the request did not come within 10 seconds"),
    said(413, WRONG, "It has a body, and none is read here"),
    said(431, WRONG, "The head of the request is longer than 16 KiB"),
    said(500, WRONG, "It could not be made, or answered"),
    said(503, WRONG, "Every connection is busy"),
];

/// Of every route that writes.
pub const WRITING: &[Said] = &[
    said(400, WRONG, "The body is no JSON, or the request not as HTTP has it"),
    said(401, WRONG, "The token is missing or wrong, or another user of this machine asks"),
    said(403, WRONG, "A page of another site asks"),
    said(405, WRONG, "The server was started with `--read-only`"),
    said(408, WRONG, "The request did not come in time"),
    said(411, WRONG, "No `Content-Length`"),
    said(413, WRONG, "The body is longer than 1 MiB"),
    said(415, WRONG, "The body is not `application/json`"),
    said(422, WRONG, "`fields` says what is wrong with which field"),
    said(431, WRONG, "The head of the request is longer than 16 KiB"),
    said(500, WRONG, "It failed, and nothing was changed"),
    said(503, WRONG, "The catalog cannot be read as it is, or every connection is busy"),
];

/// The shapes of these.
pub(in crate::site::data) const SHAPES: &[Shape] = &[
    Shape {
        name: "Edited",
        about: "What an edit did.",
        fields: &[
            ("schema", "schema", ""),
            ("revision", "number", "of the catalog that shows it"),
            ("message", "text", "what was done, in words"),
            ("undo", "text?", "takes it back: `POST undo`; `null` where all was so already"),
            ("files", "[EditedFile]", "what was written"),
            ("url", "text?", "the page of what was edited; not after it was deleted"),
        ],
    },
    Shape {
        name: "EditedFile",
        about: "A file that an edit wrote.",
        fields: &[
            ("path", "text", "below the catalog"),
            ("added", "number", "lines"),
            ("removed", "number", "lines"),
            ("sha256", "hash?", "as `seen` wants it; `null` where the file is gone"),
        ],
    },
    Shape {
        name: "Edits",
        about: "The last edits.",
        fields: &[("schema", "schema", ""), ("edits", "[Edit]", "newest first")],
    },
    Shape {
        name: "Edit",
        about: "An edit that was made on this machine.",
        fields: &[
            ("id", "text", "as `undo` takes it"),
            ("at", "text", "when, in UTC"),
            ("message", "text", "what was done, in words"),
            ("files", "[text]", "paths below the catalog"),
            ("undone", "yes", ""),
        ],
    },
    Shape {
        name: "Wrong",
        about: "What went wrong, as RFC 9457 has it.",
        fields: &[
            ("title", "text", "in a few words"),
            ("status", "number", "as the status of the answer"),
            ("detail?", "text", "in a sentence"),
            ("problems", "[Trouble]", "as on the command line"),
            ("fields?", "{text}", "by the field of the body, what is wrong with it"),
            ("conflicts?", "[Conflict]", "the files that changed"),
            ("plan?", "Plan", "what it would come to"),
        ],
    },
    Shape {
        name: "Trouble",
        about: "One thing that is wrong.",
        fields: &[
            ("code", "text", "`SM…`, as on the command line"),
            ("severity", "error|warning|note", ""),
            ("place", "text?", "file, line and column, as people read it"),
            ("file", "text?", ""),
            ("line", "number?", "from 1; 0 means the whole file"),
            ("column", "number?", "likewise"),
            ("message", "text", ""),
            ("help", "text?", "what to do"),
        ],
    },
    Shape {
        name: "Conflict",
        about: "A file that changed since it was seen.",
        fields: &[
            ("path", "text", "below the catalog"),
            ("seen", "hash?", "what was seen; `null`: no file"),
            ("sha256", "hash?", "what is there; `null`: no file"),
            ("text", "text?", "what is there"),
            ("yours", "text?", "the same with the edit made to it, where that can be done"),
        ],
    },
    Shape {
        name: "Status",
        about: "How it stands with the server.",
        fields: &[
            ("schema", "schema", ""),
            ("version", "text", "of skillmeat"),
            ("revision", "number", "counts the catalogs shown since the start"),
            ("failed", "yes", "the files cannot be shown as they are"),
            ("last_sync", "text?", "when the sources were read, in UTC"),
            ("stale", "yes", "that is longer ago than it should be"),
            ("age", "text", "a word for it"),
            ("refreshing", "yes", "the sources are being asked"),
            ("offline", "yes", "started with `--offline`"),
            ("read_only", "yes", "started with `--read-only`"),
            ("watching", "notices|polling|off", "how changes of files are noticed"),
            ("interval", "number?", "seconds between two refreshes"),
            ("next_refresh", "text?", "when, in UTC"),
            ("refresh", "RefreshState", ""),
            ("problems", "[Trouble]", ""),
        ],
    },
    Shape {
        name: "RefreshState",
        about: "The newest refresh.",
        fields: &[
            ("schema", "schema", ""),
            ("id", "number", "counts the refreshes since the start"),
            ("state", "idle|running", ""),
            ("trigger", "manual|background|start?", "who began it"),
            ("done", "number", "sources that were asked"),
            ("total", "number", "sources to ask"),
            ("sources", "[RefreshSource]", ""),
            ("started", "text?", "when, in UTC"),
            ("ended", "text?", "when, in UTC"),
            ("outcome", "updated|unchanged|partial|failed|cancelled?", ""),
            ("message", "text", "what came of it, in words"),
            ("next", "text?", "when the next one is due, in UTC"),
            ("unreachable", "yes", "every source failed when it was last asked"),
        ],
    },
    Shape {
        name: "Cared",
        about: "What was done to the cache.",
        fields: &[
            ("schema", "schema", ""),
            ("message", "text", "in words"),
            ("refresh", "RefreshState", ""),
        ],
    },
    Shape {
        name: "RefreshSource",
        about: "How it goes with a source.",
        fields: &[
            ("name", "text", ""),
            ("outcome", "updated|unchanged|failed|stopped|running|waiting", ""),
            ("doing", "text?", "in words, while it runs"),
            ("found", "number", "artifacts"),
            ("written", "number", "artifacts"),
            ("new", "number", "artifacts"),
            ("updated", "number", "artifacts"),
            ("removed", "number", "artifacts"),
            ("error", "text?", "why it failed"),
        ],
    },
    Shape {
        name: "Deployed",
        about: "What an order did, or would do.",
        fields: &[
            ("schema", "schema", ""),
            ("revision", "number", "of the catalog that shows it"),
            ("project", "text", ""),
            ("message", "text", "what was done, in words"),
            ("receipt", "text?", "takes it back; `null` where nothing was written"),
            ("url", "text?", "the page of the project"),
            ("plan", "Plan", ""),
        ],
    },
    Shape {
        name: "Plan",
        about: "All that an order comes to.",
        fields: &[
            ("digest", "hash", "names exactly this plan, as `consent` wants it"),
            ("message", "text", "in words"),
            ("steps", "[Step]", "artifact by artifact"),
            ("files", "[PlannedFile]", "sorted by path; none where all is so already"),
            ("runs", "[Run]", "what an agent would run by itself, and did not before"),
            ("hidden", "[text]", "text that a reader cannot see, in what would be written"),
        ],
    },
    Shape {
        name: "Step",
        about: "What happens to one artifact.",
        fields: &[
            ("id", "text?", ""),
            ("label", "text", ""),
            ("profile", "text", ""),
            ("path", "text", "below the project"),
            ("action", "add|replace|merge|record|remove|skip|undecided", ""),
            ("state", "text?", "how the copy stands before, as in `deployments.json`"),
            ("note", "text?", "why, in words"),
            ("conflicts", "number", "places with markers"),
            ("choices", "[keep|source|merge]", "what can be chosen where it is undecided"),
        ],
    },
    Shape {
        name: "PlannedFile",
        about: "A file of the project that changes.",
        fields: &[
            ("path", "text", "below the project"),
            ("before", "HeldFile?", "`null`: it is not there"),
            ("after", "HeldFile?", "`null`: it goes"),
            ("added", "number", "lines"),
            ("removed", "number", "lines"),
            ("diff", "text?", "the lines, secrets masked; `null` where it is no text or too long"),
        ],
    },
    Shape {
        name: "HeldFile",
        about: "What a file holds.",
        fields: &[("sha256", "hash", ""), ("bytes", "number", ""), ("executable", "yes", "")],
    },
    Shape {
        name: "Run",
        about: "A command, prompt or address that an agent uses by itself.",
        fields: &[
            ("id", "text", "of the artifact"),
            ("when", "text", "in words"),
            ("what", "text", "the command line or address, what cannot be seen written out"),
            ("env", "[text]", "names of the variables that it is given"),
        ],
    },
    Shape {
        name: "Receipts",
        about: "What was deployed to a project from this machine.",
        fields: &[
            ("schema", "schema", ""),
            ("project", "text", ""),
            ("receipts", "[Receipt]", "newest first"),
        ],
    },
    Shape {
        name: "Receipt",
        about: "An order that was carried out.",
        fields: &[
            ("id", "text", "as `rollback` takes it"),
            ("at", "text", "when, in UTC"),
            ("message", "text", "what was done, in words"),
            ("undone_by", "text?", "the receipt that took it back"),
            ("undoes", "text?", "the receipt that it took back"),
            ("files", "[ReceiptFile]", "sorted by path"),
        ],
    },
    Shape {
        name: "ReceiptFile",
        about: "A file that it wrote.",
        fields: &[
            ("path", "text", "below the project"),
            ("before", "text?", "its hash; `null`: no file"),
            ("after", "text?", "likewise"),
        ],
    },
];
