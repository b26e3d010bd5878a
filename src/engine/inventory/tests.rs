use std::collections::BTreeSet;

use super::{ByPath, Entry, FINDERS, Text, by_head, by_path, look};

fn commands() -> BTreeSet<String> {
    ["list", "set-status", "update-task-status", "hooks", "next"].map(ToOwned::to_owned).into()
}

/// What is found in files, each as `path:line [name] way what`.
#[track_caller]
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let texts: Vec<Text> = files
        .iter()
        .map(|(path, text)| {
            let finder = match by_path(path) {
                Some(ByPath::Finder(finder)) => finder,
                _ => by_head(text.as_bytes()).unwrap(),
            };
            Text { path: (*path).to_owned(), finder, text: (*text).to_owned() }
        })
        .collect();
    look(&texts, &commands(), &mut || true).iter().map(line).collect()
}

fn line(entry: &Entry) -> String {
    let name = entry.name.as_deref().unwrap_or("-");
    format!("{}:{} [{name}] {} {}", entry.path, entry.line, entry.way.name(), entry.what)
}

#[track_caller]
fn check(path: &str, text: &str, wanted: &[&str]) {
    let prefix = format!("{path}:");
    let found = found(&[(path, text)]);
    let found: Vec<&str> = found.iter().map(|line| line.strip_prefix(&prefix).unwrap()).collect();
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn shell_lines_read_write_and_call() {
    check("a.sh", "cat .taskmaster/tasks/tasks.json\n", &["1 [-] reads .taskmaster/tasks/tasks.json"]);
    check("a.sh", "jq . <tasks/tasks.json >x\n", &["1 [-] reads tasks/tasks.json"]);
    check("a.sh", "echo {} > \"$ROOT/tasks/tasks.json\"\n", &["1 [-] writes $ROOT/tasks/tasks.json"]);
    check("a.sh", "sed -i.bak s/a/b/ tasks/task_001.txt\n", &["1 [-] writes tasks/task_001.txt"]);
    check("a.sh", "sed -e s/a/b/ tasks/task_001.txt\n", &["1 [-] reads tasks/task_001.txt"]);
    check(
        "a.sh",
        "cp .taskmasterconfig x; rm -f scripts/prd.txt\n",
        &["1 [-] reads .taskmasterconfig", "1 [-] writes scripts/prd.txt"],
    );
    check(
        "a.sh",
        "taskmaster -C x set-status 1 done && git taskmaster list\n",
        &["1 [-] calls taskmaster list", "1 [-] sets-status taskmaster set-status"],
    );
    check(
        "a.sh",
        "npx task-master-ai@latest set-status --id=1 --status=done\n",
        &["1 [-] sets-status task-master-ai set-status --status done"],
    );
    check("a.sh", "task-master next # task-master list\n", &["1 [-] calls task-master next"]);
    check(
        "a.sh",
        "python scripts/update_task_status.py \\\n  --task-id 1 \\\n  --status \"testing\"\n",
        &["1 [-] sets-status scripts/update_task_status.py --status testing"],
    );
    check("a.sh", "a \\\n  b tasks/tasks.json\n", &["2 [-] reads tasks/tasks.json"]);
    check("a.sh", "curl $TASKMASTER_WEBHOOK_URL\n", &["1 [-] reads TASKMASTER_WEBHOOK_URL"]);
    check("a.sh", "# cat tasks/tasks.json\necho the taskmaster is here\ncat other/tasks/tasks.json\n", &[]);
}

#[test]
fn what_is_written_by_way_of_something_else_is_seen() {
    let make = "OUT = tasks/tasks.json\nIN = .taskmaster/state.json\n.taskmasterconfig: x\n\tgen $(IN) > $(OUT)\n";
    check(
        "Makefile",
        make,
        &["1 [-] writes tasks/tasks.json", "2 [-] reads .taskmaster/state.json", "3 [-] writes .taskmasterconfig"],
    );
    let workflow = "env:\n  OUT: tasks/tasks.json\njobs:\n  a:\n    steps:\n      - run: gen > $OUT\n      - uses: actions/download-artifact@v4\n        with:\n          path: .taskmaster/tasks/\n";
    check(
        ".github/workflows/a.yml",
        workflow,
        &["2 [-] writes tasks/tasks.json", "9 [a / actions/download-artifact@v4] writes .taskmaster/tasks/"],
    );
    check("a.sh", "gen --output=tasks/tasks.json\n", &["1 [-] writes tasks/tasks.json"]);
    check("a.sh", "prettier --write x tasks/tasks.json\n", &["1 [-] writes tasks/tasks.json"]);
    check("a.sh", "grep -o tasks tasks/tasks.json\n", &["1 [-] reads tasks/tasks.json"]);
    check("a.sh", "OUT=tasks/tasks.json\ncat x >& \"${OUT}\"\n", &["1 [-] writes tasks/tasks.json"]);
    check("a.py", "OUT = 'tasks/tasks.json'\nopen(OUT, 'w')\n", &["1 [-] writes tasks/tasks.json"]);
}

#[test]
fn programs_are_read_by_their_words() {
    check("a.py", "p = Path('tasks') / 'tasks.json'\n", &["1 [-] reads tasks.json"]);
    check("a.py", "with open('tasks/tasks.json', 'w') as f:\n", &["1 [-] writes tasks/tasks.json"]);
    check("a.py", "with open('tasks/tasks.json') as f:\n", &["1 [-] reads tasks/tasks.json"]);
    check(
        "a.py",
        "from x import AutomationIntegrator\na = AutomationIntegrator()\n",
        &["2 [-] calls AutomationIntegrator"],
    );
    check(
        "a.py",
        "def update_task_status(x):\n    pass\nupdate_task_status(1)\n",
        &["3 [-] sets-status update_task_status"],
    );
    check(
        "a.js",
        "// tasks/tasks.json\nfs.writeFileSync(path.join('tasks', 'tasks.json'), x)\n",
        &["2 [-] writes tasks.json"],
    );
    check("a.ts", "spawn('taskmaster', ['list'])\n", &["1 [-] calls taskmaster list"]);
}

#[test]
fn targets_have_their_names() {
    let makefile = "FILE = tasks/tasks.json\n\n.PHONY: a\na: b\n\t@cat .taskmaster/state.json\n\ndefine task-event\n\ttaskmaster list\nendef\nb:\n\t@$(call task-event,X)\n";
    check(
        "Makefile",
        makefile,
        &[
            "1 [-] reads tasks/tasks.json",
            "4 [a] calls make b",
            "5 [a] reads .taskmaster/state.json",
            "8 [define task-event] calls taskmaster list",
            "11 [b] calls task-event",
        ],
    );
    check(
        "justfile",
        "x := 'tasks/tasks.json'\n@a b='1': c\n  taskmaster list\n",
        &["1 [-] reads tasks/tasks.json", "3 [a] calls taskmaster list"],
    );
    check(
        "Taskfile.yml",
        "version: 3\ntasks:\n  a:\n    cmds:\n      - taskmaster list\n",
        &["5 [a] calls taskmaster list"],
    );
    check(
        "package.json",
        "{\n\t\"scripts\": {\n\t\t\"a\": \"taskmaster list\"\n\t},\n\t\"dependencies\": {\"task-master-ai\": \"1\"}\n}\n",
        &["3 [a] calls taskmaster list", "5 [dependencies] calls task-master-ai"],
    );
}

#[test]
fn steps_have_the_names_of_their_pipelines() {
    let github = "on: {push: {paths: ['.taskmaster/**']}}\njobs:\n  test:\n    steps:\n      - name: Set it\n        run: |\n          taskmaster list\n      - run: task-master next\n      - name: Update task status - Done\n        run: echo done\n      - name: Update task status\n        run: taskmaster set-status 1 done\n";
    check(
        ".github/workflows/a.yml",
        github,
        &[
            "1 [-] reads .taskmaster/**",
            "7 [test / Set it] calls taskmaster list",
            "8 [test / step 2] calls task-master next",
            "9 [test / Update task status - Done] only-says its name speaks of a task's status",
            "12 [test / Update task status] sets-status taskmaster set-status",
        ],
    );
    check(".gitlab-ci.yml", "a:\n  script:\n    - taskmaster list\n", &["3 [a / script] calls taskmaster list"]);
    check(
        ".circleci/config.yml",
        "jobs:\n  a:\n    steps:\n      - run: {name: B, command: taskmaster list}\n",
        &["4 [a / B] calls taskmaster list"],
    );
    check(
        "azure-pipelines.yml",
        "jobs:\n- job: a\n  steps:\n  - script: taskmaster list\n    displayName: B\n",
        &["4 [a / B] calls taskmaster list"],
    );
    check(
        "Jenkinsfile",
        "pipeline { stages {\n  stage('A') {\n    sh 'taskmaster list'\n  } }\n  post {\n    sh 'task-master list'\n  }\n}\n",
        &["3 [A] calls taskmaster list", "6 [post] calls task-master list"],
    );
    // What is no YAML is told by its lines.
    check(".github/workflows/a.yml", "a: [\n  taskmaster list\n", &["2 [-] calls taskmaster list"]);
}

#[test]
fn hooks_have_the_names_of_their_managers() {
    check(".husky/pre-commit", "taskmaster hooks run pre-commit\n", &["1 [pre-commit] calls taskmaster hooks"]);
    check(
        "lefthook.yml",
        "pre-commit:\n  commands:\n    a:\n      run: taskmaster list\n",
        &["4 [pre-commit / a] calls taskmaster list"],
    );
    check(
        "lefthook.toml",
        "[pre-commit.commands.a]\nrun = \"taskmaster list\"\n",
        &["2 [pre-commit / a] calls taskmaster list"],
    );
    check(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - id: a\n    entry: taskmaster list\n",
        &["5 [a] calls taskmaster list"],
    );
    check(
        "prek.toml",
        "[[repos]]\n[[repos.hooks]]\nid = \"a\"\nentry = '''taskmaster list'''\n",
        &["4 [a] calls taskmaster list"],
    );
}

#[test]
fn what_calls_what_touches_tasks_touches_them_too() {
    let found = found(&[
        ("scripts/sync.py", "open('.taskmaster/state.json')\n"),
        ("scripts/all.sh", "python ./sync.py\n"),
        ("Makefile", "sync:\n\tpython scripts/sync.py\nother:\n\ttrue\n"),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: make -s sync\n      - run: make other\n      - run: npm run s\n",
        ),
        ("package.json", "{\"scripts\": {\"s\": \"bash scripts/all.sh\"}}\n"),
    ]);
    assert_eq!(
        found,
        [
            "package.json:1 [s] calls scripts/all.sh",
            "scripts/all.sh:1 [-] calls scripts/sync.py",
            "scripts/sync.py:1 [-] reads .taskmaster/state.json",
            "Makefile:2 [sync] calls scripts/sync.py",
            ".github/workflows/a.yml:4 [a / step 1] calls make sync",
            ".github/workflows/a.yml:6 [a / step 3] calls npm s",
        ]
    );
}

