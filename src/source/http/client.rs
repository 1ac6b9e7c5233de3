//! The requests of one source: an address to bytes, over redirects, tries and what is remembered.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use ureq::{Agent, Proxy};

use super::exchange::{self, Answered, Ask};
use super::failure::{self, Failure, Proof};
use super::json::{self, Json};
use super::limits::Limits;
use super::reach::Reach;
use super::retry::{self, Clock, Monotonic, Pace, WAIT_MAX};
use super::token::Token;
use super::url::{Origin, Url, shown};
use crate::env::{Env, Stop};
use crate::error::{Error, Problem, Result};
use crate::model::source::{Source, Web};
use crate::source::memory::{Answer, Memory};

/// A longer `ETag` or `Last-Modified` is not remembered.
const VALIDATOR_BYTES_MAX: usize = 512;

/// Asks one source's server, and whoever it redirects to. Shared between threads.
pub struct Client {
    agent: Agent,
    /// The name of the source, which names its token.
    source: String,
    /// What stands in `skillmeat.yaml`; only it is given the token.
    written: Origin,
    /// `Bearer …`
    authorization: Option<String>,
    proxy: Option<Proxy>,
    memory: Arc<dyn Memory>,
    stop: Stop,
    limits: Limits,
    pace: Pace,
    /// When the client was made.
    start: Timestamp,
    /// Bytes of all answers, decoded.
    n_bytes: AtomicU64,
}

/// What an address gave.
#[derive(Debug)]
pub struct Fetched {
    pub body: Vec<u8>,
    /// Whether the server sent it anew; else it confirmed what was remembered.
    pub is_news: bool,
    /// `Content-Type` without parameters, where it was sent anew.
    pub media: Option<String>,
}

/// What differs between a run and a test.
pub(in crate::source) struct Setting {
    pub token: Option<Token>,
    pub proxy: Option<Proxy>,
    pub limits: Limits,
    pub clock: Box<dyn Clock>,
}

/// How an address is asked.
#[derive(Clone, Copy)]
struct Manner {
    accept: &'static str,
    /// Whether the answer of an earlier sync counts, and this one is remembered.
    is_remembered: bool,
}

/// Is told how many of how many are there.
type Told<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What one hop of redirects came to.
enum Hop {
    Onward(Url),
    There(Fetched, Option<Answer>),
}

impl Client {
    /// Takes the source's token and the proxy from the environment. `SM444` while the server's last
    /// answer asks not to be asked again.
    pub fn new(source: &Source, web: &Web, memory: Arc<dyn Memory>, env: &Env) -> Result<Self> {
        let setting = Setting {
            token: Token::of(&source.name),
            proxy: Proxy::try_from_env(),
            limits: Limits::default(),
            clock: Box::<Monotonic>::default(),
        };
        Self::with(&source.name, &web.url, memory, env, setting)
    }

    pub(in crate::source) fn with(
        source: &str,
        url: &str,
        memory: Arc<dyn Memory>,
        env: &Env,
        setting: Setting,
    ) -> Result<Self> {
        let Setting { token, proxy, limits, clock } = setting;
        let written = Url::parse(url).map_err(|why| wrong(url, why))?.origin;
        if let Some(until) = memory.wait_until() {
            let left = Duration::try_from(until.duration_since(env.now)).unwrap_or_default();
            // What is further off was remembered by a clock that was wrong.
            if !left.is_zero() && left <= WAIT_MAX {
                return Err(failure::asks_to_wait(url, left.as_secs().max(1)));
            }
        }
        let authorization = match token.map(|token| token.header()) {
            Some(None) => {
                let variable = super::token::variable(source);
                let text = format!("the token in `{variable}` holds signs that no token has");
                let help = "give it without spaces and quotes";
                return Err(Problem::error("SM450", text).help(help).into());
            }
            Some(header) => header,
            None => None,
        };
        let at = proxy.as_ref().map(|proxy| (proxy.host().to_ascii_lowercase(), proxy.port()));
        let reach = Reach::new(written.clone(), authorization.is_some(), at);
        Ok(Self {
            agent: exchange::agent(reach, proxy.clone(), &limits),
            source: source.to_owned(),
            written,
            authorization,
            proxy,
            memory,
            stop: env.stop.clone(),
            limits,
            pace: Pace::new(clock),
            start: env.now,
            n_bytes: AtomicU64::new(0),
        })
    }

