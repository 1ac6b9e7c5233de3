//! Git as a whole, against repositories made for each test with a `HOME` of their own.

mod broken_off;
mod incomplete;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::env::Stop;
use crate::error::Exit;
use crate::model::path::RelPath;

/// A remote repository, a place for its clone, and a file that no hostile repository may make.
struct Lab {
    dir: TempDir,
    git: Git,
}

impl Lab {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join("home")).unwrap();
        // What stands for ssh runs the command here.
        let ssh = dir.path().join("ssh");
        fs::write(&ssh, "for last; do :; done; exec sh -c \"$last\"\n").unwrap();
        let env = vec![
            ("HOME".to_owned(), dir.path().join("home").display().to_string()),
            ("XDG_CONFIG_HOME".to_owned(), dir.path().join("home").display().to_string()),
            ("GIT_SSH_COMMAND".to_owned(), format!("sh {}", ssh.display())),
            ("GIT_SSH_VARIANT".to_owned(), "ssh".to_owned()),
        ];
        let lab = Self { git: Git::find_with(env, Stop::default()).unwrap(), dir };
        fs::create_dir(lab.remote()).unwrap();
        lab.run(&["init", "--quiet", "--initial-branch=main", "."]);
        lab
    }

    fn remote(&self) -> PathBuf {
        self.dir.path().join("remote")
    }

    fn clone_dir(&self) -> PathBuf {
        self.dir.path().join("clones/one")
    }

    fn canary(&self) -> PathBuf {
        self.dir.path().join("CANARY")
    }

    fn url(&self) -> String {
        format!("file://{}", self.remote().display())
    }

    /// The same repository, as if far away.
    fn far_url(&self) -> String {
        format!("ssh://far.example{}", self.remote().display())
    }

    /// Runs git in the remote, on day `2020-01-01` unless `day` says otherwise.
    fn run(&self, args: &[&str]) -> String {
        self.run_on("2020-01-01", args, b"")
    }

    fn run_on(&self, day: &str, args: &[&str], input: &[u8]) -> String {
        let date = format!("{day}T12:00:00Z");
        let mut child = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"])
            .args(args)
            .current_dir(self.remote())
            .env("HOME", self.dir.path().join("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_COMMITTER_DATE", &date), ("GIT_AUTHOR_DATE", &date)])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{args:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.remote().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, day: &str) -> String {
        self.run(&["add", "--all"]);
        self.run_on(day, &["commit", "--quiet", "--message=x"], b"");
        self.run(&["rev-parse", "HEAD"])
    }

    fn fetch(&self, url: &str, reference: Option<&str>, wanted: Wanted) -> Result<Fetched> {
        self.fetch_only(url, reference, wanted, &all())
    }

    fn fetch_only(
        &self,
        url: &str,
        reference: Option<&str>,
        wanted: Wanted,
        filter: &Filter,
    ) -> Result<Fetched> {
        let dir = self.clone_dir();
        fetch(&self.git, &Request { url, reference, dir: &dir, filter, wanted })
    }

    fn newest(&self) -> Fetched {
        self.fetch(&self.url(), None, Wanted::Newest).unwrap()
    }

    fn open(&self, commit: &str) -> Tree {
        open(&self.git, &self.clone_dir(), commit, &all()).unwrap()
    }
}

fn all() -> Filter {
    Filter::new(&[], &[]).unwrap()
}

fn only(include: &str) -> Filter {
    Filter::new(&[include.to_owned()], &[]).unwrap()
}

