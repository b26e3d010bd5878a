use std::path::Path;
use std::sync::Arc;

use super::{AppError, Chooser, Project};
use crate::engine::lint::nearest_field;
use crate::engine::scenario::{self, Difference, ScenarioError};
use crate::format;
use crate::format::workflow::{self, Given, TestCase, TestStep, Workflow};
use crate::model::{Code, Diagnostic, Place, Severity, Snapshot, SourceFile, TreePath};
use crate::store;

/// What the tests of the rules said.
#[derive(Debug)]
pub struct TestReport {
    /// Each file of tests, by its name.
    pub files: Vec<TestFileReport>,
    /// How many errors the rules' own file has: triggers with errors are left out.
    pub broken_rules: usize,
}

/// What the cases of one file said.
#[derive(Debug)]
pub struct TestFileReport {
    /// The file.
    pub path: TreePath,
    /// What is wrong with the file itself.
    pub findings: Vec<Diagnostic>,
    /// Each case that was run, in the order of the file.
    pub cases: Vec<CaseReport>,
}

/// What one case said.
#[derive(Debug)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub place: Place,
    /// What came of it.
    pub result: CaseResult,
}

/// What came of a case.
#[derive(Debug)]
pub enum CaseResult {
    /// All followed that was expected, and nothing else.
    Passed,
    /// Something else followed.
    Differs(Vec<Difference>),
    /// It could not be played.
    Unplayable(ScenarioError),
}

impl TestReport {
    /// How many cases there are.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.files.iter().map(|file| file.cases.len()).sum()
    }

    /// How many of them did not pass.
    #[must_use]
    pub fn failed(&self) -> usize {
        let cases = self.files.iter().flat_map(|file| &file.cases);
        cases.filter(|case| !matches!(case.result, CaseResult::Passed)).count()
    }

    /// Whether every case passed and every file could be read.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let errors = self.files.iter().flat_map(|file| &file.findings);
        self.failed() == 0 && !errors.into_iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Runs the cases in `.taskmaster/tests/` whose names contain `wanted`, all where it is empty, against
/// the rules of the worktree, or those in another file. Touches nothing.
///
/// The environment that the command line names is that of the cases that name none; variables name none here.
///
/// # Errors
/// When there is no tree, a file cannot be read, or the environment is not known.
pub fn test_rules(project: &Project, wanted: &str, rules: Option<&Path>) -> Result<TestReport, AppError> {
    let view = project.worktree()?;
    let (workflow, bytes, findings) = if let Some(path) = rules {
        let bytes = super::read_text(path)?.into_bytes();
        let (workflow, findings) = workflow::read(&TreePath::workflow(), &bytes);
        (Arc::new(workflow), Some(bytes), findings)
    } else {
        let bytes = view.snapshot.bytes(&TreePath::workflow()).map(<[u8]>::to_vec);
        (Arc::clone(&view.workflow), bytes, view.workflow_diagnostics.clone())
    };
    let chosen = project.environment.as_ref().filter(|chosen| chosen.by == Chooser::Option);
    let usual = chosen.map(|chosen| chosen.name.as_str());
    usual.map_or(Ok(()), |name| workflow.know_environment(name))?;
    let mut here = view.snapshot;
    if let Some(bytes) = bytes {
        here.files.insert(TreePath::workflow(), SourceFile::new(bytes));
    }
    let folder = project.repository.tree_dir()?.join("tests");
    let mut files = Vec::new();
    for (name, bytes) in store::files_in(&folder, &[".yaml", ".yml"])? {
        let Ok(path) = TreePath::new(format!("tests/{name}")) else { continue };
        let (mut file, mut findings) = workflow::read_tests(&path, &bytes);
        file.cases.retain(|case| case.name.contains(wanted));
        findings.extend(file.cases.iter().flat_map(|case| slips(case, &workflow, &here)));
        let cases = file.cases.into_iter();
        let cases = cases.map(|case| run(case, &workflow, &here, usual)).collect();
        files.push(TestFileReport { path, findings, cases });
    }
    let broken_rules = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    Ok(TestReport { files, broken_rules })
}

/// The tree that a case begins with.
fn tree(given: &Given, here: &Snapshot) -> Snapshot {
    match given {
        Given::Here => here.clone(),
        Given::Files(files) => {
            let rules = here.files.get_key_value(&TreePath::workflow());
            let rules = rules.map(|(path, file)| (path.clone(), file.clone()));
            let files = files.iter().map(|(path, bytes)| (path.clone(), SourceFile::new(bytes.clone())));
            Snapshot { files: rules.into_iter().chain(files).collect(), ..Snapshot::empty() }
        }
    }
}

/// Fields that a case sets, that no task of its tree has, and that are nearly one that is known.
fn slips(case: &TestCase, workflow: &Workflow, here: &Snapshot) -> Vec<Diagnostic> {
    let sets = || {
        case.steps.iter().filter_map(|step| {
            if let TestStep::Set { fields, place, .. } = step { Some((fields, place)) } else { None }
        })
    };
    if sets().next().is_none() {
        return Vec::new();
    }
    let board = format::board(&tree(&case.given, here), workflow.statuses.clone());
    let slip = |name: &String, place: &Place| {
        let near = nearest_field(name, &board)?;
        let message = format!("`set` sets the field `{}`, which no task has", name.escape_debug());
        let finding = Diagnostic::warning(Code::UNKNOWN_FIELD, message).at_place(Some(place.clone()));
        Some(finding.hint(format!("did you mean `{near}`?")))
    };
    sets().flat_map(|(fields, place)| fields.keys().filter_map(|name| slip(name, place)).collect::<Vec<_>>()).collect()
}

fn run(case: TestCase, workflow: &Workflow, here: &Snapshot, usual: Option<&str>) -> CaseReport {
    let environment = case.environment.as_deref().or(usual);
    let given = tree(&case.given, here);
    let result = match scenario::play(&given, workflow, &case.steps, (case.date, environment)) {
        Ok(played) => {
            let differences = scenario::judge(&case.expected, &played);
            if differences.is_empty() { CaseResult::Passed } else { CaseResult::Differs(differences) }
        }
        Err(error) => CaseResult::Unplayable(error),
    };
    CaseReport { name: case.name, place: case.place, result }
}
