//! `/settings/`: how the server, its cache and its refreshes are right now, in words for a page.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Server;
use super::answer::Answer;
use super::care::Setting;
use super::http::Asked;
use super::progress::{Outcome, State};
use crate::cache::{self, Info};
use crate::model::age;
use crate::site::page::settings::{Fact, LogLine, Row, Settings};
use crate::words;

pub const ADDRESS: &str = "/settings/";

/// The page; `None` while there is no catalog to make it with.
pub fn read(server: &Server, asked: &Asked) -> Option<Answer> {
    let pages = server.board.view().pages.clone()?;
    let now = Timestamp::now();
    let mut settings = of_now(server, now);
    settings.confirms = asked.query() == Some("confirm=clear");
    Some(match pages.settings(&settings) {
        Ok(bytes) => {
            let html = String::from_utf8_lossy(&bytes);
            Answer::whole(200, "text/html; charset=utf-8", &html)
        }
        Err(error) => asked.wrong(500, "This page could not be made", &error.problems),
    })
}

fn of_now(server: &Server, now: Timestamp) -> Settings {
    let refresher = &server.refresher;
    let keeper = refresher.keeper();
    let given = keeper.settings();
    let (mut cache, cache_problem) = match keeper.cache() {
        Ok(info) => (cache_facts(info.as_ref(), hit_rate(server), now), None),
        Err(error) => (Vec::new(), error.problems.first().map(|one| words::visible(&one.message))),
    };
    cache.extend(refresher.cared().map(|(at, done)| {
        fact("Last done", format!("{}, {}", words::visible(&done), age::ago(at, now)))
    }));
    let mut machine = vec![
        fact("skillmeat", env!("CARGO_PKG_VERSION").to_owned()),
        fact("SQLite", cache::sqlite_version().to_owned()),
    ];
    machine.extend(
        given
            .paths
            .into_iter()
            .map(|(label, path)| Fact { is_code: true, ..fact(label, words::visible(&path)) }),
    );
    Settings {
        offline: refresher.is_offline(),
        running: refresher.is_running(),
        refresh: refresh_facts(server, now),
        cache,
        cache_problem,
        confirms: false,
        log: refresher.log().iter().filter_map(|state| log_line(state, now)).collect(),
        configuration: given.settings.into_iter().map(row).collect(),
        machine,
    }
}

fn fact(label: &'static str, value: String) -> Fact {
    Fact { label, value, at: None, is_code: false }
}

fn moment(label: &'static str, at: Timestamp, value: String) -> Fact {
    Fact { at: Some(at.to_string()), ..fact(label, value) }
}

fn refresh_facts(server: &Server, now: Timestamp) -> Vec<Fact> {
    let (view, refresher) = (server.board.view(), &server.refresher);
    let how_often = match refresher.interval() {
        Some(interval) => format!("every {}", span(interval)),
        None if refresher.is_offline() => "never: the server is offline".to_owned(),
        None => "only when you ask for it".to_owned(),
    };
    let mut facts = vec![fact("Asks the sources", how_often)];
    facts.extend(refresher.next_at().map(|at| {
        let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        moment("Next", at, format!("in {}", span(left)))
    }));
    let Some(pages) = &view.pages else { return facts };
    // Of those that were ever read, as the head of each page says it.
    let last = pages.sources_synced().map(|(_, at)| at).min();
    let never = || fact("Last", "not known".to_owned());
    facts.push(last.map_or_else(never, |at| moment("Last", at, age::ago(at, now))));
    let limits = pages.limits();
    let stale = format!("after {}", signed(limits.stale_after));
    let forced = format!("when older than {}", signed(limits.force_after));
    facts.extend([fact("Called stale", stale), fact("Asked at start", forced)]);
    facts
}

/// How much of what was asked for since the start was in the cache.
fn hit_rate(server: &Server) -> Option<Fact> {
    let hits = usize::try_from(server.cache.as_ref()?().n_served()).unwrap_or(usize::MAX);
    let misses = server.refresher.log().iter().map(|state| state.n_written()).sum();
    Some(fact("Hit rate", rate(hits, misses)))
}

fn rate(hits: usize, misses: usize) -> String {
    let all = hits.saturating_add(misses);
    if all == 0 {
        return "nothing asked for since the start".to_owned();
    }
    // Whole only when nothing was missed.
    let percent = hits as u128 * 100 / all as u128;
    let taken = words::count(hits, "artifact");
    format!("{percent} % since the start: {taken} taken from it, {misses} read anew")
}

fn cache_facts(info: Option<&Info>, rate: Option<Fact>, now: Timestamp) -> Vec<Fact> {
    let Some(info) = info else { return vec![fact("Size", "there is none yet".to_owned())] };
    let artifacts = info.sources.values().map(|source| source.artifacts).sum();
    let size = words::bytes(info.size + info.log);
    let free = format!("{size}, {} of it free", words::bytes(info.free));
    let of = words::count(info.sources.len(), "source");
    let mut facts = vec![
        fact("Size", free),
        fact("Holds", format!("{} of {of}", words::count(artifacts, "artifact"))),
        fact("Contents", format!("{}, {} unused", info.contents, info.orphans)),
    ];
    facts.extend(rate);
    let oldest = info.sources.values().filter_map(|source| source.synced_at).min();
    facts.extend(oldest.map(|at| moment("Oldest data", at, age::ago(at, now))));
    let cleaned = info.cleaned_at;
    let never = || fact("Cleaned up", "not yet".to_owned());
    facts.push(cleaned.map_or_else(never, |at| moment("Cleaned up", at, age::ago(at, now))));
    facts
}

fn log_line(state: &State, now: Timestamp) -> Option<LogLine> {
    let (started, ended) = (state.started?, state.ended?);
    let took = ended.duration_since(started).as_millis();
    Some(LogLine {
        at: ended.to_string(),
        ago: age::ago(ended, now),
        trigger: match state.trigger {
            super::progress::Trigger::Manual => "you",
            super::progress::Trigger::Background => "interval",
            super::progress::Trigger::Start => "start",
        },
        icon: match state.outcome? {
            Outcome::Updated | Outcome::Unchanged => "in-sync",
            Outcome::Partial | Outcome::Failed => "diverged",
            Outcome::Cancelled => "orphaned",
        },
        message: words::visible(&state.message()),
        took: if took < 1000 { format!("{took} ms") } else { format!("{} s", took / 1000) },
    })
}

fn row(setting: Setting) -> Row {
    Row {
        is_default: setting.origin.is_none(),
        key: words::visible(&setting.key),
        value: words::visible(&setting.value),
        origin: setting.origin.unwrap_or_else(|| "default".to_owned()),
    }
}

fn signed(span: SignedDuration) -> String {
    self::span(Duration::try_from(span).unwrap_or_default())
}

/// `10 minutes`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (n, word) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    words::count(usize::try_from(n).unwrap_or_default(), word)
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn a_rate_comes_with_its_counts_and_is_whole_only_when_nothing_was_missed() {
        assert_eq!(rate(0, 0), "nothing asked for since the start");
        assert_eq!(rate(3, 1), "75 % since the start: 3 artifacts taken from it, 1 read anew");
        assert_eq!(rate(1, 0), "100 % since the start: 1 artifact taken from it, 0 read anew");
        assert_eq!(
            rate(9_999, 1),
            "99 % since the start: 9999 artifacts taken from it, 1 read anew"
        );
    }
}
