//! A catalog in a folder of its own with its own home, cache and clock, and what commands say in it.
//!
//! Paths are relative to the catalog; `../x` stands beside it. What a command prints is given with
//! the folder's path as `[ROOT]`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A tree of files: path to the hash of the content, or to `-> target` of a link.
pub type Files = BTreeMap<String, String>;

pub struct Case {
    dir: TempDir,
    env: BTreeMap<String, String>,
}

impl Case {
    /// An empty folder for a catalog.
    pub fn empty() -> Self {
        let dir = TempDir::new().expect("a temporary folder");
        let root = fs::canonicalize(dir.path()).expect("it is there");
        let mut env = BTreeMap::new();
        let mut set = |name: &str, value: &str| env.insert(name.to_owned(), value.to_owned());
        set("PATH", &std::env::var("PATH").expect("PATH is set"));
        set("HOME", &root.join("home").to_string_lossy());
        set("SKILLMEAT_CACHE_DIR", &root.join("cache").to_string_lossy());
        set("SOURCE_DATE_EPOCH", "1767225600"); // 2026-01-01
        set("TZ", "UTC");
        set("GIT_CONFIG_NOSYSTEM", "1");
        set("GIT_CONFIG_GLOBAL", "/dev/null");
        set("GIT_AUTHOR_DATE", "2025-12-01T12:00:00Z");
        set("GIT_COMMITTER_DATE", "2025-12-01T12:00:00Z");
        if let Ok(profile) = std::env::var("LLVM_PROFILE_FILE") {
            set("LLVM_PROFILE_FILE", &profile); // for coverage of what the tests run
        }
        fs::create_dir(root.join("home")).expect("a home");
        fs::create_dir(root.join("catalog")).expect("a catalog");
        Self { dir, env }
    }

    /// A catalog with one skill of its own, `local/skill/report`, in one collection.
    pub fn new() -> Self {
        let case = Self::empty();
        case.config("sources:\n  local: {path: content/artifacts}\n");
        case.skill("content/artifacts/skills/report", "Writes a report");
        case.write("collections/team/collection.yaml", "title: Team\ninclude: [{source: local}]\n");
        case
    }

    /// Writes `skillmeat.yaml` with these lines below its version.
    pub fn config(&self, lines: &str) -> &Self {
        self.write("skillmeat.yaml", &format!("version: 1\n{lines}"))
    }

    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        let root = fs::canonicalize(self.dir.path()).expect("the folder is there");
        match path.strip_prefix("../") {
            Some(beside) => root.join(beside),
            None => root.join("catalog").join(path),
        }
    }

    pub fn write(&self, path: &str, text: &str) -> &Self {
        let file = self.path(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
        self
    }

    /// `DIR/SKILL.md`, named as its folder.
    pub fn skill(&self, dir: &str, description: &str) -> &Self {
        let name = dir.rsplit('/').next().unwrap_or(dir);
        let text = format!("---\nname: {name}\ndescription: {description}\n---\n\n# {name}\n");
        self.write(&format!("{dir}/SKILL.md"), &text)
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|cause| panic!("{path}: {cause}"))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    pub fn remove(&self, path: &str) -> &Self {
        let path = self.path(path);
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.expect("removed");
        self
    }

    pub fn remove_if_there(&self, path: &str) -> &Self {
        if self.exists(path) { self.remove(path) } else { self }
    }

    /// A Git repository beside the catalog.
    pub fn repository(&self, name: &str) -> Repository<'_> {
        let dir = format!("../{name}");
        fs::create_dir_all(self.path(&dir)).expect("made");
        let repository = Repository { case: self, dir };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    /// Runs `skillmeat` with words split at spaces.
    pub fn run(&self, words: &str) -> Ran {
        self.run_args(&words.split_whitespace().collect::<Vec<_>>())
    }

    pub fn run_args(&self, args: &[&str]) -> Ran {
        self.finish(self.command().args(args), &format!("skillmeat {}", args.join(" ")))
    }

    /// The same through a shell line, for what only a shell sets; `$0` is the binary.
    pub fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        self.finish(command.args(["-c", line, env!("CARGO_BIN_EXE_skillmeat")]), line)
    }

    /// The binary, ready to run in the catalog with nothing of this machine but `PATH`.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skillmeat"));
        command.current_dir(self.path(".")).env_clear().envs(&self.env);
        command
    }

    /// What its commands find in their environment.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.env
    }

    fn finish(&self, command: &mut Command, what: &str) -> Ran {
        let command = command.current_dir(self.path(".")).env_clear().envs(&self.env);
        let Output { status, stdout, stderr } = command.output().expect("the command starts");
        let root = self.path("../").to_string_lossy().trim_end_matches('/').to_owned();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace(&root, "[ROOT]");
        let (out, err) = (text(stdout), text(stderr));
        Ran { what: what.to_owned(), code: status.code().unwrap_or(-1), out, err }
    }

    pub fn synced(&self) -> &Self {
        self.run("sync").ends(0);
        self
    }

    pub fn built(&self) -> &Self {
        self.run("build").ends(0);
        self
    }

    /// What lies in a folder of the catalog; nothing when it is not there.
    pub fn files(&self, path: &str) -> Files {
        let top = self.path(path);
        let mut found = Files::new();
        let mut open = vec![top.clone()];
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(dir).into_iter().flatten() {
                let path = entry.expect("listed").path();
                let name = path.strip_prefix(&top).expect("below it").to_string_lossy();
                if let Ok(target) = fs::read_link(&path) {
                    found.insert(name.into_owned(), format!("-> {}", target.display()));
                } else if path.is_dir() {
                    open.push(path);
                } else {
                    found.insert(name.into_owned(), sha256(&fs::read(&path).expect("read")));
                }
            }
        }
        found
    }

    /// The files that people and Git see: all of the catalog but `public/`.
    pub fn tracked(&self) -> Files {
        let mut files = self.files(".");
        files.retain(|path, _| !path.starts_with("public/") && !path.starts_with(".git/"));
        files
    }

    /// The site without `status.js`, the one output that may depend on the time, and without the
    /// list of what was written, which is no part of it.
    pub fn site(&self) -> Files {
        let mut files = self.files("public");
        files.retain(|path, _| !["status.js", ".skillmeat-manifest.json"].contains(&path.as_str()));
        files
    }

    /// The artifacts of `list --json`.
    pub fn artifacts(&self) -> Vec<Value> {
        let list = self.run("list --json").ends(0).json();
        list["artifacts"].as_array().expect("a list of artifacts").clone()
    }

    /// Ids of `list --json` with one of their fields.
    pub fn listed(&self, field: &str) -> BTreeMap<String, Value> {
        let id = |one: &Value| one["id"].as_str().expect("an id").to_owned();
        self.artifacts().iter().map(|one| (id(one), one[field].clone())).collect()
    }

    pub fn ids(&self) -> Vec<String> {
        self.listed("id").into_keys().collect()
    }
}

