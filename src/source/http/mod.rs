//! Bytes over HTTP, within limits, and not sent again where the server confirms the old ones.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;

use super::memory::{Answer, Memory};
use crate::env::Stop;
use crate::error::{Problem, Result};

/// After decoding.
const BODY_BYTES_MAX: u64 = 32 << 20;

/// One request, from its first byte to the last of its answer.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(60);

/// Asks one source's server.
pub struct Client {
    agent: Agent,
    memory: Arc<dyn Memory>,
    stop: Stop,
}

/// What an address gave.
#[derive(Debug)]
pub struct Fetched {
    pub body: Vec<u8>,
    /// Whether the server sent it anew; else it confirmed what was remembered.
    pub is_news: bool,
}

impl Client {
    /// `source` is the name under which a token may stand in the environment.
    pub fn new(_source: &str, memory: Arc<dyn Memory>, stop: Stop) -> Result<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(REQUEST_TIME_MAX))
            .user_agent(concat!("skillmeat/", env!("CARGO_PKG_VERSION")));
        Ok(Self { agent: config.build().into(), memory, stop })
    }

    /// The bytes at an address.
    pub fn get(&self, url: &str) -> Result<Fetched> {
        self.stop.check()?;
        let old = self.memory.answer(url);
        let mut request = self.agent.get(url);
        if let Some(etag) = old.as_ref().and_then(|old| old.etag.as_deref()) {
            request = request.header("If-None-Match", etag);
        }
        if let Some(modified) = old.as_ref().and_then(|old| old.modified.as_deref()) {
            request = request.header("If-Modified-Since", modified);
        }
        let failed = |cause: ureq::Error| {
            Problem::error("SM441", format!("cannot read `{url}`: {cause}"))
                .help("see whether the server runs, and run `skillmeat sync` again")
        };
        let mut response = request.call().map_err(failed)?;
        let status = response.status().as_u16();
        match (status, old) {
            (304, Some(old)) => return Ok(Fetched { body: old.body, is_news: false }),
            (200, _) => {}
            (other, _) => {
                let text = format!("`{url}` answered {other}");
                return Err(Problem::error("SM442", text).help("correct the address").into());
            }
        }
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (etag, modified) = (header("etag"), header("last-modified"));
        let body = response.body_mut().with_config().limit(BODY_BYTES_MAX).read_to_vec();
        let body = body.map_err(failed)?;
        if etag.is_some() || modified.is_some() {
            self.memory.keep_answer(url, Answer { etag, modified, body: body.clone() });
        }
        Ok(Fetched { body, is_news: true })
    }
}
