//! Repositories in forms that libgit2 does not read: served through the git program, or refused by name.

use std::fs;

use super::super::sandbox::{Repo, Sandbox, planted};
use super::super::scenery::{ONE, ONE_ONE, THREE, TWO};
use super::policy::Policy;

/// Commands that read, in every way there is to read.
const READING: [&[&str]; 16] = [
    &["list"],
    &["list", "--at", "HEAD"],
    &["list", "--at", "HEAD~1"],
    &["list", "--index"],
    &["show", "2"],
    &["next"],
    &["check"],
    &["check", "--index"],
    &["check", "--at", "HEAD~1"],
    &["status"],
    &["events", "--all"],
    &["explain", "HEAD"],
    &["log"],
    &["sync", "-n"],
    &["apply", "-n"],
    &["config", "show"],
];

/// Everything that is read and written works here; `dirt` is what is modified before and after.
#[track_caller]
fn works(repo: &Repo<'_>, policy: Policy, dirt: &str) {
    for arguments in READING {
        let ran = repo.try_tm(arguments);
        assert!(matches!(ran.code, 0 | 1), "{policy:?} {arguments:?}: {ran:?}");
        assert!(!ran.stderr.contains("error: "), "{policy:?} {arguments:?}: {ran:?}");
    }
    assert_eq!(repo.tm(&["check", "--index"]), "5 tasks: 0 errors, 0 warnings\n");
    repo.mark(ONE, "pending", "done");
    let ran = repo.try_git(&["commit", "-q", "-am", "Finish one"]);
    assert!(ran.code == 0 && !ran.stderr.contains("left out"), "{policy:?}: {ran:?}");
    policy.carry_out(repo);
    assert_eq!((repo.status(TWO).as_str(), repo.status_at("HEAD", TWO).as_str()), ("pending", "pending"), "{policy:?}");
    assert_eq!(repo.dirt(), dirt, "{policy:?}");
    repo.replace(TWO, "[task_001]", "[task_009]");
    assert_eq!(repo.try_git(&["commit", "-q", "-am", "Wrong"]).code, 1, "{policy:?}");
    repo.git(&["checkout", "-q", "HEAD", "--", TWO]);
    repo.tm(&["set-status", "3", "done"]);
    assert_eq!((repo.status_at("HEAD", THREE).as_str(), repo.dirt().as_str()), ("done", dirt), "{policy:?}");
    assert_eq!(repo.git(&["fsck", "--strict", "--no-dangling"]), "");
}

#[test]
fn case_33_a_split_index_is_read_and_written() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.git(&["config", "core.splitIndex", "true"]);
        repo.git(&["config", "splitIndex.maxPercentChange", "100"]);
        repo.write("code.txt", "x");
        repo.git(&["add", "code.txt"]);
        repo.quietly(&["commit", "-q", "-m", "Code"]);
        repo.git(&["update-index", "--split-index"]);
        works(&repo, policy, "");
        let shared = fs::read_dir(repo.path.join(".git")).unwrap();
        let shared = shared.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("shared"));
        assert_ne!(shared.count(), 0, "the index still is split");
    }
}

#[test]
fn case_33_a_sparse_index_is_read_and_written() {
    for (policy, cone) in Policy::BOTH.into_iter().zip([".taskmaster", "other"]) {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        for folder in ["a/b", "c/d", "other"] {
            repo.write(&format!("{folder}/code.txt"), "x");
        }
        repo.git(&["add", "-A"]);
        repo.quietly(&["commit", "-q", "-m", "Code"]);
        repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", ".taskmaster", cone]);
        assert!(repo.git(&["ls-files", "--sparse"]).contains("a/\n"), "the index is sparse");
        works(&repo, policy, "");
        assert!(repo.git(&["ls-files", "--sparse"]).contains("a/\n"), "the index still is sparse");
    }
}

