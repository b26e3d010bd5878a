//! `notifications`: who is told what, by default and in each environment.

use serde_json::Value;

use super::{AUTOMATION, deliveries, effect, made_line, plan, result, with};

const SUCCESS: (&str, &str) = ("deployment.success", "{\"environment\": \"production\"}");
const FAILURE: (&str, &str) =
    ("deployment.failure", "{\"environment\": \"production\", \"error_message\": \"no space\"}");
const ALARM: (&str, &str) = ("system.error.critical", "{}");

/// The channels that an action goes to.
#[track_caller]
fn channels(rules: &str, event: (&str, &str), action: &str, more: &[&str]) -> Vec<String> {
    deliveries(&plan(rules, event.0, event.1, more), action).into_iter().map(|(channel, _)| channel).collect()
}

#[test]
fn notifications_are_sent_where_they_are_enabled() {
    let notifications = "  notifications:\n    enabled: true\n";
    let off = with(AUTOMATION, notifications, "  notifications:\n    enabled: false\n");
    let plan = plan(&off, SUCCESS.0, SUCCESS.1, &[]);
    let why = "switched off by `notifications.enabled: false`";
    assert_eq!(result(&plan, "notify_stakeholders"), ("nothing".into(), why.into()));
    assert!(effect(&plan, "notify_stakeholders").is_none());
}

#[test]
fn a_channel_that_is_not_enabled_gets_nothing() {
    assert_eq!(channels(AUTOMATION, ALARM, "alert_on_call_team", &[]), ["email", "slack", "webhook"]);
    for (kind, left) in
        [("email", ["slack", "webhook"]), ("slack", ["email", "webhook"]), ("webhook", ["email", "slack"])]
    {
        let before = format!("- type: \"{kind}\"\n        enabled: ");
        let off = with(AUTOMATION, &format!("{before}true"), &format!("{before}false"));
        assert_eq!(channels(&off, ALARM, "alert_on_call_team", &[]), left);
    }
}

#[test]
fn each_type_of_channel_has_its_own_form() {
    let plan = plan(AUTOMATION, FAILURE.0, FAILURE.1, &[]);
    let [(_, email), (_, webhook)] = &deliveries(&plan, "alert_development_team")[..] else { panic!("{plan:#}") };
    let text = "production keeps the old version: no space";
    assert_eq!((&email["address"], &email["subject"]), (&"email crew@example.org".into(), &text.into()));
    assert_eq!(email["text"], text);
    assert_eq!((&webhook["address"], &webhook["subject"]), (&"webhook ${HOOK_URL}".into(), &Value::Null));
    let body: Value = serde_json::from_str(webhook["text"].as_str().unwrap()).unwrap();
    assert_eq!((&body["text"], &body["event"]["type"]), (&text.into(), &FAILURE.0.into()));
    let success = super::plan(AUTOMATION, SUCCESS.0, SUCCESS.1, &[]);
    let [(_, slack), _] = &deliveries(&success, "notify_stakeholders")[..] else { panic!("{success:#}") };
    assert_eq!(
        (&slack["address"], &slack["text"]),
        (&"slack #kitchen".into(), &"production has the new version".into())
    );
}

#[test]
fn a_channel_gets_what_its_events_name() {
    let status = |new: &str| {
        let data = format!("{{\"old\": \"pending\", \"new\": \"{new}\"}}");
        channels(AUTOMATION, ("task.status.updated", &data), "send_notifications", &["--task", "1"])
    };
    assert_eq!(status("failed"), ["email", "webhook"]);
    assert_eq!(status("done"), ["webhook"]);
    assert_eq!(channels(AUTOMATION, SUCCESS, "notify_stakeholders", &[]), ["slack", "webhook"]);
    assert_eq!(channels(AUTOMATION, FAILURE, "alert_development_team", &[]), ["email", "webhook"]);
    assert_eq!(channels(AUTOMATION, ALARM, "alert_on_call_team", &[]), ["email", "slack", "webhook"]);
    // A suite that failed is told of by whoever listens to it.
    let told = with(
        AUTOMATION,
        "          value: \"passed\"\n      actions:\n",
        "          value: \"failed\"\n      actions:\n        - \"notify_all\"\n",
    );
    let failed = ("testing.completed", "{\"test_result\": \"failed\"}");
    assert_eq!(channels(&told, failed, "notify_all", &[]), ["slack", "webhook"]);
}

#[test]
fn each_template_is_the_text_of_its_event() {
    let text = |rules: &str, event: (&str, &str), action: &str, more: &[&str]| {
        effect(&plan(rules, event.0, event.1, more), action).unwrap()["text"].as_str().unwrap().to_owned()
    };
    let moved = |new: &str| {
        let data = format!("{{\"old\": \"pending\", \"new\": \"{new}\", \"error_message\": \"no flour\"}}");
        text(AUTOMATION, ("task.status.updated", &data), "send_notifications", &["--task", "1"])
    };
    assert_eq!(moved("done"), "'One' is finished");
    assert_eq!(moved("completed"), "'One' is finished");
    assert_eq!(moved("failed"), "'One' went wrong: no flour");
    assert_eq!(text(AUTOMATION, SUCCESS, "notify_stakeholders", &[]), "production has the new version");
    assert_eq!(text(AUTOMATION, FAILURE, "alert_development_team", &[]), "production keeps the old version: no space");
    // Where nothing says what went wrong, the name stays.
    assert_eq!(
        text(AUTOMATION, (FAILURE.0, SUCCESS.1), "alert_development_team", &[]),
        "production keeps the old version: {error_message}"
    );
}

