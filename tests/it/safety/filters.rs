//! Files that look otherwise on disk than in a commit: line ends, filters, keywords, encodings.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, THREE, TWO};
use super::policy::Policy;

/// Reads all files anew, as a fresh checkout would.
fn check_out_anew(repo: &Repo<'_>) {
    repo.git(&["rm", "-rq", "--cached", "."]);
    repo.git(&["reset", "-q", "--hard"]);
    assert_eq!(repo.dirt(), "");
}

/// The files follow in the form they have on disk, nothing stays modified, and a touch shows nothing either.
#[track_caller]
fn nothing_stays_modified(repo: &Repo<'_>, policy: Policy, what: &str) {
    let touched = |repo: &Repo<'_>| {
        for path in [ONE, TWO, THREE, JSON] {
            let bytes = std::fs::read(repo.path.join(path)).unwrap();
            std::fs::remove_file(repo.path.join(path)).unwrap();
            std::fs::write(repo.path.join(path), bytes).unwrap();
        }
        repo.dirt()
    };
    let ran = repo.commit_all("Finish one");
    assert!(!ran.stderr.contains("left alone"), "{what} {policy:?}: {ran:?}");
    policy.carry_out(repo);
    assert_eq!(repo.status_at("HEAD", TWO), "pending", "{what} {policy:?}: {ran:?}");
    assert_eq!(touched(repo), "", "{what} {policy:?}: {ran:?}");
    repo.tm(&["set-status", "3", "done"]);
    assert_eq!(repo.status_at("HEAD", THREE), "done", "{what} {policy:?}");
    assert_eq!(touched(repo), "", "{what} {policy:?}");
    assert_eq!(repo.tm(&["check"]), "5 tasks: 0 errors, 0 warnings\n", "{what} {policy:?}");
}

#[test]
fn case_34_line_ends_in_every_setting() {
    let settings: [(&[&str], &str, &str); 5] = [
        (&["core.autocrlf", "true"], "", "\r\n"),
        (&["core.autocrlf", "input"], "", "\n"),
        (&["core.eol", "crlf"], "* text=auto\n", "\r\n"),
        (&["core.autocrlf", "false"], "*.md text eol=crlf\n*.json text eol=lf\n", "\r\n"),
        (&["core.autocrlf", "true"], "*.md -text\n", "\n"),
    ];
    for (setting, attributes, line_end) in settings {
        for policy in Policy::BOTH {
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.git(&["config", setting[0], setting[1]]);
            if !attributes.is_empty() {
                repo.write(".gitattributes", attributes);
                repo.commit_all("Attributes");
            }
            check_out_anew(&repo);
            assert_eq!(repo.read(TWO).contains("\r\n"), line_end == "\r\n", "{setting:?} {attributes:?}");
            repo.replace(ONE, &format!("\nstatus: pending{line_end}"), &format!("\nstatus: done{line_end}"));
            nothing_stays_modified(&repo, policy, &format!("{setting:?} {attributes:?}"));
            assert_eq!(repo.read(TWO).contains("\r\n"), line_end == "\r\n", "{setting:?} {attributes:?}");
            assert!(repo.read(TWO).contains(&format!("\nstatus: pending{line_end}")));
        }
    }
}

/// CRLF in the commits themselves, left as it is by `autocrlf`.
#[test]
fn case_34_line_ends_that_are_committed_stay() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(&policy.workflow());
        for path in [ONE, TWO, THREE, JSON] {
            repo.write(path, repo.read(path).replace('\n', "\r\n"));
        }
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        repo.replace(ONE, "\nstatus: pending\r\n", "\nstatus: done\r\n");
        nothing_stays_modified(&repo, policy, "committed CRLF");
        for path in [ONE, TWO, THREE, JSON] {
            let text = repo.git(&["cat-file", "-p", &format!("HEAD:{path}")]);
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{path}");
        }
    }
}

/// A pair of filters that changes every file of the tree, as an encrypting one would.
#[test]
fn case_34_a_filter_over_the_whole_tree() {
    for (policy, required) in Policy::BOTH.into_iter().zip(["true", "false"]) {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.git(&["config", "filter.turn.clean", "tr Q q"]);
        repo.git(&["config", "filter.turn.smudge", "tr q Q"]);
        repo.git(&["config", "filter.turn.required", required]);
        repo.write(".gitattributes", "*.md filter=turn\n*.json filter=turn\n");
        repo.write(TWO, repo.read(TWO).replace("Text", "q Text"));
        repo.commit_all("Attributes");
        check_out_anew(&repo);
        assert!(repo.read(TWO).contains("Q Text"));
        repo.mark(ONE, "pending", "done");
        nothing_stays_modified(&repo, policy, "filter");
        assert!(repo.read(TWO).contains("Q Text") && repo.status(TWO) == "pending");
        assert!(repo.git(&["show", &format!("HEAD:{TWO}")]).contains("q Text"));
    }
}

/// What `git lfs` does: the commit holds a pointer, the disk the file.
const LFS: [(&str, &str); 3] = [
    ("filter.lfs.clean", "tee .git/stored >/dev/null; printf 'version https://git-lfs.github.com/spec/v1\\noid x\\n'"),
    ("filter.lfs.smudge", "cat >/dev/null; cat .git/stored"),
    ("filter.lfs.required", "true"),
];

#[test]
fn case_34_pointers_of_large_files_stay_pointers() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        for (key, value) in LFS {
            repo.git(&["config", key, value]);
        }
        repo.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
        // Beside a task, and outside the tree.
        let large = ".taskmaster/context/task_002/picture.bin";
        repo.write(large, [0, 159, 146, 150, 255].repeat(1000));
        repo.commit_all("A large file");
        let pointer = repo.id(&format!("HEAD:{large}"));
        assert!(repo.git(&["show", &format!("HEAD:{large}")]).starts_with("version https://git-lfs"));
        repo.mark(ONE, "pending", "done");
        nothing_stays_modified(&repo, policy, "pointer");
        assert_eq!(repo.id(&format!("HEAD:{large}")), pointer);
        assert_eq!(std::fs::read(repo.path.join(large)).unwrap().len(), 5000);
        // A file of the user's own that is staged meanwhile goes through the filter once.
        repo.write(large, [1, 2, 3].repeat(10));
        repo.git(&["add", large]);
        repo.tm(&["set-status", "3", "review"]);
        assert_eq!(repo.dirt(), "", "the pointer is the same");
    }
}

#[test]
fn case_34_keywords_are_filled_in_and_stay_out_of_commits() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.write(".gitattributes", "*.md ident\n");
        repo.replace(TWO, "Text that", "$Id$ that");
        repo.commit_all("Keywords");
        check_out_anew(&repo);
        assert!(repo.read(TWO).contains("$Id: "));
        repo.mark(ONE, "pending", "done");
        nothing_stays_modified(&repo, policy, "ident");
        assert!(repo.git(&["show", &format!("HEAD:{TWO}")]).contains("$Id$ that"));
    }
}