/// The tree itself is one entry of the index, and not on disk.
#[test]
fn case_33_a_sparse_index_that_hides_the_tree_loses_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("other/code.txt", "x");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Code"]);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "other"]);
    assert!(repo.git(&["ls-files", "--sparse"]).contains(".taskmaster/\n"), "the tree is hidden");
    for arguments in READING {
        let ran = repo.try_tm(arguments);
        assert!(ran.code == 0 && !ran.stderr.contains("error: "), "{arguments:?}: {ran:?}");
    }
    assert!(repo.tm(&["list"]).contains("Three"));
    repo.tm(&["set-status", "1", "done"]);
    assert_eq!((repo.status_at("HEAD", TWO).as_str(), repo.dirt().as_str()), ("pending", ""));
    assert!(!repo.path.join(".taskmaster").exists());
    repo.write("other/code.txt", "y");
    let ran = repo.commit_all("Code");
    assert!(!ran.stderr.contains("left out"), "{ran:?}");
    assert_eq!(repo.git(&["show", "--format=", "--name-only"]), "other/code.txt");
    repo.git(&["sparse-checkout", "disable"]);
    assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""));
}

/// A clone of `source` that leaves objects behind, without files on disk, and with hooks.
fn partial<'a>(sandbox: &'a Sandbox, source: &Repo<'_>, filter: &str, name: &str) -> Repo<'a> {
    source.git(&["config", "uploadpack.allowFilter", "true"]);
    source.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = Repo { sandbox, path: sandbox.path().join(name) };
    let (filter, url) = (format!("--filter={filter}"), format!("file://{}", source.path.display()));
    let arguments = ["clone", "-q", "--no-checkout", &filter, &url, clone.path.to_str().unwrap()];
    let ran = sandbox.run(sandbox.path(), "git", &arguments, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    clone.git(&["config", "user.name", name]);
    clone.git(&["config", "user.email", "clone@example.com"]);
    clone
}

/// A history in which each file has had several contents.
fn with_history(sandbox: &Sandbox, policy: Policy) -> Repo<'_> {
    let repo = policy.planted(sandbox);
    repo.mark(ONE_ONE, "pending", "in-progress");
    repo.commit_all("Begin its subtask");
    policy.carry_out(&repo);
    repo.replace(ONE, "Text that nobody", "Text I");
    repo.commit_all("Words");
    repo
}

#[test]
fn case_33_each_reading_command_fetches_what_a_partial_clone_left_behind() {
    for filter in ["blob:none", "tree:0"] {
        let sandbox = Sandbox::new();
        let source = with_history(&sandbox, Policy::After);
        for (at, arguments) in READING.into_iter().enumerate() {
            let clone = partial(&sandbox, &source, filter, &format!("clone{at}"));
            let missing = clone.git(&["rev-list", "--objects", "--all", "--missing=print"]);
            assert!(missing.contains("\n?"), "{filter}: {missing}");
            clone.git(&["checkout", "-q", "HEAD", "--", "."]);
            let ran = clone.try_tm(arguments);
            let plain = source.try_tm(arguments);
            if arguments[0] != "status" {
                assert_eq!((ran.code, &ran.stdout), (plain.code, &plain.stdout), "{filter} {arguments:?}: {ran:?}");
            }
            assert!(!ran.stderr.contains("error: "), "{filter} {arguments:?}: {ran:?}");
        }
        // All at once, not a connection for each file.
        let clone = partial(&sandbox, &source, filter, "once");
        let fetched = || {
            let packs = fs::read_dir(clone.path.join(".git/objects/pack")).unwrap();
            packs.filter(|pack| pack.as_ref().unwrap().path().extension().is_some_and(|end| end == "promisor")).count()
        };
        let before = fetched();
        clone.tm(&["list", "--at", "HEAD"]);
        assert!(fetched() - before <= 2, "{filter}: {} fetches", fetched() - before);
    }
}

