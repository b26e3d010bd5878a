//! What becomes of effects behind the back of the run that has them in its queue.

use std::fs;
use std::io::Write as _;
use std::net::Shutdown;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::leave::{holding, waiting_run};
use super::messages::telling;
use super::server::Server;
use super::{acting, allow, drain, drain_with, effect, effects, fire, standing, text};

/// A repository with two effects that leave a mark each; whichever is carried out first runs these lines of the shell,
/// in the outbox's folder and with the key of the other one in `$other`.
fn two<'a>(sandbox: &'a Sandbox, lines: &str) -> Repo<'a> {
    let script = super::super::scenery::script(
        sandbox,
        "first",
        &format!(
            "echo ran >>../ran\ncd .git/taskmaster/outbox/intents\nfor file in *.json; do other=${{file%.json}}; \
             test \"$other\" = \"$TASKMASTER_EFFECT\" || break; done\ncd ..\n{lines}"
        ),
    );
    let actions = format!("    one: {{run: \"{script}\"}}\n    two: {{run: \"{script}\"}}");
    let repo = acting(sandbox, &actions, "one, two", ", max_concurrent_workflows: 1");
    fire(&repo);
    allow(&repo);
    repo
}

#[test]
fn an_effect_whose_files_were_thrown_away_is_passed_over() {
    let sandbox = Sandbox::new();
    let repo = two(&sandbox, "rm intents/$other.json state/$other.json");
    let run = drain(&repo);
    assert_eq!((&run["sent"], &run["dead"], text(&repo, "ran").as_str()), (&1.into(), &0.into(), "ran\n"), "{run}");
    assert_eq!(standing(&repo).0, "sent", "the other one is no more");
}

