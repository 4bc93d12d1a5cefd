//! Label text made even: odd letters unified, line-end hyphens joined, cut into words.

/// Longest text that is looked at, in characters; a longer one is never called vegan.
pub(super) const MAX_CHARS: usize = 20_000;

/// A word of cleaned text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// In lower case.
    pub key: String,
    /// First byte in the cleaned text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// A hyphen follows at once (`mono- och diglycerider`).
    pub dash: bool,
}

/// Words that may follow a hanging hyphen, which is then not a line-end hyphen.
pub(super) const CONJUNCTIONS: [&str; 18] = [
    "och", "og", "and", "und", "ja", "eller", "or", "oder", "tai", "samt", "et", "ou", "y", "e", "en", "of", "i", "lub",
];

/// Unifies letters and joins words broken at a line's end. The second value tells whether the text was too long.
pub(super) fn clean(text: &str) -> (String, bool) {
    let cut = text.chars().nth(MAX_CHARS).is_some();
    let mut out = String::with_capacity(text.len().min(4 * MAX_CHARS));
    for c in text.chars().take(MAX_CHARS) {
        push_plain(&mut out, c);
    }
    (join_broken_lines(&currency_to_e(&out)), cut)
}

fn push_plain(out: &mut String, c: char) {
    match c {
        // Bold, italic and sans letters that stand for emphasis: runs of 52 ASCII letters each.
        '\u{1D400}'..='\u{1D6A3}' => {
            let place = (u32::from(c) - 0x1D400) % 52;
            let code = if place < 26 { u32::from('A') + place } else { u32::from('a') + place - 26 };
            out.extend(char::from_u32(code));
        }
        '\u{FF01}'..='\u{FF5E}' => out.extend(char::from_u32(u32::from(c) - 0xFEE0)),
        'ﬁ' => out.push_str("fi"),
        'ﬂ' => out.push_str("fl"),
        '\u{308}' | '\u{30A}' | '\u{301}' => compose(out, c),
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{2060}' | '_' | '\r' => {}
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\t' => out.push(' '),
        '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{B}' | '\u{C}' => out.push('\n'),
        '‐'..='―' | '−' => out.push('-'),
        '‚' | '、' | '،' => out.push(','),
        '’' | '‘' | '´' | '`' => out.push('\''),
        c => out.push(c),
    }
}

/// Joins a combining accent with the letter before it, for the letters of our languages.
fn compose(out: &mut String, accent: char) {
    let Some(base) = out.chars().next_back() else { return };
    let composed = match (base, accent) {
        ('a', '\u{308}') => 'ä',
        ('A', '\u{308}') => 'Ä',
        ('o', '\u{308}') => 'ö',
        ('O', '\u{308}') => 'Ö',
        ('u', '\u{308}') => 'ü',
        ('U', '\u{308}') => 'Ü',
        ('a', '\u{30A}') => 'å',
        ('A', '\u{30A}') => 'Å',
        ('e', '\u{301}') => 'é',
        ('E', '\u{301}') => 'É',
        _ => return,
    };
    out.pop();
    out.push(composed);
}

/// Reads `£471` and `€471` as the E numbers they were printed as.
fn currency_to_e(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let digit_next = chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if matches!(c, '£' | '€') && digit_next { 'E' } else { c });
    }
    out
}

fn join_broken_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("-\n") {
        let before = &rest[..at];
        let after = rest[at + 2..].trim_start_matches([' ', '\n']);
        let word: String = after.chars().take_while(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
        let hangs = CONJUNCTIONS.contains(&word.as_str());
        let joins = before.chars().next_back().is_some_and(char::is_alphabetic) && !word.is_empty() && !hangs;
        out.push_str(before);
        if !joins {
            out.push_str(if hangs { "- " } else { "-\n" });
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands for a sign between two words that keeps them from being one name.
pub(super) const SIGN: &str = "&";

/// Cuts text into words of letters and digits, and the signs that part them.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find(char::is_alphanumeric).map(|at| from + at) {
        let length = text[start..].find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len() - start);
        if let Some(last) = found.last().map(|last| last.end).filter(|last| parts(&text[*last..start])) {
            found.push(Token { key: SIGN.to_owned(), start: last, end: start, dash: false });
        }
        let end = start + length;
        let dash = text[end..].starts_with('-');
        found.push(Token { key: lower(&text[start..end]), start, end, dash });
        from = end;
    }
    found
}

