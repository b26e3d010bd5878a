//! The top of the file, and the parts that rules are made of.

use super::ValueKind::{
    Any, Calls, Category, Conditions, Count, Environments, Fields, Keys, List, ListOrNamed, Named, Operator, Switch,
    Template, Text, Texts, Word,
};
use super::{Key, Service, sections};

/// The settings, with everything in them.
pub const SETTINGS: &[Key] = &[
    Key::obeyed("version", Text, "the layout of the file: `2.0` or `2.1`").edits(),
    Key::understood("updated", Any, "when somebody last changed the file", "for people").edits(),
    Key::understood("description", Any, "what the file is for", "for people").edits(),
    Key::obeyed("mode", Word(&["observe", "warn", "enforce", "commit"]), "how far the engine goes")
        .edits()
        .default("observe"),
    Key::obeyed("git", Keys(GIT), "how what follows becomes commits").edits(),
    Key::obeyed("task_integration", Keys(TASK_INTEGRATION), "switches of families of actions, and defaults"),
    Key::obeyed("statuses", ListOrNamed(STATUS), "the statuses of the project").edits(),
    Key::obeyed("triggers", List(TRIGGER), "the rules"),
    Key::obeyed("actions", Named(OWN_ACTION), "actions of the project's own, by name").edits(),
    Key::obeyed("endpoints", Keys(sections::ENDPOINTS), "addresses of a server and of services"),
    Key::obeyed("monitoring", Keys(sections::MONITORING), "health and alerts"),
    Key::obeyed("execution", Keys(sections::EXECUTION), "how effects are carried out"),
    Key::obeyed("notifications", Keys(sections::NOTIFICATIONS), "who is told what"),
    Key::obeyed("security", Keys(sections::SECURITY), "what a server lets in"),
    Key::obeyed("logging", Keys(sections::LOGGING), "the log"),
    Key::obeyed("environments", Environments, "overrides by the name of an environment, for effects alone"),
];

const GIT: &[Key] = &[
    Key::obeyed("canonical", Text, "the branch everybody shares. Not written: the HEAD of the remote; without remotes the only branch; else `main`, `master` or `trunk`").edits(),
    Key::obeyed("executor", Word(&["author", "ci", "server"]), "who makes engine commits").edits().default("author"),
    Key::obeyed("commit", Word(&["after", "never"]), "whether consequences are committed").edits().default("after"),
    Key::obeyed("watch", Word(&["events", "all", "never"]), "which edits `taskmaster watch` commits: those that are events, all, or none")
        .edits()
        .default("events"),
    Key::obeyed("message", Template, "the subject of engine commits; `{summary}` stands for what changed")
        .edits()
        .default("chore(taskmaster): {summary}"),
    Key::obeyed("identity", Keys(IDENTITY), "whose commits they are").edits(),
    Key::understood("rules", Text, "the version of the engine's rules that the file was written for", "for people")
        .edits(),
];

const IDENTITY: &[Key] = &[
    Key::obeyed("name", Text, "the name in engine commits").edits().default("taskmaster").needed(),
    Key::obeyed("email", Text, "the address in engine commits").edits().default("engine@taskmaster.invalid").needed(),
];

const FROM_GIT: &str = "all of it comes from git history, whenever it is asked for";
const AT_ONCE: &str = "hooks act with the commit itself: nothing is polled";

const TASK_INTEGRATION: &[Key] = &[
    Key::obeyed("auto_create_tasks", Switch, "`false`: actions make no tasks").edits(),
    Key::obeyed("status_sync", Switch, "whether every place that repeats a status follows each change of it").edits(),
    Key::obeyed("analytics_tracking", Switch, "`false`: actions write no analytics").edits(),
    Key::obeyed("notification_hooks", Switch, "`false`: `send_*`, `notify_*` and `alert_*` plan nothing")
        .default("true"),
    Key::understood("real_time_updates", Switch, "whether changes are seen at once", AT_ONCE),
    Key::obeyed("default_priority", Text, "the priority of tasks that actions make").edits(),
    Key::obeyed("default_assignee", Text, "who is given tasks that nobody has").edits(),
    Key::obeyed("auto_assign_agents", Switch, "`false`: actions give nobody a task").edits(),
    Key::understood("sync_interval", Count("seconds"), "how often to look for changes", AT_ONCE),
    Key::understood("sync_timeout", Count("seconds"), "how long to wait for a look", AT_ONCE),
    Key::understood("max_retry_attempts", Count("attempts"), "how often to try to keep places in step", AT_ONCE),
    Key::understood("track_performance", Switch, "whether speed is counted", FROM_GIT),
    Key::understood("track_dependencies", Switch, "whether waiting is counted", FROM_GIT),
    Key::understood("track_completion_times", Switch, "whether times to completion are counted", FROM_GIT),
    Key::understood("generate_insights", Switch, "whether conclusions are drawn", FROM_GIT),
];

