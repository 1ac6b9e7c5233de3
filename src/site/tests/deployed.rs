//! What is deployed where, on pages and for other programs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fixture::{Fixture, HOSTILE, fixture};
use super::{between, changed, rendered};
use crate::catalog::Failure;
use crate::model::deployment::{By, Deployment, ProjectState, State};
use crate::model::id::Kind;

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    String::from_utf8(files[path].clone()).unwrap()
}

fn deployment(kind: Kind, name: &str, id: Option<&str>, state: State) -> Deployment {
    Deployment {
        kind,
        name: name.into(),
        id: id.map(|id| id.parse().unwrap()),
        profile: "claude_code".into(),
        state,
        path: format!(".claude/{kind}s/{name}"),
        by: Some(By::SkillMeat),
        links: Vec::new(),
        deployed_at: Some("2026-11-01".parse().unwrap()),
        base: Some("original:d15f".into()),
        here: None,
    }
}

/// Several projects with all states, the same name twice among them.
fn many() -> Fixture {
    let mut fixture = fixture();
    fixture.catalog.projects.clear();
    for project in 0..9_usize {
        let of = |n: usize| {
            let state = State::ALL[(n * 5 + project * 3) % State::ALL.len()];
            let id = format!("vendor/skill/s{n}");
            let kind = if n.is_multiple_of(4) { Kind::Agent } else { Kind::Skill };
            deployment(
                kind,
                &format!("s{}", n / 2),
                (!n.is_multiple_of(3)).then_some(id.as_str()),
                state,
            )
        };
        let deployments =
            (0..30).filter(|n| (n + project) % 3 > 0 && project != 4).map(of).collect();
        let scanned = (project != 4).then(|| "2026-11-20".parse().unwrap());
        let name = format!("project {project}");
        fixture.catalog.projects.push(ProjectState { name, scanned, deployments });
    }
    fixture
}

/// One deployment as the tables tell it: what, in which project, on which line of its page, state.
type Told = (String, usize, usize, String);

/// By going through all projects once more.
fn all(fixture: &Fixture) -> BTreeSet<Told> {
    let projects = fixture.catalog.projects.iter().enumerate();
    projects
        .flat_map(|(project, state)| {
            state.deployments.iter().enumerate().map(move |(at, one)| {
                let source = one.id.as_ref().map(|id| id.source.as_str()).unwrap_or_default();
                let what = format!("{} {} {source}", one.kind, one.name);
                (what, project, at + 1, one.state.word().to_owned())
            })
        })
        .collect()
}

