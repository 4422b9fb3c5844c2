//! Shares of a monthly price.

use types::money::{Money, MoneyError};

/// `days` of `of_days` of a monthly price, rounded to the minor unit, half up (2.5 becomes 3, -2.5 becomes -2).
///
/// This is the only place where money is rounded, and it happens once for each item of a bill: the total is the exact
/// sum of what is shown. All days of a month cost exactly the monthly price.
///
/// # Errors
/// [`MoneyError::TooLarge`], also when there are no days to share by or more days than the whole.
pub fn share(monthly: Money, days: u8, of_days: u8) -> Result<Money, MoneyError> {
    if of_days == 0 || days > of_days {
        return Err(MoneyError::TooLarge);
    }
    let (part, whole) = (i128::from(monthly.minor()) * i128::from(days), i128::from(of_days));
    // Half up: the floor of the share and a half, both doubled to stay whole.
    let rounded = (2 * part + whole).div_euclid(2 * whole);
    let minor = i64::try_from(rounded).map_err(|_| MoneyError::TooLarge)?;
    Ok(Money::from_minor(minor, monthly.currency()))
}
