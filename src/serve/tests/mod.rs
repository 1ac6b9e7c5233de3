//! A started server, asked over real sockets. The catalog is made from one small file, so that a
//! test changes the catalog as a person does: by writing a file.

mod bodies;
mod gate;
mod guard;
mod metrics;
mod owner;
mod pages;
mod refresh;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::*;
use crate::catalog::{ContentPage, SourceState, Stamps};
use crate::env::Stop;
use crate::error::Place;
use crate::format::config::{SiteSettings, SyncSettings};
use crate::model::artifact::{Artifact, File};
use crate::model::history::History;
use crate::model::source::{Address, Source};
use crate::sync;
use crate::timings::Timings;

/// More than the system keeps for a client that does not read.
const LARGE_BYTES: usize = 24 << 20;
/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

struct Live {
    running: Running,
    /// As the configuration has it when it is read next.
    interval: Arc<Mutex<Option<Duration>>>,
    dir: tempfile::TempDir,
    reports: Arc<Mutex<Vec<Report>>>,
}

/// An answer as it came over the wire.
#[derive(Debug)]
struct Got {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A server over a catalog whose title is `title`; see [`loaded`].
fn live(title: &str) -> Live {
    live_with(title, Options { port: Some(0), watch: true, ..Options::default() })
}

fn live_with(title: &str, options: Options) -> Live {
    live_and_fresh(title, options, |_, _| sync::Outcome::Unchanged)
}

/// `ask` is given the file when the one source, `far`, is asked.
fn live_and_fresh(
    title: &str,
    mut options: Options,
    ask: impl Fn(&Path, &Stop) -> sync::Outcome + Send + Sync + 'static,
) -> Live {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.txt");
    std::fs::write(&file, title).unwrap();
    options.watched.push(file.clone());
    let reports: Arc<Mutex<Vec<Report>>> = Arc::default();
    let kept = Arc::clone(&reports);
    let metrics = options.metrics.clone();
    let sink: Sink = Arc::new(move |report| {
        metrics.iter().for_each(|metrics| metrics.see(&report));
        lock(&kept).push(report);
    });
    let upstream = Arc::new(Far { file: file.clone(), ask });
    let interval: Arc<Mutex<Option<Duration>>> = Arc::default();
    let every = Arc::clone(&interval);
    let load =
        Box::new(move |_: &Changed| Ok(Snapshot { interval: *lock(&every), ..loaded(&file)? }));
    let running = start(options, load, None, (upstream, Arc::new(NoCache)), sink).unwrap();
    Live { running, interval, dir, reports }
}

/// A source elsewhere.
struct Far<F> {
    file: PathBuf,
    ask: F,
}

impl<F: Fn(&Path, &Stop) -> sync::Outcome + Send + Sync> Upstream for Far<F> {
    fn names(&self) -> Result<Vec<String>> {
        Ok(vec!["far".to_owned()])
    }

    fn ask(
        &self,
        names: Vec<String>,
        _: bool,
        stop: Stop,
        on_event: &(dyn Fn(sync::Event) + Sync),
    ) -> Result<sync::Report> {
        on_event(sync::Event::Started { source: &names[0], total: 1 });
        let outcome = (self.ask)(&self.file, &stop);
        stop.check()?;
        let is_news = usize::from(outcome == sync::Outcome::Updated);
        let error = || Problem::error("SM441", "source `far`: cannot be reached").into();
        let report = SourceReport {
            name: names[0].clone(),
            outcome,
            found: 1,
            parsed: 0,
            written: is_news,
            added: is_news,
            changed: 0,
            removed: 0,
            problems: 0,
            error: (outcome == sync::Outcome::Failed).then(error),
            elapsed_ms: 0,
        };
        Ok(sync::Report { sources: vec![report], files: Vec::new(), problems: Vec::new() })
    }
}

/// Nothing to look after.
struct NoCache;

impl Keeper for NoCache {
    fn care(&self, what: care::Care, _: Stop) -> Result<care::Cared> {
        let is_to_refill = what == care::Care::Clear;
        Ok(care::Cared { message: what.word().to_owned(), is_to_refill })
    }

    fn cache(&self) -> Result<Option<crate::cache::Info>> {
        Ok(None)
    }

    fn settings(&self) -> care::Given {
        care::Given::default()
    }
}

/// The catalog that the file describes: its first line is the title; `broken` cannot be loaded,
/// `panic` takes the loader down. Further lines are folders to watch, whose notes follow the title.
fn loaded(file: &Path) -> Result<Snapshot> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let mut title = lines.next().unwrap_or_default().to_owned();
    match title.as_str() {
        "broken" => return Err(Problem::error("SM101", "`<b>` is not a title").into()),
        "panic" => panic!("as asked"),
        _ => {}
    }
    let watched: Vec<PathBuf> = lines.map(PathBuf::from).collect();
    for folder in &watched {
        title += &std::fs::read_to_string(folder.join("note.txt")).unwrap_or_default();
    }
    Ok(Snapshot {
        fingerprint: Some(ContentHash::of(title.as_bytes())),
        catalog: Arc::new(catalog(title)),
        contents: Arc::new(Given),
        theme: Arc::new(theme()),
        watched,
        problems: Vec::new(),
        limits: SyncSettings::default().limits(),
        read_at: Timestamp::now(),
        timings: Timings::default(),
        interval: None,
    })
}

