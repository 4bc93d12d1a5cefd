//! What is found, who waits for whom.

use super::*;
use crate::domain::{Blob, Language, Legibility, MediaKind, Upload};

fn readings_for(seconds: u64, max_bytes: u64) -> KeptReadings {
    KeptReadings::new(Duration::from_secs(seconds), max_bytes, None)
}

fn key(upload: &[u8], arm: &str, language: Language) -> Key {
    let upload = Upload { files: vec![Blob::copy_of(upload).unwrap()], claimed: None };
    Key::of(&upload, arm, language).unwrap()
}

fn any_key() -> Key {
    key(b"a picture", "claude/haiku", Language::Sv)
}

fn kept(text: &str) -> Kept {
    let reading = Reading {
        label_text: text.to_owned(),
        language: None,
        legibility: Legibility::Full,
        issues: Vec::new(),
        ingredients: None,
        claims: Vec::new(),
    };
    let facts = MediaFacts {
        kind: MediaKind::Image,
        duration_ms: None,
        frames_decoded: 1,
        images_sent: 1,
        bytes_sent: 1,
        image_tokens: 1,
        flattened: false,
    };
    Kept { reading, second: None, model: "m".to_owned(), facts, issues: Vec::new() }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

async fn find(readings: &KeptReadings, until: Instant) -> Found {
    readings.find(any_key(), until, (&mut Slot::alone(), until)).await.unwrap()
}

async fn text(readings: &KeptReadings, key: Key) -> Option<String> {
    match readings.find(key, soon(), (&mut Slot::alone(), soon())).await.unwrap() {
        Found::Kept(held) => Some(held.kept.reading.label_text.clone()),
        Found::Fresh(_) => None,
    }
}

#[test]
fn another_upload_arm_or_language_is_another_key() {
    let all = [
        any_key(),
        key(b"another", "claude/haiku", Language::Sv),
        key(b"a picture", "claude/sonnet", Language::Sv),
        key(b"a picture", "claude/haiku", Language::En),
    ];
    for (place, one) in all.iter().enumerate() {
        assert!(all[place + 1..].iter().all(|other| other != one));
    }
    assert_eq!(any_key(), any_key());
}

#[tokio::test]
async fn what_was_kept_is_found() {
    let readings = readings_for(60, 1 << 20);
    assert_eq!(text(&readings, any_key()).await, None);
    readings.keep(any_key(), kept("salt"), None);
    assert_eq!(text(&readings, any_key()).await.as_deref(), Some("salt"));
}

#[tokio::test]
async fn a_cache_of_no_age_keeps_nothing() {
    let readings = readings_for(0, 1 << 20);
    assert!(!readings.is_on());
    readings.keep(any_key(), kept("salt"), None);
    assert_eq!(text(&readings, any_key()).await, None);
}

#[tokio::test]
async fn no_more_bytes_are_kept_than_allowed() {
    let readings = readings_for(60, 20_000);
    for number in 0..100_u8 {
        readings.keep(key(&[number], "arm", Language::Sv), kept(&"x".repeat(1000)), None);
    }
    let memory = readings.memory.as_ref().unwrap();
    memory.run_pending_tasks();
    assert!(memory.weighted_size() <= 20_000, "{}", memory.weighted_size());
    assert!(memory.entry_count() > 5, "{}", memory.entry_count());
}

#[tokio::test]
async fn an_equal_upload_waits_for_the_first_one() {
    let readings = Arc::new(readings_for(60, 1 << 20));
    let Found::Fresh(Some(first)) = find(&readings, soon()).await else { panic!("nobody was before") };
    let waiting = Arc::clone(&readings);
    let second = tokio::spawn(async move { text(&waiting, any_key()).await });
    tokio::task::yield_now().await;
    readings.keep(any_key(), kept("salt"), None);
    drop(first);
    assert_eq!(second.await.unwrap().as_deref(), Some("salt"));
}

#[tokio::test]
async fn whoever_waited_for_one_that_failed_takes_its_place() {
    let readings = Arc::new(readings_for(60, 1 << 20));
    let first = find(&readings, soon()).await;
    let waiting = Arc::clone(&readings);
    let second = tokio::spawn(async move { find(&waiting, soon()).await });
    tokio::task::yield_now().await;
    drop(first);
    assert!(matches!(second.await.unwrap(), Found::Fresh(Some(_))), "the next one leads");
}

#[tokio::test]
async fn nobody_waits_past_their_time() {
    let readings = readings_for(60, 1 << 20);
    let _first = find(&readings, soon()).await;
    assert!(matches!(find(&readings, Instant::now()).await, Found::Fresh(None)));
}

#[tokio::test]
async fn what_replaces_a_kept_reading_ends_when_that_would_have() {
    let readings = KeptReadings::new(Duration::from_millis(300), 1 << 20, None);
    readings.keep(any_key(), kept("salt"), None);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let Found::Kept(earlier) = find(&readings, soon()).await else { panic!("it was kept") };
    readings.keep(any_key(), kept("salt, read twice"), Some(&earlier));
    assert_eq!(text(&readings, any_key()).await.as_deref(), Some("salt, read twice"));
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(text(&readings, any_key()).await, None);
}
