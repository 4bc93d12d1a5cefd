//! The percent sign, which readers take for digits: `(24 %)` comes as `(24 96)`, `(24 960)` or `(24 4)`, and `(24%)` as
//! `(2496)` or `(24960)`.

/// Digits that a misread percent sign becomes at most.
const MOST_DIGITS: usize = 3;

/// What opens an amount.
const OPENING: [char; 2] = ['(', '['];

/// What closes an amount.
const CLOSING: [char; 6] = [')', ']', ',', '.', ';', '*'];

/// What a percent sign becomes most often.
const USUAL_DIGITS: [&str; 2] = ["96", "960"];

/// `word` as it was printed, where it can only be a percent sign: bare digits right after an amount of up to two
/// digits, or such an amount with the usual ones at its end. Two numbers in a row stand in no list, no additive whose origin is
/// in doubt ends so, and amounts decide nothing.
pub(super) fn mended(word: &str, before: Option<&str>) -> String {
    let sign = word.trim_end_matches(CLOSING);
    let closing = &word[sign.len()..];
    let is_digits = (1..=MOST_DIGITS).contains(&sign.len()) && sign.chars().all(|c| c.is_ascii_digit());
    if is_digits && before.is_some_and(is_amount) {
        return format!("%{closing}");
    }
    let is_additive = before.is_some_and(|before| before.trim_start_matches(OPENING).eq_ignore_ascii_case("E"));
    let mut amounts = USUAL_DIGITS.iter().filter_map(|digits| sign.strip_suffix(digits));
    let amount = amounts.find(|amount| !is_additive && is_amount(amount));
    amount.map_or_else(|| word.to_owned(), |amount| format!("{amount} %{closing}"))
}

/// `(24`, `41` and `1,2`, but no `24,` which ends a name, and no `120`, which may be left of an E-number.
fn is_amount(word: &str) -> bool {
    let number = word.trim_start_matches(OPENING);
    let (whole, rest) = number.split_once([',', '.']).map_or((number, None), |(whole, rest)| (whole, Some(rest)));
    let are_digits = |part: &str| (1..=2).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit());
    are_digits(whole) && rest.is_none_or(are_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_after_an_amount_are_its_percent_sign() {
        for (word, before, printed) in [
            ("96)", "(24", "%)"),
            ("960),", "(18", "%),"),
            ("4)", "(18", "%)"),
            ("90,", "41", "%,"),
            ("96,", "1,2", "%,"),
            ("(2496),", "vatten", "(24 %),"),
            ("596", "purée", "5 %"),
            ("(1,596)", "salt", "(1,5 %)"),
            ("(92960),", "PEANUTS", "(92 %),"),
        ] {
            assert_eq!(mended(word, Some(before)), printed);
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for (word, before) in [
            ("120)", "E"),
            ("122)", "124"),
            ("141)", "E120,"),
            ("96)", "vatten"),
            ("9", "24,"),
            ("E96", "24"),
            ("1500", "10"),
            ("296)", "(E"),
            ("E1496", "lök"),
            ("12096", "lök"),
            ("(960)", "sötningsmedel"),
            ("196g", "lök"),
        ] {
            assert_eq!(mended(word, Some(before)), word);
        }
        assert_eq!(mended("96)", None), "96)");
    }
}
