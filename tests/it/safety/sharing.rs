//! Clones that share a branch, some of them without the engine.

use std::path::Path;

use super::super::sandbox::{Repo, Sandbox};
use super::super::scenery::{JSON, ONE, ONE_ONE, ONE_TWO, THREE, TWO};
use super::policy::Policy;

/// The small tree in a bare repository.
fn published(sandbox: &Sandbox, policy: Policy) -> std::path::PathBuf {
    let bare = sandbox.bare("shared.git");
    let seed = sandbox.clone(&bare, "seed");
    seed.plant(&policy.workflow());
    seed.git(&["checkout", "-q", "-B", "main"]);
    seed.commit_all("Start");
    seed.git(&["push", "-q", "-u", "origin", "main"]);
    bare
}

fn member<'a>(sandbox: &'a Sandbox, bare: &Path, name: &str) -> Repo<'a> {
    let clone = sandbox.clone(bare, name);
    clone.git(&["config", "pull.rebase", "false"]);
    clone.tm(&["hooks", "install"]);
    clone
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn choose<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = self.roll(from.len());
        from.get(at).unwrap()
    }
}

const STATUSES: [&str; 4] = ["pending", "in-progress", "review", "done"];

/// A plain pull, which must not fail; merging or rebasing.
#[track_caller]
fn pull(repo: &Repo<'_>, dice: &mut Dice, what: &str) {
    let way = dice.choose(&["--no-rebase", "--rebase"]);
    let ran = repo.try_git(&["pull", "-q", "--no-edit", way]);
    assert_eq!(ran.code, 0, "{what} {way}: {ran:?}\n{}", repo.git(&["diff"]));
    assert!(!ran.stderr.contains("left out"), "{what}: {ran:?}");
    assert_eq!(repo.dirt(), "", "{what} {way}");
}

/// A plain push; where the other was first, a plain pull and another.
#[track_caller]
fn push(repo: &Repo<'_>, dice: &mut Dice, what: &str) {
    for _ in 0..3 {
        let ran = repo.try_git(&["push", "-q"]);
        if ran.code == 0 {
            return;
        }
        if ran.stderr.contains("commits unprocessed") || ran.stderr.contains("commit unprocessed") {
            repo.tm(&["sync"]);
        } else {
            assert!(ran.stderr.contains("rejected"), "{what}: {ran:?}");
            pull(repo, dice, what);
        }
    }
    panic!("{what}: it cannot be pushed");
}

