//! Ctrl-C and the system's polite end, for commands that end between two steps.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::env::Stop;
use crate::error::{Error, Problem, Result};

/// From now on the first signal asks the run to end, and a second one ends it at once: files and
/// the cache are whole at any moment.
pub(super) fn listen(stop: &Stop) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|cause| {
        Error::from(Problem::error("SM006", format!("cannot listen for signals: {cause}")))
    })?;
    let stop = stop.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if stop.is_asked() {
                let _ = emulate_default_handler(signal);
            }
            stop.ask(signal);
        }
    });
    Ok(())
}
