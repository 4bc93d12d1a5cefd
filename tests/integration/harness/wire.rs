//! HTTP as badly behaved clients speak it: slowly, blindly, or leaving in the middle.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection.
pub struct Wire(TcpStream);

/// One answer, its body whole.
#[derive(Debug)]
pub struct Answered {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: Value,
}

impl Answered {
    /// The value of a header, named in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl Wire {
    /// Connects to `http://address`.
    pub async fn connect(url: &str) -> Self {
        Self(TcpStream::connect(url.trim_start_matches("http://")).await.unwrap())
    }

    /// Sends the head of a POST to `/analyze` whose body has `length` bytes.
    pub async fn post_head(&mut self, media_type: &str, length: usize, headers: &str) {
        let head = format!(
            "POST /analyze HTTP/1.1\r\nHost: test\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        self.send(head.as_bytes()).await.unwrap();
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Reads until `text` has come; a connection that ends before fails the test.
    pub async fn read_until(&mut self, text: &str) -> String {
        let mut bytes = Vec::new();
        loop {
            let read = String::from_utf8_lossy(&bytes).into_owned();
            if read.contains(text) {
                return read;
            }
            assert!(self.0.read_buf(&mut bytes).await.unwrap() > 0, "no {text:?} in {read:?}");
        }
    }

    /// Reads one answer with a Content-Length; a connection that is reset before it is whole fails the test.
    pub async fn answer(&mut self) -> Answered {
        let mut bytes = Vec::new();
        loop {
            if let Some(answer) = whole(&bytes) {
                return answer;
            }
            let read = self.0.read_buf(&mut bytes).await.unwrap_or_else(|error| panic!("no answer to read: {error}"));
            assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

fn whole(bytes: &[u8]) -> Option<Answered> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().unwrap();
    let answer = Answered { status, head: head.to_owned(), body: Value::Null };
    let length: usize = answer.header("content-length")?.parse().unwrap();
    (body.len() >= length).then(|| Answered { body: serde_json::from_str(&body[..length]).unwrap(), ..answer })
}
