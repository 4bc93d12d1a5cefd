//! The tree of a list into judged items: classes dropped, enumerations spread, what is in brackets weighed.

use super::lexicon::{Concept, Kind};
use super::list::Node;
use super::name::{Finding, Knowledge, judge};
use super::text::tokens;
use crate::domain::{DecidedBy, Match, Status};

/// A judged item of a list.
#[derive(Debug, Clone)]
pub(super) struct Item<'a> {
    /// Verbatim.
    pub name: String,
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

/// Judges the nodes of a list, in label order.
pub(super) fn judge_all<'a>(know: Knowledge<'a>, nodes: &[Node]) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    let mut vitamins = false;
    for node in nodes {
        let named = if vitamins && node.name.chars().count() <= 3 {
            format!("vitamin {}", node.name)
        } else {
            node.name.clone()
        };
        vitamins = (vitamins && named != node.name) || (node.heads && is_vitamin(&node.name));
        visit(know, node, &named, &mut out);
    }
    out
}

fn is_vitamin(name: &str) -> bool {
    name.to_lowercase().starts_with("vitamin")
}

fn visit<'a>(know: Knowledge<'a>, node: &Node, name: &str, out: &mut Vec<Item<'a>>) {
    let members = members(know, node);
    let finding = judge(know, name);
    match finding.bare {
        Some(Kind::Role) if node.heads || !members.is_empty() => out.extend(members),
        Some(Kind::Neutral) => out.extend(members),
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
    let prefix = if is_vitamin(&node.name) { "vitamin " } else { "" };
    let mut out = Vec::new();
    for child in &node.children {
        let roman = child.name.chars().all(|c| matches!(c, 'i' | 'v' | 'x'));
        if (roman && !child.name.is_empty()) || (child.children.is_empty() && is_remark(know, &child.name)) {
            continue;
        }
        let short = !prefix.is_empty() && child.name.chars().count() <= 3;
        let expanded = if short { format!("{prefix}{}", child.name) } else { child.name.clone() };
        let shared = tokens(&child.name);
        if !prefix.is_empty() && !short && shared.iter().all(|t| t.key.chars().count() <= 3) {
            visit(know, child, &format!("{prefix}{}", child.name), &mut out);
        } else {
            visit(know, child, &expanded, &mut out);
        }
    }
    out
}

fn is_remark(know: Knowledge<'_>, name: &str) -> bool {
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
        [only] => item.open_origin && only.plant,
        many => !know.lexicon_hides_animal(&item) && many.iter().all(|m| m.status == Status::Vegan),
    };
    let animal = members.iter().find(|m| m.status == Status::NonVegan);
    if let Some(animal) = animal {
        (item.status, item.concept, item.how) = (Status::NonVegan, animal.concept, animal.how);
        (item.by, item.whole, item.open_origin) = (Some(DecidedBy::LabelText), false, false);
    } else if settled {
        (item.status, item.how, item.open_origin) = (Status::Vegan, item.how.or(Some(Match::Exact)), false);
        item.by = Some(DecidedBy::LabelText);
    }
    item
}

impl Knowledge<'_> {
    /// An unknown name that holds an animal's is not settled by what stands in its brackets.
    fn lexicon_hides_animal(&self, item: &Item<'_>) -> bool {
        item.status == Status::Unknown && self.animal_in(&item.name).is_some()
    }

    /// An animal's name within the words of a name.
    pub(super) fn animal_in(&self, name: &str) -> Option<&Concept> {
        tokens(name).iter().find_map(|word| self.lexicon.animal_root(&word.key))
    }
}

/// `tomater och lök`, `vitamin A och D`: items of their own, where each of them is known.
fn spread<'a>(know: Knowledge<'a>, name: &str, finding: &Finding<'a>) -> Option<Vec<Item<'a>>> {
    let words = tokens(name);
    let link = words.iter().position(|word| {
        know.lexicon.exact(&word.key, know.languages).is_some_and(|concept| concept.kind == Kind::Link)
    })?;
    if finding.whole || words.iter().any(|word| word.dash) || link == 0 || link + 1 >= words.len() {
        return None;
    }
    let first = name[..words[link].start].trim();
    let rest = name[words[link].end..].trim();
    let lone = is_vitamin(first) && rest.chars().count() <= 3;
    let rest = if lone { format!("vitamin {rest}") } else { rest.to_owned() };
    let (left, right) = (judge(know, first), judge(know, &rest));
    let known = |finding: &Finding<'_>| finding.concept.is_some() && finding.status != Status::Unknown;
    let same = left.by == Some(DecidedBy::Lexicon) && right.by == Some(DecidedBy::Lexicon);
    (known(&left) && known(&right) && same).then(|| {
        let mut parts = vec![Item::new(first, &left)];
        match spread(know, &rest, &right) {
            Some(mut more) => parts.append(&mut more),
            None => parts.push(Item::new(&rest, &right)),
        }
        parts
    })
}
