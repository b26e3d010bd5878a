//! Files below `reports/` that the engine makes.

use super::sandbox::{Ran, Repo, Sandbox};
use super::scenery::{ONE, THREE, WORKFLOW_FILE};

const STATUS: &str = ".taskmaster/reports/project-status.md";

/// Rules with one action for each task that fails.
fn rules(actions: &str) -> String {
    format!(
        "mode: commit\ntriggers:\n  - name: failing\n    event: task.status.updated\n    conditions: \
         [{{field: new_status, operator: equals, value: failed}}]\n    actions: [{actions}]\n"
    )
}

fn ruled<'a>(sandbox: &'a Sandbox, name: &str, rules: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    repo.plant(rules);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

fn fail(repo: &Repo<'_>, path: &str) -> Ran {
    repo.mark(path, "pending", "failed");
    repo.commit_all("Failed")
}

fn changes(repo: &Repo<'_>, revision: &str) -> Vec<String> {
    let text = repo.git(&["log", "-1", "--format=%(trailers:key=Taskmaster-Change,valueonly)", revision]);
    text.lines().filter(|line| !line.is_empty()).map(|line| line[13..].to_owned()).collect()
}

/// What holds of every file that is made: the commit has it and lists it, nothing makes it again, a clone
/// at the same tip makes the same bytes, a pull makes none, other branches say so, and undo removes it for good.
fn is_made_once(actions: &str, folder: &str) -> String {
    let sandbox = Sandbox::new();
    let repo = ruled(&sandbox, "ann", &rules(actions));
    let ran = fail(&repo, THREE);
    assert_eq!(repo.subjects(), ["chore(taskmaster): 1 report", "Failed", "Start"], "{ran:?}");
    let made = repo.changed("HEAD~1", "HEAD");
    assert_eq!(made.len(), 1, "{made:?}");
    let path = made.into_iter().next().unwrap();
    let name = path.strip_prefix(&format!(".taskmaster/reports/{folder}")).unwrap();
    let text = repo.read(&path);
    assert_eq!(changes(&repo, "HEAD"), [format!("failing 3 file@reports/{folder}{name} % -> made 1")]);
    assert_eq!((repo.dirt().as_str(), repo.cursor()), ("", repo.head()));

    let head = repo.head();
    for arguments in [&["sync"][..], &["sync", "--since", "HEAD~2"], &["apply"], &["hooks", "run", "post-commit"]] {
        repo.tm(arguments);
        assert_eq!((repo.head(), repo.dirt().as_str()), (head.clone(), ""), "{arguments:?}");
    }

    let clones: Vec<(String, String)> = ["ben", "cem"]
        .iter()
        .map(|name| {
            let clone = sandbox.clone(&repo.path, name);
            clone.git(&["reset", "-q", "--hard", "HEAD~1"]);
            clone.tm(&["sync", "--since", "HEAD~1"]);
            (clone.head(), clone.read(&path))
        })
        .collect();
    let (ids, texts): (Vec<String>, Vec<String>) = clones.into_iter().unzip();
    assert_eq!(ids.first(), ids.last());
    assert!(texts.iter().all(|made| *made == text), "{texts:?}");
    let pulled = sandbox.clone(&repo.path, "dee");
    pulled.tm(&["hooks", "install"]);
    repo.mark(ONE, "pending", "failed");
    repo.commit_all("One failed");
    pulled.git(&["pull", "-q"]);
    assert_eq!((pulled.head(), pulled.dirt().as_str()), (repo.head(), ""), "a pull makes nothing");

    repo.git(&["reset", "-q", "--hard", &head]);
    repo.git(&["switch", "-q", "-c", "feature"]);
    repo.mark(ONE, "pending", "failed");
    repo.commit_all("One failed");
    assert_eq!(repo.subjects().first().unwrap(), "One failed");
    let explained = repo.tm(&["explain"]);
    assert!(explained.contains("nothing: made on the branch `main` only, once this arrives there"), "{explained}");
    repo.git(&["switch", "-q", "main"]);

    repo.tm(&["undo"]);
    assert!(!repo.path.join(&path).exists());
    assert_eq!((repo.id("HEAD^{tree}"), repo.dirt().as_str()), (repo.id("HEAD~2^{tree}"), ""));
    let head = repo.head();
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.head(), head, "what was taken back does not follow again");
    text
}

