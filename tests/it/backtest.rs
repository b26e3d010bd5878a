//! `taskmaster backtest`: old rules against new ones, over history.

use super::sandbox::{Sandbox, planted};
use super::scenery::{ONE_ONE, ONE_TWO, WORKFLOW_FILE};

const PARENTS: &str =
    "triggers:\n  - name: parents\n    event: task.status.updated\n    actions: [roll_up_parent, notify_team]\n";

#[test]
fn backtest_shows_what_other_rules_would_have_made_of_each_commit() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let before = repo.head();
    repo.mark(ONE_ONE, "pending", "done");
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-am", "One one is done"]);
    repo.mark(ONE_TWO, "pending", "done");
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-am", "One two is done"]);
    repo.write("new.yaml", PARENTS);
    let state = (repo.dirt(), repo.head());
    let range = format!("{before}..HEAD");
    let text = repo.tm(&["backtest", "--config", "new.yaml", &range]);
    assert!(text.contains("+ parents on "), "{text}");
    assert!(text.contains("  - edit 1.1 status@tasks/tasks.json pending -> done\n"), "{text}");
    // The parent follows with both.
    assert!(!text.contains("edit 1 status pending"), "{text}");
    assert!(text.ends_with("2 commits with 2 events: something else would follow from 2\n"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&repo.tm(&["backtest", "--json", "--config", "new.yaml", &range])).unwrap();
    assert_eq!(json["schema"], "taskmaster.backtest/1");
    let count = |name: &str| {
        let triggers = json["triggers"].as_array().unwrap();
        let found = triggers.iter().find(|trigger| trigger["trigger"] == name).unwrap();
        (found["old"].clone(), found["new"].clone())
    };
    // Once for each subtask, and once for the parent that followed.
    assert_eq!(count("parents"), (0.into(), 4.into()));
    assert_eq!(json["effects"]["new"], 4);
    assert_eq!(json["differences"].as_array().unwrap().len(), 2);
    assert_eq!((repo.dirt(), repo.head()), state, "it touches nothing");
}

#[test]
fn backtest_of_the_same_rules_finds_no_difference() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let text = repo.tm(&["backtest"]);
    assert!(text.ends_with("the same would follow from each\n"), "{text}");
    repo.mark(ONE_ONE, "pending", "done");
    repo.commit_all("One one is done");
    // Rules that are not committed yet are the new ones.
    repo.write(WORKFLOW_FILE, PARENTS);
    let text = repo.tm(&["backtest"]);
    assert!(text.contains("+ parents on "), "{text}");
    assert!(!text.ends_with("the same would follow from each\n"), "{text}");
}

#[test]
fn backtest_of_broken_rules_says_so() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write("new.yaml", "triggers:\n  - {name: a, event: B, actions: [x]}\n");
    let ran = repo.try_tm(&["backtest", "--config", "new.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("an event name cannot have `B` in it"), "{ran:?}");
    assert!(ran.stderr.contains("--> new.yaml:2:"), "it names the file that was asked for: {ran:?}");
    assert_eq!(repo.try_tm(&["backtest", "--config", "none.yaml"]).code, 3);
    assert_eq!(repo.try_tm(&["backtest", "no-such-branch"]).code, 3);
    for command in ["backtest", "events"] {
        let ran = repo.try_tm(&[command, "HEAD...HEAD~2"]);
        assert!(ran.code == 3 && ran.stderr.contains("`HEAD...HEAD~2` has three dots"), "{ran:?}");
        assert!(ran.stderr.ends_with("HEAD..HEAD~2\n"), "{ran:?}");
    }
}