fn path(text: &str) -> RelPath {
    RelPath::parse(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Code, exit and place of the one problem of a failure.
fn failure<T>(result: Result<T>) -> (String, Exit) {
    let error = result.err().unwrap();
    (error.problems[0].code.clone(), error.exit)
}

#[test]
fn a_repository_is_cloned_read_and_dated() {
    let lab = Lab::new();
    lab.write("skills/pdf/SKILL.md", "one");
    lab.write("run.sh", "#!/bin/sh");
    std::os::unix::fs::symlink("skills/pdf", lab.remote().join("alias")).unwrap();
    std::os::unix::fs::symlink("skills/pdf/SKILL.md", lab.remote().join("link.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", lab.remote().join("out")).unwrap();
    Command::new("chmod").arg("+x").arg(lab.remote().join("run.sh")).status().unwrap();
    let first = lab.commit("2020-01-01");
    let got = lab.newest();
    assert_eq!(got, Fetched { commit: first.clone(), date: day("2020-01-01"), has_news: true });
    assert!(!lab.newest().has_news);

    let tree = lab.open(&first);
    let names: Vec<_> = tree.files.keys().map(RelPath::as_str).collect();
    assert_eq!(names, ["link.md", "run.sh", "skills/pdf/SKILL.md"]);
    assert_eq!(tree.read(&path("link.md")).unwrap(), b"one");
    assert_eq!(tree.files[&path("link.md")].size, 3);
    assert!(tree.files[&path("run.sh")].executable);
    assert_eq!(tree.aliases, [(path("alias"), path("skills/pdf"))].into());
    assert_eq!(tree.problems.len(), 1, "{:?}", tree.problems);
    assert_eq!(tree.problems[0].code, "SM404");

    lab.write("skills/pdf/SKILL.md", "two");
    let second = lab.commit("2021-02-03");
    assert_eq!(lab.newest().commit, second);
    assert_eq!(lab.open(&second).read(&path("skills/pdf/SKILL.md")).unwrap(), b"two");
    assert_eq!(lab.open(&first).read(&path("skills/pdf/SKILL.md")).unwrap(), b"one");
    let dates = history(&lab.git, &lab.clone_dir(), &second).unwrap().dates();
    let skill = Dates { added: day("2020-01-01"), changed: day("2021-02-03") };
    assert_eq!(dates[&path("skills/pdf/SKILL.md")], skill);
    assert_eq!(commit_date(&lab.git, &lab.clone_dir(), &first).unwrap(), day("2020-01-01"));
}

#[test]
fn many_threads_read_one_tree() {
    let lab = Lab::new();
    for i in 0..50 {
        lab.write(&format!("f{i}"), &format!("text {i}"));
    }
    lab.commit("2020-01-01");
    let tree = lab.open(&lab.newest().commit);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..50 {
                    let read = tree.read(&path(&format!("f{i}"))).unwrap();
                    assert_eq!(read, format!("text {i}").as_bytes());
                }
            });
        }
    });
}

#[test]
fn from_afar_only_what_the_filter_takes_is_fetched() {
    let lab = Lab::new();
    lab.run(&["config", "uploadpack.allowFilter", "true"]);
    lab.write("skills/a/SKILL.md", "skill");
    lab.write("AGENTS.md", "agents");
    lab.write("big.bin", "not wanted");
    std::os::unix::fs::symlink("../AGENTS.md", lab.remote().join("skills/CLAUDE.md")).unwrap();
    lab.commit("2020-01-01");
    let url = lab.far_url();
    let filter = only("skills");
    let got = lab.fetch_only(&url, None, Wanted::Newest, &filter).unwrap();
    let tree = open(&lab.git, &lab.clone_dir(), &got.commit, &filter).unwrap();
    let names: Vec<_> = tree.files.keys().map(RelPath::as_str).collect();
    assert_eq!(names, ["skills/CLAUDE.md", "skills/a/SKILL.md"]);
    assert_eq!(tree.read(&path("skills/CLAUDE.md")).unwrap(), b"agents");
    assert_eq!(tree.files[&path("skills/CLAUDE.md")].size, 6);
    assert!(!lab.fetch_only(&url, None, Wanted::Newest, &filter).unwrap().has_news);

    // A merge that differs from both its parents is a change of its own.
    lab.write("skills/a/SKILL.md", "side");
    lab.run(&["checkout", "--quiet", "-b", "side"]);
    lab.commit("2020-01-02");
    lab.run(&["checkout", "--quiet", "main"]);
    lab.write("skills/a/SKILL.md", "main");
    lab.commit("2020-01-03");
    lab.run(&["merge", "--quiet", "--strategy=ours", "--no-commit", "side"]);
    lab.write("skills/a/SKILL.md", "both");
    lab.commit("2020-01-04");
    let got = lab.fetch_only(&url, None, Wanted::Newest, &filter).unwrap();

    // Nothing is fetched behind one's back: history and a wider filter take what is there.
    let dates = history(&lab.git, &lab.clone_dir(), &got.commit).unwrap().dates();
    assert_eq!((dates.len(), dates[&path("skills/a/SKILL.md")].changed), (4, day("2020-01-04")));
    let wider = open(&lab.git, &lab.clone_dir(), &got.commit, &all());
    assert_eq!(failure(wider), ("SM425".into(), Exit::Failed));
    assert!(lab.fetch(&url, None, Wanted::Newest).unwrap().has_news);
    assert_eq!(lab.open(&got.commit).read(&path("big.bin")).unwrap(), b"not wanted");
}

