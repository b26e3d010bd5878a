//! Every key of a file of tests: what its value is and what it means.
//!
//! One list for each mapping. The check of unknown keys, the tables of the page about tests and
//! `schemas/tests.schema.json` are made from them.

/// One key.
#[derive(Debug, Clone, Copy)]
pub struct TestKey {
    /// As it is written.
    pub name: &'static str,
    /// What its value is.
    pub value: TestValue,
    /// What it means, in one line.
    pub about: &'static str,
}

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestValue {
    /// A text of one line.
    Line,
    /// A day or a moment.
    Date,
    /// The id of a task.
    TaskId,
    /// One id or a list of them.
    TaskIds,
    /// The tree it begins with: `here`, or a mapping of [`GIVEN`].
    Given,
    /// A list of tasks.
    Tasks,
    /// Texts by their paths; what `null` means depends on where it stands.
    Files,
    /// A mapping of a task's id and fields.
    Set,
    /// A mapping of anything.
    Data,
    /// One step or a list of them, each of [`STEP`].
    Steps,
    /// `nothing`, or a mapping of [`EXPECTED`].
    Expected,
    /// A list of texts.
    Lines,
    /// A list of cases, each of [`CASE`].
    Cases,
}

const fn key(name: &'static str, value: TestValue, about: &'static str) -> TestKey {
    TestKey { name, value, about }
}

const GIVEN_TREE: TestKey = key(
    "given",
    TestValue::Given,
    "the tree it begins with. Not written, or `here`: the tree as it is. The rules are added",
);
const DATE: TestKey = key(
    "date",
    TestValue::Date,
    "when it all happens: a day, or a moment such as `2025-01-31T12:00:00Z`. Not written: 2025-01-01",
);

/// The keys of a file. `given` and `date` count for each case that has none of its own.
pub const FILE: &[TestKey] = &[key("cases", TestValue::Cases, "the cases; needed"), GIVEN_TREE, DATE];

/// The keys of a case.
pub const CASE: &[TestKey] = &[
    key("name", TestValue::Line, "what must follow, in words; needed"),
    GIVEN_TREE,
    DATE,
    key(
        "env",
        TestValue::Line,
        "the environment that effects are planned for, as in `explain --env`; `test --env NAME` names it for cases that name none. Variables name none",
    ),
    key(
        "when",
        TestValue::Steps,
        "what happens: one step or a list of them, each as if it were a commit. What follows from one is there before the next; needed",
    ),
    key(
        "expect",
        TestValue::Expected,
        "what must follow from all steps together; `nothing` means no edits and no effects; needed",
    ),
];

/// The keys of `given`.
pub const GIVEN: &[TestKey] = &[
    key(
        "tasks",
        TestValue::Tasks,
        "tasks with the keys of `tasks.json`; `1.2` stands below `1`; a title, `pending` and no dependencies are understood",
    ),
    key("files", TestValue::Files, "texts by their paths below `.taskmaster/`"),
];

/// The keys of a step. It has exactly one of the first four; the others go with `event`.
pub const STEP: &[TestKey] = &[
    key("set", TestValue::Set, "somebody sets fields of the task `task` in its home: `set: {task: 1, status: done}`"),
    key("files", TestValue::Files, "somebody writes files: texts by their paths; `null` removes one"),
    key("closes", TestValue::TaskIds, "a commit's message closes a task, or each of a list"),
    key("event", TestValue::Line, "something happens outside: the event's name"),
    key("task", TestValue::TaskId, "with `event`: the task it is about"),
    key("data", TestValue::Data, "with `event`: what comes with it"),
];

/// How many keys of [`STEP`] say what happens, from the first on.
pub const KINDS_OF_STEP: usize = 4;

/// The keys of `expect`.
pub const EXPECTED: &[TestKey] = &[
    key(
        "edits",
        TestValue::Lines,
        "`TASK FIELD OLD -> NEW`, `(none)` for nothing; a mirror of the status is `status@PATH`, the bullet in the body `status@body`",
    ),
    key("effects", TestValue::Lines, "`ACTION`, or `ACTION: TEXT`"),
    key("triggers", TestValue::Lines, "the name of a trigger that fired, as often as it did"),
    key("events", TestValue::Lines, "`TYPE` or `TYPE TASK`: the consequences, not what happened itself"),
    key(
        "failures",
        TestValue::Lines,
        "a part of what is said of an action that failed or a chain that was cut. Not written: there must be none",
    ),
    key("files", TestValue::Files, "a file's whole text afterwards, by its path"),
];

/// The names of keys, in their order.
pub(super) fn names(keys: &[TestKey]) -> Vec<&'static str> {
    keys.iter().map(|key| key.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_listed_once_and_says_what_it_means() {
        for keys in [FILE, CASE, GIVEN, STEP, EXPECTED] {
            let mut names = names(keys);
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), keys.len());
            assert!(keys.iter().all(|key| !key.about.is_empty() && !key.about.contains('\n')));
        }
        assert_eq!(names(STEP)[..KINDS_OF_STEP], ["set", "files", "closes", "event"]);
    }
}
