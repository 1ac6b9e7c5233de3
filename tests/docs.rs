//! The documentation holds: what its blocks run works as written, and its tables name what is there.
//!
//! Every `sh` and `console` block of README.md and docs/ is run, from top to bottom, in a copy of
//! this repository with a home of its own. What is not ours stands there as a stand-in: `cargo`
//! leads to the binary, `anthropics/skills` to a small repository, upload tools to nothing.

#![expect(clippy::expect_used, reason = "a step of a test that fails is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use skillmeat::format::{collection, config, schema};
use skillmeat::model::deployment::State;
use tempfile::TempDir;

#[path = "docs/recipes.rs"]
mod recipes;

const COMMANDS: &str = "docs/commands.md";

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// README.md and every page of docs/.
fn documents() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let entries = fs::read_dir(dir).expect("listed").map(|entry| entry.expect("listed"));
    let mut names: Vec<String> = entries
        .map(|entry| format!("docs/{}", entry.file_name().to_string_lossy()))
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.push("README.md".to_owned());
    names.sort_unstable();
    names
}

struct Block {
    line: usize,
    language: String,
    text: String,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut is_inside = false;
    for (i, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if is_inside => is_inside = false,
            Some(language) => {
                is_inside = true;
                let language = language.to_owned();
                found.push(Block { line: i + 1, language, text: String::new() });
            }
            None if is_inside => {
                let block = found.last_mut().expect("one is open");
                block.text += line;
                block.text.push('\n');
            }
            None => {}
        }
    }
    found
}

/// The text under a heading, up to the next one of its level.
fn section(text: &str, heading: &str) -> String {
    let lines = text.lines().skip_while(|line| *line != heading).skip(1);
    let level = heading.split(' ').next().expect("a heading").to_owned() + " ";
    lines.take_while(|line| !line.starts_with(&level)).collect::<Vec<_>>().join("\n")
}

/// The rows of tables, cell by cell, without heads.
fn rows(text: &str) -> Vec<Vec<String>> {
    let row = |line: &str| -> Option<Vec<String>> {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?.replace("\\|", "/");
        Some(cells.split(" | ").map(|cell| cell.trim().to_owned()).collect())
    };
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |i: usize| lines.get(i + 1).is_some_and(|next| next.starts_with("|---"));
    (0..lines.len()).filter(|&i| !is_head(i)).filter_map(|i| row(lines[i])).collect()
}

