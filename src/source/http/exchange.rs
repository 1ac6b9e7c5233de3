//! One request and its answer, within the limits of one; whoever waits for it can be stopped.
//!
//! It runs on a thread of its own, for a look-up of a name or a read of a socket cannot be
//! interrupted: a run that is to end leaves it behind.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, Proxy, RequestBuilder};

use super::limits::Limits;
use super::reach::Reach;
use super::retry::TICK;
use crate::env::Stop;
use crate::error::Result;

/// A longer validator or address in a head is not used.
const VALUE_BYTES_MAX: usize = 8 << 10;

/// What is asked for.
pub(super) struct Ask {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    /// A longer body is an error.
    pub body_bytes: u64,
}

/// What came back; the body only of a status that promises one.
#[derive(Debug)]
pub(super) struct Answered {
    pub status: u16,
    pub etag: Option<String>,
    pub modified: Option<String>,
    /// `Content-Type` in lower case, without its parameters.
    pub media: Option<String>,
    pub location: Option<String>,
    pub retry_after: Option<String>,
    pub date: Option<String>,
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug)]
pub(super) enum Broken {
    Http(ureq::Error),
    /// The request did not end although its time was over, or could not be started.
    Late,
}

/// What asks, for every request of a source.
pub(super) fn agent(reach: Reach, proxy: Option<Proxy>, limits: &Limits) -> Agent {
    // The system's certificates, so that those of a company count.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .tls_config(tls)
        .timeout_global(Some(limits.request_time))
        .timeout_resolve(Some(limits.idle_time))
        .timeout_connect(Some(limits.idle_time))
        .timeout_per_read(Some(limits.idle_time))
        .timeout_per_write(Some(limits.idle_time))
        .max_response_header_size(limits.head_bytes)
        .max_idle_connections_per_host(limits.parallel)
        .user_agent(concat!("skillmeat/", env!("CARGO_PKG_VERSION")));
    Agent::with_parts(config.build(), ureq::unversioned::transport::DefaultConnector::new(), reach)
}

/// Asks, and waits for the answer. The outer error is that the run is to end.
pub(super) fn exchange(
    agent: &Agent,
    ask: Ask,
    time_max: Duration,
    stop: &Stop,
) -> Result<Result<Answered, Broken>> {
    let (tell, told) = mpsc::sync_channel(1);
    let agent = agent.clone();
    let run = move || {
        // Nobody listens any more when the run has ended.
        let _ = tell.send(request(&agent, &ask));
    };
    if thread::Builder::new().spawn(run).is_err() {
        return Ok(Err(Broken::Late));
    }
    // The request ends by itself; this is for a system call that does not.
    let deadline = Instant::now() + time_max + Duration::from_secs(5);
    loop {
        match told.recv_timeout(TICK) {
            Ok(answer) => return Ok(answer.map_err(Broken::Http)),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => stop.check()?,
            Err(_) => return Ok(Err(Broken::Late)),
        }
    }
}

/// A machine without certificates, such as a bare container, takes those that are built in.
fn request(agent: &Agent, ask: &Ask) -> Result<Answered, ureq::Error> {
    match answer(agent.get(&ask.url), ask) {
        Err(ureq::Error::Rustls(cause)) if cause.to_string().contains("No CA certificates") => {
            let tls = TlsConfig::builder().root_certs(RootCerts::WebPki).build();
            answer(agent.get(&ask.url).config().tls_config(tls).build(), ask)
        }
        answered => answered,
    }
}

fn answer(mut request: RequestBuilder<WithoutBody>, ask: &Ask) -> Result<Answered, ureq::Error> {
    for (name, value) in &ask.headers {
        request = request.header(*name, value);
    }
    let mut response = request.call()?;
    let status = response.status().as_u16();
    let body = match status {
        200 | 203 => response.body_mut().with_config().limit(ask.body_bytes).read_to_vec()?,
        _ => Vec::new(),
    };
    let media = header(&response, "content-type")
        .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    Ok(Answered {
        status,
        etag: header(&response, "etag"),
        modified: header(&response, "last-modified"),
        media,
        location: header(&response, "location"),
        retry_after: header(&response, "retry-after"),
        date: header(&response, "date"),
        body,
    })
}

/// A header of visible ASCII; others are taken for absent.
fn header(response: &Response<Body>, name: &str) -> Option<String> {
    let value = response.headers().get(name)?.to_str().ok()?;
    (!value.is_empty() && value.len() <= VALUE_BYTES_MAX).then(|| value.to_owned())
}
