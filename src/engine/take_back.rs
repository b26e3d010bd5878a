//! A file with what a commit changed in it taken back, where it has been changed since: three ways, by lines that need
//! not lie apart, then by fields.
//!
//! What decides are the fields: where one has another value by now, that is a contradiction, and nothing is taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::diff::fields;
use super::event::{UPDATED_FIELDS, plain};
use super::redo::{Made, redo};
use super::workspace::TaskEdit;
use crate::format;
use crate::format::edit::FieldEdit;
use crate::model::{Reading, Record, RecordKind, Severity, TaskId, TreePath};

/// A place where what came later does not let a change be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The file.
    pub path: TreePath,
    /// The line in the file as it is now, counted from 1.
    pub line: usize,
    /// What contradicts what there.
    pub what: Contradicting,
}

/// What contradicts a change that is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradicting {
    /// A field has a value of its own by now.
    Field {
        /// The task.
        task: TaskId,
        /// The field.
        field: String,
        /// What it is; nothing where it is not there.
        now: Option<String>,
        /// What the commit had made of it.
        made: Option<String>,
        /// What it had been.
        was: Option<String>,
    },
    /// The task is not there any more.
    Gone(TaskId),
    /// The same lines were changed.
    Lines,
    /// The whole file was made or taken away by the commit, and somebody has put other content there since.
    File,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.path, self.line)?;
        let said = |value: &Option<String>| match value {
            Some(value) => format!("`{}`", value.escape_debug()),
            None => "not there".to_owned(),
        };
        match &self.what {
            Contradicting::Field { task, field, now, made, was } => {
                let (now, made, was) = (said(now), said(made), said(was));
                write!(f, "{} of task {task} is {now}; it was made {made} and had been {was}", field.escape_debug())
            }
            Contradicting::Gone(task) => write!(f, "task {task} is not there any more"),
            Contradicting::Lines => f.write_str("these lines have changed since"),
            Contradicting::File => f.write_str("the file as a whole has changed since"),
        }
    }
}

/// `current` with the way from `was` to `made` taken back.
///
/// # Errors
/// With every place where that contradicts what has become of the file since.
pub fn take_back(path: &TreePath, was: &[u8], made: &[u8], current: &[u8]) -> Result<Vec<u8>, Vec<Contradiction>> {
    let three = Three { path, was: says(path, was), made: says(path, made), current: says(path, current) };
    let found = three.contradictions(current);
    if !found.is_empty() {
        return Err(found);
    }
    let by_lines = merged_lines(made, current, was);
    if let Ok(merged) = &by_lines
        && three.is_merged_in(merged)
    {
        return Ok(merged.clone());
    }
    let edits = three.edits();
    let only_fields = redo(&edits, path, was, made).as_deref() == Some(was);
    let by_fields = Some(()).filter(|()| only_fields).and_then(|()| redo(&edits, path, was, current));
    if let Some(merged) = by_fields.filter(|merged| three.is_merged_in(merged)) {
        return Ok(merged);
    }
    let line = by_lines.err().unwrap_or(1);
    Err(vec![Contradiction { path: path.clone(), line, what: Contradicting::Lines }])
}

type Key = (TaskId, RecordKind);

/// What a file says: its records by task and kind, of several the first; and how many errors it has.
struct Says {
    records: BTreeMap<Key, Arc<Record>>,
    errors: usize,
}

fn says(path: &TreePath, bytes: &[u8]) -> Says {
    let Reading { records, diagnostics, .. } = format::read(path, bytes);
    let mut found = BTreeMap::new();
    for record in records {
        found.entry((record.id.clone(), record.kind)).or_insert(record);
    }
    Says { records: found, errors: diagnostics.iter().filter(|found| found.severity == Severity::Error).count() }
}

struct Three<'a> {
    path: &'a TreePath,
    was: Says,
    made: Says,
    current: Says,
}

