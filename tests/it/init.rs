//! `init` in every kind of repository, its recipes, and its questions.

use super::sandbox::{Ran, Repo, Sandbox, WORKFLOW, planted};
use super::scenery::{ONE, ONE_ONE, ONE_TWO, TWO, WORKFLOW_FILE};

const SCHEMA: &str = ".taskmaster/config/workflow.schema.json";

/// Runs a command on a terminal of its own, with these lines typed in.
pub(crate) fn on_a_terminal(repo: &Repo<'_>, typed: &str, command: &str, environment: &[(&str, &str)]) -> Ran {
    let line = format!("printf '{typed}' | script -qec '{} {command}' /dev/null", env!("CARGO_BIN_EXE_taskmaster"));
    repo.sandbox.run(&repo.path, "sh", &["-c", &line], environment)
}

#[test]
fn an_empty_repository_gets_a_tree_that_works() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = repo.try_tm(&["init"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            0,
            "created  .taskmaster/config/workflow.schema.json\ncreated  .taskmaster/context/task_001/task.md\n\
             created  .taskmaster/config/workflow.yaml\n"
        ),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("found: branch main, without a commit yet; no .taskmaster folder\n"), "{ran:?}");
    assert!(ran.stderr.contains("your first commit takes them along: git add .taskmaster && git commit"), "{ran:?}");
    assert_eq!(repo.git(&["diff", "--cached", "--name-only"]), "", "nothing is staged");
    assert_eq!(repo.tm(&["check"]), "1 task: 0 errors, 0 warnings\n");
    let schema = include_str!("../../schemas/workflow.schema.json");
    assert_eq!(repo.read(SCHEMA), schema);
    let again = repo.try_tm(&["init"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""), "{again:?}");
    assert!(again.stderr.contains("nothing to write: all of it is there, and not committed yet\n"), "{again:?}");
    assert!(again.stderr.contains("your first commit takes them along: git add .taskmaster"), "{again:?}");
    // What it says next is what works next.
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.tm(&["set-status", "1", "done"]);
    assert_eq!(repo.dirt(), "");
}

#[test]
fn hooks_that_are_there_are_not_asked_for_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.tm(&["init", "--commit", "--hooks", "--yes"]);
    let ran = repo.try_tm(&["init", "--recipe", "stale", "--yes"]);
    assert!(ran.code == 0 && ran.stderr.contains("they are yours to commit"), "{ran:?}");
    assert!(!ran.stderr.contains("taskmaster hooks install"), "{ran:?}");
}

#[test]
fn tasks_json_is_the_other_layout() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.tm(&["init", "--layout", "json", "--mode", "warn", "--recipe", "notify"]);
    assert_eq!(repo.tm(&["list"]), "1  pending  medium  Get to know taskmaster\n");
    assert_eq!(repo.tm(&["check"]), "1 task: 0 errors, 0 warnings\n");
    let rules = repo.read(WORKFLOW_FILE);
    assert!(rules.contains("\n  mode: warn #") && rules.contains("- name: notify #"), "{rules}");
    assert!(
        !rules.contains("parent_done")
            && rules.contains("\n    templates: # texts by name\n      task_status_updated:"),
        "{rules}"
    );
}

