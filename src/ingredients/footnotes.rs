//! Footnotes of a list: what a mark says, said of each name that carries it.

use super::items::is_remark;
use super::list::{MARKS, Node};
use super::name::{Knowledge, judge};
use crate::domain::Status;

/// Most footnotes of a label, and the longest text of one in characters: more is no footnote.
const MOST: usize = 8;
const LONGEST: usize = 120;

/// Puts what the footnotes in a text say into the brackets of the names that carry their marks: words of origin, and
/// animal things. Other remarks say nothing about what a name is.
pub(super) fn attach(know: Knowledge<'_>, text: &str, nodes: &mut [Node]) {
    if !nodes.iter().any(carries) {
        return;
    }
    let notes: Vec<(String, &str)> = notes(text).into_iter().filter(|(_, said)| tells(know, said)).collect();
    if !notes.is_empty() {
        add(&notes, nodes);
    }
}

fn carries(node: &Node) -> bool {
    !node.mark.is_empty() || node.children.iter().any(carries)
}

fn add(notes: &[(String, &str)], nodes: &mut [Node]) {
    for node in nodes {
        add(notes, &mut node.children);
        if let Some((_, said)) = notes.iter().find(|(mark, _)| *mark == node.mark) {
            node.children.push(Node { name: (*said).to_owned(), ..Node::default() });
        }
    }
}

fn tells(know: Knowledge<'_>, said: &str) -> bool {
    is_remark(know, said) || judge(know, said).status == Status::NonVegan
}

/// Each mark that stands before a word and not behind one, with the sentence that follows.
fn notes(text: &str) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(MARKS).filter(|_| found.len() < MOST) {
        let free = rest[..at].chars().next_back().is_none_or(|c| c.is_whitespace() || c == '.');
        let after = rest[at..].trim_start_matches(MARKS);
        let mark: String = rest[at..rest.len() - after.len()].to_owned();
        let said = after.split(|c| matches!(c, '.' | '\n' | ';') || MARKS.contains(&c)).next().unwrap_or_default();
        let said = said.trim_matches(|c: char| !c.is_alphanumeric());
        if free && said.chars().any(char::is_alphabetic) && said.chars().count() <= LONGEST {
            found.push((mark, said));
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::typed;
    use super::*;
    use crate::domain::Language;

    #[test]
    fn notes_are_found_by_the_marks_before_them() {
        let text = "oljor*, salt** (5 %). *Ekologisk. **Från havet\n¹ av raps";
        let found: Vec<_> = notes(text).into_iter().map(|(mark, said)| format!("{mark} {said}")).collect();
        assert_eq!(found, ["* Ekologisk", "** Från havet", "¹ av raps"]);
    }

    #[test]
    fn a_footnote_settles_the_names_that_carry_its_mark_alone() {
        let status = |text: &str| typed(text, Language::Sv).status;
        assert_eq!(status("Ingredienser: glycerol*, salt. *av vegetabiliskt ursprung."), Status::Vegan);
        assert_eq!(status("Ingredienser: glycerol, salt*. *av vegetabiliskt ursprung."), Status::Uncertain);
        assert_eq!(status("Ingredienser: glycerol**, salt. *av vegetabiliskt ursprung."), Status::Uncertain);
        assert_eq!(status("Ingredienser: E471*, salt. *Ekologisk."), Status::Uncertain);
    }
}
