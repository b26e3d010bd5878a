//! `migrate --prefer newest` where branches were merged: who changed a field last, over the whole history.

use super::sandbox::{Repo, Sandbox};
use super::scenery::{JSON, ONE};

const MARKDOWN: &str = "---\ntask_id: task_001\ntitle: A\nstatus: pending\n---\n";
const LIST: &str = r#"[{"id": 1, "title": "A", "status": "pending"}]"#;

fn started<'a>(sandbox: &'a Sandbox, name: &str) -> Repo<'a> {
    let repo = sandbox.repository(name);
    repo.write(ONE, MARKDOWN);
    repo.write(JSON, LIST);
    commit(&repo, "2025-01-01", "Start");
    repo
}

/// Commits everything at a date.
fn commit(repo: &Repo<'_>, date: &str, message: &str) {
    repo.git(&["add", "-A"]);
    git_at(repo, date, &["commit", "-q", "-m", message]);
}

fn git_at(repo: &Repo<'_>, date: &str, arguments: &[&str]) {
    let date = format!("{date}T12:00:00Z");
    let dates = [("GIT_AUTHOR_DATE", date.as_str()), ("GIT_COMMITTER_DATE", date.as_str())];
    let ran = repo.sandbox.run(&repo.path, "git", arguments, &dates);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// Gives the title another word in one place.
fn title(repo: &Repo<'_>, path: &str, new: &str, date: &str) {
    let text = repo.read(path);
    let (mark, end) = if path == JSON { ("\"title\": \"", '"') } else { ("title: ", '\n') };
    let start = text.find(mark).unwrap() + mark.len();
    let length = text[start..].find(end).unwrap();
    repo.write(path, format!("{}{new}{}", &text[..start], &text[start + length..]));
    commit(repo, date, new);
}

#[track_caller]
fn newest(repo: &Repo<'_>, winner: &str) {
    let ran = repo.try_tm(&["migrate", "--to", "markdown", "--prefer", "newest", "-n"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains(&format!("{winner}: it was changed last")), "{winner}: {ran:?}");
}

#[test]
fn of_two_branches_the_one_that_was_committed_later_is_newer() {
    let sandbox = Sandbox::new();
    for (name, markdown, json, winner) in
        [("ann", "2025-02-01", "2025-03-01", "json"), ("ben", "2025-03-01", "2025-02-01", "markdown")]
    {
        let repo = started(&sandbox, name);
        repo.git(&["checkout", "-q", "-b", "side"]);
        title(&repo, ONE, "A md", markdown);
        repo.git(&["checkout", "-q", "main"]);
        title(&repo, JSON, "A json", json);
        repo.git(&["checkout", "-q", "-b", "other", "side"]);
        git_at(&repo, "2025-04-01", &["merge", "-q", "--no-edit", "main"]);
        newest(&repo, winner);
        repo.git(&["checkout", "-q", "main"]);
        git_at(&repo, "2025-04-01", &["merge", "-q", "--no-edit", "side"]);
        newest(&repo, winner);
        // A later change follows on both, whatever its date.
        let (path, winner) = if winner == "json" { (ONE, "markdown") } else { (JSON, "json") };
        title(&repo, path, "A later", "2025-01-15");
        newest(&repo, winner);
    }
}

#[test]
fn changes_of_one_branch_keep_their_order_through_its_merge() {
    let sandbox = Sandbox::new();
    let repo = started(&sandbox, "ann");
    repo.git(&["checkout", "-q", "-b", "side"]);
    title(&repo, ONE, "A md", "2025-03-01");
    // A clock that is behind changes nothing of it.
    title(&repo, JSON, "A json", "2025-02-01");
    newest(&repo, "json");
    repo.git(&["checkout", "-q", "main"]);
    repo.write("code.txt", "mine\n");
    commit(&repo, "2025-03-15", "Code");
    git_at(&repo, "2025-04-01", &["merge", "-q", "--no-ff", "--no-edit", "side"]);
    newest(&repo, "json");
}

#[test]
fn a_merge_has_changed_what_none_of_its_parents_says() {
    let sandbox = Sandbox::new();
    let repo = started(&sandbox, "ann");
    repo.git(&["checkout", "-q", "-b", "side"]);
    title(&repo, ONE, "Side", "2025-02-01");
    repo.git(&["checkout", "-q", "main"]);
    title(&repo, ONE, "Main", "2025-02-02");
    title(&repo, JSON, "A json", "2025-03-01");
    let ran = repo.sandbox.run(&repo.path, "git", &["merge", "-q", "--no-commit", "side"], &[]);
    assert_ne!(ran.code, 0, "{ran:?}");
    let merged = |text: &str| MARKDOWN.replace("title: A", &format!("title: {text}"));
    repo.write(ONE, merged("Main"));
    commit(&repo, "2025-04-01", "As it was");
    newest(&repo, "json");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.sandbox.run(&repo.path, "git", &["merge", "-q", "--no-commit", "side"], &[]);
    repo.write(ONE, merged("Both"));
    commit(&repo, "2025-04-01", "Both");
    newest(&repo, "markdown");
}
