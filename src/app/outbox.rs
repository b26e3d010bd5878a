//! The effects of a clone: which there are, and what a person decides about them.

use super::{AppError, Project};
use crate::store::{Intent, IntentState, Outbox, Standing};

/// Which effects are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen<'a> {
    /// Those whose keys begin so.
    Keys(&'a [String]),
    /// All that the command is for.
    All,
}

/// What a person decides about effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// What was given up, or was left to a person, is tried again.
    Retry,
    /// What was not carried out never is.
    Discard,
}

impl Verdict {
    /// The states that it can be said of.
    #[must_use]
    pub fn fits(self) -> &'static [IntentState] {
        match self {
            Self::Retry => &[IntentState::Dead, IntentState::Parked, IntentState::Waiting],
            Self::Discard => &[IntentState::Waiting, IntentState::Dead, IntentState::Parked],
        }
    }
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// No effect has a key like that.
    #[error("no effect has a key that begins with `{}`", text.escape_debug())]
    Unknown {
        /// As it was given.
        text: String,
    },
    /// More than one has.
    #[error("more than one effect has a key that begins with `{}`", text.escape_debug())]
    Ambiguous {
        /// As it was given.
        text: String,
    },
    /// A text that is no beginning of a key.
    #[error("`{}` is no key of an effect, and no beginning of one", text.escape_debug())]
    NoKey {
        /// As it was given.
        text: String,
    },
    /// An effect of which that cannot be said.
    #[error("the effect {} is {state}", key.get(..12).unwrap_or(key))]
    State {
        /// Its key.
        key: String,
        /// Where it stands.
        state: &'static str,
    },
}

impl OutboxError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { .. } | Self::Ambiguous { .. } | Self::NoKey { .. } => {
                "a key has 64 digits of 0 to 9 and a to f, of which the first 6 or more are enough; \
                 taskmaster outbox list --all shows them"
                    .to_owned()
            }
            Self::State { key, .. } => {
                format!("see what became of it: taskmaster outbox show {}", key.get(..12).unwrap_or(key))
            }
        }
    }
}

/// The fewest digits of a key that are taken for one.
const FEWEST: usize = 6;

/// The effects that are not through with, or all of them, the first recorded first.
///
/// # Errors
/// When the outbox cannot be read.
pub fn effects(project: &Project, past: Past) -> Result<Vec<(Intent, Standing)>, AppError> {
    let states: &[IntentState] = match past {
        Past::Left => &IntentState::OPEN,
        Past::Told => &IntentState::ALL,
    };
    Ok(of(project).list(states)?)
}

/// How many effects that are not through with, as far as is known, have a file that cannot be read: they are the doctor's.
///
/// # Errors
/// When the outbox cannot be listed.
pub fn unreadable(project: &Project) -> Result<usize, AppError> {
    Ok(of(project).visit(&[], &mut |_, _, _| {})?)
}

/// Whether what is past is told, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// It is left out.
    Left,
    /// It is told.
    Told,
}

/// The effect whose key begins so.
///
/// # Errors
/// When there is none, or more than one, or the outbox cannot be read.
pub fn effect(project: &Project, beginning: &str) -> Result<(Intent, Standing), AppError> {
    let all = of(project).list(&IntentState::ALL)?;
    Ok(find(&all, beginning)?.clone())
}

fn find<'e>(all: &'e [(Intent, Standing)], beginning: &str) -> Result<&'e (Intent, Standing), OutboxError> {
    let text = beginning.to_owned();
    let is_key = (FEWEST..=64).contains(&beginning.len()) && beginning.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_key {
        return Err(OutboxError::NoKey { text });
    }
    let mut found = all.iter().filter(|(intent, _)| intent.key.starts_with(&beginning.to_ascii_lowercase()));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(OutboxError::Ambiguous { text }),
        (None, _) => Err(OutboxError::Unknown { text }),
    }
}

/// Decides about effects. Gives the keys of those that it was said of.
///
/// # Errors
/// When there is no such effect, it is in another state, or the outbox cannot be read or written.
pub fn decide(project: &Project, verdict: Verdict, chosen: Chosen<'_>) -> Result<Vec<String>, AppError> {
    let outbox = of(project);
    let all = outbox.list(&IntentState::ALL)?;
    let meant: Vec<&(Intent, Standing)> = match chosen {
        Chosen::Keys(keys) => keys.iter().map(|key| find(&all, key)).collect::<Result<_, _>>()?,
        Chosen::All => all.iter().filter(|(_, standing)| verdict.fits().contains(&standing.state)).collect(),
    };
    if let Some((intent, standing)) = meant.iter().find(|(_, standing)| !verdict.fits().contains(&standing.state)) {
        return Err(AppError::Outbox(OutboxError::State { key: intent.key.clone(), state: standing.state.name() }));
    }
    let mut decided = Vec::new();
    for (intent, standing) in meant {
        let mut next = standing.clone();
        next.not_before = None;
        match verdict {
            Verdict::Retry => {
                // Of one that waits, and was not named, what may have happened stays as it is.
                if standing.state != IntentState::Waiting || matches!(chosen, Chosen::Keys(_)) {
                    next.unknown.clear();
                    next.refused.clear();
                }
                next.state = IntentState::Waiting;
                next.attempts = 0;
                "somebody wants it tried again".clone_into(&mut next.reason);
            }
            Verdict::Discard => {
                next.state = IntentState::Skipped;
                format!("somebody has thrown it away; before: {}", standing.reason).clone_into(&mut next.reason);
            }
        }
        outbox.put(&intent.key, &next)?;
        decided.push(intent.key.clone());
    }
    Ok(decided)
}

fn of(project: &Project) -> Outbox {
    Outbox::new(&project.repository.store_dir())
}
