//! The `include` and `exclude` globs of a source: which paths it takes.
//!
//! Knows nothing of files.

use crate::error::{Problem, Result};
use crate::model::glob::{BadGlob, PathGlobs};
use crate::model::path::RelPath;

/// Takes what some include glob names, or everything when there is none, and no exclude glob names.
pub struct Filter {
    include: Option<PathGlobs>,
    exclude: PathGlobs,
}

impl Filter {
    /// A glob that cannot be read is `SM410`.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self> {
        let include = if include.is_empty() { None } else { Some(globs(include)?) };
        Ok(Self { include, exclude: globs(exclude)? })
    }

    pub fn takes(&self, path: &RelPath) -> bool {
        let path = path.as_str();
        self.include.as_ref().is_none_or(|globs| globs.take(path)) && !self.exclude.take(path)
    }
}

fn globs(texts: &[String]) -> Result<PathGlobs> {
    let globs = PathGlobs::new(texts).map_err(|BadGlob { glob, why }| {
        Problem::error("SM410", format!("the glob `{glob}` cannot be read: {why}"))
            .help("globs look like `skills/**` or `*.md`, relative to the source's root")
    });
    Ok(globs?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(include: &[&str], exclude: &[&str], path: &str) -> bool {
        let owned =
            |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
        let filter = Filter::new(&owned(include), &owned(exclude)).unwrap();
        filter.takes(&RelPath::parse(path).unwrap())
    }

    #[test]
    fn what_is_excluded_is_not_taken_whatever_is_included() {
        for (include, exclude, path, taken) in [
            (&[][..], &[][..], "any/file", true),
            (&["skills/**"], &[], "skills/pdf/SKILL.md", true),
            (&["skills/**"], &[], "other/pdf/SKILL.md", false),
            (&["skills/**"], &["**/internal"], "skills/internal/x", false),
            (&[], &["**/.*"], "a/.hidden/x", false),
        ] {
            assert_eq!(takes(include, exclude, path), taken, "{include:?} {exclude:?} {path}");
        }
    }

    #[test]
    fn a_glob_that_cannot_be_read_says_so() {
        for glob in ["a[", "/abs", "../up", "", "{a"] {
            let error = Filter::new(&[glob.to_owned()], &[]).err().unwrap();
            assert_eq!(error.problems[0].code, "SM410", "{glob}");
        }
    }
}