#[test]
fn what_is_there_is_never_overwritten() {
    let sandbox = Sandbox::new();
    for (name, path, content) in [
        ("legacy", ".taskmaster/tasks/tasks.json", r#"{"tasks": [{"id": 1, "title": "One", "status": "done"}]}"#),
        (
            "tagged",
            ".taskmaster/tasks/tasks.json",
            r#"{"api": {"tasks": [{"id": 1, "title": "A", "status": "done"}]}}"#,
        ),
        ("root", "tasks/tasks.json", r#"{"tasks": [{"id": 1, "title": "One", "status": "done"}]}"#),
        ("broken", ".taskmaster/tasks/tasks.json", "{"),
        ("markdown", ONE, "---\ntask_id: task_001\ntitle: One\nstatus: pending\n---\n"),
        ("rules", WORKFLOW_FILE, "mode: warn # mine\n"),
        ("code", "src/main.rs", "fn main() {}\n"),
    ] {
        let repo = sandbox.repository(name);
        repo.write(path, content);
        repo.commit_all("Before");
        repo.tm(&["init"]);
        assert_eq!(repo.read(path), content, "{name}");
        let status = repo.git(&["status", "--porcelain", "-uall"]);
        let sample = status.contains("task_001/task.md");
        assert_eq!(sample, matches!(name, "rules" | "code"), "{name}: {status}");
        assert!(status.lines().all(|line| line.starts_with("?? ")), "{name}: {status}");
        assert!(repo.try_tm(&["init"]).stderr.contains("nothing to write"), "{name}");
        repo.commit_all("Begin");
        assert!(repo.try_tm(&["init"]).stderr.contains("nothing to do"), "{name}");
        if name == "legacy" {
            assert!(repo.read(WORKFLOW_FILE).contains("mode: observe #"), "tasks are there: only looked at first");
        }
    }
}

#[test]
fn a_commit_has_exactly_its_files_and_leaves_the_index_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write("code", "one\n");
    repo.commit_all("Code");
    repo.write("code", "two\n");
    repo.write("new", "new\n");
    repo.git(&["add", "new"]);
    let ran = repo.try_tm(&["init", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.subjects(), ["chore(taskmaster): tasks and their rules", "Code"]);
    assert_eq!(repo.git(&["log", "-1", "--format=%an"]), "ann");
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [SCHEMA, WORKFLOW_FILE, ".taskmaster/context/task_001/task.md"]);
    assert_eq!(repo.dirt(), " M code\nA  new");
    let head = repo.head();
    repo.tm(&["init", "--commit"]);
    assert_eq!(repo.head(), head, "nothing to do");
    repo.tm(&["init", "--commit", "--recipe", "reopen"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): rules reopen");
    assert_eq!(repo.dirt(), " M code\nA  new");
    // What the user has changed himself is not taken along.
    repo.replace(WORKFLOW_FILE, "mode: commit #", "mode: warn #");
    let refused = repo.try_tm(&["init", "--commit", "--recipe", "notify"]);
    assert_eq!((refused.code, repo.subjects().len()), (3, 3), "{refused:?}");
    assert!(refused.stderr.contains("has changes that no commit has"), "{refused:?}");
    assert!(!repo.read(WORKFLOW_FILE).contains("notify"));
}

#[test]
fn what_an_earlier_start_left_uncommitted_is_committed() {
    for staged in [false, true] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.write("code", "one\n");
        repo.commit_all("Code");
        repo.tm(&["init"]);
        repo.replace(WORKFLOW_FILE, "mode: commit #", "mode: warn #");
        if staged {
            repo.git(&["add", "-A"]);
        }
        repo.write("code", "one and two\n");
        let ran = repo.try_tm(&["init", "--commit"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("committed  .taskmaster/config/workflow.yaml\n"), "{ran:?}");
        assert_eq!(repo.changed("HEAD~1", "HEAD"), [SCHEMA, WORKFLOW_FILE, ".taskmaster/context/task_001/task.md"]);
        assert!(repo.git(&["show", &format!("HEAD:{WORKFLOW_FILE}")]).contains("mode: warn #"));
        assert_eq!(repo.dirt(), " M code");
        assert!(repo.try_tm(&["init", "--commit"]).stderr.ends_with("nothing to do: all of it is there\n"));
    }
}

#[test]
fn the_first_commit_has_exactly_its_files() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write("code", "one\n");
    repo.git(&["add", "code"]);
    let shown = repo.try_tm(&["init", "--commit", "-n"]);
    assert!(shown.stderr.contains("it would be the first commit, with exactly these files\n"), "{shown:?}");
    // Where it cannot be signed, nothing is written.
    repo.git(&["config", "commit.gpgsign", "true"]);
    repo.git(&["config", "gpg.program", "false"]);
    let unsigned = repo.try_tm(&["init", "--commit"]);
    assert_eq!((unsigned.code, repo.dirt().as_str()), (4, "A  code"), "{unsigned:?}");
    repo.git(&["config", "commit.gpgsign", "false"]);
    let ran = repo.try_tm(&["init", "--commit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains(", the first commit\n"), "{ran:?}");
    assert_eq!(repo.git(&["log", "--format=%an %s %p"]), "ann chore(taskmaster): tasks and their rules ");
    let files = repo.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
    let expected = [SCHEMA, WORKFLOW_FILE, ".taskmaster/context/task_001/task.md"];
    assert_eq!(files.lines().collect::<Vec<_>>(), expected);
    assert_eq!(repo.dirt(), "A  code", "what was staged stays staged");
    assert_eq!(repo.tm(&["check"]), "1 task: 0 errors, 0 warnings\n");
    repo.git(&["fsck", "--strict"]);
    repo.git(&["commit", "-q", "-m", "Code"]);
    repo.tm(&["set-status", "1", "done"]);
    // What an earlier start has left is taken along, and a repository without an index will do.
    let other = sandbox.repository("ben");
    other.tm(&["init"]);
    other.tm(&["init", "--commit"]);
    assert_eq!((other.dirt().as_str(), other.subjects().len()), ("", 1));
}

#[test]
fn a_first_commit_that_was_interrupted_is_no_hindrance() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let note = r#"{"version":1,"commit":"1234567890123456789012345678901234567890","holder":null,"files":[]}"#;
    repo.write(".git/taskmaster-commit", note);
    repo.tm(&["init", "--commit"]);
    assert_eq!((repo.dirt().as_str(), repo.subjects().len()), ("", 1));
}

#[test]
fn hooks_that_are_installed_are_not_asked_for() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = repo.try_tm(&["init", "--hooks"]);
    assert!(
        ran.code == 0 && ran.stderr.ends_with("the hooks are installed (see: taskmaster hooks status)\n"),
        "{ran:?}"
    );
    assert!(!ran.stderr.contains("taskmaster hooks install"), "{ran:?}");
    let other = sandbox.repository("ben");
    assert!(other.try_tm(&["init"]).stderr.ends_with("in this clone: taskmaster hooks install\n"));
}

#[test]
fn where_it_cannot_begin_it_says_why_and_writes_nothing() {
    let sandbox = Sandbox::new();
    let outside = sandbox.run(sandbox.path(), env!("CARGO_BIN_EXE_taskmaster"), &["init"], &[]);
    assert_eq!(outside.code, 3, "{outside:?}");
    assert!(outside.stderr.contains("no git repository") && outside.stderr.contains("git init"), "{outside:?}");
    let repo = sandbox.repository("ann");
    // A folder stands where a file is to be.
    repo.write(&format!("{WORKFLOW_FILE}/mine"), "mine");
    let taken = repo.try_tm(&["init"]);
    assert_eq!((taken.code, repo.dirt().as_str()), (3, "?? .taskmaster/"), "{taken:?}");
    assert!(
        taken.stderr.contains("and a file is to stand there; nothing was written\nhint: move it away"),
        "{taken:?}"
    );
    std::fs::remove_dir_all(repo.path.join(".taskmaster")).unwrap();
    // A link leads out of the repository.
    std::fs::create_dir(sandbox.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(sandbox.path().join("elsewhere"), repo.path.join(".taskmaster")).unwrap();
    let linked = repo.try_tm(&["init"]);
    assert_eq!(linked.code, 3, "{linked:?}");
    assert!(linked.stderr.contains("nothing is written through links"), "{linked:?}");
    assert_eq!(std::fs::read_dir(sandbox.path().join("elsewhere")).unwrap().count(), 0);
    let ignored = sandbox.repository("ben");
    ignored.write(".gitignore", ".taskmaster\n");
    ignored.commit_all("Ignore");
    let refused = ignored.try_tm(&["init", "--commit"]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("or leave out --commit\n"), "{refused:?}");
    assert!(!ignored.path.join(".taskmaster").exists());
    assert!(ignored.try_tm(&["init"]).stderr.contains("git ignores .taskmaster"));
}

#[test]
fn a_file_in_the_place_of_a_folder_is_named() {
    for (file, named) in [(".taskmaster", ".taskmaster"), (".taskmaster/config", ".taskmaster/config")] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.write(file, "x");
        let ran = repo.try_tm(&["init"]);
        let why = format!(
            "error: `{named}` is a file, and a folder is to stand there; nothing was written\nhint: move it away"
        );
        assert!(ran.code == 3 && ran.stderr.contains(&why), "{ran:?}");
        assert_eq!((repo.read(file), repo.dirt()), ("x".to_owned(), format!("?? {}", file.trim_end_matches("config"))));
    }
}

#[test]
fn a_dry_run_shows_the_files_and_json_names_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let shown = repo.tm(&["init", "-n"]);
    assert!(shown.contains("+  mode: commit #") && !repo.path.join(".taskmaster").exists(), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&repo.tm(&["init", "--json"])).unwrap();
    assert_eq!(json["schema"], "taskmaster.init/1");
    assert_eq!((&json["had_tree"], &json["mode"]), (&false.into(), &"commit".into()));
    assert_eq!(json["files"][2], serde_json::json!({"path": "config/workflow.yaml", "outcome": "created"}));
    let again: serde_json::Value = serde_json::from_str(&repo.tm(&["init", "--json"])).unwrap();
    assert_eq!(again["files"][0]["outcome"], "uncommitted");
    repo.commit_all("Begin");
    let again: serde_json::Value = serde_json::from_str(&repo.tm(&["init", "--json"])).unwrap();
    assert_eq!(again["files"][0]["outcome"], "unchanged");
    let listed: serde_json::Value = serde_json::from_str(&repo.tm(&["init", "--recipes", "--json"])).unwrap();
    assert_eq!(listed["recipes"].as_array().unwrap().len(), 6);
}

