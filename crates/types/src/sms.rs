//! Text messages: how many parts a text takes, who may be written to, and who may be named as the sender.
//!
//! A part carries 140 bytes (3GPP TS 23.040 section 9.2.3.24.1). Text of the GSM alphabet (3GPP TS 23.038 section 6.2.1)
//! takes 7 bits a character, any other text 16 bits a UTF-16 unit. Where several parts belong together, 6 bytes of
//! each say so.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::dial_plan::DialPlan;
use crate::e164::E164;

/// Most parts of a text.
pub const MAX_PARTS: usize = 10;
/// Most characters of a sender that is no number.
pub const MAX_SENDER: usize = 11;

/// How the characters of a text travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// The GSM default alphabet with its extension: 7 bits a character, 14 for one of the extension.
    Gsm7,
    /// UTF-16 units: everything else.
    Ucs2,
}

impl Alphabet {
    /// The one a text needs.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.chars().all(|c| septets(c).is_some()) { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// How much fits into the only part of a text, in units of [`Self::units`].
    #[must_use]
    pub const fn alone(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// How much fits into one of several parts.
    #[must_use]
    pub const fn together(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }

    /// What a character takes: septets, or UTF-16 units.
    #[must_use]
    pub fn units(self, c: char) -> usize {
        match self {
            Self::Gsm7 => septets(c).map_or(1, |(escaped, _)| if escaped { 2 } else { 1 }),
            Self::Ucs2 => c.len_utf16(),
        }
    }

    /// The text as bytes: a septet in a byte each, or UTF-16 with the high byte first.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Gsm7 => text.chars().filter_map(septets).fold(Vec::new(), |mut bytes, (escaped, code)| {
                if escaped {
                    bytes.push(ESCAPE);
                }
                bytes.push(code);
                bytes
            }),
            Self::Ucs2 => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// What stands before a character of the extension.
const ESCAPE: u8 = 0x1b;

/// The alphabet in the order of its codes; the place of the escape is held by a NUL, which no text has.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\0ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];

/// The code of a character of the GSM alphabet, and whether it is one of the extension.
fn septets(c: char) -> Option<(bool, u8)> {
    if c == '\0' {
        return None;
    }
    if let Some((_, code)) = EXTENSION.iter().find(|(extended, _)| *extended == c) {
        return Some((true, *code));
    }
    BASIC.chars().position(|basic| basic == c).and_then(|code| u8::try_from(code).ok()).map(|code| (false, code))
}

/// A text cut into the parts in which it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// How it travels.
    pub alphabet: Alphabet,
    /// The parts, in order; put together they are the text. No character is torn.
    pub parts: Vec<&'a str>,
}

/// Why a text cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Nothing in it, or nothing to see.
    Empty,
    /// More than [`MAX_PARTS`] parts.
    TooLong,
    /// It holds a NUL, at which many phones end the text.
    Nul,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no text"),
            Self::TooLong => write!(f, "the text takes more than {MAX_PARTS} parts"),
            Self::Nul => f.write_str("the text holds a NUL character"),
        }
    }
}

impl std::error::Error for TextError {}

/// Cuts a text into parts.
///
/// # Errors
/// See [`TextError`].
pub fn cut(text: &str) -> Result<Parts<'_>, TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    // No character takes less than a unit, so what is this long needs no counting.
    if text.len() > MAX_PARTS * Alphabet::Gsm7.together() * 3 {
        return Err(TextError::TooLong);
    }
    if text.contains('\0') {
        return Err(TextError::Nul);
    }
    let alphabet = Alphabet::of(text);
    let units: usize = text.chars().map(|c| alphabet.units(c)).sum();
    if units <= alphabet.alone() {
        return Ok(Parts { alphabet, parts: vec![text] });
    }
    let (mut parts, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        if parts.len() == MAX_PARTS {
            return Err(TextError::TooLong);
        }
        let (part, after) = rest.split_at(fitting(rest, alphabet));
        parts.push(part);
        rest = after;
    }
    Ok(Parts { alphabet, parts })
}

/// How many bytes of the text fit into one of several parts.
fn fitting(text: &str, alphabet: Alphabet) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += alphabet.units(c);
        if used > alphabet.together() {
            return at;
        }
    }
    text.len()
}

/// Who is named as the sender: a number, or a short name that nobody can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A telephone number.
    Number(E164),
    /// 1 to 11 letters, digits, spaces and `-._&`, at least one a letter.
    Name(String),
}

/// Why a text cannot be a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderError;

impl fmt::Display for SenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a sender is a number like +493023125000, or 1 to {MAX_SENDER} letters (a to z), digits, spaces or -._& with a letter among them"
        )
    }
}

impl std::error::Error for SenderError {}

impl FromStr for Sender {
    type Err = SenderError;