/// One page, one skill with a file whose reading panics.
fn catalog(title: String) -> Catalog {
    let site = SiteSettings {
        title,
        description: String::new(),
        base_url: None,
        edit_url: None,
        pages: Vec::new(),
    };
    let page = ContentPage {
        file: "content/a b.md".into(),
        url: "docs/guide/".into(),
        title: "Guide".into(),
        description: None,
        order: None,
        body: "Text.\n".into(),
    };
    let hash = ContentHash::of(b"<script>");
    let file = |path: &str| serde_json::json!({"path": path, "size": 8, "hash": hash});
    let skill = serde_json::json!({
        "id": "local/skill/pdf",
        "path": "skills/pdf",
        "hash": ContentHash::of(b"x"),
        "files": [file("SKILL.md"), file("large.txt"), file("panic.html")],
    });
    Catalog {
        images: Vec::new(),
        site,
        sources: vec![far()],
        artifacts: vec![serde_json::from_value::<Artifact>(skill).unwrap().into()].into(),
        slugs: vec!["pdf".into()].into(),
        removed: Vec::new(),
        collections: Vec::new(),
        memberships: vec![Vec::new()],
        projects: Vec::new(),
        abouts: Vec::new(),
        pages: vec![page],
        problems: Vec::new(),
        stamps: Stamps::default(),
        files: Default::default(),
    }
}

/// A source that is asked, and was just now.
fn far() -> SourceState {
    let address = Address::Git { url: "https://far.example/skills".into(), reference: None };
    let place = Place { file: "skillmeat.yaml".into(), line: 1, column: 1 };
    let (include, exclude, tags) = Default::default();
    SourceState {
        source: Source { name: "far".into(), address, include, exclude, tags, place },
        address: "https://far.example/skills".into(),
        web: None,
        commit: None,
        commit_date: None,
        inside: false,
        synced_at: Some(Timestamp::now()),
        failed: None,
        is_locked: true,
        problems: Vec::new(),
    }
}

/// Templates of our own, so that a new look breaks no test here.
fn theme() -> Theme {
    let templates = [
        ("home.html", "<h1>{{ page.site_title }}</h1>"),
        ("content.html", "<h1>{{ page.title }}</h1>"),
        ("artifact.html", "<h1>{{ page.title }}</h1>"),
        ("404.html", "<h1>Nothing here</h1>"),
        ("tags.html", "{{ no.such.name }}"),
        ("static/site.css", "h1 {}"),
    ];
    let files = templates.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Theme::load(files.into()).unwrap()
}

struct Given;

impl Contents for Given {
    fn read(&self, _: &Artifact, file: &File) -> Result<Vec<u8>> {
        assert_ne!(file.path, "panic.html");
        if file.path == "large.txt" {
            return Ok(vec![b'x'; LARGE_BYTES]);
        }
        Ok(b"<script>".to_vec())
    }

    fn history(&self, _: &Artifact) -> Result<Option<History>> {
        Ok(None)
    }
}

impl Live {
    fn address(&self) -> SocketAddr {
        self.running.address()
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends these bytes and reads until the server closes.
    fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        // The server may refuse and close before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    fn ask(&self, method: &str, target: &str, host: &str, headers: &str) -> Got {
        got(&self.raw(
            format!(
                "{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n"
            )
            .as_bytes(),
        ))
    }

    fn get(&self, target: &str) -> Got {
        self.get_with(target, "")
    }

    fn get_with(&self, target: &str, headers: &str) -> Got {
        self.ask("GET", target, &self.address().to_string(), headers)
    }

    fn status(&self) -> serde_json::Value {
        serde_json::from_slice(&self.get("/api/v1/status").body).unwrap()
    }

    fn write(&self, title: &str) {
        std::fs::write(self.dir.path().join("catalog.txt"), title).unwrap();
    }

    /// An open page's stream, past its head.
    fn listen(&self, target: &str) -> Listener {
        let mut stream = self.connect();
        let address = self.address();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut listener = Listener { stream, text: String::new() };
        listener.until("\r\n\r\n");
        listener
    }
}

struct Listener {
    stream: TcpStream,
    text: String,
}

impl Listener {
    /// Reads until the text came; gives all up to and with it.
    fn until(&mut self, wanted: &str) -> String {
        let mut chunk = [0; 1024];
        loop {
            if let Some(at) = self.text.find(wanted) {
                let rest = self.text.split_off(at + wanted.len());
                return std::mem::replace(&mut self.text, rest);
            }
            let length = self.stream.read(&mut chunk).unwrap();
            assert!(length > 0, "the stream ended before `{wanted}`: {}", self.text);
            self.text.push_str(std::str::from_utf8(&chunk[..length]).unwrap());
        }
    }
}

fn got(bytes: &[u8]) -> Got {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, head, body: bytes[end + 4..].to_vec() }
}

/// Asks again until it holds.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "never: {what}");
        thread::yield_now();
    }
}
