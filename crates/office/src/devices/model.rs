//! A device as the API shows it.

use std::fmt;

use serde::Serialize;
use types::e164::E164;
use types::ids::{DeviceId, UserId};
use types::secret::Secret;
use types::sip_id::SipId;
use utoipa::ToSchema;

use crate::http::Moment;
use crate::identity::exposed;
use crate::owners::NamedOwner;
use crate::ports::Presence;
use crate::prices::Amount;

/// A phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its id.
    #[schema(value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: DeviceId,
    /// Whose it is.
    pub user: NamedOwner,
    /// `voip`: a phone that registers by SIP. `mobile`, `external`: a phone that is called by its number.
    #[schema(example = "voip")]
    pub kind: String,
    /// What its user calls it.
    #[schema(example = "Desk phone")]
    pub label: String,
    /// What a VoIP phone registers by.
    #[schema(required, value_type = Option<String>, example = "1234567e0")]
    pub sip_id: Option<SipId>,
    /// What a mobile or external phone is called by.
    #[schema(required, value_type = Option<String>, example = "+491713920017")]
    pub number: Option<E164>,
    /// Whether it is among the devices of its user that cost nothing: the oldest ones.
    pub included: bool,
    /// What it costs a month; null if nothing.
    #[schema(required)]
    pub fee: Option<Amount>,
    /// Where it is registered; null while it cannot be reached.
    #[schema(required)]
    pub presence: Option<DevicePresence>,
    /// When it was connected for the first time; null if it never was.
    #[schema(required)]
    pub first_registered_at: Option<Moment>,
    /// When it was added.
    pub created_at: Moment,
    /// Moves with each change; the ETag.
    #[serde(skip)]
    pub version: i64,
}

impl Device {
    /// Whose it is.
    pub(crate) fn user_id(&self) -> Option<UserId> {
        self.user.id.parse().ok()
    }
}

/// A phone that is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DevicePresence {
    /// What the phone calls itself.
    #[schema(example = "Yealink SIP-T46U 108.86.0.20")]
    pub user_agent: String,
    /// Address and port it registered from.
    #[schema(example = "192.0.2.23:5062")]
    pub address: String,
    /// Since when, without a gap.
    pub since: Moment,
    /// When the registration ends unless it is refreshed.
    pub expires_at: Moment,
}

impl From<Presence> for DevicePresence {
    fn from(presence: Presence) -> Self {
        let Presence { user_agent, address, since, expires } = presence;
        Self { user_agent, address, since: Moment(since), expires_at: Moment(expires) }
    }
}

/// What a phone needs to register. The password cannot be shown again.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = DeviceCredentials)]
pub struct Credentials {
    /// User name and authentication name: the SIP id.
    #[schema(example = "1234567e0")]
    pub username: String,
    /// The password.
    #[schema(example = "k7m2c9xqa4wfrt8hz3npbd6vej")]
    pub password: String,
    /// The domain, also the realm.
    #[schema(example = "phones.example.com")]
    pub domain: String,
    /// Where to register; with the port where it is not 5060.
    #[schema(example = "phones.example.com")]
    pub server: String,
    /// By which transport, unless the phone's settings choose another one.
    #[schema(example = "udp")]
    pub transport: &'static str,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A link from which a soft phone fetches its settings, once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetupCode {
    /// What the QR code holds. Where this installation does not know its own address: relative to the page.
    #[schema(value_type = String, example = "https://phones.example.com/v1/setup-codes/rwc_…")]
    #[serde(serialize_with = "exposed")]
    pub url: Secret<String>,
    /// Until when it can be used: a quarter of an hour.
    pub expires_at: Moment,
}

/// What a device beyond the included ones costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// A whole month.
    pub monthly: Amount,
    /// The rest of this month, today included.
    pub this_month: Amount,
    /// How many days that are.
    #[schema(example = 7)]
    pub days: u8,
}

/// What the next device of a user costs.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Price {
    /// How many devices of a user cost nothing.
    #[schema(example = 2)]
    pub included: u16,
    /// How many there are now.
    #[schema(example = 2)]
    pub present: usize,
    /// What one more costs; null if nothing.
    #[schema(required)]
    pub next: Option<Cost>,
}

/// A VoIP phone with its password, as answered once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceWithCredentials {
    /// The phone.
    #[serde(flatten)]
    pub device: Device,
    /// What it needs to register.
    pub credentials: Credentials,
    /// The same for a soft phone to fetch by itself.
    pub setup_code: SetupCode,
}

/// A device that was added.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddedDevice {
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// What a VoIP phone needs to register; null for the other kinds.
    #[schema(required)]
    pub credentials: Option<Credentials>,
    /// The same for a soft phone to fetch by itself.
    #[schema(required)]
    pub setup_code: Option<SetupCode>,
    /// What it costs; null if nothing.
    #[schema(required)]
    pub cost: Option<Cost>,
}
