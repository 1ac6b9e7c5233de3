//! What was counted since the start: reports to the text that Prometheus reads.
//!
//! No label holds a path, an address or anything a client sent: routes are the few words of the
//! table, sources are called as the catalog calls them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use super::progress::Outcome;
use super::{Report, lock};

/// How a browser or Prometheus knows the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What can be counted or measured; its name, how it goes, what it says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    BuildInfo,
    HttpRequests,
    HttpRejected,
    HttpConnections,
    SseClients,
    SseDropped,
    WatchEvents,
    WatchOverflows,
    Reloads,
    ReloadDuration,
    RefreshRuns,
    RefreshDuration,
    SyncRuns,
    SyncDuration,
    SourceLastSuccess,
    Artifacts,
    CacheHits,
    CacheMisses,
    CacheHitRatio,
    CacheBytes,
    WalBytes,
}

use Family as F;

const FAMILIES: [(Family, &str, &str, &str); 21] = [
    (F::BuildInfo, "build_info", "gauge", "1, with the version."),
    (F::HttpRequests, "http_requests_total", "counter", "Answered requests."),
    (F::HttpRejected, "http_rejected_total", "counter", "Requests refused, by the reason."),
    (F::HttpConnections, "http_connections", "gauge", "Open connections."),
    (F::SseClients, "sse_clients", "gauge", "Open pages that listen for changes."),
    (F::SseDropped, "sse_dropped_total", "counter", "Open pages let go that took nothing."),
    (F::WatchEvents, "watch_events_total", "counter", "Notices that watched files changed."),
    (F::WatchOverflows, "watch_overflows_total", "counter", "Times that notices were lost."),
    (F::Reloads, "reloads_total", "counter", "Loads of the catalog that showed something new."),
    (F::ReloadDuration, "reload_duration_seconds", "summary", "Time of these loads."),
    (
        F::RefreshRuns,
        "refreshes_total",
        "counter",
        "Refreshes, by who began them and their result.",
    ),
    (F::RefreshDuration, "refresh_duration_seconds", "summary", "Time of whole refreshes."),
    (F::SyncRuns, "sync_runs_total", "counter", "Syncs of a source, by their result."),
    (F::SyncDuration, "sync_duration_seconds", "summary", "Time of these syncs."),
    (
        F::SourceLastSuccess,
        "source_last_success_timestamp_seconds",
        "gauge",
        "When a source was last read without failing.",
    ),
    (F::Artifacts, "artifacts", "gauge", "Artifacts of the catalog that is shown."),
    (F::CacheHits, "cache_hits_total", "counter", "Artifacts taken from the cache."),
    (F::CacheMisses, "cache_misses_total", "counter", "Artifacts read anew by a sync."),
    (F::CacheHitRatio, "cache_hit_ratio", "gauge", "Hits of both, since the start."),
    (F::CacheBytes, "cache_bytes", "gauge", "Bytes of the cache's database."),
    (F::WalBytes, "wal_bytes", "gauge", "Bytes of the log beside it."),
];

/// Names and values of labels.
type Labels<'a> = &'a [(&'static str, &'a str)];

/// Numbers under their labels; those of a summary are its sum and its count.
#[derive(Clone, Default)]
pub struct Numbers(BTreeMap<(Family, &'static str, String), f64>);

impl Numbers {
    pub fn set(&mut self, family: Family, labels: Labels, value: f64) {
        self.0.insert((family, "", written(labels)), value);
    }

    pub fn add(&mut self, family: Family, labels: Labels, by: f64) {
        *self.0.entry((family, "", written(labels))).or_default() += by;
    }

    /// One that has no labels.
    pub fn of(&self, family: Family) -> f64 {
        self.0.get(&(family, "", String::new())).copied().unwrap_or_default()
    }

    fn took(&mut self, family: Family, labels: Labels, time: Duration) {
        let labels = written(labels);
        *self.0.entry((family, "_sum", labels.clone())).or_default() += time.as_secs_f64();
        *self.0.entry((family, "_count", labels)).or_default() += 1.0;
    }

    /// In the text format of Prometheus; what has no number yet is left out.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (family, name, kind, help) in FAMILIES {
            let mut lines = self.0.iter().filter(|((of, ..), _)| *of == family).peekable();
            if lines.peek().is_none() {
                continue;
            }
            let _ = writeln!(text, "# HELP skillmeat_{name} {help}");
            let _ = writeln!(text, "# TYPE skillmeat_{name} {kind}");
            for ((_, ending, labels), value) in lines {
                let _ = writeln!(text, "skillmeat_{name}{ending}{labels} {value}");
            }
        }
        text
    }
}

/// `{source="a",result="b"}`
fn written(labels: Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let one = |(name, value): &(&str, &str)| {
        let value = value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
        format!("{name}=\"{value}\"")
    };
    format!("{{{}}}", labels.iter().map(one).collect::<Vec<_>>().join(","))
}

/// Counts what happens.
#[derive(Default)]
pub struct Metrics {
    counted: Mutex<Numbers>,
}

impl Metrics {
    /// Told everything that the sink is told.
    pub fn see(&self, report: &Report) {
        let mut counted = lock(&self.counted);
        match report {
            Report::Loaded { elapsed, .. } => {
                counted.add(F::Reloads, &[("result", "shown")], 1.0);
                counted.took(F::ReloadDuration, &[], *elapsed);
            }
            Report::Failed(_) => counted.add(F::Reloads, &[("result", "failed")], 1.0),
            Report::Noticed => counted.add(F::WatchEvents, &[], 1.0),
            Report::Overflowed => counted.add(F::WatchOverflows, &[], 1.0),
            Report::Dropped => counted.add(F::SseDropped, &[], 1.0),
            Report::Refreshed { state, elapsed } => {
                let trigger = ("trigger", state.trigger.word());
                let result = state.outcome.map_or("running", Outcome::word);
                counted.add(F::RefreshRuns, &[trigger, ("result", result)], 1.0);
                counted.took(F::RefreshDuration, &[trigger], *elapsed);
            }
            Report::Synced(one) => {
                let source = ("source", one.name.as_str());
                let result = if one.is_stopped() { "stopped" } else { one.outcome.word() };
                counted.add(F::SyncRuns, &[source, ("result", result)], 1.0);
                counted.add(F::CacheMisses, &[], one.written as f64);
                let ms = u64::try_from(one.elapsed_ms).unwrap_or(u64::MAX);
                counted.took(F::SyncDuration, &[source], Duration::from_millis(ms));
            }
            Report::Answered { route, status, .. } => {
                let code = status.to_string();
                counted.add(F::HttpRequests, &[("route", route), ("code", &code)], 1.0);
            }
            Report::Refused { reason, .. } => {
                counted.add(F::HttpRejected, &[("reason", reason)], 1.0);
            }
            Report::Trouble(_) | Report::Deaf(_) => {}
        }
    }

    pub fn numbers(&self) -> Numbers {
        lock(&self.counted).clone()
    }
}
