//! What is shown, when, and what open pages are told.

use super::*;

#[test]
fn an_open_page_is_told_of_a_change_within_a_second() {
    let live = live("One");
    let mut page = live.listen("/api/v1/events");
    page.until("event: problems\ndata: []\n\n");
    page.until("id: 1\nevent: revision\ndata: {\"revision\":1}\n\n");
    let begun = Instant::now();
    live.write("Two");
    page.until("event: revision\ndata: {\"revision\":2}\n\n");
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    assert_eq!(live.status()["revision"], 2);
    // A page that was made before the change is told at once.
    live.listen("/api/v1/events?since=1").until("{\"revision\":2}\n\n");
}

#[test]
fn a_touched_file_with_the_same_content_is_no_change() {
    let live = live("One");
    live.write("One");
    live.write("Two");
    eventually("the second title is shown", || live.status()["revision"] == 2);
}

#[test]
fn a_catalog_that_breaks_stays_shown_and_the_page_says_why_until_it_is_mended() {
    let live = live("One");
    let mut page = live.listen("/api/v1/events");
    page.until("data: []\n\n");
    for word in ["broken", "panic"] {
        let code = if word == "broken" { "SM101" } else { "SM707" };
        live.write(word);
        page.until(&format!("event: problems\ndata: [{{\"code\":\"{code}\""));
        assert_eq!(live.status()["problems"][0]["code"], code);
        assert_eq!((live.status()["revision"].as_u64(), live.get("/").status), (Some(1), 200));
    }
    live.write("One");
    page.until("event: problems\ndata: []\n\n");
    // It is what it was, so nothing is reloaded.
    let status = live.status();
    assert_eq!((&status["problems"], &status["revision"]), (&serde_json::json!([]), &1.into()));
    let word = |report: &Report| match report {
        Report::Loaded { .. } => "loaded",
        Report::Failed(_) => "failed",
        Report::Trouble(_) => "trouble",
        Report::Refreshed { .. } => "refreshed",
        _ => "",
    };
    eventually("every step is reported, once", || {
        let reports = lock(&live.reports);
        let words: Vec<&str> = reports.iter().map(word).filter(|word| !word.is_empty()).collect();
        words == ["loaded", "failed", "failed", "loaded"]
    });
}

#[test]
fn a_catalog_that_is_broken_from_the_start_is_a_page_that_says_so() {
    let live = live("broken");
    for target in ["/", "/docs/guide/", "/nothing"] {
        let got = live.get(target);
        assert_eq!((got.status, got.header("Refresh")), (503, Some("2")));
        assert!(got.text().contains("error[SM101]: `&lt;b&gt;` is not a title"), "{}", got.text());
    }
    let program = live.get("/api/v1/index.json");
    assert_eq!(program.header("Content-Type"), Some("application/problem+json"));
    assert_eq!((program.status, live.get("/healthz").status), (503, 200));
    assert_eq!(live.status()["failed"], true);
    live.write("Mended");
    eventually("the catalog is shown", || live.status()["failed"] == false);
}

#[test]
fn folders_that_appear_vanish_or_are_replaced_are_followed() {
    let far = tempfile::tempdir().unwrap();
    let (folder, aside) = (far.path().join("later/source"), far.path().join("aside"));
    let live = live(&format!("One\n{}", folder.display()));
    let shows = |note: &str| {
        eventually(note, || live.get("/").text().contains(&format!("<h1>One{note}</h1>")));
    };
    let write = |note: &str| {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("note.txt"), note).unwrap();
    };
    shows("");
    for note in ["first", "second"] {
        write(note);
        shows(note);
    }
    std::fs::rename(&folder, &aside).unwrap();
    shows("");
    for note in ["third", "fourth"] {
        write(note);
        shows(note);
    }
    std::fs::remove_dir_all(far.path().join("later")).unwrap();
    shows("");
    std::fs::rename(&aside, &folder).unwrap_err();
    std::fs::create_dir(far.path().join("later")).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    shows("second");
    write("fifth");
    shows("fifth");
}

#[test]
fn where_the_system_sends_no_notices_files_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("skillmeat.yaml");
    std::fs::write(&file, "a").unwrap();
    let (events, inbox) = channel();
    let mut watch = Watch::new(events, &[]);
    assert_eq!(watch.set(std::slice::from_ref(&file)), (true, None));
    assert_eq!(watch.poll().unwrap().code, "SM704");
    assert_eq!(watch.poll(), None);
    assert!(matches!(inbox.recv_timeout(PATIENCE), Ok(Event::Changed)));
}

#[test]
fn only_so_many_pages_listen_and_the_rest_is_told() {
    let live = live("One");
    let open: Vec<Listener> =
        (0..events::STREAMS_MAX).map(|_| live.listen("/api/v1/events")).collect();
    let refused = live.get("/api/v1/events");
    assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("30")));
    drop(open);
    eventually("the places are free again", || {
        let mut stream = live.connect();
        let address = live.address();
        write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        &status == b"HTTP/1.1 200"
    });
}

#[test]
fn stopping_ends_everything_within_a_second() {
    let live = live("One");
    let mut page = live.listen("/api/v1/events");
    let _half_open = live.connect();
    let begun = Instant::now();
    live.running.stop();
    live.running.wait();
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    let mut rest = Vec::new();
    let _ = page.stream.read_to_end(&mut rest);
    assert!(TcpStream::connect(live.address()).is_err());
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error_that_names_it() {
    let live = live("One");
    let port = live.address().port();
    let error = bind(Some(port)).unwrap_err();
    assert_eq!(error.problems[0].code, "SM701");
    assert_eq!(error.problems[0].message, format!("port {port} is taken"));
    let (first, second) = (bind(None).unwrap(), bind(None).unwrap());
    let ports = [&first, &second].map(|listener| listener.local_addr().unwrap().port());
    assert!(ports[0] >= PORT && ports[0] < ports[1] && ports[1] <= PORT + PORTS_MORE);
}
