//! `;name=value` lists, as URIs and header values carry them.

use std::borrow::Cow;

use super::grammar::{is_token, quoted_end, trim};
use super::invalid::Invalid;
use super::limits;

/// Parameters as they were written. Names compare without case; a name that comes twice counts once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params<'a>(&'a str);

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// Its name as written.
    pub name: &'a str,
    /// Its value as written, with quotes and escapes; `None` for a flag such as `lr`.
    pub value: Option<&'a str>,
}

impl<'a> Params<'a> {
    /// Views text of the form `;a=b;c`. Nothing is checked: what cannot be read is skipped.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Checks that every parameter has a token for a name that no other has (RFC 3261 section 7.3.1) and a
    /// value without control characters, and that there are not too many.
    pub(crate) fn check(self) -> Result<Self, Invalid> {
        let mut count = 0;
        let all = trim(self.0);
        let mut rest = all;
        while !rest.is_empty() {
            let after = rest.strip_prefix(';').ok_or(Invalid("a parameter does not start with a semicolon"))?;
            let (param, tail) = split(after).ok_or(Invalid("a quoted string does not end"))?;
            let Param { name, value } = Param::read(param);
            if name.is_empty() || !name.bytes().all(is_parameter_byte) {
                return Err(Invalid("a parameter has no proper name"));
            }
            if value.is_some_and(|value| !is_value(value)) {
                return Err(Invalid("a parameter has no proper value"));
            }
            // Whoever takes the first of two and whoever takes the last would see different things.
            let before = all.get(..all.len() - rest.len()).unwrap_or_default();
            if Params(before).has(name) {
                return Err(Invalid("a parameter comes twice"));
            }
            count += 1;
            if count > limits::PARAMETERS {
                return Err(Invalid("there are too many parameters"));
            }
            rest = tail;
        }
        Ok(self)
    }

    /// The value of the parameter `name`: `None` if it is absent, an empty text if it has no value.
    #[must_use]
    pub fn value(self, name: &str) -> Option<&'a str> {
        self.find(name).map(|param| param.value.unwrap_or_default())
    }

    /// The value of the parameter `name` without quotes and escapes.
    #[must_use]
    pub fn unquoted(self, name: &str) -> Option<Cow<'a, str>> {
        self.value(name).map(unquote)
    }

    /// Whether the parameter `name` is there, with or without a value.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(mut self, name: &str) -> Option<Param<'a>> {
        Iterator::find(&mut self, |param| param.name.eq_ignore_ascii_case(name))
    }

    /// The text as it was written, with its leading semicolon.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        loop {
            let after = trim(self.0).strip_prefix(';')?;
            let (param, tail) = split(after).unwrap_or((after, ""));
            self.0 = tail;
            let param = Param::read(param);
            if !param.name.is_empty() {
                return Some(param);
            }
        }
    }
}

impl<'a> Param<'a> {
    /// Takes `name = value` apart.
    fn read(text: &'a str) -> Self {
        match text.bytes().position(|byte| byte == b'=').and_then(|equals| text.split_at_checked(equals)) {
            Some((name, value)) => Self { name: trim(name), value: Some(trim(value.get(1..).unwrap_or_default())) },
            None => Self { name: trim(text), value: None },
        }
    }
}

/// Splits before the next semicolon outside quotes. `None` if a quoted string does not end.
fn split(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = quoted_end(bytes, at)?,
            b';' => return text.split_at_checked(at),
            _ => at += 1,
        }
    }
    Some((text, ""))
}

/// `token` and what `paramchar` adds to it (RFC 3261 section 25.1).
fn is_parameter_byte(byte: u8) -> bool {
    super::grammar::is_token_byte(byte) || matches!(byte, b'[' | b']' | b'/' | b':' | b'&' | b'$' | b'(' | b')')
}

/// A quoted string, or anything without blanks, quotes, brackets of URIs and separators.
fn is_value(value: &str) -> bool {
    match value.as_bytes() {
        bytes @ [b'"', ..] => quoted_end(bytes, 0) == Some(bytes.len()),
        bytes => !bytes.iter().any(|byte| matches!(byte, 0..=b' ' | 127 | b'"' | b'<' | b'>' | b',' | b';')),
    }
}

/// Takes the quotes and backslashes off a quoted string; other text stays as it is.
#[must_use]
pub fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut plain = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// Writes a text as a quoted string. Control characters cannot be written and become spaces.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Adds `;name=value`, quoting the value if it is not a token. A name that is not a token adds nothing.
pub(crate) fn push_param(out: &mut String, name: &str, value: Option<&str>) {
    if !is_token(name.as_bytes()) {
        return;
    }
    out.push(';');
    out.push_str(name);
    if let Some(value) = value {
        out.push('=');
        if is_token(value.as_bytes()) { out.push_str(value) } else { push_quoted(out, value) }
    }
}
