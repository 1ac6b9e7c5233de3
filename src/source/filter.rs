//! The `include` and `exclude` globs of a source: which paths it takes.
//!
//! Globs are anchored at the source's root; `*` stays inside one name, `**` crosses names, case
//! counts. A glob that names a directory takes all that is below it. Knows nothing of files.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Problem, Result};
use crate::model::path::RelPath;

/// Takes what some include glob names, or everything when there is none, and no exclude glob names.
pub struct Filter {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Filter {
    /// A glob that cannot be read is `SM410`.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self> {
        let include = if include.is_empty() { None } else { Some(set(include)?) };
        Ok(Self { include, exclude: set(exclude)? })
    }

    pub fn takes(&self, path: &RelPath) -> bool {
        let named = |globs: &GlobSet| {
            let ends = path.as_str().match_indices('/').map(|(end, _)| end);
            let mut dirs_and_self = ends.chain([path.as_str().len()]);
            dirs_and_self.any(|end| globs.is_match(&path.as_str()[..end]))
        };
        self.include.as_ref().is_none_or(named) && !named(&self.exclude)
    }
}

fn set(globs: &[String]) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let wrong = |why: &str| {
            Problem::error("SM410", format!("the glob `{glob}` cannot be read: {why}"))
                .help("globs look like `skills/**` or `*.md`, relative to the source's root")
        };
        let text = glob.strip_prefix("./").unwrap_or(glob);
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.is_empty() || text.starts_with('/') || text.split('/').any(|name| name == "..") {
            return Err(wrong("it names nothing inside the source").into());
        }
        let built = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        set.add(built.map_err(|error| wrong(&error.kind().to_string()))?);
    }
    set.build().map_err(|error| Problem::error("SM410", error.to_string()).into())
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
    fn globs_take_what_they_name_and_what_is_below() {
        for (include, exclude, path, taken) in [
            (&[][..], &[][..], "any/file", true),
            (&["skills/**"], &[], "skills/pdf/SKILL.md", true),
            (&["skills/**"], &[], "other/pdf/SKILL.md", false),
            (&["skills/pdf"], &[], "skills/pdf/SKILL.md", true),
            (&["./skills/pdf/"], &[], "skills/pdf/a/b", true),
            (&["skills/pdf"], &[], "skills/pdf-tools/SKILL.md", false),
            (&["skills/*.md"], &[], "skills/a.md", true),
            (&["skills/*.md"], &[], "skills/pdf/a.md", false),
            (&["**/*.md"], &[], "a.md", true),
            (&["**/*.md"], &[], "a/b/c.md", true),
            (&["**/*.md"], &[], "a/b/c.MD", false),
            (&["{a,b}/**"], &[], "b/x", true),
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
