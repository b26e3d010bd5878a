//! The way back of a migration loses nothing: what it cannot take along it refuses, or leaves where it is.

use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, ONE};

const TWO: &str = ".taskmaster/context/task_002/task.md";
const LIST: &str = r#"{
  "master": {
    "tasks": [
      {"id": 1, "title": "One", "status": "pending", "description": "All."},
      {"id": 2, "title": "Two", "status": "pending", "dependencies": [1]}
    ]
  }
}
"#;

fn migrated(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.write(JSON, LIST);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    repo
}

#[track_caller]
fn refused(repo: &Repo<'_>, arguments: &[&str], said: &[&str]) {
    let (head, dirt) = (repo.head(), repo.dirt());
    let ran = repo.try_tm(&[&["migrate"], arguments].concat());
    assert_eq!(ran.code, 3, "{ran:?}");
    for said in said {
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert_eq!((repo.head(), repo.dirt()), (head, dirt), "nothing changes");
}

#[test]
fn files_that_cannot_be_read_are_refused_or_stay() {
    let sandbox = Sandbox::new();
    let repo = migrated(&sandbox);
    let (there, whole) = (repo.head(), repo.read(TWO));
    let broken = [
        whole.replace("status: pending", "<<<<<<< a\nstatus: pending\n=======\nstatus: done\n>>>>>>> b"),
        whole.replace("title: Two", "title: \"Two"),
        whole.replace("status: pending", "status: pending\nstatus: done"),
        String::new(),
        "# Two\n\nText.\n".to_owned(),
    ];
    for text in broken {
        repo.write(TWO, &text);
        repo.commit_all("Broken");
        refused(&repo, &[], &["not everything can be read", "context/task_002/task.md:", "--skip-unreadable"]);
        refused(&repo, &["--dry-run"], &["not everything can be read"]);
        if !text.contains("status: pending\nstatus: done") {
            repo.tm(&["migrate", "--skip-unreadable"]);
            assert_eq!((repo.read(TWO), repo.read(JSON)), (text, LIST.to_owned()));
            let message = repo.git(&["log", "-1", "--format=%B"]);
            assert!(message.contains("could not be read, and stays: context/task_002/task.md:"), "{message}");
        }
        repo.git(&["reset", "-q", "--hard", &there]);
    }
}

#[test]
fn a_list_that_cannot_be_read_is_refused_or_stays() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(ONE, "---\ntask_id: task_001\ntitle: One\nstatus: pending\n---\n\n# One\n");
    repo.commit_all("Start");
    let one = repo.read(ONE);
    repo.tm(&["migrate"]);
    let there = repo.head();
    for text in ["", "{\n<<<<<<< a\n", "{\"master\": {\"tasks\": [{\"id\": 1,,}]}}"] {
        repo.write(JSON, text);
        repo.commit_all("Broken");
        refused(&repo, &["--to", "markdown"], &["not everything can be read", "tasks/tasks.json:"]);
        repo.tm(&["migrate", "--to", "markdown", "--skip-unreadable"]);
        assert_eq!((repo.read(JSON), repo.read(ONE)), (text.to_owned(), one.clone()));
        repo.git(&["reset", "-q", "--hard", &there]);
    }
}

