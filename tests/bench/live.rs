//! How long a change takes under a program that serves and watches: a file is saved, then what is
//! served is looked at until it shows the change.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::corpus::Document;
use super::others::Other;
use super::ours::Ours;
use super::server::Server;
use super::sites::{self, Corpus};
use super::table::median;

/// How often it is asked while the time counts. Each question costs the server a page.
const STEP: Duration = Duration::from_millis(2);
/// And while the server's own work is what counts.
const SLOW_STEP: Duration = Duration::from_millis(100);
/// Nothing of one save shall fall into the next.
const PAUSE: Duration = Duration::from_millis(1_500);
/// What is not shown by then never is.
const UNTIL_SHOWN: Duration = Duration::from_secs(30);
const UNTIL_READY: Duration = Duration::from_secs(600);
const PARTS_MAX: usize = 1_000;

/// One that serves, and where it shows a document.
struct Live<'a> {
    name: String,
    server: Server,
    ready: Duration,
    root: PathBuf,
    corpus: &'a Corpus,
    is_ours: bool,
    /// The one that a peer has; ours has one in parts.
    index: &'static str,
}

pub fn heads() {
    let heads = [
        "Server",
        "Ready",
        "Save to page",
        "least to most",
        "CPU a save",
        "Description to listing",
        "to search data",
        "CPU a save",
        "Peak memory",
    ];
    println!("| {} |\n|{}", heads.join(" | "), "---|".repeat(heads.len()));
}

pub fn ours(ours: &Ours, root: &Path, corpus: &Corpus, n_edits: usize) {
    let begun = Instant::now();
    let mut command = ours.command(&["serve", "--watch", "-p", "0"]);
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
    thread::spawn(move || said.lines().map_while(Result::ok).for_each(drop));
    let live = Live {
        name: "skillmeat serve --watch".to_owned(),
        server: Server { child, port },
        ready: Duration::ZERO,
        root: root.join("catalog"),
        corpus,
        is_ours: true,
        index: "",
    };
    live.row(begun, n_edits);
}

pub fn peer(other: &Other, root: &Path, corpus: &Corpus, n_edits: usize) {
    let begun = Instant::now();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a free port").port();
    let number = port.to_string();
    let hugo = ["server", "--bind", "127.0.0.1", "--noBuildLock", "--renderToMemory", "--port"];
    let (words, index): (&[&str], _) = match other.name.as_str() {
        "hugo" => (&hugo, "/index.json"),
        _ => (&["serve", "--interface", "127.0.0.1", "--port"], "/search_index.en.json"),
    };
    let mut command: Command = other.command(root, words);
    command.arg(number).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("it starts");
    let live = Live {
        name: format!("{} {}", other.title(), words[0]),
        server: Server { child, port },
        ready: Duration::ZERO,
        root: other.site(root),
        corpus,
        is_ours: false,
        index,
    };
    live.row(begun, n_edits);
}

