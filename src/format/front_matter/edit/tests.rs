use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Edits the front matter `before`; the body and the lines around it must survive.
fn edited(before: &str, path: &[&str], value: Value) -> Result<String, String> {
    let file = format!("---\n{before}---\nbody: x\n");
    let path = path.iter().map(|key| (*key).to_owned()).collect();
    let patches = edit(file.as_bytes(), &FieldEdit { path, value }).map_err(|error| error.to_string())?;
    let after = String::from_utf8(patch::apply(file.as_bytes(), &patches).unwrap()).unwrap();
    let inside = after.strip_prefix("---\n").and_then(|rest| rest.strip_suffix("---\nbody: x\n"));
    Ok(inside.expect("the rest stays").to_owned())
}

fn check(before: &str, field: &str, value: Value, after: &str) {
    assert_eq!(edited(before, &[field], value.clone()).as_deref(), Ok(after), "{before:?} {value}");
    // What it has now is nothing to do.
    assert_eq!(edited(after, &[field], value).as_deref(), Ok(after));
}

fn refused(before: &str, path: &[&str], value: Value) {
    let result = edited(before, path, value);
    assert!(result.as_ref().is_err_and(|error| error.contains("cannot be changed safely")), "{before:?}: {result:?}");
}

#[test]
fn scalars_keep_their_style() {
    check("a: 1\nstatus: pending # soon\nb: 2\n", "status", json!("done"), "a: 1\nstatus: done # soon\nb: 2\n");
    check("status: 'pending'\n", "status", json!("done"), "status: 'done'\n");
    check("status: \"pending\"\n", "status", json!("it's"), "status: \"it's\"\n");
    check("title: a\n", "title", json!("a: b #c"), "title: 'a: b #c'\n");
    check("title: a\n", "title", json!("5"), "title: '5'\n");
    check("effort: '5'\n", "effort", json!(6), "effort: 6\n");
    check("status: &s pending\n", "status", json!("done"), "status: &s done\n");
    check("created: 2025-01-15\n", "created", json!("2025-02-01"), "created: 2025-02-01\n");
    check("title: 5\n", "title", json!("5"), "title: 5\n");
    check("status: pending   \n", "status", json!("done"), "status: done   \n");
}

#[test]
fn empty_values_and_null() {
    check("status:\nb: 2\n", "status", json!("done"), "status: done\nb: 2\n");
    check("status: \n", "status", json!("done"), "status: done\n");
    check("status: # soon\nb: 1\n", "status", json!("done"), "status: done # soon\nb: 1\n");
    check("parent_task: 18\n", "parent_task", json!(null), "parent_task: null\n");
    check("parent_task: ~\n", "parent_task", json!("task_018"), "parent_task: task_018\n");
    check("a: 1\n", "parent_task", json!(null), "a: 1\n");
}

#[test]
fn lists_keep_their_style() {
    check("dependencies: []\n", "dependencies", json!(["1"]), "dependencies: [1]\n");
    check("dependencies: [1, 3, 4]\n", "dependencies", json!(["1", "4"]), "dependencies: [1, 4]\n");
    check("tags: [a]\n", "tags", json!(["a", "a"]), "tags: [a, a]\n");
    check("tags: [a, a]\n", "tags", json!(["a"]), "tags: [a]\n");
    check("dependencies: [1,3]\n", "dependencies", json!(["1", "2", "3"]), "dependencies: [1,2,3]\n");
    check("dependencies: [ 'a' ]\n", "dependencies", json!(["a", "b"]), "dependencies: [ 'a', 'b' ]\n");
    check("dependencies: [a, b] # c\n", "dependencies", json!([]), "dependencies: [] # c\n");
    check("dependencies: 1, 2\n", "dependencies", json!(["1", "2", "3"]), "dependencies: [1, 2, 3]\n");
    check("dependencies: '1,2'\n", "dependencies", json!(["1", "2"]), "dependencies: '1,2'\n");
    check("dependencies:\nb: 1\n", "dependencies", json!(["task_001"]), "dependencies: [task_001]\nb: 1\n");
    check(
        "dependencies:\n  - 1 # first\n  # then\n  - 2\nb: 1\n",
        "dependencies",
        json!(["1", "3", "4"]),
        "dependencies:\n  - 1 # first\n  # then\n  - 3\n  - 4\nb: 1\n",
    );
    check("tags: # c\n- a\n- b\nb: 1\n", "tags", json!(["b"]), "tags: # c\n- b\nb: 1\n");
    check("tags:\n- b\n", "tags", json!(["a", "b"]), "tags:\n- a\n- b\n");
    check("tags:\n- a\n- b\nb: 1\n", "tags", json!([]), "tags: []\nb: 1\n");
    check("tags:\n  - a\n", "tags", json!("x"), "tags: x\n");
    check("tags: [a, b]\n", "tags", json!(["a", "b, c", "5"]), "tags: [a, 'b, c', '5']\n");
    refused("tags:\n  - a # x\n  - b\n", &["tags"], json!("x"));
    refused("tags: [a, # x\n  b]\n", &["tags"], json!(["b"]));
}

