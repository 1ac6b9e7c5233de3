//! Templates and static files: the embedded ones, each replaced by the catalog's own of that name.
//!
//! What was replaced stays reachable as `builtin/<path>`, so that a template can extend the one
//! it replaces. Knows nothing of pages; what a template is given is decided there.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};
use serde::Serialize;

use crate::error::{Error, Place, Problem, Result};
use crate::model::hash::ContentHash;
use crate::words;

macro_rules! embedded {
    ($($path:literal)*) => {
        &[$(($path, include_bytes!(concat!("../../templates/", $path)))),*]
    };
}

/// Every file of `templates/`, by its path there; a test holds the table against the folder.
const EMBEDDED: &[(&str, &[u8])] = embedded! {
    "404.html"
    "artifact.html"
    "base.html"
    "collection-card.html"
    "collections.html"
    "content.html"
    "deployments.html"
    "edit-about.html"
    "edit-blanks.html"
    "edit-collections.html"
    "edit-compare.html"
    "edit-conflict.html"
    "edit-copies.html"
    "edit-delete.html"
    "edit-deploy.html"
    "edit-groups.html"
    "edit-hidden.html"
    "edit-items.html"
    "edit-links.html"
    "edit-log.html"
    "edit-move-group.html"
    "edit-move.html"
    "edit-order.html"
    "edit-receipts.html"
    "edit-remove.html"
    "edit-select.html"
    "file.html"
    "groups.html"
    "history.html"
    "home.html"
    "icons.json"
    "listing.html"
    "live-banners.html"
    "live-toasts.html"
    "live-tools.html"
    "macros.html"
    "plain.html"
    "project.html"
    "projects.html"
    "reference.html"
    "removed.html"
    "results.html"
    "search-field.html"
    "search.html"
    "settings.html"
    "source.html"
    "sources.html"
    "static/app.js"
    "static/artifact.js"
    "static/deploy.css"
    "static/deployments.js"
    "static/drag.js"
    "static/edit.css"
    "static/edit.js"
    "static/favicon.svg"
    "static/find.js"
    "static/list.js"
    "static/live.css"
    "static/live.js"
    "static/palette.js"
    "static/search.js"
    "static/site.css"
    "static/theme.js"
    "sync.html"
    "tags.html"
};

/// Static files stand below this folder of the templates.
const STATIC: &str = "static/";
/// Shapes of pictures by their names, on a square of 24 by 24.
const ICONS: &str = "icons.json";
/// The name under which a replaced template is still found.
const BUILTIN: &str = "builtin/";
/// Steps a template may take: about a hundred times what the largest page needs.
const FUEL: u64 = 10_000_000;
const RECURSION_MAX: usize = 100;

/// Templates ready to render, static files with the names they are published under.
pub struct Theme {
    env: Environment<'static>,
    assets: Arc<Vec<Asset>>,
    /// Of the files that replace embedded ones.
    overrides: ContentHash,
}

/// A static file.
#[derive(Debug)]
pub struct Asset {
    /// As templates ask for it: `site.css`.
    pub name: String,
    /// Below the site, with a piece of its content's hash: `assets/site.0b1f2c3d.css`.
    pub path: String,
    pub bytes: Vec<u8>,
}

impl Theme {
    /// The embedded theme with a catalog's own files, by their paths below `templates/`, in the
    /// place of those of the same name. A template that cannot be parsed is `SM601`.
    pub fn load(overrides: BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let mut files: BTreeMap<String, Vec<u8>> = EMBEDDED
            .iter()
            .map(|(path, bytes)| ((*path).to_owned(), compact(path, bytes)))
            .collect();
        let mut builtin = Vec::new();
        let hashes = overrides.iter().map(|(path, bytes)| (path.as_str(), ContentHash::of(bytes)));
        let hash = ContentHash::of_files(hashes);
        for (path, bytes) in overrides {
            if let Some(old) = files.insert(path.clone(), bytes) {
                builtin.push((format!("{BUILTIN}{path}"), old));
            }
        }
        // A template may extend `builtin/…` whether or not that one is replaced.
        for (path, bytes) in EMBEDDED {
            builtin.push((format!("{BUILTIN}{path}"), bytes.to_vec()));
        }
        let (statics, templates): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|(path, _)| path.starts_with(STATIC));
        let assets = Arc::new(statics.into_iter().map(Asset::new).collect::<Vec<_>>());
        let mut env = environment(Arc::clone(&assets));
        let mut problems = Vec::new();
        match templates.iter().find(|(path, _)| path == ICONS).map(|(_, bytes)| icons(bytes)) {
            Some(Err(problem)) => problems.push(problem),
            icons => add_icons(&mut env, icons.and_then(Result::ok).unwrap_or_default()),
        }
        for (path, bytes) in templates.into_iter().chain(builtin) {
            if !path.ends_with(".html") {
                continue;
            }
            let Ok(text) = String::from_utf8(bytes) else {
                let place = Place::file(format!("templates/{path}"));
                problems.push(Problem::error("SM602", "a template is not UTF-8 text").at(place));
                continue;
            };
            if let Err(error) = env.add_template_owned(path, text) {
                problems.push(problem("SM601", &error));
            }
        }
        Error::check(problems)?;
        Ok(Self { env, assets, overrides: hash })
    }

    /// Renders a template; a failure (an undefined name, fuel used up) is `SM603`.
    pub fn render(&self, template: &str, view: impl Serialize) -> Result<Vec<u8>> {
        self.env
            .get_template(template)
            .and_then(|template| template.render(Value::from(Serde(view))))
            .map(String::into_bytes)
            .map_err(|error| problem("SM603", &error).into())
    }

    /// Tells two themes of one program apart.
    pub fn hash(&self) -> ContentHash {
        self.overrides
    }

    /// Sorted by name.
    pub fn assets(&self) -> &[Asset] {
        &self.assets
    }
}

