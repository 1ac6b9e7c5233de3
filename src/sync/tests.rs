//! What a sync remembers only saves work: after any edits of a source the outcome is that of a sync
//! that remembers nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use jiff::Timestamp;

use super::*;
use crate::catalog::contents::Contents;
use crate::catalog::load::{Loaded, load};
use crate::model::artifact::Artifact;

/// A catalog with its repository's folder `in`, the folder `out` beside it, and the Git repository
/// `far`.
struct World {
    dir: tempfile::TempDir,
    /// Draws the edits.
    state: u64,
}

const CONFIG: &str = "version: 1\nsources:\n  in: {path: in}\n  out: {path: ../out}\n";

/// Long after anything here was written, so that every file has a stamp.
const LATER: &str = "2100-01-01T00:00:00Z";

const PATHS: [&str; 20] = [
    "SKILL.md",
    "README.md",
    "notes.md",
    ".mcp.json",
    ".claude-plugin/marketplace.json",
    "agents/x.md",
    "agents/README.md",
    "commands/p.md",
    "commands/t.toml",
    "hooks/hooks.json",
    "hooks/README.md",
    "p/.claude-plugin/plugin.json",
    "p/agents/z.md",
    "p/skills/d/SKILL.md",
    "skills/a/SKILL.md",
    "skills/a/more/extra.md",
    "skills/a/run.sh",
    "skills/b/SKILL.md",
    "skills/b/x/SKILL.md",
    "skills/c/skill.md",
];

const TEXTS: [&str; 14] = [
    "---\nname: a\ndescription: Does a\ntools: Read\n---\n# A\n",
    "---\nname: b\ndescription: Does b\nversion: 1.2\ntags: [x, Y]\n---\n",
    "---\ndescription: Does things: badly\n---\n$ARGUMENTS\n",
    "---\nname: [\n---\n",
    "# No front matter\n",
    "",
    "prompt = \"go\"\ndescription = \"d\"\n",
    "prompt = \n",
    "{\"mcpServers\": {\"s\": {\"command\": \"run\", \"env\": {\"KEY\": \"v\"}}}}",
    "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"./x.sh\"}]}]}}",
    "{\"name\": \"p\", \"description\": \"a plugin\", \"agents\": \"./agents/z.md\"}",
    "{\"name\": \"m\", \"plugins\": [{\"name\": \"p\", \"source\": \"./p\", \"tags\": [\"t\"]}]}",
    "{\"hooks\": ",
    "---\nname: c\nmodel: opus\ndescription: Does c\nhooks: {Stop: [{command: x}]}\n---\n",
];

