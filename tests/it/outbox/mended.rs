//! What is missing in the rules, and is written there later: the effects that were recorded before are sent by it.

use super::super::sandbox::{Repo, Sandbox, planted_with};
use super::email::Post;
use super::server::Server;
use super::{allow, drain_with, effect, fire, standing};

const RULES: &str = ".taskmaster/config/workflow.yaml";

/// Rules that tell of each change of a status.
fn rules(git: &str, sections: &str, channels: &str) -> String {
    format!(
        "workflow_config:
  mode: commit
  git: {{canonical: main{git}}}
  execution: {{retry_delay: 0, max_retry_attempts: 0}}
{sections}  notifications: {{channels: [{channels}], templates: {{done: \"{{task_title}} is done\"}}}}
  triggers:
    - {{name: done, event: task.status.updated, actions: [send_notifications]}}
"
    )
}

/// An effect that was recorded by some rules, and tried in vain; then the rules are others.
fn recorded<'a>(sandbox: &'a Sandbox, before: &str, after: &str, variables: &[(&str, &str)]) -> Repo<'a> {
    let repo = planted_with(sandbox, before);
    repo.git(&["config", "taskmaster.privateAddresses", "true"]);
    fire(&repo);
    allow(&repo);
    drain_with(&repo, &[], variables);
    assert!(["waiting", "dead"].contains(&standing(&repo).0.as_str()), "{:?}", standing(&repo));
    repo.write(RULES, after);
    repo.commit_all("Mend the rules");
    repo
}

const SENDER: &str = ", identity: {name: Bot, email: bot@example.org}";
const MAIL: &str = "  endpoints: {email_service: \"${MAIL_URL}\"}\n";
const ANN: &str = "{type: email, recipients: [ann@example.org]}";

#[test]
fn a_mail_is_sent_once_its_sender_its_server_or_its_recipients_are_written() {
    for (before, after) in [
        (rules("", MAIL, ANN), rules(SENDER, MAIL, ANN)),
        (rules(SENDER, "", ANN), rules(SENDER, MAIL, ANN)),
        (rules(SENDER, MAIL, "{type: email}"), rules(SENDER, MAIL, ANN)),
        // Who it was recorded for gets it, whatever the rules say by now.
        (rules("", MAIL, ANN), rules(SENDER, MAIL, "{type: email, recipients: [bob@example.org]}")),
        (rules("", MAIL, ANN), rules(SENDER, MAIL, "").replace("is done", "is another")),
    ] {
        let post = Post::saying(&[]);
        let url = format!("smtp://{}", post.address);
        let sandbox = Sandbox::new();
        let repo = recorded(&sandbox, &before, &after, &[("MAIL_URL", &url)]);
        let first = standing(&repo);
        // Nothing is sent by rules that nobody has allowed.
        repo.tm(&["outbox", "retry", "--all"]);
        drain_with(&repo, &[], &[("MAIL_URL", &url)]);
        assert_eq!((standing(&repo), post.mails().len()), (first, 0), "{after}");
        allow(&repo);
        repo.tm(&["outbox", "retry", "--all"]);
        drain_with(&repo, &[], &[("MAIL_URL", &url)]);
        assert_eq!(standing(&repo).0, "sent", "{:?}: {after}", standing(&repo));
        let mails = post.mails();
        assert_eq!(mails.len(), 1);
        for line in ["From: Bot <bot@example.org>", "To: ann@example.org", "Three is done"] {
            assert!(mails[0].lines().any(|other| other == line), "{line}:\n{}", mails[0]);
        }
    }
}

#[test]
fn a_message_goes_where_its_channel_is_by_now() {
    let gone = "http://127.0.0.1:9/gone";
    let common = "  endpoints: {slack_webhook: \"${HOOK}\"}\n";
    let of = |channel: &str| rules("", "", channel);
    for (before, after) in [
        (of("{type: slack, channel: \"#a\"}"), of("{type: slack, channel: \"#a\", url: \"${HOOK}\"}")),
        (of("{type: slack, channel: \"#a\"}"), rules("", common, "{type: slack, channel: \"#a\"}")),
        (of("{type: webhook}"), of("{type: webhook, url: \"${HOOK}\"}")),
        (of("{type: webhook, url: \"http://127.0.0.1:9/gone\"}"), of("{type: webhook, url: \"${HOOK}\"}")),
        (of("{type: other}"), of("{type: other, url: \"${HOOK}\"}")),
        // Of two of a type the name tells which one is meant.
        (
            of(&format!("{{type: slack, channel: \"#a\", url: \"{gone}\"}}")),
            of(&format!(
                "{{type: slack, channel: \"#b\", url: \"{gone}\"}}, {{type: slack, channel: \"#a\", url: \"${{HOOK}}\"}}"
            )),
        ),
    ] {
        let server = Server::answering(&["200 OK"]);
        let sandbox = Sandbox::new();
        let repo = recorded(&sandbox, &before, &after, &[("HOOK", &server.url)]);
        allow(&repo);
        let key = effect(&repo)["key"].as_str().unwrap().to_owned();
        repo.tm(&["outbox", "retry", &key]);
        drain_with(&repo, &[], &[("HOOK", &server.url)]);
        assert_eq!(standing(&repo).0, "sent", "{:?}: {after}", standing(&repo));
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{after}");
        assert!(asked[0].body.contains("Three is done"), "{}", asked[0].body);
    }
}

#[test]
fn the_rules_of_head_count_before_those_that_were_allowed_later() {
    let (old, new) = (Server::answering(&["200 OK"]), Server::answering(&["200 OK"]));
    let sandbox = Sandbox::new();
    let of = |url: &str| rules("", "", &format!("{{type: webhook, url: \"{url}\"}}"));
    let repo = recorded(&sandbox, &of("http://127.0.0.1:9/gone"), &of(&new.url), &[]);
    allow(&repo);
    // Allowed last is not what HEAD has.
    repo.write(RULES, of(&old.url));
    repo.commit_all("Others");
    allow(&repo);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    repo.tm(&["outbox", "retry", "--all"]);
    drain_with(&repo, &[], &[]);
    assert_eq!((old.asked().len(), new.asked().len()), (0, 1), "{:?}", standing(&repo));
}
