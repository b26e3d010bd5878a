//! The index is the user's: cases 1, 2, 3, 10, 11 and 15.

use std::fs;
use std::path::Path;

use super::super::sandbox::{Ran, Repo, Sandbox};
use super::super::scenery::{JSON, ONE, THREE, TWO};
use super::policy::Policy;
use super::scenes::{LOCKED, MOVED, PLANNED, STAGING, Times, engine_patches, meanwhile, users};

/// Task 1 is done in a commit that no hook has seen.
fn unseen(repo: &Repo<'_>) {
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-q", "-m", "Finish one", ONE]);
}

#[test]
fn case_01_what_is_added_at_any_moment_of_the_engines_commit_stays_staged() {
    let moments = [(PLANNED, false), (LOCKED, true), (STAGING, true), (MOVED, true)];
    for ((moment, is_locked), policy) in moments.into_iter().zip(Policy::BOTH.into_iter().cycle()) {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.write("gone.txt", "x\n");
        repo.commit_all("More");
        unseen(&repo);
        repo.write("new.txt", "mine\n");
        repo.replace(TWO, "Text that nobody touches.", "Text of mine.");
        let add = format!("git add new.txt {TWO} && git rm -q --cached gone.txt");
        let (ran, codes) = meanwhile(&repo, moment, Times::Once, &add, &["sync"]);
        assert_eq!(ran.code, 0, "{policy} {moment}: {ran:?}");
        // While the index is locked git itself refuses, loudly, and nothing is lost.
        assert_eq!(codes, [if is_locked { "128" } else { "0" }], "{policy} {moment}");
        if is_locked {
            repo.git(&["add", "new.txt", TWO]);
            repo.git(&["rm", "-q", "--cached", "gone.txt"]);
        }
        let status = format!("M  {TWO}\nD  gone.txt\nA  new.txt\n?? gone.txt");
        assert_eq!(repo.dirt(), status, "{policy} {moment}");
        let staged = repo.git(&["diff", "--cached", "-U0", "--", TWO]);
        assert!(staged.ends_with("-Text that nobody touches.\n+Text of mine."), "{policy} {moment}: {staged}");
        assert_eq!((repo.engine_commits(), repo.status(TWO).as_str()), (1, "pending"), "{policy} {moment}");
        assert!(!engine_patches(&repo).contains("mine"), "{policy} {moment}");
    }
}

/// Changes only the index, by a difference that is made of the worktree's two versions.
fn stage_part(repo: &Repo<'_>, path: &str, edit: impl Fn(), rest: impl Fn()) {
    edit();
    repo.git(&["add", path]);
    rest();
}

/// A repository with neighbours of all kinds beside the tree; with the engine under a policy, or without.
fn neighbours(sandbox: &Sandbox, policy: Option<Policy>) -> Repo<'_> {
    let other = sandbox.repository("other");
    other.write("a.txt", "a\n");
    other.commit_all("Other");
    let repo = sandbox.repository("ann");
    repo.plant(&policy.unwrap_or(Policy::After).workflow());
    let lines: Vec<String> = (1..=20).map(|line| format!("line {line}")).collect();
    let lines = lines.join("\n") + "\n";
    repo.write(TWO, repo.read(TWO) + &lines);
    for name in ["code.txt", "old.txt", "gone.txt", "tool.sh"] {
        repo.write(name, &lines);
    }
    let other = other.path.to_str().unwrap();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other, "sub"]);
    repo.commit_all("Start");
    match policy {
        Some(_) => drop(repo.tm(&["hooks", "install"])),
        None => drop(repo.git(&["version"])),
    }
    repo
}

