//! In the middle of things: ranges that stop, patches, bisections, several branches at once: cases 7, 8,
//! 17 and 18.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, THREE, TWO};
use super::policy::Policy;
use super::rewriting::{ALL, caught_up, same, same_under_never};
use super::scenes::engine_commits_of_all;

/// Runs `git rebase -i` on `main` with this edit of the list.
#[track_caller]
fn rebase_interactively(repo: &Repo<'_>, edit: &str, arguments: &[&str]) {
    let arguments = [&["rebase", "-q", "-i"], arguments].concat();
    let environment = [("GIT_SEQUENCE_EDITOR", edit), ("GIT_EDITOR", "sed -i 1s/$/,again/")];
    let ran = repo.sandbox.run(&repo.path, "git", &arguments, &environment);
    assert_eq!(ran.code, 0, "{edit}: {ran:?}");
}

#[test]
fn case_07_an_interactive_rebase_with_all_its_commands_makes_the_same_commits() {
    let rewords = "-e 1s/^pick/reword/ -e '1s/$/\\nlabel here\\nreset here/'";
    let runs = "-e '2s/$/\\nexec git status --porcelain >.git\\/seen/'";
    let refers = "-e '1s/$/\\nupdate-ref refs\\/heads\\/part/'";
    for (name, edit, follows) in [
        ("words, programs and references", format!("sed -i {rewords} {runs} {refers}"), ALL),
        ("squash", "sed -i 2s/^pick/squash/".to_owned(), ALL),
        ("fixup with its message", "sed -i '2s/^pick/fixup -C/'".to_owned(), ALL),
        ("drop", "sed -i 3s/^pick/drop/".to_owned(), "1, 1.1 done; 2 pending"),
        ("a program that commits", "sed -i '1s/$/\\nexec git commit -q --allow-empty -m Between/'".to_owned(), ALL),
        ("a program that amends", "sed -i '2s/$/\\nexec git commit -q --amend -m Amended/'".to_owned(), ALL),
    ] {
        let sandbox = Sandbox::new();
        let repo = same(&sandbox, |repo| {
            repo.quietly(&["switch", "-q", "feature"]);
            rebase_interactively(repo, &edit, &["main"]);
        });
        assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""), "{name}");
        assert_eq!(repo.subjects()[0], format!("chore(taskmaster): {follows}"), "{name}");
        repo.write("next.txt", "x");
        repo.commit_all("Next");
        assert_eq!(repo.engine_commits(), 1, "{name}");
    }
}

#[test]
fn case_07_a_rebase_that_is_edited_aborted_or_left_makes_the_same_commits() {
    for end in ["edit", "abort", "quit"] {
        let sandbox = Sandbox::new();
        let repo = same(&sandbox, |repo| {
            repo.quietly(&["switch", "-q", "feature"]);
            rebase_interactively(repo, "sed -i 2s/^pick/edit/", &["main"]);
            if end == "edit" {
                repo.write("edited.txt", "x\n");
                repo.git(&["add", "edited.txt"]);
                repo.git(&["commit", "-q", "--amend", "--no-edit"]);
                repo.mark(THREE, "pending", "review");
                repo.git(&["commit", "-q", "-a", "-m", "Between"]);
                // Done on both sides of the step that is left.
                repo.mark(THREE, "review", "pending");
                repo.git(&["commit", "-q", "-a", "-m", "Back"]);
                repo.git(&["rebase", "--continue"]);
            } else {
                repo.git(&["rebase", &format!("--{end}")]);
                // Both leave commits behind; only one of them is on the branch again.
                repo.quietly(&["checkout", "-q", "feature"]);
            }
        });
        assert!(repo.engine_commits() <= 1, "{end}: {:?}", repo.subjects());
        caught_up(&repo, ALL);
    }
}

/// Branches on top of each other that move together, and merges that are made again.
#[test]
fn case_07_rebases_of_several_branches_and_of_merges_make_the_same_commits() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["branch", "part", "feature~2"]);
        repo.git(&["rebase", "-q", "--update-refs", "main", "feature"]);
    });
    assert_eq!(repo.git(&["merge-base", "part", "feature"]), repo.id("part"));
    caught_up(&repo, ALL);
    // The part has followed on the branch that holds it; where it stands alone it follows too, once.
    repo.git(&["switch", "-q", "part"]);
    repo.write("part.txt", "x");
    repo.commit_all("Part");
    assert_eq!((repo.engine_commits(), repo.status(TWO).as_str()), (1, "pending"), "{:?}", repo.subjects());

    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["switch", "-q", "-c", "side", "feature~1"]);
        repo.mark(TWO, "blocked", "review");
        repo.quietly(&["commit", "-q", "-a", "-m", "Two"]);
        repo.quietly(&["switch", "-q", "feature"]);
        repo.quietly(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
        repo.git(&["rebase", "-q", "--rebase-merges", "main"]);
    });
    assert_eq!(repo.git(&["rev-list", "--merges", "--count", "HEAD"]), "1");
    assert_eq!((repo.engine_commits(), repo.status(TWO).as_str(), repo.dirt().as_str()), (1, "review", ""));
    repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
    assert_eq!(repo.engine_commits(), 1);
}

