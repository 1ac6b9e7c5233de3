//! How long the phases of a run took, for who asks where the time goes.
//!
//! A handle that parts of a run share. Nobody asked: nothing is measured. It knows no phase by name.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Names, and how long each took.
pub type Phases = Vec<(&'static str, Duration)>;

/// The phases that are over, in the order in which they ended; those of one name together.
#[derive(Clone, Debug, Default)]
pub struct Timings(Option<Arc<Mutex<Phases>>>);

impl Timings {
    /// One that measures.
    pub fn on() -> Self {
        Self(Some(Arc::default()))
    }

    /// Does something as a phase. Phases do not lie in each other, so that they add up.
    pub fn phase<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let Some(phases) = &self.0 else { return work() };
        let start = Instant::now();
        let done = work();
        let took = start.elapsed();
        // Numbers are whole, whoever panicked while they held them.
        let mut phases = phases.lock().unwrap_or_else(PoisonError::into_inner);
        match phases.iter_mut().find(|(other, _)| *other == name) {
            Some((_, sum)) => *sum += took,
            None => phases.push((name, took)),
        }
        done
    }

    pub fn phases(&self) -> Phases {
        let lock = |phases: &Arc<Mutex<Phases>>| {
            phases.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        self.0.as_ref().map(lock).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_of_one_name_are_one_and_without_a_wish_there_are_none() {
        let timings = Timings::on();
        let value = timings.phase("read", || timings.clone().phase("parse", || 1) + 1);
        assert_eq!(value, 2);
        timings.phase("parse", || ());
        let names: Vec<_> = timings.phases().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["parse", "read"]);
        let off = Timings::default();
        assert_eq!(off.phase("read", || 1), 1);
        assert!(off.phases().is_empty());
    }
}
