//! Files, addresses and other processes, forbidden by the kernel's own rules for files and sockets.

use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};

use crate::domain::Landlock;

/// The newest set of rules asked for; an older kernel keeps as many of them as it knows.
const RULES: ABI = ABI::V6;

/// Grants nothing of all that Landlock governs.
///
/// # Errors
/// The system's. A kernel without Landlock is no error, but an answer.
pub fn restrict() -> io::Result<Landlock> {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(RULES)))
        .and_then(|rules| rules.scope(Scope::from_all(RULES)))
        .and_then(Ruleset::create);
    let status = ruleset.and_then(landlock::RulesetCreated::restrict_self).map_err(io::Error::other)?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Landlock::Full,
        RulesetStatus::PartiallyEnforced => Landlock::Partial,
        RulesetStatus::NotEnforced => Landlock::Absent,
    })
}
