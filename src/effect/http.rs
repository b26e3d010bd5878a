use std::io::Read as _;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use ureq::http;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Error, Timeout};

use super::network::{Guard, PrivateAddress};
use super::{Attempt, Network, Outcome, delay};

/// As much of an answer as is read, and so as much as a connection is kept for.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// As much of an answer as is kept.
const KEPT: usize = 1024;
/// How long a connection may take to be made, whatever the whole may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Sends requests: no redirect is followed, no proxy used, no endless answer read.
pub(super) struct Client {
    agent: Agent,
    network: Network,
}

/// A request with all its variables filled in.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Duration,
}

impl Client {
    pub(super) fn new(network: Network) -> Self {
        Self { agent: Self::agent(network), network }
    }

    fn agent(network: Network) -> Agent {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("taskmaster/", env!("CARGO_PKG_VERSION")))
            .build();
        Agent::with_parts(config, DefaultConnector::default(), Guard { network, inner: DefaultResolver::default() })
    }

    /// Sends a request on a connection of its own: one that was kept, and that the other side has closed meanwhile,
    /// leaves it open whether the request has arrived.
    pub(super) fn send_alone(&self, request: Request) -> Attempt {
        send(&Self::agent(self.network), request)
    }

    /// Sends a request that may arrive twice.
    pub(super) fn send(&self, request: Request) -> Attempt {
        send(&self.agent, request)
    }

    /// Asks on a connection of its own, for an answer that somebody else judges, of at most so many bytes.
    ///
    /// # Errors
    /// When there is no answer: how the attempt ended then.
    pub(super) fn ask_alone(&self, request: Request, most: u64) -> Result<Answer, Attempt> {
        ask(&Self::agent(self.network), request, most)
    }
}

/// What a server answers.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: http::HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the other side wants to be left alone, as `Retry-After` says.
    pub(super) fn after(&self) -> Option<Duration> {
        self.header("retry-after").and_then(|header| delay::asked(header, SystemTime::now()))
    }

    /// What is kept of it.
    pub(super) fn receipt(&self) -> Value {
        let kept = String::from_utf8_lossy(self.body.get(..KEPT).unwrap_or(&self.body)).into_owned();
        json!({ "status": self.status, "answer": kept })
    }
}

fn send(agent: &Agent, request: Request) -> Attempt {
    match ask(agent, request, LONGEST_ANSWER) {
        Ok(answer) => Attempt { outcome: judged(answer.status, answer.after()), receipt: answer.receipt() },
        Err(attempt) => attempt,
    }
}

fn ask(agent: &Agent, request: Request, most: u64) -> Result<Answer, Attempt> {
    let Request { method, url, headers, body, timeout } = request;
    let mut built = http::Request::builder().method(method.as_str()).uri(url);
    for (name, value) in headers {
        built = built.header(name, value);
    }
    // What is wrong may stand in a variable: it is not repeated.
    let Ok(built) = built.body(()) else {
        return Err(Attempt::refused("the method, the address or a header of the request is none"));
    };
    let scheme = built.uri().scheme_str();
    if !matches!(scheme, Some("http" | "https")) || built.uri().host().is_none() {
        return Err(Attempt::refused("the address is none of the kind https://host/path"));
    }
    let has_body = !matches!(method.as_str(), "GET" | "DELETE");
    let (parts, ()) = built.into_parts();
    let body = if has_body { body } else { Vec::new() };
    let answer = if has_body {
        let request = agent.configure_request(http::Request::from_parts(parts, body));
        agent.run(request.timeout_global(Some(timeout)).timeout_connect(Some(timeout.min(CONNECT))).build())
    } else {
        let request = agent.configure_request(http::Request::from_parts(parts, ()));
        agent.run(request.timeout_global(Some(timeout)).timeout_connect(Some(timeout.min(CONNECT))).build())
    };
    match answer {
        Ok(mut response) => {
            let mut body = Vec::new();
            // The status has arrived: that the rest breaks off changes nothing.
            let _ = response.body_mut().as_reader().take(most).read_to_end(&mut body);
            Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
        }
        Err(error) => Err(Attempt::of(unanswered(&error, timeout))),
    }
}

