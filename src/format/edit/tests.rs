//! Edits as people see them; `random` tries them on files of every layout.

mod dress;
mod random;

use super::*;

const FILE: &str = "g.yaml";

fn id(text: &str) -> ArtifactId {
    text.parse().unwrap()
}

fn member(text: &str, rank: impl Into<Option<i64>>) -> Edit {
    Edit::Member(id(text), rank.into())
}

fn title(text: &str) -> Edit {
    Edit::Text(TextKey::Title, Some(text.to_owned()))
}

#[track_caller]
fn becomes(before: &str, edits: &[Edit], after: &str) {
    let edited = apply(Form::Group, FILE, before, edits).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(edited, after);
    let again = apply(Form::Group, FILE, &edited, edits).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(again, edited, "the same edits again change nothing");
}

const DOCUMENTS: &str = "# Office files: ask before you move one.
title: 'Documents'   # as on the wall

order: 20
members:
  # the one that everybody knows
  a/skill/docx: {rank: 10}   # rank by Ann
  a/skill/pdf:

  # ours
  local/skill/report: { rank: 15 }
exclude: [ a/skill/old ] # gone
";

#[test]
fn only_the_lines_that_are_meant_change() {
    becomes(
        DOCUMENTS,
        &[member("a/skill/xlsx", 20), member("a/skill/pdf", 12), title("Papers")],
        "# Office files: ask before you move one.
title: 'Papers'   # as on the wall

order: 20
members:
  # the one that everybody knows
  a/skill/docx: {rank: 10}   # rank by Ann
  a/skill/pdf: {rank: 12}
  a/skill/xlsx: {rank: 20}

  # ours
  local/skill/report: { rank: 15 }
exclude: [ a/skill/old ] # gone
",
    );
    becomes(
        DOCUMENTS,
        &[
            Edit::NoMember(id("a/skill/docx")),
            member("local/skill/report", None),
            Edit::Exclude(id("a/skill/new")),
            Edit::Text(TextKey::Icon, Some("file: 1".into())),
            Edit::Order(None),
        ],
        "# Office files: ask before you move one.
title: 'Documents'   # as on the wall
icon: \"file: 1\"

members:
  a/skill/pdf:

  # ours
  local/skill/report:
exclude: [ a/skill/new, a/skill/old ] # gone
",
    );
}

#[test]
fn a_comment_that_goes_on_below_a_line_stays_with_it() {
    let before = "members:
  a/skill/a: {rank: 1}  # the one
                        # that is first
  # next
  a/skill/c:
    # deeper
exclude: []
";
    becomes(
        before,
        &[member("a/skill/b", None), member("a/skill/d", None)],
        "members:
  a/skill/a: {rank: 1}  # the one
                        # that is first
  a/skill/b:
  # next
  a/skill/c:
    # deeper
  a/skill/d:
exclude: []
",
    );
    becomes(
        before,
        &[Edit::NoMember(id("a/skill/a")), Edit::NoMember(id("a/skill/c"))],
        "exclude: []\n",
    );
}

