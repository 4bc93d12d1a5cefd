//! Where the service runs.

/// Production unless it is said otherwise: what is only for development must be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Environment {
    /// A developer's machine.
    Development,
    /// Where operators try things.
    Staging,
    /// Where people eat what it says.
    #[default]
    Production,
}

impl Environment {
    /// The spelling used in settings and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }

    /// Reads a name, ignoring case; `None` for an unknown one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Development, Self::Staging, Self::Production]
            .into_iter()
            .find(|environment| environment.as_str().eq_ignore_ascii_case(text.trim()))
    }
}
