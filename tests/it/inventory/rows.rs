//! Rows that say what happens, and none for what only speaks of tasks.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::executable;

const LIST: &str = ".taskmaster/tasks/tasks.json";

fn repository<'a>(sandbox: &'a Sandbox, files: &[(&str, &str)]) -> Repo<'a> {
    let repo = sandbox.repository("ann");
    repo.write(LIST, "{\"tasks\": []}\n");
    for (path, text) in files {
        repo.write(path, text);
    }
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Start"]);
    repo
}

/// The rows of a file: line, name and way.
fn rows(repo: &Repo<'_>, path: &str) -> Vec<String> {
    let table = repo.tm(&["inventory"]);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let [_, place, name, rest @ ..] = cells.as_slice() else { return None };
        let number = place.strip_prefix(path)?.strip_prefix(':')?;
        Some(format!("{number} {name} {}", rest.join(" ")))
    };
    table.lines().filter_map(row).collect()
}

#[test]
fn inventory_tells_what_writes_a_file() {
    let sandbox = Sandbox::new();
    let commands = [
        ("echo x >| LIST", "writes"),
        ("dd if=/dev/zero of=LIST", "writes"),
        ("dd if=LIST of=copy", "reads"),
        ("yq -i '.tasks' LIST", "writes"),
        ("yq '.tasks' LIST", "reads"),
        ("jq . x | sponge LIST", "writes"),
        ("sort -o LIST x", "writes"),
        ("gawk -i inplace 1 LIST", "writes"),
        ("grep -i x LIST", "reads"),
    ];
    let lines: Vec<&str> = commands.iter().map(|(command, _)| *command).collect();
    let script = format!("#!/bin/sh\n{}\n", lines.join("\n").replace("LIST", LIST));
    let repo = repository(&sandbox, &[("a.sh", &script)]);
    let expected: Vec<String> =
        commands.iter().enumerate().map(|(at, (_, way))| format!("{} - {way} {LIST}", at + 2)).collect();
    assert_eq!(rows(&repo, "a.sh"), expected);
}

#[test]
fn inventory_leaves_out_what_is_only_said() {
    let sandbox = Sandbox::new();
    let shell = format!(
        "echo \"see {LIST}; and more\"\nprintf 'x {LIST}\\n'\nif true; then echo {LIST}; fi\necho \"$(cat {LIST})\"\necho {LIST} | xargs rm\n"
    );
    let python = format!(
        "\"\"\"Reads {LIST}\nand tasks/tasks.json.\"\"\"\ndef f():\n    '''Of {LIST}.'''\n    print(\"see {LIST}\")\n    return open(\"{LIST}\")\n"
    );
    let workflow = format!("jobs:\n  a:\n    steps:\n      - run: echo \"see {LIST}\"\n      - run: cat {LIST}\n");
    let repo = repository(&sandbox, &[("a.sh", &shell), ("b.py", &python), (".github/workflows/c.yml", &workflow)]);
    assert_eq!(rows(&repo, "a.sh"), [format!("4 - reads {LIST}")]);
    assert_eq!(rows(&repo, "b.py"), [format!("6 - reads {LIST}")]);
    let steps = rows(&repo, ".github/workflows/c.yml");
    assert!(steps.len() == 1 && steps[0].starts_with("5 "), "{steps:?}");
}

#[test]
fn inventory_tells_scripts_of_one_line_apart() {
    let sandbox = Sandbox::new();
    let package =
        format!("{{\"scripts\": {{\"show\": \"cat {LIST}\", \"other\": \"node x\", \"all\": \"npm run show\"}}}}\n");
    let repo = repository(&sandbox, &[("package.json", &package)]);
    assert_eq!(rows(&repo, "package.json"), ["1 all calls npm show".to_owned(), format!("1 show reads {LIST}")]);
}

#[test]
fn inventory_follows_what_targets_need() {
    let sandbox = Sandbox::new();
    let makefile = format!(
        ".PHONY: report all\nreport:\n\tcat {LIST}\nall: clean report\n\techo done\nout: scripts/a.sh\n\tcp $< $@\none: ; make report\n"
    );
    let script = format!("cat {LIST}\n");
    let repo = repository(&sandbox, &[("Makefile", &makefile), ("scripts/a.sh", &script)]);
    let expected =
        [format!("3 report reads {LIST}"), "4 all calls make report".into(), "8 one calls make report".into()];
    assert_eq!(rows(&repo, "Makefile"), expected);
}

#[test]
fn inventory_says_which_hooks_git_does_not_run() {
    let sandbox = Sandbox::new();
    let hook = format!("#!/bin/sh\ncat {LIST}\n");
    let repo = repository(&sandbox, &[(".githooks/pre-push", &hook), (".husky/pre-commit", &hook)]);
    repo.write(".git/hooks/post-commit", &hook);
    executable(&repo.path.join(".git/hooks/pre-rebase"), &hook);
    let ran = repo.try_tm(&["inventory"]);
    let said: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("not executable")).collect();
    assert_eq!(
        said,
        [
            ".git/hooks/post-commit is not executable: git does not run it",
            ".githooks/pre-push is not executable: git does not run it",
        ]
    );
    assert!(ran.stdout.contains(".git/hooks/post-commit:2") && ran.stdout.contains("pre-rebase:2"), "{ran:?}");
    let json: serde_json::Value = serde_json::from_str(&repo.tm(&["inventory", "--json"])).unwrap();
    assert_eq!(json["not_executable"], serde_json::json!([".git/hooks/post-commit", ".githooks/pre-push"]));
}
