//! Tokens as an issuer, and as a forger, would make them.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{EncodingKey, Header, encode, get_current_timestamp};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::tokens::config::{KeysUrl, Secret};

const SECRET: &str = "a-secret-for-tests-of-32-bytes!!";
/// Made for these tests alone.
const EC: &[u8] = include_bytes!("../../tests/keys/ec.der");
const RSA: &[u8] = include_bytes!("../../tests/keys/rsa.der");

fn config() -> Config {
    Config {
        jwt_secret: None,
        jwks_url: None,
        jwt_audience: "authenticated".to_owned(),
        jwt_issuer: None,
        jwt_leeway_seconds: 60,
        jwt_premium_claim: "app_metadata.premium".to_owned(),
    }
}

fn with_secret() -> Config {
    Config { jwt_secret: Some(Secret::parse(SECRET).unwrap()), ..config() }
}

fn shared() -> Tokens {
    Tokens::new(&with_secret()).unwrap().unwrap()
}

/// Claims of anna's that are well, with `changes`; null leaves one out.
fn claims(changes: &Value) -> Value {
    let now = get_current_timestamp();
    let mut claims =
        json!({"sub": "anna", "aud": "authenticated", "exp": now + 3600, "iat": now, "role": "authenticated"});
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    claims
}

fn hs256(claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

fn signed(algorithm: Algorithm, kid: Option<&str>, key: &EncodingKey) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
    encode(&header, &claims(&json!({})), key).unwrap()
}

async fn said(tokens: &Tokens, changes: &Value) -> Result<Bearer, Error> {
    tokens.check(&hs256(&claims(changes))).await
}

#[tokio::test]
async fn a_token_as_supabase_issues_it_names_its_user() {
    let tokens = shared();
    let anna = UserId::parse("anna").unwrap();
    assert_eq!(said(&tokens, &json!({})).await, Ok(Bearer { user: anna.clone(), premium: false }));
    let premium = json!({"app_metadata": {"provider": "email", "premium": true}});
    assert_eq!(said(&tokens, &premium).await, Ok(Bearer { user: anna, premium: true }));
    for no in [
        json!({"app_metadata": {"premium": "true"}}),
        json!({"user_metadata": {"premium": true}}),
        json!({"premium": true}),
    ] {
        assert!(!said(&tokens, &no).await.unwrap().premium, "{no}");
    }
}

#[tokio::test]
async fn time_and_audience_and_issuer_are_checked_with_room_for_clocks_that_differ() {
    let (tokens, now) = (shared(), get_current_timestamp());
    let cases = [
        (json!({"exp": now - 61 - 5}), Err(Error::Expired)),
        (json!({"exp": now - 30}), Ok(())),
        (json!({"nbf": now + 61 + 5}), Err(Error::TooEarly)),
        (json!({"nbf": now + 30}), Ok(())),
        (json!({"exp": null}), Err(Error::Malformed)),
        (json!({"exp": "tomorrow"}), Err(Error::Malformed)),
        (json!({"aud": "another-service"}), Err(Error::Foreign)),
        (json!({"aud": ["another-service", "authenticated"]}), Ok(())),
        (json!({"aud": null}), Err(Error::Malformed)),
        (json!({"sub": null}), Err(Error::Malformed)),
        (json!({"sub": ""}), Err(Error::Malformed)),
        (json!({"sub": 7}), Err(Error::Malformed)),
    ];
    for (changes, expected) in cases {
        assert_eq!(said(&tokens, &changes).await.map(drop), expected, "{changes}");
    }
    let ours = Some("https://ours.example/auth".to_owned());
    let strict = Config { jwt_issuer: ours, jwt_leeway_seconds: 0, ..with_secret() };
    let strict = Tokens::new(&strict).unwrap().unwrap();
    assert_eq!(said(&strict, &json!({"exp": now - 30, "iss": "https://ours.example/auth"})).await, Err(Error::Expired));
    assert_eq!(said(&strict, &json!({"iss": "https://theirs.example"})).await, Err(Error::Foreign));
    assert_eq!(said(&strict, &json!({})).await, Err(Error::Malformed));
    assert!(said(&strict, &json!({"iss": "https://ours.example/auth"})).await.is_ok());
}

