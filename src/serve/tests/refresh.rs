//! When sources are asked, what pages show meanwhile, and what they are told of it.

use std::sync::mpsc::Receiver;

use jiff::Timestamp;

use super::*;
use crate::serve::refresh::Wanted;
use crate::sync::Outcome;

fn any_port() -> Options {
    Options { port: Some(0), ..Options::default() }
}

/// A source that answers when it is told to, or ends when it is asked to.
fn slow(go: Receiver<Outcome>) -> impl Fn(&Path, &Stop) -> Outcome + Send + Sync {
    let go = Mutex::new(go);
    move |file, stop| {
        loop {
            if let Ok(outcome) = lock(&go).recv_timeout(Duration::from_millis(1)) {
                if outcome == Outcome::Updated {
                    std::fs::write(file, "Two").unwrap();
                }
                return outcome;
            }
            if stop.is_asked() {
                return Outcome::Unchanged;
            }
        }
    }
}

impl Live {
    fn press(&self) -> u64 {
        self.running.refresher.press(Wanted::default()).unwrap()["id"].as_u64().unwrap()
    }

    fn refresh(&self) -> serde_json::Value {
        serde_json::from_slice(&self.get("/api/v1/refresh").body).unwrap()
    }

    fn ends(&self, id: u64, outcome: &str, message: &str) {
        eventually(message, || {
            let state = self.refresh();
            (&state["id"], &state["outcome"], &state["message"])
                == (&id.into(), &outcome.into(), &message.into())
        });
    }

    /// Every so often, from now on.
    fn every(&self, interval: Duration) {
        *lock(&self.interval) = Some(interval);
        let _ = self.running.events.send(Event::Changed);
    }
}

#[test]
fn pages_are_served_while_sources_are_asked_and_show_then_what_is_new() {
    let (go, gate) = channel();
    let live = live_and_fresh("One", any_port(), slow(gate));
    let mut page = live.listen("/api/v1/events");
    page.until("{\"revision\":1}\n\n");
    assert_eq!(live.press(), 1);
    page.until("event: sync\ndata: {\"schema\":1,\"id\":1,\"state\":\"running\",");
    assert_eq!(live.status()["refreshing"], true);
    assert!(live.get("/").text().contains("<h1>One</h1>"));
    go.send(Outcome::Updated).unwrap();
    page.until("event: revision\ndata: {\"revision\":2}\n\n");
    // The end is told once what it brought can be seen.
    page.until("\"state\":\"idle\"");
    page.until(
        "\"outcome\":\"updated\",\"message\":\"1 new\",\"next\":null,\"unreachable\":false}\n\n",
    );
    assert!(live.get("/").text().contains("<h1>Two</h1>"));
    let told = |report: &Report| matches!(report, Report::Refreshed { .. });
    eventually("it is reported", || lock(&live.reports).iter().any(told));
}

#[test]
fn pressing_twice_is_one_refresh_and_pressing_during_a_background_one_replaces_it() {
    let (go, gate) = channel();
    let live = live_and_fresh("One", any_port(), slow(gate));
    live.every(Duration::from_millis(1));
    eventually("it begins by itself", || live.refresh()["trigger"] == "background");
    let id = live.press();
    assert_eq!(id, 2);
    assert_eq!((live.press(), live.refresh()["trigger"].as_str()), (2, Some("manual")));
    live.every(Duration::from_secs(1000));
    eventually("it is asked", || live.refresh()["sources"][0]["outcome"] == "running");
    assert_eq!(live.press(), 2);
    go.send(Outcome::Unchanged).unwrap();
    live.ends(2, "unchanged", "nothing new");
    let log = live.running.refresher.log();
    let log: Vec<_> = log.iter().map(|state| (state.id, state.message())).collect();
    assert_eq!(log, [(2, "nothing new".to_owned()), (1, "cancelled".to_owned())]);
    assert_eq!(live.press(), 3);
}

#[test]
fn a_refresh_can_be_cancelled_and_begun_again() {
    let (go, gate) = channel();
    let live = live_and_fresh("One", any_port(), slow(gate));
    let refresher = &live.running.refresher;
    refresher.cancel();
    assert_eq!(live.refresh()["id"], 0);
    live.press();
    refresher.cancel();
    live.ends(1, "cancelled", "cancelled");
    live.press();
    eventually("it is asked", || live.refresh()["sources"][0]["outcome"] == "running");
    refresher.cancel();
    live.ends(2, "cancelled", "cancelled");
    assert_eq!(live.refresh()["sources"].as_array().map(Vec::len), Some(1));
    live.press();
    go.send(Outcome::Unchanged).unwrap();
    live.ends(3, "unchanged", "nothing new");
}

#[test]
fn a_failure_is_told_until_the_source_can_be_asked_again() {
    let (go, gate) = channel();
    let live = live_and_fresh("One", any_port(), slow(gate));
    live.every(Duration::from_secs(100));
    go.send(Outcome::Failed).unwrap();
    live.press();
    live.ends(1, "failed", "1 source failed: far: cannot be reached");
    let status = live.status();
    assert_eq!(
        (&status["problems"][0]["code"], &status["failed"]),
        (&"SM441".into(), &false.into())
    );
    // The next try of the machine is put off; a person need not wait.
    let until = |state: &serde_json::Value| {
        let at: Timestamp = state["next"].as_str().unwrap().parse().unwrap();
        at.duration_since(Timestamp::now()).as_secs()
    };
    assert!(until(&live.refresh()) > 140);
    go.send(Outcome::Unchanged).unwrap();
    live.press();
    live.ends(2, "unchanged", "nothing new");
    assert_eq!(live.status()["problems"], serde_json::json!([]));
    assert!(until(&live.refresh()) <= 100);
}

#[test]
fn a_refresh_that_falls_over_leaves_the_server_running() {
    let live = live_and_fresh("One", any_port(), |_, _| panic!("as asked"));
    live.press();
    eventually("it is told", || live.status()["problems"][0]["code"] == "SM708");
    assert_eq!((live.get("/").status, &live.status()["refreshing"]), (200, &false.into()));
    live.press();
    live.ends(2, "failed", "the refresh failed inside skillmeat");
}

#[test]
fn offline_nothing_is_asked_and_an_unknown_source_is_named() {
    let options = Options { offline: true, ..any_port() };
    let live = live_and_fresh("One", options, |_, _| panic!("it is asked"));
    live.every(Duration::from_millis(1));
    let code = |sources: Vec<String>| {
        live.running.refresher.press(Wanted { force: false, sources }).unwrap_err().code
    };
    assert_eq!(code(Vec::new()), "SM740");
    let status = live.status();
    assert_eq!((&status["offline"], &status["interval"]), (&true.into(), &serde_json::Value::Null));
    let live = live_and_fresh("One", any_port(), |_, _| Outcome::Unchanged);
    let wanted = Wanted { force: false, sources: vec!["near".to_owned()] };
    assert_eq!(live.running.refresher.press(wanted).unwrap_err().code, "SM741");
}

#[test]
fn a_server_that_is_stopped_ends_the_refresh_that_runs() {
    let (_go, gate) = channel();
    let live = live_and_fresh("One", any_port(), slow(gate));
    live.press();
    eventually("it is asked", || live.refresh()["sources"][0]["outcome"] == "running");
    live.running.stop();
    live.running.wait();
    let stopped = lock(&live.running.end.stopped);
    assert!(stopped.owner && stopped.refresher);
}