#[test]
fn a_remote_that_serves_no_parts_is_taken_whole() {
    let lab = Lab::new();
    lab.write("a", "x");
    lab.write("b", "y");
    lab.commit("2020-01-01");
    let got = lab.fetch_only(&lab.far_url(), None, Wanted::Newest, &only("a")).unwrap();
    assert_eq!(lab.open(&got.commit).files.len(), 2);
}

#[test]
fn branches_tags_and_commits_are_references() {
    let lab = Lab::new();
    lab.write("a", "1");
    let first = lab.commit("2020-01-01");
    lab.run(&["tag", "--annotate", "--message=x", "v1"]);
    lab.write("a", "2");
    let second = lab.commit("2020-01-02");
    lab.run(&["branch", "side"]);
    let commit = |reference: &str| {
        lab.fetch(&lab.url(), Some(reference), Wanted::Newest).map(|fetched| fetched.commit)
    };
    assert_eq!(commit("v1").unwrap(), first);
    assert_eq!(commit("side").unwrap(), second);
    assert_eq!(commit(&first).unwrap(), first);
    assert_eq!(failure(commit("nothing")), ("SM414".into(), Exit::Failed));
    assert_eq!(failure(commit("--upload-pack=touch")), ("SM413".into(), Exit::Failed));
}

#[test]
fn a_bundle_is_a_repository_in_a_file() {
    let lab = Lab::new();
    lab.write("a", "1");
    let commit = lab.commit("2020-01-01");
    lab.run(&["bundle", "create", "--quiet", "../one.bundle", "HEAD", "main"]);
    let url = format!("file://{}", lab.dir.path().join("one.bundle").display());
    for reference in [None, Some("main")] {
        assert_eq!(lab.fetch(&url, reference, Wanted::Newest).unwrap().commit, commit);
    }
    assert_eq!(lab.open(&commit).read(&path("a")).unwrap(), b"1");
}

#[test]
fn a_pinned_commit_outlives_a_rewritten_history() {
    let lab = Lab::new();
    lab.write("a", "1");
    let old = lab.commit("2020-01-01");
    lab.newest();
    lab.write("a", "2");
    lab.run(&["add", "--all"]);
    lab.run(&["commit", "--quiet", "--amend", "--message=y"]);
    lab.run(&["reflog", "expire", "--expire=now", "--all"]);
    lab.run(&["gc", "--quiet", "--prune=now"]);
    let new = lab.newest();
    assert_ne!(new.commit, old);
    let pinned = lab.fetch(&lab.url(), None, Wanted::Commit(&old)).unwrap();
    assert!(!pinned.has_news);
    assert_eq!(lab.open(&old).read(&path("a")).unwrap(), b"1");

    disk::remove_dir(&lab.clone_dir()).unwrap();
    let gone = lab.fetch(&lab.url(), None, Wanted::Commit(&old));
    assert_eq!(failure(gone), ("SM415".into(), Exit::Failed));
    assert!(!lab.clone_dir().exists());
    assert_eq!(disk::list_dirs(&lab.dir.path().join("clones")).unwrap(), [""; 0]);
}