#[test]
fn a_list_whose_last_entry_goes_goes_with_it_unless_something_is_said_of_it() {
    let go = [Edit::NoMember(id("a/skill/x"))];
    for (before, after) in [
        ("title: A\nmembers:\n  a/skill/x:\norder: 1\n", "title: A\norder: 1\n"),
        ("title: A\nmembers:\n  # the one\n  a/skill/x: {rank: 1} # x\n", "title: A\n"),
        ("title: A\r\n\r\nmembers:\r\n  a/skill/x:", "title: A\r\n"),
        ("title: A\n\nmembers:\n  'a/skill/x':\n\norder: 1\n", "title: A\n\norder: 1\n"),
        ("title: A\n\nmembers:\n  a/skill/x:\norder: 1\n", "title: A\n\norder: 1\n"),
        ("members: {a/skill/x: {rank: 1}}\ntitle: A\n", "title: A\n"),
        ("members: {\n  a/skill/x: null,\n}\ntitle: A\n", "title: A\n"),
        ("{title: A, members: {a/skill/x: null}} # all\n", "{title: A} # all\n"),
        ("# the file\nmembers:\n  a/skill/x:\ntitle: A\n", "# the file\ntitle: A\n"),
        ("\u{feff}members:\n  a/skill/x:\ntitle: A", "\u{feff}title: A"),
        // The only key stays.
        ("# the file\nmembers:\n  a/skill/x:\n", "# the file\nmembers:\n"),
        ("{members: {a/skill/x: null}}\n", "{members: {}}\n"),
        // What was said of it stays, and with it what it was said of.
        ("members: # by hand\n  a/skill/x:\n", "members: # by hand\n"),
        ("title: A\n# ours\nmembers:\n  a/skill/x:\n", "title: A\n# ours\nmembers:\n"),
        ("members:\n  a/skill/x:\n\n  # who next?\n", "members:\n\n  # who next?\n"),
        ("members: {a/skill/x: {rank: 1}} # all\n", "members: {} # all\n"),
        ("members: {\n  # soon\n\n  a/skill/x: null\n}\n", "members: {\n  # soon\n\n}\n"),
    ] {
        becomes(before, &go, after);
    }
    let both = [Edit::NoMember(id("a/skill/x")), member("a/skill/y", 1)];
    becomes(
        "members:\r\n  a/skill/x:\r\ntitle: A",
        &both,
        "title: A\r\nmembers:\r\n  a/skill/y: {rank: 1}",
    );
    becomes("exclude:\n- a/skill/x\ntitle: A\n", &[Edit::NoExclude(id("a/skill/x"))], "title: A\n");
}

#[test]
fn lists_that_are_empty_or_not_there_get_their_first_entry() {
    let add = [member("a/skill/x", None)];
    for (before, after) in [
        ("", "members:\n  a/skill/x:\n"),
        ("# soon\n", "# soon\nmembers:\n  a/skill/x:\n"),
        ("title: A", "title: A\nmembers:\n  a/skill/x:"),
        ("members:  # none\n", "members:  # none\n  a/skill/x:\n"),
        ("members: {} # none\n", "members: # none\n  a/skill/x:\n"),
        ("members: ~\r\ntitle: A\r\n", "members:\r\n  a/skill/x:\r\ntitle: A\r\n"),
        ("exclude: [a/skill/y]\n", "members:\n  a/skill/x:\nexclude: [a/skill/y]\n"),
        ("{title: A}\n", "{title: A, members: {a/skill/x: null}}\n"),
        ("{members: {}}\n", "{members: {a/skill/x: null}}\n"),
        ("\u{feff}title: A\n", "\u{feff}title: A\nmembers:\n  a/skill/x:\n"),
    ] {
        becomes(before, &add, after);
    }
    let add = [Edit::Exclude(id("a/skill/x"))];
    for (before, after) in [
        ("", "exclude:\n  - a/skill/x\n"),
        ("exclude: []\n", "exclude:\n  - a/skill/x\n"),
        ("exclude: a/skill/y # one\n", "exclude: [a/skill/x, a/skill/y] # one\n"),
        (
            "exclude:\n- a/skill/w # w\n# z\n- a/skill/z",
            "exclude:\n- a/skill/w # w\n- a/skill/x\n# z\n- a/skill/z",
        ),
    ] {
        becomes(before, &add, after);
    }
}

#[test]
fn lists_between_brackets_stay_so() {
    let lines = "members: {
  a/skill/m: {rank: 1}, # one
  # two
  a/skill/o: null
}
";
    becomes(
        lines,
        &[member("a/skill/n", 2), member("a/skill/p", None), Edit::NoMember(id("a/skill/m"))],
        "members: {
  a/skill/n: {rank: 2},
  # two
  a/skill/o: null,
  a/skill/p: null
}
",
    );
    becomes(
        "members: {a/skill/m, a/skill/o: {rank: 3}}\n",
        &[member("a/skill/m", 1), member("a/skill/n", 2), member("a/skill/o", None)],
        "members: {a/skill/m: {rank: 1}, a/skill/n: {rank: 2}, a/skill/o: null}\n",
    );
    becomes(
        "exclude: [a/skill/m, b/skill/n,\n  c/skill/o]\n",
        &[Edit::NoExclude(id("b/skill/n")), Edit::NoExclude(id("c/skill/o"))],
        "exclude: [a/skill/m]\n",
    );
}

