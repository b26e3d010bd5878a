//! Amending: behind the engine's commit, of a status, and in the middle of a rebase.

use super::super::sandbox::{Ran, Repo, Sandbox};
use super::super::scenery::{JSON, ONE, ONE_ONE, THREE, TWO};
use super::policy::Policy;

/// All the ways to amend the commit HEAD is at.
const FORMS: [&[&str]; 16] = [
    &["--amend"],
    &["--amend", "--no-edit"],
    &["--amend", "-C", "HEAD"],
    &["--amend", "-c", "HEAD"],
    &["--amend", "-C", "HEAD~1"],
    &["--amend", "-m", "Better"],
    &["-m", "Better", "--amend"],
    &["--amend", "-F", "message.txt"],
    &["--amend", "--no-edit", "--author", "Eve <eve@example.com>"],
    &["--amend", "--no-edit", "--date", "2001-02-03T04:05:06Z"],
    &["--amend", "--no-edit", "--reset-author"],
    &["--amend", "-a", "--no-edit"],
    &["-aqC", "HEAD", "--amend"],
    &["--amend", "--no-edit", "code.txt"],
    &["--amend", "--no-edit", "--only", "--", "code.txt"],
    &["--ame", "--no-edit", "--signoff"],
];

/// What hooks of git see of the repository, without what the refused command itself leaves.
fn seen(repo: &Repo<'_>) -> (String, String, String, String) {
    (repo.head(), repo.dirt(), repo.git(&["diff"]), repo.git(&["diff", "--cached"]))
}

