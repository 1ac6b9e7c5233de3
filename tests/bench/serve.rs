//! How long a change takes under `serve --watch`: a file is saved, the new revision is announced on
//! the event stream, the page shows it. For a folder inside the catalog and one outside, with a
//! skill, a collection, a group and a page of the catalog's own; how long an edit by the API takes
//! to its answer, which comes when it is shown; a refresh with nothing new; and how soon a start with a warm cache shows its
//! first page.
//!
//! Run by `cargo bench --bench serve`; `-- 1000` takes another number of artifacts, further words
//! name the kinds of sources. Times are of this machine and guard nothing: what is shown is held
//! by tests.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for whoever works on this"
)]

#[expect(dead_code, reason = "changes are made here")]
mod artifacts;
#[expect(dead_code, reason = "how much memory it takes is measured elsewhere")]
mod server;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use server::{PATIENCE, Server};

/// Two artifacts that the edits add by turns.
const MEMBERS: [&str; 2] = ["reads-invoices-0", "checks-invoices-1"];
/// How often each kind of file is saved.
const SAVES: usize = 25;
const STARTS: usize = 5;
/// People do not save in one go; and nothing of one save shall fall into the next.
const PAUSE: Duration = Duration::from_millis(250);
/// A file that changed less than two seconds before it was looked at is read again.
const UNTIL_SETTLED: Duration = Duration::from_millis(2_200);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let count = words.iter().find_map(|word| word.parse().ok()).unwrap_or(10_000);
    let wanted: Vec<&String> = words.iter().filter(|word| word.parse::<usize>().is_err()).collect();
    println!("{count} artifacts; ms, median and 95th of a hundred; CPU is the server's per save\n");
    for kind in ["inside", "outside"] {
        if wanted.is_empty() || wanted.iter().any(|word| *word == kind) {
            Bench::new(kind, count).run();
        }
    }
}

struct Bench {
    dir: tempfile::TempDir,
    kind: &'static str,
    count: usize,
}

/// One kind of file that is saved, and where it is seen.
struct Saved {
    what: &'static str,
    file: PathBuf,
    /// `EDITION` stands for what changes.
    text: String,
    page: String,
}

impl Bench {
    fn new(kind: &'static str, count: usize) -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary folder"), kind, count }
    }

    fn run(self) {
        self.make();
        let first = self.start();
        println!("{:<22} {:>9} {:>9} {:>9} {:>9}", self.kind, "announced", "", "shown", "");
        println!(
            "{:<22} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "", "median", "95th", "median", "95th", "CPU"
        );
        for saved in self.files() {
            self.measure(&first, &saved);
        }
        self.edit(&first);
        self.refresh(&first);
        drop(first);
        thread::sleep(UNTIL_SETTLED);
        let starts: Vec<Duration> = (0..STARTS)
            .map(|_| {
                let begun = Instant::now();
                let server = self.start();
                assert!(server.get("/").contains("200 OK"));
                begun.elapsed()
            })
            .collect();
        println!("{:<22} {:>9} {:>9} {}", "start to first page", "", "", shown(starts));
        println!();
    }

    fn make(&self) {
        artifacts::make(&self.artifacts(), self.count);
        let root = self.catalog();
        let place = if self.kind == "inside" { "content/artifacts" } else { "../artifacts" };
        let config = format!("version: 1\nsources:\n  all: {{path: {place}}}\n");
        write(&root.join("skillmeat.yaml"), &config);
        for saved in self.files() {
            if !saved.file.exists() {
                write(&saved.file, &saved.text.replace("EDITION", "0"));
            }
        }
        thread::sleep(UNTIL_SETTLED);
        let status = self.skillmeat(&["sync", "-q"]).status().expect("it runs");
        assert!(status.success(), "sync ended with {status}");
    }

    fn files(&self) -> [Saved; 4] {
        let root = self.catalog();
        let skill = "team-000/skills/reads-invoices-0";
        [
            Saved {
                what: "a skill",
                file: self.artifacts().join(skill).join("SKILL.md"),
                text: "---\nname: reads-invoices-0\ndescription: Edition EDITION.\n---\n\n# Text\n"
                    .to_owned(),
                page: "/a/all/skill/reads-invoices-0/".to_owned(),
            },
            Saved {
                what: "a collection",
                file: root.join("collections/everything/collection.yaml"),
                text: "title: Everything\ndescription: Edition EDITION.\n\
                       include: [{source: all}]\n"
                    .to_owned(),
                page: "/collections/everything/".to_owned(),
            },
            Saved {
                what: "a group",
                file: root.join("collections/everything/groups/agents.yaml"),
                text: "title: Agents\ndescription: Edition EDITION.\ninclude: [{kind: agent}]\n"
                    .to_owned(),
                page: "/collections/everything/groups/agents/".to_owned(),
            },
            Saved {
                what: "a page",
                file: root.join("content/guide.md"),
                text: "# Guide\n\nEdition EDITION.\n".to_owned(),
                page: "/guide/".to_owned(),
            },
        ]
    }

    fn measure(&self, server: &Server, saved: &Saved) {
        let mut events = server.listen();
        let (mut announced, mut all) = (Vec::new(), Vec::new());
        let cpu = server.cpu();
        for edition in 1..=SAVES {
            thread::sleep(PAUSE);
            let text = saved.text.replace("EDITION", &edition.to_string());
            let begun = Instant::now();
            fs::write(&saved.file, text).expect("written");
            events.next_revision();
            announced.push(begun.elapsed());
            let wanted = format!("Edition {edition}.");
            while !server.get(&saved.page).contains(&wanted) {
                assert!(begun.elapsed() < PATIENCE, "{} is never shown", saved.what);
                thread::sleep(Duration::from_millis(1));
            }
            all.push(begun.elapsed());
        }
        let cpu = (server.cpu() - cpu) / u32::try_from(SAVES).expect("few");
        println!("{:<22} {} {} {:>9.1}", saved.what, shown(announced), shown(all), ms(cpu));
    }

