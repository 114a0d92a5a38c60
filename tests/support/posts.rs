//! Somebody on this machine who is posted to: a collector, a webhook.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, mpsc};

/// Something that was posted: where, with which head, and its bytes.
pub struct Posted {
    pub path: String,
    pub head: String,
    pub body: Vec<u8>,
}

impl Posted {
    /// Whether `text` stands in it as it is.
    pub fn says(&self, text: &str) -> bool {
        self.body.windows(text.len()).any(|piece| piece == text.as_bytes())
    }
}

/// Somebody who takes everything; where, and what arrives.
pub fn listens() -> (SocketAddr, mpsc::Receiver<Posted>) {
    answers(Arc::new(AtomicU16::new(200)))
}

/// Somebody who answers with `status`, whatever that is at the moment; what was answered with 200 is told.
pub fn answers(status: Arc<AtomicU16>) -> (SocketAddr, mpsc::Receiver<Posted>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let at = listener.local_addr().unwrap();
    let (told, hears) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|count| count > 2) {}
            let length = head.to_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").map(|value| value.trim().parse::<usize>().unwrap())
            });
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            let status = status.load(Ordering::SeqCst);
            let answer = format!("HTTP/1.1 {status} Told\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = reader.get_mut().write_all(answer.as_bytes());
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            if status == 200 {
                let _ = told.send(Posted { path, head, body });
            }
        }
    });
    (at, hears)
}
