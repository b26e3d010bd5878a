//! A mail, by the SMTP server of `endpoints.email_service`. Its `Message-ID` is the effect's key and stays the same at
//! every attempt; not every mail program looks at that, so that a mail counts as one that may come twice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use lettre::Address;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::{Certificate, SmtpConnection, Tls, TlsParameters};
use serde_json::{Value, json};

use super::smtp::{self, Sent, Server};
use super::webhook::expand;
use super::{Attempt, Outcome};
use crate::format::workflow::Identity;

/// A mail as written.
pub(super) struct Mail<'m> {
    pub(super) id: String,
    pub(super) server: Option<&'m str>,
    pub(super) sender: Option<&'m Identity>,
    pub(super) recipients: &'m [String],
    pub(super) subject: &'m str,
    pub(super) text: &'m str,
    /// The receipt of the last attempt: who has the mail gets no second one.
    pub(super) earlier: &'m Value,
}

/// Sends a mail.
pub(super) fn carry_out(mail: &Mail<'_>, timeout: Duration) -> Attempt {
    let mut attempt = attempt(mail, timeout);
    if attempt.receipt.is_null() && !taken(mail.earlier).is_empty() {
        attempt.receipt = mail.earlier.clone();
    }
    attempt
}

fn attempt(mail: &Mail<'_>, timeout: Duration) -> Attempt {
    let Some(server) = mail.server else { return Attempt::unwritten("`endpoints.email_service` is missing") };
    let Some(sender) = mail.sender else {
        return Attempt::unwritten("the sender, `git.identity`, is missing");
    };
    let server = match expand(server) {
        Ok(server) => server,
        Err(unset) => return Attempt::held(unset.to_string()),
    };
    let recipients: Result<Vec<String>, _> = mail.recipients.iter().map(|text| expand(text)).collect();
    let recipients = match recipients {
        Ok(recipients) => recipients,
        Err(unset) => return Attempt::held(unset.to_string()),
    };
    let letter = match letter(mail, sender, &recipients) {
        Ok(letter) => letter,
        Err(why) => return Attempt::refused(why),
    };
    // What is wrong may stand in a variable: it is not repeated.
    if !(server.starts_with("smtp://") || server.starts_with("smtps://")) {
        return Attempt::refused("`endpoints.email_service` is no address of the kind smtps://user:password@host");
    }
    if tells_secrets(&server) {
        return Attempt::refused(
            "`endpoints.email_service` has a password, and no encryption: write smtps://, or ?tls=required",
        );
    }
    let tls = match encryption(&server) {
        Ok(tls) => tls,
        Err(why) => return Attempt::held(why),
    };
    let Some(server) = Server::of(&server, tls) else {
        return Attempt::refused("`endpoints.email_service` is no address of the kind smtps://user:password@host");
    };
    let (tell, told) = channel();
    // Whoever takes it first decides: the thread that the mail is sent, this one that it never is.
    let is_decided = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&is_decided);
    // A server that talks slowly enough never lets a time-out of one answer come.
    std::thread::spawn(move || {
        let (connected, connection) = match connect(&server, timeout) {
            Ok(connection) => (Ok(()), Some(connection)),
            Err(attempt) => (Err(attempt), None),
        };
        let goes_on = connected.is_ok() && !shared.swap(true, Ordering::SeqCst);
        // Nobody may listen any more.
        let _ = tell.send(connected);
        if let Some(mut connection) = connection.filter(|_| goes_on) {
            let _ = tell.send(Err(send(&mut connection, &letter)));
            // Nobody waits for the good-bye.
            connection.abort();
        }
    });
    let began = Instant::now();
    match told.recv_timeout(timeout) {
        Ok(Err(attempt)) => return attempt,
        Err(_) if !is_decided.swap(true, Ordering::SeqCst) => return failed("no connection came about in time"),
        // The mail is on its way, be it that nothing was heard of the connection.
        Ok(Ok(())) | Err(_) => {}
    }
    match told.recv_timeout(timeout.saturating_sub(began.elapsed())) {
        Ok(Err(attempt)) => attempt,
        _ => Attempt::of(Outcome::Unknown { why: format!("no answer within {} seconds", timeout.as_secs()) }),
    }
}

/// The variable that names a file of authorities, as other programs know it (openssl-env(7)). It is the user's own: nothing in a
/// repository can set it.
const AUTHORITIES: &str = "SSL_CERT_FILE";