#[test]
fn missing_keys_come_last() {
    check("a: 1 # x\n\n# end\n", "status", json!("done"), "a: 1 # x\nstatus: done\n\n# end\n");
    check("", "status", json!("done"), "status: done\n");
    check("  a: 1\n", "status", json!("done"), "  a: 1\n  status: done\n");
    check("a:\n", "tags", json!(["x", 5]), "a:\ntags: [x, 5]\n");
    check("a: |\n  one\n  two\n", "b", json!(true), "a: |\n  one\n  two\nb: true\n");
    check("{a: 1}\n", "b", json!("c: d"), "{a: 1, b: 'c: d'}\n");
    check("a:\n  - 1\n", "b: c", json!("x"), "a:\n  - 1\n'b: c': x\n");
}

#[test]
fn nested_fields_are_added_and_changed() {
    let path = ["metadata", "ci_run"];
    for (before, after) in [
        ("a: 1\n", "a: 1\nmetadata:\n  ci_run: x\n"),
        ("o:\n    p: 1\n", "o:\n    p: 1\nmetadata:\n    ci_run: x\n"),
        ("metadata:\nb: 1\n", "metadata:\n  ci_run: x\nb: 1\n"),
        ("metadata: null # c\nb: 1\n", "metadata: # c\n  ci_run: x\nb: 1\n"),
        ("metadata: {}\n", "metadata: {ci_run: x}\n"),
        ("metadata: {a: 1}\n", "metadata: {a: 1, ci_run: x}\n"),
        ("metadata:\n  a: 1\n  # c\nb: 1\n", "metadata:\n  a: 1\n  ci_run: x\n  # c\nb: 1\n"),
        ("metadata:\n  ci_run: 'y'\nb: 1\n", "metadata:\n  ci_run: 'x'\nb: 1\n"),
    ] {
        assert_eq!(edited(before, &path, json!("x")).as_deref(), Ok(after), "{before:?}");
    }
    refused("metadata: 5\n", &path, json!("x"));
    refused("a: &m {b: 1}\nmetadata: *m\n", &path, json!("x"));
}

#[test]
fn blocks_are_replaced_or_refused() {
    check("title: |\n  a\n  b\nc: 1\n", "title", json!("x"), "title: x\nc: 1\n");
    check("title: a\n  b\nc: 1\n", "title", json!("x"), "title: x\nc: 1\n");
    check("title: x\n", "title", json!("a\nb"), "title: \"a\\nb\"\n");
    refused("title: | # c\n  a\n", &["title"], json!("x"));
    refused("a: &s x\nb: *s\n", &["a"], json!("z"));
    check("a: &s x\nb: *s\n", "b", json!("z"), "a: &s x\nb: z\n");
    refused("a: {b: 1}\n", &["a"], json!("y"));
}

#[test]
fn line_endings_and_byte_order_mark_survive() {
    let file = "\u{feff}---\r\na: 1\r\nstatus: pending\r\ntags:\r\n  - x\r\n---\r\nbody\r\n";
    for (one, expect) in [
        (FieldEdit::new("status", "done"), file.replace("pending", "done")),
        (FieldEdit::new("b", "c"), file.replace("- x\r\n", "- x\r\nb: c\r\n")),
        (FieldEdit::new("tags", json!(["x", "z"])), file.replace("- x\r\n", "- x\r\n  - z\r\n")),
    ] {
        let patches = edit(file.as_bytes(), &one).unwrap();
        assert_eq!(String::from_utf8(patch::apply(file.as_bytes(), &patches).unwrap()).unwrap(), expect);
    }
}

