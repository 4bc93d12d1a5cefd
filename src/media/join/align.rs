//! The heaviest order-keeping pairing of two sequences, and how alike two readings of a word are.

use super::rows::Reading;

/// Shorter words must be read the same letter for letter: a slip in `salt` makes another word.
const FUZZY_FROM_LETTERS: usize = 4;

/// The share of letters that two readings of one printed word have in common; misread words have fewer.
const LEAST_ALIKE: f64 = 0.7;

/// Pairs of places in two sequences of `rows` and `columns` items, both rising, with the greatest sum of `weight`.
/// Items that weigh nothing together are never paired.
pub(super) fn heaviest(rows: usize, columns: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    let weights: Vec<Vec<f64>> =
        (0..rows).map(|row| (0..columns).map(|column| weight(row, column)).collect()).collect();
    // best[row][column]: the greatest sum over what stands from there on.
    let mut best = vec![vec![0.0_f64; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let skipped = best[row + 1][column].max(best[row][column + 1]);
            best[row][column] = skipped.max(weights[row][column] + best[row + 1][column + 1]);
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < rows && column < columns {
        if best[row][column] <= best[row + 1][column] {
            row += 1;
        } else if best[row][column] <= best[row][column + 1] {
            column += 1;
        } else {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        }
    }
    pairs
}

/// How many letters speak for `a` and `b` being readings of one printed word; nothing if they are too unlike.
///
/// The first and last reading of a row may be cut, so the start or end of a word is enough there.
pub(super) fn letters_alike(a: &Reading, b: &Reading) -> f64 {
    let whole = alike(&a.letters, &b.letters);
    let (short, long) = if a.letters.len() <= b.letters.len() { (a, b) } else { (b, a) };
    let cut = short.letters.len();
    let head = if short.is_last { alike(&short.letters, &long.letters[..cut]) } else { 0.0 };
    let tail = if short.is_first { alike(&short.letters, &long.letters[long.letters.len() - cut..]) } else { 0.0 };
    whole.max(head).max(tail)
}

/// Whether both are readings of one whole word, no part of it.
pub(super) fn is_whole_of(a: &Reading, b: &Reading) -> bool {
    alike(&a.letters, &b.letters) > 0.0
}

fn alike(a: &[char], b: &[char]) -> f64 {
    let longest = a.len().max(b.len());
    if a == b {
        return letters(longest);
    }
    if a.len().min(b.len()) < FUZZY_FROM_LETTERS {
        return 0.0;
    }
    let changes = strsim::generic_levenshtein(&a.to_vec(), &b.to_vec());
    let share = 1.0 - letters(changes) / letters(longest);
    if share >= LEAST_ALIKE { share * letters(longest) } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "words have a handful of letters")]
fn letters(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Reading {
        Reading::new(text, 90)
    }

    #[test]
    fn pairs_keep_the_order_of_both_sequences() {
        let (a, b) = (["x", "a", "b", "c"], ["a", "c", "b", "y"]);
        let weight = |row: usize, column: usize| if a[row] == b[column] { [1.0, 1.0, 5.0, 1.0][row] } else { 0.0 };
        assert_eq!(heaviest(a.len(), b.len(), weight), [(1, 0), (2, 2)]);
    }

    #[test]
    fn a_slip_in_a_long_word_is_forgiven_and_in_a_short_one_not() {
        assert!(letters_alike(&reading("natriumvätekarbonat"), &reading("natnumvätekarbonat,")) > 10.0);
        assert!(letters_alike(&reading("lök"), &reading("lak")) < 0.5);
    }

    #[test]
    fn a_cut_word_is_alike_only_at_the_end_of_a_row() {
        let cut = reading("havrefl");
        let last = Reading { is_last: true, ..cut.clone() };
        let whole = reading("HAVREFLINGOR");
        assert!(letters_alike(&cut, &whole) < 0.5);
        assert!(letters_alike(&last, &whole) > 5.0);
    }
}
