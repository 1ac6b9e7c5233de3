use proptest::prelude::*;

use super::*;
use crate::format::scalar::tests::text;

const FILE: &str = "collections/platform/groups/documents.yaml";

fn problems<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    let error = result.expect_err("has problems");
    error.problems.iter().map(|problem| problem.to_string()).collect()
}

#[test]
fn a_group_is_read_as_the_design_shows_it() {
    let group = parse_group(
        "documents",
        FILE,
        "title: Documents
order: 20
color: teal
include: [{tag: documents, kind: [skill, agent]}]
members:
  anthropics/skill/docx: {rank: 10}
  local/skill/report:   # a comment
exclude: [anthropics/skill/pdf-old, {path: 'old/**'}]
",
    )
    .unwrap();
    let place = |line, column| Place::new(FILE, line, column);
    let tagged = Selector {
        tag: vec!["documents".into()],
        kind: vec![Kind::Skill, Kind::Agent],
        place: Some(place(4, 11)),
        ..Selector::default()
    };
    let old =
        Selector { path: vec!["old/**".into()], place: Some(place(8, 37)), ..Selector::default() };
    let member = |name: &str, rank, place| Member { id: name.parse().unwrap(), rank, place };
    assert_eq!(
        group,
        Group {
            slug: "documents".into(),
            file: FILE.into(),
            title: "Documents".into(),
            description: String::new(),
            icon: None,
            color: Some("teal".into()),
            order: 20,
            include: vec![tagged],
            members: vec![
                member("anthropics/skill/docx", Some(10), place(6, 3)),
                member("local/skill/report", None, place(7, 3)),
            ],
            exclude: vec![
                Rule::Id("anthropics/skill/pdf-old".parse().unwrap(), place(8, 11)),
                Rule::Matching(old),
            ],
        }
    );
}

#[test]
fn an_empty_file_has_all_defaults() {
    let collection = parse_collection("my-team", "c.yaml", "").unwrap();
    assert_eq!((collection.title.as_str(), collection.order), ("My team", ORDER));
    assert_eq!(collection, parse_collection("my-team", "c.yaml", "# soon\n").unwrap());
}

#[test]
fn every_mistake_is_named_with_its_place_and_a_remedy() {
    let text = "titel: x
color: blu
order: soon
include: [{kind: skil}, {}, source]
members:
  - local/skill/report
exclude: [pdf]
";
    assert_eq!(
        problems(parse_group("g", "g.yaml", text)),
        [
            "error[SM202]: unknown key `titel`\n  --> g.yaml:1:1\n  help: did you mean `title`?",
            "error[SM205]: `color` must be the name of a colour: did you mean `blue`?\n  --> g.yaml:2:8",
            "error[SM205]: `order` must be a whole number\n  --> g.yaml:3:8",
            "error[SM205]: `include.kind` must be `skill`, `command`, `agent`, `hook`, `mcp` or `plugin`\n  --> g.yaml:4:18",
            "error[SM205]: `include` must be selectors with `source`, `kind`, `tag`, `path`, `name`, `plugin` or `category`\n  --> g.yaml:4:25",
            "error[SM205]: `include` must be a mapping: lines of `key: value` without `- `\n  --> g.yaml:4:29",
            "error[SM205]: `members` must be a mapping: lines of `key: value` without `- `\n  --> g.yaml:6:3",
            "error[SM206]: `pdf` is not `source/kind/name`\n  --> g.yaml:7:11\n  help: ids look like `anthropics/skill/pdf`",
        ]
    );
    let text = "pin:\n  a/skill/x: {at: main}\nviews:\n  My view: {include: [{tag: x}]}\n";
    assert_eq!(
        problems(parse_collection("c", "c.yaml", text)),
        [
            "error[SM205]: `pin.a/skill/x.at` must be a commit: 7 to 64 hex digits\n  --> c.yaml:2:19",
            "error[SM205]: `views.My view` cannot be a part of an address\n  --> c.yaml:4:3\n  help: name it `my-view`",
        ]
    );
}

#[test]
fn new_files_are_written_one_line_per_thing() {
    let mut group = parse_group("documents", FILE, "").unwrap();
    let member = |id: &str, rank| Member { id: id.parse().unwrap(), rank, place: Place::file("") };
    group.order = 20;
    group.include.push(Selector { tag: vec!["documents".into()], ..Selector::default() });
    group.members = vec![
        member("local/skill/report", None),
        member("anthropics/skill/pdf:form filler", None),
        member("anthropics/skill/docx", Some(10)),
    ];
    assert_eq!(
        write_group(&group),
        "title: Documents
order: 20
include:
  - {tag: documents}
members:
  anthropics/skill/docx: {rank: 10}
  anthropics/skill/pdf:form filler:
  local/skill/report:
"
    );
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..3)
}