#[test]
fn texts_that_a_list_has_no_place_for_are_refused() {
    let sandbox = Sandbox::new();
    let repo = migrated(&sandbox);
    let (there, whole) = (repo.head(), repo.read(TWO));
    for (text, said) in [
        (whole.replace("# Two\n", "# Two, but better\n"), "the heading is another than the title"),
        (
            whole.replace("status: pending", "status: pending\ndescription: Here") + "\nAnd there.\n",
            "the body has another text than the field `description`",
        ),
        (whole.replace("status: pending", "# Ask ann first\nstatus: pending"), "the comment `# Ask ann first`"),
        (whole.replace("status: pending", "status: pending # for ann"), "task.md:5: the comment `# for ann`"),
        (whole.replace(": [1]", ":\n  # first\n  - 1"), "task.md:7: the comment `# first`"),
        (whole.replace("status: pending", "subtasks: [1]\nstatus: pending"), "task.md:5: the field `subtasks`"),
    ] {
        repo.write(TWO, text);
        repo.commit_all("Edited");
        refused(&repo, &[], &["texts would be lost", "context/task_002/task.md:", said]);
        let ran = repo.try_tm(&["undo", "--merge"]);
        assert!(ran.code == 3 && ran.stdout.contains(said), "{ran:?}");
        repo.git(&["reset", "-q", "--hard", &there]);
    }
    // A sign in a text is no comment.
    repo.write(TWO, whole.replace("status: pending", "note: |\n  # no comment\n  a # b\nstatus: pending"));
    repo.commit_all("Edited");
    repo.tm(&["migrate"]);
    assert!(repo.read(JSON).contains(r##""# no comment\na # b\n""##), "{}", repo.read(JSON));
    repo.git(&["reset", "-q", "--hard", &there]);
    // A heading that follows the title says nothing new.
    repo.write(TWO, whole.replace("# Two\n", "# Second\n").replace("title: Two", "title: Second"));
    repo.commit_all("Edited");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), LIST.replace("\"Two\"", "\"Second\""));
}

#[test]
fn a_second_file_of_one_task_is_refused_wherever_it_stands() {
    let sandbox = Sandbox::new();
    let repo = migrated(&sandbox);
    let there = repo.head();
    let copy = format!("{}\nText that only the copy has.\n", repo.read(TWO));
    for folder in ["copy", "zzz"] {
        repo.write(&format!(".taskmaster/context/{folder}/task.md"), &copy);
        repo.commit_all("Copy");
        refused(&repo, &[], &["not everything can be read", "task 2 is written twice"]);
        repo.git(&["reset", "-q", "--hard", &there]);
    }
}

#[test]
fn a_tag_that_the_list_does_not_have_is_made_there_or_refused_with_what_to_do() {
    let sandbox = Sandbox::new();
    for (name, list) in [("tags", LIST), ("none", "{\"tasks\": [{\"id\": 1, \"title\": \"One\"}]}\n")] {
        let repo = sandbox.repository(name);
        repo.write(JSON, list);
        repo.commit_all("Start");
        repo.tm(&["migrate"]);
        let made = repo.tm(&["create", "--tag", "next", "Other"]);
        assert_eq!(made, "next:1 .taskmaster/context/next/task_001/task.md\n");
        if name == "none" {
            refused(&repo, &[], &["does not have the tag of new tasks", "next:1", "make the tag in tasks.json"]);
            continue;
        }
        repo.tm(&["migrate"]);
        assert!(repo.read(JSON).starts_with(LIST.trim_end().trim_end_matches('}').trim_end()), "{}", repo.read(JSON));
        assert!(repo.tm(&["list"]).contains("next:1"));
    }
}

#[test]
fn a_task_of_a_tag_is_made_where_the_tag_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list = r#"{"master": {"tasks": [{"id": 1, "title": "A"}]}, "x": {"tasks": [{"id": 1, "title": "X"}]}, "e": {"tasks": []}}"#;
    repo.write(JSON, list);
    repo.commit_all("Start");
    assert_eq!(repo.tm(&["create", "--tag", "e", "First of e"]), "e:1 .taskmaster/tasks/tasks.json\n");
    let ran = repo.try_tm(&["create", "--tag", "nobody", "None"]);
    assert!(ran.code == 3 && ran.stderr.contains("no tasks.json has the tag `nobody`"), "{ran:?}");
    repo.tm(&["migrate"]);
    let two = ".taskmaster/context/x/task_002/task.md";
    assert_eq!(repo.tm(&["create", "--tag", "x", "Second"]), format!("x:2 {two}\n"));
    assert!(repo.read(two).starts_with("---\ntask_id: x:task_002\n"), "{}", repo.read(two));
    let inner = ".taskmaster/context/x/task_002/subtask_001.md";
    assert_eq!(repo.tm(&["create", "--parent", "x:2", "Inner"]), format!("x:2.1 {inner}\n"));
    repo.tm(&["migrate"]);
    let listed = repo.tm(&["list"]);
    assert!(listed.contains("x:2.1") && listed.contains("e:1"), "{listed}");
    repo.tm(&["undo"]);
}

