//! The watched files and folders: notices of the system to "something changed".
//!
//! What changed is not told, loading finds out. Only folders are watched, since editors replace
//! files; a path that does not exist yet is awaited in the nearest folder that does. It knows
//! nothing of what the files mean, and never opens one.

use std::any::Any;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use notify::event::{EventKind, MetadataKind, ModifyKind};
use notify::{Config, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, FileIdCache, NoCache, RecommendedCache, new_debouncer_opt,
};

use super::Event;
use crate::disk;
use crate::error::Problem;

/// Notices within this time are one.
const DEBOUNCE: Duration = Duration::from_millis(75);
/// Between two looks at everything, where the system sends no notices.
const POLL_TIME: Duration = Duration::from_secs(2);

pub struct Watch {
    events: Sender<Event>,
    ignored: Vec<PathBuf>,
    /// The folders now watched, and how deep.
    plan: BTreeMap<PathBuf, RecursiveMode>,
    targets: Vec<PathBuf>,
    /// A watched folder was removed or renamed: the system forgets it even if it comes back.
    lost: Arc<AtomicBool>,
    polling: bool,
    /// Watches until it is dropped.
    running: Option<Box<dyn Any + Send>>,
}

impl Watch {
    pub fn new(events: Sender<Event>, ignored: &[PathBuf]) -> Self {
        Self {
            events,
            ignored: ignored.iter().map(|path| settled(path)).collect(),
            plan: BTreeMap::new(),
            targets: Vec::new(),
            lost: Arc::default(),
            polling: false,
            running: None,
        }
    }

    /// Watches these files and folders from now on. True when others were watched before, so that
    /// something may have changed unnoticed; with it a warning where watching falls short.
    pub fn set(&mut self, targets: &[PathBuf]) -> (bool, Option<Problem>) {
        let mut targets: Vec<PathBuf> = targets.iter().map(|path| settled(path)).collect();
        targets.sort_unstable();
        targets.dedup();
        let plan = plan(&targets);
        let lost = self.lost.swap(false, Ordering::SeqCst);
        if plan == self.plan && targets == self.targets && !lost && self.running.is_some() {
            return (false, None);
        }
        (self.plan, self.targets) = (plan, targets);
        let problem = self.start();
        (self.running.is_some(), problem)
    }

    /// Looks at everything from time to time instead, when notices fail.
    pub fn poll(&mut self) -> Option<Problem> {
        if self.polling {
            return None;
        }
        self.polling = true;
        self.start();
        Some(
            Problem::warning(
                "SM704",
                "the system's watch limit is reached, files are looked at every 2 seconds",
            )
            .help("raise the limit: `sudo sysctl fs.inotify.max_user_watches=524288`"),
        )
    }

    fn start(&mut self) -> Option<Problem> {
        let made = if self.polling {
            self.watching::<PollWatcher, _>(NoCache::new())
        } else {
            self.watching::<RecommendedWatcher, _>(RecommendedCache::new())
        };
        match made {
            // The old one goes when the new one watches, so no change falls between.
            Ok((running, problem)) => {
                self.running = Some(running);
                problem
            }
            Err(_) if !self.polling => self.poll(),
            Err(cause) => Some(unwatched("the catalog", &cause)),
        }
    }

    /// Watches the folders of the plan; an error when no folder can be watched this way.
    fn watching<T: Watcher + Send + 'static, C: FileIdCache + Send + 'static>(
        &self,
        cache: C,
    ) -> notify::Result<(Box<dyn Any + Send>, Option<Problem>)> {
        let config = Config::default().with_poll_interval(POLL_TIME).with_follow_symlinks(false);
        let filter = self.filter();
        let mut debouncer = new_debouncer_opt::<_, T, C>(DEBOUNCE, None, filter, cache, config)?;
        let mut problem = None;
        for (dir, mode) in &self.plan {
            match debouncer.watch(dir, *mode) {
                Ok(()) => {}
                Err(cause) if is_limit(&cause) => return Err(cause),
                Err(_) if !dir.is_dir() => {
                    // Gone since it was planned: the next look plans anew.
                    self.lost.store(true, Ordering::SeqCst);
                    let _ = self.events.send(Event::Changed);
                }
                Err(cause) => problem = Some(unwatched(&dir.display().to_string(), &cause)),
            }
        }
        Ok((Box::new(debouncer), problem))
    }

    fn filter(&self) -> impl FnMut(DebounceEventResult) + Send + 'static {
        let (events, lost) = (self.events.clone(), Arc::clone(&self.lost));
        let (targets, ignored) = (self.targets.clone(), self.ignored.clone());
        let dirs: Vec<PathBuf> = self.plan.keys().cloned().collect();
        move |result| match result {
            Ok(notices) => {
                let mut changed = false;
                for notice in notices.iter().filter(|notice| is_change(notice)) {
                    if notice.need_rescan() {
                        // Notices were lost, perhaps of new folders: all is watched anew.
                        lost.store(true, Ordering::SeqCst);
                        changed = true;
                    }
                    for path in &notice.paths {
                        changed |= matters(path, &targets, &ignored);
                        if !matches!(notice.kind, EventKind::Modify(ModifyKind::Data(_)))
                            && dirs.iter().any(|dir| dir.starts_with(path))
                        {
                            lost.store(true, Ordering::SeqCst);
                            changed = true;
                        }
                    }
                }
                if changed {
                    let _ = events.send(Event::Changed);
                }
            }
            Err(causes) if causes.iter().any(is_limit) => {
                let _ = events.send(Event::WatchFailed);
            }
            // A file that could not be looked at: what it means for the catalog, loading finds out.
            Err(_) => {}
        }
    }
}

