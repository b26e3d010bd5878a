use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::abandon_index_lock;

/// From here on Ctrl-C, a hang-up and a request to end give the index lock back first, as git itself
/// does: an orphan would keep the user from committing.
pub(super) fn give_locks_back() {
    listen(|| Answer::End);
}

/// From here on the first Ctrl-C, hang-up or request to end only calls `stop`, for a process that ends its work
/// itself; the second one ends it.
pub fn stop_at_signals(stop: impl Fn() + Send + 'static) {
    let asked = AtomicBool::new(false);
    listen(move || {
        if asked.swap(true, Ordering::Relaxed) {
            return Answer::End;
        }
        stop();
        Answer::GoOn
    });
}

enum Answer {
    End,
    GoOn,
}

/// Listens to signals, once in a process: the first that wants to has the say.
fn listen(answer: impl Fn() -> Answer + Send + 'static) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Where signals cannot be watched they end the process as ever.
        let Ok(mut signals) = Signals::new([SIGHUP, SIGINT, SIGTERM]) else { return };
        std::thread::spawn(move || {
            for signal in signals.forever() {
                if let Answer::GoOn = answer() {
                    continue;
                }
                // Finished or given up: either way nothing is half done.
                let _ = abandon_index_lock();
                std::process::exit(128 + signal);
            }
        });
    });
}
