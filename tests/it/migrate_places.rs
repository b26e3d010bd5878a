//! Places that contradict each other: the table that `migrate` shows of them, who is right, and that nothing follows
//! from it.

use serde_json::Value;

use super::migrate::{listed, refused, tree};
use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, ONE};

#[test]
fn two_lists_and_generated_text_are_places_like_any_other() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list =
        |title: &str, status: &str| format!("[{{\"id\": 1, \"title\": \"{title}\", \"status\": \"{status}\"}}]\n");
    let (older, text) = (".taskmaster/tasks.json", ".taskmaster/tasks/task_001.txt");
    repo.write(JSON, list("New", "done"));
    repo.write(older, list("Old", "pending"));
    repo.write(text, "# Task ID: 1\n# Title: New\n# Status: review\n");
    repo.commit_all("Start");
    let first = tree(&repo);
    let ran = refused(&repo, &[], 3, &["contradict each other", "--prefer"]);
    let table = "task  field   tasks.json  older tasks.json  generated text  who is right\n\
                 1     title   New         Old               -               nobody has said\n\
                 1     status  done        pending           review          nobody has said\n";
    assert_eq!(ran.stdout, table);
    let json: Value = serde_json::from_str(&refused(&repo, &["--json"], 3, &[]).stdout).unwrap();
    let said = &json["conflicts"][1];
    assert!(said["markdown"].is_null() && said["older"] == "pending" && said["text"] == "review", "{json}");
    let dry = repo.tm(&["migrate", "--prefer", "json", "-n"]);
    assert!(dry.contains("json: preferred"), "{dry}");
    repo.tm(&["migrate", "--prefer", "json"]);
    assert!(repo.read(ONE).contains("title: New\nstatus: done\n"));
    assert!(repo.read(text).ends_with("# Status: done\n"));
    let there = repo.head();
    repo.tm(&["migrate"]);
    assert_eq!((tree(&repo), repo.dirt()), (first.clone(), String::new()));
    // On the way back, too, somebody can say who is right.
    repo.git(&["reset", "-q", "--hard", &there]);
    let ran = repo.try_tm(&["migrate", "--prefer", "json"]);
    assert!(ran.stdout.contains("json: preferred"), "{ran:?}");
    assert_eq!((repo.read(JSON), repo.read(older)), (list("New", "done"), list("New", "done")));
    assert!(repo.read(text).ends_with("# Status: done\n"));
    // By commits each place can be the one that is right.
    repo.git(&["reset", "-q", "--hard", &first_commit(&repo)]);
    refused(&repo, &["--prefer", "newest"], 3, &["nobody has said"]);
    for (path, place, status) in [(older, "older", "blocked"), (text, "text", "deferred"), (JSON, "json", "review")] {
        let was = repo.read(path);
        let old = ["pending", "review", "done"].into_iter().find(|old| was.contains(old)).unwrap();
        repo.write(path, was.replace(old, status));
        repo.commit_all("One place");
        let ran = repo.try_tm(&["migrate", "--prefer", "newest"]);
        assert!(ran.stdout.contains(&format!("{place}: it was changed last")), "{ran:?}");
        assert!(repo.read(ONE).contains(&format!("status: {status}\n")));
        repo.tm(&["undo"]);
        repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    }
}

#[test]
fn a_bullet_that_is_overwritten_is_in_the_table() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let file = "---\ntask_id: task_001\ntitle: One\nstatus: pending\n---\n\n# One\n\n- **Status**: review\n";
    repo.write(ONE, file);
    repo.write(JSON, "[{\"id\": 1, \"title\": \"One\", \"status\": \"done\"}]\n");
    repo.commit_all("Start");
    let first = tree(&repo);
    let ran = refused(&repo, &["--to", "markdown"], 3, &["contradict each other"]);
    let table = "task  field   markdown  tasks.json  bullet  who is right\n\
                 1     status  pending   done        review  nobody has said\n";
    assert_eq!(ran.stdout, table);
    let json: Value = serde_json::from_str(&refused(&repo, &["--to", "markdown", "--json"], 3, &[]).stdout).unwrap();
    assert_eq!(json["conflicts"][0]["bullet"], "review");
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "json"]);
    assert_eq!(repo.read(ONE), file.replace("pending", "done").replace("review", "done"));
    let message = repo.git(&["log", "-1", "--format=%b"]);
    assert!(message.contains("bullet `review`; json was right"), "{message}");
    repo.tm(&["migrate"]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
}

fn first_commit(repo: &Repo<'_>) -> String {
    repo.git(&["rev-list", "--max-parents=0", "HEAD"])
}

