//! `taskmaster demo`: what the README shows first.

use std::fs;
use std::path::{Path, PathBuf};

use super::project_file;
use crate::sandbox::Sandbox;

const PROGRAM: &str = env!("CARGO_BIN_EXE_taskmaster");

#[test]
fn demo_shows_the_main_job() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path().join("scratch");
    let ran = sandbox.run(sandbox.path(), PROGRAM, &["demo", "--dir", "scratch"], &[("GIT_DIR", "/nowhere")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stderr, "", "everything is data");
    for part in [
        "$ git init -q -b main\n",
        "$ taskmaster hooks install --mode commit\n",
        "$ git commit -am 'The dough is ready'\ntaskmaster: +1 commit ",
        "status: [-in-progress-]{+done+}",
        "taskmaster: chore(taskmaster): 1, 1.2 done; 2 pending",
        "2 status blocked -> pending by finished after ",
        "finished fires\n",
        "unblocked does not fire\n",
        "$ git status --short --branch\n## main\n\n",
        "\" taken back by ",
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is missing in:\n{}", ran.stdout);
    }
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.ends_with(folder.canonicalize().unwrap().to_str().unwrap()), "{last}");
    let lines = ran.stdout.lines().count();
    assert!(lines < 135, "{lines} lines are too many to read:\n{}", ran.stdout);
    assert!(!sandbox.path().join("home/.gitconfig").exists());
}

#[test]
fn demo_plants_the_sample_tree_of_the_fixtures() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(sandbox.path(), PROGRAM, &["demo", "--dir", "scratch"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let folder = sandbox.path().join("scratch");
    let git = |arguments: &[&str]| sandbox.run(&folder, "git", arguments, &[]).stdout;
    let root = git(&["rev-list", "--max-parents=0", "HEAD"]);
    let sample = project_file("fixtures/sample");
    let mut wanted: Vec<String> =
        files(&sample).iter().map(|file| file.strip_prefix(&sample).unwrap().to_str().unwrap().to_owned()).collect();
    wanted.sort();
    let planted = git(&["ls-tree", "-r", "--name-only", root.trim()]);
    assert_eq!(planted.lines().collect::<Vec<_>>(), wanted);
    for path in &wanted {
        let blob = git(&["show", &format!("{}:{path}", root.trim())]);
        assert_eq!(blob, fs::read_to_string(sample.join(path)).unwrap(), "{path}");
    }
    let check = sandbox.run(&folder, PROGRAM, &["check", "--at", root.trim()], &[]);
    assert_eq!((check.code, check.stdout.as_str()), (0, "6 tasks: 0 errors, 0 warnings\n"), "{check:?}");
}

#[test]
fn demo_leaves_a_folder_alone_that_is_not_empty() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path().join("home/file"), "mine").unwrap();
    let ran = sandbox.run(sandbox.path(), PROGRAM, &["demo", "--dir", "home"], &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("`./home` is not empty"), "{ran:?}");
    assert_eq!(files(&sandbox.path().join("home")).len(), 1);
}

#[test]
fn demo_says_that_git_is_missing() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(sandbox.path(), PROGRAM, &["demo", "--dir", "scratch"], &[("PATH", "/nowhere")]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("cannot run git") && ran.stderr.contains("install git"), "{ran:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
