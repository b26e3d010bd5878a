//! What the engine could miss by looking too early, or by not looking at all: edits in the same second, damage,
//! settings that come from elsewhere, and who else is to write in the repository.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::super::sandbox::{Repo, Sandbox, planted};
use super::super::scenery::{ONE, TWO, WORKFLOW_FILE, script};
use super::scenes::{LOCKED, MOVED, STAGING, Times, meanwhile};

/// Finished by hand, and not seen by the engine yet.
fn unseen(repo: &Repo<'_>) {
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-q", "-m", "Finish one", ONE]);
}

/// An edit of the same size, in the second in which the file was staged and the index written, at any moment of the
/// commit: git has nothing but the content to tell it by.
#[test]
fn case_12_an_edit_in_the_second_of_the_index_is_seen_whenever_it_comes() {
    for moment in [LOCKED, STAGING, MOVED] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.git(&["config", "core.trustctime", "false"]);
        repo.write("late.txt", "one");
        repo.commit_all("Late");
        unseen(&repo);
        let touch = |path: &str| sandbox.run(&repo.path, "touch", &["-d", "@1750000000", path], &[]);
        touch("late.txt");
        repo.git(&["add", "late.txt"]);
        touch(".git/index");
        let edits = "printf two > late.txt && touch -d @1750000000 late.txt";
        let (ran, codes) = meanwhile(&repo, moment, Times::Once, edits, &["sync"]);
        assert_eq!((ran.code, codes), (0, vec!["0".to_owned()]), "{moment}");
        assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, " M late.txt"), "{moment}");
    }
}

#[test]
fn case_33_a_damaged_index_gets_no_good_checksum() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("code.txt", "x");
    repo.commit_all("Code");
    unseen(&repo);
    let mut index = fs::read(repo.path.join(".git/index")).unwrap();
    let at = index.windows(9).position(|bytes| bytes == b"code.txt\0").unwrap();
    // In the name of its blob.
    *index.get_mut(at - 10).unwrap() ^= 255;
    fs::write(repo.path.join(".git/index"), &index).unwrap();
    let ran = repo.try_tm(&["sync"]);
    assert!(ran.code != 0 && ran.stderr.contains("its checksum is not that of its content"), "{ran:?}");
    assert_eq!((repo.engine_commits(), fs::read(repo.path.join(".git/index")).unwrap()), (0, index));
    assert!(!repo.path.join(".git/index.lock").exists());
}

#[test]
fn case_35_a_setting_from_any_file_that_git_reads_counts() {
    for name in ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        repo.git(&["config", "--unset", "commit.gpgsign"]);
        unseen(&repo);
        let signer = script(&sandbox, "signer", "exit 1");
        let config = sandbox.path().join("config");
        fs::write(&config, format!("[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = {signer}\n")).unwrap();
        let environment = [(name, config.to_str().unwrap())];
        let ran = sandbox.run(&repo.path, env!("CARGO_BIN_EXE_taskmaster"), &["sync"], &environment);
        assert!(ran.stderr.contains("the signer did not answer"), "{name}: {ran:?}");
        assert_eq!(repo.engine_commits(), 0, "{name}");
    }
}

/// An edit that comes between a kill and the next run is merged as one that was there before.
#[test]
fn case_14_what_is_edited_behind_a_kill_is_merged() {
    for staged in [false, true] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        unseen(&repo);
        let (trace, program) = (sandbox.path().join("trace"), env!("CARGO_BIN_EXE_taskmaster"));
        let killed = [("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()), ("TASKMASTER_CRASH_AT", "after branch")];
        let end = script(&sandbox, "end", "kill -9 $PPID");
        let killed = [&killed[..], &[("TASKMASTER_CRASH_RUN", &end)]].concat();
        assert_eq!(sandbox.run(&repo.path, program, &["sync"], &killed).code, -1);
        assert_eq!(repo.engine_commits(), 1);
        repo.replace(TWO, "Text that nobody touches.", "Text of mine.");
        // As git asks for, and as somebody does who does not know the engine.
        fs::remove_file(repo.path.join(".git/index.lock")).unwrap();
        if staged {
            repo.git(&["add", TWO]);
            let refused = repo.try_git(&["commit", "-q", "-m", "Mine"]);
            assert!(refused.code != 0 && refused.stderr.contains("run: taskmaster sync"), "{refused:?}");
        }
        repo.tm(&["sync"]);
        repo.git(&["commit", "-q", "-m", "Mine", "-a"]);
        let mine = repo.lines("HEAD~1", "HEAD", TWO);
        assert_eq!(mine, ["-Text that nobody touches.", "+Text of mine."], "{staged}");
        assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{staged}");
    }
}

#[test]
fn what_only_looks_like_a_temporary_file_stays() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let mine = ".taskmaster/context/task_002/.taskmaster-notes.tmp";
    repo.write(mine, "precious");
    repo.mark(ONE, "pending", "done");
    repo.git(&["commit", "-q", "-m", "One", ONE]);
    assert_eq!((repo.engine_commits(), repo.read(mine).as_str()), (1, "precious"));
}