/// How the server is talked to where the user has authorities of his own, which certificates are checked against beside the
/// public ones. `None` where he has none, or nothing is encrypted.
fn encryption(server: &str) -> Result<Option<Tls>, String> {
    let Some(file) = std::env::var_os(AUTHORITIES).filter(|file| !file.is_empty()) else { return Ok(None) };
    let (scheme, rest) = server.split_once("://").unwrap_or_default();
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let wanted = query.split('&').find_map(|pair| pair.strip_prefix("tls="));
    let mode = match (scheme, wanted) {
        ("smtps", _) => Tls::Wrapper,
        (_, Some("required")) => Tls::Required,
        (_, Some("opportunistic")) => Tls::Opportunistic,
        _ => return Ok(None),
    };
    let unusable =
        |why: &dyn std::fmt::Display| format!("the certificates that {AUTHORITIES} names cannot be used: {why}");
    let texts = crate::store::read(Path::new(&file)).map_err(|error| unusable(&error))?;
    let texts = texts.ok_or_else(|| unusable(&"there is no such file"))?;
    let mut parameters = TlsParameters::builder(host(place).to_owned());
    for text in String::from_utf8_lossy(&texts).split_inclusive("-----END CERTIFICATE-----") {
        if text.contains("-----BEGIN CERTIFICATE-----") {
            let authority = Certificate::from_pem(text.as_bytes()).map_err(|error| unusable(&error))?;
            parameters = parameters.add_root_certificate(authority);
        }
    }
    Ok(Some(mode(parameters.build().map_err(|error| unusable(&error))?)))
}

/// The host of `user:password@host:port/name`.
fn host(place: &str) -> &str {
    let place = place.split('/').next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => place.split(':').next().unwrap_or_default(),
    }
}

/// Whether a password would go over a network for everybody to read.
fn tells_secrets(server: &str) -> bool {
    let Some(rest) = server.strip_prefix("smtp://") else { return false };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let Some((_, host)) = place.rsplit_once('@') else { return false };
    let is_here = ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/'])));
    !is_here && !query.split('&').any(|pair| pair == "tls=required")
}

/// A mail as it is told to a server.
struct Letter {
    from: Address,
    /// Whom it is told for, with their numbers in the channel, from 1.
    to: Vec<(usize, Address)>,
    /// The numbers of those that the server has taken it for before.
    taken: Vec<usize>,
    /// The numbers of those that are no mail addresses.
    odd: Vec<usize>,
    /// How many the channel names.
    all: usize,
    bytes: Vec<u8>,
}

/// The numbers of the recipients that a server has taken the mail for, as the receipt of the last attempt says.
fn taken(earlier: &Value) -> Vec<usize> {
    let listed = earlier.get("taken").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    listed.iter().filter_map(|number| usize::try_from(number.as_u64()?).ok()).collect()
}

fn letter(mail: &Mail<'_>, sender: &Identity, recipients: &[String]) -> Result<Letter, String> {
    let from: Address = sender.email.parse().map_err(|_| "`git.identity` has no mail address".to_owned())?;
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@taskmaster.invalid>", mail.id)))
        .from(Mailbox::new(Some(sender.name.clone()), from.clone()))
        .subject(mail.subject)
        .header(ContentType::TEXT_PLAIN);
    if recipients.is_empty() {
        return Err("the channel has no `recipients`".to_owned());
    }
    let taken = taken(mail.earlier);
    let (mut to, mut odd) = (Vec::new(), Vec::new());
    for (number, recipient) in (1..).zip(recipients) {
        let Ok(mailbox) = recipient.parse::<Mailbox>() else {
            odd.push(number);
            continue;
        };
        if !taken.contains(&number) {
            to.push((number, mailbox.email.clone()));
        }
        builder = builder.to(mailbox);
    }
    let all = recipients.len();
    if to.is_empty() {
        return Err(misspelt(&odd, all, !taken.is_empty()));
    }
    let message = builder.body(mail.text.to_owned()).map_err(|error| format!("the mail cannot be written: {error}"))?;
    Ok(Letter { from, to, taken, odd, all, bytes: message.formatted() })
}

/// What is said of recipients that are no mail addresses.
fn misspelt(odd: &[usize], all: usize, others_have_it: bool) -> String {
    let named: Vec<String> = odd.iter().map(|number| format!("recipient {number}")).collect();
    let what = if odd.len() == 1 { "is no mail address" } else { "are no mail addresses" };
    let others = if others_have_it { "; the others have the mail" } else { "" };
    format!("{} of {all} {what}: {}{others}", odd.len(), named.join(", "))
}

/// Looks whether the server is there, and takes who is asking for somebody: nothing is sent by that.
fn connect(server: &Server, timeout: Duration) -> Result<SmtpConnection, Attempt> {
    match server.connect(timeout) {
        Ok(connection) => Ok(connection),
        Err(error) if error.is_permanent() => Err(refused(&error)),
        Err(error) => Err(failed(&format!("no connection came about{}", answer(&error)))),
    }
}