/// Gives one of these tasks another status than it has, and commits that.
fn work(repo: &Repo<'_>, dice: &mut Dice, tasks: &[&str], message: &str) {
    let path = dice.choose(tasks);
    let old = repo.status(path);
    let others: Vec<&str> = STATUSES.into_iter().filter(|status| *status != old).collect();
    let new = dice.choose(&others);
    repo.mark(path, &old, new);
    repo.git(&["add", "-A"]);
    let ran = repo.try_git(&["commit", "-q", "-m", message]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn case_42_one_with_the_engine_and_one_without_for_twenty_rounds() {
    for (policy, seed) in Policy::BOTH.into_iter().zip([1, 2]) {
        let mut dice = Dice(seed);
        let sandbox = Sandbox::new();
        let bare = published(&sandbox, policy);
        let (ann, ben) = (member(&sandbox, &bare, "ann"), sandbox.clone(&bare, "ben"));
        let mut worked = 0;
        for round in 0..20 {
            let what = format!("{policy:?}, seed {seed}, round {round}");
            // Who is first, who pulls before working, and how much each does, is left to chance.
            for turn in 0..2 {
                let is_ann = turn == dice.roll(2);
                let (repo, tasks) = if is_ann { (&ann, [ONE_ONE, ONE_TWO]) } else { (&ben, [THREE, THREE]) };
                if dice.roll(2) == 0 {
                    pull(repo, &mut dice, &what);
                }
                for step in 0..dice.roll(3) {
                    work(repo, &mut dice, &tasks, &format!("{is_ann} {round}.{turn}.{step}"));
                    worked += usize::from(is_ann);
                }
                if !is_ann && dice.roll(2) == 0 {
                    repo.write("notes.txt", format!("{what}, turn {turn}"));
                    repo.commit_all("Notes");
                }
                if dice.roll(3) != 0 {
                    push(repo, &mut dice, &what);
                }
                assert_eq!((ann.dirt(), ben.dirt()), (String::new(), String::new()), "{what}");
            }
        }
        let what = format!("{policy:?}, seed {seed}");
        for repo in [&ann, &ben, &ann, &ben] {
            pull(repo, &mut dice, &what);
            push(repo, &mut dice, &what);
        }
        pull(&ann, &mut dice, &what);
        assert_eq!(ann.head(), ben.head(), "{what}");
        assert!(worked >= 10, "{what}: {worked}");
        // What follows from Ann's commits is there; nothing was done for one commit twice.
        if policy == Policy::After {
            for (path, title) in [(ONE_ONE, "One one"), (ONE_TWO, "One two")] {
                let mirrored = format!("\"title\": \"{title}\",\n          \"status\": \"{}\"", ann.status(path));
                assert!(ann.read(JSON).contains(&mirrored), "{what}: {mirrored}");
            }
            // What would follow from Ben's is Ben's to do.
            assert!(ann.read(JSON).contains("\"title\": \"Three\",\n      \"status\": \"pending\""), "{what}");
        }
        let causes = ann.git(&["log", "--format=%(trailers:key=Taskmaster-Change,valueonly)"]);
        let mut events: Vec<&str> = causes.lines().filter(|line| !line.is_empty()).collect();
        let all = events.len();
        events.sort_unstable();
        events.dedup();
        assert_eq!(events.len(), all, "{what}: nothing is handled twice");
        assert_eq!(ann.git(&["fsck", "--strict", "--no-dangling"]), "");
    }
}

#[test]
fn case_43_a_reset_over_what_followed_makes_nothing_anew() {
    for policy in Policy::BOTH {
        for (kind, back) in
            [("--soft", 1), ("--mixed", 1), ("--hard", 1), ("--keep", 1), ("--soft", 2), ("--mixed", 2), ("--hard", 2)]
        {
            let what = format!("{policy:?} {kind} {back}");
            let sandbox = Sandbox::new();
            let repo = policy.planted(&sandbox);
            repo.finish_one();
            policy.carry_out(&repo);
            let outbox = || {
                let folder = repo.path.join(".git/taskmaster/outbox/intents");
                std::fs::read_dir(folder).map_or(0, Iterator::count)
            };
            let intents = outbox();
            repo.git(&["reset", "-q", kind, &format!("HEAD~{back}")]);
            let before = (repo.head(), repo.dirt());
            for arguments in [&["sync"][..], &["hooks", "run", "post-commit"], &["hooks", "run", "post-merge", "0"]] {
                repo.tm(arguments);
                assert_eq!((repo.head(), repo.dirt()), before, "{what} {arguments:?}");
            }
            repo.git(&["checkout", "-q", "main"]);
            repo.git(&["switch", "-q", "-c", "elsewhere"]);
            repo.git(&["switch", "-q", "main"]);
            assert_eq!((repo.head(), repo.dirt(), outbox()), (before.0, before.1, intents), "{what}");
            repo.git(&["branch", "-q", "-D", "elsewhere"]);
            // Until the user commits a change of their own.
            repo.mark(THREE, "pending", "done");
            repo.commit_all("Finish three");
            policy.carry_out(&repo);
            assert!(repo.read(JSON).contains("\"Three\",\n      \"status\": \"done\""), "{what}");
            let expected = if kind == "--hard" || kind == "--keep" { "blocked" } else { "pending" };
            assert_eq!((repo.status(TWO).as_str(), repo.dirt().as_str()), (expected, ""), "{what}");
        }
    }
}

#[test]
fn case_44_two_branches_with_the_engine_on_both_are_merged() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let bare = published(&sandbox, policy);
        let (ann, ben) = (member(&sandbox, &bare, "ann"), member(&sandbox, &bare, "ben"));
        ann.git(&["switch", "-q", "-c", "feature"]);
        ann.mark(ONE, "pending", "done");
        ann.commit_all("Finish one");
        policy.carry_out(&ann);
        ann.git(&["push", "-q", "--no-verify", "-u", "origin", "feature"]);
        ben.mark(THREE, "pending", "done");
        ben.commit_all("Finish three");
        policy.carry_out(&ben);
        ben.git(&["push", "-q", "--no-verify"]);
        let made = |repo: &Repo<'_>| repo.git(&["log", "--format=%B"]).matches("Taskmaster-Change: ").count();
        ben.git(&["fetch", "-q"]);
        ben.git(&["merge", "-q", "--no-ff", "-m", "Merge", "origin/feature"]);
        let expected = (made(&ben), ben.subjects().len());
        for repo in [&ben, &ann] {
            if std::ptr::eq(repo, &raw const ann) {
                ben.git(&["push", "-q", "--no-verify"]);
                ann.git(&["switch", "-q", "main"]);
                ann.git(&["pull", "-q"]);
            }
            drop(repo.try_tm(&["hooks", "run", "post-merge", "0"]));
            repo.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
            repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
            assert_eq!((made(repo), repo.subjects().len()), expected, "{policy:?}: {:?}", repo.subjects());
            assert_eq!((repo.status(TWO).as_str(), repo.status(THREE).as_str()), ("pending", "done"));
            assert_eq!(repo.dirt(), "");
        }
        // A new transition beside it is not lost.
        ann.mark(TWO, "pending", "done");
        ann.commit_all("Finish two");
        policy.carry_out(&ann);
        assert!(ann.git(&["show", &format!("HEAD:{JSON}")]).contains("\"Two\",\n      \"status\": \"done\""));
    }
}

