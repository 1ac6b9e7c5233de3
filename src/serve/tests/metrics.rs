//! How a server says how it is: probes, numbers, and what nobody can reach.

use std::collections::BTreeMap;

use super::guard::token_of;
use super::*;
use crate::serve::metrics::{Family, Numbers};
use crate::serve::refresh::Wanted;
use crate::sync::Outcome;

/// A server whose reports are counted.
fn counted(title: &str) -> Live {
    let metrics = Some(Arc::new(Metrics::default()));
    let options = Options { port: Some(0), watch: true, metrics, ..Options::default() };
    live_with(title, options)
}

/// The text read as strictly as its format is written down: kinds before numbers, each name in one
/// block, each line of numbers once.
fn read(text: &str) -> BTreeMap<String, f64> {
    let mut numbers = BTreeMap::new();
    let (mut help, mut kind) = (BTreeMap::new(), BTreeMap::new());
    let mut current = String::new();
    assert!(text.ends_with('\n'), "the last line ends, too");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').unwrap();
            assert!(help.insert(name.to_owned(), words).is_none(), "{line}");
            current = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, word) = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "summary"].contains(&word), "{line}");
            assert_eq!(name, current, "{line}");
            assert!(kind.insert(name.to_owned(), word.to_owned()).is_none(), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            let of = match kind[&current].as_str() {
                "summary" => {
                    name.strip_suffix("_sum").or_else(|| name.strip_suffix("_count")).unwrap()
                }
                "counter" => {
                    assert!(name.ends_with("_total"), "{line}");
                    name
                }
                _ => name,
            };
            assert_eq!(of, current, "{line}");
            let legal = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(name.starts_with("skillmeat_") && name.chars().all(legal), "{line}");
            let value: f64 = value.parse().unwrap();
            assert!(value.is_finite() && value >= 0.0, "{line}");
            assert!(numbers.insert(series.to_owned(), value).is_none(), "twice: {line}");
        }
    }
    numbers
}

#[test]
fn numbers_are_counted_and_tell_nothing_of_what_was_asked_for() {
    let live = counted("Team");
    let host = live.address().to_string();
    for target in ["/docs/guide/", "/a%20secret/place?token=abc", "/api/v1/status", "/healthz"] {
        live.get(target);
    }
    live.ask("GET", "/", "evil.test", "");
    live.ask("POST", "/api/v1/collections", &host, "Content-Type: application/json\r\n");
    live.ask("OPTIONS", "/", &host, "");
    let _open = live.listen("/api/v1/events");
    live.write("Two");
    eventually("it is loaded again", || live.status()["revision"] == 2);
    let got = live.get("/metrics");
    assert_eq!(got.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = got.text();
    let numbers = read(&text);
    let at = |series: &str| numbers.get(&format!("skillmeat_{series}")).copied();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(at(&format!("build_info{{version=\"{version}\"}}")), Some(1.0));
    let requests = |route: &str, code: u16| {
        at(&format!("http_requests_total{{route=\"{route}\",code=\"{code}\"}}"))
    };
    assert_eq!((requests("page", 200), requests("unknown", 404)), (Some(1.0), Some(1.0)));
    assert_eq!((requests("events", 200), requests("collections", 401)), (Some(1.0), Some(1.0)));
    for reason in ["host", "token", "method"] {
        let rejected = at(&format!("http_rejected_total{{reason=\"{reason}\"}}"));
        assert_eq!(rejected, Some(1.0), "{reason}");
    }
    assert_eq!((at("sse_clients"), at("sse_dropped_total")), (Some(1.0), None));
    assert!(at("http_connections") >= Some(2.0), "{text}");
    assert!(at("watch_events_total") >= Some(1.0), "{text}");
    assert_eq!(at("reloads_total{result=\"shown\"}"), Some(2.0));
    assert_eq!(at("reload_duration_seconds_count"), Some(2.0));
    assert_eq!(at("artifacts"), Some(1.0));
    for secret in ["/", "secret", "abc", "guide", "evil", &token_of(&live)] {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.filter(|line| line.contains(secret)).count(), 0, "{secret}: {text}");
    }
}

#[test]
fn a_sync_is_counted_by_its_result_and_any_name_stays_one_line() {
    let metrics = Metrics::default();
    let name = "odd\"name\\ of\na source";
    let report = SourceReport {
        name: name.to_owned(),
        outcome: Outcome::Updated,
        found: 5,
        parsed: 5,
        written: 3,
        added: 3,
        changed: 0,
        removed: 0,
        problems: 0,
        error: None,
        elapsed_ms: 1_500,
    };
    metrics.see(&Report::Synced(report.clone()));
    metrics.see(&Report::Synced(SourceReport { outcome: Outcome::Failed, ..report }));
    let mut numbers = metrics.numbers();
    numbers.set(Family::CacheHits, &[], 7.0);
    assert_eq!((numbers.of(Family::CacheMisses), numbers.of(Family::WalBytes)), (6.0, 0.0));
    let numbers = read(&numbers.text());
    let at = |series: &str| numbers.get(&format!("skillmeat_{series}")).copied();
    let source = r#"source="odd\"name\\ of\na source""#;
    assert_eq!(at(&format!("sync_runs_total{{{source},result=\"updated\"}}")), Some(1.0));
    assert_eq!(at(&format!("sync_runs_total{{{source},result=\"failed\"}}")), Some(1.0));
    assert_eq!(at(&format!("sync_duration_seconds_sum{{{source}}}")), Some(3.0));
    assert_eq!(at(&format!("sync_duration_seconds_count{{{source}}}")), Some(2.0));
    assert_eq!((at("cache_misses_total"), at("cache_hits_total")), (Some(6.0), Some(7.0)));
    assert_eq!(Numbers::default().text(), "");
}

