//! One corpus laid out as a catalog, as plain documents for the floors, and as a site of each peer
//! with the same pages: one a document with navigation, a table of what it says of itself, its
//! headings and its text; ten collections, five types, a first page and an index as JSON.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::corpus::{self, COLLECTIONS, Document, TYPES};
use super::real::Real;

const FRONT: &str = "version: 1\nsite:\n  title: Catalog\nsources:\n  local: {path: artifacts}\n";
const HUGO: [(&str, &str); 7] = [
    ("layouts/page.html", include_str!("peers/hugo/page.html")),
    ("layouts/section.html", include_str!("peers/hugo/list.html")),
    ("layouts/term.html", include_str!("peers/hugo/list.html")),
    ("layouts/home.html", include_str!("peers/hugo/home.html")),
    ("layouts/taxonomy.html", include_str!("peers/hugo/home.html")),
    ("layouts/home.json", include_str!("peers/hugo/home.json")),
    ("hugo.toml", include_str!("peers/hugo/hugo.toml")),
];
const ZOLA: [(&str, &str); 6] = [
    ("templates/page.html", include_str!("peers/zola/page.html")),
    ("templates/section.html", include_str!("peers/zola/section.html")),
    ("templates/index.html", include_str!("peers/zola/index.html")),
    ("templates/types/single.html", include_str!("peers/zola/term.html")),
    ("templates/types/list.html", include_str!("peers/zola/terms.html")),
    ("zola.toml", include_str!("peers/zola/zola.toml")),
];

/// As many documents as wanted, made up or real.
pub struct Corpus {
    pub count: usize,
    pub real: Option<Real>,
}

impl Corpus {
    pub fn document(&self, at: usize) -> Document {
        self.real.as_ref().map_or_else(|| corpus::document(at), |real| real.document(at))
    }

    pub fn documents(&self) -> impl Iterator<Item = Document> {
        (0..self.count).map(|at| self.document(at))
    }

    /// What makes documents alike: their sizes, and how many blocks of code they have.
    pub fn says(&self) -> String {
        let (mut sizes, mut n_fences) = (Vec::new(), 0);
        for one in self.documents() {
            sizes.push(plain(&one).len());
            n_fences +=
                one.body.lines().filter(|line| line.trim_start().starts_with("```")).count() / 2;
        }
        sizes.sort_unstable();
        let kb = |bytes: usize| bytes as f64 / 1e3;
        let total: usize = sizes.iter().sum();
        format!(
            "{} {} documents, {:.1} MB: median {:.1} KB, mean {:.1}, 95th of a hundred {:.1}, most {:.1}; \
             {:.1} blocks of code each",
            self.count,
            if self.real.is_some() { "real" } else { "made-up" },
            kb(total) / 1e3,
            kb(sizes[sizes.len() / 2]),
            kb(total) / sizes.len() as f64,
            kb(sizes[sizes.len() * 95 / 100]),
            kb(sizes[sizes.len() - 1]),
            n_fences as f64 / sizes.len() as f64
        )
    }
}

/// As which kind of artifact the catalog has it: hooks and servers are no Markdown there.
pub fn kind(one: &Document) -> &'static str {
    if matches!(one.kind, "command" | "agent") { one.kind } else { "skill" }
}

/// Where a document stands below the catalog.
pub fn in_catalog(one: &Document) -> String {
    match kind(one) {
        "skill" => format!("artifacts/skills/{}/SKILL.md", one.slug),
        kind => format!("artifacts/{kind}s/{}.md", one.slug),
    }
}

/// Where it stands below a site of a peer, and below the documents.
pub fn in_site(one: &Document) -> String {
    format!("{}/{}.md", one.collection, one.slug)
}

pub fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What the floors read.
fn plain(one: &Document) -> String {
    format!(
        "---\nname: {}\ndescription: {}\ntype: {}\ntags: [{}]\nversion: {}\ncollection: {}\ngroup: {}\n---\n\n{}",
        one.slug,
        quoted(&one.description),
        one.kind,
        one.tags.join(", "),
        quoted(&one.version),
        one.collection,
        one.group,
        one.body
    )
}