#[test]
fn a_list_that_moves_in_beside_another_is_held_against_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(".taskmaster/tasks.json", "[{\"id\": 1, \"title\": \"Old\"}]\n");
    repo.write("tasks/tasks.json", "[{\"id\": 1, \"title\": \"Root\"}]\n");
    repo.commit_all("Start");
    for to in ["tasks-json", "markdown"] {
        let arguments = ["--from", "root", "--to", to];
        let ran = refused(&repo, &arguments, 3, &["contradict each other"]);
        assert!(ran.stdout.contains("1     title  Root        Old"), "{ran:?}");
        repo.tm(&[&["migrate", "--prefer", "json"], &arguments[..]].concat());
        assert!(repo.tm(&["list"]).contains("Root"));
        repo.tm(&["undo"]);
    }
    // One that stays outside is not read, and it is said what it says.
    let said = repo.try_tm(&["migrate", "-n"]).stderr;
    assert!(said.contains("`tasks/` beside the tree stays") && said.contains("something else of 1 task: 1"), "{said}");
}

#[test]
fn what_contradicts_itself_since_a_migration_is_decided_on_the_way_back() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    let text = ".taskmaster/tasks/task_001.txt";
    repo.write(text, "# Task ID: 1\n# Title: One\n# Status: pending\n");
    repo.commit_all("Text");
    repo.tm(&["migrate"]);
    let there = repo.head();
    // Where one place has changed, it is right.
    repo.mark(ONE, "pending", "review");
    repo.commit_all("Review");
    let ran = repo.try_tm(&["migrate"]);
    assert!(ran.stdout.contains("markdown: it was changed since"), "{ran:?}");
    assert!(repo.read(JSON).contains("\"status\": \"review\"") && repo.read(text).contains("review"));
    // Generated text only follows, unless somebody says so.
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.replace(text, "pending", "review");
    repo.commit_all("Review");
    refused(&repo, &[], 3, &["contradict each other", "1     status  pending   review          nobody has said"]);
    repo.tm(&["migrate", "--prefer", "newest"]);
    assert!(repo.read(JSON).contains("\"status\": \"review\""));
    // Both have, differently.
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.replace(text, "pending", "review");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Both");
    refused(&repo, &[], 3, &["contradict each other", "1     status  done      review          nobody has said"]);
    repo.tm(&["migrate", "--prefer", "markdown"]);
    assert!(repo.read(JSON).contains("\"status\": \"done\"") && repo.read(text).contains("done"));
}

/// A tree whose places contradict each other, on `main`; a branch `other` is checked out.
fn contradicting<'a>(sandbox: &'a Sandbox, name: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    let list = r#"[{"id": 1, "title": "One", "status": "done"}, {"id": 2, "title": "Two", "status": "pending"}]"#;
    repo.write(JSON, list);
    repo.write(ONE, "---\ntask_id: task_001\ntitle: One\nstatus: pending\n---\n");
    repo.write(".taskmaster/tasks/task_002.txt", "# Task ID: 2\n# Title: Two\n# Status: review\n");
    repo.commit_all("Start");
    repo.git(&["switch", "-q", "-c", "other"]);
    repo
}

fn squashed(repo: &Repo<'_>) -> String {
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--squash", "other"]);
    repo.commit_all("Squashed");
    let events = repo.tm(&["events", "HEAD~1..HEAD"]);
    repo.git(&["switch", "-q", "-C", "other"]);
    events
}

#[test]
fn statuses_that_only_changed_home_are_no_events_where_the_trailers_are_lost() {
    let sandbox = Sandbox::new();
    for (to, prefer) in
        [("markdown", "json"), ("markdown", "markdown"), ("tasks-json", "json"), ("tasks-json", "markdown")]
    {
        let name = format!("{to}-{prefer}");
        let repo = contradicting(&sandbox, &name);
        repo.tm(&["migrate", "--to", to, "--prefer", prefer]);
        assert_eq!(squashed(&repo), "", "{name}");
        repo.tm(&["migrate"]);
        assert_eq!(squashed(&repo), "", "{name} and back");
    }
}

#[test]
fn a_status_that_is_changed_in_the_commit_that_moves_its_only_home_is_an_event() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, r#"{"tasks": [{"id": 1, "title": "A", "status": "pending"}]}"#);
    repo.commit_all("Start");
    repo.git(&["switch", "-q", "-c", "other"]);
    repo.tm(&["migrate", "--to", "markdown"]);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Done");
    assert!(squashed(&repo).contains("task.status.updated 1 status: pending -> done"));
    repo.mark(ONE, "done", "review");
    repo.commit_all("Review");
    repo.tm(&["migrate"]);
    assert!(squashed(&repo).contains("task.status.updated 1 status: done -> review"));
}

#[test]
fn what_somebody_has_changed_beside_a_migration_is_an_event() {
    let sandbox = Sandbox::new();
    let repo = contradicting(&sandbox, "ann");
    let two = ".taskmaster/context/task_002/task.md";
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "json"]);
    repo.mark(ONE, "done", "review");
    repo.mark(two, "pending", "done");
    repo.commit_all("Work");
    let events = squashed(&repo);
    assert!(events.contains("task.status.updated 1 status: pending -> review"), "{events}");
    repo.mark(ONE, "review", "blocked");
    repo.commit_all("More");
    repo.tm(&["migrate"]);
    let events = squashed(&repo);
    assert!(events.contains("task.status.updated 1 status: review -> blocked"), "{events}");
}
