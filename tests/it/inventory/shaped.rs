//! A repository shaped like one whose targets, scripts and pipeline report events of their own: with the hooks, in every
//! mode, everything ends as it does without them.

use std::path::Path;

use super::shims::is_there;
use crate::sandbox::{Ran, Repo, Sandbox};

/// Targets that report to a script, begin with `@`, fail on purpose, and commit what they make.
const MAKEFILE: &str = "\
.PHONY: test test-single report broken missing tagged

TASK_SCRIPT := sh scripts/trigger.sh

define task-event
TASK_EVENT=$(1) TASK_ID=$(2) METADATA=$(3) $(TASK_SCRIPT)
endef

test:
\t@$(call task-event,TASK_STARTED,make_test,'{\"action\":\"test\"}')
\t@sh scripts/run_tests.sh -v && \\
\t\t$(call task-event,TASK_COMPLETED,make_test,'{\"success\":true}') || \\
\t\t($(call task-event,TASK_FAILED,make_test,'{\"success\":false}') && exit 1)

test-single:
\t@sh scripts/run_tests.sh -t $(TEST)

report:
\t@sh scripts/update_contexts.sh && git add -A && git commit -q -m \"Contexts\"

broken:
\t@sh scripts/run_tests.sh --broken

tagged:
\t@git tag built && git stash list > /dev/null && git diff --quiet HEAD

missing: no-such-file
";

const FILES: [(&str, &str); 5] = [
    ("Makefile", MAKEFILE),
    ("scripts/trigger.sh", "echo \"$TASK_EVENT $TASK_ID $METADATA\" >> events.txt\n"),
    (
        "scripts/run_tests.sh",
        "case \"$1\" in\n-v) test -f events.txt ;;\n-t) test \"$2\" = good || exit 7 ;;\n--broken) exit 3 ;;\nesac\n",
    ),
    (
        "scripts/update_contexts.sh",
        "for file in .taskmaster/context/*/task.md; do printf '\\nSeen.\\n' >> \"$file\"; done\n\
         sed -i 's/^status: pending/status: done/' .taskmaster/context/task_003/task.md\n",
    ),
    ("scripts/verify.sh", "grep -q '^status: done' .taskmaster/context/task_003/task.md || exit 5\n"),
];

/// What people and pipelines call there, in this order.
const CALLS: [(&str, &[&str]); 11] = [
    ("make", &["-s", "test"]),
    ("make", &["-s", "test-single", "TEST=good"]),
    ("make", &["-s", "test-single", "TEST=bad"]),
    ("make", &["-s", "broken"]),
    ("make", &["-s", "missing"]),
    ("sh", &["scripts/verify.sh"]),
    ("make", &["-s", "report"]),
    ("sh", &["scripts/verify.sh"]),
    ("make", &["-s", "tagged"]),
    ("sh", &["-c", "git switch -q -c feature && git commit -q --allow-empty -m Empty && git switch -q main"]),
    ("sh", &["-c", "git merge -q --no-edit feature && sh scripts/run_tests.sh -t bad"]),
];

fn outcomes(sandbox: &Sandbox, mode: Option<&str>) -> Vec<(i32, String)> {
    let repo = sandbox.repository(mode.unwrap_or("none"));
    repo.plant("");
    for (path, text) in FILES {
        repo.write(path, text);
    }
    repo.write(".gitignore", "events.txt\n");
    repo.commit_all("Start");
    if let Some(mode) = mode {
        repo.tm(&["hooks", "install", "--mode", mode]);
    }
    CALLS.iter().map(|(program, arguments)| outcome(&repo, program, arguments)).collect()
}

/// How it ends, and what it prints where people and pipelines read.
fn outcome(repo: &Repo<'_>, program: &str, arguments: &[&str]) -> (i32, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_taskmaster")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let Ran { code, stdout, .. } = repo.sandbox.run(&repo.path, program, arguments, &[("PATH", &path)]);
    (code, stdout)
}

#[test]
fn targets_and_scripts_end_as_they_do_without_the_hooks() {
    if !is_there("make") {
        return;
    }
    let sandbox = Sandbox::new();
    let without = outcomes(&sandbox, None);
    let codes: Vec<i32> = without.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [0, 0, 2, 2, 2, 5, 0, 0, 0, 0, 7]);
    for mode in ["observe", "warn", "enforce", "commit"] {
        assert_eq!(outcomes(&sandbox, Some(mode)), without, "{mode}");
    }
}
