//! How fast an arm usually answers, and when a second call beside a slow one is worth it.

use std::collections::VecDeque;
use std::time::Duration;

/// Answers that are remembered.
const REMEMBERED: usize = 200;
/// Fewer answers say nothing of the 95th percentile.
const ENOUGH: usize = 20;
/// At most one call in this many is hedged.
const ONE_IN: u64 = 20;

/// The newest answers' times, and how many calls were hedged.
#[derive(Debug, Default)]
pub struct Pace {
    newest: VecDeque<Duration>,
    calls: u64,
    hedges: u64,
}

impl Pace {
    /// A call begins.
    pub fn begin(&mut self) {
        self.calls += 1;
    }

    /// A call was answered after `took`.
    pub fn answered(&mut self, took: Duration) {
        if self.newest.len() == REMEMBERED {
            self.newest.pop_front();
        }
        self.newest.push_back(took);
    }

    /// After how long without an answer a second call is worth it: the observed 95th percentile.
    pub fn p95(&self) -> Option<Duration> {
        let mut times: Vec<Duration> = self.newest.iter().copied().collect();
        times.sort_unstable();
        let place = times.len() * 95 / 100;
        times.get(place).copied().filter(|_| times.len() >= ENOUGH)
    }

    /// Takes one hedge out of the budget of 5 % of all calls; false when it is used up.
    pub fn take_hedge(&mut self) -> bool {
        let affordable = (self.hedges + 1) * ONE_IN <= self.calls;
        self.hedges += u64::from(affordable);
        affordable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_answers_are_no_percentile() {
        let mut pace = Pace::default();
        (1..20).for_each(|ms| pace.answered(Duration::from_millis(ms)));
        assert_eq!(pace.p95(), None);
        pace.answered(Duration::from_millis(20));
        assert_eq!(pace.p95(), Some(Duration::from_millis(20)));
    }

    #[test]
    fn old_answers_are_forgotten() {
        let mut pace = Pace::default();
        (0..200).for_each(|_| pace.answered(Duration::from_secs(9)));
        (0..200).for_each(|_| pace.answered(Duration::from_secs(1)));
        assert_eq!(pace.p95(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn no_more_than_one_call_in_twenty_is_hedged() {
        let mut pace = Pace::default();
        let mut hedged = 0;
        for _ in 0..1000 {
            pace.begin();
            hedged += u32::from(pace.take_hedge());
        }
        assert_eq!(hedged, 50);
    }
}
