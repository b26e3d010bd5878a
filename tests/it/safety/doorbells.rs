//! What rings, and what it may do: cases 9, 24 and 25.

use std::collections::BTreeMap;
use std::fs;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, ONE_ONE, THREE, TWO};
use super::policy::Policy;
use super::scenes::hook;

/// A `pre-commit` that lists everything before and after the engine's, with what git hands over.
fn spying(repo: &Repo<'_>) {
    let (folder, program) = (repo.sandbox.path().display(), env!("CARGO_BIN_EXE_taskmaster"));
    let list = "find . -path ./.git/taskmaster/log -prune -o \\( -type f -o -type l \\) -printf '%p %m %T@ ' -exec sha1sum {} \\;";
    let lines = format!(
        "#!/bin/sh\nlist() {{ {list} | sort; git for-each-ref; echo \"$GIT_INDEX_FILE\"; }}\n\
         list > '{folder}/before'\n'{program}' hooks run pre-commit \"$@\"\ncode=$?\nlist > '{folder}/after'\nexit $code\n"
    );
    fs::remove_file(repo.path.join(".git/hooks/pre-commit")).unwrap();
    repo.write(".git/hooks/pre-commit", "");
    hook(repo, "pre-commit", "");
    repo.write(".git/hooks/pre-commit", lines);
}

#[test]
fn case_09_pre_commit_writes_nothing_however_it_is_rung() {
    for policy in Policy::BOTH {
        for fault in [false, true] {
            for form in [
                &["commit", "-q", "-m", "X"][..],
                &["commit", "-q", "-a", "-m", "X"],
                &["commit", "-q", "-m", "X", ONE],
                &["commit", "-q", "-i", "-m", "X", ONE],
                &["commit", "-q", "--amend", "-m", "X"],
                &["commit", "-q", "--no-edit"],
            ] {
                let sandbox = Sandbox::new();
                let repo = policy.planted(&sandbox);
                if form.contains(&"--no-edit") {
                    repo.git(&["switch", "-q", "-c", "side"]);
                    repo.git(&["commit", "-q", "--allow-empty", "-m", "Side"]);
                    repo.git(&["switch", "-q", "main"]);
                    repo.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
                }
                spying(&repo);
                repo.mark(ONE, "pending", "done");
                if fault {
                    repo.replace(ONE, "dependencies: []", "dependencies: [task_009]");
                }
                repo.git(&["add", "-A"]);
                repo.replace(TWO, "Text that nobody touches.", "Text of mine.");
                repo.write("new.txt", "mine\n");
                repo.git(&["add", "-N", "new.txt"]);
                let head = repo.head();
                let ran = repo.try_git(form);
                assert_eq!(ran.code, i32::from(fault), "{policy} {form:?}: {ran:?}");
                assert_eq!(repo.head() == head, fault, "{policy} {form:?}");
                let [before, after] =
                    ["before", "after"].map(|name| fs::read_to_string(sandbox.path().join(name)).unwrap());
                assert!(before.contains("tasks.json"), "the hook was rung");
                assert_eq!(before, after, "{policy} {form:?} fault {fault}");
            }
        }
    }
}

/// Rules that go in circles, that make a task for each task that is made, and that follow each other.
const DEEP: &str = "  triggers:
    - {name: ping, event: task.status.updated, reentrant: true, conditions: [{field: status, operator: equals, value: in-progress}], actions: [{set_status: {status: review}}]}
    - {name: pong, event: task.status.updated, reentrant: true, conditions: [{field: status, operator: equals, value: review}], actions: [{set_status: {status: in-progress}}]}
    - {name: more, event: task.created, reentrant: true, actions: [{create_task: {title: More}}]}
    - {name: first, event: task.status.updated, conditions: [{field: new_status, operator: equals, value: failed}], actions: [{create_task: {title: First}}]}
";

