//! Which arm answers a request, and why. Pure: state, clock and randomness come in.

pub mod bucket;
mod config;
pub mod statistics;

pub use config::Config;

use crate::domain::{Assignment, AssignmentReason, ProviderName};

/// A forced provider that this instance cannot call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the provider {} cannot be called here", .0.as_str())]
pub struct Unassignable(pub ProviderName);

/// Draws the arm of one request: the first rule that applies.
///
/// `assignable` are the arms that can be called, in order of preference; the local reader is always last and always
/// there.
///
/// # Errors
/// [`Unassignable`] when the request forces an arm that cannot be called.
pub fn assign(
    config: &Config,
    forced: Option<ProviderName>,
    assignable: &[ProviderName],
) -> Result<Assignment, Unassignable> {
    if let Some(arm) = forced {
        return if assignable.contains(&arm) {
            Ok(by(AssignmentReason::Override, arm))
        } else {
            Err(Unassignable(arm))
        };
    }
    let arm = config
        .ai_provider
        .filter(|arm| assignable.contains(arm))
        .or_else(|| assignable.first().copied())
        .unwrap_or(ProviderName::Local);
    Ok(by(AssignmentReason::Configured, arm))
}

/// The assignment of typed text, which no reader is asked about.
#[must_use]
pub fn typed() -> Assignment {
    by(AssignmentReason::Configured, ProviderName::Local)
}

fn by(reason: AssignmentReason, arm: ProviderName) -> Assignment {
    Assignment { experiment: None, arm, reason, bucket: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ProviderName; 2] = [ProviderName::Scripted, ProviderName::Local];

    #[test]
    fn a_forced_provider_wins_and_never_falls_back() {
        let config = Config { ai_provider: Some(ProviderName::Local) };
        let assignment = assign(&config, Some(ProviderName::Scripted), &ALL).unwrap();
        assert_eq!((assignment.arm, assignment.reason), (ProviderName::Scripted, AssignmentReason::Override));
        assert!(!assignment.may_fall_back());
    }

    #[test]
    fn a_forced_provider_that_cannot_be_called_is_refused() {
        let config = Config { ai_provider: None };
        assert_eq!(assign(&config, Some(ProviderName::Gemini), &ALL), Err(Unassignable(ProviderName::Gemini)));
    }

    #[test]
    fn the_configured_provider_answers_else_the_first_that_can() {
        let configured = Config { ai_provider: Some(ProviderName::Local) };
        assert_eq!(assign(&configured, None, &ALL).unwrap().arm, ProviderName::Local);
        let unset = Config { ai_provider: None };
        assert_eq!(assign(&unset, None, &ALL).unwrap().arm, ProviderName::Scripted);
    }
}
