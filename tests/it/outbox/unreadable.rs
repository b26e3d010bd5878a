//! Effects with a file that cannot be read: they are said, and all others go on.

use std::fs;

use serde_json::Value;

use super::super::sandbox::{Repo, Sandbox};
use super::{acting, allow, effects, fire, text};

/// Two effects that wait, and a file of the first that is none of this program's any more.
fn broken<'a>(sandbox: &'a Sandbox, folder: &str) -> (Repo<'a>, String) {
    let actions = "    one: {run: \"echo one >> ../ran\"}\n    two: {run: \"echo two >> ../ran\"}";
    let repo = acting(sandbox, actions, "one, two", "");
    fire(&repo);
    allow(&repo);
    let one = effects(&repo).into_iter().find(|effect| effect["action"] == "one").unwrap();
    let key = one["key"].as_str().unwrap().to_owned();
    fs::write(repo.path.join(format!(".git/taskmaster/outbox/{folder}/{key}.json")), "{\n").unwrap();
    (repo, key)
}

const SAID: &str = "1 effect cannot be read - taskmaster doctor";

#[test]
fn an_effect_that_cannot_be_read_is_said_by_whoever_lists_and_runs_and_the_others_go_on() {
    for folder in ["state", "intents"] {
        let sandbox = Sandbox::new();
        let (repo, key) = broken(&sandbox, folder);
        let listed = repo.try_tm(&["outbox", "list"]);
        assert_eq!((listed.code, listed.stdout.lines().count()), (1, 1), "{listed:?}");
        assert!(listed.stdout.contains("two") && listed.stderr.contains(SAID), "{listed:?}");
        let listed: Value = serde_json::from_str(&repo.try_tm(&["--json", "outbox", "list"]).stdout).unwrap();
        assert_eq!((&listed["unreadable"], listed["effects"].as_array().unwrap().len()), (&1.into(), 1));
        let status = repo.try_tm(&["status"]);
        assert!(status.code == 0 && status.stdout.contains(SAID) && status.stdout.contains("tasks:"), "{status:?}");
        assert!(status.stdout.contains("1 effect waits in the outbox"), "{status:?}");
        assert_eq!(repo.tm(&["status", "--short"]), "tm:1 stuck\n");
        let ran = repo.try_tm(&["outbox", "run"]);
        assert_eq!((ran.code, text(&repo, "ran").as_str()), (1, "two\n"), "{ran:?}");
        assert!(ran.stdout.contains("1 effect carried out") && ran.stdout.contains(SAID), "{ran:?}");
        let listed = repo.try_tm(&["outbox", "list"]);
        assert!(listed.code == 1 && !listed.stderr.contains("nothing waits"), "{listed:?}");
        let mended = repo.try_tm(&["doctor", "--fix"]);
        let listed = repo.try_tm(&["outbox", "list"]);
        assert!(listed.code == 0 && listed.stderr.contains("nothing waits"), "{key}: {listed:?} {mended:?}");
        assert_eq!((repo.try_tm(&["outbox", "run"]).code, text(&repo, "ran").as_str()), (0, "two\n"));
    }
}
