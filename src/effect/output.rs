use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// As much of what a command prints as is kept, of its end.
const KEPT: usize = 16 * 1024;

/// What a command prints: read to its end, however much that is, so that the command is never held up; the last of
/// it is kept.
pub(super) struct Output {
    kept: Arc<Mutex<Kept>>,
    ended: Receiver<()>,
}

#[derive(Default)]
struct Kept {
    last: VecDeque<u8>,
    whole: u64,
}

/// The end of what was printed, and how much there was in all.
pub(super) struct Printed {
    pub(super) last: String,
    pub(super) bytes: u64,
}

impl Output {
    /// Begins to read.
    pub(super) fn of(mut stream: impl Read + Send + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (done, ended) = channel();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.whole = kept.whole.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
                kept.last.extend(buffer.get(..count).unwrap_or_default().iter().skip(count.saturating_sub(KEPT)));
                let surplus = kept.last.len().saturating_sub(KEPT);
                kept.last.drain(..surplus);
            }
            drop(done);
        });
        Self { kept, ended }
    }

    /// What was printed, up to the end, or up to what a process that has left the group may still print after a moment.
    pub(super) fn printed(self) -> Printed {
        let _ = self.ended.recv_timeout(Duration::from_secs(1));
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let last: Vec<u8> = kept.last.iter().copied().collect();
        Printed { last: String::from_utf8_lossy(&last).into_owned(), bytes: kept.whole }
    }
}
