//! The files of a copy, or of an artifact, to the hashes by which tools say what they deployed.
//!
//! A hash is text: the word of its algorithm, a colon, hex digits. Copies and sources go through the
//! same functions, so that equal files have equal hashes in each of them.

use sha1::{Digest as _, Sha1};

use super::{order, stamp};
use crate::format::part;
use crate::model::hash::{ContentHash, OriginalHasher};

/// SkillMeat's content hash.
pub const ORIGINAL: &str = "original";
/// The own hash of an artifact.
pub const OWN: &str = "sha256";
/// That of `npx skills`.
pub const SKILLS: &str = "skills";
/// The files with what `gh skill` changes in them taken out.
pub const GH: &str = "gh";
/// The id of a directory in Git.
pub const GIT_TREE: &str = "git-tree";
/// An entry of a file that holds those of others, too.
pub const PART: &str = "part";
/// In place of the hash of what is there and cannot be read.
pub const UNREAD: &str = "unread:";

/// One file.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Below the copy; of a single file its name.
    pub path: String,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// The word of the algorithm of a hash, and its digits.
pub fn parts(hash: &str) -> (&str, &str) {
    hash.split_once(':').unwrap_or((ORIGINAL, hash))
}

pub fn named(algorithm: &str, hex: &str) -> String {
    format!("{algorithm}:{hex}")
}

/// As SkillMeat hashes a folder: all that is in it.
pub fn original(pieces: &[Piece]) -> String {
    let mut sorted: Vec<&Piece> = pieces.iter().collect();
    sorted.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
    let mut hasher = OriginalHasher::default();
    sorted.into_iter().for_each(|piece| hasher.add(&piece.path, &piece.bytes));
    named(ORIGINAL, &hasher.hex())
}

/// As SkillMeat hashes a single file.
pub fn file(bytes: &[u8]) -> String {
    named(ORIGINAL, &ContentHash::of(bytes).hex())
}

/// The own hash, without what no source has.
pub fn own(pieces: &[Piece]) -> String {
    let kept = pieces.iter().filter(|piece| !is_skipped(&piece.path));
    let hashes = kept.map(|piece| (piece.path.as_str(), ContentHash::of(&piece.bytes)));
    ContentHash::of_files(hashes).to_string()
}

/// What `npx skills` leaves out when it copies a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drops {
    /// Nothing: so it hashes both a source and a copy.
    Nothing,
    /// Its releases of today.
    Today,
    /// Its first releases.
    Once,
}

impl Drops {
    pub const ALL: [Drops; 3] = [Drops::Nothing, Drops::Today, Drops::Once];

    fn drop(self, path: &str) -> bool {
        let is_made = |name: &str| matches!(name, "__pycache__" | "__pypackages__");
        let mut names = path.split('/');
        match self {
            Drops::Nothing => false,
            Drops::Today => names.any(|name| name == "metadata.json" || is_made(name)),
            Drops::Once => names
                .any(|name| matches!(name, "README.md" | "metadata.json") || name.starts_with('_')),
        }
    }
}

/// As `npx skills` hashes a folder.
pub fn skills(pieces: &[Piece], drops: Drops) -> String {
    let is_kept = |piece: &&Piece| !is_skipped(&piece.path) && !drops.drop(&piece.path);
    let mut sorted: Vec<&Piece> = pieces.iter().filter(is_kept).collect();
    sorted.sort_by(|a, b| order::compare(&a.path, &b.path));
    let mut hasher = OriginalHasher::default();
    sorted.into_iter().for_each(|piece| hasher.add(&piece.path, &piece.bytes));
    named(SKILLS, &hasher.hex())
}

/// The files as they were before `gh skill` wrote its stamp, with each front matter by its values.
pub fn gh(pieces: &[Piece]) -> String {
    let kept = pieces.iter().filter(|piece| !is_skipped(&piece.path));
    let hashes = kept.map(|piece| {
        let hash = match stamp::is_stamped(&piece.path) {
            true => ContentHash::of(&stamp::without(&piece.path, &piece.bytes)),
            false => ContentHash::of(&piece.bytes),
        };
        (piece.path.as_str(), hash)
    });
    named(GH, &ContentHash::of_files(hashes).hex())
}

