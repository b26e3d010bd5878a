//! Putting our section into a repository's hook files, and taking it out.
//!
//! Everything is read and decided first; a file whose markers are broken stops the whole run
//! before anything is written. `core.hooksPath` is obeyed and never set. Files are replaced whole
//! (a temporary file in the same folder, then a rename), and only if they still are what was read.
//!
//! A hook file that is there but not executable is one that git ignores: it is left so, since
//! making it executable would wake somebody's sleeping script.

use std::io;
use std::path::{Path, PathBuf};

use super::hook_file::{HookFile, delete, replace};
use super::section::{self, Inserted, Removed, SectionError};
use super::{FolderError, FolderKind, Git, HookName, HooksFolder, Manager, managers};
use crate::store::Permission;

/// What to do about a hooks folder that other repositories use too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SharedFolder {
    /// Leave it alone.
    #[default]
    Refuse,
    /// Write to it: the hooks then run in every repository that uses it.
    Write,
}

/// What became of one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The hook.
    pub hook: HookName,
    /// Its file.
    pub file: PathBuf,
    /// What became of it.
    pub kind: OutcomeKind,
}

/// What became of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeKind {
    /// There was no file; one was made.
    Created,
    /// The section was added to a script that was there.
    Added,
    /// An older section was replaced, or a lost executable bit given back.
    Updated,
    /// All was as it should be.
    Unchanged,
    /// The section was taken out, and the script that was there is as it was.
    Removed,
    /// The file was ours alone and is deleted.
    Deleted,
    /// There was nothing to take out.
    NotInstalled,
    /// Not a shell script: left alone.
    Foreign {
        /// What it is written for.
        interpreter: String,
        /// Lines to add to it by hand.
        lines: String,
    },
    /// Another program has this hook in hand: left alone.
    Managed(Manager),
    /// The file is a link to somewhere else: left alone.
    Linked {
        /// Where it leads.
        target: PathBuf,
    },
    /// The file is not executable, so git ignores it: left alone.
    NotExecutable,
}

impl OutcomeKind {
    /// What is left to do by hand, if something is.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Foreign { interpreter, .. } => {
                Some(format!("it is written for {interpreter}; add the lines by hand"))
            }
            Self::Managed(manager) if !manager.present => {
                Some(format!("{} has this hook in hand; add the lines to `{}`", manager.name, manager.file.display()))
            }
            Self::Linked { target } => {
                Some(format!("it is a link to `{}`; replace the link by a file, or edit its target", target.display()))
            }
            Self::NotExecutable => {
                Some("git ignores it; make it executable (`chmod +x`) or delete it, then install again".to_owned())
            }
            _ => None,
        }
    }
}

/// Why hooks are not installed or taken out at all.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Git does not say where they are.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Hooks are switched off.
    #[error("hooks are switched off: core.hooksPath is `{value}` ({scope})")]
    Disabled {
        /// The value of the setting.
        value: String,
        /// Where it is set.
        scope: String,
    },
    /// The folder belongs to more than this repository.
    #[error("the hooks folder `{}` lies outside this repository: other repositories use it too", path.display())]
    Outside {
        /// The folder.
        path: PathBuf,
        /// Where core.hooksPath is set, if it is.
        scope: Option<String>,
        /// The folder that would be this repository's own.
        own: PathBuf,
    },
    /// A script that must be put in order first.
    #[error("`{}`: {source}", path.display())]
    Section {
        /// The script.
        path: PathBuf,
        /// What is wrong with it.
        source: SectionError,
    },
    /// A file that cannot be read or written.
    #[error("cannot {what} `{}`: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Somebody else wrote the file in the meantime.
    #[error("`{}` was changed by somebody else meanwhile", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

impl InstallError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Disabled { scope, .. } => Some(format!(
                "`git config --show-origin core.hooksPath` says where; `git config --{scope} --unset core.hooksPath` switches hooks on"
            )),
            Self::Outside { scope, own, .. } => Some(match scope {
                Some(scope) => format!(
                    "core.hooksPath is set in the {scope} configuration; give this repository its own with `git config core.hooksPath '{}'`, or write into the shared folder: taskmaster hooks install --shared",
                    own.display()
                ),
                None => {
                    "the folder is a link that leads outside: replace the link, or: taskmaster hooks install --shared"
                        .to_owned()
                }
            }),
            Self::Section { source, .. } => Some(source.hint()),
            Self::Changed { .. } => Some("run it again".to_owned()),
            Self::Folder(_) | Self::File { .. } => None,
        }
    }
}

/// Puts the section into these hooks of the repository at `folder`; it runs the program `binary`.
///
/// # Errors
/// When git knows no hooks folder for it, hooks are switched off, the folder is not this
/// repository's alone, a script's markers are broken, or a file cannot be read or written.
pub fn install(
    git: &Git,
    folder: &Path,
    binary: &Path,
    hooks: &[HookName],
    shared: SharedFolder,
) -> Result<Vec<Outcome>, InstallError> {
    let place = writable_folder(git, folder, shared)?;
    let mut steps = Vec::new();
    for hook in hooks.iter().copied() {
        let file = place.path.join(hook.file_name());
        steps.push(plan(&place, hook, &file, binary)?.at(hook, file));
    }
    carry_out(steps)
}

