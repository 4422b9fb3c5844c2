//! Columns and arrows.

use std::fmt::Write;

use super::{Ladder, Rung};

/// Widest a column gets; longer labels are cut.
const WIDEST: usize = 44;
/// Room for the time at the left.
const MARGIN: usize = 10;
/// Room for half a name left of the first vertical line.
const LEFT: usize = 6;

pub(super) fn arrows(ladder: &Ladder) -> String {
    let names = participants(ladder);
    let labels: Vec<String> = ladder.rungs.iter().map(|rung| label(&rung.text)).collect();
    let longest = labels.iter().map(|label| label.chars().count() + 4);
    let width = names.iter().map(|name| name.chars().count() + 2).chain(longest).max().unwrap_or(0).min(WIDEST);
    let mut text = String::new();
    let mut header = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let name = cut(name, width.saturating_sub(1));
        let middle = MARGIN + bar(width, column);
        put(&mut header, middle.saturating_sub(name.chars().count() / 2), &name);
    }
    push_line(&mut text, &header.into_iter().collect::<String>());
    for (index, (rung, label)) in ladder.rungs.iter().zip(&labels).enumerate() {
        let column = |name: &str| names.iter().position(|known| *known == name).unwrap_or(0);
        let (from, to) = (column(&rung.from), column(&rung.to));
        push_line(
            &mut text,
            &format!("{:>MARGIN$}{}", time(ladder, rung), labelled(names.len(), width, from, to, label)),
        );
        push_line(&mut text, &format!("{:MARGIN$}{}", "", arrow(names.len(), width, from, to)));
        if let Some(gap) = gap(ladder, index) {
            push_line(&mut text, &gap);
        }
    }
    text
}

pub(super) fn transcript(ladder: &Ladder) -> String {
    let mut text = arrows(ladder);
    for (index, rung) in ladder.rungs.iter().enumerate() {
        let _ = write!(text, "\n{} {} -> {}\n", time(ladder, rung).trim(), rung.from, rung.to);
        for line in rung.text.lines() {
            push_line(&mut text, &format!("    {line}"));
        }
        if let Some(gap) = gap(ladder, index) {
            push_line(&mut text, &gap);
        }
    }
    text
}

/// Everybody who sends or receives, in order of appearance.
fn participants(ladder: &Ladder) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in ladder.rungs.iter().flat_map(|rung| [rung.from.as_ref(), rung.to.as_ref()]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Seconds since the first message.
fn time(ladder: &Ladder, rung: &Rung) -> String {
    let start = ladder.rungs.first().map_or(rung.at, |first| first.at);
    let since = rung.at.saturating_since(start);
    format!("{}.{:03} ", since.as_secs(), since.subsec_millis())
}

/// What a message is, in a few words: `INVITE sip:44@example.com (SDP)`, `180 Ringing`.
fn label(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let words = match first.strip_prefix("SIP/2.0 ") {
        Some(status) => {
            let cseq = text.lines().find_map(|line| line.strip_prefix("CSeq: "));
            let method = cseq.and_then(|cseq| cseq.split_whitespace().nth(1)).unwrap_or_default();
            // The method says which request a response belongs to, where several are under way.
            format!("{status} {method}").trim_end().to_owned()
        }
        None => first.strip_suffix(" SIP/2.0").unwrap_or(first).to_owned(),
    };
    let described = text.lines().any(|line| line == "v=0");
    if described { format!("{words} (SDP)") } else { words }
}

/// Vertical lines with a label between two of them.
fn labelled(columns: usize, width: usize, from: usize, to: usize, label: &str) -> String {
    let mut row = bars(columns, width);
    let start = bar(width, from.min(to)) + 2;
    put(&mut row, start, &cut(label, (from.abs_diff(to).max(1) * width).saturating_sub(3)));
    row.into_iter().collect()
}

/// Vertical lines with an arrow between two of them.
fn arrow(columns: usize, width: usize, from: usize, to: usize) -> String {
    let mut row = bars(columns, width);
    let start = bar(width, from.min(to)) + 1;
    let length = (from.abs_diff(to) * width).saturating_sub(1);
    let shaft = "-".repeat(length.saturating_sub(1));
    match from.cmp(&to) {
        std::cmp::Ordering::Less => put(&mut row, start, &format!("{shaft}>")),
        std::cmp::Ordering::Greater => put(&mut row, start, &format!("<{shaft}")),
        std::cmp::Ordering::Equal => put(&mut row, start, "<-"),
    }
    row.into_iter().collect()
}

fn bars(columns: usize, width: usize) -> Vec<char> {
    let mut row = Vec::new();
    (0..columns).for_each(|column| put(&mut row, bar(width, column), "|"));
    row
}

/// Where the vertical line of a column is.
const fn bar(width: usize, column: usize) -> usize {
    LEFT + column * width
}

fn put(row: &mut Vec<char>, start: usize, text: &str) {
    for (offset, letter) in text.chars().enumerate() {
        match row.get_mut(start + offset) {
            Some(place) => *place = letter,
            None => {
                row.resize(start + offset, ' ');
                row.push(letter);
            }
        }
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn gap(ladder: &Ladder, index: usize) -> Option<String> {
    let (after, count) = ladder.gap?;
    (after == index + 1).then(|| format!("{:MARGIN$}… {count} messages left out …", ""))
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}
