//! The way back of a migration makes the edits that came since in the files as they were, in each of the places that had
//! said the same, as they were written, and nothing else.

use serde_json::Value;

use super::migrate::refused;
use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, ONE, TWO};

/// A task in a file and in a list that agree, but for the status where it is given.
fn mixed<'a>(sandbox: &'a Sandbox, name: &str, listed: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    repo.write(ONE, "---\ntask_id: task_001\ntitle: One\nstatus: done\n---\n\n# One\n");
    repo.write(TWO, FILE);
    repo.write(JSON, list("Two", listed, "low", "[]"));
    repo.commit_all("Start");
    repo
}

const FILE: &str = "---\ntask_id: task_002\ntitle: Two\nstatus: pending\npriority: low\ndependencies: []\n---\n\n# Two\n\n\
    - **ID**: 2\n- **Status**: pending\n\nText.\n";

fn list(title: &str, status: &str, priority: &str, dependencies: &str) -> String {
    format!(
        "[\n  {{\"id\": 1, \"title\": \"One\", \"status\": \"done\"}},\n  {{\"id\": 2, \"title\": \"{title}\", \
         \"status\": \"{status}\", \"priority\": \"{priority}\", \"dependencies\": {dependencies}}}\n]\n"
    )
}

#[test]
fn an_edited_body_brings_nothing_of_the_migration_along() {
    let sandbox = Sandbox::new();
    let repo = mixed(&sandbox, "ann", "done");
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "json"]);
    let (there, corrected) = (repo.head(), FILE.replace("pending", "done"));
    assert_eq!(repo.read(TWO), corrected);
    let edits = [
        ("Text.\n", "Text.\n\n\nmore\n"),
        ("- **ID**: 2\n", "- **ID**: 2\n- **Owner**: ann\n"),
        ("\nText.\n", ""),
        ("title: Two", "title: Zwo # not yet"),
        ("priority: low\ndependencies: []\n", "dependencies: []\npriority: low\n"),
    ];
    for (old, new) in edits {
        repo.write(TWO, corrected.replace(old, new));
        repo.commit_all("Edited");
        repo.tm(&["migrate"]);
        assert_eq!(repo.read(TWO), FILE.replace(old, new));
        repo.git(&["reset", "-q", "--hard", &there]);
    }
    // The very lines that were corrected: what was not touched in them is as it was.
    repo.write(
        TWO,
        corrected.replace("status: done", "status: done # at last").replace(": done\n\n", ": done ✅ by ann\n\n"),
    );
    repo.commit_all("Edited");
    repo.tm(&["migrate"]);
    assert_eq!(
        repo.read(TWO),
        FILE.replace("status: pending", "status: pending # at last")
            .replace(": pending\n\n", ": pending ✅ by ann\n\n")
    );
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.write(TWO, corrected.replace('\n', "\r\n"));
    repo.commit_all("Other line ends");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(TWO), FILE.replace('\n', "\r\n"));
    repo.git(&["reset", "-q", "--hard", &there]);
    // A status that was edited is in every place.
    repo.write(TWO, corrected.replace("status: done", "status: review").replace("Text", "Other text"));
    repo.commit_all("Edited");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(TWO), FILE.replace("pending", "review").replace("Text", "Other text"));
    assert_eq!(repo.read(JSON), list("Two", "review", "low", "[]"));
}

#[test]
fn places_that_agreed_agree_after_an_edit() {
    let sandbox = Sandbox::new();
    for (name, status) in [("ann", "pending"), ("bob", "done")] {
        let repo = mixed(&sandbox, name, status);
        repo.tm(&["migrate", "--to", "markdown", "--prefer", "json"]);
        let there = repo.head();
        for back in [&["migrate"][..], &["undo", "--merge", "HEAD~1"]] {
            repo.replace(TWO, "title: Two", "title: Zwo");
            repo.replace(TWO, "priority: low", "priority: high");
            repo.replace(TWO, "dependencies: []", "dependencies: [1]");
            repo.commit_all("Edited");
            let undone = repo.try_tm(&["undo", "HEAD~1"]);
            assert!(undone.code == 3 && undone.stderr.contains("context/task_002/task.md` has changed"), "{undone:?}");
            repo.tm(back);
            assert_eq!(repo.read(JSON), list("Zwo", status, "high", "[1]"));
            assert!(repo.read(TWO).contains("title: Zwo\nstatus: pending\npriority: high\ndependencies: [1]\n"));
            repo.git(&["reset", "-q", "--hard", &there]);
        }
        // What was removed is gone in both, and how something is spelled is no edit for the other.
        repo.replace(TWO, "title: Two", "title: \" Two\"");
        repo.replace(TWO, "priority: low\n", "");
        repo.commit_all("Less");
        repo.tm(&["migrate"]);
        assert_eq!(repo.read(JSON), list("Two", status, "low", "[]").replace(", \"priority\": \"low\"", ""));
    }
}

