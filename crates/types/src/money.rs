//! Amounts of money: whole minor units (cents) of a currency. Never a floating-point number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! currencies {
    ($($code:ident $digits:literal,)*) => {
        /// A currency, by its ISO 4217 code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[allow(clippy::upper_case_acronyms, missing_docs)]
        pub enum Currency { $($code,)* }

        impl Currency {
            /// Every currency there is.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The ISO 4217 code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// How many decimal digits its minor unit has (ISO 4217).
            #[must_use]
            pub fn digits(self) -> u32 {
                match self { $(Self::$code => $digits,)* }
            }
        }
    };
}

currencies! {
    EUR 2, BGN 2, CHF 2, CZK 2, DKK 2, GBP 2, HUF 2, ISK 0, JPY 0, NOK 2, PLN 2, RON 2, SEK 2, USD 2,
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Not the ISO 4217 code of a currency that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCurrency;

impl fmt::Display for UnknownCurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a currency code; it is three capital letters like EUR")
    }
}

impl std::error::Error for UnknownCurrency {}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        Self::ALL.iter().copied().find(|currency| currency.code() == text).ok_or(UnknownCurrency)
    }
}

/// An amount, possibly negative. On the wire `{"minor":495,"currency":"EUR"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why amounts cannot be read or reckoned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// The text is not an amount like `4.95`.
    Malformed,
    /// The amount does not fit into 64 bits of minor units.
    TooLarge,
    /// Amounts of two currencies cannot be added.
    Currencies(Currency, Currency),
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not an amount; it is written like 4.95"),
            Self::TooLarge => f.write_str("the amount is too large"),
            Self::Currencies(one, other) => write!(f, "{one} and {other} cannot be added"),
        }
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    /// An amount in minor units.
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// Reads an amount in major units: digits, and after a point at most as many as the currency has: `4.95`, `4.9`, `5`,
    /// `-0.50`. Nothing is rounded, and no grouping or comma is guessed at.
    ///
    /// # Errors
    /// [`MoneyError::Malformed`] and [`MoneyError::TooLarge`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (major, minor) = rest.split_once('.').map_or((rest, None), |(major, minor)| (major, Some(minor)));
        let places = usize::try_from(currency.digits()).unwrap_or(0);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(major) || minor.is_some_and(|minor| !digits(minor) || minor.len() > places) {
            return Err(MoneyError::Malformed);
        }
        // Written without the point and with all places, the amount is its number of minor units.
        let all = format!("{major}{:0<places$}", minor.unwrap_or_default());
        let minor: i64 = all.parse().map_err(|_| MoneyError::TooLarge)?;
        Ok(Self::from_minor(if negative { -minor } else { minor }, currency))
    }

    /// In minor units: 495 for 4.95.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Both together.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`] and [`MoneyError::TooLarge`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Self::from_minor(minor, self.currency))
    }

    /// So many of it.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`].
    pub fn checked_mul(self, times: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(times).ok_or(MoneyError::TooLarge)?;
        Ok(Self::from_minor(minor, self.currency))
    }

    /// All together; nothing of `currency` if there are none.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`] and [`MoneyError::TooLarge`].
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>, currency: Currency) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }
}

/// `4.95 EUR`: for logs and command lines. Pages write amounts as their readers do.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10u64.pow(self.currency.digits());
        let (amount, sign) = (self.minor.unsigned_abs(), if self.minor < 0 { "-" } else { "" });
        match usize::try_from(self.currency.digits()) {
            Ok(places @ 1..) => write!(f, "{sign}{}.{:0places$} {}", amount / scale, amount % scale, self.currency),
            _ => write!(f, "{sign}{amount} {}", self.currency),
        }
    }
}
