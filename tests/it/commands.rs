//! Every command on a small tree: its text, its JSON, the options all of them share, and what it does
//! before the first commit.

use serde_json::Value;

use super::sandbox::{Repo, Sandbox, WORKFLOW, planted};

const LIST: &str = "\
1    pending  high  One
1.1  pending  high  One one
1.2  pending  high  One two
2    blocked  high  Two
3    pending  high  Three
";

/// Every subcommand, with arguments that make sense on the small tree.
const COMMANDS: [&[&str]; 15] = [
    &["list"],
    &["show", "1"],
    &["next"],
    &["check"],
    &["status"],
    &["events", "--root"],
    &["explain"],
    &["set-status", "3", "done", "-n"],
    &["update-task-status", "--task-id", "3", "--status", "done", "-n"],
    &["sync", "-n"],
    &["apply", "-n"],
    &["log"],
    &["undo", "-n"],
    &["hooks", "status"],
    &["sync", "--repair", "--prefer", "markdown", "-n"],
];

/// A repository whose last commits are a person's and the engine's behind it.
fn worked(sandbox: &Sandbox) -> Repo<'_> {
    let repo = planted(sandbox);
    repo.tm(&["set-status", "1.1", "done"]);
    repo
}

fn json(repo: &Repo<'_>, arguments: &[&str]) -> Value {
    let text = repo.tm(&[arguments, &["--json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
}

/// All that may not change in a dry run: branch, cursor, index and files.
fn state(repo: &Repo<'_>) -> [String; 4] {
    [
        repo.git(&["for-each-ref"]),
        repo.git(&["ls-files", "--stage"]),
        repo.git(&["diff", "HEAD"]),
        repo.git(&["status", "--porcelain", "--ignored"]),
    ]
}

#[test]
fn reading_commands_print_what_is_there() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    assert_eq!(repo.tm(&["list"]), LIST);
    assert_eq!(
        repo.tm(&["show", "1.2"]),
        "\
1.2 One two
status        pending (todo)
priority      high
parent        1 One
depends on    1.1 pending One one
file          context/task_001/subtask_002.md
also in       tasks/tasks.json (tasks.json): pending
also in       context/task_001/subtask_002.md (body bullet): pending
created       2025-01-15
updated       2025-01-15
"
    );
    let next = repo.try_tm(&["next"]);
    assert_eq!(next.stdout, "1.1 One one\n");
    assert_eq!(
        next.stderr,
        "it is pending and waits for nothing, priority high, 1 task waits for it - see: taskmaster show 1.1\n"
    );
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n");
    let head = repo.head();
    let status = repo.tm(&["status"]);
    assert!(status.starts_with("hooks are active, mode commit\n"), "{status}");
    assert!(status.contains(&format!("on main, processed up to HEAD ({})\n", &head[..7])), "{status}");
    assert!(status.ends_with("5 tasks: 4 todo, 1 blocked\n"), "{status}");
    assert_eq!(repo.tm(&["log", "2"]), format!("2025-06-15 {} 2 created (blocked) by ann\n", &head[..7]));
    let hooks = repo.tm(&["hooks", "status"]);
    assert!(hooks.contains("post-commit         installed\n"), "{hooks}");
}

#[test]
fn a_status_set_by_command_is_a_commit_with_what_follows_behind_it() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = repo.try_tm(&["update-task-status", "--task-id", "task_001/subtask_001", "--status", "Completed"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (engine, user) = (&repo.head()[..7], &repo.git(&["rev-parse", "HEAD~1"])[..7]);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains(&format!("task 1.1: pending -> done (commit {user})\n")));
    assert!(ran.stderr.contains(&format!("taskmaster: +1 commit {engine} - 1 in-progress; 1.1 updated (")), "{ran:?}");
    assert_eq!(repo.dirt(), "");
    let log = repo.tm(&["log", "1.1"]);
    assert!(log.contains(&format!("{user} 1.1 status pending -> done by ann\n")), "{log}");
    let explained = repo.tm(&["explain", engine]);
    assert!(explained.contains("1 status pending -> in-progress, by roll_up"), "{explained}");
    assert!(explained.contains("true  status in [done, failed, cancelled] (it is `done`)"), "{explained}");
    assert!(repo.tm(&["undo", "-n"]).contains("-status: in-progress\n+status: pending\n"));
    assert_eq!(repo.subjects().len(), 3);
    repo.tm(&["undo"]);
    assert_eq!(repo.subjects()[0], format!("chore(taskmaster): undo {engine}"));
    assert_eq!(repo.git(&["diff", "HEAD~2", "HEAD"]), "");
}

#[test]
fn metadata_is_merged_by_key() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.tm(&["set-status", "3", "in-progress", "--no-commit", "--metadata", r#"{"run": "1", "by": "ci"}"#]);
    repo.tm(&["set-status", "3", "in-progress", "--no-commit", "--metadata", r#"{"run": "2"}"#]);
    let metadata = json(&repo, &["show", "3"])["fields"]["metadata"].clone();
    assert_eq!(metadata, serde_json::json!({"run": "2", "by": "ci"}), "{}", repo.tm(&["show", "3", "--json"]));
}

#[test]
fn json_documents_name_their_schema_and_nothing_else_is_printed() {
    let sandbox = Sandbox::new();
    let repo = worked(&sandbox);
    for (arguments, schema) in [
        (&["list"][..], "taskmaster.list/1"),
        (&["show", "1"], "taskmaster.task/1"),
        (&["next"], "taskmaster.task/1"),
        (&["check"], "taskmaster.check/1"),
        (&["status"], "taskmaster.status/1"),
        (&["explain"], "taskmaster.explain/1"),
        (&["set-status", "3", "done", "-n"], "taskmaster.edit/1"),
        (&["update-task-status", "--task-id", "3", "--status", "done", "-n"], "taskmaster.edit/1"),
        (&["sync", "-n"], "taskmaster.sync/1"),
        (&["apply", "-n"], "taskmaster.sync/1"),
        (&["log"], "taskmaster.log/1"),
        (&["undo", "-n"], "taskmaster.undo/1"),
        (&["hooks", "status"], "taskmaster.hooks/1"),
    ] {
        assert_eq!(json(&repo, arguments)["schema"], schema, "{arguments:?}");
    }
    for line in repo.tm(&["events", "--root", "--json"]).lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&event["specversion"], &event["data"]["schema"]), (&"1.0".into(), &"taskmaster.event/1".into()));
    }
    let tasks = json(&repo, &["list"]);
    let keys: Vec<&String> = tasks["tasks"][0].as_object().unwrap().keys().collect();
    let frozen = [
        "id",
        "tag",
        "title",
        "status",
        "status_name",
        "category",
        "priority",
        "parent",
        "dependencies",
        "ready",
        "file",
        "mirrors",
    ];
    assert_eq!(keys, frozen);
    assert_eq!(tasks["tasks"].as_array().unwrap().len(), 5);
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = Sandbox::new();
    let repo = worked(&sandbox);
    // Something to process, and something to repair.
    repo.replace(".taskmaster/context/task_003/task.md", "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["add", "-A"]);
    repo.sandbox.run(&repo.path, "git", &["commit", "-q", "-m", "Three"], &[("TASKMASTER", "0")]);
    let before = state(&repo);
    for arguments in [
        &["set-status", "1.2", "done", "-n"][..],
        &["set-status", "1.2", "done", "-n", "--no-commit"],
        &["update-task-status", "--task-id", "1.2", "--status", "done", "--dry-run"],
        &["sync", "-n"],
        &["sync", "-n", "--since", "HEAD~2"],
        &["sync", "-n", "--repair", "--prefer", "json"],
        &["apply", "-n"],
        &["apply", "-n", "--commit"],
        &["undo", "-n"],
    ] {
        let ran = repo.try_tm(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        assert!(ran.stdout.contains("+++ b/"), "{arguments:?} shows what it would do: {ran:?}");
        assert_eq!(state(&repo), before, "{arguments:?}");
    }
    repo.tm(&["sync"]);
    assert_ne!(state(&repo), before, "and without -n it is done");
}

#[test]
fn lists_can_be_narrowed() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ids = |arguments: &[&str]| -> Vec<String> {
        let text = repo.tm(&[&["list"], arguments].concat());
        text.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["-s", "blocked"]), ["2"]);
    assert_eq!(ids(&["--status", "todo"]), ["1", "1.1", "1.2", "3"]);
    assert_eq!(ids(&["--status", "Blocked,done"]), ["2"]);
    assert_eq!(ids(&["--ready"]), ["1", "1.1", "3"]);
    assert_eq!(ids(&["--tag", "master"]).len(), 5);
    let none = repo.try_tm(&["list", "--status", "failed"]);
    assert_eq!((none.code, none.stdout.as_str(), none.stderr.as_str()), (0, "", "none of 5 tasks fits\n"));
}

#[test]
fn a_commit_and_the_index_can_be_read_instead_of_the_files() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let file = ".taskmaster/context/task_003/task.md";
    repo.replace(file, "\nstatus: pending\n", "\nstatus: review\n");
    repo.git(&["add", "-A"]);
    repo.replace(file, "\nstatus: review\n", "\nstatus: done\n");
    let status = |arguments: &[&str]| repo.tm(&[&["show", "3"], arguments].concat()).lines().nth(1).unwrap().to_owned();
    assert_eq!(status(&[]), "status        done (done)");
    assert_eq!(status(&["--index"]), "status        review (review)");
    assert_eq!(status(&["--at", "HEAD"]), "status        pending (todo)");
    assert_eq!(repo.tm(&["list", "--at", "main"]), LIST);
    assert!(repo.tm(&["events"]).contains("task.status.updated 3 status: pending -> done"));
}

#[test]
fn a_task_is_found_under_every_spelling() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for id in ["1.2", "task_1.2", "task_001/subtask_002", "TASK-001.2", "master:1.2", "#1.2", "001.002"] {
        assert!(repo.tm(&["show", id]).starts_with("1.2 One two\n"), "{id}");
    }
}

