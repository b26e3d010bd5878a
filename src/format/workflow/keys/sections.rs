//! The parts that have nothing to do with what is edited.

use super::ValueKind::{
    Address, Bytes, Count, Keys, Levels, List, Number, Secret, Share, Switch, Templates, Text, Texts, Whole, Word,
};
use super::{Key, Service};

const NO_SERVER: &str = "for a server, and this version has none";
const NO_WATCH: &str = "for a watcher of running systems, and this version has none";
const NO_PROCESSES: &str = "the engine runs no work whose processor or memory it could limit";

pub(super) const ENDPOINTS: &[Key] = &[
    Key::understood("task_webhook", Text, "where events about tasks come in", NO_SERVER),
    Key::understood("analytics_webhook", Text, "where figures come in", NO_SERVER),
    Key::understood("status_webhook", Text, "where statuses come in", NO_SERVER),
    Key::understood("deployment_webhook", Text, "where deployments come in", NO_SERVER),
    Key::understood("notification_webhook", Text, "where answers to messages come in", NO_SERVER),
    Key::obeyed("slack_webhook", Address(Service::Web), "the address of a Slack channel"),
    Key::recorded("github_webhook", Address(Service::Web), "the address of a service that is told of events"),
    Key::obeyed("email_service", Address(Service::Mail), "the address of the service that sends mail"),
    Key::obeyed("github", Keys(GITHUB), "where `trigger_*` starts workflows of GitHub Actions"),
];

const GITHUB: &[Key] = &[
    Key::obeyed("repository", Text, "the repository whose workflows are started: `owner/name`").needed(),
    Key::obeyed("token", Secret, "who starts them: `${NAME}` of a variable").default("${GITHUB_TOKEN}"),
    Key::obeyed("api", Address(Service::Web), "the address of the API, of a GitHub of one's own")
        .default("https://api.github.com"),
    Key::obeyed("ref", Text, "the branch or tag whose workflow files count. Not written: `git.canonical`, else `main`"),
    Key::obeyed(
        "workflows",
        Templates,
        "names of workflows and their files: started by `workflow_dispatch`. One that is not here is started by `repository_dispatch`",
    ),
];

pub(super) const MONITORING: &[Key] = &[
    Key::understood("enabled", Switch, "whether anything is watched", NO_WATCH),
    Key::understood("health_check_interval", Count("seconds"), "how often health is looked at", NO_WATCH),
    Key::understood("performance_tracking", Switch, "whether speed is watched", NO_WATCH),
    Key::understood("error_tracking", Switch, "whether errors are watched", NO_WATCH),
    Key::understood("alert_thresholds", Keys(THRESHOLDS), "from where on there is an alert", NO_WATCH),
    Key::understood("health_endpoints", Texts, "where health can be asked for", NO_SERVER),
];

const THRESHOLDS: &[Key] = &[
    Key::understood("task_failure_rate", Share, "failed of all finished tasks", NO_WATCH),
    Key::understood("response_time", Number("milliseconds"), "the slowest of twenty answers", NO_WATCH),
    Key::understood("queue_depth", Whole("tasks"), "how much may wait", NO_WATCH),
    Key::understood("error_rate", Share, "errors of all answers", NO_WATCH),
    Key::understood("cpu_usage", Share, "how busy processors may be", NO_PROCESSES),
    Key::understood("memory_usage", Share, "how full memory may be", NO_PROCESSES),
];

pub(super) const EXECUTION: &[Key] = &[
    Key::obeyed("max_concurrent_workflows", Count("effects"), "how many effects are carried out at once").default("4"),
    Key::obeyed("workflow_timeout", Count("seconds"), "how long all effects of a run may take").default("3600"),
    Key::obeyed("retry_failed_workflows", Switch, "whether an effect that failed is tried again").default("true"),
    Key::obeyed("max_retry_attempts", Whole("attempts"), "how often an effect is tried again").default("3"),
    Key::obeyed("retry_delay", Whole("seconds"), "how long to wait before the first time").default("30"),
    Key::obeyed("priority_levels", Levels, "levels that triggers may name, beside critical, high, medium and low"),
    Key::understood("resource_limits", Keys(LIMITS), "what an effect may use", NO_PROCESSES),
];