/// The way out that the refusal names, word for word.
#[track_caller]
fn way_out(repo: &Repo<'_>, ran: &Ran) {
    const WAY: &str = "git reset --soft HEAD~1 && git commit --amend";
    assert!(ran.stderr.contains(WAY), "{ran:?}");
    let done = repo.sandbox.run(&repo.path, "sh", &["-c", WAY], &[]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn case_41_amending_the_engines_commit_is_refused_in_every_form_and_the_way_out_works() {
    for (at, form) in FORMS.into_iter().enumerate() {
        let sandbox = Sandbox::new();
        let main = Policy::After.planted(&sandbox);
        main.write("code.txt", "x");
        main.write("message.txt", "From a file\n");
        main.commit_all("Code");
        // Every other form in a linked worktree.
        let linked = sandbox.path().join("linked");
        main.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
        let repo = if at % 2 == 0 { main } else { Repo { sandbox: &sandbox, path: linked } };
        repo.finish_one();
        assert_eq!(repo.engine_commits(), 1);
        repo.write("code.txt", "y");
        repo.write("staged.txt", "z");
        repo.git(&["add", "staged.txt"]);
        let before = seen(&repo);
        let editor = [("GIT_EDITOR", "sed -i 1s/^/Edited:/")];
        let ran = sandbox.run(&repo.path, "git", &[&["commit", "-q"], form].concat(), &editor);
        assert_eq!(ran.code, 1, "{form:?}: {ran:?}");
        assert_eq!(seen(&repo), before, "{form:?}");
        way_out(&repo, &ran);
        assert_eq!(repo.subjects(), ["Finish one", "Code", "Start"], "{form:?}");
        assert_eq!(
            (repo.status_at("HEAD", TWO).as_str(), repo.dirt().as_str()),
            ("pending", " M code.txt"),
            "{form:?}"
        );
        assert_eq!(repo.status_at("HEAD", ONE), "done");
        // Nothing is made anew, and the next change is processed as always.
        repo.tm(&["sync"]);
        assert_eq!(repo.engine_commits(), 0, "{form:?}");
        repo.mark(THREE, "pending", "done");
        repo.git(&["commit", "-q", "-m", "Finish three", THREE]);
        assert_eq!(
            (repo.engine_commits(), repo.changed("HEAD~1", "HEAD")),
            (1, vec![THREE.into(), JSON.into()]),
            "{form:?}"
        );
    }
}

#[test]
fn case_41_an_alias_and_another_folder_hide_no_amend() {
    let sandbox = Sandbox::new();
    let repo = Policy::After.planted(&sandbox);
    repo.finish_one();
    repo.git(&["config", "alias.again", "commit --amend --no-edit"]);
    repo.git(&["config", "alias.shell", "!git commit --amend --no-edit"]);
    let folder = repo.path.to_str().unwrap().to_owned();
    for command in [&["again"][..], &["shell"], &["-c", "core.editor=true", "again"], &["-C", &folder, "again"]] {
        let (before, ran) = (seen(&repo), repo.try_git(command));
        assert_ne!(ran.code, 0, "{command:?}: {ran:?}");
        assert_eq!(seen(&repo), before, "{command:?}");
    }
}

/// Under `never` there is no engine commit to fall into, and in modes that refuse nothing it is said.
#[test]
fn case_41_an_amend_of_ones_own_commit_is_nobodys_business() {
    let sandbox = Sandbox::new();
    let repo = Policy::Never.planted(&sandbox);
    repo.finish_one();
    for form in FORMS {
        repo.write("code.txt", format!("{form:?}"));
        repo.write("message.txt", "Finish one\n");
        repo.git(&["add", "-A"]);
        let ran = repo.try_git(&[&["commit", "-q"], form].concat());
        assert_eq!(ran.code, 0, "{form:?}: {ran:?}");
        assert_eq!((repo.subjects().len(), repo.status(TWO).as_str()), (2, "blocked"), "{form:?}");
    }
    repo.tm(&["apply"]);
    assert_eq!(repo.status(TWO), "pending");
}

/// In a rebase, a cherry-pick, a merge and a revert git and the user may amend what they like.
#[test]
fn case_41_nothing_is_refused_in_a_rebase_a_pick_or_a_merge() {
    let sandbox = Sandbox::new();
    let repo = Policy::After.planted(&sandbox);
    repo.finish_one();
    let message = repo.message("HEAD");
    let rebase = |todo: &str| {
        let editor = [("GIT_SEQUENCE_EDITOR", todo)];
        sandbox.run(&repo.path, "git", &["rebase", "-q", "-i", "--force-rebase", "HEAD~2"], &editor)
    };
    // The engine's commit is reworded, edited by hand, and melted into the one before.
    let ran = rebase("sed -i s/^pick/reword/");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((repo.message("HEAD"), repo.subjects().len()), (message, 3));
    let ran = rebase("sed -i 2s/^pick/edit/");
    assert_eq!(ran.code, 0, "{ran:?}");
    for form in [&["--amend", "--no-edit"][..], &["--amend", "-m", "chore(taskmaster): mine"]] {
        let ran = repo.try_git(&[&["commit", "-q"], form].concat());
        assert_eq!(ran.code, 0, "{form:?}: {ran:?}");
    }
    repo.git(&["rebase", "--continue"]);
    assert_eq!((repo.subjects().len(), repo.dirt().as_str()), (3, ""));
    let ran = rebase("sed -i 2s/^pick/fixup/");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((repo.subjects(), repo.dirt()), (vec!["Finish one".to_owned(), "Start".to_owned()], String::new()));
    // Two sides that clash: the commit that ends the pick and the merge is no amend.
    for way in ["cherry-pick", "merge", "revert"] {
        repo.git(&["switch", "-q", "-C", "side", "main"]);
        repo.write("clash.txt", "theirs");
        repo.commit_all("Theirs");
        repo.write("clash.txt", "theirs again");
        repo.commit_all("Theirs again");
        repo.git(&["switch", "-q", "-C", way, "main"]);
        repo.write("clash.txt", "ours");
        repo.mark(THREE, "pending", "done");
        repo.commit_all("Ours");
        assert_eq!(repo.engine_commits(), 1, "HEAD is the engine's");
        let subject = if way == "revert" { "side~1" } else { "side" };
        assert_ne!(repo.try_git(&[way, subject]).code, 0, "{way}");
        repo.write("clash.txt", "both");
        repo.git(&["add", "-A"]);
        let ran = repo.try_git(&["commit", "-q", "--no-edit"]);
        assert_eq!(ran.code, 0, "{way}: {ran:?}");
        assert_eq!(repo.dirt(), "", "{way}");
    }
}

/// Rows of trailers that name a change of a task's status, on the whole branch.
fn followed(repo: &Repo<'_>) -> usize {
    repo.git(&["log", "--format=%B"]).lines().filter(|line| line.starts_with("Taskmaster-Change: ")).count()
}

/// How many effects were recorded.
fn effects(repo: &Repo<'_>) -> usize {
    std::fs::read_dir(repo.path.join(".git/taskmaster/outbox/intents")).map_or(0, Iterator::count)
}

#[test]
fn case_46_a_status_changed_by_an_amend_is_processed_once() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        // The commit that is amended had nothing that follows.
        repo.write("code.txt", "x");
        repo.commit_all("Code");
        repo.mark(ONE, "pending", "done");
        repo.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        policy.carry_out(&repo);
        let all = followed(&repo);
        assert_eq!(repo.status(TWO), "pending", "{policy:?}");
        assert_eq!(repo.engine_commits(), usize::from(policy == Policy::After), "{policy:?}");
        for _ in 0..2 {
            repo.tm(&["sync"]);
            repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
        }
        assert_eq!((followed(&repo), repo.dirt().as_str()), (all, ""), "{policy:?}");
        // Amended once more, in words alone: the same change has its effects already.
        let recorded = effects(&repo);
        assert_ne!(recorded, 0, "{policy:?}");
        repo.git(&["reset", "-q", "--soft", "HEAD~3"]);
        repo.git(&["commit", "-q", "--amend", "-m", "In other words"]);
        repo.tm(&["sync"]);
        assert_eq!((repo.subjects().len(), effects(&repo), repo.dirt().as_str()), (2, recorded, ""), "{policy:?}");
    }
}