#[test]
fn an_edit_that_a_merge_puts_where_nothing_reads_it_is_told_of_and_not_undone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, LIST);
    repo.commit_all("Start");
    repo.git(&["switch", "-q", "-c", "mate"]);
    repo.write(JSON, LIST.replacen("pending", "done", 1));
    repo.commit_all("One is done");
    repo.git(&["switch", "-q", "main"]);
    repo.tm(&["migrate"]);
    assert!(!repo.try_tm(&["check"]).stdout.contains("put away"));
    repo.git(&["merge", "-q", "-m", "Merged", "mate"]);
    let away = ".taskmaster/migrated/tasks/tasks.json";
    assert!(repo.read(away).contains("done"), "git takes it for renamed");
    let check = repo.try_tm(&["check"]);
    assert!(check.stdout.contains("error[edited-where-put-away]"), "{check:?}");
    assert!(check.stdout.contains("migrated/tasks/tasks.json:1:1"), "{check:?}");
    refused(&repo, &[], &["edited where they are put away", "migrated/tasks/tasks.json", "git checkout COMMIT"]);
    // Brought over, and as it was, there is a way back.
    repo.mark(ONE, "pending", "done");
    repo.git(&["checkout", "-q", "HEAD^", "--", away]);
    repo.commit_all("Brought over");
    assert!(!repo.try_tm(&["check"]).stdout.contains("put away"));
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), LIST.replacen("pending", "done", 1));
}

#[test]
fn what_stands_beside_the_tasks_of_a_list_is_taken_along_or_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list = LIST.replace("    ]\n", "    ],\n    \"metadata\": {\"by\": \"ann\"}\n");
    repo.write(JSON, &list);
    repo.commit_all("Start");
    // Put away it has no other place, so that it is edited there.
    repo.tm(&["migrate"]);
    let there = repo.head();
    let away = ".taskmaster/migrated/tasks/tasks.json";
    repo.replace(away, "\"by\": \"ann\"", "\"by\": \"bob\"");
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Both");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), list.replacen("pending", "done", 1).replace("\"ann\"", "\"bob\""));
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.replace(away, "Two", "Three");
    repo.commit_all("A title");
    refused(&repo, &[], &["edited where they are put away", "migrated/tasks/tasks.json:5\n"]);
    // In a list that a migration has filled it is brought into the one that was there.
    let filled = sandbox.repository("filled");
    filled.write(JSON, &list);
    let three = ".taskmaster/context/task_003/task.md";
    filled.write(three, "---\ntask_id: task_003\ntitle: Three\nstatus: pending\n---\n");
    filled.commit_all("Start");
    filled.tm(&["migrate", "--to", "tasks-json"]);
    filled.replace(JSON, "\"by\": \"ann\"", "\"by\": \"bob\"");
    filled.commit_all("Metadata");
    filled.tm(&["migrate", "--to", "markdown"]);
    assert_eq!(filled.read(JSON), list.replace("\"ann\"", "\"bob\""));
    // Where there was no list it has no place.
    let none = sandbox.repository("none");
    none.write(three, "---\ntask_id: task_003\ntitle: Three\nstatus: pending\n---\n");
    none.commit_all("Start");
    none.tm(&["migrate"]);
    none.replace(JSON, "\"metadata\": {}", "\"metadata\": {\"by\": \"bob\"}");
    none.commit_all("Metadata");
    refused(&none, &[], &["texts would be lost", "tasks/tasks.json:12: `master.metadata` beside the tasks"]);
}

