use std::fs;

use super::{CI, shared, with_one_done};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO, script};

#[test]
fn what_follows_from_a_push_is_committed_and_pushed() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, &CI.replace("roll_up_parent]", "roll_up_parent, send_notifications]"));
    let before = ann.head();
    ann.tm(&["hooks", "install"]);
    ann.done_one();
    assert_eq!(ann.engine_commits(), 0, "that is the pipeline's to do");
    ann.git(&["push", "-q"]);
    let ci = sandbox.clone(&bare, "ci");
    let summary = sandbox.path().join("summary.md");
    let payload = format!(r#"{{"before": "{before}"}}"#);
    let ran = ci.github(&["ci", "run"], "push", &payload, &[("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: unblocks 2; 2 effects\n"), "{ran:?}");
    assert!(ran.stderr.contains("+1 commit") && ran.stderr.contains("pushed "), "{ran:?}");
    let text = fs::read_to_string(summary).unwrap();
    assert!(
        text.contains("### Tasks\n\nunblocks 2; 2 effects\n") && text.contains("| 2 | blocked | pending |"),
        "{text}"
    );
    ann.git(&["pull", "-q"]);
    assert_eq!((ann.status(TWO).as_str(), ann.engine_commits(), ann.head()), ("pending", 1, ci.head()));
    // The same run again, in a clone of its own: the commit names what it follows from.
    let repeated = sandbox.clone(&bare, "again");
    let again = repeated.pushed(&before);
    let intents =
        |repo: &Repo<'_>| fs::read_dir(repo.path.join(".git/taskmaster/outbox/intents")).map_or(0, Iterator::count);
    assert_eq!((intents(&ci), intents(&repeated)), (2, 0), "and nothing is sent twice");
    assert_eq!((again.code, again.stdout.as_str()), (0, "taskmaster: nothing follows\n"), "{again:?}");
    // And of the push of the engine's commit nothing follows.
    let own = sandbox.clone(&bare, "own").pushed(&ann.id("HEAD^"));
    assert_eq!((own.code, own.stdout.as_str()), (0, "taskmaster: nothing follows\n"), "{own:?}");
    // What somebody has decided otherwise since does not follow again either.
    ann.mark(TWO, "pending", "blocked");
    ann.commit_all("Not yet");
    ann.git(&["push", "-q"]);
    let undone = sandbox.clone(&bare, "undone").pushed(&before);
    assert_eq!((undone.code, undone.stdout.as_str()), (0, "taskmaster: 1 effect\n"), "of that alone: {undone:?}");
    assert_eq!(sandbox.clone(&bare, "last").head(), ann.head());
}

#[test]
fn where_others_are_faster_it_is_done_again_on_theirs() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    // Before it pushes, somebody else does, twice.
    let other = sandbox.clone(&bare, "other");
    let lines = format!(
        "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE\ncd {} || exit 0\n\
         [ \"$(git log --oneline | wc -l)\" -lt 4 ] || exit 0\n\
         git commit -q --allow-empty -m Theirs && git push -q",
        other.path.display()
    );
    let hook = script(&sandbox, "ci/.git/hooks/pre-push", &lines);
    let ran = ci.pushed(&before);
    fs::remove_file(hook).unwrap();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains(", after 2 pushes by somebody else"), "{ran:?}");
    ann.git(&["pull", "-q"]);
    let subjects = ann.subjects();
    assert_eq!(subjects[1..3], ["Theirs".to_owned(), "Theirs".to_owned()], "{subjects:?}");
    assert_eq!((ann.engine_commits(), ann.status(TWO).as_str(), ann.head()), (1, "pending", ci.head()));
}

