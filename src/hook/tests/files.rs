//! What installing and uninstalling do to files.

use super::*;
use std::os::unix::fs::symlink;

#[test]
fn uninstalling_gives_files_back_with_their_modes() {
    let sandbox = Sandbox::new();
    let shapes = [
        "",
        "#!/bin/sh",
        "#!/bin/sh\n",
        "#!/bin/sh\necho a",
        "#!/bin/sh\necho a\n",
        "#!/bin/sh\r\necho a\r\n",
        "#!/bin/sh\r\n# a",
        "#!/bin/sh\n\n# a\n\nexec ./b \"$@\"\n",
        "#!/bin/bash\nset -euo pipefail\n./a\n",
        "echo a\n",
        "# a\n",
        "\u{feff}#!/bin/sh\necho ä\n",
    ];
    for (at, shape) in shapes.into_iter().enumerate() {
        sandbox.write_hook(HookName::PreCommit, shape);
        let bits = if at % 2 == 0 { 0o755 } else { 0o700 };
        fs::set_permissions(sandbox.hook(HookName::PreCommit), fs::Permissions::from_mode(bits)).unwrap();
        assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Added], "{shape:?}");
        assert!(matches!(sandbox.state(HookName::PreCommit), HookState::Installed { binary_exists: true, .. }));
        assert_eq!(mode(&sandbox.hook(HookName::PreCommit)), bits);
        assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Unchanged], "{shape:?}");
        assert_eq!(sandbox.uninstall(&[HookName::PreCommit]), [OutcomeKind::Removed]);
        assert_eq!(fs::read_to_string(sandbox.hook(HookName::PreCommit)).unwrap(), shape);
        assert_eq!(mode(&sandbox.hook(HookName::PreCommit)), bits);
        assert_eq!(sandbox.uninstall(&[HookName::PreCommit]), [OutcomeKind::NotInstalled]);
    }
}

#[test]
fn files_of_ours_go_away_and_nothing_else_is_left() {
    let sandbox = Sandbox::new();
    sandbox.install(&HookName::ALL);
    for hook in HookName::ALL {
        assert!(Command::new("/bin/sh").arg("-n").arg(sandbox.hook(hook)).status().unwrap().success());
        assert_eq!(mode(&sandbox.hook(hook)) & 0o100, 0o100);
    }
    assert_eq!(sandbox.install(&HookName::ALL), vec![OutcomeKind::Unchanged; 8]);
    assert_eq!(sandbox.uninstall(&HookName::ALL), vec![OutcomeKind::Deleted; 8]);
    assert_eq!(fs::read_dir(sandbox.repo.join(".git/hooks")).unwrap().count(), 0);
    assert_eq!(sandbox.git(&["config", "--get", "--default", "none", "core.hooksPath"]), "none");
}

#[test]
fn a_section_from_another_version_is_outdated_and_replaced() {
    let sandbox = Sandbox::new();
    sandbox.install(&[HookName::PreCommit]);
    let file = sandbox.hook(HookName::PreCommit);
    let ours = fs::read_to_string(&file).unwrap();
    executable(&file, &ours.replace("hooks run", "hook"));
    assert_eq!(sandbox.state(HookName::PreCommit), HookState::Outdated { binary: sandbox.binary.clone() });
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Updated]);
    assert_eq!(fs::read_to_string(&file).unwrap(), ours);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(sandbox.state(HookName::PreCommit), HookState::NotExecutable);
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Updated]);
    assert_eq!(mode(&file), 0o755);
}

#[test]
fn what_is_not_ours_to_change_is_left_alone() {
    let sandbox = Sandbox::new();
    let file = sandbox.hook(HookName::PreCommit);
    sandbox.write_hook(HookName::PreCommit, "#!/usr/bin/env python3\nprint()\n");
    let [OutcomeKind::Foreign { interpreter, .. }] = &sandbox.install(&[HookName::PreCommit])[..] else { panic!() };
    assert_eq!(interpreter, "python3");
    assert_eq!(fs::read_to_string(&file).unwrap(), "#!/usr/bin/env python3\nprint()\n");

    fs::write(&file, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::NotExecutable]);
    assert!(sandbox.commit().status.success());

    fs::remove_file(&file).unwrap();
    let target = sandbox.root.join("target");
    executable(&target, "#!/bin/sh\n");
    symlink(&target, &file).unwrap();
    assert_eq!(sandbox.install(&[HookName::PreCommit]), [OutcomeKind::Linked { target: target.clone() }]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "#!/bin/sh\n");
    assert_eq!(fs::read_link(&file).unwrap(), target);
}

#[test]
fn one_broken_file_stops_all_before_anything_is_written() {
    let sandbox = Sandbox::new();
    sandbox.write_hook(HookName::PrePush, "#!/bin/sh\n# >>> taskmaster >>>\n");
    let error = sandbox.try_install(&sandbox.repo, &HookName::ALL, SharedFolder::Refuse).unwrap_err();
    assert!(matches!(error, InstallError::Section { .. }));
    assert!(error.hint().is_some());
    assert!(!sandbox.hook(HookName::PreCommit).exists());
    assert_eq!(sandbox.state(HookName::PrePush), HookState::Broken(SectionError::Unterminated { line: 2 }));
}

#[test]
fn names_are_read_back() {
    for hook in HookName::ALL {
        assert_eq!(hook.file_name().parse(), Ok(hook));
    }
    assert_eq!("pre-rebase".parse::<HookName>(), Err(UnknownHook("pre-rebase".to_owned())));
}
