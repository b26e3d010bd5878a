//! Real histories: bundles in the folder that `TASKMASTER_CORPUS` names. Without it these tests say
//! so and pass.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;
use taskmaster::app::Project;
use taskmaster::engine::migrate::{self, MigrationRequest, Refusal, Side, Target, Unreadable};
use taskmaster::engine::workspace::{StatusPlaces, TaskEdit, Workspace};
use taskmaster::format::{self, body::CheckMark, edit::FieldEdit, patch};
use taskmaster::model::{RecordKind, Snapshot, StatusSet, Task, TreePath};

use super::sandbox::{Repo, Sandbox};

/// The bundles, in the order of their names.
fn bundles() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("TASKMASTER_CORPUS") else {
        eprintln!("skipped: TASKMASTER_CORPUS names no folder with bundles of real histories");
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bundle"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no bundle in {}", folder.display());
    found
}

fn name(bundle: &Path) -> &str {
    bundle.file_stem().unwrap().to_str().unwrap()
}

/// Runs `test` on a fresh clone of every bundle, on as many threads as there are processors.
fn for_every_bundle(test: impl Fn(&Repo<'_>, &Path) + Sync) {
    let todo = Mutex::new(bundles());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get) {
            scope.spawn(|| {
                loop {
                    let Some(bundle) = todo.lock().unwrap().pop() else { return };
                    let sandbox = Sandbox::new();
                    let repo = sandbox.clone(&bundle, "clone");
                    test(&repo, &bundle);
                }
            });
        }
    });
}

fn swarm_director(sandbox: &Sandbox) -> Option<Repo<'_>> {
    let bundle = bundles().into_iter().find(|bundle| name(bundle) == "SwarmDirector")?;
    Some(sandbox.clone(&bundle, "clone"))
}

fn has_tree(repo: &Repo<'_>) -> bool {
    repo.path.join(".taskmaster").exists()
}

/// The tasks that tasks.json writes, as the program lists them.
fn tasks(repo: &Repo<'_>) -> Vec<Value> {
    let listed = repo.try_tm(&["list", "--json"]);
    assert!(listed.code <= 1, "{listed:?}");
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    listed.get("tasks").unwrap().as_array().unwrap().clone()
}

#[test]
fn every_tree_can_be_read() {
    for_every_bundle(|repo, bundle| {
        let name = name(bundle);
        // A tree that is gone at HEAD is said so, as a failure; a tree that is there is read.
        let good: &[i32] = if has_tree(repo) { &[0, 1] } else { &[3] };
        for arguments in [&["check"][..], &["list"], &["next"], &["status"], &["check", "--json"], &["list", "--json"]]
        {
            let ran = repo.try_tm(arguments);
            let good = if arguments[0] == "status" { &[0, 1, 3] } else { good };
            assert!(good.contains(&ran.code), "{name}: {arguments:?}: {ran:?}");
            assert!(!ran.stderr.contains("panicked"), "{name}: {ran:?}");
            if ran.code == 3 {
                assert!(ran.stderr.contains("there is no `.taskmaster` folder"), "{name}: {ran:?}");
            }
        }
        let at_head = repo.try_tm(&["check", "--at", "HEAD"]);
        assert!(at_head.code <= 1, "{name}: {at_head:?}");
        if has_tree(repo) {
            assert_eq!(at_head.stdout, repo.try_tm(&["check"]).stdout, "{name}: worktree and HEAD read alike");
        }
        assert_eq!(repo.dirt(), "", "{name}: reading changes nothing");
    });
}

