//! The vendors' stand-in inside the test's process, and readers that are pointed at it.

use clap::Parser;
use koalens_backend::domain::ProviderName;
use koalens_backend::providers::{Config, Providers, Purse};
use koalens_backend::stub::{Seen, Stub};

/// The vendors whose wires are spoken.
pub const VENDORS: [ProviderName; 3] = [ProviderName::Gemini, ProviderName::Claude, ProviderName::Openai];
/// The key that every reader is given.
pub const KEY: &str = "hemlig-nyckel-0123456789";

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    providers: Config,
}

/// The running stand-in; it lives as long as the test's runtime.
pub struct Vendors(Stub);

impl Vendors {
    /// Starts it on a free port.
    pub fn start() -> Self {
        let (stub, server) = Stub::start(0, None).unwrap();
        tokio::spawn(server);
        Self(stub)
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// The flags that make `vendor` callable, with a model of the stand-in.
    pub fn flags(&self, vendor: ProviderName, model: &str) -> Vec<String> {
        flags_at(&self.0.url(), vendor, model)
    }

    /// How many left while an answer dripped.
    pub fn left(&self) -> usize {
        self.0.left()
    }

    /// Readers with `vendor` alone, and further flags.
    pub fn readers(&self, vendor: ProviderName, model: &str, more: &[&str]) -> Providers {
        self.readers_paid_from(vendor, model, more, Purse::unlimited())
    }

    /// The same, on a budget.
    pub fn readers_paid_from(&self, vendor: ProviderName, model: &str, more: &[&str], purse: Purse) -> Providers {
        readers_of(&self.flags(vendor, model), more, purse)
    }

    /// The requests it got.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.seen()
    }

    /// Those that asked for a reading.
    pub fn asked(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.method == "POST").collect()
    }
}

/// The flags that make `vendor` callable at `url`.
pub fn flags_at(url: &str, vendor: ProviderName, model: &str) -> Vec<String> {
    let (key, name, at) = match vendor {
        ProviderName::Gemini => ("--gemini-api-key", "--gemini-model-name", "--gemini-base-url"),
        ProviderName::Claude => ("--anthropic-api-key", "--claude-model-name", "--anthropic-base-url"),
        ProviderName::Openai | ProviderName::Local | ProviderName::Scripted => {
            ("--openai-api-key", "--openai-model-name", "--openai-base-url")
        }
    };
    let path = if vendor == ProviderName::Openai { "/v1" } else { "" };
    [key, KEY, name, model, at, &format!("{url}{path}")].map(str::to_owned).to_vec()
}

/// Readers of these flags and further ones.
pub fn readers_of(flags: &[String], more: &[&str], purse: Purse) -> Providers {
    let all = ["test"].into_iter().chain(flags.iter().map(String::as_str)).chain(more.iter().copied());
    let settings = Settings::try_parse_from(all).unwrap_or_else(|error| panic!("{error}"));
    Providers::new(&settings.providers, purse).unwrap()
}
