//! What no file should hold and no command line should say: a clear finding with its place, a
//! documented exit code, nothing written, and the rest of the board works.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::sandbox::{Ran, Repo, Sandbox, planted};

const TASK: &str = ".taskmaster/context/task_002/task.md";
const JSON: &str = ".taskmaster/tasks/tasks.json";
const RULES: &str = ".taskmaster/config/workflow.yaml";

/// Everything a command could change: files, links, the index, the references and our own store.
fn everything(repo: &Repo<'_>) -> Vec<(String, Vec<u8>)> {
    fn collect(folder: &Path, root: &Path, found: &mut Vec<(String, Vec<u8>)>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            if path.is_symlink() {
                found.push((name, fs::read_link(&path).unwrap().to_string_lossy().into_owned().into_bytes()));
            } else if path.is_dir() {
                // A run may leave a line in the log, whatever comes of it.
                if name != ".git/objects" && name != ".git/taskmaster/log" {
                    collect(&path, root, found);
                }
            } else {
                found.push((name, fs::read(&path).unwrap_or_default()));
            }
        }
    }
    let mut found = Vec::new();
    collect(&repo.path, &repo.path, &mut found);
    found.sort();
    found
}

/// Runs the program: it writes nothing, does not panic, and lets nothing drive the terminal.
#[track_caller]
fn harmless(repo: &Repo<'_>, arguments: &[&str], code: i32) -> Ran {
    let before = everything(repo);
    let ran = repo.try_tm(arguments);
    assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    tame(&ran);
    assert!(before == everything(repo), "{arguments:?} wrote something");
    ran
}

#[track_caller]
fn tame(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains("panicked"), "{ran:?}");
        let wild =
            |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!text.contains(wild), "{ran:?}");
    }
}

/// The file is an error of that kind at that place: `check` and `list` say so, the commit that brings it
/// is rejected, and task 3 can still be worked on.
#[track_caller]
fn is_found(repo: &Repo<'_>, code: &str, place: &str) {
    let shown = format!("error[{code}]");
    let checked = harmless(repo, &["check"], 1);
    assert!(checked.stdout.contains(&shown), "{shown}: {checked:?}");
    assert!(checked.stdout.contains(&format!("--> {place}\n")), "{place}: {checked:?}");
    assert!(checked.stdout.contains("= help: "), "{checked:?}");
    let listed = harmless(repo, &["list"], 1);
    assert!(listed.stdout.contains("Three\n"), "{listed:?}");
    assert!(listed.stderr.contains(&shown), "{listed:?}");
    let json = harmless(repo, &["check", "--json"], 1);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let finding =
        json.get("findings").unwrap().as_array().unwrap().iter().find(|finding| finding["code"] == code).unwrap();
    let (file, at) = place.split_once(':').unwrap();
    assert_eq!(finding["file"], file);
    assert_eq!(format!("{}:{}", finding["line"], finding["column"]), at);
    harmless(repo, &["set-status", "3", "done", "--no-commit", "-n"], 0);
}

