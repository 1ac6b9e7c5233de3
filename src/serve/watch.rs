//! The watched files and folders: notices of the system to "something changed", and where.
//!
//! What changed is not told, loading finds out. Only folders are watched, since editors replace
//! files; a path that does not exist yet is awaited in the nearest folder that does. It knows
//! nothing of what the files mean, and never opens one.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{EventKind, MetadataKind, ModifyKind};
use notify::{Config, EventHandler, RecommendedWatcher, RecursiveMode, Watcher};

use super::{Event, lock};
use crate::catalog::kept::Changed;
use crate::disk;
use crate::error::Problem;

/// Notices that follow each other this closely are one.
const QUIET: Duration = Duration::from_millis(12);
/// However many come, what there is by then is shown.
const BURST: Duration = Duration::from_millis(400);
/// Between two looks at everything, where the system sends no notices.
const POLL_TIME: Duration = Duration::from_secs(2);
/// Notices that are lost so often within so long are of no use: files are looked at instead.
const LOSSES_MAX: usize = 5;
const LOSSES_TIME: Duration = Duration::from_secs(30);

/// What watches until it is dropped, and where it falls short.
type Started = (Box<dyn Any + Send>, Option<Problem>);

pub struct Watch {
    events: Sender<Event>,
    ignored: Vec<PathBuf>,
    /// The folders now watched, and how deep.
    plan: BTreeMap<PathBuf, RecursiveMode>,
    /// Shared with those that hear the notices.
    heard: Arc<Heard>,
    /// When notices were lost of late.
    losses: Vec<Instant>,
    /// How often they were since that was last asked.
    n_lost: usize,
    polling: bool,
    /// Watches until it is dropped.
    running: Option<Box<dyn Any + Send>>,
}

/// What was heard since it was last asked for.
struct Heard {
    /// The files and folders that matter.
    targets: Mutex<Vec<PathBuf>>,
    changed: Mutex<Changed>,
    /// A watched folder was removed or renamed: the system forgets it even if it comes back.
    gone: AtomicBool,
    /// The system had more to tell than it could keep.
    lost: AtomicBool,
}

impl Watch {
    pub fn new(events: Sender<Event>, ignored: &[PathBuf]) -> Self {
        let heard = Heard {
            targets: Mutex::default(),
            changed: Mutex::new(Changed::Anywhere),
            gone: AtomicBool::new(false),
            lost: AtomicBool::new(false),
        };
        Self {
            events,
            ignored: ignored.iter().map(|path| settled(path)).collect(),
            plan: BTreeMap::new(),
            heard: Arc::new(heard),
            losses: Vec::new(),
            n_lost: 0,
            polling: false,
            running: None,
        }
    }

    /// Where something changed since this was last asked; each change is told once.
    pub fn changed(&mut self) -> Changed {
        std::mem::replace(&mut lock(&self.heard.changed), Changed::nowhere())
    }

    /// How often notices were lost since this was last asked.
    pub fn n_lost(&mut self) -> usize {
        std::mem::take(&mut self.n_lost)
    }

    /// Whether files are looked at from time to time because notices fail.
    pub fn is_polling(&self) -> bool {
        self.polling
    }

    /// Watches these files and folders from now on. True when others were watched before, so that
    /// something may have changed unnoticed; with it a warning where watching falls short.
    pub fn set(&mut self, targets: &[PathBuf]) -> (bool, Option<Problem>) {
        let mut targets: Vec<PathBuf> =
            targets.iter().flat_map(|path| links(path).chain([settled(path)])).collect();
        targets.sort_unstable();
        targets.dedup();
        let plan = plan(&targets);
        let gone = self.heard.gone.swap(false, Ordering::SeqCst);
        let lost = self.heard.lost.swap(false, Ordering::SeqCst);
        self.n_lost += usize::from(lost);
        let is_new = self.running.is_none() || gone || lost;
        let before = std::mem::replace(&mut *lock(&self.heard.targets), targets.clone());
        let unheard = match is_new {
            true => Changed::Anywhere,
            false => {
                let was_heard = |path: &Path| {
                    let mattered = before.iter().any(|target| path.starts_with(target));
                    mattered && watching(&self.plan, path) == watching(&plan, path)
                };
                let is_unheard = |path: &&PathBuf| !was_heard(path);
                Changed::At(targets.iter().filter(is_unheard).cloned().collect())
            }
        };
        let is_planned = plan == self.plan;
        self.plan = plan;
        let problem = match is_new || !is_planned {
            true if lost && self.loses_too_often() => self.poll(),
            true => self.start(),
            false => None,
        };
        let is_news = unheard != Changed::nowhere();
        lock(&self.heard.changed).add(unheard);
        (is_news && self.running.is_some(), problem)
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
                "the system cannot tell of all changes, files are looked at every 2 seconds",
            )
            .help("raise its limit: `sudo sysctl fs.inotify.max_user_watches=524288`"),
        )
    }

    fn loses_too_often(&mut self) -> bool {
        self.losses.retain(|at| at.elapsed() < LOSSES_TIME);
        self.losses.push(Instant::now());
        self.losses.len() >= LOSSES_MAX
    }

    fn start(&mut self) -> Option<Problem> {
        let made = if self.polling { self.looking() } else { self.watching() };
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

    /// Says from time to time that anything may have changed, until what it gives is dropped.
    fn looking(&self) -> notify::Result<Started> {
        let (until, dropped) = channel::<()>();
        let (events, heard) = (self.events.clone(), Arc::clone(&self.heard));
        thread::Builder::new().name("watch".to_owned()).spawn(move || {
            while dropped.recv_timeout(POLL_TIME) == Err(RecvTimeoutError::Timeout) {
                lock(&heard.changed).add(Changed::Anywhere);
                if events.send(Event::Changed).is_err() {
                    return;
                }
            }
        })?;
        Ok((Box::new(until), None))
    }

    /// Watches the folders of the plan; an error when no folder can be watched this way.
    fn watching(&self) -> notify::Result<Started> {
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(self.listener()?, config)?;
        let mut problem = None;
        for (dir, mode) in &self.plan {
            match watcher.watch(dir, *mode) {
                Ok(()) => {}
                Err(cause) if is_limit(&cause) => return Err(cause),
                Err(_) if !dir.is_dir() => {
                    // Gone since it was planned: the next look plans anew.
                    self.heard.gone.store(true, Ordering::SeqCst);
                    let _ = self.events.send(Event::Changed);
                }
                Err(cause) => problem = Some(unwatched(&dir.display().to_string(), &cause)),
            }
        }
        Ok((Box::new(watcher), problem))
    }

    /// Hears each notice and passes on the news of a burst as one.
    fn listener(&self) -> notify::Result<Listener> {
        let (news, inbox) = channel();
        let (events, heard) = (self.events.clone(), Arc::clone(&self.heard));
        thread::Builder::new().name("watch".to_owned()).spawn(move || {
            gather(&inbox, &events, &heard);
        })?;
        Ok(Listener {
            news,
            ignored: self.ignored.clone(),
            dirs: self.plan.keys().cloned().collect(),
            heard: Arc::clone(&self.heard),
        })
    }
}