#[test]
fn a_report_is_written_for_an_event() {
    let text = is_made_once("generate_failure_report", "failure/2025-06-15-");
    let kept = text.lines().filter(|line| !line.starts_with("- Event id") && !line.starts_with("- Commit"));
    insta::assert_snapshot!(kept.collect::<Vec<_>>().join("\n"), @r"
    # Failure report

    - Event: task.status.updated of task 3, pending -> failed
    - Date: 2025-06-15T15:14:40+00:00
    - By: ann &lt;ann@example.com&gt;

    ## Task 3: Three

    - Status: failed
    - Priority: high

    ## Failed

    | id | title | status |
    |---|---|---|
    | 3 | Three | failed |

    ## Board

    | status | category | tasks |
    |---|---|---|
    | pending | todo | 3 |
    | blocked | blocked | 1 |
    | failed | failed | 1 |

    0 of 5 done (0 %), cancelled ones aside.
    ");
}

#[test]
fn the_status_of_the_project_is_kept_in_one_file() {
    let text = is_made_once("update_project_status", "project-status.md");
    insta::assert_snapshot!(text, @r"
    <!-- written by taskmaster: it replaces the whole file -->
    # Project status

    ## Board

    | status | category | tasks |
    |---|---|---|
    | pending | todo | 3 |
    | blocked | blocked | 1 |
    | failed | failed | 1 |

    0 of 5 done (0 %), cancelled ones aside.

    ## Progress

    | id | title | status | subtasks done |
    |---|---|---|---|
    | 1 | One | pending | 0 of 2 |
    | 2 | Two | blocked | - |
    | 3 | Three | failed | - |

    ## Failed

    | id | title | status |
    |---|---|---|
    | 3 | Three | failed |

    As of 2025-06-15, task.status.updated of task 3.
    ");
}

#[test]
fn an_entry_for_programs_that_count_is_written_for_an_event() {
    let text = is_made_once("create_analytics_entry", "analytics/2025-06-15-");
    let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&entry["specversion"], &entry["type"]), (&"1.0".into(), &"task.status.updated".into()));
    insta::assert_snapshot!(
        entry["data"]["task"].to_string(),
        @r#"{"title":"Three","status":"failed","category":"failed","priority":"high","age_days":151}"#
    );
}

#[test]
fn reports_of_the_projects_own_are_written_like_built_in_ones() {
    let own = "look_back]\nactions:\n  look_back:\n    report: {title: \"{task_title} failed\", text: \"By *{actor}*.\", \
               sections: [failed], name: backlog}\nx-rest: [";
    let text = is_made_once(own, "backlog/2025-06-15-");
    insta::assert_snapshot!(text, @r"
    # Three failed

    By *ann &lt;ann@example.com&gt;*.

    ## Failed

    | id | title | status |
    |---|---|---|
    | 3 | Three | failed |
    ");
}

#[test]
fn rewritten_history_makes_no_second_report() {
    let sandbox = Sandbox::new();
    let repo = ruled(&sandbox, "ann", &rules("generate_report, create_analytics_entry"));
    repo.git(&["branch", "upstream"]);
    fail(&repo, THREE);
    let made = repo.changed("HEAD~1", "HEAD");
    assert_eq!(made.len(), 2, "{made:?}");
    repo.git(&["switch", "-q", "upstream"]);
    repo.write("other.txt", "x");
    repo.commit_all("Other");
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["rebase", "-q", "upstream"]);
    repo.tm(&["sync"]);
    assert_eq!(repo.subjects(), ["chore(taskmaster): 2 reports", "Failed", "Other", "Start"]);
    // Where the engine's commit goes and the source is reworded, the same names come back.
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["commit", "-q", "--amend", "-m", "Reworded"]);
    assert_eq!(repo.changed("HEAD~1", "HEAD"), made);
    // What somebody removes stays away.
    repo.git(&["rm", "-q", &made[0]]);
    repo.commit_all("Not needed");
    repo.tm(&["sync", "--since", "HEAD~3"]);
    assert_eq!(repo.subjects()[0], "Not needed");
}