    /// The bytes at an address; not sent again when the server confirms those of an earlier sync.
    pub fn get(&self, url: &str) -> Result<Fetched> {
        let (fetched, at, answer) =
            self.fetch(url, Manner { accept: "*/*", is_remembered: true })?;
        self.remember(&at, answer);
        Ok(fetched)
    }

    /// The JSON at an address, likewise. An answer that is none is not remembered.
    pub fn get_json(&self, url: &str) -> Result<Json> {
        let manner = Manner { accept: "application/json", is_remembered: true };
        let (fetched, at, answer) = self.fetch(url, manner)?;
        let value = self.json(url, &fetched)?;
        self.remember(&at, answer);
        Ok(Json { value, url: at.to_string(), is_news: fetched.is_news })
    }

    /// [`Client::get_json`]; none when the server has nothing there.
    pub fn find_json(&self, url: &str) -> Result<Option<Json>> {
        match self.get_json(url) {
            Ok(json) => Ok(Some(json)),
            Err(error) if failure::is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The JSON at an address that will not be asked again, such as a page of a changing list.
    /// Nothing of it is remembered.
    pub fn get_json_anew(&self, url: &str) -> Result<Json> {
        let manner = Manner { accept: "application/json", is_remembered: false };
        let (fetched, at, _) = self.fetch(url, manner)?;
        Ok(Json { value: self.json(url, &fetched)?, url: at.to_string(), is_news: true })
    }

    /// The bytes at an address of which the caller itself knows whether it needs them: by their hash
    /// or version. Nothing of it is remembered.
    pub fn get_anew(&self, url: &str) -> Result<Fetched> {
        let (fetched, ..) = self.fetch(url, Manner { accept: "*/*", is_remembered: false })?;
        Ok(fetched)
    }

    /// [`Client::get_anew`] of many addresses, several at a time; the answers in their order. The
    /// first that fails ends all. `on_progress` is told how many of how many are there.
    pub fn get_all(&self, urls: &[String], on_progress: Told) -> Result<Vec<Fetched>> {
        self.each(urls, on_progress, &|url| self.get_anew(url))
    }

    /// [`Client::get`] of many addresses, likewise.
    pub fn confirm_all(&self, urls: &[String], on_progress: Told) -> Result<Vec<Fetched>> {
        self.each(urls, on_progress, &|url| self.get(url))
    }

    /// When the run started, by its clock.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    fn each(
        &self,
        urls: &[String],
        on_progress: Told,
        get: &(dyn Fn(&str) -> Result<Fetched> + Sync),
    ) -> Result<Vec<Fetched>> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let has_failed = AtomicBool::new(false);
        let first_error: Mutex<Option<Error>> = Mutex::default();
        let worker = || {
            let mut found = Vec::new();
            while !has_failed.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(url) = urls.get(at) else { break };
                match get(url) {
                    Ok(fetched) => {
                        found.push((at, fetched));
                        on_progress(done.fetch_add(1, Ordering::Relaxed) + 1, urls.len());
                    }
                    Err(error) => {
                        has_failed.store(true, Ordering::Relaxed);
                        let mut first = first_error.lock().unwrap_or_else(PoisonError::into_inner);
                        first.get_or_insert(error);
                    }
                }
            }
            found
        };
        let n_workers = self.limits.parallel.min(urls.len());
        let mut found: Vec<(usize, Fetched)> = thread::scope(|scope| {
            let workers: Vec<_> = (0..n_workers).map(|_| scope.spawn(worker)).collect();
            let ended = workers.into_iter().map(|worker| worker.join());
            ended
                .flat_map(|found| found.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        if let Some(error) = first_error.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        found.sort_unstable_by_key(|(at, _)| *at);
        Ok(found.into_iter().map(|(_, fetched)| fetched).collect())
    }

    /// The whole address that `link`, written in what `base` answered, means.
    pub fn join(&self, base: &str, link: &str) -> Result<String> {
        let base = Url::parse(base).map_err(|why| wrong(base, why))?;
        let whole = base.join(link).map_err(|why| failure::closed(link, why))?;
        Ok(whole.to_string())
    }

    fn json(&self, url: &str, fetched: &Fetched) -> Result<Value> {
        if fetched.media.as_deref() == Some("text/html") {
            return Err(failure::unusable(url, "is a page, not JSON: perhaps a login page"));
        }
        json::read(url, &fetched.body)
    }

    fn remember(&self, url: &Url, answer: Option<Answer>) {
        if let Some(answer) = answer {
            self.memory.keep_answer(&url.to_string(), answer);
        }
    }

    /// Follows redirects; gives what to remember, and of which address.
    fn fetch(&self, url: &str, manner: Manner) -> Result<(Fetched, Url, Option<Answer>)> {
        let mut at = Url::parse(url).map_err(|why| wrong(url, why))?;
        for hop in 0..=self.limits.redirects {
            // A redirect to an address with a query is mostly a signed one, new each time.
            let is_remembered = manner.is_remembered && (hop == 0 || !at.has_query());
            match self.hop(&at, Manner { is_remembered, ..manner })? {
                Hop::Onward(next) => at = next,
                Hop::There(fetched, answer) => return Ok((fetched, at, answer)),
            }
        }
        let why = format!("it redirects more than {} times", self.limits.redirects);
        Err(failure::closed(url, &why))
    }

    fn hop(&self, at: &Url, manner: Manner) -> Result<Hop> {
        self.may_ask(at)?;
        let url = at.to_string();
        let old = if manner.is_remembered { self.memory.answer(&url) } else { None };
        let mut answered = self.ask_often(at, manner, old.as_ref())?;
        if answered.status == 304 && old.is_none() {
            // It confirms what nobody has: an accident of some server between. Asked once more.
            answered = self.ask_often(at, manner, None)?;
        }
        match (answered.status, old) {
            (304, Some(old)) => {
                Ok(Hop::There(Fetched { body: old.body, is_news: false, media: None }, None))
            }
            (200 | 203, _) => {
                self.count(&url, answered.body.len())?;
                let Answered { etag, modified, media, body, .. } = answered;
                let kept = |value: Option<String>| {
                    value.filter(|value| value.len() <= VALIDATOR_BYTES_MAX)
                };
                let (etag, modified) = (kept(etag), kept(modified));
                let can_be_confirmed = etag.is_some() || modified.is_some();
                let answer = (manner.is_remembered && can_be_confirmed).then(|| Answer {
                    etag,
                    modified,
                    body: body.clone(),
                });
                Ok(Hop::There(Fetched { body, is_news: true, media }, answer))
            }
            (301 | 302 | 303 | 307 | 308, _) => {
                let to = answered.location.unwrap_or_default();
                if to.is_empty() {
                    return Err(failure::closed(&url, "it redirects without saying where to"));
                }
                let next = at.join(&to).map_err(|why| failure::closed(&to, why))?;
                if at.origin.is_https && !next.origin.is_https {
                    let why = "it leads from `https` to `http`, which anybody can change";
                    return Err(failure::closed(&next.to_string(), why));
                }
                Ok(Hop::Onward(next))
            }
            (status, _) => Err(self.status(at, status).error),
        }
    }

    /// Refuses what the look-up of a name cannot judge.
    fn may_ask(&self, at: &Url) -> Result<()> {
        if self.written.is_https && !at.origin.is_https {
            let why = "it is `http`, while its source is written with `https`";
            return Err(failure::closed(&at.to_string(), why));
        }
        let Some(proxy) = &self.proxy else { return Ok(()) };
        let is_direct = at.to_string().parse().is_ok_and(|uri| proxy.is_no_proxy(&uri));
        if at.origin.host == self.written.host && (is_direct || !self.sends_plain_token(at)) {
            return Ok(());
        }
        if self.sends_plain_token(at) {
            return Err(failure::plain_token(&at.to_string(), &self.source));
        }
        let is_the_proxy = at.origin.host == proxy.host().to_ascii_lowercase();
        if is_direct && !is_the_proxy {
            return Ok(());
        }
        let why = "the proxy looks its address up, so it cannot be told whether that is public";
        Err(failure::closed(&at.to_string(), why))
    }

    fn sends_plain_token(&self, at: &Url) -> bool {
        self.authorization.is_some() && at.origin == self.written && !at.origin.is_https
    }

    /// Asks until there is an answer that will not pass.
    fn ask_often(&self, at: &Url, manner: Manner, old: Option<&Answer>) -> Result<Answered> {
        let url = at.to_string();
        for tries in 1.. {
            self.pace.wait(&self.stop)?;
            let (failure, asked) = match self.ask_once(at, manner, old)? {
                Ok(answered) => {
                    let failure = self.status(at, answered.status);
                    if !failure.may_pass {
                        return Ok(answered);
                    }
                    let now = self.now();
                    let value = answered.retry_after.as_deref();
                    let date = answered.date.as_deref();
                    (failure, value.and_then(|value| retry::retry_after(value, date, now)))
                }
                Err(failure) if failure.may_pass => (failure, None),
                Err(failure) => return Err(failure.error),
            };
            let asked = asked.map(|wait| wait.min(WAIT_MAX));
            let wait = asked.unwrap_or_else(|| retry::backoff(tries, &self.limits));
            if tries < self.limits.tries && self.pace.put_off(wait, &self.limits) {
                continue;
            }
            return Err(match asked {
                Some(wait) if !wait.is_zero() => {
                    let until = self.now().checked_add(wait).unwrap_or(Timestamp::MAX);
                    self.memory.set_wait(until);
                    failure::asks_to_wait(&url, wait.as_secs())
                }
                _ => failure.error,
            });
        }
        Err(failure::unreachable(&url, "it failed too often"))
    }

    /// One request; the outer error is that the run is to end.
    fn ask_once(
        &self,
        at: &Url,
        manner: Manner,
        old: Option<&Answer>,
    ) -> Result<Result<Answered, Failure>> {
        let mut headers = vec![("Accept", manner.accept.to_owned())];
        let mut add = |name: &'static str, value: Option<&String>| {
            headers.extend(value.map(|value| (name, value.clone())));
        };
        add("If-None-Match", old.and_then(|old| old.etag.as_ref()));
        add("If-Modified-Since", old.and_then(|old| old.modified.as_ref()));
        if at.origin == self.written {
            add("Authorization", self.authorization.as_ref());
        }
        let url = at.to_string();
        let ask = Ask { url: url.clone(), headers, body_bytes: self.limits.body_bytes };
        let answered = exchange::exchange(&self.agent, ask, self.limits.request_time, &self.stop)?;
        Ok(answered.map_err(|why| failure::broken(&url, &why, &self.limits, &self.source)))
    }

    fn status(&self, at: &Url, status: u16) -> Failure {
        let proof = match &self.authorization {
            _ if at.origin != self.written => Proof::NotForIt,
            Some(_) => Proof::Sent,
            None => Proof::Unset,
        };
        failure::status(&at.to_string(), status, &self.source, proof)
    }

    fn count(&self, url: &str, n_bytes: usize) -> Result<()> {
        let n_bytes = n_bytes as u64;
        let total = self.n_bytes.fetch_add(n_bytes, Ordering::Relaxed) + n_bytes;
        if total <= self.limits.total_bytes {
            return Ok(());
        }
        let most = self.limits.total_bytes >> 20;
        Err(failure::too_large(url, &format!("with it the source gives more than {most} MiB")))
    }

    fn now(&self) -> Timestamp {
        self.start.checked_add(self.pace.elapsed()).unwrap_or(self.start)
    }
}

/// An address that cannot be one.
fn wrong(url: &str, why: &str) -> Error {
    Problem::error("SM412", format!("`{}` cannot be asked: {why}", shown(url)))
        .help("correct the address in `skillmeat.yaml`")
        .into()
}
