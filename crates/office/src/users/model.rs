//! A user as stored, and as the API shows him.

use callflow::finding::Severity;
use callflow::{Finding, Owner, World};
use serde::Serialize;
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, GroupId, LocationId, UserId};
use utoipa::ToSchema;

use crate::http::Moment;
use crate::identity::NewLink;
use crate::ports::Phones;
use crate::scope::Role;

/// For how long a deletion can be undone.
pub(crate) const UNDO_DAYS: u32 = 30;

/// What is stored of a user, without secrets. Also what the audit log shows before and after.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: UserId,
    /// First name; empty while the user waits for one.
    #[schema(example = "Anna")]
    pub first_name: String,
    /// Last name; may be empty.
    #[schema(example = "Ahrens")]
    pub last_name: String,
    /// The address to sign in with; null while the user waits for one.
    #[schema(required, example = "anna@example.com")]
    pub email: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Set while an administrator has shut the user out.
    pub blocked: bool,
    /// Whether a password is set, so that the user can sign in.
    pub has_password: bool,
    /// Where the user works.
    #[schema(required, value_type = Option<String>, example = "loc_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub location: Option<LocationId>,
    /// `de` or `en`.
    #[schema(example = "de")]
    pub language: String,
    /// IANA name.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// Whether further calls get the busy signal while one is going on.
    pub busy_on_busy: bool,
    /// The number shown on calls to the outside; null for the user's own.
    #[schema(required, value_type = Option<String>, example = "+4921190009017")]
    pub caller_number: Option<E164>,
    /// The address that is to be the one to sign in with, once it is confirmed; null if none is.
    #[schema(required, example = "anna@example.org")]
    pub pending_email: Option<String>,
    /// Whether the user gets the newsletter.
    pub newsletter: Subscription,
    /// Whether the user may send text messages from the web pages.
    pub web_sms: bool,
    /// When the user was added.
    pub created_at: Moment,
    /// When the user was changed last.
    pub updated_at: Moment,
    /// When the user was deleted; null for one who is there.
    #[schema(required)]
    pub deleted_at: Option<Moment>,
    /// For the ETag.
    #[serde(skip)]
    pub version: i64,
}

impl Profile {
    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// Whether somebody gets the newsletter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Subscription {
    /// No.
    #[default]
    None,
    /// Not until the wish is confirmed by the mail that was sent.
    Pending,
    /// Yes.
    Subscribed,
}

impl Subscription {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Subscribed => "subscribed",
        }
    }

    /// Reads [`Self::as_str`] back; anything unknown gets nothing.
    pub(crate) fn from_stored(text: &str) -> Self {
        [Self::Pending, Self::Subscribed].into_iter().find(|some| some.as_str() == text).unwrap_or_default()
    }
}

/// A link by which a user sets a password, and where it was mailed to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    #[serde(flatten)]
    pub link: NewLink,
    /// The address it was mailed to.
    #[schema(example = "anna@example.com")]
    pub mailed_to: String,
}

/// Whether somebody can be called right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Presence {
    /// A phone of the user is registered.
    Online,
    /// The user talks or is being called.
    InCall,
    /// No phone of the user is registered.
    Unreachable,
}

/// Something that keeps calls from coming or going, or should be mended.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Finding)]
pub struct FindingShown {
    /// For programs and translations: `noPhone`, `phoneNeverRegistered`, `phoneWithoutLine`, `phoneInCircles`,
    /// `phoneLeadsNowhere`, `phoneInNoStep`, `noNumber`, `noExtension`, `noLocation`, `locationWithoutEmergencyAddress`,
    /// `callerNumberMissing`, `callerNumberNotOwned`, `blocked`, `accountSuspended` or `nobodyInGroup`.
    #[schema(example = "phoneNeverRegistered")]
    pub code: &'static str,
    /// `stopsCalls`, `stopsIncoming`, `stopsOutgoing` or `advice`.
    #[schema(value_type = String, example = "stopsCalls")]
    pub severity: Severity,
    /// In English.
    #[schema(example = "Desk phone was never connected")]
    pub message: String,
    /// The phone it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub device: Option<DeviceId>,
    /// What that phone's user calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Desk phone")]
    pub label: Option<String>,
    /// The location it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String)]
    pub location: Option<LocationId>,
    /// That location's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// The number it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = String)]
    pub number: Option<E164>,
}

impl From<&Finding> for FindingShown {
    fn from(finding: &Finding) -> Self {
        let base = Self {
            code: finding.code(),
            severity: finding.severity(),
            message: finding.to_string(),
            device: None,
            label: None,
            location: None,
            name: None,
            number: None,
        };
        match finding {
            Finding::PhoneNeverRegistered { device, label, .. }
            | Finding::PhoneWithoutLine { device, label, .. }
            | Finding::PhoneInCircles { device, label, .. }
            | Finding::PhoneLeadsNowhere { device, label, .. }
            | Finding::PhoneInNoStep { device, label } => {
                Self { device: Some(*device), label: Some(label.to_string()), ..base }
            }
            Finding::LocationWithoutEmergencyAddress { location, name } => {
                Self { location: Some(*location), name: Some(name.to_string()), ..base }
            }
            Finding::CallerNumberNotOwned { number } => Self { number: Some(*number), ..base },
            _ => base,
        }
    }
}

