//! From the system's notices to looks: whatever rings, the files are looked at once all is quiet.

mod doorbell;

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant, SystemTime};

use self::doorbell::{Depth, Doorbell, Place, Woken};
use crate::app::{AppError, LogText, Moment, Next, Project, Sight, WatchSettings, Watcher};
use crate::effect::{Companion, News};
use crate::git::stop_at_signals;
use crate::model::Timestamp;
use crate::store::IntentState;

pub use self::doorbell::Polling;

/// How a worktree is watched.
#[derive(Debug, Clone, Copy)]
pub struct WatchRequest {
    /// How edits are taken.
    pub settings: WatchSettings,
    /// How often the files are looked at where the system gives no notices.
    pub every: Duration,
    /// Whether the system's notices are asked for.
    pub bell: Bell,
}

/// What wakes the watcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// The system's notices, where it gives any.
    Notices,
    /// A clock.
    Clock,
}

/// Something to show.
#[derive(Debug)]
pub enum Scene<'a> {
    /// The files are looked at from time to time, for this reason.
    Polls(&'a Polling, Duration),
    /// Something was seen or done.
    Sight(Sight),
    /// A look is over: how many tasks there are, and how many files wait.
    Looked(usize, usize),
    /// Something happened to what is to be run and sent.
    Effects(&'a News),
    /// A look ended in a fault of this program's; watching begins anew.
    Fault(&'a str),
}

impl Scene<'_> {
    /// Whether something went wrong that is not the user's to finish.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        match self {
            Self::Fault(_) | Self::Sight(Sight::Failed(_) | Sight::Refused { .. }) | Self::Effects(News::Failed(_)) => {
                true
            }
            Self::Effects(News::Settled(effect)) => matches!(effect.1.state, IntentState::Dead | IntentState::Parked),
            _ => false,
        }
    }
}

/// How long to wait after a look that has failed.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// A folder that is new may get files before the system has been asked to watch it.
const NEW_FOLDER: Duration = Duration::from_secs(1);

/// Watches the worktree of a repository until the process is asked to end. `open` opens the repository, `now` is the
/// clock for commits, `show` is told what is seen and done, and says when nobody looks any more: then what is in hand is
/// finished, and that is the end.
///
/// # Errors
/// When the repository cannot be opened or is gone, or somebody else watches this worktree.
pub fn watch(
    open: &dyn Fn() -> Result<Project, AppError>,
    request: &WatchRequest,
    log: &LogText,
    now: &dyn Fn() -> Timestamp,
    show: &mut dyn FnMut(Scene<'_>) -> ControlFlow<()>,
) -> Result<(), AppError> {
    let is_seen = Cell::new(true);
    let show = RefCell::new(show);
    let show = |scene: Scene<'_>| is_seen.set((show.borrow_mut())(scene).is_continue() && is_seen.get());
    let mut project = open()?.with_carrier_beside();
    let who = format!("process {}", std::process::id());
    let mut watcher = Watcher::new(&project, request.settings, log, &who)?;
    let (mut bell, polling) = Doorbell::hang(&places(&project)?, request.every, request.bell == Bell::Clock);
    stop_at_signals(bell.stopper());
    if let Some(why) = &polling {
        show(Scene::Polls(why, request.every));
    }
    let (tell, told) = channel();
    let call = bell.caller();
    let companion = Companion::begin(project.repository.workdir()?, move |news| {
        // Nobody may listen any more.
        let _ = tell.send(news);
        call();
    });
    let mut hear = || {
        for news in told.try_iter() {
            show(Scene::Effects(&news));
        }
        if is_seen.get() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let mut next = Next::After(Duration::ZERO);
    let mut failure = None;
    loop {
        match bell.wait(if let Next::After(longest) = next { Some(longest) } else { None }, &mut hear) {
            Woken::Stop => break,
            Woken::Due => {}
            Woken::Rung => {
                if settle(&bell, &request.settings, &mut hear) == Woken::Stop {
                    break;
                }
            }
        }
        let moment = Moment { time: now(), at: Instant::now(), wall: SystemTime::now() };
        let look = catch_unwind(AssertUnwindSafe(|| {
            watcher.look(&project, moment, &mut |sight| {
                let is_new = matches!(sight, Sight::Began(_) | Sight::Followed(_) | Sight::Acts { .. });
                show(Scene::Sight(sight));
                if is_new {
                    companion.ring();
                }
            })
        }));
        next = match look {
            Ok(Ok(next)) => {
                failure = None;
                next
            }
            Ok(Err(AppError::Gone)) => return Err(AppError::Gone),
            Ok(Err(error)) => {
                // The same again is no news.
                let text = Some(error.to_string());
                if failure != text {
                    failure = text;
                    show(Scene::Sight(Sight::Failed(error)));
                }
                Next::After(AFTER_FAILURE)
            }
            Err(fault) => {
                let text = fault.downcast_ref::<String>().map(String::as_str);
                show(Scene::Fault(text.or_else(|| fault.downcast_ref::<&str>().copied()).unwrap_or("unknown")));
                // Nothing of what was in memory is believed any more.
                drop(watcher);
                project = open()?.with_carrier_beside();
                watcher = Watcher::new(&project, request.settings, log, &who)?;
                Next::After(AFTER_FAILURE)
            }
        };
        if bell.renew(&places(&project)?) {
            next = next.or(Next::After(NEW_FOLDER));
        }
        let (tasks, waiting) = watcher.figures();
        show(Scene::Looked(tasks, waiting));
        if !is_seen.get() {
            break;
        }
    }
    // What was saved just before is seen, too: nobody else would come back for it.
    std::thread::sleep(request.settings.quiet);
    let moment = Moment { time: now(), at: Instant::now(), wall: SystemTime::now() };
    if let Err(error) = watcher.look(&project, moment, &mut |sight| show(Scene::Sight(sight))) {
        show(Scene::Sight(Sight::Failed(error)));
    }
    let under_way = companion.stop();
    if under_way > 0 {
        show(Scene::Effects(&News::Ending(under_way)));
    }
    drop(companion);
    let _ = hear();
    watcher.end(&mut |sight| show(Scene::Sight(sight)))
}

/// Waits until all is quiet, or has not been for too long.
fn settle(bell: &Doorbell, settings: &WatchSettings, hear: &mut dyn FnMut() -> ControlFlow<()>) -> Woken {
    let latest = Instant::now() + settings.patience;
    loop {
        let left = latest.saturating_duration_since(Instant::now());
        match bell.wait(Some(settings.quiet.min(left)), hear) {
            Woken::Rung if !left.is_zero() => {}
            Woken::Stop => return Woken::Stop,
            Woken::Rung | Woken::Due => return Woken::Due,
        }
    }
}

/// The folders whose changes may mean something, the repository's own first.
fn places(project: &Project) -> Result<Vec<Place>, AppError> {
    let repository = &project.repository;
    let tree = repository.tree_dir()?;
    let entries = |folder: &Path| Place { folder: folder.to_owned(), depth: Depth::Entries };
    let all = |folder: &Path| Place { folder: folder.to_owned(), depth: Depth::All };
    let mut places = vec![entries(repository.git_dir()), all(&repository.common_dir().join("refs/heads")), all(&tree)];
    // The tree itself may come and go with its folder.
    places.extend(tree.ancestors().skip(1).find(|folder| folder.is_dir()).map(entries));
    Ok(places)
}