#[test]
fn of_two_runs_each_does_what_the_other_has_not() {
    let sandbox = Sandbox::new();
    let review = "    - name: review
      event: task.status.updated
      conditions: [{field: status, operator: equals, value: review}]
      actions: [{set_status: {status: testing}}]
";
    let (bare, ann) = shared(&sandbox, &format!("{CI}{review}"));
    let start = ann.head();
    ann.done_one();
    ann.git(&["push", "-q"]);
    let first = sandbox.clone(&bare, "first");
    let middle = ann.head();
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    // The run of the second push is faster.
    let second = sandbox.clone(&bare, "second");
    assert_eq!(second.pushed(&middle).code, 0);
    let late = first.pushed(&start);
    assert!(late.code == 0 && late.stderr.contains("after 1 push by somebody else"), "{late:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!((ann.status(TWO), ann.status(THREE)), ("pending".to_owned(), "testing".to_owned()));
    assert!(ann.subjects()[0].ends_with(": 2 pending"), "{:?}", ann.subjects());
    assert_eq!(ann.engine_commits(), 2, "{:?}", ann.subjects());
    assert!(ann.tm(&["check"]).contains("5 tasks: 0 errors, "));
}

#[test]
fn a_detached_checkout_is_put_on_its_branch() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "--detach"]);
    ci.git(&["branch", "-q", "-D", "main"]);
    let head = ci.head();
    let environment = [
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_COMMIT_BEFORE_SHA", &*before),
        ("CI_COMMIT_SHA", &*head),
    ];
    let ran = sandbox.run(&ci.path, env!("CARGO_BIN_EXE_taskmaster"), &["ci", "run"], &environment);
    assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!((ann.status(TWO).as_str(), ann.head()), ("pending", ci.head()));
}

#[test]
fn for_a_tag_nothing_is_committed() {
    let sandbox = Sandbox::new();
    let (bare, _, before) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    ci.git(&["switch", "-q", "--detach"]);
    let head = ci.head();
    let payload = format!(r#"{{"before": "{before}"}}"#);
    let tag = [("GITHUB_REF_TYPE", "tag"), ("GITHUB_REF_NAME", "v1")];
    let ran = ci.github(&["ci", "run"], "push", &payload, &tag);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: unblocks 2 (HEAD is not on a branch)\n"), "{ran:?}");
    assert_eq!(ci.head(), head);
}

#[test]
fn where_it_is_not_the_executor_it_only_says_what_follows() {
    let sandbox = Sandbox::new();
    let rules = CI.replace("executor: ci, ", "");
    let (bare, _, before) = with_one_done(&sandbox, &rules);
    let ci = sandbox.clone(&bare, "ci");
    let head = ci.head();
    let ran = ci.pushed(&before);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "taskmaster: unblocks 2 (git.executor is not ci)\n"), "{ran:?}");
    assert_eq!((ci.head(), ci.dirt()), (head.clone(), String::new()));
    let json = ci.github(&["--json", "ci", "run", "--check"], "push", &format!(r#"{{"before": "{before}"}}"#), &[]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["caused"]["unblocked"][0], &json["held"]), (&"2".into(), &"dry run".into()), "{json}");
    assert_eq!(sandbox.clone(&bare, "last").head(), head);
}

#[test]
fn a_shallow_clone_says_what_it_needs_or_gets_it() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let before = ann.head();
    ann.done_one();
    for number in 0..3 {
        ann.write("notes.txt", format!("{number}"));
        ann.commit_all("Notes");
    }
    ann.git(&["push", "-q"]);
    let url = format!("file://{}", bare.display());
    let path = sandbox.path().join("ci");
    sandbox.run(sandbox.path(), "git", &["clone", "-q", "--depth", "1", &url, "ci"], &[]);
    let ci = Repo { sandbox: &sandbox, path };
    let ran = ci.pushed(&before);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("is not in this clone: it is shallow") && ran.stderr.contains("fetch-depth: 0"),
        "{ran:?}"
    );
    let deepened = ci.github(&["ci", "run", "--deepen"], "push", &format!(r#"{{"before": "{before}"}}"#), &[]);
    assert_eq!((deepened.code, deepened.stdout.as_str()), (0, "taskmaster: unblocks 2\n"), "{deepened:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!(ann.status(TWO), "pending");
}

#[test]
fn errors_are_annotated_and_nothing_is_committed_on_them() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let before = ann.head();
    ann.mark(ONE, "pending", "done");
    ann.replace(THREE, "\nstatus: pending\n", "\nstatus: pending\nstatus: done\n");
    ann.commit_all("One is done, three is broken");
    ann.git(&["push", "-q"]);
    let ci = sandbox.clone(&bare, "ci");
    let head = ci.head();
    let ran = ci.pushed(&before);
    assert_eq!((ran.code, ci.head()), (1, head), "{ran:?}");
    let line = ran.stdout.lines().next().unwrap();
    assert!(line.starts_with("::error file=.taskmaster/context/task_003/task.md,line="), "{ran:?}");
    assert!(ran.stdout.contains("(there are errors)"), "{ran:?}");
    // What was wrong before is not held against the next one.
    ci.write("notes.txt", "1");
    ci.commit_all("Notes");
    let next = ci.pushed(&ci.id("HEAD^"));
    assert!(next.code == 0 && next.stderr.contains("1 error was there before"), "{next:?}");
}

#[test]
fn a_status_is_set_and_pushed_over_the_pushes_of_others() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    ann.mark(THREE, "pending", "in-progress");
    ann.commit_all("Three is begun");
    ann.git(&["push", "-q"]);
    let arguments =
        ["update-task-status", "--push", "--task-id=1", "--status", "completed", "--metadata", r#"{"tests_run": 12}"#];
    let ran = ci.github(&arguments, "push", "{}", &[]);
    assert!(ran.code == 0 && ran.stderr.contains("after 1 push by somebody else"), "{ran:?}");
    ann.git(&["pull", "-q"]);
    let found = (ann.status(ONE), ann.status(TWO), ann.status(THREE));
    assert_eq!(
        found,
        ("done".to_owned(), "pending".to_owned(), "in-progress".to_owned()),
        "a pipeline is the executor"
    );
    assert!(ann.read(ONE).contains("tests_run: 12"), "{}", ann.read(ONE));
    assert_eq!(ann.subjects()[1], "chore(taskmaster): 1 done");
    // One that was killed before its push: the same again pushes.
    let late = sandbox.clone(&bare, "late");
    late.tm(&["set-status", "3", "done"]);
    let ran = late.try_tm(&["update-task-status", "--push", "--task-id", "3", "--status", "done"]);
    assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!(ann.status(THREE), "done");
}

#[test]
fn an_event_is_pushed_once_however_many_hand_it_in() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let clones = [sandbox.clone(&bare, "one"), sandbox.clone(&bare, "two")];
    let emit = ["emit", "deployment.success", "--task", "3", "--id", "7-production", "--push"];
    for (clone, said) in clones.iter().zip(["pushed ", "was handled already"]) {
        let ran = clone.try_tm(&emit);
        assert!(ran.code == 0 && ran.stderr.contains(said), "{ran:?}");
    }
    ann.git(&["pull", "-q"]);
    assert_eq!((ann.status(THREE).as_str(), ann.engine_commits()), ("done", 1));
}

