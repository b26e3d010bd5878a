//! Tasks that the engine makes.

use super::sandbox::{Ran, Repo, Sandbox};
use super::scenery::{JSON, ONE, THREE, WORKFLOW_FILE};

pub(crate) const FOUR: &str = ".taskmaster/context/task_004/task.md";

/// Rules under which a failed task makes an incident, and an incident a line in the audit trail.
pub(crate) const INCIDENTS: &str = "mode: commit
task_integration: {default_assignee: night_shift}
triggers:
  - name: incident
    event: task.status.updated
    conditions: [{field: new_status, operator: equals, value: failed}]
    actions:
      - create_incident_task: {description: \"Task {task.id} failed.\", tags: [ops]}
  - name: urgent
    event: task.created
    conditions: [{field: type, operator: equals, value: automation}]
    actions: [{set_status: {status: in-progress}}]
";

pub(crate) fn incidents(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

/// The same with nothing but a tasks.json.
pub(crate) fn listed(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repository("ann");
    repo.plant(INCIDENTS);
    std::fs::remove_dir_all(repo.path.join(".taskmaster/context")).unwrap();
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo
}

pub(crate) fn fail_three(repo: &Repo<'_>) -> Ran {
    repo.mark(THREE, "pending", "failed");
    repo.commit_all("Three failed")
}

pub(crate) fn fail_three_in_the_list(repo: &Repo<'_>) -> Ran {
    let three = "\"title\": \"Three\",\n      \"status\": ";
    repo.replace(JSON, &format!("{three}\"pending\""), &format!("{three}\"failed\""));
    repo.commit_all("Three failed")
}

pub(crate) fn event_of(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("event: ")).unwrap()
}

fn changes(repo: &Repo<'_>, revision: &str) -> Vec<String> {
    let text = repo.git(&["log", "-1", "--format=%(trailers:key=Taskmaster-Change,valueonly)", revision]);
    text.lines().filter(|line| !line.is_empty()).map(|line| line[13..].to_owned()).collect()
}

#[test]
fn a_task_is_made_as_a_file_in_the_style_of_its_neighbours() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    let ran = fail_three(&repo);
    assert_eq!(repo.subjects(), ["chore(taskmaster): 4 in-progress", "Three failed", "Start"], "{ran:?}");
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [FOUR]);
    let text = repo.read(FOUR);
    let event = event_of(&text);
    assert_eq!(event.len(), 64);
    insta::assert_snapshot!(text.replace(event, "<event>"), @r#"
    ---
    task_id: task_004
    subtask_id: null
    title: 'Incident: Three (3)'
    status: in-progress
    priority: high
    parent_task: null
    dependencies: []
    created: 2025-06-15
    updated: 2025-06-15
    type: automation
    assignee: night_shift
    tags: [ops]
    created_by: taskmaster/incident
    event: <event>
    ---

    # Incident: Three (3)

    ## Metadata
    - **Status**: in-progress

    Task 3 failed.
    "#);
    assert_eq!(
        changes(&repo, "HEAD"),
        [
            "incident 4 task % -> pending 1",
            "urgent 4 status pending -> in-progress 2",
            "urgent 4 status@body pending -> in-progress 2"
        ]
    );
    assert_eq!((repo.dirt().as_str(), repo.cursor()), ("", repo.head()));
    assert_eq!(repo.tm(&["check"]).lines().last(), Some("6 tasks: 0 errors, 0 warnings, 2 contradicting statuses"));
    // What the engine has made is no event.
    assert_eq!(repo.tm(&["events", "HEAD", "--json"]), "");
    let log = repo.tm(&["log", "4"]);
    assert!(log.contains("incident"), "{log}");
}

