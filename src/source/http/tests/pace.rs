//! When a request is tried again, and how long that waits.

use std::thread;
use std::time::Duration;

use super::super::retry::Clock;
use super::Bench;
use crate::error::Exit;
use crate::source::fault::{raw, reply, then_nothing};

#[test]
fn what_may_pass_is_tried_again_and_the_waits_grow() {
    let bench = Bench::new();
    let down = || reply(503, &[], "");
    assert_eq!(bench.told([down(), raw(""), reply(429, &[], ""), reply(200, &[], "1")]), "1");
    assert_eq!(bench.server.asked().len(), 4);
    // Full jitter below 0.5 + 1 + 2 seconds.
    assert!(bench.clock.now() <= Duration::from_millis(3_500 + 3 * 50), "{:?}", bench.clock.now());
}

#[test]
fn a_server_is_waited_for_as_long_as_it_asks_within_a_budget() {
    let bench = Bench::new();
    let down = |wait: &str| reply(503, &[("Retry-After", wait)], "");
    let date = "Thu, 01 Jan 2026 00:00:12 GMT";
    assert_eq!(bench.told([down("7"), down(date), reply(200, &[], "1")]), "1");
    let waited = bench.clock.now();
    assert!(waited >= Duration::from_secs(12) && waited < Duration::from_secs(13), "{waited:?}");

    // Ten years are an hour: the sync ends at once, and the next one within that hour asks nothing.
    for far in ["315360000", "Thu, 01 Jan 2036 00:00:00 GMT", "3600"] {
        let mut bench = Bench::new();
        let asks = "SM444 `H/x` asks to wait 60 minutes; the next sync after that tries again";
        assert_eq!(bench.told([down(far)]), asks, "{far}");
        assert_eq!(bench.server.asked().len(), 1);
        bench.env.now = "2026-01-01T00:59:00Z".parse().unwrap();
        let still = "SM444 `H` asks to wait 60 seconds; the next sync after that tries again";
        assert_eq!(bench.told_of("/x"), still);
        assert_eq!(bench.server.asked().len(), 0);
        bench.env.now = "2026-01-01T01:00:00Z".parse().unwrap();
        assert_eq!(bench.told([reply(200, &[], "1")]), "1");
    }
    // A clock that went back by years does not lock the source out.
    let mut bench = Bench::new();
    bench.told([down("900")]);
    bench.env.now = "2016-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(bench.told([reply(200, &[], "1")]), "1");
    // What cannot be meant is no wait.
    for odd in ["-7", "soon", "", "1e3"] {
        assert_eq!(Bench::new().told([down(odd), reply(200, &[], "1")]), "1", "{odd}");
    }
}

#[test]
fn a_stop_ends_a_wait_and_a_silent_request() {
    let bench = Bench::new();
    bench.server.on("/x", [then_nothing(b"")]);
    let client = bench.client().unwrap();
    let stop = bench.env.stop.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        stop.ask(2);
    });
    let error = client.get(&bench.url("/x")).unwrap_err();
    assert_eq!((error.exit, error.problems[0].code.as_str()), (Exit::Interrupted, "SM491"));
    assert_eq!(client.get(&bench.url("/x")).unwrap_err().exit, Exit::Interrupted);
}