#[test]
fn texts_over_several_lines_are_replaced_whole() {
    becomes(
        "title: >-\n  A long\n  one\n\n# x\nmembers:\n  a/skill/x:\n    rank: 1\n",
        &[title("no"), member("a/skill/x", 2)],
        "title: \"no\"\n\n# x\nmembers:\n  a/skill/x:\n    rank: 2\n",
    );
    becomes(
        "# about\ntitle: \"A\n  B\"\n# own\ndescription: |\n  c\norder: 1\n",
        &[title("C\nD"), Edit::Text(TextKey::Description, None)],
        "# about\ntitle: \"C\\nD\"\norder: 1\n",
    );
    becomes("# about\ntitle: A\n", &[Edit::Text(TextKey::Title, None)], "# about\n");
    // What stands at the head of the file is about the file, below `---` and a blank line, too.
    becomes("---\n\n# about\ntitle: A\n", &[Edit::Text(TextKey::Title, None)], "---\n\n# about\n");
}

#[test]
fn selectors_are_added_at_the_end() {
    let tagged = Selector { tag: vec!["documents".into()], ..Selector::default() };
    let add = Edit::Include(tagged);
    let of = |before: &str| {
        apply(Form::Collection, "c.yaml", before, std::slice::from_ref(&add)).unwrap()
    };
    assert_eq!(
        of("title: A\nexclude: []\n"),
        "title: A\ninclude:\n  - {tag: documents}\nexclude: []\n"
    );
    assert_eq!(of("include: [{kind: skill}]\n"), "include: [{kind: skill}, {tag: documents}]\n");
    assert_eq!(of("include: {kind: skill}\n"), "include: [{kind: skill}, {tag: documents}]\n");
    assert_eq!(
        of("include:\n- kind: skill\n  tag: x\n"),
        "include:\n- kind: skill\n  tag: x\n- {tag: documents}\n"
    );
}

#[test]
fn what_cannot_be_changed_safely_is_refused_with_its_line() {
    let refused = |text: &str, edit: Edit| {
        let error = apply(Form::Group, FILE, text, &[edit]).expect_err("refused");
        error.problems[0].to_string()
    };
    let add = || member("a/skill/x", None);
    assert_eq!(
        refused("title: A\nmembers: &all\n  a/skill/b:\n", add()),
        "error[SM241]: `members` holds an anchor, an alias, a tag or a key after `?`, and cannot be \
         changed\n  --> g.yaml:2:1\n  help: change it by hand, or write it one thing a line as `skillmeat` does"
    );
    for text in [
        "x-a: &a {b/skill/b: }\nmembers: *a\n",
        "members:\n  ? a/skill/b\n  : {rank: 1}\n",
        "title: &t A\ndescription: *t\nmembers:\n  a/skill/b: !!map {}\n",
        "title: A\rmembers:\r  a/skill/b:\r",
        "include:\n  tag: x\nmembers: {\n # none\n}\n",
        "members: {}\n...\n# end\n---\n",
    ] {
        let told = refused(text, add());
        assert!(
            told.starts_with("error[SM241]") || told.contains("second document"),
            "{text}: {told}"
        );
    }
    assert!(refused("title: &t A\ndescription: *t\n", title("B")).starts_with("error[SM241]"));
    assert!(
        refused("members:\n  - a\n", add()).starts_with("error[SM205]"),
        "a file that is wrong"
    );
    assert!(refused("title: [\n", add()).starts_with("error[SM201]"));
    // A place apart from it can be changed.
    becomes(
        "x-a: &a [1]\nx-b: *a\nmembers:\n",
        &[add()],
        "x-a: &a [1]\nx-b: *a\nmembers:\n  a/skill/x:\n",
    );
}