/// In a repository that a group shares everybody of it can go on where the engine has written.
#[test]
fn case_39_a_shared_repository_stays_writable_for_its_group() {
    let sandbox = Sandbox::new();
    let source = planted(&sandbox);
    source.replace(WORKFLOW_FILE, "  mode: commit\n", "  mode: commit\n  git:\n    executor: server\n");
    source.commit_all("The server commits");
    let path = sandbox.path().join("shared.git");
    let shared = path.to_str().unwrap();
    source.git(&["init", "-q", "--bare", "--shared=group", "-b", "main", shared]);
    source.quietly(&["push", "-q", shared, "main"]);
    let bare = Repo { sandbox: &sandbox, path: path.clone() };
    bare.tm(&["sync"]);
    unseen(&source);
    source.quietly(&["push", "-q", shared, "main"]);
    bare.tm(&["sync"]);
    assert_eq!(bare.engine_commits(), 1);
    let mut folders = vec![path];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let (path, mode) = (entry.path(), entry.metadata().unwrap().permissions().mode());
            let is_folder = path.is_dir();
            // Objects are for nobody to change.
            let wanted =
                if is_folder || !path.starts_with(folder.join("objects")) && mode & 0o200 != 0 { 0o020 } else { 0 };
            assert_eq!(mode & wanted, wanted, "{}: {mode:o}", path.display());
            folders.extend(is_folder.then_some(path));
        }
    }
}

/// One task is finished, and no run has seen it: a line of the log is to be written for it.
fn unseen_with_lines(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(
        "mode: commit\ntriggers:\n  - {name: seen, event: task.status.updated, actions: [log_seen: {text: \"{task_id} \
         seen\"}]}\n",
    );
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    unseen(&repo);
    repo
}

#[track_caller]
fn one_line_of(repo: &Repo<'_>, text: &str) {
    let log = repo.read(".git/taskmaster/log/workflow.jsonl");
    let lines = log.lines().filter(|line| line.contains("log-entry/1") && line.contains(text));
    assert_eq!(lines.count(), 1, "{text}: {log}");
}

/// The slower of two runs does not take the cursor back to where it has come itself: what the other has processed
/// would be new again, once it is rewritten.
#[test]
fn case_22_a_slow_run_leaves_the_cursor_where_a_faster_one_has_put_it() {
    let sandbox = Sandbox::new();
    let repo = unseen_with_lines(&sandbox);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let faster = format!(
        "sed -i 's/^status: blocked/status: done/' {TWO} && git commit -q -m 'Finish two' {TWO} && unset TASKMASTER && \
         '{program}' sync"
    );
    let (ran, codes) = meanwhile(&repo, "before cursor", Times::Once, &faster, &["sync"]);
    assert_eq!((ran.code, codes), (0, vec!["0".to_owned()]), "{ran:?}");
    assert_eq!(repo.cursor(), repo.head());
    repo.git(&["commit", "-q", "--amend", "-m", "Finish two, in other words"]);
    one_line_of(&repo, "1 seen");
    one_line_of(&repo, "2 seen");
}

/// A commit that is rewritten while a run is about to say that it is processed belongs to who processes the new one,
/// however far that run comes.
#[test]
fn case_22_what_is_rewritten_under_a_slow_run_is_handled_once() {
    let sandbox = Sandbox::new();
    let repo = unseen_with_lines(&sandbox);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let rewrite = format!(
        "git commit -q --amend -m 'In other words' && unset TASKMASTER TASKMASTER_CRASH_RUN && \
         TASKMASTER_CRASH_TRACE=../nested TASKMASTER_CRASH_AT='after cursor' '{program}' sync"
    );
    let (ran, codes) = meanwhile(&repo, "before cursor", Times::Once, &rewrite, &["sync"]);
    assert_eq!((ran.code, codes), (0, vec!["137".to_owned()]), "{ran:?}");
    assert_eq!(repo.cursor(), repo.head());
    let log = repo.read(".git/taskmaster/log/workflow.jsonl");
    assert!(!log.contains("log-entry/1"), "{log}");
    assert!(repo.tm(&["status"]).contains("1 line of the log may be missing"));
}

/// What waits is not forgotten because it was noted while the last of the others was taken off the list.
#[test]
fn case_23_a_commit_that_is_noted_while_the_note_is_emptied_stays_noted() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.git(&["switch", "-q", "--detach"]);
    unseen(&repo);
    repo.try_tm(&["sync"]);
    let note = ".git/taskmaster/pending";
    assert_eq!(repo.read(note), format!("{}\n", repo.head()));
    repo.git(&["-c", "core.hooksPath=/dev/null", "branch", "-f", "main", "HEAD"]);
    repo.quietly(&["switch", "-q", "main"]);
    let other = repo.git(&["commit-tree", "-m", "Elsewhere", "HEAD^{tree}"]);
    let noted = format!("echo {other} >> {note}");
    let (ran, _) = meanwhile(&repo, "before pending-removal", Times::Once, &noted, &["sync"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(repo.read(note), format!("{other}\n"));
}