/// Everything that can be half done beside the tree and in it; task 1 is done in the worktree.
fn half_done(repo: &Repo<'_>) {
    for path in ["code.txt", TWO] {
        let edit = || repo.replace(path, "line 2\n", "mine, staged\n");
        stage_part(repo, path, edit, || repo.replace(path, "line 15\n", "mine, edited\n"));
    }
    repo.replace(JSON, "\"title\": \"Three\"", "\"title\": \"Three of mine\"");
    repo.git(&["add", JSON]);
    repo.git(&["mv", "old.txt", "renamed of mine.txt"]);
    repo.git(&["rm", "-q", "gone.txt"]);
    repo.git(&["update-index", "--chmod=+x", "tool.sh"]);
    for (name, how) in [("intended.txt", &["add", "-N"][..]), ("fresh.txt", &["add"])] {
        repo.write(name, "mine\n");
        repo.git(&[how, &[name]].concat());
    }
    repo.write("loose.txt", "mine\n");
    fs::write(repo.path.join("sub/a.txt"), "mine\n").unwrap();
    let sub = Repo { sandbox: repo.sandbox, path: repo.path.join("sub") };
    sub.git(&["-c", "user.name=ann", "-c", "user.email=a@example.com", "commit", "-qam", "Mine"]);
    repo.git(&["add", "sub"]);
    fs::write(sub.path.join("a.txt"), "mine again\n").unwrap();
    repo.mark(ONE, "pending", "done");
}

/// The ways to commit task 1 out of all that.
const FORMS: [(&str, &str); 7] = [
    ("the index", "git add {ONE} && git commit -q -m 'Finish one'"),
    ("a path", "git commit -q -m 'Finish one' {ONE}"),
    ("only two paths", "git commit -q -m 'Finish one' -o -- {ONE} code.txt"),
    ("a path included", "git commit -q -m 'Finish one' -i {ONE}"),
    ("all", "git commit -q -a -m 'Finish one'"),
    ("a part", "yes | git commit -q -p -m 'Finish one' {ONE} >/dev/null"),
    ("a part of the index", "git diff {ONE} | git apply --cached && git commit -q -m 'Finish one'"),
];

#[track_caller]
fn commit_as(repo: &Repo<'_>, form: &str) -> Ran {
    let ran = repo.sandbox.run(&repo.path, "sh", &["-c", &form.replace("{ONE}", ONE)], &[]);
    assert_eq!(ran.code, 0, "{form}: {ran:?}");
    ran
}

#[test]
fn case_02_what_is_half_staged_looks_the_same_however_it_is_committed() {
    for (name, form) in FORMS {
        let sandbox = Sandbox::new();
        let plain = neighbours(&sandbox, None);
        half_done(&plain);
        commit_as(&plain, form);
        let expected = users(&plain);
        for policy in Policy::BOTH {
            let sandbox = Sandbox::new();
            let repo = neighbours(&sandbox, Some(policy));
            half_done(&repo);
            commit_as(&repo, form);
            assert_eq!(users(&repo), expected, "{name} {policy}");
            let staged = repo.git(&["diff", "--cached"]);
            policy.apply_where_asked(&repo);
            assert_eq!(repo.git(&["diff", "--cached"]), staged, "{name} {policy}");
            let text = repo.read(TWO);
            assert!(text.contains("mine, staged") && text.contains("mine, edited"), "{name} {policy}: {text}");
            assert_eq!(repo.status(TWO), "pending", "{name} {policy}");
        }
    }
}

#[test]
fn case_03_an_engine_commit_has_nothing_of_what_is_staged() {
    for policy in Policy::BOTH {
        for (name, form) in FORMS {
            let sandbox = Sandbox::new();
            let repo = neighbours(&sandbox, Some(policy));
            half_done(&repo);
            commit_as(&repo, form);
            if policy == Policy::Never {
                repo.tm(&["sync"]);
            }
            assert_eq!(repo.changed("HEAD~1", "HEAD"), [ONE, TWO, JSON], "{name} {policy}");
            assert!(!engine_patches(&repo).contains("mine"), "{name} {policy}");
            assert_eq!(repo.git(&["ls-tree", "-r", "HEAD~1"]).lines().count(), {
                repo.git(&["ls-tree", "-r", "HEAD"]).lines().count()
            });
        }
    }
}

