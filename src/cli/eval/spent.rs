//! Processor time of this process and of what it starts.

use std::path::Path;
use std::process::{Command, Stdio};

/// Seconds of a tick in `/proc` (`sysconf(_SC_CLK_TCK)` is 100 on every Linux there is today).
const TICK_SECONDS: f64 = 0.01;

/// Processor time of all ended children of this process, seconds; workers end with their job.
pub(super) fn workers_seconds() -> f64 {
    seconds(13)
}

/// Processor time of this process itself, seconds.
pub(super) fn own_seconds() -> f64 {
    seconds(11)
}

/// Two fields of `/proc/self/stat` (proc(5)), user and system, counted from after the second one: that is a name in
/// parentheses, which may hold blanks.
fn seconds(first: usize) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ').skip(first).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * TICK_SECONDS
}

/// Has the `ffmpeg` command, where there is one, make `output` of a file, with as many threads as workers decode with.
pub(super) fn program(input: &Path, output: &[&str]) -> bool {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-y", "-threads", "2", "-i"]).arg(input).args(output);
    let done = ffmpeg.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}