#[test]
fn a_task_is_made_in_tasks_json_by_added_lines_alone() {
    let sandbox = Sandbox::new();
    let repo = listed(&sandbox);
    fail_three_in_the_list(&repo);
    assert_eq!(repo.changed("HEAD~1", "HEAD"), [JSON]);
    let lines = repo.lines("HEAD~1", "HEAD", JSON);
    let event = lines.iter().find_map(|line| line.split("\"event\": \"").nth(1)).unwrap()[..64].to_owned();
    insta::assert_snapshot!(lines.join("\n").replace(&event, "<event>"), @r#"
    +    },
    +    {
    +      "id": 4,
    +      "title": "Incident: Three (3)",
    +      "status": "in-progress",
    +      "description": "Task 3 failed.",
    +      "priority": "high",
    +      "type": "automation",
    +      "assignee": "night_shift",
    +      "tags": [
    +        "ops"
    +      ],
    +      "created_by": "taskmaster/incident",
    +      "event": "<event>"
    "#);
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""));
}

#[test]
fn invariant_07_an_event_makes_one_task_however_often_it_is_planned() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    fail_three(&repo);
    let head = repo.head();
    for arguments in [&["sync"][..], &["sync", "--since", "HEAD~2"], &["apply"], &["hooks", "run", "post-commit"]] {
        repo.tm(arguments);
        assert_eq!((repo.head(), repo.dirt().as_str()), (head.clone(), ""), "{arguments:?}");
    }
    let explained = repo.tm(&["explain", "HEAD~1"]);
    assert!(explained.contains("create_incident_task - makes task 4"), "{explained}");
    // Another event of the same sort makes another task.
    repo.mark(THREE, "failed", "pending");
    repo.commit_all("Again");
    fail_three(&repo);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 5 in-progress");
}