#[test]
fn a_pinned_commit_needs_no_remote_once_it_is_here() {
    let lab = Lab::new();
    lab.write("a", "1");
    let first = lab.commit("2020-01-01");
    lab.write("a", "2");
    lab.commit("2020-01-02");
    lab.newest();
    fs::rename(lab.remote(), lab.dir.path().join("moved")).unwrap();
    let pinned = lab.fetch(&lab.url(), None, Wanted::Commit(&first)).unwrap();
    assert_eq!((pinned.commit, pinned.has_news), (first, false));
}

#[test]
fn a_damaged_clone_is_made_anew() {
    let lab = Lab::new();
    lab.write("a", "1");
    let commit = lab.commit("2020-01-01");
    let wreck: [&dyn Fn(&Path); 4] = [
        &|dir| fs::remove_file(dir.join("HEAD")).unwrap(),
        &|dir| fs::remove_dir_all(dir.join("objects")).unwrap(),
        &|dir| fs::write(dir.join("config"), "[broken").unwrap(),
        &|dir| {
            let objects = dir.join("objects");
            for name in disk::list_dirs(&objects).unwrap() {
                fs::remove_dir_all(objects.join(name)).unwrap();
            }
        },
    ];
    for (i, wreck) in wreck.iter().enumerate() {
        lab.newest();
        wreck(&lab.clone_dir());
        assert_eq!(lab.newest().commit, commit, "{i}");
        assert_eq!(lab.open(&commit).read(&path("a")).unwrap(), b"1", "{i}");
    }
}

#[test]
fn nothing_that_a_repository_or_its_reader_has_set_up_is_run() {
    let lab = Lab::new();
    let touch = format!("touch {}", lab.canary().display());
    let hooks = lab.remote().join(".git/hooks");
    fs::create_dir_all(&hooks).unwrap();
    for name in ["post-checkout", "pre-auto-gc", "reference-transaction", "post-upload-pack"] {
        let hook = hooks.join(name);
        fs::write(&hook, format!("#!/bin/sh\n{touch}\n")).unwrap();
        Command::new("chmod").arg("+x").arg(&hook).status().unwrap();
    }
    let home = format!(
        "[core]\n\thooksPath = {}\n\tfsmonitor = {touch}\n[init]\n\ttemplateDir = {}\n\
         [filter \"evil\"]\n\tsmudge = {touch}\n[credential]\n\thelper = store\n",
        hooks.display(),
        lab.remote().join(".git").display(),
    );
    lab.write(".gitattributes", "* filter=evil diff=evil\n");
    lab.write(".lfsconfig", "[lfs]\n\turl = http://127.0.0.1:1/\n");
    lab.write("a", "1");
    lab.run(&["-c", "core.hooksPath=/dev/null", "add", "--all"]);
    let quiet = ["-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message=x"];
    lab.run(&quiet);
    lab.run(&["config", "uploadpack.packObjectsHook", &touch]);
    let _ = fs::remove_file(lab.canary());
    fs::write(lab.dir.path().join("home/.gitconfig"), home).unwrap();
    let lab = Lab { git: Git::find_with(lab.git.env.clone(), Stop::default()).unwrap(), ..lab };
    let kept = &lab.git.settings[0];
    assert_eq!((kept.0.as_str(), kept.1.as_str()), ("credential.helper", "store"));
    assert!(!lab.git.settings.iter().any(|(key, _)| key == "init.templatedir"));
    let commit = lab.newest().commit;
    assert_eq!(lab.open(&commit).read(&path("a")).unwrap(), b"1");
    history(&lab.git, &lab.clone_dir(), &commit).unwrap();
    for url in ["ext::sh -c touch% x", "--upload-pack=touch", "ext::sh%20-c%20touch"] {
        assert_eq!(failure(lab.fetch(url, None, Wanted::Newest)).0, "SM412");
    }
    assert!(!lab.canary().exists());
}

