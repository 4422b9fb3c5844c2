//! What somebody dialled, brought to one form.
//!
//! Phones, browsers and people write the same number in many ways: `0211 9000917`, `+49 (0)211/9000917`,
//! `tel:0211-9000917;phone-context=+49`, `sip:%2B492119000917@example.org`, full-width digits out of a table.
//! There is one verdict for all of them.

mod clean;

use std::fmt;

pub use crate::dial_plan::{DialPlan, Emergency};
use crate::e164::{E164, E164Error};
use crate::extension_number::{self, ExtensionNumber};
pub use clean::Typed;

/// What was dialled, after normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// An emergency service, by exactly its digits.
    Emergency(Emergency),
    /// A full telephone number.
    Number(E164),
    /// A few digits that are an extension or a number within the area; the account decides.
    Short(ShortCode),
}

/// One to eight digits without any prefix, perhaps with a star behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortCode {
    digits: clean::Digits,
    star: bool,
}

/// Why nothing can be reached by what was dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDialable {
    /// There is no digit in it.
    Empty,
    /// It is longer than any number.
    TooLong,
    /// It holds letters or signs that numbers do not have, or is no valid URI.
    Malformed,
    /// It ends before the number does: a prefix alone.
    Incomplete,
    /// It is a number within an area, but the area code is not known.
    AreaCodeMissing,
}

/// The most bytes that are looked at.
pub const MAX_LENGTH: usize = 256;
/// The most digits of a [`ShortCode`].
pub const MAX_SHORT_DIGITS: usize = 8;

impl fmt::Display for NotDialable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "there is no number",
            Self::TooLong => "this is longer than any telephone number",
            Self::Malformed => "this is not a telephone number",
            Self::Incomplete => "the number is incomplete",
            Self::AreaCodeMissing => "the area code is missing",
        })
    }
}

impl std::error::Error for NotDialable {}

impl Dialled {
    /// Reads a SIP user part, a `tel:`, `sip:` or `sips:` URI, or typed text.
    ///
    /// `area_code` completes numbers within the caller's area, with or without the trunk prefix (`211`, `0211`).
    ///
    /// # Errors
    /// See [`NotDialable`].
    pub fn normalise(raw: &str, plan: &DialPlan, area_code: Option<&str>) -> Result<Self, NotDialable> {
        Typed::read(raw)?.resolve(plan, area_code)
    }
}

impl Typed {
    /// The extension these digits are, if they could be one: `44` and `44*`, `07` too.
    #[must_use]
    pub fn extension(&self) -> Option<ExtensionNumber> {
        if self.plus || self.context.is_some() || self.digits.len() > extension_number::MAX_DIGITS {
            return None;
        }
        self.digits.as_str().parse().ok()
    }

    /// The verdict, by the rules of a country.
    ///
    /// # Errors
    /// See [`NotDialable`].
    pub fn resolve(&self, plan: &DialPlan, area_code: Option<&str>) -> Result<Dialled, NotDialable> {
        let digits = self.digits.as_str();
        if self.plus {
            return international(digits).map(Dialled::Number);
        }
        let context = self.context.as_ref().map(clean::Digits::as_str);
        let at_home = context.is_none_or(|context| plan.country_code() == context || is_at_home(plan, context));
        if at_home
            && !self.star
            && let Some(emergency) = plan.emergency(digits)
        {
            return Ok(Dialled::Emergency(emergency));
        }
        if self.star {
            return short(&self.digits, true);
        }
        match context.filter(|context| *context != plan.country_code()) {
            Some(context) => in_context(digits, context).map(Dialled::Number),
            None => self.at_home(plan, area_code),
        }
    }

    fn at_home(&self, plan: &DialPlan, area_code: Option<&str>) -> Result<Dialled, NotDialable> {
        let digits = self.digits.as_str();
        if let Some(number) = prefixed(digits, plan) {
            return number.map(Dialled::Number);
        }
        if digits.len() <= MAX_SHORT_DIGITS {
            return short(&self.digits, false);
        }
        let area_code = area_code.ok_or(NotDialable::AreaCodeMissing)?;
        in_area(digits, plan, area_code).map(Dialled::Number)
    }
}

