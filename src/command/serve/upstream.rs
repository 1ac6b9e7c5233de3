//! What a server that runs asks its sources with: names to sync, and its report.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::at_this_time;
use super::keeper::Slot;
use crate::cache::Cache;
use crate::catalog::{files, folder};
use crate::env::{Env, Stop};
use crate::error::Result;
use crate::serve::{self, Sink};
use crate::sync::{self, Event, Report};

pub(super) struct Upstream {
    env: Env,
    slot: Arc<Slot>,
    sink: Sink,
    asking: Arc<AtomicBool>,
}

impl Upstream {
    pub(super) fn new(env: Env, slot: Arc<Slot>, sink: Sink) -> Self {
        Self { env, slot, sink, asking: Arc::default() }
    }

    /// Whether sources are being asked.
    pub(super) fn asking(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.asking)
    }
}

/// Says that sources are being asked, for as long as it lives.
struct Asking<'a>(&'a AtomicBool);

impl<'a> Asking<'a> {
    fn begin(asking: &'a AtomicBool) -> Self {
        asking.store(true, Ordering::Relaxed);
        Self(asking)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl serve::Upstream for Upstream {
    fn names(&self) -> Result<Vec<String>> {
        let sources = files::config(&self.env)?.sources.into_iter();
        let elsewhere = sources.filter(|source| !folder::is_inside(&self.env, source));
        Ok(elsewhere.map(|source| source.name).collect())
    }

    fn ask(
        &self,
        names: Vec<String>,
        force: bool,
        stop: Stop,
        on_event: &(dyn Fn(Event) + Sync),
    ) -> Result<Report> {
        let env = Env { stop, ..at_this_time(&self.env)? };
        let options = sync::Options { only: names, force, ..sync::Options::default() };
        let _asking = Asking::begin(&self.asking);
        self.slot.with(&env, |cache| sync_with(&env, cache, &options, &self.sink, on_event))
    }
}

/// Syncs sources and says what came of each.
pub(super) fn sync_these(
    env: &Env,
    cache: &Arc<Cache>,
    names: Vec<String>,
    sink: &Sink,
) -> Result<Report> {
    let options = sync::Options { only: names, ..sync::Options::default() };
    sync_with(env, cache, &options, sink, &|_| ())
}

fn sync_with(
    env: &Env,
    cache: &Arc<Cache>,
    options: &sync::Options,
    sink: &Sink,
    on_event: &(dyn Fn(Event) + Sync),
) -> Result<Report> {
    sync::run(env, cache, options, &|event| {
        on_event(event);
        if let Event::Finished { report, .. } = event {
            sink(serve::Report::Synced(report.clone()));
        }
    })
}
