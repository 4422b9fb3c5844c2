//! Phones: whose they are, what they are called, how they prove who they are, whether they are reachable.
//!
//! A phone's password is made here and shown once, in the answer that made it. What is kept is its digest hash,
//! sealed; see [`crate::directory::ha1`].

mod error;
pub(crate) mod http;
mod model;
mod password;
mod rules;
mod store;

use std::sync::Arc;

use callflow::{DeviceKind, Owner};
use types::ids::{DeviceId, UserId};
use types::secret::Secret;

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::directory::{Ha1, Phone};
use crate::owners;
use crate::scope::Scope;
use crate::versions;

pub(crate) use error::Error;
pub(crate) use model::{Credentials, Device, DeviceWithCredentials};
pub(crate) use password::generate as new_password;

/// Which phones a list holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    /// Only this user's.
    pub user: Option<UserId>,
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
    let mut devices = store::list(office.db().reads(), scope, user, after, limit).await?;
    devices.iter_mut().for_each(|device| show_presence(office, device));
    Ok(devices)
}

/// The phones of one user, oldest first.
pub(crate) async fn of_user(office: &Office, scope: &Scope, user: UserId) -> Result<Vec<Device>, Error> {
    if !scope.reaches(user) || owners::find(office.db().reads(), scope, Owner::User(user)).await?.is_none() {
        return Err(Error::NotFound);
    }
    list(office, scope, Filter { user: Some(user) }, None, rules::MAX_PER_USER).await
}

/// One phone.
pub(crate) async fn find(office: &Office, scope: &Scope, id: DeviceId) -> Result<Device, Error> {
    let mut device = store::reachable(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    show_presence(office, &mut device);
    Ok(device)
}

/// Gives a user a phone. The answer holds its password, for the only time.
pub(crate) async fn create(
    office: &Office,
    scope: &Scope,
    user: UserId,
    label: String,
) -> Result<DeviceWithCredentials, Error> {
    let mut tx = office.db().write(scope).await?;
    let owner = owners::find(tx.conn(), scope, Owner::User(user)).await?.filter(|_| scope.reaches(user));
    let owner = owner.ok_or(Error::NotFound)?;
    if store::count(tx.conn(), scope, user).await? >= rules::MAX_PER_USER {
        return Err(Error::Limit);
    }
    let id = DeviceId::new(tx.now(), tx.entropy());
    let sip_id = store::next_sip_id(&tx, scope).await?.ok_or(Error::SipIdsUsedUp)?;
    let password = password::generate(tx.entropy());
    let ha1 = Ha1::new(&sip_id.to_string(), office.sip_domain(), password.expose());
    let sealed = office.vault().seal(id, &ha1, tx.entropy());
    let device = store::insert(&tx, scope, id, owner, label, sip_id, sealed).await?;
    audit::record(&mut tx, scope, audit::Change::new("devices.create", id).after(&device)).await?;
    let (account, in_world) = (scope.account(), device.to_world(user));
    tx.directory_change(move |state| {
        state.admit(sip_id, Phone { account, device: id, user, registered: false, ha1 });
        if let Some(world) = state.world_mut(account) {
            world.upsert_device(in_world);
        }
    });
    versions::note(&mut tx, scope, Owner::User(user)).await?;
    tx.commit().await?;
    Ok(DeviceWithCredentials { credentials: credentials(office, &device, &password), device })
}

/// Renames a phone. `check` refuses when the caller has not seen its present version.
pub(crate) async fn rename<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: DeviceId,
    label: Option<String>,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Device, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::reachable(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    check(before.version)?;
    let mut after = before.clone();
    if let Some(label) = label.filter(|label| *label != before.label) {
        after.label = label;
        after.version += 1;
        write_label(&mut tx, scope, &before, &after).await.map_err(Error::from)?;
        tx.commit().await.map_err(Error::from)?;
    }
    show_presence(office, &mut after);
    Ok(after)
}

async fn write_label(tx: &mut Tx, scope: &Scope, before: &Device, after: &Device) -> Result<(), DbError> {
    store::rename(tx, scope, after).await?;
    let change = audit::Change::new("devices.rename", after.id).before(before).after(after);
    audit::record(tx, scope, change).await?;
    let (id, label) = (after.id, after.label.as_str().into());
    tx.world_change(scope.account(), move |world| {
        if let Some(device) = world.device(id) {
            let device = callflow::Device { label, ..device.clone() };
            world.upsert_device(device);
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
    let password = password::generate(tx.entropy());
    let ha1 = Ha1::new(&device.sip_id.to_string(), office.sip_domain(), password.expose());
    let sealed = office.vault().seal(id, &ha1, tx.entropy());
    device.version += 1;
    store::change_password(&tx, scope, &device, sealed).await?;
    audit::record(&mut tx, scope, audit::Change::new("devices.renewCredentials", id)).await?;
    let (sip_id, phones) = (device.sip_id, Arc::clone(office.phones()));
    tx.directory_change(move |state| {
        state.change_password(sip_id, ha1);
        // Within the commit, so that it happens even when the client is gone by now.
        phones.disconnect(id);
    });
    tx.commit().await?;
    Ok(DeviceWithCredentials { credentials: credentials(office, &device, &password), device })
}

/// Removes a phone and disconnects it.
pub(crate) async fn delete(office: &Office, scope: &Scope, id: DeviceId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    let device = store::reachable(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    store::delete(&tx, scope, &device).await?;
    audit::record(&mut tx, scope, audit::Change::new("devices.delete", id).before(&device)).await?;
    let (account, sip_id, phones) = (scope.account(), device.sip_id, Arc::clone(office.phones()));
    tx.directory_change(move |state| {
        state.dismiss(sip_id);
        if let Some(world) = state.world_mut(account) {
            world.remove_device(id);
        }
        phones.disconnect(id);
    });
    if let Some(owner) = device.user.owner() {
        versions::note(&mut tx, scope, owner).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn show_presence(office: &Office, device: &mut Device) {
    device.presence = office.phones().presence(device.id).map(Into::into);
}

fn credentials(office: &Office, device: &Device, password: &Secret<String>) -> Credentials {
    Credentials {
        username: device.sip_id.to_string(),
        password: password.expose().clone(),
        domain: office.sip_domain().to_owned(),
        server: office.sip_domain().to_owned(),
        transport: "udp",
    }
}

impl Device {
    fn to_world(&self, user: UserId) -> callflow::Device {
        let kind = DeviceKind::Voip { sip_id: self.sip_id, ever_registered: self.first_registered_at.is_some() };
        callflow::Device { id: self.id, user, label: self.label.as_str().into(), kind }
    }
}