impl Live<'_> {
    fn row(mut self, begun: Instant, n_edits: usize) {
        let first = self.page(&self.corpus.document(0));
        let is_open = || TcpStream::connect(("127.0.0.1", self.server.port)).is_ok();
        while !is_open() || !self.server.get(&first).contains("</html>") {
            assert!(begun.elapsed() < UNTIL_READY, "{} is never ready", self.name);
            thread::sleep(Duration::from_millis(20));
        }
        self.ready = begun.elapsed();
        thread::sleep(PAUSE);
        let page = |one: &Document| vec![self.page(one)];
        let lists = |one: &Document| vec![self.listing(one), self.search_data(one)];
        let body = |text: &str, mark: &str| format!("{text}\n\nThe {mark} paragraph.\n");
        let description = |text: &str, mark: &str| {
            text.replacen("description: \"", &format!("description: \"{mark} "), 1)
        };
        let (saves, save_cpu) = self.edits("body", n_edits, &page, &body);
        let (told, told_cpu) = self.edits("told", n_edits, &lists, &description);
        let all = |at: usize, times: &[Vec<Option<f64>>]| -> Vec<f64> {
            times.iter().filter_map(|one| one[at]).collect()
        };
        let shown = |times: Vec<f64>| {
            median(times).map_or_else(|| "never shown".to_owned(), |ms| format!("{ms:.0} ms"))
        };
        let mut sorted = all(0, &saves);
        sorted.sort_by(f64::total_cmp);
        let ends = sorted.first().zip(sorted.last());
        println!(
            "| {} | {:.1} s | {} | {} | {save_cpu:.0} ms | {} | {} | {told_cpu:.0} ms | {} MiB |",
            self.name,
            self.ready.as_secs_f64(),
            shown(sorted.clone()),
            ends.map(|(least, most)| format!("{least:.0} to {most:.0} ms")).unwrap_or_default(),
            shown(all(0, &told)),
            shown(all(1, &told)),
            self.server.peak_kib() / 1024
        );
    }

    /// For each save, how long until each of the places showed it; and what a save costs the server
    /// in the mean, the questions of a page that is open included.
    fn edits(
        &self,
        what: &str,
        n_edits: usize,
        places: &dyn Fn(&Document) -> Vec<String>,
        edit: &dyn Fn(&str, &str) -> String,
    ) -> (Vec<Vec<Option<f64>>>, f64) {
        let (mut times, mut cpu) = (Vec::<Vec<Option<f64>>>::new(), Duration::ZERO);
        for i in 0..n_edits * 2 {
            let one = self.corpus.document((i * 7 + 1) * self.corpus.count / (n_edits * 14 + 2));
            let mut places: Vec<Option<String>> = places(&one).into_iter().map(Some).collect();
            // Where the first save was never shown, the others are not waited for.
            for (at, place) in places.iter_mut().enumerate() {
                place.take_if(|_| times.first().is_some_and(|first| first[at].is_none()));
            }
            // As pages that are open: some servers make no others.
            places.iter().flatten().for_each(|place| drop(self.server.get(place)));
            let (file, mark) = (self.file(&one), format!("marker{what}{i}"));
            let text = edit(&fs::read_to_string(&file).expect("read"), &mark);
            let before = self.server.cpu();
            fs::write(&file, text).expect("written");
            let is_timed = i % 2 == 0;
            let shown = self.until_shown(&places, &mark, if is_timed { STEP } else { SLOW_STEP });
            thread::sleep(PAUSE);
            if is_timed {
                times.push(shown);
            } else {
                cpu += self.server.cpu() - before;
            }
        }
        (times, cpu.as_secs_f64() * 1e3 / n_edits as f64)
    }

    fn until_shown(
        &self,
        places: &[Option<String>],
        mark: &str,
        step: Duration,
    ) -> Vec<Option<f64>> {
        let begun = Instant::now();
        let mut shown = vec![None; places.len()];
        let mut left: Vec<usize> = (0..places.len()).filter(|at| places[*at].is_some()).collect();
        while !left.is_empty() && begun.elapsed() < UNTIL_SHOWN {
            left.retain(|&at| {
                let place = places[at].as_deref().unwrap_or_default();
                let is_shown = self.server.get(place).contains(mark);
                if is_shown {
                    shown[at] = Some(begun.elapsed().as_secs_f64() * 1e3);
                }
                !is_shown
            });
            thread::sleep(step);
        }
        shown
    }

    fn file(&self, one: &Document) -> PathBuf {
        if self.is_ours {
            self.root.join(sites::in_catalog(one))
        } else {
            sites::source_in(&self.root, one)
        }
    }

    fn page(&self, one: &Document) -> String {
        match self.is_ours {
            true => format!("/a/local/{}/{}/", sites::kind(one), one.slug),
            false => format!("/{}/{}/", one.collection, one.slug),
        }
    }

    /// The page of its collection that names it.
    fn listing(&self, one: &Document) -> String {
        if !self.is_ours {
            return format!("/{}/", one.collection);
        }
        let first = format!("/collections/{}/", one.collection);
        let pages = (2..PARTS_MAX).map(|at| format!("{first}page/{at}/"));
        self.that_names(one, [first.clone()].into_iter().chain(pages))
    }

    /// The part of the search data that has its description.
    fn search_data(&self, one: &Document) -> String {
        if !self.is_ours {
            return self.index.to_owned();
        }
        let part = |at: usize| format!("/collections/all/data/{at}.js");
        let named = self.that_names(one, (1..PARTS_MAX).map(part));
        named.replace("/data/", "/data/text-")
    }

    fn that_names(&self, one: &Document, mut of: impl Iterator<Item = String>) -> String {
        of.find(|path| self.server.get(path).contains(&one.slug)).expect("one of them names it")
    }
}
