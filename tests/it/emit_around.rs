//! Events from outside where something else is around: edits that are not committed, no working tree, an earlier event.

use super::sandbox::{Repo, Sandbox, planted_with};
use super::scenery::THREE;

const RULES: &str = "workflow_config:
  mode: commit
  git: {canonical: main}
  triggers:
    - {name: deployed, event: deployment.success, actions: [{set_status: {status: done}}]}
";

#[test]
fn an_edit_beside_the_line_that_follows_stays() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    // The very next line: what compares lines alone sees two edits of one place.
    repo.replace(THREE, "priority: high", "priority: low");
    let ran = repo.try_tm(&["emit", "deployment.success", "--task", "3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let committed = repo.git(&["show", &format!("HEAD:{THREE}")]);
    assert!(committed.contains("\nstatus: done\npriority: high\n"), "{committed}");
    assert!(repo.read(THREE).contains("\nstatus: done\npriority: low\n"), "{}", repo.read(THREE));
    assert_eq!(repo.git(&["diff", "--name-only"]), THREE);
}

#[test]
fn a_repository_without_a_working_tree_takes_no_events() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let server = Repo { sandbox: &sandbox, path: sandbox.bare("shared.git") };
    repo.git(&["push", "-q", server.path.to_str().unwrap(), "main"]);
    let head = server.id("main");
    let ran = server.try_tm(&["emit", "deployment.success", "--task", "3"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""), "{ran:?}");
    assert!(ran.stderr.contains("bare repository"), "{ran:?}");
    assert_eq!(server.id("main"), head);
}

#[test]
fn json_says_of_an_earlier_event_where_it_is() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let emit = |data: &str| {
        let text = repo.tm(&["--json", "emit", "deployment.success", "--task", "3", "--id", "a", "--data", data]);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let first = emit("{}");
    let commit = repo.head();
    let again = emit(r#"{"x": 1}"#);
    let digest = |told: &serde_json::Value| told["outside"]["data_digest"].clone();
    assert!(first["known"].is_null() && digest(&first) != digest(&again), "{first} {again}");
    assert_eq!(again["known"]["commit"], commit.as_str(), "{again}");
    assert_eq!(again["known"]["data_digest"], digest(&first), "{again}");
}

#[test]
fn what_is_left_to_the_user_is_edited_as_it_is_and_said_where_it_is_lost() {
    let sandbox = Sandbox::new();
    let back = "    - {name: back, event: deployment.back, actions: [{set_status: {status: pending}}]}\n";
    let repo = planted_with(&sandbox, &format!("{RULES}{back}"));
    let emit = |event: &str, id: &str| repo.try_tm(&["emit", event, "--task", "3", "--id", id, "--no-commit"]);
    assert_eq!((emit("deployment.success", "a").code, repo.status(THREE).as_str()), (0, "done"));
    // Behind that, though no commit has it.
    let ran = emit("deployment.back", "b");
    assert_eq!((ran.code, repo.status(THREE).as_str()), (0, "pending"), "{ran:?}");
    assert_eq!((emit("deployment.success", "c").code, repo.status(THREE).as_str()), (0, "done"));
    repo.git(&["reset", "-q", "--hard"]);
    let again = emit("deployment.success", "c");
    let said =
        "what followed was left in the files, for you to commit; where it is lost, emit the event with another --id\n";
    assert!(again.stderr.contains("was handled already") && again.stderr.ends_with(said), "{again:?}");
    assert_eq!((emit("deployment.success", "d").code, repo.status(THREE).as_str()), (0, "done"));
}
