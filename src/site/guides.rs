//! The pages of the catalog's own in the order in which they are read: by `order`, then by file,
//! each folder below the page that stands for it, or below its name.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, ContentPage};

/// A line of the navigation.
#[derive(Debug, PartialEq)]
pub struct Guide {
    /// A place in `catalog.pages`; none for a folder without a page of its own.
    pub page: Option<usize>,
    pub label: String,
    /// In how many folders it lies, below those of `site.pages`.
    pub depth: usize,
}

/// Every page but the welcome text of the home page.
pub fn of(catalog: &Catalog) -> Vec<Guide> {
    let mut top = Node::default();
    for (at, page) in catalog.pages.iter().enumerate().filter(|(_, page)| !page.url.is_empty()) {
        let node = path(catalog, page)
            .into_iter()
            .fold(&mut top, |node, name| node.below.entry(name).or_default());
        node.page.get_or_insert(at);
    }
    let mut out = Vec::new();
    top.walk(catalog, 0, &mut out);
    out
}

/// A page, or a folder, or both.
#[derive(Default)]
struct Node {
    page: Option<usize>,
    below: BTreeMap<String, Node>,
}

impl Node {
    fn walk(&self, catalog: &Catalog, depth: usize, out: &mut Vec<Guide>) {
        let mut below: Vec<_> = self.below.iter().collect();
        below.sort_by_key(|(_, node)| node.order(catalog));
        for (name, node) in below {
            let label = match node.page {
                Some(at) => catalog.pages[at].title.clone(),
                None => humanised(name),
            };
            out.push(Guide { page: node.page, label, depth });
            node.walk(catalog, depth + 1, out);
        }
    }

    /// Its page's, else that of the first page in it; those without come last.
    fn order(&self, catalog: &Catalog) -> i64 {
        let own = self.page.map(|at| catalog.pages[at].order.unwrap_or(i64::MAX));
        let first = || self.below.values().map(|node| node.order(catalog)).min();
        own.or_else(first).unwrap_or(i64::MAX)
    }
}

/// The names from the first folder down. All folders of `site.pages` are one; a page of one stays
/// apart from that of the same name in another.
fn path(catalog: &Catalog, page: &ContentPage) -> Vec<String> {
    let roots = catalog.site.pages.iter().map(|root| root.trim_matches('/'));
    let below = |root: &&str| page.file.strip_prefix(*root)?.strip_prefix('/').map(str::len);
    let root = roots.filter(|root| below(root).is_some()).max_by_key(|root| root.len());
    let root = root.unwrap_or_default();
    let inner = page.file[root.len()..].trim_start_matches('/').trim_end_matches(".md");
    let mut names: Vec<String> = inner.split('/').map(str::to_owned).collect();
    let stands_for_folder = names
        .last()
        .is_some_and(|last| ["index", "readme"].contains(&last.to_lowercase().as_str()));
    if stands_for_folder && names.len() > 1 {
        names.pop();
    }
    names[0] = format!("{root}/{}", names[0]);
    names
}

/// `how-to_do` is `How to do`.
fn humanised(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).replace(['-', '_'], " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::fixture::empty;

    #[test]
    fn pages_stand_by_order_then_file_below_their_folders() {
        let mut fixture = empty();
        let page = |file: &str, order: Option<i64>| ContentPage {
            file: file.into(),
            url: if file == "content/index.md" { String::new() } else { format!("{file}/") },
            title: file.to_uppercase(),
            description: None,
            order,
            body: String::new(),
        };
        fixture.catalog.site.pages = vec!["content".into(), "docs/".into()];
        fixture.catalog.pages = vec![
            page("content/a.md", None),
            page("content/b.md", Some(20)),
            page("content/how-to/index.md", Some(30)),
            page("content/how-to/x.md", Some(2)),
            page("content/how-to/y.md", Some(1)),
            page("content/index.md", Some(0)),
            page("docs/a.md", Some(10)),
            page("docs/more_of-it/deep/z.md", Some(25)),
        ];
        let lines = of(&fixture.catalog)
            .into_iter()
            .map(|one| format!("{}{} {:?}", "  ".repeat(one.depth), one.label, one.page));
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [
                "DOCS/A.MD Some(6)",
                "CONTENT/B.MD Some(1)",
                "More of it None",
                "  Deep None",
                "    DOCS/MORE_OF-IT/DEEP/Z.MD Some(7)",
                "CONTENT/HOW-TO/INDEX.MD Some(2)",
                "  CONTENT/HOW-TO/Y.MD Some(4)",
                "  CONTENT/HOW-TO/X.MD Some(3)",
                "CONTENT/A.MD Some(0)",
            ]
        );
    }
}