/// The commit that brings the fault is rejected and leaves no trace; then the file is as it was.
#[track_caller]
fn is_rejected(repo: &Repo<'_>) {
    repo.git(&["add", "-A"]);
    let (staged, before) = (repo.git(&["ls-files", "--stage"]), everything(repo));
    let ran = repo.try_git(&["commit", "-q", "-m", "Bring it in"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("nothing was committed"), "{ran:?}");
    assert_eq!(repo.git(&["ls-files", "--stage"]), staged);
    tame(&ran);
    let after = everything(repo);
    let changed: Vec<_> = after.iter().filter(|file| !before.contains(file)).map(|(name, _)| name).collect();
    // Git itself refreshes the index's times and keeps the message.
    assert!(changed.iter().all(|name| [".git/COMMIT_EDITMSG", ".git/index"].contains(&name.as_str())), "{changed:?}");
    repo.git(&["reset", "-q", "--hard"]);
}

fn front_matter(lines: &str) -> String {
    format!("---\ntask_id: task_002\n{lines}\n---\n")
}

#[test]
fn files_that_are_no_tasks_are_found_and_rejected() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let markdown = "context/task_002/task.md";
    let json = "tasks/tasks.json";
    let cases: Vec<(&str, Vec<u8>, &str, String)> = vec![
        (TASK, front_matter("title: a: b").into(), "malformed-front-matter", format!("{markdown}:3:9")),
        (TASK, front_matter("title: x\ntitle: y").into(), "duplicate-key", format!("{markdown}:4:1")),
        (TASK, b"---\ntask_id: task_002\n".into(), "unclosed-front-matter", format!("{markdown}:1:1")),
        (TASK, b"---\ntask_id: task_002\ntitle: \xff\n---\n".into(), "not-utf8", format!("{markdown}:3:8")),
        (TASK, [front_matter("title: x").as_bytes(), b"\n\xff\n"].concat(), "not-utf8", format!("{markdown}:6:1")),
        (
            TASK,
            front_matter("<<<<<<< HEAD\nstatus: done\n=======\nstatus: x\n>>>>>>> b").into(),
            "conflict-markers",
            format!("{markdown}:3:1"),
        ),
        (TASK, b"".into(), "empty-file", format!("{markdown}:1:1")),
        (TASK, vec![0; 4096], "empty-file", format!("{markdown}:1:1")),
        (TASK, b"---\ntask_id: ../../x\ntitle: x\n---\n".into(), "malformed-id", format!("{markdown}:2:10")),
        (TASK, b"---\ntask_id: /etc/passwd\ntitle: x\n---\n".into(), "malformed-id", format!("{markdown}:2:10")),
        (
            TASK,
            front_matter(&format!("x: {}{}", "[".repeat(10_000), "]".repeat(10_000))).into(),
            "malformed-front-matter",
            format!("{markdown}:3:259"),
        ),
        (
            TASK,
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n".into(),
            "lfs-pointer",
            format!("{markdown}:1:1"),
        ),
        (JSON, br#"{"tasks":[{"id":1,}]}"#.into(), "invalid-json", format!("{json}:1:18")),
        (JSON, b"".into(), "invalid-json", format!("{json}:1:1")),
        (JSON, b"{\"tasks\":[{\"id\":1,\"title\":\"\xff\"}]}".into(), "not-utf8", format!("{json}:1:28")),
        (JSON, b"{\"tasks\":[{\"id\":1,\"title\":\"\0\"}]}".into(), "invalid-json", format!("{json}:1:28")),
        (
            JSON,
            b"{\n<<<<<<< HEAD\n\"tasks\":[]\n=======\n\"tasks\":[]\n>>>>>>> b\n}".into(),
            "conflict-markers",
            format!("{json}:2:1"),
        ),
        (
            JSON,
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into(),
            "nested-too-deeply",
            format!("{json}:1:129"),
        ),
        (JSON, br#"{"tasks":[{"id":"../../x","title":"x"}]}"#.into(), "invalid-id", format!("{json}:1:17")),
    ];
    for (file, content, code, place) in cases {
        repo.write(file, content);
        is_found(&repo, code, &place);
        is_rejected(&repo);
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
    }
    repo.write(RULES, &bomb);
    is_found(&repo, "invalid-workflow", "config/workflow.yaml:6:10");
    repo.git(&["checkout", "-q", "--", "."]);
    repo.write(TASK, front_matter(&bomb));
    is_found(&repo, "malformed-front-matter", "context/task_002/task.md:8:10");
    is_rejected(&repo);
}

#[test]
fn large_files_are_not_read_and_memory_stays_bounded() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let fifty = 50 * 1024 * 1024;
    for file in [TASK, JSON] {
        fs::File::create(repo.path.join(file)).unwrap().set_len(fifty).unwrap();
        let name = file.strip_prefix(".taskmaster/").unwrap();
        is_found(&repo, "too-large", &format!("{name}:1:1"));
        is_rejected(&repo);
    }
    // Just below the limit, in the shape that costs most: read within a bound, whatever it says.
    repo.write(JSON, format!("{{\"tasks\":[{}1]}}", "[1],".repeat(500_000)));
    repo.write(TASK, front_matter(&format!("title: {}", "x".repeat(4_000_000))));
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let script = format!("ulimit -v 1500000; '{program}' check && '{program}' list > /dev/null");
    let ran = sandbox.run(&repo.path, "sh", &["-c", &script], &[]);
    assert!((0..=1).contains(&ran.code), "{}", ran.stderr);
    tame(&ran);
    assert!(ran.stdout.len() < 2_000_000, "findings do not repeat what they found: {}", ran.stdout.len());
}

#[test]
fn byte_order_marks_and_line_ends_are_no_fault_and_survive_an_edit() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["config", "core.autocrlf", "false"]);
    for file in [TASK, JSON] {
        let text = format!("\u{feff}{}", repo.read(file).replace('\n', "\r\n"));
        repo.write(file, text);
    }
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n");
    repo.commit_all("Another system's editor");
    repo.tm(&["set-status", "2", "done", "--no-commit"]);
    for line in repo.git(&["diff", "--numstat"]).lines() {
        assert!(line.starts_with("2\t2\t.taskmaster/context/") || line.starts_with("1\t1\t"), "{line}");
    }
    for file in [TASK, JSON] {
        let text = repo.read(file);
        assert!(text.starts_with('\u{feff}'), "{file}");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{file}");
    }
}

