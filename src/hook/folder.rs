//! Where a repository's hooks are: asked of git, never guessed.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use super::Side;

/// Variables that bind a git process to one repository. The repository is named by its folder here,
/// and a hook of a linked worktree exports these for another one.
pub(super) const REPOSITORY_VARIABLES: [&str; 13] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
];

/// The git program and the environment it runs in.
#[derive(Debug, Clone, Default)]
pub struct Git {
    /// `None`: this process's own, without the variables that name a repository.
    environment: Option<Vec<(OsString, OsString)>>,
    /// Git directory and working tree, where they cannot be told from the folder.
    places: Option<(PathBuf, PathBuf)>,
}

impl Git {
    /// Git in this process's environment, without the variables that name a repository.
    #[must_use]
    pub fn inherited() -> Self {
        Self::default()
    }

    /// The same, for the repository with this git directory and working tree: where the environment names
    /// it (`GIT_DIR`), its folder alone says nothing to git.
    #[must_use]
    pub fn inherited_for(git_dir: &Path, work_tree: &Path) -> Self {
        let is_named = std::env::var_os("GIT_DIR").is_some();
        let places = is_named.then(|| (git_dir.to_owned(), work_tree.to_owned()));
        Self { environment: None, places }
    }

    /// Git in an environment of these variables and no others.
    #[must_use]
    pub fn sealed(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self { environment: Some(variables.into_iter().collect()), places: None }
    }

    /// Runs git in `folder`. `None` where it ends with another exit code than 0.
    fn ask<S: AsRef<OsStr>>(&self, folder: &Path, arguments: &[S]) -> Result<Answer, FolderError> {
        let mut command = Command::new("git");
        match &self.environment {
            Some(variables) => {
                command.env_clear().envs(variables.iter().map(|(name, value)| (name, value)));
            }
            None => {
                for name in REPOSITORY_VARIABLES {
                    command.env_remove(name);
                }
            }
        }
        if let Some((git_dir, work_tree)) = &self.places {
            command.env("GIT_DIR", git_dir).env("GIT_WORK_TREE", work_tree);
        }
        let output =
            command.arg("-C").arg(folder).args(arguments).output().map_err(|source| FolderError::NoGit { source })?;
        let mut text = output.stdout;
        if text.ends_with(b"\n") {
            text.pop();
        }
        if text.ends_with(b"\r") && cfg!(windows) {
            text.pop();
        }
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(Answer { text: output.status.success().then_some(text), complaint })
    }

    fn demand<S: AsRef<OsStr>>(&self, folder: &Path, arguments: &[S]) -> Result<Vec<u8>, FolderError> {
        let answer = self.ask(folder, arguments)?;
        answer.text.ok_or_else(|| FolderError::NoRepository { folder: folder.to_owned(), complaint: answer.complaint })
    }
}

struct Answer {
    text: Option<Vec<u8>>,
    complaint: String,
}

/// Why git does not say where the hooks are.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The program does not start.
    #[error("cannot run git: {source}")]
    NoGit {
        /// Why.
        source: io::Error,
    },
    /// Not a repository, or one that git does not open.
    #[error("git cannot use `{}` as a repository: {complaint}", folder.display())]
    NoRepository {
        /// The folder that was asked for.
        folder: PathBuf,
        /// What git says.
        complaint: String,
    },
}

/// Whose folder it is that git runs hooks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderKind {
    /// In the git directory of this repository.
    Repository,
    /// In the working tree, but not part of what is committed.
    Worktree,
    /// In the working tree and committed: what is written there goes to everybody.
    Team,
    /// In neither: other repositories use it too.
    Outside,
    /// None at all: `core.hooksPath` is empty or `/dev/null`.
    Disabled,
}

/// The setting `core.hooksPath`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Its value, with `~` written out.
    pub value: String,
    /// Where it is set: `local`, `worktree`, `global`, `system` or `command`.
    pub scope: String,
}