const LIMITS: &[Key] = &[
    Key::understood("max_cpu_per_workflow", Number("processors"), "processors for one effect", NO_PROCESSES),
    Key::understood("max_memory_per_workflow", Number("megabytes"), "memory for one effect", NO_PROCESSES),
    Key::understood("max_execution_time", Count("seconds"), "time for one effect", NO_PROCESSES),
];

pub(super) const NOTIFICATIONS: &[Key] = &[
    Key::obeyed("enabled", Switch, "`false`: `send_*`, `notify_*` and `alert_*` plan nothing").default("true"),
    Key::obeyed("channels", List(CHANNEL), "where messages go"),
    Key::obeyed("templates", Templates, "texts by name"),
];

const CHANNEL: &[Key] = &[
    Key::obeyed("type", Text, "`email`, `slack`, `webhook`; any other is sent plain text").needed(),
    Key::obeyed("enabled", Switch, "whether it gets anything").default("true"),
    Key::obeyed("recipients", Texts, "addresses, of an email channel"),
    Key::obeyed("channel", Text, "the name, of a Slack channel"),
    Key::obeyed("url", Address(Service::Web), "the address, of a webhook or a Slack channel"),
    Key::obeyed("secret", Secret, "what a webhook's requests are signed with: `${NAME}` of a variable"),
    Key::obeyed("events", Texts, "the names of what it gets, or `all`. Not written: all"),
];

pub(super) const SECURITY: &[Key] = &[
    Key::understood("webhook_authentication", Switch, "whether who calls must prove it", NO_SERVER),
    Key::understood("api_key_required", Switch, "whether the API wants a key", NO_SERVER),
    Key::understood("rate_limiting", Switch, "whether calls are counted", NO_SERVER),
    Key::understood("max_requests_per_minute", Count("calls"), "how many calls a minute", NO_SERVER),
    Key::understood("verify_signatures", Switch, "whether signatures of calls are checked", NO_SERVER),
    Key::understood("webhook_secret", Secret, "what calls are signed with", NO_SERVER),
    Key::understood("allowed_ips", Texts, "who may call. Empty: everybody", NO_SERVER),
    Key::understood("require_https", Switch, "whether calls must be encrypted", NO_SERVER),
    Key::understood("validate_origins", Switch, "whether a browser's page must be one of the known", NO_SERVER),
    Key::understood("allowed_origins", Texts, "pages that may call", NO_SERVER),
];

const NO_DATABASE: &str = "there is no database: git is one";

pub(super) const LOGGING: &[Key] = &[
    Key::obeyed("level", Word(&["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]), "from which level on is logged")
        .default("INFO"),
    Key::obeyed("log_workflow_events", Switch, "whether events are logged").default("true"),
    Key::understood("log_api_requests", Switch, "whether calls of the API are logged", NO_SERVER),
    Key::obeyed("log_automation_triggers", Switch, "whether triggers that fire are logged").default("true"),
    Key::understood(
        "audit_trail",
        Switch,
        "whether it can be told who changed what",
        "git history is the trail: each engine commit lists its changes and causes in trailers, always (`taskmaster log`)",
    ),
    Key::obeyed("retention_days", Count("days"), "how long the log is kept"),
    Key::obeyed("compress_old_logs", Switch, "whether all but the newest of the files put aside are packed with gzip")
        .default("false"),
    Key::obeyed("destinations", List(DESTINATION), "where the log goes"),
];

const DESTINATION: &[Key] = &[
    Key::obeyed("type", Word(&["file", "database", "external"]), "`file`; the others are not written to").needed(),
    Key::obeyed("enabled", Switch, "whether it is written").default("true"),
    Key::obeyed("path", Text, "the file's name: its last part. The log stands below the common git directory"),
    Key::obeyed("max_size", Bytes, "from which size on a new file is begun"),
    Key::obeyed("max_files", Count("files"), "how many old files stay"),
    Key::understood("table", Text, "the table of a database", NO_DATABASE),
    Key::understood("url", Text, "the address of another service", "nothing is sent: the log stays on this machine"),
];
