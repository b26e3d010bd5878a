//! What the program says: of hooks that are missing, words that mean nothing, trees that are not there.

use super::sandbox::{Sandbox, planted};
use super::scenery::WORKFLOW_FILE;

#[test]
fn hints_cannot_drive_the_terminal() {
    let sandbox = Sandbox::new();
    let repo = planted(&sandbox);
    repo.replace(
        WORKFLOW_FILE,
        "  triggers:\n",
        "  statuses:\n    \"odd\\e]0;x\\a\\u2028y\": {category: todo}\n  triggers:\n",
    );
    repo.quietly(&["commit", "-q", "-a", "-m", "Odd"]);
    let ran = repo.try_tm(&["--color", "always", "set-status", "3", "zzzzzzzzzzzz"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("known are") && ran.stderr.contains("odd\\u{1b}]0;x"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("\u{1b}]0") && !ran.stderr.contains('\u{2028}'), "{}", ran.stderr);
}
