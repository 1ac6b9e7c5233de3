use jiff::civil::date;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::format::scalar::tests::text;
use crate::model::deployment::{By, Deployment, State};
use crate::model::hash::ContentHash;
use crate::model::id::Kind;
use crate::model::structure::Member;

fn hash(text: &str) -> ContentHash {
    ContentHash::of(text.as_bytes())
}

fn pinned(path: &str, version: Option<&str>) -> LockedArtifact {
    let seen = Seen::Pinned {
        pin: Pin { hash: hash(path), context: None },
        version: version.map(str::to_owned),
        added: Some(date(2025, 10, 16)),
        changed: None,
        was: vec![],
    };
    LockedArtifact { path: path.into(), seen }
}

fn a_lock() -> Lock {
    let mut lock = Lock::default();
    let git = LockedSource::Git {
        url: "https://github.com/anthropics/skills".into(),
        reference: Some("main".into()),
        commit: "9d2f1aebd7".into(),
        date: Some(date(2026, 7, 2)),
    };
    lock.sources.insert("anthropics".into(), git);
    lock.sources.insert("here".into(), LockedSource::Inside { path: "content/artifacts".into() });
    lock.sources.insert("there".into(), LockedSource::Outside);
    let id = |text: &str| text.parse::<ArtifactId>().unwrap();
    let mut artifacts = BTreeMap::new();
    artifacts.insert(id("anthropics/skill/pdf"), pinned("skills/pdf", Some("1.2.0")));
    let gone = LockedArtifact { path: "old".into(), seen: Seen::Removed(date(2026, 8, 1)) };
    artifacts.insert(id("anthropics/skill/p:old"), gone);
    let inside = LockedArtifact { path: "report".into(), seen: Seen::Inside };
    artifacts.insert(id("here/skill/report"), inside);
    lock.artifacts = Arc::new(artifacts);
    let deployment = Deployment {
        kind: Kind::Skill,
        name: "pdf".into(),
        id: Some(id("anthropics/skill/pdf")),
        profile: "claude_code".into(),
        state: State::Modified,
        path: ".claude/skills/pdf".into(),
        by: Some(By::SkillMeat),
        links: vec![".agents/skills/pdf".into()],
        deployed_at: Some(date(2026, 11, 1)),
        base: Some("original:d15f".into()),
        here: None,
    };
    let project = ProjectState {
        name: "web-shop".into(),
        scanned: Some(date(2026, 11, 20)),
        deployments: vec![deployment],
    };
    lock.projects.insert("web-shop".into(), project);
    lock.structures.insert("team".into(), a_structure());
    let empty = ProjectState { name: "z".into(), scanned: None, deployments: vec![] };
    lock.projects.insert("z".into(), empty);
    lock
}

fn a_structure() -> LockedStructure {
    let member = |name: &str| Member { kind: Kind::Skill, name: name.into() };
    let said = |title: &str, order| Said { title: title.into(), order, ..Said::default() };
    let planning = LockedSection {
        at: "planning".into(),
        said: Said { color: Some("slate".into()), ..said("Planning", 10) },
        members: [(member("pdf"), LockedMember { rank: Some(10), removed: None })].into(),
    };
    let gone = LockedMember { rank: None, removed: Some(date(2026, 11, 1)) };
    let shelf = LockedShelf {
        at: "practice".into(),
        said: Said { description: "How: we build".into(), ..said("Practice", 20) },
        members: [(member("old"), gone), (member("pdf"), LockedMember::default())].into(),
        groups: [("a51c".to_owned(), planning)].into(),
    };
    [("0cc0".to_owned(), shelf)].into()
}

