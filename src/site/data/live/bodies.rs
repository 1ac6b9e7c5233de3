//! The bodies that a running server reads.

use super::super::shapes::Shape;

const SEEN: (&str, &str, &str) =
    ("seen", "{hash?}", "each file that this touches, with its hash; `null`: no file");
const IDS: (&str, &str, &str) = ("ids", "[id]", "artifacts, by id");
const BEFORE: (&str, &str, &str) = ("before?", "id", "in front of this one");
const AFTER: (&str, &str, &str) = ("after?", "id", "behind this one");
const FIRST: (&str, &str, &str) = ("first?", "yes", "in front of all");
const LAST: (&str, &str, &str) = ("last?", "yes", "behind all");

const PROJECT: (&str, &str, &str) = ("project", "text", "its name in `skillmeat.yaml`");
const SOME_IDS: (&str, &str, &str) = ("ids?", "[id]", "artifacts, by id");
const OF_COLLECTION: (&str, &str, &str) = ("collection?", "slug", "all of it, in place of `ids`");
const OF_GROUP: (&str, &str, &str) = ("group?", "slug", "of that collection, this group alone");
const PROFILE: (&str, &str, &str) =
    ("profile?", "claude_code|codex|gemini|cursor|copilot?", "whose copies; of every one without");
const CHOICE: (&str, &str, &str) =
    ("choice?", "keep|source|merge?", "what is done with copies that a person changed");
const CHOICES: (&str, &str, &str) =
    ("choices?", "{keep|source|merge}", "the same for single artifacts, by id");
const HIDDEN: (&str, &str, &str) =
    ("allow_hidden?", "yes", "text that nobody sees is written, too");
const CONSENT: (&str, &str, &str) =
    ("consent?", "hash?", "the `digest` of the plan that was looked at: that one and no other");
const DRY_RUN: (&str, &str, &str) = ("dry_run?", "yes", "only the plan; nothing is written");

/// The shapes that bodies have: keys that are not here are refused.
pub(in crate::site::data) const SHAPES: &[Shape] = &[
    Shape {
        name: "NewCollection",
        about: "A collection to make.",
        fields: &[
            SEEN,
            ("title", "title", ""),
            ("slug?", "slug", "the name of its folder; made from the title without it"),
            ("description?", "words?", ""),
            ("owner?", "words?", "who answers for it"),
            ("ids?", "[id]", "its first members"),
        ],
    },
    Shape {
        name: "WholeCollection",
        about: "All texts of a collection.",
        fields: &[
            SEEN,
            ("title", "title", ""),
            ("description?", "words?", ""),
            ("owner?", "words?", ""),
        ],
    },
    Shape {
        name: "PartCollection",
        about: "Texts of a collection, and its place.",
        fields: &[
            SEEN,
            ("title?", "title", ""),
            ("description?", "words?", ""),
            ("owner?", "words?", ""),
            ("before?", "slug?", "in front of this collection; `null`: behind all"),
        ],
    },
    Shape {
        name: "NewGroup",
        about: "A group to make.",
        fields: &[
            SEEN,
            ("title", "title", ""),
            ("slug?", "slug", "the name of its file; made from the title without it"),
            ("description?", "words?", ""),
            ("icon?", "words?", ""),
            ("color?", "color?", ""),
            ("ids?", "[id]", "its first members"),
        ],
    },
    Shape {
        name: "WholeGroup",
        about: "All texts of a group.",
        fields: &[
            SEEN,
            ("title", "title", ""),
            ("description?", "words?", ""),
            ("icon?", "words?", ""),
            ("color?", "color?", ""),
        ],
    },
    Shape {
        name: "PartGroup",
        about: "Texts of a group, and its place.",
        fields: &[
            SEEN,
            ("title?", "title", ""),
            ("description?", "words?", ""),
            ("icon?", "words?", ""),
            ("color?", "color?", ""),
            ("before?", "slug?", "in front of this group; `null`: behind all"),
        ],
    },
    Shape { name: "Deletion", about: "What is deleted was seen.", fields: &[SEEN] },
    Shape {
        name: "Members",
        about: "What to do with artifacts, in this order.",
        fields: &[SEEN, ("changes", "[Add|Move|Copy|Remove|Place]", "all of it or nothing")],
    },
    Shape {
        name: "Add",
        about: "Into the collection, or into a group of it.",
        fields: &[
            ("do", "add", ""),
            IDS,
            ("group?", "slug", "into this group, too"),
            BEFORE,
            AFTER,
            FIRST,
            LAST,
        ],
    },
    Shape {
        name: "Move",
        about: "From group to group, or with `to` into another collection.",
        fields: &[
            ("do", "move", ""),
            IDS,
            ("from?", "slug", "out of this group; without it, what no group holds"),
            ("to?", "slug", "into this collection, out of this one"),
            ("group?", "slug", "into this group"),
            BEFORE,
            AFTER,
            FIRST,
            LAST,
        ],
    },
    Shape {
        name: "Copy",
        about: "Into another group or collection; they stay where they are, too.",
        fields: &[
            ("do", "copy", ""),
            IDS,
            ("to?", "slug", "into this collection"),
            ("group?", "slug", "into this group"),
            BEFORE,
            AFTER,
            FIRST,
            LAST,
        ],
    },
    Shape {
        name: "Remove",
        about: "Out of a group, or without one out of the collection.",
        fields: &[("do", "remove", ""), IDS, ("from?", "slug", "out of this group alone")],
    },
    Shape {
        name: "Place",
        about: "To another place in a group; behind all without one.",
        fields: &[("do", "place", ""), IDS, ("group", "slug", ""), BEFORE, AFTER, FIRST, LAST],
    },
    Shape {
        name: "Undo",
        about: "Which edit to take back.",
        fields: &[("id", "text", "as the answer to the edit had it")],
    },
    Shape {
        name: "Refresh",
        about: "What to ask.",
        fields: &[
            ("force?", "yes", "read again what has not changed"),
            ("sources?", "[text]", "by name; all that live elsewhere without it"),
        ],
    },
    Shape {
        name: "Deploy",
        about: "What to deploy where.",
        fields: &[
            PROJECT,
            SOME_IDS,
            OF_COLLECTION,
            OF_GROUP,
            (
                "profile?",
                "claude_code|codex|gemini|cursor|copilot?",
                "for which agent; `claude_code` without it",
            ),
            ("at?", "text?", "as it was at this commit of its source"),
            CHOICE,
            CHOICES,
            HIDDEN,
            CONSENT,
            DRY_RUN,
        ],
    },
    Shape {
        name: "Redeploy",
        about: "Which copies to bring up to date.",
        fields: &[
            PROJECT,
            SOME_IDS,
            OF_COLLECTION,
            OF_GROUP,
            PROFILE,
            CHOICE,
            CHOICES,
            HIDDEN,
            CONSENT,
            DRY_RUN,
        ],
    },
    Shape {
        name: "Undeploy",
        about: "Which copies to remove.",
        fields: &[PROJECT, SOME_IDS, OF_COLLECTION, OF_GROUP, PROFILE, CONSENT, DRY_RUN],
    },
    Shape {
        name: "Rollback",
        about: "How far back; one of `to` and `receipt`.",
        fields: &[
            PROJECT,
            ("to?", "text", "to how the project was right after this receipt; `0`: before all"),
            ("receipt?", "text", "this one alone is taken back"),
            CONSENT,
            DRY_RUN,
        ],
    },
    Shape { name: "Nothing", about: "An empty object.", fields: &[] },
];
