use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::super::sandbox::{Repo, Sandbox};
use super::messages::telling;
use super::{drain_with, effect, standing};

/// What came to the server: what it was told, and the mails.
#[derive(Default)]
pub(super) struct Heard {
    commands: Vec<String>,
    mails: Vec<String>,
}

/// A server of SMTP. What it says to a command that begins so is said instead of the usual; where that is nothing, it
/// says nothing more.
pub(super) struct Post {
    pub(super) address: String,
    heard: Arc<Mutex<Heard>>,
}

impl Post {
    pub(super) fn saying(instead: &'static [(&'static str, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let kept = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || talk(stream.unwrap(), instead, &kept));
            }
        });
        Self { address, heard }
    }

    fn commands(&self) -> Vec<String> {
        self.heard.lock().unwrap().commands.clone()
    }

    /// What it was told that begins so.
    pub(super) fn told(&self, beginning: &str) -> Vec<String> {
        self.commands().into_iter().filter(|line| line.starts_with(beginning)).collect()
    }

    pub(super) fn mails(&self) -> Vec<String> {
        self.heard.lock().unwrap().mails.clone()
    }
}

fn talk(mut stream: TcpStream, instead: &[(&str, &str)], heard: &Mutex<Heard>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let answer = |command: &str, usual: &str| {
        let other = instead.iter().find(|(beginning, _)| command.starts_with(beginning));
        other.map_or(usual, |(_, other)| *other).to_owned()
    };
    let mut say = |text: String| {
        if text.is_empty() {
            // Until the other side has had enough.
            loop {
                std::thread::park();
            }
        }
        write!(stream, "{text}\r\n").ok()
    };
    say(answer("greeting", "220 here"))?;
    while let Some(Ok(line)) = lines.next() {
        heard.lock().unwrap().commands.push(line.clone());
        match line.split([' ', ':']).next().unwrap() {
            "EHLO" => say(answer(&line, "250-here\r\n250 8BITMIME"))?,
            "DATA" => {
                let said = answer(&line, "354 go on");
                let goes_on = said.starts_with("354");
                say(said)?;
                if !goes_on {
                    continue;
                }
                let mail: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                heard.lock().unwrap().mails.push(mail.join("\n"));
                say(answer("end", "250 taken"))?;
            }
            "QUIT" => {
                say(answer(&line, "221 bye"))?;
                return Some(());
            }
            _ => say(answer(&line, "250 well"))?,
        }
    }
    Some(())
}

const CHANNEL: &str = "{type: email, recipients: [\"Ann <ann@example.org>\", \"${BOSS}\"]}";
const SERVICE: &str = "  endpoints: {email_service: \"${MAIL_URL}\"}";

/// A repository with a mail that is to be sent.
fn mailing<'a>(sandbox: &'a Sandbox, channel: &str) -> Repo<'a> {
    telling(sandbox, channel, SERVICE)
}

