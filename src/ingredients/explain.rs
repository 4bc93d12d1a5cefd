//! Each step of a judgement, in words for the people who tend the lexicon: sections, names, words, meanings, verdict.

use std::fmt::Write as _;

use super::lexicon::{Languages, Seen};
use super::list::{Node, parse};
use super::name::{Knowledge, judge, steps};
use super::sections::{Holds, Section};
use super::{Engine, Evidence, Wishes, gather, sections, text};
use crate::domain::Language;

/// Explains how a label, a list or a name is judged for someone who asks in a language.
#[must_use]
pub fn explain(engine: &Engine, label: &str, language: Language) -> String {
    let inner = engine.now();
    let (clean, _) = text::clean(label);
    let mut sections = sections::split(&inner.phrases, &clean);
    if !sections.iter().any(|section| section.holds == Holds::List) {
        sections = sections::split_headless(&inner.phrases, &clean);
    }
    let read = gather::detect(&inner.lexicon, &clean, language).unwrap_or(language);
    let seen = Seen::default();
    let languages = Languages::only(read);
    let know = Knowledge { lexicon: &inner.lexicon, seen: &seen, policies: &inner.policies, languages };
    let mut out = format!("read as {}\n", read.tag());
    for section in &sections {
        describe(know, section, &mut out);
    }
    let evidence = Evidence::Typed { ingredients: &[], text: Some(label) };
    let verdict = engine.decide(&evidence, &Wishes { language, watched: &[], filmed: false });
    let _infallible = writeln!(out, "verdict: {}: {}", verdict.status.as_str(), verdict.reasoning);
    for item in &verdict.ingredients {
        let by = item.decided_by.map(|by| format!("{by:?}")).unwrap_or_default();
        let how = item.matched.map(|how| format!("{how:?}")).unwrap_or_default();
        let _infallible = writeln!(out, "  {:<10} {} [{by} {how}] {}", item.status.as_str(), item.name, item.reason);
    }
    for reason in &verdict.uncertain_reasons {
        let _infallible = writeln!(out, "  because: {reason}");
    }
    out
}

fn describe(know: Knowledge<'_>, section: &Section, out: &mut String) {
    let what = match section.holds {
        Holds::List => "list",
        Holds::After => "after the list",
        Holds::Trace => "traces",
        Holds::Contains => "statement",
        Holds::Advice => "advice",
        Holds::Elsewhere => "elsewhere",
    };
    let _infallible = writeln!(out, "{what}: {}", section.text.trim());
    if section.holds != Holds::Elsewhere {
        parse(&section.text).nodes.iter().for_each(|node| describe_node(know, node, 1, out));
    }
}

fn describe_node(know: Knowledge<'_>, node: &Node, depth: usize, out: &mut String) {
    let finding = judge(know, &node.name);
    let indent = "  ".repeat(depth);
    let bare = finding.bare.map(|kind| format!(" (words only: {kind:?})")).unwrap_or_default();
    let _infallible = writeln!(out, "{indent}{}: {}{bare}", node.name, finding.status.as_str());
    for step in steps(know, &node.name) {
        let _infallible = writeln!(out, "{indent}  {step}");
    }
    node.children.iter().for_each(|child| describe_node(know, child, depth + 1, out));
}
