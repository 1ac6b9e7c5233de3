//! An editor, or Git, that saves a file at the very moment at which the API of a running server
//! edits it: what either of them wrote is in the file, can be had back by an undo, or was refused.
//!
//! Every CI run races a few times; `SKILLMEAT_RACES=10000` races all night.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::{Client, Dice, parsed};
use crate::case::{Case, sha256};
use crate::serve::Answer;

const RACES: usize = 120;
const PATIENCE: Duration = Duration::from_secs(20);

const TEAM: &str = "collections/team/collection.yaml";
const DOCS: &str = "collections/team/groups/documents.yaml";
const DRAFTS: &str = "collections/team/groups/drafts.yaml";
const FILES: [&str; 3] = [TEAM, DOCS, DRAFTS];

/// How something saves a file.
#[derive(Clone, Copy, Debug)]
enum Style {
    /// A new file in place of the old.
    Renames,
    /// The old file kept under another name, and a new one made.
    BacksUp,
    /// Emptied and written anew.
    Empties,
    /// Opened before, then emptied and written in two steps.
    HoldsOpen,
    /// Opened before, then written over without being emptied.
    WritesOver,
    /// `git checkout`
    Git,
}

const STYLES: [Style; 6] = [
    Style::Renames,
    Style::BacksUp,
    Style::Empties,
    Style::HoldsOpen,
    Style::WritesOver,
    Style::Git,
];

/// When it saves.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Before,
    /// So long after the request.
    Within(Duration),
    /// When the file that is to replace it appears beside it.
    Unfinished,
    /// When it was replaced or taken away.
    Replaced,
    After,
}

/// What the API is asked.
struct Wish {
    method: &'static str,
    path: String,
    body: Value,
    /// What it touches.
    files: Vec<&'static str>,
}

type Texts = BTreeMap<&'static str, Option<Vec<u8>>>;

/// A file of an edit as the journal has it.
struct Noted {
    id: i64,
    message: String,
    stage: String,
    path: String,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
}

fn case() -> Case {
    let mut case = Case::new();
    let state = case.path("../state").to_string_lossy().into_owned();
    case.set("SKILLMEAT_STATE_DIR", &state);
    let member = "members:\n  local/skill/report: {rank: 10} # ours\n";
    case.write(DOCS, &format!("# By hand.\ntitle: Documents\norder: 10\n{member}"));
    case.write(DRAFTS, "title: Drafts\norder: 20\n");
    case.synced();
    case
}

fn texts(case: &Case) -> Texts {
    FILES.map(|file| (file, fs::read(case.path(file)).ok())).into()
}

fn journal(case: &Case) -> Vec<Noted> {
    let db = rusqlite::Connection::open(case.path("../state/state.db")).expect("it is there");
    db.busy_timeout(PATIENCE).expect("set");
    let all = "SELECT id, message, state, path, before, after FROM edit JOIN edit_file \
               ON edit = id ORDER BY id DESC LIMIT 12";
    let mut all = db.prepare(all).expect("its tables");
    let rows = all.query_map([], |row| {
        let (id, message, stage) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (path, before, after) = (row.get(3)?, row.get(4)?, row.get(5)?);
        Ok(Noted { id, message, stage, path, before, after })
    });
    rows.expect("read").map(|row| row.expect("read")).collect()
}

/// Something that has read a file and is about to save it.
struct Editor<'a> {
    case: &'a Case,
    file: &'static str,
    style: Style,
    text: String,
    held: Option<File>,
}

impl<'a> Editor<'a> {
    fn open(case: &'a Case, file: &'static str, style: Style, text: String) -> Self {
        let mut editor = Self { case, file, style, text, held: None };
        match style {
            Style::HoldsOpen | Style::WritesOver => {
                editor.held = File::options().write(true).open(editor.path()).ok();
            }
            Style::Git => {
                let blob = editor.git(&["hash-object", "-w", "--stdin"]);
                let entry = format!("100644,{blob},{file}");
                editor.git(&["update-index", "--add", "--cacheinfo", &entry]);
            }
            _ => {}
        }
        editor
    }

    fn path(&self) -> PathBuf {
        self.case.path(self.file)
    }

    fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.case.path("."));
        command.env_clear().envs(self.case.variables());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git");
        let _ = child.stdin.take().expect("piped").write_all(self.text.as_bytes());
        let done = child.wait_with_output().expect("it ends");
        assert!(done.status.success(), "git {args:?}");
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    fn save(mut self) {
        let path = self.path();
        let _ = fs::create_dir_all(path.parent().expect("a folder"));
        match (self.style, self.held.take()) {
            (Style::Renames, _) => {
                let temp = path.with_extension("swp");
                fs::write(&temp, &self.text).expect("written");
                fs::rename(&temp, &path).expect("renamed");
            }
            (Style::BacksUp, _) => {
                let _ = fs::rename(&path, path.with_extension("old"));
                fs::write(&path, &self.text).expect("written");
                let _ = fs::remove_file(path.with_extension("old"));
            }
            (Style::HoldsOpen, Some(mut file)) => {
                file.set_len(0).expect("emptied");
                let (first, rest) = self.text.split_at(self.text.len() / 2);
                file.write_all(first.as_bytes()).expect("written");
                thread::yield_now();
                file.write_all(rest.as_bytes()).expect("written");
            }
            (Style::WritesOver, Some(mut file)) => {
                file.write_all(self.text.as_bytes()).expect("written");
                let len = file.stream_position().expect("known");
                file.set_len(len).expect("cut");
            }
            (Style::Git, _) => _ = self.git(&["checkout", "-q", "--", self.file]),
            _ => fs::write(&path, &self.text).expect("written"),
        }
    }
}

/// As Git does, or by renaming.
fn save_again(path: &Path, text: &str, is_made_anew: bool) {
    if is_made_anew {
        let _ = fs::remove_file(path);
        return fs::write(path, text).expect("written");
    }
    let temp = path.with_extension("swp");
    fs::write(&temp, text).expect("written");
    fs::rename(&temp, path).expect("renamed");
}

/// Waits for the moment, or until the request is answered.
fn await_moment(moment: Moment, path: &Path, is_answered: &AtomicBool) {
    let start = Instant::now();
    let inode = || fs::metadata(path).ok().map(|meta| meta.ino());
    let first = inode();
    let dir = path.parent().expect("a folder");
    let is_unfinished = || {
        let names = fs::read_dir(dir).into_iter().flatten().flatten();
        names.into_iter().any(|one| one.file_name().to_string_lossy().starts_with(".skillmeat-"))
    };
    while !is_answered.load(Ordering::Acquire) {
        let is_time = match moment {
            Moment::Before => true,
            Moment::Within(time) => start.elapsed() >= time,
            Moment::Unfinished => is_unfinished(),
            Moment::Replaced => inode() != first,
            Moment::After => false,
        };
        if is_time {
            return;
        }
    }
}

/// An edit that goes with the files as they are.
fn wish(kind: usize, round: usize, texts: &Texts, last: &Option<String>) -> Wish {
    let holds = |file: &str| {
        let text = texts[file].as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        text.contains("local/skill/report")
    };
    let words = json!({"description": format!("Round {round} of the API")});
    let team = "collections/team".to_owned();
    let documents = format!("{team}/groups/documents");
    match (kind, last) {
        (0, _) => Wish { method: "PATCH", path: team, body: words, files: vec![TEAM] },
        (1, _) => Wish { method: "PATCH", path: documents, body: words, files: vec![DOCS] },
        (2, _) => {
            let path = format!("{team}/groups/drafts");
            Wish { method: "DELETE", path, body: json!({}), files: vec![DRAFTS] }
        }
        (3, Some(id)) => {
            Wish { method: "POST", path: "undo".into(), body: json!({"id": id}), files: Vec::new() }
        }
        _ => {
            let (from, to) = match holds(DOCS) {
                true => ("documents", "drafts"),
                false => ("drafts", "documents"),
            };
            let change = match holds(DOCS) == holds(DRAFTS) {
                true => json!({"do": "remove", "ids": ["local/skill/report"]}),
                false => {
                    json!({"do": "move", "ids": ["local/skill/report"], "from": from, "group": to})
                }
            };
            let (path, body) = (format!("{team}/members"), json!({"changes": [change]}));
            Wish { method: "POST", path, body, files: vec![DOCS, DRAFTS] }
        }
    }
}

