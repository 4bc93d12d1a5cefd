//! List text into a tree of names: commas, nested brackets (repaired where unbalanced), quantities dropped.

use super::name::is_code;

/// Most names of one list; what comes after is said to be cut.
pub(super) const MAX_ITEMS: usize = 300;
/// Deepest nesting that is kept; deeper brackets count as commas.
const MAX_DEPTH: usize = 12;

/// A name with what stands in brackets behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub name: String,
    pub children: Vec<Node>,
    /// A colon follows: the next names are its members.
    pub heads: bool,
    /// The footnote's mark at its end: `**`, `¹`.
    pub mark: String,
}

/// A list, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    pub nodes: Vec<Node>,
    /// Every bracket has its partner.
    pub balanced: bool,
    /// The text breaks off inside a name, or there were too many names.
    pub cut: bool,
}

/// Takes a list apart.
pub(super) fn parse(text: &str) -> Parsed {
    let lines_separate = !text.contains([',', ';', '•', '·']);
    let mut reader = Reader { chars: text.chars().collect(), at: 0, lines_separate, balanced: true, count: 0 };
    let mut nodes = Vec::new();
    while reader.at < reader.chars.len() && reader.count < MAX_ITEMS {
        nodes.append(&mut reader.level(0));
    }
    let tail = text.trim_end();
    let cut = reader.at < reader.chars.len() || tail.ends_with([',', '-', '(', '[', ':', ';', '&', '/']);
    Parsed { nodes, balanced: reader.balanced, cut }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    lines_separate: bool,
    balanced: bool,
    count: usize,
}

impl Reader {
    fn level(&mut self, depth: usize) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut node = Node::default();
        while let Some(c) = self.chars.get(self.at).copied() {
            if self.count >= MAX_ITEMS {
                break;
            }
            self.at += 1;
            match c {
                '(' | '[' | '{' if depth < MAX_DEPTH => node.children.append(&mut self.level(depth + 1)),
                ')' | ']' | '}' => {
                    self.finish(&mut nodes, &mut node, false);
                    self.balanced &= depth > 0;
                    return nodes;
                }
                ',' if self.decimal() => node.name.push(','),
                ',' | ';' | '•' | '·' | '|' | '(' | '[' | '{' => self.finish(&mut nodes, &mut node, false),
                '\n' if self.lines_separate => self.finish(&mut nodes, &mut node, false),
                ':' => {
                    let heads = !self.share_follows();
                    self.finish(&mut nodes, &mut node, heads);
                }
                '\n' => node.name.push(' '),
                c => node.name.push(c),
            }
        }
        self.finish(&mut nodes, &mut node, false);
        self.balanced &= depth == 0;
        nodes
    }

    /// A comma between digits is a decimal one, unless an E number stands before it.
    fn decimal(&self) -> bool {
        let digit = |at: Option<usize>| at.and_then(|at| self.chars.get(at)).is_some_and(char::is_ascii_digit);
        let before = self.chars[..self.at.saturating_sub(1)].iter().rev().take_while(|c| c.is_ascii_digit()).count();
        digit(Some(self.at)) && (1..3).contains(&before)
    }

    /// A share of a name (`Kakao: 20 %`) makes no heading of it.
    fn share_follows(&self) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let number = rest.iter().take_while(|c| c.is_ascii_digit() || " ,.".contains(**c)).count();
        rest.get(number) == Some(&'%') && rest[..number].iter().any(char::is_ascii_digit)
    }

    fn finish(&mut self, nodes: &mut Vec<Node>, node: &mut Node, heads: bool) {
        let mut done = std::mem::take(node);
        done.mark = mark_at_end(&done.name);
        done.name = tidy(&done.name);
        done.heads = heads;
        let code = is_code(&done.name);
        if done.name.chars().any(char::is_alphabetic) || code {
            self.count += 1;
            nodes.push(done);
        } else if let Some(last) = nodes.last_mut().filter(|_| !done.children.is_empty()) {
            last.children.append(&mut done.children);
        } else {
            nodes.append(&mut done.children);
        }
    }
}

/// Signs that point to a footnote.
pub(super) const MARKS: [char; 12] = ['*', '†', '‡', '°', '¹', '²', '³', '⁴', '⁵', '⁶', '#', '^'];

/// The footnote's mark behind the last letter of a name.
fn mark_at_end(name: &str) -> String {
    let end = name.char_indices().rev().find(|(_, c)| c.is_alphabetic() || *c == ')');
    let rest = end.map_or("", |(at, c)| &name[at + c.len_utf8()..]);
    rest.chars().filter(|c| MARKS.contains(c)).collect()
}

/// A name without percentages, footnote marks and stray punctuation.
fn tidy(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '%' => {
                let kept = out.trim_end_matches(|c: char| c.is_ascii_digit() || " ,.<>~≈≥≤-".contains(c)).len();
                out.truncate(kept);
                out.push(' ');
            }
            '"' | '®' | '™' => {}
            c if MARKS.contains(&c) => {}
            c => out.push(c),
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ").trim_matches(|c: char| !c.is_alphanumeric() && c != '-').trim_start_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(nodes: &[Node]) -> Vec<String> {
        let show = |node: &Node| match node.children.as_slice() {
            [] => node.name.clone(),
            children => format!("{}[{}]", node.name, names(children).join("+")),
        };
        nodes.iter().map(show).collect()
    }

    #[test]
    fn brackets_nest_and_quantities_go() {
        let parsed = parse("Kex 12,5 % (vetemjöl, fett [palm, raps]), salt 1,2%, (E 124, 122)");
        assert_eq!(names(&parsed.nodes), ["Kex[vetemjöl+fett[palm+raps]]", "salt[E 124+122]"]);
        assert!(parsed.balanced);
    }

    #[test]
    fn unbalanced_brackets_are_repaired_and_said() {
        let open = parse("socker (rör, salt");
        assert!(!open.balanced);
        assert_eq!(names(&open.nodes), ["socker[rör+salt]"]);
        let closed = parse("socker), salt");
        assert!(!closed.balanced);
        assert_eq!(names(&closed.nodes), ["socker", "salt"]);
    }

    #[test]
    fn lines_separate_only_where_there_are_no_commas() {
        assert_eq!(names(&parse("socker\nsalt").nodes), ["socker", "salt"]);
        assert_eq!(names(&parse("krossade\ntomater, salt").nodes), ["krossade tomater", "salt"]);
    }

    #[test]
    fn a_list_that_breaks_off_is_cut() {
        assert!(parse("socker, salt,").cut);
        assert!(!parse("socker, salt.").cut);
    }
}
