//! How often one user and one address may call, and how the address is told.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::HttpRequest;
use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use ipnet::IpNet;

use super::Config;
use super::error::{Code, Problem};
use crate::domain::UserId;

type Keyed<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock>;

/// Keys held before those that are idle are forgotten.
const SWEEP_ABOVE: usize = 10_000;

/// The limits, one instance for the process.
#[derive(Debug)]
pub struct Limits {
    address_minute: Limit<IpAddr>,
    address_analyses: Limit<IpAddr>,
    user_minute: Limit<UserId>,
    client_ip_header: String,
    trusted_proxies: Vec<IpNet>,
}

impl Limits {
    /// Sets the limits up.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            address_minute: Limit::new(config.rate_limit_per_minute, Quota::per_minute),
            address_analyses: Limit::new(config.analyses_per_hour_per_address, Quota::per_hour),
            user_minute: Limit::new(config.rate_limit_per_minute, Quota::per_minute),
            client_ip_header: config.client_ip_header.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
        }
    }

    /// Counts a request against its address.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with when to come back.
    pub fn request(&self, request: &HttpRequest) -> Result<(), Problem> {
        self.address_minute.count(&self.client(request))
    }

    /// Counts an analysis of pictures against its address.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with when to come back.
    pub fn analysis(&self, request: &HttpRequest) -> Result<(), Problem> {
        self.request(request)?;
        self.address_analyses.count(&self.client(request))
    }

    /// Counts a request against its user.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with when to come back.
    pub fn user(&self, user: Option<&UserId>) -> Result<(), Problem> {
        user.map_or(Ok(()), |user| self.user_minute.count(user))
    }

    /// The client's address: the header's where a trusted proxy sent it, else the peer's. IPv6 by its /64, which is
    /// what one subscriber has.
    pub fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip().to_canonical());
        let trusted = self.trusted_proxies.iter().any(|network| network.contains(&peer));
        let header = || request.headers().get(&self.client_ip_header)?.to_str().ok()?.trim().parse::<IpAddr>().ok();
        let address = if trusted { header().unwrap_or(peer) } else { peer };
        match address.to_canonical() {
            IpAddr::V6(v6) => {
                let prefix = v6.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(prefix))
            }
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}

/// A rate for each `K`.
#[derive(Debug)]
pub struct Limit<K: Hash + Eq + Clone> {
    limiter: Keyed<K>,
    quota: u32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(quota: u32, per: fn(NonZeroU32) -> Quota) -> Self {
        Self { limiter: RateLimiter::keyed(per(NonZeroU32::new(quota).unwrap_or(NonZeroU32::MIN))), quota }
    }

    /// So many a minute.
    pub fn per_minute(quota: u32) -> Self {
        Self::new(quota, Quota::per_minute)
    }

    /// Counts one.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with when to come back.
    pub fn count(&self, key: &K) -> Result<(), Problem> {
        if self.limiter.len() > SWEEP_ABOVE {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).map_err(|not_yet| {
            let wait = not_yet.wait_time_from(DefaultClock::default().now()).max(Duration::from_secs(1));
            let wait = Duration::from_secs(wait.as_secs_f64().ceil() as u64);
            let headers = vec![
                ("RateLimit-Limit", self.quota.to_string()),
                ("RateLimit-Remaining", "0".to_owned()),
                ("RateLimit-Reset", wait.as_secs().to_string()),
            ];
            Problem { retry_after: Some(wait), headers, ..Problem::new(Code::RateLimited) }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::test::TestRequest;

    use super::*;

    fn limits(trusted: &str) -> Limits {
        Limits {
            address_minute: Limit::new(1, Quota::per_minute),
            address_analyses: Limit::new(1, Quota::per_hour),
            user_minute: Limit::new(1, Quota::per_minute),
            client_ip_header: "Fly-Client-IP".to_owned(),
            trusted_proxies: vec![trusted.parse().unwrap()],
        }
    }

    fn from(peer: &str, claims: &str) -> HttpRequest {
        let peer: SocketAddr = peer.parse().unwrap();
        TestRequest::default().peer_addr(peer).insert_header(("Fly-Client-IP", claims)).to_http_request()
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        let limits = limits("172.16.0.0/12");
        assert_eq!(limits.client(&from("203.0.113.7:1", "198.51.100.1")).to_string(), "203.0.113.7");
        assert_eq!(limits.client(&from("172.16.5.5:1", "198.51.100.1")).to_string(), "198.51.100.1");
        assert_eq!(limits.client(&from("172.16.5.5:1", "nonsense")).to_string(), "172.16.5.5");
    }

    #[test]
    fn one_subscriber_is_one_address() {
        let limits = limits("10.0.0.0/8");
        let near = limits.client(&from("[2001:db8:1:2::1]:1", ""));
        assert_eq!(near, limits.client(&from("[2001:db8:1:2:ffff::9]:1", "")));
    }

    #[test]
    fn the_second_request_of_a_quota_of_one_is_told_when_to_come_back() {
        let limits = limits("10.0.0.0/8");
        let request = from("203.0.113.7:1", "");
        assert!(limits.request(&request).is_ok());
        let problem = limits.request(&request).unwrap_err();
        assert_eq!(problem.code, Code::RateLimited);
        assert!(problem.retry_after.is_some_and(|wait| (1..=60).contains(&wait.as_secs())));
    }
}