    fn from_str(text: &str) -> Result<Self, SenderError> {
        if text.starts_with('+') {
            return text.parse().map(Self::Number).map_err(|_| SenderError);
        }
        let is_fit = (1..=MAX_SENDER).contains(&text.len())
            && text.trim() == text
            && text.chars().all(|c| c.is_ascii_alphanumeric() || " -._&".contains(c))
            && text.chars().any(|c| c.is_ascii_alphabetic());
        if is_fit { Ok(Self::Name(text.to_owned())) } else { Err(SenderError) }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => fmt::Display::fmt(number, f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Serialize for Sender {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sender {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Fewest digits after the country code of a number that can be written to; what is shorter is a service of some network.
const FEWEST_DIGITS: usize = 6;
/// German services behind which nobody reads, or which cost whoever writes to them: directory enquiries, mass traffic,
/// premium rate.
const GERMAN_SERVICES: [&str; 3] = ["118", "137", "900"];

/// Whether a message may be sent to a number: not to emergency services (nobody reads there), nor to short codes and
/// services of the plan's country.
#[must_use]
pub fn is_recipient(number: E164) -> bool {
    let digits = number.digits();
    let Some(plan) = DialPlan::for_number(&digits) else { return digits.len() > FEWEST_DIGITS + 1 };
    let national = digits.strip_prefix(plan.country_code()).unwrap_or(&digits);
    let is_service = plan.country() == "DE" && GERMAN_SERVICES.iter().any(|service| national.starts_with(service));
    national.len() >= FEWEST_DIGITS && plan.emergency(national).is_none() && !is_service
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_alphabet_has_its_codes() {
        let codes = |text: &str| Alphabet::Gsm7.encode(text);
        assert_eq!(BASIC.chars().count(), 128);
        assert_eq!(codes("@Aaà€"), [0x00, 0x41, 0x61, 0x7f, 0x1b, 0x65]);
        assert_eq!(codes("ÄÖÜäöüß\n"), [0x5b, 0x5c, 0x5e, 0x7b, 0x7c, 0x7e, 0x1e, 0x0a]);
        assert_eq!(Alphabet::Ucs2.encode("é😀"), [0x00, 0xe9, 0xd8, 0x3d, 0xde, 0x00]);
    }

    #[test]
    fn a_text_takes_as_many_parts_as_it_needs() {
        let parts = |text: &str| cut(text).map(|cut| (cut.alphabet, cut.parts.len()));
        let (gsm, ucs) = (Alphabet::Gsm7, Alphabet::Ucs2);
        for (text, expect) in [
            ("a".repeat(160), Ok((gsm, 1))),
            ("a".repeat(161), Ok((gsm, 2))),
            ("a".repeat(306), Ok((gsm, 2))),
            ("ä".repeat(307), Ok((gsm, 3))),
            ("€".repeat(80), Ok((gsm, 1))),
            // An escape and its character stay together: 76 of them fit into 153 septets.
            ("€".repeat(153), Ok((gsm, 3))),
            ("ł".repeat(70), Ok((ucs, 1))),
            ("ł".repeat(71), Ok((ucs, 2))),
            ("😀".repeat(35), Ok((ucs, 1))),
            ("😀".repeat(36), Ok((ucs, 2))),
            ("😀".repeat(67), Ok((ucs, 3))),
            ("a".repeat(1530), Ok((gsm, 10))),
            ("a".repeat(1531), Err(TextError::TooLong)),
            ("ł".repeat(670), Ok((ucs, 10))),
            ("ł".repeat(671), Err(TextError::TooLong)),
            (" \n".to_owned(), Err(TextError::Empty)),
            ("a\0b".to_owned(), Err(TextError::Nul)),
            ("a".repeat(1_000_000), Err(TextError::TooLong)),
        ] {
            assert_eq!(parts(&text), expect, "{} of {:?}", text.chars().count(), text.chars().next());
        }
    }

    #[test]
    fn a_sender_is_a_number_or_a_short_name() {
        for text in ["Ringwerk", "A", "Praxis Dr. B", "+493023125000"] {
            let sender: Result<Sender, _> = text.parse();
            assert_eq!(sender.is_ok(), text.len() < 12 || text.starts_with('+'), "{text}");
        }
        for text in ["", " A", "12345", "Ringwerk GmbH", "Bäcker", "+", "a\r\nb"] {
            assert!(text.parse::<Sender>().is_err(), "{text}");
        }
    }

    #[test]
    fn nobody_writes_to_emergency_services_and_short_codes() {
        for (number, expect) in [
            ("+491701234567", true),
            ("+493023125000", true),
            ("+49110", false),
            ("+49112", false),
            ("+4911833", false),
            ("+49900123456", false),
            ("+491375000000", false),
            ("+4911880000", false),
            ("+1911", false),
            ("+12125550123", true),
            ("+33112", false),
            ("+6591234567", true),
            ("+65995", false),
        ] {
            assert_eq!(is_recipient(number.parse().unwrap()), expect, "{number}");
        }
    }
}