#[test]
fn history_that_is_squashed_with_another_date_makes_no_second_report() {
    let sandbox = Sandbox::new();
    let repo = ruled(&sandbox, "ann", &rules("generate_report, create_analytics_entry"));
    fail(&repo, THREE);
    repo.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repo.git(&["commit", "-q", "-m", "Again"]);
    repo.tm(&["sync"]);
    assert_eq!((repo.subjects(), repo.dirt().as_str()), (vec!["Again".to_owned(), "Start".to_owned()], ""));
}

#[test]
fn a_report_is_made_when_its_cause_gets_to_the_shared_branch() {
    let sandbox = Sandbox::new();
    let repo = ruled(&sandbox, "ann", &rules("generate_report, update_project_status"));
    repo.git(&["switch", "-q", "-c", "feature"]);
    fail(&repo, THREE);
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "feature"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 2 reports");
    assert_eq!((repo.changed("HEAD~1", "HEAD").len(), repo.dirt().as_str()), (2, ""));
}

#[test]
fn the_status_of_the_project_shows_what_the_commit_leaves_and_changes_with_it_alone() {
    let sandbox = Sandbox::new();
    // The first rule writes it before the second changes anything.
    let more = [
        "  - {name: more, event: task.status.updated, actions: [{set_status: {task: \"2\", status: deferred}}]}\n",
        "  - {name: urgent, event: task.priority.updated, actions: [update_project_status]}\n",
    ]
    .concat();
    let repo = ruled(&sandbox, "ann", &format!("{}{more}", rules("update_project_status")));
    fail(&repo, THREE);
    assert!(repo.read(STATUS).contains("| deferred | blocked | 1 |"), "{}", repo.read(STATUS));
    let head = repo.head();
    repo.tm(&["sync", "--since", "HEAD~2"]);
    assert_eq!(repo.head(), head);
    // Another event, after which the file would differ in nothing but the event.
    repo.replace(ONE, "priority: high\n", "priority: low\n");
    repo.commit_all("Less urgent");
    assert_eq!(repo.subjects()[0], "Less urgent");
    let explained = repo.tm(&["explain"]);
    assert!(explained.contains("nothing: reports/project-status.md says so already"), "{explained}");
    // One commit with two events writes it once.
    repo.mark(ONE, "pending", "failed");
    repo.replace(ONE, "priority: low\n", "priority: high\n");
    repo.commit_all("One failed");
    let text = repo.read(STATUS);
    assert!(text.contains("| 1 | One | failed | 0 of 2 |"), "{text}");
    assert_eq!(changes(&repo, "HEAD"), ["failing 1 file@reports/project-status.md made -> made%20anew 1"]);
}

#[test]
fn files_that_somebody_else_wrote_are_never_replaced() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&rules("update_project_status, generate_report, {generate_report: {name: mine}}"));
    repo.write(STATUS, "# My own\n");
    repo.write(".taskmaster/reports/mine", "A file.\n");
    repo.write(".taskmaster/reports/task-complexity-report.json", "{}\n");
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    let ran = fail(&repo, THREE);
    assert!(ran.stderr.contains("`reports/project-status.md` was not written by taskmaster"), "{ran:?}");
    assert!(ran.stderr.contains("`reports/mine` is there already"), "{ran:?}");
    let made = repo.changed("HEAD~1", "HEAD");
    assert!(made.len() == 1 && made[0].contains("/reports/report/"), "{made:?}");
    assert_eq!((repo.read(STATUS).as_str(), repo.dirt().as_str()), ("# My own\n", ""));
}

