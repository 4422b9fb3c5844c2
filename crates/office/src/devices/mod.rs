//! Devices: whose they are, what they are called, how they prove who they are, whether they are reachable, what they cost.
//!
//! A VoIP phone registers; a mobile or external phone is called by its number. A VoIP phone's password is made here and shown once, in the answer that made it. What is kept is its digest hash,
//! sealed; see [`crate::directory::ha1`].

mod error;
pub(crate) mod http;
mod many;
mod model;
mod password;
mod price;
mod rules;
mod setup_code;
mod store;

use std::sync::Arc;

use callflow::{DeviceKind, Owner};
use types::dialled::DialPlan;
use types::e164::E164;
use types::ids::{DeviceId, UserId};
use types::secret::Secret;

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::directory::{Ha1, Phone};
use crate::owners;
use crate::periods::{self, Subject};
use crate::scope::Scope;
use crate::users;
use crate::versions;

pub(crate) use error::Error;
pub(crate) use many::{add_all, remove};
use model::{AddedDevice, Credentials, Device, DeviceWithCredentials, SetupCode};
pub(crate) use password::generate as new_password;
pub(crate) use price::price;
pub(crate) use rules::MAX_PER_USER;
use rules::{Changes, Draft, What};
pub(crate) use setup_code::{redeem, sweep};

/// Which phones a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only this user's.
    pub user: Option<UserId>,
    /// Only those that hold these words: in the user's name, the label, the number, the name they register by.
    pub search: Option<String>,
}

/// Phones, oldest first: all of the account for an administrator, the own ones for others.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    filter: Filter,
    after: Option<DeviceId>,
    limit: u64,
) -> Result<Vec<Device>, Error> {
    let user = match (filter.user, scope.user()) {
        (Some(user), _) if scope.reaches(user) => Some(user),
        (Some(_), _) => return Err(Error::NotFound),
        (None, _) if scope.is_administrator() => None,
        (None, own) => Some(own.ok_or(Error::NotFound)?),
    };
    let found = filter.search.as_deref().map(|search| search_for(office, scope, user, search, after, limit));
    let mut devices = match found {
        Some(found) => store::list_some(office.db().reads(), scope, &found).await?,
        None => store::list(office.db().reads(), scope, user, after, limit).await?,
    };
    complete(office, scope, &mut devices);
    Ok(devices)
}

/// Which devices of the account hold these words, oldest first: found in memory, where names are written as they are.
fn search_for(
    office: &Office,
    scope: &Scope,
    only: Option<UserId>,
    search: &str,
    after: Option<DeviceId>,
    limit: u64,
) -> Vec<DeviceId> {
    let terms = users::terms(search);
    let holds = |plan: &DialPlan, name: &str, device: &callflow::Device| {
        let sip_id = device.sip_id().map(|id| id.to_string()).unwrap_or_default();
        let number = device.number().map(|number| number.to_string()).unwrap_or_default();
        // As people of that country write it.
        let home = number.strip_prefix('+').and_then(|digits| digits.strip_prefix(plan.country_code()));
        let national = home.map(|rest| format!("{}{rest}", plan.trunk_prefix())).unwrap_or_default();
        let text = users::fold(&format!("{name} {} {sip_id} {number} {national}", device.label));
        terms.iter().all(|term| text.contains(term.as_str()))
    };
    let found = office.directory().with_world(scope.account(), |world| {
        let people = world.users().filter(|user| only.is_none_or(|only| user.id == only));
        let devices = people.flat_map(|user| world.devices_of(user.id).map(move |device| (user, device)));
        let mut found: Vec<DeviceId> = devices
            .filter(|(_, device)| after.is_none_or(|after| device.id > after))
            .filter(|(user, device)| holds(world.plan(), &user.name, device))
            .map(|(_, device)| device.id)
            .collect();
        found.sort_unstable();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        found
    });
    found.unwrap_or_default()
}

/// The phones of one user, oldest first.
pub(crate) async fn of_user(office: &Office, scope: &Scope, user: UserId) -> Result<Vec<Device>, Error> {
    if !scope.reaches(user) || owners::find(office.db().reads(), scope, Owner::User(user)).await?.is_none() {
        return Err(Error::NotFound);
    }
    list(office, scope, Filter { user: Some(user), search: None }, None, rules::MAX_PER_USER).await
}

