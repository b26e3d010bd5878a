//! A mail, by the SMTP server of `endpoints.email_service`. Its `Message-ID` is the effect's key and stays the same at
//! every attempt; not every mail program looks at that, so that a mail counts as one that may come twice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{Error, SmtpTransport};
use lettre::{Address, Transport as _};
use serde_json::json;

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
}

/// Sends a mail.
pub(super) fn carry_out(mail: &Mail<'_>, timeout: Duration) -> Attempt {
    let Some(server) = mail.server else { return Attempt::held("`endpoints.email_service` is not written") };
    let Some(sender) = mail.sender else {
        return Attempt::held("no sender is known: write `git.identity` in the rules");
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
    let message = match message(mail, sender, &recipients) {
        Ok(message) => message,
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
    let Ok(builder) = SmtpTransport::from_url(&server) else {
        return Attempt::refused("`endpoints.email_service` is no address of the kind smtps://user:password@host");
    };
    let builder = match encryption(&server) {
        Ok(None) => builder,
        Ok(Some(tls)) => builder.tls(tls),
        Err(why) => return Attempt::held(why),
    };
    let transport = builder.timeout(Some(timeout)).build();
    let (tell, told) = channel();
    // Whoever takes it first decides: the thread that the mail is sent, this one that it never is.
    let is_decided = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&is_decided);
    // A server that talks slowly enough never lets a time-out of one answer come.
    std::thread::spawn(move || {
        let connected = connect(&transport);
        let goes_on = connected.is_ok() && !shared.swap(true, Ordering::SeqCst);
        // Nobody may listen any more.
        let _ = tell.send(connected);
        if goes_on {
            let _ = tell.send(Err(send(&transport, &message)));
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

fn message(mail: &Mail<'_>, sender: &Identity, recipients: &[String]) -> Result<Message, String> {
    let from: Address = sender.email.parse().map_err(|_| "`git.identity` has no mail address".to_owned())?;
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@taskmaster.invalid>", mail.id)))
        .from(Mailbox::new(Some(sender.name.clone()), from))
        .subject(mail.subject)
        .header(ContentType::TEXT_PLAIN);
    if recipients.is_empty() {
        return Err("the channel has no `recipients`".to_owned());
    }
    for (number, recipient) in recipients.iter().enumerate() {
        let to: Mailbox = recipient.parse().map_err(|_| format!("recipient {} is no mail address", number + 1))?;
        builder = builder.to(to);
    }
    builder.body(mail.text.to_owned()).map_err(|error| format!("the mail cannot be written: {error}"))
}

/// Looks whether the server is there, and takes who is asking for somebody: nothing is sent by that.
fn connect(transport: &SmtpTransport) -> Result<(), Attempt> {
    match transport.test_connection() {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed("the server hung up")),
        Err(error) if error.is_permanent() => Err(refused(&error)),
        Err(error) => Err(failed(&format!("no connection came about{}", answer(&error)))),
    }
}

fn send(transport: &SmtpTransport, message: &Message) -> Attempt {
    match transport.send(message) {
        Ok(response) => {
            let words: Vec<&str> = response.message().collect();
            Attempt { outcome: Outcome::Sent, receipt: json!({ "answer": words.join(" ") }) }
        }
        Err(error) if error.is_permanent() => refused(&error),
        Err(error) if error.is_transient() => failed(&format!("the server wants it later{}", answer(&error))),
        Err(error) if error.is_client() => Attempt::refused(format!("the mail is none{}", answer(&error))),
        Err(error) => Attempt::of(Outcome::Unknown { why: format!("the server has not answered{}", answer(&error)) }),
    }
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