#[test]
fn every_history_replays_with_the_same_ids_twice_and_in_another_clone() {
    for_every_bundle(|repo, bundle| {
        let name = name(bundle);
        let replay = |repo: &Repo<'_>| {
            let ran = repo.try_tm(&["events", "--all", "--json"]);
            assert!(ran.code <= 1, "{name}: {ran:?}");
            assert!(!ran.stderr.contains("panicked"), "{name}: {ran:?}");
            ran.stdout
        };
        let first = replay(repo);
        let mut ids = BTreeSet::new();
        for line in first.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            assert!(ids.insert(event["id"].as_str().unwrap().to_owned()), "{name}: an id comes twice: {line}");
        }
        assert!(first == replay(repo), "{name}: a second replay differs");
        let other = repo.sandbox.clone(bundle, "somewhere-else");
        assert!(first == replay(&other), "{name}: another clone gives other events");
    });
}

/// Edits some tasks of `bytes` and takes the edits back.
fn edit_there_and_back(path: &TreePath, bytes: &[u8], what: &str) {
    let reading = format::read(path, bytes);
    let mut seen = BTreeSet::new();
    // Of two records with one id the first is edited.
    let records: Vec<_> = reading
        .records
        .iter()
        .filter(|record| seen.insert(record.id.to_string()) && record.kind == RecordKind::TasksJson)
        .filter_map(|record| Some((record, record.status_span?)))
        .collect();
    let picked = [0, records.len() / 2, records.len().saturating_sub(1)];
    let picked: BTreeSet<usize> = picked.into_iter().filter(|at| *at < records.len()).collect();
    for (record, span) in picked.into_iter().filter_map(|at| records.get(at).copied()) {
        let written = bytes.get(span.range()).unwrap();
        let old: Value = match serde_json::from_slice(written) {
            Ok(old) => old,
            Err(_) => Value::String(String::from_utf8(written.to_vec()).unwrap()),
        };
        let set = |bytes: &[u8], value: Value| {
            let edit = FieldEdit::new("status", value);
            let patches = format::edit(path, record.kind, bytes, &record.id, &edit, CheckMark::Keep)
                .unwrap_or_else(|error| panic!("{what}: task {}: {error}", record.id));
            patch::apply(bytes, &patches).unwrap()
        };
        let there = set(bytes, "an-odd-status".into());
        let differing = |a: &[u8], b: &[u8]| {
            let (a, b): (Vec<_>, Vec<_>) = (a.split(|c| *c == b'\n').collect(), b.split(|c| *c == b'\n').collect());
            assert_eq!(a.len(), b.len(), "{what}: task {}: lines came or went", record.id);
            a.iter().zip(&b).filter(|(a, b)| a != b).count()
        };
        assert_eq!(differing(bytes, &there), 1, "{what}: task {}", record.id);
        assert!(set(&there, old) == bytes, "{what}: task {}: the bytes are not back", record.id);
    }
}

#[test]
fn an_edit_of_any_version_of_tasks_json_is_one_line_and_can_be_taken_back() {
    for_every_bundle(|repo, bundle| {
        let log = repo.git(&["log", "--all", "-m", "--raw", "--no-abbrev", "--no-renames", "--format="]);
        let mut seen = BTreeSet::new();
        for line in log.lines() {
            let Some((entry, file)) = line.split_once('\t') else { continue };
            let Some(path) = file.strip_prefix(".taskmaster/").and_then(|path| TreePath::new(path).ok()) else {
                continue;
            };
            let blob = entry.split(' ').nth(3).unwrap();
            let gone = blob.bytes().all(|byte| byte == b'0');
            if !gone && path.file_name() == "tasks.json" && path.role().is_read() && seen.insert(blob.to_owned()) {
                let bytes = repo.sandbox.run(&repo.path, "git", &["cat-file", "blob", blob], &[]).stdout;
                edit_there_and_back(&path, bytes.as_bytes(), &format!("{} {blob}", name(bundle)));
            }
        }
    });
}