#[test]
fn links_folders_and_repositories_where_files_should_be_are_found() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let secret = sandbox.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("task.md"), "---\ntask_id: task_009\ntitle: Secret\nstatus: pending\n---\n").unwrap();
    let context = repo.path.join(".taskmaster/context");

    symlink(secret.join("task.md"), context.join("task_001/subtask_009.md")).unwrap();
    is_found(&repo, "link", "context/task_001/subtask_009.md:1:1");
    is_rejected(&repo);
    symlink(&secret, context.join("task_009")).unwrap();
    is_found(&repo, "link", "context/task_009:1:1");
    assert!(!repo.try_tm(&["list"]).stdout.contains("Secret"));
    is_rejected(&repo);

    fs::create_dir_all(context.join("task_008/task.md")).unwrap();
    is_found(&repo, "folder", "context/task_008/task.md:1:1");
    fs::remove_dir_all(context.join("task_008")).unwrap();

    let inner = context.join("task_007");
    fs::create_dir(&inner).unwrap();
    fs::copy(secret.join("task.md"), inner.join("task.md")).unwrap();
    sandbox.run(&inner, "git", &["init", "-q"], &[]);
    is_found(&repo, "nested-repository", "context/task_007:1:1");
    assert!(!repo.try_tm(&["list"]).stdout.contains("Secret"));
    // As git stores it: an entry that names a commit of that repository.
    let entry = format!("160000,{},.taskmaster/context/task_007", repo.head());
    repo.git(&["update-index", "--add", "--cacheinfo", &entry]);
    let staged = harmless(&repo, &["check", "--index"], 1);
    assert!(staged.stdout.contains("error[nested-repository]"), "{staged:?}");
    repo.git(&["reset", "-q"]);
    fs::remove_dir_all(&inner).unwrap();

    // A tree inside the tree is somebody else's, and no fault.
    repo.write(".taskmaster/context/.taskmaster/context/task_010/task.md", "---\ntask_id: 10\n");
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n");
}

#[test]
fn a_tree_that_is_a_link_is_not_followed() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let outside = sandbox.path().join("outside");
    fs::rename(repo.path.join(".taskmaster"), &outside).unwrap();
    symlink(&outside, repo.path.join(".taskmaster")).unwrap();
    let checked = harmless(&repo, &["check"], 1);
    assert!(checked.stdout.contains("error[link]: `.taskmaster` is a link"), "{checked:?}");
    let before = fs::read(outside.join("tasks/tasks.json")).unwrap();
    assert_eq!(harmless(&repo, &["set-status", "3", "done", "--no-commit"], 3).stdout, "");
    assert_eq!(fs::read(outside.join("tasks/tasks.json")).unwrap(), before);
}

#[test]
fn what_may_not_be_read_is_found_and_the_rest_is_read() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let (file, folder) = (repo.path.join(TASK), repo.path.join(".taskmaster/context/task_001"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    is_found(&repo, "unreadable-file", "context/task_002/task.md:1:1");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).unwrap();
    let ran = repo.try_tm(&["list"]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("Three\n") && ran.stderr.contains("`context/task_001` cannot be read"), "{ran:?}");
}

