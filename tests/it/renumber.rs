//! `migrate --renumber`, and `undo --merge`: tasks under other numbers, and what later edits make of taking them back.

use serde_json::Value;

use super::sandbox::{Ran, Repo, Sandbox, planted};
use super::scenery::{JSON, ONE, THREE, TWO};

const EIGHTEEN: &str = ".taskmaster/context/task_018/task.md";

fn tree(repo: &Repo<'_>) -> String {
    repo.git(&["rev-parse", "HEAD^{tree}"])
}

#[track_caller]
fn refused(repo: &Repo<'_>, arguments: &[&str], said: &[&str]) -> Ran {
    let (head, dirt) = (repo.head(), repo.dirt());
    let ran = repo.try_tm(arguments);
    assert_eq!(ran.code, 3, "{ran:?}");
    for said in said {
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert_eq!((repo.head(), repo.dirt()), (head, dirt), "nothing changes");
    ran
}

#[test]
fn a_task_gets_another_number_in_one_commit_that_fires_nothing() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.write(".taskmaster/context/task_001/picture.bin", "\0\u{1}");
    repo.commit_all("A picture");
    let (first, commits) = (tree(&repo), repo.subjects().len());
    let shown = repo.tm(&["migrate", "--renumber", "1=18", "-n"]);
    assert!(shown.contains("+task_id: task_018"), "{shown}");
    assert_eq!(tree(&repo), first);
    repo.tm(&["migrate", "--renumber", "1=18"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): renumber 1 as 18");
    assert_eq!((repo.subjects().len(), repo.dirt()), (commits + 1, String::new()));
    assert!(repo.read(TWO).contains("dependencies: [task_018]"), "{}", repo.read(TWO));
    assert!(repo.read(EIGHTEEN).contains("- **ID**: task_018\n"), "{}", repo.read(EIGHTEEN));
    assert_eq!(repo.read(".taskmaster/context/task_018/picture.bin"), "\0\u{1}");
    let list: Value = serde_json::from_str(&repo.tm(&["list", "--json"])).unwrap();
    let ids: Vec<&str> = list["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["2", "3", "18", "18.1", "18.2"]);
    assert_eq!(repo.tm(&["sync"]).matches("commit").count(), 0, "nothing follows");
    assert_eq!(repo.subjects().len(), commits + 1);
    let explained = repo.tm(&["explain"]);
    assert!(explained.contains("gives tasks other numbers:\n  1 id 1 -> 18\n"), "{explained}");
    assert!(repo.tm(&["log"]).contains("1 -> 18"), "{}", repo.tm(&["log"]));
    repo.tm(&["undo"]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
}

#[test]
fn numbers_are_swapped_and_nothing_follows_from_that() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.mark(THREE, "pending", "in-progress");
    repo.commit_all("Begin three");
    let (first, commits) = (tree(&repo), repo.subjects().len());
    repo.tm(&["migrate", "--renumber", "1=3", "--renumber", "3=1"]);
    assert!(repo.read(ONE).contains("title: Three"), "{}", repo.read(ONE));
    let read: Value = serde_json::from_str(&repo.tm(&["--json", "sync", "-n"])).unwrap();
    assert_eq!(read["plan"]["steps"].as_array().map(Vec::len), Some(0), "{read}");
    repo.tm(&["undo"]);
    assert_eq!((tree(&repo), repo.subjects().len()), (first, commits + 2));
}

#[test]
fn all_that_is_in_the_way_is_listed_and_nothing_is_written() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let ran = refused(&repo, &["migrate", "--renumber", "9=8", "--renumber", "1=2"], &["2 things are in the way"]);
    assert_eq!(ran.stdout, "there is no task 9\nthe number 2 for task 1 is taken\n");
    let ran = refused(&repo, &["--json", "migrate", "--renumber", "9=8"], &["there is no task 9"]);
    let read: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&read["schema"], &read["obstacles"][0]),
        (&"taskmaster.renumber/1".into(), &"there is no task 9".into())
    );
    // Bytes that are never read move as well, and must not be lost either.
    repo.write(".taskmaster/context/task_001/draft.txt", "mine\n");
    refused(&repo, &["migrate", "--renumber", "1=8"], &["draft.txt", "changes that no commit has"]);
    repo.commit_all("A draft");
    repo.write(".taskmaster/context/task_008/other.txt", "theirs\n");
    repo.commit_all("Something else");
    refused(&repo, &["migrate", "--renumber", "1=8"], &["`context/task_008/other.txt` is in the way"]);
    repo.write(ONE, repo.read(ONE) + "More.\n");
    refused(&repo, &["migrate", "--renumber", "1=9"], &["context/task_001/task.md"]);
    assert_eq!(repo.try_tm(&["migrate", "--renumber", "1"]).code, 2);
}