/// What stands in backticks in a text.
fn ticked(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn help(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_skillmeat")).args(words).output().expect("runs");
    String::from_utf8(output.stdout).expect("text")
}

fn subcommands() -> Vec<String> {
    let help = help(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").expect("a list of commands");
    names(list).map(str::to_owned).collect()
}

/// The names in a list of commands.
fn names(list: &str) -> impl Iterator<Item = &str> {
    let lines = list.lines().take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
}

/// The flags of a part of a help text, short and long.
fn flags_of_help(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split("  ").next().unwrap_or(line).split([' ', ',']));
    words.filter(|word| word.starts_with('-')).map(str::to_owned).collect()
}

fn flags_of_table(text: &str) -> BTreeSet<String> {
    let cells = rows(text).into_iter().filter_map(|row| row.into_iter().next());
    let words = cells.flat_map(|cell| ticked(&cell));
    words
        .filter_map(|word| word.split(' ').next().map(str::to_owned))
        .filter(|word| word.starts_with('-'))
        .collect()
}

#[test]
fn each_command_has_exactly_the_flags_of_its_help() {
    let docs = read(COMMANDS);
    let global = flags_of_table(&section(&docs, "## For all commands"));
    for command in subcommands() {
        let help = help(&[&command, "-h"]);
        let (own, shared) = help.split_once("For all commands:\n").expect("a part for all");
        let inner = own.split_once("Commands:\n").map_or("", |(_, list)| list);
        let inner: Vec<&str> = names(inner).collect();
        let mut own = flags_of_help(own);
        for action in inner {
            let help = self::help(&[&command, action, "-h"]);
            own.extend(flags_of_help(help.split("For all commands:\n").next().unwrap_or_default()));
        }
        let here = section(&docs, &format!("## {command}"));
        let fixed = ["-h", "--help", "-V", "--version"].map(str::to_owned);
        assert!(fixed.iter().all(|flag| own.remove(flag)), "{command}: {own:?}");
        assert_eq!(flags_of_table(&here), own, "`## {command}` and its help");
        let mut shared = flags_of_help(shared);
        shared.extend(fixed);
        assert_eq!(global, shared, "`## For all commands` and the help of {command}");
    }
}

#[test]
fn every_variable_of_the_help_is_in_the_table_of_variables() {
    let listed: BTreeSet<String> = rows(&section(&read(COMMANDS), "## Environment"))
        .iter()
        .flat_map(|row| ticked(&row[0]))
        .collect();
    let mut used: BTreeSet<String> = [
        "SKILLMEAT_CACHE_DIR",
        "SKILLMEAT_STATE_DIR",
        "SKILLMEAT_TOKEN_…",
        "NO_COLOR",
        "SOURCE_DATE_EPOCH",
    ]
    .map(str::to_owned)
    .into();
    for command in subcommands() {
        let help = help(&[&command, "--help"]);
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let starts = help.match_indices("[env: ").map(|(at, word)| &help[at + word.len()..]);
        used.extend(starts.map(|rest| rest.split('=').next().expect("a name").to_owned()));
    }
    assert_eq!(listed, used);
}

#[test]
fn the_tables_of_keys_are_those_of_the_schemas() {
    let docs = read("docs/configuration.md");
    let keys = |heading: &str| -> BTreeSet<String> {
        let rows = rows(&section(&docs, heading)).into_iter();
        rows.flat_map(|row| ticked(&row[0])).filter(|key| !key.starts_with("x-")).collect()
    };
    let of = |schema: &Value| -> BTreeSet<String> {
        schema["properties"].as_object().expect("keys").keys().cloned().collect()
    };
    let file = schema::config();
    let mut all: BTreeSet<String> = BTreeSet::new();
    for key in of(&file) {
        let inner = &file["properties"][&key]["properties"];
        match inner.as_object() {
            Some(inner) => all.extend(inner.keys().map(|inner| format!("{key}.{inner}"))),
            None => all.extend([key]),
        }
    }
    let source = file["properties"]["sources"]["patternProperties"]
        .as_object()
        .and_then(|patterns| patterns.values().find(|value| value["properties"].is_object()));
    all.extend(of(source.expect("the keys of a source")));
    assert_eq!(keys("## skillmeat.yaml"), all);
    assert_eq!(keys("## Collections"), of(&schema::collection()));
    assert_eq!(keys("## Groups"), of(&schema::group()));
}

#[test]
fn the_page_about_the_look_names_every_template_value_and_colour() {
    let docs = read("docs/look.md");
    let shown: BTreeSet<String> = docs.lines().flat_map(ticked).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for folder in ["templates", "templates/static"] {
        let entries =
            fs::read_dir(root.join(folder)).expect("listed").map(|one| one.expect("listed"));
        let files = entries.filter(|entry| entry.path().is_file());
        wanted.extend(files.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    }
    let frame = read("src/site/page/frame.rs");
    let (_, fields) = frame.split_once("struct Frame<").expect("what pages are given");
    let (fields, _) = fields.split_once("\n}").expect("its end");
    let names =
        fields.lines().filter_map(|line| line.trim().split_once(": ")).map(|(name, _)| name);
    wanted.extend(names.filter(|name| !name.starts_with('/')).map(|name| format!("page.{name}")));
    let lacking: Vec<&String> = wanted.difference(&shown).collect();
    assert!(lacking.is_empty(), "docs/look.md lacks {lacking:?}");
    let css = read("templates/static/site.css");
    for property in shown.iter().filter(|name| name.starts_with("--")) {
        assert!(css.contains(&format!("{property}: ")), "site.css has no {property}");
    }
}

#[test]
fn states_are_called_as_the_table_says() {
    let rows = rows(&section(&read("docs/artifacts.md"), "## Deployment states"));
    let table: Vec<(String, String)> =
        rows.iter().map(|row| (row[0].replace('`', ""), row[1].clone())).collect();
    let known = State::ALL.map(|state| (state.word().to_owned(), state.label().to_owned()));
    assert_eq!(table, known);
}

#[test]
fn examples_of_files_are_read_without_a_problem() {
    let mut n_read = 0;
    for block in blocks(&read("docs/configuration.md")) {
        let (first, text) = (block.text.lines().next().unwrap_or_default(), &block.text);
        // The lock's example has `…` where a hash would stand.
        let outcome = if block.language != "yaml" || text.contains('…') && text.contains("commit:")
        {
            continue;
        } else if first.contains("/groups/") {
            collection::parse_group("g", "g.yaml", text).map(|_| ())
        } else if first.starts_with("version:") {
            config::parse(text).map(|_| ())
        } else if first.starts_with("projects:") {
            config::parse(&format!("version: 1\n{text}")).map(|_| ())
        } else {
            collection::parse_collection("c", "c.yaml", text).map(|_| ())
        };
        outcome.unwrap_or_else(|error| panic!("docs/configuration.md:{}: {error}", block.line));
        n_read += 1;
    }
    assert_eq!(n_read, 6);
}

/// A copy of this repository, a home, and stand-ins for what is not ours.
struct Machine {
    dir: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { dir: TempDir::new().expect("a folder") };
        machine.copy_repository();
        machine.stand_ins();
        machine.upstream();
        machine.store();
        machine
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }

    fn program(&self, name: &str, body: &str) {
        self.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{body}\n"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(&format!("bin/{name}")), mode).expect("executable");
    }

    fn copy_repository(&self) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["content", "collections", "docs"] {
            copy(&root.join(name), &self.path("repository").join(name));
        }
        for name in ["skillmeat.yaml", "skillmeat.lock", "Cargo.toml", ".gitignore"] {
            copy(&root.join(name), &self.path("repository").join(name));
        }
        // The tests do not run themselves.
        self.program("run", "exit 0");
        fs::create_dir_all(self.path("repository/tests")).expect("made");
        fs::rename(self.path("bin/run"), self.path("repository/tests/run")).expect("moved");
    }

    fn stand_ins(&self) {
        let binary = env!("CARGO_BIN_EXE_skillmeat");
        // A server is ended, as by Ctrl-C, as soon as it serves.
        let serve = format!(
            r#"case "$1" in serve) ;; *) exec "{binary}" "$@" ;; esac
: > "$HOME/served"  # what an earlier one said must not count
"{binary}" "$@" -p 0 2> "$HOME/served" & server=$!
until grep -q '^serving http://127' "$HOME/served"; do
  kill -0 $server || exit 1
done
kill -INT $server
wait $server
[ $? -eq 130 ] && echo 'serving http://127.0.0.1:6328/ (Ctrl-C ends it)' >&2"#
        );
        self.program("skillmeat", &serve);
        self.program(
            "cargo",
            r#"case "$*" in
  "run --release -- "*) shift 3; exec skillmeat "$@" ;;
  "install --locked --path .") test -f Cargo.toml ;;
  *) echo "no such cargo command: $*" >&2; exit 1 ;;
