//! `serve`: what it answers, to whom, and what it shows while files are broken.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::case::Case;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running server, ended when it goes out of scope.
pub struct Server {
    pub child: Child,
    pub port: u16,
    /// What it said up to its address.
    pub heard: String,
    /// What it says after it.
    rest: Option<JoinHandle<String>>,
}

pub struct Answer {
    pub status: u16,
    headers: BTreeMap<String, String>,
    /// As text.
    pub body: String,
    /// As it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn read(head: &str, bytes: Vec<u8>) -> Self {
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.parse().expect("a number"),
            headers: headers.map(|(k, v)| (k.to_lowercase(), v.to_owned())).collect(),
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }

    /// By its name in small letters; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

impl Server {
    pub fn start(case: &Case, args: &[&str]) -> Self {
        Self::start_with(case, args, None)
    }

    /// With so many file descriptors at most.
    pub fn start_with(case: &Case, args: &[&str], descriptors: Option<u32>) -> Self {
        let mut command = case.command();
        if let Some(n) = descriptors {
            let mut shell = Command::new("/bin/sh");
            let script = format!("ulimit -n {n}; exec \"$0\" \"$@\"");
            shell.arg("-c").arg(script).arg(command.get_program());
            let set = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
            shell.current_dir(case.path(".")).env_clear().envs(set);
            command = shell;
        }
        command.args(["serve", "-p", "0"]).args(args);
        Self::run(command)
    }

    /// The same by a command of the caller's.
    pub fn run(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        let mut heard = String::new();
        let port = loop {
            line.clear();
            let read = said.read_line(&mut line).expect("text");
            assert!(read > 0, "serve ended before it named its address:\n{heard}");
            heard.push_str(&line);
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse().expect("a port");
            }
        };
        // Nobody may block on a full pipe.
        let rest = std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = said.read_to_string(&mut rest);
            rest
        });
        Self { child, port, heard, rest: Some(rest) }
    }

    /// Ends it, and gives all that it said.
    pub fn ended(mut self) -> String {
        let _ = self.child.kill();
        let rest = self.rest.take().map(|rest| rest.join().expect("text"));
        self.heard.clone() + &rest.unwrap_or_default()
    }

    /// Sends the head of a request as it is; `PORT` stands for the port.
    fn send(&self, head: &str) -> Answer {
        self.send_with(head, "")
    }

    /// With a body, whose length the head names.
    pub fn send_with(&self, head: &str, body: &str) -> Answer {
        self.try_send(head, body).expect("an answer")
    }

    /// Nothing where the connection was closed without a word.
    pub fn try_send(&self, head: &str, body: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let head = head.replace("PORT", &self.port.to_string()).replace('\n', "\r\n");
        let request = format!("{head}\r\nConnection: close\r\n\r\n{body}");
        // Who is refused by the head may find the door shut already.
        let _ = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        // A refused connection may be reset after its answer.
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let body = bytes.split_off(end + 4);
        let head = String::from_utf8_lossy(&bytes);
        Some(Answer::read(&head, body))
    }

    /// What a writing request has to bring.
    pub fn token(&self) -> String {
        let page = self.get("/").body;
        let (_, rest) = page.split_once("data-token=\"").expect("a token");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// That of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\nHost: 127.0.0.1:PORT"))
    }

    /// Asks again until the page is as wanted.
    #[track_caller]
    pub fn wait_for(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let start = Instant::now();
        loop {
            let answer = self.get(path);
            if wanted(&answer) {
                return answer;
            }
            assert!(start.elapsed() < PATIENCE, "{path} stays so: {}", answer.body);
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_file_of_the_site_is_served_as_built() {
    let case = Case::new();
    case.write("content/guide.md", "# Guide\n\nWords.\n");
    case.synced().built();
    let server = Server::start(&case, &["--read-only"]);
    for path in case.site().keys() {
        let address = path.strip_suffix("index.html").unwrap_or(path);
        let answer = server.get(&format!("/{address}"));
        assert_eq!(answer.status, 200, "/{address}");
        // Live pages carry more, and a server describes more than files.
        let is_live = path.ends_with(".html") || path == "api/v1/openapi.json";
        if !is_live {
            assert_eq!(answer.body, case.read(&format!("public/{path}")), "/{address}");
        }
    }
    assert_eq!(server.get("/a/local/skill/nope/").status, 404);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn only_this_machine_is_answered_and_nothing_is_written_by_guessing() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.send("GET / HTTP/1.1\nHost: localhost:PORT").status, 200);
    for host in ["evil.example", "evil.example:PORT", "127.0.0.1.evil.example:PORT"] {
        let answer = server.send(&format!("GET / HTTP/1.1\nHost: {host}"));
        assert!((400..500).contains(&answer.status), "{host}: {}", answer.status);
        assert!(!answer.body.contains("Team"), "{host} reads the catalog");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let head = format!("{method} / HTTP/1.1\nHost: 127.0.0.1:PORT\nContent-Length: 0");
        let status = server.send(&head).status;
        assert!((400..502).contains(&status), "{method}: {status}");
    }
}

#[test]
fn no_address_leads_out_of_the_site() {
    let case = Case::new();
    case.write("../secret.txt", "outside\n").write("content/guide.md", "# Guide\n");
    case.write("content/artifacts/skills/report/.env", "outside\n");
    case.write("content/artifacts/.git/config", "outside\n");
    for (link, to) in [("linked.txt", "../secret.txt"), ("linked", "..")] {
        let link = case.path(&format!("content/artifacts/skills/report/{link}"));
        std::os::unix::fs::symlink(case.path(to), link).expect("linked");
    }
    case.run("sync");
    let server = Server::start(&case, &[]);
    assert_eq!(server.get("/a/local/skill/report/raw/SKILL.md").status, 200);
    for path in [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/a/../../secret.txt",
        "//secret.txt",
        "/skillmeat.yaml",
        "/skillmeat.lock",
        "/content/guide.md",
        "/%00",
        "/%ff",
        "/a%",
        "/a/local/skill/report/raw/linked.txt",
        "/a/local/skill/report/raw/linked.txt.txt",
        "/a/local/skill/report/raw/linked/secret.txt",
        "/a/local/skill/report/raw/linked/secret.txt.txt",
        "/a/local/skill/report/raw/../../../../../secret.txt",
        "/.git/config",
        "/content/artifacts/.git/config",
        "/public/../../secret.txt",
    ] {
        let answer = server.get(path);
        let refused = (300..500).contains(&answer.status);
        assert!(refused && !answer.body.contains("outside"), "{path}: {}", answer.status);
    }
}

#[test]
fn answers_forbid_frames_guessing_and_foreign_scripts() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    for path in ["/", "/nope", "/api/v1/index.json"] {
        let headers = server.get(path).headers;
        let policy = headers.get("content-security-policy").map_or("", String::as_str);
        assert!(policy.contains("default-src 'none'"), "{path}: {headers:?}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {headers:?}");
        assert_eq!(headers.get("x-content-type-options").map_or("", String::as_str), "nosniff");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}: {headers:?}");
    }
}

