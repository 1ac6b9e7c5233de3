//! What only a running server answers below `api/v1/`: one table, from which requests are routed,
//! bodies read, and the description and the page of the API made.
//!
//! It says what there is. What happens then is no matter of a site.

pub(super) mod answers;
pub(super) mod bodies;

pub use answers::{EVENT_STREAM, READING, Said, WRITING};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    Status,
    Events,
    RefreshState,
    Refresh,
    CancelRefresh,
    CreateCollection,
    ReplaceCollection,
    EditCollection,
    DeleteCollection,
    CreateGroup,
    ReplaceGroup,
    EditGroup,
    DeleteGroup,
    Members,
    Undo,
    Edits,
    VacuumCache,
    RepairCache,
    ClearCache,
    Deploy,
    Redeploy,
    Undeploy,
    Rollback,
    Receipts,
}

/// One way to ask for something.
pub struct Route {
    pub operation: Operation,
    pub method: &'static str,
    /// Below `api/v1/`; a name in braces stands for one part of the path.
    pub path: &'static str,
    pub about: &'static str,
    /// The shape of the body, with an example.
    pub body: Option<(&'static str, &'static str)>,
    /// What is answered when all is well: status, shape, meaning.
    pub done: &'static [Said],
    /// What goes wrong in ways of its own, besides [`Route::refusals`].
    pub wrong: &'static [Said],
}

impl Route {
    /// Whether it may change anything: only where a server was started to be edited.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// The shape of the body it reads.
    pub fn body_shape(&self) -> &'static str {
        self.body.map_or("Nothing", |(shape, _)| shape)
    }

    /// The statuses that are its own.
    pub fn own(&self) -> impl Iterator<Item = &'static Said> {
        self.done.iter().chain(self.wrong)
    }

    /// Every status it may answer, in order.
    pub fn said(&self) -> Vec<Said> {
        let common = if self.writes() { WRITING } else { READING };
        let mut said: Vec<Said> = self.own().chain(common).copied().collect();
        said.sort_by_key(|said| said.status);
        // What a route says of a status itself comes first, and stays.
        said.dedup_by_key(|said| said.status);
        said
    }

    /// The parts of the path that have a name.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        parameters(self.path)
    }
}

