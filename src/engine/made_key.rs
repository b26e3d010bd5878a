//! Keys that say for which event a task or a file was made, so that it is made once however history is
//! rewritten.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::creation;
use super::event::Event;
use crate::model::{Board, Snapshot, Task, Timestamp, TreePath};

/// How many digits of a key stand in the name of a file.
const SHORT: [usize; 3] = [6, 4, 6];
/// How many digits each part has where all of them are written.
const LONG: [usize; 3] = [24, 16, 24];

/// For which event something was made: three parts, each the first digits of a SHA-256.
///
/// The kin is over task, type and field of the event, trigger and index of the action; the values over old, new,
/// and the number of the occurrence; the moment over when the source commit was first written. In a file's name
/// each part is cut shorter; cut and whole keys are never compared with each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MadeKey {
    kin: String,
    values: String,
    moment: String,
}

impl MadeKey {
    /// The key of an action of an event whose source commit was first written at `moment`. Of equal events of one
    /// second the first has the occurrence 1.
    #[must_use]
    pub fn new(
        event: &Event,
        (trigger, action): (&str, usize),
        moment: Option<Timestamp>,
        occurrence: usize,
        length: KeyLength,
    ) -> Self {
        let [kin, values, of_moment] = length.digits();
        Self {
            kin: cut(event.hashed_kin(trigger, action).as_str(), kin),
            values: cut(event.hashed_values(occurrence).as_str(), values),
            moment: cut(super::event::hashed_moment(moment).as_str(), of_moment),
        }
    }

    /// Reads a key that [`Display`](fmt::Display) has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let length = [KeyLength::Whole, KeyLength::Cut].into_iter().find(|length| length.total() == text.len())?;
        if !text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
            return None;
        }
        let [kin, values, _] = length.digits();
        let (kin, rest) = text.split_at_checked(kin)?;
        let (values, moment) = rest.split_at_checked(values)?;
        Some(Self { kin: kin.to_owned(), values: values.to_owned(), moment: moment.to_owned() })
    }

    /// The key of a task that was made.
    #[must_use]
    pub fn of_task(task: &Task) -> Option<Self> {
        Self::parse(creation::made_for(task)?)
    }

    /// The key of a file that was made for one event.
    #[must_use]
    pub fn of_file(path: &TreePath) -> Option<Self> {
        let (stem, _) = path.as_str().strip_prefix(REPORTS)?.rsplit_once('.')?;
        Self::parse(stem.rsplit(['-', '/']).next()?).filter(|key| key.kin.len() == SHORT[0])
    }

    /// Whether both are of the same action on the same field of the same task, whatever its values and whenever.
    #[must_use]
    pub fn is_kin_of(&self, other: &Self) -> bool {
        self.kin == other.kin
    }

    /// Whether both say that the field went from the same value to the same.
    #[must_use]
    pub fn has_values_of(&self, other: &Self) -> bool {
        self.values == other.values
    }

    fn is_of_a_moment(&self, moments: &HashSet<String>) -> bool {
        moments.iter().any(|moment| moment.starts_with(&self.moment))
    }
}

impl fmt::Display for MadeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.kin, self.values, self.moment)
    }
}

/// Where files stand that are made for one event.
const REPORTS: &str = "reports/";

/// How much of a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyLength {
    /// 64 digits, in a task's record.
    Whole,
    /// 16 digits, in a file's name.
    Cut,
}

impl KeyLength {
    fn digits(self) -> [usize; 3] {
        match self {
            Self::Whole => LONG,
            Self::Cut => SHORT,
        }
    }

    fn total(self) -> usize {
        self.digits().iter().sum()
    }
}

fn cut(digits: &str, length: usize) -> String {
    digits.get(..length).unwrap_or(digits).to_owned()
}

/// All keys in a tree.
#[must_use]
pub fn keys_of(snapshot: &Snapshot, board: &Board) -> HashSet<MadeKey> {
    let tasks = board.tasks.values().filter_map(MadeKey::of_task);
    tasks.chain(reports(snapshot).filter_map(MadeKey::of_file)).collect()
}

/// The files below `reports/`.
pub fn reports(snapshot: &Snapshot) -> impl Iterator<Item = &TreePath> {
    let below = snapshot.files.range(TreePath::known("reports")..).map(|(path, _)| path);
    below.take_while(|path| path.as_str().starts_with("reports")).filter(|path| path.as_str().starts_with(REPORTS))
}

/// What the commits around a source have made already.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MadeBefore {
    /// What was there before any of the commits that are processed together: it was made for other events, be they
    /// equal in everything that a key tells.
    pub older: Arc<HashSet<MadeKey>>,
    /// What the source commit brings together with its changes: made for them, as they were written before.
    pub brought: HashSet<MadeKey>,
    /// What other commits bring that are processed together, for moments that no commit has any more.
    pub orphaned: Arc<HashSet<MadeKey>>,
}

/// Those keys whose moment is not among those at which commits were first written: history was rewritten with
/// other dates.
#[must_use]
pub fn orphans(keys: impl Iterator<Item = MadeKey>, moments: &[Timestamp]) -> HashSet<MadeKey> {
    let mut keys = keys.peekable();
    if keys.peek().is_none() {
        return HashSet::new();
    }
    let moments: HashSet<String> =
        moments.iter().map(|moment| super::event::hashed_moment(Some(*moment)).as_str().to_owned()).collect();
    keys.filter(|key| !key.is_of_a_moment(&moments)).collect()
}
