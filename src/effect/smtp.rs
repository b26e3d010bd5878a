//! One conversation with a server of SMTP (RFC 5321), in which each recipient is answered for by itself: that one is refused keeps
//! the mail from nobody else.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{SmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Response};

/// A server, as `smtps://user:password@host:port/name?tls=required` says.
pub(super) struct Server {
    host: String,
    port: u16,
    name: ClientId,
    tls: Tls,
    credentials: Option<Credentials>,
}

impl Server {
    /// What an address says; `None` where it is none. `tls` is used in place of the usual way, where it is given.
    pub(super) fn of(address: &str, tls: Option<Tls>) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, name) = place.split_once('/').unwrap_or((place, ""));
        let (user, place) = place.rsplit_once('@').map_or((None, place), |(user, place)| (Some(user), place));
        let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let wanted = query.split('&').find_map(|pair| pair.strip_prefix("tls="));
        let parameters = || TlsParameters::new(host.to_owned()).ok();
        let (usual, own) = match (scheme, wanted) {
            ("smtps", _) => (465, Tls::Wrapper(parameters()?)),
            ("smtp", Some("required")) => (587, Tls::Required(parameters()?)),
            ("smtp", Some("opportunistic")) => (587, Tls::Opportunistic(parameters()?)),
            ("smtp", None) => (25, Tls::None),
            _ => return None,
        };
        let credentials = match user.and_then(|user| user.split_once(':')) {
            Some((user, password)) => Some(Credentials::new(decoded(user)?, decoded(password)?)),
            None => None,
        };
        let name = name.trim_matches('/');
        Some(Self {
            host: Some(host).filter(|host| !host.is_empty())?.to_owned(),
            port: port.filter(|port| !port.is_empty()).map_or(Some(usual), |port| port.parse().ok())?,
            name: if name.is_empty() { ClientId::default() } else { ClientId::Domain(name.to_owned()) },
            tls: tls.unwrap_or(own),
            credentials,
        })
    }

    /// Goes as far as the server knows who asks: nothing is sent by that.
    ///
    /// # Errors
    /// When no connection comes about, not the encryption that is wanted, or the server takes somebody else only.
    pub(super) fn connect(&self, timeout: Duration) -> Result<SmtpConnection, Error> {
        let wrapper = if let Tls::Wrapper(parameters) = &self.tls { Some(parameters) } else { None };
        let place = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(place, Some(timeout), &self.name, wrapper, None)?;
        match &self.tls {
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters, &self.name)?;
            }
            Tls::Required(parameters) => connection.starttls(parameters, &self.name)?,
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials)?;
        }
        Ok(connection)
    }
}

/// A text of an address without percent signs; `None` where it is no UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = (*first == b'%').then(|| behind.get(..2)).flatten().and_then(|two| std::str::from_utf8(two).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).ok()
}

/// What a server has said to the recipients of a mail, by their places among those that it was asked for.
#[derive(Default)]
pub(super) struct Told {
    /// Those that it takes the mail for.
    pub(super) taken: Vec<usize>,
    /// Those that it does not, and why.
    pub(super) refused: Vec<(usize, Error)>,
}

/// How a mail came out.
pub(super) enum Sent {
    /// The server has it, for those that it takes.
    Taken(Told, Response),
    /// It takes it for nobody.
    ForNobody(Told),
    /// It was not begun to be told: nothing was sent.
    Before(Error),
    /// The mail itself was answered so.
    Behind(Error),
    /// The server cannot take it, whoever it is for.
    Unable(&'static str),
}

/// Tells a server of a mail, for these recipients.
pub(super) fn send(connection: &mut SmtpConnection, from: &Address, to: &[Address], mail: &[u8]) -> Sent {
    let mut options = Vec::new();
    if std::iter::once(from).chain(to).any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Sent::Unable("an address is not in ASCII, and the server does not know SMTPUTF8");
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !mail.is_ascii() {
        if !connection.server_info().supports_feature(Extension::EightBitMime) {
            return Sent::Unable("the mail is not in ASCII, and the server does not know 8BITMIME");
        }
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    if let Err(error) = connection.command(Mail::new(Some(from.clone()), options)) {
        return Sent::Before(error);
    }
    let mut told = Told::default();
    for (place, address) in to.iter().enumerate() {
        match connection.command(Rcpt::new(address.clone(), Vec::new())) {
            Ok(_) => told.taken.push(place),
            Err(error) if error.is_permanent() || error.is_transient() => told.refused.push((place, error)),
            Err(error) => return Sent::Before(error),
        }
    }
    if told.taken.is_empty() {
        return Sent::ForNobody(told);
    }
    if let Err(error) = connection.command(Data) {
        return Sent::Before(error);
    }
    match connection.message(mail) {
        Ok(response) => Sent::Taken(told, response),
        Err(error) => Sent::Behind(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_server_is_read() {
        let parts = |address: &str| Server::of(address, None).map(|server| (server.host, server.port));
        let said = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(parts("smtp://localhost"), said("localhost", 25));
        assert_eq!(parts("smtp://[::1]:2525/name"), said("::1", 2525));
        assert_eq!(parts("smtps://a%40b:c@mail.example.org"), said("mail.example.org", 465));
        assert_eq!(parts("smtp://mail.example.org/?tls=required"), said("mail.example.org", 587));
        for odd in ["mail.example.org", "smtp://", "smtp://x:port", "https://x", "smtp://x?tls=perhaps"] {
            assert_eq!(parts(odd), None, "{odd}");
        }
        assert_eq!(decoded("open%20sesame%2"), Some("open sesame%2".to_owned()));
        assert_eq!(decoded("%ff"), None);
    }
}
