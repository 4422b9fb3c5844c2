//! A phone as the API shows it.

use std::fmt;

use serde::Serialize;
use types::ids::{DeviceId, UserId};
use types::sip_id::SipId;
use utoipa::ToSchema;

use crate::http::Moment;
use crate::owners::NamedOwner;
use crate::ports::Presence;

/// A phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its id.
    #[schema(value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: DeviceId,
    /// Whose it is.
    pub user: NamedOwner,
    /// `voip`: a phone that registers by SIP.
    #[schema(example = "voip")]
    pub kind: String,
    /// What its user calls it.
    #[schema(example = "Desk phone")]
    pub label: String,
    /// What it registers by.
    #[schema(value_type = String, example = "1234567e0")]
    pub sip_id: SipId,
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
    /// Where to register.
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

/// A phone with its password, as answered once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceWithCredentials {
    /// The phone.
    #[serde(flatten)]
    pub device: Device,
    /// What it needs to register.
    pub credentials: Credentials,
}