#[test]
fn files_are_known_by_their_paths_in_either_case() {
    let name = |path: &str| match by_path(path) {
        Some(ByPath::Finder(finder)) => finder.name,
        Some(ByPath::AskBeginning) => "?",
        None => "",
    };
    for (path, wanted) in [
        ("MAKEFILE", "make"),
        ("build/x.mk", "make"),
        (".GitHub/Workflows/A.YAML", "github-actions"),
        (".husky/pre-push", "hooks"),
        (".husky/notes.md", ""),
        ("hooks/useTask.ts", "javascript"),
        ("tools/deploy", "?"),
        ("docs/x.md", ""),
        ("Jenkinsfile", "jenkins"),
        ("ci/build.gitlab-ci.yml", "gitlab-ci"),
    ] {
        assert_eq!(name(path), wanted, "{path}");
    }
    let names: BTreeSet<&str> = FINDERS.iter().map(|finder| finder.name).collect();
    assert_eq!(names.len(), FINDERS.len());
}

#[test]
fn nothing_more_is_looked_at_when_time_is_over() {
    let Some(ByPath::Finder(finder)) = by_path("a.sh") else { panic!() };
    let text = |path: &str| Text { path: path.to_owned(), finder, text: "taskmaster list\n".to_owned() };
    let mut left = 1;
    let mut go_on = || {
        left -= 1;
        left >= 0
    };
    assert_eq!(look(&[text("a.sh"), text("b.sh")], &commands(), &mut go_on).len(), 1);
}