/// The id that Git gives a directory with these files.
pub fn git_tree(pieces: &[Piece]) -> String {
    let files: Vec<(&str, &Piece)> =
        pieces.iter().map(|piece| (piece.path.as_str(), piece)).collect();
    named(GIT_TREE, &hex(&tree(&files)))
}

/// Handlers of hooks by their digests, in whatever order.
pub fn handlers(digests: &[String]) -> String {
    let mut sorted = digests.to_vec();
    sorted.sort_unstable();
    named(PART, &part::digest(&sorted.into()).hex())
}

/// Names that are no part of a source, in a copy neither.
fn is_skipped(path: &str) -> bool {
    path.split('/').any(|name| matches!(name, ".git" | "node_modules"))
}

fn tree(files: &[(&str, &Piece)]) -> [u8; 20] {
    let mut entries: Vec<(String, &str, [u8; 20])> = Vec::new();
    let mut dirs: Vec<(&str, Vec<(&str, &Piece)>)> = Vec::new();
    for (path, piece) in files {
        match path.split_once('/') {
            None => {
                let mode = if piece.executable { "100755" } else { "100644" };
                entries.push(((*path).to_owned(), mode, object("blob", &piece.bytes)));
            }
            Some((dir, rest)) => match dirs.iter_mut().find(|(name, _)| *name == dir) {
                Some((_, below)) => below.push((rest, piece)),
                None => dirs.push((dir, vec![(rest, piece)])),
            },
        }
    }
    for (dir, below) in &dirs {
        // Git sorts a directory as if its name ended in a slash.
        entries.push((format!("{dir}/"), "40000", tree(below)));
    }
    entries.sort();
    let mut bytes = Vec::new();
    for (name, mode, id) in entries {
        bytes.extend(format!("{mode} {}\0", name.trim_end_matches('/')).as_bytes());
        bytes.extend(id);
    }
    object("tree", &bytes)
}

fn object(kind: &str, bytes: &[u8]) -> [u8; 20] {
    let mut sha = Sha1::new();
    sha.update(format!("{kind} {}\0", bytes.len()).as_bytes());
    sha.update(bytes);
    sha.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(files: &[(&str, &str)]) -> Vec<Piece> {
        let piece = |(path, text): &(&str, &str)| Piece {
            path: (*path).to_owned(),
            bytes: text.as_bytes().to_vec(),
            executable: path.ends_with(".sh"),
        };
        files.iter().map(piece).collect()
    }

    /// `git write-tree` of the same files gave this id.
    #[test]
    fn a_directory_has_the_id_that_git_gives_it() {
        let files = [("a.md", "A\n"), ("SKILL.md", "S\n"), ("a/x", "x1\n"), ("a-b/run.sh", "x2\n")];
        assert_eq!(git_tree(&pieces(&files)), "git-tree:5089395d759f3b5cc7710453624857e1131bf65d");
    }

    /// Node.js computed it with the function of the tool.
    #[test]
    fn a_folder_has_the_hash_that_npx_skills_gives_it() {
        let files = [
            ("SKILL.md", "S\n"),
            ("README.md", "R\n"),
            ("a/x", "x1\n"),
            ("a-b/x", "x2\n"),
            ("_note", "n\n"),
            ("node_modules/x", "x\n"),
        ];
        assert_eq!(
            skills(&pieces(&files), Drops::Nothing),
            "skills:0faf15edd60f668b502a5e47429aabbe07cb7a3cc365b8587d54ad2bcc0cfb16"
        );
        let kept = [("SKILL.md", "S\n"), ("a/x", "x1\n"), ("a-b/x", "x2\n")];
        assert_eq!(skills(&pieces(&files), Drops::Once), skills(&pieces(&kept), Drops::Nothing));
        assert_ne!(skills(&pieces(&files), Drops::Today), skills(&pieces(&kept), Drops::Nothing));
    }
}