/// The system has no more watches to give.
fn is_limit(cause: &notify::Error) -> bool {
    match &cause.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        notify::ErrorKind::Io(cause) => cause.kind() == ErrorKind::StorageFull,
        _ => false,
    }
}

fn unwatched(what: &str, cause: &notify::Error) -> Problem {
    Problem::warning("SM705", format!("cannot watch `{what}`: {cause}"))
        .help("restart `skillmeat serve` after changing something there")
}

/// A path as notices name it: links in the part that exists are resolved.
fn settled(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let (Some(real), Ok(rest)) = (disk::real_path(above), path.strip_prefix(above)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path.to_owned()
}

/// The folders to watch for these targets: a folder with all below it, for anything else the
/// nearest folder above it.
fn plan(targets: &[PathBuf]) -> BTreeMap<PathBuf, RecursiveMode> {
    let mut plan: BTreeMap<PathBuf, RecursiveMode> = BTreeMap::new();
    for target in targets.iter().filter(|target| target.is_dir()) {
        if !target.ancestors().any(|above| plan.contains_key(above)) {
            plan.insert(target.clone(), RecursiveMode::Recursive);
        }
    }
    for target in targets.iter().filter(|target| !target.is_dir()) {
        let above = target.ancestors().skip(1).find(|above| above.is_dir());
        let covered = |dir: &Path| {
            dir.ancestors().any(|dir| plan.get(dir) == Some(&RecursiveMode::Recursive))
        };
        if let Some(dir) = above.filter(|dir| !covered(dir)) {
            plan.insert(dir.to_owned(), RecursiveMode::NonRecursive);
        }
    }
    plan
}

/// Reading a file makes notices too; reacting to those would never end.
fn is_change(notice: &DebouncedEvent) -> bool {
    use ModifyKind::{Any, Data, Metadata, Name};
    match notice.kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        // A new write time is all that polling knows of a change.
        EventKind::Modify(kind) => {
            matches!(kind, Any | Data(_) | Name(_) | Metadata(MetadataKind::WriteTime))
        }
        _ => notice.need_rescan(),
    }
}

fn matters(path: &Path, targets: &[PathBuf], ignored: &[PathBuf]) -> bool {
    let wanted = targets.iter().any(|target| path.starts_with(target) || target.starts_with(path));
    wanted && !ignored.iter().any(|dir| path.starts_with(dir)) && !is_passing(path)
}

/// Files that editors, Git and we ourselves make on the way to another.
fn is_passing(path: &Path) -> bool {
    let is_git = path.components().any(|part| part.as_os_str() == ".git");
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    is_git
        || name.starts_with(".skillmeat-")
        || name.starts_with(".#")
        || name.starts_with("___jb_")
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
        || [".swp", ".swo", ".swx", ".tmp"].iter().any(|ending| name.ends_with(ending))
        || ["4913", ".DS_Store"].contains(&name.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_on_the_way_to_others_do_not_matter() {
        let targets = [PathBuf::from("/c/collections"), PathBuf::from("/c/skillmeat.yaml")];
        let ignored = [PathBuf::from("/c/collections/out")];
        let matters = |path: &str| matters(Path::new(path), &targets, &ignored);
        for path in ["/c/collections/a/b.yaml", "/c/skillmeat.yaml", "/c/collections", "/c"] {
            assert!(matters(path), "{path}");
        }
        for path in [
            "/c/skillmeat.yaml.swp",
            "/c/other",
            "/c/collections/out/x",
            "/c/collections/.git/HEAD",
            "/c/collections/.skillmeat-x",
            "/c/collections/.#a",
            "/c/collections/a~",
            "/c/collections/#a#",
            "/c/collections/4913",
            "/c/collections-old/a",
        ] {
            assert!(!matters(path), "{path}");
        }
    }

    #[test]
    fn what_is_missing_is_awaited_where_it_would_appear() {
        let dir = tempfile::tempdir().unwrap();
        let root = settled(dir.path());
        disk::make_dir(&root.join("collections/a")).unwrap();
        let targets = [
            root.join("collections"),
            root.join("collections/a"),
            root.join("collections/x.yaml"),
            root.join("skillmeat.yaml"),
            root.join("templates/static"),
        ];
        let expected = BTreeMap::from([
            (root.clone(), RecursiveMode::NonRecursive),
            (root.join("collections"), RecursiveMode::Recursive),
        ]);
        assert_eq!(plan(&targets), expected);
    }
}
