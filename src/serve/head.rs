//! The head of a request: bytes to a [`Head`] that may go on, or the [`Refused`] that ends the
//! connection.
//!
//! Pure. It is stricter than HTTP asks for: a browser or `curl` never meets the difference, a
//! smuggler always does. Of routes it knows the one that listens.

use std::net::SocketAddr;

use super::refusal::{Refusal, Refused};

/// Longer heads are refused, and never kept.
pub const HEAD_BYTES_MAX: usize = 16 << 10;
/// Longer bodies are refused before one byte of them is read.
pub const BODY_BYTES_MAX: usize = 1 << 20;
const HEADERS_MAX: usize = 64;

/// The headers that a route reads; no other goes past the gate.
const HANDED_ON: [&str; 3] = ["Accept", "If-None-Match", "Last-Event-ID"];
/// Those of them by which a request is judged: once, and in plain text, or not at all. What was
/// dropped instead would count as absent.
const JUDGED: [&str; 4] = ["Content-Type", "Origin", "Sec-Fetch-Site", TOKEN_HEADER];
/// What a page brings that wants to write.
pub const TOKEN_HEADER: &str = "X-Skillmeat-Token";
/// The other end's address, which the gate adds; from outside it never comes through.
pub const PEER_HEADER: &str = "X-Skillmeat-Peer";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const ALL: [Method; 6] =
        [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];

    pub fn named(word: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.word() == word)
    }

    pub fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    /// Whether it may change anything.
    pub fn writes(self) -> bool {
        !matches!(self, Method::Get | Method::Head)
    }
}

/// What the gate lets through.
pub struct Rules {
    /// The names under which a browser on this machine reaches us.
    pub hosts: [String; 3],
    /// Without it no method is known that may change anything.
    pub may_write: bool,
}

impl Rules {
    pub fn new(port: u16, may_write: bool) -> Self {
        Self { hosts: own_hosts(port), may_write }
    }

    /// As the header `Allow` has them.
    pub fn methods(&self) -> String {
        let known = Method::ALL.into_iter().filter(|method| self.may_write || !method.writes());
        known.map(Method::word).collect::<Vec<_>>().join(", ")
    }
}

/// A judged head, ready to be handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub method: Method,
    /// Starts with `/`; visible ASCII without `#`.
    pub target: String,
    /// The digit after `HTTP/1.`.
    pub version: u8,
    pub host: String,
    /// Of [`HANDED_ON`] and [`JUDGED`], values in visible ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// How many bytes of body follow; at most [`BODY_BYTES_MAX`].
    pub length: usize,
    /// The client sends the body once it is told to go on.
    pub waits: bool,
    /// No further request follows on this connection.
    pub close: bool,
}

impl Head {
    /// The request written anew, of a connection that carries this one.
    pub fn to_bytes(&self, peer: Option<SocketAddr>, body: &[u8]) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.{}\r\nHost: {}\r\n",
            self.method.word(),
            self.target,
            self.version,
            self.host
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(peer) = peer {
            text.push_str(&format!("{PEER_HEADER}: {peer}\r\n"));
        }
        if self.method.writes() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("Connection: close\r\n\r\n");
        [text.as_bytes(), body].concat()
    }

    pub fn is_api(&self) -> bool {
        is_api(&self.target)
    }

    /// Whether what answers it goes on for as long as somebody listens.
    pub fn listens(&self) -> bool {
        self.target.split('?').next() == Some(EVENTS)
    }
}

/// Where open pages listen for what happens.
pub const EVENTS: &str = "/api/v1/events";

/// Whether a program asks, which reads JSON, and not a person.
pub fn is_api(target: &str) -> bool {
    target.starts_with("/api/")
}