#[test]
fn case_10_a_commit_of_paths_leaves_no_staged_reversal() {
    for policy in Policy::BOTH {
        for (name, form) in &FORMS[1..4] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.write("code.txt", "x\n");
            repo.commit_all("Code");
            repo.write("code.txt", "y\n");
            repo.mark(ONE, "pending", "done");
            commit_as(&repo, form);
            if policy == Policy::Never {
                repo.tm(&["sync"]);
            }
            assert_eq!(repo.engine_commits(), 1, "{name} {policy}");
            assert_eq!(repo.git(&["diff", "--cached", "--name-only"]), "", "{name} {policy}");
            assert_eq!(repo.git(&["ls-files", "--unmerged"]), "");
            // What git commits next is what the user changes next.
            repo.write("code.txt", "z\n");
            repo.git(&["commit", "-q", "-a", "-m", "Code again"]);
            assert_eq!(repo.changed("HEAD~1", "HEAD"), ["code.txt"], "{name} {policy}");
        }
    }
}

/// How the user has staged something in a file that would follow, and whether that can be merged.
struct Hand {
    name: &'static str,
    stage: fn(&Repo<'_>),
    merges: bool,
}

const HANDS: [Hand; 8] = [
    Hand { name: "another line", stage: |repo| repo.replace(TWO, "Text that nobody", "Text mine"), merges: true },
    Hand { name: "the line beside", stage: |repo| repo.replace(TWO, "title: Two", "title: Mine"), merges: true },
    Hand {
        name: "another task of the list",
        stage: |repo| repo.replace(JSON, "\"title\": \"Three\"", "\"title\": \"Mine\""),
        merges: true,
    },
    Hand {
        name: "the line above in the list",
        stage: |repo| repo.replace(JSON, "\"title\": \"Two\"", "\"title\": \"Mine\""),
        merges: true,
    },
    Hand { name: "the same line", stage: |repo| repo.mark(TWO, "blocked", "review"), merges: false },
    Hand { name: "a removal", stage: |repo| fs::remove_file(repo.path.join(TWO)).unwrap(), merges: false },
    Hand {
        name: "another name",
        stage: |repo| {
            let folder = |name: &str| repo.path.join(".taskmaster/context").join(name);
            fs::rename(folder("task_002"), folder("task_two")).unwrap();
        },
        merges: false,
    },
    Hand {
        name: "a link",
        stage: |repo| {
            fs::remove_file(repo.path.join(TWO)).unwrap();
            std::os::unix::fs::symlink(Path::new("../task_003/task.md"), repo.path.join(TWO)).unwrap();
        },
        merges: false,
    },
];

#[test]
fn case_11_what_is_staged_in_a_file_that_follows_is_merged_or_the_engine_waits() {
    for policy in Policy::BOTH {
        for Hand { name, stage, merges } in HANDS {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            stage(&repo);
            repo.git(&["add", "-A"]);
            let (staged, dirt) = (users(&repo), repo.dirt());
            repo.mark(ONE, "pending", "done");
            repo.git(&["commit", "-q", "-m", "Finish one", ONE]);
            let ran = if policy == Policy::Never { Some(repo.try_tm(&["sync"])) } else { None };
            assert!(ran.is_none_or(|ran| ran.code == if merges { 0 } else { 4 }), "{name} {policy}");
            let now = users(&repo);
            assert_eq!(repo.dirt(), dirt, "{name} {policy}");
            assert!(now.same_hands(&staged), "{name} {policy}: {now:?} {staged:?}");
            assert_eq!(repo.engine_commits(), usize::from(merges), "{name} {policy}");
            // What waits comes when the user has made room.
            repo.quietly(&["reset", "-q", "--hard"]);
            repo.tm(&["sync"]);
            assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""), "{name} {policy}");
            assert_eq!(repo.status(TWO), "pending", "{name} {policy}");
        }
    }
}