impl World {
    fn new(seed: u64) -> Self {
        let world = Self { dir: tempfile::tempdir().unwrap(), state: seed };
        let far = world.path("far");
        for dir in ["catalog/in", "out", "far"] {
            fs::create_dir_all(world.path(dir)).unwrap();
            write(&world.path(dir).join("skills/kept/SKILL.md"), TEXTS[0].as_bytes());
        }
        let config = format!("{CONFIG}  far: {{git: \"file://{}\"}}\n", far.display());
        fs::write(world.path("catalog/skillmeat.yaml"), config).unwrap();
        git(&far, &["init", "-q", "-b", "main"]);
        world.commit();
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn env(&self, cache: &str) -> Env {
        let now = LATER.parse().unwrap();
        Env { cache_dir: self.path(cache), now, ..Env::at(&self.path("catalog")) }
    }

    fn sync(&self, cache: &str) -> Report {
        let env = self.env(cache);
        let cache = Arc::new(Cache::open(&env.cache_dir, env.now).unwrap());
        let report = run(&env, &cache, &Options::default(), &|_| ()).unwrap();
        for source in &report.sources {
            assert!(source.error.is_none(), "{source:?}");
        }
        report
    }

    fn load(&self, cache: &str) -> Loaded {
        let env = self.env(cache);
        let cache = Arc::new(Cache::open(&env.cache_dir, env.now).unwrap());
        load(&env, &cache).unwrap()
    }

    fn lock(&self) -> String {
        fs::read_to_string(self.path("catalog/skillmeat.lock")).unwrap_or_default()
    }

    fn commit(&self) {
        git(&self.path("far"), &["add", "-A"]);
        git(&self.path("far"), &["commit", "-q", "--allow-empty", "-m", "change"]);
    }

    fn draw(&mut self, below: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % below
    }

    /// One edit of one folder, as a person or a program makes it. What cannot be done is not.
    fn edit(&mut self) -> String {
        let folder = ["catalog/in", "out", "far"][self.draw(3)];
        let root = self.path(folder);
        let there = files(&root);
        let what = self.draw(12);
        let name = match what {
            0..5 => PATHS[self.draw(PATHS.len())].to_owned(),
            _ => there[self.draw(there.len())].clone(),
        };
        let other = PATHS[self.draw(PATHS.len())];
        let (path, n) = (root.join(&name), self.draw(100));
        let text = TEXTS[self.draw(TEXTS.len())];
        match what {
            0..3 => write(&path, text.as_bytes()),
            3 => write(&path, format!("{text}{n}\n").as_bytes()),
            4 => write(&path, &[text.as_bytes(), &[0xff, 0xfe]].concat()),
            5 => same_size(&path, false),
            6 => same_size(&path, true),
            7 => drop(fs::remove_file(&path)),
            8 => {
                let dir = path.parent().filter(|dir| *dir != root);
                dir.map(fs::remove_dir_all);
            }
            9 => {
                let to = root.join(other);
                fs::create_dir_all(to.parent().unwrap()).ok();
                fs::rename(&path, to).ok();
            }
            10 => {
                let mode = if n % 2 == 0 { 0o644 } else { 0o755 };
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).ok();
                touch(&path, SystemTime::now());
            }
            _ => {
                let target = if n % 2 == 0 { root.join(other) } else { root.join("skills/a") };
                let target = pathdiff(&target, &root, &name);
                fs::remove_file(&path).ok();
                fs::create_dir_all(path.parent().unwrap()).ok();
                symlink(target, &path).ok();
            }
        }
        format!("{what} {folder}/{name} {other} {n} {text:?}")
    }
}

/// What is below a folder, but for what Git keeps there; one is always left.
fn files(root: &Path) -> Vec<String> {
    let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| entry.file_name() != ".git").filter_map(Result::ok);
    let paths = walk.filter(|entry| !entry.file_type().is_dir());
    let names = paths.map(|entry| entry.path().strip_prefix(root).unwrap().display().to_string());
    let mut names: Vec<String> = names.collect();
    if names.is_empty() {
        write(&root.join(PATHS[0]), TEXTS[0].as_bytes());
        names.push(PATHS[0].to_owned());
    }
    names
}

/// From the folder of `name` up to the root and down again.
fn pathdiff(target: &Path, root: &Path, name: &str) -> PathBuf {
    let up = "../".repeat(name.matches('/').count());
    Path::new(&up).join(target.strip_prefix(root).unwrap())
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).ok();
    fs::write(path, bytes).ok();
}

/// Other bytes of the same number, at the same time of change as programs can set it; in place, or
/// by another file.
fn same_size(path: &Path, is_replaced: bool) {
    let (Ok(meta), Ok(mut bytes)) = (fs::symlink_metadata(path), fs::read(path)) else { return };
    if !meta.is_file() {
        return;
    }
    for byte in bytes.iter_mut().filter(|byte| byte.is_ascii_lowercase()).take(40) {
        *byte = if *byte == b'z' { b'a' } else { *byte + 1 };
    }
    if is_replaced {
        let beside = path.with_extension("new");
        fs::write(&beside, bytes).unwrap();
        fs::rename(beside, path).unwrap();
    } else {
        fs::write(path, bytes).unwrap();
    }
    touch(path, meta.modified().unwrap());
}

fn touch(path: &Path, time: SystemTime) {
    if let Ok(file) = fs::File::options().write(true).open(path) {
        file.set_modified(time).unwrap();
    }
}

/// Waits until the file system's own clock has moved on: two changes within one of its steps have
/// the same time, which is why a real sync trusts no stamp that is so young.
fn tick(dir: &Path) {
    let probe = dir.join("probe");
    let time = || {
        fs::write(&probe, "").unwrap();
        let meta = fs::metadata(&probe).unwrap();
        (meta.ctime(), meta.ctime_nsec())
    };
    let before = time();
    while time() == before {}
}

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=T", "-c", "user.email=t@example.org"]).args(args);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    assert!(command.current_dir(dir).status().unwrap().success(), "git {args:?}");
}

