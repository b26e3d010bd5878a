use std::fs;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::THREE;
use super::{acting, allow, beside, drain, drain_with, effect, effects, fire, receipt, standing, text};

/// A repository with one command, in one line of the rules, that is allowed and has been asked for.
fn asked<'a>(sandbox: &'a Sandbox, settings: &str, command: &str) -> Repo<'a> {
    let quoted = serde_json::to_string(command).unwrap();
    let repo = acting(sandbox, &format!("    act: {{run: {quoted}{settings}}}"), "act", "");
    fire(&repo);
    allow(&repo);
    repo
}

#[test]
fn invariant_12_nothing_is_run_until_it_is_allowed_and_then_it_is_run_once() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\"}", "act", "");
    let ran = fire(&repo);
    assert!(ran.stderr.contains("1 effect waits in the outbox: nothing is run or sent until"), "{ran:?}");
    assert_eq!(drain(&repo)["not_allowed"], 1);
    assert_eq!((text(&repo, "ran").as_str(), standing(&repo).0.as_str()), ("", "waiting"));
    let status = repo.tm(&["status"]);
    assert!(status.contains("1 effect waits in the outbox; nothing is run or sent until it is allowed"), "{status}");
    // It is said once of one configuration.
    repo.mark(THREE, "done", "pending");
    repo.commit_all("Not yet");
    assert_eq!(fire(&repo).stderr.matches("taskmaster allow").count(), 0);
    repo.tm(&["outbox", "discard", effects(&repo)[1]["key"].as_str().unwrap()]);

    allow(&repo);
    assert_eq!(text(&repo, "ran"), "");
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(drain(&repo)["sent"], 0);
    assert_eq!(text(&repo, "ran"), "ran\n");
    repo.tm(&["deny"]);
    repo.mark(THREE, "done", "pending");
    repo.commit_all("Once more");
    fire(&repo);
    assert_eq!(drain(&repo)["not_allowed"], 1);
    assert_eq!(text(&repo, "ran"), "ran\n");
}

#[test]
fn the_short_status_tells_of_effects_that_need_somebody() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    note: {run: 'exit 1', retries: 0}", "note", "");
    let short = || repo.tm(&["status", "--short"]);
    assert_eq!(short(), "");
    fire(&repo);
    assert_eq!(short(), "tm:1 to allow\n");
    allow(&repo);
    assert_eq!(short(), "", "it only waits for its turn");
    drain(&repo);
    assert_eq!(short(), "tm:1 stuck\n");
}

#[test]
fn a_configuration_may_be_allowed_for_one_run() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\"}", "act", "");
    fire(&repo);
    let refused = repo.try_tm(&["outbox", "run", "--allow", &"0".repeat(64)]);
    assert_eq!((refused.code, text(&repo, "ran").as_str()), (3, ""), "{refused:?}");
    let shown: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    assert_eq!(drain_with(&repo, &["--allow", shown["hash"].as_str().unwrap()], &[])["sent"], 1);
    assert_eq!(text(&repo, "ran"), "ran\n");
    let after: Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    assert_eq!(after["state"], "not-allowed");
}

#[test]
fn a_command_hears_of_the_event_beside_its_text_and_of_no_other_repository() {
    let sandbox = Sandbox::new();
    let repo = acting(
        &sandbox,
        "    act: {run: \"cat > ../in; echo \\\"$TASKMASTER_TASK $TASKMASTER_OLD $TASKMASTER_NEW $TASKMASTER_TITLE\\\" > ../vars; \
         echo \\\"$TASKMASTER_WITH_WHERE\\\" >> ../vars; pwd -P > ../pwd; git rev-parse --git-dir > ../git; env | grep -c ^GIT_DIR= > ../count; true\"}",
        "{act: {where: \"a b\"}}",
        "",
    );
    repo.replace(THREE, "title: Three", "title: \"$(touch ../evil) `touch ../evil` '; touch ../evil\"");
    fire(&repo);
    allow(&repo);
    let other = sandbox.repository("other");
    let git_dir = repo.path.join(".git");
    let run = drain_with(&repo, &[], &[("GIT_DIR", git_dir.to_str().unwrap()), ("GIT_INDEX_FILE", "/nowhere")]);
    assert_eq!(run["sent"], 1, "{:?}", standing(&repo));
    assert_eq!(text(&repo, "vars"), "3 pending done $(touch ../evil) `touch ../evil` '; touch ../evil\na b\n");
    assert!(!beside(&repo, "evil").exists());
    let input: Value = serde_json::from_str(&text(&repo, "in")).unwrap();
    assert_eq!((&input["schema"], &input["event"]["task"]), (&"taskmaster.run-input/1".into(), &"3".into()));
    assert_eq!((&input["with"]["where"], &input["effect"]), (&"a b".into(), &effect(&repo)["key"]));
    assert_eq!(Path::new(text(&repo, "pwd").trim()), repo.path.canonicalize().unwrap());
    assert_eq!((text(&repo, "git").as_str(), text(&repo, "count").as_str()), (".git\n", "0\n"));
    drop(other);
}

#[test]
fn a_command_that_forks_and_hangs_is_killed_with_all_its_children() {
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, ", timeout: 1", "sleep 1000 & echo $! > ../child; echo $$ > ../shell; sleep 1000");
    assert_eq!(drain(&repo)["dead"], 1);
    assert_eq!(standing(&repo).1, "it took longer than 1 seconds, and was killed");
    for name in ["child", "shell"] {
        assert!(is_gone(text(&repo, name).trim()), "{name}");
    }
}

