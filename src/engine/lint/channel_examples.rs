use super::examples::found_in;

/// What is found of channels under these settings.
fn found(text: &str) -> String {
    let all = found_in(text);
    all.lines().filter(|line| line.starts_with("incomplete-channel")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_channel_lacks_is_said_at_its_place() {
    let text = "notifications:\n  channels:\n    - {type: email}\n    - {type: slack, channel: '#a'}\n    - {type: webhook}\n    - {type: teams}\n";
    assert_eq!(
        found(text),
        "incomplete-channel 3: nothing can be sent to the channel `email`: `endpoints.email_service` is not written (write the mail server, best in a variable)\n\
         incomplete-channel 3: nothing can be sent to the channel `email`: no sender is known (write `git.identity`)\n\
         incomplete-channel 3: nothing can be sent to the channel `email`: it has no `recipients` (write the addresses of those who are to have mails)\n\
         incomplete-channel 4: nothing can be sent to the channel `slack #a`: neither its `url` nor `endpoints.slack_webhook` is written (write the address of an incoming webhook, best in a variable)\n\
         incomplete-channel 5: nothing can be sent to the channel `webhook`: it has no `url` (write where requests go)\n\
         incomplete-channel 6: nothing can be sent to the channel `teams`: it has no `url` (write where requests go)"
    );
}

#[test]
fn a_recipient_that_is_no_mail_address_is_named_once() {
    let text = "git: {identity: {name: Bot, email: bot@example.org}}\nendpoints: {email_service: '${MAIL}'}\nnotifications:\n  channels:\n\
                \x20   - {type: email, recipients: [ann@example.org, 'devs at example.org', '${BOSS}']}\n\
                \x20   - {type: email, enabled: false, recipients: [ann]}\nenvironments: {live: {notifications: {enabled: true}}}\n";
    assert_eq!(
        found(text),
        "incomplete-channel 5: a recipient of the channel `email` is no mail address: `devs at example.org` \
         (write it as `ann@example.org`, or `Ann <ann@example.org>`; the others get their mail)"
    );
}

#[test]
fn nothing_is_said_of_a_channel_that_is_whole_or_switched_off() {
    let channels = "- {type: email, recipients: [ann@example.org]}\n    - {type: slack}\n    - {type: webhook, url: 'https://example.org'}";
    let whole = format!(
        "git: {{identity: {{name: Bot, email: bot@example.org}}}}\nendpoints: {{email_service: '${{MAIL}}', slack_webhook: '${{HOOK}}'}}\n\
         notifications:\n  channels:\n    {channels}\n"
    );
    assert_eq!(found(&whole), "");
    for off in [
        "notifications: {enabled: false, channels: [{type: slack}]}\n",
        "notifications: {channels: [{type: slack, enabled: false}]}\n",
        "notifications: {channels: [{type: slack}]}\ntask_integration: {notification_hooks: false}\n",
    ] {
        assert_eq!(found(off), "");
    }
}

#[test]
fn an_environment_is_asked_for_itself() {
    let text = "notifications:\n  channels:\n    - {type: slack, url: '${HOOK}'}\n    - {type: teams}\nenvironments:\n  live:\n    notifications:\n      channels:\n\
                \x20       - {type: webhook, enabled: true}\n        - {type: slack, url: ''}\n";
    assert_eq!(
        found(text),
        "incomplete-channel 4: nothing can be sent to the channel `teams`: it has no `url` (write where requests go)\n\
         incomplete-channel 10: nothing can be sent to the channel `slack` in the environment `live`: neither its `url` nor `endpoints.slack_webhook` is written (write the address of an incoming webhook, best in a variable)\n\
         incomplete-channel 9: nothing can be sent to the channel `webhook` in the environment `live`: it has no `url` (write where requests go)"
    );
}

#[test]
fn an_action_addresses_channels_that_there_are() {
    let trigger =
        "triggers:\n- {name: a, event: task.created, actions: [{notify_team: {text: x, channels: [email, slack]}}]}\n";
    let text = |channels: &str| {
        format!("{trigger}notifications: {{channels: [{{type: slack, url: '${{HOOK}}'}}{channels}]}}\n")
    };
    let said = "incomplete-channel 2: `notify_team` of trigger `a` addresses channels of the type `email`, and none is switched on (write one under `notifications.channels`, or set its `enabled` to true)";
    assert_eq!(found(&text("")), said);
    assert_eq!(found(&text(", {type: email, enabled: false}")), said);
}

#[test]
fn a_time_out_is_no_longer_than_a_run() {
    let found = |text: &str| {
        let all = found_in(text);
        all.lines().filter(|line| line.starts_with("long-timeout")).collect::<Vec<_>>().join("\n")
    };
    let rules = |limit: &str| {
        format!(
            "execution: {{{limit}}}\nactions:\n  act: {{run: make, timeout: 90}}\n  set: {{set: {{x: y}}}}\n\
             triggers:\n- {{name: a, event: task.created, timeout: 100, actions: [act]}}\n\
             - {{name: b, event: task.created, timeout: 100, actions: [act, notify_team]}}\n\
             environments: {{live: {{execution: {{workflow_timeout: 80}}}}}}\n"
        )
    };
    let hint = "(make the `timeout` shorter, or `execution.workflow_timeout` longer)";
    assert_eq!(
        found(&rules("workflow_timeout: 60")),
        format!(
            "long-timeout 3: the action `act` gives an attempt 90 seconds, and a run ends after 60: an attempt is cut to that {hint}\n\
             long-timeout 7: trigger `b` gives an attempt 100 seconds, and a run ends after 60: an attempt is cut to that {hint}"
        )
    );
    let live = "in the environment `live`: an attempt is cut to that";
    assert_eq!(
        found(&rules("")),
        format!(
            "long-timeout 3: the action `act` gives an attempt 90 seconds, and a run ends after 80 {live} {hint}\n\
             long-timeout 7: trigger `b` gives an attempt 100 seconds, and a run ends after 80 {live} {hint}"
        )
    );
    assert_eq!(found(&rules("workflow_timeout: 100").replace("80", "100")), "");
    assert_eq!(found("actions:\n  act: {run: make, timeout: 3600}\n"), "");
}