/// A Git repository whose commits have fixed dates.
pub struct Repository<'a> {
    case: &'a Case,
    dir: String,
}

impl Repository<'_> {
    pub fn write(&self, path: &str, text: &str) -> &Self {
        self.case.write(&format!("{}/{path}", self.dir), text);
        self
    }

    pub fn skill(&self, dir: &str, description: &str) -> &Self {
        self.case.skill(&format!("{}/{dir}", self.dir), description);
        self
    }

    pub fn remove(&self, path: &str) -> &Self {
        self.case.remove(&format!("{}/{path}", self.dir));
        self
    }

    /// Commits everything; gives the commit's id.
    pub fn commit(&self) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub fn git(&self, args: &[&str]) -> String {
        let who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
        let mut command = Command::new("git");
        let command = command.args(who).args(args).current_dir(self.case.path(&self.dir));
        let done = command.env_clear().envs(&self.case.env).output().expect("git runs");
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// Its address for a Git source.
    pub fn url(&self) -> String {
        format!("file://{}", self.case.path(&self.dir).display())
    }
}

/// What a command did.
pub struct Ran {
    what: String,
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// One problem as people see it on stderr.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    /// `error[SM203]`
    pub head: String,
    pub message: String,
    /// `file:line:column`
    pub place: String,
    pub help: String,
}

impl Ran {
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "`{}` ended so:\n{}\n{}", self.what, self.out, self.err);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        let wrong = |cause| panic!("`{}`: {cause}:\n{}\n{}", self.what, self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(wrong)
    }

    /// The errors and warnings for people: on stderr, or on stdout where they are the answer.
    pub fn told(&self) -> Vec<Told> {
        let mut told: Vec<Told> = Vec::new();
        for line in self.out.lines().chain(self.err.lines()) {
            let head = line.split_once("]: ").filter(|(head, _)| head.contains("[SM"));
            if let Some((head, message)) = head {
                let (head, message) = (format!("{head}]"), message.to_owned());
                told.push(Told { head, message, ..Told::default() });
            } else if let Some(last) = told.last_mut() {
                if let Some(place) = line.trim().strip_prefix("--> ") {
                    place.clone_into(&mut last.place);
                } else if let Some(help) = line.trim().strip_prefix("help: ") {
                    help.clone_into(&mut last.help);
                }
            }
        }
        told
    }

    /// The only problem told, with everything a person needs to mend it.
    #[track_caller]
    pub fn tells(&self, head: &str, place: &str) -> Told {
        let mut told = self.told();
        told.retain(|one| one.head.starts_with(head));
        assert_eq!(told.len(), 1, "`{}` should tell one `{head}`: {}", self.what, self.err);
        let one = told.remove(0);
        assert!(one.place.starts_with(place), "{one:?} is not at {place}");
        assert!(!one.message.is_empty() && !one.help.is_empty(), "{one:?} helps nobody");
        one
    }
}

/// Waits until what was written can no longer change without a trace.
pub fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(60));
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The time of the last change of each file, for what must not even be written again.
pub fn times(dir: &Path) -> BTreeMap<PathBuf, std::time::SystemTime> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten() {
            let path = entry.expect("listed").path();
            let meta = fs::symlink_metadata(&path).expect("there");
            if meta.is_dir() {
                open.push(path);
            } else {
                found.insert(path, meta.modified().expect("known"));
            }
        }
    }
    found
}