#[test]
fn a_lock_is_one_line_per_thing() {
    let text = write(&a_lock());
    let pdf = hash("skills/pdf");
    assert_eq!(
        text,
        format!(
            r#"# Written by `skillmeat sync`; do not edit. After a merge conflict, run `skillmeat sync` again.
version: 1
sources:
  anthropics: {{git: "https://github.com/anthropics/skills", ref: main, commit: 9d2f1aebd7, date: 2026-07-02}}
  here: {{path: content/artifacts}}
  there: {{outside: true}}
artifacts:
  anthropics/skill/p:old: {{path: old, removed: 2026-08-01}}
  anthropics/skill/pdf: {{path: skills/pdf, hash: "{pdf}", version: "1.2.0", added: 2025-10-16}}
  here/skill/report: {{path: report}}
structures:
  team/0cc0: {{at: practice, title: Practice, description: "How: we build", order: 20}}
  team/0cc0 skill:old: {{removed: 2026-11-01}}
  team/0cc0 skill:pdf: {{}}
  team/0cc0/a51c: {{at: planning, title: Planning, order: 10, color: slate}}
  team/0cc0/a51c skill:pdf: {{rank: 10}}
projects:
  web-shop:
    scanned: 2026-11-20
    deployments:
      - {{kind: skill, name: pdf, id: anthropics/skill/pdf, profile: claude_code, state: modified, path: .claude/skills/pdf, by: skillmeat, links: [".agents/skills/pdf"], deployed_at: 2026-11-01, base: "original:d15f"}}
  z: {{}}
"#
        )
    );
    assert!(lines::read(&text, lines::Repeats::Refuse).is_ok(), "the fast way takes it");
    assert_eq!(parse(&text).unwrap(), a_lock());
    assert_eq!(parse(&text.replace('\n', "\r\n")).unwrap(), a_lock());
    assert_eq!(parse("").unwrap(), Lock::default());
}

