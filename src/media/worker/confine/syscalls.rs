//! The system calls that a worker may make, and what becomes of the others.

use std::collections::BTreeMap;

use libc::{c_int, c_long};
use seccompiler::{
    BackendError, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Calls that work on what the process holds already: memory, threads, time, open descriptors, its own end.
const ALLOWED: [c_long; 46] = [
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
];

/// Calls that open or name a file: refused, not fatal. The C library asks for `/sys` when it makes a second heap, codecs
/// and Tesseract for what they could read from `/proc`; all of them go on without.
const FORBIDDEN: [c_long; 9] = [
    libc::SYS_chdir,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_readlinkat,
    libc::SYS_statfs,
    libc::SYS_unlinkat,
];

/// The same, by their older names.
#[cfg(target_arch = "x86_64")]
const FORBIDDEN_OLD: [c_long; 6] =
    [libc::SYS_access, libc::SYS_lstat, libc::SYS_open, libc::SYS_readlink, libc::SYS_stat, libc::SYS_unlink];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_OLD: [c_long; 0] = [];

/// Older names of allowed calls.
#[cfg(target_arch = "x86_64")]
const ALLOWED_OLD: [c_long; 2] = [libc::SYS_poll, libc::SYS_time];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_OLD: [c_long; 0] = [];

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Confines every thread of this process, those to come included, to the calls above.
///
/// # Errors
/// The kernel has no seccomp, or refuses it.
pub fn restrict() -> seccompiler::Result<()> {
    let only = |number| (number, Vec::new());
    let forbidden = forbidden()?;
    // Its flags stand in memory, where no filter can see them: the C library falls back to `clone`.
    let missing = Rules::from([only(libc::SYS_clone3)]);
    let mut allowed = allowed()?;
    // The strictest filter wins, so these stay refused.
    allowed.extend(forbidden.keys().chain(missing.keys()).map(|number| only(*number)));
    for (rules, otherwise, then) in [
        (forbidden, SeccompAction::Allow, errno(libc::EACCES)),
        (missing, SeccompAction::Allow, errno(libc::ENOSYS)),
        (allowed, SeccompAction::KillProcess, SeccompAction::Allow),
    ] {
        let filter = SeccompFilter::new(rules, otherwise, then, std::env::consts::ARCH.try_into()?)?;
        seccompiler::apply_filter_all_threads(&seccompiler::BpfProgram::try_from(filter)?)?;
    }
    Ok(())
}

fn errno(number: c_int) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

fn forbidden() -> Result<Rules, BackendError> {
    let mut rules: Rules = FORBIDDEN.iter().chain(&FORBIDDEN_OLD).map(|number| (*number, Vec::new())).collect();
    // An open descriptor may be asked for its length, a name for nothing.
    let by_name = |argument| when(argument, libc::AT_EMPTY_PATH, 0);
    rules.insert(libc::SYS_newfstatat, vec![by_name(3)?]);
    rules.insert(libc::SYS_statx, vec![by_name(2)?]);
    Ok(rules)
}

/// What is allowed with some arguments only; a rule holds where one of its lines does.
fn allowed() -> Result<Rules, BackendError> {
    let mut rules: Rules = ALLOWED.iter().chain(&ALLOWED_OLD).map(|number| (*number, Vec::new())).collect();
    // Memory, but never code.
    rules.insert(libc::SYS_mmap, vec![when(2, libc::PROT_EXEC, 0)?]);
    rules.insert(libc::SYS_mprotect, vec![when(2, libc::PROT_EXEC, 0)?]);
    // Threads, but no processes.
    rules.insert(libc::SYS_clone, vec![when(0, libc::CLONE_THREAD, libc::CLONE_THREAD)?]);
    rules.insert(libc::SYS_prctl, vec![is(0, libc::PR_SET_NAME)?]);
    let commands = [libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_GETFL];
    rules.insert(libc::SYS_fcntl, commands.into_iter().map(|command| is(1, command)).collect::<Result<_, _>>()?);
    // Its own limits and its own death.
    rules.insert(libc::SYS_prlimit64, vec![is(0, 0)?]);
    let me = c_int::try_from(std::process::id()).unwrap_or(c_int::MAX);
    rules.insert(libc::SYS_tgkill, vec![is(0, me)?]);
    Ok(rules)
}

fn is(argument: u8, value: c_int) -> Result<SeccompRule, BackendError> {
    when(argument, -1, value)
}

/// Holds where those bits of an argument that are set in `mask` are those of `value`.
fn when(argument: u8, mask: c_int, value: c_int) -> Result<SeccompRule, BackendError> {
    let [mask, value] = [mask, value].map(|bits| u64::from(bits.cast_unsigned()));
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)?;
    SeccompRule::new(vec![condition])
}