/// What came of the races.
#[derive(Debug, Default)]
struct Tally {
    answers: BTreeMap<u16, usize>,
    rescued: usize,
    lost: Vec<String>,
}

struct Race<'a> {
    case: &'a Case,
    client: Client,
    /// The last edit, to be undone.
    last: Option<String>,
    tally: Tally,
}

impl Race<'_> {
    fn run(&mut self, round: usize, dice: &mut Dice, typical: Duration) {
        if !self.case.exists(DRAFTS) {
            self.case.write(DRAFTS, "title: Drafts\norder: 20\n");
        }
        let before = texts(self.case);
        let mut wish = wish(dice.roll(6), round, &before, &self.last);
        let file = match wish.files.as_slice() {
            [] => *dice.one_of(&FILES),
            files => *dice.one_of(files),
        };
        if wish.method != "POST" || wish.path != "undo" {
            let seen =
                |file: &&str| before[file].as_deref().map(|b| format!("sha256:{}", sha256(b)));
            let seen: BTreeMap<&str, _> = FILES.iter().map(|file| (*file, seen(file))).collect();
            wish.body["seen"] = json!(seen);
        }
        let style = *dice.one_of(&STYLES);
        let moment = match dice.roll(10) {
            0 => Moment::Before,
            1 => Moment::After,
            2..=4 => Moment::Unfinished,
            5..=6 => Moment::Replaced,
            _ => Moment::Within(typical.mul_f64(dice.roll(1200) as f64 / 1000.0)),
        };
        let old = String::from_utf8_lossy(before[file].as_deref().unwrap_or_default()).into_owned();
        let kept = old.split("# Saved").next().unwrap_or_default();
        let first = format!("{kept}# Saved in round {round}\n");
        // Somebody else, or the same one, saves right behind.
        let second = (dice.roll(4) == 0).then(|| format!("{kept}# Saved again in round {round}\n"));
        let is_made_anew = dice.roll(2) == 0;
        let theirs = second.clone().unwrap_or_else(|| first.clone());
        let editor = Editor::open(self.case, file, style, first);
        let path = editor.path();
        let is_answered = AtomicBool::new(false);
        let answer = thread::scope(|scope| {
            let saving = scope.spawn(|| {
                await_moment(moment, &path, &is_answered);
                editor.save();
                if let Some(text) = &second {
                    save_again(&path, text, is_made_anew);
                }
            });
            if matches!(moment, Moment::Before) {
                while fs::read(&path).ok() != Some(theirs.clone().into_bytes()) {
                    thread::yield_now();
                }
            }
            let answer = self.client.ask(wish.method, &wish.path, &wish.body);
            is_answered.store(true, Ordering::Release);
            saving.join().expect("it saves");
            answer
        });
        *self.tally.answers.entry(answer.status).or_default() += 1;
        let what = format!(
            "round {round}: {} {} {file} {style:?} {moment:?} {}: {} {}",
            wish.method,
            wish.path,
            if second.is_some() { "twice" } else { "once" },
            answer.status,
            answer.body
        );
        self.last = None;
        self.judge_request(&answer, &before, (file, theirs.as_bytes()), &what);
        self.judge_save(file, theirs.as_bytes(), what);
    }

    /// What is answered is so: made in every file, or in none.
    fn judge_request(
        &mut self,
        answer: &Answer,
        before: &Texts,
        (raced, theirs): (&str, &[u8]),
        what: &str,
    ) {
        let now = texts(self.case);
        let is_theirs = |file: &str| file == raced && now[file].as_deref() == Some(theirs);
        if !matches!(answer.status, 200 | 201) {
            let refusals = [404, 409, 412, 422, 503];
            assert!(refusals.contains(&answer.status), "{what}");
            for file in FILES {
                assert!(is_theirs(file) || (file != raced && now[file] == before[file]), "{what}");
            }
            return;
        }
        let answer = parsed(answer);
        let Some(id) = answer["undo"].as_str() else { return };
        let noted = journal(self.case).into_iter().filter(|one| one.id.to_string() == id);
        let noted: Vec<Noted> = noted.collect();
        assert!(!noted.is_empty() && noted.iter().all(|one| one.stage == "done"), "{what}");
        for file in FILES {
            let one = noted.iter().find(|one| one.path == file);
            let wanted = one.map_or(&before[file], |one| &one.after);
            assert!(now[file] == *wanted || is_theirs(file), "{file} of {what}");
        }
        self.last = Some(id.to_owned());
    }

    /// What was saved is in the file, or can be had back.
    fn judge_save(&mut self, file: &str, theirs: &[u8], what: String) {
        if fs::read(self.case.path(file)).is_ok_and(|now| now == theirs) {
            return;
        }
        self.last = None;
        let is_it = |one: &Noted| {
            let is_kept = one.message.starts_with("An editor saved") && one.stage == "done";
            is_kept && one.path == file && one.before.as_deref() == Some(theirs)
        };
        let start = Instant::now();
        let found = loop {
            let found = journal(self.case).into_iter().find(is_it);
            if found.is_some() || start.elapsed() > PATIENCE {
                break found;
            }
            thread::sleep(Duration::from_millis(20));
        };
        let Some(found) = found else { return self.tally.lost.push(what) };
        let answer = self.client.ask("POST", "undo", &json!({"id": found.id.to_string()}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(fs::read(self.case.path(file)).expect("there"), theirs, "{what}");
        self.tally.rescued += 1;
    }
}

#[test]
fn a_comment_that_somebody_saved_is_no_conflict_for_who_has_seen_it() {
    let case = case();
    let client = Client::start(&case, &["--watch", "--offline"]);
    let text = case.read(DOCS).replace("# By hand.", "# By hand, and often.");
    case.write(DOCS, &text);
    let hash = format!("sha256:{}", sha256(text.as_bytes()));
    let body = json!({"seen": {DOCS: hash}, "description": "Of all kinds"});
    let answer = client.ask("PATCH", "collections/team/groups/documents", &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let wanted = text.replace("Documents\n", "Documents\ndescription: Of all kinds\n");
    assert_eq!(case.read(DOCS), wanted);
    // Who asks is told the file as it is, too.
    case.write(DOCS, &text);
    let hash = json!(format!("sha256:{}", sha256(text.as_bytes())));
    let is_told = |answer: &Answer| parsed(answer)["files"][DOCS] == hash;
    client.server.wait_for("/api/v1/collections/team.json", is_told);
    case.write(DOCS, &format!("{text}# The end.\n"));
    let hash = json!(format!("sha256:{}", sha256(case.read(DOCS).as_bytes())));
    let is_told = |answer: &Answer| parsed(answer)["files"][DOCS] == hash;
    client.server.wait_for("/api/v1/collections/team.json", is_told);
}

#[test]
fn an_editor_and_the_api_that_write_at_once_lose_nothing_in_silence() {
    let races = std::env::var("SKILLMEAT_RACES").ok().and_then(|n| n.parse().ok());
    let races: usize = races.unwrap_or(RACES);
    let case = case();
    let git = Command::new("git").args(["init", "-q"]).current_dir(case.path(".")).status();
    assert!(git.expect("git runs").success());
    let client = Client::start(&case, &["--watch", "--offline"]);
    let mut race = Race { case: &case, client, last: None, tally: Tally::default() };
    let mut dice = Dice::new(races as u64 + 41);
    let start = Instant::now();
    // How long a request takes, about: the moments are spread over it.
    let mut typical = Duration::from_millis(30);
    for round in 0..races {
        let before = Instant::now();
        race.run(round, &mut dice, typical);
        typical = (typical * 7 + before.elapsed().min(Duration::from_millis(100))) / 8;
    }
    let Tally { answers, rescued, lost } = &race.tally;
    println!(
        "{races} rounds in {:?}: answers {answers:?}, {rescued} rescued, {} lost",
        start.elapsed(),
        lost.len()
    );
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    assert!(answers[&200] > races / 10 && answers[&412] > races / 10, "{answers:?}");
    let mut left = case.files("collections/team");
    left.retain(|path, _| !FILES.iter().any(|file| file.ends_with(path.as_str())));
    assert!(left.is_empty(), "{left:?} are left");
    assert!(journal(&case).iter().all(|one| one.stage != "begun"));
}
