//! What a run is given from outside, gathered once by `main` and fixed in tests: where the catalog
//! and the cache are, what time it is, whether the network may be used.

use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

#[derive(Clone, Debug)]
pub struct Env {
    /// The directory of `skillmeat.yaml`, absolute.
    pub root: PathBuf,
    pub home: Option<PathBuf>,
    /// Where `artifacts.db` and clones are kept.
    pub cache_dir: PathBuf,
    pub now: Timestamp,
    /// No network at all.
    pub offline: bool,
}

impl Env {
    /// Today in UTC, so that a lock does not depend on where it was written.
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// A path as the configuration writes it: absolute, `~/…`, or relative to the catalog.
    pub fn path(&self, written: &str) -> PathBuf {
        let path = match (written.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.root.join(written),
        };
        normal(&path)
    }
}

/// The path without `.` and `..`, worked out as text.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_path_is_relative_to_the_catalog_or_to_home() {
        let env = Env {
            root: "/srv/catalog".into(),
            home: Some("/home/ada".into()),
            cache_dir: PathBuf::new(),
            now: Timestamp::UNIX_EPOCH,
            offline: false,
        };
        assert_eq!(env.path("../web-shop/."), Path::new("/srv/web-shop"));
        assert_eq!(env.path("~/.claude"), Path::new("/home/ada/.claude"));
        assert_eq!(env.path("/srv/x"), Path::new("/srv/x"));
        assert_eq!(env.today().to_string(), "1970-01-01");
    }
}
