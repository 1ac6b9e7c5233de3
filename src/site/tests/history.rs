//! The history on the page of an artifact.

use super::fixture::{HOSTILE, fixture};
use super::rendered;
use crate::format::diff;
use crate::model::artifact::Artifact;
use crate::model::history::{Difference, History, How, KeptBy, Touched, Version};

/// What the fixture's artifacts were before.
pub(super) fn of(artifact: &Artifact) -> Option<History> {
    let kept_by = match (artifact.id.source.as_str(), artifact.id.name.as_str()) {
        ("local", "hostile") => return Some(hostile()),
        ("local", _) => return None,
        (_, "s0") => return Some(of_commits()),
        (_, "s1") => KeptBy::Syncs,
        _ => KeptBy::Commits,
    };
    Some(History { kept_by, ..History::default() })
}

fn touched(path: &str, how: How, difference: Difference) -> Touched {
    Touched { path: path.into(), from: None, how, difference }
}

fn of_commits() -> History {
    let difference = diff::between("SKILL.md", b"one\ntwo\n", b"one\n2\ttabs\nmore\n");
    let last = Version {
        commit: Some("9d2f1ae6c0ffee0123456789abcdef0123456789".into()),
        date: Some("2026-07-02".parse().unwrap()),
        subject: "Say more".into(),
        before: Some("1.1.0".into()),
        version: Some("1.2.0".into()),
        files: vec![
            touched("skills/s0/SKILL.md", How::Changed, difference),
            touched("skills/s0/logo.png", How::Changed, Difference::NotText),
        ],
        n_more: 3,
        is_lost: false,
    };
    let mut moved = touched("skills/s0/SKILL.md", How::Moved, Difference::None);
    moved.from = Some("old/s0/SKILL.md".into());
    let first = Version {
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        date: Some("2026-06-01".parse().unwrap()),
        subject: "Move".into(),
        files: vec![moved],
        ..Version::default()
    };
    History { versions: vec![last, first], has_more: true, ..History::default() }
}

fn hostile() -> History {
    let text = format!("{HOSTILE}\u{202e}\r\n</pre>\u{1b}[2J\n");
    let version = Version {
        commit: Some(HOSTILE.into()),
        date: None,
        subject: HOSTILE.into(),
        before: Some(HOSTILE.into()),
        version: Some(format!("{HOSTILE}!")),
        files: vec![touched(HOSTILE, How::Changed, diff::between("x", b"", text.as_bytes()))],
        ..Version::default()
    };
    History { versions: vec![version], ..History::default() }
}

fn section(page: &str) -> String {
    let from = page.find("<section id=\"history\"").expect("a section");
    let rest = &page[from..];
    let text = &rest[..rest.find("</section>").unwrap()];
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_page_tells_what_each_version_changed() {
    let files = rendered(&fixture());
    let page =
        |url: &str| section(std::str::from_utf8(&files[&format!("{url}index.html")]).unwrap());
    let text = page("a/vendor/skill/s0/");
    for part in [
        r#"Say more <span class="tag">v1.1.0 → 1.2.0</span>"#,
        r#"<time datetime="2026-07-02">2026-07-02</time>"#,
        r#"<a href="https://github.com/example/artifacts/commit/9d2f1ae6c0ffee0123456789abcdef0123456789" rel="noopener"><code>9d2f1ae</code>"#,
        r#"<summary>5 files <span class="plus">+2</span> <span class="minus">&minus;1</span></summary>"#,
        "changed <code>SKILL.md</code>",
        "<b>@@ -1 +1 @@\n</b><span> one\n</span><del>-two\n</del><ins>+2\ttabs\n+more\n</ins></pre>",
        "It is no text.",
        "and 3 files more",
        "moved <code>SKILL.md</code> from <code>old/s0/SKILL.md</code>",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(page("a/local/hook/guard/").contains("not known here"));
    assert!(page("a/vendor/skill/s1/").contains("it has not changed"));
    assert!(page("a/vendor/plugin/kit/").contains("only an entry that names it"));
    let hostile = page("a/local/skill/hostile/");
    for part in ["\u{202e}", "\u{1b}", "<script", "</pre>\u{1b}"] {
        assert!(!hostile.contains(part), "{part:?}\n{hostile}");
    }
    assert!(hostile.contains("\\u{202e}\\u{d}"), "{hostile}");
}