/// Of several actions the one fails that a file is in the way of; what comes behind it goes on.
#[test]
fn a_file_in_the_place_of_the_folder_fails_the_action_alone() {
    for made in ["a file", "a link"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(&rules("update_project_status, create_analytics_entry, create_incident_task"));
        match made {
            "a file" => repo.write(".taskmaster/reports", "A file.\n"),
            _ => std::os::unix::fs::symlink("/tmp", repo.path.join(".taskmaster/reports")).unwrap(),
        }
        // The number of a task whose folder cannot be made.
        repo.write(".taskmaster/context/task_004", "A file.\n");
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        let ran = fail(&repo, THREE);
        assert!(ran.stderr.contains("`reports` is there already"), "{made}: {ran:?}");
        let changed = repo.changed("HEAD~1", "HEAD");
        assert_eq!(changed, [".taskmaster/context/task_005/task.md"], "{made}: {ran:?}");
        assert_eq!(repo.dirt(), "");
    }
}

/// The same with what no commit has: the next `git commit -a` would take what was made away.
#[test]
fn what_stands_on_disk_in_the_place_of_the_folder_fails_the_action_alone() {
    for made in ["a file", "a link", "a dangling link"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(&rules("update_project_status, create_analytics_entry, generate_report, create_incident_task"));
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        let place = repo.path.join(".taskmaster/reports");
        match made {
            "a file" => repo.write(".taskmaster/reports", "A file.\n"),
            "a link" => std::os::unix::fs::symlink("/tmp", place).unwrap(),
            _ => std::os::unix::fs::symlink("nowhere", place).unwrap(),
        }
        repo.mark(THREE, "pending", "failed");
        let ran = repo.try_git(&["commit", "-q", "-a", "-m", "Failed"]);
        assert!(ran.stderr.contains("`reports` is there already"), "{made}: {ran:?}");
        assert_eq!(repo.changed("HEAD~1", "HEAD"), [".taskmaster/context/task_004/task.md"], "{made}: {ran:?}");
        assert_eq!(repo.dirt(), "?? .taskmaster/reports", "{made}");
    }
}

#[test]
fn tasks_of_the_projects_own_are_made_like_built_in_ones() {
    let sandbox = Sandbox::new();
    let own = "{follow_up: {who: \"{task.id}\"}}]\nactions:\n  follow_up:\n    create_task: {title: \"After {who}: \
               {task_title}\", priority: low, parent: \"1\"}\nx-rest: [";
    let repo = ruled(&sandbox, "ann", &rules(own));
    fail(&repo, THREE);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1.3 made");
    let text = repo.read(".taskmaster/context/task_001/subtask_003.md");
    assert!(text.contains("title: 'After 3: Three'\n") && text.contains("priority: low\n"), "{text}");
    repo.tm(&["sync", "--since", "HEAD~2"]);
    assert_eq!(repo.engine_commits(), 1);
}

#[test]
fn analytics_can_be_switched_off_and_reports_stay() {
    let sandbox = Sandbox::new();
    let rules = rules("create_analytics_entry, generate_report, {generate_report: {sections: [bord]}}");
    let repo = ruled(&sandbox, "ann", &format!("{rules}task_integration: {{analytics_tracking: false}}\n"));
    let ran = fail(&repo, THREE);
    assert!(ran.stderr.contains("a report has no part `bord`"), "{ran:?}");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 report");
    let explained = repo.tm(&["explain", "HEAD~1"]);
    assert!(explained.contains("nothing: switched off by task_integration.analytics_tracking"), "{explained}");
    assert!(repo.read(WORKFLOW_FILE).contains("analytics_tracking"));
}

#[cfg(unix)]
#[test]
fn a_report_behind_a_link_is_not_written_through_it_and_that_is_said() {
    let sandbox = Sandbox::new();
    let repo = ruled(&sandbox, "ann", &rules("generate_status_report"));
    let elsewhere = sandbox.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, repo.path.join(".taskmaster/reports")).unwrap();
    repo.write(".git/info/exclude", "reports\n");
    let ran = fail(&repo, THREE);
    assert!(ran.stderr.contains("generate_status_report: `reports` is there already"), "{ran:?}");
    assert!(std::fs::read_dir(&elsewhere).unwrap().next().is_none());
}