/// Picks or reverts a range that stops at its second step, and ends it in one of the three ways.
fn stopping(repo: &Repo<'_>, command: &str, end: &str) {
    if command == "revert" {
        repo.quietly(&["switch", "-q", "feature"]);
        repo.mark(THREE, "done", "review");
        repo.quietly(&["commit", "-q", "-a", "-m", "Review three"]);
        repo.write("code.txt", "x\n");
        repo.git(&["add", "code.txt"]);
        repo.quietly(&["commit", "-q", "-m", "Code"]);
        assert_ne!(repo.try_git(&["revert", "--no-edit", "HEAD", "HEAD~2", "HEAD~3"]).code, 0);
    } else {
        repo.quietly(&["switch", "-q", "main"]);
        repo.replace(super::super::scenery::ONE_ONE, "\nstatus: pending\n", "\nstatus: review\n");
        repo.quietly(&["commit", "-q", "-a", "-m", "Review one one"]);
        assert_ne!(repo.try_git(&["cherry-pick", "feature~3..feature"]).code, 0);
    }
    let path = if command == "revert" { THREE } else { super::super::scenery::ONE_ONE };
    assert!(repo.dirt().contains(&format!("UU {path}")), "{}", repo.dirt());
    if end == "--continue" {
        repo.quietly(&["checkout", "-q", "--theirs", path]);
        repo.replace(path, "Text that nobody touches.", "Text of mine.");
        repo.git(&["add", path]);
    }
    repo.git(&[command, end]);
}

#[test]
fn case_08_ranges_that_stop_go_on_are_skipped_or_given_up_as_without_hooks() {
    for command in ["cherry-pick", "revert"] {
        for end in ["--continue", "--skip", "--abort", "--quit"] {
            let sandbox = Sandbox::new();
            let repo = same(&sandbox, |repo| {
                stopping(repo, command, end);
                if end == "--quit" {
                    repo.quietly(&["reset", "-q", "--hard"]);
                }
            });
            assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (0, ""), "{command} {end}");
            let before = repo.id("HEAD");
            repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
            assert!(repo.engine_commits() <= 1, "{command} {end}: {:?}", repo.subjects());
            assert!(repo.engine_commits() == 1 || end == "--abort" && command == "cherry-pick", "{command} {end}");
            let next = if repo.engine_commits() == 1 { "HEAD~2" } else { "HEAD~1" };
            assert_eq!(repo.id(next), before, "{command} {end}");
            repo.git(&["commit", "-q", "--allow-empty", "-m", "After that"]);
            assert!(repo.engine_commits() <= 1, "{command} {end}: {:?}", repo.subjects());
        }
    }
}

#[test]
fn case_08_picks_and_reverts_that_are_not_committed_are_the_users_to_commit() {
    for (arguments, follows) in [
        (&["cherry-pick", "-n", "feature~2"][..], "1 done; 2 pending"),
        (&["cherry-pick", "-n", "feature~3..feature"], ALL),
        (&["revert", "-n", "main"], ""),
    ] {
        let sandbox = Sandbox::new();
        let repo = same(&sandbox, |repo| {
            repo.git(arguments);
            repo.git(&["commit", "-q", "-m", "Mine"]);
        });
        let subjects = repo.subjects();
        let expected = if follows.is_empty() { "Mine".to_owned() } else { format!("chore(taskmaster): {follows}") };
        assert_eq!(subjects[0], expected, "{arguments:?}: {subjects:?}");
        assert_eq!(repo.dirt(), "");
    }
}

/// Where the engine commits nothing, there is nothing of it at all.
#[test]
fn case_07_rebases_under_never_make_the_same_commits() {
    same_under_never(|repo| drop(repo.git(&["rebase", "-q", "main", "feature"])));
    same_under_never(|repo| {
        repo.quietly(&["switch", "-q", "feature"]);
        rebase_interactively(repo, "sed -i -e 1s/^pick/reword/ -e 2s/^pick/squash/", &["main"]);
    });
}

