//! Reads a built site as a browser without scripts does: what its pages point to, what of it is
//! not there, and what links alone lead to from the home page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::case::Case;

/// The pages of a site, by the file each is.
pub struct Site {
    pages: BTreeMap<String, Page>,
    /// Every file of the site.
    files: BTreeSet<String>,
}

struct Page {
    ids: BTreeSet<String>,
    /// Element, and what it points to.
    points: Vec<(String, String)>,
    /// What it says of itself below its title, without tags.
    lead: String,
}

impl Site {
    pub fn read(folder: &Path) -> Self {
        let mut site = Self { pages: BTreeMap::new(), files: BTreeSet::new() };
        let mut open = vec![folder.to_owned()];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(dir).expect("listed") {
                let path = entry.expect("listed").path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                // Copies of files are no pages, whatever they are called.
                if name.ends_with(".html") && !name.contains("/raw/") {
                    let html = std::fs::read_to_string(&path).expect("text");
                    site.pages.insert(name.clone(), page(&html));
                }
                site.files.insert(name);
            }
        }
        site
    }

    pub fn lead(&self, file: &str) -> Option<&str> {
        self.pages.get(file).map(|page| page.lead.as_str())
    }

    /// Every address that leads nowhere on the site, and every id that is there twice.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (file, page) in &self.pages {
            for (element, written) in &page.points {
                // It answers at any depth, so its addresses begin at the root of the host.
                if file == "404.html" && written.starts_with('/') {
                    continue;
                }
                let Some((target, fragment)) = target(file, written) else { continue };
                let there = match self.pages.get(&target) {
                    Some(page) => {
                        fragment.is_empty() || fragment == "top" || page.ids.contains(&fragment)
                    }
                    None => self.files.contains(&target) && fragment.is_empty(),
                };
                if !there {
                    broken.push(format!("{file}: <{element}> {written}"));
                }
            }
        }
        broken
    }

    /// The pages that links lead to from the home page.
    pub fn reached(&self) -> BTreeSet<&str> {
        let mut reached = BTreeSet::from(["index.html"]);
        let mut open = vec!["index.html"];
        while let Some(file) = open.pop() {
            for (element, written) in &self.pages[file].points {
                let Some((target, _)) = target(file, written).filter(|_| element == "a") else {
                    continue;
                };
                if let Some((name, _)) = self.pages.get_key_value(&target)
                    && reached.insert(name)
                {
                    open.push(name);
                }
            }
        }
        reached
    }
}

/// The file of the site that an address on one of its pages means, and the id in it; `None` for
/// what leads elsewhere.
fn target(from: &str, written: &str) -> Option<(String, String)> {
    if ["http:", "https:", "mailto:", "data:"].iter().any(|scheme| written.starts_with(scheme)) {
        return None;
    }
    let (path, fragment) = written.split_once('#').unwrap_or((written, ""));
    let path = decoded(path.split('?').next().unwrap_or_default());
    let mut names: Vec<&str> = from.split('/').collect();
    if !path.is_empty() {
        names.pop();
    }
    for name in path.split('/').filter(|_| !path.is_empty()) {
        match name {
            "." => {}
            // Above the root is nothing; a name that no file has says so.
            ".." => names.pop().map_or_else(|| names.push("\0"), |_| ()),
            name => names.push(name),
        }
    }
    if path.ends_with('/') || path.ends_with("..") || path == "." {
        let is_empty = names.last().is_some_and(|name| name.is_empty());
        if is_empty {
            names.pop();
        }
        names.push("index.html");
    }
    Some((names.join("/"), decoded(fragment)))
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

fn decoded(text: &str) -> String {
    let text = unescaped(text);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = (*first == b'%').then(|| std::str::from_utf8(after.get(..2)?).ok()).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads what the templates write: attributes in double quotes, no `>` in them but escaped.
fn page(html: &str) -> Page {
    let mut page = Page { ids: BTreeSet::new(), points: Vec::new(), lead: String::new() };
    let lead = html.find("<p class=\"lead").unwrap_or(html.len());
    let lead = lead + 1..lead + html[lead..].find("</p>").map_or(0, |end| end + 1);
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        if lead.contains(&at) {
            page.lead.push_str(&unescaped(&html[at..open]));
        }
        let close = open + html[open..].find('>').expect("a tag ends");
        let tag = &html[open + 1..close];
        at = close + 1;
        let (name, attributes) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
        let parts: Vec<&str> = attributes.split('"').collect();
        for pair in parts.chunks_exact(2) {
            // `open id=` has an attribute without a value before it.
            match pair[0].split_whitespace().last().unwrap_or_default() {
                "id=" => assert!(page.ids.insert(decoded(pair[1])), "`{}` is there twice", pair[1]),
                "href=" | "src=" | "action=" => {
                    page.points.push((name.to_owned(), pair[1].to_owned()));
                }
                _ => {}
            }
        }
    }
    page
}

#[test]
fn an_address_means_the_file_that_a_host_answers_with() {
    let to = |from: &str, written: &str| target(from, written).map(|(file, id)| file + "#" + &id);
    let file = |name: &str| Some(name.to_owned());
    assert_eq!(to("a/b/index.html", "../../c/#x%20y"), file("c/index.html#x y"));
    assert_eq!(to("a/b/index.html", "#x"), file("a/b/index.html#x"));
    assert_eq!(to("index.html", "./?q=a"), file("index.html#"));
    assert_eq!(to("a/index.html", "../d.json"), file("d.json#"));
    assert_eq!(to("a/index.html", "../../d"), file("\0/d#"));
    assert_eq!(to("a/index.html", "https://a.b/"), None);
}

#[test]
fn links_of_documents_lead_to_pages_of_files_and_artifacts_near_them() {
    let case = Case::new();
    let written = "---\nname: a\ndescription: d\n---\n\n[L1](../b/) [L2](../b/SKILL.md#b) \
        [L3](../b/references/x.md) [L4](${CLAUDE_SKILL_DIR}/y.md) [L5](y.md#z) [L6](../c/)\n";
    case.write("content/artifacts/skills/a/SKILL.md", written);
    case.write("content/artifacts/skills/a/y.md", "# Z\n");
    case.skill("content/artifacts/skills/b", "B");
    case.write("content/artifacts/skills/b/references/x.md", "# X\n");
    case.synced().built();
    let site = Site::read(&case.path("public"));
    let html = case.read("public/a/local/skill/a/index.html");
    let to = |word: &str| {
        let (before, _) = html.split_once(&format!(">{word}</")).expect("written");
        before.rsplit_once('<').expect("a tag").1.to_owned()
    };
    let b = "a href=\"../../../../a/local/skill/b/";
    assert_eq!(to("L1"), format!("{b}\""));
    assert_eq!(to("L2"), format!("{b}#user-content-b\""));
    assert!(to("L3").starts_with(&format!("{b}files/references/x.md/")), "{}", to("L3"));
    assert!(
        to("L4").starts_with("a href=\"../../../../a/local/skill/a/files/y.md/"),
        "{}",
        to("L4")
    );
    assert!(to("L5").ends_with("y.md/#user-content-z\""), "{}", to("L5"));
    assert!(to("L6").starts_with("span class=\"broken-link\""), "{}", to("L6"));
    assert_eq!(site.broken(), Vec::<String>::new());
}
