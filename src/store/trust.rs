//! What this machine's user has allowed, kept in a folder of the user's that no repository can write.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::atomic::{Permission, replace_as};
use super::crash::{Step, around};
use super::error::io;
use super::{StoreError, remove};

/// The user's decisions: a file for each repository and configuration, and a log of who decided what when.
#[derive(Debug, Clone)]
pub struct Trust {
    folder: PathBuf,
}

/// A configuration that was allowed: `taskmaster.allowed/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    schema: String,
    /// The repository, by its git directory; bytes that are no UTF-8 stand as `\xNN`.
    pub repository: String,
    /// The configuration's digest: 64 hexadecimal digits.
    pub hash: String,
    /// When, in the form of RFC 3339.
    pub at: String,
    /// Who.
    pub who: String,
    /// The configuration itself, so that a later one can be compared with it.
    pub text: String,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Its effects may be carried out.
    Allow,
    /// They may in one run.
    AllowOnce,
    /// They may no longer.
    Deny,
}

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    at: &'a str,
    who: &'a str,
    decision: &'static str,
    repository: &'a str,
    hash: &'a str,
}

impl Allowed {
    /// A decision about the configuration `text` of a repository.
    #[must_use]
    pub fn new(repository: &Path, text: &[u8], at: &str, who: &str) -> Self {
        Self {
            schema: "taskmaster.allowed/1".to_owned(),
            repository: spelled(repository),
            hash: Trust::hash(text),
            at: at.to_owned(),
            who: who.to_owned(),
            text: String::from_utf8_lossy(text).into_owned(),
        }
    }
}

impl Trust {
    /// The decisions below `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The digest that names a configuration: SHA-256 of its bytes as they are committed.
    #[must_use]
    pub fn hash(text: &[u8]) -> String {
        hexadecimal(&Sha256::digest(text))
    }

    fn repository_folder(&self, repository: &Path) -> PathBuf {
        let name = hexadecimal(&Sha256::digest(repository.as_os_str().as_encoded_bytes()));
        self.folder.join("allowed").join(name)
    }

    /// What is allowed in a repository, the latest last.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or others can write them.
    pub fn allowed(&self, repository: &Path) -> Result<Vec<Allowed>, StoreError> {
        let folder = self.repository_folder(repository);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io("listing", &folder)(error)),
        };
        own(&folder)?;
        let mut allowed = Vec::new();
        for entry in entries {
            let path = entry.map_err(io("listing", &folder))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            own(&path)?;
            let bytes = fs::read(&path).map_err(io("reading", &path))?;
            let one: Allowed =
                serde_json::from_slice(&bytes).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
            // A file that was copied from another repository's folder, or edited, says nothing.
            let is_sound = one.repository == spelled(repository) && Self::hash(one.text.as_bytes()) == one.hash;
            if is_sound && path.file_stem().is_some_and(|stem| *stem == *one.hash) {
                allowed.push(one);
            }
        }
        allowed.sort_by(|one, other| (&one.at, &one.hash).cmp(&(&other.at, &other.hash)));
        Ok(allowed)
    }

    /// Whether a configuration that was found to be allowed still is.
    #[must_use]
    pub fn is_allowed(&self, repository: &Path, hash: &str) -> bool {
        let path = self.repository_folder(repository).join(format!("{hash}.json"));
        own(&path).is_ok() && path.is_file()
    }

    /// When something was allowed or denied last in a repository; `None` where nothing was.
    #[must_use]
    pub fn last_changed(&self, repository: &Path) -> Option<SystemTime> {
        fs::metadata(self.repository_folder(repository)).and_then(|metadata| metadata.modified()).ok()
    }

    /// Records that a configuration is allowed; the log says so first.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn allow(&self, repository: &Path, allowed: &Allowed) -> Result<(), StoreError> {
        let folder = self.repository_folder(repository);
        private_folder(&folder)?;
        let path = folder.join(format!("{}.json", allowed.hash));
        self.log(allowed, Decision::Allow)?;
        let before = fs::read(&path).ok();
        let text = serde_json::to_string_pretty(allowed).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        replace_as(&path, before.as_deref(), format!("{text}\n").as_bytes(), Permission::Private)?;
        Ok(())
    }

    /// Takes back that a configuration is allowed: `at` and `who` of `denied` are those of the denial.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub fn deny(&self, repository: &Path, denied: &Allowed) -> Result<(), StoreError> {
        remove(&self.repository_folder(repository).join(format!("{}.json", denied.hash)))?;
        self.log(denied, Decision::Deny)
    }

    /// Notes that a configuration is allowed for one run alone.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn allow_once(&self, allowed: &Allowed) -> Result<(), StoreError> {
        self.log(allowed, Decision::AllowOnce)
    }

    fn log(&self, about: &Allowed, decision: Decision) -> Result<(), StoreError> {
        let path = self.folder.join("decisions.jsonl");
        private_folder(&self.folder)?;
        let line = Line {
            schema: "taskmaster.decision/1",
            at: &about.at,
            who: &about.who,
            decision: match decision {
                Decision::Allow => "allow",
                Decision::AllowOnce => "allow-once",
                Decision::Deny => "deny",
            },
            repository: &about.repository,
            hash: &about.hash,
        };
        let text = serde_json::to_string(&line).map_err(|_| StoreError::Corrupt { path: path.clone() })?;
        let written = around(Step::LogLines, || {
            let mut options = OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&path)?.write_all(format!("{text}\n").as_bytes())
        });
        written.map_err(io("writing", &path))
    }
}

/// Makes a folder that is for its owner alone, and those above it that are missing.
fn private_folder(folder: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    around(Step::Folder, || builder.create(folder)).map_err(io("creating", folder))
}

/// That nobody but its owner, who is this user, can write a file or folder.
#[cfg(unix)]
fn own(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).map_err(io("reading", path))?;
    if metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(StoreError::Foreign { path: path.to_owned() })
}

#[cfg(not(unix))]
fn own(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

/// A path as text, in which no two paths of one user are the same by chance.
fn spelled(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