/// A script or style sheet of ours without indentation and lines that only comment, so that words
/// for readers of the source cost no one's time; other files as they are.
fn compact(path: &str, bytes: &[u8]) -> Vec<u8> {
    let (starts, ends) = match path.rsplit_once('.') {
        Some((_, "js")) => ("//", ""),
        Some((_, "css")) => ("/*", "*/"),
        _ => return bytes.to_vec(),
    };
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim);
    let kept =
        lines.filter(|line| !(line.is_empty() || line.starts_with(starts) && line.ends_with(ends)));
    if ends.is_empty() {
        return kept.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes();
    }
    let joined: String = kept.flat_map(|line| [line, " "]).collect();
    // Every second piece stands in quotes, where spaces mean themselves.
    let pieces = joined.split('"').enumerate();
    let pieces =
        pieces.map(|(at, piece)| if at % 2 == 0 { tight(piece) } else { piece.to_owned() });
    (pieces.collect::<Vec<_>>().join("\"") + "\n").into_bytes()
}

/// Rules without the spaces that mean nothing. One before a colon does: it is a descendant.
fn tight(css: &str) -> String {
    [
        ("{ ", "{"),
        (" {", "{"),
        ("; ", ";"),
        (": ", ":"),
        (", ", ","),
        (" }", "}"),
        ("} ", "}"),
        (";}", "}"),
    ]
    .into_iter()
    .fold(css.to_owned(), |css, (wide, narrow)| css.replace(wide, narrow))
}

impl Asset {
    fn new((file, bytes): (String, Vec<u8>)) -> Self {
        let name = file[STATIC.len()..].to_owned();
        let hash = ContentHash::of(&bytes).short(8);
        let path = match name.rsplit_once('.') {
            Some((stem, ending)) => format!("assets/{stem}.{hash}.{ending}"),
            None => format!("assets/{name}.{hash}"),
        };
        Self { name, path, bytes }
    }
}

fn environment(assets: Arc<Vec<Asset>>) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // Whatever a template is called: only Rust decides what is markup.
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_formatter(write);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION_MAX);
    env.set_debug(true);
    // The delimiters are the usual ones, which no syntax refuses.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        env.set_syntax(syntax);
    }
    env.add_filter("count", |n: usize, one: &str| words::count(n, one));
    env.add_filter(
        "noun",
        |n: usize, one: &str| {
            if n == 1 { one.to_owned() } else { words::plural(one) }
        },
    );
    env.add_filter("plural", words::plural);
    env.add_filter("bytes", words::bytes);
    let names = Arc::clone(&assets);
    env.add_function("has_asset", move |name: &str| names.iter().any(|asset| asset.name == name));
    env.add_function("asset_url", move |name: &str| {
        let found = assets.iter().find(|asset| asset.name == name);
        found.map(|asset| asset.path.clone()).ok_or_else(|| {
            minijinja::Error::new(
                ErrorKind::InvalidOperation,
                format!("there is no static file `{name}`"),
            )
        })
    });
    env
}

/// Elements to print, by the names of the pictures.
type Icons = BTreeMap<String, Value>;

fn icons(json: &[u8]) -> std::result::Result<Icons, Problem> {
    let shapes: BTreeMap<String, String> = serde_json::from_slice(json).map_err(|error| {
        let place = Place::new(format!("templates/{ICONS}"), error.line(), error.column());
        let text = "the pictures are no JSON object of texts";
        Problem::error("SM602", text).at(place).help("name each, as in `\"skill\": \"<path …/>\"`")
    })?;
    Ok(shapes.into_iter().map(|(name, shape)| (name, picture(&shape))).collect())
}

fn picture(shape: &str) -> Value {
    const OPEN: &str = "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">";
    markup(format!("{OPEN}\n{shape}\n</svg>\n"))
}

/// Dozens stand on a page, so they are made once and not by a macro each time.
fn add_icons(env: &mut Environment<'_>, icons: Icons) {
    let none = picture("");
    env.add_function("icon", move |name: &str| icons.get(name).unwrap_or(&none).clone());
}

