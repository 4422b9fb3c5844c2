//! Files of the repository, and Rust code with everything that is not product code blanked out.

use std::path::Path;

/// Folders that hold nothing of ours.
const NOT_OURS: [&str; 7] = ["target", ".git", "node_modules", "data", ".cargo-target", "corpus", "artifacts"];

/// A Rust file.
#[derive(Debug)]
pub struct Source {
    /// Relative to the root of the repository, with `/`.
    pub path: String,
    /// As written.
    pub text: String,
    /// The product code: comments, texts, characters and whatever is under `#[cfg(test)]` are blanked, lines stay
    /// where they are. Empty in a file of tests.
    pub product: String,
}

impl Source {
    /// Reads `path` under `root`.
    pub fn read(root: &Path, path: &str) -> Result<Self, String> {
        Ok(Self::new(path, read(root, path)?))
    }

    /// A file with this text.
    pub fn new(path: &str, text: String) -> Self {
        let product = if is_test_file(path) { String::new() } else { without_tests(&without_comments(&text)) };
        Self { path: path.to_owned(), text, product }
    }

    /// The folder under `crates/` that the file belongs to.
    pub fn crate_folder(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// The module the file is, as `crate::a::b`; only for files in a `src` folder.
    pub fn module(&self) -> Option<Vec<String>> {
        let (_, inside) = self.path.split_once("/src/")?;
        let mut module = vec!["crate".to_owned()];
        module.extend(inside.trim_end_matches(".rs").split('/').map(str::to_owned));
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        Some(module)
    }
}

/// The text of `path` under `root`.
pub fn read(root: &Path, path: &str) -> Result<String, String> {
    std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path} cannot be read: {error}"))
}

/// All files of the repository, relative to `root`, sorted.
pub fn walk(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
        for entry in entries {
            let entry = entry.map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // `metadata` would follow a link out of the repository.
            let kind = entry.file_type().map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            if kind.is_dir() && !NOT_OURS.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(relative) = path.strip_prefix(root)
            {
                found.push(relative.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "fuzz" | "tests.rs" | "testing.rs"))
}

/// Blanks comments, string and character literals. Lines stay where they are.
fn without_comments(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut index = 0;
    while index < letters.len() {
        let end = match (at(index), at(index + 1)) {
            ('/', '/') => until(&letters, index, |_, letter| letter == '\n'),
            ('/', '*') => block_comment_end(&letters, index),
            ('"', _) => string_end(&letters, index),
            ('r', '"' | '#') if !is_word(at(index.wrapping_sub(1))) || is_byte_prefix(&letters, index) => {
                raw_string_end(&letters, index).unwrap_or(index)
            }
            ('\'', _) => character_end(&letters, index).unwrap_or(index),
            _ => index,
        };
        if end == index {
            out.push(at(index));
            index += 1;
        } else {
            for letter in letters.get(index..end).unwrap_or_default() {
                out.push(if *letter == '\n' { '\n' } else { ' ' });
            }
            index = end;
        }
    }
    out
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Whether the `r` at `index` is the second letter of `br"` or `cr"`.
fn is_byte_prefix(letters: &[char], index: usize) -> bool {
    let before = |back: usize| index.checked_sub(back).and_then(|place| letters.get(place)).copied().unwrap_or('\0');
    matches!(before(1), 'b' | 'c') && !is_word(before(2))
}

fn until(letters: &[char], from: usize, found: impl Fn(usize, char) -> bool) -> usize {
    (from..letters.len())
        .find(|index| letters.get(*index).is_some_and(|letter| found(*index, *letter)))
        .unwrap_or(letters.len())
}

fn block_comment_end(letters: &[char], from: usize) -> usize {
    let (mut depth, mut index) = (0usize, from);
    while index < letters.len() {
        match (letters.get(index), letters.get(index + 1)) {
            (Some('/'), Some('*')) => {
                depth += 1;
                index += 2;
            }
            (Some('*'), Some('/')) => {
                depth -= 1;
                index += 2;
                if depth == 0 {
                    return index;
                }
            }
            _ => index += 1,
        }
    }
    letters.len()
}

fn string_end(letters: &[char], from: usize) -> usize {
    let mut index = from + 1;
    while let Some(letter) = letters.get(index) {
        match letter {
            '\\' => index += 2,
            '"' => return index + 1,
            _ => index += 1,
        }
    }
    letters.len()
}

fn raw_string_end(letters: &[char], from: usize) -> Option<usize> {
    let hashes = letters.get(from + 1..)?.iter().take_while(|letter| **letter == '#').count();
    let open = from + 1 + hashes;
    if letters.get(open) != Some(&'"') {
        return None;
    }
    let closing = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect::<Vec<_>>();
    let place =
        (open + 1..letters.len()).find(|index| letters.get(*index..*index + closing.len()) == Some(&closing))?;
    Some(place + closing.len())
}

/// The end of a character literal, or `None` for a lifetime.
fn character_end(letters: &[char], from: usize) -> Option<usize> {
    match (letters.get(from + 1)?, letters.get(from + 2)?) {
        ('\\', _) => Some(until(letters, from + 3, |_, letter| letter == '\'') + 1),
        (_, '\'') => Some(from + 3),
        _ => None,
    }
}

/// Blanks every item that stands under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(start) = out.get(from..).and_then(|rest| rest.find(MARK)).map(|place| from + place) {
        let end = item_end(&out, start + MARK.len());
        let blank: String = out
            .get(start..end)
            .unwrap_or_default()
            .chars()
            .map(|letter| if letter == '\n' { '\n' } else { ' ' })
            .collect();
        // Blanks are one byte each, so the length may shrink; what follows is found again from `start`.
        out.replace_range(start..end, &blank);
        from = start + blank.len();
    }
    out
}