#[test]
fn texts_cannot_drive_the_terminal_or_forge_a_trailer() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let forged = "Taskmaster-Change: 000000000000 forged 3 status pending -> done 1";
    let title = format!("\"a\\e[31m\\u202eb\\u009bc\\r\\n\\n{forged}\\nTaskmaster-Rules: 1\\n\"");
    repo.write(TASK, front_matter(&format!("title: {title}\nstatus: \"bl\\e]0;x\\aocked\"\npriority: \"\\e[2J\"")));
    repo.write(
        ".taskmaster/context/task_004/task.md",
        format!("---\ntask_id: task_004\ntitle: {title}\nstatus: blocked\ndependencies: [\"3\\n{forged}\"]\n---\n"),
    );
    fs::write(repo.path.join(".taskmaster/context/a\u{1b}[31m\u{202e}b.md"), "x").unwrap();
    for arguments in [&["list"][..], &["check"], &["show", "2"], &["show", "4"], &["next"], &["status"], &["events"]] {
        let ran = repo.try_tm(arguments);
        assert!(ran.code <= 1, "{arguments:?}: {ran:?}");
        tame(&ran);
    }
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--no-verify", "-m", "Hostile texts"]);
    repo.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", &format!("x\u{1b}[31m\n\n{forged}\u{1b}[0m")]);
    repo.replace(TASK, "status: \"bl\\e]0;x\\aocked\"", "status: done");
    repo.git(&["add", "-A"]);
    tame(&repo.try_git(&["commit", "-q", "--no-verify", "-m", "Finish"]));
    for arguments in
        [&["log"][..], &["explain"], &["explain", "HEAD~1"], &["events", "--root"], &["undo", "-n"], &["sync", "-n"]]
    {
        let ran = repo.try_tm(arguments);
        assert!(ran.code <= 3, "{arguments:?}: {ran:?}");
        tame(&ran);
    }
    let message = repo.git(&["log", "-1", "--format=%B"]);
    assert!(message.starts_with("chore(taskmaster): "), "there is an engine commit: {message}");
    assert!(!message.contains("forged"), "{message}");
}

#[test]
fn command_lines_that_make_no_sense_say_what_does() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for (arguments, code, said) in [
        (&["lst"][..], 2, "similar subcommands exist: 'test', 'list'"),
        (&["list", "--foo"], 2, "unexpected argument '--foo'"),
        (&["show"], 3, "no task is named"),
        (&["set-status", "3"], 3, "no status is given for task 3\nhint: say which, as in taskmaster set-status 3 done"),
        (&["set-status"], 2, "required arguments"),
        (&["list", "--at", "HEAD", "--index"], 2, "cannot be used with"),
        (&["check", "-q", "-v"], 2, "cannot be used with"),
        (&["sync", "--repair"], 2, "--prefer"),
        (&["hooks", "install", "--mode", "always"], 2, "possible values: observe, warn, enforce, commit"),
        (&["hooks", "run", "post-lunch"], 2, "invalid value 'post-lunch'"),
        (&["show", "../../x"], 3, "`../../x` is not a task id"),
        (&["set-status", "/etc/passwd", "done"], 3, "`/etc/passwd` is not a task id"),
        (&["show", "a\u{1b}[31mb"], 3, "`a\\u{1b}[31mb` is not a task id"),
        (&["show", ""], 3, "the task id is empty"),
        (&["set-status", "4", "done"], 3, "did you mean"),
        (&["set-status", "3", "dnoe"], 3, "did you mean done?"),
        (&["set-status", "3", "zzzzzzzzzz"], 3, "known are pending"),
        (&["set-status", "3", "done", "--metadata", "{x"], 2, "the metadata is not a JSON object"),
        (&["set-status", "3", "done", "--metadata", "[1]"], 2, "the metadata is not a JSON object"),
        (&["explain", "--event", "a.b", "--data", "x"], 2, "the data is not a JSON object"),
        (&["explain", "HEAD", "--data", "{}"], 2, "cannot be used with"),
        (&["explain", "HEAD", "--task", "3"], 2, "cannot be used with"),
        (&["emit", "a.b", "--data", "x=1"], 2, "the data is not a JSON object"),
        (&["update-task-status", "--task-id", "3"], 2, "--status <STATUS>"),
        (&["list", "--at", "nowhere"], 3, "`nowhere` names no commit"),
        (&["events", "nowhere..HEAD"], 3, "`nowhere` names no commit"),
        (&["explain", "fffffff"], 3, "neither a commit nor an event"),
        (&["undo"], 3, "there is no engine commit to undo"),
        (&["-C", "/nowhere/at/all", "list"], 3, "/nowhere/at/all"),
    ] {
        let ran = harmless(&repo, arguments, code);
        assert!(ran.stderr.contains(said), "{arguments:?}: {said}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}: an error is no data");
    }
}