/// Tells the server of the mail, for those of the recipients that have it not.
fn send(connection: &mut SmtpConnection, letter: &Letter) -> Attempt {
    let to: Vec<Address> = letter.to.iter().map(|(_, address)| address.clone()).collect();
    let number = |place: &usize| letter.to.get(*place).map_or(0, |(number, _)| *number);
    match smtp::send(connection, &letter.from, &to, &letter.bytes) {
        Sent::Taken(told, response) => {
            let words: Vec<&str> = response.message().collect();
            let mut taken = letter.taken.clone();
            taken.extend(told.taken.iter().map(number));
            let mut attempt = with_misspelt(outcome(&told.refused, number, letter.all), letter);
            attempt.receipt = json!({ "answer": words.join(" ") });
            if attempt.outcome != Outcome::Sent {
                attempt.receipt = json!({ "answer": words.join(" "), "taken": taken });
            }
            attempt
        }
        Sent::ForNobody(told) if letter.all == told.refused.len() => match told.refused.first() {
            Some((_, error)) if told.refused.iter().all(|(_, error)| error.is_permanent()) => refused(error),
            _ => outcome(&told.refused, number, letter.all),
        },
        Sent::ForNobody(told) => with_misspelt(outcome(&told.refused, number, letter.all), letter),
        Sent::Unable(why) => Attempt::refused(why),
        Sent::Before(error) | Sent::Behind(error) if error.is_permanent() => refused(&error),
        Sent::Before(error) | Sent::Behind(error) if error.is_transient() => {
            failed(&format!("the server wants it later{}", answer(&error)))
        }
        Sent::Before(error) => failed(&format!("the connection has ended{}", answer(&error))),
        Sent::Behind(error) => {
            Attempt::of(Outcome::Unknown { why: format!("the server has not answered{}", answer(&error)) })
        }
    }
}

/// What it comes to that these recipients were refused, of so many.
fn outcome(refused: &[(usize, Error)], number: impl Fn(&usize) -> usize, all: usize) -> Attempt {
    let said: Vec<String> =
        refused.iter().map(|(place, error)| format!("recipient {}{}", number(place), answer(error))).collect();
    let said = said.join("; ");
    if refused.is_empty() {
        Attempt::of(Outcome::Sent)
    } else if refused.iter().any(|(_, error)| error.is_transient()) {
        failed(&format!("the server wants it later for {} of {all}: {said}", refused.len()))
    } else {
        Attempt::refused(format!("the server refuses {} of {all}: {said}", refused.len()))
    }
}

/// The same with those that are no mail addresses: where nothing else is wrong, they are all that is left, and no further attempt
/// helps them.
fn with_misspelt(mut attempt: Attempt, letter: &Letter) -> Attempt {
    if letter.odd.is_empty() {
        return attempt;
    }
    match &mut attempt.outcome {
        Outcome::Failed { why, .. } | Outcome::Refused { why } => {
            *why = format!("{why}; {}", misspelt(&letter.odd, letter.all, false));
        }
        Outcome::Sent => attempt.outcome = Outcome::Refused { why: misspelt(&letter.odd, letter.all, true) },
        Outcome::Unknown { .. } | Outcome::Held { .. } => {}
    }
    attempt
}

fn failed(why: &str) -> Attempt {
    Attempt::of(Outcome::Failed { why: why.to_owned(), after: None })
}

fn refused(error: &Error) -> Attempt {
    Attempt::refused(format!("the server refuses it{}", answer(error)))
}

/// The innermost words about an error, as an end of a sentence.
fn answer(error: &Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let text: String = inner.to_string().chars().take(200).collect();
    if text.is_empty() { text } else { format!(": {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_server_is_found() {
        let hosts = ["a:b@example.org:25/name", "[::1]:25", "localhost", "a%40b:c@mail.example.org"].map(host);
        assert_eq!(hosts, ["example.org", "::1", "localhost", "mail.example.org"]);
    }

    #[test]
    fn a_password_is_never_sent_in_the_clear() {
        for server in [
            "smtp://a:b@example.org",
            "smtp://a:b@example.org:25?tls=opportunistic",
            "smtp://a:b@localhost.example.org",
        ] {
            assert!(tells_secrets(server), "{server}");
        }
        for server in [
            "smtps://a:b@example.org",
            "smtp://a:b@example.org:587?tls=required",
            "smtp://example.org",
            "smtp://a:b@localhost:25",
            "smtp://a:b@127.0.0.1:2525/",
        ] {
            assert!(!tells_secrets(server), "{server}");
        }
    }
}