/// An amend that changes the status again: what followed from the first is gone with it, what is new follows.
#[test]
fn case_46_a_status_amended_twice_leaves_what_the_last_one_says() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.mark(ONE_ONE, "pending", "in-progress");
        repo.commit_all("Begin its subtask");
        for (old, new) in [("in-progress", "review"), ("review", "done")] {
            if policy == Policy::After {
                assert_eq!(repo.engine_commits(), 1);
                repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
            }
            repo.mark(ONE_ONE, old, new);
            repo.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        }
        policy.carry_out(&repo);
        for _ in 0..2 {
            repo.tm(&["sync"]);
        }
        assert_eq!(repo.subjects().len(), 3, "{policy:?}: {:?}", repo.subjects());
        assert_eq!((repo.status(ONE_ONE).as_str(), repo.status(ONE).as_str()), ("done", "in-progress"), "{policy:?}");
        assert!(repo.read(JSON).contains("\"title\": \"One one\",\n          \"status\": \"done\""), "{policy:?}");
        assert_eq!(repo.dirt(), "", "{policy:?}");
    }
}

#[test]
fn case_46_a_status_changed_in_an_interactive_rebase_is_processed_once() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let repo = policy.planted(&sandbox);
        repo.write("code.txt", "x");
        repo.commit_all("Code");
        repo.write("code.txt", "y");
        repo.commit_all("More code");
        let editor = [("GIT_SEQUENCE_EDITOR", "sed -i 1s/^pick/edit/")];
        let ran = sandbox.run(&repo.path, "git", &["rebase", "-q", "-i", "HEAD~2"], &editor);
        assert_eq!(ran.code, 0, "{ran:?}");
        repo.mark(ONE, "pending", "done");
        repo.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        assert_eq!((repo.engine_commits(), repo.status(TWO).as_str()), (0, "blocked"), "{policy:?}: not in a rebase");
        repo.mark(THREE, "pending", "done");
        repo.git(&["commit", "-q", "-am", "Finish three"]);
        repo.git(&["rebase", "--continue"]);
        policy.carry_out(&repo);
        assert_eq!(repo.status(TWO), "pending", "{policy:?}");
        let (all, commits, recorded) = (followed(&repo), repo.subjects().len(), effects(&repo));
        assert_ne!(recorded, 0, "{policy:?}");
        assert_eq!(repo.engine_commits(), usize::from(policy == Policy::After), "{policy:?}: {:?}", repo.subjects());
        repo.tm(&["sync"]);
        // And once more through the same commits, as they are.
        let editor = [("GIT_SEQUENCE_EDITOR", "true")];
        let ran = sandbox.run(&repo.path, "git", &["rebase", "-q", "-i", "--force-rebase", "HEAD~3"], &editor);
        assert_eq!(ran.code, 0, "{ran:?}");
        repo.tm(&["sync"]);
        assert_eq!((followed(&repo), repo.subjects().len(), repo.dirt().as_str()), (all, commits, ""), "{policy:?}");
        assert_eq!(effects(&repo), recorded, "{policy:?}: each effect once");
    }
}
