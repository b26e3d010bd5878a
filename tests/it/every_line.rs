//! Every line of a project's rules with automation around it, and of the short form: what shows what it does.
//!
//! The rules are fixtures/valid/workflow/automation.yaml and pipeline.yaml. Neither has a mode: each clone chooses
//! for itself.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

mod actions;
mod messages;
mod pipeline;
mod rules;
mod settings;
mod table;
mod the_log;

use std::collections::BTreeSet;

use serde_json::Value;
use taskmaster::format::workflow::keys::{self, Fate};
use taskmaster::format::yaml;

use crate::sandbox::{Repo, Sandbox};
use crate::scenery::{ONE, WORKFLOW_FILE};

const AUTOMATION: &str = include_str!("../../fixtures/valid/workflow/automation.yaml");
const PIPELINE: &str = include_str!("../../fixtures/valid/workflow/pipeline.yaml");

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// It does what it says; this test shows it.
    Obeyed(&'static str),
    /// It is about carrying out effects: it stands in the settings, and in the note about them.
    Recorded,
    /// It has no meaning here: it stands in the note, and the reference says why.
    Understood,
    /// It is for people: it stands in the settings.
    Shown,
    /// What an environment says of one of the last three: it stands in the settings of that environment.
    Overrides,
}

/// A repository with the small tree and these rules; what follows is committed, and effects are recorded.
fn with_rules<'a>(sandbox: &'a Sandbox, rules: &str) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.plant(rules);
    repo.commit_all("Start");
    let shared = sandbox.bare("shared.git");
    repo.git(&["remote", "add", "origin", shared.to_str().unwrap()]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["remote", "set-head", "origin", "main"]);
    repo.tm(&["hooks", "install", "--mode", "commit"]);
    repo
}

/// Rules with one text in them replaced, which stands there once.
#[track_caller]
fn with(rules: &str, old: &str, new: &str) -> String {
    assert_eq!(rules.matches(old).count(), 1, "{old}");
    rules.replace(old, new)
}

/// What would follow from an event from outside, under these rules. A change of status is that of task 1.
#[track_caller]
fn plan(rules: &str, event: &str, data: &str, more: &[&str]) -> Value {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(rules);
    // A status that the task does not have any more has no consequences.
    let comes = serde_json::from_str::<Value>(data).unwrap();
    if let Some(new) = comes["new"].as_str() {
        repo.mark(ONE, "pending", new);
    }
    repo.commit_all("Start");
    let text = repo.tm(&[&["explain", "--json", "--event", event, "--data", data], more].concat());
    serde_json::from_str::<Value>(&text).unwrap()["plan"].take()
}

/// The line of the file of task 4 that begins so, where an event under these rules makes that task.
#[track_caller]
fn made_line(rules: &str, event: &str, data: &str, beginning: &str) -> Option<String> {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(rules);
    repo.commit_all("Start");
    let text = repo.tm(&["explain", "--event", event, "--data", data]);
    let made = text.split_once("+++ b/context/task_004/task.md\n").unwrap_or_else(|| panic!("{text}")).1;
    made.lines().find_map(|line| line.strip_prefix('+').filter(|line| line.starts_with(beginning)).map(str::to_owned))
}

/// What became of an action in a plan: the word for it, and the sentence.
#[track_caller]
fn result(plan: &Value, action: &str) -> (String, String) {
    let rules = plan["steps"].as_array().unwrap().iter().flat_map(|step| step["rules"].as_array().unwrap());
    let mut actions = rules.flat_map(|rule| rule["actions"].as_array().unwrap());
    let found = actions.find(|found| found["action"] == action).unwrap_or_else(|| panic!("no {action} in {plan:#}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (text("result"), text("detail"))
}

/// The effect of an action in a plan.
fn effect<'p>(plan: &'p Value, action: &str) -> Option<&'p Value> {
    plan["effects"].as_array().unwrap().iter().find(|effect| effect["action"] == action)
}

/// What each channel would get of an action: its type, and what it gets.
#[track_caller]
fn deliveries(plan: &Value, action: &str) -> Vec<(String, Value)> {
    let all = effect(plan, action).map_or(&[][..], |effect| effect["deliveries"].as_array().unwrap());
    all.iter().map(|delivery| (delivery["channel"].as_str().unwrap().to_owned(), delivery.clone())).collect()
}

/// The key paths of a file of rules, its actions by their names.
fn paths(rules: &str) -> BTreeSet<String> {
    let mut root = yaml::parse(rules).unwrap().to_value();
    let mut settings = root["workflow_config"].take();
    if let Some(environments) = root.get("environments") {
        settings["environments"] = environments.clone();
    }
    let mut found = BTreeSet::new();
    walk(&settings, "", &mut found);
    found
}

fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            let dot = if path.is_empty() { "" } else { "." };
            entries.iter().for_each(|(key, value)| walk(value, &format!("{path}{dot}{key}"), found));
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                let name = item.get("name").or_else(|| item.get("type")).and_then(Value::as_str);
                walk(item, &format!("{path}[{}]", name.map_or(at.to_string(), str::to_owned)), found);
            }
        }
        Value::Array(items) if path.ends_with(".actions") => {
            found.extend(items.iter().map(|item| format!("{path}.{}", item.as_str().unwrap())));
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// The lines of one fate.
fn lines_of(fate: Line) -> BTreeSet<&'static str> {
    table::LINES.iter().filter(|(_, line)| *line == fate).map(|(path, _)| *path).collect()
}