#[test]
fn an_effect_that_was_discarded_meanwhile_is_passed_over() {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let repo = two(&sandbox, &format!("cd ../../..\n'{program}' outbox discard $other"));
    let run = drain(&repo);
    assert_eq!((&run["sent"], text(&repo, "ran").as_str()), (&1.into(), "ran\n"), "{run}");
    let all = effects(&repo);
    let mut states: Vec<_> = all.iter().map(|effect| effect["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["sent", "skipped"]);
}

#[test]
fn a_state_that_is_no_file_ends_the_run_with_its_name() {
    let sandbox = Sandbox::new();
    let repo = two(&sandbox, "rm state/$other.json; mkdir state/$other.json; echo $other >../../../../other");
    let ran = repo.try_tm(&["outbox", "run"]);
    let file = format!("state/{}.json", text(&repo, "other").trim());
    assert!(ran.code == 3 && ran.stderr.contains(&file), "{file}: {ran:?}");
    assert_eq!((text(&repo, "ran").as_str(), ran.stdout.as_str()), ("ran\n", ""));
}

#[test]
fn what_is_denied_between_two_messages_of_one_effect_ends_behind_the_first() {
    let (first, coming, go) = holding("200 OK");
    let second = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let channels = format!("{{type: webhook, url: \"{}\"}}, {{type: webhook, url: \"{}\"}}", first.url, second.url);
    let repo = telling(&sandbox, &channels, "");
    let mut run = waiting_run(&repo);
    coming.recv().unwrap();
    repo.tm(&["deny"]);
    go.send(()).unwrap();
    run.wait().unwrap();
    assert_eq!((first.asked().len(), second.asked().len()), (1, 0));
    assert_eq!(standing(&repo), ("waiting".to_owned(), "it is not allowed any more".to_owned()));
    // The first was sent, and is not sent again.
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 1);
    assert_eq!((first.asked().len(), second.asked().len()), (1, 1));
}

#[test]
fn where_git_cannot_be_asked_nothing_is_known_against_an_effect() {
    let sandbox = Sandbox::new();
    // It takes the repository away, as far as git can see, and is to be tried again much later.
    let repo = acting(&sandbox, "    act: {run: \"mv .git/HEAD ../HEAD; exit 1\", retries: 5}", "act", "");
    repo.replace(super::super::scenery::WORKFLOW_FILE, "retry_delay: 0", "retry_delay: 100000000");
    repo.commit_all("Wait long");
    fire(&repo);
    allow(&repo);
    let run = drain(&repo);
    fs::rename(sandbox.path().join("HEAD"), repo.path.join(".git/HEAD")).unwrap();
    assert_eq!((&run["later"], &run["off_branch"]), (&1.into(), &0.into()), "{run}");
    assert_eq!(standing(&repo), ("waiting".to_owned(), "exit code 1".to_owned()));
}

#[test]
fn what_has_no_time_left_behind_the_first_message_is_the_next_runs() {
    // More than half of the time of a run.
    let first = Server::with(|_, stream| {
        std::thread::sleep(Duration::from_millis(3_200));
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    let second = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let rules = format!(
        "workflow_config:\n  mode: commit\n  git: {{canonical: main}}\n  execution: {{workflow_timeout: 6}}\n  \
         notifications: {{channels: [{{type: webhook, url: \"{}\"}}, {{type: webhook, url: \"{}\"}}]}}\n  triggers:\n    \
         - {{name: done, event: task.status.updated, actions: [send_notifications]}}\n",
        first.url, second.url
    );
    let repo = planted_with(&sandbox, &rules);
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    fire(&repo);
    allow(&repo);
    let run = drain(&repo);
    assert_eq!((&run["sent"], &run["later"], second.asked().len()), (&0.into(), &1.into(), 0), "{run}");
    assert_eq!(standing(&repo), ("waiting".to_owned(), "the time of the run was nearly over".to_owned()));
    // That is no attempt, and no reason to wait.
    assert_eq!(effect(&repo)["attempts"], 0);
    assert_eq!((&drain(&repo)["sent"], first.asked().len(), second.asked().len()), (&1.into(), 1, 1));
}

#[test]
fn a_request_that_may_be_repeated_is_where_the_connection_broke() {
    let server = Server::with(|number, stream| {
        if number == 0 {
            let _ = stream.shutdown(Shutdown::Both);
        } else {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let sandbox = Sandbox::new();
    let actions = format!("    act: {{webhook: {{url: \"{}\"}}, idempotent: true}}", server.url);
    let repo = acting(&sandbox, &actions, "act", "");
    fire(&repo);
    allow(&repo);
    drain_with(&repo, &["--wait"], &[]);
    assert_eq!((standing(&repo).0.as_str(), effect(&repo)["attempts"].as_u64()), ("sent", Some(2)));
    let keys: Vec<_> = server.asked().iter().map(|asked| asked.header("webhook-id").unwrap().to_owned()).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
}

/// Writes a state as a run that was killed has left it.
fn interrupt(repo: &Repo<'_>, more: &str) {
    let key = effect(repo)["key"].as_str().unwrap().to_owned();
    let state = format!(
        "{{\"schema\": \"taskmaster.intent-state/1\", \"state\": \"running\", \"reason\": \"x\", \"attempts\": 1{more}}}"
    );
    fs::write(repo.path.join(format!(".git/taskmaster/outbox/state/{key}.json")), state).unwrap();
}

#[test]
fn what_was_interrupted_before_anything_was_begun_is_tried_again() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\"}", "act", "");
    fire(&repo);
    allow(&repo);
    interrupt(&repo, "");
    assert_eq!(drain(&repo)["sent"], 1, "{:?}", standing(&repo));
    assert_eq!(text(&repo, "ran"), "ran\n");
}

#[test]
fn what_was_interrupted_and_is_not_allowed_any_more_is_decided_once_it_is() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\", idempotent: true}", "act", "");
    fire(&repo);
    interrupt(&repo, ", \"part\": 0");
    let run = drain(&repo);
    assert_eq!((&run["parked"], text(&repo, "ran").as_str()), (&0.into(), ""), "{run}");
    assert!(standing(&repo).1.contains("decided once they are"), "{:?}", standing(&repo));
    // That is written down once, however often somebody looks.
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    let state = repo.path.join(format!(".git/taskmaster/outbox/state/{key}.json"));
    let inode = || fs::metadata(&state).unwrap().ino();
    let before = inode();
    drain(&repo);
    assert_eq!(inode(), before);
    // They say that it may be done twice.
    allow(&repo);
    assert_eq!((&drain(&repo)["sent"], text(&repo, "ran").as_str()), (&1.into(), "ran\n"));
}

#[test]
fn an_effect_of_another_kind_of_pipeline_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = super::super::sandbox::planted_with(
        &sandbox,
        "workflow_config:
  mode: commit
  git: {canonical: main}
  endpoints: {github: {repository: a/b}}
  triggers:
    - {name: done, event: task.status.updated, actions: [trigger_release_workflow]}
",
    );
    fire(&repo);
    allow(&repo);
    // As a later version may write it.
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    let path = format!(".git/taskmaster/outbox/intents/{key}.json");
    repo.replace(&path, "\"channel\": \"github\"", "\"channel\": \"gitlab\"");
    drain(&repo);
    let expected = ("dead".to_owned(), "nothing here starts workflows of `gitlab`".to_owned());
    assert_eq!(standing(&repo), expected);
}

#[test]
fn a_state_that_a_power_cut_has_emptied_may_mean_that_it_happened() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\"}", "act", "");
    fire(&repo);
    allow(&repo);
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    fs::write(repo.path.join(format!(".git/taskmaster/outbox/state/{key}.json")), "").unwrap();
    assert!(repo.tm(&["status"]).contains("1 effect is being carried out"), "{}", repo.tm(&["status"]));
    let run = drain(&repo);
    assert_eq!((&run["parked"], text(&repo, "ran").as_str()), (&1.into(), ""), "{run}");
    let told: serde_json::Value = serde_json::from_str(&repo.tm(&["--json", "outbox", "retry", &key])).unwrap();
    assert_eq!((&told["decision"], &told["keys"]), (&"retry".into(), &serde_json::json!([key])));
    assert_eq!((&drain(&repo)["sent"], text(&repo, "ran").as_str()), (&1.into(), "ran\n"));
}

