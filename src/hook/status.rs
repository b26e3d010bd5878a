//! How things stand with a repository's hooks.

use std::path::{Path, PathBuf};

use super::hook_file::HookFile;
use super::interpreter::{Language, language};
use super::section::{self, Inserted, SectionError};
use super::{FolderKind, Git, HookName, HooksFolder, InstallError, Manager, managers};

/// How things stand with the hooks of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksStatus {
    /// The folder that git runs hooks from.
    pub folder: HooksFolder,
    /// Each hook; none where hooks are switched off.
    pub hooks: Vec<HookStatus>,
}

impl HooksStatus {
    /// The hooks that do not run ours; none where all is well.
    #[must_use]
    pub fn missing(&self) -> Vec<HookName> {
        let runs = |name: &HookName| self.hooks.iter().any(|hook| hook.hook == *name && hook.state.runs_ours());
        self.folder.side.hooks().iter().copied().filter(|name| !runs(name)).collect()
    }
}

/// How things stand with one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookStatus {
    /// The hook.
    pub hook: HookName,
    /// Its file.
    pub file: PathBuf,
    /// How things stand.
    pub state: HookState,
}

/// How things stand with a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    /// Our section is there, as this version writes it.
    Installed {
        /// The program it names.
        binary: PathBuf,
        /// Whether that program is there. If not, the section looks on PATH.
        binary_exists: bool,
    },
    /// Our section is there, but another version wrote it, or somebody changed it.
    Outdated {
        /// The program it names.
        binary: PathBuf,
    },
    /// No section of ours.
    Missing,
    /// The file is not executable, so git ignores it.
    NotExecutable,
    /// No section of ours, and the file is no shell script.
    Foreign {
        /// What it is written for.
        interpreter: String,
    },
    /// Another program has the hook in hand.
    Managed(Manager),
    /// The file is a link.
    Linked {
        /// Where it leads.
        target: PathBuf,
    },
    /// The markers in the file do not pair up.
    Broken(SectionError),
}

impl HookState {
    /// Whether git runs ours.
    #[must_use]
    pub fn runs_ours(&self) -> bool {
        match self {
            Self::Installed { .. } | Self::Outdated { .. } => true,
            Self::Managed(manager) => manager.present,
            _ => false,
        }
    }
}

/// How things stand with all hooks of the repository at `folder`. Changes nothing.
///
/// # Errors
/// When git knows no hooks folder for it, or a file cannot be read.
pub fn status(git: &Git, folder: &Path) -> Result<HooksStatus, InstallError> {
    let folder = HooksFolder::find(git, folder)?;
    let mut hooks = Vec::new();
    if folder.kind != FolderKind::Disabled {
        for hook in folder.side.hooks().iter().copied() {
            let file = folder.path.join(hook.file_name());
            let state = state(&folder, hook, &HookFile::read(&file)?);
            hooks.push(HookStatus { hook, file, state });
        }
    }
    Ok(HooksStatus { folder, hooks })
}

fn state(folder: &HooksFolder, hook: HookName, found: &HookFile) -> HookState {
    if let Some(manager) = managers::of_folder(folder, hook) {
        return HookState::Managed(manager);
    }
    let (bytes, executable) = match found {
        HookFile::Absent => (None, true),
        HookFile::Link(target) => return HookState::Linked { target: target.clone() },
        HookFile::Script { bytes, executable } => (Some(bytes.as_slice()), *executable),
    };
    let binary = match bytes.map(section::recorded_binary).transpose() {
        Ok(binary) => binary.flatten(),
        Err(error) => return HookState::Broken(error),
    };
    if !executable {
        return HookState::NotExecutable;
    }
    if let Some(binary) = binary {
        let same = section::insert(bytes, hook, &binary) == Ok(Inserted::Unchanged);
        let binary_exists = binary.is_file();
        return if same { HookState::Installed { binary, binary_exists } } else { HookState::Outdated { binary } };
    }
    if let Some(manager) = managers::of_file(folder, hook, bytes) {
        return HookState::Managed(manager);
    }
    match bytes.map(language) {
        Some(Language::Other(interpreter)) => HookState::Foreign { interpreter },
        _ => HookState::Missing,
    }
}