#[test]
fn a_recipe_is_added_to_rules_that_are_there() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = repo.try_tm(&["init", "--recipe", "reopen", "--recipe", "stale"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "extended  .taskmaster/config/workflow.yaml\n"), "{ran:?}");
    let rules = repo.read(WORKFLOW_FILE);
    assert!(rules.starts_with(WORKFLOW.trim_end()), "every byte stays: {rules}");
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n");
    let again = repo.try_tm(&["init", "--recipe", "reopen"]);
    assert!(again.stderr.contains("recipe reopen: a rule of that name is there already, and stays\n"), "{again:?}");
    assert_eq!(repo.read(WORKFLOW_FILE), rules);
    repo.write(WORKFLOW_FILE, "triggers: {}\n");
    let refused = repo.try_tm(&["init", "--recipe", "reopen"]);
    assert_eq!((refused.code, repo.read(WORKFLOW_FILE).as_str()), (3, "triggers: {}\n"), "{refused:?}");
    assert!(refused.stderr.contains("hint: add it by hand: taskmaster init --recipes reopen prints it"), "{refused:?}");
    assert!(repo.tm(&["init", "--recipes", "reopen"]).contains("- name: reopen #"));
    assert_eq!(repo.try_tm(&["init", "--recipe", "nothing"]).code, 2);
}

