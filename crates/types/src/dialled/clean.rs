//! From bytes on the wire or in a text field to plain digits.

use super::{MAX_LENGTH, NotDialable};

/// What was typed, freed from URI syntax and everything that is only there for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed {
    pub(super) plus: bool,
    pub(super) digits: Digits,
    pub(super) star: bool,
    /// The digits of a global `phone-context`; a domain as context says nothing new and is dropped.
    pub(super) context: Option<Digits>,
}

/// Up to 24 ASCII digits, held in place.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Digits {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl Digits {
    /// International prefix and E.164 number need 18.
    const MAX: usize = 24;

    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..usize::from(self.len)).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }

    fn push(&mut self, digit: u8) -> Result<(), NotDialable> {
        *self.bytes.get_mut(usize::from(self.len)).ok_or(NotDialable::TooLong)? = digit;
        self.len += 1;
        Ok(())
    }
}

impl std::fmt::Debug for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Typed {
    /// Takes a SIP user part, a `tel:`, `sip:` or `sips:` URI, or typed text apart.
    ///
    /// # Errors
    /// [`NotDialable`], except [`NotDialable::Incomplete`] and [`NotDialable::AreaCodeMissing`].
    pub fn read(raw: &str) -> Result<Self, NotDialable> {
        if raw.len() > MAX_LENGTH {
            return Err(NotDialable::TooLong);
        }
        let mut parts = user_part(raw.trim())?.split(';');
        let mut typed = subscriber(parts.next().unwrap_or(""))?;
        for parameter in parts {
            // The other parameters (RFC 3966 section 3: isub, ext, future ones) do not change whom a number reaches.
            if let Some((name, value)) = parameter.split_once('=')
                && name.trim().eq_ignore_ascii_case("phone-context")
            {
                typed.add_context(value)?;
            }
        }
        Ok(typed)
    }

    fn add_context(&mut self, value: &str) -> Result<(), NotDialable> {
        let mut buffer = [0; MAX_LENGTH];
        let value = percent_decode(value, &mut buffer)?.trim();
        if !value.starts_with(['+', '＋']) {
            return Ok(());
        }
        let context = subscriber(value)?;
        let differs = self.context.is_some_and(|earlier| earlier != context.digits);
        if context.star || differs || context.digits.as_str().starts_with('0') {
            return Err(NotDialable::Malformed);
        }
        self.context = Some(context.digits);
        Ok(())
    }
}

/// The part that says who: without scheme, password, host and URI parameters.
fn user_part(text: &str) -> Result<&str, NotDialable> {
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) => (Some(scheme.trim()), rest.trim_start()),
        None => (None, text),
    };
    let is = |wanted: &str| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(wanted));
    if is("tel") {
        // Headers are not part of a tel URI, but some phones append them.
        return Ok(rest.split('?').next().unwrap_or(""));
    }
    if is("sip") || is("sips") {
        let (user, _host) = rest.split_once('@').ok_or(NotDialable::Malformed)?;
        return Ok(user.split(':').next().unwrap_or(""));
    }
    if scheme.is_some() {
        return Err(NotDialable::Malformed);
    }
    Ok(text.split_once('@').map_or(text, |(user, _host)| user))
}

/// The digits of a subscriber number with or without plus sign, perhaps a star behind.
fn subscriber(text: &str) -> Result<Typed, NotDialable> {
    let mut buffer = [0; MAX_LENGTH];
    let mut typed = Typed { plus: false, digits: Digits::default(), star: false, context: None };
    for character in percent_decode(text, &mut buffer)?.chars() {
        match meaning(character) {
            Meaning::Separator => {}
            Meaning::Plus if !typed.plus && typed.digits.len() == 0 && !typed.star => typed.plus = true,
            Meaning::Digit(digit) if !typed.star => typed.digits.push(digit)?,
            Meaning::Star if !typed.star && !typed.plus && typed.digits.len() > 0 => typed.star = true,
            _ => return Err(NotDialable::Malformed),
        }
    }
    if typed.digits.len() == 0 && !typed.plus { Err(NotDialable::Empty) } else { Ok(typed) }
}

enum Meaning {
    Digit(u8),
    Plus,
    Star,
    Separator,
    Nonsense,
}

fn meaning(character: char) -> Meaning {
    match character {
        '0'..='9' | '０'..='９' => {
            // Both runs start at a multiple of sixteen, so the low four bits are the value.
            Meaning::Digit(b'0' + u8::try_from(u32::from(character) & 0xf).unwrap_or(0))
        }
        '+' | '＋' => Meaning::Plus,
        '*' | '＊' => Meaning::Star,
        // RFC 3966 section 5.1.1 and what people write instead.
        '-' | '.' | '(' | ')' | '/' | '－' | '．' | '（' | '）' | '／' => Meaning::Separator,
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Meaning::Separator,
        // Marks that come along when a number is copied out of a contact list.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            Meaning::Separator
        }
        _ if character.is_whitespace() => Meaning::Separator,
        _ => Meaning::Nonsense,
    }
}

/// Decodes `%XX` once (RFC 3986 section 2.1). The result must be UTF-8 again.
fn percent_decode<'a>(text: &'a str, buffer: &'a mut [u8; MAX_LENGTH]) -> Result<&'a str, NotDialable> {
    if !text.contains('%') {
        return Ok(text);
    }
    let mut length = 0;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let decoded = if byte == b'%' {
            let mut hex = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
            let (high, low) = (hex().ok_or(NotDialable::Malformed)?, hex().ok_or(NotDialable::Malformed)?);
            u8::try_from(high * 16 + low).map_err(|_| NotDialable::Malformed)?
        } else {
            byte
        };
        *buffer.get_mut(length).ok_or(NotDialable::TooLong)? = decoded;
        length += 1;
    }
    buffer.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).ok_or(NotDialable::Malformed)
}