    /// Texts of a collection, and a member of a group: to the answer.
    fn edit(&self, server: &Server) {
        let token = server.token();
        for what in ["an edit by API", "a member by API"] {
            let mut all = Vec::new();
            let cpu = server.cpu();
            for edition in 1..=SAVES {
                thread::sleep(PAUSE);
                let one = server.get("/api/v1/collections/everything.json");
                let files =
                    one.split("\"files\": {").nth(1).and_then(|rest| rest.split('}').next());
                let seen = files.expect("its files");
                let (method, path, rest) = if what.starts_with("an") {
                    ("PATCH", "", format!("\"description\": \"By API {edition}.\""))
                } else {
                    let id = format!("all/skill/{}", MEMBERS[edition % 2]);
                    let change =
                        format!("\"do\": \"add\", \"ids\": [\"{id}\"], \"group\": \"agents\"");
                    let place = if edition % 4 < 2 { "first" } else { "last" };
                    ("POST", "/members", format!("\"changes\": [{{{change}, \"{place}\": true}}]"))
                };
                let body = format!("{{\"seen\": {{{seen}}}, {rest}}}");
                let begun = Instant::now();
                let answer =
                    server.write(method, &format!("collections/everything{path}"), &token, &body);
                all.push(begun.elapsed());
                assert!(answer.starts_with("HTTP/1.1 200"), "{body}: {answer}");
            }
            let cpu = (server.cpu() - cpu) / u32::try_from(SAVES).expect("few");
            println!("{what:<22} {:>9} {:>9} {} {:>9.1}", "", "", shown(all), ms(cpu));
        }
    }

    /// From pressing the button to the end, with nothing new.
    fn refresh(&self, server: &Server) {
        let token = server.token();
        let mut all = Vec::new();
        let cpu = server.cpu();
        for _ in 0..STARTS {
            thread::sleep(PAUSE);
            let begun = Instant::now();
            let answer = server.write("POST", "refresh", &token, "{}");
            assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
            while server.get("/api/v1/refresh").contains("\"running\"") {
                assert!(begun.elapsed() < PATIENCE, "the refresh never ends");
                thread::sleep(Duration::from_millis(1));
            }
            all.push(begun.elapsed());
        }
        let cpu = (server.cpu() - cpu) / u32::try_from(STARTS).expect("few");
        println!("{:<22} {:>9} {:>9} {} {:>9.1}", "a refresh", "", "", shown(all), ms(cpu));
    }

    fn catalog(&self) -> PathBuf {
        self.dir.path().join("catalog")
    }

    fn artifacts(&self) -> PathBuf {
        let inside = self.kind == "inside";
        self.dir.path().join(if inside { "catalog/content/artifacts" } else { "artifacts" })
    }

    fn start(&self) -> Server {
        let mut command = self.skillmeat(&["serve", "--watch", "-p", "0"]);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
        let port = loop {
            let mut line = String::new();
            assert!(said.read_line(&mut line).expect("text") > 0, "serve ended");
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse().expect("a port");
            }
        };
        let echo = std::env::var_os("SKILLMEAT_BENCH_LOG").is_some();
        thread::spawn(move || {
            for line in said.lines().map_while(Result::ok).filter(|_| echo) {
                println!("  {line}");
            }
        });
        Server { child, port }
    }

    fn skillmeat(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.catalog()).env_clear();
        command.env("PATH", std::env::var_os("PATH").expect("PATH is set"));
        command.env("HOME", self.dir.path().join("home"));
        command.env("SKILLMEAT_CACHE_DIR", self.dir.path().join("cache"));
        command.envs(std::env::var_os("SKILLMEAT_TRACE").map(|on| ("SKILLMEAT_TRACE", on)));
        command
    }
}

impl Server {
    /// What a writing request has to bring.
    fn token(&self) -> String {
        let page = self.get("/");
        let token = page.split("data-token=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.expect("a token").to_owned()
    }

    fn write(&self, method: &str, path: &str, token: &str, body: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "{method} /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             X-Skillmeat-Token: {token}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read");
        answer
    }

    /// An open page's stream, past the revision of now.
    fn listen(&self) -> Events {
        let mut stream = self.connect();
        let host = format!("127.0.0.1:{}", self.port);
        write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("sent");
        let mut events = Events(BufReader::new(stream));
        events.next_revision();
        events
    }
}

struct Events(BufReader<TcpStream>);

impl Events {
    fn next_revision(&mut self) {
        let mut line = String::new();
        while !line.starts_with("data: {\"revision\"") {
            line.clear();
            assert!(self.0.read_line(&mut line).expect("an event") > 0, "the stream ended");
        }
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn shown(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: usize| ms(times[(times.len() * part / 100).min(times.len() - 1)]);
    format!("{:>9.1} {:>9.1}", at(50), at(95))
}

/// The program as `cargo bench` built it, or another one to compare with.
fn binary() -> PathBuf {
    let other = std::env::var_os("SKILLMEAT_BENCH").map(PathBuf::from);
    other.unwrap_or_else(|| Path::new(env!("CARGO_BIN_EXE_skillmeat")).to_owned())
}
