//! Mails to a server that encrypts, with an authority of one's own.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::super::sandbox::{Repo, Sandbox};
use super::messages::telling;
use super::{drain_with, standing};

const SERVER: &[u8] = include_bytes!("mail/server.pem");
const KEY: &[u8] = include_bytes!("mail/server-key.pem");

/// When a server encrypts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    TheBeginning,
    BeingAsked,
}

/// A server of SMTP that encrypts: its port, and the mails that came.
fn serve(from: From) -> (u16, Arc<Mutex<Vec<String>>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(SERVER).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&mails);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, kept, config) = (stream.unwrap(), Arc::clone(&kept), Arc::clone(&config));
            std::thread::spawn(move || {
                if from == From::BeingAsked {
                    for (said, asked) in
                        [("220 here", "EHLO"), ("250-here\r\n250 STARTTLS", "STARTTLS"), ("220 go on", "")]
                    {
                        write!(stream, "{said}\r\n").ok()?;
                        if !asked.is_empty() && !line(&mut stream)?.starts_with(asked) {
                            return None;
                        }
                    }
                }
                let encrypted = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
                talk(BufReader::new(encrypted), from, &kept)
            });
        }
    });
    (port, mails)
}

/// A line of what is not encrypted yet, and not a byte more.
fn line(stream: &mut impl Read) -> Option<String> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        line.extend(byte);
    }
    String::from_utf8(line).ok()
}

fn talk<S: Read + Write>(mut stream: BufReader<S>, from: From, mails: &Mutex<Vec<String>>) -> Option<()> {
    if from == From::TheBeginning {
        write!(stream.get_mut(), "220 here\r\n").ok()?;
    }
    let mut read = String::new();
    loop {
        read.clear();
        if stream.read_line(&mut read).ok()? == 0 {
            return Some(());
        }
        let answer = match read.split([' ', ':']).next()?.trim() {
            "DATA" => {
                write!(stream.get_mut(), "354 go on\r\n").ok()?;
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).ok()?;
                }
                mails.lock().unwrap().push(mail);
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 well",
        };
        write!(stream.get_mut(), "{answer}\r\n").ok()?;
        stream.get_mut().flush().ok()?;
    }
}

fn mailing<'a>(sandbox: &'a Sandbox, settings: &str) -> Repo<'a> {
    telling(sandbox, "{type: email, recipients: [ann@example.org]}", &format!("  endpoints: {{{settings}}}"))
}

fn authority() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/outbox/mail/ca.pem")
}

#[test]
fn a_mail_goes_to_a_server_that_encrypts_with_an_authority_of_ones_own() {
    for (from, address) in [
        (From::TheBeginning, "smtps://localhost:PORT"),
        (From::BeingAsked, "smtp://127.0.0.1:PORT?tls=required"),
        (From::BeingAsked, "smtp://localhost:PORT/here?tls=opportunistic"),
    ] {
        let (port, mails) = serve(from);
        let sandbox = Sandbox::new();
        let repo = mailing(&sandbox, "email_service: \"${MAIL_URL}\"");
        let address = address.replace("PORT", &port.to_string());
        if from == From::TheBeginning {
            // Nobody knows the authority.
            drain_with(&repo, &["--wait"], &[("MAIL_URL", &address)]);
            let (state, reason) = standing(&repo);
            assert!(state == "dead" && reason.contains("UnknownIssuer"), "{reason}");
            repo.tm(&["outbox", "retry", "--all"]);
        }
        let authority = authority();
        let variables = [("MAIL_URL", address.as_str()), ("SSL_CERT_FILE", authority.to_str().unwrap())];
        drain_with(&repo, &["--wait"], &variables);
        assert_eq!(standing(&repo), ("sent".to_owned(), "it was carried out".to_owned()), "{address}");
        let mails = mails.lock().unwrap();
        assert!(mails.len() == 1 && mails[0].contains("To: ann@example.org"), "{mails:?}");
    }
}

#[test]
fn authorities_that_cannot_be_read_are_said() {
    let (port, mails) = serve(From::TheBeginning);
    let sandbox = Sandbox::new();
    let repo = mailing(&sandbox, "email_service: \"${MAIL_URL}\"");
    let address = format!("smtps://localhost:{port}");
    drain_with(&repo, &[], &[("MAIL_URL", &address), ("SSL_CERT_FILE", "/nowhere")]);
    let (state, reason) = standing(&repo);
    assert!(state == "waiting" && reason.contains("SSL_CERT_FILE names cannot be used"), "{reason}");
    assert_eq!(mails.lock().unwrap().len(), 0);
}
