//! Where a vendor is called.

use std::fmt;

use reqwest::Url;

use super::secret::ApiKey;

/// An address that paths are put behind: `http` or `https`, without user, query or fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// What it may not have.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|_| "not an address such as https://host/path".to_owned())?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("neither http:// nor https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("may not have a user, a query or a fragment: keys have settings of their own".to_owned());
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Where an OpenAI-compatible key is meant for: OpenRouter's keys begin with `sk-or-`.
    pub(super) fn of_key(key: &ApiKey) -> Self {
        let address =
            if key.begins_with("sk-or-") { "https://openrouter.ai/api/v1" } else { "https://api.openai.com/v1" };
        Self(address.to_owned())
    }

    /// The address with `path` behind it.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }

    /// `url` on our host: what a vendor names there is never fetched from, or sent to, anywhere else.
    pub(super) fn rebase(&self, url: &str) -> Option<String> {
        let (theirs, mut ours) = (Url::parse(url).ok()?, Url::parse(&self.0).ok()?);
        ours.set_path(theirs.path());
        ours.set_query(theirs.query());
        Some(ours.into())
    }
}

impl Default for BaseUrl {
    /// Nowhere: the discard port of this machine.
    fn default() -> Self {
        Self("http://127.0.0.1:9".to_owned())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_carry_a_key_is_refused() {
        for text in
            ["https://key@host/", "https://host/?key=1", "https://host/#key", "ftp://host", "host:80", "file:///x"]
        {
            assert!(BaseUrl::parse(text).is_err(), "{text}");
        }
        assert_eq!(BaseUrl::parse("https://host/api/v1/").unwrap().join("x"), "https://host/api/v1/x");
    }

    #[test]
    fn keys_of_openrouter_go_to_openrouter() {
        let at = |key| BaseUrl::of_key(&ApiKey::parse(key).unwrap()).join("");
        assert_eq!(at("sk-or-v1-1"), "https://openrouter.ai/api/v1/");
        assert_eq!(at("sk-proj-1"), "https://api.openai.com/v1/");
    }

    #[test]
    fn an_address_that_a_vendor_names_is_taken_on_our_host_alone() {
        let base = BaseUrl::parse("http://127.0.0.1:8099").unwrap();
        assert_eq!(base.rebase("https://evil.example/up?id=1#x").unwrap(), "http://127.0.0.1:8099/up?id=1");
        assert_eq!(base.rebase("no address"), None);
    }
}