#[test]
fn what_cannot_be_pushed_is_said_and_kept() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    let protected = script(&sandbox, "shared.git/hooks/pre-receive", "echo this branch is protected >&2; exit 1");
    let head = ann.head();
    let arguments = ["emit", "deployment.success", "--task", "3", "--id", "a", "--push"];
    let ran = ann.try_tm(&arguments);
    assert!(ran.code == 3 && ran.stderr.contains("this branch is protected"), "{ran:?}");
    assert_eq!(ann.id("HEAD^"), head);
    fs::remove_file(protected).unwrap();
    let ran = ann.try_tm(&arguments);
    assert!(ran.code == 0 && ran.stderr.contains("pushed "), "{ran:?}");
    // Somebody has forced the branch another way: nobody's commits are thrown away.
    let other = sandbox.clone(&bare, "other");
    other.git(&["commit", "-q", "--amend", "-m", "Theirs"]);
    other.git(&["push", "-q", "-f"]);
    let ran = ann.try_tm(&["update-task-status", "--push", "--task-id", "1", "--status", "done"]);
    assert!(ran.code == 3 && ran.stderr.contains("has moved away from what is here"), "{ran:?}");
    assert_eq!(ann.status(ONE), "done");
    ann.git(&["remote", "remove", "origin"]);
    let ran = ann.try_tm(&["update-task-status", "--push", "--task-id", "1", "--status", "pending"]);
    assert!(ran.code == 3 && ran.stderr.contains("there is no remote to push the branch `main` to"), "{ran:?}");
}