impl Three<'_> {
    /// The fields that the commit had changed, in tasks that were there before it: as they were, and as it made them.
    fn taken_back(&self) -> impl Iterator<Item = (&Key, String, Option<Value>, Option<Value>)> {
        self.was.records.iter().filter_map(|(key, was)| Some((key, was, self.made.records.get(key)?))).flat_map(
            |(key, was, made)| {
                let (mut was, mut made) = (fields(was), fields(made));
                let names: BTreeSet<String> = was.keys().chain(made.keys()).cloned().collect();
                names.into_iter().filter_map(move |name| {
                    let (was, made) = (was.remove(&name), made.remove(&name));
                    (was != made).then_some((key, name, was, made))
                })
            },
        )
    }

    fn contradictions(&self, current: &[u8]) -> Vec<Contradiction> {
        let line = |record: &Record, field: &str| {
            let span = match field {
                "status" => record.status_span,
                "dependencies" => record.dependencies_span,
                _ => None,
            };
            let start = span.unwrap_or(record.span).start;
            current.get(..start).unwrap_or_default().split(|byte| *byte == b'\n').count()
        };
        let at = |line, what| Contradiction { path: self.path.clone(), line, what };
        let mut found = Vec::new();
        for (key, field, was, made) in self.taken_back() {
            let Some(record) = self.current.records.get(key) else {
                // A place that only repeated the status is missed by nobody.
                if !key.1.is_home() {
                    continue;
                }
                let gone = at(1, Contradicting::Gone(key.0.clone()));
                if !found.contains(&gone) {
                    found.push(gone);
                }
                continue;
            };
            let now = fields(record).remove(&field);
            // The date of the last change is whoever's who has changed something since.
            if now == made || now == was || UPDATED_FIELDS.contains(&field.as_str()) {
                continue;
            }
            let [now, made, was] = [now, made, was].map(|value| value.as_ref().map(plain));
            let line = line(record, &field);
            found.push(at(line, Contradicting::Field { task: key.0.clone(), field, now, made, was }));
        }
        found
    }

    fn edits(&self) -> Vec<Made> {
        let edit = |(key, field, was, made): (&Key, String, Option<Value>, Option<Value>)| Made::Edit {
            edit: TaskEdit {
                task: key.0.clone(),
                path: self.path.clone(),
                kind: key.1,
                edit: FieldEdit::new(field, was.unwrap_or_default()),
            },
            old: made.unwrap_or_default(),
        };
        self.taken_back().map(edit).collect()
    }

    /// Whether bytes say what the file says now, with what the commit changed taken back, and nothing else.
    fn is_merged_in(&self, bytes: &[u8]) -> bool {
        let merged = says(self.path, bytes);
        let back: BTreeMap<(&Key, String), _> =
            self.taken_back().map(|(key, field, was, made)| ((key, field), (was, made))).collect();
        let is_kept = |key: &Key| {
            // What the commit made goes, what it took away comes.
            !self.made.records.contains_key(key) || self.was.records.contains_key(key)
        };
        let comes = self.was.records.keys().filter(|key| !self.made.records.contains_key(*key));
        let expected: BTreeSet<&Key> = self.current.records.keys().filter(|key| is_kept(key)).chain(comes).collect();
        let same = |key: &Key, record: &Record| {
            let Some(now) = self.current.records.get(key) else {
                return self.was.records.get(key).is_some_and(|was| fields(was) == fields(record));
            };
            let mut wanted = fields(now);
            for ((_, field), (was, made)) in
                back.range((key, String::new())..).take_while(|((other, _), _)| *other == key)
            {
                if wanted.get(field) == made.as_ref() {
                    match was {
                        Some(was) => wanted.insert(field.clone(), was.clone()),
                        None => wanted.remove(field),
                    };
                }
            }
            wanted == fields(record)
        };
        merged.errors <= self.current.errors
            && merged.records.keys().collect::<BTreeSet<&Key>>() == expected
            && merged.records.iter().all(|(key, record)| same(key, record))
    }
}

/// A hunk: lines of the base, and those that stand for them.
type Hunk = (Range<usize>, Range<usize>);

