//! Every place that repeats a status follows it, in either layout, each in the spelling that its kind of file has.

use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, ONE, ONE_ONE, TWO, WORKFLOW_FILE};

const RULES: &str = "workflow_config:\n  version: \"2.1\"\n  task_integration:\n    status_sync: true\n";
const OLD_TEXT: &str = ".taskmaster/tasks/task_001.txt";
const NEW_TEXT: &str = ".taskmaster/tasks/task_001.md";

/// Generated text of both grammars, with texts in it that look like a status.
fn generated(repo: &Repo<'_>) {
    let old = "# Task ID: 1\r\n# Title: One\r\n# Status: pending\r\n# Dependencies: None\r\n# Priority: high\r\n\
               # Description: # Status: pending\r\n# Details:\r\nText\r\n\r\n# Test Strategy:\r\n\r\n\r\n\
               # Subtasks:\r\n## 1. Inner [pending]\r\n### Dependencies: None\r\n### Description: [pending]\r\n### Details:\r\n\r\n\r\n";
    let new = "# Task ID: 1\n\n**Title:** One\n\n**Status:** pending\n\n**Dependencies:** None\n\n**Description:** **Status:** pending\n\n\
               ## Subtasks\n\n### 1.1. Inner\n\n**Status:** pending\n**Dependencies:** None\n";
    repo.write(OLD_TEXT, old);
    repo.write(NEW_TEXT, new);
}

fn prepared(repo: &Repo<'_>) {
    generated(repo);
    repo.write(WORKFLOW_FILE, RULES);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install", "--mode", "commit"]);
}

/// The lines that the last commit has changed in a file, as they are now.
fn now(repo: &Repo<'_>, path: &str) -> Vec<String> {
    let lines = repo.lines("HEAD~1", "HEAD", path);
    lines.iter().filter_map(|line| line.strip_prefix('+')).map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn generated_text_and_bullets_follow_a_file() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(
        ONE,
        "---\ntask_id: 1\ntitle: One\nstatus: 'pending'\n---\n\n## Metadata\n- **Status**: pending\n\n- Status: pending\n",
    );
    repo.write(TWO, "---\ntask_id: 2\ntitle: Two\nstatus: done\n---\n\n- **Status**: done ✅\n");
    repo.write(ONE_ONE, "---\ntask_id: 1\nsubtask_id: 1\ntitle: Inner\nstatus: pending\n---\n");
    repo.write(
        JSON,
        r#"{"tasks": [{"id": 1, "title": "One", "status": "pending", "subtasks": [{"id": 1, "title": "Inner", "status": "pending"}]}]}"#,
    );
    prepared(&repo);
    // Markdown has the project's own word; the list and what is generated from it know the usual one.
    repo.replace(ONE, "status: 'pending'", "status: 'Completed'");
    repo.commit_all("Finish one");
    assert_eq!(now(&repo, ONE), ["- **Status**: Completed ✅"], "as the tree's finished tasks have it");
    assert_eq!(now(&repo, OLD_TEXT), ["# Status: done"]);
    assert_eq!(now(&repo, NEW_TEXT), ["**Status:** done"]);
    assert!(now(&repo, JSON)[0].contains("\"title\": \"One\", \"status\": \"done\""), "{:?}", now(&repo, JSON));
    repo.mark(ONE_ONE, "pending", "in_progress");
    repo.commit_all("Begin the inner one");
    assert_eq!(now(&repo, OLD_TEXT), ["## 1. Inner [in-progress]"]);
    assert_eq!(now(&repo, NEW_TEXT), ["**Status:** in-progress"]);
    assert!(repo.read(OLD_TEXT).contains("### Description: [pending]\r\n"), "{}", repo.read(OLD_TEXT));
    // And the other way: the list takes the file along, in its quotes. Generated text goes one way.
    repo.replace(JSON, "\"One\", \"status\": \"done\"", "\"One\", \"status\": \"review\"");
    repo.commit_all("Look at one");
    assert_eq!(now(&repo, ONE), ["status: 'review'", "- **Status**: review"]);
    assert_eq!(now(&repo, OLD_TEXT), ["# Status: review"]);
    let commits = repo.subjects().len();
    repo.replace(OLD_TEXT, "# Status: review", "# Status: done");
    repo.commit_all("Edit what was generated");
    assert_eq!(repo.subjects().len(), commits + 1);
    assert_eq!(repo.dirt(), "");
}

#[test]
fn generated_text_follows_a_list() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list = "{\n\t\"master\": {\n\t\t\"tasks\": [\n\t\t\t{\"id\": \"1\", \"title\": \"One\", \"status\": \"pending\",\n\t\t\t \"subtasks\": \
                [{\"id\": 1, \"title\": \"Inner\", \"status\": \"pending\"}]}\n\t\t]\n\t}\n}";
    repo.write(JSON, list);
    prepared(&repo);
    repo.write(JSON, list.replacen("pending", "completed", 1));
    repo.commit_all("Finish one");
    assert_eq!(now(&repo, OLD_TEXT), ["# Status: done"]);
    assert_eq!(now(&repo, NEW_TEXT), ["**Status:** done"]);
    assert_eq!(repo.read(JSON), list.replacen("pending", "completed", 1), "the file's own word stays");
    repo.tm(&["set-status", "1.1", "done"]);
    assert!(repo.read(OLD_TEXT).contains("## 1. Inner [done]\r\n"), "{}", repo.read(OLD_TEXT));
    assert!(repo.read(NEW_TEXT).contains("### 1.1. Inner\n\n**Status:** done\n"), "{}", repo.read(NEW_TEXT));
    assert_eq!(repo.read(JSON), list.replace("pending", "completed"), "the list's own word is taken up");
    assert_eq!(repo.dirt(), "");
}
