//! Recipients of a mail that are no mail addresses: they are in nobody else's way, and can be mended.

use super::super::sandbox::{Repo, Sandbox};
use super::email::Post;
use super::messages::telling;
use super::{allow, drain_with, receipt, standing};

const SERVICE: &str = "  endpoints: {email_service: \"${MAIL_URL}\"}";
const WORKFLOW: &str = ".taskmaster/config/workflow.yaml";
const CHANNEL: &str = "{type: email, recipients: [ann@example.org, \"devs at example.org\", \"${BOSS}\"]}";

fn drain(repo: &Repo<'_>, post: &Post) {
    let url = format!("smtp://{}", post.address);
    drain_with(repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
}

#[test]
fn one_that_is_no_address_keeps_the_mail_from_nobody_else_and_gets_it_once_it_is_mended() {
    let post = Post::saying(&[]);
    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, CHANNEL, SERVICE);
    let check = repo.try_tm(&["check"]);
    assert!(
        check.stdout.contains("warning[incomplete-channel]") && check.stdout.contains("`devs at example.org`"),
        "{check:?}"
    );
    drain(&repo, &post);
    assert_eq!(post.told("RCPT"), ["RCPT TO:<ann@example.org>", "RCPT TO:<boss@example.org>"]);
    let said = "1 of 3 is no mail address: recipient 2; the others have the mail";
    assert_eq!(standing(&repo), ("dead".to_owned(), said.to_owned()));
    assert_eq!(receipt(&repo)["taken"], serde_json::json!([1, 3]));
    // As it is, nobody gets a second one.
    repo.tm(&["outbox", "retry", "--all"]);
    drain(&repo, &post);
    assert_eq!((post.mails().len(), standing(&repo).0.as_str()), (1, "dead"), "{:?}", standing(&repo));

    repo.replace(WORKFLOW, "devs at example.org", "devs@example.org");
    repo.commit_all("Mend the address");
    allow(&repo);
    assert!(!repo.try_tm(&["check"]).stdout.contains("incomplete-channel"));
    repo.tm(&["outbox", "retry", "--all"]);
    drain(&repo, &post);
    assert_eq!(standing(&repo).0, "sent", "{:?}", standing(&repo));
    assert_eq!(post.told("RCPT")[2..], ["RCPT TO:<devs@example.org>"]);
    assert_eq!(post.mails().len(), 2);
}

#[test]
fn where_the_other_recipients_are_others_by_now_nobody_is_taken_for_the_one_that_was_meant() {
    for after in [
        "{type: email, recipients: [devs@example.org, ann@example.org, \"${BOSS}\"]}",
        "{type: email, recipients: [ann@example.org, devs@example.org]}",
    ] {
        let post = Post::saying(&[]);
        let sandbox = Sandbox::new();
        let repo = telling(&sandbox, CHANNEL, SERVICE);
        drain(&repo, &post);
        repo.replace(WORKFLOW, CHANNEL, after);
        repo.commit_all("Others");
        allow(&repo);
        repo.tm(&["outbox", "retry", "--all"]);
        drain(&repo, &post);
        assert_eq!((post.mails().len(), standing(&repo).0.as_str()), (1, "dead"), "{after}");
    }
}

#[test]
fn where_none_is_an_address_no_mail_is_sent() {
    let post = Post::saying(&[]);
    let sandbox = Sandbox::new();
    let repo = telling(&sandbox, "{type: email, recipients: [\"ann at example.org\"]}", SERVICE);
    drain(&repo, &post);
    assert_eq!(standing(&repo), ("dead".to_owned(), "1 of 1 is no mail address: recipient 1".to_owned()));
    assert!(post.mails().is_empty());
}