#[test]
fn case_08_ranges_under_never_make_the_same_commits() {
    same_under_never(|repo| drop(repo.git(&["cherry-pick", "feature~3..feature"])));
    for (command, end) in [("cherry-pick", "--continue"), ("revert", "--continue"), ("revert", "--abort")] {
        same_under_never(|repo| stopping(repo, command, end));
    }
}

/// What the engine is asked for in the middle of something.
const DOORBELLS: [&[&str]; 6] = [
    &["sync"],
    &["set-status", "3", "done"],
    &["undo"],
    &["hooks", "run", "post-commit"],
    &["hooks", "run", "post-merge"],
    &["hooks", "run", "post-rewrite"],
];

/// How something comes to be under way, and how it ends.
const STATES: [(&str, &str, &str); 9] = [
    ("a merge", "git merge -q --no-ff --no-commit side", "git commit -q --no-edit"),
    (
        "a merge that conflicts",
        "! git merge -q clash",
        "git checkout -q --ours . ; git add -A && git commit -q --no-edit",
    ),
    (
        "a rebase",
        "! GIT_SEQUENCE_EDITOR='sed -i 1s/^pick/break\\\\npick/' git rebase -q -i HEAD~1 && false || true",
        "git rebase --continue",
    ),
    ("a rebase that applies", "! git rebase -q --apply clash", "git rebase --abort"),
    ("a cherry-pick", "! git cherry-pick clash", "git cherry-pick --abort"),
    ("a revert", "! git revert --no-edit HEAD~2", "git revert --abort"),
    ("patches", "git format-patch -q -1 --stdout clash >.git/patch; ! git am -q -3 .git/patch", "git am --abort"),
    ("a bisection", "git bisect start HEAD HEAD~1 && git symbolic-ref HEAD refs/heads/main", "git bisect reset"),
    ("a detached HEAD", "git checkout -q --detach", "git checkout -q main"),
];

#[test]
fn case_17_nothing_is_committed_in_the_middle_of_anything_and_all_is_made_up_for() {
    for (at, (name, start, end)) in STATES.into_iter().enumerate() {
        for policy in Policy::BOTH.iter().skip(at % 2).take(1) {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            for (branch, text) in [("side", "side\n"), ("clash", "clash\n")] {
                repo.quietly(&["switch", "-q", "-c", branch, "main"]);
                repo.write(if branch == "side" { "side.txt" } else { "clash.txt" }, text);
                repo.git(&["add", "-A"]);
                repo.quietly(&["commit", "-q", "-m", branch]);
            }
            repo.quietly(&["switch", "-q", "main"]);
            for text in ["ours\n", "ours again\n"] {
                repo.write("clash.txt", text);
                repo.git(&["add", "-A"]);
                repo.quietly(&["commit", "-q", "-m", "Clash"]);
            }
            // Unprocessed, and below what is under way.
            repo.mark(ONE, "pending", "done");
            repo.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
            let quiet = [("TASKMASTER", "0"), ("GIT_EDITOR", "true")];
            let ran = sandbox.run(&repo.path, "sh", &["-c", start], &quiet);
            assert_eq!(ran.code, 0, "{name}: {ran:?}");
            let state = |repo: &Repo<'_>| {
                let refs = repo.git(&["for-each-ref", "refs/heads", "refs/stash"]);
                (repo.git(&["rev-parse", "HEAD"]), refs, repo.git(&["ls-files", "--stage"]), repo.dirt())
            };
            let before = state(&repo);
            for arguments in DOORBELLS {
                let ran = repo.try_tm(arguments);
                let expected: &[i32] = if arguments[0] == "hooks" { &[0] } else { &[3, 4] };
                assert!(expected.contains(&ran.code), "{name} {policy} {arguments:?}: {ran:?}");
                assert_eq!(state(&repo), before, "{name} {policy} {arguments:?}");
            }
            let ran = sandbox.run(&repo.path, "sh", &["-c", end], &[("GIT_EDITOR", "true")]);
            assert_eq!(ran.code, 0, "{name} {policy}: {ran:?}");
            repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
            policy.apply_where_asked(&repo);
            assert_eq!(repo.status(TWO), "pending", "{name} {policy}");
            assert_eq!(engine_commits_of_all(&repo), usize::from(*policy == Policy::After), "{name} {policy}");
        }
    }
}