#[test]
fn setting_a_status_is_one_line_in_every_file_that_repeats_it_and_back_again_is_nothing() {
    for_every_bundle(|repo, bundle| {
        let name = name(bundle);
        if !has_tree(repo) {
            return;
        }
        // What is written is the canonical name, so that only such a status comes back as it was.
        let canonical = ["pending", "in-progress", "done", "deferred", "cancelled", "blocked", "review"];
        let candidates: Vec<(String, String)> = tasks(repo)
            .iter()
            .filter_map(|task| Some((task["id"].as_str()?.to_owned(), task["status"].as_str()?.to_owned())))
            .filter(|(_, status)| canonical.contains(&status.as_str()))
            .collect();
        let picked: BTreeSet<usize> = [0, candidates.len() / 3, candidates.len().saturating_sub(1)].into();
        for (id, old) in picked.into_iter().filter_map(|at| candidates.get(at)) {
            let new = if old == "review" { "deferred" } else { "review" };
            repo.tm(&["set-status", id, new, "--no-commit"]);
            let diff = repo.git(&["diff", "--numstat"]);
            assert!(!diff.is_empty(), "{name}: {id}");
            for line in diff.lines() {
                // A Markdown file says it twice: in its front matter and in its body.
                let most = if line.contains("/context/") { 2 } else { 1 };
                let counts: Vec<usize> = line.split('\t').take(2).map(|count| count.parse().unwrap()).collect();
                assert_eq!(counts[0], counts[1], "{name}: {id}: {line}");
                assert!(counts[0] <= most, "{name}: {id}: {line}");
            }
            // Mirrors that contradicted their task agree now, and cannot be put back by one command.
            let agreed = repo.try_tm(&["check", "--at", "HEAD", "--json"]);
            let drift: Value = serde_json::from_str(&agreed.stdout).unwrap();
            let drifted = drift["drift"].as_array().unwrap().iter().any(|found| found["task"] == **id);
            if !drifted {
                repo.tm(&["set-status", id, old, "--no-commit"]);
                assert_eq!(repo.git(&["diff"]), "", "{name}: {id}");
            }
            repo.git(&["checkout", "-q", "--", "."]);
        }
    });
}