#[test]
fn what_an_artifact_was_before_is_a_list_on_its_line() {
    let mut artifact = pinned("x", None);
    let was = |text: &str, context: Option<&str>, day, version: Option<&str>| Was {
        pin: Pin { hash: hash(text), context: context.map(hash) },
        date: day,
        version: version.map(str::to_owned),
    };
    let before = vec![
        was("two", Some("shelf"), Some(date(2026, 8, 1)), Some("1.2.0, \"beta\"")),
        was("one", None, None, None),
    ];
    let Seen::Pinned { was, .. } = &mut artifact.seen else { panic!() };
    was.clone_from(&before);
    let artifacts = Arc::new([("a/skill/x".parse().unwrap(), artifact)].into());
    let lock = Lock { artifacts, ..Lock::default() };
    let text = write(&lock);
    let (two, shelf, one) = (hash("two"), hash("shelf").hex(), hash("one"));
    let list = format!(r#"was: ["{two}+{shelf} 2026-08-01 1.2.0, \"beta\"", "{one} -"]}}"#);
    assert!(text.contains(&list), "{text}");
    assert!(lines::read(&text, lines::Repeats::Refuse).is_ok(), "the fast way takes it");
    assert_eq!(parse(&text).unwrap(), lock);
    assert_eq!(parse(&text.replace("[\"", "[ \"")).unwrap(), lock, "and the slow one");
    let broken = parse(&text.replace(" 2026-08-01", " today")).unwrap_err().to_string();
    assert!(broken.starts_with("error[SM501]: `was` cannot hold"), "{broken}");
}

#[test]
fn a_lock_in_another_layout_is_the_same_lock() {
    let text = "
version: 1
sources: {there: {outside: true}}
artifacts:
    'there/skill/x':
        path: >-
            a
            b
        removed: '2026-08-01'
projects:
    p: {scanned: 2026-11-20, deployments: [{kind: skill, name: x, profile: codex, state: missing, path: x}]}
";
    let lock = parse(text).unwrap();
    let x = &lock.artifacts[&"there/skill/x".parse().unwrap()];
    assert_eq!(*x, LockedArtifact { path: "a b".into(), seen: Seen::Removed(date(2026, 8, 1)) });
    assert_eq!(lock.projects["p"].deployments[0].state, State::Missing);
    assert_eq!(parse(&write(&lock)).unwrap(), lock);
}

const CONFLICT: &str = "version: 1
artifacts:
  a/skill/base: {path: base}
<<<<<<< HEAD
  a/skill/ours: {path: ours}
  a/skill/both: {path: ours}
||||||| base
  a/skill/lost: {path: lost}
=======
  a/skill/both: {path: theirs}
  a/skill/theirs: {path: theirs}
>>>>>>> theirs
projects:
  web-shop:
<<<<<<< HEAD
    scanned: 2026-11-20
=======
    scanned: 2026-11-21
>>>>>>> theirs
    deployments:
      - {kind: skill, name: x, profile: codex, state: missing, path: x}
";

#[test]
fn a_conflict_that_spans_two_sections_heals_into_both() {
    let text = "version: 1\nsources:\n  a: {path: a}\n<<<<<<< ours\n  b: {path: b}\nartifacts:\n  \
                a/skill/x: {path: x}\n=======\n  c: {path: c}\nartifacts:\n  \
                a/skill/y: {path: y}\n>>>>>>> theirs\n  a/skill/z: {path: z}\n";
    let (lock, healed) = parse_or_heal(text).unwrap();
    assert!(healed);
    assert_eq!(lock.sources.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    let ids: Vec<String> = lock.artifacts.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["a/skill/x", "a/skill/y", "a/skill/z"]);
}

#[test]
fn a_name_behind_a_colon_may_begin_with_any_sign() {
    for name in ["p:~x", "p:-x", "p:@x", "p: x"] {
        let id = ArtifactId::new("a", Kind::Skill, name);
        let seen = Seen::Removed("2026-01-02".parse().unwrap());
        let artifacts = [(id, LockedArtifact { path: "x".to_owned(), seen })];
        let artifacts = Arc::new(artifacts.into());
        let lock = Lock { artifacts, ..Lock::default() };
        let text = write(&lock);
        let raw = lines::read(&text, lines::Repeats::Refuse);
        assert_eq!(entry::build(raw.expect("its own layout")).unwrap(), lock, "{name}");
    }
}

#[test]
fn a_merge_conflict_is_named_and_can_be_healed() {
    assert_eq!(
        parse(CONFLICT).unwrap_err().to_string(),
        "error[SM502]: the lock holds a merge conflict\n  --> skillmeat.lock:4:1\n  \
         help: run `skillmeat sync`: it takes both sides and looks again"
    );
    let (lock, healed) = parse_or_heal(CONFLICT).unwrap();
    assert!(healed);
    let paths: Vec<(String, &str)> =
        lock.artifacts.iter().map(|(id, it)| (id.to_string(), it.path.as_str())).collect();
    let expected = [
        ("a/skill/base", "base"),
        ("a/skill/both", "theirs"),
        ("a/skill/ours", "ours"),
        ("a/skill/theirs", "theirs"),
    ];
    assert_eq!(paths, expected.map(|(id, path)| (id.to_owned(), path)));
    assert_eq!(lock.projects["web-shop"].scanned, Some(date(2026, 11, 21)));
    assert_eq!(lock.projects["web-shop"].deployments.len(), 1);
    assert_eq!(parse_or_heal(&write(&lock)).unwrap(), (lock, false));
}

#[test]
fn what_cannot_be_read_says_where() {
    let first = |text: &str| parse(text).unwrap_err().problems[0].to_string();
    let start = |text: &str| first(text).lines().take(2).collect::<Vec<_>>().join("");
    assert_eq!(
        start("version: 2\n"),
        "error[SM503]: the lock has version 2, this program knows 1  --> skillmeat.lock:1:1"
    );
    assert_eq!(
        start("version: 1\nartifacts:\n  a/skill/b: {path: x, hash: \"sha256:zz\"}\n"),
        "error[SM501]: `hash` cannot be `sha256:zz`  --> skillmeat.lock:3:1"
    );
    assert_eq!(
        start("version: 1\nartifacts:\n  a/skill/b: {path: x}\n  a/skill/b: {path: y}\n"),
        "error[SM501]: not valid YAML: the key `a/skill/b` is already on line 3  --> skillmeat.lock:4:3"
    );
    assert_eq!(
        start("version: 1\nartifacts:\n  b: {path: x}\n"),
        "error[SM501]: `b` is not `source/kind/name`  --> skillmeat.lock:3:1"
    );
    assert_eq!(
        start("sources: {a: {path: x}}\n"),
        "error[SM501]: the lock does not say its `version`  --> skillmeat.lock:1:1"
    );
}

fn a_date() -> impl Strategy<Value = Date> {
    (0..9999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| date(year, month, day))
}

fn an_id() -> impl Strategy<Value = ArtifactId> {
    (text(), prop::sample::select(Kind::ALL.to_vec()), text()).prop_map(|(source, kind, name)| {
        ArtifactId::new(&format!("{}s", source.replace('/', "")), kind, &format!("{name}n"))
    })
}

fn a_source() -> impl Strategy<Value = LockedSource> {
    prop_oneof![
        text().prop_map(|path| LockedSource::Inside { path }),
        Just(LockedSource::Outside),
        (text(), option::of(text()), text(), option::of(a_date())).prop_map(
            |(url, reference, commit, date)| LockedSource::Git { url, reference, commit, date }
        ),
    ]
}

fn a_was() -> impl Strategy<Value = Was> {
    let one_line = text().prop_map(|text| text.replace('\n', " "));
    let hash = || text().prop_map(|text| hash(&text));
    (hash(), option::of(hash()), option::of(a_date()), option::of(one_line)).prop_map(
        |(hash, context, date, version)| Was { pin: Pin { hash, context }, date, version },
    )
}

fn an_artifact() -> impl Strategy<Value = LockedArtifact> {
    let hash = || text().prop_map(|text| hash(&text));
    let seen = prop_oneof![
        Just(Seen::Inside),
        a_date().prop_map(Seen::Removed),
        (
            hash(),
            option::of(hash()),
            option::of(text()),
            option::of(a_date()),
            option::of(a_date()),
            prop::collection::vec(a_was(), 0..3),
        )
            .prop_map(|(hash, context, version, added, changed, was)| {
                Seen::Pinned { pin: Pin { hash, context }, version, added, changed, was }
            }),
    ];
    (text(), seen).prop_map(|(path, seen)| LockedArtifact { path, seen })
}

fn a_deployment() -> impl Strategy<Value = Deployment> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    let state = prop::sample::select(State::ALL.to_vec());
    let by = option::of(prop::sample::select(By::ALL.to_vec()));
    let links = prop::collection::vec("[a-z./ ]{1,8}", 0..3);
    let record = (by, links, option::of(a_date()), option::of(text()), option::of(text()));
    (kind, text(), option::of(an_id()), text(), state, text(), record).prop_map(
        |(kind, name, id, profile, state, path, (by, links, deployed_at, base, here))| Deployment {
            kind,
            name,
            id,
            profile,
            state,
            path,
            by,
            links,
            deployed_at,
            base,
            here,
        },
    )
}