#[test]
fn invariant_06_two_clones_make_the_same_task() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    fail_three(&repo);
    let ids: Vec<String> = ["ben", "cem"]
        .iter()
        .map(|name| {
            let clone = sandbox.clone(&repo.path, name);
            clone.tm(&["sync", "--since", "HEAD~1"]);
            assert!(clone.read(FOUR).contains("created_by: taskmaster/incident"));
            clone.head()
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_task_is_made_on_the_shared_branch_only_and_when_it_gets_there() {
    let sandbox = Sandbox::new();
    let repo = incidents(&sandbox);
    repo.git(&["switch", "-q", "-c", "feature"]);
    let ran = fail_three(&repo);
    assert_eq!(repo.subjects(), ["Three failed", "Start"], "{ran:?}");
    let explained = repo.tm(&["explain"]);
    assert!(explained.contains("nothing: made on the branch `main` only, once this arrives there"), "{explained}");
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", "feature"]);
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 4 in-progress");
    assert_eq!(repo.dirt(), "");
}

#[test]
fn a_file_of_the_users_in_its_place_is_never_overwritten() {
    let sandbox = Sandbox::new();
    // Untracked.
    let repo = incidents(&sandbox);
    repo.write(FOUR, "mine\n");
    repo.mark(THREE, "pending", "failed");
    let ran = repo.try_git(&["commit", "-q", "-m", "Three failed", THREE]);
    let folder = FOUR.strip_suffix("task.md").unwrap();
    assert_eq!((repo.read(FOUR).as_str(), repo.dirt()), ("mine\n", format!("?? {folder}")), "{ran:?}");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 5 in-progress");
    // Staged.
    let repo = sandbox.repository("ben");
    repo.plant(INCIDENTS);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.write(FOUR, "---\ntask_id: task_004\ntitle: Mine\nstatus: pending\n---\n");
    repo.git(&["add", FOUR]);
    repo.mark(THREE, "pending", "failed");
    let ran = repo.try_git(&["commit", "-q", "-m", "Three failed", THREE]);
    assert_eq!(repo.dirt(), format!("A  {FOUR}"), "{ran:?}");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 5 in-progress");
    repo.git(&["commit", "-q", "-m", "Mine"]);
    assert_eq!((repo.dirt().as_str(), repo.tm(&["list"]).lines().count()), ("", 7));
    // With `apply` into the worktree.
    let repo = sandbox.repository("cem");
    repo.plant(&INCIDENTS.replace("mode: commit\n", "mode: commit\ngit: {commit: never}\n"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    fail_three(&repo);
    repo.write(FOUR, "mine\n");
    let five = FOUR.replace("004", "005");
    repo.tm(&["apply"]);
    let made = repo.read(&five);
    repo.tm(&["apply"]);
    assert_eq!((repo.read(FOUR).as_str(), repo.read(&five), repo.dirt().lines().count()), ("mine\n", made, 2));
}

#[test]
fn the_users_edits_of_the_list_stay_and_keep_their_numbers() {
    let mine = |id: u32| format!("\n    {{\n      \"id\": {id},\n      \"title\": \"Mine\"\n    }}");
    for (id, made) in [(9, 4), (4, 5)] {
        let sandbox = Sandbox::new();
        let repo = listed(&sandbox);
        let three = "\"title\": \"Three\",\n      \"status\": ";
        repo.replace(JSON, &format!("{three}\"pending\""), &format!("{three}\"failed\""));
        repo.git(&["add", "-A"]);
        let list = repo.read(JSON);
        let at = list.rfind("\n  ]").unwrap();
        repo.write(JSON, format!("{},{}{}", &list[..at], mine(id), &list[at..]));
        let ran = repo.try_git(&["commit", "-q", "-m", "Three failed"]);
        let text = repo.read(JSON);
        assert!(text.contains("Mine") && text.contains("Incident"), "{ran:?}");
        assert_eq!(repo.dirt(), format!(" M {JSON}"));
        assert_eq!(repo.subjects()[0], format!("chore(taskmaster): {made} in-progress"));
        repo.commit_all("Mine");
        assert_eq!(repo.tm(&["list"]).lines().count(), 7);
    }
}

#[test]
fn rules_that_make_tasks_of_tasks_end() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let rule = |name: &str| {
        format!(
            "  - name: {name}\n    event: task.created\n    actions:\n      - create_task: {{title: \"{name}\"}}\n      \
             - create_task: {{title: \"{name} too\"}}\n"
        )
    };
    repo.plant(&format!("mode: commit\ntriggers:\n{}{}", rule("ping"), rule("pong")));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.write(FOUR, repo.read(THREE).replace("task_003", "task_004"));
    let ran = repo.commit_all("Four");
    assert!(ran.stderr.contains("more than 100 tasks would be made at once"), "{ran:?}");
    assert_eq!(repo.engine_commits(), 1);
    let (head, tasks) = (repo.head(), repo.tm(&["list"]).lines().count());
    assert_eq!(tasks, 106);
    repo.tm(&["sync", "--since", "HEAD~2"]);
    assert_eq!(repo.head(), head);
}

#[test]
fn switches_and_defaults_are_obeyed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(&INCIDENTS.replace("{default_assignee: night_shift}", "{auto_create_tasks: false}"));
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    fail_three(&repo);
    assert_eq!(repo.subjects().len(), 2);
    assert!(repo.tm(&["explain"]).contains("nothing: switched off by task_integration.auto_create_tasks"));
    repo.replace(
        WORKFLOW_FILE,
        "{auto_create_tasks: false}",
        "{default_priority: low, default_assignee: ann, auto_assign_agents: false}",
    );
    repo.replace(WORKFLOW_FILE, "create_incident_task:", "create_review_task:");
    repo.mark(ONE, "pending", "failed");
    repo.commit_all("One failed");
    let text = repo.read(FOUR);
    assert!(text.contains("title: 'Review: One (1)'\n") && text.contains("priority: low\n"), "{text}");
    assert!(!text.contains("assignee"), "{text}");
}

#[test]
fn a_default_agent_is_assigned_where_nobody_is() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let rules = "mode: commit\ntask_integration: {default_assignee: night_shift}\ntriggers:\n  - name: assign\n    \
                 event: task.status.updated\n    actions: [assign_default_agent]\n";
    repo.plant(rules);
    repo.commit_all("Start");
    repo.tm(&["hooks", "install"]);
    repo.replace(ONE, "priority: high\n", "priority: high\nassignee: ann\n");
    repo.mark(ONE, "pending", "review");
    repo.mark(THREE, "pending", "review");
    repo.commit_all("Review");
    assert_eq!(changes(&repo, "HEAD"), ["assign 3 assignee % -> night_shift 1"]);
    assert!(repo.read(ONE).contains("assignee: ann\n") && repo.read(THREE).contains("assignee: night_shift\n"));
}
