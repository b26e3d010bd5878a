//! What others understand of what is sent: the programs of others, from their registries, where
//! `TASKMASTER_NETWORK=1` allows it.

use std::fs;

use serde_json::json;

use super::super::sandbox::Sandbox;
use super::server::Server;
use super::{acting, allow, beside, drain_with, fire};

/// The check of the reference library of Standard Webhooks, and that it would find a difference.
const CHECK: &str = r#"
import json, sys
sys.path.insert(0, sys.argv[1])
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
came = json.load(open(sys.argv[2]))
for secret in came["secrets"]:
    Webhook(secret).verify(came["body"], came["headers"])
try:
    Webhook(came["secrets"][0]).verify(came["body"] + " ", came["headers"])
    sys.exit("another body passes")
except WebhookVerificationError:
    print("verified")
"#;

#[test]
fn another_languages_library_verifies_the_signature() {
    if std::env::var_os("TASKMASTER_NETWORK").is_none_or(|value| value != "1") {
        println!("skipped: TASKMASTER_NETWORK=1 installs standardwebhooks from its registry");
        return;
    }
    let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="];
    let server = Server::answering(&["200 OK"]);
    let sandbox = Sandbox::new();
    let action = format!("    act: {{webhook: {{url: \"{}\", secret: \"${{SECRETS}}\"}}}}", server.url);
    let repo = acting(&sandbox, &action, "act", "");
    fire(&repo);
    allow(&repo);
    assert_eq!(drain_with(&repo, &[], &[("SECRETS", &secrets.join(" "))])["sent"], 1);
    let asked = server.asked().remove(0);
    let headers: serde_json::Map<_, _> =
        asked.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let came = json!({ "secrets": secrets, "headers": headers, "body": asked.body });
    fs::write(beside(&repo, "came.json"), came.to_string()).unwrap();
    fs::write(beside(&repo, "check.py"), CHECK).unwrap();
    let run = |arguments: &[&str]| sandbox.run(sandbox.path(), "python3", arguments, &[]);
    let installed = run(&["-m", "pip", "install", "--quiet", "--target", "library", "standardwebhooks"]);
    assert_eq!(installed.code, 0, "{installed:?}");
    let checked = run(&["check.py", "library", "came.json"]);
    assert_eq!((checked.code, checked.stdout.as_str()), (0, "verified\n"), "{checked:?}");
}
