//! A copy in a project beside what its source has now, file by file.

use serde::Serialize;

use crate::deploy::compare::Compared;
use crate::error::{Problem, Result};
use crate::model::deployment::{Deployment, State};
use crate::model::history::{Difference, Patch};
use crate::site::Site;
use crate::site::page::deployed::{self, DeploymentView};
use crate::site::page::frame::{self, Head, Link, ProblemView, line};
use crate::words;

/// Files whose lines are shown.
const FILES_MAX: usize = 100;

#[derive(Serialize)]
struct View {
    deployment: DeploymentView,
    files: Vec<FileView>,
    n_more: usize,
    problems: Vec<ProblemView>,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    /// What there is to say in place of lines, or besides.
    note: Option<&'static str>,
    here: Vec<Piece>,
    source: Vec<Piece>,
    plus: usize,
    minus: usize,
}

/// Lines that are alike in both, or in one of them.
#[derive(Serialize)]
struct Piece {
    sort: &'static str,
    text: String,
}

/// The deployment with this path in a project: its places.
pub fn find<'s>(
    site: &Site<'s>,
    project: &str,
    path: &str,
) -> Option<(usize, usize, &'s Deployment)> {
    let at = site.catalog.projects.iter().position(|one| one.name == project)?;
    let mut all = site.catalog.projects[at].deployments.iter().enumerate();
    let (place, one) = all.find(|(_, one)| one.path == path)?;
    Some((at, place, one))
}

/// Where a copy that differs can be looked at, below the site.
pub(super) fn url(site: &Site<'_>, project: &str, path: &str) -> Option<String> {
    let (_, _, one) = find(site, project, path)?;
    is_comparable(one).then(|| address(project, path))
}

pub fn is_comparable(one: &Deployment) -> bool {
    let differs =
        matches!(one.state, State::Modified | State::Outdated | State::Diverged | State::Untracked);
    differs && one.id.is_some()
}

pub fn address(project: &str, path: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("project", project)
        .append_pair("path", path)
        .finish();
    format!("edit/compare/?{query}")
}

/// `edit/compare/?project=…&path=…`
pub fn render(
    site: &Site<'_>,
    (project, at): (usize, usize),
    compared: &Result<Vec<Compared>, Vec<Problem>>,
) -> Result<Vec<u8>> {
    let deployment = deployed::view(site, project, at);
    let title = format!("{} in {}", deployment.artifact.label, deployment.project.label);
    let files = compared.as_deref().unwrap_or_default();
    let view = View {
        files: files.iter().take(FILES_MAX).map(file).collect(),
        n_more: files.len().saturating_sub(FILES_MAX),
        problems: match compared {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(ProblemView::from).collect(),
        },
        deployment,
    };
    let own = site.catalog.projects[project].name.clone();
    let head = Head {
        title,
        section: "deployments/",
        crumbs: vec![
            Link::new("Deployments", "deployments/"),
            Link::new(line(&own), site.routes.project_url(project)),
        ],
        ..Head::default()
    };
    frame::render(site, "edit/compare/index.html", "edit-compare.html", &head, view)
}

fn file(one: &Compared) -> FileView {
    let mut view = FileView {
        path: line(&one.path),
        note: None,
        here: Vec::new(),
        source: Vec::new(),
        plus: 0,
        minus: 0,
    };
    view.note = match (&one.difference, &one.here, &one.source) {
        (_, None, _) => Some("Only the source has it."),
        (_, _, None) => Some("Only the project has it."),
        (Difference::NotText, ..) => Some("It is no text."),
        (Difference::TooLarge, ..) => Some("It is too large to be compared here."),
        (Difference::Lines(patch), ..) if patch.is_cut => {
            Some("There are more lines, which are not shown.")
        }
        _ => None,
    };
    if let Difference::Lines(patch) = &one.difference {
        (view.plus, view.minus) = (patch.plus, patch.minus);
        (view.here, view.source) = sides(patch);
    }
    view
}

/// The lines of both sides, with the number of the first of each piece above it.
fn sides(patch: &Patch) -> (Vec<Piece>, Vec<Piece>) {
    let (mut here, mut source) = (Vec::new(), Vec::new());
    for hunk in &patch.hunks {
        let place = |n: usize| Piece { sort: "at", text: format!("line {n}\n") };
        source.push(place(hunk.old));
        here.push(place(hunk.new));
        for text in &hunk.lines {
            let (sign, rest) = text.split_at(text.len().min(1));
            let shown = words::escaped(rest, |c, out| match c {
                '\t' => out.push(c),
                c => out.extend(c.escape_unicode()),
            });
            if sign != "+" {
                add(&mut source, if sign == "-" { "own" } else { "same" }, &shown);
            }
            if sign != "-" {
                add(&mut here, if sign == "+" { "own" } else { "same" }, &shown);
            }
        }
    }
    (here, source)
}

fn add(pieces: &mut Vec<Piece>, sort: &'static str, line: &str) {
    match pieces.last_mut().filter(|last| last.sort == sort) {
        Some(last) => last.text += &format!("{line}\n"),
        None => pieces.push(Piece { sort, text: format!("{line}\n") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::diff;

    #[test]
    fn each_side_has_its_own_lines_marked_and_what_hides_in_them_written_out() {
        let Difference::Lines(patch) =
            diff::between("x.md", b"a\nb\nc\n", "a\nB\u{202e}\nc\n".as_bytes())
        else {
            panic!("text");
        };
        let (here, source) = sides(&patch);
        let shown = |pieces: &[Piece]| -> Vec<String> {
            pieces.iter().map(|one| format!("{} {}", one.sort, one.text)).collect()
        };
        assert_eq!(shown(&source), ["at line 1\n", "same a\n", "own b\n", "same c\n"]);
        assert_eq!(shown(&here), ["at line 1\n", "same a\n", "own B\\u{202e}\n", "same c\n"]);
    }
}
