//! The ways in which programs save files.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::{RULES, Watch, commits, of_the_engine, repository};
use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, THREE, TWO};

/// A way to save: the file, and its new content.
type Save = fn(&Path, &str);

/// Written over in place, as `>` in a shell, nano and most scripts do.
fn truncate(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

/// Written beside and renamed, as `sed -i` and most agents do.
fn rename_over(path: &Path, text: &str) {
    let beside = path.with_extension("md.tmp.4711");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

/// Vim with a backup: a probe for the folder, the old file aside, the new one in its place, the old one gone.
fn vim(path: &Path, text: &str) {
    let folder = path.parent().unwrap();
    fs::write(folder.join("4913"), "").unwrap();
    fs::remove_file(folder.join("4913")).unwrap();
    let backup = path.with_extension("md~");
    fs::rename(path, &backup).unwrap();
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.sync_all().unwrap();
    fs::remove_file(&backup).unwrap();
}

/// Visual Studio Code: opened, cut to nothing, written, in one piece but not in one call.
fn code(path: &Path, text: &str) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(0).unwrap();
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    file.write_all(first).unwrap();
    file.write_all(second).unwrap();
}

/// Emacs: a lock that is a link to nothing, the old file aside, the new one written.
fn emacs(path: &Path, text: &str) {
    let lock = path.with_file_name(".#task.md");
    let _ = std::os::unix::fs::symlink("ann@here.4711:1", &lock);
    fs::rename(path, path.with_extension("md~")).unwrap();
    fs::write(path, text).unwrap();
    fs::remove_file(&lock).unwrap();
    fs::remove_file(path.with_extension("md~")).unwrap();
}

/// Removed and written anew, as some programs of other systems do.
fn anew(path: &Path, text: &str) {
    fs::remove_file(path).unwrap();
    fs::write(path, text).unwrap();
}

const SAVES: [(&str, Save); 6] = [
    ("truncate", truncate),
    ("rename over", rename_over),
    ("vim", vim),
    ("code", code),
    ("emacs", emacs),
    ("anew", anew),
];

fn status(repo: &Repo<'_>, path: &str, old: &str, new: &str) -> String {
    let text = repo.read(path);
    assert!(text.contains(&format!("\nstatus: {old}\n")), "{text}");
    text.replace(&format!("\nstatus: {old}\n"), &format!("\nstatus: {new}\n"))
}

#[test]
fn what_is_saved_just_before_the_end_is_seen() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let watch = Watch::over(&repo, &[]);
    repo.mark(ONE, "pending", "done");
    watch.end();
    assert_eq!((repo.dirt(), repo.status(TWO)), (String::new(), "pending".to_owned()));
}

#[test]
fn a_save_is_one_commit_of_the_users_and_one_of_the_engines_whoever_saves() {
    for (name, save) in SAVES {
        let sandbox = Sandbox::new();
        let repo = repository(&sandbox, RULES);
        let mut watch = Watch::over(&repo, &[]);
        let text = status(&repo, ONE, "pending", "done");
        save(&repo.path.join(ONE), &text);
        let commit = watch.until_done();
        let said = watch.end();
        let made = ["ann: Start", "ann: chore(taskmaster): 1 done", "taskmaster: chore(taskmaster): 1 done; 2 pending"];
        assert_eq!(commits(&repo), made, "{name}: {said:#?}");
        assert_eq!(repo.git(&["show", &format!("{commit}:{ONE}")]), text.trim_end(), "{name}");
        assert_eq!(repo.changed(&format!("{commit}^"), &commit), [ONE], "{name}");
        assert_eq!(repo.git(&["log", "-1", "--format=%ae %ce", &commit]), "ann@example.com ann@example.com", "{name}");
        assert_eq!((repo.status(TWO), repo.dirt()), ("pending".to_owned(), String::new()), "{name}");
        assert!(said.iter().all(|line| line["what"] != "failed" && line["what"] != "unfinished"), "{name}: {said:#?}");
    }
}

#[test]
fn hundreds_of_saves_are_seen_each() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    let mut last = "pending";
    for number in 0..60 {
        let next = if number % 2 == 0 { "in-progress" } else { "review" };
        let (_, save) = SAVES[number % SAVES.len()];
        save(&repo.path.join(THREE), &status(&repo, THREE, last, next));
        last = next;
        watch.until_done();
    }
    watch.end();
    let of_the_user = commits(&repo).iter().filter(|commit| commit.starts_with("ann: chore")).count();
    assert_eq!((of_the_user, repo.dirt()), (60, String::new()));
}

