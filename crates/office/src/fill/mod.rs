//! Fills an account in bulk: what would take one request for each person, phone and number, in seconds.
//!
//! For the demonstration account and for moving in from elsewhere. Everything is written in one transaction, so an
//! account is there whole or not at all. The rules that the tables keep (unique numbers, extensions, addresses) hold
//! here too; what people enter one by one is not checked again.

mod model;
mod store;

use std::collections::BTreeMap;

use callflow::{Device, DeviceKind, Extension, Group, Number, Owner, RingPlan, User};
use types::ids::{AccountId, DeviceId, ExtensionId, GroupId, LocationId, NumberId, UserId};
use types::secret::Secret;
use types::sip_id::{SipId, SipIdKind};

use crate::db::{DbError, Tx};
use crate::directory::{Ha1, Phone};
use crate::scope::{Actor, Rights, Role, Scope};
use crate::{Office, accounts, audit, identity, locations, periods};

pub use model::{
    Error, Filled, FilledPhone, FilledUser, NewAccount, NewGroup, NewLocation, NewOther, NewPhone, NewUser,
};
use model::{Plan, Planned, PlannedGroup, PlannedPhone};

impl Office {
    /// Makes an account with everything in it, and a token with all rights for its first administrator.
    ///
    /// # Errors
    /// [`Error`], and nothing was written then.
    pub async fn fill(&self, new: NewAccount) -> Result<Filled, Error> {
        let mut tx = self.db().begin().await?;
        let draft = accounts::Draft {
            name: new.company.clone(),
            country: new.country.clone(),
            language: new.language.clone(),
            time_zone: None,
        };
        let account = accounts::open(&mut tx, draft).await?.id;
        let scope = Scope::console(account);
        let mut places = Vec::with_capacity(new.locations.len());
        for location in &new.locations {
            places.push(locations::add(&mut tx, &scope, location.draft()).await?.id);
        }
        let master = store::master_id(&tx, account).await?;
        let plan = Plan::of(self, &tx, master, &places, new)?;
        store::write(&tx, account, &plan).await?;
        periods::begin_all(&tx, account).await?;
        let change = audit::Change::new("accounts.fill", account).after(&plan.users.len());
        audit::record(&mut tx, &scope, change).await?;
        let filled: Vec<FilledUser> = plan.users.iter().map(Planned::shown).collect();
        let administrator = plan.users.iter().find(|user| user.new.role() == Role::Administrator).map(|user| user.id);
        tx.directory_change(move |state| plan.publish(state, account));
        tx.commit().await?;
        let api_token = match administrator {
            Some(user) => Some(token(self, account, user).await?),
            None => None,
        };
        Ok(Filled { account, users: filled, api_token })
    }
}

async fn token(office: &Office, account: AccountId, user: UserId) -> Result<Secret<String>, Error> {
    let scope = Scope::new(account, Actor::Link(user), Role::Administrator, Rights::ALL, None);
    let grant = identity::Grant { label: "demo".to_owned(), rights: Rights::ALL, expires: None };
    let made = identity::make_token(office, &scope, grant).await.map_err(|_| Error::Token)?;
    made.map(|(_, secret)| secret).ok_or(Error::Token)
}

impl Plan {
    fn of(office: &Office, tx: &Tx, master: u32, places: &[LocationId], new: NewAccount) -> Result<Self, Error> {
        let (now, entropy) = (tx.now(), tx.entropy());
        // Argon2id takes some 20 ms for each password; equal ones are hashed once.
        let mut hashes: BTreeMap<String, String> = BTreeMap::new();
        let mut indices = 0u32..;
        let mut users = Vec::with_capacity(new.users.len());
        for mut user in new.users {
            let password_hash = match &user.password {
                None => None,
                Some(password) => Some(hashed(&mut hashes, password, tx)?),
            };
            let mut phones = Vec::with_capacity(user.phones.len());
            for phone in std::mem::take(&mut user.phones) {
                let index = indices.next().ok_or(Error::TooMany)?;
                let sip_id = SipId::new(master, SipIdKind::Voip, index).ok_or(Error::TooMany)?;
                let id = DeviceId::new(now, entropy);
                let password = phone.password.unwrap_or_else(|| crate::devices::new_password(entropy));
                let ha1 = Ha1::new(&sip_id.to_string(), office.sip_domain(), password.expose());
                let ha1_sealed = office.vault().seal(id, &ha1, entropy);
                phones.push(PlannedPhone { id, sip_id, label: phone.label, password, ha1, ha1_sealed });
            }
            users.push(Planned {
                id: UserId::new(now, entropy),
                others: std::mem::take(&mut user.others)
                    .into_iter()
                    .map(|other| (DeviceId::new(now, entropy), other))
                    .collect(),
                location: user.location.and_then(|index| places.get(index)).copied(),
                password_hash,
                phones,
                extension: user.extension.map(|_| ExtensionId::new(now, entropy)),
                number: user.number.map(|_| NumberId::new(now, entropy)),
                new: user,
            });
        }
        let mut groups = Vec::with_capacity(new.groups.len());
        for group in new.groups {
            let members = group.members.iter().map(|index| users.get(*index).map(|user| user.id));
            groups.push(PlannedGroup {
                id: GroupId::new(now, entropy),
                members: members.collect::<Option<_>>().ok_or(Error::NoSuchUser)?,
                extension: group.extension.map(|_| ExtensionId::new(now, entropy)),
                number: group.number.map(|_| NumberId::new(now, entropy)),
                new: group,
            });
        }
        let spare = new.spare_numbers.into_iter().map(|number| (NumberId::new(now, entropy), number)).collect();
        Ok(Self { language: new.language, time_zone: new.time_zone, users, groups, spare })
    }

