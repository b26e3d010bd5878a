//! What wakes a watcher: the system's notices of files, or a clock where it gives none. A ring says only that something
//! may be new; what it is, files tell.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RemoveKind};
use notify::{Config, ErrorKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use crate::model::TreePath;

/// Rings, and who pulls.
pub(super) struct Doorbell {
    rings: Receiver<Ring>,
    hand: Sender<Ring>,
    /// The system's notices; without them a clock rings.
    notices: Option<RecommendedWatcher>,
    every: Duration,
    /// What is watched: each folder, and which one it was.
    watched: Vec<(Place, Option<u64>)>,
}

/// Something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ring {
    /// Somewhere.
    Something,
    /// Elsewhere, where no files are: somebody has something to tell.
    News,
    /// In the folder that is watched to see whether anything is told at all.
    Cookie,
    /// The process is to end.
    Stop,
}

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Woken {
    /// Something happened.
    Rung,
    /// The time is over.
    Due,
    /// The process is to end.
    Stop,
}

/// A folder whose changes ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) depth: Depth,
}

/// How far below a folder changes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// The folder's own entries.
    Entries,
    /// Everything below it.
    All,
}

/// Why a clock has to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polling {
    /// It was asked for.
    Asked,
    /// The folder is on a file system that tells nothing of what others write, this one.
    Network(&'static str),
    /// The system says nothing, or has no room for more notices: its words.
    Deaf(String),
}

/// Which of the places is the tree.
const TREE: usize = 2;

/// What a file is called that is written to see whether the system tells of it.
const COOKIE: &str = "taskmaster-watch-cookie";

/// How long the system may take to tell of it.
const PATIENCE: Duration = Duration::from_secs(2);

impl Doorbell {
    /// A bell for `places`, of which the first is the repository's own folder, and the third the tree. `every` is how often a clock rings where
    /// the system gives no notices; with `forced` it always does.
    pub(super) fn hang(places: &[Place], every: Duration, forced: bool) -> (Self, Option<Polling>) {
        let (hand, rings) = channel();
        let mut bell = Self { rings, hand, notices: None, every, watched: Vec::new() };
        let network = || places.iter().find_map(|place| network_file_system(&place.folder));
        let why = if forced {
            Some(Polling::Asked)
        } else if let Some(name) = network() {
            Some(Polling::Network(name))
        } else {
            bell.listen(places).err().map(Polling::Deaf)
        };
        if why.is_some() {
            bell.notices = None;
        }
        (bell, why)
    }

    /// Makes the bell ring for the end.
    pub(super) fn stopper(&self) -> impl Fn() + Send + 'static {
        let hand = self.hand.clone();
        move || {
            let _ = hand.send(Ring::Stop);
        }
    }

    /// Makes the bell ring for news that are no files'.
    pub(super) fn caller(&self) -> impl Fn() + Send + 'static {
        let hand = self.hand.clone();
        move || {
            let _ = hand.send(Ring::News);
        }
    }

    /// Waits for a ring, `longest` at the most. News that are no files' are told meanwhile; who hears them says whether
    /// to go on.
    pub(super) fn wait(&self, longest: Option<Duration>, hear: &mut dyn FnMut() -> ControlFlow<()>) -> Woken {
        let clock = self.notices.is_none().then_some(self.every);
        let until = longest.into_iter().chain(clock).min().map(|longest| Instant::now() + longest);
        loop {
            let ring = match until {
                Some(until) => self.rings.recv_timeout(until.saturating_duration_since(Instant::now())),
                None => self.rings.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            return match ring {
                Ok(Ring::News) if hear().is_continue() => continue,
                Ok(Ring::Stop | Ring::News) | Err(RecvTimeoutError::Disconnected) => Woken::Stop,
                Ok(Ring::Something | Ring::Cookie) => Woken::Rung,
                Err(RecvTimeoutError::Timeout) => Woken::Due,
            };
        }
    }

    /// Watches `places` anew where one of them is another folder by now: git and people remove folders and make them
    /// again. Whether one was.
    pub(super) fn renew(&mut self, places: &[Place]) -> bool {
        let Some(notices) = &mut self.notices else { return false };
        let now: Vec<(Place, Option<u64>)> =
            places.iter().map(|place| (place.clone(), identity(&place.folder))).collect();
        if now == self.watched {
            return false;
        }
        for (place, _) in self.watched.iter().filter(|old| !now.contains(old)) {
            // The system has forgotten a folder that is gone.
            let _ = notices.unwatch(&place.folder);
        }
        for (place, _) in now.iter().filter(|(_, identity)| identity.is_some()) {
            // What cannot be watched now is tried again when something rings, and a rescan sees what is in it.
            let _ = notices.watch(&place.folder, place.depth.mode());
        }
        self.watched = now;
        true
    }

    fn listen(&mut self, places: &[Place]) -> Result<(), String> {
        let hand = self.hand.clone();
        let meant = Meant::of(places);
        let ring = move |notice: notify::Result<notify::Event>| {
            if let Some(ring) = ring_of(&notice, &meant) {
                let _ = hand.send(ring);
            }
        };
        let mut notices = RecommendedWatcher::new(ring, Config::default()).map_err(|error| words(&error))?;
        for place in places.iter().filter(|place| place.folder.is_dir()) {
            notices.watch(&place.folder, place.depth.mode()).map_err(|error| words(&error))?;
        }
        self.notices = Some(notices);
        self.watched = places.iter().map(|place| (place.clone(), identity(&place.folder))).collect();
        let Some(own) = places.first() else { return Ok(()) };
        let probe =
            tempfile::Builder::new().prefix(COOKIE).tempfile_in(&own.folder).map_err(|error| error.to_string())?;
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.rings.recv_timeout(left) {
                Ok(Ring::Cookie) => break,
                Ok(Ring::Stop) => {
                    let _ = self.hand.send(Ring::Stop);
                    break;
                }
                Ok(Ring::Something | Ring::News) => {}
                Err(_) => return Err("the file system tells of no changes".to_owned()),
            }
        }
        drop(probe);
        // What rang so far is seen by the first look.
        Ok(())
    }
}