#[test]
fn later_edits_are_named_and_with_merge_they_are_kept() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let before = repo.read(ONE);
    repo.tm(&["migrate", "--renumber", "1=18"]);
    repo.replace(EIGHTEEN, "title: One", "title: First");
    repo.replace(THREE, "dependencies: []", "dependencies: [task_018]");
    repo.commit_all("Edit");
    refused(&repo, &["undo"], &["`context/task_018/task.md` has changed since", "undo --merge"]);
    repo.tm(&["undo", "--merge"]);
    assert_eq!(repo.read(ONE), before.replace("title: One", "title: First"));
    assert!(repo.read(THREE).contains("dependencies: [task_001]"), "a name that came later, too");
    assert_eq!(repo.dirt(), "");
    assert!(repo.subjects()[0].contains("undo"), "{:?}", repo.subjects());
}

#[test]
fn a_name_that_came_later_is_not_left_hanging() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.tm(&["migrate", "--renumber", "1=18"]);
    repo.replace(THREE, "dependencies: []", "dependencies: [task_018]");
    repo.commit_all("Three waits");
    refused(&repo, &["undo"], &["task 3 hangs on task 18"]);
}

#[test]
fn a_migration_is_taken_back_with_what_came_later() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let list = "{\"tasks\": [{\"id\": 1, \"title\": \"One\", \"n\": 1.50, \"status\": \"pending\"}]}";
    repo.write(JSON, list);
    repo.commit_all("Start");
    repo.tm(&["migrate"]);
    repo.mark(ONE, "pending", "done");
    repo.commit_all("Finish one");
    refused(&repo, &["undo"], &["has changed since"]);
    repo.tm(&["undo", "--merge"]);
    assert_eq!(repo.read(JSON), list.replace("pending", "done"));
    assert_eq!(repo.git(&["ls-files"]), ".taskmaster/tasks/tasks.json");
    // The way back is taken back as well.
    repo.tm(&["migrate"]);
    repo.tm(&["migrate"]);
    repo.write(JSON, list.replace("One", "First"));
    repo.commit_all("Another title");
    refused(&repo, &["undo"], &["has changed since"]);
    repo.tm(&["undo", "--merge"]);
    assert!(repo.read(ONE).contains("title: First\nstatus: pending"), "{}", repo.read(ONE));
}

#[test]
fn an_engine_commit_is_taken_back_beside_later_edits_or_says_what_contradicts() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.finish_one();
    let engine = repo.head();
    assert!(repo.read(JSON).contains("\"done\""), "{}", repo.read(JSON));
    let two = repo.read(TWO);
    assert!(two.contains("status: pending"), "{two}");
    repo.replace(TWO, "title: Two", "title: Second");
    repo.commit_all("Another title");
    refused(&repo, &["undo", &engine], &["`context/task_002/task.md` has changed since"]);
    let ran = repo.tm(&["--json", "undo", &engine, "--merge", "-n"]);
    let read: Value = serde_json::from_str(&ran).unwrap();
    assert_eq!(read["merged"].as_array().unwrap()[0], "context/task_002/task.md", "{read}");
    // Another value of the same field is a contradiction, with its place.
    repo.mark(TWO, "pending", "review");
    repo.commit_all("Review two");
    let ran = refused(&repo, &["undo", &engine, "--merge"], &["later changes contradict"]);
    assert!(ran.stdout.contains("context/task_002/task.md:5: status of task 2 is `review`"), "{ran:?}");
    let ran = refused(&repo, &["--json", "undo", &engine, "--merge"], &[]);
    let read: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(read["contradictions"][0]["was"], "blocked", "{read}");
    repo.mark(TWO, "review", "pending");
    repo.commit_all("As it was");
    repo.tm(&["undo", &engine, "--merge"]);
    assert!(repo.read(TWO).contains("title: Second\nstatus: blocked\n"), "{}", repo.read(TWO));
    assert_eq!(repo.dirt(), "");
}

