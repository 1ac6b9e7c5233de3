//! What programs can ask for, as a page: the tables of files, routes and shapes to rows.
//!
//! The same tables that `openapi.json` is made from, so that the two say the same.

use serde::Serialize;

use super::frame::{self, Head};
use crate::error::Result;
use crate::site::Site;
use crate::site::data::live::{self, EVENT_STREAM, Route, Said};
use crate::site::data::shapes::{self, CSV, ENDPOINTS, Endpoint, SHAPES, Shape};
use crate::site::data::{live_shapes, routes};

#[derive(Serialize)]
struct View {
    files: Vec<FileView>,
    routes: Vec<RouteView>,
    /// What any route that reads may answer, and any that writes, where some do.
    reading: Vec<AnswerView>,
    writing: Vec<AnswerView>,
    /// Of bodies and answers of routes, then of files.
    shapes: Vec<ShapeView>,
}

#[derive(Serialize)]
struct FileView {
    path: &'static str,
    /// A file that every site has.
    url: Option<String>,
    about: Vec<Piece>,
    shape: TypeView,
}

#[derive(Serialize)]
struct RouteView {
    anchor: String,
    method: &'static str,
    path: &'static str,
    about: Vec<Piece>,
    body: Option<BodyView>,
    answers: Vec<AnswerView>,
}

#[derive(Serialize)]
struct BodyView {
    shape: TypeView,
    example: String,
}

#[derive(Serialize)]
struct AnswerView {
    status: u16,
    shape: TypeView,
    about: Vec<Piece>,
}

#[derive(Serialize)]
struct ShapeView {
    name: &'static str,
    anchor: String,
    about: Vec<Piece>,
    fields: Vec<FieldView>,
}

#[derive(Serialize)]
struct FieldView {
    name: &'static str,
    may_be_absent: bool,
    word: TypeView,
    about: Vec<Piece>,
}

/// A type: its words, those that are shapes with the place where they are explained.
#[derive(Serialize)]
struct TypeView {
    pieces: Vec<TypePiece>,
}

#[derive(Serialize)]
struct TypePiece {
    text: String,
    anchor: Option<String>,
}

/// A part of a sentence.
#[derive(Serialize)]
struct Piece {
    text: &'static str,
    is_code: bool,
}

pub(super) fn render(site: &Site<'_>, path: &str) -> Result<Vec<u8>> {
    let routes = routes(site.options);
    let view = View {
        files: ENDPOINTS.iter().map(|endpoint| file(site, endpoint)).collect(),
        reading: live::READING.iter().map(answer).collect(),
        writing: match routes.iter().any(|route| route.writes()) {
            true => live::WRITING.iter().map(answer).collect(),
            false => Vec::new(),
        },
        routes: routes.into_iter().map(route).collect(),
        shapes: live_shapes(site.options).into_iter().chain(SHAPES).map(shape).collect(),
    };
    let head = Head {
        title: "API".to_owned(),
        description: "What programs can ask this site for, and how it is answered.".to_owned(),
        ..Head::default()
    };
    frame::render(site, path, "reference.html", &head, view)
}

fn file(site: &Site<'_>, endpoint: &Endpoint) -> FileView {
    let url = format!("api/v1/{}", endpoint.path);
    FileView {
        path: endpoint.path,
        url: site.find(&url).is_some().then_some(url),
        about: pieces(endpoint.about),
        shape: word(endpoint.shape),
    }
}

fn route(route: &'static Route) -> RouteView {
    RouteView {
        anchor: anchor(&format!("{} {}", route.method, route.path)),
        method: route.method,
        path: route.path,
        about: pieces(route.about),
        body: route
            .body
            .map(|(shape, example)| BodyView { shape: word(shape), example: laid_out(example) }),
        answers: route.own().map(answer).collect(),
    }
}

fn answer(said: &'static Said) -> AnswerView {
    AnswerView { status: said.status, shape: word(said.shape), about: pieces(said.about) }
}

/// JSON with a line for each part.
fn laid_out(example: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(example).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

fn shape(shape: &'static Shape) -> ShapeView {
    let field = |(name, kind, about): (&'static str, &'static str, &'static str)| FieldView {
        name: name.trim_end_matches('?'),
        may_be_absent: name.ends_with('?'),
        word: word(kind),
        about: pieces(about),
    };
    ShapeView {
        name: shape.name,
        anchor: shape_anchor(shape.name),
        about: pieces(shape.about),
        fields: shapes::fields(shape).into_iter().map(field).collect(),
    }
}

/// Apart from those of the page's own headings.
fn shape_anchor(name: &str) -> String {
    format!("shape-{}", anchor(name))
}

fn anchor(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect::<String>().trim_end_matches('-').to_owned()
}

/// `[Add|Move]` has two names that lead somewhere, and marks between them.
fn word(word: &str) -> TypeView {
    let word = match word {
        CSV => "text/csv",
        EVENT_STREAM => "text/event-stream",
        word => word,
    };
    let mut pieces: Vec<TypePiece> = Vec::new();
    for part in word.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let name = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let anchor = shapes::named(name).map(|shape| shape_anchor(shape.name));
        if anchor.is_some() {
            pieces.push(TypePiece { text: name.to_owned(), anchor });
        } else {
            push(&mut pieces, name);
        }
        push(&mut pieces, &part[name.len()..].replace('|', " or "));
    }
    TypeView { pieces }
}

/// What leads nowhere stays one piece.
fn push(pieces: &mut Vec<TypePiece>, text: &str) {
    match pieces.last_mut() {
        Some(last) if last.anchor.is_none() => last.text.push_str(text),
        _ if text.is_empty() => {}
        _ => pieces.push(TypePiece { text: text.to_owned(), anchor: None }),
    }
}

/// What stands between backticks is code.
fn pieces(text: &'static str) -> Vec<Piece> {
    let piece = |(at, text)| Piece { text, is_code: at % 2 == 1 };
    text.split('`').enumerate().map(piece).filter(|piece| !piece.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_leads_to_the_shapes_it_names() {
        let text = |word_: &str| {
            let pieces = word(word_).pieces;
            let one = |piece: TypePiece| match piece.anchor {
                Some(anchor) => format!("<{}#{anchor}>", piece.text),
                None => piece.text,
            };
            pieces.into_iter().map(one).collect::<String>()
        };
        assert_eq!(text("[Add|Move]"), "[<Add#shape-add> or <Move#shape-move>]");
        assert_eq!(text("{hash?}"), "{hash?}");
        assert_eq!(text("in-sync|unknown"), "in-sync or unknown");
        assert_eq!(text("Server?"), "<Server#shape-server>?");
    }
}
