//! Whether a file lies on another machine: what Linux says of its mounts. Elsewhere that is not
//! known, and taken for no.

use std::path::{Path, PathBuf};

use crate::disk;

/// File systems that other machines write, too, and that give processes no memory to share.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "davfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "smb3",
    "smbfs",
];

/// The same behind FUSE.
const NETWORK_FUSE: &[&str] =
    &["ceph", "davfs2", "gcsfuse", "glusterfs", "goofys", "rclone", "s3fs", "smbnetfs", "sshfs"];

/// The kind of network file system that a file is on, if it is on one.
pub(super) fn network(file: &Path) -> Option<String> {
    const MOUNTS: &str = "/proc/self/mountinfo";
    const BYTES_MAX: u64 = 4 << 20;
    let dir = disk::real_path(file.parent()?)?;
    let mounts = disk::read_up_to(Path::new(MOUNTS), BYTES_MAX).ok()?;
    let system = file_system(&String::from_utf8_lossy(&mounts), &dir)?;
    is_network(&system).then_some(system)
}

fn is_network(system: &str) -> bool {
    match system.strip_prefix("fuse.") {
        Some(behind) => NETWORK_FUSE.contains(&behind),
        None => NETWORK.contains(&system),
    }
}

/// The file system of the mount that a path without links is below; of several at one place the
/// last one covers the others. A line is `id parent device root PLACE options… - SYSTEM …`.
fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((mount, rest)) = line.split_once(" - ") else { continue };
        let Some(place) = mount.split(' ').nth(4).map(unescaped) else { continue };
        let depth = place.components().count();
        if path.starts_with(&place) && found.is_none_or(|(deepest, _)| depth >= deepest) {
            found = rest.split(' ').next().map(|system| (depth, system));
        }
    }
    found.map(|(_, system)| system.to_owned())
}

/// A path whose blanks and backslashes are written as `\040`.
fn unescaped(text: &str) -> PathBuf {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('\\');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let code = part.get(..3).and_then(|octal| u8::from_str_radix(octal, 8).ok());
        match code {
            Some(code) => {
                out.push(char::from(code));
                out.push_str(&part[3..]);
            }
            None => {
                out.push('\\');
                out.push_str(part);
            }
        }
    }
    PathBuf::from(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:40 / /srv/home rw,relatime shared:1 - nfs4 files:/home rw,vers=4.2
31 30 0:41 / /srv/home/ada/scratch rw - tmpfs tmpfs rw
32 27 0:42 / /mnt/my\\040share rw - cifs //server/share rw
33 27 0:43 / /mnt/over rw - ext4 /dev/vdb rw
34 27 0:44 / /mnt/over rw - fuse.sshfs ada@host: rw
a line that is none";

    #[test]
    fn the_deepest_and_last_mount_says_which_file_system_a_folder_is_on() {
        let of = |path: &str| file_system(MOUNTS, Path::new(path)).unwrap();
        assert_eq!(of("/var/cache"), "ext4");
        assert_eq!(of("/srv/home/ada/.skillmeat/cache"), "nfs4");
        assert_eq!(of("/srv/homes"), "ext4");
        assert_eq!(of("/srv/home/ada/scratch/x"), "tmpfs");
        assert_eq!(of("/mnt/my share/cache"), "cifs");
        assert_eq!(of("/mnt/over"), "fuse.sshfs");
        let network = ["nfs4", "cifs", "fuse.sshfs"];
        assert!(network.into_iter().all(is_network));
        assert!(!["ext4", "tmpfs", "overlay", "fuse", "fuse.encfs"].into_iter().any(is_network));
    }
}
