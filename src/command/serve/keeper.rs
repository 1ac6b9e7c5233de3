//! What a server's settings page tells and does: the cache looked after, and the values that are in
//! force, each with where it comes from.

use std::sync::{Arc, Mutex, PoisonError};

use clap::CommandFactory;
use clap::parser::ValueSource;

use super::at_this_time;
use crate::cache::{self, Cache, Info};
use crate::command::Cli;
use crate::command::cache::lost;
use crate::disk;
use crate::env::{Env, Stop};
use crate::error::Result;
use crate::format::config::{self, written};
use crate::serve::care::{Care, Cared, Given, Keeper, Setting};
use crate::sync::care::{self, Cleared, Vacuumed};
use crate::words;

/// The cache in use; another one once that turned out to be damaged.
pub(super) struct Slot(Mutex<Arc<Cache>>);

impl Slot {
    pub(super) fn new(cache: Arc<Cache>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(cache)))
    }

    pub(super) fn get(&self) -> Arc<Cache> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reopen(&self, env: &Env) -> Result<()> {
        let cache = Arc::new(Cache::open(&env.cache_dir, env.now)?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = cache;
        Ok(())
    }

    /// Works with the cache; once more where it turned out to be damaged on the way, with a new one
    /// in its place: it holds nothing that cannot be read again.
    pub(super) fn with<T>(&self, env: &Env, work: impl Fn(&Arc<Cache>) -> Result<T>) -> Result<T> {
        let cache = self.get();
        let result = work(&cache);
        match (&result, cache.damage()) {
            (Err(_), Some(damage)) => {
                Cache::replace(&env.cache_dir, env.now, damage)?;
                self.reopen(env)?;
                work(&self.get())
            }
            _ => result,
        }
    }
}

pub(super) struct Housekeeper {
    pub(super) env: Env,
    pub(super) slot: Arc<Slot>,
}

impl Keeper for Housekeeper {
    fn care(&self, what: Care, stop: Stop) -> Result<Cared> {
        let env = Env { stop, ..at_this_time(&self.env)? };
        // Pages are shown meanwhile, so nobody looks at who is waited for.
        let on_wait = |_: &str| ();
        match what {
            Care::Vacuum => care::vacuum(&env, &self.slot.get(), &on_wait).map(vacuumed),
            Care::Clear => {
                let cache = self.slot.get();
                let cleaned = care::clear(&env, &cache, &Cleared::AllButPages, &on_wait)?;
                let states = words::count(cleaned.states, "state");
                let contents = words::count(cleaned.contents, "content");
                let message = format!("cleared {states} and {contents}; all is read again");
                Ok(Cared { message, is_to_refill: true })
            }
            Care::Repair => {
                let repaired = care::repair(&env, &on_wait)?;
                let damage = repaired.map(|repaired| (lost(&repaired.damage), repaired.aside));
                let message = match damage {
                    None => "there is no cache yet".to_owned(),
                    Some((lost, None)) if lost.is_empty() => {
                        "the cache is whole: there was nothing to repair".to_owned()
                    }
                    Some((lost, None)) => format!("removed {lost}: they are read again"),
                    Some((_, Some(_))) => "a new cache is made: all is read again".to_owned(),
                };
                let is_to_refill = message.ends_with("read again");
                if is_to_refill {
                    self.slot.reopen(&env)?;
                }
                Ok(Cared { message, is_to_refill })
            }
        }
    }

    fn cache(&self) -> Result<Option<Info>> {
        cache::info(&self.env.cache_dir)
    }

    fn settings(&self) -> Given {
        let mut settings = self.configured();
        for given in given() {
            // What a flag says stands in for what the file says.
            match settings
                .iter_mut()
                .find(|setting| Some(setting.key.as_str()) == overrides(&given))
            {
                Some(setting) => (setting.value, setting.origin) = (given.value, given.origin),
                None => settings.push(given),
            }
        }
        settings.extend(variables());
        let show = |path: &std::path::Path| path.display().to_string();
        let paths = vec![("Catalog", show(&self.env.root)), ("Cache", show(&self.env.cache_dir))];
        Given { settings, paths }
    }
}

impl Housekeeper {
    fn configured(&self) -> Vec<Setting> {
        let path = self.env.root.join(config::FILE);
        let text = disk::read_text(&path).ok().flatten().unwrap_or_default();
        let setting = |one: written::Written| Setting {
            key: one.key,
            value: one.value,
            origin: one.line.map(|line| format!("{}:{line}", config::FILE)),
        };
        written::written(&text).into_iter().map(setting).collect()
    }
}

fn vacuumed(done: Vacuumed) -> Cared {
    let (before, after) = (words::bytes(done.before), words::bytes(done.after));
    let states = words::count(done.cleaned.states, "old state");
    let contents = words::count(done.cleaned.contents, "unused content");
    let message = format!("removed {states} and {contents}; {before} before, {after} now");
    Cared { message, is_to_refill: false }
}

/// The key of the file that a flag stands in for.
fn overrides(given: &Setting) -> Option<&'static str> {
    (given.key == "--interval").then_some("sync.interval")
}

/// What was given on the command line, or for it in the environment.
fn given() -> Vec<Setting> {
    let mut command = Cli::command();
    command.build();
    let Ok(matches) = command.clone().try_get_matches_from(std::env::args_os()) else {
        return Vec::new();
    };
    let Some((name, matches)) = matches.subcommand() else { return Vec::new() };
    let Some(sub) = command.find_subcommand(name) else { return Vec::new() };
    let setting = |arg: &clap::Arg| {
        let id = arg.get_id().as_str();
        let long = format!("--{}", arg.get_long()?);
        let origin = match matches.value_source(id)? {
            ValueSource::CommandLine => format!("flag {long}"),
            ValueSource::EnvVariable => format!("variable {}", arg.get_env()?.to_string_lossy()),
            _ => return None,
        };
        let raw = matches.get_raw(id).into_iter().flatten();
        let raw: Vec<_> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
        let value = if raw.is_empty() { "yes".to_owned() } else { raw.join(" ") };
        Some(Setting { key: long, value, origin: Some(origin) })
    };
    sub.get_arguments().filter_map(setting).collect()
}

/// Variables that no flag stands for. Of a token it is told that it is there.
fn variables() -> Vec<Setting> {
    const HIDDEN: &str = "•••";
    let mut found = Vec::new();
    for (name, value) in std::env::vars_os() {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        let value = match name.as_ref() {
            "SKILLMEAT_CACHE_DIR" | "SOURCE_DATE_EPOCH" => value.into_owned(),
            name if name.starts_with("SKILLMEAT_TOKEN_") => HIDDEN.to_owned(),
            _ => continue,
        };
        let origin = Some("environment".to_owned());
        found.push(Setting { key: name.into_owned(), value, origin });
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    found
}
