//! `logging`: what is written, where, and how long it is kept.

use std::fs;

use super::{AUTOMATION, with, with_rules};
use crate::sandbox::{Repo, Sandbox};

const FOLDER: &str = ".git/taskmaster/log";
const LOG: &str = ".git/taskmaster/log/engine.log";

fn names(repo: &Repo<'_>) -> Vec<String> {
    let Ok(entries) = fs::read_dir(repo.path.join(FOLDER)) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "engine.log.lock")
        .collect();
    names.sort();
    names
}

/// The log after one commit under these rules.
fn log(rules: &str) -> Option<String> {
    let sandbox = Sandbox::new();
    let repo = with_rules(&sandbox, rules);
    repo.finish_one();
    fs::read_to_string(repo.path.join(LOG)).ok()
}

#[test]
fn level_says_which_lines_are_written() {
    let usual = log(AUTOMATION).unwrap();
    assert!(usual.contains("\"level\":\"info\"") && usual.contains("\"outcome\":\"committed\""), "{usual}");
    assert_eq!(log(&with(AUTOMATION, "level: \"INFO\"", "level: \"ERROR\"")), None, "nothing went wrong");
    // The environment `live` wants warnings alone.
    let sandbox = Sandbox::new();
    let repo = with_rules(&sandbox, AUTOMATION);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let run = |environment: &str| {
        let ran = sandbox.run(&repo.path, program, &["sync"], &[("TASKMASTER_ENV", environment)]);
        assert_eq!(ran.code, 0, "{ran:?}");
        repo.tm(&["status"]);
        names(&repo)
    };
    assert_eq!(run("live"), [] as [&str; 0]);
    assert_eq!(run("laptop"), ["engine.log"]);
}

#[test]
fn events_and_triggers_are_logged_where_that_is_wanted() {
    let usual = log(AUTOMATION).unwrap();
    assert!(usual.contains("\"events\":[") && usual.contains("\"triggers\":["), "{usual}");
    let without = log(&with(AUTOMATION, "log_workflow_events: true", "log_workflow_events: false")).unwrap();
    assert!(!without.contains("\"events\":[") && without.contains("\"triggers\":["), "{without}");
    let without = log(&with(AUTOMATION, "log_automation_triggers: true", "log_automation_triggers: false")).unwrap();
    assert!(without.contains("\"events\":[") && !without.contains("\"triggers\":["), "{without}");
}

#[test]
fn the_log_is_a_file_of_that_name() {
    let sandbox = Sandbox::new();
    let repo = with_rules(&sandbox, AUTOMATION);
    repo.finish_one();
    assert_eq!(names(&repo), ["engine.log"], "its folder does not count, and there is no database");
    assert!(!repo.path.join("logs").exists());
    assert!(repo.tm(&["status"]).contains(LOG), "{}", repo.tm(&["status"]));
    let other = with(AUTOMATION, "path: \"logs/engine.log\"", "path: \"another.log\"");
    let off = with(
        AUTOMATION,
        "        path: \"logs/engine.log\"",
        "        enabled: false\n        path: \"logs/engine.log\"",
    );
    let kinds = with(AUTOMATION, "type: \"file\"", "type: \"external\"");
    for (rules, expected) in [(other, &["another.log"][..]), (off, &[]), (kinds, &["workflow.jsonl"])] {
        let sandbox = Sandbox::new();
        let repo = with_rules(&sandbox, &rules);
        repo.finish_one();
        assert_eq!(names(&repo), expected);
    }
    // Whether a database or another service is enabled makes no difference.
    let sandbox = Sandbox::new();
    let repo = with_rules(
        &sandbox,
        &AUTOMATION.replace("        enabled: false\n\nenvironments", "        enabled: true\n\nenvironments"),
    );
    repo.finish_one();
    assert_eq!(names(&repo), ["engine.log"]);
}

#[test]
fn full_logs_are_kept_as_long_as_it_says() {
    for (rules, kept) in [
        (AUTOMATION.to_owned(), &["engine.log", "engine.log.1", "engine.log.2.gz"][..]),
        (
            with(AUTOMATION, "compress_old_logs: true", "compress_old_logs: false"),
            &["engine.log", "engine.log.1", "engine.log.2"],
        ),
        (with(AUTOMATION, "max_files: 3", "max_files: 2"), &["engine.log", "engine.log.1"]),
        (with(AUTOMATION, "retention_days: 60", "retention_days: 30"), &["engine.log", "engine.log.1"]),
        (with(AUTOMATION, "max_size: \"12KB\"", "max_size: \"1MB\""), &["engine.log", "engine.log.1"]),
    ] {
        let sandbox = Sandbox::new();
        let repo = with_rules(&sandbox, &rules);
        // One that is full, and one that was full 45 days ago.
        let line = format!("{{\"schema\":\"other\",\"text\":\"{}\"}}\n", "x".repeat(11 << 10));
        repo.write(LOG, &line);
        repo.write(&format!("{LOG}.1"), &line);
        let then = std::time::SystemTime::now() - std::time::Duration::from_hours(45 * 24);
        let old = fs::File::options().append(true).open(repo.path.join(format!("{LOG}.1"))).unwrap();
        old.set_modified(then).unwrap();
        drop(old);
        repo.finish_one();
        repo.tm(&["sync"]);
        let rotated = !fs::read_to_string(repo.path.join(LOG)).unwrap().contains("\"other\"");
        assert_eq!(
            (names(&repo).as_slice(), rotated),
            (&kept.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()[..], !rules.contains("1MB"))
        );
    }
}