/// The names in braces of a path.
pub fn parameters(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// Every route, those of one thing together.
pub const ROUTES: &[Route] = &[
    Route {
        operation: Operation::Status,
        method: "GET",
        path: "status",
        about: "How it stands with the server",
        body: None,
        done: answers::STATUS,
        wrong: answers::NONE,
    },
    Route {
        operation: Operation::Events,
        method: "GET",
        path: "events",
        about: "What happens, as server-sent events: `revision`, `problems`, `sync`",
        body: None,
        done: answers::EVENTS,
        wrong: answers::BUSY,
    },
    Route {
        operation: Operation::RefreshState,
        method: "GET",
        path: "refresh",
        about: "The newest refresh and how it goes",
        body: None,
        done: answers::REFRESH,
        wrong: answers::NONE,
    },
    Route {
        operation: Operation::Refresh,
        method: "POST",
        path: "refresh",
        about: "Asks the sources now; one that runs is answered, one in the background gives way",
        body: Some(("Refresh", r#"{"force": true, "sources": ["team"]}"#)),
        done: answers::REFRESHING,
        wrong: answers::OFFLINE,
    },
    Route {
        operation: Operation::CancelRefresh,
        method: "DELETE",
        path: "refresh",
        about: "Ends the refresh that runs",
        body: Some(("Nothing", r#"{}"#)),
        done: answers::REFRESH,
        wrong: answers::NONE,
    },
    Route {
        operation: Operation::CreateCollection,
        method: "POST",
        path: "collections",
        about: "Makes a collection",
        body: Some((
            "NewCollection",
            r#"{"seen": {"collections/papers/collection.yaml": null}, "title": "Papers", "description": "What writes", "ids": ["local/skill/report"]}"#,
        )),
        done: answers::CREATED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::ReplaceCollection,
        method: "PUT",
        path: "collections/{collection}",
        about: "Sets every text of a collection: one that is not given is taken away",
        body: Some((
            "WholeCollection",
            r#"{"seen": {"collections/team/collection.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "title": "Our team", "owner": "platform"}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::EditCollection,
        method: "PATCH",
        path: "collections/{collection}",
        about: "Sets the texts that are given, `null` takes one away; `before` places it",
        body: Some((
            "PartCollection",
            r#"{"seen": {"collections/team/collection.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "title": "Our team", "before": null}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::DeleteCollection,
        method: "DELETE",
        path: "collections/{collection}",
        about: "Deletes the files of a collection; its artifacts stay",
        body: Some((
            "Deletion",
            r#"{"seen": {"collections/team/collection.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::CreateGroup,
        method: "POST",
        path: "collections/{collection}/groups",
        about: "Makes a group",
        body: Some((
            "NewGroup",
            r#"{"seen": {"collections/team/collection.yaml": null, "collections/team/groups/documents.yaml": null}, "title": "Documents", "color": "teal", "ids": ["local/skill/report"]}"#,
        )),
        done: answers::CREATED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::ReplaceGroup,
        method: "PUT",
        path: "collections/{collection}/groups/{group}",
        about: "Sets every text of a group: one that is not given is taken away",
        body: Some((
            "WholeGroup",
            r#"{"seen": {"collections/team/groups/documents.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "title": "Papers"}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::EditGroup,
        method: "PATCH",
        path: "collections/{collection}/groups/{group}",
        about: "Sets the texts that are given, `null` takes one away; `before` places it",
        body: Some((
            "PartGroup",
            r#"{"seen": {"collections/team/groups/documents.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "color": "blue"}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::DeleteGroup,
        method: "DELETE",
        path: "collections/{collection}/groups/{group}",
        about: "Deletes a group; its artifacts stay in the collection",
        body: Some((
            "Deletion",
            r#"{"seen": {"collections/team/groups/documents.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::Members,
        method: "POST",
        path: "collections/{collection}/members",
        about: "Adds, moves, copies, removes and places artifacts: all of it or nothing",
        body: Some((
            "Members",
            r#"{"seen": {"collections/team/groups/documents.yaml": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}, "changes": [{"do": "add", "ids": ["local/skill/report"], "group": "documents"}]}"#,
        )),
        done: answers::EDITED,
        wrong: answers::CHANGING,
    },
    Route {
        operation: Operation::Undo,
        method: "POST",
        path: "undo",
        about: "Gives the files back the bytes they had before an edit; an edit itself",
        body: Some(("Undo", r#"{"id": "17"}"#)),
        done: answers::EDITED,
        wrong: answers::UNDOING,
    },
    Route {
        operation: Operation::Edits,
        method: "GET",
        path: "edits",
        about: "The last edits, newest first",
        body: None,
        done: answers::EDITS,
        wrong: answers::NONE,
    },
    Route {
        operation: Operation::VacuumCache,
        method: "POST",
        path: "cache/vacuum",
        about: "Gives back the room that the cache does not need",
        body: Some(("Nothing", "{}")),
        done: answers::CARED,
        wrong: answers::ASKING,
    },
    Route {
        operation: Operation::RepairCache,
        method: "POST",
        path: "cache/repair",
        about: "Takes out of the cache what is damaged, and has it read again",
        body: Some(("Nothing", "{}")),
        done: answers::CARED,
        wrong: answers::ASKING,
    },
    Route {
        operation: Operation::ClearCache,
        method: "POST",
        path: "cache/clear",
        about: "Empties the cache of all but what the pages are made from, and has it read again",
        body: Some(("Nothing", "{}")),
        done: answers::CARED,
        wrong: answers::ASKING,
    },
    Route {
        operation: Operation::Deploy,
        method: "POST",
        path: "deployments",
        about: "Deploys artifacts, or a collection or group of them, to a project",
        body: Some((
            "Deploy",
            r#"{"project": "web-shop", "ids": ["local/skill/report"], "profile": "claude_code", "dry_run": true}"#,
        )),
        done: answers::DEPLOYED,
        wrong: answers::DEPLOYING,
    },
    Route {
        operation: Operation::Redeploy,
        method: "PUT",
        path: "deployments",
        about: "Brings copies to what their sources have; without `ids` all that a project has",
        body: Some((
            "Redeploy",
            r#"{"project": "web-shop", "ids": ["local/skill/report"], "choices": {"local/skill/report": "source"}}"#,
        )),
        done: answers::DEPLOYED,
        wrong: answers::DEPLOYING,
    },
    Route {
        operation: Operation::Undeploy,
        method: "DELETE",
        path: "deployments",
        about: "Removes copies from a project, as far as nobody changed them",
        body: Some(("Undeploy", r#"{"project": "web-shop", "ids": ["local/skill/report"]}"#)),
        done: answers::DEPLOYED,
        wrong: answers::TAKING,
    },
    Route {
        operation: Operation::Rollback,
        method: "POST",
        path: "deployments/rollback",
        about: "Takes a project back to a receipt, or one receipt back",
        body: Some(("Rollback", r#"{"project": "web-shop", "receipt": "17"}"#)),
        done: answers::DEPLOYED,
        wrong: answers::TAKING,
    },
    Route {
        operation: Operation::Receipts,
        method: "GET",
        path: "projects/{project}/receipts",
        about: "What was deployed to a project from this machine, newest first",
        body: None,
        done: answers::RECEIPTS,
        wrong: answers::NO_PROJECT,
    },
];
