//! Label text into sections: lists, traces, statements, and the rest.

use super::phrases::{Announces, Hit, Phrases};
use super::text::{CONJUNCTIONS, tokens};

/// What a section of a label holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// An ingredient list under its heading.
    List,
    /// Sentences after the list's end: perhaps the list goes on.
    After,
    /// What may be in it by accident.
    Trace,
    /// A statement of what is in it.
    Contains,
    /// Advice to people with allergies.
    Advice,
    /// Titles, advice, addresses.
    Elsewhere,
}

/// A section of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub holds: Holds,
    pub text: String,
    /// The list's end was seen: a full stop, or other text after it.
    pub closed: bool,
    /// Begins in the middle of a list, which may go on within it.
    pub inside: bool,
}

/// Abbreviations after which a full stop ends nothing.
const ABBREVIATIONS: [&str; 40] = [
    "bl",
    "inkl",
    "mod",
    "modif",
    "past",
    "konc",
    "kons",
    "stabil",
    "förtjockn",
    "surhetsreg",
    "surhedsreg",
    "konserv",
    "fortykn",
    "antiox",
    "stab",
    "veg",
    "emulg",
    "ekol",
    "min",
    "max",
    "ca",
    "t",
    "resp",
    "evtl",
    "incl",
    "conc",
    "approx",
    "bzw",
    "mind",
    "e",
    "vit",
    "nat",
    "pulv",
    "ev",
    "osv",
    "m",
    "f",
    "kl",
    "ink",
    "sis",
];

/// Divides cleaned text.
pub(super) fn split(phrases: &Phrases, text: &str) -> Vec<Section> {
    let hits = relevant(text, phrases.find(text, &tokens(text)));
    let mut out: Vec<Section> = Vec::new();
    let first = hits.first().map_or(text.len(), |hit| hit.start);
    push(&mut out, Holds::Elsewhere, &text[..first], true);
    for (place, hit) in hits.iter().enumerate() {
        let end = hits.get(place + 1).map_or(text.len(), |next| next.start);
        take(&mut out, text, *hit, end);
    }
    out
}

/// Divides typed text that has no heading: it is a list from its first word.
pub(super) fn split_headless(phrases: &Phrases, text: &str) -> Vec<Section> {
    split(phrases, &format!("Ingredients: {text}"))
}

/// Whether a byte stands inside brackets that are closed later.
fn bracketed(text: &str, at: usize) -> bool {
    let open = text[..at].chars().rev().take(300).fold((0i32, false), |(closed, inside), c| match c {
        ')' | ']' | '}' => (closed + 1, inside),
        '(' | '[' | '{' if closed > 0 => (closed - 1, inside),
        '(' | '[' | '{' => (closed, true),
        _ => (closed, inside),
    });
    open.1 && text[at..].chars().take(300).any(|c| matches!(c, ')' | ']' | '}'))
}

/// Drops hits that announce nothing where they stand: a statement inside brackets, a weak heading once a list began.
fn relevant(text: &str, hits: Vec<Hit>) -> Vec<Hit> {
    let strong = hits.iter().any(|hit| matches!(hit.announces, Announces::Heading | Announces::OtherHeading));
    let mut stated: Option<Hit> = None;
    hits.into_iter()
        .filter(|hit| {
            // After a comma, "contains" ends a statement of something else; within a list it is a word of the list.
            let spoken = |last: Hit| {
                matches!(last.announces, Announces::Trace | Announces::Absence)
                    && sentence(&text[last.end..hit.start]).1.is_empty()
            };
            let inline = text[..hit.start].trim_end().ends_with(',') && hit.announces == Announces::Contains;
            let kept = !inline || stated.is_some_and(spoken);
            stated = if kept { Some(*hit) } else { stated };
            kept
        })
        .filter(|hit| hit.announces == Announces::Trace || !bracketed(text, hit.start))
        .map(|hit| {
            let weak = strong && hit.announces == Announces::Weak;
            if weak { Hit { announces: Announces::Contains, ..hit } } else { hit }
        })
        .collect()
}

