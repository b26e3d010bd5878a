//! Other programs that look after hooks: theirs and ours both run, whatever each of them is.
//!
//! Two forms of the same scenes: with files shaped as those programs write them, and, where
//! `TASKMASTER_NETWORK=1` allows it, with the programs themselves, from their registries.

#![expect(clippy::indexing_slicing, reason = "a test that reads past an end has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::sandbox::{Ran, Repo, Sandbox, WORKFLOW};
use super::super::scenery::{ONE, THREE, TWO, executable};

/// The hooks that the other program has something to do in; `post-checkout` is left to us.
const THEIRS: [&str; 7] =
    ["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-merge", "post-rewrite", "pre-push"];

/// What the other program hands on of what git gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HandsOn {
    /// Arguments and standard input.
    All,
    /// Variables of its own instead.
    Variables,
}

/// One of those programs.
struct Manager {
    name: &'static str,
    hands_on: HandsOn,
    /// Writes its configuration with the scripts of the scene, and has it install itself.
    set_up: fn(&Scene<'_>),
    /// Puts our lines for a hook where it was said to put them.
    add: fn(&Scene<'_>, hook: &str, file: &Path, lines: &str),
}

const MANAGERS: [Manager; 4] = [
    Manager { name: "husky", hands_on: HandsOn::All, set_up: set_up_husky, add: append },
    Manager { name: "lefthook", hands_on: HandsOn::All, set_up: set_up_lefthook, add: add_to_lefthook },
    Manager { name: "pre-commit", hands_on: HandsOn::Variables, set_up: set_up_pre_commit, add: append },
    Manager { name: "prek", hands_on: HandsOn::Variables, set_up: set_up_prek, add: append },
];

struct Scene<'a> {
    repo: Repo<'a>,
    /// Where the programs are; `None` where their files are only shaped alike.
    programs: Option<PathBuf>,
}

impl Scene<'_> {
    fn new<'a>(sandbox: &'a Sandbox, programs: Option<&Path>) -> Scene<'a> {
        let repo = sandbox.repository("ann");
        repo.plant(WORKFLOW);
        repo.write(".gitignore", ".husky/_\nlefthook.yml\n.pre-commit-config.yaml\n.husky\n");
        repo.commit_all("Start");
        let scene = Scene { repo, programs: programs.map(ToOwned::to_owned) };
        executable(
            &scene.theirs(),
            &format!(
                "#!/bin/sh\nhook=$1\nshift\n{{ printf '%s' \"$hook\"; printf ' <%s>' \"$@\"; printf ' in:<%s>\\n' \"$(cat)\"; }} >>'{0}/seen'\n[ ! -e '{0}/refuse' ]\n",
                sandbox.path().display()
            ),
        );
        scene
    }

    fn theirs(&self) -> PathBuf {
        self.repo.sandbox.path().join("theirs")
    }

    /// Runs a program with ours and theirs on PATH.
    fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        let ours = Path::new(env!("CARGO_BIN_EXE_taskmaster")).parent().unwrap().display();
        let theirs = self
            .programs
            .as_ref()
            .map_or_else(String::new, |folder| format!("{0}/node_modules/.bin:{0}/python/bin:", folder.display()));
        let path = format!("{theirs}{ours}:{}", std::env::var("PATH").unwrap());
        let fake = self.repo.sandbox.path().join("fake-lefthook");
        let mut environment = vec![("PATH", path.as_str())];
        if self.programs.is_none() {
            environment.push(("LEFTHOOK_BIN", fake.to_str().unwrap()));
        }
        self.repo.sandbox.run(&self.repo.path, program, arguments, &environment)
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> Ran {
        let ran = self.run("git", arguments);
        assert_eq!(ran.code, 0, "git {arguments:?}: {ran:?}");
        ran
    }

    /// What their scripts were called with since the last time.
    fn seen(&self) -> String {
        let path = self.repo.sandbox.path().join("seen");
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::remove_file(&path).ok();
        text
    }

    /// The runs of ours that the log has, since the last time.
    fn ours(&self) -> Vec<String> {
        let path = self.repo.path.join(".git/taskmaster/log/workflow.jsonl");
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::remove_file(&path).ok();
        let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let runs = text.lines().map(line).filter(|line| line["schema"] == "taskmaster.run/1");
        let run = |line: serde_json::Value| {
            assert_ne!(line["outcome"], "left-out", "{line}");
            line["run"].as_str().unwrap().to_owned()
        };
        runs.map(run).collect()
    }

    /// Every file of the hooks folder.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let folder = self.repo.git(&["rev-parse", "--git-path", "hooks"]);
        let entries = fs::read_dir(self.repo.path.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_file()).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }
}

