//! Who is asked at a terminal, and what is said where there is nothing to decide.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::sandbox::{Ran, Repo, Sandbox, planted_with, sealed};

const RULES: &str = "workflow_config:
  mode: commit
  actions: {build: {run: make all}}
  triggers:
    - {name: done, event: task.status.updated, actions: [build]}
";

/// Runs the program with a terminal that a person has typed this at; nobody sees what it prints.
fn typed(repo: &Repo<'_>, arguments: &[&str], answer: &[u8]) -> Ran {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let mut ours = File::from(ours);
    ours.write_all(answer).unwrap();
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let mut command = sealed(repo.sandbox.path(), &repo.path, program, arguments, "1760000000 +0000", &[]);
    let mut child = command.stdin(theirs).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Ran { code: child.wait().unwrap().code().unwrap_or(-1), stdout, stderr }
}

const QUESTION: &str = "allow this configuration to run and send in this clone? [y/N] ";

fn state(repo: &Repo<'_>) -> serde_json::Value {
    let shown: serde_json::Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    shown.get("state").cloned().unwrap()
}

#[test]
fn a_person_at_a_terminal_is_asked_and_only_a_yes_is_one() {
    for (answer, is_yes) in [
        ("y\n", true),
        ("Y\n", true),
        ("yes\n", true),
        (" y \n", true),
        ("\n", false),
        ("n\n", false),
        ("maybe\n", false),
        ("\u{4}", false),
    ] {
        let sandbox = Sandbox::new();
        let repo = planted_with(&sandbox, RULES);
        let ran = typed(&repo, &["allow"], answer.as_bytes());
        assert!(ran.stdout.lines().next().is_some_and(|line| line.contains("make all")), "{ran:?}");
        assert!(ran.stderr.contains(QUESTION), "{answer:?}: {ran:?}");
        let (code, word, left) = if is_yes { (0, "allowed: ", "allowed") } else { (1, "not allowed: ", "not-allowed") };
        assert_eq!((ran.code, state(&repo)), (code, left.into()), "{answer:?}: {ran:?}");
        assert!(ran.stdout.lines().last().is_some_and(|line| line.starts_with(word)), "{answer:?}: {ran:?}");
    }
}

#[test]
fn nobody_is_asked_where_nothing_is_to_be_decided() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    // Who only looks, and a program that reads JSON.
    for arguments in [&["allow", "-n"][..], &["--json", "allow"]] {
        let ran = typed(&repo, arguments, b"y\n");
        assert!(!ran.stderr.contains(QUESTION), "{ran:?}");
        assert_eq!(state(&repo), "not-allowed");
    }
    typed(&repo, &["allow"], b"y\n");
    let again = typed(&repo, &["allow"], b"n\n");
    assert_eq!((again.code, again.stdout.lines().count()), (0, 1), "{again:?}");
    assert!(again.stdout.starts_with("allowed: ") && again.stderr.is_empty(), "{again:?}");
    assert_eq!(state(&repo), "allowed");
}

#[test]
fn where_nothing_was_allowed_nothing_is_denied() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let ran = repo.try_tm(&["deny"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert_eq!(ran.stderr, "nothing was allowed in this clone\n");
    assert_eq!(repo.tm(&["--json", "deny"]).matches("\"denied\": []").count(), 1);
}

#[test]
fn an_answer_that_is_no_text_is_none() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let ran = typed(&repo, &["allow"], b"\xff\n");
    assert!(ran.code == 3 && ran.stderr.contains("there was no answer: "), "{ran:?}");
    assert_eq!(state(&repo), "not-allowed");
}

#[test]
fn without_rules_or_a_place_for_decisions_the_way_on_is_said() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(&repo.path, program, &["allow", "-n"], &[("HOME", "")]);
    assert!(ran.code == 3 && ran.stderr.contains("set HOME, or XDG_STATE_HOME, to a folder of yours"), "{ran:?}");
    repo.git(&["rm", "-q", ".taskmaster/config/workflow.yaml"]);
    repo.git(&["commit", "-q", "-m", "No rules"]);
    let ran = repo.try_tm(&["allow", "-n"]);
    assert!(ran.code == 3 && ran.stderr.contains("taskmaster init makes one; commit it"), "{ran:?}");
}

#[test]
fn rules_that_only_edit_ask_for_nothing() {
    let sandbox = Sandbox::new();
    let actions = "{name: {set: {owner: ann}}, make: {create_task: {title: More}}, tell: {report: \"It is done.\"}}";
    let repo = planted_with(&sandbox, &RULES.replace("{build: {run: make all}}", actions).replace("[build]", "[name]"));
    let ran = repo.try_tm(&["allow", "-n"]);
    assert!(ran.stderr.contains("the configuration runs nothing and addresses nobody"), "{ran:?}");
    let shown: serde_json::Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    assert_eq!(shown.get("asks"), Some(&serde_json::json!([])));
}

#[test]
fn one_configuration_is_denied_by_its_name_and_the_others_stay() {
    let sandbox = Sandbox::new();
    let repo = planted_with(&sandbox, RULES);
    typed(&repo, &["allow"], b"y\n");
    repo.replace(super::scenery::WORKFLOW_FILE, "make all", "make more");
    repo.commit_all("More");
    let allowed = typed(&repo, &["allow"], b"y\n");
    let hash = allowed.stdout.lines().last().unwrap().strip_prefix("allowed: ").unwrap();
    assert_eq!(repo.tm(&["deny", &hash.to_uppercase()]), format!("denied: {hash}\n"));
    let left: serde_json::Value = serde_json::from_str(&repo.tm(&["allow", "-n", "--json"])).unwrap();
    assert_eq!(left.get("allowed").and_then(|allowed| Some(allowed.as_array()?.len())), Some(1), "{left}");
    let again = repo.try_tm(&["deny", hash]);
    assert!(again.code == 3 && again.stderr.contains("is not allowed in this clone"), "{again:?}");
}

#[test]
fn before_the_first_commit_there_is_nothing_to_allow() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(RULES);
    let ran = repo.try_tm(&["allow"]);
    assert!(ran.code == 3 && ran.stderr.contains("HEAD has no config/workflow.yaml"), "{ran:?}");
}