#[test]
fn what_is_moved_unpacked_or_removed_is_written() {
    for (path, text) in [
        ("a.py", "os.replace(\"a\", \"OLD\")\n"),
        ("a.py", "shutil.copyfile(\"a\", \"OLD\")\n"),
        ("a.py", "shutil.rmtree(\"OLD\")\n"),
        ("a.js", "fs.renameSync('a', 'OLD')\n"),
        ("a.js", "fs.copyFileSync('a', 'OLD')\n"),
        ("a.js", "fs.createWriteStream('OLD')\n"),
        ("a.rb", "FileUtils.mv('a', 'OLD')\n"),
        ("a.rb", "File.delete('OLD')\n"),
        ("a.sh", "find OLD -name x -delete\n"),
        ("a.sh", "unzip -q x.zip -d OLD\n"),
        ("a.sh", "tar xzf x.tgz -C OLD\n"),
        ("a.sh", "patch OLD x.diff\n"),
        ("a.sh", "cd OLD && rm -rf tasks\n"),
    ] {
        let path_there = ".taskmaster/tasks";
        check(path, &text.replace("OLD", path_there), &[&format!("1 [-] writes {path_there}")]);
    }
    for text in ["tar czf x.tgz -C OLD .\n", "cd OLD && ls\n", "find OLD -name x\n"] {
        check("a.sh", &text.replace("OLD", ".taskmaster/tasks"), &["1 [-] reads .taskmaster/tasks"]);
    }
    check("a.py", "shutil.copyfile(\"tasks/tasks.json\", \"b\")\n", &["1 [-] reads tasks/tasks.json"]);
}

#[test]
fn a_requirement_is_an_old_path_wherever_it_stands_alone() {
    check("a.sh", "cat scripts/prd.txt\n", &["1 [-] reads scripts/prd.txt"]);
    check("Makefile", "p:\n\tcat scripts/prd.txt\nq: p\n", &["2 [p] reads scripts/prd.txt", "3 [q] calls make p"]);
}

#[test]
fn targets_that_share_a_rule_are_each_called() {
    check(
        "Makefile",
        "a b:\n\tcat .taskmaster/x\nc:\n\tmake b\n",
        &["2 [a b] reads .taskmaster/x", "4 [c] calls make b"],
    );
}

#[test]
fn what_is_only_printed_is_not_done() {
    check("a.sh", "cat <<END\ntaskmaster set-status 1 done\nEND\ntaskmaster list\n", &["4 [-] calls taskmaster list"]);
    check(
        "a.sh",
        "cat <<'END' | sh\ntaskmaster set-status 1 done\nEND\n",
        &["2 [-] sets-status taskmaster set-status"],
    );
    check("a.sh", "sh <<END\ntaskmaster list\nEND\n", &["2 [-] calls taskmaster list"]);
}
