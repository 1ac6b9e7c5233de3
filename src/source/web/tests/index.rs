//! The three forms of an index; the shapes are those of the README of
//! cloudflare/agent-skills-discovery-rfc at its three versions.

use std::io::Write;

use serde_json::{Value, json};

use super::Bench;
use crate::model::hash::ContentHash;
use crate::model::source::WebKind;
use crate::source::fault::{reply, tagged};

const INDEX: &str = "/.well-known/agent-skills/index.json";
const MARKDOWN: &str = "text/markdown";

fn digest(bytes: impl AsRef<[u8]>) -> String {
    ContentHash::of(bytes.as_ref()).to_string()
}

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in files {
        zip.start_file(*path, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

impl Bench {
    fn index(&self, skills: Value) -> &Self {
        let schema = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";
        let index = json!({"$schema": schema, "skills": skills, "unknown": 1});
        self.server.gives(INDEX, "application/json", index.to_string());
        self
    }
}

/// A site with one skill as a file and one as an archive.
fn site() -> Bench {
    let bench = Bench::new(WebKind::Index);
    let archive = packed(&[("SKILL.md", "wrangler"), ("scripts/deploy.sh", "deploy")]);
    let (review, wrangler) = (digest("review"), digest(&archive));
    bench.index(json!([
        {"name": "code-review", "type": "skill-md", "description": "Reviews code.",
         "url": "/.well-known/agent-skills/code-review/SKILL.md", "digest": review},
        {"name": "wrangler", "type": "archive", "description": "Deploys.",
         "url": "wrangler.zip", "digest": wrangler},
    ]));
    let at = |name: &str| format!("/.well-known/agent-skills/{name}");
    bench.server.gives(&at("code-review/SKILL.md"), MARKDOWN, "review");
    bench.server.gives(&at("wrangler.zip"), "application/zip", archive);
    bench
}

#[test]
fn files_and_archives_become_skills_and_are_fetched_once() {
    let bench = site();
    let all = [
        "skills/code-review/SKILL.md: review",
        "skills/wrangler/SKILL.md: wrangler",
        "skills/wrangler/scripts/deploy.sh: deploy",
    ];
    let first = bench.open().unwrap();
    assert_eq!(super::shown(&first), all);
    assert_eq!(bench.server.targets().len(), 3);
    let second = bench.open().unwrap();
    assert_eq!(super::shown(&second), all);
    assert_eq!(second.revision, first.revision);
    assert_eq!(bench.server.targets(), [INDEX]);
}

#[test]
fn what_changed_is_fetched_and_what_is_gone_is_gone() {
    let bench = site();
    let old = bench.open().unwrap().revision;
    bench.server.asked();
    let news = json!([{"name": "code-review", "type": "skill-md", "url": "r.md",
                       "digest": digest("review 2")}]);
    bench.index(news).server.gives("/.well-known/agent-skills/r.md", MARKDOWN, "review 2");
    let new = bench.open().unwrap();
    assert_eq!(super::shown(&new), ["skills/code-review/SKILL.md: review 2"]);
    assert_ne!(new.revision, old);
    assert_eq!(bench.server.targets(), [INDEX, "/.well-known/agent-skills/r.md"]);
}

#[test]
fn a_digest_that_does_not_fit_fails_the_source() {
    let bench = site();
    bench.server.gives("/.well-known/agent-skills/code-review/SKILL.md", MARKDOWN, "other");
    let words = "SM452 its content at `H/.well-known/agent-skills/code-review/SKILL.md` is not what \
                 the index says: its digest differs";
    assert_eq!(bench.failed(), words);
    assert!(bench.notes.answers.lock().unwrap().is_empty());
}

#[test]
fn a_draft_names_a_digest_for_each_file_and_for_all() {
    let bench = Bench::new(WebKind::Index);
    let at = |name: &str| format!("/.well-known/agent-skills/pdf/{name}");
    bench.server.gives(&at("SKILL.md"), MARKDOWN, "pdf").gives(&at("a%20b.md"), MARKDOWN, "ab");
    let files = [("SKILL.md", ContentHash::of(b"pdf")), ("a b.md", ContentHash::of(b"ab"))];
    let skill = |sum: String| {
        json!([{"name": "pdf", "description": "d", "digest": sum, "files": [
            {"path": "SKILL.md", "digest": digest("pdf")}, {"path": "a b.md", "digest": digest("ab")}]}])
    };
    bench.index(skill(ContentHash::of_files(files).to_string()));
    assert_eq!(bench.shown(), ["skills/pdf/SKILL.md: pdf", "skills/pdf/a b.md: ab"]);
    bench.server.asked();
    assert_eq!(bench.shown().len(), 2);
    assert_eq!(bench.server.targets(), [INDEX]);
    bench.index(skill(digest("something else")));
    assert!(bench.failed().starts_with("SM452 the files of `pdf` at "), "{}", bench.failed());
}

#[test]
fn the_first_form_is_found_and_its_files_are_confirmed() {
    let bench = Bench::new(WebKind::Index);
    let old = "/.well-known/skills/index.json";
    let index = json!({"skills": [
        {"name": "pdf", "description": "d", "files": ["SKILL.md", "scripts/run.sh"]}]});
    bench.server.gives(old, "application/json", index.to_string());
    let skill = "/.well-known/skills/pdf/SKILL.md";
    bench.server.on(skill, [tagged("\"1\"", MARKDOWN, "pdf")]);
    bench.server.gives("/.well-known/skills/pdf/scripts/run.sh", "text/plain", "run");
    let all = ["skills/pdf/SKILL.md: pdf", "skills/pdf/scripts/run.sh: run"];
    assert_eq!(bench.shown(), all);
    bench.server.asked();
    assert_eq!(bench.shown(), all);
    let asked = bench.server.asked();
    assert_eq!(asked.len(), 4, "the new place, the old one, and both files");
    let of_skill = asked.iter().find(|one| one.target == skill).unwrap();
    assert_eq!(of_skill.header("if-none-match"), Some("\"1\""));

    bench.server.gives(skill, "text/html", "<h1>please log in</h1>");
    let page = "SM449 what `H/.well-known/skills/pdf/SKILL.md` answered is a page, not the file: \
                perhaps a login page";
    assert_eq!(bench.failed(), page);
}

#[test]
fn links_start_where_the_index_was_found_in_the_end() {
    let bench = Bench::new(WebKind::Index);
    bench.server.on(INDEX, [reply(302, &[("Location", "/moved/here/index.json")], "")]);
    let skill =
        json!({"name": "pdf", "type": "skill-md", "url": "pdf.md", "digest": digest("pdf")});
    let index = json!({"skills": [skill]}).to_string();
    bench.server.gives("/moved/here/index.json", "application/json", index);
    bench.server.gives("/moved/here/pdf.md", MARKDOWN, "pdf");
    assert_eq!(bench.shown(), ["skills/pdf/SKILL.md: pdf"]);
}

#[test]
fn archives_that_are_too_much_together_fail_the_source() {
    let bench = Bench::new(WebKind::Index);
    let zeros = "0".repeat(1 << 20);
    let archive = packed(&[("SKILL.md", "x"), ("zeros", &zeros)]);
    let entry = |at: usize| json!({"name": format!("s{at}"), "type": "archive", "url": "/a.zip", "digest": digest(&archive)});
    bench.index((0..5).map(entry).collect());
    bench.server.gives("/a.zip", "application/zip", &archive);
    let words = "SM448 `H/a.zip` is too large: the source holds more than 4 MiB";
    assert_eq!(bench.failed(), words);
}

#[test]
fn what_is_hostile_or_unknown_is_left_out_and_the_rest_goes_on() {
    let bench = Bench::new(WebKind::Index);
    let evil = packed(&[("SKILL.md", "x"), ("../../x", "x")]);
    bench.server.gives("/ok.md", MARKDOWN, "ok").gives("/evil.zip", "application/zip", &evil);
    bench.server.gives("/.well-known/agent-skills/part/SKILL.md", MARKDOWN, "part");
    let file = |name: &str| {
        json!({"name": name, "type": "skill-md", "url": "/ok.md",
                                   "digest": digest("ok")})
    };
    bench.index(json!([
        file("ok"), file("../up"), file("/etc"), file("a\\b"), file("NUL"), file("a/b"), file(""),
        file(".git"), 7,
        {"name": "odd", "type": "docker", "url": "/x"},
        {"name": "bare"},
        {"name": "bad-digest", "type": "skill-md", "url": "/ok.md", "digest": "md5:1"},
        {"name": "script", "type": "skill-md", "url": "javascript:alert(1)"},
        {"name": "evil", "type": "archive", "url": "/evil.zip", "digest": digest(&evil)},
        {"name": "part", "files": ["SKILL.md", "../../../etc/passwd", "/x", "aux.md", "b\\c", 5]},
    ]));
    let left_out = "SM453 ";
    let (files, problems): (Vec<String>, Vec<String>) =
        bench.shown().into_iter().partition(|line| !line.starts_with(left_out));
    assert_eq!(files, ["skills/ok/SKILL.md: ok", "skills/part/SKILL.md: part"]);
    let problems: Vec<&str> = problems.iter().map(|line| &line[left_out.len()..]).collect();
    assert_eq!(
        problems,
        [
            "the name `../up` of skill 2 holds a slash",
            "the name `/etc` of skill 3 holds a slash",
            "the name `a\\b` of skill 4 holds a backslash",
            "the name `NUL` of skill 5 is the name of a device on Windows",
            "the name `a/b` of skill 6 holds a slash",
            "skill 7 has no name",
            "the name `.git` of skill 8 is what Git keeps its own in",
            "skill 9 has no name",
            "the skill `odd` is of the unknown type `docker`",
            "the skill `bare` has neither `url` nor `files`",
            "the skill `bad-digest` has a digest that is none: `md5:1` is not `sha256:` and 64 hex digits",
            "the skill `script` is nowhere: `javascript:alert(1)` is not followed: it has no `://`",
            "the path `../../../etc/passwd` of `part` leads out of its folder",
            "the path `/x` of `part` is absolute",
            "the path `aux.md` of `part` is the name of a device on Windows",
            "the path `b\\c` of `part` holds a backslash",
            "the path `` of `part` has an empty name",
            "the archive of `evil` holds the path `../../x`, which leads out of its folder",
        ]
    );
}

#[test]
fn an_index_that_is_none_fails_and_says_why() {
    let bench = Bench::new(WebKind::Index);
    assert_eq!(bench.failed(), "SM442 `H` has no index of skills");
    for (body, words) in [
        ("{}", "has no list `skills`"),
        ("{\"skills\": {}}", "has no list `skills`"),
        (
            "{\"$schema\": \"https://x/discovery/9.0.0/s\", \"skills\": []}",
            "has a form that is not known: `https://x/discovery/9.0.0/s`",
        ),
        ("{\"skills\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}", "names the skill `a` twice"),
        ("<html>", "is a page, not JSON: perhaps a login page"),
        ("{\"skills\": [", "ends in the middle"),
    ] {
        bench.server.gives(INDEX, "application/json", body);
        assert_eq!(bench.failed(), format!("SM449 what `H{INDEX}` answered {words}"));
    }
    bench.server.on(INDEX, [reply(403, &[], "")]);
    assert_eq!(bench.failed(), format!("SM443 `H{INDEX}` may not be read (403)"));
}

#[test]
fn the_address_may_be_the_index_itself_and_a_filter_spares_requests() {
    let mut bench = site();
    bench.source.include = vec!["skills/code-review/**".into()];
    bench.web.url = format!("{}{INDEX}", bench.server.url);
    assert_eq!(bench.shown(), ["skills/code-review/SKILL.md: review"]);
    bench.web.url = format!("{}/.well-known/agent-skills/", bench.server.url);
    assert_eq!(bench.shown(), ["skills/code-review/SKILL.md: review"]);
}