    /// Everything as the exchange sees it.
    fn publish(self, state: &mut crate::directory::State, account: AccountId) {
        state.reserve(self.users.len());
        let mut numbers: Vec<Number> =
            self.spare.iter().map(|(id, e164)| Number { id: *id, e164: *e164, owner: None }).collect();
        let mut extensions = Vec::with_capacity(self.users.len());
        for user in &self.users {
            let owner = Owner::User(user.id);
            extensions.extend(extension(user.extension, user.new.extension, owner));
            numbers.extend(number(user.number, user.new.number, owner));
            for phone in &user.phones {
                let admitted = Phone { account, device: phone.id, user: user.id, registered: false, ha1: phone.ha1 };
                state.admit(phone.sip_id, admitted);
            }
        }
        for group in &self.groups {
            let owner = Owner::Group(group.id);
            extensions.extend(extension(group.extension, group.new.extension, owner));
            numbers.extend(number(group.number, group.new.number, owner));
        }
        numbers.iter().for_each(|number| state.claim_number(number.e164, account));
        let Some(world) = state.world_mut(account) else { return };
        for user in self.users {
            world.upsert_user(User {
                id: user.id,
                name: user.new.name().into(),
                blocked: false,
                location: user.location,
                caller_number: None,
                busy_on_busy: false,
                steps: RingPlan::together(),
            });
            for phone in user.phones {
                let kind = DeviceKind::Voip { sip_id: phone.sip_id, ever_registered: false };
                world.upsert_device(Device { id: phone.id, user: user.id, label: phone.label.into(), kind });
            }
            for (id, NewOther { label, number, mobile }) in user.others {
                let kind = if mobile { DeviceKind::Mobile { number } } else { DeviceKind::External { number } };
                world.upsert_device(Device { id, user: user.id, label: label.into(), kind });
            }
        }
        for group in self.groups {
            let PlannedGroup { id, new, members, .. } = group;
            world.upsert_group(Group { id, name: new.name.into(), members, seconds: new.seconds });
        }
        numbers.into_iter().for_each(|number| world.upsert_number(number));
        extensions.into_iter().for_each(|extension| world.upsert_extension(extension));
    }
}

fn extension(
    id: Option<ExtensionId>,
    number: Option<types::extension_number::ExtensionNumber>,
    owner: Owner,
) -> Option<Extension> {
    Some(Extension { id: id?, number: number?, owner })
}

fn number(id: Option<NumberId>, e164: Option<types::e164::E164>, owner: Owner) -> Option<Number> {
    Some(Number { id: id?, e164: e164?, owner: Some(owner) })
}

fn hashed(hashes: &mut BTreeMap<String, String>, password: &Secret<String>, tx: &Tx) -> Result<String, Error> {
    if let Some(hash) = hashes.get(password.expose()) {
        return Ok(hash.clone());
    }
    let mut salt = [0; 16];
    tx.entropy().fill(&mut salt);
    let hash = identity::hash_now(password, salt).ok_or(Error::Password)?;
    hashes.insert(password.expose().clone(), hash.clone());
    Ok(hash)
}

impl Planned {
    fn shown(&self) -> FilledUser {
        let phones = self.phones.iter().map(|phone| FilledPhone {
            id: phone.id,
            sip_id: phone.sip_id,
            password: phone.password.clone(),
        });
        FilledUser { id: self.id, phones: phones.collect() }
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Duplicate => Self::Taken,
            error => Self::Db(error),
        }
    }
}