/// The names under which a browser on this machine reaches us.
pub fn own_hosts(port: u16) -> [String; 3] {
    [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")]
}

/// What has come from a client and was not yet taken as a head or a body.
#[derive(Default)]
pub struct Incoming {
    bytes: Vec<u8>,
    /// So many bytes were looked at already and hold no end of a head.
    scanned: usize,
}

impl Incoming {
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes the first whole head out; `None` when more bytes are needed. What can never become a
    /// head is refused at once, not when its time is up.
    pub fn take_head(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        for at in self.scanned..self.bytes.len().min(HEAD_BYTES_MAX) {
            let byte = self.bytes[at];
            let after_cr = at > 0 && self.bytes[at - 1] == b'\r';
            let control = byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n');
            if control || after_cr != (byte == b'\n') {
                return Err(Refusal::Malformed);
            }
            if self.bytes[..=at].ends_with(b"\r\n\r\n") {
                let rest = self.bytes.split_off(at + 1);
                self.scanned = 0;
                return Ok(Some(std::mem::replace(&mut self.bytes, rest)));
            }
        }
        self.scanned = self.bytes.len();
        if self.bytes.len() >= HEAD_BYTES_MAX { Err(Refusal::HeadTooLarge) } else { Ok(None) }
    }

    /// Takes the bytes out that are there already of a body of this length.
    pub fn take_body(&mut self, length: usize) -> Vec<u8> {
        let rest = self.bytes.split_off(length.min(self.bytes.len()));
        self.scanned = 0;
        std::mem::replace(&mut self.bytes, rest)
    }
}

/// Judges one whole head, up to and with its empty line.
pub fn judge(raw: &[u8], rules: &Rules) -> Result<Head, Refused> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(raw) {
        Ok(httparse::Status::Complete(length)) if length == raw.len() => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeadTooLarge.into()),
        Err(httparse::Error::Version) => return Err(Refusal::Version.into()),
        _ => return Err(Refusal::Malformed.into()),
    }
    let (Some(method), Some(target), Some(version)) =
        (request.method, request.path, request.version)
    else {
        return Err(Refusal::Malformed.into());
    };
    let visible = target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if !target.starts_with('/') || !visible {
        return Err(Refusal::Malformed.into());
    }
    let length = body_length(request.headers, version)?;
    let host = text(one(request.headers, "Host")?.ok_or(Refusal::Malformed)?)?;
    if !rules.hosts.contains(&host) {
        return Err(Refusal::Host.into());
    }
    // From here on it is one of ours that asks, and is told why not.
    let refused = |why| Refused { why, is_api: is_api(target) };
    let method = Method::named(method)
        .filter(|method| rules.may_write || !method.writes())
        .ok_or_else(|| refused(Refusal::Method))?;
    let length = allowed_length(method, length).map_err(refused)?;
    Ok(Head {
        method,
        target: target.to_owned(),
        version,
        host,
        headers: handed_on(request.headers)?,
        length,
        waits: waits(request.headers, version)? && length > 0,
        close: version == 0 || says_close(request.headers),
    })
}

/// How long the body is that may be read.
fn allowed_length(method: Method, length: Option<u64>) -> Result<usize, Refusal> {
    let length = length.ok_or(Refusal::NoLength)?;
    let max = if method.writes() { BODY_BYTES_MAX } else { 0 };
    usize::try_from(length).ok().filter(|length| *length <= max).ok_or(Refusal::Body)
}

/// Whether the body comes only once we say so; nothing else may be expected of us.
fn waits(headers: &[httparse::Header], version: u8) -> Result<bool, Refusal> {
    match one(headers, "Expect")? {
        None => Ok(false),
        Some(value) if value.eq_ignore_ascii_case(b"100-continue") => Ok(version == 1),
        Some(_) => Err(Refusal::Expectation),
    }
}

/// The length of the body, `None` when it comes in chunks.
fn body_length(headers: &[httparse::Header], version: u8) -> Result<Option<u64>, Refusal> {
    let coding = one(headers, "Transfer-Encoding")?;
    let length = one(headers, "Content-Length")?;
    match (coding, length) {
        (None, None) => Ok(Some(0)),
        (None, Some(digits)) => {
            let digits = text(digits)?;
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Refusal::Malformed);
            }
            digits.parse().map(Some).map_err(|_| Refusal::Malformed)
        }
        (Some(coding), None) if version == 1 && coding.eq_ignore_ascii_case(b"chunked") => Ok(None),
        _ => Err(Refusal::Malformed),
    }
}

/// The value of a header that may stand there once.
fn one<'a>(headers: &[httparse::Header<'a>], name: &str) -> Result<Option<&'a [u8]>, Refusal> {
    let mut values = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (first, None) => Ok(first.map(|header| header.value)),
        _ => Err(Refusal::Malformed),
    }
}

fn text(value: &[u8]) -> Result<String, Refusal> {
    let visible = value.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t'));
    match std::str::from_utf8(value) {
        Ok(text) if visible => Ok(text.to_owned()),
        _ => Err(Refusal::Malformed),
    }
}

/// Another local site's cookie may hold any bytes, so what is not text is dropped, not refused,
/// unless a request is judged by it.
fn handed_on(headers: &[httparse::Header]) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut kept = Vec::new();
    for name in JUDGED {
        if let Some(value) = one(headers, name)? {
            kept.push((name, text(value)?));
        }
    }
    for header in headers {
        let known = HANDED_ON.into_iter().find(|name| name.eq_ignore_ascii_case(header.name));
        if let (Some(name), Ok(value)) = (known, text(header.value)) {
            kept.push((name, value));
        }
    }
    Ok(kept)
}