#[test]
fn a_refresh_is_counted_by_who_began_it_and_what_came_of_it() {
    let metrics = Some(Arc::new(Metrics::default()));
    let options = Options { port: Some(0), metrics, ..Options::default() };
    let live = live_and_fresh("Team", options, |_, _| Outcome::Failed);
    for id in 1..=2 {
        live.running.refresher.press(Wanted::default()).unwrap();
        eventually("it ends", || {
            let state = live.running.refresher.to_json();
            (&state["id"], &state["state"]) == (&id.into(), &"idle".into())
        });
    }
    live.running.refresher.cancel();
    let count = || {
        let numbers = read(&live.get("/metrics").text());
        let at = |series: &str| numbers.get(&format!("skillmeat_{series}")).copied();
        let failed = at("refreshes_total{trigger=\"manual\",result=\"failed\"}");
        (failed, at("refresh_duration_seconds_count{trigger=\"manual\"}"))
    };
    // It is counted after it is told.
    eventually("both are counted", || count() == (Some(2.0), Some(2.0)));
}

#[test]
fn a_page_that_listens_and_takes_nothing_is_let_go_and_counted_and_one_that_leaves_is_not() {
    let live = counted("Team");
    let dropped = || {
        let told = |report: &&Report| matches!(report, Report::Dropped);
        lock(&live.reports).iter().filter(told).count()
    };
    drop(live.listen("/api/v1/events"));
    let _reads_not = live.listen("/api/v1/events");
    // More than the system keeps for it: it stalls, and gives way once places are short.
    let hub = &live.running.board.hub;
    let mut open = Vec::new();
    let mut problems = 0;
    eventually("it is let go", || {
        problems += 1;
        hub.publish(1, format!("[\"{problems}{}\"]", "x".repeat(4 << 20)));
        open.push(live.connect());
        // Of those there was no place for, the system's own are few, too.
        (open.len() > 200).then(|| open.remove(0));
        dropped() > 0
    });
    assert_eq!(dropped(), 1);
    drop(open);
    let text = live.get("/metrics").text();
    assert_eq!(read(&text).get("skillmeat_sse_dropped_total"), Some(&1.0), "{text}");
}

#[test]
fn numbers_are_shown_only_where_they_were_asked_for() {
    assert_eq!(live("Team").get("/metrics").status, 404);
}

#[test]
fn it_is_ready_once_there_is_something_to_show() {
    let live = live("broken");
    let got = live.get("/readyz");
    assert_eq!((got.status, got.text().as_str()), (503, "no catalog could be loaded yet\n"));
    live.write("Mended");
    eventually("it is ready", || live.get("/readyz").status == 200);
    // The last good catalog is still shown.
    live.write("broken");
    eventually("it is broken again", || live.status()["failed"] == true);
    assert_eq!((live.get("/readyz").text(), live.get("/healthz").status), ("ready\n".into(), 200));
}

#[test]
fn a_server_whose_port_is_dead_ends_by_itself_and_says_so() {
    let live = live("Team");
    // As when the thread that accepts is gone: nobody asked it to end.
    live.running.gate.close();
    let heard = Arc::clone(&live.reports);
    let sink: Sink = Arc::new(move |report| lock(&heard).push(report));
    live.running.be_watched(Duration::from_millis(1), sink).unwrap();
    assert_eq!(live.running.wait(), Ended::Deaf);
    let reports = lock(&live.reports);
    let told = |report: &Report| matches!(report, Report::Deaf(problem) if problem.code == "SM710");
    assert_eq!(reports.iter().filter(|report| told(report)).count(), 1);
    drop(reports);
    // One that was stopped was not deaf.
    let live = self::live("Team");
    live.running.stop();
    assert_eq!(live.running.wait(), Ended::Asked);
}

#[test]
fn a_server_that_nobody_can_reach_is_noticed() {
    let a_moment = Duration::from_millis(1);
    let pulse = Pulse::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(pulse.probe(closed, a_moment), "nobody listens there any more");
    let live = live("Team");
    let pulse = Arc::new(Pulse::new());
    let (of_thread, address) = (Arc::clone(&pulse), live.address());
    let probing = thread::spawn(move || of_thread.probe(address, a_moment));
    let heads = || {
        let answered =
            |report: &&Report| matches!(report, Report::Answered { route: "healthz", .. });
        lock(&live.reports).iter().filter(answered).count()
    };
    eventually("it is probed again and again", || heads() > 5);
    pulse.end();
    assert!(!probing.join().unwrap(), "it was reached, and the probing was ended");
}