#[test]
fn what_a_command_leaves_behind_ends_with_it() {
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, "", "sleep 1000 & echo $! > ../child; echo here");
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!(receipt(&repo)["stdout"]["last"], "here\n");
    assert!(is_gone(text(&repo, "child").trim()));
}

/// Whether a process has ended; one that nobody has asked for its end counts.
pub(super) fn is_gone(process: &str) -> bool {
    assert!(!process.is_empty());
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.is_empty() || stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X']))
}

#[test]
fn what_a_command_prints_is_kept_in_part() {
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, "", "head -c 300000000 /dev/zero | tr '\\0' x; echo end; echo bad >&2");
    assert_eq!(drain(&repo)["sent"], 1);
    let receipt = receipt(&repo);
    assert_eq!(receipt["stdout"]["bytes"], 300_000_004);
    let kept = receipt["stdout"]["last"].as_str().unwrap();
    assert!(kept.len() <= 16 * 1024 && kept.ends_with("xxxend\n"), "{}", kept.len());
    assert_eq!(receipt["stderr"]["last"], "bad\n");
}

#[test]
fn a_command_that_is_missing_is_given_up_at_once() {
    let sandbox = Sandbox::new();
    let repo = asked(&sandbox, ", idempotent: true", "no-such-command-anywhere");
    assert_eq!(drain(&repo)["dead"], 1);
    assert_eq!(standing(&repo), ("dead".to_owned(), "the command cannot be run: exit code 127".to_owned()));
    assert_eq!(effect(&repo)["attempts"], 1);
}

#[test]
fn a_command_that_fails_is_tried_as_often_as_it_says() {
    for (settings, attempts) in [("", 1), (", retries: 2", 3), (", idempotent: true", 4)] {
        let sandbox = Sandbox::new();
        let repo = asked(&sandbox, settings, "echo tried >> ../tries; exit 3");
        drain_with(&repo, &["--wait"], &[]);
        assert_eq!(text(&repo, "tries").lines().count(), attempts, "{settings}");
        assert_eq!(standing(&repo), ("dead".to_owned(), "exit code 3".to_owned()));
        assert_eq!(receipt(&repo)["exit"], 3);
        // A person may want it all the same.
        repo.tm(&["outbox", "retry", "--all"]);
        assert_eq!(standing(&repo).0, "waiting");
    }
}

#[test]
fn the_hook_starts_what_carries_out_and_does_not_wait() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"read line < ../go; echo $line > ../said\"}", "act", "");
    allow(&repo);
    for fifo in ["go", "said"] {
        assert_eq!(sandbox.run(sandbox.path(), "mkfifo", &[fifo], &[]).code, 0);
    }
    // The commit comes back while the command waits for what is only written afterwards.
    fire(&repo);
    let (go, said) = (beside(&repo, "go"), beside(&repo, "said"));
    let (tell, heard) = channel();
    std::thread::spawn(move || {
        fs::write(go, "now\n").unwrap();
        tell.send(fs::read_to_string(said).unwrap()).unwrap();
    });
    assert_eq!(heard.recv_timeout(Duration::from_mins(1)).unwrap(), "now\n");
}

#[test]
fn a_command_that_commits_is_processed_like_anybody() {
    let sandbox = Sandbox::new();
    let command = "sed -i 's/^status: pending$/status: done/' .taskmaster/context/task_001/subtask_001.md; \
                   test \"$TASKMASTER_TASK\" = 3 && git commit -qam 'By command'; echo $TASKMASTER_TASK >> ../ran";
    let repo = asked(&sandbox, "", command);
    drain_with(&repo, &["--wait"], &[]);
    assert!(repo.subjects().contains(&"By command".to_owned()));
    // The event of its own commit asks for the command again, which this run takes up.
    assert_eq!(text(&repo, "ran"), "3\n1.1\n");
}

#[test]
fn a_field_of_any_length_comes_whole_by_standard_input_and_cut_by_a_variable() {
    let sandbox = Sandbox::new();
    let command = "cat > ../in; printf %s \"$TASKMASTER_TITLE\" > ../title";
    let action = format!("    act: {{run: {}}}", serde_json::to_string(command).unwrap());
    let repo = acting(&sandbox, &action, "act", "");
    let title = "\u{e9}".repeat(70_000);
    repo.replace(THREE, "title: Three", &format!("title: {title}"));
    fire(&repo);
    allow(&repo);
    drain(&repo);
    assert_eq!(standing(&repo).0, "sent", "{:?}", standing(&repo));
    let input: Value = serde_json::from_str(&text(&repo, "in")).unwrap();
    assert!(input["event"]["title"] == title.as_str());
    let cut = text(&repo, "title");
    assert!(title.starts_with(&cut) && cut.len() > 30_000 && cut.len() <= 32 * 1024, "{}", cut.len());
}

#[test]
#[cfg(target_os = "linux")]
fn what_has_left_its_group_and_session_is_killed_with_the_command() {
    let sandbox = Sandbox::new();
    // The child says its number before it goes on for ever.
    let command =
        "setsid sh -c 'echo $$ > ../child; exec sleep 1000' & while [ ! -s ../child ]; do :; done; sleep 1000";
    let actions = format!("    far: {{run: \"{command}\", timeout: 2}}");
    let repo = acting(&sandbox, &actions, "far", "");
    fire(&repo);
    allow(&repo);
    assert_eq!(drain(&repo)["dead"], 1);
    let child = text(&repo, "child");
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
    let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest.split(' ').next().unwrap());
    assert!(["", "Z", "X"].contains(&state), "{child}: {stat}");
}
