//! What an effect finds around it: no shell, no working tree, no value, no sender.

use std::path::Path;

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::super::scenery::THREE;
use super::{acting, allow, drain, drain_with, fire, receipt, standing, text};

#[test]
fn a_command_that_a_signal_ends_has_failed() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo here; kill -9 $$\"}", "act", "");
    fire(&repo);
    allow(&repo);
    assert_eq!(drain(&repo)["dead"], 1);
    assert_eq!(standing(&repo).1, "a signal ended it");
    let receipt = receipt(&repo);
    assert_eq!((&receipt["exit"], &receipt["stdout"]["last"]), (&serde_json::Value::Null, &"here\n".into()));
}

#[test]
fn without_a_shell_a_command_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\", retries: 3}", "act", "");
    fire(&repo);
    allow(&repo);
    let folder = sandbox.path().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|path| path.exists()).unwrap();
    std::os::unix::fs::symlink(git, folder.join("git")).unwrap();
    assert_eq!(drain_with(&repo, &["--wait"], &[("PATH", folder.to_str().unwrap())])["dead"], 1);
    assert!(standing(&repo).1.starts_with("the shell cannot be run: "), "{:?}", standing(&repo));
    assert_eq!(text(&repo, "ran"), "");
}

#[test]
fn what_is_no_text_comes_as_json_and_what_is_nothing_as_no_text() {
    let sandbox = Sandbox::new();
    let repo = planted_with(
        &sandbox,
        "workflow_config:
  mode: commit
  git: {canonical: main}
  actions:
    act: {run: \"echo \\\"$TASKMASTER_EVENT <$TASKMASTER_TASK> $TASKMASTER_WITH_COUNT $TASKMASTER_WITH_DRY_RUN <$TASKMASTER_WITH_NONE>\\\" > ../vars\"}
  triggers:
    - {name: shipped, event: deployment.success, actions: [{act: {count: 3, dry-run: true, none: null}}]}
",
    );
    repo.tm(&["emit", "deployment.success"]);
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 1, "{:?}", standing(&repo));
    assert_eq!(text(&repo, "vars"), "deployment.success <> 3 true <>\n");
}

#[test]
fn a_command_of_a_repository_without_a_working_tree_begins_in_its_folder() {
    let sandbox = Sandbox::new();
    let server = Repo { sandbox: &sandbox, path: sandbox.bare("shared.git") };
    let ann = sandbox.clone(&server.path, "ann");
    ann.plant(
        "workflow_config:
  mode: commit
  git: {executor: server, canonical: main}
  actions:
    act: {run: \"pwd -P > ../pwd\"}
  triggers:
    - {name: done, event: task.status.updated, actions: [act]}
",
    );
    ann.commit_all("Start");
    ann.git(&["push", "-q", "origin", "HEAD"]);
    server.tm(&["sync"]);
    ann.mark(THREE, "pending", "done");
    ann.commit_all("Three is done");
    ann.git(&["push", "-q", "origin", "HEAD"]);
    server.tm(&["sync"]);
    allow(&server);
    assert_eq!(drain(&server)["sent"], 1, "{:?}", standing(&server));
    assert_eq!(Path::new(text(&server, "pwd").trim()), server.path.canonicalize().unwrap());
}

#[test]
fn a_mail_without_a_sender_or_a_safe_way_is_not_sent() {
    let rules = |git: &str| {
        format!(
            "workflow_config:
  mode: commit
  git: {{canonical: main{git}}}
  endpoints: {{email_service: \"${{MAIL_URL}}\"}}
  notifications: {{channels: [{{type: email, recipients: [ann@example.org]}}]}}
  triggers:
    - {{name: done, event: task.status.updated, actions: [send_notifications]}}
"
        )
    };
    let named = rules(", identity: {name: Bot, email: bot@example.org}");
    for (rules, url, state, reason) in [
        (
            rules(""),
            "smtp://127.0.0.1:9",
            "waiting",
            "the sender, `git.identity`, is missing: write it in the rules, commit them, and allow them (taskmaster allow)",
        ),
        (
            named.clone(),
            "smtp://ann:sesame@example.org",
            "dead",
            "`endpoints.email_service` has a password, and no encryption: write smtps://, or ?tls=required",
        ),
        (
            named,
            "smtp://127.0.0.1:many",
            "dead",
            "`endpoints.email_service` is no address of the kind smtps://user:password@host",
        ),
    ] {
        let sandbox = Sandbox::new();
        let repo = planted_with(&sandbox, &rules);
        fire(&repo);
        allow(&repo);
        drain_with(&repo, &[], &[("MAIL_URL", url)]);
        assert_eq!(standing(&repo), (state.to_owned(), reason.to_owned()), "{url}");
    }
}

#[test]
fn a_command_that_a_hook_sets_off_commits_as_who_commits_also_where_only_variables_say_who() {
    let sandbox = Sandbox::new();
    let act = "    act: {run: \"echo x > file; git add file; git commit -qm Made\"}";
    let repo = acting(&sandbox, act, "act", "");
    allow(&repo);
    for name in ["user.name", "user.email"] {
        repo.git(&["config", "--unset", name]);
    }
    let who = [
        ("GIT_AUTHOR_NAME", "Ann"),
        ("GIT_AUTHOR_EMAIL", "ann@example.org"),
        ("GIT_COMMITTER_NAME", "Ann"),
        ("GIT_COMMITTER_EMAIL", "ann@example.org"),
    ];
    repo.mark(THREE, "pending", "done");
    let author = "--author=Bob <bob@example.org>";
    let ran = sandbox.run(&repo.path, "git", &["commit", "-q", "-a", author, "-m", "Three is done"], &who);
    assert_eq!(ran.code, 0, "{ran:?}");
    // The run goes on by itself.
    while ["waiting", "running"].contains(&standing(&repo).0.as_str()) {
        std::thread::yield_now();
    }
    assert_eq!(standing(&repo).0, "sent", "{:?}", receipt(&repo));
    // Whose commit it was that has led to this is no matter of it.
    let made = repo.git(&["log", "--format=%an <%ae> %cn", "--grep=^Made$"]);
    assert_eq!(made.trim(), "Ann <ann@example.org> Ann");
}
