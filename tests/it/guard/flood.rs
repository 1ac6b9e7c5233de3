//! Hostile crowds at the real binary: whatever they send, or do not send, a person is answered
//! within two seconds, nothing is written, and what they took is given back.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::case::Case;
use crate::serve::Server;

/// What is promised of the time until a person is answered.
const SOON: Duration = Duration::from_secs(2);
/// Other tests run beside this one and may take the machine for a while: one of so many has to do.
const ATTEMPTS: usize = 3;
/// More than there are places, and than descriptors.
const CROWD: usize = 400;

fn connect(port: u16) -> Option<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    stream.set_write_timeout(Some(Duration::from_secs(20))).expect("set");
    Some(stream)
}

/// Whether the address is answered with 200; a connection that found no place is reset.
fn is_answered(server: &Server, path: &str) -> bool {
    let port = server.port;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    if let Some(mut stream) = connect(server.port) {
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.read_to_end(&mut answer);
    }
    answer.starts_with(b"HTTP/1.1 200")
}

/// A probe and two pages, each soon, beside what `crowd` makes and gives back; whoever is turned
/// away comes again, as a person does. Gives how long the slowest of them took.
#[track_caller]
fn assert_answers<T>(server: &Server, what: &str, crowd: impl Fn() -> T) -> Duration {
    let took = |path| {
        let begun = Instant::now();
        while !is_answered(server, path) {
            assert!(begun.elapsed() < 20 * SOON, "{path} is not answered: {what}");
        }
        begun.elapsed()
    };
    // Each time a new one: a crowd that is left to itself is sent away after a while.
    let slowest = |_| {
        let crowd = crowd();
        let slowest = ["/healthz", "/", "/a/local/skill/report/"].map(took).into_iter().max();
        drop(crowd);
        slowest.unwrap_or_default()
    };
    let all: Vec<Duration> = (0..ATTEMPTS).map(slowest).collect();
    let best = all.iter().min().copied().unwrap_or_default();
    assert!(best < SOON, "{all:?} is longer than {SOON:?}: {what}");
    best
}

/// What the process holds: file descriptors and threads.
fn held(server: &Server) -> Option<(usize, usize)> {
    let count = |of: &str| Some(fs::read_dir(format!("/proc/{}/{of}", server.id())).ok()?.count());
    Some((count("fd")?, count("task")?))
}

/// The most memory that it ever had, in KiB.
fn peak(server: &Server) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Waits until it holds no more than before, give or take what comes and goes.
#[track_caller]
fn assert_gives_back(server: &Server, before: Option<(usize, usize)>) {
    let Some(before) = before else { return };
    let begun = Instant::now();
    while held(server).is_some_and(|now| now.0 > before.0 + 4 || now.1 > before.1 + 8) {
        let now = held(server);
        assert!(begun.elapsed() < Duration::from_secs(40), "{before:?} before, {now:?} now");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Connections that begin in so many ways and do not go on.
fn crowd(server: &Server) -> Vec<TcpStream> {
    crowd_at(server.port, CROWD)
}

fn crowd_at(port: u16, n: usize) -> Vec<TcpStream> {
    let form = format!(
        "POST /edit HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\naction="
    );
    let begun = ["", "G", "GET / HTTP/1.1\r\nHost: loc", "POST /edit HTTP/1.1\r\n", &form];
    let open = |n: usize| {
        let mut stream = connect(port)?;
        let _ = stream.write_all(begun[n % begun.len()].as_bytes());
        Some(stream)
    };
    (0..n).filter_map(open).collect()
}

/// Hundreds of connections that send a byte now and then, for as long as it lives; one that is
/// closed comes again.
struct Drops {
    over: Arc<AtomicBool>,
    falling: Option<JoinHandle<()>>,
}

impl Drops {
    fn fall(port: u16) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let mut open = crowd_at(port, CROWD / 2);
        let falling = thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                open.retain_mut(|stream| stream.write_all(b"x").is_ok());
                open.extend(crowd_at(port, CROWD / 2 - open.len()));
                thread::sleep(Duration::from_millis(5));
            }
        });
        Self { over, falling: Some(falling) }
    }
}

impl Drop for Drops {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.falling.take().map(JoinHandle::join);
    }
}

#[test]
fn half_open_connections_leave_the_server_answering() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    assert_answers(&server, "alone", || ());
    let (before, files) = (held(&server), case.tracked());
    let took = assert_answers(&server, "beside hundreds that do not go on", || crowd(&server));
    println!("{took:?} beside {CROWD} that do not go on");
    assert_answers(&server, "after they left", || ());
    assert_gives_back(&server, before);
    assert_eq!(case.tracked(), files);
}

#[test]
fn heads_and_bodies_that_come_in_drops_leave_the_server_answering() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    assert_answers(&server, "alone", || ());
    let (before, files) = (held(&server), case.tracked());
    let what = "beside hundreds that send a byte now and then";
    let took = assert_answers(&server, what, || Drops::fall(server.port));
    println!("{took:?} {what}");
    assert_answers(&server, "after they left", || ());
    assert_gives_back(&server, before);
    assert_eq!(case.tracked(), files);
}