#[test]
fn case_17_patches_and_bisections_make_the_commits_they_make_without_hooks() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        let patches = repo.git(&["format-patch", "--stdout", "feature~3..feature"]);
        repo.write(".git/patches", patches + "\n");
        repo.git(&["am", "-q", ".git/patches"]);
    });
    caught_up(&repo, ALL);
    // A bisection that runs a script, which itself asks the engine.
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        repo.quietly(&["switch", "-q", "feature"]);
        let program = env!("CARGO_BIN_EXE_taskmaster");
        let test = format!("{program} sync; ! grep -q '^status: done' {THREE}");
        repo.git(&["bisect", "start", "HEAD", "HEAD~3"]);
        let ran = repo.try_git(&["bisect", "run", "sh", "-c", &test]);
        assert!(ran.code == 0 && ran.stdout.contains("is the first bad commit"), "{ran:?}");
        assert_eq!(repo.git(&["log", "-1", "--format=%s", "refs/bisect/bad"]), "Finish three");
        repo.git(&["bisect", "reset"]);
    });
    caught_up(&repo, ALL);
}

#[test]
fn case_17_a_merge_of_many_branches_is_processed_once() {
    let sandbox = Sandbox::new();
    let repo = same(&sandbox, |repo| {
        for (branch, at) in [("second", "feature~1"), ("third", "feature~2")] {
            repo.quietly(&["switch", "-q", "-c", branch, at]);
            repo.write(&format!("{branch}.txt"), "x\n");
            repo.git(&["add", "-A"]);
            repo.quietly(&["commit", "-q", "-m", branch]);
        }
        repo.quietly(&["switch", "-q", "main"]);
        repo.git(&["merge", "-q", "--no-edit", "feature", "second", "third"]);
    });
    assert_eq!(repo.git(&["rev-list", "--merges", "--count", "HEAD"]), "1");
    assert_eq!(repo.git(&["log", "-1", "--format=%P", "HEAD~1"]).split(' ').count(), 4);
    caught_up(&repo, ALL);
}

#[test]
fn case_18_a_rebase_with_the_apply_backend_that_stops_goes_on_or_is_given_up() {
    for end in ["--continue", "--skip", "--abort"] {
        let sandbox = Sandbox::new();
        let repo = same(&sandbox, |repo| {
            repo.quietly(&["switch", "-q", "main"]);
            repo.mark(THREE, "pending", "review");
            repo.git(&["add", "-A"]);
            repo.quietly(&["commit", "-q", "-m", "Review three"]);
            assert_ne!(repo.try_git(&["rebase", "-q", "--apply", "main", "feature"]).code, 0);
            let program = env!("CARGO_BIN_EXE_taskmaster");
            assert_eq!(repo.sandbox.run(&repo.path, program, &["set-status", "1", "review"], &[]).code, 4);
            if end == "--continue" {
                repo.quietly(&["checkout", "-q", "--theirs", THREE]);
                repo.git(&["add", THREE]);
            }
            repo.git(&["rebase", end]);
        });
        assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (0, ""), "{end}");
        let skipped = "1, 1.1 done; 2 pending; 3 review";
        caught_up(&repo, if end == "--skip" { skipped } else { ALL });
        assert!(repo.read(JSON).contains("\"title\": \"One\",\n      \"status\": \"done\""), "{end}");
    }
}

/// `pull --rebase` with the apply backend, with what was processed and what was not.
#[test]
fn case_18_a_pull_with_the_apply_backend_fires_nothing_twice() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let origin = policy.planted(&sandbox);
        let ben = sandbox.clone(&origin.path, "ben");
        ben.tm(&["hooks", "install"]);
        ben.finish_one();
        ben.mark(THREE, "pending", "done");
        ben.quietly(&["commit", "-q", "-a", "-m", "Finish three"]);
        origin.write("other.txt", "x\n");
        origin.commit_all("Other");
        ben.git(&["-c", "rebase.backend=apply", "pull", "-q", "--rebase"]);
        policy.apply_where_asked(&ben);
        ben.git(&["commit", "-q", "-a", "--allow-empty", "-m", "Next"]);
        let engine = if policy == Policy::After { 2 } else { 0 };
        assert_eq!((ben.engine_commits(), ben.dirt().as_str()), (engine, ""), "{policy}: {:?}", ben.subjects());
        assert_eq!((ben.status(TWO).as_str(), ben.status(THREE).as_str()), ("pending", "done"), "{policy}");
        assert!(ben.read(JSON).contains("\"title\": \"Three\",\n      \"status\": \"done\""), "{policy}");
    }
}