impl ShortCode {
    /// The digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        self.digits.as_str()
    }

    /// Whether a star follows: then it is an extension and nothing else.
    #[must_use]
    pub fn star(&self) -> bool {
        self.star
    }

    /// The extension with these digits, unless none can have them.
    #[must_use]
    pub fn extension(&self) -> Option<ExtensionNumber> {
        self.digits().parse().ok()
    }

    /// The number with these digits within an area; `None` with a star or if it would not be a number.
    #[must_use]
    pub fn in_area(&self, plan: &DialPlan, area_code: &str) -> Option<E164> {
        if self.star { None } else { in_area(self.digits(), plan, area_code).ok() }
    }
}

fn short(digits: &clean::Digits, star: bool) -> Result<Dialled, NotDialable> {
    match digits.len() {
        0 => Err(NotDialable::Empty),
        1..=MAX_SHORT_DIGITS => Ok(Dialled::Short(ShortCode { digits: *digits, star })),
        _ => Err(NotDialable::Malformed),
    }
}

/// A number that shows by its prefix (or its length, where none is used) that it is more than a local one.
fn prefixed(digits: &str, plan: &DialPlan) -> Option<Result<E164, NotDialable>> {
    if let Some(rest) = digits.strip_prefix(plan.international_prefix()) {
        return Some(international(rest));
    }
    let trunk = plan.trunk_prefix();
    if !trunk.is_empty()
        && let Some(rest) = digits.strip_prefix(trunk)
    {
        // Where numbers are dialled bare too (North America), the prefix counts only before a whole number.
        if plan.written_prefix() == trunk || plan.is_bare_national(rest.len()) {
            return Some(national(rest, plan));
        }
    }
    plan.is_bare_national(digits.len()).then(|| national(digits, plan))
}

/// A number after `+` or the international prefix. A trunk prefix that slipped in behind the country code
/// (`+49 (0)211`) is dropped where that country's numbers never start with it.
fn international(digits: &str) -> Result<E164, NotDialable> {
    if let Some(plan) = DialPlan::for_number(digits)
        && !plan.written_prefix().is_empty()
        && let Some(national) = digits.strip_prefix(plan.country_code())
    {
        let significant = national.trim_start_matches(plan.trunk_prefix());
        if significant.is_empty() && !national.is_empty() {
            return Err(NotDialable::Incomplete);
        }
        if significant.len() < national.len() {
            return from_digits(&format!("{}{significant}", plan.country_code()));
        }
    }
    from_digits(digits)
}

/// A number of the plan's country.
fn national(digits: &str, plan: &DialPlan) -> Result<E164, NotDialable> {
    if digits.is_empty() {
        return Err(NotDialable::Incomplete);
    }
    international(&format!("{}{digits}", plan.country_code()))
}

/// A number of an area within the plan's country.
fn in_area(digits: &str, plan: &DialPlan, area_code: &str) -> Result<E164, NotDialable> {
    let area = area_code.strip_prefix(plan.trunk_prefix()).unwrap_or(area_code);
    if area.is_empty() {
        return Err(NotDialable::AreaCodeMissing);
    }
    national(&format!("{area}{digits}"), plan)
}

fn from_digits(digits: &str) -> Result<E164, NotDialable> {
    E164::from_digits(digits).map_err(|error| match error {
        E164Error::Length if digits.is_empty() => NotDialable::Incomplete,
        E164Error::Length => NotDialable::TooLong,
        E164Error::Plus | E164Error::Digits | E164Error::LeadingZero => NotDialable::Malformed,
    })
}

/// Whether a `phone-context` of digits lies in the plan's country.
fn is_at_home(plan: &DialPlan, context: &str) -> bool {
    context.starts_with(plan.country_code())
}

/// A local number in a global context (RFC 3966 section 5.1.5): `7042;phone-context=+1914555`.
fn in_context(digits: &str, context: &str) -> Result<E164, NotDialable> {
    if digits.is_empty() {
        return Err(NotDialable::Empty);
    }
    let there = DialPlan::for_number(context);
    match there.and_then(|plan| prefixed(digits, &plan)) {
        Some(number) => number,
        None => international(&format!("{context}{digits}")),
    }
}