fn says_close(headers: &[httparse::Header]) -> bool {
    headers.iter().filter(|header| header.name.eq_ignore_ascii_case("Connection")).any(|header| {
        header
            .value
            .split(|byte| *byte == b',')
            .any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged_by(rules: &Rules, head: &str) -> Result<Head, Refused> {
        let mut incoming = Incoming::default();
        incoming.push(head.as_bytes());
        let raw = incoming.take_head()?.ok_or(Refusal::Slow)?;
        judge(&raw, rules)
    }

    fn judged(head: &str) -> Result<Head, Refusal> {
        judged_by(&Rules::new(6328, true), head).map_err(|refused| refused.why)
    }

    fn get(target: &str, headers: &str) -> Result<Head, Refusal> {
        judged(&format!("GET {target} HTTP/1.1\r\nHost: localhost:6328\r\n{headers}\r\n"))
    }

    #[test]
    fn a_browsers_head_goes_on_with_the_headers_that_routes_read() {
        let head = get("/a/?x=1", "Cookie: caf\u{e9}\r\nIf-None-Match: \"e\"\r\n").unwrap();
        let bytes = String::from_utf8(head.to_bytes(None, b"")).unwrap();
        assert_eq!(
            bytes,
            "GET /a/?x=1 HTTP/1.1\r\nHost: localhost:6328\r\nIf-None-Match: \"e\"\r\n\
             Connection: close\r\n\r\n"
        );
        assert!(!head.close);
        assert!(get("/", "Connection: keep-alive, Close\r\n").unwrap().close);
        assert!(judged("GET / HTTP/1.0\r\nHost: [::1]:6328\r\n\r\n").unwrap().close);
    }

    #[test]
    fn framing_that_could_be_read_in_two_ways_is_refused() {
        let table = [
            ("Content-Length: 0\r\n", None),
            ("Content-Length: 5\r\n", Some(Refusal::Body)),
            ("Transfer-Encoding: chunked\r\n", Some(Refusal::NoLength)),
            ("Content-Length: 0\r\nContent-Length: 0\r\n", Some(Refusal::Malformed)),
            ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", Some(Refusal::Malformed)),
            ("Content-Length: 0, 0\r\n", Some(Refusal::Malformed)),
            ("Content-Length: -1\r\n", Some(Refusal::Malformed)),
            ("Content-Length: +0\r\n", Some(Refusal::Malformed)),
            ("Content-Length: 0x0\r\n", Some(Refusal::Malformed)),
            ("Content-Length:\r\n", Some(Refusal::Malformed)),
            ("Content-Length: 99999999999999999999\r\n", Some(Refusal::Malformed)),
            ("Content-Length : 0\r\n", Some(Refusal::Malformed)),
            ("Transfer-Encoding: gzip\r\n", Some(Refusal::Malformed)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", Some(Refusal::Malformed)),
            ("Host: localhost:6328\r\n", Some(Refusal::Malformed)),
            ("X: a\0b\r\n", Some(Refusal::Malformed)),
            ("X: a\nY: b\r\n", Some(Refusal::Malformed)),
            ("X: a\rY: b\r\n", Some(Refusal::Malformed)),
            ("X: a\r\n folded\r\n", Some(Refusal::Malformed)),
            (": nameless\r\n", Some(Refusal::Malformed)),
        ];
        for (headers, refusal) in table {
            assert_eq!(get("/", headers).err(), refusal, "{headers:?}");
        }
        assert_eq!(get("/", &"X: y\r\n".repeat(64)).err(), Some(Refusal::HeadTooLarge));
        let chunked =
            "GET / HTTP/1.0\r\nHost: localhost:6328\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(judged(chunked).err(), Some(Refusal::Malformed));
    }

    #[test]
    fn only_a_path_of_this_server_is_a_target() {
        for target in ["*", "a", "http://localhost:6328/", "//x#y", "/\u{e9}", "localhost:6328"] {
            assert_eq!(get(target, "").err(), Some(Refusal::Malformed), "{target}");
        }
        for line in ["GET /", "GET  / HTTP/1.1", "GET / HTTP/1.1 x", ""] {
            let head = format!("{line}\r\nHost: localhost:6328\r\n\r\n");
            assert_eq!(judged(&head).err(), Some(Refusal::Malformed), "{line}");
        }
        for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/1.2"] {
            let head = format!("GET / {version}\r\nHost: localhost:6328\r\n\r\n");
            assert_eq!(judged(&head).err(), Some(Refusal::Version), "{version}");
        }
    }

    #[test]
    fn a_head_may_come_byte_by_byte_and_the_next_one_right_behind_it() {
        let first = "GET /1 HTTP/1.1\r\nHost: localhost:6328\r\n\r\n";
        let mut incoming = Incoming::default();
        for (at, byte) in first.bytes().enumerate() {
            incoming.push(&[byte]);
            let last = at + 1 == first.len();
            assert_eq!(incoming.take_head().unwrap().is_some(), last);
        }
        incoming.push(format!("{first}{first}GET").as_bytes());
        assert_eq!(incoming.take_head().unwrap().unwrap(), first.as_bytes());
        assert_eq!(incoming.take_head().unwrap().unwrap(), first.as_bytes());
        assert_eq!(incoming.take_head(), Ok(None));
        assert!(!incoming.is_empty());
        incoming.push(&vec![b'x'; HEAD_BYTES_MAX]);
        assert_eq!(incoming.take_head(), Err(Refusal::HeadTooLarge));
    }
}