/// Where the item that begins at `from` ends: after its `;`, or after the brace that closes its body.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0usize;
    for (offset, letter) in code.get(from..).unwrap_or_default().char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return from + offset + 1;
                }
            }
            ';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(text: &str) -> String {
        Source::new("crates/sip/src/lib.rs", text.to_owned()).product
    }

    #[test]
    fn comments_texts_and_characters_are_blank() {
        assert_eq!(product("a // b\nc"), "a     \nc");
        assert_eq!(product("a /* b /* c */ d\n */ e"), "a               \n    e");
        assert_eq!(product(r#"f("std::fs \" x", 'y', '\'', "z")"#), "f(              ,    ,     ,    )");
        assert_eq!(product("r#\"std::fs \" \"# + br\"x\""), "                + b    ");
        assert_eq!(product("fn f<'a>(x: &'a str) {}"), "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn tests_are_not_product() {
        let text = "use a;\n#[cfg(test)]\nmod tests {\n  fn f() { if x {} }\n}\nuse b;\n#[cfg(test)]\nuse c;\nuse d;";
        let left: Vec<String> = product(text).split_whitespace().map(str::to_owned).collect();
        assert_eq!(left.join(" "), "use a; use b; use d;");
        assert_eq!(product(text).lines().count(), text.lines().count());
        assert_eq!(Source::new("crates/sip/tests/x.rs", "use a;".to_owned()).product, "");
    }

    #[test]
    fn a_file_knows_its_module() {
        let module = |path: &str| Source::new(path, String::new()).module().map(|parts| parts.join("::"));
        assert_eq!(module("crates/office/src/numbers/http.rs").as_deref(), Some("crate::numbers::http"));
        assert_eq!(module("crates/office/src/numbers/mod.rs").as_deref(), Some("crate::numbers"));
        assert_eq!(module("crates/office/src/lib.rs").as_deref(), Some("crate"));
        assert_eq!(module("crates/sip/tests/x.rs"), None);
    }
}