/// A hosting site squashes the branch into one commit of its own: what the engine did there is in it.
#[test]
fn case_44_a_hosting_sites_squash_fires_nothing_twice() {
    for policy in Policy::BOTH {
        let sandbox = Sandbox::new();
        let bare = published(&sandbox, policy);
        let ann = member(&sandbox, &bare, "ann");
        ann.git(&["switch", "-q", "-c", "feature"]);
        ann.mark(ONE, "pending", "done");
        ann.commit_all("Finish one");
        policy.carry_out(&ann);
        // One more that nothing has followed from yet.
        ann.mark(ONE_TWO, "pending", "in-progress");
        ann.quietly(&["commit", "-q", "-am", "Begin"]);
        ann.git(&["push", "-q", "--no-verify", "-u", "origin", "feature"]);
        let site = Repo { sandbox: &sandbox, path: bare.clone() };
        let author = [("GIT_AUTHOR_NAME", "ann"), ("GIT_COMMITTER_NAME", "Site"), ("EMAIL", "site@example.com")];
        let arguments = ["commit-tree", "-p", "main", "-m", "Feature (#1)", "feature^{tree}"];
        let squash = sandbox.run(&bare, "git", &arguments, &author);
        assert_eq!(squash.code, 0, "{squash:?}");
        site.git(&["update-ref", "refs/heads/main", squash.stdout.trim()]);
        ann.git(&["switch", "-q", "main"]);
        let ran = ann.try_git(&["pull", "-q"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ann.git(&["branch", "-q", "-D", "feature"]);
        ann.git(&["commit", "-q", "--allow-empty", "-m", "Next"]);
        assert_eq!((ann.engine_commits(), ann.dirt().as_str()), (0, ""), "{:?}", ann.subjects());
        assert_eq!((ann.status(TWO).as_str(), ann.status(ONE_TWO).as_str()), ("pending", "in-progress"));
        // Nothing new is lost: the command that was named does what had not followed, and that alone.
        let since = ran.stderr.split("--since ").nth(1).map(|text| text.split_whitespace().next().unwrap().to_owned());
        let since = since.unwrap_or_else(|| panic!("{ran:?}"));
        ann.tm(&["sync", "--since", &since]);
        assert_eq!(ann.engine_commits(), 1);
        assert!(ann.read(JSON).contains("\"title\": \"One two\",\n          \"status\": \"in-progress\""));
        let head = ann.head();
        ann.tm(&["sync", "--since", &since]);
        assert_eq!((ann.head(), ann.dirt().as_str()), (head, ""));
    }
}