/// Both ways from `base` at once. Other than git's merge it lets changed lines stand beside each other.
///
/// # Errors
/// With the line of `ours`, counted from 1, where both have changed the same lines.
pub(super) fn merged_lines(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Vec<u8>, usize> {
    let lines = |bytes: &'_ [u8]| -> Vec<Vec<u8>> {
        bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
    let hunks = |other: &[Vec<u8>]| -> Vec<Hunk> {
        let operations = capture_diff_slices(Algorithm::Myers, &base, other);
        let equal = operations.iter().map(similar::DiffOp::as_tag_tuple).filter(|(tag, ..)| *tag == DiffTag::Equal);
        let ends = (DiffTag::Equal, base.len()..base.len(), other.len()..other.len());
        let (mut from, mut hunks) = ((0, 0), Vec::new());
        // All between two equal stretches is one hunk.
        for (_, old, new) in equal.chain([ends]) {
            if from.0 < old.start || from.1 < new.start {
                hunks.push((from.0..old.start, from.1..new.start));
            }
            from = (old.end, new.end);
        }
        hunks
    };
    let (mine, others) = (hunks(&ours), hunks(&theirs));
    let same = |one: &Hunk, other: &Hunk| one.0 == other.0 && ours.get(one.1.clone()) == theirs.get(other.1.clone());
    let meet = |one: &Hunk, other: &Hunk| {
        let (one, other) = (&one.0, &other.0);
        one.start < other.end && other.start < one.end || one.is_empty() && other.is_empty() && one == other
    };
    for one in &mine {
        if others.iter().any(|other| meet(one, other) && !same(one, other)) {
            return Err(one.1.start + 1);
        }
    }
    let twice = |hunk: &Hunk| mine.iter().any(|one| same(one, hunk));
    let mut all: Vec<(Range<usize>, &[Vec<u8>])> = Vec::new();
    all.extend(mine.iter().map(|(old, new)| (old.clone(), ours.get(new.clone()).unwrap_or_default())));
    let others = others.iter().filter(|hunk| !twice(hunk));
    all.extend(others.map(|(old, new)| (old.clone(), theirs.get(new.clone()).unwrap_or_default())));
    all.sort_by_key(|(old, _)| (old.start, old.end));
    let (mut merged, mut at) = (Vec::new(), 0);
    for (old, new) in all {
        merged.extend(base.get(at..old.start).unwrap_or_default().concat());
        merged.extend(new.concat());
        at = old.end;
    }
    merged.extend(base.get(at..).unwrap_or_default().concat());
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> TreePath {
        TreePath::new(path).unwrap()
    }

    fn file(title: &str, status: &str, more: &str) -> String {
        format!("---\ntask_id: task_001\ntitle: {title}\nstatus: {status}\n{more}priority: low\n---\nText.\n")
    }

    fn back(was: &str, made: &str, current: &str) -> Result<String, Vec<String>> {
        let result = take_back(&path("context/task_001/task.md"), was.as_bytes(), made.as_bytes(), current.as_bytes());
        let said = |found: Vec<Contradiction>| found.iter().map(ToString::to_string).collect();
        result.map(|bytes| String::from_utf8(bytes).unwrap()).map_err(said)
    }

    #[test]
    fn lines_beside_each_other_are_merged() {
        let (was, made) = (file("A", "pending", ""), file("A", "done", "completed: 2025-01-01\n"));
        let current = made.replace("title: A", "title: B").replace("priority: low", "priority: high");
        assert_eq!(back(&was, &made, &current), Ok(was.replace("title: A", "title: B").replace("low", "high")));
        assert_eq!(back(&was, &made, &made), Ok(was.clone()));
        assert_eq!(back(&was, &made, &was), Ok(was.clone()), "taken back already");
    }

    #[test]
    fn another_value_is_a_contradiction_with_its_place() {
        let (was, made) = (file("A", "pending", ""), file("A", "done", ""));
        let said =
            "context/task_001/task.md:4: status of task 1 is `review`; it was made `done` and had been `pending`";
        assert_eq!(back(&was, &made, &file("A", "review", "")), Err(vec![said.to_owned()]));
        let gone = "context/task_001/task.md:1: task 1 is not there any more";
        assert_eq!(back(&was, &made, "no task\n"), Err(vec![gone.to_owned()]));
        let (was, made) = (file("A", "done", "") + "One.\n", file("A", "done", "") + "Two.\n");
        let lines = "context/task_001/task.md:8: these lines have changed since";
        assert_eq!(back(&was, &made, &made.replace("Two", "Three")), Err(vec![lines.to_owned()]));
    }

    #[test]
    fn fields_on_one_line_are_merged() {
        let list = |status: &str, title: &str| {
            format!(r#"{{"tasks": [{{"id": 1, "title": "{title}", "status": "{status}"}}]}}"#)
        };
        let (was, made, current) = (list("pending", "A"), list("done", "A"), list("done", "B"));
        let merged = take_back(&path("tasks/tasks.json"), was.as_bytes(), made.as_bytes(), current.as_bytes());
        assert_eq!(merged, Ok(list("pending", "B").into_bytes()));
    }

    proptest::proptest! {
        #[test]
        fn what_nobody_has_changed_is_as_it_was(
            was in "[a-c\n]{0,12}", made in "[a-c\n]{0,12}", other in "[x-z\n]{0,8}",
        ) {
            proptest::prop_assert_eq!(merged_lines(made.as_bytes(), made.as_bytes(), was.as_bytes()), Ok(was.clone().into_bytes()));
            proptest::prop_assert_eq!(merged_lines(made.as_bytes(), other.as_bytes(), made.as_bytes()), Ok(other.clone().into_bytes()));
        }
    }
}
