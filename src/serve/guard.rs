//! Who may write: a request that wants to change something to a yes or a [`Refused`].
//!
//! Pure. A page of another site, of another port, another user of this machine: each fails at one of
//! these at least. `Host` was judged by the gate, which lets no other through.

use super::head::{Method, TOKEN_HEADER};
use super::http::Asked;
use super::peer::Peer;
use crate::error::{Problem, Result};

const TOKEN_BYTES: usize = 16;
/// The field of a form that holds the token.
const TOKEN_FIELD: &str = "token";

/// Where a request may write at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// For programs and scripts: JSON, the token in a header.
    Api,
    /// For plain forms: urlencoded, the token in a field.
    Form,
}

impl Door {
    pub fn of(path: &str) -> Option<Door> {
        match path {
            "/edit" => Some(Door::Form),
            _ if path.starts_with("/api/") => Some(Door::Api),
            _ => None,
        }
    }

    /// A form knows no other method.
    pub fn takes(self, method: Method) -> bool {
        self == Door::Api || method == Method::Post
    }

    fn content_type(self) -> &'static str {
        match self {
            Door::Api => "application/json",
            Door::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// Why a request may not write.
#[derive(Clone, Debug)]
pub struct Refused {
    pub status: u16,
    pub problem: Problem,
    /// One word, as counted and logged.
    pub word: &'static str,
}

impl Refused {
    fn new(status: u16, word: &'static str, code: &str, message: &str, help: &str) -> Self {
        Self { status, word, problem: Problem::error(code, message).help(help) }
    }

    pub fn title(&self) -> &'static str {
        match self.status {
            401 => "Not allowed to write",
            415 => "Not in a form that is understood",
            _ => "Not from one of our own pages",
        }
    }
}

/// What every writing request of this run has to bring: 128 bits that nobody can guess.
pub fn new_token() -> Result<String> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|cause| {
        let message = format!("the system gives no random numbers: {cause}");
        Problem::error("SM729", message).help("start with `--read-only`, which needs none")
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a request may write through this door; `whose` says who is at the other end.
pub fn judge(
    asked: &Asked,
    door: Door,
    token: &str,
    whose: impl FnOnce() -> Peer,
) -> std::result::Result<(), Refused> {
    let own = format!("http://{}", asked.host);
    if asked.origin.is_some_and(|origin| origin != own) {
        let help = format!("write from a page of {own}/, or leave the header `Origin` out");
        return Err(Refused::new(403, "origin", "SM725", "a page of another site asks", &help));
    }
    if asked.fetch_site.is_some_and(|site| site != "same-origin") {
        let help = format!("write from a page of {own}/");
        return Err(Refused::new(403, "site", "SM725", "a page of another site asks", &help));
    }
    if !asked.content_type.is_some_and(|given| is_type(given, door.content_type())) {
        let help = format!("send it with `Content-Type: {}`", door.content_type());
        let message = "the body is not in the form that is read here";
        return Err(Refused::new(415, "content_type", "SM727", message, &help));
    }
    let brought = match door {
        Door::Api => asked.token.map(str::to_owned),
        Door::Form => field(asked.body, TOKEN_FIELD),
    };
    if !brought.is_some_and(|brought| same(brought.as_bytes(), token.as_bytes())) {
        let message = "the token of this run is missing or wrong";
        let help = format!(
            "load the page again; a program sends the `data-token` of a page as `{TOKEN_HEADER}`"
        );
        return Err(Refused::new(401, "token", "SM728", message, &help));
    }
    // Last: it takes a look at the system, which nobody without the token can ask for.
    if whose() == Peer::Foreign {
        let help = "write as the user who runs `skillmeat serve`";
        return Err(Refused::new(401, "peer", "SM726", "another user of this machine asks", help));
    }
    Ok(())
}

/// The type without its parameters.
fn is_type(given: &str, wanted: &str) -> bool {
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

/// The field of a form, where it stands there once.
fn field(body: &[u8], name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(body).filter(|(key, _)| key == name);
    let value = values.next()?.1.into_owned();
    values.next().is_none().then_some(value)
}

/// Compares in a time that tells nothing of where the two differ.
fn same(given: &[u8], token: &[u8]) -> bool {
    let differing = given.iter().zip(token).fold(0, |bits, (a, b)| bits | (a ^ b));
    std::hint::black_box(differing) == 0 && given.len() == token.len() && !token.is_empty()
}
