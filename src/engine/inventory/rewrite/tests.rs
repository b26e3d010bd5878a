use super::super::{ByPath, by_path};
use super::*;

#[track_caller]
fn check(path: &str, text: &str, wanted: &str, by_hand: &[&str]) {
    let Some(ByPath::Finder(finder)) = by_path(path) else { panic!("{path}") };
    let source = Text { path: path.to_owned(), finder, text: text.to_owned() };
    let result = rewrite(&source, &|_| Standing::New);
    assert_eq!(result.text, wanted, "{text}");
    let left: Vec<String> = result.by_hand.iter().map(|place| format!("{}: {}", place.line, place.what)).collect();
    assert_eq!(left, by_hand, "{text}");
    // Twice is once.
    let again = Text { text: result.text.clone(), ..source };
    assert_eq!(rewrite(&again, &|_| Standing::New).text, result.text);
}

#[test]
fn old_paths_become_new_ones_and_nothing_else_changes() {
    check(
        "a.sh",
        "cat ./tasks/tasks.json\r\n# tasks/tasks.json\r\n",
        "cat ./.taskmaster/tasks/tasks.json\r\n# tasks/tasks.json\r\n",
        &[],
    );
    check(
        "a.sh",
        "cat ü \"tasks/task_001.txt\"; ls tasks/task_*.txt",
        "cat ü \".taskmaster/tasks/task_001.txt\"; ls .taskmaster/tasks/task_*.txt",
        &[],
    );
    check(
        "a.py",
        "open('.taskmasterconfig')\nPath('tasks') / 'tasks.json'\n",
        "open('.taskmaster/config.json')\nPath('tasks') / 'tasks.json'\n",
        &["2: tasks, tasks.json"],
    );
    check(
        "a.sh",
        "cat \\\n  scripts/prd.txt \\\n  .taskmaster/tasks.json\n",
        "cat \\\n  .taskmaster/docs/prd.txt \\\n  .taskmaster/tasks/tasks.json\n",
        &[],
    );
    check(
        "a.sh",
        "cat other/tasks/tasks.json .taskmaster/tasks/tasks.json\n",
        "cat other/tasks/tasks.json .taskmaster/tasks/tasks.json\n",
        &[],
    );
}

#[test]
fn calls_become_calls_of_this_program() {
    check(
        ".github/workflows/a.yml",
        "jobs: {a: {steps: []}}\nx:\n  run: |\n    python scripts/update_task_status.py \\\n      --task-id ${{ inputs.task_id }} \\\n      --status \"testing\" \\\n      --metadata '{\"a\": \"b; c\"}'\n",
        "jobs: {a: {steps: []}}\nx:\n  run: |\n    taskmaster update-task-status \\\n      --task-id ${{ inputs.task_id }} \\\n      --status \"testing\" \\\n      --metadata '{\"a\": \"b; c\"}'\n",
        &[],
    );
    check(
        "Makefile",
        "a:\n\t@$(PYTHON) scripts/update_task_status.py --task-id=1 --status=done\n",
        "a:\n\t@taskmaster update-task-status --task-id=1 --status=done\n",
        &[],
    );
    check(
        "a.sh",
        "true && ./scripts/update_task_status.sh --task-id 1 --status done\n",
        "true && taskmaster update-task-status --task-id 1 --status done\n",
        &[],
    );
}

#[test]
fn what_is_not_plain_is_left_to_people() {
    for text in [
        "python -u scripts/update_task_status.py --task-id 1 --status done\n",
        "python scripts/update_task_status.py 1 done\n",
        "python scripts/update_task_status.py --task-id 1; echo --status done\n",
        "python scripts/update_task_status.py --task-id 1 --status done --force\n",
        "chmod +x scripts/update_task_status.py\n",
    ] {
        check("a.sh", text, text, &["1: scripts/update_task_status.py"]);
    }
    let text = "run(['python', 'scripts/update_task_status.py', '--task-id', '1', '--status', 'done'])\n";
    check("a.py", text, text, &["1: scripts/update_task_status.py"]);
}

