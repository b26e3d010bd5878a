//! The files on disk are the user's: cases 4, 6, 12 and 19.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, THREE, TWO, WORKFLOW_FILE, script};
use super::policy::Policy;
use super::scenes::{LOCKED, MOVED, PLANNED, STAGING, Times, hook, meanwhile, users};

/// The small tree with code beside it, and a sparse checkout that keeps the tree out of the worktree.
fn sparse<'a>(sandbox: &'a Sandbox, policy: Policy, set: &[&str]) -> Repo<'a> {
    let repo = policy.planted(sandbox);
    repo.replace(
        WORKFLOW_FILE,
        "      actions: [roll_up_parent]\n",
        "      actions: [roll_up_parent]\n    - name: again\n      event: task.status.updated\n      conditions:\n        \
         - {field: status, operator: equals, value: failed}\n      actions: [{create_task: {title: Again}}]\n",
    );
    repo.write("src/code.txt", "x\n");
    repo.write("docs/text.txt", "x\n");
    repo.commit_all("Code");
    repo.git(&[&["sparse-checkout", "set"], set].concat());
    assert!(!repo.path.join(".taskmaster").exists());
    repo
}

const SPARSE: [&[&str]; 3] = [
    &["--cone", "--no-sparse-index", "src"],
    &["--cone", "--sparse-index", "src"],
    &["--no-cone", "/src/", "!/.taskmaster/"],
];

#[test]
fn case_04_nothing_is_deleted_and_nothing_appears_where_a_sparse_checkout_hides_the_tree() {
    for policy in Policy::BOTH {
        for set in SPARSE {
            let sandbox = Sandbox::new();
            let repo = sparse(&sandbox, policy, set);
            let files = repo.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
            let same = |doing: &str| {
                let shown = repo.dirt();
                assert_eq!(shown, "", "{policy} {set:?} {doing}");
                assert!(!repo.path.join(".taskmaster").exists(), "{policy} {set:?} {doing}");
                assert_eq!(repo.git(&["diff", "--cached", "--name-only"]), "", "{policy} {set:?} {doing}");
                // What a checkout hides is hidden by its flag, whether it was there before or is new.
                let tags = repo.git(&["ls-files", "-t", ".taskmaster"]);
                assert!(tags.lines().all(|line| line.starts_with("S ")), "{policy} {set:?} {doing}: {tags}");
            };
            repo.write("src/code.txt", "y\n");
            repo.git(&["commit", "-q", "-a", "-m", "Code\n\nCloses: task_001"]);
            same("a hook");
            repo.tm(&["sync"]);
            same("sync");
            repo.tm(&["set-status", "3", "review"]);
            same("set-status");
            assert_eq!(repo.git(&["ls-tree", "-r", "--name-only", "HEAD"]), files, "{policy} {set:?}");
            repo.tm(&["set-status", "3", "failed"]);
            repo.tm(&["sync"]);
            same("a task is made");
            let made = ".taskmaster/context/task_004/task.md";
            assert!(repo.git(&["show", &format!("HEAD:{made}")]).contains("title: Again"), "{policy} {set:?}");
            repo.tm(&["undo", "HEAD"]);
            same("a made task is taken back");
            assert_eq!(repo.git(&["ls-tree", "-r", "--name-only", "HEAD"]), files, "{policy} {set:?}");
            repo.tm(&["set-status", "1.2", "failed"]);
            repo.tm(&["sync"]);
            same("another task is made");
            assert_eq!(repo.status_at("HEAD", TWO), "pending", "{policy} {set:?}");
            repo.git(&["sparse-checkout", "disable"]);
            assert_eq!((repo.dirt().as_str(), repo.status(TWO).as_str()), ("", "pending"), "{policy} {set:?}");
            assert!(repo.read(made).contains("title: Again"));
        }
    }
}

#[test]
fn case_04_apply_says_that_a_sparse_checkout_hides_what_would_follow() {
    let sandbox = Sandbox::new();
    let repo = sparse(&sandbox, Policy::Never, SPARSE[0]);
    repo.write("src/code.txt", "y\n");
    repo.git(&["commit", "-q", "-a", "-m", "Code\n\nCloses: task_001"]);
    let before = (repo.head(), repo.cursor());
    let ran = repo.try_tm(&["apply"]);
    assert!(ran.code != 0 && ran.stderr.contains("sparse checkout"), "{ran:?}");
    assert!(!repo.path.join(".taskmaster").exists());
    assert_eq!((repo.head(), repo.cursor()), before);
    repo.git(&["sparse-checkout", "disable"]);
    repo.tm(&["apply"]);
    assert_eq!(repo.status(TWO), "pending");
}