pub fn documents(corpus: &Corpus, root: &Path) {
    for one in corpus.documents() {
        write(&root.join(in_site(&one)), &plain(&one));
    }
}

pub fn catalog(corpus: &Corpus, root: &Path) {
    let mut pins = COLLECTIONS.map(|_| String::new());
    for one in corpus.documents() {
        let text = format!(
            "---\nname: {}\ndescription: {}\ntags: [{}]\nversion: {}\n---\n\n{}",
            one.slug,
            quoted(&one.description),
            one.tags.join(", "),
            quoted(&one.version),
            one.body
        );
        write(&root.join(in_catalog(&one)), &text);
        let at = COLLECTIONS.iter().position(|name| *name == one.collection).expect("one of them");
        let _ = writeln!(pins[at], "  local/{}/{}: {{}}", kind(&one), one.slug);
    }
    for (name, pins) in COLLECTIONS.iter().zip(pins).filter(|(_, pins)| !pins.is_empty()) {
        let path = root.join(format!("collections/{name}/collection.yaml"));
        write(&path, &format!("title: Collection {name}\npin:\n{pins}"));
    }
    write(&root.join("skillmeat.yaml"), FRONT);
}

/// A site of this peer; code is highlighted or left as it is.
pub fn peer(name: &str, corpus: &Corpus, root: &Path, is_highlighted: bool) {
    let files: &[(&str, &str)] = if name == "hugo" { &HUGO } else { &ZOLA };
    let highlighting = match name {
        "hugo" if is_highlighted => "true",
        "hugo" => "false",
        _ if is_highlighted => {
            "[markdown.highlighting]\ntheme = \"gruvbox-dark-medium\"\nstyle = \"class\""
        }
        _ => "",
    };
    for (path, text) in files {
        let text = text.replace("HIGHLIGHTING", highlighting);
        write(&root.join(path), &text.replace("NAV", &nav()).replace("HOME", &home()));
    }
    write(&root.join("content/_index.md"), "---\ntitle: Catalog\n---\n");
    write(&root.join("static/style.css"), ".card{border:1px solid #ccc}\n");
    // Hugo sorts in its template, where Zola cannot.
    let sorted = if name == "zola" { "sort_by: title\n" } else { "" };
    for name in COLLECTIONS {
        let text = format!("---\ntitle: {name}\n{sorted}---\n");
        write(&root.join(format!("content/{name}/_index.md")), &text);
    }
    for one in corpus.documents() {
        write(&source_in(root, &one), &(front_of(name, &one) + &one.body));
    }
}

/// The file of a document in a peer's site.
pub fn source_in(site: &Path, one: &Document) -> PathBuf {
    site.join("content").join(in_site(one))
}

fn front_of(peer: &str, one: &Document) -> String {
    let (opening, indent) = match peer {
        "hugo" => (format!("types: [{}]\n", one.kind), ""),
        _ => (format!("taxonomies:\n  types: [{}]\nextra:\n", one.kind), "  "),
    };
    let own = format!(
        "{indent}artifact: {}\n{indent}version: {}\n{indent}coll: {}\n{indent}group: {}\n{indent}keywords: [{}]\n",
        one.kind,
        quoted(&one.version),
        one.collection,
        one.group,
        one.tags.join(", ")
    );
    let description = quoted(&one.description);
    format!("---\ntitle: {}\ndescription: {description}\n{opening}{own}---\n\n", one.slug)
}

fn links(prefix: &str, names: &[&str], label: &str) -> String {
    let links =
        names.iter().map(|name| format!("<li><a href=\"{prefix}/{name}/\">{label}{name}</a></li>"));
    format!("<ul>{}</ul>", links.collect::<String>())
}

fn nav() -> String {
    let all = links("", &COLLECTIONS, "") + &links("/types", &TYPES, "");
    format!("<header><nav><a href=\"/\">Catalog</a>{all}</nav></header>")
}

fn home() -> String {
    links("", &COLLECTIONS, "Collection ") + &links("/types", &TYPES, "Type ")
}