/// Takes the section out of these hooks of the repository at `folder`, and out of the files of ours
/// that another program has set aside. Lines in the configuration of such a program stay.
///
/// # Errors
/// As for [`install`].
pub fn uninstall(
    git: &Git,
    folder: &Path,
    hooks: &[HookName],
    shared: SharedFolder,
) -> Result<Vec<Outcome>, InstallError> {
    let place = writable_folder(git, folder, shared)?;
    let mut steps = Vec::new();
    for hook in hooks.iter().copied() {
        let path = place.path.join(hook.file_name());
        steps.push(plan_removal(&path)?.at(hook, path));
        for suffix in managers::SET_ASIDE {
            let path = place.path.join(format!("{hook}{suffix}"));
            let step = plan_removal(&path)?;
            if step.old.is_some() {
                steps.push(step.at(hook, path));
            }
        }
    }
    carry_out(steps)
}

fn writable_folder(git: &Git, folder: &Path, shared: SharedFolder) -> Result<HooksFolder, InstallError> {
    let place = HooksFolder::find(git, folder)?;
    match place.kind {
        FolderKind::Disabled => {
            let setting = place
                .configured
                .unwrap_or_else(|| super::Configured { value: String::new(), scope: "local".to_owned() });
            Err(InstallError::Disabled { value: setting.value, scope: setting.scope })
        }
        FolderKind::Outside if shared == SharedFolder::Refuse => {
            let scope = place.configured.map(|setting| setting.scope);
            Err(InstallError::Outside { path: place.path, scope, own: place.default })
        }
        _ => Ok(place),
    }
}

/// What is to be done with one file: nothing where `old` and `new` are both `None`.
struct Step {
    kind: OutcomeKind,
    /// What the file holds now; `None` where there is none.
    old: Option<Vec<u8>>,
    /// What it shall hold; `None` to delete it.
    new: Option<Vec<u8>>,
}

impl Step {
    fn nothing(kind: OutcomeKind) -> Self {
        Self { kind, old: None, new: None }
    }

    fn at(self, hook: HookName, file: PathBuf) -> (HookName, PathBuf, Self) {
        (hook, file, self)
    }
}

fn plan(place: &HooksFolder, hook: HookName, file: &Path, binary: &Path) -> Result<Step, InstallError> {
    if let Some(manager) = managers::of_folder(place, hook) {
        return Ok(Step::nothing(OutcomeKind::Managed(manager)));
    }
    let (old, executable) = match HookFile::read(file)? {
        HookFile::Absent => (None, true),
        HookFile::Link(target) => return Ok(Step::nothing(OutcomeKind::Linked { target })),
        HookFile::Script { bytes, executable } => (Some(bytes), executable),
    };
    let has_section = match &old {
        Some(bytes) => section::recorded_binary(bytes).map_err(in_file(file))?.is_some(),
        None => false,
    };
    if !has_section {
        if let Some(manager) = managers::of_file(place, hook, old.as_deref()) {
            return Ok(Step::nothing(OutcomeKind::Managed(manager)));
        }
        if !executable {
            return Ok(Step::nothing(OutcomeKind::NotExecutable));
        }
    }
    let (kind, new) = match section::insert(old.as_deref(), hook, binary).map_err(in_file(file))? {
        Inserted::Created(bytes) => (OutcomeKind::Created, bytes),
        Inserted::Added(bytes) => (OutcomeKind::Added, bytes),
        Inserted::Replaced(bytes) => (OutcomeKind::Updated, bytes),
        Inserted::Unchanged if executable => return Ok(Step::nothing(OutcomeKind::Unchanged)),
        Inserted::Unchanged => (OutcomeKind::Updated, old.clone().unwrap_or_default()),
        Inserted::Foreign { interpreter, lines } => {
            return Ok(Step::nothing(OutcomeKind::Foreign { interpreter, lines }));
        }
    };
    Ok(Step { kind, old, new: Some(new) })
}

fn plan_removal(path: &Path) -> Result<Step, InstallError> {
    Ok(match HookFile::read(path)? {
        HookFile::Absent => Step::nothing(OutcomeKind::NotInstalled),
        HookFile::Link(target) => Step::nothing(OutcomeKind::Linked { target }),
        HookFile::Script { bytes, .. } => match section::remove(&bytes).map_err(in_file(path))? {
            Removed::NotThere => Step::nothing(OutcomeKind::NotInstalled),
            Removed::Nothing => Step { kind: OutcomeKind::Deleted, old: Some(bytes), new: None },
            Removed::Rest(rest) => Step { kind: OutcomeKind::Removed, old: Some(bytes), new: Some(rest) },
        },
    })
}

fn carry_out(steps: Vec<(HookName, PathBuf, Step)>) -> Result<Vec<Outcome>, InstallError> {
    let mut outcomes = Vec::new();
    for (hook, file, step) in steps {
        let permission = match step.kind {
            OutcomeKind::Removed => Permission::Readable,
            _ => Permission::Executable,
        };
        match (&step.old, &step.new) {
            (None, None) => {}
            (old, Some(new)) => replace(&file, old.as_deref(), new, permission)?,
            (Some(old), None) => delete(&file, old)?,
        }
        outcomes.push(Outcome { hook, file, kind: step.kind });
    }
    Ok(outcomes)
}

fn in_file(path: &Path) -> impl FnOnce(SectionError) -> InstallError {
    move |source| InstallError::Section { path: path.to_owned(), source }
}