#[test]
fn what_is_edited_in_a_list_is_in_the_list_and_in_the_file() {
    let sandbox = Sandbox::new();
    let repo = mixed(&sandbox, "ann", "pending");
    repo.replace(JSON, "\"title\": \"Two\"", "\"title\": \"Two\", \"owner\": \"ann\"");
    repo.replace(TWO, "priority: low", "owner: ann\npriority: low");
    let three = ".taskmaster/context/task_003/task.md";
    repo.write(three, "---\ntask_id: task_003\ntitle: Three\nstatus: pending\n---\n");
    repo.commit_all("A task for the list");
    let was = repo.read(JSON);
    repo.tm(&["migrate", "--to", "tasks-json"]);
    repo.replace(JSON, "\"title\": \"Two\"", "\"title\": \"Zwo\"");
    repo.replace(JSON, "\"owner\": \"ann\"", "\"owner\": \"bob\"");
    repo.replace(JSON, "\"priority\": \"low\"", "\"priority\": \"high\"");
    repo.commit_all("Edited");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), was.replace("Two", "Zwo").replace("ann", "bob").replace("low", "high"));
    assert!(repo.read(TWO).contains("title: Zwo\nstatus: pending\nowner: bob\npriority: high\n"));
}

#[test]
fn what_contradicted_itself_does_so_again_unless_it_was_touched() {
    let sandbox = Sandbox::new();
    for winner in ["markdown", "json"] {
        let repo = mixed(&sandbox, winner, "pending");
        repo.replace(JSON, "Two", "Zwo");
        repo.replace(JSON, "low", "high");
        repo.commit_all("Contradictions");
        repo.tm(&["migrate", "--to", "markdown", "--prefer", winner]);
        repo.replace(TWO, "Text", "Other text");
        let (old, new) = if winner == "json" { ("high", "medium") } else { ("low", "medium") };
        repo.replace(TWO, old, new);
        repo.commit_all("A priority");
        repo.tm(&["migrate"]);
        assert_eq!(repo.read(TWO), FILE.replace("Text", "Other text").replace("low", "medium"));
        assert_eq!(repo.read(JSON), list("Zwo", "pending", "medium", "[]"));
        refused(&repo, &["--to", "markdown"], 3, &["2     title  Two       Zwo"]);
    }
}

#[test]
fn an_edit_in_a_list_that_nothing_was_put_away_of_reaches_the_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let file = "---\ntask_id: task_001\ntitle: One\nstatus: pending\n---\n";
    let listed = "[{\"id\": 1, \"title\": \"Uno\", \"status\": \"done\"}]\n";
    repo.write(ONE, file);
    repo.write(JSON, listed);
    repo.commit_all("Start");
    repo.tm(&["migrate", "--to", "tasks-json", "--prefer", "json"]);
    assert_eq!(repo.read(JSON), listed);
    let there = repo.head();
    repo.replace(JSON, "done", "review");
    repo.commit_all("A status");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(ONE), file.replace("pending", "review"));
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.replace(JSON, "Uno", "Eins");
    repo.commit_all("A title");
    repo.tm(&["migrate"]);
    assert_eq!((repo.read(ONE), repo.read(JSON)), (file.replace("One", "Eins"), listed.replace("Uno", "Eins")));
}

#[test]
fn a_status_that_was_removed_is_gone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let listed = "[\n  {\"id\": 2, \"title\": \"Two\", \"status\": \"pending\", \"priority\": \"low\"}\n]\n";
    repo.write(JSON, listed);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    let there = repo.head();
    repo.replace(TWO, "status: pending\n", "");
    repo.commit_all("No status");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), listed.replace(", \"status\": \"pending\"", ""));
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.replace(TWO, "status: pending", "status: null");
    repo.replace(TWO, "priority: low", "priority: ~");
    repo.commit_all("Null");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), listed.replace("\"pending\"", "null").replace("\"low\"", "null"));
    // In both places of a mixed tree, and in a file.
    let repo = mixed(&sandbox, "bob", "pending");
    repo.tm(&["migrate", "--to", "markdown"]);
    repo.replace(TWO, "status: pending\n", "");
    repo.commit_all("No status");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(TWO), FILE.replace("status: pending\n", ""));
    assert_eq!(repo.read(JSON), list("Two", "pending", "low", "[]").replace("\"status\": \"pending\", ", ""));
    let repo = sandbox.repository("cleo");
    repo.write(TWO, FILE);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    let mut read: Value = serde_json::from_str(&repo.read(JSON)).unwrap();
    read["master"]["tasks"][0].as_object_mut().unwrap().shift_remove("status").unwrap();
    repo.write(JSON, serde_json::to_string_pretty(&read).unwrap());
    repo.commit_all("No status");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(TWO), FILE.replace("status: pending\n", ""));
}

#[test]
fn what_is_written_in_a_file_that_was_corrected_keeps_its_spelling() {
    let sandbox = Sandbox::new();
    let repo = mixed(&sandbox, "ann", "done");
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "json"]);
    let new = "n2: 0x1F\nn3: 1.50\nn4: [1.50, 2]\nn5: 1e3\nnothing: ~\nn6: !!str 7\n";
    repo.replace(TWO, "priority: low\n", &format!("priority: 1e3\n{new}"));
    repo.commit_all("Numbers");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(TWO), FILE.replace("priority: low\n", &format!("priority: 1e3\n{new}")));
}

#[test]
fn a_new_field_without_a_value_is_taken_along() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let file = "---\ntask_id: task_002\ntitle: Two\n---\n\n# Two\n\nText.\n";
    repo.write(TWO, file);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    repo.replace(
        JSON,
        "\"title\": \"Two\",",
        "\"title\": \"Two\", \"u\": null, \"status\": null, \"details\": null, \"testStrategy\": 7,",
    );
    repo.commit_all("Null");
    repo.tm(&["migrate"]);
    let expected = "title: Two\ndetails: null\ntestStrategy: 7\nu: null\nstatus: null\n---\n";
    let lines = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&repo.read(TWO)), lines(&file.replace("title: Two\n---\n", expected)));
}