/// One phone.
pub(crate) async fn find(office: &Office, scope: &Scope, id: DeviceId) -> Result<Device, Error> {
    let mut device = store::reachable(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    complete(office, scope, std::slice::from_mut(&mut device));
    Ok(device)
}

/// How the account's country dials: what a number without country code means.
pub(crate) fn dial_plan(office: &Office, scope: &Scope) -> Result<DialPlan, Error> {
    office.directory().with_world(scope.account(), |world| *world.plan()).ok_or(Error::NotFound)
}

/// Gives a user a device. The answer holds a VoIP phone's password, for the only time.
pub(crate) async fn create(office: &Office, scope: &Scope, user: UserId, draft: Draft) -> Result<AddedDevice, Error> {
    let mut tx = office.db().write(scope).await?;
    let owner = owners::find(tx.conn(), scope, Owner::User(user)).await?.filter(|_| scope.reaches(user));
    let owner = owner.ok_or(Error::NotFound)?;
    let present = store::count(tx.conn(), scope, user).await?;
    if present >= rules::MAX_PER_USER {
        return Err(Error::Limit);
    }
    let cost = price::of_next(office, scope, usize::try_from(present).unwrap_or(usize::MAX)).await?;
    let id = DeviceId::new(tx.now(), tx.entropy());
    let access = match draft.what {
        What::Voip => Some(Access::new(office, &tx, scope).await?),
        What::Mobile(_) | What::External(_) => None,
    };
    let registers = access.as_ref().map(|access| access.registers(office, &tx, id));
    let mut device = store::insert(&tx, scope, id, owner, draft, registers).await?;
    price::mark(office, scope, std::slice::from_mut(&mut device));
    periods::begin(&tx, scope, Subject::Device(id, user)).await?;
    let shown = match &access {
        Some(access) => Some(show_access(office, &tx, scope, &device, &access.password).await?),
        None => None,
    };
    audit::record(&mut tx, scope, audit::Change::new("devices.create", id).after(&device)).await?;
    let (account, in_world) = (scope.account(), device.to_world(user)?);
    tx.directory_change(move |state| {
        if let Some(Access { sip_id, ha1, .. }) = access {
            state.admit(sip_id, Phone { account, device: id, user, registered: false, ha1 });
        }
        if let Some(world) = state.world_mut(account) {
            world.upsert_device(in_world);
        }
    });
    versions::note(&mut tx, scope, Owner::User(user)).await?;
    tx.commit().await?;
    complete(office, scope, std::slice::from_mut(&mut device));
    let (credentials, setup_code) = shown.unzip();
    Ok(AddedDevice { device, credentials, setup_code, cost })
}

/// What a new VoIP phone proves itself with.
struct Access {
    sip_id: types::sip_id::SipId,
    password: Secret<String>,
    ha1: Ha1,
}

impl Access {
    async fn new(office: &Office, tx: &Tx, scope: &Scope) -> Result<Self, Error> {
        let sip_id = store::next_sip_id(tx, scope).await?.ok_or(Error::SipIdsUsedUp)?;
        let password = password::generate(tx.entropy());
        let ha1 = Ha1::new(&sip_id.to_string(), office.sip_domain(), password.expose());
        Ok(Self { sip_id, password, ha1 })
    }

    fn registers(&self, office: &Office, tx: &Tx, id: DeviceId) -> store::Registers {
        store::Registers { sip_id: self.sip_id, ha1_sealed: office.vault().seal(id, &self.ha1, tx.entropy()) }
    }
}

/// Renames a device, or changes the number it is called by. `check` refuses when the caller has not seen its present
/// version.
pub(crate) async fn edit<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: DeviceId,
    changes: Changes,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Device, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let mut before = store::reachable(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    check(before.version)?;
    if changes.number.is_some() && before.number.is_none() {
        return Err(Error::NoNumber.into());
    }
    price::mark(office, scope, std::slice::from_mut(&mut before));
    let mut after = before.clone();
    after.label = changes.label.unwrap_or(after.label);
    after.number = changes.number.or(after.number);
    if after != before {
        after.version += 1;
        write_changes(&mut tx, scope, &before, &after).await?;
        tx.commit().await.map_err(Error::from)?;
    }
    complete(office, scope, std::slice::from_mut(&mut after));
    Ok(after)
}

async fn write_changes(tx: &mut Tx, scope: &Scope, before: &Device, after: &Device) -> Result<(), Error> {
    store::edit(tx, scope, after).await?;
    let action = if before.number == after.number { "devices.rename" } else { "devices.edit" };
    audit::record(tx, scope, audit::Change::new(action, after.id).before(before).after(after)).await?;
    let user = after.user_id().ok_or(DbError::Damaged("devices.user"))?;
    let changed = after.to_world(user)?;
    tx.world_change(scope.account(), move |world| {
        if let Some(device) = world.device(changed.id) {
            // Whether it ever registered is noted by the ledger, perhaps since the row was read.
            let kind = if changed.number().is_some() { changed.kind } else { device.kind };
            world.upsert_device(callflow::Device { kind, ..changed });
        }
    });
    Ok(())
}

/// Gives a phone a new password. The old one is dead at once, and what registered with it is forgotten.
pub(crate) async fn renew_credentials(
    office: &Office,
    scope: &Scope,
    id: DeviceId,
) -> Result<DeviceWithCredentials, Error> {
    let mut tx = office.db().write(scope).await?;
    let mut device = store::reachable(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let sip_id = device.sip_id.ok_or(Error::NoCredentials)?;
    let password = password::generate(tx.entropy());
    let ha1 = Ha1::new(&sip_id.to_string(), office.sip_domain(), password.expose());
    let sealed = office.vault().seal(id, &ha1, tx.entropy());
    device.version += 1;
    store::change_password(&tx, scope, &device, sealed).await?;
    let (credentials, setup_code) = show_access(office, &tx, scope, &device, &password).await?;
    audit::record(&mut tx, scope, audit::Change::new("devices.renewCredentials", id)).await?;
    let phones = Arc::clone(office.phones());
    tx.directory_change(move |state| {
        state.change_password(sip_id, ha1);
        // Within the commit, so that it happens even when the client is gone by now.
        phones.disconnect(id);
    });
    tx.commit().await?;
    complete(office, scope, std::slice::from_mut(&mut device));
    Ok(DeviceWithCredentials { device, credentials, setup_code })
}

/// Removes a device; a VoIP phone is disconnected.
pub(crate) async fn delete(office: &Office, scope: &Scope, id: DeviceId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    remove(office, &mut tx, scope, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds what the tables do not know: where devices are registered right now, and which of them are included.
fn complete(office: &Office, scope: &Scope, devices: &mut [Device]) {
    for device in &mut *devices {
        device.presence = office.phones().presence(device.id).map(Into::into);
    }
    price::mark(office, scope, devices);
}

async fn show_access(
    office: &Office,
    tx: &Tx,
    scope: &Scope,
    device: &Device,
    password: &Secret<String>,
) -> Result<(Credentials, SetupCode), Error> {
    let credentials = Credentials {
        username: device.sip_id.map(|sip_id| sip_id.to_string()).unwrap_or_default(),
        password: password.expose().clone(),
        domain: office.sip_domain().to_owned(),
        server: office.sip_server(),
        transport: "udp",
    };
    let setup_code = setup_code::make(office, tx, scope, device, &credentials).await?;
    Ok((credentials, setup_code))
}

/// What the exchange knows of a device with these columns; nothing if they do not fit each other.
pub(crate) fn kind(
    kind: &str,
    sip_id: Option<types::sip_id::SipId>,
    number: Option<E164>,
    ever_registered: bool,
) -> Option<DeviceKind> {
    Some(match (kind, sip_id, number) {
        ("voip", Some(sip_id), None) => DeviceKind::Voip { sip_id, ever_registered },
        ("mobile", None, Some(number)) => DeviceKind::Mobile { number },
        ("external", None, Some(number)) => DeviceKind::External { number },
        _ => return None,
    })
}

impl Device {
    fn to_world(&self, user: UserId) -> Result<callflow::Device, DbError> {
        let kind = kind(&self.kind, self.sip_id, self.number, self.first_registered_at.is_some());
        let kind = kind.ok_or(DbError::Damaged("devices.kind"))?;
        Ok(callflow::Device { id: self.id, user, label: self.label.as_str().into(), kind })
    }
}
