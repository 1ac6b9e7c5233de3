//! What the page of an artifact says, the pages of its files, and the file that has all of them.

use std::io::Read;

use super::*;
use crate::model::artifact::File;
use crate::model::id::ArtifactId;

fn page(fixture: &Fixture, path: &str) -> String {
    fixture.site(|site| {
        let output = site.find(path).unwrap_or_else(|| panic!("there is no {path}"));
        String::from_utf8(site.render(output).unwrap()).unwrap()
    })
}

fn bytes(fixture: &Fixture, path: &str) -> Vec<u8> {
    fixture.site(|site| site.render(site.find(path).unwrap()).unwrap())
}

/// The words of a page without its tags, in one line.
fn words(html: &str) -> String {
    let text: Vec<&str> =
        html.split('<').filter_map(|part| part.split_once('>')).map(|p| p.1).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of one section.
fn section(html: &str, id: &str) -> String {
    let start = html.find(&format!("<section id=\"{id}\"")).unwrap();
    let rest = &html[start..];
    let end = rest[1..].find("<section id=").or_else(|| rest.find("<aside")).unwrap();
    words(&rest[..=end])
}

fn position(fixture: &Fixture, id: &str) -> usize {
    let id: ArtifactId = id.parse().unwrap();
    fixture.catalog.find(&id).unwrap()
}

/// Gives an artifact one more file.
fn add_file(fixture: &mut Fixture, id: &str, path: &str, bytes: &[u8], executable: bool) {
    let at = position(fixture, id);
    let hash = ContentHash::of(bytes);
    fixture.texts.0.insert(hash, bytes.to_vec());
    let files = &mut fixture.catalog.artifacts[at].files;
    files.push(File { path: path.into(), size: bytes.len() as u64, hash, executable });
    files.sort_by(|a, b| a.path.cmp(&b.path));
}

#[test]
fn install_commands_fit_the_kind_the_source_and_each_client() {
    let fixture = fixture();
    let commands = |path: &str| -> Vec<(String, String)> {
        let html = page(&fixture, path);
        let mut shown = Vec::new();
        for client in html.split("data-client=\"").skip(1) {
            let name = client.split('"').next().unwrap();
            for command in between(client, "<div class=\"command", "</code>") {
                let command = command.split_once("<code>").unwrap().1;
                let text = command.replace("&#39;", "'").replace("&quot;", "\"");
                shown.push((name.to_owned(), text.replace("&amp;", "&")));
            }
        }
        shown
    };
    let told = |client: &str, command: &str| (client.to_owned(), command.to_owned());
    assert_eq!(
        commands("a/local/mcp/files/"),
        [
            told(
                "Claude Code",
                "claude mcp add --env TOKEN=... --transport stdio files -- npx -y 'files server'"
            ),
            told("Codex", "codex mcp add files --env TOKEN=... -- npx -y 'files server'"),
            told(
                "Gemini CLI",
                "gemini mcp add --env TOKEN=... --transport stdio files npx -- -y 'files server'"
            ),
            told(
                "Cursor",
                r#""files": {"command":"npx","args":["-y","files server"],"env":{"TOKEN":"..."}}"#
            ),
        ]
    );
    let add = "npx skills add example/artifacts --skill s1";
    assert_eq!(
        commands("a/vendor/skill/s1/"),
        [
            told("Claude Code", &format!("{add} --agent claude-code")),
            told("Codex", &format!("{add} --agent codex")),
            told("Gemini CLI", &format!("{add} --agent gemini-cli")),
            told("Cursor", &format!("{add} --agent cursor")),
            told("Others", add),
        ]
    );
    let copy = |folder: &str| {
        format!("mkdir -p {folder} && cp -r content/artifacts/skills/hostile {folder}")
    };
    assert_eq!(
        commands("a/local/skill/hostile/"),
        [
            told("Claude Code", &copy(".claude/skills/")),
            told("Codex, Gemini CLI, Cursor", &copy(".agents/skills/")),
        ]
    );
    assert_eq!(commands("a/local/hook/guard/"), []);
}

#[test]
fn every_tab_has_its_section_and_an_empty_one_says_why() {
    let fixture = fixture();
    let html = page(&fixture, "a/vendor/skill/s1/");
    let tabs = between(&html, "<nav class=\"tabs sections\" aria-label=\"Sections\">", "</nav>");
    let ids: Vec<&str> =
        tabs[0].split("href=\"#").skip(1).map(|tab| tab.split('"').next().unwrap()).collect();
    let wanted = [
        "overview",
        "files",
        "can",
        "collections",
        "deployments",
        "history",
        "related",
        "problems",
    ];
    assert_eq!(ids, wanted);
    assert_eq!(
        words(tabs[0]),
        "Overview Files 2 What this can do 0 Collections 1 Deployments 1 History 0 Related 8 \
         Problems 0"
    );
    for id in ids {
        assert!(html.contains(&format!("<section id=\"{id}\"")), "{id}");
    }
    for (id, why) in [("can", "It is words alone"), ("problems", "None found.")] {
        assert!(section(&html, id).contains(why), "{}", section(&html, id));
    }
    let lonely = page(&fixture, "a/local/hook/guard/");
    assert!(section(&lonely, "related").contains("Nothing else in this catalog"));
    assert!(section(&lonely, "deployments").contains("In none of the 2 projects"));
}

#[test]
fn a_deployment_tells_what_was_deployed_what_is_there_and_what_is_latest() {
    let html = page(&fixture(), "a/vendor/skill/s2/");
    assert_eq!(
        section(&html, "deployments"),
        "Deployments Project State Deployed Here now Latest Where web-shop \
         Update available d15f000 2026-11-01 not there newer .claude/skills/s2 claude_code"
    );
}

#[test]
fn a_file_has_a_page_with_its_lines_and_links_to_files_lead_there() {
    let mut fixture = fixture();
    add_file(&mut fixture, "vendor/skill/s1", "scripts/run.sh", b"#!/bin/sh\n\techo <b>\n", true);
    add_file(&mut fixture, "vendor/skill/s1", "font.ttf", &[0, 159], false);
    let at = position(&fixture, "vendor/skill/s1");
    fixture.catalog.artifacts[at].files[0].size = 300 << 10;
    assert_eq!(fixture.catalog.artifacts[at].files[0].path, "SKILL.md");
    let html = page(&fixture, "a/vendor/skill/s1/files/scripts/run.sh.txt/");
    assert!(html.contains("<pre aria-hidden=\"true\">1\n2</pre>"), "{html}");
    let code = between(&html, "<code>", "</code>")[0];
    let text: Vec<&str> = code.split('<').map(|part| part.rsplit('>').next().unwrap()).collect();
    assert_eq!(text.concat(), "#!/bin/sh\n\techo &lt;b&gt;");
    let notes = page(&fixture, "a/vendor/skill/s1/files/notes.md/");
    assert!(notes.contains("id=\"user-content-notes\""), "{notes}");
    let overview = page(&fixture, "a/vendor/skill/s1/");
    assert!(overview.contains("href=\"../../../../a/vendor/skill/s1/files/notes.md/\""));
    let files = section(&overview, "files");
    assert!(files.contains("scripts/ 1 file, 20 B run.sh executable"), "{files}");
    assert!(files.contains("font.ttf not text 2 B"), "{files}");
    fixture.site(|site| {
        let pages = site.outputs().iter().filter(|one| one.path.contains("skill/s1/files/"));
        assert_eq!(pages.count(), 2, "the document and what is no text have none");
    });
}

#[test]
fn a_plugin_shows_the_files_of_its_members_on_their_pages() {
    let mut fixture = fixture();
    let (kit, helper) =
        (position(&fixture, "vendor/plugin/kit"), position(&fixture, "vendor/agent/kit:helper"));
    fixture.catalog.artifacts[kit].path = "kit".into();
    fixture.catalog.artifacts[helper].path = "kit/agents/helper.md".into();
    add_file(&mut fixture, "vendor/plugin/kit", "agents/helper.md", b"# Helper\n", false);
    add_file(&mut fixture, "vendor/plugin/kit", "run.sh", b"echo\n", false);
    let html = page(&fixture, "a/vendor/plugin/kit/");
    assert!(html.contains("<a href=\"../../../../a/vendor/agent/kit--helper/\">helper.md</a>"));
    assert!(html.contains("href=\"../../../../a/vendor/plugin/kit/files/run.sh.txt/\""));
    assert_eq!(section(&html, "members"), "Members 1 agent helper");
}

#[test]
fn all_files_in_one_are_the_same_bytes_each_time_and_hold_no_secret() {
    let mut fixture = fixture();
    add_file(&mut fixture, "vendor/skill/s1", "run.sh", b"#!/bin/sh\n", true);
    add_file(&mut fixture, "vendor/skill/s1", "a.bin", &[0, 159, 146], false);
    let secret = br#"{"env": {"TOKEN": "s3cret"}}"#;
    add_file(&mut fixture, "vendor/skill/s1", "mcp.json", secret, false);
    let packed = bytes(&fixture, "a/vendor/skill/s1/s1.zip");
    assert_eq!(packed, bytes(&fixture, "a/vendor/skill/s1/s1.zip"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(packed)).unwrap();
    let mut found = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert_eq!(file.last_modified().unwrap(), zip::DateTime::default());
        assert!(!String::from_utf8_lossy(&bytes).contains("s3cret"));
        found.push((
            file.name().unwrap().into_owned(),
            file.unix_mode().unwrap() & 0o777,
            bytes.len(),
        ));
    }
    let skill = fixture.catalog.artifacts[position(&fixture, "vendor/skill/s1")].files[0].clone();
    let wanted = [
        ("s1/SKILL.md", 0o644, usize::try_from(skill.size).unwrap()),
        ("s1/a.bin", 0o644, 3),
        ("s1/mcp.json", 0o644, "{\n  \"env\": {\n    \"TOKEN\": \"<redacted>\"\n  }\n}\n".len()),
        ("s1/notes.md", 0o644, 8),
        ("s1/run.sh", 0o755, 10),
    ];
    assert_eq!(found, wanted.map(|(path, mode, len)| (path.to_owned(), mode, len)));
    fixture.site(|site| assert_eq!(site.find("a/local/hook/guard/guard.zip"), None));
}

#[test]
fn what_it_can_do_is_read_from_its_texts() {
    let mut fixture = fixture();
    let script = b"#!/usr/bin/env python3\nget('https://u:s3cret@api.example.org/v1')\n";
    add_file(&mut fixture, "vendor/skill/s1", "run", script, true);
    let hidden = "a\u{200b}\nhttps://api.example.org\n".as_bytes();
    add_file(&mut fixture, "vendor/skill/s1", "hidden.txt", hidden, false);
    add_file(&mut fixture, "vendor/skill/s1", "x.bin", &[0, 159], false);
    let html = page(&fixture, "a/vendor/skill/s1/");
    assert_eq!(
        section(&html, "can"),
        "What this can do Read from its metadata and 4 text files, not judged. There are \
         characters in its text that do not show. hidden.txt line 1: U+200B zero width space \
         Scripts File Run by Size run executable python3 66 B Addresses named in its text \
         api.example.org ×2 Files that are no text x.bin, 2 B"
    );
}

#[test]
fn related_names_twins_namesakes_the_plugin_and_what_shares_tags() {
    let mut fixture = fixture();
    let (one, two) = (position(&fixture, "vendor/skill/s1"), position(&fixture, "vendor/skill/s2"));
    let files = fixture.catalog.artifacts[one].files.clone();
    let hash = fixture.catalog.artifacts[one].hash;
    fixture.catalog.artifacts[two].files = files;
    fixture.catalog.artifacts[two].hash = hash;
    // The same name in another source; its place among the ids stays.
    let other = position(&fixture, "local/skill/hostile");
    fixture.catalog.artifacts[other].id.name = "S1".into();
    let html = page(&fixture, "a/vendor/skill/s1/");
    let related = section(&html, "related");
    let at = |words: &str| related.find(words).unwrap_or_else(|| panic!("{words}: {related}"));
    assert!(at("The same elsewhere") < at("s2 vendor"));
    assert!(at("s2 vendor") < at("Also called s1"));
    assert!(at("Also called s1") < at("With the same tags"));
    assert_eq!(related.matches(" s2 vendor").count(), 1, "each is named once: {related}");
    let helper = page(&fixture, "a/vendor/agent/kit--helper/");
    assert!(section(&helper, "related").contains("In the plugin kit Installed together with it."));
}

#[test]
fn a_tombstone_says_where_it_was_and_what_has_its_name() {
    let mut fixture = fixture();
    let html = page(&fixture, "a/vendor/skill/old/");
    let commit = "9d2f1ae6c0ffee0123456789abcdef0123456789";
    let history = format!("https://github.com/example/artifacts/commits/{commit}/skills/old");
    assert!(html.contains(&format!("href=\"{history}\"")), "{html}");
    assert!(html.contains("No other source has a skill of this name."), "{html}");
    fixture.catalog.removed[0].id.name = "s1".into();
    fixture.catalog.removed[0].id.source = "other".into();
    let html = page(&fixture, "a/other/skill/s1/");
    assert!(html.contains("<a href=\"../../../../a/vendor/skill/s1/\">s1</a>"), "{html}");
}
