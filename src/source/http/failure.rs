//! What went wrong between us and a server, in words that say what to do.
//!
//! Addresses are shown without their query, and what a server wrote without what a terminal would
//! obey.

use std::io::ErrorKind;

use ureq::Timeout;

use super::exchange::Broken;
use super::limits::Limits;
use super::reach::{Closed, PlainToken};
use super::token;
use super::url::shown;
use crate::error::{Error, Exit, Problem};
use crate::words;

/// The server does not have what was asked for.
const ABSENT: &str = "SM442";

/// Whether that is what went wrong.
pub(super) fn is_absent(error: &Error) -> bool {
    error.problems.iter().any(|problem| problem.code == ABSENT)
}

/// A request that failed, and whether the same request may succeed a little later.
pub(super) struct Failure {
    pub error: Error,
    pub may_pass: bool,
}

/// Why nothing came back from an address.
pub(super) fn broken(url: &str, broken: &Broken, limits: &Limits, source: &str) -> Failure {
    let lasting = |error: Error| Failure { error, may_pass: false };
    let passing = |why: String| Failure { error: unreachable(url, &why), may_pass: true };
    let cause = match broken {
        Broken::Late => return passing("it did not end in time".to_owned()),
        Broken::Http(cause) => cause,
    };
    match cause {
        ureq::Error::Timeout(kind) => passing(late(*kind, limits)),
        ureq::Error::HostNotFound => passing("its host has no address".to_owned()),
        // What TLS says of a certificate, and of a server that speaks no TLS.
        ureq::Error::Io(cause)
            if cause.kind() == ErrorKind::InvalidData && url.starts_with("https:") =>
        {
            lasting(unsafe_connection(url, &cause.to_string()))
        }
        ureq::Error::Io(cause) => passing(io_words(cause)),
        ureq::Error::ConnectionFailed => passing("the connection failed".to_owned()),
        ureq::Error::BodyExceedsLimit(_) => {
            let most = format!("more than {} MiB", limits.body_bytes >> 20);
            lasting(too_large(url, &most))
        }
        ureq::Error::LargeResponseHeader(..) => {
            let most = format!("a head of more than {} KiB", limits.head_bytes >> 10);
            lasting(too_large(url, &most))
        }
        // The parser's own word for it.
        ureq::Error::Protocol(cause) if cause.to_string().contains("too many headers") => {
            lasting(too_large(url, "a head of too many lines"))
        }
        ureq::Error::Other(other) if other.is::<Closed>() => {
            lasting(closed(url, &other.to_string()))
        }
        ureq::Error::Other(other) if other.is::<PlainToken>() => lasting(plain_token(url, source)),
        ureq::Error::Decompress(_, cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            passing(io_words(cause))
        }
        ureq::Error::Decompress(_, cause) => {
            lasting(unusable(url, &format!("is packed wrongly: {}", io_words(cause))))
        }
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::TlsRequired => {
            lasting(unsafe_connection(url, &cause.to_string()))
        }
        ureq::Error::ConnectProxyFailed(why) => {
            let why = format!("the proxy refuses: {}", words::visible(why));
            lasting(unreachable(url, &why))
        }
        other => {
            lasting(unusable(url, &format!("is no HTTP: {}", words::visible(&other.to_string()))))
        }
    }
}

fn late(kind: Timeout, limits: &Limits) -> String {
    let (idle, all) = (limits.idle_time.as_secs(), limits.request_time.as_secs());
    match kind {
        Timeout::PerRead => format!("nothing came for {idle} seconds"),
        Timeout::PerWrite => format!("it took nothing for {idle} seconds"),
        Timeout::Resolve => format!("its name could not be looked up in {idle} seconds"),
        Timeout::Connect => format!("it did not take the connection in {idle} seconds"),
        _ => format!("its answer was not whole after {all} seconds"),
    }
}

/// The system's words for what people meet, else its own without the number.
fn io_words(cause: &std::io::Error) -> String {
    match cause.kind() {
        ErrorKind::ConnectionRefused => "nothing answers there".to_owned(),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => "the connection broke off".to_owned(),
        _ => {
            let words = words::visible(&cause.to_string());
            let words = words.split(" (os error").next().unwrap_or_default();
            match words.contains("lookup address") {
                true => "its host is not known".to_owned(),
                false => words.to_owned(),
            }
        }
    }
}

