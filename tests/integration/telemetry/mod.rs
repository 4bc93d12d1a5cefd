//! What operators see: the trace of a request at a collector, metrics, log lines, reports of errors; and that none of it
//! is ever waited for.

mod lines;
mod metrics;
mod reports;
mod trace;

use koalens_backend::domain::ProviderName;

use crate::harness::vendors::{KEY, Vendors};

/// A service with a vendor and a collector.
fn with<'a>(
    vendors: &Vendors,
    vendor: ProviderName,
    model: &'a str,
    more: &[(&'a str, &'a str)],
) -> Vec<(String, String)> {
    let (key, name, base, path) = match vendor {
        ProviderName::Gemini => ("GEMINI_API_KEY", "GEMINI_MODEL_NAME", "GEMINI_BASE_URL", ""),
        ProviderName::Claude => ("ANTHROPIC_API_KEY", "CLAUDE_MODEL_NAME", "ANTHROPIC_BASE_URL", ""),
        ProviderName::Openai | ProviderName::Local | ProviderName::Scripted => {
            ("OPENAI_API_KEY", "OPENAI_MODEL_NAME", "OPENAI_BASE_URL", "/v1")
        }
    };
    let url = format!("{}{path}", vendors.url());
    let own =
        [(key, KEY), (name, model), (base, url.as_str()), ("APP_ENV", "development"), ("VEGAN_SECOND_READING", "off")];
    own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
