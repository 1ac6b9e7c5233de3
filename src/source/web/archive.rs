//! A packed skill (`.tar.gz`, `.zip`) to its regular files, within limits; nothing touches a disk.
//!
//! Which of the two it is, its first bytes tell. Links, devices and modes but the executable bit are
//! not taken.

use std::io::{self, Cursor, Read};

use flate2::read::GzDecoder;
use tar::Archive;
use zip::ZipArchive;

use super::contents::path_below;
use crate::model::path::RelPath;
use crate::words;

/// Files one archive may have.
const FILES_MAX: usize = 10_000;

/// All files of one archive, unpacked.
const BYTES_MAX: u64 = 64 << 20;

/// One file of an archive.
#[derive(Debug, PartialEq)]
pub(super) struct Packed {
    pub path: RelPath,
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// What an archive holds.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Unpacked {
    pub files: Vec<Packed>,
    /// Links and other things that were left out.
    pub n_others: usize,
}

/// The files of an archive, or why it is refused whole: a path that leads out of it, too much, or
/// bytes that are no archive.
pub(super) fn unpack(bytes: &[u8]) -> Result<Unpacked, String> {
    let mut unpacked = match bytes {
        [0x1f, 0x8b, ..] => tar_gz(bytes)?,
        [b'P', b'K', ..] => zip(bytes)?,
        _ => return Err("is neither a `.tar.gz` nor a `.zip`".to_owned()),
    };
    unpacked.files.sort_by(|a, b| a.path.cmp(&b.path));
    if let Some(pair) = unpacked.files.windows(2).find(|pair| pair[0].path == pair[1].path) {
        return Err(format!("holds `{}` twice", pair[0].path));
    }
    without_wrapper(&mut unpacked.files);
    if unpacked.files.iter().any(is_skill) {
        Ok(unpacked)
    } else {
        Err("holds no `SKILL.md`".to_owned())
    }
}

/// How much more may be unpacked.
struct Budget(u64);

impl Budget {
    fn read(&mut self, from: &mut impl Read) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        from.take(self.0 + 1).read_to_end(&mut bytes).map_err(broken)?;
        self.0 = self.0.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        Ok(bytes)
    }
}

fn tar_gz(bytes: &[u8]) -> Result<Unpacked, String> {
    // Headers and padding count too, so that an archive of empty files is no way around.
    let mut archive = Archive::new(GzDecoder::new(bytes).take(2 * BYTES_MAX));
    let mut unpacked = Unpacked::default();
    let mut budget = Budget(BYTES_MAX);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() {
            continue;
        }
        if !kind.is_file() {
            unpacked.n_others += 1;
            continue;
        }
        let name = String::from_utf8(entry.path_bytes().into_owned());
        let path = path(&name.map_err(|_| "holds a name that is no UTF-8 text".to_owned())?)?;
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
        let bytes = budget.read(&mut entry)?;
        add(&mut unpacked, Packed { path, bytes, executable })?;
    }
    // The checksum stands at the end, after what `tar` reads.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken)?;
    Ok(unpacked)
}

fn zip(bytes: &[u8]) -> Result<Unpacked, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut unpacked = Unpacked::default();
    let mut budget = Budget(BYTES_MAX);
    if archive.len() > 2 * FILES_MAX {
        return Err(too_many());
    }
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).map_err(broken)?;
        if entry.is_dir() {
            continue;
        }
        if !entry.is_file() {
            unpacked.n_others += 1;
            continue;
        }
        let name = entry.name().map_err(broken)?;
        let path = path(&name)?;
        let executable = entry.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
        let bytes = budget.read(&mut entry)?;
        add(&mut unpacked, Packed { path, bytes, executable })?;
    }
    Ok(unpacked)
}

fn add(unpacked: &mut Unpacked, file: Packed) -> Result<(), String> {
    if unpacked.files.len() + unpacked.n_others >= FILES_MAX {
        return Err(too_many());
    }
    unpacked.files.push(file);
    Ok(())
}

fn path(text: &str) -> Result<RelPath, String> {
    path_below(&RelPath::root(), text).map_err(|why| {
        let shown: String = text.chars().take(100).collect();
        format!("holds the path `{}`, which {why}", words::visible(&shown))
    })
}

fn is_skill(file: &Packed) -> bool {
    file.path.as_str().eq_ignore_ascii_case("SKILL.md")
}

/// Some pack the skill's folder instead of what is in it.
fn without_wrapper(files: &mut [Packed]) {
    let top = files.first().and_then(|file| file.path.names().next());
    let Some(top) = top.map(|name| RelPath::root().join(name)) else { return };
    if files.iter().any(is_skill) {
        return;
    }
    let inside: Option<Vec<RelPath>> =
        files.iter().map(|file| RelPath::parse(file.path.below(&top)?)).collect();
    let Some(inside) = inside else { return };
    if inside.iter().any(RelPath::is_root) {
        return;
    }
    for (file, path) in files.iter_mut().zip(inside) {
        file.path = path;
    }
}

fn broken(cause: impl std::fmt::Display) -> String {
    format!("is damaged: {}", words::visible(&cause.to_string()))
}

fn too_large() -> String {
    format!("holds more than {} MiB", BYTES_MAX >> 20)
}