#[test]
fn rules_and_cases_that_name_a_task_are_listed() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let rules = "workflow_config:\n  version: \"2.1\"\n  triggers:\n    - name: one\n      event: task.status.updated\n      conditions:\n        - {field: task.id, operator: equals, value: 1}\n      actions:\n        - create_task: {title: More, parent: task_001}\n";
    repo.write(".taskmaster/config/workflow.yaml", rules);
    let cases = "cases:\n  - name: a\n    when: {set: {task: 1, status: done}}\n    expect: nothing\n";
    repo.write(".taskmaster/tests/a.yaml", cases);
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Rules"]);
    let places = ["config/workflow.yaml:7: 1", "config/workflow.yaml:9: task_001", "tests/a.yaml:3: 1"];
    for more in [&["-n"][..], &["-n", "--json"], &[]] {
        let ran = repo.try_tm(&[&["migrate", "--renumber", "1=18"], more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        if more.contains(&"--json") {
            let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(json["by_hand"], serde_json::json!(places));
            continue;
        }
        for place in places {
            assert!(ran.stderr.contains(&format!("by hand: {place}\n")), "{place}: {ran:?}");
        }
    }
    assert_eq!(
        (repo.read(".taskmaster/config/workflow.yaml"), repo.read(".taskmaster/tests/a.yaml")),
        (rules.to_owned(), cases.to_owned())
    );
}

#[test]
fn every_link_to_what_moves_follows_and_undo_takes_it_back() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let folder = ".taskmaster/context/task_001";
    for name in ["img/a.png", "my note.txt", "\u{fc}.txt", "a(b).txt", "a&b.txt"] {
        repo.write(&format!("{folder}/{name}"), "x\n");
    }
    let links = |folder: &str| {
        format!(
            "![g]({folder}/img/a.png) <img src=\"{folder}/img/a.png\"> [l](<{folder}/my note.txt>) [b]({folder}/my%20note.txt)\n\
             [p]({folder}/%C3%BC.txt) [r]({folder}/a(b).txt) [s]({folder}/a\\(b\\).txt) [t]({folder}/a&amp;b.txt)\n\
             [x]({folder}/task.md?x=1#y) [q](\n{folder}/task.md) [u] [d]({folder}/img/)\n\
             \\[no](../task_001/task.md) `[no](../task_001/task.md)`\n\n[u]:\n{folder}/task.md\n"
        )
    };
    let two = repo.read(TWO);
    repo.write(TWO, format!("{two}\n{}", links("../task_001")));
    repo.write(".taskmaster/docs/plan.md", links("../context/task_001"));
    repo.commit_all("Links");
    let first = tree(&repo);
    repo.tm(&["migrate", "--renumber", "1=18"]);
    let body = repo.read(TWO);
    assert!(body.ends_with(&format!("\n{}", links("../task_018"))), "{body}");
    assert_eq!(repo.read(".taskmaster/docs/plan.md"), links("../context/task_018"));
    assert_eq!(repo.dirt(), "");
    repo.tm(&["undo"]);
    assert_eq!((tree(&repo), repo.dirt()), (first, String::new()));
}

#[test]
fn ids_in_bullets_follow_however_they_are_written() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let part = ".taskmaster/context/task_001/subtask_001.md";
    let text = repo.read(part);
    repo.write(
        part,
        format!(
            "{text}\n## Metadata\n- **ID**: task_001 / subtask_001\n- **Parent Task**: [task_001](task.md)\n\
             - **File**: `.taskmaster/context/task_001/task.md`, not context/task_0011 or my-context/task_001x\n"
        ),
    );
    repo.commit_all("Bullets");
    let ran = repo.try_tm(&["migrate", "--renumber", "1=18"]);
    let said = ran.stderr.lines().chain(ran.stdout.lines());
    let by_hand: Vec<&str> = said.filter(|line| line.contains("by hand")).collect();
    assert_eq!(by_hand, ["by hand: context/task_018/subtask_001.md:24: context/task_001"], "{ran:?}");
    let text = repo.read(".taskmaster/context/task_018/subtask_001.md");
    assert!(text.contains("- **ID**: task_018 / subtask_001\n- **Parent Task**: [task_018](task.md)\n"), "{text}");
    repo.tm(&["migrate", "--renumber", "18.1=18.7"]);
    let text = repo.read(".taskmaster/context/task_018/subtask_007.md");
    assert!(text.contains("- **ID**: task_018 / subtask_007\n"), "{text}");
}

#[test]
fn a_tag_that_is_written_is_meant() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let refused = repo.try_tm(&["migrate", "--renumber", "x:1=master:33"]);
    assert!(refused.code == 2 && refused.stderr.contains("the tag stays"), "{refused:?}");
    let refused = repo.try_tm(&["migrate", "--renumber", "1=x:33"]);
    assert!(refused.code == 2 && refused.stderr.contains("the tag stays"), "{refused:?}");
    assert_eq!(repo.try_tm(&["migrate", "--renumber", "1=master:33"]).code, 0);
}
