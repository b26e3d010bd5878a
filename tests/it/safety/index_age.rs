//! Git believes the size and the second of a file that it has seen, unless the index is as young as the file.

use std::fs::File;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::sandbox::{Sandbox, planted};
use crate::scenery::ONE;

#[test]
fn case_11_an_edit_of_the_same_size_in_the_second_of_the_index_is_still_seen_behind_an_engine_commit() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    // Content, size and second are all that git compares; then the second can be given.
    repo.git(&["config", "core.checkStat", "minimal"]);
    repo.git(&["config", "core.trustctime", "false"]);
    let second: SystemTime = UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    let date =
        |path: &str| File::options().write(true).open(repo.path.join(path)).unwrap().set_modified(second).unwrap();
    repo.write("code.txt", "one\n");
    repo.mark(ONE, "pending", "done");
    date("code.txt");
    repo.git(&["add", "-A"]);
    repo.quietly(&["commit", "-q", "-m", "Finish one"]);
    repo.git(&["update-index", "--refresh"]);
    repo.write("code.txt", "two\n");
    date("code.txt");
    date(".git/index");
    // Looked at without an index of its own: git writes what it has learnt.
    let dirt = || repo.git(&["--no-optional-locks", "status", "--porcelain"]);
    assert_eq!(dirt(), " M code.txt");
    repo.tm(&["sync"]);
    assert_eq!((repo.engine_commits(), dirt().as_str()), (1, " M code.txt"));
}