/// A bare repository, a clone that commits into it without the engine, and one with the engine.
fn teams(sandbox: &Sandbox, policy: Policy) -> (Repo<'_>, Repo<'_>) {
    let bare = sandbox.bare("shared.git");
    let ann = sandbox.clone(&bare, "ann");
    ann.plant(&policy.workflow());
    ann.git(&["checkout", "-q", "-B", "main"]);
    ann.commit_all("Start");
    ann.git(&["push", "-q", "-u", "origin", "main"]);
    let ben = sandbox.clone(&bare, "ben");
    ben.tm(&["hooks", "install"]);
    (ann, ben)
}

/// Edits of the very files that follow, staged and not, and of others.
fn edits(repo: &Repo<'_>) {
    repo.replace(TWO, "title: Two", "title: Mine");
    repo.git(&["add", TWO]);
    repo.replace(TWO, "Text that nobody touches.", "Text of mine.");
    repo.replace(JSON, "\"title\": \"Three\"", "\"title\": \"Mine\"");
    repo.write("loose.txt", "mine\n");
}

#[track_caller]
fn edits_are_there(repo: &Repo<'_>, about: &str) {
    let text = repo.read(TWO);
    assert!(text.contains("title: Mine") && text.contains("Text of mine."), "{about}: {text}");
    assert!(repo.read(JSON).contains("\"title\": \"Mine\""), "{about}");
    assert_eq!(repo.read("loose.txt"), "mine\n", "{about}");
    assert_eq!(repo.git(&["stash", "list"]), "", "{about}");
    assert_eq!(repo.git(&["ls-files", "--unmerged"]), "", "{about}");
    assert!(!text.contains("<<<<<<<"), "{about}");
    let diff = repo.git(&["diff", "-U0", "HEAD", "--", TWO, JSON]);
    let touched =
        diff.lines().filter(|line| line.starts_with("-  ") || line.starts_with("-t") || line.starts_with("-T"));
    assert_eq!(touched.count(), 3, "{about}: {diff}");
}

const PULLS: [(&str, &[&str]); 4] = [
    ("a merge", &["pull", "-q", "--no-rebase", "--no-edit", "--autostash"]),
    ("a rebase", &["pull", "-q", "--rebase", "--autostash"]),
    ("a rebase that applies", &["-c", "rebase.backend=apply", "pull", "-q", "--rebase", "--autostash"]),
    ("a rebase that keeps merges", &["pull", "-q", "--rebase=merges", "--autostash"]),
];

#[test]
fn case_06_edits_of_the_very_files_that_follow_come_back_from_an_autostash() {
    for policy in Policy::BOTH {
        for (name, pull) in PULLS {
            let sandbox = Sandbox::new();
            let (ann, ben) = teams(&sandbox, policy);
            ann.write("other.txt", "x\n");
            ann.commit_all("Other");
            ann.git(&["push", "-q"]);
            // Ben's commit has not been processed when he pulls.
            ben.mark(ONE, "pending", "done");
            ben.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
            edits(&ben);
            ben.git(pull);
            edits_are_there(&ben, &format!("{policy} {name}"));
            if policy == Policy::Never {
                assert_eq!(ben.engine_commits(), 0);
                continue;
            }
            // What waited comes with the next commit, and the edits stay.
            ben.git(&["reset", "-q"]);
            ben.write("next.txt", "x\n");
            ben.git(&["add", "next.txt"]);
            ben.git(&["commit", "-q", "-m", "Next"]);
            assert_eq!(ben.engine_commits(), 1, "{name}: {:?}", ben.subjects());
            assert_eq!(ben.status(TWO), "pending", "{name}");
            edits_are_there(&ben, &format!("{name}, and the next commit"));
        }
    }
}

