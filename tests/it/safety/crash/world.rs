//! All that a run may leave in a repository, as something that can be compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::scenario::{Act, Dates};
use crate::sandbox::{Ran, run_sealed};

/// The date of whatever is done, and done again.
const DATE: &str = "1750100000 +0000";

/// A repository in a sandbox, to be used from any thread.
pub(super) struct World {
    root: PathBuf,
    pub(super) path: PathBuf,
}

impl World {
    /// A copy of a repository, beside it.
    pub(super) fn copy(root: &Path, from: &Path, name: &str) -> Self {
        let path = root.join(name).join("ann");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let world = Self { root: root.to_owned(), path };
        let (from, to) = (from.to_str().unwrap(), world.path.to_str().unwrap());
        let ran = run_sealed(root, root, "cp", &["-a", from, to], DATE, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        world
    }

    /// A repository where it is.
    pub(super) fn at(root: &Path, path: &Path) -> Self {
        Self { root: root.to_owned(), path: path.to_owned() }
    }

    pub(super) fn act(&self, act: Act, environment: &[(&str, &str)]) -> Ran {
        match act {
            Act::Git(arguments) => run_sealed(&self.root, &self.path, "git", arguments, DATE, environment),
            Act::Engine(arguments) => {
                run_sealed(&self.root, &self.path, env!("CARGO_BIN_EXE_taskmaster"), arguments, DATE, environment)
            }
        }
    }

    /// Does it, killed behind the point with this number where there is one; gives the points that were passed.
    pub(super) fn traced(&self, act: Act, last: Option<usize>) -> (Ran, Vec<String>) {
        let trace = self.path.with_file_name("trace");
        let _ = fs::remove_file(&trace);
        let number = last.map(|last| last.to_string());
        let mut environment = vec![("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap())];
        environment.extend(number.as_deref().map(|number| ("TASKMASTER_CRASH_AT", number)));
        let ran = self.act(act, &environment);
        let text = fs::read_to_string(&trace).unwrap_or_default();
        (ran, text.lines().map(ToOwned::to_owned).collect())
    }

    fn git(&self, arguments: &'static [&'static str]) -> String {
        let ran = self.act(Act::Git(arguments), &[]);
        format!("{}{}", ran.stdout, ran.stderr)
    }

    /// The commit HEAD is at, on whatever branch.
    pub(super) fn head(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.path.join(".git").join(name)).unwrap_or_default();
        let head = read("HEAD");
        head.strip_prefix("ref: ").map(|name| read(name.trim())).unwrap_or(head)
    }

    /// What the outbox says of where effects stand.
    pub(super) fn states(&self) -> String {
        let folder = fs::read_dir(self.path.join(".git/taskmaster/outbox/state")).into_iter().flatten();
        folder.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }

    /// How many lines of `log_*` actions the log has.
    pub(super) fn diary(&self) -> usize {
        let text = fs::read_to_string(self.path.join(".git/taskmaster/log/workflow.jsonl")).unwrap_or_default();
        text.matches("\"taskmaster.log-entry/1\"").count()
    }

    /// All that matters, by name.
    pub(super) fn look(&self, dates: Dates) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        // The tip's id stands for all behind it.
        let history: &'static [&'static [&'static str]] = match dates {
            Dates::Set => &[&["for-each-ref"]],
            Dates::Clock => &[&["log", "--format=%T %s"], &["for-each-ref", "--format=%(refname) %(tree) %(subject)"]],
        };
        let others: [&'static [&'static str]; 3] = [
            &["ls-files", "--stage"],
            &["status", "--porcelain", "--untracked-files=all"],
            &["fsck", "--strict", "--no-dangling"],
        ];
        for arguments in history.iter().copied().chain(others) {
            all.insert(format!("git {}", arguments.join(" ")), self.git(arguments));
        }
        self.collect(&self.path, dates, &mut all);
        all
    }

    /// The files of the worktree, the hooks, our own files, and what nobody should have left.
    fn collect(&self, folder: &Path, dates: Dates, all: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&self.path).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if name != ".git/objects" && name != ".git/logs" && name != ".git/refs" && name != ".git/taskmaster/log"
                {
                    self.collect(&path, dates, all);
                }
                continue;
            }
            let plain = [".git/HEAD", ".git/config"].contains(&name.as_str());
            let is_ours = plain || name.starts_with(".git/taskmaster") || name.starts_with(".git/hooks/");
            if name.starts_with(".git/") && !is_ours && !name.contains(".lock") && !name.contains(".tmp") {
                continue;
            }
            let mut text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                text.push_str(&format!("mode {:o}", fs::metadata(&path).unwrap().permissions().mode()));
            }
            // The names of effects and commits are not known beforehand then, only how many there are.
            let is_named = name.starts_with(".git/taskmaster/outbox") || name == ".git/taskmaster/pending";
            if is_named && dates == Dates::Clock {
                let parent = path.parent().unwrap().strip_prefix(&self.path).unwrap().display().to_string();
                all.entry(format!("number of files in {parent}")).or_default().push('1');
            } else {
                all.insert(format!("file {name}"), text);
            }
        }
        // The log is a diary: only that nothing half done lies about is compared.
        let log = self.path.join(".git/taskmaster/log");
        for entry in fs::read_dir(log).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if name.contains(".tmp") {
                all.insert(format!("file in the log {name}"), String::new());
            }
        }
    }
}

/// How two looks differ, in lines; empty where they do not.
pub(super) fn differences(wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let names = wanted.keys().chain(found.keys().filter(|name| !wanted.contains_key(*name)));
    names
        .filter(|name| wanted.get(*name) != found.get(*name))
        .map(|name| {
            let shown = |text: Option<&String>| text.map_or("(not there)".to_owned(), Clone::clone);
            format!("{name}\n--- undisturbed\n{}\n--- killed\n{}", shown(wanted.get(name)), shown(found.get(name)))
        })
        .collect()
}