fn too_many() -> String {
    format!("holds more than {FILES_MAX} files")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tar::{Builder, EntryType, Header};

    use super::*;

    /// A `.tar.gz` of (path, kind, content).
    fn tar_of(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, kind, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(if path.ends_with(".sh") { 0o755 } else { 0o644 });
            // By hand, for the builder refuses what hostile archives hold.
            let name = &mut header.as_old_mut().name;
            name[..path.len()].copy_from_slice(path.as_bytes());
            if kind.is_symlink() || kind.is_hard_link() {
                header.set_link_name("/etc/passwd").unwrap();
            }
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (path, content) in entries {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*path, options.unix_permissions(0o644)).unwrap();
            writer.write_all(content).unwrap();
        }
        writer
            .add_symlink("link", "/etc/passwd", zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn told(bytes: &[u8]) -> String {
        match unpack(bytes) {
            Err(why) => why,
            Ok(Unpacked { files, n_others }) => {
                let shown = |file: &Packed| {
                    let bit = if file.executable { "!" } else { "" };
                    format!("{}{bit}={}", file.path, String::from_utf8_lossy(&file.bytes))
                };
                format!("{} +{n_others}", files.iter().map(shown).collect::<Vec<_>>().join(" "))
            }
        }
    }

    #[test]
    fn regular_files_are_taken_and_nothing_else() {
        let file = EntryType::Regular;
        let good = tar_of(&[
            ("./SKILL.md", file, b"s"),
            ("scripts/", EntryType::Directory, b""),
            ("scripts/a.sh", file, b"a"),
            ("link", EntryType::Symlink, b""),
            ("hard", EntryType::Link, b""),
            ("null", EntryType::Char, b""),
        ]);
        assert_eq!(told(&good), "SKILL.md=s scripts/a.sh!=a +3");
        let wrapped = tar_of(&[("pdf/SKILL.md", file, b"s"), ("pdf/x/y", file, b"y")]);
        assert_eq!(told(&wrapped), "SKILL.md=s x/y=y +0");
        assert_eq!(told(&zip_of(&[("x/y", b"y"), ("SKILL.md", b"s")])), "SKILL.md=s x/y=y +1");
    }

    #[test]
    fn an_archive_that_leads_elsewhere_or_is_damaged_is_refused_whole() {
        let file = EntryType::Regular;
        for (path, why) in [
            ("../x", "holds the path `../x`, which leads out of its folder"),
            ("/etc/x", "holds the path `/etc/x`, which is absolute"),
            ("a/../../x", "holds the path `a/../../x`, which leads out of its folder"),
            ("a\\x", "holds the path `a\\x`, which holds a backslash"),
            (".git/hooks/x", "holds the path `.git/hooks/x`, which is what Git keeps its own in"),
        ] {
            assert_eq!(told(&tar_of(&[("SKILL.md", file, b"s"), (path, file, b"x")])), why);
            assert_eq!(told(&zip_of(&[("SKILL.md", b"s"), (path, b"x")])), why);
        }
        let twice = tar_of(&[("SKILL.md", file, b"s"), ("./SKILL.md", file, b"t")]);
        assert_eq!(told(&twice), "holds `SKILL.md` twice");
        assert_eq!(told(&tar_of(&[("a/b/SKILL.md", file, b"s")])), "holds no `SKILL.md`");
        assert_eq!(told(b"<html>"), "is neither a `.tar.gz` nor a `.zip`");
        let whole = tar_of(&[("SKILL.md", file, &[b'x'; 5_000])]);
        for cut in [3, 20, whole.len() / 2, whole.len() - 9] {
            assert!(told(&whole[..cut]).starts_with("is damaged: "), "cut at {cut}");
        }
        let whole = zip_of(&[("SKILL.md", &[b'x'; 5_000])]);
        for cut in [3, 20, whole.len() / 2, whole.len() - 9] {
            assert!(told(&whole[..cut]).starts_with("is damaged: "), "cut at {cut}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_whole() {
        let zeros = vec![0; 65 << 20];
        let bomb = tar_of(&[("SKILL.md", EntryType::Regular, &zeros)]);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(told(&bomb), "holds more than 64 MiB");
        assert_eq!(told(&zip_of(&[("SKILL.md", &zeros)])), "holds more than 64 MiB");
        let many: Vec<String> = (0..10_001).map(|at| format!("f{at}")).collect();
        let many: Vec<(&str, EntryType, &[u8])> =
            many.iter().map(|path| (path.as_str(), EntryType::Regular, &b""[..])).collect();
        assert_eq!(told(&tar_of(&many)), "holds more than 10000 files");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig {
            cases: 2_000,
            rng_seed: proptest::test_runner::RngSeed::Fixed(7),
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn no_archive_panics_and_no_path_leads_out(
            is_zip: bool,
            changes in proptest::collection::vec((0_usize..2_000, 0_u8..=255), 1..6),
        ) {
            let file = EntryType::Regular;
            let mut bytes = match is_zip {
                true => zip_of(&[("SKILL.md", b"skill"), ("scripts/run.sh", b"run")]),
                false => tar_of(&[("SKILL.md", file, b"skill"), ("scripts/run.sh", file, b"run")]),
            };
            let mut plain = Vec::new();
            if !is_zip {
                // What is packed is changed, not the packing, which has a checksum.
                GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
            }
            let changed = if is_zip { &mut bytes } else { &mut plain };
            for (at, byte) in changes {
                let at = at % changed.len();
                changed[at] = byte;
            }
            if !is_zip {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(&plain).unwrap();
                bytes = packed.finish().unwrap();
            }
            for file in unpack(&bytes).map(|unpacked| unpacked.files).unwrap_or_default() {
                proptest::prop_assert!(path(file.path.as_str()).is_ok());
            }
        }
    }
}
