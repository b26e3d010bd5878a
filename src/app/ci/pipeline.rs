//! The file of a pipeline that tests, deploys, and keeps a task's status.

use super::CiError;
use crate::app::{AppError, Project};
use crate::store;

/// Where GitHub looks for it.
const PATH: &str = ".github/workflows/taskmaster.yml";
/// The folder it is in.
const FOLDER: &str = ".github/workflows";

/// What a pipeline runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pipeline {
    /// The command that tests.
    pub test: String,
    /// The command that deploys; the variable `ENVIRONMENT` says where to.
    pub deploy: String,
}

/// What became of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineReport {
    /// The file, relative to the repository.
    pub path: &'static str,
    /// What it says.
    pub text: String,
    /// Whether it was not there.
    pub is_new: bool,
}

impl Pipeline {
    /// The file for GitHub Actions. Nothing that comes from outside stands in a command: it comes in through
    /// variables, and what is JSON in them was made so by GitHub.
    ///
    /// # Errors
    /// When a command cannot stand in the file.
    pub fn for_github(&self) -> Result<String, CiError> {
        let (test, deploy) = (block("--test", &self.test)?, block("--deploy", &self.deploy)?);
        let places =
            [("@VERSION@", env!("CARGO_PKG_VERSION")), ("@TEST@", test.as_str()), ("@DEPLOY@", deploy.as_str())];
        // In one pass: what a command says is never taken for a place.
        let (mut whole, mut rest) = (String::new(), GITHUB);
        loop {
            let found = places.iter().filter_map(|(place, value)| Some((rest.find(place)?, *place, *value)));
            let Some((at, place, value)) = found.min_by_key(|(at, ..)| *at) else { return Ok(whole + rest) };
            let (before, after) = rest.split_at(at);
            whole.push_str(before);
            whole.push_str(value);
            rest = after.strip_prefix(place).unwrap_or_default();
        }
    }
}

/// A command as the lines of a literal block: the first says how far all of them are indented.
fn block(option: &'static str, command: &str) -> Result<String, CiError> {
    let refused = |why| Err(CiError::Command { option, why });
    if command.trim().is_empty() {
        return refused("is empty");
    }
    // Some readers of YAML end a line there.
    let is_odd =
        |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    if command.contains(is_odd) {
        return refused("has control characters in it");
    }
    if command.contains("${{") {
        return refused("has `${{` in it, which is filled in before a shell reads it");
    }
    let mut text = String::new();
    for line in command.trim().lines().map(str::trim_end) {
        text.push_str(match (text.is_empty(), line.is_empty()) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n          ",
        });
        text.push_str(line);
    }
    Ok(text)
}

/// Writes the pipeline's file for GitHub Actions into the worktree, where none is. It is the user's to commit.
///
/// # Errors
/// When a file with other content is there, or it cannot be written.
pub fn init_github(project: &Project, pipeline: &Pipeline, writing: Writing) -> Result<PipelineReport, AppError> {
    let text = pipeline.for_github()?;
    let top = project.repository.workdir()?;
    if writing == Writing::Yes
        && let Some(path) = [".github", FOLDER, PATH].into_iter().find(|path| top.join(path).is_symlink())
    {
        return Err(CiError::PipelineLinked { path }.into());
    }
    let path = top.join(PATH);
    let found = store::read(&path)?;
    match found {
        Some(bytes) if bytes == text.as_bytes() => Ok(PipelineReport { path: PATH, text, is_new: false }),
        None if !store::is_occupied(&path) => {
            if writing == Writing::Yes && !store::create_new(&path, text.as_bytes())? {
                return Err(CiError::PipelineThere { path: PATH }.into());
            }
            Ok(PipelineReport { path: PATH, text, is_new: true })
        }
        _ if writing == Writing::No => Ok(PipelineReport { path: PATH, text, is_new: false }),
        _ => Err(CiError::PipelineThere { path: PATH }.into()),
    }
}

/// Whether the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// It is.
    Yes,
    /// Only what it would say is wanted.
    No,
}

/// Placeholders are in `@`; all else is the file.
const GITHUB: &str = r#"# Written by `taskmaster ci init github`; it is yours to change.
#
# Tests and deploys, and keeps the status of the task that a run was started for: testing, then completed or failed. A run without
# a task id sets none. What follows from pushed commits is committed here where workflow.yaml says `git: {executor: ci}`.
#
# No `${{ }}` stands in a `run:`: what comes from outside comes in through `env:`, so that no shell ever reads it as a command.
name: Task management

on:
  push:
    branches: [main, develop]
  pull_request:
    branches: [main]
  workflow_dispatch:
    inputs:
      task_id:
        description: Task to associate with this run
        required: false
        type: string

permissions:
  contents: read

# One run of a branch after the other: each pushes to it. Of those that wait GitHub keeps the last, which does what the others were to.
concurrency:
  group: task-management-${{ github.ref }}
  cancel-in-progress: false