#[test]
fn an_intent_that_a_power_cut_has_emptied_is_recorded_once_more() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran; exit 9\"}", "act", "");
    let start = repo.head();
    fire(&repo);
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    fs::write(repo.path.join(format!(".git/taskmaster/outbox/intents/{key}.json")), "").unwrap();
    let listed = repo.try_tm(&["outbox", "list"]);
    assert!(listed.code == 1 && listed.stderr.contains("1 effect cannot be read"), "{listed:?}");
    // As if the run had come no further.
    repo.git(&["update-ref", "refs/taskmaster/cursor/main", &start]);
    repo.tm(&["sync"]);
    assert_eq!(effect(&repo)["key"], key.as_str());
    allow(&repo);
    assert_eq!((&drain(&repo)["dead"], text(&repo, "ran").as_str()), (&1.into(), "ran\n"));
    assert!(repo.tm(&["status"]).contains("1 effect was given up"), "{}", repo.tm(&["status"]));
}

#[test]
fn json_says_whose_turn_it_is() {
    let (server, coming, go) = holding("200 OK");
    let sandbox = Sandbox::new();
    let actions = format!("    act: {{webhook: {{url: \"{}\"}}}}", server.url);
    let repo = acting(&sandbox, &actions, "act", "");
    fire(&repo);
    allow(&repo);
    let mut run = waiting_run(&repo);
    coming.recv().unwrap();
    let second = repo.try_tm(&["--json", "outbox", "run"]);
    go.send(()).unwrap();
    assert!(run.wait().unwrap().success());
    let told: serde_json::Value = serde_json::from_str(&second.stdout).unwrap();
    assert_eq!(told["busy"], format!("taskmaster outbox run, process {}", run.id()).as_str(), "{told}");
    assert_eq!((second.code, &told["sent"], server.asked().len()), (4, &0.into(), 1));
}

#[test]
fn a_run_that_waits_goes_on_when_the_time_has_come() {
    let server = Server::answering(&["503 Busy\r\nRetry-After: 1", "200 OK"]);
    let sandbox = Sandbox::new();
    let actions = format!("    act: {{webhook: {{url: \"{}\"}}, idempotent: true}}", server.url);
    let repo = acting(&sandbox, &actions, "act", "");
    fire(&repo);
    allow(&repo);
    let run = drain_with(&repo, &["--wait"], &[]);
    assert_eq!((&run["sent"], &run["later"]), (&1.into(), &0.into()), "{run}");
    assert_eq!((server.asked().len(), effect(&repo)["attempts"].as_u64()), (2, Some(2)));
}
