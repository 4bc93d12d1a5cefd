//! A throw-away PostgreSQL.
//!
//! ```ignore
//! let url = postgres::shared().new_database();      // most tests: a fresh database on one server
//! let server = Postgres::start();                   // tests that cut the connection: a server of their own
//! server.stop();                                    // the database is down …
//! server.restart();                                 // … and up again, with what was committed
//! ```
//!
//! `initdb` and `pg_ctl` are found on `PATH` or under `/usr/lib/postgresql`; without them the test fails and says so.
//! The server listens on a Unix socket in its own directory alone, so that no port can collide. PostgreSQL refuses to
//! run as root: root runs it as user `postgres` or `nobody`. A shell that waits on a pipe from this process stops the
//! server and deletes its directory once the pipe closes, so nothing is left however the tests end.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// One server; stopped and deleted when dropped, or when the process ends.
pub struct Postgres {
    programs: PathBuf,
    dir: PathBuf,
    account: Option<(u32, u32)>,
    databases: AtomicU32,
    keeper: Option<(ChildStdin, Child)>,
}

/// The server that tests share which do not stop it.
pub fn shared() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::start)
}

impl Postgres {
    /// Makes and starts a server.
    pub fn start() -> Self {
        // Not the usual temporary directory: a socket's path may have 107 bytes at most.
        let dir = tempfile::Builder::new().prefix("koalens-pg-").tempdir_in("/tmp").unwrap().keep();
        let account = unprivileged_account();
        if let Some((user, group)) = account {
            chown(&dir, Some(user), Some(group)).unwrap();
        }
        let mut server = Self { programs: programs(), dir, account, databases: AtomicU32::new(0), keeper: None };
        server.keeper = Some(server.start_keeper());
        let data = server.data();
        server.run("initdb", &["--auth=trust", "--username=koalens", "--encoding=UTF8", "--no-sync", "-D", &data]);
        server.restart();
        server
    }

    /// The URL of a fresh, empty database.
    pub fn new_database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let socket = self.dir.to_str().unwrap();
        self.run("createdb", &["--host", socket, "--username=koalens", &name]);
        // `trust` asks for no password; this one is here so that tests can look for places where it leaks.
        format!("postgres://koalens:geheim@localhost/{name}?host={socket}")
    }

    /// Cuts all connections and stops; what was committed stays.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "fast", "-w", "stop"]);
    }

    /// Starts again.
    pub fn restart(&self) {
        let options =
            format!("-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off", self.dir.display());
        let log = self.dir.join("log");
        self.run("pg_ctl", &["-D", &self.data(), "-l", log.to_str().unwrap(), "-o", &options, "-w", "start"]);
    }

    fn data(&self) -> String {
        self.dir.join("data").to_str().unwrap().to_owned()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        // Output to a file: the server inherits it, and would hold a pipe open for ever.
        let output = fs::File::options().create(true).append(true).open(self.dir.join("output")).unwrap();
        let mut command = self.command(&self.programs.join(program));
        command.args(arguments).stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        let status = command.status().unwrap_or_else(|error| panic!("{program} cannot be run: {error}"));
        let said = || fs::read_to_string(self.dir.join("output")).unwrap_or_default();
        assert!(status.success(), "{program} failed: {}", said());
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.dir);
        if let Some((user, group)) = self.account {
            command.uid(user).gid(group);
        }
        command
    }

    fn start_keeper(&self) -> (ChildStdin, Child) {
        let script = r#"trap '' INT TERM; cat; "$1" -D "$2/data" -m immediate stop; rm -rf "$2""#;
        let mut command = self.command(Path::new("/bin/sh"));
        command.args(["-c", script, "keeper"]).arg(self.programs.join("pg_ctl")).arg(&self.dir);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut keeper = command.spawn().unwrap();
        (keeper.stdin.take().unwrap(), keeper)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some((pipe, mut keeper)) = self.keeper.take() {
            drop(pipe);
            let _ = keeper.wait();
        }
    }
}

/// The directory with the server's programs: of the newest version where Debian puts them, else one on `PATH`.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut dirs: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    dirs.sort_unstable_by(|one, other| other.cmp(one));
    dirs.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let has_all = |dir: &PathBuf| ["initdb", "pg_ctl", "createdb"].iter().all(|program| dir.join(program).exists());
    let found = dirs.into_iter().find(has_all);
    found.expect("these tests need PostgreSQL: install it, or put the directory of initdb and pg_ctl on PATH")
}

/// Who runs the server: `None` for ourselves, unless we are root.
fn unprivileged_account() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let fields: Vec<_> = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>()).collect();
        let account = fields.into_iter().find(|fields| fields.len() > 3 && fields[0] == name)?;
        Some((account[2].parse().ok()?, account[3].parse().ok()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("root needs an account to run PostgreSQL as"))
}
