//! Carrying effects out beside something else that goes on, in a thread: what is recorded, allowed or due is taken up
//! when that is so.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::course::{Course, Held, News, Patience, Queued, Reins};
use super::drain::{Drained, drain};
use super::{Site, delay};
use crate::app::{self, AppError, Project};
use crate::format::workflow::Mode;
use crate::store::{Outbox, Trust};

/// How often the folders are looked at in which others record and allow.
const LOOK: Duration = Duration::from_secs(5);

/// How long to wait where somebody else is at it, or it cannot be done just now.
const AGAIN: Duration = Duration::from_secs(1);

/// One that carries effects out while it lives.
pub struct Companion {
    hand: Sender<Call>,
    reins: Arc<Reins>,
    thread: Option<JoinHandle<()>>,
}

enum Call {
    /// Something may be new.
    Look,
    /// Nothing is to be begun any more.
    Stop,
}

impl Companion {
    /// Begins, in the repository at `path`; `tell` is told of what happens, by another thread. Nothing is done before the
    /// first ring.
    pub fn begin(path: &Path, tell: impl FnMut(News) + Send + 'static) -> Self {
        let (hand, calls) = channel();
        let reins = Arc::new(Reins::default());
        let mut work = Work {
            path: path.to_owned(),
            who: format!("taskmaster watch, process {}", std::process::id()),
            reins: Arc::clone(&reins),
            held: Held::default(),
            tell: Box::new(tell),
            said: None,
            places: None,
        };
        let thread = std::thread::spawn(move || work.go_on(&calls));
        Self { hand, reins, thread: Some(thread) }
    }

    /// Says that something may be new.
    pub fn ring(&self) {
        let _ = self.hand.send(Call::Look);
    }

    /// Says that nothing is to be begun any more. How many are still under way.
    #[must_use]
    pub fn stop(&self) -> usize {
        self.reins.stop();
        let _ = self.hand.send(Call::Stop);
        self.reins.under_way()
    }
}

impl Drop for Companion {
    /// Waits for what is under way.
    fn drop(&mut self) {
        let _ = self.stop();
        if let Some(thread) = self.thread.take() {
            // A fault in it is told by itself.
            let _ = thread.join();
        }
    }
}

struct Work {
    path: PathBuf,
    who: String,
    reins: Arc<Reins>,
    held: Held,
    tell: Box<dyn FnMut(News) + Send>,
    /// What was said last of why nothing is done.
    said: Option<News>,
    /// Where something new is to be seen.
    places: Option<(Outbox, Trust, PathBuf)>,
}

/// When to look again by oneself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// When something is new.
    New,
    /// At this time at the latest, in milliseconds since 1970.
    At(u64),
    /// Not before some time is over: somebody else is at it, or it cannot be done.
    Rest,
}

impl Work {
    fn go_on(&mut self, calls: &Receiver<Call>) {
        let mut queued = Queued::default();
        let mut seen = [None; 3];
        let mut next = Next::New;
        loop {
            let signs = self.signs();
            if matches!(next, Next::At(at) if at <= delay::now()) || signs != seen {
                seen = signs;
                next = self.round(&mut queued).unwrap_or_else(|error| {
                    self.say(News::Failed(error.to_string()));
                    Next::Rest
                });
                // What somebody has recorded or decided meanwhile, this round has not seen; its own notes ring, too.
                if next != Next::Rest && !self.reins.is_stopped() && self.signs() != seen {
                    continue;
                }
            }
            let longest = match next {
                Next::New => LOOK,
                Next::At(at) => LOOK.min(Duration::from_millis(at.saturating_sub(delay::now()))),
                Next::Rest => AGAIN,
            };
            match calls.recv_timeout(longest) {
                Ok(Call::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Call::Look) => next = Next::At(0),
                Err(RecvTimeoutError::Timeout) if next == Next::Rest => next = Next::At(0),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Says something, unless it is what was said last.
    fn say(&mut self, news: News) {
        if self.said.as_ref() != Some(&news) {
            (self.tell)(news.clone());
            self.said = Some(news);
        }
    }

    /// Carries out what may be now; when to come again.
    fn round(&mut self, queued: &mut Queued) -> Result<Next, AppError> {
        let project = Project::open(&self.path)?;
        let outbox = Outbox::new(&project.repository.store_dir());
        self.places = Some((outbox, app::decisions()?, app::clone_path(&project)));
        let trust = app::trust(&project)?;
        // Elsewhere than in this mode a watcher writes nothing, and sends nothing.
        if trust.mode(&project) != Mode::Commit {
            return Ok(Next::New);
        }
        if !matches!(&self.places, Some((outbox, ..)) if outbox.last_recorded().is_some()) {
            return Ok(Next::New);
        }
        let site = Site::of(&project, &trust)?;
        let tell = &mut self.tell;
        let mut told = |news: News| match news {
            News::Queued(count) if count == *queued => {}
            News::Queued(count) => {
                *queued = count;
                tell(News::Queued(count));
            }
            news => tell(news),
        };
        let course = Course {
            patience: Patience::Due,
            who: &self.who,
            reins: &self.reins,
            held: &mut self.held,
            tell: &mut told,
        };
        match drain(&site, course)? {
            Drained::Busy(holder) => {
                self.say(News::Elsewhere(holder));
                Ok(Next::Rest)
            }
            Drained::Done(carried) => {
                self.said = None;
                Ok(carried.earliest.map_or(Next::New, Next::At))
            }
        }
    }

    /// What tells that something may be new: when something was recorded, was decided of, or was allowed.
    fn signs(&self) -> [Option<SystemTime>; 3] {
        let Some((outbox, trust, clone)) = &self.places else { return [None; 3] };
        let [intents, states] = outbox.last_changed();
        [intents, states, trust.last_changed(clone)]
    }
}