/// What is saved while a commit is being made is newer, and is neither lost nor written over.
#[test]
fn what_is_saved_while_a_commit_is_made_is_the_next_edit() {
    for point in ["before object", "before index-lock", "before branch", "after branch", "before index-publish"] {
        for newer in ["review", "pending"] {
            let sandbox = Sandbox::new();
            let repo = repository(&sandbox, RULES);
            let text = status(&repo, THREE, "pending", newer);
            let file = repo.path.join(THREE);
            let script = sandbox.path().join("save");
            let aside = sandbox.path().join("newer");
            fs::write(&aside, &text).unwrap();
            let once = format!("mv {0} {0}.used && cp {0}.used {1}", aside.display(), file.display());
            fs::write(&script, format!("#!/bin/sh\n{once} 2>/dev/null\n")).unwrap();
            repo.sandbox.run(&repo.path, "chmod", &["+x", script.to_str().unwrap()], &[]);
            let trace = sandbox.path().join("trace");
            let environment = [
                ("TASKMASTER_CRASH_TRACE", trace.to_str().unwrap()),
                ("TASKMASTER_CRASH_AT", point),
                ("TASKMASTER_CRASH_RUN", script.to_str().unwrap()),
            ];
            let mut watch = Watch::begun(&repo, &[], &environment);
            watch.until("began");
            rename_over(&file, &status(&repo, THREE, "pending", "in-progress"));
            while !sandbox.path().join("newer.used").exists() {
                std::thread::yield_now();
            }
            repo.mark(ONE, "pending", "done");
            let is_one =
                |line: &serde_json::Value| line["subject"].as_str().is_some_and(|text| text.contains("1 done"));
            watch.until_one("committed", is_one);
            watch.until("followed");
            watch.end();
            let subjects = repo.subjects();
            let place = format!("{point}, {newer}: {subjects:?}");
            assert_eq!((repo.status(THREE), repo.dirt()), (newer.to_owned(), String::new()), "{place}");
            assert_eq!(repo.git(&["show", &format!("HEAD:{THREE}")]), repo.read(THREE).trim_end(), "{place}");
        }
    }
}

#[test]
fn case_37_files_in_folders_that_are_just_made_are_all_seen() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &[]);
    for task in 100..300 {
        let text = repo.read(THREE).replace("task_003", &format!("task_{task}"));
        repo.write(&format!(".taskmaster/context/task_{task}/task.md"), text);
    }
    let listed = |repo: &Repo<'_>| repo.git(&["ls-tree", "-r", "--name-only", "HEAD", ".taskmaster/context"]);
    while listed(&repo).lines().filter(|path| path.contains("/task_1") || path.contains("/task_2")).count() < 200 {
        watch.until("committed");
    }
    let said = watch.end();
    let created =
        said.iter().filter(|line| line["what"] == "edited").flat_map(|line| line["events"].as_array().unwrap());
    let mut created: Vec<&str> = created.filter_map(|event| event["subject"].as_str()).collect();
    created.sort_unstable();
    assert!(created.windows(2).all(|pair| pair[0] != pair[1]), "{created:?}");
    assert_eq!((created.len(), repo.dirt()), (200, String::new()));
}

/// More files than the system's queue has room for, and an edit among them that nobody was told of.
#[cfg(target_os = "linux")]
#[test]
fn case_37_what_is_lost_in_an_overflow_is_seen() {
    let room = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let room: usize = room.trim().parse().unwrap();
    if room > 100_000 {
        println!("skipped: the system's queue has room for {room} notices");
        return;
    }
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    fs::create_dir_all(repo.path.join(".taskmaster/docs")).unwrap();
    let mut watch = Watch::over(&repo, &[]);
    watch.signal("-STOP");
    // Each is made, written and closed: three notices.
    for number in 0..room {
        fs::write(repo.path.join(format!(".taskmaster/docs/{number}.txt")), "x").unwrap();
    }
    truncate(&repo.path.join(ONE), &status(&repo, ONE, "pending", "done"));
    watch.signal("-CONT");
    watch.until_done();
    watch.end();
    assert_eq!((repo.status(TWO), of_the_engine(&repo)), ("pending".to_owned(), 1));
}

#[test]
fn where_the_system_tells_nothing_files_are_looked_at_from_time_to_time() {
    let sandbox = Sandbox::new();
    let repo = repository(&sandbox, RULES);
    let mut watch = Watch::over(&repo, &["--poll", "50"]);
    for (old, new, save) in [("pending", "in-progress", truncate as Save), ("in-progress", "done", vim)] {
        save(&repo.path.join(ONE), &status(&repo, ONE, old, new));
        watch.until_done();
    }
    let said = watch.end();
    assert_eq!((said[0]["what"].as_str(), said[0]["reason"].as_str()), (Some("polling"), Some("asked for")));
    assert_eq!((repo.status(TWO), repo.dirt()), ("pending".to_owned(), String::new()));
}
