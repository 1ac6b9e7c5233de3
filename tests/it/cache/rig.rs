//! A small cache, damaged in thousands of ways and used as the commands use it: what is read is what
//! was kept, or absent, or an error that ends with a good cache.
//!
//! 2,000 ways in every run; 10,000 with `SKILLMEAT_DEEP=1`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use skillmeat::cache::{self, Batch, Cache, Cached, FileRow, Key, Member};
use skillmeat::error::Result;
use skillmeat::model::artifact::Artifact;
use skillmeat::model::hash::ContentHash;
use skillmeat::model::id::Kind;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const SOURCE: &str = "key";
const CATALOG: &str = "catalog";
const PAGE: usize = 4096;

/// Numbers that look random and are the same in every run.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("a byte")
    }
}

/// An artifact and the bytes of its files.
type Skill = (Artifact, Vec<Vec<u8>>);

/// Skill `n` in a state, made once.
fn skill(n: usize, state: usize) -> Skill {
    static ALL: LazyLock<Vec<Skill>> =
        LazyLock::new(|| (0..36).map(|i| make_skill(i / 3, i % 3)).collect());
    ALL[n * 3 + state].clone()
}

/// A skill of two files, one of which takes several pages when `n` says so.
fn make_skill(n: usize, state: usize) -> Skill {
    let long = "line of a text\n".repeat(if n % 4 == 0 { 300 } else { 3 });
    let bodies = [format!("# Skill {n}\n\nstate {state}\n"), format!("{n} {long}")];
    let hashes = bodies.each_ref().map(|body| ContentHash::of(body.as_bytes()));
    let file = |i: usize, path: &str| serde_json::json!({"path": path, "size": bodies[i].len(), "hash": hashes[i]});
    let json = serde_json::json!({
        "id": format!("first/skill/s{n}"),
        "path": format!("skills/s{n}"),
        "hash": ContentHash::of_files([("SKILL.md", hashes[0]), ("more.md", hashes[1])]),
        "description": format!("What skill {n} does in state {state}"),
        "files": [file(0, "SKILL.md"), file(1, "more.md")],
    });
    let artifact = serde_json::from_value(json).expect("an artifact");
    (artifact, bodies.map(String::into_bytes).to_vec())
}

/// What was ever kept, and so may be read.
#[derive(Clone, Default)]
struct Kept {
    artifacts: Vec<Artifact>,
    contents: BTreeMap<ContentHash, Vec<u8>>,
    facts: BTreeMap<String, BTreeSet<String>>,
    files: BTreeMap<String, Vec<FileRow>>,
    /// Ids by collection, and by collection and group.
    members: BTreeMap<String, BTreeSet<String>>,
}

impl Kept {
    fn keep(&mut self, cache: &Cache, skills: &[Skill], word: &str) -> Result<()> {
        for (artifact, bodies) in skills {
            if !self.artifacts.contains(artifact) {
                self.artifacts.push(artifact.clone());
            }
            self.contents.extend(artifact.files.iter().map(|f| f.hash).zip(bodies.iter().cloned()));
        }
        let fact = (format!("answer {word}"), format!("an answer of {word}"));
        self.facts.entry(fact.0.clone()).or_default().insert(fact.1.clone());
        self.facts.entry("read".to_owned()).or_default().insert(word.to_owned());
        let rows: Vec<(String, Option<FileRow>)> = skills
            .iter()
            .map(|(artifact, bodies)| {
                let (hash, size) = (artifact.files[0].hash, bodies[0].len() as u64);
                let stamp = format!("{word} {}", artifact.path);
                let row = FileRow { stamp, hash, size, reading: Some(word.to_owned()) };
                (format!("{}/SKILL.md", artifact.path), Some(row))
            })
            .collect();
        for (path, row) in &rows {
            self.files.entry(path.clone()).or_default().extend(row.clone());
        }
        let batch = Batch {
            artifacts: skills.iter().map(|(artifact, _)| artifact).collect(),
            contents: true,
            bodies: vec![word.as_bytes().to_vec()],
            files: rows,
            facts: vec![fact, ("read".to_owned(), word.to_owned())],
        };
        cache.keep(SOURCE, &batch, NOW, |i, j| Ok(skills[i].1[j].clone()))?;
        self.keep_collections(cache, word)
    }