/// The words of a piece of HTML, with the icons left out.
fn words(html: &str) -> String {
    let shown = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    shown.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The cells of a matrix, each by its row's head and the place of its column.
fn matrix(html: &str) -> BTreeSet<Told> {
    let table = between(html, "<table class=\"matrix dense\">", "</table>").join("");
    let body = between(&table, "<tbody>", "</tbody>").join("");
    let mut told = BTreeSet::new();
    for row in between(&body, "<tr>", "</tr>") {
        let head = words(&between(row, "<th scope=\"row\">", "</th>").join(""));
        let mut head: Vec<&str> = head.split(' ').collect();
        head.resize(3, "");
        let what = format!("{} {} {}", head[0].to_lowercase(), head[1], head[2]);
        for (project, cell) in between(row, "<td>", "</td>").into_iter().enumerate() {
            let states = between(cell, "class=\"pill s-", "\"");
            let places = between(cell, "#d-", "\"");
            for (state, place) in states.into_iter().zip(places) {
                told.insert((what.clone(), project, place.parse().unwrap(), state.to_owned()));
            }
        }
    }
    told
}

#[test]
fn the_matrix_and_its_data_tell_every_deployment_once() {
    let fixture = many();
    let files = rendered(&fixture);
    let wanted = all(&fixture);
    assert!(wanted.len() > 150, "{}", wanted.len());
    assert_eq!(matrix(&text(&files, "deployments/index.html")), wanted);

    let script = text(&files, "deployments/data.js");
    let json = between(&script, "window.skillmeatDeployments = ", ";\n").join("");
    let data: Value = serde_json::from_str(&json).unwrap();
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let rows = data["rows"].as_array().unwrap();
    let told = rows.iter().map(|row| {
        let artifact = &data["artifacts"][number(&row[0])];
        let kind = data["kinds"][number(&artifact[1])].as_str().unwrap();
        let source = artifact[2].as_str().unwrap_or_default();
        let what = format!("{kind} {} {source}", artifact[0].as_str().unwrap());
        let state = data["states"][number(&row[3])].as_str().unwrap().to_owned();
        (what, number(&row[1]), number(&row[2]), state)
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), wanted);
    assert_eq!(rows.len(), wanted.len());
}

#[test]
fn every_cell_leads_to_its_line_on_the_page_of_the_project() {
    let files = rendered(&many());
    let dashboard = text(&files, "deployments/index.html");
    for (at, address) in between(&dashboard, "href=\"../projects/", "\"").into_iter().enumerate() {
        let (project, anchor) = address.split_once('#').unwrap_or((address, ""));
        let page = text(&files, &format!("projects/{project}index.html"));
        assert!(anchor.is_empty() || page.contains(&format!("id=\"{anchor}\"")), "{at} {address}");
    }
}

#[test]
fn deployments_are_a_table_for_other_programs() {
    let mut fixture = fixture();
    fixture.catalog.projects[0].deployments.truncate(3);
    fixture.catalog.projects[0].deployments.push(Deployment {
        profile: "=1+1".into(),
        path: "a \"b\", c".into(),
        by: Some(By::SkillMeat),
        links: Vec::new(),
        deployed_at: None,
        base: None,
        ..deployment(Kind::Skill, "s3", Some("vendor/skill/s3"), State::InSync)
    });
    let files = rendered(&fixture);
    let csv = "\
project,kind,name,id,source,state,deployed_version,latest_version,deployed_at,profile,path,base,here\r
web-shop,skill,s1,vendor/skill/s1,vendor,in-sync,,,2026-11-01,claude_code,.claude/skills/s1,original:d15f00000000,\r
web-shop,skill,s2,vendor/skill/s2,vendor,outdated,,,2026-11-01,claude_code,.claude/skills/s2,original:d15f00000000,\r
web-shop,skill,old,vendor/skill/old,vendor,orphaned,,,2026-11-01,claude_code,.claude/skills/old,original:d15f00000000,\r
web-shop,skill,s3,vendor/skill/s3,vendor,in-sync,1.3.0,1.3.0,,'=1+1,\"a \"\"b\"\", c\",,\r
";
    assert_eq!(text(&files, "api/v1/deployments.csv"), csv);
    assert_eq!(text(&files, "api/v1/projects/web-shop.csv"), csv);
    let head = csv.lines().next().unwrap();
    assert_eq!(text(&files, "api/v1/projects/empty.csv"), format!("{head}\r\n"));
    let one: Value = serde_json::from_str(&text(&files, "api/v1/projects/web-shop.json")).unwrap();
    let all: Value = serde_json::from_str(&text(&files, "api/v1/deployments.json")).unwrap();
    assert_eq!(one["deployments"], all["projects"][0]["deployments"]);
    assert_eq!(one["deployments"][3]["deployed_version"], "1.3.0");
}

#[test]
fn a_project_tells_what_has_no_record_apart_and_that_it_was_never_looked_at() {
    let mut fixture = fixture();
    fixture.catalog.projects[1].scanned = None;
    let files = rendered(&fixture);
    let page = text(&files, "projects/web-shop/index.html");
    let (tracked, untracked) = page.split_once("id=\"untracked\"").unwrap();
    assert_eq!(between(tracked, "<tr id=\"", "\"").len(), 3);
    assert_eq!(between(untracked, "<tr id=\"", "\""), ["d-4"]);
    let never = text(&files, "projects/empty/index.html");
    assert!(never.contains("Never looked at") && !never.contains("Nothing is deployed"), "{never}");
    assert!(text(&files, "deployments/index.html").contains("not checked"));
}

#[test]
fn the_home_page_tells_what_was_added_changed_and_removed_and_much_of_one_day_at_once() {
    let mut fixture = fixture();
    let artifacts = &mut fixture.catalog.artifacts;
    for (at, artifact) in artifacts.iter_mut().enumerate() {
        artifact.added = Some("2026-01-01".parse().unwrap());
        let day = if at < 6 { 10 + at / 2 } else { 20 };
        artifact.changed = Some(format!("2026-06-{day}").parse().unwrap());
    }
    artifacts[0].added = artifacts[0].changed;
    let files = rendered(&fixture);
    let page = text(&files, "index.html");
    let list = between(&page, "<ul class=\"rows dated\">", "</ul>").join("");
    let told: Vec<String> = between(&list, "<li>", "</li>").into_iter().map(words).collect();
    let hostile = HOSTILE.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hostile = format!("{} local · added2026-06-10", hostile.replace('\'', "&#39;"));
    assert_eq!(
        told,
        [
            "old vendor · removed2026-08-01",
            "69 artifacts vendor · changed2026-06-20",
            "s1 vendor · changed2026-06-12",
            "s10 vendor · changed2026-06-12",
            "files local · changed2026-06-11",
            "s0 vendor · changed2026-06-11",
            hostile.as_str(),
            "guard local · changed2026-06-10",
        ]
    );
}

#[test]
fn what_failed_is_told_by_the_browser_alone_and_without_paths_of_this_machine() {
    let mut fixture = fixture();
    let before = rendered(&fixture);
    fixture.catalog.sources[1].failed = Some(Failure {
        at: "2026-11-23T00:00:00Z".parse().unwrap(),
        why: format!("`/srv/joe smith/repo` is no repository: {HOSTILE}"),
    });
    let after = rendered(&fixture);
    assert_eq!(changed(&before, &after), ["status.js"]);
    let status = text(&after, "status.js");
    assert!(status.contains("\"failed\":{\"vendor\":[1795392000,\"…/repo is no repository: "));
    assert!(!status.contains("joe") && !status.contains('<'), "{status}");
}
