//! Which paths a piece of code names: `use` trees spelled out, and paths in between, with aliases followed.

use std::collections::BTreeMap;

/// A path that the code names, absolute as far as the file itself tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// For example `["std", "net", "UdpSocket"]`; a glob ends in `*`.
    pub path: Vec<String>,
    /// Where.
    pub line: usize,
}

impl Named {
    /// The path as written in code.
    pub fn text(&self) -> String {
        self.path.join("::")
    }

    /// Whether the path is `pattern` or lies under it.
    pub fn is_under(&self, pattern: &str) -> bool {
        pattern.split("::").enumerate().all(|(index, part)| self.path.get(index).is_some_and(|own| own == part))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Colons,
    Other(char),
}

/// Every path in `code`, which must be free of comments and texts. `module` resolves `self` and `super`.
pub fn named(code: &str, module: &[String]) -> Vec<Named> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut aliases: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut rest: Vec<(usize, usize, Vec<String>)> = Vec::new();
    // Modules written out inside the file, with the depth of their braces.
    let mut module = module.to_vec();
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0usize;
    let mut index = 0;
    while let Some((token, _)) = tokens.get(index) {
        match token {
            Token::Word(word) if word == "use" => {
                index = use_tree(&tokens, index + 1, Vec::new(), &module, &mut found, &mut aliases);
                continue;
            }
            Token::Word(word) if word == "mod" => {
                if let (Some((Token::Word(name), _)), Some((Token::Other('{'), _))) =
                    (tokens.get(index + 1), tokens.get(index + 2))
                {
                    module.push(name.clone());
                    depth += 1;
                    inline.push(depth);
                    index += 2;
                }
            }
            Token::Word(_) => {
                let end = path_end(&tokens, index);
                rest.push((index, end, module.clone()));
                index = end;
            }
            Token::Other('{') => depth += 1,
            Token::Other('}') => {
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
                depth = depth.saturating_sub(1);
            }
            Token::Colons | Token::Other(_) => {}
        }
        index += 1;
    }
    for (start, end, module) in rest {
        let words: Vec<String> = words(&tokens, start, end);
        let Some((first, after)) = words.split_first() else { continue };
        let line = tokens.get(start).map_or(0, |(_, line)| *line);
        let path = match aliases.get(first) {
            Some(target) => target.iter().chain(after).cloned().collect(),
            None if words.len() > 1 => absolute(words, &module),
            None => continue,
        };
        found.push(Named { path, line });
    }
    found
}

fn tokens(code: &str) -> Vec<(Token, usize)> {
    let mut out = Vec::new();
    let mut line = 1;
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            line += 1;
        } else if letter.is_alphabetic() || letter == '_' {
            let mut word = String::from(letter);
            while let Some(next) = letters.next_if(|next| next.is_alphanumeric() || *next == '_') {
                word.push(next);
            }
            out.push((Token::Word(word), line));
        } else if letter == ':' && letters.next_if_eq(&':').is_some() {
            out.push((Token::Colons, line));
        } else if !letter.is_whitespace() {
            out.push((Token::Other(letter), line));
        }
    }
    out
}

/// Reads a `use` tree from `index`, and returns where it ended.
fn use_tree(
    tokens: &[(Token, usize)],
    mut index: usize,
    mut path: Vec<String>,
    module: &[String],
    found: &mut Vec<Named>,
    aliases: &mut BTreeMap<String, Vec<String>>,
) -> usize {
    let mut alias = None;
    let mut line = 0;
    loop {
        match tokens.get(index) {
            Some((Token::Word(word), at)) if word == "as" => {
                if let Some((Token::Word(name), _)) = tokens.get(index + 1) {
                    alias = Some(name.clone());
                }
                line = *at;
                index += 2;
            }
            Some((Token::Word(word), at)) => {
                path.push(word.clone());
                line = *at;
                index += 1;
            }
            Some((Token::Other('*'), at)) => {
                path.push("*".to_owned());
                line = *at;
                index += 1;
            }
            Some((Token::Colons, _)) => index += 1,
            Some((Token::Other('{'), _)) => {
                index += 1;
                while !matches!(tokens.get(index), None | Some((Token::Other('}'), _))) {
                    index = use_tree(tokens, index, path.clone(), module, found, aliases);
                    if matches!(tokens.get(index), Some((Token::Other(','), _))) {
                        index += 1;
                    }
                }
                return index + 1;
            }
            _ => break,
        }
    }
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    let path = absolute(path, module);
    if let Some(name) = alias.or_else(|| path.last().cloned()) {
        aliases.insert(name, path.clone());
    }
    if !path.is_empty() {
        found.push(Named { path, line });
    }
    index
}