/// Whether what stands between two words parts them: `/ & +` and the like, or a hyphen with a space on either side.
fn parts(between: &str) -> bool {
    between.contains(['/', '\\', '&', '+', '=', '<', '>', '~', '|', ';']) || between.contains(" - ")
}

/// In lower case; most words need no table for it.
pub(super) fn lower(word: &str) -> String {
    if word.is_ascii() { word.to_ascii_lowercase() } else { word.to_lowercase() }
}

/// The words of a text in lower case, joined by single spaces.
pub(super) fn lower_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&lower(word));
    }
    out
}

/// Drops the accents that a reader most often loses. Expects lower case.
pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'å' | 'ä' | 'á' | 'à' | 'â' | 'ã' | 'ą' => out.push('a'),
            'ö' | 'ø' | 'ó' | 'ò' | 'ô' => out.push('o'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' => out.push('e'),
            'ü' | 'ú' | 'ù' | 'û' => out.push('u'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ñ' | 'ń' => out.push('n'),
            'ç' | 'ć' => out.push('c'),
            'š' | 'ś' => out.push('s'),
            'ž' | 'ź' | 'ż' => out.push('z'),
            'ł' => out.push('l'),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            c => out.push(c),
        }
    }
    out
}

/// Unifies the letters and digits that readers take for one another. Expects folded text.
pub(super) fn shape(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            'l' | '1' | 'j' => 'i',
            '0' => 'o',
            '5' => 's',
            '8' => 'b',
            c => c,
        })
        .collect()
}

/// The letters of a word as a set of bits; letters that share a bit only let more through.
pub(super) fn letter_set(folded: &str) -> u32 {
    folded.bytes().fold(0, |set, byte| set | 1 << (byte % 32))
}

/// Whether two sets of letters can belong to words so few edits apart: an edit adds or takes away at most one letter.
pub(super) fn may_be_near(left: u32, right: u32, limit: usize) -> bool {
    (left & !right).count_ones().max((right & !left).count_ones()) <= limit as u32
}

/// Edit distance (Levenshtein) in characters, or `None` beyond `limit`.
pub(super) fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    apart(&left, &right, limit)
}

/// The same of letters.
pub(super) fn apart<T: PartialEq>(left: &[T], right: &[T], limit: usize) -> Option<usize> {
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
        if row.iter().min().is_some_and(|least| *least > limit) {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_broken_at_a_lines_end_are_joined_but_enumerations_keep_their_hyphen() {
        assert_eq!(clean("palm-\nolja").0, "palmolja");
        assert_eq!(clean("KONSERVERINGS-\n  MEDEL").0, "KONSERVERINGSMEDEL");
        assert_eq!(clean("mono-\noch diglycerider").0, "mono- och diglycerider");
    }

    #[test]
    fn emphasis_and_odd_letters_become_plain() {
        assert_eq!(clean("_mjölk_ 𝗺𝗶𝗹𝗸 a\u{308}gg £471").0, "mjölk milk ägg E471");
    }

    #[test]
    fn a_text_beyond_the_limit_is_said_to_be_cut() {
        assert!(clean(&"a".repeat(MAX_CHARS + 1)).1);
        assert!(!clean(&"å".repeat(MAX_CHARS)).1);
    }

    #[test]
    fn distance_counts_edits_up_to_its_limit() {
        assert_eq!(distance("vassle", "vasle", 1), Some(1));
        assert_eq!(distance("vassle", "vasal", 1), None);
        assert_eq!(distance("ost", "ost", 0), Some(0));
    }
}