#[test]
fn places_without_a_tree_are_said_plainly() {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let nowhere = sandbox.path().join("nowhere");
    fs::create_dir(&nowhere).unwrap();
    let bare = sandbox.bare("bare.git");
    let empty = sandbox.repository("empty");
    for command in [&["list"][..], &["check"], &["next"], &["show", "1"], &["set-status", "1", "done"]] {
        for (place, said) in [
            (&nowhere, "no git repository"),
            (&bare, "a bare repository has no files to work on"),
            (&empty.path, "there is no `.taskmaster` folder"),
        ] {
            let ran = sandbox.run(place, program, command, &[]);
            // Before the first commit nothing can be committed, tree or no tree.
            let not_now = command[0] == "set-status" && place != &nowhere;
            assert!(ran.code == 3 || (not_now && ran.code == 4), "{command:?} in {}: {ran:?}", place.display());
            assert!(ran.code == 4 || ran.stderr.contains(said), "{command:?} in {}: {ran:?}", place.display());
            assert_eq!(ran.stdout, "");
            tame(&ran);
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for task in 100..400 {
        repo.write(
            &format!(".taskmaster/context/task_{task}/task.md"),
            format!("---\ntask_id: task_{task}\ntitle: {}\nstatus: pending\n---\n", "long ".repeat(200)),
        );
    }
    let program = env!("CARGO_BIN_EXE_taskmaster");
    for command in ["list", "list --json", "check", "events", "events --json", "show 100", "--help"] {
        let script = format!("'{program}' {command} | head -c 1 > /dev/null");
        let ran = sandbox.run(&repo.path, "sh", &["-c", &script], &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
        let script = format!("'{program}' {command} >&-");
        tame(&sandbox.run(&repo.path, "sh", &["-c", &script], &[]));
    }
}

#[test]
fn huge_lists_and_long_lines_are_read_and_shown_short() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let many: Vec<String> = (0..50_000).map(|_| "task_001".to_owned()).collect();
    repo.write(TASK, front_matter(&format!("title: x\nstatus: pending\ndependencies: [{}]", many.join(", "))));
    let ran = harmless(&repo, &["check"], 0);
    assert!(ran.stdout.contains("5 tasks: 0 errors, 0 warnings"), "{ran:?}");
    let dangling: Vec<String> = (1000..3000).map(|id| id.to_string()).collect();
    repo.write(TASK, front_matter(&format!("title: x\nstatus: pending\ndependencies: [{}]", dangling.join(", "))));
    let ran = harmless(&repo, &["check"], 1);
    assert!(ran.stdout.contains("unknown-dependency"), "{}", ran.stdout.len());
    repo.write(TASK, front_matter(&format!("title: {}: x", "x".repeat(1_000_000))));
    let ran = harmless(&repo, &["check"], 1);
    assert!(ran.stdout.contains("error[malformed-front-matter]"));
    assert!(ran.stdout.len() < 5_000, "the line is shown in part: {}", ran.stdout.len());
}

#[test]
fn duplicate_keys_in_json_are_said_and_the_last_one_counts() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(JSON, r#"{"tasks":[{"id":9,"title":"Nine","status":"done","status":"pending"}]}"#);
    let ran = harmless(&repo, &["check"], 0);
    assert!(ran.stdout.contains("warning[duplicate-key]"), "{ran:?}");
    assert!(ran.stdout.contains("--> tasks/tasks.json:1:34\n"), "{ran:?}");
    assert!(repo.tm(&["list"]).contains("9    pending"), "{}", repo.tm(&["list"]));
}