fn deep(sandbox: &Sandbox, policy: Policy) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    let head = policy.workflow();
    let (head, _) = head.split_once("  triggers:\n").unwrap();
    repo.plant(&format!("{head}{DEEP}"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

/// How deep each change of the newest commit is.
fn depths(repo: &Repo<'_>) -> Vec<u32> {
    let changes = repo.git(&["log", "-1", "--format=%(trailers:key=Taskmaster-Change,valueonly)"]);
    changes.lines().filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect()
}

#[test]
fn case_24_an_engine_commit_has_a_cascade_of_ten_and_sets_nothing_off() {
    for (old, new) in [("pending", "in-progress"), ("pending", "failed")] {
        let sandbox = Sandbox::new();
        let repo = deep(&sandbox, Policy::After);
        repo.mark(THREE, old, new);
        let ran = repo.commit_all("Three");
        assert!(ran.stderr.contains("after 10 consequences"), "{new}: {ran:?}");
        assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""), "{new}");
        assert_eq!(depths(&repo).into_iter().max(), Some(10), "{new}");
        let tasks = repo.tm(&["list"]);
        // What was cut off is not gone on with by any doorbell, for this commit or behind another one.
        let commits = repo.git(&["log", "--format=%H"]);
        for arguments in [
            &["sync"][..],
            &["apply"],
            &["sync", "--since", "HEAD~2"],
            &["hooks", "run", "post-commit"],
            &["hooks", "run", "post-merge"],
            &["hooks", "run", "post-rewrite"],
            &["hooks", "run", "post-checkout"],
        ] {
            repo.tm(arguments);
            assert_eq!(
                (repo.git(&["log", "--format=%H"]), repo.dirt().as_str()),
                (commits.clone(), ""),
                "{arguments:?}"
            );
        }
        repo.write("other.txt", "x\n");
        repo.commit_all("Other");
        assert_eq!((repo.subjects()[0].as_str(), repo.tm(&["list"])), ("Other", tasks), "{new}");
        // Nor where it arrives as a commit that is picked, merged or pulled.
        let clone = sandbox.clone(&repo.path, "ben");
        clone.tm(&["hooks", "install"]);
        clone.tm(&["sync"]);
        repo.git(&["switch", "-q", "-c", "side", "HEAD~3"]);
        repo.git(&["cherry-pick", "main~2", "main~1"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "Rung"]);
        repo.git(&["switch", "-q", "main"]);
        repo.git(&["merge", "-q", "--no-edit", "side"]);
        repo.git(&["commit", "-q", "--allow-empty", "-m", "Rung again"]);
        clone.git(&["pull", "-q", "--no-rebase"]);
        clone.git(&["commit", "-q", "--allow-empty", "-m", "Ben"]);
        for each in [&repo, &clone] {
            // The commit, and its copy that was picked.
            assert_eq!((each.engine_commits(), each.dirt().as_str()), (2, ""), "{new}: {:?}", each.subjects());
        }
    }
}

