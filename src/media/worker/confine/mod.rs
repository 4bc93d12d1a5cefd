//! What a worker gives up: everything but its channel before its job comes, and what the job does not need when it comes.
//!
//! Three layers, each of which would hold alone. A system call that is not on the list kills the process; one that opens
//! or names a file is answered as if the file were forbidden, because libraries ask for files that they can do without;
//! where the kernel has Landlock, it forbids all files, addresses and other processes once more.

mod landlock;
mod syscalls;

use std::io;

use rlimit::Resource;

use crate::domain::Confinement;
use crate::media::wire::{Limits, MAX_DESCRIPTORS};

/// Descriptors of a worker beside those of a job: its channel, three standard ones, and a few for libraries.
const OWN_DESCRIPTORS: u64 = 16;

/// Locks this process down, for the rest of its life. Called once, after everything is loaded and before a hostile byte
/// is seen, while there is no second thread: Landlock would not hold one.
///
/// # Errors
/// The system's: then no job may be done. A kernel without Landlock is no error.
pub fn lock_down() -> io::Result<Confinement> {
    // A killed worker leaves no copy of somebody's picture behind.
    lower(Resource::CORE, 0)?;
    let landlock = landlock::restrict()?;
    syscalls::restrict().map_err(io::Error::other)?;
    Ok(Confinement { seccomp: true, landlock })
}

/// Bounds what this job may use.
///
/// # Errors
/// The system's: then the job must not be done.
pub fn limit(limits: &Limits) -> io::Result<()> {
    lower(Resource::AS, limits.memory_bytes)?;
    lower(Resource::CPU, limits.cpu_seconds)?;
    lower(Resource::FSIZE, 3 * u64::from(limits.max_edge) * u64::from(limits.max_edge))?;
    lower(Resource::NOFILE, MAX_DESCRIPTORS as u64 + OWN_DESCRIPTORS)
}

fn lower(resource: Resource, bound: u64) -> io::Result<()> {
    let (_, most) = rlimit::getrlimit(resource)?;
    rlimit::setrlimit(resource, bound.min(most), bound.min(most))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, ExitStatus};

    use super::*;

    /// Names the attempt to the copy of this test that makes it.
    const ATTEMPT: &str = "KOALENS_TEST_ATTEMPT";

    /// What a copy of this test says when the system refused it something with `EACCES` or `EPERM`, and when not.
    const REFUSED: i32 = 42;
    const DONE: i32 = 43;

    const KILLED: Option<i32> = Some(libc::SIGSYS);

    fn attempt(name: &str) -> io::Result<()> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (ours, mut theirs) = std::os::unix::net::UnixStream::pair()?;
        if !name.starts_with("free ") {
            lock_down()?;
        }
        match name.trim_start_matches("free ") {
            "read a file" => std::fs::read("/etc/passwd").map(drop),
            "write a file" => std::fs::write(std::env::temp_dir().join("koalens-attempt"), "x"),
            "list a directory" => std::fs::read_dir("/").map(drop),
            "look at a file" => std::fs::metadata("/etc/passwd").map(drop),
            "connect" => std::net::TcpStream::connect(address).map(drop),
            "execute" => Command::new("/bin/true").status().map(drop),
            "signal" => Ok(rustix::process::test_kill_process(rustix::process::getppid().unwrap())?),
            "trace" => call(libc::SYS_ptrace, [libc::PTRACE_TRACEME.into(), 0, 0]),
            "map code" => call(libc::SYS_mprotect, [0, 0, libc::PROT_EXEC.into()]),
            "raise a limit" => {
                call(libc::SYS_prlimit64, [rustix::process::getppid().unwrap().as_raw_nonzero().get().into(), 0, 0])
            }
            "answer" => {
                std::thread::spawn(|| vec![1_u8; 1 << 24].len()).join().map_err(|_| io::Error::other("panicked"))?;
                io::Write::write_all(&mut &ours, b"x")?;
                io::Read::read_exact(&mut theirs, &mut [0])?;
                let file = crate::domain::Blob::from_fd(std::os::fd::OwnedFd::from(ours.try_clone()?));
                file.len().map(drop)
            }
            other => Err(io::Error::other(format!("no such attempt: {other}"))),
        }
    }

    /// A system call that the standard library has no words for.
    #[expect(unsafe_code, reason = "the calls that an exploited worker would make have no safe form")]
    fn call(number: libc::c_long, [first, second, third]: [i64; 3]) -> io::Result<()> {
        // SAFETY: the three calls made here take numbers, or pointers that are null.
        match unsafe { libc::syscall(number, first, second, third, 0) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// Runs an attempt in a process of its own: this test again, on the main thread.
    fn outcome(name: &str) -> ExitStatus {
        let this = std::env::current_exe().unwrap();
        let mut copy = Command::new(this);
        copy.args(["--exact", "media::worker::confine::tests::a_worker_reaches_nothing", "--test-threads=1"]);
        copy.env(ATTEMPT, name).output().unwrap().status
    }

    #[test]
    fn a_worker_reaches_nothing() {
        if let Ok(name) = std::env::var(ATTEMPT) {
            let code = match attempt(&name) {
                Ok(()) => DONE,
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => REFUSED,
                Err(error) => panic!("{name}: {error}"),
            };
            std::process::exit(code);
        }
        use std::os::unix::process::ExitStatusExt;
        for name in ["read a file", "write a file", "list a directory", "look at a file"] {
            assert_eq!(outcome(name).code(), Some(REFUSED), "{name}");
        }
        for name in ["connect", "execute", "signal", "trace", "map code", "raise a limit"] {
            assert_eq!(outcome(name).signal(), KILLED, "{name}");
        }
        assert_eq!(outcome("answer").code(), Some(DONE), "what it needs, it can do");
        for name in ["free read a file", "free list a directory", "free connect", "free execute", "free signal"] {
            assert_eq!(outcome(name).code(), Some(DONE), "{name}: the attempt itself is a real one");
        }
    }
}
