//! Content hashes: bytes to SHA-256, files of an artifact to its own hash.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256, written `sha256:` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The own hash of an artifact: SHA-256 over the lines `path\0hex\n` sorted by path bytes.
    /// It is the digest of the agent-skills discovery index, so that others can check it.
    pub fn of_files<'a>(files: impl IntoIterator<Item = (&'a str, ContentHash)>) -> Self {
        let mut lines: Vec<(&str, ContentHash)> = files.into_iter().collect();
        lines.sort_unstable();
        let mut sha = Sha256::new();
        for (path, hash) in lines {
            sha.update(path.as_bytes());
            sha.update([0]);
            sha.update(hash.hex().as_bytes());
            sha.update(b"\n");
        }
        Self(sha.finalize().into())
    }

    pub fn hex(&self) -> String {
        const DIGITS: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            hex.push(DIGITS[usize::from(byte >> 4)]);
            hex.push(DIGITS[usize::from(byte & 15)]);
            hex
        })
    }

    /// The first `digits` hex digits.
    pub fn short(&self, digits: usize) -> String {
        self.hex()[..digits.min(64)].to_owned()
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// The hash of what is written to it, piece by piece.
#[derive(Default)]
pub struct Hashing(Sha256);

impl Hashing {
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn done(self) -> ContentHash {
        ContentHash(self.0.finalize().into())
    }
}

impl io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}…", self.short(8))
    }
}

impl FromStr for ContentHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not `sha256:` and 64 hex digits");
        let hex = text.strip_prefix("sha256:").ok_or_else(wrong)?;
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            b'A'..=b'F' => Ok(byte - b'A' + 10),
            _ => Err(wrong()),
        };
        if hex.len() != 64 {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Hashes parts one after another; what can stand in one is never mistaken for what divides them.
#[derive(Default)]
pub struct PartsHasher(Sha256);

impl PartsHasher {
    pub fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    pub fn end(self) -> ContentHash {
        ContentHash(self.0.finalize().into())
    }
}

/// The content hash of SkillMeat 0.9 for a folder (`utils/filesystem.py`): SHA-256 over each file's
/// relative path and bytes, with nothing between them, in the order of path components.
#[derive(Default)]
pub struct OriginalHasher(Sha256);

impl OriginalHasher {
    /// Files must come sorted by path components.
    pub fn add(&mut self, path: &str, bytes: &[u8]) {
        self.0.update(path.as_bytes());
        self.0.update(bytes);
    }

    pub fn hex(self) -> String {
        ContentHash(self.0.finalize().into()).hex()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_hash_is_sha256_over_path_nul_hex_newline() {
        let a = ContentHash::of(b"S\n");
        assert_eq!(a.hex(), "7aa397df66304bab4fe275afe0507a01844e7fda848b4e194a9402d010721839");
        let line = format!("SKILL.md\0{}\n", a.hex());
        assert_eq!(ContentHash::of_files([("SKILL.md", a)]), ContentHash::of(line.as_bytes()));
        let b = ContentHash::of(b"x");
        let either = ContentHash::of_files([("b", b), ("a", a)]);
        assert_eq!(either, ContentHash::of_files([("a", a), ("b", b)]));
    }

    #[test]
    fn a_hash_reads_back_what_it_writes() {
        let hash = ContentHash::of(b"x");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for wrong in ["sha256:zz".to_owned(), format!("sha256:+{}", &hash.hex()[1..])] {
            assert!(wrong.parse::<ContentHash>().is_err(), "{wrong}");
        }
    }
}
