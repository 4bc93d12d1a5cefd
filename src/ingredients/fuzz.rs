//! Any bytes end in a verdict, within bounded time: seeded, so that a failure can be repeated.

use std::time::{Duration, Instant};

use super::tests::{Dice, engine, labels, listed, local};
use super::*;

/// Texts judged in every test run; `FUZZ_SECONDS` goes on for as long as it says.
const ROUNDS: u64 = 1500;
/// Longest that one text may take in an unoptimised build on a busy machine.
const ENOUGH: Duration = Duration::from_secs(4);

/// What labels and their readers are made of, and what they should not be.
const PIECES: [&str; 40] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ".",
    ":",
    "*",
    "**",
    "¹",
    "%",
    "\n",
    "-\n",
    " - ",
    "/",
    "&",
    "E471",
    "£1",
    "e ",
    "\u{0}",
    "\u{308}",
    "\u{202e}",
    "𝗺",
    "İ",
    "ß",
    "漢",
    "🐄",
    "Ingredienser: ",
    "kan innehålla ",
    "utan ",
    "mjölk",
    "fri",
    "vitamin ",
    "1,5 % ",
    "och ",
    "Sans ",
    "Ainekset:",
];

fn text(dice: &mut Dice, seeds: &[String]) -> String {
    let seed = &seeds[dice.roll(seeds.len())];
    let mut bytes = match dice.roll(3) {
        0 => (0..dice.roll(400)).map(|_| dice.roll(256) as u8).collect(),
        1 => Vec::new(),
        _ => seed.clone().into_bytes(),
    };
    for _ in 0..1 + dice.roll(60) {
        let at = dice.roll(bytes.len() + 1);
        match dice.roll(4) {
            0 if at < bytes.len() => bytes[at] = dice.roll(256) as u8,
            1 if at < bytes.len() => drop(bytes.remove(at)),
            _ => drop(bytes.splice(at..at, PIECES[dice.roll(PIECES.len())].bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn judge(text: &str, number: u64) {
    let language = Language::ALL[number as usize % Language::ALL.len()];
    let (engine, names) = (engine(), [text.to_owned()]);
    let wishes = Wishes { language, watched: &names, filmed: false };
    let begun = Instant::now();
    let _verdict = engine.decide(&Evidence::Typed { ingredients: &names, text: Some(text) }, &wishes);
    let reading = if number.is_multiple_of(2) { local(text) } else { listed(text, &[text, "salt"]) };
    let _verdict = engine.decide(&Evidence::Picture { reading: &reading, second: Some(text) }, &wishes);
    let _entry = engine.look_up(text, language);
    let took = begun.elapsed();
    assert!(took < ENOUGH, "{took:?}: {text:?}");
}

#[test]
fn any_text_ends_in_a_verdict() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
    let until = Instant::now() + Duration::from_secs(seconds);
    let seeds: Vec<String> = labels().map(|(_, _, text)| text).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut round = 0;
    while round < ROUNDS || Instant::now() < until {
        judge(&text(&mut dice, &seeds), round);
        round += 1;
    }
}

#[test]
fn a_megabyte_of_one_sign_is_bounded_before_it_is_looked_at() {
    for sign in [",", "(", ")", "a", "*", ".", "ä", "-\n"] {
        judge(&sign.repeat((1 << 20) / sign.len()), 0);
    }
}
