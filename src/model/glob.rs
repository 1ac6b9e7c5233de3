//! Globs as people write them, with one meaning wherever they stand: in the `include` and `exclude`
//! of a source and in selectors.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Why a text is no glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadGlob {
    pub glob: String,
    pub why: String,
}

/// Over paths in a source, anchored at its root: `*` stays inside one name, `**` crosses names,
/// case counts. One that names a folder takes all that is below it.
pub struct PathGlobs(GlobSet);

impl PathGlobs {
    pub fn new(globs: &[String]) -> Result<Self, BadGlob> {
        set(globs, path_glob).map(Self)
    }

    pub fn take(&self, path: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let ends = path.match_indices('/').map(|(end, _)| end);
        ends.chain([path.len()]).any(|end| self.0.is_match(&path[..end]))
    }

    /// Whether a text is a glob over paths.
    pub fn check(glob: &str) -> Result<(), BadGlob> {
        path_glob(glob).map(|_| ())
    }
}

/// Over whole names: `*` is any text, also across the `/` that a registry's name may hold.
pub struct NameGlobs(GlobSet);

impl NameGlobs {
    pub fn new(globs: &[String]) -> Result<Self, BadGlob> {
        set(globs, name_glob).map(Self)
    }

    pub fn take(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// Whether a text is a glob over names.
    pub fn check(glob: &str) -> Result<(), BadGlob> {
        name_glob(glob).map(|_| ())
    }
}

fn path_glob(glob: &str) -> Result<Glob, BadGlob> {
    let text = glob.strip_prefix("./").unwrap_or(glob);
    let text = text.strip_suffix('/').unwrap_or(text);
    if text.is_empty() || text.starts_with('/') || text.split('/').any(|name| name == "..") {
        let why = "it names nothing inside a source".to_owned();
        return Err(BadGlob { glob: glob.to_owned(), why });
    }
    built(glob, GlobBuilder::new(text).literal_separator(true))
}

fn name_glob(glob: &str) -> Result<Glob, BadGlob> {
    built(glob, &mut GlobBuilder::new(glob))
}

fn built(glob: &str, builder: &mut GlobBuilder<'_>) -> Result<Glob, BadGlob> {
    // Alike on every system; without this, `\` would be a plain character on one of them.
    let built = builder.backslash_escape(true).build();
    built.map_err(|error| BadGlob { glob: glob.to_owned(), why: error.kind().to_string() })
}

fn set(globs: &[String], glob: impl Fn(&str) -> Result<Glob, BadGlob>) -> Result<GlobSet, BadGlob> {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        set.add(glob(text)?);
    }
    set.build().map_err(|error| BadGlob { glob: globs.join(", "), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_over_paths_takes_what_it_names_and_what_is_below() {
        for (glob, path, is_taken) in [
            ("skills/**", "skills/pdf/SKILL.md", true),
            ("skills/**", "other/pdf/SKILL.md", false),
            ("skills/pdf", "skills/pdf/SKILL.md", true),
            ("./skills/pdf/", "skills/pdf/a/b", true),
            ("skills/pdf", "skills/pdf-tools/SKILL.md", false),
            ("skills/*.md", "skills/a.md", true),
            ("skills/*.md", "skills/pdf/a.md", false),
            ("**/*.md", "a.md", true),
            ("**/*.md", "a/b/c.md", true),
            ("**/*.md", "a/b/c.MD", false),
            ("{a,b}/**", "b/x", true),
        ] {
            let globs = PathGlobs::new(&[glob.to_owned()]).unwrap();
            assert_eq!(globs.take(path), is_taken, "{glob} {path}");
        }
    }

    #[test]
    fn a_glob_over_names_takes_whole_names() {
        for (glob, name, is_taken) in [
            ("report-*", "report-weekly", true),
            ("report", "report-weekly", false),
            ("io.github.*", "io.github.x/files", true),
            ("io.github.x", "io.github.x/files", false),
        ] {
            let globs = NameGlobs::new(&[glob.to_owned()]).unwrap();
            assert_eq!(globs.take(name), is_taken, "{glob} {name}");
        }
    }

    #[test]
    fn what_is_no_glob_says_why() {
        for glob in ["a[", "{a"] {
            assert!(PathGlobs::check(glob).is_err() && NameGlobs::check(glob).is_err(), "{glob}");
        }
        for glob in ["/abs", "../up", "a/../b", "", "./"] {
            let why = PathGlobs::check(glob).unwrap_err().why;
            assert_eq!(why, "it names nothing inside a source", "{glob}");
        }
    }
}