#[test]
fn events_of_a_commit_of_a_range_and_of_the_worktree() {
    let sandbox = Sandbox::new();
    let repo = worked(&sandbox);
    let user = repo.git(&["rev-parse", "HEAD~1"]);
    let done = "task.status.updated 1.1 status: pending -> done";
    assert!(repo.tm(&["events", &user]).contains(done));
    assert!(repo.tm(&["events", "HEAD~2..HEAD"]).contains(done));
    assert!(!repo.tm(&["events", "HEAD"]).contains("status.updated"), "what the engine did is no news");
    assert!(repo.tm(&["events", "--root"]).contains("task.created 1.1"));
    assert_eq!(repo.tm(&["events", "--root", "--json"]), repo.tm(&["events", "--all", "--json"]));
    let none = repo.try_tm(&["events"]);
    assert_eq!(none.stdout, "");
    assert_eq!(none.stderr, "no events: the tasks in the worktree are as HEAD has them\n");
}

#[test]
fn every_command_runs_elsewhere_quietly_and_in_the_colours_that_are_wished() {
    let sandbox = Sandbox::new();
    let repo = worked(&sandbox);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    for command in COMMANDS {
        let here = repo.try_tm(command);
        assert_eq!(here.code, 0, "{command:?}: {here:?}");
        assert!(!here.stdout.contains('\u{1b}') && !here.stderr.contains('\u{1b}'), "{command:?}: no terminal");
        let there =
            sandbox.run(sandbox.path(), program, &[&["-C", repo.path.to_str().unwrap()], command].concat(), &[]);
        assert_eq!((there.code, &there.stdout), (0, &here.stdout), "{command:?} -C");
        let quiet = repo.try_tm(&[command, &["-q"]].concat());
        assert_eq!((quiet.code, &quiet.stdout, quiet.stderr.as_str()), (0, &here.stdout, ""), "{command:?} -q");
        let never = repo.try_tm(&[command, &["--color", "never"]].concat());
        assert_eq!(never.stdout, here.stdout, "{command:?}");
        let verbose = repo.try_tm(&[command, &["-v"]].concat());
        assert!(verbose.code == 0 && verbose.stdout.len() >= here.stdout.len(), "{command:?} -v");
    }
    let colored = repo.tm(&["--color", "always", "list"]);
    assert!(colored.contains("\u{1b}["), "{colored:?}");
    // NO_COLOR speaks of what happens unasked; an option is asked for.
    let list = ["list", "--color", "always"];
    assert_eq!(sandbox.run(&repo.path, program, &list, &[("NO_COLOR", "1")]).stdout, colored);
    assert!(!sandbox.run(&repo.path, program, &["list"], &[("NO_COLOR", "1")]).stdout.contains('\u{1b}'));
}