#[test]
fn case_11_a_conflict_in_a_file_that_follows_makes_the_engine_wait() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.replace(TWO, "title: Two", "title: Mine");
        repo.git(&["stash", "-q"]);
        repo.replace(TWO, "title: Two", "title: Two too");
        repo.git(&["commit", "-q", "-a", "-m", "Title"]);
        assert_ne!(repo.try_git(&["stash", "pop"]).code, 0);
        let text = repo.read(TWO);
        repo.mark(ONE, "pending", "done");
        // Git itself commits nothing now; a tool that knows no better does.
        let index = [("GIT_INDEX_FILE", ".git/other-index")];
        let tool = format!("git read-tree HEAD && git add {ONE} && git write-tree");
        let ran = sandbox.run(&repo.path, "sh", &["-c", &tool], &index);
        let commit = repo.git(&["commit-tree", "-p", "HEAD", "-m", "Finish one", ran.stdout.trim()]);
        repo.git(&["update-ref", "refs/heads/main", &commit]);
        let ran = repo.try_tm(&["sync"]);
        assert_eq!(ran.code, 4, "{policy}: {ran:?}");
        assert!(repo.dirt().contains(&format!("UU {TWO}")), "{policy}: {}", repo.dirt());
        assert_eq!((repo.read(TWO), repo.engine_commits()), (text, 0), "{policy}");
    }
}

#[test]
fn case_15_a_lock_of_somebody_elses_is_never_removed_whoever_runs_into_it() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.mark(THREE, "pending", "review");
        repo.commit_all("Three");
        policy.apply_where_asked(&repo);
        repo.git(&["commit", "-q", "--allow-empty", "-a", "-m", "What follows, where it is mine"]);
        unseen(&repo);
        let (head, dirt) = (repo.head(), repo.dirt());
        let lock = repo.path.join(".git/index.lock");
        fs::write(&lock, "somebody's").unwrap();
        for arguments in [&["sync"][..], &["set-status", "3", "done"], &["hooks", "run", "post-commit"], &["undo"]] {
            let ran = repo.try_tm(arguments);
            let codes = if arguments[0] == "hooks" { [0, 0] } else { [3, 4] };
            assert!(codes.contains(&ran.code), "{policy} {arguments:?}: {ran:?}");
            assert_eq!(fs::read_to_string(&lock).unwrap(), "somebody's", "{policy} {arguments:?}");
            assert_eq!((repo.head(), repo.dirt()), (head.clone(), dirt.clone()), "{policy} {arguments:?}");
        }
        fs::remove_file(&lock).unwrap();
        repo.tm(&["sync"]);
        assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{policy}");
    }
}

#[test]
fn case_15_a_lock_that_comes_at_the_last_moment_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = Policy::After.planted(&sandbox);
    unseen(&repo);
    // One that goes again: its holder adds a file, as git does.
    let holds = "printf mine > new.txt && cp .git/index .git/copy && GIT_INDEX_FILE=.git/copy git add new.txt && \
                 : > .git/index.lock && { (sleep 0.1; mv .git/copy .git/index.lock; mv .git/index.lock .git/index) & }";
    let (ran, codes) = meanwhile(&repo, PLANNED, Times::Once, holds, &["sync"]);
    assert_eq!((ran.code, codes), (0, vec!["0".to_owned()]), "{ran:?}");
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, "A  new.txt"));
    // One that stays.
    repo.mark(THREE, "pending", "done");
    repo.quietly(&["commit", "-q", "-m", "Finish three", THREE]);
    let (ran, _) = meanwhile(&repo, PLANNED, Times::Once, "printf x > .git/index.lock", &["sync"]);
    assert_eq!((ran.code, repo.engine_commits()), (4, 1), "{ran:?}");
    assert_eq!(repo.read(".git/index.lock"), "x");
    assert!(ran.stderr.contains("another git process holds index.lock"), "{ran:?}");
}