    fn keep_collections(&mut self, cache: &Cache, word: &str) -> Result<()> {
        let of = |n: usize| {
            let ids: BTreeSet<_> = self.artifacts.iter().map(|a| a.id.clone()).collect();
            let groups = |i: usize| if i % 2 == 0 { vec!["even".to_owned()] } else { Vec::new() };
            let members = ids.into_iter().enumerate().filter(|(i, _)| i % n == 0);
            members
                .map(|(i, id)| Member { id, source: SOURCE.to_owned(), groups: groups(i) })
                .collect::<Vec<_>>()
        };
        let collections =
            vec![("all".to_owned(), of(1)), ("some".to_owned(), of(3)), (word.to_owned(), of(5))];
        for (name, members) in &collections {
            for member in members {
                let id = member.id.to_string();
                for group in &member.groups {
                    self.members.entry(format!("{name}/{group}")).or_default().insert(id.clone());
                }
                self.members.entry(name.clone()).or_default().insert(id);
            }
        }
        cache.keep_collections(CATALOG, &collections, NOW)?;
        cache.refreshed(SOURCE, "address", "updated", &[], NOW)
    }

    /// Reads everything as `list` and `build` do; gives how much was absent.
    fn read(&self, cache: &Cache) -> Result<usize> {
        let mut absent = 0;
        let keys = cache.keys(SOURCE)?;
        for key in &keys {
            assert!(self.artifacts.iter().any(|kept| Key::of(kept) == *key), "{key:?} never was");
        }
        for kept in &self.artifacts {
            match cache.artifact(SOURCE, &Key::of(kept), &kept.id)? {
                Some(read) => assert_eq!(read, *kept),
                None => absent += 1,
            }
            let found = cache.get(SOURCE, kept.id.kind, &kept.id.name)?;
            found.iter().for_each(|found| self.is_kept(found));
            let newest = cache.newest(SOURCE, kept.id.kind, &kept.path, &kept.id)?;
            assert!(newest.is_none_or(|newest| self.artifacts.contains(&newest)));
        }
        cache.contents()?;
        for (hash, bytes) in &self.contents {
            match cache.blob(hash)? {
                Some(read) => assert!(read == *bytes, "other bytes under {hash}"),
                None => absent += 1,
            }
        }
        for (name, values) in &self.facts {
            match cache.fact(SOURCE, name)? {
                Some(value) => assert!(values.contains(&value), "{name} is {value}"),
                None => absent += 1,
            }
        }
        let files = cache.files(SOURCE)?;
        for (path, row) in &files {
            assert!(self.files.get(path).is_some_and(|rows| rows.contains(row)), "{path}: {row:?}");
        }
        absent += self.files.keys().filter(|path| !files.contains_key(*path)).count();
        Ok(absent)
    }

    /// Asks the cache's other questions.
    fn ask(&self, cache: &Cache) -> Result<usize> {
        let names: BTreeSet<_> = self.artifacts.iter().map(|a| &a.id).collect();
        let mut absent = 0;
        for found in [cache.all_of(SOURCE)?, cache.of_kind(SOURCE, Kind::Skill)?] {
            found.iter().for_each(|found| self.is_kept(found));
            absent += names.len().saturating_sub(found.len());
        }
        let mut last = None;
        for _ in 0..names.len() {
            let page = cache.page(last.as_ref(), 10)?;
            page.iter().for_each(|found| self.is_kept(found));
            let Some(end) = page.into_iter().next_back() else { break };
            last = Some(end);
        }
        for (name, members) in &self.members {
            let found = match name.split_once('/') {
                Some((collection, group)) => cache.in_group(CATALOG, collection, group)?,
                None => cache.in_collection(CATALOG, name)?,
            };
            for found in &found {
                self.is_kept(found);
                let id = found.artifact.id.to_string();
                assert!(members.contains(&id), "{id} is no member of {name}");
            }
        }
        Ok(absent)
    }

    fn is_kept(&self, found: &Cached) {
        assert_eq!(found.source, SOURCE);
        assert!(self.artifacts.contains(&found.artifact), "{:?} never was", found.artifact);
    }
}