/// Escapes what HTML needs escaped, in text and in attributes of both quotes; addresses stay
/// readable, unlike with the formatter of the engine, which escapes slashes.
fn write(
    out: &mut minijinja::Output<'_>,
    state: &mut minijinja::State<'_, '_>,
    value: &Value,
) -> std::result::Result<(), minijinja::Error> {
    let Some(text) = value.as_str().filter(|_| !value.is_safe()) else {
        return minijinja::escape_formatter(out, state, value);
    };
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.write_str(&text[from..at])?;
        out.write_str(entity)?;
        from = at + 1;
    }
    Ok(out.write_str(&text[from..])?)
}

/// Markup made by this program, which templates print as it is.
pub fn markup(html: String) -> Value {
    Value::from_safe_string(html)
}

fn problem(code: &str, error: &minijinja::Error) -> Problem {
    let reason = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
    let mut problem = Problem::error(code, format!("a template failed: {reason}"));
    if let Some(name) = error.name() {
        let place = Place::new(format!("templates/{name}"), error.line().unwrap_or(0), 0);
        problem = problem.at(place);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overriding(files: &[(&str, &str)]) -> Result<Theme> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Theme::load(files.collect())
    }

    #[test]
    fn the_table_of_embedded_files_is_the_folder() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut found = crate::disk::list_files(&folder).unwrap();
        let statics = crate::disk::list_files(&folder.join("static")).unwrap();
        found.extend(statics.into_iter().map(|name| format!("{STATIC}{name}")));
        found.sort();
        let table: Vec<&str> = EMBEDDED.iter().map(|(path, _)| *path).collect();
        assert_eq!(table, found);
    }

    #[test]
    fn scripts_and_styles_are_published_without_what_browsers_do_not_read() {
        let js = b"// Says what.\n(function () {\n  // why\n  f('a // b');\n\n})();\n";
        assert_eq!(compact("static/x.js", js), b"(function () {\nf('a // b');\n})();\n");
        let css = b"/* What. */\n@layer a {\n  /* why */\n  b :is(c, d) { e: \"; } \"; }\n}\n";
        assert_eq!(compact("static/x.css", css), b"@layer a{b :is(c,d){e:\"; } \"}}\n");
        assert_eq!(compact("x.html", b"  // x\n"), b"  // x\n");
        // It goes by lines, so no text and no comment may span several.
        for (path, bytes) in EMBEDDED.iter().filter(|(path, _)| path.starts_with(STATIC)) {
            let text = String::from_utf8(compact(path, bytes)).unwrap();
            let spans = text.lines().any(|line| {
                let opens = line.matches("/*").count() > line.matches("*/").count();
                opens
                    || path.ends_with(".js")
                        && (line.matches('`').count() % 2 == 1 || line.ends_with('\\'))
            });
            assert!(!spans, "{path}");
        }
    }

    #[test]
    fn a_template_can_extend_the_one_it_replaces() {
        let theme = overriding(&[
            ("base.html", "<b>{% block main %}old{% endblock %}</b>"),
            ("tags.html", "{% extends 'builtin/tags.html' %}{% block main %}own{% endblock %}"),
            ("static/site.css", "body {}"),
        ])
        .unwrap();
        assert_eq!(theme.render("tags.html", ()).unwrap(), b"<b>own</b>");
        let css = theme.assets().iter().find(|asset| asset.name == "site.css").unwrap();
        assert_eq!(css.path, format!("assets/site.{}.css", ContentHash::of(b"body {}").short(8)));
    }

    #[test]
    fn every_template_escapes_whatever_it_is_called() {
        for (path, _) in EMBEDDED.iter().filter(|(path, _)| path.ends_with(".html")) {
            let theme = overriding(&[(path, "{{ x }}{{ [x] }}{{ {x: x} }}")]).unwrap();
            let view: BTreeMap<&str, &str> = [("x", "<i a='b\"c'>&")].into();
            let text = String::from_utf8(theme.render(path, view).unwrap()).unwrap();
            assert!(!text.contains(['<', '>', '"', '\'']), "{path}: {text}");
        }
    }

    #[test]
    fn a_failure_names_the_template_and_its_line() {
        let broken = overriding(&[("home.html", "\n{% if %}")]).err().unwrap();
        let problem = &broken.problems[0];
        assert_eq!(problem.code, "SM601");
        assert_eq!(problem.place, Some(Place::new("templates/home.html", 2, 0)));
        let theme = overriding(&[
            ("home.html", "\n\n{{ nothing.at_all }}"),
            (
                "tags.html",
                "{% for a in range(99999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
            ),
        ])
        .unwrap();
        let undefined = theme.render("home.html", ()).unwrap_err();
        assert_eq!(undefined.problems[0].place, Some(Place::new("templates/home.html", 3, 0)));
        assert_eq!(theme.render("tags.html", ()).unwrap_err().problems[0].code, "SM603");
    }
}
