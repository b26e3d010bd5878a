//! The program as a library: handlers that are called for events, and the two things that automation asks for most, a task's
//! status and a new task.

mod handler;
mod notice;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::{
    AppError, CreateReport, CreateRequest, DefaultParent, EditReport, EmitReport, EmitRequest, Keep, OutsideEvent,
    Project, StatusEdit, create, emit, set_status,
};
use crate::engine::creation::TaskDraft;
use crate::engine::event::{CREATED, STATUS_UPDATED, alias};
use crate::format::workflow::EventPattern;
use crate::model::{TaskId, Timestamp};

pub use handler::{HandlerError, HandlerId, HandlerResult, HandlerStatus};
pub use notice::Notice;

use handler::{Registered, name_of, said_by};

/// Handlers for events, and a repository with tasks.
///
/// Handlers are the caller's own: they are called in this process, one after the other, in the order in which they were added. What a
/// handler does is not the engine's: nothing of it is undone, repeated or recorded. Rules, commits and their audit are for
/// [`Engine::emit`], [`Engine::sync_task_status`] and [`Engine::create_automation_task`].
///
/// # Examples
///
/// ```
/// use serde_json::json;
/// use taskmaster::{Engine, HandlerStatus, Notice};
///
/// let mut engine = Engine::new();
/// engine.on("deployment.success", |notice| Ok(json!(format!("deployed {}", notice.data["version"]))))?;
/// engine.on("deployment.*", |_| Err("the pager is out of order".into()))?;
///
/// let results = engine.trigger(&Notice::new("deployment.success", json!({"version": 7}))?);
/// assert_eq!(results[0].result, Some(json!("deployed 7")));
/// assert_eq!(results[1].status, HandlerStatus::Error);
/// assert_eq!(results[1].error.as_deref(), Some("the pager is out of order"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Other names of an event are the event, and a handler that panics stops no other:
///
/// ```
/// use serde_json::json;
/// use taskmaster::{Engine, HandlerStatus, Notice};
///
/// # std::panic::set_hook(Box::new(|_| {}));
/// let mut engine = Engine::new();
/// engine.on_named("TASK_CREATED", "broken", |_| panic!("no such thing"))?;
/// let greeter = engine.on_named("task.created", "greeter", |_| Ok(json!("hello")))?;
///
/// let results = engine.trigger(&Notice::new("task_created", json!({"task_id": 7}))?);
/// assert_eq!((results[0].handler.as_str(), results[0].status), ("broken", HandlerStatus::Error));
/// assert_eq!(results[0].error.as_deref(), Some("it panicked: no such thing"));
/// assert_eq!((results[1].handler.as_str(), results[1].status), ("greeter", HandlerStatus::Success));
///
/// assert!(engine.off(greeter));
/// assert_eq!(engine.trigger(&Notice::new("task.created", json!({}))?).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Engine {
    project: Option<Project>,
    keep: Keep,
    handlers: Vec<Registered>,
    next: u64,
}

/// A status that was set, and what the handlers made of it.
#[derive(Debug)]
pub struct StatusSynced {
    /// What became of the files.
    pub edit: EditReport,
    /// What the handlers of `task.status.updated` said.
    pub results: Vec<HandlerResult>,
}

/// A task that was made, and what the handlers made of it.
#[derive(Debug)]
pub struct AutomationTask {
    /// The task.
    pub task: TaskId,
    /// What became of the files.
    pub created: CreateReport,
    /// What the handlers of `task.created` said.
    pub results: Vec<HandlerResult>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// Handlers alone, without a repository.
    #[must_use]
    pub fn new() -> Self {
        Self { project: None, keep: Keep::Commit, handlers: Vec::new(), next: 0 }
    }