#[test]
fn case_06_edits_come_back_from_pulls_that_only_go_forward_and_from_merges_that_stop() {
    for policy in Policy::BOTH {
        for pull in [&["pull", "-q", "--ff-only", "--autostash"][..], &["pull", "-q", "--rebase", "--autostash"]] {
            let sandbox = Sandbox::new();
            let (ann, ben) = teams(&sandbox, policy);
            ann.mark(ONE, "pending", "done");
            ann.commit_all("Finish one");
            ann.git(&["push", "-q"]);
            edits(&ben);
            ben.git(pull);
            edits_are_there(&ben, &format!("{policy} {pull:?}"));
            assert_eq!((ben.head(), ben.engine_commits()), (ann.head(), 0));
        }
        // A merge that stops keeps what it stashed until it is committed.
        for end in ["commit", "abort"] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.git(&["switch", "-q", "-c", "side"]);
            repo.mark(ONE, "pending", "done");
            repo.write("clash.txt", "theirs\n");
            repo.git(&["add", "-A"]);
            repo.quietly(&["commit", "-q", "-m", "Finish one"]);
            repo.git(&["switch", "-q", "main"]);
            repo.write("clash.txt", "ours\n");
            repo.commit_all("Clash");
            edits(&repo);
            assert_eq!(repo.try_git(&["merge", "-q", "--autostash", "side"]).code, 1);
            if end == "abort" {
                repo.git(&["merge", "--abort"]);
            } else {
                repo.write("clash.txt", "both\n");
                repo.git(&["add", "clash.txt"]);
                repo.git(&["commit", "-q", "--no-edit"]);
            }
            edits_are_there(&repo, &format!("{policy} {end}"));
            assert_eq!(repo.engine_commits(), 0, "{policy} {end}");
        }
    }
}

#[test]
fn case_12_what_an_editor_saves_at_any_moment_is_there_afterwards() {
    for (moment, policy) in [PLANNED, LOCKED, STAGING, MOVED].into_iter().zip(Policy::BOTH.into_iter().cycle()) {
        for save in [
            format!("sed -i 's/^Text that nobody touches.$/Text of mine./' {TWO}"),
            format!("sed 's/^Text that nobody touches.$/Text of mine./' {TWO} > new && cat new > {TWO} && rm new"),
        ] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.mark(ONE, "pending", "done");
            repo.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
            let (ran, codes) = meanwhile(&repo, moment, Times::Once, &save, &["sync"]);
            assert_eq!((ran.code, codes), (0, vec!["0".to_owned()]), "{policy} {moment}: {ran:?}");
            let text = repo.read(TWO);
            assert!(text.contains("Text of mine.\n"), "{policy} {moment}: {text}");
            assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", &*format!(" M {TWO}")));
            assert!(!repo.git(&["show", &format!("HEAD:{TWO}")]).contains("mine"), "{policy} {moment}");
        }
    }
}

/// Filters are the slowest that can stand between a look at a file and its replacement: these save another
/// version of the file while they run.
#[test]
fn case_12_what_is_saved_while_a_filter_runs_is_merged() {
    for policy in Policy::BOTH {
        for filter in ["clean", "smudge"] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.write(".git/info/attributes", "context/**/*.md filter=quick\n*.md filter=quick\n");
            repo.git(&["config", "filter.quick.clean", "tr Q q"]);
            repo.git(&["config", "filter.quick.smudge", "tr q Q"]);
            repo.replace(TWO, "Text that nobody touches.", "A quick text.\n\nText that nobody touches.");
            repo.commit_all("Quick");
            repo.quietly(&["rm", "-q", "-r", "--cached", ".taskmaster"]);
            repo.quietly(&["reset", "-q", "--hard"]);
            assert!(repo.read(TWO).contains("A Quick text."));
            repo.mark(ONE, "pending", "done");
            repo.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
            // It saves once, and only while the engine works on this file.
            let (from, to) = if filter == "clean" { ("Q", "q") } else { ("q", "Q") };
            let saves = script(
                &sandbox,
                "saves",
                &format!(
                    "cd '{}'\nif [ \"$1\" = '{TWO}' ] && [ -e .git/armed ]; then rm .git/armed\n\
                     sed -i 's/^Text that nobody touches.$/Text of mine./' {TWO}\nfi\nexec tr {from} {to}",
                    repo.path.display()
                ),
            );
            repo.git(&["config", &format!("filter.quick.{filter}"), &format!("{saves} %f")]);
            repo.write(".git/armed", "");
            let ran = repo.try_tm(&["sync"]);
            assert_eq!(ran.code, 0, "{policy} {filter}: {ran:?}");
            assert!(!repo.path.join(".git/armed").exists(), "{policy} {filter}: the filter ran");
            let text = repo.read(TWO);
            assert!(text.contains("Text of mine.\n") && text.contains("A Quick text."), "{policy} {filter}: {text}");
            assert_eq!(repo.status(TWO), "pending", "{policy} {filter}: {ran:?}");
            assert_eq!(repo.dirt(), format!(" M {TWO}"), "{policy} {filter}");
        }
    }
}

/// Everything in the repository that belongs to all worktrees or to the main one.
fn shared(repo: &Repo<'_>) -> Vec<(String, Vec<u8>)> {
    let grows = ["objects", "logs/refs", "refs", "worktrees", "taskmaster", "packed-refs"];
    let is_new = |path: &str| grows.iter().any(|name| path.starts_with(&format!(".git/{name}")));
    repo.everything().into_iter().filter(|(path, _)| !is_new(path)).collect()
}