const STATUS: &[Key] = &[
    Key::obeyed("name", Text, "the name, in the list form").edits(),
    Key::obeyed("category", Category, "what it means; needed for a status that is not one of the usual ones").edits(),
    Key::obeyed("aliases", Texts, "other spellings").edits(),
    Key::obeyed("transitions", Texts, "the statuses that may follow. Not written: all").edits(),
    Key::understood("description", Any, "what it stands for", "for people").edits(),
];

pub(super) const TRIGGER: &[Key] = &[
    Key::obeyed("name", Text, "reports, commits and environments name the trigger by it").needed(),
    Key::understood("description", Any, "what it is for", "for people").edits(),
    Key::obeyed("event", Text, "the event it listens to; `task.*` is every name after `task.`, `*` every event")
        .edits()
        .needed(),
    Key::obeyed("enabled", Switch, "whether it acts. An environment switches its effects alone").default("true"),
    Key::obeyed("conditions", Conditions, "all must hold; none always holds").edits(),
    Key::obeyed("when", Text, "an expression: one more condition").edits(),
    Key::obeyed("actions", Calls, "what follows, in order").edits(),
    Key::obeyed("timeout", Count("seconds"), "how long its effects may take"),
    Key::obeyed("priority", Text, "the place of its effects in the queue"),
    Key::obeyed("reentrant", Switch, "`true`: it may act on one task more than once in a chain")
        .edits()
        .default("false"),
];

pub(super) const CONDITION: &[Key] = &[
    Key::obeyed("field", Text, "the dotted path it looks at").edits(),
    Key::obeyed("operator", Operator, "how it compares").edits(),
    Key::obeyed("value", Any, "what the field is compared with").edits(),
    Key::obeyed("when", Text, "an expression that must be true").edits(),
    Key::obeyed("all", Conditions, "a group of conditions that must all hold").edits(),
    Key::obeyed("any", Conditions, "a group of conditions of which one must hold").edits(),
    Key::obeyed("none", Conditions, "a group of conditions of which none may hold").edits(),
];

const OWN_ACTION: &[Key] = &[
    Key::understood("description", Text, "what it is for", "for people").edits(),
    Key::obeyed("run", Text, "a command; an effect").edits(),
    Key::obeyed("webhook", Keys(WEBHOOK), "a request; an effect").edits(),
    Key::obeyed("set", Fields, "fields of the event's task and what they are to be, or templates of that")
        .edits(),
    Key::obeyed("create_task", Any, "a mapping: the task to make").edits(),
    Key::obeyed("report", Any, "a text or a mapping: the report to write").edits(),
    Key::obeyed("timeout", Count("seconds"), "how long an attempt may take").edits(),
    Key::obeyed("retries", super::ValueKind::Whole("attempts"), "how often it is tried again").edits(),
    Key::obeyed("idempotent", Switch, "`true`: a second attempt does no harm").edits().default("false"),
    Key::obeyed("group", Text, "effects of one group are carried out one after another").edits(),
    Key::obeyed(
        "group_policy",
        Word(&["queue", "replace", "skip"]),
        "a new one while others of its group wait or run: it waits its turn; it takes the place of those that wait; it is left out",
    )
    .edits()
    .default("queue"),
];

const WEBHOOK: &[Key] = &[
    Key::obeyed("url", super::ValueKind::Address(Service::Web), "the address, `${VAR}` in it").edits().needed(),
    Key::obeyed("method", Word(&["POST", "PUT", "PATCH", "GET", "DELETE"]), "the method").edits().default("POST"),
    Key::obeyed("headers", super::ValueKind::Headers, "headers by name").edits(),
    Key::obeyed("body", Any, "a template, or a mapping whose texts are templates").edits(),
    Key::obeyed("secret", super::ValueKind::Secret, "what it is signed with: `${NAME}` of a variable").edits(),
];