#[test]
fn files_that_cannot_be_read_are_not_edited() {
    let status = FieldEdit::new("status", "done");
    assert_eq!(edit(b"# x\n", &status), Err(EditError::NoSuchRecord));
    for file in [
        &b"---\na: 1\n"[..],
        b"---\na: 1\na: 2\n---\n",
        b"---\na: [\n---\n",
        b"---\n- a\n---\n",
        b"---\n---\n\xff",
        b"---\na: 1\n---\n<<<<<<< HEAD\n",
    ] {
        assert!(matches!(edit(file, &status), Err(EditError::Unreadable(_))), "{file:?}");
    }
}

/// Lines of front matter that are awkward to edit, in any order.
fn awkward() -> impl Strategy<Value = String> {
    let lines = prop::sample::select(vec![
        "a: 1",
        "b: # c",
        "b: {x: 1}",
        "status:",
        "status: 'x'  # c",
        "status: |\n  x\n\n",
        "status: >- # c\n  x",
        "status: &s x",
        "status: !!str x",
        "status: [a,\n  b]",
        "status:\n- a\n# c\n- b",
        "c: *s",
        "tags:\n  - [a]\n  - b",
        "tags: &t [a, b, ]",
        "tags:\n  -\n    a",
        "# c",
        "",
        "? e\n: f",
        "\"status\": x",
        "metadata:\n    k: v",
        "metadata: ~",
        "m: *t",
        "z: a\n  b",
    ]);
    prop::collection::vec(lines, 1..6).prop_map(|lines| lines.join("\n") + "\n")
}

proptest! {
    #[test]
    fn an_edit_changes_its_field_or_nothing(
        before in awkward(),
        path in prop::sample::select(vec![&["status"][..], &["tags"], &["new"], &["metadata", "k"], &["metadata", "n"]]),
        value in prop::sample::select(vec![json!("x: y"), json!(7), json!(null), json!(["b"]), json!(["a", "c, d"]), json!([])]),
    ) {
        let Ok(old) = crate::format::yaml::parse(&before) else { return Ok(()) };
        let Ok(after) = edited(&before, path, value.clone()) else { return Ok(()) };
        let new = crate::format::yaml::parse(&after).unwrap();
        let mut expected = old.to_value();
        if !(value.is_null() && before == after) {
            put(&mut expected, &path.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>(), value);
        }
        prop_assert_eq!(new.to_value(), expected);
        prop_assert_eq!(after.matches("# c").count(), before.matches("# c").count(), "comments stay");
    }

    #[test]
    fn any_text_is_read_back(title in "\\PC{0,20}|[\\x00-\\x7f]{0,8}", old in "(x|'x'|\"x\"|x # c||\\|\n  x)") {
        let before = format!("a: [1, 2]\ntitle: {old}\nb: 1\n");
        let after = edited(&before, &["title"], json!(title)).unwrap();
        let root = crate::format::yaml::parse(&after).unwrap();
        prop_assert_eq!(root.to_value(), json!({"a": [1, 2], "title": title, "b": 1}));
    }

    #[test]
    fn any_list_becomes_any_other(
        old in prop::collection::vec("[a-d1-3]", 0..5),
        new in prop::collection::vec("[a-d1-3]|[^x]", 0..5),
        block in any::<bool>(),
    ) {
        let list = if block && !old.is_empty() {
            old.iter().map(|item| format!("\n  - '{item}' # {item}")).collect::<Vec<_>>().concat()
        } else {
            format!(" [{}]", old.iter().map(|item| format!("'{item}'")).collect::<Vec<_>>().join(", "))
        };
        let before = format!("a: 1\ntags:{list}\nb: 1\n");
        let after = edited(&before, &["tags"], json!(new)).unwrap();
        let root = crate::format::yaml::parse(&after).unwrap();
        prop_assert_eq!(root.to_value(), json!({"a": 1, "tags": new, "b": 1}));
    }
}