/// The folder that git runs a repository's hooks from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HooksFolder {
    /// The folder, whether it exists or not.
    pub path: PathBuf,
    /// Whose it is.
    pub kind: FolderKind,
    /// The setting that says so, if one does.
    pub configured: Option<Configured>,
    /// The top of the working tree, or the git directory of a bare repository.
    pub top: PathBuf,
    /// The folder that git uses where `core.hooksPath` is not set.
    pub default: PathBuf,
    /// Which hooks git runs from it.
    pub side: Side,
}

impl HooksFolder {
    /// Asks git where the hooks of the repository at `folder` are.
    ///
    /// # Errors
    /// When git cannot be run, or there is no repository.
    pub fn find(git: &Git, folder: &Path) -> Result<Self, FolderError> {
        // Relative answers are relative to where git is asked, and hooks run at the top.
        let inside = git.demand(folder, &["rev-parse", "--is-inside-work-tree"])?;
        let top_option = if inside == b"true" { "--show-toplevel" } else { "--absolute-git-dir" };
        let top = path_of(git.demand(folder, &["rev-parse", top_option])?);
        let bare = git.demand(folder, &["rev-parse", "--is-bare-repository"])?;
        let side = if bare == b"true" { Side::Server } else { Side::Clone };
        let configured = git
            .ask(&top, &["config", "--show-scope", "--type=path", "--get", "core.hooksPath"])?
            .text
            .map(|text| configured(&text));
        let common = top.join(path_of(git.demand(&top, &["rev-parse", "--git-common-dir"])?));
        let default = common.join("hooks");
        if let Some(setting) = &configured
            && ["", "/dev/null", "NUL"].contains(&setting.value.as_str())
        {
            let path = PathBuf::from(&setting.value);
            return Ok(Self { path, kind: FolderKind::Disabled, configured, top, default, side });
        }
        let path = top.join(path_of(git.demand(&top, &["rev-parse", "--git-path", "hooks"])?));
        let kind = kind(git, &path, &common, &top)?;
        Ok(Self { path, kind, configured, top, default, side })
    }

    /// The folder as seen from the top of the working tree, where it lies below it.
    #[must_use]
    pub fn below_top(&self) -> Option<PathBuf> {
        resolved(&self.path).strip_prefix(resolved(&self.top)).ok().map(Path::to_owned)
    }
}

fn configured(text: &[u8]) -> Configured {
    let text = String::from_utf8_lossy(text);
    let (scope, value) = text.split_once('\t').unwrap_or(("unknown", &text));
    Configured { value: value.to_owned(), scope: scope.to_owned() }
}

fn kind(git: &Git, path: &Path, common: &Path, top: &Path) -> Result<FolderKind, FolderError> {
    let (path, common) = (resolved(path), resolved(common));
    if path.starts_with(&common) {
        return Ok(FolderKind::Repository);
    }
    // A linked worktree may be pointed at a folder in the main one.
    let main = common.parent().filter(|_| common.file_name() == Some(OsStr::new(".git")));
    for tree in [Some(resolved(top)), main.map(Path::to_owned)].into_iter().flatten() {
        if path.starts_with(&tree) {
            let below = path.strip_prefix(&tree).unwrap_or(&path);
            let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
            let arguments: [&OsStr; 4] =
                ["--literal-pathspecs".as_ref(), "ls-files".as_ref(), "--".as_ref(), below.as_os_str()];
            let tracked = git.ask(&tree, &arguments)?.text.unwrap_or_default();
            return Ok(if tracked.is_empty() { FolderKind::Worktree } else { FolderKind::Team });
        }
    }
    Ok(FolderKind::Outside)
}

/// The path with links followed as far as it exists, and `..` taken out of the rest.
fn resolved(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut existing = path;
    loop {
        if let Ok(real) = existing.canonicalize() {
            return rest.iter().rev().fold(real, |mut whole, part: &Component<'_>| {
                match part {
                    Component::ParentDir => {
                        whole.pop();
                    }
                    Component::CurDir => {}
                    other => whole.push(other),
                }
                whole
            });
        }
        let (Some(parent), Some(last)) = (existing.parent(), existing.components().next_back()) else {
            return path.to_owned();
        };
        rest.push(last);
        existing = parent;
    }
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}