/// A cache's files, and what is in them.
struct Template {
    db: Vec<u8>,
    /// What a process that was killed leaves; empty after a good end.
    log: Vec<u8>,
    kept: Kept,
    /// How much of what is asked for was never in it.
    absent: usize,
}

/// One closed as it should be, and one whose process was killed.
fn templates() -> [Template; 2] {
    let dir = scratch();
    let read = |name: &str| fs::read(dir.path().join(name)).unwrap_or_default();
    let mut kept = Kept::default();
    let skills: Vec<_> = (0..7).map(|n| skill(n, 0)).collect();
    let cache = Cache::open(dir.path(), NOW).expect("opened");
    kept.keep(&cache, &skills, "first").expect("kept");
    drop(cache);
    let closed =
        Template { db: read("artifacts.db"), log: Vec::new(), kept: kept.clone(), absent: 0 };
    let cache = Cache::open(dir.path(), NOW).expect("opened");
    let skills: Vec<_> = (5..10).map(|n| skill(n, 1)).collect();
    kept.keep(&cache, &skills, "second").expect("kept");
    let killed =
        Template { db: read("artifacts.db"), log: read("artifacts.db-wal"), kept, absent: 0 };
    assert!(closed.db.len() > 16 * PAGE && killed.log.len() > 16 * PAGE);
    let mut templates = [closed, killed];
    let kept = templates[1].kept.clone();
    for template in &mut templates {
        let dir = scratch();
        fs::write(dir.path().join("artifacts.db"), &template.db).expect("written");
        fs::write(dir.path().join("artifacts.db-wal"), &template.log).expect("written");
        let cache = Cache::open(dir.path(), NOW).expect("opened");
        let absent = kept.read(&cache).and_then(|n| Ok(n + kept.ask(&cache)?));
        template.absent = absent.expect("read");
    }
    templates
}

/// A folder in memory where there is one: thousands of files are written, and forced to the disk.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.expect("a temporary folder")
}

/// Damages bytes in one of many ways.
fn damage(bytes: &mut Vec<u8>, number: &mut Numbers) {
    let len = bytes.len();
    let n_pages = (len / PAGE).max(1);
    let at = number.below(len);
    let end = (at + 1 + number.below(PAGE)).min(len);
    match number.below(12) {
        0 => bytes[at] ^= 1 << number.below(8),
        1 | 2 => {
            for _ in 0..=number.below(16) {
                let at = number.below(len);
                bytes[at] = number.byte();
            }
        }
        3 => bytes[at..end].fill(0),
        4 => bytes[at..end].iter_mut().for_each(|byte| *byte = number.byte()),
        5 | 6 => {
            let (a, b) = (number.below(n_pages) * PAGE, number.below(n_pages) * PAGE);
            let (one, other) = (bytes[a..][..PAGE].to_vec(), bytes[b..][..PAGE].to_vec());
            bytes[b..][..PAGE].copy_from_slice(&one);
            if number.below(2) == 0 {
                bytes[a..][..PAGE].copy_from_slice(&other);
            }
        }
        7 => bytes.truncate(at),
        8 => bytes.truncate(number.below(n_pages) * PAGE),
        9 => bytes.extend((at..end).map(|_| number.byte())),
        10 => drop(bytes.drain(at..end)),
        // The head of the file.
        _ => {
            for _ in 0..=number.below(3) {
                let at = number.below(100.min(len));
                bytes[at] = number.byte();
            }
        }
    }
}

/// How damage was found, if it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// The file was set aside when it was opened.
    WhenOpened,
    /// It was refused as another program's, or a later version's.
    Refused,
    /// SQLite met it while it was used.
    InUse,
    /// A row or a content was not what its hash says, or not there.
    ByHash,
    /// All that was kept is there.
    Harmless,
}

