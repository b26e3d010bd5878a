//! docs/actions.md, made from the list of actions and from the rules in the fixtures that use them.

use std::collections::BTreeMap;

use taskmaster::engine::action::{self, ACTIONS, Action, Makes, Parameter};
use taskmaster::format::workflow;
use taskmaster::model::TreePath;

use super::{compare, read};

const BEGINNING: &str = "\
# Actions

What a trigger may call. An action is written as its name, as `name: {parameter: value}`, or as `{name: .., with: {parameter: value}}`:

```yaml
actions:
  - trigger_dependent_tasks
  - set_status: {task: parent, status: in-progress}
  - name: set_status
    with: {task: \"18\", status: review}
```

A name with `*` stands for a family: every name of that form is the action. Of two that fit, the first of this page is meant. Actions of
your own stand under [`actions`](workflow-reference.md#actions-of-your-own); one of the very name of an action here is never called. One
that has errors in it does nothing, and every call of it says so: no action here takes its place.
Any other name is a warning, and fails visibly each time the trigger fires. A parameter that an action does not take is a warning and has
no effect.

An action that edits states what should be so: where it is so already, nothing happens. An effect is for somebody outside: it is
recorded in the outbox, once for each event, trigger and action, and [carried out](notifications.md) where you have allowed that. Generated from the program.

| action | what comes of it |
|---|---|
";

#[test]
fn docs_list_the_actions_that_there_are() {
    let mut text = BEGINNING.to_owned();
    for action in ACTIONS {
        let names: Vec<String> =
            names(*action).iter().map(|name| format!("[`{name}`](#{})", anchor(*action))).collect();
        text.push_str(&format!("| {} | {} |\n", names.join(", "), makes(action.makes())));
    }
    text.push_str("\n## Names in use\n\nWhat the names in rules of projects with automation around them mean.\n\n");
    text.push_str("| name | on | is |\n|---|---|---|\n");
    for (name, events) in names_in_use() {
        let action = action::find(&name).unwrap_or_else(|| panic!("nothing is called {name}"));
        let events: Vec<String> = events.iter().map(|event| format!("`{event}`")).collect();
        text.push_str(&format!("| `{name}` | {} | [`{}`](#{}) |\n", events.join(", "), action.name(), anchor(action)));
    }
    for action in ACTIONS {
        text.push_str(&section(*action));
    }
    compare("docs/actions.md", &text);
}

fn section(action: &dyn Action) -> String {
    let about = action.about();
    let headings: Vec<String> = names(action).iter().map(|name| format!("`{name}`")).collect();
    let mut text = format!(
        "\n## {}\n\n- **What it does**: {}.\n- **Nothing happens** {}.\n- **Comes of it**: {}.\n",
        headings.join(", "),
        about.writes,
        about.nothing,
        makes(action.makes())
    );
    let others: Vec<String> = names_in_use()
        .into_keys()
        .filter(|name| name != action.name() && action::find(name).is_some_and(|found| found.name() == action.name()))
        .map(|name| format!("`{name}`"))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!("- **Names in use**: {}.\n", others.join(", ")));
    }
    if about.parameters.is_empty() {
        text.push_str("\nIt takes no parameters.\n");
        return text;
    }
    text.push_str("\n| parameter | value | meaning |\n|---|---|---|\n");
    for parameter in about.parameters {
        let name =
            if parameter.name == Parameter::ANY_OTHER { "any".to_owned() } else { format!("`{}`", parameter.name) };
        text.push_str(&format!("| {name} | {} | {} |\n", parameter.kind.wanted(), parameter.about));
    }
    text
}

fn names(action: &dyn Action) -> Vec<&'static str> {
    action.name().split(", ").collect()
}

/// What a heading of these names is called in a link.
fn anchor(action: &dyn Action) -> String {
    names(action)
        .join(", ")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '))
        .collect::<String>()
        .replace(' ', "-")
}

fn makes(makes: Makes) -> &'static str {
    match makes {
        Makes::Edits => "edits in the tree, in the engine commit",
        Makes::Effects => "an effect, recorded",
        Makes::Nothing => "nothing",
    }
}

/// The names of actions in two files of rules, with the events that they are called on.
fn names_in_use() -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in ["automation", "pipeline"] {
        let text = read(&format!("fixtures/valid/workflow/{file}.yaml"));
        let (rules, findings) = workflow::read(&TreePath::new("config/workflow.yaml").unwrap(), text.as_bytes());
        assert_eq!(findings.len(), 0, "{findings:?}");
        for trigger in &rules.triggers {
            for call in &trigger.actions {
                let events = names.entry(call.name.clone()).or_default();
                if !events.contains(&trigger.event.as_str().to_owned()) {
                    events.push(trigger.event.as_str().to_owned());
                }
            }
        }
    }
    assert_eq!(names.len(), 23, "{names:?}");
    names
}