fn take(out: &mut Vec<Section>, text: &str, hit: Hit, end: usize) {
    let region = &text[hit.end..end];
    let more = end < text.len();
    match hit.announces {
        Announces::Heading | Announces::Weak | Announces::OtherHeading => {
            let region = region.strip_prefix(language_tag(region)).unwrap_or(region);
            let (list, rest) = sentence(region);
            push(
                out,
                Holds::List,
                list.trim_start_matches([':', ' ', '-']),
                more || list.len() < region.trim_end().len(),
            );
            if let Some(last) = out.last_mut() {
                last.closed |= list.trim_end().ends_with(['.', '!']);
            }
            after(out, rest);
        }
        Announces::Trace if bracketed(text, hit.start) => {
            let close = region.find([')', ']', '}']).unwrap_or(region.len());
            push(out, Holds::Trace, &region[..close], true);
            // Another bracket opens before this one closes: its own end was lost.
            mark_inside(out, region[..close].contains(['(', '[', '{']));
            let (list, rest) = sentence(&region[close..]);
            resume(out, list, more || list.len() < region[close..].trim_end().len() || list.trim_end().ends_with('.'));
            after(out, rest);
        }
        Announces::Trace => {
            let (stated, rest) = torn(region, sentence(region));
            let (stated, more) = stated.split_once(';').unwrap_or((stated, ""));
            let inside = amid_list(out, &text[..hit.start]);
            push(out, Holds::Trace, stated, true);
            mark_inside(out, inside);
            after(out, more);
            after(out, rest);
        }
        Announces::Contains | Announces::Advice => {
            let (stated, rest) = sentence(region);
            let advice = hit.announces == Announces::Advice;
            push(out, if advice { Holds::Advice } else { Holds::Contains }, stated, true);
            after(out, rest);
        }
        Announces::Absence => {
            let (stated, rest) = sentence(region);
            push(out, Holds::Contains, contrast(stated), true);
            after(out, rest);
        }
        Announces::Stop => push(out, Holds::Elsewhere, region, true),
    }
}

/// The tag of its language behind a heading: `Ingredienser (SE):`.
fn language_tag(region: &str) -> &str {
    let tag = region.find(')').map_or("", |end| &region[..=end]);
    let inside = tag.trim_start().strip_prefix('(').unwrap_or_default().trim_end_matches(')');
    let short = inside.split('/').all(|part| (2..=3).contains(&part.len()) && part.chars().all(char::is_alphabetic));
    if short { tag } else { "" }
}

/// A trace's sentence that a line's end tore in two: what goes on with "and" belongs to it.
fn torn<'a>(region: &'a str, (stated, rest): (&'a str, &'a str)) -> (&'a str, &'a str) {
    let next = rest.trim_start();
    let word = next.split_whitespace().next().unwrap_or_default();
    if !CONJUNCTIONS.contains(&word) {
        return (stated, rest);
    }
    let more = rest.len() - next.len() + sentence(next).0.len();
    region.split_at(stated.len() + more)
}

/// Whether what stands before a trace is a list that has not ended.
fn amid_list(out: &[Section], before: &str) -> bool {
    let listed = out.iter().any(|section| section.holds == Holds::List);
    let line = before.trim_end_matches([' ', '*', '"']).ends_with('\n');
    let last = before.trim_end_matches(|c: char| c.is_whitespace() || "*\"".contains(c)).chars().next_back();
    listed && !matches!(last, None | Some('.' | '!' | '?' | ':')) && (!line || matches!(last, Some(',' | ';' | '(')))
}

fn mark_inside(out: &mut [Section], inside: bool) {
    if let Some(trace) = out.last_mut().filter(|section| section.holds == Holds::Trace) {
        trace.inside |= inside;
    }
}

/// What a statement of absence says is there after all: `inte nötter men mjölk`.
fn contrast(stated: &str) -> &str {
    let turns = [";", " men ", " but ", " aber ", " mutta ", " sondern "];
    let first = turns.iter().filter_map(|turn| stated.find(turn).map(|at| at + turn.len())).min();
    first.map_or("", |at| &stated[at..])
}

/// A list goes on after a remark in brackets.
fn resume(out: &mut [Section], text: &str, closed: bool) {
    if let Some(list) = out.iter_mut().rev().find(|section| section.holds == Holds::List) {
        list.text.push_str(text);
        list.closed = closed;
    }
}

fn after(out: &mut Vec<Section>, rest: &str) {
    let listed = out.iter().any(|section| section.holds == Holds::List);
    push(out, if listed { Holds::After } else { Holds::Elsewhere }, rest, true);
}

fn push(out: &mut Vec<Section>, holds: Holds, text: &str, closed: bool) {
    if text.chars().any(char::is_alphanumeric) || holds == Holds::List {
        out.push(Section { holds, text: text.to_owned(), closed, inside: false });
    }
}

/// Cuts after the first sentence: at a full stop that ends one, outside brackets that are closed later.
pub(super) fn sentence(text: &str) -> (&str, &str) {
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let gap = text[end..].chars().next().is_none_or(char::is_whitespace);
        let stops = matches!(c, '.' | '!') && gap && !abbreviated(&text[..at]) && !bracketed(text, at);
        if stops {
            return text.split_at(end);
        }
    }
    (text, "")
}

fn abbreviated(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    ABBREVIATIONS.contains(&word.as_str())
}
