//! Commits that must be signed, with signers that fail, hang and succeed.

use super::super::sandbox::{Repo, Sandbox, planted};
use super::super::scenery::{ONE, THREE, TWO, script};

/// A program that git calls to sign.
fn signer(sandbox: &Sandbox, lines: &str) -> String {
    script(sandbox, "signer", lines)
}

const GPG_SIGNATURE: &str = "-----BEGIN PGP SIGNATURE-----\\n\\nsigned\\n-----END PGP SIGNATURE-----\\n";
const SSH_SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\\nsigned\\n-----END SSH SIGNATURE-----\\n";

/// One change is committed, and signing is asked for from then on, by a signer of these lines.
fn signed<'a>(sandbox: &'a Sandbox, lines: &str) -> Repo<'a> {
    let repo = planted(sandbox);
    repo.mark(ONE, "pending", "done");
    repo.quietly(&["commit", "-q", "-am", "Finish one"]);
    repo.git(&["config", "commit.gpgsign", "true"]);
    repo.git(&["config", "gpg.program", &signer(sandbox, lines)]);
    repo
}

fn is_signed(repo: &Repo<'_>, revision: &str) -> bool {
    repo.git(&["cat-file", "commit", revision]).contains("\ngpgsig ")
}

/// The engine waits, has left no trace, and its commit comes signed once the signer answers.
#[track_caller]
fn waits_then_signs(repo: &Repo<'_>, answers: impl Fn()) {
    assert_eq!((repo.engine_commits(), repo.dirt().as_str(), repo.status(TWO).as_str()), (0, "", "blocked"));
    for left in ["index.lock", "taskmaster-commit"] {
        assert!(!repo.path.join(".git").join(left).exists(), "{left}");
    }
    answers();
    repo.tm(&["sync"]);
    assert!(is_signed(repo, "HEAD"));
    assert_eq!((repo.engine_commits(), repo.dirt().as_str(), repo.status(TWO).as_str()), (1, "", "pending"));
}

fn answering(sandbox: &Sandbox) -> String {
    signer(sandbox, &format!("cat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED \\n' >&2\nprintf -- '{GPG_SIGNATURE}'"))
}

#[test]
fn case_35_a_signer_that_fails_is_waited_for() {
    for lines in ["exit 2", "cat >/dev/null; exit 0", "cat >/dev/null; echo 'no agent' >&2; exit 1"] {
        let sandbox = Sandbox::new();
        let repo = signed(&sandbox, lines);
        for arguments in [&["sync"][..], &["set-status", "3", "done"], &["create", "Four"], &["undo", "HEAD"]] {
            let (head, ran) = (repo.head(), repo.try_tm(arguments));
            assert_ne!(ran.code, 0, "{arguments:?}: {ran:?}");
            assert_eq!((repo.head(), repo.status(THREE).as_str()), (head, "pending"), "{arguments:?}");
        }
        // What the user commits without a signature is his to decide; what follows is not.
        repo.write("code.txt", "x");
        repo.git(&["add", "code.txt"]);
        let ran = repo.try_git(&["commit", "-q", "--no-gpg-sign", "-m", "Code"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("commits must be signed and the signer did not answer"), "{ran:?}");
        waits_then_signs(&repo, || drop(answering(&sandbox)));
    }
}

#[test]
fn case_35_a_signer_that_hangs_does_not_hold_the_hook() {
    let sandbox = Sandbox::new();
    let repo = signed(&sandbox, "exec sleep 60");
    let ran = repo.try_git(&["commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", "Code"]);
    assert!(ran.code == 0 && ran.stderr.contains("longer than 5 seconds"), "{ran:?}");
    waits_then_signs(&repo, || drop(answering(&sandbox)));
}

#[test]
fn case_35_a_signer_that_does_not_exist_is_waited_for() {
    let sandbox = Sandbox::new();
    let repo = signed(&sandbox, "");
    repo.git(&["config", "gpg.program", "/nowhere/gpg"]);
    assert_eq!(repo.try_tm(&["sync"]).code, 4);
    waits_then_signs(&repo, || drop(repo.git(&["config", "gpg.program", &answering(&sandbox)])));
}

#[test]
fn case_35_signatures_of_ssh_are_made_and_waited_for() {
    let sandbox = Sandbox::new();
    let repo = signed(&sandbox, "exit 1");
    repo.git(&["config", "gpg.format", "ssh"]);
    repo.git(&["config", "gpg.ssh.program", &signer(&sandbox, "exit 1")]);
    // Without a key there is nothing to sign with.
    assert_eq!(repo.try_tm(&["sync"]).code, 4);
    repo.git(&["config", "user.signingKey", "key::ssh-ed25519 AAAA"]);
    assert_eq!(repo.try_tm(&["sync"]).code, 4);
    // `ssh-keygen -Y sign ... <file>` writes beside the file.
    let lines = format!("for file; do :; done\nprintf -- '{SSH_SIGNATURE}' >\"$file.sig\"");
    waits_then_signs(&repo, || drop(signer(&sandbox, &lines)));
    assert!(repo.git(&["cat-file", "commit", "HEAD"]).contains("BEGIN SSH SIGNATURE"));
}

/// Where no key is configured gpg looks for one by the committer. The engine's own has none.
#[test]
fn case_35_without_a_configured_key_the_users_own_signs() {
    let sandbox = Sandbox::new();
    let lines = format!(
        "cat >/dev/null\ncase \"$*\" in *'{}'*) ;; *) echo 'no secret key' >&2; exit 2;; esac\n\
         printf '\\n[GNUPG:] SIG_CREATED \\n' >&2\nprintf -- '{GPG_SIGNATURE}'",
        "ann <ann@example.com>"
    );
    let repo = signed(&sandbox, &lines);
    let ran = repo.try_git(&["commit", "-q", "--allow-empty", "-m", "Empty"]);
    assert_eq!(ran.code, 0, "git itself signs: {ran:?}");
    assert_eq!((repo.engine_commits(), repo.dirt().as_str()), (1, ""), "{ran:?}");
    assert!(is_signed(&repo, "HEAD") && is_signed(&repo, "HEAD~1"));
    assert_eq!(repo.git(&["log", "-1", "--format=%an"]), "taskmaster");
}