#[test]
fn what_is_written_joined_or_elsewhere_is_left_to_people() {
    for text in [
        "jq .tasks .taskmaster/tasks/tasks.json > tasks/tasks.json\n",
        "cp .taskmaster/tasks/tasks.json tasks/tasks.json\n",
        "cp tasks/tasks.json backup\n",
        "rm -f tasks/tasks.json\n",
        "[ -f tasks/tasks.json ] && mv tasks/tasks.json .taskmaster/tasks/tasks.json\n",
        "curl -o tasks/tasks.json https://example.com/x\n",
        "curl -s $BASE_URL/tasks/tasks.json\n",
        "cat /tasks/tasks.json\n",
        "cat $HOME/tasks/tasks.json\n",
        "cat $ROOT/\"tasks/tasks.json\"\n",
        "git show v1.0:tasks/tasks.json\n",
        "scp build@host:tasks/tasks.json .\n",
        "diff .taskmaster/tasks/tasks.json tasks/tasks.json\n",
        "F=tasks/tasks.json\n",
        "cd backend && cat tasks/tasks.json\n",
        "cd backend\ncat tasks/tasks.json\n",
        "cat <<END\ntasks/tasks.json was there\nEND\n",
        "echo tasks/tasks.json >> .gitignore\n",
        "sed -i 's#tasks/tasks.json#x#' README.md\n",
        "docker exec app python scripts/update_task_status.py --task-id 1 --status done\n",
        "ssh host python /srv/x/update_task_status.py --task-id 1 --status done\n",
        "python vendor/other/update_task_status.py --task-id 1 --status done\n",
        "echo \"run: python scripts/update_task_status.py --task-id 1 --status done\"\n",
        "which python scripts/update_task_status.py --task-id 1 --status done\n",
    ] {
        untouched("a.sh", text);
    }
    untouched("node_modules/x/a.sh", "cat tasks/tasks.json\n");
    untouched("vendor/y/a.sh", "cat tasks/tasks.json\n");
    for text in [
        "p = os.path.join(root, \".taskmaster\", \"tasks/tasks.json\")\n",
        "q = open(Path(\".taskmaster\") / \"tasks/tasks.json\")\n",
        "os.remove(\"tasks/tasks.json\")\n",
        "open(\"tasks/tasks.json\", \"w\")\n",
        "requests.get(f\"{BASE}/tasks/tasks.json\")\n",
        "OLD = \"tasks/tasks.json\"\n",
    ] {
        untouched("a.py", text);
    }
    let workflow = "jobs:\n  a:\n    steps:\n";
    let named = "      - name: 'x: python scripts/update_task_status.py --task-id 1 --status done'\n";
    untouched(".github/workflows/a.yml", &format!("{workflow}{named}"));
    let elsewhere = "      - run: cat tasks/tasks.json\n        working-directory: backend\n";
    untouched(".github/workflows/a.yml", &format!("{workflow}{elsewhere}"));
}

#[track_caller]
fn untouched(path: &str, text: &str) {
    let Some(ByPath::Finder(finder)) = by_path(path) else { panic!("{path}") };
    let source = Text { path: path.to_owned(), finder, text: text.to_owned() };
    let result = rewrite(&source, &|_| Standing::New);
    assert_eq!(result.text, text);
    assert!(!result.by_hand.is_empty(), "it is listed: {text}");
}

#[test]
fn without_a_file_at_the_new_place_nothing_is_rewritten() {
    let Some(ByPath::Finder(finder)) = by_path("a.sh") else { panic!() };
    let source = Text { path: "a.sh".to_owned(), finder, text: "cat tasks/tasks.json\n".to_owned() };
    let result = rewrite(&source, &|_| Standing::Nowhere);
    assert_eq!((result.text.as_str(), result.by_hand.len()), ("cat tasks/tasks.json\n", 1));
}

#[test]
fn a_place_that_has_a_file_is_no_old_one() {
    let Some(ByPath::Finder(finder)) = by_path("a.sh") else { panic!() };
    let source = Text { path: "a.sh".to_owned(), finder, text: "cat tasks/tasks.json scripts/prd.txt".to_owned() };
    let result = rewrite(&source, &|path| {
        if path.old == "tasks/tasks.json" { Standing::Old } else { Standing::New }
    });
    assert_eq!(result.text, "cat tasks/tasks.json .taskmaster/docs/prd.txt");
    assert_eq!(result.by_hand.len(), 1);
}

