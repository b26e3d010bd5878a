//! The index that the engine writes is one that git itself would have written, in each version of the
//! format, and hides nothing that git would have seen.

use std::path::Path;

use super::sandbox::{Repo, Sandbox, planted};
use super::scenery::{ONE, THREE, TWO};

/// The tree among entries of many kinds, staged in this version of the format.
fn repository<'a>(sandbox: &'a Sandbox, version: &str) -> Repo<'a> {
    let repo = planted(sandbox);
    let long = "n".repeat(120);
    for at in 0..60 {
        repo.write(&format!("src/{at:02}/{long}/file.txt"), format!("{at}\n"));
        repo.write(&format!(".before/{at:02}.txt"), "x");
    }
    // So old that nobody has to look into them again.
    let script = "find . -path ./.git -prune -o -type f -exec touch -d @1750000000 {} +";
    assert_eq!(sandbox.run(&repo.path, "sh", &["-c", script], &[]).code, 0);
    repo.commit_all("Files");
    repo.git(&["update-index", "--index-version", version]);
    repo.git(&["update-index", "--skip-worktree", &format!("src/00/{long}/file.txt")]);
    repo.git(&["update-index", "--assume-unchanged", ".before/07.txt"]);
    repo.write("staged.txt", "staged");
    repo.git(&["add", "staged.txt"]);
    repo
}

/// What every other entry is, flags and all.
fn others(repo: &Repo<'_>) -> String {
    let listed = repo.git(&["ls-files", "-v", "--stage", "--debug"]);
    let mut lines = listed.lines();
    let mut others = String::new();
    while let Some(line) = lines.next() {
        let entry: Vec<&str> = [line].into_iter().chain(lines.by_ref().take(5)).collect();
        if ![ONE, TWO, THREE, "tasks.json"].iter().any(|path| line.ends_with(path)) {
            others.push_str(&entry.join("\n"));
        }
    }
    others
}

/// The tree that the index makes up, where nobody has noted any.
fn tree_made_anew(repo: &Repo<'_>) -> String {
    let fresh = repo.path.join(".git/fresh");
    let fresh = fresh.to_str().unwrap();
    let script = format!("git ls-files -s | GIT_INDEX_FILE={fresh} git update-index --index-info");
    repo.sandbox.run(&repo.path, "sh", &["-c", &script], &[]);
    let made = repo.sandbox.run(&repo.path, "git", &["write-tree"], &[("GIT_INDEX_FILE", fresh)]);
    std::fs::remove_file(fresh).unwrap();
    made.stdout.trim().to_owned()
}

#[test]
fn every_version_is_changed_where_it_stands() {
    for version in ["2", "3", "4"] {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, version);
        let before = others(&repo);
        repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
        repo.quietly(&["commit", "-q", "-m", "One", ONE]);
        // The trees that are noted now are not those of the next commit.
        repo.git(&["write-tree"]);
        repo.tm(&["sync"]);
        assert_eq!(repo.engine_commits(), 1, "{version}");
        assert_eq!(others(&repo), before, "{version}");
        // It checks the checksum, too.
        repo.git(&["fsck", "--strict", "--no-dangling"]);
        assert_eq!(repo.git(&["write-tree"]), tree_made_anew(&repo), "{version}");
        assert_eq!(repo.git(&["diff-files", "--name-only"]), "", "no file has to be compared");
        assert_eq!(repo.dirt(), "A  staged.txt", "{version}");
        let found = repo.git(&["update-index", "--show-index-version"]);
        // Flags that version 2 does not have make it a version 3.
        assert_eq!(found, if version == "4" { "4" } else { "3" });
    }
}

#[test]
fn where_no_file_on_disk_follows_the_checksum_is_made_all_the_same() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.quietly(&["commit", "-q", "-m", "One", ONE]);
    std::fs::remove_dir_all(repo.path.join(".taskmaster")).unwrap();
    repo.tm(&["sync"]);
    assert_eq!(repo.engine_commits(), 1);
    // Before anything writes the index anew.
    repo.git(&["fsck", "--strict", "--no-dangling"]);
    assert!(repo.dirt().lines().all(|line| line.starts_with(" D ")), "{}", repo.dirt());
}

#[test]
fn an_index_without_a_checksum_stays_so() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "index.skipHash", "true"]);
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["commit", "-q", "-m", "One", ONE]);
    assert_eq!(repo.engine_commits(), 1);
    let index = std::fs::read(repo.path.join(".git/index")).unwrap();
    assert!(index.ends_with(&[0; 20]));
    assert_eq!(repo.dirt(), "");
}

#[test]
fn what_was_written_as_late_as_the_index_is_still_compared() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "core.trustctime", "false"]);
    let touch = |path: &str| {
        let ran = repo.sandbox.run(Path::new(&repo.path), "touch", &["-d", "@1750000000", path], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
    };
    repo.write("late.txt", "one");
    repo.write("early.txt", "one");
    touch("late.txt");
    touch("early.txt");
    repo.commit_all("Texts");
    repo.replace(ONE, "\nstatus: pending\n", "\nstatus: done\n");
    repo.quietly(&["commit", "-q", "-m", "One", ONE]);
    // In the very second in which the index was written, and of the same size.
    repo.write("late.txt", "two");
    touch("late.txt");
    touch(".git/index");
    repo.tm(&["sync"]);
    assert_eq!(repo.engine_commits(), 1);
    assert_eq!(repo.git(&["diff-files", "--name-only"]), "late.txt");
    assert_eq!(repo.dirt(), " M late.txt");
}

#[test]
fn a_file_of_a_commit_is_as_large_as_its_blob_whatever_is_on_disk() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let two = repo.read(TWO);
    repo.git(&["config", "filter.larger.clean", "head -c 17000000 /dev/zero"]);
    repo.git(&["config", "filter.smaller.clean", &format!("head -c {}", two.len())]);
    repo.write(".gitattributes", format!("/{THREE} filter=larger\n/{TWO} filter=smaller\n"));
    repo.write(THREE, "what is on disk is small\n");
    repo.write(TWO, two + &"\n".repeat(17_000_000));
    repo.quietly(&["add", "."]);
    repo.quietly(&["commit", "-q", "-m", "Through filters"]);
    // The index knows what is on disk.
    let staged = repo.git(&["ls-files", "--debug", TWO, THREE]);
    assert!(staged.contains("size: 25\t") && staged.contains("size: 17000"), "{staged}");
    let ran = repo.try_tm(&["check", "--at", "HEAD", "--json"]);
    assert_eq!(ran.stdout.matches("too-large").count(), 1, "{ran:?}");
    assert!(ran.stdout.contains("task_003"), "{ran:?}");
    let listed = repo.try_tm(&["list", "--at", "HEAD"]).stdout;
    assert!(listed.contains("blocked  high  Two\n"), "{listed}");
}