fn unsafe_connection(url: &str, why: &str) -> Error {
    let why = words::visible(why);
    let message = format!("cannot read `{}`: no safe connection: {why}", shown(url));
    let help = "see whether its certificate is valid and known to this machine";
    Problem::error("SM441", message).help(help).into()
}

pub(super) fn unreachable(url: &str, why: &str) -> Error {
    Problem::error("SM441", format!("cannot read `{}`: {why}", shown(url)))
        .help("see whether the server runs, and run `skillmeat sync` again")
        .into()
}

/// Whether the source's token went along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Sent,
    /// There is none in the environment.
    Unset,
    /// It is not for this server.
    NotForIt,
}

/// A status that is no answer, for good or for now.
pub(super) fn status(url: &str, status: u16, source: &str, proof: Proof) -> Failure {
    let may_pass = matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504);
    let url = shown(url);
    let says = |code: &str, text: String| Problem::error(code, text);
    let variable = token::variable(source);
    let error = match status {
        401 | 403 => {
            let text = format!("`{url}` may not be read ({status})");
            let help = match proof {
                Proof::Sent => format!("give a token that may read it in `{variable}`"),
                Proof::Unset => {
                    format!("give a token in the environment: `{variable}=… skillmeat sync`")
                }
                Proof::NotForIt => "a token is only sent to the address in `skillmeat.yaml`; \
                                    this is another one that it leads to"
                    .to_owned(),
            };
            Error::new(Exit::Denied, says("SM443", text).help(help))
        }
        429 => {
            let text = format!("`{url}` takes no more requests for now (429)");
            let help = format!("wait, or give a token with a higher limit in `{variable}`");
            Error::new(Exit::Denied, says("SM444", text).help(help))
        }
        404 | 410 => {
            let text = format!("`{url}` is not there ({status})");
            says(ABSENT, text).help("correct the address in `skillmeat.yaml`").into()
        }
        408 | 425 | 500.. => {
            let text = format!("`{url}` failed on the server ({status})");
            says("SM445", text).help("run `skillmeat sync` again later").into()
        }
        _ => {
            let text = format!("`{url}` answered {status}, which is no answer");
            says("SM447", text).help("correct the address in `skillmeat.yaml`").into()
        }
    };
    Failure { error, may_pass }
}

/// The server asks for a longer wait than a sync has time for.
pub(super) fn asks_to_wait(url: &str, seconds: u64) -> Error {
    let time = match seconds {
        0..=90 => words::count(usize::try_from(seconds).unwrap_or_default(), "second"),
        _ => words::count(usize::try_from(seconds.div_ceil(60)).unwrap_or_default(), "minute"),
    };
    let text =
        format!("`{}` asks to wait {time}; the next sync after that tries again", shown(url));
    let help = "wait, or run `skillmeat sync --force` to ask anyway";
    Error::new(Exit::Denied, Problem::error("SM444", text).help(help))
}

/// An address that is not followed or connected to.
pub(super) fn closed(url: &str, why: &str) -> Error {
    Problem::error("SM446", format!("`{}` is not followed: {why}", shown(url)))
        .help("if it is meant, write that address in `skillmeat.yaml`")
        .into()
}

/// More than is taken.
pub fn too_large(url: &str, why: &str) -> Error {
    Problem::error("SM448", format!("`{}` is too large: {why}", shown(url)))
        .help("take less of the source, or tell whoever runs the server")
        .into()
}

/// An answer of which nothing can be taken.
pub fn unusable(url: &str, why: &str) -> Error {
    Problem::error("SM449", format!("what `{}` answered {why}", shown(url)))
        .help("see what it shows in a browser; nothing of it is taken")
        .into()
}

pub(super) fn plain_token(url: &str, source: &str) -> Error {
    let variable = token::variable(source);
    let text = format!("the token in `{variable}` is not sent over `http` to `{}`", shown(url));
    let help = format!("write the address with `https://`, or unset `{variable}`");
    Problem::error("SM450", text).help(help).into()
}