#[test]
fn what_is_written_by_way_of_something_else_is_left_to_people() {
    for text in [
        "OUT = tasks/tasks.json\nall:\n\tgen > $(OUT)\n",
        "OUT := tasks/tasks.json\nall:\n\tcat $(OUT)\n",
        "IN ?= tasks/tasks.json\nall:\n\tjq . x > $(IN)\n",
        "tasks/tasks.json: gen\n\tgen > $@\n",
        "all: tasks/tasks.json\n\tgen -o $<\n",
        "cat: tasks/tasks.json\n\tgen > $<\n",
        "all:\n\tgen --output tasks/tasks.json\n",
        "all:\n\tprettier --write a tasks/tasks.json\n",
        "all:\n\tcat tasks/tasks.json\n\tgen > tasks/tasks.json\n",
    ] {
        untouched("Makefile", text);
    }
    let steps = "jobs:\n  a:\n    steps:\n";
    for text in [
        format!("env:\n  OUT: tasks/tasks.json\n{steps}      - run: gen > $OUT\n"),
        format!("{steps}      - env:\n          OUT: tasks/tasks.json\n        run: gen > ${{{{ env.OUT }}}}\n"),
        format!("{steps}      - uses: actions/download-artifact@v4\n        with:\n          path: tasks/tasks.json\n"),
        format!(
            "{steps}      - uses: actions/cache@v4\n        with:\n          path: |\n            tasks/tasks.json\n"
        ),
        format!("{steps}      - run: gen -o tasks/tasks.json\n"),
        format!("{steps}      - run: |\n          cat x \\\n            >& tasks/tasks.json\n"),
        format!("{steps}      - run: >\n          gen\n          tasks/tasks.json\n"),
    ] {
        untouched(".github/workflows/a.yml", &text);
    }
    for text in [
        "OUT = 'tasks/tasks.json'\nopen(OUT, 'w')\n",
        "open('tasks/tasks.json', mode)\n",
        "download('tasks/tasks.json')\n",
        "already(open(x), 'tasks/tasks.json')\n",
        "parser.add_argument('--output', default='tasks/tasks.json')\n",
    ] {
        untouched("a.py", text);
    }
    untouched("package.json", "{\"scripts\": {\n\"a\": \"gen tasks/tasks.json\"}}\n");
    untouched("a.sh", "gen tasks/tasks.json\n");
    untouched("a.sh", "for f in a; do gen --write tasks/tasks.json; done\n");
}

#[test]
fn what_is_only_read_is_rewritten_in_pipelines_and_programs_too() {
    let steps = "jobs:\n  a:\n    steps:\n";
    for (path, text) in [
        (".github/workflows/a.yml", format!("{steps}      - run: jq . OLD\n")),
        (".github/workflows/a.yml", format!("{steps}      - run: |\n          N=$(jq length OLD)\n")),
        ("package.json", "{\"scripts\": {\n\"a\": \"jq . OLD | wc -l\"}}\n".to_owned()),
        ("Makefile", "a:\n\t@grep -c . OLD\n".to_owned()),
        ("a.py", "json.load(open('OLD', encoding='utf-8'))\nPath(\"OLD\").read_text()\n".to_owned()),
        ("a.js", "fs.readFileSync('OLD', 'utf8')\n".to_owned()),
    ] {
        let old = text.replace("OLD", "tasks/tasks.json");
        check(path, &old, &text.replace("OLD", ".taskmaster/tasks/tasks.json"), &[]);
    }
}

#[test]
fn a_reading_is_left_where_anything_else_in_the_file_may_write_that_place() {
    for (path, read, other) in [
        ("a.py", "json.load(open('OLD'))", "os.replace('close.tmp', 'OLD')"),
        ("a.py", "json.load(open('OLD'))", "shutil.copyfile('a', 'OLD')"),
        ("a.py", "json.load(open('OLD'))", "PATH = 'OLD'\nos.replace(tmp, PATH)"),
        ("a.py", "json.load(open('OLD'))", "Path('OLD').rename('x')"),
        ("a.py", "pandas.read_json('OLD')", "df.to_json('OLD')"),
        ("a.js", "fs.readFileSync('OLD')", "fs.renameSync('a', 'OLD')"),
        ("a.js", "fs.readFileSync('OLD')", "fs.createWriteStream('OLD')"),
        ("a.rb", "File.exist?('OLD')", "FileUtils.mv('x', 'OLD')"),
        ("a.ps1", "Get-Content OLD", "Remove-Item OLD"),
        ("a.sh", "cat OLD", "cd tasks && echo x > tasks.json"),
        ("a.sh", "cat OLD", "OUT=tasks; echo x > $OUT/tasks.json"),
        ("a.sh", "cat OLD", "rsync -a x/ tasks/"),
        ("a.sh", "cat OLD", "F=OLD"),
        ("a.sh", "cat OLD", "echo OLD | xargs rm"),
        (".github/workflows/a.yml", "jobs:\n  a:\n    steps:\n      - run: cat OLD", "      - run: gen OLD"),
        ("Makefile", "a:\n\tcat OLD", "b:\n\tgen OLD"),
    ] {
        untouched(path, &format!("{read}\n{other}\n").replace("OLD", "tasks/tasks.json"));
    }
    untouched("a.pl", "open F, \"+<tasks/tasks.json\";\n");
    // What is only said, listed or needed is not written.
    check(
        "a.sh",
        "cat tasks/tasks.json\necho \"from tasks/tasks.json\"\n",
        "cat .taskmaster/tasks/tasks.json\necho \"from tasks/tasks.json\"\n",
        &["2: tasks/tasks.json"],
    );
    let pushed = "on:\n  push:\n    paths: [\"tasks/tasks.json\"]\njobs:\n  a:\n    steps:\n";
    check(
        ".github/workflows/a.yml",
        &format!("{pushed}      - run: cat tasks/tasks.json\n"),
        &format!("{pushed}      - run: cat .taskmaster/tasks/tasks.json\n"),
        &["3: tasks/tasks.json"],
    );
}
