//! The versions that an artifact had, and what each changed: a part of its page.

use serde::Serialize;

use super::facts;
use super::frame::line;
use crate::catalog::{Index, SourceState};
use crate::error::Result;
use crate::model::artifact::Artifact;
use crate::model::history::{Difference, History, How, Hunk, KeptBy, Patch, Touched, Version};
use crate::site::Site;
use crate::words;

#[derive(Serialize)]
pub(super) struct View {
    /// How many versions are shown, with a `+` where there are more.
    pub n: String,
    versions: Vec<VersionView>,
    /// Who knows of them, or why there are none.
    note: String,
    /// What tells more.
    command: Option<String>,
}

#[derive(Serialize)]
struct VersionView {
    date: Option<String>,
    commit: Option<String>,
    commit_url: Option<String>,
    subject: String,
    /// `1.1.0 → 1.2.0`, `1.2.0`.
    version: Option<String>,
    n_files: usize,
    n_more: usize,
    /// Of all files whose lines were compared; none when none were.
    lines: Option<Lines>,
    files: Vec<FileView>,
    is_lost: bool,
}

#[derive(Serialize)]
pub(super) struct FileView {
    how: &'static str,
    path: String,
    from: Option<String>,
    pub(super) lines: Option<Lines>,
    /// Each hunk begins with its place.
    pieces: Vec<Piece>,
    /// What there is to say of its lines.
    note: Option<&'static str>,
}

#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Lines {
    pub(super) plus: usize,
    pub(super) minus: usize,
}

/// Lines of one sort.
#[derive(Serialize)]
struct Piece {
    sort: &'static str,
    text: String,
}

pub(super) fn view(site: &Site<'_>, at: Index) -> Result<View> {
    let artifact = &site.catalog.artifacts[at];
    let state = site.catalog.source(&artifact.id.source);
    let Some(history) = site.contents.history(artifact)? else {
        return Ok(none("What it was before is not known here.", None));
    };
    let more = if history.has_more { "+" } else { "" };
    let versions: Vec<VersionView> =
        history.versions.iter().map(|one| version(state, artifact, one)).collect();
    let n = format!("{}{more}", versions.len());
    let (note, command) = note(artifact, &history);
    Ok(View { n, versions, note, command })
}

fn none(note: &str, command: Option<String>) -> View {
    View { n: "0".to_owned(), versions: Vec::new(), note: note.to_owned(), command }
}

fn note(artifact: &Artifact, history: &History) -> (String, Option<String>) {
    let has_none = history.versions.is_empty();
    let note = match &history.kept_by {
        KeptBy::Repository(path) => {
            let command = path.as_deref().map(|path| format!("git log -p -- {}", quoted(path)));
            return ("Git keeps it, with this catalog.".to_owned(), command);
        }
        KeptBy::Commits if artifact.files.is_empty() => {
            "It has no files in this source, only an entry that names it."
        }
        KeptBy::Commits if has_none => "No commit that could be read touches it.",
        KeptBy::Commits if history.has_more => "The last commits that touched its files.",
        KeptBy::Commits => "The commits that touched its files.",
        KeptBy::Syncs if has_none => {
            "As long as this catalog knows it, it has not changed. Its source tells only how it is \
             now."
        }
        KeptBy::Syncs => "As syncs found it; its source tells only how it is now.",
    };
    (note.to_owned(), None)
}

/// A path as one word of a shell.
fn quoted(path: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-');
    let path = line(path);
    if path.bytes().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

fn version(state: Option<&SourceState>, artifact: &Artifact, one: &Version) -> VersionView {
    let files: Vec<FileView> = one.files.iter().map(|file| file_view(artifact, file)).collect();
    let compared = files.iter().filter_map(|file| file.lines);
    let lines = compared.reduce(|a, b| Lines { plus: a.plus + b.plus, minus: a.minus + b.minus });
    VersionView {
        date: one.date.map(|date| date.to_string()),
        commit: one.commit.as_deref().map(facts::short),
        commit_url: one.commit.as_deref().and_then(|id| facts::commit_url(state?, id)),
        subject: line(&one.subject),
        version: version_words(one),
        n_files: files.len() + one.n_more,
        n_more: one.n_more,
        lines,
        files,
        is_lost: one.is_lost,
    }
}

fn version_words(one: &Version) -> Option<String> {
    let new = line(one.version.as_deref()?);
    match one.before.as_deref().map(line) {
        Some(old) if old != new => Some(format!("{old} → {new}")),
        _ => Some(new),
    }
}

fn file_view(artifact: &Artifact, file: &Touched) -> FileView {
    let mut view = changed_file(file.how.word(), below(artifact, &file.path), &file.difference);
    view.from = file.from.as_deref().map(line);
    if file.how == How::Changed && matches!(file.difference, Difference::None) {
        view.note = Some("Its lines are not kept.");
    }
    view
}

/// A file of which these lines differ.
pub(super) fn changed_file(how: &'static str, path: &str, difference: &Difference) -> FileView {
    let mut view =
        FileView { how, path: line(path), from: None, lines: None, pieces: Vec::new(), note: None };
    view.note = match difference {
        Difference::None => None,
        Difference::NotText => Some("It is no text."),
        Difference::TooLarge => Some("It is too large to be compared here."),
        Difference::Absent => Some("The source does not have the older lines."),
        Difference::Lines(patch) => {
            view.lines = Some(Lines { plus: patch.plus, minus: patch.minus });
            view.pieces = pieces(patch);
            match patch {
                Patch { is_cut: true, .. } => Some("There are more lines, which are not shown."),
                Patch { plus: 0, minus: 0, .. } => Some("No line that can be shown differs."),
                _ => None,
            }
        }
    };
    view
}

/// The path below the artifact's folder, or its name where it is the artifact; elsewhere the whole.
fn below<'a>(artifact: &Artifact, path: &'a str) -> &'a str {
    if path == artifact.file_path() {
        return path.rsplit('/').next().unwrap_or(path);
    }
    let inside = path.strip_prefix(artifact.file_path()).and_then(|rest| rest.strip_prefix('/'));
    inside.unwrap_or(path)
}

/// Lines of the same sort stand together, which keeps pages small.
fn pieces(patch: &Patch) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for Hunk { old, new, lines } in &patch.hunks {
        pieces.push(Piece { sort: "at", text: format!("@@ -{old} +{new} @@\n") });
        for line in lines {
            let sort = match line.as_bytes().first() {
                Some(b'+') => "ins",
                Some(b'-') => "del",
                _ => "same",
            };
            let text = words::escaped(line, |c, out| match c {
                '\t' => out.push(c),
                c => out.extend(c.escape_unicode()),
            });
            match pieces.last_mut().filter(|last| last.sort == sort) {
                Some(last) => last.text += &text,
                None => pieces.push(Piece { sort, text }),
            }
            if let Some(last) = pieces.last_mut() {
                last.text.push('\n');
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_keeps_with_the_catalog_is_one_command_away() {
        let artifact = Artifact::empty("local/skill/x".parse().unwrap(), "x".to_owned());
        let note = |path: Option<&str>| {
            let kept_by = KeptBy::Repository(path.map(str::to_owned));
            note(&artifact, &History { kept_by, ..History::default() }).1
        };
        assert_eq!(note(Some("content/a.b/x")).unwrap(), "git log -p -- content/a.b/x");
        assert_eq!(note(Some("it's $(x)")).unwrap(), r"git log -p -- 'it'\''s $(x)'");
        assert_eq!(note(None), None);
    }
}