esac"#,
        );
        for name in ["rsync", "aws", "xdg-open", "open"] {
            self.program(name, "exit 0");
        }
        // Enough of `jq -r '.artifacts[].id'`.
        self.program("jq", "cat > \"$HOME/json\"");
    }

    fn upstream(&self) {
        for name in ["pdf", "docx"] {
            let text = format!("---\nname: {name}\ndescription: Reads {name} files.\n---\n");
            self.write(&format!("upstream/skills/{name}/SKILL.md"), &text);
        }
        let user = "[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n";
        self.write("home/.gitconfig", user);
        for dir in ["upstream", "repository"] {
            let (code, said) = self.sh(dir, "git init -q && git add -A && git commit -qm first");
            assert_eq!(code, 0, "{said}");
        }
    }

    /// What SkillMeat 0.9 keeps.
    fn store(&self) {
        let entry = |kind: &str, name: &str, path: &str| {
            let about = "---\ndescription: Helps\n---\n\nHelp.\n";
            let (of, file) = path.split_once(' ').expect("a collection");
            self.write(&format!("home/.skillmeat/collections/{of}/{file}"), about);
            let path = file.trim_end_matches("/SKILL.md");
            format!("[[artifacts]]\nname = \"{name}\"\ntype = \"{kind}\"\npath = \"{path}\"\n")
        };
        let mut default = entry("skill", "plan", "default skills/plan/SKILL.md");
        default += &entry("agent", "lead", "default agents/lead.md");
        default += "[[groups]]\nname = \"Before\"\nmembers = [\"skill:plan\"]\n";
        default += "[[groups]]\nname = \"After\"\nposition = 1\n";
        let work = entry("command", "ship", "work commands/ship.md");
        for (name, list) in [("default", default), ("work", work)] {
            self.write(&format!("home/.skillmeat/collections/{name}/collection.toml"), &list);
        }
    }

    /// Runs lines in a folder; the exit code, and what they printed to either stream.
    fn sh(&self, dir: &str, lines: &str) -> (i32, String) {
        let path = std::env::var("PATH").expect("PATH is set");
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\nset -eu\n{lines}")])
            .current_dir(self.path(dir))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("ADDRESS", "https://catalog.example/")
            .env("BUCKET", "catalog")
            .output()
            .expect("a shell");
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs a block from a folder, and says in which one it ended.
    fn run(&self, place: &str, dir: &str, lines: &str) -> String {
        let (code, said) = self.sh(dir, &format!("{lines}\npwd > \"$HOME/folder\""));
        assert_eq!(code, 0, "{place}:\n{lines}\n{said}");
        let folder = fs::read_to_string(self.path("home/folder")).expect("where it ended");
        let root = fs::canonicalize(self.dir.path()).expect("there");
        let folder = fs::canonicalize(folder.trim()).expect("there");
        folder.strip_prefix(root).expect("inside").to_string_lossy().into_owned()
    }

    /// Runs the commands of a session, and compares what each prints; `…` is any text of a line.
    fn replay(&self, place: &str, dir: &str, session: &str) {
        for part in format!("\n{session}").split("\n$ ").skip(1) {
            let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
            let (code, said) = self.sh(dir, command);
            assert_eq!(code, 0, "{place}: {command}\n{said}");
            let (expected, said) = (lines(expected), lines(&said));
            let fits = expected.len() == said.len()
                && expected.iter().zip(&said).all(|(pattern, line)| fits(pattern, line));
            assert!(fits, "{place}: {command}\nexpected {expected:#?}\nsaid {said:#?}");
        }
    }
}

