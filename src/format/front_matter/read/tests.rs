use proptest::prelude::*;
use serde_json::json;

use super::*;

const PATH: &str = "context/task_018/task.md";

fn reading(path: &str, text: &str) -> Reading {
    read(&TreePath::new(path).unwrap(), text.as_bytes())
}

/// The findings as `code line:column`, or the first record.
fn record(path: &str, front_matter: &str) -> Result<Record, Vec<String>> {
    let reading = reading(path, &format!("---\n{front_matter}---\n\n# Text\n"));
    if reading.diagnostics.is_empty() {
        Ok(reading.records.first().map(|record| (**record).clone()).ok_or_else(Vec::new)?)
    } else {
        Err(codes(&reading))
    }
}

fn codes(reading: &Reading) -> Vec<String> {
    let place = |finding: &Diagnostic| finding.place.as_ref().map(|place| format!("{}:{}", place.line, place.column));
    reading.diagnostics.iter().map(|one| format!("{} {}", one.code, place(one).unwrap_or_default())).collect()
}

fn dependencies_of(written: &str) -> Vec<String> {
    record(PATH, &format!("task_id: 18\ndependencies:{written}\n")).unwrap().dependencies
}

#[test]
fn a_task_is_read_with_spans() {
    let text = "\u{feff}---\r\ntask_id: task_018\r\nsubtask_id: subtask_005\r\ntitle: 'Ä: b'\r\nstatus: pending # now\r\n\
                priority: high\r\nparent_task: task_018\r\ndependencies: [1, 1.10]\r\ncreated: 2025-01-15\r\n\
                effort: 3\r\n---\r\n- **Status**: done ✅\r\n";
    let reading = reading("context/task_018/subtask_005.md", text);
    assert_eq!(codes(&reading), [""; 0]);
    let [home, bullet] = &reading.records[..] else { panic!("two records") };
    assert_eq!((home.id.to_string(), home.nested, home.kind), ("18.5".to_owned(), true, RecordKind::FrontMatter));
    assert_eq!(home.title.as_deref(), Some("Ä: b"));
    assert_eq!((home.status.as_deref(), home.priority.as_deref()), (Some("pending"), Some("high")));
    assert_eq!(home.parent.as_deref(), Some("task_018"));
    assert_eq!(home.dependencies, ["1", "1.10"]);
    assert_eq!(json!(home.fields), json!({"created": "2025-01-15", "effort": 3}));
    assert_eq!(&text[home.span.range()], "task_018");
    assert_eq!(&text[home.status_span.unwrap().range()], "pending");
    assert_eq!(&text[home.dependencies_span.unwrap().range()], "[1, 1.10]");
    assert_eq!((bullet.kind, bullet.status.as_deref()), (RecordKind::BodyBullet, Some("done")));
    assert_eq!(&text[bullet.status_span.unwrap().range()], "done");
}

#[test]
fn dependencies_have_many_spellings() {
    for (written, expect) in [
        ("", &[][..]),
        (" []", &[]),
        (" null", &[]),
        (" None", &[]),
        (" 3", &["3"]),
        (" 1, 2", &["1", "2"]),
        (" '29.1,29.2'", &["29.1", "29.2"]),
        (" [subtask_003, 18.3, 1.10]", &["subtask_003", "18.3", "1.10"]),
        (" [\"1, 2\", 3]", &["1", "2", "3"]),
        ("\n- task_001\n- 2\n", &["task_001", "2"]),
        ("\n  - 1 # first\n  - \"2\"", &["1", "2"]),
    ] {
        assert_eq!(dependencies_of(written), expect, "{written:?}");
    }
    assert_eq!(
        record(PATH, "dependencies: [a b, {id: 1}]\n"),
        Err(vec!["malformed-dependency 2:16".to_owned(), "malformed-dependency 2:21".to_owned(),])
    );
}

#[test]
fn ids_come_from_the_keys_or_the_path() {
    let id = |path: &str, text: &str| record(path, text).map(|record| (record.id.to_string(), record.nested));
    assert_eq!(id(PATH, "title: x\n"), Ok(("18".to_owned(), false)));
    assert_eq!(id(PATH, ""), Ok(("18".to_owned(), false)));
    assert_eq!(id("context/task_018/subtask_005.md", "title: x\n"), Ok(("18.5".to_owned(), true)));
    assert_eq!(id("context/task_018/subtask_005.md", "task_id: 18\n"), Ok(("18.5".to_owned(), true)));
    assert_eq!(id("context/task_018/subtask_005.md", "task_id: '18.5'\n"), Ok(("18.5".to_owned(), true)));
    assert_eq!(id(PATH, "task_id: task_19\n"), Err(vec!["id-differs-from-path 2:10".to_owned()]));
    assert_eq!(id("context/a b/task.md", "title: x\n"), Err(vec!["no-task-id 2:1".to_owned()]));
    assert_eq!(id("context/anything.md", "task_id: x\n"), Ok(("x".to_owned(), false)));
    let differing = reading(PATH, "---\ntask_id: 19\n---\n");
    assert_eq!(differing.records[0].id.to_string(), "19");
}

