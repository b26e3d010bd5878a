//! Actions of the project's own that cannot be read.

use super::*;
use crate::engine::event::Event;

#[test]
fn an_own_action_that_cannot_be_read_is_never_the_built_in_one_of_its_family() {
    let text = "actions:\n  alert_ops: {run: ./notify.sh, timeout: 0}\n  create_review_task: {create_task: {title: X}, retries: many}\n  \
                notify_all:\n  generate_x_report: 5\n\
                notifications: {channels: [{type: slack, channel: '#a', events: [all]}]}\n\
                triggers:\n  - name: t\n    event: x\n    actions: [alert_ops, create_review_task, notify_all, generate_x_report, alert_others]\n";
    let (rules, findings) = format::workflow::read(&TreePath::workflow(), text.as_bytes());
    assert_eq!(findings.len(), 4, "{findings:?}");
    let tree = Tree::default().markdown("1", "pending", "[]");
    let origin = Origin { ground: crate::engine::creation::Ground::Canonical, ..origin() };
    let event = Event::of_tree("x", (None, None), &origin);
    let plan = plan(&tree.snapshot(), &[Source::of(&rules, vec![event], origin)]);
    let left = |name: &str| format!("t: {name}: left out: `actions.{name}` has errors in it");
    let failures: Vec<String> = ["alert_ops", "create_review_task", "notify_all", "generate_x_report"].map(left).into();
    assert_eq!(plan.warnings().collect::<Vec<_>>(), failures);
    assert_eq!((plan.effects.len(), plan.changes.len()), (1, 0));
}
