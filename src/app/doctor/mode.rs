use super::{Ailment, Check, Look, Patient};

pub(super) const CHECK: Check = Check {
    name: "mode",
    about: "`git config taskmaster.mode` is no mode, so that the file's applies",
    mends: "",
    look: Look::Plain(look),
};

fn look(patient: &Patient<'_>) -> Vec<Ailment> {
    let odd = patient.project().and_then(crate::app::Project::odd_mode);
    odd.map(|text| {
        Ailment::fault(
            format!("`{}` is no mode (git config taskmaster.mode)", text.escape_debug()),
            "taskmaster hooks install --mode observe|warn|enforce|commit, or git config --unset taskmaster.mode",
        )
    })
    .into_iter()
    .collect()
}
