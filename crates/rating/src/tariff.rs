//! What things cost: a month, or each.

use types::money::{Currency, Money, MoneyError};

/// The operator's prices, all in one currency and none below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff {
    included_devices: u16,
    further_device: Money,
    user: Money,
    number: Money,
    sms: Money,
}

/// What costs something every month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A device of a user beyond the included ones.
    Device,
    /// A user.
    User,
    /// A telephone number.
    Number,
}

impl Kind {
    /// Every kind, in the order of a bill.
    pub const ALL: [Self; 3] = [Self::Device, Self::User, Self::Number];
}

impl Tariff {
    /// A tariff of these monthly prices.
    ///
    /// # Errors
    /// [`MoneyError::Currencies`] when they are not all of one currency; [`MoneyError::Malformed`] when one is negative.
    pub fn new(included_devices: u16, further_device: Money, user: Money, number: Money) -> Result<Self, MoneyError> {
        // Reckoning once with all of them shows whether that can be done at all.
        Money::checked_sum([further_device, user, number], further_device.currency())?;
        if [further_device, user, number].iter().any(|price| price.minor() < 0) {
            return Err(MoneyError::Malformed);
        }
        let sms = Money::zero(further_device.currency());
        Ok(Self { included_devices, further_device, user, number, sms })
    }

    /// The same with a price for each part of a text message.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_sms(self, sms: Money) -> Result<Self, MoneyError> {
        Money::checked_sum([sms], self.currency())?;
        if sms.minor() < 0 {
            return Err(MoneyError::Malformed);
        }
        Ok(Self { sms, ..self })
    }

    /// What a part of a text message costs.
    #[must_use]
    pub fn sms(&self) -> Money {
        self.sms
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.further_device.currency()
    }

    /// How many devices of a user cost nothing.
    #[must_use]
    pub fn included_devices(&self) -> u16 {
        self.included_devices
    }

    /// What one costs a month; for a device: one beyond the included.
    #[must_use]
    pub fn monthly(&self, kind: Kind) -> Money {
        match kind {
            Kind::Device => self.further_device,
            Kind::User => self.user,
            Kind::Number => self.number,
        }
    }
}

/// Two devices included, each further one 4.95 EUR; users, numbers and text messages cost nothing.
impl Default for Tariff {
    fn default() -> Self {
        let euros = |minor| Money::from_minor(minor, Currency::EUR);
        Self { included_devices: 2, further_device: euros(495), user: euros(0), number: euros(0), sms: euros(0) }
    }
}
