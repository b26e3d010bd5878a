use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::{Place, TaskId, Timestamp, TreePath};

/// One file of `.taskmaster/tests/`: what the rules are expected to do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TestFile {
    /// The cases, in the order of the file.
    pub cases: Vec<TestCase>,
}

/// A tree, what happens to it, and what must follow.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCase {
    /// What it is called in reports.
    pub name: String,
    /// The tree it begins with.
    pub given: Given,
    /// When everything happens: the date that the source commits have.
    pub date: Timestamp,
    /// The environment that effects are planned for, where it names one.
    pub environment: Option<String>,
    /// What happens, one after another; what follows from a step is there before the next.
    pub steps: Vec<TestStep>,
    /// What must follow from all steps together.
    pub expected: Expected,
    /// Where its name is written.
    pub place: Place,
}

/// The tree a case begins with.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// The tree as it is where the test runs.
    Here,
    /// These files, and no others but the rules.
    Files(BTreeMap<TreePath, Vec<u8>>),
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum TestStep {
    /// Somebody sets fields of a task.
    Set {
        /// The task.
        task: TaskId,
        /// The fields, as `name` or `name.inner`, and their values.
        fields: Map<String, Value>,
        /// Where it is written.
        place: Place,
    },
    /// Somebody writes files anew; `None` removes one.
    Files(BTreeMap<TreePath, Option<Vec<u8>>>),
    /// A commit's message closes tasks.
    Closes(Vec<TaskId>),
    /// Something happens outside.
    Event {
        /// Its dotted name.
        kind: String,
        /// The task it is about.
        task: Option<TaskId>,
        /// What it brings along.
        data: Map<String, Value>,
    },
}

/// What must follow. A list that is not written is not compared, but for the failures: there must be
/// none. The order within a list never matters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expected {
    /// Every edit, as `TASK FIELD OLD -> NEW`.
    pub edits: Option<Vec<ExpectedLine>>,
    /// Every effect, as `ACTION` or `ACTION: TEXT`.
    pub effects: Option<Vec<ExpectedLine>>,
    /// Every trigger that fired, by its name, as often as it did.
    pub triggers: Option<Vec<ExpectedLine>>,
    /// Every event that was a consequence, as `TYPE` or `TYPE TASK`.
    pub events: Option<Vec<ExpectedLine>>,
    /// Every action that failed and every chain that was cut: a part of what is said of it.
    pub failures: Option<Vec<ExpectedLine>>,
    /// Files as they must be afterwards, byte for byte.
    pub files: BTreeMap<TreePath, Vec<u8>>,
}

/// One expectation and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedLine {
    /// The expectation.
    pub text: String,
    /// Its place.
    pub place: Place,
}