fn an_id() -> impl Strategy<Value = ArtifactId> {
    (text(), prop::sample::select(Kind::ALL.to_vec()), text()).prop_map(|(source, kind, name)| {
        ArtifactId::new(&format!("s{}", source.replace('/', "")), kind, &format!("n{name}"))
    })
}

fn a_selector() -> impl Strategy<Value = Selector> {
    let kinds = prop::collection::vec(prop::sample::select(Kind::ALL.to_vec()), 1..3);
    let globs = prop::collection::vec("[a-z*/: #é]{1,8}", 0..3);
    (texts(), texts(), kinds, globs).prop_map(|(source, tag, kind, path)| Selector {
        source,
        tag,
        kind,
        name: path.iter().filter(|glob| NameGlobs::check(glob).is_ok()).cloned().collect(),
        path: path.into_iter().filter(|glob| PathGlobs::check(glob).is_ok()).collect(),
        ..Selector::default()
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = prop_oneof![
        an_id().prop_map(|id| Rule::Id(id, Place::file(""))),
        a_selector().prop_map(Rule::Matching),
    ];
    prop::collection::vec(rule, 0..3)
}

fn without_places(selectors: &mut [Selector], rules: &mut [Rule]) {
    selectors.iter_mut().for_each(|selector| selector.place = None);
    for rule in rules {
        match rule {
            Rule::Id(_, place) => *place = Place::file(""),
            Rule::Matching(selector) => selector.place = None,
        }
    }
}

proptest! {
    #[test]
    fn a_written_collection_reads_back(
        (title, description, owner, order) in (text(), text(), prop::option::of(text()), any::<i64>()),
        include in prop::collection::vec(a_selector(), 0..3),
        exclude in rules(),
        pins in prop::collection::btree_map(an_id(), (prop::option::of("[0-9a-f]{7,40}"), prop::option::of(text())), 0..3),
        views in prop::collection::btree_map("[a-z][a-z0-9]{4,6}", (text(), prop::collection::vec(a_selector(), 0..2)), 0..3),
    ) {
        let mut pins: Vec<Pinned> = pins
            .into_iter()
            .map(|(id, (at, note))| Pinned { id, at, note, place: Place::file("") })
            .collect();
        pins.sort_by_key(|pin| pin.id.to_string());
        let views = views
            .into_iter()
            .map(|(slug, (title, include))| View { slug, title, include })
            .collect();
        let collection = Collection {
            slug: "c".into(), file: "c.yaml".into(), title, description, owner, order,
            include, exclude, pins, views, groups: Vec::new(),
        };
        let text = write_collection(&collection);
        let mut read = parse_collection("c", "c.yaml", &text)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        without_places(&mut read.include, &mut read.exclude);
        read.pins.iter_mut().for_each(|pin| pin.place = Place::file(""));
        read.views.iter_mut().for_each(|view| without_places(&mut view.include, &mut []));
        prop_assert_eq!(read, collection);
    }

    #[test]
    fn a_written_group_reads_back(
        (title, description, icon) in (text(), text(), prop::option::of(text())),
        color in prop::option::of(prop::sample::select(COLORS.to_vec())),
        order in any::<i64>(),
        include in prop::collection::vec(a_selector(), 0..3),
        exclude in rules(),
        members in prop::collection::btree_map(an_id(), prop::option::of(any::<i64>()), 0..4),
    ) {
        let mut members: Vec<Member> = members
            .into_iter()
            .map(|(id, rank)| Member { id, rank, place: Place::file("") })
            .collect();
        members.sort_by_key(|member| member.id.to_string());
        let color = color.map(str::to_owned);
        let group = Group {
            slug: "g".into(), file: "g.yaml".into(), title, description, icon, color, order,
            include, members, exclude,
        };
        let text = write_group(&group);
        let mut read = parse_group("g", "g.yaml", &text)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        without_places(&mut read.include, &mut read.exclude);
        read.members.iter_mut().for_each(|member| member.place = Place::file(""));
        prop_assert_eq!(read, group);
    }
}
