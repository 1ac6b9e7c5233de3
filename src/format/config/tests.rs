use proptest::prelude::*;

use super::*;
use crate::format::collection::{parse_collection, parse_group};
use crate::model::source::Address;

fn problems(text: &str) -> Vec<String> {
    let error = parse(text).expect_err("has problems");
    error
        .problems
        .iter()
        .map(|p| {
            let place = p.place.as_ref().expect("has a place");
            format!("{} {}:{} {}", p.code, place.line, place.column, p.message)
        })
        .collect()
}

#[test]
fn a_full_file_is_read_as_written() {
    let config = parse(
        r#"# a comment
version: 1
site: {title: Team catalog, base_url: "https://org.example/catalog", edit_url: "https://h/{path}"}
sync: {interval: 30s, stale_after: 2h, force_after: 7d}
x-mine: {anything: [goes]}
sources:
  local: {path: content/artifacts}
  anthropics: {git: "https://github.com/anthropics/skills", ref: main, include: ["skills/**"], tags: vendor}
projects:
  web-shop: {path: ../web-shop}
"#,
    )
    .unwrap();
    assert_eq!(config.site.title, "Team catalog");
    assert_eq!(config.site.base_url.as_deref(), Some("https://org.example/catalog/"));
    assert_eq!(config.site.pages, ["content"]);
    assert_eq!(config.sync.interval, SignedDuration::from_secs(30));
    assert_eq!(config.sync.force_after, SignedDuration::from_hours(168));
    let names: Vec<&str> = config.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["local", "anthropics"]);
    assert_eq!(
        config.sources[1].address,
        Address::Git {
            url: "https://github.com/anthropics/skills".into(),
            reference: Some("main".into())
        }
    );
    assert_eq!(config.sources[1].tags, ["vendor"]);
    assert_eq!(config.sources[1].place.to_string(), "skillmeat.yaml:8:3");
    assert_eq!(config.projects[0].path.as_deref(), Some("../web-shop"));
}

#[test]
fn the_smallest_file_has_all_defaults() {
    let config = parse("version: 1\n").unwrap();
    assert_eq!(config.site, SiteSettings::default());
    assert_eq!(config.sync, SyncSettings::default());
    assert!(config.sources.is_empty() && config.projects.is_empty());
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let text = r#"version: 1
titel: x
site: {titel: x, base_url: ftp://x, pages: [../up], edit_url: "https://h/x"}
sync: {interval: 600, stale_after: [1h]}
sources:
  a b: {path: x}
  none: {tags: [x]}
  both: {path: x, git: "https://h/x"}
  evil: {git: "ext::sh -c id", ref: --x}
  folder: {path: x, ref: main, include: ["{a"]}
  later: {mcp: "https://u:p@h", search: x}
  FOLDER: {path: y, follow: yes}
projects:
  p: {git: "https://h/x"}
  q: ../q
"#;
    assert_eq!(
        problems(text),
        [
            "SM102 2:1 unknown key `titel`",
            "SM102 3:8 unknown key `titel` in `site`",
            "SM103 3:28 `site.base_url` must be an address that starts with `https://` or `http://`",
            "SM103 3:45 `site.pages` must be folders inside the catalog",
            "SM103 3:63 `site.edit_url` must be an address with `{path}` where the file's path goes",
            "SM103 4:18 `sync.interval` must be a duration such as `30s`, `10m`, `24h` or `7d`",
            "SM103 4:36 `sync.stale_after` must be text",
            "SM109 6:3 `a b` cannot be the name of a source",
            "SM105 7:3 source `none` has no address",
            "SM105 8:3 source `both` has more than one address: `path`, `git`",
            "SM107 9:15 `sources.evil.git` cannot be used: remote helpers such as `ext::` are not allowed",
            "SM107 9:37 `sources.evil.ref` cannot be used: it starts with `-`",
            "SM103 10:21 `sources.folder.ref` has a meaning only for a Git repository",
            "SM108 10:42 `{a` in `sources.folder.include` is no glob: unclosed alternate group; \
             missing '}' (maybe escape '{' with '[{]'?)",
            "SM107 11:16 `sources.later.mcp` cannot be used: a user name or token in it would be \
             published; give it in the environment",
            "SM109 12:3 `FOLDER` and `folder` differ in case alone",
            "SM103 12:29 `sources.FOLDER.follow` must be `true` or `false`",
            "SM103 15:6 `projects.q` must be a mapping: lines of `key: value` without `- `",
        ]
        .map(String::from)
    );
}

#[test]
fn a_file_that_is_no_yaml_or_of_another_version_says_so() {
    assert_eq!(
        problems("version: 1\nsite: {title: a\nsources: {}\n")[0].split(' ').next(),
        Some("SM101")
    );
    assert_eq!(
        problems("version: 1\nversion: 1\n"),
        ["SM101 2:1 not valid YAML: the key `version` is already on line 1"]
    );
    assert_eq!(problems(""), ["SM104 1:1 the file does not say its `version`"]);
    assert_eq!(problems("version: 2\n"), ["SM104 1:10 version 2 of the file is not known, only 1"]);
}

#[test]
fn durations_are_a_number_and_a_unit() {
    assert_eq!(duration("10m"), Some(SignedDuration::from_mins(10)));
    for wrong in ["", "m", "10", "0s", "-1m", "+1m", "1.5h", "99999999999999999999d", "9999d", "1é"]
    {
        assert_eq!(duration(wrong), None, "{wrong}");
    }
}

/// What the files are made of, in any order.
const PIECES: &str = "(version: 1\n|site: |sync:\n  |sources:\n|  a: |include: |members:\n|exclude: \
                      |pin:\n|views:\n|order: |color: |\\{git: |path: |x-y: |a/skill/b|[-:,~é\"'{}\\[\\] \n]){0,20}";

proptest! {
    #[test]
    fn no_text_panics(text in PIECES) {
        let _ = parse(&text);
        let _ = parse_collection("c", "c.yaml", &text);
        let _ = parse_group("g", "g.yaml", &text);
    }
}
