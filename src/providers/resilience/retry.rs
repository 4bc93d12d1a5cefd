//! Whether a failed attempt is made again, and after how long.

use std::time::Duration;

use super::super::call::CallFailure;

/// The longest wait before the first retry; it doubles with each.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait of our own choice.
const LONGEST: Duration = Duration::from_secs(8);
/// With less time than this left an attempt is no use.
const LEAST_TIME: Duration = Duration::from_secs(2);
/// The longest wait that a vendor may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// How long to wait before attempting again; `None` where that is no use: the failure is not a passing one, or the
/// time that is `left` would be over before, the vendor says so, or it may have done (and bill) the work already.
///
/// What the vendor asks for is honoured; without its word the wait is drawn evenly below a bound that doubles with
/// every retry already `made` ("full jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
/// `random` is in 0..1.
pub fn wait(failure: &CallFailure, made: u32, left: Duration, random: f64) -> Option<Duration> {
    if !failure.kind.is_passing()
        || failure.is_final
        || failure.may_be_billed
        || failure.retry_after.is_some_and(|asked| asked > LONGEST_ASKED)
    {
        return None;
    }
    let bound = FIRST.saturating_mul(2_u32.saturating_pow(made)).min(LONGEST);
    let wait = failure.retry_after.unwrap_or_else(|| bound.mul_f64(random.clamp(0.0, 1.0)));
    (wait + LEAST_TIME < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::super::super::call::FailureKind;
    use super::*;

    const PLENTY: Duration = Duration::from_secs(40);

    fn failure(kind: FailureKind, retry_after: Option<u64>) -> CallFailure {
        CallFailure { retry_after: retry_after.map(Duration::from_secs), ..CallFailure::new(kind, "") }
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        use FailureKind::{
            Exhausted, Foreign, Invalid, Network, RateLimited, Refused, Rejected, Server, TimedOut, Unfit,
        };
        for kind in [Exhausted, Foreign, Invalid, Refused, Rejected, Unfit] {
            assert_eq!(wait(&failure(kind, None), 0, PLENTY, 0.5), None, "{kind:?}");
        }
        for kind in [Network, RateLimited, Server, TimedOut] {
            assert!(wait(&failure(kind, None), 0, PLENTY, 0.5).is_some(), "{kind:?}");
        }
    }

    #[test]
    fn what_may_have_been_billed_is_not_paid_for_again() {
        let lost = failure(FailureKind::Network, None).maybe_billed();
        assert_eq!(wait(&lost, 0, PLENTY, 0.5), None);
    }

    #[test]
    fn a_vendor_that_says_it_is_no_use_is_believed() {
        let final_word = CallFailure { is_final: true, ..failure(FailureKind::Server, None) };
        assert_eq!(wait(&final_word, 0, PLENTY, 0.5), None);
    }

    #[test]
    fn the_vendors_word_is_honoured_while_there_is_time() {
        let asked = |seconds| wait(&failure(FailureKind::RateLimited, Some(seconds)), 0, PLENTY, 0.5);
        assert_eq!(asked(7), Some(Duration::from_secs(7)));
        assert_eq!(asked(31), None);
        let little = Duration::from_secs(5);
        assert_eq!(wait(&failure(FailureKind::RateLimited, Some(7)), 0, little, 0.5), None);
    }

    #[test]
    fn waits_of_our_own_are_jittered_and_grow_to_a_bound() {
        let longest = |made| wait(&failure(FailureKind::Server, None), made, PLENTY, 1.0).unwrap();
        assert_eq!(longest(0), Duration::from_millis(500));
        assert_eq!(longest(1), Duration::from_secs(1));
        assert_eq!(longest(30), Duration::from_secs(8));
        assert_eq!(wait(&failure(FailureKind::Server, None), 3, PLENTY, 0.0), Some(Duration::ZERO));
    }
}