#[test]
fn swarm_director_has_its_known_drift_and_its_rules_lack_a_sender_alone() {
    let sandbox = Sandbox::new();
    let Some(repo) = swarm_director(&sandbox) else { return };
    let ran = repo.try_tm(&["check"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("drift: 56 of 74 statuses in tasks.json contradict their task\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with(": 0 errors, 1 warning, 112 contradicting statuses\n"), "{}", ran.stdout);
    let report: Value = serde_json::from_str(&repo.tm(&["check", "--json"])).unwrap();
    let codes: Vec<&Value> = report["findings"].as_array().unwrap().iter().map(|finding| &finding["code"]).collect();
    assert_eq!(codes, ["incomplete-channel"]);
}

#[test]
fn swarm_director_does_the_main_job() {
    let sandbox = Sandbox::new();
    let Some(repo) = swarm_director(&sandbox) else { return };
    repo.tm(&["hooks", "install", "--mode", "commit"]);
    let statuses = |repo: &Repo<'_>| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        tasks(repo).iter().map(|task| (text(&task["id"]), text(&task["status"]))).collect()
    };
    let before = statuses(&repo);
    let file = ".taskmaster/context/task_018/subtask_005.md";
    repo.replace(file, "\nstatus: pending\n", "\nstatus: done\n");
    let ran = repo.commit_all("Finish the alignment");
    let engine = repo.head();
    let short = &engine[..7];
    let line = format!(
        "taskmaster: +1 commit {short} - 18.5 done; 1 report (why: taskmaster explain {short}; undo: taskmaster undo \
         {short})\ntaskmaster: 1 effect waits in the outbox: nothing is run or sent until you have seen and allowed it: \
         taskmaster allow\n"
    );
    assert_eq!(ran.stderr, line);
    assert_eq!(repo.subjects()[..2], ["chore(taskmaster): 18.5 done; 1 report", "Finish the alignment"]);
    assert_eq!(repo.dirt(), "");
    // The engine commit touches what follows from the edit: the body's bullet and the date. The report is new.
    let counts = repo.git(&["diff", "--numstat", "HEAD~1", "HEAD"]);
    let (edited, made) = counts.split_once('\n').unwrap();
    assert_eq!(edited, format!("2\t2\t{file}"));
    assert!(made.contains("\t0\t.taskmaster/reports/completion/") && made.lines().count() == 1, "{counts}");
    let changed: Vec<_> = before.into_iter().zip(statuses(&repo)).filter(|(old, new)| old != new).collect();
    assert_eq!(changed.len(), 1, "no other status changes: {changed:?}");
    assert_eq!(changed[0].1, ("18.5".to_owned(), "done".to_owned()));

    let log = repo.tm(&["log", "18.5", "-m", "4"]);
    let user = &repo.git(&["rev-parse", "HEAD~1"])[..7];
    assert!(log.contains(&format!("{user} 18.5 status pending -> done by clone\n")), "{log}");
    assert!(log.contains(&format!("{short} 18.5 status@body pending -> done by status_sync after {user}\n")), "{log}");
    let explained = repo.tm(&["explain"]);
    for said in [
        "18.5 status@body pending -> done, by status_sync",
        "task_status_change fires",
        "true  status in [done, failed, cancelled] (it is `done`)",
        "+- **Status**: done ✅",
    ] {
        assert!(explained.contains(said), "{said}: {explained}");
    }
    assert!(!explained.contains("failed:"), "{explained}");

    repo.tm(&["undo"]);
    assert_eq!(repo.git(&["diff", "HEAD~2", "HEAD"]), "", "undo takes back what the engine did, and no more");
    assert_eq!(repo.dirt(), "");
    assert!(repo.read(file).contains("\nstatus: done\n"));
}

#[test]
fn a_status_in_swarm_directors_tasks_json_flips_no_other() {
    let sandbox = Sandbox::new();
    let Some(repo) = swarm_director(&sandbox) else { return };
    repo.tm(&["hooks", "install", "--mode", "commit"]);
    let before = repo.read(".taskmaster/tasks/tasks.json");
    let found = format::read(&TreePath::new("tasks/tasks.json").unwrap(), before.as_bytes());
    let record = found.records.iter().find(|record| record.id.to_string() == "14").unwrap();
    let span = record.status_span.unwrap();
    let new = if record.status.as_deref() == Some("done") { "review" } else { "done" };
    let quoted = if before.as_bytes()[span.start] == b'"' { format!("\"{new}\"") } else { new.to_owned() };
    let edited = format!("{}{quoted}{}", &before[..span.start], &before[span.end..]);
    repo.write(".taskmaster/tasks/tasks.json", edited);
    repo.commit_all("Task 14");
    let events = repo.tm(&["events", "HEAD~2..HEAD"]);
    let statuses: Vec<&str> = events.lines().filter(|line| line.contains("task.status.updated")).collect();
    assert!(statuses.iter().all(|line| line.contains(" 14 status:")), "{events}");
    assert_eq!(repo.dirt(), "");
}

/// How often each came, over all bundles.
#[derive(Debug, Default)]
struct Counts {
    versions: usize,
    there_and_back: usize,
    skipping: usize,
    nothing: usize,
    tasks: usize,
    refused: Vec<String>,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.versions += other.versions;
        self.there_and_back += other.there_and_back;
        self.skipping += other.skipping;
        self.nothing += other.nothing;
        self.tasks += other.tasks;
        self.refused.extend(other.refused);
    }
}

fn there_and_back(view: &Snapshot, statuses: &StatusSet, target: Target, counts: &mut Counts, what: &str) {
    let mut request = MigrationRequest {
        target,
        tag: None,
        winners: BTreeMap::new(),
        by_field: BTreeMap::new(),
        otherwise: Some(Side::Markdown),
        unreadable: Unreadable::Refuse,
    };
    let mut migrated = migrate::forward(view, statuses, &request);
    if matches!(migrated, Err(Refusal::Unreadable(_))) {
        counts.skipping += 1;
        request.unreadable = Unreadable::Skip;
        migrated = migrate::forward(view, statuses, &request);
    }
    let migration = match migrated {
        Ok(migration) => migration,
        Err(Refusal::Nothing) => {
            counts.nothing += 1;
            return;
        }
        Err(refusal) => {
            counts.refused.push(format!("{what} to {}: {refusal}: {:?}", target.name(), refusal.list()));
            return;
        }
    };
    let there = migrate::changed(view, &migration.changes);
    let other = if target == Target::Markdown { Target::TasksJson } else { Target::Markdown };
    let way_back = migrate::back(&there, statuses, &MigrationRequest::to(other));
    let way_back = way_back.unwrap_or_else(|refusal| panic!("{what}: {refusal}: {:?}", refusal.list())).unwrap();
    let back = migrate::changed(&there, &way_back.changes);
    let files = |snapshot: &Snapshot| -> Vec<(String, Vec<u8>)> {
        snapshot.files.iter().map(|(path, file)| (path.to_string(), file.bytes().to_vec())).collect()
    };
    assert!(files(&back) == files(view), "{what}: {}: the tree is not back", target.name());
    // Versions that follow each other differ little.
    if counts.there_and_back.is_multiple_of(4) {
        an_edit_in_between(view, &there, statuses, other, what);
    }
    counts.there_and_back += 1;
    counts.tasks += migration.moved.len();
}

/// A status that is changed while the tree is in the other layout is the same change when it is back.
fn an_edit_in_between(first: &Snapshot, there: &Snapshot, statuses: &StatusSet, other: Target, what: &str) {
    let board = format::board(there, statuses.clone());
    let known = format::board(first, statuses.clone());
    let same_here = |task: &&Task| known.tasks.contains_key(&task.id);
    let Some(task) = board.tasks.values().filter(same_here).nth(board.tasks.len() / 2) else { return };
    let mark = |snapshot: &Snapshot| {
        let mut workspace = Workspace::new(snapshot, statuses);
        let home = workspace.board().tasks.get(&task.id)?.clone();
        for edit in TaskEdit::status(&home, "review", statuses, StatusPlaces::All) {
            workspace.apply(&edit).ok()?;
        }
        Some(workspace.snapshot().clone())
    };
    let (Some(there), Some(here)) = (mark(there), mark(first)) else { return };
    let returned = migrate::back(&there, statuses, &MigrationRequest::to(other)).unwrap().unwrap();
    let returned = migrate::changed(&there, &returned.changes);
    for (path, file) in &here.files {
        assert!(returned.bytes(path) == Some(file.bytes()), "{what}: an edit of {} in {path}", task.id);
    }
    assert_eq!(returned.files.len(), here.files.len(), "{what}");
}

#[test]
fn every_version_of_every_tree_migrates_there_and_back_byte_for_byte() {
    let all = Mutex::new(Counts::default());
    for_every_bundle(|repo, bundle| {
        let project = Project::open(&repo.path).unwrap();
        let (mut trees, mut counts) = (BTreeSet::new(), Counts::default());
        for commit in repo.git(&["log", "--all", "--format=%H"]).lines() {
            let tree = repo.try_git(&["rev-parse", "-q", "--verify", &format!("{commit}:.taskmaster")]).stdout;
            if tree.is_empty() || !trees.insert(tree) {
                continue;
            }
            let view = project.commit(&project.repository.resolve(commit).unwrap()).unwrap();
            counts.versions += 1;
            for target in [Target::Markdown, Target::TasksJson] {
                let what = format!("{} {commit}", name(bundle));
                there_and_back(&view.snapshot, &view.board.statuses, target, &mut counts, &what);
            }
        }
        all.lock().unwrap().add(counts);
    });
    let counts = all.into_inner().unwrap();
    eprintln!("{counts:#?}");
    assert!(counts.refused.is_empty(), "{:#?}", counts.refused);
}