#[test]
fn a_broken_file_keeps_the_last_good_page_and_is_told() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--watch"]);
    let file = "collections/team/collection.yaml";
    let good = case.read(file);
    let problems = |answer: &Answer| answer.body.contains(file);
    assert!(!problems(&server.get("/api/v1/status")));
    case.write(file, "title: [\n");
    server.wait_for("/api/v1/status", problems);
    assert!(server.get("/collections/team/").body.contains("Team"), "the last good page is gone");
    case.write(file, &good.replace("Team", "Renamed"));
    server.wait_for("/collections/team/", |answer| answer.body.contains("Renamed"));
    server.wait_for("/api/v1/status", |answer| !problems(answer));
}

#[test]
fn after_any_edits_serve_shows_what_a_fresh_build_makes() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &["--watch", "--read-only"]);
    case.skill("content/artifacts/skills/second", "Another one");
    case.write(
        "collections/team/groups/documents.yaml",
        "title: Documents\nmembers:\n  local/skill/report: {rank: 10}\n",
    );
    case.write("content/guide.md", "# Guide\n\nLast words.\n");
    server.wait_for("/a/local/skill/second/", |answer| answer.status == 200);
    server.wait_for("/guide/", |answer| answer.body.contains("Last words."));
    server.wait_for("/collections/team/groups/documents/", |answer| answer.status == 200);
    case.synced().built();
    let own = "api/v1/openapi.json"; // there a server describes more than files
    for path in case.site().keys().filter(|path| path.ends_with(".json") && *path != own) {
        let built = case.read(&format!("public/{path}"));
        server.wait_for(&format!("/{path}"), |answer| answer.body == built);
    }
}

#[test]
fn a_port_that_is_taken_and_was_asked_for_is_an_error() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    let ran = case.run(&format!("serve -p {}", server.port));
    let told = ran.ends(2).told();
    assert!(told.len() == 1 && told[0].head.starts_with("error[SM7"), "{}", ran.err);
    assert!(!told[0].help.is_empty(), "{told:?}");
}

#[test]
fn a_folder_outside_the_repository_is_followed_too() {
    let case = Case::new();
    case.skill("../vendor/skills/pdf", "Reads PDF");
    case.config("sources:\n  local: {path: content/artifacts}\n  vendor: {path: ../vendor}\n");
    case.synced();
    let before = case.read("skillmeat.lock");
    let server = Server::start(&case, &["--watch"]);
    let page = "/a/vendor/skill/pdf/";
    assert!(server.get(page).body.contains("Reads PDF"));
    case.skill("../vendor/skills/pdf", "Reads and writes PDF");
    server.wait_for(page, |answer| answer.body.contains("Reads and writes PDF"));
    assert_ne!(case.read("skillmeat.lock"), before, "what is shown is what the lock names");
    // What cannot be read keeps its pages and is told.
    case.remove("../vendor");
    server.wait_for("/api/v1/status", |answer| answer.body.contains("source `vendor`"));
    assert!(server.get(page).body.contains("Reads and writes PDF"));
}
