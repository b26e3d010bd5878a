//! The examples in docs/json.md, made by the program; ids of commits and events are replaced.

use std::collections::BTreeSet;

use super::{compare, read, with_part};
use crate::sandbox::{Sandbox, planted};

#[test]
fn docs_json_examples_are_what_the_program_prints() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let before = repo.head();
    repo.replace(".taskmaster/context/task_001/subtask_001.md", "\nstatus: pending\n", "\nstatus: done\n");
    repo.git(&["commit", "-q", "-am", "One one is done"]);
    let engine = repo.head();
    repo.git(&["branch", "kept"]);
    let mut page = read("docs/json.md");
    let mut ids = Ids::default();
    let mut example = |name: &str, arguments: &[&str], take: Take| {
        let ran = repo.try_tm(arguments);
        assert!(ran.code <= 1, "{arguments:?}: {ran:?}");
        let mut text = ids.replace(&ran.stdout);
        let whole = match take {
            Take::FirstLine => ran.stdout.lines().next().unwrap(),
            Take::All | Take::Brief => &ran.stdout,
        };
        fits_its_schema(name, &serde_json::from_str(whole).unwrap());
        let value: serde_json::Value = match take {
            Take::All => serde_json::from_str(&text).unwrap(),
            Take::FirstLine => serde_json::from_str(text.lines().next().unwrap()).unwrap(),
            Take::Brief => brief(serde_json::from_str(&text).unwrap()),
        };
        text = serde_json::to_string_pretty(&value).unwrap();
        page = with_part(&page, name, &format!("```json\n{text}\n```\n"));
    };
    example("list", &["--json", "list"], Take::Brief);
    example("task", &["--json", "show", "1.2"], Take::All);
    example("event", &["--json", "events", &format!("{before}..HEAD")], Take::FirstLine);
    example("explain", &["--json", "explain"], Take::Brief);
    example("log", &["--json", "log", "1.1"], Take::Brief);
    example("status", &["--json", "status"], Take::All);
    example("allow", &["--json", "allow", "-n"], Take::All);
    example("deny", &["--json", "deny"], Take::All);
    example("outbox", &["--json", "outbox", "list", "--all"], Take::Brief);
    let listed: serde_json::Value = serde_json::from_str(&repo.tm(&["--json", "outbox", "list", "--all"])).unwrap();
    let key = listed["effects"][0]["key"].as_str().unwrap().to_owned();
    example("effect", &["--json", "outbox", "show", &key], Take::All);
    example("outbox-run", &["--json", "outbox", "run"], Take::All);
    example("outbox-decision", &["--json", "outbox", "discard", "--all"], Take::All);
    example("config", &["--json", "config", "show", "mode"], Take::All);
    example("config-check", &["--json", "config", "check"], Take::All);
    example("finding-kind", &["--json", "config", "check", "--explain", "never-acts"], Take::All);
    example("config-upgrade", &["--json", "config", "upgrade", "-n"], Take::All);
    example("undo", &["--json", "undo", "-n", &engine], Take::All);
    repo.replace(".taskmaster/context/task_003/task.md", "\nstatus: pending\n", "\nstatus: done\n");
    example("check", &["--json", "check"], Take::Brief);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-am", "Three is done"]);
    example("repair", &["--json", "sync", "--repair", "--prefer", "markdown", "-n"], Take::Brief);
    example("migrate", &["--json", "migrate", "--to", "markdown", "--prefer", "markdown", "-n"], Take::Brief);
    example("hooks", &["--json", "hooks", "status"], Take::Brief);
    repo.git(&["config", "taskmaster.mode", "comit"]);
    example("doctor", &["--json", "doctor"], Take::Brief);
    repo.git(&["config", "--unset", "taskmaster.mode"]);
    example("sync", &["--json", "sync", "-n"], Take::Brief);
    example("edit", &["--json", "set-status", "2", "in-progress", "-n"], Take::All);
    let case = "cases:\n  - {name: a, when: {closes: 2}, expect: {edits: [2 status blocked -> done]}}\n";
    repo.write(".taskmaster/tests/a.yaml", case);
    example("test", &["--json", "test"], Take::Brief);
    repo.write("new.yaml", "triggers: []\n");
    example("backtest", &["--json", "backtest", "--config", "new.yaml", &format!("{before}..")], Take::Brief);
    example("create", &["--json", "create", "Write it down", "--parent", "2", "-n"], Take::All);
    example("init", &["--json", "init", "-n", "--recipe", "reopen"], Take::All);
    example("recipes", &["--json", "init", "--recipes"], Take::Brief);
    example("ci", &["--json", "ci", "run", "--from", "HEAD^", "--check"], Take::All);
    repo.write("Makefile", "done:\n\ttaskmaster set-status 3 done\n");
    repo.git(&["-c", "core.hooksPath=/dev/null", "add", "Makefile"]);
    example("inventory", &["--json", "inventory"], Take::Brief);
    repo.write("a.sh", "cat scripts/prd.txt\ngrep x tasks/task_*.txt\n");
    repo.write(".taskmaster/docs/prd.txt", "What is wanted.\n");
    repo.git(&["-c", "core.hooksPath=/dev/null", "add", "a.sh"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "A script"]);
    example("renumber", &["--json", "migrate", "--renumber", "3=18", "-n"], Take::Brief);
    example("migrate-scripts", &["--json", "migrate", "--scripts", "-n"], Take::Brief);
    let emitted = repo.tm(&["--json", "emit", "deployment.success", "--id", "1234567", "-n"]);
    let mut value: serde_json::Value = serde_json::from_str(&ids.replace(&emitted)).unwrap();
    fits_its_schema("emit", &value);
    value["sync"]["plan"]["steps"][0]["event"]["time"] = "2025-06-15T15:06:40Z".into();
    page = with_part(&page, "emit", &format!("```json\n{}\n```\n", serde_json::to_string_pretty(&value).unwrap()));
    let line = watched(&Sandbox::new());
    let mut value: serde_json::Value = serde_json::from_str(&ids.replace(&line)).unwrap();
    fits_its_schema("watch", &value);
    value["time"] = "2025-06-15T15:06:40Z".into();
    page = with_part(&page, "watch", &format!("```json\n{}\n```\n", serde_json::to_string_pretty(&value).unwrap()));
    compare("docs/json.md", &page);
}

