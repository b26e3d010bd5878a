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
    fn commands_are_told_by_their_names() {
        for slow in ["git commit -m x", "git -c a.b=commit -C /x --no-pager commit", "git --git-dir=x rebase -i"] {
            assert!(is_slow(slow.replace(' ', "\0").as_bytes()), "{slow}");
        }
        for other in ["git", "git -c commit status", "git add commit", "git gc --auto", "git commit-tree x"] {
            assert!(!is_slow(other.replace(' ', "\0").as_bytes()), "{other}");
        }
    }
}
