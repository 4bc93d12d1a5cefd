//! Processes seen from outside: who is whose child, what they hold in memory.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

use rustix::process::{Pid, Signal, kill_process};

/// The living children of a process.
pub fn children(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| parent_of(*id) == Some(parent)).collect()
}

fn parent_of(id: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// How a process was started; empty when it is gone, or dead and not yet reaped.
pub fn command_line(id: u32) -> String {
    let raw = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&raw).replace('\0', " ")
}

/// Sends a signal.
pub fn signal(id: u32, signal: Signal) {
    kill_process(pid(id), signal).unwrap();
}

/// The kernel's name for a process.
pub fn pid(id: u32) -> Pid {
    Pid::from_raw(id.try_into().unwrap()).unwrap()
}

/// Bytes of memory that a process and its children hold: what is resident, shared pages counted once (PSS), and the
/// anonymous files they have open, which are resident in none of them.
pub fn memory_bytes(id: u32) -> u64 {
    let processes = || children(id).into_iter().chain([id]);
    let files: HashMap<u64, u64> = processes().flat_map(anonymous_files).collect();
    processes().map(proportional_bytes).sum::<u64>() + files.values().sum::<u64>()
}

fn proportional_bytes(id: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// The anonymous files (`memfd`) a process has open, by inode, with the bytes they take.
fn anonymous_files(id: u32) -> Vec<(u64, u64)> {
    let entries = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().filter_map(Result::ok);
    let anonymous = entries
        .map(|entry| entry.path())
        .filter(|path| fs::read_link(path).is_ok_and(|target| target.to_string_lossy().starts_with("/memfd:")));
    anonymous.filter_map(|path| fs::metadata(path).ok()).map(|file| (file.ino(), file.blocks() * 512)).collect()
}
