use crate::app::AppError;

/// The two ends of `A..B`; `None` for a text that is no range. An end that is left out is empty.
///
/// # Errors
/// When it has three dots: the commits that only one of two has are in no order.
pub(super) fn ends(text: &str) -> Result<Option<(&str, &str)>, AppError> {
    if text.contains("...") {
        return Err(AppError::ThreeDots { text: text.to_owned() });
    }
    Ok(text.split_once(".."))
}