/// Damages a copy, uses it, and leaves a good cache behind.
fn round(seed: u64, templates: &[Template; 2], dir: &Path) -> Found {
    let mut number = Numbers::new(seed);
    let template = &templates[number.below(2)];
    let (mut db, mut log) = (template.db.clone(), template.log.clone());
    match number.below(4) {
        0 | 1 if !log.is_empty() => damage(&mut log, &mut number),
        2 if !log.is_empty() => {
            damage(&mut log, &mut number);
            damage(&mut db, &mut number);
        }
        // The log of another time.
        3 if log.is_empty() => {
            log.clone_from(&templates[1].log);
            damage(&mut log, &mut number);
        }
        _ => damage(&mut db, &mut number),
    }
    fs::write(dir.join("artifacts.db"), db).expect("written");
    if !log.is_empty() {
        fs::write(dir.join("artifacts.db-wal"), log).expect("written");
    }
    // The log of another time may bring what it holds.
    let mut kept = templates[1].kept.clone();
    let looked = cache::check(dir);
    assert!(looked.is_ok() || is_refusal(&looked), "{looked:?}");
    used(dir, &mut kept, template.absent)
}

fn is_refusal<T>(result: &Result<T>) -> bool {
    let codes = ["SM523", "SM524"];
    result.as_ref().err().is_some_and(|e| codes.contains(&e.problems[0].code.as_str()))
}

/// Uses the cache as the commands do, until it is good.
fn used(dir: &Path, kept: &mut Kept, n_absent: usize) -> Found {
    let opened = Cache::open(dir, NOW);
    if is_refusal(&opened) {
        return Found::Refused;
    }
    let cache = opened.expect("opened, or a new one in its place");
    let mut found = if cache.warning.is_some() { Found::WhenOpened } else { Found::Harmless };
    let skills: Vec<_> = (9..12).map(|n| skill(n, 2)).collect();
    let done = kept.read(&cache).and_then(|absent| {
        let absent = absent + kept.ask(&cache)?;
        if absent > n_absent && found == Found::Harmless {
            found = Found::ByHash;
        }
        kept.keep(&cache, &skills, "third")?;
        cache.tidy(NOW)?;
        kept.read(&cache).map(|_| ())
    });
    match (done, cache.damage().cloned()) {
        (Err(_), Some(damage)) => {
            drop(cache);
            Cache::replace(dir, NOW, &damage).expect("replaced");
            found = found.min(Found::InUse);
        }
        (Err(error), None) => panic!("an error that no next run mends: {error}"),
        (Ok(()), _) => drop(cache),
    }
    // The next run reads again what is not there, and has all of it then.
    let cache = Cache::open(dir, NOW).expect("opened again");
    let again: Vec<_> = (0..12).map(|n| skill(n, n % 3)).collect();
    let kept_again = kept.keep(&cache, &again, "fourth").and_then(|()| kept.read(&cache));
    if let Err(error) = kept_again {
        let damage = cache.damage().cloned();
        drop(cache);
        let damage = damage.unwrap_or_else(|| panic!("an error that no next run mends: {error}"));
        Cache::replace(dir, NOW, &damage).expect("replaced");
        found = found.min(Found::InUse);
    }
    found
}

#[test]
fn whatever_happens_to_its_file_the_cache_gives_what_was_kept_or_nothing() {
    let n_rounds = if std::env::var_os("SKILLMEAT_DEEP").is_some() { 10_000 } else { 2_000 };
    let templates = templates();
    let n_threads = std::thread::available_parallelism().map_or(2, usize::from).min(8) as u64;
    let work = |first: u64| {
        let mut counts: BTreeMap<Found, usize> = BTreeMap::new();
        for seed in (first..n_rounds).step_by(n_threads as usize) {
            let dir = scratch();
            let path: PathBuf = dir.path().to_owned();
            let done = catch_unwind(AssertUnwindSafe(|| round(seed, &templates, &path)));
            let Ok(found) = done else { panic!("corruption {seed} is the one that breaks it") };
            *counts.entry(found).or_default() += 1;
        }
        counts
    };
    let mut counts: BTreeMap<Found, usize> = BTreeMap::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..n_threads).map(|first| scope.spawn(move || work(first))).collect();
        for worker in workers {
            let done = worker.join().expect("no corruption breaks it; see which above");
            done.into_iter().for_each(|(found, n)| *counts.entry(found).or_default() += n);
        }
    });
    println!("{n_rounds} corruptions: {counts:?}");
    assert_eq!(counts.values().sum::<usize>() as u64, n_rounds);
    // A rig that damages nothing proves nothing.
    assert!(counts[&Found::WhenOpened] > 0 && counts[&Found::InUse] > 0);
    assert!(counts[&Found::ByHash] > 0 && counts[&Found::Harmless] > 0);
}