/// What one notice means.
enum News {
    Changed(Changed),
    Failed,
}

/// Lives as long as a watcher; in its thread, so it only judges.
struct Listener {
    news: Sender<News>,
    ignored: Vec<PathBuf>,
    dirs: Vec<PathBuf>,
    heard: Arc<Heard>,
}

impl EventHandler for Listener {
    fn handle_event(&mut self, result: notify::Result<notify::Event>) {
        let news = match result {
            Ok(notice) if is_change(&notice) => match self.judged(notice) {
                Some(changed) => News::Changed(changed),
                None => return,
            },
            Err(cause) if is_limit(&cause) => News::Failed,
            // A file that could not be looked at: what it means for the catalog, loading finds out.
            _ => return,
        };
        // Whom this does not reach has ended.
        let _ = self.news.send(news);
    }
}

impl Listener {
    /// Where a notice says that something changed, if that matters.
    fn judged(&self, notice: notify::Event) -> Option<Changed> {
        if notice.need_rescan() {
            // Notices were lost, perhaps of new folders: all is watched anew.
            self.heard.lost.store(true, Ordering::SeqCst);
            return Some(Changed::Anywhere);
        }
        let is_of_bytes = matches!(notice.kind, EventKind::Modify(ModifyKind::Data(_)));
        let targets = lock(&self.heard.targets);
        let mut changed = BTreeSet::new();
        for path in notice.paths {
            let is_gone = !is_of_bytes && self.dirs.iter().any(|dir| dir.starts_with(&path));
            if is_gone {
                self.heard.gone.store(true, Ordering::SeqCst);
            }
            if is_gone || matters(&path, &targets, &self.ignored) {
                changed.insert(path);
            }
        }
        (!changed.is_empty()).then_some(Changed::At(changed))
    }
}

/// Waits until a burst of notices is over and then says that something changed.
fn gather(inbox: &Receiver<News>, events: &Sender<Event>, heard: &Heard) {
    while let Ok(first) = inbox.recv() {
        let end = Instant::now() + BURST;
        let mut next = Some(first);
        while let Some(news) = next {
            match news {
                News::Changed(changed) => lock(&heard.changed).add(changed),
                News::Failed => drop(events.send(Event::WatchFailed)),
            }
            let left = end.saturating_duration_since(Instant::now());
            next = inbox.recv_timeout(QUIET.min(left)).ok();
        }
        if events.send(Event::Changed).is_err() {
            return;
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

/// The links on the way to a path, each in the folder in which it stands: another link in its place
/// leads elsewhere.
fn links(path: &Path) -> impl Iterator<Item = PathBuf> {
    path.ancestors().filter(|above| disk::read_link(above).is_ok()).filter_map(|link| {
        let (dir, name) = (link.parent()?, link.file_name()?);
        Some(settled(dir).join(name))
    })
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
    for target in targets.iter().filter(|target| is_folder(target)) {
        if !target.ancestors().any(|above| plan.contains_key(above)) {
            plan.insert(target.clone(), RecursiveMode::Recursive);
        }
    }
    for target in targets.iter().filter(|target| !is_folder(target)) {
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

/// A folder itself: of a link, what matters is where it leads.
fn is_folder(path: &Path) -> bool {
    path.is_dir() && disk::read_link(path).is_err()
}

/// The nearest watched folder at or above a path, and how deep it is watched.
fn watching<'a>(
    plan: &'a BTreeMap<PathBuf, RecursiveMode>,
    path: &Path,
) -> Option<(&'a PathBuf, &'a RecursiveMode)> {
    path.ancestors().find_map(|dir| plan.get_key_value(dir))
}

/// Reading a file makes notices too; reacting to those would never end.
fn is_change(notice: &notify::Event) -> bool {
    use ModifyKind::{Any, Data, Metadata, Name};
    match notice.kind {
        EventKind::Create(_) | EventKind::Remove(_) => true,
        // A new write time is all that polling knows of a change; what may be read or run is in the
        // rest. Only the time of reading is nobody's business.
        EventKind::Modify(Metadata(kind)) => kind != MetadataKind::AccessTime,
        EventKind::Modify(kind) => matches!(kind, Any | Data(_) | Name(_)),
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
