//! A server that answers as it is told, well or badly, and remembers what it was asked.

#![allow(dead_code, reason = "each of the tests that share this needs a part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// Writes an answer to a connection, after the request has been read.
pub type Act = Arc<dyn Fn(&mut TcpStream, &Asked) + Send + Sync>;

/// What was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[derive(Clone)]
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    asked: Vec<Asked>,
    /// By path and query, else by path; of several acts the last stays.
    acts: BTreeMap<String, VecDeque<Act>>,
}

impl Server {
    /// Answers 404 until it is told more.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has one"));
        let server = Self { url, told: Arc::default() };
        let running = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = running.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        server
    }

    /// What a path answers from now on, the first act to the first request.
    pub fn on(&self, path: &str, acts: impl IntoIterator<Item = Act>) -> &Self {
        self.told().acts.insert(path.to_owned(), acts.into_iter().collect());
        self
    }

    /// A path answers 200 with this body.
    pub fn gives(&self, path: &str, media: &str, body: impl AsRef<[u8]>) -> &Self {
        self.on(path, [reply(200, &[("Content-Type", media)], body)])
    }

    /// What was asked since this was last called.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.told().asked)
    }

    /// The paths and queries that were asked since, sorted.
    pub fn targets(&self) -> Vec<String> {
        let mut targets: Vec<_> = self.asked().into_iter().map(|asked| asked.target).collect();
        targets.sort();
        targets
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("no act panics")
    }

    fn serve(&self, mut stream: TcpStream) {
        let Some(asked) = read_head(&mut stream) else { return };
        let act = {
            let mut told = self.told();
            told.asked.push(asked.clone());
            let path = asked.target.split('?').next().unwrap_or_default();
            let key = if told.acts.contains_key(&asked.target) { &asked.target } else { path };
            told.acts.get_mut(key).and_then(|acts| match acts.len() {
                0 | 1 => acts.front().cloned(),
                _ => acts.pop_front(),
            })
        };
        act.unwrap_or_else(|| reply(404, &[], ""))(&mut stream, &asked);
        let _ = stream.shutdown(Shutdown::Write);
        // What comes after would make the end of the connection a reset.
        let _ = stream.set_read_timeout(Some(std::time::Duration::from_millis(500)));
        let _ = stream.read(&mut [0; 64]);
    }
}

fn read_head(stream: &mut TcpStream) -> Option<Asked> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 || head.len() > 64 << 10 {
            return None;
        }
        head.push(byte[0]);
        if head == [0x16] {
            // Somebody wants to speak TLS.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return None;
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let pairs = lines.filter_map(|line| line.split_once(": "));
    let headers = pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Some(Asked { target, headers })
}

/// A whole answer.
pub fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref().to_vec();
    let mut head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\n");
    if status != 304 {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    raw([head.into_bytes(), body].concat())
}

/// A body with an `ETag`, or 304 for whoever has it.
pub fn tagged(etag: &str, media: &str, body: impl AsRef<[u8]>) -> Act {
    let whole = reply(200, &[("ETag", etag), ("Content-Type", media)], body);
    let (etag, confirmed) = (etag.to_owned(), reply(304, &[("ETag", etag)], ""));
    Arc::new(move |stream, asked| {
        let has_it = asked.header("if-none-match") == Some(&etag);
        if has_it { confirmed(stream, asked) } else { whole(stream, asked) }
    })
}

/// These bytes and the end.
pub fn raw(bytes: impl Into<Vec<u8>>) -> Act {
    let bytes = bytes.into();
    Arc::new(move |stream, _| {
        let _ = stream.write_all(&bytes);
    })
}

/// These bytes, and then nothing for as long as the other side waits.
pub fn then_nothing(bytes: &'static [u8]) -> Act {
    Arc::new(move |stream, _| {
        let _ = stream.write_all(bytes);
        let _ = stream.read(&mut [0; 64]);
    })
}

/// A head, and then these bytes again and again until the other side has enough.
pub fn endless(head: &'static [u8], bytes: Vec<u8>) -> Act {
    Arc::new(move |stream, _| {
        let mut is_heard = stream.write_all(head).is_ok();
        while is_heard {
            is_heard = stream.write_all(&bytes).is_ok();
        }
    })
}