/// All that is shown of a catalog: its artifacts, its sources' problems, every byte.
type Shown = (Vec<Artifact>, Vec<Vec<Problem>>, Vec<Vec<u8>>);

fn same(with: &Shown, without: &Shown, told: &dyn Fn() -> String) {
    let ids = |shown: &Shown| shown.0.iter().map(|a| a.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(with), ids(without), "{}", told());
    for (a, b) in with.0.iter().zip(&without.0) {
        assert_eq!(a, b, "{}", told());
    }
    assert_eq!(with.1, without.1, "{}", told());
    assert!(with.2 == without.2, "{}", told());
}

fn shown(loaded: &Loaded, only: Option<&str>) -> Shown {
    let catalog = &loaded.catalog;
    let is_shown = |source: &str| only.is_none_or(|only| only == source);
    let artifacts = catalog.artifacts.iter().filter(|artifact| is_shown(&artifact.id.source));
    let artifacts: Vec<Artifact> = artifacts.map(|one| Artifact::clone(one)).collect();
    let sources = catalog.sources.iter().filter(|state| is_shown(&state.source.name));
    let problems = sources.map(|state| state.problems.clone()).collect();
    let files =
        artifacts.iter().flat_map(|artifact| artifact.files.iter().map(move |f| (artifact, f)));
    let bytes = files.map(|(artifact, file)| loaded.contents.read(artifact, file).unwrap());
    let bytes = bytes.collect();
    (artifacts, problems, bytes)
}

#[test]
fn after_any_edits_what_is_remembered_equals_what_is_read_anew() {
    let rounds = std::env::var("SKILLMEAT_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(16);
    let mut world = World::new(rounds);
    let mut edits = Vec::new();
    for round in 0..rounds {
        edits.clear();
        for _ in 0..=world.draw(4) {
            edits.push(world.edit());
        }
        world.commit();
        tick(world.dir.path());
        let told = || format!("round {round} of {rounds}: {edits:#?}");

        // Before a sync, a folder inside is read as it is now.
        let empty = format!("nothing-{round}");
        let (with, without) = (world.load("cache"), world.load(&empty));
        same(&shown(&with, Some("in")), &shown(&without, Some("in")), &told);

        let before = world.lock();
        world.sync("cache");
        let lock = world.lock();
        fs::write(world.path("catalog/skillmeat.lock"), before).unwrap();
        world.sync(&empty);
        assert_eq!(lock, world.lock(), "{}", told());
        let (with, without) = (world.load("cache"), world.load(&empty));
        same(&shown(&with, None), &shown(&without, None), &told);
        assert!(with.lacking.is_empty(), "{}", told());

        for source in world.sync("cache").sources {
            let done = (source.parsed, source.written, source.outcome);
            assert_eq!(done, (0, 0, Outcome::Unchanged), "{}: {}", source.name, told());
        }
        fs::remove_dir_all(world.path(&empty)).unwrap();
    }
}

#[test]
fn what_changed_just_before_a_sync_is_read_again_by_the_next() {
    let world = World::new(1);
    let now = Timestamp::now();
    let sync = |now: Timestamp| {
        let env = Env { now, ..world.env("cache") };
        let cache = Arc::new(Cache::open(&env.cache_dir, env.now).unwrap());
        let report = run(&env, &cache, &Options::default(), &|_| ()).unwrap();
        let counts = report.sources.iter().map(|source| (source.parsed, source.written));
        counts.collect::<Vec<_>>()
    };
    assert_eq!(sync(now), [(1, 1), (1, 1), (1, 1)]);
    assert_eq!(sync(now), [(1, 0), (1, 0), (0, 0)]);
    // Only at the second look it is old enough to be remembered.
    let later = now + jiff::Span::new().seconds(10);
    assert_eq!(sync(later), [(1, 0), (1, 0), (0, 0)]);
    assert_eq!(sync(later), [(0, 0), (0, 0), (0, 0)]);
}
