//! Why a connection ends at the gate: a reason to the bytes that are answered.
//!
//! Pure. Who is not known to be one of ours gets a status and nothing else; who is gets the reason
//! in words, a program as `application/problem+json`.

use super::Report;
use super::head::{BODY_BYTES_MAX, HEAD_BYTES_MAX, Rules};
use crate::error::Problem;

/// Why a connection ends here; the number is the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Not the HTTP we speak, or framing that two readers could understand differently.
    Malformed = 400,
    /// The `Host` is not ours: another site's name was pointed at this machine.
    Host = 403,
    Method = 405,
    /// The head or the body did not come in time.
    Slow = 408,
    /// A body in chunks, whose length nobody knows.
    NoLength = 411,
    /// A body where none is read, or one too long.
    Body = 413,
    /// Something is expected of us that we do not do.
    Expectation = 417,
    HeadTooLarge = 431,
    /// Every connection is busy.
    Full = 503,
    Version = 505,
}

/// A reason and whom it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    pub why: Refusal,
    /// A program asked under our own name.
    pub is_api: bool,
}

impl From<Refusal> for Refused {
    fn from(why: Refusal) -> Self {
        Self { why, is_api: false }
    }
}

impl Refused {
    pub fn report(self, rules: &Rules) -> Report {
        let code = self.why.problem(rules).map(|problem| problem.code);
        Report::Refused { reason: self.why.word(), status: self.why as u16, code }
    }

    /// The whole answer, after which the connection is closed.
    pub fn answer(self, rules: &Rules) -> String {
        let allow = match self.why {
            Refusal::Method => format!("Allow: {}\r\n", rules.methods()),
            _ => String::new(),
        };
        let (kind, body) = match self.why.problem(rules).filter(|_| self.is_api) {
            Some(problem) => (
                "Content-Type: application/problem+json\r\n",
                super::answer::problem_text(self.why as u16, self.why.reason(), &[problem]),
            ),
            None => ("", String::new()),
        };
        format!(
            "HTTP/1.1 {} {}\r\n{allow}{kind}Content-Length: {}\r\nConnection: close\r\n\
             Cache-Control: no-store\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nX-Content-Type-Options: nosniff\r\n\
             Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n{body}",
            self.why as u16,
            self.why.reason(),
            body.len(),
        )
    }
}

impl Refusal {
    pub fn reason(self) -> &'static str {
        match self {
            Refusal::Malformed => "Bad Request",
            Refusal::Host => "Forbidden",
            Refusal::Method => "Method Not Allowed",
            Refusal::Slow => "Request Timeout",
            Refusal::NoLength => "Length Required",
            Refusal::Body => "Content Too Large",
            Refusal::Expectation => "Expectation Failed",
            Refusal::HeadTooLarge => "Request Header Fields Too Large",
            Refusal::Full => "Service Unavailable",
            Refusal::Version => "HTTP Version Not Supported",
        }
    }

    /// One word, as counted and logged.
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Malformed => "malformed",
            Refusal::Host => "host",
            Refusal::Method => "method",
            Refusal::Slow => "slow",
            Refusal::NoLength => "no_length",
            Refusal::Body => "body",
            Refusal::Expectation => "expectation",
            Refusal::HeadTooLarge => "head",
            Refusal::Full => "full",
            Refusal::Version => "version",
        }
    }

    /// What to do about it, for one of ours.
    fn problem(self, rules: &Rules) -> Option<Problem> {
        let (code, message, help) = match self {
            Refusal::Method if !rules.may_write => (
                "SM720",
                "this server only reads".to_owned(),
                "start `skillmeat serve` without `--read-only` to edit".to_owned(),
            ),
            Refusal::Method => (
                "SM720",
                "this method is not known here".to_owned(),
                format!("use one of {}", rules.methods()),
            ),
            Refusal::NoLength => (
                "SM721",
                "the length of the body is not given".to_owned(),
                "send `Content-Length` and no chunks".to_owned(),
            ),
            Refusal::Body => (
                "SM722",
                "the body is too long, or none is read here".to_owned(),
                format!("send at most {BODY_BYTES_MAX} bytes, and none with GET or HEAD"),
            ),
            Refusal::Slow => (
                "SM723",
                "the body did not come in time".to_owned(),
                "send it at once, and as long as `Content-Length` says".to_owned(),
            ),
            Refusal::HeadTooLarge => (
                "SM722",
                "the head of the request is too large".to_owned(),
                format!("send at most {HEAD_BYTES_MAX} bytes of it"),
            ),
            Refusal::Full => (
                "SM724",
                "every connection is busy".to_owned(),
                "close pages that are open, and try again".to_owned(),
            ),
            Refusal::Malformed | Refusal::Host | Refusal::Expectation | Refusal::Version => {
                return None;
            }
        };
        Some(Problem::error(code, message).help(help))
    }
}
