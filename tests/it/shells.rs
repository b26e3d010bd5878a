//! Completions and manual pages, read by the programs that they are for.

use super::sandbox::Sandbox;

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

#[test]
fn completions_for_each_shell_know_the_commands() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    for shell in SHELLS {
        let script = repo.tm(&["completions", shell]);
        for word in ["set-status", "update-task-status", "no-commit"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(repo.try_tm(&["completions", "csh"]).code, 2);
}

#[test]
fn bash_completes_with_the_script() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.write("script", repo.tm(&["completions", "bash"]));
    let complete = |words: &str, at: &str| {
        let line = format!(
            "source ./script && COMP_WORDS=({words}) && COMP_CWORD={at} && \
             _taskmaster taskmaster \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\" && echo \"${{COMPREPLY[@]}}\""
        );
        let ran = sandbox.run(&repo.path, "bash", &["-c", &line], &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        ran.stdout.trim_end().to_owned()
    };
    assert_eq!(complete("taskmaster ini", "1"), "init");
    assert_eq!(complete("taskmaster init --recipe sta", "3"), "stale");
    assert_eq!(complete("taskmaster hooks inst", "2"), "install");
}

#[test]
fn each_command_has_a_manual_page_that_groff_reads() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repository("ann");
    repo.tm(&["man", "pages/man1"]);
    let folder = repo.path.join("pages/man1");
    let mut names: Vec<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for name in ["taskmaster.1", "taskmaster-init.1", "taskmaster-hooks-install.1", "taskmaster-next.1"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    let has_groff = std::process::Command::new("groff").arg("--version").output().is_ok();
    for name in &names {
        let page = repo.read(&format!("pages/man1/{name}"));
        assert!(page.contains(".TH ") && page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
        if has_groff {
            let ran = sandbox.run(&folder, "groff", &["-man", "-ww", "-Tutf8", "-P-cbou", name], &[]);
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}");
            assert!(ran.stdout.contains("SYNOPSIS"), "{name}: {}", ran.stdout);
        }
    }
    assert_eq!(repo.tm(&["man"]), repo.read("pages/man1/taskmaster.1"));
    repo.write("file", "");
    assert_eq!(repo.try_tm(&["man", "file"]).code, 3);
}