#[test]
fn case_24_what_is_applied_and_committed_by_hand_sets_nothing_off_that_is_so_already() {
    let sandbox = Sandbox::new();
    let repo = Policy::Never.planted(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.git(&["commit", "-q", "-a", "-m", "Finish one"]);
    for round in 0..3 {
        repo.tm(&["apply"]);
        assert_eq!(repo.dirt().lines().count(), if round == 0 { 3 } else { 0 }, "{round}: {}", repo.dirt());
        repo.git(&["commit", "-q", "-a", "--allow-empty", "-m", "What follows"]);
    }
    assert_eq!(repo.status(TWO), "pending");
}

/// What is processed of each commit: its subject by the changes that it caused.
fn caused(repo: &Repo<'_>) -> BTreeMap<String, usize> {
    let mut causes = BTreeMap::new();
    for id in repo.git(&["log", "--format=%(trailers:key=Taskmaster-Caused-By,valueonly)"]).split_whitespace() {
        *causes.entry(repo.git(&["log", "-1", "--format=%s", id])).or_default() += 1;
    }
    causes
}

/// Each of these commits task 3 once, from inside a hook of the user's.
const HOOKS: [(&str, &str); 4] =
    [("post-commit", "before"), ("post-commit", "behind"), ("post-merge", "behind"), ("post-checkout", "behind")];

#[test]
fn case_25_a_commit_from_inside_another_hook_is_processed_once() {
    for policy in Policy::BOTH {
        for (name, place) in HOOKS {
            let about = format!("{policy} {name} {place}");
            let sandbox = Sandbox::new();
            let repo = sandbox.repository("ann");
            repo.plant(&policy.workflow());
            repo.commit_all("Start");
            repo.git(&["branch", "side"]);
            let commits = format!(
                "[ -e .git/once ] && {{ rm .git/once; sed -i 's/^status: pending/status: done/' {THREE}; git commit -q -m Script {THREE}; }}"
            );
            let commits = format!("{commits}\ntrue");
            if place == "before" {
                hook(&repo, name, &commits);
            }
            repo.tm(&["hooks", "install"]);
            if place == "behind" {
                hook(&repo, name, &commits);
            }
            repo.mark(ONE, "pending", "done");
            repo.write(".git/once", "");
            if name == "post-commit" {
                repo.git(&["commit", "-q", "-m", "Finish one", ONE]);
            } else {
                repo.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
                repo.write(".git/once", "");
                repo.git(&["switch", "-q", "side"]);
                if name == "post-merge" {
                    repo.write(".git/once", "");
                    repo.git(&["merge", "-q", "--ff-only", "main"]);
                } else {
                    repo.git(&["merge", "-q", "--no-edit", "main"]);
                }
            }
            assert!(!repo.path.join(".git/once").exists(), "{about}: the script has run");
            assert_eq!(repo.subjects().iter().filter(|subject| *subject == "Script").count(), 1, "{about}");
            policy.apply_where_asked(&repo);
            assert_eq!((repo.status(TWO).as_str(), repo.status(THREE).as_str()), ("pending", "done"), "{about}");
            assert!(repo.read(JSON).contains("\"title\": \"Three\",\n      \"status\": \"done\""), "{about}");
            if policy == Policy::After {
                assert_eq!(repo.dirt(), "", "{about}");
                repo.tm(&["sync"]);
                // A merge is taken to have done what it brings.
                let other = if name == "post-checkout" { "Merge branch 'main' into side" } else { "Finish one" };
                let each = |subject: &str| (subject.to_owned(), 1);
                assert_eq!(caused(&repo), BTreeMap::from([other, "Script"].map(each)), "{about}");
            }
        }
    }
}

/// Scripts of all kinds, with what a hook exports and without.
#[test]
fn case_25_commits_of_scripts_are_processed_like_anybodys() {
    let script = "set -e\n\
        step() { sed -i \"s/^status: $2/status: $3/\" $1; }\n\
        step $ONE_ONE pending in-progress; git add -u; git commit -q -m First\n\
        GIT_INDEX_FILE=.git/own git read-tree HEAD\n\
        step $THREE pending done; GIT_INDEX_FILE=.git/own git add $THREE\n\
        GIT_INDEX_FILE=.git/own git commit -q -m Second; git read-tree HEAD; rm .git/own\n\
        (cd .taskmaster && step ../$ONE '.*' done; git commit -q -a -m Third)\n\
        git -c core.hooksPath=/dev/null commit -q --allow-empty -m Unseen\n\
        (export GIT_DIR=$PWD/.git GIT_WORK_TREE=$PWD; cd /; git commit -q --allow-empty -m Last)";
    let script = script.replace("$ONE_ONE", ONE_ONE).replace("$THREE", THREE).replace("$ONE", ONE);
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        let ran = sandbox.run(&repo.path, "sh", &["-c", &script], &[]);
        assert_eq!(ran.code, 0, "{policy}: {ran:?}");
        policy.apply_where_asked(&repo);
        let statuses = [ONE, TWO, THREE, ONE_ONE].map(|path| repo.status(path));
        assert_eq!(statuses, ["done", "pending", "done", "in-progress"], "{policy}: {ran:?}");
        if policy == Policy::After {
            assert_eq!(repo.dirt(), "", "{policy}");
            let each = |subject: &str| (subject.to_owned(), 1);
            assert_eq!(caused(&repo), BTreeMap::from(["First", "Second", "Third"].map(each)), "{:?}", repo.subjects());
        }
    }
}