#[test]
fn case_19_hooks_in_a_linked_worktree_leave_configuration_and_other_worktrees_alone() {
    for policy in Policy::BOTH {
        for extension in [false, true] {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            if extension {
                repo.git(&["config", "extensions.worktreeConfig", "true"]);
            }
            let at = |name: &str| sandbox.path().join(name);
            for name in ["linked", "third"] {
                repo.git(&["worktree", "add", "-q", "-b", name, at(name).to_str().unwrap()]);
            }
            // Half done in the main worktree and in the third.
            let (linked, third) =
                (Repo { sandbox: &sandbox, path: at("linked") }, Repo { sandbox: &sandbox, path: at("third") });
            for other in [&repo, &third] {
                edits(other);
            }
            // Asked first: `git status` may refresh the index.
            let (users_before, third_before) = (users(&repo), users(&third));
            let before = shared(&repo);
            let (main, side) = (repo.head(), third.head());
            // With what git exports to hooks, relative and absolute, and from a folder below.
            linked.mark(ONE, "pending", "done");
            linked.git(&["commit", "-q", "-a", "-m", "Finish one"]);
            policy.apply_where_asked(&linked);
            linked.git(&["commit", "-q", "--allow-empty", "-a", "-m", "What follows, where it is mine"]);
            linked.mark(THREE, "pending", "done");
            let git_dir = repo.path.join(".git/worktrees/linked");
            let places = [("GIT_DIR", git_dir.to_str().unwrap()), ("GIT_WORK_TREE", linked.path.to_str().unwrap())];
            let ran = sandbox.run(&linked.path.join(".taskmaster"), "git", &["commit", "-qam", "Three"], &places);
            assert_eq!(ran.code, 0, "{policy}: {ran:?}");
            policy.apply_where_asked(&linked);
            assert_eq!(linked.status(TWO), "pending", "{policy}");
            assert!(linked.read(JSON).contains("\"title\": \"Three\",\n      \"status\": \"done\""), "{policy}");
            // A hook alone, as a manager would call it.
            let index = git_dir.join("index");
            let places = [places[0], places[1], ("GIT_INDEX_FILE", index.to_str().unwrap())];
            for name in ["pre-commit", "post-commit", "post-checkout", "post-merge"] {
                let program = env!("CARGO_BIN_EXE_taskmaster");
                let ran = sandbox.run(&linked.path, program, &["hooks", "run", name], &places);
                assert_eq!(ran.code, 0, "{policy} {name}: {ran:?}");
            }
            assert!(shared(&repo) == before, "{policy}");
            assert_eq!((users(&repo), users(&third)), (users_before, third_before), "{policy}");
            assert_eq!((repo.head(), third.head()), (main, side), "{policy}");
            assert_eq!(repo.git(&["config", "--get", "core.bare"]), "false");
            repo.git(&["fsck", "--strict"]);
        }
    }
}

/// A hook of the user's that works on another repository of its own, from inside a linked worktree.
#[test]
fn case_19_the_engine_reads_the_repository_that_rings_and_no_other() {
    let sandbox = Sandbox::new();
    let repo = Policy::After.planted(&sandbox);
    let other = sandbox.repository("other");
    other.plant(&Policy::After.workflow());
    other.commit_all("Start");
    other.tm(&["hooks", "install"]);
    let linked = Repo { sandbox: &sandbox, path: sandbox.path().join("linked") };
    repo.git(&["worktree", "add", "-q", "-b", "linked", linked.path.to_str().unwrap()]);
    let folder = other.path.display();
    hook(
        &repo,
        "post-commit",
        &format!(
            "[ -e '{folder}/.git/done' ] || {{ : > '{folder}/.git/done'; unset $(git rev-parse --local-env-vars)\n\
             cd '{folder}' && sed -i 's/^status: pending/status: done/' {THREE} && git commit -q -a -m Three; }}"
        ),
    );
    linked.mark(ONE, "pending", "done");
    linked.git(&["commit", "-q", "-a", "-m", "Finish one"]);
    assert_eq!(linked.subjects(), ["chore(taskmaster): 1 done; 2 pending", "Finish one", "Start"]);
    assert_eq!(other.subjects(), ["chore(taskmaster): 3 done", "Three", "Start"]);
    assert_eq!((repo.subjects().len(), repo.dirt(), other.dirt()), (1, String::new(), String::new()));
}
