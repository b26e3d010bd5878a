//! Whose process this is, as the system says: no variable can say otherwise.

/// The account that this process runs as, such as `ann (uid 1000)`.
#[cfg(unix)]
#[must_use]
pub fn account() -> String {
    let user = rustix::process::getuid().as_raw().to_string();
    let name = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| name_of(&text, &user));
    match name {
        Some(name) => format!("{name} (uid {user})"),
        None => format!("uid {user}"),
    }
}

/// The account that this process runs as, as far as a variable says it.
#[cfg(not(unix))]
#[must_use]
pub fn account() -> String {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// The name of a user in the table of users (passwd(5)); `None` where it is elsewhere.
#[cfg(unix)]
fn name_of(table: &str, user: &str) -> Option<String> {
    table.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == user && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_its_name() {
        let table = "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(name_of(table, "1000"), Some("ann".to_owned()));
        assert_eq!(name_of(table, "7"), None);
        assert!(account().contains("uid "));
    }
}