/// What both sides saw counts, or a member that one side's person removed would come back.
#[test]
fn a_conflict_in_a_structure_heals_into_all_that_was_seen() {
    let text = "version: 1
structures:
<<<<<<< ours
  t/c: {at: c, title: Ours, order: 10}
  t/c skill:a: {}
=======
  t/c: {at: c, title: Theirs, order: 10}
  t/c skill:b: {}
  t/c/g: {at: g, title: G, order: 10}
  t/c/g skill:b: {rank: 10}
>>>>>>> theirs
  t/lost/g: {at: g, title: of a collection that is not there, order: 10}
";
    let (lock, healed) = parse_or_heal(text).unwrap();
    assert!(healed);
    let shelf = &lock.structures["t"]["c"];
    assert_eq!(shelf.said.title, "Theirs");
    assert_eq!(
        shelf.members.keys().map(ToString::to_string).collect::<Vec<_>>(),
        ["skill:a", "skill:b"]
    );
    assert_eq!(shelf.groups["g"].members.len(), 1);
    assert_eq!(lock.structures["t"].len(), 1);
    assert!(parse("version: 1\nstructures:\n  t: {at: x, title: x, order: 1}\n").is_err());
}

fn a_member() -> impl Strategy<Value = (Member, LockedMember)> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    (kind, text(), option::of(any::<i64>()), option::of(a_date())).prop_map(
        |(kind, name, rank, removed)| {
            (Member { kind, name: format!("{name}n") }, LockedMember { rank, removed })
        },
    )
}

