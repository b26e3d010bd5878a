use std::sync::Once;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::abandon_index_lock;

/// From here on Ctrl-C, a hang-up and a request to end give the index lock back first, as git itself
/// does: an orphan would keep the user from committing.
pub(super) fn give_locks_back() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where signals cannot be watched they end the process as ever.
        let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // Finished or given up: either way nothing is half done.
                let _ = abandon_index_lock();
                std::process::exit(128 + signal);
            }
        });
    });
}
