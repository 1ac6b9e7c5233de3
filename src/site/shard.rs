//! A part of a site, so that several machines build one together: which of its files the part has.
//!
//! What belongs to an artifact lies in one part, chosen by the artifact's id; every other file in one
//! that its path chooses. So each file is in exactly one part, none carries all of the lists, and
//! what is added or taken away moves nothing else. It knows nothing of what is on disk.

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;

use super::{Output, Site};
use crate::model::hash::ContentHash;

/// More would have little but the cost of loading the catalog.
const PARTS_MAX: u16 = 1_000;

/// The part `index`, counted from 1, of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    index: u16,
    of: u16,
}

impl Shard {
    fn new(index: u16, of: u16) -> Option<Self> {
        let is_one = (1..=of).contains(&index) && of <= PARTS_MAX;
        is_one.then_some(Self { index, of })
    }

    /// Its files, in the order of those of the site.
    pub fn outputs<'a>(self, site: &Site<'a>) -> Vec<&'a Output> {
        let artifacts = site.catalog.artifacts.par_iter();
        let has: Vec<bool> = artifacts.map(|artifact| self.has(&artifact.id.to_string())).collect();
        let is_ours = |output: &&Output| match output.page.artifact() {
            Some(at) => has[at],
            None => self.has(&output.path),
        };
        site.outputs().par_iter().filter(is_ours).collect()
    }

    /// Whether the two are parts of one division.
    pub fn is_beside(self, other: Self) -> bool {
        self.of == other.of && self.index != other.index
    }

    /// As it is in the name of a file.
    pub fn label(self) -> String {
        format!("{}-of-{}", self.index, self.of)
    }

    /// Only what [`Shard::label`] gives.
    pub fn from_label(label: &str) -> Option<Self> {
        let (index, of) = label.split_once("-of-")?;
        Self::new(number(index)?, number(of)?)
    }

    fn has(self, key: &str) -> bool {
        let mut first = [0; 8];
        first.copy_from_slice(&ContentHash::of(key.as_bytes()).as_bytes()[..8]);
        u64::from_be_bytes(first) % u64::from(self.of) == u64::from(self.index) - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let shard = parts.and_then(|(index, of)| Self::new(number(index)?, number(of)?));
        shard.ok_or_else(|| {
            format!(
                "write it as in `2/8`: a part from 1 on, and how many there are, up to {PARTS_MAX}"
            )
        })
    }
}

/// Written in the one way that there is.
fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|number: &u16| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(of: u16) -> Vec<Shard> {
        (1..=of).map(|index| Shard { index, of }).collect()
    }

    #[test]
    fn a_part_is_written_as_its_number_and_how_many_there_are() {
        for text in ["1/1", "2/8", "8/8", "1000/1000"] {
            let shard: Shard = text.parse().unwrap();
            assert_eq!(shard.to_string(), text);
            assert_eq!(Shard::from_label(&shard.label()), Some(shard));
        }
        let bad = [
            "", "/", "1", "1/", "/1", "0/1", "2/1", "0/0", "1/0", "1/1001", "-1/2", "+1/2", "01/2",
            "1/2/3", "1 /2", "1/99999", "a/b",
        ];
        for text in bad {
            assert!(text.parse::<Shard>().is_err(), "{text}");
            assert_eq!(Shard::from_label(&text.replace('/', "-of-")), None, "{text}");
        }
        assert_eq!(
            "9/8".parse::<Shard>().unwrap_err(),
            "write it as in `2/8`: a part from 1 on, and how many there are, up to 1000"
        );
    }

    #[test]
    fn where_a_key_lies_is_the_same_in_every_version() {
        let of = |key: &str| all(8).into_iter().find(|shard| shard.has(key)).unwrap().to_string();
        // Else what a machine keeps of its part from run to run would be worth nothing.
        assert_eq!(of("local/skill/report"), "6/8");
        assert_eq!(of("index.html"), "3/8");
    }

    #[test]
    fn parts_are_beside_each_other_when_together_they_are_the_site() {
        let [first, second] = all(2)[..] else { panic!("two") };
        assert!(first.is_beside(second) && second.is_beside(first));
        assert!(!first.is_beside(first));
        assert!(!first.is_beside(all(3)[1]));
    }

    proptest! {
        #[test]
        fn every_key_lies_in_exactly_one_part(key in ".*", of in 1..=PARTS_MAX) {
            prop_assert_eq!(all(of).into_iter().filter(|shard| shard.has(&key)).count(), 1);
        }
    }

    #[test]
    fn parts_are_of_about_one_size() {
        for of in [2, 8, 100] {
            let len = |shard: Shard| (0..100_000).filter(|n| shard.has(&format!("a/{n}"))).count();
            let want = 100_000 / usize::from(of);
            for shard in all(of) {
                let len = len(shard);
                assert!(len.abs_diff(want) < want / 6, "{shard} has {len}, others {want}");
            }
        }
    }
}