#[tokio::test]
async fn whoever_has_no_secret_can_make_no_token() {
    let tokens = shared();
    let good = hs256(&claims(&json!({})));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let body = head.split_once('.').unwrap().1;
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let other = EncodingKey::from_secret(b"another-secret-of-32-bytes-long!");
    let forged = [
        format!("{}.{body}.", part(r#"{"alg":"none","typ":"JWT"}"#)),
        format!("{}.{body}.{signature}", part(r#"{"alg":"none","typ":"JWT"}"#)),
        format!("{}.{body}.{signature}", part(r#"{"alg":"HS512","typ":"JWT"}"#)),
        format!("{head}."),
        format!("{head}.{}", part("no signature")),
        signed(Algorithm::HS256, None, &other),
        signed(Algorithm::HS512, None, &EncodingKey::from_secret(SECRET.as_bytes())),
        signed(Algorithm::RS256, None, &EncodingKey::from_rsa_der(RSA)),
        signed(Algorithm::ES256, None, &EncodingKey::from_ec_der(EC)),
        String::new(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        "å".repeat(100),
        format!("{good}{}", "x".repeat(MAX_TOKEN_BYTES)),
    ];
    for token in forged {
        let refused = tokens.check(&token).await.unwrap_err();
        assert!(matches!(refused, Error::Malformed | Error::Forged), "{refused}: {token:.80}");
    }
    assert!(tokens.check(&good).await.is_ok());
}

/// Publishes `body` as an issuer does, until the test ends.
async fn publish(body: String) -> KeysUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _asked = connection.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _gone = connection.write_all((head + &body).as_bytes()).await;
        }
    });
    KeysUrl::parse(&url).unwrap()
}

async fn published(body: String) -> Tokens {
    let config = Config { jwks_url: Some(publish(body).await), ..config() };
    Tokens::new(&config).unwrap().unwrap()
}

fn jwk(kid: &str, algorithm: Algorithm, key: &EncodingKey) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    jwk
}

#[tokio::test]
async fn published_keys_are_fetched_and_each_takes_its_own_algorithm_alone() {
    let (ec, rsa) = (EncodingKey::from_ec_der(EC), EncodingKey::from_rsa_der(RSA));
    let hmac = EncodingKey::from_secret(SECRET.as_bytes());
    let keys =
        vec![jwk("ec", Algorithm::ES256, &ec), jwk("rsa", Algorithm::RS256, &rsa), jwk("oct", Algorithm::HS256, &hmac)];
    let public = keys.clone();
    let tokens = published(serde_json::to_string(&JwkSet { keys }).unwrap()).await;
    assert!(tokens.check(&signed(Algorithm::ES256, Some("ec"), &ec)).await.is_ok());
    assert!(tokens.check(&signed(Algorithm::RS256, Some("rsa"), &rsa)).await.is_ok());

    // What is public is no secret: it signs nothing, whatever the token says.
    let mut forged: Vec<String> = public
        .iter()
        .flat_map(|key| {
            let secret = serde_json::to_vec(key).unwrap();
            ["ec", "rsa"].map(|kid| signed(Algorithm::HS256, Some(kid), &EncodingKey::from_secret(&secret)))
        })
        .collect();
    forged.push(signed(Algorithm::HS256, Some("oct"), &hmac));
    forged.push(signed(Algorithm::ES256, Some("rsa"), &ec));
    forged.push(signed(Algorithm::ES256, Some("nowhere"), &ec));
    forged.push(signed(Algorithm::ES256, None, &ec));
    for token in forged {
        assert_eq!(tokens.check(&token).await, Err(Error::Forged), "{token}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_told_apart_from_a_wrong_token() {
    let token = signed(Algorithm::ES256, Some("ec"), &EncodingKey::from_ec_der(EC));
    for body in ["no keys", "{}"] {
        assert_eq!(published(body.to_owned()).await.check(&token).await, Err(Error::KeysUnavailable), "{body}");
    }
    let endless = published(" ".repeat(300 << 10)).await;
    assert_eq!(endless.check(&token).await, Err(Error::KeysUnavailable));
    let nowhere = Config { jwks_url: Some(KeysUrl::parse("http://127.0.0.1:9/").unwrap()), ..config() };
    let nowhere = Tokens::new(&nowhere).unwrap().unwrap();
    let asked = tokio::time::timeout(Duration::from_secs(8), nowhere.check(&token));
    assert_eq!(asked.await.unwrap(), Err(Error::KeysUnavailable));
}

#[test]
fn keys_come_over_a_wire_that_nobody_can_write_on() {
    for url in ["http://auth.example/jwks", "ftp://auth.example", "file:///etc/keys", "nonsense"] {
        assert!(KeysUrl::parse(url).is_err(), "{url}");
    }
    assert!(KeysUrl::parse("https://auth.example/jwks").is_ok());
    let both = Config { jwks_url: KeysUrl::parse("https://auth.example/").ok(), ..with_secret() };
    assert!(!both.faults().is_empty() && with_secret().faults().is_empty());
}

#[test]
fn a_secret_is_never_shown_and_never_short() {
    assert!(Secret::parse("too short").is_err());
    assert!(!format!("{:?}", with_secret()).contains(SECRET));
}
