//! Pages that list artifacts: what they can be narrowed down by, their order, their groups.

use super::*;
use crate::catalog::Index;
use crate::site::page::Listed;

/// Its name, how many values it has, and those that are shown with their counts.
type Offered<'a> = (&'a str, usize, Vec<(String, usize)>);

/// What a page offers of each facet.
fn facets(html: &str) -> Vec<Offered<'_>> {
    let plain = |text: &str| {
        let entities =
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
        entities.iter().fold(text.to_owned(), |text, (entity, c)| text.replace(entity, c))
    };
    let first = |text: &'static str, inside| between(inside, text, "\"")[0];
    let facet = |part| {
        let name = between(part, "data-facet=\"", "\"")[0];
        let values = between(part, "data-value=\"", "\"").into_iter().map(plain);
        let counts = between(part, "class=\"count\">", "<").into_iter().map(|n| n.parse().unwrap());
        (name, first("data-n=\"", part).parse().unwrap(), values.zip(counts).collect())
    };
    let groups =
        html.split("<div class=\"facet\"").skip(1).map(|part| &part[..part.find("</ul>").unwrap()]);
    groups.filter(|part| part.contains("data-facet=")).map(facet).collect()
}

/// The values that an artifact has, looked up the long way.
fn values(site: &Site<'_>, at: Index, facet: &str) -> Vec<String> {
    let catalog = site.catalog;
    let artifact = &catalog.artifacts[at];
    let deployed = |value: &dyn Fn(&ProjectState, &Deployment) -> String| {
        let projects = catalog.projects.iter();
        let all = projects.flat_map(|one| one.deployments.iter().map(move |two| (one, two)));
        let own = all.filter(|(_, two)| two.id.as_ref() == Some(&artifact.id));
        own.map(|(one, two)| value(one, two)).collect()
    };
    match facet {
        "kind" => vec![artifact.id.kind.to_string()],
        "source" => vec![artifact.id.source.clone()],
        "tag" => artifact.tags.iter().map(|tag| page::line(tag)).collect(),
        "status" => deployed(&|_, one| one.state.word().to_owned()),
        "project" => deployed(&|one, _| one.name.clone()),
        "collection" => {
            let all = catalog.collections.iter().filter(|one| one.members.contains(&at));
            all.map(|one| one.definition.slug.clone()).collect()
        }
        "group" => {
            let all = catalog.collections.iter().flat_map(|one| &one.groups);
            all.filter(|one| one.members.contains(&at))
                .map(|one| one.definition.slug.clone())
                .collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_list_counts_what_its_members_differ_by() {
    let mut fixture = fixture();
    // One artifact is in no collection.
    let last = fixture.catalog.collections[0].members.pop().unwrap();
    fixture.catalog.collections[0].ungrouped.pop();
    fixture.catalog.memberships[last].clear();
    let files = rendered(&fixture);
    fixture.site(|site| {
        let mut seen = BTreeSet::new();
        for output in site.outputs() {
            let page::Page::Listing(list, _) = output.page else { continue };
            let html = std::str::from_utf8(&files[&output.path]).unwrap();
            let members = site.members(list);
            for (facet, n, shown) in facets(html) {
                let mut brute: BTreeMap<String, usize> = BTreeMap::new();
                for value in members.iter().flat_map(|at| values(&site, *at, facet)) {
                    *brute.entry(value).or_default() += 1;
                }
                assert_eq!(n, brute.len(), "{facet} of {}", output.path);
                assert_eq!(shown.len(), n.min(8), "{facet} of {}", output.path);
                for (value, n) in &shown {
                    assert_eq!(brute.get(value), Some(n), "{facet} {value} of {}", output.path);
                }
                seen.insert(facet.to_owned());
            }
        }
        let all = ["collection", "group", "kind", "project", "source", "status", "tag"];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
    });
}

#[test]
fn a_list_of_many_pages_has_each_artifact_once_by_name() {
    let files = rendered(&fixture());
    let mut names = Vec::new();
    for path in ["collections/all/index.html", "collections/all/page/2/index.html"] {
        let html = std::str::from_utf8(&files[path]).unwrap();
        let cards = html.split("<template").next().unwrap();
        names.extend(
            between(cards, "<li class=\"card\" data-id=\"", "\"").into_iter().map(str::to_owned),
        );
    }
    assert_eq!(names.len(), 75);
    let name = |id: &String| id.rsplit(['/', ':']).next().unwrap().to_lowercase();
    let unlike = names.iter().filter(|id| !id.contains("hostile"));
    assert!(unlike.clone().map(name).is_sorted());
    assert_eq!(unlike.collect::<BTreeSet<_>>().len(), 74);
}

#[test]
fn groups_stand_in_their_order_with_empty_ones_and_what_is_in_none_last() {
    let files = rendered(&fixture());
    let html = std::str::from_utf8(&files["collections/platform/groups/index.html"]).unwrap();
    let ids = between(html, "<details open id=\"", "\"");
    let counts: Vec<&str> = html
        .split("<details open id=")
        .skip(1)
        .map(|section| between(section, "data-n=\"", "\"")[0])
        .collect();
    assert_eq!(ids, ["group-documents", "group-empty", "ungrouped"]);
    assert_eq!(counts, ["37", "0", "38"]);
}

#[test]
fn what_the_pages_of_a_long_list_share_is_worked_out_once() {
    fixture().site(|site| {
        let made = std::cell::Cell::new(0);
        let make = || {
            made.set(made.get() + 1);
            let (members, facets) = (Vec::new(), Vec::new());
            Listed { members, facets, kinds: Vec::new(), states: Vec::new() }
        };
        for list in [List::All, List::All, List::View(0, 0), List::View(0, 0)] {
            site.routes.listed(list, make);
        }
        assert_eq!(made.get(), 3);
    });
}
