use super::{Code, Finding};
use crate::model::Severity::{self, Error, Note, Warning};

/// A kind of finding is `NAME "name" [how bad]: "what it is" => "what to do";`.
macro_rules! findings {
    ($($name:ident $text:literal [$($severity:ident),+]: $about:literal => $remedy:literal;)+) => {
        impl Code {
            $(#[doc = $about]
            pub const $name: Self = Self($text);)+
        }

        /// Every kind of finding, in the order of their names.
        pub const FINDINGS: &[Finding] = &[$(Finding {
            code: Code::$name,
            severities: { const LIST: &[Severity] = &[$($severity),+]; LIST },
            about: $about,
            remedy: $remedy,
        },)+];
    };
}

findings! {
    ABSURD_TIME "absurd-time" [Warning]:
        "a time in the settings that is longer than ten years"
        => "look at the unit: most times are in seconds";
    ACTION_NAME_TAKEN "action-name-taken" [Warning]:
        "an action of the project's own with the name of a built-in one, which is never called"
        => "rename it, under `actions` and in the triggers";
    ACTION_PARAMETERS "action-parameters" [Warning, Error]:
        "a parameter that an action does not take, or a value it cannot be; an error where the action fails each time"
        => "see what the action takes in docs/actions.md";
    CONFLICT_MARKERS "conflict-markers" [Error]:
        "a marker of a merge that was not resolved: the file counts as it last could be read"
        => "resolve the conflict and remove the marker lines";
    CONFLICTING_VALUES "conflicting-values" [Warning]:
        "two triggers that set one field of one task to different values for one event, under conditions that do not exclude each other"
        => "the later one wins; give them conditions that exclude each other";
    CONTRADICTING_STATUSES "contradicting-statuses" [Error]:
        "one commit gives a task different statuses in different places"
        => "change it in one place only; the others follow";
    CONTROL_CHARACTER "control-character" [Warning]:
        "a value of a task with a control character in it"
        => "remove the character";
    COSTLY_PATTERNS "costly-patterns" [Error]:
        "patterns of `matches` that need more than 64 MiB together as they are compiled; the triggers of those behind are left out"
        => "write them shorter: counted repetitions such as `\\w{50}` are what makes them large";
    CURRENT_TAG_NOT_TEXT "current-tag-not-text" [Warning]:
        "`currentTag` of `state.json` is no text"
        => "put the tag's name in quotes";
    DEPENDENCIES_NOT_A_LIST "dependencies-not-a-list" [Warning]:
        "`dependencies` of a task in `tasks.json` is no list"
        => "put brackets around it";
    DEPENDENCY_CYCLE "dependency-cycle" [Error]:
        "tasks that wait for each other, so that none can ever become ready"
        => "remove one of the dependencies";
    DIFFERENT_KINDS "different-kinds" [Warning]:
        "a `==` or `!=` in a `when` between a text and a number: it cannot be decided, so that the expression never holds because of it"
        => "make a number of the text with the filter `int`, or write the number without quotes";
    DUPLICATE_CASE "duplicate-case" [Warning]:
        "two cases of one file of tests with the same name"
        => "rename one: reports tell them apart by name";
    DUPLICATE_ID "duplicate-id" [Error]:
        "two places write a task of the same id; only the first counts"
        => "give one of them an id of its own: `taskmaster migrate --renumber`";
    DUPLICATE_KEY "duplicate-key" [Warning, Error]:
        "a key that is written twice in one mapping: in front matter nobody knows which one counts, elsewhere the last one does"
        => "remove one of them";
    DUPLICATE_RULE "duplicate-rule" [Warning]:
        "a trigger with the event, the conditions and the actions of an earlier one"
        => "remove one of them";
    DUPLICATE_STATUS "duplicate-status" [Warning]:
        "a status that is defined twice, or another name that two statuses claim"
        => "join the two, or remove the name from the one that does not have it";
    DUPLICATE_TRIGGER "duplicate-trigger" [Warning]:
        "two triggers of the same name"
        => "rename one: reports and environments tell them apart by name";
    EDIT_VARIABLE "edit-variable" [Error]:
        "a variable, `${NAME}`, in what an action sets or makes: what is edited never depends on the environment"
        => "use names of the event, such as `{task_title}`";
    EDITED_WHERE_PUT_AWAY "edited-where-put-away" [Error]:
        "a file that a migration has put away was edited there, or removed; nothing reads it there"
        => "make the change in the task itself, and bring the file back as it was";
    EMPTY_FILE "empty-file" [Error]:
        "the file of a task is empty"
        => "take it from an earlier commit, or remove it";
    ENVIRONMENT_EDITS "environment-edits" [Warning]:
        "a key in an environment that has a say in what is edited; it has no effect there"
        => "write it outside `environments`: what is edited must be the same everywhere";
    FOLDER "folder" [Error]:
        "a folder where a file is expected"
        => "give the folder another name";
    FORBIDDEN_TRANSITION "forbidden-transition" [Note, Warning, Error]:
        "a status that may not follow the one before, as `transitions` says"
        => "go by a status that is allowed, or allow this one under `statuses`";
    GROWING_VALUE "growing-value" [Warning]:
        "a field that is set to a text in which it stands more than once: each time it is twice as long, up to 64 KiB"
        => "name the field once";
    ID_DIFFERS_FROM_PATH "id-differs-from-path" [Warning]:
        "the front matter of a task says another id than its path; the front matter counts"
        => "correct the id, or move the file";
    INCOMPLETE_CHANNEL "incomplete-channel" [Warning]:
        "a channel that is switched on and that nothing can be sent to, for its address, server, sender or recipients are not written; a recipient that is no mail address; an action that addresses a type of which no channel is switched on"
        => "write what is missing, correct the address, or switch the channel off";
    INTERRUPTED_COMMIT "interrupted-commit" [Error]:
        "a commit that would take back what the engine has committed, since a run was interrupted behind its commit"
        => "run `taskmaster sync`, then commit again";
    INVALID_DEPENDENCY "invalid-dependency" [Warning]:
        "a dependency in `tasks.json` that is no id"
        => "name a task, or remove it";
    INVALID_ID "invalid-id" [Error]:
        "an id in `tasks.json` that is none; the task is not seen"
        => "write a number, numbers joined by dots, or a word";
    INVALID_JSON "invalid-json" [Error]:
        "a file that is no JSON"
        => "correct what the place points at, or take the file from an earlier commit";
    INVALID_TAG "invalid-tag" [Error]:
        "a tag in `tasks.json` that cannot be the name of one; none of its tasks is seen"
        => "rename it to letters, digits and `-` `_` `.` `/` `+` `@`";
    INVALID_WORKFLOW "invalid-workflow" [Warning, Error]:
        "what cannot be read in `workflow.yaml` or in a file of tests: a value of the wrong kind, or one that contradicts itself. What it stands in is left out; a warning where it would have had no effect"
        => "write what the hint says";
    LFS_POINTER "lfs-pointer" [Error]:
        "a file that is a pointer of git-lfs: its content is not here"
        => "fetch it with `git lfs pull`, or keep task files out of git-lfs";
    LINK "link" [Error]:
        "a link where a file or folder of the tree is expected; links are never followed"
        => "put the file or folder itself there";
    LONG_TIMEOUT "long-timeout" [Warning]:
        "a `timeout` of an action or of a trigger's effects that is longer than a whole run may take (`execution.workflow_timeout`, an hour where it is not written)"
        => "make it shorter, or `execution.workflow_timeout` longer";
    MALFORMED_DEPENDENCY "malformed-dependency" [Warning]:
        "a dependency in front matter that is no id"
        => "name tasks by their ids, such as `[task_003, 18.5]`";
    MALFORMED_FRONT_MATTER "malformed-front-matter" [Error]:
        "front matter that is no YAML, or no mapping"
        => "write it as lines of `key: value`; put texts with signs in them in quotes";
    MALFORMED_ID "malformed-id" [Error]:
        "an id in front matter that is none"
        => "write a number or a word, such as `task_018`";
    MALFORMED_STATUS "malformed-status" [Error]:
        "a status in front matter that is a list or a mapping"
        => "write one status";
    MATCHES_EVERYTHING "matches-everything" [Warning]:
        "a trigger that listens to `*` without conditions, or a condition that always holds"
        => "remove the condition, or correct what it compares; name an event";
    MISSING_ID "missing-id" [Error]:
        "a task in `tasks.json` without an id; it is not seen"
        => "give it one";
    MISSING_SUBTASK_ID "missing-subtask-id" [Warning]:
        "a subtask in `tasks.json` without an id; it has the number of its place"
        => "give it one";
    MORE_FINDINGS "more-findings" [Warning, Error]:
        "a file with more than 1,000 findings; the others are not listed"
        => "see to the others first";
    NESTED_REPOSITORY "nested-repository" [Error]:
        "a folder of the tree that is a repository of its own; its files are not this tree's"
        => "put the files themselves there, without its `.git`";
    NESTED_TOO_DEEPLY "nested-too-deeply" [Error]:
        "a JSON file whose brackets are nested more than 128 deep"
        => "correct the brackets, or take the file from an earlier commit";
    NEVER_ACTS "never-acts" [Warning]:
        "a trigger whose conditions exclude each other, or one that can never hold for its event"
        => "put alternatives under `any`, or between `or`; correct what is compared";
    NO_ACTIONS "no-actions" [Warning]:
        "a trigger that calls nothing"
        => "list what should follow under `actions`";
    NO_CASES "no-cases" [Warning]:
        "a file of tests without a case"
        => "list cases under `cases`";
    NO_FRONT_MATTER "no-front-matter" [Warning]:
        "a file that is named like a task and has no front matter, so that it is none"
        => "give it front matter, or another name";
    NO_ORDER "no-order" [Warning]:
        "`gt`, `gte`, `lt`, `lte` or `older_than` where nothing is greater or older: they are always false"
        => "use `equals` or `in` for words, `status.category` for kinds of statuses";
    NO_TASK_ID "no-task-id" [Error]:
        "the file of a task with no `task_id`, in a folder whose name is none"
        => "add `task_id`";
    NO_TASKS "no-tasks" [Warning]:
        "a `tasks.json` without a list of tasks"
        => "write an object with a list `tasks`, or tags with one each";
    NOT_A_FILE "not-a-file" [Error]:
        "something that is no plain file where one is expected"
        => "put a file there";
    NOT_A_TASK "not-a-task" [Error]:
        "a member of a list of tasks that is no object"
        => "write `{\"id\": ..., \"title\": ...}`";
    NOT_TASKS "not-tasks" [Error]:
        "a `tasks.json` that is no object"
        => "write an object with a list `tasks`, or tags with one each";
    NOT_UTF8 "not-utf8" [Error]:
        "a file that is no UTF-8"
        => "save it as UTF-8";
    PRIORITY_LITERAL "priority-literal" [Warning]:
        "another name of a priority in a `when`, where it has its one name: `priority == 'P1'` is never true"
        => "write its one name; `field: priority, operator: equals` knows all names";
    PRIORITY_NOT_TEXT "priority-not-text" [Warning]:
        "`priority` of a task in `tasks.json` is no text"
        => "put it in quotes";
    REPLACED_TASK "replaced-task" [Warning]:
        "two branches had made a task of one number, and the merge keeps one of them"
        => "make the other again: `taskmaster sync --since BASE`";
    RULE_LOOP "rule-loop" [Warning]:
        "triggers whose actions make the events that call them again, unless conditions keep them from it"
        => "add conditions that end the chain; it is cut after 10 consequences";
    SECRET_IN_FILE "secret-in-file" [Warning]:
        "a secret that is written out in `workflow.yaml`"
        => "keep it in a variable of the environment, and write `${NAME}`";
    STALE_GENERATED_TEXT "stale-generated-text" [Note]:
        "a text that was generated for a task that does not exist any more"
        => "remove it, or have it generated anew";
    STATUS_LITERAL "status-literal" [Warning]:
        "another name of a status in a `when`, where it has its one name: `status == 'completed'` is never true"
        => "write its one name; `field: status, operator: equals` knows all names";
    STATUS_NOT_TEXT "status-not-text" [Warning]:
        "`status` of a task in `tasks.json` is no text"
        => "put it in quotes";
    SUBTASKS_NOT_A_LIST "subtasks-not-a-list" [Warning]:
        "`subtasks` of a task in `tasks.json` is no list; they are not seen"
        => "write them as a list, each with its `id`";
    SUSPICIOUS_CONDITION "suspicious-condition" [Warning]:
        "a status, category or priority that is compared with a list by `equals` or `not_equals`, or anything that is compared with an empty list"
        => "use `in` or `not_in`; add what it is to be compared with";
    TASKS_NOT_A_LIST "tasks-not-a-list" [Warning, Error]:
        "`tasks` of a `tasks.json` is no list; an error where something stands there, which is not seen"
        => "write the tasks as a list, each with its `id`";
    TITLE_NOT_TEXT "title-not-text" [Warning]:
        "`title` of a task in `tasks.json` is no text"
        => "put it in quotes";
    TOO_LARGE "too-large" [Error]:
        "a file that is larger than the engine reads"
        => "split it, or move old tasks into another file";
    TOO_MANY_TRIGGERS "too-many-triggers" [Warning]:
        "more than 1,000 triggers"
        => "conditions and templates often make one trigger of many";
    UNCLOSED_FRONT_MATTER "unclosed-front-matter" [Error]:
        "front matter without the line that ends it"
        => "write a line `---` behind it";
    UNKNOWN_ACTION "unknown-action" [Warning]:
        "a trigger that calls an action which there is not, or which is left out for its errors: it fails, visibly, each time the trigger fires"
        => "correct the name, or declare it under `actions`; mend the one that is left out";
    UNKNOWN_CATEGORY "unknown-category" [Warning]:
        "a category that there is not, in the value of a condition"
        => "write one of todo, active, blocked, review, done, failed, cancelled";
    UNKNOWN_DEPENDENCY "unknown-dependency" [Error]:
        "a task that waits for one that does not exist"
        => "correct the id, or remove the dependency";
    UNKNOWN_EVENT "unknown-event" [Warning]:
        "the name of an event that nothing raises and that is nearly one that is known"
        => "correct the name";
    UNKNOWN_FIELD "unknown-field" [Warning]:
        "a field that no task has and whose name is nearly one that is known"
        => "correct the name";
    UNKNOWN_KEY "unknown-key" [Warning, Error]:
        "a key that is not known; an error where a trigger would act on more than is meant, or a case would expect less"
        => "correct it; begin a key of your own with `x-`";
    UNKNOWN_MESSAGE "unknown-message" [Warning]:
        "a template that an action names and that there is not; a channel whose type, or the name of a message it gets, is nearly one that is known"
        => "correct the name";
    UNKNOWN_NAME "unknown-name" [Warning]:
        "a name in a template that begins as a built-in one does, that no task has, and that is nearly one that is known: `{task_titel}`; any that no task has, where only tasks' own events fill it in and no rule writes or asks for such a field; or one whose brace is not closed"
        => "correct the name, or give it a default";
    UNKNOWN_PARENT "unknown-parent" [Warning]:
        "a task that is part of one that does not exist"
        => "bring the parent back, or move its subtasks";
    UNKNOWN_PRIORITY "unknown-priority" [Warning]:
        "a priority in a condition, a `when` or an action that is neither usual nor that of a task; a level of a trigger that there is not"
        => "correct it; levels of your own stand in `execution.priority_levels`";
    UNKNOWN_STATUS "unknown-status" [Warning]:
        "a status of a task, of a condition, or one that an action is to set, which is neither defined nor that of a task"
        => "correct it, or define it under `statuses`";
    UNKNOWN_TASK "unknown-task" [Warning, Error]:
        "a task that an action names and that there is not; an error where it can be none, so that the action fails each time"
        => "write the id of a task; `set_status` also takes `parent`";
    UNKNOWN_TRIGGER "unknown-trigger" [Warning]:
        "an environment that switches a trigger which there is not"
        => "correct the name";
    UNKNOWN_VERSION "unknown-version" [Warning]:
        "a `version` of `workflow.yaml` that is not known; the file is read as the newest"
        => "write `2.1`";
    UNRAISED_EVENT "unraised-event" [Warning]:
        "a trigger for `task.dependencies.satisfied` where no trigger calls `trigger_dependent_tasks`, which raises it"
        => "call `trigger_dependent_tasks` from a trigger for `task.status.updated`";
    UNREAD_FILE "unread-file" [Warning]:
        "a file given by a case that the engine does not read"
        => "write its path relative to `.taskmaster/`";
    UNREADABLE_FILE "unreadable-file" [Error]:
        "a file that the system does not let you read"
        => "give yourself the right to read it";
    UNREADABLE_PATH "unreadable-path" [Warning]:
        "a path that no file of a tree can have"
        => "rename the file";
    WITHOUT_EFFECT "without-effect" [Note]:
        "settings that are understood and have no meaning here, or are only recorded"
        => "docs/workflow-reference.md says of each why";
}
