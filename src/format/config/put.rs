//! A project put into the text of `skillmeat.yaml`, or taken out of it: its lines alone change.
//!
//! What comes of it is read again and must mean just that, else nothing is changed.

use super::{Config, FILE, parse};
use crate::error::{Place, Problem, Result};
use crate::format::scalar;
use crate::model::deployment::Project;

/// The text with one more project, behind the others.
pub fn with_project(
    text: &str,
    name: &str,
    path: Option<&str>,
    git: Option<&str>,
) -> Result<String> {
    let before = parse(text)?;
    if before.projects.iter().any(|project| project.name == name) {
        let problem = Problem::error("SM671", format!("there is a project `{name}` already"));
        return Err(problem.help("choose another name, or remove it first").into());
    }
    let value =
        |key: &str, text: Option<&str>| text.map(|text| format!("{key}: {}", scalar::value(text)));
    let fields: Vec<String> = value("path", path).into_iter().chain(value("git", git)).collect();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let entry = |indent: usize| {
        format!("{:indent$}{}: {{{}}}{newline}", "", scalar::key(name), fields.join(", "))
    };
    let mut lines = split(text);
    match before.projects.last() {
        Some(last) => {
            let (first, indent) = start(&lines, last);
            lines.insert(end(&lines, first, indent), entry(indent));
        }
        None => match lines.iter().position(|line| is_empty_key(line)) {
            Some(at) => {
                lines[at] = format!("projects:{newline}");
                lines.insert(at + 1, entry(2));
            }
            None => lines.extend([newline.to_owned(), format!("projects:{newline}"), entry(2)]),
        },
    }
    proven(&lines, |after| {
        after.projects.len() == before.projects.len() + 1
            && after.projects.last().is_some_and(|new| {
                let url = new.git.as_ref().map(|git| git.url.as_str());
                new.name == name && new.path.as_deref() == path && url == git
            })
            && is_same(&before, after, name)
    })
}

/// The text without a project.
pub fn without_project(text: &str, name: &str) -> Result<String> {
    let before = parse(text)?;
    let project = before.project(name)?;
    let mut lines = split(text);
    let (first, indent) = start(&lines, project);
    let end = end(&lines, first, indent);
    lines.drain(first..end);
    proven(&lines, |after| {
        after.projects.len() + 1 == before.projects.len() && is_same(&before, after, name)
    })
}

fn split(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    // Something may come behind the last one.
    lines.iter_mut().filter(|line| !line.ends_with('\n')).for_each(|line| line.push('\n'));
    lines
}

/// `projects:` with nothing in it.
fn is_empty_key(line: &str) -> bool {
    let rest = line.strip_prefix("projects:").map(|rest| rest.split(" #").next().unwrap_or(rest));
    rest.is_some_and(|rest| ["", "{}", "null", "~"].contains(&rest.trim()))
}

/// The line of a project, and how far in it stands.
fn start(lines: &[String], project: &Project) -> (usize, usize) {
    let Place { line, column, .. } = project.place;
    (line.saturating_sub(1).min(lines.len()), column.saturating_sub(1))
}

/// Where the entry ends that begins in a line: behind the last that is further in than it.
fn end(lines: &[String], first: usize, indent: usize) -> usize {
    let mut end = (first + 1).min(lines.len());
    for (at, line) in lines.iter().enumerate().skip(first + 1) {
        let bare = line.trim_start();
        let is_inside = line.len() - bare.len() > indent;
        match bare.trim_end() {
            "" => {}
            _ if is_inside => end = at + 1,
            _ => break,
        }
    }
    end
}

/// Whether all but the project of a name mean the same; where it stands in the file does not count.
fn is_same(before: &Config, after: &Config, name: &str) -> bool {
    let nowhere = || Place::file(FILE);
    let plain = |config: &Config| {
        let mut config = config.clone();
        config.projects.retain(|project: &Project| project.name != name);
        config.projects.iter_mut().for_each(|project| project.place = nowhere());
        config.sources.iter_mut().for_each(|source| source.place = nowhere());
        config
    };
    plain(before) == plain(after)
}

/// The lines as a text, if it means what it should.
fn proven(lines: &[String], means: impl Fn(&Config) -> bool) -> Result<String> {
    let text = lines.concat();
    match parse(&text) {
        Ok(after) if means(&after) => Ok(text),
        _ => {
            let text = "its lines cannot be changed safely";
            let help = "write the project below `projects:` by hand";
            Err(Problem::error("SM672", text).at(Place::file(FILE)).help(help).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_one_more_line_and_its_removal_one_less() {
        let head = "# keep\nversion: 1 # this\n";
        for (before, wanted) in [
            ("", "\nprojects:\n  shop: {path: ../shop}\n"),
            (
                "projects:\n\nsite: {title: T}\n",
                "projects:\n  shop: {path: ../shop}\n\nsite: {title: T}\n",
            ),
            (
                "projects:\n    a: {path: a} # own\n    b:\n      path: b\n      # of b\n\n# end\nsources: {}\n",
                "projects:\n    a: {path: a} # own\n    b:\n      path: b\n      # of b\n    \
                 shop: {path: ../shop}\n\n# end\nsources: {}\n",
            ),
        ] {
            let text = format!("{head}{before}");
            let got = with_project(&text, "shop", Some("../shop"), None).unwrap();
            assert_eq!(got, format!("{head}{wanted}"));
            if before.contains("a:") {
                assert_eq!(without_project(&got, "shop").unwrap(), text);
                let left = without_project(&got, "b").unwrap();
                assert_eq!(left, got.replace("    b:\n      path: b\n      # of b\n", ""));
            }
        }
        // Of two kinds of line ends each stays.
        let windows = "version: 1\n\r\nprojects:\r\n  a: {path: a}\r\n";
        let got = with_project(windows, "b", None, Some("https://x.example/b")).unwrap();
        assert_eq!(got, format!("{windows}  b: {{git: \"https://x.example/b\"}}\r\n"));
    }

    #[test]
    fn what_is_not_safe_or_there_already_is_refused() {
        let code = |got: Result<String>| got.unwrap_err().problems[0].code.clone();
        let flow = "version: 1\nprojects: {a: {path: a}, b: {path: b}}\n";
        assert_eq!(code(with_project(flow, "c", Some("c"), None)), "SM672");
        assert_eq!(code(without_project(flow, "a")), "SM672");
        assert_eq!(code(with_project(flow, "a", Some("c"), None)), "SM671");
        assert_eq!(code(with_project("version: 1\n", "no/name", Some("c"), None)), "SM672");
        assert_eq!(code(without_project(flow, "c")), "SM431");
    }
}