/// What a watcher says of its commit of an edit.
fn watched(sandbox: &Sandbox) -> String {
    let repo = planted(sandbox);
    let script = "mkfifo ../lines
        \"$1\" --json watch > ../lines &
        while read -r line; do
            printf '%s\\n' \"$line\"
            case $line in
                *'\"what\":\"began\"'*) sed -i 's/^status: pending$/status: done/' .taskmaster/context/task_001/subtask_001.md ;;
                *'\"what\":\"committed\"'*) kill -TERM $! ;;
            esac
        done < ../lines";
    let program = env!("CARGO_BIN_EXE_taskmaster");
    let ran = sandbox.run(&repo.path, "sh", &["-c", script, "sh", program], &[]);
    for line in ran.stdout.lines() {
        fits_its_schema("watch", &serde_json::from_str(line).unwrap());
    }
    ran.stdout
        .lines()
        .find(|line| line.contains(r#""what":"committed""#))
        .unwrap_or_else(|| panic!("{ran:?}"))
        .to_owned()
}

#[test]
fn docs_json_names_every_schema_of_the_program() {
    let page = format!("{}{}", read("docs/json.md"), read("docs/architecture.md"));
    let mut schemas = BTreeSet::new();
    for entry in walkdir::WalkDir::new(super::project_file("src")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let found = text.split('"').filter(|word| word.starts_with("taskmaster.") && word.contains('/'));
            schemas.extend(found.filter(|word| !word.contains(char::is_whitespace)).map(ToOwned::to_owned));
        }
    }
    assert!(schemas.len() >= 10, "{schemas:?}");
    for schema in schemas {
        assert!(page.contains(&format!("`{schema}`")), "{schema} is not documented");
    }
}

/// What the program prints is what schemas/json says of it.
#[track_caller]
fn fits_its_schema(name: &str, document: &serde_json::Value) {
    let schema: serde_json::Value = serde_json::from_str(&read(&format!("schemas/json/{name}.schema.json"))).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {}", errors.join("\n"));
    let mut other = document.clone();
    let entries = other.as_object_mut().unwrap();
    let first = entries.keys().next().unwrap().clone();
    entries.remove(&first);
    assert!(!validator.is_valid(&other), "{name} without `{first}` fits as well");
}

/// How much of an answer is shown.
enum Take {
    All,
    FirstLine,
    /// Lists cut to their first member.
    Brief,
}

fn brief(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Array(items) => Value::Array(items.into_iter().take(1).map(brief).collect()),
        Value::Object(entries) => Value::Object(entries.into_iter().map(|(key, value)| (key, brief(value))).collect()),
        other => other,
    }
}

/// Ids seen so far; each is shown as one digit all through, so that examples can be compared.
#[derive(Default)]
struct Ids(Vec<String>);

impl Ids {
    fn replace(&mut self, text: &str) -> String {
        let mut shown = String::new();
        let mut word = String::new();
        for c in text.chars().chain(['\0']) {
            if c.is_ascii_hexdigit() {
                word.push(c);
                continue;
            }
            shown.push_str(&self.name(&word));
            word.clear();
            shown.push(c);
        }
        shown.trim_end_matches('\0').to_owned()
    }

    fn name(&mut self, word: &str) -> String {
        if !matches!(word.len(), 12 | 40 | 64) || !word.contains(|c: char| c.is_ascii_digit()) {
            return word.to_owned();
        }
        let known = self.0.iter().position(|id| id.starts_with(word) || word.starts_with(id.as_str()));
        let at = known.unwrap_or_else(|| {
            self.0.push(word.to_owned());
            self.0.len() - 1
        });
        let digit = char::from_digit(u32::try_from(at % 16).unwrap(), 16).unwrap();
        digit.to_string().repeat(word.len())
    }
}
