//! Two sides that changed the same: cases 5 and 16.

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, THREE, TWO};
use super::policy::Policy;
use super::scenes::engine_commits_of_all;

/// How two branches come to contradict each other, and how git leaves it.
const WAYS: [(&str, &[&str], &[&str]); 4] = [
    ("merge", &["merge", "-q", "side"], &["commit", "-q", "--no-edit"]),
    ("cherry-pick", &["cherry-pick", "side"], &["cherry-pick", "--continue"]),
    ("rebase", &["rebase", "-q", "side"], &["rebase", "--continue"]),
    ("stash", &["stash", "pop", "-q"], &["commit", "-q", "-m", "Decided"]),
];

/// Task 1 is `review` on one side and `done` on the other; no hook has seen either.
fn contradicting<'a>(sandbox: &'a Sandbox, policy: Policy, way: &str) -> Repo<'a> {
    let repo = policy.planted(sandbox);
    repo.git(&["switch", "-q", "-c", "side"]);
    repo.mark(ONE, "pending", "done");
    if way == "stash" {
        repo.git(&["stash", "-q"]);
    } else {
        repo.quietly(&["commit", "-q", "-a", "-m", "Finish one"]);
    }
    repo.git(&["switch", "-q", "main"]);
    repo.mark(ONE, "pending", "review");
    repo.quietly(&["commit", "-q", "-a", "-m", "Review one"]);
    repo
}

#[test]
fn case_05_both_sides_of_a_contradiction_are_there_until_somebody_decides() {
    for policy in Policy::BOTH {
        for (way, start, finish) in WAYS {
            let about = format!("{policy} {way}");
            let sandbox = Sandbox::new();
            let repo = contradicting(&sandbox, policy, way);
            assert_ne!(repo.try_git(start).code, 0, "{about}");
            let text = repo.read(ONE);
            for part in ["<<<<<<< ", "\nstatus: review\n", "\n=======\n", "\nstatus: done\n", "\n>>>>>>> "] {
                assert!(text.contains(part), "{about}: {text}");
            }
            assert!(repo.dirt().contains(&format!("UU {ONE}")), "{about}: {}", repo.dirt());
            let (head, index) = (repo.head(), repo.git(&["ls-files", "--stage"]));
            // Nothing of the engine's decides it.
            for arguments in [&["sync"][..], &["apply"], &["set-status", "1", "done"], &["hooks", "run", "post-commit"]]
            {
                drop(repo.try_tm(arguments));
                assert_eq!((repo.head(), repo.git(&["ls-files", "--stage"])), (head.clone(), index.clone()), "{about}");
                assert_eq!(repo.read(ONE), text, "{about} {arguments:?}");
            }
            // Added as it is, it is refused, and nothing is lost by that.
            repo.git(&["add", ONE]);
            let ran = repo.try_git(&["commit", "-q", "-m", "Markers"]);
            assert!(ran.code == 1 && ran.stderr.contains("conflict marker"), "{about}: {ran:?}");
            assert_eq!((repo.head(), repo.read(ONE), engine_commits_of_all(&repo)), (head, text, 0), "{about}");
            // Somebody decides, and it follows once.
            repo.quietly(&["checkout", "-q", "side~0", "--", ONE]);
            repo.replace(ONE, "title: One", "title: One, decided");
            let text = repo.read(ONE);
            let decided =
                if text.contains("status: pending") { text.replace("status: pending", "status: done") } else { text };
            repo.write(ONE, decided);
            repo.git(&["add", ONE]);
            repo.git(finish);
            drop(repo.try_git(&["stash", "drop", "-q"]));
            repo.tm(&["sync"]);
            assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), ("pending", ""), "{about}");
            assert_eq!(engine_commits_of_all(&repo), 1, "{about}: {:?}", repo.subjects());
            repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
            assert_eq!(engine_commits_of_all(&repo), 1, "{about}");
        }
    }
}

/// Markers where a status would be, in each of the forms that git writes them in.
fn marked(style: &str, ours: &str, base: &str, theirs: &str) -> String {
    let base = if style == "merge" { String::new() } else { format!("||||||| 1234567\n{base}\n") };
    format!("<<<<<<< HEAD\n{ours}\n{base}=======\n{theirs}\n>>>>>>> side")
}

const PLACES: [(&str, &str); 4] = [
    ("front matter", ".taskmaster/context/task_001/task.md"),
    ("bullet", ".taskmaster/context/task_001/task.md"),
    ("list", JSON),
    ("rules", ".taskmaster/config/workflow.yaml"),
];

fn plant_markers(repo: &Repo<'_>, place: &str, path: &str, style: &str) {
    let line = match place {
        "front matter" => "status: pending",
        "bullet" => "- **Status**: pending",
        "list" => "      \"title\": \"One\",\n      \"status\": \"pending\",",
        _ => "      actions: [roll_up_parent]",
    };
    let (ours, theirs) = match place {
        "rules" => (line.to_owned(), line.replace("roll_up_parent", "notify_team")),
        _ => (line.replace("pending", "done"), line.replace("pending", "review")),
    };
    repo.replace(path, &format!("{line}\n"), &format!("{}\n", marked(style, &ours, line, &theirs)));
}