#[test]
fn a_range_that_cannot_be_known_does_not_pass() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    ann.done_one();
    ann.git(&["push", "-q"]);
    // The shared branch was forced away from a commit that nobody has any more.
    let ran = sandbox.clone(&bare, "ci").pushed(&"1".repeat(40));
    assert!(ran.code == 3 && ran.stderr.contains("was forced away from `1111"), "{ran:?}");
    assert!(ran.stderr.contains("--from REVISION"), "{ran:?}");
    // What somebody has written himself is no revision.
    let payload = format!(r#"{{"before": "{}"}}"#, ann.id("HEAD^"));
    for end in ["--from", "--to"] {
        let ran =
            sandbox.clone(&bare, &format!("wrong{end}")).github(&["ci", "run", end, "nowhere"], "push", &payload, &[]);
        assert!(ran.code == 3 && ran.stderr.contains("nowhere"), "{end}: {ran:?}");
    }
    // A new branch, and a shallow clone has left out where it begins.
    ann.git(&["checkout", "-q", "-b", "side"]);
    ann.write("notes.txt", "more");
    ann.commit_all("Notes");
    ann.git(&["push", "-q", "origin", "side"]);
    let url = format!("file://{}", bare.display());
    let arguments = ["clone", "-q", "--depth", "1", "--branch", "side", "--no-single-branch", &url, "side"];
    sandbox.run(sandbox.path(), "git", &arguments, &[]);
    let side = Repo { sandbox: &sandbox, path: sandbox.path().join("side") };
    let payload = format!(r#"{{"before": "{}"}}"#, "0".repeat(40));
    let ran = side.github(&["ci", "run"], "push", &payload, &[("GITHUB_REF_NAME", "side")]);
    assert!(ran.code == 3 && ran.stderr.contains("is not in this clone: it is shallow"), "{ran:?}");
}

#[test]
fn a_summary_that_cannot_be_written_is_said_and_nothing_else() {
    let sandbox = Sandbox::new();
    let (bare, ann, before) = with_one_done(&sandbox, CI);
    let ci = sandbox.clone(&bare, "ci");
    let payload = format!(r#"{{"before": "{before}"}}"#);
    let ran = ci.github(&["ci", "run"], "push", &payload, &[("GITHUB_STEP_SUMMARY", "/dev/null/summary")]);
    assert!(ran.code == 0 && ran.stderr.contains("no summary was written"), "{ran:?}");
    assert!(ran.stderr.contains("pushed "), "{ran:?}");
    ann.git(&["pull", "-q"]);
    assert_eq!(ann.status(TWO), "pending");
}

#[test]
fn commits_of_ones_own_are_not_published_in_passing() {
    let sandbox = Sandbox::new();
    let (bare, ann) = shared(&sandbox, CI);
    ann.done_one();
    let pushed = ann.id("origin/main");
    let ran = ann.try_tm(&["ci", "run", "--from", "HEAD^"]);
    assert!(ran.code == 3 && ran.stderr.contains("has 1 commits of yours that were not pushed"), "{ran:?}");
    assert!(ran.stderr.contains("One is done") && ran.stderr.contains("git push"), "{ran:?}");
    let there = || sandbox.run(&bare, "git", &["rev-parse", "main"], &[]).stdout.trim().to_owned();
    assert_eq!(there(), pushed);
    // Where somebody asks for a push of something else, they are named.
    let ran = ann.try_tm(&["update-task-status", "--push", "--task-id", "3", "--status", "done"]);
    assert!(ran.code == 0 && ran.stderr.contains("\"One is done\" was not pushed yet, and went along"), "{ran:?}");
    assert_ne!(there(), pushed);
    let ran = ann.try_tm(&["update-task-status", "--push", "--task-id", "3", "--status", "pending"]);
    assert!(ran.code == 0 && !ran.stderr.contains("went along"), "{ran:?}");
}

#[test]
fn what_another_run_was_faster_with_is_sent_from_there_alone() {
    let sandbox = Sandbox::new();
    let actions = "  actions:\n    tell: {run: \"echo $TASKMASTER_EVENT_ID >> ../told\"}\n";
    let rules = CI.replace("roll_up_parent]", "roll_up_parent, tell]") + actions;
    let (bare, ann) = shared(&sandbox, &rules);
    let start = ann.head();
    ann.done_one();
    ann.git(&["push", "-q"]);
    let late = sandbox.clone(&bare, "late");
    ann.mark(THREE, "pending", "review");
    ann.commit_all("Three is to be reviewed");
    ann.git(&["push", "-q"]);
    // This run was begun for both pushes.
    let whole = sandbox.clone(&bare, "whole");
    assert_eq!(whole.pushed(&start).code, 0);
    let ran = late.pushed(&start);
    assert_eq!(ran.code, 0, "{ran:?}");
    for clone in [&whole, &late] {
        let shown: serde_json::Value = serde_json::from_str(&clone.tm(&["allow", "-n", "--json"])).unwrap();
        clone.tm(&["outbox", "run", "--allow", shown["hash"].as_str().unwrap()]);
    }
    let told = fs::read_to_string(sandbox.path().join("told")).unwrap();
    let each: std::collections::BTreeSet<&str> = told.lines().collect();
    assert!(each.len() >= 2 && told.lines().count() == each.len(), "{told}");
    let listed = late.tm(&["outbox", "list", "--all"]);
    assert!(listed.contains("another run of the pipeline has sent it"), "{listed}");
}