    /// The repository at `path` or above it. What is done in it is committed, as the commands do it.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<Self, AppError> {
        Ok(Self { project: Some(Project::open(path)?), ..Self::new() })
    }

    /// The same, where what is done is kept in another way: only in the files, or not at all.
    #[must_use]
    pub fn keeping(self, keep: Keep) -> Self {
        Self { keep, ..self }
    }

    /// Calls `handler` for each event that `event` stands for: a name, another name of it, or a pattern such as `task.*`. In
    /// results it has the name of its type: that of the function.
    ///
    /// # Errors
    /// When `event` is neither.
    pub fn on<F>(&mut self, event: &str, handler: F) -> Result<HandlerId, AppError>
    where
        F: Fn(&Notice) -> Result<Value, HandlerError> + 'static,
    {
        self.on_named(event, &name_of::<F>(), handler)
    }

    /// The same, with a name for results.
    ///
    /// # Errors
    /// When `event` is neither.
    pub fn on_named<F>(&mut self, event: &str, name: &str, handler: F) -> Result<HandlerId, AppError>
    where
        F: Fn(&Notice) -> Result<Value, HandlerError> + 'static,
    {
        let pattern = EventPattern::parse(alias::canonical(event))
            .map_err(|error| AppError::EventName { text: event.to_owned(), reason: error.to_string() })?;
        let id = HandlerId(self.next);
        self.next += 1;
        self.handlers.push(Registered { id, pattern, name: name.to_owned(), handler: Box::new(handler) });
        Ok(id)
    }

    /// Calls a handler no more; whether it was there.
    pub fn off(&mut self, id: HandlerId) -> bool {
        let before = self.handlers.len();
        self.handlers.retain(|registered| registered.id != id);
        self.handlers.len() < before
    }

    /// Calls the handlers of an event, each whatever became of those before it. Rules do not see it: see [`Engine::emit`].
    pub fn trigger(&self, notice: &Notice) -> Vec<HandlerResult> {
        let wanted = self.handlers.iter().filter(|registered| registered.pattern.matches(notice.event()));
        wanted.map(|registered| call(registered, notice)).collect()
    }

    /// Hands an event from outside in: the rules of the repository act on it, once for each `id`, as `taskmaster emit` does. Then its
    /// handlers are called, unless it was handled before.
    ///
    /// # Errors
    /// When there is no repository, no such task, or nothing can be committed now; no handler is called then.
    pub fn emit(
        &self,
        notice: &Notice,
        task: Option<&TaskId>,
        id: &str,
    ) -> Result<(EmitReport, Vec<HandlerResult>), AppError> {
        let data = notice
            .data
            .as_object()
            .cloned()
            .ok_or_else(|| AppError::EventData { reason: "it is another kind of value".to_owned() })?;
        let event = OutsideEvent { kind: notice.event().to_owned(), data, task: task.cloned() };
        let request = EmitRequest { event, id: id.to_owned(), keep: self.keep, now: now() };
        let report = emit(self.project()?, &request)?;
        let results = if report.known.is_none() { self.trigger(notice) } else { Vec::new() };
        Ok((report, results))
    }

    /// Sets a task's status in every place that writes it, and lets the rules act on that. Then the handlers of
    /// `task.status.updated` (`task_status_sync`) are called with `task_id`, `status`, `timestamp` and `metadata`.
    ///
    /// # Errors
    /// As `taskmaster update-task-status`: for a task or status that does not exist, or a transition that is not allowed; no handler
    /// is called then.
    ///
    /// # Examples
    ///
    /// ```
    /// use serde_json::{Map, json};
    /// use taskmaster::{Engine, Notice};
    /// use taskmaster::model::TaskId;
    /// # let folder = tempfile::tempdir()?;
    /// # let git = |arguments: &[&str]| {
    /// #     let done = std::process::Command::new("git").current_dir(folder.path()).args(arguments).output().unwrap();
    /// #     assert!(done.status.success(), "{done:?}");
    /// # };
    /// # git(&["init", "-q", "-b", "main"]);
    /// # git(&["config", "user.name", "Ann"]);
    /// # git(&["config", "user.email", "ann@example.com"]);
    /// # std::fs::create_dir_all(folder.path().join(".taskmaster/tasks"))?;
    /// # std::fs::write(folder.path().join(".taskmaster/tasks/tasks.json"),
    /// #     r#"{"tasks": [{"id": 7, "title": "Seven", "status": "pending"}]}"#)?;
    /// # git(&["add", "-A"]);
    /// # git(&["commit", "-q", "-m", "Start"]);
    /// # let path = folder.path();
    ///
    /// let mut engine = Engine::open(path)?;
    /// engine.on("task_status_sync", |notice| Ok(notice.data["status"].clone()))?;
    ///
    /// let task = TaskId::parse("7")?;
    /// let metadata = Map::from_iter([("ci_run".to_owned(), json!("77"))]);
    /// let synced = engine.sync_task_status(&task, "completed", metadata)?;
    /// assert_eq!((synced.edit.old.as_str(), synced.edit.new.as_str()), ("pending", "done"));
    /// assert_eq!(synced.results[0].result, Some(json!("done")));
    ///
    /// let made = engine.create_automation_task("nightly build", &json!({"branch": "main"}))?;
    /// assert_eq!(made.task, TaskId::parse("8")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sync_task_status(
        &self,
        task: &TaskId,
        status: &str,
        metadata: Map<String, Value>,
    ) -> Result<StatusSynced, AppError> {
        let now = now();
        let request = StatusEdit { task: task.clone(), status: status.to_owned(), metadata, keep: self.keep, now };
        let edit = set_status(self.project()?, &request)?;
        let data = json!({
            "task_id": edit.task.to_string(),
            "old": edit.old,
            "status": edit.new,
            "timestamp": now.to_string(),
            "metadata": request.metadata,
        });
        let results = self.trigger(&Notice::known(STATUS_UPDATED, data));
        Ok(StatusSynced { edit, results })
    }

    /// Makes a task for a run of a workflow, of the type `automation`, with the parameters as its `input_data`. Then the handlers of
    /// `task.created` are called with `task_id`, `workflow_name` and `parameters`.
    ///
    /// # Errors
    /// As `taskmaster create`; no handler is called then.
    pub fn create_automation_task(&self, workflow_name: &str, parameters: &Value) -> Result<AutomationTask, AppError> {
        let draft = TaskDraft {
            title: format!("Automation: {workflow_name}"),
            description: Some(format!("Automated task created by workflow: {workflow_name}")),
            status: Some("pending".to_owned()),
            fields: vec![("type".to_owned(), "automation".into()), ("input_data".to_owned(), parameters.clone())],
            ..TaskDraft::default()
        };
        let request = CreateRequest { draft, parent: DefaultParent::Nobody, keep: self.keep, now: now() };
        let created = create(self.project()?, &request)?;
        let task = created.task.clone();
        let data = json!({
            "task_id": task.to_string(),
            "workflow_name": workflow_name,
            "parameters": parameters,
        });
        let results = self.trigger(&Notice::known(CREATED, data));
        Ok(AutomationTask { task, created, results })
    }

    fn project(&self) -> Result<&Project, AppError> {
        self.project.as_ref().ok_or(AppError::NoRepository)
    }
}

/// Calls one handler, whatever it does.
fn call(registered: &Registered, notice: &Notice) -> HandlerResult {
    let (time, began) = (now(), Instant::now());
    // What a handler had in hand when it panicked is its own; nothing of the engine's is changed while it is called.
    let said = catch_unwind(AssertUnwindSafe(|| (registered.handler)(notice)));
    let (status, result, error) = match said {
        Ok(Ok(value)) => (HandlerStatus::Success, Some(value), None),
        Ok(Err(error)) => (HandlerStatus::Error, None, Some(error.to_string())),
        Err(panic) => (HandlerStatus::Error, None, Some(format!("it panicked: {}", said_by(&*panic)))),
    };
    HandlerResult { handler: registered.name.clone(), status, result, error, time, duration: began.elapsed() }
}

/// The clock, for who calls from outside of the commands.
fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    Timestamp { seconds: i64::try_from(seconds).unwrap_or_default(), offset_minutes: 0 }
}