/// Lines in any order: two streams, and sources that finish as they do.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last == Some("")
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).expect("made");
        for entry in fs::read_dir(from).expect("listed") {
            let entry = entry.expect("listed");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap_or_else(|cause| panic!("{}: {cause}", from.display()));
    }
}

#[test]
fn every_block_of_the_documents_runs_as_written() {
    let mut n_run: BTreeMap<String, usize> = BTreeMap::new();
    for name in documents() {
        let machine = Machine::new();
        let mut dir = "repository".to_owned();
        machine.write("repository/my-skill/SKILL.md", "---\nname: my-skill\n---\n");
        for block in blocks(&read(&name)) {
            let place = format!("{name}:{}", block.line);
            // What follows in a block of commands.md stands for itself; a tutorial goes on.
            let from = if name == "README.md" { dir.clone() } else { "repository".to_owned() };
            // The source of the examples is in no catalog but the reader's.
            let text = block.text.replace("skillmeat sync anthropics", "skillmeat sync local");
            let upstream = format!("file://{}", machine.path("upstream").display());
            let text = text.replace("https://github.com/anthropics/skills", &upstream);
            match block.language.as_str() {
                "sh" => dir = machine.run(&place, &from, &text),
                "console" => machine.replay(&place, &from, &text),
                _ => continue,
            }
            *n_run.entry(name.clone()).or_default() += 1;
        }
    }
    let expected = [
        ("README.md", 7),
        ("docs/artifacts.md", 1),
        ("docs/cache.md", 1),
        ("docs/commands.md", 20),
        ("docs/deployments.md", 7),
        ("docs/large-catalogs.md", 1),
        ("docs/migration.md", 4),
        ("docs/performance.md", 1),
        ("docs/publishing.md", 3),
        ("docs/troubleshooting.md", 3),
    ];
    assert_eq!(n_run, expected.map(|(name, n)| (name.to_owned(), n)).into());
}

#[test]
fn a_pattern_fits_a_line_as_a_reader_would_say() {
    assert!(fits("local: updated, 1 artifact (… ms)", "local: updated, 1 artifact (4 ms)"));
    assert!(fits("wrote collections/x…", "wrote collections/x with 2 groups"));
    assert!(!fits("local: … (… ms)", "other: updated (4 ms)"));
    assert!(!fits("1 artifact", "1 artifact, 2 problems"));
}
