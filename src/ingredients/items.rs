//! The tree of a list into judged items: classes dropped, enumerations spread, what is in brackets weighed.

use super::lexicon::{Concept, Kind, LONGEST_WORD, Languages};
use super::list::Node;
use super::name::{Knowledge, MAX_WORDS, is_code, judge};
use super::text::{CONJUNCTIONS, SIGN, Token, tokens};
use super::walk::Finding;
use crate::domain::{DecidedBy, Match, Status};

/// A judged item of a list.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    /// Verbatim.
    pub name: String,
    /// The words of it that decide, verbatim.
    pub deciding: String,
    pub status: Status,
    pub how: Option<Match>,
    pub by: Option<DecidedBy>,
    pub concept: Option<&'a Concept>,
    /// The name is that concept and nothing more.
    pub whole: bool,
    /// Uncertain only because its origin is not named.
    pub open_origin: bool,
    pub plant: bool,
}

impl<'a> Item<'a> {
    pub(super) fn new(name: &str, finding: &Finding<'a>) -> Self {
        Self {
            name: name.to_owned(),
            deciding: finding.said.and_then(|(start, end)| name.get(start..end)).unwrap_or(name).to_owned(),
            status: finding.status,
            how: finding.how,
            by: finding.by,
            concept: finding.concept,
            whole: finding.whole,
            open_origin: finding.open_origin,
            plant: finding.plant,
        }
    }
}

/// What the next names borrow from a class named before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    None,
    /// `B12` is a vitamin.
    Vitamins,
    /// `120` is an E number.
    Additives,
}

impl Class {
    /// The class that a node's name opens for its members.
    fn of(know: Knowledge<'_>, name: &str) -> Self {
        if is_vitamin(name) {
            Self::Vitamins
        } else if judge(know, name).bare == Some(Kind::Role) || ends_in_additive(name) {
            Self::Additives
        } else {
            Self::None
        }
    }

    /// A member's full name, if it borrows from the class.
    fn member(self, name: &str) -> Option<String> {
        match self {
            Self::Vitamins => is_vitamin_code(name).then(|| format!("vitamin {name}")),
            Self::Additives => is_code(name).then(|| format!("E{name}")),
            Self::None => None,
        }
    }
}

fn ends_in_additive(name: &str) -> bool {
    let code = name.trim_end_matches(|c| matches!(c, 'a'..='g'));
    let digits = code.trim_end_matches(|c: char| c.is_ascii_digit());
    is_code(&code[digits.len()..]) && digits.trim_end_matches([' ', '-', '.']).ends_with(['E', 'e'])
}

/// Judges the nodes of a list, in label order.
pub(super) fn judge_all<'a>(know: Knowledge<'a>, nodes: &[Node]) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    let mut class = Class::None;
    let mut heading = None;
    for node in nodes {
        let member = class.member(&node.name);
        let begun = out.len();
        visit(know, node, member.as_deref().unwrap_or(&node.name), &mut out);
        settle_heading(&mut out, heading, begun);
        heading = (node.heads && out.len() == begun + 1).then_some(begun);
        let opens = Class::of(know, &node.name);
        let goes_on = node.heads || ends_in_additive(&node.name) || names_vitamin(&node.name);
        let opens = if goes_on { opens } else { Class::None };
        class = if member.is_some() { class } else { opens };
    }
    out
}

/// `Hülle: Calciumalginat`: a prepared food or a hull before a colon is what follows it, which is judged for itself.
fn settle_heading(items: &mut [Item<'_>], heading: Option<usize>, begun: usize) {
    let (before, members) = items.split_at_mut(begun);
    let Some(item) = heading.and_then(|at| before.get_mut(at)) else { return };
    let open = item.status == Status::Uncertain && item.whole && item.concept.is_some_and(holds_others);
    if open && !members.is_empty() && members.iter().all(|member| member.status == Status::Vegan) {
        (item.status, item.by, item.open_origin) = (Status::Vegan, Some(DecidedBy::LabelText), false);
    }
}

/// Hulls of open origin.
const HULLS: [&str; 2] = ["open_casing", "capsule"];

fn holds_others(concept: &Concept) -> bool {
    concept.kind == Kind::Composite || HULLS.contains(&concept.id())
}

fn is_vitamin(name: &str) -> bool {
    let name = name.to_lowercase();
    ["vitamin", "vitamii", "witamin"].iter().any(|word| name.starts_with(word))
}

/// `vitamin A`, `vitamines B2`: others may follow by their letters alone.
fn names_vitamin(name: &str) -> bool {
    is_vitamin(name) && name.split_once(' ').is_some_and(|(_, code)| is_vitamin_code(code))
}

/// `B12`, `D2 og E`: the letters of vitamins and nothing else.
fn is_vitamin_code(name: &str) -> bool {
    let letter = |word: &Token| {
        let (first, rest) = word.key.split_at_checked(1).unwrap_or_default();
        matches!(first, "a" | "b" | "c" | "d" | "e" | "h" | "k")
            && rest.len() <= 2
            && rest.bytes().all(|b| b.is_ascii_digit())
    };
    let words = tokens(name);
    let link = |word: &Token| word.key == SIGN || CONJUNCTIONS.contains(&word.key.as_str());
    words.first().is_some_and(letter) && words.iter().all(|word| letter(word) || link(word))
}

fn visit<'a>(know: Knowledge<'a>, node: &Node, name: &str, out: &mut Vec<Item<'a>>) {
    let members = members(know, node);
    let finding = judge(know, name);
    match finding.bare {
        Some(Kind::Role) if node.heads || !members.is_empty() => out.extend(members),
        Some(Kind::Neutral) => out.extend(members),
        // A number alone, not behind an additive, is not known.
        _ if is_code(name) => out.push(Item::new(name, &finding)),
        _ if node.children.is_empty() => match spread(know, name, &finding) {
            Some(mut parts) => out.append(&mut parts),
            None => out.push(Item::new(name, &finding)),
        },
        _ => {
            out.push(weigh(know, node, Item::new(name, &finding), &members));
            out.extend(members);
        }
    }
}