#[test]
fn a_header_without_end_is_cut_off_and_never_kept() {
    const MEGABYTES: usize = 200;
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    assert_answers(&server, "alone", || ());
    let before = peak(&server);
    let mut stream = connect(server.port).expect("it listens");
    stream.write_all(b"GET / HTTP/1.1\r\nX: ").expect("sent");
    let megabyte = vec![b'y'; 1 << 20];
    let sent = (0..MEGABYTES).take_while(|_| stream.write_all(&megabyte).is_ok()).count();
    let mut answer = [0; 12];
    // Closing on what was not read may take the answer back.
    if stream.read_exact(&mut answer).is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 431");
    }
    let what = format!("after {sent} of {MEGABYTES} MiB of a header");
    println!("{:?} {what}", assert_answers(&server, &what, || ()));
    if let (Some(before), Some(after)) = (before, peak(&server)) {
        // The system counts what a thread uses a little later.
        let more = after.saturating_sub(before);
        println!("{more} KiB more at the most");
        assert!(more < 8 << 10, "{before} KiB before, {after} KiB at the most");
    }
}

#[test]
fn with_few_descriptors_a_flood_leaves_the_server_answering() {
    for descriptors in [64, 40] {
        let case = Case::new();
        case.synced();
        let server = Server::start_with(&case, &[], Some(descriptors));
        assert_answers(&server, "alone", || ());
        let files = case.tracked();
        let what = format!("with {descriptors} descriptors, beside {CROWD}");
        println!("{:?} {what}", assert_answers(&server, &what, || crowd(&server)));
        assert_answers(&server, "after they left", || ());
        assert_eq!(case.tracked(), files);
    }
}

/// Sends these bytes, then one of `drops` after the other with a pause, and gives what comes back
/// until `wanted` is in it or the server closes.
fn until(server: &Server, begun: &str, drops: &str, wanted: &str) -> String {
    let mut stream = connect(server.port).expect("it listens");
    let begun = begun.replace("PORT", &server.port.to_string());
    stream.write_all(begun.as_bytes()).expect("sent");
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("set");
    let (mut drops, mut heard, mut chunk) = (drops.bytes(), Vec::new(), [0; 4096]);
    let patience = Instant::now() + Duration::from_secs(60);
    while Instant::now() < patience {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => heard.extend_from_slice(&chunk[..n]),
            Err(_) => _ = drops.next().map(|drop| stream.write_all(&[drop])),
        }
        if String::from_utf8_lossy(&heard).contains(wanted) {
            break;
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

#[test]
fn who_is_too_slow_is_told_so_and_who_listens_hears_that_the_server_is_there() {
    let case = Case::new();
    case.synced();
    let server = Server::start(&case, &[]);
    let host = "Host: 127.0.0.1:PORT\r\n";
    let body = "Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{";
    let table = [
        ("GET / HTTP/1.1\r\nX: ".to_owned(), "", "HTTP/1.1 408 Request Timeout"),
        // However it is kept awake.
        ("GET / HTTP/1.1\r\nX: ".to_owned(), "y", "HTTP/1.1 408 Request Timeout"),
        (format!("POST /edit HTTP/1.1\r\n{host}{body}"), "", "HTTP/1.1 408 Request Timeout"),
        (format!("POST /api/v1/undo HTTP/1.1\r\n{host}{body}"), "", "\"code\":\"SM723\""),
        (format!("GET /api/v1/events HTTP/1.1\r\n{host}\r\n"), "", "\n: ping\n"),
    ];
    let files = case.tracked();
    thread::scope(|scope| {
        for (begun, drop, wanted) in &table {
            let server = &server;
            scope.spawn(move || {
                let heard = until(server, begun, &drop.repeat(400), wanted);
                assert!(heard.contains(wanted), "{begun:?}: {heard}");
            });
        }
    });
    assert_answers(&server, "afterwards", || ());
    assert_eq!(case.tracked(), files);
}

/// It takes four probes, a minute, so it is tried in the long run alone.
#[test]
fn a_server_that_cannot_be_reached_any_more_ends_with_a_code_of_its_own() {
    if std::env::var_os("SKILLMEAT_DEEP").is_none() {
        return;
    }
    let case = Case::new();
    case.synced();
    let mut server = Server::start(&case, &[]);
    // No descriptor for another connection, and none will ever be free again.
    let process = server.id().to_string();
    let limited = Command::new("prlimit").args(["--pid", &process, "--nofile=3:3"]).status();
    if !limited.is_ok_and(|done| done.success()) {
        println!("not tried: `prlimit` is not here");
        return;
    }
    assert!(!is_answered(&server, "/healthz"));
    let ended = server.child.wait().expect("it ended");
    assert_eq!(ended.code(), Some(70));
    let said = server.ended();
    assert!(said.contains("error[SM710]: nobody can connect to 127.0.0.1:"), "{said}");
}