/// The small tree with one recipe for rules.
fn cooked<'a>(sandbox: &'a Sandbox, recipe: &str) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.plant("");
    std::fs::remove_file(repo.path.join(WORKFLOW_FILE)).unwrap();
    repo.tm(&["init", "--mode", "commit", "--recipe", recipe]);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

#[test]
fn the_recipes_do_what_they_say() {
    let sandbox = Sandbox::new();
    let repo = cooked(&sandbox, "parent-done");
    repo.tm(&["set-status", "1.1", "in-progress"]);
    assert_eq!(repo.status(ONE), "in-progress");
    repo.tm(&["set-status", "1.1", "done"]);
    repo.tm(&["set-status", "1.2", "done"]);
    assert_eq!(repo.status(ONE), "done");

    let other = Sandbox::new();
    let repo = cooked(&other, "dependants-ready");
    repo.tm(&["set-status", "1", "review"]);
    assert_eq!(repo.status(TWO), "blocked");
    repo.tm(&["set-status", "1", "done"]);
    assert_eq!(repo.status(TWO), "pending");

    let other = Sandbox::new();
    let repo = cooked(&other, "reopen");
    for id in ["1.1", "1.2", "1"] {
        repo.tm(&["set-status", id, "done"]);
    }
    repo.tm(&["set-status", "1.2", "cancelled"]);
    assert_eq!(repo.status(ONE), "done", "finished in another way");
    repo.tm(&["set-status", "1.1", "pending"]);
    assert_eq!((repo.status(ONE).as_str(), repo.status(ONE_ONE).as_str()), ("in-progress", "pending"));
    assert_eq!(repo.status(ONE_TWO), "cancelled");

    // Done is what the project calls done.
    let other = Sandbox::new();
    let repo = cooked(&other, "reopen");
    repo.write(WORKFLOW_FILE, format!("statuses: {{verified: {{category: done}}}}\n{}", repo.read(WORKFLOW_FILE)));
    repo.commit_all("A word of our own");
    for id in ["1.1", "1"] {
        repo.tm(&["set-status", id, "verified"]);
    }
    repo.tm(&["set-status", "1.1", "in-progress"]);
    assert_eq!(repo.status(ONE), "in-progress");

    let other = Sandbox::new();
    let repo = cooked(&other, "notify");
    repo.tm(&["set-status", "3", "done"]);
    let explained = repo.tm(&["explain", "HEAD~1"]);
    assert!(explained.contains("3 Three: pending -> done"), "{explained}");
}

