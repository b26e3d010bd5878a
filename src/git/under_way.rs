//! Other git programs that are at work in the worktree.

use super::Repository;

/// The commands that read where HEAD is, let the user write a message or his hooks run, and then move it.
#[cfg(target_os = "linux")]
const SLOW: [&str; 7] = ["am", "cherry-pick", "commit", "merge", "pull", "rebase", "revert"];

impl Repository {
    /// Whether somebody's `git commit`, or another command that will move HEAD from where it has found it, runs in this
    /// worktree: it holds no lock while an editor is open or a hook runs, and fails where HEAD has moved meanwhile.
    ///
    /// Known on Linux, from `/proc` (proc(5)); elsewhere `false`.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn is_commit_under_way(&self) -> bool {
        let Some(workdir) = self.inner.workdir().and_then(|workdir| workdir.canonicalize().ok()) else { return false };
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.map(|process| process.path()).any(|process| {
            is_git(&process)
                && std::fs::read(process.join("cmdline")).is_ok_and(|line| is_slow(&line))
                && std::fs::read_link(process.join("cwd")).is_ok_and(|folder| is_in(&folder, &workdir))
        })
    }

    /// See above.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub fn is_commit_under_way(&self) -> bool {
        false
    }

    /// Another process that has a file of the tree open for writing: what it writes next would go into a file that is no
    /// more, were another put in its place.
    ///
    /// Known on Linux, from `/proc` (proc(5)), of one's own processes; elsewhere `None`.
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn writer(&self) -> Option<u32> {
        let tree = self.tree_dir().ok()?.canonicalize().ok()?;
        let own = std::process::id();
        let mut processes = std::fs::read_dir("/proc").ok()?.flatten().filter_map(|process| {
            let number: u32 = process.file_name().to_str()?.parse().ok()?;
            (number != own).then(|| (number, process.path()))
        });
        processes.find(|(_, process)| has_open(process, &tree)).map(|(number, _)| number)
    }

    /// See above.
    #[cfg(not(target_os = "linux"))]
    #[must_use]
    pub fn writer(&self) -> Option<u32> {
        None
    }
}

/// Whether a process has a file in this folder open for writing.
#[cfg(target_os = "linux")]
fn has_open(process: &std::path::Path, folder: &std::path::Path) -> bool {
    let files = std::fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
    files.filter(|file| std::fs::read_link(file.path()).is_ok_and(|target| target.starts_with(folder))).any(|file| {
        let facts = std::fs::read_to_string(process.join("fdinfo").join(file.file_name())).unwrap_or_default();
        facts.lines().find_map(|line| line.strip_prefix("flags:")).is_some_and(may_write)
    })
}

/// Whether the flags of an open file, in octal figures, let it be written (open(2)).
#[cfg(target_os = "linux")]
fn may_write(flags: &str) -> bool {
    u64::from_str_radix(flags.trim(), 8).is_ok_and(|flags| flags & 3 != 0)
}

/// Processes alone have a name.
#[cfg(target_os = "linux")]
fn is_git(process: &std::path::Path) -> bool {
    std::fs::read(process.join("comm")).is_ok_and(|name| name == b"git\n")
}

/// Whether a command line, its words ended by zeros, is that of one of these commands.
#[cfg(target_os = "linux")]
fn is_slow(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).skip(1);
    while let Some(word) = words.next() {
        match word.as_ref() {
            // These take the next word along.
            "-c" | "-C" | "--git-dir" | "--work-tree" | "--namespace" | "--config-env" => _ = words.next(),
            option if option.starts_with('-') => {}
            command => return SLOW.contains(&command),
        }
    }
    false
}

/// Whether a folder is in this worktree, and in no repository inside it.
#[cfg(target_os = "linux")]
fn is_in(folder: &std::path::Path, workdir: &std::path::Path) -> bool {
    folder.starts_with(workdir)
        && folder.ancestors().take_while(|folder| *folder != workdir).all(|folder| !folder.join(".git").exists())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_for_reading_alone_is_not_written() {
        for (flags, writes) in
            [("0100000", false), ("\t0100001", true), ("02102002", true), ("0102001", true), ("", false)]
        {
            assert_eq!(may_write(flags), writes, "{flags}");
        }
    }

    #[test]
    fn commands_are_told_by_their_names() {
        for slow in ["git commit -m x", "git -c a.b=commit -C /x --no-pager commit", "git --git-dir=x rebase -i"] {
            assert!(is_slow(slow.replace(' ', "\0").as_bytes()), "{slow}");
        }
        for other in ["git", "git -c commit status", "git add commit", "git gc --auto", "git commit-tree x"] {
            assert!(!is_slow(other.replace(' ', "\0").as_bytes()), "{other}");
        }
    }
}
