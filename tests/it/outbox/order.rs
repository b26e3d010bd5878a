use super::super::sandbox::{Sandbox, planted_with};
use super::{acting, allow, drain, effects, fire, text};

#[test]
fn what_is_urgent_comes_first() {
    let trigger = |name: &str, priority: &str| {
        format!(
            "    - name: {name}\n      event: task.status.updated\n      priority: {priority}\n      actions: [{name}]\n"
        )
    };
    let names = [("slow", "low"), ("usual", "medium"), ("soon", "high"), ("now", "critical"), ("last", "someday")];
    let action = |name: &str| format!("    {name}: {{run: \"echo {name} >> ../ran\"}}\n");
    let actions = names.map(|(name, _)| action(name)).concat();
    let triggers = names.map(|(name, priority)| trigger(name, priority)).concat();
    let sandbox = Sandbox::new();
    let repo = planted_with(
        &sandbox,
        &format!(
            "workflow_config:\n  mode: commit\n  git: {{canonical: main}}\n  execution:\n    max_concurrent_workflows: 1\n\
             \x20   priority_levels: {{someday: 9}}\n  actions:\n{actions}  triggers:\n{triggers}"
        ),
    );
    fire(&repo);
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 5);
    assert_eq!(text(&repo, "ran").lines().collect::<Vec<_>>(), ["now", "soon", "usual", "slow", "last"]);
}

#[test]
fn effects_of_a_group_wait_for_each_other() {
    let sandbox = Sandbox::new();
    // Each would see the other's mark if both were under way.
    let command = |name: &str| {
        format!(
            "    {name}: {{group: deploy, run: \"mkdir ../mark || echo both >> ../ran; sleep 0.2; rmdir ../mark; echo {name} >> ../ran\"}}"
        )
    };
    let actions = [command("first"), command("second"), command("third")].join("\n");
    let repo = acting(&sandbox, &actions, "first, second, third", "");
    fire(&repo);
    allow(&repo);
    assert_eq!(drain(&repo)["sent"], 3);
    assert_eq!(text(&repo, "ran").lines().collect::<Vec<_>>(), ["first", "second", "third"]);
}

#[test]
fn a_group_waits_for_what_is_to_be_tried_again() {
    let sandbox = Sandbox::new();
    let actions = "    first: {group: a, retries: 1, run: \"echo first >> ../ran; exit 1\"}\n    second: {group: a, run: \"echo second >> ../ran\"}";
    let repo = acting(&sandbox, actions, "first, second", ", max_concurrent_workflows: 3");
    fire(&repo);
    allow(&repo);
    drain(&repo);
    assert_eq!(text(&repo, "ran").lines().collect::<Vec<_>>(), ["first", "first", "second"]);
}

#[test]
fn no_more_are_carried_out_at_once_than_is_said() {
    for (limit, together) in [(1, false), (2, true)] {
        let sandbox = Sandbox::new();
        // Each waits a while for the other one's sign.
        let command = |mine: &str, theirs: &str| {
            format!(
                "    {mine}: {{run: \"touch ../{mine}; for i in 1 2 3 4 5 6 7 8 9 10; do test -e ../{theirs} && echo {mine} >> ../met && exit; sleep 0.1; done\"}}"
            )
        };
        let actions = [command("one", "two"), command("two", "one")].join("\n");
        let repo = acting(&sandbox, &actions, "one, two", &format!(", max_concurrent_workflows: {limit}"));
        fire(&repo);
        allow(&repo);
        assert_eq!(drain(&repo)["sent"], 2);
        let met = text(&repo, "met");
        assert_eq!(met.lines().count(), if together { 2 } else { 1 }, "{limit}: {met}");
    }
}

#[test]
fn what_is_thrown_away_is_never_carried_out() {
    let sandbox = Sandbox::new();
    let repo = acting(&sandbox, "    act: {run: \"echo ran >> ../ran\"}", "act", "");
    fire(&repo);
    allow(&repo);
    let key = effects(&repo)[0]["key"].as_str().unwrap().to_owned();
    repo.tm(&["outbox", "discard", &key[..8]]);
    assert_eq!(drain(&repo)["sent"], 0);
    assert_eq!((text(&repo, "ran").as_str(), effects(&repo)[0]["state"].as_str()), ("", Some("skipped")));
    assert_eq!(repo.try_tm(&["outbox", "retry", &key]).code, 3);
    assert_eq!(repo.try_tm(&["outbox", "show", &key[..5]]).code, 3);
    assert_eq!(repo.try_tm(&["outbox", "show", "ffffffffff"]).code, 3);
}
