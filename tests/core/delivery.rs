//! Mail and webhook against real counterparts on this machine: a mail server and a listener that behaves and misbehaves.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use caretaker_core::alerts::{Channel, Mail, Notification, Webhook};
use caretaker_core::profile::channels::{
    Address, MailSettings, SecretSource, Security, WebhookFormat, WebhookSettings,
};
use caretaker_core::secrets::Secrets;
use chrono::Utc;
use serde_json::Value;

const SECRET: &str = "tok-4711";

fn secrets() -> Arc<Secrets> {
    Arc::new(Secrets::new(|name| (name == "SECRET").then(|| SECRET.to_owned())))
}

fn source() -> SecretSource {
    SecretSource::Variable("SECRET".into())
}

fn told() -> Notification {
    Notification {
        title: "Eco: Free disk is red\r\nBcc: evil@example.com".into(),
        body: "4.2 GB of 250 GB are free.\nMake room – old logs first.".into(),
        ..Notification::test("x", Utc::now())
    }
}

/// A listener that reads one request and does `answer` with the connection; gives its port and what it read.
fn listener(answer: impl FnOnce(TcpStream) + Send + 'static) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, ear) = mpsc::channel();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).unwrap_or(0);
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let length = text
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned))
                .and_then(|length| length.trim().parse::<usize>().ok());
            let body = text.find("\r\n\r\n").map(|at| request.len() - at - 4);
            if read == 0 || (body.is_some() && body >= length) {
                let _ = heard.send(text);
                break;
            }
        }
        answer(stream);
    });
    (port, ear)
}

fn webhook(port: u16, format: WebhookFormat) -> Webhook {
    let url = Address::Plain(format!("http://127.0.0.1:{port}/hook/{SECRET}"));
    Webhook::new(WebhookSettings { url, format, secret: Some(source()), ca_file: None }, secrets())
}

fn answers(text: &'static str) -> impl FnOnce(TcpStream) + Send {
    move |mut stream: TcpStream| {
        let _ = stream.write_all(text.as_bytes());
    }
}

#[test]
fn a_webhook_takes_the_message_as_its_kind_reads_it() {
    let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    let (port, ear) = listener(answers(ok));
    webhook(port, WebhookFormat::Slack).deliver(&told()).unwrap();
    let request = ear.recv().unwrap();
    assert!(request.contains(&format!("authorization: Bearer {SECRET}")), "{request}");
    let body: Value = serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert!(body["text"].as_str().unwrap().contains("4.2 GB of 250 GB"), "{body}");

    let (port, ear) = listener(answers(ok));
    webhook(port, WebhookFormat::Ntfy).deliver(&told()).unwrap();
    let request = ear.recv().unwrap();
    assert!(request.ends_with("Make room – old logs first."), "{request}");
    assert!(!request.to_lowercase().lines().any(|line| line.starts_with("bcc:")), "{request}");

    let (port, ear) = listener(answers(ok));
    let template = r#"{"what": "{title}", "how": "{level}"}"#.to_owned();
    webhook(port, WebhookFormat::Json(template)).deliver(&told()).unwrap();
    let request = ear.recv().unwrap();
    let body: Value = serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["how"], "green");
}

#[test]
fn a_webhook_that_misbehaves_is_a_failure_that_says_so_and_tells_no_secret() {
    let elsewhere =
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://192.0.2.1/x\r\ncontent-length: 0\r\n\r\n";
    for (answer, says) in [
        ("HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", "500"),
        ("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403"),
        (elsewhere, "redirect"),
        ("", "did not take"),
        ("no HTTP at all\r\n\r\n", "did not take"),
    ] {
        let (port, _ear) = listener(answers(answer));
        let error = webhook(port, WebhookFormat::Slack).deliver(&told()).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(says), "{text}");
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[test]
fn a_webhook_that_answers_for_ever_is_taken_at_its_word() {
    let (port, _ear) = listener(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n");
        // Ends when the other side has heard enough.
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    });
    let begun = Instant::now();
    webhook(port, WebhookFormat::Slack).deliver(&told()).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_webhook_that_says_nothing_is_given_up_in_time() {
    let (port, _ear) = listener(|stream| {
        std::thread::sleep(Duration::from_secs(30));
        drop(stream);
    });
    let begun = Instant::now();
    let error = webhook(port, WebhookFormat::Slack).deliver(&told()).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?} {error}", begun.elapsed());
}