/// Lines that are to be added by hand: hook, file, lines.
fn printed(said: &str) -> Vec<(String, PathBuf, String)> {
    let mut blocks: Vec<(String, PathBuf, String)> = Vec::new();
    for line in said.lines() {
        let file = line.split_once("; add the lines to `").and_then(|(_, rest)| rest.strip_suffix('`'));
        if let (Some((hook, _)), Some(file)) = (line.split_once(": "), file) {
            blocks.push((hook.to_owned(), PathBuf::from(file), String::new()));
        } else if line.starts_with("not run by git yet") || line.starts_with("mode ") {
            break;
        } else if let Some((_, _, lines)) = blocks.last_mut() {
            lines.push_str(&format!("{line}\n"));
        }
    }
    blocks
}

/// The whole of it with one program.
fn both_run(manager: &Manager, programs: Option<&Path>) {
    let sandbox = Sandbox::new();
    let scene = Scene::new(&sandbox, programs);
    let name = manager.name;
    (manager.set_up)(&scene);
    let (before, repo) = (scene.files(), &scene.repo);

    let installed = repo.try_tm(&["hooks", "install"]);
    assert_eq!(installed.code, 1, "{name}: something is left to do by hand: {installed:?}");
    let blocks = printed(&installed.stderr);
    assert!(blocks.len() >= THEIRS.len(), "{name}: {installed:?}");
    for (hook, file, lines) in &blocks {
        (manager.add)(&scene, hook, file, lines);
    }
    let status = scene.run(env!("CARGO_BIN_EXE_taskmaster"), &["hooks", "status"]);
    assert_eq!(status.code, 0, "{name}: {status:?}");
    let doctor = scene.run(env!("CARGO_BIN_EXE_taskmaster"), &["doctor"]);
    assert_eq!((doctor.code, doctor.stdout.as_str()), (0, ""), "{name}: {doctor:?}");

    // A commit.
    repo.mark(ONE, "pending", "done");
    let ran = scene.git(&["commit", "-q", "-am", "Finish one"]);
    let ran_as = |hooks: &[&str], seen: &str, ours: &[String]| {
        let theirs: Vec<&str> = seen.lines().map(|line| line.split(' ').next().unwrap()).collect();
        let theirs: Vec<&str> = theirs.into_iter().filter(|hook| THEIRS.contains(hook)).collect();
        let expected: Vec<&str> = hooks.iter().copied().filter(|hook| THEIRS.contains(hook)).collect();
        assert_eq!(theirs, expected, "{name}: {seen}");
        assert_eq!(ours, hooks, "{name}: ours");
    };
    let seen = scene.seen();
    ran_as(&["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"], &seen, &scene.ours());
    assert!(seen.contains("prepare-commit-msg <.git/COMMIT_EDITMSG>"), "{name}: {seen}");
    assert!(seen.contains("commit-msg <.git/COMMIT_EDITMSG>"), "{name}: {seen}");
    assert_eq!(repo.subjects()[0], "chore(taskmaster): 1 done; 2 pending", "{name}: {ran:?}");
    assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{name}");

    let ran = scene.run("git", &["commit", "-q", "--amend", "-m", "Amend"]);
    assert_eq!(ran.code, 1, "{name}: {ran:?}");
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("git reset --soft HEAD~1"), "{name}: {ran:?}");
    let _ = (scene.seen(), scene.ours());

    // A branch, a merge and a rebase.
    scene.git(&["switch", "-q", "-c", "side", "HEAD~2"]);
    ran_as(&["post-checkout"], &scene.seen(), &scene.ours());
    scene.git(&["commit", "-q", "--allow-empty", "-m", "Beside"]);
    scene.git(&["switch", "-q", "main"]);
    let _ = (scene.seen(), scene.ours());
    scene.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    let (seen, ours) = (scene.seen(), scene.ours());
    assert!(seen.contains("post-merge ") && ours.contains(&"post-merge".to_owned()), "{name}: {seen} {ours:?}");
    if manager.hands_on == HandsOn::All {
        assert!(seen.contains("post-merge <0> in:<"), "{name}: {seen}");
    }
    scene.git(&["switch", "-q", "side"]);
    let old = repo.head();
    scene.git(&["rebase", "-q", "main~1"]);
    let (seen, ours) = (scene.seen(), scene.ours());
    assert!(seen.contains("post-rewrite ") && ours.contains(&"post-rewrite".to_owned()), "{name}: {seen} {ours:?}");
    if manager.hands_on == HandsOn::All {
        let expected = format!("post-rewrite <rebase> in:<{old} {}", repo.head());
        assert!(seen.contains(&expected), "{name}: {expected}: {seen}");
    }
    scene.git(&["switch", "-q", "main"]);

    // A push.
    let bare = sandbox.bare("shared.git");
    repo.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
    let _ = (scene.seen(), scene.ours());
    scene.git(&["push", "-q", "origin", "main"]);
    let (seen, ours) = (scene.seen(), scene.ours());
    ran_as(&["pre-push"], &seen, &ours);
    if manager.hands_on == HandsOn::All {
        let expected = format!("pre-push <origin> <{}> in:<refs/heads/main {} ", bare.display(), repo.head());
        assert!(seen.contains(&expected), "{name}: {expected}: {seen}");
    }

    // Either may refuse.
    let head = repo.head();
    fs::write(sandbox.path().join("refuse"), "").unwrap();
    let ran = scene.run("git", &["commit", "-q", "--allow-empty", "-m", "No"]);
    assert_eq!((ran.code, repo.head() == head), (1, true), "{name}: {ran:?}");
    fs::remove_file(sandbox.path().join("refuse")).unwrap();
    repo.replace(THREE, "dependencies: []", "dependencies: [task_099]");
    let ran = scene.run("git", &["commit", "-q", "-am", "Wait for what is not there"]);
    assert_eq!((ran.code, repo.head() == head), (1, true), "{name}: {ran:?}");
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("task_099"), "{name}: {ran:?}");
    repo.replace(THREE, "dependencies: [task_099]", "dependencies: []");

    repo.tm(&["hooks", "uninstall"]);
    assert!(scene.files() == before, "{name}: {:?} {:?}", before.keys(), scene.files().keys());
}