#[test]
fn case_33_what_a_partial_clone_left_behind_is_fetched() {
    for policy in Policy::BOTH {
        for filter in ["blob:none", "tree:0"] {
            let sandbox = Sandbox::new();
            let source = with_history(&sandbox, policy);
            let clone = partial(&sandbox, &source, filter, "clone");
            clone.tm(&["hooks", "install"]);
            clone.git(&["checkout", "-q"]);
            clone.mark(ONE, "in-progress", "done");
            let ran = clone.try_git(&["commit", "-q", "-am", "Finish one"]);
            assert!(ran.code == 0 && !ran.stderr.contains("left out"), "{filter}: {ran:?}");
            policy.carry_out(&clone);
            assert_eq!((clone.status_at("HEAD", TWO).as_str(), clone.dirt().as_str()), ("pending", ""), "{filter}");
            // What is pulled has files that this clone has never seen.
            for (number, path) in [ONE, ONE_ONE, TWO, THREE].into_iter().enumerate() {
                source.replace(path, "touches.", &format!("touches, {number}."));
                source.quietly(&["commit", "-q", "-am", "Words"]);
            }
            let ran = clone.try_git(&["pull", "-q", "--no-rebase", "--no-edit"]);
            assert!(ran.code == 0 && !ran.stderr.contains("left out"), "{filter}: {ran:?}");
            assert_eq!((clone.dirt(), clone.cursor()), (String::new(), clone.head()));
            // Out of reach: nothing of it is a reason for a commit to fail, and what cannot be read is said.
            source.mark(THREE, "pending", "done");
            source.quietly(&["commit", "-q", "-am", "Finish three"]);
            clone.git(&["fetch", "-q"]);
            fs::rename(&source.path, sandbox.path().join("away")).unwrap();
            let ran = clone.try_tm(&["list", "--at", "origin/main"]);
            assert!(ran.code == 3 && ran.stderr.starts_with("error: "), "{filter}: {ran:?}");
            clone.write("code.txt", "x");
            clone.git(&["add", "code.txt"]);
            let ran = clone.try_git(&["commit", "-q", "-m", "Code"]);
            assert_eq!((ran.code, clone.subjects()[0].as_str()), (0, "Code"), "{filter}: {ran:?}");
        }
    }
}

#[test]
fn case_33_formats_that_cannot_be_served_are_refused_by_name() {
    let sandbox = Sandbox::new();
    let make = |name: &str, option: &str| {
        let repo = Repo { sandbox: &sandbox, path: sandbox.path().join(name) };
        fs::create_dir(&repo.path).unwrap();
        let ran = repo.try_git(&["init", "-q", option]);
        (repo, ran)
    };
    let (reftable, ran) = make("reftable", "--ref-format=reftable");
    if ran.code != 0 {
        // A git that does not know the format; what it would leave is enough for the refusal.
        reftable.git(&["init", "-q"]);
        reftable.git(&["config", "core.repositoryFormatVersion", "1"]);
        reftable.write(".git/config", reftable.read(".git/config") + "[extensions]\n\trefstorage = reftable\n");
    }
    let (sha256, ran) = make("sha256", "--object-format=sha256");
    assert_eq!(ran.code, 0, "{ran:?}");
    let (older, _) = make("older", "--initial-branch=main");
    older.git(&["config", "core.repositoryFormatVersion", "1"]);
    older.git(&["config", "extensions.partialClone", "origin"]);
    for (repo, feature, hint) in [
        (&reftable, "the reftable reference format", "git refs migrate --ref-format=files"),
        (&sha256, "SHA-256 object ids", "use a repository with SHA-1 object ids"),
        (&older, "`extensions.partialClone`", "git config --unset extensions.partialClone"),
    ] {
        repo.write(".taskmaster/tasks/tasks.json", "{\"tasks\": []}");
        let before = repo.everything();
        for arguments in [&["list"][..], &["sync"], &["hooks", "install"], &["set-status", "1", "done"], &["init"]] {
            let ran = repo.try_tm(arguments);
            assert_ne!(ran.code, 0, "{arguments:?}");
            let said = format!("error: this repository uses {feature}, which is not supported yet\nhint: ");
            assert!(ran.stderr.contains(&said) && ran.stderr.contains(hint), "{feature} {arguments:?}: {ran:?}");
        }
        // Where a hook rings nevertheless, git goes on.
        let ran = repo.try_tm(&["hooks", "run", "pre-commit"]);
        assert!(ran.code == 0 && ran.stderr.contains(feature), "{feature}: {ran:?}");
        assert!(repo.everything() == before, "{feature}");
    }
}
