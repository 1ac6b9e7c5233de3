//! What machines ask to see how the server is: `/healthz`, `/readyz` and, where it was asked for,
//! `/metrics`.

use super::Server;
use super::answer::{Answer, TEXT};
use super::metrics::{CONTENT_TYPE, Family};
use super::watchdog::WELL_TIME;

/// Whether it answers: the port was reached from inside a short time ago.
pub fn health(server: &Server) -> Answer {
    let age = server.pulse.age();
    if age < WELL_TIME {
        return Answer::whole(200, TEXT, "ok\n");
    }
    let words = format!("the port was not reached from inside for {} s\n", age.as_secs());
    Answer::whole(503, TEXT, &words)
}

/// Whether it has something to show: a catalog is loaded and the cache opens.
pub fn readiness(server: &Server) -> Answer {
    let mut lacks = Vec::new();
    if server.board.view().pages.is_none() {
        lacks.push("no catalog could be loaded yet\n");
    }
    if server.cache.as_ref().is_some_and(|cache| cache().synced_at("").is_err()) {
        lacks.push("the cache cannot be read; look at it with `skillmeat cache check`\n");
    }
    if lacks.is_empty() {
        return Answer::whole(200, TEXT, "ready\n");
    }
    Answer::whole(503, TEXT, &lacks.concat())
}

/// What was counted, and what is so now.
pub fn metrics(server: &Server) -> Answer {
    let mut numbers = server.metrics.as_ref().map(|metrics| metrics.numbers()).unwrap_or_default();
    let count = |n: usize| n as f64;
    numbers.set(Family::BuildInfo, &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    numbers.set(Family::HttpConnections, &[], count(server.pulse.connections()));
    numbers.set(Family::SseClients, &[], count(server.board.hub.n_streams()));
    if let Some(pages) = &server.board.view().pages {
        numbers.set(Family::Artifacts, &[], count(pages.n_artifacts()));
        for (source, at) in pages.sources_synced() {
            let seconds = at.as_second() as f64;
            numbers.set(Family::SourceLastSuccess, &[("source", source)], seconds);
        }
    }
    if let Some(cache) = server.cache.as_ref().map(|cache| cache()) {
        let (hits, misses) = (cache.n_served() as f64, numbers.of(Family::CacheMisses));
        numbers.set(Family::CacheHits, &[], hits);
        if hits + misses > 0.0 {
            numbers.set(Family::CacheHitRatio, &[], hits / (hits + misses));
        }
        let (bytes, log) = cache.bytes();
        numbers.set(Family::CacheBytes, &[], bytes as f64);
        numbers.set(Family::WalBytes, &[], log as f64);
    }
    Answer::whole(200, CONTENT_TYPE, &numbers.text())
}