#[test]
fn case_30_hooks_shaped_as_other_programs_write_them_still_run() {
    for manager in &MANAGERS {
        both_run(manager, None);
    }
}

#[test]
fn case_30_the_hooks_of_other_programs_still_run() {
    if std::env::var_os("TASKMASTER_NETWORK").is_none_or(|value| value != "1") {
        println!("skipped: husky, lefthook, pre-commit and prek are installed where TASKMASTER_NETWORK=1");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    fs::write(place.join("package.json"), "{\"private\": true}\n").unwrap();
    let install = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(place).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    install("npm", &["install", "--no-audit", "--no-fund", "--silent", "husky@9", "lefthook@2"]);
    install("python3", &["-m", "venv", "python"]);
    install("python/bin/pip", &["install", "-q", "--disable-pip-version-check", "pre-commit", "prek"]);
    let husky: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(place.join("node_modules/husky/package.json")).unwrap()).unwrap();
    println!(
        "husky {}, lefthook {}, {}, {}",
        husky["version"],
        install("node_modules/.bin/lefthook", &["version"]),
        install("python/bin/pre-commit", &["--version"]),
        install("python/bin/prek", &["--version"])
    );
    for manager in &MANAGERS {
        both_run(manager, Some(place));
    }
}

/// Lines go to the end of the file.
fn append(scene: &Scene<'_>, _: &str, file: &Path, lines: &str) {
    let path = scene.repo.path.join(file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    fs::write(path, format!("{text}{lines}")).unwrap();
}

fn set_up_husky(scene: &Scene<'_>) {
    let repo = &scene.repo;
    if scene.programs.is_some() {
        let ran = scene.run("husky", &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
    } else {
        let wrapper = "#!/usr/bin/env sh\nn=$(basename \"$0\")\ns=$(dirname \"$(dirname \"$0\")\")/$n\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\nc=$?\n[ $c != 0 ] && echo \"husky - $n script failed (code $c)\"\nexit $c\n";
        executable(&repo.path.join(".husky/_/h"), wrapper);
        for hook in THEIRS.iter().chain(&["post-checkout"]) {
            let text = "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"";
            executable(&repo.path.join(format!(".husky/_/{hook}")), text);
        }
        repo.git(&["config", "core.hooksPath", ".husky/_"]);
    }
    for hook in THEIRS {
        repo.write(&format!(".husky/{hook}"), format!("'{}' {hook} \"$@\"\n", scene.theirs().display()));
    }
}

fn set_up_lefthook(scene: &Scene<'_>) {
    let mut text = String::new();
    for hook in THEIRS {
        let script = scene.theirs();
        text.push_str(&format!(
            "{hook}:\n  commands:\n    theirs:\n      use_stdin: true\n      run: \"{} {hook} {{0}}\"\n",
            script.display()
        ));
    }
    scene.repo.write("lefthook.yml", text);
    if scene.programs.is_some() {
        let ran = scene.run("lefthook", &["install"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        return;
    }
    for hook in THEIRS {
        let text = format!(
            "#!/bin/sh\n\nif [ \"$LEFTHOOK\" = \"0\" ]; then\n  exit 0\nfi\n\ncall_lefthook()\n{{\n  \"$LEFTHOOK_BIN\" \"$@\"\n}}\n\ncall_lefthook run \"{hook}\" \"$@\"\n"
        );
        executable(&scene.repo.path.join(format!(".git/hooks/{hook}")), &text);
    }
    // Runs each command of the hook, the input to those that ask for it, and fails with any of them.
    let fake = "#!/bin/sh\n[ \"$1\" = run ] || exit 2\nhook=$2\nshift 2\narguments=\"$*\"\ninput=$(cat)\nfailed=0\n\
        sed -n \"/^$hook:/,/^[a-z]/s/^      run: \\\"\\(.*\\)\\\"\\$/\\1/p\" lefthook.yml >.git/commands\n\
        while read -r line; do\n\
        line=$(printf '%s' \"$line\" | sed \"s|{0}|$arguments|\")\n\
        case $line in *theirs*) printf '%s' \"$input\" | sh -c \"$line\" || failed=1 ;; *) sh -c \"$line\" </dev/null || failed=1 ;; esac\n\
        done <.git/commands\nexit $failed\n";
    executable(&scene.repo.sandbox.path().join("fake-lefthook"), fake);
}

/// Where the configuration has the hook already, our command goes below its commands.
fn add_to_lefthook(scene: &Scene<'_>, hook: &str, file: &Path, lines: &str) {
    let path = scene.repo.path.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let key = format!("\n{hook}:\n  commands:\n");
    let whole = format!("\n{text}");
    assert!(whole.contains(&key) || !THEIRS.contains(&hook), "{text}");
    let added =
        if whole.contains(&key) { whole.replace(&key, &format!("\n{lines}")) } else { format!("{text}{lines}") };
    fs::write(path, added).unwrap();
}

fn pre_commit_configuration(scene: &Scene<'_>) {
    let mut text = "repos:\n".to_owned();
    for hook in THEIRS {
        let passes = ["prepare-commit-msg", "commit-msg"].contains(&hook);
        text.push_str(&format!(
            "  - repo: local\n    hooks:\n      - id: theirs-{hook}\n        name: theirs {hook}\n        entry: {} {hook}\n        language: system\n        stages: [{hook}]\n        always_run: true\n        pass_filenames: {passes}\n",
            scene.theirs().display()
        ));
    }
    scene.repo.write(".pre-commit-config.yaml", text);
}

fn set_up_pre_commit(scene: &Scene<'_>) {
    set_up_python(scene, "pre-commit", |hook, fake| {
        format!(
            "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n# ID: 138fd403232d2ddd5efb44317e38bf03\n\n# start templated\nINSTALL_PYTHON={fake}\nARGS=(hook-impl --config=.pre-commit-config.yaml --hook-type={hook})\n# end templated\n\nHERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\nARGS+=(--hook-dir \"$HERE\" -- \"$@\")\n\nexec \"$INSTALL_PYTHON\" -mpre_commit \"${{ARGS[@]}}\"\n"
        )
    });
}

fn set_up_prek(scene: &Scene<'_>) {
    set_up_python(scene, "prek", |hook, fake| {
        format!(
            "#!/bin/sh\n# File generated by prek: https://github.com/j178/prek\n# ID: 182c10f181da4464a3eec51b83331688\n\nHERE=\"$(cd \"$(dirname \"$0\")\" && pwd)\"\nPREK=\"{fake}\"\n\nexec \"$PREK\" hook-impl --hook-dir=\"$HERE\" --script-version=4 --hook-type={hook} -- \"$@\"\n"
        )
    });
}

fn set_up_python(scene: &Scene<'_>, program: &str, shape: fn(&str, &str) -> String) {
    pre_commit_configuration(scene);
    if scene.programs.is_some() {
        let types = THEIRS.iter().flat_map(|hook| ["-t", hook]);
        let ran = scene.run(program, &["install"].into_iter().chain(types).collect::<Vec<_>>());
        assert_eq!(ran.code, 0, "{ran:?}");
        return;
    }
    // Runs each entry of the hook's stage with variables instead of arguments, and fails with any of them.
    let fake = "#!/bin/sh\nfor word; do\ncase $word in --hook-type=*) hook=${word#*=} ;; esac\ndone\n\
        while [ \"$1\" != -- ]; do shift; done\nshift\n\
        file=\ncase $hook in\n*commit-msg) file=$1 ;;\n\
        post-merge) export PRE_COMMIT_IS_SQUASH_MERGE=\"$1\" ;;\n\
        post-rewrite) export PRE_COMMIT_REWRITE_COMMAND=\"$1\" ;;\n\
        pre-push) export PRE_COMMIT_REMOTE_NAME=\"$1\" PRE_COMMIT_REMOTE_URL=\"$2\" ;;\nesac\n\
        grep -A1 -E \"name: (theirs|taskmaster) $hook\\$\" .pre-commit-config.yaml | sed -n 's/^ *entry: //p' >.git/commands\n\
        failed=0\nwhile read -r line; do\nsh -c \"$line $file\" </dev/null || failed=1\ndone <.git/commands\nexit $failed\n";
    let path = scene.repo.sandbox.path().join("fake-runner");
    executable(&path, fake);
    for hook in THEIRS {
        let text = shape(hook, path.to_str().unwrap());
        executable(&scene.repo.path.join(format!(".git/hooks/{hook}")), &text);
    }
}