#[test]
fn an_address_that_is_a_secret_is_checked_like_one_that_is_not() {
    let url = Address::Secret(SecretSource::Variable("SECRET".into()));
    let settings = WebhookSettings { url, format: WebhookFormat::Slack, secret: None, ca_file: None };
    let error = Webhook::new(settings, secrets()).deliver(&told()).unwrap_err();
    assert!(error.message.contains("https") && !error.message.contains(SECRET), "{error}");
}

/// A mail server that ends with the test.
struct Server {
    child: Child,
    port: u16,
    letters: mpsc::Receiver<Value>,
}

impl Server {
    fn start(kind: &str, more: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/support/smtp_server.py");
        // Debian's own Python: its package brings the server.
        let mut child = Command::new("/usr/bin/python3")
            .arg(script)
            .arg(kind)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().expect("`make test` installs python3-aiosmtpd").unwrap().parse().unwrap();
        let (taken, letters) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = taken.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, port, letters }
    }

    fn letter(&self) -> Value {
        self.letters.recv_timeout(Duration::from_secs(10)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A certificate for `localhost` that nobody has signed, and its key.
fn certificate(dir: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (dir.join("certificate.pem"), dir.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-out")
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    (certificate, key)
}

fn mail(port: u16, security: Security, ca_file: Option<PathBuf>, user: Option<&str>) -> Mail {
    let settings = MailSettings {
        server: "localhost".into(),
        port: Some(port),
        security,
        user: user.map(str::to_owned),
        secret: user.map(|_| source()),
        sender: "Caretaker <caretaker@example.com>".into(),
        to: vec!["a@example.com".into(), "B <b@example.com>".into()],
        ca_file,
    };
    Mail::new(settings, secrets())
}

#[test]
fn mail_arrives_in_the_clear_on_this_machine() {
    let server = Server::start("plain", &[]);
    mail(server.port, Security::None, None, None).deliver(&told()).unwrap();
    let letter = server.letter();
    assert_eq!(letter["to"], serde_json::json!(["a@example.com", "b@example.com"]));
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains("Subject: Eco: Free disk is red"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "no head of its own: {text}");
    assert!(text.contains("4.2 GB of 250 GB are free."), "{text}");
}

#[test]
fn mail_arrives_encrypted_and_with_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(dir.path());
    let (cert, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    for (kind, security) in [("tls", Security::Tls), ("starttls", Security::StartTls)] {
        let more = if kind == "tls" { vec![cert, key] } else { vec![cert, key, "caretaker", SECRET] };
        let server = Server::start(kind, &more);
        let user = (kind == "starttls").then_some("caretaker");
        mail(server.port, security, Some(certificate.clone()), user).deliver(&told()).unwrap();
        let letter = server.letter();
        assert_eq!(letter["encrypted"], kind == "starttls" || letter["encrypted"] == true, "{letter}");
        assert_eq!(letter["known"], user.is_some(), "{letter}");
    }
}

#[test]
fn mail_to_a_server_that_cannot_be_trusted_is_a_failure_that_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(dir.path());
    let more = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    for (kind, security) in [("tls", Security::Tls), ("starttls", Security::StartTls)] {
        let server = Server::start(kind, &more);
        let error = mail(server.port, security, None, None).deliver(&told()).unwrap_err();
        assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
        assert!(server.letters.try_recv().is_err(), "nothing was said to it");
    }
    // STARTTLS was asked for, and the server has none: it is not spoken to in the open.
    let server = Server::start("plain", &[]);
    let error = mail(server.port, Security::StartTls, None, None).deliver(&told()).unwrap_err();
    assert!(server.letters.try_recv().is_err(), "{error}");
    // A wrong password.
    let server = Server::start("starttls", &[more[0], more[1], "caretaker", "other"]);
    let wrong = mail(server.port, Security::StartTls, Some(certificate), Some("caretaker"));
    let error = { wrong }.deliver(&told()).unwrap_err();
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
    // Nobody there.
    let error = mail(1, Security::None, None, None).deliver(&told()).unwrap_err();
    assert!(error.message.contains("localhost"), "{error}");
}