/// What a status means for the one who has asked.
fn judged(status: u16, after: Option<Duration>) -> Outcome {
    match status {
        200..=299 => Outcome::Sent,
        300..=399 => Outcome::Refused { why: format!("answered {status}: redirects are not followed") },
        410 => Outcome::Refused { why: "answered 410: nobody wants it there any more".to_owned() },
        408 | 425 | 429 | 500.. => Outcome::Failed { why: format!("answered {status}"), after },
        _ => Outcome::Refused { why: format!("answered {status}") },
    }
}

/// Why there was no answer, and whether the request may have arrived all the same.
fn unanswered(error: &Error, timeout: Duration) -> Outcome {
    let failed = |why: String| Outcome::Failed { why, after: None };
    match error {
        Error::Other(inner) if inner.is::<PrivateAddress>() => Outcome::Refused { why: inner.to_string() },
        Error::BadUri(_) | Error::Http(_) => Outcome::Refused { why: "the address is none".to_owned() },
        Error::HostNotFound => failed("the host is not known".to_owned()),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => failed("no connection came about in time".to_owned()),
        Error::ConnectionFailed => failed("no connection came about".to_owned()),
        Error::Io(error) if error.to_string().contains("failed to lookup address") => {
            failed("the host is not known".to_owned())
        }
        Error::Io(error) if is_before(error) => failed(format!("no connection came about: {error}")),
        Error::Tls(_) | Error::Rustls(_) => failed(format!("no secure connection came about: {error}")),
        Error::Timeout(_) => Outcome::Unknown { why: format!("no answer within {} seconds", timeout.as_secs()) },
        Error::Io(error) => Outcome::Unknown { why: format!("the connection broke: {error}") },
        _ => Outcome::Unknown { why: "the answer is none of HTTP".to_owned() },
    }
}

/// Whether an error came up before anything was sent.
fn is_before(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionRefused
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::NetworkDown
            | Kind::AddrNotAvailable
            | Kind::InvalidData
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn what_was_not_sent_is_told_from_what_may_have_arrived() {
        let io = |kind: io::ErrorKind, text: &str| Error::Io(io::Error::new(kind, text));
        let failed = |why: &str| Outcome::Failed { why: why.to_owned(), after: None };
        let refused = |why: &str| Outcome::Refused { why: why.to_owned() };
        let unknown = |why: &str| Outcome::Unknown { why: why.to_owned() };
        for (error, expected) in [
            (Error::BadUri("x".to_owned()), refused("the address is none")),
            (Error::HostNotFound, failed("the host is not known")),
            (io(io::ErrorKind::Other, "failed to lookup address information: x"), failed("the host is not known")),
            (Error::Timeout(Timeout::Resolve), failed("no connection came about in time")),
            (Error::Timeout(Timeout::Connect), failed("no connection came about in time")),
            (Error::ConnectionFailed, failed("no connection came about")),
            (io(io::ErrorKind::ConnectionRefused, "no"), failed("no connection came about: no")),
            (io(io::ErrorKind::InvalidData, "no"), failed("no connection came about: no")),
            (Error::Tls("no certificate"), failed("no secure connection came about: no certificate")),
            (Error::Timeout(Timeout::Global), unknown("no answer within 7 seconds")),
            (Error::Timeout(Timeout::RecvResponse), unknown("no answer within 7 seconds")),
            (io(io::ErrorKind::ConnectionReset, "gone"), unknown("the connection broke: gone")),
            (Error::LargeResponseHeader(9, 1), unknown("the answer is none of HTTP")),
        ] {
            assert_eq!(unanswered(&error, Duration::from_secs(7)), expected, "{error:?}");
        }
    }
}