#[test]
fn notes_are_no_tasks() {
    for (path, text) in [
        ("context/README.md", "# Readme\n"),
        ("context/README.md", "---\n# a rule, not front matter\n"),
        ("context/README.md", "---\n: : [\n---\n"),
        ("context/README.md", "---\n- a\n---\n<<<<<<< HEAD\n"),
        ("context/update.md", "---\ndocument_type: update\nstatus: production_ready\n---\n"),
        ("context/audit/summary.md", "---\ntask_id: audit\nstatus: completed\n---\n"),
        ("context/task_018/notes.md", "---\ntask_id: 18\n---\n"),
    ] {
        let reading = reading(path, text);
        assert!(reading.records.is_empty() && reading.diagnostics.is_empty(), "{path} {text:?}: {reading:?}");
    }
    assert!(record("context/audit/summary.md", "task_id: audit_completion\n").is_ok());
    assert!(record("context/audit/main.md", "task_id: audit\nsubtask_id: null\n").is_ok());
    assert_eq!(codes(&reading(PATH, "# No front matter\n")), ["no-front-matter 1:1"]);
}

#[test]
fn what_cannot_be_read_is_an_error_without_a_record() {
    for (text, expect) in [
        ("---\ntask_id: 18\n", "unclosed-front-matter 1:1"),
        ("---\ntitle: a: b\n---\n", "malformed-front-matter 2:9"),
        ("---\n- a\n---\n", "malformed-front-matter 2:1"),
        ("---\nstatus: a\nstatus: b\n---\n", "duplicate-key 3:1"),
        ("---\nmeta: {x: 1, x: 2}\n---\n", "duplicate-key 2:14"),
        ("---\nstatus: [a]\n---\n", "malformed-status 2:9"),
        ("---\ntask_id: a b\n---\n", "malformed-id 2:10"),
        ("---\ntask_id: [1]\n---\n", "malformed-id 2:10"),
        ("---\ntask_id: 18\nsubtask_id: ../x\n---\n", "malformed-id 3:13"),
        ("---\ntask_id: 18\n---\ntext\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n", "conflict-markers 5:1"),
        ("<<<<<<< HEAD\n---\ntask_id: 18\n---\n", "conflict-markers 1:1"),
    ] {
        let reading = reading(PATH, text);
        assert_eq!(codes(&reading), [expect], "{text:?}");
        assert!(reading.records.is_empty() && reading.diagnostics[0].hint.is_some(), "{text:?}");
    }
    let not_utf8 = |path: &str| read(&TreePath::new(path).unwrap(), b"---\ntask_id: 18\n---\nt\xe9xt\n");
    assert_eq!(codes(&not_utf8(PATH)), ["not-utf8 4:2"]);
    assert_eq!(codes(&not_utf8("context/x.md")), ["not-utf8 4:2"]);
}

#[test]
fn control_characters_in_titles_are_kept() {
    let reading = reading(PATH, "---\ntitle: \"a\\e[31m\"\n---\n");
    assert_eq!(codes(&reading), ["control-character 2:8"]);
    assert_eq!(reading.records[0].title.as_deref(), Some("a\u{1b}[31m"));
}

/// Bits of task files, right and wrong, in any order.
fn rubble() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "---\n",
        "---\r\n",
        "...\n",
        "task_id: 18\n",
        "task_id: a b\n",
        "subtask_id: 5\n",
        "status: done\n",
        "status:",
        " [a, b]\n",
        "\n- x\n",
        "dependencies: 1,2\n",
        "title: 'a\n",
        "b: |\n  x\n",
        "&a ",
        "*a\n",
        "# c\n",
        "ü✅",
        "\u{feff}",
        "- **Status**: done ✅\n",
        "- **Status**: ",
        "```\n",
        "<<<<<<< HEAD\n",
        "=======\n",
        "{a: 1}\n",
        "? x\n",
        ": ",
        "\t",
        " ",
    ]);
    prop::collection::vec(bits, 0..14).prop_map(|bits| format!("---\n{}", bits.concat()))
}

proptest! {
    #[test]
    fn no_file_is_too_broken(text in rubble(), subtask in any::<bool>()) {
        let path = if subtask { "context/task_018/subtask_005.md" } else { PATH };
        let found = reading(path, &text);
        let errors = found.diagnostics.iter().any(|finding| finding.severity == crate::model::Severity::Error);
        prop_assert!(!errors || found.records.is_empty(), "an error comes with no record");
        for record in &found.records {
            let span = record.status_span.map_or(record.span, |span| span);
            prop_assert!(text.get(span.range()).is_some(), "spans are inside the file");
        }
    }
}
