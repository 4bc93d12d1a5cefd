//! A throw-away Redis on a Unix socket of its own; it keeps nothing and ends when dropped.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::until;

/// The running server.
pub struct Redis {
    /// Where it listens.
    pub url: String,
    server: Child,
    _dir: TempDir,
}

impl Redis {
    /// Starts it and waits for its socket.
    pub async fn start() -> Self {
        // Not the usual temporary directory: a socket's path may have 107 bytes at most.
        let dir = tempfile::Builder::new().prefix("koalens-redis-").tempdir_in("/tmp").unwrap();
        let socket = dir.path().join("socket");
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(&socket);
        let server = command.current_dir(&dir).stdout(Stdio::null()).spawn().expect("redis-server is installed");
        until("redis-server listens", Duration::from_secs(10), async || socket.exists()).await;
        Self { url: format!("redis+unix://{}", socket.display()), server, _dir: dir }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _gone_already = self.server.kill();
        let _reaped = self.server.wait();
    }
}