#[test]
fn the_recipe_of_deployments_writes_a_report_or_makes_a_task() {
    let sandbox = Sandbox::new();
    let repo = cooked(&sandbox, "deploy");
    let cases = "\
cases:
  - name: one that worked is reported
    when: {event: deployment.success, data: {environment: production, version: 1.2.0}}
    expect:
      edits: ['- file@reports/deployment/2025-01-01-58b8280d6c33a859.md (none) -> made']
      triggers: [deploy_success]
      effects: []
  - name: one that failed becomes a task
    when: {event: deployment.failure, data: {environment: production, version: 1.2.0}}
    expect:
      edits: [4 task (none) -> pending]
      triggers: [deploy_failure]
      effects: [alert_team]
";
    repo.write(".taskmaster/tests/deploy.yaml", cases);
    let ran = repo.try_tm(&["test"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    // No event from outside has a commit of its own here: `explain` shows what would follow.
    let explained = repo.tm(&["explain", "--event", "deployment.success"]);
    assert!(explained.contains("generate_deployment_report - makes reports/deployment/"), "{explained}");
    assert!(!repo.path.join(".taskmaster/reports").exists());
}

#[test]
fn on_a_terminal_few_questions_are_asked() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = on_a_terminal(&repo, "xml\\njson\\nreopen nothing\\nreopen\\nwarn\\ny\\n", "init", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("`xml` is no answer: give one of markdown, json"), "{ran:?}");
    assert!(ran.stdout.contains("`nothing` is no answer: give none, or some of parent-done, "), "{ran:?}");
    for question in ["How are tasks written?", "Which rules?", "How far may it go?", "Install the git hooks now?"] {
        assert!(ran.stdout.contains(question), "{question}: {ran:?}");
    }
    let rules = repo.read(WORKFLOW_FILE);
    assert!(rules.contains("mode: warn #") && rules.contains("- name: reopen") && !rules.contains("parent_done"));
    assert!(repo.path.join(".taskmaster/tasks/tasks.json").exists());
    assert_eq!(repo.try_tm(&["hooks", "status"]).code, 0);
}

#[test]
fn without_answers_nothing_is_written() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = on_a_terminal(&repo, "json\\n\\004", "init", &[]);
    assert!(ran.stdout.contains("the questions were not answered; nothing was written"), "{ran:?}");
    assert!(!repo.path.join(".taskmaster").exists());
    for (command, environment) in [("init --yes", &[][..]), ("init -n", &[]), ("init", &[("CI", "true")])] {
        let ran = on_a_terminal(&repo, "", command, environment);
        assert!(ran.code == 0 && !ran.stdout.contains('?'), "{command}: {ran:?}");
    }
    assert!(repo.read(WORKFLOW_FILE).contains("mode: commit #"));
}

#[test]
fn a_dry_run_shows_the_rules_and_says_how_long_the_schema_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let ran = repo.try_tm(&["init", "--dry-run"]);
    let schema = include_str!("../../schemas/workflow.schema.json");
    let said = format!("created  {SCHEMA}\n  {} bytes, for editors\n", schema.len());
    assert!(ran.stdout.starts_with(&said), "{ran:?}");
    assert!(ran.stdout.contains("+  mode: commit #") && !ran.stdout.contains("$defs"), "{ran:?}");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_commit_behind_a_plain_start_takes_along_what_it_wrote() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.tm(&["init"]);
    repo.tm(&["init", "--commit"]);
    assert_eq!(repo.dirt(), "");
    assert_eq!(repo.git(&["show", "--format=", "--name-only", "HEAD"]).lines().count(), 3);
}