#[track_caller]
fn drain(repo: &Repo<'_>, post: &Post) {
    let url = format!("smtp://{}", post.address);
    drain_with(repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
}

#[test]
fn a_mail_goes_to_everybody_whom_the_channel_names() {
    let post = Post::saying(&[]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    drain(&repo, &post);
    assert_eq!(standing(&repo).0, "sent", "{:?}", standing(&repo));
    let mails = post.mails();
    assert_eq!(mails.len(), 1);
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    for line in [
        &format!("Message-ID: <{key}@taskmaster.invalid>"),
        "From: \"Task Bot\" <bot@example.org>",
        "Subject: Three & <!here> <is> & done",
        "Content-Type: text/plain; charset=utf-8",
        "Three & <!here> <is> & done",
    ] {
        assert!(mails[0].lines().any(|other| other == line), "{line}:\n{}", mails[0]);
    }
    let commands = post.commands();
    let told: Vec<&String> =
        commands.iter().filter(|line| line.starts_with("RCPT") || line.starts_with("MAIL")).collect();
    assert_eq!(told, ["MAIL FROM:<bot@example.org>", "RCPT TO:<ann@example.org>", "RCPT TO:<boss@example.org>"]);
}

#[test]
fn what_a_server_says_decides_whether_a_mail_is_tried_again() {
    for (instead, state, mails) in [
        (&[("RCPT", "550 nobody")][..], "dead", 0),
        (&[("RCPT", "451 later")], "dead", 0),
        (&[("greeting", "421 busy")], "dead", 0),
        (&[("greeting", "554 never")], "dead", 0),
        (&[("MAIL", "550 not from you")], "dead", 0),
        (&[("DATA", "451 later")], "dead", 0),
        (&[("DATA", "554 never")], "dead", 0),
        (&[("end", "452 full")], "dead", 2),
        (&[("end", "554 never")], "dead", 1),
        // It may have been taken.
        (&[("end", "what")], "parked", 1),
    ] {
        let post = Post::saying(instead);
        let sandbox = Sandbox::new();
        let repo = mailing(&sandbox, CHANNEL);
        drain(&repo, &post);
        let (found, reason) = standing(&repo);
        assert_eq!((found.as_str(), post.mails().len()), (state, mails), "{instead:?}: {reason}");
        let tries = if instead[0].1.starts_with('4') { 2 } else { 1 };
        assert_eq!(effect(&repo)["attempts"], tries, "{instead:?}: {reason}");
    }
}

#[test]
fn who_is_refused_keeps_the_mail_from_nobody_else() {
    for (said, reason, tries) in [
        ("550 nobody", "the server refuses 1 of 2: recipient 2", 1),
        ("451 later", "the server wants it later for 1 of 2: recipient 2", 2),
    ] {
        let post = Post::saying(Box::leak(Box::new([("RCPT TO:<boss@", said)])));
        let sandbox = Sandbox::new();
        let repo = mailing(&sandbox, CHANNEL);
        drain(&repo, &post);
        let (found, why) = standing(&repo);
        assert_eq!((found.as_str(), effect(&repo)["attempts"].as_u64()), ("dead", Some(tries)), "{why}");
        assert!(why.starts_with(reason), "{why}");
        // Whoever has it gets no second one, however often the other is tried.
        let key = effect(&repo)["key"].as_str().unwrap().to_owned();
        repo.tm(&["outbox", "retry", &key]);
        drain(&repo, &post);
        let commands = post.commands();
        assert_eq!((post.mails().len(), commands.iter().filter(|line| line.contains("<ann@")).count()), (1, 1));
        assert!(commands.iter().filter(|line| line.contains("RCPT TO:<boss@")).count() >= 2, "{commands:?}");
        let better = Post::saying(&[]);
        repo.tm(&["outbox", "retry", &key]);
        drain(&repo, &better);
        let told: Vec<String> = better.commands().into_iter().filter(|line| line.starts_with("RCPT")).collect();
        assert_eq!((standing(&repo).0.as_str(), told), ("sent", vec!["RCPT TO:<boss@example.org>".to_owned()]));
    }
}

#[test]
fn a_conversation_that_breaks_off_before_the_mail_is_begun_anew() {
    // Neither yes nor no: whoever says so is not to be understood any more.
    let post = Post::saying(&[("RCPT TO:<boss@", "what")]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    drain(&repo, &post);
    let (state, reason) = standing(&repo);
    assert!(state == "dead" && reason.starts_with("the connection has ended"), "{reason}");
    assert_eq!((effect(&repo)["attempts"].as_u64(), post.mails().len()), (Some(2), 0), "{reason}");
    let better = Post::saying(&[]);
    repo.tm(&["outbox", "retry", "--all"]);
    drain(&repo, &better);
    let told = better.commands().iter().filter(|line| line.starts_with("RCPT")).count();
    assert_eq!((standing(&repo).0.as_str(), better.mails().len(), told), ("sent", 1, 2), "nobody had it");
}

#[test]
fn an_address_that_is_not_in_ascii_is_told_to_servers_that_know_such() {
    for (ehlo, state, reason) in [
        ("250-here\r\n250 8BITMIME", "dead", "an address is not in ASCII, and the server does not know SMTPUTF8"),
        ("250-here\r\n250 SMTPUTF8", "dead", "the mail is not in ASCII, and the server does not know 8BITMIME"),
        ("250-here\r\n250-8BITMIME\r\n250 SMTPUTF8", "sent", "it was carried out"),
    ] {
        let post = Post::saying(Box::leak(Box::new([("EHLO", ehlo)])));
        let sandbox = Sandbox::new();
        let repo = mailing(&sandbox, "{type: email, recipients: [jürgen@example.org]}");
        drain(&repo, &post);
        assert_eq!(standing(&repo), (state.to_owned(), reason.to_owned()), "{ehlo}");
        let commands = post.commands();
        let told: Vec<&str> = commands
            .iter()
            .map(String::as_str)
            .filter(|line| line.starts_with("MAIL") || line.starts_with("RCPT"))
            .collect();
        let wanted = ["MAIL FROM:<bot@example.org> SMTPUTF8 BODY=8BITMIME", "RCPT TO:<jürgen@example.org>"];
        assert_eq!(told, if state == "sent" { &wanted[..] } else { &[] }, "{ehlo}");
        assert_eq!(post.mails().len(), usize::from(state == "sent"), "{ehlo}");
    }
}

#[test]
fn authorities_are_not_asked_for_where_nothing_is_encrypted() {
    let post = Post::saying(&[]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    let url = format!("smtp://{}", post.address);
    let variables = [("MAIL_URL", url.as_str()), ("BOSS", "boss@example.org"), ("SSL_CERT_FILE", "/nowhere")];
    drain_with(&repo, &["--wait"], &variables);
    assert_eq!((standing(&repo).0.as_str(), post.mails().len()), ("sent", 1), "{:?}", standing(&repo));
}

#[test]
fn nobody_waits_for_a_good_bye() {
    let post = Post::saying(&[("QUIT", "")]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    drain(&repo, &post);
    assert_eq!((standing(&repo).0.as_str(), post.mails().len()), ("sent", 1), "{:?}", standing(&repo));
}

#[test]
fn a_mail_that_is_refused_is_seen_while_another_channel_waits() {
    let post = Post::saying(&[("RCPT", "550 nobody")]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, &format!("{CHANNEL}, {{type: slack, url: \"${{UNSET_HOOK}}\"}}"));
    drain(&repo, &post);
    let (state, reason) = standing(&repo);
    assert!(state == "waiting" && reason.contains("UNSET_HOOK"), "{reason}");
    let key = effect(&repo)["key"].as_str().unwrap().to_owned();
    let shown = repo.tm(&["outbox", "show", &key]);
    assert!(shown.contains("delivery 0 to ") && shown.contains(": given up: the server refuses it"), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("delivery 1 to ") && line.ends_with(": open")), "{shown}");
    let status = repo.tm(&["status"]);
    assert!(status.contains("1 effect waits") && status.contains("1 effect was given up"), "{status}");
    // Who names it wants all of it.
    let better = Post::saying(&[]);
    repo.tm(&["outbox", "retry", &key]);
    drain(&repo, &better);
    assert_eq!((standing(&repo).0.as_str(), better.mails().len()), ("waiting", 1));
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    for (instead, state) in [(&[("greeting", "")][..], "dead"), (&[("end", "")], "parked")] {
        let post = Post::saying(instead);
        let sandbox = Sandbox::new();
        let repo = mailing(&sandbox, CHANNEL);
        let url = format!("smtp://{}", post.address);
        drain_with(&repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
        assert_eq!(standing(&repo).0, state, "{instead:?}: {:?}", standing(&repo));
    }
}

#[test]
fn a_mail_that_was_given_up_is_not_sent_behind_that() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Heard::default()));
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        let (mut first, _) = listener.accept().unwrap();
        listener.set_nonblocking(true).unwrap();
        // It is slow with its greeting, never silent, until somebody comes a second time.
        let second = loop {
            if let Ok((second, _)) = listener.accept() {
                break second;
            }
            write!(first, "220-here\r\n").unwrap();
            std::thread::sleep(std::time::Duration::from_millis(100));
        };
        let all = Arc::clone(&kept);
        std::thread::spawn(move || talk(first, &[], &all));
        listener.set_nonblocking(false).unwrap();
        let silent = Arc::clone(&kept);
        std::thread::spawn(move || talk(second, &[("greeting", "")], &silent));
        // Whoever was greeted comes again with the mail.
        for stream in listener.incoming() {
            talk(stream.unwrap(), &[], &kept);
        }
    });
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    drain_with(&repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
    let (state, reason) = standing(&repo);
    let heard = heard.lock().unwrap();
    assert_eq!((heard.mails.len(), state.as_str()), (0, "dead"), "{reason}: {:?}", heard.commands);
    assert!(heard.commands.iter().any(|command| command.starts_with("EHLO")), "{reason}");
}

#[test]
fn what_is_missing_for_a_mail_is_said() {
    let post = Post::saying(&[]);
    let url = format!("smtp://{}", post.address);
    let set = [("MAIL_URL", url.as_str()), ("BOSS", "boss@example.org")];
    for (channel, service, environment, state, reason) in [
        (
            CHANNEL,
            "",
            &set[..],
            "waiting",
            "`endpoints.email_service` is missing: write it in the rules, commit them, and allow them (taskmaster allow)",
        ),
        (CHANNEL, SERVICE, &set[..1], "waiting", "the variable BOSS is needed and not set"),
        (CHANNEL, SERVICE, &set[1..], "waiting", "the variable MAIL_URL is needed and not set"),
        ("{type: email}", SERVICE, &set[..], "dead", "the channel has no `recipients`"),
        ("{type: email, recipients: [nobody]}", SERVICE, &set[..], "dead", "1 of 1 is no mail address: recipient 1"),
        (
            CHANNEL,
            "  endpoints: {email_service: \"https://example.org\"}",
            &set[..],
            "dead",
            "`endpoints.email_service` is no address of the kind smtps://user:password@host",
        ),
    ] {
        let sandbox = Sandbox::new();
        let repo = telling(&sandbox, channel, service);
        drain_with(&repo, &[], environment);
        assert_eq!(standing(&repo), (state.to_owned(), reason.to_owned()), "{channel}");
    }
    assert!(post.mails().is_empty());
}

#[test]
fn who_is_to_say_a_password_says_it_to_a_server_that_asks() {
    let post = Post::saying(&[("EHLO", "250-here\r\n250 AUTH PLAIN"), ("AUTH", "235 welcome")]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    let url = format!("smtp://ann:open%20sesame@{}", post.address);
    drain_with(&repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
    assert_eq!(standing(&repo).0, "sent", "{:?}", standing(&repo));
    // The base64 of a zero, the name, a zero and the password (RFC 4616).
    assert!(post.commands().contains(&"AUTH PLAIN AGFubgBvcGVuIHNlc2FtZQ==".to_owned()), "{:?}", post.commands());
    assert_eq!(post.mails().len(), 1);
    // What the server says against it is no secret; what was said to it is.
    let post = Post::saying(&[("EHLO", "250-here\r\n250 AUTH PLAIN"), ("AUTH", "535 who are you")]);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, CHANNEL);
    let url = format!("smtp://ann:open%20sesame@{}", post.address);
    drain_with(&repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
    let (state, reason) = standing(&repo);
    assert!(state == "dead" && reason.contains("who are you") && !reason.contains("sesame"), "{state}: {reason}");
    assert!(post.mails().is_empty());
}

#[test]
fn without_the_encryption_that_is_required_nothing_is_said() {
    for (ehlo, starttls, url) in [
        // A server that knows none, that refuses it, and that goes on as if nothing had been asked.
        ("250-here\r\n250 AUTH PLAIN", "502 no", "smtp://ann:sesame@ADDRESS?tls=required"),
        ("250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS", "454 not now", "smtp://ann:sesame@ADDRESS?tls=required"),
        (
            "250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS",
            "220 go on\r\n250 and on",
            "smtp://ann:sesame@ADDRESS?tls=required",
        ),
        ("250-here\r\n250 AUTH PLAIN", "502 no", "smtps://ann:sesame@ADDRESS"),
    ] {
        let said: Box<[(&str, &str)]> = Box::new([("EHLO", ehlo), ("STARTTLS", starttls)]);
        let post = Post::saying(Box::leak(said));
        let sandbox = Sandbox::new();
        let repo = mailing(&sandbox, CHANNEL);
        let url = url.replace("ADDRESS", &post.address);
        drain_with(&repo, &["--wait"], &[("MAIL_URL", &url), ("BOSS", "boss@example.org")]);
        let (state, reason) = standing(&repo);
        assert_eq!(state, "dead", "{url} {starttls}: {reason}");
        assert!(!reason.contains("sesame"), "{reason}");
        let commands = post.commands();
        let told = |word: &str| commands.iter().any(|command| command.starts_with(word));
        assert!(!told("AUTH") && !told("MAIL") && post.mails().is_empty(), "{url} {starttls}: {commands:?}");
    }
}