#[test]
fn case_16_conflict_markers_are_refused_in_every_place_and_form() {
    for (at, (place, path)) in PLACES.into_iter().enumerate() {
        for style in ["merge", "diff3"] {
            let sandbox = Sandbox::new();
            let repo = Policy::BOTH[at % 2].planted(&sandbox);
            plant_markers(&repo, place, path, style);
            let text = repo.read(path);
            let forms: [&[&str]; 3] = [
                &["commit", "-q", "-a", "-m", "M"],
                &["commit", "-q", "-m", "M", path],
                &["commit", "-q", "-i", "-m", "M", path],
            ];
            for form in forms {
                let ran = repo.try_git(form);
                assert!(ran.code == 1 && ran.stderr.contains("conflict"), "{place} {style} {form:?}: {ran:?}");
                assert_eq!((repo.read(path), repo.subjects().len()), (text.clone(), 1), "{place} {style} {form:?}");
                repo.git(&["reset", "-q"]);
            }
        }
    }
}

/// Somebody has committed them all the same: they are no change of any task's, and never the engine's.
#[test]
fn case_16_markers_that_were_committed_fire_nothing_until_they_are_resolved() {
    for policy in Policy::BOTH {
        for (place, path) in &PLACES[..3] {
            for style in ["merge", "diff3"] {
                let about = format!("{policy} {place} {style}");
                let sandbox = Sandbox::new();
                let repo = policy.planted(&sandbox);
                plant_markers(&repo, place, path, style);
                repo.git(&["commit", "-q", "-a", "--no-verify", "-m", "Markers"]);
                let text = repo.read(path);
                policy.apply_where_asked(&repo);
                repo.tm(&["sync"]);
                assert_eq!((repo.subjects().len(), repo.read(path), repo.dirt().as_str()), (2, text, ""), "{about}");
                assert_eq!(repo.try_tm(&["check"]).code, 1, "{about}");
                // Resolved, it follows once.
                repo.quietly(&["checkout", "-q", "HEAD~1", "--", path]);
                let (old, new) = match *place {
                    "front matter" => ("status: pending\n", "status: done\n"),
                    "bullet" => ("- **Status**: pending", "- **Status**: done"),
                    _ => ("\"One\",\n      \"status\": \"pending\"", "\"One\",\n      \"status\": \"done\""),
                };
                repo.replace(path, old, new);
                repo.git(&["commit", "-q", "-a", "-m", "Resolved"]);
                repo.tm(&["sync"]);
                assert_eq!((repo.status(ONE).as_str(), repo.status(TWO).as_str()), ("done", "pending"), "{about}");
                assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""), "{about}");
            }
        }
    }
}

/// Other tasks go on while one cannot be read; the file with the markers stays as it is.
#[test]
fn case_16_a_task_with_markers_keeps_no_other_from_following() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        plant_markers(&repo, "front matter", ONE, "merge");
        repo.git(&["commit", "-q", "-a", "--no-verify", "-m", "Markers"]);
        let text = repo.read(ONE);
        repo.mark(THREE, "pending", "done");
        repo.git(&["commit", "-q", "-a", "-m", "Three"]);
        repo.tm(&["sync"]);
        assert_eq!(repo.subjects()[0], "chore(taskmaster): 3 done", "{policy}");
        assert_eq!(
            (repo.read(ONE), repo.status(TWO).as_str(), repo.dirt().as_str()),
            (text, "blocked", ""),
            "{policy}"
        );
    }
}

const COMING_AND_GOING: &str = "mode: commit
triggers:
  - {name: born, event: task.created, actions: [{create_task: {title: Born}}]}
  - {name: gone, event: task.deleted, actions: [{create_task: {title: Gone}}]}
";

/// `git rebase --continue` asks no `pre-commit`: whoever adds markers there commits them.
#[test]
fn case_16_no_task_is_gone_or_new_for_the_markers_in_its_file() {
    for listed in [false, true] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repository("ann");
        repo.plant(COMING_AND_GOING);
        let path = if listed { JSON } else { ONE };
        let unwanted = if listed { ".taskmaster/context" } else { ".taskmaster/tasks" };
        std::fs::remove_dir_all(repo.path.join(unwanted)).unwrap();
        repo.commit_all("Start");
        repo.tm(&["hooks", "install"]);
        let title = if listed { "\"title\": \"One\"" } else { "\ntitle: One\n" };
        repo.git(&["switch", "-q", "-c", "side"]);
        repo.replace(path, title, &title.replace("One", "Uno"));
        repo.commit_all("Uno");
        repo.git(&["switch", "-q", "main"]);
        repo.replace(path, title, &title.replace("One", "Eins"));
        repo.commit_all("Eins");
        assert_ne!(repo.try_git(&["rebase", "-q", "side"]).code, 0, "listed {listed}");
        repo.git(&["add", path]);
        repo.git(&["rebase", "--continue"]);
        assert!(repo.git(&["show", &format!("HEAD:{path}")]).contains("<<<<<<< "), "listed {listed}");
        repo.tm(&["sync"]);
        assert_eq!(repo.subjects(), ["Eins", "Uno", "Start"], "listed {listed}");
        // With other commits in between, and cursors behind and before the markers.
        for text in ["x", "y"] {
            repo.write("code.txt", text);
            repo.commit_all("Code");
        }
        repo.quietly(&["checkout", "-q", "side", "--", path]);
        repo.commit_all("Resolved");
        repo.tm(&["sync", "--since", "side"]);
        assert_eq!(repo.subjects(), ["Resolved", "Code", "Code", "Eins", "Uno", "Start"], "listed {listed}");
        let events = repo.tm(&["events", "side..HEAD"]);
        assert!(!events.contains("task.created") && !events.contains("task.deleted"), "listed {listed}: {events}");
    }
}