fn path_end(tokens: &[(Token, usize)], start: usize) -> usize {
    let mut end = start;
    while matches!(tokens.get(end + 1), Some((Token::Colons, _)))
        && matches!(tokens.get(end + 2), Some((Token::Word(_), _)))
    {
        end += 2;
    }
    end
}

fn words(tokens: &[(Token, usize)], start: usize, end: usize) -> Vec<String> {
    tokens
        .get(start..=end)
        .unwrap_or_default()
        .iter()
        .filter_map(|(token, _)| match token {
            Token::Word(word) => Some(word.clone()),
            _ => None,
        })
        .collect()
}

/// Resolves leading `self` and `super` against `module`.
fn absolute(path: Vec<String>, module: &[String]) -> Vec<String> {
    let mut base = module.to_vec();
    let mut rest = path.iter().peekable();
    match rest.peek().map(|word| word.as_str()) {
        Some("self") => {
            rest.next();
        }
        Some("super") => {
            while rest.next_if(|word| *word == "super").is_some() {
                base.pop();
            }
        }
        _ => return path,
    }
    base.extend(rest.cloned());
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, expect: &[&str]) {
        let module: Vec<String> = ["crate", "numbers", "http"].map(str::to_owned).to_vec();
        let found: Vec<String> = named(code, &module).iter().map(Named::text).collect();
        assert_eq!(found, expect, "{code}");
    }

    #[test]
    fn use_trees_are_spelled_out() {
        check(
            "use std::{fs, net::{TcpStream as T, UdpSocket}};",
            &["std::fs", "std::net::TcpStream", "std::net::UdpSocket"],
        );
        check("pub(crate) use super::model::*;", &["crate::numbers::model::*"]);
        check("use super::super::users;", &["crate::users"]);
        check("use a::{self, b::self};", &["a", "a::b"]);
    }

    #[test]
    fn aliases_are_followed() {
        check("use std::net; fn f() { net::UdpSocket::bind(x) }", &["std::net", "std::net::UdpSocket::bind"]);
        check("use std::net::UdpSocket as Pipe; fn f(p: Pipe) {}", &["std::net::UdpSocket", "std::net::UdpSocket"]);
    }

    #[test]
    fn paths_in_between_are_seen() {
        check(
            "fn f() -> std::io::Result<()> { self::g(); super::store::find() }",
            &["std::io::Result", "crate::numbers::http::g", "crate::numbers::store::find"],
        );
    }

    #[test]
    fn modules_inside_the_file_count() {
        check("mod rows { use super::*; } use super::model;", &["crate::numbers::http::*", "crate::numbers::model"]);
        check(
            "fn f() {} mod a { mod b { fn g() { super::h() } } } use super::c;",
            &["crate::numbers::c", "crate::numbers::http::a::h"],
        );
    }

    #[test]
    fn a_path_lies_under_another_by_whole_words() {
        let named = Named { path: ["std", "net", "UdpSocket"].map(str::to_owned).to_vec(), line: 1 };
        assert!(named.is_under("std::net") && named.is_under("std::net::UdpSocket") && !named.is_under("std::ne"));
    }
}