fn said() -> impl Strategy<Value = Said> {
    let looks = (option::of(text()), option::of(text()));
    (text(), text(), any::<i64>(), looks, option::of(a_date())).prop_map(
        |(title, description, order, (icon, color), removed)| Said {
            title,
            description,
            order,
            icon,
            color,
            removed,
        },
    )
}

fn a_shelf() -> impl Strategy<Value = LockedShelf> {
    let members =
        || prop::collection::vec(a_member(), 0..3).prop_map(|all| all.into_iter().collect());
    let section = (text(), said(), members()).prop_map(|(at, said, members)| LockedSection {
        at: format!("g{at}"),
        said,
        members,
    });
    let groups = prop::collection::btree_map(text(), section, 0..3);
    (text(), said(), members(), groups).prop_map(|(at, said, members, groups)| LockedShelf {
        at: format!("c{at}"),
        said: Said { icon: None, color: None, ..said },
        members,
        groups,
    })
}

proptest! {
    #[test]
    fn any_structure_reads_back_on_both_ways(
        structures in prop::collection::btree_map(
            text(), prop::collection::btree_map(text(), a_shelf(), 1..3), 0..3,
        ),
    ) {
        let lock = Lock { structures, ..Lock::default() };
        let text = write(&lock);
        let raw = lines::read(&text, lines::Repeats::Refuse)
            .map_err(|line| TestCaseError::fail(format!("line {line}\n{text}")))?;
        prop_assert_eq!(&entry::build(raw).unwrap(), &lock);
        prop_assert_eq!(&entry::build(entry::from_yaml(&text).unwrap()).unwrap(), &lock);
    }

    #[test]
    fn any_lock_reads_back_on_both_ways(
        sources in prop::collection::btree_map(text(), a_source(), 0..3),
        artifacts in prop::collection::btree_map(an_id(), an_artifact(), 0..4),
        projects in prop::collection::btree_map(
            text(),
            (option::of(a_date()), prop::collection::vec(a_deployment(), 0..3)),
            0..3,
        ),
    ) {
        let projects = projects
            .into_iter()
            .map(|(name, (scanned, mut deployments))| {
                deployments.sort_by_key(|it| (it.kind, it.name.clone(), it.profile.clone(), it.path.clone()));
                (name.clone(), ProjectState { name, scanned, deployments })
            })
            .collect();
        let lock = Lock { sources, artifacts: Arc::new(artifacts), projects, ..Lock::default() };
        let text = write(&lock);
        let raw = lines::read(&text, lines::Repeats::Refuse)
            .map_err(|line| TestCaseError::fail(format!("line {line}\n{text}")))?;
        prop_assert_eq!(&entry::build(raw).unwrap(), &lock);
        prop_assert_eq!(&entry::build(entry::from_yaml(&text).unwrap()).unwrap(), &lock);
    }

    #[test]
    fn no_text_panics(text in "[-a-zé:/{}\" \\\\,<=>\n]{0,60}", at in 0..400_usize) {
        let _ = parse_or_heal(&text);
        let mut cut = write(&a_lock());
        cut.truncate(at);
        let _ = parse_or_heal(&(cut + &text));
    }
}