/// The judged members in a node's brackets, without remarks: words of origin, roman numerals of an E number.
fn members<'a>(know: Knowledge<'a>, node: &Node) -> Vec<Item<'a>> {
    let class = Class::of(know, &node.name);
    let mut own = Class::None;
    let mut out = Vec::new();
    for child in &node.children {
        let roman = child.name.chars().all(|c| matches!(c, 'i' | 'v' | 'x'));
        if (roman && !child.name.is_empty()) || (child.children.is_empty() && is_remark(know, &child.name)) {
            continue;
        }
        let all_short = || tokens(&child.name).iter().all(|word| word.key.chars().count() <= 3);
        let listed = (class == Class::Vitamins && all_short()).then(|| format!("vitamin {}", child.name));
        let expanded = class.member(&child.name).or(listed).or_else(|| own.member(&child.name));
        visit(know, child, expanded.as_deref().unwrap_or(&child.name), &mut out);
        if ends_in_additive(&child.name) {
            own = Class::Additives;
        }
    }
    out
}

pub(super) fn is_remark(know: Knowledge<'_>, name: &str) -> bool {
    let kinds = [Kind::PlantOrigin, Kind::VeganOrigin, Kind::MicrobialOrigin, Kind::Neutral, Kind::From];
    judge(know, name).bare.is_some_and(|kind| kinds.contains(&kind))
}

/// What stands in brackets settles a thing of open origin and replaces what is not known; never what is animal.
fn weigh<'a>(know: Knowledge<'a>, node: &Node, mut item: Item<'a>, members: &[Item<'a>]) -> Item<'a> {
    if item.status == Status::Vegan {
        return item;
    }
    let remarks: Vec<&str> = node.children.iter().map(|c| c.name.as_str()).filter(|n| is_remark(know, n)).collect();
    if !remarks.is_empty() {
        let told = judge(know, &format!("{} {}", remarks.join(" "), node.name));
        if told.status == Status::Vegan {
            return Item { by: Some(DecidedBy::LabelText), ..Item::new(&node.name, &told) };
        }
    }
    if item.status == Status::NonVegan {
        return item;
    }
    let settled = match members {
        [] => return item,
        [only] => only.plant && (item.open_origin || is_dough(&item, only) || is_caramel(&item, only)),
        many => !know.lexicon_hides_animal(&item) && many.iter().all(|m| m.status == Status::Vegan),
    };
    let animal = members.iter().find(|m| m.status == Status::NonVegan);
    if let Some(animal) = animal {
        (item.status, item.concept, item.how) = (Status::NonVegan, animal.concept, animal.how);
        item.deciding.clone_from(&animal.deciding);
        (item.by, item.whole, item.open_origin) = (Some(DecidedBy::LabelText), false, false);
    } else if settled {
        (item.status, item.how, item.open_origin) = (Status::Vegan, item.how.or(Some(Match::Exact)), false);
        item.by = Some(DecidedBy::LabelText);
    }
    item
}

/// `pasta (durumvete)`: a dough whose sub-list names its grain alone; egg would have to stand there too.
fn is_dough(item: &Item<'_>, only: &Item<'_>) -> bool {
    let pasta = item.concept.is_some_and(|concept| concept.id() == "pasta");
    pasta && item.whole && only.whole && only.status == Status::Vegan && only.concept.is_some_and(|grain| grain.base)
}

/// `caramel (E150d)`: the number says that the colour is meant, not the sweet.
fn is_caramel(item: &Item<'_>, only: &Item<'_>) -> bool {
    let id = |item: &Item<'_>| item.concept.map_or("", Concept::id).to_owned();
    id(item) == "caramel" && id(only).starts_with("e150")
}

impl Knowledge<'_> {
    /// An unknown name that holds an animal's is not settled by what stands in its brackets.
    fn lexicon_hides_animal(&self, item: &Item<'_>) -> bool {
        let endless = || tokens(&item.name).iter().any(|word| word.key.len() > LONGEST_WORD);
        item.status == Status::Unknown && (self.animal_in(&item.name).is_some() || endless())
    }

    /// An animal's name within the words of a name.
    pub(super) fn animal_in(&self, name: &str) -> Option<&Concept> {
        tokens(name).iter().find_map(|word| self.lexicon.animal_root(&word.key, Languages::ALL))
    }
}

/// `tomater och lök`, `vitamin A och D`, `soya / milk`: items of their own, where each of them is known.
fn spread<'a>(know: Knowledge<'a>, name: &str, finding: &Finding<'a>) -> Option<Vec<Item<'a>>> {
    let words = tokens(name);
    if finding.whole || words.len() > MAX_WORDS || words.iter().any(|word| word.dash) {
        return None;
    }
    let segments: Vec<&[Token]> = words.split(|word| know.kind(&word.key) == Some(Kind::Link)).collect();
    let vitamins = is_vitamin(name);
    let parts = segments.iter().map(|segment| {
        let part = name.get(segment.first()?.start..segment.last()?.end)?;
        let lone = vitamins && part.chars().count() <= 3;
        let part = if lone { format!("vitamin {part}") } else { part.to_owned() };
        let finding = judge(know, &part);
        let known = finding.concept.is_some() && finding.status != Status::Unknown;
        (known && finding.by == Some(DecidedBy::Lexicon)).then(|| Item::new(&part, &finding))
    });
    (segments.len() > 1).then(|| parts.collect()).flatten()
}