impl Depth {
    fn mode(self) -> RecursiveMode {
        match self {
            Self::Entries => RecursiveMode::NonRecursive,
            Self::All => RecursiveMode::Recursive,
        }
    }
}

/// What a notice of the system's is worth.
fn ring_of(notice: &notify::Result<notify::Event>, meant: &Meant) -> Option<Ring> {
    // Lost notices are a reason to look.
    let Ok(event) = notice else { return Some(Ring::Something) };
    if event.need_rescan() {
        return Some(Ring::Something);
    }
    // That somebody reads a file is no news; that somebody who has written it is done, is.
    if matches!(event.kind, EventKind::Access(kind) if kind != AccessKind::Close(AccessMode::Write)) {
        return None;
    }
    let named = |path: &Path, start: &str| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(start))
    };
    if event.paths.iter().any(|path| named(path, COOKIE)) {
        return Some(Ring::Cookie);
    }
    let is_news = |path: &PathBuf| meant.is_meant(path, event.kind);
    (event.paths.is_empty() || event.paths.iter().any(is_news)).then_some(Ring::Something)
}

/// Which files mean something: somebody who writes another one all the time must not keep the watcher from ever finding
/// quiet.
struct Meant {
    git_dir: PathBuf,
    tree: PathBuf,
}

impl Meant {
    fn of(places: &[Place]) -> Self {
        let nth = |nth: usize| places.get(nth).map(|place| place.folder.clone()).unwrap_or_default();
        Self { git_dir: nth(0), tree: nth(TREE) }
    }

    fn is_meant(&self, path: &Path, kind: EventKind) -> bool {
        if let Ok(inside) = path.strip_prefix(&self.tree) {
            let is_read = inside
                .to_str()
                .and_then(|text| TreePath::new(text).ok())
                .is_none_or(|path| path.role().is_read() || path.may_hold_tasks());
            // Folders come and go under their own names, and so does task-master's lock.
            let is_structure = matches!(
                kind,
                EventKind::Create(CreateKind::Folder)
                    | EventKind::Remove(RemoveKind::Folder)
                    | EventKind::Modify(ModifyKind::Name(_))
            );
            return is_read || is_structure || path.extension().is_some_and(|extension| extension == "lock");
        }
        if path.parent() == Some(&self.git_dir) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            return STATE.contains(&name)
                || name.ends_with("_HEAD")
                || name.starts_with("rebase-")
                || name.starts_with("BISECT_");
        }
        // Of what stands beside the tree only the tree itself counts.
        path.parent() != self.tree.parent()
    }
}

/// What git's state is told by in its folder, beside what ends with `_HEAD`.
const STATE: [&str; 8] =
    ["HEAD", "HEAD.lock", "config", "config.worktree", "index", "index.lock", "packed-refs", "sequencer"];

fn words(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "the system watches no more folders (fs.inotify.max_user_watches)".to_owned(),
        ErrorKind::Io(error) if error.raw_os_error() == Some(24) => {
            "the system has no more watchers (fs.inotify.max_user_instances)".to_owned()
        }
        _ => error.to_string(),
    }
}

/// Which folder it is; `None` where there is none.
#[cfg(unix)]
fn identity(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(folder).ok().map(|metadata| metadata.ino())
}

#[cfg(not(unix))]
fn identity(folder: &Path) -> Option<u64> {
    folder.is_dir().then_some(0)
}

/// The file system a folder is on, where that is one that tells nothing of what other machines write. The numbers are
/// those of statfs(2).
#[cfg(target_os = "linux")]
fn network_file_system(folder: &Path) -> Option<&'static str> {
    const NETWORK: [(i64, &str); 8] = [
        (0x6969, "nfs"),
        (0x517B, "smb"),
        (0xFF53_4D42, "cifs"),
        (0xFE53_4D42, "smb2"),
        (0x0102_1997, "9p"),
        (0x00C3_6400, "ceph"),
        (0x786F_4256, "vboxsf"),
        (0x5346_414F, "afs"),
    ];
    let kind = rustix::fs::statfs(folder).ok()?.f_type;
    NETWORK.iter().find(|(number, _)| *number == kind & 0xFFFF_FFFF).map(|(_, name)| *name)
}

#[cfg(not(target_os = "linux"))]
fn network_file_system(_: &Path) -> Option<&'static str> {
    None
}
