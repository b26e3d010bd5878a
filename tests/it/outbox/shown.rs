//! What a person is shown of the outbox.

use super::super::sandbox::{Repo, Sandbox};
use super::{acting, allow, drain, effects, fire};

/// A repository with an effect that was carried out, one that was given up, and one that waits.
fn various(sandbox: &Sandbox) -> Repo<'_> {
    let actions = "    good: {run: \"echo well\"}\n    bad: {run: \"echo worse; exit 9\"}\n    later: {run: \"exit 9\", retries: 5}";
    let repo = acting(sandbox, actions, "good, bad, {later: {count: 3}}", "");
    repo.replace(super::super::scenery::WORKFLOW_FILE, "retry_delay: 0", "retry_delay: 100000000");
    repo.commit_all("Wait long");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    repo
}

/// The key of the effect of an action.
fn key(repo: &Repo<'_>, action: &str) -> String {
    let all = effects(repo);
    all.iter().find(|effect| effect["action"] == action).unwrap()["key"].as_str().unwrap().to_owned()
}

#[test]
fn the_list_has_what_a_person_may_have_to_look_at() {
    let sandbox = Sandbox::new();
    let repo = various(&sandbox);
    let row = |text: &str, action: &str| {
        let short = &key(&repo, action)[..12];
        let line = text.lines().find(|line| line.contains(short)).unwrap_or_else(|| panic!("no {action}: {text}"));
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    let left = repo.tm(&["outbox", "list"]);
    assert_eq!(left.lines().count(), 2, "{left}");
    assert_eq!(row(&left, "bad"), "dead done bad 3 exit code 9");
    assert_eq!(row(&left, "later"), "waiting done later 3 exit code 9");
    let all = repo.tm(&["outbox", "list", "--all"]);
    assert_eq!(all.lines().count(), 3, "{all}");
    assert_eq!(row(&all, "good"), "sent done good 3 it was carried out");
    // What is lost is red, what goes on by itself is yellow.
    let coloured = repo.tm(&["--color", "always", "outbox", "list", "--all"]);
    for (escape, word) in [("\u{1b}[31m", "dead"), ("\u{1b}[33m", "waiting")] {
        assert!(coloured.contains(&format!("{escape}{word}")), "{word}: {coloured:?}");
    }
    assert_eq!(coloured.matches("\u{1b}[3").count(), 2, "{coloured:?}");
}

#[test]
fn nothing_that_waits_is_said_and_is_no_line() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    good: {run: \"true\"}", "good", "");
    let ran = repo.try_tm(&["outbox", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", "nothing waits\n"), "{ran:?}");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    assert_eq!(repo.try_tm(&["outbox", "list"]).stdout, "");
    assert_eq!(repo.tm(&["outbox", "list", "--all"]).lines().count(), 1);
}

#[test]
fn an_effect_is_shown_with_everything_that_is_known_of_it() {
    let sandbox = Sandbox::new();
    let repo = various(&sandbox);
    let key = key(&repo, "bad");
    let text = repo.tm(&["outbox", "show", &key[..8]]);
    let source = repo.git(&["log", "-1", "--format=%H", "--grep", "Three is done"]);
    for line in [
        format!("effect   {key}"),
        "state    dead: exit code 9".to_owned(),
        "attempts 1".to_owned(),
        "trigger  done".to_owned(),
        "action   bad".to_owned(),
        "task     3".to_owned(),
        format!("commit   {source}"),
        "  echo worse; exit 9".to_owned(),
        r#"delivery 0: {"exit":9,"stdout":{"last":"worse\n","bytes":6},"stderr":{"last":"","bytes":0}}"#.to_owned(),
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}:\n{text}");
    }
    assert!(text.contains("\nevent    ") && text.contains("\nrules    "), "{text}");
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text:?}");
}