#[test]
fn git_finds_the_program_as_a_command_of_its_own() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_git-taskmaster"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let ran = sandbox.run(&repo.path, "git", &["taskmaster", "list"], &[("PATH", &path)]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, LIST), "{ran:?}");
    let deeper = repo.path.join(".taskmaster/context");
    assert_eq!(sandbox.run(&deeper, "git", &["taskmaster", "list"], &[("PATH", &path)]).stdout, LIST);
}

#[test]
fn every_subcommand_says_what_it_is_for() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let help = repo.tm(&["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("     "))
        .collect();
    assert!(commands.len() > 14, "{help}");
    for line in commands {
        let (name, about) = line.trim().split_once(' ').unwrap_or_else(|| panic!("no about: {line}"));
        assert!(about.trim().len() >= 10, "{line}");
        let own = repo.tm(&["help", name]);
        assert!(own.contains("Usage: taskmaster "), "{name}: {own}");
        assert!(name == "help" || own.contains("-C <DIR>"), "{name}: {own}");
    }
    assert!(repo.tm(&["--version"]).starts_with("taskmaster "));
}

#[test]
fn before_the_first_commit_reading_works_and_committing_waits() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(WORKFLOW);
    assert_eq!(repo.tm(&["list"]), LIST);
    assert_eq!(repo.tm(&["list", "--index"]), "", "nothing is staged yet");
    assert!(repo.tm(&["show", "1"]).starts_with("1 One\n"));
    assert_eq!(repo.tm(&["next"]), "1.1 One one\n");
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n");
    assert!(repo.tm(&["status"]).contains("5 tasks: 4 todo, 1 blocked\n"));
    assert!(repo.tm(&["events"]).contains("task.created 3: (none) -> pending"));
    for (arguments, code) in [
        (&["events", "--root"][..], 0),
        (&["events", "--all"], 0),
        (&["explain"], 3),
        (&["log"], 0),
        (&["undo"], 4),
        (&["sync"], 4),
        (&["apply"], 4),
        (&["set-status", "3", "done"], 4),
        (&["hooks", "status"], 1),
    ] {
        let ran = repo.try_tm(arguments);
        assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {ran:?}");
        assert!(ran.code < 2 || ran.stderr.starts_with("error: "), "{arguments:?}: {ran:?}");
    }
    repo.tm(&["set-status", "3", "done", "--no-commit"]);
    assert!(repo.read(".taskmaster/context/task_003/task.md").contains("\nstatus: done\n"));
    repo.tm(&["hooks", "install"]);
    repo.commit_all("Start");
    assert_eq!(repo.subjects(), ["Start"]);
    assert_eq!(repo.dirt(), "");
}