#[test]
fn every_line_is_in_the_table_and_no_other() {
    let listed: BTreeSet<String> = table::LINES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(listed.len(), table::LINES.len(), "one is listed twice");
    let mut written = paths(AUTOMATION);
    written.extend(paths(PIPELINE));
    assert!(written.len() > 160, "{}", written.len());
    assert_eq!(listed, written);
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let here = ["actions", "messages", "pipeline", "rules", "settings", "the_log"];
    let outbox = ["email", "messages", "order", "settings"];
    let sources = here.map(|name| format!("every_line/{name}")).into_iter();
    let sources = sources.chain(outbox.map(|name| format!("outbox/{name}"))).map(|name| {
        let path = format!("{}/tests/it/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    });
    let sources: Vec<String> = sources.collect();
    let mut named = BTreeSet::new();
    for (path, line) in table::LINES {
        let Line::Obeyed(test) = line else { continue };
        let there = sources.iter().any(|source| source.contains(&format!("#[test]\nfn {test}()")));
        assert!(there, "{path}: there is no test {test}");
        named.insert(test);
    }
    assert!(named.len() >= 20, "{named:?}");
}

/// The table says of each line what the list of keys says.
#[test]
fn every_line_has_the_fate_of_its_key() {
    for (path, line) in table::LINES {
        if path.starts_with("environments.") {
            continue;
        }
        let path = match path.split_once("].conditions[") {
            Some((before, after)) => format!("{before}].conditions.{}", after.split_once("].").unwrap().1),
            None if path.starts_with("triggers[") => path.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
            None => (*path).to_owned(),
        };
        let fate = keys::find(&path).map(|key| key.fate);
        let expected = match line {
            Line::Recorded => fate == Some(Fate::Recorded),
            Line::Understood => matches!(fate, Some(Fate::Understood(why)) if why != "for people"),
            Line::Shown => fate == Some(Fate::Understood("for people")),
            // Free names, and what the list leaves to whoever uses it.
            _ => fate.is_none_or(|fate| fate == Fate::Obeyed),
        };
        assert!(expected, "{path}: {line:?}, and the list says {fate:?}");
    }
}

#[test]
fn what_is_recorded_and_what_is_understood_stand_in_a_note_each() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let mut noted = [BTreeSet::new(), BTreeSet::new()];
    for rules in [AUTOMATION, PIPELINE] {
        repo.plant(rules);
        let text = repo.tm(&["config", "check"]);
        // Mails have no sender; nothing else is wrong.
        let unsent = text.matches("warning[incomplete-channel]: ").count();
        assert!(text.contains("\n0 errors, ") && text.matches("warning[").count() == unsent, "{text}");
        assert!((1..=2).contains(&text.matches("note[").count()), "{text}");
        for note in text.lines().filter_map(|line| line.strip_prefix("note[without-effect]: ")) {
            let (title, sections) = note.split_once(": ").unwrap();
            let which = usize::from(title.starts_with("about carrying out effects"));
            for section in sections.split("; ") {
                let (section, names) = section.split_once(": ").unwrap();
                let full = |name: &str| format!("{section}{}{name}", if name.starts_with('[') { "" } else { "." });
                noted[which].extend(names.split(", ").map(full));
            }
        }
    }
    // A destination of the log that is no file is one name.
    let whole = |path: &str| match path.strip_prefix("logging.destinations[") {
        Some(rest) => format!("logging.destinations[{}]", rest.split_once(']').unwrap().0),
        None => path.to_owned(),
    };
    let own = |fate| lines_of(fate).into_iter().map(whole).collect::<BTreeSet<String>>();
    assert_eq!(noted[0], own(Line::Understood));
    assert_eq!(noted[1], own(Line::Recorded));
}

#[test]
fn the_reference_says_why_a_line_has_no_meaning() {
    let reference = std::fs::read_to_string(format!("{}/docs/workflow-reference.md", env!("CARGO_MANIFEST_DIR")));
    let reference = reference.unwrap();
    for path in lines_of(Line::Understood) {
        let (section, rest) = path.split_once('.').unwrap();
        let part = format!("<!-- keys-{section} begin -->");
        let table = reference.split_once(&part).unwrap().1.split_once("<!-- keys").unwrap().0;
        let key = rest.replace("[database]", "").replace("[external]", "");
        let row = table.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
        let row = row.unwrap_or_else(|| panic!("{path} is not in the reference"));
        assert!(row.contains("| nothing: "), "{row}");
    }
}

#[test]
fn what_is_recorded_or_shown_stands_in_the_settings() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    let mut shown = String::new();
    for rules in [AUTOMATION, PIPELINE] {
        repo.plant(rules);
        shown.push_str(&repo.tm(&["config", "show"]));
    }
    for path in lines_of(Line::Recorded).into_iter().chain(lines_of(Line::Shown)) {
        assert!(shown.lines().any(|line| line.starts_with(&format!("{path} = "))), "{path}");
    }
}

#[test]
fn what_environments_override_stands_in_their_settings() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.plant(AUTOMATION);
    let rules = repo.read(WORKFLOW_FILE);
    let overrides = lines_of(Line::Overrides);
    assert_eq!(overrides.len(), 7);
    for path in overrides {
        let (environment, key) = path.strip_prefix("environments.").unwrap().split_once('.').unwrap();
        let usual = repo.tm(&["config", "show", "--origin", key]);
        let here = repo.tm(&["config", "show", "--origin", "--env", environment, key]);
        let place = here.split_once(&format!("# environment {environment}, config/workflow.yaml:"));
        let line: usize = place.unwrap_or_else(|| panic!("{here}")).1.trim().parse().unwrap();
        let written = rules.lines().nth(line - 1).unwrap().split_once(": ").unwrap().1;
        assert!(here.starts_with(&format!("{key} = {written} ")), "{here}");
        assert!(!usual.contains("environment"), "{usual}");
    }
}
