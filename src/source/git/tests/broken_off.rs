//! Connections that break, and runs that are to end while Git waits.

use super::*;

/// Puts something else in the place of ssh, which counts its runs in `tries`.
fn ssh(lab: &mut Lab, script: &str) -> PathBuf {
    let tries = lab.dir.path().join("tries");
    let text = format!("echo >> {}\n{script}\n", tries.display());
    fs::write(lab.dir.path().join("ssh"), text).unwrap();
    tries
}

fn count(tries: &PathBuf) -> usize {
    fs::read_to_string(tries).unwrap().lines().count()
}

#[test]
fn a_connection_that_breaks_is_tried_again_and_a_refusal_is_not() {
    let mut lab = Lab::new();
    lab.write("a.md", "a");
    let commit = lab.commit("2020-01-01");
    let far = lab.far_url();
    let breaks = "echo 'Connection reset by peer' >&2; exit 255";
    let tries = lab.dir.path().join("tries");
    let works = "for last; do :; done; exec sh -c \"$last\"";
    let twice = format!("[ $(wc -l < {}) -gt 2 ] || {{ {breaks}; }}\n{works}", tries.display());
    ssh(&mut lab, &twice);
    assert_eq!(lab.fetch(&far, None, Wanted::Newest).unwrap().commit, commit);

    fs::remove_file(&tries).unwrap();
    ssh(&mut lab, breaks);
    let error = lab.fetch(&far, None, Wanted::Newest).unwrap_err();
    assert_eq!((error.problems[0].code.as_str(), count(&tries)), ("SM417", 3));

    fs::remove_file(&tries).unwrap();
    ssh(&mut lab, "echo 'Permission denied (publickey).' >&2; exit 255");
    let error = lab.fetch(&far, None, Wanted::Newest).unwrap_err();
    assert_eq!((error.problems[0].code.as_str(), count(&tries)), ("SM420", 1));
}

#[test]
fn git_is_not_waited_for_once_the_run_is_to_end() {
    let mut lab = Lab::new();
    ssh(&mut lab, "exec sleep 600");
    let stop = lab.git.stop.clone();
    let asks = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        stop.ask(2);
    });
    let error = lab.fetch(&lab.far_url(), None, Wanted::Newest).unwrap_err();
    assert_eq!((error.problems[0].code.as_str(), error.exit), ("SM491", Exit::Interrupted));
    asks.join().unwrap();
}