#[test]
fn an_environment_changes_who_is_told() {
    let laptop = plan(AUTOMATION, SUCCESS.0, SUCCESS.1, &["--env", "laptop"]);
    assert_eq!(result(&laptop, "notify_stakeholders").1, "switched off by `notifications.enabled: false`");
    let usual = plan(AUTOMATION, SUCCESS.0, SUCCESS.1, &[]);
    assert_eq!(laptop["changes"], usual["changes"], "what is edited is the same");
    let trial = plan(AUTOMATION, SUCCESS.0, SUCCESS.1, &["--env", "trial"]);
    let told = deliveries(&trial, "notify_stakeholders");
    let told: Vec<&str> = told.iter().map(|(_, delivery)| delivery["address"].as_str().unwrap()).collect();
    assert_eq!(told, ["slack #trial", "webhook ${HOOK_URL}"], "the rest of the channel stays");
}

/// What a project writes into its titles is text, wherever it goes.
#[test]
fn what_looks_like_a_template_or_a_header_stays_text() {
    let title = "{task_id} ${HOME} {{x}} <!channel> & \"q\"\r\nBcc: all@example.org";
    let data = serde_json::json!({ "environment": title, "error_message": "{environment}" }).to_string();
    let plan = plan(AUTOMATION, FAILURE.0, &data, &[]);
    let whole = format!("{title} keeps the old version: {{environment}}");
    assert_eq!(effect(&plan, "alert_development_team").unwrap()["text"], whole);
    let [(_, email), (_, webhook)] = &deliveries(&plan, "alert_development_team")[..] else { panic!("{plan:#}") };
    // A mail's subject is one line: nobody is added to those who get it.
    assert_eq!(email["subject"], "{task_id} ${HOME} {{x}} <!channel> & \"q\"");
    assert_eq!(email["text"], whole.replace('\r', ""));
    let body: Value = serde_json::from_str(webhook["text"].as_str().unwrap()).unwrap();
    assert_eq!((&body["text"], &body["event"]["metadata"]["environment"]), (&whole.into(), &title.into()));
    let slack = with(AUTOMATION, "events: [\"deployment_complete\",", "events: [\"deployment_failed\",");
    let plan = super::plan(&slack, FAILURE.0, &data, &[]);
    let told = deliveries(&plan, "alert_development_team");
    let slack = told.iter().find(|(channel, _)| channel == "slack").unwrap().1["text"].as_str().unwrap();
    let safe = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    assert_eq!(slack, format!("{safe} keeps the old version: {{environment}}"));
    // A subject that is written out is one line, too.
    let subject = with(
        AUTOMATION,
        "        - \"alert_development_team\"\n",
        "        - alert_development_team: {subject: \"{environment}!\", text: \"{error_message|none}\"}\n",
    );
    let plan = super::plan(&subject, FAILURE.0, &data, &[]);
    let email = &deliveries(&plan, "alert_development_team")[0].1;
    assert_eq!(email["subject"], "{task_id} ${HOME} {{x}} <!channel> & \"q\" Bcc: all@example.org!");
    assert_eq!(email["text"], "{environment}");
}

/// The same in a task's own file: a made title is the text, quoted as its file wants it.
#[test]
fn what_looks_like_a_template_stays_text_in_a_made_task_and_in_the_log() {
    let title = "{task_title} ${HOME} {{x}}";
    let data = serde_json::json!({ "environment": title, "error_message": title }).to_string();
    let made = made_line(AUTOMATION, SUCCESS.0, &data, "title:").unwrap();
    assert_eq!(made, "title: 'Deployment: {task_title} ${HOME} {{x}}'");
    let logged = with(
        AUTOMATION,
        "        - \"log_critical_event\"\n",
        "        - log_critical_event: {text: \"{error_message}\"}\n",
    );
    let logged = plan(&logged, ALARM.0, &data, &[]);
    assert_eq!(effect(&logged, "log_critical_event").unwrap()["text"], title);
    let own =
        format!("{}\n", with(AUTOMATION, "        - \"log_critical_event\"\n", "        - tell\n        - keep\n"));
    let own = with(
        &own,
        "\n  endpoints:\n",
        "\n  actions:\n    tell:\n      webhook: {url: \"${HOOK_URL}\", body: '{\"said\": \"{error_message}\", \"all\": \"${HOME}\"}'}\n    keep:\n      set: {said: \"{error_message}\"}\n\n  endpoints:\n",
    );
    let own = plan(&own, ALARM.0, &data, &["--task", "3"]);
    let told = effect(&own, "tell").unwrap().to_string();
    assert!(told.contains("{task_title} ${HOME} {{x}}"), "{told}");
    let kept = own["changes"].as_array().unwrap().iter().find(|change| change["field"] == "said").unwrap();
    assert_eq!(kept["new"], title);
}
