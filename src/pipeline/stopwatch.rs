//! How long the steps of one analysis take.

use std::time::Duration;

use tokio::time::Instant;

/// Laps in whole milliseconds.
pub(super) struct Stopwatch {
    began: Instant,
    last: Instant,
}

impl Stopwatch {
    pub fn start(began: Instant) -> Self {
        Self { began, last: began }
    }

    pub fn lap(&mut self) -> u32 {
        let now = Instant::now();
        let took = now - self.last;
        self.last = now;
        millis(took)
    }

    pub fn total(&self) -> u32 {
        millis(self.began.elapsed())
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