jobs:
  check:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: read
      # For the comment; a pull request of a fork gets a token that may not, and no comment.
      pull-requests: write
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false

      - name: Install taskmaster
        run: cargo install --locked git-taskmaster --version @VERSION@

      - name: Check tasks and rules, and say what merging would cause
        env:
          GITHUB_TOKEN: ${{ github.token }}
        run: taskmaster ci run --comment

      - name: Run tests
        run: |
          @TEST@

  test_and_deploy:
    if: github.event_name != 'pull_request'
    runs-on: ubuntu-latest
    permissions:
      contents: write
      # For the pull request where the branch takes no pushes.
      pull-requests: write
    env:
      TASK_ID: ${{ inputs.task_id }}
      ENVIRONMENT: ${{ github.ref == 'refs/heads/main' && 'production' || github.ref == 'refs/heads/develop' && 'staging' || '' }}
    steps:
      - name: Checkout code
        uses: actions/checkout@v4
        with:
          fetch-depth: 0

      - name: Install taskmaster
        run: cargo install --locked git-taskmaster --version @VERSION@

      - name: Say who commits, and when it began
        run: |
          git config user.name "github-actions[bot]"
          git config user.email "41898282+github-actions[bot]@users.noreply.github.com"
          echo "STARTED=$(date +%s)" >> "$GITHUB_ENV"

      - name: Check tasks and rules, and commit what follows
        if: github.event_name == 'push'
        env:
          GITHUB_TOKEN: ${{ github.token }}
        run: taskmaster ci run

      - name: Update task status - Testing
        if: env.TASK_ID != ''
        env:
          GITHUB_TOKEN: ${{ github.token }}
          METADATA: ${{ format('{{"ci_run":{0},"branch":{1}}}', toJSON(github.run_id), toJSON(github.ref_name)) }}
        run: taskmaster update-task-status --push --task-id="$TASK_ID" --status testing --metadata "$METADATA"

      - name: Run tests
        run: |
          @TEST@

      - name: Count the tests
        id: tests
        # A report in JUnit's format, which most test runners can write; without one there are no counts.
        if: always() && env.TASK_ID != ''
        env:
          REPORT: test-results.xml
        run: |
          [ -f "$REPORT" ] || exit 0
          count() {
            grep -o '<testsuite [^>]*' "$REPORT" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' |
              awk '{ all += $1 } END { print all + 0 }'
          }
          {
            echo "run=$(count tests)"
            echo "failed=$(($(count failures) + $(count errors)))"
          } >> "$GITHUB_OUTPUT"

      - name: Deploy
        id: deploy
        if: env.ENVIRONMENT != ''
        run: |
          @DEPLOY@

      # Only where the step above has run, and how it has ended. Where the branch takes no pushes, what these steps do is proposed in a
      # pull request. They end with 1 where the rules make a task or a report, which is done on the shared branch alone, and all else was done.
      - name: Say that it was deployed
        if: steps.deploy.outcome == 'success'
        env:
          GITHUB_TOKEN: ${{ github.token }}
        run: |
          taskmaster emit deployment.success --push ${TASK_ID:+"--task=$TASK_ID"} \
            --id "$GITHUB_RUN_ID-$ENVIRONMENT" --data "{\"environment\":\"$ENVIRONMENT\"}" || [ $? -eq 1 ]

      - name: Say that it was not deployed
        if: failure() && steps.deploy.outcome == 'failure'
        env:
          GITHUB_TOKEN: ${{ github.token }}
        run: |
          taskmaster emit deployment.failure --push ${TASK_ID:+"--task=$TASK_ID"} \
            --id "$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT-$ENVIRONMENT" \
            --data "{\"environment\":\"$ENVIRONMENT\",\"error_message\":\"CI/CD pipeline failure\"}" || [ $? -eq 1 ]

      - name: Update task status - Completed
        if: success() && env.TASK_ID != ''
        env:
          GITHUB_TOKEN: ${{ github.token }}
          TESTS: ${{ steps.tests.outputs.run || 'null' }}
          FAILED: ${{ steps.tests.outputs.failed || 'null' }}
          DEPLOYED: ${{ steps.deploy.outcome }}
        run: |
          duration=$(($(date +%s) - STARTED))
          case "$DEPLOYED" in
            success) deployment="\"deployment\":\"success\",\"environment\":\"$ENVIRONMENT\"," ;;
            failure) deployment="\"deployment\":\"failed\",\"environment\":\"$ENVIRONMENT\"," ;;
            *) deployment= ;;
          esac
          taskmaster update-task-status --push --task-id="$TASK_ID" --status completed --metadata \
            "{$deployment\"duration_seconds\":$duration,\"tests_run\":$TESTS,\"tests_failed\":$FAILED}"

      - name: Update task status - Failed
        if: failure() && env.TASK_ID != ''
        env:
          GITHUB_TOKEN: ${{ github.token }}
          TESTS: ${{ steps.tests.outputs.run || 'null' }}
          FAILED: ${{ steps.tests.outputs.failed || 'null' }}
          DEPLOYED: ${{ steps.deploy.outcome }}
        run: |
          duration=$(($(date +%s) - STARTED))
          case "$DEPLOYED" in
            success) deployment="\"deployment\":\"success\",\"environment\":\"$ENVIRONMENT\"," ;;
            failure) deployment="\"deployment\":\"failed\",\"environment\":\"$ENVIRONMENT\"," ;;
            *) deployment= ;;
          esac
          taskmaster update-task-status --push --task-id="$TASK_ID" --status failed --metadata \
            "{$deployment\"error\":\"CI/CD pipeline failure\",\"duration_seconds\":$duration,\"tests_run\":$TESTS,\"tests_failed\":$FAILED}"

      # What the rules would run and send from here: once a variable of the repository, TASKMASTER_ALLOW, has the digest of these very
      # rules, as `taskmaster allow -n` prints it, and behind a comma or a space those of older rules under which something still
      # waits, as the run says. Secrets that they name, such as SLACK_HOOK, come in through `env:`.
      - name: Run and send what was recorded
        if: always() && vars.TASKMASTER_ALLOW != ''
        env:
          ALLOW: ${{ vars.TASKMASTER_ALLOW }}
        run: taskmaster outbox run --wait --allow "$ALLOW"
"#;