#[test]
fn trees_with_names_that_would_escape_are_refused() {
    for name in ["..", ".git", ".GIT", "git~1"] {
        let lab = Lab::new();
        let blob = lab.run_on("2020-01-01", &["hash-object", "-w", "--stdin"], b"evil");
        let mut tree = format!("100644 {name}\0").into_bytes();
        tree.extend((0..20).map(|i| u8::from_str_radix(&blob[2 * i..2 * i + 2], 16).unwrap()));
        let args = ["hash-object", "-w", "--literally", "-t", "tree", "--stdin"];
        let tree = lab.run_on("2020-01-01", &args, &tree);
        let commit = lab.run(&["commit-tree", "-m", "x", &tree]);
        lab.run(&["update-ref", "refs/heads/main", &commit]);
        let refused = lab.fetch(&lab.url(), None, Wanted::Newest);
        assert_eq!(failure(refused), ("SM424".into(), Exit::Failed), "{name}");
        assert!(!lab.clone_dir().exists());
    }
}

#[test]
fn submodules_and_odd_names_are_noted_and_left_out() {
    let lab = Lab::new();
    let blob = lab.run_on("2020-01-01", &["hash-object", "-w", "--stdin"], b"text");
    let commit = "1234567890123456789012345678901234567890";
    let mut rows = format!("160000 commit {commit}\tsub\0100644 blob {blob}\ta\0").into_bytes();
    rows.extend(format!("100644 blob {blob}\tbad\0").replace("bad", "b\u{1}d").into_bytes());
    rows.extend(format!("100644 blob {blob}\t").into_bytes());
    rows.extend(b"na\xffme\0");
    let tree = lab.run_on("2020-01-01", &["mktree", "-z", "--missing"], &rows);
    let commit = lab.run(&["commit-tree", "-m", "x", &tree]);
    lab.run(&["update-ref", "refs/heads/main", &commit]);
    let tree = lab.open(&lab.newest().commit);
    assert_eq!(tree.files.keys().map(RelPath::as_str).collect::<Vec<_>>(), ["a", "b\u{1}d"]);
    let told: Vec<String> = tree.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "warning[SM402]: the name is not UTF-8 text\n  --> na\\xffme\n  help: it is left out",
            "note[SM409]: is a submodule, which is not followed\n  --> sub\n  help: it is left out",
        ]
    );
}

/// Answers each connection with a status line and a header, or with nothing at all.
fn server(status: &str, header: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let rest = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    let answer = format!("HTTP/1.1 {status}\r\n{header}\r\n{rest}");
    let is_silent = status.is_empty();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            if is_silent {
                silent.push(stream);
            } else {
                let _ = stream.write_all(answer.as_bytes());
            }
        }
    });
    format!("http://me:hidden@{address}/x")
}

#[test]
fn what_went_wrong_with_a_remote_is_told_apart() {
    let mut lab = Lab::new();
    lab.git.patience.idle = Duration::from_secs(1);
    let answer = |status: &str| server(status, "X-Nothing: here");
    for (url, code, exit) in [
        (format!("{}/nothing", lab.url()), "SM416", Exit::Failed),
        ("http://me:hidden@127.0.0.1:1/x".to_owned(), "SM417", Exit::Failed),
        (server("", ""), "SM418", Exit::Failed),
        (server("301 Moved", "Location: http://127.0.0.1:1/"), "SM423", Exit::Failed),
        (server("401 No", "WWW-Authenticate: Basic realm=x"), "SM420", Exit::Denied),
        (answer("403 No"), "SM420", Exit::Denied),
        (answer("404 No"), "SM416", Exit::Failed),
        (answer("429 Wait"), "SM422", Exit::Denied),
    ] {
        let result = lab.fetch(&url, None, Wanted::Newest);
        let text = result.as_ref().err().unwrap().to_string();
        assert_eq!(failure(result), (code.to_owned(), exit), "{url}: {text}");
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[test]
fn what_ssh_leaves_running_is_not_waited_for() {
    let mut lab = Lab::new();
    lab.git.patience.idle = Duration::from_secs(3);
    lab.write("a", "1");
    let commit = lab.commit("2020-01-01");
    // As a shared connection does, it keeps stderr open.
    let ssh = "sleep 8 >/dev/null </dev/null &\nfor last; do :; done; exec sh -c \"$last\"\n";
    fs::write(lab.dir.path().join("ssh"), ssh).unwrap();
    let got = lab.fetch(&lab.far_url(), None, Wanted::Newest).unwrap();
    assert_eq!(got.commit, commit);
}