#[test]
fn generated_text_that_was_edited_since_is_taken_along_or_refused() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, LIST);
    repo.write(TWO, "---\ntask_id: task_002\ntitle: Two\nstatus: done\ndependencies: [1]\n---\n\n# Two\n");
    let text = ".taskmaster/tasks/task_002.txt";
    repo.write(text, "# Task ID: 2\n# Title: Two\n# Status: pending\n# Details:\nIt goez.\n");
    repo.commit_all("Start");
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "markdown"]);
    let there = repo.head();
    assert!(repo.read(text).contains("# Status: done\n"));
    repo.replace(text, "goez", "goes");
    repo.commit_all("Corrected");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(text), "# Task ID: 2\n# Title: Two\n# Status: pending\n# Details:\nIt goes.\n");
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.git(&["rm", "-q", text]);
    repo.commit_all("Gone");
    repo.tm(&["migrate"]);
    assert!(!repo.path.join(text).exists());
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.replace(text, "# Title: Two", "# Title: Two, corrected");
    repo.replace(".taskmaster/migrated/tasks/task_002.txt", "# Title: Two", "# Title: Second");
    repo.commit_all("Another title in both");
    refused(&repo, &[], &["edited where they are put away", "migrated/tasks/task_002.txt:2\n"]);
}

#[test]
fn a_file_that_a_migration_corrected_keeps_what_was_written_into_it_since() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write(JSON, LIST);
    let file = "---\ntask_id: task_002\ntitle: Two\nstatus: done\ndependencies: [1]\n---\n\n# Two\n\nText.\n";
    repo.write(TWO, file);
    repo.commit_all("Start");
    repo.tm(&["migrate", "--to", "markdown", "--prefer", "json"]);
    let there = repo.head();
    repo.replace(TWO, "dependencies", "# Ask ann\ndependencies");
    repo.replace(TWO, "Text.", "Other text.");
    repo.commit_all("Edited");
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(TWO), file.replace("dependencies", "# Ask ann\ndependencies").replace("Text", "Other text"));
    assert_eq!(repo.read(JSON), LIST);
    repo.git(&["reset", "-q", "--hard", &there]);
    repo.git(&["rm", "-q", TWO]);
    repo.commit_all("Gone");
    repo.tm(&["migrate"]);
    assert!(!repo.path.join(TWO).exists());
}

#[test]
fn a_list_without_ids_of_what_was_put_away_is_an_older_one() {
    let sandbox = Sandbox::new();
    let repo = migrated(&sandbox);
    let path = ".taskmaster/migrated/manifest.json";
    let mut manifest: serde_json::Value = serde_json::from_str(&repo.read(path)).unwrap();
    assert!(
        manifest["put_away"]["tasks/tasks.json"].as_str().unwrap()
            == repo.git(&["rev-parse", "HEAD~1:.taskmaster/tasks/tasks.json"])
    );
    manifest.as_object_mut().unwrap().remove("put_away");
    repo.write(path, manifest.to_string());
    repo.commit_all("Older");
    assert!(!repo.try_tm(&["check"]).stdout.contains("put away"));
    repo.tm(&["migrate"]);
    assert_eq!(repo.read(JSON), LIST);
}

#[test]
fn undo_names_every_file_that_was_edited_since() {
    let sandbox = Sandbox::new();
    let repo = migrated(&sandbox);
    repo.mark(ONE, "pending", "done");
    repo.mark(TWO, "pending", "done");
    repo.commit_all("Both");
    let ran = repo.try_tm(&["undo"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let said = "`context/task_001/task.md` and `context/task_002/task.md` have changed since";
    assert!(ran.stderr.contains(said), "{ran:?}");
}

#[test]
fn a_migration_is_not_taken_back_over_edits_that_no_commit_has() {
    let sandbox = Sandbox::new();
    let repo = migrated(&sandbox);
    repo.mark(TWO, "pending", "done");
    let (head, dirt) = (repo.head(), repo.dirt());
    for more in [&[][..], &["--merge"], &["--dry-run"]] {
        let ran = repo.try_tm(&[&["undo"], more].concat());
        assert_eq!(ran.code, 3, "{ran:?}");
        assert!(ran.stderr.contains("changes that no commit has"), "{ran:?}");
        assert!(
            ran.stdout.contains("context/task_002/task.md") || ran.stderr.contains("context/task_002/task.md"),
            "{ran:?}"
        );
        assert_eq!((repo.head(), repo.dirt()), (head.clone(), dirt.clone()));
    }
    repo.git(&["checkout", "-q", "--", "."]);
    repo.tm(&["undo"]);
    assert_eq!(repo.read(JSON), LIST);
}