/// A group the user is in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// The group.
    #[schema(value_type = String, example = "grp_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// A phone of the user.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    /// The phone.
    #[schema(value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: DeviceId,
    /// What the user calls it.
    pub label: String,
    /// `voip`, `mobile` or `external`.
    #[schema(example = "voip")]
    pub kind: &'static str,
    /// Whether it is among the devices of the user that cost nothing: the oldest ones.
    pub included: bool,
    /// Whether it is registered right now.
    pub online: bool,
}

/// A user.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[serde(flatten)]
    pub profile: Profile,
    /// First and last name.
    #[schema(example = "Anna Ahrens")]
    pub name: String,
    /// Telephone numbers that ring the user.
    #[schema(value_type = Vec<String>, example = json!(["+4921190009017"]))]
    pub numbers: Vec<E164>,
    /// Extensions that ring the user.
    #[schema(value_type = Vec<String>, example = json!(["44"]))]
    pub extensions: Vec<ExtensionNumber>,
    /// Groups the user is in.
    pub groups: Vec<Membership>,
    /// The user's phones.
    pub devices: Vec<Phone>,
    /// Whether the user can be called right now.
    pub presence: Presence,
    /// What is missing.
    pub findings: Vec<FindingShown>,
    /// Whether something keeps the user from making or receiving calls.
    pub incomplete: bool,
    /// Until when a deleted user can be restored; null for one who is there.
    #[schema(required)]
    pub restorable_until: Option<Moment>,
}

impl User {
    /// A user with what the account's world says of him; of his devices, so many cost nothing. Whether he can be called right now is for
    /// [`Self::with_presence`] to say.
    pub(crate) fn of(profile: Profile, world: &World, included: u16) -> Self {
        let id = profile.id;
        let findings = callflow::findings(world, id);
        Self {
            name: profile.name(),
            numbers: world.numbers_of(Owner::User(id)).collect(),
            extensions: world.extensions_of(Owner::User(id)).collect(),
            groups: world
                .groups_of(id)
                .map(|group| Membership { id: group.id, name: group.name.to_string() })
                .collect(),
            devices: world
                .devices_of(id)
                .zip(0..)
                .map(|(device, older): (_, u32)| Phone {
                    id: device.id,
                    label: device.label.to_string(),
                    kind: device.kind.code(),
                    included: older < u32::from(included),
                    online: false,
                })
                .collect(),
            presence: Presence::Unreachable,
            incomplete: stops(&findings),
            restorable_until: profile.deleted_at.map(restorable_until),
            findings: findings.iter().map(Into::into).collect(),
            profile,
        }
    }

    /// With what the exchange says right now. Never while the directory is held: the exchange asks it too.
    pub(crate) fn with_presence(mut self, phones: &dyn Phones) -> Self {
        for device in &mut self.devices {
            device.online = phones.presence(device.id).is_some();
        }
        self.presence = if phones.in_call(self.profile.id) {
            Presence::InCall
        } else if self.devices.iter().any(|device| device.online) {
            Presence::Online
        } else {
            Presence::Unreachable
        };
        self
    }
}

fn restorable_until(deleted: Moment) -> Moment {
    Moment::from_millis(deleted.0.0 + i64::from(UNDO_DAYS) * 24 * 60 * 60 * 1000)
}

/// Whether calls are stopped by something other than an administrator's will.
pub(crate) fn stops(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity() != Severity::Advice && !matches!(finding, Finding::Blocked))
}

/// What deleting a user does.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consequences {
    /// Numbers that return to the account and ring nobody then.
    #[schema(value_type = Vec<String>)]
    pub numbers: Vec<E164>,
    /// Extensions that become free.
    #[schema(value_type = Vec<String>)]
    pub extensions: Vec<ExtensionNumber>,
    /// Phones that are signed out and cannot register any more.
    pub devices: Vec<Phone>,
    /// Groups the user leaves.
    pub groups: Vec<Membership>,
    /// Whether it is refused because nobody else administers the account.
    pub last_administrator: bool,
    /// For how many days it can be undone.
    #[schema(example = 30)]
    pub undo_days: u32,
}

/// What deleting several users does.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkConsequences {
    /// How many users they are.
    pub users: usize,
    /// How many of them administer the account.
    pub administrators: usize,
    /// Numbers that return to the account and ring nobody then.
    #[schema(value_type = Vec<String>)]
    pub numbers: Vec<E164>,
    /// Extensions that become free.
    #[schema(value_type = Vec<String>)]
    pub extensions: Vec<ExtensionNumber>,
    /// Phones that are signed out and cannot register any more.
    pub devices: Vec<Phone>,
    /// Groups that lose members.
    pub groups: Vec<Membership>,
    /// Whether it is refused because nobody else administers the account.
    pub last_administrator: bool,
    /// For how many days it can be undone.
    #[schema(example = 30)]
    pub undo_days: u32,
}

/// What became of several users.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkDone {
    /// Users who are different now, or were written to.
    pub changed: usize,
    /// Users who were like that before.
    pub unchanged: usize,
}

/// A user who was brought back, and what could not be.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// The user.
    pub user: User,
    /// Numbers and extensions that belong to somebody else by now.
    #[schema(example = json!(["44"]))]
    pub lost: Vec<String>,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Name,
    NameDescending,
    CreatedAt,
    CreatedAtDescending,
}

/// Which users a list shows, and how it is sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) terms: Vec<String>,
    pub(crate) sort: Sort,
    pub(crate) incomplete: Option<bool>,
    pub(crate) blocked: Option<bool>,
    pub(crate) role: Option<Role>,
    pub(crate) location: Option<LocationId>,
    pub(crate) deleted: bool,
}
